"""The forward rule: what is near enough, what is skipped, and what a stored expectation grants."""

from __future__ import annotations

import numpy as np
import pytest

from warp_jit_pairs.compare import TOLERANCES, coarsest, compare, expected, moved_by, tolerance_of, unexplained
from warp_jit_pairs.reference.layout import Composite

FLOAT = Composite("scalar", "float32")
INT = Composite("scalar", "int32")
SINGLE = TOLERANCES["float32"]
EXACT = np.linspace(-2.0, 2.0, 20)


def declared(rounding: float = 1e-7) -> np.ndarray:
    return (EXACT + rounding * np.cos(np.arange(20))).astype(np.float32)


@pytest.mark.parametrize(("error", "passes"), [(1e-6, True), (9e-6, True), (3e-5, False), (1.0, False)])
def test_errors_of_one_element(error: float, passes: bool) -> None:
    native = declared()
    native[3] += np.float32(error)
    assert (compare(native, declared(), EXACT, FLOAT, SINGLE).worst <= 1.0) == passes


def test_a_sensitive_leaf_grants_its_own_rounding_to_every_element() -> None:
    rough = declared(1e-4)
    rough[3] = np.float32(EXACT[3])
    native = rough.copy()
    native[3] += np.float32(2e-4)
    assert compare(native, rough, EXACT, FLOAT, SINGLE).worst <= 1.0
    native[3] += np.float32(5e-3)
    assert compare(native, rough, EXACT, FLOAT, SINGLE).worst > 1.0


def test_what_is_not_finite_or_too_sensitive_is_skipped_and_counted() -> None:
    exact, rough = EXACT.copy(), declared()
    exact[0], rough[1] = np.nan, exact[1] + 1.0
    native = rough.copy()
    native[:2] = 99.0
    found = compare(native, rough, exact, FLOAT, SINGLE)
    assert found.skipped == 2
    assert found.worst <= 1.0
    native[2] = np.nan
    assert compare(native, rough, exact, FLOAT, SINGLE).worst == np.inf


def test_integers_must_be_equal_where_the_precisions_agree() -> None:
    values = np.arange(4, dtype=np.int32)
    exact = np.array([0, 1, 2, 7], np.int32)
    assert compare(np.array([0, 1, 2, 5]), values, exact, INT, SINGLE).worst == 0.0
    assert compare(np.array([0, 1, 3, 3]), values, exact, INT, SINGLE).worst == np.inf


def test_a_stored_expectation_accepts_what_the_comparison_accepts() -> None:
    exact = EXACT.copy()
    exact[5] = np.inf
    stored, tolerance = expected(declared(), exact, FLOAT, SINGLE)
    assert np.isnan(stored[5])
    assert stored.dtype == np.float32
    assert 1e-5 <= tolerance < 2e-5
    error = np.abs(np.delete(declared() - stored, 5)) / np.maximum(1.0, np.abs(np.delete(EXACT, 5)))
    assert error.max() <= tolerance


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("x: wp.array(dtype=float)", "float32"),
        ("x: wp.array(dtype=wp.vec3h)", "float16"),
        ("y = wp.float16(x)", "float16"),
        ("y = wp.bfloat16(x)", "bfloat16"),
    ],
)
def test_the_narrowest_type_rules(source: str, name: str) -> None:
    assert coarsest(source) == name
    assert tolerance_of(source) == TOLERANCES[name]


def test_solvers_that_iterate_are_granted_more() -> None:
    assert tolerance_of("u, s, v = wp.svd3(m)").base > TOLERANCES["float32"].base
    assert tolerance_of("wp.svd3(wp.mat33h())").base == TOLERANCES["float16"].base


def test_rounding_that_inputs_show_is_granted_but_a_jump_is_not() -> None:
    near, far = EXACT + 5e-5, EXACT + 0.5
    moved = moved_by([(near, EXACT), (np.where(np.arange(20) == 4, far, EXACT), EXACT)], FLOAT, SINGLE)
    native = declared()
    native[3:5] += np.float32(2e-4)
    assert compare(native, declared(), EXACT, FLOAT, SINGLE).worst > 1.0
    assert compare(native, declared(), EXACT, FLOAT, SINGLE, moved).worst <= 1.0
    assert moved[4] == pytest.approx(5e-5 / abs(EXACT[4]))
    assert expected(declared(), EXACT, FLOAT, SINGLE, moved)[1] >= 2e-4


def nearby(*values: float) -> list[np.ndarray]:
    return [np.full(20, value) for value in values]


@pytest.mark.parametrize(
    ("given", "others", "left"),
    [
        (0.5, nearby(0.0, 1.0), 1),  # a jump: one side or the other
        (1.0, nearby(0.0, 1.0), 0),
        (0.5, nearby(*np.linspace(-1.0, 1.0, 16)), 0),  # undetermined: anything between
        (1.5, nearby(*np.linspace(-1.0, 1.0, 16)), 1),
        (np.nan, nearby(*np.linspace(-1.0, 1.0, 16)), 1),
        (np.nan, nearby(0.0, np.nan), 0),
        (5.0, [], 1),
    ],
)
def test_results_nearby_explain_an_element(given: float, others: list[np.ndarray], left: int) -> None:
    native = declared()
    native[3] = given
    assert unexplained(native, declared(), EXACT, others, FLOAT, SINGLE) == left


def test_results_nearby_explain_whole_numbers_exactly() -> None:
    exact = np.arange(4)
    native = np.array([0, 1, 2, 4])
    assert unexplained(native, exact, exact, [exact], INT, SINGLE) == 1
    assert unexplained(native, exact, exact, [native], INT, SINGLE) == 0
