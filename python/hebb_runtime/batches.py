"""What training graphs are given in a step: views, labels, draws, rate. It depends on seed and number alone."""

from typing import Any

import numpy as np

from .bundle import Bundle, Section
from .data import Dataset
from .device import Device, Tensor
from .draws import drawn
from .epochs import batch_indices
from .errors import UserError
from .rates import average_weight, learning_rate
from .stepper import Stepper


class Batches:
    """Prepares the steps of a run; views stay on the device where they are made."""

    def __init__(self, bundle: Bundle, dataset: Dataset, seed: int, total: int, augment: Stepper) -> None:
        self._train: Section = bundle.manifest["train"]
        self._augmentation: Section = bundle.manifest["augment"]
        self._dataset, self._seed, self._total, self._augment = dataset, seed, total, augment
        self._inputs = {each["name"]: each for graph in self._train["graphs"] for each in graph["inputs"]}
        _require_known(self._train, ("views", "images", "labels", "rate", "step", "average"))
        _require_known(self._augmentation, ("images", "labels"))
        made = (each for graph in self._augmentation["graphs"] for each in graph["outputs"])
        self._views = [each for each in made if each["role"] == "views" and each["name"] in self._inputs]
        #: Memory for views: while one run reads what was prepared for it, the next is prepared.
        self._rooms: dict[int, list[dict[str, Tensor]]] = {}
        # Graphs for CUDA are given images as they are stored, and make the views.
        self._images = [name for name, each in self._inputs.items() if each["role"] == "images"]

    def rate(self, step: int) -> float:
        """The learning rate of a step (from 0)."""
        rate = self._train.get("rate")
        return learning_rate(rate, step, self._total) if rate else 0.0

    def at(self, steps: range, device: Device) -> dict[str, "np.ndarray | Tensor"]:
        """All inputs of some steps (from 0), of a section with several steps in a run along a first axis."""
        several = self._train["stepsPerRun"] > 1
        room = self._room(len(steps), device)
        parts: list[dict[str, np.ndarray]] = []
        for place, step in enumerate(steps):
            indices = batch_indices(self._dataset.count, self._train["batch"], self._seed, step)
            labels = self._dataset.labels_of(indices)
            if room:
                self._show(indices, labels, step, {n: t.part(place, t.shape[1:]) for n, t in room.items()})
            stored = {name: self._dataset.read(indices) for name in self._images}
            parts.append({**stored, **self._beside(labels, step)})
        given: dict[str, Any] = {
            name: np.stack([part[name] for part in parts]) if several else parts[0][name] for name in parts[0]
        }
        return {**given, **{name: t if several else t.shaped(t.shape[1:]) for name, t in room.items()}}

    def _room(self, steps: int, device: Device) -> dict[str, Tensor]:
        """Of two that serve in turn: one is free as soon as the run before the last is done."""
        rooms = self._rooms.setdefault(steps, [])
        if len(rooms) < 2:
            shapes = {each["name"]: (each["type"], [steps, *each["shape"]]) for each in self._views}
            rooms.append({name: device.allocate(*shape) for name, shape in shapes.items()})
        rooms.reverse()
        return rooms[0]

    def _show(
        self, indices: np.ndarray, labels: np.ndarray | None, step: int, into: dict[str, Tensor]
    ) -> None:
        given: dict[str, np.ndarray] = {}
        for each in (each for graph in self._augmentation["graphs"] for each in graph["inputs"]):
            if each["role"] == "images":
                given[each["name"]] = self._dataset.read(indices)
            elif each["role"] == "labels" and labels is not None:
                given[each["name"]] = labels
        given.update(_draws(self._augmentation, self._seed, step))
        self._augment.run(given, into=into)

    def _beside(self, labels: np.ndarray | None, step: int) -> dict[str, np.ndarray]:
        average = self._train.get("average")
        weight = average_weight(average, step, self._total) if average else 0.0
        by_role: dict[str, Any] = {
            "labels": labels,
            "rate": np.array(self.rate(step), np.float64),
            "step": np.array(step + 1, np.int64),
            "average": np.array(weight, np.float64),
        }
        found = {name: by_role.get(each["role"]) for name, each in self._inputs.items()}
        return {
            **{name: value for name, value in found.items() if value is not None},
            **_draws(self._train, self._seed, step),
        }


def _draws(section: Section, seed: int, step: int) -> dict[str, np.ndarray]:
    return {draw["name"]: drawn(draw, seed, step) for draw in section["draws"]}


def _require_known(section: Section, roles: tuple[str, ...]) -> None:
    """:raises UserError: ('BundleError') where a graph is to be given what is not provided here"""
    within = ("parameter", "state", "activity", "draw")
    for graph in section["graphs"]:
        for each in graph["inputs"]:
            if each["role"] not in (*roles, *within):
                raise UserError(
                    "BundleError",
                    f"graph '{graph['name']}' is to be given {each['role']} '{each['name']}', which hebb_runtime does not provide",
                    "Train it with hebb, or compile it for another target.",
                )


def reads_labels(manifest: dict[str, Any]) -> bool:
    """Whether graphs of a training step are given labels."""
    return any(
        each["role"] == "labels"
        for name in ("train", "augment")
        for graph in manifest[name]["graphs"]
        for each in graph["inputs"]
    )
