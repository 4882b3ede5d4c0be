"""Data sets, as hebb finds them: CIFAR's binary files, IDX files, NumPy's arrays; and rows that hebb has prepared."""

import os
import re

from ..errors import UserError, shown
from . import arrays, cifar, idx, prepared
from .dataset import Dataset, Source, check_dataset

__all__ = ["KINDS", "Dataset", "Source", "check_dataset", "find_data"]

_FINDERS = {
    "idx": idx.find,
    "cifar10": lambda path: cifar.find("cifar10", path),
    "cifar100": lambda path: cifar.find("cifar100", path),
    "numpy": arrays.find,
    "numpy-chw": lambda path: arrays.find(path, "numpy-chw"),
    "numpy-hwc": lambda path: arrays.find(path, "numpy-hwc"),
    "prepared": prepared.find,
}
KINDS = tuple(_FINDERS)
#: Looked for where no kind is named.
_ANY = ("idx", "cifar10", "cifar100", "numpy")


def find_data(spec: str) -> Source:
    """The data set of ``PATH`` or ``KIND:PATH``.

    :raises UserError: ('DataError') where there is none, or more than one
    """
    named = re.fullmatch(r"([a-z][a-z0-9-]+):(.+)", spec, re.S)
    kind, path = (named[1], named[2]) if named and not os.path.exists(spec) else (None, spec)
    if kind is not None and kind not in _FINDERS:
        raise UserError(
            "DataError",
            f"hebb_runtime reads no data set of the kind '{shown(kind)}'",
            f"It reads {', '.join(KINDS)}. Have hebb decode other kinds once, and give its cache: prepared:PATH.",
        )
    if not os.path.exists(path) and kind != "prepared":
        raise UserError("DataError", f"no folder {shown(path)}", f"Looked for {os.path.abspath(path)}.")
    found = [source for each in ([kind] if kind else _ANY) for source in _FINDERS[each](path)]
    if not found:
        raise UserError(
            "DataError",
            f"{shown(path)} holds no data set that hebb_runtime reads",
            f"It reads {', '.join(KINDS)}; folders of pictures, Parquet, STL-10 and Tiny ImageNet are read by hebb alone.",
        )
    if len(found) > 1:
        raise UserError(
            "DataError",
            f"{shown(path)} holds more than one data set: {', '.join(each.kind for each in found)}",
            f"Say which is meant: {found[0].kind}:{path}",
        )
    if kind is not None and not found[0].spec.startswith(f"{kind}:"):
        found[0].spec = f"{kind}:{found[0].spec}"
    return found[0]
