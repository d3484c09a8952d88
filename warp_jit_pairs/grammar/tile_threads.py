"""Tiles made of what each thread of a block computed: gathered, spread again, collected on a stack."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, leave_out, length, named, store, titled
from .tile_blocks import start_block
from .tile_laws import Law, use
from .tile_ops import FIELDS, dtype_of, elementwise, op, size_constant
from .tile_pairs import BINARY
from .tile_unary import UNARY
from .tree import Expr


def _own(k: Kernel, law: Law) -> Expr:
    """A law's value for this thread, written out in the kernel or called."""
    rng = k.rng
    values = [
        named(k, kind.split()[0] + "_i v u", k.array(kind, k.real, k.launch, low=low, high=high)[k.threads])
        for kind, low, high in law.inputs
    ]
    numbers = [(kind, low, high, choices) for kind, low, high, choices in law.numbers]
    given = [coefficient(k, kind, low, high, *choices) for kind, low, high, choices in numbers]
    parameters = [(kind, k.real, low, high) for kind, low, high in law.inputs] + [
        (kind, k.real, low, high) for kind, low, high, _ in numbers
    ]

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        return [law.write(body, *names)]

    made = helper(k, parameters, write, titles=law.titles.split())
    words = [word for word in law.out[1:].split() if "{" not in word]
    return (
        named(k, "=" + " ".join(f"{word}_i" for word in words[:3]) + " value", made.call(*values, *given))
        if rng.chance(0.9)
        else named(k, "=value", made.call(*values, *given))
    )


@recipe("per-thread values gathered into tiles and back", "tile:1.7", FIELDS, {t.F32: 1.0})
def tile_from_threads(k: Kernel) -> None:
    """These are launched thread by thread: `wp.tile` collects the block's values."""
    rng = k.rng
    k.start(1, (32,), ("=tid i thread_id",))
    k.launch[0].fixed = True
    k.block_dim = 32
    one = k.dim(1, fixed=True)
    single = t.Tile(k.real, (1,))
    if rng.chance(0.5):
        law = rng.choose([law for law in (*UNARY, *BINARY) if not law.builtin])
        loss = law.out.startswith("=loss")
        x = _own(k, law)
        block = k.let("=block_vals value_tile vals_tile lane_values", op("tile", t.Tile(k.real, (32,)), x))
        squares = not loss and rng.chance(0.4)
        source = elementwise("*", block, block) if squares else block
        total = k.let("=block_total block_sum partial", op("tile_sum", single, source))
        kind = (
            "=total_loss loss_sum objective"
            if loss
            else "=energy sum_sq total_sq"
            if squares
            else "=total sum_out grand_total accum"
        )
        k.do(op("tile_atomic_add", single, k.array(kind, k.real, (one,), "inout", low=0.0, high=0.0), total))
        if rng.chance(0.35):
            store(k, law.out, x)
        first = law.titles.split()
        k.titles = tuple(
            f"{word}{end}"
            for word in first
            for end in (("_energy", "_sum_sq") if squares else ("_sum", "_total", "_reduce"))
        )
        return
    # Nothing else may depend on the block's size, which the CPU takes to be one.
    law = rng.choose([law for law in UNARY if law.numbers or law.builtin or rng.chance(0.5)])
    kind, low, high = law.inputs[0]
    x = named(k, kind.split()[0] + "_i v u", k.array(kind, k.real, k.launch, low=low, high=high)[k.threads])
    scaled = rng.chance(0.4)
    if scaled:
        gain = coefficient(k, "=gain scale weight", 0.5, 1.0, 0.5, 0.75)
        x = k.let("=scaled weighted_v pre", gain * x)
    block = k.let("=block_vals value_tile vals_tile", op("tile", t.Tile(k.real, (32,)), x))
    done = k.let("=mapped mapped_tile out_tile", use(k, law, [block]))
    value = k.let("=out_val result y", op("untile", k.real, done))
    stem = law.titles.split()
    k.titles = tuple(f"{word}{end}" for word in stem for end in ("_per_thread", "_via_tile", "_block", "_cooperative"))
    if rng.chance(0.3):
        residual = value - x
        store(k, "=delta change residual", residual)
        k.titles = tuple(f"{word}{end}" for word in stem for end in ("_change", "_residual", "_difference"))
        if rng.chance(0.5):
            return
    if rng.chance(0.2):
        other = k.array("=skip shortcut bias", k.real, k.launch, low=-1.0, high=1.0)[k.threads]
        value = value + other
    store(k, law.out, value)


@recipe("values collected on a block's stack or scattered into a tile", "tile:2.1", "sparse stats", {t.F32: 1.0})
def tile_collect(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (32,), ("=tid i thread_id",))
    k.launch[0].fixed = True
    k.block_dim = 32
    k.shared.differentiable = False
    source = k.array("=values scores x samples {s} weights", k.real, k.launch, low=-2.0, high=2.0)
    x = named(k, "=v value x_i score", source[i])
    how = rng.choose(("above", "below", "size", "band"))
    marks = (0.5, 0.25, 1.0) if how == "size" else (0.0, 0.5, -0.5)
    cut = coefficient(k, "=threshold cutoff min_value tau", min(marks), max(marks), *marks)
    if how == "band":
        keep = k.both(x > cut, x < cut + coefficient(k, "=width band span", 0.5, 1.5, 1.0))
    else:
        keep = x > cut if how == "above" else x < cut if how == "below" else k.call("abs", x) > cut
    keep = k.let("=keep selected is_hit passes", keep)
    if rng.chance(0.45):
        stack_type = t.Opaque("tile stack")
        stack = k.let(
            "=stack hits queue selected_ids",
            op("tile_stack", stack_type, capacity=k.integer(32), dtype=dtype_of(k, t.I32)),
        )
        if rng.chance(0.35):
            k.do(op("tile_stack_clear", t.NOTHING, stack))
        k.do(op("tile_stack_push", t.I32, stack, i, keep))
        found, slot = k.unpack(
            ("=found item hit_id", "=slot pos entry"), op("tile_stack_pop", t.Tuple((t.I32, t.I32)), stack)
        )
        facts = {"low": 0, "high": 0}
        what = rng.choose(("copy", "copy", "count"))
        with k.when(slot >= 0):
            if what == "copy":
                value = source[found]
                value = k.call("abs", value) if how == "size" and rng.chance(0.5) else value
                k.set(
                    k.array("=kept compacted selected_values", k.real, k.launch, "inout", low=0.0, high=0.0)[found],
                    value,
                )
            else:
                total = k.array("=num_selected hit_count total", t.I32, (k.dim(1, fixed=True),), "inout", **facts)
                k.do(k.call("atomic_add", total, 0, k.integer(1), gives=t.I32))
        titled(
            k,
            {
                "copy": "copy_selected keep_large filter_values extract_hits",
                "count": "count_selected count_hits tally_selected count_{s}",
            }[what],
        )
        return
    masked = rng.chance(0.4)
    size = 32 if masked else rng.choose((4, 8))
    bins = t.Tile(k.real, (size,))
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    work = k.let(
        "=hist bins_tile local_bins" if not masked else "=slots_tile kept_tile lane_values",
        op("tile_zeros", bins, shape=k.integer(size), dtype=dtype_of(k, k.real), storage=shared),
    )
    weight: Expr = x
    if not masked and rng.chance(0.4):
        weight = k.lit(1.0)
    elif rng.chance(0.3):
        weight = k.let("=w contribution squared", x * x)
    if masked:
        place = i % size
    elif rng.chance(0.6):
        labels = k.array("=labels bin_ids groups categories", t.I32, k.launch, low=0, high=size - 1)
        place = named(k, "=b bin_id group label", labels[i])
    else:
        place = k.let("=b bucket bin_id", i % size)
    if not isinstance(place, tree.Name):
        place = k.let("=slot lane_slot", place)
    k.do(op("tile_scatter_masked" if masked else "tile_scatter_add", t.NOTHING, work, place, weight, keep))
    target = k.array(
        "=sums histogram bin_totals group_sums" if not masked else "=column_sums lane_totals accum",
        k.real,
        (k.dim(size, fixed=True),),
        "inout",
        low=0.0,
        high=0.0,
    )
    k.do(op("tile_atomic_add", bins, target, work))
    titled(
        k,
        "masked_lane_sums accumulate_selected lane_totals gather_selected"
        if masked
        else "block_histogram group_totals bin_values scatter_to_bins weighted_histogram sum_by_label",
    )


@recipe("a block's list of work, filled and emptied again", "tile:0.85", "geometry rigid sparse", {t.F32: 1.0})
def block_worklist(k: Kernel) -> None:
    """What passes a test is pushed on the block's stack; which lane takes what from it does not show."""
    rng = k.rng
    row, lane = start_block(k)
    leave_out(k, 0.1)
    columns = k.dim(rng.choose((8, 12, 16)))
    n = length(k, columns, "=num_{s} n num_candidates count width")
    shape = (k.launch[0], columns)
    task = rng.choose(("threshold", "pairs", "cull", "residual"))
    vector = t.vec(3)
    k.shared.differentiable = False
    stride = k.let("=stride step num_threads block_width", tree.Call(t.I32, 1.0, 256.0, "wp.block_dim", ()))
    size = size_constant(k, 256, ("STACK_CAPACITY", "MAX_ITEMS", "CAPACITY", "QUEUE_SIZE", "MAX_ACTIVE"))
    stack = k.let(
        "=stack queue worklist todo active_list",
        op("tile_stack", t.Opaque("tile stack"), capacity=size, dtype=dtype_of(k, t.I32)),
    )
    if rng.chance(0.55):
        k.do(op("tile_stack_clear", t.NOTHING, stack))
    values = others = center = None
    if task == "cull":
        values = k.array("=positions points centers {}_pos", vector, shape, low=-2.0, high=2.0)
        center = named(k, "=center origin query", k.array("=centers query_points origins", vector, k.launch)[row])
        limit = coefficient(k, "=radius cutoff max_dist", 0.5, 2.0, 1.5, 1.0)
    elif task == "pairs":
        values = k.array("=gaps depths separation distances", k.real, shape, low=-1.0, high=1.0)
        limit = coefficient(k, "=margin slop contact_margin", 0.0, 0.5, 0.1, 0.05)
    else:
        values = k.array(
            "=residuals errors r" if task == "residual" else "=scores values x weights",
            k.real,
            shape,
            low=-2.0,
            high=2.0,
        )
        limit = coefficient(
            k, "=tol tolerance eps" if task == "residual" else "=threshold cutoff min_score", 0.1, 0.8, 0.5, 0.25
        )
        others = k.array("=diag inv_mass stiffness", k.real, shape, low=0.5, high=2.0) if task == "residual" else None
    with k.loop("=base start chunk", 0, n, stride) as start:
        j = k.let("=j idx candidate item", start + lane)
        keep = k.variable("=keep active is_candidate needs_work", tree.literal(False, t.BOOL))
        with k.when(j < n):
            if center is not None:
                k.set(keep, k.call("length", values[row, j] - center) < limit)
            elif task == "pairs":
                k.set(keep, values[row, j] < limit)
            else:
                test = values[row, j]
                k.set(keep, k.call("abs", test) > limit if task == "residual" else test > limit)
        k.do(op("tile_stack_push", t.I32, stack, j, keep))
    count = op("tile_stack_count", t.I32, stack)
    if rng.chance(0.65):
        found = k.let("=num_active n_hits total n_found", count)
        with k.when(lane.equals(0)):
            k.set(
                k.array(
                    "=counts num_active_out hit_counts n_contacts"
                    if task != "pairs"
                    else "=contact_counts num_contacts",
                    t.I32,
                    k.launch,
                    "out",
                )[row],
                found,
            )
    words = {
        "threshold": "=kept selected_out passed",
        "pairs": "=forces impulses contact_force",
        "cull": "=weights falloff influence",
        "residual": "=corrections updates delta",
    }[task]
    target = k.array(words, k.real, shape, "inout", low=0.0, high=0.0)
    push = coefficient(k, "=stiffness ke penalty", 0.5, 4.0, 1.0, 2.0) if task == "pairs" else None
    with k.repeat(op("tile_stack_count", t.I32, stack) > 0):
        item, slot = k.unpack(
            ("=item hit entry idx_next", "=slot pos top"), op("tile_stack_pop", t.Tuple((t.I32, t.I32)), stack)
        )
        with k.when(slot >= 0):
            if center is not None:
                d = k.let("=d dist r", k.call("length", values[row, item] - center))
                falloff = k.call("max", 1.0 - d / limit, 0.0)
                k.set(target[row, item], falloff * falloff if rng.chance(0.5) else falloff)
            elif push is not None:
                k.set(target[row, item], push * (limit - values[row, item]))
            elif others is not None:
                k.set(target[row, item], -values[row, item] / others[row, item])
            elif rng.chance(0.5):
                k.set(target[row, item], values[row, item])
            else:
                k.set(target[row, item], values[row, item] - limit)
    titled(
        k,
        {
            "threshold": "select_above_threshold process_active filter_candidates compact_and_process",
            "pairs": "contact_forces process_contacts narrow_phase penalty_forces solve_active_contacts",
            "cull": "cull_by_distance neighbor_weights radius_query gather_nearby influence_weights",
            "residual": "correct_large_residuals active_set_update relax_active sparse_correction",
        }[task],
    )
