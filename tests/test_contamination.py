"""Contamination: rows whose structure or tokens stand in a given body of code."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from warp_jit_pairs.contamination import contamination, read_body
from warp_jit_pairs.errors import UsageError

KERNEL = """import warp as wp

@wp.kernel
def scale(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    i = wp.tid()
    y[i] = 2.0 * x[i] + wp.sin(x[i])
"""
RENAMED = """import warp as wp


@wp.kernel(enable_backward=False)
def other(points: wp.array(dtype=float), out: wp.array(dtype=float)):
    thread = wp.tid()
    out[thread] = 7.0 * points[thread] + wp.sin(points[thread])
"""
QUOTED = """import warp as wp

@wp.kernel
def different(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    j = wp.tid()  # of one dimension
    if j > 3:
        y[j] = x[0]
"""


def test_structure_and_tokens_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERNEL)
    (tmp_path / "broken.py").write_text("def (")
    body = read_body(str(tmp_path))
    assert body.files == 1
    assert body.holds(KERNEL) == {"structure", "tokens"}
    assert body.holds(RENAMED) == {"structure"}
    assert body.holds(QUOTED) == {"tokens"}
    assert body.holds("import warp as wp\n\n\n@wp.kernel\ndef k():\n    pass\n") == set()


def test_rows_of_a_build_are_counted_by_split(first: Path, tmp_path: Path) -> None:
    shard = first / "data" / "atomic" / "train-00000-of-00001.parquet"
    row = pq.read_table(shard, columns=["python_source"])["python_source"][0].as_py()
    copy = "\n".join(line for line in row.splitlines() if not line.lstrip().startswith("#"))
    (tmp_path / "copy.py").write_text(copy)
    counts = contamination(first, read_body(str(tmp_path)))
    assert counts["train", "structure"] == 1  # no two rows have one structure
    assert counts["train", "any"] >= 1
    assert sum(count for (_, reason), count in counts.items() if reason == "all") == 20


@pytest.mark.parametrize("name", ["no_such_package", "no/such/path", "math"])
def test_what_is_no_code_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        read_body(name)
