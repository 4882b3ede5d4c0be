"""Which images a step is shown."""

from functools import lru_cache

import numpy as np

from .errors import UserError
from .streams import stream


def batches_per_epoch(count: int, batch: int) -> int:
    """Whole batches; an incomplete last one is left out.

    :raises UserError: ('DataError') where the images do not fill one
    """
    if count >= batch:
        return count // batch
    raise UserError(
        "DataError",
        f"{count} images do not fill one batch of {batch}",
        "Use more images, or compile the program with a smaller batch.",
    )


@lru_cache(maxsize=1)
def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    return stream(seed, "batches", epoch).shuffled(count)


def batch_indices(count: int, batch: int, seed: int, step: int) -> np.ndarray:
    """uint32 [batch], of step number ``step`` (from 0)."""
    each = batches_per_epoch(count, batch)
    epoch, place = divmod(step, each)
    return _order(count, seed, epoch)[place * batch : (place + 1) * batch]


def set_aside(
    labels: np.ndarray | None, count: int, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Images to train on, and those of a fraction of each class that are not: their indices, rising."""
    random = stream(seed, "validation")
    classes = np.zeros(count, np.int64) if labels is None else labels
    train, aside = [], []
    for label in range(int(classes.max()) + 1 if count else 0):
        members = np.flatnonzero(classes == label)
        if len(members) == 0:
            continue
        mixed = members[random.shuffled(len(members))]
        # Rounded halves go up, as in JavaScript.
        wanted = max(1, int(fraction * len(members) + 0.5))
        some = min(len(members) - 1, wanted)
        aside.append(mixed[:some])
        train.append(mixed[some:])
    kept = np.sort(np.concatenate(aside)) if aside else np.empty(0, np.int64)
    if len(kept) == 0:
        raise UserError("DataError", "too few images to set any aside for validation", "Use more images.")
    return np.sort(np.concatenate(train)), kept
