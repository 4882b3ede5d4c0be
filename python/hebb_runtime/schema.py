"""What a manifest may say: every field, and nothing else. A stranger's file is looked at before anything is made of it."""

import math
import re
import sys
from typing import Any, Callable

from .errors import shown

Check = Callable[[Any, str], None]


class Wrong(ValueError):
    """``layers.0.shape: is no list of whole numbers from 0``."""


def _fail(place: str, problem: str) -> Any:
    raise Wrong(f"{shown(place)}: {problem}" if place else problem)


def text(longest: int = 100_000, least: int = 0, lines: bool = False) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or not least <= len(value) <= longest:
            _fail(place, f"is no text of {least} to {longest} characters")
        plain = value.replace("\n", "") if lines else value
        if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in plain):
            _fail(place, "holds control characters")

    return check


def pattern(expression: str) -> Check:
    known = re.compile(expression)

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or known.fullmatch(value) is None:
            _fail(place, f"does not match {expression}")

    return check


def whole(least: int = 0) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**53:
            _fail(place, f"is no whole number from {least}")

    return check


def number(least: float = -math.inf, below: float = math.inf, above: float = -math.inf) -> Check:
    def check(value: Any, place: str) -> None:
        # math.isfinite takes no whole number that no float64 is as large as.
        known = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not known or not abs(value) <= sys.float_info.max:
            _fail(place, "is no number")
        if not (least <= value < below and value > above):
            _fail(place, "is out of range")

    return check


def literal(*known: Any) -> Check:
    def check(value: Any, place: str) -> None:
        if not any(type(value) is type(each) and value == each for each in known):
            _fail(place, f"is none of {', '.join(map(str, known))}")

    return check


def boolean(value: Any, place: str) -> None:
    if not isinstance(value, bool):
        _fail(place, "is neither true nor false")


def list_of(item: Check, least: int = 0) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) < least:
            _fail(place, "is no list" if least == 0 else f"is no list of at least {least}")
        for i, each in enumerate(value):
            item(each, f"{place}.{i}")

    return check


def pair(first: Check, second: Check) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) != 2:
            _fail(place, "is no pair")
        first(value[0], f"{place}.0")
        second(value[1], f"{place}.1")

    return check


def record_of(item: Check) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            _fail(place, "is no object")
        for name, each in value.items():
            item(each, f"{place}.{name}")

    return check


def fields(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    may = optional or {}

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            _fail(place, "is no object")
        inside = f"{place}." if place else ""
        for name in required:
            if name not in value:
                _fail(f"{inside}{name}", "is missing")
        for name, each in value.items():
            known = required.get(name) or may.get(name)
            if known is None:
                _fail(f"{inside}{name}", "is not known")
            else:
                known(each, f"{inside}{name}")

    return check


def one_of(*checks: Check) -> Check:
    def check(value: Any, place: str) -> None:
        problem: Wrong | None = None
        for each in checks:
            try:
                return each(value, place)
            except Wrong as error:
                problem = problem or error
        raise problem or Wrong(place)

    return check


def by_kind(kinds: dict[str, dict[str, Check]], optional: dict[str, Check] | None = None) -> Check:
    def check(value: Any, place: str) -> None:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            return _fail(place, f"has a kind that is none of {', '.join(kinds)}")
        fields({"kind": literal(kind), **kinds[kind]}, optional)(value, place)

    return check
