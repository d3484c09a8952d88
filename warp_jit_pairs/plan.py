"""The cheap first pass: which programs become records, in which split and in which shard.

Candidates of a category are numbered 0, 1, 2 …; the number, the category and the build's seed give the seed of one
program. The plan walks them in order, drops those whose structure or near-duplicate it has seen, and deals the rest to
shards. A shard lists its programs by number, first those that become records, then a reserve that replaces what a later
stage drops, so that it can be made anywhere, alone, and always gives the same rows.

Generating code is left to the pipeline.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from .columns import CODE_LEVELS, SPLITS, VERIFY_LEVELS
from .errors import ExhaustedError, Rejected, UnknownNameError, UsageError
from .generator import KernelSpec, generate_kernel
from .grammar import CATEGORIES, SIZES
from .identity import split_of
from .manifest import FUNNEL
from .near_duplicates import SeenPrograms, Sketch
from .rng import sub_seed
from .version import __version__

CHUNK = 4
LEAST_ROUND, MOST_ROUND = 4, 2048
"""Candidates are sketched in rounds of so many chunks of so many; the plan does not depend on it."""

GIVE_UP = 1000
"""So many candidates in a row without a new program mean that the category is exhausted."""

RESERVES = {"none": (1, 16), "compile": (2, 16), "execute": (5, 3), "gradient": (5, 3), "cuda": (5, 3)}
"""A shard's reserve by the level of verification: at least so many programs, and one for so many rows.

Warp refuses less than one program in a thousand, clang one in a hundred, execution up to a tenth. One program more
for the validation and test splits, which get one in twenty each, costs a category some twenty candidates.
"""

ROWS_PER_SHARD = 64
SHARDS_PER_SPLIT = 8
MOST_ROWS_PER_SHARD = 4096


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What a build is asked for; together with the versions it determines every byte of the data."""

    categories: tuple[str, ...]
    num_records: int
    seed: int = 0
    size: str = "mixed"
    verify: str = "gradient"
    """How far each record is verified: `none`, `compile`, `execute`, `gradient` or `cuda`."""
    level: str = "code"
    """How far CUDA code is taken: `code` (text), or `ptx`."""
    arch: int = 90
    """The architecture that PTX is made for."""

    def __post_init__(self) -> None:
        for category in self.categories:
            if category not in CATEGORIES:
                raise UnknownNameError("category", category, list(CATEGORIES))
        if self.size != "mixed" and self.size not in SIZES:
            raise UnknownNameError("size", self.size, ["mixed", *SIZES])
        if self.num_records < 1:
            raise UsageError(f"the number of records must be at least 1, not {self.num_records}")
        if self.verify not in VERIFY_LEVELS:
            raise UnknownNameError("verification level", self.verify, list(VERIFY_LEVELS))
        if self.level not in CODE_LEVELS:
            raise UnknownNameError("level of code", self.level, list(CODE_LEVELS))
        if not 0 <= self.seed < 2**64:
            raise UsageError(f"the seed must be between 0 and 2**64 - 1, not {self.seed}")

    def quota(self, category: str) -> int:
        """Records of one category: an equal part of all, the first categories taking the remainder."""
        share, rest = divmod(self.num_records, len(self.categories))
        return share + (self.categories.index(category) < rest)


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """One file of the data: `count` records of one category and split, made from the first programs that pass."""

    category: str
    split: str
    index: int
    shards: int
    count: int
    candidates: tuple[int, ...]
    """Numbers of the programs; the first `count` are the wanted ones, the others are the reserve."""
    kernels: tuple[KernelSpec, ...] = ()
    """Harvested kernels, which no seed gives again: the programs that the numbers tell of, and all there are."""

    @property
    def name(self) -> str:
        """Path of the file below the data folder, without its ending."""
        return f"{self.category}/{self.split}-{self.index:05d}-of-{self.shards:05d}"


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """The shards of a build and what was dropped on the way to them."""

    request: Request
    shards: tuple[Shard, ...]
    funnel: dict[str, int]
    """How many programs were generated, dropped as structural or near-duplicates, and planned."""

    def to_json(self) -> str:
        """Canonical JSON: equal plans give equal text."""
        shards = [{name: getattr(shard, name) for name in Shard.__slots__} for shard in self.shards]
        request = dataclasses.asdict(self.request)
        content = {"request": request, "shards": shards, "funnel": self.funnel, "generator_version": __version__}
        return json.dumps(content, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The inverse of `to_json`."""
        content = json.loads(text)
        request = content["request"] | {"categories": tuple(content["request"]["categories"])}
        shards = (
            Shard(**shard | {"candidates": tuple(shard["candidates"]), "kernels": tuple(shard["kernels"])})
            for shard in content["shards"]
        )
        return cls(Request(**request), tuple(shards), content["funnel"])

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON, which names the plan in manifests and provenance."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def program_seed(seed: int, category: str, number: int) -> int:
    """The seed of one candidate, for `generate_kernel(category, …)`; 63 bits, so that it fits an int64 column."""
    return sub_seed(seed, category, number) >> 1


Programs: TypeAlias = Callable[[str, int, str], KernelSpec]
"""Where programs come from: category, seed and size to a program; a function of a module, as `generate_kernel` is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """Candidates of one category, by number."""

    category: str
    seed: int
    size: str
    numbers: range
    programs: Programs = generate_kernel


def sketch(chunk: Chunk) -> list[Sketch | None]:
    """Generate the candidates of a chunk and sketch them; None is one that the grammar's own legality check refused."""
    return [_sketch(chunk, program_seed(chunk.seed, chunk.category, number)) for number in chunk.numbers]


def _sketch(chunk: Chunk, seed: int) -> Sketch | None:
    try:
        return Sketch.of(chunk.programs(chunk.category, seed, chunk.size)["source"])
    except Rejected:
        return None


Sketches: TypeAlias = list[Sketch | None]
SketchMap: TypeAlias = Callable[[Callable[[Chunk], Sketches], Iterable[Chunk]], Iterable[Sketches]]


class Walk(ABC):
    """A pass over the candidates of all categories in their order, which accepts those that repeat no accepted one."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.accepted = bytearray()
        """Whether each candidate looked at, by its place, is one of the distinct ones."""
        self.funnel: Counter[str] = Counter()

    @abstractmethod
    def candidates(self, category: str) -> Iterator[tuple[str | None, int, Sequence[int], Sequence[int]]]:
        """Every candidate of the category: its split, or None if it is illegal; its place; the places of the earlier
        ones of its structure; those of the earlier ones that it may be near, of which `is_near` decides."""

    @abstractmethod
    def is_near(self, one: int, other: int) -> bool:
        """Whether two candidates, by their places, are near-duplicates."""

    def distinct(self, category: str) -> Iterator[tuple[int, str]]:
        """Yield (number, split) of the category's programs that are new, until GIVE_UP in a row are not."""
        barren = 0
        for number, (split, place, same, proposed) in enumerate(self.candidates(category)):
            self.funnel["generated"] += 1
            if split is None:
                self.funnel["illegal"] += 1
            elif any(self.accepted[other] for other in same):
                self.funnel["structural duplicates"] += 1
            elif any(self.accepted[other] and self.is_near(other, place) for other in proposed):
                self.funnel["near-duplicates"] += 1
            else:
                barren = 0
                self.accepted[place] = True
                yield number, split
                continue
            barren += 1
            if barren == GIVE_UP:
                return

    def plan(self, shards: Sequence[Shard]) -> Plan:
        """The plan of these shards, which are all that the walk was made for."""
        planned = sum(shard.count for shard in shards)
        in_shards = sum(len(shard.candidates) for shard in shards)
        funnel = Counter(self.funnel)
        funnel.update(
            {"planned": planned, "in reserve": in_shards - planned, "not needed": sum(self.accepted) - in_shards}
        )
        return Plan(self.request, tuple(shards), {name: funnel[name] for name in FUNNEL})


class _Walk(Walk):
    """The walk over candidates that are sketched as they are needed and kept in an index of this process."""

    def __init__(self, request: Request, map_: SketchMap, seen: SeenPrograms, programs: Programs) -> None:
        super().__init__(request)
        self.map = map_
        self.programs = programs
        self.seen = seen

    def candidates(self, category: str) -> Iterator[tuple[str | None, int, Sequence[int], Sequence[int]]]:
        request = self.request
        first = 0
        while True:
            round_ = _round(request.quota(category), first)
            starts = range(first, first + round_, CHUNK)
            numbers = [range(start, start + CHUNK) for start in starts]
            chunks = [Chunk(category, request.seed, request.size, part, self.programs) for part in numbers]
            found = [one for sketches in self.map(sketch, chunks) for one in sketches]
            first += len(found)
            place = len(self.seen)
            all_twins = iter(self.seen.add([one for one in found if one is not None]))
            self.accepted.extend(bytes(len(self.seen) - place))
            for one in found:
                if one is None:
                    yield None, place, (), ()
                else:
                    twins = next(all_twins)
                    yield split_of(one.structure), place, twins.same, twins.proposed
                    place += 1

    def is_near(self, one: int, other: int) -> bool:
        return self.seen.is_near(one, other)


def _round(quota: int, taken: int) -> int:
    """How many candidates to sketch next: at first about as many as are wanted, then some at a time."""
    wanted = quota // 8 if taken else quota
    return min(max(-(-wanted // CHUNK), LEAST_ROUND), MOST_ROUND) * CHUNK


def shard_count(rows: int) -> int:
    """Shards of a split with so many rows: up to 8 of at least 64 rows, more where they would pass 4,096 rows.

    None for a split without rows, which `datasets` cannot load.
    """
    return min(rows, 1) and max(1, min(SHARDS_PER_SPLIT, rows // ROWS_PER_SHARD), -(-rows // MOST_ROWS_PER_SHARD))


def _reserve(rows: int, verify: str) -> int:
    """Programs kept in reserve for a shard of so many rows."""
    least, share = RESERVES[verify]
    return max(least, -(-rows // share)) if rows else 0


def plan_shards(walk: Walk, category: str) -> list[Shard]:
    """The shards of one category, for which the walk goes on as far as it must.

    Raises:
        ExhaustedError: the category cannot give its part of the records as distinct programs.
    """
    quota, verify = walk.request.quota(category), walk.request.verify
    wanted: dict[str, list[int]] = {split: [] for split in SPLITS}
    spare: dict[str, list[int]] = {split: [] for split in SPLITS}
    need = dict.fromkeys(SPLITS, 0)
    taken = 0
    programs = walk.distinct(category) if quota else iter(())
    for number, split in programs:
        if taken < quota:
            wanted[split].append(number)
            taken += 1
        elif len(spare[split]) < need[split]:
            spare[split].append(number)
        if taken == quota:
            need = {name: sum(_reserve(rows, verify) for rows in _deal(len(wanted[name]))) for name in SPLITS}
            if all(len(spare[name]) >= need[name] for name in SPLITS):
                break
    if taken < quota:
        raise ExhaustedError(
            f"category {category!r} gave {taken} distinct programs of the {quota} asked for: "
            f"ask for at most {taken * len(walk.request.categories)} records, or another --size"
        )
    return [shard for split in SPLITS for shard in _shards(category, split, wanted[split], spare[split], verify)]


def _deal(rows: int) -> list[int]:
    """Rows of each shard of a split: as equal as can be."""
    shards = shard_count(rows)
    return [rows // shards + (index < rows % shards) for index in range(shards)]


def _shards(category: str, split: str, wanted: Sequence[int], spare: Sequence[int], verify: str) -> Iterator[Shard]:
    counts = _deal(len(wanted))
    first, reserve = 0, 0
    for index, rows in enumerate(counts):
        stop = reserve + _reserve(rows, verify)
        candidates = (*wanted[first : first + rows], *spare[reserve:stop])
        yield Shard(category, split, index, len(counts), rows, candidates)
        first, reserve = first + rows, stop


def make_plan(
    request: Request,
    map_: SketchMap = map,
    planned: Callable[[int], None] = lambda count: None,
    programs: Programs = generate_kernel,
) -> Plan:
    """Plan a build.

    `map_` applies `sketch` to chunks in order; that of a process pool spreads the work and gives the same plan.
    `planned` is told how many programs are chosen so far.

    Raises:
        ExhaustedError: a category cannot give its part of the records as distinct programs.
    """
    with SeenPrograms() as seen:
        walk = _Walk(request, map_, seen, programs)
        shards: list[Shard] = []
        for category in request.categories:
            shards += plan_shards(walk, category)
            planned(sum(shard.count for shard in shards))
    return walk.plan(shards)
