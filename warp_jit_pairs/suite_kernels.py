"""The kernels of the validation suite, each with its answers written out in NumPy.

The answers use neither the reference nor Warp: forward results from formulas over whole arrays, gradients derived by
hand. Running and comparing is left to `suite.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Data = np.ndarray[Any, Any]
Values = Mapping[str, Data]


@dataclass(frozen=True, slots=True)
class Check:
    """A kernel and what it must give.

    `forward` maps inputs to outputs; `adjoint` maps inputs and the outputs' gradients to the inputs' gradients, and is
    None where nothing is differentiable.
    """

    kind: str
    name: str
    source: str
    dim: tuple[int, ...]
    inputs: Callable[[np.random.Generator], dict[str, Data]]
    forward: Callable[[Values], dict[str, Data]]
    adjoint: Callable[[Values, Values], dict[str, Data]] | None = None


def _floats(stream: np.random.Generator, *shape: int, low: float = -2.0, high: float = 2.0) -> Data:
    return (low + (high - low) * stream.random(shape)).astype(np.float32)


def _kernel(name: str, arguments: str, body: str, before: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"import warp as wp\n{before}\n\n@wp.kernel\ndef {name}({arguments}):\n{lines}\n"


A = "wp.array(dtype=float)"
N = 16


def _empty(*shape: int) -> Data:
    return np.zeros(shape, np.float32)


CHECKS: list[Check] = []


def _add(
    kind: str, name: str, source: str, dim: tuple[int, ...], inputs: Any, forward: Any, adjoint: Any = None
) -> None:
    CHECKS.append(Check(kind, name, source, dim, inputs, forward, adjoint))


_add(
    "arithmetic",
    "fused_multiply",
    _kernel("fused_multiply", f"a: {A}, b: {A}, c: float, out: {A}", "i = wp.tid()\nout[i] = a[i] * b[i] + c / b[i]"),
    (N,),
    lambda s: {
        "a": _floats(s, N),
        "b": _floats(s, N, low=0.5),
        "c": np.float32(1.5),
        "out": _empty(N),
    },
    lambda v: {"out": v["a"] * v["b"] + v["c"] / v["b"]},
    lambda v, g: {"a": g["out"] * v["b"], "b": g["out"] * (v["a"] - v["c"] / v["b"] ** 2)},
)
_add(
    "arithmetic",
    "integer_division",
    _kernel(
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
    _kernel(
        "reflect",
        "v: wp.array(dtype=wp.vec3), n: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3)",
        "i = wp.tid()\nout[i] = v[i] - 2.0 * wp.dot(v[i], n[i]) * n[i]",
    ),
    (N,),
    lambda s: {"v": _floats(s, N, 3), "n": _floats(s, N, 3), "out": _empty(N, 3)},
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
    _kernel(
        "cross_and_length",
        f"a: wp.array(dtype=wp.vec3), b: wp.array(dtype=wp.vec3), out: {A}",
        "i = wp.tid()\nc = wp.cross(a[i], b[i])\nout[i] = c[0] * c.z + wp.length(a[i]) * 0.5",
    ),
    (N,),
    lambda s: {"a": _floats(s, N, 3), "b": _floats(s, N, 3), "out": _empty(N)},
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
    _kernel(
        "quadratic_form",
        f"m: wp.array(dtype=wp.mat22), x: wp.array(dtype=wp.vec2), out: {A}",
        "i = wp.tid()\nout[i] = wp.dot(x[i], m[i] * x[i]) + wp.determinant(m[i])",
    ),
    (N,),
    lambda s: {"m": _floats(s, N, 2, 2), "x": _floats(s, N, 2), "out": _empty(N)},
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
    _kernel(
        "product_of_three",
        "a: wp.array(dtype=wp.mat33), b: wp.array(dtype=wp.mat33), out: wp.array(dtype=wp.mat33)",
        "i = wp.tid()\nout[i] = wp.transpose(a[i]) @ b[i] * 0.5 - wp.identity(n=3, dtype=float) * wp.trace(a[i])",
    ),
    (N,),
    lambda s: {"a": _floats(s, N, 3, 3), "b": _floats(s, N, 3, 3), "out": _empty(N, 3, 3)},
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
    _kernel(
        "piecewise",
        f"x: {A}, n: int, out: {A}",
        "i = wp.tid()\nif i >= n:\n    return\nv = x[i]\nif v > 0.5:\n    v = v * v\nelif v < -0.5 and i > 2:\n"
        "    v = -3.0 * v\nelse:\n    v = 0.25 if v > 0.0 else v * 2.0\nout[i] = v",
    ),
    (N,),
    lambda s: {"x": _floats(s, N), "n": np.int32(N - 3), "out": np.full(N, -5.0, np.float32)},
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
    _kernel(
        "unrolled_polynomial",
        f"x: {A}, c: {A}, out: {A}",
        "i = wp.tid()\ntotal = float(0.0)\npower = float(1.0)\nfor k in range(4):\n    total += c[k] * power\n"
        "    power *= x[i]\nout[i] = total",
    ),
    (N,),
    lambda s: {"x": _floats(s, N), "c": _floats(s, 4), "out": _empty(N)},
    lambda v: {"out": sum(v["c"][k] * v["x"] ** k for k in range(4))},
    lambda v, g: {
        "x": g["out"] * sum(k * v["c"][k] * v["x"] ** (k - 1) for k in range(1, 4)),
        "c": np.array([(g["out"] * v["x"] ** k).sum() for k in range(4)]),
    },
)
_add(
    "loops",
    "row_sums_with_breaks",
    _kernel(
        "row_sums_with_breaks",
        f"m: wp.array2d(dtype=float), stop: wp.array(dtype=int), out: {A}",
        "i = wp.tid()\ntotal = float(0.0)\nj = int(0)\nwhile True:\n    if j >= stop[i]:\n        break\n    j += 1\n"
        "    if j == 2:\n        continue\n    total += m[i, j - 1]\nfor k in range(m.shape[1] - 1, -1, -2):\n"
        "    total -= m[i, k] * 0.5\nout[i] = total",
    ),
    (8,),
    lambda s: {"m": _floats(s, 8, 6), "stop": np.arange(8, dtype=np.int32) % 7, "out": _empty(8)},
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
    _kernel(
        "transcendental",
        f"x: {A}, y: {A}, out: {A}",
        "i = wp.tid()\nout[i] = wp.sin(x[i]) * wp.exp(-y[i]) + wp.log(y[i]) + wp.tanh(x[i]) + wp.sqrt(y[i])"
        " + wp.pow(y[i], 1.5) + wp.atan2(x[i], y[i])",
    ),
    (N,),
    lambda s: {"x": _floats(s, N), "y": _floats(s, N, low=0.5), "out": _empty(N)},
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
    _kernel(
        "roundings",
        "x: wp.array(dtype=float), out: wp.array2d(dtype=float)",
        "i = wp.tid()\nout[i, 0] = wp.floor(x[i])\nout[i, 1] = wp.round(x[i])\nout[i, 2] = wp.rint(x[i])\n"
        "out[i, 3] = wp.sign(x[i])\nout[i, 4] = x[i] % 0.75\nout[i, 5] = wp.step(x[i])",
    ),
    (9,),
    lambda s: {"x": np.array([-2.5, -1.5, -0.5, -0.25, 0.0, 0.5, 1.5, 2.25, 2.5], np.float32), "out": _empty(9, 6)},
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
    _kernel(
        "histogram",
        f"x: {A}, bins: wp.array(dtype=int), total: {A}, low: {A}, counts: wp.array(dtype=int)",
        "i = wp.tid()\nb = bins[i]\nwp.atomic_add(total, b, x[i] * x[i])\nwp.atomic_min(low, b, x[i])\n"
        "wp.atomic_add(counts, b, 1)",
    ),
    (N,),
    lambda s: {
        "x": _floats(s, N),
        "bins": np.arange(N, dtype=np.int32) % 4,
        "total": _empty(4),
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
    _kernel(
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
    _kernel(
        "overloaded_functions",
        f"x: {A}, k: int, out: {A}",
        "i = wp.tid()\na, b = split(x[i])\nout[i] = a * twice(b) + float(twice(k))",
        "\n@wp.func\ndef twice(x: float):\n    return 2.0 * x\n\n@wp.func\ndef twice(x: int):\n    return 2 * x\n\n"
        "@wp.func\ndef split(x: float):\n    return wp.sin(x), x * x\n",
    ),
    (N,),
    lambda s: {"x": _floats(s, N), "k": np.int32(3), "out": _empty(N)},
    lambda v: {"out": 2 * np.sin(v["x"]) * v["x"] ** 2 + 6},
    lambda v, g: {"x": g["out"] * (2 * np.cos(v["x"]) * v["x"] ** 2 + 4 * np.sin(v["x"]) * v["x"])},
)
_add(
    "struct",
    "particle_step",
    _kernel(
        "particle_step",
        "x: wp.array(dtype=wp.vec3), v: wp.array(dtype=wp.vec3), world: World, out: wp.array(dtype=wp.vec3)",
        "i = wp.tid()\nout[i] = x[i] + (v[i] + world.gravity * world.dt) * world.dt",
        "\n@wp.struct\nclass World:\n    gravity: wp.vec3\n    dt: float\n",
    ),
    (N,),
    lambda s: {
        "x": _floats(s, N, 3),
        "v": _floats(s, N, 3),
        "world": {"gravity": np.array([0, -9.81, 0], np.float32), "dt": np.float32(0.1)},
        "out": _empty(N, 3),
    },
    lambda v: {"out": v["x"] + 0.1 * v["v"] + 0.01 * np.array([0, -9.81, 0])},
    lambda v, g: {"x": g["out"], "v": 0.1 * g["out"]},
)
_add(
    "quaternion",
    "rotate_and_carry",
    _kernel(
        "rotate_and_carry",
        "angle: wp.array(dtype=float), p: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3)",
        "i = wp.tid()\nq = wp.quat_from_axis_angle(wp.vec3(0.0, 0.0, 1.0), angle[i])\n"
        "t = wp.transform(wp.vec3(1.0, 2.0, 3.0), q)\nout[i] = wp.transform_point(t, p[i])",
    ),
    (N,),
    lambda s: {"angle": _floats(s, N), "p": _floats(s, N, 3), "out": _empty(N, 3)},
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
    _kernel(
        "hash_of_the_seed",
        "seed: int, out: wp.array(dtype=wp.uint32), unit: wp.array(dtype=float)",
        "i = wp.tid()\nstate = wp.rand_init(seed, i)\nout[i] = wp.randu(state)\nunit[i] = wp.randf(state)",
    ),
    (N,),
    lambda s: {"seed": np.int32(42), "out": np.zeros(N, np.uint32), "unit": _empty(N)},
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
    _kernel(
        "laplacian",
        "u: wp.array2d(dtype=float), out: wp.array2d(dtype=float)",
        "i, j = wp.tid()\nif i == 0 or j == 0 or i == u.shape[0] - 1 or j == u.shape[1] - 1:\n    return\n"
        "out[i, j] = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]",
    ),
    (6, 7),
    lambda s: {"u": _floats(s, 6, 7), "out": _empty(6, 7)},
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
    _kernel(
        "sum_of_squares",
        f"x: {A}, rows: wp.array(dtype=int), out: {A}",
        "i = wp.tid()\ntotal = float(0.0)\nfor k in range(rows[i], rows[i + 1]):\n    total += x[k] * x[k]\n"
        "out[i] = total",
    ),
    (4,),
    lambda s: {"x": _floats(s, N), "rows": np.array([0, 3, 3, 10, 16], np.int32), "out": _empty(4)},
    lambda v: {"out": np.array([(v["x"][a:b] ** 2).sum() for a, b in zip(v["rows"][:-1], v["rows"][1:], strict=True)])},
    lambda v, g: {"x": 2 * v["x"] * np.repeat(g["out"], np.diff(v["rows"]))},
)
_add(
    "tile",
    "tile_row_sums",
    _kernel(
        "tile_row_sums",
        f"m: wp.array2d(dtype=float), out: {A}",
        "i = wp.tid()\nrow = wp.tile_load(m[i], shape=8)\nwp.tile_store(out, wp.tile_sum(row * row), offset=i)",
    ),
    (5,),
    lambda s: {"m": _floats(s, 5, 8), "out": _empty(5)},
    lambda v: {"out": (v["m"] ** 2).sum(1)},
    lambda v, g: {"m": 2 * v["m"] * g["out"][:, None]},
)


# -- geometry: objects whose queries have answers in closed form

POINTS = "wp.array(dtype=wp.vec3)"
COUNTS = "wp.array(dtype=int)"


def _cube(grouped: bool = True) -> dict[str, Data]:
    """The cube [-1, 1]^3 with outward faces, moving as it would when growing."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in sides for face in ((a, b, c), (a, c, d))]
    return {
        "points": corners,
        "indices": np.array(faces, np.int32).ravel(),
        "velocities": 2 * corners,
        "groups": np.arange(12 if grouped else 0, dtype=np.int32) % 2,
    }


def _cube_distance(p: Data) -> tuple[Data, Data]:
    """Signed distance to the cube and its gradient."""
    away = np.abs(p) - 1
    outside = np.maximum(away, 0)
    length = np.sqrt((outside**2).sum(1))
    nearest = np.eye(3)[away.argmax(1)]
    inside = length == 0
    slope = np.where(inside[:, None], nearest, outside / np.where(inside, 1, length)[:, None])
    return np.where(inside, away.max(1), length), slope * np.sign(p)


def _cube_entry(v: Values) -> tuple[Data, Data, Data]:
    """Where rays towards the cube first meet it: parameter, axis, and the side's sign."""
    start, direction = v["start"].astype(float), v["dir"].astype(float)
    near = np.minimum((-1 - start) / direction, (1 - start) / direction)
    axis = near.argmax(1)
    rows = np.arange(len(axis))
    return near[rows, axis], axis, -np.sign(direction[rows, axis])


def _rays(s: np.random.Generator) -> dict[str, Data]:
    """Rays from outside through the middle of the cube, so that each hits."""
    start = _floats(s, N, 3, low=2.0, high=4.0) * np.where(s.random((N, 3)) < 0.5, -1, 1).astype(np.float32)
    target = _floats(s, N, 3, low=-0.4, high=0.4)
    toward = target - start
    return {"start": start, "dir": toward / np.sqrt((toward**2).sum(1, keepdims=True))}


def _entry_adjoint(v: Values, g: Values) -> dict[str, Data]:
    t, axis, _ = _cube_entry(v)
    pick = np.eye(3)[axis] * (g["out"] / v["dir"][np.arange(N), axis])[:, None]
    return {"start": -pick, "dir": -pick * t[:, None]}


def _around(s: np.random.Generator) -> Data:
    """Points in and about the cube, none so near a side that rounding decides where it lies."""
    size = s.random((N, 3))
    size = np.where(size < 0.5, 1.9 * size, 1.05 + 1.9 * (size - 0.5))
    return (np.where(s.random((N, 3)) < 0.5, -size, size)).astype(np.float32)


_add(
    "geometry",
    "distance_to_a_cube",
    _kernel(
        "distance_to_a_cube",
        f"mesh: wp.uint64, p: {POINTS}, out: {A}, signs: {POINTS}",
        "i = wp.tid()\nq = wp.mesh_query_point(mesh, p[i], 10.0)\nif q.result:\n"
        "    c = wp.mesh_eval_position(mesh, q.face, q.u, q.v)\n    out[i] = q.sign * wp.length(p[i] - c)\n"
        "signs[i] = wp.vec3(wp.mesh_query_point_sign_parity(mesh, p[i], 10.0).sign,\n"
        "    wp.mesh_query_point_sign_normal(mesh, p[i], 10.0).sign,\n"
        "    wp.mesh_query_point_sign_winding_number(mesh, p[i], 10.0).sign)",
    ),
    (N,),
    lambda s: {"mesh": _cube(grouped=False), "p": _around(s), "out": _empty(N), "signs": _empty(N, 3)},
    lambda v: {
        "out": _cube_distance(v["p"])[0],
        "signs": np.tile(np.where((np.abs(v["p"]) < 1).all(1), -1.0, 1.0)[:, None], (1, 3)),
    },
    lambda v, g: {"p": _cube_distance(v["p"])[1] * g["out"][:, None]},
)
_add(
    "geometry",
    "furthest_corner_of_a_cube",
    _kernel(
        "furthest_corner_of_a_cube",
        f"mesh: wp.uint64, p: {POINTS}, out: {A}, v: {POINTS}",
        "i = wp.tid()\nq = wp.mesh_query_furthest_point_no_sign(mesh, p[i], 0.0)\n"
        "out[i] = wp.length(p[i] - wp.mesh_eval_position(mesh, q.face, q.u, q.v))\n"
        "v[i] = wp.mesh_eval_velocity(mesh, q.face, q.u, q.v)",
    ),
    (N,),
    lambda s: {"mesh": _cube(), "p": _around(s), "out": _empty(N), "v": _empty(N, 3)},
    lambda v: {"out": np.sqrt(((np.abs(v["p"]) + 1) ** 2).sum(1)), "v": -2 * np.sign(v["p"])},
)
_add(
    "geometry",
    "rays_into_a_cube",
    _kernel(
        "rays_into_a_cube",
        f"mesh: wp.uint64, start: {POINTS}, dir: {POINTS}, out: {A}, normal: {POINTS}, count: {COUNTS}",
        "i = wp.tid()\nq = wp.mesh_query_ray(mesh, start[i], dir[i], 100.0)\nif q.result:\n    out[i] = q.t\n"
        "    normal[i] = q.normal\ncount[i] = wp.mesh_query_ray_count_intersections(mesh, start[i], dir[i])",
    ),
    (N,),
    lambda s: {"mesh": _cube(), **_rays(s), "out": _empty(N), "normal": _empty(N, 3), "count": np.zeros(N, np.int32)},
    lambda v: {
        "out": _cube_entry(v)[0],
        "normal": np.eye(3)[_cube_entry(v)[1]] * _cube_entry(v)[2][:, None],
        "count": np.full(N, 2, np.int32),
    },
    lambda v, g: _entry_adjoint(v, g),
)


def _boxes(s: np.random.Generator) -> dict[str, Data]:
    centers, reach = _floats(s, 12, 3), _floats(s, 12, 3, low=0.2, high=0.8)
    return {"lowers": centers - reach, "uppers": centers + reach, "groups": np.arange(12, dtype=np.int32) % 3}


def _box_gaps(v: Values) -> Data:
    """Distance along each axis from each point to each box."""
    tree: Any = v["tree"]
    p = v["p"][:, None]
    return np.asarray(np.maximum(np.maximum(tree["lowers"] - p, p - tree["uppers"]), 0))


_add(
    "geometry",
    "boxes_around_points",
    _kernel(
        "boxes_around_points",
        f"tree: wp.uint64, p: {POINTS}, near: {COUNTS}, ball: {COUNTS}, grouped: {COUNTS}",
        "i = wp.tid()\nr = wp.vec3(0.5, 0.5, 0.5)\nindex = int(0)\n"
        "q = wp.bvh_query_aabb(tree, p[i] - r, p[i] + r)\nwhile wp.bvh_query_next(q, index):\n    near[i] += 1\n"
        "b = wp.bvh_query_sphere(tree, p[i], 0.5)\nwhile wp.bvh_query_next(b, index):\n    ball[i] += 1\n"
        "g = wp.bvh_query_aabb(tree, p[i] - r, p[i] + r, wp.bvh_get_group_root(tree, 1))\n"
        "while wp.bvh_query_next(g, index):\n    grouped[i] += 1",
    ),
    (N,),
    lambda s: {
        "tree": _boxes(s),
        "p": _floats(s, N, 3),
        **{name: np.zeros(N, np.int32) for name in ("near", "ball", "grouped")},
    },
    lambda v: {
        "near": (_box_gaps(v) <= 0.5).all(2).sum(1).astype(np.int32),
        "ball": (np.sqrt((_box_gaps(v) ** 2).sum(2)) <= 0.5).sum(1).astype(np.int32),
        "grouped": (_box_gaps(v)[:, 1::3] <= 0.5).all(2).sum(1).astype(np.int32),
    },
)


def _neighbours(v: Values) -> Data:
    distances = np.sqrt(((v["p"][:, None] - v["p"]) ** 2).sum(2))
    return np.asarray(np.where(distances < 0.6, 0.6 - distances, 0.0).sum(1))


def _crowd(s: np.random.Generator) -> dict[str, Any]:
    points = _floats(s, N, 3, low=-1.0, high=1.0)
    grid = {"points": points, "cells": np.array([4, 8, 4], np.int32), "width": np.array([0.4], np.float32)}
    return {"grid": grid, "p": points, "out": _empty(N)}


_add(
    "geometry",
    "neighbours_in_a_grid",
    _kernel(
        "neighbours_in_a_grid",
        f"grid: wp.uint64, p: {POINTS}, out: {A}",
        "i = wp.hash_grid_point_id(grid, wp.tid())\ntotal = float(0.0)\n"
        "for j in wp.hash_grid_query(grid, p[i], 0.6):\n    d = wp.length(p[i] - p[j])\n    if d < 0.6:\n"
        "        total += 0.6 - d\nout[i] = total",
    ),
    (N,),
    _crowd,
    lambda v: {"out": _neighbours(v)},
)

_SLOPE = np.array([0.5, -0.25, 0.125])
_PLACE = np.array([[0.5, 0.0625, 0.0], [0.0625, 0.4, 0.0], [0.0, 0.0, 0.25]])


def _ramp(s: np.random.Generator) -> dict[str, Any]:
    """A volume whose values rise evenly, so that interpolation is exact, and points within it."""
    cells = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), axis=-1)
    volume = {
        "values": (cells @ _SLOPE).astype(np.float32),
        "background": np.array([9.0], np.float32),
        "transform": _PLACE.astype(np.float32),
        "origin": np.array([-1.0, 0.5, 2.0], np.float32),
    }
    inside = 0.5 + 6 * s.random((N, 3))
    return {
        "volume": volume,
        "p": (inside @ _PLACE.T + volume["origin"]).astype(np.float32),
        "out": _empty(N),
        "slope": _empty(N, 3),
    }


def _indices(v: Values) -> Data:
    volume: Any = v["volume"]
    return np.asarray((v["p"] - volume["origin"]) @ np.linalg.inv(_PLACE).T)


_add(
    "geometry",
    "volume_that_rises_evenly",
    _kernel(
        "volume_that_rises_evenly",
        f"volume: wp.uint64, p: {POINTS}, out: {A}, slope: {POINTS}",
        "i = wp.tid()\nuvw = wp.volume_world_to_index(volume, p[i])\nslope_i = wp.vec3(0.0, 0.0, 0.0)\n"
        "out[i] = wp.volume_sample_grad_f(volume, uvw, wp.Volume.LINEAR, slope_i)\nslope[i] = slope_i",
    ),
    (N,),
    _ramp,
    lambda v: {"out": _indices(v) @ _SLOPE, "slope": np.tile(_SLOPE, (N, 1))},
    lambda v, g: {"p": g["out"][:, None] * (_SLOPE @ np.linalg.inv(_PLACE))},
)


def _picture(s: np.random.Generator) -> dict[str, Any]:
    texels = _floats(s, 1, 4, 5, 1, low=0.0, high=1.0)
    return {
        "picture": {"texels": texels, "modes": np.array([1, 1, 1, 0, 0], np.int32)},
        "uv": _floats(s, N, 2, low=-0.2, high=1.2),
        "out": _empty(N),
    }


def _bilinear(v: Values) -> tuple[Data, Data]:
    """Clamped in u, repeated in v; with the gradient."""
    picture: Any = v["picture"]
    texels = picture["texels"][0, :, :, 0].astype(float)
    x, y = np.clip(v["uv"][:, 0] * 5.0 - 0.5, 0, 4), v["uv"][:, 1] * 4.0 - 0.5
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = x - i, y - j
    corner = [[texels[(j + n) % 4, np.minimum(i + m, 4)] for m in (0, 1)] for n in (0, 1)]
    rows = [corner[n][0] * (1 - a) + corner[n][1] * a for n in (0, 1)]
    along = [corner[n][1] - corner[n][0] for n in (0, 1)]
    moves = (v["uv"][:, 0] * 5.0 - 0.5 > 0) & (v["uv"][:, 0] * 5.0 - 0.5 < 4)
    slope_u = np.where(moves, 5.0 * (along[0] * (1 - b) + along[1] * b), 0.0)
    return rows[0] * (1 - b) + rows[1] * b, np.stack([slope_u, 4.0 * (rows[1] - rows[0])], axis=1)


_add(
    "geometry",
    "picture_between_texels",
    _kernel(
        "picture_between_texels",
        f"picture: wp.Texture2D, uv: wp.array(dtype=wp.vec2), out: {A}",
        "i = wp.tid()\nout[i] = wp.texture_sample(picture, uv[i], dtype=float)",
    ),
    (N,),
    _picture,
    lambda v: {"out": _bilinear(v)[0]},
    lambda v, g: {"uv": _bilinear(v)[1] * g["out"][:, None]},
)


def _in_corner(p: Data) -> Data:
    """Whether points of the plane z = 0 lie in the triangle of that test; its other one cuts the plane between two."""
    return np.asarray((p[:, :2] > 0).all(1) & (p[:, :2].sum(1) < 4))


_add(
    "geometry",
    "triangles_that_meet",
    _kernel(
        "triangles_that_meet",
        f"p: {POINTS}, out: {COUNTS}",
        "i = wp.tid()\na = wp.vec3(0.0, 0.0, 0.0)\nb = wp.vec3(4.0, 0.0, 0.0)\nc = wp.vec3(0.0, 4.0, 0.0)\n"
        "up = wp.vec3(0.1, 0.1, 1.0)\naside = wp.vec3(0.3, 0.1, 2.0)\n"
        "out[i] = wp.intersect_tri_tri(a, b, c, p[i] + up, p[i] - up, p[i] + aside)",
    ),
    (N,),
    lambda s: {
        "p": _floats(s, N, 3, low=-1.0, high=4.0) * np.array([1, 1, 0], np.float32),
        "out": np.zeros(N, np.int32),
    },
    lambda v: {"out": (_in_corner(v["p"]) | _in_corner(v["p"] + [1 / 30, -1 / 30, 0])).astype(np.int32)},
)
