"""Writes torchvision.json: what torchvision's functional transforms make of four pictures, for fixed parameters.

    python3 test/reference/torchvision.py

Two pictures of Fashion-MNIST, one of them laid over a sky, and two landscapes that are drawn here; as float tensors in
0..1, with torchvision's defaults (`antialias=True` for the crop). Results are base64 of little-endian uint16, 65535 for
1. Written with torchvision 0.28 and torch 2.13.
"""

import base64
import gzip
import itertools
import json
import pathlib
import sys

# Where torchvision is looked for first: this file has its name.
sys.path.pop(0)

import numpy as np
import torch

try:
    import torchvision
except RuntimeError:
    # Built for CUDA beside a CPU build of torch: its operators are missing, and the transforms need none of them.
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

HERE = pathlib.Path(__file__).parent
BILINEAR = InterpolationMode.BILINEAR


def clothes(index):
    path = HERE / "../../data/fashion-mnist/t10k-images-idx3-ubyte.gz"
    return np.frombuffer(gzip.open(path).read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)[index]


def landscape(size, seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    sky = np.stack([0.45 + 0.3 * y, 0.6 + 0.25 * y, 0.95 - 0.1 * y])
    ridge = 0.55 + 0.1 * np.sin(6 * x + 6 * rng.random()) + 0.05 * np.sin(17 * x + 6 * rng.random())
    field = np.stack([0.35 + 0.1 * np.sin(40 * x * y), 0.45 + 0.2 * np.cos(25 * x + 9 * y), 0.15 + 0.1 * y])
    image = np.where(y > ridge, field, sky)
    sun = (x - 0.7) ** 2 + (y - 0.25) ** 2 < 0.015
    image = np.where(sun, rng.random(3)[:, None, None], image) + rng.normal(0, 0.015, image.shape)
    return (255 * image.clip(0, 1)).round().astype(np.uint8)


def over_a_sky(picture):
    share = picture / 255
    y = np.mgrid[0:28, 0:28][0] / 28
    sky = np.stack([0.3 + 0.4 * y, 0.5 + 0.3 * y, 0.9 - 0.2 * y])
    cloth = np.array([0.8, 0.3, 0.25])[:, None, None] * (0.4 + 0.6 * share)
    return (255 * (share * cloth + (1 - share) * sky).clip(0, 1)).round().astype(np.uint8)


PICTURES = {
    "shoe": clothes(0),
    "shirt": over_a_sky(clothes(1)),
    "hills": landscape(32, 1),
    "fields": landscape(48, 2),
}
ADJUST = {
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
}


def jitter(image, factors):
    """`factors` in the order in which they act."""
    for name, factor in factors.items():
        image = ADJUST[name](image, factor)
    return image


def transforms():
    """Of each case the picture, the transform, its parameters, and what it makes of the picture."""
    for picture, top, left, height, width, flip in [
        ("shoe", 3, 5, 16, 20, False),
        ("hills", 4, 2, 25, 19, True),
        ("fields", 11, 20, 13, 14, False),
        ("fields", 0, 0, 48, 48, True),
    ]:
        given = {"top": top, "left": left, "height": height, "width": width, "flip": flip}

        def crop(image, given=given):
            size = list(image.shape[-2:])
            box = [given[name] for name in ("top", "left", "height", "width")]
            cut = F.resized_crop(image, *box, size, BILINEAR, antialias=True)
            return F.hflip(cut) if given["flip"] else cut

        yield picture, "crop", given, crop
    factors = {"brightness": 1.35, "contrast": 0.6, "saturation": 1.5, "hue": 0.11}
    for order in itertools.permutations(factors):
        given = {name: factors[name] for name in order}
        yield "shirt", "jitter", given, lambda image, given=given: jitter(image, given)
    for given in ({"contrast": 0.4, "brightness": 1.6}, {"brightness": 1.6, "contrast": 0.4}):
        yield "shoe", "jitter", given, lambda image, given=given: jitter(image, given)
    for picture in ("hills", "shirt"):
        yield picture, "grey", {}, lambda image: F.rgb_to_grayscale(image, 3)
    for picture, radius, sigma in [("shoe", 1, 0.6), ("hills", 1, 2.0), ("fields", 2, 1.1), ("fields", 4, 1.9)]:
        given = {"radius": radius, "sigma": sigma}
        size = 2 * radius + 1
        yield picture, "blur", given, lambda image, size=size, sigma=sigma: F.gaussian_blur(image, [size] * 2, [sigma] * 2)
    for picture, threshold in [("shoe", 0.5), ("hills", 0.25)]:
        yield picture, "solarise", {"threshold": threshold}, lambda image, at=threshold: F.solarize(image, at)
    for picture, degrees in [("shoe", 25.0), ("hills", -70.0), ("fields", 90.0)]:
        yield picture, "rotation", {"degrees": degrees}, lambda image, by=degrees: F.rotate(image, by, BILINEAR)
    given = {"top": 3, "left": 10, "height": 11, "width": 8, "grey": 0.3}
    yield "hills", "erase", given, lambda image, g=given: F.erase(
        image, g["top"], g["left"], g["height"], g["width"], torch.tensor(g["grey"])
    )
    yield "hills", "flip", {}, F.hflip
    yield "shirt", "invert", {}, F.invert


def encoded(values, most):
    return base64.b64encode(np.round(values * most).astype("<u2" if most == 65535 else np.uint8).tobytes()).decode()


def main():
    images = {name: torch.tensor(picture).float() / 255 for name, picture in PICTURES.items()}
    cases = []
    for picture, transform, parameters, apply in transforms():
        result = apply(images[picture]).double().numpy()
        cases.append(
            {"picture": picture, "transform": transform, "parameters": parameters, "result": encoded(result, 65535)}
        )
    pictures = {
        name: {"shape": picture.shape, "bytes": encoded(picture / 255, 255)} for name, picture in PICTURES.items()
    }
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{\n"version": "{torchvision.__version__}",\n"pictures": {json.dumps(pictures)},\n"cases": [\n{lines}\n]\n}}\n'
    (HERE / "torchvision.json").write_text(text)


if __name__ == "__main__":
    main()
