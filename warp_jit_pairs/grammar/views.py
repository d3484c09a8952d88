"""Parts of things: slices and views of arrays, components of vectors written one by one, narrow number formats."""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import extra, recipe
from .tree import Expr


@recipe(
    "components of vectors changed one by one", "vector:1 control_flow:0.4", "geometry image render particles", "map"
)
def component_edit(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    length = rng.choose((2, 3, 3, 4))
    vector = t.vec(length, k.real)
    v = k.variable("vector", k.load("vector", vector))
    axes = rng.sample(range(length), rng.integer(1, length))
    for axis in axes:
        part = k.component(v, axis)
        how = rng.integer(0, 5)
        if how == 0:
            k.set(part, k.load("scalar", k.real))
        elif how == 1:
            k.augment(part, rng.choose("+-"), k.parameter("offset", 0.1, 1.0, 0.5, 0.1))
        elif how == 2:
            k.set(part, k.component(v, axes[0]) * k.parameter("scale", 0.1, 2.0, 0.5) + part)
        elif how == 3:
            limit = k.parameter("limit", 0.5, 2.0, 1.0)
            with k.when(part > limit):
                k.set(part, limit)
        elif how == 4:
            with k.when(part < 0.0):
                k.set(part, -part if rng.chance(0.5) else k.lit(0.0))
        else:
            other = k.let("vector", k.load("point", vector))
            k.set(part, 0.5 * (part + k.component(other, axis)))
    if rng.chance(0.3):
        k.put("magnitude", k.let("magnitude", k.call("length", v)))
        extra(k, "arithmetic", "r", 0, 2)
        k.output("magnitude", k.bounded(k.latest(k.real)))
    k.output("vector", v)


@recipe("slices of rows and windows", "reduction:0.8 arithmetic:0.3", "signal audio sparse learning", "reduction")
def window_slices(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (12,))
    k.guard()
    width = rng.choose((3, 4, 4, 6))
    stop: Expr
    if rng.chance(0.5):
        columns = k.dim(width + rng.integer(0, 3), fixed=True)
        source = k.array("array", k.real, (k.launch[0], columns), low=-2.0, high=2.0)
        window = tree.Slice(t.SHAPE, -inf, inf, k.integer(0), k.integer(width))
        view: Expr = tree.Subscript(t.Array(k.real, 1), -2.0, 2.0, source, (i, window))
    else:
        source = k.array("array", k.real, (k.derived(k.launch[0], width),), low=-2.0, high=2.0)
        start = k.let("start", i * width)
        stop = start + width
        if rng.chance(0.4):
            stop = k.let("end", stop)
        window = tree.Slice(t.SHAPE, -inf, inf, start, stop)
        view = tree.Subscript(t.Array(k.real, 1), -2.0, 2.0, source, (window,))
    part = k.let("array", view)
    total = k.variable("sum", k.lit(0.0))
    taps = k.array("weight", k.real, (k.dim(width, fixed=True),), low=-1.0, high=1.0) if rng.chance(0.4) else None
    with k.loop("loop", width) as j:
        value = part[j] * taps[j] if taps is not None else part[j] * part[j] if rng.chance(0.3) else part[j]
        k.augment(total, "+", value)
    if rng.chance(0.4):
        total = k.let("mean", total / float(width))
    k.put("sum", total)
    extra(k, "arithmetic math", "r", 0, 2)
    k.output("out", k.bounded(k.latest(k.real)))


@recipe("numbers stored in half and brain formats", "arithmetic:0.4 math:0.2", "learning signal", "copy", {t.F32: 1.0})
def narrow_formats(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    narrow = rng.choose((t.BF16, t.BF16, t.F16))
    x = k.let("scalar", k.cast(k.load("input", narrow, -2.0, 2.0), t.F32))
    k.put("scalar", x)
    extra(k, "arithmetic math", "r", 1, 4)
    value = k.bounded(k.latest(t.F32))
    if rng.chance(0.6):
        value = value * k.parameter("scale", 0.1, 2.0, 0.5)
    k.output("out", k.cast(k.let("result", value), narrow))
    if rng.chance(0.4):
        k.output("error", value - x)
    k.shared.differentiable = False
