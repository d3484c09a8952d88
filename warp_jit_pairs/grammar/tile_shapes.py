"""Tiles looked at in other ways: views, reshapes, transposes, broadcasts."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .rows import paired, titled
from .tile_laws import use
from .tile_ops import (
    FIELDS,
    REALS,
    Blocks,
    dtype_of,
    elementwise,
    function_name,
    item,
    many,
    op,
)
from .tile_unary import UNARY
from .tree import Expr

MATRIX = "=a matrix src image grid x data"


def _scaled(k: Kernel, value: Expr, share: float) -> Expr:
    """A tile times a factor, in some programs."""
    if not k.rng.chance(share):
        return value
    factor = (
        k.scalar("=scale alpha gain factor", k.real, 0.1, 2.0) if k.rng.chance(0.6) else k.choose_lit(0.5, 2.0, 0.25)
    )
    return k.let("=scaled _scaled out_tile", elementwise("*", *k.rng.shuffle((factor, value))))


def _activated(k: Kernel, value: Expr, share: float) -> Expr:
    """A tile after an activation, in some programs."""
    if not k.rng.chance(share):
        return value
    law = k.rng.choose([law for law in UNARY if law.out.startswith("=y out activated")])
    return k.let("=act activated act_tile", use(k, law, [value]))


def _transpose(k: Kernel, b: Blocks) -> None:
    rng = k.rng
    a = b.load(MATRIX, k.real, storage=rng.choose(("", "shared")))
    m, n = b.sizes
    i, j = b.index
    turned = k.let("=transposed turned t_tile flipped", op("tile_transpose", t.Tile(k.real, (n, m)), a))
    turned = _scaled(k, turned, 0.2)
    how = rng.weighted({"plain": 3.0, "symmetric": 1.0 if m == n else 0.0, "add": 1.0})
    target = k.array("=out transposed a_t matrix_t result", k.real, (b.dims[1], b.dims[0]), "out")
    place = many(j * b.constants[1], i * b.constants[0])
    titled(k, "transpose_tiles transpose tiled_transpose transpose_matrix transpose_blocks flip_axes")
    if how == "add":
        other = k.array("=b other addend", k.real, (b.dims[1], b.dims[0]), low=-2.0, high=2.0)
        loaded = k.let(
            "=other_tile b_tile",
            op("tile_load", t.Tile(k.real, (n, m)), other, shape=many(b.constants[1], b.constants[0]), offset=place),
        )
        turned = k.let("=total sum_tile out_tile", elementwise("+", turned, loaded))
        k.titles = ("add_transposed", "transpose_add", "accumulate_transpose")
    elif how == "symmetric":
        part = k.let("=sym sym_tile", elementwise("+", a, turned))
        b.store("=block_sym sym_blocks diagonal_sym", k.let("=half_sym sym_half", elementwise("*", part, k.lit(0.5))))
        k.titles = ("symmetrize_blocks", "symmetric_part_tiles", "symmetrize_tiles")
        return
    k.do(op("tile_store", t.NOTHING, target, turned, offset=place))


def _flatten(k: Kernel, b: Blocks) -> None:
    rng = k.rng
    a = b.load(MATRIX, k.real)
    m, n = b.sizes
    tm, tn = b.constants
    flat = k.let("=flat flat_tile line", op("tile_reshape", t.Tile(k.real, (m * n,)), a, shape=many(m * n)))
    # Doubles are not scanned.
    how = rng.choose(("norm", "dot", "center", *(("scan",) if k.real is t.F32 else ())))
    one = t.Tile(k.real, (1,))
    if how == "scan":
        k.shared.differentiable = False
        done = k.let("=running scan_tile prefix", op("tile_scan_inclusive", flat.type, flat))
        titled(k, "scan_blocks raster_scan flattened_cumsum block_prefix_sum cumsum_row_major")
        back = k.let("=back out_tile square", op("tile_reshape", a.type, done, shape=many(tm, tn)))
        b.store("=cumsum prefix_out scanned", back)
        return
    if how == "center":
        total = k.let("=total flat_sum s", op("tile_sum", one, flat))
        mean = tree.Subscript(k.real, -2.0, 2.0, total, (k.integer(0),)) * (1.0 / (m * n))
        target = k.array("=block_means means avg", k.real, k.launch, "out")
        k.set(target[b.index], mean)
        titled(k, "block_means mean_of_blocks average_pool downsample_mean pool_blocks")
        return
    squares = op("tile_dot", one, flat, flat) if how == "dot" else op("tile_sum", one, elementwise("*", flat, flat))
    total = k.let("=energy sum_sq frob_sq", squares)
    value = tree.Subscript(k.real, 0.0, 1e4, total, (k.integer(0),))
    root = rng.chance(0.5)
    target = k.array("=norms block_norms frob" if root else "=energies block_energy frob_sq", k.real, k.launch, "out")
    k.set(target[b.index], k.call("sqrt", value) if root else value)
    titled(
        k, "block_norms frobenius_norms norm_of_blocks" if root else "block_energy energy_per_block sum_squares_blocks"
    )


def _relative(k: Kernel, b: Blocks) -> None:
    """Every row of a tile against one of them."""
    rng = k.rng
    a = b.load(MATRIX, k.real)
    m, n = b.sizes
    tm, tn = b.constants
    which = rng.choose((0, 0, m - 1, m // 2))
    row = k.let(
        "=ref_row header first_row" if which == 0 else "=ref_row pivot_row base_row",
        op("tile_view", t.Tile(k.real, (1, n)), a, offset=many(which, 0), shape=many(1, tn)),
    )
    wide = k.let("=ref ref_tile row_bcast", op("tile_broadcast", a.type, row, shape=many(tm, tn)))
    diff = k.let("=relative diff_tile delta", elementwise("-", a, wide))
    titled(
        k,
        "subtract_first_row relative_to_first remove_reference_row baseline_rows"
        if which == 0
        else "subtract_reference_row relative_to_row difference_from_row remove_pivot_row",
    )
    if rng.chance(0.3):
        diff = k.let("=sq sq_diff", elementwise("*", diff, diff))
        k.titles = ("squared_row_deviation", "row_deviation_sq", "squared_distance_to_row")
    b.store("=out relative deviations diff_out", _scaled(k, diff, 0.25))


def _broadcast(k: Kernel, b: Blocks) -> None:
    rng = k.rng
    a = b.load("=x activations features a data", k.real)
    m, n = b.sizes
    tm, tn = b.constants
    i, j = b.index
    by_column = rng.chance(0.7)
    how = rng.choose(("bias", "scale", "center", "both"))
    words = {
        "bias": "=bias b shift",
        "scale": "=scale gamma col_scale" if by_column else "=scale row_scale gain",
        "center": "=means mu col_means" if by_column else "=means mu row_means",
        "both": "=gamma scale weight",
    }[how]

    def spread(kind: str, low: float, high: float) -> Expr:
        line = k.array(kind, k.real, (b.dims[1] if by_column else b.dims[0],), low=low, high=high)
        size, number, offset = (tn, n, j * tn) if by_column else (tm, m, i * tm)
        loaded = k.let(
            kind.replace("=", "=").split()[0] + "_vec",
            op("tile_load", t.Tile(k.real, (number,)), line, shape=size, offset=offset),
        )
        if not by_column:
            loaded = k.let(
                "=column col_vec as_column", op("tile_reshape", t.Tile(k.real, (m, 1)), loaded, shape=many(tm, 1))
            )
        return k.let(kind.split()[0] + "_tile", op("tile_broadcast", a.type, loaded, shape=many(tm, tn)))

    first = spread(words, *((0.5, 1.5) if how in ("scale", "both") else (-1.0, 1.0)))
    value = k.let(
        "=shifted biased out_tile" if how == "bias" else "=centered" if how == "center" else "=scaled _scaled",
        elementwise({"bias": "+", "center": "-"}.get(how, "*"), a, first),
    )
    if how == "both":
        value = k.let("=affine out_tile shifted", elementwise("+", value, spread("=beta bias shift", -1.0, 1.0)))
    if how in ("bias", "both"):
        value = _activated(k, value, 0.4)
    side = "columns" if by_column else "rows"
    titled(
        k,
        {
            "bias": f"add_bias bias_{side} add_bias_{side} broadcast_bias",
            "scale": f"scale_{side} multiply_{side} apply_diagonal broadcast_scale",
            "center": f"center_{side} subtract_means remove_{side[:-1]}_mean",
            "both": f"affine_{side} scale_shift_{side} apply_affine",
        }[how],
    )
    b.store("=out y result x_out", value)


def _concat(k: Kernel, b: Blocks) -> None:
    """Two tiles side by side in one, and what is made of it."""
    rng = k.rng
    m, n = b.sizes
    tm, tn = b.constants
    i, j = b.index
    first, second = paired(k, "left|right a|b first|second before|after real_part|imag_part")
    left, right = b.load(first, k.real), b.load(second, k.real)
    wide = t.Tile(k.real, (m, 2 * n))
    work = k.let(
        "=joined both side_by_side work",
        op(
            rng.choose(("tile_zeros", "tile_empty", "tile_empty", "tile_empty", "tile_empty")),
            wide,
            shape=many(tm, 2 * n),
            dtype=dtype_of(k, k.real),
        ),
    )
    k.do(op("tile_assign", t.NOTHING, work, left, offset=many(0, 0)))
    k.do(op("tile_assign", t.NOTHING, work, right, offset=many(0, tn)))
    if rng.chance(0.5):
        target = k.array(
            "=paired_out interleaved out pairs_out", k.real, (b.dims[0], k.derived(b.dims[1], 2, 0)), "out"
        )
        k.do(op("tile_store", t.NOTHING, target, _scaled(k, work, 0.2), offset=many(i * tm, j * (2 * n))))
        titled(k, "interleave_blocks interleave_tiles pair_blocks interleave_tables")
        return
    total = k.let("=row_total sums", op("tile_sum", t.Tile(k.real, (m,)), work, axis=k.integer(1)))
    column = k.let("=column col_tile as_column", op("tile_reshape", t.Tile(k.real, (m, 1)), total, shape=many(tm, 1)))
    target = k.array("=sums row_sums partial_sums out", k.real, (b.dims[0], k.launch[1]), "out")
    k.do(op("tile_store", t.NOTHING, target, column, offset=many(i * tm, j)))
    titled(k, "joint_row_sums sum_two_tables combined_row_sums row_sums_of_pair")


def _outer(k: Kernel, b: Blocks) -> None:
    """What a column and a row of factors make of a matrix: rank-one updates, sums, weights."""
    rng = k.rng
    m, n = b.sizes
    tm, tn = b.constants
    i, j = b.index
    rows, cols = paired(k, "u|v row_factor|col_factor row_scale|col_scale left|right row_bias|col_bias")
    biased = "bias" in rows
    scales = "scale" in rows
    low, high = (0.5, 1.5) if scales else (-1.0, 1.0)

    def line(kind: str, by_row: bool) -> Expr:
        dim, size, number, place = (b.dims[0], tm, m, i * tm) if by_row else (b.dims[1], tn, n, j * tn)
        source = k.array(kind, k.real, (dim,), low=low, high=high)
        word = kind[1:]
        loaded = k.let(
            f"={word}_vec {word}_line", op("tile_load", t.Tile(k.real, (number,)), source, shape=size, offset=place)
        )
        if by_row:
            loaded = k.let(
                f"={word}_col {word}_tall", op("tile_reshape", t.Tile(k.real, (m, 1)), loaded, shape=many(tm, 1))
            )
        return k.let(f"={word}_wide {word}_tile", op("tile_broadcast", b.tile(k.real), loaded, shape=many(tm, tn)))

    both = k.let(
        "=grid_sum bias_tile" if biased else "=outer rank_one uv factors",
        elementwise("+" if biased else "*", line(rows, True), line(cols, False)),
    )
    how = rng.choose(("update", "update", "alone")) if not scales and not biased else "apply"
    if how == "alone":
        titled(k, "outer_product outer_product_tiles rank_one_blocks tensor_product")
        b.store("=outer_out products uv_out", _scaled(k, both, 0.4))
        return
    target = b.array("=a matrix mat weights" if how == "update" else "=x matrix values", k.real, "inout")
    old = b.read(target, "=a matrix")
    if how == "apply":
        value = k.let("=scaled balanced out_tile", elementwise("+" if biased else "*", old, both))
        if biased:
            value = _activated(k, value, 0.3)
        titled(
            k,
            "add_row_col_bias add_pair_bias broadcast_add" if biased else "equilibrate scale_rows_cols balance_matrix",
        )
    else:
        alpha = k.scalar("=alpha step lr", k.real, 0.1, 1.0) if rng.chance(0.6) else k.choose_lit(0.1, 0.5)
        scaled = k.let("=scaled_outer alpha_uv step_tile", elementwise("*", both, alpha))
        if rng.chance(0.3):
            keep = k.scalar("=decay forget keep", k.real, 0.5, 0.99)
            old = k.let("=decayed kept_tile", elementwise("*", old, keep))
        value = k.let("=updated new_tile", elementwise(rng.choose("+-"), old, scaled))
        titled(k, "apply_rank_one ger outer_update hebbian_update broyden_tiles update_blocks")
    b.write(target, value)
    if rng.chance(0.3):
        size = op("tile_sum", t.Tile(k.real, (1,)), elementwise("*", value, value))
        k.set(k.array("=block_norms_sq frob_sq energy", k.real, k.launch, "out")[b.index], item(size))


def _along_axis(k: Kernel, b: Blocks) -> None:
    rng = k.rng
    a = b.load(MATRIX, k.real, storage=rng.choose(("", "shared")))
    m, n = b.sizes
    axis = rng.integer(0, 1)
    tile = t.Tile(k.real, (n,) if axis == 0 else (m,))
    how = rng.weighted({"sum": 2.0, "squares": 1.0, "max": 1.0, "min": 1.0, "mean": 1.0})
    if how == "squares":
        a = k.let("=squared sq_tile", elementwise("*", a, a))
    if how in ("max", "min") or (how == "sum" and rng.chance(0.25)):
        name = "add" if how == "sum" else how
        total = op("tile_reduce", tile, function_name(f"wp.{name}"), a, axis=k.integer(axis))
        k.shared.differentiable = False
    else:
        total = op("tile_sum", tile, a, axis=k.integer(axis))
    total = k.let("=partial col_part sums" if axis == 0 else "=partial row_part sums", total)
    if how == "mean":
        total = k.let("=means avg_tile", elementwise("*", total, k.lit(1.0 / (m if axis == 0 else n))))
    other, own, length = (0, b.index[1], b.constants[1]) if axis == 0 else (1, b.index[0], b.constants[0])
    side = "column" if axis == 0 else "row"
    kind = {
        "sum": f"=partial_sums {side}_sums sums",
        "squares": f"=energies {side}_energy sq_sums",
        "max": f"=maxima {side}_max peaks",
        "min": f"=minima {side}_min lows",
        "mean": f"=means {side}_means avg",
    }[how]
    target = k.array(kind, k.real, (k.launch[other], b.dims[1 - other]), "out")
    k.do(op("tile_store", t.NOTHING, target[b.index[other]], total, offset=own * length))
    stem = {"sum": "sums", "squares": "energies", "max": "maxima", "min": "minima", "mean": "means"}[how]
    titled(k, f"{side}_{stem} partial_{side}_{stem} {side}_{stem}_per_block tile_{side}_{stem} block_{side}_{stem}")


def _convert(k: Kernel, b: Blocks) -> None:
    other = t.F64 if k.real is t.F32 else t.F32
    a = b.load(MATRIX, k.real)
    a = _scaled(k, a, 0.4)
    cast = k.let(
        "=converted cast_tile wide" if other is t.F64 else "=converted cast_tile narrow",
        op("tile_astype", t.Tile(other, b.sizes), a, dtype=dtype_of(k, other)),
    )
    b.store("=out converted promoted" if other is t.F64 else "=out converted demoted", cast)
    titled(
        k,
        "promote_precision widen_tiles to_double cast_tiles convert_dtype"
        if other is t.F64
        else "demote_precision narrow_tiles to_single cast_tiles convert_dtype",
    )


def _one_row(k: Kernel, b: Blocks) -> None:
    rng = k.rng
    a = b.load(MATRIX, k.real)
    m, n = b.sizes
    which = rng.integer(0, m - 1)
    words = "=first_row head_row" if which == 0 else "=last_row tail_row" if which == m - 1 else "=row_view picked_row"
    row = k.let(words, op("tile_view", t.Tile(k.real, (1, n)), a, offset=many(which, 0), shape=many(1, b.constants[1])))
    line = k.let("=line row_vec squeezed flat_row", op("tile_squeeze", t.Tile(k.real, (n,)), row))
    line = _scaled(k, line, 0.25)
    target = k.array("=rows_out boundary edge_rows out", k.real, (k.launch[0], b.dims[1]), "out")
    k.do(op("tile_store", t.NOTHING, target[b.index[0]], line, offset=b.index[1] * b.constants[1]))
    titled(
        k,
        "extract_first_rows top_boundary gather_edges"
        if which == 0
        else "extract_last_rows bottom_boundary copy_tail_rows"
        if which == m - 1
        else "extract_rows slice_rows pick_row every_nth_row decimate_rows",
    )


def _filled(k: Kernel, b: Blocks) -> None:
    """A tile against one that is filled with a number."""
    rng = k.rng
    a = b.load("=x image values data", k.real, 0.0, 1.0)
    what = rng.choose(("offset", "complement", "complement", "relu", "cap"))
    tm, tn = b.constants
    kind, shape = b.tile(k.real), many(tm, tn)
    dtype = dtype_of(k, k.real)
    if what == "complement":
        ones = k.let("=ones ones_tile", op("tile_ones", kind, shape=shape, dtype=dtype))
        result = k.let("=complement inverted", elementwise("-", ones, a))
        titled(k, "invert_image one_minus complement_tiles negative_image invert_mask")
        b.store("=inverted complement_out out", result)
        return
    if what == "relu":
        zeros = k.let("=zero_tile", op("tile_zeros", kind, shape=shape, dtype=dtype))
        shift = b.load("=bias threshold shift", k.real, 0.0, 1.0)
        moved = k.let("=shifted moved", elementwise("-", a, shift))
        result = k.let("=rectified positive", op("tile_map", kind, function_name("wp.max"), moved, zeros))
        titled(k, "rectify_shifted relu_with_bias excess_over_threshold positive_part")
        b.store("=rectified out excess", result)
        return
    value = (
        k.scalar("=level value offset" if what == "offset" else "=cap limit max_value", k.real, 0.1, 1.0)
        if rng.chance(0.5)
        else k.choose_lit(0.5, 0.25, 0.1)
    )
    full = k.let(
        "=level_tile fill_tile offset_tile" if what == "offset" else "=cap_tile limits",
        op("tile_full", kind, shape=shape, value=value, dtype=dtype),
    )
    if what == "offset":
        sign = rng.choose("+-")
        result = k.let("=shifted out_tile moved", elementwise(sign, a, full))
        titled(
            k,
            "add_offset brighten shift_values raise_level"
            if sign == "+"
            else "subtract_level remove_offset subtract_background darken",
        )
        b.store("=out shifted adjusted", result)
        return
    result = k.let("=capped limited", op("tile_map", kind, function_name("wp.min"), a, full))
    titled(k, "cap_values clamp_max limit_tiles saturate_tiles")
    b.store("=capped limited out", result)


_SHAPES: dict[Callable[[Kernel, Blocks], None], float] = {
    _transpose: 1.5,
    _flatten: 1.3,
    _relative: 0.7,
    _broadcast: 1.6,
    _concat: 2.4,
    _outer: 2.4,
    _along_axis: 1.6,
    _convert: 2.1,
    _one_row: 1.9,
    _filled: 2.0,
}


@recipe("views, reshapes, transposes and broadcasts of tiles", "tile:6.5", FIELDS, REALS)
def tile_shapes(k: Kernel) -> None:
    k.rng.weighted(_SHAPES)(k, Blocks(k, 2))
