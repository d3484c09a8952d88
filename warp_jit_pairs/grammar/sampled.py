"""Volumes sampled at points, one thread each: densities, labels, sparse grids."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed, handle, op
from .recipes import SINGLE, recipe
from .sampled_flows import CARRIED
from .sampled_rays import RAYS
from .sampled_solids import SOLIDS
from .tasks import launch, leave, local, named, read, words, write
from .tree import Expr
from .volumes import (
    DENSITY,
    FIELDS,
    HEAT,
    INDEX,
    LABELS,
    POINT,
    SDF,
    UVW,
    blank_vector,
    by_axis,
    flag,
    mode,
    place_of,
    point_of,
    volume,
    within,
)

# -- floats


def _density(k: Kernel) -> None:
    """Densities or temperatures at points, and what they do there."""
    rng = k.rng
    hot = rng.chance(0.3)
    grid = volume(k, HEAT if hot else DENSITY)
    p = point_of(k)
    value = k.let("=temp t_here value" if hot else "=rho density value", grid.sample(within(k, grid, p)))
    k.titles = words(
        "sample_temperature probe_temperature gather_temperature interpolate_temperature"
        if hot
        else "sample_density sample_volume gather_density probe_volume interpolate_density"
    )
    if hot:
        how = rng.choose(("plain", "exchange", "exchange", "flag", "glow", "error"))
        if how == "exchange":
            k.titles = words("heat_particles exchange_heat convective_heating warm_particles")
            own = read(k, "=t_p particle_temp own_temp", t.F32)
            rate = fixed(k, "=heat_transfer h_conv exchange_rate", 0.1, 2.0, 0.5)
            dt = fixed(k, "=dt time_step", 0.01, 0.1, 0.05)
            if rng.chance(0.5):
                made = own + (value - own) * (1.0 - k.call("exp", -(rate * dt)))
            else:
                made = own + rate * dt * (value - own)
            write(k, "=temps_out particle_temps new_temps", made)
            return
        if how == "glow":
            k.titles = words("emit_glow blackbody_glow temperature_to_emission fire_color")
            x = k.call(
                "clamp",
                (value - fixed(k, "=ignition t_min", 0.0, 0.5, 0.2)) * fixed(k, "=gain scale", 0.5, 2.0, 1.0),
                0.0,
                1.0,
            )
            x = k.let("=x heat", x)
            color = k.make(VEC3, x, x * x, x * x * x)
            write(k, "=colors emission glow", color)
            return
        if how == "flag":
            limit = fixed(k, "=melt_point ignition_temp threshold", 0.0, 1.0, 0.5)
            flag(k, "=melted ignited is_hot", value > limit)
            if rng.chance(0.5):
                write(k, "=temperatures temps_out", value)
            return
        if how == "error":
            k.titles = words("temperature_error compare_to_probes sensor_residual validate_temperature")
            measured = read(k, "=measured sensor_temp reading", t.F32)
            d = k.let("=err residual diff", value - measured)
            write(k, "=errors residuals", d * d if rng.chance(0.5) else k.call("abs", d))
            return
        write(k, "=temperatures temps_out samples", value)
        return
    how = rng.choose(("plain", "opacity", "blend", "clamped", "flag", "weighted", "color", "difference"))
    if how == "opacity":
        k.titles = words("sample_extinction smoke_attenuation local_absorption attenuate_points")
        sigma = fixed(k, "=sigma extinction absorption", 0.1, 2.0, 0.5)
        depth = sigma * k.call("max", value, 0.0)
        if rng.chance(0.5):
            depth = depth * fixed(k, "=thickness path_length ds", 0.1, 1.0, 0.25)
        clear = k.call("exp", -depth)
        if rng.chance(0.5):
            write(k, "=opacity alpha opacities", 1.0 - clear)
        else:
            write(k, "=transmittance visibility", clear)
    elif how == "blend":
        k.titles = words("relax_to_volume blend_with_volume update_from_volume filter_samples")
        old = read(k, "=old prev current", t.F32)
        write(
            k,
            "=blended values_out updated",
            k.call("lerp", old, value, fixed(k, "=alpha blend rate", 0.05, 0.95, 0.5)),
        )
    elif how == "flag":
        limit = fixed(k, "=threshold cutoff", 0.0, 0.5, 0.1, 0.25)
        if rng.chance(0.5):
            with k.when(value > limit):
                write(k, "=hidden in_smoke inside", k.integer(1))
                if rng.chance(0.5):
                    count = k.array("=count num_inside", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
                    k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
            k.shared.differentiable = False
        else:
            flag(k, "=hidden in_smoke inside", value > limit)
    elif how == "weighted":
        k.titles = words("integrate_samples weighted_samples accumulate_density monte_carlo_mass quadrature")
        w = read(k, "=w weight quad_weight", t.F32, 0.1, 1.0)
        total = k.array("=total integral mass", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, k.integer(0), w * value, gives=t.F32))
    elif how == "color":
        k.titles = words("color_points colormap_samples shade_points map_density_to_color")
        x = k.let("=x s a", k.call("clamp", value * fixed(k, "=scale gain inv_range", 0.5, 2.0, 1.0), 0.0, 1.0))
        low = k.scalar("=low_color cold color_a", VEC3, 0.0, 1.0)
        high = k.scalar("=high_color hot color_b", VEC3, 0.0, 1.0)
        write(k, "=colors point_colors rgb_out", k.call("lerp", low, high, x))
    elif how == "difference":
        k.titles = words("compare_volumes density_change temporal_difference sample_change")
        other = volume(k, "=prev_volume reference_volume old_volume", like=grid)
        before = k.let("=before ref prev", other.sample_world(p))
        change = value - before
        if rng.chance(0.4):
            change = change / fixed(k, "=dt time_step", 0.02, 0.2, 0.1)
        write(k, "=changes differences rates", change)
    else:
        if rng.chance(0.3):
            value = value * fixed(k, "=scale gain density_scale", 0.1, 2.0, 0.5)
        write(k, "=samples densities values_out", k.call("max", value, 0.0) if how == "clamped" else value)


def _slope(k: Kernel) -> None:
    """The gradient at points by samples around them."""
    rng = k.rng
    solid = rng.chance(0.5)
    grid = volume(k, SDF if solid else DENSITY)
    p = point_of(k)
    k.titles = words(
        "sdf_normals estimate_normals surface_normals field_normals"
        if solid
        else "density_gradient sample_gradient field_gradient gradient_at_points"
    )
    h = named(k, "=h", fixed(k, "=eps h delta", 0.05, 0.5, 0.1, 0.25))
    world = rng.chance(0.5)
    base = p if world else k.let(UVW, grid.index(p))
    inline = rng.chance(0.5)
    parts: list[Expr] = []
    offsets, slopes = by_axis(k, "e#", "d#", "h#"), by_axis(k, "g#", "slope_#", "df_d#")
    for n in range(3):
        step = k.make(VEC3, *(h if m == n else 0.0 for m in range(3)))
        step = step if inline else local(k, offsets[n], step)
        ahead, back = ((grid.sample_world if world else grid.sample)(q) for q in (base + step, base - step))
        parts.append(ahead - back if inline else local(k, slopes[n], ahead - back))
    grad = k.make(VEC3, *parts)
    if solid or rng.chance(0.3):
        n_vec = k.call("normalize", k.let("=g grad gradient", grad))
        write(k, "=normals n_out", n_vec if solid else -n_vec)
        return
    grad = k.let("=grad g gradient", grad / (2.0 * h))
    if rng.chance(0.5):
        write(k, "=grad_out gradients", grad)
    else:
        k.titles = words("chemotaxis climb_gradient follow_gradient gradient_step")
        write(k, "=pos_out new_points moved", p + grad * fixed(k, "=step rate gain", 0.01, 0.5, 0.1))


# -- labels, sparse grids, directions


def _labels(k: Kernel) -> None:
    rng = k.rng
    grid = volume(k, LABELS, t.I32)
    k.shared.differentiable = False
    p = point_of(k)
    label = k.let("=label id region", grid.sample(within(k, grid, p)))
    how = rng.choose(("plain", "table", "table", "count", "flag", "change", "color"))
    entries = k.dim(16, fixed=True)
    slot = k.call("clamp", label, 0, 15)
    if rng.chance(0.3) and how != "flag":
        leave(k, label < 0)
    if how == "table":
        k.titles = words("material_at_points lookup_material assign_properties material_properties")
        table = k.array("=material_density props stiffness_table label_values", t.F32, (entries,), low=0.1, high=2.0)
        value = table[slot]
        if rng.chance(0.4):
            value = value * read(k, "=volume cell_vol v0", t.F32, 0.1, 1.0)
            write(k, "=masses mass_out", value)
        else:
            write(k, "=densities props_out prop_out", value)
        if rng.chance(0.4):
            write(k, "=materials point_labels", label)
    elif how == "count":
        k.titles = words("count_points_per_region region_histogram points_per_label count_in_segments")
        counts = k.array("=counts region_counts histogram", t.I32, (entries,), "inout", low=0, high=0)
        k.do(k.call("atomic_add", counts, slot, k.integer(1), gives=t.I32))
    elif how == "flag":
        k.titles = words("select_points points_in_region filter_by_label in_segment")
        wanted = k.scalar("=target wanted region_id", t.I32, 0, 40)
        test = label.equals(wanted) if rng.chance(0.5) else label >= wanted
        flag(k, "=selected in_region mask", test)
    elif how == "change":
        k.titles = words("detect_crossing region_change material_crossing track_region")
        before = read(k, "=prev_label last_region old_id", t.I32, 0, 9)
        with k.when(label.differs(before)):
            write(k, "=crossed changed", k.integer(1))
        if rng.chance(0.6):
            write(k, "=labels_out current_labels", label)
    elif how == "color":
        k.titles = words("color_by_label color_points paint_regions label_colors")
        write(k, "=colors point_colors", k.array("=palette label_colors", VEC3, (entries,), low=0.0, high=1.0)[slot])
    else:
        k.titles = words("sample_labels label_points segment_points assign_labels")
        write(k, "=labels_out point_labels materials", label)


def _index(k: Kernel) -> None:
    """Values that stand in an array by the numbers of a sparse grid."""
    rng = k.rng
    grid = handle(k, "volume", INDEX, holds="index")
    p = point_of(k)
    place = k.let(UVW, op("volume_world_to_index", VEC3, grid, p))
    entries = k.dim(64, fixed=True)
    vector = rng.chance(0.35)
    slopes = rng.chance(0.45)
    dtype = VEC3 if vector and not slopes else t.F32
    data = k.array(
        "=voxel_vel velocities" if dtype is VEC3 else "=voxel_data values voxel_values grid_data",
        dtype,
        (entries,),
        low=-1.0,
        high=1.0,
    )
    outside = k.zero(dtype) if rng.chance(0.6) else k.scalar("=background outside default_value", dtype, -1.0, 1.0)
    how = mode(k, 0.0 if slopes else 0.2)
    if slopes:
        k.titles = words("sample_with_gradient sparse_gradient sample_grad_index_grid field_and_gradient")
        grad = blank_vector(k)
        d = k.let("=value phi s", op("volume_sample_grad_index", t.F32, grid, place, how, data, outside, grad))
        act = rng.choose(("plain", "newton", "unit", "push"))
        if act == "newton":
            k.titles = words("project_to_level newton_step snap_to_isosurface step_to_surface")
            square = k.let("=g2 grad_sq", k.call("max", k.call("dot", grad, grad), 1e-4))
            turned = op("volume_index_to_world_dir", VEC3, grid, grad * (d / square))
            write(k, "=projected pos_out", p - turned)
        elif act == "push":
            with k.when(d < fixed(k, "=margin radius", 0.0, 0.5, 0.1)):
                n = k.let("=n normal", k.call("normalize", grad))
                write(k, "=normals contact_normals", n)
            write(k, "=distances phi_out", d)
        else:
            write(k, "=samples values_out phi_out", d)
            write(k, "=grad_out gradients grads", k.call("normalize", grad) if act == "unit" else grad)
        return
    k.titles = words("sample_voxel_data sample_index_grid sparse_sample gather_from_grid sample_sparse_field")
    value = k.let("=value s sampled_v", op("volume_sample_index", dtype, grid, place, how, data, outside))
    act = rng.choose(("plain", "scaled", "add", "advance" if vector else "blend"))
    if act == "advance":
        k.titles = words("advect_in_sparse_grid sparse_advect move_with_sparse_flow")
        write(k, "=pos_out positions_out", p + value * fixed(k, "=dt time_step", 0.01, 0.1, 0.05))
        return
    if act == "scaled":
        value = value * fixed(k, "=scale gain", 0.1, 2.0, 0.5)
    elif act == "add":
        value = value + read(k, "=base offset own", dtype)
    elif act == "blend":
        value = k.call("lerp", read(k, "=old prev", dtype), value, fixed(k, "=alpha blend", 0.05, 0.95, 0.5))
    write(k, "=samples_out values_out sampled", value)


def _turn(k: Kernel) -> None:
    """Directions and places between the world and the grid."""
    rng = k.rng
    grid = handle(k, "volume", DENSITY, holds="float32")
    to_index = rng.chance(0.8)
    k.titles = words(
        "directions_to_index_space world_dirs_to_grid ray_dirs_to_index to_grid_space"
        if to_index
        else "directions_to_world grid_dirs_to_world index_normals_to_world to_world_space"
    )
    name = "volume_world_to_index" if to_index else "volume_index_to_world"
    d = read(k, "=dir d normal ray_dir", VEC3, -1.0, 1.0, unit=True)
    turned = k.let("=turned d_local mapped", op(f"{name}_dir", VEC3, grid, d))
    if rng.chance(0.5):
        place = op(name, VEC3, grid, read(k, POINT if to_index else "=coord ijk_pos grid_pos", VEC3))
        write(k, "=coords grid_pos local_points" if to_index else "=world_points points_out", place)
    how = rng.choose(("plain", "unit", "inverse" if to_index else "length", "unit"))
    if how == "inverse":
        safe = [
            k.where(k.call("abs", part) > 1e-4, 1.0 / k.call("max", k.call("abs", part), 1e-4), k.lit(1e4))
            for part in k.components(turned)
        ]
        write(k, "=inv_dirs step_sizes t_delta", k.make(VEC3, *safe))
    elif how == "length":
        write(k, "=scales stretch voxel_lengths", k.call("length", turned))
    else:
        write(k, "=dirs_out directions_out mapped_dirs", k.call("normalize", turned) if how == "unit" else turned)


def _nearest(k: Kernel) -> None:
    """The voxel that a point is in: its value, its number, one thing more for it."""
    rng = k.rng
    k.shared.differentiable = False
    k.titles = words("nearest_voxel sample_nearest lookup_at_points voxel_at_points point_to_voxel")
    labels = rng.chance(0.3)
    grid = volume(k, LABELS if labels else DENSITY, t.I32 if labels else t.F32)
    p = point_of(k)
    place = k.let(UVW, grid.index(p))
    rounding = rng.choose(("floor", "round", "floor"))
    kinds = rng.choose((("=i", "=j", "=k"), ("=ix", "=iy", "=iz"), ("=vx", "=vy", "=vz")))
    cell = [
        local(k, kind, k.cast(k.call(rounding, c), t.I32)) for kind, c in zip(kinds, k.components(place), strict=True)
    ]
    # Labels are names: nobody subtracts them.
    how = rng.choose(("value", "value", "bin", "bounds", "value" if labels else "neighbors"))
    sides = [k.dim(8), k.dim(8), k.dim(8)]
    if how == "bin":
        k.titles = words("splat_particles count_per_voxel deposit_mass bin_particles voxelize_points")
        heavy = rng.chance(0.6)
        dtype = t.F32 if heavy else t.I32
        sums = k.array(
            "=grid_mass mass_grid cell_mass" if heavy else "=cell_counts counts occupancy",
            dtype,
            sides,
            "inout",
            low=0,
            high=0,
        )
        safe = [k.call("clamp", c, 0, 7) for c in cell]
        if rng.chance(0.6):
            lengths = [k.length(side, sums, n) for n, side in enumerate(sides)]
            tests = [c < 0 for c in cell] + [c >= n for c, n in zip(cell, lengths, strict=True)]
            leave(k, k.either(*tests))
            safe = cell
        amount = read(k, "=m mass w", t.F32, 0.1, 1.0) if heavy else k.integer(1)
        k.do(k.call("atomic_add", sums, *safe, amount, gives=dtype))
        return
    if how == "bounds":
        size = rng.choose((8, 7))
        tests = [c < 0 for c in cell] + [c >= size for c in cell]
        if rng.chance(0.5):
            with k.when(k.either(*tests)):
                write(k, "=outside escaped lost", k.integer(1))
                k.give()
        else:
            leave(k, k.either(*tests))
    value = grid.at(cell)
    if how == "neighbors":
        above = [*cell[:1], cell[1] + 1, cell[2]]
        value = k.let("=below here v0", value)
        top = k.let("=above over v1", grid.at(above))
        write(k, "=steps jumps vertical_diff", top - value)
        return
    if rng.chance(0.35):
        write(k, "=voxels cells coords_out", k.make(t.vec(3, t.I32), *cell))
    if labels:
        write(k, "=labels_out point_labels ids", value)
        return
    write(
        k,
        "=values_out samples densities",
        value * fixed(k, "=scale gain", 0.1, 2.0, 0.5) if rng.chance(0.3) else value,
    )


def _count(k: Kernel) -> None:
    """The voxels of a sparse volume, as many as it says that it has."""
    rng = k.rng
    k.shared.differentiable = False
    how = rng.choose(("centers", "distances", "values", "mean", "values", "wave"))
    dense = how == "mean" or rng.chance(0.4)
    grid = volume(k, DENSITY)
    id_ = grid.id if dense else handle(k, "volume", INDEX, holds="index")
    i = k.threads[0]
    number = op("volume_voxel_count", t.U64, id_)
    count = k.cast(number, t.I32)
    leave(k, i >= (count if rng.chance(0.5) else k.let("=num_voxels voxel_count n", count)))
    ijk = k.array("=voxels voxel_ijk coords", t.vec(3, t.I32), k.launch, low=0, high=4)[i]
    cell = k.components(k.let("=ijk cell c", ijk))
    if how == "mean":
        k.titles = words("mean_density accumulate_mean average_density voxel_mean")
        total = k.array("=mean average mean_density", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        value = k.let("=rho value", grid.at(cell))
        if rng.chance(0.4):
            top = k.array("=peak max_density", t.F32, (k.dim(1, fixed=True),), "inout", low=-9.0, high=-9.0)
            k.do(k.call("atomic_max", top, k.integer(0), value, gives=t.F32))
        k.do(k.call("atomic_add", total, k.integer(0), value / k.cast(number, t.F32), gives=t.F32))
        return
    p = k.let("=p x pos", op("volume_index_to_world", VEC3, id_, place_of(k, cell)))
    if how == "centers":
        k.titles = words("voxel_positions voxel_centers active_voxel_positions export_voxels")
        if rng.chance(0.4):
            pose = k.scalar("=grid_xform X_wg grid_pose", t.transform(), -1.0, 1.0, unit=True)
            p = k.call("transform_point", pose, p)
        write(k, "=centers positions voxel_pos", p)
    elif how == "distances":
        k.titles = words("init_sphere_sdf init_level_set sphere_at_voxels fill_sdf")
        center = k.scalar("=center sphere_pos", VEC3, 0.5, 2.5)
        d = k.call("length", p - center) - fixed(k, "=radius sphere_radius", 0.3, 1.5, 1.0, 0.5)
        if rng.chance(0.4):
            width = named(k, "=w", fixed(k, "=band half_width", 0.2, 1.0, 0.5))
            d = k.call("clamp", k.let("=d dist", d), -width, width)
        write(k, "=phi sdf_values distances", d)
    elif how == "wave":
        k.titles = words("fill_voxel_data init_field evaluate_at_voxels initial_condition")
        wave = k.scalar("=wave_vector freq", VEC3, 0.5, 3.0)
        phase = k.call("dot", wave, p) + fixed(k, "=phase", 0.0, 3.0, 0.0, 1.0)
        value = k.call("sin" if rng.chance(0.5) else "cos", phase)
        write(k, "=voxel_data field values_out", value * fixed(k, "=amplitude amp", 0.1, 2.0, 0.5))
    else:
        k.titles = words("sample_at_voxels transfer_to_voxels gather_to_sparse resample_to_voxels")
        # The values come from another volume than the one whose voxels these are.
        source = volume(k, "=source src_volume dense_volume") if dense else grid
        value = source.sample_world(p)
        write(k, "=voxel_data values_out samples", k.call("max", value, 0.0) if rng.chance(0.3) else value)


_AT_POINTS: dict[str, tuple[float, Callable[[Kernel], None]]] = {
    "density": (2.0, _density),
    "slope": (0.9, _slope),
    **SOLIDS,
    **CARRIED,
    "labels": (2.3, _labels),
    "index": (3.3, _index),
    "direction": (1.9, _turn),
    "nearest": (1.2, _nearest),
    "count": (1.8, _count),
}
"""Weights, and what is done at a point."""


@recipe("volumes sampled at points", "geometry:10 combined:0.96", FIELDS, SINGLE)
def volume_points(k: Kernel) -> None:
    rng = k.rng
    tasks = {**{name: row[0] for name, row in _AT_POINTS.items()}, **{name: row[0] for name, row in RAYS.items()}}
    name = rng.weighted(tasks)
    if name in RAYS:
        launch(k, "ray")
        RAYS[name][1](k)
        return
    if name == "count":
        launch(k, "voxel", whole=True)
    else:
        launch(k, rng.choose(("point", "sample", "particle")))
    _AT_POINTS[name][1](k)
