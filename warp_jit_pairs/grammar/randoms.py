"""Random numbers and noise: sampling, Monte Carlo estimates, walks, perturbation, procedural fields."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import SINGLE, extra, recipe
from .tree import Expr

FIELDS = "stats particles render finance terrain chemistry"


def state(k: Kernel) -> Expr:
    """This thread's generator."""
    rng = k.rng
    seed = k.scalar("seed", t.I32, 0, 1000) if rng.chance(0.75) else k.integer(rng.choose((42, 7, 123, 1234, 2024)))
    thread = k.threads[0]
    if len(k.threads) > 1:
        if rng.chance(0.5):
            thread = k.let("index", k.threads[0] * k.length(k.launch[1]) + k.threads[1])
        else:
            thread = k.threads[0] * rng.choose((64, 128, 1000)) + k.threads[1]
    how = rng.integer(0, 3)
    if how == 0 and isinstance(seed, tree.Name):
        value = k.call("rand_init", seed + thread, gives=t.U32)
    elif how == 1 and isinstance(seed, tree.Name):
        value = k.call("rand_init", seed, thread * rng.choose((2, 3, 7, 17)) + rng.integer(1, 9), gives=t.U32)
    else:
        value = k.call("rand_init", seed, thread, gives=t.U32)
    return k.variable("rng", value)


def draw(k: Kernel, rng_state: Expr, what: str, *arguments: tree.Value, gives: t.Type = t.F32) -> Expr:
    return k.call(what, rng_state, *(k.lit(a) if isinstance(a, float) else a for a in arguments), gives=gives)


def uniform(k: Kernel, rng_state: Expr) -> Expr:
    """A float in some range."""
    how = k.rng.integer(0, 3)
    if how == 0:
        low, high = k.rng.choose(((-1.0, 1.0), (0.0, 2.0), (-0.5, 0.5), (0.5, 1.5)))
        value = draw(k, rng_state, "randf", low, high)
        return tree.Call(value.type, low, high, "wp.randf", value.arguments)  # type: ignore[attr-defined]
    if how == 1:
        return 2.0 * draw(k, rng_state, "randf") - 1.0
    return draw(k, rng_state, "randf")


_SAMPLERS = {
    "sample_unit_sphere": 3,
    "sample_unit_sphere_surface": 3,
    "sample_unit_hemisphere": 3,
    "sample_unit_hemisphere_surface": 3,
    "sample_unit_cube": 3,
    "sample_unit_disk": 2,
    "sample_unit_ring": 2,
    "sample_unit_square": 2,
    "sample_triangle": 2,
}


def point(k: Kernel, rng_state: Expr) -> Expr:
    """A random vector."""
    rng = k.rng
    if rng.chance(0.3):
        parts = [k.let("sample", draw(k, rng_state, rng.choose(("randf", "randn")))) for _ in range(3)]
        return k.make(t.vec(3), *parts)
    name = rng.choose(tuple(_SAMPLERS))
    return draw(k, rng_state, name, gives=t.vec(_SAMPLERS[name]))


@recipe("arrays filled with random values", "random:3", FIELDS, "random", SINGLE)
def fill_random(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 3.0, 2: 1.5, 3: 0.5}))
    k.guard()
    r = state(k)
    for _ in range(rng.integer(1, 3)):
        what = rng.choose(("uniform", "normal", "point", "integer", "poisson", "unsigned", "walk", "raw"))
        if what == "uniform":
            value = k.let("sample", uniform(k, r))
            k.put("sample", value)
            extra(k, "arithmetic math", "r", 0, 2)
            taken = k.latest(t.F32)
            k.output("out", k.bounded(taken))
        elif what == "normal":
            mean, sigma = k.parameter("mean", -1.0, 1.0, 0.0, 0.5), k.parameter("kernel_width", 0.1, 2.0, 1.0, 0.5)
            k.output("out", mean + sigma * draw(k, r, "randn"))
        elif what == "point":
            p = k.let("sample", point(k, r))
            if rng.chance(0.6):
                center = k.load("center", p.type)
                p = center + p * k.parameter("radius", 0.1, 2.0, 0.5, 1.0)
            k.output("position", p)
        elif what == "integer":
            high = rng.choose((4, 6, 10, 100))
            bound: Expr | int = k.scalar("count", t.I32, 2, 40) if rng.chance(0.4) else high
            k.output("index", draw(k, r, "randi", tree.as_expr(0, t.I32), tree.as_expr(bound, t.I32), gives=t.I32))
        elif what == "poisson":
            rate = k.load("parameter", t.F32, 0.5, 5.0) if rng.chance(0.5) else k.parameter("frequency", 0.5, 5.0, 2.0)
            k.output("count", draw(k, r, "poisson", rate, gives=t.U32))
        elif what == "unsigned":
            value = draw(k, r, "randu", gives=t.U32)
            k.output("bits", value % tree.literal(rng.choose((10, 16, 100)), t.U32) if rng.chance(0.6) else value)
        elif what == "raw":
            k.output("integer", draw(k, r, "randi", gives=t.I32) % rng.choose((7, 10, 64)))
        else:
            x = k.variable("position", k.load("position", t.F32))
            with k.loop("loop", rng.integer(4, 16)):
                k.augment(x, "+", draw(k, r, "randn") * k.choose_lit(0.1, 0.5, 0.05))
            k.output("out", x)
    k.shared.differentiable = False


@recipe("Monte Carlo estimates", "random:2.5 reduction:0.4 math:0.3", "stats finance render", "random", SINGLE)
def monte_carlo(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    r = state(k)
    samples = rng.choose((8, 16, 20, 32))
    bound: Expr | int
    if rng.chance(0.45):
        bound = k.scalar("steps", t.I32, 4, 16)
    else:
        bound = k.constant(samples, t.I32, "steps") if rng.chance(0.4) else samples
    count = bound if isinstance(bound, Expr) else k.integer(bound)
    what = rng.choose(("circle", "integral", "importance", "volume", "option", "ising", "mean", "rejection"))
    if what in ("circle", "volume"):
        inside = k.variable("count", k.integer(0))
        radius = k.load("radius", t.F32, 0.3, 1.0) if rng.chance(0.6) else k.lit(1.0)
        with k.loop("loop", bound):
            if what == "circle":
                x, y = k.let("sample", draw(k, r, "randf")), k.let("sample", draw(k, r, "randf"))
                test = x * x + y * y < radius * radius if rng.chance(0.5) else k.call("sqrt", x * x + y * y) <= radius
            else:
                p = k.let("sample", draw(k, r, "sample_unit_cube", gives=t.vec(3)))
                test = k.call("length", p) < radius * 0.5
            with k.when(test):
                k.augment(inside, "+", 1)
        k.output("result", k.choose_lit(4.0, 1.0, 8.0) * k.cast(inside, t.F32) / k.cast(count, t.F32))
    elif what in ("integral", "mean", "importance"):
        total = k.variable("sum", k.lit(0.0))
        a = k.load("parameter", t.F32, 0.5, 2.0)
        squares = k.variable("sum", k.lit(0.0)) if rng.chance(0.3) else None
        with k.loop("loop", bound):
            x = k.let("sample", draw(k, r, "randn") if what == "importance" else uniform(k, r))
            function: Callable[[Expr], Expr] = k.rng.choose(
                (
                    lambda x: k.call("exp", -x * x * a),
                    lambda x: k.call("sin", a * x),
                    lambda x: k.call("sqrt", k.call("abs", x) + a),
                    lambda x: 1.0 / (1.0 + a * x * x),
                    lambda x: x * x + a,
                    lambda x: k.call("max", x - a, 0.0),
                )
            )
            f = function(x)
            if squares is not None:
                f = k.let("scalar", f)
                k.augment(squares, "+", f * f)
            k.augment(total, "+", f)
        mean = k.let("mean", total / k.cast(count, t.F32))
        k.output("mean", mean)
        if squares is not None:
            k.output("variance", squares / k.cast(count, t.F32) - mean * mean)
    elif what == "option":
        price, strike = k.let("scalar", k.load("scalar", t.F32, 0.8, 1.5)), k.load("threshold", t.F32, 0.8, 1.5)
        vol, dt = k.parameter("kernel_width", 0.1, 0.5, 0.2), k.parameter("dt", 0.01, 0.1, 0.05)
        payoff = k.variable("sum", k.lit(0.0))
        with k.loop("loop", bound):
            s = k.variable("state", price)
            with k.loop("loop", rng.integer(2, 6)):
                z = k.let("sample", draw(k, r, "randn"))
                k.set(s, s * (1.0 + vol * k.call("sqrt", dt) * z))
            k.augment(payoff, "+", k.call("max", s - strike if rng.chance(0.6) else strike - s, 0.0))
        k.output("mean", payoff / k.cast(count, t.F32))
    elif what == "ising":
        energy = k.let("energy", k.load("energy", t.F32, -2.0, 2.0))
        temperature = k.parameter("temperature", 0.5, 2.0, 1.0)
        accepted = k.variable("count", k.integer(0))
        e = k.variable("energy", energy)
        with k.loop("loop", bound):
            step = k.let("delta", draw(k, r, "randf", -1.0, 1.0))
            accept = k.either(step < 0.0, draw(k, r, "randf") < k.call("exp", -step / temperature))
            with k.when(accept):
                k.augment(e, "+", step)
                k.augment(accepted, "+", 1)
        k.output("energy", e)
        k.output("count", accepted)
    else:
        x = k.variable("sample", k.lit(0.0))
        sharp = k.load("parameter", t.F32, 0.5, 3.0)
        with k.loop("loop", bound):
            u = k.let("sample", draw(k, r, "randf", -2.0, 2.0))
            with k.when(draw(k, r, "randf") < k.call("exp", -sharp * u * u)):
                k.set(x, u)
                k.leave_loop()
        k.output("sample", x)
    k.shared.differentiable = False


@recipe("noise fields: octaves, warps, curls", "random:2 math:0.3", "terrain render fluids", "random", SINGLE)
def noise_field(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.weighted({1: 2.0, 2: 3.0})
    indices = k.start(ndim)
    k.guard()
    size = rng.choose((1, 2, 2, 3, 3))
    seed = k.scalar("seed", t.I32, 0, 1000) if rng.chance(0.7) else k.integer(rng.choose((42, 7, 123)))
    r = k.let("rng", k.call("rand_init", seed, gives=t.U32))
    frequency = k.parameter("frequency", 0.2, 2.0, 0.5, 1.5)
    point_type: t.Type = t.F32 if size == 1 else t.vec(size)
    if size == 1:
        p = k.let(
            "coordinate", (k.cast(indices[0], t.F32) if rng.chance(0.5) else k.load("coordinate", t.F32)) * frequency
        )
    elif rng.chance(0.5) and ndim == 2:
        parts = [k.cast(index, t.F32) * frequency for index in indices]
        if size == 3:
            parts.append(k.scalar("time", t.F32, 0.0, 4.0))
        p = k.let("position", k.make(point_type, *parts))
    else:
        p = k.let("position", k.load("position", point_type) * frequency)
    what = rng.choose(("octaves", "octaves", "single", "periodic", "warp", "curl"))
    if what == "octaves":
        total, amplitude = k.variable("sum", k.lit(0.0)), k.variable("amplitude", k.lit(1.0))
        scale = k.variable("scale", k.lit(1.0))
        octaves: Expr | int = k.scalar("steps", t.I32, 1, 5) if rng.chance(0.4) else rng.integer(3, 6)
        with k.loop("loop", octaves):
            n = k.call("noise", r, p * scale, gives=t.F32)
            if rng.chance(0.3):
                n = 1.0 - k.call("abs", n)
            k.augment(total, "+", amplitude * n)
            k.set(scale, scale * k.choose_lit(2.0, 1.8, 2.1))
            k.set(amplitude, amplitude * k.choose_lit(0.5, 0.6, 0.45))
        value: Expr = total
        k.shared.differentiable = False
    elif what == "periodic":
        periods = [k.integer(rng.choose((4, 8, 5))) for _ in range(size)]
        value = k.let("sample", k.call("pnoise", r, p, *periods, gives=t.F32))
    elif what == "curl" and size >= 2:
        if rng.chance(0.3):
            octaves_arg = tree.Call(t.U32, 1.0, 4.0, "wp.uint32", (k.integer(rng.integer(1, 3)),))
            v = k.call("curlnoise", r, p, octaves_arg, k.lit(2.0), k.lit(0.5), gives=point_type)
        else:
            v = k.call("curlnoise", r, p, gives=point_type)
        v = k.let("velocity", v)
        k.output("velocity", v * k.parameter("amplitude", 0.1, 2.0, 0.5))
        return
    elif what == "warp":
        first = k.let("sample", k.call("noise", r, p, gives=t.F32))
        moved = p + first if size == 1 else p + k.make(point_type, *[first] * size) * k.choose_lit(0.5, 0.25, 1.0)
        value = k.let("sample", k.call("noise", r, moved, gives=t.F32))
    else:
        value = k.let("sample", k.call("noise", r, p, gives=t.F32))
    k.put("sample", value)
    extra(k, "arithmetic math", "r", 0, 2)
    taken = k.latest(t.F32)
    k.output("out", k.bounded(taken))


@recipe(
    "random choice: shuffles, masks, dropout, categorical sampling",
    "random:2 control_flow:0.3",
    "learning stats biology",
    "random",
    SINGLE,
)
def random_choice(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    r = state(k)
    what = rng.choose(("dropout", "categorical", "cdf", "jitter", "mutate", "bernoulli"))
    if what == "dropout":
        p = k.parameter("probability", 0.1, 0.9, 0.5, 0.2, 0.1)
        x = k.maybe("scalar", k.load("input", t.F32))
        keep = draw(k, r, "randf") >= p if rng.chance(0.5) else draw(k, r, "randf") < 1.0 - p
        if rng.chance(0.5):
            k.output("out", k.where(keep, x / (1.0 - p) if rng.chance(0.6) and p.high <= 0.9 else x, k.lit(0.0)))
        else:
            out = k.variable("result", k.lit(0.0))
            with k.when(keep):
                k.set(out, x * k.parameter("scale", 1.0, 2.0, 2.0, 1.25))
            k.output("out", out)
    elif what == "categorical":
        classes = k.dim(6)
        weights = k.array("probability", t.F32, (classes,), low=0.05, high=1.0)
        count = k.length(classes, weights)
        total = k.variable("sum", k.lit(0.0))
        with k.loop("loop", count) as j:
            k.augment(total, "+", weights[j])
        u = k.let("sample", draw(k, r, "randf") * total)
        chosen, running = k.variable("index", count - 1), k.variable("accumulator", k.lit(0.0))
        with k.loop("loop", count) as j:
            k.augment(running, "+", weights[j])
            with k.when(u < running):
                k.set(chosen, j)
                k.leave_loop()
        k.output("label", chosen)
    elif what == "cdf":
        bins = k.dim(8)
        cdf = k.array("probability", t.F32, (bins,), low=0.0, high=1.0, sorted=True)
        index = k.let("index", draw(k, r, "sample_cdf", cdf, gives=t.I32))
        values = k.array("array", t.F32, (bins,), low=-2.0, high=2.0)
        k.output("out", values[k.call("clamp", index, k.integer(0), k.length(bins, values) - 1)])
    elif what == "jitter":
        p = k.let("sample", point(k, r))
        x = k.maybe("position", k.load("position", p.type))
        k.output("position", x + p * k.parameter("scale", 0.01, 0.5, 0.1, 0.05))
    elif what == "mutate":
        x = k.variable("scalar", k.load("input", t.F32))
        rate = k.parameter("probability", 0.1, 0.9, 0.3, 0.5)
        with k.when(draw(k, r, "randf") < rate):
            k.augment(x, "+", k.parameter("kernel_width", 0.05, 0.5, 0.1) * draw(k, r, "randn"))
        if rng.chance(0.5):
            with k.otherwise():
                k.set(x, x * k.choose_lit(0.9, 0.99))
        k.output("out", x)
    else:
        p = k.load("probability", t.F32, 0.0, 1.0)
        hits = k.variable("count", k.integer(0))
        with k.loop("loop", rng.integer(4, 16)), k.when(draw(k, r, "randf") < p):
            k.augment(hits, "+", 1)
        k.output("count", hits)
    k.shared.differentiable = False
