"""What tile recipes share: calls of tile builtins, arrays cut into tiles.

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
from .rows import additive, coefficient, follow, leave_out
from .tree import Expr

FIELDS = "linalg learning stats image signal"
_NAMES = ("TILE_SIZE", "TILE", "BLOCK_SIZE", "TILE_WIDTH", "TILE_N", "BLOCK", "CHUNK")
_ROW_NAMES = ("ROW_SIZE", "NUM_COLS", "TILE_SIZE", "WIDTH", "TILE_N", "N", "TILE_WIDTH", "BLOCK_SIZE")
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
    """Two tiles of one shape combined, or a tile multiplied by a number: Warp adds no number to a tile."""
    if operator in "+-" and not (isinstance(left.type, t.Tile) and isinstance(right.type, t.Tile)):
        raise TypeError(f"{left.type} {operator} {right.type}")
    tile = left.type if isinstance(left.type, t.Tile) else right.type
    return tree.Binary(tile, -1e4, 1e4, operator, left, right)


def dtype_of(k: Kernel, value: t.Type) -> Expr:
    return tree.Verbatim(t.SHAPE, 0.0, 0.0, k.spell(value))


def function_name(text: str) -> Expr:
    return tree.Verbatim(t.SHAPE, 0.0, 0.0, text)


def size_constant(k: Kernel, value: int, names: Sequence[str] = _NAMES) -> Expr:
    """A tile's length: a module constant, sometimes a number."""
    return size_constants(k, (value,), (k.rng.choose(names),))[0]


def size_constants(k: Kernel, sizes: Sequence[int], names: Sequence[str]) -> list[Expr]:
    """The lengths of a tile along its axes, all of them by name or none."""
    if k.rng.chance(0.15):
        return [k.integer(size) for size in sizes]
    return [_named(k, size, name) for size, name in zip(sizes, names, strict=True)]


def _named(k: Kernel, value: int, name: str) -> Expr:
    number = 2
    while not k.namer.module.claim(name):
        name = f"{name.rstrip('_0123456789')}_{number}"
        number += 1
    text = f"wp.constant({value})" if k.style.constants == "wp.constant" else str(value)
    k.shared.parts.append(tree.Constant(name, text))
    return tree.Name(t.I32, value, value, name)


def tile_kind(kind: str) -> str:
    """What a tile of an array of this kind is called."""
    words = [word for word in kind[1:].split() if "{" not in word]
    return "=" + " ".join(form.format(word) for word in words for form in ("{}_tile", "tile_{}", "{}_t", "t_{}")[:3])


LOADED = {"small": 0.2, "medium": 0.28, "large": 0.38}
STORED = {"small": 0.24, "medium": 0.28, "large": 0.34}
Load = Callable[[str, float, float], Expr]


_MASKED = frozenset({"x", "a", "data", "values", "features", "image", "src", "matrix", "grid", "activations", "rows"})
_RELATIVE = frozenset({"x", "data", "values", "image", "signal", "samples", "series", "grid"})
_SCALED = _RELATIVE | {"features", "weights", "rows", "grads", "activations"}
"""What arrays are called whose elements are masked, taken relative to something, or scaled before their use."""


def prepared(k: Kernel, x: Expr, load: Load, low: float) -> Expr:
    """A tile of inputs as it is, or scaled, masked or taken relative to something first, where it is good for that."""
    rng = k.rng
    assert isinstance(x.type, t.Tile)
    if x.type.scalar is not k.real or not rng.chance(LOADED[k.shared.size]):
        return x
    whole = x.type.dtype is k.real
    name = x.id if isinstance(x, tree.Name) and len(x.id) < 14 else "in"
    word = name.removesuffix("_tile").removesuffix("_t").removeprefix("tile_")
    ways = {
        "": 0.5,
        "gain": 1.5 if word in _SCALED else 0.0,
        "mask": 1.0 if whole and word in _MASKED else 0.0,
        "base": 0.6 if whole and low < 0.0 and word in _RELATIVE else 0.0,
    }
    how = rng.weighted(ways)
    if how == "gain":
        gain = coefficient(k, "=input_scale gain unit_scale", 0.5, 1.0, 0.5, 0.75)
        return k.let(f"=scaled_{name} {name}_scaled", elementwise("*", *rng.shuffle((gain, x))))
    if how == "mask":
        mask = load("=mask valid_mask keep_mask coverage window", 0.1, 1.0)
        return k.let(f"=masked_{name} {name}_masked {name}_kept", elementwise("*", *rng.shuffle((mask, x))))
    if how == "base":
        base = load("=baseline reference background rest", -0.5, 0.5)
        return k.let(f"=rel_{name} {name}_rel {name}_delta", elementwise("-", x, base))
    return x


def merged(k: Kernel, value: Expr, old: Expr) -> Expr:
    """A result together with what was there before it."""
    rng = k.rng
    if rng.chance(0.5):
        return k.let("=merged summed_out accumulated", elementwise("+", old, value))
    rate = coefficient(k, "=blend_rate mix momentum smoothing", 0.1, 0.9, 0.1, 0.5)
    change = k.let("=change diff_out step_out", elementwise("-", value, old))
    return k.let(
        "=blended smoothed_out mixed_out",
        elementwise("+", old, k.let("=part_step scaled_change", elementwise("*", change, rate))),
    )


def kept(k: Kernel, value: Expr, old: Expr, mask: Expr) -> Expr:
    """A result where a mask is set, and what was there before elsewhere."""
    real = k.real

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        valid, new, before = names
        if body.rng.chance(0.6):
            return [body.where(valid > 0.5, new, before)]
        with body.when(valid > 0.5):
            body.give(new)
        return [before]

    kinds = [
        ("=valid mask m", real, 0.0, 1.0),
        ("=new value x", real, -4.0, 4.0),
        ("=old prev before", real, -4.0, 4.0),
    ]
    titles = ("keep_masked", "masked_update", "update_where", "select_valid", "masked_select")
    made = helper(k, kinds, write, titles=titles)
    return k.let("=kept merged updated_tile", op("tile_map", value.type, function_name(made.name), mask, value, old))


class Blocks:
    """Arrays cut into tiles along one or two axes, or into rows that are a tile each."""

    def __init__(self, k: Kernel, ndim: int, rows: bool = False, skip: float = 0.15) -> None:
        self.k = k
        rng = k.rng
        self.sizes: tuple[int, ...] = (rng.choose((8, 16, 4, 32)),) if ndim == 1 else (4, rng.choose((4, 8)))
        self.rows = rows
        self.loads = 0
        self.plain = True
        """Whether what was loaded first is used as it is."""
        if rows and rng.chance(0.18):
            self.index = k.start(2, (2, 3), ("world", "=row i r"))
        elif ndim == 1:
            kind = "=row i r sample_id" if rows else "=block i tile_id b"
            self.index = k.start(1, (4,), (kind,))
        else:
            self.index = k.start(2, (2, 2), ("=block_i i row_block by", "=block_j j col_block bx"))
        names = rng.choose(_NAMES_2D)
        self.constants = (
            [size_constant(k, self.sizes[0], _ROW_NAMES if rows else _NAMES)]
            if ndim == 1
            else size_constants(k, self.sizes, names)
        )
        k.tiled, k.whole_tiles, k.block_dim = True, True, 64
        for dim in k.launch:
            dim.fixed = True
        self.dims: tuple[Dim, ...]
        if rows:
            self.dims = (*k.launch, k.dim(self.sizes[0], fixed=True))
        else:
            self.dims = tuple(k.derived(dim, size, 0) for dim, size in zip(k.launch, self.sizes, strict=True))
        if ndim == 1:
            follow(k, 0.12, "=block_id b row_id" if not rows else "=row r row_id")
            self.index = k.threads
        leave_out(k, 2.0 * skip if rows else 0.4 * skip)
        self.offset = self._offset()

    def _offset(self) -> Expr | None:
        k = self.k
        if self.rows:
            return None
        offsets: list[Expr] = [i * c for i, c in zip(self.index, self.constants, strict=True)]
        if k.rng.chance(0.35):
            one = len(offsets) == 1
            kinds = ("=offset start base block_start",) if one else ("=row_off row_start y0", "=col_off col_start x0")
            offsets = [k.let(kind, o) for kind, o in zip(kinds, offsets, strict=True)]
        return pack(*offsets)

    @property
    def extent(self) -> Expr:
        """The shape of a tile."""
        return pack(*self.constants)

    def tile(self, dtype: t.Type) -> t.Tile:
        return t.Tile(dtype, self.sizes)

    def array(self, kind: str, dtype: t.Type, role: str = "in", low: float = -2.0, high: float = 2.0) -> Expr:
        facts = {} if role == "out" else {"low": low, "high": high}
        return self.k.array(kind, dtype, self.dims, role, **facts)

    def read(self, source: Expr, kind: str, storage: str = "") -> Expr:
        """This block's tile of an array."""
        dtype = source.type.dtype  # type: ignore[attr-defined]
        keywords: dict[str, Expr] = {"shape": self.extent}
        if self.offset is not None:
            keywords["offset"] = self.offset
        if not storage and self.k.rng.chance(0.12):
            storage = self.k.rng.choose(("shared", "shared", "register"))
        if storage:
            keywords["storage"] = tree.Verbatim(t.SHAPE, 0.0, 0.0, f'"{storage}"')
        where = source[self.index] if self.rows else source
        name = source.id if isinstance(source, tree.Name) else ""
        if 0 < len(name) <= 14 and self.k.rng.chance(0.85):
            kind = f"={name}"
        return self.k.let(tile_kind(kind), op("tile_load", self.tile(dtype), where, **keywords))

    def load(self, kind: str, dtype: t.Type, low: float = -2.0, high: float = 2.0, storage: str = "") -> Expr:
        """This block's tile of a new input."""
        tile = self.read(self.array(kind, dtype, "in", low, high), kind, storage)
        real = self.k.real

        def plain(other: str, lowest: float, highest: float) -> Expr:
            return self.read(self.array(other, real, "in", lowest, highest), other)

        self.loads += 1
        if self.loads > 1:
            return tile
        made = prepared(self.k, tile, plain, low)
        self.plain = made is tile
        return made

    def write(self, target: Expr, value: Expr) -> None:
        keywords = {} if self.offset is None else {"offset": self.offset}
        where = target[self.index] if self.rows else target
        self.k.do(op("tile_store", t.NOTHING, where, value, **keywords))

    def store(self, kind: str, value: Expr) -> None:
        """Write a tile to its place in a new output, or merge it with what is there."""
        k = self.k
        if value.type.dtype is k.real and k.rng.chance(0.07):  # type: ignore[attr-defined]
            # How much was written, for whoever watches the run.
            single = t.Tile(k.real, (1,))
            size = item(op("tile_sum", single, elementwise("*", value, value) if k.rng.chance(0.5) else value))
            k.set(k.array("=block_checks tile_totals monitor block_sums", k.real, k.launch, "out")[self.index], size)
        if self.plain and value.type.dtype is k.real and k.rng.chance(STORED[k.shared.size]):  # type: ignore[attr-defined]
            summed = additive(kind)
            if summed and k.rng.chance(0.4):
                scale = coefficient(k, "=out_scale output_gain unit_scale", 0.1, 2.0, 0.5, 2.0)
                value = k.let("=scaled_out out_scaled rescaled", elementwise("*", *k.rng.shuffle((scale, value))))
            elif summed or k.rng.chance(0.7):
                target = self.array(kind, k.real, "inout")
                old = self.read(target, kind)
                if summed:
                    value = merged(k, value, old)
                else:
                    words = "=valid valid_mask update_mask keep_mask"
                    value = kept(k, value, old, self.read(self.array(words, k.real, "in", 0.0, 1.0), words))
                self.write(target, value)
                return
        self.write(self.array(kind, value.type.dtype, "out"), value)  # type: ignore[attr-defined]

    def add_to(self, kind: str, value: Expr) -> None:
        """Add a tile to its place in an array."""
        target = self.array(kind, value.type.dtype, "inout", 0.0, 0.0)  # type: ignore[attr-defined]
        keywords = {} if self.offset is None else {"offset": self.offset}
        where = target[self.index] if self.rows else target
        self.k.do(op("tile_atomic_add", value.type, where, value, **keywords))

    def total(self, kind: str, value: Expr) -> None:
        """Add the sum of a tile to a total over all blocks."""
        k = self.k
        single = t.Tile(value.type.dtype, (1,))  # type: ignore[attr-defined]
        found = k.let("=block_sum partial block_total s", op("tile_sum", single, value))
        target = k.array(kind, single.dtype, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        keywords = {"offset": k.integer(0)} if k.rng.chance(0.5) else {}
        k.do(op("tile_atomic_add", single, target, found, **keywords))

    def store_row_value(self, kind: str, value: Expr) -> None:
        """Store a tile of one element as this block's result."""
        k = self.k
        dtype = value.type.dtype  # type: ignore[attr-defined]
        target = k.array(kind, dtype, k.launch, "out")
        how = k.rng.integer(0, 3)
        if how == 3 and dtype is k.real:
            if self.plain and additive(kind):
                scale = coefficient(k, "=out_scale unit_scale output_gain", 0.1, 2.0, 0.5, 2.0)
                k.set(target[self.index], scale * item(value))
            else:
                k.set(target[self.index], op("tile_extract", dtype, value, 0))
        elif how == 0 and len(self.index) == 1:
            k.do(op("tile_store", t.NOTHING, target, value, offset=self.index[0]))
        elif how == 1:
            k.set(target[self.index], item(value))
        else:
            k.set(target[self.index], op("tile_extract", dtype, value, 0))


REALS = {t.F32: 8.0, t.F64: 1.0}
