"""Writes forward-forward.json: losses and gradients of Forward-Forward, SCFF and PhyLL, by PyTorch in float64.

    python3 test/reference/forward-forward.py

Per case: the rows shown, every parameter, running means before and after, and per layer the loss and its gradients.
Written after the authors' code: github.com/loeweX/Forward-Forward (peer normalisation as in Hinton's MATLAB),
github.com/neurophysics-cnrsthales/contrastive-forward-forward, github.com/MomeniAli/PhyLL.
"""

import json
import math
import pathlib
import random

import torch
from torch.nn import functional as F


def length_norm(x):
    return x / (x.square().mean(dim=tuple(range(1, x.dim())), keepdim=True) + 1e-8).sqrt()


def dense(first):
    def layer(x, weight, bias):
        a = F.linear(x.flatten(1) if first else length_norm(x), weight, bias)
        return a, a.relu()

    return layer


def convolution(first):
    def layer(x, weight, bias):
        a = F.conv2d(x if first else length_norm(x), weight, bias, padding=1)
        return a, F.max_pool2d(a.relu(), 2) if first else a.relu()

    return layer


# shape of an image, and per layer its name, function and the shape of its weights
NETWORKS = {
    "dense": ([1, 2, 3], [("dense1", dense(True), [4, 6]), ("dense2", dense(False), [5, 4])]),
    "maps": ([2, 4, 4], [("conv1", convolution(True), [3, 2, 3, 3]), ("conv2", convolution(False), [4, 3, 3, 3])]),
}
BATCH = 3


def forward_forward(total, threshold, weight=0.0):
    def loss(a, z, own, _):
        positive, negative = z.flatten(1).chunk(2)
        scale = z[0].numel() if total else 1

        def excess(x):
            return scale * (x.square().mean(1) - threshold)

        # PyTorch's own threshold, 20, drops 1e-9.
        told = F.softplus(-excess(positive), threshold=500) + F.softplus(excess(negative), threshold=500)
        told = told.mean()
        if weight == 0:
            return told, {}
        activity = z.chunk(2)[0].transpose(0, 1).flatten(1).mean(1)
        means = own["means"] * 0.9 + activity * 0.1
        return told + weight * ((means.mean() - means) ** 2).mean(), {"means": means.detach()}

    return loss


def scff(positive, negative, penalty):
    def loss(a, z, own, index):
        def goodness(other):
            # Both halves of a pair pass the kernel (and the bias) on their own, and are added up.
            return (a + other).relu().pow(2).mean([1])

        same, mixed = goodness(a), goodness(a[own["negatives"]])
        told = torch.log(1 + torch.exp(positive[index] - same)).mean()
        told = told + torch.log(1 + torch.exp(mixed - negative[index])).mean()
        return told + penalty * torch.norm(same.reshape(len(same), -1), p=2, dim=1).mean(), {}

    return loss


def phyll(theta, score):
    def loss(a, z, own, _):
        pooled = z.mean((2, 3)) if z.dim() == 4 else z

        def goodness(x):
            if score == "direction":
                return F.cosine_similarity(x, own["direction"].expand_as(x), dim=1, eps=1e-6)
            context = x.detach() if score == "identity" else F.linear(x.detach(), own["projection"])
            return (x * context).sum(1)

        positive, negative = map(goodness, pooled.chunk(2))
        return torch.log(1 + torch.exp(-theta * (positive - negative))).mean(), {}

    return loss


# network, number of views, name of the rule, its loss, what it keeps per layer
CASES = {
    "forward-forward": ("dense", 2, "forward-forward", forward_forward(False, 0.5), []),
    "forward-forward on maps": ("maps", 2, "forward-forward", forward_forward(False, 0.1), []),
    "forward-forward, sum, peers": ("dense", 2, "forward-forward", forward_forward(True, 0.2, 0.3), ["means"]),
    "forward-forward on maps, peers": ("maps", 2, "forward-forward", forward_forward(False, 0.1, 3), ["means"]),
    "scff": ("dense", 1, "scff", scff([1, 3], [1, 3], 0), ["negatives"]),
    "scff on maps": ("maps", 1, "scff", scff([1, 1], [2, 0.5], 0.01), ["negatives"]),
    "phyll": ("dense", 2, "phyll", phyll(4, "direction"), ["direction"]),
    "phyll on maps": ("maps", 2, "phyll", phyll(4, "direction"), ["direction"]),
    "phyll on maps, identity": ("maps", 2, "phyll", phyll(1, "identity"), []),
    "phyll on maps, trainable": ("maps", 2, "phyll", phyll(2, "trainable"), ["projection"]),
}


def draw(source, shape):
    numbers = [round(source.gauss(0, 1), 3) for _ in range(math.prod(shape))]
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape)


def run(name, network, views, rule, loss, kept):
    source = random.Random(name)
    image, layers = NETWORKS[network]
    rows = views * BATCH
    x = draw(source, [rows, *image])
    # For each row one that shows another image.
    negatives = [(i + 1 + source.randrange(BATCH - 1)) % BATCH for i in range(rows)]
    case = {"network": network, "views": x.flatten().tolist(), "negatives": negatives, "given": {}, "losses": {}}
    case["gradients"], case["kept"] = {}, {}
    for index, (layer, function, shape) in enumerate(layers):
        weights = {"weight": draw(source, shape), "bias": draw(source, shape[:1])}
        shapes = {"means": shape[:1], "direction": shape[:1], "projection": [shape[0], shape[0]]}
        own = {key: draw(source, shapes[key]) for key in kept if key in shapes}
        for key, value in {**weights, **{f"{rule}.{key}": value for key, value in own.items()}}.items():
            case["given"][f"{layer}.{key}"] = value.flatten().tolist()
        taught = {**weights, **{key: value for key, value in own.items() if key == "projection"}}
        for value in taught.values():
            value.requires_grad_()
        a, z = function(x, **weights)
        value, after = loss(a, z, {**own, "negatives": negatives}, index)
        gradients = torch.autograd.grad(value, list(taught.values()))
        case["losses"][layer] = value.item()
        for key, gradient in zip(taught, gradients):
            full = f"{layer}.{rule}.{key}" if key == "projection" else f"{layer}.{key}"
            case["gradients"][full] = gradient.flatten().tolist()
        for key, value in after.items():
            case["kept"][f"{layer}.{rule}.{key}"] = value.flatten().tolist()
        x = z.detach()
    return case


def main():
    torch.set_num_threads(1)
    cases = [f'"{name}": {json.dumps(run(name, *case))}' for name, case in CASES.items()]
    pathlib.Path(__file__).with_name("forward-forward.json").write_text("{\n" + ",\n".join(cases) + "\n}\n")


if __name__ == "__main__":
    main()
