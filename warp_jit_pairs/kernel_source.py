"""The Python text of a live kernel, with what it uses, as one file as self-contained as can be told.

Each name that the kernel or a function of it takes from around it is looked up: modules become imports, plain values
and types assignments, and the structs and functions that the generated code needs come with their own text. What is
reached in other ways (a function through its module, an object that `wp.static` works on) is left as it stands.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import types
import typing
from collections.abc import Iterable
from typing import Any

from .codegen import Function, Generated
from .spelling import value_spelling


def whole_source(generated: Generated) -> tuple[str, list[int]]:
    """Return the text, and how far the lines of each function, and of the kernel after them, moved from their file."""
    functions = [*generated.functions, generated.kernel]
    structs = {text: cls for cls in generated.structs if (text := _class_source(cls)) is not None}
    imports, assignments = _surroundings(
        [*((function.source, _around(function)) for function in functions)]
        + [(text, vars(sys.modules[cls.__module__])) for text, cls in structs.items()]
    )
    lines = [*imports, ""]
    if assignments:
        lines += [*assignments, ""]
    for text in structs:
        lines += ["", *text.rstrip().split("\n"), ""]
    starts: dict[tuple[str, int], int] = {}
    shifts: list[int] = []
    for function in functions:
        place = (function.source, function.first_line)
        if place not in starts:
            starts[place] = len(lines) + 2
            lines += ["", *function.source.rstrip().split("\n"), ""]
        shifts.append(starts[place] - function.first_line)
    return "\n".join(lines).rstrip() + "\n", shifts


@functools.lru_cache(maxsize=256)  # inspect parses the whole file for each class
def _class_source(cls: type) -> str | None:
    if cls.__module__ not in sys.modules:
        return None
    try:
        return inspect.cleandoc("\n" + inspect.getsource(cls))
    except (OSError, TypeError):  # made by type(), or its file is gone
        return None


def _around(function: Function) -> dict[str, Any]:
    """The names that the function sees outside itself."""
    code = function.python.__code__
    cells = zip(code.co_freevars, function.python.__closure__ or (), strict=True)
    return function.python.__globals__ | {name: cell.cell_contents for name, cell in cells if cell != types.CellType()}


def _surroundings(texts: Iterable[tuple[str, dict[str, Any]]]) -> tuple[list[str], list[str]]:
    """Write the imports and assignments that the names used in each text stand for, each kind in order."""
    imports = {"import warp as wp"}
    assignments: dict[str, str] = {}
    for text, around in texts:
        for name in sorted({node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}):
            value = around.get(name)
            if isinstance(value, types.ModuleType):
                imports.add(f"import {value.__name__}" + ("" if value.__name__ == name else f" as {name}"))
            elif value is typing.Any:
                imports.add(f"from typing import Any{'' if name == 'Any' else f' as {name}'}")
            elif value is not None and (spelt := value_spelling(value)) is not None:
                assignments[name] = f"{name} = {spelt}"
    ordered = sorted(imports, key=lambda line: (line.startswith("import warp"), line))
    return ordered, [assignments[name] for name in sorted(assignments)]
