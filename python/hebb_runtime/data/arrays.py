"""NumPy's arrays: one .npy, an .npz, or a folder of them, by the names that people give them."""

import os
import re
import zipfile
import zlib
from typing import Any

import numpy as np

from ..errors import shown
from ..files import telling
from .dataset import Dataset, Source, data_error, row_size

_PREFIXES = {
    "train": ("train", "training"),
    "test": ("test", "testing", "val", "valid", "validation"),
    "unlabelled": ("unlabelled", "unlabeled", "unsupervised"),
}
_ROWS = ("x", "images", "image", "imgs", "data", "signals", "arr_0")
_LABELS = ("y", "labels", "label", "targets", "target")
_COLOURS = (1, 3, 4)

#: Of an array its place: a file, and its name in an archive.
Place = tuple[str, str | None]


def find(path: str, kind: str = "numpy") -> list[Source]:
    is_file = os.path.isfile(path)
    if is_file and not re.search(r"\.np[yz]$", path, re.I):
        return []
    parts = _parts(_places(path), is_file)
    if not parts:
        return []
    there = [split for split in ("unlabelled", "train", "test") if split in parts]
    spec = os.path.abspath(path) if kind == "numpy" else f"{kind}:{os.path.abspath(path)}"
    return [Source(kind, spec, there, lambda split, wanted: _open(path, parts, split, wanted, kind))]


def _stem(name: str) -> str:
    return re.sub(r"\.np[yz]$", "", os.path.basename(name), flags=re.I)


def _places(path: str) -> dict[str, Place]:
    if os.path.isdir(path):
        files = sorted(n for n in os.listdir(path) if re.search(r"\.np[yz]$", n, re.I))
        found: dict[str, Place] = {}
        for file in files:
            alone = len(files) == 1 or file.lower().endswith(".npy")
            for name, place in _places(os.path.join(path, file)).items():
                found[name if alone else f"{_stem(file)}_{name}"] = place
        return found
    if path.lower().endswith(".npz"):
        with telling("read", path):
            try:
                with zipfile.ZipFile(path) as archive:
                    names = [n for n in archive.namelist() if n.lower().endswith(".npy")]
            except zipfile.BadZipFile:
                raise data_error(path, "is no sound archive of NumPy") from None
        return {_stem(name): (path, name) for name in names}
    return {_stem(path): (path, None)}


def _parts(places: dict[str, Place], is_file: bool) -> dict[str, tuple[Place, Place | None]]:
    normal = {name.lower().replace("-", "_"): place for name, place in places.items()}

    def first(names: list[str]) -> Place | None:
        return next((normal[name] for name in names if name in normal), None)

    found: dict[str, tuple[Place, Place | None]] = {}
    for split in ("unlabelled", "train", "test"):
        for prefix in (*_PREFIXES[split], *((None,) if split == "train" else ())):
            both = lambda parts: [n for p in parts for n in (f"{prefix}_{p}", f"{p}_{prefix}")]
            rows = first([*_ROWS] if prefix is None else [*both(_ROWS), prefix])
            if rows is None or split in found:
                continue
            own = first([*_LABELS] if prefix is None else both(_LABELS))
            if own is None and split == "train" and first([*_ROWS]) is None:
                own = first([*_LABELS])
            found[split] = (rows, None if split == "unlabelled" else own)
    if is_file and not found and len(places) == 1:
        found["train"] = (next(iter(places.values())), None)
    return found


#: What numpy and zipfile raise for files that are damaged, or hold something else.
_UNREADABLE = (
    *(ValueError, KeyError, EOFError, TypeError, SyntaxError, OverflowError, MemoryError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


def _load(place: Place) -> np.ndarray:
    path, name = place
    with telling("read", path):
        try:
            if name is None:
                found = np.load(path, "r", allow_pickle=False)
            else:
                with np.load(path, allow_pickle=False) as archive:
                    found = archive[name[: -len(".npy")]]
        except _UNREADABLE as error:
            raise data_error(path, f"holds no array that is read: {shown(str(error))}") from None
    if not isinstance(found, np.ndarray):
        raise data_error(path, "holds no array that is read: it is an archive")
    if found.dtype.kind not in "uifb" or found.dtype.itemsize > 8:
        raise data_error(
            path,
            f"holds values of type '{shown(str(found.dtype), 40)}', and numbers are read",
            "Convert them to numbers: x.astype('float32').",
        )
    if found.flags.f_contiguous and not found.flags.c_contiguous:
        raise data_error(
            path,
            "is stored column by column (fortran_order)",
            "Write it row by row: numpy.save(path, numpy.ascontiguousarray(x)).",
        )
    return found


def _open(path: str, parts: dict[str, Any], split: str, wanted: tuple[int, int, int], kind: str) -> Dataset:
    rows_at, labels_at = parts[split]
    rows = _load(rows_at)
    if rows.ndim < 2 or rows.ndim > 4 or 0 in rows.shape:
        raise data_error(
            rows_at[0],
            f"has the shape {rows.shape} of {rows.dtype}: images are [count, channels, height, width]",
        )
    shape, pixels = _layout(rows_at[0], rows, wanted, kind)
    type_ = "uint8" if rows.dtype == np.uint8 else "float32"
    flat = rows.reshape(len(rows), -1)
    if type_ == "float32" and flat.dtype != np.dtype("<f4"):
        flat = flat.astype("<f4")
    every = {each: _labels(found[1], _load(found[0]).shape[:1]) for each, found in parts.items() if found[1]}
    known = [int(labels.max()) + 1 for labels in every.values() if len(labels)]
    labels = every.get(split)
    return Dataset(
        _stem(os.path.abspath(path)),
        shape,
        type_,
        flat,
        labels,
        max(known, default=1) if known else None,
        pixels,
    )


def _labels(place: Place, count: tuple[int, ...]) -> np.ndarray:
    labels = _load(place)
    if labels.shape[:1] != count or any(axis != 1 for axis in labels.shape[1:]):
        raise data_error(place[0], f"has labels of the shape {labels.shape}, and there are {count[0] if count else 'no'} rows")
    flat = labels.reshape(-1)
    if (flat != np.floor(flat)).any() or (flat < 0).any() or (flat >= 2**31).any():
        raise data_error(
            place[0], "holds labels that are no whole numbers from 0", "Number the classes from 0."
        )
    return flat.astype(np.uint32)


def _candidates(axes: tuple[int, ...], is_bytes: bool) -> list[tuple[tuple[int, int, int], bool]]:
    """Shapes of a row, each with whether its channels come last: the likeliest first."""
    if len(axes) == 1:
        return [((1, 1, axes[0]), False)]
    if len(axes) == 3:
        a, b, c = axes
        planes, last = ((a, b, c), False), ((c, a, b), True)
        return [last, planes] if c in _COLOURS and a not in _COLOURS else [planes, last]
    a, b = axes
    grey, signals, length_first = ((1, a, b), False), ((a, 1, b), False), ((b, 1, a), True)
    if not is_bytes and a * 4 <= b:
        return [signals, grey, length_first]
    if not is_bytes and b * 4 <= a:
        return [length_first, grey, signals]
    return [grey, signals, length_first]


def _layout(
    path: str, rows: np.ndarray, wanted: tuple[int, int, int], kind: str
) -> tuple[tuple[int, int, int], bool]:
    axes = rows.shape[1:]
    if kind != "numpy" and len(axes) > 1:
        whole = (axes[0], axes[1], axes[2]) if len(axes) == 3 else None
        if kind == "numpy-chw":
            return (whole or (axes[0], 1, axes[1])), False
        return ((axes[2], axes[0], axes[1]) if whole else (axes[1], 1, axes[0])), True
    fitting = [each for each in _candidates(axes, rows.dtype == np.uint8) if each[0] == tuple(wanted)]
    if fitting and all(each[1] == fitting[0][1] for each in fitting):
        return fitting[0]
    if len(axes) == 1 and row_size(wanted) == axes[0]:
        return tuple(wanted), False
    if fitting or (len(axes) == 3 and axes[0] in _COLOURS and axes[2] in _COLOURS):
        raise data_error(
            path,
            f"has the shape {rows.shape}: either axis may count channels",
            "Say which: numpy-chw:PATH or numpy-hwc:PATH.",
        )
    return _candidates(axes, rows.dtype == np.uint8)[0]
