"""The manifest of a bundle, as docs/bundle.md describes it."""

from typing import Any

from .errors import shown
from .schema import (
    Wrong,
    boolean,
    by_kind,
    fields,
    list_of,
    literal,
    number,
    one_of,
    pair,
    pattern,
    record_of,
    text,
    whole,
)
from .start import is_allocable

VERSION = 4

_name = text(2000, 1)


def _shape(value: Any, place: str) -> None:
    list_of(whole())(value, place)
    if not is_allocable(value):
        raise Wrong(f"{shown(place)}: is larger than any memory")


_dtype = literal("float16", "float32", "float64", "int64", "uint8", "bool")
_hash = pattern("[0-9a-f]{64}")
_numbers = list_of(number())
_true = literal(True)

INPUT_ROLES = (
    *("parameter", "state", "draw", "activity", "views", "images"),
    *("features", "labels", "rate", "step", "average"),
)
OUTPUT_ROLES = (
    *("parameter", "state", "activity", "views", "features", "logits"),
    *("products", "loss", "scalars", "log", "gradient", "alignment"),
)

_value = {"name": _name, "type": _dtype, "shape": _shape}
_placed = {"layout": literal("pixel-major"), "block": _true}
_input = fields({**_value, "role": literal(*INPUT_ROLES)}, _placed)
_output = fields(
    {**_value, "role": literal(*OUTPUT_ROLES)},
    {
        **_placed,
        **{"updates": _name, "layer": _name, "log": _name},
        "of": fields({"parameter": _name, "side": literal("local", "global")}),
        "holds": list_of(
            fields({"name": _name, "role": literal("loss", "log")}, {"layer": _name, "log": _name})
        ),
    },
)
_graph = fields(
    {
        "name": _name,
        "file": pattern(r"[A-Za-z0-9_.-]+\.onnx"),
        "sha256": _hash,
        "inputs": list_of(_input),
        "outputs": list_of(_output),
        "cost": fields(
            {"nodes": whole(), "flops": number(0), "parameterBytes": number(0), "activationBytes": number(0)},
            {"peakBytes": number(0)},
        ),
    },
    {"bytes": whole(1), "blocks": whole(1)},
)

_init = by_kind(
    {
        "constant": {"value": number()},
        "uniform": {"bound": number(0)},
        "normal": {"std": number(0)},
        "orthogonal": {"gain": number()},
        "identity": {"gain": number()},
    }
)
_start = by_kind({"constant": {"value": number()}, "copy": {"of": _name}})
_draw = by_kind(
    {
        "uniform": {"name": _name, "type": literal("float32"), "shape": _shape},
        "negatives": {"name": _name, "type": literal("int64"), "shape": _shape, "images": whole(1)},
    }
)
_rate = by_kind(
    {
        "constant": {"lr": number()},
        "step": {"lr": number(), "every": number(above=0), "factor": number()},
        "cosine": {"lr": number(), "warmup": number(), "final": number()},
        "points": {
            "lr": number(),
            "points": list_of(pair(number(0), number(0)), 1),
            "unit": literal("run", "step"),
            "between": literal("lines", "steps"),
        },
        "table": {"lr": number(), "values": list_of(number(0), 2)},
    }
)
_average = by_kind({"ema": {"decay": number(0, 1)}, "swa": {"from": number(below=1, above=0)}})

_scaling = fields(
    {
        **{"every": whole(1), "growAfter": whole(1), "smallest": number(above=0), "largest": number(above=0)},
        "blocks": list_of(fields({"layer": _name, "steps": _name, "skipped": _name}, {"scale": _name})),
    }
)

_owned = {**_value, "layer": _name}
_section = fields(
    {
        "batch": whole(1),
        "stepsPerRun": whole(1),
        "parameters": list_of(fields({**_owned, "init": _init}, {"constant": _true})),
        "states": list_of(fields(_owned, {"start": _start, "averages": _name, "constant": _true})),
        "draws": list_of(_draw),
        "graphs": list_of(_graph),
        "schedule": list_of(fields({"graph": _name, "drop": list_of(_name)})),
    },
    {"rate": _rate, "average": _average, "scaling": _scaling},
)

_option = one_of(number(), boolean, text(), _numbers)
_layer = fields(
    {"name": _name, "summary": text(), "shape": _shape},
    {"from": list_of(_name), "join": literal("concat", "add"), "frozen": _true},
)
_image = fields(
    {
        **{"channels": whole(1), "height": whole(1), "width": whole(1), "pad": whole(), "classes": whole(1)},
        **{"mean": _numbers, "std": _numbers},
    },
    {"type": literal("float32")},
)
_program = fields(
    {
        **{"name": _name, "rule": text(), "credit": text(), "dtype": _dtype, "fused": boolean},
        **{"input": _image, "views": list_of(_name), "layers": list_of(_layer)},
        "optimizer": record_of(one_of(text(), number(), boolean, _numbers, list_of(text()))),
    },
    {"options": record_of(_option), "precision": literal("mixed")},
)
_probe = fields(
    {
        **{"name": _name, "features": list_of(_name), "dimension": whole(1)},
        **{"train": _section, "classify": _section},
    },
    {"products": _section},
)
_export = one_of(
    fields(
        {
            "section": _section,
            "normalised": _name,
            "outputs": list_of(
                fields(
                    {
                        "layer": _name,
                        "kind": literal("features", "spatial", "maps", "logits"),
                        "output": _name,
                    }
                )
            ),
        }
    ),
    fields({"impossible": text(lines=True)}),
)
#: What only people read of it: not looked into.
_told: Any = lambda value, place: None

check_manifest = fields(
    {
        "format": literal("hebb-bundle"),
        "version": literal(VERSION),
        "compiler": text(),
        "identity": _hash,
        "program": _program,
        **{"train": _section, "augment": _section, "encode": _section},
        "probes": list_of(_probe),
        "locality": _told,
    },
    {
        # Trains whole batches: those dealt to shards are hebb's alone.
        "sharded": _told,
        **{"logits": _section, "validation": _section, "export": _export, "lowering": _told},
    },
)


def sections_of(manifest: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """All sections of a bundle, each with its name."""
    names = [name for name in ("train", "augment", "encode", "logits", "validation") if name in manifest]
    export = manifest.get("export", {})
    return [
        *((name, manifest[name]) for name in names),
        *([("export", export["section"])] if "section" in export else []),
        *(
            (f"probe {probe['name']}", probe[part])
            for probe in manifest["probes"]
            for part in ("train", "classify", "products")
            if part in probe
        ),
    ]
