"""One shard as one file: laid out for streaming, and so that a row more or less changes few bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warp_jit_pairs import shards
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.schema import Record
from warp_jit_pairs.shards import (
    LEAST_IN_ROW_GROUP,
    MOST_IN_ROW_GROUP,
    _row_groups,
    to_table,
    write_parquet,
    write_records,
)


def rows(count: int, seed: int = 0) -> pa.Table:
    """Rows of random words, with the ids that content has: hashes."""
    rng = random.Random(seed)
    texts = ["".join(rng.choices("abcdefgh \n", k=60)) for _ in range(count)]
    return pa.table({"id": [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts], "text": texts})


def groups(path: Path) -> list[str]:
    """A hash of the bytes of each row group."""
    data, found = path.read_bytes(), []
    metadata = pq.read_metadata(path)
    for index in range(metadata.num_row_groups):
        columns = [metadata.row_group(index).column(place) for place in range(metadata.num_columns)]
        start = min(column.dictionary_page_offset or column.data_page_offset for column in columns)
        size = sum(column.total_compressed_size for column in columns)
        found.append(hashlib.sha256(data[start : start + size]).hexdigest())
    return found


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    table = rows(300)
    write_parquet(tmp_path / "a.parquet", table)
    assert pq.read_table(tmp_path / "a.parquet") == table
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    write_parquet(tmp_path / "empty.parquet", table.slice(0, 0))
    assert pq.read_table(tmp_path / "empty.parquet").num_rows == 0


def test_records_written_as_they_come_have_the_bytes_of_their_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "LEAST_IN_ROW_GROUP", 8)
    monkeypatch.setattr(shards, "MOST_IN_ROW_GROUP", 20)
    monkeypatch.setattr(shards, "_PIECE", 3)
    specs = [generate_kernel(name, 5) for name in CATEGORIES]
    records = [record for record in to_records(specs) if isinstance(record, Record)]
    many = [dataclasses.replace(one, id=f"{n:04x}{one.id[4:]}") for n in range(4) for one in records]
    write_parquet(tmp_path / "table.parquet", to_table(many))
    for count in (0, 1, 3, len(many)):
        assert write_records(tmp_path / "records.parquet", many[:count]) == count
        assert pq.read_table(tmp_path / "records.parquet") == to_table(many[:count])
    assert pq.read_metadata(tmp_path / "records.parquet").num_row_groups > 2
    assert (tmp_path / "records.parquet").read_bytes() == (tmp_path / "table.parquet").read_bytes()


def test_row_groups_are_of_some_size_compressed_and_indexed(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", rows(8000))
    metadata = pq.read_metadata(tmp_path / "a.parquet")
    sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
    assert sum(sizes) == 8000
    assert max(sizes) <= MOST_IN_ROW_GROUP
    assert min(sizes[:-1]) >= LEAST_IN_ROW_GROUP
    assert len(sizes) > 4
    column = metadata.row_group(0).column(1)
    assert column.compression == "ZSTD"
    assert column.has_offset_index
    assert column.has_column_index


def test_row_groups_cover_all_rows_in_order() -> None:
    ids = rows(8000)["id"].to_pylist()
    found = list(_row_groups(ids))
    assert [start for start, _ in found] == [0, *(stop for _, stop in found[:-1])]
    assert found[-1][1] == 8000
    assert list(_row_groups([])) == []


def test_a_few_rows_more_or_less_leave_most_row_groups_as_they_were(tmp_path: Path) -> None:
    table, more = rows(16_000), rows(7, seed=1)
    variants = {
        "front": pa.concat_tables([more, table]),
        "middle": pa.concat_tables([table.slice(0, 9000), more, table.slice(9000)]),
        "removed": pa.concat_tables([table.slice(0, 9000), table.slice(9007)]),
    }
    write_parquet(tmp_path / "a.parquet", table)
    before = set(groups(tmp_path / "a.parquet"))
    for name, variant in variants.items():
        write_parquet(tmp_path / f"{name}.parquet", variant)
        after = groups(tmp_path / f"{name}.parquet")
        assert len(set(after) - before) <= 4 < len(after) / 4, name
