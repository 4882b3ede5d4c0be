"""Writes colour.json: what torchvision's functional transforms make of a few small images, in float64.

    python3 test/reference/colour.py

Brightness, contrast, saturation and hue, each alone and all in this order, with a factor per image. The images have
random pixels, greys, primary colours and pixels with two equal channels. Two things differ from calling torchvision as
it is: luminance has the weights it has for pictures (0.299 for red; for tensors it is rounded to 0.2989), and the hue
is computed in float64, not in float32. Needs torchvision 0.15 or later.
"""

import json
import pathlib
import random

import torch
from torchvision.transforms import _functional_tensor as functional

ROWS, HEIGHT, WIDTH = 6, 3, 4

GIVEN = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, 1.0],
    [0.25, 0.25, 0.25],
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [0.5, 0.5, 0.125],
    [0.125, 0.5, 0.5],
    [0.5, 0.125, 0.5],
]


def luminance(images, channels=1):
    r, g, b = images.unbind(dim=-3)
    return (0.299 * r + 0.587 * g + 0.114 * b).unsqueeze(-3)


def adjust_hue(image, turns):
    h, s, v = functional._rgb2hsv(image).unbind(dim=-3)
    return functional._hsv2rgb(torch.stack(((h + turns) % 1.0, s, v), dim=-3))


ADJUST = {
    "brightness": functional.adjust_brightness,
    "contrast": functional.adjust_contrast,
    "saturation": functional.adjust_saturation,
    "hue": adjust_hue,
}


def draw_images(source):
    pixels = [[source.randrange(256) / 256 for _ in range(3)] for _ in range(ROWS * HEIGHT * WIDTH)]
    for row in range(ROWS):
        start = row * HEIGHT * WIDTH
        pixels[start : start + len(GIVEN)] = GIVEN
    return torch.tensor(pixels, dtype=torch.float64).reshape(ROWS, HEIGHT, WIDTH, 3).permute(0, 3, 1, 2)


def main():
    functional.rgb_to_grayscale = luminance
    source = random.Random(1)
    images = draw_images(source)
    # Exact in float32, as the graphs are given them.
    factors = {name: [source.randrange(129) / 64 for _ in range(ROWS)] for name in ADJUST}
    factors["hue"] = [-0.5, 0.0, 0.5, *[source.randrange(-32, 33) / 64 for _ in range(ROWS - 3)]]

    def adjust(images, name):
        return torch.stack([ADJUST[name](image, factor) for image, factor in zip(images, factors[name])])

    results = {name: adjust(images, name) for name in ADJUST}
    results["all"] = images
    for name in ADJUST:
        results["all"] = adjust(results["all"], name)
    content = {
        "shape": list(images.shape),
        "images": images.flatten().tolist(),
        "factors": factors,
        "results": {name: value.flatten().tolist() for name, value in results.items()},
    }
    lines = [f'"{name}": {json.dumps(value)}' for name, value in content.items()]
    pathlib.Path(__file__).with_name("colour.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
