"""Adjoints against differences: each leaf is right, wrong, or one of which nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest

from warp_jit_pairs.gradient import NOT_FINITE, GradientResult, check_gradient
from warp_jit_pairs.inputs import Case
from warp_jit_pairs.reference import Reference

PRODUCT = "out[i] = x[i] * b[i]"
STAIRS = "out[i] = wp.floor(x[i] * 1.0e5) + b[i]"
X, B = np.array([0.5, -0.25, 2.0]), np.array([3.0, 1.0, -2.0])


def checked(body: str, x: np.ndarray, b: np.ndarray) -> GradientResult:
    """What is found of two adjoints of a kernel whose outputs all have the gradient 1."""
    source = f"""import warp as wp

@wp.kernel
def kernel(x: wp.array(dtype=float), b: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    {body}
"""
    inputs = {"x": X.astype(np.float32), "b": B.astype(np.float32), "out": np.zeros(3, np.float32)}
    case = Case(5, "uniform", (3,), inputs, {})
    return check_gradient(Reference(source), case, {"out": np.ones(3)}, {"x": x, "b": b}, ["x", "b"], 1e-3)


def test_each_leaf_has_its_own_verdict() -> None:
    found = checked(PRODUCT, B, 1.01 * X)
    assert (found.right, set(found.wrong), found.unsure) == ({"x"}, {"b"}, set())


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_an_adjoint_that_is_nowhere_finite_is_wrong_where_there_is_a_derivative(value: float) -> None:
    found = checked(PRODUCT, B, np.full(3, value))
    assert (found.right, found.wrong) == ({"x"}, {"b": NOT_FINITE})


@pytest.mark.parametrize("value", [1.0, np.inf])
def test_where_differences_jump_with_every_step_nothing_is_said(value: float) -> None:
    found = checked(STAIRS, np.full(3, value), np.ones(3))
    assert (found.right, found.wrong, found.unsure) == ({"b"}, {}, {"x"})
