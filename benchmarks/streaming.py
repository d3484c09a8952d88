"""Rows a second of our shards through `load_dataset(streaming=True)`, against the same rows in plain parquet.

Plain parquet is what `pyarrow.parquet.write_table` writes by default, without content-defined chunks, page index or row
groups of our own. Both are read in turn; the figure is the median of the rounds.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import IterableDataset, load_dataset

from warp_jit_pairs.build import build
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.plan import Request
from warp_jit_pairs.shards import write_parquet

COPIES = 8
COLUMNS = ["python_source", "cpp_forward"]
_TOKEN = re.compile(r"\w+|[^\w\s]")


def _raw(stream: IterableDataset) -> IterableDataset:
    return stream


def _selected(stream: IterableDataset) -> IterableDataset:
    return stream.select_columns(COLUMNS)


def _tokenized(stream: IterableDataset) -> IterableDataset:
    def tokens(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
        texts = zip(*(rows[name] for name in COLUMNS), strict=True)
        return {"tokens": [_TOKEN.findall("\n".join(text)) for text in texts]}

    return stream.select_columns(COLUMNS).map(tokens, batched=True, batch_size=256, remove_columns=COLUMNS)


WAYS: dict[str, Callable[[IterableDataset], IterableDataset]] = {
    "raw": _raw,
    "selected columns": _selected,
    "tokenized": _tokenized,
}


def against_plain(records: int, seed: int, rounds: int) -> dict[str, dict[str, float]]:
    """By way of reading: rows a second of both, and their ratio.

    The rows come again `COPIES` times, under other ids, in as many files of both kinds: a small build has files of a
    few rows, and opening those would be all that is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        build(Request(tuple(CATEGORIES), records, seed, verify="none"), Path(folder) / "build")
        rows = pa.concat_tables([pq.read_table(file) for file in sorted(Path(folder).glob("build/data/*/*.parquet"))])
        given: dict[str, list[str]] = {"ours": [], "plain": []}
        place = rows.schema.get_field_index("id")
        for copy in range(COPIES):
            ids = [sha256(f"{copy} {id_}".encode()).hexdigest()[:32] for id_ in rows["id"].to_pylist()]
            table = rows.set_column(place, rows.schema.field(place), pa.array(ids))
            for name, files in given.items():
                files.append(str(Path(folder) / f"{name}_{copy}.parquet"))
            write_parquet(Path(given["ours"][-1]), table)
            pq.write_table(table, given["plain"][-1])
        return {name: _compare(given, way, rounds) for name, way in WAYS.items()}


def _compare(
    files: dict[str, list[str]], way: Callable[[IterableDataset], IterableDataset], rounds: int
) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in files}
    for turn in range(rounds + 1):  # the first warms the disk's cache up
        for name, paths in files.items():
            stream = way(load_dataset("parquet", data_files=paths, split="train", streaming=True))
            start = time.process_time()
            rows = sum(1 for _ in stream)
            if turn:
                rates[name].append(rows / (time.process_time() - start))
    ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates["plain"], strict=True)]
    return {
        "ours, rows a CPU second": statistics.median(rates["ours"]),
        "plain parquet, rows a CPU second": statistics.median(rates["plain"]),
        "ratio": statistics.median(ratios),
    }
