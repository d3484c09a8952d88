"""The typed program tree: expressions, statements, functions, structs, the kernel.

Nodes are immutable (the type checker holds rules to it) and carry their type; expressions also carry the range of
values that rules could prove (`low`, `high`; for vectors, of each component). Operators on expressions build typed
nodes, so that rules read like the code they make: `k.call("dot", a, b) * 0.5`. Names are chosen by the builder, text is
made by `emit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import TypeAlias, TypeVar, dataclass_transform

from warp_jit_pairs import types as t

from . import ranges, registry

Value: TypeAlias = "Expr | int | float | bool"
Node = TypeVar("Node")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(made: type[Node]) -> type[Node]:
    """A dataclass that is frozen for the type checker alone: at run time that would make each node twice as dear."""
    return dataclass(slots=True, eq=False)(made)


@node
class Expr:
    """Base of all expressions."""

    type: t.Type
    low: float
    high: float

    def __add__(self, other: Value) -> Expr:
        return binary("+", self, other)

    def __radd__(self, other: Value) -> Expr:
        return binary("+", other, self)

    def __sub__(self, other: Value) -> Expr:
        return binary("-", self, other)

    def __rsub__(self, other: Value) -> Expr:
        return binary("-", other, self)

    def __mul__(self, other: Value) -> Expr:
        return binary("*", self, other)

    def __rmul__(self, other: Value) -> Expr:
        return binary("*", other, self)

    def __truediv__(self, other: Value) -> Expr:
        return binary("/", self, other)

    def __rtruediv__(self, other: Value) -> Expr:
        return binary("/", other, self)

    def __floordiv__(self, other: Value) -> Expr:
        return binary("//", self, other)

    def __mod__(self, other: Value) -> Expr:
        return binary("%", self, other)

    def __matmul__(self, other: Expr) -> Expr:
        return binary("@", self, other)

    def __pow__(self, other: Value) -> Expr:
        return binary("**", self, other)

    def __and__(self, other: Value) -> Expr:
        return binary("&", self, other)

    def __or__(self, other: Value) -> Expr:
        return binary("|", self, other)

    def __xor__(self, other: Value) -> Expr:
        return binary("^", self, other)

    def __lshift__(self, other: Value) -> Expr:
        return binary("<<", self, other)

    def __rshift__(self, other: Value) -> Expr:
        return binary(">>", self, other)

    def __neg__(self) -> Expr:
        if isinstance(self, Literal) and not isinstance(self.value, bool) and not self.text:
            return literal(-self.value, self.type)
        return Unary(self.type, -self.high, -self.low, "-", self)

    def __invert__(self) -> Expr:
        return Unary(self.type, -inf, inf, "~", self)

    def __lt__(self, other: Value) -> Expr:
        return compare("<", self, other)

    def __le__(self, other: Value) -> Expr:
        return compare("<=", self, other)

    def __gt__(self, other: Value) -> Expr:
        return compare(">", self, other)

    def __ge__(self, other: Value) -> Expr:
        return compare(">=", self, other)

    def equals(self, other: Value) -> Expr:
        return compare("==", self, other)

    def differs(self, other: Value) -> Expr:
        return compare("!=", self, other)

    def __getitem__(self, where: Value | tuple[Value, ...]) -> Expr:
        indices = where if isinstance(where, tuple) else (where,)
        return index(self, [as_expr(i, t.I32) for i in indices])

    def field(self, name: str, field_type: t.Type | None = None) -> Expr:
        """A struct's field, a vector's component (x, y, z, w) or a swizzle."""
        if field_type is None:
            if isinstance(self.type, t.Struct):
                field_type = self.type.field(name)
            elif isinstance(self.type, t.Transform):
                field_type = t.vec(3, self.type.dtype) if name == "p" else t.quat(self.type.dtype)
            else:
                field_type = self.type.scalar if len(name) == 1 else t.vec(len(name), self.type.scalar)
        known = not isinstance(self.type, t.Struct)
        return Attribute(field_type, self.low if known else -inf, self.high if known else inf, self, name)


@node
class Name(Expr):
    """A variable; `stands_for` is the value that a local is given once and for all, where that is known."""

    id: str
    stands_for: Expr | None = None


@node
class Literal(Expr):
    """A number or bool as it is written; `text` overrides how."""

    value: float | int | bool
    text: str = ""


@node
class Call(Expr):
    """`function` is the text before the parenthesis: `wp.sin`, a function's name, a type."""

    function: str
    arguments: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...] = ()


def is_constant(node: Expr) -> bool:
    """Whether Warp takes an assigned value for a constant, which no dynamic loop may change; it copies named ones."""
    return isinstance(node, Literal) or (isinstance(node, Call) and node.function == "wp.static")


@node
class Binary(Expr):
    operator: str
    left: Expr
    right: Expr


@node
class Unary(Expr):
    operator: str
    operand: Expr


@node
class Logical(Expr):
    """`and` / `or` of several operands."""

    operator: str
    operands: tuple[Expr, ...]


@node
class Conditional(Expr):
    test: Expr
    then: Expr
    other: Expr


@node
class Subscript(Expr):
    base: Expr
    indices: tuple[Expr, ...]


@node
class Slice(Expr):
    """`start:stop` inside a subscript."""

    start: Expr | None
    stop: Expr | None


@node
class Attribute(Expr):
    base: Expr
    name: str


@node
class TupleOf(Expr):
    items: tuple[Expr, ...]


@node
class Verbatim(Expr):
    """A constant text such as `wp.PI`, `wp.Volume.LINEAR` or a type passed as an argument."""

    text: str


# -- statements


@node
class Stmt:
    """Base of all statements."""


@node
class Assign(Stmt):
    targets: tuple[Expr, ...]
    value: Expr
    note: str = ""


@node
class Augment(Stmt):
    target: Expr
    operator: str
    value: Expr


@node
class Do(Stmt):
    """An expression for its effect."""

    value: Expr


@node
class If(Stmt):
    test: Expr
    body: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...] = ()


@node
class For(Stmt):
    target: Name
    bounds: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    iterator: Expr | None = None


@node
class While(Stmt):
    test: Expr
    body: tuple[Stmt, ...]


@node
class Break(Stmt):
    pass


@node
class Continue(Stmt):
    pass


@node
class Return(Stmt):
    values: tuple[Expr, ...] = ()


@node
class Comment(Stmt):
    text: str


@node
class Blank(Stmt):
    """An empty line between the steps of a body."""


# -- declarations


@node
class Parameter:
    name: str
    type: t.Type
    annotation: str


@node
class Constant:
    """A module-level name; `value` is its text."""

    name: str
    value: str


@node
class StructDef:
    type: t.Struct
    annotations: tuple[str, ...]
    docstring: str = ""


@node
class Function:
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Stmt, ...]
    returns: str = ""
    docstring: str = ""
    decorators: tuple[str, ...] = ("@wp.func",)


@node
class Factory:
    """A Python function that makes a `@wp.func` from Python values, and the names bound to what it made."""

    name: str
    parameters: tuple[str, ...]
    function: Function
    made: tuple[tuple[str, tuple[str, ...]], ...]


@node
class Program:
    """A whole file. `parts` are constants, structs and functions in the order in which they are written."""

    parts: tuple[Constant | StructDef | Function | Factory, ...]
    kernel: Function
    header: str = ""
    imports: tuple[str, ...] = ("import warp as wp",)


# -- construction


def literal(value: float | int | bool, like: t.Type) -> Expr:
    """A constant of the scalar type of `like`, spelled so that Warp gives it that type."""
    scalar = like.scalar
    number = float(value)
    if scalar is t.BOOL:
        return Literal(scalar, 0.0, 1.0, bool(value))
    if scalar.kind == "f":
        plain = Literal(t.F32, number, number, number)
        return plain if scalar is t.F32 else Call(scalar, number, number, str(scalar), (plain,))
    plain = Literal(t.I32, number, number, int(value))
    return plain if scalar is t.I32 else Call(scalar, number, number, str(scalar), (plain,))


def as_expr(value: Value, like: t.Type) -> Expr:
    return value if isinstance(value, Expr) else literal(value, like)


def same(left: Expr, right: Expr) -> bool:
    """Whether two expressions are the same variable."""
    return isinstance(left, Name) and isinstance(right, Name) and left.id == right.id


def binary(operator: str, left: Value, right: Value) -> Expr:
    if not isinstance(left, Expr):
        assert isinstance(right, Expr)
        left = literal(left, right.type)
    elif not isinstance(right, Expr):
        right = literal(right, left.type)
    assert isinstance(left, Expr)
    if isinstance(right, (Literal, Call)) or isinstance(left, (Literal, Call)):
        simple = _simplified(operator, left, right, _constant(left), _constant(right))
        if simple is not None:
            return simple
    result = left.type
    scalar = isinstance(result, t.Scalar)
    if not scalar or result is not right.type or operator not in "+-*/":
        result = registry.result(registry.OPERATORS[operator], (result, right.type))
        scalar = isinstance(result, t.Scalar)
    if operator == "*" and scalar and same(left, right):
        bound = max(abs(left.low), abs(left.high))
        return Binary(result, 0.0, bound * bound, operator, left, right)
    terms = left.type.cols if isinstance(left.type, t.Matrix) and not isinstance(right.type, t.Scalar) else 1
    low, high = ranges.binary(operator, (left.low, left.high), (right.low, right.high), result, terms)
    return Binary(result, low, high, operator, left, right)


def _constant(value: Expr) -> float | int | bool | None:
    """The number that a literal stands for, which a cast may be around."""
    if isinstance(value, Call) and len(value.arguments) == 1 and value.function == str(value.type):
        value = value.arguments[0]
    return value.value if isinstance(value, Literal) else None


def _simplified(
    operator: str, left: Expr, right: Expr, a: float | int | bool | None, b: float | int | bool | None
) -> Expr | None:
    """What people write for an operation with a constant, `a` or `b`, if not just that."""
    if b is not None:
        if not isinstance(left.type, t.Scalar):
            return left if b == 1 and operator in "*/" else None
        if a is not None and operator in "+-*" and left.type == right.type:
            # Rounded to what a person would write.
            return literal(round(a + b if operator == "+" else a - b if operator == "-" else a * b, 6), left.type)
        if (operator in "+-" and b == 0) or (operator in "*/" and b == 1):
            return left
        if operator in "+-" and b < 0:
            return binary("-" if operator == "+" else "+", left, literal(-b, right.type))
    elif a == 1 and operator == "*" and right.type.scalar == left.type:
        return right
    return None


def compare(operator: str, left: Expr, right: Value) -> Expr:
    right = as_expr(right, left.type)
    if left.type is not right.type and left.type != right.type:
        raise registry.NoOverload(f"{left.type} {operator} {right.type}")
    return Binary(t.BOOL, 0.0, 1.0, operator, left, right)


def index(base: Expr, indices: Sequence[Expr]) -> Expr:
    element = base.type
    if isinstance(element, t.Array):
        if len(indices) > element.ndim:
            raise registry.NoOverload(f"{len(indices)} indices into {element}")
        left = element.ndim - len(indices)
        result: t.Type = element.dtype if left == 0 else t.Array(element.dtype, left)
    elif isinstance(element, t.Matrix) and len(indices) == 2:
        result = element.dtype
    elif element is t.SHAPE:
        result = t.I32
    else:
        result = t.component(element)
    return Subscript(result, base.low, base.high, base, tuple(indices))
