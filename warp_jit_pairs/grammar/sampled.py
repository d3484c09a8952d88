"""Volumes and textures: sampled between their values, looked up, stored into.

A volume holds one kind of value, which the facts of its handle say (`holds`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .queries import VEC3, handle, op, outputs
from .recipes import SINGLE, extra, recipe
from .tree import Expr

FIELDS = "fluids render terrain"


def _mode(k: Kernel) -> Expr:
    name = k.rng.choose(("LINEAR", "LINEAR", "CLOSEST"))
    return tree.Verbatim(t.I32, 0.0, 1.0, f"wp.Volume.{name}")


def _typed(name: str, dtype: str, *arguments: Expr) -> Expr:
    """A call that is told what type to give."""
    gives: t.Type = {"float": t.F32, "wp.vec3": VEC3, "int": t.I32}[dtype]
    return tree.Call(gives, -1e3, 1e3, f"wp.{name}", arguments, (("dtype", tree.Verbatim(t.SHAPE, 0.0, 0.0, dtype)),))


def _gradient(k: Kernel) -> Expr:
    """A vector for a builtin to write a gradient into."""
    name = tree.Name(VEC3, -1e3, 1e3, k.namer.local("gradient"))
    k.add(tree.Assign((name,), k.make(VEC3, 0.0, 0.0, 0.0)))
    return name


# -- at a cell of the grid: one thread a voxel


def _look_up(name: str, holds: str, kind: str, gives: t.Type) -> Callable[[Kernel, list[Expr]], None]:
    def write(k: Kernel, cell: list[Expr]) -> None:
        value = op(name, gives, handle(k, "volume", holds=holds), *cell)
        if gives is t.I32:
            k.output(kind, k.call("max", k.let(kind, value), -1) if k.rng.chance(0.5) else value)
        else:
            k.output(kind, value * k.parameter("scale", 0.1, 2.0, 0.5) if k.rng.chance(0.6) else value)

    return write


def _look_up_any(k: Kernel, cell: list[Expr]) -> None:
    dtype, holds, kind = k.rng.choose(
        (("float", "float32", "density"), ("wp.vec3", "vec3", "velocity"), ("int", "int32", "label"))
    )
    k.output(kind, _typed("volume_lookup", dtype, handle(k, "volume", holds=holds), *cell))


def _store(name: str, holds: str, kind: str, dtype: t.Type) -> Callable[[Kernel, list[Expr]], None]:
    def write(k: Kernel, cell: list[Expr]) -> None:
        volume = handle(k, "volume", holds=holds)
        value = k.load(kind, dtype, 0, 9) if dtype is t.I32 else k.load(kind, dtype)
        if dtype is not t.I32 and k.rng.chance(0.5):
            value = value * k.parameter("scale", 0.1, 2.0, 0.5)
        if k.rng.chance(0.3):
            with k.when(k.load("flag", t.I32, 0, 1).equals(1)):
                k.do(op(name, t.NOTHING, volume, *cell, value))
        else:
            k.do(op(name, t.NOTHING, volume, *cell, value))
        k.shared.differentiable = False

    return write


_AT_CELLS: dict[str, Callable[[Kernel, list[Expr]], None]] = {
    "lookup_f": _look_up("volume_lookup_f", "float32", "density", t.F32),
    "lookup_v": _look_up("volume_lookup_v", "vec3", "vector", VEC3),
    "lookup_i": _look_up("volume_lookup_i", "int32", "label", t.I32),
    "lookup_index": _look_up("volume_lookup_index", "index", "index", t.I32),
    "lookup": _look_up_any,
    "store_f": _store("volume_store_f", "float32", "density", t.F32),
    "store_v": _store("volume_store_v", "vec3", "velocity", VEC3),
    "store_i": _store("volume_store_i", "int32", "label", t.I32),
    "store": _store("volume_store", "float32", "density", t.F32),
}


@recipe("voxels of a volume looked up and stored", "geometry:2.2", FIELDS, "gather", SINGLE)
def volume_cells(k: Kernel) -> None:
    rng = k.rng
    ways = tuple(_AT_CELLS)
    if k.threads or rng.chance(0.3):
        k.start(1)
        k.guard()
        # Two threads may draw the same voxel: it is read, never stored.
        ways = tuple(name for name in ways if not name.startswith("store"))
        places = k.let("index", k.load("coordinate", t.vec(3, t.I32), 0, 3))
        cell = [k.maybe("index", part) for part in k.components(places)]
    else:
        cell = list(k.start(3, plain=True))
    _AT_CELLS[rng.choose(ways)](k, cell)


# -- at a place in space: one thread a point


def _sample_f(k: Kernel, place: Expr, volume: Expr) -> None:
    k.put("density", k.let("density", op("volume_sample_f", t.F32, volume, place, _mode(k))))
    extra(k, "arithmetic math", "r", 0, 2)
    k.output("density", k.bounded(k.latest(t.F32)))


def _sample_v(k: Kernel, place: Expr, volume: Expr) -> None:
    v = k.let("velocity", op("volume_sample_v", VEC3, volume, place, _mode(k)))
    k.output("position", place + v * k.parameter("dt", 0.01, 0.1, 0.05))


def _sample_i(k: Kernel, place: Expr, volume: Expr) -> None:
    k.output("label", op("volume_sample_i", t.I32, volume, place))


def _sample_any(k: Kernel, place: Expr, volume: Expr) -> None:
    k.output("density", _typed("volume_sample", "float", volume, place, _mode(k)))


def _sample_grad(k: Kernel, place: Expr, volume: Expr) -> None:
    """A distance with the direction that it grows in, as collisions with a field want it."""
    rng = k.rng
    grad = _gradient(k)
    if rng.chance(0.5):
        value = op("volume_sample_grad_f", t.F32, volume, place, _mode(k), grad)
    else:
        value = _typed("volume_sample_grad", "float", volume, place, _mode(k), grad)
    d = k.let("distance", value)
    with k.when(d < k.parameter("threshold", 0.0, 0.5, 0.1)):
        turned = op("volume_index_to_world_dir", VEC3, volume, grad)
        n = k.let("normal", turned if rng.chance(0.4) else k.call("normalize", grad))
        k.set(k.array("normal", VEC3, k.launch, "out")[k.threads], n)
    k.output("distance", d)


def _sample_index(k: Kernel, place: Expr, volume: Expr) -> None:
    data = k.array("array", t.F32, (k.dim(64, fixed=True),), low=-1.0, high=1.0)
    if k.rng.chance(0.5):
        k.output("density", op("volume_sample_index", t.F32, volume, place, _mode(k), data, k.lit(0.0)))
        return
    grad = _gradient(k)
    d = op("volume_sample_grad_index", t.F32, volume, place, _mode(k), data, k.lit(0.0), grad)
    outputs(k, ("density", k.let("density", d)), ("gradient", grad))


def _turn(k: Kernel, place: Expr, volume: Expr) -> None:
    name = k.rng.choose(("volume_world_to_index_dir", "volume_index_to_world_dir"))
    k.output("direction", k.call("normalize", op(name, VEC3, volume, place)))


def _nearest(k: Kernel, place: Expr, volume: Expr) -> None:
    """The voxel that a point is in."""
    cell = [k.let("index", k.cast(k.call(k.rng.choose(("floor", "round")), c), t.I32)) for c in k.components(place)]
    k.output("density", op("volume_lookup_f", t.F32, volume, *cell))


def _count(k: Kernel, place: Expr, volume: Expr) -> None:
    count = k.let("count", op("volume_voxel_count", t.U64, volume))
    size = k.call("length", place)
    k.output("ratio", size / k.cast(count, t.F32) if k.rng.chance(0.5) else k.cast(count, t.F32) + size)


_AT_POINTS: dict[str, tuple[str, float, Callable[[Kernel, Expr, Expr], None]]] = {
    "sample_f": ("float32", 2.0, _sample_f),
    "sample_v": ("vec3", 1.6, _sample_v),
    "sample_i": ("int32", 1.4, _sample_i),
    "sample": ("float32", 1.6, _sample_any),
    "sample_grad": ("float32", 2.0, _sample_grad),
    "sample_index": ("index", 2.6, _sample_index),
    "direction": ("float32", 1.8, _turn),
    "nearest": ("float32", 0.8, _nearest),
    "count": ("float32", 2.0, _count),
}
"""What the volume holds, the weight, and what is done at a point."""


@recipe("volumes sampled at points", "geometry:2.4", FIELDS, "gather", SINGLE)
def volume_points(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    holds, _, write = _AT_POINTS[rng.weighted({name: row[1] for name, row in _AT_POINTS.items()})]
    volume = handle(k, "volume", holds=holds)
    place = k.let("position", k.load("position", VEC3))
    if rng.chance(0.75):
        convert = rng.choose(("volume_world_to_index", "volume_world_to_index", "volume_index_to_world"))
        place = k.let("coordinate", op(convert, VEC3, volume, place))
    write(k, place, volume)


@recipe("textures sampled", "geometry:0.8", "render image terrain", "gather", SINGLE)
def texture_lookup(k: Kernel) -> None:
    rng = k.rng
    indices = k.start(rng.choose((1, 2)))
    k.guard()
    ndim = rng.choose((1, 2, 2, 3))
    name = k.namer.argument("texture")
    kind = t.Opaque(f"wp.Texture{ndim}D")
    k.add_argument(name, kind, "handles", {"handle": f"texture{ndim}d"})
    texture = tree.Name(kind, -inf, inf, name)
    dtype = rng.choose((t.F32, t.F32, t.vec(2), t.vec(4)))
    if ndim == 1:
        where: tuple[Expr, ...] = (k.load("coordinate", t.F32, 0.0, 1.0),)
    elif rng.chance(0.5):
        where = (k.maybe("coordinate", k.load("coordinate", t.vec(ndim), 0.0, 1.0)),)
    elif len(indices) == 2 and ndim == 2:
        sizes = [k.length(dim) for dim in k.launch]
        where = tuple(
            k.let("coordinate", (k.cast(i, t.F32) + 0.5) / k.cast(n, t.F32))
            for i, n in zip(reversed(indices), reversed(sizes), strict=True)
        )
    else:
        where = tuple(k.maybe("coordinate", k.load("coordinate", t.F32, 0.0, 1.0)) for _ in range(ndim))
    spelled = tree.Verbatim(t.SHAPE, 0.0, 0.0, "float" if dtype is t.F32 else str(dtype))
    value = k.let("color", tree.Call(dtype, 0.0, 1.0, "wp.texture_sample", (texture, *where), (("dtype", spelled),)))
    if rng.chance(0.6):
        value = value * k.parameter("scale", 0.1, 2.0, 0.5)
    k.output("color", value)
