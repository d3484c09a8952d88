"""The generator of random draws: known streams, ranges, independence of names."""

from __future__ import annotations

import pytest

from warp_jit_pairs.rng import Rng, sub_seed


def test_the_stream_is_known():
    rng = Rng(42)
    assert [rng.integer(0, 99) for _ in range(8)] == [63, 2, 27, 22, 73, 67, 89, 8]
    assert sub_seed(7, "kernel", 3) == 1375838441944399762


def test_seeds_of_64_bits_and_beyond_are_taken():
    for seed in (0, 1, 2**63, 2**64 - 1):
        assert Rng(seed).random() == Rng(seed).random()
    assert Rng(2**64).seed == 0


def test_children_depend_on_their_name_alone():
    parent = Rng(5)
    before = parent.child("a").random()
    parent.random()
    assert parent.child("a").random() == before
    assert parent.child("b").random() != before
    assert sub_seed(1, "ab", "c") != sub_seed(1, "a", "bc")


def test_integers_cover_their_range():
    rng = Rng(1)
    assert {rng.integer(-2, 2) for _ in range(200)} == {-2, -1, 0, 1, 2}


def test_weights_decide_the_frequency():
    rng = Rng(3)
    drawn = [rng.weighted({"often": 9.0, "never": 0.0, "rare": 1.0}) for _ in range(2000)]
    assert "never" not in drawn
    assert 0.05 < drawn.count("rare") / 2000 < 0.15


def test_shuffle_keeps_the_items_and_the_argument():
    items = list(range(20))
    shuffled = Rng(9).shuffle(items)
    assert sorted(shuffled) == items
    assert shuffled != items
    assert len(Rng(9).sample(items, 5)) == 5


@pytest.mark.parametrize("draw", [lambda r: r.choose(()), lambda r: r.integer(3, 2), lambda r: r.weighted({"a": 0.0})])
def test_impossible_draws_raise(draw):
    with pytest.raises(ValueError):
        draw(Rng(0))
