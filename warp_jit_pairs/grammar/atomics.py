"""Atomics: histograms, scattered forces, extents, losses, counters, flags and exchanges.

Nothing here depends on the order of threads beyond rounding: what an atomic returns is only used where each thread has
a slot of its own.
"""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .blocks import condition_simple
from .build import Dim
from .kernel import Kernel
from .recipes import extra, letters, recipe
from .steps import Palette, merge, step
from .tree import Expr

INTEGERS = (t.I32, t.I32, t.I32, t.U32, t.I64, t.U64)


def _computed(k: Kernel, tags: dict[str, float], low: int, high: int) -> Expr:
    """A scalar out of some steps."""
    palette = Palette(k.rng, tags, letters(k, "r"))
    scale = {"small": 0.6, "medium": 1.0, "large": 1.6}[k.shared.size]
    for _ in range(max(1, round(k.rng.integer(low, high) * scale))):
        k.gap()
        step(k, palette)
    return k.bounded(merge(k, k.real, k.unused()))


def _atomic(k: Kernel, name: str, target: Expr, where: tuple[Expr, ...], value: Expr) -> None:
    """An atomic by its call or by an augmented assignment, which Warp makes atomic too."""
    if name in ("atomic_add", "atomic_sub") and k.rng.chance(0.25):
        k.add(tree.Augment(target[where], "+" if name == "atomic_add" else "-", value))
    else:
        k.do(k.call(name, target, *where, value, gives=value.type))


def _bin_of(k: Kernel, value: Expr, bins: Dim, source: Expr) -> Expr:
    """The bin of a value: scaled, floored, clamped."""
    rng = k.rng
    low = k.parameter("minimum", -2.0, 0.0, -2.0, -1.0)
    width = k.parameter("scale", 0.25, 2.0, 0.5, 1.0)
    position = k.maybe("coordinate", (value - low) / width if rng.chance(0.6) else (value - low) * width)
    raw = k.cast(k.call("floor", position), t.I32) if rng.chance(0.6) else k.cast(position, t.I32)
    index = k.let("label", raw)
    count = k.length(bins, source)
    if rng.chance(0.6):
        return k.let("label", k.call("clamp", index, k.integer(0), count - 1))
    if rng.chance(0.5):
        return k.let("label", k.call("min", k.call("max", index, 0), count - 1))
    with k.when(k.either(index < 0, index >= count)):
        k.give()
    return index


@recipe("a histogram of computed values", "atomic:3 reduction:0.3", "stats image signal", "scatter")
def histogram(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 3.0, 2: 1.5}))
    k.guard()
    bins = k.dim(rng.choose((8, 10, 16)))
    counter = rng.choose((*INTEGERS, k.real))
    target = k.array("accumulator", counter, (bins,), "inout", low=0.0, high=0.0)
    value = k.let(
        "scalar", _computed(k, {"arithmetic": 1.0, "math": 0.7}, 0, 2) if rng.chance(0.6) else k.load("array", k.real)
    )
    where = _bin_of(k, value, bins, target)
    if counter.kind == "f":
        amount = k.load("weight", k.real, 0.0, 1.0) if rng.chance(0.6) else k.lit(1.0)
    else:
        amount = tree.literal(1, counter)
    if rng.chance(0.25):
        with k.when(condition_simple(k)):
            _atomic(k, "atomic_add", target, (where,), amount)
    else:
        _atomic(k, "atomic_add", target, (where,), amount)
    if rng.chance(0.3):
        sums = k.array("sum", k.real, (bins,), "inout", low=0.0, high=0.0)
        _atomic(k, "atomic_add", sums, (where,), value)


@recipe(
    "a total, mean or loss accumulated into one element", "atomic:3 reduction:1", "learning stats optimization", "loss"
)
def total_loss(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 3.0, 2: 1.5, 3: 0.4}))
    k.guard()
    one = k.dim(1, fixed=True)
    dtype = k.real if rng.chance(0.7) else t.vec(3, k.real)
    target = k.array("accumulator", dtype, (one,), "inout", low=0.0, high=0.0)
    if isinstance(dtype, t.Vector):
        a, b = k.let("position", k.load("position", dtype)), k.let("position", k.load("point", dtype))
        delta = k.let("delta", a - b)
        value = delta * k.parameter("weight", 0.1, 2.0, 0.5) if rng.chance(0.5) else k.call("cw_mul", delta, delta)
    elif rng.chance(0.6):
        prediction, label = k.maybe("scalar", k.load("input", k.real)), k.maybe("scalar", k.load("array", k.real))
        error = k.let("error", prediction - label)
        how = rng.integer(0, 4)
        if how == 0:
            value = error * error
        elif how == 1:
            value = k.call("abs", error)
        elif how == 2:
            bound = k.parameter("threshold", 0.5, 1.5, 1.0)
            size = k.let("magnitude", k.call("abs", error))
            value = k.where(size < bound, 0.5 * size * size, bound * (size - 0.5 * bound))
        elif how == 3:
            value = k.call("log", 1.0 + k.call("exp", k.small(-prediction * label)))
        else:
            value = k.call("sqrt", error * error + k.parameter("tolerance", 0.01, 1.0, 0.01, 0.1))
    else:
        value = _computed(k, {"arithmetic": 1.0, "math": 1.0}, 1, 4)
    if rng.chance(0.35):
        value = (
            value * k.parameter("weight", 0.1, 2.0, 0.5)
            if rng.chance(0.5)
            else value / k.cast(k.length(k.launch[0]), k.real)
        )
    value = k.maybe("scalar", value)
    if rng.chance(0.3):
        mask = k.load("mask", t.I32, 0, 1)
        with k.when(mask.differs(0) if rng.chance(0.5) else mask.equals(1)):
            _atomic(k, "atomic_add", target, (k.integer(0),), value)
    else:
        _atomic(k, rng.choose(("atomic_add", "atomic_add", "atomic_sub")), target, (k.integer(0),), value)


@recipe(
    "forces of springs or edges scattered to their ends",
    "atomic:3 vector:0.7 combined:0.6",
    "particles cloth chemistry",
    "scatter",
)
def edge_forces(k: Kernel) -> None:
    rng = k.rng
    (tid,) = k.start(1, (24,))
    k.guard()
    nodes = k.dim(16)
    vector = t.vec(rng.weighted({3: 5.0, 2: 2.0}), k.real)
    x = k.array("position", vector, (nodes,), low=-2.0, high=2.0)
    how = rng.integer(0, 2)
    if how == 0:
        doubled = k.derived(k.launch[0], 2, 0)
        ends = k.array("indices", t.I32, (doubled,), low=0, high=15, bound=nodes.symbol)
        i, j = k.let("index", ends[tid * 2]), k.let("neighbor", ends[tid * 2 + 1])
    elif how == 1:
        pair = k.dim(2, fixed=True)
        ends = k.array("indices", t.I32, (k.launch[0], pair), low=0, high=15, bound=nodes.symbol)
        i, j = k.let("index", ends[tid, 0]), k.let("neighbor", ends[tid, 1])
    else:
        ends = k.array("indices", t.vec(2, t.I32), (k.launch[0],), low=0, high=15, bound=nodes.symbol)
        edge = k.let("index", ends[tid])
        i, j = k.let("index", edge[0]), k.let("neighbor", edge[1])
    if rng.chance(0.3):
        with k.when(i.equals(j)):
            k.give()
    k.gap()
    xi, xj = k.maybe("position", x[i]), k.maybe("position", x[j])
    delta = k.let("delta", xi - xj)
    length = k.let("distance", k.call("length", delta))
    soft = k.choose_lit(1e-3, 1e-2, 1e-4)
    direction = k.let("direction", k.call("normalize", delta) if rng.chance(0.4) else delta / (length + soft))
    rest = k.parameter("distance", 0.2, 2.0, 0.5, 1.0)
    ke = k.parameter("stiffness", 1.0, 100.0, 10.0, 50.0)
    law = rng.integer(0, 3)
    if law == 0:
        size = ke * (length - rest)
    elif law == 1:
        size = ke * (length / rest - 1.0)
    elif law == 2:
        stretch = k.let("strain", (length - rest) / rest)
        size = ke * stretch * k.call("abs", stretch)
    else:
        size = ke * k.call("max", length - rest, 0.0)
    if rng.chance(0.5):
        v = k.array("velocity", vector, (nodes,), low=-2.0, high=2.0)
        rate = k.let("delta", k.call("dot", v[i] - v[j], direction))
        size = size + k.parameter("damping", 0.05, 1.0, 0.1, 0.5) * rate
    force = k.let("force", size * direction if rng.chance(0.5) else direction * size)
    f = k.array("force", vector, (nodes,), "inout", low=0.0, high=0.0)
    if rng.chance(0.5):
        _atomic(k, "atomic_sub", f, (i,), force)
        _atomic(k, "atomic_add", f, (j,), force)
    else:
        _atomic(k, "atomic_add", f, (i,), -force)
        _atomic(k, "atomic_add", f, (j,), force)
    if rng.chance(0.3):
        one = k.dim(1, fixed=True)
        energy = k.array("energy", k.real, (one,), "inout", low=0.0, high=0.0)
        _atomic(k, "atomic_add", energy, (k.integer(0),), 0.5 * ke * (length - rest) * (length - rest))


@recipe(
    "smallest and largest values or corners over all threads",
    "atomic:2.5 reduction:0.5",
    "geometry stats particles",
    "reduction",
)
def extents(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    one = k.dim(1, fixed=True)
    how = rng.integer(0, 2)
    big = 1e4
    if how == 0:
        vector = t.vec(rng.choose((2, 3, 3)), k.real)
        point = k.let("position", k.load("position", vector))
        if rng.chance(0.5):
            shift = k.parameter("radius", 0.1, 1.0, 0.25)
            reach = k.let("vector", k.make(vector, *[shift] * vector.length))
            low, high = point - reach, point + reach
        else:
            scale = k.parameter("scale", 0.5, 2.0, 0.5)
            moved = k.let("point", point * scale + k.load("offset", vector))
            low = high = moved
        lower = k.array("minimum", vector, (one,), "inout", low=big, high=big)
        upper = k.array("maximum", vector, (one,), "inout", low=-big, high=-big)
        _atomic(k, "atomic_min", lower, (k.integer(0),), low)
        _atomic(k, "atomic_max", upper, (k.integer(0),), high)
        return
    if how == 1:
        value = k.let("scalar", _computed(k, {"arithmetic": 1.0, "math": 1.0}, 1, 3))
        groups = k.dim(6)
        group = k.index_into("label", groups)
        target = k.array("maximum", k.real, (groups,), "inout", low=-big, high=-big)
        _atomic(k, "atomic_max", target, (group,), value)
        if rng.chance(0.5):
            least = k.array("minimum", k.real, (groups,), "inout", low=big, high=big)
            _atomic(k, "atomic_min", least, (group,), value)
        return
    dtype = rng.choose((t.I32, t.I32, t.I64, t.U32))
    count = k.load("integer", dtype, 0, 50)
    scaled = k.let("integer", count * rng.choose((2, 3, 5)) + rng.integer(1, 9))
    target = k.array("maximum", dtype, (one,), "inout", low=0, high=0)
    _atomic(k, "atomic_max", target, (k.integer(0),), scaled)
    sums = k.array("sum", dtype, (one,), "inout", low=0, high=0)
    _atomic(k, "atomic_add", sums, (k.integer(0),), scaled)


@recipe("flags and bit sets shared by threads", "atomic:2 integer:0.8", "bits generic sparse", "scatter")
def bit_sets(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    words = k.dim(4)
    dtype = rng.choose((t.U32, t.I32, t.U64))
    key = k.let("key", k.load("key", t.I32, 0, 127))
    slot = k.let("bin", (key // 32) % k.length(words) if rng.chance(0.5) else key % k.length(words))
    shift = k.let("bits", k.cast(key % (32 if dtype.bits == 32 and dtype.kind == "u" else 31), dtype))
    bit = k.let("bits", tree.literal(1, dtype) << shift)
    name = rng.choose(("atomic_or", "atomic_xor", "atomic_and"))
    table = k.array("mask", dtype, (words,), "inout", low=0, high=15)
    value = ~bit if name == "atomic_and" else bit
    if rng.chance(0.4):
        keep = k.load("flag", t.I32, 0, 1)
        with k.when(keep.differs(0)):
            _atomic(k, name, table, (slot,), value)
    else:
        _atomic(k, name, table, (slot,), value)
    if rng.chance(0.5):
        counts = k.array("count", t.I32, (words,), "inout", low=0, high=0)
        _atomic(k, "atomic_add", counts, (slot,), k.integer(1))


@recipe(
    "exchange and compare-and-swap on a slot of one's own", "atomic:1.2 integer:0.4", "generic bits sparse", "scatter"
)
def exchange(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1)
    dims = k.launch
    dtype = rng.choose((t.I32, t.I32, t.U32, t.F32, t.I64))
    order = k.array("indices", t.I32, dims, low=0, high=31, bound=dims[0].symbol, distinct=True)
    slot = k.let("index", order[i])
    value = k.load("array", dtype, 0, 9) if dtype.kind != "f" else k.load("array", dtype)
    if dtype.kind == "f":
        value = k.let("scalar", value * k.rng.choose((0.5, 2.0)) + 1.0)
    else:
        value = k.let("integer", value * rng.choose((2, 3)) + 1)
    state = k.array("state", dtype, dims, "inout", low=0, high=4)
    out = k.array("previous", dtype, dims, "out")
    if rng.chance(0.5):
        old = k.let("previous", k.call("atomic_exch", state, slot, value, gives=dtype))
    else:
        expected = k.load("key", dtype, 0, 4)
        old = k.let("previous", k.call("atomic_cas", state, slot, expected, value, gives=dtype))
        if rng.chance(0.5):
            done = k.array("flag", t.I32, dims, "out")
            k.set(done[i], k.where(old.equals(expected), k.integer(1), k.integer(0)))
    k.set(out[i], old)
    k.shared.differentiable = False


@recipe(
    "deposit of particles on a grid with bilinear weights",
    "atomic:2 combined:0.5 stencil:0.3",
    "particles fluids astronomy",
    "scatter",
)
def deposit(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    size = 8
    ndim = rng.weighted({1: 1.5, 2: 3.0})
    grid_dims = tuple(k.dim(size) for _ in range(ndim))
    mass = k.maybe("mass", k.load("mass", k.real, 0.5, 2.0))
    target = k.array("grid", k.real, grid_dims, "inout", low=0.0, high=0.0)
    spacing = k.parameter("step", 0.25, 1.0, 0.5, 1.0)
    if ndim == 1:
        axes = [k.load("position", k.real, 0.0, 3.0)]
    else:
        p = k.let("position", k.load("position", t.vec(2, k.real), 0.0, 3.0))
        axes = [k.component(p, 0), k.component(p, 1)]
    bases, fractions = [], []
    for n, axis in enumerate(axes):
        scaled = k.let("coordinate", axis / spacing)
        base = k.let("index", k.cast(k.call("floor", scaled), t.I32))
        fractions.append(k.let("ratio", scaled - k.cast(base, k.real)))
        bases.append(k.let("index", k.call("clamp", base, k.integer(0), k.length(grid_dims[n], target, n) - 2)))
    if ndim == 1:
        (b,), (f,) = bases, fractions
        _atomic(k, "atomic_add", target, (b,), mass * (1.0 - f))
        _atomic(k, "atomic_add", target, (b + 1,), mass * f)
    elif rng.chance(0.5):
        (a, b), (fa, fb) = bases, fractions
        _atomic(k, "atomic_add", target, (a, b), mass * (1.0 - fa) * (1.0 - fb))
        _atomic(k, "atomic_add", target, (a + 1, b), mass * fa * (1.0 - fb))
        _atomic(k, "atomic_add", target, (a, b + 1), mass * (1.0 - fa) * fb)
        _atomic(k, "atomic_add", target, (a + 1, b + 1), mass * fa * fb)
    else:
        (a, b), (fa, fb) = bases, fractions
        with k.loop("loop", 2) as di, k.loop("loop", 2) as dj:
            wa = k.let("weight", k.where(di.equals(0), 1.0 - fa, fa))
            wb = k.let("weight", k.where(dj.equals(0), 1.0 - fb, fb))
            _atomic(k, "atomic_add", target, (a + di, b + dj), mass * wa * wb)


@recipe(
    "moments of groups: counts, sums, sums of squares", "atomic:2 reduction:0.4", "stats learning biology", "scatter"
)
def group_moments(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    groups = k.dim(6)
    group = k.index_into("label", groups)
    vector = rng.chance(0.35)
    dtype: t.Type = t.vec(3, k.real) if vector else k.real
    value = k.let("vector" if vector else "scalar", k.load("point" if vector else "array", dtype))
    if not vector:
        k.put("scalar", value)
        extra(k, "arithmetic math", "r", 0, 2)
        value = k.bounded(merge(k, k.real, k.unused()))
    value = k.maybe("scalar" if not vector else "vector", value)
    sums = k.array("sum", dtype, (groups,), "inout", low=0.0, high=0.0)
    test = None
    if rng.chance(0.3) and not vector:
        test = k.call("abs", value) < k.parameter("limit", 0.5, 3.0, 1.0, 2.0)

    def accumulate() -> None:
        _atomic(k, "atomic_add", sums, (group,), value)
        if rng.chance(0.6):
            counts = k.array("count", t.I32, (groups,), "inout", low=0, high=0)
            _atomic(k, "atomic_add", counts, (group,), k.integer(1))
        if rng.chance(0.5):
            squares = k.array("variance", k.real, (groups,), "inout", low=0.0, high=0.0)
            _atomic(k, "atomic_add", squares, (group,), k.call("dot", value, value) if vector else value * value)

    if test is None:
        accumulate()
    else:
        with k.when(test):
            accumulate()
