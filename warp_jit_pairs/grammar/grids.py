"""Regular grids: which cell a thread has, its neighbours inside the edges, the Laplacian."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .tree import Expr


class Grid:
    """A grid of 1 to 3 dimensions with one way of treating its border."""

    def __init__(self, k: Kernel, ndim: int, borders: str = "clamp wrap inner inner") -> None:
        self.k = k
        self.indices = k.start(ndim, {1: (32,), 2: (8, 8), 3: (4, 4, 4)}[ndim], ("row", "column", "depth"))
        self.dims: tuple[Dim, ...] = k.launch
        self.border = k.rng.choose(borders.split())
        self.named: dict[tuple[int, int], Expr] = {}

    def prepare(self, source: Expr) -> None:
        """The border's treatment, where it is done once at the top."""
        k = self.k
        if self.border == "inner":
            tests: list[Expr] = []
            for axis, index in enumerate(self.indices):
                tests.append(index.equals(0) if k.style.augment > 0.5 else index < 1)
                last = k.length(self.dims[axis], source, axis) - 1
                tests.append(index.equals(last) if k.style.augment > 0.5 else index >= last)
            k.add(tree.If(k.either(*tests), (tree.Return(),)))
            k.gap()

    def shift(self, axis: int, by: int, source: Expr) -> Expr:
        """The index of a neighbour."""
        k = self.k
        index = self.indices[axis]
        if by == 0:
            return index
        if (axis, by) in self.named:
            return self.named[axis, by]
        plain = index + by if by > 0 else index - (-by)
        if self.border == "clamp":
            if by < 0:
                value = k.call("max", plain, 0)
            else:
                value = k.call("min", plain, k.length(self.dims[axis], source, axis) - 1)
            kind = {(0, 0): "up", (0, 1): "down", (1, 0): "left", (1, 1): "right"}.get((axis, int(by > 0)), "neighbor")
            value = k.maybe("index" if k.rng.chance(0.5) else kind, value)
        elif self.border == "wrap":
            length = k.length(self.dims[axis], source, axis)
            value = (plain + length) % length if by < 0 else plain % length
            value = k.maybe("neighbor", value)
        else:
            return plain
        self.named[axis, by] = value
        return value

    def at(self, source: Expr, *offsets: int) -> Expr:
        """The element at an offset."""
        where = tuple(self.shift(axis, by, source) for axis, by in enumerate(offsets))
        return source[where]

    def here(self, source: Expr) -> Expr:
        return source[self.indices]

    def neighbors(self, source: Expr, kinds: tuple[str, ...] = ("neighbor",)) -> list[tuple[Expr, Expr]]:
        """Minus and plus neighbour along each axis, named or not as the program's writer likes."""
        k = self.k
        pairs = []
        words = (("up", "down"), ("left", "right"), ("previous", "next"))
        for axis in range(len(self.indices)):
            offset = [0] * len(self.indices)
            pair = []
            for by, word in ((-1, words[axis][0]), (1, words[axis][1])):
                offset[axis] = by
                pair.append(k.maybe(word, self.at(source, *offset)))
            pairs.append((pair[0], pair[1]))
        return pairs


def field(k: Kernel, grid: Grid, kind: str, dtype: t.Type | None = None) -> Expr:
    return k.array(kind, dtype or k.real, grid.dims, low=-2.0, high=2.0)


def sum_of(values: list[Expr]) -> Expr:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def laplacian(k: Kernel, grid: Grid, source: Expr, center: Expr) -> Expr:
    pairs = grid.neighbors(source)
    count = 2 * len(pairs)
    if k.rng.chance(0.6):
        values = [value for pair in pairs for value in pair]
        if k.rng.chance(0.3):
            values = k.rng.shuffle(values)
        raw = sum_of(values) - float(count) * center
    else:
        second = [k.maybe("delta", a - 2.0 * center + b) for a, b in pairs]
        raw = sum_of(second)
    how = k.rng.integer(0, 2)
    if how == 1:
        spacing = k.parameter("step", 0.5, 2.0, 0.5, 1.0)
        raw = raw / (spacing * spacing)
    elif how == 2:
        raw = raw * k.parameter("scale", 0.1, 4.0, 0.25, 1.0, 4.0)
    return k.let("laplacian", raw)


def source_term(k: Kernel, grid: Grid, value: Expr) -> Expr:
    """Reaction, forcing or damping added to a rate."""
    how = k.rng.integer(0, 5)
    if how == 0:
        return value + k.load("array", k.real)
    if how == 1:
        return value - k.parameter("damping", 0.01, 0.5, 0.1, 0.05) * grid.here(field(k, grid, "previous"))
    if how == 2:
        heat = k.load("temperature", k.real)
        return value - k.parameter("parameter", 0.01, 0.5) * (heat - k.parameter("temperature", 0.0, 1.0, 0.5))
    if how == 3:
        mask = k.load("mask", t.I32, 0, 1)
        return k.where(mask.equals(1), value, k.lit(0.0)) if k.rng.chance(0.6) else value * k.cast(mask, k.real)
    return value
