"""What is valid in a row moved to its front; the best of some trial steps taken."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, named, titled
from .tile_ops import dtype_of, elementwise, extent, function_name, item, op, size_constant
from .tile_rows import SINGLE, row_tile, start_rows
from .tree import Expr


@recipe("what is valid in a row moved to its front", "tile:0.55", "sparse bits stats", SINGLE)
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
        made = helper(k, kinds, test, titles=("is_valid", "above_threshold", "keep_flag", "should_keep", "to_flag"))
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
        k, kinds, place, titles=("target_slot", "compact_slot", "dest_index", "slot_or_skip", "output_index")
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


@recipe("the best of some trial steps taken", "tile:0.77", "optimization control", SINGLE)
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
