"""Voxels of a volume looked up and stored, one thread each."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, handle, op
from .recipes import SINGLE, recipe
from .sampled import DENSITY, FIELDS, LABELS, SDF, VELOCITY, typed
from .tasks import launch, local, opt, read, setting, words, write
from .tree import Expr

# -- at a cell of the grid: one thread a voxel


def _look_up_f(k: Kernel, cell: list[Expr]) -> None:
    rng = k.rng
    how = rng.choose(("read", "threshold", "falloff", "difference", "absorb"))
    volume = handle(k, "volume", SDF if how == "threshold" else DENSITY, holds="float32")
    value = op("volume_lookup_f", t.F32, volume, *cell)
    if how == "threshold":
        k.titles = words(
            "mark_inside occupancy_from_sdf threshold_volume segment_volume classify_voxels mask_from_volume"
        )
        d = k.let("=d phi value", value)
        inside = d < setting(k, "=iso level threshold iso_value", -0.2, 0.5, 0.0, 0.1)
        write(k, "=inside mask occupancy solid", k.where(inside, k.integer(1), k.integer(0)))
        if opt(k, 0.4):
            write(k, "=values phi_out distances", d)
        k.shared.differentiable = False
        return
    if how == "difference":
        k.titles = words("central_difference volume_gradient_x axis_gradient voxel_slope finite_difference_volume")
        axis = rng.integer(0, 2)
        sides = []
        for sign in (1, -1):
            moved = [c + sign if n == axis else c for n, c in enumerate(cell)]
            sides.append(
                k.let(
                    "=ahead hi next_v" if sign == 1 else "=behind lo prev_v",
                    op("volume_lookup_f", t.F32, volume, *moved),
                )
            )
        spacing = setting(k, "=two_h spacing2 width", 0.1, 2.0, 0.5, 2.0)
        write(k, "=gradient slopes dphi grad_out", (sides[0] - sides[1]) / spacing)
        return
    rho = k.let("=rho density value v", value)
    if how == "absorb":
        k.titles = words("voxel_transmittance absorption volume_opacity extinction_from_density density_to_alpha")
        sigma = setting(k, "=sigma extinction absorption", 0.1, 2.0, 0.5, 1.0)
        clear = k.call("exp", -(sigma * k.call("max", rho, 0.0)))
        write(k, "=alpha opacity transmittance", 1.0 - clear if rng.chance(0.6) else clear)
    elif how == "falloff":
        k.titles = ("normalize_volume", "remap_density", "window_volume", "scale_density", "rescale_voxels")
        lo, hi = (
            setting(k, "=lo vmin low", -1.0, 0.0, 0.0, -0.5),
            setting(k, "=range_inv inv_range gain", 0.5, 2.0, 1.0),
        )
        mapped = (rho - lo) * hi
        write(k, "=normalized values_out density_out", k.call("clamp", mapped, 0.0, 1.0) if rng.chance(0.6) else mapped)
    else:
        k.titles = words("volume_to_array read_density copy_volume dense_from_volume extract_density download_volume")
        write(k, "=dense values density_out grid", rho)
        if opt(k, 0.5):
            k.do(
                k.call(
                    "atomic_add",
                    k.array(
                        "=total mass_sum total_density", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
                    ),
                    k.integer(0),
                    rho,
                    gives=t.F32,
                )
            )


def _look_up_v(k: Kernel, cell: list[Expr]) -> None:
    volume = handle(k, "volume", VELOCITY, holds="vec3")
    v = k.let("=v vel u", op("volume_lookup_v", VEC3, volume, *cell))
    how = k.rng.choose(("copy", "speed", "scaled", "energy"))
    if how == "speed":
        k.titles = ("speed_field", "velocity_magnitude", "compute_speed", "flow_speed", "wind_strength")
        write(k, "=speed speeds magnitude", k.call("length", v))
        if opt(k, 0.4):
            write(k, "=directions flow_dir headings", k.call("normalize", v))
    elif how == "energy":
        k.titles = ("kinetic_energy_density", "flow_energy", "velocity_energy", "energy_field")
        write(
            k,
            "=energy energies ke",
            0.5 * setting(k, "=rho density fluid_density", 0.5, 2.0, 1.0) * k.call("dot", v, v),
        )
    else:
        k.titles = words("read_velocity velocity_to_array copy_velocity extract_flow dense_velocity scale_velocity")
        write(
            k,
            "=velocities vel_out flow",
            v * setting(k, "=scale wind_scale gain", 0.1, 2.0, 0.5) if how == "scaled" else v,
        )


def _look_up_i(k: Kernel, cell: list[Expr]) -> None:
    volume = handle(k, "volume", LABELS, holds="int32")
    label = k.let("=label id seg material", op("volume_lookup_i", t.I32, volume, *cell))
    how = k.rng.choose(("copy", "select", "count"))
    if how == "select":
        k.titles = ("select_label", "mask_label", "extract_segment", "label_mask", "isolate_material")
        wanted = k.scalar("=target label_id wanted segment_id", t.I32, 0, 4)
        write(k, "=mask selected is_label", k.where(label.equals(wanted), k.integer(1), k.integer(0)))
    elif how == "count":
        k.titles = ("label_histogram", "count_labels", "segment_sizes", "label_volumes", "count_materials")
        bins = k.array("=counts histogram sizes label_counts", t.I32, (k.dim(16, fixed=True),), "inout", low=0, high=0)
        k.do(k.call("atomic_add", bins, k.call("clamp", label, 0, 15), k.integer(1), gives=t.I32))
    else:
        k.titles = ("read_labels", "labels_to_array", "extract_labels", "volume_labels", "copy_labels")
        write(k, "=labels labels_out ids", label)
    k.shared.differentiable = False


def _look_up_index(k: Kernel, cell: list[Expr]) -> None:
    volume = handle(k, "volume", "=index_volume grid_id sparse_grid index_grid volume", holds="index")
    index = k.let("=index voxel_idx slot", op("volume_lookup_index", t.I32, volume, *cell))
    if k.rng.chance(0.5):
        k.titles = ("voxel_indices", "lookup_voxel_index", "dense_to_sparse", "active_voxel_ids", "build_index_map")
        write(k, "=indices voxel_ids index_map", k.call("max", index, -1) if k.rng.chance(0.3) else index)
    else:
        k.titles = ("active_mask", "mark_active_voxels", "voxel_is_active", "occupancy_mask", "sparse_topology")
        write(k, "=active mask is_active", k.where(index >= 0, k.integer(1), k.integer(0)))
    k.shared.differentiable = False


def _look_up_any(k: Kernel, cell: list[Expr]) -> None:
    dtype, holds, called, out, titles = k.rng.choose(
        (
            (
                "float",
                "float32",
                DENSITY,
                "=density_out values dense",
                ("read_volume", "lookup_density", "volume_to_dense", "fetch_voxels"),
            ),
            (
                "wp.vec3",
                "vec3",
                VELOCITY,
                "=velocities vel_out flow",
                ("lookup_velocity", "read_vectors", "fetch_velocity", "sample_flow_voxels"),
            ),
            (
                "int",
                "int32",
                LABELS,
                "=labels ids labels_out",
                ("lookup_labels", "fetch_labels", "read_material_ids", "read_segments"),
            ),
        )
    )
    k.titles = titles
    value = typed("volume_lookup", dtype, handle(k, "volume", called, holds=holds), *cell)
    if dtype == "float" and opt(k, 0.4):
        value = value * setting(k, "=scale density_scale gain", 0.1, 2.0, 0.5)
    write(k, out, value)


def _store(name: str, holds: str, dtype: t.Type) -> Callable[[Kernel, list[Expr]], None]:
    def stored(k: Kernel, cell: list[Expr]) -> None:
        rng = k.rng
        known: dict[t.Type, tuple[str, str]] = {t.F32: ("density", DENSITY), t.I32: ("label", LABELS)}
        what = known.get(dtype, ("velocity", VELOCITY))
        volume = handle(k, "volume", what[1], holds=holds)
        k.titles = (
            f"store_{what[0]}",
            f"write_{what[0]}",
            f"{what[0]}_to_volume",
            f"upload_{what[0]}",
            f"fill_{what[0]}_volume",
            f"set_{what[0]}",
        )
        if dtype is t.I32:
            value = read(k, "=label id seg", dtype, 0, 9)
        elif dtype is t.F32:
            value = read(k, "=value rho density", dtype)
        else:
            value = read(k, "=v vel velocity", dtype)
        if dtype is t.F32 and rng.chance(0.35):
            value = k.let(
                "=decayed faded kept",
                k.call("max", value * setting(k, "=decay dissipation fade", 0.5, 1.0, 0.98, 0.9), 0.0),
            )
        elif dtype is not t.I32 and rng.chance(0.5):
            value = value * setting(k, "=scale gain strength", 0.1, 2.0, 0.5)
        if opt(k, 0.35):
            solid = k.array("=mask active write_mask enabled", t.I32, k.launch, low=0, high=1)[k.threads]
            with k.when(solid.differs(0)):
                k.do(op(name, t.NOTHING, volume, *cell, value))
        else:
            k.do(op(name, t.NOTHING, volume, *cell, value))
        if opt(k, 0.25) and dtype is t.F32:
            total = k.array("=total mass density_sum", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", total, k.integer(0), value, gives=t.F32))
        k.shared.differentiable = False

    return stored


_AT_CELLS: dict[str, Callable[[Kernel, list[Expr]], None]] = {
    "lookup_f": _look_up_f,
    "lookup_v": _look_up_v,
    "lookup_i": _look_up_i,
    "lookup_index": _look_up_index,
    "lookup": _look_up_any,
    "store_f": _store("volume_store_f", "float32", t.F32),
    "store_v": _store("volume_store_v", "vec3", VEC3),
    "store_i": _store("volume_store_i", "int32", t.I32),
    "store": _store("volume_store", "float32", t.F32),
}


@recipe("voxels of a volume looked up and stored", "geometry:12 combined:0.96", FIELDS, "gather", SINGLE)
def volume_cells(k: Kernel) -> None:
    rng = k.rng
    ways = tuple(_AT_CELLS)
    if rng.chance(0.35):
        launch(k, "voxel")
        # Two threads may draw the same voxel: it is read, never stored.
        ways = tuple(name for name in ways if not name.startswith("store"))
        spelled = rng.choose((("=i x", "=j y", "=k z"), ("=ix vx", "=iy vy", "=iz vz")))
        places = read(k, "=voxel cell ijk coord", t.vec(3, t.I32), 0, 3)
        cell = k.components(places)
        if rng.chance(0.4):
            cell = [k.let(kind, part) for kind, part in zip(spelled, cell, strict=True)]
    else:
        launch(k, "voxel", 3, kinds=("=i x ix", "=j y iy", "=k z iz"), whole=True)
        cell = list(k.threads)
        if rng.chance(0.2):
            lowest = [k.scalar(kind, t.I32, 0, 2) for kind in ("=x0 min_x off_x", "=y0 min_y off_y", "=z0 min_z off_z")]
            cell = [
                local(k, kind, index + first)
                for kind, index, first in zip(("=vx xi", "=vy yi", "=vz zi"), cell, lowest, strict=True)
            ]
    _AT_CELLS[rng.choose(ways)](k, cell)
