"""Refuses a stranger's sizes that no run could keep here, before anything of them is allocated."""

import os
from math import prod
from typing import Any

from .errors import UserError
from .start import DTYPES

#: Multiplications that take a core some minutes: orthogonal values are made one vector after the other.
_MOST_TO_START = 2**37


def memory_here() -> int:
    """Bytes that this process may have: those of the machine, or of the container that it runs in."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 2**40
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path) as file:
                limit = file.read().strip()
        except OSError:
            continue
        if limit.isdigit() and 0 < int(limit) < machine:
            return int(limit)
    return machine


def _bytes_of(values: list[dict[str, Any]]) -> int:
    return sum(prod(each["shape"]) * DTYPES[each["type"]].itemsize for each in values)


def _work_to_start(parameter: dict[str, Any]) -> int:
    """Each vector is made orthogonal to all before it, twice."""
    rows, *others = parameter["shape"] or [1]
    columns = prod(others)
    return 2 * min(rows, columns) ** 2 * max(rows, columns)


def require_room(section: dict[str, Any], steps: int, place: str) -> None:
    """
    :param steps: in a run
    :param place: the section, as the message has it
    :raises UserError: ('BundleError') that tells the bytes
    """
    kept = _bytes_of([*section["parameters"], *section["states"]])
    made = [each for graph in section["graphs"] for each in graph["outputs"] if "updates" not in each]
    own = {each["name"] for each in made}
    given = [
        each
        for graph in section["graphs"]
        for each in graph["inputs"]
        if each["role"] not in ("parameter", "state", "activity") and each["name"] not in own
    ]
    needed = kept + steps * (_bytes_of(given) + _bytes_of(made))
    here = memory_here()
    if needed > here:
        raise UserError(
            "BundleError",
            f"{place} takes {needed} bytes, and this machine has {here} of memory",
            "Use a smaller program, or a larger machine; if it was smaller, the file is damaged: compile it again.",
        )
    work = sum(_work_to_start(each) for each in section["parameters"] if each["init"]["kind"] == "orthogonal")
    if work > _MOST_TO_START:
        raise UserError(
            "BundleError",
            f"{place} has orthogonal starting values that take {work} multiplications",
            f"No more than {_MOST_TO_START} are done. Give large parameters another start, such as normal values.",
        )
