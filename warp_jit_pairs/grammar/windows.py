"""Filters of what lies in a window: bilateral, smallest and largest, statistics, peaks, medians."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .jobs import Job
from .kernel import Kernel
from .pictures import BORDERS, IMAGES, SIGNALS, Picture, reach_of
from .recipes import recipe
from .tree import Expr


@recipe(
    "window filters: bilateral, minimum, maximum, median of a row",
    "stencil:1.1 control_flow:0.22",
    "image terrain signal",
)
def window_filter(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "pixel")
    what = job.pick(
        bilateral=1.6,
        erode=1.0,
        dilate=1.0,
        variance=1.2,
        census=1.0,
        range=0.8,
        normalize=1.2,
        peaks=1.2,
        median=1.2,
        nearest=0.7,
    )
    if what == "median":
        _median(job)
        return
    ndim = 2 if what == "census" else rng.weighted({2: 5.0, 1: 1.2})
    picture = Picture(job, ndim, IMAGES + " gray depth" if ndim == 2 else SIGNALS, k.real)
    radius = rng.choose((1, 1, 2) if ndim == 2 else (1, 2, 3, 4))
    word = "image" if ndim == 2 else "signal"
    border = rng.choose(BORDERS)
    reach = reach_of(job, radius)
    titles = {
        "bilateral": f"bilateral_filter bilateral denoise_{word} edge_preserving_blur bilateral_blur smooth_bilateral",
        "erode": "min_filter erode grayscale_erosion local_minimum sliding_min window_min",
        "dilate": "max_filter dilate grayscale_dilation local_maximum sliding_max window_max",
        "variance": "local_variance window_variance variance_filter texture_measure local_stats window_stats",
        "census": "census_transform local_binary_pattern lbp census compute_census",
        "range": "range_filter local_contrast local_range window_range morphological_gradient",
        "normalize": "local_normalize contrast_normalize"
        f" normalize_{word} local_contrast_normalization standardize_window",
        "peaks": "find_peaks non_max_suppression local_maxima detect_peaks nms peak_mask suppress_non_maxima",
        "nearest": "count_similar similar_neighbors neighborhood_support count_close_pixels support_count",
    }
    job.titled(titles[what])
    center = job.let("center c center_val px", picture.here())
    if what == "bilateral":
        _bilateral(job, picture, reach, border, center)
    elif what in ("variance", "normalize"):
        _statistics(job, picture, reach, border, center, what)
    elif what == "census":
        code = job.var("code census bits pattern", k.integer(0))

        def compare(value: Expr, offsets: list[Expr]) -> None:
            del offsets
            if rng.chance(0.5):
                k.set(code, code << 1)
                with k.when(value > center if rng.chance(0.6) else value >= center):
                    k.set(code, code | 1)
            else:
                k.set(code, (code << 1) | k.where(value > center, k.integer(1), k.integer(0)))

        picture.window(1, border, compare)
        picture.write("census codes lbp_out descriptors", code)
        if job.more(0.4):
            picture.write("bit_counts ones num_brighter", k.call("bit_count", code))
        k.shared.differentiable = False
    elif what == "range":
        lo, hi = job.var("lo lowest min_val smallest", center), job.var("hi highest max_val largest", center)

        def widen(value: Expr, offsets: list[Expr]) -> None:
            del offsets
            value = job.let("v value sample nb", value)
            k.set(lo, k.call("min", lo, value))
            k.set(hi, k.call("max", hi, value))

        picture.window(reach, border, widen)
        spread = job.maybe("spread span contrast", hi - lo)
        if job.more(0.35):
            spread = job.let("spread span contrast", spread)
            limit = job.param("threshold min_contrast edge_level", 0.2, 2.0, 0.5, 1.0, each=False)
            picture.write("edges has_edge is_textured", k.where(spread > limit, k.integer(1), k.integer(0)))
        if job.more(0.3):
            picture.write("midrange middle threshold_map", 0.5 * (lo + hi))
        picture.write("contrast range_out spread_out local_range", spread)
    elif what in ("erode", "dilate"):
        smallest = what == "erode"
        best = job.var("lowest lo min_val smallest" if smallest else "highest hi max_val largest", center)

        def keep(value: Expr, offsets: list[Expr]) -> None:
            del offsets
            if rng.chance(0.7):
                k.set(best, k.call("min" if smallest else "max", best, value))
            else:
                value = job.let("v value sample nb", value)
                with k.when(value < best if smallest else value > best):
                    k.set(best, value)

        picture.window(reach, border, keep)
        out = "eroded min_out local_min dst" if smallest else "dilated max_out local_max dst"
        if job.more(0.3):
            top = center - best if smallest else best - center
            picture.write("top_hat bottom_hat hat_out" if smallest else "valley closing_diff hat_out", top)
        picture.write(out, best)
    elif what == "peaks":
        _peaks(job, picture, reach, border, center)
    else:
        count = job.var("count similar num_close support", k.integer(0))
        limit = job.param("threshold max_diff tolerance similarity", 0.2, 2.0, 0.5, 1.0, each=False)

        def tally(value: Expr, offsets: list[Expr]) -> None:
            del offsets
            with k.when(k.call("abs", value - center) < limit):
                k.augment(count, "+", 1)

        picture.window(reach, border, tally)
        picture.write("support similar_count num_similar counts", count)
        if job.more(0.4):
            least = job.scalar("min_support min_count required", t.I32, 2, 6)
            picture.write("is_outlier outliers isolated", k.where(count < least, k.integer(1), k.integer(0)))
        k.shared.differentiable = False


def _bilateral(job: Job, picture: Picture, reach: Expr | int, border: str, center: Expr) -> None:
    k, rng = job.k, job.rng
    total, norm = (
        job.var("total acc value_sum weighted_sum", k.lit(0.0)),
        job.var("norm weight_sum w_sum total_weight", k.lit(0.0)),
    )
    sigma_r = job.param("sigma_r range_sigma sigma_range sigma_color", 0.5, 4.0, 1.0, 0.5, each=False, literal=False)
    spatial = rng.chance(0.6)
    sigma_s = (
        job.param("sigma_s spatial_sigma sigma_space", 0.5, 4.0, 2.0, 1.5, each=False, literal=False)
        if spatial
        else None
    )
    guided = job.more(0.25)
    guide = (
        job.array("guide guide_image reference depth_guide", k.real, picture.dims, low=-2.0, high=2.0)
        if guided
        else None
    )
    if guide is not None:
        job.titled("joint_bilateral cross_bilateral_filter guided_blur joint_bilateral_filter")
        own = job.let("guide_c guide_center reference_c", guide[(*picture.lead, *picture.at)])

    def use(value: Expr, offsets: list[Expr]) -> None:
        value = job.let("v value sample nb", value)
        if guide is not None:
            assert isinstance(value, tree.Name)
            assert isinstance(value.stands_for, tree.Subscript)
            diff = job.let("diff delta_guide dg", guide[value.stands_for.indices] - own)
        else:
            diff = job.let("diff dv delta d", value - center)
        exponent = diff * diff / (2.0 * sigma_r * sigma_r)
        if sigma_s is not None:
            squares = None
            for offset in offsets:
                squares = offset * offset if squares is None else squares + offset * offset
            assert squares is not None
            exponent = exponent + k.cast(squares, k.real) / (2.0 * sigma_s * sigma_s)
        w = job.let("w weight wt", k.call("exp", -exponent))
        k.augment(total, "+", w * value)
        k.augment(norm, "+", w)

    picture.window(reach, border, use)
    if guide is not None:
        value = total / (norm + 1e-3)
    else:
        value = total / norm
    picture.write("filtered image_out denoised smoothed dst", value)


def _statistics(job: Job, picture: Picture, reach: Expr | int, border: str, center: Expr, what: str) -> None:
    k, rng = job.k, job.rng
    total, squares = job.var("total s value_sum sum_v", k.lit(0.0)), job.var("sq_sum total_sq s2 sum_sq", k.lit(0.0))
    count = job.var("count num n_used", k.integer(0)) if border == "skip" or rng.chance(0.4) else None

    def use(value: Expr, offsets: list[Expr]) -> None:
        del offsets
        value = job.let("v value sample nb", value)
        k.augment(total, "+", value)
        k.augment(squares, "+", value * value)
        if count is not None:
            k.augment(count, "+", 1)

    picture.window(reach, border, use)
    if count is not None:
        area = job.let("area n_f inv_count cnt", k.cast(count, k.real)) if rng.chance(0.6) else k.cast(count, k.real)
    else:
        radius = reach if isinstance(reach, int) else int(reach.low)
        area = k.lit(float((2 * radius + 1) ** picture.ndim))
    mean = job.let("mean avg mu local_mean", total / area)
    variance = job.let("variance var sigma2 local_var", k.call("max", squares / area - mean * mean, 0.0))
    if what == "normalize":
        eps = k.choose_lit(1e-2, 0.1, 1e-3)
        sigma = job.let("std sigma dev local_std", k.call("sqrt", variance) + eps)
        picture.write("normalized image_out contrast_out standardized", (center - mean) / sigma)
        if job.more(0.3):
            picture.write("local_std std_out sigma_out", sigma)
    else:
        picture.write(
            "variance var_out local_variance variances",
            variance if rng.chance(0.6) else k.call("sqrt", variance + 1e-3),
        )
    if job.more(0.4):
        picture.write("mean_out local_mean means averages", mean)


def _peaks(job: Job, picture: Picture, reach: Expr | int, border: str, center: Expr) -> None:
    k, rng = job.k, job.rng
    early = rng.chance(0.5)
    limit = job.param("threshold min_response min_peak cutoff", -1.0, 1.0, 0.0, 0.5, each=False)
    is_peak = job.var("is_peak is_max keep peak", k.integer(1))
    if early:
        with k.when(center <= limit):
            k.set(is_peak, 0)

    def use(value: Expr, offsets: list[Expr]) -> None:
        del offsets
        with k.when(value > center):
            k.set(is_peak, 0)

    picture.window(reach, border, use)
    if not early:
        with k.when(center < limit):
            k.set(is_peak, 0)
    if rng.chance(0.5):
        picture.write("suppressed nms_out response_out peaks_out", k.where(is_peak.equals(1), center, k.lit(0.0)))
        if job.more(0.5):
            picture.write("is_peak peak_mask maxima", is_peak)
    else:
        picture.write("is_peak peak_mask maxima peaks", is_peak)
    k.shared.differentiable = False


def _median(job: Job) -> None:
    """The median of three or five neighbours, by minima and maxima."""
    k, rng = job.k, job.rng
    ndim = rng.weighted({2: 2.0, 1: 2.0})
    picture = Picture(job, ndim, IMAGES if ndim == 2 else SIGNALS, k.real)
    job.titled("median_filter median3 despike remove_outliers median_smooth median_of_three impulse_noise_filter")

    def middle(body: Body, a: Expr, b: Expr, c: Expr) -> Expr:
        return body.call("max", body.call("min", a, b), body.call("min", body.call("max", a, b), c))

    median = job.routine(
        "median3 median_of_three middle_of_three med3 mid3",
        middle,
        *((names, k.real, -2.0, 2.0) for names in ("a x first", "b y second", "c z third")),
        share=0.75,
    )
    border = rng.choose(("clamp", "wrap"))
    center = job.let("center c mid", picture.here())

    def line(axis: int, names: tuple[str, str]) -> Expr:
        values = []
        for by, name in zip((-1, 1), names, strict=True):
            place, _ = picture.place(axis, k.integer(by), border)
            where = list(picture.at)
            where[axis] = place
            values.append(job.let(name, picture.pixel_at(where)))
        return median(values[0], center, values[1])

    if ndim == 1 or rng.chance(0.3):
        value = line(picture.ndim - 1, ("prev left before", "next_val right after"))
    else:
        rows = job.let("h_med row_median med_x", line(1, ("left west l", "right east r")))
        cols = job.let("v_med col_median med_y", line(0, ("up north top", "down south bottom")))
        value = median(rows, cols, center)
    if job.more(0.5):
        value = job.let("med median median_val", value)
        limit = job.param("threshold spike_limit max_jump tolerance", 0.2, 1.5, 0.5, 1.0, each=False)
        spike = k.call("abs", center - value) > limit
        if job.more(0.4):
            picture.write("is_spike outlier spikes outlier_mask", k.where(spike, k.integer(1), k.integer(0)))
        value = k.where(spike, value, center)
    picture.write("filtered median_out cleaned denoised despiked", value)
