"""The generator's figures: counted right, the same for the same seed, and refused for a bad number."""

from __future__ import annotations

import pytest
from rich.console import Console

from warp_jit_pairs import genstats
from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.rng import sub_seed


@pytest.fixture(scope="module")
def stats() -> genstats.GeneratorStats:
    return genstats.collect(3 * len(CATEGORIES), seed=4)


def test_counts_add_up(stats: genstats.GeneratorStats) -> None:
    assert sum(len(figures.lines) for figures in stats.categories.values()) == stats.num == 3 * len(CATEGORIES)
    assert all(sum(figures.levels.values()) == 3 for figures in stats.categories.values())
    assert stats.structural + stats.near < stats.num
    assert len(stats.builtins) > 290
    assert stats.builtins["tid"] > stats.num / 2
    assert stats.sampled == stats.num
    assert 0.0 < stats.pairs < 1.0


def test_identifiers_are_counted_from_the_sources(stats: genstats.GeneratorStats) -> None:
    names = list(CATEGORIES)
    found: set[str] = set()
    for number in range(stats.num):
        category = names[number % len(names)]
        found |= genstats.own_names(generate_kernel(category, sub_seed(4, category, number))["source"])
    assert stats.identifiers == len(found)
    assert genstats.own_names('x = wp.sin(y)  # z\n"""w"""\n') == {"x", "y"}


def test_same_seed_same_figures(stats: genstats.GeneratorStats) -> None:
    again = genstats.collect(stats.num, seed=4)
    assert (again.categories, again.builtins, again.pairs) == (stats.categories, stats.builtins, stats.pairs)


def test_pairs_are_those_that_meet() -> None:
    pairs = genstats.Pairs()
    for found in (["a", "b"], ["b", "c"], ["a", "b"]):
        pairs.add(found)
    assert pairs.covered() == (2 / 3, 3, [("a", "c")])
    assert pairs.covered(least=2) == (1 / 3, 3, [("b", "c"), ("a", "c")])
    assert genstats.Pairs().covered() == (0.0, 0, [])


def test_everything_is_printed(stats: genstats.GeneratorStats, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=160)
    for table in genstats.tables(stats):
        console.print(table)
    text = capsys.readouterr().out
    for words in ("structural duplicates", "near-duplicates", "distinct identifiers", "codegen", *CATEGORIES):
        assert words in text


def test_a_number_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        genstats.collect(0, seed=0)
