"""A training step of a VGG-like encoder in plain PyTorch: each layer by its own loss, or all by that of the top."""

import torch
from torch import nn
from torch.nn import functional as F

from kinds.optimizers import switchable_adamw
from kinds.steps import in_turn
from tensors import read_tensors


class ConvLayer(nn.Conv2d):
    """3×3 convolution, ReLU, and 2×2 max-pooling where the layer has it."""

    def __init__(self, inputs, channels, pooled):
        super().__init__(inputs, channels, kernel_size=3, padding=1)
        self.pooled = pooled

    def forward(self, x):
        x = F.relu(super().forward(x))
        return F.max_pool2d(x, 2) if self.pooled else x


class Clapp(nn.Module):
    """The hinge loss on scores z · B c of the image's other view and of another image's; c is a constant."""

    def __init__(self, case, shape):
        super().__init__()
        self.projection = nn.Parameter(torch.empty(shape))

    def forward(self, features, reference, negatives):
        other = features.roll(len(features) // 2, 0)
        prediction = F.linear(reference.detach(), self.projection)
        positive = (other * prediction).sum(1)
        negative = (other[negatives] * prediction).sum(2)
        return F.relu(1 - positive).mean() + F.relu(1 + negative).mean()


class InfoNce(nn.Module):
    """View a predicts view b among those of all images: cosine similarity, softmax over rows."""

    def __init__(self, case, shape):
        super().__init__()
        self.projection = nn.Parameter(torch.empty(shape))
        self.temperature = case["temperature"]

    def forward(self, features, reference, negatives):
        projected = F.normalize(F.linear(features, self.projection), dim=1, eps=1e-9)
        z, c = projected.chunk(2)
        return F.cross_entropy(z @ c.T / self.temperature, torch.arange(len(z)))


RULES = {"clapp": Clapp, "infonce": InfoNce}


def build(case, values):
    """The encoder, with the loss of each layer that has one below the layer; parameters are those given."""
    name = case["rule"]
    with torch.device("meta"):
        encoder = nn.Sequential()
        for layer in case["layers"]:
            channels, inputs = values[f"{layer['name']}.weight"].shape[:2]
            module = ConvLayer(inputs, channels, layer["pooled"])
            projection = values.get(f"{layer['name']}.{name}.projection")
            if projection is not None:
                module.add_module(name, RULES[name](case, projection.shape))
            encoder.add_module(layer["name"], module)
    encoder.load_state_dict(values, assign=True)
    return encoder


class Training:
    def __init__(self, case, values):
        self.case = case
        self.encoder = build(case, values)
        self.optimizer = switchable_adamw(self.encoder.parameters(), case)

    def loss(self, index, activity, top, negatives):
        layer = self.encoder[index]
        features = self.read(activity, index)
        reference = features if top is None else self.read(top, len(self.encoder) - 1)
        return layer.get_submodule(self.case["rule"])(features, reference, negatives)

    def read(self, activity, index):
        """Activity as the losses see it: means over tiles, flattened, or over the whole map."""
        pools = self.case["pools"]
        return activity.mean((2, 3)) if pools is None else F.avg_pool2d(activity, pools[index]).flatten(1)

    def local_losses(self, x, negatives):
        """Each layer's backward pass follows its forward pass, which needs the least memory."""
        for index, layer in enumerate(self.encoder):
            x = layer(x.detach())
            loss = self.loss(index, x, None, negatives)
            loss.backward()
            yield loss

    def feedback_losses(self, x, negatives):
        activities = []
        for layer in self.encoder:
            x = layer(x.detach())
            activities.append(x)
        for index, activity in enumerate(activities):
            loss = self.loss(index, activity, x, negatives)
            loss.backward()
            yield loss

    def top_loss(self, x, negatives):
        loss = self.loss(len(self.encoder) - 1, self.encoder(x), None, negatives)
        loss.backward()
        yield loss

    def step(self, views, negatives):
        """One step; returns the losses from the lowest layer that has one to the top."""
        losses = {"local": self.local_losses, "feedback": self.feedback_losses, "global": self.top_loss}
        values = [loss.item() for loss in losses[self.case["credit"]](views, negatives)]
        self.optimizer.step()
        self.optimizer.zero_grad()
        return values


def open_case(case, folder):
    training = Training(case, read_tensors(folder / "values.safetensors"))
    given = read_tensors(folder / "batches.safetensors")

    def step(index):
        return training.step(given[f"{index}/views"], given.get(f"{index}/negatives"))

    return training.optimizer.variants(in_turn(step, case["batches"]))
