"""Functions that are used with several types: overloads, and generics of one body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .function_maps import FIELDS, Formula, put, start
from .helpers import Helper, Parameter, helper
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@dataclass(frozen=True, slots=True)
class Tool:
    """A small function that people write for numbers and vectors alike.

    `parameters` are (names, low, high, literal values) of what it takes besides its first argument; `build` gets the
    body, the argument, its magnitude and the parameters.
    """

    name: str
    doc: str
    parameters: tuple[tuple[str, float, float, tuple[float, ...]], ...]
    build: Formula
    whole: bool = True
    """Whether it gives what it takes, not a number."""


def _magnitude(body: Body, x: Expr) -> Expr:
    return body.call("length", x) if isinstance(x.type, t.Vector) else body.call("abs", x)


def _squared(body: Body, x: Expr) -> Expr:
    return body.call("dot", x, x) if isinstance(x.type, t.Vector) else x * x


def _shrunk(body: Body, x: Expr, amount: Expr) -> Expr:
    """Soft thresholding."""
    size = body.let("=mag n size", _magnitude(body, x))
    return x * (body.call("max", size - amount, 0.0) / body.call("max", size, 1e-6))


def _capped(body: Body, x: Expr, most: Expr) -> Expr:
    size = body.let("=mag n size", _magnitude(body, x))
    return x * body.call("min", 1.0, most / body.call("max", size, 1e-6))


def _huber(body: Body, x: Expr, delta: Expr) -> Expr:
    size = body.let("=a mag r", _magnitude(body, x))
    return body.where(size < delta, 0.5 * size * size, delta * (size - 0.5 * delta))


TOOLS: tuple[Tool, ...] = (
    Tool(
        "harmonic_energy",
        "Energy of a harmonic well.",
        (("=k stiffness ke", 0.5, 20.0, (10.0, 1.0)),),
        lambda b, x, k: 0.5 * k * _squared(b, x),
        False,
    ),
    Tool(
        "soft_clip",
        "Saturate smoothly.",
        (("=s scale knee", 0.2, 2.0, (1.0, 0.5)),),
        lambda b, x, s: x / (s + _magnitude(b, x)),
    ),
    Tool("soft_threshold", "Shrink towards zero.", (("=amount threshold tau", 0.05, 1.0, (0.1, 0.5)),), _shrunk),
    Tool("limit", "Cap the magnitude.", (("=max_mag limit_value bound", 0.2, 2.0, (1.0, 2.0)),), _capped),
    Tool("huber", "Huber loss.", (("=delta width", 0.2, 2.0, (1.0, 0.5)),), _huber, False),
    Tool(
        "gaussian_weight",
        "Weight that falls off as a Gaussian.",
        (("=sigma h width", 0.3, 2.0, (1.0, 0.5)),),
        lambda b, x, s: b.call("exp", -_squared(b, x) / (2.0 * s * s)),
        False,
    ),
    Tool(
        "inverse_weight",
        "Softened inverse square.",
        (("=eps softening r0", 0.1, 1.0, (0.1, 0.5)),),
        lambda b, x, e: 1.0 / (_squared(b, x) + e * e),
        False,
    ),
    Tool(
        "decay",
        "Exponential decay.",
        (("=rate damping k", 0.1, 3.0, (0.5, 1.0)), ("=dt step_size", 0.001, 0.1, (0.01, 0.02))),
        lambda b, x, r, dt: x * b.call("exp", -r * dt),
    ),
    Tool(
        "drag_force",
        "Drag with a linear and a quadratic part.",
        (("=k1 linear", 0.1, 2.0, (0.5, 0.1)), ("=k2 quadratic", 0.1, 2.0, (0.2, 1.0))),
        lambda b, x, c, d: -x * (c + d * _magnitude(b, x)),
    ),
    Tool(
        "stiffening",
        "Spring that stiffens with the cube.",
        (("=k stiffness", 0.1, 3.0, (2.0, 0.5)), ("=beta cubic", 0.1, 2.0, (0.5, 1.0))),
        lambda b, x, k, c: x * k * (1.0 + c * _squared(b, x)),
    ),
    Tool(
        "geman_mcclure",
        "Robust loss of Geman and McClure.",
        (("=c scale sigma", 0.3, 2.0, (1.0, 0.5)),),
        lambda b, x, c: _squared(b, x) / (_squared(b, x) + c * c),
        False,
    ),
    Tool(
        "log_penalty",
        "Penalty that grows as a logarithm.",
        (("=mu weight", 0.1, 2.0, (1.0, 0.1)),),
        lambda b, x, m: m * b.call("log", 1.0 + _squared(b, x)),
        False,
    ),
)


def _parameters(tool: Tool, real: t.Scalar) -> list[Parameter]:
    return [(kind, real, low, high) for kind, low, high, _ in tool.parameters]


def _settings(k: Kernel, tool: Tool) -> list[Expr]:
    """Values for a tool's parameters, the same for all of its overloads."""
    values: list[Expr] = []
    for kind, low, high, usual in tool.parameters:
        how = k.rng.weighted({"argument": 4.0, "literal": 2.0, "constant": 1.0, "field": 4.0 if k.bundle else 0.0})
        if how == "field" and k.bundle is not None:
            values.append(k.bundle.field(kind, k.real, low, high))
        elif how == "argument":
            values.append(k.scalar(kind, k.real, low, high))
        elif how == "constant":
            values.append(k.constant(k.rng.choose(usual), k.real, kind))
        else:
            values.append(k.lit(k.rng.choose(usual)))
    return values


_SHAPES: tuple[tuple[str, str, str, str], ...] = (
    ("values", "values_2d", "values_3d", "values_4d"),
    ("scalars", "vec2s", "vec3s", "vec4s"),
    ("samples", "samples_2d", "samples_3d", "samples_4d"),
    ("numbers", "pairs", "triples", "quads"),
    ("x", "x2", "x3", "x4"),
    ("scalars", "points_2d", "points_3d", "points_4d"),
    ("scalar_in", "vec2_in", "vec3_in", "vec4_in"),
    ("distances", "offsets_2d", "offsets", "offsets_4d"),
)
"""How arrays of numbers and of vectors are called beside each other."""
_OUTPUTS = ("{}_out", "out_{}", "new_{}", "{}_result")


@recipe("overloaded functions", "function:0.94", FIELDS)
def overloads(k: Kernel) -> None:
    rng = k.rng
    start(k)
    tool = rng.choose(TOOLS)
    name = ""
    made: list[Helper] = []
    lengths = [1, *rng.sample((2, 3, 4), rng.integer(1, 2))]
    if rng.chance(0.2):
        lengths = rng.sample((2, 3, 4), 2)
    # Overloads of one function have the same parameters, and all of them are explained or none.
    argument = rng.choose(("=!x", "=!v", "=!value"))
    parameters = [
        ("=!" + rng.choose(tuple(names.strip("=").split())), real, low, high)
        for names, real, low, high in _parameters(tool, k.real)
    ]
    doc = tool.doc if rng.chance(0.25) else ""
    for length in lengths:
        kind = k.real if length == 1 else t.vec(length, k.real)

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [tool.build(body, *names)]

        one = helper(
            k,
            [(argument, kind, -2.0, 2.0), *parameters],
            write,
            doc,
            name or None,
            (tool.name, f"{tool.name}_fn", tool.name),
        )
        name = one.name
        made.append(one)
    settings = _settings(k, tool)
    outputs = []
    called, form = rng.choose(_SHAPES), rng.choose(_OUTPUTS)
    direct, kept = rng.chance(0.5), rng.chance(0.5)
    for length, one in zip(lengths, made, strict=True):
        inputs = called[length - 1]
        result = form.format(inputs.removesuffix("_in"))
        kind = k.real if length == 1 else t.vec(length, k.real)
        taken = k.array(f"=!{inputs}", kind, k.launch, low=-2.0, high=2.0)[k.threads]
        taken = taken if direct else k.let({1: "=x value", 2: "=p uv", 3: "=v p", 4: "=c q"}[length], taken)
        outputs.append(
            (
                length,
                result,
                k.let(f"={tool.name[:1]}{length} y{length} r{length}", one.call(taken, *settings))
                if kept
                else one.call(taken, *settings),
            )
        )
    numbers = [value for _, _, value in outputs if value.type is k.real]
    if len(numbers) == len(outputs) and rng.chance(0.4):
        total = numbers[0]
        for value in numbers[1:]:
            total = total + value
        put(k, f"={tool.name}_out out total_{tool.name}", total)
    else:
        for length, result, value in outputs:
            names = f"=!{result}" if tool.whole else f"=!{tool.name}_{length}d"
            k.set(k.array(names, value.type, k.launch, "out")[k.threads], value)
    k.titles = (
        f"apply_{tool.name}",
        f"{tool.name}_all",
        f"eval_{tool.name}",
        f"test_{tool.name}",
        f"{tool.name}_overloads",
        f"map_{tool.name}",
    )
    k.about = f"Apply {tool.name.replace('_', ' ')} to numbers and vectors."


@recipe("generic functions used with several types", "function:0.8", FIELDS)
def generics(k: Kernel) -> None:
    rng = k.rng
    start(k)
    k.shared.imports.insert(0, "from typing import Any\n")
    what = rng.choose(tuple(_GENERIC))
    takes, build, doc = _GENERIC[what]
    body = Body(k.shared)
    names = [tree.Name(k.real, -2.0, 2.0, k.namer.argument(kind)) for kind, _, _ in takes]
    by_type = rng.chance(0.5)

    def number(value: float) -> Expr:
        """A constant of the argument's own type."""
        spelled = f"type({names[0].id})" if by_type else f"{names[0].id}.dtype"
        return tree.Call(k.real, value, value, spelled, (tree.Literal(t.F32, value, value, value),))

    value = build(body, number, *names)
    if rng.chance(0.4):
        value = body.let("=result y r out_val", value)
    body.give(value)
    k.namer.leave()
    name = k.namer.function((what, f"generic_{what}", f"{what}_any", f"{what}_t"))
    parameters = tuple(tree.Parameter(n.id, n.type, "Any") for n in names)
    k.shared.parts.append(tree.Function(name, parameters, tuple(body.blocks[0]), "", doc if rng.chance(0.3) else ""))
    reals = rng.sample((t.F32, t.F64, t.F16), rng.weighted({2: 3.0, 3: 1.0}))
    stored = [n == 0 or rng.chance(0.4) for n in range(len(takes))]
    local = rng.chance(0.4)
    ending = rng.choose(("=!out_{}", "=!result_{}", f"=!{what}_{{}}"))
    for real in reals:
        tag = {t.F32: "f32", t.F64: "f64", t.F16: "f16"}[real]
        values = []
        for n, (_, low, high) in enumerate(takes):
            words = f"=!{names[n].id}_{tag}"
            source = (
                k.array(words, real, k.launch, low=low, high=high)[k.threads]
                if stored[n]
                else k.scalar(words, real, low, high)
            )
            values.append(source)
        result: Expr = tree.Call(real, -1e3, 1e3, name, tuple(values))
        if local:
            result = k.let(f"=r_{tag} y_{tag} result_{tag}", result)
        k.set(k.array(ending.format(tag), real, k.launch, "out")[k.threads], result)
    k.titles = (
        f"{what}_mixed_precision",
        f"apply_{what}",
        f"test_{what}",
        f"eval_{what}",
        f"map_{what}",
        f"{what}_types",
    )
    k.about = f"Evaluate {what.replace('_', ' ')} in several precisions."


def _clamped(body: Body, x: Expr, low: Expr, high: Expr) -> Expr:
    return body.call("min", body.call("max", x, low), high)


_GENERIC: dict[str, tuple[tuple[tuple[str, float, float], ...], Formula, str]] = {
    "mix": (
        (("=a start", -2.0, 2.0), ("=b end", -2.0, 2.0), ("=t alpha", 0.1, 0.9)),
        lambda b, n, x, y, s: x + (y - x) * s,
        "Linear interpolation.",
    ),
    "saxpy": (
        (("=x a", -2.0, 2.0), ("=scale alpha", 0.2, 2.0), ("=y b", -2.0, 2.0)),
        lambda b, n, x, s, y: s * x + y,
        "Scaled sum.",
    ),
    "clamp_to": (
        (("=x value", -2.0, 2.0), ("=lo lower", -1.0, 0.0), ("=hi upper", 0.5, 1.0)),
        lambda b, n, x, lo, hi: _clamped(b, x, lo, hi),
        "Limit a value to a range.",
    ),
    "square": ((("=x value", -2.0, 2.0),), lambda b, n, x: x * x, "Square."),
    "cubic": (
        (("=x t", -1.5, 1.5),),
        lambda b, n, x: (n(0.5) * x + n(1.0)) * x * x - n(0.25) * x,
        "Cubic polynomial by Horner's rule.",
    ),
    "average": (
        (("=a x0", -2.0, 2.0), ("=b x1", -2.0, 2.0)),
        lambda b, n, x, y: (x + y) * n(0.5),
        "Mean of two values.",
    ),
    "leaky_relu": (
        (("=x value", -2.0, 2.0), ("=slope alpha", 0.01, 0.3)),
        lambda b, n, x, s: b.call("max", x, x * s),
        "Leaky rectifier.",
    ),
    "smooth_cubic": (
        (("=t x", 0.0, 1.0),),
        lambda b, n, x: x * x * (n(3.0) - n(2.0) * x),
        "Hermite smoothing polynomial.",
    ),
    "remap": (
        (("=x value", 0.0, 1.0), ("=lo out_min", -1.0, 0.0), ("=hi out_max", 1.0, 2.0)),
        lambda b, n, x, lo, hi: lo + x * (hi - lo),
        "Map the unit interval to a range.",
    ),
    "residual": (
        (("=x pred", -2.0, 2.0), ("=target y", -2.0, 2.0)),
        lambda b, n, x, y: n(0.5) * (x - y) * (x - y),
        "Half the squared error.",
    ),
    "reciprocal": ((("=x value", 0.25, 2.0),), lambda b, n, x: n(1.0) / x, "One over a value."),
    "triangle_wave": (
        (("=t phase", 0.0, 1.0),),
        lambda b, n, x: b.call("abs", x * n(2.0) - n(1.0)),
        "Triangle wave of period one.",
    ),
}
"""Functions of any type: (names, low, high) of what they take, the formula, what it is."""
