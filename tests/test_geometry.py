"""Meshes, trees, grids, volumes and textures: what they are drawn as, what the reference makes of them, and ties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from warp_jit_pairs.compile import Clang, Unit, compile_units
from warp_jit_pairs.execute import Executor, Launch
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.handles import draw_handle
from warp_jit_pairs.leaves import array_leaves, handle_leaves
from warp_jit_pairs.reference import Fault, HandleType, Reference, StructType, Unsupported
from warp_jit_pairs.reference.layout import HANDLES, handle_type
from warp_jit_pairs.reference.triangle_pairs import triangles_meet
from warp_jit_pairs.reference.triangles import Triangles, solid_angles

Data = np.ndarray[Any, Any]
ROOF: dict[str, Data] = {
    "points": np.array([(-1, 0, -1), (1, 0, -1), (0, 1, 0), (-1, 0, 1), (1, 0, 1)], np.float32),
    "indices": np.array([0, 2, 1, 3, 4, 2], np.int32),
    "velocities": np.zeros((0, 3), np.float32),
    "groups": np.array([3, 5], np.int32),
}
"""Two faces that share only a corner, at (0, 1, 0)."""


def kernel(body: str, arguments: str, before: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import warp as wp\n{before}\n\n@wp.kernel\ndef sample({arguments}):\n    i = wp.tid()\n{lines}\n"


def both(source: str, inputs: Mapping[str, Any], name: str = "out") -> tuple[Data, Data]:
    reference = Reference(source)
    count = len(inputs["p"]) if "p" in inputs else 1
    runs = [reference.run(inputs, (count,), precision).values[name] for precision in ("declared", "float64")]
    return runs[0], runs[1]


def points(*rows: tuple[float, float, float]) -> Data:
    return np.array(rows, np.float32)


# -- what a handle is


@pytest.mark.parametrize(
    ("body", "arguments", "kind"),
    [
        ("out[i] = wp.mesh_get_index(id, i)", "id: wp.uint64", "mesh"),
        ("q = wp.bvh_query_aabb(id, p[i], p[i])", "id: wp.uint64, p: wp.array(dtype=wp.vec3)", "bvh"),
        ("q = wp.tile_bvh_query_aabb(id, p[i], p[i])", "id: wp.uint64, p: wp.array(dtype=wp.vec3)", "bvh"),
        ("out[i] = wp.hash_grid_point_id(id, i)", "id: wp.uint64", "hashgrid"),
        ("out[i] = wp.volume_lookup_i(id, i, i, i)", "id: wp.uint64", "volume_i"),
        ("out[i] = int(wp.volume_lookup(id, i, i, i, dtype=wp.vec3)[0])", "id: wp.uint64", "volume_v"),
        ("out[i] = wp.volume_lookup_index(id, i, i, i)", "id: wp.uint64", "volume_index"),
        ("wp.volume_store(id, i, i, i, 1.0)", "id: wp.uint64", "volume_f"),
        ("out[i] = int(wp.texture_sample(id, 0.5, dtype=float))", "id: wp.Texture1D", "texture1d"),
        ("copied = id\nout[i] = wp.mesh_get_index(copied, i)", "id: wp.uint64", "mesh"),
    ],
)
def test_what_a_kernel_does_with_an_id_tells_what_it_names(body: str, arguments: str, kind: str) -> None:
    found = Reference(kernel(body, f"{arguments}, out: wp.array(dtype=int)")).arguments[0].type
    assert isinstance(found, HandleType)
    assert found.name == kind


def test_an_id_is_followed_into_functions_and_structs() -> None:
    before = (
        "@wp.struct\nclass Scene:\n    ground: wp.uint64\n    level: float\n\n"
        "@wp.func\ndef inner(tree: wp.uint64, at: int):\n    return wp.mesh_get_index(tree, at)\n\n"
        "@wp.func\ndef outer(s: Scene, at: int):\n    return inner(s.ground, at)\n"
    )
    source = kernel("out[i] = outer(scene, i)", "scene: Scene, count: wp.uint64, out: wp.array(dtype=int)", before)
    scene, count, _ = Reference(source).arguments
    assert isinstance(scene.type, StructType)
    assert isinstance(dict(scene.type.fields)["ground"], HandleType)
    assert not isinstance(count.type, HandleType)


def test_leaves_of_handles_are_arrays_that_no_adjoint_reaches() -> None:
    arguments = Reference(
        kernel("out[i] = wp.mesh_get_index(m, i)", "m: wp.uint64, out: wp.array(dtype=int)")
    ).arguments
    assert handle_leaves(arguments) == {"m.points", "m.indices", "m.velocities", "m.groups"}
    assert array_leaves(arguments) == handle_leaves(arguments) | {"out"}


# -- what is drawn


@pytest.mark.parametrize("name", HANDLES)
def test_content_is_drawn_as_described_and_the_same_for_a_seed(name: str) -> None:
    uses = frozenset({"mesh_get_index", "mesh_get_group_root", "bvh_get_group_root", "volume_voxel_count"})
    first, again, other = (
        draw_handle(handle_type(name, uses), np.random.Generator(np.random.PCG64(seed)).random, 20, {})
        for seed in (5, 5, 6)
    )
    assert list(first) == [field for field, _ in HANDLES[name]]
    for field, kind in HANDLES[name]:
        assert first[field].ndim == kind.ndim + len(kind.item.dtype.shape)
        assert first[field].dtype == kind.item.dtype.base
        assert np.array_equal(first[field], again[field])
    assert any(not np.array_equal(first[field], other[field]) for field in first)
    assert sum(data.nbytes for data in first.values()) <= 13_000


@pytest.mark.parametrize("seed", range(20))
def test_closed_meshes_are_closed_and_face_outwards(seed: int) -> None:
    uses = frozenset({"mesh_query_point"})
    mesh = draw_handle(handle_type("mesh", uses), np.random.Generator(np.random.PCG64(seed)).random, 32, {})
    corners = mesh["points"][mesh["indices"].reshape(-1, 3)].astype(float)
    assert 4 <= len(corners) <= 20
    assert solid_angles(corners.mean((0, 1)), corners).sum() == pytest.approx(4 * np.pi)


def test_a_grid_is_built_over_the_points_that_the_kernel_gets() -> None:
    own = points((0, 0, 0), (1, 1, 1))
    grid = draw_handle(handle_type("hashgrid"), np.random.Generator(np.random.PCG64(1)).random, 2, {"p": own})
    assert np.array_equal(grid["points"], own)


# -- triangles


def test_closest_points_are_no_further_than_any_other() -> None:
    stream = np.random.Generator(np.random.PCG64(3))
    corners, p = stream.random((30, 3, 3)), 3 * stream.random(3) - 1
    weights = Triangles(corners).closest_weights(p)
    assert (weights >= 0).all()
    assert weights.sum(1) == pytest.approx(1)
    found = np.linalg.norm((weights[:, :, None] * corners).sum(1) - p, axis=1)
    tried = stream.dirichlet((0.5, 0.5, 0.5), 2000)
    others = np.linalg.norm(np.einsum("tc,ncx->tnx", tried, corners) - p, axis=2)
    assert (found <= others.min(0) + 1e-12).all()
    assert (found >= others.min(0) - 0.1).all()


def test_rays_meet_where_they_were_aimed_and_edges_are_in_doubt() -> None:
    corners = np.array([[(0, 0, 0), (1, 0, 0), (0, 1, 0)]] * 3, float)
    origin = np.array([0.1, 0.2, 2.0])
    aims = np.array([(0.3, 0.3, 0), (0.5, 0.5, 0), (0.9, 0.9, 0)])  # inside, on an edge, beside
    hits = [Triangles(corners[:1]).ray_hits(origin, aim - origin) for aim in aims]
    assert [(bool(h.sure[0]), bool(h.doubtful[0])) for h in hits] == [(True, False), (False, True), (False, False)]
    assert hits[0].t[0] == pytest.approx(1)
    assert hits[0].weights[0] == pytest.approx([0.4, 0.3, 0.3])
    assert hits[0].determinant[0] > 0  # from the front


def test_triangles_meet_if_and_only_if_they_have_a_point_in_common() -> None:
    flat = np.array([(0, 0, 0), (4, 0, 0), (0, 4, 0)], np.float32)
    wall = np.array([(1, 1, -1), (1, 1, 1), (2, 1, 1)], np.float32)
    beside = wall + np.float32(3)
    assert triangles_meet(flat, wall)
    assert not triangles_meet(flat, beside)
    assert triangles_meet(flat, flat + np.array([1, 1, 0], np.float32))  # in one plane
    assert triangles_meet(flat, np.array([(0.5, 0.5, 0), (1, 0.5, 0), (0.5, 1, 0)], np.float32))  # inside
    assert not triangles_meet(flat, flat + np.array([9, 0, 0], np.float32))


# -- ties: the two precisions answer differently, so nothing is claimed

FLOATS, VECTORS = "wp.array(dtype=float)", "wp.array(dtype=wp.vec3)"
MESH = f"mesh: wp.uint64, p: {VECTORS}"


def test_a_point_as_near_to_two_faces_has_a_distance_but_no_face() -> None:
    body = "q = wp.mesh_query_point_no_sign(mesh, p[i], 10.0)\nface[i] = q.face\n"
    body += "out[i] = wp.length(p[i] - wp.mesh_eval_position(mesh, q.face, q.u, q.v))"
    source = kernel(body, f"{MESH}, out: wp.array(dtype=float), face: wp.array(dtype=int)")
    given = {
        "mesh": ROOF,
        "p": points((0, 3, 0), (0, 0.2, -2), (0, 0.2, 2)),
        "out": np.zeros(3, np.float32),
        "face": np.zeros(3, np.int32),
    }
    distances, faces = both(source, given), both(source, given, "face")
    assert distances[0] == pytest.approx(distances[1])
    assert distances[0][0] == pytest.approx(2)
    assert (faces[0] == faces[1]).tolist() == [False, True, True]
    assert faces[0].tolist()[1:] == [0, 1]


def test_a_point_between_two_faces_has_a_distance_but_no_closest_point() -> None:
    body = "q = wp.mesh_query_point_no_sign(mesh, p[i], 10.0)\nc = wp.mesh_eval_position(mesh, q.face, q.u, q.v)\n"
    source = kernel(body + "at[i] = c\nout[i] = wp.length(p[i] - c)", f"{MESH}, out: {FLOATS}, at: {VECTORS}")
    sheets = np.concatenate(
        [ROOF["points"][:3] * np.array([1, 0, 1], np.float32) + np.array([0, y, 0], np.float32) for y in (-1, 1)]
    )
    mesh = ROOF | {"points": sheets.astype(np.float32), "indices": np.array([0, 1, 2, 3, 4, 5], np.int32)}
    given = {"mesh": mesh, "p": points((0, 0, -0.5), (0, 0.3, -0.5)), "out": np.zeros(2, np.float32)}
    given["at"] = np.zeros((2, 3), np.float32)
    distances, places = both(source, given), both(source, given, "at")
    assert distances[0] == pytest.approx(distances[1], abs=1e-6)
    assert distances[0] == pytest.approx([1, 0.7], abs=1e-6)
    assert (np.abs(places[0] - places[1]).max(1) < 1e-5).tolist() == [False, True]


def test_a_ray_through_an_edge_may_hit_or_miss() -> None:
    source = kernel(
        "out[i] = int(wp.mesh_query_ray_anyhit(mesh, p[i], wp.vec3(0.0, 0.0, 1.0), 10.0))",
        f"{MESH}, out: wp.array(dtype=int)",
    )
    given = {"mesh": ROOF, "p": points((0, 0, -5), (0.1, 0.3, -5), (3, 3, -5)), "out": np.zeros(3, np.int32)}
    declared, exact = both(source, given)
    assert declared.tolist() == [1, 1, 0]
    assert exact.tolist() == [0, 1, 0]


def test_an_answer_that_depends_on_the_order_of_a_tree_differs() -> None:
    boxes = {
        "lowers": np.zeros((4, 3), np.float32),
        "uppers": np.ones((4, 3), np.float32),
        "groups": np.zeros(0, np.int32),
    }
    body = "j = int(-1)\nq = wp.bvh_query_aabb(tree, p[i], p[i])\nwhile wp.bvh_query_next(q, j):\n    count[i] += 1\n"
    body += "    if count[i] >= limit:\n        break\nout[i] = j"
    arguments = "tree: wp.uint64, limit: int, p: wp.array(dtype=wp.vec3), out: wp.array(dtype=int)"
    source = kernel(body, f"{arguments}, count: wp.array(dtype=int)")
    given = {"tree": boxes, "p": points((0.5, 0.5, 0.5)), "out": np.zeros(1, np.int32), "count": np.zeros(1, np.int32)}
    cut = both(source, given | {"limit": np.int32(2)})
    whole = both(source, given | {"limit": np.int32(9)}, "count")
    assert cut[0] != cut[1]
    assert whole[0].tolist() == whole[1].tolist() == [4]


def test_groups_of_a_tree() -> None:
    source = kernel(
        "root = wp.mesh_get_group_root(mesh, label)\n"
        "q = wp.mesh_query_ray(mesh, p[i], wp.vec3(0.0, 0.0, 1.0), 9.0, root)\n"
        "out[i] = wp.where(q.result, q.face, -1)",
        f"{MESH}, label: int, out: wp.array(dtype=int)",
    )
    given = {"mesh": ROOF, "p": points((0.1, 0.3, -5)), "out": np.zeros(1, np.int32)}
    answers = [both(source, given | {"label": np.int32(label)})[0].item() for label in (3, 5, 4)]
    assert answers == [0, 1, 0]  # a group that is not there stands for the whole tree


# -- what must not be claimed, and what must not be run


def test_what_is_out_of_bounds_is_a_fault() -> None:
    source = kernel("out[i] = wp.mesh_get_index(mesh, 6 + i)", "mesh: wp.uint64, out: wp.array(dtype=int)")
    with pytest.raises(Fault, match="mesh index out of bounds"):
        Reference(source).run({"mesh": ROOF, "out": np.zeros(1, np.int32)}, (1,))


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("out[i] = wp.mesh_query_point_no_sign(ids[i], wp.vec3(), 1.0).face", "ids: wp.array(dtype=wp.uint64)"),
        ("out[i] = wp.bvh_get_group_root(tree, 1)", "tree: wp.uint64"),
    ],
)
def test_what_has_no_meaning_by_itself_is_unsupported(body: str, arguments: str) -> None:
    boxes = {name: np.zeros((1, 3), np.float32) for name in ("lowers", "uppers")} | {"groups": np.ones(1, np.int32)}
    given = {"ids": np.ones(1, np.uint64), "tree": boxes, "out": np.zeros(1, np.int32)}
    reference = Reference(kernel(body, f"{arguments}, out: wp.array(dtype=int)"))
    with pytest.raises(Unsupported):
        reference.run({argument.name: given[argument.name] for argument in reference.arguments}, (1,))


# -- compiled code


def test_what_compiled_code_stores_in_a_volume_comes_back_and_many_launches_fit() -> None:
    source = kernel("wp.volume_store_f(volume, 9, i, 2, x[i])", "volume: wp.uint64, x: wp.array(dtype=float)")
    code = extract_batch([source])[0]
    assert isinstance(code, Extracted)
    modules, _ = compile_units([Unit(code.kernel_name, code.support_cpp, code.cpp_forward)], Clang())
    volume = {
        "values": np.zeros((16, 8, 8), np.float32),
        "background": np.zeros(1, np.float32),
        "transform": np.eye(3, dtype=np.float32),
        "origin": np.zeros(3, np.float32),
    }
    given = {"volume": volume, "x": np.arange(1, 12, dtype=np.float32)}
    arguments = Reference(source).arguments
    with Executor() as executor:
        answers = executor.run(modules[0].object, [1], [Launch(0, (11,), arguments, given)] * 200)
    assert {answer.reason for answer in answers} == {""}
    stored = answers[-1].outputs["volume.values"]
    assert stored[9, :, 2].tolist() == list(range(1, 9))  # what lies beyond the volume is left out
    assert stored.sum() == 36
    assert np.array_equal(stored, Reference(source).run(given, (11,)).values["volume.values"])
    assert not volume["values"].any()
