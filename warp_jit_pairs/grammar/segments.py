"""Results of segments of an array, which offsets give."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import (
    coefficient,
    follow,
    guard,
    leave_out,
    named,
    paired,
    store,
    titled,
    whole,
)
from .tree import Expr


@recipe(
    "sums over segments given by offsets",
    "reduction:0.83 control_flow:0.22",
    "sparse stats generic chemistry",
    ANY_REAL,
)
def segments(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, (12,), ("=seg segment i s group",))
    guard(k, "=num_segments n_segments num_groups n")
    follow(k, 0.1, "=seg segment group")
    (row,) = k.threads
    leave_out(k, 0.12)
    items = k.dim(40)
    offsets = k.array(
        "=offsets segment_offsets starts group_offsets indptr seg_ptr",
        t.I32,
        (k.derived(k.launch[0], 1, 1),),
        offsets_into=items.symbol,
    )
    wide = rng.chance(0.15)
    vector = t.vec(3, k.real) if wide else k.real
    what = rng.choose(
        ("sum", "mean", "centroid") if wide else ("sum", "mean", "max", "weighted", "lse", "variance", "count", "range")
    )
    kind = "=positions points {}_positions coords" if wide else "=values x data {}_values items"
    values = k.array(kind, vector, (items,), low=-2.0, high=2.0)
    first, last = paired(k, "start|end begin|end seg_start|seg_end lo|hi first|last beg|stop")
    start, end = named(k, first, offsets[row]), named(k, last, offsets[row + 1])
    empty = rng.chance(0.35) and what not in ("sum", "count")
    low_value = -6e4 if k.real is t.F16 else -1e6
    out_names = {
        "sum": "=sums segment_sums totals out {}_sums",
        "mean": "=means segment_means avg out {}_means",
        "centroid": "=centroids centers com {}_centers",
        "max": "=maxs segment_max peaks out {}_max",
        "weighted": "=means weighted_avg out weighted_means",
        "lse": "=lse log_sums log_norm out",
        "variance": "=variances segment_var {}_var",
        "count": "=counts num_above hits {}_counts",
        "range": "=ranges spread extents widths",
    }
    added = not empty and what == "sum" and rng.chance(0.3)
    facts = {"low": -2.0, "high": 2.0} if added else {}
    target = k.array(
        out_names[what], t.I32 if what == "count" else vector, k.launch, "inout" if added else "out", **facts
    )
    if rng.chance(0.15):
        most = whole(k, "=max_items cap item_limit", 2, 6, 4)
        end = k.let("=stop last_used clipped_end", k.call("min", end, start + most))
    usable = (
        k.array("=valid item_valid keep item_mask", rng.choose((t.BOOL, t.I32)), (items,), low=0, high=1)
        if rng.chance(0.18) and what in ("sum", "max", "weighted", "count", "centroid")
        else None
    )
    if empty:
        with k.when(start >= end if rng.chance(0.6) else start.equals(end)):
            k.set(target[row], k.zero(vector))
            k.give()
        k.gap()
    gathered = rng.chance(0.4)
    indices = (
        k.array("=indices order item_ids sorted_ids members", t.I32, (items,), low=0, high=39, bound=items.symbol)
        if gathered
        else None
    )
    total = k.variable(
        "=peak best largest top"
        if what in ("max", "range")
        else "=n hits count"
        if what == "count"
        else "=total acc accum s",
        k.lit(low_value) if what in ("max", "range") else k.integer(0) if what == "count" else k.zero(vector),
    )
    weighted = what in ("weighted", "centroid")
    norm = k.variable("=w_sum total_w norm mass", k.lit(0.0)) if weighted else None
    weights = k.array("=weights w masses importance", k.real, (items,), low=0.1, high=1.0) if weighted else None
    squares = k.variable("=sum_sq sq sumsq acc2", k.lit(0.0)) if what == "variance" else None
    low = k.variable("=lowest smallest lo_val bottom", k.lit(-low_value)) if what == "range" else None
    limit = coefficient(k, "=threshold cutoff level min_value", -0.5, 0.5, 0.0, 0.5) if what == "count" else None
    if what in ("max", "range", "count"):
        k.shared.differentiable = False

    factor = (
        coefficient(k, "=scale gain unit_scale weight", 0.5, 2.0, 0.5, 2.0)
        if rng.chance(0.25) and what in ("sum", "mean") and not wide
        else None
    )

    def body(j: Expr) -> None:
        at = named(k, "=idx item e", indices[j]) if indices is not None else j
        value = values[at]
        if factor is not None:
            value = factor * value
        if norm is not None and weights is not None:
            w = named(k, "=w weight m", weights[at])
            k.augment(total, "+", w * value if rng.chance(0.5) else value * w)
            k.augment(norm, "+", w)
        elif what == "max":
            k.set(total, k.call("max", total, value))
        elif low is not None:
            value = k.let("=v value x_j", value)
            k.set(total, k.call("max", total, value))
            k.set(low, k.call("min", low, value))
        elif what == "lse":
            k.augment(total, "+", k.call("exp", value))
        elif limit is not None:
            with k.when(value > limit):
                k.augment(total, "+", 1)
        elif squares is not None:
            value = k.let("=v value x_j", value)
            k.augment(total, "+", value)
            k.augment(squares, "+", value * value)
        else:
            k.augment(total, "+", value)

    if usable is not None or rng.chance(0.82):
        with k.loop("=j k idx e p", start, end) as j:
            if usable is not None:
                valid = usable[j]
                with k.when(k.negate(valid) if valid.type is t.BOOL else valid.equals(0)):
                    k.next_turn()
            body(j)
    else:
        j = k.variable("=j k cursor ptr", start)
        # Warp's adjoint reads at the index that the loop ended with, one past the last.
        k.shared.differentiable = False
        with k.repeat(j < end):
            body(j)
            k.augment(j, "+", 1)
    titles = {
        "sum": "segment_sum sum_segments reduce_segments {}_segment_sum segmented_sum sum_per_group accumulate_groups",
        "mean": "segment_mean mean_per_segment average_groups {}_group_mean segmented_mean pool_segments",
        "centroid": "segment_centroid group_center_of_mass weighted_centers cluster_centers {}_centroids",
        "max": "segment_max max_per_segment segmented_max {}_group_max max_pool_segments",
        "weighted": "segment_weighted_mean weighted_group_mean weighted_pool {}_weighted_mean",
        "lse": "segment_logsumexp log_partition_per_group segmented_lse",
        "variance": "segment_variance group_variance variance_per_segment {}_group_variance",
        "count": "count_per_segment segment_count_above threshold_counts {}_group_counts",
        "range": "segment_range group_range range_per_segment segment_extent",
    }
    titled(k, titles[what])
    size = k.call("max", end - start, 1) if not empty else end - start
    count = k.cast(size, k.real)
    if what == "mean":
        result = total / count
    elif norm is not None:
        result = total / (norm if empty else k.call("max", norm, 1e-3))
    elif what == "lse":
        result = k.call("log", total if empty else k.call("max", total, 1e-3))
    elif squares is not None:
        mean = k.let("=mean mu avg", total / count)
        result = k.call("max", squares / count - mean * mean, 0.0)
    elif low is not None:
        result = total - low if empty else k.where(end > start, total - low, k.lit(0.0))
    else:
        result = total
    if added:
        k.augment(target[row], "+", result)
    else:
        k.set(target[row], result)
    if k.shared.size == "large" and what != "count":
        store(k, "=counts segment_sizes n_items lengths", end - start)
