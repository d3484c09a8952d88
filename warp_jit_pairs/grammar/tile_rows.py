"""Rows worked through tile by tile: products summed over tiles, masked ends, softmax, compaction, bodies by tiles."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import Helper, helper
from .kernel import Kernel
from .recipes import extra, recipe
from .steps import merge
from .tile_ops import FIELDS, combined, dtype_of, elementwise, extent, finished, function_name, item, op, size_constant
from .tree import Expr

SINGLE = {t.F32: 1.0}
VEC3 = t.vec(3)


def start_rows(k: Kernel) -> Expr:
    """A block for each row; sometimes one that is done already leaves at once."""
    rng = k.rng
    first = not k.threads
    (row,) = k.start(1, (rng.choose((3, 4, 6)),), ("world",), plain=True)
    k.tiled, k.block_dim = True, rng.choose((32, 64, 128))
    if first and rng.chance(0.4):
        done = k.array("flag", t.BOOL, k.launch, low=0, high=1)
        with k.when(done[row]):
            k.give()
        k.gap()
    return row


def mask_function(k: Kernel) -> Helper:
    """A wp.func that is one below a limit and zero from it on."""

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        index, limit = names
        if k.rng.chance(0.5):
            return [body.where(index < limit, 1.0, body.lit(0.0))]
        with body.when(index < limit):
            body.give(body.lit(1.0))
        return [body.lit(0.0)]

    return helper(k, "mask", [("index", t.I32, 0.0, 63.0), ("limit", t.I32, 0.0, 63.0)], write)


def row_tile(k: Kernel, source: Expr, row: Expr, size: Expr, offset: Expr | None = None) -> Expr:
    """A tile of a row, from its start or from an offset."""
    tile = t.Tile(source.type.scalar, (int(size.high),))
    return k.let("tile", op("tile_load", tile, source[row], **extent(k, size, offset)))


@recipe(
    "rows of any length multiplied tile by tile, their end masked",
    "tile:1.5 reduction:0.2",
    FIELDS,
    "reduction",
    SINGLE,
)
def tile_dot_loop(k: Kernel) -> None:
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, rng.choose((4, 8)))
    tiles = rng.choose((2, 3))
    columns = k.dim(int(size.high) * tiles - rng.integer(0, 3))
    a, b = (k.array(kind, k.real, (k.launch[0], columns), low=-2.0, high=2.0) for kind in ("left", "right"))
    counted = rng.chance(0.5)
    counts = k.array("count", t.I32, k.launch, low=1, high=columns.size - 1, bound=columns.symbol) if counted else None
    n = k.let("count", counts[row]) if counts is not None else k.length(columns, a, 1)
    mask = mask_function(k)
    whole, one = t.Tile(k.real, (int(size.high),)), t.Tile(k.real, (1,))
    together = rng.chance(0.5)
    total = (
        k.let("accumulator", op("tile_zeros", whole, **extent(k, size), dtype=dtype_of(k, k.real)))
        if together
        else k.variable("sum", k.lit(0.0))
    )
    by_offset = rng.chance(0.5)
    bounds: tuple[tree.Value, ...] = (0, n, size) if by_offset else (tiles,)
    with k.loop("offsets" if by_offset else "tile", *bounds) as place:
        start = place if by_offset else k.let("offsets", place * size)
        if not by_offset and rng.chance(0.6):
            with k.when(start >= n):
                k.leave_loop()
        left = row_tile(k, a, row, size, start)
        right = row_tile(k, b, row, size, start)
        product = op("tile_map", whole, function_name("wp.mul"), left, right)
        product = k.let("tile", product if rng.chance(0.3) else combined(k, [left, right]))
        if rng.chance(0.4):
            product = finished(k, product)
        with k.when(start > n - size):
            steps = op("tile_arange", t.Tile(t.I32, whole.shape), size, dtype=dtype_of(k, t.I32))
            chosen = k.let("mask", op("tile_map", whole, function_name(mask.name), steps, n - start))
            k.set(product, op("tile_map", whole, function_name("wp.mul"), chosen, product))
        if together:
            k.add(tree.Augment(total, "+", product))
        else:
            k.augment(total, "+", item(op("tile_sum", one, product)))
    k.gap()
    if together:
        total = k.let("sum", item(op("tile_sum", one, total)))
    extra(k, "arithmetic", "r", 1, 3)
    others = [value for value in k.unused() if value.expr.type is k.real]
    total = total * k.parameter("scale", 0.1, 2.0, 0.5) if rng.chance(0.3) else total
    result = total + merge(k, k.real, others) if others else total
    k.set(k.array("out", k.real, k.launch, "out")[row], result)


@recipe("rows normalised as tiles", "tile:1.2", "learning stats", "reduction", SINGLE)
def tile_softmax(k: Kernel) -> None:
    """Softmax, standard score or unit length of a row that fits in a tile."""
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, rng.choose((8, 16)))
    n = int(size.high)
    columns = k.dim(n, fixed=True)
    source = k.array("array", k.real, (k.launch[0], columns), low=-2.0, high=2.0)
    tile, one = t.Tile(k.real, (n,)), t.Tile(k.real, (1,))
    x = finished(k, row_tile(k, source, row, size))
    how = rng.choose(("softmax", "standard", "length"))

    def center(body: Body, names: list[Expr]) -> Sequence[Expr]:
        value, shift = names
        return [body.call("exp", value - shift) if how == "softmax" else value - shift]

    shift: Expr | None = None
    if how == "softmax":
        shift = k.let("maximum", item(op("tile_max", one, x)))
        k.shared.differentiable = False
    elif how == "standard":
        shift = k.let("center", item(op("tile_sum", one, x)) / float(n))
    if shift is not None:
        made = helper(k, "scalar", [("scalar", k.real, -2.0, 2.0), ("offset", k.real, -2.0, 2.0)], center)
        x = k.let("tile", op("tile_map", tile, function_name(made.name), x, shift))
    squares = x if how == "softmax" else op("tile_map", tile, function_name("wp.mul"), x, x)
    total = k.let("sum", item(op("tile_sum", one, squares)))
    small = k.lit(rng.choose((1e-5, 1e-6, 1e-3)))
    if how == "softmax":
        scale = 1.0 / (k.call("abs", total) + small if rng.chance(0.3) else k.positive(total, 1e-6))
    else:
        mean = total / float(n) if how == "standard" else total
        scale = 1.0 / k.call("sqrt", k.call("abs", mean) + small)
    scale = k.let("scale", scale)
    y = k.let("tile", tree.Binary(tile, -1e4, 1e4, "*", x, scale))
    if rng.chance(0.5):
        gain = k.array("weight", k.real, (columns,), low=0.5, high=1.5)
        loaded = k.let("tile", op("tile_load", tile, gain, **extent(k, size)))
        y = k.let("tile", elementwise("*", y, loaded))
        if rng.chance(0.5):
            bias = k.array("offset", k.real, (columns,), low=-0.5, high=0.5)
            y = k.let("tile", elementwise("+", y, k.let("tile", op("tile_load", tile, bias, **extent(k, size)))))
    k.do(op("tile_store", t.NOTHING, k.array("out", k.real, (k.launch[0], columns), "out")[row], finished(k, y)))
    if rng.chance(0.3):
        k.set(k.array("normalizer", k.real, k.launch, "out")[row], total)


@recipe("what is valid in a row moved to its front", "tile:0.8", "sparse bits stats", "scatter", SINGLE)
def tile_compact(k: Kernel) -> None:
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, rng.choose((8, 16)))
    n = int(size.high)
    columns = k.dim(n, fixed=True)
    shape = (k.launch[0], columns)
    whole = t.Tile(t.I32, (n,))
    dtype = rng.choose((k.real, k.real, t.I32))
    data = row_tile(k, k.array("array", dtype, shape, low=-2, high=9), row, size)
    data = finished(k, data)
    if rng.chance(0.5):
        valid = row_tile(k, k.array("flag", t.I32, shape, low=0, high=1), row, size)
    else:
        limit = rng.choose((0.0, 0.5, 1.0)) if dtype is k.real else rng.choose((0, 2, 4))

        def test(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [body.where(names[0] > limit, body.integer(1), body.integer(0))]

        made = helper(k, "flag", [("scalar", dtype, -2.0, 9.0)], test)
        valid = k.let("flag", op("tile_map", whole, function_name(made.name), data))
    scan = k.let("offsets", op("tile_scan_inclusive", whole, valid))

    def place(body: Body, names: list[Expr]) -> Sequence[Expr]:
        flag, position = names
        with body.when(flag.equals(1)):
            body.give(position - 1)
        return [body.integer(-1)]

    where = helper(k, "index", [("flag", t.I32, 0.0, 1.0), ("offsets", t.I32, 0.0, 63.0)], place)
    slots = k.let("indices", op("tile_map", whole, function_name(where.name), valid, scan))
    target = k.array("inout", dtype, shape, "inout", low=0, high=0)
    if rng.chance(0.5):
        k.do(op("tile_store_indexed", t.NOTHING, target[row], slots, data, axis=k.integer(0)))
    else:
        k.do(op("tile_store_indexed", t.NOTHING, target[row], indices=slots, t=data, axis=k.integer(0)))
    last = (
        item(scan, n - 1)
        if rng.chance(0.3)
        else op("tile_extract", t.I32, scan, size - 1 if rng.chance(0.5) else n - 1)
    )
    k.set(k.array("count", t.I32, k.launch, "out")[row], last)


@recipe("the best of some trial steps taken", "tile:0.8", "optimization control", "select", SINGLE)
def tile_line_search(k: Kernel) -> None:
    rng = k.rng
    row = start_rows(k)
    trials, dofs = (
        size_constant(k, rng.choose((4, 8)), ("N_STEPS", "NUM_TRIALS", "LINE_STEPS")),
        size_constant(k, rng.choose((4, 6, 8)), ("DOF", "N_DOFS", "NUM_VARS")),
    )
    steps, width = k.dim(int(trials.high), fixed=True), k.dim(int(dofs.high), fixed=True)
    costs = row_tile(k, k.array("energy", k.real, (k.launch[0], steps), low=-2.0, high=2.0), row, trials)
    k.shared.differentiable = False
    mapped = rng.chance(0.6)
    if mapped:
        costs = finished(k, costs)
    best = k.let("index", item(op("tile_argmin", t.Tile(t.I32, (1,)), costs)))
    cost = k.let("energy", item(costs, best))
    # What a function made of the costs has no known size: it is compared with its own first entry.
    before = item(costs, 0) if mapped else k.array("energy", k.real, k.launch, low=-2.0, high=-0.5)[row]
    before = k.let("energy", before) if mapped else before
    candidates = k.array("array", k.real, (k.launch[0], steps, width), low=-2.0, high=2.0)
    out = k.array("out", k.real, (k.launch[0], width), "out")
    accepted = k.array("flag", t.I32, k.launch, "out")
    tile = t.Tile(k.real, (width.size,))
    # Before the branch: a constant first named inside one is no constant to Warp after it.
    if rng.chance(0.5):
        g = row_tile(k, k.array("gradient", k.real, (k.launch[0], width), low=-2.0, high=2.0), row, dofs)
        slope = op("tile_sum", t.Tile(k.real, (1,)), op("tile_map", tile, function_name("wp.mul"), g, g))
        k.set(k.array("error", k.real, k.launch, "out")[row], k.call("sqrt", item(slope)))
    slack = k.parameter("tolerance", 0.01, 0.5, 0.1)
    with k.when(cost < before + slack if rng.chance(0.5) else cost < before):
        vector = op("tile_load", tile, candidates[row, best], **extent(k, dofs))
        k.do(op("tile_store", t.NOTHING, out[row], finished(k, k.let("tile", vector))))
        k.set(accepted[row], 1)
    with k.otherwise():
        zero = op("tile_zeros", tile, **extent(k, dofs), dtype=dtype_of(k, k.real))
        k.do(op("tile_store", t.NOTHING, out[row], k.let("tile", zero)))
        k.set(accepted[row], 0)


@recipe(
    "bodies that all act on each other, loaded tile by tile",
    "tile:1.2 vector:0.15",
    "astronomy particles chemistry",
    "update",
    SINGLE,
)
def tile_bodies(k: Kernel) -> None:
    """A thread for each body; its block loads the others together."""
    rng = k.rng
    size = size_constant(k, rng.choose((4, 8)))
    count = 2 * int(size.high)
    (i,) = k.start(1, (count,), plain=True)
    k.block_dim = int(size.high)
    k.launch[0].fixed = True
    points = k.array("position", VEC3, k.launch, low=-2.0, high=2.0)
    masses = k.array("mass", t.F32, k.launch, low=0.5, high=2.0) if rng.chance(0.5) else None
    p = k.let("position", points[i])
    total = k.variable(rng.choose(("force", "acceleration")), k.zero(VEC3))
    act = _interaction(k, masses is not None)
    number: Expr = k.length(k.launch[0])
    turns: Expr | int = number // size if rng.chance(0.7) else 2
    tile = t.Tile(VEC3, (int(size.high),))
    with k.loop("tile", turns) as block:
        start = block * size if rng.chance(0.6) else k.let("offsets", block * size)
        near = k.let("tile", op("tile_load", tile, points, **extent(k, size, start)))
        weights = (
            k.let("tile", op("tile_load", t.Tile(t.F32, tile.shape), masses, **extent(k, size, start)))
            if masses is not None
            else None
        )
        with k.loop("loop", size) as j:
            other = k.let("point", item(near, j))
            arguments = [p, other, *([item(weights, j)] if weights is not None else [])]
            k.augment(total, "+", tree.Call(VEC3, -1e3, 1e3, act.name, tuple(arguments)))
    k.gap()
    dt = k.parameter("dt", 0.01, 0.1, 0.05)
    v = k.array("velocity", VEC3, k.launch, "inout", low=-1.0, high=1.0)
    if rng.chance(0.7):
        k.set(v[i], v[i] + total * dt)
        k.set(k.array("position", VEC3, k.launch, "out")[i], p + v[i] * dt if rng.chance(0.5) else p + dt * v[i])
    else:
        k.set(k.array("force", VEC3, k.launch, "out")[i], total)


def _interaction(k: Kernel, weighted: bool) -> Helper:
    """A wp.func of two places (and a mass): gravity, a softened spring, or a push within a radius."""
    rng = k.rng
    how = rng.choose(("gravity", "gravity", "spring", "push"))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        p, q, *rest = names
        d = body.let("delta", q - p)
        strength = rest[0] if rest else body.lit(rng.choose((1.0, 0.5, 2.0)))
        if how == "gravity":
            r2 = body.let("distance", body.call("length_sq", d) + rng.choose((0.01, 0.1, 0.25)))
            inverse = body.let("scale", 1.0 / body.call("sqrt", r2))
            return [d * (strength * inverse * inverse * inverse)]
        r = body.let("distance", body.call("length", d))
        if how == "push":
            with body.when(r > rng.choose((1.0, 2.0, 1.5))):
                body.give(body.zero(VEC3))
            return [d * (-strength * rng.choose((0.5, 1.0, 2.0)))]
        return [d * (strength * (r - rng.choose((0.5, 1.0))) / (r + 0.1))]

    kinds = [("position", VEC3, -2.0, 2.0), ("point", VEC3, -2.0, 2.0)]
    if weighted:
        kinds.append(("mass", t.F32, 0.5, 2.0))  # type: ignore[arg-type]
    return helper(k, "force", kinds, write)
