"""What verification found, as the columns of a record, and stored test cases read back.

A leaf is a named array of one Warp scalar type (`points`, `state.mass`); vectors and matrices add their components as
last dimensions. Its bytes are little-endian and in C order, so that every type survives, bfloat16 and uint64 included.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .reference.layout import SCALARS
from .verify import TestCase, Verdict


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


def verification_columns(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the value of the column `verification`."""
    return {
        "compiled": verdict.compiled,
        "executed": verdict.executed,
        "gradient": verdict.gradient,
        "cuda": "not run",
        "reason": verdict.reason,
        "forward_error": verdict.forward_error,
        "gradient_error": verdict.gradient_error,
        "branches": verdict.branches,
        "branches_missed": list(verdict.missed),
    }
