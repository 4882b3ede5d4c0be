"""Writes resized.json: images as Pillow resizes them (bicubic) and torchvision's Resize and CenterCrop cut them.

    python3 test/reference/resized.py

Pixel (x, y) of channel c is a smooth pattern, except where the case says noise; needs numpy and Pillow.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image

rng = np.random.default_rng(0)


def resized(image: Image.Image, height: int, width: int) -> np.ndarray:
    w, h = image.size
    # torchvision: the shorter side becomes the wanted one, the longer one is cut off to a whole number.
    if w * height >= h * width:
        size = max(width, int(height * w / h)), height
    else:
        size = width, max(height, int(width * h / w))
    image = image.resize(size, Image.BICUBIC)
    left, top = int(round((size[0] - width) / 2.0)), int(round((size[1] - height) / 2.0))
    return np.asarray(image.crop((left, top, left + width, top + height)))


cases = []
for (w, h), (height, width), noise in [
    ((20, 15), (8, 8), False),
    ((15, 21), (8, 8), False),
    ((16, 16), (8, 8), False),
    ((5, 6), (8, 8), True),
    ((4, 4), (8, 8), True),
    ((7, 3), (5, 9), True),
]:
    y, x = np.mgrid[0:h, 0:w]
    smooth = np.stack([x * 10 + y * 3, 128 + 100 * np.sin(x / 5) * np.cos(y / 4), 250 - 9 * y - 2 * x], -1)
    pixels = (rng.integers(0, 256, (h, w, 3)) if noise else smooth).astype(np.uint8)
    cases.append(
        {
            "noise": noise,
            "from": [h, w],
            "to": [height, width],
            "pixels": pixels.reshape(-1).tolist(),
            "resized": resized(Image.fromarray(pixels), height, width).transpose(2, 0, 1).reshape(-1).tolist(),
        }
    )
(Path(__file__).parent / "resized.json").write_text(json.dumps(cases) + "\n")
