"""What laws' syntax trees tell: calls that people name before they go on with them, and what a result depends on."""

from __future__ import annotations

import ast
from functools import cache

from .laws import Law

_STEPS = {
    "sqrt": "r root rt sq_root",
    "length": "l mag norm len_v",
    "dot": "d dp d_prod",
    "exp": "e expo e_term ex",
    "log": "lg ln_term log_term",
    "cross": "c cr crossed",
    "normalize": "n unit normed",
    "transpose": "m mt flipped",
    "sin": "s sn sin_a",
    "cos": "c cs cos_a",
    "pow": "p pw power_term",
    "inverse": "w inv m_inv",
    "quat_rotate": "v rotated v_rot",
    "quat_rotate_inv": "v v_loc unrotated",
    "trace": "t tr trace_m",
    "determinant": "det det_m dm",
    "tanh": "th squashed",
    "atan2": "a ang theta_a",
}
"""Calls that people name before they go on with them: the letter that they number several by, and words for one."""


@cache
def named_calls(law: Law) -> dict[ast.expr, tuple[str, ...]]:
    """Calls within a law's formulas that may have a local of their own, and what it may be called.

    They are evaluated where their statement is, and of several calls of one builtin people name all or none.
    """
    kept: dict[str, list[ast.Call]] = {}
    barred: set[str] = set()

    def look(node: ast.AST, whole: bool, fixed: bool) -> None:
        name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        if name in _STEPS and isinstance(node, ast.Call):
            if fixed:
                barred.add(name)
            elif not whole:
                kept.setdefault(name, []).append(node)
        fixed = fixed or isinstance(node, (ast.IfExp, ast.BoolOp, ast.AugAssign))
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    given = field == "value" and isinstance(node, (ast.Assign, ast.Return))
                    look(child, given, fixed or field in ("test", "iter"))

    for statement in law.body:
        look(statement, False, False)
    for result in law.results:
        look(result, True, False)
    found: dict[ast.expr, tuple[str, ...]] = {}
    for name, nodes in kept.items():
        letter, *words = _STEPS[name].split(" ")
        if name in barred or len({ast.unparse(node) for node in nodes}) < len(nodes) or len(nodes) > _SEVERAL:
            continue
        for n, node in enumerate(nodes):
            found[node] = tuple(words) if len(nodes) == 1 else (f"{letter}{n}",)
    return found


_SEVERAL = 3
"""So many calls of one builtin are named at the most."""


@cache
def carries(law: Law, base: str) -> bool:
    """Whether what a law gives depends on a value beyond adding to it."""
    added: set[ast.expr] = set()

    def look(value: ast.expr | None) -> None:
        if isinstance(value, ast.Name):
            added.add(value)
        elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
            look(value.left)
            look(value.right)

    nodes = [node for part in (*law.body, *law.results) for node in ast.walk(part)]
    for result in law.results:
        look(result)
    for node in nodes:
        if isinstance(node, (ast.Return, ast.Assign)):
            look(node.value)
    return any(isinstance(node, ast.Name) and node.id == base and node not in added for node in nodes)
