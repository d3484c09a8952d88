"""Filters of images and signals by weights: convolutions, blurs, filters that look back, pooling."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .pictures import BORDERS, IMAGES, SIGNALS, Picture, reach_of
from .recipes import recipe
from .tree import Expr


@recipe(
    "convolution with a small kernel in loops",
    "stencil:1.4 control_flow:0.28",
    "image signal audio learning",
)
def convolution(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "pixel")
    ndim = rng.weighted({1: 2.0, 2: 4.0})
    if ndim == 1 and rng.chance(0.4):
        _causal(job)
        return
    what = job.pick(
        plain=3.0,
        separable=1.2,
        gaussian=1.6,
        box=1.0,
        axis=1.2 if ndim == 2 else 0.0,
        strided=1.0 if ndim == 2 else 0.0,
    )
    if what == "strided":
        _strided(job)
        return
    radius = rng.choose((1, 1, 2, 3))
    colored = ndim == 2 and rng.chance(0.3)
    pixel: t.Type = t.vec(3, k.real) if colored else k.real
    picture = Picture(job, ndim, IMAGES if ndim == 2 else SIGNALS, pixel)
    word = "image" if ndim == 2 else "signal"
    titles = {
        "plain": f"convolve convolve_{word} conv{ndim}d filter_{word}"
        f" apply_filter convolution apply_kernel correlate_{word}",
        "separable": f"separable_filter convolve_separable filter_{word} separable_conv apply_separable",
        "gaussian": f"gaussian_blur blur_{word} gaussian_filter smooth_{word} gauss_blur",
        "box": f"box_blur box_filter mean_filter average_filter blur_{word} moving_average",
        "axis": "blur_horizontal convolve_rows blur_rows horizontal_pass filter_rows conv_rows",
    }
    vertical = what == "axis" and rng.chance(0.5)
    job.titled(
        "blur_vertical convolve_columns blur_cols vertical_pass filter_columns conv_cols" if vertical else titles[what]
    )
    reach = reach_of(job, radius)
    side = k.dim(2 * radius + 1, fixed=True)
    taps_ndim = 1 if what in ("separable", "axis") or ndim == 1 else 2
    taps = None
    if what in ("plain", "separable", "axis"):
        kinds = "weights kernel taps filter_weights coeffs kernel_weights filter_taps"
        taps = job.array(kinds, k.real, (side,) * taps_ndim, low=-1.0, high=1.0)
    sigma = (
        job.param("sigma blur_sigma std_dev", 0.5, 3.0, 1.0, 1.5, 2.0, each=False, literal=False)
        if what == "gaussian"
        else None
    )
    border = rng.choose(BORDERS)
    total = job.var("total acc sum_val result_sum s accum", k.zero(pixel))
    normalized = what in ("gaussian",) or (what == "box" and border == "skip") or (what == "plain" and rng.chance(0.25))
    norm = job.var("weight_sum norm w_sum total_weight wsum", k.lit(0.0)) if normalized else None

    def use(value: Expr, offsets: list[Expr]) -> None:
        value = job.maybe("sample value px v", value)
        if what == "box":
            k.augment(total, "+", value)
            if norm is not None:
                k.augment(norm, "+", 1.0)
            return
        if what == "gaussian":
            squares = offsets[0] * offsets[0]
            for offset in offsets[1:]:
                squares = squares + offset * offset
            assert sigma is not None
            # Warp takes a counter of an unrolled loop that is cast to float64 for one everywhere.
            weight = k.call("exp", -k.cast(squares, k.real) / (2.0 * sigma * sigma))
        else:
            assert taps is not None
            if what == "separable" and len(offsets) == 2:
                weight = taps[offsets[0] + reach] * taps[offsets[1] + reach]
            else:
                weight = taps[tuple(offset + reach for offset in offsets)]
        w = (
            job.let("w weight wt tap_weight", weight)
            if norm is not None
            else job.maybe("w weight wt tap_weight", weight)
        )
        k.augment(total, "+", w * value if rng.chance(0.7) else value * w)
        if norm is not None:
            k.augment(norm, "+", k.call("abs", w) if what == "plain" else w)

    if what == "axis":
        axis = 0 if vertical else 1
        with k.loop(job.words("k tap d offset m"), -reach if isinstance(reach, Expr) else -radius, reach + 1) as d:
            place, tests = picture.place(axis, d, border)
            where = [place, picture.at[1]] if vertical else [picture.at[0], place]
            if tests:
                with k.when(k.both(*tests)):
                    use(picture.pixel_at(where), [d])
            else:
                use(picture.pixel_at(where), [d])
    else:
        picture.window(reach, border, use)
    if norm is not None:
        value = total / (norm + k.choose_lit(1e-3, 1e-2) if what == "plain" else norm)
    elif what == "box":
        value = total / float((2 * radius + 1) ** ndim) if rng.chance(0.6) else total * (1.0 / (2 * radius + 1) ** ndim)
    else:
        value = total
    if job.more(0.25) and what != "plain":
        center = job.let("center original c center_px", picture.here())
        value = job.let("blurred smooth low_pass mean", value)
        amount = job.param("amount sharpness strength unsharp_amount", 0.1, 1.5, 0.5, 0.8, each=False)
        if rng.chance(0.5):
            job.titled("unsharp_mask sharpen_image sharpen unsharp enhance_detail")
            value = center + amount * (center - value)
        else:
            job.titled(f"blend_blur soften_{word} partial_blur mix_blurred soft_filter")
            value = (
                k.call("lerp", center, value, amount) if rng.chance(0.5) else center * (1.0 - amount) + value * amount
            )
    elif job.more(0.3) and what == "plain":
        bias = job.param("bias offset b", -0.5, 0.5, 0.1, each=False)
        value = value + bias if not colored else value * job.param("gain scale", 0.5, 2.0, 1.5, each=False)
        if job.more(0.3) and not colored:
            value = k.call("max", value, 0.0)
    if not colored and job.more(0.2):
        value = k.call("clamp", value, 0.0, 1.0) if ndim == 2 else k.call("clamp", value, -1.0, 1.0)
    out = (
        "image_out filtered dst output_image img_out result blurred"
        if ndim == 2
        else "filtered y signal_out out_samples smoothed output"
    )
    picture.write(out, job.maybe("result value filtered_value out_value", value))


def _causal(job: Job) -> None:
    """Filters of signals that only look back: taps, a moving average, a delay, an echo."""
    k, rng = job.k, job.rng
    what = job.pick(fir=3.0, average=1.5, echo=1.2, decimate=1.0)
    job.it, job.many = "sample", "samples"
    batched = rng.chance(0.35)
    threads = k.start(
        2 if batched else 1,
        (3, 16) if batched else (32,),
        [job.words("channel ch c track batch"), job.words("n i t")] if batched else [job.words("n i t tid")],
    )
    n, lead = threads[-1], threads[:-1]
    time = k.launch[-1]
    factor = rng.choose((2, 3, 4)) if what == "decimate" else 1
    dims = (*k.launch[:-1], k.derived(time, factor) if factor > 1 else time)
    x = job.array(SIGNALS, k.real, dims, low=-1.0, high=1.0)
    number = rng.choose((4, 5, 8))
    start: Expr = job.let("start base first n0", n * factor) if factor > 1 else n
    if what == "echo":
        job.titled("add_echo echo delay_line apply_delay comb_filter feedforward_comb apply_echo")
        delay = job.scalar("delay delay_samples lag", t.I32, 1, 8)
        gain = job.param("gain feedback wet echo_gain decay", 0.1, 0.9, 0.5, 0.3, each=False)
        value = job.var("y out_val result", x[(*lead, n)])
        taps = rng.choose((1, 1, 2, 3))
        if taps == 1:
            with k.when(n >= delay):
                k.augment(value, "+", gain * x[(*lead, n - delay)])
        else:
            level = job.var("level g attenuation", k.lit(1.0))
            with k.loop(job.words("repeat e echo_idx r"), 1, taps + 1) as e:
                back = job.let("src past idx", n - delay * e)
                k.set(level, level * gain)
                with k.when(back >= 0):
                    k.augment(value, "+", level * x[(*lead, back)])
        result: Expr = value
    else:
        average = what == "average"
        if average:
            job.titled("moving_average running_mean smooth_signal rolling_mean trailing_average average_signal")
            count = number
            total = job.var("total acc s window_sum", k.lit(0.0))
            seen = job.var("count num used valid", k.integer(0))
            with k.loop(job.words("k j lag m"), count) as j, k.when(start >= j):
                k.augment(total, "+", x[(*lead, start - j)])
                k.augment(seen, "+", 1)
            result = total / k.cast(seen, k.real)
            if job.more(0.3):
                result = job.let("mean avg trend", result)
                k.set(
                    job.array("detrended residual deviation", k.real, k.launch, "out")[threads], x[(*lead, n)] - result
                )
        else:
            job.titled(
                "fir_filter apply_fir convolve_signal filter_signal fir causal_filter"
                if what == "fir"
                else "decimate downsample_signal fir_decimate polyphase_downsample resample_signal"
            )
            taps_dim = k.dim(number, fixed=rng.chance(0.5))
            h = job.array(
                "taps h coeffs impulse_response fir_taps filter_taps", k.real, (taps_dim,), low=-1.0, high=1.0
            )
            total = job.var("acc y total s", k.lit(0.0))
            limit = (
                job.length(taps_dim, "num_taps n_taps order filter_len", h) if not taps_dim.fixed else k.integer(number)
            )
            with k.loop(job.words("k j tap m"), limit) as j:
                if rng.chance(0.5):
                    with k.when(start - j >= 0 if rng.chance(0.5) else start >= j):
                        k.augment(total, "+", h[j] * x[(*lead, start - j)])
                else:
                    past = job.let("past idx src m_idx", start - j)
                    with k.when(past >= 0):
                        k.augment(total, "+", h[j] * x[(*lead, past)])
            result = total
    if job.more(0.3):
        result = job.param("gain scale volume makeup_gain", 0.2, 2.0, 0.5, 0.8, each=False) * result
    if job.more(0.25):
        result = k.call("clamp", result, -1.0, 1.0)
    k.set(
        job.array("filtered y signal_out output out_samples", k.real, k.launch, "out")[threads],
        job.maybe("y_n result out_val", result),
    )


def _strided(job: Job) -> None:
    """Pooling and downsampling: one thread per block of pixels."""
    k, rng = job.k, job.rng
    factor = rng.choose((2, 2, 3, 4))
    batched = rng.chance(0.3)
    threads = k.start(
        3 if batched else 2,
        (2, 4, 4) if batched else (6, 6),
        [job.words("channel c b batch"), job.words("i row y"), job.words("j col x")]
        if batched
        else [job.words("i row y"), job.words("j col x")],
    )
    lead, (i, j) = threads[:-2], threads[-2:]
    rows, cols = k.launch[-2:]
    dims = (*k.launch[:-2], k.derived(rows, factor), k.derived(cols, factor))
    colored = rng.chance(0.2)
    pixel: t.Type = t.vec(3, k.real) if colored else k.real
    image = job.array(IMAGES + " feature_map activations", pixel, dims, low=-2.0, high=2.0)
    what = "mean" if colored else rng.choose(("mean", "max", "min", "l2"))
    job.titled(
        {
            "mean": "average_pool avg_pool downsample_image box_downsample downscale mean_pool shrink_image",
            "max": "max_pool max_pooling pool_max max_pool_2d pool_features",
            "min": "min_pool min_pooling pool_min min_filter_downsample",
            "l2": "l2_pool energy_pool rms_pool l2_pooling block_energy",
        }[what]
    )
    size: Expr | int = factor
    if rng.chance(0.35):
        size = k.constant(factor, t.I32, job.words("factor pool_size block stride window scale_factor"))
    y0, x0 = job.let("y0 row0 base_y i0 top", i * size), job.let("x0 col0 base_x j0 left", j * size)
    if what in ("max", "min"):
        total = job.var("best peak value" if what == "max" else "lowest smallest value", image[(*lead, y0, x0)])
        where = job.var("arg best_idx argmax", k.integer(0)) if job.more(0.3) else None
    else:
        total, where = job.var("total acc s", k.zero(pixel)), None
    with k.loop(job.words("dy a di u"), size) as dy, k.loop(job.words("dx b dj v"), size) as dx:
        value = (
            job.let("v value px sample", image[(*lead, y0 + dy, x0 + dx)])
            if what == "l2" or where is not None
            else image[(*lead, y0 + dy, x0 + dx)]
        )
        if where is not None:
            with k.when(value > total if what == "max" else value < total):
                k.set(total, value)
                k.set(where, dy * size + dx)
        elif what in ("max", "min"):
            k.set(total, k.call(what, total, value))
        else:
            k.augment(total, "+", value * value if what == "l2" else value)
    result: Expr = total
    if what == "mean":
        result = total / float(factor * factor)
    elif what == "l2":
        result = k.call("sqrt", total / float(factor * factor) if rng.chance(0.6) else total)
    k.set(
        job.array("pooled downsampled image_out coarse features_out output", pixel, k.launch, "out")[threads],
        job.maybe("pooled_value result mean", result),
    )
    if where is not None:
        k.set(job.array("argmax pool_index indices_out best_index", t.I32, k.launch, "out")[threads], where)
        k.shared.differentiable = False
