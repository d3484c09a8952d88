"""Elementwise kernels: read, compute in some steps, write."""

from __future__ import annotations

from .blocks import BLOCKS
from .helpers import step_in_helper
from .kernel import Kernel
from .recipes import ANY_REAL, letters, recipe
from .steps import Palette, merge, step

LENGTH = {"small": (2, 3), "medium": (3, 7), "large": (7, 13)}


def elementwise(k: Kernel, tags: dict[str, float], wanted: str, results: str, control: float = 0.0) -> None:
    """A map over 1 to 4 dimensions with one to three results."""
    rng = k.rng
    palette = Palette(rng, tags, letters(k, wanted))
    k.start(rng.weighted({1: 5.0, 2: 3.6, 3: 0.9, 4: 0.15}), alone=0.05)
    k.guard()
    if rng.chance(0.12):
        k.flag_bundle()
    for _ in range(rng.integer(*LENGTH[k.shared.size])):
        k.gap()
        if rng.chance(control):
            BLOCKS[rng.choose(tuple(BLOCKS))](k, palette)
        elif rng.chance(0.65 if "math" in tags else 0.35):
            step_in_helper(k, tags)
        else:
            step(k, palette)
    finish(k, palette, rng.choose(results))


def finish(k: Kernel, palette: Palette, result: str) -> None:
    """Everything that nobody used goes into one to three outputs."""
    left = k.unused()
    outputs = k.rng.weighted({1: 6.0, 2: 2.0, 3: 0.5}) if len(left) > 1 else 1
    wanted = palette.type(result)
    same = [v for v in left if v.expr.type == wanted]
    other = [v for v in left if v.expr.type != wanted]
    for extra in other[: outputs - 1]:
        extra.uses += 1
        k.output("out", k.bounded(extra.expr))
    rest = same + other[outputs - 1 :]
    k.gap()
    k.output("out", k.bounded(merge(k, wanted, rest)))


@recipe(
    "scalar arithmetic element by element",
    "arithmetic:0.7",
    "generic stats finance signal optimization",
    "map",
    ANY_REAL,
)
def map_arithmetic(k: Kernel) -> None:
    elementwise(k, {"arithmetic": 1.0}, "r", "r", k.rng.choose((0.0, 0.1, 0.2)))


@recipe("transcendental math element by element", "math:0.9", "signal waves heat learning stats audio", "map", ANY_REAL)
def map_math(k: Kernel) -> None:
    elementwise(k, {"math": 2.0, "arithmetic": 0.5, "single": 1.0}, "rf", "r", k.rng.choose((0.0, 0.1, 0.2)))


@recipe("vector algebra element by element", "vector:0.5", "particles geometry render cloth astronomy", "map")
def map_vector(k: Kernel) -> None:
    tags = {"vector": 2.0, "vector3": 1.0, "arithmetic": 0.3}
    elementwise(k, tags, "rvwpi", k.rng.choose(("v", "vr", "r")), k.rng.choose((0.0, 0.1, 0.25)))


@recipe("small dense matrices element by element", "matrix:0.7", "linalg fem rigid cloth control", "map")
def map_matrix(k: Kernel) -> None:
    elementwise(k, {"matrix": 2.0, "vector": 0.7, "arithmetic": 0.2}, "rvm", "mvr", k.rng.choose((0.0, 0.1, 0.2)))


@recipe("branches on values element by element", "control_flow:0.4", "generic control finance image biology", "map")
def map_control(k: Kernel) -> None:
    elementwise(k, {"control_flow": 1.0, "arithmetic": 1.0}, "r", "r", 0.6)


@recipe("scalars, vectors and matrices together", "combined:0.3", "particles rigid fem render cloth", "map")
def map_combined(k: Kernel) -> None:
    tags = {"vector": 1.0, "matrix": 0.8, "math": 1.0, "arithmetic": 0.6}
    elementwise(k, tags, "rvm", "vrm", 0.25)


@recipe("values accumulated into bins with atomics", "atomic:0.3", "stats particles image", "scatter")
def accumulate_bins(k: Kernel) -> None:
    rng = k.rng
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.5}, letters(k, "r"))
    k.start(rng.weighted({1: 4.0, 2: 1.0}))
    for _ in range(rng.integer(1, 5)):
        step(k, palette)
    value = k.bounded(merge(k, k.real, k.unused()))
    bins = k.dim(8)
    target = k.array("accumulator", k.real, (bins,), "inout", low=0.0, high=0.0)
    where = k.index_into("label", bins)
    builtin = rng.choose(("atomic_add", "atomic_sub", "atomic_min", "atomic_max"))
    k.do(k.call(builtin, target, where, value, gives=k.real))
    if rng.chance(0.3):
        k.output("out", value)
