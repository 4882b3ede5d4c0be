"""Streams of random numbers: each depends on a seed, a purpose and a step, and on nothing else."""

import hashlib

import numpy as np

from . import jsontext
from .elementary import logarithm
from .xoroshiro import Words


class Stream:
    """A sequence of random numbers; all kinds are taken from one sequence of words."""

    def __init__(self, words: Words) -> None:
        self._words = words
        #: Second halves of pairs of normal numbers, and pairs that were made ahead.
        self._normals = np.empty(0, np.float64)

    def uniforms(self, count: int) -> np.ndarray:
        """float32 [count] in [0, 1), multiples of 2⁻²⁴."""
        high = self._words.take(count) >> np.uint32(8)
        return high.astype(np.float32) * np.float32(2.0**-24)

    def doubles(self, count: int) -> np.ndarray:
        """float64 [count] in [0, 1), multiples of 2⁻⁵³: two words each."""
        words = self._words.take(2 * count)
        high, low = (words[0::2] >> np.uint32(5)).astype(np.float64), (words[1::2] >> np.uint32(6))
        return (high * 2.0**26 + low.astype(np.float64)) * 2.0**-53

    def normals(self, count: int) -> np.ndarray:
        """float64 [count], mean 0 and variance 1, by Marsaglia's polar method.

        Words are taken ahead: after normal numbers, a stream gives nothing but normal numbers.
        """
        parts = [self._normals]
        made = len(self._normals)
        while made < count:
            # A pair takes 4/π tries; somewhat more, so that one round mostly does.
            tries = min(2**18, int((count - made) / 2 * 1.3) + 16)
            x, y = 2 * self.doubles(2 * tries).reshape(tries, 2).T - 1
            square = x * x + y * y
            sound = (square > 0) & (square < 1)
            x, y, square = x[sound], y[sound], square[sound]
            scale = np.sqrt((-2 * logarithm(square)) / square)
            parts.append(np.stack([x * scale, y * scale], axis=1).reshape(-1))
            made += len(parts[-1])
        all_of_them = np.concatenate(parts)
        self._normals = all_of_them[count:]
        return all_of_them[:count]

    def integers(self, below: int, count: int) -> np.ndarray:
        """int64 [count] in [0, below), ``below`` at most 2³². Takes words ahead, as ``normals``."""
        most = _accepted(below)
        parts = []
        made = 0
        while made < count:
            words = self._turned(count - made)
            sound = words[words < most]
            parts.append(sound % below)
            made += len(sound)
        return np.concatenate(parts)[:count] if parts else np.empty(0, np.int64)

    def shuffled(self, count: int) -> np.ndarray:
        """uint32 [count]: the numbers from 0 in a random order (Fisher and Yates, from the last place down)."""
        order = list(range(count))
        last = count - 1
        while last > 0:
            below = np.arange(last + 1, 1, -1, dtype=np.int64)
            words = self._turned(len(below))
            refused = np.flatnonzero(words >= _accepted_each(below))
            sound = len(words) if len(refused) == 0 else int(refused[0])
            for other in (words[:sound] % below[:sound]).tolist():
                order[last], order[other] = order[other], order[last]
                last -= 1
            if sound < len(words):
                # The refused word is passed over; those after it serve the places after.
                self._put_back(words[sound + 1 :])
        return np.array(order, np.uint32)

    def _turned(self, count: int) -> np.ndarray:
        """Words with their highest bit turned, as int64: signed words counted from the least."""
        back = self._back[:count] if self._back is not None else np.empty(0, np.int64)
        self._back = None if self._back is None or len(self._back) <= count else self._back[count:]
        fresh = self._words.take(count - len(back)).astype(np.int64) ^ 0x80000000
        return np.concatenate([back, fresh]) if len(back) else fresh

    def _put_back(self, words: np.ndarray) -> None:
        self._back = words if self._back is None else np.concatenate([words, self._back])

    _back: np.ndarray | None = None


def _accepted(below: int) -> int:
    """Words from there on are passed over, so that each remainder is equally likely."""
    return (2**32 // below) * below if below > 2 else 2**32


def _accepted_each(below: np.ndarray) -> np.ndarray:
    return np.where(below > 2, (2**32 // below) * below, 2**32)


def key(seed: int, purpose: str, step: int) -> str:
    """The text whose SHA-256 a stream begins with."""
    return jsontext.dumps([seed, purpose, step])


def stream(seed: int, purpose: str, step: int = 0) -> Stream:
    """The stream of a seed, a purpose and a step."""
    digest = hashlib.sha256(key(seed, purpose, step).encode("utf-8")).digest()
    words = [int.from_bytes(digest[at : at + 4], "little") for at in (0, 4, 8, 12)]
    return Stream(Words(words[0] << 32 | words[1], words[2] << 32 | words[3]))
