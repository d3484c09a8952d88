"""Names of locals that follow the array they are read from."""

from __future__ import annotations

import pytest

from warp_jit_pairs.grammar.kinship import read_from, singular
from warp_jit_pairs.rng import Rng


@pytest.mark.parametrize(
    ("several", "one"),
    [("positions", "position"), ("indices", "index"), ("vertices", "vertex"), ("bodies", "body"), ("masses", "mass"),
     ("mass", "mass"), ("bias", "bias"), ("axis", "axis"), ("pos", "pos"), ("radius", "radius")],
)  # fmt: skip
def test_singular(several: str, one: str) -> None:
    assert singular(several) == one


def test_a_local_is_named_after_the_array_without_its_marks() -> None:
    names = {read_from(Rng(seed), "body_positions_in") for seed in range(20)}
    assert names == {"position", "body_position"}


@pytest.mark.parametrize("source", ["x", "mass", "_q", "a_0"])
def test_a_name_with_nothing_to_give_gives_none(source: str) -> None:
    assert read_from(Rng(0), source) == ""
