"""Expressions that rules write: literals, types as the program spells them, calls of builtins, choices."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import ranges, registry, tree
from .statements import Statements
from .tree import Expr

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


class Expressions(Statements):
    """What a rule needs to say `k.call("dot", a, b) * 0.5`."""

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
        """That a test does not hold; of a comparison, the opposite one."""
        if isinstance(test, tree.Binary) and test.operator in _OPPOSITE:
            return tree.Binary(t.BOOL, 0.0, 1.0, _OPPOSITE[test.operator], test.left, test.right)
        if isinstance(test, tree.Unary) and test.operator == "not":
            return test.operand
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
