"""Volumes of distances sampled at points: contacts, and what lies inside."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, op
from .tasks import leave, named, opt, read, setting, words, write
from .tree import Expr
from .volumes import POINT, SDF, UVW, Volume, blank_vector, flag, point_of, volume, within


def _distance(k: Kernel) -> None:
    """A distance with the direction that it grows in, as collisions with a field want it."""
    rng = k.rng
    k.shared.differentiable = False
    solid = volume(k, SDF)
    moving = rng.chance(0.3)
    how = rng.choose(("position", "velocity", "force", "report", "both", "slide"))
    places = None
    if how in ("position", "both") and rng.chance(0.7):
        places = k.array("=positions particle_q pos x", VEC3, k.launch, "inout", low=-2.0, high=2.0)
        p = k.let("=p p_i xi", places[k.threads])
    else:
        p = read(k, POINT, VEC3)
    q = p
    pose = None
    if moving:
        pose = k.scalar("=X_ws shape_xform collider_pose", t.transform(), -0.5, 0.5, unit=True)
        q = k.let("=p_local x_s local_p", k.call("transform_point", k.call("transform_inverse", pose), p))
    place = k.let(UVW, solid.index(q))
    grad = blank_vector(k)
    d = k.let("=d dist phi sd", solid.sample_grad(place, grad))
    size = setting(k, "=margin radius contact_dist thickness", 0.0, 0.5, 0.1, 0.05)
    margin = named(k, "=r m", size)
    if rng.chance(0.5):
        leave(k, d >= margin)
        _pushed(k, how, solid, p, d, margin, grad, pose, places)
    else:
        with k.when(d < margin):
            _pushed(k, how, solid, p, d, margin, grad, pose, places)
        if opt(k, 0.3):
            write(k, "=distances sdf_out gaps", d)


def _pushed(
    k: Kernel,
    how: str,
    solid: Volume,
    p: Expr,
    d: Expr,
    margin: Expr,
    grad: Expr,
    pose: Expr | None,
    places: Expr | None,
) -> None:
    """What a point near a solid does."""
    rng = k.rng
    if rng.chance(0.5):
        n = k.call("normalize", op("volume_index_to_world_dir", VEC3, solid.id, grad))
    else:
        n = k.call("normalize", grad)
    if pose is not None:
        n = k.call("transform_vector", pose, n)
    n = k.let("=n normal dir", n)
    depth = margin - d
    if how == "report":
        k.titles = words("sdf_contacts sample_sdf_normal generate_contacts find_sdf_contacts eval_sdf_grad")
        write(k, "=normals contact_normals n_out", n)
        if rng.chance(0.6):
            write(k, "=depths penetration", depth)
        else:
            write(k, "=contact_points on_surface", p - n * d)
        if rng.chance(0.4):
            count = k.array("=contact_count num_contacts", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
        return
    if how == "force":
        k.titles = words("sdf_contact_forces penalty_sdf_forces sdf_penalty repel_from_sdf")
        size = setting(k, "=stiffness ke contact_ke", 10.0, 100.0, 50.0) * depth
        if rng.chance(0.5):
            v = read(k, "=v vel", VEC3)
            vn = k.let("=vn normal_vel", k.call("dot", v, n))
            size = k.let("=fn f_n", size - setting(k, "=kd damping contact_kd", 0.1, 5.0, 1.0) * k.call("min", vn, 0.0))
            if rng.chance(0.5):
                slip = k.let("=vt slip tangent_v", v - n * vn)
                mu = setting(k, "=mu friction", 0.1, 0.9, 0.5)
                f = n * size - slip * (mu * size / k.call("max", k.call("length", slip), 1e-3))
                write(k, "=forces contact_f f_out", f)
                return
        write(k, "=forces contact_f f_out", n * size)
        return
    if how in ("position", "both"):
        k.titles = words("push_out_of_sdf resolve_sdf_collision project_out_of_sdf sdf_collision resolve_penetration")
        moved = p + n * (depth * setting(k, "=relaxation stiffness", 0.2, 1.0, 0.5) if rng.chance(0.25) else depth)
        if places is not None:
            k.set(places[k.threads], moved)
        else:
            write(k, "=pos_out corrected x_out", moved)
        if how == "position":
            return
    else:
        k.titles = words("bounce_off_sdf sdf_collide_velocity clip_velocity collide_particles slide_on_sdf")
    vels = k.array("=velocities vel v", VEC3, k.launch, "inout", low=-2.0, high=2.0)
    v = k.let("=v v_p vel_p", vels[k.threads])
    vn = k.let("=vn v_n into", k.call("dot", v, n))
    with k.when(vn < 0.0):
        if how == "slide":
            tangent = k.let("=vt v_t slide_v", v - n * vn)
            k.set(vels[k.threads], tangent * (1.0 - setting(k, "=friction mu", 0.0, 0.9, 0.2, 0.5)))
        else:
            bounce = 1.0 + setting(k, "=restitution bounce", 0.0, 0.9, 0.3, 0.5) if rng.chance(0.6) else None
            k.set(vels[k.threads], v - n * (vn if bounce is None else bounce * vn))


def _inside(k: Kernel) -> None:
    """Which points are in a solid, how far off they are, which of two solids is nearer."""
    rng = k.rng
    solid = volume(k, SDF)
    p = point_of(k)
    d = k.let("=d dist phi sd", solid.sample(within(k, solid, p)))
    how = rng.choose(("plain", "flag", "offset", "pair", "ramp", "nearest", "loss"))
    if how == "flag":
        k.titles = words("mark_inside classify_points inside_solid points_in_sdf kill_inside")
        flag(k, "=inside is_inside dead", d < setting(k, "=margin radius", 0.0, 0.3, 0.0, 0.1))
    elif how == "pair":
        k.titles = words("union_distance sample_two_sdfs nearest_solid combined_sdf")
        other = volume(k, "=sdf_b other_sdf second_sdf", like=solid)
        e = k.let("=e dist_b other_d", other.sample_world(p))
        write(k, "=distances sdf_out", k.call("min", d, e))
        if rng.chance(0.6):
            flag(k, "=solid_ids nearest_id", e < d)
    elif how == "ramp":
        k.titles = words("sdf_alpha soft_mask smooth_occupancy antialias_sdf")
        width = setting(k, "=width falloff band", 0.1, 1.0, 0.25, 0.5)
        write(k, "=occupancy alpha soft_mask", k.call("clamp", 0.5 - d / width, 0.0, 1.0))
    elif how == "nearest":
        k.titles = words("collision_cost obstacle_cost clearance_cost sdf_cost")
        reach = named(k, "=eps", setting(k, "=clearance safe_dist eps", 0.2, 1.0, 0.5))
        cost = k.variable("=cost c", k.lit(0.0), False)
        with k.when(d < 0.0):
            k.set(cost, -d + 0.5 * reach)
        with k.otherwise_when(d < reach):
            gap = k.let("=gap e", d - reach)
            k.set(cost, 0.5 * gap * gap / reach)
        write(k, "=costs obstacle_costs", cost)
    elif how == "loss":
        k.titles = words("sdf_alignment_loss registration_error fit_to_sdf surface_loss")
        loss = k.array("=loss total_loss error", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        made = d * d if rng.chance(0.5) else k.call("abs", d)
        if rng.chance(0.5):
            made = made * read(k, "=w weight confidence", t.F32, 0.1, 1.0)
        k.do(k.call("atomic_add", loss, k.integer(0), made, gives=t.F32))
    else:
        k.titles = words("sample_sdf sdf_at_points point_distances query_sdf")
        write(
            k, "=distances sdf_out gaps", d - setting(k, "=radius thickness", 0.05, 0.5, 0.1) if how == "offset" else d
        )


SOLIDS: dict[str, tuple[float, Callable[[Kernel], None]]] = {"distance": (3.0, _distance), "inside": (1.3, _inside)}
"""Weights, and what is done at a point."""
