"""Sums of a series, iterations until something is small, small arrays that a thread keeps for itself."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import extra, recipe
from .reductions import term
from .tree import Expr


@recipe(
    "numerical integration, series and iterations",
    "reduction:1 control_flow:1 math:0.8 arithmetic:0.5",
    "optimization stats astronomy control",
    "solve",
)
def series(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    x = k.let("scalar", k.load("input", k.real, 0.1, 2.0))
    steps = rng.choose((4, 8, 10, 16, 20))
    limit: Expr | int
    if rng.chance(0.4):
        limit = k.scalar("steps", t.I32, 2, 12)
    elif rng.chance(0.4):
        limit = k.constant(steps, t.I32, "steps")
    else:
        limit = steps
    what = rng.choose(("newton", "trapezoid", "taylor", "bisection", "fixed_point", "euler", "continued", "geometric"))
    if what == "newton":
        y = k.variable("solution", x * 0.5 + 0.5)
        with k.loop("loop", limit):
            if rng.chance(0.5):
                k.set(y, 0.5 * (y + x / y))
            else:
                slope = k.let("gradient", 2.0 * y)
                k.set(y, y - (y * y - x) / slope)
        k.put("solution", y)
    elif what == "trapezoid":
        count = limit if isinstance(limit, Expr) else k.integer(limit)
        h = k.let("step", x / k.cast(count, k.real))
        total = k.variable("sum", k.lit(0.0))
        with k.loop("loop", limit) as j:
            a = k.let("position", (k.cast(j, k.real) + k.choose_lit(0.5, 0.0, 1.0)) * h)
            k.augment(total, "+", k.bounded(term(k, a)) * h)
        k.put("sum", total)
    elif what == "taylor":
        total, item = k.variable("sum", k.lit(1.0)), k.variable("scalar", k.lit(1.0))
        with k.loop("loop", 1, limit) as j:
            sign = -1.0 if rng.chance(0.5) else 1.0
            k.set(item, item * (sign * x if sign > 0 else -x) / k.cast(j, k.real))
            k.augment(total, "+", item)
        k.put("sum", total)
    elif what == "bisection":
        low, high = k.variable("minimum", k.lit(0.0)), k.variable("maximum", k.lit(4.0))
        with k.loop("loop", limit):
            mid = k.let("center", 0.5 * (low + high))
            with k.when(mid * mid * mid + mid > x if rng.chance(0.5) else mid * mid > x):
                k.set(high, mid)
            with k.otherwise():
                k.set(low, mid)
        k.put("solution", k.let("solution", 0.5 * (low + high)))
        k.shared.differentiable = False
    elif what == "fixed_point":
        y = k.variable("state", x)
        with k.loop("loop", limit):
            k.set(
                y,
                k.call(rng.choose(("cos", "sin", "tanh")), y) * k.choose_lit(0.5, 0.8, 0.9)
                + k.choose_lit(0.1, 0.25) * x,
            )
        k.put("state", y)
    elif what == "euler":
        y, time = k.variable("state", x), k.variable("time", k.lit(0.0))
        dt = k.parameter("dt", 0.01, 0.1, 0.05, 0.1)
        with k.loop("loop", limit):
            rate = k.let("delta", -k.parameter("parameter", 0.1, 2.0, 0.5, 1.0) * y + k.call("sin", time))
            k.set(y, y + dt * rate)
            k.augment(time, "+", dt)
        k.put("state", y)
    elif what == "continued":
        y = k.variable("result", k.lit(1.0))
        with k.loop("loop", limit):
            k.set(y, 1.0 / (1.0 + x * y))
        k.put("result", y)
    else:
        total, power = k.variable("sum", k.lit(0.0)), k.variable("scalar", k.lit(1.0))
        q = k.let("ratio", x / (1.0 + x))
        with k.loop("loop", limit):
            k.augment(total, "+", power)
            k.set(power, power * q)
        k.put("sum", total)
    extra(k, "arithmetic math", "r", 0, 2)
    value = k.latest(k.real)
    k.output("out", k.bounded(value))


@recipe(
    "iteration until convergence or escape", "control_flow:2 math:0.3", "optimization render control generic", "solve"
)
def until(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    limit = rng.choose((10, 16, 20, 32))
    bound: Expr | int = k.constant(limit, t.I32, "steps") if rng.chance(0.3) else limit
    what = rng.choose(("escape", "halving", "newton", "collide", "walk"))
    if what == "escape":
        cx, cy = k.let("scalar", k.load("coordinate", k.real)), k.let("scalar", k.load("coordinate", k.real))
        zx, zy = k.variable("position", k.lit(0.0)), k.variable("position", k.lit(0.0))
        count = k.variable("count", k.integer(0))
        style = rng.chance(0.5)
        test = k.both(count < bound, zx * zx + zy * zy < 4.0)
        with k.repeat(test) if style else k.loop("loop", bound):
            if not style:
                with k.when(zx * zx + zy * zy > 4.0):
                    k.leave_loop()
            new = k.let("next", zx * zx - zy * zy + cx)
            k.set(zy, 2.0 * zx * zy + cy)
            k.set(zx, new)
            k.augment(count, "+", 1)
        k.output("count", count)
        if rng.chance(0.4):
            k.output("magnitude", zx * zx + zy * zy)
        k.shared.differentiable = False
        return
    x = k.let("scalar", k.load("input", k.real, 0.1, 4.0))
    y = k.variable("state", x if what != "newton" else 0.5 * (x + 1.0))
    count = k.variable("count", k.integer(0))
    tolerance = k.parameter("tolerance", 1e-3, 0.5, 0.1, 0.01, 1e-3)
    if what == "halving":
        with k.repeat(k.both(y > tolerance, count < bound) if rng.chance(0.5) else k.both(count < bound, y > 1.0)):
            k.set(y, y * k.choose_lit(0.5, 0.75, 0.8))
            k.augment(count, "+", 1)
    elif what == "newton":
        with k.repeat(count < bound):
            err = k.let("error", y * y - x)
            with k.when(k.call("abs", err) < tolerance):
                k.leave_loop()
            k.set(y, y - err / (2.0 * y))
            k.augment(count, "+", 1)
    elif what == "collide":
        v = k.variable("velocity", k.load("velocity", k.real))
        dt = k.parameter("dt", 0.05, 0.2, 0.1)
        with k.loop("loop", bound):
            k.set(v, v - 9.81 * dt)
            k.set(y, y + v * dt)
            with k.when(y < 0.0):
                k.set(y, -y * 0.5 if rng.chance(0.4) else k.lit(0.0))
                k.set(v, -k.choose_lit(0.5, 0.8) * v)
                k.augment(count, "+", 1)
                if rng.chance(0.3):
                    with k.when(count > 3):
                        k.leave_loop()
        k.output("velocity", v)
    else:
        with k.repeat(count < bound):
            k.augment(count, "+", 1)
            with k.when((count % rng.choose((2, 3))).equals(0)):
                k.next_turn()
            k.augment(y, "+", tolerance * k.call("cos", y))
    k.shared.differentiable = False
    k.output("out", y)
    if rng.chance(0.6):
        k.output("count", count)


@recipe(
    "weights applied inside a local array",
    "control_flow:0.5 reduction:0.8 arithmetic:0.3",
    "signal linalg generic",
    "map",
    {t.F32: 1.0, t.F64: 0.1},
)
def local_array(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1)
    size = rng.choose((3, 4, 4, 5, 6, 8))
    columns = k.dim(size, fixed=True)
    x = k.array("input", k.real, (k.launch[0], columns), low=-2.0, high=2.0)
    dtype = tree.Verbatim(t.SHAPE, 0.0, 0.0, k.style.scalar(k.real))
    shape = k.integer(size) if rng.chance(0.6) else tree.TupleOf(t.SHAPE, 0.0, 0.0, (k.integer(size),))
    call = tree.Call(t.FixedArray(k.real, size), -100.0, 100.0, "wp.zeros", (), (("shape", shape), ("dtype", dtype)))
    work = k.let("array", call)
    bound: Expr | int = k.constant(size, t.I32, "size") if rng.chance(0.4) else size
    with k.loop("loop", bound) as j:
        k.set(work[j], k.bounded(term(k, x[i, j])))
    what = rng.choose(("smooth", "reverse", "cumulative", "sort", "horner"))
    total = k.variable("accumulator", k.lit(0.0))
    if what == "smooth":
        with k.loop("loop", 1, size - 1) as j:
            k.augment(total, "+", 0.25 * work[j - 1] + 0.5 * work[j] + 0.25 * work[j + 1])
    elif what == "reverse":
        with k.loop("loop", bound) as j:
            k.augment(total, "+", work[j] * work[(bound if isinstance(bound, Expr) else k.integer(size)) - 1 - j])
    elif what == "cumulative":
        with k.loop("loop", 1, bound) as j:
            k.set(work[j], work[j] + work[j - 1])
        with k.loop("loop", bound) as j:
            k.augment(total, "+", k.call("abs", work[j]))
    elif what == "sort":
        with k.loop("loop", bound), k.loop("loop", size - 1) as b, k.when(work[b] > work[b + 1]):
            held = k.let("temp", work[b])
            k.set(work[b], work[b + 1])
            k.set(work[b + 1], held)
        k.set(total, work[size // 2] if rng.chance(0.6) else work[size - 1] - work[0])
    else:
        at = k.let("scalar", k.load("coordinate", k.real, -1.0, 1.0))
        with k.loop("loop", size - 1, -1, -1) as j:
            k.set(total, total * at + work[j])
    k.shared.differentiable = False
    k.output("out", total)
