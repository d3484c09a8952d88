"""Slices of vectors and matrices: halves of six-vectors, rows, columns and blocks; matrices that are not square.

Warp takes slices where shading languages take swizzles: `v[0:2]` is read and assigned, `v.xy` is refused.
"""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import extra, recipe
from .tree import Expr


def span(k: Kernel, start: int, stop: int, length: int) -> Expr:
    """`start:stop`, open where people leave it open."""
    first = None if start == 0 and k.rng.chance(0.3) else k.integer(start)
    last = None if stop == length and k.rng.chance(0.3) else k.integer(stop)
    return tree.Slice(t.SHAPE, -inf, inf, first, last)


EVERYTHING = tree.Slice(t.SHAPE, -inf, inf, None, None)


def part(value: Expr, gives: t.Type, *where: Expr) -> Expr:
    """A slice of a vector or matrix."""
    return tree.Subscript(gives, value.low, value.high, value, where)


def sized(length: int, real: t.Scalar) -> t.Vector | t.SpatialVector:
    """A vector of a length; that of six is the spatial one, which Warp takes it for."""
    return t.spatial(real) if length == 6 else t.vec(length, real)


def _put_out(k: Kernel, kind: str, changed: Expr) -> None:
    """Write the changed value, and what was made of scalars read from it."""
    if k.at_hand(k.real):
        extra(k, "arithmetic", "r", 0, 2)
        k.output("out", k.bounded(k.latest(k.real)))
    k.output(kind, changed)


@recipe("vectors read and changed in slices", "vector:0.9", "particles rigid signal control", "map")
def vector_slices(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    length = rng.choose((3, 4, 4, 5, 6, 6, 8))
    vector = sized(length, k.real)
    v = k.variable("vector", k.load("vector", vector))
    for turn in range(rng.integer(1, 3)):
        size = rng.integer(2, min(3, length - 1))
        start = rng.integer(0, length - size)
        small = t.vec(size, k.real)
        own = part(v, small, span(k, start, start + size, length))
        # What is set comes first: set after a change, it would undo it.
        how = rng.integer(0, 4) if turn == 0 else rng.choose((1, 3, 4))
        if how == 0:
            k.set(own, k.load("vector", small))
        elif how == 1:
            k.add(tree.Augment(own, rng.choose("+-"), k.load("delta", small)))
        elif how == 2:
            other = rng.integer(0, length - size)
            k.set(own, part(v, small, span(k, other, other + size, length)) * k.parameter("scale", 0.1, 2.0, 0.5))
        elif how == 3:
            k.put("magnitude", k.let("magnitude", k.call("length", own)))
        else:
            read = k.let("vector", own)
            k.put("projection", k.let("projection", k.call("dot", read, k.load("direction", small))))
    _put_out(k, "vector", v)


@recipe("rows, columns and blocks of a matrix changed", "matrix:1", "linalg fem rigid", "map")
def matrix_blocks(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    rows, cols = rng.choose(((3, 3), (3, 3), (4, 4), (2, 3), (3, 4), (4, 3)))
    m = k.variable("matrix", k.load("matrix", t.mat(rows, cols, k.real)))
    row, column, block = t.vec(cols, k.real), t.vec(rows, k.real), t.mat(2, 2, k.real)
    for turn in range(rng.integer(1, 3)):
        i, j = rng.integer(0, rows - 1), rng.integer(0, cols - 1)
        how = rng.integer(0, 5) if turn == 0 else rng.integer(2, 5)
        if how == 0:
            k.set(part(m, row, k.integer(i)), k.load("vector", row))
        elif how == 1:
            k.set(part(m, column, EVERYTHING, k.integer(j)), k.load("vector", column))
        elif how == 2:
            top, left = rng.integer(0, rows - 2), rng.integer(0, cols - 2)
            target = part(m, block, span(k, top, top + 2, rows), span(k, left, left + 2, cols))
            if turn == 0 and rng.chance(0.5):
                k.set(target, k.load("matrix", block))
            else:
                k.add(tree.Augment(target, "+", k.load("matrix", block)))
        elif how == 3:
            first, second = part(m, row, k.integer(0)), part(m, row, k.integer(rows - 1))
            k.put("projection", k.let("projection", k.call("dot", first, second)))
        elif how == 4:
            read = k.let("vector", part(m, column, EVERYTHING, k.integer(j)))
            k.put("magnitude", k.let("magnitude", k.call("length", read)))
        else:
            k.augment(m[i, j], rng.choose("+-"), k.parameter("offset", 0.1, 1.0, 0.5))
    _put_out(k, "matrix", m)


@recipe("matrices with more rows than columns, or fewer", "matrix:1", "linalg fem learning optimization", "multiply")
def rectangular(k: Kernel) -> None:
    """Jacobians, shape-function gradients and small layers: products whose shapes have to fit."""
    rng = k.rng
    k.start(1)
    k.guard()
    rows, cols = rng.choose(((2, 3), (3, 2), (3, 4), (4, 3), (2, 4), (3, 6), (6, 3), (5, 3)))
    j = k.let("matrix", k.load("matrix", t.mat(rows, cols, k.real)))
    if rng.chance(0.4):
        j = k.let(
            "matrix", j + k.call("outer", k.load("vector", sized(rows, k.real)), k.load("vector", sized(cols, k.real)))
        )
    x = k.load("vector", sized(cols, k.real))
    y = k.let("vector", j @ x if rng.chance(0.5) else j * x)
    turned = k.call("transpose", j)
    how = rng.integer(0, 4)
    if how == 0:
        k.output("gradient", turned @ (k.load("error", sized(rows, k.real)) - y))
    elif how == 1:
        k.output("matrix", turned @ j)
    elif how == 2:
        other = k.load("right", t.mat(cols, rng.choose((2, 3)), k.real))
        k.output("matrix", j @ other if rng.chance(0.6) else j * other)
    elif how == 3:
        shift = k.load("offset", sized(rows, k.real))
        k.output("out", k.call("max", y + shift, k.zero(sized(rows, k.real))))
    else:
        k.put("energy", k.let("energy", 0.5 * k.call("dot", y, y)))
        extra(k, "arithmetic", "r", 0, 3)
        k.output("energy", k.bounded(k.latest(k.real)))
    if rng.chance(0.4):
        k.output("vector", y)


@recipe("inertias of six by six", "quaternion:1 matrix:0.5", "rigid control", "multiply", {t.F32: 1.0})
def spatial_inertia(k: Kernel) -> None:
    """Spatial matrices: put together from mass and moments, moved, applied to a motion."""
    rng = k.rng
    k.start(1)
    k.guard()
    six, motion, square = t.SpatialMatrix(t.F32), t.spatial(), t.mat(3, 3)
    v = k.let("spatial", k.load("spatial", motion, -1.0, 1.0))
    if rng.chance(0.5):
        inertia = k.let("matrix", k.load("matrix", six, -1.0, 1.0))
    else:
        mass = k.let("mass", k.load("mass", t.F32, 0.5, 2.0))
        moments = k.load("matrix", square, -1.0, 1.0)
        inertia = tree.Name(six, -1e3, 1e3, k.namer.local("matrix"))
        k.add(tree.Assign((inertia,), tree.Call(six, 0.0, 0.0, k.spell(six), ())))
        if rng.chance(0.5):
            low, high = span(k, 0, 3, 6), span(k, 3, 6, 6)
            k.set(part(inertia, square, low, low), mass * k.identity(3))
            k.set(part(inertia, square, high, high), moments)
        else:
            for n in range(3):
                k.set(part(inertia, t.F32, k.integer(n), k.integer(n)), mass)
            moments = k.let("matrix", moments)
            with k.loop("loop", 3) as i, k.loop("loop", 3) as j:
                k.set(part(inertia, t.F32, i + 3, j + 3), moments[i, j])
    h = k.let("spatial", inertia * v if rng.chance(0.7) else inertia @ v)
    if rng.chance(0.5):
        k.output("energy", 0.5 * k.call("spatial_dot", v, h) if rng.chance(0.6) else 0.5 * k.call("dot", v, h))
    if rng.chance(0.3):
        k.output("matrix", k.call("transpose", inertia) * k.choose_lit(0.5, 2.0))
    k.output("force", h)
