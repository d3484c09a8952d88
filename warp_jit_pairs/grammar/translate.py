"""Turns a law's Python into statements of a function or kernel under construction.

Names of quantities become what the caller bound them to; locals keep their names where these are free. What a law
leaves open (an operand's side, a value nested or named, a ternary or `wp.where`) is drawn, as different people write
it differently.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body, weight
from .law_calls import named_calls
from .law_values import Bound as Bound
from .law_values import Row as Row
from .law_values import is_mask, is_whole, whole_number
from .law_values import named_type as named_type
from .laws import Law, SheetError
from .tree import Expr
from .unsigned import u

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_CONSTANTS = {
    "pi": math.pi,
    "PI": math.pi,
    "tau": math.tau,
    "TAU": math.tau,
    "half_pi": math.pi / 2,
    "HALF_PI": math.pi / 2,
    "e": math.e,
    "E": math.e,
    "phi": (1 + math.sqrt(5)) / 2,
    "PHI": (1 + math.sqrt(5)) / 2,
    "ln2": math.log(2),
    "LN2": math.log(2),
    "ln10": math.log(10),
    "LN10": math.log(10),
    "log2e": 1 / math.log(2),
    "log10e": 1 / math.log(10),
}
_SCALARS = {
    "float": None,
    "int": t.I32,
    "bool": t.BOOL,
    "int32": t.I32,
    "uint32": t.U32,
    "int64": t.I64,
    "uint64": t.U64,
    "uint8": t.U8,
    "int8": t.I8,
    "uint16": t.U16,
    "int16": t.I16,
    "float32": None,
}
"""Casts; those without a type are to the program's own precision."""
_MADE = frozenset(
    {
        *(*_SCALARS, "quat", "transform", "spatial", "spatial_vector", "identity", "quat_identity"),
        *(f"vec{n}" for n in range(2, 10)),
        *(f"mat{n}{m}" for n in range(2, 10) for m in range(2, 10)),
    }
)
"""What makes values of types, among all that is called like a builtin."""


_DRAWS = ("rand", "sample_", "poisson")
"""Builtins that give single precision, and change their state."""


_NESTED = 6
"""The most that is nested of what has a local in a law (see `values.weight`)."""


_IN_PYTHON: dict[str, t.Type] = {
    "quat_twist": t.quat(t.F32),
    "quat_twist_angle": t.F32,
    "quat_to_rpy": t.vec(3),
    "quat_to_euler": t.vec(3),
    "velocity_at_point": t.vec(3),
    "transform_twist": t.spatial(),
    "transform_wrench": t.spatial(),
}
"""What builtins give that Warp itself writes in Python, for which the registry has no rows; single precision all."""


_PLAIN = (tree.Name, tree.Subscript)
_COMPOSITE = (t.Quat, t.Transform)


def _commutes(operator: str, left: t.Type, right: t.Type) -> bool:
    """Whether people write the operands of these types in either order."""
    if operator == "+":
        return isinstance(left, t.Scalar) and isinstance(right, t.Scalar)
    return operator == "*" and not isinstance(left, t.Matrix) and not isinstance(right, t.Matrix)


_SMALL = 1e-3


def _guards(value: Expr, *others: Expr) -> bool:
    """Whether a maximum only keeps a value that is never negative from being zero."""
    least = others[-1] if len(others) == 1 else None
    return isinstance(least, tree.Literal) and 0.0 < least.low <= _SMALL and value.low >= 0.0


class Translation:
    """One law on its way into a body."""

    def __init__(
        self,
        k: Body,
        law: Law,
        bound: Mapping[str, Bound],
        kinds: Mapping[str, str],
        direct: bool = False,
        about: str = "",
    ) -> None:
        """`kinds` are names for locals that hold a result, by what the law calls them; if `direct`, a result has no
        local where it needs none. A local whose name is taken says what it is for: `about`."""
        self.direct = {node.id for node in law.results if isinstance(node, ast.Name)} if direct else set()
        self.k, self.law, self.kinds, self.about = k, law, kinds, about
        self.names: dict[str, Bound] = dict(bound)
        self.stepwise: dict[str, bool] = {}
        """Of which builtins the calls within formulas have locals of their own."""

    def run(self) -> list[Expr]:
        """Write the law's statements; gives its results."""
        self.block(self.law.body)
        return [self.value(node) for node in self.law.results]

    # -- statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        k = self.k
        if isinstance(node, ast.Assign):
            self.assign(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign):
            target = self.value(node.target)
            k.augment(target, _OPERATORS[type(node.op)], self.like(node.value, target))
        elif isinstance(node, ast.If):
            self.branch(node)
        elif isinstance(node, ast.For):
            self.loop(node)
        elif isinstance(node, ast.While):
            # The adjoint of a loop does not keep what its turns changed.
            k.shared.differentiable = False
            with k.repeat(self.value(node.test)):
                self.block(node.body)
        elif isinstance(node, ast.Return) and node.value is not None:
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            k.give(*(self.value(part) for part in parts))
        elif isinstance(node, ast.Break):
            k.leave_loop()
        elif isinstance(node, ast.Continue):
            k.next_turn()
        else:
            raise self.unknown(node)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        k = self.k
        if not isinstance(target, ast.Name):
            left = self.value(target)
            k.set(left, self.like(value, left))
            return
        known = self.names.get(target.id)
        if target.id in self.law.changed:
            if isinstance(known, tree.Expr):
                self.change(target, known, value)
                return
            made = self.value(value)
            looped = self.law.looped and isinstance(made, tree.Literal)
            self.names[target.id] = k.variable(self.kind(target.id), made, looped)
            return
        made = self.value(value)
        if isinstance(made, tree.Name) and any(made is self.names.get(name) for name in self.law.changed):
            # What is changed later keeps its present value under the other name.
            self.names[target.id] = k.variable(self.kind(target.id), made, False)
            return
        if target.id in self.direct and self.law.uses.get(target.id) == 1:
            self.names[target.id] = made
            return
        once = self.law.uses.get(target.id) == 1 and not self.law.changed and not self.law.early
        nests = once and target.id not in self.kinds and len(k.blocks) == 1 and weight(made) <= _NESTED
        if nests and k.rng.chance(k.style.nests):
            self.names[target.id] = made
        else:
            self.names[target.id] = k.let(self.kind(target.id), made)

    def change(self, target: ast.Name, known: Expr, value: ast.expr) -> None:
        """Change a local; where something is added to it, `+=` if this program's writer uses it."""
        k = self.k
        if (
            isinstance(value, ast.BinOp)
            and isinstance(value.op, (ast.Add, ast.Sub))
            and isinstance(value.left, ast.Name)
            and value.left.id == target.id
            and isinstance(known.type, (t.Scalar, t.Vector))
        ):
            k.augment(known, _OPERATORS[type(value.op)], self.like(value.right, known))
        else:
            k.set(known, self.like(value, known))

    def kind(self, name: str) -> str:
        own = f"=!{name} {name}_{self.about} {self.about}_{name}" if self.about else f"={name}"
        return self.kinds.get(name) or own

    def branch(self, node: ast.If) -> None:
        k = self.k
        with k.when(self.value(node.test)):
            self.block(node.body)
        rest = node.orelse
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            with k.otherwise_when(self.value(rest[0].test)):
                self.block(rest[0].body)
            rest = rest[0].orelse
        if rest:
            with k.otherwise():
                self.block(rest)

    def loop(self, node: ast.For) -> None:
        k = self.k
        if not isinstance(node.target, ast.Name) or not isinstance(node.iter, ast.Call):
            raise self.unknown(node)
        bounds = [self.value(bound) for bound in node.iter.args]
        high = max(bounds[-1 if len(bounds) < 3 else 1].high - 1.0, 0.0)
        with k.loop(f"={node.target.id}", *bounds, high=min(high, 63.0), again=True) as index:
            self.names[node.target.id] = index
            self.block(node.body)

    # -- expressions

    def like(self, node: ast.expr, other: Expr) -> Expr:
        """An expression; a whole number takes the type of what it meets."""
        if is_whole(node):
            return whole_number(node, other.type)
        return self.value(node)

    def both(self, left: ast.expr, right: ast.expr) -> tuple[Expr, Expr]:
        """Two operands, of which one may be a whole number of the other's type."""
        if isinstance(left, ast.Constant):
            second = self.value(right)
            return self.like(left, second), second
        first = self.value(left)
        return first, self.like(right, first)

    def value(self, node: ast.expr) -> Expr:
        method = _TRANSLATE.get(type(node))
        if method is None:
            raise self.unknown(node)
        made: Expr = getattr(self, method)(node)
        return made

    def name(self, node: ast.Name) -> Expr:
        found = self.names.get(node.id)
        if not isinstance(found, tree.Expr):
            raise self.unknown(node)
        return found

    def unary(self, node: ast.UnaryOp) -> Expr:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return self.k.negate(operand)
        return ~operand if isinstance(node.op, ast.Invert) else -operand

    def comparison(self, node: ast.Compare) -> Expr:
        if len(node.ops) != 1:
            raise self.unknown(node)
        left, right = self.both(node.left, node.comparators[0])
        return tree.compare(_COMPARISONS[type(node.ops[0])], left, right)

    def logical(self, node: ast.BoolOp) -> Expr:
        tests = [self.value(part) for part in node.values]
        return self.k.both(*tests) if isinstance(node.op, ast.And) else self.k.either(*tests)

    def choice(self, node: ast.IfExp) -> Expr:
        yes, no = self.both(node.body, node.orelse)
        return self.k.where(self.value(node.test), yes, no)

    def constant(self, node: ast.Constant) -> Expr:
        if isinstance(node.value, bool):
            return tree.literal(node.value, t.BOOL)
        if isinstance(node.value, int):
            return whole_number(node, t.I32)
        if isinstance(node.value, float):
            return self.k.lit(node.value)
        raise self.unknown(node)

    def operation(self, node: ast.BinOp) -> Expr:
        left, right = self.both(node.left, node.right)
        operator = _OPERATORS[type(node.op)]
        plain = type(left) in _PLAIN and type(right) in _PLAIN
        if plain and _commutes(operator, left.type, right.type) and self.k.rng.chance(0.03):
            composite = isinstance(left.type, _COMPOSITE) or isinstance(right.type, _COMPOSITE)
            left, right = (left, right) if composite else (right, left)
        return tree.binary(operator, left, right)

    def attribute(self, node: ast.Attribute) -> Expr:
        k = self.k
        if isinstance(node.value, ast.Name) and node.value.id == "wp":
            if node.attr not in _CONSTANTS:
                raise self.unknown(node)
            number = _CONSTANTS[node.attr]
            written: Expr = tree.Literal(t.F32, number, number, number, f"wp.{node.attr}")
            return written if k.real is t.F32 else tree.Call(k.real, number, number, str(k.real), (written,))
        base = self.value(node.value)
        if isinstance(base.type, t.Vector) and node.attr in "xyzw":
            return k.component(base, "xyzw".index(node.attr))
        return base.field(node.attr)

    def subscript(self, node: ast.Subscript) -> Expr:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        indices = [self.value(part) for part in parts]
        if isinstance(node.value, ast.Name) and isinstance(row := self.names.get(node.value.id), Row):
            return row.at(indices[0])
        base = self.value(node.value)
        only = indices[0]
        if len(indices) == 1 and isinstance(base.type, t.Vector) and isinstance(only, tree.Literal):
            return self.k.component(base, int(only.value))
        return tree.index(base, indices)

    def call(self, node: ast.Call) -> Expr:
        k = self.k
        builtin = isinstance(node.func, ast.Attribute)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if builtin and name not in _MADE:
            return self.builtin(name, node)
        if name == "len":
            row = self.names.get(getattr(node.args[0], "id", ""))
            if not isinstance(row, Row):
                raise self.unknown(node)
            return row.count
        if name in _SCALARS:
            return self.cast(name, node.args[0])
        made = named_type({"spatial_vector": "spatial"}.get(name, name), k.real)
        if made is not None:
            return self.make(made, node.args)
        if name == "quat_identity":
            return tree.Call(t.quat(k.real), 0.0, 1.0, "wp.quat_identity", (), self._dtype())
        if name == "identity":
            size = node.keywords[0].value if node.keywords else node.args[0]
            if not isinstance(size, ast.Constant) or not isinstance(size.value, int):
                raise self.unknown(node)
            return k.identity(size.value)
        raise self.unknown(node)

    def builtin(self, name: str, node: ast.Call) -> Expr:
        """A call of one of Warp's builtins."""
        k = self.k
        arguments = self.arguments(name, node.args)
        if name in ("min", "max") and len(arguments) == 2 and tree.same(*arguments):
            return arguments[0]
        gives = _IN_PYTHON.get(name)
        if name.startswith("norm_"):
            gives = k.real
        elif name == "smooth_normalize":
            gives = arguments[0].type
        elif name in ("matrix_from_cols", "matrix_from_rows"):
            # Of any number of vectors: no row of the registry.
            gives = t.mat(len(arguments), len(arguments), k.real)
        result = self.spelled(name, arguments) or k.call(name, *arguments, gives=gives)
        if k.real is not t.F32 and name.startswith(_DRAWS) and t.is_float(result.type):
            return k.cast(result, k.real)
        words = self.steps().get(node)
        return result if words is None else self.step(name, words, result)

    def steps(self) -> dict[ast.expr, tuple[str, ...]]:
        """Calls that may have a local of their own, and what it may be called."""
        return named_calls(self.law)

    def step(self, name: str, words: tuple[str, ...], result: Expr) -> Expr:
        """A call within a formula, by a local of its own if this program's writer names such."""
        k = self.k
        if self.stepwise.get(name) is False:
            return result
        if name not in self.stepwise:
            others = {word for found in self.steps().values() for word in found if len(found) == 1}
            clear = len(words) > 1 or others.isdisjoint(k.namer.taken() | self.law.locals | set(self.names))
            self.stepwise[name] = clear and k.rng.chance(k.style.unnests)
        taken = k.namer.taken() | self.law.locals | set(self.names)
        free = [word for word in words if word not in taken]
        return k.let(f"=!{free[0]}", result) if free and self.stepwise[name] else result

    def spelled(self, name: str, arguments: Sequence[Expr]) -> Expr | None:
        """A call as this program's writer spells it, if in another way than the law."""
        k, style = self.k, self.k.style
        if name == "length" and style.lengths == "norm_l2" and arguments[0].type in (t.vec(2), t.vec(3), t.vec(4)):
            return k.call("norm_l2", arguments[0], gives=k.real)
        if name == "clamp" and style.clamps == "min_max" and isinstance(arguments[0].type, t.Scalar):
            return k.call("min", k.call("max", arguments[0], arguments[1]), arguments[2])
        if name == "max" and style.added_guards and _guards(*arguments):
            return arguments[0] + arguments[1]
        if name in ("min", "max") and style.bound_first and isinstance(arguments[-1], tree.Literal):
            return k.call(name, *reversed(arguments))
        if name == "length_sq" and style.squares == "dot" and isinstance(arguments[0], tree.Name):
            return k.call("dot", arguments[0], arguments[0])
        if name == "dot" and style.squares == "length_sq" and tree.same(*arguments):
            return k.call("length_sq", arguments[0])
        return None

    def _dtype(self) -> tuple[tuple[str, Expr], ...]:
        k = self.k
        if k.real is t.F32:
            return ()
        return (("dtype", tree.Verbatim(t.SHAPE, 0.0, 0.0, k.style.scalar(k.real))),)

    def cast(self, name: str, node: ast.expr) -> Expr:
        k = self.k
        to = _SCALARS[name] or k.real
        if isinstance(node, ast.Constant) and name in ("float", "int"):
            return tree.literal(node.value if name == "int" else float(node.value), to)  # type: ignore[arg-type]
        if isinstance(node, ast.Constant) and to is t.U32 and is_mask(node.value):
            return u(k, node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.Constant):
            return whole_number(node, to)
        value = self.value(node)
        made = k.cast(value, to)
        if to.kind in "iu" and t.is_float(value.type) and isinstance(made, tree.Call):
            return replace(made, low=math.trunc(max(value.low, -2e9)), high=math.trunc(min(value.high, 2e9)))
        return made

    def make(self, made: t.Type, nodes: Sequence[ast.expr]) -> Expr:
        k = self.k
        zeros = isinstance(made, t.Vector) and all(isinstance(n, ast.Constant) and n.value == 0 for n in nodes)
        if not nodes or zeros:
            return k.zero(made)
        return k.make(made, *(self.value(node) for node in nodes))

    def arguments(self, name: str, nodes: Sequence[ast.expr]) -> list[Expr]:
        """A builtin's arguments; whole numbers take the type of the first that is none."""
        known = [None if is_whole(node) else self.value(node) for node in nodes]
        like = next((value.type for value in known if value is not None), t.I32)
        # The state of a generator is no number that its bounds are like.
        like = like if t.is_integer(like) and not name.startswith(_DRAWS) else t.I32
        pairs = zip(nodes, known, strict=True)
        return [whole_number(node, like) if value is None else value for node, value in pairs]

    def unknown(self, node: ast.AST) -> SheetError:
        return SheetError(f"law {self.law.name}: {ast.unparse(node)} is nothing that a law may say")


_TRANSLATE: dict[type[ast.expr], str] = {
    ast.Name: "name",
    ast.Constant: "constant",
    ast.BinOp: "operation",
    ast.UnaryOp: "unary",
    ast.Compare: "comparison",
    ast.BoolOp: "logical",
    ast.IfExp: "choice",
    ast.Attribute: "attribute",
    ast.Subscript: "subscript",
    ast.Call: "call",
}
"""The method for each kind of expression: by name, for translations of other texts have some of their own."""
