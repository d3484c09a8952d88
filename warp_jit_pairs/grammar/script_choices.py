"""What one program does of what a script leaves open, and what is to be known of the statements that are left."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache

from .kernel import Kernel
from .laws import Law
from .script_texts import Script, chosen

_OFTEN = 0.66
"""How often an option holds of which a script says no more."""


class Uses:
    """What statements do with names."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.set: set[str] = set()
        """Locals that are set."""
        self.again: set[str] = set()
        """Those that are set more than once, or in a part."""
        self.called: list[str] = []
        """The functions of the script that are called, each time."""
        self.loaded: set[str] = set()
        """What elements are read of."""
        self.stored: set[str] = set()
        """What elements are written of."""
        self.atomics = False
        self.looped = False

    def join(self, other: Uses) -> None:
        """Take in what other statements do."""
        self.names |= other.names
        self.again |= other.again | self.set & other.set
        self.set |= other.set
        self.called += other.called
        self.loaded |= other.loaded
        self.stored |= other.stored
        self.atomics |= other.atomics
        self.looped |= other.looped

    def look(self, node: ast.AST) -> None:
        """Take in a node by itself."""
        if isinstance(node, ast.Name):
            self.names.add(node.id)
        elif isinstance(node, ast.Subscript):
            if isinstance(node.value, ast.Name):
                (self.stored if isinstance(node.ctx, ast.Store) else self.loaded).add(node.value.id)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                self.called.append(node.func.id)
            elif isinstance(node.func, ast.Attribute) and node.func.attr.startswith("atomic"):
                self.atomics = True
                self.loaded.add(_root(node.args[0]))
                self.stored.add(_root(node.args[0]))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._change(target)
        elif isinstance(node, ast.AugAssign):
            self._change(node.target)
            if isinstance(node.target, ast.Subscript):
                self.loaded.add(_root(node.target))
        elif isinstance(node, (ast.For, ast.While)):
            self.looped = True

    def _change(self, target: ast.expr) -> None:
        name = _root(target)
        if not isinstance(target, ast.Name) or name in self.set:
            self.again.add(name)
        self.set.add(name)


def _root(node: ast.expr) -> str:
    """The name that a part is of."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    assert isinstance(node, ast.Name)
    return node.id


@cache
def _closed(statement: ast.stmt) -> Uses | None:
    """What a statement does if nothing is open in it, which is the same in all programs."""
    uses = Uses()
    for node in ast.walk(statement):
        if isinstance(node, ast.expr) and chosen(node):
            return None
        uses.look(node)
    return uses


class Choices:
    """What one program does of what a script leaves open."""

    def __init__(self, k: Kernel, script: Script) -> None:
        self.k, self.script = k, script
        self.options: dict[str, bool] = {}
        self.members: dict[str, str] = {}
        self.numbers: dict[str, int | float] = {}

    def holds(self, node: ast.expr) -> bool | None:
        """Whether a test on what is open holds; none if it is a test on values."""
        rng, script = self.k.rng, self.script
        if isinstance(node, ast.BoolOp):
            found = [self.holds(part) for part in node.values]
            decided = not isinstance(node.op, ast.And)
            if decided in found:
                return decided
            return None if None in found else not decided
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.holds(node.operand)
            return None if inner is None else not inner
        asked = chosen(node)
        if asked is None:
            return None
        group, name = asked
        if group:
            if group not in self.members:
                self.members[group] = rng.choose(script.groups[group])
            return self.members[group] == name
        if name not in self.options:
            self.options[name] = rng.chance(script.chances.get(name, _OFTEN))
        return self.options[name]

    def number(self, node: ast.Call) -> int | float:
        """One of some numbers; the same ones to choose from give the same: a threshold and what it is taken from."""
        asked = ast.unparse(node)
        if asked not in self.numbers:
            self.numbers[asked] = ast.literal_eval(self.k.rng.choose(node.args))
        return self.numbers[asked]

    def left(self, body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        """The statements that are left, those of branches on what is open among them."""
        for node in body:
            holds = self.holds(node.test) if isinstance(node, ast.If) else None
            if holds is None:
                yield node
            else:
                assert isinstance(node, ast.If)
                yield from self.left(node.body if holds else node.orelse)

    def uses(self, body: Sequence[ast.stmt]) -> Uses:
        """What the statements that are left do with names."""
        uses = Uses()
        for statement in self.left(body):
            closed = _closed(statement)
            if closed is None:
                self._look(statement, uses)
            else:
                uses.join(closed)
        return uses

    def _look(self, node: ast.AST, uses: Uses) -> None:
        """Take in a node in which something is open."""
        if isinstance(node, ast.IfExp) and (holds := self.holds(node.test)) is not None:
            self._look(node.body if holds else node.orelse, uses)
            return
        uses.look(node)
        for field, value in ast.iter_fields(node):
            if not isinstance(value, list):
                if isinstance(value, ast.AST):
                    self._look(value, uses)
            elif field in ("body", "orelse"):
                uses.join(self.uses(value))
            else:
                for one in value:
                    self._look(one, uses)


def law_of(name: str, uses: Uses) -> Law:
    """What is to be known of statements that are no law of a sheet."""
    again = frozenset(uses.again)
    return Law(name, (), (), (), (), "", frozenset(), again, {}, frozenset(), uses.looped, True, True, 0, False)
