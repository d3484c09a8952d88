"""One shard as one parquet file: written whole or not at all.

What the rows are is the pipeline's business; which shards there are is the plan's.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from .manifest import unshared_name
from .schema import Record, arrow_schema

if TYPE_CHECKING:
    from datasets import Features

LEAST_IN_ROW_GROUP, MOST_IN_ROW_GROUP = 512, 2048
"""Rows of a row group, the last one excepted; about 1,000 on average, some ten MB.

`datasets` streams a file in batches as large as its first row group: small ones cost it half of its speed.
"""

_PIECE = 64
"""Records that are Python's objects at a time."""


def features() -> Features:
    """The `datasets` features of a record, derived from its Arrow schema."""
    from datasets import Features

    return Features.from_arrow_schema(arrow_schema())


@functools.cache
def _schema() -> pa.Schema:
    """The columns with the `datasets` features in the metadata.

    They are those of `features()`, spelt out here: importing `datasets` takes seconds, which each worker would pay.
    """
    columns = arrow_schema()
    spelt = {column.name: _feature(column.type) for column in columns}
    return columns.with_metadata({"huggingface": json.dumps({"info": {"features": spelt}})})


def _feature(kind: pa.DataType) -> dict[str, Any]:
    """How `datasets` writes the feature of an Arrow type."""
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": "float64" if kind == pa.float64() else str(kind), "_type": "Value"}


def to_table(records: Iterable[Record]) -> pa.Table:
    """The records as an Arrow table that carries the `datasets` features in its metadata."""
    rows = [{field.name: getattr(record, field.name) for field in dataclasses.fields(Record)} for record in records]
    return pa.Table.from_pylist(rows, schema=_schema())


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write records as one parquet file, as `write_parquet` does, and return their number.

    They are written as they come, so that no more than a row group of them is in memory, most of it as Arrow has them,
    which is less than Python's objects take.
    """
    written = 0
    with _whole(path, _schema()) as write:
        pieces: list[pa.Table] = []
        some: list[Record] = []
        size = 0
        for record in records:
            some.append(record)
            size += 1
            ended = _ends_group(record.id, size)
            if ended or len(some) == _PIECE:
                pieces.append(to_table(some))
                some.clear()
            if ended:
                written += write(_joined(pieces))
                size = 0
        if some:
            pieces.append(to_table(some))
        if pieces:
            written += write(_joined(pieces))
    return written


def _joined(pieces: list[pa.Table]) -> pa.Table:
    """The pieces, which are let go, as a table without seams: those would end pages of the file."""
    whole = pa.concat_tables(pieces)
    pieces.clear()
    schema, columns = whole.schema, []
    while whole.num_columns:  # one by one, so that no more than a column is there twice
        columns.append(whole.column(0).combine_chunks())
        whole = whole.remove_column(0)
    return pa.Table.from_arrays(columns, schema=schema)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write one parquet file through a temporary name, so that a file under the final name is always whole.

    zstd and a page index; pages and row groups end where the content says, so that a row more or less changes the bytes
    of its own row group and no other, and the Hub stores again only what changed between versions.
    """
    with _whole(path, table.schema) as write:
        for start, stop in _row_groups(table["id"].to_pylist()):
            write(table.slice(start, stop - start))


@contextmanager
def _whole(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], int]]:
    """Give a function that writes one row group, and put the file in its place at the end of the block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = unshared_name(path)
    layout = {"compression": "zstd", "write_page_index": True, "use_content_defined_chunking": True}
    with partial.open("wb") as file:
        with pq.ParquetWriter(file, schema, **layout) as writer:

            def write(group: pa.Table) -> int:
                writer.write_table(group, row_group_size=MOST_IN_ROW_GROUP)
                return int(group.num_rows)

            yield write
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _row_groups(ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First row and end of each row group."""
    start = 0
    for stop, id_ in enumerate(ids, 1):
        if _ends_group(id_, stop - start) or stop == len(ids):
            yield start, stop
            start = stop


def _ends_group(id_: str, rows: int) -> bool:
    """Whether a row group of so many rows ends behind this one: one id in 512, a hash of the content, says so."""
    ends = int(id_[:8], 16) % LEAST_IN_ROW_GROUP == 0
    return (ends and rows >= LEAST_IN_ROW_GROUP) or rows == MOST_IN_ROW_GROUP


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
