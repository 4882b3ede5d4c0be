"""The words of xoroshiro128+, many at a time.

The generator is a sequence, and a loop in Python makes a million words a second. But its state moves by a linear map
over GF(2), so that a state many steps ahead is an exclusive or of known columns: the sequence is cut into lanes, whose
first states are found so, and all lanes are moved at once by numpy.
"""

from functools import lru_cache

import numpy as np

_MASK = (1 << 64) - 1
#: Words that a plain loop makes sooner than lanes are set up.
_FEW = 48
#: Lanes and the most steps of each: little to set up for thousands of words, and for millions.
_SHORT, _LONG = (128, 128), (2048, 512)


def _rotated(x: int, by: int) -> int:
    return ((x << by) | (x >> (64 - by))) & _MASK


class Words:
    """A generator at a state of two 64-bit numbers."""

    def __init__(self, s0: int, s1: int) -> None:
        self._state = (s0, s1)

    def take(self, count: int) -> np.ndarray:
        """The next words, uint32 [count]: the lower half of each sum."""
        if count <= _FEW:
            return self._few(count)
        out = np.empty(count, np.uint32)
        done = 0
        while done < count:
            done += self._many(out[done:])
        return out

    def _few(self, count: int) -> np.ndarray:
        s0, s1 = self._state
        words = []
        for _ in range(count):
            words.append((s0 + s1) & 0xFFFFFFFF)
            s1 ^= s0
            s0 = _rotated(s0, 24) ^ s1 ^ ((s1 << 16) & _MASK)
            s1 = _rotated(s1, 37)
        self._state = (s0, s1)
        return np.array(words, np.uint32)

    def _many(self, out: np.ndarray) -> int:
        """Fills as much of ``out`` as one round of lanes makes; returns how much."""
        lanes, most = _SHORT if len(out) <= _SHORT[0] * _SHORT[1] else _LONG
        steps = 1
        while steps < most and steps * lanes < len(out):
            steps *= 2
        s0, s1 = _lane_states(self._state, lanes, steps)
        words = np.empty((steps, lanes), np.uint32)
        for row in words:
            np.add(s0, s1, out=row, casting="unsafe")
            s0, s1 = _moved(s0, s1)
        made = min(len(out), steps * lanes)
        whole, rest = divmod(made, steps)
        out[: whole * steps].reshape(whole, steps)[:] = words[:, :whole].T
        if rest > 0:
            out[whole * steps : made] = words[:rest, whole]
            # Where the next word begins: some steps into the last lane that was begun.
            at = _lane_states(self._state, lanes, steps)
            left = Words(int(at[0][whole]), int(at[1][whole]))
            left.take(rest)
            self._state = left._state
        elif whole == lanes:
            self._state = (int(s0[-1]), int(s1[-1]))
        else:
            at = _lane_states(self._state, lanes, steps)
            self._state = (int(at[0][whole]), int(at[1][whole]))
        return made


def _moved(s0: np.ndarray, s1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a = s0 ^ s1
    t = (s0 << np.uint64(24)) | (s0 >> np.uint64(40))
    t ^= a
    t ^= a << np.uint64(16)
    return t, (a << np.uint64(37)) | (a >> np.uint64(27))


def _bits(s0: np.ndarray, s1: np.ndarray) -> np.ndarray:
    """bool [128, …]: which columns a state is the exclusive or of."""
    shifts = np.arange(64, dtype=np.uint64).reshape(64, *([1] * s0.ndim))
    one = np.uint64(1)
    return np.concatenate([(s0 >> shifts) & one, (s1 >> shifts) & one]).astype(bool)


def _apply(columns: np.ndarray, s0: np.ndarray, s1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A linear map, given as what it makes of the 128 unit states [128, 2], on states."""
    r0, r1 = np.zeros_like(s0), np.zeros_like(s1)
    for bit, (c0, c1) in zip(_bits(s0, s1), columns):
        r0 ^= np.where(bit, c0, np.uint64(0))
        r1 ^= np.where(bit, c1, np.uint64(0))
    return r0, r1


def _units() -> tuple[np.ndarray, np.ndarray]:
    one = np.uint64(1) << np.arange(64, dtype=np.uint64)
    zero = np.zeros(64, np.uint64)
    return np.concatenate([one, zero]), np.concatenate([zero, one])


@lru_cache(maxsize=None)
def _jump(steps: int) -> np.ndarray:
    """Columns [128, 2] of the map of so many steps, a power of two."""
    if steps == 1:
        return np.stack(_moved(*_units()), axis=1)
    half = _jump(steps // 2)
    return np.stack(_apply(half, half[:, 0].copy(), half[:, 1].copy()), axis=1)


@lru_cache(maxsize=16)
def _lane_columns(lanes: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """What each of the 128 unit states is at the beginning of each lane, [128, lanes]."""
    s0, s1 = (each.reshape(128, 1) for each in _units())
    while s0.shape[1] < lanes:
        later = _apply(_jump(steps * s0.shape[1]), s0, s1)
        s0, s1 = np.concatenate([s0, later[0]], axis=1), np.concatenate([s1, later[1]], axis=1)
    return s0, s1


def _lane_states(state: tuple[int, int], lanes: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    c0, c1 = _lane_columns(lanes, steps)
    s0, s1 = state
    there = [i for i in range(128) if ((s0 >> i) if i < 64 else (s1 >> (i - 64))) & 1]
    return np.bitwise_xor.reduce(c0[there], axis=0), np.bitwise_xor.reduce(c1[there], axis=0)
