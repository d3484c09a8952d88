"""Figures about the rows of a build, read from its parquet files in one pass: what the card and the statistics say.

Nothing here is remembered from the making of the rows, so that a figure cannot differ from the data. Turning figures
into text is left to `card.py` and `data_stats.py`, into a picture to `card_picture.py`.
"""

from __future__ import annotations

import dataclasses
import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .attribution import Attribution, attribution_of
from .columns import CODE_COLUMNS
from .features import difficulty
from .identity import blank_names, tokens
from .manifest import Manifest
from .storage import Storage

Row = dict[str, Any]

_BATCH = 64
"""Rows that are Python's objects at a time: which take more memory than Arrow has them in."""

_TOKENS_AT_A_GLANCE = 90
_DIGEST = np.dtype([("high", "u8"), ("low", "u8")])


def _lines_of(column: str) -> Callable[[Row], int]:
    return lambda row: int(row[column].count("\n"))


def _package(row: Row) -> str:
    return "{package} {version}".format(**row["origin"]) if row["origin"] else str(row["source"])


MEASURES: dict[str, Callable[[Row], int]] = {
    "lines of Python": lambda row: row["features"]["lines"],
    "tokens of Python": lambda row: row["features"]["tokens"],
    "depth": lambda row: row["features"]["depth"],
    "distinct builtins": lambda row: len(row["features"]["builtins"]),
    "arguments": lambda row: len(row["args"]),
    "test cases": lambda row: len(row["test_cases"]),
    **{f"lines of {name}": _lines_of(name) for name in CODE_COLUMNS},
}
"""Name of a figure -> what it is of one row."""

KINDS: dict[str, Callable[[Row], list[str]]] = {
    "builtins": lambda row: row["features"]["builtins"],
    "statements": lambda row: row["features"]["statements"],
    "dtypes": lambda row: row["features"]["dtypes"],
    "launch dimensions": lambda row: [str(len(row["launch"]["dim"]))],
    "difficulty": lambda row: [difficulty(row["features"])],
    "licences": lambda row: [row["license"]],
    "origins": lambda row: [_package(row)],
}
"""Name of a set -> which of its members one row has."""

CHECKED = ("compiled", "executed", "gradient", "cuda")

_DISTINCT: dict[str, Callable[[Row], str]] = {
    "distinct sources": lambda row: str(row["python_source"]),
    "distinct after blanking names": lambda row: " ".join(blank_names(tokens(row["python_source"]))),
    "distinct structures": lambda row: str(row["structural_hash"]),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """What was measured over all rows of a build."""

    values: dict[str, array[int]]
    """For each of `MEASURES`, its value of every row."""
    counts: dict[str, Counter[str]]
    """For each of `KINDS`, in how many rows each member occurs."""
    states: dict[str, Counter[str]]
    """For each of `CHECKED`, how many rows are in which state."""
    reasons: Counter[str]
    """Why rows went no further in verification."""
    worst: dict[str, float]
    """The largest error of outputs and of gradients on the CPU, and of outputs on a GPU."""
    distinct: dict[str, int]
    """Rows, and how many are left when rows that are equal in some respect count once."""
    nbytes: dict[str, int]
    """For each shard, its bytes in memory, as Arrow has them."""
    attributions: Counter[Attribution]
    """Whose kernels how many harvested rows are."""
    example: Row
    """A short row that shows what a row is."""


def measure(folder: Path | Storage, manifest: Manifest) -> Figures:
    """Measure the rows in `folder/data`, in one pass."""
    tally = _Tally()
    nbytes: Counter[str] = Counter()
    for name, batch in _batches(folder, manifest):
        nbytes[name] += batch.nbytes
        for row in batch.to_pylist():
            tally.add(row)
    return tally.figures(manifest.rows(), dict(nbytes))


def _batches(folder: Path | Storage, manifest: Manifest) -> Iterator[tuple[str, pa.RecordBatch]]:
    for shard in manifest.shards:
        name = f"data/{shard['name']}.parquet"
        with folder.parquet(name) if isinstance(folder, Storage) else pq.ParquetFile(folder / name) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield shard["name"], batch


class _Tally:
    """What was seen of the rows so far."""

    def __init__(self) -> None:
        # Arrays of numbers, and digests side by side: a set and lists of Python's objects take ten times the memory.
        self.values: dict[str, array[int]] = {name: array("i") for name in MEASURES}
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
        self.states: dict[str, Counter[str]] = {name: Counter() for name in CHECKED}
        self.reasons: Counter[str] = Counter()
        self.worst = {"forward": 0.0, "gradient": 0.0, "cuda": 0.0}
        self.seen = {name: bytearray() for name in _DISTINCT}
        self.attributions: Counter[Attribution] = Counter()
        self.example: Row = {}

    def add(self, row: Row) -> None:
        for name, size in MEASURES.items():
            self.values[name].append(size(row))
        for name, members in KINDS.items():
            self.counts[name].update(members(row))
        for name, key in _DISTINCT.items():
            self.seen[name] += hashlib.blake2b(key(row).encode(), digest_size=_DIGEST.itemsize).digest()
        if attribution := attribution_of(row):
            self.attributions[attribution] += 1
        found = row["verification"]
        for name in CHECKED:
            self.states[name][found[name]] += 1
        for name in self.worst:
            self.worst[name] = max(self.worst[name], found[f"{name}_error"])
        if found["reason"]:
            self.reasons[found["reason"]] += 1
        if not self.example or _rank(row) < _rank(self.example):
            self.example = row

    def figures(self, rows: int, nbytes: dict[str, int]) -> Figures:
        distinct = {"rows": rows} | {
            name: len(np.unique(np.frombuffer(digests, _DIGEST))) for name, digests in self.seen.items()
        }
        return Figures(
            values=self.values,
            counts=self.counts,
            states=self.states,
            reasons=self.reasons,
            worst=self.worst,
            distinct=distinct,
            nbytes=nbytes,
            attributions=self.attributions,
            example=self.example,
        )


def _rank(row: Row) -> tuple[int, int, str]:
    """Lowest for the best example: one proven as far as can be, of a size that is read at a glance."""
    proven = sum(row["verification"][name] == "passed" for name in CHECKED)
    return -proven, abs(int(row["features"]["tokens"]) - _TOKENS_AT_A_GLANCE), row["id"]
