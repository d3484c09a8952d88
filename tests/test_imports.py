"""Imports go one way: no cycles, and none against the order of the units."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "warp_jit_pairs"

FORBIDDEN = {
    "schema": {"pipeline", "extract", "build"},
    "extract": {"grammar", "generator", "pipeline", "reference"},
    "reference": {"extract", "grammar", "generator"},
    "identity": {"grammar", "generator", "extract"},
    "plan": {"extract", "pipeline"},
}
"""Unit -> units it must not reach, directly or through others."""

WARP_INTERNALS = {
    "builtin_calls.py",
    "codegen.py",
    "definitions.py",
    "function_text.py",
    "harvest_worker.py",
    "live_kernels.py",
    "quiet.py",
    "shortcuts.py",
    "spelling.py",
    "grammar/registry.py",
}
"""Code generation, live kernels and their sources, and the table of builtins that the grammar's rules come from."""


def _unit(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    """Units of the package that a file imports while it is imported itself (not inside functions)."""
    inside = path.parent != PACKAGE
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level == (2 if inside else 1):
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def _graph() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        graph.setdefault(_unit(path), set()).update(_imports(path))
    return {unit: imported - {unit} for unit, imported in graph.items()}


def _reached(unit: str, graph: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    todo = [unit]
    while todo:
        for other in graph.get(todo.pop(), set()) - reached:
            reached.add(other)
            todo.append(other)
    return reached


def test_there_are_no_import_cycles() -> None:
    graph = _graph()
    assert len(graph) > 15
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("folder", ["grammar", "reference"])
def test_there_are_no_import_cycles_inside(folder: str) -> None:
    graph: dict[str, set[str]] = {}
    for path in (PACKAGE / folder).glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                names = {node.module} if node.module else {alias.name for alias in node.names}
                graph.setdefault(path.stem, set()).update(names)
    assert len(graph) > 15
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("unit", FORBIDDEN)
def test_no_unit_reaches_what_it_must_not_know(unit: str) -> None:
    assert not _reached(unit, _graph()) & FORBIDDEN[unit]


def test_few_files_touch_the_internals_of_warp() -> None:
    files = PACKAGE.rglob("*.py")
    touching = {str(f.relative_to(PACKAGE)) for f in files if "warp._src" in f.read_text(encoding="utf-8")}
    assert touching == WARP_INTERNALS


def test_every_module_says_what_it_does() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path.name
