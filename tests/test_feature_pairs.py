"""Pairwise coverage: pairs are those that meet in one program."""

from warp_jit_pairs.feature_pairs import FeaturePairs


def test_pairs_are_those_that_meet() -> None:
    pairs = FeaturePairs()
    for found in (["a", "b"], ["b", "c"], ["a", "b"]):
        pairs.add(found)
    assert pairs.covered() == (2 / 3, 3, [("a", "c")])
    assert pairs.covered(least=2) == (1 / 3, 3, [("b", "c"), ("a", "c")])
    assert FeaturePairs().covered() == (0.0, 0, [])


def test_many_programs_are_folded_without_loss() -> None:
    pairs = FeaturePairs()
    for number in range(10_000):
        pairs.add(["even" if number % 2 == 0 else "odd", f"of {number % 3}"])
    share, features, missing = pairs.covered(least=1666)
    assert (features, missing) == (5, [("even", "odd"), ("of 0", "of 1"), ("of 0", "of 2"), ("of 1", "of 2")])
    assert share == 0.6
