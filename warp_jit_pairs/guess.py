"""Facts about a kernel that nothing is known of, found by trying: extents, ranges of indices, launches.

A kernel that people wrote says only what types its arguments have. The first guess gives every array the launch's
extents and every whole number a place in the smallest of them; a kernel without a thread index gets one thread, since
all would do the same to the same elements. Then the reference runs the kernel, thread by thread, and whatever a thread
stops at (an index beyond an array, a division by zero) asks for longer arrays, or for other values of the arguments
that reach that line, until every thread ends or nothing helps. Drawing is left to `inputs.py`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .inputs import THREAD_INDEX, Facts, constants, make_case, resized, standard_plan
from .reference import ENDLESS, ArrayType, Composite, HandleType, OutOfBounds, Reference, Stop, StructType, ValueType

_EXTENTS = {0: (1,), 1: (16,), 2: (8, 6), 3: (4, 5, 3), 4: (3, 2, 4, 2)}
"""First guess of the extents, by number of dimensions."""

SMALL, LARGE = 64, 1024
"""Items that an array may grow to: before other values are tried, and if those do not help."""

TRIES = 40
"""Guesses tried for a few threads, and again for all; one with an endless loop counts for `ENDLESS_TRIES`."""

ENDLESS_TRIES = 5

THREADS = (6, 64)

STYLES = {"indices": "", "permutations": "depends on thread order", "flags": "degenerate"}
"""What arrays of whole numbers hold at first (places; each place once, so that no two threads write to one, in order
where they bound rows; 0 and 1), and the beginning of the reason for which a kernel is tried with them after the first.
"""

_FLOATS = ((0.5, 2.0), (0.0, 1.0), (1.0, 3.0))
_INDICES = ((0, 3), (0, 1), (1, 2), (1, 3), (0, 0), (-1, -1))
_NUMBERS = ((1, 1), (2, 2), (3, 3), (4, 4), (0, 1))
_LAUNCHES = (3, 2, 4, 1, 6)

Range = dict[str, Any]


@dataclass(slots=True)
class _Guess:
    """Facts in the making: what is known of each leaf, by its path."""

    launch: list[str | int]
    dims: dict[str, int]
    known: dict[str, Range]

    def facts(self) -> Facts:
        arguments: dict[str, Any] = {}
        for path, known in self.known.items():
            place: dict[str, Any] = {"fields": arguments}
            for part in path.split("."):
                place = place.setdefault("fields", {}).setdefault(part, {})
            place.update(known)
        return Facts(tuple(self.launch), self.dims, frozenset(), arguments)

    def with_range(self, path: str, known: Range) -> _Guess:
        fresh = copy.deepcopy(self)
        kept = {name: value for name, value in fresh.known[path].items() if name in ("role", "shape")}
        fresh.known[path] = kept | known
        return fresh

    def with_launch(self, axis: int, extent: int) -> _Guess:
        fresh = copy.deepcopy(self)
        fresh.launch[axis] = extent
        return fresh

    def grown(self, path: str, axis: int, extent: int, most: int) -> _Guess | None:
        """An array made longer, if that is within bounds."""
        shape = list(self.known[path]["shape"])
        shape[axis] = extent
        items = 1
        for entry in shape:
            items *= entry if isinstance(entry, int) else max(resized(self.facts(), v)[entry] for v in range(3))
        if items > most:
            return None
        return self.with_range(path, self.known[path] | {"shape": shape})


def guess_facts(reference: Reference, source: str, seed: int, ndim: int, style: str = "indices") -> Facts:
    """Facts on which as many threads as possible end.

    Args:
        reference: The kernel.
        source: Its text.
        seed: Seed of the cases that it is tried on.
        ndim: Launch dimensions.
        style: One of `STYLES`.

    Raises:
        Unsupported: the reference cannot judge this kernel.
    """
    guess = _first(reference, source, ndim if THREAD_INDEX in source else 0, style)
    guess.launch += [1] * (ndim - len(guess.launch))
    plan = standard_plan(guess.facts(), source)
    for threads, places in zip(THREADS, (plan[:2], plan), strict=True):
        guess = _Search(reference, source, seed, threads, places).improved(guess)
    return guess.facts()


def _first(reference: Reference, source: str, ndim: int, style: str) -> _Guess:
    most = max((kind.ndim for _, kind in _leaves(reference) if isinstance(kind, ArrayType)), default=0)
    dims = {f"d{axis}": size for axis, size in enumerate(_EXTENTS[max(ndim, most)])}
    facts = Facts((), dims, frozenset(), {})
    smallest = min(size for variant in range(3) for size in resized(facts, variant).values())
    known = {path: _known(kind, smallest, style) for path, kind in _leaves(reference)}
    for path in known.keys() & _bounds(source):
        if known[path].get("distinct"):
            known[path]["sorted"] = True
    return _Guess([f"d{axis}" for axis in range(ndim)], dims, known)


def _bounds(source: str) -> set[str]:
    """Arrays that are asked for an item and the next one, as of where rows begin: in order, rows do not overlap."""
    return {
        ast.unparse(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.BinOp)
        and isinstance(node.slice.op, ast.Add)
        and ast.unparse(node.slice.right) == "1"
    }


def _known(kind: ValueType, smallest: int, style: str) -> Range:
    if isinstance(kind, ArrayType):
        known: Range = {"role": "inout", "shape": [f"d{axis}" for axis in range(kind.ndim)]}
        if not isinstance(kind.item, Composite) or kind.item.is_float:
            return known
        known |= {"low": 0, "high": 1 if style == "flags" else smallest - 1}
        single = kind.ndim == 1 and kind.item.kind == "scalar" and kind.item.scalar != "bool"
        return known | {"distinct": True} if style == "permutations" and single else known
    if isinstance(kind, Composite) and not kind.is_float:
        lowest = 0 if kind.scalar == "bool" or style == "flags" else 1
        return {"role": "in", "low": lowest, "high": max(1, smallest - 1)}
    return {"role": "in"}


def _leaves(reference: Reference) -> list[tuple[str, ValueType]]:
    """Arrays, fields of structs and of their arrays, and plain arguments, by path; objects are drawn whole."""

    def walk(path: str, kind: ValueType) -> Iterator[tuple[str, ValueType]]:
        if isinstance(kind, HandleType):
            return
        if not isinstance(kind, StructType):
            yield path, kind
        inner = kind.item if isinstance(kind, ArrayType) else kind
        if isinstance(inner, StructType):
            for name, field in inner.fields:
                yield from walk(f"{path}.{name}", field)

    return [leaf for argument in reference.arguments for leaf in walk(argument.name, argument.type)]


@dataclass(frozen=True, slots=True)
class _Search:
    """The search on some cases: how far a guess gets on them, and which guesses might get further."""

    reference: Reference
    source: str
    seed: int
    threads: int
    places: Sequence[tuple[str, int, int]]

    def improved(self, guess: _Guess) -> _Guess:
        """The best guess found."""
        score, stops = self._score(guess)
        tries = 0
        while stops and tries < TRIES:
            grown = self._grown(guess, stops, SMALL) or None
            if grown is not None:
                guess = grown
                score, stops = self._score(guess)
                tries += _cost(stops)
                continue
            for candidate in self._candidates(guess, stops):
                found = self._score(candidate)
                tries += _cost(found[1])
                if found[0] > score or tries >= TRIES:
                    break
            else:
                grown = self._grown(guess, stops, LARGE)
                if grown is None:
                    return guess
                candidate, found = grown, self._score(grown)
            if found[0] > score or candidate is grown:
                guess, (score, stops) = candidate, found
        return guess

    def _score(self, guess: _Guess) -> tuple[tuple[int, int], list[Stop]]:
        """Threads that end and lines that the others reach, and what those stop at."""
        facts, numbers = guess.facts(), constants(self.source)
        ended, lines, stops = 0, 0, []
        for place, (distribution, variant, stretch) in enumerate(self.places):
            case = make_case(
                self.reference.arguments, facts, numbers, self.seed * 1000 + place, distribution, variant, stretch
            )
            for stop in self.reference.attempt(case.inputs, case.dim, self.threads):
                if stop is None:
                    ended += 1
                else:
                    lines += stop.line
                    stops.append(stop)
            if _cost(stops) > 1:
                break  # the other cases would take as long and hardly tell more
        return (ended, lines), stops

    def _grown(self, guess: _Guess, stops: Sequence[Stop], most: int) -> _Guess | None:
        """The guess with the arrays as long as the indices seen ask for."""
        wanted: dict[tuple[str, int], int] = {}
        for stop in stops:
            if isinstance(stop.fault, OutOfBounds) and stop.leaf in guess.known and stop.fault.index >= 0:
                key = (stop.leaf, stop.axis)
                wanted[key] = max(wanted.get(key, 0), stop.fault.index + 1)
        grown = None
        for (leaf, axis), extent in sorted(wanted.items()):
            grown = (grown or guess).grown(leaf, axis, extent, most) or grown
        return grown

    def _candidates(self, guess: _Guess, stops: Sequence[Stop]) -> Iterator[_Guess]:
        """Other ranges, of the arguments first that reach the line where most threads stop, then other launches."""
        lines = [stop.line for stop in stops]
        reached = _behind(self.source, max(set(lines), key=lambda line: (lines.count(line), line)))
        leaves = sorted(_leaves(self.reference), key=lambda leaf: leaf[0].split(".")[0] not in reached)
        for wanted in (False, True):
            for path, kind in leaves:
                item = kind.item if isinstance(kind, ArrayType) else kind
                if isinstance(item, Composite) and item.is_float == wanted and item.scalar != "bool":
                    for known in self._ranges(kind, item, guess):
                        yield guess.with_range(path, known)
        for axis in range(len(guess.launch) if THREAD_INDEX in self.source else 0):
            for extent in _LAUNCHES:
                if guess.launch[axis] != extent:
                    yield guess.with_launch(axis, extent)

    def _ranges(self, kind: ValueType, item: Composite, guess: _Guess) -> Iterator[Range]:
        if item.is_float:
            choices: Sequence[tuple[float, float]] = _FLOATS
        elif isinstance(kind, ArrayType) or item.shape:
            if isinstance(kind, ArrayType) and kind.ndim == 1 and not item.shape:
                yield {"low": 0, "distinct": True}
            choices = _INDICES
        else:
            symbols = [symbol for symbol in guess.launch if isinstance(symbol, str)]
            yield from ({"equals": symbol} for symbol in symbols or guess.dims)
            choices = _NUMBERS
        lowest = 0 if item.scalar.startswith("u") else -1
        yield from ({"low": low, "high": high} for low, high in choices if low >= lowest)


def _cost(stops: Sequence[Stop]) -> int:
    """What a guess counts for among the tries."""
    return ENDLESS_TRIES if any(stop.fault.reason == ENDLESS for stop in stops) else 1


def _behind(source: str, line: int) -> set[str]:
    """Names that reach a line of the kernel, through assignments and the conditions around it."""
    tree = ast.parse(source)
    flows: dict[str, set[str]] = {}
    reached: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.iter if isinstance(node, ast.For) else node.value
            for target in targets:
                for name in _names(target):
                    flows.setdefault(name, set()).update(_names(value) if value is not None else ())
        if _is_at(node, line):
            reached |= _names(node)
    waiting = list(reached)
    while waiting:
        new = flows.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def _is_at(node: ast.AST, line: int) -> bool:
    if not isinstance(node, ast.stmt) or isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return False
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


__all__ = ["guess_facts"]
