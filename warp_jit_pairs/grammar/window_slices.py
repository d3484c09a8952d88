"""Slices of rows and windows, and features of them: means, energies, peaks, crossings."""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .tasks import launch, leave, local, opt, setting, write
from .tree import Expr

_FEATURES: dict[str, tuple[str, ...]] = {
    "mean": ("frame_means", "row_means", "window_average", "block_mean", "moving_block_mean", "average_windows"),
    "energy": ("frame_energy", "window_energy", "short_time_energy", "block_energy", "signal_power"),
    "rms": ("frame_rms", "window_rms", "rms_level", "block_rms", "loudness"),
    "fir": ("apply_taps", "fir_blocks", "weighted_windows", "window_dot", "filter_frames", "block_filter"),
    "peak": ("frame_peaks", "window_max", "block_peaks", "peak_level", "max_pool_1d", "envelope"),
    "variance": ("frame_variance", "window_variance", "block_variance", "window_stats", "row_variance"),
    "crossings": ("zero_crossings", "count_zero_crossings", "zero_crossing_rate", "sign_changes"),
    "norm": ("normalize_rows", "l2_normalize", "scale_frames", "unit_norm_rows", "normalize_windows"),
    "variation": ("total_variation", "window_roughness", "sum_abs_diff", "row_variation", "line_length"),
}


@recipe("slices of rows and windows", "reduction:0.44 arithmetic:0.17", "signal audio learning")
def window_slices(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(tuple(_FEATURES))
    k.titles = _FEATURES[what]
    (i,) = launch(k, rng.choose(("frame", "window", "row")), 1, (12,))
    width = rng.choose((3, 4, 4, 6, 8))
    columns = None
    if rng.chance(0.5):
        columns = k.dim(width + rng.integer(0, 3), fixed=True)
        source = k.array("=frames rows signal samples x", k.real, (k.launch[0], columns), low=-2.0, high=2.0)
        first = rng.integer(0, columns.size - width)
        window = tree.Slice(t.SHAPE, -inf, inf, k.integer(first), k.integer(first + width))
        view: Expr = tree.Subscript(t.Array(k.real, 1), -2.0, 2.0, source, (i, window))
    else:
        # A window may begin before the one in front of it has ended, never after the last sample.
        samples = k.derived(k.launch[0], width, 2)
        source = k.array("=signal samples x audio data", k.real, (samples,), low=-2.0, high=2.0)
        start = k.let("=start begin offset", _first(k, i, width))
        stop = start + width
        if rng.chance(0.4):
            stop = k.let("=stop end last", stop)
        window = tree.Slice(t.SHAPE, -inf, inf, start, stop)
        view = tree.Subscript(t.Array(k.real, 1), -2.0, 2.0, source, (window,))
    part = local(k, "=frame window row chunk seg", view)
    _feature(k, part, width, what, i)


def _first(k: Kernel, i: Expr, width: int) -> Expr:
    """Where a window begins: right behind the last, by a hop of its own, some samples further on."""
    rng = k.rng
    how = rng.choose(("width", "width", "hop", "constant", "shifted"))
    if how == "hop":
        return i * rng.integer(1, width)
    if how == "constant":
        return i * k.constant(rng.integer(1, width), t.I32, "=hop hop_size stride frame_step")
    if how == "shifted":
        return i * width + k.scalar("=first lead_in skip start_sample", t.I32, 0, 2)
    return i * width


def _level(k: Kernel, value: Expr) -> Expr:
    """A level in decibels, in some programs."""
    if not k.rng.chance(0.3):
        return value
    floor = k.rng.choose((1e-6, 1e-4, 1e-3))
    return k.let("=db level_db", 4.342945 * k.call("log", k.call("max", value, floor)))


def _feature(k: Kernel, part: Expr, width: int, what: str, i: Expr) -> None:
    rng = k.rng
    loop = "=j n t_j s"
    if opt(k, 0.3):
        active = k.array("=voiced active frame_mask valid", t.I32, k.launch, low=0, high=1)[k.threads]
        leave(k, active.equals(0))
    mean_free = what in ("energy", "rms", "norm") and opt(k, 0.35)
    center: Expr | None = None
    if mean_free:
        dc = k.variable("=dc offset_sum mean_acc", k.lit(0.0))
        with k.loop(loop, width) as j:
            k.augment(dc, "+", part[j])
        center = k.let("=mean dc_mean center", dc / float(width))
    if what == "peak":
        best = k.variable("=peak best top", k.call("abs", part[0]))
        with k.loop(loop, k.integer(1), k.integer(width)) as j:
            k.set(best, k.call("max", best, k.call("abs", part[j])))
        write(k, "=peaks peak_out levels", _level(k, best * best) if rng.chance(0.2) else best)
        if opt(k, 0.4):
            write(
                k,
                "=clipped over loud",
                k.where(
                    best > setting(k, "=clip_level threshold limit", 0.5, 1.9, 1.0, 0.9), k.integer(1), k.integer(0)
                ),
            )
        k.shared.differentiable = False
        return
    if what == "crossings":
        count = k.variable("=count crossings n_zc", k.integer(0))
        with k.loop(loop, k.integer(1), k.integer(width)) as j, k.when(part[j - 1] * part[j] < 0.0):
            k.augment(count, "+", 1)
        if rng.chance(0.4):
            write(k, "=rates zcr zcr_out", k.cast(count, k.real) / float(width - 1))
        else:
            write(k, "=crossings counts zc_out", count)
        k.shared.differentiable = False
        return
    if what == "variation":
        total = k.variable("=tv total rough", k.lit(0.0))
        with k.loop(loop, k.integer(1), k.integer(width)) as j:
            d = k.let("=d diff step", part[j] - part[j - 1])
            k.augment(total, "+", k.call("abs", d) if rng.chance(0.6) else d * d)
        write(k, "=variations tv_out roughness", total)
        return
    taps = (
        k.array("=taps weights coeffs kernel", k.real, (k.dim(width, fixed=True),), low=-1.0, high=1.0)
        if what == "fir"
        else None
    )
    hann = (
        k.array("=hann window_fn taper", k.real, (k.dim(width, fixed=True),), low=0.0, high=1.0)
        if taps is None and what in ("energy", "mean") and opt(k, 0.4)
        else None
    )
    total, squares = (
        k.variable("=total sum acc", k.lit(0.0)),
        k.variable("=sum_sq power energy", k.lit(0.0)) if what in ("variance",) else None,
    )
    with k.loop(loop, width) as j:
        x: Expr = part[j] if center is None else part[j] - center
        if hann is not None:
            x = x * hann[j]
        if what in ("energy", "rms", "norm", "variance"):
            x = k.let("=x s value", x)
        if taps is not None:
            k.augment(total, "+", x * taps[j])
        else:
            k.augment(total, "+", x * x if what in ("energy", "rms", "norm") else x)
        if squares is not None:
            k.augment(squares, "+", x * x)
    n = float(width)
    if what == "norm":
        norm = k.let("=inv_norm scale inv", 1.0 / k.call("sqrt", total + rng.choose((1e-6, 1e-4, 1e-8))))
        out = k.array("=normalized rows_out unit_rows", k.real, (k.launch[0], k.dim(width, fixed=True)), "out")
        with k.loop(loop, width) as j:
            k.set(out[i, j], part[j] * norm if center is None else (part[j] - center) * norm)
        if opt(k, 0.4):
            write(k, "=norms row_norms lengths", k.call("sqrt", total))
    elif what == "variance" and squares is not None:
        mean = k.let("=mean avg mu", total / n)
        var = k.let("=var variance", k.call("max", squares / n - mean * mean, 0.0))
        write(k, "=variances var_out spread", var)
        if opt(k, 0.5):
            write(k, "=means mean_out averages", mean)
    elif what == "rms":
        rms = k.let("=rms level", k.call("sqrt", total / n))
        if opt(k, 0.35):
            write(
                k,
                "=silent quiet is_silent",
                k.where(
                    rms < setting(k, "=silence_level gate threshold", 0.05, 1.0, 0.1, 0.5), k.integer(1), k.integer(0)
                ),
            )
            k.shared.differentiable = False
        write(k, "=rms_out levels loudness", rms * setting(k, "=gain scale", 0.5, 2.0, 1.0) if rng.chance(0.3) else rms)
    elif what == "mean":
        write(k, "=means averages mean_out", total / n)
    elif what == "energy":
        write(k, "=energies power_out energy_out", _level(k, total / n if rng.chance(0.4) else total))
    else:
        write(k, "=filtered outputs y", total + setting(k, "=bias offset", -0.5, 0.5, 0.1) if opt(k, 0.4) else total)
