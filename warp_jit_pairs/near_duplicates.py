"""An index of the programs seen so far that finds those which repeat an earlier one, in structure or nearly in text.

MinHash signatures cut into bands propose candidates (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, ch. 3);
an exact Jaccard index of the shingle sets decides, so that no different program is ever taken for a duplicate. With
32 bands of 6 rows a pair at the threshold of 0.7 is proposed with probability 0.98, one at 0.8 with 1 - 5e-5.

Structures, band keys and shingles go to a temporary file, a block of programs at a time; memory keeps 8 bytes a
program. A new block is compared with the old ones key by key, so that the file is read from front to back. The hashes
are written out here instead of being a library's because the plan, and with it every record, depends on their values.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType

import numpy as np
import numpy.typing as npt

from .identity import NEAR_DUPLICATE, Shingles, jaccard, shingles, structural_hash

BANDS = 32
ROWS = 6

_PREFIX_BITS = 20
"""Keys are first looked up by so many of their bits, in a table that fits a processor's cache."""

_Keys = npt.NDArray[np.uint32]
_Numbers = npt.NDArray[np.intp]


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


def band_keys(shingles: Shingles) -> _Keys:
    """The 32 band keys of a shingle set: two sets share a key if the MinHash values of one band all agree."""
    hashed = shingles[:, None] * _FACTORS
    hashed += _OFFSETS
    minima = (hashed >> np.uint64(32)).min(axis=0).reshape(BANDS, ROWS)
    mixed = ((minima + np.uint64(1)) * _MIX).sum(axis=1, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _BAND_OFFSETS
    keys: _Keys = (mixed >> np.uint64(32)).astype(np.uint32)
    return keys


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of a program."""

    structure: str
    """Its structural hash, 32 hex digits."""
    shingles: Shingles
    keys: _Keys

    @classmethod
    def of(cls, source: str) -> Sketch:
        """The sketch of a Python source."""
        found = shingles(source)
        return cls(structural_hash(source), found, band_keys(found))


@dataclass(slots=True)
class Twins:
    """The earlier programs that one repeats, perhaps: by number, ascending."""

    same: list[int] = field(default_factory=list)
    """Those of the same structure."""
    proposed: list[int] = field(default_factory=list)
    """Those that share a band key; `SeenPrograms.is_near` decides."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the programs `first`, `first + 1` … of one call of `add` are in the file."""

    first: int
    place: int
    ends: npt.NDArray[np.uint64]
    """Byte of the file at which each program's shingles end; the first one's begin after the keys."""

    @property
    def shingles_place(self) -> int:
        return self.place + len(self.ends) * (2 * 8 + BANDS * 4)


class SeenPrograms:
    """Programs numbered 0, 1, 2 … in the order in which they are added."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by __exit__
        self._blocks: list[_Block] = []
        self._count = 0
        self._size = 0

    def __enter__(self) -> SeenPrograms:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the index takes for its programs."""
        return sum(block.ends.nbytes for block in self._blocks)

    def add(self, sketches: Sequence[Sketch]) -> list[Twins]:
        """Add programs and tell, for each of them, the earlier ones that it may repeat."""
        if not sketches:
            return []
        structures = np.array([[int(s.structure[:16], 16), int(s.structure[16:], 16)] for s in sketches], np.uint64)
        keys = np.array([sketch.keys for sketch in sketches], np.uint32).T.copy()
        twins = [Twins() for _ in sketches]
        new = _NewBlock(self._count, structures, keys)
        for block in self._blocks:
            new.compare(block.first, *self._read(block), twins)
        new.compare(self._count, structures, keys, twins)
        self._append(structures, keys, [sketch.shingles for sketch in sketches])
        for found in twins:
            found.same.sort()
            found.proposed = sorted(set(found.proposed))
        return twins

    def is_near(self, one: int, other: int) -> bool:
        """Whether two programs are near-duplicates: the exact Jaccard index of their shingles decides."""
        a, b = self._shingles(one), self._shingles(other)
        alike = min(len(a), len(b)) >= NEAR_DUPLICATE * max(len(a), len(b))
        return alike and jaccard(a, b) >= NEAR_DUPLICATE

    def _append(self, structures: npt.NDArray[np.uint64], keys: _Keys, sets: list[Shingles]) -> None:
        lengths = np.array([8 * len(members) for members in sets], np.uint64)
        start = self._size + structures.nbytes + keys.nbytes
        ends = np.uint64(start) + np.cumsum(lengths, dtype=np.uint64)
        self._blocks.append(_Block(self._count, self._size, ends))
        self._file.seek(self._size)
        self._file.write(structures.tobytes() + keys.tobytes() + b"".join(members.tobytes() for members in sets))
        self._file.flush()
        self._count += len(sets)
        self._size = int(ends[-1])

    def _read(self, block: _Block) -> tuple[npt.NDArray[np.uint64], _Keys]:
        count = len(block.ends)
        data = os.pread(self._file.fileno(), block.shingles_place - block.place, block.place)
        structures = np.frombuffer(data, np.uint64, 2 * count).reshape(count, 2)
        return structures, np.frombuffer(data, np.uint32, offset=structures.nbytes).reshape(BANDS, count)

    def _shingles(self, number: int) -> Shingles:
        low, high = 0, len(self._blocks)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._blocks[middle].first <= number else (low, middle)
        block = self._blocks[low]
        inside = number - block.first
        start = int(block.ends[inside - 1]) if inside else block.shingles_place
        return np.frombuffer(os.pread(self._file.fileno(), int(block.ends[inside]) - start, start), np.uint64)


class _NewBlock:
    """Programs that are being added, prepared for finding the same keys among others."""

    def __init__(self, first: int, structures: npt.NDArray[np.uint64], keys: _Keys) -> None:
        self.first = first
        self.structures = structures
        self.heads = _Lookup((structures[:, 0] >> np.uint64(32)).astype(np.uint32))
        self.bands = [_Lookup(band) for band in keys]

    def compare(self, first: int, structures: npt.NDArray[np.uint64], keys: _Keys, twins: list[Twins]) -> None:
        """Note in `twins` the programs of a block that begins at the number `first`, if they come earlier."""
        for mine, theirs in self.heads.matches((structures[:, 0] >> np.uint64(32)).astype(np.uint32)):
            if first + theirs < self.first + mine and (self.structures[mine] == structures[theirs]).all():
                twins[mine].same.append(first + theirs)
        for lookup, band in zip(self.bands, keys, strict=True):
            for mine, theirs in lookup.matches(band):
                if first + theirs < self.first + mine:
                    twins[mine].proposed.append(first + theirs)


class _Lookup:
    """The places of keys in an array."""

    def __init__(self, keys: _Keys) -> None:
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]
        self.prefixes = np.zeros(1 << _PREFIX_BITS, np.bool_)
        self.prefixes[keys >> np.uint32(32 - _PREFIX_BITS)] = True

    def matches(self, others: _Keys) -> Iterator[tuple[int, int]]:
        """Pairs (place of a key here, place of an equal one in `others`)."""
        likely = np.flatnonzero(self.prefixes[others >> np.uint32(32 - _PREFIX_BITS)])
        starts = np.searchsorted(self.keys, others[likely], side="left")
        stops = np.searchsorted(self.keys, others[likely], side="right")
        for hit in np.flatnonzero(stops > starts).tolist():
            for place in range(int(starts[hit]), int(stops[hit])):
                yield int(self.order[place]), int(likely[hit])
