"""Reads the scripts of long kernels (the format is described in `scripts/__init__.py`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from .laws import casts_counter


@dataclass(frozen=True, slots=True)
class Length:
    """A dimension: how long it is, names for its length, and for an index of the threads."""

    name: str
    size: int
    words: str
    index: str


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument; `into` is the dimension that its values index, `shared` whether worlds may have it in common."""

    name: str
    type: str
    dims: tuple[str, ...]
    shared: bool
    low: float
    high: float
    into: str
    unit: bool
    words: str
    usual: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a script: its parameters with their types, its statements, and what it gives."""

    name: str
    parameters: dict[str, str]
    body: tuple[ast.stmt, ...]
    result: ast.expr


@dataclass(frozen=True, slots=True)
class Script:
    """One long kernel with all that is open in it."""

    name: str
    doc: str
    titles: tuple[str, ...]
    categories: dict[str, float]
    entity: str
    dims: dict[str, Length]
    arguments: dict[str, Argument]
    body: tuple[ast.stmt, ...]
    functions: dict[str, Function]
    chances: dict[str, float]
    groups: dict[str, tuple[str, ...]]
    """Of each group of alternatives their names."""
    grid: tuple[str, ...]
    """The two dimensions of its threads, if it has two."""
    worlds: bool
    """Whether there may be many worlds of it."""
    single: bool
    """Whether it is for single precision only."""


_SINGLE = frozenset({"quat", "transform", "spatial"})


def _cells(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [cell.strip() for cell in line.split("|")]


def _argument(cells: list[str]) -> Argument:
    name, kind, dims, bounds, words, usual = (*cells, "", "")[:6]
    unit = "unit" in bounds
    into = bounds[1:] if bounds.startswith("@") else ""
    numbers = [float(number) for number in bounds.replace("unit", "").split()] if not into else []
    low, high = numbers or (-1.0 if unit else 0.0, 1.0)
    return Argument(
        name,
        kind,
        tuple(dims.lstrip("?").split()),
        dims.startswith("?"),
        low,
        high,
        into,
        unit,
        words or name,
        tuple(float(number) for number in usual.split()),
    )


def _function(node: ast.FunctionDef) -> Function:
    *body, last = node.body
    assert isinstance(last, ast.Return)
    assert last.value is not None
    parameters = {one.arg: one.annotation.id for one in node.args.args if isinstance(one.annotation, ast.Name)}
    return Function(node.name, parameters, tuple(body), last.value)


def chosen(node: ast.expr) -> tuple[str, str] | None:
    """What an expression of the form `opt.name` or `one.group.name` asks for: a group, or none, and a name."""
    if not isinstance(node, ast.Attribute):
        return None
    base = node.value
    if isinstance(base, ast.Name) and base.id == "opt":
        return "", node.attr
    if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id == "one":
        return base.attr, node.attr
    return None


def _groups(module: ast.Module) -> dict[str, tuple[str, ...]]:
    """The names in each group of alternatives; one without a name is what an `else` is for."""
    found: dict[str, dict[str, None]] = {}
    for node in ast.walk(module):
        asked = chosen(node) if isinstance(node, ast.Attribute) else None
        if asked and asked[0]:
            found.setdefault(asked[0], {})[asked[1]] = None
    for node in ast.walk(module):
        asked = chosen(node.test) if isinstance(node, (ast.If, ast.IfExp)) else None
        if asked and asked[0] and isinstance(node, (ast.If, ast.IfExp)):
            rest = node.orelse
            if isinstance(rest, list):
                only = rest[0] if len(rest) == 1 else None
                after = chosen(only.test) if isinstance(only, ast.If) else None
            else:
                after = chosen(rest.test) if isinstance(rest, ast.IfExp) else None
            if rest and (after is None or after[0] != asked[0]):
                found[asked[0]][""] = None
    return {group: tuple(members) for group, members in found.items()}


def parse(name: str, text: str) -> Script:
    """A script's text taken apart."""
    module = ast.parse(text)
    settings: dict[str, str] = {}
    body: list[ast.stmt] = []
    functions: dict[str, Function] = {}
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            settings[node.targets[0].id] = ast.literal_eval(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name == "kernel":
            body = node.body
        elif isinstance(node, ast.FunctionDef):
            functions[node.name] = _function(node)
    dims = {c[0]: Length(c[0], int(c[1]), c[2], c[3] if c[3:] else "") for c in _cells(settings["DIMS"])}
    arguments = {cells[0]: _argument(cells) for cells in _cells(settings["ARGS"])}
    groups = _groups(module)
    return Script(
        name,
        (ast.get_docstring(module) or "").partition("\n")[0],
        tuple(settings["TITLES"].split()),
        {word: float(weight) for word, weight in (part.split(":") for part in settings["CATEGORIES"].split())},
        next(iter(dims)),
        dims,
        arguments,
        tuple(body),
        functions,
        {word: float(share) for word, share in (part.split(":") for part in settings.get("CHANCES", "").split())},
        groups,
        tuple(settings.get("GRID", "").split()),
        settings.get("WORLDS", "yes") == "yes",
        "rand" in text or casts_counter(body) or any(one.type in _SINGLE for one in arguments.values()),
    )


@cache
def scripts() -> tuple[Script, ...]:
    """All scripts, by name."""
    folder = resources.files(__package__).joinpath("scripts")
    names = sorted(entry.name for entry in folder.iterdir())
    return tuple(
        parse(name.removesuffix(".py"), folder.joinpath(name).read_text(encoding="utf-8"))
        for name in names
        if name.endswith(".py") and name != "__init__.py"
    )
