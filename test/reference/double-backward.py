"""Writes double-backward.json: gradients of gradients, computed by PyTorch in float64.

    python3 test/reference/double-backward.py

Per case: the input, the parameters of a layer (convolution, ReLU, max-pool) and the projection B of a CLAPP loss on its
averages (nothing is stopped, so that second gradients take every way), the gradients of that loss ("first"), and the
gradients of their squared length ("second").
"""

import json
import pathlib

import torch
from torch.nn import functional as F


def hinge(score):
    return F.relu(1 - score)


def softhinge(score):
    return F.softplus(1 - score)


# name: convolution, max-pool, side of the averages, contrast
CASES = {
    "tiles, hinge": (dict(padding=1), (2,), 2, hinge),
    "overlapping windows, softhinge": (dict(padding=1, stride=2), (3, 1, 1), 2, softhinge),
}


def numbers(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().flatten().tolist()}


def case(name):
    convolution, window, side, contrast = CASES[name]
    torch.manual_seed(3)
    draw = lambda *shape: torch.randn(*shape, dtype=torch.float64).mul(100).round().div(100)
    x = draw(4, 2, 8, 8)
    parameters = {"weight": draw(3, 2, 3, 3) / 4, "bias": draw(3), "projection": draw(12, 12) / 32}
    for parameter in parameters.values():
        parameter.requires_grad_()
    maps = F.relu(F.conv2d(x, parameters["weight"], parameters["bias"], **convolution))
    rows = F.avg_pool2d(F.max_pool2d(maps, *window), side).flatten(1)
    prediction = rows.roll(2, 0) @ parameters["projection"].T
    score = (rows * prediction).sum(1)
    negative = (rows.roll(1, 0) * prediction).sum(1)
    loss = contrast(score).mean() + contrast(-negative).mean()
    layer = [parameters["weight"], parameters["bias"]]
    first = torch.autograd.grad(loss, layer, create_graph=True)
    length = sum(gradient.square().sum() for gradient in first)
    second = torch.autograd.grad(length, list(parameters.values()))
    named = lambda values, names: {key: numbers(value) for key, value in zip(names, values)}
    return {
        "input": numbers(x),
        "parameters": {key: numbers(value) for key, value in parameters.items()},
        "first": named(first, ["weight", "bias"]),
        "second": named(second, parameters),
    }


target = pathlib.Path(__file__).with_name("double-backward.json")
lines = [f"{json.dumps(name)}: {json.dumps(case(name))}" for name in CASES]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
