"""Overlaps of boxes, spheres, rays and capsules with BVHs and meshes."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .queries import ITERATOR, MESH_ID, VEC3, box, handle, op
from .recipes import SINGLE, recipe
from .tasks import launch, local, named, opt, read, setting, write
from .tree import Expr

_BVH = "=bvh bvh_id tree broadphase_bvh scene_bvh shape_bvh accel"
_MOST = 64
"""More than a BVH or a mesh that is asked for overlaps has."""


@recipe(
    "overlaps of boxes, spheres and rays with a BVH or mesh",
    "geometry:6.5 control_flow:0.36",
    "rigid particles geometry",
    "query",
    SINGLE,
)
def overlap_query(k: Kernel) -> None:
    rng = k.rng
    mesh = rng.chance(0.4)
    family, one, many = (
        ("mesh", "face", "faces")
        if mesh
        else ("bvh", *rng.choose((("box", "boxes"), ("item", "items"), ("shape", "shapes"), ("prim", "prims"))))
    )
    kind = rng.choose(("aabb", "sphere") if mesh else ("aabb", "aabb", "sphere", "ray", "capsule"))
    (i,) = launch(k, {"ray": "ray"}.get(kind, "query"))
    objects = handle(k, "mesh" if mesh else "bvh", MESH_ID if mesh else _BVH)
    arguments = _volume(k, kind)
    if not mesh and kind == "aabb" and rng.chance(0.5):
        group = read(k, "=group world world_id env", t.I32, 0, 3)
        arguments.append(local(k, "=root group_root root_node", op("bvh_get_group_root", t.I32, objects, group)))
    query = k.let("=query q iter overlaps", op(f"{family}_query_{kind}", ITERATOR, objects, *arguments))
    found = tree.Name(t.I32, 0.0, 63.0, k.namer.local(f"={one} {one}_id idx hit other candidate"))
    k.add(tree.Assign((found,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
    next_name = (
        "bvh_query_next"
        if not mesh
        else "mesh_query_aabb_next"
        if kind == "aabb" and rng.chance(0.5)
        else "mesh_query_next"
    )
    what = rng.weighted({"count": 3.0, "any": 1.5, "last": 1.2, "weigh": 1.2, "mask": 1.0, "best": 1.0})
    verbs = {
        "count": (
            f"count_{many}",
            f"count_overlapping_{many}",
            f"{family}_overlap_counts",
            f"query_{family}_{kind}",
            f"count_{kind}_hits",
        ),
        "any": (
            f"test_overlap_{many}",
            f"{kind}_overlap_test",
            f"any_{one}_overlap",
            f"{family}_{kind}_test",
            "is_occupied",
        ),
        "last": (f"last_{one}", f"find_{one}", f"highest_{one}_id", f"pick_{one}", f"max_overlapping_{one}"),
        "weigh": (
            f"sum_{one}_weights",
            f"gather_{one}_mass",
            f"accumulate_{many}",
            f"overlap_weight_{kind}",
            f"collect_{one}_weights",
        ),
        "mask": (f"{one}_bitmask", f"overlap_mask_{kind}", f"build_{one}_mask", f"pack_{one}_bits", f"mark_{many}"),
        "best": (
            f"best_{one}",
            f"max_priority_{one}",
            f"strongest_{one}",
            f"top_{one}_priority",
            f"query_{one}_priority",
        ),
    }
    k.titles = verbs[what]
    _collect(k, i, found, query, next_name, what, one)
    k.shared.differentiable = False


def _volume(k: Kernel, kind: str) -> list[Expr]:
    """The region that is asked for."""
    rng = k.rng
    if kind == "aabb" and rng.chance(0.35):
        return [read(k, "=lower lo box_min qmin", VEC3, -2.0, -0.3), read(k, "=upper hi box_max qmax", VEC3, 0.3, 2.0)]
    if kind == "aabb":
        return list(box(k, read(k, "=center p pos query_pos c", VEC3)))
    if kind == "sphere":
        center = read(k, "=center p pos sphere_pos c", VEC3)
        return [center, setting(k, "=radius query_radius r", 0.1, 1.0, 0.5, 0.25)]
    origin = read(k, "=origin start ray_o o", VEC3)
    direction = read(k, "=direction dir ray_d d", VEC3, -1.0, 1.0, unit=True)
    return [origin, direction] + (
        [setting(k, "=radius capsule_radius thickness", 0.1, 0.5, 0.25)] if kind == "capsule" else []
    )


def _collect(k: Kernel, i: Expr, found: Expr, query: Expr, next_name: str, what: str, one: str) -> None:
    """Results that do not depend on the order in which overlaps are found."""
    rng = k.rng
    size = k.dim(_MOST, fixed=True)
    count = k.variable("=count num_hits hits n", k.integer(0)) if what == "count" or opt(k, 0.25) else None
    layers = None
    if opt(k, 0.3):
        layers = k.array(f"={one}_layer layers {one}_group collision_group", t.I32, (size,), low=0, high=3)
        own = named(
            k,
            "=my_layer layer",
            k.scalar("=layer query_layer my_group", t.I32, 0, 3)
            if rng.chance(0.5)
            else read(k, "=layer group my_layer", t.I32, 0, 3),
        )
    skip_own = rng.chance(0.3)
    target: Expr | None = None
    table: Expr | None = None
    if what == "any":
        target = k.variable("=overlaps hit occupied", k.integer(0))
    elif what == "last":
        target = k.variable(f"=best last {one}_max highest", k.integer(-1))
    elif what == "weigh":
        target = k.variable("=total sum acc", k.lit(0.0))
        table = k.array(f"={one}_mass {one}_weight weights areas", t.F32, (size,), low=0.5, high=2.0)
    elif what == "best":
        target = k.variable("=best top strongest", k.lit(rng.choose((0.0, -1.0, -1e3))))
        table = k.array(f"={one}_priority {one}_score priorities scores", t.F32, (size,), low=0.0, high=2.0)
    elif what == "mask":
        target = k.variable("=mask bits flags", tree.literal(0, t.U32))
    with k.repeat(op(next_name, t.BOOL, query, found)):
        if skip_own:
            with k.when(found.equals(i)):
                k.next_turn()
        if layers is not None:
            with k.when(layers[found].differs(own)):
                k.next_turn()
        if count is not None:
            k.augment(count, "+", 1)
        if what == "any":
            assert target is not None
            k.set(target, 1)
            if count is None:
                k.leave_loop()
        elif what == "last":
            assert target is not None
            k.set(target, k.call("max", target, found))
        elif what == "mask":
            assert target is not None
            bit = tree.binary("<<", tree.literal(1, t.U32), k.cast(found % 32, t.U32))
            k.set(target, tree.binary("|", target, bit))
        elif table is not None and target is not None:
            if what == "weigh":
                k.augment(target, "+", table[found])
            else:
                k.set(target, k.call("max", target, table[found]))
        if what == "count" and opt(k, 0.3):
            assert count is not None
            limit = (
                k.scalar("=max_hits max_overlaps max_count", t.I32, 1, 16)
                if rng.chance(0.4)
                else rng.choose((8, 16, 4))
            )
            with k.when(count >= limit):
                k.leave_loop()
    k.gap()
    if target is not None:
        kinds = {
            "any": "=overlap_flags hit_mask occupied_out flags",
            "last": f"={one}_ids last_ids best_out",
            "weigh": f"=totals {one}_sums weight_out sums",
            "best": "=best_out top_scores max_priority",
            "mask": "=masks bits_out overlap_bits",
        }
        write(k, kinds[what], target)
    if count is not None:
        write(k, "=counts hit_counts num_overlaps overlap_counts", count)
        if opt(k, 0.25):
            total = k.array("=total_count total num_pairs", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", total, k.integer(0), count, gives=t.I32))
