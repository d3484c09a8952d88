"""Inputs for a kernel: launches and argument values from its types, its own constants and what the grammar knows of it.

Every draw goes through `Generator.random`, whose stream is fixed, so a seed gives the same bytes everywhere. Arrays
have 8 to 64 items; outputs start at a sentinel. Which inputs are judged, and how, is left to `verify.py`.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .handles import draw_handle
from .reference.layout import (
    SCALARS,
    Argument,
    ArrayType,
    Composite,
    HandleType,
    StructType,
    ValueType,
    float_to_storage,
)

Draw = Callable[[int], np.ndarray[Any, Any]]
"""Number of values to that many draws from [0, 1)."""

DISTRIBUTIONS = ("uniform", "edges", "normal", "coarse", "near")
"""uniform in the domain; edges: the kernel's constants, their neighbours and the domain's ends among uniform values;
normal: gathered around the middle of the domain; coarse: multiples of a half or a quarter, so that values tie; near:
edges, but a little to either side of each, where derivatives exist."""

SMOOTH = ("uniform", "normal", "near")
"""Distributions that avoid ties, where derivatives can be compared."""

SENTINEL = -1234.5
SENTINEL_INT = 77
_MISSING = 0.2
"""Share of the entries that are -1 in an array of indices that may be missing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One launch: what it was drawn from, its extents, its inputs and the lengths of its arrays by symbol.

    An `optional` case is dropped silently when the kernel does something undefined on it.
    """

    seed: int
    distribution: str
    dim: tuple[int, ...]
    inputs: dict[str, Any]
    dims: Mapping[str, int]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a kernel's arguments: the `metadata` of a generated kernel's spec, or nothing."""

    launch: tuple[str | int, ...]
    dims: Mapping[str, int]
    fixed: frozenset[str]
    arguments: Mapping[str, Mapping[str, Any]]
    follows: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Facts:
        """Facts of a generated kernel."""
        launch = metadata["launch"]
        symbols = launch.get("dims") or launch["dim"]
        fixed = frozenset(metadata["fixed"])
        return cls(tuple(symbols), metadata["dims"], fixed, metadata["args"], metadata.get("follows", {}))


THREAD_INDEX = "tid("
"""Stands in the source of every kernel whose threads differ; without it all do the same, on a GPU at the same time."""


@functools.lru_cache(maxsize=256)
def constants(source: str) -> tuple[float, ...]:
    """Numbers that occur in a source, except very large ones, sorted."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            value = float(str(node.value))
            if abs(value) <= 1e4:
                found |= {value, -value}
    return tuple(sorted(found))


_RESIZED = {1: (3, 4, (0, -1, 1, -2)), 2: (5, 7, (0, 1, -1, 2))}
"""Share of the given size, and steps that make neighbouring dimensions differ: equal ones hide swapped axes."""


def resized(facts: Facts, variant: int) -> dict[str, int]:
    """The dimensions of a shape variant: 0 as given, then other sizes for those that may change."""
    if variant == 0:
        return dict(facts.dims)
    changed = {}
    above, below, steps = _RESIZED[variant]
    for place, (symbol, size) in enumerate(facts.dims.items()):
        other = max(2, size * above // below + steps[place % len(steps)])
        changed[symbol] = size if symbol in facts.fixed or size < 3 else other
    for symbol, (base, times, plus) in facts.follows.items():
        changed[symbol] = times * changed[base] + plus
    return changed


def make_case(
    arguments: Sequence[Argument],
    facts: Facts,
    numbers: Sequence[float],
    seed: int,
    distribution: str,
    variant: int = 0,
    stretch: int = 0,
) -> Case:
    """Draw one case.

    Args:
        arguments: The kernel's arguments.
        facts: What is known of them.
        numbers: The kernel's own constants, for the distribution "edges".
        seed: Seed of the draws.
        distribution: One of `DISTRIBUTIONS`.
        variant: Which shapes, see `resized`.
        stretch: Threads to launch beyond the extent, which a guarded kernel ignores; fewer if negative.
    """
    stream = np.random.Generator(np.random.PCG64(seed))
    dims = resized(facts, variant)
    dim = tuple(dims[symbol] if isinstance(symbol, str) else symbol for symbol in facts.launch)
    drawer = _Drawer(stream.random, dims, numbers, distribution, dim[0] if dim else 1)
    for argument in sorted(arguments, key=lambda a: isinstance(a.type, HandleType)):
        drawer.drawn[argument.name] = drawer.value(argument.type, facts.arguments.get(argument.name, {}))
    inputs = {argument.name: drawer.drawn[argument.name] for argument in arguments}
    if stretch:
        dim = (max(1, dim[0] + stretch), *dim[1:])
    return Case(seed, distribution, dim, inputs, dims, optional=bool(stretch))


def standard_cases(arguments: Sequence[Argument], facts: Facts, source: str, seed: int) -> list[Case]:
    """The first cases of a kernel: three or more seeds, two shapes, each distribution.

    A kernel of many threads that takes the extent as an argument is also launched with threads beyond it, one that
    orders values with values that tie, and one that takes a permutation with fewer threads, or any permutation would
    do.
    """
    numbers = constants(source)
    return [
        make_case(arguments, facts, numbers, seed * 1000 + i, distribution, variant, stretch)
        for i, (distribution, variant, stretch) in enumerate(standard_plan(facts, source))
    ]


def standard_plan(facts: Facts, source: str) -> list[tuple[str, int, int]]:
    """Distribution, shape variant and stretch of each standard case."""
    plan = [("uniform", 0, 0), ("edges", 1, 0), ("normal", 1, 0), ("edges", 0, 0)]
    if THREAD_INDEX in source and any("equals" in known for known in facts.arguments.values()):
        plan.append(("coarse", 1, 3))
    if _compares(source):
        plan += [("coarse", 0, 0), ("coarse", 1, 0)]
    if any(known.get("distinct") for known in facts.arguments.values()):
        plan.append(("uniform", 0, -2))
    return plan


@functools.lru_cache(maxsize=256)
def _compares(source: str) -> bool:
    """Whether a source orders values: there a tie decides."""
    ordering = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return any(
        isinstance(node, ast.Compare) and isinstance(node.ops[0], ordering) for node in ast.walk(ast.parse(source))
    )


def extra_case(
    arguments: Sequence[Argument], facts: Facts, source: str, seed: int, number: int, smooth: bool = False
) -> Case:
    """One more case, for branches that the first ones did not take."""
    distribution = (("near", "uniform") if smooth else ("edges", "coarse", "edges", "uniform"))[
        number % (2 if smooth else 4)
    ]
    place = seed * 1000 + (200 if smooth else 100) + number
    return make_case(arguments, facts, constants(source), place, distribution, number % 3)


class _Drawer:
    """Draws values of any type in one distribution."""

    def __init__(
        self, draw: Draw, dims: Mapping[str, int], numbers: Sequence[float], distribution: str, threads: int
    ) -> None:
        self.draw = draw
        self.threads = threads
        self.drawn: dict[str, Any] = {}
        self.dims = dims
        self.numbers = list(numbers)
        self.distribution = distribution

    def value(self, kind: ValueType, known: Mapping[str, Any]) -> Any:
        if isinstance(kind, HandleType):
            return draw_handle(kind, self.draw, self.threads, self.drawn)
        if isinstance(kind, StructType):
            return self._struct(kind, known)
        if isinstance(kind, ArrayType):
            shape = self._shape(kind, known)
            if isinstance(kind.item, StructType):
                return self._struct_array(kind.item, shape, known)
            data = self._array(kind.item, shape, known)
            return (data, self._maps(shape)) if kind.indexed else data
        if "equals" in known:
            return np.asarray(self.dims[known["equals"]], kind.dtype.base)
        return self._array(kind, (), known)

    def _shape(self, kind: ArrayType, known: Mapping[str, Any]) -> tuple[int, ...]:
        symbols = known.get("shape")
        if symbols is None:
            sizes = list(self.dims.values()) + [4] * 4
            return tuple(sizes[: kind.ndim])
        return tuple(self.dims[symbol] if isinstance(symbol, str) else int(symbol) for symbol in symbols)

    def _maps(self, shape: tuple[int, ...]) -> tuple[Any, ...]:
        first = np.arange(shape[0], dtype=np.int32)[::-1].copy()
        return (first, *[None] * (len(shape) - 1))

    def _struct(self, kind: StructType, known: Mapping[str, Any]) -> dict[str, Any]:
        fields = known.get("fields", {})
        return {name: self.value(inner, fields.get(name, {})) for name, inner in kind.fields}

    def _struct_array(self, kind: StructType, shape: tuple[int, ...], known: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        data = np.zeros(shape, kind.dtype)
        fields = known.get("fields", {})
        for name, inner in kind.fields:
            inner_known = {"role": known.get("role", "in")} | dict(fields.get(name, {}))
            if isinstance(inner, StructType):
                data[name] = self._struct_array(inner, shape, inner_known)
            elif isinstance(inner, Composite):
                data[name] = self._array(inner, shape, inner_known)
        return data

    def _array(self, kind: Composite, shape: tuple[int, ...], known: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        full = shape + kind.shape
        if known.get("role") == "out":
            return sentinel(kind, full)
        if kind.is_float:
            return self._floats(kind, full, known)
        return self._integers(kind, full, known)

    def _floats(self, kind: Composite, shape: tuple[int, ...], known: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        low, high = float(known.get("low", -2.0)), float(known.get("high", 2.0))
        values = self._spread(int(np.prod(shape)), low, high).reshape(shape)
        if kind.kind in ("quaternion", "transform") or known.get("unit"):
            values = _normalized(kind, values)
        if known.get("sorted"):
            values = np.sort(values, axis=0)
        return float_to_storage(values.astype(np.float32) if kind.scalar != "float64" else values, kind.scalar)

    def _spread(self, count: int, low: float, high: float) -> np.ndarray[Any, Any]:
        if low == high:
            return np.full(count, low)
        uniform = low + (high - low) * self.draw(count)
        if self.distribution == "normal":
            bell = sum((self.draw(count) for _ in range(6)), np.zeros(count)) / 6.0
            return low + (high - low) * bell
        if self.distribution == "coarse":
            step = 0.5 if high - low >= 2.0 else 0.25
            return np.clip(np.round(uniform / step) * step, low, high)
        if self.distribution in ("edges", "near"):
            marks = self._edges(low, high)
            picks = self.draw(count)
            chosen = marks[np.minimum((self.draw(count) * len(marks)).astype(int), len(marks) - 1)]
            if self.distribution == "near":
                sides = self.draw(count)
                chosen = np.clip(chosen + np.where(sides < 0.5, -0.02 - 0.2 * sides, 0.2 * sides - 0.08), low, high)
            return np.where(picks < 0.6, chosen, uniform)
        return np.where(uniform == 0.0, 0.0625, uniform)

    def _edges(self, low: float, high: float) -> np.ndarray[Any, Any]:
        marks = [low, high]
        for number in self.numbers:
            single = np.float32(number)
            below, above = np.nextafter(single, np.float32(-np.inf)), np.nextafter(single, np.float32(np.inf))
            if number:  # zero's neighbours are denormal, which processors may flush
                marks += [float(below), float(above)]
            marks += [number, number - 0.5, number + 0.5]
        return np.array([mark for mark in marks if low <= mark <= high])

    def _integers(self, kind: Composite, shape: tuple[int, ...], known: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        if "offsets_into" in known:
            return self._offsets(shape, self.dims[known["offsets_into"]]).astype(SCALARS[kind.scalar][0])
        low, high = int(known.get("low", 0)), int(known.get("high", 1 if kind.scalar == "bool" else 7))
        missing = low == -1
        if "bound" in known:
            low, high = max(low, 0), self.dims[known["bound"]] - 1
        if SCALARS[kind.scalar][1] != "b":
            info = np.iinfo(SCALARS[kind.scalar][0])
            low, high = max(low, int(info.min)), min(high, int(info.max))
        count = int(np.prod(shape))
        if known.get("distinct"):
            order = np.arange(count) if known.get("sorted") else np.argsort(self.draw(count), kind="stable")
            return (low + order).astype(SCALARS[kind.scalar][0]).reshape(shape)
        values = [low + min(int(u * (high - low + 1)), high - low) for u in self.draw(count)]
        if self.distribution in ("edges", "coarse", "near") and count:
            marks = [
                n for n in (low, high, *map(int, self.numbers), *(int(x) + 1 for x in self.numbers)) if low <= n <= high
            ]
            picks, places = self.draw(count), self.draw(count)
            values = [
                marks[int(place * len(marks))] if pick < 0.4 else value
                for value, pick, place in zip(values, picks, places, strict=True)
            ]
        if missing and "bound" in known:
            values = [-1 if miss < _MISSING else value for value, miss in zip(values, self.draw(count), strict=True)]
        if 1 < known.get("corners", 1) <= high - low + 1:
            values = _apart(values, known["corners"], low, high)
        data = np.array(values, SCALARS[kind.scalar][0]).reshape(shape)
        return np.sort(data, axis=0) if known.get("sorted") else data

    def _offsets(self, shape: tuple[int, ...], total: int) -> np.ndarray[Any, Any]:
        """Where rows of a packed array begin: rising from 0 to its length."""
        starts = np.sort([min(int(u * (total + 1)), total) for u in self.draw(int(np.prod(shape)))])
        starts[:1], starts[-1:] = 0, total
        return starts.reshape(shape)


def _apart(values: list[int], many: int, low: int, high: int) -> list[int]:
    """The numbers in groups of so many, none of a group twice: what repeats goes on to the next that is free."""
    found: list[int] = []
    for start in range(0, len(values), many):
        group: list[int] = []
        for value in values[start : start + many]:
            while value in group:
                value = value + 1 if value < high else low
            group.append(value)
        found += group
    return found


def _normalized(kind: Composite, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Blocks scaled to unit length (of a transform, its rotation); a block of zeros becomes an axis."""
    part = values[..., 3:] if kind.kind == "transform" else values
    lengths = np.sqrt((part * part).sum(axis=-1, keepdims=True))
    fallback = np.zeros(part.shape[-1])
    fallback[-1] = 1.0
    part[...] = np.where(lengths > 1e-6, part / np.maximum(lengths, 1e-6), fallback)
    return values


def sentinel(kind: Composite, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """What outputs hold before a launch."""
    if kind.is_float:
        return float_to_storage(np.full(shape, SENTINEL), kind.scalar)
    if kind.scalar == "bool":
        return np.zeros(shape, np.bool_)
    return np.full(shape, SENTINEL_INT, SCALARS[kind.scalar][0])


__all__ = [
    "DISTRIBUTIONS", "SENTINEL", "SENTINEL_INT", "SMOOTH", "Case", "Facts", "constants", "extra_case", "make_case",
    "resized", "sentinel", "standard_cases", "standard_plan",
]  # fmt: skip
