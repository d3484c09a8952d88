"""Elementwise kernels: read, compute in some steps, write."""

from __future__ import annotations

from typing import Any

from .blocks import BLOCKS
from .kernel import Kernel
from .steps import Palette, merge, step

K = Any


def elementwise(k: Kernel, palette: Palette, result: str, control: float = 0.0) -> None:
    """A map over 1 to 4 dimensions with one to three results."""
    rng = k.rng
    ndim = rng.weighted({1: 7.4, 2: 2.0, 3: 0.5, 4: 0.1})
    k.start(ndim)
    k.guard()
    count = {"small": rng.integer(2, 3), "medium": rng.integer(3, 7), "large": rng.integer(7, 14)}[k.shared.size]
    for _ in range(count):
        k.gap()
        if rng.chance(control):
            BLOCKS[rng.choose(tuple(BLOCKS))](k, palette)
        else:
            step(k, palette)
    finish(k, palette, result)


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
