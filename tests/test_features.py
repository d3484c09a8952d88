"""Features of a source, counted by hand on small programs, and total on generated ones."""

from __future__ import annotations

import ast

import pyarrow as pa
import pytest

from warp_jit_pairs.builtin_usage import builtins_used
from warp_jit_pairs.features import BOUNDS, LEVELS, Reader, difficulty, effort, features
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.schema import FEATURES

SOURCE = '''import warp as wp

BIG = wp.constant(wp.float64(3.0))


@wp.struct
class Cell:
    mass: wp.float16
    spin: wp.quatd


@wp.func
def damped(v: wp.vec3, k: float) -> wp.vec3:
    """Not a statement."""
    if k > 1.0:
        return v
    return wp.normalize(v) * k


@wp.kernel
def step(pos: wp.array2d[wp.vec3], ids: wp.array(dtype=wp.int64), out: wp.array(dtype=float)):
    i, j = wp.tid()
    total = float(0.0)

    for n in range(3):
        if ids[n] < wp.int64(0):
            continue
        elif ids[n] == wp.int64(1):
            total += wp.length(damped(pos[i, j], 0.5))
        else:
            total = min(total, -total // 2.0)
    while total > 1.0:
        total = total * 0.5
    out[i] = total
    out[j] += 1.0
    wp.atomic_add(out, i, total)
'''


def test_features_of_a_known_source() -> None:
    assert features(SOURCE) == {
        "builtins": ["atomic_add", "float", "int64", "length", "min", "normalize", "tid"],
        "statements": [
            "assign",
            "augmented_assign",
            "augmented_store",
            "call",
            "continue",
            "early_return",
            "elif",
            "else",
            "for_range",
            "function",
            "if",
            "kernel",
            "return",
            "store",
            "struct",
            "unpack",
            "while",
        ],
        "dtypes": ["float16", "float32", "float64", "int64", "quat", "vec3"],
        "depth": 5,
        "lines": 28,
        "tokens": 229,
    }


@pytest.mark.parametrize(
    ("body", "control", "expression", "depth"),
    [
        ("x = a", 0, 0, 0),
        ("x = a + b", 0, 1, 1),
        ("x = a[i + 1] * wp.sin(b)", 0, 3, 3),
        ("if a:\n        x = b", 1, 0, 1),
        ("if a:\n        x = b\n    elif c:\n        x = -d", 1, 1, 2),
        ("for i in range(n):\n        while a < b:\n            x = f(g(h(a)))", 2, 3, 5),
    ],
)
def test_depths(body: str, control: int, expression: int, depth: int) -> None:
    reader = Reader().read(ast.parse(f"@wp.kernel\ndef k(a: float):\n    {body}\n"))
    assert (reader.control_depth, reader.expression_depth, reader.depth) == (control, expression, depth)


def test_builtins_under_their_registry_names() -> None:
    used = builtins_used(ast.parse(SOURCE + "\n\nvec5 = wp.types.vector(length=5, dtype=float)\n"))
    assert used >= {"mul", "floordiv", "neg", "add", "min", "normalize", "tid", "float", "atomic_add"}
    assert "sub" not in used
    text = (
        "vec5 = wp.types.vector(length=5, dtype=float)\n\n\ndef k():\n    a = vec5()\n    b = wp.vec3d() @ wp.quatf()\n"
    )
    assert builtins_used(ast.parse(text)) == {"vector", "mul", "quaternion"}


@pytest.mark.parametrize("category", CATEGORIES)
def test_generated_programs_have_features(category: str) -> None:
    for seed in range(5):
        spec = generate_kernel(category, seed)
        found = features(spec["source"])
        assert pa.array([found], FEATURES).to_pylist() == [found]
        # Whoever does not ask for the thread's index is launched with one thread.
        assert spec["metadata"]["launch"]["dim"] == [1] or {"tid", "tile_load"} & set(found["builtins"])
        assert found["statements"]
        assert found["dtypes"]
        assert min(found["lines"], found["tokens"]) > 4
        assert difficulty(found) in LEVELS


def test_difficulty_rises_with_each_figure() -> None:
    least = {"builtins": ["tid"], "depth": 2, "tokens": 60}
    assert difficulty(least) == LEVELS[0]
    assert difficulty(least | {"tokens": 5000}) == LEVELS[-1]
    for more in ({"tokens": 61}, {"depth": 6}, {"builtins": ["tid", "sin"]}):
        assert effort(least | more) > effort(least)
    assert len(BOUNDS) == len(LEVELS) - 1


def test_a_source_that_is_no_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        features("def k(:\n")
