"""The stages of a record, and the original functions for a handful of pairs."""

import dataclasses
import json
from collections import Counter
from pathlib import Path

import pytest

from warp_jit_pairs.errors import ExhaustedError, Rejected, UnknownNameError, UsageError
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.identity import structural_hash
from warp_jit_pairs.pipeline import make_records, run_pipeline, synthesize_batch, synthesize_pair, to_records
from warp_jit_pairs.plan import Request, make_plan
from warp_jit_pairs.schema import Record, record_id
from warp_jit_pairs.shards import to_table


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_pair_of_each_category_for_each_device(category: str) -> None:
    spec = generate_kernel(category, seed=11)
    cpu, cuda = synthesize_pair(spec), synthesize_pair(spec, device="cuda")
    assert cpu["python_source"] == cuda["python_source"] == spec["source"]
    assert f"void {spec['name']}" in cpu["cpp_forward"]
    assert "blockIdx" in cuda["cpp_forward"]
    assert "blockIdx" not in cpu["cpp_forward"]
    assert cpu["metadata"]["category"] == category
    assert cpu["metadata"]["kernel_name"] == spec["name"]
    assert (cpu["metadata"]["device"], cuda["metadata"]["device"]) == ("cpu", "cuda")


def test_a_pair_for_an_unknown_device_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"'tpu'.*cpu, cuda"):
        synthesize_pair(generate_kernel("math", 1), device="tpu")


def _broken(spec: dict) -> dict:
    return spec | {"source": spec["source"].rstrip() + "\n    wp.no_such_builtin()\n"}


def test_a_program_that_warp_refuses_is_rejected_with_its_reason() -> None:
    with pytest.raises(Rejected) as rejected:
        synthesize_pair(_broken(generate_kernel("math", 1)))
    assert rejected.value.reason.startswith("codegen")


def test_a_rejected_program_costs_no_other() -> None:
    specs = [generate_kernel("math", seed) for seed in range(3)]
    good = to_records(specs)
    mixed = to_records([specs[0], _broken(specs[1]), specs[2]])
    assert isinstance(mixed[1], Rejected)
    assert [mixed[0], mixed[2]] == [good[0], good[2]]


def test_a_record_is_complete_and_fits_its_schema() -> None:
    (record,) = to_records([generate_kernel("combined", 3)])
    assert isinstance(record, Record)
    columns = dataclasses.asdict(record)
    assert record.id == record_id(columns)
    assert record.structural_hash == structural_hash(record.python_source)
    assert to_table([record]).to_pylist() == [columns]
    assert [argument["role"] for argument in record.args].count("in") < len(record.args)
    assert record.features["builtins"]
    made = record.provenance
    assert generate_kernel(record.category, made["seed"], made["size"])["source"] == record.python_source


def test_what_a_shard_drops_is_counted_and_replaced() -> None:
    request = Request(("math",), 40, verify="none")
    shard = make_plan(request).shards[0]
    calm = list(make_records(shard, request, Counter()))

    def break_some(category: str, seed: int, size: str) -> dict:
        spec = generate_kernel(category, seed, size)
        return _broken(spec) if spec["metadata"]["seed"] in doomed else spec

    doomed = {calm[0].provenance["seed"], calm[5].provenance["seed"]}
    dropped: Counter[str] = Counter()
    told: list[tuple[int, Rejected]] = []
    made = list(
        make_records(
            shard, request, dropped, break_some, tell=lambda spec, why: told.append((spec["metadata"]["seed"], why))
        )
    )
    assert {seed for seed, _ in told} == doomed
    assert all("its source" in why.detail for _, why in told)
    assert len(made) == len(calm) == shard.count
    assert sum(dropped.values()) == 2
    kept = [record for record in calm if record.provenance["seed"] not in doomed]
    assert made[: len(kept)] == kept

    doomed = {record.provenance["seed"] for record in made + calm}
    with pytest.raises(ExhaustedError, match=r"has 0 records of \d+ and no program left in reserve.*codegen"):
        list(make_records(shard, request, Counter(), lambda *names: _broken(generate_kernel(*names))))


def test_a_batch_is_distinct_deterministic_and_over_all_categories() -> None:
    pairs = synthesize_batch(2 * len(CATEGORIES), seed=5)
    assert pairs == synthesize_batch(2 * len(CATEGORIES), seed=5)
    assert Counter(pair["metadata"]["category"] for pair in pairs) == dict.fromkeys(CATEGORIES, 2)
    assert len({structural_hash(pair["python_source"]) for pair in pairs}) == len(pairs)
    assert not {p["python_source"] for p in pairs} & {p["python_source"] for p in synthesize_batch(6, seed=6)}


def test_run_pipeline_writes_what_it_returns(tmp_path: Path) -> None:
    pairs = run_pipeline(4, tmp_path / "pairs", seed=2)
    files = sorted((tmp_path / "pairs").iterdir())
    assert [path.name for path in files] == [f"pair_{index:06d}.json" for index in range(4)]
    assert [json.loads(path.read_text()) for path in files] == pairs


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_must_be_positive(count: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        synthesize_batch(count)
    with pytest.raises(UsageError, match="at least 1"):
        run_pipeline(count, tmp_path / "pairs")
    assert not list(tmp_path.iterdir())
