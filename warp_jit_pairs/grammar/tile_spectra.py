"""Rows transformed to frequencies and back by tiles."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import Helper, helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .rows import titled
from .tile_ops import elementwise, function_name, many, op, size_constant
from .tile_rows import start_rows
from .tree import Expr

VEC2 = t.vec(2)


def _gain(k: Kernel) -> Helper:
    """A wp.func for a complex number weighted by a gain."""
    how = k.rng.choose(("gain", "squared", "gate", "wiener"))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x, gain = names
        if how == "gain":
            return [x * gain]
        if how == "squared":
            return [x * (gain * gain)]
        if how == "wiener":
            power = body.let("=power mag_sq p", body.call("dot", x, x))
            return [x * (power / (power + gain + 1e-3))]
        return [body.where(gain > body.rng.choose((0.5, 0.25)), x, x * 0.0)]

    titles = {
        "gain": ("apply_gain", "scale_bin", "filter_bin", "weight_bin"),
        "squared": ("apply_gain_twice", "zero_phase_gain", "filter_squared"),
        "gate": ("gate_bin", "keep_passband", "brickwall"),
        "wiener": ("wiener_gain", "wiener_filter", "suppress_noise"),
    }[how]
    kinds = [
        ("=x c z", VEC2, -64.0, 64.0),
        ("=noise_power noise_var" if how == "wiener" else "=gain g h response", t.F32, 0.0, 1.0),
    ]
    return helper(k, kinds, write, titles=titles)


def _product(k: Kernel) -> tuple[Helper, bool]:
    """A wp.func for the product of two complex numbers, or of one with the conjugate of the other."""
    conjugate = k.rng.chance(0.4)

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x, y = names
        (a, b), (c, d) = body.components(x), body.components(y)
        parts = (a * c + b * d, b * c - a * d) if conjugate else (a * c - b * d, a * d + b * c)
        return [body.make(VEC2, *parts)]

    titles = (
        ("conj_mul", "multiply_conjugate", "cross_term", "cmul_conj")
        if conjugate
        else ("complex_mul", "cmul", "multiply_complex", "mul_bins")
    )
    made = helper(k, [("=x a u", VEC2, -64.0, 64.0), ("=y b v", VEC2, -2.0, 2.0)], write, titles=titles)
    return made, conjugate


def _power(k: Kernel, n: int) -> tuple[Helper, str]:
    """A wp.func for the squared length of a complex number, its root or logarithm."""
    how = k.rng.choose(("power", "power", "log", "magnitude", "phase"))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        if how == "phase":
            return [body.call("atan2", body.component(names[0], 1), body.component(names[0], 0) + 1e-3)]
        square = body.call("dot", names[0], names[0]) if k.rng.chance(0.5) else body.call("length_sq", names[0])
        if how == "log":
            return [body.call("log", square + 1.0)]
        return [body.call("sqrt", square + 1e-6) if how == "magnitude" else square / float(n)]

    titles = {
        "power": ("bin_power", "power_of_bin", "mag_squared", "periodogram"),
        "log": ("log_power", "log_magnitude", "log_spectrum"),
        "magnitude": ("bin_magnitude", "magnitude", "abs_complex"),
        "phase": ("bin_phase", "phase_of", "phase_angle"),
    }[how]
    return helper(k, [("=x c z", VEC2, -64.0, 64.0)], write, titles=titles), how


@recipe("rows transformed to frequencies and back by tiles", "tile:1.7", "signal audio waves", SINGLE)
def tile_spectrum(k: Kernel) -> None:
    """Without the library of transforms, whose routine for each size takes ten seconds to link."""
    rng = k.rng
    n = rng.choose((8, 8, 16))
    row = start_rows(k)
    k.block_dim = rng.choose((n, n // 2))
    k.decorator = (
        f'@wp.kernel(module="unique", module_options={{"enable_mathdx_fft": False, "block_dim": {k.block_dim}}})'
    )
    size = size_constant(k, n, ("FFT_SIZE", "NUM_SAMPLES", "TILE_N", "WINDOW", "FRAME_SIZE", "N_FFT"))
    samples = k.dim(n, fixed=True)
    shape = (k.launch[0], samples)
    tile, real = t.Tile(VEC2, (1, n)), t.Tile(t.F32, (1, n))

    def load(kind: str, name: str, dtype: t.Type, low: float, high: float) -> Expr:
        source = k.array(kind, dtype, shape, low=low, high=high)
        return k.let(name, op("tile_load", t.Tile(dtype, (1, n)), source, shape=many(1, size), offset=many(row, 0)))

    def put(kind: str, dtype: t.Type, value: Expr) -> None:
        k.do(op("tile_store", t.NOTHING, k.array(kind, dtype, shape, "out"), value, offset=many(row, 0)))

    what = rng.choose(("filter", "filter", "product", "power", "power", "scale", "plain", "plain", "shift"))
    # What is filtered or looked at by its frequencies is a signal.
    backward = what == "plain" and rng.chance(0.5)
    words = "=spectrum bins coeffs spectra" if backward else "=signal samples x frames waveform"
    a = load(words, "=bins_tile spec_tile" if backward else "=frame_tile sig_tile x_tile", VEC2, -1.0, 1.0)
    if rng.chance(0.35) and not backward:
        window = load("=window taper hann", "=win_tile w_tile", t.F32, 0.0, 1.0)

        def taper(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [names[0] * names[1]]

        made = helper(
            k, [("=x sample s", VEC2, -1.0, 1.0), ("=w win_v", t.F32, 0.0, 1.0)], taper,
            titles=("apply_window", "taper_sample", "window_sample", "weight_sample"),
        )  # fmt: skip
        a = k.let("=tapered windowed win_sig", op("tile_map", tile, function_name(made.name), a, window))
    k.do(op("tile_ifft" if backward else "tile_fft", t.NOTHING, a))
    stem = "ifft" if backward else "fft"
    if what in ("filter", "shift"):
        gain = load("=response gains filter_mag transfer", "=gain_tile h_tile", t.F32, 0.0, 1.0)
        made = _gain(k)
        a = k.let("=filtered shaped", op("tile_map", tile, function_name(made.name), a, gain))
        titled(k, "filter_rows fft_filter apply_frequency_response spectral_filter equalize frequency_filter {}_filter")
    elif what == "product":
        made, conjugate = _product(k)
        other = load("=kernel_spectrum response_c filter_spectrum reference", "=h_tile other_tile", VEC2, -1.0, 1.0)
        # A tile of newly made vectors is none that Warp's transforms take: it is stored as it is.
        a = k.let("=product spectrum_prod", op("tile_map", tile, function_name(made.name), a, other))
        titled(
            k,
            "cross_spectrum cross_power cross_correlation_spectrum"
            if conjugate
            else "spectral_product multiply_spectra convolve_spectrum fft_multiply",
        )
    elif what == "scale":
        a = k.let("=scaled scaled_bins", elementwise("*", a, k.scalar("=gain scale amplitude", t.F32, 0.1, 1.0)))
        titled(k, "fft_gain scaled_fft fft_roundtrip_gain")
    if what == "power":
        made, how = _power(k, n)
        result = k.let("=power_tile spec_out mags", op("tile_map", real, function_name(made.name), a))
        out = {
            "power": "=power psd spectrum_out",
            "log": "=log_power log_spectrum",
            "magnitude": "=magnitudes mag_out",
            "phase": "=phases phase_out",
        }[how]
        put(out, t.F32, result)
        stems = {
            "power": "power_spectrum",
            "log": "log_spectrum",
            "magnitude": "magnitude_spectrum",
            "phase": "phase_spectrum",
        }
        titled(k, f"{stems[how]} compute_{stems[how]} {stems[how]}_rows {{}}_spectrum row_{stems[how]}")
        if (rng.chance(0.3) or k.shared.size == "large") and how != "phase":
            total = k.let("=total_power energy row_energy", op("tile_sum", t.Tile(t.F32, (1,)), result))
            k.do(
                op(
                    "tile_store",
                    t.NOTHING,
                    k.array("=row_power energies total_out", t.F32, k.launch, "out"),
                    total,
                    offset=row,
                )
            )
        return
    if what in ("filter", "scale", "shift"):
        k.do(op("tile_ifft", t.NOTHING, a))
        if rng.chance(0.6):
            a = k.let("=normalized restored out_tile", elementwise("*", a, k.lit(1.0 / n)))
        put("=filtered out signal_out restored", VEC2, a)
        return
    if what == "plain":
        unitary = rng.chance(0.4)
        titled(
            k,
            f"{'unitary_' if unitary else ''}{stem}_rows row_{stem} batched_{stem} tile_{stem}_rows"
            f" {stem}_frames {'inverse_transform' if backward else 'forward_transform'}",
        )
        if unitary:
            a = k.let("=normalized scaled_bins", elementwise("*", a, k.lit(round(float(n) ** -0.5, 6))))
    put(
        "=signal_out samples_out restored" if backward else "=spectrum bins_out spectra_out",
        VEC2,
        a,
    )
