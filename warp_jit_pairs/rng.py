"""The seeded generator that every drawing in this package goes through.

`Rng` wraps `random.Random` and uses nothing of it but `random()` and `getrandbits()`, whose streams are the same on
every Python version; `choose`, `shuffle` and the like of the standard library are not promised to stay. Sub-seeds come
from SHA-256, never from `hash()`. What is drawn, and with which weights, is left to the callers.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

SEED_BITS = 64
_MASK = (1 << SEED_BITS) - 1


def sub_seed(seed: int, *names: str | int) -> int:
    """A 64-bit seed that depends on `seed` and on each name, and on nothing else."""
    text = "\x1f".join((str(seed & _MASK), *map(str, names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


class Rng:
    """Draws that are the same for the same seed on every machine and Python version."""

    __slots__ = ("_random", "random", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed & _MASK
        self._random = random.Random(self.seed)
        self.random = self._random.random

    def child(self, *names: str | int) -> Rng:
        """A generator of its own for a named part, independent of what was drawn from this one."""
        return Rng(sub_seed(self.seed, *names))

    def bits(self, count: int) -> int:
        return self._random.getrandbits(count)

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high], both included."""
        if high < low:
            raise ValueError(f"empty range [{low}, {high}]")
        return low + int(self.random() * (high - low + 1))

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def choose(self, items: Sequence[T]) -> T:
        if not items:
            raise ValueError("nothing to choose from")
        return items[int(self.random() * len(items))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """A key of `weights`, drawn in proportion to its value; the mapping's own order counts."""
        total = sum(weights.values())
        if total <= 0.0:
            raise ValueError("no positive weight")
        point = self.random() * total
        for item, weight in weights.items():
            point -= weight
            if point < 0.0:
                return item
        return [item for item, weight in weights.items() if weight > 0.0][-1]

    def shuffle(self, items: Sequence[T]) -> list[T]:
        """A shuffled copy."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = int(self.random() * (last + 1))
            result[last], result[other] = result[other], result[last]
        return result

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items in random order."""
        return self.shuffle(items)[:count]
