"""How a program spells its calls of tile builtins: by keyword or by place, operators or maps, checks of bounds.

One habit a program. What a call computes stays the same.
"""

from __future__ import annotations

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import tree
from .tree import Expr

Block = tuple[tree.Stmt, ...]

_PLACES: dict[str, tuple[str, ...]] = {
    "wp.tile_load": ("shape", "offset"),
    "wp.tile_store": ("offset",),
    "wp.tile_zeros": ("shape",),
    "wp.tile_ones": ("shape",),
    "wp.tile_full": ("shape", "value"),
    "wp.tile_broadcast": ("shape",),
    "wp.tile_reshape": ("shape",),
}
"""The keywords that may as well be given by place, in the order of the places after those always given so."""

_CHECKED = ("wp.tile_load", "wp.tile_store")
_FUNCTIONS = {"+": "wp.add", "-": "wp.sub", "*": "wp.mul"}


def respell(rng: Rng, body: Block, whole: bool) -> None:
    """Write a body's calls as one person would; `whole` says that no tile reaches beyond its array."""
    placed = rng.weighted({0: 5.0, 1: 3.0, 2: 1.5})
    unchecked = whole and rng.chance(0.15)
    mapped = rng.chance(0.2)
    for node in tree.statements(body):
        for expression in tree.expressions(node):
            _respell(expression, placed, unchecked)
        if mapped and isinstance(node, tree.Assign):
            node.value = _mapped(node.value)  # type: ignore[misc]


def _respell(expression: Expr, placed: int, unchecked: bool) -> None:
    for child in tree.children(expression):
        _respell(child, placed, unchecked)
    if not isinstance(expression, tree.Call) or expression.function not in _PLACES:
        return
    given = dict(expression.keywords)
    by_place = []
    for name in _PLACES[expression.function][:placed]:
        if name not in given or (name == "offset" and placed < 2):
            break
        by_place.append(given.pop(name))
    if unchecked and expression.function in _CHECKED:
        given["bounds_check"] = tree.literal(False, t.BOOL)
    expression.arguments = (*expression.arguments, *by_place)  # type: ignore[misc]
    expression.keywords = tuple(given.items())  # type: ignore[misc]


def _mapped(value: Expr) -> Expr:
    """Two tiles combined by a builtin that is mapped over them, as was done before tiles had operators."""
    if not isinstance(value, tree.Binary) or value.operator not in _FUNCTIONS:
        return value
    left, right = value.left.type, value.right.type
    if not isinstance(left, t.Tile) or not isinstance(right, t.Tile) or not isinstance(left.dtype, t.Scalar):
        return value
    if left.dtype is not right.dtype or left.shape != right.shape:
        return value
    function = tree.Verbatim(t.SHAPE, 0.0, 0.0, _FUNCTIONS[value.operator])
    return tree.Call(value.type, value.low, value.high, "wp.tile_map", (function, value.left, value.right))
