"""Queries of acceleration structures: meshes, BVHs, hash grids.

Objects come as handles (`wp.uint64`); what kind of object a handle must name is in its facts.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .helpers import refined
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tree import Expr

FIELDS = "geometry rigid render particles terrain"
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


def op(name: str, gives: t.Type, *arguments: tree.Value) -> Expr:
    """A call whose result type the rule states."""
    exprs = tuple(tree.as_expr(a, t.F32 if isinstance(a, float) else t.I32) for a in arguments)
    return tree.Call(gives, -1e3, 1e3, f"wp.{name}", exprs)


def handle(k: Kernel, kind: str, **facts: str) -> Expr:
    """An argument that names an object of Warp."""
    argument = k.namer.argument(kind)
    k.add_argument(argument, t.U64, "handles", {"handle": kind, **facts})
    return tree.Name(t.U64, -inf, inf, argument)


def outputs(k: Kernel, *values: tuple[str, Expr]) -> None:
    for kind, value in values:
        k.output(kind, value)


def box(k: Kernel, center: Expr) -> tuple[Expr, Expr]:
    """Corners of a box around a point, or read."""
    if k.rng.chance(0.3):
        return k.let("minimum", k.load("minimum", VEC3, -2.0, -0.5)), k.let(
            "maximum", k.load("maximum", VEC3, 0.5, 2.0)
        )
    r = k.parameter("radius", 0.1, 1.0, 0.5, 0.25)
    reach = k.let("vector", k.make(VEC3, r, r, r))
    return k.let("minimum", center - reach), k.let("maximum", center + reach)


@recipe("closest points of a triangle mesh", "geometry:2.2", FIELDS, "query", SINGLE)
def mesh_closest(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    mesh = handle(k, "mesh")
    p = k.let("position", k.load("position", VEC3))
    limit = k.parameter("limit", 1.0, 100.0, 10.0, 100.0)
    name = rng.choose(
        (
            "mesh_query_point",
            "mesh_query_point",
            "mesh_query_point_sign_normal",
            "mesh_query_point_sign_parity",
            "mesh_query_point_sign_winding_number",
            "mesh_query_point_no_sign",
            "mesh_query_furthest_point_no_sign",
        )
    )
    query = k.let("query", op(name, MESH_POINT, mesh, p, limit if "furthest" not in name else 0.0))
    signed = "no_sign" not in name
    distance = k.variable("distance", limit if rng.chance(0.5) else k.lit(rng.choose((1e3, -1.0, 0.0))))
    normal = k.variable("normal", k.zero(VEC3)) if rng.chance(0.5) else None
    with k.when(query.field("result")):
        point = k.let(
            "point", op("mesh_eval_position", VEC3, mesh, query.field("face"), query.field("u"), query.field("v"))
        )
        delta = k.let("delta", p - point)
        length = k.call("length", delta)
        k.set(distance, query.field("sign") * length if signed and rng.chance(0.7) else length)
        if normal is not None:
            if rng.chance(0.5):
                k.set(normal, op("mesh_eval_face_normal", VEC3, mesh, query.field("face")))
            else:
                k.set(normal, k.call("normalize", delta))
        if rng.chance(0.3):
            v = op("mesh_eval_velocity", VEC3, mesh, query.field("face"), query.field("u"), query.field("v"))
            k.set(k.array("velocity", VEC3, k.launch, "out")[k.threads], v)
    if normal is not None:
        k.output("normal", normal)
    if rng.chance(0.4):
        stiffness = k.parameter("stiffness", 1.0, 100.0, 10.0)
        k.output("force", p * (stiffness * k.call("min", distance, 0.0)))
    k.output("distance", distance)


@recipe("rays against a triangle mesh", "geometry:1.8", "render geometry rigid", "query", SINGLE)
def mesh_ray(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 2)))
    k.guard()
    mesh = handle(k, "mesh")
    origin = k.let("ray_origin", k.load("ray_origin", VEC3))
    direction = k.let("ray_direction", k.call("normalize", k.load("ray_direction", VEC3)))
    limit = k.parameter("limit", 10.0, 1000.0, 100.0, 1000.0)
    how = rng.integer(0, 3)
    if how == 0:
        hit = op("mesh_query_ray_anyhit", t.BOOL, mesh, origin, direction, limit)
        shadow = (
            k.where(hit, k.lit(0.0), k.lit(1.0))
            if rng.chance(0.5)
            else k.where(hit, k.choose_lit(0.5, 0.25), k.lit(1.0))
        )
        k.output("weight", shadow)
        return
    if how == 1:
        count = k.let("count", op("mesh_query_ray_count_intersections", t.I32, mesh, origin, direction))
        outputs(k, ("count", count), ("flag", k.where((count % 2).equals(1), k.integer(1), k.integer(0))))
        return
    query = k.let("query", op("mesh_query_ray", MESH_RAY, mesh, origin, direction, limit))
    color = k.variable("color", k.zero(VEC3) if rng.chance(0.6) else k.make(VEC3, 0.5, 0.7, 1.0))
    depth = k.variable("depth", limit if rng.chance(0.5) else k.lit(-1.0))
    with k.when(query.field("result")):
        k.set(depth, query.field("t"))
        n = query.field("normal")
        if rng.chance(0.5):
            k.set(color, n * 0.5 + k.make(VEC3, 0.5, 0.5, 0.5))
        else:
            light = k.call("normalize", k.scalar("direction", VEC3, 0.1, 1.0))
            k.set(color, k.make(VEC3, 1.0, 0.8, 0.6) * k.call("max", k.call("dot", n, light), 0.1))
        if rng.chance(0.3):
            k.set(k.array("index", t.I32, k.launch, "out")[k.threads], query.field("face"))
    outputs(k, ("depth", depth), ("color", color))


@recipe(
    "overlaps of boxes, spheres and rays with a BVH or mesh",
    "geometry:2.2 control_flow:0.2",
    "geometry rigid particles",
    "query",
    SINGLE,
)
def overlap_query(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    mesh = rng.chance(0.45)
    tree_id = handle(k, "mesh" if mesh else "bvh")
    center = k.let("center", k.load("center", VEC3))
    kind = rng.choose(("aabb", "sphere") if mesh else ("aabb", "aabb", "sphere", "ray", "capsule"))
    family = "mesh" if mesh else "bvh"
    if kind == "aabb":
        arguments = list(box(k, center))
    elif kind == "sphere":
        arguments = [center, k.parameter("radius", 0.1, 1.0, 0.5)]
    else:
        direction = k.let("direction", k.call("normalize", k.load("direction", VEC3)))
        arguments = [center, direction] + ([k.parameter("radius", 0.1, 0.5, 0.25)] if kind == "capsule" else [])
    if not mesh and rng.chance(0.4):
        group = op("bvh_get_group_root", t.I32, tree_id, k.load("label", t.I32, 0, 3)) if kind == "aabb" else None
        if group is not None:
            arguments.append(k.let("index", group))
    query = k.let("query", op(f"{family}_query_{kind}", ITERATOR, tree_id, *arguments))
    found = tree.Name(t.I32, 0.0, 63.0, k.namer.local("index"))
    k.add(tree.Assign((found,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
    count = k.variable("count", k.integer(0))
    best = k.variable("extremum", k.integer(-1)) if rng.chance(0.4) else None
    step = (
        "bvh_query_next"
        if not mesh
        else "mesh_query_aabb_next"
        if kind == "aabb" and rng.chance(0.5)
        else "mesh_query_next"
    )
    with k.repeat(op(step, t.BOOL, query, found)):
        if rng.chance(0.3):
            with k.when(found.equals(k.threads[0])):
                k.next_turn()
        k.augment(count, "+", 1)
        if best is not None:
            k.set(best, k.call("max", best, found))
        if rng.chance(0.25):
            limit = k.scalar("limit", t.I32, 1, 16) if rng.chance(0.3) else rng.choose((8, 16))
            with k.when(count >= limit):
                k.leave_loop()
    if best is not None:
        k.output("index", best)
    k.output("count", count)
    k.shared.differentiable = False


@recipe(
    "neighbours in a hash grid", "geometry:2 combined:0.2 reduction:0.2", "particles fluids chemistry", "gather", SINGLE
)
def grid_neighbors(k: Kernel) -> None:
    rng = k.rng
    (tid,) = k.start(1)
    k.guard()
    grid = handle(k, "hashgrid")
    dims = k.launch
    points = k.array("position", VEC3, dims, low=-1.0, high=1.0)
    i = tid
    if rng.chance(0.6):
        i = k.let("index", op("hash_grid_point_id", t.I32, grid, tid))
        if rng.chance(0.4):
            with k.when(i < 0):
                k.give()
    x = k.let("position", points[i])
    radius = k.parameter("radius", 0.2, 1.0, 0.5)
    vector = rng.chance(0.5)
    total = k.variable("force" if vector else "density", k.zero(VEC3) if vector else k.lit(0.0))
    query = k.let("query", op("hash_grid_query", ITERATOR, grid, x, radius))
    weights = k.array("mass", t.F32, dims, low=0.5, high=2.0) if rng.chance(0.5) else None

    def body(j: Expr) -> None:
        if rng.chance(0.6):
            with k.when(j.equals(i)):
                k.next_turn()
        d = k.let("delta", x - points[j])
        r = k.let("distance", k.call("length", d))
        with k.when(r < radius):
            w = rng.choose((1.0 - r / radius, radius * radius - r * r, k.call("exp", -r)))
            w = k.let("weight", refined(k, w))
            if weights is not None:
                w = weights[j] * w
            k.augment(total, "+", d * w if vector else w)

    if rng.chance(0.65):
        j = tree.Name(t.I32, 0.0, 31.0, k.namer.local("neighbor"))
        held = k.in_loop
        k.in_loop += 1
        with k.block() as inside:
            body(j)
        k.in_loop = held
        k.add(tree.For(j, (), tuple(inside), query))
    else:
        j = tree.Name(t.I32, 0.0, 31.0, k.namer.local("neighbor"))
        k.add(tree.Assign((j,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
        with k.repeat(op("hash_grid_query_next", t.BOOL, query, j)):
            body(j)
    out = k.array("force" if vector else "density", total.type, dims, "out")
    k.set(out[i], total)
    k.shared.differentiable = False


@recipe("triangle pairs tested for intersection", "geometry:0.8", "geometry cloth", "query", SINGLE)
def triangle_pairs(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (20,))
    k.guard()
    nodes = k.dim(12)
    points = k.array("point", VEC3, (nodes,), low=-1.0, high=1.0)
    corners: list[Expr] = []
    for _ in range(2):
        faces = k.array("indices", t.vec(3, t.I32), k.launch, low=0, high=11, bound=nodes.symbol, corners=3)
        face = k.let("index", faces[i])
        corners += [k.maybe("position", points[face[n]]) for n in range(3)]
    hit = k.let("flag", op("intersect_tri_tri", t.I32, *corners))
    k.output("flag", hit)
    if rng.chance(0.5):
        counter = k.array("count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(hit.equals(1)):
            k.do(k.call("atomic_add", counter, 0, k.integer(1), gives=t.I32))
    k.shared.differentiable = False


@recipe("vertices and objects of a mesh by index", "geometry:2.4", "geometry cloth rigid", "gather", SINGLE)
def mesh_data(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1)
    k.guard()
    mesh = handle(k, "mesh")
    ways: list[Callable[[], Expr]] = [
        lambda: op("mesh_get_point", VEC3, mesh, i),
        lambda: op("mesh_get_velocity", VEC3, mesh, i),
        lambda: op("mesh_get_point", VEC3, mesh, i) + op("mesh_get_velocity", VEC3, mesh, i) * k.choose_lit(0.1, 0.5),
        lambda: op("mesh_eval_face_normal", VEC3, mesh, i),
    ]
    if rng.chance(0.4):
        corner = [i * 3 + n if n else i * 3 for n in range(3)]
        if rng.chance(0.5):
            object_ = k.let("mesh", op("mesh_get", MESH, mesh))
            data = object_.field("points" if rng.chance(0.8) else "velocities")
            ids = [k.let("index", object_.field("indices")[place]) for place in corner]
            points = [k.let("point", data[n]) for n in ids]
        else:
            ids = [k.let("index", op("mesh_get_index", t.I32, mesh, place)) for place in corner]
            points = [k.let("point", op("mesh_get_point", VEC3, mesh, n)) for n in ids]
        if rng.chance(0.3):
            total = points[0] + points[1] + points[2]
            k.output("center", total / 3.0 if rng.chance(0.5) else total * k.parameter("scale", 0.1, 1.0, 0.5))
            return
        normal = k.call("cross", points[1] - points[0], points[2] - points[0])
        k.output("normal", k.call("normalize", normal) if rng.chance(0.6) else normal)
        return
    if rng.chance(0.3):
        bvh = k.let("bvh", op("mesh_get_bvh", t.U64, mesh))
        p = k.load("center", VEC3)
        low, high = box(k, p)
        query = k.let("query", op("bvh_query_aabb", ITERATOR, bvh, low, high))
        found = tree.Name(t.I32, 0.0, 63.0, k.namer.local("index"))
        k.add(tree.Assign((found,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
        count = k.variable("count", k.integer(0))
        with k.repeat(op("bvh_query_next", t.BOOL, query, found)):
            k.augment(count, "+", 1)
        k.output("count", count)
        k.shared.differentiable = False
        return
    if rng.chance(0.5):
        group = k.load("label", t.I32, 0, 3)
        root = k.let("index", op("mesh_get_group_root", t.I32, mesh, group))
        origin, direction = k.load("ray_origin", VEC3), k.load("ray_direction", VEC3)
        ray = op("mesh_query_ray", MESH_RAY, mesh, origin, k.call("normalize", direction), k.lit(100.0), root)
        query = k.let("query", ray)
        k.output("distance", k.where(query.field("result"), query.field("t"), k.lit(-1.0)))
        return
    point = k.let("position", rng.choose(ways)())
    moved = (
        point + k.scalar("offset", VEC3, -1.0, 1.0) if rng.chance(0.5) else point * k.parameter("scale", 0.5, 2.0, 0.5)
    )
    k.output("position", moved)
