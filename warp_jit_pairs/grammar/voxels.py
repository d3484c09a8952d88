"""Cells of volumes of densities, temperatures and distances, one thread each."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3
from .recipes import SINGLE, recipe
from .tasks import leave, named, opt, read, setting, words, write
from .tree import Expr
from .volumes import (
    DENSITY,
    FIELDS,
    HEAT,
    SDF,
    beside,
    counted,
    flag,
    listed_cell,
    moved,
    own_cell,
    place_of,
    put,
    volume,
)
from .voxel_flows import FLOWS
from .voxel_labels import LABELED

Task = Callable[[Kernel, list[Expr], bool], None]


# -- one cell


def _copy(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Densities into an array, as they are or remapped."""
    rng = k.rng
    grid = volume(k, DENSITY)
    k.titles = words("volume_to_array read_density dense_from_volume extract_density download_volume gather_voxels")
    rho = k.let("=rho density value v", grid.at(cell))
    if rng.chance(0.3):
        leave(k, rho <= setting(k, "=cutoff min_density eps threshold", 0.0, 0.5, 0.0, 0.01))
    how = rng.choose(("plain", "scaled", "window", "absorb", "power"))
    if how == "scaled":
        rho = rho * setting(k, "=scale density_scale gain", 0.1, 2.0, 0.5)
    elif how == "window":
        k.titles = words("normalize_volume remap_density window_volume rescale_voxels apply_window")
        low = setting(k, "=lo vmin low window_min", -1.0, 0.0, 0.0, -0.5)
        mapped = (rho - low) * setting(k, "=inv_range gain range_inv", 0.5, 2.0, 1.0)
        rho = k.call("clamp", mapped, 0.0, 1.0) if rng.chance(0.7) else mapped
    elif how == "absorb":
        k.titles = words("voxel_transmittance voxel_opacity extinction_from_density density_to_alpha compute_opacity")
        sigma = setting(k, "=sigma extinction absorption", 0.1, 2.0, 0.5, 1.0)
        depth = sigma * k.call("max", rho, 0.0)
        if rng.chance(0.5):
            depth = depth * setting(k, "=step voxel_size dx", 0.05, 0.5, 0.1, 0.25)
        clear = k.call("exp", -depth)
        rho = 1.0 - clear if rng.chance(0.6) else clear
    elif how == "power":
        k.titles = words("gamma_volume contrast_volume sharpen_density apply_gamma tone_map_volume")
        rho = k.call("pow", k.call("clamp", rho, 1e-3, 1.0), setting(k, "=gamma exponent contrast", 0.5, 2.5, 2.2, 0.5))
    value = k.let("=mapped result out_v", rho) if rng.chance(0.4) else rho
    write(k, "=dense values density_out grid", value)
    counted(k, 0.4, "=total mass_sum total_density", value)


def _threshold(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """What is inside of a surface, or near it."""
    rng = k.rng
    solid = rng.chance(0.5)
    grid = volume(k, SDF if solid else DENSITY)
    k.titles = words(
        "mark_inside occupancy_from_sdf classify_voxels solid_cells mark_solid"
        if solid
        else "threshold_volume segment_volume mask_from_volume mark_dense binarize_volume"
    )
    d = k.let("=d phi dist" if solid else "=rho density v", grid.at(cell))
    level = named(
        k, "=iso", setting(k, "=iso level iso_value" if solid else "=threshold cutoff level", -0.2, 0.5, 0.0, 0.1)
    )
    inside = d < level if solid else d > level
    k.shared.differentiable = False
    how = rng.choose(("flag", "branch", "band", "code"))
    if how == "flag":
        flag(k, "=inside mask occupancy" if solid else "=mask dense_mask occupied", inside)
    elif how == "branch":
        with k.when(inside):
            write(k, "=inside mask occupancy" if solid else "=mask dense_mask occupied", k.integer(1))
            count = k.array("=count num_inside num_voxels", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
    elif how == "band":
        if solid:
            k.titles = words("mark_narrow_band narrow_band_mask surface_voxels find_surface_cells band_cells")
        width = setting(k, "=band band_width half_width", 0.1, 1.0, 0.5, 0.25)
        flag(k, "=band_mask near_surface in_band", k.call("abs", d - level) < width)
    else:
        k.titles = words("classify_cells label_cells cell_types tag_voxels cell_states")
        width = setting(k, "=band width margin", 0.1, 0.5, 0.25)
        kind = k.variable("=cell_type kind code", k.integer(0), False)
        with k.when(inside):
            k.set(kind, 2)
        with k.otherwise_when(d < level + width if solid else d > level - width):
            k.set(kind, 1)
        write(k, "=cell_types kinds codes", kind)
    if opt(k, 0.3):
        write(k, "=values phi_out distances" if solid else "=values density_out", d)


def _statistics(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """What all cells come to: mass, centre, extrema, a histogram."""
    rng = k.rng
    grid = volume(k, DENSITY)
    one = (k.dim(1, fixed=True),)
    k.shared.differentiable = False
    rho = k.let("=rho density value", grid.at(cell))
    if rng.chance(0.6):
        leave(k, rho <= setting(k, "=threshold min_density cutoff", 0.0, 0.5, 0.0, 0.1))
    how = rng.choose(("mass", "extrema", "histogram", "center", "variance"))
    zero, one_more = k.integer(0), k.integer(1)
    if how == "histogram":
        k.titles = words("volume_histogram density_histogram intensity_histogram bin_voxels histogram_voxels")
        bins = k.dim(16, fixed=rng.chance(0.5))
        counts = k.array("=histogram bins counts hist", t.I32, (bins,), "inout", low=0, high=0)
        last = k.length(bins) - 1 if not bins.fixed else k.integer(15)
        scaled = rho * setting(k, "=bins_per_unit scale inv_bin_width", 4.0, 16.0, 8.0, 16.0)
        b = k.let("=b bin slot", k.call("clamp", k.cast(scaled, t.I32), zero, last))
        amount = k.integer(1)
        k.do(k.call("atomic_add", counts, b, amount, gives=t.I32))
        return
    if how == "extrema":
        k.titles = words("volume_range min_max_density density_bounds volume_extrema find_value_range")
        low, high = rng.choose((("min_density", "max_density"), ("lowest", "highest"), ("vmin", "vmax")))
        k.do(
            k.call("atomic_max", k.array(f"={high}", t.F32, one, "inout", low=-9.0, high=-9.0), zero, rho, gives=t.F32)
        )
        if rng.chance(0.7):
            k.do(
                k.call("atomic_min", k.array(f"={low}", t.F32, one, "inout", low=9.0, high=9.0), zero, rho, gives=t.F32)
            )
    else:
        total = k.array("=total mass total_mass mass_sum", t.F32, one, "inout", low=0.0, high=0.0)
        if rng.chance(0.5):
            rho = k.let("=m mass_c dm", rho * setting(k, "=cell_volume dv voxel_volume", 0.01, 0.5, 0.125))
        k.do(k.call("atomic_add", total, zero, rho, gives=t.F32))
        if how == "variance":
            k.titles = words("density_moments volume_moments accumulate_moments sum_and_squares volume_statistics")
            squares = k.array("=sq_sum sum_sq square_total", t.F32, one, "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", squares, zero, rho * rho, gives=t.F32))
        elif how == "center":
            k.titles = words("center_of_mass smoke_center volume_centroid mass_moments density_centroid")
            p = k.let("=p x world_p", grid.world(place_of(k, cell)))
            sums = k.array("=moment weighted_sum center_sum first_moment", VEC3, one, "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", sums, zero, p * rho, gives=VEC3))
        else:
            k.titles = words("total_mass sum_density volume_mass integrate_volume accumulate_mass")
    if opt(k, 0.4):
        cells = k.array("=cell_count num_cells occupied", t.I32, one, "inout", low=0, high=0)
        k.do(k.call("atomic_add", cells, zero, one_more, gives=t.I32))


def _decay(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """What each cell loses in a step, in place."""
    rng = k.rng
    hot = rng.chance(0.4)
    grid = volume(k, HEAT if hot else DENSITY)
    dt = setting(k, "=dt time_step h", 0.01, 0.1, 0.05, 0.02)
    if hot:
        k.titles = words("cool_temperature cool_volume radiative_cooling relax_temperature cool_cells")
        value = k.let("=temp t_cell temperature", grid.at(cell))
        ambient = named(k, "=ambient_t", setting(k, "=ambient t_ambient ambient_temp", 0.0, 0.5, 0.0, 0.2))
        rate = setting(k, "=cooling cooling_rate k_cool", 0.1, 3.0, 1.0, 0.5)
        above = k.let("=excess above dtemp", value - ambient)
        how = rng.choose(("linear", "exp", "quartic"))
        if how == "exp":
            made = ambient + above * k.call("exp", -(rate * dt))
        elif how == "quartic":
            square = k.let("=sq above2", above * above)
            made = value - rate * dt * square * square
        else:
            made = value - rate * dt * above
    else:
        k.titles = words("dissipate_density decay_smoke fade_density dissipate dissipate_volume")
        value = k.let("=rho density old", grid.at(cell))
        how = rng.choose(("factor", "exp", "linear", "implicit"))
        rate = setting(k, "=dissipation decay fade_rate", 0.05, 2.0, 0.5, 0.1)
        if how == "factor":
            made = value * setting(k, "=decay keep fade", 0.5, 1.0, 0.98, 0.9)
        elif how == "exp":
            made = value * k.call("exp", -(rate * dt))
        elif how == "implicit":
            made = value / (1.0 + rate * dt)
        else:
            made = k.call("max", value - rate * dt, 0.0)
    if rng.chance(0.4) and not hot:
        eps = k.choose_lit(1e-4, 1e-3, 0.01)
        made = k.let("=rho_new faded kept", made)
        made = k.where(made < eps, k.lit(0.0), made)
    grid.store(cell, made)


def _emit(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """A source that fills the cells near a place."""
    rng = k.rng
    grid = volume(k, DENSITY)
    k.titles = words("emit_density add_source emit_smoke inject_density apply_emitter spawn_smoke")
    low, high, which = rng.choose(((0.5, 3.5, "index"), (0.8, 2.5, "world")))
    p = place_of(k, cell)
    p = k.let("=p x pos cell_pos", p if which == "index" else grid.world(p))
    center = k.scalar("=source_pos emitter_pos center source", VEC3, low, high)
    radius = named(k, "=r", setting(k, "=radius emitter_radius source_radius", 0.5, 2.5, 1.0, 2.0))
    d = k.let("=d dist r_c", k.call("length", p - center))
    leave_early = rng.chance(0.5)
    rate = setting(k, "=rate emission strength amount", 0.2, 2.0, 1.0, 0.5)
    soft = rng.chance(0.4)
    if soft:
        rate = k.let("=w falloff strength_c", rate * (1.0 - k.call("min", d / radius, 1.0)))

    def fill() -> None:
        how = rng.choose(("add", "max", "blend"))
        old = k.let("=old rho prev", grid.at(cell))
        if how == "add":
            made = old + rate * setting(k, "=dt time_step", 0.01, 0.1, 0.05, 0.02)
            made = k.call("min", made, setting(k, "=max_density limit", 1.0, 3.0, 2.0)) if rng.chance(0.4) else made
        elif how == "max":
            made = k.call("max", old, rate)
        else:
            made = k.call("lerp", old, rate, setting(k, "=blend alpha mix", 0.05, 0.9, 0.5, 0.1))
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
        return k.call("dot", p, n) - setting(k, "=offset plane_d level", 0.2, 1.5, 1.0, 0.5)
    if how == "capsule":
        a, b = k.scalar("=seg_a cap_a p0", VEC3, 0.2, 1.5), k.scalar("=seg_b cap_b p1", VEC3, 1.0, 3.0)
        pa, ba = k.let("=pa ap", p - a), k.let("=ba ab", b - a)
        h = k.let(
            "=h s u", k.call("clamp", k.call("dot", pa, ba) / k.call("max", k.call("dot", ba, ba), 1e-4), 0.0, 1.0)
        )
        return k.call("length", pa - ba * h) - setting(k, "=radius cap_radius", 0.1, 1.0, 0.5)
    center = k.scalar(
        "=center shape_pos sphere_pos brush_pos" if how == "sphere" else "=center shape_pos", VEC3, 0.5, 2.5
    )
    local_p = k.let("=d rel q local_p", p - center)
    if how == "sphere":
        return k.call("length", local_p) - setting(k, "=radius sphere_radius brush_radius", 0.3, 1.5, 1.0, 0.5)
    if how == "torus":
        ring = k.call("sqrt", local_p[0] * local_p[0] + local_p[2] * local_p[2])
        ring = k.let("=ring q_xz", ring - setting(k, "=major_radius ring_radius", 0.5, 1.5, 1.0))
        tube = setting(k, "=minor_radius tube_radius", 0.1, 0.5, 0.25)
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
            width = named(k, "=w", setting(k, "=band truncation half_width max_dist", 0.3, 1.0, 0.5))
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
        width = named(k, "=k_s", setting(k, "=smoothness blend_k smooth_k", 0.1, 1.0, 0.25, 0.5))
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
    band = named(k, "=mu", setting(k, "=truncation trunc trunc_dist", 0.2, 1.0, 0.5))
    sdf = k.let("=sdf eta dist", measured - depth_of)
    leave(k, sdf < -band)
    new = k.let("=tsdf_new d_new phi", k.call("min", sdf / band, 1.0))
    old = k.let("=tsdf_old d_old prev", grid.at(cell))
    if rng.chance(0.3):
        grid.store(cell, k.call("lerp", old, new, setting(k, "=alpha blend rate", 0.05, 0.9, 0.1, 0.5)))
        return
    weights = k.array("=weights weight_grid w_grid", t.F32, k.launch, "inout", low=0.0, high=4.0)
    w = k.let("=w w_old weight", weights[k.threads])
    grid.store(cell, (old * w + new) / (w + 1.0))
    most = setting(k, "=max_weight w_max", 2.0, 64.0, 64.0, 32.0)
    k.set(weights[k.threads], k.call("min", w + 1.0, most) if rng.chance(0.6) else w + 1.0)


def _upload(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """An array's values into a volume, as they are or with what is there."""
    rng = k.rng
    grid = volume(k, DENSITY)
    k.titles = words("store_density write_density density_to_volume upload_density fill_density_volume set_density")
    value = read(k, "=value rho density src", t.F32)
    if rng.chance(0.3):
        leave(k, value <= setting(k, "=threshold cutoff eps", 0.0, 0.5, 0.0, 0.01))
    how = rng.choose(("plain", "scaled", "add", "max", "blend", "clamp"))
    if how == "scaled":
        value = value * setting(k, "=scale gain strength", 0.1, 2.0, 0.5)
    elif how == "clamp":
        value = k.call("clamp", value, 0.0, setting(k, "=max_density limit", 1.0, 3.0, 1.0, 2.0))
    elif how != "plain":
        k.titles = words("accumulate_density merge_density add_to_volume blend_into_volume update_density")
        old = k.let("=old prev current", grid.at(cell))
        if how == "blend":
            value = k.call("lerp", old, value, setting(k, "=alpha blend rate", 0.05, 0.95, 0.5, 0.1))
        else:
            value = old + value if how == "add" else k.call("max", old, value)
    if rng.chance(0.3):
        value = k.let("=stored new_rho result", value)
    grid.store(cell, value)
    counted(k, 0.25, "=total mass density_sum", value)


# -- several volumes


def _combine(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Two volumes of one grid into a third."""
    rng = k.rng
    solid = rng.chance(0.5)
    if solid:
        first = volume(k, "=sdf_a phi_a first_sdf")
        second = volume(k, "=sdf_b phi_b second_sdf", like=first)
        a, b = k.let("=a da d_a", first.at(cell)), k.let("=b db d_b", second.at(cell))
        how = rng.choose(("min", "max", "carve", "morph"))
        if how == "morph":
            k.titles = words("morph_sdf blend_shapes interpolate_sdf morph_volumes")
            made = k.call("lerp", a, b, setting(k, "=blend t morph", 0.0, 1.0, 0.5))
        elif how == "carve":
            k.titles = words("subtract_volume carve_volume csg_difference subtract_sdfs")
            made = k.call("max", a, -b)
        else:
            verb = "union" if how == "min" else "intersect"
            k.titles = (f"{verb}_volumes", f"{verb}_sdfs", f"csg_{verb}", f"{verb}_shapes")
            made = k.call(how, a, b)
        put(k, cell, "=combined phi_out result", "=sdf_out dst_sdf result_sdf", made, first, alone)
        return
    k.titles = words("blend_volumes mix_density crossfade_volumes composite_volumes difference_volume")
    first = volume(k, "=volume_a src_a density_a prev_volume")
    second = volume(k, "=volume_b src_b density_b next_volume", like=first)
    a, b = k.let("=a va rho_a", first.at(cell)), k.let("=b vb rho_b", second.at(cell))
    how = rng.choose(("lerp", "difference", "product", "over"))
    if how == "difference":
        k.titles = words("volume_difference compare_volumes density_error volume_residual")
        diff = k.let("=diff err delta", a - b)
        write(k, "=errors diff_out residuals", k.call("abs", diff) if rng.chance(0.5) else diff * diff)
        counted(k, 0.5, "=error_sum total_error loss", diff * diff)
        return
    if how == "lerp":
        made = k.call("lerp", a, b, setting(k, "=blend t alpha", 0.0, 1.0, 0.5))
    else:
        made = a * b if how == "product" else a + b * (1.0 - k.call("clamp", a, 0.0, 1.0))
    put(k, cell, "=blended density_out result", "=dst_volume volume_out result_volume", made, first, alone)


def _resample(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """The values of one grid at the cells of another."""
    rng = k.rng
    k.titles = words("resample_volume regrid_volume transfer_volume upsample_volume copy_between_grids")
    source = volume(k, "=src src_volume source_volume coarse_volume")
    target = volume(k, "=dst dst_volume target_volume fine_volume", like=source)
    p = k.let("=p world_p x", target.world(place_of(k, cell)))
    if rng.chance(0.35):
        pose = k.scalar("=xform src_from_dst X_sd alignment", t.transform(), -0.3, 0.3, unit=True)
        p = k.let("=p_src q moved", k.call("transform_point", pose, p))
    value = k.let("=value rho v", source.sample(k.let("=uvw src_uvw q_index", source.index(p))))
    if rng.chance(0.3):
        value = k.call("lerp", target.at(cell), value, setting(k, "=blend alpha mix", 0.1, 0.9, 0.5))
    elif rng.chance(0.3):
        value = k.call("max", value, 0.0)
    target.store(cell, value)


def _shadow(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """The light that reaches a cell through the smoke."""
    rng = k.rng
    k.titles = words("light_volume shadow_volume deep_shadow light_voxels self_shadow bake_lighting")
    grid = volume(k, DENSITY)
    rho = None
    if rng.chance(0.5):
        rho = k.let("=rho density here", grid.at(cell))
        leave(k, rho <= k.choose_lit(0.0, 1e-3, 0.01))
    step = k.scalar("=light_step to_light light_dir", VEC3, -1.0, 1.0, unit=True)
    q = k.variable("=q pos sample_p", place_of(k, cell))
    depth = k.variable("=tau depth optical_depth", k.lit(0.0))
    sigma = setting(k, "=sigma extinction absorption", 0.1, 2.0, 0.5)
    with k.loop("=s n step", rng.choose((4, 6, 8)) if rng.chance(0.6) else k.scalar("=num_steps", t.I32, 2, 8)):
        k.set(q, q + step)
        k.augment(depth, "+", k.call("max", grid.sample(q), 0.0))
    k.shared.differentiable = False
    light = k.call("exp", -(sigma * depth))
    if rho is not None and rng.chance(0.5):
        light = rho * light
    put(k, cell, "=light lighting shadow transmittance_out", "=light_volume shadow_grid", light, grid, alone)


# -- cells beside each other


def _slope(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """The gradient by differences, and what is made of it: normals, edges, how well distances are kept."""
    rng = k.rng
    solid = rng.chance(0.6)
    grid = volume(k, SDF if solid else DENSITY)
    if rng.chance(0.35):
        here = k.let("=phi d center" if solid else "=rho center v", grid.at(cell))
        if solid:
            leave(k, k.call("abs", here) > setting(k, "=band band_width", 0.2, 1.5, 1.0, 0.5))
        else:
            leave(k, here <= setting(k, "=threshold min_density", 0.0, 0.5, 0.0, 0.1))
    if rng.chance(0.25):
        here = k.let("=c center value", grid.at(cell))
        ahead = [k.let(f"=d{axis} {axis}_slope", grid.at(moved(cell, n, 1)) - here) for n, axis in enumerate("xyz")]
        grad = k.make(VEC3, *ahead)
        spacing = setting(k, "=dx voxel_size h", 0.1, 1.0, 0.5, 1.0)
    else:
        pairs = beside(k, grid, cell)
        parts = [a - b for a, b in pairs]
        if rng.chance(0.4):
            parts = [k.let(f"=d{axis} g{axis}", part) for axis, part in zip("xyz", parts, strict=True)]
        grad = k.make(VEC3, *parts)
        spacing = 2.0 * setting(k, "=dx voxel_size h", 0.1, 1.0, 0.5, 1.0)
    how = rng.choose(("normal", "magnitude", "gradient"))
    if how == "normal":
        k.titles = words("volume_normals sdf_normals gradient_normals compute_voxel_normals surface_normals")
        grad = k.let("=grad g gradient", grad)
        n = k.call("normalize", grad)
        write(k, "=normals n_out voxel_normals", -n if not solid else n)
        return
    grad = k.let("=grad g gradient", grad * (1.0 / spacing) if rng.chance(0.3) else grad / spacing)
    if how == "gradient":
        k.titles = words("volume_gradient central_difference grid_gradient compute_gradient finite_difference")
        write(k, "=gradients grad_out grads", grad)
        if opt(k, 0.3):
            write(k, "=magnitudes grad_norm", k.call("length", grad))
    elif solid:
        k.titles = words("eikonal_error eikonal_residual sdf_gradient_error check_eikonal")
        error = k.let("=err residual e", k.call("length", grad) - 1.0)
        write(k, "=residuals eikonal_err", k.call("abs", error) if rng.chance(0.5) else error * error)
    else:
        k.titles = words("edge_strength gradient_magnitude volume_edges detect_boundaries")
        edge = k.let("=mag edge strength", k.call("length", grad))
        write(k, "=edges edge_strength magnitudes", edge)
        if opt(k, 0.4):
            flag(k, "=edge_mask is_edge", edge > setting(k, "=edge_threshold min_edge", 0.5, 2.0, 1.0))


def _diffuse(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """A step of diffusion, or a cell smoothed with the six beside it."""
    rng = k.rng
    hot = rng.chance(0.5)
    grid = volume(k, HEAT if hot else DENSITY)
    how = rng.choose(("step", "smooth", "jacobi", "laplacian"))
    c = k.let("=c center t_c" if hot else "=c center rho", grid.at(cell)) if how != "jacobi" else k.lit(0.0)
    if how in ("step", "laplacian") and rng.chance(0.35):
        bends = [a - 2.0 * c + b for a, b in beside(k, grid, cell)]
        parts = [k.let(f"=d{axis}{axis} lap_{axis}", bend) for axis, bend in zip("xyz", bends, strict=True)]
        around = lap = parts[0] + parts[1] + parts[2]
    elif rng.chance(0.25):
        around = k.variable("=total acc nbr_sum", k.lit(0.0), False)
        for axis in range(3):
            k.augment(around, "+", grid.at(moved(cell, axis, 1)) + grid.at(moved(cell, axis, -1)))
        lap = around - 6.0 * c
    else:
        (a0, b0), (a1, b1), (a2, b2) = beside(k, grid, cell)
        around = k.let("=total nbr_sum ring", a0 + b0 + a1 + b1 + a2 + b2)
        lap = around - 6.0 * c
    if how in ("step", "laplacian") and rng.chance(0.7):
        lap = k.let("=lap laplacian", lap)
    if how == "step":
        k.titles = words(
            "diffuse_temperature heat_step conduct_heat" if hot else "diffuse_density diffusion_step diffuse_volume"
        )
        rate = setting(k, "=alpha diffusivity kappa", 0.05, 0.5, 0.1)
        rate = rate * setting(k, "=dt time_step", 0.01, 0.2, 0.1, 0.05) if rng.chance(0.6) else rate
        made = c + rate * lap
    elif how == "laplacian":
        k.titles = words("volume_laplacian grid_laplacian laplacian_stencil compute_laplacian")
        h = named(k, "=h", setting(k, "=dx voxel_size spacing", 0.1, 1.0, 0.5, 1.0))
        made = lap / (h * h)
    elif how == "jacobi":
        k.titles = words("jacobi_iteration jacobi_sweep relax_volume poisson_jacobi")
        rhs = read(k, "=rhs source b", t.F32)
        made = (around - rhs) / 6.0 if rng.chance(0.5) else (around + rhs) * (1.0 / 6.0)
    else:
        k.titles = words("smooth_volume blur_volume relax_cells laplacian_smooth average_neighbors")
        made = k.call("lerp", c, around / 6.0, setting(k, "=strength blend smoothing", 0.1, 1.0, 0.5))
    put(k, cell, "=values_out smoothed result", "=dst_volume volume_out next_volume", made, grid, alone)


def _block(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """The cells of a block around one: their mean, extremes, number."""
    rng = k.rng
    grid = volume(k, DENSITY)
    how = rng.choose(("mean", "max", "min", "count", "gauss"))
    edge = how in ("max", "min")
    first = k.lit(0.0) if not edge else grid.at(cell)
    acc = k.variable("=best peak top" if edge else "=total acc sum_v", first) if how != "count" else None
    number = k.variable("=count num n_dense", k.integer(0)) if how == "count" else None
    norm = k.variable("=norm wsum w_total", k.lit(0.0)) if how == "gauss" else None
    sigma = setting(k, "=inv_sigma2 sharpness", 0.2, 1.0, 0.5) if how == "gauss" else None
    level = setting(k, "=threshold level cutoff", 0.0, 0.5, 0.1, 0.25) if how == "count" else None
    r: Expr | int = k.scalar("=radius r half_size", t.I32, 1, 2) if rng.chance(0.3) else 1
    bounds = (-1, 2) if r == 1 and not isinstance(r, Expr) else (0 - r, r + 1)
    k.shared.differentiable = False
    with k.loop("=di dx oi", *bounds, low=-2.0) as a, k.loop("=dj dy oj", *bounds, low=-2.0) as b:
        with k.loop("=dk dz ok", *bounds, low=-2.0) as c:
            value = grid.at([p + o for p, o in zip(cell, (a, b, c), strict=True)])
            if number is not None and level is not None:
                with k.when(value > level):
                    k.augment(number, "+", 1)
            elif acc is not None and edge:
                k.set(acc, k.call(how, acc, value))
            elif acc is not None and norm is not None and sigma is not None:
                w = k.let("=w weight", k.call("exp", -(sigma * k.cast(a * a + b * b + c * c, t.F32))))
                k.augment(acc, "+", w * value)
                k.augment(norm, "+", w)
            elif acc is not None:
                k.augment(acc, "+", value)
    k.gap()
    if number is not None:
        k.titles = words("count_dense_neighbors local_occupancy neighbor_counts count_filled")
        write(k, "=counts neighbor_counts num_dense", number)
        if opt(k, 0.5):
            few = k.scalar("=min_count min_neighbors", t.I32, 1, 20)
            flag(k, "=isolated speckles outliers", number < few)
        return
    assert acc is not None
    if edge:
        k.titles = words(
            "dilate_volume max_filter local_maximum" if how == "max" else "erode_volume min_filter local_minimum"
        )
        made = acc
    else:
        k.titles = words(
            "box_filter box_blur mean_filter blur_volume" if how == "mean" else "gaussian_blur gaussian_filter"
        )
        many = 27.0 if not isinstance(r, Expr) else None
        if norm is not None:
            made = acc / norm
        elif many is not None:
            made = acc / many
        else:
            assert isinstance(r, Expr)
            side = k.let("=side width", k.cast(2 * r + 1, t.F32))
            made = acc / (side * side * side)
    put(k, cell, "=filtered values_out blurred", "=dst_volume filtered_volume volume_out", made, grid, alone)


_FLOATS: dict[str, tuple[float, Task, bool]] = {
    "copy": (1.4, _copy, False),
    "threshold": (1.0, _threshold, False),
    "statistics": (1.0, _statistics, False),
    "decay": (1.2, _decay, True),
    "emit": (1.2, _emit, True),
    "paint": (1.6, _paint, True),
    "fuse": (0.8, _fuse, True),
    "upload": (1.2, _upload, True),
    "combine": (1.0, _combine, False),
    "resample": (0.8, _resample, True),
    "shadow": (0.7, _shadow, False),
    "slope": (1.5, _slope, False),
    "diffuse": (1.3, _diffuse, False),
    "block": (0.9, _block, False),
}
"""Weights, what is done at a cell, and whether the thread needs the cell for itself."""

_TASKS = {**_FLOATS, **FLOWS, **LABELED}


@recipe("voxels of a volume looked up and stored", "geometry:12 combined:0.96", FIELDS, "gather", SINGLE)
def volume_cells(k: Kernel) -> None:
    _, task, own = _TASKS[k.rng.weighted({name: row[0] for name, row in _TASKS.items()})]
    alone = own or k.rng.chance(0.75)
    task(k, own_cell(k) if alone else listed_cell(k), alone)
