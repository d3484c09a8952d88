"""What `warp-jit-pairs harvest` does: collect, generate code, write the records as one parquet file, tell what came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .errors import OutputError, Rejected
from .harvest import Harvest, harvest
from .packages import ALLOWED
from .pipeline import BATCH, to_records
from .quiet import quiet_warp
from .schema import Record
from .shards import write_records

_SHOWN = 20
FILE = "kernels.parquet"


def harvested_records(found: Harvest, dropped: Counter[str], category: str = "real") -> Iterator[Record]:
    """The harvested kernels with their code, in order; `dropped` counts those that Warp refuses, by reason."""
    for first in range(0, len(found.kernels), BATCH):
        specs = [kernel.spec(category) for kernel in found.kernels[first : first + BATCH]]
        with quiet_warp():
            results = to_records(specs)
        for result in results:
            if isinstance(result, Rejected):
                dropped[result.reason] += 1
            else:
                yield result


def run_harvest(packages: Sequence[str], allowed: Sequence[str], output: Path | None) -> None:
    """Harvest packages; with `output` write `kernels.parquet` there.

    Raises:
        UsageError: a package is not installed, or its licence is not allowed.
        OutputError: the folder cannot be written.
    """
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    found = harvest(packages, (*ALLOWED, *allowed), tell=errors.print)
    dropped: Counter[str] = Counter()
    written = 0
    if output is not None:
        try:
            written = write_records(output / FILE, harvested_records(found, dropped))
        except OSError as error:
            raise OutputError(f"{output} cannot be written: {error.strerror or error}") from error
    console = Console(soft_wrap=True, highlight=False)
    console.print(_kernels(found))
    for failure in found.failures[:_SHOWN]:
        errors.print(f"not harvested: {failure.name}: {failure.reason} {failure.detail[:160]}".rstrip(), markup=False)
    if len(found.failures) > _SHOWN:
        errors.print(f"and {len(found.failures) - _SHOWN} more")
    for reason, count in found.reasons.most_common():
        console.print(f"not harvested: {reason}: {count:,}", markup=False)
    for reason, count in dropped.most_common():
        console.print(f"no code: {reason}: {count:,}", markup=False)
    if output is not None:
        console.print(f"{written:,} records in {output / FILE}", markup=False)


def _kernels(found: Harvest) -> Table:
    counts = Counter((one.package, one.version, one.license) for one in found.kernels)
    table = Table(title=f"{found.seen:,} kernels, distinct sources", title_justify="left", title_style="bold")
    for name in ("package", "version", "licence"):
        table.add_column(name)
    table.add_column("kernels", justify="right")
    for row, count in sorted(counts.items()):
        table.add_row(*row, f"{count:,}")
    return table
