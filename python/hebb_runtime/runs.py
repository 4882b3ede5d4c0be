"""The folder of a run: its bundle, run.json, metrics.jsonl and its checkpoints, as hebb writes and reads them."""

import hashlib
import json
import os
from typing import Any, Iterator

from . import jsontext
from .bundle import Bundle, load_bundle
from .checkpoints import Checkpoint, read_checkpoint
from .errors import UserError
from .files import read_file, remove_partials, telling, write_atomically
from .schema import Wrong, boolean, fields, list_of, literal, number, one_of, pattern, record_of, text, whole

_hash = pattern("[0-9a-f]{64}")
#: In the order in which a record is written down, and added up.
_ALWAYS: dict[str, Any] = {
    **{"program": text(), "identity": _hash, "manifest": _hash, "data": text()},
    "split": literal("unlabelled", "train", "test"),
    "dataset": fields(
        {"name": text(), "count": whole(1), "shape": list_of(whole(1), 3)}, {"classes": whole(1)}
    ),
    **{"images": _hash, "seed": whole(), "totalSteps": whole(1), "provider": literal("cpu", "cuda")},
    **{"threads": whole(1), "checkpointEvery": whole(1)},
}
_ASKED: dict[str, Any] = {
    **{"devices": list_of(whole(), 1), "tf32": boolean},
    "lengths": list_of(fields({"steps": whole(1), "from": whole()}), 2),
    **{"keep": whole(1), "keepBest": text(), "tensorboard": literal(False)},
    "init": fields({"weights": text(), "sha256": _hash}, {"layers": list_of(text(), 1)}),
    **{"probeEvery": number(above=0), "validation": number(above=0, below=1)},
    **{"parallel": literal("threads", "shards", "pipeline", "none"), "shards": whole(2)},
    "options": record_of(one_of(number(), boolean, text(), list_of(number()))),
    **{"versions": record_of(text()), "command": list_of(text())},
}
_check = fields(
    {"format": literal("hebb-run"), "version": literal(3, 4), **_ALWAYS, "sha256": _hash},
    _ASKED,
)
_INSIDE = {
    "dataset": ("name", "count", "shape", "classes"),
    "init": ("weights", "sha256", "layers"),
}

Record = dict[str, Any]


def in_order(record: Record) -> Record:
    """A record in the order in which it is added up; what is None is left out."""
    made: Record = {}
    for name in (*_ALWAYS, *_ASKED):
        value = record.get(name)
        if value is None:
            continue
        if name in _INSIDE:
            value = {key: value[key] for key in _INSIDE[name] if key in value}
        elif name == "lengths":
            value = [{"steps": each["steps"], "from": each["from"]} for each in value]
        made[name] = value
    return made


def _checksum(record: Record) -> str:
    return hashlib.sha256(jsontext.dumps(in_order(record)).encode()).hexdigest()


def record_text(record: Record) -> str:
    """A record as its file has it."""
    ordered = in_order(record)
    sealed = {"format": "hebb-run", "version": 4, **ordered, "sha256": _checksum(record)}
    return jsontext.dumps(sealed, indent=2) + "\n"


class Files:
    """Paths of what is in the folder of a run."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.bundle = os.path.join(folder, "bundle")
        self.record = os.path.join(folder, "run.json")
        self.metrics = os.path.join(folder, "metrics.jsonl")
        self.probes = os.path.join(folder, "probes.jsonl")
        self.checkpoint = os.path.join(folder, "checkpoint.safetensors")
        self.best = os.path.join(folder, "best.safetensors")
        self.start = os.path.join(folder, "start.safetensors")
        self.lock = os.path.join(folder, "lock")

    def remove_partials(self) -> None:
        for path in (self.record, self.metrics, self.checkpoint):
            remove_partials(path)


def read_record(folder: str) -> Record:
    """:raises UserError: ('RunError') where the folder holds no run, or its record is not as it was written"""
    path = Files(folder).record
    fail = lambda problem: UserError(
        "RunError",
        f"{folder} is not the folder of a run: {problem}",
        "Give the folder that was named by --out.",
    )
    if not os.path.exists(path):
        raise fail("run.json is missing")
    try:
        value = jsontext.loads(read_file(path, 2**20, "the record of a run"))
        _check(value, "")
    except (jsontext.NotJson, Wrong) as error:
        raise fail(f"run.json: {error}") from None
    if value["sha256"] != _checksum(value):
        raise UserError(
            "RunError",
            f"{path} is not as it was written: its checksum differs",
            "It is damaged or was changed: use another copy of it, or start a new run.",
        )
    return in_order(value)


def require_no_run(folder: str) -> None:
    files = Files(folder)
    if os.path.exists(files.record):
        raise UserError(
            "RunError",
            f"{folder} holds a run already",
            "Go on with it: --resume; or choose another folder for --out.",
        )
    other = _other_in(folder)
    if other is not None:
        raise UserError(
            "RunError",
            f"{folder} holds {other}, and a run has a folder of its own",
            f"Name a new one: --out {os.path.join(folder, 'NAME')}",
        )
    for path in (files.metrics, files.probes, files.checkpoint, files.best, files.start):
        if os.path.exists(path):
            raise UserError(
                "RunError",
                f"{folder} holds {path}, which a new run would not leave alone",
                "Choose another folder for --out, or remove it first.",
            )


def _other_in(folder: str) -> str | None:
    """In a folder that is to be of a run: the bundle that it is, or the first run that lies in it."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    if "manifest.json" in names:
        return "a bundle"
    first = next((name for name in names if os.path.exists(os.path.join(folder, name, "run.json"))), None)
    return None if first is None else f"the run {first}"


def create_run(folder: str, bundle: Bundle, record: Record) -> None:
    """Makes a new run in a folder that is locked, with a copy of the bundle; the record comes last."""
    files = Files(folder)
    files.remove_partials()
    manifest = os.path.join(files.bundle, "manifest.json")
    if os.path.isdir(files.bundle):
        for name in os.listdir(files.bundle):
            path = os.path.join(files.bundle, name)
            same = name.endswith(".onnx") or (
                name == "manifest.json" and read_file(manifest, 2**25, "a manifest") == bundle.text
            )
            if not same:
                raise UserError(
                    "RunError",
                    f"{folder} holds {path}, which a new run would not leave alone",
                    "Choose another folder for --out, or remove it first.",
                )
    with telling("write", files.bundle):
        os.makedirs(files.bundle, exist_ok=True)
    for graph in bundle.graphs:
        write_atomically(os.path.join(files.bundle, graph["file"]), [bundle.graph(graph)])
    write_atomically(manifest, [bundle.text])
    write_record(folder, record)


def write_record(folder: str, record: Record) -> None:
    write_atomically(Files(folder).record, [record_text(record).encode()])


def open_run(folder: str) -> tuple[Record, Bundle]:
    """A run that is in a folder, with its bundle.

    :raises UserError: ('RunError') where it is none, or its bundle is not the one it was started with
    """
    record = read_record(folder)
    bundle = load_bundle(Files(folder).bundle)
    if bundle.digest == record["manifest"] and bundle.identity == record["identity"]:
        return record, bundle
    raise UserError(
        "RunError", f"{folder} is not the folder of a run: its bundle is not the one it was started with"
    )


def read_run_checkpoint(folder: str, record: Record, bundle: Bundle) -> Checkpoint | None:
    """The last checkpoint of a run, or what it was given to start with; None where it has neither.

    :raises UserError: ('RunError') where it is of another run
    """
    files = Files(folder)
    if os.path.exists(files.checkpoint):
        path = files.checkpoint
    elif "init" in record:
        path = files.start
    else:
        return None
    found = read_checkpoint(path, bundle)
    lengths = [each["steps"] for each in record.get("lengths", [])] or [record["totalSteps"]]
    if found.seed != record["seed"] or not (found.step == 0 or found.total_steps in lengths):
        raise UserError(
            "RunError",
            f"{path} is of another run (seed {found.seed}, {found.total_steps} steps) than {folder}",
            "Put the checkpoint of this run there, or start a new run in another folder.",
        )
    return found


def lines_up_to(path: str, step: int) -> Iterator[bytes]:
    """Sound lines of metrics of steps up to one; what a kill has torn off at the end is passed over."""
    if not os.path.exists(path):
        return
    with telling("read", path), open(path, "rb") as file:
        for line in file:
            if not line.endswith(b"\n") or len(line) > 2**20:
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict) and isinstance(found.get("step"), int) and found["step"] <= step:
                yield line


def truncate_metrics(path: str, step: int) -> None:
    """Forgets the steps after one, which a resumed run does again."""
    write_atomically(path, lines_up_to(path, step))
