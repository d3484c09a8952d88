"""The builtins on meshes, over the queries of `meshes.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .faults import Unsupported
from .meshes import NEAR, Mesh, MeshQueryRay
from .trees import Query, ball_overlaps, box_overlaps, rooted


def _mesh(value: Any) -> Mesh:
    if not isinstance(value, Mesh):
        raise Unsupported("mesh that is not an argument")
    return value


def query_point(handle: Any, point: Any, max_dist: Any) -> Any:
    found, _ = _mesh(handle).closest(point, max_dist)
    if found.result:
        found.sign = handle.inside_by_axes(point)
    return found


def query_no_sign(handle: Any, point: Any, max_dist: Any) -> Any:
    return _mesh(handle).closest(point, max_dist)[0]


def query_furthest(handle: Any, point: Any, min_dist: Any) -> Any:
    return _mesh(handle).closest(point, min_dist, furthest=True)[0]


def query_parity(handle: Any, point: Any, max_dist: Any, n_sample: Any = 1, perturbation_scale: Any = 0.1) -> Any:
    found, _ = _mesh(handle).closest(point, max_dist)
    if found.result:
        found.sign = handle.inside_by_parity(point, n_sample, handle.F(np.float32(perturbation_scale)))
    return found


def query_normal(handle: Any, point: Any, max_dist: Any, epsilon: Any = 1e-3) -> Any:
    found, held = _mesh(handle).closest(point, max_dist)
    if found.result:
        found.sign = handle.inside_by_normal(point, found, held, epsilon)
    return found


def query_winding(handle: Any, point: Any, max_dist: Any, accuracy: Any = 2.0, threshold: Any = 0.5) -> Any:
    found, _ = _mesh(handle).closest(point, max_dist)
    if found.result:
        found.sign = handle.inside_by_winding(point, threshold)
    return found


def query_ray(handle: Any, start: Any, direction: Any, max_t: Any, root: Any = -1) -> Any:
    mesh = _mesh(handle)
    hits = mesh.ray(start, direction, rooted(root))
    face = mesh.nearest_hit(hits, float(max_t))
    found = MeshQueryRay(mesh.F, mesh.vec3())
    if face is not None:
        found.result, found.face = np.bool_(True), np.int32(face)
        found.sign, found.t = mesh.F(hits.determinant[face]), mesh.F(hits.t[face])
        found.u, found.v = mesh.F(hits.weights[face, 0]), mesh.F(hits.weights[face, 1])
        found.normal = mesh.vec3.of(mesh.normals[face].copy())
    return found


def query_ray_anyhit(handle: Any, start: Any, direction: Any, max_t: Any, root: Any = -1) -> Any:
    mesh = _mesh(handle)
    return np.bool_(mesh.nearest_hit(mesh.ray(start, direction, rooted(root)), float(max_t)) is not None)


def query_ray_count(handle: Any, start: Any, direction: Any, root: Any = -1) -> Any:
    mesh = _mesh(handle)
    hits = mesh.ray(start, direction, rooted(root))
    return np.int32((hits.sure | (hits.doubtful & np.logical_not(mesh.other))).sum())


def query_aabb(handle: Any, lower: Any, upper: Any) -> Query:
    return box_overlaps(_mesh(handle).bvh, lower.a, upper.a, None)


def query_sphere(handle: Any, center: Any, radius: Any) -> Query:
    mesh = _mesh(handle)
    _, (distances, _) = mesh.closest(center, np.inf)
    reach = max(float(radius), 0.0)
    broad = ball_overlaps(mesh.bvh, center.a, radius, None)
    near = np.abs(distances - reach) <= NEAR
    meets = np.where(near, not mesh.other, distances <= reach)
    return Query([i for i in broad.found if meets[i]])


def table() -> dict[str, Callable[..., Any]]:
    """The builtins on meshes."""
    return {
        "mesh_query_point": query_point,
        "mesh_query_point_no_sign": query_no_sign,
        "mesh_query_point_sign_parity": query_parity,
        "mesh_query_point_sign_normal": query_normal,
        "mesh_query_point_sign_winding_number": query_winding,
        "mesh_query_furthest_point_no_sign": query_furthest,
        "mesh_query_ray": query_ray,
        "mesh_query_ray_anyhit": query_ray_anyhit,
        "mesh_query_ray_count_intersections": query_ray_count,
        "mesh_query_aabb": query_aabb,
        "mesh_query_sphere": query_sphere,
        "mesh_eval_position": lambda handle, face, u, v: _mesh(handle).blend(handle.points, face, u, v),
        "mesh_eval_velocity": lambda handle, face, u, v: _mesh(handle).blend(handle.velocities, face, u, v),
        "mesh_eval_face_normal": lambda handle, face: _mesh(handle).normal(face),
        "mesh_get_point": lambda handle, index: handle.vec3.of(_mesh(handle).points[handle.corner(index)].copy()),
        "mesh_get_velocity": lambda handle, index: (
            handle.vec3.of(_mesh(handle).velocities[handle.corner(index)].copy())
            if len(handle.velocities)
            else handle.vec3()
        ),
        "mesh_get": lambda handle: _mesh(handle).arrays,
        "mesh_get_index": lambda handle, index: np.int32(_mesh(handle).corner(index)),
        "mesh_get_bvh": lambda handle: _mesh(handle).bvh,
        "mesh_get_group_root": lambda handle, group: _mesh(handle).bvh.root(group),
    }
