"""Writes layers.json: values and gradients of single layers, computed by PyTorch in float64.

    python3 test/reference/layers.py

Per case: input, parameters, draws, the gradient that arrives at the output ("upstream"), the output, and the gradients
that follow. Batch norm also: its running statistics after two training batches (the input, then "second"), and what
it then makes of the second in evaluation. Needs PyTorch 1.13 or later.
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


def batch_norm(x, scale=None, shift=None, **options):
    return F.batch_norm(x, None, None, scale, shift, training=True, **options)


def layer_norm(x, scale, shift, **options):
    return F.layer_norm(x, x.shape[1:], scale, shift, **options)


def triangle(power=1):
    return lambda x: F.relu(x - x.mean(1, keepdim=True)) ** power


def dropout(p):
    return lambda x, dropout: x * (dropout >= p) / (1 - p)


def residual(x, weight, scale, shift):
    return F.relu(batch_norm(F.conv2d(x, weight, padding=1), scale, shift)) + x


def strided_residual(x, weight, weight2, scale, shift):
    return F.conv2d(x, weight, stride=2, padding=1) + batch_norm(F.conv2d(x, weight2, stride=2), scale, shift)


def patches(size, stride):
    def cut(x):
        columns = F.unfold(x, size, stride=stride)
        sides = (size, size) if isinstance(size, int) else size
        return columns.transpose(1, 2).reshape(-1, x.shape[1], *sides)

    return cut


def affine(*shape):
    return {"scale": list(shape), "shift": list(shape)}


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
    "batch norm of maps": (batch_norm, [3, 2, 4, 3], affine(2)),
    "batch norm of rows": (batch_norm, [5, 3], affine(3)),
    "batch norm, not affine, eps 0.1": (lambda x: batch_norm(x, eps=0.1), [3, 2, 4, 3], {}),
    "layer norm of maps": (layer_norm, [3, 2, 4, 3], affine(2, 4, 3)),
    "layer norm of rows, eps 0.1": (lambda x, **p: layer_norm(x, eps=0.1, **p), [3, 5], affine(5)),
    "triangle of maps": (triangle(), [2, 4, 3, 2], {}),
    "triangle of rows, power 2": (triangle(2), [3, 5], {}),
    "triangle of maps, power 0.7": (triangle(0.7), [2, 4, 3, 2], {}),
    "dropout 0.4": (dropout(0.4), [3, 2, 3, 4], {}, {"dropout": [3, 2, 3, 4]}),
    "residual": (residual, [2, 3, 4, 4], {"weight": [3, 3, 3, 3], **affine(3)}),
    "residual, strided, with a shortcut": (
        strided_residual,
        [2, 2, 6, 6],
        {"weight": [4, 2, 3, 3], "weight2": [4, 2, 1, 1], **affine(4)},
    ),
    "patches 3, stride 2, rows left over": (patches(3, 2), [2, 2, 8, 7], {}),
    "patches 2": (patches(2, 2), [2, 1, 4, 6], {}),
    "conv 1×5, stride 1×2, of signals": (
        conv(stride=(1, 2), padding=(0, 2)),
        [3, 2, 1, 12],
        {"weight": [3, 2, 1, 5], "bias": [3]},
    ),
    "conv 3×2, dilation 1×2, padding 2×0, 2 groups": (
        conv(padding=(2, 0), dilation=(1, 2), groups=2),
        [2, 4, 4, 6],
        {"weight": [4, 2, 3, 2], "bias": [4]},
    ),
    "max-pool 1×2": (max_pool((1, 2)), [2, 2, 1, 6], {}),
    "max-pool 2×3, stride 1×2, padding 1×1": (max_pool((2, 3), (1, 2), (1, 1)), MAPS, {}),
    "average-pool 1×4": (average_pool((1, 4)), [2, 2, 3, 8], {}),
    "average-pool 1×3, stride 1×2, padding 0×1": (average_pool((1, 3), (1, 2), (0, 1)), [2, 2, 1, 7], {}),
    "patches 1×3, stride 1×2": (patches((1, 3), (1, 2)), [2, 2, 1, 8], {}),
}

# name: momentum of the running statistics
RUNNING = {"batch norm of maps": 0.1, "batch norm of rows": 0.3}


def draw(source, shape, tied=False):
    number = (lambda: float(source.randrange(3))) if tied else (lambda: round(source.gauss(0, 1), 3))
    return torch.tensor([number() for _ in range(math.prod(shape))], dtype=torch.float64).reshape(shape)


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.flatten().tolist()}


def run_batch_norm(source, x, parameters, momentum):
    second = draw(source, x.shape) + 1
    norm = (torch.nn.BatchNorm2d if x.dim() == 4 else torch.nn.BatchNorm1d)(x.shape[1], momentum=momentum).double()
    norm.weight.data, norm.bias.data = parameters["scale"].detach(), parameters["shift"].detach()
    norm(x), norm(second)
    running = {name: plain(getattr(norm, name)) for name in ("running_mean", "running_var")}
    return {"second": plain(second), "running": running, "evaluated": plain(norm.eval()(second).detach())}


def run(name, function, shape, shapes, drawn={}):
    source = random.Random(name)
    x = draw(source, shape, "ties" in name).requires_grad_()
    parameters = {key: draw(source, size).requires_grad_() for key, size in shapes.items()}
    # Exact in float32, as the graphs are given them.
    draws = {
        key: torch.tensor([source.randrange(1000) / 1024 for _ in range(math.prod(size))], dtype=torch.float64).reshape(size)
        for key, size in drawn.items()
    }
    output = function(x, **parameters, **draws)
    upstream = draw(source, output.shape)
    output.backward(upstream)
    leaves = {"input": x, **parameters}
    return {
        "input": plain(x.detach()),
        "parameters": {key: plain(value.detach()) for key, value in parameters.items()},
        **({"draws": {key: plain(value) for key, value in draws.items()}} if draws else {}),
        "upstream": plain(upstream),
        "output": plain(output.detach()),
        "gradients": {key: plain(value.grad) for key, value in leaves.items()},
        **(run_batch_norm(source, x.detach(), parameters, RUNNING[name]) if name in RUNNING else {}),
    }


def main():
    torch.set_num_threads(1)
    cases = [f'"{name}": {json.dumps(run(name, *case))}' for name, case in CASES.items()]
    pathlib.Path(__file__).with_name("layers.json").write_text("{\n" + ",\n".join(cases) + "\n}\n")


if __name__ == "__main__":
    main()
