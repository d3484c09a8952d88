"""The text of one function, changed so that it means the same in another file.

Names are looked up as Warp does it. Only what would not be found, or would be something else, is changed; the rest
stays as its author wrote it, comments included. What `wp.static` cannot compute in the new file is replaced by what it
gave.
"""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import math
import re
import types
import typing
from dataclasses import dataclass
from typing import Any

import warp as wp
from warp._src import codegen as wp_codegen
from warp._src import context as wp_context
from warp._src import types as wp_types

from .definitions import Definitions
from .errors import Rejected
from .spelling import is_type, value_spelling

_MISSING = object()


@dataclass(slots=True)
class _Edit:
    """Text to stand in the place of a part of a function's source."""

    start: int
    end: int
    text: str


class FunctionText:
    """One function that is written into a file."""

    def __init__(self, file: Definitions, adj: Any, name: str) -> None:
        self.file = file
        self.adj = adj
        self.name = name
        self.source: str = ast.unparse(adj.tree) if adj.transformers else adj.source
        self.node = typing.cast(ast.FunctionDef, ast.parse(self.source).body[0])
        self.lines = [0]
        for line in self.source.encode().splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.locals = {node.id for node in ast.walk(self.node) if isinstance(node, ast.Name) and _is_stored(node)}
        self.locals |= {argument.arg for argument in self._arguments()}
        self.edits: list[_Edit] = []
        self.strict = False
        """Whether a name that is not known is an error."""

    def _arguments(self) -> list[ast.arg]:
        given = self.node.args
        return [*given.posonlyargs, *given.args, *given.kwonlyargs]

    def text(self, decorator: str) -> str:
        """The function's text below a decorator, with every name of the file's own."""
        for argument in self._arguments():
            if argument.annotation is not None:
                self._annotation(argument)
        if self.node.returns is not None:
            self._returns(self.node.returns)
        for value in (*self.node.args.defaults, *self.node.args.kw_defaults):
            if value is not None:
                self._visit(value)
        for statement in self.node.body:
            self._visit(statement)
        start = self.lines[self.node.lineno - 1]
        data = self.source.encode()
        for edit in sorted(self.edits, key=lambda edit: -edit.start):
            data = data[: edit.start] + edit.text.encode() + data[edit.end :]
        body = data[start:].decode()
        body = re.sub(rf"\bdef {re.escape(self.node.name)}\b", f"def {self.name}", body, count=1)
        return f"{decorator}\n{body.rstrip()}"

    def _replace(self, node: ast.expr, text: str) -> None:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.lines[node.lineno - 1] + node.col_offset
        self.edits.append(_Edit(start, self.lines[node.end_lineno - 1] + node.end_col_offset, text))

    def _annotation(self, argument: ast.arg) -> None:
        """Keep an annotation as it is written if it means the argument's type in the new file, too."""
        assert argument.annotation is not None
        wanted = self.adj.arg_types.get(argument.arg, _MISSING)
        written = getattr(inspect.unwrap(self.adj.func), "__annotations__", {}).get(argument.arg)
        plain = not any(isinstance(node, ast.Constant) and isinstance(node.value, str) for node in ast.walk(argument))
        if plain and written is wanted and self._means(argument.annotation, wanted) and self._try(argument.annotation):
            return
        self._replace(argument.annotation, self.file.type(wanted))

    def _means(self, annotation: ast.expr, wanted: Any) -> bool:
        """Whether an annotation gives the type when its names are looked up from inside the function.

        A function does not keep the names around it that it has in annotations alone.
        """
        names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
        around = {name: value for name in names if (value := self._around(name)) is not _MISSING}
        try:
            given = eval(compile(ast.Expression(annotation), "<annotation>", "eval"), {"__builtins__": {}}, around)
        except (NameError, TypeError, AttributeError):  # names that now are of something else
            return False
        return given is wanted or _is_same_type(given, wanted)

    def _returns(self, annotation: ast.expr) -> None:
        plain = not isinstance(annotation, ast.Constant)
        if plain and self._try(annotation):
            return
        wanted = self.adj.arg_types.get("return", _MISSING)
        self._replace(annotation, "None" if wanted in (_MISSING, None) else self.file.type(wanted))

    def _try(self, node: ast.expr) -> bool:
        """Visit an expression; if something in it cannot be written, leave no edit of it and say so."""
        before = len(self.edits)
        self.strict = True
        try:
            self._visit(node)
        except Rejected:
            del self.edits[before:]
            return False
        finally:
            self.strict = False
        return True

    def _visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call) and self._is_static(node):
            self._static(node)
            return
        if isinstance(node, ast.Attribute | ast.Name):
            path = _path(node)
            if path and path[0] not in self.locals:
                self._reference(typing.cast(ast.expr, node), path)
                return
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.FunctionDef) and child in node.decorator_list:
                continue
            self._visit(child)

    def _around(self, name: str) -> Any:
        """What a name means outside the function, as Warp looks it up."""
        value = self.adj.resolve_external_reference(name)
        if value is None:
            value = getattr(wp, name, None)
        return value if value is not None else getattr(builtins, name, _MISSING)

    def _reference(self, node: ast.expr, path: list[str]) -> None:
        """Write a name, or a dotted one, so that it means the same in the new file."""
        value = self._around(path[0])
        if value is _MISSING and self.strict:
            raise Rejected("source: name", f"{path[0]} is not known outside the function that made it")
        if value is _MISSING:
            return  # Warp knows it, or refuses it there as here
        reached = 1
        owner: Any = None
        while reached < len(path) and (isinstance(value, types.ModuleType) or _is_namespace(value, path[reached])):
            following = getattr(value, path[reached], _MISSING)
            if following is _MISSING:
                break
            owner, value = value, following
            reached += 1
        part = node
        for _ in range(len(path) - reached):
            part = typing.cast(ast.Attribute, part).value
        text = self._text(value, path[:reached], owner)
        if text is not None and text != ".".join(path[:reached]):
            self._replace(part, text)

    def _text(self, value: Any, path: list[str], owner: Any) -> str | None:
        """How the file names an object; None to leave the text."""
        name = path[-1]
        if isinstance(value, types.ModuleType):
            if value.__name__.partition(".")[0] == "warp":
                return "wp"
            if value is math:
                self.file.imports.add("import math")
                return "math"
            raise Rejected("source: module", f"{'.'.join(path)} is the module {value.__name__}")
        if isinstance(value, wp_context.Function):
            public = value.is_builtin() or getattr(wp, value.key, None) is value
            return f"wp.{value.key}" if public else self.file.function(value)
        if isinstance(value, wp_codegen.Struct):
            return self.file.struct(value)
        if isinstance(value, type) and issubclass(value, enum.Enum):
            return self.file.enumeration(value)
        if isinstance(value, enum.Enum):
            return f"{self.file.enumeration(type(value))}.{value.name}"
        if getattr(builtins, name, _MISSING) is value and len(path) == 1:
            return None
        if getattr(typing, name, _MISSING) is value:
            self.file.imports.add(f"from typing import {name}")
            return name
        if isinstance(value, typing.TypeVar):
            return self.file.type(value)
        home = getattr(wp, name, _MISSING)
        if home is value and (callable(value) or owner is wp):
            return f"wp.{name}"
        if path[0] != name and getattr(wp.types, name, _MISSING) is value:
            return f"wp.types.{name}"
        if getattr(math, name, _MISSING) is value and "math" in path:
            self.file.imports.add("import math")
            return f"math.{name}"
        if _public(path[-2:]) is value:
            return f"wp.{path[-2]}.{name}"
        if owner is not None:
            return self.file.attribute(owner, path[-2], name, value)
        return self.file.constant(value, name)

    def _is_static(self, node: ast.Call) -> bool:
        path = _path(node.func)
        if not path or path[-1] != "static" or path[0] in self.locals:
            return False
        value = self._around(path[0])
        for name in path[1:]:
            value = getattr(value, name, None)
        return bool(self.adj.is_static_expression(value))

    def _static(self, node: ast.Call) -> None:
        """Keep `wp.static(…)` if the new file can compute it, or write what it gave."""
        inner = node.args[0] if node.args else node.keywords[0].value
        self._visit(node.func)
        if not self._computes(inner) or not self._try(inner):
            code = (ast.get_source_segment(self.source, inner) or "").replace("\n", "")
            value = self.adj.resolved_static_expressions.get(code, _MISSING)
            if value is _MISSING:
                raise Rejected("source: wp.static", f"wp.static({code}) cannot be computed outside its module")
            self._replace(inner, self._value(value))

    def _computes(self, inner: ast.expr) -> bool:
        """Whether an expression only combines what the file defines."""
        allowed = (ast.Name, ast.Attribute, ast.Constant, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
        shapes = (
            ast.BinOp,
            ast.UnaryOp,
            ast.Compare,
            ast.BoolOp,
            ast.IfExp,
            ast.Subscript,
            ast.Tuple,
            ast.expr_context,
        )
        for node in ast.walk(inner):
            if isinstance(node, ast.Call):
                path = _path(node.func)
                if not path or (
                    self._around(path[0]) is not wp and path[0] not in ("int", "float", "len", "max", "min")
                ):
                    return False
            elif not isinstance(node, allowed + shapes):
                return False
        return True

    def _value(self, value: Any) -> str:
        if isinstance(value, wp_context.Function):
            return f"wp.{value.key}" if value.is_builtin() else self.file.function(value)
        if isinstance(value, wp_codegen.Struct) or is_type(value):
            return self.file.type(value)
        spelt = value_spelling(value)
        if spelt is None:
            raise Rejected("source: wp.static", f"wp.static gave a {type(value).__name__}, which has no spelling")
        return spelt


def _path(node: ast.AST) -> list[str]:
    """The names of a dotted name, or none."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


_SUBMODULES = ("config", "types", "utils")
"""The public modules of Warp that importing it alone gives."""


def _public(path: list[str]) -> Any:
    """What `wp.a.b` is after `import warp as wp`."""
    if path[0] not in _SUBMODULES:
        return _MISSING
    value: Any = wp
    for name in path:
        value = getattr(value, name, _MISSING)
    return value


def _is_same_type(one: Any, other: Any) -> bool:
    """Whether two annotations are one type of Warp's: two arrays of one dtype are two objects."""
    if wp_types.is_array(one) and wp_types.is_array(other):
        return (type(one), one.ndim, one.dtype) == (type(other), other.ndim, other.dtype)
    if type(one) is type(other) and not isinstance(one, type):  # a tile, whose types are objects, too
        return repr(getattr(one, "__dict__", one)) == repr(getattr(other, "__dict__", other))
    return bool(one == other)


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_namespace(value: Any, name: str) -> bool:
    """Whether an attribute of a value is looked up when code is generated: of classes and plain objects, and what
    `warp.fem` hangs on functions."""
    if isinstance(value, wp_context.Function):
        return name in vars(value)
    if isinstance(value, wp_codegen.Struct) or is_type(value):
        return False
    return isinstance(value, type) or not isinstance(value, int | float | str | tuple | list)
