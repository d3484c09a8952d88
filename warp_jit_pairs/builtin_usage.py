"""Which of the builtins that Warp documents a source uses, under the names of Warp's registry.

`features.py` keeps calls as they are spelled; here `wp.vec3(...)` counts as `vector`, `a // b` as `floordiv` and a
bare `min(a, b)` as `min`, so that a sample can be held against the registry, which `grammar/registry.py` reads.
"""

from __future__ import annotations

import ast
import re
from functools import cache

_CONSTRUCTORS = (
    (re.compile(r"vec[234](u?[bsil]|[hfd])?$"), "vector"),
    (re.compile(r"(mat[234]{2}|spatial_matrix)[hfd]?$"), "matrix"),
    (re.compile(r"quat[hfd]?$"), "quaternion"),
    (re.compile(r"transform[hfd]?$"), "transformation"),
    (re.compile(r"spatial_vector[hfd]?$"), "spatial_vector"),
)
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.BitAnd: "bit_and",
    ast.BitOr: "bit_or",
    ast.BitXor: "bit_xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "neg", ast.UAdd: "pos", ast.Not: "unot", ast.Invert: "invert"}


@cache
def registry_name(spelling: str) -> str:
    """The registry's name for what is called as `wp.<spelling>`."""
    for pattern, name in _CONSTRUCTORS:
        if pattern.match(spelling):
            return name
    return spelling


def _own_types(tree: ast.Module) -> dict[str, str]:
    """Types that the module makes for itself (`vec5 = wp.types.vector(...)`), and what calling them uses."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr in ("vector", "matrix"):
                found[node.targets[0].id] = function.attr
    return found


def builtins_used(tree: ast.Module) -> set[str]:
    """Registry names of every builtin and operator inside the functions of a source; unknown calls are included."""
    types = _own_types(tree)
    used: set[str] = set()
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            tiles = set()
            for statement in function.body:
                for node in ast.walk(statement):
                    _use(node, types, used)
                    if isinstance(node, ast.Assign) and _calls_tile(node.value):
                        tiles |= {target.id for target in node.targets if isinstance(target, ast.Name)}
                    elif isinstance(node, ast.Subscript) and _picks(node, tiles):
                        used.add("tile_slice_indexed")
    return used


def _calls_tile(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("tile")


def _picks(node: ast.Subscript, tiles: set[str]) -> bool:
    """Whether this is `tile[indices, :]`, which the registry knows under a name that nobody can call."""
    if not isinstance(node.slice, ast.Tuple):
        return False
    names = {part.id for part in node.slice.elts if isinstance(part, ast.Name)}
    return bool(names & tiles) and any(isinstance(part, ast.Slice) for part in node.slice.elts)


def _use(node: ast.AST, types: dict[str, str], used: set[str]) -> None:
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute):
            if isinstance(function.value, ast.Name) and function.value.id in ("wp", "warp"):
                used.add(registry_name(function.attr))
            elif function.attr in ("vector", "matrix"):
                used.add(function.attr)
        elif isinstance(function, ast.Name):
            used.add(types.get(function.id, function.id))
    elif isinstance(node, (ast.BinOp, ast.AugAssign)):
        used.add(_OPERATORS[type(node.op)])
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        used.add(_UNARY[type(node.op)])
