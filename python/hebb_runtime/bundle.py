"""Bundles: a folder with a manifest and graphs."""

import hashlib
import os
from math import prod
from typing import Any

from . import jsontext
from .errors import UserError
from .files import read_file
from .graph_check import check_graph
from .manifest import VERSION, check_manifest, sections_of
from .schema import Wrong
from .sizes import require_room

Section = dict[str, Any]
Graph = dict[str, Any]

_MENDING = "Compile it again: hebb compile PROGRAM.ts --out DIR"
_MANIFEST_BYTES = 32 * 2**20
_GRAPH_BYTES = 80 * 2**20
_BUNDLE_BYTES = 2**29


class Bundle:
    """A compiled program: its manifest, and its graphs, which are read when they are asked for and checked each time."""

    def __init__(self, folder: str, manifest: dict[str, Any], text: bytes) -> None:
        self.folder = folder
        self.manifest = manifest
        #: The bytes of manifest.json, and their SHA-256.
        self.text = text
        self.digest = hashlib.sha256(text).hexdigest()

    @property
    def identity(self) -> str:
        """What is computed, whatever graphs compute it."""
        return self.manifest["identity"]

    @property
    def graphs(self) -> list[Graph]:
        return [graph for _, section in sections_of(self.manifest) for graph in section["graphs"]]

    def graph(self, graph: Graph) -> bytes:
        """The bytes of one of its graphs.

        :raises UserError: ('BundleError') where they are not those that were compiled
        """
        path = os.path.join(self.folder, graph["file"])
        data = _read(path, self.folder, min(graph.get("bytes", _GRAPH_BYTES), _GRAPH_BYTES))
        if hashlib.sha256(data).hexdigest() == graph["sha256"]:
            return data
        raise UserError(
            "BundleError", f"{path} is not the file that was compiled: its hash differs", _MENDING
        )


def load_bundle(folder: str) -> Bundle:
    """Opens the folder of a bundle and checks it: the manifest, field by field, and that every graph is the one described.

    Graphs of a training step are looked into as well: standard operators of a known list alone.

    :raises UserError: ('BundleError', 'FileError')
    """
    _require_folder(folder)
    path = os.path.join(folder, "manifest.json")
    text = _read(path, folder, _MANIFEST_BYTES)
    manifest = _parse(text, path)
    bundle = Bundle(folder, manifest, text)
    fail = lambda problem: UserError("BundleError", f"{path}: {problem}", _MENDING)
    total, taken = 0, set()
    for graph in bundle.graphs:
        if graph["file"].lower() in taken:
            raise fail(f"two graphs have the file {graph['file']}")
        taken.add(graph["file"].lower())
        total += len(bundle.graph(graph))
        if total > _BUNDLE_BYTES:
            raise fail(f"its graphs hold more than {_BUNDLE_BYTES} bytes")
    for name in ("train", "augment"):
        section = manifest[name]
        require_room(section, 1, f"{path}: section {name}")
        problem = _problem_of(section)
        if problem:
            raise fail(f"in section {name}, {problem}")
        for graph in section["graphs"]:
            check_graph(bundle.graph(graph), os.path.join(folder, graph["file"]))
    return bundle


def _require_folder(folder: str) -> None:
    if os.path.isdir(folder):
        return
    fail = lambda problem, help: UserError("BundleError", problem, help)
    if not os.path.exists(folder):
        raise fail(f"there is no folder {folder}", "Give the folder that hebb compile PROGRAM.ts --out DIR wrote.")
    if folder.endswith(".ts"):
        raise fail(f"{folder} is a program, not a bundle", f"Compile it first: hebb compile {folder} --out DIR")
    raise fail(f"{folder} is a file, and a bundle is a folder", "Give the folder that hebb compile wrote.")


def _read(path: str, folder: str, largest: int) -> bytes:
    if os.path.exists(path):
        return read_file(path, largest, "by its manifest" if path.endswith(".onnx") else "a manifest")
    raise UserError("BundleError", f"{folder} is not a bundle: {path} is missing", _MENDING)


def _parse(text: bytes, path: str) -> dict[str, Any]:
    fail = lambda problem, help=_MENDING: UserError("BundleError", f"{path}: {problem}", help)
    try:
        value = jsontext.loads(text)
    except jsontext.NotJson as error:
        raise fail(str(error)) from None
    version = value.get("version") if isinstance(value, dict) else None
    if version is None or value.get("format") != "hebb-bundle":
        raise fail("is not a bundle's manifest")
    if isinstance(version, (int, float)) and version > VERSION:
        raise fail(f"has format version {version}, and up to {VERSION} is read", "Update hebb_runtime.")
    try:
        check_manifest(value, "")
    except Wrong as error:
        raise fail(str(error)) from None
    return value


def elements(shape: list[int]) -> int:
    return prod(shape)


def _problem_of(section: Section) -> str | None:
    """What a schema cannot say: every input is there before it is read, and every update has what it replaces."""
    held = {each["name"]: each for each in [*section["parameters"], *section["states"]]}
    if len(held) < len(section["parameters"]) + len(section["states"]) or "__metadata__" in held:
        return "two values have one name, or one has a name that files keep for themselves"
    drawn = {each["name"]: each for each in section["draws"]}
    for draw in section["draws"]:
        if draw["kind"] == "negatives" and (
            len(draw["shape"]) != 2 or draw["shape"][1] % draw["images"] != 0
        ):
            return f"draw '{draw['name']}' is not [count, views × {draw['images']}]"
    for state in section["states"]:
        start = state.get("start")
        if start and start["kind"] == "copy":
            source = held.get(start["of"])
            if source is None or "init" not in source or source["shape"] != state["shape"]:
                return f"state '{state['name']}' starts as a copy of '{start['of']}', which is none of it"
    numbers = {each["name"]: each for each in section["states"]}
    for block in section.get("scaling", {}).get("blocks", []):
        for key in ("scale", "steps", "skipped"):
            number = numbers.get(block.get(key))
            if key in block and (number is None or number["type"] != "float32" or number["shape"] != []):
                return f"'{block[key]}', which losses are scaled by, is no such number among the states"
    graphs = {graph["name"]: graph for graph in section["graphs"]}
    order = [entry["graph"] for entry in section["schedule"]]
    if len(graphs) < len(section["graphs"]) or sorted(order) != sorted(graphs):
        return "the schedule does not run each graph once"
    activity: dict[str, dict[str, Any]] = {}
    updated: dict[str, int] = {}
    for entry in section["schedule"]:
        graph = graphs[entry["graph"]]
        blocks = graph.get("blocks")
        for value in graph["inputs"]:
            problem = _problem_of_input(value, graph, held, drawn, activity)
            if problem:
                return problem
        for value in graph["outputs"]:
            if value["role"] == "activity":
                activity[value["name"]] = value
            name = value.get("updates")
            if blocks is not None and (name is None or not value.get("block")):
                return f"graph '{graph['name']}' is run in blocks, and gives something else than blocks"
            if name is None:
                continue
            target = held.get(name)
            if target is None or target["type"] != value["type"]:
                return f"'{graph['name']}' updates '{name}', which is not there, or of another type"
            if elements(target["shape"]) != (blocks or 1) * elements(value["shape"]):
                return f"'{graph['name']}' updates '{name}', which is of another size"
            updated[name] = updated.get(name, 0) + 1
        for name in entry["drop"]:
            if activity.pop(name, None) is None:
                return f"the schedule drops '{name}', which is not there"
    for name, value in held.items():
        learns = any(output.get("updates") for graph in section["graphs"] for output in graph["outputs"])
        wanted = 0 if value.get("constant") or not learns else 1
        if updated.get(name, 0) != wanted:
            return f"'{name}' is updated {updated.get(name, 0)} times in a step, not {wanted}"
    return None


def _problem_of_input(
    value: dict[str, Any],
    graph: Graph,
    held: dict[str, Any],
    drawn: dict[str, Any],
    activity: dict[str, Any],
) -> str | None:
    known = {"parameter": held, "state": held, "draw": drawn, "activity": activity}.get(value["role"])
    if known is None:
        return None
    source = known.get(value["name"])
    if source is None:
        return f"graph '{graph['name']}' reads {value['role']} '{value['name']}', which nobody provides"
    times = graph.get("blocks", 1) if value.get("block") else 1
    same = (
        elements(source["shape"]) == times * elements(value["shape"])
        if value.get("block")
        else source["shape"] == value["shape"]
    )
    if source["type"] != value["type"] or not same:
        return f"'{value['name']}' is of another type or shape than '{graph['name']}' reads"
    return None


def scalars_of(section: Section) -> list[dict[str, Any]]:
    """The losses of a step and what rules log, wherever graphs have them: alone, or several in one output."""
    outputs = [output for graph in section["graphs"] for output in graph["outputs"]]
    return [
        held
        for output in outputs
        for held in (output.get("holds", []) if output["role"] == "scalars" else [output])
        if held["role"] in ("loss", "log")
    ]
