"""Runs a section of a bundle step by step, and holds its parameters and states."""

import time
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping

import numpy as np

from .bundle import Bundle, Graph, Section, elements
from .device import Device, Spare, Tensor
from .errors import UserError
from .loss_scales import adjust_scales
from .sessions import Session, available_cores
from .sliding import SlidingValue
from .start import DTYPES, start_of

Given = Mapping[str, "np.ndarray | Tensor"]

_LEAVING = ("views", "features", "logits", "products", "gradient", "alignment")
_KEPT = ("parameter", "state")


@dataclass
class Results:
    """What one run of the graphs gave; along a first axis where it did several steps."""

    losses: dict[str, np.ndarray] = field(default_factory=dict)
    logs: dict[str, np.ndarray] = field(default_factory=dict)
    #: Where graphs run.
    outputs: dict[str, Tensor] = field(default_factory=dict)


@dataclass
class _Stage:
    graph: Graph
    session: Session
    drop: list[str]
    #: Values that no later graph of the step reads: their new ones take their place at once.
    last: set[str]


class Stepper:
    """Runs the graphs of a section, in the order of its schedule."""

    def __init__(
        self,
        bundle: Bundle,
        section: Section | None = None,
        values: Iterable[tuple[str, np.ndarray]] | None = None,
        *,
        seed: int = 0,
        provider: str = "cpu",
        device: int = 0,
        threads: int | None = None,
        tf32: bool = False,
    ) -> None:
        """
        :param section: of the bundle's manifest; ``train`` unless given
        :param values: names and values of parameters and states; by default those that ``seed`` starts
        :raises UserError: ('ProviderError', 'BundleError')
        """
        self.section = bundle.manifest["train"] if section is None else section
        self.device = Device(provider, device if provider == "cuda" else 0)
        self.several = self.section["stepsPerRun"] > 1
        #: That each graph took, in all.
        self.milliseconds: dict[str, float] = {}
        self._spare = Spare(self.device)
        self._plain: dict[str, Tensor] = {}
        self._sliding: dict[str, SlidingValue] = {}
        exact = bundle.manifest["program"]["dtype"] == "float64"
        threads = available_cores() if threads is None else threads
        graphs = {graph["name"]: graph for graph in self.section["graphs"]}
        order = [(graphs[entry["graph"]], entry["drop"]) for entry in self.section["schedule"]]
        self._stages = [
            _Stage(
                graph,
                Session(graph, bundle.graph(graph), self.several, self.device, threads, exact, tf32),
                drop,
                _not_read_after([later for later, _ in order[place + 1 :]], graph),
            )
            for place, (graph, drop) in enumerate(order)
        ]
        self._make_room()
        names = self.names
        self.assign(start_of(self.section, seed, names) if values is None else values)

    @property
    def names(self) -> set[str]:
        """Of the parameters and states that its graphs read."""
        return {*self._plain, *self._sliding}

    def _make_room(self) -> None:
        whole = {each["name"]: each for key in ("parameters", "states") for each in self.section[key]}
        sizes = {
            output["updates"]: elements(output["shape"])
            for graph in self.section["graphs"]
            if "blocks" in graph
            for output in graph["outputs"]
        }
        for value in (each for graph in self.section["graphs"] for each in graph["inputs"]):
            name, type_ = value["name"], value["type"]
            if value["role"] not in _KEPT or name in self.names:
                continue
            shape = whole.get(name, value)["shape"]
            if name in sizes:
                self._sliding[name] = SlidingValue(self.device, type_, shape, sizes[name])
            else:
                self._plain[name] = self.device.allocate(type_, shape)

    def assign(self, values: Iterable[tuple[str, np.ndarray]]) -> None:
        """Copies values of parameters and states; names that its graphs do not read are passed over."""
        for name, value in values:
            if name in self._sliding:
                self._sliding[name].write(value)
            elif name in self._plain:
                self._plain[name].memory.write(value)

    def value(self, name: str) -> np.ndarray:
        """A copy of the value of a parameter or state."""
        held = self._plain.get(name) or self._sliding[name].current
        return held.numpy()

    def values(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and states."""
        return {name: self.value(name) for name in [*self._plain, *self._sliding]}

    def step(self, given: Given) -> Results:
        """One step of graphs that do one step in a run."""
        if self.several:
            return _first(self.run({name: _lifted(value) for name, value in given.items()}, 1))
        return self.run(given)

    def run(
        self, given: Given, steps: int | None = None, into: Mapping[str, Tensor] | None = None
    ) -> Results:
        """Runs each graph once, and renews parameters and states.

        :param given: what graphs read from outside, by name; of several steps along a first axis
        :param steps: how many, of a section with several steps in a run
        :param into: memory for outputs that leave the section, by name
        """
        results = Results()
        activities: dict[str, Tensor] = {}
        waiting: list[tuple[str, Tensor]] = []
        for stage in self._stages:
            began = time.perf_counter()
            if "blocks" in stage.graph:
                self._run_blocks(stage, given, activities)
            else:
                self._run_graph(stage, given, steps, into or {}, activities, waiting, results)
            took = (time.perf_counter() - began) * 1000
            self.milliseconds[stage.graph["name"]] = self.milliseconds.get(stage.graph["name"], 0) + took
            for name in stage.drop:
                dropped = activities.pop(name, None)
                if dropped is not None:
                    self._spare.give(dropped)
        for name, value in waiting:
            self._replace(name, value)
        scaling = self.section.get("scaling")
        if scaling:
            adjust_scales(scaling, self.value, lambda name, value: self.assign([(name, value)]))
        results.outputs.update(activities)
        return results

    def _find(self, name: str, graph: Graph, given: Given, activities: Mapping[str, Tensor]) -> Any:
        found = given.get(name)
        if found is None:
            found = self._plain.get(name)
        if found is None and name in self._sliding:
            found = self._sliding[name].current
        if found is None:
            found = activities.get(name)
        if found is None:
            raise UserError("ProgramError", f"graph '{graph['name']}' is not given '{name}'")
        return found

    def _run_graph(
        self,
        stage: _Stage,
        given: Given,
        steps: int | None,
        into: Mapping[str, Tensor],
        activities: dict[str, Tensor],
        waiting: list[tuple[str, Tensor]],
        results: Results,
    ) -> None:
        graph = stage.graph
        feeds = {each["name"]: self._find(each["name"], graph, given, activities) for each in graph["inputs"]}
        fetched: dict[str, Any] = {}
        for output in graph["outputs"]:
            name, type_, shape = output["name"], output["type"], output["shape"]
            stacked = shape if steps is None else [steps, *shape]
            if output["role"] in ("loss", "log", "scalars"):
                fetched[name] = np.empty(stacked, DTYPES[type_])
            elif "updates" in output:
                fetched[name] = self._spare.take(type_, shape)
            else:
                fetched[name] = into.get(name) or self._spare.take(type_, stacked)
        stage.session.run(feeds, fetched)
        for output in graph["outputs"]:
            name, role, result = output["name"], output["role"], fetched[output["name"]]
            updates = output.get("updates")
            if updates is not None:
                if updates in stage.last:
                    self._replace(updates, result)
                else:
                    waiting.append((updates, result))
            elif role == "loss":
                results.losses[name] = result
            elif role == "log":
                results.logs[name] = result
            elif role == "scalars":
                for place, held in enumerate(output.get("holds", [])):
                    found = results.losses if held["role"] == "loss" else results.logs
                    found[held["name"]] = result[..., place]
            elif role == "activity":
                activities[name] = result
            elif role in _LEAVING:
                results.outputs[name] = result

    def _replace(self, name: str, value: Tensor) -> None:
        before = self._plain[name]
        # A new value may come in another shape: the same numbers in the same order.
        self._plain[name] = value.shaped(before.shape)
        self._spare.give(before)

    def _run_blocks(self, stage: _Stage, given: Given, activities: Mapping[str, Tensor]) -> None:
        graph = stage.graph
        changed = [(output, self._sliding[output["updates"]]) for output in graph["outputs"]]
        slides = {id(value): value for _, value in changed}
        order = range(graph["blocks"])
        for index in order if changed[0][1].first else reversed(order):
            feeds: dict[str, Any] = {}
            for each in graph["inputs"]:
                name, shape = each["name"], each["shape"]
                own = self._sliding.get(name)
                if not each.get("block"):
                    feeds[name] = self._find(name, graph, given, activities)
                elif own is not None and id(own) in slides:
                    feeds[name] = own.block(index, shape)[0]
                else:
                    feeds[name] = self._find(name, graph, given, activities).part(index, shape)
            stage.session.run(
                feeds, {output["name"]: value.block(index, output["shape"])[1] for output, value in changed}
            )
        for value in slides.values():
            value.first = not value.first


def _not_read_after(later: list[Graph], graph: Graph) -> set[str]:
    """All graphs of a step read the values of the step before: these are not read after the graph."""
    read = {each["name"] for other in later for each in other["inputs"]}
    return {each["updates"] for each in graph["outputs"] if "updates" in each and each["updates"] not in read}


def _lifted(value: "np.ndarray | Tensor") -> "np.ndarray | Tensor":
    return value[None] if isinstance(value, np.ndarray) else value.shaped([1, *value.shape])


def _first(results: Results) -> Results:
    return Results(
        {name: value[0] for name, value in results.losses.items()},
        {name: value[0] for name, value in results.logs.items()},
        {name: value.part(0, value.shape[1:]) for name, value in results.outputs.items()},
    )
