"""Expressions as Python text: operators with the parentheses they need, calls, subscripts, choices.

`emit` puts the text into statements and lines; nothing here knows how wide a line may be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .grammar import tree

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "not": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "==": 4,
    "!=": 4,
    "|": 5,
    "^": 6,
    "&": 7,
    "<<": 8,
    ">>": 8,
    "+": 9,
    "-": 9,
    "*": 10,
    "/": 10,
    "//": 10,
    "%": 10,
    "@": 10,
    "unary": 11,
    "**": 12,
}


def expression(node: tree.Expr, outer: int = 0) -> str:
    """The text of an expression, in parentheses where its surroundings bind tighter than `outer`."""
    writer = _WRITERS.get(type(node))
    if writer is None:
        raise TypeError(f"no text for {type(node).__name__}")
    return writer(node, outer)


def _name(node: tree.Name, outer: int) -> str:
    return node.id


def _number(value: object) -> str:
    """A number as people write it: 1e-6, and 1.0e6 rather than 1000000.0."""
    text = repr(value).replace("e-0", "e-").replace("e+", "e")
    if text.endswith("00000.0"):
        digits, _, exponent = f"{value:e}".partition("e")
        whole = digits.rstrip("0")
        return f"{whole}{'0' if whole.endswith('.') else ''}e{int(exponent)}"
    return text


def _literal(node: tree.Literal, outer: int) -> str:
    text = node.text or _number(node.value)
    return f"({text})" if outer > _PRECEDENCE["unary"] and text.startswith("-") else text


def _item(node: tree.Subscript, outer: int) -> str:
    return f"{expression(node.base, 13)}[{', '.join(map(_subscript, node.indices))}]"


def _call(node: tree.Call, outer: int) -> str:
    return f"{node.function}({', '.join(_arguments(node))})"


def _attribute(node: tree.Attribute, outer: int) -> str:
    return f"{expression(node.base, 13)}.{node.name}"


def _binary(node: tree.Binary, outer: int) -> str:
    own = _PRECEDENCE[node.operator]
    left, right = (own + 1, own) if node.operator == "**" else (5, 5) if own == 4 else (own, own + 1)
    text = f"{expression(node.left, left)} {node.operator} {expression(node.right, right)}"
    return f"({text})" if own < outer else text


def _unary(node: tree.Unary, outer: int) -> str:
    own = _PRECEDENCE["not"] if node.operator == "not" else _PRECEDENCE["unary"]
    space = " " if node.operator == "not" else ""
    text = f"{node.operator}{space}{expression(node.operand, own)}"
    return f"({text})" if own < outer else text


def _logical(node: tree.Logical, outer: int) -> str:
    own = _PRECEDENCE[node.operator]
    text = f" {node.operator} ".join(expression(part, own + 1) for part in node.operands)
    return f"({text})" if own < outer else text


def _conditional(node: tree.Conditional, outer: int) -> str:
    text = f"{expression(node.then, 1)} if {expression(node.test, 1)} else {expression(node.other)}"
    return f"({text})" if outer > 0 else text


def _tuple(node: tree.TupleOf, outer: int) -> str:
    inner = ", ".join(map(expression, node.items))
    return f"({inner},)" if len(node.items) == 1 else f"({inner})"


def _verbatim(node: tree.Verbatim, outer: int) -> str:
    return node.text


_WRITERS: dict[type[tree.Expr], Callable[[Any, int], str]] = {
    tree.Name: _name,
    tree.Literal: _literal,
    tree.Subscript: _item,
    tree.Call: _call,
    tree.Attribute: _attribute,
    tree.Binary: _binary,
    tree.Unary: _unary,
    tree.Logical: _logical,
    tree.Conditional: _conditional,
    tree.TupleOf: _tuple,
    tree.Verbatim: _verbatim,
}


def _subscript(node: tree.Expr) -> str:
    if isinstance(node, tree.Slice):
        start = expression(node.start, 5) if node.start else ""
        stop = expression(node.stop, 5) if node.stop else ""
        spaced = not (_simple(node.start) and _simple(node.stop))
        if spaced:
            return f"{start} : {stop}".strip()
        return f"{start}:{stop}"
    return expression(node)


def _simple(node: tree.Expr | None) -> bool:
    return node is None or isinstance(node, (tree.Name, tree.Literal))


def _arguments(node: tree.Call) -> list[str]:
    texts = list(map(expression, node.arguments))
    return texts + [f"{key}={expression(a)}" for key, a in node.keywords] if node.keywords else texts


def call_parts(node: tree.Call) -> list[tree.Expr | str]:
    return [*node.arguments, *(f"{key}={expression(value)}" for key, value in node.keywords)]


def chain(node: tree.Expr) -> list[str]:
    """The operands of the outermost operators, each with its operator in front."""
    if isinstance(node, tree.Binary):
        own = _PRECEDENCE[node.operator]
        if own in (9, 10) and isinstance(node.left, tree.Binary) and _PRECEDENCE[node.left.operator] == own:
            head = chain(node.left)
        else:
            head = [expression(node.left, own)]
        return [*head, f"{node.operator} {expression(node.right, own + 1)}"]
    if isinstance(node, tree.Logical):
        own = _PRECEDENCE[node.operator]
        parts = [expression(part, own + 1) for part in node.operands]
        return [parts[0], *(f"{node.operator} {part}" for part in parts[1:])]
    if isinstance(node, tree.Conditional):
        return [expression(node.then, 1), f"if {expression(node.test, 1)}", f"else {expression(node.other)}"]
    return [expression(node)]
