"""Steps of a program on a data set."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator

import numpy as np

from .batches import Batches, reads_labels
from .bundle import Bundle, scalars_of
from .data import Dataset, check_dataset
from .errors import UserError
from .loss_scales import end_of_window
from .stepper import Results, Stepper

#: In a run, where a bundle would do more and nothing else is said.
_MOST_STEPS = 8


@dataclass
class StepDone:
    """A step that was done."""

    #: Steps done, this one included.
    step: int
    rate: float
    #: By layer, from the input to the top.
    losses: dict[str, float]
    #: What rules log beside them, by layer and name; it need not be finite.
    log: dict[str, dict[str, float]]
    #: Of a run of several steps an equal part for each.
    milliseconds: float
    graphs: dict[str, float]
    #: Whether it is the last of a run of the graphs: the values are then those after it.
    is_last: bool


class Trainer:
    """Trains in this process: parameters, states and views stay on the device, and losses come back."""

    def __init__(
        self,
        bundle: Bundle,
        dataset: Dataset,
        *,
        seed: int,
        total_steps: int,
        values: Iterable[tuple[str, np.ndarray]] | None = None,
        provider: str = "cpu",
        device: int = 0,
        threads: int | None = None,
        tf32: bool = False,
        steps_per_run: int | None = None,
    ) -> None:
        """
        :param values: where parameters and states start; by default as the seed says
        :param steps_per_run: of a bundle that may do several, at most so many: the same bits
        :raises UserError: ('DataError') where the images are of another kind; as `Stepper`
        """
        manifest = bundle.manifest
        check_dataset(dataset, manifest["program"])
        if dataset.labels is None and reads_labels(manifest):
            raise UserError(
                "DataError",
                f"'{manifest['program']['name']}' learns from labels, and {dataset.name} has none",
                "Give a labelled data set, or learn by a rule that reads no labels.",
            )
        most = manifest["train"]["stepsPerRun"]
        most = min(most, manifest["train"].get("scaling", {}).get("every", most))
        if steps_per_run is not None and steps_per_run > most:
            raise UserError(
                "OptionError",
                f"steps per run are {steps_per_run}, and the graphs of '{manifest['program']['name']}' "
                f"do at most {most} steps in a run",
                f"Give at most {most}, or compile the program for more: "
                f"hebb compile --steps-per-run {steps_per_run}",
            )
        # State stays on the device, so that there is little to spread over many steps.
        self.steps_per_run = min(most, _MOST_STEPS) if steps_per_run is None else steps_per_run
        given: dict[str, Any] = {"provider": provider, "device": device, "threads": threads, "tf32": tf32}
        self.manifest = manifest
        self.stepper = Stepper(bundle, manifest["train"], values, seed=seed, **given)
        # In a thread of its own: what more threads would take, the graphs that train lose.
        augment = Stepper(bundle, manifest["augment"], [], **{**given, "threads": 1})
        self._batches = Batches(bundle, dataset, seed, total_steps, augment)

    def run(
        self, start: int, end: int, wanted: Callable[[int], bool] = lambda steps: False
    ) -> Iterator[StepDone]:
        """Does the steps from ``start`` (steps done before) to ``end``.

        Values are known only at the end of a run of the graphs, so a run ends where they are wanted.

        :param wanted: whether the values as so many steps leave them are wanted
        :raises UserError: ('TrainingError') where a loss is not finite
        """
        several = self.manifest["train"]["stepsPerRun"] > 1
        ranges = self._ranges(start, end, wanted)
        with ThreadPoolExecutor(1, "hebb-batches") as ahead:
            prepare = lambda steps: ahead.submit(self._batches.at, steps, self.stepper.device)
            steps = next(ranges, None)
            prepared = prepare(steps) if steps else None
            while steps and prepared:
                began = time.perf_counter()
                self.stepper.milliseconds.clear()
                given, now = prepared.result(), steps
                steps = next(ranges, None)
                prepared = prepare(steps) if steps else None
                results = self.stepper.run(given, len(now) if several else None)
                took = (time.perf_counter() - began) * 1000 / len(now)
                graphs = {name: each / len(now) for name, each in self.stepper.milliseconds.items()}
                for place, step in enumerate(now):
                    losses, log = self._losses(results, place, step), self._log(results, place)
                    rate = self._batches.rate(step)
                    yield StepDone(step + 1, rate, losses, log, took, graphs, place == len(now) - 1)

    def _ranges(self, start: int, end: int, wanted: Callable[[int], bool]) -> Iterator[range]:
        """The steps of each run of the graphs: it ends where values are wanted, or loss scales are adjusted."""
        every = self.manifest["train"].get("scaling", {}).get("every")
        while start < end:
            stop = start + 1
            most = min(start + self.steps_per_run, end_of_window(start, every) if every else end, end)
            while stop < most and not wanted(stop):
                stop += 1
            yield range(start, stop)
            start = stop

    def values(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and states, as the last run of the graphs left them."""
        return self.stepper.values()

    def _losses(self, results: Results, place: int, step: int) -> dict[str, float]:
        order = {each["name"]: i for i, each in enumerate(self.manifest["program"]["layers"])}
        named = [
            (held.get("layer", held["name"]), _number(results.losses[held["name"]], place))
            for held in scalars_of(self.manifest["train"])
            if held["role"] == "loss"
        ]
        named.sort(key=lambda each: order.get(each[0], -1))
        for layer, loss in named:
            if not math.isfinite(loss):
                raise UserError(
                    "TrainingError",
                    f"the loss of '{layer}' is {loss} at step {step + 1}",
                    "Lower the learning rate, or look for a division by zero, a log of zero or a root of a negative number in the rule.",
                )
        return dict(named)

    def _log(self, results: Results, place: int) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {each["name"]: {} for each in self.manifest["program"]["layers"]}
        for held in scalars_of(self.manifest["train"]):
            if held["role"] == "log" and held.get("layer") in found and "log" in held:
                found[held["layer"]][held["log"]] = _number(results.logs[held["name"]], place)
        return {layer: numbers for layer, numbers in found.items() if numbers}


def _number(value: np.ndarray, place: int) -> float:
    return float(value.reshape(-1)[place])
