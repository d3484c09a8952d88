"""Rows worked through tile by tile: products summed over tiles, masked ends, softmax, compaction, bodies by tiles."""

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
    (row,) = k.start(1, (rng.choose((3, 4, 6)),), (rng.choose(("world", "=row i r")),), plain=True)
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
        "mask",
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
    "tile:3 reduction:0.2",
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


@recipe("rows normalised as tiles", "tile:3", "learning stats", "reduction", SINGLE)
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
        made = helper(k, "scalar", kinds, moved, titles=titles)
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
            "scalar",
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


@recipe("what is valid in a row moved to its front", "tile:1.2", "sparse bits stats", "scatter", SINGLE)
def tile_compact(k: Kernel) -> None:
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, rng.choose((8, 16)), ("TILE_SIZE", "ROW_SIZE", "MAX_ITEMS", "CAPACITY", "BLOCK"))
    n = int(size.high)
    columns = k.dim(n, fixed=True)
    shape = (k.launch[0], columns)
    whole = t.Tile(t.I32, (n,))
    dtype = rng.choose((k.real, k.real, t.I32))
    data = row_tile(
        k,
        k.array("=values x {s} data" if dtype is k.real else "=ids items codes labels", dtype, shape, low=-2, high=9),
        row,
        size,
    )
    by_flag = rng.chance(0.5)
    if by_flag:
        valid = row_tile(k, k.array("=valid keep flags active mask", t.I32, shape, low=0, high=1), row, size)
    else:
        given = rng.chance(0.4)
        limit = rng.choose((0.0, 0.5, 1.0)) if dtype is k.real else rng.choose((0, 2, 4))
        argument = k.scalar("=threshold cutoff min_value", dtype, 0, 2) if given else None

        def test(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [body.where(names[0] > (names[1] if given else limit), body.integer(1), body.integer(0))]

        kinds = [("=x v value", dtype, -2.0, 9.0), *([("=threshold cutoff c", dtype, 0.0, 2.0)] if given else [])]
        made = helper(
            k, "flag", kinds, test, titles=("is_valid", "above_threshold", "keep_flag", "should_keep", "to_flag")
        )
        valid = k.let(
            "=keep flags_tile valid_tile",
            op("tile_map", whole, function_name(made.name), data, *([argument] if argument is not None else [])),
        )
    scan = k.let("=ranks prefix scan positions", op("tile_scan_inclusive", whole, valid))

    def place(body: Body, names: list[Expr]) -> Sequence[Expr]:
        flag, position = names
        with body.when(flag.equals(1)):
            body.give(position - 1)
        return [body.integer(-1)]

    kinds = [("=flag keep valid", t.I32, 0.0, 1.0), ("=rank position prefix", t.I32, 0.0, 63.0)]
    where = helper(
        k, "index", kinds, place, titles=("target_slot", "compact_slot", "dest_index", "slot_or_skip", "output_index")
    )
    slots = k.let("=slots dest slot_tile", op("tile_map", whole, function_name(where.name), valid, scan))
    target = k.array("=compacted packed out {s}_out", dtype, shape, "inout", low=0, high=0)
    if rng.chance(0.5):
        k.do(op("tile_store_indexed", t.NOTHING, target[row], slots, data, axis=k.integer(0)))
    else:
        k.do(op("tile_store_indexed", t.NOTHING, target[row], indices=slots, t=data, axis=k.integer(0)))
    if rng.chance(0.3):
        payload = row_tile(k, k.array("=payload attributes ids_in extra_data", t.I32, shape, low=0, high=50), row, size)
        second = k.array("=packed_payload attributes_out ids_out", t.I32, shape, "inout", low=0, high=0)
        k.do(op("tile_store_indexed", t.NOTHING, second[row], slots, payload, axis=k.integer(0)))
    last = (
        item(scan, n - 1)
        if rng.chance(0.3)
        else op("tile_extract", t.I32, scan, size - 1 if rng.chance(0.5) else n - 1)
    )
    k.set(k.array("=counts num_valid num_kept sizes", t.I32, k.launch, "out")[row], last)
    titled(
        k,
        "compact_rows compact_valid stream_compaction pack_active filter_rows remove_invalid"
        if by_flag
        else "filter_above compact_above_threshold keep_large select_and_pack stream_compaction",
    )


@recipe("the best of some trial steps taken", "tile:1.2", "optimization control", "select", SINGLE)
def tile_line_search(k: Kernel) -> None:
    rng = k.rng
    row = start_rows(k)
    trials = size_constant(k, rng.choose((4, 8)), ("N_STEPS", "NUM_TRIALS", "LINE_STEPS", "NUM_CANDIDATES", "N_ALPHAS"))
    dofs = size_constant(k, rng.choose((4, 6, 8)), ("DOF", "N_DOFS", "NUM_VARS", "NV"))
    steps, width = k.dim(int(trials.high), fixed=True), k.dim(int(dofs.high), fixed=True)
    costs = row_tile(
        k,
        k.array("=costs candidate_costs trial_costs objective", k.real, (k.launch[0], steps), low=-2.0, high=2.0),
        row,
        trials,
    )
    k.shared.differentiable = False
    if rng.chance(0.4):
        penalty = row_tile(
            k, k.array("=penalties violations barrier", k.real, (k.launch[0], steps), low=0.0, high=1.0), row, trials
        )
        if rng.chance(0.5):
            penalty = k.let(
                "=weighted_penalty scaled_pen",
                elementwise("*", penalty, k.scalar("=penalty_weight rho mu", k.real, 0.5, 2.0)),
            )
        costs = k.let("=merit total_cost merit_tile", elementwise("+", costs, penalty))
        usual = (-1.2, 0.4)
    else:
        usual = (-2.0, -1.0)
    best = k.let("=best best_idx best_trial", item(op("tile_argmin", t.Tile(t.I32, (1,)), costs)))
    cost = k.let("=best_cost cost lowest", item(costs, best))
    known = k.array("=current_costs prev_costs cost_before", k.real, k.launch, low=usual[0], high=usual[1])
    before = named(k, "=current cost0 prev_cost", known[row])
    candidates = k.array(
        "=candidates trial_states x_trials proposals", k.real, (k.launch[0], steps, width), low=-2.0, high=2.0
    )
    out = k.array("=x_out best_state accepted_x", k.real, (k.launch[0], width), "out")
    accepted = k.array("=accepted improved took_step", t.I32, k.launch, "out")
    tile = t.Tile(k.real, (width.size,))
    # Before the branch: a constant first named inside one is no constant to Warp after it.
    fallback: Expr | None = None
    if rng.chance(0.6):
        fallback = row_tile(
            k, k.array("=x_current state x_prev", k.real, (k.launch[0], width), low=-2.0, high=2.0), row, dofs
        )
    if rng.chance(0.35) or k.shared.size == "large":
        g = row_tile(k, k.array("=grad gradient g", k.real, (k.launch[0], width), low=-2.0, high=2.0), row, dofs)
        slope = op("tile_sum", t.Tile(k.real, (1,)), op("tile_map", tile, function_name("wp.mul"), g, g))
        k.set(k.array("=grad_norms g_norm", k.real, k.launch, "out")[row], k.call("sqrt", item(slope)))
    slack = coefficient(k, "=slack tolerance min_decrease", 0.01, 0.5, 0.1, 0.05) if rng.chance(0.5) else None
    with k.when(cost < before if slack is None else cost < before - slack):
        vector = op("tile_load", tile, candidates[row, best], **extent(k, dofs))
        k.do(op("tile_store", t.NOTHING, out[row], k.let("=chosen best_tile winner", vector)))
        k.set(accepted[row], 1)
    with k.otherwise():
        if fallback is None:
            fallback = k.let("=zero_tile", op("tile_zeros", tile, **extent(k, dofs), dtype=dtype_of(k, k.real)))
        k.do(op("tile_store", t.NOTHING, out[row], fallback))
        k.set(accepted[row], 0)
    if rng.chance(0.4):
        k.set(k.array("=best_costs cost_out new_cost", k.real, k.launch, "out")[row], k.call("min", cost, before))
    titled(
        k,
        "parallel_line_search select_best_candidate accept_best_step"
        " line_search pick_best_trial best_of_trials {}_line_search",
    )


@recipe(
    "bodies that all act on each other, loaded tile by tile",
    "tile:1.8 vector:0.15",
    "astronomy particles chemistry",
    "update",
    SINGLE,
)
def tile_bodies(k: Kernel) -> None:
    """A thread for each body; its block loads the others together."""
    rng = k.rng
    size = size_constant(k, rng.choose((4, 8)), ("TILE_SIZE", "BLOCK_SIZE", "TILE", "CHUNK", "BODIES_PER_TILE"))
    count = 2 * int(size.high)
    (i,) = k.start(1, (count,), ("=i body_id particle_id",), plain=True)
    k.block_dim = int(size.high)
    k.launch[0].fixed = True
    points = k.array("=positions pos {}_pos x", VEC3, k.launch, low=-2.0, high=2.0)
    how = rng.choose(("gravity", "gravity", "spring", "push", "coulomb", "density", "potential"))
    scalar = how in ("density", "potential")
    weigh = {"coulomb": "=charges q charge", "spring": "=weights stiffness w"}.get(how, "=masses mass m {}_mass")
    weights_in = (
        k.array(weigh, t.F32, k.launch, low=0.5, high=2.0) if how in ("coulomb", "density") or rng.chance(0.5) else None
    )
    p = named(k, "=p pos_i x_i own_pos", points[i])
    gives: t.Type = t.F32 if scalar else VEC3
    total = k.variable(
        {"density": "=rho density", "potential": "=phi potential", "coulomb": "=field e_field total"}.get(
            how, "=force acc total accel" if how != "gravity" else "=acc accel gravity_acc"
        ),
        k.zero(gives),
    )
    act = _interaction(k, how, weights_in is not None)
    number: Expr = length(k, k.launch[0], "=num_bodies n num_{s} n_bodies")
    turns: Expr | int = number // size if rng.chance(0.7) else 2
    tile = t.Tile(VEC3, (int(size.high),))
    with k.loop("=t tile_id chunk blk", turns) as block:
        start = block * size if rng.chance(0.6) else k.let("=start base offset", block * size)
        near = k.let("=pos_tile others tile_pos", op("tile_load", tile, points, **extent(k, size, start)))
        weights = (
            k.let(
                "=w_tile mass_tile" if how != "coulomb" else "=q_tile charge_tile",
                op("tile_load", t.Tile(t.F32, tile.shape), weights_in, **extent(k, size, start)),
            )
            if weights_in is not None
            else None
        )
        with k.loop("=j k other_id", size) as j:
            other = k.let("=q other pos_j x_j", item(near, j))
            arguments = [p, other, *([item(weights, j)] if weights is not None else [])]
            k.augment(total, "+", tree.Call(gives, -1e3, 1e3, act.name, tuple(arguments)))
    k.gap()
    stem = {
        "gravity": "nbody_gravity",
        "spring": "all_pairs_springs",
        "push": "repel_bodies",
        "coulomb": "electric_field",
        "density": "kernel_density",
        "potential": "gravity_potential",
    }[how]
    if scalar:
        titled(k, f"{stem} compute_{stem} tiled_{stem} {stem}_tiled")
        k.set(
            k.array("=densities rho_out" if how == "density" else "=potentials phi_out energy", t.F32, k.launch, "out")[
                i
            ],
            total,
        )
        return
    if how != "coulomb" and rng.chance(0.65):
        v = k.array("=velocities vel v {}_vel", VEC3, k.launch, "inout", low=-1.0, high=1.0)
        dt = coefficient(k, "=dt h time_step", 0.01, 0.1, 0.05, 0.01)
        new = k.let("=v_new vel_i v_next", v[i] + total * dt)
        k.set(v[i], new)
        k.set(
            k.array("=positions_out new_pos pos_next", VEC3, k.launch, "out")[i],
            p + new * dt if rng.chance(0.5) else p + dt * new,
        )
        titled(k, f"{stem}_step integrate_{stem} step_bodies nbody_step advance_bodies")
    else:
        k.set(
            k.array(
                "=e_field field_out electric_field"
                if how == "coulomb"
                else "=accelerations acc_out accel"
                if how == "gravity"
                else "=forces force_out f_out",
                VEC3,
                k.launch,
                "out",
            )[i],
            total,
        )
        titled(k, f"{stem} compute_{stem} tiled_{stem} all_pairs_{stem}")


def _interaction(k: Kernel, how: str, weighted: bool) -> Helper:
    """A wp.func of two places (and a mass): what the second does to the first."""
    rng = k.rng

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        p, q, *rest = names
        d = body.let("=d delta r r_ij", q - p)
        strength = rest[0] if rest else body.lit(rng.choose((1.0, 0.5, 2.0)))
        if how in ("gravity", "coulomb", "potential"):
            r2 = body.let("=r2 dist_sq d2", body.call("length_sq", d) + rng.choose((0.01, 0.1, 0.25)))
            inverse = body.let("=inv_r inv_dist", 1.0 / body.call("sqrt", r2))
            if how == "potential":
                return [-strength * inverse]
            cubed = strength * inverse * inverse * inverse
            return [d * (cubed if how == "gravity" else -cubed)]
        r = body.let("=dist r_len len_d", body.call("length", d))
        if how == "density":
            h = rng.choose((1.0, 2.0, 1.5))
            with body.when(r > h):
                body.give(body.lit(0.0))
            u = body.let("=u s x", 1.0 - r / h)
            return [strength * u * u]
        if how == "push":
            reach = rng.choose((1.0, 2.0, 1.5))
            with body.when(r > reach):
                body.give(body.zero(VEC3))
            return [d * (-strength * (reach - r))]
        return [d * (strength * (r - rng.choose((0.5, 1.0))) / (r + 0.1))]

    kinds: list[tuple[str, t.Type, float, float]] = [("=p xi a", VEC3, -2.0, 2.0), ("=q xj b", VEC3, -2.0, 2.0)]
    if weighted:
        kinds.append(("=charge qj" if how == "coulomb" else "=mass m w", t.F32, 0.5, 2.0))
    titles = {
        "gravity": ("gravity", "body_acceleration", "gravity_accel", "attraction", "pull_from"),
        "spring": ("spring_force", "pair_spring", "spring_pull"),
        "push": ("repulsion", "push_apart", "repel", "soft_repulsion"),
        "coulomb": ("point_charge_field", "coulomb_field", "field_of_charge"),
        "density": ("kernel_weight", "density_term", "smoothing_kernel"),
        "potential": ("pair_potential", "gravity_potential_term", "potential_term"),
    }[how]
    return helper(k, "force", kinds, write, titles=titles)
