"""Volumes along rays, one thread each: densities summed up, light scattered, surfaces found."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed, op, reach
from .tasks import leave, named, opt, read, words, write
from .tree import Expr
from .volumes import DENSITY, HEAT, SDF, UVW, Volume, blank_vector, volume


def _ray(k: Kernel) -> tuple[Expr, Expr]:
    """Origin and direction: of each ray, of one camera, through a moving sensor."""
    rng = k.rng
    how = rng.weighted({"both": 6.0, "camera": 2.5, "pose": 1.5})
    d = read(k, "=dir ray_dir rd d", VEC3, -1.0, 1.0, unit=True)
    if how == "camera":
        return k.scalar("=camera_pos eye cam_origin ray_origin", VEC3, -1.0, 1.0), d
    if how == "pose":
        pose = k.scalar("=sensor_pose cam_xform X_ws", t.transform(), -0.5, 0.5, unit=True)
        origin = k.let("=o origin eye", k.call("transform_get_translation", pose))
        return origin, k.let("=dw world_dir d_w", k.call("transform_vector", pose, d))
    return read(k, "=origin ray_origin ro start", VEC3), d


def _steps(k: Kernel) -> Expr | int:
    rng = k.rng
    return k.scalar("=num_steps max_steps n_steps", t.I32, 2, 12) if rng.chance(0.5) else rng.choose((8, 12, 16, 24))


def _place(k: Kernel, grid: Volume, p: Expr) -> Expr:
    """The value at a place of the world, with or without a name for the place in the grid."""
    return grid.sample(k.let(UVW, grid.index(p))) if k.rng.chance(0.5) else grid.sample_world(p)


def _march(k: Kernel) -> None:
    """Densities summed up or composited in steps of one size."""
    rng = k.rng
    grid = volume(k, DENSITY)
    origin, d = _ray(k)
    inner = rng.chance(0.42)
    if inner:
        # The grid's own coordinates save turning each place.
        origin = k.let("=o_idx start_uvw p0", grid.index(origin))
        d = k.let("=d_idx step_dir dir_uvw", op("volume_world_to_index_dir", VEC3, grid.id, d))
    size = named(k, "=ds dt_ray", fixed(k, "=step step_size ds", 0.05, 0.3, 0.1, 0.2))
    how = rng.choose(("depth", "transmittance", "emission", "peak", "first", "shaded", "scatter"))
    k.shared.differentiable = False
    steps = _steps(k)
    start = rng.choose((0.0, 0.5, 0.5))
    jitter = read(k, "=jitter offset dither", t.F32, 0.0, 1.0) if rng.chance(0.2) else None
    sigma = fixed(k, "=sigma extinction absorption", 0.1, 2.0, 0.5) if how not in ("depth", "peak", "first") else None
    if sigma is not None:
        sigma = named(k, "=sig ext", sigma)
    total = k.variable("=tau total acc depth", k.lit(0.0)) if how in ("depth", "transmittance") else None
    clear = k.variable("=trans transmittance vis", k.lit(1.0)) if how in ("emission", "shaded", "scatter") else None
    light = k.variable("=radiance glow lum", k.lit(0.0)) if how in ("emission", "scatter") else None
    color = k.variable("=color c rgb", k.zero(VEC3)) if how == "shaded" else None
    best = k.variable("=peak brightest max_rho", k.lit(0.0)) if how == "peak" else None
    where = (
        k.variable("=t_hit hit_t depth", k.lit(-1.0))
        if how in ("first", "peak") and (how == "first" or rng.chance(0.5))
        else None
    )
    source = volume(k, HEAT, like=grid) if how == "emission" and not inner and rng.chance(0.6) else None
    level = fixed(k, "=iso threshold level", 0.2, 1.0, 0.5) if how == "first" else None
    tint = (
        (
            k.scalar("=low_color cold thin_color", VEC3, 0.0, 1.0),
            k.scalar("=high_color hot dense_color", VEC3, 0.0, 1.0),
        )
        if color is not None
        else None
    )
    walked = rng.chance(0.35)
    along = (
        k.variable(
            "=t s ray_t", size * start if start and jitter is None else k.lit(0.0) if jitter is None else jitter * size
        )
        if walked
        else None
    )
    with k.loop("=n i step", steps) as s:
        if along is not None:
            at = along
        else:
            shift = jitter if jitter is not None else k.lit(start)
            index = k.cast(s, t.F32)
            at = k.let("=t s_i along", (index if jitter is None and not start else index + shift) * size)
        q = k.let("=q pos sample_p", origin + d * at)
        rho = k.let("=rho density value", grid.sample(q) if inner else _place(k, grid, q))
        if total is not None:
            k.augment(total, "+", k.call("max", rho, 0.0) * size if rng.chance(0.6) else rho * size)
        elif best is not None:
            if where is not None:
                with k.when(rho > best):
                    k.set(best, rho)
                    k.set(where, at)
            else:
                k.set(best, k.call("max", best, rho))
        elif how == "first" and where is not None and level is not None:
            with k.when(rho > level):
                k.set(where, at)
                k.leave_loop()
        elif clear is not None and sigma is not None:
            if rng.chance(0.5):
                with k.when(rho <= 0.0):
                    if along is not None:
                        k.augment(along, "+", size)
                    k.next_turn()
                thick = rho
            else:
                thick = k.call("max", rho, 0.0)
            alpha = k.let("=alpha a absorbed", 1.0 - k.call("exp", -(sigma * thick * size)))
            if color is not None and tint is not None:
                shade = k.call("lerp", *tint, k.call("clamp", rho, 0.0, 1.0))
                k.set(color, color + shade * (clear * alpha))
            elif light is not None:
                if source is not None:
                    glow = k.let("=temp heat glow_s", k.call("max", _place(k, source, q), 0.0))
                    k.augment(light, "+", clear * alpha * glow)
                else:
                    k.augment(light, "+", clear * alpha)
            k.set(clear, clear * (1.0 - alpha))
            if rng.chance(0.4):
                with k.when(clear < k.choose_lit(0.01, 0.05, 1e-3)):
                    k.leave_loop()
        if along is not None:
            k.augment(along, "+", size)
    k.gap()
    _results(k, how, sigma, total, clear, light, color, best, where)


def _results(
    k: Kernel,
    how: str,
    sigma: Expr | None,
    total: Expr | None,
    clear: Expr | None,
    light: Expr | None,
    color: Expr | None,
    best: Expr | None,
    where: Expr | None,
) -> None:
    k.titles = {
        "depth": words("march_volume integrate_density optical_depth column_density line_integral"),
        "transmittance": words("ray_transmittance shadow_rays volume_transmittance attenuate_rays"),
        "emission": words("render_emission march_fire volume_emission render_glow"),
        "peak": words("max_projection mip_render maximum_intensity peak_density"),
        "first": words("find_surface first_hit threshold_march isosurface_depth"),
        "shaded": words("raymarch_volume volume_render render_smoke composite_rays"),
        "scatter": words("render_fog march_fog fog_opacity volume_alpha"),
    }[how]
    if total is not None:
        if how == "transmittance" and sigma is not None:
            write(k, "=transmittance_out visibility clear_out", k.call("exp", -(sigma * k.call("max", total, 0.0))))
        else:
            write(k, "=optical_depth depths column", total)
    if color is not None and clear is not None:
        if k.rng.chance(0.5):
            sky = k.scalar("=background sky_color clear_color", VEC3, 0.0, 1.0)
            color = color + sky * clear
        write(k, "=colors pixels image", color)
    if light is not None:
        write(k, "=radiance_out brightness intensities", light)
    if clear is not None and (how == "scatter" or opt(k, 0.4)):
        write(k, "=alpha_out opacity", 1.0 - clear)
    if best is not None:
        write(k, "=max_density mip peaks", best)
    if where is not None:
        write(k, "=hit_depths depths_out hit_dist", where)


def _trace(k: Kernel) -> None:
    """Spheres traced through a volume of distances."""
    rng = k.rng
    solid = volume(k, SDF)
    origin, d = _ray(k)
    k.shared.differentiable = False
    k.titles = words("sphere_trace trace_sdf raycast_sdf render_sdf march_sdf intersect_sdf_volume")
    far = named(k, "=t_max", reach(k, "=max_dist far max_t", 4.0, 10.0, 20.0, 100.0))
    near = fixed(k, "=eps hit_eps surface_eps", 1e-3, 0.1, 0.01, 0.05)
    along = k.variable("=t ray_t depth", k.lit(0.0))
    hit = k.variable("=hit found did_hit", k.integer(0))
    with k.loop("=n i step", _steps(k)):
        q = k.let("=q pos p", origin + d * along)
        dist = k.let("=dist sd phi", _place(k, solid, q))
        with k.when(dist < near):
            k.set(hit, 1)
            k.leave_loop()
        k.augment(along, "+", dist if rng.chance(0.6) else dist * fixed(k, "=relax step_scale", 0.5, 1.0, 0.9, 0.8))
        with k.when(along > far):
            k.leave_loop()
    k.gap()
    how = rng.choose(("depth", "point", "normal", "shade"))
    if how == "depth":
        write(k, "=depths hit_dist ranges", k.where(hit.equals(1), along, far if rng.chance(0.5) else k.lit(-1.0)))
        if rng.chance(0.5):
            write(k, "=hits hit_mask", hit)
        return
    leave(k, hit.equals(0))
    p = k.let("=p hit_p surface_p", origin + d * along)
    if how == "point":
        write(k, "=hit_points points_out", p)
        write(k, "=hits hit_mask", k.integer(1)) if rng.chance(0.4) else write(k, "=depths hit_dist", along)
        return
    grad = blank_vector(k)
    last = k.let("=d_hit d_s residual", solid.sample_grad(solid.index(p), grad))
    n = k.let("=n normal", k.call("normalize", op("volume_index_to_world_dir", VEC3, solid.id, grad)))
    if how == "normal":
        write(k, "=normals hit_normals", n)
        write(k, "=hit_points points_out", p - n * last if rng.chance(0.5) else p)
        return
    sun = k.scalar("=light_dir sun_dir to_light", VEC3, -1.0, 1.0, unit=True)
    lit = k.let("=ndl diffuse lambert", k.call("max", k.call("dot", n, sun), 0.0))
    if rng.chance(0.5):
        lit = fixed(k, "=ambient", 0.05, 0.3, 0.1) + lit * (1.0 - k.call("clamp", last, 0.0, 0.5))
    base = k.scalar("=albedo base_color", VEC3, 0.0, 1.0)
    write(k, "=colors pixels image", base * lit)


def _cross(k: Kernel) -> None:
    """Where the sign changes along a ray, with the place between two samples."""
    rng = k.rng
    k.shared.differentiable = False
    solid = rng.chance(0.5)
    grid = volume(k, SDF if solid else DENSITY)
    origin, d = _ray(k)
    k.titles = words("find_zero_crossing raycast_tsdf extract_depth crossing_depth raycast_volume")
    size = named(k, "=ds", fixed(k, "=step step_size", 0.1, 0.4, 0.2, 0.25))
    level = k.lit(0.0) if solid else named(k, "=iso", fixed(k, "=iso level", 0.2, 0.8, 0.5))
    previous = k.variable("=prev last f_prev", _place(k, grid, origin))
    depth = k.variable("=depth t_hit t_surf", k.lit(rng.choose((-1.0, 0.0))))
    with k.loop("=n i step", 1, _steps(k)) as s:
        at = k.let("=t s_i along", k.cast(s, t.F32) * size)
        here = k.let("=cur f_cur value", _place(k, grid, origin + d * at))
        test = k.both(previous > level, here <= level) if solid else k.both(previous < level, here >= level)
        with k.when(test):
            share = (previous - level) / k.call("max", k.call("abs", previous - here), 1e-4)
            share = share if solid else (level - previous) / k.call("max", here - previous, 1e-4)
            k.set(depth, at - size + share * size)
            k.leave_loop()
        k.set(previous, here)
    if rng.chance(0.5):
        write(k, "=depths depth_map hit_dist", depth)
    else:
        with k.when(depth > 0.0):
            write(k, "=vertices hit_points vertex_map", origin + d * depth)
            if rng.chance(0.5):
                write(k, "=valid hit_mask", k.integer(1))


RAYS: dict[str, tuple[float, Callable[[Kernel], None]]] = {
    "march": (1.4, _march),
    "trace": (0.6, _trace),
    "cross": (0.5, _cross),
}
"""Weights, and what is done along a ray."""
