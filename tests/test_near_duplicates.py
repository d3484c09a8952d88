"""The index of near-duplicates: no different program is found, every near-duplicate is."""

import numpy as np
import pytest

from warp_jit_pairs.identity import NEAR_DUPLICATE, Shingles, jaccard
from warp_jit_pairs.near_duplicates import BANDS, NearDuplicates, band_keys

SIZE = 300


def _random_set(rng: np.random.Generator, size: int = SIZE) -> Shingles:
    return np.unique(rng.integers(0, 2**64, size=size, dtype=np.uint64))


def _mutated(rng: np.random.Generator, base: Shingles, share: float) -> Shingles:
    """Replace a share of a set's members."""
    kept = rng.permutation(base)[: round(len(base) * (1 - share))]
    return np.unique(np.concatenate([kept, _random_set(rng, len(base) - len(kept))]))


class _Index:
    def __init__(self) -> None:
        self.sets: list[Shingles] = []
        self.index = NearDuplicates(lambda number: self.sets[number])

    def add(self, shingles: Shingles) -> None:
        self.sets.append(shingles)
        self.index.add(band_keys(shingles))

    def find(self, shingles: Shingles) -> int | None:
        return self.index.find(shingles, band_keys(shingles))


@pytest.mark.parametrize("count", [10, 5000])
def test_finds_near_duplicates_among_many(count: int) -> None:
    rng = np.random.default_rng(1)
    index = _Index()
    for _ in range(count):
        index.add(_random_set(rng))
    assert len(index.index) == count
    for number in range(0, count, max(1, count // 50)):
        near = _mutated(rng, index.sets[number], 0.1)
        assert jaccard(near, index.sets[number]) >= NEAR_DUPLICATE
        assert index.find(near) == number


def test_an_index_holds_few_bytes_a_program() -> None:
    rng = np.random.default_rng(2)
    index = _Index()
    for _ in range(4096):
        index.add(_random_set(rng, 50))
    assert index.index.nbytes == 4096 * BANDS * 8


def test_programs_below_the_threshold_are_different() -> None:
    rng = np.random.default_rng(3)
    index = _Index()
    for _ in range(200):
        base = _random_set(rng)
        other = _mutated(rng, base, 0.2)  # Jaccard about 0.67, proposed often
        assert jaccard(base, other) < NEAR_DUPLICATE
        index.add(base)
        assert index.find(other) is None
    assert index.index.compared > 100


def test_the_first_of_several_is_found() -> None:
    rng = np.random.default_rng(4)
    base = _random_set(rng)
    index = _Index()
    for shingles in (_random_set(rng), base, base):
        index.add(shingles)
    assert index.find(base) == 1


def test_band_keys_stay_what_they_are() -> None:
    # Plans, and with them published records, depend on these values.
    keys = band_keys(np.arange(1, 100, dtype=np.uint64))
    assert keys[:4].tolist() == [4231039253, 344365531, 1408605900, 3285009360]
