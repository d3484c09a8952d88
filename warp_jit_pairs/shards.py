"""One shard as one parquet file: written whole or not at all.

What the rows are is the pipeline's business; which shards there are is the plan's.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features

from .schema import Record, arrow_schema

ROW_GROUP = 64
"""Rows of a row group: a few MB, small enough for a viewer and for streaming."""


def features() -> Features:
    """The `datasets` features of a record, derived from its Arrow schema."""
    return Features.from_arrow_schema(arrow_schema())


def to_table(records: Iterable[Record]) -> pa.Table:
    """The records as an Arrow table that carries the `datasets` features in its metadata."""
    rows = [{field.name: getattr(record, field.name) for field in dataclasses.fields(Record)} for record in records]
    return pa.Table.from_pylist(rows, schema=features().arrow_schema)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write one parquet file through a temporary name, so that a file under the final name is always whole.

    zstd, a page index and content-defined chunks: the Hub then stores again only what changed between versions.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        pq.write_table(
            table,
            file,
            row_group_size=ROW_GROUP,
            compression="zstd",
            write_page_index=True,
            use_content_defined_chunking=True,
        )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
