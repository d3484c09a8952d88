"""Running results along a row, and results of segments of an array."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .reductions import term
from .tree import Expr


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
        # Warp's adjoint reads at the index that the loop ended with, one past the last.
        k.shared.differentiable = False
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
