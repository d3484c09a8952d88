"""`Reference`: what a kernel computes, thread by thread, from its own Python source."""

from __future__ import annotations

import functools
import itertools
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Array, IndexedArray, Struct, load_value, store_value, watch
from .faults import ENDLESS, Fault, OutOfBounds, ReferenceStop, Unsupported
from .handles import handle_types, with_handles
from .layout import Argument, ArrayType, Composite, StructType, ValueType, index_leaf
from .program import FILENAME, MAX_TURNS, Kernel, Program
from .shim import Handle, layout_of
from .transform import Branch
from .vectors import Data

ORDERS = ("forward", "reverse")
MAX_THREADS = 4096
ATTEMPTED_TURNS, FEWER_TURNS = 1000, 100
"""Loop turns after which an attempt at one thread ends, as if they never ended; and after another thread ended so."""


@functools.lru_cache(maxsize=256)
def _threads(dim: tuple[int, ...]) -> tuple[tuple[int, tuple[Any, ...]], ...]:
    """Linear and launch coordinates of every thread."""
    return tuple(enumerate(itertools.product(*(tuple(map(np.int32, range(extent))) for extent in dim))))


Leaves = dict[str, Data]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a launch left behind: the value of every argument, as flat leaves, the branch outcomes seen, and a hash of
    them in their order."""

    values: dict[str, np.ndarray[Any, Any]]
    taken: frozenset[int]
    path: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a thread did not end: the kernel's line, and of an index beyond an argument's array its leaf and axis."""

    fault: Fault
    line: int
    leaf: str = ""
    axis: int = 0


class Reference:
    """A kernel that plain Python can run.

    Raises:
        Unsupported: the source has no kernel of that name, or one that cannot be judged.
    """

    def __init__(self, source: str, kernel: str | None = None) -> None:
        self._program = Program(source)
        world = self._program.world("declared")
        names = list(world.kernels)
        if kernel is None and len(names) != 1:
            raise Unsupported("source does not hold exactly one kernel", ", ".join(names))
        self.name = kernel or names[0]
        if self.name not in world.kernels:
            raise Unsupported("source has no kernel of this name", self.name)
        hints = world.annotations(world.kernels[self.name].function)
        handles = handle_types(self._program.tree, self.name)
        self.arguments = tuple(
            Argument(name, with_handles(layout_of(hint), name, handles)) for name, hint in hints.items()
        )

    def branches(self) -> list[Branch]:
        """The decisions that were rewritten so far; outcome 2i of `Outcome.taken` is "true" of decision i."""
        return list(self._program.branches)

    def run(
        self,
        inputs: Mapping[str, Any],
        dim: Sequence[int],
        precision: str = "declared",
        order: str = "forward",
        limit: int | None = None,
    ) -> Outcome:
        """Run every thread of a launch; `inputs` are left as they are.

        Args:
            inputs: Stored data for each argument (`layout.py`).
            dim: Threads along each launch dimension.
            precision: "declared", or "float64" to compute all floats in float64.
            order: Order of the threads, one of `ORDERS`.
            limit: Run only about that many threads, spread evenly.

        Raises:
            Unsupported: this launch cannot be judged.
            Fault: it does something undefined.
        """
        world, function, values = self._prepared(inputs, dim, precision)
        threads = list(_threads(tuple(dim)))
        if order == "reverse":
            threads.reverse()
        if limit is not None:
            threads = threads[:: max(1, len(threads) // max(limit, 1))] if limit else []
        self._launch(world, function, list(values.values()), threads)
        leaves = self._leaves(values)
        return Outcome(leaves, frozenset(i for i, seen in enumerate(world.taken) if seen), world.path)

    def alone(self, inputs: Mapping[str, Any], dim: Sequence[int]) -> Iterator[tuple[Leaves, Leaves]]:
        """What each thread of a launch would leave behind if it were the only one, in float64.

        Also gives, for each array among the arguments, whether the thread stores to each of its items without an
        atomic, in their order.

        Raises:
            Unsupported: this launch cannot be judged.
            Fault: a thread does something undefined, as one may that reads what another writes.
        """
        for thread in _threads(tuple(dim)):
            world, function, values = self._prepared(inputs, dim, "float64")
            stores = {name: watch(array) for name, array in _arrays(values)}
            self._launch(world, function, list(values.values()), [thread])
            yield self._leaves(values), {name: found.marks for name, found in stores.items()}

    def _leaves(self, values: Mapping[str, Any]) -> Leaves:
        leaves: Leaves = {}
        for argument in self.arguments:
            leaves.update(flatten(argument.name, argument.type, store_value(argument.type, values[argument.name])))
        return leaves

    def attempt(self, inputs: Mapping[str, Any], dim: Sequence[int], limit: int) -> list[Stop | None]:
        """Run some threads of a launch (at most about `limit`), each after the other whatever becomes of it.

        Raises:
            Unsupported: this launch cannot be judged.
        """
        world, function, values = self._prepared(inputs, dim, "declared")
        threads = _threads(tuple(dim))
        stops: list[Stop | None] = []
        turns = ATTEMPTED_TURNS
        for thread in threads[:: max(1, len(threads) // limit)]:
            world.turns = MAX_TURNS - turns
            try:
                self._launch(world, function, list(values.values()), [thread])
            except Fault as fault:
                stops.append(_stop(fault, values))
                if fault.reason == ENDLESS:
                    turns = FEWER_TURNS
            else:
                stops.append(None)
        return stops

    def _prepared(
        self, inputs: Mapping[str, Any], dim: Sequence[int], precision: str
    ) -> tuple[Any, Callable[..., Any], dict[str, Any]]:
        """A world in which nothing has run yet, the kernel's function, and its arguments."""
        world = self._program.world(precision)
        kernel = world.kernels[self.name]
        hints = world.annotations(kernel.function)
        values = {
            argument.name: load_value(hints[argument.name], argument.type, inputs[argument.name], world.shim.types)
            for argument in self.arguments
        }
        if int(np.prod(dim)) > MAX_THREADS:
            raise Unsupported("launch of too many threads")
        function = self._entry(world, kernel)
        world.taken = bytearray(2 * len(self._program.branches) + 256)
        world.path = world.turns = 0
        return world, function, values

    def stored_leaves(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """Stored inputs as flat leaves, in their declared types."""
        leaves: dict[str, np.ndarray[Any, Any]] = {}
        for argument in self.arguments:
            leaves.update(flatten(argument.name, argument.type, inputs[argument.name]))
        return leaves

    def untouched(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
        """What `run` would give in declared precision if no thread ran."""
        return self.run(inputs, (1,), limit=0).values

    def _entry(self, world: Any, kernel: Kernel) -> Any:
        if not hasattr(kernel, "entry"):
            kernel.entry = world.compile(kernel.function)  # type: ignore[attr-defined]
        return kernel.entry  # type: ignore[attr-defined]

    def _launch(self, world: Any, function: Any, arguments: list[Any], threads: list[tuple[int, Any]]) -> None:
        with np.errstate(all="ignore"):
            try:
                for linear, thread in threads:
                    world.thread = thread
                    world.while_turns = 0
                    world.linear = np.int32(linear)
                    function(*arguments)
            except ReferenceStop:
                raise
            except OverflowError as error:
                raise Fault("cast of a value that does not fit", str(error)) from error
            except (TypeError, AttributeError, ValueError, KeyError, NameError, RecursionError, IndexError) as error:
                raise Unsupported("reference fails", f"{type(error).__name__}: {error}") from error


def _stop(fault: Fault, values: Mapping[str, Any]) -> Stop:
    frames = [line for frame, line in traceback.walk_tb(fault.__traceback__) if frame.f_code.co_filename == FILENAME]
    line = frames[0] if frames else 0
    if isinstance(fault, OutOfBounds):
        for name, array in _arrays(values):
            if np.may_share_memory(array.d, fault.data):
                return Stop(fault, line, name, array.d.ndim - fault.data.ndim + fault.axis)
    return Stop(fault, line)


def _arrays(values: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    """Arrays among arguments, and in structs among them, by leaf."""
    for name, value in values.items():
        if isinstance(value, Array):
            yield name, value
        elif isinstance(value, Struct):
            for inner, array in _arrays(vars(value)):
                yield f"{name}.{inner}", array


def flatten(name: str, kind: ValueType, stored: Any) -> dict[str, np.ndarray[Any, Any]]:
    """A stored value as named leaves: `points`, `state.mass`, one array each."""
    if stored is None:
        return {}
    if isinstance(kind, StructType):
        leaves = {}
        for field, field_kind in kind.fields:
            leaves.update(flatten(f"{name}.{field}", field_kind, stored[field]))
        return leaves
    if isinstance(kind, ArrayType):
        if kind.indexed:
            maps = {index_leaf(name, axis): np.asarray(m) for axis, m in enumerate(stored[1]) if m is not None}
            return flatten(name, ArrayType(kind.item, kind.ndim), stored[0]) | maps
        if isinstance(kind.item, StructType):
            return _flatten_items(name, kind.item, stored)
    return {name: np.asarray(stored)}


def _flatten_items(name: str, kind: StructType, items: Any) -> dict[str, np.ndarray[Any, Any]]:
    """An array of structs as one leaf a field."""
    leaves = {}
    for field, field_kind in kind.fields:
        values = [item[field] for item in (items.ravel() if isinstance(items, np.ndarray) else items)]
        if isinstance(field_kind, StructType):
            leaves.update(_flatten_items(f"{name}.{field}", field_kind, values))
        elif not isinstance(field_kind, ArrayType):
            leaves[f"{name}.{field}"] = np.array(values)
    return leaves


__all__ = [
    "Array", "Composite", "Handle", "IndexedArray", "Iterator", "Outcome", "Reference", "Stop", "Struct", "types",
]  # fmt: skip
