"""Faces and vertices of a mesh by index, and pairs of triangles that may intersect."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .mesh_corners import FACES
from .mesh_loads import LOADS
from .mesh_vertices import VERTICES
from .queries import VEC3, op
from .recipes import SINGLE, recipe
from .tasks import launch, local, opt, sets, words, write
from .tree import Expr

_FACE = ("=f face tid i face_id tri",)


@recipe("triangle pairs tested for intersection", "geometry:0.8", "cloth geometry", SINGLE)
def triangle_pairs(k: Kernel) -> None:
    """Pairs from a broad phase: both as corners by index, or one list of faces and a list of pairs."""
    rng = k.rng
    k.titles = words(
        "intersect_pairs tri_tri_test test_triangle_pairs narrow_phase self_intersections "
        "check_tri_pairs find_intersections"
    )
    (i,) = launch(k, "pair", 1, (20,))
    nodes = k.dim(12)
    face_type = t.vec(3, t.I32)
    same = rng.chance(0.6)
    points = k.array("=points vertices pos verts", VEC3, (nodes,), low=-1.0, high=1.0)
    other = points if same else k.array("=other_points points_b verts_b", VEC3, (nodes,), low=-1.0, high=1.0)
    if rng.chance(0.5):
        count = k.dim(10)
        faces = k.array(
            "=faces triangles tri_indices", face_type, (count,), low=0, high=11, bound=nodes.symbol, corners=3
        )
        if rng.chance(0.5):
            pairs = k.array(
                "=pairs candidate_pairs pair_ids", t.vec(2, t.I32), k.launch, low=0, high=9, bound=count.symbol
            )
            pair = local(k, "=pair ab ids", pairs[i])
            ids = [pair[0], pair[1]]
        else:
            ids = [
                k.array(kind, t.I32, k.launch, low=0, high=9, bound=count.symbol)[i]
                for kind in ("=pair_a first_ids", "=pair_b second_ids")
            ]
        rows = [faces[n] for n in ids]
    else:
        rows = [
            k.array(kind, face_type, k.launch, low=0, high=11, bound=nodes.symbol, corners=3)[i]
            for kind in ("=faces_a tris_a", "=faces_b tris_b")
        ]
    fa, fb = (
        local(k, kind, row)
        for kind, row in zip(sets(k, "fa fb", "a b", "face_a face_b", "tri_a tri_b"), rows, strict=True)
    )
    called = sets(k, "a0 a1 a2 b0 b1 b2", "p0 p1 p2 q0 q1 q2", "u0 u1 u2 v0 v1 v2")
    inline = rng.chance(0.4)
    corners: list[Expr] = []
    for n in range(3):
        corners.append(points[fa[n]] if inline else local(k, called[n], points[fa[n]]))
    for n in range(3):
        corners.append(other[fb[n]] if inline else local(k, called[3 + n], other[fb[n]]))
    if same and opt(k, 0.35):
        with k.when(k.either(fa[0].equals(fb[0]), fa[0].equals(fb[1]), fa[0].equals(fb[2]))):
            k.give()
    hit = k.let("=hit intersects overlap touching", op("intersect_tri_tri", t.I32, *corners))
    write(k, "=hits intersecting results hit_flags", hit)
    if opt(k, 0.5):
        counter = k.array("=num_hits hit_count total_hits", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(hit.differs(0) if rng.chance(0.5) else hit.equals(1)):
            k.do(k.call("atomic_add", counter, k.integer(0), k.integer(1), gives=t.I32))
    if opt(k, 0.3):
        marks = k.array("=vertex_flags bad_vertices marked", t.I32, (nodes,), "inout", low=0, high=0)
        with k.when(hit > 0):
            for n in range(3):
                k.do(k.call("atomic_max", marks, fa[n], k.integer(1), gives=t.I32))
    k.shared.differentiable = False


@recipe("vertices and objects of a mesh by index", "geometry:4.8", "cloth rigid geometry", SINGLE)
def mesh_data(k: Kernel) -> None:
    rng = k.rng
    tasks = {**FACES, **LOADS} if rng.chance(0.6) else VERTICES
    tasks[rng.weighted({name: row[0] for name, row in tasks.items()})][1](k)
