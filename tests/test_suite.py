"""The validation suite passes on the CPU, covers the kinds it must, and fails where an answer is wrong."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from warp_jit_pairs import suite
from warp_jit_pairs.errors import UnknownNameError
from warp_jit_pairs.suite_kernels import CHECKS

KINDS = sorted({check.kind for check in CHECKS})


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_gives_the_written_answers(kind: str) -> None:
    results = suite.run_suite(kinds=[kind])
    assert {result.way for result in results} == {"warp", "executor", "reference", "reference64"}
    assert [result for result in results if not result.passed] == []


def test_the_origins_seven_kinds_have_kernels_with_adjoints() -> None:
    with_adjoint = {check.kind for check in CHECKS if check.adjoint is not None}
    assert {"arithmetic", "vector", "matrix", "control_flow", "loops", "math", "atomic"} <= with_adjoint


def test_a_wrong_answer_fails_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    check = next(check for check in CHECKS if check.name == "fused_multiply")
    assert check.adjoint is not None
    wrong = dataclasses.replace(
        check,
        forward=lambda v: {"out": v["a"] * v["b"] - v["c"] / v["b"]},
        adjoint=lambda v, g: {"a": np.zeros_like(v["a"])},
    )
    monkeypatch.setattr(suite, "CHECKS", [wrong])
    results = suite.run_suite()
    assert len(results) == 6
    assert not any(result.passed for result in results)


def test_unknown_devices_and_kinds_are_refused() -> None:
    with pytest.raises(UnknownNameError):
        suite.run_suite(device="tpu")
    with pytest.raises(UnknownNameError):
        suite.run_suite(kinds=["astrology"])


@pytest.mark.cuda
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_on_a_gpu(kind: str) -> None:
    assert [result for result in suite.run_suite("cuda", [kind]) if not result.passed] == []
