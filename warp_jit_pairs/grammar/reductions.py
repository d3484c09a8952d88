"""Reductions inside a thread: rows, segments, prefixes, moments, arg-minima, dense and sparse products."""

from __future__ import annotations

from warp_jit_pairs import types as t

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
