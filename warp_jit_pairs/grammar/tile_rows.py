"""Rows worked through tile by tile: products summed over tiles, masked ends, softmax."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .helpers import Helper, helper
from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, follow, leave_out, length, named, paired, titled
from .tile_ops import FIELDS, dtype_of, elementwise, extent, function_name, item, op, prepared, size_constant
from .tree import Expr

SINGLE = {t.F32: 1.0}
VEC3 = t.vec(3)


def start_rows(k: Kernel) -> Expr:
    """A block for each row; sometimes one that is done already leaves at once."""
    rng = k.rng
    (row,) = k.start(1, (rng.choose((3, 4, 6)),), (rng.choose(("world", "=row i r")),))
    k.tiled, k.block_dim = True, rng.choose((32, 64, 128))
    del row
    follow(k, 0.1, "=world row_id env")
    leave_out(k, 0.35)
    return k.threads[0]


def mask_function(k: Kernel) -> Helper:
    """A wp.func that is one below a limit and zero from it on."""

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        index, limit = names
        if k.rng.chance(0.5):
            return [body.where(index < limit, 1.0, body.lit(0.0))]
        with body.when(index < limit):
            body.give(body.lit(1.0))
        return [body.lit(0.0)]

    kinds = [("=index i idx pos", t.I32, 0.0, 63.0), ("=limit n count num_valid", t.I32, 0.0, 63.0)]
    return helper(
        k,
        kinds,
        write,
        titles=("in_range_mask", "valid_mask", "tail_mask", "is_valid", "mask_tail", "below_limit"),
    )


def _row_of(k: Kernel, kind: str, dims: tuple[Dim, Dim], low: float, high: float, row: Expr, size: Expr) -> Expr:
    return row_tile(k, k.array(kind, k.real, dims, low=low, high=high), row, size)


def row_tile(k: Kernel, source: Expr, row: Expr, size: Expr, offset: Expr | None = None, kind: str = "") -> Expr:
    """A tile of a row, from its start or from an offset."""
    tile = t.Tile(source.type.scalar, (int(size.high),))
    name = source.id if isinstance(source, tree.Name) else "row"
    kind = kind or f"={name}_tile tile_{name} {name}_t"
    return k.let(kind, op("tile_load", tile, source[row], **extent(k, size, offset)))


@recipe(
    "rows of any length multiplied tile by tile, their end masked",
    "tile:1.9 reduction:0.11",
    FIELDS,
    SINGLE,
)
def tile_dot_loop(k: Kernel) -> None:
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, rng.choose((4, 8)))
    tiles = rng.choose((2, 3))
    columns = k.dim(int(size.high) * tiles - rng.integer(0, 3))
    what = rng.choose(("dot", "distance", "energy", "sum", "weighted", "kinetic"))
    pairs = {
        "dot": "a|b x|y p|q left|right query|key",
        "distance": "pred|target x|y a|b computed|expected",
        "weighted": "values|weights x|w samples|importance",
        "kinetic": "mass|vel masses|speeds m|v",
    }
    first, second = paired(k, pairs[what]) if what in pairs else ("=x values residual r data", "")
    positive = what == "kinetic"
    a = k.array(first, k.real, (k.launch[0], columns), low=0.1 if positive else -2.0, high=2.0)
    b = (
        k.array(second, k.real, (k.launch[0], columns), low=0.1 if what == "weighted" else -2.0, high=2.0)
        if second
        else None
    )
    counted = rng.chance(0.5)
    counts = (
        k.array(
            "=lengths counts num_valid row_lengths", t.I32, k.launch, low=1, high=columns.size - 1, bound=columns.symbol
        )
        if counted
        else None
    )
    n = (
        named(k, "=n count length num", counts[row])
        if counts is not None
        else length(k, columns, "=num_cols n dim nv n_cols", a, 1)
    )
    mask = mask_function(k)
    whole, one = t.Tile(k.real, (int(size.high),)), t.Tile(k.real, (1,))
    together = rng.chance(0.5)
    total = (
        k.let("=acc acc_tile partial sums", op("tile_zeros", whole, **extent(k, size), dtype=dtype_of(k, k.real)))
        if together
        else k.variable("=total acc result", k.lit(0.0))
    )
    by_offset = rng.chance(0.5)
    bounds: tuple[tree.Value, ...] = (0, n, size) if by_offset else (tiles,)
    with k.loop("=start base offset" if by_offset else "=t k chunk step", *bounds) as place:
        start = place if by_offset else k.let("=start base offset", place * size)
        if not by_offset and rng.chance(0.6):
            with k.when(start >= n):
                k.leave_loop()
        left = row_tile(k, a, row, size, start)
        right = row_tile(k, b, row, size, start) if b is not None else None
        if what == "distance" and right is not None:
            d = k.let("=diff d_tile delta", elementwise("-", left, right))
            product = elementwise("*", d, d)
        elif what == "sum":
            product = left
        elif what == "kinetic" and right is not None:
            product = elementwise("*", left, elementwise("*", right, right))
        else:
            other = right if right is not None else left
            by_map = rng.chance(0.4)
            product = (
                op("tile_map", whole, function_name("wp.mul"), left, other) if by_map else elementwise("*", left, other)
            )
        if product is not left:
            product = k.let("=prod terms product", product)
        with k.when(start > n - size):
            steps = op("tile_arange", t.Tile(t.I32, whole.shape), size, dtype=dtype_of(k, t.I32))
            chosen = k.let("=mask tail valid", op("tile_map", whole, function_name(mask.name), steps, n - start))
            k.set(product, op("tile_map", whole, function_name("wp.mul"), chosen, product))
        if together:
            k.add(tree.Augment(total, "+", product))
        else:
            k.augment(total, "+", item(op("tile_sum", one, product)))
    k.gap()
    if together:
        total = k.let("=total row_total result", item(op("tile_sum", one, total)))
    titles = {
        "dot": "chunked_dot tiled_row_dot long_dot dot_by_tiles batched_dot",
        "distance": "chunked_distance tiled_sse row_error squared_distance_by_tiles",
        "energy": "row_energy sum_squares_by_tiles chunked_norm residual_energy",
        "sum": "chunked_row_sum row_sums_by_tiles long_row_sum tiled_reduce",
        "weighted": "weighted_sum_by_tiles chunked_weighted_sum row_weighted_total",
        "kinetic": "kinetic_energy_by_tiles chunked_kinetic_energy world_kinetic_energy",
    }
    titled(k, titles[what])
    kinds = {
        "dot": "=dots inner out",
        "distance": "=sse sq_dist errors",
        "energy": "=energy sum_sq norms_sq",
        "sum": "=sums totals out",
        "weighted": "=weighted_sums totals out",
        "kinetic": "=kinetic ke energies",
    }
    result, kind = total, kinds[what]
    end = rng.random()
    if what in ("distance", "energy") and end < 0.35:
        result, kind = k.call("sqrt", total), "=norms distances norm_out"
    elif what in ("distance", "sum", "energy") and end < 0.6:
        result, kind = total / k.cast(n, k.real), "=means mean_out mse" if what != "sum" else "=means mean_out avg"
    elif what == "kinetic":
        result = 0.5 * total
    elif end < 0.35:
        result = coefficient(k, "=scale alpha weight", 0.1, 2.0, 0.5) * total
    k.set(k.array(kind, k.real, k.launch, "out")[row], result)
    if k.shared.size == "large" and what in ("dot", "distance", "energy"):
        limit = coefficient(k, "=tol tolerance threshold", 0.5, 4.0, 1.0)
        k.set(
            k.array("=below_tol converged small_flags", t.I32, k.launch, "out")[row],
            k.where(k.call("abs", total) < limit, k.integer(1), k.integer(0)),
        )
        k.shared.differentiable = False


@recipe("rows normalised as tiles", "tile:1", "learning stats", SINGLE)
def tile_softmax(k: Kernel) -> None:
    """Softmax, standard score or unit length of a row that fits in a tile."""
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, rng.choose((8, 16)), ("TILE_SIZE", "ROW_SIZE", "DIM", "NUM_FEATURES", "SEQ_LEN", "HIDDEN"))
    n = int(size.high)
    columns = k.dim(n, fixed=True)
    how = rng.choose(("softmax", "softmax", "layernorm", "layernorm", "length", "rms", "logsoftmax"))
    soft = how in ("softmax", "logsoftmax")
    source = k.array(
        "=logits scores attn_scores" if soft else "=x inputs hidden features",
        k.real,
        (k.launch[0], columns),
        low=-2.0,
        high=2.0,
    )
    tile, one = t.Tile(k.real, (n,)), t.Tile(k.real, (1,))
    x = row_tile(k, source, row, size)
    if rng.chance(0.3):
        kind = "=mask_bias attn_bias pos_bias" if soft else "=skip residual shortcut"
        other = row_tile(k, k.array(kind, k.real, (k.launch[0], columns), low=-1.0, high=1.0), row, size)
        x = k.let("=biased biased_tile" if soft else "=summed h_tile", elementwise("+", x, other))
    x = prepared(k, x, lambda kind, low, high: _row_of(k, kind, (k.launch[0], columns), low, high, row, size), -2.0)
    if soft and rng.chance(0.35):
        temp = k.scalar("=inv_temp scale beta", k.real, 0.5, 2.0)
        x = k.let("=scaled scaled_tile", elementwise("*", x, temp))
    shift: Expr | None = None
    if soft:
        shift = k.let("=peak row_max max_logit", item(op("tile_max", one, x)))
        k.shared.differentiable = False
    elif how == "layernorm":
        shift = k.let("=mean mu avg", item(op("tile_sum", one, x)) / float(n))
    if shift is not None:

        def moved(body: Body, names: list[Expr]) -> Sequence[Expr]:
            value, by = names
            return [body.call("exp", value - by) if how == "softmax" else value - by]

        titles = (
            ("shifted_exp", "exp_shifted", "stable_exp")
            if how == "softmax"
            else ("subtract", "center_value", "shift_by", "recenter")
        )
        kinds = [
            ("=x v logit" if soft else "=x v value", k.real, -2.0, 2.0),
            ("=peak m x_max" if soft else "=mean mu m", k.real, -2.0, 2.0),
        ]
        made = helper(k, kinds, moved, titles=titles)
        x = k.let(
            "=exp_tile weights e_tile" if how == "softmax" else "=centered shifted dev_tile",
            op("tile_map", tile, function_name(made.name), x, shift),
        )
    if how == "logsoftmax":
        exps = k.let("=exp_tile e_tile", op("tile_map", tile, function_name("wp.exp"), x))
        log_z = k.let("=log_z log_norm lse", k.call("log", item(op("tile_sum", one, exps))))

        def minus(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [names[0] - names[1]]

        made = helper(
            k,
            [("=x v shifted", k.real, -4.0, 0.0), ("=log_z lz norm", k.real, 0.0, 3.0)],
            minus,
            titles=("subtract_log_norm", "log_prob", "minus"),
        )
        y = k.let("=log_probs logp_tile", op("tile_map", tile, function_name(made.name), x, log_z))
        k.do(op("tile_store", t.NOTHING, k.array("=log_probs logp out", k.real, (k.launch[0], columns), "out")[row], y))
        titled(k, "log_softmax log_softmax_rows tile_log_softmax {}_log_probs")
        if rng.chance(0.4):
            k.set(k.array("=log_norms lse_out", k.real, k.launch, "out")[row], log_z)
        return
    squares = (
        x
        if how == "softmax"
        else elementwise("*", x, x)
        if rng.chance(0.5)
        else op("tile_map", tile, function_name("wp.mul"), x, x)
    )
    total = k.let("=denom sum_exp z" if how == "softmax" else "=sum_sq sq_total ss", item(op("tile_sum", one, squares)))
    small = k.lit(rng.choose((1e-5, 1e-6, 1e-3)))
    if how == "softmax":
        scale = k.let("=inv_sum inv_denom inv_z", 1.0 / total)
    elif how == "length":
        scale = k.let("=inv_norm inv_len scale", 1.0 / k.call("sqrt", total + small))
    else:
        scale = k.let(
            "=inv_std rstd" if how == "layernorm" else "=inv_rms rrms", 1.0 / k.call("sqrt", total / float(n) + small)
        )
    y = k.let("=probs p_tile" if how == "softmax" else "=y y_tile normed", elementwise("*", x, scale))
    if how in ("layernorm", "rms") and rng.chance(0.65):
        gain = k.array("=gamma gain ln_weight", k.real, (columns,), low=0.5, high=1.5)
        loaded = k.let("=gamma_tile gain_tile g_tile", op("tile_load", tile, gain, **extent(k, size)))
        y = k.let("=scaled y_scaled", elementwise("*", y, loaded))
        if how == "layernorm" and rng.chance(0.65):
            bias = k.array("=beta bias ln_bias", k.real, (columns,), low=-0.5, high=0.5)
            y = k.let(
                "=shifted_y affine out_tile",
                elementwise("+", y, k.let("=beta_tile bias_tile", op("tile_load", tile, bias, **extent(k, size)))),
            )
    if how == "softmax" and rng.chance(0.25):
        values = row_tile(
            k, k.array("=values v rewards payoff", k.real, (k.launch[0], columns), low=-1.0, high=1.0), row, size
        )
        expected = op("tile_sum", one, elementwise("*", y, values))
        k.set(k.array("=expected_value attended mean_value", k.real, k.launch, "out")[row], item(expected))
        k.titles = ("softmax_expectation", "soft_attention", "expected_value", "boltzmann_average")
    else:
        titled(
            k,
            {
                "softmax": "softmax tile_softmax softmax_rows row_softmax {}_softmax attention_softmax",
                "layernorm": "layer_norm layernorm_forward tile_layernorm layernorm_rows {}_layernorm",
                "length": "normalize_rows l2_normalize unit_rows {}_normalize normalize_embeddings",
                "rms": "rms_norm rmsnorm_forward tile_rmsnorm normalize_rms",
            }[how],
        )
    if k.titles[0] != "softmax_expectation" or rng.chance(0.4):
        k.do(
            op(
                "tile_store",
                t.NOTHING,
                k.array(
                    "=probs out p weights" if how == "softmax" else "=y out normalized",
                    k.real,
                    (k.launch[0], columns),
                    "out",
                )[row],
                y,
            )
        )
    if rng.chance(0.25) or k.shared.size == "large":
        k.set(
            k.array(
                "=denoms partition z_out" if how == "softmax" else "=scales inv_scale saved_rstd",
                k.real,
                k.launch,
                "out",
            )[row],
            total if how == "softmax" else scale,
        )
