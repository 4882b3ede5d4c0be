"""The layers that encoders of steps are made of; parameters have our names."""

import torch
from torch import nn
from torch.nn import functional as F


class ConvLayer(nn.Conv2d):
    """3×3 convolution, ReLU, and 2×2 max-pooling where the layer has it."""

    def __init__(self, described, values):
        channels, inputs = values("weight").shape[:2]
        super().__init__(inputs, channels, kernel_size=3, padding=1)
        self.pooled = described["pooled"]

    def forward(self, x):
        x = F.relu(super().forward(x))
        return F.max_pool2d(x, 2) if self.pooled else x


class Normalised(nn.Module):
    """Convolutions without bias, each with batch normalisation: `weight`, `scale` and `shift`, then `weight2`, …"""

    def __init__(self, values, count):
        super().__init__()
        for place in range(count):
            suffix = "" if place == 0 else str(place + 1)
            for name in ("weight", "scale", "shift"):
                self.register_parameter(name + suffix, nn.Parameter(torch.empty(values(name + suffix).shape)))
            given = values("shift" + suffix)
            # No parameter: what a batch is normalised with in training is its own.
            for name, start in (("mean", torch.zeros_like(given)), ("var", torch.ones_like(given))):
                self.register_buffer(f"running_{name}{suffix}", start, persistent=False)

    def convolve(self, x, suffix="", stride=1):
        weight = getattr(self, "weight" + suffix)
        y = F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)
        running = [getattr(self, f"running_{name}{suffix}") for name in ("mean", "var")]
        return F.batch_norm(y, *running, getattr(self, "scale" + suffix), getattr(self, "shift" + suffix), training=True)


class Stem(Normalised):
    def __init__(self, _described, values):
        super().__init__(values, 1)

    def forward(self, x):
        return F.relu(self.convolve(x))


class Block(Normalised):
    """Two convolutions beside the identity; where the map shrinks, beside a strided 1×1 convolution."""

    def __init__(self, described, values):
        self.stride = described["stride"]
        super().__init__(values, 2 if self.stride == 1 else 3)

    def forward(self, x):
        body = self.convolve(F.relu(self.convolve(x, stride=self.stride)), "2")
        return F.relu(body + (x if self.stride == 1 else self.convolve(x, "3", self.stride)))


KINDS = {"conv": ConvLayer, "stem": Stem, "block": Block}


def make_layer(described, values):
    """@param values: those of the whole encoder, by name"""
    return KINDS[described["kind"]](described, lambda name: values[f"{described['name']}.{name}"])
