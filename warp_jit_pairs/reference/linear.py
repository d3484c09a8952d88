"""Builtins of vectors, matrices, quaternions, transforms and spatial vectors.

Written from their definitions; `TABLE` maps a builtin's name to its function. Decompositions are left to
`decompositions.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .vectors import Matrix, Quaternion, cross3, quaternion_product, quaternion_rotate, raw


def _like(block: Any, shape: tuple[int, ...], data: Any) -> Any:
    return block.types.block(block.scalar.name, shape).of(np.asarray(data, block.a.dtype))


def dot(a: Any, b: Any) -> Any:
    return a.item(a.a.dtype.type((a.a * b.a).sum()))


def length(a: Any) -> Any:
    return a.item(np.sqrt((a.a * a.a).sum(dtype=a.a.dtype)))


def length_sq(a: Any) -> Any:
    return dot(a, a)


def normalize(a: Any) -> Any:
    size = np.sqrt((a.a * a.a).sum(dtype=a.a.dtype))
    if size > 0:
        return a.of(a.a / size)
    fresh = type(a)()
    if isinstance(a, Quaternion):
        fresh.a[3] = 1
    return fresh


def cross(a: Any, b: Any) -> Any:
    return a.of(cross3(a.a, b.a))


def outer(a: Any, b: Any) -> Any:
    return _like(a, (a.shape[0], b.shape[0]), np.outer(a.a, b.a))


def _arg(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(v: Any) -> Any:
        if np.isnan(v.a.astype(np.float64)).all():
            return np.uint32(0)
        return np.uint32(function(v.a))

    return apply


def cw_mul(a: Any, b: Any) -> Any:
    return a.of(a.a * b.a)


def cw_div(a: Any, b: Any) -> Any:
    return a / b


def transpose(m: Any) -> Any:
    return _like(m, m.shape[::-1], m.a.T.copy())


def determinant(m: Any) -> Any:
    return m.item(m.a.dtype.type(_determinant(m.a)))


def _determinant(a: Any) -> Any:
    if len(a) == 2:
        return a[0, 0] * a[1, 1] - a[1, 0] * a[0, 1]
    if len(a) == 3:
        return (a[0] * cross3(a[1], a[2])).sum()
    return sum((-1) ** j * a[0, j] * _determinant(np.delete(a[1:], j, axis=1)) for j in range(len(a)))


def inverse(m: Any) -> Any:
    a = m.a
    size = len(a)
    det = _determinant(a)
    if det == 0 or det != det:
        return type(m)()
    minors = [
        [
            _determinant(np.delete(np.delete(a, i, axis=0), j, axis=1)) if size > 2 else a[1 - i, 1 - j]
            for j in range(size)
        ]
        for i in range(size)
    ]
    signs = np.array([[(-1) ** (i + j) for j in range(size)] for i in range(size)], a.dtype)
    return m.of((np.array(minors, a.dtype) * signs).T * (a.dtype.type(1) / det))


def trace(m: Any) -> Any:
    return m.item(m.a.trace(dtype=m.a.dtype))


def diag(v: Any) -> Any:
    return _like(v, (v.shape[0], v.shape[0]), np.diag(v.a))


def get_diag(m: Any) -> Any:
    return _like(m, (m.shape[0],), np.diagonal(m.a).copy())


def skew(v: Any) -> Any:
    x, y, z = v.a
    return _like(v, (3, 3), [[0, -z, y], [z, 0, -x], [-y, x, 0]])


def matrix_from_cols(*columns: Any) -> Any:
    return _like(columns[0], (columns[0].shape[0], len(columns)), np.stack([c.a for c in columns], axis=1))


def matrix_from_rows(*rows: Any) -> Any:
    return _like(rows[0], (len(rows), rows[0].shape[0]), np.stack([r.a for r in rows]))


def norm_l1(v: Any) -> Any:
    return v.item(np.abs(v.a).sum(dtype=v.a.dtype))


def norm_huber(v: Any, delta: Any = None) -> Any:
    kind = v.a.dtype.type
    delta = kind(1) if delta is None else delta
    a = dot(v, v)
    if a <= delta * delta:
        return kind(0.5) * a
    return delta * (np.sqrt(a) - kind(0.5) * delta)


def norm_pseudo_huber(v: Any, delta: Any = None) -> Any:
    kind = v.a.dtype.type
    delta = kind(1) if delta is None else delta
    return delta * np.sqrt(kind(1) + dot(v, v) / (delta * delta))


def smooth_normalize(v: Any, delta: Any = None) -> Any:
    return v / norm_pseudo_huber(v, delta)


def quat_from_axis_angle(axis: Any, angle: Any) -> Any:
    half = raw(angle) * axis.a.dtype.type(0.5)
    data = np.append(axis.a * np.sin(half), np.cos(half)).astype(axis.a.dtype)
    return axis.types.quaternion(axis.scalar.name).of(data)


def _axis_angle(q: Any) -> tuple[Any, Any]:
    size = np.sqrt((q[:3] * q[:3]).sum())
    axis = q[:3] / size if size > 0 else np.zeros(3, q.dtype)
    return (-axis if q[3] < 0 else axis), q.dtype.type(2) * np.arctan2(size, abs(q[3]))


def quat_to_axis_angle(q: Any) -> Any:
    axis, angle = _axis_angle(q.a)
    return _like(q, (3,), axis), q.item(q.a.dtype.type(angle))


def quat_inverse(q: Any) -> Any:
    return q.of(q.a * np.array([-1, -1, -1, 1], q.a.dtype))


def quat_rotate(q: Any, v: Any) -> Any:
    return v.of(quaternion_rotate(q.a, v.a).astype(v.a.dtype))


def quat_rotate_inv(q: Any, v: Any) -> Any:
    return quat_rotate(quat_inverse(q), v)


def quat_slerp(a: Any, b: Any, t: Any) -> Any:
    axis, angle = _axis_angle(quaternion_product(quat_inverse(a).a, b.a))
    half = raw(t) * angle * a.a.dtype.type(0.5)
    turn = np.append(axis * np.sin(half), np.cos(half)).astype(a.a.dtype)
    return a.of(quaternion_product(a.a, turn))


def _rotation_matrix(q: Any) -> Any:
    columns = [quaternion_rotate(q, unit) for unit in np.eye(3, dtype=q.dtype)]
    return np.stack(columns, axis=1)


def quat_to_matrix(q: Any) -> Any:
    return _like(q, (3, 3), _rotation_matrix(q.a))


def _quaternion_of(m: Any) -> Any:
    kind = m.dtype.type
    half, one = kind(0.5), kind(1)
    tr = m[0, 0] + m[1, 1] + m[2, 2]
    q = np.zeros(4, m.dtype)
    if tr >= 0:
        h = np.sqrt(tr + one)
        q[3] = half * h
        h = half / h
        q[:3] = [(m[2, 1] - m[1, 2]) * h, (m[0, 2] - m[2, 0]) * h, (m[1, 0] - m[0, 1]) * h]
    else:
        i = 1 if m[1, 1] > m[0, 0] else 0
        i = 2 if m[2, 2] > m[i, i] else i
        j, k = (i + 1) % 3, (i + 2) % 3
        h = np.sqrt((m[i, i] - (m[j, j] + m[k, k])) + one)
        q[i] = half * h
        h = half / h
        q[j] = (m[i, j] + m[j, i]) * h
        q[k] = (m[k, i] + m[i, k]) * h
        q[3] = (m[k, j] - m[j, k]) * h
    return q


def quat_from_matrix(m: Any) -> Any:
    q = _quaternion_of(m.a)
    size = np.sqrt((q * q).sum())
    return m.types.quaternion(m.scalar.name).of(q / size)


def quat_twist(axis: Any, q: Any) -> Any:
    along = (q.a[:3] * axis.a).sum() * axis.a
    return normalize(q.of(np.append(along, q.a[3]).astype(q.a.dtype)))


def quat_twist_angle_signed(axis: Any, q: Any) -> Any:
    kind = q.a.dtype.type
    return kind(2) * kind(np.arctan2((q.a[:3] * axis.a).sum(), q.a[3]))


def quat_twist_angle(axis: Any, q: Any) -> Any:
    kind = q.a.dtype.type
    return kind(2) * kind(np.arctan2(abs((q.a[:3] * axis.a).sum()), q.a[3]))


def quat_to_rpy(q: Any) -> Any:
    x, y, z, w = q.a
    two, one = q.a.dtype.type(2), q.a.dtype.type(1)
    roll = np.arctan2(two * (w * x + y * z), one - two * (x * x + y * y))
    pitch = np.arcsin(np.clip(two * (w * y - z * x), -one, one))
    yaw = np.arctan2(two * (w * z + x * y), one - two * (y * y + z * z))
    return _like(q, (3,), [roll, pitch, yaw])


def quat_from_euler(e: Any, i: Any, j: Any, k: Any) -> Any:
    """Rotations about the fixed axes i, then j, then k."""
    total = np.array([0, 0, 0, 1], e.a.dtype)
    for axis in (i, j, k):
        half = e.a.dtype.type(0.5) * e.a[int(axis)]
        turn = np.zeros(4, e.a.dtype)
        turn[min(max(int(axis), 0), 2)] = np.sin(half)
        turn[3] = np.cos(half)
        total = quaternion_product(turn, total)
    return e.types.quaternion(e.scalar.name).of(total)


def quat_to_euler(q: Any, i: Any, j: Any, k: Any) -> Any:
    """Bernardes and Viollet's conversion, in the order of axes i, j, k."""
    kind = q.a.dtype.type
    i, j, k = int(i), int(j), int(k)
    proper = i == k
    if proper:
        k = 3 - i - j
    sign = kind((i - j) * (j - k) * (k - i) / 2)
    a, b, c, d = q.a[3], q.a[i], q.a[j], q.a[k] * sign
    if not proper:
        a, b, c, d = a - q.a[j], b + q.a[k] * sign, c + q.a[3], d - q.a[i]
    ratio = kind(2) * (a * a + b * b) / (a * a + b * b + c * c + d * d) - kind(1)
    second = np.arccos(np.clip(ratio, -1, 1))
    plus, minus = np.arctan2(b, a), np.arctan2(d, c)
    first = kind(0)
    if abs(second) < 1e-6:
        third = kind(2) * plus
    elif abs(second - kind(math.pi)) < 1e-6:
        third = kind(2) * minus
    else:
        first, third = plus - minus, plus + minus
    if not proper:
        second = second - kind(math.pi / 2)
        third = third * sign
    angles = np.zeros(3, q.a.dtype)
    angles[i], angles[j], angles[k] = first, second, third
    return _like(q, (3,), angles)


def transform_get_translation(t: Any) -> Any:
    return t.p.copy()


def transform_get_rotation(t: Any) -> Any:
    return t.q.copy()


def transform_set_translation(t: Any, p: Any) -> None:
    t.p = p


def transform_set_rotation(t: Any, q: Any) -> None:
    t.q = q


def transform_inverse(t: Any) -> Any:
    q = quat_inverse(t.q)
    return t.of(np.concatenate([-quaternion_rotate(q.a, t.a[:3]), q.a]))


def transform_point(t: Any, v: Any) -> Any:
    if isinstance(t, Matrix):
        return v.of(t.a[:3, :3] @ v.a + t.a[:3, 3])
    return v.of(t.a[:3] + quaternion_rotate(t.a[3:], v.a))


def transform_vector(t: Any, v: Any) -> Any:
    if isinstance(t, Matrix):
        return v.of(t.a[:3, :3] @ v.a)
    return v.of(quaternion_rotate(t.a[3:], v.a))


def transform_from_matrix(m: Any) -> Any:
    rotation = quat_from_matrix(m).a
    return m.types.transform(m.scalar.name).of(np.concatenate([m.a[:3, 3], rotation]))


def transform_to_matrix(t: Any) -> Any:
    data = np.eye(4, dtype=t.a.dtype)
    data[:3, :3] = _rotation_matrix(t.a[3:])
    data[:3, 3] = t.a[:3]
    return _like(t, (4, 4), data)


def transform_compose(position: Any, rotation: Any, scale: Any) -> Any:
    data = np.eye(4, dtype=position.a.dtype)
    data[:3, :3] = _rotation_matrix(rotation.a) * scale.a
    data[:3, 3] = position.a
    return _like(position, (4, 4), data)


def transform_decompose(m: Any) -> Any:
    columns = m.a[:3, :3]
    scale = np.sqrt((columns * columns).sum(axis=0))
    rotation = _like(m, (3, 3), columns / np.where(scale == 0, m.a.dtype.type(1), scale))
    return _like(m, (3,), m.a[:3, 3].copy()), quat_from_matrix(rotation), _like(m, (3,), scale)


def spatial_top(v: Any) -> Any:
    return _like(v, (3,), v.a[:3].copy())


def spatial_bottom(v: Any) -> Any:
    return _like(v, (3,), v.a[3:].copy())


def spatial_cross(a: Any, b: Any) -> Any:
    top = cross3(a.a[:3], b.a[:3])
    return a.of(np.concatenate([top, cross3(a.a[3:], b.a[:3]) + cross3(a.a[:3], b.a[3:])]))


def spatial_cross_dual(a: Any, b: Any) -> Any:
    top = cross3(a.a[:3], b.a[:3]) + cross3(a.a[3:], b.a[3:])
    return a.of(np.concatenate([top, cross3(a.a[:3], b.a[3:])]))


def spatial_adjoint(rotation: Any, shift: Any) -> Any:
    data = np.zeros((6, 6), rotation.a.dtype)
    data[:3, :3] = data[3:, 3:] = rotation.a
    data[3:, :3] = shift.a
    return _like(rotation, (6, 6), data)


def velocity_at_point(qd: Any, r: Any) -> Any:
    return r.of(qd.a[3:] + cross3(qd.a[:3], r.a))


def transform_twist(t: Any, x: Any) -> Any:
    w = quaternion_rotate(t.a[3:], x.a[:3])
    v = quaternion_rotate(t.a[3:], x.a[3:]) + cross3(t.a[:3], w)
    return x.of(np.concatenate([w, v]))


def transform_wrench(t: Any, x: Any) -> Any:
    force = quaternion_rotate(t.a[3:], x.a[3:])
    torque = quaternion_rotate(t.a[3:], x.a[:3]) + cross3(t.a[:3], force)
    return x.of(np.concatenate([torque, force]))


def closest_point_edge_edge(p1: Any, q1: Any, p2: Any, q2: Any, epsilon: Any) -> Any:
    """Parameters s and t of the closest points of two edges, and their distance."""
    kind = p1.a.dtype.type
    d1, d2, r = q1.a - p1.a, q2.a - p2.a, p1.a - p2.a
    a, e, f = (d1 * d1).sum(), (d2 * d2).sum(), (d2 * r).sum()
    s = t = kind(0)
    c, b = (d1 * r).sum(), (d1 * d2).sum()
    if a <= epsilon and e > epsilon:
        t = np.clip(f / e, 0, 1)
    elif e <= epsilon and a > epsilon:
        s = np.clip(-c / a, 0, 1)
    elif a > epsilon:
        determinant = a * e - b * b
        s = np.clip((b * f - c * e) / determinant, 0, 1) if determinant > 0 else kind(0)
        t = (b * s + f) / e
        if t < 0:
            s, t = np.clip(-c / a, 0, 1), kind(0)
        elif t > 1:
            s, t = np.clip((b - c) / a, 0, 1), kind(1)
    gap = (p2.a + d2 * t) - (p1.a + d1 * s)
    return _like(p1, (3,), [s, t, np.sqrt((gap * gap).sum())])


TABLE: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        dot, length, length_sq, normalize, cross, outer, cw_mul, cw_div, transpose, determinant, inverse, trace,
        diag, get_diag, skew, matrix_from_cols, matrix_from_rows, norm_l1, norm_huber, norm_pseudo_huber,
        smooth_normalize, quat_from_axis_angle, quat_to_axis_angle, quat_inverse, quat_rotate, quat_rotate_inv,
        quat_slerp, quat_to_matrix, quat_from_matrix, quat_twist, quat_twist_angle, quat_twist_angle_signed,
        quat_to_rpy, quat_from_euler, quat_to_euler, transform_get_translation, transform_get_rotation,
        transform_set_translation, transform_set_rotation, transform_inverse, transform_point, transform_vector,
        transform_from_matrix, transform_to_matrix, transform_compose, transform_decompose, spatial_top,
        spatial_bottom, spatial_cross, spatial_cross_dual, spatial_adjoint, velocity_at_point, transform_twist,
        transform_wrench, closest_point_edge_edge,
    )
} | {
    "ddot": dot,
    "tensordot": dot,
    "spatial_dot": dot,
    "norm_l2": length,
    "inverse_approx": inverse,
    "argmin": _arg(np.nanargmin),
    "argmax": _arg(np.nanargmax),
    "transform_multiply": lambda a, b: a * b,
}  # fmt: skip
