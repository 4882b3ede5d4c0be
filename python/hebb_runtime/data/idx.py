"""IDX files, as MNIST's: plain or gzipped, images [count, height, width] or with channels."""

import gzip
import os
import zlib

import numpy as np

from ..files import telling
from .dataset import Dataset, Source, data_error

_COLOURS = (1, 3, 4)
_KNOWN = {"9003027255095579": ("fashion-mnist", 10), "5041921314353617": ("mnist", 10)}
_MOST = 2**34


def _paths(folder: str, split: str, part: str) -> list[str]:
    start = f"{'train' if split == 'train' else 't10k'}-{part}"
    axes = ("idx3", "idx4") if part == "images" else ("idx1",)
    names = [f"{start}{dot}{each}-ubyte" for each in axes for dot in ("-", ".")]
    return [
        path
        for name in [*names, *(f"{name}.gz" for name in names)]
        if os.path.exists(path := os.path.join(folder, name))
    ]


def find(folder: str) -> list[Source]:
    there = [split for split in ("train", "test") if _paths(folder, split, "images")]
    if not there:
        return []
    return [Source("idx", os.path.abspath(folder), there, lambda split, _: _open(folder, split))]


def _open(folder: str, split: str) -> Dataset:
    path = _paths(folder, split, "images")[0]
    images = _read(path, 4 if "idx4" in os.path.basename(path) else 3)
    count, *axes = images.shape
    if 0 in images.shape:
        raise data_error(path, "holds no images")
    shape, pixels = _shape(path, axes)
    labels, name, classes = None, os.path.basename(os.path.abspath(folder)), None
    trained = _paths(folder, "train", "labels")
    if trained:
        known = _read(trained[0], 1)
        name, classes = _KNOWN.get("".join(map(str, known[:16])), (name, None))
        classes = classes or int(known.max()) + 1
        own = _paths(folder, split, "labels")
        if not own:
            raise data_error(folder, f"has images of the split {split}, and no labels of them")
        labels = _read(own[0], 1)
        if len(labels) != count:
            raise data_error(own[0], f"holds {len(labels)} labels for {count} images")
        wrong = np.flatnonzero(labels >= classes)
        if len(wrong):
            raise data_error(
                own[0],
                f"label {labels[wrong[0]]} of image {wrong[0]} is out of range: {name} has {classes} classes",
            )
        labels = labels.astype(np.uint32)
    return Dataset(name, shape, "uint8", images.reshape(count, -1), labels, classes, pixels)


def _shape(path: str, axes: list[int]) -> tuple[tuple[int, int, int], bool]:
    if len(axes) == 2:
        return (1, axes[0], axes[1]), False
    first, second, third = axes
    if third in _COLOURS:
        return (third, first, second), True
    if first in _COLOURS:
        return (first, second, third), False
    raise data_error(
        path, f"its images are {first} × {second} × {third}, and no axis counts 1, 3 or 4 channels"
    )


def _read(path: str, axes: int) -> np.ndarray:
    """:raises UserError: ('DataError') where the magic number is another, or the length is not what the sizes say"""
    with telling("read", path):
        with open(path, "rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        try:
            with gzip.open(path, "rb") if packed else open(path, "rb") as file:
                start = file.read(4 + 4 * axes)
                magic = int.from_bytes(start[:4], "big")
                if len(start) < 4 + 4 * axes or magic != 0x800 + axes:
                    raise data_error(path, f"starts with 0x{magic:08x} (0x{0x800 + axes:08x} expected)")
                sizes = [int.from_bytes(start[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes)]
                wanted = int(np.prod(sizes, dtype=object))
                if wanted > (_MOST if packed else os.path.getsize(path)):
                    raise data_error(path, f"announces {wanted} values: it is cut short")
                if not packed:
                    if os.path.getsize(path) != wanted + len(start):
                        raise data_error(
                            path, f"holds {os.path.getsize(path)} bytes, and {wanted} values are announced"
                        )
                    if wanted == 0:
                        return np.empty(sizes, np.uint8)
                    return np.memmap(path, np.uint8, "r", len(start), tuple(sizes))
                values = file.read(wanted + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise data_error(path, "is no whole gzip file: it is cut short or damaged") from None
    if len(values) != wanted:
        raise data_error(path, f"unpacks to {len(values)} values or more, and {wanted} are announced")
    return np.frombuffer(values, np.uint8).reshape(sizes)
