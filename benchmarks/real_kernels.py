"""The kernels that people wrote, read from packages' files without importing them.

Default packages: warp.examples of the installed Warp, and newton and mujoco_warp where they are installed. Further
folders (an unpacked wheel, a checkout) are given as paths. What is measured on the kernels is left to the callers.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGES = ("warp.examples", "newton", "mujoco_warp")


@dataclasses.dataclass(frozen=True, slots=True)
class RealKernel:
    """One `@wp.kernel` and the functions and structs of its own file that it needs."""

    package: str
    path: str
    name: str
    source: str
    """The kernel alone, with its decorators."""
    program: str
    """The same after the `@wp.func`s and structs of its file that it uses, directly or not."""


def package_folders(extra: Iterable[Path] = ()) -> list[tuple[str, Path]]:
    """Where the packages lie; a package that is not installed is left out, an extra folder is named by itself."""
    found = []
    for name in PACKAGES:
        top = importlib.util.find_spec(name.split(".")[0])
        if top is not None and top.submodule_search_locations:
            found.append((name, Path(top.submodule_search_locations[0], *name.split(".")[1:])))
    return found + [(folder.name, folder) for folder in extra]


def read_package(name: str, folder: Path) -> Iterator[RealKernel]:
    """Every kernel of a package, in the order of files and lines."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "kernel" not in text:
            continue
        yield from kernels_of(name, path.relative_to(folder).as_posix(), text)


def read_all(extra: Iterable[Path] = ()) -> list[RealKernel]:
    """The kernels of all packages, each source once."""
    unique: dict[str, RealKernel] = {}
    for name, folder in package_folders(extra):
        for kernel in read_package(name, folder):
            unique.setdefault(kernel.source, kernel)
    return list(unique.values())


def decorators(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """The last parts of the decorators' names."""
    found = set()
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        found.add(ast.unparse(inner).rpartition(".")[2])
    return found


def kernels_of(package: str, path: str, text: str) -> Iterator[RealKernel]:
    """The kernels of one file's text."""
    tree = ast.parse(text)
    lines = text.splitlines()
    helpers: dict[str, ast.FunctionDef | ast.ClassDef] = {}
    kernels = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            marks = decorators(node)
            if marks & {"func", "struct"}:
                helpers[node.name] = node
            elif "kernel" in marks and isinstance(node, ast.FunctionDef):
                kernels.append(node)
    for kernel in kernels:
        source = _segment(lines, kernel)
        needed = _needed(kernel, helpers)
        program = "\n\n\n".join([*(_segment(lines, helper) for helper in needed), source])
        yield RealKernel(package, path, kernel.name, source, program)


def _segment(lines: list[str], node: ast.FunctionDef | ast.ClassDef) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno])) + "\n"


def _needed(
    kernel: ast.FunctionDef, helpers: dict[str, ast.FunctionDef | ast.ClassDef]
) -> list[ast.FunctionDef | ast.ClassDef]:
    """The helpers that a kernel reaches by name, in the order of the file."""
    reached: dict[str, ast.FunctionDef | ast.ClassDef] = {}
    waiting: list[ast.AST] = [kernel]
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Name) and node.id in helpers and node.id not in reached:
                reached[node.id] = helpers[node.id]
                waiting.append(helpers[node.id])
    return sorted(reached.values(), key=lambda node: node.lineno)
