"""What Warp's reverse pass computes where it is known not to be the derivative.

Warp says of a kernel in which a dynamic loop changes variables that it "may not be a differentiable operation". Its
reverse pass does not run the loops first: code behind one sees what the variables held before it, and each turn is
replayed, the last one first, on what the turn replayed before it left. `ReverseReference` runs a kernel under these
rules: first at the inputs themselves, noting the values that each replayed turn sees, then beside them, where what a
loop changes moves only by what its inputs moved. Differences of such runs are what a right adjoint gives, and differ
from a wrong one's. A component that is assigned keeps moving with what was there before; a divisor of `%`, and what a
builtin without an adjoint gives, do not move.

Not followed: loops inside functions, loops that return, variables that are neither numbers, blocks nor tiles.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .adjoint_limits import BUILTINS, MISSING, assigned_in, base_of, is_kernel, unrolled, whole_constants
from .reference import Outcome, Reference, Unsupported
from .reference.tiles import Tile
from .reference.vectors import Block

VARIANTS = ("before", "after")
"""Whether the derivative of a turn is taken at what a variable held before its replay, or after it: generated code
overwrites the variable and then differentiates, but conditions keep the values they were computed with."""


MAX_TURNS = 2000
_IN_PLACE = ("tile_sort", "tile_cholesky_inplace")
"""Builtins without an adjoint that change what they are given."""


def followed(source: str) -> str:
    """The source with its dynamic loops marked, or an empty text where they cannot be followed."""
    tree = ast.parse(source)
    numbers = whole_constants(tree)
    found = False
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        loops = {id(node): _carried(node, function) for node in ast.walk(function) if _is_dynamic(node, numbers)}
        marked = [node for node in ast.walk(function) if id(node) in loops and (loops[id(node)] or _leaves(node))]
        if marked and not is_kernel(function):
            return ""
        if any(isinstance(inner, ast.Return) for node in marked for inner in ast.walk(node)):
            return ""
        marker = _Marker(function)
        marker.generic_visit(function)
        found = found or marker.found
        function.body = _marked(function.body, {id(node): loops[id(node)] for node in marked})
        found = found or bool(marked)
    return ast.unparse(ast.fix_missing_locations(tree)) if found else ""


class _Marker(ast.NodeTransformer):
    """Puts calls around what has rules of its own: assigned components, `%`, builtins without an adjoint."""

    def __init__(self, function: ast.FunctionDef) -> None:
        self.local = assigned_in(function.body) - {argument.arg for argument in function.args.args}
        self.found = False

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        self.generic_visit(node)
        target = node.targets[0]
        if isinstance(target, (ast.Subscript, ast.Attribute)) and base_of(target) in self.local:
            self.found = True
            old = copy.deepcopy(target)
            old.ctx = ast.Load()
            node.value = _call("reverse_part", [copy.deepcopy(target.value), old, node.value])
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod):
            self.found = True
            node.right = _call("reverse_fixed", [node.right])
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if BUILTINS.get(name) != MISSING or name in _IN_PLACE:
            return node
        self.found = True
        return _call("reverse_fixed", [node])


def _is_dynamic(node: ast.AST, numbers: Mapping[str, int]) -> bool:
    return isinstance(node, ast.While) or (isinstance(node, ast.For) and not unrolled(node, numbers))


def _leaves(loop: ast.AST) -> bool:
    return isinstance(loop, ast.While) or any(isinstance(node, (ast.Break, ast.Continue)) for node in ast.walk(loop))


def _carried(loop: Any, function: ast.FunctionDef) -> list[str]:
    """Variables from before a loop that it assigns, or tiles that it adds products to."""
    before = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno < loop.lineno
    }
    products = {
        base_of(node.args[2])
        for node in ast.walk(loop)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "tile_matmul" and len(node.args) > 2
    }
    return sorted((assigned_in(loop.body) | products) & before)


def _marked(body: list[ast.stmt], loops: Mapping[int, list[str]], within: bool = False) -> list[ast.stmt]:
    """Statements with calls around each turn of the loops to follow; `within` one, `break` ends the replay."""
    made: list[ast.stmt] = []
    for statement in body:
        chosen = id(statement) in loops
        inside = chosen or (within and not isinstance(statement, (ast.For, ast.While)))
        for part in ("body", "orelse"):
            if isinstance(getattr(statement, part, None), list):
                setattr(statement, part, _marked(getattr(statement, part), loops, inside))
        if chosen:
            made += _followed_loop(statement, loops[id(statement)])
        elif within and isinstance(statement, ast.Break):
            made += _stop()
        else:
            made.append(statement)
    return made


def _followed_loop(loop: ast.stmt, carried: Sequence[str]) -> list[ast.stmt]:
    assert isinstance(loop, (ast.For, ast.While))
    values: list[ast.expr] = [ast.Name(variable, ast.Load()) for variable in carried]
    head, tail = [_exchange("reverse_enter", carried)], [ast.Expr(_call("reverse_end", values))]
    if isinstance(loop, ast.While):
        ended = ast.UnaryOp(ast.Not(), _call("reverse_test", [loop.test]))
        head.append(ast.If(ended, _stop(), []))
        target: ast.expr = ast.Name("wjp_turn_number", ast.Store())
        turns = _call("reverse_turns", [])
    else:
        target, turns = loop.target, _call("reverse_turns", [loop.iter])
    made = ast.For(target, turns, [*head, *loop.body, *tail], [], None)
    return [made, _exchange("reverse_leave", carried)]


def _stop() -> list[ast.stmt]:
    return [ast.Expr(_call("reverse_stop", [])), ast.Continue()]


def _call(name: str, arguments: Sequence[ast.expr]) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name("wp", ast.Load()), name, ast.Load()), list(arguments), [])


def _exchange(name: str, carried: Sequence[str]) -> ast.stmt:
    """`(a, b) = wp.name(a, b)`."""
    targets: list[ast.expr] = [ast.Name(variable, ast.Store()) for variable in carried]
    values: list[ast.expr] = [ast.Name(variable, ast.Load()) for variable in carried]
    return ast.Assign([ast.Tuple(targets, ast.Store())], _call(name, values))


Values = tuple[Any, ...]


@dataclass(slots=True)
class _Turn:
    """A replayed turn at the inputs themselves: what it starts from, and what it leaves when it is differentiated."""

    value: Any
    before: Values = ()
    after: Values = ()
    left: Values | None = None
    ended: bool = False


@dataclass(slots=True)
class _Loop:
    """One run of a loop: what its variables held before it, and the turns in the order in which gradients pass them."""

    start: Values | None = None
    chain: list[_Turn] = field(default_factory=list)


@dataclass(slots=True)
class _Running:
    """A loop under way."""

    loop: _Loop
    turn: _Turn
    place: int = -1
    stopped: bool = False


class _Passes:
    """The state of the marked loops: recording at the inputs, or moving beside them."""

    def __init__(self, variant: str) -> None:
        self.recording = True
        self.variant = variant
        self.loops: list[_Loop] = []
        self.place = 0
        self.running: list[_Running] = []
        self.replaying = 0
        self.values: list[Any] = []
        self.value_place = 0

    def rewind(self) -> None:
        """Begin another run beside the inputs."""
        self.recording, self.place, self.value_place = False, 0, 0
        self.running.clear()

    def _noted(self, value: Any) -> Any:
        """What stood at this place at the inputs themselves."""
        if self.recording:
            self.values.append(_copied(value))
            return value
        if self.value_place >= len(self.values):
            raise Unsupported("values differ beside the inputs")
        self.value_place += 1
        return _copied(self.values[self.value_place - 1])

    def fixed(self, value: Any) -> Any:
        """A value that does not move."""
        return value if self.replaying else self._noted(value)

    def part(self, whole: Any, old: Any, value: Any) -> Any:
        """What is assigned to a component of a block: it moves with what was there before as well."""
        if self.replaying or not isinstance(whole, Block):
            return value
        before = self._noted(old)
        return value if self.recording else _moved(value, old, before)

    def turns(self, iterable: Sequence[Any] | None = None) -> Iterator[Any]:
        """The turns to run: while recording as they are replayed, then in the order in which gradients pass them."""
        if self.replaying:  # a replayed turn does not run the loops in it
            self.running.append(_Running(_Loop(), _Turn(None)))
            return
        if self.recording:
            self.loops.append(_Loop())
        elif self.place >= len(self.loops):
            raise Unsupported("loops differ beside the inputs")
        running = _Running(self.loops[self.place], _Turn(None))
        self.place += 1
        self.running.append(running)
        if self.recording:
            yield from self._replayed(running, range(MAX_TURNS) if iterable is None else reversed(iterable))
        for place, turn in enumerate(running.loop.chain):
            running.place, running.turn = place, turn
            yield turn.value

    def _replayed(self, running: _Running, values: Iterable[Any]) -> Iterator[Any]:
        self.replaying += 1
        visited = []
        for value in values:
            running.turn = _Turn(value)
            yield value
            if running.turn.ended:
                visited.append(running.turn)
            if running.stopped:
                break
        self.replaying -= 1
        running.loop.chain = visited[::-1]

    def enter(self, *values: Any) -> Values:
        """Begin a turn with what its variables hold then."""
        running = self.running[-1]
        loop, turn = running.loop, running.turn
        if self.replaying:
            turn.before = tuple(map(_copied, values))
            if loop.start is None:
                loop.start = turn.before
            return values
        seen = turn.before if self.variant == "before" else turn.after
        if self.recording:
            return tuple(map(_copied, seen))
        return tuple(map(_moved, seen, values, self._base(running)))

    def _base(self, running: _Running) -> Values:
        """What variables held at the inputs themselves where they now hold what is to be compared."""
        base = running.loop.start if running.place <= 0 else running.loop.chain[running.place - 1].left
        if base is None:
            raise Unsupported("turn that is left early only when it is differentiated")
        return base

    def end(self, *values: Any) -> None:
        """End a turn that was not left early."""
        turn = self.running[-1].turn
        if self.replaying:
            turn.after, turn.ended = tuple(map(_copied, values)), True
        elif self.recording:
            turn.left = tuple(map(_copied, values))

    def stop(self) -> None:
        """Leave a loop: its replay ends."""
        self.running[-1].stopped = True

    def test(self, condition: Any) -> Any:
        """The condition of a `while`, which only a replay asks."""
        return condition if self.replaying else np.bool_(True)

    def leave(self, *values: Any) -> Values:
        """End a loop: its variables are what they were before it, moved by what its inputs moved."""
        running = self.running.pop()
        loop = running.loop
        if self.replaying or loop.start is None:
            return values
        if self.recording:
            return tuple(map(_copied, loop.start))
        running.place = len(loop.chain)
        return tuple(map(_moved, loop.start, values, self._base(running)))


def _copied(value: Any) -> Any:
    if isinstance(value, (Block, Tile)):
        return value.copy()
    if isinstance(value, (np.generic, int, float, bool)):
        return value
    raise Unsupported("variable of this kind")


def _moved(base: Any, value: Any, before: Any) -> Any:
    """`base` with the step from `before` to `value`; whole numbers do not move."""
    if isinstance(base, Tile):
        return base.like(base.d + (value.d - before.d)) if base.d.dtype.kind == "f" else base.copy()
    if isinstance(base, Block):
        return base + (value - before) if base.a.dtype.kind == "f" else base.copy()
    return base + (value - before) if isinstance(base, (float, np.floating)) else base


class ReverseReference(Reference):
    """A kernel as Warp's reverse pass sees it, in float64 alone.

    Raises:
        Unsupported: nothing in it is differentiated by other rules, or something is that is not followed.
    """

    def __init__(self, source: str, variant: str) -> None:
        marked = followed(source)
        if not marked:
            raise Unsupported("reverse pass that is not followed")
        super().__init__(marked)
        self._variant = variant
        self._passes = _Passes(variant)

    def record(self, inputs: Mapping[str, Any], dim: Sequence[int]) -> None:
        """Note what the replayed turns see at these inputs (whose floats are float64)."""
        self._passes = _Passes(self._variant)
        self._hook()
        super().run(inputs, dim, "float64")

    def run(
        self,
        inputs: Mapping[str, Any],
        dim: Sequence[int],
        precision: str = "declared",
        order: str = "forward",
        limit: int | None = None,
    ) -> Outcome:
        self._passes.rewind()
        return super().run(inputs, dim, precision, order, limit)

    def _hook(self) -> None:
        own: dict[str, Any] = self._program.world("float64").own
        for name in ("turns", "enter", "end", "stop", "test", "leave", "fixed", "part"):
            own[f"reverse_{name}"] = _Hook(self, name)


class _Hook:
    """A call to whatever the passes are now: rewritten functions keep the hooks that they first saw."""

    def __init__(self, owner: ReverseReference, name: str) -> None:
        self._owner = owner
        self._name = name

    def __call__(self, *values: Any) -> Any:
        return getattr(self._owner._passes, self._name)(*values)


__all__ = ["VARIANTS", "ReverseReference", "followed"]
