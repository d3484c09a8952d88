"""The reference on vectors, matrices, rotations, decompositions, tiles and noise, against NumPy and properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from warp_jit_pairs.reference import Reference, Unsupported

STREAM = np.random.Generator(np.random.PCG64(3))
Data = np.ndarray[Any, Any]


def apply(
    expression: str, out: str, shape: tuple[int, ...], precision: str = "float64", **inputs: tuple[str, Data]
) -> Data:
    """The value of an expression of block arguments."""
    arguments = [f"{name}: {annotation}" for name, (annotation, _) in inputs.items()]
    signature = ", ".join([*arguments, f"out: wp.array(dtype={out})"])
    source = f"import warp as wp\n\n@wp.kernel\ndef kernel({signature}):\n    out[0] = {expression}\n"
    values = {name: value for name, (_, value) in inputs.items()} | {"out": np.zeros((1, *shape), np.float32)}
    return np.asarray(Reference(source).run(values, (1,), precision).values["out"][0])


V = STREAM.random(3).astype(np.float32)
W = STREAM.random(3).astype(np.float32)
M = (STREAM.random((3, 3)) + np.eye(3)).astype(np.float32)
Q = np.array([0.1, -0.5, 0.3, 0.8], np.float32)
Q = (Q / np.linalg.norm(Q)).astype(np.float32)
BLOCKS = {
    "v": ("wp.vec3", V),
    "w": ("wp.vec3", W),
    "m": ("wp.mat33", M),
    "q": ("wp.quat", Q),
    "t": ("wp.transform", np.concatenate([W, Q])),
}


def matrix_of(q: Data) -> Data:
    x, y, z, w = q.astype(float)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@pytest.mark.parametrize(
    ("expression", "out", "answer"),
    [
        ("v + 2.0 * w - v / 4.0", "wp.vec3", lambda: V * 0.75 + 2 * W),
        ("wp.cross(v, w)", "wp.vec3", lambda: np.cross(V, W)),
        ("wp.normalize(v)", "wp.vec3", lambda: V / np.linalg.norm(V)),
        ("wp.cw_mul(v, w)", "wp.vec3", lambda: V * W),
        ("m @ v", "wp.vec3", lambda: M @ V),
        ("v @ m", "wp.vec3", lambda: V @ M),
        ("m * m - wp.transpose(m)", "wp.mat33", lambda: M @ M - M.T),
        ("wp.inverse(m)", "wp.mat33", lambda: np.linalg.inv(M.astype(float))),
        ("wp.outer(v, w)", "wp.mat33", lambda: np.outer(V, W)),
        ("wp.skew(v) * w", "wp.vec3", lambda: np.cross(V, W)),
        ("m[1] + m[:, 2]", "wp.vec3", lambda: M[1] + M[:, 2]),
        ("wp.matrix_from_cols(v, w, v + w) * w", "wp.vec3", lambda: np.stack([V, W, V + W], 1) @ W),
        ("wp.quat_rotate(q, v)", "wp.vec3", lambda: matrix_of(Q) @ V),
        ("wp.quat_rotate_inv(q, v)", "wp.vec3", lambda: matrix_of(Q).T @ V),
        ("wp.quat_to_matrix(q * q)", "wp.mat33", lambda: matrix_of(Q) @ matrix_of(Q)),
        ("wp.quat_to_matrix(wp.quat_from_matrix(wp.quat_to_matrix(q)))", "wp.mat33", lambda: matrix_of(Q)),
        ("wp.transform_point(t, v)", "wp.vec3", lambda: matrix_of(Q) @ V + W),
        ("wp.transform_point(wp.transform_inverse(t) * t, v)", "wp.vec3", lambda: V),
        ("wp.transform_point(wp.transform_to_matrix(t), v)", "wp.vec3", lambda: matrix_of(Q) @ V + W),
        ("wp.transform(p=v).q", "wp.quat", lambda: np.array([0, 0, 0, 1])),
        (
            "wp.spatial_top(wp.spatial_vector(v, w)) - wp.spatial_bottom(wp.spatial_vector(v, w))",
            "wp.vec3",
            lambda: V - W,
        ),
    ],
)
def test_blocks(expression: str, out: str, answer: Callable[[], Data]) -> None:
    found = apply(expression, out, np.shape(answer()), **BLOCKS)
    np.testing.assert_allclose(found, answer(), rtol=2e-6, atol=2e-6)


def test_determinants_of_each_size() -> None:
    for size in (2, 3, 4):
        matrix = STREAM.random((size, size)).astype(np.float32)
        found = apply("wp.determinant(m)", "float", (), m=(f"wp.mat{size}{size}", matrix))
        assert found == pytest.approx(np.linalg.det(matrix.astype(float)), abs=1e-6)


def test_euler_angles_and_back() -> None:
    for i, j, k in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        expression = f"wp.quat_from_euler(wp.quat_to_euler(q, {i}, {j}, {k}), {i}, {j}, {k})"
        found = apply(expression, "wp.quat", (4,), **BLOCKS)
        np.testing.assert_allclose(found * np.sign(found[3]), Q, atol=1e-6)


DECOMPOSED = """import warp as wp

@wp.kernel
def kernel(m: wp.array(dtype=wp.mat33), out: wp.array(dtype=wp.mat33), first: wp.array(dtype=float)):
    u, s, v = wp.svd3(m[0])
    q, r = wp.qr3(m[0])
    p, d = wp.eig3(wp.transpose(m[0]) @ m[0])
    out[0] = u @ wp.diag(s) @ wp.transpose(v)
    out[1] = q @ r
    out[2] = p @ wp.diag(d) @ wp.transpose(p)
    first[0] = u[0, 0]
"""


def test_what_depends_on_the_signs_of_a_decomposition_differs_between_the_precisions() -> None:
    inputs = {"m": M[None], "out": np.zeros((3, 3, 3), np.float32), "first": np.zeros(1, np.float32)}
    reference = Reference(DECOMPOSED)
    declared, exact = (reference.run(inputs, (1,), precision).values for precision in ("declared", "float64"))
    for values in (declared, exact):
        np.testing.assert_allclose(values["out"], [M, M, M.T @ M], atol=2e-6)
    assert declared["first"][0] == pytest.approx(-exact["first"][0], abs=1e-6)


TURNED = """import warp as wp

@wp.kernel
def kernel(m: wp.array(dtype=wp.mat22), out: wp.array(dtype=wp.mat22)):
    i = wp.tid()
    u, s, v = wp.svd2(m[i])
    out[i] = u @ wp.diag(s) @ wp.transpose(v)
"""


def test_a_matrix_of_equal_singular_values_is_not_compared() -> None:
    given = np.array([[[0.0, -2.0], [2.0, 0.0]], [[0.0, -2.0], [2.5, 0.0]]], np.float32)
    inputs = {"m": given, "out": np.zeros((2, 2, 2), np.float32)}
    reference = Reference(TURNED)
    declared, exact = (reference.run(inputs, (2,), precision).values["out"] for precision in ("declared", "float64"))
    np.testing.assert_allclose(declared, given, atol=1e-6)
    assert np.isnan(exact[0]).all()
    np.testing.assert_allclose(exact[1], given[1], atol=1e-6)


FREQUENCIES = """import warp as wp

@wp.kernel
def kernel(x: wp.array2d(dtype=wp.vec2), keys: wp.array(dtype=int), out: wp.array2d(dtype=wp.vec2)):
    t = wp.tile_load(x, shape=(2, 4))
    wp.tile_fft(t)
    picked = t[wp.tile_load(keys, shape=2), :]
    wp.tile_ifft(t)
    wp.tile_store(out, t)
    wp.tile_store(out, picked, offset=(2, 0))
"""


def test_transforms_of_tiles_and_rows_picked_from_one() -> None:
    x = np.arange(16.0, dtype=np.float32).reshape(2, 4, 2)
    inputs = {"x": x, "keys": np.array([1, 1], np.int32), "out": np.zeros((4, 4, 2), np.float32)}
    found = Reference(FREQUENCIES).run(inputs, (1,)).values["out"]
    np.testing.assert_allclose(found[:2], 4.0 * x, rtol=1e-6)  # neither direction is scaled
    spectrum = np.fft.fft(x[1, :, 0] + 1j * x[1, :, 1])
    np.testing.assert_allclose(found[2], np.stack([spectrum.real, spectrum.imag], -1), atol=1e-5)
    assert (found[3] == found[2]).all()


STACKED = """import warp as wp

@wp.kernel
def kernel(x: wp.array(dtype=int), out: wp.array(dtype=int)):
    s = wp.tile_stack(capacity=2, dtype=int)
    for i in range(4):
        slot = wp.tile_stack_push(s, x[i], x[i] > 1)
        out[i] = slot
    out[4] = wp.tile_stack_count(s)
    value, place = wp.tile_stack_pop(s)
    out[5] = value * 10 + place
    wp.tile_stack_clear(s)
    empty, none = wp.tile_stack_pop(s)
    out[6] = empty * 10 + none
"""


def test_a_tile_stack_of_one_thread() -> None:
    inputs = {"x": np.array([5, 1, 7, 9], np.int32), "out": np.zeros(7, np.int32)}
    found = Reference(STACKED).run(inputs, (1,)).values["out"]
    assert found.tolist() == [0, -1, 1, -1, 2, 71, -1]


TILES = """import warp as wp

@wp.func
def halved(x: float):
    return x * 0.5

@wp.kernel
def kernel(x: wp.array2d(dtype=float), out: wp.array2d(dtype=float), sums: wp.array(dtype=float)):
    i = wp.tid()
    t = wp.tile_load(x, shape=(2, 4), offset=(2 * i, 0))
    s = wp.tile_map(halved, t) + t * 2.0
    wp.tile_store(out, wp.tile_transpose(s), offset=(0, 2 * i))
    wp.tile_store(sums, wp.tile_sum(t, axis=1), offset=2 * i)
"""


def test_tiles_clip_at_the_bounds() -> None:
    x = np.arange(20, dtype=np.float32).reshape(5, 4)
    inputs = {"x": x, "out": np.full((4, 5), -1.0, np.float32), "sums": np.zeros(5, np.float32)}
    values = Reference(TILES).run(inputs, (3,)).values
    np.testing.assert_array_equal(values["out"], 2.5 * x.T)
    np.testing.assert_array_equal(values["sums"], x.sum(axis=1))


def test_noise_is_zero_on_the_lattice_and_continuous() -> None:
    assert apply("wp.noise(wp.uint32(7), wp.vec2(3.0, -2.0))", "float", ()) == 0.0
    near = [apply(f"wp.noise(wp.uint32(7), wp.vec3({x}, 0.5, 0.25))", "float", ()) for x in (0.999999, 1.000001)]
    assert near[0] == pytest.approx(near[1], abs=1e-5)
    periodic = [apply(f"wp.pnoise(wp.uint32(7), wp.vec2({x}, 0.5), 4, 4)", "float", ()) for x in (0.25, 4.25)]
    assert periodic[0] == periodic[1] != 0.0


@pytest.mark.parametrize("expression", ["v + m", "wp.bvh_query_aabb(wp.uint64(0), v, v)", "q * m"])
def test_mixed_or_unknown_is_unsupported(expression: str) -> None:
    with pytest.raises(Unsupported):
        apply(expression, "wp.vec3", (3,), **BLOCKS)
