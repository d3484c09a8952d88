"""The builder that rules write programs with: typed values, statements, arguments and what is known about them.

`Body` collects the statements of one function and the values that are at hand in it; `Kernel` adds arguments,
dimensions and the facts that verification needs. Which statements to make is decided by the rules; text is `emit`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import prose, ranges, registry, style, tree
from .lexicon import Namer
from .tree import Expr

SOFT = 1e4
"""What a variable that a loop changes is taken to stay below: loops are short and their terms are bounded."""

WIDE = 1e15
"""A bound beyond which a value is taken to be unbounded."""


@dataclass(slots=True)
class Dim:
    """A length that arrays and the launch share. `fixed` ones must not be changed by who runs the program."""

    symbol: str
    size: int
    fixed: bool = False
    argument: Expr | None = None
    follows: tuple[str, int, int] | None = None


@dataclass(slots=True)
class Value:
    """A value at hand: rules consume those that nobody used yet first."""

    expr: Expr
    kind: str
    uses: int = 0


@dataclass(slots=True)
class Argument:
    """An argument of the kernel and what verification has to know about it."""

    name: str
    type: t.Type
    role: str
    group: str
    facts: dict[str, Any]


def weight(expr: Expr) -> int:
    """How much an expression has to read: names, literals and calls in it."""
    if isinstance(expr, (tree.Name, tree.Literal, tree.Verbatim)):
        return 1
    if isinstance(expr, tree.Call):
        return 1 + sum(map(weight, expr.arguments))
    if isinstance(expr, tree.Binary):
        return weight(expr.left) + weight(expr.right)
    if isinstance(expr, tree.Subscript):
        return weight(expr.base) + sum(map(weight, expr.indices))
    if isinstance(expr, tree.Attribute):
        return weight(expr.base)
    if isinstance(expr, tree.Unary):
        return weight(expr.operand)
    if isinstance(expr, tree.Conditional):
        return weight(expr.test) + weight(expr.then) + weight(expr.other)
    return 3


@dataclass(slots=True)
class Shared:
    """What the functions of one program have in common."""

    rng: Rng
    style: style.Style
    namer: Namer
    real: t.Scalar
    size: str
    parts: list[tree.Constant | tree.StructDef | tree.Function | tree.Factory] = field(default_factory=list)
    imports: list[str] = field(default_factory=lambda: ["import warp as wp"])
    type_names: dict[t.Type, str] = field(default_factory=dict)
    differentiable: bool = True
    features: list[str] = field(default_factory=list)


class Body:
    """The statements of one function under construction."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.rng = shared.rng
        self.style = shared.style
        self.namer = shared.namer
        self.real = shared.real
        self.blocks: list[list[tree.Stmt]] = [[]]
        self.pool: list[Value] = []
        self.in_loop = 0
        self.namer.enter()

    # -- types and literals

    @property
    def vec2(self) -> t.Vector:
        return t.vec(2, self.real)

    @property
    def vec3(self) -> t.Vector:
        return t.vec(3, self.real)

    def lit(self, value: float | int | bool, like: t.Type | None = None) -> Expr:
        return tree.literal(value, like or self.real)

    def choose_lit(self, *values: float) -> Expr:
        return self.lit(self.rng.choose(values))

    def integer(self, value: int) -> Expr:
        return tree.literal(value, t.I32)

    def spell(self, value: t.Type) -> str:
        """How this program writes a type."""
        if isinstance(value, t.Scalar):
            return self.style.scalar(value)
        if isinstance(value, t.Struct):
            return value.name
        if isinstance(value, t.Array):
            return self._spell_array(value)
        if isinstance(value, (t.Vector, t.Matrix)) and not value.named:
            return self._alias(value)
        text = str(value)
        if isinstance(value, t.Opaque):
            return text
        if self.style.vector_suffix and value.scalar is t.F32:
            text += "f"
        return text

    def _spell_array(self, value: t.Array) -> str:
        dtype = value.dtype
        inner = self.style.item(dtype) if isinstance(dtype, t.Scalar) else self.spell(dtype)
        short = "" if value.ndim == 1 else f"{value.ndim}d"
        if isinstance(value, t.IndexedArray):
            plain = value.ndim == 1 and self.style.array == "subscript"
            return f"wp.indexedarray[{inner}]" if plain else f"wp.indexedarray{short}(dtype={inner})"
        if self.style.array == "subscript":
            return f"wp.array{short}[{inner}]"
        if self.style.array == "call_ndim" and value.ndim > 1:
            return f"wp.array(dtype={inner}, ndim={value.ndim})"
        return f"wp.array{short}(dtype={inner})"

    def _alias(self, value: t.Vector | t.Matrix) -> str:
        """A module-level name for a vector or matrix of a size that Warp has no name for."""
        if value not in self.shared.type_names:
            scalar = self.style.scalar(value.dtype)
            suffix = value.dtype.suffix if self.style.vector_suffix or value.dtype is not t.F32 else ""
            if isinstance(value, t.Vector):
                stem = self.rng.choose(("vec{}", "Vec{}", "vector{}", "Vec{}")).format(f"{value.length}{suffix}")
                text = f"wp.types.vector(length={value.length}, dtype={scalar})"
            else:
                stem = self.rng.choose(("mat{}", "Mat{}", "matrix{}", "Mat{}")).format(
                    f"{value.rows}{value.cols}{suffix}"
                )
                text = f"wp.types.matrix(shape=({value.rows}, {value.cols}), dtype={scalar})"
            while not self.namer.module.claim(stem):
                stem += "_t"
            for scope in self.namer.scopes:
                scope.taken.add(stem)
            self.shared.type_names[value] = stem
            self.shared.parts.append(tree.Constant(stem, text))
        return self.shared.type_names[value]

    # -- expressions

    def call(self, builtin: str, *arguments: tree.Value, gives: t.Type | None = None) -> Expr:
        """A call of a Warp builtin; numbers take the scalar type of the first expression."""
        like = next((a.type for a in arguments if isinstance(a, Expr)), t.F32)
        exprs = tuple(a if isinstance(a, Expr) else tree.literal(a, like) for a in arguments)
        result = gives or registry.result(builtin, tuple(e.type for e in exprs))
        low, high = ranges.call(builtin, [(e.low, e.high) for e in exprs], [e.type for e in exprs])
        plain = self.style.minimum == "plain" and builtin in ("min", "max", "abs")
        return tree.Call(result, low, high, builtin if plain else f"wp.{builtin}", exprs)

    def make(self, value: t.Type, *parts: tree.Value) -> Expr:
        """A value of a type from its parts, spelled as a call of the type."""
        exprs = tuple(p if isinstance(p, Expr) else tree.Literal(t.F32, float(p), float(p), p) for p in parts)
        low = min((e.low for e in exprs), default=0.0)
        high = max((e.high for e in exprs), default=0.0)
        # Two vectors make a spatial vector by the builtin of that name, in single precision only.
        if isinstance(value, t.SpatialVector) and len(exprs) == 2:
            if value.scalar is t.F32:
                return tree.Call(value, low, high, "wp.spatial_vector", exprs)
            named = [self.let("vector", e) for e in exprs]
            exprs = tuple(e[n] for e in named for n in range(3))
        return tree.Call(value, low, high, self.spell(value), exprs)

    def zero(self, value: t.Type) -> Expr:
        """Zero of a type as this program writes it."""
        if isinstance(value, t.Scalar):
            return tree.literal(0, value)
        number = 0.0 if value.scalar.kind == "f" else 0
        count = value.length if isinstance(value, t.Vector) else 0
        if self.style.zero_vector == "zeros" and 0 < count <= 4:
            return self.make(value, *[number] * count)
        if self.style.zero_vector == "single" and isinstance(value, (t.Vector, t.Matrix)):
            return self.make(value, number)
        return tree.Call(value, 0.0, 0.0, self.spell(value), ())

    def identity(self, size: int, real: t.Scalar | None = None) -> Expr:
        """The identity matrix."""
        real = real or self.real
        dtype = tree.Verbatim(t.SHAPE, 0.0, 0.0, self.style.scalar(real))
        arguments = (self.integer(size),)
        if self.rng.chance(0.5):
            return tree.Call(
                t.mat(size, size, real), 0.0, 1.0, "wp.identity", (), (("n", arguments[0]), ("dtype", dtype))
            )
        return tree.Call(t.mat(size, size, real), 0.0, 1.0, "wp.identity", arguments, (("dtype", dtype),))

    def cast(self, value: Expr, to: t.Scalar) -> Expr:
        if value.type == to:
            return value
        low, high = value.low, value.high
        if isinstance(value, tree.Literal) and to.kind == "f":
            return tree.literal(value.value, to)
        if isinstance(value, tree.Name) and value.low == value.high and to.bits != 32:
            # Warp lets a module constant take the type of its first cast everywhere, `range` included.
            return tree.literal(value.low, to)
        if to.kind == "b":
            low, high = 0.0, 1.0
        return tree.Call(to, low, high, self.style.scalar(to), (value,))

    def where(self, test: Expr, then: tree.Value, other: tree.Value) -> Expr:
        """A choice between two values, as a ternary or a call."""
        like = then if isinstance(then, Expr) else other
        assert isinstance(like, Expr)
        yes, no = tree.as_expr(then, like.type), tree.as_expr(other, like.type)
        low, high = min(yes.low, no.low), max(yes.high, no.high)
        if self.style.ternary == "if":
            return tree.Conditional(yes.type, low, high, test, yes, no)
        return tree.Call(yes.type, low, high, "wp.where", (test, yes, no))

    def both(self, *tests: Expr) -> Expr:
        return tree.Logical(t.BOOL, 0.0, 1.0, "and", tests)

    def either(self, *tests: Expr) -> Expr:
        return tree.Logical(t.BOOL, 0.0, 1.0, "or", tests)

    def negate(self, test: Expr) -> Expr:
        return tree.Unary(t.BOOL, 0.0, 1.0, "not", test)

    def component(self, value: Expr, which: int) -> Expr:
        """One component of a vector, by index or by letter."""
        length = value.type.length if isinstance(value.type, t.Vector) else 4
        if self.style.components == "letter" and length <= 4:
            return value.field("xyzw"[which])
        return value[which]

    def components(self, value: Expr) -> list[Expr]:
        assert isinstance(value.type, t.Vector)
        return [self.component(value, n) for n in range(value.type.length)]

    # -- guards: make a value safe for what comes next

    def positive(self, value: Expr, least: float = 1e-3) -> Expr:
        """At least `least`, in one of the ways people write."""
        if value.low >= least:
            return value
        if value.low >= 0.0:
            return value + self.lit(self.rng.choose((least, 0.1, 1.0, 1e-2, 1e-3)))
        how = self.rng.integer(0, 2)
        if how == 0:
            return self.call("max", value, max(least, self.rng.choose((1e-3, 1e-2, 0.1))))
        if how == 1:
            return self.call("abs", value) + self.lit(self.rng.choose((1.0, 0.5, 0.1, 1e-2)))
        square = value * value if isinstance(value, tree.Name) else self.call("abs", value)
        return square + self.lit(self.rng.choose((1.0, 0.1, 0.25)))

    def not_negative(self, value: Expr) -> Expr:
        if value.low >= 0.0:
            return value
        if self.rng.chance(0.5):
            return self.call("max", value, 0.0)
        return self.call("abs", value)

    def unit(self, value: Expr, margin: float = 1.0) -> Expr:
        """Within [-margin, margin]."""
        if -margin <= value.low and value.high <= margin:
            return value
        if value.high - value.low > 6.0:
            return self.lit(margin) * self.call("sin", value)
        return self.call("clamp", value, -margin, margin)

    def small(self, value: Expr, bound: float = 8.0) -> Expr:
        """Not so large that an exponential or a power overflows."""
        if -bound <= value.low and value.high <= bound:
            return value
        if self.rng.chance(0.4):
            return self.call(self.rng.choose(("tanh", "sin")), value)
        if value.low >= -bound:
            return self.call("min", value, self.rng.choose((1.0, 2.0, 3.0)))
        return self.call("clamp", value, -self.rng.choose((1.0, 2.0, 4.0)), self.rng.choose((1.0, 2.0, 3.0, 4.0)))

    def bounded(self, value: Expr) -> Expr:
        """Values whose range has grown without limit are brought back, as a rate or by a cap."""
        wide = 1e3 if value.type is t.F16 else WIDE
        if (value.low >= -wide and value.high <= wide) or not t.is_float(value.type):
            return value
        value = self.let("scalar", value) if weight(value) > 1 else value
        if self.rng.chance(0.6):
            shrunk = value / (1.0 + self.call("abs", value))
            return replace(shrunk, low=-1.0, high=1.0)
        bound = self.rng.choose((1.0, 10.0, 100.0))
        return self.call("clamp", value, -bound, bound)

    # -- statements

    def add(self, statement: tree.Stmt) -> None:
        self.blocks[-1].append(statement)

    def comment(self, topic: str) -> None:
        """A remark on what follows, if this program has any; `topic` is one of `prose`'s or a text of its own."""
        if self.rng.chance(self.style.comments):
            text = prose.remark(self.rng, topic) if topic in prose.REMARKS else topic
            self.add(tree.Comment(text))

    def gap(self) -> None:
        """An empty line between steps, if this program has any."""
        block = self.blocks[-1]
        if block and not isinstance(block[-1], (tree.Blank, tree.Comment)) and self.rng.chance(self.style.blank_lines):
            block.append(tree.Blank())

    def let(self, kind: str, value: Expr) -> Expr:
        """A local for a value."""
        if isinstance(value, tree.Name):
            return value
        name = tree.Name(value.type, value.low, value.high, self.namer.local(kind))
        self.add(tree.Assign((name,), value))
        return name

    def maybe(self, kind: str, value: Expr) -> Expr:
        """A local for a value, or the value itself where this program's writer would nest it."""
        if weight(value) <= 2 and self.rng.chance(0.5):
            return value
        if weight(value) <= 6 and not self.rng.chance(self.style.locals_first):
            return value
        return self.let(kind, value)

    def unpack(self, kinds: Sequence[str], value: Expr) -> list[Expr]:
        assert isinstance(value.type, t.Tuple)
        names = [
            tree.Name(item, -inf, inf, self.namer.local(kind))
            for kind, item in zip(kinds, value.type.items, strict=True)
        ]
        self.add(tree.Assign(tuple(names), value))
        return list(names)

    def variable(self, kind: str, value: Expr) -> Expr:
        """A local that is changed later: constants are made dynamic, as Warp wants for loops."""
        if isinstance(value, tree.Literal) and value.type in (t.F32, t.I32, t.BOOL):
            assert isinstance(value.type, t.Scalar)
            value = tree.Call(value.type, value.low, value.high, self.style.scalar(value.type), (value,))
        name = tree.Name(value.type, -SOFT, SOFT, self.namer.local(kind))
        self.add(tree.Assign((name,), value))
        return name

    def set(self, target: Expr, value: tree.Value) -> None:
        self.add(tree.Assign((target,), tree.as_expr(value, target.type)))

    def augment(self, target: Expr, operator: str, value: tree.Value) -> None:
        """`target += value`, or spelled out."""
        expr = tree.as_expr(value, target.type)
        if operator in "+-*/" and not self.rng.chance(self.style.augment):
            self.add(tree.Assign((target,), tree.binary(operator, target, expr)))
        else:
            self.add(tree.Augment(target, operator, expr))

    def do(self, value: Expr) -> None:
        self.add(tree.Do(value))

    @contextmanager
    def block(self) -> Iterator[list[tree.Stmt]]:
        """Statements of an inner block; values made in it are not at hand after it."""
        held = len(self.pool)
        self.blocks.append([])
        try:
            yield self.blocks[-1]
        finally:
            self.blocks.pop()
            del self.pool[held:]

    @contextmanager
    def when(self, test: Expr) -> Iterator[None]:
        with self.block() as body:
            yield
        self.add(tree.If(test, tuple(body)))

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """The else of the if just written."""
        with self.block() as body:
            yield
        self.blocks[-1][-1] = self._with_else(self.blocks[-1][-1], tuple(body))

    @contextmanager
    def otherwise_when(self, test: Expr) -> Iterator[None]:
        with self.block() as body:
            yield
        self.blocks[-1][-1] = self._with_else(self.blocks[-1][-1], (tree.If(test, tuple(body)),))

    def _with_else(self, statement: tree.Stmt, body: tuple[tree.Stmt, ...]) -> tree.If:
        assert isinstance(statement, tree.If)
        if statement.otherwise:
            return tree.If(statement.test, statement.body, (self._with_else(statement.otherwise[0], body),))
        return tree.If(statement.test, statement.body, body)

    @contextmanager
    def loop(self, kind: str, *bounds: tree.Value, low: float = 0.0, high: float = 63.0) -> Iterator[Expr]:
        """`for name in range(*bounds)`."""
        name = tree.Name(t.I32, low, high, self.namer.local(kind))
        exprs = tuple(tree.as_expr(bound, t.I32) for bound in bounds)
        self.in_loop += 1
        with self.block() as body:
            yield name
        self.in_loop -= 1
        self.add(tree.For(name, exprs, tuple(body)))

    @contextmanager
    def repeat(self, test: Expr) -> Iterator[None]:
        self.in_loop += 1
        with self.block() as body:
            yield
        self.in_loop -= 1
        self.add(tree.While(test, tuple(body)))

    def leave_loop(self) -> None:
        self.add(tree.Break())

    def next_turn(self) -> None:
        self.add(tree.Continue())

    def give(self, *values: Expr) -> None:
        self.add(tree.Return(values))

    # -- values at hand

    def put(self, kind: str, value: Expr) -> Expr:
        """Offer a value to later rules."""
        self.pool.append(Value(value, kind))
        return value

    def at_hand(self, value_type: t.Type) -> list[Value]:
        return [value for value in self.pool if value.expr.type == value_type]

    def take(self, value_type: t.Type, reuse: float = 0.35) -> Expr | None:
        """A value of a type, one that nobody used yet if there is any; None if there is none."""
        known = self.at_hand(value_type)
        if not known:
            return None
        fresh = [value for value in known if value.uses == 0]
        if fresh and not (self.rng.chance(reuse) and len(known) > len(fresh)):
            chosen = self.rng.choose(fresh)
        else:
            chosen = self.rng.choose(known)
        chosen.uses += 1
        return chosen.expr

    def want(self, value_type: t.Type, kind: str, reuse: float = 0.35) -> Expr:
        """A value of a type at hand; functions fall back to a constant."""
        known = self.take(value_type, reuse)
        return known if known is not None else self.fresh(value_type, kind)

    def fresh(self, value_type: t.Type, kind: str) -> Expr:
        """A value that is not at hand yet."""
        if t.is_float(value_type):
            return self.lit(self.rng.choose((0.5, 1.0, 2.0, 0.25, 1.5)), value_type)
        if t.is_integer(value_type):
            return self.lit(self.rng.choose((1, 2, 3, 7)), value_type)
        if isinstance(value_type, t.Vector):
            return self.make(value_type, *[self.rng.choose((0.0, 1.0, 0.5, -1.0)) for _ in range(value_type.length)])
        if isinstance(value_type, t.Matrix) and value_type.rows == value_type.cols:
            return self.identity(value_type.rows, value_type.dtype)
        return self.zero(value_type)

    def latest(self, value_type: t.Type) -> Expr:
        """A value that is at hand for certain, preferably one that nobody used yet."""
        value = self.take(value_type, 0.0)
        if value is None:
            raise LookupError(f"no {value_type} at hand")
        return value

    def unused(self) -> list[Value]:
        return [value for value in self.pool if value.uses == 0]
