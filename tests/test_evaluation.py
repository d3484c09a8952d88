"""The evaluation set: how its kernels are chosen, and a build of it that the checks of data take."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from warp_jit_pairs import supply as supply_module
from warp_jit_pairs.build import build
from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.evaluation import distinct, for_tests, generated, scorable
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.identity import split_of, structural_hash
from warp_jit_pairs.integrity import integrity_checks
from warp_jit_pairs.plan import Request
from warp_jit_pairs.reserved import evaluation
from warp_jit_pairs.scorer import score
from warp_jit_pairs.selection import TEST


def test_kernels_of_the_test_split_that_repeat_none_are_chosen() -> None:
    some = list(islice(for_tests(generated("math")), 3))
    assert all(split_of(sketch.structure) == TEST for _, sketch in some)
    assert all(kernel["metadata"]["seed"] is None for kernel, _ in some)
    assert list(distinct([*some, *some])) == [kernel for kernel, _ in some]


def test_what_cannot_be_generated_cannot_be_scored() -> None:
    kernel = generate_kernel("math", 3, "small")
    broken = {**kernel, "source": kernel["source"].replace("@wp.kernel", "@wp.nothing")}
    assert list(scorable([kernel, broken])) == [True, False]


def test_it_is_built_alone() -> None:
    with pytest.raises(UsageError, match="build it alone"):
        Request(("evaluation", "math"), 4)


@pytest.mark.slow
def test_a_build_of_it_is_its_kernels_each_with_cases_that_its_own_code_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [kernel for kernel in evaluation() if "origin" not in kernel["metadata"]]
    people = [kernel for kernel in evaluation() if "origin" in kernel["metadata"]]
    chosen = [*ours[::40], *people[::20]]
    monkeypatch.setattr(supply_module, "evaluation", lambda: chosen)
    result = build(Request(("evaluation",), 0), tmp_path / "out")
    assert [(shard["category"], shard["split"]) for shard in result.manifest.shards] == [("evaluation", TEST)]
    rows = pq.read_table(tmp_path / "out" / "data").to_pylist()
    assert [row["structural_hash"] for row in rows] == [structural_hash(kernel["source"]) for kernel in chosen]
    assert [row["category"] for row in rows] == [kernel["category"] for kernel in chosen]
    assert all(row["test_cases"] for row in rows)
    assert all(score(row, row["cpp_forward"]).passed for row in rows)
    assert [one.detail for one in integrity_checks(tmp_path / "out") if one.passed is False] == []
