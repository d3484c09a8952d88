"""Cells of volumes of labels and of sparse index grids, one thread each."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed, handle, op
from .tasks import leave, read, words, write
from .tree import Expr
from .volumes import INDEX, LABELS, counted, moved, place_of, put, volume

_MOST = 16
"""Tables of labels have so many entries."""


def _label(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Labels copied, selected, counted, replaced, given colours."""
    rng = k.rng
    grid = volume(k, LABELS, t.I32)
    k.shared.differentiable = False
    label = k.let("=label id seg material", grid.at(cell))
    if rng.chance(0.35):
        leave(
            k,
            label < 0 if rng.chance(0.5) else label.equals(k.scalar("=ignore_label background empty_id", t.I32, -1, 3)),
        )
    how = rng.choose(("copy", "select", "count", "table", "color", "mass", "box"))
    safe = k.call("clamp", label, 0, _MOST - 1) if rng.chance(0.6) else k.call("max", label, 0) % _MOST
    table = k.dim(_MOST, fixed=True)
    if how == "copy":
        k.titles = words("read_labels labels_to_array extract_labels download_labels copy_labels")
        write(k, "=labels labels_out ids", label)
    elif how == "select":
        k.titles = words("select_label mask_label extract_segment label_mask isolate_material")
        wanted = k.scalar("=target label_id wanted segment_id", t.I32, 0, 4)
        if rng.chance(0.4):
            test = k.both(label >= wanted, label <= k.scalar("=last_label max_label", t.I32, 20, 90))
        else:
            test = label.equals(wanted)
        mask = k.where(test, k.integer(1), k.integer(0))
        if rng.chance(0.5):
            write(k, "=mask selected is_label", mask)
            counted(k, 0.4, "=count num_selected segment_size", mask)
        else:
            put(k, cell, "=mask selected is_label", "=mask_volume selection segment_mask", mask, grid, alone)
    elif how == "count":
        k.titles = words("label_histogram count_labels segment_sizes label_volumes count_materials")
        bins = k.array("=counts histogram sizes label_counts", t.I32, (table,), "inout", low=0, high=0)
        if rng.chance(0.4):
            with k.when(k.both(label >= 0, label < _MOST)):
                k.do(k.call("atomic_add", bins, label, k.integer(1), gives=t.I32))
        else:
            k.do(k.call("atomic_add", bins, safe, k.integer(1), gives=t.I32))
    elif how == "table":
        k.titles = words("remap_labels relabel_volume merge_labels apply_label_map compact_labels")
        made = k.let(
            "=new_label mapped", k.array("=label_map remap lut new_ids", t.I32, (table,), low=0, high=15)[safe]
        )
        if alone and rng.chance(0.6):
            with k.when(made.differs(label)):
                grid.store(cell, made)
        else:
            write(k, "=labels_out relabeled mapped_labels", made)
    elif how == "color":
        k.titles = words("color_labels label_colors colorize_segments palette_lookup paint_labels")
        color = k.array("=palette label_colors colors", VEC3, (table,), low=0.0, high=1.0)[safe]
        if rng.chance(0.4):
            grey = k.let("=c gray intensity", volume(k, "=scan intensity_volume ct_volume", like=grid).at(cell))
            blend = fixed(k, "=opacity alpha overlay", 0.1, 0.9, 0.5)
            color = k.call("lerp", k.make(VEC3, grey, grey, grey), color, blend)
        write(k, "=colors rgb_out overlay_colors", color)
    elif how == "mass":
        k.titles = words("mass_per_label label_mass region_sums sum_by_label label_statistics")
        rho = k.let("=rho density v", volume(k, "=density_volume scan intensity_volume", like=grid).at(cell))
        sums = k.array("=label_sums masses totals", t.F32, (table,), "inout", low=0.0, high=0.0)
        slot = k.let("=slot bin l", safe)
        k.do(k.call("atomic_add", sums, slot, rho, gives=t.F32))
        if rng.chance(0.6):
            counts = k.array("=counts label_counts sizes", t.I32, (table,), "inout", low=0, high=0)
            k.do(k.call("atomic_add", counts, slot, k.integer(1), gives=t.I32))
    else:
        k.titles = words("label_bounds segment_bounds region_extents bounding_cells")
        slot = k.let("=slot bin l", safe)
        axis = rng.integer(0, 2)
        letter = "xyz"[axis]
        lows = k.array(f"=min_{letter} lo_{letter}", t.I32, (table,), "inout", low=99, high=99)
        highs = k.array(f"=max_{letter} hi_{letter}", t.I32, (table,), "inout", low=-1, high=-1)
        k.do(k.call("atomic_min", lows, slot, cell[axis], gives=t.I32))
        k.do(k.call("atomic_max", highs, slot, cell[axis], gives=t.I32))


def _around(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Labels compared with those beside them: borders, growth, wear."""
    rng = k.rng
    grid = volume(k, LABELS, t.I32)
    k.shared.differentiable = False
    label = k.let("=label id seg center", grid.at(cell))
    others = [grid.at(moved(cell, n // 2, 1 - 2 * (n % 2))) for n in range(6)]
    how = rng.choose(("border", "count", "grow", "erode", "faces"))
    if how == "faces":
        k.titles = words("count_exposed_faces exposed_faces surface_faces voxel_surface")
        faces = k.variable("=faces exposed n", k.integer(0), False)
        for other in others:
            with k.when(other.differs(label)):
                k.augment(faces, "+", 1)
        write(k, "=face_counts exposed_out", faces)
        counted(k, 0.5, "=total_faces surface_area", faces)
    elif how == "border":
        k.titles = words("label_boundaries find_borders mark_interfaces boundary_voxels segment_edges")
        if rng.chance(0.5):
            others = others[::2]
        border = k.either(*(other.differs(label) for other in others))
        write(k, "=border is_boundary edges", k.where(border, k.integer(1), k.integer(0)))
    elif how == "count":
        k.titles = words("count_same_neighbors label_agreement neighbor_agreement same_label_count")
        same = k.variable("=same count agree", k.integer(0), False)
        wanted = label if rng.chance(0.5) else k.scalar("=target label_id", t.I32, 0, 60)
        for other in others:
            k.augment(same, "+", k.where(other.equals(wanted), k.integer(1), k.integer(0)))
        write(k, "=same_counts agreement counts", same)
    elif how == "grow":
        k.titles = words("grow_region flood_step dilate_label region_growing grow_labels")
        wanted = k.scalar("=seed_label target label_id", t.I32, 0, 60)
        made = k.variable("=new_label grown result", label, False)
        with k.when(label.differs(wanted)):
            if rng.chance(0.5):
                with k.when(k.either(*(other.equals(wanted) for other in others))):
                    k.set(made, wanted)
            else:
                best = k.variable("=best top", label, False)
                for other in others:
                    k.set(best, k.call("max", best, other))
                k.set(made, best)
        put(k, cell, "=labels_out grown_labels", "=next_labels labels_out_volume", made, grid, alone)
    else:
        k.titles = words("erode_labels erode_mask peel_segment shrink_label")
        level = k.scalar("=min_label first_solid threshold", t.I32, 5, 30)
        solid = k.both(*(other >= level for other in others))
        put(
            k,
            cell,
            "=labels_out eroded",
            "=next_labels eroded_volume",
            k.where(solid, label, k.integer(0)),
            grid,
            alone,
        )


def _mark(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Labels stored: from an array, by a threshold, where a shape is."""
    rng = k.rng
    grid = volume(k, LABELS, t.I32)
    k.shared.differentiable = False
    how = rng.choose(("array", "array", "threshold", "levels", "shape", "merge"))
    if how == "array":
        k.titles = words("store_label write_label label_to_volume upload_labels fill_label_volume set_labels")
        label = read(k, "=label id seg", t.I32, 0, 9)
        test = rng.choose(("", "positive", "mask", "empty"))
        if test == "":
            grid.store(cell, label + k.scalar("=offset first_id", t.I32, 1, 9) if rng.chance(0.3) else label)
            return
        if test == "positive":
            with k.when(label > 0):
                grid.store(cell, label)
        elif test == "empty":
            with k.when(grid.at(cell).equals(k.scalar("=unlabeled empty_id background", t.I32, 0, 40))):
                grid.store(cell, label)
        else:
            with k.when(k.array("=mask write_mask enabled", t.I32, k.launch, low=0, high=1)[k.threads].differs(0)):
                grid.store(cell, label)
        return
    if how == "merge":
        k.titles = words("merge_segments replace_label relabel join_segments rename_label")
        source, target = (
            k.scalar("=from_label old_id src_label", t.I32, 0, 60),
            k.scalar("=to_label new_id dst_label", t.I32, 0, 9),
        )
        current = grid.at(cell)
        with k.when(current.equals(source) if rng.chance(0.6) else current >= source):
            grid.store(cell, target)
        return
    if how == "shape":
        k.titles = words("paint_labels label_sphere brush_labels mark_region stamp_label")
        center = k.scalar("=center brush_pos", VEC3, 0.5, 3.0)
        p = k.let("=p x", grid.world(place_of(k, cell)) if rng.chance(0.6) else place_of(k, cell))
        radius = fixed(k, "=radius brush_radius", 0.5, 2.0, 1.0)
        if rng.chance(0.6):
            inside = k.call("length", p - center) < radius
        else:
            inside = k.call("max", k.call("abs", p - center)) < radius
        with k.when(inside):
            grid.store(cell, k.scalar("=label brush_label new_label", t.I32, 0, 9))
        return
    k.titles = words("segment_density label_by_density classify_density threshold_labels segment_scan")
    rho = k.let("=rho density v", volume(k, "=density_volume scan ct_volume", like=grid).at(cell))
    if how == "levels":
        levels = k.dim(4, fixed=rng.chance(0.5))
        limits = k.array("=levels thresholds limits", t.F32, (levels,), low=-1.5, high=1.5)
        label = k.variable("=label cls segment", k.integer(0))
        with k.loop("=n l level", k.length(levels) if not levels.fixed else 4) as n, k.when(rho > limits[n]):
            k.set(label, n + 1)
        grid.store(cell, label)
        return
    low = k.scalar("=lo min_value lower", t.F32, -1.0, 0.0)
    high = k.scalar("=hi max_value upper", t.F32, 0.5, 1.5)
    with k.when(k.both(rho >= low, rho < high)):
        grid.store(cell, k.scalar("=label segment_id new_label", t.I32, 0, 9))
    if rng.chance(0.4):
        with k.otherwise():
            grid.store(cell, k.integer(0))


def _sparse(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """An index grid: which cells it has, and the values that stand in an array by its numbers."""
    rng = k.rng
    grid = handle(k, "volume", INDEX, holds="index")

    def at(place: list[Expr]) -> Expr:
        return op("volume_lookup_index", t.I32, grid, *place)

    index = k.let("=index voxel_idx slot", at(cell))
    how = rng.choose(("numbers", "mask", "gather", "scatter", "neighbors", "laplacian", "slope"))
    if how == "numbers":
        k.shared.differentiable = False
        k.titles = words("voxel_indices lookup_voxel_index dense_to_sparse active_voxel_ids build_index_map")
        write(k, "=indices voxel_ids index_map", k.call("max", index, 0) if rng.chance(0.3) else index)
        return
    if how == "mask":
        k.shared.differentiable = False
        k.titles = words("active_mask mark_active_voxels voxel_is_active occupancy_mask count_active")
        mask = k.where(index >= 0, k.integer(1), k.integer(0))
        if rng.chance(0.5):
            write(k, "=active_out mask_out is_active", mask)
            counted(k, 0.5, "=num_active active_count", mask)
            return
        with k.when(index >= 0):
            write(k, "=active_out mask_out is_active", k.integer(1))
            p = op("volume_index_to_world", VEC3, grid, place_of(k, cell))
            write(k, "=centers voxel_centers world_pos", p)
        return
    entries = k.dim(64, fixed=True)
    vector = rng.chance(0.35)
    dtype = VEC3 if vector else t.F32
    called = "=voxel_vel velocities voxel_vectors" if vector else "=voxel_data values voxel_values grid_data"
    if how == "scatter" and alone:
        k.titles = words("scatter_to_sparse dense_to_voxels write_active_values sparse_from_dense update_active")
        data = k.array(called, dtype, (entries,), "inout", low=-1.0, high=1.0)
        leave(k, index < 0)
        value = read(k, "=value v_src dense_v" if not vector else "=vel v_src dense_v", dtype)
        if rng.chance(0.5):
            k.augment(data[index], "+", value * fixed(k, "=dt scale rate", 0.01, 1.0, 0.1, 0.5))
        else:
            k.set(
                data[index],
                value
                if rng.chance(0.6)
                else k.call("lerp", data[index], value, fixed(k, "=alpha blend", 0.1, 0.9, 0.5)),
            )
        return
    data = k.array(called, dtype, (entries,), low=-1.0, high=1.0)
    if how in ("gather", "scatter"):
        k.titles = words("sparse_to_dense expand_voxels gather_active_values dense_from_sparse densify")
        outside = k.zero(dtype) if rng.chance(0.5) else k.scalar("=background default_value", dtype, -1.0, 1.0)
        if rng.chance(0.5):
            value = k.variable("=value v result", outside, False)
            with k.when(index >= 0):
                k.set(value, data[index])
        else:
            leave(k, index < 0)
            value = data[index]
        if vector and rng.chance(0.4):
            write(k, "=speeds speed_out", k.call("length", value))
            return
        if rng.chance(0.3):
            value = value * fixed(k, "=scale gain", 0.1, 2.0, 0.5)
        write(k, "=dense dense_out values_out", value)
        return
    if rng.chance(0.6):
        leave(k, index < 0)
    if how == "neighbors":
        k.shared.differentiable = False
        k.titles = words("count_active_neighbors topology_neighbors active_neighbor_count exposed_voxels")
        count = k.variable("=count n_active num", k.integer(0), False)
        for n in range(6):
            with k.when(at(moved(cell, n // 2, 1 - 2 * (n % 2))) >= 0):
                k.augment(count, "+", 1)
        write(k, "=neighbor_counts active_counts degrees", count)
        if rng.chance(0.4):
            write(k, "=is_surface boundary_mask exposed", k.where(count < 6, k.integer(1), k.integer(0)))
        return
    data = k.array("=phi voxel_data field values", t.F32, (entries,), low=-1.0, high=1.0)
    center = k.let("=c center phi_c", data[k.call("max", index, 0)])
    total = k.variable("=total acc lap", k.lit(0.0), False)
    if how == "laplacian":
        k.titles = words("sparse_laplacian voxel_laplacian diffuse_sparse sparse_diffusion")
        for n in range(6):
            j = k.let("=nb j other", at(moved(cell, n // 2, 1 - 2 * (n % 2))))
            with k.when(j >= 0):
                k.augment(total, "+", data[j] - center)
        rate = fixed(k, "=rate alpha kappa", 0.05, 0.5, 0.1)
        write(k, "=laplacian phi_out smoothed", center + rate * total if rng.chance(0.6) else total)
        return
    k.titles = words("sparse_gradient voxel_slope upwind_difference one_sided_gradient")
    axis = rng.integer(0, 2)
    j = k.let("=nb next_idx ahead", at(moved(cell, axis, 1)))
    slope = k.variable("=slope dphi diff", k.lit(0.0), False)
    with k.when(j >= 0):
        k.set(slope, (data[j] - center) / fixed(k, "=dx voxel_size h", 0.1, 1.0, 0.5))
    write(k, "=slopes dphi_out gradient_x" if axis == 0 else "=slopes dphi_out", slope)


LABELED: dict[str, tuple[float, Callable[[Kernel, list[Expr], bool], None], bool]] = {
    "labels": (1.5, _label, False),
    "around": (1.0, _around, False),
    "marks": (1.6, _mark, True),
    "sparse": (2.4, _sparse, False),
}
"""Weights, what is done at a cell, and whether the thread needs the cell for itself."""
