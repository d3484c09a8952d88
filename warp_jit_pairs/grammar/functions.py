"""Helper functions: several results, overloads, generics, custom gradients, closures; and kernels around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .blocks import condition_simple
from .build import Body
from .helpers import Helper, Parameter, helper
from .kernel import Kernel
from .maps import LENGTH
from .recipes import letters, recipe
from .steps import Palette, alike, build, merge, step
from .tree import Expr

FIELDS = "generic geometry particles learning signal optimization finance control"


def _scalar_helper(k: Kernel) -> Helper:
    """A function of one to three numbers with some steps in it."""
    rng = k.rng
    tags = rng.choose(
        ({"arithmetic": 1.0}, {"math": 1.0, "arithmetic": 0.4}, {"math": 1.0}, {"control_flow": 1.0, "arithmetic": 0.5})
    )
    palette = Palette(rng, tags, letters(k, "r"))
    parameters = [("scalar", k.real, -2.0, 2.0) for _ in range(rng.integer(1, 3))]

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        if rng.chance(0.3):
            with body.when(condition_simple(body)):
                body.give(body.bounded(build(body, palette, rng.weighted(palette.by_result["r"]), 0)))
        for _ in range(rng.weighted({0: 2.0, 1: 3.0, 2: 3.0, 3: 1.5, 4: 0.7})):
            step(body, palette)
        return [body.bounded(merge(body, k.real, body.unused()))]

    return helper(k, "scalar", parameters, write)


def _vector_helper(k: Kernel, types: dict[str, t.Type]) -> Helper:
    """A function of vectors and numbers that gives a vector or a number."""
    rng = k.rng
    palette = Palette(rng, {"vector": 1.0, "vector3": 0.7, "arithmetic": 0.2}, types)
    wanted = types[rng.choose("vvr")]
    parameters: list[Parameter] = [("vector", types["v"], -2.0, 2.0) for _ in range(rng.integer(1, 2))]
    if rng.chance(0.6):
        parameters.append((rng.choose(("scale", "radius", "ratio")), k.real, 0.1, 2.0))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        for _ in range(rng.integer(1, 4)):
            step(body, palette)
        return [body.bounded(merge(body, wanted, body.unused()))]

    return helper(k, "vector" if isinstance(wanted, t.Vector) else "scalar", parameters, write)


def _pair_helper(k: Kernel) -> Helper:
    """A function with two or three results."""
    rng = k.rng
    how = rng.integer(0, 3)
    if how == 0:
        vector = t.vec(rng.choose((2, 3)), k.real)

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            length = body.let("magnitude", body.call("length", names[0]))
            if rng.chance(0.4):
                with body.when(length < 1e-3):
                    body.give(body.zero(vector), body.lit(0.0))
                return [names[0] / length, length]
            return [names[0] / (length + body.choose_lit(1e-3, 1e-2)), length]

        return helper(k, "vector", [("vector", vector, -2.0, 2.0)], write)
    if how == 1:

        def ordered(body: Body, names: list[Expr]) -> Sequence[Expr]:
            a, b = names
            if rng.chance(0.5):
                return [body.call("min", a, b), body.call("max", a, b)]
            with body.when(a > b):
                body.give(b, a)
            return [a, b]

        return helper(k, "scalar", [("left", k.real, -2.0, 2.0), ("right", k.real, -2.0, 2.0)], ordered)
    if how == 2:

        def polar(body: Body, names: list[Expr]) -> Sequence[Expr]:
            r, angle = names
            return [r * body.call("cos", angle), r * body.call("sin", angle)]

        return helper(k, "scalar", [("radius", k.real, 0.1, 2.0), ("angle", k.real, -3.0, 3.0)], polar)

    palette = Palette(rng, {"math": 1.0, "arithmetic": 0.6}, letters(k, "r"))

    def several(body: Body, names: list[Expr]) -> Sequence[Expr]:
        results = [step(body, palette) for _ in range(rng.integer(2, 3))]
        return [body.bounded(value) for value in results]

    return helper(k, "scalar", [("scalar", k.real, -2.0, 2.0), ("scalar", k.real, -2.0, 2.0)], several)


def arguments_for(k: Kernel, made: Helper) -> list[Expr]:
    """Arguments of a call: at hand, read, or coefficients."""
    values: list[Expr] = []
    for kind, value_type, low, high in made.parameters:
        if isinstance(value_type, t.Scalar) and low > 0.0:
            values.append(k.parameter(kind, low, high, dtype=value_type))
        else:
            value = k.want(value_type, kind)
            if any(alike(value, known) for known in values):
                value = k.fresh(value_type, kind)
            values.append(k.call("clamp", value, low, high) if value.high > 100.0 and t.is_float(value_type) else value)
    return values


def use(k: Kernel, made: Helper) -> None:
    """Call a helper and keep what it gives at hand."""
    value = made.call(*arguments_for(k, made))
    if len(made.results) == 1:
        k.put("result", k.let("result", value))
    else:
        kinds = ["vector" if isinstance(r, t.Vector) else "scalar" for r in made.results]
        for name in k.unpack(kinds, value):
            k.put("scalar", replace(name, low=-1e4, high=1e4))


def finish(k: Kernel, types: dict[str, t.Type]) -> None:
    left = k.unused()
    wanted = left[-1].expr.type if left else k.real
    if not isinstance(wanted, (t.Scalar, t.Vector)):
        wanted = k.real
    outputs = [v for v in left if v.expr.type != wanted][:2]
    for value in outputs:
        value.uses += 1
        k.output("out", k.bounded(value.expr))
    k.output("out", k.bounded(merge(k, wanted, [v for v in left if v not in outputs])))


@recipe("kernels that call helper functions", "function:0.3", FIELDS, "map")
def with_helpers(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 5.0, 2: 2.6, 3: 0.5}), alone=0.05)
    k.guard()
    types = letters(k, rng.choose(("r", "rvw")))
    makers: list[Callable[[], Helper]] = [lambda: _scalar_helper(k), lambda: _pair_helper(k)]
    if "v" in types:
        makers.append(lambda: _vector_helper(k, types))
    helpers = [
        rng.choose(makers)()
        for _ in range({"small": 1, "medium": rng.integer(1, 2), "large": rng.integer(2, 3)}[k.shared.size])
    ]
    tags = {"arithmetic": 1.0, "vector": 1.0, "math": 0.4}
    palette = Palette(rng, tags, types)
    low, high = LENGTH[k.shared.size]
    steps = rng.integer(0, max(0, (low + high) // 2 - 1))
    for made in helpers:
        for _ in range(rng.integer(0, steps)):
            step(k, palette)
        use(k, made)
        if rng.chance(0.25):
            use(k, made)
    finish(k, types)


@recipe("functions that call functions", "function:0.4", FIELDS, "map")
def nested_helpers(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    inner = _scalar_helper(k)
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.5}, letters(k, "r"))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        def call() -> Expr:
            values = []
            for _ in inner.parameters:
                value = body.want(k.real, "scalar", 0.2)
                values.append(value)
            return inner.call(*values)

        how = rng.integer(0, 2)
        if how == 0:
            total = body.variable("sum", body.lit(0.0))
            with body.loop("loop", rng.integer(2, 5)) as j:
                u = body.let("scalar", names[0] + body.cast(j, k.real) * body.choose_lit(0.1, 0.25, 0.5))
                rest = [body.want(k.real, "scalar", 0.2) for _ in inner.parameters[1:]]
                body.augment(total, "+", inner.call(*[u, *rest][: len(inner.parameters)]))
            return [total]
        if how == 1:
            h = body.choose_lit(1e-2, 0.1, 0.05)
            rest = [body.want(k.real, "scalar", 0.2) for _ in inner.parameters[1:]]
            ahead, behind = ([names[0] + step_by, *rest][: len(inner.parameters)] for step_by in (h, -h))
            return [(inner.call(*ahead) - inner.call(*behind)) / (2.0 * h)]
        first = body.put("scalar", body.let("scalar", call()))
        step(body, palette)
        return [body.bounded(merge(body, k.real, body.unused())) + first]

    outer = helper(k, "scalar", [("scalar", k.real, -2.0, 2.0) for _ in range(rng.integer(1, 3))], write)
    use(k, outer)
    if rng.chance(0.4):
        use(k, inner)
    if rng.chance(0.6):
        step(k, palette)
    finish(k, letters(k, "r"))


@recipe("overloaded functions", "function:1.5", FIELDS, "map")
def overloads(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    vector = t.vec(rng.choose((2, 3)), k.real)
    what = rng.choose(("energy", "soft", "mix"))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x = names[0]
        isv = isinstance(x.type, t.Vector)
        if what == "energy":
            return [0.5 * names[1] * (body.call("dot", x, x) if isv else x * x)]
        if what == "soft":
            size = body.call("length", x) if isv else body.call("abs", x)
            return [x / (names[1] + size)]
        return [x * (1.0 - names[1]) + names[2] * names[1]]

    def parameters(value: t.Type) -> list[Parameter]:
        kind = "vector" if isinstance(value, t.Vector) else "scalar"
        rest: list[Parameter] = [("parameter", k.real, 0.1, 1.0)]
        if what == "mix":
            rest.append((kind, value, -2.0, 2.0))
        return [(kind, value, -2.0, 2.0), *rest]

    first = helper(k, "scalar", parameters(k.real), write)
    second = helper(k, "vector", parameters(vector), write, name=first.name)
    if rng.chance(0.5):
        third = helper(k, "vector", parameters(t.vec(4, k.real)), write, name=first.name)
        use(k, third)
    use(k, first)
    use(k, second)
    palette = Palette(rng, {"arithmetic": 1.0, "vector": 0.6}, {"r": k.real, "v": vector})
    for _ in range(rng.integer(0, 3)):
        step(k, palette)
    finish(k, letters(k, "r"))


@recipe("generic functions used with several types", "function:1.5", FIELDS, "map")
def generics(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    k.shared.imports.insert(0, "from typing import Any\n")
    what = rng.choose(("blend", "scale", "clamp", "double", "poly"))
    body = Body(k.shared)
    anything = k.real
    names = [
        tree.Name(anything, -2.0, 2.0, k.namer.argument("scalar"))
        for _ in range({"blend": 3, "scale": 2, "clamp": 3, "double": 1, "poly": 1}[what])
    ]

    def number(value: float) -> Expr:
        """A constant of the argument's own type."""
        if rng.chance(0.5):
            return tree.Call(
                anything, value, value, f"{names[0].id}.dtype", (tree.Literal(t.F32, value, value, value),)
            )
        return tree.Call(anything, value, value, f"type({names[0].id})", (tree.Literal(t.F32, value, value, value),))

    a = names[0]
    if what == "blend":
        value: Expr = a + (names[1] - a) * names[2]
    elif what == "scale":
        value = a * names[1] + (number(rng.choose((0.5, 1.0, 2.0))) if rng.chance(0.6) else a)
    elif what == "clamp":
        value = body.call("min", body.call("max", a, names[1]), names[2])
    elif what == "double":
        value = a * number(rng.choose((2.0, 0.5, 3.0))) + (a * a if rng.chance(0.5) else a)
    else:
        value = (number(0.5) * a + number(rng.choose((1.0, 2.0)))) * a - number(0.25)
    if rng.chance(0.5) and what != "clamp":
        value = body.let("result", value)
    body.give(value)
    k.namer.leave()
    name = k.namer.function("")
    parameters = tuple(tree.Parameter(n.id, n.type, "Any") for n in names)
    k.shared.parts.append(tree.Function(name, parameters, tuple(body.blocks[0])))
    reals = rng.sample((t.F32, t.F64, t.F16), 2) if rng.chance(0.7) else [k.real, t.F64 if k.real is t.F32 else t.F32]
    for real in reals:
        spread = [(0.1, 1.5)] * len(names) if what != "clamp" else [(-2.0, 2.0), (-1.0, 0.0), (0.5, 1.0)]
        values = [
            k.scalar("parameter", real, *limits) if n and rng.chance(0.6) else k.load("array", real, *limits)
            for n, limits in enumerate(spread)
        ]
        result = k.let("result", tree.Call(real, -1e3, 1e3, name, tuple(values)))
        if rng.chance(0.4):
            result = result * tree.literal(rng.choose((0.5, 2.0)), real)
        k.output("out", result)


@recipe("functions with a gradient of their own", "function:1.2", "learning optimization signal", "map", {t.F32: 1.0})
def custom_gradient(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    what = rng.choose(("root", "clamp", "square", "relu", "log"))
    eps = rng.choose((1e-3, 1e-2, 0.1))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x = names[0]
        if what == "root":
            return [body.call("sqrt", body.call("max", x, eps))]
        if what == "clamp":
            return [body.call("clamp", x, 0.0, 1.0)]
        if what == "square":
            return [x * x]
        if what == "relu":
            return [body.call("max", x, 0.0)]
        return [body.call("log", body.call("max", x, eps))]

    made = helper(k, "scalar", [("scalar", t.F32, -2.0, 2.0)], write)
    body = Body(k.shared)
    x = tree.Name(t.F32, -2.0, 2.0, k.namer.argument("scalar"))
    adjoint = tree.Name(t.F32, -2.0, 2.0, f"adj_{rng.choose(('ret', 'y', 'out'))}")
    slot = tree.Subscript(t.F32, -10.0, 10.0, tree.Verbatim(t.SHAPE, 0.0, 0.0, "wp.adjoint"), (x,))
    if what == "root":
        rate: Expr = body.where(x > eps, 0.5 / body.call("sqrt", body.call("max", x, eps)), body.lit(0.0))
    elif what == "clamp":
        rate = body.where(body.both(x > 0.0, x < 1.0), body.lit(1.0), body.lit(0.0))
    elif what == "square":
        rate = 2.0 * x
    elif what == "relu":
        rate = body.where(x > 0.0, body.lit(1.0), body.lit(0.0))
    else:
        rate = body.where(x > eps, 1.0 / body.call("max", x, eps), body.lit(0.0))
    if rng.chance(0.4):
        rate = body.let("gradient", rate)
    body.add(tree.Augment(slot, "+", rate * adjoint))
    k.namer.leave()
    name = f"adj_{made.name}"
    parameters = tuple(tree.Parameter(n.id, n.type, k.spell(n.type)) for n in (x, adjoint))
    k.shared.parts.append(
        tree.Function(name, parameters, tuple(body.blocks[0]), "", "", (f"@wp.func_grad({made.name})",))
    )
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.5}, letters(k, "r"))
    for _ in range(rng.integer(0, 2)):
        step(k, palette)
    use(k, made)
    for _ in range(rng.integer(0, 2)):
        step(k, palette)
    finish(k, letters(k, "r"))


@recipe(
    "functions made by a Python function, and values fixed at build time",
    "function:1.5 control_flow:0.2",
    FIELDS,
    "map",
)
def closures(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    if rng.chance(0.45):
        _static(k)
        return
    body = Body(k.shared)
    captured = k.namer.argument("parameter")
    x = tree.Name(k.real, -2.0, 2.0, k.namer.argument("scalar"))
    outer = tree.Name(k.real, 0.5, 3.0, captured)
    fixed: Expr = outer if k.real is t.F32 else tree.Call(k.real, 0.5, 3.0, str(k.real), (replace(outer, type=t.F32),))
    palette = Palette(rng, {"math": 1.0, "arithmetic": 0.6}, letters(k, "r"))
    body.put("scalar", x)
    first = body.let("scalar", x * fixed if rng.chance(0.6) else x + fixed)
    body.put("scalar", first)
    for _ in range(rng.integer(0, 2)):
        step(body, palette)
    body.give(body.bounded(merge(body, k.real, body.unused())))
    k.namer.leave()
    inner, factory = k.namer.function("scalar"), k.namer.function("scalar")
    declared = (tree.Parameter(x.id, x.type, k.spell(x.type)),)
    function = tree.Function(inner, declared, tuple(body.blocks[0]))
    values = rng.sample((0.5, 1.5, 2.0, 3.0, 0.25), rng.integer(1, 2))
    made = tuple((k.namer.function("scalar"), (repr(value),)) for value in values)
    k.shared.parts.append(tree.Factory(f"make_{factory.strip('_')}", (captured,), function, made))
    for name, _ in made:
        use(k, Helper(name, (("scalar", k.real, -2.0, 2.0),), (k.real,)))
    for _ in range(rng.integer(0, 2)):
        step(k, palette)
    finish(k, letters(k, "r"))


def _static(k: Kernel) -> None:
    """Constants and unrolled loops through wp.static."""
    rng = k.rng
    order = rng.integer(2, 6)
    name = k.namer.constant("steps")
    k.shared.parts.append(tree.Constant(name, str(order)))
    count = tree.Name(t.I32, order, order, name)

    def static(text: str, value: float, value_type: t.Type = t.I32) -> Expr:
        return tree.Verbatim(value_type, value, value, f"wp.static({text})")

    x = k.let("scalar", k.load("input", k.real))
    total = k.variable("sum", k.lit(0.0))
    texts = rng.choose(((f"{name}", order), (f"{name} + 1", order + 1), (f"2 * {name}", 2 * order)))
    with k.loop("loop", static(*texts)) as j:
        u = k.cast(j, k.real) * k.choose_lit(0.5, 0.25, 1.0)
        terms = (
            k.call("sin", x + u),
            k.call("cos", x * u),
            1.0 / (1.0 + (x + u) * (x + u)),
            k.call("exp", -k.call("abs", x - u)),
        )
        k.augment(total, "+", rng.choose(terms))
    scale = static(f"1.0 / {name}", 1.0 / order, t.F32) if k.real is t.F32 else 1.0 / k.cast(count, k.real)
    k.put("sum", k.let("mean", total * scale))
    palette = Palette(rng, {"arithmetic": 1.0}, letters(k, "r"))
    for _ in range(rng.integer(0, 3)):
        step(k, palette)
    finish(k, letters(k, "r"))
