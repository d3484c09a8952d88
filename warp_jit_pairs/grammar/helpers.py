"""Helper functions of a program: how one is written, and steps or results of a kernel that are put into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .inlined import direct_ends
from .kernel import Kernel
from .prune import prune
from .tree import Expr

Parameter = tuple[str, t.Type, float, float]


@dataclass(frozen=True, slots=True)
class Helper:
    """A function of the program that its kernel can call."""

    name: str
    parameters: tuple[Parameter, ...]
    results: tuple[t.Type, ...]
    low: float = -1e4
    high: float = 1e4
    """The range of a single result for arguments within those of the parameters."""
    kept: tuple[int, ...] = ()
    """Which of the parameters that it was asked for it needs."""

    def call(self, *arguments: Expr) -> Expr:
        value = self.results[0] if len(self.results) == 1 else t.Tuple(self.results) if self.results else t.NOTHING
        pairs = zip(arguments, self.parameters, strict=True)
        known = all(low <= value.low and value.high <= high for value, (_, _, low, high) in pairs)
        return tree.Call(value, *((self.low, self.high) if known else (-1e4, 1e4)), self.name, arguments)


def helper(
    k: Kernel,
    parameters: Sequence[Parameter],
    write: Callable[[Body, list[Expr]], Sequence[Expr]],
    docstring: str = "",
    name: str | None = None,
    titles: Sequence[str] = (),
) -> Helper:
    """Write a `@wp.func`; `write` returns what it gives back, `titles` are names that say so (see `Names.titled`)."""
    body = Body(k.shared)
    names = [tree.Name(kind_type, low, high, k.namer.argument(kind)) for kind, kind_type, low, high in parameters]
    results = tuple(write(body, list(names)))
    if results:
        body.give(*results)
    k.namer.leave()
    types = tuple(value.type for value in results)
    name = name or k.namer.function(titles)
    statements, read = prune(tuple(body.blocks[0]))
    if k.style.direct_ends:
        statements = direct_ends(statements, read)
    used = [n for n, item in enumerate(names) if read[item.id] > 0]
    k.shared.parts.append(_function(k, name, [names[n] for n in used], statements, types, docstring))
    low, high = (max(results[0].low, -1e4), min(results[0].high, 1e4)) if len(results) == 1 else (-1e4, 1e4)
    if len(statements) > 1 and any(isinstance(node, tree.If) for node in statements):
        # An early return gives something else.
        low, high = -1e4, 1e4
    return Helper(name, tuple(parameters[n] for n in used), types, low, high, tuple(used))


def _function(
    k: Kernel,
    name: str,
    names: Sequence[tree.Name],
    statements: tuple[tree.Stmt, ...],
    types: tuple[t.Type, ...],
    docstring: str,
) -> tree.Function:

    declared = tuple(tree.Parameter(n.id, n.type, k.spell(n.type)) for n in names)
    returns = ""
    if types and k.rng.chance(k.style.return_annotation):
        spelled = [k.spell(value) for value in types]
        returns = spelled[0] if len(spelled) == 1 else f"tuple[{', '.join(spelled)}]"
    return tree.Function(name, declared, statements, returns, docstring)
