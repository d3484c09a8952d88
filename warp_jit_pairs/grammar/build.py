"""The builder that rules write the body of a function with: statements, expressions, guards, values at hand.

`Kernel` adds arguments, dimensions and the facts that verification needs. Which statements to make is decided by the
rules; text is `emit`'s.
"""

from __future__ import annotations

from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .expressions import Expressions
from .statements import Shared as Shared
from .tree import Expr
from .values import SOFT as SOFT
from .values import WIDE
from .values import Argument as Argument
from .values import Dim as Dim
from .values import Value as Value
from .values import weight as weight


class Body(Expressions):
    """The statements of one function, and the values that are at hand in it."""

    # -- guards: make a value safe for what comes next

    def positive(self, value: Expr, least: float = 1e-3) -> Expr:
        """At least `least`, in one of the ways people write."""
        if value.low >= least:
            return value
        if value.low >= 0.0:
            return value + self.lit(self.rng.choose((least, 0.1, 1.0, 1e-2, 1e-3)))
        how = self.rng.weighted({"max": 2.5, "abs": 1.0, "square": 6.5})
        if how == "max":
            return self.call("max", value, max(least, self.rng.choose((1e-3, 1e-2, 0.1))))
        if how == "abs":
            return self.call("abs", value) + self.lit(self.rng.choose((1.0, 0.5, 0.1, 1e-2)))
        value = self.let("scalar", value)
        square = value * value
        return square + self.lit(self.rng.choose((1.0, 0.1, 0.25)))

    def not_negative(self, value: Expr) -> Expr:
        if value.low >= 0.0:
            return value
        if self.rng.chance(0.75):
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
        how = self.rng.weighted({"square": 0.0 if value.type is t.F16 else 6.0, "abs": 1.5, "clamp": 1.0})
        if how == "clamp":
            bound = self.rng.choose((1.0, 10.0, 100.0))
            bounded = self.call("clamp", value, -bound, bound)
        else:
            size = value * value if how == "square" else self.call("abs", value)
            bounded = replace(value / (1.0 + size), low=-1.0, high=1.0)
        known = [item for item in self.pool if item.expr is value] if len(self.blocks) == 1 else []
        if known:
            # Once is enough: whoever takes the value later gets the bounded one.
            bounded = self.let("scalar", bounded)
            for item in known:
                item.expr = bounded
        return bounded

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
        if chosen.uses and isinstance(chosen.expr, tree.Subscript) and len(self.blocks) == 1:
            # An element that is read again gets a name.
            chosen.expr = self.let(chosen.kind, chosen.expr)
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
