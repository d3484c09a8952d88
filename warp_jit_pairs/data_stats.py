"""Figures about the rows of a finished build, read from its files: printed, and written as Markdown.

`warp-jit-pairs stats DIR --output notes/data_stats.md` makes the page of that name. Figures about the generator itself
are `genstats.py`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.markdown import Markdown

from .card import counts_table, table
from .manifest import Manifest, read_manifest, write_text
from .schema import CODE_COLUMNS

Row = dict[str, Any]


def _lines_of(column: str) -> Callable[[Row], int]:
    return lambda row: int(row[column].count("\n"))


_MEASURES: dict[str, Callable[[Row], int]] = {
    "lines of Python": lambda row: row["features"]["lines"],
    "tokens of Python": lambda row: row["features"]["tokens"],
    "depth": lambda row: row["features"]["depth"],
    "distinct builtins": lambda row: len(row["features"]["builtins"]),
    "arguments": lambda row: len(row["args"]),
    **{f"lines of {name}": _lines_of(name) for name in CODE_COLUMNS},
}
"""Name of a figure -> what it is of one row."""

_KINDS: dict[str, Callable[[Row], list[str]]] = {
    "builtins": lambda row: row["features"]["builtins"],
    "statements": lambda row: row["features"]["statements"],
    "dtypes": lambda row: row["features"]["dtypes"],
    "launch dimensions": lambda row: [str(len(row["launch"]["dim"]))],
}
"""Name of a set -> which of its members one row has."""

_COLUMNS = ["features", "args", "launch", *CODE_COLUMNS]
_MOST = 30


def _rows(folder: Path, manifest: Manifest) -> Iterator[Row]:
    for shard in manifest.shards:
        file = pq.ParquetFile(folder / "data" / f"{shard['name']}.parquet")
        for batch in file.iter_batches(batch_size=256, columns=_COLUMNS):
            yield from batch.to_pylist()


def data_stats(folder: Path) -> str:
    """The figures about a finished build, as Markdown.

    Raises:
        OutputError: the folder holds no finished build.
    """
    manifest = read_manifest(folder)
    values: dict[str, list[int]] = {name: [] for name in _MEASURES}
    counts: dict[str, Counter[str]] = {name: Counter() for name in _KINDS}
    for row in _rows(folder, manifest):
        for name, measure in _MEASURES.items():
            values[name].append(measure(row))
        for name, members in _KINDS.items():
            counts[name].update(members(row))
    size = sum(shard["bytes"] for shard in manifest.shards)
    parts = [
        "# Figures about a build",
        f"Data {manifest.data_version}, generator {manifest.generator_version}, Warp {manifest.warp_version}, "
        f"seed {manifest.request['seed']}, {manifest.rows():,} rows, {size / 1e6:.1f} MB of parquet. "
        "Written by `warp-jit-pairs stats DIR --output FILE`.",
        "## Rows",
        counts_table(manifest),
        "## Programs",
        table(("programs", "count"), [(name, f"{count:,}") for name, count in manifest.funnel_and_drops().items()]),
        "## Size",
        table(("of a row", "median", "90 %", "most"), [_spread(name, found) for name, found in values.items()]),
        *(part for name, found in counts.items() for part in _shares(name, found, manifest.rows())),
    ]
    return "\n\n".join(parts) + "\n"


def _spread(name: str, values: list[int]) -> tuple[str, ...]:
    return name, *(f"{np.percentile(values, share):,.0f}" for share in (50, 90, 100))


def _shares(name: str, found: Counter[str], rows: int) -> list[str]:
    most = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    shown = [(f"`{member}`", f"{100 * count / rows:.1f} %") for member, count in most[:_MOST]]
    rest = f"The {_MOST} most frequent of {len(found)}." if len(found) > _MOST else f"{len(found)} in all."
    return [f"## {name.capitalize()}", rest, table((name, "rows"), shown)]


def run_stats(folder: Path, output: Path | None) -> None:
    """Print the figures about a build, or write them to a file.

    Raises:
        OutputError: the folder holds no finished build.
    """
    text = data_stats(folder)
    if output is None:
        Console().print(Markdown(text))
    else:
        write_text(output, text)
        Console().print(f"written to {output}", highlight=False)
