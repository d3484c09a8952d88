"""What tile recipes share: calls of tile builtins, arrays cut into tiles, elementwise steps on a tile.

A tile kernel runs once a block (`wp.launch_tiled`), so its thread index counts tiles; every operation is reached by
the whole block, outside of any branch on a thread's own value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .helpers import helper
from .kernel import Kernel
from .recipes import letters
from .steps import Palette, merge, step
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


def extent(k: Kernel, size: Expr, offset: Expr | None = None) -> dict[str, Expr]:
    """A one-dimensional tile's shape and offset as keywords: both plain, or both tuples, as Warp wants."""
    wrap = many if k.rng.chance(0.25) else pack
    return {"shape": wrap(size)} | ({} if offset is None else {"offset": wrap(offset)})


def item(tile: Expr, index: tree.Value = 0) -> Expr:
    """One element of a tile."""
    assert isinstance(tile.type, t.Tile)
    return tree.Subscript(tile.type.dtype, -1e4, 1e4, tile, (tree.as_expr(index, t.I32),))


def elementwise(operator: str, left: Expr, right: Expr) -> Expr:
    """Two tiles of one shape combined, or a tile with a number."""
    tile = left.type if isinstance(left.type, t.Tile) else right.type
    return tree.Binary(tile, -1e4, 1e4, operator, left, right)


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
        first = not k.threads
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
        if first:
            self._skip()
        self.offset = self._offset()

    def _skip(self) -> None:
        """Blocks with nothing to do leave at once, in some programs."""
        k = self.k
        if k.rng.chance(0.25):
            dtype = k.rng.choose((t.BOOL, t.I32))
            active = k.array(k.rng.choose(("flag", "mask")), dtype, k.launch, low=0, high=1)[self.index]
            with k.when(k.negate(active) if dtype is t.BOOL else active.equals(0)):
                k.give()
            k.gap()

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
        value = finished(k, value)
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


_MAPS = {"helper": 9.0, "square": 1.5, "neg": 0.7, "abs": 0.7} | dict.fromkeys(("sin", "exp", "sqrt", "tanh"), 0.6)


def worked(k: Kernel, value: Expr) -> Expr:
    """A tile of numbers through a function of this program's own, which may take a coefficient too."""
    rng = k.rng
    tags = rng.choose(({"arithmetic": 1.0}, {"arithmetic": 1.0, "math": 0.5}, {"arithmetic": 1.0, "control_flow": 0.5}))
    palette = Palette(rng, tags, letters(k, "r"))
    parameters = [("scalar", k.real, -2.0, 2.0)]
    arguments = [value]
    if rng.chance(0.4):
        kind = rng.choose(("scale", "weight", "offset", "limit", "threshold"))
        parameters.append((kind, k.real, 0.1, 2.0))
        arguments.append(k.scalar(kind, k.real, 0.1, 2.0) if rng.chance(0.6) else k.load(kind, k.real, 0.1, 2.0))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        for _ in range(rng.weighted({1: 2.0, 2: 3.0, 3: 2.0})):
            step(body, palette)
        return [body.bounded(merge(body, k.real, body.unused()))]

    made = helper(k, "scalar", parameters, write)
    return op("tile_map", value.type, function_name(made.name), *arguments[: len(made.parameters)])


def finished(k: Kernel, value: Expr) -> Expr:
    """A tile of numbers before it is stored: as it is, or after some steps more, element by element."""
    if not isinstance(value.type, t.Tile) or value.type.dtype is not k.real:
        return value
    for _ in range(k.rng.weighted({0: 2.0, 1: 4.0, 2: 1.0})):
        value = k.let("tile", scaled(k, value) if k.rng.chance(0.2) else worked(k, value))
    return value


def mapped(k: Kernel, value: Expr) -> Expr:
    """A tile through a function, element by element."""
    rng = k.rng
    tile = value.type
    name = rng.weighted(_MAPS)
    if name == "neg":
        return -value
    if name == "square":
        return tree.Binary(tile, 0.0, 1e4, "*", value, value)
    if name == "helper":
        return worked(k, value)
    if name == "sqrt":
        value = k.let("tile", op("tile_map", tile, function_name("wp.abs"), value))
    if name == "exp":
        value = k.let("tile", op("tile_map", tile, function_name("wp.tanh"), value))
    return op("tile_map", tile, function_name(f"wp.{name}"), value)


def combined(k: Kernel, values: list[Expr]) -> Expr:
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


def scaled(k: Kernel, value: Expr) -> Expr:
    factor = k.scalar("scale", k.real, 0.1, 2.0) if k.rng.chance(0.6) else k.choose_lit(0.5, 2.0, 0.25)
    left = k.rng.chance(0.5)
    return tree.Binary(value.type, -1e4, 1e4, "*", factor if left else value, value if left else factor)


REALS = {t.F32: 8.0, t.F64: 1.0}


def _switched(k: Kernel, value: Expr, blocks: Blocks) -> None:
    """A step that an argument of the kernel switches on."""
    flag = k.scalar("flag", t.I32, 0, 1)
    with k.when(flag.differs(0) if k.rng.chance(0.5) else flag.equals(1)):
        other = blocks.load("parameter", k.real)
        k.set(value, elementwise(k.rng.choose("+*-"), value, other))


def chain(k: Kernel, value: Expr, low: int, high: int, blocks: Blocks) -> Expr:
    """Some elementwise steps on a tile."""
    rng = k.rng
    for _ in range(rng.integer(low, high)):
        how = rng.integer(0, 3)
        if how == 0:
            result = scaled(k, value)
        elif how == 1:
            result = combined(k, [value, blocks.load("array", k.real)])
        elif how == 2 and not blocks.rows:
            ones = op(
                rng.choose(("tile_ones", "tile_zeros")),
                value.type,
                shape=pack(*blocks.constants),
                dtype=dtype_of(k, k.real),
            )
            result = tree.Binary(value.type, -1e4, 1e4, rng.choose("+-"), value, k.let("tile", ones))
        elif rng.chance(0.15):
            _switched(k, value, blocks)
            continue
        else:
            result = mapped(k, value)
        value = k.let("tile", result)
    return value
