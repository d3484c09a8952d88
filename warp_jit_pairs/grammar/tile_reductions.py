"""Rows reduced by tiles to one number, or a few that belong together."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .rows import named, titled
from .tile_laws import Law, use
from .tile_ops import FIELDS, REALS, Blocks, elementwise, function_name, item, op
from .tree import Expr


@recipe("rows reduced by tiles", "tile:2.8 reduction:0.22", FIELDS, REALS)
def tile_row_reduce(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=True)
    n = blocks.sizes[0]
    tile, one = blocks.tile(k.real), t.Tile(k.real, (1,))
    what = rng.choose(
        (
            "sum",
            "mean",
            "norm",
            "extent",
            "arg",
            "arg",
            "arg",
            "product",
            "dot",
            "distance",
            "variance",
            "entropy",
            "arg",
            "arg",
            "margin",
            "rms",
        )
    )
    if what in ("dot", "distance"):
        words = ("=a queries x left", "=b keys y right") if what == "dot" else ("=pred x a", "=target y b")
        a, b = blocks.load(words[0], k.real), blocks.load(words[1], k.real)
        if what == "dot":
            total = op("tile_dot", one, a, b) if rng.chance(0.6) else op("tile_sum", one, elementwise("*", a, b))
            titled(k, "row_dot dot_rows inner_products batched_dot {}_dot row_inner_product similarity_scores")
            blocks.store_row_value("=dots scores inner out", k.let("=dot_val score d", total))
            return
        d = k.let("=diff delta d_tile", elementwise("-", a, b))
        total = op("tile_dot", one, d, d) if rng.chance(0.5) else op("tile_sum", one, elementwise("*", d, d))
        total = k.let("=d2 sq_err dist_sq", total)
        titled(k, "row_distance squared_distance row_mse sum_squared_error {}_distance residual_norm")
        if rng.chance(0.5):
            scale = elementwise("*", total, k.lit(1.0 / n))
            blocks.store_row_value("=mse mean_sq_err row_mse", k.let("=mse_val mean_err", scale))
            k.titles = ("row_mse", "mse_per_row", "mean_squared_error_rows")
        else:
            blocks.store_row_value("=dist_sq sq_distances sse", total)
        return
    kind, low = ("=probs p distribution", 0.05) if what == "entropy" else ("=x values data {s} samples", -2.0)
    x = blocks.load(kind, k.real, low, 1.0 if what == "entropy" else 2.0)
    if what == "entropy":
        law = Law(
            "neg_plogp entropy_term plogp", lambda b, p: -p * b.call("log", p), (("=p prob", 0.05, 1.0),), "=terms"
        )
        terms = k.let("=terms plogp_tile", use(k, law, [x]))
        titled(k, "row_entropy entropy_rows entropy_tiles {}_entropy")
        blocks.store_row_value("=entropy h entropies", k.let("=h_val entropy_sum total", op("tile_sum", one, terms)))
        return
    if what == "product":
        k.shared.differentiable = False
        how = rng.choose(("mul", "add", "max", "min"))
        result = op("tile_reduce", one, function_name(f"wp.{how}"), x)
        stem = {"mul": "product", "add": "sum", "max": "max", "min": "min"}[how]
        titled(k, f"row_{stem} {stem}_rows reduce_{stem} tile_{stem}_reduce {{}}_{stem}")
        blocks.store_row_value(f"=row_{stem}s {stem}_out reduced", k.let(f"=row_{stem} reduced {stem}_val", result))
        return
    if what in ("extent", "arg", "margin"):
        k.shared.differentiable = False
        _row_extrema(k, blocks, x, what)
        return
    squares = what in ("norm", "rms")
    source = elementwise("*", x, x) if squares else x
    if squares and rng.chance(0.5):
        source = k.let("=squared sq_tile x2", source)
    absolute = what == "sum" and rng.chance(0.25)
    if absolute:
        source = k.let("=abs_tile mags", op("tile_map", tile, function_name("wp.abs"), x))
    total = k.let("=total row_sum s acc" if not squares else "=sum_sq ss sq_sum", op("tile_sum", one, source))
    if what == "sum":
        titled(
            k,
            "row_l1_norms abs_row_sums sum_abs_rows"
            if absolute
            else "row_sums sum_rows tile_row_sum reduce_rows {}_totals sum_tiles",
        )
        blocks.store_row_value("=abs_sums l1 out" if absolute else "=sums row_sums totals out", total)
        return
    mean = k.let(
        "=mean mu avg" if what in ("mean", "variance") else "=mean_sq ms", elementwise("*", total, k.lit(1.0 / n))
    )
    if what == "mean":
        titled(k, "row_means mean_rows average_rows {}_means tile_row_mean mean_pool")
        blocks.store_row_value("=means row_means avg_out out", mean)
        return
    if what in ("norm", "rms"):
        value = k.call("sqrt", item(total if what == "norm" else mean))
        titled(k, "row_norms l2_norms norm_rows {}_norms" if what == "norm" else "row_rms rms_rows signal_rms {}_rms")
        k.set(
            k.array("=norms lengths l2_out" if what == "norm" else "=rms levels rms_out", k.real, k.launch, "out")[
                blocks.index
            ],
            value,
        )
        return
    sq = k.let("=sum_sq sq_total ss", op("tile_sum", one, elementwise("*", x, x)))
    m = named(k, "=mean_val m mu_val", item(mean))
    var = item(sq) * (1.0 / n) - m * m
    titled(k, "row_variance mean_and_variance row_moments tile_statistics {}_variance batch_statistics")
    k.set(k.array("=variances var_out sigma2", k.real, k.launch, "out")[blocks.index], k.call("max", var, 0.0))
    if rng.chance(0.7):
        k.set(k.array("=means mean_out mu_out", k.real, k.launch, "out")[blocks.index], m)


def _row_extrema(k: Kernel, blocks: Blocks, x: Expr, what: str) -> None:
    rng = k.rng
    one, where = t.Tile(k.real, (1,)), t.Tile(t.I32, (1,))
    if what == "arg":
        small = rng.chance(0.5)
        found = k.let("=best_idx idx arg winner", op("tile_argmin" if small else "tile_argmax", where, x))
        titled(
            k,
            "row_argmin select_lowest cheapest_per_row {}_argmin"
            if small
            else "row_argmax predict_labels best_per_row {}_argmax",
        )
        blocks.store_row_value("=best_index labels indices arg_out", found)
        if rng.chance(0.5) or k.shared.size == "large":
            value = op("tile_min" if small else "tile_max", one, x)
            blocks.store_row_value("=best_value best extremes", k.let("=best_val extreme top_val", value))
        return
    low = k.let("=lo smallest row_min", op("tile_min", one, x))
    high = k.let("=hi largest row_max", op("tile_max", one, x))
    if what == "extent" and rng.chance(0.6):
        titled(k, "row_min_max min_max_rows row_bounds {}_bounds tile_extrema")
        blocks.store_row_value("=mins lower min_out row_lo", low)
        blocks.store_row_value("=maxs upper max_out row_hi", high)
        return
    if what == "extent":
        titled(k, "row_range dynamic_range range_rows peak_to_peak {}_range")
        blocks.store_row_value(
            "=ranges peak_to_peak spread", k.let("=spread_val width ptp", elementwise("-", high, low))
        )
        return
    titled(k, "rescale_rows min_max_normalize normalize_range stretch_contrast_rows")
    first, width = (
        named(k, "=lo_val base x_min", item(low)),
        named(k, "=inv_range scale inv_width", 1.0 / (item(high) - item(low) + k.choose_lit(1e-2, 0.1))),
    )

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        v, base, scale = names
        return [(v - base) * scale]

    kinds = [
        ("=x v value", k.real, -2.0, 2.0),
        ("=lo base x_min", k.real, -2.0, 2.0),
        ("=scale inv_range s", k.real, 0.1, 4.0),
    ]
    made = helper(k, kinds, write, titles=("rescale", "to_unit_range", "normalize_value", "remap"))
    blocks.store(
        "=out rescaled normalized",
        k.let(
            "=scaled out_tile unit_tile", op("tile_map", blocks.tile(k.real), function_name(made.name), x, first, width)
        ),
    )
