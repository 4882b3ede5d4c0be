"""CIFAR-10 and CIFAR-100, binary version: records of label bytes, then 3 × 32 × 32 pixels."""

import os

import numpy as np

from ..files import telling
from .dataset import Dataset, Source, data_error

_IMAGE = 3 * 32 * 32

#: kind: name, folder of the archive, files of each split, label bytes, classes
_LAYOUTS = {
    "cifar10": (
        "cifar-10",
        "cifar-10-batches-bin",
        {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]},
        1,
        10,
    ),
    "cifar100": ("cifar-100", "cifar-100-binary", {"train": ["train.bin"], "test": ["test.bin"]}, 2, 100),
}


def find(kind: str, folder: str) -> list[Source]:
    _, archive, files, _, _ = _LAYOUTS[kind]
    found = []
    for place in (folder, os.path.join(folder, archive)):
        there = [
            s for s, names in files.items() if any(os.path.exists(os.path.join(place, n)) for n in names)
        ]
        if there:
            found.append(
                Source(kind, os.path.abspath(folder), there, lambda split, _, p=place: _open(kind, p, split))
            )
    return found


def _open(kind: str, folder: str, split: str) -> Dataset:
    name, _, files, label_bytes, classes = _LAYOUTS[kind]
    record = label_bytes + _IMAGE
    parts = []
    for each in files[split]:
        path = os.path.join(folder, each)
        with telling("read", path):
            size = os.path.getsize(path)
            if size == 0 or size % record != 0:
                raise data_error(path, f"holds {size} bytes, not a multiple of the {record} of a record")
            parts.append(np.memmap(path, np.uint8, "r", shape=(size // record, record)))
        labels = parts[-1][:, label_bytes - 1]
        wrong = np.flatnonzero(labels >= classes)
        if len(wrong):
            raise data_error(
                path,
                f"label {labels[wrong[0]]} of record {wrong[0]} is out of range: {name} has {classes} classes",
                "It may be of another data set.",
            )
    rows = np.concatenate([part[:, label_bytes:] for part in parts])
    labels = np.concatenate([part[:, label_bytes - 1] for part in parts]).astype(np.uint32)
    return Dataset(name, (3, 32, 32), "uint8", rows, labels, classes)
