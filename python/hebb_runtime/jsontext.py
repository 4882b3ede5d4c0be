"""JSON as JavaScript writes it, byte for byte, and a strict reader: checksums are taken of such text."""

import json
import math
import re
from typing import Any

from .errors import shown

DEEPEST = 64
MOST_VALUES = 500_000


def number_text(value: float | int) -> str:
    """A number as ECMAScript's Number::toString has it: the shortest digits that are read as the same float64."""
    number = float(value)
    if not math.isfinite(number):
        return "null"
    if number == 0:
        return "0"
    sign, digits, exponent = _digits(number)
    places = len(digits)
    point = exponent + places
    if places <= point <= 21:
        body = digits + "0" * (point - places)
    elif 0 < point <= 21:
        body = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        body = f"0.{'0' * -point}{digits}"
    else:
        power = point - 1
        rest = f".{digits[1:]}" if places > 1 else ""
        body = f"{digits[0]}{rest}e{'+' if power > 0 else '-'}{abs(power)}"
    return sign + body


def _digits(number: float) -> tuple[str, str, int]:
    """Sign, digits without zeros at either end, and the power of ten that they are multiples of."""
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?", repr(number))
    assert match is not None
    sign, whole, fraction, power = match.groups()
    fraction = fraction or ""
    exponent = int(power or 0) - len(fraction)
    digits = (whole + fraction).lstrip("0")
    stripped = digits.rstrip("0")
    return sign, stripped, exponent + len(digits) - len(stripped)


_HALF = re.compile("[\ud800-\udfff]")
_INDEX = re.compile(r"0|[1-9]\d{0,9}")


def _is_index(name: str) -> bool:
    return _INDEX.fullmatch(name) is not None and int(name) < 2**32 - 1


def in_order(names: Any) -> list[str]:
    """Names of an object in the order in which JavaScript lists them: whole numbers first, by size."""
    listed = list(names)
    return sorted((n for n in listed if _is_index(n)), key=int) + [n for n in listed if not _is_index(n)]


def dumps(value: Any, indent: int | None = None, _level: int = 0) -> str:
    """``JSON.stringify(value)``, or with an indent ``JSON.stringify(value, null, indent)``."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, str):
        # Halves of pairs have no UTF-8.
        return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        colon = ": " if indent else ":"
        parts = [
            dumps(name) + colon + dumps(value[name], indent, _level + 1) for name in in_order(value.keys())
        ]
        brackets = "{}"
    else:
        parts = [dumps(each, indent, _level + 1) for each in value]
        brackets = "[]"
    if not parts:
        return brackets
    if not indent:
        return f"{brackets[0]}{','.join(parts)}{brackets[1]}"
    inner, outer = "\n" + " " * (indent * (_level + 1)), "\n" + " " * (indent * _level)
    return f"{brackets[0]}{inner}{(',' + inner).join(parts)}{outer}{brackets[1]}"


class NotJson(ValueError):
    """Goes on after the name of a file: ``is not JSON``, ``says "x" twice in one object``."""


def loads(text: bytes) -> Any:
    """Reads JSON of a stranger: no name twice in an object, no deep nesting, no number that is none.

    :raises NotJson: with what is wrong
    """
    count = 0

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal count
        count += len(items)
        if count > MOST_VALUES:
            raise NotJson(f"holds more than {MOST_VALUES} values")
        made: dict[str, Any] = {}
        for name, value in items:
            if name in made:
                raise NotJson(f'says "{shown(name)}" twice in one object')
            made[name] = value
        return made

    def none(_: str) -> Any:
        raise NotJson("is not JSON")

    def number(digits: str) -> float | int:
        # To JavaScript all numbers are float64, and 8.0 is 8; of -0 the sign is kept.
        value = float(digits)
        if not math.isfinite(value):
            raise NotJson("holds a number that is too large")
        is_whole = value.is_integer() and abs(value) < 2**53
        return int(value) if is_whole and (value != 0 or digits[0] != "-") else value

    try:
        decoded = text.decode("utf-8")
        _require_shallow(decoded)
        hooks: dict[str, Any] = {"object_pairs_hook": pairs, "parse_constant": none}
        return json.loads(decoded, parse_float=number, parse_int=number, **hooks)
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("is not JSON") from None


_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]|,')


def _require_shallow(text: str) -> None:
    depth, values = 0, 1
    for match in _STRUCTURE.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                raise NotJson(f"nests more than {DEEPEST} objects and lists")
        elif mark in "]}":
            depth -= 1
        elif mark == ",":
            values += 1
            if values > MOST_VALUES:
                raise NotJson(f"holds more than {MOST_VALUES} values")
