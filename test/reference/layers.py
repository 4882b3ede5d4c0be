"""Writes layers.json: values and gradients of single layers, computed by PyTorch in float64.

    python3 test/reference/layers.py

Per case: input, parameters, the gradient that arrives at the output ("upstream"), the output, and the gradients that
follow. Needs PyTorch 1.13 or later.
"""

import json
import math
import pathlib
import random

import torch
from torch.nn import functional as F


def conv(**options):
    return lambda x, weight, bias=None: F.conv2d(x, weight, bias, **options)


def max_pool(*arguments):
    return lambda x: F.max_pool2d(x, *arguments)


def average_pool(*arguments):
    return lambda x: F.avg_pool2d(x, *arguments)


def length_norm(x):
    return x / (x.square().mean(dim=tuple(range(1, x.dim())), keepdim=True) + 1e-8).sqrt()


MAPS = [2, 2, 6, 5]
EVEN = [2, 2, 4, 6]

# name: function, shape of the input, shapes of the parameters
CASES = {
    "conv": (conv(padding=1), MAPS, {"weight": [3, 2, 3, 3], "bias": [3]}),
    "conv without bias, kernel 2": (conv(), MAPS, {"weight": [3, 2, 2, 2]}),
    "conv, stride 2": (conv(padding=1, stride=2), MAPS, {"weight": [3, 2, 3, 3], "bias": [3]}),
    "conv, stride 3, rows left over": (conv(stride=3), [1, 2, 8, 7], {"weight": [2, 2, 3, 3], "bias": [2]}),
    "conv, dilation 2": (conv(padding=2, dilation=2), MAPS, {"weight": [3, 2, 3, 3], "bias": [3]}),
    "conv, 2 groups": (conv(padding=1, groups=2), [2, 4, 4, 4], {"weight": [6, 2, 3, 3], "bias": [6]}),
    "conv, stride 2, dilation 2, 2 groups": (
        conv(stride=2, dilation=2, padding=1, groups=2),
        [1, 4, 8, 7],
        {"weight": [4, 2, 3, 3], "bias": [4]},
    ),
    "linear": (F.linear, [3, 4], {"weight": [2, 4], "bias": [2]}),
    "linear without bias": (F.linear, [3, 4], {"weight": [2, 4]}),
    "max-pool 2": (max_pool(2), EVEN, {}),
    "max-pool 2, a row left over": (max_pool(2), MAPS, {}),
    "max-pool 3, stride 1": (max_pool(3, 1), MAPS, {}),
    "max-pool 3, stride 2, padding 1": (max_pool(3, 2, 1), MAPS, {}),
    "max-pool 2, with ties": (max_pool(2), EVEN, {}),
    "max-pool 2, a row left over, with ties": (max_pool(2), MAPS, {}),
    "max-pool 3, stride 1, with ties": (max_pool(3, 1), MAPS, {}),
    "max-pool 3, stride 2, padding 1, with ties": (max_pool(3, 2, 1), MAPS, {}),
    "average-pool 2": (average_pool(2), EVEN, {}),
    "average-pool 3, stride 1": (average_pool(3, 1), MAPS, {}),
    "average-pool 3, stride 2": (average_pool(3, 2), MAPS, {}),
    "average-pool 3, stride 2, padding 1": (average_pool(3, 2, 1), MAPS, {}),
    "average-pool 2, padding 1": (average_pool(2, 2, 1), EVEN, {}),
    "length norm of maps": (length_norm, [2, 2, 2, 3], {}),
    "length norm of rows": (length_norm, [3, 4], {}),
    "flatten": (lambda x: x.flatten(1), [2, 2, 2, 3], {}),
    "global average": (lambda x: x.mean((2, 3)), MAPS, {}),
}


def draw(source, shape, tied=False):
    number = (lambda: float(source.randrange(3))) if tied else (lambda: round(source.gauss(0, 1), 3))
    return torch.tensor([number() for _ in range(math.prod(shape))], dtype=torch.float64).reshape(shape)


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}


def run(name, function, shape, shapes):
    source = random.Random(name)
    x = draw(source, shape, "ties" in name).requires_grad_()
    parameters = {key: draw(source, size).requires_grad_() for key, size in shapes.items()}
    output = function(x, **parameters)
    upstream = draw(source, output.shape)
    output.backward(upstream)
    leaves = {"input": x, **parameters}
    return {
        "input": plain(x.detach()),
        "parameters": {key: plain(value.detach()) for key, value in parameters.items()},
        "upstream": plain(upstream),
        "output": plain(output.detach()),
        "gradients": {key: plain(value.grad) for key, value in leaves.items()},
    }


def main():
    torch.set_num_threads(1)
    cases = [f'"{name}": {json.dumps(run(name, *case))}' for name, case in CASES.items()]
    pathlib.Path(__file__).with_name("layers.json").write_text("{\n" + ",\n".join(cases) + "\n}\n")


if __name__ == "__main__":
    main()
