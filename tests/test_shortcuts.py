"""Remembered answers change no text: with them and without, every kind of program gives the same code."""

from __future__ import annotations

from pathlib import Path

import pytest

from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.shortcuts import SHORTCUTS

GOLDEN = sorted((Path(__file__).parent / "golden" / "extract").glob("*.py"))


def _both_ways(sources: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = extract_batch(sources)
    with monkeypatch.context() as patch:
        patch.setattr(SHORTCUTS, "remember", False)
        plain = extract_batch(sources)
    for source, one, other in zip(sources, remembered, plain, strict=True):
        assert isinstance(one, Extracted), source
        assert one == other, source


@pytest.mark.parametrize("category", CATEGORIES)
def test_remembered_answers_change_no_text_of_programs(category: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _both_ways([generate_kernel(category, seed)["source"] for seed in range(3)], monkeypatch)


def test_remembered_answers_change_no_text_of_written_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert GOLDEN
    _both_ways([path.read_text(encoding="utf-8") for path in GOLDEN], monkeypatch)
