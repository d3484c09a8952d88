"""An index that finds, among the programs seen so far, a near-duplicate of the next one.

MinHash signatures cut into bands propose candidates (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, ch. 3);
an exact Jaccard index of the shingle sets decides, so that no different program is ever taken for a duplicate. With
32 bands of 6 rows a pair at the threshold of 0.7 is proposed with probability 0.98, one at 0.8 with 1 - 5e-5.

The index keeps 256 bytes a program and no shingles: it asks for those of a proposed program by its number. The hashes
are written out here instead of being a library's because the plan, and with it every record, depends on their values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .identity import NEAR_DUPLICATE, Shingles, jaccard

BANDS = 32
ROWS = 6
_RECENT = 2048

_Entries = npt.NDArray[np.uint64]


def _odd_constants(count: int, start: int) -> npt.NDArray[np.uint64]:
    """Pseudo-random odd 64-bit constants from splitmix64 (Steele, Lea, Flood 2014), the same on every machine."""
    state, found = start, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) % 2**64
        found.append((mixed ^ (mixed >> 31)) | 1)
    return np.array(found, dtype=np.uint64)


_FACTORS = _odd_constants(BANDS * ROWS, 1)
_OFFSETS = _odd_constants(BANDS * ROWS, 2)
_MIX = _odd_constants(ROWS, 3)
_BAND_OFFSETS = _odd_constants(BANDS, 4)


def band_keys(shingles: Shingles) -> npt.NDArray[np.uint32]:
    """The 32 band keys of a shingle set: two sets share a key if the MinHash values of one band all agree."""
    hashed = shingles[:, None] * _FACTORS
    hashed += _OFFSETS
    minima = (hashed >> np.uint64(32)).min(axis=0).reshape(BANDS, ROWS)
    mixed = ((minima + np.uint64(1)) * _MIX).sum(axis=1, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _BAND_OFFSETS
    keys: npt.NDArray[np.uint32] = (mixed >> np.uint64(32)).astype(np.uint32)
    return keys


class NearDuplicates:
    """Programs numbered 0, 1, 2 … in the order they are added.

    Entries, one a band, are (key << 32 | number): the recent ones in a dictionary, older ones in sorted runs that
    are merged when two have one size, so that a look-up is a handful of binary searches.
    """

    def __init__(self, shingles_of: Callable[[int], Shingles]) -> None:
        """`shingles_of(number)` gives the shingles of a program that was added earlier."""
        self._shingles_of = shingles_of
        self._count = 0
        self._recent: dict[int, list[int]] = {}
        self._runs: list[_Entries] = []
        self.compared = 0

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes that the sorted runs take."""
        return sum(run.nbytes for run in self._runs)

    def find(self, shingles: Shingles, keys: npt.NDArray[np.uint32]) -> int | None:
        """The lowest number of an added program that is a near-duplicate of this one, or None."""
        for number in sorted(self._candidates(keys)):
            self.compared += 1
            other = self._shingles_of(number)
            sizes = len(shingles), len(other)
            if min(sizes) >= NEAR_DUPLICATE * max(sizes) and jaccard(shingles, other) >= NEAR_DUPLICATE:
                return number
        return None

    def add(self, keys: npt.NDArray[np.uint32]) -> int:
        """Add a program by its band keys and return its number."""
        number = self._count
        for key in keys.tolist():
            self._recent.setdefault(key, []).append(number)
        self._count += 1
        if self._count % _RECENT == 0:
            self._settle()
        return number

    def _candidates(self, keys: npt.NDArray[np.uint32]) -> set[int]:
        found = {number for key in keys.tolist() for number in self._recent.get(key, ())}
        low = keys.astype(np.uint64) << np.uint64(32)
        high = low | np.uint64(0xFFFFFFFF)
        for run in self._runs:
            starts, stops = np.searchsorted(run, low), np.searchsorted(run, high, side="right")
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
                found.update((run[start:stop] & np.uint64(0xFFFFFFFF)).tolist())
        return found

    def _settle(self) -> None:
        entries = [key << 32 | number for key, numbers in self._recent.items() for number in numbers]
        self._runs.append(np.sort(np.array(entries, dtype=np.uint64)))
        self._recent = {}
        while len(self._runs) > 1 and len(self._runs[-1]) >= len(self._runs[-2]):
            self._runs[-2:] = [np.sort(np.concatenate(self._runs[-2:]), kind="stable")]
