"""Values that are changed block by block."""

from math import prod

import numpy as np

from .device import Device, Tensor
from .start import DTYPES


class SlidingValue:
    """A value that a graph changes block by block: memory for one block more than it has, along which it slides."""

    def __init__(self, device: Device, type_: str, shape: list[int], size: int) -> None:
        self.shape, self.size = shape, size
        self.memory = device.allocate(type_, [prod(shape) + size])
        self.first = True

    @property
    def current(self) -> Tensor:
        start = self.size if self.first else 0
        return Tensor(self.memory.type, self.shape, self.memory.memory, start)

    def block(self, index: int, shape: list[int]) -> tuple[Tensor, Tensor]:
        """Of a block what it is, and where its new value goes: the place of the neighbour that was read."""
        now, new = (index + 1, index) if self.first else (index, index + 1)
        return self.memory.part(now, shape), self.memory.part(new, shape)

    def write(self, values: np.ndarray) -> None:
        whole = np.zeros(self.memory.count, DTYPES[self.memory.type])
        start = self.current.start
        whole[start : start + prod(self.shape)] = values.reshape(-1)
        self.memory.memory.write(whole)
