"""Figures as Markdown tables. Pure text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from .columns import SPLITS
from .manifest import Manifest


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def counts_table(manifest: Manifest) -> str:
    """Rows by category and split."""

    def cells(name: str, category: str | None) -> tuple[str, ...]:
        return (name, *(f"{manifest.rows(category, split):,}" for split in (*SPLITS, None)))

    rows = [cells(name, name) for name in manifest.categories]
    return table(("category", *SPLITS, "all"), [*rows, cells("**all**", None)])


def spread_table(values: Mapping[str, Sequence[int]]) -> str:
    """Median, 90th percentile and maximum of each figure."""
    rows = [
        (name, *(f"{np.percentile(found, share):,.0f}" for share in (50, 90, 100))) for name, found in values.items()
    ]
    return table(("of a row", "median", "90 %", "most"), rows)


def count_table(head: tuple[str, str], counts: dict[str, int]) -> str:
    """Names and counts, in their order."""
    return table(head, [(name, f"{count:,}") for name, count in counts.items()])


def most_frequent(found: Counter[str], number: int) -> list[tuple[str, int]]:
    """The most frequent members, those of one frequency by name."""
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:number]


def share_table(name: str, found: Counter[str], rows: int, number: int) -> str:
    """The share of rows that each of the most frequent members occurs in."""
    shown = [(f"`{member}`", f"{100 * count / rows:.1f} %") for member, count in most_frequent(found, number)]
    return table((name, "rows"), shown)
