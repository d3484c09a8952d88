"""Comments put into a finished body, where people put them: before loops, branches, stores, at a line's end.

Texts are `prose`'s; how many a program has is its style's.
"""

from __future__ import annotations

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import prose, tree

_AT_END = 0.12
"""Share of comments that stand at a line's end."""


def topic(node: tree.Stmt) -> str:
    """What a remark before a statement would be about; empty where people write none."""
    if isinstance(node, (tree.For, tree.While)):
        return "loop"
    if isinstance(node, tree.If):
        if len(node.body) == 1 and isinstance(node.body[0], tree.Return):
            return "guard"
        return "skip" if len(node.body) == 1 and isinstance(node.body[0], tree.Continue) else "branch"
    if isinstance(node, tree.Do) and isinstance(node.value, tree.Call):
        name = node.value.function
        return "tile" if "tile" in name else "atomic" if "atomic" in name else ""
    if isinstance(node, tree.Assign):
        return _of_assignment(node)
    return ""


def _of_assignment(node: tree.Assign) -> str:
    target, value = node.targets[0], node.value
    if isinstance(target, tree.Subscript):
        return "store" if isinstance(target.base.type, t.Array) else ""
    if isinstance(value, tree.Call):
        if "rand" in value.function:
            return "random"
        if "query" in value.function:
            return "query"
        if "transform" in value.function or "quat" in value.function:
            return "transform"
        if value.function in ("wp.normalize", "wp.length", "wp.dot"):
            return value.function.removeprefix("wp.")
        return "index" if value.function == "wp.tid" else "init" if not value.arguments else ""
    if isinstance(value, tree.Subscript) and isinstance(value.base.type, t.Array):
        return "load"
    return _OPERATORS.get(value.operator, "") if isinstance(value, tree.Binary) else ""


_OPERATORS = {"+": "sum", "-": "difference", "*": "product", "/": "ratio"}


def annotate(
    rng: Rng, body: tuple[tree.Stmt, ...], share: float, capital: bool, depth: int = 0
) -> tuple[tree.Stmt, ...]:
    """The body with remarks; the first of several statements of one topic gets it."""
    result: list[tree.Stmt] = []
    previous = "index"
    for node in body:
        about = topic(node)
        if about and about != previous and rng.chance(share * (0.6 if depth else 0.8)):
            text = prose.remark(rng, about, capital)
            if isinstance(node, tree.Assign) and not node.note and rng.chance(_AT_END):
                node = tree.Assign(node.targets, node.value, text)
            else:
                if result and not depth and not isinstance(result[-1], (tree.Comment, tree.Blank)) and rng.chance(0.5):
                    result.append(tree.Blank())
                if not result or not isinstance(result[-1], tree.Comment):
                    result.append(tree.Comment(text))
        previous = about or previous
        result.append(_inner(rng, node, share, capital, depth + 1))
    return tuple(result)


def _inner(rng: Rng, node: tree.Stmt, share: float, capital: bool, depth: int) -> tree.Stmt:
    if isinstance(node, tree.If):
        return tree.If(
            node.test,
            annotate(rng, node.body, share, capital, depth),
            node.otherwise if len(node.otherwise) == 1 else annotate(rng, node.otherwise, share, capital, depth),
        )
    if isinstance(node, tree.For):
        return tree.For(node.target, node.bounds, annotate(rng, node.body, share, capital, depth), node.iterator)
    if isinstance(node, tree.While):
        return tree.While(node.test, annotate(rng, node.body, share, capital, depth))
    return node
