"""What `warp-jit-pairs contamination` shows: the share of a build's rows that stand in a given body of code."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from .columns import SPLITS
from .contamination import REASONS, WINDOW, contamination, read_body


def run_contamination(folder: Path, against: str) -> None:
    """Compare a finished build with a body of code and print a table.

    Raises:
        UsageError: there is no such body; OutputError: there is no finished build.
    """
    body = read_body(against)
    counts = contamination(folder, body)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{body.files:,} files, {len(body.structures):,} kernels by structure in {against}", markup=False)
    table = Table(title="rows that stand in it", title_justify="left", title_style="bold")
    for name in ("split", "rows", "by structure", f"by {WINDOW} tokens", "by either"):
        table.add_column(name, justify="left" if name == "split" else "right")
    for split in (*(split for split in SPLITS if counts[split, "all"]), "all"):
        of = [split] if split != "all" else list(SPLITS)
        total = sum(counts[one, "all"] for one in of)
        found = [sum(counts[one, reason] for one in of) for reason in (*REASONS, "any")]
        table.add_row(split, f"{total:,}", *(f"{count:,} ({count / max(total, 1):.2%})" for count in found))
    console.print(table)
