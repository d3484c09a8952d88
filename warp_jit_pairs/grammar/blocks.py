"""Control flow as steps: branches, choices, loops, early exits around formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .formulas import coefficient
from .kernel import Kernel
from .steps import Palette, alike, build, step
from .tree import Expr

Block = Callable[[Kernel, Palette], None]


def threshold(k: Body, value: Expr, *candidates: float, plain: bool = False) -> Expr:
    """A number to compare with that the value can be below as well as above; a `plain` one is a literal."""
    inside = [c for c in candidates if value.low < c < value.high]
    if len(inside) == len(candidates) and not plain:
        return coefficient(k, "threshold", *candidates)
    if inside:
        return k.lit(k.rng.choose(inside), value.type)
    if value.high - value.low > 1e-6 and value.high < 1e6 and value.low > -1e6:
        return k.lit(round(0.5 * (value.low + value.high), 2), value.type)
    return k.lit(0.0, value.type)


def condition(k: Kernel, palette: Palette) -> Expr:
    """A test on a value at hand."""
    rng = k.rng
    value = k.want(k.real, "scalar")
    how = rng.weighted({0: 1.0, 1: 0.4, 2: 1.6, 3: 1.0, 4: 3.0, 5: 1.5})
    if how == 0 and value.low < -0.5 and value.high > 1.0:
        return k.both(value > coefficient(k, "minimum", 0.0, -0.5), value < coefficient(k, "maximum", 1.0, 0.5))
    if how == 1 and value.low < 0.0 < value.high:
        return k.call("abs", value) < coefficient(k, "threshold", 0.5, 1.0, 0.25)
    if how == 2:
        other = k.want(k.real, "scalar")
        return value > (k.fresh(k.real, "scalar") if alike(value, other) else other)
    if how == 3 and value.low < -0.5 and value.high > 1.0:
        return k.either(value < coefficient(k, "minimum", -1.0, -0.5), value > coefficient(k, "maximum", 1.0, 0.5))
    if how == 4:
        flag = k.load("flag", t.I32, 0, 1)
        return flag.equals(1) if rng.chance(0.6) else flag.differs(0)
    return tree.compare(rng.choose((">", "<", ">=", "<=")), value, threshold(k, value, 0.0, 0.5, 1.0, -0.5))


def _inner(k: Kernel, palette: Palette, target: Expr, own: bool) -> None:
    """Statements of a branch that end in giving `target` a value."""
    for _ in range(k.rng.weighted({0: 5.0, 1: 3.0, 2: 1.0})):
        step(k, palette)
    if own or k.rng.chance(0.6):
        value = formula_value(k, palette, target.type)
        if k.unused():
            value = value + k.latest(target.type) if k.at_hand(target.type) else value
        k.set(target, k.bounded(value))
    else:
        k.augment(target, k.rng.choose(("+", "-", "+", "*")), k.bounded(formula_value(k, palette, target.type)))


def formula_value(k: Kernel, palette: Palette, wanted: t.Type) -> Expr:
    """A value of a type from one formula or at hand."""
    for letter, known in palette.letters.items():
        if known == wanted and letter in palette.by_result and k.rng.chance(0.75):
            return build(k, palette, k.rng.weighted(palette.by_result[letter]))
    return k.want(wanted, "scalar")


def branch(k: Kernel, palette: Palette) -> None:
    """A variable set by if / elif / else."""
    test = condition(k, palette)
    target = k.variable("result", k.want(k.real, "scalar"), False)
    with k.when(test):
        _inner(k, palette, target, False)
    shape = k.rng.random()
    if shape < 0.35:
        for _ in range(k.rng.weighted({1: 3.0, 2: 1.0})):
            with k.otherwise_when(condition_simple(k)):
                _inner(k, palette, target, True)
    if shape > 0.2:
        with k.otherwise():
            _inner(k, palette, target, True)
    k.put("result", target)


def condition_simple(k: Body) -> Expr:
    """A test that needs no statements of its own before it, as an elif wants."""
    known = k.at_hand(k.real)
    if known:
        value = k.rng.choose(known).expr
        return tree.compare(
            k.rng.choose(("<", ">", "<=", ">=")), value, threshold(k, value, 0.0, 0.5, -0.5, plain=True)
        )
    assert isinstance(k, Kernel)
    return (k.threads[0] % 2).equals(0)


def lone_if(k: Kernel, palette: Palette) -> None:
    """A value changed in one case, sometimes with a second test inside."""
    test = condition(k, palette)
    target = k.variable("result", k.want(k.real, "scalar"), False)
    with k.when(test):
        if k.rng.chance(0.25):
            with k.when(condition_simple(k)):
                k.set(target, k.bounded(formula_value(k, palette, k.real)))
        else:
            _inner(k, palette, target, True)
    k.put("result", target)


def row_loop(k: Kernel, palette: Palette) -> None:
    """A sum, extremum or search over a row of its own."""
    rng = k.rng
    columns = k.dim(rng.choose((4, 6, 8)))
    if len(k.launch) > 2:
        lone_if(k, palette)
        return
    source = k.array("array", k.real, (k.launch[0], columns), low=-2.0, high=2.0)
    count: Expr | int = k.length(columns, source, 1)
    extremum = rng.chance(0.3)
    total = k.variable("extremum" if extremum else "sum", k.lit(-1e3 if extremum else 0.0))
    factor = k.want(k.real, "scalar") if rng.chance(0.5) else None
    with k.loop("loop", count) as j:
        value: Expr = source[k.threads[0], j]
        if rng.chance(0.7):
            value = k.let("scalar", value)
        if rng.chance(0.35):
            with k.when(value < k.choose_lit(-0.5, 0.0, -1.0) if rng.chance(0.6) else value > 1.0):
                if rng.chance(0.7):
                    k.next_turn()
                else:
                    k.leave_loop()
        if extremum:
            with k.when(value > total):
                k.set(total, value)
        else:
            k.augment(total, "+", value * factor if factor is not None else value)
    k.put("sum", total)


def countdown(k: Kernel, palette: Palette) -> None:
    """A while loop that shrinks a value until it is small or a count is reached."""
    rng = k.rng
    value = k.variable("state", k.want(k.real, "scalar"))
    count = k.variable("count", k.integer(0))
    limit = rng.choose((4, 8, 10, 16))
    with k.repeat(k.both(count < limit, k.call("abs", value) > rng.choose((0.1, 0.25, 0.5)))):
        k.set(value, value * rng.choose((0.5, 0.75, 0.8)))
        k.augment(count, "+", 1)
    k.put("state", replace(value, low=-1.0, high=1.0) if isinstance(value, tree.Name) else value)
    if rng.chance(0.4):
        k.output("count", count)


BLOCKS: dict[str, Block] = {
    "branch": branch,
    "branch again": branch,
    "lone_if": lone_if,
    "row_loop": row_loop,
    "row_loop again": row_loop,
    "countdown": countdown,
}
"""Blocks by name; what is here twice is drawn twice as often."""
