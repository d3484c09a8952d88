"""Threads that see each other's results, and those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.inputs import Case, Facts, constants, make_case
from warp_jit_pairs.leaves import array_leaves
from warp_jit_pairs.races import Threads, hands_out, racing
from warp_jit_pairs.reference import Reference, Unsupported
from warp_jit_pairs.rng import sub_seed

HEAD = """import warp as wp


@wp.kernel
def k(place: wp.array[int], x: wp.array[float], y: wp.array[float], n: wp.array[int]):
    i = wp.tid()
    """
PLACES = np.array([0, 0, 1, 2], np.int32)
X = np.array([1.0, -2.0, 0.5, 4.0], np.float32)


def verdict(statement: str) -> Threads:
    reference = Reference(HEAD + statement + "\n")
    inputs = {"place": PLACES, "x": X, "y": np.full(4, 3.0, np.float32), "n": np.arange(4, dtype=np.int32)}
    case = Case(1, "uniform", (4,), inputs, {})
    end = reference.run(inputs, (4,), "float64").values
    return racing(reference, case, end, ["n", "x", "y"])


def test_sums_that_no_atomic_makes_are_no_independent_threads() -> None:
    assert verdict("y[place[i]] = y[place[i]] + x[i]").dependent == "y"
    assert verdict("y[place[i]] = y[place[i]] + wp.max(x[i], 0.0)").dependent == "y"
    assert verdict("part = y[1:]\n    part[place[i]] = part[place[i]] + x[i]").dependent == "y"


@pytest.mark.parametrize(
    ("statement", "leaf"),
    [
        ("y[place[i]] = 7.0", "y"),
        ("y[i] = x[place[i]]", ""),
        ("y[place[i]] += x[i]", ""),
        ("wp.atomic_add(y, place[i], x[i])", ""),
    ],
)
def test_elements_that_several_threads_store_to(statement: str, leaf: str) -> None:
    assert verdict(statement).contended == leaf


@pytest.mark.parametrize(
    "statement",
    [
        "y[i] = x[i] * 2.0",
        "y[place[i]] = 7.0",
        "wp.atomic_add(y, place[i], x[i])",
        "wp.atomic_sub(y, place[i], x[i])",
        "y[place[i]] += x[i]",
        "wp.atomic_max(y, place[i], x[i])",
        "wp.atomic_min(y, place[i], x[i])",
        "wp.atomic_or(n, place[i], 1 << i)",
        "wp.atomic_and(n, place[i], 1 << i)",
        "wp.atomic_xor(n, place[i], 1 << i)",
        "y[i] = x[(i + 1) % 4]",
    ],
)
def test_independent_threads(statement: str) -> None:
    assert verdict(statement).dependent == ""


@pytest.mark.parametrize(
    ("statement", "leaf"),
    [
        ("y[place[i]] = y[place[i]] * 0.5", "y"),
        ("y[place[i]] /= 4.0", "y"),
        ("y[place[i]] = y[place[i]] + x[i]  # no atomic\n    n[i] = int(y[0])", "n"),
        ("y[i] = x[(i + 1) % 4]\n    x[i] = 9.0", "y"),
        ("if n[(i + 3) % 4] > 50:\n        y[i] = 1.0\n    n[i] = 100", "y"),
    ],
)
def test_threads_that_see_each_other(statement: str, leaf: str) -> None:
    assert verdict(statement).dependent == leaf


def test_a_thread_that_needs_another_says_so() -> None:
    found = verdict("if i > 0:\n        y[n[i - 1] - 6] = 1.0\n    n[i] = 6 + i")
    assert found.dependent == "a thread alone: array index out of bounds"


def test_what_an_atomic_returns() -> None:
    assert hands_out("a = wp.atomic_add(n, 0, 1)")
    assert hands_out("x[wp.atomic_add(n, 0, 1)] = 1")
    assert not hands_out("wp.atomic_add(n, 0, 1)")


@pytest.mark.slow
@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_what_the_grammar_writes_is_independent(category: str) -> None:
    asked = 0
    for number in range(12):
        spec = generate_kernel(category, sub_seed(5, category, number) >> 1)
        source, metadata = spec["source"], spec["metadata"]
        if hands_out(source):
            continue
        reference = Reference(source)
        case = make_case(reference.arguments, Facts.of(metadata), constants(source), 3, "uniform")
        try:
            end = reference.run(case.inputs, case.dim, "float64").values
            assert racing(reference, case, end, sorted(array_leaves(reference.arguments))) == Threads(), source
            asked += 1
        except Unsupported:
            continue
    assert asked >= 6
