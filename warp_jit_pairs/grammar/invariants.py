"""What is the same in all turns of a loop is worked out before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from . import tree, tree_walks
from .kernel import Kernel
from .prune import reads


def lift(k: Kernel) -> None:
    """Move locals out of the loop that was just written, those that no turn changes and nothing skips."""
    block = k.blocks[-1]
    loop = block[-1]
    if not isinstance(loop, tree.For):
        return
    sets = Counter([loop.target.id, *_set_in(loop.body)])
    # What was set before the loop is carried through it.
    carried = set(_set_in(node for one in k.blocks for node in one if node is not loop))
    before: list[tree.Stmt] = []
    inside: list[tree.Stmt] = []
    for node in loop.body:
        name = _fixed(node, sets)
        if name and name not in carried:
            before.append(node)
            del sets[name]
        else:
            inside.append(node)
    if before:
        block[-1:] = [*before, tree.For(loop.target, loop.bounds, tuple(inside), loop.iterator)]


def _set_in(body: Iterable[tree.Stmt]) -> Iterator[str]:
    """The variables and arrays that statements set, once for each time; what they only change comes twice."""
    for one in tree_walks.statements(tuple(body)):
        targets: tuple[tree.Expr, ...] = ()
        if isinstance(one, tree.Assign):
            targets = one.targets
        elif isinstance(one, (tree.Augment, tree.For)):
            targets = (one.target, one.target)
        for target in targets:
            while isinstance(target, (tree.Subscript, tree.Attribute)):
                target = target.base
            if isinstance(target, tree.Name):
                yield target.id


def _fixed(node: tree.Stmt, sets: Counter[str]) -> str:
    """The local that a statement gives once and for all, from what the loop does not change; nothing if it does not."""
    if not isinstance(node, tree.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], tree.Name):
        return ""
    name = node.targets[0].id
    used: Counter[str] = Counter()
    reads(node.value, used)
    return name if sets[name] == 1 and used and not any(sets[one] for one in used) else ""
