"""A training step of Forward-Forward in plain PyTorch: fully connected layers, goodness the mean of squares."""

import torch
from torch import nn
from torch.nn import functional as F

from kinds.steps import in_turn
from kinds.ways import OF_ROWS, Switchable
from tensors import read_tensors


class Dense(nn.Linear):
    """Reads the direction of the activity below: rows of root-mean-square 1."""

    def forward(self, x):
        x = x.flatten(1)
        return F.relu(super().forward(x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()))


def build(case, values):
    with torch.device("meta"):
        encoder = nn.Sequential()
        for name in case["layers"]:
            units, inputs = values[f"{name}.weight"].shape
            encoder.add_module(name, Dense(inputs, units))
    encoder.load_state_dict(values, assign=True)
    return encoder


def learner(layer, threshold):
    """Activity and loss of a layer; rows are positive images, then negative ones."""

    def learn(x):
        x = layer(x)
        positive, negative = (x.square().mean(1) - threshold).chunk(2)
        return x, F.softplus(-positive).mean() + F.softplus(negative).mean()

    return learn


def open_case(case, folder, settings):
    encoder = build(case, settings.all_to(read_tensors(folder / "values.safetensors")))
    given = settings.all_to(read_tensors(folder / "batches.safetensors"))

    def learners(through):
        return [through(learner(layer, case["threshold"])) for layer in encoder]

    switchable = Switchable(encoder.parameters(), case, given, learners)

    def step(index):
        """Returns the loss of each layer, from the lowest up."""
        x = switchable.batches[f"{index}/views"]
        losses = []
        for learn in switchable.functions:
            x, loss = learn(x.detach())
            loss.backward()
            losses.append(loss.detach())
        switchable.update()
        return losses

    return switchable.variants(in_turn(step, case["batches"]), OF_ROWS)
