"""Kernels of a single thread: the body that one thread index would run is put into a loop over all elements.

People write them for what must happen in order, or only once. Whether a kernel becomes one is decided where its threads
start; here its finished body is turned.
"""

from __future__ import annotations

from . import tree


def as_turn(body: tuple[tree.Stmt, ...]) -> tuple[tree.Stmt, ...] | None:
    """The body as one turn of a loop: where a thread would return, the loop goes on; None if that cannot be written."""
    turned: list[tree.Stmt] = []
    for node in body:
        if isinstance(node, tree.Return):
            turned.append(tree.Continue())
        elif isinstance(node, tree.If):
            inner, otherwise = as_turn(node.body), as_turn(node.otherwise)
            if inner is None or otherwise is None:
                return None
            turned.append(tree.If(node.test, inner, otherwise))
        elif isinstance(node, (tree.For, tree.While)) and _returns(node.body):
            return None
        else:
            turned.append(node)
    return tuple(turned)


def _returns(body: tuple[tree.Stmt, ...]) -> bool:
    for node in body:
        if isinstance(node, tree.Return):
            return True
        if isinstance(node, tree.If) and (_returns(node.body) or _returns(node.otherwise)):
            return True
        if isinstance(node, (tree.For, tree.While)) and _returns(node.body):
            return True
    return False
