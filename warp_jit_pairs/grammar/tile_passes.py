"""Passes of a block of threads over its row: sums, norms, totals of vectors, residuals and what follows from them."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .helpers import refined
from .kernel import Kernel
from .recipes import letters, recipe
from .steps import Palette, merge, step
from .tile_blocks import FIELDS, Block, block, summed
from .tile_ops import dtype_of, op
from .tree import Expr

VEC3 = t.vec(3)


def _steps(k: Kernel, value: Expr, count: int) -> Expr:
    """Some scalar steps on a value."""
    palette = Palette(k.rng, {"arithmetic": 1.0, "math": 0.4}, letters(k, "r"))
    k.put("scalar", value)
    for _ in range(count):
        step(k, palette)
    return k.bounded(merge(k, k.real, k.unused()))


_LENGTH = {"small": (1, 2), "medium": (1, 3), "large": (2, 4)}
_TERMS: tuple[Callable[[Expr, Expr], Expr], ...] = (
    lambda x, y: x * y,
    lambda x, y: (x - y) * (x - y),
    lambda x, y: 0.5 * x * y * y,
    lambda x, y: x * x + y * y,
    lambda x, y: x - y,
)


@recipe("rows summed by blocks of threads with a stride", "tile:3.5 reduction:0.5", FIELDS, "reduction", {t.F32: 1.0})
def block_sums(k: Kernel) -> None:
    _sums(block(k))


def _sums(b: Block) -> None:
    k, rng = b.k, b.k.rng
    wanted = rng.integer(*_LENGTH[k.shared.size])
    kinds = [rng.weighted({"sum": 5.0, "max": 2.0, "min": 1.0}) for _ in range(wanted)]
    totals = [k.variable("accumulator" if how == "sum" else "extremum", k.lit(_FIRST[how])) for how in kinds]
    left, right = b.data("left", k.real, -2.0, 2.0), b.data("right", k.real, -2.0, 2.0)
    k.comment("reduce")
    with b.shared_loop() as j:
        x, y = k.let("scalar", refined(k, left[b.row, j])), k.let("scalar", right[b.row, j])
        if rng.chance(0.25):
            with k.when(y <= rng.choose((0.0, -0.5, -1.0))):
                k.next_turn()
        for how, total in zip(kinds, totals, strict=True):
            term = rng.choose(_TERMS)(x, y) if rng.chance(0.6) else _steps(k, x, rng.integer(0, 2))
            if how == "sum":
                k.augment(total, "+", term)
            else:
                k.set(total, k.call(how, total, k.call("abs", term) if how == "max" else term))
        if rng.chance(0.35):
            k.set(
                k.array("gradient", k.real, (k.launch[0], b.columns), "out")[b.row, j], x * y if wanted > 1 else x - y
            )
    k.gap()
    found = [k.let("scalar", summed(k, total, how)) for how, total in zip(kinds, totals, strict=True)]
    k.gap()
    with b.lead():
        for how, value in zip(kinds, found, strict=True):
            _write_total(b, value, how)


_FIRST = {"sum": 0.0, "max": 0.0, "min": 100.0}


def _write_total(b: Block, value: Expr, how: str) -> None:
    """The block's result: as it is, as a mean or norm, or with a verdict on it."""
    k, rng = b.k, b.k.rng
    draw = rng.random()
    if how == "sum" and draw < 0.2:
        k.set(b.out("error", k.real), k.call("sqrt", k.call("abs", value)))
    elif how == "sum" and draw < 0.4:
        k.set(b.out("mean" if rng.chance(0.3) else "ratio", k.real), value / k.cast(k.call("max", b.count, 1), k.real))
    elif draw < 0.65:
        limit = k.parameter("tolerance", 0.1, 2.0, 0.5, 1.0)
        with k.when(k.call("abs", value) < limit):
            k.set(b.out("flag", t.I32, "inout"), 1)
        k.set(b.out("error", k.real), value)
    else:
        k.set(b.out("out", k.real), value * k.parameter("scale", 0.1, 2.0, 0.5) if rng.chance(0.4) else value)


@recipe("rows normalised by blocks of threads", "tile:1.5 reduction:0.2", "learning stats", "reduction", {t.F32: 1.0})
def block_normalize(k: Kernel) -> None:
    _normalize(block(k))


def _normalize(b: Block) -> None:
    k, rng = b.k, b.k.rng
    source = b.data("array", k.real, -2.0, 2.0)
    target = k.array("out", k.real, (k.launch[0], b.columns), "out")
    how = rng.choose(("softmax", "standard", "length", "mean"))
    number = k.cast(k.call("max", b.count, 1), k.real)
    if how == "softmax":
        high = k.variable("extremum", k.lit(-100.0))
        with b.shared_loop() as j:
            k.set(high, k.call("max", high, source[b.row, j]))
        shift = k.let("maximum" if rng.chance(0.3) else "bound", summed(k, high, "max"))
    elif how == "standard":
        first = k.variable("sum", k.lit(0.0))
        with b.shared_loop() as j:
            k.augment(first, "+", source[b.row, j])
        shift = k.let("center", summed(k, first) / number)
    else:
        shift = k.lit(0.0)
    k.gap()
    total = k.variable("accumulator", k.lit(0.0))
    with b.shared_loop() as j:
        x = k.let("scalar", source[b.row, j] - shift if how in ("softmax", "standard") else source[b.row, j])
        k.augment(total, "+", k.call("exp", x) if how == "softmax" else x if how == "mean" else x * x)
    all_of = k.let("sum", summed(k, total))
    k.gap()
    small = rng.choose((1e-5, 1e-6, 1e-3))
    if how == "standard":
        scale = k.let("scale", 1.0 / k.call("sqrt", k.call("abs", all_of) / number + small))
    elif how == "mean":
        scale = k.let("center", all_of / number)
    else:
        scale = k.let("scale", 1.0 / (k.call("abs", all_of if how == "softmax" else k.call("sqrt", all_of)) + small))
    with b.shared_loop() as j:
        x = source[b.row, j]
        if how == "mean":
            k.set(target[b.row, j], x - scale)
        elif how == "softmax":
            k.set(target[b.row, j], k.call("exp", x - shift) * scale)
        else:
            k.set(target[b.row, j], (x - shift) * scale if how == "standard" else x * scale)
    if rng.chance(0.4):
        with b.lead():
            k.set(b.out("normalizer", k.real), scale)


@recipe("vectors of a group added up by its block", "tile:1.5", "rigid particles cloth", "reduction", {t.F32: 1.0})
def block_vectors(k: Kernel) -> None:
    _vectors(block(k))


def _vectors(b: Block) -> None:
    k, rng = b.k, b.k.rng
    points = b.data("position", VEC3, -2.0, 2.0)
    masses = b.data("mass", t.F32, 0.1, 2.0)
    moving = rng.chance(0.5)
    speeds = b.data("velocity", VEC3, -2.0, 2.0) if moving else None
    turning = moving and rng.chance(0.5)
    spread = rng.chance(0.3 if k.shared.size == "small" else 0.5)
    mass = k.variable("mass", k.lit(0.0))
    center = k.variable("center", k.zero(VEC3))
    spin = k.variable("vector", k.zero(VEC3)) if turning else None
    moment = k.variable("matrix", k.zero(t.mat(3, 3))) if spread else None
    with b.shared_loop() as j:
        m = k.let("mass", masses[b.row, j])
        p = k.let("point", refined(k, points[b.row, j]))
        v = k.let("velocity", refined(k, speeds[b.row, j])) if speeds is not None else p
        k.augment(mass, "+", m)
        k.augment(center, "+", p * m)
        if spin is not None:
            k.augment(spin, "+", k.call("cross", p, v) * m)
        if moment is not None:
            k.augment(moment, "+", k.call("outer", p, v) * m)
    k.gap()
    total = k.let("mass", summed(k, mass))
    first = k.let("vector", summed(k, center))
    around = k.let("vector", summed(k, spin)) if spin is not None else None
    second = k.let("matrix", summed(k, moment)) if moment is not None else None
    k.gap()
    with b.lead():
        with k.when(total > 0.0):
            k.set(b.out("center", VEC3, "inout"), refined(k, first / total))
            if around is not None:
                k.set(b.out("velocity", VEC3, "inout"), around / total)
        if second is not None:
            k.set(b.out("matrix", t.mat(3, 3)), second)
        k.set(b.out("mass", t.F32), total)


def _apply(b: Block) -> None:
    """Each column worked on by itself, with what belongs to the whole row."""
    k, rng = b.k, b.k.rng
    factor = k.array("scale", k.real, k.launch, low=0.1, high=2.0)[b.row]
    factor = k.let("scale", factor) if rng.chance(0.7) else factor
    source = b.data("array", k.real, -2.0, 2.0)
    target = k.array("out", k.real, (k.launch[0], b.columns), "out")
    with b.shared_loop() as j:
        x = k.let("scalar", source[b.row, j] * factor if rng.chance(0.5) else source[b.row, j])
        if rng.chance(0.4):
            kinds = k.array("label", t.I32, (b.columns,), low=0, high=2)
            with k.when(kinds[j].equals(rng.choose((0, 1))) if rng.chance(0.6) else kinds[j] > 1):
                k.set(target[b.row, j], k.lit(0.0))
                k.next_turn()
        k.set(target[b.row, j], _steps(k, x, rng.integer(1, 4)) * factor)


@recipe(
    "residuals of a solver, and what each world does next",
    "tile:1.5",
    "optimization control linalg",
    "update",
    {t.F32: 1.0},
)
def block_status(k: Kernel) -> None:
    """The first lane decides; shared memory tells the others, who all go on with it."""
    _status(block(k))


def _status(b: Block) -> None:
    k, rng = b.k, b.k.rng
    kinds = rng.sample(("max", "sum", "max"), rng.integer(1, 2))
    x, z = (
        k.array("inout", k.real, (k.launch[0], b.columns), "inout", low=-2.0, high=2.0),
        b.data("array", k.real, -2.0, 2.0),
    )
    found = [k.variable("error", k.lit(0.0)) for _ in kinds]
    with b.shared_loop() as j:
        r = k.let("error", x[b.row, j] - z[b.row, j] if rng.chance(0.6) else x[b.row, j] * z[b.row, j])
        for how, value in zip(kinds, found, strict=True):
            if how == "max":
                k.set(value, k.call("max", value, k.call("abs", r)))
            else:
                k.augment(value, "+", r * r)
    k.gap()
    totals = [k.let("error", summed(k, value, how)) for how, value in zip(kinds, found, strict=True)]
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    one = t.Tile(t.I32, (1,))
    sync = k.let("tile", op("tile_zeros", one, shape=k.integer(1), dtype=dtype_of(k, t.I32), storage=shared))
    control = k.variable("flag", k.integer(0))
    k.gap()
    with b.lead():
        rounds = b.out("count", t.I32, "inout")
        if rng.chance(0.6):
            k.augment(rounds, "+", 1)
        with k.when(totals[0] < k.parameter("tolerance", 0.5, 4.0, 1.0, 2.0)):
            k.set(control, 1)
        if rng.chance(0.5):
            with k.otherwise_when(totals[-1] > k.choose_lit(3.0, 5.0)):
                k.set(control, 2)
        for value in totals:
            k.set(b.out("error", k.real), value)
    k.gap()
    k.do(op("tile_scatter_masked", t.NOTHING, sync, 0, control, b.lane.equals(0)))
    told = k.let("flag", tree.Subscript(t.I32, 0.0, 2.0, sync, (k.integer(0),)))
    k.shared.differentiable = False
    if rng.chance(0.5):
        with k.when(told.equals(1)):
            k.give()
        with b.shared_loop() as j:
            k.set(x[b.row, j], x[b.row, j] + k.parameter("scale", 0.1, 1.0, 0.5) * (z[b.row, j] - x[b.row, j]))
    else:
        with b.shared_loop() as j:
            with k.when(told.equals(1)):
                k.set(x[b.row, j], z[b.row, j])
            with k.otherwise():
                k.set(x[b.row, j], k.choose_lit(0.5, 0.25, 0.9) * x[b.row, j])


_PHASES: tuple[Callable[[Block], None], ...] = (_sums, _sums, _vectors, _normalize, _apply)


@recipe("several passes of a block over its row", "tile:8 reduction:0.3", FIELDS, "update", {t.F32: 1.0})
def block_passes(k: Kernel) -> None:
    rng = k.rng
    b = block(k)
    passes = {"small": (1, 3), "medium": (2, 4), "large": (4, 7)}[k.shared.size]
    for _ in range(rng.integer(*passes)):
        rng.choose(_PHASES)(b)
        k.gap()
    if rng.chance(0.4):
        _status(b)
