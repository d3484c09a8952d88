"""Whether two triangles meet: Moller's interval test without divisions (1997), which `wp.intersect_tri_tri` names.

Touching and degenerate triangles are common in index buffers, and rounding decides them: so the published steps are
followed in the precision of what is given, and where two precisions disagree nothing is compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Data = np.ndarray[Any, Any]

_COPLANAR = 1e-6


def _dot(a: Data, b: Data) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Data, b: Data) -> Data:
    return np.array([a[1] * b[2] - b[1] * a[2], a[2] * b[0] - b[2] * a[0], a[0] * b[1] - a[1] * b[0]], a.dtype)


def _plane_distances(plane: Data, other: Data) -> tuple[Data, Data]:
    """Normal of a triangle, and the distances of another's corners to its plane, scaled by the normal."""
    normal = _cross(plane[1] - plane[0], plane[2] - plane[0])
    offset = -_dot(normal, plane[0])
    distances = np.array([_dot(normal, corner) + offset for corner in other], plane.dtype)
    return normal, np.where(np.abs(distances) < _COPLANAR, 0, distances).astype(plane.dtype)


def _interval(places: Data, d: Data) -> tuple[Any, Any, Any, Any, Any] | None:
    """Where a triangle meets the line that both planes share, as fractions over x0 and x1; None if coplanar."""
    if d[0] * d[1] > 0:
        apex = 2
    elif d[0] * d[2] > 0:
        apex = 1
    elif d[1] * d[2] > 0 or d[0] != 0:
        apex = 0
    elif d[1] != 0:
        apex = 1
    elif d[2] != 0:
        apex = 2
    else:
        return None
    first, second = (i for i in range(3) if i != apex)
    top = places[apex]
    return (
        top,
        (places[first] - top) * d[apex],
        (places[second] - top) * d[apex],
        d[apex] - d[first],
        d[apex] - d[second],
    )


def _edges_cross(v0: Data, v1: Data, u0: Data, u1: Data) -> bool:
    """Two segments of a plane (Antonio, Graphics Gems III)."""
    a, b, c = v1 - v0, u0 - u1, v0 - u0
    f = a[1] * b[0] - a[0] * b[1]
    d = b[1] * c[0] - b[0] * c[1]
    e = a[0] * c[1] - a[1] * c[0]
    if f > 0:
        return bool(0 <= d <= f and 0 <= e <= f)
    return bool(f < 0 and f <= d <= 0 and f <= e <= 0)


def _inside(point: Data, triangle: Data) -> bool:
    sides = []
    for i in range(3):
        start, end = triangle[i], triangle[(i + 1) % 3]
        a, b = end[1] - start[1], -(end[0] - start[0])
        sides.append(a * point[0] + b * point[1] + (-a * start[0] - b * start[1]))
    return bool(sides[0] * sides[1] > 0 and sides[0] * sides[2] > 0)


def _coplanar(normal: Data, first: Data, second: Data) -> bool:
    x, y, z = np.abs(normal)
    axes = ([1, 2] if x > z else [0, 1]) if x > y else ([0, 1] if z > y else [0, 2])
    v, u = first[:, axes], second[:, axes]
    edges = ((0, 1), (1, 2), (2, 0))
    if any(_edges_cross(v[i], v[j], u[k], u[m]) for i, j in edges for k, m in edges):
        return True
    return _inside(v[0], u) or _inside(u[0], v)


def triangles_meet(first: Data, second: Data) -> bool:
    """Whether two triangles, three corners each, have a point in common."""
    normal, du = _plane_distances(first, second)
    if du[0] * du[1] > 0 and du[0] * du[2] > 0:
        return False
    other, dv = _plane_distances(second, first)
    if dv[0] * dv[1] > 0 and dv[0] * dv[2] > 0:
        return False
    axis = int(np.argmax(np.abs(_cross(normal, other))))
    v, u = _interval(first[:, axis], dv), _interval(second[:, axis], du)
    if v is None or u is None:
        return _coplanar(normal, first, second)
    a, b, c, x0, x1 = v
    d, e, f, y0, y1 = u
    xx, yy = x0 * x1, y0 * y1
    both = xx * yy
    left = sorted((a * both + b * x1 * yy, a * both + c * x0 * yy))
    right = sorted((d * both + e * xx * y1, d * both + f * xx * y0))
    return bool(left[1] >= right[0] and right[1] >= left[0])
