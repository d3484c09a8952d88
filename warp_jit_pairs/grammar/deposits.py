"""Deposits of particles on grids."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .atomics import atomic
from .build import Body
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@recipe(
    "deposit of particles on a grid with bilinear weights",
    "atomic:1.1 combined:0.28 stencil:0.17",
    "particles fluids stats",
)
def deposit(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "particle point sample marker charge photon star")
    job.start()
    ndim = rng.weighted({1: 1.5, 2: 4.0, 3: 1.5})
    size = {1: 16, 2: 8, 3: 6}[ndim]
    dims = tuple(k.dim(size) for _ in range(ndim))
    vector = t.vec(ndim, k.real) if ndim > 1 else None
    p = job.read("positions pos {}_pos x", "p x pos_i", vector or k.real, 0.0, 3.0, nest=0.0)
    axes = k.components(p) if vector is not None else [p]
    what = rng.choose(("mass", "charge", "momentum", "count"))
    h = rng.integer(0, 1)
    if h:
        spacing = job.param("cell_size dx h spacing", 0.5, 1.0, 0.5, 1.0, each=False, literal=False)
        scaled = [job.let(f"g{c} {c}_grid s{c} {c}_cell", a / spacing) for a, c in zip(axes, "xyz", strict=False)]
    else:
        inverse = job.param("inv_dx inv_h inv_spacing grid_scale", 1.0, 2.0, 2.0, 1.0, each=False)
        scaled = [job.let(f"g{c} {c}_grid s{c} {c}_cell", a * inverse) for a, c in zip(axes, "xyz", strict=False)]
    outs = {
        "mass": "grid_mass mass_grid density node_mass",
        "charge": "charge_density rho_grid charge_grid rho",
        "momentum": "grid_momentum momentum_grid grid_vel node_momentum",
        "count": "counts density_grid cell_counts occupancy",
    }
    amount: Expr
    if what in ("mass", "charge"):
        amount = job.read(
            "mass masses {}_mass m" if what == "mass" else "charges q {}_charge charge",
            "m mass_i" if what == "mass" else "q_i charge_i",
            k.real,
            0.5,
            2.0,
        )
    elif what == "momentum":
        v = job.read("velocities vel {}_vel v", "v vel_i", vector or k.real)
        m = job.read("mass masses {}_mass m", "m mass_i", k.real, 0.5, 2.0)
        amount = job.let("mv momentum p_i", m * v)
    else:
        amount = k.lit(1.0)
    nearest = what == "count" or rng.chance(0.15)
    dtype = amount.type
    if nearest and what == "count" and rng.chance(0.6):
        dtype, amount = t.I32, k.integer(1)
    target = job.array(outs[what], dtype, dims, "inout", low=0.0, high=0.0)
    sizes = [
        job.length(d, f"n{c} grid_{c} res_{c}", target, n) for n, (d, c) in enumerate(zip(dims, "xyz", strict=False))
    ]
    if nearest:
        job.titled(
            "count_{s}_per_cell bin_{s} deposit_nearest count_in_cells ngp_deposit {}_counts splat_nearest"
            if what == "count"
            else f"deposit_{what} {what}_to_grid ngp_deposit scatter_{what} nearest_cell_deposit"
        )
        cells = []
        for s, c, n in zip(scaled, "xyz", sizes, strict=False):
            cells.append(
                job.let(f"i{c} c{c} cell_{c}", k.call("clamp", k.cast(k.call("floor", s), t.I32), k.integer(0), n - 1))
            )
        atomic(k, "atomic_add", target, tuple(cells), amount)
        if job.more(0.5):
            index = cells[0]
            for cell, n in zip(cells[1:], sizes[1:], strict=True):
                index = index * n + cell
            job.write("cell_ids {}_cell cell_index", index)
        return
    job.titled(
        f"particles_to_grid p2g scatter_to_grid splat_{what} deposit_{what} {what}_to_grid cloud_in_cell cic_deposit"
        f" scatter_{what} {{s}}_to_grid deposit_{{s}}"
    )
    bases, fractions = [], []
    for s, c, n in zip(scaled, "xyz", sizes, strict=False):
        base = k.call("clamp", k.cast(k.call("floor", s), t.I32), k.integer(0), n - 2)
        bases.append(job.let(f"i{c} base_{c} c{c} {c}0", base))
        fractions.append(job.let(f"f{c} w{c} {c}_frac t{c}", s - k.cast(bases[-1], k.real)))
    weights = (
        job.array("weight_sum grid_weight node_weight", k.real, dims, "inout", low=0.0, high=0.0)
        if job.more(0.25)
        else None
    )

    def add(where: tuple[Expr, ...], w: Expr, names: str = "w weight wt") -> None:
        if weights is not None or what == "momentum":
            w = job.let(names, w)
        atomic(k, "atomic_add", target, where, amount * w if isinstance(dtype, t.Vector) else w * amount)
        if weights is not None:
            atomic(k, "atomic_add", weights, where, w)

    if ndim == 1:
        add((bases[0],), 1.0 - fractions[0], "w_left w0 w_lo")
        add((bases[0] + 1,), fractions[0], "w_right w1 w_hi")
        return

    def pick(body: Body, f: Expr, side: Expr) -> Expr:
        return body.where(side.equals(0), 1.0 - f, f)

    side_weight = job.routine(
        "axis_weight linear_weight hat_weight side_weight",
        pick,
        ("f frac", k.real, -10.0, 10.0),
        ("side corner", t.I32, 0, 1),
        share=0.4,
    )
    if ndim == 2 and rng.chance(0.4):
        for a in (0, 1):
            for b in (0, 1):
                wx = fractions[0] if a else 1.0 - fractions[0]
                wy = fractions[1] if b else 1.0 - fractions[1]
                add((bases[0] + a if a else bases[0], bases[1] + b if b else bases[1]), wx * wy, f"w{a}{b}")
        return
    with k.loop(job.words("di a oi dx"), 2) as di, k.loop(job.words("dj b oj dy"), 2) as dj:
        wx, wy = (
            job.let("wx w_x wa", side_weight(fractions[0], di)),
            job.let("wy w_y wb", side_weight(fractions[1], dj)),
        )
        if ndim == 2:
            add((bases[0] + di, bases[1] + dj), wx * wy)
        else:
            with k.loop(job.words("dk c ok dz"), 2) as dk:
                wz = job.let("wz w_z wc", side_weight(fractions[2], dk))
                add((bases[0] + di, bases[1] + dj, bases[2] + dk), wx * wy * wz)
