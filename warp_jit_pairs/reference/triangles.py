"""Triangles by brute force: closest and furthest points, rays, solid angles, pairs. Whole arrays of triangles at once.

Written from the definitions, in the precision of what is given; each test also says which of its answers are too close
to call. Objects and queries are left to `meshes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Data = np.ndarray[Any, Any]

MARGIN = 1e-5
"""Barycentric weights and relative distances nearer than this to a limit are too close to call."""


def dots(a: Data, b: Data) -> Data:
    """Scalar products along the last axis."""
    products: Data = (a * b).sum(axis=-1)
    return products


def closest_weights(p: Data, corners: Data) -> Data:
    """Weights of the three corners at the point of each triangle (n, 3, 3) that is closest to p."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, p - a
    bb, bc, cc = dots(ab, ab), dots(ab, ac), dots(ac, ac)
    pb, pc = dots(ap, ab), dots(ap, ac)
    area = bb * cc - bc * bc
    v, w = (cc * pb - bc * pc) / area, (bb * pc - bc * pb) / area
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    weights = np.stack([1 - v - w, v, w], axis=1)
    best = np.where(inside, 0, np.inf).astype(corners.dtype)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, edge = corners[:, first], corners[:, second] - corners[:, first]
        t = np.clip(dots(p - start, edge) / dots(edge, edge), 0, 1)
        away = p - start - t[:, None] * edge
        distance = dots(away, away)
        on_edge = np.zeros_like(weights)
        on_edge[:, first], on_edge[:, second] = 1 - t, t
        nearer = ~inside & (distance < best)
        weights = np.where(nearer[:, None], on_edge, weights)
        best = np.where(nearer, distance, best)
    return weights


def normals(corners: Data) -> Data:
    """Normals of triangles, as long as twice their area."""
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def normalized(vectors: Data) -> Data:
    """Vectors scaled to length one; zero stays zero."""
    lengths = np.sqrt(dots(vectors, vectors))[..., None]
    return np.where(lengths > 0, vectors / np.where(lengths > 0, lengths, 1), 0).astype(vectors.dtype)


@dataclass(frozen=True, slots=True)
class RayHits:
    """Where a ray meets the planes of triangles: parameter, weights of the corners, Warp's signed determinant.

    `sure` are hits beyond doubt, `doubtful` those through an edge, along the plane or at the ray's very start.
    """

    t: Data
    weights: Data
    determinant: Data
    sure: Data
    doubtful: Data


def ray_hits(origin: Data, direction: Data, corners: Data) -> RayHits:
    """A ray against triangles, by the signed volumes that it spans with their edges."""
    a, b, c = (corners[:, i] - origin for i in range(3))
    volumes = np.stack([dots(np.cross(x, y), direction) for x, y in ((b, c), (c, a), (a, b))], axis=1)
    total = volumes.sum(axis=1)
    normal = np.cross(b - a, c - a)
    length = np.sqrt(dots(normal, normal)) * np.sqrt(dots(direction, direction))
    steep = np.abs(total) > MARGIN * length
    divisor = np.where(total == 0, 1, total)
    weights = volumes / divisor[:, None]
    t = dots(a, normal) / divisor
    least = weights.min(axis=1)
    near = np.abs(dots(a, normal)) <= 1e-3 * np.sqrt(dots(normal, normal))
    sure = steep & (least > MARGIN) & (t > MARGIN)
    doubtful = ~sure & np.where(steep, (least > -MARGIN) & (t > -MARGIN), near)
    determinant = -total / np.abs(direction).max()
    return RayHits(t, weights, determinant, sure, doubtful)


def solid_angles(p: Data, corners: Data) -> Data:
    """Signed solid angle of each triangle as seen from p (van Oosterom and Strackee)."""
    a, b, c = (corners[:, i] - p for i in range(3))
    la, lb, lc = (np.sqrt(dots(x, x)) for x in (a, b, c))
    numerator = dots(np.cross(b, c), a)
    denominator = la * lb * lc + dots(a, b) * lc + dots(b, c) * la + dots(c, a) * lb
    angles: Data = 2 * np.arctan2(numerator, denominator)
    return angles


def corner_angles(corners: Data) -> Data:
    """The angle at each corner of each triangle."""
    angles = []
    for i in range(3):
        first = normalized(corners[:, (i + 1) % 3] - corners[:, i])
        second = normalized(corners[:, (i + 2) % 3] - corners[:, i])
        angles.append(np.arccos(np.clip(dots(first, second), -1, 1)))
    return np.stack(angles, axis=1)
