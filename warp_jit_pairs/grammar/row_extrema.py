"""Where the smallest or largest element of a row is, and which of some points is nearest."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .reductions import VALUE, Found
from .rows import FIELDS, begin, coefficient, length, rows, store, store_all, titled


@recipe("index of the smallest or largest element of a row", "reduction:0.66 control_flow:0.44", FIELDS)
def arg_extremum(k: Kernel) -> None:
    rng = k.rng
    k.shared.differentiable = False
    if rng.chance(0.45):
        _nearest(k)
        return
    r = rows(k, 0.0)
    x = r.source("=scores values x costs logits {}_scores distances")
    smallest = rng.chance(0.5)
    runner_up = k.shared.size == "large" or rng.chance(0.2)
    first = rng.chance(0.6)
    far = 6e4 if k.real is t.F16 else rng.choose((1e6, 1.0e10))
    words = "=best lowest min_val best_cost smallest" if smallest else "=best highest max_val best_score largest"
    best = k.variable(words, x(0) if first else k.lit(far if smallest else -far))
    where = k.variable("=best_idx arg best_j idx index", k.integer(0 if first else -1))
    second = k.variable("=second runner_up next_best", k.lit(far if smallest else -far)) if runner_up else None
    limit = coefficient(k, "=threshold min_score cutoff", -0.5, 0.5, 0.0) if rng.chance(0.2) and not first else None
    with r.each(1 if first else 0) as j:
        v = k.let(VALUE, x(j))
        if limit is not None:
            with k.when(v > limit if smallest else v < limit):
                k.next_turn()
        with k.when(v < best if smallest else v > best):
            if second is not None:
                k.set(second, best)
            k.set(best, v)
            k.set(where, j)
        if second is not None:
            with k.otherwise_when(v < second if smallest else v > second):
                k.set(second, v)
    titled(
        k,
        "row_argmin argmin_rows find_lowest select_cheapest {}_argmin best_{} pick_minimum"
        if smallest
        else "row_argmax argmax_rows find_best select_best {}_argmax predict_label pick_maximum top_{}",
    )
    found: Found = [("=best_index arg_out indices labels {}_index winner", where)]
    if second is not None and rng.chance(0.5):
        found.append(("=margin gap margins score_gap {}_margin", k.call("abs", best - second)))
    elif second is not None:
        found += [("=best_value best values top1", best), ("=second_value second runner_up top2", second)]
    elif rng.chance(0.65):
        found.append(("=best_value best values extremes {}_best", best))
    store_all(k, found)


def _nearest(k: Kernel) -> None:
    """The closest of some points to each query."""
    rng = k.rng
    row = begin(k, None, "=i q row query_id")
    vector = t.vec(rng.choose((2, 3, 3)), k.real)
    count = k.dim(rng.choose((8, 12, 16)))
    query = k.let("=q p query x", k.array("=queries query_points samples positions", vector, k.launch)[row])
    points = k.array("=points centers centroids candidates sites targets", vector, (count,), low=-2.0, high=2.0)
    n = length(k, count, "=num_points n num_centers n_points num_candidates", points)
    square = rng.chance(0.6)
    weights = (
        k.array("=weights radii site_weights bias", k.real, (count,), low=0.1, high=0.5) if rng.chance(0.2) else None
    )
    reach = coefficient(k, "=max_dist radius cutoff max_distance", 0.5, 2.0, 1.0, 1.5) if rng.chance(0.4) else None
    far = 6e4 if k.real is t.F16 else rng.choose((1e6, 1.0e10))
    start = k.lit(far) if reach is None else reach * reach if square else reach
    best = k.variable("=best_d2 best min_d2 closest_sq" if square else "=best min_dist closest best_dist", start)
    where = k.variable("=nearest best_idx closest_idx idx arg", k.integer(-1))
    near = k.variable("=count n_near num_close", k.integer(0)) if rng.chance(0.25) and reach is not None else None
    with k.loop("=j c k n", n) as j:
        d = k.let("=d delta diff", points[j] - query) if rng.chance(0.6) else points[j] - query
        value = k.call("length_sq" if square else "length", d)
        if square and isinstance(d.type, t.Vector) and rng.chance(0.3):
            d = k.let("=d delta diff", d)
            value = k.call("dot", d, d)
        if weights is not None:
            value = value - weights[j]
        value = k.let("=d2 dist_sq r2" if square else "=dist r d", value)
        if near is not None and reach is not None:
            with k.when(value < (reach * reach if square else reach)):
                k.augment(near, "+", 1)
        with k.when(value < best):
            k.set(best, value)
            k.set(where, j)
    titled(
        k,
        "nearest_point find_nearest closest_center assign_clusters nearest_neighbor assign_to_centroid {}_nearest"
        " kmeans_assign brute_force_nearest closest_{}",
    )
    found: Found = [("=nearest_index labels assignment closest nearest cluster_ids", where)]
    if near is not None:
        found.append(("=num_near counts n_neighbors near_count", near))
    if rng.chance(0.6) or k.shared.size == "large":
        root = square and weights is None and rng.chance(0.4)
        kind = "=distances dist min_dist nearest_dist" if root or not square else "=dist_sq sq_dist min_d2"
        found.append((kind, k.call("sqrt", best) if root else best))
    for kind, value in found:
        store(k, kind, value)
