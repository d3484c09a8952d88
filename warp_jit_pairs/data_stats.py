"""The page about a finished build: printed, or written as Markdown.

`warp-jit-pairs stats DIR --output notes/data_stats.md` makes the page of that name. What is measured is `figures.py`'s;
figures about the generator itself are `genstats.py`'s.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from .figures import measure
from .manifest import read_manifest, write_text
from .markdown import count_table, counts_table, share_table, spread_table

_MOST = 30


def data_stats(folder: Path) -> str:
    """The figures about a finished build, as Markdown.

    Raises:
        OutputError: the folder holds no finished build.
    """
    manifest = read_manifest(folder)
    figures = measure(folder, manifest)
    size = sum(shard["bytes"] for shard in manifest.shards)
    parts = [
        "# Figures about a build",
        f"Data {manifest.data_version}, generator {manifest.generator_version}, Warp {manifest.warp_version}, "
        f"seed {manifest.request['seed']}, {manifest.rows():,} rows, {size / 1e6:.1f} MB of parquet. "
        "Written by `warp-jit-pairs stats DIR --output FILE`.",
        "## Rows",
        counts_table(manifest),
        "## Programs",
        count_table(("programs", "count"), manifest.funnel_and_drops()),
        "## Size",
        spread_table(figures.values),
        *(part for name, found in figures.counts.items() for part in _shares(name, found, manifest.rows())),
    ]
    return "\n\n".join(parts) + "\n"


def _shares(name: str, found: Counter[str], rows: int) -> list[str]:
    rest = f"The {_MOST} most frequent of {len(found)}." if len(found) > _MOST else f"{len(found)} in all."
    return [f"## {name.capitalize()}", rest, share_table(name, found, rows, _MOST)]


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
