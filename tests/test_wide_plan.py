"""The plan made by many tasks: the plan of the single-machine path, whatever is cut into how many parts."""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from warp_jit_pairs import plan as plan_module
from warp_jit_pairs import wide_plan
from warp_jit_pairs.errors import ExhaustedError, Rejected
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.identity import shingles, structural_hash
from warp_jit_pairs.manifest import SOURCES
from warp_jit_pairs.near_duplicates import Sketch, alike, near
from warp_jit_pairs.plan import Plan, Programs, Request, make_plan, program_seed
from warp_jit_pairs.storage import Storage
from warp_jit_pairs.wide_plan import make_wide_plan
from warp_jit_pairs.workers import Workers

REQUEST = Request(("integer", "math"), 60, seed=3, verify="compile")


@functools.cache
def _program(category: str, seed: int) -> KernelSpec:
    return generate_kernel(category, seed, "small")


def _repetitive(category: str, seed: int, size: str) -> KernelSpec:
    """Programs of which many repeat others, in structure or nearly, and one in fifty is illegal."""
    if seed % 50 == 0:
        raise Rejected("illegal")
    spec = _program(category, seed % 113)
    return {**spec, "source": spec["source"] + ("", "\n\nX = 1\n", "\n\nX = 1 + 1\n")[seed % 3]}


@pytest.fixture(scope="module", autouse=True)
def _soon_given_up() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_module, "GIVE_UP", 60)
        yield


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = make_plan(REQUEST, programs=_repetitive)
    assert min(made.funnel[name] for name in ("illegal", "structural duplicates", "near-duplicates")) > 3
    return made


def _wide(folder: Path, request: Request = REQUEST, programs: Programs = _repetitive) -> Plan:
    with Workers(1) as engine:
        return make_wide_plan(request, Storage(str(folder)), engine, programs=programs)


@pytest.mark.parametrize(("block", "bucket", "proposals"), [(256, 1 << 24, 1 << 17), (64, 250, 40)])
def test_the_plan_is_that_of_one_process(
    plan: Plan, block: int, bucket: int, proposals: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide_plan, "LEAST_BLOCK", block)
    monkeypatch.setattr(wide_plan, "BUCKET", bucket)
    monkeypatch.setattr(wide_plan, "PROPOSALS", proposals)
    assert _wide(tmp_path).to_json() == plan.to_json()


def test_harvested_and_reserved_kernels_are_respected_by_both_plans(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The harvested kernels are some that the plan without them has, so that both must leave them out.
    shards = [shard for shard in plan.shards if shard.category == "math"]
    numbers = [number for shard in shards for number in shard.candidates[:9]]
    harvested = [_repetitive("math", program_seed(REQUEST.seed, "math", number), "small") for number in numbers]
    kept = [Sketch.of(kernel["source"]) for kernel in harvested[:3]]
    monkeypatch.setattr(plan_module, "supply", lambda *arguments: {"fem": harvested})
    monkeypatch.setattr(plan_module, "reserved", lambda: tuple(kept))
    request = dataclasses.replace(REQUEST, categories=("math", "fem", "integer"))
    small = make_plan(request, programs=_repetitive)
    assert _wide(tmp_path, request).to_json() == small.to_json()
    taken = [kernel for shard in small.shards for kernel in shard.kernels]
    assert {shard.category for shard in small.shards if shard.kernels} == {"fem"}
    assert taken
    generated = [
        _repetitive(shard.category, program_seed(request.seed, shard.category, number), "small")["source"]
        for shard in small.shards
        if not shard.kernels
        for number in shard.candidates
    ]
    known = [*kept, *(Sketch.of(kernel["source"]) for kernel in taken)]
    assert not any(one.structure == structural_hash(source) for one in known for source in generated)
    assert not any(near(one.shingles, shingles(source)) for one in known for source in generated)
    assert sum(small.funnel[name] for name in SOURCES) == sum(
        n for name, n in small.funnel.items() if name not in SOURCES
    )


def test_rounds_lead_to_the_same_plan(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wide_plan, "LEAST_BLOCK", 64)
    monkeypatch.setattr(wide_plan, "_first_round", lambda quota: quota // 2)
    assert _wide(tmp_path).to_json() == plan.to_json()
    assert len({path.name.split("-")[0] for path in (tmp_path / "pairs").iterdir()}) > 1


def test_a_category_that_runs_dry_is_told_of_as_by_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(("math",), 60, verify="none")
    messages = []
    for make in (
        lambda: make_plan(request, programs=_twelve),
        lambda: _wide(tmp_path, request, _twelve),
    ):
        with pytest.raises(ExhaustedError) as raised:
            make()
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


def _twelve(category: str, seed: int, size: str) -> KernelSpec:
    return _program(category, seed % 12)


def test_blocks_on_the_storage_are_not_made_again(plan: Plan, tmp_path: Path) -> None:
    assert _wide(tmp_path).to_json() == plan.to_json()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "sketches").iterdir()}
    assert _wide(tmp_path).to_json() == plan.to_json()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "sketches").iterdir()} == before


def test_pairs_of_a_bucket_are_those_that_agree() -> None:
    rng = np.random.default_rng(0)
    names = rng.permutation(300).astype(np.int64)
    keys = rng.integers(0, 40, 300).astype(np.uint32)
    sketches = [Sketch.made("0" * 32, np.unique(rng.integers(0, 60, 90).astype(np.uint64))) for _ in range(300)]
    bits = np.array([one.bits for one in sketches])
    new = rng.random(300) < 0.5
    found = set(zip(*(part.tolist() for part in wide_plan._agreeing(names, keys, bits, new)), strict=True))
    expected = {
        (max(names[i], names[j]), min(names[i], names[j]))
        for i in range(300)
        for j in range(i)
        if keys[i] == keys[j] and (new[i] or new[j]) and alike(bits[i][None], bits[j][None])[0]
    }
    assert found == expected
    assert len(found) > 50
