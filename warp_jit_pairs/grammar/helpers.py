"""Helper functions of a program: how one is written, and steps or results of a kernel that are put into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .kernel import Kernel
from .local_names import rename_locals
from .prune import prune
from .steps import Palette, merge, step
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
    gives: str,
    parameters: Sequence[Parameter],
    write: Callable[[Body, list[Expr]], Sequence[Expr]],
    docstring: str = "",
    name: str | None = None,
    titles: Sequence[str] = (),
) -> Helper:
    """Write a `@wp.func`; `write` returns what it gives back, `titles` are names that say so (see `Names.titled`)."""
    body = Body(k.shared)
    names = [tree.Name(kind_type, low, high, k.namer.argument(kind)) for kind, kind_type, low, high in parameters]
    for (kind, _, _, _), item in zip(parameters, names, strict=True):
        body.put(kind, item)
    results = tuple(write(body, list(names)))
    if results:
        body.give(*results)
    taken = k.namer.taken()
    k.namer.leave()
    types = tuple(value.type for value in results)
    name = name or k.namer.function(gives, titles)
    statements, read = prune(tuple(body.blocks[0]))
    rename_locals(k.rng, statements, body.vague, taken | {name})
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


def step_in_helper(k: Kernel, tags: dict[str, float]) -> None:
    """Some formulas as a function of one to three values at hand; what it gives is offered to later steps."""
    rng = k.rng
    known = [value for value in k.pool if value.expr.type is k.real]
    vectors = [value for value in k.pool if _short(value.expr.type, k.real)]
    if vectors and rng.chance(0.7 if "vector" in tags else 0.3):
        kind = rng.choose(vectors).expr.type
        known += [value for value in vectors if value.expr.type == kind]
    if not known:
        k.want(k.real, "scalar")
        known = [value for value in k.pool if value.expr.type is k.real]
    # Not always what the last one made: long chains of functions level out.
    fresh = [value for value in known if value.uses == 0 or rng.chance(0.3)] or known
    chosen = rng.sample(fresh, min(len(fresh), rng.weighted({1: 2.0, 2: 3.0, 3: 1.0})))
    for value in chosen:
        value.uses += 1
    arguments = [k.maybe(value.kind, value.expr) for value in chosen]
    parameters = [(v.kind, v.expr.type, max(v.expr.low, -1e3), min(v.expr.high, 1e3)) for v in chosen]
    result = _call(k, tags, parameters, arguments, arguments[0].type, (1, 3))
    kind_of = "vector" if isinstance(result.type, t.Vector) else "scalar"
    k.put(kind_of, k.let(kind_of, result))


def refined(k: Kernel, value: Expr) -> Expr:
    """A result after a function of the program's own, in some programs: limited, weighted, mapped."""
    rng = k.rng
    if not rng.chance({"small": 0.5, "medium": 0.25, "large": 0.08}[k.shared.size]):
        return value
    kind = value.type
    tags = {"arithmetic": 1.0}
    if kind is k.real:
        tags |= rng.choose(({}, {"math": 0.7}, {"control_flow": 0.5}))
    elif _short(kind, k.real):
        tags = {"vector": 1.0, "arithmetic": 0.3}
    elif kind is t.I32 and rng.chance(0.5):
        tags = {"integer": 1.0}
    elif kind is t.U32:
        tags = {"unsigned": 1.0}
    else:
        return value
    arguments = [value]
    parameters: list[Parameter] = [(_ROLES.get(kind, "scalar"), kind, max(value.low, -1e3), min(value.high, 1e3))]
    if kind is t.I32 and rng.chance(0.5):
        arguments.append(k.scalar("integer", kind, 1, 8))
        parameters.append(("integer", kind, 1.0, 8.0))
    elif kind not in _ROLES and rng.chance(0.5):
        role = rng.choose(("scale", "weight", "offset", "limit", "threshold", "ratio"))
        arguments.append(k.parameter(role, 0.1, 2.0, 0.5, 1.5))
        parameters.append((role, k.real, 0.1, 2.0))
    return _call(k, tags, parameters, arguments, kind, (1, 2))


_ROLES: dict[t.Type, str] = {t.I32: "integer", t.U32: "bits"}


def _short(kind: t.Type, real: t.Scalar) -> bool:
    return isinstance(kind, t.Vector) and kind.dtype is real and kind.length <= 4


def _call(
    k: Kernel,
    tags: dict[str, float],
    parameters: list[Parameter],
    arguments: list[Expr],
    gives: t.Type,
    length: tuple[int, int],
) -> Expr:
    letters: dict[str, t.Type] = {}
    most = Counter[str]()
    for _, kind, _, _ in parameters:
        letter = "i" if kind is t.I32 else "u" if kind is t.U32 else "v" if isinstance(kind, t.Vector) else "r"
        letters[letter] = kind
        most[letter] += 1
    if "v" in letters:
        letters["r"] = k.real
    # A number may be a literal, a vector is one that was given.
    most["r"] += 1
    palette = Palette(k.rng, tags, letters, most)

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        for _ in range(k.rng.integer(*length) if palette.all else 0):
            step(body, palette)
        return [body.bounded(merge(body, gives, body.unused()))]

    made = helper(k, "vector" if isinstance(gives, t.Vector) else "scalar", parameters, write)
    written = k.shared.parts[-1]
    only = written.body[0] if isinstance(written, tree.Function) and len(written.body) == 1 else None
    if isinstance(only, tree.Return) and isinstance(only.values[0], tree.Name):
        # It would give back what it is given.
        k.shared.parts.pop()
        return arguments[made.kept[0]]
    return made.call(*(arguments[n] for n in made.kept))
