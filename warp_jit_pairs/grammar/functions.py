"""Functions that programs define in special ways: overloads, generics, custom gradients, closures, `wp.static`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import Helper, Parameter, helper
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

Formula = Callable[..., Expr]
FIELDS = "generic learning signal optimization"


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
        "log_barrier",
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


def _start(k: Kernel, most: int = 2) -> None:
    k.start(k.rng.integer(1, most))
    k.guard()
    if k.rng.chance(0.12):
        k.flag_bundle(k.namer.struct(("Params", "Settings", "Config")))


def _extra(k: Kernel, value: Expr, word: str) -> Expr:
    """A result as it is, weighted, masked, added to what is there."""
    rng = k.rng
    how = rng.weighted({"": 6.0, "weight": 1.0, "mask": 0.5})
    if how == "weight":
        return value * k.array(f"=weights w {word}_weights", k.real, k.launch, low=0.1, high=2.0)[k.threads]
    if how == "mask":
        mask = k.array("=mask active valid", t.I32, k.launch, low=0, high=1)[k.threads]
        return k.where(mask.differs(0), value, k.zero(value.type))
    return value


def _put(k: Kernel, kind: str, value: Expr) -> None:
    """Write a result, or add it to a total."""
    rng = k.rng
    value = _extra(k, value, kind.partition(" ")[0].strip("=").removesuffix("_out"))
    if isinstance(value.type, t.Scalar) and rng.chance(0.2):
        total = k.array(
            "=total loss total_energy sum_out", value.type, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
        )
        k.do(k.call("atomic_add", total, k.integer(0), value, gives=value.type))
    else:
        k.set(k.array(kind, value.type, k.launch, "out")[k.threads], value)


@recipe("overloaded functions", "function:0.94", FIELDS, "map")
def overloads(k: Kernel) -> None:
    rng = k.rng
    _start(k)
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
            "scalar",
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
        _put(k, f"={tool.name}_out out total_{tool.name}", total)
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


@recipe("generic functions used with several types", "function:0.25", FIELDS, "map")
def generics(k: Kernel) -> None:
    rng = k.rng
    _start(k)
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


@dataclass(frozen=True, slots=True)
class Own:
    """A function whose gradient people write themselves: its value, its derivative, and what it is for."""

    name: str
    value: Formula
    rate: Formula
    doc: str


OWN: tuple[Own, ...] = (
    Own(
        "safe_sqrt",
        lambda b, x, e: b.call("sqrt", b.call("max", x, e)),
        lambda b, x, e: b.where(x > e, 0.5 / b.call("sqrt", b.call("max", x, e)), b.lit(0.0)),
        "Square root whose gradient stays finite at zero.",
    ),
    Own(
        "safe_log",
        lambda b, x, e: b.call("log", b.call("max", x, e)),
        lambda b, x, e: b.where(x > e, 1.0 / b.call("max", x, e), b.lit(0.0)),
        "Logarithm whose gradient stays finite at zero.",
    ),
    Own(
        "saturate",
        lambda b, x, e: b.call("clamp", x, 0.0, 1.0),
        lambda b, x, e: b.where(b.both(x > 0.0, x < 1.0), b.lit(1.0), b.lit(0.0)),
        "Clamp to the unit interval.",
    ),
    Own("square", lambda b, x, e: x * x, lambda b, x, e: 2.0 * x, "Square with its gradient by hand."),
    Own(
        "relu",
        lambda b, x, e: b.call("max", x, 0.0),
        lambda b, x, e: b.where(x > 0.0, b.lit(1.0), b.lit(0.0)),
        "Rectifier.",
    ),
    Own(
        "smooth_abs",
        lambda b, x, e: b.call("sqrt", x * x + e),
        lambda b, x, e: x / b.call("sqrt", x * x + e),
        "Absolute value that is smooth at zero.",
    ),
    Own(
        "soft_sign",
        lambda b, x, e: x / (1.0 + b.call("abs", x)),
        lambda b, x, e: 1.0 / ((1.0 + b.call("abs", x)) * (1.0 + b.call("abs", x))),
        "Softsign.",
    ),
    Own(
        "swish",
        lambda b, x, e: x / (1.0 + b.call("exp", -x)),
        lambda b, x, e: (1.0 + b.call("exp", -x) * (1.0 + x)) / ((1.0 + b.call("exp", -x)) * (1.0 + b.call("exp", -x))),
        "Swish activation.",
    ),
    Own("cube", lambda b, x, e: x * x * x, lambda b, x, e: 3.0 * x * x, "Cube with its gradient by hand."),
    Own(
        "inverse",
        lambda b, x, e: 1.0 / (x * x + e),
        lambda b, x, e: -2.0 * x / ((x * x + e) * (x * x + e)),
        "Softened inverse square.",
    ),
)


_OF_ERRORS = frozenset({"square", "smooth_abs", "soft_sign", "cube", "inverse"})
"""Those whose argument may be a difference of any sign."""


@recipe("functions with a gradient of their own", "function:0.66", "learning optimization signal", "map", {t.F32: 1.0})
def custom_gradient(k: Kernel) -> None:
    rng = k.rng
    _start(k)
    own = rng.choose(OWN)
    eps = (
        k.constant(rng.choose((1e-6, 1e-4, 1e-3)), t.F32, "=eps epsilon tiny")
        if rng.chance(0.3)
        else k.lit(rng.choose((1e-6, 1e-4, 1e-3)))
    )

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        return [own.value(body, names[0], eps)]

    kind = rng.choose(("=!x", "=!x", "=!value", "=!v"))
    made = helper(
        k,
        "scalar",
        [(kind, t.F32, -2.0, 2.0)],
        write,
        own.doc if rng.chance(0.3) else "",
        titles=(own.name, own.name, f"{own.name}_op"),
    )
    body = Body(k.shared)
    x = tree.Name(t.F32, -2.0, 2.0, k.namer.argument(kind))
    adjoint = tree.Name(t.F32, -2.0, 2.0, f"adj_{rng.choose(('ret', 'y', 'out'))}")
    slot = tree.Subscript(t.F32, -10.0, 10.0, tree.Verbatim(t.SHAPE, 0.0, 0.0, "wp.adjoint"), (x,))
    rate = own.rate(body, x, eps)
    if rng.chance(0.4):
        rate = body.let("=grad dydx slope d", rate)
    body.add(tree.Augment(slot, "+", rate * adjoint if rng.chance(0.6) else adjoint * rate))
    k.namer.leave()
    parameters = tuple(tree.Parameter(n.id, n.type, k.spell(n.type)) for n in (x, adjoint))
    decorators = (f"@wp.func_grad({made.name})",)
    name = f"adj_{made.name.lstrip('_')}"
    k.shared.parts.append(tree.Function(name, parameters, tuple(body.blocks[0]), "", "", decorators))
    values = k.array("=x values inputs preds", t.F32, k.launch, low=-2.0, high=2.0)[k.threads]
    before = rng.weighted({"": 4.0, "scale": 2.0, "error": 1.5}) if own.name in _OF_ERRORS else ""
    if before == "scale":
        values = values * k.scalar("=scale gain freq", t.F32, 0.3, 2.0)
    elif before == "error":
        values = values - k.array("=targets target ref", t.F32, k.launch, low=-2.0, high=2.0)[k.threads]
    if rng.chance(0.5) or before:
        values = k.let({"error": "=err diff residual", "scale": "=s u scaled"}.get(before, "=u v x_i"), values)
    result = made.call(values)
    if rng.chance(0.5):
        result = k.let("=y result r", result)
    after = rng.weighted({"": 4.0, "product": 1.0, "sum": 1.0})
    if after == "product":
        result = result * k.array("=weights w coeffs", t.F32, k.launch, low=0.2, high=2.0)[k.threads]
    elif after == "sum":
        result = result + k.array("=bias offsets base", t.F32, k.launch, low=-1.0, high=1.0)[k.threads]
    out = f"=y out {own.name}_out results"
    if after:
        k.set(k.array(out, t.F32, k.launch, "out")[k.threads], result)
    else:
        _put(k, out, result)
    k.titles = (
        f"apply_{own.name}",
        f"{own.name}_kernel"[:-7],
        f"eval_{own.name}",
        f"{own.name}_forward",
        f"map_{own.name}",
        f"{own.name}_loss" if before == "error" else f"compute_{own.name}",
    )
    k.about = f"Apply {own.name.replace('_', ' ')} with a gradient of its own."


@dataclass(frozen=True, slots=True)
class Made:
    """A family of functions with a value that is fixed when one is made."""

    name: str
    captured: tuple[str, ...]
    values: tuple[float, ...]
    build: Formula
    instances: tuple[str, ...]


MADE: tuple[Made, ...] = (
    Made(
        "power",
        ("exponent", "p"),
        (2.2, 2.5, 0.5, 1.5),
        lambda b, x, c: b.call("pow", b.call("max", b.call("abs", x), 1e-6), c),
        ("powered", "raised", "power_curve"),
    ),
    Made(
        "scaler",
        ("factor", "scale", "gain"),
        (0.5, 2.0, 0.1, 10.0),
        lambda b, x, c: x * c,
        ("scaled", "scale_by", "amplify"),
    ),
    Made(
        "gaussian",
        ("sigma", "width"),
        (0.5, 1.0, 0.25),
        lambda b, x, c: b.call("exp", -(x * x) / (2.0 * c * c)),
        ("gaussian", "narrow_gaussian", "bell"),
    ),
    Made(
        "leaky_relu",
        ("slope", "alpha"),
        (0.01, 0.1, 0.2),
        lambda b, x, c: b.where(x > 0.0, x, c * x),
        ("activation", "leaky", "act"),
    ),
    Made(
        "soft_clip",
        ("limit", "knee"),
        (0.5, 1.0, 2.0),
        lambda b, x, c: x / (c + b.call("abs", x)),
        ("soft_clip", "compress", "limiter"),
    ),
    Made(
        "quantizer",
        ("step_size", "quantum"),
        (0.25, 0.5, 0.1),
        lambda b, x, c: b.call("floor", x / c + 0.5) * c,
        ("quantize", "snap", "round_to_grid"),
    ),
    Made(
        "falloff",
        ("radius", "cutoff"),
        (1.0, 2.0, 0.5),
        lambda b, x, c: 1.0 / (1.0 + (x / c) * (x / c)),
        ("falloff", "attenuate", "near_falloff"),
    ),
    Made(
        "oscillator",
        ("freq", "omega"),
        (1.0, 2.0, 3.0, 0.5),
        lambda b, x, c: b.call("sin", c * x),
        ("osc", "wave", "carrier", "modulator"),
    ),
    Made(
        "threshold",
        ("level", "cutoff"),
        (0.5, 0.1, 0.0),
        lambda b, x, c: b.where(x > c, x - c, b.lit(0.0)),
        ("gate", "above", "threshold_fn"),
    ),
    Made(
        "sigmoid",
        ("sharpness", "beta"),
        (1.0, 4.0, 2.0),
        lambda b, x, c: 1.0 / (1.0 + b.call("exp", -c * x)),
        ("sigmoid", "soft_step", "logistic"),
    ),
    Made("offset", ("shift", "bias"), (0.5, 1.0, -0.5), lambda b, x, c: x + c, ("shifted", "biased", "recentre")),
    Made(
        "smooth_edge",
        ("edge_width", "margin"),
        (0.5, 0.2, 1.0),
        lambda b, x, c: b.call("smoothstep", -c, c, x),
        ("edge", "soft_edge", "feather"),
    ),
)


_CHAINED = (
    *("scaler soft_clip", "soft_clip quantizer", "oscillator soft_clip", "oscillator quantizer", "scaler sigmoid"),
    *("offset leaky_relu", "falloff threshold", "gaussian threshold", "offset sigmoid", "scaler quantizer"),
    *("smooth_edge power", "soft_clip power", "offset gaussian", "scaler leaky_relu", "threshold soft_clip"),
)
"""Functions that people apply one after the other."""


@recipe(
    "functions made by a Python function, and values fixed at build time",
    "function:0.61 control_flow:0.11",
    FIELDS,
    "map",
)
def closures(k: Kernel) -> None:
    rng = k.rng
    _start(k)
    if rng.chance(0.3):
        _static(k)
        return
    known = {family.name: family for family in MADE}
    chained = rng.chance(0.35)
    families = [known[name] for name in rng.choose(_CHAINED).split()] if chained else [rng.choose(MADE)]
    factories = []
    calls: list[Helper] = []
    for family in families:
        body = Body(k.shared)
        captured = k.namer.argument("=" + " ".join(family.captured))
        x = tree.Name(k.real, -2.0, 2.0, k.namer.argument("=x v value"))
        outer = tree.Name(k.real, 0.5, 3.0, captured)
        fixed: Expr = (
            outer if k.real is t.F32 else tree.Call(k.real, 0.5, 3.0, str(k.real), (replace(outer, type=t.F32),))
        )
        value = family.build(body, x, fixed)
        body.give(body.let("=y result r", value) if rng.chance(0.25) else value)
        k.namer.leave()
        inner = k.namer.function(("inner", "fn", "func_impl", family.name))
        declared = (tree.Parameter(x.id, x.type, k.spell(x.type)),)
        values = rng.sample(family.values, 1 if chained else rng.weighted({1: 1.0, 2: 2.0}))
        made = tuple(
            (
                k.namer.function(rng.shuffle(family.instances)),
                (repr(one),),
            )
            for one in values
        )
        factory = k.namer.function((f"make_{family.name}", f"create_{family.name}", f"build_{family.name}"))
        k.shared.parts.append(
            tree.Factory(factory, (captured,), tree.Function(inner, declared, tuple(body.blocks[0])), made)
        )
        factories.append(factory)
        calls += [Helper(name, (("=x", k.real, -2.0, 2.0),), (k.real,)) for name, _ in made]
    source = k.let(
        "=x x_i value v", k.array("=x values inputs samples signal", k.real, k.launch, low=-2.0, high=2.0)[k.threads]
    )
    results = [one.call(source) for one in calls]
    name = families[0].name
    if chained:
        inner_value = k.let("=inner_val first y0", results[0])
        _put(k, "=y out result", calls[1].call(inner_value))
    elif len(results) > 1 and name == "gaussian":
        a, b = (k.let(f"=y{n} r{n} part{n}", result) for n, result in enumerate(results))
        _put(k, "=y out result", a - b)
    elif len(results) == 1:
        _put(k, "=y out result", results[0])
    else:
        for n, result in enumerate(results):
            k.set(k.array(f"=out_{n} y{n} result_{n}", k.real, k.launch, "out")[k.threads], result)
    what = "_".join(family.name for family in families)
    k.titles = (f"apply_{what}", f"map_{what}", f"eval_{what}", f"{what}_map", f"run_{what}")
    k.about = f"Apply the functions of {' and '.join(factories)}."


def _static(k: Kernel) -> None:
    """A series whose number of terms is fixed through wp.static."""
    rng = k.rng
    order = rng.integer(2, 6)
    what = rng.choose(("fourier", "geometric", "octaves", "exponential", "horner", "binomial"))
    counted = {"fourier": "=n_harmonics num_harmonics num_terms", "octaves": "=num_octaves octaves n_octaves"}
    name = k.namer.constant(counted.get(what, "=order num_terms degree n_terms"))
    k.shared.parts.append(tree.Constant(name, str(order)))

    def static(text: str, value: float, value_type: t.Type = t.I32) -> Expr:
        return tree.Verbatim(value_type, value, value, f"wp.static({text})")

    x = k.let("=x x_i t", k.array("=x values inputs t", k.real, k.launch, low=-1.0, high=1.0)[k.threads])
    total = k.variable("=total acc sum_val", k.lit({"exponential": 1.0, "horner": 0.0}.get(what, 0.0)))
    texts = rng.choose(((name, order), (f"{name} + 1", order + 1), (f"2 * {name}", 2 * order)))
    power = (
        k.variable("=!amp" if what == "octaves" else "=term power", k.lit(1.0))
        if what in ("geometric", "exponential", "octaves", "binomial")
        else None
    )
    freq = k.variable("=freq frequency f", k.lit(1.0)) if what == "octaves" else None
    rate = (
        k.scalar("=omega freq w", k.real, 0.5, 3.0)
        if what in ("fourier", "octaves") and rng.chance(0.6)
        else k.choose_lit(1.0, 2.0, 0.5)
    )
    with k.loop("=n j k i", static(*texts)) as j:
        n = k.cast(j, k.real)
        if what == "fourier":
            m = k.let("=m harmonic h", 2.0 * n + 1.0)
            k.augment(total, "+", k.call("sin", m * rate * x) / m)
        elif what == "horner":
            k.set(total, total * x + 1.0 / (n + 1.0))
        elif what == "octaves":
            assert power is not None
            assert freq is not None
            k.augment(total, "+", power * k.call("sin", freq * x * rate))
            k.set(power, power * 0.5)
            k.set(freq, freq * 2.0)
        else:
            assert power is not None
            ratio = {"geometric": 0.5 * x, "exponential": x / (n + 1.0), "binomial": x * (n - 0.5) / (n + 1.0)}[what]
            k.set(power, power * ratio)
            k.augment(total, "+", power)
    _put(k, "=y out series result", total)
    called = {
        "fourier": "square_wave",
        "octaves": "octave_sum",
        "exponential": "exp_series",
        "horner": "log_series",
        "binomial": "binomial_series",
        "geometric": "geometric_series",
    }[what]
    k.titles = (
        called,
        f"eval_{called}",
        f"compute_{called}",
        f"sum_{called}" if "series" in called else f"{called}_static",
    )
    k.about = f"Evaluate the {called.replace('_', ' ')} of each value."
