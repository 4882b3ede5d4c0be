"""Loss scales of mixed precision: the only values of a training that no graph changes."""

from typing import Any, Callable

import numpy as np

from .errors import UserError, shown

#: By what a scale is divided where some steps of a window were skipped, and where half or more were.
_SOME, _MANY = 2, 16

Read = Callable[[str], np.ndarray]
Write = Callable[[str, np.ndarray], None]


def end_of_window(steps: int, every: int) -> int:
    """The first windows end after 1, 2, 4, … steps, so that few are lost until a scale fits."""
    if steps < every:
        return min(every, 1 << steps.bit_length())
    return steps - steps % every + every


def adjust_scales(scaling: dict[str, Any], read: Read, write: Write) -> None:
    """Adjusts the scales where a window of steps is over, by what graphs have counted.

    :raises UserError: ('TrainingError') where a block learned nothing in a whole window, at the smallest scale;
        or a count of steps is none
    """
    every = scaling["every"]
    for block in scaling["blocks"]:
        steps = _count(read, block["steps"])
        if end_of_window(steps - 1, every) == steps:
            _adjust(block, scaling, steps, read, write)


def _count(read: Read, name: str) -> int:
    counted = float(read(name))
    # From 2^24 on a float32 does not count further.
    if 0 <= counted <= 2**24 and counted.is_integer():
        return int(counted)
    raise UserError(
        "TrainingError",
        f"'{shown(name)}', which counts steps, is {counted}",
        "Go on from another checkpoint, or compile the program again.",
    )


def _adjust(block: dict[str, Any], scaling: dict[str, Any], steps: int, read: Read, write: Write) -> None:
    every, smallest, largest = scaling["every"], scaling["smallest"], scaling["largest"]
    skipped = _count(read, block["skipped"])
    name = block.get("scale")
    scale = None if name is None else float(read(name))
    if skipped == every and (scale is None or scale == smallest):
        raise UserError(
            "TrainingError",
            f"the gradients of '{shown(block['layer'])}' were not finite in any of {every} steps, at the smallest loss scale",
            "Lower the learning rate, or compile the program without mixed precision: float16 ends at 65504.",
        )
    in_window = every if steps > every else -(-steps // 2)
    grows = skipped == 0 and steps >= every + scaling["growAfter"]
    if name is not None and scale is not None:
        less = scale / (_MANY if 2 * skipped >= in_window else _SOME)
        grown = min(largest, scale * 2) if grows else scale
        write(name, np.array(max(smallest, less) if skipped > 0 else grown, np.float32))
    if steps > every and (skipped > 0 or grows):
        # After the first windows, steps are counted from the last change.
        write(block["steps"], np.array(every, np.float32))
    write(block["skipped"], np.array(0, np.float32))
