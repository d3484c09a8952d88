"""Tiles along one array: maps, row reductions, scans, sorts, random tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tile_ops import FIELDS, REALS, Blocks, chain, dtype_of, elementwise, function_name, op, pack, scaled
from .tree import Expr


@recipe("tiles loaded, mapped and stored", "tile:2", FIELDS, "tile", REALS)
def tile_elementwise(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, rng.choose((1, 1, 2)))
    a = blocks.load("array", k.real)
    steps = {"small": (1, 2), "medium": (2, 4), "large": (3, 6)}[k.shared.size]
    value = chain(k, a, *steps, blocks)
    if rng.chance(0.2):
        other = k.array("inout", k.real, blocks.dims, "inout", low=0.0, high=0.0)
        keywords = {} if blocks.offset is None else {"offset": blocks.offset}
        k.do(op("tile_atomic_add", t.Tile(k.real, blocks.sizes), other, value, **keywords))
    if rng.chance(0.25) and not blocks.rows:
        flat = k.let("sum", op("tile_sum", t.Tile(k.real, (1,)), value))
        one = k.dim(1, fixed=True)
        total = k.array("accumulator", k.real, (one,), "inout", low=0.0, high=0.0)
        k.do(
            op(
                "tile_atomic_add",
                t.Tile(k.real, (1,)),
                total,
                flat,
                **({"offset": k.integer(0)} if rng.chance(0.5) else {}),
            )
        )
    blocks.store("out", value)


@recipe("rows reduced by tiles", "tile:2 reduction:0.4", FIELDS, "tile", REALS)
def tile_row_reduce(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=True)
    value = blocks.load("array", k.real)
    value = chain(k, value, 1, 3, blocks)
    names = rng.sample(
        ("tile_sum", "tile_min", "tile_max", "tile_argmin", "tile_argmax", "tile_reduce", "tile_dot"), rng.integer(1, 3)
    )
    for name in names:
        if name in ("tile_argmin", "tile_argmax"):
            blocks.store_row_value("index", k.let("index", op(name, t.Tile(t.I32, (1,)), value)))
            k.shared.differentiable = False
        elif name == "tile_reduce":
            how = function_name(f"wp.{rng.choose(('add', 'max', 'min', 'mul'))}")
            blocks.store_row_value("result", k.let("result", op(name, t.Tile(k.real, (1,)), how, value)))
            k.shared.differentiable = False
        elif name == "tile_dot":
            other = blocks.load("weight", k.real)
            blocks.store_row_value("sum", k.let("sum", op(name, t.Tile(k.real, (1,)), value, other)))
        else:
            result = k.let("sum" if name == "tile_sum" else "extremum", op(name, t.Tile(k.real, (1,)), value))
            if name != "tile_sum":
                k.shared.differentiable = False
            elif rng.chance(0.3):
                mean = tree.Binary(result.type, -1e4, 1e4, "*", result, k.lit(1.0 / blocks.sizes[0]))
                result = k.let("mean", mean)
            blocks.store_row_value("out", result)


@recipe("rows scanned or sorted by tiles", "tile:2.4", FIELDS, "tile", {t.F32: 1.0})
def tile_scan_sort(k: Kernel) -> None:
    rng = k.rng
    dtype = rng.choose((t.F32, t.F32, t.I32))
    real = dtype is t.F32
    k.shared.differentiable = False
    if rng.chance(0.55):
        blocks = Blocks(k, 1, rows=rng.chance(0.5))
        value = blocks.load("array", dtype, -4, 4)
        if real:
            value = chain(k, value, 1, 3, blocks)
        name = rng.choose(
            ("tile_scan_inclusive", "tile_scan_exclusive", "tile_scan_max_inclusive", "tile_scan_min_inclusive")
        )
        result = k.let("sum", op(name, value.type, value))
        if rng.chance(0.4):
            result = k.let("tile", tree.Binary(result.type, -1e4, 1e4, rng.choose("+-"), result, value))
        blocks.store("out", result)
        return
    blocks = Blocks(k, 1, rows=rng.chance(0.5))
    keys = blocks.load("key", dtype, -4, 4)
    if real:
        keys = chain(k, keys, 1, 3, blocks)
    how = rng.integer(0, 1)
    if how:
        values = blocks.load("array", t.I32, 0, 50)
    else:
        start = [blocks.constants[0]] if rng.chance(0.5) else [k.integer(0), blocks.constants[0]]
        values = k.let("index", op("tile_arange", t.Tile(t.I32, blocks.sizes), *start, dtype=dtype_of(k, t.I32)))
    k.do(op("tile_sort", t.NOTHING, keys, values))
    blocks.store("key", keys)
    if how == 0:
        # Equal keys keep no order of their own: only what does not depend on it is stored.
        total = k.let("sum", op("tile_sum", t.Tile(t.I32, (1,)), values))
        blocks.store_row_value("sum", total)
    else:
        total = k.let("sum", op("tile_max", t.Tile(t.I32, (1,)), values))
        blocks.store_row_value("maximum", total)


@recipe("random tiles, axpy and thread values", "tile:1.2", "stats learning", "tile", {t.F32: 1.0})
def tile_random(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1)
    what = rng.choose(("axpy", "thread", "randf", "randi"))
    tile = blocks.tile(k.real)
    if what in ("randf", "randi"):
        seed = k.scalar("seed", t.I32, 0, 1000)
        state = k.let("rng", k.call("rand_init", seed, blocks.index[0], gives=t.U32))
        if what == "randf":
            noise = op(
                "tile_randf",
                tile,
                pack(*blocks.constants),
                state,
                *((k.lit(-1.0), k.lit(1.0)) if rng.chance(0.5) else ()),
            )
            noise = k.let("tile", noise)
            total = tree.Binary(tile, -1e4, 1e4, "+", blocks.load("array", k.real), k.let("tile", scaled(k, noise)))
            blocks.store("out", k.let("tile", total))
        else:
            whole = t.Tile(t.I32, blocks.sizes)
            blocks.store(
                "out", k.let("tile", op("tile_randi", whole, pack(*blocks.constants), state, 0, rng.choose((10, 100))))
            )
        k.shared.differentiable = False
    elif what == "axpy":
        y = chain(k, blocks.load("array", k.real), 0, 2, blocks)
        x = blocks.load("array", k.real)
        factor = k.scalar("scale", k.real, 0.1, 2.0)
        k.do(op("tile_axpy", t.NOTHING, factor, x, y))
        blocks.store("out", y)
    else:
        value = k.let("scalar", k.load("input", k.real))
        spread = k.let(
            "tile", op("tile_from_thread", tile, shape=pack(*blocks.constants), value=value, thread_idx=k.integer(0))
        )
        loaded = chain(k, blocks.load("array", k.real), 0, 2, blocks)
        blocks.store("out", k.let("tile", tree.Binary(tile, -1e4, 1e4, rng.choose("+*-"), loaded, spread)))


_ON_VECTORS: tuple[Callable[[Body, Expr, Expr], Expr], ...] = (
    lambda body, x, y: x + y * body.rng.choose((0.01, 0.1, 0.5)),
    lambda body, x, y: body.call("cross", x, y),
    lambda body, x, y: body.call("normalize", x - y),
    lambda body, x, y: x - y * body.call("dot", x, y),
    lambda body, x, y: body.where(body.call("length", x) > body.rng.choose((1.0, 1.5)), body.call("normalize", x), y),
    lambda body, x, y: body.call("cw_mul", x, y) + x,
)
_ON_LENGTHS: tuple[Callable[[Body, Expr, Expr], Expr], ...] = (
    lambda body, x, y: body.call("length", x - y),
    lambda body, x, y: body.call("dot", x, y),
    lambda body, x, y: 0.5 * body.call("dot", y, y) + body.component(x, 1),
    lambda body, x, y: body.call("exp", -body.call("length_sq", x - y)),
)


@recipe("vectors in tiles", "tile:1.6 vector:0.1", "particles rigid astronomy", "tile", SINGLE)
def tile_vectors(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=rng.chance(0.4))
    vector = t.vec(3, k.real)
    kinds = rng.choose((("position", "velocity"), ("point", "normal"), ("force", "position")))
    parameters = [(kind, vector, -2.0, 2.0) for kind in kinds]
    x, y = (blocks.load(kind, vector) for kind in kinds)

    def mapped_by(ways: Sequence[Callable[[Body, Expr, Expr], Expr]], dtype: t.Type) -> Expr:
        way = rng.choose(ways)

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            value = way(body, names[0], names[1])
            return [body.let("vector", value) if rng.chance(0.3) else value]

        made = helper(k, "vector" if dtype == vector else "scalar", parameters, write)
        return k.let("tile", op("tile_map", blocks.tile(dtype), function_name(made.name), x, y))

    for _ in range({"small": 1, "medium": rng.integer(1, 2), "large": rng.integer(2, 3)}[k.shared.size]):
        x = mapped_by(_ON_VECTORS, vector) if rng.chance(0.7) else elementwise(rng.choose("+-"), x, y)
        x = k.let("tile", x)
    if rng.chance(0.5):
        lengths = mapped_by(_ON_LENGTHS, k.real)
        total = k.let("sum", op("tile_sum", t.Tile(k.real, (1,)), lengths))
        blocks.store_row_value("energy", total)
        if rng.chance(0.5):
            blocks.store("distance", lengths)
    if rng.chance(0.4):
        center = k.let("sum", op("tile_sum", t.Tile(vector, (1,)), x))
        blocks.store_row_value("center", center)
    blocks.store("vector", x)
