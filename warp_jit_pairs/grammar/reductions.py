"""Reductions inside a thread: rows, segments, prefixes, moments, arg-minima, dense and sparse products."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .recipes import ANY_REAL, extra, recipe
from .steps import Palette
from .tree import Expr

FIELDS = "stats linalg learning sparse signal finance"


def term(k: Kernel, value: Expr) -> Expr:
    """What a row element contributes: itself, a power, a weight, a difference."""
    rng = k.rng
    real = k.real
    how = rng.integer(0, 8)
    if how == 0:
        return value * value
    if how == 1:
        return k.call("abs", value)
    if how == 2:
        return value * k.parameter("weight", 0.1, 2.0, 0.5)
    if how == 3:
        return k.call("max", value, 0.0)
    if how == 4:
        delta = k.let("delta", value - k.parameter("mean", -1.0, 1.0, 0.5))
        return delta * delta
    if how == 5:
        return k.call("exp", -(value * value))
    if how in (6, 7):
        tags = {"math": 1.0, "arithmetic": 0.6}
        palette = Palette(rng, tags, {"r": real})
        one = [f for f in palette.all if f.takes == "r"]
        if one:
            return rng.choose(one).build(k, value)
    return value


def row_source(
    k: Kernel, row: Expr, columns: Dim, kind: str = "array", dtype: t.Type | None = None
) -> tuple[Expr, bool]:
    """A two-dimensional input, or (second answer true) a one-dimensional view of its row."""
    source = k.array(kind, dtype or k.real, (k.launch[0], columns), low=-2.0, high=2.0)
    if k.rng.chance(0.2):
        return k.let("row", source[row]), True
    return source, False


@recipe("a statistic of each row", "reduction:3 control_flow:0.6", FIELDS, "reduction", ANY_REAL)
def row_statistic(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, None, ("row",))
    k.guard()
    columns = k.dim(rng.choose((8, 12, 16)))
    source, view = row_source(k, row, columns)
    count = k.length(columns, source, 0 if view else 1)
    what = rng.choose(("sum", "mean", "variance", "norm", "range", "count", "dot", "weighted", "product"))
    if what == "range":
        first = source[0] if view else source[row, 0]
        low, high = k.variable("minimum", first), k.variable("maximum", first)
        with k.loop("loop", 1, count) as j:
            value = k.let("scalar", source[j] if view else source[row, j])
            if rng.chance(0.6):
                k.set(low, k.call("min", low, value))
                k.set(high, k.call("max", high, value))
            else:
                with k.when(value < low):
                    k.set(low, value)
                with k.when(value > high):
                    k.set(high, value)
        k.put("delta", k.let("delta", high - low))
        if rng.chance(0.4):
            k.output("minimum", low)
    else:
        total = k.variable("sum", k.lit(1.0 if what == "product" else 0.0))
        second = k.variable("sum", k.lit(0.0)) if what in ("variance", "weighted") else None
        hits = k.variable("count", k.integer(0)) if what == "count" else None
        other = k.array("weight", k.real, (columns,), low=0.0, high=1.0) if what in ("dot", "weighted") else None
        with k.loop("loop", count) as j:
            value = source[j] if view else source[row, j]
            if what != "sum" or rng.chance(0.5):
                value = k.let("scalar", value)
            if rng.chance(0.15):
                with k.when(k.call("abs", value) < k.parameter("tolerance", 0.01, 0.2, 0.1)):
                    k.next_turn()
            if what == "variance":
                assert second is not None
                k.augment(total, "+", value)
                k.augment(second, "+", value * value)
            elif what == "product":
                k.set(total, total * (1.0 + value * k.choose_lit(0.1, 0.05, 0.25)))
            elif hits is not None:
                with k.when(value > k.parameter("threshold", -0.5, 0.5, 0.0, 0.25)):
                    k.augment(hits, "+", 1)
                    k.augment(total, "+", term(k, value))
            elif other is not None:
                w = k.maybe("weight", other[j])
                k.augment(total, "+", w * value)
                if second is not None:
                    k.augment(second, "+", w)
            else:
                k.augment(total, "+", k.bounded(term(k, value)))
        length = k.cast(count, k.real)
        if what == "mean":
            k.put("mean", k.let("mean", total / length))
        elif what == "variance":
            assert second is not None
            mean = k.let("mean", total / length)
            k.put("variance", k.let("variance", second / length - mean * mean))
            if rng.chance(0.5):
                k.output("mean", mean)
        elif what == "norm":
            k.put("magnitude", k.let("magnitude", k.call("sqrt", k.call("abs", total))))
        elif what == "weighted":
            assert second is not None
            k.put("mean", k.let("mean", total / (second + k.choose_lit(1e-3, 1e-2, 0.1))))
        elif hits is not None:
            k.output("count", hits)
            k.put("mean", k.where(hits > 0, total / k.cast(k.call("max", hits, 1), k.real), k.lit(0.0)))
        else:
            k.put("sum", total)
    extra(k, "arithmetic math", "r", 0, 2)
    value = k.latest(k.real)
    k.output("out", k.bounded(value))


@recipe("index of the smallest or largest element of a row", "reduction:1.5 control_flow:0.8", FIELDS, "reduction")
def arg_extremum(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, None, ("row",))
    k.guard()
    nearest = rng.chance(0.45)
    columns = k.dim(rng.choose((8, 12, 16)))
    if nearest:
        vector = t.vec(rng.choose((2, 3)), k.real)
        query = k.let("position", k.load("position", vector))
        points = k.array("point", vector, (columns,), low=-2.0, high=2.0)
        count = k.length(columns, points, 0)
    else:
        points, _ = row_source(k, row, columns)
        view = points.type.ndim == 1  # type: ignore[attr-defined]
        count = k.length(columns, points, 0 if view else 1)
    smallest = nearest or rng.chance(0.5)
    start = rng.choose((1e6, 1.0e10)) if k.real is not t.F16 else 6e4
    best = k.variable("extremum", k.lit(start if smallest else -start))
    where = k.variable("index", k.integer(rng.choose((0, -1))))
    with k.loop("loop", count) as j:
        if nearest:
            delta = k.maybe("delta", points[j] - query)
            value = k.let("distance", k.call(rng.choose(("length", "length_sq")), delta))
        else:
            value = k.let("scalar", points[j] if view else points[row, j])
            if rng.chance(0.3):
                value = k.let("scalar", term(k, value))
        with k.when(value < best if smallest else value > best):
            k.set(best, value)
            k.set(where, j)
    k.output("index", where)
    if rng.chance(0.7):
        k.output("extremum", k.call("sqrt", best) if nearest and rng.chance(0.3) else best)


@recipe(
    "sums over segments given by offsets",
    "reduction:2 control_flow:0.4",
    "sparse stats generic chemistry",
    "reduction",
    ANY_REAL,
)
def segments(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, (12,), ("row",))
    offsets_dim = k.derived(k.launch[0], 1, 1)
    items = k.dim(40)
    offsets = k.array("offsets", t.I32, (offsets_dim,), offsets_into=items.symbol)
    values = k.array("array", k.real, (items,), low=-2.0, high=2.0)
    start, end = k.let("start", offsets[row]), k.let("end", offsets[row + 1])
    if rng.chance(0.3):
        with k.when(start >= end):
            k.add(tree.Return())
    what = rng.choose(("sum", "mean", "max", "weighted", "lse"))
    total = k.variable("extremum" if what == "max" else "accumulator", k.lit(-1e4 if what == "max" else 0.0))
    norm = k.variable("weight", k.lit(0.0)) if what == "weighted" else None
    weights = k.array("weight", k.real, (items,), low=0.0, high=1.0) if norm is not None else None
    if rng.chance(0.5):
        indices = k.array("indices", t.I32, (items,), low=0, high=39, bound=items.symbol)
    else:
        indices = None

    def body(j: Expr) -> None:
        at = k.let("index", indices[j]) if indices is not None else j
        value = values[at]
        if what == "max":
            k.set(total, k.call("max", total, value))
        elif norm is not None and weights is not None:
            w = k.let("weight", weights[j])
            k.augment(total, "+", w * value)
            k.augment(norm, "+", w)
        elif what == "lse":
            k.augment(total, "+", k.call("exp", value))
        else:
            k.augment(total, "+", k.bounded(term(k, k.let("scalar", value) if rng.chance(0.6) else value)))

    if rng.chance(0.75):
        with k.loop("loop", start, end) as j:
            body(j)
    else:
        j = k.variable("index", start)
        with k.repeat(j < end):
            body(j)
            k.augment(j, "+", 1)
    if what == "mean":
        result = total / k.cast(k.call("max", end - start, 1), k.real)
    elif norm is not None:
        result = total / (norm + k.choose_lit(1e-3, 0.1, 1.0))
    elif what == "lse":
        result = k.call("log", total + k.choose_lit(1.0, 0.1))
    else:
        result = total
    k.output("out", result)


@recipe("sparse matrix times vector, by rows", "reduction:1.5 matrix:0.4", "sparse linalg fem", "reduction", ANY_REAL)
def spmv(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, (12,), ("row",))
    k.guard()
    offsets_dim = k.derived(k.launch[0], 1, 1)
    nonzeros = k.dim(40)
    unknowns = k.dim(12)
    block = rng.weighted({0: 6.0, 2: 1.0, 3: 2.0})
    offsets = k.array("offsets", t.I32, (offsets_dim,), offsets_into=nonzeros.symbol)
    columns = k.array("columns", t.I32, (nonzeros,), low=0, high=11, bound=unknowns.symbol)
    entry: t.Type = t.mat(block, block, k.real) if block else k.real
    vector: t.Type = t.vec(block, k.real) if block else k.real
    values = k.array("values", entry, (nonzeros,), low=-1.0, high=1.0)
    x = k.array("solution", vector, (unknowns,), low=-2.0, high=2.0)
    total = k.variable("sum", k.zero(vector))
    diagonal = k.variable("scalar", k.lit(1.0)) if not block and rng.chance(0.35) else None
    bounds = (offsets[row], offsets[row + 1])
    if rng.chance(0.6):
        bounds = (k.let("start", bounds[0]), k.let("end", bounds[1]))
    with k.loop("loop", *bounds) as j:
        column = k.let("column", columns[j])
        if diagonal is not None:
            with k.when(column.equals(row)):
                k.set(diagonal, k.call("abs", values[j]) + 1.0)
            with k.otherwise():
                k.augment(total, "+", values[j] * x[column])
        else:
            k.augment(total, "+", values[j] @ x[column] if block and rng.chance(0.6) else values[j] * x[column])
    how = rng.integer(0, 3)
    if diagonal is not None:
        rhs = k.load("rhs", vector)
        k.output("solution", (rhs - total) / diagonal)
    elif how == 0:
        k.output("result", total)
    elif how == 1:
        k.output("error", k.load("rhs", vector) - total)
    elif how == 2:
        alpha, beta = k.parameter("scale", 0.1, 2.0, 2.0, 0.5), k.parameter("scale", 0.1, 2.0, 0.5)
        y = k.array("inout", vector, k.launch, "inout", low=-2.0, high=2.0)
        k.set(y[row], alpha * total + beta * y[row])
    else:
        y = k.array("inout", vector, k.launch, "inout", low=-2.0, high=2.0)
        k.augment(y[row], "+", total)


@recipe(
    "dense products: matrix-vector, matrix-matrix, Gram",
    "reduction:1.5 matrix:0.8",
    "linalg learning control",
    "solve",
    ANY_REAL,
)
def dense_product(k: Kernel) -> None:
    rng = k.rng
    shape = rng.choose(("mv", "mm", "gram", "pairwise"))
    inner = k.dim(rng.choose((6, 8, 10)))
    if shape == "mv":
        (i,) = k.start(1, (12,), ("row",))
        k.guard()
        a = k.array("matrix", k.real, (k.launch[0], inner), low=-1.0, high=1.0)
        x = k.array("input", k.real, (inner,), low=-1.0, high=1.0)
        total = k.variable("sum", k.lit(0.0))
        with k.loop("loop", k.length(inner, a, 1)) as j:
            k.augment(total, "+", a[i, j] * x[j])
        out = total
    else:
        i, j = k.start(2, (6, 6), ("row", "column"))
        a = k.array("left", k.real, (k.launch[0], inner), low=-1.0, high=1.0)
        transposed = shape != "mm" or rng.chance(0.3)
        b = k.array("right", k.real, (k.launch[1], inner) if transposed else (inner, k.launch[1]), low=-1.0, high=1.0)
        total = k.variable("sum", k.lit(0.0))
        with k.loop("loop", k.length(inner, a, 1)) as m:
            left, right = a[i, m], b[j, m] if transposed else b[m, j]
            if shape == "pairwise":
                d = k.let("delta", left - right)
                k.augment(total, "+", d * d if rng.chance(0.7) else k.call("abs", d))
            else:
                k.augment(total, "+", left * right)
        out = total
    how = rng.integer(0, 4)
    if shape == "pairwise":
        ways = [total, k.call("sqrt", total), k.call("exp", -total * k.parameter("scale", 0.1, 1.0, 0.5))]
        out = rng.choose(ways)
    elif how == 0:
        out = k.parameter("scale", 0.1, 2.0, 0.5) * total + k.load("offset", k.real)
    elif how == 1:
        out = k.call("max", total + k.load("offset", k.real), 0.0)
    elif how == 2:
        out = k.call("tanh", total)
    elif how == 3 and shape == "gram":
        out = total + k.where(i.equals(k.threads[-1]) if len(k.threads) > 1 else i.equals(0), k.lit(1.0), k.lit(0.0))
    k.output("out", out)


@recipe(
    "softmax, layer normalisation and the like of a row", "reduction:1.5 math:0.5", "learning stats", "map", ANY_REAL
)
def row_normalize(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, (10,), ("row",))
    k.guard()
    columns = k.dim(8)
    x = k.array("input", k.real, (k.launch[0], columns), low=-3.0, high=3.0)
    count = k.length(columns, x, 1)
    out = None
    what = rng.choose(("softmax", "softmax", "layernorm", "rms", "l1", "minmax"))
    if what == "softmax":
        peak = k.variable("maximum", x[row, 0])
        with k.loop("loop", 1, count) as j:
            k.set(peak, k.call("max", peak, x[row, j]))
        total = k.variable("sum", k.lit(0.0))
        temperature = k.parameter("temperature", 0.5, 2.0, 1.0, 0.5)
        with k.loop("loop", count) as j:
            k.augment(total, "+", k.call("exp", (x[row, j] - peak) / temperature))
        out = k.array("probability", k.real, (k.launch[0], columns), "out")
        with k.loop("loop", count) as j:
            value = k.call("exp", (x[row, j] - peak) / temperature) / total
            k.set(out[row, j], k.call("log", value) if rng.chance(0.3) else value)
        return
    total = k.variable("sum", k.lit(0.0))
    squares = k.variable("sum", k.lit(0.0)) if what == "layernorm" else None
    low = k.variable("minimum", x[row, 0]) if what == "minmax" else None
    high = k.variable("maximum", x[row, 0]) if what == "minmax" else None
    with k.loop("loop", count) as j:
        value = k.let("scalar", x[row, j])
        if what == "minmax":
            assert low is not None
            assert high is not None
            k.set(low, k.call("min", low, value))
            k.set(high, k.call("max", high, value))
        else:
            k.augment(
                total, "+", value if what == "layernorm" else value * value if what == "rms" else k.call("abs", value)
            )
            if squares is not None:
                k.augment(squares, "+", value * value)
    length = k.cast(count, k.real)
    center: Expr | None = None
    eps = k.parameter("tolerance", 1e-3, 0.1, 1e-2, 0.1, 1e-3)
    if squares is not None:
        center = k.let("mean", total / length)
        variance = k.let("variance", squares / length - center * center)
        scale = k.let("scale", 1.0 / k.call("sqrt", variance + eps))
    elif what == "minmax":
        assert low is not None
        assert high is not None
        center = low
        scale = k.let("scale", 1.0 / (high - low + eps))
    elif what == "rms":
        scale = k.let("scale", 1.0 / k.call("sqrt", total / length + eps))
    else:
        scale = k.let("scale", 1.0 / (total + eps))
    out = k.array("out", k.real, (k.launch[0], columns), "out")
    gain = k.array("weight", k.real, (columns,), low=0.5, high=1.5) if rng.chance(0.5) else None
    shift = k.array("offset", k.real, (columns,), low=-0.5, high=0.5) if gain is not None and rng.chance(0.5) else None
    with k.loop("loop", count) as j:
        value = (x[row, j] - center) * scale if center is not None else x[row, j] * scale
        if gain is not None:
            value = value * gain[j]
        if shift is not None:
            value = value + shift[j]
        k.set(out[row, j], value)


@recipe(
    "running sums and recurrences along a row",
    "reduction:1.5 control_flow:0.6",
    "signal audio finance stats control",
    "scan",
    ANY_REAL,
)
def scan_row(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, (10,), ("row",))
    k.guard()
    columns = k.dim(8)
    x = k.array("input", k.real, (k.launch[0], columns), low=-2.0, high=2.0)
    count = k.length(columns, x, 1)
    out = k.array("out", k.real, (k.launch[0], columns), "out")
    state = k.variable("accumulator", k.lit(0.0) if rng.chance(0.7) else x[row, 0])
    what = rng.choose(("inclusive", "exclusive", "exponential", "backward", "maximum", "decay", "delta", "biquad"))
    a = k.parameter("ratio", 0.1, 0.9, 0.9, 0.5, 0.8) if what in ("exponential", "decay", "biquad") else None
    previous = k.variable("previous", k.lit(0.0)) if what in ("delta", "biquad") else None
    bounds: tuple[Expr | int, ...] = (count - 1, -1, -1) if what == "backward" else (count,)
    with k.loop("loop", *bounds) as j:
        value = k.let("scalar", x[row, j]) if rng.chance(0.6) or previous is not None else x[row, j]
        if what == "exclusive":
            k.set(out[row, j], state)
            k.augment(state, "+", value)
            continue_store = False
        else:
            continue_store = True
        if what in ("inclusive", "backward"):
            k.augment(state, "+", k.bounded(term(k, value)))
        elif what == "exponential":
            assert a is not None
            k.set(state, a * state + (1.0 - a) * value)
        elif what == "decay":
            assert a is not None
            k.set(state, a * state + value)
        elif what == "maximum":
            k.set(state, k.call(rng.choose(("max", "min")), state, value))
        elif what == "delta":
            assert previous is not None
            k.set(state, value - previous)
            k.set(previous, value)
        elif what == "biquad":
            assert a is not None
            assert previous is not None
            k.set(state, a * state + 0.5 * value + 0.25 * previous)
            k.set(previous, value)
        if continue_store:
            k.set(out[row, j], state)
    if rng.chance(0.3) and what != "delta":
        k.output("sum", state)


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
