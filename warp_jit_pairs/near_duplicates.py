"""An index of the programs seen so far that finds those which repeat an earlier one, in structure or nearly in text.

MinHash signatures cut into bands propose candidates (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, ch. 3).
Kernels share much of their text, so that bands propose hundreds of others among a million programs; one bit of each
MinHash value (Li, König: b-Bit Minwise Hashing, 2010) leaves those that can be near. An exact Jaccard index of the
shingle sets decides, so that no different program is ever taken for a duplicate. With 32 bands of 6 rows a pair at the
threshold of 0.7 is proposed with probability 0.98, one at 0.8 with 1 - 5e-5; the bits keep 0.994 of the former.

Structures, band keys and shingles go to a temporary file, a block of programs at a time; memory keeps 32 bytes a
program. A new block is compared with the old ones key by key, so that the file is read from front to back. The hashes
are written out here instead of being a library's because the plan, and with it every record, depends on their values.
"""

from __future__ import annotations

import ast
import os
import tempfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType

import numpy as np
import numpy.typing as npt

from .identity import NEAR_DUPLICATE, Shingles, jaccard, shingles, structural_hash

BANDS = 32
ROWS = 6

WORDS = 4
"""A structural hash in 32-bit words: columns of the file, as the band keys are."""

_PREFIX_BITS = 20
"""Keys are first looked up by so many of their bits, in a table that fits a processor's cache."""

_PREFIX_SHIFT = np.uint32(32 - _PREFIX_BITS)

_FEW = 1024
"""Up to that many keys are looked up faster than such a table is made."""

_LEAST_BITS = 151
"""Bits of 192 that agree in nearly all pairs at the threshold: (1 + 0.7) / 2 of them, less 2.5 deviations."""

_NUMBER_BITS, _PLACE_BITS = 40, 23
"""A pair is one number: the place in a block above the number of another program."""

_SLICE = 1 << 15
"""About so many pairs are looked at together, so that thousands of programs that share a key take little memory."""

_Keys = npt.NDArray[np.uint32]
_Bits = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int32]
_Numbers = npt.NDArray[np.int64]


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


def min_hashes(shingles: Shingles) -> npt.NDArray[np.uint64]:
    """The 192 MinHash values of a shingle set, of 32 bits each."""
    hashed = shingles[:, None] * _FACTORS
    hashed += _OFFSETS
    least: npt.NDArray[np.uint64] = (hashed >> np.uint64(32)).min(axis=0)
    return least


def band_keys(minima: npt.NDArray[np.uint64]) -> _Keys:
    """The 32 band keys of MinHash values: two sets share a key if the values of one band all agree."""
    mixed = ((minima.reshape(BANDS, ROWS) + np.uint64(1)) * _MIX).sum(axis=1, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _BAND_OFFSETS
    keys: _Keys = (mixed >> np.uint64(32)).astype(np.uint32)
    return keys


def _prefixes(keys: _Keys) -> npt.NDArray[np.bool_]:
    """Which prefixes some key has."""
    likely = np.zeros(1 << _PREFIX_BITS, np.bool_)
    likely[keys >> _PREFIX_SHIFT] = True
    return likely


def low_bits(minima: npt.NDArray[np.uint64]) -> _Bits:
    """The lowest bit of each MinHash value, as three words."""
    # The lowest bit of a product of odd numbers depends on too little; higher ones are mixed into it.
    mixed = (minima * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(63)
    return np.packbits(mixed.astype(np.uint8)).view(np.uint64)


def alike(one: _Bits, other: _Bits) -> npt.NDArray[np.bool_]:
    """Which rows of two arrays of low bits agree in as many of them as near-duplicates do."""
    differing = np.bitwise_count(one ^ other).sum(axis=1)
    found: npt.NDArray[np.bool_] = differing <= BANDS * ROWS - _LEAST_BITS
    return found


def near(one: Shingles, other: Shingles) -> bool:
    """Whether two programs are near-duplicates: the exact Jaccard index of their shingles decides."""
    similar = min(len(one), len(other)) >= NEAR_DUPLICATE * max(len(one), len(other))
    return similar and jaccard(one, other) >= NEAR_DUPLICATE


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of a program."""

    structure: str
    """Its structural hash, 32 hex digits."""
    shingles: Shingles
    keys: _Keys
    bits: _Bits

    @classmethod
    def of(cls, source: str, tree: ast.Module | None = None) -> Sketch:
        """The sketch of a Python source; a tree parsed from it saves parsing it again."""
        return cls.made(structural_hash(source, tree), shingles(source))

    @classmethod
    def made(cls, structure: str, members: Shingles) -> Sketch:
        """The sketch of a program with this structure and these shingles."""
        minima = min_hashes(members)
        return cls(structure, members, band_keys(minima), low_bits(minima))


@dataclass(slots=True)
class Twins:
    """The earlier programs that one repeats, perhaps: by number, ascending."""

    same: list[int] = field(default_factory=list)
    """Those of the same structure."""
    proposed: list[int] = field(default_factory=list)
    """Those whose signatures are alike; `SeenPrograms.is_near` decides."""


def _slices(counts: npt.NDArray[np.intp]) -> Iterator[slice]:
    """Parts of an array of counts whose sums are about `_SLICE`, or one count."""
    ends = np.cumsum(counts)
    cuts = np.unique(np.searchsorted(ends, np.arange(_SLICE, ends[-1], _SLICE))) + 1
    for start, stop in pairwise([0, *cuts.tolist(), len(counts)]):
        yield slice(start, stop)


class _Pairs:
    """A set of numbers, which come in arrays and many times."""

    def __init__(self) -> None:
        self._known = np.zeros(0, np.int64)
        self._new: list[_Numbers] = []
        self._waiting = 0

    def add(self, numbers: _Numbers) -> None:
        self._new.append(numbers)
        self._waiting += len(numbers)
        if self._waiting > max(len(self._known), _SLICE):
            self.all()

    def all(self) -> _Numbers:
        """The numbers, ascending."""
        # By hand: NumPy's `unique` is a hash table, many times slower for so many numbers that are nearly in order.
        numbers = np.concatenate([self._known, *self._new])
        numbers.sort()
        self._known = numbers[np.diff(numbers, prepend=-1) > 0]
        self._new.clear()
        self._waiting = 0
        return self._known


def _twins(count: int, same: Mapping[int, list[int]], pairs: _Numbers) -> Iterator[Twins]:
    """What `add` tells of each of `count` programs; `pairs` has its place above the number of another, ascending."""
    ends = np.searchsorted(pairs, np.arange(1, count + 1) << _NUMBER_BITS)
    start = 0
    for place, end in enumerate(ends.tolist()):
        yield Twins(same.get(place, []), (pairs[start:end] - (place << _NUMBER_BITS)).tolist())
        start = end


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the programs `first`, `first + 1` … of one call of `add` are in the file: shingles, then columns."""

    first: int
    ends: npt.NDArray[np.uint64]
    """Byte of the file at which the first program's shingles begin, and at which each one's end; columns follow."""
    bits: _Bits

    def __len__(self) -> int:
        return len(self.bits)

    def column(self, number: int) -> int:
        """Byte at which a column begins."""
        return int(self.ends[-1]) + 4 * len(self) * number


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
        return sum(block.ends.nbytes + block.bits.nbytes for block in self._blocks)

    def add(self, sketches: Iterable[Sketch]) -> Iterator[Twins]:
        """Add programs and tell, for each of them, the earlier ones that it may repeat.

        Sketches are taken one by one, and no shingles stay in memory; all are added before it returns. Fewer than
        2**23 programs at a time.
        """
        first = self._count
        columns, bits = self._append(sketches)
        assert len(bits) < 1 << _PLACE_BITS
        same: defaultdict[int, list[int]] = defaultdict(list)
        for block, places, others in self._equal(0, columns[0], first):
            for place, other in zip(places.tolist(), others.tolist(), strict=True):
                if all(columns[word, place] == self._column(word, block.first + other) for word in range(1, WORDS)):
                    same[place].append(block.first + other)
        pairs = _Pairs()
        for band in range(WORDS, WORDS + BANDS):
            for block, places, others in self._equal(band, columns[band], first):
                kept = alike(bits[places], block.bits[others])
                pairs.add((places[kept].astype(np.int64) << _NUMBER_BITS) + block.first + others[kept])
        return _twins(len(bits), same, pairs.all())

    def is_near(self, one: int, other: int) -> bool:
        """Whether two programs are near-duplicates: the exact Jaccard index of their shingles decides."""
        return near(self._shingles(one), self._shingles(other))

    def _append(self, sketches: Iterable[Sketch]) -> tuple[_Keys, _Bits]:
        """Write a block, and return its columns and bits."""
        rows, bits, ends = [], [], [self._size]
        self._file.seek(self._size)
        for sketch in sketches:
            self._file.write(sketch.shingles.tobytes())
            ends.append(ends[-1] + sketch.shingles.nbytes)
            rows.append(bytes.fromhex(sketch.structure) + sketch.keys.tobytes())
            bits.append(sketch.bits)
        columns = np.frombuffer(b"".join(rows), np.uint32).reshape(-1, WORDS + BANDS).T.copy()
        all_bits = np.array(bits, np.uint64).reshape(-1, 3)
        self._file.write(columns.tobytes())
        self._file.flush()
        if rows:
            self._blocks.append(_Block(self._count, np.array(ends, np.uint64), all_bits))
        self._count += len(rows)
        self._size = ends[-1] + columns.nbytes
        return columns, all_bits

    def _equal(self, column: int, mine: _Keys, first: int) -> Iterator[tuple[_Block, _Places, _Places]]:
        """Places in `mine`, and in each block, of programs that agree in a column, the block's being the earlier."""
        order = np.argsort(mine, kind="stable").astype(np.int32)
        ordered = mine[order]
        likely = _prefixes(mine) if any(len(block) > _FEW for block in self._blocks) else None
        for block in self._blocks:
            count = len(block)
            theirs = np.frombuffer(self._read(block.column(column), 4 * count), np.uint32)
            if likely is None or count <= _FEW:
                tried = np.arange(count, dtype=np.int32)
            else:
                tried = np.flatnonzero(likely[theirs >> _PREFIX_SHIFT]).astype(np.int32)
            starts = np.searchsorted(ordered, theirs[tried], side="left")
            counts = np.searchsorted(ordered, theirs[tried], side="right") - starts
            if not counts.any():
                continue
            for part in _slices(counts):
                some = counts[part]
                others = np.repeat(tried[part], some)
                where = np.repeat((starts[part] - (np.cumsum(some) - some)).astype(np.int32), some)
                where += np.arange(len(others), dtype=np.int32)
                places = order[where]
                if block.first == first:
                    earlier = others < places
                    places, others = places[earlier], others[earlier]
                if len(places):
                    yield block, places, others

    def _read(self, place: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, place)

    def _block(self, number: int) -> _Block:
        return self._blocks[bisect_right(self._blocks, number, key=lambda block: block.first) - 1]

    def _column(self, column: int, number: int) -> int:
        """What an added program has in a column."""
        block = self._block(number)
        return int(np.frombuffer(self._read(block.column(column) + 4 * (number - block.first), 4), np.uint32)[0])

    def _shingles(self, number: int) -> Shingles:
        block = self._block(number)
        place = number - block.first
        start, end = block.ends[place : place + 2].tolist()
        return np.frombuffer(self._read(start, end - start), np.uint64)
