"""Checkpoints: safetensors with a checksum of every tensor, and one of all else."""

import hashlib
import os
import re
from dataclasses import dataclass, field
from math import prod
from typing import Any, Mapping

import numpy as np

from . import jsontext
from .bundle import Bundle
from .errors import UserError, shown
from .files import telling, write_atomically
from .start import DTYPES, is_allocable

_CODES = {"float16": "F16", "float32": "F32", "float64": "F64", "int64": "I64", "uint8": "U8", "bool": "BOOL"}
_TYPES = {code: type_ for type_, code in _CODES.items()}
_LARGEST_HEADER = 16 * 2**20
#: As JavaScript writes one that is finite.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-][0-9]{1,2})?", re.A)
_METADATA = "__metadata__"


@dataclass
class Checkpoint:
    """Where a run stands between two steps."""

    step: int
    total_steps: int
    seed: int
    values: dict[str, np.ndarray]
    #: Of a checkpoint that was judged: which metric, and its value.
    measured: tuple[str, float] | None = None
    #: SHA-256 that tells it from any other; of one that was read.
    checksum: str = field(default="", compare=False)


def _type_of(value: np.ndarray) -> str:
    return next(type_ for type_, dtype in DTYPES.items() if dtype == value.dtype)


def _sha256(data: Any) -> str:
    return hashlib.sha256(data).hexdigest()


def _header_sum(tensors: list[tuple[str, str, list[int]]], metadata: Mapping[str, str]) -> str:
    """Of names, types, shapes and metadata, each sorted by name as UTF-16 is."""
    order = lambda pair: pair[0].encode("utf-16-be", "surrogatepass")
    rest = sorted(([k, v] for k, v in metadata.items() if k != "sha256"), key=order)
    return _sha256(jsontext.dumps([rest, sorted(([*t] for t in tensors), key=order)]).encode())


def encode(values: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> list[bytes | memoryview]:
    """The bytes of a sealed file, its header first: the tensors in their order, without gaps."""
    arrays = {name: np.ascontiguousarray(value) for name, value in values.items()}
    data = {name: value.reshape(-1).view(np.uint8).data for name, value in arrays.items()}
    sums = {name: _sha256(part) for name, part in data.items()}
    sealed = {**metadata, "tensors": jsontext.dumps(sums)}
    described = [(name, _type_of(values[name]), list(values[name].shape)) for name in values]
    sealed["sha256"] = _header_sum(described, sealed)
    header: dict[str, Any] = {_METADATA: sealed}
    place = 0
    for name, type_, shape in described:
        end = place + len(data[name])
        header[name] = {"dtype": _CODES[type_], "shape": shape, "data_offsets": [place, end]}
        place = end
    text = jsontext.dumps(header).encode()
    padded = text + b" " * (-len(text) % 8)
    return [len(padded).to_bytes(8, "little"), padded, *data.values()]


def metadata_of(bundle: Bundle, checkpoint: Checkpoint) -> dict[str, str]:
    made = {
        "format": "hebb-checkpoint",
        "program": bundle.manifest["program"]["name"],
        "identity": bundle.identity,
        "step": str(checkpoint.step),
        "totalSteps": str(checkpoint.total_steps),
        "seed": str(checkpoint.seed),
    }
    if checkpoint.measured is not None:
        metric, value = checkpoint.measured
        made.update(metric=metric, value=jsontext.number_text(value))
    return made


def write_checkpoint(path: str, bundle: Bundle, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint beside and renames it: at any moment the file is whole.

    :raises UserError: ('TrainingError') where a value is NaN or infinite; the old file then stays
    """
    for name, value in checkpoint.values.items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise UserError(
                "TrainingError",
                f"'{shown(name)}' holds NaN or infinite values after step {checkpoint.step}",
                "Lower the learning rate, or mend the rule, and train into another folder.",
            )
    # In the order of the manifest, so that the same values give the same file whoever held them.
    parts = [
        bundle.manifest[section][key] for section in ("train", "encode") for key in ("parameters", "states")
    ]
    names = dict.fromkeys(each["name"] for part in parts for each in part)
    ordered = {name: checkpoint.values[name] for name in names if name in checkpoint.values}
    write_atomically(path, encode(ordered, metadata_of(bundle, checkpoint)))


def read_checkpoint(path: str, bundle: Bundle) -> Checkpoint:
    """Reads a checkpoint of this program, and checks every number in it.

    :raises UserError: ('CheckpointError') where it is none, or of another program; ('FileError') where it is damaged
    """
    metadata, values = read_sealed(path)
    wrong = lambda problem: UserError("CheckpointError", f"{shown(path, 500)} {problem}")
    if metadata.get("format") != "hebb-checkpoint":
        raise wrong("is not a checkpoint of hebb")
    program = shown(metadata.get("program", ""))
    for wanted in [*bundle.manifest["train"]["parameters"], *bundle.manifest["train"]["states"]]:
        found = values.get(wanted["name"])
        if found is None or found.dtype != DTYPES[wanted["type"]] or list(found.shape) != wanted["shape"]:
            raise wrong(
                f"is a checkpoint of another program ('{program}'): it has no such '{wanted['name']}'"
            )
    if metadata.get("identity") != bundle.identity:
        raise wrong(f"is a checkpoint of another program that is also called '{program}'")
    numbers = [metadata.get(key, "") for key in ("step", "totalSteps", "seed")]
    if not all(text.isascii() and text.isdigit() and len(text) < 17 for text in numbers):
        raise wrong("is not a checkpoint of hebb")
    step, total, seed = map(int, numbers)
    if step > total:
        raise wrong("is not a checkpoint of hebb")
    measured = None
    if {"metric", "value"} <= metadata.keys():
        if not _NUMBER.fullmatch(metadata["value"]):
            raise wrong(f"is not a checkpoint of hebb: it was judged by '{shown(metadata['value'])}'")
        measured = (metadata["metric"], float(metadata["value"]))
    return Checkpoint(step, total, seed, values, measured, metadata["sha256"])


def read_sealed(path: str) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Metadata and tensors of a sealed safetensors file. Every byte of it is some tensor's, and has its checksum."""

    def refuse(problem: str) -> UserError:
        return UserError(
            "FileError",
            f"{shown(path, 500)} {problem}",
            "It is damaged: use another copy, or remove it and begin again at step 1.",
        )

    with telling("read", path), open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _LARGEST_HEADER):
            raise refuse("is not a sound safetensors file: its header is cut short")
        try:
            header = jsontext.loads(file.read(length))
        except jsontext.NotJson as error:
            raise refuse(f"is not a sound safetensors file: its header {error}") from None
        entries = _entries(header, size - 8 - length)
        if entries is None:
            raise refuse("is not a sound safetensors file: its header does not describe what follows")
        metadata, tensors = entries
        described = [(name, type_, shape) for name, type_, shape, _, _ in tensors]
        if metadata.get("sha256") != _header_sum(described, metadata):
            raise refuse("is not as it was written: the checksum of its header differs")
        try:
            sums = jsontext.loads(metadata.get("tensors", "").encode())
        except jsontext.NotJson:
            raise refuse("carries no checksums of its tensors") from None
        values = {}
        for name, type_, shape, begin, end in tensors:
            file.seek(8 + length + begin)
            value = np.empty(shape, DTYPES[type_])
            flat = value.reshape(-1).view(np.uint8).data
            if (
                file.readinto(flat) != end - begin
                or not isinstance(sums, dict)
                or sums.get(name) != _sha256(flat)
            ):
                raise refuse(f"is not as it was written: the checksum of '{shown(name)}' differs")
            values[name] = value
    return metadata, values


_Entry = tuple[str, str, list[int], int, int]


def _entries(header: Any, size: int) -> tuple[dict[str, str], list[_Entry]] | None:
    """Metadata, and tensors in the order of their bytes; None where the header is not sound."""
    whole = lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**53
    if not isinstance(header, dict):
        return None
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        return None
    tensors: list[_Entry] = []
    for name, entry in header.items():
        if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
            return None
        type_ = _TYPES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
        shape, offsets = entry["shape"], entry["data_offsets"]
        if type_ is None or not isinstance(shape, list) or not all(map(whole, shape)) or not is_allocable(shape):
            return None
        if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(whole, offsets)):
            return None
        begin, end = offsets
        if end - begin != prod(shape) * DTYPES[type_].itemsize:
            return None
        tensors.append((name, type_, shape, begin, end))
    tensors.sort(key=lambda each: each[3:])
    place = 0
    for *_, begin, end in tensors:
        if begin != place or end > size:
            return None
        place = end
    return (metadata, tensors) if place == size else None
