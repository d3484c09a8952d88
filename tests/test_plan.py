"""The plan: distinct programs, dealt to shards, the same however it is computed."""

from collections import Counter
from collections.abc import Iterable

import pytest

from warp_jit_pairs import plan as plan_module
from warp_jit_pairs.columns import SPLITS
from warp_jit_pairs.errors import ExhaustedError, UnknownNameError, UsageError
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.grammar.check import IllegalProgram
from warp_jit_pairs.identity import jaccard, shingles, split_of, structural_hash
from warp_jit_pairs.manifest import SOURCES
from warp_jit_pairs.plan import (
    EVERY_SPLIT,
    MOST_ROWS_PER_SHARD,
    RESERVES,
    Chunk,
    Plan,
    Request,
    Sketches,
    make_plan,
    program_seed,
    shard_count,
    sketch,
)

REQUEST = Request(("atomic", "math"), 90, seed=5)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(REQUEST)


def _sources(plan: Plan) -> dict[str, list[str]]:
    """Sources of every candidate, by split."""
    found: dict[str, list[str]] = {}
    for shard in plan.shards:
        for number in shard.candidates:
            spec = generate_kernel(shard.category, program_seed(plan.request.seed, shard.category, number))
            found.setdefault(shard.split, []).append(spec["source"])
    return found


def test_every_category_gets_its_part(plan: Plan) -> None:
    rows: Counter[str] = Counter()
    for shard in plan.shards:
        rows[shard.category] += shard.count
    assert rows == {"atomic": 45, "math": 45}


def test_no_structure_and_no_near_duplicate_occurs_twice(plan: Plan) -> None:
    sources = [source for group in _sources(plan).values() for source in group]
    assert len({structural_hash(source) for source in sources}) == len(sources)
    sets = [shingles(source) for source in sources]
    worst = max(jaccard(a, b) for i, a in enumerate(sets) for b in sets[:i])
    assert worst < 0.7


def test_a_shard_holds_programs_of_its_split_only(plan: Plan) -> None:
    for split, sources in _sources(plan).items():
        assert {split_of(structural_hash(source)) for source in sources} == {split}


def test_every_shard_has_a_reserve(plan: Plan) -> None:
    assert plan.shards
    for shard in plan.shards:
        assert shard.count > 0
        least, share = RESERVES[REQUEST.verify]
        assert len(shard.candidates) - shard.count >= max(least, shard.count / share)


def test_a_plan_does_not_depend_on_who_computes_it(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def eager(function: object, chunks: Iterable[Chunk]) -> Iterable[Sketches]:
        assert function is sketch
        return [sketch(chunk) for chunk in chunks]

    monkeypatch.setattr(plan_module, "CHUNK", 7)
    monkeypatch.setattr(plan_module, "MOST_ROUND", 30)  # a round of 15 and more goes in tasks of 28
    assert make_plan(REQUEST, eager).to_json() == plan.to_json()


def test_a_larger_plan_keeps_the_splits(plan: Plan) -> None:
    larger = make_plan(Request(REQUEST.categories, 120, REQUEST.seed))

    def split_of_number(some: Plan) -> dict[tuple[str, int], str]:
        return {(s.category, n): s.split for s in some.shards for n in s.candidates[: s.count]}

    small, large = split_of_number(plan), split_of_number(larger)
    assert len(small) == 90
    shared = small.keys() & large.keys()
    assert len(shared) > 80
    assert all(small[key] == large[key] for key in shared)


def test_another_seed_gives_other_programs(plan: Plan) -> None:
    other = make_plan(Request(REQUEST.categories, 90, seed=6))
    assert other.sha256 != plan.sha256
    mine = {source for group in _sources(plan).values() for source in group}
    theirs = {source for group in _sources(other).values() for source in group}
    assert not mine & theirs


def test_json_round_trip(plan: Plan) -> None:
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert again.sha256 == plan.sha256


def test_the_funnel_adds_up(plan: Plan) -> None:
    funnel = plan.funnel
    assert funnel["generated"] == sum(count for name, count in funnel.items() if name not in SOURCES)
    assert funnel["planned"] == 90


@pytest.mark.parametrize(
    ("rows", "shards"),
    [(0, 0), (1, 1), (63, 1), (127, 1), (128, 2), (512, 8), (30_000, 8), (8 * MOST_ROWS_PER_SHARD + 1, 9)],
)
def test_shard_count(rows: int, shards: int) -> None:
    assert shard_count(rows) == shards


@pytest.mark.parametrize("seed", [0, 1])
def test_a_category_has_rows_in_every_split(seed: int) -> None:
    """The first programs of these seeds leave a split empty."""
    request = Request(("arithmetic", "matrix"), 2 * EVERY_SPLIT, seed, verify="none")
    found = Counter((shard.category, shard.split) for shard in make_plan(request).shards if shard.count)
    assert set(found) == {(category, split) for category in request.categories for split in SPLITS}
    assert sum(shard.count for shard in make_plan(request).shards) == 2 * EVERY_SPLIT


def test_records_that_do_not_divide_evenly() -> None:
    request = Request(tuple(CATEGORIES)[:3], 7)
    assert [request.quota(category) for category in request.categories] == [3, 2, 2]


@pytest.mark.parametrize("count", [0, -5])
def test_a_count_must_be_positive(count: int) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        Request(("math",), count)


def test_an_unknown_category_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'maths'.*arithmetic"):
        Request(("maths",), 1)


def test_a_category_that_runs_dry_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    known = sketch(Chunk("math", Request(("math",), 30), range(12)))

    def twelve_again_and_again(function: object, chunks: Iterable[Chunk]) -> Iterable[Sketches]:
        return [[known[number % 12] for number in chunk.numbers] for chunk in chunks]

    monkeypatch.setattr(plan_module, "GIVE_UP", 40)
    with pytest.raises(ExhaustedError, match=r"'math' gave 12 distinct programs of the 30"):
        make_plan(Request(("math",), 30), twelve_again_and_again)


def test_an_illegal_program_is_counted_and_replaced(plan: Plan) -> None:
    doomed = {program_seed(5, "atomic", number) for number in range(10)}

    def refuse_some(category: str, seed: int, size: str) -> KernelSpec:
        if seed in doomed:
            raise IllegalProgram("argument x has no use")
        return generate_kernel(category, seed, size)

    other = make_plan(REQUEST, programs=refuse_some)
    assert other.funnel["illegal"] == 10
    assert other.funnel["planned"] == plan.funnel["planned"]
    assert not {n for shard in other.shards if shard.category == "atomic" for n in shard.candidates} & set(range(10))
