"""Memory where graphs run: of the machine, or of a GPU. State stays there; what is read of it is copied."""

from dataclasses import dataclass
from math import prod

import numpy as np

from .start import DTYPES


@dataclass(frozen=True)
class Device:
    """A device as onnxruntime names it: ``cpu``, or ``cuda`` and its number."""

    kind: str = "cpu"
    number: int = 0

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.number}"

    def allocate(self, type_: str, shape: list[int]) -> "Tensor":
        """A tensor of any content."""
        return Tensor(type_, list(shape), Memory(self, type_, prod(shape)), 0)


class Memory:
    """Numbers of one type beside each other."""

    def __init__(self, device: Device, type_: str, count: int) -> None:
        import onnxruntime as ort

        self.device = device
        self.type = type_
        self.count = count
        self._value = ort.OrtValue.ortvalue_from_shape_and_type(
            [count], DTYPES[type_].type, device.kind, device.number
        )

    @property
    def address(self) -> int:
        return self._value.data_ptr()

    def write(self, values: np.ndarray) -> None:
        flat = np.ascontiguousarray(values, DTYPES[self.type]).reshape(-1)
        self._value.update_inplace(flat)

    def read(self) -> np.ndarray:
        return self._value.numpy()


@dataclass(frozen=True)
class Tensor:
    """A part of a memory, from an element on."""

    type: str
    shape: list[int]
    memory: Memory
    start: int

    @property
    def address(self) -> int:
        return self.memory.address + self.start * DTYPES[self.type].itemsize

    @property
    def count(self) -> int:
        return prod(self.shape)

    def shaped(self, shape: list[int]) -> "Tensor":
        """The same numbers in the same order."""
        return Tensor(self.type, list(shape), self.memory, self.start)

    def part(self, index: int, shape: list[int]) -> "Tensor":
        """One of equal parts."""
        return Tensor(self.type, list(shape), self.memory, self.start + index * prod(shape))

    def numpy(self) -> np.ndarray:
        """A copy of its numbers."""
        return self.memory.read()[self.start : self.start + self.count].reshape(self.shape)


class Spare:
    """Memory for new values: a graph must not write where it reads, and what was read serves the next graph."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._free: dict[tuple[str, int], list[Memory]] = {}

    def take(self, type_: str, shape: list[int]) -> Tensor:
        free = self._free.get((type_, prod(shape)))
        memory = free.pop() if free else Memory(self._device, type_, prod(shape))
        return Tensor(type_, list(shape), memory, 0)

    def give(self, tensor: Tensor) -> None:
        self._free.setdefault((tensor.type, tensor.count), []).append(tensor.memory)
