"""Which constants, structs and functions of a program are needed, and which arrays a body writes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import tree, tree_walks
from .prune import names_read

Part = tree.Constant | tree.StructDef | tree.Function | tree.Factory


def parts_in_use(parts: Sequence[Part], used: set[str], parameters: Sequence[tree.Parameter]) -> tuple[Part, ...]:
    """Constants, structs and functions that the kernel needs, directly or through each other."""
    text = " ".join(p.annotation for p in parameters)
    kept: list[Part] = []
    for part in reversed(parts):
        if any(name in used or name in text for name in _names(part)):
            kept.append(part)
            text += " " + _mentions(part, used)
    kept.reverse()
    # Numbers stand above all functions, however late they were asked for.
    return tuple(sorted(kept, key=lambda part: not (isinstance(part, tree.Constant) and _NUMBER.fullmatch(part.value))))


_NUMBER = re.compile(r"(wp\.constant\()?([\w.]+\()?-?[\d.]+(e[-+]?\d+)?\)*")
"""A constant's text that is a number, perhaps of a type."""


def _names(part: Part) -> tuple[str, ...]:
    """What a part defines; a custom gradient lives as long as its function."""
    if isinstance(part, tree.StructDef):
        return (part.type.name,)
    if isinstance(part, tree.Factory):
        return tuple(name for name, _ in part.made)
    if isinstance(part, tree.Function) and part.decorators[0].startswith(("@wp.func_grad(", "@wp.func_replay(")):
        return (part.decorators[0].partition("(")[2].removesuffix(")"),)
    return (part.name,)


def _mentions(part: Part, used: set[str]) -> str:
    """What a kept part needs: names that its body reads go to `used`, annotations are returned."""
    if isinstance(part, tree.Constant):
        return part.value
    if isinstance(part, tree.StructDef):
        return " ".join(part.annotations)
    if isinstance(part, tree.Factory):
        return _mentions(part.function, used)
    used.update(names_read(part.body))
    return " ".join([part.returns, *part.decorators, *(p.annotation for p in part.parameters)])


def written(body: tuple[tree.Stmt, ...]) -> set[str]:
    """Names of arrays that a body writes to."""
    found: set[str] = set()
    for node in tree_walks.statements(body):
        if isinstance(node, tree.Assign):
            targets = node.targets
        elif isinstance(node, tree.Augment):
            targets = (node.target,)
        else:
            continue
        for target in targets:
            whole = tree_walks.root(target)
            if isinstance(whole, tree.Name):
                found.add(whole.id)
    return found
