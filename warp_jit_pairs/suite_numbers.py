"""Checks of the suite about numbers, vectors, matrices, loops, functions, structs, atomics and tiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from .suite_check import A, Check, Data, N, Values, empty, floats, kernel

CHECKS: list[Check] = []


def _add(
    kind: str, name: str, source: str, dim: tuple[int, ...], inputs: Any, forward: Any, adjoint: Any = None
) -> None:
    CHECKS.append(Check(kind, name, source, dim, inputs, forward, adjoint))


_add(
    "arithmetic",
    "fused_multiply",
    kernel("fused_multiply", f"a: {A}, b: {A}, c: float, out: {A}", "i = wp.tid()\nout[i] = a[i] * b[i] + c / b[i]"),
    (N,),
    lambda s: {
        "a": floats(s, N),
        "b": floats(s, N, low=0.5),
        "c": np.float32(1.5),
        "out": empty(N),
    },
    lambda v: {"out": v["a"] * v["b"] + v["c"] / v["b"]},
    lambda v, g: {"a": g["out"] * v["b"], "b": g["out"] * (v["a"] - v["c"] / v["b"] ** 2)},
)
_add(
    "arithmetic",
    "integer_division",
    kernel(
        "integer_division",
        "a: wp.array(dtype=int), b: wp.array(dtype=int), out: wp.array2d(dtype=int)",
        "i = wp.tid()\nout[i, 0] = a[i] / b[i]\nout[i, 1] = a[i] % b[i]\nout[i, 2] = a[i] // b[i]\n"
        "out[i, 3] = a[i] * 65537",
    ),
    (N,),
    lambda s: {
        "a": np.arange(-8, 8, dtype=np.int32) * 104729,
        "b": np.array([3, -3, 7, -7] * 4, np.int32),
        "out": np.zeros((N, 4), np.int32),
    },
    lambda v: {
        "out": np.stack(
            [
                np.trunc(v["a"] / v["b"].astype(float)).astype(np.int32),
                np.fmod(v["a"], v["b"]),
                np.floor(v["a"] / v["b"].astype(float)).astype(np.int32),
                (v["a"].astype(np.int64) * 65537).astype(np.int32),
            ],
            axis=1,
        )
    },
)
_add(
    "vector",
    "reflect",
    kernel(
        "reflect",
        "v: wp.array(dtype=wp.vec3), n: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3)",
        "i = wp.tid()\nout[i] = v[i] - 2.0 * wp.dot(v[i], n[i]) * n[i]",
    ),
    (N,),
    lambda s: {"v": floats(s, N, 3), "n": floats(s, N, 3), "out": empty(N, 3)},
    lambda v: {"out": v["v"] - 2 * (v["v"] * v["n"]).sum(1, keepdims=True) * v["n"]},
    lambda v, g: {
        "v": g["out"] - 2 * (g["out"] * v["n"]).sum(1, keepdims=True) * v["n"],
        "n": -2
        * ((g["out"] * v["n"]).sum(1, keepdims=True) * v["v"] + (v["v"] * v["n"]).sum(1, keepdims=True) * g["out"]),
    },
)
_add(
    "vector",
    "cross_and_length",
    kernel(
        "cross_and_length",
        f"a: wp.array(dtype=wp.vec3), b: wp.array(dtype=wp.vec3), out: {A}",
        "i = wp.tid()\nc = wp.cross(a[i], b[i])\nout[i] = c[0] * c.z + wp.length(a[i]) * 0.5",
    ),
    (N,),
    lambda s: {"a": floats(s, N, 3), "b": floats(s, N, 3), "out": empty(N)},
    lambda v: {
        "out": np.cross(v["a"], v["b"])[:, 0] * np.cross(v["a"], v["b"])[:, 2] + 0.5 * np.linalg.norm(v["a"], axis=1)
    },
    lambda v, g: _cross_adjoint(v, g["out"]),
)


def _cross_adjoint(v: Values, seed: Data) -> dict[str, Data]:
    a, b = v["a"].astype(float), v["b"].astype(float)
    c = np.cross(a, b)
    weight = np.zeros_like(c)
    weight[:, 0], weight[:, 2] = c[:, 2], c[:, 0]
    weight *= seed[:, None]
    length = np.linalg.norm(a, axis=1, keepdims=True)
    return {"a": np.cross(b, weight) + 0.5 * seed[:, None] * a / length, "b": np.cross(weight, a)}


_add(
    "matrix",
    "quadratic_form",
    kernel(
        "quadratic_form",
        f"m: wp.array(dtype=wp.mat22), x: wp.array(dtype=wp.vec2), out: {A}",
        "i = wp.tid()\nout[i] = wp.dot(x[i], m[i] * x[i]) + wp.determinant(m[i])",
    ),
    (N,),
    lambda s: {"m": floats(s, N, 2, 2), "x": floats(s, N, 2), "out": empty(N)},
    lambda v: {"out": np.einsum("ni,nij,nj->n", v["x"], v["m"], v["x"]) + np.linalg.det(v["m"].astype(float))},
    lambda v, g: {
        "m": g["out"][:, None, None] * (v["x"][:, :, None] * v["x"][:, None, :] + _cofactor(v["m"])),
        "x": g["out"][:, None] * np.einsum("nij,nj->ni", v["m"] + v["m"].swapaxes(1, 2), v["x"]),
    },
)


def _cofactor(m: Data) -> Data:
    """Derivative of the determinant of 2 by 2 matrices."""
    return np.stack([np.stack([m[:, 1, 1], -m[:, 1, 0]], 1), np.stack([-m[:, 0, 1], m[:, 0, 0]], 1)], 1)


_add(
    "matrix",
    "product_of_three",
    kernel(
        "product_of_three",
        "a: wp.array(dtype=wp.mat33), b: wp.array(dtype=wp.mat33), out: wp.array(dtype=wp.mat33)",
        "i = wp.tid()\nout[i] = wp.transpose(a[i]) @ b[i] * 0.5 - wp.identity(n=3, dtype=float) * wp.trace(a[i])",
    ),
    (N,),
    lambda s: {"a": floats(s, N, 3, 3), "b": floats(s, N, 3, 3), "out": empty(N, 3, 3)},
    lambda v: {
        "out": 0.5 * v["a"].swapaxes(1, 2) @ v["b"] - np.eye(3) * np.trace(v["a"], axis1=1, axis2=2)[:, None, None]
    },
    lambda v, g: {
        "a": 0.5 * v["b"] @ g["out"].swapaxes(1, 2) - np.eye(3) * np.trace(g["out"], axis1=1, axis2=2)[:, None, None],
        "b": 0.5 * v["a"] @ g["out"],
    },
)
_add(
    "control_flow",
    "piecewise",
    kernel(
        "piecewise",
        f"x: {A}, n: int, out: {A}",
        "i = wp.tid()\nif i >= n:\n    return\nv = x[i]\nif v > 0.5:\n    v = v * v\nelif v < -0.5 and i > 2:\n"
        "    v = -3.0 * v\nelse:\n    v = 0.25 if v > 0.0 else v * 2.0\nout[i] = v",
    ),
    (N,),
    lambda s: {"x": floats(s, N), "n": np.int32(N - 3), "out": np.full(N, -5.0, np.float32)},
    lambda v: {"out": np.where(np.arange(N) < v["n"], _pieces(v["x"])[0], -5.0)},
    lambda v, g: {"x": np.where(np.arange(N) < v["n"], _pieces(v["x"])[1] * g["out"], 0.0)},
)


def _pieces(x: Data) -> tuple[Data, Data]:
    """Values and slopes of `piecewise`."""
    low = (x < -0.5) & (np.arange(len(x)) > 2)
    conditions = [x > 0.5, low, x > 0.0]
    return np.select(conditions, [x * x, -3 * x, 0.25 + 0 * x], 2 * x), np.select(
        conditions, [2 * x, -3 + 0 * x, 0 * x], 2.0
    )


_add(
    "loops",
    "unrolled_polynomial",
    kernel(
        "unrolled_polynomial",
        f"x: {A}, c: {A}, out: {A}",
        "i = wp.tid()\ntotal = float(0.0)\npower = float(1.0)\nfor k in range(4):\n    total += c[k] * power\n"
        "    power *= x[i]\nout[i] = total",
    ),
    (N,),
    lambda s: {"x": floats(s, N), "c": floats(s, 4), "out": empty(N)},
    lambda v: {"out": sum(v["c"][k] * v["x"] ** k for k in range(4))},
    lambda v, g: {
        "x": g["out"] * sum(k * v["c"][k] * v["x"] ** (k - 1) for k in range(1, 4)),
        "c": np.array([(g["out"] * v["x"] ** k).sum() for k in range(4)]),
    },
)
_add(
    "loops",
    "row_sums_with_breaks",
    kernel(
        "row_sums_with_breaks",
        f"m: wp.array2d(dtype=float), stop: wp.array(dtype=int), out: {A}",
        "i = wp.tid()\ntotal = float(0.0)\nj = int(0)\nwhile True:\n    if j >= stop[i]:\n        break\n    j += 1\n"
        "    if j == 2:\n        continue\n    total += m[i, j - 1]\nfor k in range(m.shape[1] - 1, -1, -2):\n"
        "    total -= m[i, k] * 0.5\nout[i] = total",
    ),
    (8,),
    lambda s: {"m": floats(s, 8, 6), "stop": np.arange(8, dtype=np.int32) % 7, "out": empty(8)},
    lambda v: {"out": (v["m"] * _row_weights(v)).sum(1)},
    lambda v, g: {"m": g["out"][:, None] * _row_weights(v)},
)


def _row_weights(v: Values) -> Data:
    columns = np.arange(6)[None, :]
    summed = (columns < v["stop"][:, None]) & (columns != 1)
    return np.asarray(summed.astype(float) - 0.5 * (columns % 2 == 1))


_add(
    "math",
    "transcendental",
    kernel(
        "transcendental",
        f"x: {A}, y: {A}, out: {A}",
        "i = wp.tid()\nout[i] = wp.sin(x[i]) * wp.exp(-y[i]) + wp.log(y[i]) + wp.tanh(x[i]) + wp.sqrt(y[i])"
        " + wp.pow(y[i], 1.5) + wp.atan2(x[i], y[i])",
    ),
    (N,),
    lambda s: {"x": floats(s, N), "y": floats(s, N, low=0.5), "out": empty(N)},
    lambda v: {
        "out": np.sin(v["x"]) * np.exp(-v["y"])
        + np.log(v["y"])
        + np.tanh(v["x"])
        + np.sqrt(v["y"])
        + v["y"] ** 1.5
        + np.arctan2(v["x"], v["y"])
    },
    lambda v, g: {
        "x": g["out"]
        * (np.cos(v["x"]) * np.exp(-v["y"]) + 1 - np.tanh(v["x"]) ** 2 + v["y"] / (v["x"] ** 2 + v["y"] ** 2)),
        "y": g["out"]
        * (
            -np.sin(v["x"]) * np.exp(-v["y"])
            + 1 / v["y"]
            + 0.5 / np.sqrt(v["y"])
            + 1.5 * np.sqrt(v["y"])
            - v["x"] / (v["x"] ** 2 + v["y"] ** 2)
        ),
    },
)
_add(
    "math",
    "roundings",
    kernel(
        "roundings",
        "x: wp.array(dtype=float), out: wp.array2d(dtype=float)",
        "i = wp.tid()\nout[i, 0] = wp.floor(x[i])\nout[i, 1] = wp.round(x[i])\nout[i, 2] = wp.rint(x[i])\n"
        "out[i, 3] = wp.sign(x[i])\nout[i, 4] = x[i] % 0.75\nout[i, 5] = wp.step(x[i])",
    ),
    (9,),
    lambda s: {"x": np.array([-2.5, -1.5, -0.5, -0.25, 0.0, 0.5, 1.5, 2.25, 2.5], np.float32), "out": empty(9, 6)},
    lambda v: {
        "out": np.stack(
            [
                np.floor(v["x"]),
                np.sign(v["x"]) * np.floor(np.abs(v["x"]) + 0.5),
                np.rint(v["x"]),
                np.where(v["x"] < 0, -1.0, 1.0),
                np.fmod(v["x"], 0.75),
                (v["x"] < 0).astype(float),
            ],
            axis=1,
        )
    },
)
_add(
    "atomic",
    "histogram",
    kernel(
        "histogram",
        f"x: {A}, bins: wp.array(dtype=int), total: {A}, low: {A}, counts: wp.array(dtype=int)",
        "i = wp.tid()\nb = bins[i]\nwp.atomic_add(total, b, x[i] * x[i])\nwp.atomic_min(low, b, x[i])\n"
        "wp.atomic_add(counts, b, 1)",
    ),
    (N,),
    lambda s: {
        "x": floats(s, N),
        "bins": np.arange(N, dtype=np.int32) % 4,
        "total": empty(4),
        "low": np.full(4, 9.0, np.float32),
        "counts": np.zeros(4, np.int32),
    },
    lambda v: {
        "total": np.array([(v["x"][v["bins"] == b] ** 2).sum() for b in range(4)]),
        "low": np.array([v["x"][v["bins"] == b].min() for b in range(4)]),
        "counts": np.full(4, N // 4, np.int32),
    },
    lambda v, g: {
        "x": 2 * v["x"] * g["total"][v["bins"]]
        + g["low"][v["bins"]] * (v["x"] == np.array([v["x"][v["bins"] == b].min() for b in range(4)])[v["bins"]])
    },
)
_add(
    "integer",
    "mixing_bits",
    kernel(
        "mixing_bits",
        "x: wp.array(dtype=wp.uint32), out: wp.array(dtype=wp.uint32)",
        "i = wp.tid()\nh = x[i]\nh = h ^ (h >> wp.uint32(16))\nh = h * wp.uint32(0x7feb352d)\n"
        "h = (h << wp.uint32(5)) | (h >> wp.uint32(27))\nout[i] = h & ~wp.uint32(15)",
    ),
    (N,),
    lambda s: {
        "x": (s.random(N) * 2**32).astype(np.uint32),
        "out": np.zeros(N, np.uint32),
    },
    lambda v: {"out": _mixed(v["x"].astype(object))},
)


def _mixed(x: Data) -> Data:
    h = x ^ (x >> 16)
    h = (h * 0x7FEB352D) % 2**32
    h = ((h << 5) % 2**32) | (h >> 27)
    return np.asarray(h - h % 16, np.uint32)


_add(
    "function",
    "overloaded_functions",
    kernel(
        "overloaded_functions",
        f"x: {A}, k: int, out: {A}",
        "i = wp.tid()\na, b = split(x[i])\nout[i] = a * twice(b) + float(twice(k))",
        "\n@wp.func\ndef twice(x: float):\n    return 2.0 * x\n\n@wp.func\ndef twice(x: int):\n    return 2 * x\n\n"
        "@wp.func\ndef split(x: float):\n    return wp.sin(x), x * x\n",
    ),
    (N,),
    lambda s: {"x": floats(s, N), "k": np.int32(3), "out": empty(N)},
    lambda v: {"out": 2 * np.sin(v["x"]) * v["x"] ** 2 + 6},
    lambda v, g: {"x": g["out"] * (2 * np.cos(v["x"]) * v["x"] ** 2 + 4 * np.sin(v["x"]) * v["x"])},
)
_add(
    "struct",
    "particle_step",
    kernel(
        "particle_step",
        "x: wp.array(dtype=wp.vec3), v: wp.array(dtype=wp.vec3), world: World, out: wp.array(dtype=wp.vec3)",
        "i = wp.tid()\nout[i] = x[i] + (v[i] + world.gravity * world.dt) * world.dt",
        "\n@wp.struct\nclass World:\n    gravity: wp.vec3\n    dt: float\n",
    ),
    (N,),
    lambda s: {
        "x": floats(s, N, 3),
        "v": floats(s, N, 3),
        "world": {"gravity": np.array([0, -9.81, 0], np.float32), "dt": np.float32(0.1)},
        "out": empty(N, 3),
    },
    lambda v: {"out": v["x"] + 0.1 * v["v"] + 0.01 * np.array([0, -9.81, 0])},
    lambda v, g: {"x": g["out"], "v": 0.1 * g["out"]},
)
_add(
    "quaternion",
    "rotate_and_carry",
    kernel(
        "rotate_and_carry",
        "angle: wp.array(dtype=float), p: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3)",
        "i = wp.tid()\nq = wp.quat_from_axis_angle(wp.vec3(0.0, 0.0, 1.0), angle[i])\n"
        "t = wp.transform(wp.vec3(1.0, 2.0, 3.0), q)\nout[i] = wp.transform_point(t, p[i])",
    ),
    (N,),
    lambda s: {"angle": floats(s, N), "p": floats(s, N, 3), "out": empty(N, 3)},
    lambda v: {"out": np.einsum("nij,nj->ni", _turns(v["angle"])[0], v["p"]) + np.array([1.0, 2.0, 3.0])},
    lambda v, g: {
        "p": np.einsum("nji,nj->ni", _turns(v["angle"])[0], g["out"]),
        "angle": np.einsum("ni,nij,nj->n", g["out"], _turns(v["angle"])[1], v["p"]),
    },
)


def _turns(angle: Data) -> tuple[Data, Data]:
    """Rotations about z, and their derivatives by the angle."""
    c, s, zero, one = np.cos(angle), np.sin(angle), np.zeros(len(angle)), np.ones(len(angle))
    turn = np.stack([np.stack([c, -s, zero], 1), np.stack([s, c, zero], 1), np.stack([zero, zero, one], 1)], 1)
    slope = np.stack([np.stack([-s, -c, zero], 1), np.stack([c, -s, zero], 1), np.stack([zero] * 3, 1)], 1)
    return turn, slope


_add(
    "random",
    "hash_of_the_seed",
    kernel(
        "hash_of_the_seed",
        "seed: int, out: wp.array(dtype=wp.uint32), unit: wp.array(dtype=float)",
        "i = wp.tid()\nstate = wp.rand_init(seed, i)\nout[i] = wp.randu(state)\nunit[i] = wp.randf(state)",
    ),
    (N,),
    lambda s: {"seed": np.int32(42), "out": np.zeros(N, np.uint32), "unit": empty(N)},
    lambda v: _hashed(int(v["seed"])),
)


def _hash(x: Data) -> Data:
    """The 32-bit PCG permutation, on Python integers."""
    b = (x * 747796405 + 2891336453) % 2**32
    c = ((b >> ((b >> 28) + 4)) ^ b) * 277803737 % 2**32
    return np.asarray((c >> 22) ^ c)


def _hashed(seed: int) -> dict[str, Data]:
    state = _hash((seed + _hash(np.arange(N).astype(object))) % 2**32)
    first = _hash(state)
    return {"out": first.astype(np.uint32), "unit": (_hash(first) >> 8).astype(np.float64) / 2**24}


_add(
    "stencil",
    "laplacian",
    kernel(
        "laplacian",
        "u: wp.array2d(dtype=float), out: wp.array2d(dtype=float)",
        "i, j = wp.tid()\nif i == 0 or j == 0 or i == u.shape[0] - 1 or j == u.shape[1] - 1:\n    return\n"
        "out[i, j] = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]",
    ),
    (6, 7),
    lambda s: {"u": floats(s, 6, 7), "out": empty(6, 7)},
    lambda v: {"out": _laplacian(v["u"])},
    lambda v, g: {"u": _laplacian_adjoint(g["out"])},
)


def _laplacian(u: Data) -> Data:
    out = np.zeros_like(u)
    out[1:-1, 1:-1] = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
    return out


def _laplacian_adjoint(seed: Data) -> Data:
    inner = np.zeros_like(seed)
    inner[1:-1, 1:-1] = seed[1:-1, 1:-1]
    total = -4 * inner
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        total += np.roll(inner, step, axis)
    return total


_add(
    "reduction",
    "sum_of_squares",
    kernel(
        "sum_of_squares",
        f"x: {A}, rows: wp.array(dtype=int), out: {A}",
        "i = wp.tid()\ntotal = float(0.0)\nfor k in range(rows[i], rows[i + 1]):\n    total += x[k] * x[k]\n"
        "out[i] = total",
    ),
    (4,),
    lambda s: {"x": floats(s, N), "rows": np.array([0, 3, 3, 10, 16], np.int32), "out": empty(4)},
    lambda v: {"out": np.array([(v["x"][a:b] ** 2).sum() for a, b in zip(v["rows"][:-1], v["rows"][1:], strict=True)])},
    lambda v, g: {"x": 2 * v["x"] * np.repeat(g["out"], np.diff(v["rows"]))},
)
_add(
    "tile",
    "tile_row_sums",
    kernel(
        "tile_row_sums",
        f"m: wp.array2d(dtype=float), out: {A}",
        "i = wp.tid()\nrow = wp.tile_load(m[i], shape=8)\nwp.tile_store(out, wp.tile_sum(row * row), offset=i)",
    ),
    (5,),
    lambda s: {"m": floats(s, 5, 8), "out": empty(5)},
    lambda v: {"out": (v["m"] ** 2).sum(1)},
    lambda v, g: {"m": 2 * v["m"] * g["out"][:, None]},
)
