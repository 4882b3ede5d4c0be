"""What graphs are given at random in a step, from a stream for each name."""

from math import prod
from typing import Any

import numpy as np

from .errors import UserError
from .streams import stream


def drawn(draw: dict[str, Any], seed: int, step: int) -> np.ndarray:
    """The random numbers of one draw of the manifest in a step (from 0), in its shape.

    :raises UserError: ('BatchError') where negatives are wanted of a single image
    """
    random = stream(seed, f"draw {draw['name']}", step)
    shape = draw["shape"]
    if draw["kind"] == "uniform":
        return random.uniforms(prod(shape)).reshape(shape)
    images, (count, rows) = draw["images"], shape
    if images == 1:
        raise UserError(
            "BatchError",
            f"a batch of one image has no negatives for '{draw['name']}'",
            "Compile the program with a batch of 2 images or more.",
        )
    others = images - 1
    values = random.integers(rows // images * others, count * rows)
    own = np.arange(count * rows, dtype=np.int64) % images
    image = values % others
    # Images are numbered without the own one: those from it on move up by one.
    return (values // others * images + image + (image >= own)).reshape(shape)
