"""`warp-jit-pairs diff`: two versions of the data side by side, each a folder or `NAMESPACE/NAME@TAG` on the Hub."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from .errors import OutputError
from .hub import Repository
from .manifest import find_manifest
from .version_diff import Difference, Version, compare


def run_diff(before: str, after: str) -> None:
    """Print what differs between two versions.

    Raises:
        UsageError: a side is neither a build nor a revision of a dataset.
        HubError: the Hub failed.
    """
    old, new = version(before), version(after)
    print_difference(Console(), old.name, new.name, compare(old, new))


def version(side: str, repository: Repository | None = None) -> Version:
    """The data of a folder, or of a revision on the Hub, downloaded to the client's cache.

    Raises:
        UsageError: it is neither.
        HubError: the Hub failed.
    """
    folder = Path(side)
    if folder.is_dir():
        manifest = find_manifest(folder)
        if manifest is None:
            raise OutputError(f"{side} holds no finished build: give a build's folder, or NAMESPACE/NAME@TAG")
        names = [f"data/{shard['name']}.parquet" for shard in manifest.shards]
        return Version(f"{side} ({manifest.data_version})", {name: folder / name for name in names})
    name, at, revision = side.rpartition("@")
    if not at or not revision:
        raise OutputError(f"{side} is no folder: give a build's folder, or NAMESPACE/NAME@TAG")
    hub = repository or Repository(name)
    paths = [path for path in hub.files(revision) if path.startswith("data/") and path.endswith(".parquet")]
    return Version(side, {path: hub.download(path, revision) for path in sorted(paths)})


def print_difference(console: Console, before: str, after: str, found: Difference) -> None:
    """Rows by category, columns, and the figures that differ."""
    rows = Table(title=f"rows: {before} → {after}", title_justify="left")
    for column in ("category", "added", "removed", "changed"):
        rows.add_column(column, justify="left" if column == "category" else "right")
    counts = (found.added, found.removed, found.changed)
    for category in sorted({*found.added, *found.removed, *found.changed}):
        rows.add_row(category, *(f"{count[category]:,}" for count in counts))
    rows.add_section()
    rows.add_row("all", *(f"{count.total():,}" for count in counts))
    console.print(rows)
    console.print(f"rows in both, alike: {found.unchanged:,}", highlight=False)
    for difference in found.columns:
        console.print(f"column {difference}", highlight=False)
    figures = Table(title="figures that differ", title_justify="left")
    for column in ("figure", before, after):
        figures.add_column(column)
    differing = [row for row in found.figures if row[1] != row[2]]
    for row in differing:
        figures.add_row(*row)
    if differing:
        console.print(figures)
    else:
        console.print("no figure differs", highlight=False)
