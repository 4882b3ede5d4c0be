"""Steps of a program on a data set."""

import math
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator

import numpy as np

from .batches import Batches, reads_labels
from .bundle import Bundle, scalars_of
from .data import Dataset, check_dataset
from .errors import UserError
from .stepper import Results, Stepper


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
    ) -> None:
        """
        :param values: where parameters and states start; by default as the seed says
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
        given: dict[str, Any] = {"provider": provider, "device": device, "threads": threads, "tf32": tf32}
        self.manifest = manifest
        self.stepper = Stepper(bundle, manifest["train"], values, seed=seed, **given)
        augment = Stepper(bundle, manifest["augment"], [], **given)
        self._batches = Batches(bundle, dataset, seed, total_steps, augment)

    def run(
        self, start: int, end: int, wanted: Callable[[int], bool] = lambda steps: False
    ) -> Iterator[StepDone]:
        """Does the steps from ``start`` (steps done before) to ``end``.

        Values are known only at the end of a run of the graphs, so a run ends where they are wanted.

        :param wanted: whether the values as so many steps leave them are wanted
        :raises UserError: ('TrainingError') where a loss is not finite
        """
        most = self.manifest["train"]["stepsPerRun"]
        done = start
        while done < end:
            began = time.perf_counter()
            self.stepper.milliseconds.clear()
            count = 1
            while count < most and done + count < end and not wanted(done + count):
                count += 1
            given = self._batches.at(range(done, done + count), self.stepper.device)
            results = self.stepper.run(given, count if most > 1 else None)
            took = (time.perf_counter() - began) * 1000 / count
            graphs = {name: each / count for name, each in self.stepper.milliseconds.items()}
            for place in range(count):
                losses = self._losses(results, place, done)
                log = self._log(results, place)
                rate = self._batches.rate(done)
                done += 1
                yield StepDone(done, rate, losses, log, took, graphs, place == count - 1)

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
