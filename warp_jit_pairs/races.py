"""Whether the threads of a launch are independent: none reads or overwrites what another writes.

The reference runs the threads one after the other, a GPU runs them at once. Each thread is therefore also run as if it
were alone. What the launch leaves in an element must follow from what they leave there alone: the one value that all of
them leave, or, where none stores to it without an atomic, what atomics make of several: a sum, the least, the largest,
or bits joined. Where several threads store one value to an element, the launch is well defined and its adjoint is not:
run at once, each of them takes the element's adjoint.

Where an atomic hands out places (its old value is used), each thread alone gets the first: nothing can be said so.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .inputs import Case
from .leaves import Data
from .reference import Fault, Reference

MOST_THREADS = 512
"""Larger launches are not asked: each thread costs a copy of all arrays."""

_NEAR = 1e-9


def hands_out(source: str) -> bool:
    """Whether a source uses what an atomic returns."""
    tree = ast.parse(source)
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node not in alone)
    return any(isinstance(call.func, ast.Attribute) and call.func.attr.startswith("atomic_") for call in calls)


class _Leaf:
    """What threads leave in the elements of a leaf, gathered thread by thread."""

    def __init__(self, start: Data) -> None:
        self.start = start
        self.touched = np.zeros(start.shape, bool)
        self.agreeing = np.ones(start.shape, bool)
        self.last, self.least, self.largest = start.copy(), start.copy(), start.copy()
        self.total, self.joined, self.common = start.copy(), start.copy(), start.copy()
        self.toggled = start.copy()
        self.stores = np.zeros(start.shape, np.int64)

    def add(self, given: Data, stored: Data) -> None:
        """Add a thread's values, and the elements that it stores to without an atomic."""
        here = np.repeat(stored, given.size // max(1, len(stored))).reshape(given.shape)
        self.stores += here
        changed = here | ~_equal(given, self.start)  # what stores the old value undoes what another stores
        self.agreeing &= ~changed | ~self.touched | _equal(given, self.last)
        self.touched |= changed
        self.last = np.where(changed, given, self.last)
        self.least, self.largest = np.fmin(self.least, given), np.fmax(self.largest, given)
        if self.start.dtype.kind == "b":
            self.total = self.total | given
        else:
            self.total = np.where(changed, self.total + (given - self.start), self.total)
        if self.start.dtype.kind != "f":
            self.joined, self.common = self.joined | given, self.common & given
            self.toggled = self.toggled ^ given ^ self.start

    def explains(self, end: Data) -> bool:
        """Whether the launch left what its threads leave alone."""
        joined = _near(end, self.total) | _equal(end, self.least) | _equal(end, self.largest)
        if self.start.dtype.kind != "f":
            joined |= (end == self.joined) | (end == self.common) | (end == self.toggled)
        return bool((self.agreeing & _near(end, self.last) | joined & (self.stores == 0)).all())


def _equal(a: Data, b: Data) -> Data:
    same: Data = (a == b) | ((a != a) & (b != b))
    return same


def _near(a: Data, b: Data) -> Data:
    if a.dtype.kind != "f":
        return _equal(a, b)
    return np.isclose(a, b, rtol=_NEAR, atol=_NEAR, equal_nan=True)


@dataclass(frozen=True, slots=True)
class Threads:
    """What running each thread alone says of a launch; each a leaf, or nothing."""

    dependent: str = ""
    """Threads do not leave it independently."""
    contended: str = ""
    """Several threads store to one of its elements."""


def racing(reference: Reference, case: Case, end: dict[str, Data], leaves: Sequence[str]) -> Threads:
    """Whether the threads of a launch are independent.

    Args:
        reference: The kernel.
        case: The launch.
        end: What the reference gives for it in float64.
        leaves: Leaves in arrays.

    Raises:
        Unsupported: the launch cannot be judged.
    """
    if int(np.prod(case.dim)) > MOST_THREADS:
        return Threads()
    start = reference.run(case.inputs, case.dim, "float64", limit=0).values
    found = {name: _Leaf(start[name]) for name in leaves}
    try:
        with np.errstate(all="ignore"):
            for given, stored in reference.alone(case.inputs, case.dim):
                for name, leaf in found.items():
                    leaf.add(given[name], _marks(stored, name))
            dependent = next((name for name, leaf in found.items() if not leaf.explains(end[name])), "")
    except Fault as fault:
        return Threads(f"a thread alone: {fault.reason}")
    return Threads(dependent, next((name for name, leaf in found.items() if (leaf.stores > 1).any()), ""))


def _marks(stored: Mapping[str, Data], leaf: str) -> Data:
    """Elements of the array that a leaf is, or is a field of the items of; what lies in no array has no stores."""
    parts = leaf.split(".")
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((stored[name] for name in names if name in stored), np.zeros(1, bool))
