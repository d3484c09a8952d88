"""The reference against what Warp documents and C does, worked out by hand or with NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from warp_jit_pairs.reference import Fault, Reference, Unsupported


def run(body: str, precision: str = "declared", order: str = "forward", dim: tuple[int, ...] = (1,), **inputs: object):
    """Run a kernel whose arguments are `out` and the arrays or scalars given by name as (annotation, value)."""
    arguments = ", ".join(f"{name}: {annotation}" for name, (annotation, _) in inputs.items())
    indented = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    source = f"import warp as wp\n\n@wp.kernel\ndef kernel({arguments}):\n{indented}"
    reference = Reference(source)
    return reference.run({name: value for name, (_, value) in inputs.items()}, dim, precision, order).values


def scalar(expression: str, out: str = "wp.int32", **inputs: object) -> object:
    """The value of one expression of scalar arguments."""
    kind = {"wp.int32": np.int32, "wp.float32": np.float32, "wp.uint32": np.uint32, "wp.int8": np.int8}[out]
    given = dict(inputs.items())
    values = run(f"out[0] = {expression}", out=(f"wp.array(dtype={out})", np.zeros(1, kind)), **given)
    return values["out"][0]


I32 = "wp.int32"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a / b", -3),
        ("a % b", -1),
        ("a // b", -4),
        ("a >> 1", -4),
        ("a << 2", -28),
        ("-a", 7),
        ("~a", 6),
        ("a * 1000000000", (-7 * 1000000000 + 2**31) % 2**32 - 2**31),
        ("wp.sign(a - a)", 1),
        ("wp.step(a)", 1),
        ("wp.nonzero(a)", 1),
        ("wp.clamp(a, -3, 3)", -3),
        ("int(-2.9)", -2),
        ("int(wp.round(2.5)) + int(wp.round(-2.5))", 0),
        ("int(wp.rint(2.5))", 2),
        ("wp.bit_count(a)", 30),
        ("wp.where(a < b, 5, 6)", 5),
        ("3 if a > b else 4", 4),
    ],
)
def test_integer_arithmetic_is_that_of_c(expression: str, expected: int) -> None:
    assert scalar(expression, a=(I32, np.int32(-7)), b=(I32, np.int32(2))) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x % y", np.fmod(np.float32(-7.5), np.float32(2.0))),
        ("x // y", -4.0),
        ("wp.min(x, wp.nan)", -7.5),
        ("wp.max(wp.nan, y)", 2.0),
        ("wp.acos(y)", 0.0),
        ("wp.asin(x)", -np.float32(np.pi / 2)),
        ("wp.frac(x)", -0.5),
        ("wp.sign(x - x)", 1.0),
        ("wp.step(y)", 0.0),
        ("wp.cbrt(y * 4.0)", 2.0),
        ("wp.degrees(wp.radians(x))", -7.5),
        ("wp.erfinv(wp.erf(0.5))", 0.5),
        ("wp.smoothstep(0.0, 4.0, y)", 0.5),
        ("wp.lerp(x, y, 0.5)", -2.75),
        ("float(wp.float16(0.1))", np.float32(np.float16(0.1))),
        ("float(wp.bfloat16(0.1))", 0.10009765625),
        ("1.0 / 3.0", np.float32(1.0) / np.float32(3.0)),
        ("y ** 3.0", 8.0),
        ("wp.copysign(y, x)", -2.0),
    ],
)
def test_float_functions(expression: str, expected: float) -> None:
    found = scalar(expression, "wp.float32", x=("float", np.float32(-7.5)), y=("float", np.float32(2.0)))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_small_integers_wrap_around() -> None:
    assert scalar("a + a", "wp.int8", a=("wp.int8", np.int8(100))) == np.int8(-56)
    assert scalar("a - b", "wp.uint32", a=("wp.uint32", np.uint32(1)), b=("wp.uint32", np.uint32(2))) == 2**32 - 1


def test_64_bit_constants_keep_their_precision() -> None:
    values = run(
        "out[0] = wp.float64(0.1)\nbig[0] = wp.uint64(0xcbf29ce484222325)",
        out=("wp.array(dtype=wp.float64)", np.zeros(1)),
        big=("wp.array(dtype=wp.uint64)", np.zeros(1, np.uint64)),
    )
    assert values["out"][0] == 0.1
    assert values["big"][0] == 0xCBF29CE484222325


def test_float64_precision_rounds_literals_first() -> None:
    out = ("wp.array(dtype=float)", np.zeros(1, np.float32))
    assert run("out[0] = 0.1", "float64", out=out)["out"][0] == float(np.float32(0.1))
    third = run("out[0] = 1.0 / 3.0", "float64", out=out)["out"]
    assert third.dtype == np.float64
    assert third[0] == 1.0 / 3.0


def test_names_are_copies_and_items_write_through() -> None:
    body = """
v = a[0]
v[0] = 9.0
w = v
w.y = 8.0
a[1].x = v[0]
a[1][2] = w.y
out[0] = a[0][0] + v[1]
"""
    values = run(
        body,
        a=("wp.array(dtype=wp.vec3)", np.arange(6, dtype=np.float32).reshape(2, 3)),
        out=("wp.array(dtype=float)", np.zeros(1, np.float32)),
    )
    assert values["a"].tolist() == [[0.0, 1.0, 2.0], [9.0, 4.0, 8.0]]
    assert values["out"][0] == 1.0


def test_threads_run_in_either_order_and_atomics_return_what_was_there() -> None:
    body = "i = wp.tid()\nout[i] = wp.atomic_add(total, 0, i + 1)"
    arguments = {
        "total": ("wp.array(dtype=int)", np.zeros(1, np.int32)),
        "out": ("wp.array(dtype=int)", np.zeros(3, np.int32)),
    }
    assert run(body, dim=(3,), **arguments)["out"].tolist() == [0, 1, 3]
    assert run(body, dim=(3,), order="reverse", **arguments)["out"].tolist() == [5, 3, 0]


def test_inputs_are_left_as_they_are() -> None:
    data = np.zeros(2, np.float32)
    run("out[wp.tid()] = 1.0", dim=(2,), out=("wp.array(dtype=float)", data))
    assert not data.any()


SOURCE = """
import warp as wp
from typing import Any

SCALE = wp.constant(2.0)


@wp.struct
class Inner:
    v: wp.vec2
    n: int


@wp.struct
class Outer:
    inner: Inner
    k: float


@wp.func
def twice(x: float):
    return x * SCALE


@wp.func
def twice(x: int):
    return x * 2


@wp.func
def both(x: Any, y: Any):
    return x + y, x - y


@wp.func
def change(v: wp.vec2):
    v[0] = 100.0
    return v


@wp.kernel
def kernel(items: wp.array(dtype=Outer), state: Outer, out: wp.array(dtype=float), counts: wp.array2d(dtype=int)):
    i, j = wp.tid()
    item = items[i]
    item.inner.n += twice(j)
    before = item.inner.v
    changed = change(before)
    total, rest = both(twice(state.k), before[1])
    items[i].k = total
    if j == 0:
        out[i] = changed[0] + before[0] + rest
    counts[i, j] = item.inner.n + items[i].inner.n
"""


def test_structs_functions_and_overloads() -> None:
    reference = Reference(SOURCE)
    items = np.zeros(2, reference.arguments[0].type.dtype)
    items["inner"]["v"] = [[1.0, 2.0], [3.0, 4.0]]
    items["inner"]["n"] = [10, 20]
    state = {"inner": {"v": np.zeros(2, np.float32), "n": np.int32(0)}, "k": np.float32(1.5)}
    inputs = {
        "items": items,
        "state": state,
        "out": np.zeros(2, np.float32),
        "counts": np.zeros((2, 2), np.int32),
    }
    values = reference.run(inputs, (2, 2)).values
    assert values["out"].tolist() == [100.0 + 1.0 + 1.0, 100.0 + 3.0 - 1.0]
    assert values["items.k"].tolist() == [5.0, 7.0]
    assert values["items.inner.n"].tolist() == [10, 20]
    assert values["counts"].tolist() == [[20, 22], [40, 42]]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("out[3] = 1", "array index out of bounds"),
        ("out[-4] = 1", "array index out of bounds"),
        ("out[0] = 1 / n", "integer division by zero"),
        ("out[0] = 1 % n", "integer division by zero"),
        ("out[0] = 1 << 40", "shift beyond the width"),
        ("out[0] = int(3.0e9)", "cast of a value that does not fit"),
        ("out[0] = int(wp.nan)", "cast of a value that does not fit"),
        ("while n < 1:\n    out[0] = 1", "endless loop"),
        ("v = wp.vec3()\nout[0] = int(v[n + 3])", "component index out of bounds"),
        ("assert n > 0", "assertion fails"),
    ],
)
def test_undefined_behaviour_is_named(body: str, reason: str) -> None:
    with pytest.raises(Fault) as caught:
        run(body, out=("wp.array(dtype=int)", np.zeros(3, np.int32)), n=("int", np.int32(0)))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        "out[0] = wp.mesh_query_point(n)",
        "out[0] = undefined_name",
        "out[0] = [x for x in out]",
        "out[0] = wp.svd3(n)",
    ],
)
def test_what_it_does_not_know_is_unsupported(body: str) -> None:
    with pytest.raises(Unsupported):
        run(body, out=("wp.array(dtype=int)", np.zeros(3, np.int32)), n=("int", np.int32(0)))


def test_negative_indices_count_from_the_end() -> None:
    assert run("out[-1] = 5", out=("wp.array(dtype=int)", np.zeros(3, np.int32)))["out"].tolist() == [0, 0, 5]


def test_branches_are_recorded() -> None:
    source = """
import warp as wp

@wp.kernel
def kernel(x: wp.array(dtype=float)):
    i = wp.tid()
    if x[i] > 0.0:
        x[i] = 1.0
    while x[i] > 0.5:
        x[i] -= 0.25
    x[i] = 1.0 if i < 100 else 2.0
"""
    reference = Reference(source)
    taken = reference.run({"x": np.array([1.0, -1.0], np.float32)}, (2,)).taken
    assert [branch.kind for branch in reference.branches()] == ["if", "while", "ternary"]
    assert taken == {0, 1, 2, 3, 4}


def test_generators_advance_in_the_caller_only() -> None:
    body = """
state = wp.rand_init(7, wp.tid())
a = wp.randf(state)
b = wp.randf(state)
same = wp.rand_init(7, 0)
out[0] = a
out[1] = b
out[2] = wp.randf(same)
out[3] = wp.randf(same, -1.0, 1.0)
"""
    out = run(body, out=("wp.array(dtype=float)", np.zeros(4, np.float32)))["out"]
    assert out[0] == out[2]
    assert out[0] != out[1]
    assert out[3] == pytest.approx(2.0 * out[1] - 1.0)
