"""The cheap first pass: which programs become records, in which split and in which shard.

Candidates of a category are numbered 0, 1, 2 …; the number, the category and the build's seed give the seed of one
program. The plan walks them in order, drops those whose structure or near-duplicate it has seen, and deals the rest to
shards. A shard lists its programs by number, first those that become records, then a reserve that replaces what a later
stage drops, so that it can be made anywhere, alone, and always gives the same rows.

Harvested categories come first and whole, and their shards hold the kernels themselves. No program, of whatever
category, may repeat one of them or one that is reserved for tests. Generating code is left to the pipeline.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from .columns import CODE_LEVELS, SPLITS, VERIFY_LEVELS
from .contamination import body_of
from .errors import ExhaustedError, Rejected, UnknownNameError, UsageError
from .generator import KernelSpec, generate_kernel
from .grammar import CATEGORIES, SIZES
from .identity import split_of
from .manifest import FUNNEL
from .near_duplicates import SeenPrograms, Sketch
from .reserved import reserved
from .rng import sub_seed
from .selection import Selection, select
from .supply import EVALUATION, HARVESTED, supply
from .version import __version__

CHUNK = 4
"""Candidates that one task sketches; four times as many where a round has hundreds of tasks anyway."""

LEAST_ROUND, MOST_ROUND = 8, 8192
"""Candidates are sketched in rounds of about so many; the plan does not depend on it."""

EVERY_SPLIT = 20
"""From so many records on a category has a row in every split: the smaller splits get one in twenty each."""

GIVE_UP = 1000
"""Candidates in succession without a new program after which the category is exhausted."""

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
    """Generated ones, and `HARVESTED` ones."""
    num_records: int
    """Records of the generated categories together; harvested ones come whole."""
    seed: int = 0
    size: str = "mixed"
    verify: str = "gradient"
    """How far each record is verified: `none`, `compile`, `execute`, `gradient` or `cuda`."""
    level: str = "code"
    """How far CUDA code is taken: `code` (text), or `ptx`."""
    arch: int = 90
    """The architecture that PTX is made for."""
    packages: tuple[str, ...] = ()
    """Where the kernels of `real` are from, as `supply.pinned` gives them; none without that category."""
    against: str = ""
    """A body of code: programs that stand in it are left out; none if empty."""
    against_sha256: str = ""
    """The hash of that body, so that every process compares with the same."""

    def __post_init__(self) -> None:
        for category in self.categories:
            if category not in CATEGORIES and category not in HARVESTED:
                raise UnknownNameError("category", category, [*CATEGORIES, *HARVESTED])
        if EVALUATION in self.categories and len(self.categories) > 1:
            raise UsageError(f"category {EVALUATION} holds test kernels of all the others: build it alone")
        if ("real" in self.categories) != bool(self.packages):
            raise UsageError("category real needs packages, and no other category does")
        if self.size != "mixed" and self.size not in SIZES:
            raise UnknownNameError("size", self.size, ["mixed", *SIZES])
        if not self.generated and self.num_records:
            raise UsageError(f"category {' and '.join(self.categories)} comes whole: leave the number of records out")
        if self.generated and self.num_records < 1:
            raise UsageError(f"the number of records must be at least 1, not {self.num_records}")
        if self.verify not in VERIFY_LEVELS:
            raise UnknownNameError("verification level", self.verify, list(VERIFY_LEVELS))
        if self.level not in CODE_LEVELS:
            raise UnknownNameError("level of code", self.level, list(CODE_LEVELS))
        if not 0 <= self.seed < 2**64:
            raise UsageError(f"the seed must be between 0 and 2**64 - 1, not {self.seed}")

    @property
    def generated(self) -> tuple[str, ...]:
        """The categories that are generated."""
        return tuple(category for category in self.categories if category in CATEGORIES)

    def quota(self, category: str) -> int:
        """Records of a generated category: an equal part of all, the first categories taking the remainder."""
        share, rest = divmod(self.num_records, len(self.generated))
        return share + (self.generated.index(category) < rest)


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """One file of the data: `count` records of one category and split, made from the first programs that pass."""

    category: str
    split: str
    index: int
    shards: int
    count: int
    candidates: array[int]
    """Numbers of the programs, 64 bits each: the first `count` are the wanted ones, the others are the reserve."""
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
        shards = [
            {name: getattr(shard, name) for name in Shard.__slots__} | {"candidates": shard.candidates.tolist()}
            for shard in self.shards
        ]
        request = dataclasses.asdict(self.request)
        content = {"request": request, "shards": shards, "funnel": self.funnel, "generator_version": __version__}
        return json.dumps(content, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The inverse of `to_json`."""
        content = json.loads(text)
        request = content["request"] | {name: tuple(content["request"][name]) for name in ("categories", "packages")}
        shards = (
            Shard(**shard | {"candidates": array("Q", shard["candidates"]), "kernels": tuple(shard["kernels"])})
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
    """Candidates of one category, by number; or harvested kernels, as they are."""

    category: str
    request: Request
    numbers: range
    programs: Programs = generate_kernel
    kernels: tuple[KernelSpec, ...] = ()

    def sources(self) -> Iterator[str | None]:
        """The text of each candidate, or None for one that the grammar's own legality check refuses."""
        yield from (kernel["source"] for kernel in self.kernels)
        for number in self.numbers:
            seed = program_seed(self.request.seed, self.category, number)
            try:
                yield self.programs(self.category, seed, self.request.size)["source"]
            except Rejected:
                yield None


Sketches: TypeAlias = list[Sketch | str]
"""Of a chunk's candidates; a text says why one has none: `illegal` or `contaminated`."""


def sketch(chunk: Chunk) -> Sketches:
    """Generate the candidates of a chunk and sketch them."""
    request = chunk.request
    body = body_of(request.against, request.against_sha256) if request.against else None
    found: Sketches = []
    for source in chunk.sources():
        if source is None:
            found.append("illegal")
        else:
            found.append("contaminated" if body and body.holds(source) else Sketch.of(source))
    return found


SketchMap: TypeAlias = Callable[[Callable[[Chunk], Sketches], Iterable[Chunk]], Iterable[Sketches]]


class Walk(ABC):
    """A pass over the candidates of generated categories in their order, which accepts those that repeat no accepted
    one, nor any of the programs that were taken before."""

    def __init__(self, request: Request, selection: Selection) -> None:
        self.request = request
        self.accepted = bytearray(b"\1" * len(selection.taken))
        """Whether each program, by its place, is one of the distinct ones: those taken before, then candidates."""
        self.funnel = Counter(selection.funnel)
        self._taken = len(selection.taken)

    @abstractmethod
    def candidates(self, category: str) -> Iterator[tuple[str, int, Sequence[int], Sequence[int]]]:
        """Every candidate of the category: its split, or why it is none; its place; the places of the earlier ones of
        its structure; those of the earlier ones that it may be near, of which `is_near` decides."""

    @abstractmethod
    def is_near(self, one: int, other: int) -> bool:
        """Whether two candidates, by their places, are near-duplicates."""

    def distinct(self, category: str) -> Iterator[tuple[int, str]]:
        """Yield (number, split) of the category's programs that are new, until GIVE_UP in a row are not."""
        barren = 0
        for number, (split, place, same, proposed) in enumerate(self.candidates(category)):
            self.funnel["generated"] += 1
            if split not in SPLITS:
                self.funnel[split] += 1
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
        reserve = sum(len(shard.candidates) for shard in shards) - planned
        drawn = sum(len(shard.candidates) for shard in shards if not shard.kernels)
        not_needed = sum(self.accepted) - self._taken - drawn
        funnel = self.funnel + Counter({"planned": planned, "in reserve": reserve, "not needed": not_needed})
        return Plan(self.request, tuple(shards), {name: funnel[name] for name in FUNNEL})


class _Walk(Walk):
    """The walk over candidates that are sketched as they are needed and kept in an index of this process."""

    def __init__(
        self, request: Request, selection: Selection, map_: SketchMap, seen: SeenPrograms, programs: Programs
    ) -> None:
        super().__init__(request, selection)
        self.map = map_
        self.programs = programs
        self.seen = seen
        seen.add(selection.taken)

    def candidates(self, category: str) -> Iterator[tuple[str, int, Sequence[int], Sequence[int]]]:
        request = self.request
        first = 0
        while True:
            round_ = _round(request.quota(category), first)
            step = CHUNK if round_ < MOST_ROUND // 2 else 4 * CHUNK
            numbers = [range(start, start + step) for start in range(first, first + round_, step)]
            chunks = [Chunk(category, request, part, self.programs) for part in numbers]
            outcomes: list[str] = []
            place = len(self.seen)
            all_twins = self.seen.add(_legal(self.map(sketch, chunks), outcomes))
            first += len(outcomes)
            self.accepted.extend(bytes(len(self.seen) - place))
            for outcome in outcomes:
                if outcome in SPLITS:
                    twins = next(all_twins)
                    yield outcome, place, twins.same, twins.proposed
                    place += 1
                else:
                    yield outcome, place, (), ()
            del all_twins  # which holds all that may be alike

    def is_near(self, one: int, other: int) -> bool:
        return self.seen.is_near(one, other)


def _legal(found: Iterable[Sketches], outcomes: list[str]) -> Iterator[Sketch]:
    """The sketches; append to `outcomes` the split of each candidate, or why it has none."""
    for sketches in found:
        for one in sketches:
            if isinstance(one, str):
                outcomes.append(one)
            else:
                outcomes.append(split_of(one.structure))
                yield one


def _round(quota: int, taken: int) -> int:
    """How many candidates to sketch next: at first about as many as are wanted, then some at a time."""
    wanted = quota // 8 if taken else quota
    return min(max(-(-wanted // CHUNK) * CHUNK, LEAST_ROUND), MOST_ROUND)


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
    wanted = {split: array("Q") for split in SPLITS}
    spare = {split: array("Q") for split in SPLITS}
    need = dict.fromkeys(SPLITS, 0)
    taken = 0
    programs = walk.distinct(category) if quota else iter(())
    for number, split in programs:
        empty = sum(not rows for rows in wanted.values()) if quota >= EVERY_SPLIT else 0
        if taken < quota - empty or (taken < quota and not wanted[split]):
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
            f"ask for at most {taken * len(walk.request.generated)} records, or another --size"
        )
    return [shard for split in SPLITS for shard in _shards(category, split, wanted[split], spare[split], verify)]


def _deal(rows: int) -> list[int]:
    """Rows of each shard of a split: as equal as can be."""
    shards = shard_count(rows)
    return [rows // shards + (index < rows % shards) for index in range(shards)]


def _shards(category: str, split: str, wanted: array[int], spare: array[int], verify: str) -> Iterator[Shard]:
    counts = _deal(len(wanted))
    first, reserve = 0, 0
    for index, rows in enumerate(counts):
        stop = reserve + _reserve(rows, verify)
        candidates = wanted[first : first + rows] + spare[reserve:stop]
        yield Shard(category, split, index, len(counts), rows, candidates)
        first, reserve = first + rows, stop


def take_harvested(request: Request, map_: SketchMap, tell: Callable[[str], None]) -> Selection:
    """The kernels of the harvested categories, chosen, with all that generated programs must not repeat.

    Raises:
        UsageError: a package is not the one that is installed, or its licence is not that of the data.
    """
    harvested = {}
    for category, kernels in supply(request.categories, request.packages, tell).items():
        starts = range(0, len(kernels), CHUNK)
        chunks = [Chunk(category, request, range(0), kernels=tuple(kernels[at : at + CHUNK])) for at in starts]
        sketches = (one for found in map_(sketch, chunks) for one in found)
        harvested[category] = list(zip(kernels, sketches, strict=True))
    return select(harvested, reserved())


def harvested_shards(selection: Selection, category: str) -> Iterator[Shard]:
    """The shards of one harvested category."""
    for split, kernels in selection.kernels[category].items():
        counts, first = _deal(len(kernels)), 0
        for index, rows in enumerate(counts):
            part = tuple(kernels[first : first + rows])
            yield Shard(category, split, index, len(counts), rows, array("Q", range(rows)), part)
            first += rows


def make_plan(
    request: Request,
    map_: SketchMap = map,
    planned: Callable[[int], None] = lambda count: None,
    programs: Programs = generate_kernel,
    tell: Callable[[str], None] = lambda line: None,
) -> Plan:
    """Plan a build.

    `map_` applies `sketch` to chunks in order; that of a process pool spreads the work and gives the same plan.
    `planned` is told how many programs are chosen so far, `tell` what is harvested.

    Raises:
        ExhaustedError: a category cannot give its part of the records as distinct programs.
        UsageError: a package is not the one that is installed, or its licence is not that of the data.
    """
    selection = take_harvested(request, map_, tell)
    with SeenPrograms() as seen:
        walk = _Walk(request, selection, map_, seen, programs)
        shards: list[Shard] = []
        for category in request.categories:
            shards += harvested_shards(selection, category) if category in HARVESTED else plan_shards(walk, category)
            planned(sum(shard.count for shard in shards))
    return walk.plan(shards)
