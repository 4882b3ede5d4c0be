"""Writes optimizers.json: what torch.optim makes of one parameter in six steps, in float64.

    python3 test/reference/optimizers.py

Per case: the parameter after every step, and the optimizer's state after the last. Start, gradients and learning
rates are given numbers (some gradients are zero or tiny, where epsilon counts). LARS is written out here, as algorithm
1 of You, Gitman & Ginsburg (2017); it treats a matrix otherwise than a vector. Needs PyTorch 1.13 or later.
"""

import json
import pathlib
import random

import torch

STEPS, SIZE = 6, 5


class Lars(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum=0.9, weight_decay=0.0, trust=0.001):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                direction, decay = w.grad, group["weight_decay"]
                if w.dim() > 1:
                    direction = direction + decay * w
                    if w.norm() > 0:
                        total = w.grad.norm() + decay * w.norm()
                        direction = direction * (group["trust"] * w.norm() / total if total > 0 else 0)
                v = self.state[w].setdefault("momentum_buffer", torch.zeros_like(w))
                v.mul_(group["momentum"]).add_(direction, alpha=group["lr"])
                w.sub_(v)


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al. (2023), Symbolic discovery of optimization algorithms."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                beta1, beta2 = group["betas"]
                m = self.state[w].setdefault("exp_avg", torch.zeros_like(w))
                direction = torch.sign(beta1 * m + (1 - beta1) * w.grad)
                w.sub_(group["lr"] * (direction + group["weight_decay"] * w))
                m.copy_(beta2 * m + (1 - beta2) * w.grad)


CASES = {
    "sgd": (torch.optim.SGD, {}),
    "sgd, momentum 0.9": (torch.optim.SGD, {"momentum": 0.9}),
    "sgd, momentum 0.9, weight decay 0.1": (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
    "sgd, nesterov, weight decay 0.1": (
        torch.optim.SGD,
        {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
    ),
    "sgd, nesterov": (torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    "sgd, momentum 0.9, dampening 0.3": (torch.optim.SGD, {"momentum": 0.9, "dampening": 0.3}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "rmsprop, momentum 0.9, weight decay 0.1": (torch.optim.RMSprop, {"momentum": 0.9, "weight_decay": 0.1}),
    "rmsprop, centered, alpha 0.9, eps 0.001": (torch.optim.RMSprop, {"centered": True, "alpha": 0.9, "eps": 1e-3}),
    "rmsprop, centered, momentum 0.5": (torch.optim.RMSprop, {"centered": True, "momentum": 0.5}),
    "lion": (Lion, {}),
    "lion, betas 0.8 and 0.95, weight decay 0.3": (Lion, {"betas": (0.8, 0.95), "weight_decay": 0.3}),
    "adam": (torch.optim.Adam, {}),
    "adam, weight decay 0.1": (torch.optim.Adam, {"weight_decay": 0.1}),
    "adam, betas 0.7 and 0.95, eps 0.001": (torch.optim.Adam, {"betas": (0.7, 0.95), "eps": 1e-3}),
    "adamw": (torch.optim.AdamW, {}),
    "adamw, weight decay 0": (torch.optim.AdamW, {"weight_decay": 0}),
    "adamw, weight decay 0.3": (torch.optim.AdamW, {"weight_decay": 0.3}),
    "lars": (Lars, {}, [1, SIZE]),
    "lars, momentum 0.7, weight decay 0.1, trust 0.5": (
        Lars,
        {"momentum": 0.7, "weight_decay": 0.1, "trust": 0.5},
        [SIZE, 1],
    ),
    "lars, weight decay 0.1, from zero": (Lars, {"weight_decay": 0.1, "trust": 0.5}, [1, SIZE], [0.0] * SIZE),
    "lars of a vector, weight decay 0.1": (Lars, {"weight_decay": 0.1}),
}


def given():
    source = random.Random(1)
    gradients = [[round(source.gauss(0, 1), 3) for _ in range(SIZE)] for _ in range(STEPS)]
    for step, row in enumerate(gradients):
        row[0] = 0.0 if step < 3 else row[0]
        row[1] = row[1] * 1e-8
    return {
        "start": [round(source.gauss(0, 1), 3) for _ in range(SIZE)],
        "gradients": gradients,
        "rates": [0.1, 0.05, 0.2, 0.01, 0.003, 0.15],
    }


def run(given, make, options, shape=[SIZE], start=None):
    gradients, rates = given["gradients"], given["rates"]
    start = given["start"] if start is None else start
    parameter = torch.tensor(start, dtype=torch.float64).reshape(shape).requires_grad_()
    optimizer = make([parameter], lr=rates[0], **options)
    after = []
    for gradient, rate in zip(gradients, rates):
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = torch.tensor(gradient, dtype=torch.float64).reshape(shape)
        optimizer.step()
        after.append(parameter.detach().flatten().tolist())
    kept = {
        name: value.flatten().tolist()
        for name, value in optimizer.state[parameter].items()
        if name != "step" and value is not None
    }
    return {"shape": shape, "start": start, "parameter": after, "states": kept}


def main():
    inputs = given()
    lines = [f'"{name}": {json.dumps(inputs[name])}' for name in ("gradients", "rates")]
    cases = [f'"{name}": {json.dumps(run(inputs, *case))}' for name, case in CASES.items()]
    body = ",\n".join([*lines, '"cases": {\n' + ",\n".join(cases) + "\n}"])
    pathlib.Path(__file__).with_name("optimizers.json").write_text("{\n" + body + "\n}\n")


if __name__ == "__main__":
    main()
