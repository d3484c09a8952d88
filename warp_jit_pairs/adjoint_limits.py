"""Constructs for which Warp documents, or its sources show, that the generated adjoint is not the derivative.

Asked only when an adjoint disagreed with differences: then the record says so instead of being dropped as wrong.
"""

from __future__ import annotations

import ast

MAX_UNROLL = 16
"""Loops of at most this many known turns are unrolled by Warp, and differentiate correctly."""

_WITHOUT_ADJOINT = {
    "frac", "tile_arange", "tile_cholesky_inplace", "tile_diag_add", "tile_from_thread", "tile_max", "tile_min",
    "tile_reduce", "tile_scan_exclusive", "tile_scan_inclusive", "tile_scan_max_inclusive", "tile_scan_min_inclusive",
    "tile_sort",
}  # fmt: skip
"""Builtins that Warp's sources mark as missing an adjoint although their derivative is not zero."""

_ATOMICS_WITHOUT_ADJOINT = {"atomic_exch", "atomic_cas", "atomic_min", "atomic_max"}


def adjoint_limit(source: str) -> str:
    """The reason why the adjoint of this source may differ from the derivative, or an empty text."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            if _changes_in_loop(function):
                return "variable changed in a dynamic loop"
            if _overwrites(function):
                return "array read and overwritten"
            if _overwrites_part(function):
                return "component of a local overwritten"
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if names & _ATOMICS_WITHOUT_ADJOINT:
        return "atomic whose adjoint is partial"
    if names & {"func_grad", "func_replay"}:
        return "custom gradient"
    if names & _WITHOUT_ADJOINT:
        return "builtin without an adjoint"
    if "mod" in names or any(isinstance(node, ast.Mod) for node in ast.walk(tree)):
        return "modulus, whose adjoint leaves out the divisor"
    return ""


def _stored(nodes: list[ast.stmt]) -> set[str]:
    found = set()
    for statement in nodes:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            target: ast.expr | None = node.target if isinstance(node, ast.AugAssign) else None
            while isinstance(target, (ast.Subscript, ast.Attribute)):
                target = target.value
            if isinstance(target, ast.Name):
                found.add(target.id)
            if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                base: ast.expr = node
                while isinstance(base, (ast.Subscript, ast.Attribute)):
                    base = base.value
                if isinstance(base, ast.Name):
                    found.add(base.id)
    return found


def _unrolled(loop: ast.For) -> bool:
    """A range of few literal turns."""
    if not isinstance(loop.iter, ast.Call) or not all(isinstance(arg, ast.Constant) for arg in loop.iter.args):
        return False
    return len(range(*(int(arg.value) for arg in loop.iter.args if isinstance(arg, ast.Constant)))) <= MAX_UNROLL  # type: ignore[arg-type]


def _changes_in_loop(function: ast.FunctionDef) -> bool:
    """A loop that is not unrolled assigns a variable that exists before it."""
    for loop in ast.walk(function):
        if isinstance(loop, ast.While) or (isinstance(loop, ast.For) and not _unrolled(loop)):
            before = {
                node.id
                for node in ast.walk(function)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno < loop.lineno
            }
            if _stored(loop.body) & before:
                return True
    return False


def _overwrites_part(function: ast.FunctionDef) -> bool:
    """A component or field of a local is assigned: its adjoint also reaches the value that was there before."""
    assigned = {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in ("transform_set_translation", "transform_set_rotation"):
            return True
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            base: ast.expr = node
            while isinstance(base, (ast.Subscript, ast.Attribute)):
                base = base.value
            if isinstance(base, ast.Name) and base.id in assigned:
                return True
    return False


def _overwrites(function: ast.FunctionDef) -> bool:
    """An argument's items are both read and assigned."""
    parameters = {arg.arg for arg in function.args.args}
    read = {
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name)
    }
    return bool(read & _stored(function.body) & parameters)
