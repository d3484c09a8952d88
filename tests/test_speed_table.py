"""The README's table of speed is that of the kept figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.speed_table import END, RESULTS, START, table, write_readme

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_readme_shows_the_kept_figures(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(README.read_text(encoding="utf-8"), encoding="utf-8")
    write_readme(copy, json.loads(RESULTS.read_text(encoding="utf-8")))
    assert copy.read_text(encoding="utf-8") == README.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["a", "e"])
def test_each_figure_has_a_row_with_what_is_wanted_of_it(part: str) -> None:
    kind = {"cores": 2, "CPU": "fast", "memory, GiB": 8, "warp": "1.19.0"}
    figures = {
        "a": {"records": {"ratio": 1.234, "records a CPU second": 50.0, "share of plan": 0.25, "share of write": 0.75}},
        "e": {"1,000 records": {"records": 1000, "made": 1000, "peak, MiB": 321.0}},
    }
    text = table(
        {"machine": kind, part: {"title": "title", "date": "2026-01-01", "quick": False, "figures": figures[part]}}
    )
    expected = {
        "a": "| title: records | 1.23 (50/s) | at least 0.9 | 2026-01-01 |",
        "e": "| title: 1,000 records | 321 MiB |  | 2026-01-01 |",
    }
    assert expected[part] in text
    assert ("plan 25%, write 75%" in text) == (part == "a")
    assert START not in text
    assert END not in text
