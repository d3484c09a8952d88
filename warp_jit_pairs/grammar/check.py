"""The legality pass between generation and emission.

It looks at the finished tree alone, without trusting the rules that made it: names are defined before use and in scope,
assignments keep a variable's type, builtins have an overload for their arguments, a constant that a dynamic loop
changes was declared dynamic, every argument is used. An offence names the node.
"""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t
from warp_jit_pairs.errors import Rejected

from . import tree, tree_walks
from .tree_walks import describe


class IllegalProgram(Rejected):
    """A rule made an illegal node: the program is dropped and counted, and the rule is to be mended."""

    def __init__(self, detail: str) -> None:
        super().__init__("grammar: illegal program", detail)

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str]]:
        return Rejected, (self.reason, self.detail)


class _Checker:
    def __init__(self, program: tree.Program) -> None:
        self.globals = {part.name for part in program.parts if isinstance(part, (tree.Constant, tree.Function))}
        self.outer: set[str] = set()

    def function(self, function: tree.Function) -> None:
        self.scope: dict[str, t.Type] = {p.name: p.type for p in function.parameters}
        self.constant: set[str] = set()
        self.used: set[str] = set()
        self.block(function.body, 0)
        for parameter in function.parameters:
            if isinstance(parameter.type, t.Array) and parameter.type.ndim > t.MAX_DIMS:
                raise IllegalProgram(f"{function.name}: argument {parameter.name} has {parameter.type.ndim} dimensions")
            if parameter.name not in self.used and not function.decorators[0].startswith("@wp.func_replay("):
                raise IllegalProgram(f"{function.name}: argument {parameter.name} has no use")

    def block(self, body: tuple[tree.Stmt, ...], loops: int) -> None:
        for statement in body:
            self.statement(statement, loops)

    def statement(self, statement: tree.Stmt, loops: int) -> None:
        node: Any = statement
        kind = type(node)
        if kind is tree.Assign:
            self.read(node.value)
            self.assign(node, loops)
        elif kind is tree.Augment:
            self.read(node.value)
            self.read(node.target)
            self.mutate(node.target, loops)
        elif kind is tree.Do:
            self.read(node.value)
        elif kind is tree.If or kind is tree.While:
            self.read(node.test)
            if node.test.type is not t.BOOL:
                raise IllegalProgram(f"condition {describe(node.test)} is a {node.test.type}")
            self.block(node.body, loops + (kind is tree.While))
            if kind is tree.If:
                self.block(node.otherwise, loops)
        elif kind is tree.For:
            for bound in node.bounds:
                self.read(bound)
                if bound.type is not t.I32:
                    raise IllegalProgram(f"range bound {describe(bound)} is a {bound.type}")
            if node.iterator is not None:
                self.read(node.iterator)
            self.scope[node.target.id] = node.target.type
            self.block(node.body, loops + 1)
        elif kind is tree.Return:
            for value in node.values:
                self.read(value)
        elif (kind is tree.Break or kind is tree.Continue) and not loops:
            raise IllegalProgram(f"{kind.__name__} outside a loop")

    def assign(self, node: tree.Assign, loops: int) -> None:
        given = (
            node.value.type.items
            if len(node.targets) > 1 and isinstance(node.value.type, t.Tuple)
            else (node.value.type,)
        )
        if len(given) != len(node.targets):
            raise IllegalProgram(f"{len(node.targets)} targets for {describe(node.value)}")
        for target, value in zip(node.targets, given, strict=True):
            if target.type is not value and target.type != value:
                raise IllegalProgram(f"{describe(target)} is a {target.type}, {describe(node.value)} a {value}")
            if not isinstance(target, tree.Name):
                self.read(target)
            elif target.id in self.scope:
                if self.scope[target.id] is not value and self.scope[target.id] != value:
                    raise IllegalProgram(f"{target.id} changes from {self.scope[target.id]} to {value}")
                self.mutate(target, loops)
            else:
                self.scope[target.id] = value
                if tree.is_constant(node.value):
                    self.constant.add(target.id)

    def mutate(self, target: tree.Expr, loops: int) -> None:
        if isinstance(target, tree.Name) and loops and target.id in self.constant:
            raise IllegalProgram(f"a loop changes {target.id}, which was declared as a constant")

    def read(self, node: tree.Expr) -> None:
        scope, used = self.scope, self.used
        rest: list[Any] = [node]
        pop, push, extend = rest.pop, rest.append, rest.extend
        while rest:
            one = pop()
            kind = type(one)
            if kind is tree.Name:
                name = one.id
                if name in scope:
                    used.add(name)
                elif name not in self.globals and name not in self.outer:
                    raise IllegalProgram(f"{name} is read before it is defined")
            elif kind is tree.Literal:
                continue
            elif kind is tree.Binary:
                push(one.left)
                push(one.right)
            elif kind is tree.Call:
                extend(tree_walks.children(one) if one.keywords else one.arguments)
            elif kind is tree.Subscript:
                if isinstance(one.base.type, t.Array):
                    _check_indices(one)
                push(one.base)
                extend(one.indices)
            else:
                extend(tree_walks.children(one))


def _check_indices(node: tree.Subscript) -> None:
    for where in node.indices:
        if where.type is not t.I32 and not t.is_integer(where.type) and where.type is not t.SHAPE:
            raise IllegalProgram(f"index {describe(where)} is a {where.type}")


def check(program: tree.Program) -> None:
    """Raise IllegalProgram, naming the node, if the program breaks a rule of Warp's kernel language."""
    checker = _Checker(program)
    for part in program.parts:
        if isinstance(part, tree.Function):
            checker.function(part)
        elif isinstance(part, tree.Factory):
            checker.outer = set(part.parameters)
            checker.function(part.function)
            checker.outer = set()
    checker.function(program.kernel)
