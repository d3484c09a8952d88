"""Docstrings and comments: readable sentences from names, the same for the same seed."""

from __future__ import annotations

import pytest

from warp_jit_pairs.grammar.names import FIELD_NAMES, Names
from warp_jit_pairs.grammar.prose import REMARKS, docstring, remark, sentence
from warp_jit_pairs.rng import Rng


def test_the_sentence_speaks_of_what_the_name_says() -> None:
    assert sentence(Rng(2), "_init_particle_vel_kernel").startswith("Initialize")
    assert "particle velocity" in sentence(Rng(2), "_init_particle_vel_kernel")


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_docstrings_are_text_that_fits_between_quotes(field: str) -> None:
    for seed in range(20):
        rng = Rng(seed)
        name = Names(rng, field).kernel()
        text = docstring(rng, name, ("x_in", "num_cells"), long=seed % 2 == 0)
        first = text.split("\n")[0]
        assert first[0].isupper()
        assert len(first) < 120
        assert not any(mark in text for mark in ('"', "\\", "{", "_kernel"))


@pytest.mark.parametrize("topic", REMARKS)
def test_remarks_are_one_line(topic: str) -> None:
    made = {remark(Rng(seed), topic, capital=seed % 2 == 0) for seed in range(200)}
    assert len(made) > 8
    assert not any("\n" in text or text.startswith("#") for text in made)


def test_same_seed_same_text() -> None:
    assert docstring(Rng(3), "advect_cells", (), long=True) == docstring(Rng(3), "advect_cells", (), long=True)
