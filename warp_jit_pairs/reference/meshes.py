"""Triangle meshes of the reference: every query looks at every triangle.

Where two answers are too close to call (a point as near to two faces, a ray through an edge, a sign near its threshold)
declared precision takes one and float64 the other, so that what depends on the choice differs between them and is not
compared. The builtins are left to `mesh_queries.py`, boxes and iteration to `trees.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .faults import Fault
from .randoms import Randoms, rand_init
from .trees import Bvh, GroupRoot
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

NEAR = 5e-6
"""Distances that differ by less than this, relative to 1 + the coordinates about the point, are a tie."""
_STEP = 1.2e-7
"""Weights of a closest point are only known to rounding, and the reference may round well by luck: declared precision
moves them by a step, which shows what cannot bear that, such as the direction to a point that lies on the mesh."""
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
        self.blended: dict[int, Data] = {}
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

    def choose(self, tied: Data, places: Data) -> int:
        """Of tied faces: the first, or else the one whose place and normal are most unlike its own."""
        first = int(tied[0])
        if not self.other or len(tied) < 2:
            return first
        moved = places[tied[1:]] - places[first]
        unlike = np.minimum(np.sqrt(dots(moved, moved)) / 1e-4, 1) - dots(self.normals[tied[1:]], self.normals[first])
        return int(tied[1 + int(np.argmax(unlike))])

    def blend_normals(self, tied: Data, chosen: int) -> None:
        """Where several faces tie, no two of them differ in every component: float64 sees the one furthest in each."""
        self.blended.pop(chosen, None)
        if self.other and len(tied) > 2:
            normals = self.normals[tied]
            furthest = np.abs(normals - normals[0]).argmax(axis=0)
            self.blended[chosen] = normals[furthest, np.arange(3)]

    def normal(self, face: Any) -> Any:
        index = self.face(face)
        return self.vec3.of(self.blended.get(index, self.normals[index]).copy())

    def closest(self, point: Any, limit: Any, furthest: bool = False) -> tuple[MeshQueryPoint, Any]:
        """The closest (or furthest) point nearer (or further) than a limit, and all distances with their weights."""
        p = point.a
        if furthest:
            apart = self.corners - p
            corner = np.argmax(dots(apart, apart), axis=1)
            weights = np.eye(3, dtype=self.F)[corner]
        else:
            weights = self.triangles.closest_weights(p)
        places = (weights[:, :, None] * self.corners).sum(axis=1)
        away = places - p
        distances = np.sqrt(dots(away, away))
        signed = -distances if furthest else distances
        first = int(np.argmin(signed))
        slack = NEAR * (1 + float(np.abs(self.points - p).max()))
        found = MeshQueryPoint(self.F)
        gap = float(distances[first]) - float(limit)
        if abs(gap) <= slack:
            found.result = np.bool_(self.other)
        else:
            found.result = np.bool_(gap > 0 if furthest else gap < 0)
        if found.result:
            tied = np.flatnonzero(signed <= signed[first] + slack)
            chosen = self.choose(tied, places)
            self.blend_normals(tied, chosen)
            found.face = np.int32(chosen)
            found.u, found.v = self.F(weights[chosen, 0]), self.F(weights[chosen, 1])
            if not self.other and not furthest:
                found.u, found.v = found.u + self.F(2 * _STEP), found.v - self.F(_STEP)
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
        meets = np.flatnonzero(sure | (doubtful & np.logical_not(self.other)))
        if not len(meets):
            return None
        first = int(meets[np.argmin(hits.t[meets])])
        tied = meets[hits.t[meets] <= hits.t[first] + MARGIN * (1 + abs(hits.t[first]))]
        return self.choose(tied, np.zeros_like(self.normals))

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
        for slack in (NEAR * (1 + best), zone):
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
