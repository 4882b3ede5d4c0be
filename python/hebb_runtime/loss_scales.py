"""The loss scales of mixed precision, which change between steps: the only values that no graph changes."""

import math
from typing import Any

import numpy as np

from .errors import UserError
from .stepper import Stepper


def end_of_window(step: int, every: int) -> int:
    """After how many steps of a run scales are adjusted next, where so many are done: 1, 2, 4, …, then each ``every``."""
    if step >= every:
        return step - step % every + every
    return min(every, 1 << step.bit_length())


def adjust_scales(scaling: dict[str, Any], stepper: Stepper) -> None:
    """Adjusts the scales of all blocks where a window is over.

    :raises UserError: ('TrainingError') where a block learned nothing in a whole window, and its scale can be no smaller
    """
    for block in scaling["blocks"]:
        _adjust(block, scaling, stepper)


def _adjust(block: dict[str, str], scaling: dict[str, Any], stepper: Stepper) -> None:
    every = scaling["every"]
    number = lambda name: float(stepper.value(name).reshape(-1)[0])
    steps, skipped = int(number(block["steps"])), int(number(block["skipped"]))
    if end_of_window(steps - 1, every) != steps:
        return
    scale = number(block["scale"]) if "scale" in block else None
    if skipped == every and scale in (None, scaling["smallest"]):
        raise UserError(
            "TrainingError",
            f"the gradients of '{block['layer']}' were not finite in any of {every} steps, at the smallest loss scale",
            "Lower the learning rate, or leave precision: 'mixed' out of the program: float16 ends at 65504.",
        )
    window = every if steps > every else math.ceil(steps / 2)
    grows = skipped == 0 and steps >= every + scaling["growAfter"]
    changed: dict[str, float] = {block["skipped"]: 0}
    if scale is not None and skipped > 0:
        changed[block["scale"]] = max(scaling["smallest"], scale / (16 if 2 * skipped >= window else 2))
    elif scale is not None and grows:
        changed[block["scale"]] = min(scaling["largest"], scale * 2)
    if steps > every and (skipped > 0 or grows):
        changed[block["steps"]] = every
    stepper.assign((name, np.array(value, np.float32)) for name, value in changed.items())
