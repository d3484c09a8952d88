"""Noise: octaves, ridges, warps, curls, and what terrains, clouds and flows make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import extent, launch, local, named, names, opt, read, setting, words, write
from .tree import Expr

POINT = names("p pos x point", "world sample", "")
_FREQUENCY = "=frequency freq scale noise_scale"
_FREQUENCIES = (0.2, 2.0, 0.5, 1.5, 0.25)


class _Place:
    """Where noise is asked for: the state of the generator, the point and how it was made."""

    def __init__(self, k: Kernel, size: int, grid: bool) -> None:
        rng = k.rng
        self.size = size
        self.type: t.Type = t.F32 if size == 1 else t.vec(size)
        fixed = k.integer(rng.choose((42, 7, 123, 1337)))
        seed = k.scalar("=seed noise_seed rng_seed", t.I32, 0, 1000) if rng.chance(0.7) else fixed
        self.state = k.let("=state rng noise_state", k.call("rand_init", seed, gives=t.U32))
        moving = size > 1 and opt(k, 0.3)
        self.own: Expr | None = None
        if grid:
            parts = [k.cast(index, t.F32) for index in k.threads]
            how = rng.choose(("index", "unit", "cell"))
            if how == "unit":
                sizes = [
                    extent(k, dim, kind)
                    for dim, kind in zip(k.launch, ("=rows ny height", "=cols nx width"), strict=False)
                ]
                parts = [part / k.cast(n, t.F32) for part, n in zip(parts, sizes, strict=True)]
            elif how == "cell":
                spacing = named(k, "=dx h", setting(k, "=cell_size spacing dx", 0.1, 1.0, 0.5, 0.25))
                parts = [part * spacing for part in parts]
            # A cell of noise spans several pixels.
            usual = (0.02, 0.25, 0.05, 0.1, 0.2) if how == "index" else _FREQUENCIES
            frequency = named(k, "=f freq_i", setting(k, _FREQUENCY, *usual))
            parts = [part * frequency for part in parts]
            if size == 1:
                self.p = k.let("=x s u", parts[0])
                return
            if len(parts) < size:
                time = k.scalar("=time t anim_time", t.F32, 0.0, 4.0)
                parts.append(
                    time * setting(k, "=speed time_scale evolution", 0.1, 1.0, 0.5) if rng.chance(0.4) else time
                )
            self.p = k.let("=p q coord", k.make(self.type, *parts))
            return
        self.own = read(k, "=x t s" if size == 1 else POINT, self.type)
        p = self.own * setting(k, _FREQUENCY, *_FREQUENCIES)
        if moving:
            p = p + k.scalar("=offset scroll drift origin_shift", self.type, -1.0, 1.0)
        self.p = k.let("=q scaled np coord", p)


def _octaves(k: Kernel, place: _Place) -> Expr:
    """Fractal noise, plain or ridged, inline or as a function."""
    rng = k.rng
    how = rng.choose(("fbm", "fbm", "ridged", "turbulence"))
    k.titles = {
        "fbm": words("fbm_noise fractal_noise fbm octave_noise layered_noise generate_terrain fractal_heights"),
        "ridged": ("ridged_noise", "ridged_multifractal", "mountain_noise", "generate_ridges", "ridge_heights"),
        "turbulence": ("turbulence", "turbulence_noise", "billow_noise", "marble_noise", "cloud_turbulence"),
    }[how]
    lacunarity = setting(k, "=lacunarity freq_gain", 1.8, 2.2, 2.0, 1.9)
    gain = setting(k, "=gain persistence roughness", 0.4, 0.6, 0.5, 0.45)
    octaves: Expr | int = (
        k.scalar("=octaves num_octaves layers", t.I32, 1, 5) if rng.chance(0.45) else rng.integer(3, 6)
    )
    normalized = opt(k, 0.4)
    k.shared.differentiable = False

    def run(b: Body, state: Expr, p: Expr, octaves: Expr | int, lacunarity: Expr, gain: Expr) -> Expr:
        total, amplitude = b.variable("=total sum acc", b.lit(0.0)), b.variable("=amp amplitude weight", b.lit(1.0))
        scale = b.variable("=freq scale f", b.lit(1.0))
        norm = b.variable("=norm max_amp amp_sum", b.lit(0.0)) if normalized else None
        with b.loop("=o octave i", octaves):
            n = b.call("noise", state, p * scale, gives=t.F32)
            if how == "ridged":
                n = b.let("=ridge n r", 1.0 - b.call("abs", n))
                if b.rng.chance(0.5):
                    n = n * n
            elif how == "turbulence":
                n = b.call("abs", n)
            b.augment(total, "+", amplitude * n)
            if norm is not None:
                b.augment(norm, "+", amplitude)
            b.set(scale, scale * lacunarity)
            b.set(amplitude, amplitude * gain)
        return total / b.call("max", norm, 1e-3) if norm is not None else total

    if rng.chance(0.5):
        return k.let(
            "=n value h",
            run(k, place.state, place.p, octaves, named(k, "=lac l", lacunarity), named(k, "=g pers", gain)),
        )
    count = octaves if isinstance(octaves, Expr) else k.integer(octaves)
    parameters = [
        ("=state rng", t.U32, 0.0, 1e9), ("=p x q", place.type, -50.0, 50.0), ("=octaves n", t.I32, 1.0, 8.0),
        ("=lacunarity lac", t.F32, 1.5, 2.5), ("=gain persistence", t.F32, 0.3, 0.7),
    ]  # fmt: skip

    def body(b: Body, v: list[Expr]) -> Sequence[Expr]:
        return [run(b, v[0], v[1], v[2], v[3], v[4])]

    titles = {
        "fbm": ("fbm", "fractal_noise", "octave_noise"),
        "ridged": ("ridged", "ridged_fbm"),
        "turbulence": ("turbulence", "billow"),
    }[how]
    made = helper(k, parameters, body, titles=titles)
    return k.let("=n value h", made.call(place.state, place.p, count, lacunarity, gain))


def _single(k: Kernel, place: _Place) -> Expr:
    k.titles = words("noise_field perlin_noise sample_noise eval_noise noise_at_points gradient_noise noise_texture")
    return k.let("=n value v", k.call("noise", place.state, place.p, gives=t.F32))


def _periodic(k: Kernel, place: _Place) -> Expr:
    k.titles = ("periodic_noise", "tileable_noise", "seamless_noise", "looping_noise", "tiled_noise", "wrap_noise")
    size = k.rng.choose((4, 8, 5, 16))
    same = k.rng.chance(0.6)
    periods = [k.integer(size if same else k.rng.choose((4, 8, 5))) for _ in range(place.size)]
    if k.rng.chance(0.35):
        period = k.scalar("=period tile_size repeat", t.I32, 2, 16)
        periods = [period] * place.size
    return k.let("=n value v", k.call("pnoise", place.state, place.p, *periods, gives=t.F32))


def _warped(k: Kernel, place: _Place) -> Expr:
    k.titles = ("domain_warp", "warped_noise", "warp_noise", "distorted_noise", "swirl_noise", "marble")
    strength = named(k, "=w amp", setting(k, "=warp_strength distortion warp_amount", 0.25, 2.0, 0.5, 1.0))
    if place.size == 1:
        first = k.let("=shift w0 bend", k.call("noise", place.state, place.p, gives=t.F32))
        moved = place.p + first * strength
    else:
        parts = []
        for n in range(place.size):
            other = (
                place.p
                if n == 0
                else place.p + k.make(place.type, *[k.rng.choose((1.7, 5.2, 8.3, 3.1)) for _ in range(place.size)])
            )
            parts.append(local(k, f"=w{'xyz'[n]}", k.call("noise", place.state, other, gives=t.F32)))
        moved = place.p + k.make(place.type, *parts) * strength
    return k.let("=n value v", k.call("noise", place.state, k.let("=warped moved q_w", moved), gives=t.F32))


def _curl(k: Kernel, place: _Place) -> None:
    """A flow without divergence."""
    rng = k.rng
    k.titles = words(
        "curl_noise curl_velocity turbulent_flow noise_wind curl_field swirl_velocity divergence_free_noise"
    )
    if rng.chance(0.35):
        octaves = tree.Call(t.U32, 1.0, 4.0, "wp.uint32", (k.integer(rng.integer(1, 3)),))
        v = k.call("curlnoise", place.state, place.p, octaves, k.lit(2.0), k.lit(0.5), gives=place.type)
    else:
        v = k.call("curlnoise", place.state, place.p, gives=place.type)
    v = k.let("=v curl flow", v)
    strength = setting(k, "=strength amplitude wind_speed gain", 0.1, 2.0, 0.5, 1.0)
    if place.own is not None and rng.chance(0.6):
        k.titles = words("advect_curl curl_advection advect_with_noise stir_{s} turbulence_step drift_in_noise")
        dt = setting(k, "=dt h time_step", 0.01, 0.1, 0.05)
        write(k, "=pos_out positions_out x_new", place.own + v * strength * dt)
        if opt(k, 0.4):
            write(k, "=velocities vel_out flow_out", v)
        return
    write(k, "=velocities flow wind vel_out", v * strength)
    if opt(k, 0.3):
        write(k, "=speeds magnitude speed_out", k.call("length", v))


_VALUES: dict[str, Callable[[Kernel, _Place], Expr]] = {
    "octaves": _octaves,
    "single": _single,
    "periodic": _periodic,
    "warp": _warped,
}


def _shaped(k: Kernel, n: Expr) -> None:
    """Noise as a height, a density, a colour, a displacement."""
    rng = k.rng
    how = rng.choose(("plain", "height", "unit", "density", "add", "terrace", "color"))
    amplitude = setting(k, "=amplitude height_scale strength", 0.1, 2.0, 0.5, 1.0)
    if how == "height":
        height = k.let("=h height z", amplitude * n)
        if opt(k, 0.4):
            height = k.let(
                "=above land raised",
                k.call("max", height, setting(k, "=sea_level water_level floor_height", -0.5, 0.2, 0.0)),
            )
        write(k, "=heights height_map terrain elevation", height)
        if opt(k, 0.4):
            snow = setting(k, "=snow_line tree_line threshold", 0.1, 0.8, 0.4)
            write(k, "=biomes is_snow rock_mask", k.where(height > snow, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    elif how == "unit":
        write(
            k, "=values noise_map out", k.call("clamp", 0.5 * n + 0.5, 0.0, 1.0) if rng.chance(0.5) else 0.5 * n + 0.5
        )
    elif how == "density":
        cover = setting(k, "=coverage threshold cutoff", -0.3, 0.3, 0.1, 0.0)
        dense = k.let("=d dense rho", k.call("max", n - cover, 0.0))
        write(k, "=density densities cloud", dense * amplitude if rng.chance(0.5) else dense)
        if opt(k, 0.35):
            write(k, "=alpha opacity transmittance", 1.0 - k.call("exp", -dense))
    elif how == "add":
        base = k.array("=heights base field values", t.F32, k.launch, "inout", low=-1.0, high=1.0)
        k.augment(base[k.threads], "+", n * amplitude)
    elif how == "terrace":
        levels = named(k, "=n_levels lv", setting(k, "=levels terraces num_steps", 2.0, 8.0, 4.0, 6.0))
        write(k, "=heights terraced stepped", k.call("floor", n * levels) / levels)
    elif how == "color":
        blend = k.let("=b mix t_c", k.call("clamp", 0.5 * n + 0.5, 0.0, 1.0))
        low = k.scalar("=color_a dark low_color", t.vec(3), 0.0, 0.5)
        write(
            k,
            "=image colors pixels",
            k.call("lerp", low, k.scalar("=color_b light high_color", t.vec(3), 0.5, 1.0), blend),
        )
    else:
        write(k, "=values noise_out field samples", n * amplitude if rng.chance(0.5) else n)


@recipe("noise fields: octaves, warps, curls", "random:3 math:0.17", "terrain render fluids", SINGLE, grows=2.0)
def noise_field(k: Kernel) -> None:
    rng = k.rng
    what = rng.weighted({"octaves": 2.5, "single": 1.0, "periodic": 1.2, "warp": 1.2, "curl": 1.8})
    ndim = rng.weighted({1: 2.0, 2: 3.0})
    grid = rng.chance(0.6)
    size = rng.choose((2, 3)) if what == "curl" or ndim == 2 else rng.choose((1, 2, 3, 3))
    if grid and ndim == 1:
        size = 1 if what != "curl" else 2
    launch(
        k,
        rng.choose(("cell", "pixel", "texel")) if grid and ndim == 2 else rng.choose(("point", "particle", "sample")),
        ndim,
        kinds=("=y row j", "=x col i") if grid and ndim == 2 else (),
    )
    place = _Place(k, size, grid)
    if what == "curl":
        _curl(k, place)
        return
    _shaped(k, _VALUES[what](k, place))
