"""Tiles looked at in other ways: views, reshapes, transposes, broadcasts, rows picked by index."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .tile_ops import (
    FIELDS,
    REALS,
    Blocks,
    chain,
    dtype_of,
    finished,
    function_name,
    many,
    mapped,
    op,
    scaled,
    size_constant,
)
from .tree import Expr


@recipe("views, reshapes, transposes and broadcasts of tiles", "tile:3", FIELDS, "tile", REALS)
def tile_shapes(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 2)
    m, n = blocks.sizes[0], blocks.sizes[1]
    tm, tn = blocks.constants
    a = blocks.load("array", k.real, storage=rng.choose(("", "shared")))
    what = rng.choose(("transpose", "reshape", "view", "broadcast", "assign", "axis", "astype", "squeeze", "slice"))
    i, j = blocks.index
    a = chain(k, a, 1, 2, blocks)
    if what == "transpose":
        dims = (blocks.dims[1], blocks.dims[0])
        turned = k.let("tile", op("tile_transpose", t.Tile(k.real, (n, m)), a))
        target = k.array("out", k.real, dims, "out")
        k.do(op("tile_store", t.NOTHING, target, finished(k, turned), offset=many(j * tn, i * tm)))
        return
    if what == "reshape":
        flat = k.let("tile", op("tile_reshape", t.Tile(k.real, (m * n,)), a, shape=many(m * n)))
        total = k.let("tile", scaled(k, flat))
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
                rng.choose(("tile_zeros", "tile_empty", "tile_empty")),
                t.Tile(k.real, (m, 2 * n)),
                shape=many(tm, 2 * n),
                dtype=dtype_of(k, k.real),
            ),
        )
        k.do(op("tile_assign", t.NOTHING, work, a, offset=many(0, 0)))
        k.do(op("tile_assign", t.NOTHING, work, k.let("tile", scaled(k, a)), offset=many(0, tn)))
        total = k.let("sum", op("tile_sum", t.Tile(k.real, (m,)), work, axis=k.integer(1)))
        target = k.array("out", k.real, (blocks.dims[0], k.launch[1]), "out")
        column = k.let("tile", op("tile_reshape", t.Tile(k.real, (m, 1)), total, shape=many(tm, 1)))
        k.do(op("tile_store", t.NOTHING, target, finished(k, column), offset=many(i * tm, j)))
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
        k.do(op("tile_store", t.NOTHING, target[blocks.index[other]], finished(k, total), offset=own * length))
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
        k.do(op("tile_store", t.NOTHING, target[i], finished(k, line), offset=j * tn))
        return
    full = k.let(
        "tile",
        op("tile_full", a.type, shape=many(tm, tn), value=k.choose_lit(0.5, 2.0, 1.5), dtype=dtype_of(k, k.real)),
    )
    blocks.store("out", k.let("tile", tree.Binary(a.type, -1e4, 1e4, "*", a, full)))


@recipe("rows gathered and scattered by index tiles", "tile:1.2", "sparse learning linalg", "tile", {t.F32: 1.0})
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
            "tile", scaled(k, rows) if rng.chance(0.5) else op("tile_map", block, function_name("wp.sin"), rows)
        )
        target = k.array("out", k.real, (chosen, columns), "out")
        k.do(op("tile_store", t.NOTHING, target, finished(k, rows), offset=many(i * tp, 0)))
        return
    source = k.array("array", k.real, (chosen, columns), low=-2.0, high=2.0)
    rows = k.let("tile", op("tile_load", block, source, shape=many(tp, tw), offset=many(i * tp, 0)))
    for _ in range(rng.integer(1, 3)):
        rows = k.let("tile", scaled(k, rows) if rng.chance(0.3) else mapped(k, rows))
    target = k.array("inout", k.real, (table, columns), "inout", low=0.0, high=0.0)
    name = "tile_store_indexed" if kind == "store" else "tile_atomic_add_indexed"
    k.do(op(name, t.NOTHING, target, indices=index, t=rows, axis=k.integer(0)))


@recipe(
    "rows or columns of a tile picked by an index tile", "tile:1.2", "sparse learning linalg", "gather", {t.F32: 1.0}
)
def tile_pick(k: Kernel) -> None:
    """`tile[indices, :]` and `tile[:, indices]`."""
    rng = k.rng
    (i,) = k.start(1, (3,), ("tile",), plain=True)
    k.tiled, k.block_dim = True, 64
    height, width, picks = rng.choose(((4, 8, 3), (8, 4, 4), (4, 4, 2)))
    tm, tn = (
        size_constant(k, height, ("TILE_M", "ROWS", "NUM_ROWS")),
        size_constant(k, width, ("TILE_N", "COLS", "WIDTH")),
    )
    tp = size_constant(k, picks, ("NUM_PICKS", "GROUP", "K"))
    rows, cols, chosen = (k.dim(n, fixed=True) for n in (height, width, picks))
    by_row = rng.chance(0.6)
    table = k.array("array", k.real, (k.launch[0], rows, cols), low=-2.0, high=2.0)
    whole = k.let("tile", op("tile_load", t.Tile(k.real, (height, width)), table[i], shape=many(tm, tn)))
    for _ in range(rng.integer(0, 2)):
        whole = k.let("tile", scaled(k, whole) if rng.chance(0.4) else mapped(k, whole))
    bound = (rows if by_row else cols).symbol
    own = rng.chance(0.5)
    ids = k.array("indices", t.I32, (k.launch[0], chosen) if own else (chosen,), low=0, high=3, bound=bound)
    index = k.let("index", op("tile_load", t.Tile(t.I32, (picks,)), ids[i] if own else ids, shape=tp))
    everything = tree.Slice(t.SHAPE, 0.0, 0.0, None, None)
    part = t.Tile(k.real, (picks, width) if by_row else (height, picks))
    taken = tree.Subscript(part, -1e4, 1e4, whole, (index, everything) if by_row else (everything, index))
    result: Expr = k.let("tile", taken)
    for _ in range(rng.integer(0, 2)):
        result = k.let("tile", scaled(k, result) if rng.chance(0.4) else mapped(k, result))
    if rng.chance(0.25):
        total = k.let("sum", op("tile_sum", t.Tile(k.real, (1,)), result))
        k.do(op("tile_store", t.NOTHING, k.array("out", k.real, k.launch, "out"), total, offset=i))
        return
    shape = (k.launch[0], chosen, cols) if by_row else (k.launch[0], rows, chosen)
    k.do(op("tile_store", t.NOTHING, k.array("out", k.real, shape, "out")[i], finished(k, result)))
