"""A training step of a VGG-like encoder in plain PyTorch: each layer by its own loss, or all by that of the top."""

import dataclasses

import torch
from torch import nn
from torch.nn import functional as F

from kinds.layers import make_layer
from kinds.steps import in_turn
from kinds.ways import OF_MAPS, Switchable
from tensors import read_tensors


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
        return F.cross_entropy(z @ c.T / self.temperature, torch.arange(len(z), device=z.device))


RULES = {"clapp": Clapp, "infonce": InfoNce}


def build(case, values):
    """The encoder, with the loss of each layer that has one below the layer; parameters are those given."""
    name = case["rule"]
    with torch.device("meta"):
        encoder = nn.Sequential()
        for layer in case["layers"]:
            module = make_layer(layer, values)
            projection = values.get(f"{layer['name']}.{name}.projection")
            if projection is not None:
                module.add_module(name, RULES[name](case, projection.shape))
            encoder.add_module(layer["name"], module)
    encoder.load_state_dict(values, assign=True)
    return encoder


@dataclasses.dataclass(frozen=True)
class Functions:
    """What a step is made of, by layer; all of it, or a layer with its loss, is compiled as one."""

    layers: list
    losses: list
    learners: list
    top: object


class Training:
    def __init__(self, case, values, batches):
        self.case = case
        self.encoder = build(case, values)
        self.switchable = Switchable(self.encoder.parameters(), case, batches, self.functions)

    def functions(self, through):
        places = range(len(self.encoder))
        return Functions(
            layers=[through(layer) for layer in self.encoder],
            losses=[through(self.loss_of(place)) for place in places],
            learners=[through(self.learner(place)) for place in places],
            top=through(self.top),
        )

    def loss_of(self, index):
        def loss(activity, top, negatives):
            features = self.read(activity, index)
            reference = features if top is None else self.read(top, len(self.encoder) - 1)
            return self.encoder[index].get_submodule(self.case["rule"])(features, reference, negatives)

        return loss

    def learner(self, index):
        """Activity and loss of a layer that reads none above it."""
        loss = self.loss_of(index)

        def learn(x, negatives):
            activity = self.encoder[index](x)
            return activity, loss(activity, None, negatives)

        return learn

    def top(self, views, negatives):
        return self.loss_of(len(self.encoder) - 1)(self.encoder(views), None, negatives)

    def read(self, activity, index):
        """Activity as the losses see it: means over tiles, flattened, or over the whole map."""
        pools = self.case["pools"]
        return activity.mean((2, 3)) if pools is None else F.avg_pool2d(activity, pools[index]).flatten(1)

    def local_losses(self, x, negatives):
        """Each layer's backward pass follows its forward pass, which needs the least memory."""
        for learn in self.switchable.functions.learners:
            x, loss = learn(x.detach(), negatives)
            loss.backward()
            yield loss.detach()

    def feedback_losses(self, x, negatives):
        activities = []
        for layer in self.switchable.functions.layers:
            x = layer(x.detach())
            activities.append(x)
        for loss_of, activity in zip(self.switchable.functions.losses, activities):
            loss = loss_of(activity, x, negatives)
            loss.backward()
            yield loss.detach()

    def top_loss(self, x, negatives):
        loss = self.switchable.functions.top(x, negatives)
        loss.backward()
        yield loss.detach()

    def step(self, index):
        """One step; returns the losses from the lowest layer that has one to the top."""
        losses = {"local": self.local_losses, "feedback": self.feedback_losses, "global": self.top_loss}
        given = self.switchable.batches
        values = list(losses[self.case["credit"]](given[f"{index}/views"], given.get(f"{index}/negatives")))
        self.switchable.update()
        return values


def open_case(case, folder, settings):
    values, batches = [settings.all_to(read_tensors(folder / f"{name}.safetensors")) for name in ("values", "batches")]
    training = Training(case, values, batches)
    return training.switchable.variants(in_turn(training.step, case["batches"]), OF_MAPS)
