"""Volumes and textures: sampled between their values, looked up, stored into.

A volume holds one kind of value, which the facts of its handle say (`holds`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .queries import VEC3, handle, op
from .recipes import SINGLE, recipe
from .tasks import extent, launch, local, named, names, opt, read, setting, words, write
from .tree import Expr

FIELDS = "fluids render terrain"
DENSITY = "=density_volume volume density_grid vol field_volume smoke_volume volume_id"
SDF = "=sdf volume sdf_volume sdf_grid distance_volume collider_sdf"
VELOCITY = "=velocity_volume vel_volume flow_volume wind_volume velocity_grid vel_grid"
LABELS = "=label_volume labels segment_volume material_volume id_volume"
POINT = names("p pos x point", "world query sample particle", "")


def mode(k: Kernel) -> Expr:
    name = k.rng.choose(("LINEAR", "LINEAR", "CLOSEST"))
    return tree.Verbatim(t.I32, 0.0, 1.0, f"wp.Volume.{name}")


def typed(name: str, dtype: str, *arguments: Expr) -> Expr:
    """A call that is told what type to give."""
    gives: t.Type = {"float": t.F32, "wp.vec3": VEC3, "int": t.I32}[dtype]
    return tree.Call(gives, -1e3, 1e3, f"wp.{name}", arguments, (("dtype", tree.Verbatim(t.SHAPE, 0.0, 0.0, dtype)),))


def _gradient(k: Kernel) -> Expr:
    """A vector for a builtin to write a gradient into."""
    name = tree.Name(VEC3, -1e3, 1e3, k.namer.local("=grad g gradient dphi"))
    k.add(tree.Assign((name,), k.make(VEC3, 0.0, 0.0, 0.0)))
    return name


# -- at a place in space: one thread a point


def _sample_f(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    k.titles = words(
        "sample_density sample_volume gather_density probe_volume interpolate_density sample_field_at_points"
    )
    rho = k.let("=rho density value", op("volume_sample_f", t.F32, volume, place, mode(k)))
    how = k.rng.choose(("plain", "transmittance", "clamped", "blend"))
    if how == "transmittance":
        k.titles = ("sample_transmittance", "local_opacity", "sample_extinction", "smoke_opacity")
        sigma = setting(k, "=sigma extinction absorption", 0.1, 2.0, 0.5)
        write(k, "=transmittance opacity alpha", k.call("exp", -(sigma * k.call("clamp", rho, 0.0, 10.0))))
    elif how == "blend":
        k.titles = ("relax_to_volume", "blend_with_volume", "update_from_volume", "filter_samples")
        old = read(k, "=old prev current", t.F32)
        write(
            k,
            "=blended values_out updated",
            k.call("lerp", old, rho, setting(k, "=alpha blend rate", 0.05, 0.95, 0.5, 0.1)),
        )
    else:
        write(k, "=samples densities values_out rho_out", k.call("max", rho, 0.0) if how == "clamped" else rho)
    if opt(k, 0.3):
        write(
            k,
            "=dense_mask inside above",
            k.where(rho > setting(k, "=threshold cutoff", 0.0, 0.5, 0.1, 0.25), k.integer(1), k.integer(0)),
        )
        k.shared.differentiable = False


def _sample_v(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    rng = k.rng
    k.titles = words("advect_particles advect_points trace_flow move_with_flow advect_in_volume step_streamlines")
    v = k.let("=v vel flow", op("volume_sample_v", VEC3, volume, place, mode(k)))
    dt = named(k, "=h step", setting(k, "=dt time_step h", 0.01, 0.1, 0.05, 0.02))
    how = rng.choose(("euler", "midpoint", "back", "drag"))
    if how == "drag":
        k.titles = ("wind_force", "drag_force", "apply_wind", "flow_drag", "fluid_drag")
        own = read(k, "=v_p own_vel particle_v", VEC3)
        c = setting(k, "=drag drag_coeff c_d", 0.05, 2.0, 0.5, 0.1)
        rel = k.let("=rel slip v_rel", v - own)
        write(k, "=forces drag_f accelerations", rel * c if rng.chance(0.6) else rel * (c * k.call("length", rel)))
        return
    if how == "midpoint":
        mid = k.let("=mid p_mid half_p", p + v * (0.5 * dt))
        v = k.let(
            "=v_mid vm v2",
            op("volume_sample_v", VEC3, volume, op("volume_world_to_index", VEC3, volume, mid), mode(k)),
        )
    if how == "back":
        k.titles = ("backtrace", "departure_points", "semi_lagrangian_trace", "trace_back", "find_departure")
        write(k, "=departure traced source_pos", p - v * dt)
    else:
        write(k, "=pos_out positions_out x_new", p + v * dt)
    if opt(k, 0.35):
        write(k, "=velocities vel_out v_out", v)


def _sample_i(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    k.titles = words("sample_labels label_points material_at_points segment_points assign_material lookup_region")
    label = k.let("=label id region", op("volume_sample_i", t.I32, volume, place))
    write(k, "=labels point_labels materials", label)
    if opt(k, 0.4):
        table = k.array("=label_weights material_density props", t.F32, (k.dim(16, fixed=True),), low=0.1, high=2.0)
        write(k, "=densities weights_out prop_out", table[k.call("clamp", label, 0, 15)])


def _sample_any(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    k.titles = words("sample_volume sample_field read_at_points interpolate_volume resample_volume probe_field")
    value = typed("volume_sample", "float", volume, place, mode(k))
    if opt(k, 0.4):
        value = value * setting(k, "=scale gain density_scale", 0.1, 2.0, 0.5)
    write(k, "=samples values_out field_out", value)


def _sample_grad(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    """A distance with the direction that it grows in, as collisions with a field want it."""
    rng = k.rng
    k.titles = words(
        "sdf_contacts sample_sdf_normal collide_sdf_volume volume_sdf_contact eval_sdf_grad sdf_gradient_at_points"
    )
    grad = _gradient(k)
    if rng.chance(0.5):
        value = op("volume_sample_grad_f", t.F32, volume, place, mode(k), grad)
    else:
        value = typed("volume_sample_grad", "float", volume, place, mode(k), grad)
    d = k.let("=d dist phi sd", value)
    margin = named(k, "=r m", setting(k, "=margin radius contact_dist thickness", 0.0, 0.5, 0.1, 0.05))
    push = rng.chance(0.5)
    with k.when(d < margin):
        turned = op("volume_index_to_world_dir", VEC3, volume, grad)
        n = k.let("=n normal dir", k.call("normalize", turned) if rng.chance(0.5) else k.call("normalize", grad))
        if push:
            k.titles = words(
                "push_out_of_volume resolve_volume_collision project_out_of_sdf_volume sdf_volume_collision"
            )
            write(k, "=pos_out corrected x_out", p + n * (margin - d))
        else:
            write(k, "=normals contact_normals n_out", n)
            if opt(k, 0.4):
                write(k, "=forces contact_f", n * (setting(k, "=stiffness ke", 10.0, 100.0, 50.0) * (margin - d)))
    if not push or opt(k, 0.5):
        write(k, "=distances sdf_out gaps", d)


def _sample_index(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    data = k.array("=voxel_data values voxel_values grid_data", t.F32, (k.dim(64, fixed=True),), low=-1.0, high=1.0)
    background = k.lit(0.0) if k.rng.chance(0.6) else k.scalar("=background outside default_value", t.F32, -1.0, 1.0)
    if k.rng.chance(0.5):
        k.titles = words("sample_voxel_data sample_index_grid sparse_sample gather_from_grid sample_sparse_field")
        write(
            k,
            "=samples values_out sampled",
            op("volume_sample_index", t.F32, volume, place, mode(k), data, background),
        )
        return
    k.titles = ("sample_with_gradient", "sparse_gradient", "sample_grad_index_grid", "field_and_gradient")
    grad = _gradient(k)
    d = k.let("=value phi s", op("volume_sample_grad_index", t.F32, volume, place, mode(k), data, background, grad))
    write(k, "=samples values_out phi_out", d)
    write(k, "=gradients grad_out grads", k.call("normalize", grad) if opt(k, 0.3) else grad)


def _turn(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    to_index = k.rng.chance(0.5)
    k.titles = (
        ("directions_to_index_space", "world_dirs_to_grid", "transform_dirs", "ray_dirs_to_index")
        if to_index
        else ("directions_to_world", "grid_dirs_to_world", "index_normals_to_world", "transform_dirs")
    )
    name = "volume_world_to_index_dir" if to_index else "volume_index_to_world_dir"
    d = read(k, "=dir d normal ray_dir v", VEC3, -1.0, 1.0, unit=True)
    turned = k.let("=turned d_local mapped", op(name, VEC3, volume, d))
    if k.rng.chance(0.5):
        write(
            k,
            "=coords grid_pos local_points" if to_index else "=world_points points_out",
            op(name.removesuffix("_dir"), VEC3, volume, p),
        )
    write(k, "=dirs_out directions_out mapped_dirs", k.call("normalize", turned) if k.rng.chance(0.6) else turned)


def _nearest(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    """The voxel that a point is in."""
    k.titles = ("nearest_voxel", "sample_nearest", "lookup_at_points", "voxel_at_points", "point_sample_volume")
    rounding = k.rng.choose(("floor", "round"))
    kinds = k.rng.choose((("=i", "=j", "=k"), ("=ix", "=iy", "=iz"), ("=vx", "=vy", "=vz")))
    cell = [
        local(k, kind, k.cast(k.call(rounding, c), t.I32)) for kind, c in zip(kinds, k.components(place), strict=True)
    ]
    value = op("volume_lookup_f", t.F32, volume, *cell)
    if opt(k, 0.35):
        write(k, "=voxels cells coords_out", k.make(t.vec(3, t.I32), *cell))
    write(k, "=values_out samples densities", value)


def _count(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    """Something shared out over the voxels of a sparse volume."""
    k.titles = ("density_per_voxel", "average_per_voxel", "normalize_by_voxels", "voxel_share", "splat_weight")
    count = k.let("=num_voxels voxel_count n", op("volume_voxel_count", t.U64, volume))
    mass = read(k, "=mass amount m", t.F32, 0.5, 2.0)
    share = k.let("=share per_voxel part", mass / k.cast(count, t.F32))
    value = op("volume_sample_f", t.F32, volume, place, mode(k))
    write(k, "=densities shares values_out", share * value)
    if opt(k, 0.3):
        write(k, "=shares_out per_voxel_out", share)


def _march(k: Kernel, place: Expr, p: Expr, volume: Expr) -> None:
    """Density along a ray."""
    rng = k.rng
    k.titles = words("march_volume raymarch_density integrate_density optical_depth trace_volume volume_render")
    d = read(k, "=dir ray_dir rd", VEC3, -1.0, 1.0, unit=True)
    size = named(k, "=ds dt_ray", setting(k, "=step step_size ds", 0.05, 0.3, 0.1, 0.2))
    steps: Expr | int = k.scalar("=num_steps max_steps", t.I32, 2, 12) if rng.chance(0.5) else rng.choose((8, 12, 16))
    total = k.variable("=depth tau total acc", k.lit(0.0))
    brightest = k.variable("=peak brightest max_rho", k.lit(0.0)) if opt(k, 0.3) else None
    with k.loop("=s i step", steps) as s:
        q = k.let("=q pos sample_p", p + d * ((k.cast(s, t.F32) + rng.choose((0.0, 0.5))) * size))
        rho = k.let(
            "=rho density value",
            op("volume_sample_f", t.F32, volume, op("volume_world_to_index", VEC3, volume, q), mode(k)),
        )
        k.augment(total, "+", k.call("max", rho, 0.0) * size if rng.chance(0.5) else rho * size)
        if brightest is not None:
            k.set(brightest, k.call("max", brightest, rho))
    k.shared.differentiable = False
    if rng.chance(0.5):
        sigma = setting(k, "=sigma extinction absorption", 0.1, 2.0, 0.5)
        write(k, "=transmittance visibility clear", k.call("exp", -(sigma * k.call("clamp", total, -2.0, 20.0))))
    else:
        write(k, "=optical_depth depths thickness", total)
    if brightest is not None:
        write(k, "=max_density mip peaks", brightest)


_AT_POINTS: dict[str, tuple[str, str, float, Callable[[Kernel, Expr, Expr, Expr], None]]] = {
    "sample_f": ("float32", DENSITY, 1.6, _sample_f),
    "sample_v": ("vec3", VELOCITY, 1.8, _sample_v),
    "sample_i": ("int32", LABELS, 1.4, _sample_i),
    "sample": ("float32", DENSITY, 1.2, _sample_any),
    "sample_grad": ("float32", SDF, 2.0, _sample_grad),
    "sample_index": ("index", "=index_volume grid_id sparse_grid index_grid volume", 2.4, _sample_index),
    "direction": ("float32", DENSITY, 1.6, _turn),
    "nearest": ("float32", DENSITY, 0.8, _nearest),
    "count": ("float32", DENSITY, 1.2, _count),
    "march": ("float32", DENSITY, 1.2, _march),
}
"""What the volume holds, what it is called, the weight, and what is done at a point."""


@recipe("volumes sampled at points", "geometry:10 combined:0.96", FIELDS, "gather", SINGLE)
def volume_points(k: Kernel) -> None:
    rng = k.rng
    launch(k, rng.choose(("point", "sample", "particle")))
    name = rng.weighted({name: row[2] for name, row in _AT_POINTS.items()})
    holds, called, _, sampled = _AT_POINTS[name]
    volume = handle(k, "volume", called, holds=holds)
    if name not in ("direction", "march", "sample_v") and rng.chance(0.2):
        # The points are in the volume's own coordinates already.
        place = read(k, "=uvw coord ijk_pos grid_pos", VEC3)
        sampled(k, place, place, volume)
        return
    p = read(k, POINT, VEC3)
    place = p
    if name not in ("direction", "march"):
        place = k.let("=uvw q local index_pos coord", op("volume_world_to_index", VEC3, volume, p))
    sampled(k, place, p, volume)


# -- textures


@recipe("textures sampled", "geometry:2.5", "render image terrain", "gather", SINGLE)
def texture_lookup(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.choose((1, 2, 2, 2, 3))
    grid = ndim == 2 and rng.chance(0.45)
    if grid:
        launch(k, "pixel", 2, kinds=("=y row py j", "=x col px i"))
    else:
        launch(k, rng.choose(("sample", "pixel", "point")), 2 if rng.chance(0.15) else 1)
    called = {
        1: "=ramp lut colormap transfer_function gradient_tex curve",
        2: "=texture tex image_tex albedo_map height_map diffuse_tex heightmap source_tex",
        3: "=volume_tex tex3d lut3d noise_tex density_tex",
    }[ndim]
    name = k.namer.argument(called)
    kind = t.Opaque(f"wp.Texture{ndim}D")
    k.add_argument(name, kind, "handles", {"handle": f"texture{ndim}d"})
    texture = tree.Name(kind, -inf, inf, name)
    dtype = rng.choose((t.F32, t.F32, t.vec(2), t.vec(4)))
    where = _coordinates(k, ndim, grid)
    spelled = tree.Verbatim(t.SHAPE, 0.0, 0.0, "float" if dtype is t.F32 else str(dtype))
    plain = {t.F32: "=value height v sample", t.vec(2): "=flow uv_sample offset texel"}.get(
        dtype, "=texel color rgba c"
    )
    value = k.let(plain, tree.Call(dtype, 0.0, 1.0, "wp.texture_sample", (texture, *where), (("dtype", spelled),)))
    k.titles = {
        1: ("apply_colormap", "map_values", "lookup_ramp", "apply_lut", "transfer_lookup", "color_map"),
        2: words(
            "sample_texture texture_lookup shade_textured sample_image resample_image fetch_texels sample_heightmap"
        ),
        3: ("sample_volume_texture", "sample_tex3d", "apply_3d_lut", "color_grade", "lookup_volume_tex"),
    }[ndim]
    _textured(k, value, dtype)


def _coordinates(k: Kernel, ndim: int, grid: bool) -> tuple[Expr, ...]:
    rng = k.rng
    if grid:
        sizes = extent(k, k.launch[1], "=width w res_x"), extent(k, k.launch[0], "=height h res_y")
        u, v = (
            k.let(kind, (k.cast(i, t.F32) + 0.5) / k.cast(n, t.F32))
            for kind, i, n in zip(("=u s tx", "=v t_coord ty"), reversed(k.threads), sizes, strict=True)
        )
        if opt(k, 0.4):
            tiling = named(k, "=repeat tiles", setting(k, "=tiling uv_scale repeat", 0.5, 4.0, 2.0, 0.5))
            u, v = k.let("=u_tiled us", u * tiling), k.let("=v_tiled vs", v * tiling)
        if rng.chance(0.3):
            v = k.let("=v_flip flipped", 1.0 - v)
        return (u, v) if rng.chance(0.6) else (k.let("=uv coord", k.make(t.vec(2), u, v)),)
    if ndim == 1:
        x = read(k, "=value x t level intensity", t.F32, 0.0, 1.0)
        if rng.chance(0.5):
            lo, gain = (
                setting(k, "=vmin lo range_min", 0.0, 0.3, 0.0, 0.1),
                setting(k, "=inv_range gain scale", 0.5, 2.0, 1.0, 1.25),
            )
            x = k.let("=u s coord", k.call("clamp", (x - lo) * gain, 0.0, 1.0))
        return (x,)
    if rng.chance(0.6):
        uv = read(k, "=uv tex_coord coord st" if ndim == 2 else "=uvw coord p tex_coord", t.vec(ndim), 0.0, 1.0)
        if opt(k, 0.35):
            shift = k.scalar("=uv_offset offset pan scroll", t.vec(ndim), -0.5, 0.5)
            uv = k.let("=moved shifted st_i", uv + shift)
        return (uv,)
    return tuple(read(k, kind, t.F32, 0.0, 1.0) for kind in ("=u s", "=v r", "=w q")[:ndim])


def _textured(k: Kernel, value: Expr, dtype: t.Type) -> None:
    """What is made of the texel."""
    rng = k.rng
    how = rng.choose(("plain", "scaled", "tint", "blend"))
    if how == "scaled":
        value = value * setting(k, "=scale intensity gain strength", 0.1, 2.0, 0.5, 1.5)
    elif how == "tint" and isinstance(dtype, t.Vector):
        value = k.call("cw_mul", value, k.scalar("=tint modulate color_scale", dtype, 0.0, 1.0))
    elif how in ("tint", "blend"):
        old = k.let(
            "=dst current below", k.array("=base background layer", dtype, k.launch, low=0.0, high=1.0)[k.threads]
        )
        value = k.call("lerp", old, value, setting(k, "=alpha opacity mix", 0.1, 0.9, 0.5, 0.3))
    if dtype is t.F32 and opt(k, 0.3):
        value = value + setting(k, "=bias base_height offset", -0.5, 0.5, 0.1)
    write(k, "=heights values_out samples image" if dtype is t.F32 else "=image colors pixels out_color samples", value)
