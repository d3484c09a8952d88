"""Test cases as columns and back, and what a verified record holds."""

import numpy as np
import pytest

from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.reference.layout import SCALARS
from warp_jit_pairs.schema import Record
from warp_jit_pairs.shards import to_table
from warp_jit_pairs.stored import agrees, case_columns, read_case
from warp_jit_pairs.verify import TestCase


@pytest.mark.parametrize("scalar", SCALARS)
def test_every_scalar_type_survives(scalar: str) -> None:
    storage = np.dtype(SCALARS[scalar][0])
    raw = np.random.default_rng(1).integers(0, 2 if scalar == "bool" else 256, (5, 3, storage.itemsize), dtype=np.uint8)
    data = raw.view(storage)[..., 0]
    case = TestCase(7, (5, 2), {"x.part": data}, {"out": data[::-1]}, {"x.part": scalar, "out": scalar}, 1e-5)
    again = read_case(case_columns(case))
    assert (again.seed, again.dim, again.tolerance, again.scalars) == (7, (5, 2), 1e-5, case.scalars)
    assert again.inputs["x.part"].tobytes() == data.tobytes()
    assert again.outputs["out"].tobytes() == data[::-1].tobytes()
    assert again.inputs["x.part"].shape == (5, 3)


def test_verified_records_carry_their_verdict_and_cases() -> None:
    specs = [generate_kernel(category, seed) for category in list(CATEGORIES)[:4] for seed in range(2)]
    made = [record for record in to_records(specs, "gradient") if isinstance(record, Record)]
    assert {record.verification["compiled"] for record in made} == {"passed"}
    records = [record for record in made if record.verification["executed"] == "passed"]
    assert len(records) >= 4
    for record in records:
        assert record.verification["gradient"] in ("passed", "unsupported", "not run")
        assert record.verification["gradient"] == "passed" or record.verification["reason"]
        arguments = {argument["name"] for argument in record.args}
        outputs = {argument["name"] for argument in record.args if argument["role"] != "in"}
        assert record.test_cases
        for case in record.test_cases:
            assert {array["name"].split(".")[0] for array in case["inputs"]} <= arguments
            assert {array["name"].split(".")[0] for array in case["outputs"]} <= outputs
            assert case["outputs"]
    assert len({tuple(case["dim"]) for record in records for case in record.test_cases}) > 1
    assert to_table(records).num_rows == len(records)


def test_verification_changes_no_id_and_no_code() -> None:
    specs = [generate_kernel("atomic", 1)]
    (plain,), (verified,) = to_records(specs, "none"), to_records(specs, "execute")
    assert isinstance(plain, Record)
    assert isinstance(verified, Record)
    assert plain.id == verified.id
    assert plain.verification["executed"] == "not run"
    assert (len(plain.test_cases), bool(verified.test_cases)) == (0, True)


@pytest.mark.parametrize(("scalar", "bits"), [("float32", 0x7FA00000), ("float16", 0x7D01), ("bfloat16", 0x7FA0)])
def test_a_signalling_nan_is_one_more_wrong_answer(scalar: str, bits: int) -> None:
    storage = np.dtype(SCALARS[scalar][0])
    found = np.array([bits], f"u{storage.itemsize}").view(storage)
    assert not agrees(np.zeros(1, storage), found, scalar, 1e-3)
    assert agrees(found, found, scalar, 1e-3)
