"""Functions whose adjoint reads what the forward pass kept (`wp.func_replay`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .tasks import launch, opt, read, setting, write
from .tree import Expr

_FUNCTIONS: dict[str, tuple[tuple[str, ...], Callable[[Body, Expr], Expr]]] = {
    "softplus": (("softplus", "soft_relu", "log1p_exp"), lambda b, x: b.call("log", 1.0 + b.call("exp", x))),
    "sigmoid": (("sigmoid", "logistic", "gate"), lambda b, x: 1.0 / (1.0 + b.call("exp", -x))),
    "squash": (("squash", "tanh_squash", "saturate"), lambda b, x: b.call("tanh", x)),
    "bump": (("gaussian", "bump", "rbf"), lambda b, x: b.call("exp", -(x * x))),
    "wave": (("wave", "oscillate", "sine_wave"), lambda b, x: b.call("sin", 2.0 * x)),
    "smooth_abs": (
        ("smooth_abs", "pseudo_huber", "charbonnier"),
        lambda b, x: b.call("sqrt", x * x + b.rng.choose((0.01, 0.1, 1.0))),
    ),
    "swish": (("swish", "silu", "self_gate"), lambda b, x: x / (1.0 + b.call("exp", -x))),
    "rational": (("lorentzian", "inverse_quadratic", "cauchy_weight"), lambda b, x: 1.0 / (1.0 + x * x)),
}


@recipe("functions that keep what their adjoint needs", "function:0.6", "learning control")
def replayed_function(k: Kernel) -> None:
    """The replay gives back in the backward pass what the forward pass stored, instead of computing it again."""
    rng = k.rng
    name = rng.choose(tuple(_FUNCTIONS))
    known, formula = _FUNCTIONS[name]
    # The kernel and its function call it the same.
    name = rng.choose(known)
    titles = (name,)
    k.titles = (
        f"eval_{name}",
        f"{name}_forward",
        f"apply_{name}",
        "cached_activation",
        f"{name}_cached",
        f"compute_{name}",
        "forward_with_cache",
    )
    (i,) = launch(k, rng.choose(("sample", "neuron", "unit")))
    kept = k.array("=cache saved tape_values stored activations", k.real, k.launch, "out")
    x = read(k, "=x z inp", k.real)
    if opt(k, 0.5):
        u = x * setting(k, "=gain slope weight", 0.5, 2.0, 0.5, 1.5)
        if rng.chance(0.5):
            u = u + setting(k, "=bias offset shift", -0.5, 0.5, 0.1)
        x = k.let("=u pre scaled", u)

    def body(b: Body, names: list[Expr]) -> Sequence[Expr]:
        _, store, place = names
        y = b.let("=y value result f", formula(b, names[0]))
        b.set(store[place], y)
        return [y]

    index = replace(i, low=0.0, high=63.0)
    parameters = [
        ("=x z u", k.real, -4.0, 4.0),
        ("=cache store saved", kept.type, 0.0, 0.0),
        ("=i idx slot", t.I32, 0.0, 63.0),
    ]
    made = helper(k, parameters, body, titles=(*titles, *(f"{title}_cached" for title in titles)))
    forward = k.shared.parts[-1]
    assert isinstance(forward, tree.Function)
    store, place = (tree.Name(p.type, -1e4, 1e4, p.name) for p in forward.parameters[-2:])
    replay = f"replay_{made.name.lstrip('_')}"
    k.namer.module.claim(replay)
    # Without the annotation of a result, which Warp 1.19 would take for one more argument.
    k.shared.parts.append(
        tree.Function(
            replay, forward.parameters, (tree.Return((store[place],)),), "", "", (f"@wp.func_replay({made.name})",)
        )
    )
    y = k.let("=y f_x act", tree.Call(k.real, -1e3, 1e3, made.name, (x, kept, index)))
    how = rng.choose(("plain", "scaled", "product", "loss", "residual"))
    if how == "scaled":
        result = y * setting(k, "=amplitude scale out_gain", 0.1, 2.0, 0.5)
    elif how == "product":
        result = y * read(k, "=g gate other", k.real)
    elif how == "residual":
        result = x + y * setting(k, "=alpha res_scale", 0.1, 1.0, 0.5)
    elif how == "loss":
        d = k.let("=d err diff", y - read(k, "=target label goal", k.real))
        result = 0.5 * d * d
        if opt(k, 0.5):
            total = k.array("=loss total_loss", k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", total, k.integer(0), result, gives=k.real))
    else:
        result = y
    write(k, "=losses errors loss_out" if how == "loss" else "=outputs y_out out results", result)
    if opt(k, 0.3):
        write(k, "=weighted xy_out products", y * x)
