"""
How PyTorch may be told to do a training step. One is taken before a turn, outside the time that is measured, so that all share
one set of parameters and states of AdamW, and any may follow any other.
"""

import dataclasses

import torch

MOST_COMPILED = 64


@dataclasses.dataclass(frozen=True)
class Way:
    foreach: bool | None = None
    fused: bool | None = None
    channels_last: bool = False
    compiled: bool = False


EAGER = {"default": Way(), "foreach": Way(foreach=True), "fused": Way(fused=True)}
COMPILED = {"compiled": Way(fused=True, compiled=True)}
CHANNELS_LAST = {
    "channels-last": Way(fused=True, channels_last=True),
    "compiled, channels-last": Way(fused=True, channels_last=True, compiled=True),
}
OF_MAPS = EAGER | COMPILED | CHANNELS_LAST
OF_ROWS = EAGER | COMPILED


def compiled(function):
    # Each layer is a function of its own of the same code, in two layouts; the default stops at 8 of them.
    limit = "recompile_limit" if hasattr(torch._dynamo.config, "recompile_limit") else "cache_size_limit"
    setattr(torch._dynamo.config, limit, MOST_COMPILED)
    return torch.compile(function, dynamic=False)


class Switchable:
    """
    AdamW on parameters, the batches, and the functions that a step is made of.

    @param make gives the functions, each passed through the function that it is given: compiled, or as it is
    """

    def __init__(self, parameters, case, batches, make):
        self.optimizer = torch.optim.AdamW(parameters, lr=case["learningRate"], weight_decay=case["weightDecay"])
        self.batches = batches
        self.make = make
        self.made = {}
        self.way = Way()
        self.take(self.way)

    def take(self, way):
        self.optimizer.param_groups[0].update(foreach=way.foreach, fused=way.fused)
        if way.channels_last != self.way.channels_last:
            self.lay_out(torch.channels_last if way.channels_last else torch.contiguous_format)
        if way.compiled not in self.made:
            self.made[way.compiled] = self.make(compiled if way.compiled else lambda function: function)
        self.functions = self.made[way.compiled]
        self.way = way

    def lay_out(self, memory_format):
        def laid_out(tensor):
            return tensor.contiguous(memory_format=memory_format) if tensor.ndim == 4 else tensor

        for parameter in self.optimizer.param_groups[0]["params"]:
            parameter.data = laid_out(parameter.data)
            states = self.optimizer.state.get(parameter, {})
            for name in states:
                states[name] = laid_out(states[name])
        for name in self.batches:
            self.batches[name] = laid_out(self.batches[name])

    def update(self):
        self.optimizer.step()
        self.optimizer.zero_grad()

    def variants(self, run, ways):
        """What prepares `run` in each of the ways, and `run`, by name."""
        return {name: (lambda way=way: self.take(way), run) for name, way in ways.items()}
