"""A run in a folder of its own, which can be killed at any moment and resumed to the same bits."""

import os
import platform
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterator

import numpy as np

from . import __version__, jsontext, runs
from .batches import reads_labels
from .bundle import Bundle, load_bundle
from .checkpoints import Checkpoint, write_checkpoint
from .data import Dataset, find_data
from .epochs import batches_per_epoch, set_aside
from .errors import UserError
from .files import sync_file, telling
from .locks import Lock
from .sessions import available_cores
from .trainer import StepDone, Trainer

DEFAULT_EPOCHS = 10


@dataclass
class Options:
    """What a run is asked for; None: its default, or of a resumed run what it was started with."""

    out: str
    bundle: str | None = None
    data: str | None = None
    epochs: float | None = None
    steps: int | None = None
    seed: int | None = None
    resume: bool = False
    threads: int | None = None
    provider: str | None = None
    device: int = 0
    tf32: bool = False
    checkpoint_every: int | None = None
    #: The words of the command that this is, for the run's record.
    command: list[str] | None = None


@dataclass
class Summary:
    """How a training ended."""

    step: int
    total_steps: int
    losses: dict[str, float]
    images_per_second: float
    #: By which signal it was stopped before the last step.
    signal: int | None = None


Hears = Callable[[StepDone, int], None]
Notices = Callable[[str], None]


def warn(notice: str) -> None:
    print(f"Note: {notice}", file=sys.stderr)


def train(options: Options, on_step: Hears | None = None, on_notice: Notices = warn) -> Summary:
    """Trains a bundle on a data set, or goes on with a run.

    :param on_step: hears of each step, and of how many there are
    :raises UserError: for what the user can mend
    """
    folder = options.out
    if options.resume:
        runs.read_record(folder)
    else:
        runs.require_no_run(folder)
    made = not os.path.isdir(folder)
    with telling("write", folder):
        os.makedirs(folder, exist_ok=True)
    try:
        with Lock(runs.Files(folder).lock) as lock:
            plan = _reopened(options, on_notice) if options.resume else _begun(options)
            return _Run(folder, plan, lock, options).train(on_step)
    finally:
        if made and not os.listdir(folder):
            os.rmdir(folder)


@dataclass
class _Plan:
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
        "hebb_runtime": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def _begun(options: Options) -> _Plan:
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
        # Events for TensorBoard are hebb's alone.
        "tensorboard": False,
        "options": bundle.manifest["program"].get("options"),
        "versions": _versions(),
        "command": options.command,
    }
    return _Plan(bundle, dataset, record, None, lambda: runs.create_run(options.out, bundle, record))


def _reopened(options: Options, on_notice: Notices) -> _Plan:
    folder = options.out
    record, bundle = runs.open_run(folder)
    fail = lambda problem, help: UserError("RunError", f"{folder} {problem}", help)  # noqa: E731
    for name, flag in (("keep", "--keep"), ("keepBest", "--keep-best"), ("probeEvery", "--probe-every")):
        if name in record:
            raise fail(
                f"was started with {flag}, which hebb_runtime does not do",
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
        raise fail(f"has done {done} steps, and cannot be shortened to {total}", f"Give a length from {done} steps on.")
    provider, threads = options.provider or record["provider"], options.threads or record["threads"]
    if (provider, threads) != (record["provider"], record["threads"]):
        on_notice(
            f"{folder} was trained on {record['provider']} with {record['threads']} threads an operation: "
            f"on {provider} with {threads} last bits may differ"
        )
    now = {**record, "totalSteps": total, "lengths": _lengths(record, total, done)}
    used = {**now, "provider": provider, "threads": threads}
    used["checkpointEvery"] = options.checkpoint_every or record["checkpointEvery"]

    def open_() -> None:
        if runs.record_text(now) != runs.record_text(record):
            runs.write_record(folder, now)

    return _Plan(bundle, dataset, used, checkpoint, open_)


def _lengths(record: runs.Record, total: int, done: int) -> list[dict[str, int]] | None:
    """All lengths that a run was given, the one in force last; None where there was one only."""
    known = record.get("lengths", [{"steps": record["totalSteps"], "from": 0}])
    before = [each for each in known if each["from"] < done]
    if not before or before[-1]["steps"] != total:
        before = [*before, {"steps": total, "from": done}]
    return before if len(before) > 1 else None


class _Run:
    """Writes down a training as it goes."""

    def __init__(self, folder: str, plan: _Plan, lock: Lock, options: Options) -> None:
        self.files = runs.Files(folder)
        self.plan, self.lock, self.record = plan, lock, plan.record
        self.start = plan.checkpoint.step if plan.checkpoint else 0
        self.trainer = Trainer(
            plan.bundle,
            plan.dataset,
            seed=self.record["seed"],
            total_steps=self.record["totalSteps"],
            values=plan.checkpoint.values.items() if plan.checkpoint else None,
            provider=self.record["provider"],
            device=options.device,
            threads=self.record["threads"],
            tf32=options.tf32,
        )
        # To make the sessions takes a while.
        lock.require()
        plan.open()
        runs.truncate_metrics(self.files.metrics, self.start)

    def train(self, on_step: Hears | None) -> Summary:
        total, every = self.record["totalSteps"], self.record["checkpointEvery"]
        batch = self.plan.bundle.manifest["train"]["batch"]
        each = batches_per_epoch(self.plan.dataset.count, batch)
        due = lambda step: step % every == 0  # noqa: E731
        began = time.perf_counter()
        step, saved, losses, speed = self.start, self.start, {}, 0.0
        with _stopping() as stopped, telling("write", self.files.metrics):
            with open(self.files.metrics, "ab", buffering=0) as metrics:
                for done in self.trainer.run(self.start, total, due):
                    step, losses = done.step, done.losses
                    self.lock.require()
                    speed = (step - self.start) * batch / (time.perf_counter() - began)
                    metrics.write(self._line(done, (step - 1) / each, speed))
                    if on_step:
                        on_step(done, total)
                    if due(step) and step < total:
                        self._save(step)
                        saved = step
                    if stopped() is not None and done.is_last:
                        break
        if step > saved or (step == total and not os.path.exists(self.files.checkpoint)):
            self._save(step)
        return Summary(step, total, losses, speed, stopped() if step < total else None)

    def _save(self, step: int) -> None:
        self.lock.require()
        sync_file(self.files.metrics)
        record = self.record
        checkpoint = Checkpoint(step, record["totalSteps"], record["seed"], self.trainer.values())
        write_checkpoint(self.files.checkpoint, self.plan.bundle, checkpoint)

    def _line(self, done: StepDone, epoch: float, speed: float) -> bytes:
        rounded = lambda ms: round(ms, 3)  # noqa: E731
        line: dict[str, Any] = {"step": done.step, "epoch": epoch, "rate": done.rate, "losses": done.losses}
        if done.log:
            line["log"] = done.log
        line.update(
            imagesPerSecond=speed,
            time=time.time(),
            milliseconds=rounded(done.milliseconds),
            graphs={name: rounded(ms) for name, ms in done.graphs.items()},
            device=str(self.trainer.stepper.device),
        )
        return (jsontext.dumps(line) + "\n").encode()


@contextmanager
def _stopping() -> Iterator[Callable[[], int | None]]:
    """Signals that end a run with a checkpoint, meanwhile; the first that came, when asked for."""
    came: list[int] = []
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.signal(number, lambda got, _: came.append(got)) for number in numbers}
    try:
        yield lambda: came[0] if came else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
