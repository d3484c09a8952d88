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
    """What a remark before a statement would be about, so that it is true of it; empty where people write none."""
    if isinstance(node, tree.For):
        return "sums" if any(isinstance(one, tree.Augment) and one.operator == "+" for one in node.body) else "loop"
    if isinstance(node, tree.While):
        return "repeat"
    if isinstance(node, tree.If):
        if len(node.body) == 1 and isinstance(node.body[0], tree.Return):
            return "guard"
        return "skip" if len(node.body) == 1 and isinstance(node.body[0], tree.Continue) else ""
    if isinstance(node, tree.Do) and isinstance(node.value, tree.Call):
        return _of_call(node.value)
    if isinstance(node, tree.Assign):
        return _of_assignment(node)
    return ""


def _of_assignment(node: tree.Assign) -> str:
    target, value = node.targets[0], node.value
    if isinstance(target, tree.Subscript):
        return "store" if isinstance(target.base.type, t.Array) else ""
    if isinstance(value, tree.Call):
        return _of_call(value)
    if isinstance(value, tree.Subscript) and isinstance(value.base.type, t.Array):
        return "load"
    return ""


def _of_call(node: tree.Call) -> str:
    if not node.function.startswith("wp."):
        return ""
    return next((about for part, about in _CALLS.items() if part in node.function), "")


_CALLS = {
    "rand_init": "rand_init",
    "randn": "randn",
    "rand": "random",
    "hash_grid_query": "grid",
    "bvh_query_ray": "box",
    "query_ray_": "",
    "query_ray": "ray",
    "query_point": "closest",
    "query_aabb": "box",
    "inverse": "inverse",
    "rotate": "rotate",
    "transform_point": "transform_point",
    "transform_vector": "transform_vector",
    "get_rotation": "rotation",
    "get_translation": "translation",
    "identity": "identity",
    "normalize": "normalize",
    "tile_store": "tile_store",
    "tile_atomic_add": "tile_atomic_add",
    "atomic_add": "atomic_add",
    "atomic_sub": "atomic_add",
    "atomic_max": "atomic_max",
    "atomic_min": "atomic_min",
    "atomic": "atomic",
    "tid": "index",
}
"""What a remark on a call is about, by the first of these that the builtin's name contains."""


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
            if text and isinstance(node, tree.Assign) and not node.note and rng.chance(_AT_END):
                node = tree.Assign(node.targets, node.value, text)
            elif text:
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
