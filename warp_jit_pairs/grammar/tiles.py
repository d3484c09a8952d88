"""Tiles: cooperative loads and stores, maps, reductions, scans, sorts, products, factorisations, views.

A tile kernel runs once a block (`wp.launch_tiled`), so its thread index counts tiles; every operation is reached by
the whole block, outside of any branch on a thread's own value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .functions import helper
from .kernel import Kernel
from .recipes import letters, recipe
from .steps import Palette, build, merge, step
from .tree import Expr

FIELDS = "linalg learning stats image signal"
_NAMES = ("TILE_SIZE", "TILE", "BLOCK_SIZE", "TILE_WIDTH", "TILE_N", "BLOCK", "CHUNK")
_NAMES_2D = (("TILE_M", "TILE_N"), ("TILE_ROWS", "TILE_COLS"), ("BLOCK_M", "BLOCK_N"), ("TILE_Y", "TILE_X"))


def op(name: str, gives: t.Type, *arguments: tree.Value, **keywords: Expr) -> Expr:
    """A call of a tile builtin, whose result type the rule states."""
    exprs = tuple(tree.as_expr(a, t.I32) for a in arguments)
    return tree.Call(gives, -1e4, 1e4, f"wp.{name}", exprs, tuple(keywords.items()))


def pack(*items: tree.Value) -> Expr:
    """A tuple of indices or lengths; one alone stays itself."""
    exprs = tuple(tree.as_expr(item, t.I32) for item in items)
    return exprs[0] if len(exprs) == 1 else tree.TupleOf(t.SHAPE, -inf, inf, exprs)


def many(*items: tree.Value) -> Expr:
    return tree.TupleOf(t.SHAPE, -inf, inf, tuple(tree.as_expr(item, t.I32) for item in items))


def dtype_of(k: Kernel, value: t.Type) -> Expr:
    return tree.Verbatim(t.SHAPE, 0.0, 0.0, k.spell(value))


def function_name(text: str) -> Expr:
    return tree.Verbatim(t.SHAPE, 0.0, 0.0, text)


def size_constant(k: Kernel, value: int, names: Sequence[str] = _NAMES) -> Expr:
    """A tile's length: a module constant, sometimes a number."""
    if k.rng.chance(0.15):
        return k.integer(value)
    name = k.rng.choose(names)
    number = 2
    while not k.namer.module.claim(name):
        name = f"{name.rstrip('_0123456789')}_{number}"
        number += 1
    text = f"wp.constant({value})" if k.style.constants == "wp.constant" else str(value)
    k.shared.parts.append(tree.Constant(name, text))
    return tree.Name(t.I32, value, value, name)


class Blocks:
    """Arrays cut into tiles along one or two axes."""

    def __init__(self, k: Kernel, ndim: int, rows: bool = False) -> None:
        self.k = k
        rng = k.rng
        count = {1: (4,), 2: (2, 2)}[ndim]
        self.sizes: tuple[int, ...] = (rng.choose((8, 16)),) if ndim == 1 else (4, rng.choose((4, 8)))
        self.rows = rows
        self.index = k.start(len(count), count, ("tile", "tile"), plain=True)
        names = rng.choose(_NAMES_2D)
        self.constants = (
            [size_constant(k, self.sizes[0])]
            if ndim == 1
            else [size_constant(k, size, (name,)) for size, name in zip(self.sizes, names, strict=True)]
        )
        k.tiled, k.block_dim = True, 64
        for dim in k.launch:
            dim.fixed = True
        self.dims: tuple[Dim, ...] = tuple(
            k.derived(dim, size, 0) for dim, size in zip(k.launch, self.sizes, strict=True)
        )
        if rows:
            self.dims = (k.launch[0], k.dim(self.sizes[0], fixed=True))
        self.offset = self._offset()

    def _offset(self) -> Expr | None:
        k = self.k
        if self.rows:
            return None
        offsets: list[Expr] = [i * c for i, c in zip(self.index, self.constants, strict=True)]
        if k.rng.chance(0.3):
            offsets = [k.let("offset", o) for o in offsets]
        return pack(*offsets)

    def tile(self, dtype: t.Type) -> t.Tile:
        return t.Tile(dtype, self.sizes)

    def load(self, kind: str, dtype: t.Type, low: float = -2.0, high: float = 2.0, storage: str = "") -> Expr:
        k = self.k
        source = k.array(kind, dtype, self.dims, low=low, high=high)
        keywords: dict[str, Expr] = {"shape": pack(*self.constants)}
        if self.offset is not None:
            keywords["offset"] = self.offset
        if storage:
            keywords["storage"] = tree.Verbatim(t.SHAPE, 0.0, 0.0, f'"{storage}"')
        where = source[self.index[0]] if self.rows else source
        return k.let("tile", op("tile_load", self.tile(dtype), where, **keywords))

    def store(self, kind: str, value: Expr) -> None:
        k = self.k
        target = k.array(kind, value.type.dtype, self.dims, "out")  # type: ignore[attr-defined]
        keywords = {} if self.offset is None else {"offset": self.offset}
        where = target[self.index[0]] if self.rows else target
        k.do(op("tile_store", t.NOTHING, where, value, **keywords))

    def store_row_value(self, kind: str, value: Expr) -> None:
        """Store a tile of one element as this block's result."""
        k = self.k
        dtype = value.type.dtype  # type: ignore[attr-defined]
        target = k.array(kind, dtype, k.launch[:1], "out")
        how = k.rng.integer(0, 2)
        if how == 0:
            k.do(op("tile_store", t.NOTHING, target, value, offset=self.index[0]))
        elif how == 1:
            k.set(target[self.index[0]], tree.Subscript(dtype, -1e4, 1e4, value, (k.integer(0),)))
        else:
            k.set(target[self.index[0]], op("tile_extract", dtype, value, 0))


_MAPS = ("sin", "cos", "exp", "sqrt", "abs", "tanh", "floor", "neg", "square", "helper", "helper")


def _mapped(k: Kernel, value: Expr) -> Expr:
    """A tile through a function, element by element."""
    rng = k.rng
    tile = value.type
    name = rng.choose(_MAPS)
    if name == "neg":
        return -value
    if name == "square":
        return tree.Binary(tile, 0.0, 1e4, "*", value, value)
    if name == "helper":
        palette = Palette(rng, {"math": 1.0, "arithmetic": 0.8}, letters(k, "r"))

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            for _ in range(rng.integer(1, 4)):
                body.put("scalar", body.let("scalar", build(body, palette, rng.weighted(palette.by_result["r"]), 0)))
            return [body.bounded(merge(body, k.real, body.unused()))]

        made = helper(k, "scalar", [("scalar", k.real, -2.0, 2.0)], write)
        return op("tile_map", tile, function_name(made.name), value)
    if name == "sqrt":
        value = k.let("tile", op("tile_map", tile, function_name("wp.abs"), value))
    if name == "exp":
        value = k.let("tile", op("tile_map", tile, function_name("wp.tanh"), value))
    return op("tile_map", tile, function_name(f"wp.{name}"), value)


def _combined(k: Kernel, values: list[Expr]) -> Expr:
    """Two tiles as one."""
    rng = k.rng
    a, b = values[0], values[1]
    how = rng.integer(0, 4)
    tile = a.type
    if how == 0:
        return tree.Binary(tile, -1e4, 1e4, "+", a, b)
    if how == 1:
        return tree.Binary(tile, -1e4, 1e4, "-", a, b)
    if how == 2:
        return tree.Binary(tile, -1e4, 1e4, "*", a, b)
    if how == 3:
        return op("tile_map", tile, function_name(f"wp.{rng.choose(('max', 'min', 'add', 'mul'))}"), a, b)

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x, y = names
        ways: list[Callable[[], Expr]] = [
            lambda: x * y + x,
            lambda: 0.5 * (x + y),
            lambda: body.call("abs", x - y),
            lambda: body.where(x > y, x - y, body.lit(0.0)),
            lambda: x / (1.0 + y * y),
        ]
        return [rng.choose(ways)()]

    made = helper(k, "scalar", [("left", k.real, -2.0, 2.0), ("right", k.real, -2.0, 2.0)], write)
    return op("tile_map", tile, function_name(made.name), a, b)


def _scaled(k: Kernel, value: Expr) -> Expr:
    factor = k.scalar("scale", k.real, 0.1, 2.0) if k.rng.chance(0.6) else k.choose_lit(0.5, 2.0, 0.25)
    left = k.rng.chance(0.5)
    return tree.Binary(value.type, -1e4, 1e4, "*", factor if left else value, value if left else factor)


PRODUCT_SHAPES = ((8, 8, 8), (8, 4, 8))
"""Few, because Warp links a library routine for each shape and precision, which takes seconds the first time."""

REALS = {t.F32: 8.0, t.F64: 1.0}


def chain(k: Kernel, value: Expr, low: int, high: int, blocks: Blocks) -> Expr:
    """Some elementwise steps on a tile."""
    rng = k.rng
    for _ in range(rng.integer(low, high)):
        how = rng.integer(0, 3)
        if how == 0:
            result = _scaled(k, value)
        elif how == 1:
            result = _combined(k, [value, blocks.load("array", k.real)])
        elif how == 2 and not blocks.rows:
            ones = op(
                rng.choose(("tile_ones", "tile_zeros")),
                value.type,
                shape=pack(*blocks.constants),
                dtype=dtype_of(k, k.real),
            )
            result = tree.Binary(value.type, -1e4, 1e4, rng.choose("+-"), value, k.let("tile", ones))
        else:
            result = _mapped(k, value)
        value = k.let("tile", result)
    return value


@recipe("tiles loaded, mapped and stored", "tile:4", FIELDS, "tile", REALS)
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


@recipe("rows reduced by tiles", "tile:3 reduction:0.4", FIELDS, "tile", REALS)
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


@recipe("rows scanned or sorted by tiles", "tile:2", FIELDS, "tile", {t.F32: 1.0})
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


@recipe("matrix products by tiles", "tile:0.5 matrix:0.05", "linalg learning", "tile", {t.F32: 1.0})
def tile_product(k: Kernel) -> None:
    rng = k.rng
    i, j = k.start(2, (2, 2), ("row", "column"), plain=True)
    for dim in k.launch:
        dim.fixed = True
    k.tiled, k.block_dim = True, 64
    m, n, depth = rng.choose(PRODUCT_SHAPES)
    names = rng.choose((("TILE_M", "TILE_N", "TILE_K"), ("BM", "BN", "BK"), ("BLOCK_M", "BLOCK_N", "BLOCK_K")))
    tm, tn, tk = (size_constant(k, size, (name,)) for size, name in zip((m, n, depth), names, strict=True))
    rows, cols = k.derived(k.launch[0], m, 0), k.derived(k.launch[1], n, 0)
    inner_tiles = 2
    inner = k.dim(inner_tiles * depth, fixed=True)
    a = k.array("left", k.real, (rows, inner), low=-1.0, high=1.0)
    transposed = rng.chance(0.25)
    b = k.array("right", k.real, (cols, inner) if transposed else (inner, cols), low=-1.0, high=1.0)
    out = k.array("out", k.real, (rows, cols), "out")
    total_type = t.Tile(k.real, (m, n))
    total = k.let("sum", op("tile_zeros", total_type, shape=pack(tm, tn), dtype=dtype_of(k, k.real)))
    count: Expr | int = rng.choose((inner_tiles, 0))
    if count == 0:
        shape = tree.Attribute(t.SHAPE, -inf, inf, a, "shape")
        count = k.let("count", tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(1),)) // tk)
        # Warp keeps no sums of earlier turns of a loop of unknown length for the adjoint.
        k.shared.differentiable = False
    with k.loop("loop", count) as step:
        left = k.let(
            "tile", op("tile_load", t.Tile(k.real, (m, depth)), a, shape=pack(tm, tk), offset=many(i * tm, step * tk))
        )
        if transposed:
            raw = k.let(
                "tile",
                op("tile_load", t.Tile(k.real, (n, depth)), b, shape=pack(tn, tk), offset=many(j * tn, step * tk)),
            )
            right = op("tile_transpose", t.Tile(k.real, (depth, n)), raw)
            right = k.let("tile", right)
        else:
            right = k.let(
                "tile",
                op("tile_load", t.Tile(k.real, (depth, n)), b, shape=pack(tk, tn), offset=many(step * tk, j * tn)),
            )
        if rng.chance(0.6):
            k.do(op("tile_matmul", t.NOTHING, left, right, total))
        else:
            product = op("tile_matmul", total_type, left, right)
            if rng.chance(0.5):
                product = k.let("tile", product)
            k.add(tree.Augment(total, "+", product))
    value = total
    how = rng.integer(0, 3)
    if how == 0:
        value = k.let("tile", _scaled(k, total))
    elif how == 1:
        value = k.let("tile", op("tile_map", total_type, function_name("wp.tanh"), total))
    elif how == 2:
        bias = k.array("offset", k.real, (rows, cols), low=-1.0, high=1.0)
        loaded = k.let("tile", op("tile_load", total_type, bias, shape=pack(tm, tn), offset=many(i * tm, j * tn)))
        value = k.let("tile", tree.Binary(total_type, -1e4, 1e4, "+", total, loaded))
    k.do(op("tile_store", t.NOTHING, out, value, offset=many(i * tm, j * tn)))


@recipe("per-thread values gathered into tiles and back", "tile:1.5", FIELDS, "tile", {t.F32: 1.0})
def tile_from_threads(k: Kernel) -> None:
    """These are launched thread by thread: `wp.tile` collects the block's values."""
    rng = k.rng
    k.start(1, (32,), plain=True)
    k.launch[0].fixed = True
    k.block_dim = 32
    k.put("scalar", k.let("scalar", k.load("input", k.real)))
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.5}, letters(k, "r"))
    for _ in range(rng.integer(1, 4)):
        step(k, palette)
    x = k.let("scalar", k.bounded(merge(k, k.real, k.unused())))
    block = k.let("tile", op("tile", t.Tile(k.real, (32,)), x))
    how = rng.integer(0, 5)
    single = t.Tile(k.real, (1,))
    if how == 0:
        total = k.let("sum", op("tile_sum", single, block))
        one = k.dim(1, fixed=True)
        target = k.array("accumulator", k.real, (one,), "inout", low=0.0, high=0.0)
        k.do(op("tile_atomic_add", single, target, total))
        return
    # Nothing else may depend on the block's size, which the CPU takes to be one.
    other = _mapped(k, block) if how <= 3 else _scaled(k, block)
    value = k.let("scalar", op("untile", k.real, k.let("tile", other)))
    k.put("scalar", value)
    for _ in range(rng.integer(0, 2)):
        step(k, palette)
    k.output("out", k.bounded(merge(k, k.real, k.unused())) - x)


@recipe("views, reshapes, transposes and broadcasts of tiles", "tile:2", FIELDS, "tile", REALS)
def tile_shapes(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 2)
    m, n = blocks.sizes[0], blocks.sizes[1]
    tm, tn = blocks.constants
    a = blocks.load("array", k.real, storage=rng.choose(("", "shared")))
    what = rng.choose(("transpose", "reshape", "view", "broadcast", "assign", "axis", "astype", "squeeze", "slice"))
    i, j = blocks.index
    a = chain(k, a, 1, 2, blocks) if what not in ("assign", "view") else a
    if what == "transpose":
        dims = (blocks.dims[1], blocks.dims[0])
        turned = k.let("tile", op("tile_transpose", t.Tile(k.real, (n, m)), a))
        target = k.array("out", k.real, dims, "out")
        k.do(op("tile_store", t.NOTHING, target, turned, offset=many(j * tn, i * tm)))
        return
    if what == "reshape":
        flat = k.let("tile", op("tile_reshape", t.Tile(k.real, (m * n,)), a, shape=many(m * n)))
        total = k.let("tile", _scaled(k, flat))
        back = k.let("tile", op("tile_reshape", a.type, total, shape=many(tm, tn)))
        blocks.store("out", back)
        return
    if what == "view":
        row = k.let(
            "tile", op("tile_view", t.Tile(k.real, (1, n)), a, offset=many(rng.integer(0, m - 1), 0), shape=many(1, tn))
        )
        wide = k.let("tile", op("tile_broadcast", a.type, row, shape=many(tm, tn)))
        blocks.store("out", k.let("tile", tree.Binary(a.type, -1e4, 1e4, "-", a, wide)))
        return
    if what == "broadcast":
        line = k.array("weight", k.real, (blocks.dims[1],), low=-1.0, high=1.0)
        loaded = k.let("tile", op("tile_load", t.Tile(k.real, (n,)), line, shape=tn, offset=j * tn))
        wide = k.let("tile", op("tile_broadcast", a.type, loaded, shape=many(tm, tn)))
        blocks.store("out", k.let("tile", tree.Binary(a.type, -1e4, 1e4, rng.choose("+*-"), a, wide)))
        return
    if what == "assign":
        work = k.let(
            "tile",
            op(
                rng.choose(("tile_zeros", "tile_empty")),
                t.Tile(k.real, (m, 2 * n)),
                shape=many(tm, 2 * n),
                dtype=dtype_of(k, k.real),
            ),
        )
        k.do(op("tile_assign", t.NOTHING, work, a, offset=many(0, 0)))
        k.do(op("tile_assign", t.NOTHING, work, k.let("tile", _scaled(k, a)), offset=many(0, tn)))
        total = k.let("sum", op("tile_sum", t.Tile(k.real, (m,)), work, axis=k.integer(1)))
        target = k.array("out", k.real, (blocks.dims[0], k.launch[1]), "out")
        column = k.let("tile", op("tile_reshape", t.Tile(k.real, (m, 1)), total, shape=many(tm, 1)))
        k.do(op("tile_store", t.NOTHING, target, column, offset=many(i * tm, j)))
        return
    if what == "axis":
        axis = rng.integer(0, 1)
        left = (n,) if axis == 0 else (m,)
        name = rng.choose(("tile_sum", "tile_reduce"))
        tile = t.Tile(k.real, left)
        if name == "tile_sum":
            total = op(name, tile, a, axis=k.integer(axis))
        else:
            total = op(name, tile, function_name(f"wp.{rng.choose(('max', 'min', 'add'))}"), a, axis=k.integer(axis))
            k.shared.differentiable = False
        total = k.let("sum", total)
        other, own, length = (0, j, tn) if axis == 0 else (1, i, tm)
        target = k.array("out", k.real, (k.launch[other], blocks.dims[1 - other]), "out")
        k.do(op("tile_store", t.NOTHING, target[blocks.index[other]], total, offset=own * length))
        return
    if what == "astype":
        other_type = t.F64 if k.real is t.F32 else t.F32
        cast = k.let("tile", op("tile_astype", t.Tile(other_type, (m, n)), a, dtype=dtype_of(k, other_type)))
        target = k.array("out", other_type, blocks.dims, "out")
        assert blocks.offset is not None
        k.do(op("tile_store", t.NOTHING, target, cast, offset=blocks.offset))
        return
    if what == "squeeze":
        row = k.let(
            "tile", op("tile_view", t.Tile(k.real, (1, n)), a, offset=many(rng.integer(0, m - 1), 0), shape=many(1, tn))
        )
        line = k.let("tile", op("tile_squeeze", t.Tile(k.real, (n,)), row))
        target = k.array("out", k.real, (k.launch[0], blocks.dims[1]), "out")
        k.do(op("tile_store", t.NOTHING, target[i], line, offset=j * tn))
        return
    full = k.let(
        "tile",
        op("tile_full", a.type, shape=many(tm, tn), value=k.choose_lit(0.5, 2.0, 1.5), dtype=dtype_of(k, k.real)),
    )
    blocks.store("out", k.let("tile", tree.Binary(a.type, -1e4, 1e4, "*", a, full)))


@recipe("rows gathered and scattered by index tiles", "tile:0.7", "sparse learning linalg", "tile", {t.F32: 1.0})
def tile_indexed(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (3,), ("tile",), plain=True)
    k.launch[0].fixed = True
    k.tiled, k.block_dim = True, 64
    picks, width = rng.choose((2, 4)), rng.choose((4, 8))
    tp, tw = (
        size_constant(k, picks, ("NUM_PICKS", "TILE_M", "GROUP")),
        size_constant(k, width, ("WIDTH", "TILE_N", "ROW_SIZE")),
    )
    table, chosen, columns = k.dim(10), k.derived(k.launch[0], picks, 0), k.dim(width, fixed=True)
    kind = rng.choose(("load", "store", "add"))
    ids = k.array("indices", t.I32, (chosen,), low=0, high=9, bound=table.symbol, distinct=kind == "store")
    index = k.let(
        "index",
        op(
            "tile_load",
            t.Tile(t.I32, (picks,)),
            ids,
            shape=tp,
            offset=i * tp,
            storage=tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"'),
        ),
    )
    block = t.Tile(k.real, (picks, width))
    if kind == "load":
        source = k.array("array", k.real, (table, columns), low=-2.0, high=2.0)
        rows = k.let("tile", op("tile_load_indexed", block, source, index, shape=many(tp, tw), axis=k.integer(0)))
        rows = k.let(
            "tile", _scaled(k, rows) if rng.chance(0.5) else op("tile_map", block, function_name("wp.sin"), rows)
        )
        target = k.array("out", k.real, (chosen, columns), "out")
        k.do(op("tile_store", t.NOTHING, target, rows, offset=many(i * tp, 0)))
        return
    source = k.array("array", k.real, (chosen, columns), low=-2.0, high=2.0)
    rows = k.let("tile", op("tile_load", block, source, shape=many(tp, tw), offset=many(i * tp, 0)))
    for _ in range(rng.integer(1, 3)):
        rows = k.let("tile", _scaled(k, rows) if rng.chance(0.3) else _mapped(k, rows))
    target = k.array("inout", k.real, (table, columns), "inout", low=0.0, high=0.0)
    name = "tile_store_indexed" if kind == "store" else "tile_atomic_add_indexed"
    k.do(op(name, t.NOTHING, target, indices=index, t=rows, axis=k.integer(0)))


@recipe("small linear systems solved by tiles", "tile:0.3", "linalg control optimization", "solve", {t.F32: 1.0})
def tile_solve(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (3,), ("tile",), plain=True)
    k.launch[0].fixed = True
    k.tiled, k.block_dim = True, 64
    n = 8
    size = size_constant(k, n, ("TILE_N", "N", "DIM", "SYSTEM_SIZE"))
    side = k.dim(n, fixed=True)
    matrix, vector = t.Tile(k.real, (n, n)), t.Tile(k.real, (n,))
    a = k.array("matrix", k.real, (k.launch[0], side, side), low=-0.5, high=0.5)
    b = k.array("rhs", k.real, (k.launch[0], side), low=-2.0, high=2.0)
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    raw = k.let(
        "matrix",
        op("tile_load", matrix, a[i], shape=many(size, size), **({"storage": shared} if rng.chance(0.5) else {})),
    )
    turned = k.let("matrix", op("tile_transpose", matrix, raw))
    gram = k.let("matrix", op("tile_matmul", matrix, turned, raw))
    diagonal = k.let(
        "vector", op("tile_full", vector, shape=size, value=k.choose_lit(4.0, 8.0, 6.0), dtype=dtype_of(k, k.real))
    )
    spd = k.let("matrix", op("tile_diag_add", matrix, gram, diagonal))
    rhs = k.let("vector", op("tile_load", vector, b[i], shape=size))
    out = k.array("solution", k.real, (k.launch[0], side), "out")
    how = rng.integer(0, 3)
    k.shared.differentiable = False
    if how == 3:
        k.do(op("tile_cholesky_inplace", t.NOTHING, spd))
        factor = spd
    else:
        factor = k.let("matrix", op("tile_cholesky", matrix, spd))
    if how == 0:
        solution = k.let("solution", op("tile_cholesky_solve", vector, factor, rhs))
    elif how == 1:
        first = k.let("vector", op("tile_lower_solve", vector, factor, rhs))
        upper = k.let("matrix", op("tile_transpose", matrix, factor))
        solution = k.let("solution", op("tile_upper_solve", vector, upper, first))
    elif how == 2:
        k.do(op("tile_lower_solve_inplace", t.NOTHING, factor, rhs))
        if rng.chance(0.75):
            upper = k.let("matrix", op("tile_transpose", matrix, factor))
            k.do(op("tile_upper_solve_inplace", t.NOTHING, upper, rhs))
        solution = rhs
    else:
        k.do(op("tile_cholesky_solve_inplace", t.NOTHING, factor, rhs))
        solution = rhs
    if rng.chance(0.3):
        solution = k.let("solution", _scaled(k, solution))
    k.do(op("tile_store", t.NOTHING, out[i], solution))


@recipe("random tiles, axpy and thread values", "tile:0.7", "stats learning", "tile", {t.F32: 1.0})
def tile_random(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1)
    what = rng.weighted({"axpy": 3.0, "thread": 3.0, "randf": 0.6, "randi": 0.6})
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
            total = tree.Binary(tile, -1e4, 1e4, "+", blocks.load("array", k.real), k.let("tile", _scaled(k, noise)))
            blocks.store("out", k.let("tile", total))
        else:
            whole = t.Tile(t.I32, blocks.sizes)
            blocks.store(
                "out", k.let("tile", op("tile_randi", whole, pack(*blocks.constants), state, 0, rng.choose((10, 100))))
            )
        k.shared.differentiable = False
    elif what == "axpy":
        y = blocks.load("array", k.real)
        x = blocks.load("array", k.real)
        factor = k.scalar("scale", k.real, 0.1, 2.0)
        k.do(op("tile_axpy", t.NOTHING, factor, x, y))
        blocks.store("out", y)
    else:
        value = k.let("scalar", k.load("input", k.real))
        spread = k.let(
            "tile", op("tile_from_thread", tile, shape=pack(*blocks.constants), value=value, thread_idx=k.integer(0))
        )
        loaded = blocks.load("array", k.real)
        blocks.store("out", k.let("tile", tree.Binary(tile, -1e4, 1e4, rng.choose("+*"), loaded, spread)))


@recipe("values collected on a block's stack or scattered into a tile", "tile:1", "sparse stats", "tile", {t.F32: 1.0})
def tile_collect(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (32,), plain=True)
    k.launch[0].fixed = True
    k.block_dim = 32
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.4}, letters(k, "r"))
    k.put("scalar", k.let("scalar", k.load("input", k.real)))
    for _ in range(rng.integer(1, 4)):
        step(k, palette)
    x = k.let("scalar", k.bounded(merge(k, k.real, k.unused())))
    keep = k.let("bool", x > rng.choose((0.0, 0.5, -0.5)))
    k.shared.differentiable = False
    if rng.chance(0.5):
        stack_type = t.Opaque("tile stack")
        stack = k.let("tile", op("tile_stack", stack_type, capacity=k.integer(32), dtype=dtype_of(k, t.I32)))
        if rng.chance(0.25):
            k.do(op("tile_stack_clear", t.NOTHING, stack))
        k.do(op("tile_stack_push", t.I32, stack, i, keep))
        item, slot = k.unpack(("index", "index"), op("tile_stack_pop", t.Tuple((t.I32, t.I32)), stack))
        found = k.array("flag", t.I32, (k.launch[0],), "inout", low=0, high=0)
        with k.when(slot >= 0):
            k.set(found[item], 1)
        return
    masked = rng.chance(0.4)
    length = 32 if masked else rng.choose((4, 8))
    bins = t.Tile(k.real, (length,))
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    work = k.let("tile", op("tile_zeros", bins, shape=k.integer(length), dtype=dtype_of(k, k.real), storage=shared))
    slot = k.let("bin", i % length)
    k.do(op("tile_scatter_masked" if masked else "tile_scatter_add", t.NOTHING, work, slot, x, keep))
    target = k.array("accumulator", k.real, (k.dim(length, fixed=True),), "inout", low=0.0, high=0.0)
    k.do(op("tile_atomic_add", bins, target, work))
