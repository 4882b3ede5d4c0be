"""Rows that hebb has decoded and keeps in its cache: KEY.json and KEY.rows in $HEBB_CACHE/prepared."""

import os

import numpy as np

from .. import jsontext
from ..files import read_file, telling
from ..schema import Wrong, boolean, fields, list_of, literal, pattern, text, whole
from .dataset import Dataset, Source, data_error, row_size

_check = fields(
    {
        "format": literal("hebb-prepared"),
        "version": literal(1),
        **{
            "name": text(),
            "count": whole(1),
            "shape": list_of(whole(1), 3),
            "type": literal("uint8", "float32"),
        },
        **{"labelled": boolean, "leftOut": list_of(text()), "content": pattern("[0-9a-f]{64}")},
    },
    {"classes": whole(1), "classNames": list_of(text())},
)


def find(path: str) -> list[Source]:
    """:param path: of the rows, or of their record"""
    stem = os.path.splitext(path)[0] if path.endswith((".json", ".rows")) else path
    if not os.path.isfile(f"{stem}.json") or not os.path.isfile(f"{stem}.rows"):
        return []
    return [Source("prepared", f"prepared:{os.path.abspath(stem)}", ["train"], lambda split, _: _open(stem))]


def _open(stem: str) -> Dataset:
    try:
        record = jsontext.loads(read_file(f"{stem}.json", 256 * 2**20, "a record of prepared images"))
        _check(record, "")
    except (jsontext.NotJson, Wrong) as error:
        raise data_error(f"{stem}.json", str(error)) from None
    channels, height, width = record["shape"]
    shape = (channels, height, width)
    type_ = np.dtype("u1" if record["type"] == "uint8" else "<f4")
    count, row = record["count"], row_size(shape) * type_.itemsize
    path = f"{stem}.rows"
    with telling("read", path):
        if os.path.getsize(path) != count * (row + (4 if record["labelled"] else 0)):
            raise data_error(path, "is not as long as its record says")
        rows = np.memmap(path, type_, "r", shape=(count, row_size(shape)))
        labels = np.fromfile(path, "<u4", count, offset=count * row) if record["labelled"] else None
    dataset = Dataset(record["name"], shape, record["type"], rows, labels, record.get("classes"))
    if dataset.fingerprint() != record["content"]:
        raise data_error(
            path, "is not as it was written: its checksum differs", "Have hebb prepare it again."
        )
    return dataset
