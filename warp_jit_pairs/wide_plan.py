"""The plan of a build made by many machines: the plan that `plan.make_plan` makes, and no process holds all programs.

1. Each task sketches a block of candidates and writes structures, band keys and bits to the shared storage.
2. A bucket is one band's keys, or the structures, of one range of values: a task reads that column of every block and
   finds the candidates that agree in it.
3. What the buckets propose is confirmed by the exact Jaccard index, by tasks that generate the programs again: that
   takes milliseconds, and their shingles would be the bulk of what is stored.
4. The walk over all candidates in their order is one process's: it needs a few bytes of each, and the confirmed pairs.

Harvested and reserved kernels, of which there are few, are chosen before all that, and are a block of their own. How
many candidates a category needs is known after the walk, so that all is done in rounds, later ones for what was
short. Blocks that are written stay written: a plan that is begun again takes them from the storage.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .columns import SPLITS
from .engines import Engine
from .generator import generate_kernel
from .identity import Shingles, shingles, split_of
from .near_duplicates import BANDS, Sketch, alike, near
from .plan import (
    Chunk,
    Plan,
    Programs,
    Request,
    Sketches,
    Walk,
    harvested_shards,
    plan_shards,
    program_seed,
    sketch,
    take_harvested,
)
from .selection import Selection
from .storage import Storage

WIDE_FROM = 100_000
"""Records from which on a cluster's tasks make the plan; below, one process is done before they are."""

LEAST_BLOCK, MOST_BLOCK = 256, 32768
"""Candidates of a block: a task of less than two minutes."""

BUCKET = 1 << 24
"""Candidates whose keys fall into one bucket: about 1.5 GB in the task that compares them."""

PROPOSALS = 1 << 17
"""Proposals that one task confirms, or those of one block if they are more."""

_NUMBER_BITS = 40
"""A candidate's name in the files: its category's place in the request above its number."""

_OUTCOMES = (*SPLITS, "illegal", "contaminated")
"""What a candidate's byte stands for: its split, or why it has none."""

_TAKEN = "taken"
"""The block of the programs that were taken before, in the place of a category, and the folder of its files."""

_SHINGLES = f"{_TAKEN}/shingles.parquet"

_STRUCTURE, _WHY = "structure", "why"
_BITS = ("bits0", "bits1", "bits2")

_Names = npt.NDArray[np.int64]


def _key_column(band: int) -> str:
    return f"key{band:02d}"


# -- blocks of candidates


@dataclasses.dataclass(frozen=True, slots=True)
class _Block:
    """Candidates `first`, `first + 1` … of a category."""

    category: str
    place: int
    """Of the category in the request, from 1 on; 0 are the programs taken before."""
    first: int
    count: int

    @property
    def file(self) -> str:
        if not self.place:
            return f"{_TAKEN}/sketches.parquet"
        return f"sketches/{self.category}-{self.first:012d}-{self.count}.parquet"

    @property
    def start(self) -> int:
        """The name of the first candidate."""
        return (self.place << _NUMBER_BITS) + self.first


@dataclasses.dataclass(frozen=True, slots=True)
class _SketchTask:
    request: Request
    block: _Block
    storage: Storage
    programs: Programs
    written: bool


def _sketch_block(task: _SketchTask) -> bytes:
    """Sketch a block unless that was done, and return the split of each candidate, a byte each."""
    block = task.block
    if task.written:
        table = task.storage.table(block.file, [_STRUCTURE, _WHY])
        outcomes = [why or split_of(row.hex()) for row, why in zip(*table.to_pydict().values(), strict=True)]
    else:
        numbers = range(block.first, block.first + block.count)
        found = sketch(Chunk(block.category, task.request, numbers, task.programs))
        task.storage.write_table(block.file, _table(found))
        outcomes = [one if isinstance(one, str) else split_of(one.structure) for one in found]
    return bytes(_OUTCOMES.index(outcome) for outcome in outcomes)


def _table(found: Sketches) -> pa.Table:
    """Sketches as columns; what has none has no structure, but why not."""
    sketches = [one if isinstance(one, Sketch) else None for one in found]
    structures = [None if one is None else bytes.fromhex(one.structure) for one in sketches]
    keys = np.array([np.zeros(BANDS, np.uint32) if one is None else one.keys for one in sketches])
    bits = np.array([np.zeros(3, np.uint64) if one is None else one.bits for one in sketches])
    columns: dict[str, Any] = {_STRUCTURE: pa.array(structures, pa.binary(16))}
    columns |= {_key_column(band): keys[:, band] for band in range(BANDS)}
    columns |= {name: bits[:, word] for word, name in enumerate(_BITS)}
    columns[_WHY] = pa.array([one if isinstance(one, str) else None for one in found], pa.string())
    return pa.table(columns)


# -- buckets


@dataclasses.dataclass(frozen=True, slots=True)
class _BucketTask:
    storage: Storage
    blocks: tuple[_Block, ...]
    new: tuple[bool, ...]
    """Whether each block is of this round; two candidates of earlier ones were compared then."""
    band: int | None
    """None for the structures."""
    part: int
    parts: int
    file: str
    """Where to write what is proposed."""


def _same_structures(task: _BucketTask) -> tuple[_Names, _Names]:
    """The candidates of a bucket that share a structure with others, by name, and the least of those names."""
    names, high, low = [], [], []
    for block in task.blocks:
        column = task.storage.table(block.file, [_STRUCTURE])[_STRUCTURE].combine_chunks()
        legal = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        raw = b"".join(column.drop_null().to_pylist())
        words = np.frombuffer(raw, ">u8").reshape(-1, 2).astype(np.uint64)
        mine = _in_part(words[:, 0] >> np.uint64(32), task.part, task.parts)
        names.append(block.start + legal[mine])
        high.append(words[mine, 0])
        low.append(words[mine, 1])
    all_names, all_high, all_low = (np.concatenate(parts) for parts in (names, high, low))
    order = np.lexsort((all_names, all_low, all_high))
    all_names, all_high, all_low = all_names[order], all_high[order], all_low[order]
    repeats = np.zeros(len(all_names), np.bool_)
    repeats[1:] = (all_high[1:] == all_high[:-1]) & (all_low[1:] == all_low[:-1])
    shared = repeats.copy()
    shared[:-1] |= repeats[1:]
    firsts = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(all_names))))
    return all_names[shared], all_names[firsts[shared]]


def _propose(task: _BucketTask) -> npt.NDArray[np.int64]:
    """Write the pairs of a bucket whose signatures are alike, later and earlier; return how many each block has."""
    assert task.band is not None
    key, wanted = _key_column(task.band), (_key_column(task.band), *_BITS)
    names, keys, bits, new = [], [], [], []
    for block, is_new in zip(task.blocks, task.new, strict=True):
        columns = task.storage.table(block.file, [*wanted, _STRUCTURE])
        found = columns[key].to_numpy()
        legal = columns[_STRUCTURE].is_valid().to_numpy()
        mine = np.flatnonzero(_in_part(found.astype(np.uint64), task.part, task.parts) & legal)
        names.append(block.start + mine)
        keys.append(found[mine])
        bits.append(np.stack([columns[name].to_numpy()[mine] for name in _BITS], axis=1))
        new.append(np.full(len(mine), is_new))
    later, earlier = _agreeing(*(np.concatenate(parts) for parts in (names, keys, bits, new)))
    order = np.lexsort((earlier, later))
    table = pa.table({"later": later[order], "earlier": earlier[order]})
    task.storage.write_table(task.file, table)
    edges = np.array([block.start for block in task.blocks] + [np.iinfo(np.int64).max])
    return np.diff(np.searchsorted(later[order], edges))


def _agreeing(
    names: _Names, keys: npt.NDArray[np.uint32], bits: npt.NDArray[np.uint64], new: npt.NDArray[np.bool_]
) -> tuple[_Names, _Names]:
    """The pairs that share a key, one of them new, and whose bits are alike."""
    order = np.argsort(keys, kind="stable")
    names, keys, bits, new = names[order], keys[order], bits[order], new[order]
    found: list[tuple[_Names, _Names]] = [(names[:0], names[:0])]
    left, step = np.arange(len(names)), 0
    while len(left):
        # What shares a key with the one `step` places on; runs are seldom long, so that few are left soon.
        step += 1
        left = left[left + step < len(names)]
        left = left[keys[left] == keys[left + step]]
        tried = left[new[left] | new[left + step]]
        one = tried[alike(bits[tried], bits[tried + step])]
        found.append((np.maximum(names[one], names[one + step]), np.minimum(names[one], names[one + step])))
    return np.concatenate([late for late, _ in found]), np.concatenate([early for _, early in found])


def _in_part(values: npt.NDArray[np.uint64], part: int, parts: int) -> npt.NDArray[np.bool_]:
    """Which 32-bit values fall into a part of their range."""
    inside: npt.NDArray[np.bool_] = (values * np.uint64(parts)) >> np.uint64(32) == part
    return inside


# -- confirmation


@dataclasses.dataclass(frozen=True, slots=True)
class _ConfirmTask:
    request: Request
    storage: Storage
    programs: Programs
    files: tuple[str, ...]
    start: int
    stop: int
    """The names of the later candidates whose proposals are looked at."""


def _confirm(task: _ConfirmTask) -> tuple[_Names, _Names]:
    """The proposed pairs that are near-duplicates, later and earlier."""
    proposals = np.unique(np.concatenate([_proposals(task, file) for file in task.files]), axis=0)
    known: dict[int, Shingles] = {}
    if len(proposals) and proposals[:, 1].min() >> _NUMBER_BITS == 0:
        known |= enumerate(task.storage.table(_SHINGLES)[_TAKEN].to_numpy())

    def of(name: int) -> Shingles:
        if name not in known:
            category = task.request.categories[(name >> _NUMBER_BITS) - 1]
            seed = program_seed(task.request.seed, category, name & ((1 << _NUMBER_BITS) - 1))
            known[name] = shingles(task.programs(category, seed, task.request.size)["source"])
        return known[name]

    kept = np.array([near(of(later), of(earlier)) for later, earlier in proposals.tolist()], np.bool_)
    return proposals[kept, 0], proposals[kept, 1]


def _proposals(task: _ConfirmTask, file: str) -> _Names:
    table = task.storage.table(file)
    table = table.filter((pc.field("later") >= task.start) & (pc.field("later") < task.stop))
    return np.stack([table["later"].to_numpy(), table["earlier"].to_numpy()], axis=1)


# -- the walk


class _Short(Exception):
    """A category needs more candidates than have been sketched."""


class _WideWalk(Walk):
    """The walk over what the tasks found."""

    def __init__(self, request: Request, selection: Selection, splits: dict[str, bytes], found: _Found) -> None:
        super().__init__(request, selection)
        self._splits, self._found = splits, found
        self._starts = {0: 0}
        for place, category in enumerate(request.categories, start=1):
            self._starts[place] = len(self.accepted)
            self.accepted.extend(bytes(len(splits.get(category, b""))))
        taken = int(np.searchsorted(found.members, 1 << _NUMBER_BITS))
        self._leaders = dict(zip(found.structures[:taken].tolist(), found.members[:taken].tolist(), strict=True))
        """For each structure that several have, the place of the last one that no earlier one's acceptance stopped."""

    def candidates(self, category: str) -> Iterator[tuple[str, int, list[int], list[int]]]:
        place_of_category = self.request.categories.index(category) + 1
        first, found = place_of_category << _NUMBER_BITS, self._found
        count = len(self._splits[category])
        ends = np.searchsorted(found.later, first + np.arange(count + 1))
        groups = np.searchsorted(found.members, first + np.arange(count))
        for number, byte in enumerate(self._splits[category]):
            place, outcome = self._starts[place_of_category] + number, _OUTCOMES[byte]
            if outcome not in SPLITS:
                yield outcome, place, [], []
                continue
            same: list[int] = []
            group = groups[number]
            if group < len(found.members) and found.members[group] == first + number:
                structure = int(found.structures[group])
                leader = self._leaders.get(structure)
                if leader is not None and self.accepted[leader]:
                    same = [leader]
                else:
                    self._leaders[structure] = place
            twins = found.earlier[ends[number] : ends[number + 1]].tolist()
            yield outcome, place, same, [self._place(twin) for twin in twins]
        raise _Short

    def is_near(self, one: int, other: int) -> bool:
        return True  # only confirmed pairs are here

    def _place(self, name: int) -> int:
        return self._starts[name >> _NUMBER_BITS] + (name & ((1 << _NUMBER_BITS) - 1))


@dataclasses.dataclass(slots=True)
class _Found:
    """What is known of all candidates together."""

    members: _Names
    """Candidates that share their structure with others, ascending."""
    structures: _Names
    """For each of them, what stands for the structure."""
    later: _Names
    """The later ones of the near-duplicates, ascending."""
    earlier: _Names


# -- the rounds


class _WidePlan:
    def __init__(
        self, request: Request, selection: Selection, storage: Storage, engine: Engine, programs: Programs
    ) -> None:
        self._request, self._storage, self._engine, self._programs = request, storage, engine, programs
        self._selection = selection
        self._blocks = [_Block(_TAKEN, 0, 0, len(selection.taken))]
        self._splits = {category: bytearray() for category in request.generated}
        nothing = np.zeros(0, np.int64)
        self._found = _Found(nothing, nothing, nothing, nothing)
        self._rounds = 0

    def make(self, sketched: Callable[[int], None]) -> Plan:
        wanted = {name: _first_round(self._request.quota(name)) for name in self._request.generated}
        self._share()
        while True:
            known = len(self._blocks)
            self._sketch(wanted, sketched)
            self._compare([place >= known for place in range(len(self._blocks))])
            plan, short = self._walk()
            if plan is not None:
                return plan
            wanted = {name: _later_round(self._request.quota(name)) for name in short}
            self._rounds += 1

    def _share(self) -> None:
        """Write what the tasks must know of the programs that were taken before."""
        taken = self._selection.taken
        self._storage.write_table(self._blocks[0].file, _table([*taken]))
        shingle_sets = pa.array([one.shingles for one in taken], pa.list_(pa.uint64()))
        self._storage.write_table(_SHINGLES, pa.table({_TAKEN: shingle_sets}))

    def _sketch(self, wanted: dict[str, int], sketched: Callable[[int], None]) -> None:
        """Sketch so many more candidates of each category."""
        new = []
        for name, count in wanted.items():
            first, size = len(self._splits[name]), _block_size(self._request.quota(name))
            place = self._request.categories.index(name) + 1
            new += [
                _Block(name, place, start, min(size, first + count - start))
                for start in range(first, first + count, size)
            ]
        written = self._storage.sizes("sketches")
        tasks = [
            _SketchTask(self._request, block, self._storage, self._programs, block.file in written) for block in new
        ]
        for block, splits in zip(new, self._engine.map(_sketch_block, tasks), strict=True):
            self._splits[block.category] += splits
            sketched(sum(map(len, self._splits.values())))
        self._blocks += new

    def _compare(self, new: list[bool]) -> None:
        """Find the structures that several candidates have, and the near-duplicates that a new one is part of."""
        blocks = tuple(sorted(self._blocks, key=lambda block: block.start))
        fresh = dict(zip(self._blocks, new, strict=True))
        parts = -(-sum(block.count for block in blocks) // BUCKET)

        def task(band: int | None, part: int) -> _BucketTask:
            file = f"pairs/{self._rounds}-{band}-{part}.parquet"
            return _BucketTask(self._storage, blocks, tuple(fresh[block] for block in blocks), band, part, parts, file)

        groups = list(self._engine.map(_same_structures, [task(None, part) for part in range(parts)]))
        members, structures = (np.concatenate(column) for column in zip(*groups, strict=True))
        order = np.argsort(members)
        self._found.members, self._found.structures = members[order], structures[order]
        buckets = [task(band, part) for band in range(BANDS) for part in range(parts)]
        counts = np.sum(list(self._engine.map(_propose, buckets)), axis=0)
        files = tuple(bucket.file for bucket in buckets)
        tasks = [
            _ConfirmTask(self._request, self._storage, self._programs, files, start, stop)
            for start, stop in _ranges(blocks, counts.tolist())
        ]
        pairs = [(self._found.later, self._found.earlier), *self._engine.map(_confirm, tasks)]
        later, earlier = (np.concatenate(column) for column in zip(*pairs, strict=True))
        order = np.lexsort((earlier, later))
        self._found.later, self._found.earlier = later[order], earlier[order]

    def _walk(self) -> tuple[Plan | None, list[str]]:
        """The plan, or the categories of which there are too few candidates."""
        splits = {name: bytes(splits) for name, splits in self._splits.items()}
        walk = _WideWalk(self._request, self._selection, splits, self._found)
        shards, short = [], []
        for category in self._request.categories:
            try:
                if category in self._splits:
                    shards += plan_shards(walk, category)
                else:
                    shards += harvested_shards(self._selection, category)
            except _Short:
                short.append(category)
        return (None, short) if short else (walk.plan(shards), [])


def _first_round(quota: int) -> int:
    """Candidates to sketch at first: some more than are wanted, since some repeat others or are kept in reserve."""
    return quota + quota // 4 + LEAST_BLOCK if quota else 0


def _later_round(quota: int) -> int:
    return max(quota // 8, LEAST_BLOCK)


def _block_size(quota: int) -> int:
    return min(max(quota // 64, LEAST_BLOCK), MOST_BLOCK)


def _ranges(blocks: tuple[_Block, ...], counts: list[int]) -> Iterator[tuple[int, int]]:
    """Ranges of names, each of whole blocks that together have about as many proposals as one task confirms."""
    first, waiting = 0, 0
    for place, (block, count) in enumerate(zip(blocks, counts, strict=True)):
        if waiting and waiting + count > PROPOSALS:
            yield first, block.start
            first, waiting = block.start, 0
        waiting += count
        if waiting and place == len(blocks) - 1:
            yield first, block.start + block.count


def is_wide(engine: Engine, request: Request) -> bool:
    """Whether the tasks of an engine are to make the plan; it is the same either way."""
    return engine.many_machines and request.num_records >= WIDE_FROM


def make_wide_plan(
    request: Request,
    storage: Storage,
    engine: Engine,
    sketched: Callable[[int], None] = lambda count: None,
    programs: Programs = generate_kernel,
    tell: Callable[[str], None] = lambda line: None,
) -> Plan:
    """Plan a build with the tasks of an engine; what they share lies in `storage` and can be removed afterwards.

    `sketched` is told how many candidates have been looked at so far, `tell` what is harvested.

    Raises:
        ExhaustedError: a category cannot give its part of the records as distinct programs.
        UsageError: a package is not the one that is installed, or its licence is not that of the data.
    """
    selection = take_harvested(request, engine.map, tell)
    return _WidePlan(request, selection, storage, engine, programs).make(sketched)
