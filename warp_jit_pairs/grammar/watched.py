"""Values watched while they are computed, with a message in rare cases."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import launch, opt, read, setting, write
from .tree import Expr


@recipe(
    "values watched while computing: prints in rare cases",
    "control_flow:2.6",
    "particles control fluids",
    SINGLE,
)
def watched(k: Kernel) -> None:
    """A step of something whose result is checked, with a message when it is out of bounds."""
    rng = k.rng
    what = rng.choose(("speed", "force", "energy", "pressure", "temperature", "residual", "loss"))
    k.titles = (
        f"check_{what}",
        f"monitor_{what}",
        f"validate_{what}",
        f"debug_{what}",
        f"watch_{what}",
        f"update_{what}_checked",
        f"guard_{what}",
    )
    i = launch(k, rng.choose(("particle", "cell", "env", "sample")))[0]
    if what == "speed":
        v = read(k, "=v vel", t.vec(3))
        a = read(k, "=a acc force", t.vec(3))
        v = k.let("=v1 v_new", v + a * setting(k, "=dt h", 0.01, 0.1, 0.05))
        value = k.let("=speed v_len s", k.call("length", v))
        result: Expr = v
    elif what == "force":
        x, rest = read(k, "=x length stretch", t.F32, 0.0, 2.0), read(k, "=rest rest_length x0", t.F32, 0.5, 1.5)
        value = k.let("=f force tension", setting(k, "=k stiffness ke", 1.0, 100.0, 50.0) * (x - rest))
        result = value
    elif what == "energy":
        m, v = read(k, "=m mass", t.F32, 0.5, 2.0), read(k, "=v vel", t.vec(3))
        value = k.let("=e energy ke", 0.5 * m * k.call("dot", v, v))
        result = value
    elif what == "residual":
        b, ax = read(k, "=b rhs", t.F32), read(k, "=ax a_x lhs", t.F32)
        value = k.let("=r res residual", b - ax)
        result = value
    elif what == "loss":
        y, goal = read(k, "=y pred output", t.F32), read(k, "=target label goal", t.F32)
        d = k.let("=d err diff", y - goal)
        value = k.let("=loss l sq", d * d)
        result = value
    else:
        old, rate = read(k, f"={what} old {what[0]}0", t.F32), read(k, "=rate source flux", t.F32)
        value = k.let(f"={what}_new new next", old + rate * setting(k, "=dt h time_step", 0.01, 0.5, 0.1))
        result = value
    bound = rng.choose((1000.0, 100.0, 1e6, 1e4))
    limit: Expr = k.constant(bound, t.F32, f"=max_{what} {what}_limit") if rng.chance(0.35) else k.lit(bound)
    text = rng.choose(
        (
            f"{what} out of range at %d\\n",
            f"thread %d: {what} exceeded the limit\\n",
            f"bad {what} in element %d\\n",
            f"large {what} at %d\\n",
            f"{what} blew up at index %d\\n",
        )
    )
    with_value = rng.chance(0.4)
    size = value if what in ("speed", "energy", "loss") else k.call("abs", value)
    with k.when(size > limit):
        if rng.chance(0.72):
            if with_value:
                text = text.replace("\\n", ": %f\\n")
            arguments: tuple[Expr, ...] = (i, value) if with_value else (i,)
            k.do(
                tree.Call(t.NOTHING, 0.0, 0.0, "wp.printf", (tree.Verbatim(t.SHAPE, 0.0, 0.0, f'"{text}"'), *arguments))
            )
        else:
            k.do(tree.Call(t.NOTHING, 0.0, 0.0, "print", (value,)))
        if opt(k, 0.4):
            bad = k.array("=num_bad error_count bad_count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", bad, k.integer(0), k.integer(1), gives=t.I32))
            k.shared.differentiable = False
    write(
        k,
        {"speed": "=vel_out velocities_out v_out", "residual": "=residuals res_out"}.get(
            what, f"={what}_out new_{what} {what}s"
        ),
        result,
    )
    if what == "speed" and opt(k, 0.4):
        write(k, "=speeds speed_out", value)
