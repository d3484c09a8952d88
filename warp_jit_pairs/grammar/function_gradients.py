"""Functions whose gradient is written by hand (`wp.func_grad`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .function_maps import Formula, put, start
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


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


@recipe("functions with a gradient of their own", "function:0.66", "learning optimization signal", {t.F32: 1.0})
def custom_gradient(k: Kernel) -> None:
    rng = k.rng
    start(k)
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
        put(k, out, result)
    k.titles = (
        f"apply_{own.name}",
        own.name,
        f"eval_{own.name}",
        f"{own.name}_forward",
        f"map_{own.name}",
        f"{own.name}_loss" if before == "error" else f"compute_{own.name}",
    )
    k.about = f"Apply {own.name.replace('_', ' ')} with a gradient of its own."
