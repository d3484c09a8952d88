"""Tiles along arrays: maps, row reductions, scans, sorts, random tiles, vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .rows import named, titled, whole
from .tile_laws import BINARY, IMAGE, SIGNAL, TERNARY, UNARY, Law, use
from .tile_ops import FIELDS, REALS, Blocks, dtype_of, elementwise, function_name, item, op
from .tree import Expr

_IMAGE = tuple(law for law in UNARY if law.inputs is IMAGE)
_SIGNAL = tuple(law for law in UNARY if law.inputs is SIGNAL)


def result_kind(law: Law) -> str:
    """What a law's result is called as a tile."""
    words = [word for word in law.out[1:].split() if "{" not in word]
    return "=" + " ".join(form.format(word) for word in words for form in ("{}_tile", "{}", "tile_{}"))


@recipe("tiles loaded, mapped and stored", "tile:5", FIELDS, "tile", REALS)
def tile_elementwise(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, rng.choose((1, 1, 2)))
    several = {"small": 0.1, "medium": 0.35, "large": 0.85}[k.shared.size]
    if rng.chance(several):
        _pipeline(k, blocks)
        return
    law = rng.choose(rng.choose((UNARY, UNARY, BINARY, BINARY, TERNARY)))
    values = [blocks.load(kind, k.real, low, high) for kind, low, high in law.inputs]
    result = k.let(result_kind(law), use(k, law, values))
    first = law.titles.split()
    loss = law.out.startswith("=loss")
    k.titles = tuple(f"{word}{end}" for word in first for end in ("_tiles", "", "_tiled", "_blocks"))
    if loss and rng.chance(0.7):
        blocks.total("=total_loss loss_sum loss_total objective", result)
        k.titles = tuple(f"{word}{end}" for word in first for end in ("_sum", "_total", "_reduce"))
        if rng.chance(0.4):
            blocks.store(law.out, result)
        return
    if rng.chance(0.12):
        blocks.add_to("=accum accumulated running_total acc_out", result)
        k.titles = tuple(f"{verb}_{word}" for word in first for verb in ("accumulate", "add"))
        return
    if rng.chance(0.15):
        scale = k.scalar("=scale gain weight factor", k.real, 0.1, 2.0)
        result = k.let("=scaled scaled_tile out_tile", elementwise("*", *rng.shuffle((scale, result))))
    blocks.store(law.out, result)


def _pipeline(k: Kernel, blocks: Blocks) -> None:
    """Several laws of one trade, one after another."""
    rng = k.rng
    length = {"small": (2, 2), "medium": (2, 3), "large": (3, 5)}[k.shared.size]
    how = rng.choose(("image", "signal", "layer", "layer", "loss"))
    if how in ("image", "signal"):
        family, (kind, low, high) = (_IMAGE, IMAGE[0]) if how == "image" else (_SIGNAL, SIGNAL[0])
        laws = rng.sample(family, rng.integer(*length))
        value = blocks.load(kind, k.real, low, high)
        for law in laws:
            value = k.let(result_kind(law), use(k, law, [value]))
        if rng.chance(0.3):
            wet, dry = ("=graded after", "=mask region") if how == "image" else ("=wet processed", "=envelope window")
            shade = blocks.load(dry, k.real, 0.0, 1.0)
            value = k.let(f"{wet}_tile", elementwise("*", value, shade))
        blocks.store("=out img_out graded display" if how == "image" else "=out y processed signal_out", value)
        titled(
            k,
            "grade_image color_pipeline process_image adjust_image image_pipeline develop_tiles"
            if how == "image"
            else "effects_chain process_audio signal_chain shape_signal audio_pipeline condition_signal",
        )
        return
    if how == "loss":
        _loss_and_gradient(k, blocks)
        return
    x = blocks.load("=x features inputs hidden", k.real)
    gain = blocks.load("=gamma weights scale_w gain", k.real, 0.5, 1.5)
    x = k.let("=scaled weighted_tile z_tile", elementwise("*", x, gain))
    if rng.chance(0.8):
        x = k.let(
            "=pre_act shifted z_tile pre_tile", elementwise("+", x, blocks.load("=beta bias b", k.real, -0.5, 0.5))
        )
    law = rng.choose([law for law in UNARY if law.out.startswith("=y out activated")])
    if rng.chance(0.3):
        blocks.store("=pre_act_out saved_z cache_z", x)
    x = k.let("=act activated act_tile y_tile", use(k, law, [x]))
    if rng.chance(0.4):
        keep = blocks.load("=dropout_mask keep_mask mask", k.real, 0.0, 1.0)
        x = k.let("=dropped kept masked_tile", elementwise("*", x, keep))
    if rng.chance(0.5):
        skip = blocks.load("=skip residual shortcut", k.real)
        x = k.let(
            "=summed res_tile out_tile", elementwise("+", skip, x) if rng.chance(0.5) else elementwise("+", x, skip)
        )
    blocks.store("=y out hidden_out activations", x)
    stem = law.titles.split()[0]
    titled(k, f"scale_bias_{stem} layer_{stem} affine_{stem} fused_{stem} {stem}_block forward_layer")


def _loss_and_gradient(k: Kernel, blocks: Blocks) -> None:
    """A loss of predictions, with its gradient."""
    rng = k.rng
    how = rng.choose(("squared", "logistic", "huber", "weighted"))
    pred = blocks.load("=pred outputs y_pred logits", k.real)
    goal = blocks.load("=target labels y_true", k.real, 0.0, 1.0)
    diff = k.let("=diff err residual_tile", elementwise("-", pred, goal))
    if how == "logistic":
        law = next(law for law in BINARY if law.titles.startswith("bce"))
        loss = k.let("=loss_tile losses bce", use(k, law, [pred, goal]))
        act = next(law for law in UNARY if law.titles.startswith("sigmoid"))
        prob = k.let("=prob p_tile sig", use(k, act, [pred]))
        grad = k.let("=grad g_tile d_logits", elementwise("-", prob, goal))
    elif how == "huber":
        law = next(law for law in BINARY if law.titles.startswith("huber"))
        loss = k.let("=loss_tile losses", use(k, law, [pred, goal]))
        clip = next(law for law in UNARY if law.titles.startswith("clip"))
        grad = k.let("=grad g_tile clipped_err", use(k, clip, [diff]))
    else:
        loss = k.let("=loss_tile sq_err losses", elementwise("*", diff, diff))
        grad = diff
        if how == "weighted":
            w = blocks.load("=weights w sample_weights", k.real, 0.1, 1.0)
            loss = k.let("=weighted_loss wloss", elementwise("*", w, loss))
            grad = k.let("=weighted_err wgrad", elementwise("*", w, diff))
    if rng.chance(0.7):
        scale = k.scalar("=scale inv_n grad_scale", k.real, 0.1, 2.0) if rng.chance(0.6) else k.choose_lit(2.0, 0.5)
        grad = k.let("=grad_tile scaled_grad g", elementwise("*", grad, scale))
    blocks.store("=grad d_pred grad_out grad_pred", grad)
    if rng.chance(0.65):
        blocks.total("=total_loss loss_sum objective", loss)
    else:
        blocks.store("=losses loss loss_out", loss)
    stem = {"squared": "mse", "logistic": "bce", "huber": "huber", "weighted": "weighted_mse"}[how]
    titled(k, f"{stem}_loss_and_grad {stem}_forward_backward {stem}_with_gradient loss_gradient_tiles")


@recipe("rows reduced by tiles", "tile:2.8 reduction:0.4", FIELDS, "tile", REALS)
def tile_row_reduce(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=True)
    n = blocks.sizes[0]
    tile, one = blocks.tile(k.real), t.Tile(k.real, (1,))
    what = rng.choose(
        ("sum", "mean", "norm", "extent", "arg", "product", "dot", "distance", "variance", "entropy", "margin", "rms")
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
    made = helper(k, "scalar", kinds, write, titles=("rescale", "to_unit_range", "normalize_value", "remap"))
    blocks.store(
        "=out rescaled normalized",
        k.let(
            "=scaled out_tile unit_tile", op("tile_map", blocks.tile(k.real), function_name(made.name), x, first, width)
        ),
    )


@recipe("rows scanned or sorted by tiles", "tile:2.6", FIELDS, "tile", {t.F32: 1.0})
def tile_scan_sort(k: Kernel) -> None:
    k.shared.differentiable = False
    (_scan if k.rng.chance(0.55) else _sort)(k)


def _scan(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=rng.chance(0.6))
    what = rng.choose(("offsets", "cumsum", "cdf", "max", "min", "ranks", "drawdown", "allocate"))
    n = blocks.sizes[0]
    if what in ("offsets", "allocate", "ranks"):
        kind = "=flags keep valid active" if what == "ranks" else "=counts sizes lengths {}_counts"
        x = blocks.load(kind, t.I32, 0, 1 if what == "ranks" else 5)
        name = "tile_scan_inclusive" if what == "ranks" and rng.chance(0.5) else "tile_scan_exclusive"
        result = k.let(
            "=ranks slot_tile rank_tile" if what == "ranks" else "=offsets_tile starts prefix", op(name, x.type, x)
        )
        if what == "allocate":
            total = op("tile_sum", t.Tile(t.I32, (1,)), x)
            blocks.store("=offsets starts row_offsets", result)
            blocks.store("=ends stops row_ends", k.let("=ends_tile stop_tile", elementwise("+", result, x)))
            titled(k, "allocate_ranges ranges_from_counts offsets_from_counts {}_ranges build_offsets")
            if rng.chance(0.6):
                blocks.store_row_value("=totals num_items sum_out", k.let("=row_total total n_items", total))
            return
        blocks.store("=ranks positions slots" if what == "ranks" else "=offsets starts prefix_out", result)
        titled(
            k,
            "rank_active compact_positions slot_of_active enumerate_valid"
            if what == "ranks"
            else "exclusive_offsets exclusive_scan offsets_from_counts prefix_offsets {}_offsets",
        )
        if rng.chance(0.4) or k.shared.size == "large":
            total = op("tile_extract", t.I32, result, n - 1) if name == "tile_scan_inclusive" else None
            if total is None:
                total = item(op("tile_sum", t.Tile(t.I32, (1,)), x))
            k.set(k.array("=totals num_active count_out", t.I32, k.launch, "out")[blocks.index], total)
        return
    positive = what == "cdf"
    x = blocks.load(
        "=weights pdf probs masses" if positive else "=x prices values series samples",
        k.real,
        0.1 if positive else -2.0,
        2.0,
    )
    if what in ("max", "min", "drawdown"):
        how = "max" if what == "drawdown" else what
        result = k.let(f"=running peak_tile cum_{how}", op(f"tile_scan_{how}_inclusive", x.type, x))
        if what == "drawdown":
            result = k.let("=drop dd_tile drawdown_tile", elementwise("-", result, x))
            titled(k, "drawdown_curve compute_drawdown underwater_curve {}_drawdown")
            if rng.chance(0.5):
                blocks.store_row_value(
                    "=max_drawdown worst mdd", k.let("=worst_val deepest", op("tile_max", t.Tile(k.real, (1,)), result))
                )
        else:
            titled(k, f"running_{how} cumulative_{how} cum{how}_tiles {how}_scan prefix_{how}")
        blocks.store("=drawdown dd_out" if what == "drawdown" else f"=running_{how} cum{how} {how}_so_far", result)
        return
    result = k.let("=prefix cum_tile scan_tile running", op("tile_scan_inclusive", x.type, x))
    if what == "cdf":
        total = named(
            k, "=total norm mass", op("tile_extract", k.real, result, n - 1) if rng.chance(0.5) else item(result, n - 1)
        )
        result = k.let("=cdf_tile cumulative", elementwise("*", result, named(k, "=inv_total inv_norm", 1.0 / total)))
        titled(k, "build_cdf cdf_from_weights normalize_cdf cumulative_distribution sampling_cdf")
        blocks.store("=cdf cdf_out cumulative_out", result)
        if rng.chance(0.4):
            k.set(k.array("=totals normalizers weight_sums", k.real, k.launch, "out")[blocks.index], total)
        return
    exclusive = rng.chance(0.25)
    if exclusive:
        result = k.let("=before exclusive_tile", elementwise("-", result, x))
    titled(
        k,
        "exclusive_cumsum exclusive_prefix_sum shifted_cumsum"
        if exclusive
        else "cumsum_tiles prefix_sum inclusive_scan running_total cumulative_sum {}_cumsum",
    )
    blocks.store("=exclusive prefix before_out" if exclusive else "=cumsum prefix_out running_sum", result)


def _sort(k: Kernel) -> None:
    rng = k.rng
    n_choice = rng.chance(0.35)
    if n_choice:
        _argsort(k)
        return
    blocks = Blocks(k, 1, rows=True)
    n = blocks.sizes[0]
    dtype = rng.choose((t.F32, t.F32, t.I32))
    keys = blocks.load("=keys values x scores" if dtype is t.F32 else "=keys ids codes", dtype, -4, 4)
    order = [blocks.constants[0]] if rng.chance(0.5) else [k.integer(0), blocks.constants[0]]
    index = k.let(
        "=order idx_tile perm", op("tile_arange", t.Tile(t.I32, blocks.sizes), *order, dtype=dtype_of(k, t.I32))
    )
    k.do(op("tile_sort", t.NOTHING, keys, index))
    what = rng.choose(("sorted", "median", "range", "quantile", "both"))
    if what in ("sorted", "both"):
        blocks.store("=sorted_keys sorted_out keys_out ordered", keys)
        titled(k, "sort_rows row_sort sort_tiles tile_sort_rows sort_{s} order_rows")
    half = n // 2
    target: Callable[[str], Expr] = lambda kind: k.array(kind, dtype, k.launch, "out")[blocks.index]  # noqa: E731
    if what in ("median", "both"):
        whole_number = dtype is t.I32
        value = item(keys, half) if whole_number or rng.chance(0.4) else 0.5 * (item(keys, half - 1) + item(keys, half))
        k.set(target("=medians median_out middle"), value)
        if what == "median":
            titled(k, "row_median median_rows median_tiles tile_median {}_median")
    elif what == "range":
        low, high = item(keys, n // 4), item(keys, (3 * n) // 4)
        k.set(target("=iqr spread quartile_range"), high - low)
        titled(k, "interquartile_range row_iqr iqr_rows robust_spread")
    elif what == "quantile":
        rank = whole(k, "=rank kth order q_idx", 0, n - 1)
        k.set(target("=quantiles kth_out selected"), item(keys, rank))
        titled(k, "kth_smallest order_statistic row_quantile select_kth")


def _argsort(k: Kernel) -> None:
    """Keys that are all different, and what comes along with them."""
    rng = k.rng
    blocks = Blocks(k, 1)
    dims = blocks.dims
    source = k.array(
        "=keys sort_keys priorities codes",
        t.I32,
        dims,
        low=0,
        high=dims[0].size - 1,
        bound=dims[0].symbol,
        distinct=True,
    )
    keys = blocks.read(source, "=keys")
    carried = rng.chance(0.5)
    if carried:
        values = blocks.load("=values payload ids data", t.I32, 0, 50)
    else:
        order = [blocks.constants[0]] if rng.chance(0.5) else [k.integer(0), blocks.constants[0]]
        values = k.let(
            "=order idx_tile perm", op("tile_arange", t.Tile(t.I32, blocks.sizes), *order, dtype=dtype_of(k, t.I32))
        )
    k.do(op("tile_sort", t.NOTHING, keys, values))
    titled(
        k,
        "sort_by_key sort_pairs key_value_sort sort_tile_pairs sort_{s}_by_key"
        if carried
        else "argsort_tiles argsort sort_permutation rank_order sort_with_index",
    )
    if rng.chance(0.7) or carried:
        blocks.store("=sorted_keys keys_out", keys)
    blocks.store("=sorted_values values_out payload_out" if carried else "=permutation order_out sorted_idx", values)
    if k.shared.size == "large" or rng.chance(0.2):
        blocks.store_row_value(
            "=max_values largest_payload" if carried else "=last_index max_index",
            k.let("=biggest top_val", op("tile_max", t.Tile(t.I32, (1,)), values)),
        )


@recipe("random tiles, axpy and thread values", "tile:1.6", "stats learning", "tile", {t.F32: 1.0})
def tile_random(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, rng.choose((1, 1, 2)), skip=0.0)
    tile = blocks.tile(k.real)
    what = rng.weighted(
        {"noise": 1.5, "uniform": 0.6, "dice": 0.5, "dropout": 1.0, "axpy": 2.0, "spread": 1.0, "bernoulli": 1.0}
    )
    if what in ("axpy", "spread"):
        _axpy_or_spread(k, blocks, what)
        return
    k.shared.differentiable = False
    seed = k.scalar("seed", t.I32, 0, 1000)
    place = blocks.index[0] if len(blocks.index) == 1 else blocks.index[0] * 2 + blocks.index[1]
    state = k.let("rng", k.call("rand_init", seed, place, gives=t.U32))
    if what == "dice":
        top = rng.choose((6, 10, 100, 256))
        drawn = op("tile_randi", t.Tile(t.I32, blocks.sizes), blocks.extent, state, *((1, 7) if top == 6 else (0, top)))
        titled(
            k,
            "roll_dice fill_random_ints random_labels sample_integers random_codes"
            if top != 6
            else "roll_dice dice_rolls throw_dice",
        )
        blocks.store(
            "=draws random_ints labels out" if top != 6 else "=rolls dice throws", k.let("=draw_tile ints drawn", drawn)
        )
        return
    centered = what == "noise"
    bounds = (k.lit(-1.0), k.lit(1.0)) if centered else (k.lit(0.0), k.lit(1.0)) if rng.chance(0.3) else ()
    drawn = k.let(
        "=noise_tile jitter" if centered else "=u_tile u draws",
        op("tile_randf", tile, blocks.extent, state, *bounds),
    )
    if what == "uniform":
        titled(k, "fill_uniform random_uniform sample_uniform init_uniform {}_uniform")
        if rng.chance(0.5):
            drawn = k.let(
                "=scaled scaled_tile", elementwise("*", drawn, k.scalar("=scale width amplitude", k.real, 0.1, 2.0))
            )
        blocks.store("=samples u_out random_values weights", drawn)
        return
    x = blocks.load(
        "=x signal image values" if centered else "=x activations probs",
        k.real,
        0.0 if not centered else -2.0,
        1.0 if not centered else 2.0,
    )
    if centered:
        level = (
            k.scalar("=noise_level sigma amplitude std", k.real, 0.1, 1.0)
            if rng.chance(0.7)
            else k.choose_lit(0.1, 0.05, 0.25)
        )
        drawn = k.let("=scaled_noise jitter_tile", elementwise("*", drawn, level))
        titled(k, "add_noise jitter_values perturb noisy_copy augment_noise add_uniform_noise")
        blocks.store("=noisy out perturbed x_noisy", k.let("=noisy_tile perturbed_tile", elementwise("+", x, drawn)))
        return
    rate = k.scalar("=drop_prob rate p", k.real, 0.1, 0.6) if what == "dropout" else None

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        if rate is None:
            return [body.where(names[0] < names[1], 1.0, body.lit(0.0))]
        return [body.where(names[0] < names[2], body.lit(0.0), names[1] / (1.0 - names[2]))]

    kinds = [("=u draw r", k.real, 0.0, 1.0), ("=x value v" if rate is not None else "=p prob", k.real, 0.0, 1.0)]
    if rate is not None:
        kinds.append(("=rate drop_prob p", k.real, 0.1, 0.6))
    titles = ("apply_dropout", "dropout_value", "drop") if rate is not None else ("bernoulli", "flip_coin", "to_spike")
    made = helper(k, "scalar", kinds, write, titles=titles)
    result = op("tile_map", tile, function_name(made.name), drawn, x, *([rate] if rate is not None else []))
    titled(
        k,
        "dropout dropout_forward apply_dropout_tiles random_dropout"
        if rate is not None
        else "sample_bernoulli bernoulli_spikes poisson_encode sample_binary",
    )
    blocks.store(
        "=dropped out y" if rate is not None else "=spikes samples binary_out",
        k.let("=kept_tile out_tile" if rate is not None else "=spike_tile hits", result),
    )


def _axpy_or_spread(k: Kernel, blocks: Blocks, what: str) -> None:
    rng = k.rng
    if what == "axpy":
        how = rng.choose(("axpy", "sgd", "euler", "momentum"))
        step_kind, base = {
            "axpy": ("=x a direction", "=y b base"),
            "sgd": ("=grads grad gradients g", "=params weights w theta"),
            "euler": ("=velocity v rates dydt", "=position state y q"),
            "momentum": ("=grads grad g", "=momentum velocity m"),
        }[how]
        in_place = rng.chance(0.4)
        target = blocks.array(base, k.real, "inout") if in_place else None
        y = blocks.read(target, base) if target is not None else blocks.load(base, k.real)
        x = blocks.load(step_kind, k.real)
        if how == "momentum":
            y = k.let("=decayed m_tile", elementwise("*", y, k.scalar("=beta decay mu", k.real, 0.5, 0.99)))
        factor = k.scalar(
            {
                "axpy": "=alpha a scale",
                "sgd": "=lr learning_rate step_size",
                "euler": "=dt h time_step",
                "momentum": "=one_minus_beta grad_scale",
            }[how],
            k.real,
            0.01,
            1.0,
        )
        k.do(op("tile_axpy", t.NOTHING, -factor if how == "sgd" else factor, x, y))
        if target is not None:
            blocks.write(target, y)
        else:
            blocks.store(
                {
                    "axpy": "=out y_out z",
                    "sgd": "=params_out new_weights updated",
                    "euler": "=next_state y_next pos_out",
                    "momentum": "=momentum_out m_new",
                }[how],
                y,
            )
        titled(
            k,
            {
                "axpy": "axpy_tiles axpy saxpy scaled_add add_scaled",
                "sgd": "sgd_step gradient_step sgd_update descend",
                "euler": "euler_step advance_state explicit_euler integrate_tiles",
                "momentum": "update_momentum momentum_step accumulate_gradient",
            }[how],
        )
        return
    scale = k.rng.chance(0.5)
    words = "=scale gain row_gain" if scale else "=offset bias shift baseline"
    source = k.array(
        words.replace("=", "=block_").split()[0] + (" gains scales" if scale else " offsets baselines"),
        k.real,
        k.launch,
        low=0.2,
        high=2.0,
    )
    value = named(k, words, source[blocks.index])
    spread = op("tile_from_thread", blocks.tile(k.real), shape=blocks.extent, value=value, thread_idx=k.integer(0))
    spread = k.let("=gain_tile scale_tile" if scale else "=offset_tile base_tile bias_tile", spread)
    x = blocks.load("=x values signal data", k.real)
    titled(
        k,
        "scale_blocks apply_block_gain broadcast_scale gain_per_block"
        if scale
        else "subtract_baseline remove_block_mean center_blocks broadcast_subtract",
    )
    blocks.store(
        "=out scaled y" if scale else "=centered out y",
        k.let(
            "=out_tile scaled_tile" if scale else "=centered_tile out_tile",
            elementwise("*" if scale else "-", x, spread),
        ),
    )


@recipe("vectors in tiles", "tile:2.4 vector:0.1", "particles rigid astronomy", "tile", SINGLE)
def tile_vectors(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=rng.chance(0.5))
    vector = t.vec(3, k.real)
    low, high = -2.0, 2.0
    single = t.Tile(k.real, (1,))

    def law(
        titles: str,
        kinds: Sequence[tuple[str, t.Type]],
        write: Callable[..., Expr],
        gives: t.Type,
        name: str,
        *values: Expr,
    ) -> Expr:
        made = helper(
            k,
            "vector" if gives == vector else "scalar",
            [(kind, dtype, low, high) for kind, dtype in kinds],
            lambda body, names: [write(body, *names)],
            titles=titles.split(),
        )
        return k.let(name, op("tile_map", blocks.tile(gives), function_name(made.name), *values))

    what = rng.choose(
        (
            "drift",
            "kick",
            "normalize",
            "kinetic",
            "distance",
            "cross",
            "reflect",
            "center",
            "limit",
            "spring",
            "project",
        )
    )
    pos, vel = "=positions pos points {}_pos", "=velocities vel v {}_vel"
    if what in ("drift", "kick"):
        a, b = (pos, vel) if what == "drift" else (vel, "=forces accel acceleration f")
        target = blocks.array(a, vector, "inout") if rng.chance(0.4) else None
        x = blocks.read(target, a) if target is not None else blocks.load(a, vector)
        y = blocks.load(b, vector)
        dt = k.scalar("=dt h time_step", k.real, 0.01, 0.1)
        new = law(
            "drift advance_position move step_position"
            if what == "drift"
            else "kick accelerate advance_velocity step_velocity",
            (
                ("=x p pos" if what == "drift" else "=v vel u", vector),
                ("=v vel u" if what == "drift" else "=a accel f", vector),
                ("=dt h", k.real),
            ),
            lambda b, p, q, h: p + q * h,
            vector,
            "=moved new_pos x_new" if what == "drift" else "=kicked new_vel v_new",
            x,
            y,
            dt,
        )
        if target is not None:
            blocks.write(target, new)
        else:
            blocks.store(
                "=positions_out pos_next new_pos" if what == "drift" else "=velocities_out vel_next new_vel", new
            )
        titled(
            k,
            "drift_{s} advance_positions move_{s} drift_step"
            if what == "drift"
            else "kick_{s} apply_forces kick_step accelerate_{s}",
        )
        if what == "kick" and (rng.chance(0.35) or k.shared.size == "large"):
            energy = law(
                "kinetic_density half_v2 specific_kinetic",
                (("=v vel", vector),),
                lambda b, v: 0.5 * b.call("dot", v, v),
                k.real,
                "=ke_tile energies",
                new,
            )
            blocks.store_row_value("=kinetic ke energy_out", k.let("=ke total_ke", op("tile_sum", single, energy)))
        return
    if what in ("normalize", "limit", "reflect", "project"):
        x = blocks.load("=normals directions vectors n" if what == "normalize" else vel, vector)
        if what == "normalize":
            new = law(
                "unit make_unit normalize_vector to_direction",
                (("=v n d", vector),),
                lambda b, v: b.call("normalize", v),
                vector,
                "=unit_tile dirs",
                x,
            )
            titled(k, "normalize_vectors unit_directions normalize_normals make_unit_{s}")
        elif what == "limit":
            top = k.scalar("=max_speed v_max speed_limit", k.real, 0.5, 2.0)

            def limited(b: Body, v: Expr, m: Expr) -> Expr:
                speed = b.let("=speed mag s", b.call("length", v))
                return b.where(speed > m, v * (m / b.call("max", speed, 1e-3)), v)

            new = law(
                "limit_speed clamp_length cap_velocity",
                (("=v vel", vector), ("=max_speed limit v_max", k.real)),
                limited,
                vector,
                "=limited capped",
                x,
                top,
            )
            titled(k, "limit_speeds clamp_velocities cap_{s} limit_velocity")
        else:
            n = blocks.load("=normals surface_normals contact_normals", vector)
            factor = 2.0 if what == "reflect" else 1.0
            new = law(
                "reflect bounce mirror" if what == "reflect" else "tangential remove_normal_part project_tangent",
                (("=v vel d", vector), ("=n normal", vector)),
                lambda b, v, m: v - m * (factor * b.call("dot", v, m)),
                vector,
                "=reflected bounced" if what == "reflect" else "=tangent slid",
                x,
                n,
            )
            titled(
                k,
                "reflect_velocities bounce_{s} mirror_vectors"
                if what == "reflect"
                else "project_tangent slide_{s} tangential_velocity remove_normal_component",
            )
        blocks.store(
            {
                "normalize": "=unit_vectors directions_out",
                "limit": "=limited vel_out",
                "reflect": "=reflected bounced vel_out",
                "project": "=tangential slide_vel vel_out",
            }[what],
            new,
        )
        return
    if what == "center":
        x = blocks.load(pos, vector)
        total = k.let("=pos_sum center_sum total", op("tile_sum", t.Tile(vector, (1,)), x))
        center = k.let("=centroid mean_pos center", elementwise("*", total, k.lit(1.0 / blocks.sizes[0])))
        blocks.store_row_value("=centers centroids mean_positions", center)
        titled(k, "centroid_of_{s} group_centroids mean_position block_centers compute_centroids")
        if rng.chance(0.5):
            middle = named(k, "=c mid origin", item(center))
            blocks.store(
                "=centered relative_pos offsets_out",
                law(
                    "relative_to subtract_center recenter",
                    (("=p x pos", vector), ("=c center", vector)),
                    lambda b, p, c: p - c,
                    vector,
                    "=rel_tile centered_tile",
                    x,
                    middle,
                ),
            )
            k.titles = ("recenter_{s}", "center_positions", "subtract_centroid")
        return
    if what == "cross":
        a, b = (pos, "=forces f applied_forces") if rng.chance(0.6) else ("=edges_a e0 edge1", "=edges_b e1 edge2")
        x, y = blocks.load(a, vector), blocks.load(b, vector)
        torque = a == pos
        new = law(
            "torque moment_of_force" if torque else "face_normal area_vector cross_edges",
            (("=r a x", vector), ("=f b y", vector)),
            lambda b, p, q: b.call("cross", p, q),
            vector,
            "=torque_tile moments" if torque else "=normal_tile area_vecs",
            x,
            y,
        )
        titled(
            k,
            "compute_torques moments_of_force {}_torques"
            if torque
            else "face_normals area_vectors cross_products triangle_normals",
        )
        if torque and rng.chance(0.6):
            blocks.store_row_value(
                "=net_torque total_torque torque_sum", k.let("=net total", op("tile_sum", t.Tile(vector, (1,)), new))
            )
        if not torque or rng.chance(0.6):
            blocks.store("=torques torque_out" if torque else "=normals normals_out", new)
        return
    x = blocks.load(vel if what == "kinetic" else pos, vector)
    if what == "kinetic":
        if rng.chance(0.6):
            mass = blocks.load("=masses m mass {}_mass", k.real, 0.1, 2.0)
            energy = law(
                "kinetic_energy half_mv2",
                (("=v vel", vector), ("=m mass", k.real)),
                lambda b, v, m: 0.5 * m * b.call("dot", v, v),
                k.real,
                "=ke_tile energies",
                x,
                mass,
            )
        else:
            energy = law(
                "kinetic_energy specific_energy half_v2",
                (("=v vel", vector),),
                lambda b, v: 0.5 * b.call("length_sq", v),
                k.real,
                "=ke_tile energies",
                x,
            )
        blocks.store_row_value("=kinetic_energy ke total_ke", k.let("=ke total", op("tile_sum", single, energy)))
        if rng.chance(0.4):
            blocks.store("=energies ke_each per_{}_ke", energy)
        titled(k, "kinetic_energy sum_kinetic_energy total_ke {}_kinetic_energy")
        return
    y = blocks.load("=targets anchors goal_pos ref_pos", vector)
    if what == "distance":
        dist = law(
            "distance_between separation dist",
            (("=p a x", vector), ("=q b y", vector)),
            lambda b, p, q: b.call("length", p - q),
            k.real,
            "=dist_tile separations",
            x,
            y,
        )
        titled(k, "distance_to_targets position_error {}_distances tracking_error")
        blocks.store("=distances dist_out errors", dist)
        if rng.chance(0.6):
            k.shared.differentiable = False
            blocks.store_row_value(
                "=max_distance worst_error farthest", k.let("=worst largest", op("tile_max", single, dist))
            )
        return
    stiff = k.scalar("=stiffness ke spring_k", k.real, 0.5, 4.0)
    force = law(
        "spring_force anchor_force restoring_force",
        (("=p x pos", vector), ("=anchor q rest", vector), ("=k ke stiffness", k.real)),
        lambda b, p, q, s: (q - p) * s,
        vector,
        "=force_tile f_tile",
        x,
        y,
        stiff,
    )
    titled(k, "anchor_springs spring_forces pull_to_anchors restoring_forces")
    blocks.store("=forces force_out spring_f", force)
    if rng.chance(0.4):
        blocks.store_row_value(
            "=net_force total_force", k.let("=net f_sum", op("tile_sum", t.Tile(vector, (1,)), force))
        )
