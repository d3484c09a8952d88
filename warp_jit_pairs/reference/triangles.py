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


_AFTER, _BEFORE = [1, 2, 0], [2, 0, 1]


def dots(a: Data, b: Data) -> Data:
    """Scalar products along the last axis."""
    products: Data = np.einsum("...i,...i", a, b)
    return products


def crosses(a: Data, b: Data) -> Data:
    """Vector products along the last axis; NumPy's own takes many times as long for a few vectors."""
    products: Data = a[..., _AFTER] * b[..., _BEFORE] - a[..., _BEFORE] * b[..., _AFTER]
    return products


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


class Triangles:
    """Triangles by their corners (n, 3, 3), with what every query asks of them."""

    def __init__(self, corners: Data) -> None:
        self.corners = corners
        self.edges = corners[:, _AFTER] - corners
        self.squares = dots(self.edges, self.edges)
        self.normals = crosses(self.edges[:, 0], self.edges[:, 1])
        self.areas = np.sqrt(dots(self.normals, self.normals))

    def closest_weights(self, p: Data) -> Data:
        """Weights of the three corners at the point of each triangle that is closest to p."""
        away = p - self.corners
        sides = dots(crosses(self.edges, away), self.normals[:, None]) / (self.areas * self.areas)[:, None]
        along = np.clip(dots(away, self.edges) / self.squares, 0, 1)
        rest = away - along[..., None] * self.edges
        edge = dots(rest, rest).argmin(axis=1)
        rows = np.arange(len(edge))
        weights = np.zeros_like(sides)
        weights[rows, edge], weights[rows, (edge + 1) % 3] = 1 - along[rows, edge], along[rows, edge]
        return np.asarray(np.where((sides >= 0).all(axis=1)[:, None], sides[:, _AFTER], weights))

    def ray_hits(self, origin: Data, direction: Data) -> RayHits:
        """A ray against each triangle, by the signed volumes that it spans with their edges."""
        away = self.corners - origin
        volumes = dots(crosses(away[:, _AFTER], away[:, _BEFORE]), direction)
        total = volumes.sum(axis=1)
        steep = np.abs(total) > MARGIN * self.areas * np.sqrt(direction @ direction)
        divisor = np.where(total == 0, 1, total)
        weights = volumes / divisor[:, None]
        heights = dots(away[:, 0], self.normals)
        t = heights / divisor
        least = weights.min(axis=1)
        sure = steep & (least > MARGIN) & (t > MARGIN)
        near = np.abs(heights) <= 1e-3 * self.areas
        doubtful = ~sure & np.where(steep, (least > -MARGIN) & (t > -MARGIN), near)
        return RayHits(t, weights, -total / np.abs(direction).max(), sure, doubtful)


def solid_angles(p: Data, corners: Data) -> Data:
    """Signed solid angle of each triangle as seen from p (van Oosterom and Strackee)."""
    a, b, c = (corners[:, i] - p for i in range(3))
    la, lb, lc = (np.sqrt(dots(x, x)) for x in (a, b, c))
    numerator = dots(crosses(b, c), a)
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
