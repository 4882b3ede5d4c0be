"""A run in a folder of its own, which can be killed at any moment and resumed to the same bits."""

import os
import sys
import time
from dataclasses import dataclass
from typing import Any, Callable

from . import jsontext, runs
from .asked import checked
from .checkpoints import Checkpoint, write_checkpoint
from .epochs import batches_per_epoch
from .files import sync_file, telling
from .locks import Lock
from .options import Options
from .plan import Notices, Plan, begun, reopened
from .stopping import Signals, stopping
from .trainer import StepDone, Trainer


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


def warn(notice: str) -> None:
    print(f"Note: {notice}", file=sys.stderr)


def train(options: Options, on_step: Hears | None = None, on_notice: Notices = warn) -> Summary:
    """Trains a bundle on a data set, or goes on with a run.

    :param on_step: hears of each step, and of how many there are
    :raises UserError: for what the user can mend
    :raises Stopped: a KeyboardInterrupt, where a signal comes before the run is there
    """
    options = checked(options)
    with stopping() as signals:
        return _train(options, on_step, on_notice, signals)


def _train(options: Options, on_step: Hears | None, on_notice: Notices, signals: Signals) -> Summary:
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
            with signals.at_once():
                plan = reopened(options, on_notice) if options.resume else begun(options)
                # To make the sessions takes a while.
                run = _Run(folder, plan, lock, options.steps_per_run)
            run.open()
            return run.train(on_step, signals)
    finally:
        if made and not os.listdir(folder):
            os.rmdir(folder)


class _Run:
    """Writes down a training as it goes."""

    def __init__(self, folder: str, plan: Plan, lock: Lock, steps_per_run: int | None) -> None:
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
            device=(self.record.get("devices") or [0])[0],
            threads=self.record["threads"],
            tf32=self.record.get("tf32", False),
            steps_per_run=steps_per_run,
        )

    def open(self) -> None:
        """Makes the run in its folder."""
        self.lock.require()
        self.plan.open()
        runs.truncate_metrics(self.files.metrics, self.start)

    def train(self, on_step: Hears | None, signals: Signals) -> Summary:
        total, every = self.record["totalSteps"], self.record["checkpointEvery"]
        batch = self.plan.bundle.manifest["train"]["batch"]
        each = batches_per_epoch(self.plan.dataset.count, batch)
        due = lambda step: step % every == 0
        began = time.perf_counter()
        step, saved, losses, speed = self.start, self.start, {}, 0.0
        # A run that was stopped while it was made begins with none.
        end = total if signals.first is None else self.start
        with telling("write", self.files.metrics):
            with open(self.files.metrics, "ab", buffering=0) as metrics:
                for done in self.trainer.run(self.start, end, due):
                    step, losses = done.step, done.losses
                    self.lock.require()
                    speed = (step - self.start) * batch / (time.perf_counter() - began)
                    metrics.write(self._line(done, (step - 1) / each, speed))
                    if on_step:
                        on_step(done, total)
                    if due(step) and step < total:
                        self._save(step)
                        saved = step
                    if signals.first is not None and done.is_last:
                        break
        if step > saved or (step == total and not os.path.exists(self.files.checkpoint)):
            self._save(step)
        return Summary(step, total, losses, speed, signals.first if step < total else None)

    def _save(self, step: int) -> None:
        self.lock.require()
        sync_file(self.files.metrics)
        record = self.record
        checkpoint = Checkpoint(step, record["totalSteps"], record["seed"], self.trainer.values())
        write_checkpoint(self.files.checkpoint, self.plan.bundle, checkpoint)

    def _line(self, done: StepDone, epoch: float, speed: float) -> bytes:
        rounded = lambda ms: round(ms, 3)
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


