"""Rows and columns of tiles picked by index tiles."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .recipes import recipe
from .rows import leave_out, titled
from .tile_ops import (
    STORED,
    elementwise,
    function_name,
    many,
    merged,
    op,
    prepared,
    size_constant,
)
from .tile_shapes import _activated, _scaled
from .tree import Expr


def _beside(k: Kernel, facts: tuple[str, float, float], dims: tuple[Dim, ...]) -> Expr:
    kind, low, high = facts
    return k.array(kind, k.real, dims, low=low, high=high)


def _start(k: Kernel) -> Expr:
    (i,) = k.start(1, (3,), ("=block i b group",))
    k.launch[0].fixed = True
    k.tiled, k.block_dim = True, 64
    leave_out(k, 0.25)
    return i


def _scored(k: Kernel, rows: Expr, columns: Dim, sizes: tuple[Expr, Expr]) -> tuple[str, Expr]:
    """What rows that were picked have to do with a query or a bias, a number for each."""
    rng = k.rng
    assert isinstance(rows.type, t.Tile)
    (picks, width), (tp, tw) = rows.type.shape, sizes
    one = t.Tile(k.real, (picks,))
    how = rng.choose(("dot", "dot", "distance", "distance", "norm", "mean"))
    if how in ("norm", "mean"):
        squared = how == "norm"
        part = k.let("=squares sq_tile", elementwise("*", rows, rows)) if squared else rows
        total = k.let("=row_sums sums", op("tile_sum", one, part, axis=k.integer(1)))
        titled(k, "gathered_row_norms lookup_norms picked_norms" if squared else "gathered_row_means lookup_means")
        if squared:
            root = rng.chance(0.5)
            value = op("tile_map", one, function_name("wp.sqrt"), total) if root else total
            return ("=norms row_norms" if root else "=norms_sq energies"), value
        return "=means row_means pooled", elementwise("*", total, k.lit(1.0 / width))
    words = "=query center anchor probe" if how == "distance" else "=query probe weights direction"
    vector = k.array(words, k.real, (columns,), low=-1.0, high=1.0)
    line = k.let("=q_vec query_vec", op("tile_load", t.Tile(k.real, (width,)), vector, shape=tw))
    flat = k.let("=q_row as_row", op("tile_reshape", t.Tile(k.real, (1, width)), line, shape=many(1, tw)))
    wide = k.let("=q_tile query_tile", op("tile_broadcast", rows.type, flat, shape=many(tp, tw)))
    if how == "dot":
        product = k.let("=products weighted", elementwise("*", rows, wide))
        titled(k, "score_candidates gathered_scores lookup_and_score query_dot_rows score_rows")
        total = op("tile_sum", one, product, axis=k.integer(1))
        if rng.chance(0.4):
            scale = k.scalar("=scale inv_sqrt_dim temperature_inv", k.real, 0.1, 1.0)
            return "=scores logits similarity", elementwise("*", k.let("=dots raw_scores", total), scale)
        return "=scores logits similarity", total
    gap = k.let("=diff gap delta", elementwise("-", rows, wide))
    squares = k.let("=sq sq_diff", elementwise("*", gap, gap))
    titled(k, "candidate_distances gathered_distances query_to_rows rerank_candidates")
    total = op("tile_sum", one, squares, axis=k.integer(1))
    if rng.chance(0.3):
        return "=distances dists", op("tile_map", one, function_name("wp.sqrt"), k.let("=dist_sq sums", total))
    return "=dist_sq distances_sq", total


@recipe("rows gathered and scattered by index tiles", "tile:2.4", "sparse learning linalg", {t.F32: 1.0})
def tile_indexed(k: Kernel) -> None:
    rng = k.rng
    i = _start(k)
    picks, width = rng.choose((2, 4)), rng.choose((4, 8))
    kind = rng.choose(("load", "load", "load", "store", "add", "add", "add"))
    tp = size_constant(k, picks, ("NUM_PICKS", "TILE_M", "GROUP", "ROWS_PER_BLOCK", "BATCH"))
    tw = size_constant(k, width, ("WIDTH", "TILE_N", "ROW_SIZE", "EMBED_DIM", "FEATURES"))
    table, chosen, columns = k.dim(10), k.derived(k.launch[0], picks, 0), k.dim(width, fixed=True)
    words = {
        "load": "=indices token_ids row_ids ids lookup",
        "store": "=slots dest_rows row_ids targets",
        "add": "=segment_ids owners row_ids labels",
    }[kind]
    ids = k.array(words, t.I32, (chosen,), low=0, high=9, bound=table.symbol, distinct=kind == "store")
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    index = k.let(
        "=idx ids_tile row_idx picks",
        op("tile_load", t.Tile(t.I32, (picks,)), ids, shape=tp, offset=i * tp, storage=shared),
    )
    block = t.Tile(k.real, (picks, width))

    def block_of(source: Expr) -> Expr:
        """This block's rows of an array that has as many as are picked."""
        name = source.id if isinstance(source, tree.Name) else "rows"
        loaded = op("tile_load", block, source, shape=many(tp, tw), offset=many(i * tp, 0))
        return k.let(f"={name}_tile tile_{name} {name}_t", loaded)

    if kind == "load":
        source = k.array("=table embeddings weights features", k.real, (table, columns), low=-2.0, high=2.0)
        rows = k.let(
            "=rows_tile gathered embed_tile",
            op("tile_load_indexed", block, source, index, shape=many(tp, tw), axis=k.integer(0)),
        )
        place = many(i * tp, 0)
        if rng.chance(0.4):
            scores = _scored(k, rows, columns, (tp, tw))
            k.do(op("tile_store", t.NOTHING, k.array(scores[0], k.real, (chosen,), "out"), scores[1], offset=i * tp))
            return
        titled(k, "gather_rows embedding_lookup lookup_rows gather_features take_rows fetch_embeddings")
        if rng.chance(0.3):
            other = k.array("=positional offsets_table pos_embed", k.real, (chosen, columns), low=-1.0, high=1.0)
            loaded = k.let("=pos_tile extra_tile", op("tile_load", block, other, shape=many(tp, tw), offset=place))
            rows = k.let("=summed embed_sum", elementwise("+", rows, loaded))
            k.titles = ("embed_with_positions", "embed_tokens", "lookup_and_add")

        def beside(kind: str, low: float, high: float) -> Expr:
            return block_of(k.array(kind, k.real, (chosen, columns), low=low, high=high))

        plain = rows
        rows = prepared(k, rows, beside, -2.0)
        rows = _activated(k, _scaled(k, rows, 0.3) if rows is plain else rows, 0.15)
        if rng.chance(0.25):
            total = k.let("=row_sums pooled", op("tile_sum", t.Tile(k.real, (picks,)), rows, axis=k.integer(1)))
            target = k.array("=row_totals pooled_out", k.real, (chosen,), "out")
            k.do(op("tile_store", t.NOTHING, target, total, offset=i * tp))
            k.titles = ("sum_gathered_rows", "gather_row_sums", "lookup_row_totals")
            if rng.chance(0.5):
                return
        k.do(
            op(
                "tile_store",
                t.NOTHING,
                k.array("=out gathered embedded rows_out", k.real, (chosen, columns), "out"),
                rows,
                offset=place,
            )
        )
        return
    source = k.array(
        "=rows updates values grads" if kind == "add" else "=rows values new_rows source",
        k.real,
        (chosen, columns),
        low=-2.0,
        high=2.0,
    )
    rows = k.let(
        "=rows_tile update_tile" if kind == "add" else "=rows_tile new_tile",
        op("tile_load", block, source, shape=many(tp, tw), offset=many(i * tp, 0)),
    )
    if rng.chance(0.35):
        weights = k.array("=row_weights gates scales", k.real, (chosen,), low=0.1, high=1.0)
        line = k.let("=w_tile gate_vec", op("tile_load", t.Tile(k.real, (picks,)), weights, shape=tp, offset=i * tp))
        column = k.let("=w_col column", op("tile_reshape", t.Tile(k.real, (picks, 1)), line, shape=many(tp, 1)))
        wide = k.let("=w_wide gates_tile", op("tile_broadcast", block, column, shape=many(tp, tw)))
        rows = k.let("=weighted gated_rows", elementwise("*", rows, wide))
    plain = rows
    rows = prepared(k, rows, lambda *facts: block_of(_beside(k, facts, (chosen, columns))), -2.0)
    if rows is plain:
        rows = _scaled(k, rows, 0.4)
    target = k.array(
        "=table output dest_table" if kind == "store" else "=grad_table sums totals accum",
        k.real,
        (table, columns),
        "inout",
        low=0.0,
        high=0.0,
    )
    name = "tile_store_indexed" if kind == "store" else "tile_atomic_add_indexed"
    k.do(op(name, t.NOTHING, target, indices=index, t=rows, axis=k.integer(0)))
    titled(
        k,
        "scatter_rows write_rows place_rows put_rows update_table"
        if kind == "store"
        else "scatter_add_rows embedding_backward segment_sum_rows accumulate_rows index_add",
    )


@recipe("rows or columns of a tile picked by an index tile", "tile:1.6", "sparse learning linalg", {t.F32: 1.0})
def tile_pick(k: Kernel) -> None:
    """`tile[indices, :]` and `tile[:, indices]`."""
    rng = k.rng
    (i,) = k.start(1, (3,), ("=block i b sample_id",))
    k.tiled, k.block_dim = True, 64
    height, width, picks = rng.choose(((4, 8, 3), (8, 4, 4), (4, 4, 2)))
    tm = size_constant(k, height, ("TILE_M", "ROWS", "NUM_ROWS"))
    tn = size_constant(k, width, ("TILE_N", "COLS", "WIDTH"))
    tp = size_constant(k, picks, ("NUM_PICKS", "GROUP", "K", "NUM_SELECTED"))
    rows, cols, chosen = (k.dim(n, fixed=True) for n in (height, width, picks))
    by_row = rng.chance(0.6)
    table = k.array("=tables matrices features blocks data", k.real, (k.launch[0], rows, cols), low=-2.0, high=2.0)
    whole = k.let(
        "=table_tile full_tile features_tile",
        op("tile_load", t.Tile(k.real, (height, width)), table[i], shape=many(tm, tn)),
    )
    bound = (rows if by_row else cols).symbol
    own = rng.chance(0.5)
    ids = k.array(
        "=row_ids selected keep_rows picks" if by_row else "=col_ids selected channels keep_cols",
        t.I32,
        (k.launch[0], chosen) if own else (chosen,),
        low=0,
        high=3,
        bound=bound,
    )
    index = k.let("=idx sel ids_tile", op("tile_load", t.Tile(t.I32, (picks,)), ids[i] if own else ids, shape=tp))
    everything = tree.Slice(t.SHAPE, 0.0, 0.0, None, None)
    part = t.Tile(k.real, (picks, width) if by_row else (height, picks))
    taken = tree.Subscript(part, -1e4, 1e4, whole, (index, everything) if by_row else (everything, index))
    result: Expr = k.let("=picked subset sel_tile", taken)
    side = "rows" if by_row else "columns"
    titled(k, f"select_{side} pick_{side} gather_tile_{side} take_{side} index_{side} {side}_subset")
    if rng.chance(0.25):
        energy = rng.chance(0.5)
        source = elementwise("*", result, result) if energy else result
        total = k.let("=total s", op("tile_sum", t.Tile(k.real, (1,)), source))
        target = k.array("=energies sq_sums" if energy else "=totals sums selected_sum", k.real, k.launch, "out")
        k.do(op("tile_store", t.NOTHING, target, total, offset=i))
        k.titles = (
            (f"energy_of_selected_{side}",)
            if energy
            else (f"sum_selected_{side}", f"selected_{side}_total", f"total_of_{side}")
        )
        return

    def beside(kind: str, low: float, high: float) -> Expr:
        source = k.array(kind, k.real, (k.launch[0], *parts), low=low, high=high)
        name = source.id if isinstance(source, tree.Name) else "part"
        return k.let(f"={name}_tile tile_{name}", op("tile_load", part, source[i], shape=many(*shown)))

    parts, shown = ((chosen, cols), (tp, tn)) if by_row else ((rows, chosen), (tm, tp))
    result = prepared(k, result, beside, -2.0)
    result = _activated(k, _scaled(k, result, 0.3), 0.15)
    if rng.chance(STORED[k.shared.size]):
        both = k.array("=out mixed_out accum", k.real, (k.launch[0], *parts), "inout", low=-1.0, high=1.0)
        old = k.let("=old_tile before", op("tile_load", part, both[i], shape=many(*shown)))
        k.do(op("tile_store", t.NOTHING, both[i], merged(k, result, old)))
        return
    if rng.chance(0.2):
        squared = k.let(
            "=sums axis_sum", op("tile_sum", t.Tile(k.real, (picks if by_row else height,)), result, axis=k.integer(1))
        )
        width_dim = chosen if by_row else rows
        k.do(
            op(
                "tile_store",
                t.NOTHING,
                k.array("=row_sums sums_out", k.real, (k.launch[0], width_dim), "out")[i],
                squared,
            )
        )
    shape = (k.launch[0], chosen, cols) if by_row else (k.launch[0], rows, chosen)
    k.do(op("tile_store", t.NOTHING, k.array("=out picked subset_out selected_out", k.real, shape, "out")[i], result))
