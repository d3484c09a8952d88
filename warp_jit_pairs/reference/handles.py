"""Which arguments of a kernel are handles, read off its source: what it gives to mesh, BVH, grid and volume builtins.

Ids of Warp's objects are plain `wp.uint64`, so only their use tells what they name. Making the objects is left to
`geometry.py` (for the reference) and `native_handles.py` (for compiled code).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .layout import Composite, HandleType, StructType, ValueType, handle_type

STEPS = ("bvh_query_next", "mesh_query_next", "mesh_query_aabb_next", "hash_grid_query_next")
"""Builtins that advance a query, and write the index they find to their second argument."""

_FAMILIES = {
    "mesh_": "mesh", "tile_mesh_": "mesh", "bvh_": "bvh", "tile_bvh_": "bvh", "hash_grid_": "hashgrid",
    "volume_": "volume",
}  # fmt: skip

Uses = dict[str, set[str]]
"""For each path from a parameter (`scene.mesh`) the builtins that take it."""


def handle_types(tree: ast.Module, kernel: str) -> dict[str, HandleType]:
    """Types of the kernel's arguments, or fields of them, that are ids of objects, by path."""
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    uses: dict[str, Uses] = {name: {} for name in functions}
    for _ in functions:  # each round carries what a function does to its parameters one call further up
        for name, function in functions.items():
            _collect(function, functions, uses, uses[name])
    found = {path: _type_of(names) for path, names in uses.get(kernel, {}).items()}
    return {path: kind for path, kind in found.items() if kind is not None}


def with_handles(kind: ValueType, path: str, handles: Mapping[str, HandleType]) -> ValueType:
    """A type in which the ids at the given paths are handles."""
    if isinstance(kind, HandleType):
        return kind
    if isinstance(kind, StructType):
        fields = tuple((name, with_handles(inner, f"{path}.{name}", handles)) for name, inner in kind.fields)
        return StructType(kind.name, fields)
    if kind == Composite("scalar", "uint64") and path in handles:
        return handles[path]
    return kind


def _type_of(names: set[str]) -> HandleType | None:
    families = {family for name in names for prefix, family in _FAMILIES.items() if name.startswith(prefix)}
    if len(families) != 1:
        return None
    family = families.pop()
    return handle_type(_volume(names) if family == "volume" else family, frozenset(names))


def _volume(names: set[str]) -> str:
    """The kind of volume that answers these builtins; a generic one is followed by its value's type."""
    endings = {name.rsplit("_", 1)[-1] for name in names if ":" not in name and not name.endswith("_to_index")}
    dtypes = {name.split(":")[1] for name in names if ":" in name}
    if "index" in endings:
        return "volume_index"
    if "i" in endings or dtypes & {"int", "int32"}:
        return "volume_i"
    return "volume_v" if "v" in endings or dtypes & {"vec3", "vec3f"} else "volume_f"


def _path(node: ast.expr, aliases: Mapping[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def _collect(
    function: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef], uses: Mapping[str, Uses], found: Uses
) -> None:
    aliases: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            path = _path(node.value, {})
            if path is not None:
                aliases[node.targets[0].id] = path
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in functions:
            _pass_on(node, functions[name], uses[name], aliases, found)
        elif node.args and name.startswith(tuple(_FAMILIES)) and not name.removesuffix("_tiled").endswith("_next"):
            path = _path(node.args[0], aliases)
            if path is not None:
                found.setdefault(path, set()).add(name + _dtype(node))


def _dtype(call: ast.Call) -> str:
    for keyword in call.keywords:
        if keyword.arg == "dtype":
            return ":" + ast.unparse(keyword.value).rsplit(".", 1)[-1]
    return ""


def _pass_on(call: ast.Call, callee: ast.FunctionDef, uses: Uses, aliases: Mapping[str, str], found: Uses) -> None:
    """What a function does to its parameters, it does to what a call gives for them."""
    for parameter, argument in zip(callee.args.args, call.args, strict=False):
        path = _path(argument, aliases)
        for inner, names in list(uses.items()):
            root, _, rest = inner.partition(".")
            if path is not None and root == parameter.arg:
                found.setdefault(f"{path}.{rest}" if rest else path, set()).update(names)
