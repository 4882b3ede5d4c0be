"""The numbers of a step that its place in the run decides, in float64."""

import math
from typing import Any

from .elementary import cosine_of_half_turns, whole_power

#: A rounded product such as 0.1 × 30 still names step 3.
_NEARLY = 1e-9


def learning_rate(rate: dict[str, Any], step: int, total: int) -> float:
    """The learning rate of a step (from 0) of ``total``."""
    return float(_RATES[rate["kind"]](rate, step, total))


def _constant(rate: dict[str, Any], step: int, total: int) -> float:
    return rate["lr"]


def _step(rate: dict[str, Any], step: int, total: int) -> float:
    drops = math.floor(step / (rate["every"] * total) + _NEARLY)
    return rate["lr"] * whole_power(rate["factor"], drops)


def _cosine(rate: dict[str, Any], step: int, total: int) -> float:
    lr, final = rate["lr"], rate["final"]
    warmup = math.floor(rate["warmup"] * total + 0.5)
    if step < warmup:
        return (lr * (step + 1)) / warmup
    progress = min(1.0, (step - warmup) / max(1, total - warmup))
    return lr * (final + ((1 - final) * (1 + cosine_of_half_turns(progress))) / 2)


def _between(a: float, b: float, share: float) -> float:
    return b if share == 1 else a + (b - a) * share


def _points(rate: dict[str, Any], step: int, total: int) -> float:
    scale = total if rate["unit"] == "run" else 1
    places = [(place * scale, lr) for place, lr in rate["points"]]
    later = next((i for i, (place, _) in enumerate(places) if place > step + _NEARLY), None)
    if later is None:
        return places[-1][1]
    if later == 0:
        return places[0][1]
    (start, before), (end, after) = places[later - 1], places[later]
    if rate["between"] == "steps":
        return before
    return _between(before, after, max(0, step - start) / (end - start))


def _table(rate: dict[str, Any], step: int, total: int) -> float:
    values = rate["values"]
    place = (min(step, total) * (len(values) - 1)) / total
    first = min(math.floor(place), len(values) - 2)
    return _between(values[first], values[first + 1], place - first)


_RATES = {"constant": _constant, "step": _step, "cosine": _cosine, "points": _points, "table": _table}


def average_weight(average: dict[str, Any], step: int, total: int) -> float:
    """How much the weights that a step (from 0) leaves count in their average: (1 - w) · average + w · weights."""
    if average["kind"] == "ema":
        return 1.0 if step == 0 else 1 - average["decay"]
    first = math.ceil(average["from"] * total - _NEARLY)
    return 1.0 if step <= first else 1 / (step - first + 1)
