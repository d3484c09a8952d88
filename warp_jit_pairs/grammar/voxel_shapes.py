"""Cells of volumes filled from outside, one thread each: sources, shapes, depth images."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed
from .tasks import leave, named, words
from .tree import Expr
from .volumes import DENSITY, SDF, place_of, volume


def _emit(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """A source that fills the cells near a place."""
    rng = k.rng
    grid = volume(k, DENSITY)
    k.titles = words("emit_density add_source emit_smoke inject_density apply_emitter spawn_smoke")
    low, high, which = rng.choose(((0.5, 3.5, "index"), (0.8, 2.5, "world")))
    p = place_of(k, cell)
    p = k.let("=p x pos cell_pos", p if which == "index" else grid.world(p))
    center = k.scalar("=source_pos emitter_pos center source", VEC3, low, high)
    radius = named(k, "=r", fixed(k, "=radius emitter_radius source_radius", 0.5, 2.5, 1.0, 2.0))
    d = k.let("=d dist r_c", k.call("length", p - center))
    leave_early = rng.chance(0.5)
    rate = fixed(k, "=rate emission strength amount", 0.2, 2.0, 1.0, 0.5)
    soft = rng.chance(0.4)
    if soft:
        rate = k.let("=w falloff strength_c", rate * (1.0 - k.call("min", d / radius, 1.0)))

    def fill() -> None:
        how = rng.choose(("add", "max", "blend"))
        old = k.let("=old rho prev", grid.at(cell))
        if how == "add":
            made = old + rate * fixed(k, "=dt time_step", 0.01, 0.1, 0.05, 0.02)
            made = k.call("min", made, fixed(k, "=max_density limit", 1.0, 3.0, 2.0)) if rng.chance(0.4) else made
        elif how == "max":
            made = k.call("max", old, rate)
        else:
            made = k.call("lerp", old, rate, fixed(k, "=blend alpha mix", 0.05, 0.9, 0.5, 0.1))
        grid.store(cell, made)

    if leave_early:
        leave(k, d >= radius if rng.chance(0.5) else d > radius)
        fill()
    else:
        with k.when(d < radius):
            fill()


def _shape(k: Kernel, p: Expr) -> Expr:
    """The distance of a place from a shape."""
    rng = k.rng
    how = rng.choose(("sphere", "sphere", "box", "plane", "capsule", "torus"))
    if how == "plane":
        n = k.scalar("=plane_n normal plane_normal", VEC3, -1.0, 1.0, unit=True)
        return k.call("dot", p, n) - fixed(k, "=offset plane_d level", 0.2, 1.5, 1.0, 0.5)
    if how == "capsule":
        a, b = k.scalar("=seg_a cap_a p0", VEC3, 0.2, 1.5), k.scalar("=seg_b cap_b p1", VEC3, 1.0, 3.0)
        pa, ba = k.let("=pa ap", p - a), k.let("=ba ab", b - a)
        h = k.let(
            "=h s u", k.call("clamp", k.call("dot", pa, ba) / k.call("max", k.call("dot", ba, ba), 1e-4), 0.0, 1.0)
        )
        return k.call("length", pa - ba * h) - fixed(k, "=radius cap_radius", 0.1, 1.0, 0.5)
    center = k.scalar(
        "=center shape_pos sphere_pos brush_pos" if how == "sphere" else "=center shape_pos", VEC3, 0.5, 2.5
    )
    local_p = k.let("=d rel q local_p", p - center)
    if how == "sphere":
        return k.call("length", local_p) - fixed(k, "=radius sphere_radius brush_radius", 0.3, 1.5, 1.0, 0.5)
    if how == "torus":
        ring = k.call("sqrt", local_p[0] * local_p[0] + local_p[2] * local_p[2])
        ring = k.let("=ring q_xz", ring - fixed(k, "=major_radius ring_radius", 0.5, 1.5, 1.0))
        tube = fixed(k, "=minor_radius tube_radius", 0.1, 0.5, 0.25)
        return k.call("sqrt", ring * ring + local_p[1] * local_p[1]) - tube
    half = k.scalar("=half_extents extents box_half", VEC3, 0.3, 1.5)
    q = k.let("=q ext", k.call("abs", local_p) - half)
    outside = k.call("length", k.call("max", q, k.zero(VEC3)))
    if rng.chance(0.4):
        return outside
    return outside + k.call("min", k.call("max", q[0], k.call("max", q[1], q[2])), 0.0)


def _paint(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """A shape drawn into a volume of distances."""
    rng = k.rng
    grid = volume(k, SDF)
    p = k.let("=p world_p x pos", grid.world(place_of(k, cell)))
    how = rng.choose(("set", "union", "carve", "smooth", "intersect"))
    d = k.let("=d dist shape_d phi_s", _shape(k, p))
    if how == "set":
        k.titles = words("rasterize_sdf init_sdf bake_sdf fill_sdf_volume voxelize_shape write_sdf")
        if rng.chance(0.5):
            width = named(k, "=w", fixed(k, "=band truncation half_width max_dist", 0.3, 1.0, 0.5))
            d = k.call("clamp", d, -width, width)
        grid.store(cell, d)
        return
    old = k.let("=old phi current", grid.at(cell))
    if how == "union":
        k.titles = words("union_sdf stamp_sdf add_shape merge_shape csg_union")
        made = k.call("min", old, d)
    elif how == "intersect":
        k.titles = words("intersect_sdf csg_intersect clip_sdf crop_to_shape")
        made = k.call("max", old, d)
    elif how == "carve":
        k.titles = words("carve_sdf subtract_sdf dig_sdf csg_subtract cut_shape")
        made = k.call("max", old, -d)
    else:
        k.titles = words("smooth_union blend_sdf smooth_merge_sdf soft_union")
        width = named(k, "=k_s", fixed(k, "=smoothness blend_k smooth_k", 0.1, 1.0, 0.25, 0.5))
        h = k.let("=h blend", k.call("clamp", 0.5 + 0.5 * (d - old) / width, 0.0, 1.0))
        made = k.call("lerp", d, old, h) - width * h * (1.0 - h)
    if rng.chance(0.3):
        changed = k.let("=phi_new merged", made)
        with k.when(changed.differs(old)):
            grid.store(cell, changed)
    else:
        grid.store(cell, made)


def _fuse(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """A depth image fused into a volume of truncated distances."""
    rng = k.rng
    k.titles = words("integrate_tsdf fuse_depth tsdf_fusion integrate_depth update_tsdf")
    grid = volume(k, "=tsdf tsdf_volume volume")
    pose = k.scalar("=cam_from_world view_xform X_cw extrinsic", t.transform(), -0.5, 0.5, unit=True)
    p = k.let("=p_cam p_c x_cam", k.call("transform_point", pose, grid.world(place_of(k, cell))))
    depth_of = k.let("=z depth_c zc", k.call("abs", p[2]) if rng.chance(0.2) else p[2])
    leave(k, depth_of <= k.choose_lit(0.01, 0.05, 0.1))
    height, width = k.dim(8), k.dim(8)
    image = k.array("=depth depth_image depth_map", t.F32, (height, width), low=0.5, high=4.0)
    names_ = ("fx", "cx"), ("fy", "cy")
    cols: list[Expr] = []
    for axis, (focal, middle) in enumerate(names_):
        f, c = k.scalar(f"={focal}", t.F32, 2.0, 5.0), k.scalar(f"={middle}", t.F32, 3.0, 4.5)
        at = p[axis] / depth_of * f + c
        cols.append(
            k.let(
                "=u px col" if axis == 0 else "=v py row",
                k.cast(k.call("round", k.call("clamp", at, -9.0, 99.0)), t.I32),
            )
        )
    u, v = cols
    leave(k, k.either(u < 0, u >= k.length(width, image, 1), v < 0, v >= k.length(height, image, 0)))
    measured = k.let("=d measured z_m", image[v, u])
    if rng.chance(0.4):
        leave(k, measured <= 0.0)
    band = named(k, "=mu", fixed(k, "=truncation trunc trunc_dist", 0.2, 1.0, 0.5))
    sdf = k.let("=sdf eta dist", measured - depth_of)
    leave(k, sdf < -band)
    new = k.let("=tsdf_new d_new phi", k.call("min", sdf / band, 1.0))
    old = k.let("=tsdf_old d_old prev", grid.at(cell))
    if rng.chance(0.3):
        grid.store(cell, k.call("lerp", old, new, fixed(k, "=alpha blend rate", 0.05, 0.9, 0.1, 0.5)))
        return
    weights = k.array("=weights weight_grid w_grid", t.F32, k.launch, "inout", low=0.0, high=4.0)
    w = k.let("=w w_old weight", weights[k.threads])
    grid.store(cell, (old * w + new) / (w + 1.0))
    most = fixed(k, "=max_weight w_max", 2.0, 64.0, 64.0, 32.0)
    k.set(weights[k.threads], k.call("min", w + 1.0, most) if rng.chance(0.6) else w + 1.0)


SHAPED: dict[str, tuple[float, Callable[[Kernel, list[Expr], bool], None], bool]] = {
    "emit": (1.2, _emit, True),
    "paint": (1.6, _paint, True),
    "fuse": (0.8, _fuse, True),
}
"""Weights, what is done at a cell, and whether the thread needs the cell for itself."""
