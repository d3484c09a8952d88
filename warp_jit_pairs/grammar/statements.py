"""Statements of one function under construction: assignments, branches, loops, and what the program shares.

Which statements to make is decided by the rules; text is `emit`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from math import inf

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import prose, style, tree
from .lexicon import Namer
from .tree import Expr
from .values import SOFT, weight


@dataclass(slots=True)
class Shared:
    """What the functions of one program have in common."""

    rng: Rng
    style: style.Style
    namer: Namer
    real: t.Scalar
    size: str
    parts: list[tree.Constant | tree.StructDef | tree.Function | tree.Factory] = field(default_factory=list)
    imports: list[str] = field(default_factory=lambda: ["import warp as wp"])
    type_names: dict[t.Type, str] = field(default_factory=dict)
    differentiable: bool = True
    features: list[str] = field(default_factory=list)
    ranged: bool | None = None
    """Whether draws from a range let `randf` scale them, once the first of them is written."""


class Statements:
    """The statements of one function under construction."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.rng = shared.rng
        self.style = shared.style
        self.namer = shared.namer
        self.real = shared.real
        self.blocks: list[list[tree.Stmt]] = [[]]
        self.in_loop = 0
        self.counters: set[str] = set()
        """Names of loops that have ended."""
        self.made_dynamic: set[str] = set()
        """Variables whose first value is a constant that was made dynamic."""
        self.namer.enter()

    def add(self, statement: tree.Stmt) -> None:
        self.blocks[-1].append(statement)

    def comment(self, topic: str) -> None:
        """A remark on what follows, if this program has any; `topic` is one of `prose`'s or a text of its own."""
        if self.rng.chance(self.style.comments):
            text = prose.remark(self.rng, topic) if topic in prose.REMARKS else topic
            self.add(tree.Comment(text))

    def gap(self) -> None:
        """An empty line between steps, if this program has any."""
        block = self.blocks[-1]
        if block and not isinstance(block[-1], (tree.Blank, tree.Comment)) and self.rng.chance(self.style.blank_lines):
            block.append(tree.Blank())

    def let(self, kind: str, value: Expr) -> Expr:
        """A local for a value."""
        if isinstance(value, tree.Name):
            return value
        # A constant's name is for it alone: in a loop Warp changes none.
        text = self.namer.local(kind, None if isinstance(value, tree.Literal) else value.type)
        name = tree.Name(value.type, value.low, value.high, text, value)
        self.add(tree.Assign((name,), value))
        return name

    def maybe(self, kind: str, value: Expr) -> Expr:
        """A local for a value, or the value itself where this program's writer would nest it."""
        if weight(value) <= 2 and self.rng.chance(0.5):
            return value
        if weight(value) <= 6 and not self.rng.chance(self.style.locals_first):
            return value
        return self.let(kind, value)

    def unpack(self, kinds: Sequence[str], value: Expr) -> list[Expr]:
        assert isinstance(value.type, t.Tuple)
        names = [
            tree.Name(item, -inf, inf, self.namer.local(kind, item))
            for kind, item in zip(kinds, value.type.items, strict=True)
        ]
        self.add(tree.Assign(tuple(names), value))
        return list(names)

    def variable(self, kind: str, value: Expr, looped: bool = True) -> Expr:
        """A local that is changed later: constants are made dynamic, as Warp wants for what loops change."""
        looped = looped or self.in_loop > 0
        made = False
        if looped and isinstance(value, tree.Call) and tree.is_constant(value):
            (value,) = value.arguments
        if looped and isinstance(value, tree.Literal) and value.type in (t.F32, t.I32, t.BOOL):
            assert isinstance(value.type, t.Scalar)
            value = tree.Call(value.type, value.low, value.high, self.style.scalar(value.type), (value,))
            made = True
        name = tree.Name(value.type, -SOFT, SOFT, self.namer.local(kind, value.type))
        if made:
            self.made_dynamic.add(name.id)
        self.add(tree.Assign((name,), value))
        return name

    def set(self, target: Expr, value: tree.Value) -> None:
        self.add(tree.Assign((target,), tree.as_expr(value, target.type)))

    def augment(self, target: Expr, operator: str, value: tree.Value) -> None:
        """`target += value`, or spelled out."""
        expr = tree.as_expr(value, target.type)
        if operator in "+-*/" and not self.rng.chance(self.style.augment):
            self.add(tree.Assign((target,), tree.binary(operator, target, expr)))
        else:
            self.add(tree.Augment(target, operator, expr))

    def do(self, value: Expr) -> None:
        self.add(tree.Do(value))

    @contextmanager
    def block(self) -> Iterator[list[tree.Stmt]]:
        """Statements of an inner block."""
        self.blocks.append([])
        try:
            yield self.blocks[-1]
        finally:
            self.blocks.pop()

    @contextmanager
    def when(self, test: Expr) -> Iterator[None]:
        with self.block() as body:
            yield
        self.add(tree.If(test, tuple(body)))

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """The else of the if just written."""
        with self.block() as body:
            yield
        self.blocks[-1][-1] = self._with_else(self.blocks[-1][-1], tuple(body))

    @contextmanager
    def otherwise_when(self, test: Expr) -> Iterator[None]:
        with self.block() as body:
            yield
        self.blocks[-1][-1] = self._with_else(self.blocks[-1][-1], (tree.If(test, tuple(body)),))

    def case(self, number: int, test: Expr, rest: bool = False) -> AbstractContextManager[None]:
        """One of a chain of branches: the first is an if, and one for all the rest an else without a test."""
        return self.otherwise() if rest else self.otherwise_when(test) if number else self.when(test)

    def _with_else(self, statement: tree.Stmt, body: tuple[tree.Stmt, ...]) -> tree.If:
        assert isinstance(statement, tree.If)
        if statement.otherwise:
            return tree.If(statement.test, statement.body, (self._with_else(statement.otherwise[0], body),))
        return tree.If(statement.test, statement.body, body)

    @contextmanager
    def loop(
        self, kind: str, *bounds: tree.Value, low: float = 0.0, high: float = 63.0, again: bool = False
    ) -> Iterator[Expr]:
        """`for name in range(*bounds)`; with `again`, the name may be that of a loop which has ended."""
        wanted = kind[1:] if again and kind[0] == "=" else ""
        text = wanted if wanted in self.counters else self.namer.local(kind)
        self.counters.discard(text)
        name = tree.Name(t.I32, low, high, text)
        exprs = tuple(tree.as_expr(bound, t.I32) for bound in bounds)
        self.in_loop += 1
        try:
            with self.block() as body:
                yield name
        finally:
            self.in_loop -= 1
        self.counters.add(text)
        self.add(tree.For(name, exprs, tuple(body)))

    @contextmanager
    def repeat(self, test: Expr) -> Iterator[None]:
        self.in_loop += 1
        try:
            with self.block() as body:
                yield
        finally:
            self.in_loop -= 1
        self.add(tree.While(test, tuple(body)))

    def leave_loop(self) -> None:
        self.add(tree.Break())

    def next_turn(self) -> None:
        self.add(tree.Continue())

    def give(self, *values: Expr) -> None:
        self.add(tree.Return(values))
