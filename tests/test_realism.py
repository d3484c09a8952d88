"""The comparison with real kernels: what it reads from sources, what it counts, that it can tell two sorts apart."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from benchmarks.classifier import area_under_curve, classify, grams
from benchmarks.coverage import gaps, idiom, report, shares
from benchmarks.real_kernels import RealKernel, kernels_of, read_package
from benchmarks.realism import annotation_kinds, covered, measure

TEXT = """
import warp as wp

@wp.func
def helper(x: float):
    return x * 2.0

@wp.func
def unused(x: float):
    return x

class Solver:
    @wp.kernel(enable_backward=False)
    def inner(a: wp.array2d[wp.vec3], n: int, flags: wp.array(dtype=bool)):
        i, j = wp.tid()
        if not flags[i]:
            return
        a[i, j] = wp.normalize(a[i, j]) * helper(float(n))
"""


@pytest.fixture
def kernel() -> RealKernel:
    (found,) = kernels_of("package", "file.py", TEXT)
    return found


def test_kernels_are_read_with_what_they_need(kernel: RealKernel, tmp_path: Path) -> None:
    assert kernel.source.startswith("@wp.kernel(enable_backward=False)\ndef inner(")
    assert "def helper" in kernel.program
    assert "def unused" not in kernel.program
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file.py").write_text(TEXT)
    assert [found.source for found in read_package("package", tmp_path)] == [kernel.source]


def test_figures_of_a_kernel(kernel: RealKernel) -> None:
    found = measure(kernel)
    assert (found.arguments, found.arrays, found.launch_dims, found.helpers) == (3, 2, 2, 1)
    assert (found.statements, found.control_depth, found.builtins) == (4, 1, 3)
    assert annotation_kinds(found) == {"array2 of vec3", "scalar int", "array1 of bool"}
    assert found.names["functions"] == ["helper"]


def test_the_verdict_wants_median_and_tail() -> None:
    real = [10] * 8 + [40] * 2
    assert covered(real, [14] * 8 + [40] * 2)
    assert not covered(real, [14] * 8 + [39] * 2)
    assert not covered(real, [16] * 8 + [40] * 2)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("x = data[i + 1]", "_ = _[_ + 1]"),
        ("if flags[i] == 0:\n    return", "if _[_] == 0: return"),
        ("if a < b:\n    x = a\n    y = b\n    z = c\nelse:\n    x = b", "if _ < _: assign; assign … else …"),
        ("for k in range(n):\n    pass", "for _ in range(_)"),
        ("y = wp.dot(body.pos, v) * 2.0", "_ = wp.dot(_.f, _) * 2.0"),
    ],
)
def test_idioms_are_statements_without_names(statement: str, expected: str) -> None:
    assert idiom(ast.parse(statement).body[0]) == expected


def test_gaps_are_ranked_by_how_common_they_are() -> None:
    real = {"a": 0.5, "b": 0.9, "c": 0.4, "d": 0.001}
    assert gaps(real, {"c": 0.3, "a": 0.1}) == [("b", 0.9, 0.0), ("a", 0.5, 0.1)]


def test_the_note_lists_builtins_and_gaps(kernel: RealKernel) -> None:
    source = "import warp as wp\n\n\n@wp.kernel\ndef k(a: wp.array[float]):\n    a[wp.tid()] = wp.sin(1.0)\n"
    text = report([source], [kernel], "command")
    assert "sin 1, tid 1" in text
    assert "| `unot` | 100.0 | 0.0 |" in text
    assert shares([kernel], lambda item: [item.name]) == {"inner": 1.0}


def test_the_classifier_tells_two_sorts_and_not_one() -> None:
    def made(path: str, body: str) -> RealKernel:
        text = f"@wp.kernel\ndef k(a: wp.array[float]):\n    i = wp.tid()\n    {body}\n"
        return RealKernel("p", path, "k", text, text)

    left = [made(f"l{n}", f"a[i] = wp.sin(a[i]) + {n}.0") for n in range(80)]
    right = [made(f"r{n}", f"a[i] = wp.cos(a[i]) * {n}.0") for n in range(80)]
    assert classify(left, right, blank=True).auc > 0.99
    same = [made(f"s{n}", f"a[i] = wp.sin(a[i]) + {n}.0") for n in range(80)]
    assert 0.2 < classify(left, same, blank=True).auc < 0.8
    assert ("wp", ".", "sin") in grams(left[0].source, blank=True)


def test_area_under_curve() -> None:
    labels = np.array([0.0, 0.0, 1.0, 1.0])
    assert area_under_curve(np.array([0.1, 0.2, 0.3, 0.4]), labels) == 1.0
    assert area_under_curve(np.array([0.4, 0.2, 0.3, 0.1]), labels) == 0.25
    assert area_under_curve(np.zeros(4), labels) == 0.5
