"""Searches in sorted arrays."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import batched, extent, local, opt, read, words, write
from .tree import Expr


def _lower_bound(k: Kernel, keys: Expr, value: Expr, count: Expr) -> Expr:
    """The first place whose key is not below the value: by the builtin, a loop or a function with that loop."""
    rng = k.rng
    how = rng.choose(("builtin", "loop", "function"))
    if how == "builtin":
        return local(k, "=idx pos place i_up", k.call("lower_bound", keys, value, gives=t.I32))
    middle = rng.chance(0.6)

    def search(b: Body, keys: Expr, value: Expr, count: Expr) -> Expr:
        low, high = b.variable("=lo left begin", b.integer(0)), b.variable("=hi right stop", count)
        with b.repeat(low < high):
            mid = b.let("=mid m middle", (low + high) // 2 if middle else low + (high - low) // 2)
            with b.when(keys[mid] < value):
                b.set(low, mid + 1)
            with b.otherwise():
                b.set(high, mid)
        return low

    if how == "loop":
        return search(k, keys, value, count)
    assert isinstance(keys.type, t.Array)
    parameters = [
        ("=keys sorted_keys arr", keys.type, -8.0, 8.0),
        ("=value x target", value.type, -8.0, 8.0),
        ("=n count size", t.I32, 1.0, 64.0),
    ]

    def body(b: Body, v: list[Expr]) -> Sequence[Expr]:
        return [search(b, v[0], v[1], v[2])]

    made = helper(
        k,
        parameters,
        body,
        titles=("lower_bound_search", "binary_search", "find_first", "bisect_left", "search_sorted"),
    )
    return local(k, "=idx pos place i_up", made.call(keys, value, count))


@recipe("searches in sorted arrays", "control_flow:0.54 integer:0.62 reduction:0.54", "stats sparse signal", SINGLE)
def sorted_search(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("interpolate", "interpolate", "bin", "rank", "member", "nearest", "step"))
    dtype = t.F32 if how == "interpolate" else rng.choose((t.F32, t.F32, t.I32))
    k.titles = {
        "interpolate": words(
            "interp_table lookup_table linear_interp interp1d eval_curve sample_profile interpolate_curve"
        ),
        "bin": ("digitize", "assign_bins", "histogram_bins", "bin_values", "find_bins", "bucketize", "count_bins"),
        "rank": ("compute_ranks", "rank_values", "count_less", "empirical_cdf", "merge_ranks", "quantile_rank"),
        "member": ("contains", "find_keys", "lookup_keys", "is_member", "find_in_sorted", "match_keys"),
        "nearest": ("nearest_key", "closest_key", "snap_to_keys", "nearest_sample", "closest_event", "snap_to_grid"),
        "step": words("lookup_events active_segment find_segment current_interval schedule_lookup piecewise_constant"),
    }[how]
    batched(k, rng.choose(("query", "sample", "value")), 0.12)
    count_dim = k.dim(rng.choose((8, 12, 16)))
    kind = {
        "bin": "=bin_edges edges breaks",
        "interpolate": "=xs knots x_table grid_x",
        "step": "=times starts switch_times breakpoints",
    }.get(how, "=sorted_keys keys sorted_values refs")
    keys = k.array(kind, dtype, (count_dim,), low=-8, high=8, sorted=True)
    value = read(k, "=x value q target" if how != "step" else "=t time now", dtype, -8, 8)
    count = extent(
        k,
        count_dim,
        "=num_keys n_keys table_size num_edges" if how != "interpolate" else "=num_knots n_pts table_size",
        keys,
    )
    k.shared.differentiable = False
    index = _lower_bound(k, keys, value, count)
    k.gap()
    if how == "rank":
        if rng.chance(0.4):
            write(k, "=cdf quantiles fractions", k.cast(index, t.F32) / k.cast(count, t.F32))
        else:
            write(k, "=ranks positions rank_out", index)
        if opt(k, 0.3):
            write(k, "=above num_greater remaining", count - index)
        return
    if how == "bin":
        place = k.let("=b bin slot", k.call("clamp", index - 1, k.integer(0), count - 1))
        write(k, "=bins bin_ids bin_out", place)
        if opt(k, 0.5):
            counts = k.array("=counts histogram bin_counts", t.I32, (count_dim,), "inout", low=0, high=0)
            k.do(k.call("atomic_add", counts, place, k.integer(1), gives=t.I32))
        return
    if how == "member":
        found = k.variable("=found match hit", k.integer(-1))
        with k.when(index < count), k.when(keys[index].equals(value)):
            k.set(found, index)
        write(k, "=found_at match_ids indices", found)
        if opt(k, 0.4):
            write(k, "=is_member present hits", k.where(found >= 0, k.integer(1), k.integer(0)))
        return
    j = k.let("=j hi_i right_i", k.call("clamp", index, 1, count - 1))
    x0, x1 = (
        local(k, "=x0 left t0" if how != "step" else "=t0 begin", keys[j - 1]),
        local(k, "=x1 right t1" if how != "step" else "=t1 finish", keys[j]),
    )
    if how == "nearest":
        left = k.call("abs", value - x0) <= k.call("abs", x1 - value) if rng.chance(0.5) else value - x0 <= x1 - value
        nearest = k.let("=nearest best near", k.where(left, j - 1, j))
        write(k, "=nearest_ids indices closest", nearest)
        if opt(k, 0.5):
            write(k, "=distances gaps errors", k.call("abs", keys[nearest] - value))
        return
    values = k.array(
        "=ys values y_table levels" if how == "interpolate" else "=levels values rates",
        t.F32,
        (count_dim,),
        low=-2.0,
        high=2.0,
    )
    if how == "step":
        write(k, "=active values_out level_out", k.where(value >= x1, values[j], values[j - 1]))
        if opt(k, 0.5):
            write(k, "=segments seg_ids interval_ids", j - 1)
        return
    width = k.call("max", x1 - x0, rng.choose((1e-2, 1e-3, 1e-4)))
    u = (value - x0) / width
    u = k.let("=t u frac", k.call("clamp", u, 0.0, 1.0) if rng.chance(0.7) else u)
    if opt(k, 0.25):
        u = k.let("=eased s", u * u * (3.0 - 2.0 * u))
    write(k, "=interpolated y_out values_out", k.call("lerp", values[j - 1], values[j], u))
    if opt(k, 0.35):
        write(k, "=slopes derivs dy_dx", (values[j] - values[j - 1]) / width)
