"""What parameters and states start with."""

from math import prod
from typing import Any, Iterator

import numpy as np

from .errors import UserError
from .streams import Stream, stream

DTYPES = {
    "float16": np.dtype("<f2"),
    "float32": np.dtype("<f4"),
    "float64": np.dtype("<f8"),
    "int64": np.dtype("<i8"),
    "uint8": np.dtype("u1"),
    "bool": np.dtype("?"),
}


def is_allocable(shape: list[int]) -> bool:
    """Whether numpy has such arrays: it multiplies all axes but those of length 0."""
    return len(shape) <= 32 and prod(axis for axis in shape if axis) < 2**53


def initialise(parameter: dict[str, Any], seed: int) -> np.ndarray:
    """The value that a parameter of the manifest starts with: made in float64, then rounded to its type.

    :raises UserError: ('BundleError') for types and shapes that cannot be started so
    """
    name, type_, shape, init = (parameter[key] for key in ("name", "type", "shape", "init"))
    if type_ not in ("float32", "float64"):
        raise UserError(
            "BundleError", f"parameter '{name}' is {type_}, and only float32 and float64 can be started"
        )
    random = stream(seed, f"parameter {name}")
    return _STARTS[init["kind"]](parameter, init, prod(shape), random).reshape(shape).astype(DTYPES[type_])


def _constant(_: Any, init: dict[str, Any], count: int, random: Stream) -> np.ndarray:
    return np.full(count, init["value"], np.float64)


def _uniform(_: Any, init: dict[str, Any], count: int, random: Stream) -> np.ndarray:
    return (2 * random.doubles(count) - 1) * init["bound"]


def _normal(_: Any, init: dict[str, Any], count: int, random: Stream) -> np.ndarray:
    return random.normals(count) * init["std"]


def _orthogonal(parameter: dict[str, Any], init: dict[str, Any], count: int, random: Stream) -> np.ndarray:
    if count == 0:
        return np.empty(0)
    rows = parameter["shape"][0] if parameter["shape"] else 1
    columns = count // rows
    vectors = init["gain"] * orthonormal(min(rows, columns), max(rows, columns), random)
    return vectors if rows <= columns else np.ascontiguousarray(vectors.T)


def _identity(parameter: dict[str, Any], init: dict[str, Any], count: int, random: Stream) -> np.ndarray:
    name, shape = parameter["name"], parameter["shape"]
    if len(shape) not in (2, 4):
        raise UserError("BundleError", f"parameter '{name}' {shape} cannot start as an identity")
    rows, columns, height, width = (*shape, 1, 1)[:4]
    values = np.zeros((rows, columns, height * width))
    centre = height // 2 * width + width // 2
    for channel in range(min(rows, columns)):
        values[channel, channel, centre] = init["gain"]
    return values


_STARTS = {
    "constant": _constant,
    "uniform": _uniform,
    "normal": _normal,
    "orthogonal": _orthogonal,
    "identity": _identity,
}


def _quarters(length: int) -> tuple[np.ndarray, int]:
    """Where each number of a vector lies in [4, n]: every fourth beside each other, the last ones with the first.

    What lies between is zero, and stays so: a sum goes along a row, one term after the other.
    """
    quads = length // 4
    size = quads + length % 4
    places = np.arange(length)
    return np.where(places < 4 * quads, places % 4 * size + places // 4, places - 3 * quads), size


def _sum(s: np.ndarray) -> np.ndarray:
    return (s[0] + s[1]) + (s[2] + s[3])


def orthonormal(count: int, length: int, random: Stream) -> np.ndarray:
    """float64 [count, length]: modified Gram-Schmidt on normal vectors, each projected twice.

    Sums are of four parts, each added up in its order, as docs/bundle.md has it; numpy's own would be rounded otherwise.
    """
    places, size = _quarters(length)
    # Vectors that are not found yet, side by side: each that is found is taken out of all of them at once.
    left = np.zeros((4 * size, count))
    left[places] = random.normals(count * length).reshape(count, length).T
    found = np.zeros((count, 4, size))
    for made in range(count):
        vector = left[:, made].reshape(4, size)
        vector = vector / np.sqrt(_dot(vector, vector))
        for earlier in found[:made]:
            vector -= _dot(vector, earlier) * earlier
        vector /= np.sqrt(_dot(vector, vector))
        found[made] = vector
        later = left[:, made + 1 :]
        if later.shape[1] > 0:
            column = vector.reshape(-1, 1)
            terms = (later * column).reshape(4, size, later.shape[1])
            # numpy's reduce adds pairs where one vector is left, accumulate always one term after the other.
            later -= column * _sum(np.add.accumulate(terms, axis=1)[:, -1])
    return found.reshape(count, 4 * size)[:, places]


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _sum(np.add.accumulate(a * b, axis=1)[:, -1])


def start_of(
    section: dict[str, Any], seed: int, names: set[str] | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """Parameters as the seed starts them, and states as they say, one by one.

    :param names: those that are wanted; all unless given
    """
    parameters = {each["name"]: each for each in section["parameters"]}
    for name, parameter in parameters.items():
        if names is None or name in names:
            yield name, initialise(parameter, seed)
    for state in section["states"]:
        name, start = state["name"], state.get("start")
        if names is not None and name not in names:
            continue
        if start is None:
            yield name, np.zeros(state["shape"], DTYPES[state["type"]])
        elif start["kind"] == "copy":
            yield name, initialise(parameters[start["of"]], seed)
        else:
            yield name, initialise({**state, "init": start}, seed)
