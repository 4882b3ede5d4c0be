"""Single operations in plain PyTorch: a stride-1 3×3 convolution with its gradients, and a product of matrices."""

import torch
from torch.nn import functional as F
from torch.nn.grad import conv2d_input, conv2d_weight

from tensors import read_tensors


def repeated(function):
    """Does it `count` times; each time the first element of the result is told, for comparison."""

    def run(count):
        with torch.no_grad():
            return [[function().flatten()[0].item()] for _ in range(count)]

    return run


def open_case(case, folder, _settings):
    tensors = read_tensors(folder / "tensors.safetensors")
    x, weight, upstream = (tensors[name] for name in ("x", "weight", "upstream"))
    if case["op"] == "matmul":
        return {"matmul": repeated(lambda: x @ weight)}
    return {
        "forward": repeated(lambda: F.conv2d(x, weight, padding=1)),
        "input gradient": repeated(lambda: conv2d_input(x.shape, weight, upstream, padding=1)),
        "weight gradient": repeated(lambda: conv2d_weight(x, weight.shape, upstream, padding=1)),
    }
