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


def checked(body: str, x: np.ndarray, b: np.ndarray, at: np.ndarray = X) -> GradientResult:
    """What is found of two adjoints of a kernel whose outputs all have the gradient 1, at a place."""
    source = f"""import warp as wp

@wp.kernel
def kernel(x: wp.array(dtype=float), b: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    {body}
"""
    inputs = {"x": at.astype(np.float32), "b": B.astype(np.float32), "out": np.zeros(3, np.float32)}
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


@pytest.mark.parametrize(
    ("body", "at", "adjoint"),
    [
        # Differences see x on either side of zero, where out is written; at zero it is not.
        ("if x[i] == 0.0:\n        return\n    out[i] = 3.0 * x[i]", [0.0, 0.5, 2.0], [0.0, 3.0, 3.0]),
        ("if x[i] != 0.0:\n        out[i] += 3.0 * x[i]\n    out[i] += b[i]", [0.0, 0.5, 2.0], [0.0, 3.0, 3.0]),
        # Two tie for the largest: the adjoint is that of the second, differences give the mean.
        ("out[i] = 2.0 * wp.max(x[0], x[1]) + b[i]", [0.5, 0.5, 2.0], [0.0, 6.0, 0.0]),
        ("out[i] = 2.0 * wp.abs(x[i]) + b[i]", [0.0, 0.5, 2.0], [np.inf, 2.0, 2.0]),
    ],
)
def test_a_kink_at_the_very_point_is_no_error(body: str, at: list[float], adjoint: list[float]) -> None:
    found = checked(body, np.array(adjoint), np.full(3, float("b[i]" in body)), np.array(at))
    assert "b" in found.right
    assert found.wrong == {}


@pytest.mark.parametrize("body", ["out[i] = 3.0 * x[i] + b[i]", "out[i] = x[i] * x[i] * x[i] + b[i]"])
def test_an_error_is_no_kink_whatever_else_is_there(body: str) -> None:
    assert set(checked(body, np.full(3, 2.5), np.ones(3), np.array([0.5, 0.5, 2.0])).wrong) == {"x"}
