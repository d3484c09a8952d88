"""How a program spells its calls of tile builtins: by keyword or by place, operators or maps, checks of bounds.

One habit a program. What a call computes stays the same.
"""

from __future__ import annotations

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import tree, tree_walks
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

_IN_REGISTERS = frozenset({"wp.tile_fft", "wp.tile_ifft"})
"""Builtins that take no tiles in shared memory."""
_CHECKED = ("wp.tile_load", "wp.tile_store")
_FUNCTIONS = {"+": "wp.add", "-": "wp.sub", "*": "wp.mul"}


def respell(rng: Rng, body: Block, whole: bool) -> None:
    """Write a body's calls as one person would; `whole` says that no tile reaches beyond its array."""
    placed = rng.weighted({0: 5.0, 1: 3.0, 2: 1.5})
    unchecked = whole and rng.chance(0.15)
    nodes = (one for node in tree_walks.statements(body) for one in tree_walks.walk(*tree_walks.expressions(node)))
    called = {one.function for one in nodes if isinstance(one, tree.Call)}
    shared = rng.chance(0.08) and _IN_REGISTERS.isdisjoint(called)
    mapped, extracted = rng.chance(0.2), rng.chance(0.25)
    for node in tree_walks.statements(body):
        for expression in tree_walks.expressions(node):
            _respell(expression, placed, unchecked, shared)
        if isinstance(node, tree.Assign):
            if extracted:
                node.value = _extracted(node.value)  # type: ignore[misc]
            if mapped:
                node.value = _mapped(node.value)  # type: ignore[misc]


def _respell(expression: Expr, placed: int, unchecked: bool, shared: bool) -> None:
    for child in tree_walks.children(expression):
        _respell(child, placed, unchecked, shared)
    if not isinstance(expression, tree.Call) or expression.function not in _PLACES:
        return
    given = dict(expression.keywords)
    by_place = []
    for name in _PLACES[expression.function][:placed]:
        if name not in given or (name == "offset" and placed < 2):
            break
        by_place.append(given.pop(name))
    if shared and expression.function == "wp.tile_load" and "storage" not in given:
        given["storage"] = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    if unchecked and expression.function in _CHECKED:
        given["bounds_check"] = tree.literal(False, t.BOOL)
    expression.arguments = (*expression.arguments, *by_place)  # type: ignore[misc]
    expression.keywords = tuple(given.items())  # type: ignore[misc]


def _extracted(value: Expr) -> Expr:
    """Elements of tiles got by a builtin instead of a subscript."""
    if isinstance(value, tree.Binary):
        value.left = _extracted(value.left)  # type: ignore[misc]
        value.right = _extracted(value.right)  # type: ignore[misc]
    elif isinstance(value, tree.Call):
        value.arguments = tuple(_extracted(one) for one in value.arguments)  # type: ignore[misc]
    elif isinstance(value, tree.Subscript) and isinstance(value.base.type, t.Tile):
        whole = len(value.base.type.shape) == len(value.indices) == 1
        if whole and isinstance(value.indices[0], tree.Literal):
            return tree.Call(value.type, value.low, value.high, "wp.tile_extract", (value.base, value.indices[0]))
    return value


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
