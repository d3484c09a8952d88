"""What kernels ask of meshes, trees, grids and volumes: handles, calls, results.

Objects come as handles (`wp.uint64`); what kind of object a handle must name is in its facts.
"""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .tasks import named, names, read, setting
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


def fixed(k: Kernel, kind: str, low: float, high: float, *values: float) -> Expr:
    """A coefficient that all threads share."""
    rng = k.rng
    if k.bundle is not None and rng.chance(0.5):
        return k.bundle.field(kind, t.F32, low, high)
    how = rng.weighted({"argument": 5.0, "literal": 3.0, "constant": 1.0})
    if how == "argument":
        return k.scalar(kind, t.F32, low, high)
    number = rng.choose(values) if values else round(rng.uniform(low, high), 1)
    number = min(max(number, low), high)
    return k.lit(number) if how == "literal" else k.constant(number, t.F32, kind)


def reach(k: Kernel, kind: str, close: float, *values: float, told: bool = True) -> Expr:
    """How far a query looks: an argument as small as makes a difference, or one of some usual numbers."""
    rng = k.rng
    if told and rng.chance(0.55):
        in_bundle = k.bundle is not None and rng.chance(0.5)
        if in_bundle and k.bundle is not None:
            return k.bundle.field(kind, t.F32, 0.25 * close, close)
        return k.scalar(kind, t.F32, 0.25 * close, close)
    number = rng.choose(values)
    return k.lit(number) if rng.chance(0.7) else k.constant(number, t.F32, kind)


def box(k: Kernel, center: Expr) -> tuple[Expr, Expr]:
    """Corners of a box around a point, or read."""
    if k.rng.chance(0.25):
        low = k.let("=lower lo box_min", read(k, "=lowers box_mins lower_bounds", VEC3, -2.0, -0.5))
        return low, k.let("=upper hi box_max", read(k, "=uppers box_maxs upper_bounds", VEC3, 0.5, 2.0))
    r = named(k, "=r radius reach", setting(k, "=radius query_radius half_width reach", 0.1, 1.0, 0.5, 0.25))
    reach = k.let("=ext half extent r_vec", k.make(VEC3, r, r, r))
    return k.let("=lower lo box_min", center - reach), k.let("=upper hi box_max", center + reach)
