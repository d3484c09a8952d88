"""What a kernel's source uses and how hard it is: the columns of `schema.FEATURES`, from its syntax tree and tokens.

Works on any source, generated or harvested, and knows nothing of how it was made. Definitions:

* **builtins**: what function bodies call as `wp.X(...)`, and builtins of Warp called by bare names (`min`, `float`).
* **statements**: kinds of statement, as `STATEMENTS` and `_HEADS` name them; ternaries and the like are none.
* **dtypes**: scalar types (`float` is float32), and vector, matrix, quaternion and spatial types without their width.
* **depth**: the longest way from a function's body to a leaf, one step for every `if`, `for` and `while` entered and
  one for every operator, call, subscript and attribute inside the expression.
* **lines**: lines that are not blank. **tokens**: as `identity.tokens` counts them, without comments and layout.

`difficulty` puts a program into one of `LEVELS` from these figures.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from .identity import tokens

LEVELS = ("small", "medium", "large", "huge")
"""Difficulty, by size; of the real kernels of warp.examples, newton and mujoco_warp with their helpers, 47, 27, 14 and
12 % lie in each."""

_BARE = frozenset({"abs", "min", "max", "len", "round", "int", "float", "bool", "pow", "reversed"})
_SCALAR = re.compile(r"(?:float|int|uint)(?:8|16|32|64)$|bfloat16$|bool$")
_SHAPED = re.compile(r"(vec[234]|mat[234]{2}|quat|transform|spatial_vector|spatial_matrix)(u?[bsil]|[hfd]|bf)?$")
_WIDTHS = {
    None: "float32",
    "h": "float16",
    "f": "float32",
    "d": "float64",
    "bf": "bfloat16",
    "b": "int8",
    "ub": "uint8",
    "s": "int16",
    "us": "uint16",
    "i": "int32",
    "ui": "uint32",
    "l": "int64",
    "ul": "uint64",
}
_PLAIN = {"float": "float32", "int": "int32", "bool": "bool"}
_OTHER_TYPES = {"quaternion": "quat", "transformation": "transform", "vector": "vector", "matrix": "matrix"}

STATEMENTS: dict[type[ast.stmt], str] = {
    ast.AnnAssign: "annotated_assign",
    ast.While: "while",
    ast.Break: "break",
    ast.Continue: "continue",
    ast.Return: "return",
    ast.Pass: "pass",
    ast.Assert: "assert",
}
"""Kinds of statement that follow from the node's type alone; the others are told apart in `_Reader`."""

_HEADS = {
    ast.Name: "assign",
    ast.Subscript: "store",
    ast.Attribute: "component_assign",
    ast.Tuple: "unpack",
    ast.List: "unpack",
}


@cache
def _dtypes_of(name: str) -> tuple[str, ...]:
    """The types that a name of `wp` stands for; none for other names."""
    if _SCALAR.match(name):
        return (name,)
    if match := _SHAPED.match(name):
        return (match[1], _WIDTHS[match[2]])
    return (_OTHER_TYPES[name],) if name in _OTHER_TYPES else ()


class Reader:
    """One walk over a source's tree that collects everything at once."""

    def __init__(self) -> None:
        self.builtins: set[str] = set()
        self.statements: set[str] = set()
        self.dtypes: set[str] = set()
        self.count = 0
        """Statements inside functions."""
        self.control_depth = 0
        self.expression_depth = 0
        self.depth = 0

    def read(self, tree: ast.Module) -> Reader:
        outside: list[ast.expr] = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self._function(node)
            elif isinstance(node, ast.ClassDef):
                self.statements.add("struct")
                for item in node.body:
                    if isinstance(item, ast.AnnAssign):
                        outside.append(item.annotation)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                outside.append(node.value)
        called = set(self.builtins)
        for value in outside:
            self._expression(value)
        self.builtins = called
        return self

    def _function(self, node: ast.FunctionDef) -> None:
        names = {_last_name(decorator) for decorator in node.decorator_list}
        for name, kind in (("kernel", "kernel"), ("func", "function"), ("func_grad", "custom_gradient")):
            if name in names:
                self.statements.add(kind)
        called = self.builtins
        self.builtins = set()
        for argument in node.args.args:
            if argument.annotation is not None:
                self._annotation(argument.annotation)
        if node.returns is not None:
            self._annotation(node.returns)
        self.builtins = called
        body = node.body
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            body = body[1:]
        self._block(body, 0)

    def _annotation(self, node: ast.expr) -> None:
        if type(node) is ast.Name:
            if node.id in _PLAIN:
                self.dtypes.add(_PLAIN[node.id])
        else:
            self._expression(node)

    def _block(self, body: list[ast.stmt], level: int) -> None:
        if level > self.control_depth:
            self.control_depth = level
        for node in body:
            self._statement(node, level)

    def _statement(self, node: ast.stmt, level: int) -> None:
        kind = type(node)
        put = self.statements.add
        self.count += 1
        if kind is ast.Assign:
            target = node.targets[0]  # type: ignore[attr-defined]
            put(_HEADS[type(target)])
            if type(target) is not ast.Name:
                self._top(target, level)
            self._top(node.value, level)  # type: ignore[attr-defined]
        elif kind is ast.AugAssign:
            put("augmented_store" if type(node.target) is ast.Subscript else "augmented_assign")  # type: ignore[attr-defined]
            self._top(node.target, level)  # type: ignore[attr-defined]
            self._top(node.value, level)  # type: ignore[attr-defined]
        elif kind is ast.Expr:
            put("call")
            self._top(node.value, level)  # type: ignore[attr-defined]
        elif kind is ast.If:
            self._if(node, level)  # type: ignore[arg-type]
        elif kind is ast.For:
            over = node.iter  # type: ignore[attr-defined]
            put("for_range" if type(over) is ast.Call and _last_name(over) == "range" else "for_each")
            self._top(over, level)
            self._block(node.body, level + 1)  # type: ignore[attr-defined]
        else:
            put(STATEMENTS.get(kind, kind.__name__.lower()))
            if kind is ast.While:
                self._top(node.test, level)  # type: ignore[attr-defined]
                self._block(node.body, level + 1)  # type: ignore[attr-defined]
            elif kind is ast.Return and level:
                put("early_return")
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr) and kind is not ast.While:
                    self._top(child, level)

    def _if(self, node: ast.If, level: int) -> None:
        self.statements.add("if")
        self._top(node.test, level)
        self._block(node.body, level + 1)
        rest = node.orelse
        if len(rest) == 1 and type(rest[0]) is ast.If:
            self.statements.add("elif")
            self._if(rest[0], level)
        elif rest:
            self.statements.add("else")
            self._block(rest, level + 1)

    def _top(self, node: ast.expr, level: int) -> None:
        depth = self._expression(node)
        if depth > self.expression_depth:
            self.expression_depth = depth
        if depth + level > self.depth:
            self.depth = depth + level

    def _expression(self, node: ast.AST) -> int:
        """Collect what an expression uses; return its depth, 0 for a name or literal."""
        kind = type(node)
        if kind is ast.Name or kind is ast.Constant:
            return 0
        if kind is ast.Attribute:
            value, name = node.value, node.attr  # type: ignore[attr-defined]
            if type(value) is ast.Name and value.id in ("wp", "warp"):
                self.dtypes.update(_dtypes_of(name))
                return 0
            return 1 + self._expression(value)
        deepest = 0
        if kind is ast.Call:
            self._called(node.func)  # type: ignore[attr-defined]
            if type(node.func) is not ast.Name:  # type: ignore[attr-defined]
                deepest = self._expression(node.func)  # type: ignore[attr-defined]
            children = node.args  # type: ignore[attr-defined]
            for keyword in node.keywords:  # type: ignore[attr-defined]
                if keyword.arg == "dtype" and type(keyword.value) is ast.Name:
                    self._annotation(keyword.value)
                depth = self._expression(keyword.value)
                if depth > deepest:
                    deepest = depth
        elif kind is ast.BinOp:
            children = (node.left, node.right)  # type: ignore[attr-defined]
        elif kind is ast.Subscript:
            children = (node.value, node.slice)  # type: ignore[attr-defined]
            if type(node.value) is ast.Attribute and node.value.attr.endswith(("array", "d")):  # type: ignore[attr-defined]
                self._annotation(node.slice)  # type: ignore[attr-defined]
        else:
            children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
            if kind is ast.Tuple:
                return max(map(self._expression, children), default=0)
        for child in children:
            depth = self._expression(child)
            if depth > deepest:
                deepest = depth
        return deepest + 1

    def _called(self, function: ast.expr) -> None:
        if type(function) is ast.Attribute:
            root = function.value
            if type(root) is ast.Name and root.id in ("wp", "warp"):
                self.builtins.add(function.attr)
        elif type(function) is ast.Name and function.id in _BARE:
            self.builtins.add(function.id)
            if function.id in _PLAIN:
                self.dtypes.add(_PLAIN[function.id])


def _last_name(node: ast.AST) -> str:
    """The last part of a dotted, possibly called name: `wp.func_grad(f)` gives func_grad."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def features(source: str, tree: ast.Module | None = None) -> dict[str, Any]:
    """The features column of a source; a tree that the caller has parsed from it saves most of the time.

    Raises:
        SyntaxError: the text is not Python.
    """
    reader = Reader().read(tree or ast.parse(source))
    return {
        "builtins": sorted(reader.builtins),
        "statements": sorted(reader.statements),
        "dtypes": sorted(reader.dtypes),
        "depth": reader.depth,
        "lines": sum(1 for line in source.split("\n") if line and not line.isspace()),
        "tokens": len(tokens(source)),
    }


def effort(columns: Mapping[str, Any]) -> float:
    """One number for how much there is to translate: tokens, stretched by variety and depth.

    Tokens carry most of it; each distinct builtin adds 3 %, each level of depth beyond the fourth 5 %.
    """
    variety = 1.0 + 0.03 * len(columns["builtins"])
    return float(columns["tokens"] * variety * (1.0 + 0.05 * max(0, columns["depth"] - 4)))


BOUNDS = (200.0, 500.0, 1200.0)
"""Where one level of `effort` ends and the next begins."""


def difficulty(columns: Mapping[str, Any]) -> str:
    """The level of a program from its features: `small`, `medium`, `large` or `huge`."""
    measured = effort(columns)
    return LEVELS[sum(measured >= bound for bound in BOUNDS)]
