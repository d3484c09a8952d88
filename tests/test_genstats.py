"""What `stats --generator` prints."""

from __future__ import annotations

import pytest

from warp_jit_pairs.genstats import plan_figures, run_generator_stats
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.workers import Workers


def test_everything_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    run_generator_stats(num=32, seed=4, codegen=32, compiled=0, plan=16, processes=1)
    text = capsys.readouterr().out
    for words in ("structural duplicates", "near-duplicates", "distinct identifiers", "codegen", *CATEGORIES):
        assert words in text
    assert "a plan of 16 records" in text
    assert "programs through clang" not in text


def test_figures_of_a_plan() -> None:
    with Workers(0) as workers:
        figures = plan_figures(32, 0, workers)
    assert figures.funnel["planned"] == 32
    assert figures.seconds > 0.0
    assert figures.bytes >= 0.0
