"""Queries of triangle meshes: closest points, rays, faces and vertices by index.

Objects come as handles (`wp.uint64`); what kind of object a handle must name is in its facts.
"""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import batched, named, names, opt, read, setting, words, write
from .tree import Expr

VEC3 = t.vec(3)

MESH_POINT = t.Struct(
    "MeshQueryPoint", (("result", t.BOOL), ("sign", t.F32), ("face", t.I32), ("u", t.F32), ("v", t.F32)), False
)
MESH_RAY = t.Struct(
    "MeshQueryRay",
    (("result", t.BOOL), ("sign", t.F32), ("face", t.I32), ("t", t.F32), ("u", t.F32), ("v", t.F32), ("normal", VEC3)),
    False,
)
MESH = t.Struct(
    "Mesh", (("points", t.Array(VEC3, 1)), ("velocities", t.Array(VEC3, 1)), ("indices", t.Array(t.I32, 1))), False
)
ITERATOR = t.Opaque("query")
MESH_ID = "=mesh mesh_id collider_mesh surface_mesh target_mesh shape_mesh mesh_handle"
POINT = names("p pos x point q", "query world sample particle", "")


def op(name: str, gives: t.Type, *arguments: tree.Value) -> Expr:
    """A call whose result type the rule states."""
    exprs = tuple(tree.as_expr(a, t.F32 if isinstance(a, float) else t.I32) for a in arguments)
    return tree.Call(gives, -1e3, 1e3, f"wp.{name}", exprs)


def handle(k: Kernel, kind: str, called: str = "", **facts: str) -> Expr:
    """An argument that names an object of Warp."""
    argument = k.namer.argument(called or kind)
    k.add_argument(argument, t.U64, "handles", {"handle": kind, **facts})
    return tree.Name(t.U64, -inf, inf, argument)


def box(k: Kernel, center: Expr) -> tuple[Expr, Expr]:
    """Corners of a box around a point, or read."""
    if k.rng.chance(0.25):
        low = k.let("=lower lo box_min", read(k, "=lowers box_mins lower_bounds", VEC3, -2.0, -0.5))
        return low, k.let("=upper hi box_max", read(k, "=uppers box_maxs upper_bounds", VEC3, 0.5, 2.0))
    r = named(k, "=r radius reach", setting(k, "=radius query_radius half_width reach", 0.1, 1.0, 0.5, 0.25))
    reach = k.let("=ext half extent r_vec", k.make(VEC3, r, r, r))
    return k.let("=lower lo box_min", center - reach), k.let("=upper hi box_max", center + reach)


_POINT_QUERIES = {
    "mesh_query_point": 3.0,
    "mesh_query_point_sign_normal": 2.0,
    "mesh_query_point_sign_parity": 1.2,
    "mesh_query_point_sign_winding_number": 1.2,
    "mesh_query_point_no_sign": 1.5,
    "mesh_query_furthest_point_no_sign": 1.2,
}


@recipe("closest points of a triangle mesh", "geometry:7.7", "particles cloth rigid", "query", SINGLE)
def mesh_closest(k: Kernel) -> None:
    rng = k.rng
    batched(k, rng.choose(("point", "particle", "sample")), 0.15)
    mesh = handle(k, "mesh", MESH_ID)
    name = rng.weighted(_POINT_QUERIES)
    furthest, signed = "furthest" in name, "no_sign" not in name
    p = read(k, POINT, VEC3)
    if rng.chance(0.25) and not furthest:
        pose = k.scalar("=mesh_xform X_wm mesh_pose mesh_tf", t.transform(), -1.0, 1.0, unit=True)
        p = k.let("=p_local local_p q_local", k.call("transform_point", k.call("transform_inverse", pose), p))
    limit = named(
        k, "=max_d limit", setting(k, "=max_dist max_distance query_dist search_radius", 1.0, 100.0, 10.0, 100.0, 5.0)
    )
    query = k.let("=query q res hit result", op(name, MESH_POINT, mesh, p, 0.0 if furthest else limit))
    at = (query.field("face"), query.field("u"), query.field("v"))
    point = op("mesh_eval_position", VEC3, mesh, *at)
    if furthest:
        k.titles = words(
            "furthest_on_mesh max_mesh_distance farthest_mesh_point mesh_extent_from_points furthest_points"
        )
        how = "distance"
    else:
        how = rng.choose(
            ("distance", "project", "contact", "collide", "attributes")
            if signed
            else ("distance", "project", "attributes")
        )
    (
        _mesh_distance
        if how == "distance"
        else _mesh_project
        if how == "project"
        else _mesh_attributes
        if how == "attributes"
        else _mesh_contact
    )(k, p, limit, query, point, at, signed, how, mesh, furthest)
    k.shared.differentiable = k.shared.differentiable and how in ("distance", "project")


def _mesh_distance(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    rng = k.rng
    if not furthest:
        k.titles = (
            words(
                "mesh_signed_distance mesh_sdf eval_mesh_sdf signed_distance_to_mesh sample_mesh_sdf compute_mesh_sdf"
            )
            if signed
            else words("mesh_distance unsigned_mesh_distance distance_to_mesh closest_mesh_distance points_to_mesh")
        )
    miss = limit if rng.chance(0.5) and not furthest else k.lit(rng.choose((1e3, -1.0, 0.0)))
    distance = k.variable("=dist d sd distance", miss)
    normal = k.variable("=normal n grad", k.zero(VEC3)) if opt(k, 0.4) else None
    face = k.variable("=face_id face tri", k.integer(-1)) if opt(k, 0.25) else None
    with k.when(query.field("result")):
        c = k.let("=closest cp c surface_p", point)
        delta = k.let("=delta diff d_vec", p - c)
        length = k.call("length", delta)
        k.set(distance, query.field("sign") * length if signed else length)
        if normal is not None:
            if rng.chance(0.5):
                k.set(normal, op("mesh_eval_face_normal", VEC3, mesh, query.field("face")))
            else:
                n = k.call("normalize", delta)
                k.set(normal, n * query.field("sign") if signed else n)
        if face is not None:
            k.set(face, query.field("face"))
    write(k, "=distances sdf sdf_out dist_out phi", distance)
    if normal is not None:
        write(k, "=normals gradients n_out", normal)
    if face is not None:
        write(k, "=face_ids closest_faces faces_out", face)
    if signed and opt(k, 0.25):
        write(k, "=inside is_inside occupancy", k.where(distance < 0.0, k.integer(1), k.integer(0)))
        k.shared.differentiable = False


def _mesh_project(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    rng = k.rng
    k.titles = words(
        "project_to_mesh snap_to_mesh closest_mesh_points shrinkwrap attach_to_surface project_points stick_to_mesh"
    )
    result = k.variable("=target snapped projected x_new", p)
    with k.when(query.field("result")):
        c = k.let("=closest cp surface_p c", point)
        if rng.chance(0.45):
            offset = setting(k, "=offset thickness shell_offset margin", 0.01, 0.2, 0.05)
            k.set(result, c + op("mesh_eval_face_normal", VEC3, mesh, query.field("face")) * offset)
        elif rng.chance(0.5):
            k.set(result, k.call("lerp", p, c, setting(k, "=blend strength weight", 0.1, 1.0, 0.5, 0.9)))
        else:
            k.set(result, c)
    write(k, "=projected points_out pos_out snapped_out", result)
    if opt(k, 0.4):
        write(k, "=displacements offsets moved", result - p)
    if opt(k, 0.3):
        write(k, "=found on_mesh hit_mask", k.where(query.field("result"), k.integer(1), k.integer(0)))


def _mesh_attributes(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    """Where on the surface a point belongs: the face and its barycentric coordinates, or the surface's velocity."""
    rng = k.rng
    k.titles = words(
        "bind_to_mesh closest_faces find_closest_face mesh_correspondence map_points_to_mesh locate_on_surface"
    )
    moving = rng.chance(0.5)
    if moving:
        k.titles = words("sample_mesh_velocity mesh_velocity_at surface_velocity drag_with_mesh transfer_velocity")
    with k.when(query.field("result")):
        if moving:
            v = k.let("=v surface_vel mesh_v", op("mesh_eval_velocity", VEC3, mesh, *at))
            if rng.chance(0.4):
                v = v * setting(k, "=friction coupling drag", 0.1, 1.0, 0.5)
            write(k, "=velocities vel_out surface_vels", v)
        else:
            write(k, "=face_ids faces_out closest_faces", query.field("face"))
            u, v = query.field("u"), query.field("v")
            bary = k.make(VEC3, u, v, 1.0 - u - v) if rng.chance(0.5) else k.make(t.vec(2), u, v)
            write(k, "=barycentric bary_out uvs coords", bary)
        if opt(k, 0.4):
            write(k, "=surface_points closest_points points_out", point)
    if rng.chance(0.5) and not moving:
        with k.otherwise():
            write(k, "=missed unbound lost", k.integer(1))
    k.shared.differentiable = False


def _mesh_contact(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    """Points kept out of the mesh: by a force, or by moving them."""
    rng = k.rng
    k.shared.differentiable = False
    k.titles = (
        words("mesh_contact_forces eval_mesh_contacts penalty_contact mesh_penalty_forces particle_mesh_contacts")
        if how == "contact"
        else words("collide_with_mesh resolve_mesh_collision push_out_of_mesh mesh_collision project_out_of_mesh")
    )
    margin = named(k, "=r m", setting(k, "=margin radius particle_radius thickness", 0.01, 0.3, 0.05, 0.1))
    moved = k.variable("=x_new corrected fixed_p", p) if how == "collide" else None
    with k.when(query.field("result")):
        c = k.let("=closest cp surface_p c", point)
        delta = k.let("=delta diff to_p", p - c)
        dist = k.let("=dist d sd", k.call("length", delta) * query.field("sign"))
        with k.when(dist < margin):
            if rng.chance(0.5):
                n = k.let("=n normal contact_n", op("mesh_eval_face_normal", VEC3, mesh, query.field("face")))
            else:
                n = k.let("=n normal contact_n", k.call("normalize", delta) * query.field("sign"))
            depth = k.let("=depth pen overlap", margin - dist)
            if moved is not None:
                k.set(moved, p + n * depth)
                if opt(k, 0.4):
                    v = k.array("=velocities vel v", VEC3, k.launch, "inout", low=-2.0, high=2.0)[k.threads]
                    vn = k.let("=vn normal_speed v_n", k.call("dot", v, n))
                    k.set(
                        v,
                        v - n * (k.call("min", vn, 0.0) * setting(k, "=bounce restitution_factor", 1.0, 2.0, 1.0, 1.5)),
                    )
            else:
                f = setting(k, "=ke stiffness contact_ke", 10.0, 100.0, 50.0) * depth
                if opt(k, 0.5):
                    v = read(k, "=v vel velocity", VEC3)
                    vn = k.let("=vn v_n normal_speed", k.call("dot", v, n))
                    f = k.let("=f fn magnitude", f - setting(k, "=kd damping contact_kd", 0.1, 5.0, 1.0) * vn)
                target = k.array("=forces f particle_f", VEC3, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
                k.augment(target, "+", n * f)
                if opt(k, 0.4):
                    write(k, "=depths penetration pen_out", depth)
    if moved is not None:
        write(k, "=pos_out x_out positions_out", moved)
