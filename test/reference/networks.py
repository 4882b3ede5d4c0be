"""Writes networks.json: small networks of several layers, computed by PyTorch in float64.

    python3 test/reference/networks.py

Per network: the views, every parameter, the loss (the mean square of the top activity), and its gradients. "skips" has
layers that read several others, "signals" has kernels and pools of height 1. Needs PyTorch 1.13 or later.
"""

import json
import math
import pathlib
import random

import torch
from torch.nn import functional as F


def skips(x, p):
    def conv(name, maps, **options):
        return F.relu(F.conv2d(maps, p[f"{name}.weight"], p[f"{name}.bias"], padding=1, **options))

    a = conv("a", x)
    b = conv("b", a)
    c = F.max_pool2d(conv("c", torch.cat([a, b], 1)), 2)
    d = conv("d", torch.cat([x, b], 1), stride=2)
    return conv("e", d + c)


def signals(x, p):
    a = F.relu(F.conv2d(x, p["a.weight"], p["a.bias"], stride=(1, 2), padding=(0, 4)))
    b = F.max_pool2d(F.relu(F.conv2d(a, p["b.weight"], p["b.bias"], padding=(0, 2), dilation=(1, 2))), (1, 2))
    c = F.avg_pool2d(F.relu(F.conv2d(b, p["c.weight"], p["c.bias"], padding=(0, 1))), (1, 4))
    return F.linear(c.flatten(1), p["d.weight"], p["d.bias"])


NETWORKS = {
    "skips": (
        skips,
        [4, 2, 8, 8],
        {"a": [3, 2, 3, 3], "b": [2, 3, 3, 3], "c": [4, 5, 3, 3], "d": [4, 4, 3, 3], "e": [3, 4, 3, 3]},
    ),
    "signals": (
        signals,
        [4, 2, 1, 64],
        {"a": [3, 2, 1, 9], "b": [4, 3, 1, 3], "c": [4, 4, 1, 3], "d": [3, 16]},
    ),
}


def draw(source, shape, scale=1.0):
    values = [round(scale * source.gauss(0, 1), 3) for _ in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def run(name, network, shape, weights):
    source = random.Random(name)
    views = draw(source, shape)
    parameters = {}
    for layer, size in weights.items():
        parameters[f"{layer}.weight"] = draw(source, size, 1 / math.sqrt(math.prod(size[1:]))).requires_grad_()
        parameters[f"{layer}.bias"] = draw(source, size[:1], 0.1).requires_grad_()
    loss = network(views, parameters).square().mean()
    loss.backward()
    return {
        "views": views.flatten().tolist(),
        "parameters": {key: value.detach().flatten().tolist() for key, value in parameters.items()},
        "loss": loss.item(),
        "gradients": {key: value.grad.flatten().tolist() for key, value in parameters.items()},
    }


def main():
    torch.set_num_threads(1)
    networks = [f'"{name}": {json.dumps(run(name, *case))}' for name, case in NETWORKS.items()]
    pathlib.Path(__file__).with_name("networks.json").write_text("{\n" + ",\n".join(networks) + "\n}\n")


if __name__ == "__main__":
    main()
