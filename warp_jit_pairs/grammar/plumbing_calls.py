"""Index plumbing, the helper functions: small ones that take arrays and indices, blend, limit, test and move points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Body, Dim
from .helpers import Helper, helper
from .plumbing_walk import Place, Walk
from .steps import alike
from .tree import Expr

Write = Callable[[Body, list[Expr]], Sequence[Expr]]
REALS = t.Array(t.F32, 1)
POINTS = t.Array(t.vec(3), 1)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A helper function: parameters as (role, type), what it gives, how its body is written."""

    gives: str
    parameters: tuple[tuple[str, t.Type], ...]
    write: Write


def _fetch(body: Body, names: list[Expr]) -> Sequence[Expr]:
    data, index = names[0], names[1]
    value = data[index]
    if body.rng.chance(0.4):
        with body.when(index < 0):
            body.give(body.zero(value.type) if value.type is not t.F32 else body.lit(0.0))
    return [value * names[2]] if len(names) > 2 else [value]


def _between(body: Body, names: list[Expr]) -> Sequence[Expr]:
    data, i, j = names
    if body.rng.chance(0.5):
        return [data[i] - data[j]]
    return [body.call("length", data[i] - data[j])] if data.type == POINTS else [data[i] * data[j]]


def _blend(body: Body, names: list[Expr]) -> Sequence[Expr]:
    a, b, s = names
    if body.rng.chance(0.4):
        return [a * (1.0 - s) + b * s]
    return [a + (b - a) * s] if body.rng.chance(0.6) else [body.call("lerp", a, b, s)]


def _limit(body: Body, names: list[Expr]) -> Sequence[Expr]:
    value, bound = names
    with body.when(value > bound):
        body.give(bound)
    with body.when(value < -bound):
        body.give(-bound)
    return [value]


def _share(body: Body, names: list[Expr]) -> Sequence[Expr]:
    a, b = names
    with body.when(body.call("abs", b) < body.choose_lit(1e-6, 1e-8, 1e-3)):
        body.give(body.lit(0.0))
    return [a * b / (1.0 + b * b)]


def _active(body: Body, names: list[Expr]) -> Sequence[Expr]:
    value, wanted = names
    if body.rng.chance(0.5):
        return [body.both(value.differs(0), wanted >= value)]
    with body.when(value.equals(0)):
        body.give(body.lit(False, t.BOOL))
    return [value <= wanted]


def _flat(body: Body, names: list[Expr]) -> Sequence[Expr]:
    i, j, width = names
    return [i * width + j] if body.rng.chance(0.7) else [j * width + i]


def _pull(body: Body, names: list[Expr]) -> Sequence[Expr]:
    a, b, ke = names
    delta = body.let("delta", a - b)
    size = body.let("distance", body.call("length", delta))
    if body.rng.chance(0.4):
        with body.when(size < body.choose_lit(1e-6, 1e-3)):
            body.give(body.zero(t.vec(3)))
    return [delta * (ke / (size + body.choose_lit(1e-3, 1e-2, 1.0)))]


def _carried(body: Body, names: list[Expr]) -> Sequence[Expr]:
    frame, point, center = names
    moved = body.call("transform_point", frame, point - center)
    return [moved + center] if body.rng.chance(0.4) else [moved]


def _velocity(body: Body, names: list[Expr]) -> Sequence[Expr]:
    twist, arm = names
    top, bottom = body.call("spatial_top", twist), body.call("spatial_bottom", twist)
    if body.rng.chance(0.5):
        top, bottom = body.let("velocity", top), body.let("velocity", bottom)
    return [top + body.call("cross", bottom, arm)]


def _servo(body: Body, names: list[Expr]) -> Sequence[Expr]:
    q, qd, target, ke, *damping = names
    force = ke * (target - q)
    if not damping:
        return [force - qd]
    return [force - damping[0] * qd] if body.rng.chance(0.6) else [body.let("force", force) - damping[0] * qd]


def _spring(body: Body, names: list[Expr]) -> Sequence[Expr]:
    a, b, rest, ke = names
    delta = body.let("delta", a - b)
    size = body.let("distance", body.call("length", delta))
    with body.when(size < body.choose_lit(1e-6, 1e-3, 1e-4)):
        body.give(body.zero(t.vec(3)))
    pull = ke * (size - rest)
    return [delta * (pull / (size + body.choose_lit(1e-3, 1e-2, 1e-1)))]


def _window(body: Body, names: list[Expr]) -> Sequence[Expr]:
    value, low, high, slope = names
    with body.when(value < low):
        body.give(slope * (value - low))
    with body.when(value > high):
        body.give(slope * (value - high))
    return [body.lit(0.0)]


def _shifted_flat(body: Body, names: list[Expr]) -> Sequence[Expr]:
    i, j, width, start = names
    return [start + i * width + j] if body.rng.chance(0.6) else [(i + start) * width + j]


def _moved(body: Body, names: list[Expr]) -> Sequence[Expr]:
    position, velocity, acceleration, dt = names
    if body.rng.chance(0.5):
        return [position + velocity * dt + 0.5 * acceleration * dt * dt]
    return [position + (velocity + acceleration * dt) * dt]


SKETCHES: tuple[Sketch, ...] = (
    Sketch("scalar", (("array", REALS), ("index", t.I32)), _fetch),
    Sketch("scalar", (("array", REALS), ("index", t.I32), ("scale", t.F32)), _fetch),
    Sketch("vector", (("position", POINTS), ("index", t.I32), ("weight", t.F32)), _fetch),
    Sketch("vector", (("position", POINTS), ("index", t.I32), ("neighbor", t.I32)), _between),
    Sketch("scalar", (("array", REALS), ("index", t.I32), ("neighbor", t.I32)), _between),
    Sketch("scalar", (("left", t.F32), ("right", t.F32), ("ratio", t.F32)), _blend),
    Sketch("vector", (("left", t.vec(3)), ("right", t.vec(3)), ("ratio", t.F32)), _blend),
    Sketch("scalar", (("scalar", t.F32), ("limit", t.F32)), _limit),
    Sketch("scalar", (("scalar", t.F32), ("normalizer", t.F32)), _share),
    Sketch("bool", (("label", t.I32), ("limit", t.I32)), _active),
    Sketch("integer", (("index", t.I32), ("index", t.I32), ("size", t.I32)), _flat),
    Sketch("vector", (("position", t.vec(3)), ("position", t.vec(3)), ("parameter", t.F32)), _pull),
    Sketch("vector", (("transform", t.transform()), ("point", t.vec(3)), ("point", t.vec(3))), _carried),
    Sketch("vector", (("spatial", t.spatial()), ("vector", t.vec(3))), _velocity),
    Sketch("scalar", (("position", t.F32), ("velocity", t.F32), ("scalar", t.F32), ("parameter", t.F32)), _servo),
    Sketch(
        "scalar",
        (("angle", t.F32), ("velocity", t.F32), ("angle", t.F32), ("parameter", t.F32), ("scale", t.F32)),
        _servo,
    ),
    Sketch("vector", (("position", t.vec(3)), ("position", t.vec(3)), ("scalar", t.F32), ("scale", t.F32)), _spring),
    Sketch("scalar", (("scalar", t.F32), ("minimum", t.F32), ("maximum", t.F32), ("scale", t.F32)), _window),
    Sketch("integer", (("index", t.I32), ("index", t.I32), ("size", t.I32), ("start", t.I32)), _shifted_flat),
    Sketch(
        "vector", (("position", t.vec(3)), ("velocity", t.vec(3)), ("acceleration", t.vec(3)), ("scale", t.F32)), _moved
    ),
)
"""Helper functions as rows."""


_SHARES = {n: 1.8 if len(sketch.parameters) > 3 else 1.0 for n, sketch in enumerate(SKETCHES)}


def call(walk: Walk) -> None:
    """Call a helper function of the program, a new one or one that it has."""
    k, rng = walk.k, walk.rng
    if walk.calls and (rng.chance(0.5) or len(walk.calls) > 3):
        made: Helper = rng.choose(walk.calls)
    else:
        sketch = SKETCHES[rng.weighted(_SHARES)]
        parameters = [
            (kind, dtype, 0.0 if dtype is t.I32 else -2.0, 7.0 if dtype is t.I32 else 2.0)
            for kind, dtype in sketch.parameters
        ]
        made = helper(k, sketch.gives, parameters, sketch.write)
        walk.calls.append(made)
    kinds: dict[t.Type, str] = {t.F32: "scalar", t.I32: "index", t.BOOL: "bool"}
    kind = kinds.get(made.results[0], "vector")
    walk.owe(kind, walk.k.let(kind, made.call(*_arguments(walk, made))))


def indices_of(walk: Walk, place: Place, count: int) -> tuple[Dim, list[Expr]]:
    """A length and so many different indices below it, the place's own among them."""
    dim, where = place.dims[0], place.index[0]
    others = [p.index[0] for p in walk.places if len(p.dims) == 1 and p.dims[0] is dim and not alike(p.index[0], where)]
    if count < 2 or others:
        return dim, [where, *others[: count - 1]]
    # An element and the next one.
    return walk.k.derived(dim, 1, 1), [where, where + 1]


def _arguments(walk: Walk, made: Helper) -> list[Expr]:
    """Arguments of a call; an array goes with indices of its own length."""
    k, rng = walk.k, walk.rng
    single = [place for place in walk.places if len(place.dims) == 1]
    values: list[Expr] = []
    arrays = any(isinstance(dtype, t.Array) for _, dtype, _, _ in made.parameters)
    whole = sum(dtype is t.I32 for _, dtype, _, _ in made.parameters)
    dim, indices = indices_of(walk, rng.choose(single) if single else walk.own, whole)
    # What goes into a long call is mostly named before.
    named = len(made.parameters) > 3 and rng.chance(0.7)
    for kind, dtype, _, _ in made.parameters:
        if isinstance(dtype, t.Array):
            values.append(k.array(kind, dtype.dtype, (dim,), low=-2.0, high=2.0))
        elif dtype is t.I32 and arrays:
            values.append(indices.pop(rng.integer(0, len(indices) - 1)))
        elif kind == "ratio":
            # A whole share would leave nothing of the other one.
            values.append(k.parameter(kind, 0.1, 0.9, 0.5, 0.25, 0.1, 0.75))
        elif dtype is t.F32 and kind in ("scale", "weight", "limit", "parameter"):
            given = named and rng.chance(0.7)
            values.append(k.scalar(kind, t.F32, 0.1, 1.0) if given else k.parameter(kind, 0.1, 1.0, 0.5, 0.1, 1.0))
        else:
            value = walk.operand(dtype, beside=values[-1] if values else None)
            values.append(k.let(kind, value) if named else value)
    return values
