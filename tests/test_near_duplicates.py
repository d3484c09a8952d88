"""The index of seen programs: no different program is taken for a repeated one, every repeated one is found."""

from collections.abc import Iterator

import numpy as np
import pytest

from warp_jit_pairs import near_duplicates
from warp_jit_pairs.identity import NEAR_DUPLICATE, Shingles, jaccard
from warp_jit_pairs.near_duplicates import BANDS, SeenPrograms, Sketch, Twins, band_keys, min_hashes

SIZE = 300


def _random_set(rng: np.random.Generator, size: int = SIZE) -> Shingles:
    return np.unique(rng.integers(0, 2**64, size=size, dtype=np.uint64))


def _mutated(rng: np.random.Generator, base: Shingles, share: float) -> Shingles:
    """Replace a share of a set's members."""
    kept = rng.permutation(base)[: round(len(base) * (1 - share))]
    return np.unique(np.concatenate([kept, _random_set(rng, len(base) - len(kept))]))


def _sketch(shingles: Shingles, structure: int = 0) -> Sketch:
    return Sketch.made(f"{structure:032x}", shingles)


def _add(seen: SeenPrograms, sets: list[Shingles], blocks: int) -> list[Twins]:
    """Add sets, each a structure of its own, in so many blocks."""
    sketches = [_sketch(members, (len(seen) + place + 1) << 96) for place, members in enumerate(sets)]
    step = -(-len(sketches) // blocks)
    return [found for first in range(0, len(sketches), step) for found in seen.add(sketches[first : first + step])]


@pytest.mark.parametrize(("count", "blocks"), [(10, 1), (3000, 1), (3000, 7)])
def test_finds_near_duplicates_among_many(count: int, blocks: int) -> None:
    rng = np.random.default_rng(1)
    sets = [_random_set(rng) for _ in range(count)]
    chosen = range(0, count, max(1, count // 50))
    near = [_mutated(rng, sets[number], 0.1) for number in chosen]
    with SeenPrograms() as seen:
        _add(seen, sets, blocks)
        assert len(seen) == count
        for place, (number, found) in enumerate(zip(chosen, _add(seen, near, 1), strict=True)):
            assert jaccard(near[place], sets[number]) >= NEAR_DUPLICATE
            assert number in found.proposed
            assert seen.is_near(number, count + place)


@pytest.mark.parametrize(("few", "pairs"), [(0, 1 << 15), (1024, 1 << 15), (1024, 3)])
def test_blocks_of_any_size_find_the_same(few: int, pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_FEW", few)
    monkeypatch.setattr(near_duplicates, "_SLICE", pairs)
    rng = np.random.default_rng(5)
    base = [_random_set(rng, 40) for _ in range(30)]
    sets = [_mutated(rng, base[number % 30], 0.05) for number in range(200)]
    answers = []
    for blocks in (1, 3, 20):
        with SeenPrograms() as seen:
            answers.append(_add(seen, sets, blocks))
    assert answers[0] == answers[1] == answers[2]
    assert sum(len(twins.proposed) for twins in answers[0]) > 500
    with SeenPrograms() as seen:
        found = _add(seen, sets, 4)
        near = {(i, j) for j in range(200) for i in found[j].proposed if seen.is_near(i, j)}
    truth = {(i, j) for j in range(200) for i in range(j) if jaccard(sets[i], sets[j]) >= NEAR_DUPLICATE}
    assert near <= truth
    assert len(near) > 0.97 * len(truth) > 100


def test_programs_below_the_threshold_are_different() -> None:
    rng = np.random.default_rng(3)
    sets = [_random_set(rng) for _ in range(200)]
    others = [_mutated(rng, members, 0.2) for members in sets]  # Jaccard about 0.67, proposed often
    with SeenPrograms() as seen:
        _add(seen, sets, 2)
        found = _add(seen, others, 1)
        assert sum(len(twins.proposed) for twins in found) > 100
        for place, twins in enumerate(found):
            assert jaccard(sets[place], others[place]) < NEAR_DUPLICATE
            assert not any(seen.is_near(number, 200 + place) for number in twins.proposed)


def test_the_same_structure_is_found_by_all_of_its_digits() -> None:
    rng = np.random.default_rng(4)
    structures = [5, 5 << 64, 5, 5 | 1 << 40, 5]
    with SeenPrograms() as seen:
        found = list(seen.add([_sketch(_random_set(rng), structure) for structure in structures[:3]]))
        found += seen.add([_sketch(_random_set(rng), structure) for structure in structures[3:]])
    assert [twins.same for twins in found] == [[], [], [0], [], [0, 2]]


def test_earlier_programs_come_in_order() -> None:
    rng = np.random.default_rng(6)
    base = _random_set(rng)
    with SeenPrograms() as seen:
        found = _add(seen, [base, _random_set(rng), base, base], 2)
    assert [twins.proposed for twins in found] == [[], [], [0], [0, 2]]


def test_an_index_holds_few_bytes_a_program() -> None:
    rng = np.random.default_rng(2)
    with SeenPrograms() as seen:
        _add(seen, [_random_set(rng, 50) for _ in range(4096)], 4)
        assert seen.nbytes == 4096 * 32 + 4 * 8


def test_nothing_to_add() -> None:
    with SeenPrograms() as seen:
        assert list(seen.add([])) == []
        assert len(seen) == 0
        _add(seen, [_random_set(np.random.default_rng(7))], 1)
        assert list(seen.add([])) == []
        assert len(seen) == 1


def test_a_supply_that_fails_leaves_the_index_as_it_was() -> None:
    rng = np.random.default_rng(8)
    base = _random_set(rng)

    def failing() -> Iterator[Sketch]:
        yield _sketch(base, 2 << 96)
        raise RuntimeError("no more")

    with SeenPrograms() as seen:
        _add(seen, [base], 1)
        with pytest.raises(RuntimeError, match="no more"):
            seen.add(failing())
        assert len(seen) == 1
        assert [twins.proposed for twins in _add(seen, [base], 1)] == [[0]]


def test_band_keys_stay_what_they_are() -> None:
    # Plans, and with them published records, depend on these values.
    minima = min_hashes(np.arange(1, 100, dtype=np.uint64))
    keys = band_keys(minima)
    assert len(keys) == BANDS
    assert keys[:4].tolist() == [4231039253, 344365531, 1408605900, 3285009360]
