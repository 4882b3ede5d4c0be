"""torch.optim.AdamW in the three ways it can run, switched between steps so that all share one set of states."""

import torch

VARIANTS = {
    "default": {"foreach": None, "fused": None},
    "foreach": {"foreach": True, "fused": None},
    "fused": {"foreach": None, "fused": True},
}


class SwitchableAdamW(torch.optim.AdamW):
    def variants(self, run):
        """`run` with each implementation, by name."""

        def with_settings(settings):
            def run_with(count):
                self.param_groups[0].update(settings)
                return run(count)

            return run_with

        return {name: with_settings(settings) for name, settings in VARIANTS.items()}


def switchable_adamw(parameters, case):
    return SwitchableAdamW(parameters, lr=case["learningRate"], weight_decay=case["weightDecay"])
