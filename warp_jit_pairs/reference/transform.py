"""Rewrites a kernel's Python source so that plain Python computes what Warp's compiler would.

Literals become typed constants, `/ % // ** << >>` become calls with C's meaning, values bound to names are copied,
branches are recorded, generators and indices passed by reference are rebound. Names from outside the function become
`bindings`, which `program.py` looks up once per precision.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from .faults import Unsupported
from .handles import STEPS
from .randoms import ADVANCING

OPERATORS: dict[type[ast.operator], str] = {
    ast.Div: "wjp_div",
    ast.Mod: "wjp_mod",
    ast.FloorDiv: "wjp_floordiv",
    ast.Pow: "wjp_pow",
    ast.LShift: "wjp_shl",
    ast.RShift: "wjp_shr",
}
UPDATES: dict[type[ast.operator], str] = OPERATORS | {
    ast.Add: "wjp_add",
    ast.Sub: "wjp_sub",
    ast.Mult: "wjp_mul",
    ast.MatMult: "wjp_mul",
    ast.BitAnd: "wjp_and",
    ast.BitOr: "wjp_or",
    ast.BitXor: "wjp_xor",
}
JOINING = (ast.Add, ast.Sub, ast.BitAnd, ast.BitOr, ast.BitXor)
"""Operators whose augmented assignment to an item of an array is an atomic."""

_REFERENCES = (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)


@dataclass(frozen=True, slots=True)
class Binding:
    """A value from outside the function.

    `kind`: "value" and "call" look up `path` (a name and its attributes); "number" is the literal `value`; "argument"
    is `value` or `path` given to the one-argument call of `callee`; "static" evaluates `code`.
    """

    kind: str
    path: tuple[str, ...] = ()
    value: Any = None
    callee: tuple[str, ...] = ()
    code: CodeType | None = field(default=None, compare=False)


@dataclass(slots=True)
class Template:
    """A rewritten function: its code, and the names it takes from outside."""

    name: str
    code: CodeType
    bindings: dict[str, Binding]


@dataclass(slots=True)
class Branch:
    """One decision of the source; `taken` of it are the outcomes seen."""

    line: int
    kind: str


def rewrite(function: ast.FunctionDef, branches: list[Branch], filename: str) -> Template:
    """Rewrite one function; its decisions are appended to `branches`.

    Raises:
        Unsupported: a statement or expression that kernels do not have.
    """
    rewriter = _Rewriter(function, branches)
    body = rewriter.body(function)
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(arg.arg) for arg in function.args.args],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    if function.args.vararg or function.args.kwarg or function.args.kwonlyargs or function.args.posonlyargs:
        raise Unsupported("function with special parameters")
    plain = ast.FunctionDef(function.name, arguments, body, [], None, None)
    if "type_params" in ast.FunctionDef._fields:
        plain.type_params = []  # type: ignore[attr-defined,unused-ignore]
    module = ast.Module([plain], [])
    ast.fix_missing_locations(module)
    return Template(function.name, compile(module, filename, "exec"), rewriter.bindings)


def _assigned_names(function: ast.FunctionDef) -> set[str]:
    names = {arg.arg for arg in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _root(node: ast.expr) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


class _Rewriter(ast.NodeTransformer):
    def __init__(self, function: ast.FunctionDef, branches: list[Branch]) -> None:
        self.locals = _assigned_names(function)
        self.branches = branches
        self.bindings: dict[str, Binding] = {}
        self._names: dict[tuple[Any, ...], str] = {}

    # -- names from outside

    def bind(self, binding: Binding) -> ast.Name:
        key = (binding.kind, binding.path, type(binding.value), repr(binding.value), binding.callee)
        if binding.kind == "static" or key not in self._names:
            name = f"wjp_g{len(self.bindings)}"
            self._names[key] = name
            self.bindings[name] = binding
        return ast.Name(self._names[key], ast.Load())

    def outside(self, node: ast.expr) -> tuple[str, ...] | None:
        """The path of a chain of attributes that starts at a name from outside the function."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id not in self.locals:
            return (node.id, *reversed(path))
        return None

    # -- statements

    def body(self, function: ast.FunctionDef) -> list[ast.stmt]:
        parameters = {arg.arg for arg in function.args.args}
        changed = set()
        for node in ast.walk(function):
            if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
                changed.add(_root(node))
            if self.is_setter(node):
                changed.add(_root(node.args[0]))  # type: ignore[attr-defined]
        copies: list[ast.stmt] = [
            ast.Assign([ast.Name(name, ast.Store())], _call("wjp_copy", ast.Name(name, ast.Load())))
            for name in sorted(parameters & {name for name in changed if name})
        ]
        return copies + self.block(function.body)

    @staticmethod
    def is_setter(node: ast.AST) -> bool:
        """Whether a builtin changes its first argument."""
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr.startswith("transform_set_")
        )

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for statement in statements:
            made = self.visit(statement)
            new = made if isinstance(made, list) else [made] if made is not None else []
            done.extend(ast.copy_location(one, statement) for one in new)  # a fault says where it happened
        return done or [ast.Pass()]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        raise Unsupported(f"syntax {type(node).__name__}")

    def visit_Pass(self, node: ast.Pass) -> ast.stmt:
        return node

    def visit_Break(self, node: ast.Break) -> ast.stmt:
        return node

    def visit_Continue(self, node: ast.Continue) -> ast.stmt:
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        if isinstance(node.value, ast.Constant):
            return ast.Pass()
        return ast.Expr(self.expression(node.value))

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.Expr(_call("wjp_assert", self.expression(node.test)))

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        return ast.Return(None if node.value is None else self.bound(node.value))

    def bound(self, node: ast.expr) -> ast.expr:
        """An expression whose value is about to get a name: a copy of what may be changed in place."""
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.bound(item) for item in node.elts], ast.Load())
        value = self.expression(node)
        return _call("wjp_copy", value) if isinstance(node, _REFERENCES) else value

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return ast.Pass()
        return self.visit_Assign(ast.Assign([node.target], node.value))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        if len(node.targets) != 1:
            raise Unsupported("chained assignment")
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Tuple) and self.is_builtin_call(value, "tid"):
            return ast.Assign([self.target(target)], _call("wjp_tid", ast.Constant(len(target.elts))))
        return ast.Assign([self.target(target)], self.bound(value))

    def target(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.target(item) for item in node.elts], ast.Store())
        if isinstance(node, ast.Attribute):
            return ast.Attribute(self.expression(node.value), node.attr, ast.Store())
        if isinstance(node, ast.Subscript):
            return ast.Subscript(self.expression(node.value), self.index(node.slice), ast.Store())
        raise Unsupported(f"assignment to {type(node).__name__}")

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        target = node.target
        if isinstance(target, ast.Name):
            combined = ast.BinOp(ast.Name(target.id, ast.Load()), node.op, node.value)
            return ast.Assign([target], self.expression(combined))
        operator = ast.Name(UPDATES[type(node.op)], ast.Load())
        value = self.expression(node.value)
        if isinstance(target, ast.Subscript):
            key = _as_value(self.index(target.slice))
            function = "wjp_join_item" if isinstance(node.op, JOINING) else "wjp_update_item"
            return ast.Expr(_call(function, self.expression(target.value), key, operator, value))
        name = ast.Constant(target.attr)
        return ast.Expr(_call("wjp_update_attribute", self.expression(target.value), name, operator, value))

    def test(self, node: ast.expr, kind: str, function: str = "wjp_branch") -> ast.expr:
        self.branches.append(Branch(node.lineno, kind))
        number = len(self.branches) - 1
        return _call(function, ast.Constant(2 * number), self.expression(node))

    def visit_If(self, node: ast.If) -> ast.stmt:
        test = self.test(node.test, "if")
        return ast.If(test, self.block(node.body), self.block(node.orelse) if node.orelse else [])

    def visit_While(self, node: ast.While) -> ast.stmt:
        if node.orelse:
            raise Unsupported("else of a loop")
        return ast.While(self.test(node.test, "while", "wjp_turn"), self.block(node.body), [])

    def visit_For(self, node: ast.For) -> ast.stmt:
        if node.orelse or not isinstance(node.target, ast.Name):
            raise Unsupported("form of a loop")
        return ast.For(node.target, self.expression(node.iter), self.block(node.body), [])

    # -- expressions

    def expression(self, node: ast.expr) -> ast.expr:
        made = self.visit(node)
        assert isinstance(made, ast.expr)
        return made

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, (bool, int, float)):
            return self.bind(Binding("number", value=node.value))
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.locals:
            return node
        return self.bind(Binding("value", (node.id,)))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        path = self.outside(node)
        if path is not None:
            return self.bind(Binding("value", path))
        if node.attr == "dtype":
            return _call("wjp_dtype", self.expression(node.value))
        return ast.Attribute(self.expression(node.value), node.attr, ast.Load())

    def index(self, node: ast.expr) -> ast.expr:
        """An index; whole literals stay plain Python numbers, which NumPy indexes fastest with."""
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.index(item) for item in node.elts], ast.Load())
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return ast.Slice(*(None if part is None else self.index(part) for part in parts))
        return self.expression(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return ast.Subscript(self.expression(node.value), self.index(node.slice), ast.Load())

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return ast.Tuple([self.expression(item) for item in node.elts], ast.Load())

    visit_List = visit_Tuple  # type: ignore[assignment]

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        return ast.Starred(self.expression(node.value), ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.expression(node.left), self.expression(node.right)
        kind = type(node.op)
        if kind in OPERATORS:
            return _call(OPERATORS[kind], left, right)
        return ast.BinOp(left, ast.Mult() if kind is ast.MatMult else node.op, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        number = _signed_literal(node)
        if number is not None:
            return self.bind(Binding("number", value=number))
        operand = self.expression(node.operand)
        if isinstance(node.op, ast.Not):
            return _call("wjp_not", operand)
        return ast.UnaryOp(node.op, operand)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return ast.BoolOp(node.op, [self.expression(value) for value in node.values])

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        comparators = [self.expression(value) for value in node.comparators]
        return ast.Compare(self.expression(node.left), node.ops, comparators)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.test(node.test, "ternary")
        return ast.IfExp(test, self.expression(node.body), self.expression(node.orelse))

    # -- calls

    def is_builtin_call(self, node: ast.expr, name: str) -> bool:
        if not isinstance(node, ast.Call):
            return False
        path = self.outside(node.func)
        return path is not None and path[-1] == name

    def visit_Call(self, node: ast.Call) -> ast.expr:
        path = self.outside(node.func)
        if path is not None and len(path) > 1:
            if path[-1] == "static":
                return self.static(node.args[0])
            if path[-1] == "tid":
                return _call("wjp_tid", ast.Constant(1))
            if path[-1] in ADVANCING:
                return self.advancing(node, path, 0)
            if path[-1] in STEPS:
                return self.advancing(node, path, 1)
        keywords = [ast.keyword(item.arg, self.expression(item.value)) for item in node.keywords]
        if path is None:
            return ast.Call(self.expression(node.func), [self.expression(arg) for arg in node.args], keywords)
        arguments = [self.expression(arg) for arg in node.args]
        if len(arguments) == 1 and not keywords and not isinstance(node.args[0], ast.Starred):
            arguments = [self.only_argument(node.args[0], arguments[0], path)]
        return ast.Call(self.bind(Binding("call", path)), arguments, keywords)

    def only_argument(self, node: ast.expr, rewritten: ast.expr, callee: tuple[str, ...]) -> ast.expr:
        """A constant given to a 64-bit type keeps its full precision, which only the callee's lookup can tell."""
        number = node.value if isinstance(node, ast.Constant) else _signed_literal(node)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return self.bind(Binding("argument", value=number, callee=callee))
        path = self.outside(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
        if path is not None:
            return self.bind(Binding("argument", path, callee=callee))
        return rewritten

    def static(self, node: ast.expr) -> ast.expr:
        names = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
        if names & self.locals:  # the variable of an unrolled loop: constant, but another in each turn
            return self.expression(node)
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "<static>", "eval")
        return self.bind(Binding("static", value=ast.dump(node), code=code))

    def advancing(self, node: ast.Call, path: tuple[str, ...], place: int) -> ast.expr:
        """`f(state, ...)` as `(pair := f(state, ...), state := pair[1])[0][0]`; the argument at `place` changes."""
        keywords = [ast.keyword(item.arg, self.expression(item.value)) for item in node.keywords]
        call = ast.Call(self.bind(Binding("call", path)), [self.expression(arg) for arg in node.args], keywords)
        changed = node.args[place] if len(node.args) > place else None
        if not isinstance(changed, ast.Name):
            return ast.Subscript(call, ast.Constant(0), ast.Load())
        pair = ast.Name("wjp_pair", ast.Load())
        steps = ast.Tuple(
            [
                ast.Subscript(ast.NamedExpr(ast.Name("wjp_pair", ast.Store()), call), ast.Constant(0), ast.Load()),
                ast.NamedExpr(ast.Name(changed.id, ast.Store()), ast.Subscript(pair, ast.Constant(1), ast.Load())),
            ],
            ast.Load(),
        )
        return ast.Subscript(steps, ast.Constant(0), ast.Load())


def _signed_literal(node: ast.expr) -> int | float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value
    return None


def _as_value(key: ast.expr) -> ast.expr:
    """An index written as an expression: `a[i:j]`'s slice as a call."""
    if isinstance(key, ast.Tuple):
        return ast.Tuple([_as_value(item) for item in key.elts], ast.Load())
    if isinstance(key, ast.Slice):
        parts = (key.lower, key.upper, key.step)
        return _call("wjp_slice", *(ast.Constant(None) if part is None else part for part in parts))
    return key


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
