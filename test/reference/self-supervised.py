"""Writes self-supervised.json: losses and gradients of self-supervised rules, by PyTorch in float64.

    python3 test/reference/self-supervised.py

One convolution with tanh is the encoder. Each loss is written here from its paper, as literally as possible: loops for
CLAPP, cross-entropies for the contrastive losses, PyTorch's own batch normalisation, covariance and cosine. Per case:
the views of each step, draws, parameters, and the loss and gradients of the first step; where there are two steps, also
what plain gradient descent makes of the parameters, and of their averages. Needs PyTorch 1.13 or later.
"""

import json
import math
import pathlib
import random

import torch
from torch.nn import functional as F

IMAGES, CHANNELS, UNITS = 4, 2, 4
RATE, DECAY = 0.1, 0.9


def draw(source, shape, scale=1.0):
    values = [round(source.gauss(0, scale), 3) for _ in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().flatten().tolist()}


def encode(rows, p):
    return torch.tanh(F.conv2d(rows, p["conv1.weight"], p["conv1.bias"], padding=1))


def features(rows, p):
    """[2N, units] as two views."""
    return encode(rows, p).mean((2, 3)).split(IMAGES)


# Heads


def head_shapes(name, inputs, widths, normalise=True, last="plain"):
    shapes = {}
    for i, width in enumerate(widths):
        shapes[f"{name}.{i}.weight"] = [width, inputs]
        hidden = i < len(widths) - 1
        if hidden and normalise:
            shapes[f"{name}.{i}.scale"] = shapes[f"{name}.{i}.shift"] = [width]
        if (hidden and not normalise) or (not hidden and last == "biased"):
            shapes[f"{name}.{i}.bias"] = [width]
        inputs = width
    return shapes


def head(x, p, name, layers, standardised=False):
    for i in range(layers):
        if i > 0:
            x = torch.relu(x)
        x = F.linear(x, p[f"{name}.{i}.weight"], p.get(f"{name}.{i}.bias"))
        if f"{name}.{i}.scale" in p:
            x = F.batch_norm(x, None, None, p[f"{name}.{i}.scale"], p[f"{name}.{i}.shift"], training=True)
    return F.batch_norm(x, None, None, training=True) if standardised else x


# Losses of two views


def nt_xent(p, rows, layers=0, temperature=0.5):
    z = torch.cat(features(rows, p))
    z = F.normalize(head(z, p, "conv1.nt-xent.head", layers))
    similarity = z @ z.T / temperature
    similarity.fill_diagonal_(-math.inf)
    partner = torch.arange(2 * IMAGES).roll(IMAGES)
    return F.cross_entropy(similarity, partner)


def barlow(p, rows, layers=0, redundancy=5e-3):
    za, zb = (head(z, p, "conv1.barlow-twins.head", layers) for z in features(rows, p))
    normal = torch.nn.BatchNorm1d(za.shape[1], affine=False, dtype=torch.float64)
    c = normal(za).T @ normal(zb) / IMAGES
    off = c - torch.diag(torch.diagonal(c))
    return (torch.diagonal(c) - 1).pow(2).sum() + redundancy * off.pow(2).sum()


def vicreg(p, rows, layers=0):
    total = 0
    za, zb = (head(z, p, "conv1.vicreg.head", layers) for z in features(rows, p))
    for z in (za, zb):
        cov = torch.cov(z.T)
        off = cov - torch.diag(torch.diagonal(cov))
        std = (z.var(0) + 1e-4).sqrt()
        total = total + 25 * F.relu(1 - std).mean() / 2 + off.pow(2).sum() / z.shape[1]
    return total + 25 * F.mse_loss(za, zb)


def lpl(p, rows):
    za, zb = features(rows, p)
    loss = F.mse_loss(za, zb)
    for z in (za, zb):
        centred = z - z.mean(0).detach()
        cov = centred.T @ centred / (IMAGES - 1)
        off = cov[~torch.eye(UNITS, dtype=torch.bool)]
        loss = loss - 0.5 * torch.log(torch.diagonal(cov) + 1e-4).mean() + 0.5 * 10 * off.pow(2).mean()
    return loss


def byol(p, rows, slow):
    name = "conv1.byol"
    loss = 0
    with torch.no_grad():
        goals = [head(z, slow, f"{name}.head", 2) for z in features(rows, slow)]
    for z, goal in zip(features(rows, p), reversed(goals)):
        q = head(head(z, p, f"{name}.head", 2), p, f"{name}.predictor", 2)
        loss = loss + (F.normalize(q) - F.normalize(goal)).pow(2).sum(1).mean()
    return loss


def simsiam(p, rows):
    name = "conv1.simsiam"
    za, zb = (head(z, p, f"{name}.head", 3, True) for z in features(rows, p))
    qa, qb = (head(z, p, f"{name}.predictor", 2) for z in (za, zb))
    alike = lambda q, z: F.cosine_similarity(q, z.detach()).mean()
    return -alike(qa, zb) / 2 - alike(qb, za) / 2


# Losses of patches: images of 8×8 as a grid of 3×3 patches of 4×4


def patch_grid(rows, p):
    cut = rows.unfold(2, 4, 2).unfold(3, 4, 2).permute(0, 2, 3, 1, 4, 5)
    z = encode(cut.reshape(-1, CHANNELS, 4, 4), p).mean((2, 3))
    return z.reshape(rows.shape[0], 3, 3, UNITS)


def clapp(p, rows, draws, retrodiction="separate", synchronous=False):
    z = patch_grid(rows, p)
    name = "conv1.clapp2021"
    hinge = lambda score: F.relu(1 - score)
    per_step = []
    for k in (1, 2):
        losses = []
        W = p[f"{name}.prediction{k}"]
        for n in range(rows.shape[0]):
            other = int(draws["negatives"][0, n])
            stays = bool(draws["clapp2021.stays"][n] < 0.5)
            cases = [(n, 1), (other, -1)] if synchronous else [(n, 1) if stays else (other, -1)]
            for row in range(3 - k):
                for column in range(3):
                    c = z[n, row, column]
                    for image, y in cases:
                        future = z[image, row + k, column]
                        if retrodiction == "transposed":
                            loss = hinge(y * future.dot(W @ c))
                        else:
                            loss = hinge(y * future.dot(W @ c.detach()))
                        if retrodiction == "separate":
                            back = p[f"{name}.retrodiction{k}"] @ future.detach()
                            loss = loss + hinge(y * c.dot(back))
                        losses.append(loss)
        per_step.append(torch.stack(losses).mean())
    return torch.stack(per_step).mean()


def cpc(p, rows, steps=(1, 2), skip=0):
    z = patch_grid(rows, p)
    per_step = []
    for k in steps:
        losses = []
        W = p[f"conv1.cpc.prediction{k}"]
        for row in range(3 - k - skip):
            for column in range(3):
                for n in range(rows.shape[0]):
                    scores = z[:, row + k + skip, column] @ (W @ z[n, row, column])
                    losses.append(F.cross_entropy(scores[None], torch.tensor([n])))
        per_step.append(torch.stack(losses).mean())
    return torch.stack(per_step).mean()


def square(name, steps=(1, 2)):
    return {f"conv1.{name}{k}": [UNITS, UNITS] for k in steps}


CLAPP = {**square("clapp2021.prediction"), **square("clapp2021.retrodiction")}
BYOL = {**head_shapes("conv1.byol.head", UNITS, [6, 3]), **head_shapes("conv1.byol.predictor", 3, [7, 3])}
SIMSIAM = {
    **head_shapes("conv1.simsiam.head", UNITS, [6, 5, 3]),
    **head_shapes("conv1.simsiam.predictor", 3, [7, 3], last="biased"),
}

# name: loss, shapes of the rule's parameters, options of the loss
TWO_VIEWS = {
    "NT-Xent": (nt_xent, {}, {}),
    "NT-Xent with a head": (
        nt_xent,
        head_shapes("conv1.nt-xent.head", UNITS, [6, 3], normalise=False, last="biased"),
        {"layers": 2, "temperature": 0.2},
    ),
    "Barlow Twins": (barlow, {}, {}),
    "Barlow Twins with a head": (
        barlow,
        head_shapes("conv1.barlow-twins.head", UNITS, [6, 3]),
        {"layers": 2, "redundancy": 0.1},
    ),
    "VICReg": (vicreg, {}, {}),
    "VICReg with an expander": (vicreg, head_shapes("conv1.vicreg.head", UNITS, [6, 5]), {"layers": 2}),
    "LPL": (lpl, {}, {}),
    "BYOL": (byol, BYOL, {}),
    "SimSiam": (simsiam, SIMSIAM, {}),
}
PATCHES = {
    "CLAPP 2021": (clapp, CLAPP, {}),
    "CLAPP 2021 without retrodiction": (clapp, square("clapp2021.prediction"), {"retrodiction": "none"}),
    "CLAPP-s": (clapp, square("clapp2021.prediction"), {"retrodiction": "transposed", "synchronous": True}),
    "CLAPP-s with separate retrodiction": (clapp, CLAPP, {"synchronous": True}),
    "CPC": (cpc, square("cpc.prediction"), {}),
    "CPC after a skipped row": (cpc, square("cpc.prediction", (1,)), {"steps": (1,), "skip": 1}),
}


def start(source, shapes, scale=0.6):
    encoder = {"conv1.weight": [UNITS, CHANNELS, 3, 3], "conv1.bias": [UNITS]}
    p = {name: draw(source, shape, 0.6) for name, shape in encoder.items()}
    p.update({name: draw(source, shape, scale) for name, shape in shapes.items()})
    return {name: value.requires_grad_() for name, value in p.items()}


def case(name, loss_of, p, steps, draws):
    names = list(p)
    loss = loss_of(p, steps[0])
    gradients = torch.autograd.grad(loss, list(p.values()))
    return {
        "steps": [plain(rows) for rows in steps],
        "draws": {key: plain(value) for key, value in draws.items()},
        "parameters": {key: plain(value) for key, value in p.items()},
        "loss": loss.item(),
        "gradients": {key: plain(value) for key, value in zip(names, gradients)},
    }


def two_views(name):
    loss, shapes, options = TWO_VIEWS[name]
    source = random.Random(name)
    p = start(source, shapes)
    if loss is not byol:
        rows = draw(source, [2 * IMAGES, CHANNELS, 4, 4])
        return case(name, lambda p, rows: loss(p, rows, **options), p, [rows], {})
    steps = [draw(source, [2 * IMAGES, CHANNELS, 4, 4]) for _ in range(2)]
    slow = {key: value.detach().clone() for key, value in p.items()}
    written = case(name, lambda p, rows: byol(p, rows, slow), p, steps, {})
    losses = []
    for rows in steps:
        loss = byol(p, rows, slow)
        gradients = torch.autograd.grad(loss, list(p.values()))
        p = {k: (v - RATE * g).detach().requires_grad_() for (k, v), g in zip(p.items(), gradients)}
        slow = {k: DECAY * v + (1 - DECAY) * p[k].detach() for k, v in slow.items()}
        losses.append(loss.item())
    averages = {f"{k}.target": v for k, v in slow.items() if "predictor" not in k}
    return {**written, "losses": losses, "final": {k: plain(v) for k, v in {**p, **averages}.items()}}


def patches(name):
    loss, shapes, options = PATCHES[name]
    source = random.Random(name)
    p = start(source, shapes, 5)  # large scores, so that some hinges are satisfied
    rows = draw(source, [IMAGES, CHANNELS, 8, 8], 2)
    if loss is cpc:
        return case(name, lambda p, rows: cpc(p, rows, **options), p, [rows], {})
    others = [source.choice([m for m in range(IMAGES) if m != n]) for n in range(IMAGES)]
    draws = {"negatives": torch.tensor([others])}
    if not options.get("synchronous"):
        draws["clapp2021.stays"] = torch.tensor([0.25, 0.75, 0.5, 0.125], dtype=torch.float64)
    stays = draws.get("clapp2021.stays", torch.zeros(IMAGES))
    given = {"negatives": draws["negatives"], "clapp2021.stays": stays}
    return case(name, lambda p, rows: clapp(p, rows, given, **options), p, [rows], draws)


def main():
    torch.set_num_threads(1)
    written = {**{name: two_views(name) for name in TWO_VIEWS}, **{name: patches(name) for name in PATCHES}}
    lines = [f'"{name}": {json.dumps(value)}' for name, value in written.items()]
    pathlib.Path(__file__).with_name("self-supervised.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
