"""Bodies that all act on each other, loaded tile by tile."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import Helper, helper
from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, length, named, titled
from .tile_ops import extent, item, op, size_constant
from .tile_rows import SINGLE, VEC3
from .tree import Expr


@recipe(
    "bodies that all act on each other, loaded tile by tile",
    "tile:0.99 vector:0.083",
    "astronomy particles chemistry",
    SINGLE,
)
def tile_bodies(k: Kernel) -> None:
    """A thread for each body; its block loads the others together."""
    rng = k.rng
    size = size_constant(k, rng.choose((4, 8)), ("TILE_SIZE", "BLOCK_SIZE", "TILE", "CHUNK", "BODIES_PER_TILE"))
    count = 2 * int(size.high)
    (i,) = k.start(1, (count,), ("=i body_id particle_id",))
    k.block_dim = int(size.high)
    k.launch[0].fixed = True
    points = k.array("=positions pos {}_pos x", VEC3, k.launch, low=-2.0, high=2.0)
    how = rng.choose(("gravity", "gravity", "spring", "push", "coulomb", "density", "potential"))
    scalar = how in ("density", "potential")
    weigh = {"coulomb": "=charges q charge", "spring": "=weights stiffness w"}.get(how, "=masses mass m {}_mass")
    weights_in = (
        k.array(weigh, t.F32, k.launch, low=0.5, high=2.0) if how in ("coulomb", "density") or rng.chance(0.5) else None
    )
    p = named(k, "=p pos_i x_i own_pos", points[i])
    gives: t.Type = t.F32 if scalar else VEC3
    total = k.variable(
        {"density": "=rho density", "potential": "=phi potential", "coulomb": "=field e_field total"}.get(
            how, "=force acc total accel" if how != "gravity" else "=acc accel gravity_acc"
        ),
        k.zero(gives),
    )
    act = _interaction(k, how, weights_in is not None)
    number: Expr = length(k, k.launch[0], "=num_bodies n num_{s} n_bodies")
    turns: Expr | int = number // size if rng.chance(0.7) else 2
    tile = t.Tile(VEC3, (int(size.high),))
    with k.loop("=t tile_id chunk blk", turns) as block:
        start = block * size if rng.chance(0.6) else k.let("=start base offset", block * size)
        near = k.let("=pos_tile others tile_pos", op("tile_load", tile, points, **extent(k, size, start)))
        weights = (
            k.let(
                "=w_tile mass_tile" if how != "coulomb" else "=q_tile charge_tile",
                op("tile_load", t.Tile(t.F32, tile.shape), weights_in, **extent(k, size, start)),
            )
            if weights_in is not None
            else None
        )
        with k.loop("=j k other_id", size) as j:
            other = k.let("=q other pos_j x_j", item(near, j))
            arguments = [p, other, *([item(weights, j)] if weights is not None else [])]
            k.augment(total, "+", tree.Call(gives, -1e3, 1e3, act.name, tuple(arguments)))
    k.gap()
    stem = {
        "gravity": "nbody_gravity",
        "spring": "all_pairs_springs",
        "push": "repel_bodies",
        "coulomb": "electric_field",
        "density": "kernel_density",
        "potential": "gravity_potential",
    }[how]
    if scalar:
        titled(k, f"{stem} compute_{stem} tiled_{stem} {stem}_tiled")
        k.set(
            k.array("=densities rho_out" if how == "density" else "=potentials phi_out energy", t.F32, k.launch, "out")[
                i
            ],
            total,
        )
        return
    if how != "coulomb" and rng.chance(0.65):
        v = k.array("=velocities vel v {}_vel", VEC3, k.launch, "inout", low=-1.0, high=1.0)
        dt = coefficient(k, "=dt h time_step", 0.01, 0.1, 0.05, 0.01)
        new = k.let("=v_new vel_i v_next", v[i] + total * dt)
        k.set(v[i], new)
        k.set(
            k.array("=positions_out new_pos pos_next", VEC3, k.launch, "out")[i],
            p + new * dt if rng.chance(0.5) else p + dt * new,
        )
        titled(k, f"{stem}_step integrate_{stem} step_bodies nbody_step advance_bodies")
    else:
        k.set(
            k.array(
                "=e_field field_out electric_field"
                if how == "coulomb"
                else "=accelerations acc_out accel"
                if how == "gravity"
                else "=forces force_out f_out",
                VEC3,
                k.launch,
                "out",
            )[i],
            total,
        )
        titled(k, f"{stem} compute_{stem} tiled_{stem} all_pairs_{stem}")


def _interaction(k: Kernel, how: str, weighted: bool) -> Helper:
    """A wp.func of two places (and a mass): what the second does to the first."""
    rng = k.rng

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        p, q, *rest = names
        d = body.let("=d delta r r_ij", q - p)
        strength = rest[0] if rest else body.lit(rng.choose((1.0, 0.5, 2.0)))
        if how in ("gravity", "coulomb", "potential"):
            r2 = body.let("=r2 dist_sq d2", body.call("length_sq", d) + rng.choose((0.01, 0.1, 0.25)))
            inverse = body.let("=inv_r inv_dist", 1.0 / body.call("sqrt", r2))
            if how == "potential":
                return [-strength * inverse]
            cubed = strength * inverse * inverse * inverse
            return [d * (cubed if how == "gravity" else -cubed)]
        r = body.let("=dist r_len len_d", body.call("length", d))
        if how == "density":
            h = rng.choose((1.0, 2.0, 1.5))
            with body.when(r > h):
                body.give(body.lit(0.0))
            u = body.let("=u s x", 1.0 - r / h)
            return [strength * u * u]
        if how == "push":
            reach = rng.choose((1.0, 2.0, 1.5))
            with body.when(r > reach):
                body.give(body.zero(VEC3))
            return [d * (-strength * (reach - r))]
        return [d * (strength * (r - rng.choose((0.5, 1.0))) / (r + 0.1))]

    kinds: list[tuple[str, t.Type, float, float]] = [("=p xi a", VEC3, -2.0, 2.0), ("=q xj b", VEC3, -2.0, 2.0)]
    if weighted:
        kinds.append(("=charge qj" if how == "coulomb" else "=mass m w", t.F32, 0.5, 2.0))
    titles = {
        "gravity": ("gravity", "body_acceleration", "gravity_accel", "attraction", "pull_from"),
        "spring": ("spring_force", "pair_spring", "spring_pull"),
        "push": ("repulsion", "push_apart", "repel", "soft_repulsion"),
        "coulomb": ("point_charge_field", "coulomb_field", "field_of_charge"),
        "density": ("kernel_weight", "density_term", "smoothing_kernel"),
        "potential": ("pair_potential", "gravity_potential_term", "potential_term"),
    }[how]
    return helper(k, kinds, write, titles=titles)
