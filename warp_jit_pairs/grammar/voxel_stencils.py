"""Cells of volumes with those beside them, one thread each: slopes, diffusion, filters."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed
from .tasks import leave, local, named, opt, read, words, write
from .tree import Expr
from .volumes import DENSITY, HEAT, SDF, beside, by_axis, flag, moved, put, volume


def _slope(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """The gradient by differences, and what is made of it: normals, edges, how well distances are kept."""
    rng = k.rng
    solid = rng.chance(0.6)
    grid = volume(k, SDF if solid else DENSITY)
    if rng.chance(0.35):
        here = k.let("=phi d center" if solid else "=rho center v", grid.at(cell))
        if solid:
            leave(k, k.call("abs", here) > fixed(k, "=band band_width", 0.2, 1.5, 1.0, 0.5))
        else:
            leave(k, here <= fixed(k, "=threshold min_density", 0.0, 0.5, 0.0, 0.1))
    if rng.chance(0.25):
        here = k.let("=c center value", grid.at(cell))
        called = by_axis(k, "d#", "#_slope")
        ahead = [local(k, kind, grid.at(moved(cell, n, 1)) - here) for n, kind in enumerate(called)]
        grad = k.make(VEC3, *ahead)
        spacing = fixed(k, "=dx voxel_size h", 0.1, 1.0, 0.5, 1.0)
    else:
        pairs = beside(k, grid, cell)
        parts = [a - b for a, b in pairs]
        if rng.chance(0.4):
            parts = [local(k, kind, part) for kind, part in zip(by_axis(k, "d#", "g#"), parts, strict=True)]
        grad = k.make(VEC3, *parts)
        spacing = 2.0 * fixed(k, "=dx voxel_size h", 0.1, 1.0, 0.5, 1.0)
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
        write(k, "=grad_out gradients grads", grad)
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
            flag(k, "=edge_mask is_edge", edge > fixed(k, "=edge_threshold min_edge", 0.5, 2.0, 1.0))


def _diffuse(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """A step of diffusion, or a cell smoothed with the six beside it."""
    rng = k.rng
    hot = rng.chance(0.5)
    grid = volume(k, HEAT if hot else DENSITY)
    how = rng.choose(("step", "smooth", "jacobi", "laplacian"))
    c = k.let("=c center t_c" if hot else "=c center rho", grid.at(cell)) if how != "jacobi" else k.lit(0.0)
    if how in ("step", "laplacian") and rng.chance(0.35):
        bends = [a - 2.0 * c + b for a, b in beside(k, grid, cell)]
        parts = [local(k, kind, bend) for kind, bend in zip(by_axis(k, "d##", "lap_#"), bends, strict=True)]
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
        rate = fixed(k, "=alpha diffusivity kappa", 0.05, 0.5, 0.1)
        rate = rate * fixed(k, "=dt time_step", 0.01, 0.2, 0.1, 0.05) if rng.chance(0.6) else rate
        made = c + rate * lap
    elif how == "laplacian":
        k.titles = words("volume_laplacian grid_laplacian laplacian_stencil compute_laplacian")
        h = named(k, "=h", fixed(k, "=dx voxel_size spacing", 0.1, 1.0, 0.5, 1.0))
        made = lap / (h * h)
    elif how == "jacobi":
        k.titles = words("jacobi_iteration jacobi_sweep relax_volume poisson_jacobi")
        rhs = read(k, "=rhs source b", t.F32)
        made = (around - rhs) / 6.0 if rng.chance(0.5) else (around + rhs) * (1.0 / 6.0)
    else:
        k.titles = words("smooth_volume blur_volume relax_cells laplacian_smooth average_neighbors")
        made = k.call("lerp", c, around / 6.0, fixed(k, "=strength blend smoothing", 0.1, 1.0, 0.5))
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
    sigma = fixed(k, "=inv_sigma2 sharpness", 0.2, 1.0, 0.5) if how == "gauss" else None
    level = fixed(k, "=threshold level cutoff", 0.0, 0.5, 0.1, 0.25) if how == "count" else None
    r: Expr | int = k.scalar("=radius r half_size", t.I32, 1, 2) if rng.chance(0.3) else 1
    bounds = (-1, 2) if r == 1 and not isinstance(r, Expr) else (0 - r, r + 1)
    k.shared.differentiable = False
    names = rng.choose((("=di", "=dj", "=dk"), ("=dx", "=dy", "=dz"), ("=oi", "=oj", "=ok")))
    loops = [k.loop(kind, *bounds, low=-2.0) for kind in names]
    with loops[0] as a, loops[1] as b, loops[2] as c:
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


STENCILS: dict[str, tuple[float, Callable[[Kernel, list[Expr], bool], None], bool]] = {
    "slope": (1.5, _slope, False),
    "diffuse": (1.3, _diffuse, False),
    "block": (0.9, _block, False),
}
"""Weights, what is done at a cell, and whether the thread needs the cell for itself."""
