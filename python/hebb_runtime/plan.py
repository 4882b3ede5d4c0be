"""What a run is, from what it is asked for and, where it goes on, from what it was."""

import platform
from dataclasses import dataclass, replace
from typing import Any, Callable

import numpy as np

from . import runs
from .batches import reads_labels
from .bundle import Bundle, load_bundle
from .checkpoints import Checkpoint
from .data import Dataset, find_data
from .epochs import batches_per_epoch, set_aside
from .errors import UserError
from .options import DEFAULT_EPOCHS, Options
from .sessions import available_cores
from .version import VERSION

Notices = Callable[[str], None]


@dataclass
class Plan:
    """All that is decided of a run before anything of it is written."""

    bundle: Bundle
    dataset: Dataset
    record: runs.Record
    checkpoint: Checkpoint | None
    #: Makes the run in its folder, once all that may be refused was tried.
    open: Callable[[], None]


def _split_of(splits: list[str], bundle: Bundle) -> str:
    return "unlabelled" if "unlabelled" in splits and not reads_labels(bundle.manifest) else "train"


def _opened(spec: str, split: str | None, bundle: Bundle) -> tuple[Dataset, dict[str, Any]]:
    source = find_data(spec)
    wanted = bundle.manifest["program"]["input"]
    chosen = _split_of(source.splits, bundle) if split is None else split
    if chosen not in source.splits:
        raise UserError("DataError", f"{spec} has no split '{chosen}'", f"It has {', '.join(source.splits)}.")
    dataset = source.open(chosen, (wanted["channels"], wanted["height"], wanted["width"]))
    known = {"name": dataset.name, "count": dataset.count, "shape": list(dataset.shape)}
    if dataset.classes is not None:
        known["classes"] = dataset.classes
    return dataset, {"data": source.spec, "split": chosen, "dataset": known, "images": dataset.fingerprint()}


def _steps_of(options: Options, dataset: Dataset, bundle: Bundle) -> int:
    if options.steps is not None:
        return options.steps
    epochs = DEFAULT_EPOCHS if options.epochs is None else options.epochs
    each = batches_per_epoch(dataset.count, bundle.manifest["train"]["batch"])
    return max(1, int(epochs * each + 0.5))


def _versions() -> dict[str, str]:
    import onnxruntime

    return {
        "hebb_runtime": VERSION,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def _devices_of(options: Options, provider: str, before: runs.Record) -> runs.Record:
    """Of a run on CUDA the number of its GPU, and whether TF32 is allowed there."""
    if provider != "cuda":
        return {}
    devices = before.get("devices", [0])[:1] if options.device is None else [options.device]
    return {"devices": devices, "tf32": before.get("tf32", False) if options.tf32 is None else options.tf32}


def begun(options: Options) -> Plan:
    if options.bundle is None or options.data is None:
        raise UserError("OptionError", "a new run needs a bundle and --data", "To go on with one: --resume")
    bundle = load_bundle(options.bundle)
    dataset, known = _opened(options.data, None, bundle)
    each = batches_per_epoch(dataset.count, bundle.manifest["train"]["batch"])
    record: runs.Record = {
        "program": bundle.manifest["program"]["name"],
        "identity": bundle.identity,
        "manifest": bundle.digest,
        **known,
        "seed": options.seed or 0,
        "totalSteps": _steps_of(options, dataset, bundle),
        "provider": options.provider or "cpu",
        "threads": options.threads or available_cores(),
        "checkpointEvery": options.checkpoint_every or each,
        **_devices_of(options, options.provider or "cpu", {}),
        # Events for TensorBoard are hebb's alone.
        "tensorboard": False,
        "options": bundle.manifest["program"].get("options"),
        "versions": _versions(),
        "command": options.command,
    }
    return Plan(bundle, dataset, record, None, lambda: runs.create_run(options.out, bundle, record))


def reopened(options: Options, on_notice: Notices) -> Plan:
    folder = options.out
    record, bundle = runs.open_run(folder)
    fail = lambda problem, help: UserError("RunError", f"{folder} {problem}", help)
    for name, flag in (("keep", "--keep"), ("keepBest", "--keep-best"), ("probeEvery", "--probe-every")):
        if name in record:
            raise fail(
                f"was started with {flag}, which hebb_runtime does not do",
                f"Go on with it by hebb: hebb train --resume --out {folder}",
            )
    if record.get("parallel") in ("shards", "none"):
        raise fail(
            "was trained in shards of the batch, which hebb_runtime does not do",
            f"Go on with it by hebb: hebb train --resume --out {folder}",
        )
    if options.seed is not None and options.seed != record["seed"]:
        raise fail(
            f"was started with seed {record['seed']}, not {options.seed}",
            "A resumed run keeps its seed: leave the flag out, or start a new run.",
        )
    dataset, known = _opened(options.data or record["data"], record["split"], bundle)
    if known["images"] != record["images"]:
        raise UserError(
            "RunError",
            f"{options.data or record['data']} no longer holds the images that {folder} was started with",
            "Give the data set with those images as --data, or start a new run.",
        )
    if "validation" in record:
        chosen, _ = set_aside(dataset.labels, dataset.count, record["validation"], record["seed"])
        dataset = replace(dataset, chosen=chosen)
        on_notice("the images set aside stay so; losses on them are measured by hebb alone")
    files = runs.Files(folder)
    files.remove_partials()
    checkpoint = runs.read_run_checkpoint(folder, record, bundle)
    done = checkpoint.step if checkpoint else 0
    asked = options.epochs is not None or options.steps is not None
    total = _steps_of(options, dataset, bundle) if asked else record["totalSteps"]
    if total < done:
        raise fail(
            f"has done {done} steps, and cannot be shortened to {total}",
            f"Give a length from {done} steps on.",
        )
    provider, threads = options.provider or record["provider"], options.threads or record["threads"]
    if (provider, threads) != (record["provider"], record["threads"]):
        on_notice(
            f"{folder} was trained on {record['provider']} with {record['threads']} threads an operation: "
            f"on {provider} with {threads} last bits may differ"
        )
    placed = _devices_of(options, provider, record)
    if "tf32" in record and placed.get("tf32", record["tf32"]) != record["tf32"]:
        said = "with" if record["tf32"] else "without"
        raise fail(
            f"was started {said} TF32", "A resumed run keeps that: leave --tf32 out, or start a new run."
        )
    devices = placed.get("devices", record.get("devices"))
    # In order: without what is None.
    now = runs.in_order(
        {**record, "devices": devices, "totalSteps": total, "lengths": _lengths(record, total, done)}
    )
    used = {**now, **placed, "provider": provider, "threads": threads}
    used["checkpointEvery"] = options.checkpoint_every or record["checkpointEvery"]

    def open_() -> None:
        if runs.record_text(now) != runs.record_text(record):
            runs.write_record(folder, now)

    return Plan(bundle, dataset, used, checkpoint, open_)


def _lengths(record: runs.Record, total: int, done: int) -> list[dict[str, int]] | None:
    """All lengths that a run was given, the one in force last; None where there was one only."""
    known = record.get("lengths", [{"steps": record["totalSteps"], "from": 0}])
    before = [each for each in known if each["from"] < done]
    if not before or before[-1]["steps"] != total:
        before = [*before, {"steps": total, "from": done}]
    return before if len(before) > 1 else None
