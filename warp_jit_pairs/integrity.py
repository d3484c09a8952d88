"""Data integrity of a finished build: a registry of checks that read the files alone and trust no figure about them.

Each check is a function that yields what is wrong, in words; a check that yields nothing has passed. Those of files are
in `integrity_files.py`, those of rows in `integrity_rows.py`; `checks.py` runs and reports them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from .check_result import CheckResult
from .manifest import Manifest, read_manifest

Row = dict[str, Any]

_COUNTED = 1000
"""Faults of one check are counted up to here."""


@dataclasses.dataclass(frozen=True, slots=True)
class Built:
    """A finished build as it lies in its folder."""

    folder: Path
    manifest: Manifest

    def path(self, shard: Row) -> Path:
        """The file of a shard."""
        return self.folder / "data" / f"{shard['name']}.parquet"

    def rows(self, *columns: str) -> Iterator[tuple[Row, Row]]:
        """Every row with its shard, of these columns only."""
        for shard in self.manifest.shards:
            with pq.ParquetFile(self.path(shard)) as file:
                for batch in file.iter_batches(batch_size=256, columns=list(columns)):
                    for row in batch.to_pylist():
                        yield shard, row


class NotRun(Exception):
    """Raised by a check that cannot be run here; says why."""


Check = Callable[[Built], Iterator[str]]

FILE_CHECKS: dict[str, Check] = {}
"""Checks of the files, by name, in order."""

ROW_CHECKS: dict[str, Check] = {}
"""Checks of the rows, by name, in order; they are run if the files can be read as rows."""


def file_check(name: str) -> Callable[[Check], Check]:
    """Register a check of the files."""
    return _registered(FILE_CHECKS, name)


def row_check(name: str) -> Callable[[Check], Check]:
    """Register a check of the rows."""
    return _registered(ROW_CHECKS, name)


def _registered(registry: dict[str, Check], name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        registry[name] = check
        return check

    return register


def integrity_names() -> list[str]:
    """Names of all checks, as the report has them."""
    return [_title(name) for name in (*FILE_CHECKS, *ROW_CHECKS)]


def integrity_checks(folder: Path) -> Iterator[CheckResult]:
    """Run every check on the build in `folder`.

    Raises:
        OutputError: the folder holds no finished build.
    """
    built = Built(folder, read_manifest(folder))
    readable = True
    for name, check in FILE_CHECKS.items():
        result = _run(name, check, built)
        readable = readable and (result.passed is not False or name not in _NEEDED)
        yield result
    for name, check in ROW_CHECKS.items():
        if readable:
            yield _run(name, check, built)
        else:
            yield CheckResult(_title(name), None, {}, "the files cannot be read as rows")


_NEEDED = ("files", "schema")
"""Without these the files cannot be read as rows."""


def _title(name: str) -> str:
    return f"data: {name}"


def _run(name: str, check: Check, built: Built) -> CheckResult:
    try:
        faults = list(itertools.islice(check(built), _COUNTED))
    except NotRun as reason:
        return CheckResult(_title(name), None, {}, str(reason))
    return CheckResult(_title(name), not faults, {"faults": len(faults)}, faults[0] if faults else "")
