"""Images in their files: rows that are read when they are wanted, and labels."""

import hashlib
from dataclasses import dataclass, field
from math import prod
from typing import Any, Callable

import numpy as np

from .. import jsontext
from ..errors import UserError, shown


def data_error(path: str, problem: str, help: str = "Check or download the file again.") -> UserError:
    return UserError("DataError", f"{shown(path, 500)} {problem}", help)


@dataclass
class Dataset:
    """One split of a data set."""

    name: str
    #: Of an image: channels, height, width; a signal has height 1.
    shape: tuple[int, int, int]
    #: ``uint8`` or ``float32``.
    type: str
    #: As they lie, [count, …]: a view of the file where it need not be unpacked.
    rows: np.ndarray
    #: uint32 [count], or None.
    labels: np.ndarray | None = None
    classes: int | None = None
    #: Whether a row lies pixel by pixel, [height, width, channels], or channel by channel.
    pixels: bool = False
    #: Which rows it has, where not all: those that are trained on.
    chosen: np.ndarray | None = field(default=None)

    @property
    def count(self) -> int:
        return len(self.rows) if self.chosen is None else len(self.chosen)

    def read(self, indices: np.ndarray) -> np.ndarray:
        """[indices, channels, height, width].

        :raises UserError: ('DataError') that names the first row with a number that is not finite
        """
        own = indices if self.chosen is None else self.chosen[indices]
        channels, height, width = self.shape
        some = self.rows[own]
        if self.pixels:
            some = some.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
        made = np.ascontiguousarray(some).reshape(-1, channels, height, width)
        if self.type == "float32" and not np.isfinite(made).all():
            row = int(np.flatnonzero(~np.isfinite(made).all(axis=(1, 2, 3)))[0])
            raise UserError(
                "DataError",
                f"{self.name}: row {int(own[row])} holds a value that is not finite",
                "Replace it in the data: numpy.nan_to_num, or leave the row out.",
            )
        return made

    def labels_of(self, indices: np.ndarray) -> np.ndarray | None:
        """int64 [indices]."""
        if self.labels is None:
            return None
        own = indices if self.chosen is None else self.chosen[indices]
        return self.labels[own].astype(np.int64)

    def fingerprint(self) -> str:
        """SHA-256 of all rows, as they lie, and labels: a resumed run must see the same."""
        order = "pixels" if self.pixels else "planes"
        begun = jsontext.dumps({"shape": list(self.shape), "type": self.type, "order": order})
        sha = hashlib.sha256(begun.encode())
        for start in range(0, len(self.rows), 1024):
            sha.update(np.ascontiguousarray(self.rows[start : start + 1024]).data)
        if self.labels is not None:
            sha.update(np.ascontiguousarray(self.labels, "<u4").data)
        return sha.hexdigest()


@dataclass
class Source:
    """A data set that was found; a split is opened when it is wanted."""

    kind: str
    #: As the run's record has it.
    spec: str
    splits: list[str]
    open: Callable[[str, tuple[int, int, int]], Dataset]


def check_dataset(dataset: Dataset, program: dict[str, Any]) -> None:
    """:raises UserError: ('DataError') where a program was compiled for images of another kind"""
    wanted = program["input"]
    shape = (wanted["channels"], wanted["height"], wanted["width"])
    type_ = wanted.get("type", "uint8")

    def fail(expected: str, found: str) -> UserError:
        return UserError(
            "DataError",
            f"'{program['name']}' is compiled for {expected}, {dataset.name} has {found}",
            "Give another --data, or compile the program for these images.",
        )

    if dataset.shape != shape:
        raise fail(f"images of {'×'.join(map(str, shape))}", "×".join(map(str, dataset.shape)))
    if dataset.type != type_:
        raise fail(f"numbers of type {type_}", dataset.type)
    if dataset.classes is not None and dataset.classes > wanted["classes"]:
        raise fail(f"{wanted['classes']} classes", str(dataset.classes))


def row_size(shape: tuple[int, ...]) -> int:
    return prod(shape)
