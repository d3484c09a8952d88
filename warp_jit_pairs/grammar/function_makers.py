"""Functions that Python makes before code is generated: closures over a value, and what `wp.static` fixes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .function_maps import FIELDS, Formula, put, start
from .helpers import Helper
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


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
)
def closures(k: Kernel) -> None:
    rng = k.rng
    start(k)
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
        put(k, "=y out result", calls[1].call(inner_value))
    elif len(results) > 1 and name == "gaussian":
        a, b = (k.let(f"=y{n} r{n} part{n}", result) for n, result in enumerate(results))
        put(k, "=y out result", a - b)
    elif len(results) == 1:
        put(k, "=y out result", results[0])
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
    put(k, "=y out series result", total)
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
