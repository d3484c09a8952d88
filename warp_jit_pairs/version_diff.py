"""What differs between two versions of the data: rows by their ids, columns, figures. Reads files, fetches none."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

MEASURED = ("lines", "tokens", "depth")
"""What of a row's features is compared, beside the number of builtins."""


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """A version of the data as files: its name, and each file below `data/` by path."""

    name: str
    files: Mapping[str, Path]


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """Two versions compared; counts are of rows."""

    added: Counter[str]
    """By category."""
    removed: Counter[str]
    changed: Counter[str]
    """Rows of one id whose other columns differ."""
    unchanged: int
    columns: list[str]
    """Columns that one version has and the other has not, or has as another type."""
    figures: list[tuple[str, str, str]]
    """Name of a figure, and its value in each version."""


def compare(before: Version, after: Version, *, figures: bool = True) -> Difference:
    """Compare two versions. Files that are the same path and object on disk are the same rows and not read.

    Without `figures` only rows and columns are compared.
    """
    common = {name for name, path in after.files.items() if before.files.get(name) == path}
    left, right = _differing(before, common), _differing(after, common)
    shared = _common_columns(left.values(), right.values())
    old, new = _rows(left.values(), shared), _rows(right.values(), shared)
    added = Counter(new[key][0] for key in new.keys() - old.keys())
    removed = Counter(old[key][0] for key in old.keys() - new.keys())
    changed = Counter(new[key][0] for key in new.keys() & old.keys() if new[key][1] != old[key][1])
    same = sum(pq.read_metadata(after.files[name]).num_rows for name in common)
    unchanged = same + len(new.keys() & old.keys()) - changed.total()
    found = _figures(before, after) if figures else []
    return Difference(added, removed, changed, unchanged, _column_differences(left, right), found)


def _differing(version: Version, common: set[str]) -> dict[str, Path]:
    return {name: path for name, path in sorted(version.files.items()) if name not in common}


def _common_columns(left: Iterable[Path], right: Iterable[Path]) -> list[str]:
    names = [set(pq.read_schema(path).names) for path in (*left, *right)]
    return sorted(set.intersection(*names)) if names else []


def _rows(files: Iterable[Path], columns: list[str]) -> dict[str, tuple[str, bytes]]:
    """Id -> category, and a hash of the given columns."""
    found: dict[str, tuple[str, bytes]] = {}
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256, columns=columns):
                for row in batch.to_pylist():
                    digest = hashlib.blake2b(repr(sorted(row.items())).encode(), digest_size=16).digest()
                    found[row["id"]] = (row["category"], digest)
    return found


def _column_differences(left: Mapping[str, Path], right: Mapping[str, Path]) -> list[str]:
    if not left or not right:
        return []
    old, new = (pq.read_schema(next(iter(files.values()))) for files in (left, right))
    gone = [f"removed: {name}" for name in old.names if name not in new.names]
    come = [f"added: {name}" for name in new.names if name not in old.names]
    types = [
        f"changed: {name}" for name in new.names if name in old.names and new.field(name).type != old.field(name).type
    ]
    return [*come, *gone, *types]


def _figures(before: Version, after: Version) -> list[tuple[str, str, str]]:
    old, new = _measured(before), _measured(after)
    return [(name, old.get(name, ""), new.get(name, "")) for name in dict.fromkeys([*new, *old])]


def _measured(version: Version) -> dict[str, str]:
    """Figures of a version: rows, medians and 90th percentiles, how many rows have what."""
    values: dict[str, list[int]] = {name: [] for name in (*MEASURED, "builtins")}
    builtins: set[str] = set()
    counted: Counter[str] = Counter()
    for path in version.files.values():
        for row in pq.read_table(path, columns=["category", "features", "verification"]).to_pylist():
            _measure(row, values, counted)
            builtins.update(row["features"]["builtins"])
    rows = len(values["lines"])
    if not rows:
        return {"rows": "0"}
    spread = {f"{name}: median, 90 %": _spread(found) for name, found in values.items()}
    shares = {name: f"{100 * count / rows:.1f} %" for name, count in sorted(counted.items())}
    return {"rows": f"{rows:,}", "distinct builtins": str(len(builtins)), **spread, **shares}


def _measure(row: dict[str, Any], values: dict[str, list[int]], counted: Counter[str]) -> None:
    for name in MEASURED:
        values[name].append(row["features"][name])
    values["builtins"].append(len(row["features"]["builtins"]))
    counted[f"category {row['category']}"] += 1
    counted.update(f"dtype {name}" for name in row["features"]["dtypes"])
    counted.update(f"{name} passed" for name, state in row["verification"].items() if state == "passed")


def _spread(found: list[int]) -> str:
    return f"{np.percentile(found, 50):,.0f}, {np.percentile(found, 90):,.0f}"
