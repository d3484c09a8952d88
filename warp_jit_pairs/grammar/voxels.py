"""Cells of volumes of densities, temperatures and distances, one thread each."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed
from .recipes import SINGLE, recipe
from .tasks import leave, named, opt, read, words, write
from .tree import Expr
from .volumes import (
    DENSITY,
    FIELDS,
    HEAT,
    SDF,
    counted,
    flag,
    listed_cell,
    own_cell,
    place_of,
    put,
    volume,
)
from .voxel_flows import FLOWS
from .voxel_labels import LABELED
from .voxel_shapes import SHAPED
from .voxel_stencils import STENCILS

Task = Callable[[Kernel, list[Expr], bool], None]


def _copy(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Densities into an array, as they are or remapped."""
    rng = k.rng
    grid = volume(k, DENSITY)
    k.titles = words("volume_to_array read_density dense_from_volume extract_density download_volume gather_voxels")
    rho = k.let("=rho density value v", grid.at(cell))
    if rng.chance(0.3):
        leave(k, rho <= fixed(k, "=cutoff min_density eps threshold", 0.0, 0.5, 0.0, 0.01))
    how = rng.choose(("plain", "scaled", "window", "absorb", "power"))
    if how == "scaled":
        rho = rho * fixed(k, "=scale density_scale gain", 0.1, 2.0, 0.5)
    elif how == "window":
        k.titles = words("normalize_volume remap_density window_volume rescale_voxels apply_window")
        low = fixed(k, "=lo vmin low window_min", -1.0, 0.0, 0.0, -0.5)
        mapped = (rho - low) * fixed(k, "=inv_range gain range_inv", 0.5, 2.0, 1.0)
        rho = k.call("clamp", mapped, 0.0, 1.0) if rng.chance(0.7) else mapped
    elif how == "absorb":
        k.titles = words("voxel_transmittance voxel_opacity extinction_from_density density_to_alpha compute_opacity")
        sigma = fixed(k, "=sigma extinction absorption", 0.1, 2.0, 0.5, 1.0)
        depth = sigma * k.call("max", rho, 0.0)
        if rng.chance(0.5):
            depth = depth * fixed(k, "=step voxel_size dx", 0.05, 0.5, 0.1, 0.25)
        clear = k.call("exp", -depth)
        rho = 1.0 - clear if rng.chance(0.6) else clear
    elif how == "power":
        k.titles = words("gamma_volume contrast_volume sharpen_density apply_gamma tone_map_volume")
        rho = k.call("pow", k.call("clamp", rho, 1e-3, 1.0), fixed(k, "=gamma exponent contrast", 0.5, 2.5, 2.2, 0.5))
    value = k.let("=mapped result out_v", rho) if rng.chance(0.5) else rho
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
        k, "=iso", fixed(k, "=iso level iso_value" if solid else "=threshold cutoff level", -0.2, 0.5, 0.0, 0.1)
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
        width = fixed(k, "=band band_width half_width", 0.1, 1.0, 0.5, 0.25)
        flag(k, "=band_mask near_surface in_band", k.call("abs", d - level) < width)
    else:
        k.titles = words("classify_cells label_cells cell_types tag_voxels cell_states")
        width = fixed(k, "=band width margin", 0.1, 0.5, 0.25)
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
        leave(k, rho <= fixed(k, "=threshold min_density cutoff", 0.0, 0.5, 0.0, 0.1))
    how = rng.choose(("mass", "extrema", "histogram", "center", "variance"))
    zero, one_more = k.integer(0), k.integer(1)
    if how == "histogram":
        k.titles = words("volume_histogram density_histogram intensity_histogram bin_voxels histogram_voxels")
        bins = k.dim(16, fixed=rng.chance(0.5))
        counts = k.array("=histogram bins counts hist", t.I32, (bins,), "inout", low=0, high=0)
        last = k.length(bins) - 1 if not bins.fixed else k.integer(15)
        scaled = rho * fixed(k, "=bins_per_unit scale inv_bin_width", 4.0, 16.0, 8.0, 16.0)
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
            rho = k.let("=m mass_c dm", rho * fixed(k, "=cell_volume dv voxel_volume", 0.01, 0.5, 0.125))
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
    dt = fixed(k, "=dt time_step h", 0.01, 0.1, 0.05, 0.02)
    if hot:
        k.titles = words("cool_temperature cool_volume radiative_cooling relax_temperature cool_cells")
        value = k.let("=temp t_cell temperature", grid.at(cell))
        ambient = named(k, "=ambient_t", fixed(k, "=ambient t_ambient ambient_temp", 0.0, 0.5, 0.0, 0.2))
        rate = fixed(k, "=cooling cooling_rate k_cool", 0.1, 3.0, 1.0, 0.5)
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
        rate = fixed(k, "=dissipation decay fade_rate", 0.05, 2.0, 0.5, 0.1)
        if how == "factor":
            made = value * fixed(k, "=decay keep fade", 0.5, 1.0, 0.98, 0.9)
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


def _upload(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """An array's values into a volume, as they are or with what is there."""
    rng = k.rng
    grid = volume(k, DENSITY)
    k.titles = words("store_density write_density density_to_volume upload_density fill_density_volume set_density")
    value = read(k, "=value rho density src", t.F32)
    if rng.chance(0.3):
        leave(k, value <= fixed(k, "=threshold cutoff eps", 0.0, 0.5, 0.0, 0.01))
    how = rng.choose(("plain", "scaled", "add", "max", "blend", "clamp"))
    if how == "scaled":
        value = value * fixed(k, "=scale gain strength", 0.1, 2.0, 0.5)
    elif how == "clamp":
        value = k.call("clamp", value, 0.0, fixed(k, "=max_density limit", 1.0, 3.0, 1.0, 2.0))
    elif how != "plain":
        k.titles = words("accumulate_density merge_density add_to_volume blend_into_volume update_density")
        old = k.let("=old prev current", grid.at(cell))
        if how == "blend":
            value = k.call("lerp", old, value, fixed(k, "=alpha blend rate", 0.05, 0.95, 0.5, 0.1))
        else:
            value = old + value if how == "add" else k.call("max", old, value)
    if rng.chance(0.3):
        value = k.let("=stored new_rho result", value)
    grid.store(cell, value)
    counted(k, 0.25, "=total mass density_sum", value)


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
            made = k.call("lerp", a, b, fixed(k, "=blend t morph", 0.0, 1.0, 0.5))
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
        e = k.let("=e err_c cost", k.call("abs", diff) if rng.chance(0.5) else diff * diff)
        write(k, "=error_out errors_out residuals_out", e)
        counted(k, 0.5, "=error_sum total_error", e)
        return
    if how == "lerp":
        made = k.call("lerp", a, b, fixed(k, "=blend t alpha", 0.0, 1.0, 0.5))
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
    place = k.let("=uvw src_uvw q_index", source.index(p))
    how = rng.choose(("point", "point", "mean", "largest", "inside"))
    if how == "inside":
        tests = [test for part in k.components(place) for test in (part < 0.0, part > 7.0)]
        leave(k, k.either(*tests))
    if how in ("mean", "largest"):
        k.titles = words("downsample_volume restrict_volume coarsen_volume supersample_volume")
        acc = k.variable("=acc total value", k.lit(0.0) if how == "mean" else source.sample(place))
        h = fixed(k, "=offset half_cell spread", 0.2, 1.0, 0.5, 0.25)
        with k.loop("=n s corner", 8) as n:
            parts = [k.cast(bits, t.F32) - 0.5 for bits in (n % 2, (n // 2) % 2, n // 4)]
            near = source.sample(place + k.make(VEC3, *parts) * h)
            k.set(acc, acc + 0.125 * near if how == "mean" else k.call("max", acc, near))
        k.shared.differentiable = False
        target.store(cell, acc)
        return
    value = k.let("=value rho v", source.sample(place))
    if rng.chance(0.3):
        value = k.call("lerp", target.at(cell), value, fixed(k, "=blend alpha mix", 0.1, 0.9, 0.5))
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
    sigma = fixed(k, "=sigma extinction absorption", 0.1, 2.0, 0.5)
    with k.loop("=s n step", rng.choose((4, 6, 8)) if rng.chance(0.6) else k.scalar("=num_steps", t.I32, 2, 8)):
        k.set(q, q + step)
        k.augment(depth, "+", k.call("max", grid.sample(q), 0.0))
    k.shared.differentiable = False
    light = k.call("exp", -(sigma * depth))
    if rho is not None and rng.chance(0.5):
        light = rho * light
    put(k, cell, "=light lighting shadow transmittance_out", "=light_volume shadow_grid", light, grid, alone)


_FLOATS: dict[str, tuple[float, Task, bool]] = {
    "copy": (1.4, _copy, False),
    "threshold": (1.0, _threshold, False),
    "statistics": (1.0, _statistics, False),
    "decay": (1.2, _decay, True),
    "upload": (1.2, _upload, True),
    "combine": (1.0, _combine, False),
    "resample": (0.8, _resample, True),
    "shadow": (0.7, _shadow, False),
}
"""Weights, what is done at a cell, and whether the thread needs the cell for itself."""

_TASKS = {**_FLOATS, **SHAPED, **STENCILS, **FLOWS, **LABELED}


@recipe("voxels of a volume looked up and stored", "geometry:12 combined:0.96", FIELDS, SINGLE)
def volume_cells(k: Kernel) -> None:
    _, task, own = _TASKS[k.rng.weighted({name: row[0] for name, row in _TASKS.items()})]
    alone = own or k.rng.chance(0.75)
    task(k, own_cell(k) if alone else listed_cell(k), alone)
