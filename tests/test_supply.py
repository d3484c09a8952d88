"""Builds of harvested kernels: from a small package and from `warp.fem`, with their origin, licence and notice."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from test_harvest import MODULES, _install

from warp_jit_pairs import plan as plan_module
from warp_jit_pairs.build import build
from warp_jit_pairs.builder import WarpJitPairs, chosen_packages
from warp_jit_pairs.contamination import read_body
from warp_jit_pairs.errors import UnknownNameError, UsageError
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.harvest import FEM, WORKER, located
from warp_jit_pairs.harvest_fem import FemWorker
from warp_jit_pairs.integrity import integrity_checks
from warp_jit_pairs.near_duplicates import Sketch
from warp_jit_pairs.plan import Request, make_plan, program_seed
from warp_jit_pairs.poisson_validation import Case
from warp_jit_pairs.quiet import quiet_warp
from warp_jit_pairs.supply import pinned

NAMES = ("__init__", "good", "shared", "zeroed", "raises")


@pytest.fixture
def calm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two kernels, one of them under MIT, and a module that cannot be imported."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    _install(folder, "wjp_calm", {name: MODULES[name] for name in NAMES}, "Apache-2.0")
    return folder


def test_packages_are_pinned_to_what_is_installed(calm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pinned(["wjp_calm", "wjp_calm==1.2"]) == ("wjp_calm==1.2",)
    with pytest.raises(UsageError, match=r"wjp_calm 2.0 was asked for, and 1.2 is installed"):
        pinned(["wjp_calm==2.0"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "warp-jit-pairs\[real\]"'):
        pinned(["newton"])


def test_bad_requests_are_refused() -> None:
    with pytest.raises(UsageError, match="comes whole"):
        Request(("fem",), 5)
    with pytest.raises(UsageError, match="needs packages"):
        Request(("real",), 0)
    with pytest.raises(UnknownNameError, match=r"'reel'.*real"):
        Request(("reel",), 5)
    with pytest.raises(UsageError, match="category real"):
        chosen_packages(["atomic"], ["newton"])
    assert Request(("fem", "math", "real"), 5, packages=("a==1",)).quota("math") == 5


@pytest.mark.slow
def test_a_build_takes_the_kernels_of_a_package(calm: Path, tmp_path: Path) -> None:
    request = Request(("atomic", "real"), 4, verify="none", packages=pinned(["wjp_calm"]))
    result = build(request, tmp_path / "out")
    manifest = result.manifest
    (shard,) = manifest.shards_of("real")
    (row,) = pq.read_table(result.folder / "data" / f"{shard['name']}.parquet").to_pylist()
    assert row["source"] == "wjp_calm 1.2 zeroed.py:7"
    assert row["license"] == "Apache-2.0"
    assert row["origin"]["copyright"] == ""
    assert (manifest.rows("atomic"), manifest.rows("real"), manifest.funnel["harvested"]) == (4, 1, 1)
    assert manifest.command.endswith("--category atomic --category real --package wjp_calm==1.2")
    assert "wjp_calm 1.2, Apache-2.0, 1 rows" in (result.folder / "NOTICE").read_text()
    assert [one.detail for one in integrity_checks(result.folder) if one.passed is False] == []
    config = WarpJitPairs("real", packages=("wjp_calm",), verify="none", cache_dir=str(tmp_path / "cache")).config
    assert config.request() == Request(("real",), 0, verify="none", packages=request.packages)
    plan = json.loads((result.folder / "plan.json").read_text())
    plan["shards"][-1]["count"] += 1
    (result.folder / "plan.json").write_text(json.dumps(plan))
    assert {"data: counts", "data: checksums"} == {
        one.name for one in integrity_checks(result.folder) if one.passed is False
    }


@pytest.mark.slow
def test_a_harvest_is_the_same_bytes_under_any_hash_seed(calm: Path) -> None:
    said = [
        subprocess.run(
            [sys.executable, "-P", "-m", WORKER, "wjp_calm", "60"],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert b'"kernel": "first"' in said[0]
    assert said[0] == said[1]


def test_what_stands_in_a_body_of_code_is_left_out(tmp_path: Path) -> None:
    request = Request(("math",), 12, size="small", verify="none")
    (first, *_) = (shard for shard in make_plan(request).shards if shard.count)
    (tmp_path / "taken.py").write_text(_source(request, first.candidates[0]))
    body = read_body(str(tmp_path))
    clean = Request(**_fields(request) | {"against": str(tmp_path), "against_sha256": body.sha256})
    plan = make_plan(clean)
    assert plan.funnel["contaminated"] >= 1
    assert sum(shard.count for shard in plan.shards) == 12
    assert not any(body.holds(_source(request, number)) for shard in plan.shards for number in shard.candidates)
    assert plan_module.Plan.from_json(plan.to_json()) == plan
    with pytest.raises(UsageError, match="has changed"):
        make_plan(Request(**_fields(clean) | {"against_sha256": "0" * 64}))


def _source(request: Request, number: int) -> str:
    return generate_kernel("math", program_seed(request.seed, "math", number), request.size)["source"]


def _fields(request: Request) -> dict[str, object]:
    return {name: getattr(request, name) for name in Request.__slots__}


@pytest.mark.slow
def test_kernels_that_warp_fem_writes_are_told_of_with_their_place() -> None:
    class One(FemWorker):
        cases = (Case("triangle", 2, 1),)

    output = io.StringIO()
    with quiet_warp():
        One(located(FEM), frozenset(), 60, output).run()
    said = [json.loads(line) for line in output.getvalue().splitlines()]
    assert not [one for one in said if "failed" in one]
    kernels = {one["kernel"]: one for one in said if "kernel" in one}
    assert {"stiffness", "load", "fill_node_positions"} <= kernels.keys()
    assert kernels["stiffness"]["file"] == "_src/fem/integrate.py"
    assert "def stiffness(" in kernels["stiffness"]["source"]
    assert all(Sketch.of(one["source"]).structure for one in kernels.values())
