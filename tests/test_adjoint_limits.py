"""Limits of the adjoint: each construct is named for the leaves that reach it, and for no other."""

from __future__ import annotations

import ast

import pytest

from warp_jit_pairs.adjoint_limits import LOOP, adjoint_limit, unrolled, whole_constants

HEAD = """import warp as wp

SMALL = wp.constant(4)
LARGE = 40

@wp.func
def summed(a: float, n: int):
    s = float(0.0)
    for j in range(n):
        s += a * s
    return s

@wp.kernel
def kernel(
    x: wp.array(dtype=float), y: wp.array(dtype=float), z: wp.array(dtype=float), n: int, out: wp.array(dtype=float)
):
    i = wp.tid()
"""


def source(body: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in body.strip().splitlines())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("s = float(0.0)\nfor j in range(n):\n    s += x[j]\nout[i] = s * x[i] + y[i]", LOOP),
        ("s = float(0.0)\nfor j in range(n):\n    s = wp.max(s, x[j])\nout[i] = s + y[i]", LOOP),
        ("s = x[i]\nwhile s < 4.0:\n    s = s + x[i]\nout[i] = s + y[i]", LOOP),
        ("out[i] = summed(x[i], n) + y[i]", LOOP),
        ("out[i] = wp.frac(x[i]) + y[i]", "builtin without an adjoint"),
        ("out[i] = y[i] + x[i] % 2.0", "modulus, whose adjoint leaves out the divisor"),
        ("v = wp.vec2(x[i], 0.0)\nv[1] = 0.5\nout[i] = v[0] + y[i]", "component of a local overwritten"),
        ("x[i] = x[i] * 2.0\nout[i] = x[i] + y[i]", "array read and overwritten"),
        ("t = x[i]\nwp.atomic_min(out, 0, t)\nz[i] = y[i] * 2.0", "atomic whose adjoint is partial"),
    ],
)
def test_a_limit_is_named_for_the_leaf_that_reaches_it(body: str, reason: str) -> None:
    assert adjoint_limit(source(body), "x") == reason
    if reason != "array read and overwritten":
        assert adjoint_limit(source(body), "y") == ""


LOOPED = "s = float(0.0)\nfor j in range(n):\n    s += z[j]\n"


@pytest.mark.parametrize(
    "body",
    [
        LOOPED + "r = 0.5\nif s > 1.0:\n    r = y[i]\nout[i] = r * x[i]",
        LOOPED
        + "r = float(0.0)\nfor j in range(3):\n    if s > 1.0:\n        continue\n    r += y[j]\nout[i] = r * x[i]",
        LOOPED + "r = float(0.0)\nfor j in range(3):\n    if s > 1.0:\n        continue\n    r += x[j]\nout[i] = r",
        LOOPED + "r = 0.5\nif s > 1.0:\n    return\nr = y[i]\nout[i] = r * x[i]",
    ],
)
def test_what_a_looped_value_decides_reaches_those_that_it_is_multiplied_with(body: str) -> None:
    assert adjoint_limit(source(body), "x") == LOOP


@pytest.mark.parametrize(
    "body",
    [
        "s = float(0.0)\nfor j in range(n):\n    s += x[j] * y[j]\nout[i] = s",
        "s = float(1.0)\nfor j in range(SMALL):\n    s = s * x[j]\nout[i] = s",
        "out[i] = wp.sin(x[i]) * y[i]",
    ],
    ids=["only added to", "unrolled", "no loop"],
)
def test_right_adjoints_have_no_limit(body: str) -> None:
    assert adjoint_limit(source(body), "x") == ""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("range(3)", True),
        ("range(-2, 4, 2)", True),
        ("range(SMALL)", True),
        ("range(LARGE)", False),
        ("range(17)", False),
        ("range(n)", False),
        ("range(x.shape[0])", False),
    ],
)
def test_which_loops_are_unrolled(header: str, expected: bool) -> None:
    tree = ast.parse(source(f"for j in {header}:\n    out[j] = 1.0"))
    numbers = whole_constants(tree)
    assert numbers == {"SMALL": 4, "LARGE": 40}
    (loop,) = [
        node for node in ast.walk(tree) if isinstance(node, ast.For) and node.target.id == "j" and node.lineno > 12
    ]  # type: ignore[attr-defined]
    assert unrolled(loop, numbers) == expected


def test_a_custom_gradient_is_a_limit_of_what_it_is_given() -> None:
    text = source("out[i] = scaled(x[i]) + y[i]").replace(
        "@wp.kernel",
        "@wp.func\ndef scaled(a: float):\n    return a * 2.0\n\n"
        "@wp.func_grad(scaled)\ndef adj_scaled(a: float, r: float):\n    wp.adjoint[a] += r\n\n@wp.kernel",
    )
    assert adjoint_limit(text, "x") == "custom gradient"
    assert adjoint_limit(text, "y") == ""
