"""Constructs for which Warp documents, or its sources show, that the generated adjoint is not the derivative.

Asked only when the adjoint of one leaf disagreed with differences: then the record says so instead of being dropped as
wrong. A limit explains only leaves that reach it, so the flow of values through a kernel's source is followed; what
reaches what is overestimated, never underestimated.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_UNROLL = 16
"""Loops of at most this many known turns are unrolled by Warp, and differentiate correctly."""

LOOP = "variable changed in a dynamic loop"
_PARTIAL = "atomic whose adjoint is partial"
MISSING = "builtin without an adjoint"
BUILTINS = {
    **dict.fromkeys(("atomic_exch", "atomic_cas", "atomic_min", "atomic_max"), _PARTIAL),
    **dict.fromkeys(
        (
            "frac", "tile_arange", "tile_cholesky_inplace", "tile_diag_add", "tile_from_thread", "tile_max",
            "tile_min", "tile_reduce", "tile_scan_exclusive", "tile_scan_inclusive", "tile_scan_max_inclusive",
            "tile_scan_min_inclusive", "tile_sort",
        ),
        MISSING,
    ),
    "mesh_query_furthest_point_no_sign": "furthest point differentiated as the closest",
    "mod": "modulus, whose adjoint leaves out the divisor",
    "transform_set_translation": "component of a local overwritten",
    "transform_set_rotation": "component of a local overwritten",
}  # fmt: skip
"""Builtin -> why its adjoint is not the derivative, or not all of it."""


@dataclass(frozen=True, slots=True)
class _Hazard:
    """Names whose gradient may be wrong, and why."""

    reason: str
    names: frozenset[str]


def adjoint_limit(source: str, leaf: str) -> str:
    """The reason why the adjoint of a leaf may differ from its derivative, or an empty text."""
    assignments, hazards = _analysis(source)
    reached = _closure({leaf.split(".")[0]}, assignments) if hazards else set()
    return next((hazard.reason for hazard in hazards if hazard.names & reached), "")


@functools.lru_cache(maxsize=64)
def _analysis(source: str) -> tuple[list[tuple[set[str], frozenset[str]]], list[_Hazard]]:
    """What the kernel of a source assigns from what, and its hazards."""
    tree = ast.parse(source)
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    numbers = whole_constants(tree)
    risky = _risky_functions(functions, numbers)
    assignments: list[tuple[set[str], frozenset[str]]] = []
    hazards: list[_Hazard] = []
    for kernel in functions.values():
        if is_kernel(kernel):
            assignments += _assignments(kernel, frozenset(functions))
            hazards += _hazards(kernel, risky, numbers)
    return assignments, hazards


def is_kernel(function: ast.FunctionDef) -> bool:
    return _decorated(function, "kernel")


def _decorated(function: ast.FunctionDef, name: str) -> bool:
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (isinstance(target, ast.Attribute) and target.attr == name) or _is_name(target, name):
            return True
    return False


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _risky_functions(functions: Mapping[str, ast.FunctionDef], numbers: Mapping[str, int]) -> dict[str, str]:
    """Functions that hold a hazard, or call one that does, and why; a gradient written by hand may be anything."""
    risky: dict[str, str] = {}
    for function in functions.values():
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and _called(decorator) in ("func_grad", "func_replay"):
                risky |= {name: "custom gradient" for name in _names(decorator) if name in functions}
    while True:
        found = {
            name: hazards[0].reason
            for name, function in functions.items()
            if name not in risky
            and _decorated(function, "func")
            and (hazards := list(_hazards(function, risky, numbers)))
        }
        if not found:
            return risky
        risky |= found


# -- names


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def base_of(node: ast.AST) -> str:
    """The variable that a target or an operand is, or is part of."""
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def assigned_in(nodes: list[ast.stmt]) -> set[str]:
    """Names that are assigned, or whose parts are."""
    found = set()
    for statement in nodes:
        for node in ast.walk(statement):
            stored = isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store)
            if stored or isinstance(node, ast.AugAssign):
                found.add(base_of(node.target if isinstance(node, ast.AugAssign) else node))
    return found - {""}


def _assignments(function: ast.FunctionDef, own: frozenset[str]) -> Iterator[tuple[set[str], frozenset[str]]]:
    """What each statement or call may write, and what that may depend on; `own` are the source's own functions."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield {base_of(part) for target in node.targets for part in _parts(target)}, _names(node)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For)):
            value = node.iter if isinstance(node, ast.For) else node
            yield {base_of(part) for part in _parts(node.target)}, _names(value)
        elif isinstance(node, ast.Call):
            called = _called(node)
            if called in own or called.startswith(("atomic_", "tile_", "transform_set_")):
                yield {base_of(argument) for argument in node.args}, _names(node)


def _parts(target: ast.expr) -> list[ast.expr]:
    return [p for item in target.elts for p in _parts(item)] if isinstance(target, (ast.Tuple, ast.List)) else [target]


def _closure(start: set[str], assignments: list[tuple[set[str], frozenset[str]]]) -> set[str]:
    """Names that depend on one of the first ones."""
    found = set(start)
    grown = True
    while grown:
        grown = False
        for targets, sources in assignments:
            if sources & found and not targets <= found:
                found |= targets
                grown = True
    return found - {""}


# -- hazards


def _hazards(function: ast.FunctionDef, risky: Mapping[str, str], numbers: Mapping[str, int]) -> Iterator[_Hazard]:
    """What in a function may give a wrong adjoint."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            for name in [_called(node), *sorted(_names(node))]:
                reason = risky.get(name) or BUILTINS.get(name)
                if reason:
                    yield _Hazard(reason, _names(node))
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Mod):
            yield _Hazard(BUILTINS["mod"], _names(node))
    yield from _loop_hazards(function, numbers)
    yield from _overwritten_arrays(function)
    yield from _overwritten_parts(function)


def unrolled(loop: ast.For, numbers: Mapping[str, int]) -> bool:
    """Whether Warp writes out the turns of a loop: a range of few known turns that is not left early."""
    if any(isinstance(node, ast.Break) for node in ast.walk(loop)):
        return False
    if not isinstance(loop.iter, ast.Call) or _called(loop.iter) != "range":
        return False
    bounds = [_whole(bound, numbers) for bound in loop.iter.args]
    known = [bound for bound in bounds if bound is not None]
    return len(known) == len(bounds) and len(range(*known)) <= MAX_UNROLL


def _whole(node: ast.expr, numbers: Mapping[str, int]) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _whole(node.operand, numbers)
        return None if value is None else -value
    if isinstance(node, ast.Name):
        return numbers.get(node.id)
    return int(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def whole_constants(tree: ast.Module) -> dict[str, int]:
    """Whole numbers that a module names."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            if isinstance(value, ast.Call) and _called(value) in ("constant", "int", "int32") and len(value.args) == 1:
                value = value.args[0]
            number = _whole(value, {})
            if number is not None:
                found[node.targets[0].id] = number
    return found


def _loop_hazards(function: ast.FunctionDef, numbers: Mapping[str, int]) -> Iterator[_Hazard]:
    """Dynamic loops: the reverse pass does not run them first, so what they change has other values there.

    It does not matter where such a variable is only added to and stored. A loop that is left early, or turns while a
    condition holds, is not run backwards as it ran forwards.
    """
    assignments = [*_assignments(function, frozenset()), *_conditional(function)]
    for loop in ast.walk(function):
        if isinstance(loop, ast.While) or (isinstance(loop, ast.For) and not unrolled(loop, numbers)):
            if isinstance(loop, ast.While) or any(isinstance(n, (ast.Break, ast.Continue)) for n in ast.walk(loop)):
                yield _Hazard(LOOP, frozenset().union(*map(_names, loop.body)))
            lines = range(loop.lineno, (loop.end_lineno or loop.lineno) + 1)
            outside = {
                node.id for node in ast.walk(function) if isinstance(node, ast.Name) and node.lineno not in lines
            }
            changed = assigned_in(loop.body) & outside
            yield from _uses(function, _closure(changed, assignments))


def _conditional(function: ast.FunctionDef) -> Iterator[tuple[set[str], frozenset[str]]]:
    """What is assigned only where a condition holds, or where one did not leave the loop or the kernel before."""
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            yield assigned_in(node.body + node.orelse), _names(node.test)
        elif isinstance(node, _BLOCKS):
            yield assigned_in(node.body), _left_by(node)


_BLOCKS = (ast.For, ast.While, ast.FunctionDef)


def _left_by(block: ast.For | ast.While | ast.FunctionDef) -> frozenset[str]:
    """Names in the conditions by which a loop, or a turn of it, or a kernel ends early."""
    jumps = ast.Return if isinstance(block, ast.FunctionDef) else (ast.Break, ast.Continue, ast.Return)
    tests = (
        node.test
        for node in ast.walk(block)
        if isinstance(node, ast.If) and any(isinstance(inner, jumps) for inner in ast.walk(node))
    )
    return frozenset[str]().union(*map(_names, tests))


def _uses(function: ast.FunctionDef, tainted: set[str]) -> Iterator[_Hazard]:
    """Places where the value of something that a loop changes matters to a derivative."""
    for node in ast.walk(function):
        if not _names(node) & tainted:
            continue
        if isinstance(node, (ast.BinOp, ast.AugAssign)):
            if not isinstance(node.op, (ast.Add, ast.Sub)):
                yield _Hazard(LOOP, _names(node))
        elif isinstance(node, (ast.If, ast.IfExp)):
            if _names(node.test) & tainted:
                yield _Hazard(LOOP, _names(node))
        elif isinstance(node, _BLOCKS):
            if _left_by(node) & tainted:
                yield _Hazard(LOOP, frozenset[str]().union(*map(_names, node.body)))
        elif isinstance(node, ast.Call) or (isinstance(node, ast.Subscript) and _names(node.slice) & tainted):
            yield _Hazard(LOOP, _names(node))


def _overwritten_arrays(function: ast.FunctionDef) -> Iterator[_Hazard]:
    """Arguments whose items are both read and assigned: the adjoint replays on what they hold at one time."""
    parameters = {arg.arg for arg in function.args.args}
    read = {
        base_of(node)
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
    }
    both = read & assigned_in(function.body) & parameters
    if both:
        tainted = _closure(both, list(_assignments(function, frozenset())))
        for node in ast.walk(function):
            if (
                isinstance(node, (ast.stmt, ast.Call))
                and _names(node) & tainted
                and not isinstance(node, ast.FunctionDef)
            ):
                yield _Hazard("array read and overwritten", _names(node))


def _overwritten_parts(function: ast.FunctionDef) -> Iterator[_Hazard]:
    """A component or field of a local is assigned: its adjoint also reaches the value that was there before."""
    local = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(function):
        part = isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store)
        if part and base_of(node) in local:
            yield _Hazard("component of a local overwritten", frozenset({base_of(node)}))
