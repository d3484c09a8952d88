"""Index plumbing, the values: short expressions on what was read, conditions, variables that branches change."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .plumbing_walk import ITEM_OF, Walk, near
from .steps import alike, decided
from .tree import Expr

Made = tuple[str, Expr]


def compute(walk: Walk) -> None:
    """A short expression, named."""
    made = expression(walk)
    if made is not None:
        walk.keep(*made)


def expression(walk: Walk) -> Made | None:
    """What people do with a value at hand and another one; None if there is nothing at hand."""
    k, rng = walk.k, walk.rng
    known = [item for item in k.pool if near(item.expr)]
    if not known:
        return None
    unused = [item for item in known if not item.uses]
    first = rng.choose(unused if unused and rng.chance(0.8) else known)
    made = _MAKERS[type(first.expr.type)](walk, first.expr)
    if made is not None:
        first.uses += 1
    return made


def _scalar(walk: Walk, a: Expr) -> Made | None:
    if a.type is t.F32:
        return _real(walk, a)
    if a.type is t.I32:
        return _whole(walk, a)
    if a.type is t.BOOL:
        b = walk.operand(t.BOOL, beside=a)
        return "bool", walk.k.both(a, b) if walk.rng.chance(0.5) else walk.k.either(a, walk.k.negate(b))
    if a.type is t.U32:
        return "bits", a & walk.operand(t.U32, beside=a) if walk.rng.chance(0.5) else a | walk.operand(t.U32, beside=a)
    return _key(walk, a) if a.type is t.U64 else None


def _key(walk: Walk, a: Expr) -> Made:
    """A packed key: a part of it as a whole number, or its parts put together anew."""
    k, rng = walk.k, walk.rng
    width = rng.choose((2, 4, 8))
    low = a & k.lit((1 << width) - 1, t.U64)
    if rng.chance(0.6):
        part = low if rng.chance(0.5) else a >> k.lit(width, t.U64)
        return "integer", k.cast(part, t.I32)
    shift = k.lit(rng.choose((8, 16, 32)), t.U64)
    return "key", (low << shift) | walk.operand(t.U64, beside=a)


def _real(walk: Walk, a: Expr) -> Made:
    k, rng = walk.k, walk.rng
    if rng.chance(0.4 if k.bundle else 0.25):
        how = rng.choose(("scale", "scale", "scale", "inverse", "square", "square", "negate", "negate", "cap"))
        if how == "scale":
            return "scalar", a * k.parameter("scale", 0.1, 2.0, 0.5, 2.0, 0.01)
        if how == "inverse":
            return "scalar", 1.0 / k.positive(a)
        if how == "square":
            return "scalar", a * a
        if how == "cap":
            return "limit", k.call(rng.choose(("min", "max")), a, k.parameter("limit", 0.0, 1.0, 0.0, 1.0))
        return "scalar", -a
    b = walk.operand(t.F32, beside=a)
    how = rng.weighted(
        {
            "sub": 3.0,
            "mul": 3.0,
            "add": 3.0,
            "div": 0.7,
            "fma": 2.5,
            "min": 0.2,
            "max": 0.25,
            "mix": 1.0,
            "three": 1.4,
            "vector": 0.6,
        }
    )
    if how == "vector":
        return "vector", k.make(t.vec(3), a, b, walk.operand(t.F32))
    if how == "sub":
        return "delta", a - b
    if how == "add":
        return "sum", a + b
    if how == "mul":
        return "scalar", a * b
    if how == "div":
        return "ratio", a / k.positive(b)
    if how == "fma":
        product = b * walk.operand(t.F32)
        return "scalar", a + product if rng.chance(0.7) else a - product
    if how == "three":
        return "sum", a + b + walk.operand(t.F32, beside=b)
    if how == "mix":
        product = (a + b) * walk.operand(t.F32) if rng.chance(0.5) else (a - b) * walk.operand(t.F32)
        return "scalar", product
    return "scalar", k.call(how, a, b)


def _whole(walk: Walk, a: Expr) -> Made:
    k, rng = walk.k, walk.rng
    draw = rng.random()
    if draw < 0.26:
        return "integer", tree.binary(rng.choose(("+", "-", "+")), a, walk.operand(t.I32, beside=a))
    if draw < 0.31:
        return "integer", a + walk.operand(t.I32, beside=a) + walk.operand(t.I32)
    if a.low >= 0.0 and draw < 0.42:
        width = k.scalar(rng.choose(("size", "count")), t.I32, 1, 6)
        if rng.chance(0.3):
            return "count", (a + width - 1) // width
        return "integer", a // width if rng.chance(0.5) else a % width
    if draw < 0.5:
        width = k.scalar(rng.choose(("size", "count", "offset")), t.I32, 1, 6)
        return "integer", a * width + walk.operand(t.I32) if rng.chance(0.5) else a + width
    if a.low >= 0.0 and draw < 0.8:
        return "integer", tree.binary(rng.choose(("//", "%")), a, rng.choose((2, 3, 4, 6)))
    return "integer", tree.binary(rng.choose(("+", "-", "+", "*")), a, rng.choose((1, 1, 2, 3)))


def _vector(walk: Walk, a: Expr) -> Made | None:
    k, rng = walk.k, walk.rng
    if isinstance(a.type, t.Vector) and a.type.dtype is t.I32:
        return "index", k.component(a, rng.integer(0, a.type.length - 1))
    if not isinstance(a.type, t.Vector) or a.type not in (t.vec(3), t.vec(2), t.vec(5)):
        return None
    if a.type.length > 4:
        return _long_vector(walk, a)
    if a.type == t.vec(3) and rng.chance(0.12):
        return _body_value(walk, a)
    how = rng.weighted(
        {
            "sub": 4.0,
            "add": 2.5,
            "dot": 1.2,
            "cross": 0.7,
            "gap": 0.8,
            "length": 0.4,
            "scale": 2.5,
            "fma": 2.0,
            "unit": 0.3,
            "part": 2.5,
        }
    )
    if how in ("length", "unit"):
        return ("distance", k.call("length", a)) if how == "length" else ("direction", k.call("normalize", a))
    if how == "part":
        return "scalar", k.component(a, rng.integer(0, a.type.length - 1))
    if how == "scale":
        return "vector", a * walk.operand(t.F32)
    b = walk.operand(a.type, beside=a)
    if how == "sub":
        return "delta", a - b
    if how == "gap":
        return "distance", k.call("length", a - b)
    if how == "dot":
        return "scalar", k.call("dot", a, b)
    if how == "cross" and a.type.length == 3:
        return "vector", k.call("cross", a, b)
    if how == "fma":
        return "vector", a + b * walk.operand(t.F32)
    return "vector", a + b


def _long_vector(walk: Walk, a: Expr) -> Made:
    """A component, a product or a sum of vectors that Warp has no name for."""
    k, rng = walk.k, walk.rng
    how = rng.weighted({"part": 3.0, "dot": 1.0, "scale": 1.0, "add": 1.0})
    if how == "part":
        return "scalar", a[rng.integer(0, 4)]
    if how == "scale":
        return "vector", a * walk.operand(t.F32)
    b = walk.operand(a.type, beside=a)
    return ("scalar", k.call("dot", a, b)) if how == "dot" else ("vector", a + b)


def _body_value(walk: Walk, a: Expr) -> Made:
    """A pose or a wrench made of a vector; a copy of its components."""
    k, rng = walk.k, walk.rng
    how = rng.choose(("spatial", "spatial", "spatial", "pose", "copy"))
    if how == "pose":
        turn = k.call("quat_identity", gives=t.quat()) if rng.chance(0.6) else walk.operand(t.quat())
        return "transform", k.make(t.transform(), a, turn)
    if how == "copy":
        return "vector", k.make(t.vec(3), *(k.component(a, n) for n in range(3)))
    b = k.zero(t.vec(3)) if rng.chance(0.25) else walk.operand(t.vec(3), beside=a)
    return "spatial", k.make(t.spatial(), *((a, b) if rng.chance(0.6) else (b, a)))


def _transform(walk: Walk, a: Expr) -> Made:
    k, rng = walk.k, walk.rng
    how = rng.weighted({"point": 4.5, "vector": 1.0, "position": 2.0, "rotation": 2.5, "times": 1.5, "inverse": 0.6})
    if how in ("position", "rotation") and rng.chance(0.5):
        a = walk.element(ITEM_OF[t.transform()])[1]
    if how == "point":
        return "point", k.call("transform_point", a, walk.operand(t.vec(3), 0.6))
    if how == "vector":
        return "vector", k.call("transform_vector", a, walk.operand(t.vec(3)))
    if how == "position":
        return "position", k.call("transform_get_translation", a)
    if how == "rotation":
        return "quaternion", k.call("transform_get_rotation", a)
    if how == "inverse":
        return "transform", k.call("transform_inverse", a)
    b = walk.operand(t.transform(), beside=a)
    return "transform", a * b if rng.chance(0.6) else k.call("transform_multiply", a, b)


def _spatial(walk: Walk, a: Expr) -> Made:
    k, rng = walk.k, walk.rng
    how = rng.choose(("top", "bottom", "add", "dot", "velocity"))
    if how == "add":
        b = walk.operand(t.spatial(), beside=a)
        return "spatial", a + b if rng.chance(0.7) else a - b
    if how == "dot":
        return "scalar", k.call("spatial_dot" if rng.chance(0.3) else "dot", a, walk.operand(t.spatial()))
    if how == "velocity":
        turn = k.call("cross", k.call("spatial_bottom", a), walk.operand(t.vec(3)))
        return "velocity", k.call("spatial_top", a) + turn
    return "velocity", k.call(f"spatial_{how}", a)


def _quaternion(walk: Walk, a: Expr) -> Made:
    k, rng = walk.k, walk.rng
    if rng.chance(0.15):
        return "quaternion", k.call("quat_inverse", a)
    if rng.chance(0.15):
        return "matrix", k.call("quat_to_matrix", a)
    if rng.chance(0.25):
        return "quaternion", a * walk.operand(t.quat())
    name = rng.choose(("quat_rotate", "quat_rotate", "quat_rotate_inv"))
    return "vector", k.call(name, a, walk.operand(t.vec(3)))


def _matrix(walk: Walk, a: Expr) -> Made:
    if walk.rng.chance(0.2):
        return "matrix", walk.k.call("transpose", a)
    return "vector", a @ walk.operand(t.vec(3)) if walk.rng.chance(0.6) else a * walk.operand(t.vec(3))


_MAKERS = {
    t.Scalar: _scalar,
    t.Vector: _vector,
    t.Transform: _transform,
    t.SpatialVector: _spatial,
    t.Quat: _quaternion,
    t.Matrix: _matrix,
}


def test(walk: Walk) -> Expr:
    """A condition as people write it: short, on what was just read or on an element, and open."""
    for _ in range(3):
        question = _test(walk)
        if not decided(question):
            break
    return question


def _test(walk: Walk) -> Expr:
    k, rng = walk.k, walk.rng
    draw = rng.random()
    if draw < 0.24:
        flag = walk.operand(t.BOOL, 0.4) if rng.chance(0.55) else k.scalar("flag", t.BOOL, 0, 1)
        return flag if rng.chance(0.6) else k.negate(flag)
    if draw < 0.58:
        value = walk.operand(t.I32, 0.45)
        kind = rng.random()
        if kind < 0.3:
            return tree.compare(rng.choose(("==", "<", ">=", ">", "!=")), value, walk.operand(t.I32, 0.3, value))
        if kind < 0.4:
            limit = k.scalar(rng.choose(("label", "limit", "count")), t.I32, 0, 6)
            return tree.compare(rng.choose(("==", "<", ">=", ">", "!=")), value, limit)
        return _against(walk, value)
    a = walk.operand(t.F32, 0.3)
    if draw < 0.75:
        return tree.compare(rng.choose(("<", ">", "<", ">=")), a, walk.operand(t.F32, 0.4, a))
    if draw < 0.85:
        return tree.compare(rng.choose((">", "<")), a, k.parameter("threshold", -0.5, 0.5, 0.0, 0.1, 0.5))
    return tree.compare(rng.choose((">", "<", ">=", "<=")), a, k.choose_lit(0.0, 0.0, 0.0, 1.0, 0.5))


def _against(walk: Walk, value: Expr) -> Expr:
    """A whole number against a constant that it may be on either side of."""
    rng = walk.rng
    known = [c for c in (0, 0, 0, 1, 1, 2, 3, -1, 8, 16) if value.low <= c < value.high] or [0]
    constant = rng.choose(known)
    same = ("!=",) if walk.depth > 0 else ("==",)
    if constant == value.low:
        return tree.compare(rng.choose(("!=", ">", *same, *same)), value, constant)
    return tree.compare(rng.choose(("<", ">=", ">", "!=", *same)), value, constant)


def _switched_on(walk: Walk) -> Expr:
    """A condition on a constant that is known when the kernel is built, and holds."""
    if walk.rng.chance(0.6):
        name = walk.k.constant(True, t.BOOL, "flag")
        return tree.Call(t.BOOL, 0.0, 1.0, "wp.static", (name,))
    value = walk.rng.integer(1, 4)
    name = walk.k.constant(value, t.I32, "label")
    return tree.Call(t.BOOL, 0.0, 1.0, "wp.static", (tree.compare(">", name, walk.rng.integer(0, value - 1)),))


def condition(walk: Walk) -> Expr:
    """A test, sometimes two joined."""
    k, rng = walk.k, walk.rng
    first = test(walk)
    # Inside other branches the conditions are wider, or hardly a thread would get so far.
    inside = walk.depth > 0
    if rng.chance(0.25 if inside else 0.38):
        second = test(walk)
        return k.both(first, second) if rng.chance(0.2 if inside else 0.7) else k.either(first, second)
    return first


def change(walk: Walk, result: Expr, held: list[Expr]) -> None:
    """Give a variable another value than those that it may hold, and note it there."""
    k, rng = walk.k, walk.rng
    how = rng.weighted({"set": 4.0, "add": 2.0, "scale": 1.0, "constant": 1.5, "sum": 2.0})
    if how == "add":
        k.augment(result, rng.choose(("+", "+", "-")), walk.operand(t.F32))
    elif how == "scale":
        k.set(result, walk.operand(t.F32) * k.choose_lit(0.5, 2.0, 0.1))
    elif how == "constant":
        _give(walk, result, held, lambda: k.choose_lit(1.0, -1.0, 0.5, 2.0))
    elif how == "sum":
        _give(walk, result, held, lambda: _both(walk))
    else:
        _give(walk, result, held, lambda: walk.operand(t.F32))


def _both(walk: Walk) -> Expr:
    first = walk.operand(t.F32)
    return tree.binary(walk.rng.choose("+-*"), first, walk.operand(t.F32, beside=first))


def _give(walk: Walk, result: Expr, held: list[Expr], make: Callable[[], Expr]) -> None:
    """Set a variable to something that it does not hold on another way through the code."""
    for _ in range(4):
        value = make()
        if not any(alike(value, other) for other in held):
            break
    held.append(value)
    walk.k.set(result, value)


def decide(walk: Walk) -> None:
    """A variable that a lone `if`, an if-else or a chain over a kind gives another value."""
    k, rng = walk.k, walk.rng
    draw = rng.random()
    if draw < 0.24:
        chain(walk)
        return
    if draw < 0.4:
        settle_on(walk)
        return
    fixed = rng.chance(0.22)
    question = _switched_on(walk) if fixed else condition(walk)
    if not fixed and rng.chance(0.3):
        question = k.let("bool", question)
    both = not fixed and rng.chance(0.6)
    start = k.lit(0.0) if both or rng.chance(0.5) else walk.operand(t.F32, 0.2)
    result = k.variable("result", start, rng.chance(0.3))
    held = [start]
    with k.when(question):
        for _ in range(rng.weighted({0: 4.0, 1: 3.0, 2: 2.0, 3: 1.0})):
            walk.depth += 1
            walk.move("compute")
            walk.depth -= 1
        if fixed:
            k.augment(result, rng.choose(("+", "-")), walk.operand(t.F32))
        else:
            change(walk, result, held)
        if rng.chance(0.35) and walk.depth < 3:
            with k.when(test(walk)):
                change(walk, result, held)
    if both:
        with k.otherwise():
            change(walk, result, held)
    walk.owe("result", tree.Name(t.F32, -20.0, 20.0, result.id) if isinstance(result, tree.Name) else result)


def settle_on(walk: Walk) -> None:
    """A flag, a number or a vector that a branch or two set to something else."""
    k, rng = walk.k, walk.rng
    dtype = rng.choose((t.BOOL, t.BOOL, t.I32, t.vec(3)))
    if dtype is t.BOOL:
        start: Expr = k.lit(rng.chance(0.3), t.BOOL)
    else:
        start = k.integer(rng.choose((-1, -1, 0, 1))) if dtype is t.I32 else k.zero(dtype)
    result = k.variable("bool" if dtype is t.BOOL else "index" if dtype is t.I32 else "vector", start, False)
    for _ in range(rng.choose((1, 1, 2))):
        with k.when(condition(walk)):
            if isinstance(start, tree.Literal) and dtype is t.BOOL:
                k.set(result, k.lit(not start.value, t.BOOL))
            else:
                k.set(result, walk.operand(dtype))
        if dtype is t.BOOL:
            break
    assert isinstance(result, tree.Name)
    low, high = (0.0, 1.0) if dtype is t.BOOL else (-20.0, 20.0)
    walk.owe("bool" if dtype is t.BOOL else "result", tree.Name(dtype, low, high, result.id))


def chain(walk: Walk) -> None:
    """if / elif / else over the values of a kind."""
    k, rng = walk.k, walk.rng
    kind = k.let("label", k.array("label", t.I32, walk.own.dims, low=0, high=4)[walk.own.index])
    named = rng.chance(0.6)
    result = k.variable("result", k.lit(0.0), rng.chance(0.3))
    held: list[Expr] = []
    for case in range(rng.integer(2, 4)):
        value = k.constant(case, t.I32, "label") if named else k.integer(case)
        with k.when(kind.equals(value)) if case == 0 else k.otherwise_when(kind.equals(value)):
            if rng.chance(0.3):
                walk.move("compute")
            change(walk, result, held)
    if rng.chance(0.5):
        with k.otherwise():
            change(walk, result, held)
    walk.owe("result", tree.Name(t.F32, -20.0, 20.0, result.id) if isinstance(result, tree.Name) else result)
