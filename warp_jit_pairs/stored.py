"""What verification found, as the columns of a record; stored test cases read back, and compared with answers.

A leaf is a named array of one Warp scalar type (`points`, `state.mass`); vectors and matrices add their components as
last dimensions. Its bytes are little-endian and in C order, so that every type survives, bfloat16 and uint64 included.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .reference.layout import SCALARS, storage_to_float
from .verify import TestCase, Verdict
from .verify_cuda import CudaVerdict


def case_columns(case: TestCase) -> dict[str, Any]:
    """A test case as a value of the column `test_cases`."""
    return {
        "seed": case.seed,
        "dim": list(case.dim),
        "tolerance": case.tolerance,
        "inputs": [
            _array(name, case.scalars[name], data) for name, data in case.inputs.items() if name in case.scalars
        ],
        "outputs": [_array(name, case.scalars[name], data) for name, data in case.outputs.items()],
    }


def _array(name: str, scalar: str, data: np.ndarray[Any, Any]) -> dict[str, Any]:
    stored = np.ascontiguousarray(data, dtype=SCALARS[scalar][0])
    little = stored.astype(stored.dtype.newbyteorder("<"), copy=False)
    return {"name": name, "dtype": scalar, "shape": list(data.shape), "data": little.tobytes()}


def read_case(columns: Mapping[str, Any]) -> TestCase:
    """The inverse of `case_columns`."""
    arrays = [*columns["inputs"], *columns["outputs"]]
    return TestCase(
        seed=columns["seed"],
        dim=tuple(columns["dim"]),
        inputs={array["name"]: read_array(array) for array in columns["inputs"]},
        outputs={array["name"]: read_array(array) for array in columns["outputs"]},
        scalars={array["name"]: array["dtype"] for array in arrays},
        tolerance=columns["tolerance"],
    )


def read_array(columns: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """A stored leaf as a NumPy array of its storage type (bfloat16 as uint16)."""
    dtype = np.dtype(SCALARS[columns["dtype"]][0]).newbyteorder("<")
    return np.frombuffer(columns["data"], dtype).reshape(columns["shape"])


def compare_case(case: Mapping[str, Any], answers: Mapping[str, bytes]) -> str:
    """Where a launch's answers leave the stored outputs, or nothing.

    Floats may differ by the case's tolerance, and NaN is not compared; integers and booleans are exact, and arrays
    that are no output hold what they held.
    """
    outputs = {array["name"]: array for array in case["outputs"]}
    inputs = {array["name"]: array for array in case["inputs"]}
    if not outputs:
        return "no output is stored"
    if not answers.keys() >= outputs.keys():
        return f"no answer for {min(outputs.keys() - answers.keys())}"
    for name in sorted(answers.keys() & (outputs.keys() | inputs.keys())):
        stored = outputs.get(name) or inputs[name]
        if len(answers[name]) != len(stored["data"]):
            return f"{name} has another size"
        expected, found = read_array(stored), read_array(stored | {"data": answers[name]})
        if not agrees(expected, found, stored["dtype"], case["tolerance"] if name in outputs else 0.0):
            return f"{name} differs" if name in outputs else f"{name} is written to"
    return ""


def agrees(expected: np.ndarray[Any, Any], found: np.ndarray[Any, Any], scalar: str, tolerance: float) -> bool:
    """Whether every element is near, relative to max(1, |expected|); integers and booleans must be equal."""
    if SCALARS[scalar][1] != "f":
        return bool((expected == found).all())
    with np.errstate(all="ignore"):  # what was found may hold signalling NaNs, too
        right, given = (storage_to_float(data, scalar).astype(np.float64) for data in (expected, found))
        near = np.abs(given - right) <= tolerance * np.maximum(1.0, np.abs(right))
    return bool((near | (given == right) | np.isnan(right)).all())


def cuda_columns(found: CudaVerdict) -> dict[str, Any]:
    """What a GPU found, as fields of the column `verification`."""
    return {
        "cuda": found.state,
        "cuda_reason": found.reason,
        "cuda_error": max(found.errors.values(), default=0.0),
        "cuda_gradient_error": max(found.gradient_errors.values(), default=0.0),
    }


def verification_columns(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the value of the column `verification`."""
    return {
        "compiled": verdict.compiled,
        "executed": verdict.executed,
        "gradient": verdict.gradient,
        "reason": verdict.reason,
        "forward_error": verdict.forward_error,
        "gradient_error": verdict.gradient_error,
        "branches": verdict.branches,
        "branches_missed": list(verdict.missed),
        **cuda_columns(verdict.cuda),
    }
