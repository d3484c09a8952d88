"""A few verified records as a parquet file, for tests of what reads a finished data set."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pyarrow as pa

from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.schema import Record, arrow_schema
from warp_jit_pairs.shards import write_parquet


def write_pairs(path: Path) -> list[dict[str, Any]]:
    """Write six small records, or fewer where some are refused, and return them."""
    found = to_records([generate_kernel("vector", seed, "small") for seed in range(3, 9)], "execute")
    rows = [dataclasses.asdict(one) for one in found if isinstance(one, Record)]
    write_parquet(path, pa.Table.from_pylist(rows, schema=arrow_schema()))
    return rows
