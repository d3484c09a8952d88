"""Triangle meshes of the reference: every query looks at every triangle.

Where two answers are too close to call (a point as near to two faces, a ray through an edge, a sign near its threshold)
declared precision takes one and float64 the other, so that what depends on the choice differs between them and is not
compared. Boxes and iteration are left to `trees.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .faults import Fault, Unsupported
from .randoms import Randoms, rand_init
from .trees import Bvh, GroupRoot, Query, ball_overlaps, box_overlaps, rooted
from .triangles import (
    MARGIN,
    RayHits,
    Triangles,
    corner_angles,
    crosses,
    dots,
    normalized,
    solid_angles,
)
from .vectors import Types

Data = np.ndarray[Any, Any]

_NEAR = 2e-5
"""Distances that differ by less than this, relative to 1 + distance, are a tie."""
_WINDING = 0.2
"""How far Warp's approximation of a winding number may be from the exact one."""


class MeshQueryPoint:
    """`wp.MeshQueryPoint`, of a query without a result."""

    def __init__(self, f: Any) -> None:
        self.result: Any = np.bool_(False)
        self.sign, self.face, self.u, self.v = f(0), np.int32(0), f(0), f(0)


class MeshQueryRay:
    """`wp.MeshQueryRay`, of a ray without a hit."""

    def __init__(self, f: Any, normal: Any) -> None:
        self.result: Any = np.bool_(False)
        self.sign, self.face = f(0), np.int32(0)
        self.t, self.u, self.v, self.normal = f(0), f(0), f(0), normal


class Mesh:
    """A mesh: its content as stored, the same in working precision, and `arrays` for kernels that ask for them."""

    def __init__(self, content: Mapping[str, Data], types: Types, arrays: Mapping[str, Any]) -> None:
        self.content = content
        self.arrays = SimpleNamespace(**arrays)
        self.types = types
        self.F = types.scalars["float32"].np
        self.other = types.precision == "float64"
        """Whether to answer otherwise where it is too close to call."""
        self.vec3 = types.block("float32", (3,))
        self.indices = np.asarray(content["indices"], np.int64)
        self.points = np.asarray(content["points"], self.F)
        self.velocities = np.asarray(content["velocities"], self.F)
        self.corners = self.points[self.indices.reshape(-1, 3)]
        self.triangles = Triangles(self.corners)
        self.normals = normalized(self.triangles.normals)
        self.bvh = Bvh(
            {"lowers": self.corners.min(axis=1), "uppers": self.corners.max(axis=1), "groups": content["groups"]}, types
        )

    # -- content by index

    def corner(self, index: Any) -> int:
        if not 0 <= index < len(self.indices):
            raise Fault("mesh index out of bounds", str(index))
        return int(self.indices[index])

    def face(self, index: Any) -> int:
        if not 0 <= index < len(self.corners):
            raise Fault("mesh face out of bounds", str(index))
        return int(index)

    def blend(self, values: Data, face: Any, u: Any, v: Any) -> Any:
        if not len(values):
            return self.vec3()
        p, q, r = values[self.indices[3 * self.face(face) : 3 * int(face) + 3]]
        return self.vec3.of(p * u + q * v + r * (self.F(1) - u - v))

    # -- points

    def choose(self, tied: Data) -> int:
        """Of tied faces: the first, or else the one that faces away from it most."""
        first = int(tied[0])
        if not self.other or len(tied) < 2:
            return first
        turned = dots(self.normals[tied[1:]], self.normals[first])
        return int(tied[1 + int(np.argmin(turned))])

    def closest(self, point: Any, limit: Any, furthest: bool = False) -> tuple[MeshQueryPoint, Any]:
        """The closest (or furthest) point nearer (or further) than a limit, and all distances with their weights."""
        p = point.a
        if furthest:
            away = self.corners - p
            corner = np.argmax(dots(away, away), axis=1)
            weights = np.eye(3, dtype=self.F)[corner]
        else:
            weights = self.triangles.closest_weights(p)
        away = (weights[:, :, None] * self.corners).sum(axis=1) - p
        distances = np.sqrt(dots(away, away))
        signed = -distances if furthest else distances
        first = int(np.argmin(signed))
        slack = _NEAR * (1 + distances[first])
        found = MeshQueryPoint(self.F)
        gap = float(distances[first]) - float(limit)
        if abs(gap) <= slack:
            found.result = np.bool_(self.other)
        else:
            found.result = np.bool_(gap > 0 if furthest else gap < 0)
        if found.result:
            chosen = self.choose(np.flatnonzero(signed <= signed[first] + slack))
            found.face = np.int32(chosen)
            found.u, found.v = self.F(weights[chosen, 0]), self.F(weights[chosen, 1])
        return found, (distances, weights)

    def vote(self, inside: bool, doubtful: bool) -> Any:
        return self.F(-1 if inside != (doubtful and self.other) else 1)

    def nearest_hit(self, hits: RayHits, limit: float = np.inf) -> int | None:
        """The first face that a ray meets before a limit."""
        near = (
            np.abs(hits.t - limit) <= MARGIN * (1 + abs(hits.t)) if np.isfinite(limit) else np.zeros(len(hits.t), bool)
        )
        sure = hits.sure & (hits.t < limit) & ~near
        doubtful = (hits.sure | hits.doubtful) & (hits.t < limit) & ~sure
        meets = np.flatnonzero(sure | (doubtful & ~self.other))
        if not len(meets):
            return None
        first = int(meets[np.argmin(hits.t[meets])])
        tied = meets[hits.t[meets] <= hits.t[first] + MARGIN * (1 + abs(hits.t[first]))]
        return self.choose(tied)

    def ray(self, origin: Any, direction: Any, group: GroupRoot | None = None) -> RayHits:
        hits = self.triangles.ray_hits(origin.a, direction.a)
        if group is not None:
            hits.sure[...] &= self.bvh.groups == group.label
            hits.doubtful[...] &= self.bvh.groups == group.label
        return hits

    def inside_by_axes(self, point: Any) -> Any:
        """Sign by three rays along the axes: inside where at least two first hit a face from behind."""
        certain = possible = 0
        for axis in np.eye(3, dtype=self.F):
            hits = self.ray(point, self.vec3.of(axis))
            outcomes = set()
            for taken in (hits.sure, hits.sure | hits.doubtful):
                meets = np.flatnonzero(taken)
                near = meets[hits.t[meets] <= hits.t[meets].min() + MARGIN] if len(meets) else meets
                outcomes |= {bool(hits.determinant[i] < 0) for i in near} or {False}
            certain += outcomes == {True}
            possible += True in outcomes
        return self.vote(certain >= 2, (certain >= 2) != (possible >= 2))

    def inside_by_parity(self, point: Any, samples: Any, spread: Any) -> Any:
        randoms, state = Randoms(self.types), rand_init(np.int32(42))
        odd = doubtful = 0
        for _ in range(int(samples)):
            draws = []
            for _ in range(3):
                draw, state = randoms.randf(state, -spread, spread)
                draws.append(self.F(1) + draw)
            hits = self.ray(point, self.vec3(*draws))
            odd += int(hits.sure.sum()) % 2
            doubtful += bool(hits.doubtful.any())
        return self.vote(2 * odd >= samples, doubtful > 0 and abs(2 * odd - int(samples)) <= 2 * doubtful)

    def inside_by_normal(self, point: Any, found: MeshQueryPoint, held: Any, epsilon: Any) -> Any:
        """Sign by the normals of all faces at the closest point, weighted by the angle that each has there."""
        distances, weights = held
        edges = self.triangles.edges
        zone = float(epsilon) * float(np.sqrt(dots(edges, edges)).mean())
        closest = (weights[:, :, None] * self.corners).sum(axis=1)
        best = float(distances[found.face])
        sides = set()
        for slack in (_NEAR * (1 + best), zone):
            total = np.zeros(3)
            for face in np.flatnonzero(distances <= best + slack):
                total += self._angle_at(int(face), closest[face], zone) * self.normals[face]
            side = float(total @ (point.a - closest[found.face]))
            sides |= {side > 0} if abs(side) > 1e-6 * (1 + np.abs(total).max()) else {True, False}
        return self.vote(sides == {False}, len(sides) == 2)

    def _angle_at(self, face: int, point: Data, zone: float) -> float:
        corners = self.corners[face]
        away = point - corners
        near = np.sqrt(dots(away, away)) < zone
        if near.any():
            return float(corner_angles(corners[None])[0, int(np.argmax(near))])
        edges = np.roll(corners, -1, axis=0) - corners
        heights = crosses(edges, away)
        on_edge = dots(heights, heights) < zone * zone * dots(edges, edges)
        return float(np.pi if on_edge.any() else 2 * np.pi)

    def inside_by_winding(self, point: Any, threshold: Any) -> Any:
        winding = float(solid_angles(point.a, self.corners).sum()) / (4 * np.pi)
        return self.vote(winding > threshold, abs(winding - float(threshold)) < _WINDING)


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
    return np.int32((hits.sure | (hits.doubtful & ~mesh.other)).sum())


def query_aabb(handle: Any, lower: Any, upper: Any) -> Query:
    return box_overlaps(_mesh(handle).bvh, lower.a, upper.a, None)


def query_sphere(handle: Any, center: Any, radius: Any) -> Query:
    mesh = _mesh(handle)
    _, (distances, _) = mesh.closest(center, np.inf)
    reach = max(float(radius), 0.0)
    broad = ball_overlaps(mesh.bvh, center.a, radius, None)
    near = np.abs(distances - reach) <= _NEAR
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
        "mesh_eval_face_normal": lambda handle, face: handle.vec3.of(_mesh(handle).normals[handle.face(face)].copy()),
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
