"""Stencils on grids and images: finite differences, relaxation, filters, advection, cellular automata."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .grids import Grid, field, laplacian, source_term, sum_of
from .kernel import Kernel
from .recipes import ANY_REAL, extra, recipe
from .tree import Expr


@recipe("explicit diffusion step on a grid", "stencil:3 combined:0.5", "heat fluids waves biology", "stencil", ANY_REAL)
def diffusion(k: Kernel) -> None:
    rng = k.rng
    grid = Grid(k, rng.weighted({1: 2.0, 2: 4.0, 3: 1.0}))
    u = field(k, grid, rng.choose(("temperature", "density", "grid", "array")))
    grid.prepare(u)
    center = k.maybe("center", grid.here(u))
    rate = laplacian(k, grid, u, center)
    rate = k.maybe("delta", source_term(k, grid, rate * k.parameter("parameter", 0.05, 1.0, 0.1, 0.25)))
    k.put("delta", rate)
    extra(k, "arithmetic", "r", 0, 2)
    steps = k.latest(k.real)
    change = steps * k.parameter("dt", 0.001, 0.1, 0.01, 0.1)
    if rng.chance(0.25):
        change = k.call("clamp", change, -1.0, 1.0)
    value = center + change
    k.output("out", k.maybe("next", value))


@recipe("wave equation with two time levels", "stencil:2", "waves audio", "stencil", ANY_REAL)
def wave_step(k: Kernel) -> None:
    grid = Grid(k, k.rng.weighted({1: 2.0, 2: 4.0, 3: 0.7}))
    u = field(k, grid, "grid")
    grid.prepare(u)
    old = field(k, grid, "previous")
    center = k.let("center", grid.here(u))
    lap = laplacian(k, grid, u, center)
    speed = k.parameter("velocity", 0.1, 1.0, 0.5, 0.25)
    courant = k.maybe("ratio", speed * speed if isinstance(speed, tree.Name) else speed)
    value = 2.0 * center - grid.here(old) + courant * lap
    if k.rng.chance(0.5):
        value = value * (1.0 - k.parameter("damping", 0.0, 0.1, 0.01, 0.05))
    if k.rng.chance(0.4):
        value = value + k.load("force", k.real) * k.parameter("dt", 0.001, 0.1, 0.01)
    if k.rng.chance(0.3):
        k.output("velocity", (center - grid.here(old)) / k.parameter("dt", 0.01, 0.5, 0.1))
    k.output("next", value)


@recipe("Jacobi relaxation of a Poisson equation", "stencil:2", "heat fluids linalg", "solve", ANY_REAL)
def jacobi(k: Kernel) -> None:
    rng = k.rng
    grid = Grid(k, rng.weighted({1: 1.5, 2: 4.0, 3: 1.0}))
    x = field(k, grid, rng.choose(("pressure", "solution", "potential")))
    grid.prepare(x)
    b = field(k, grid, "rhs")
    pairs = grid.neighbors(x)
    total = k.maybe("sum", sum_of([v for pair in pairs for v in pair]))
    spacing = k.parameter("step", 0.1, 2.0, 1.0, 0.5)
    rhs = k.maybe("rhs", spacing * spacing * grid.here(b) if rng.chance(0.6) else grid.here(b))
    signed = total - rhs if rng.chance(0.6) else total + rhs
    count = 2.0 * len(pairs)
    value = k.let("next", signed * (1.0 / count) if count in (2.0, 4.0) and rng.chance(0.5) else signed / count)
    if rng.chance(0.5):
        omega = k.parameter("ratio", 0.5, 1.0, 0.8, 0.66)
        old = grid.here(x)
        value = (1.0 - omega) * old + omega * value if rng.chance(0.5) else old + omega * (value - old)
    if rng.chance(0.3):
        k.output("error", k.call("abs", value - grid.here(x)))
    k.output("solution", value)


@recipe(
    "gradient, divergence or curl by finite differences",
    "stencil:2.5 vector:0.3",
    "fluids heat terrain image",
    "stencil",
)
def differences(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.weighted({2: 4.0, 3: 2.0})
    grid = Grid(k, ndim)
    vector = t.vec(ndim, k.real)
    inverse = k.parameter("scale", 0.1, 2.0, 0.5, 1.0)
    what = rng.choose(("gradient", "gradient", "divergence", "curl", "magnitude"))
    if what in ("divergence", "curl"):
        v = field(k, grid, "velocity", vector)
        grid.prepare(v)
        parts: list[tuple[list[Expr], list[Expr]]] = []
        for axis in range(ndim):
            offset = [0] * ndim
            offset[axis] = -1
            low = k.maybe("previous", grid.at(v, *offset))
            offset[axis] = 1
            high = k.maybe("next", grid.at(v, *offset))
            parts.append((k.components(low), k.components(high)))
        if what == "divergence":
            terms = [high[axis] - low[axis] for axis, (low, high) in enumerate(parts)]
            if rng.chance(0.5):
                terms = [k.let("delta", term) for term in terms]
            value = inverse * (sum_of(terms))
        else:
            value = k.let("delta", (parts[0][1][1] - parts[0][0][1]) - (parts[1][1][0] - parts[1][0][0])) * inverse
        k.put("sum", k.let("result", value))
        extra(k, "arithmetic control_flow", "r", 0, 2)
        result = k.latest(k.real)
        k.output("out", result)
        return
    f = field(k, grid, rng.choose(("pressure", "grid", "density", "potential")))
    grid.prepare(f)
    one_sided = rng.chance(0.3)
    center = k.let("center", grid.here(f)) if one_sided else None
    slopes = []
    for low, high in grid.neighbors(f):
        difference = high - center if center is not None else high - low
        slopes.append(k.let("gradient", difference * inverse))
    if what == "magnitude":
        squares = k.maybe("sum", sum_of([s * s for s in slopes]))
        k.put("magnitude", k.let("magnitude", k.call("sqrt", squares)))
        extra(k, "math arithmetic", "r", 0, 2)
        result = k.latest(k.real)
        k.output("gradient", result)
    else:
        gradient = k.make(vector, *slopes)
        if rng.chance(0.4):
            old = k.load("velocity", vector)
            gradient = old - gradient * k.parameter("dt", 0.01, 0.5, 0.1)
        k.output("gradient", k.maybe("gradient", gradient))


@recipe("semi-Lagrangian or upwind advection", "stencil:2 combined:0.5", "fluids terrain waves", "stencil")
def advection(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.weighted({1: 1.5, 2: 3.0})
    grid = Grid(k, ndim, "clamp wrap inner")
    q = field(k, grid, rng.choose(("density", "temperature", "grid")))
    grid.prepare(q)
    dt = k.parameter("dt", 0.001, 0.1, 0.05, 0.1)
    center = k.let("center", grid.here(q))
    if ndim == 1:
        velocity: list[Expr] = [k.load("velocity", k.real)]
    elif rng.chance(0.5):
        velocity = k.components(k.let("velocity", k.load("velocity", t.vec(ndim, k.real))))
    else:
        velocity = [k.load("velocity", k.real) for _ in range(ndim)]
    flux: list[Expr] = []
    for v, (low, high) in zip(velocity, grid.neighbors(q), strict=True):
        how = rng.integer(0, 2)
        if how == 0:
            flux.append(k.let("flux", k.where(v > 0.0, v * (center - low), v * (high - center))))
        elif how == 1:
            ahead = k.call("max", v, 0.0) * (center - low)
            flux.append(k.maybe("flux", ahead + k.call("min", v, 0.0) * (high - center)))
        else:
            slope = k.variable("gradient", high - center)
            with k.when(v > 0.0):
                k.set(slope, center - low)
            flux.append(v * slope)
    value = center - dt * sum_of(flux)
    if rng.chance(0.4):
        value = value * k.call("exp", -k.parameter("damping", 0.01, 1.0, 0.1) * dt)
    if rng.chance(0.3):
        value = k.call("clamp", value, -4.0, 4.0)
    k.output("next", k.maybe("next", value))


@recipe("a cellular automaton step", "stencil:1.2 integer:0.8 control_flow:0.5", "biology generic terrain", "stencil")
def automaton(k: Kernel) -> None:
    rng = k.rng
    indices = k.start(2, None, ("row", "column"))
    dims = k.launch
    cells = k.array("grid", t.I32, dims, low=0, high=1)
    alive = k.variable("count", k.integer(0))
    wrap = rng.chance(0.5)
    with k.loop("loop", -1, 2) as dy, k.loop("loop", -1, 2) as dx:
        if rng.chance(0.6):
            with k.when(k.both(dy.equals(0), dx.equals(0))):
                k.next_turn()
        height, width = k.length(dims[0], cells, 0), k.length(dims[1], cells, 1)
        if wrap:
            y = k.let("row", (indices[0] + dy + height) % height)
            x = k.let("column", (indices[1] + dx + width) % width)
            k.augment(alive, "+", cells[y, x])
        else:
            y, x = k.let("row", indices[0] + dy), k.let("column", indices[1] + dx)
            with k.when(k.both(y >= 0, y < height, x >= 0, x < width)):
                k.augment(alive, "+", cells[y, x])
    state = k.let("state", cells[indices])
    low, high, birth = rng.choose(((2, 3, 3), (1, 4, 3), (2, 4, 2)))
    how = rng.integer(0, 2)
    if how == 0:
        survives = k.both(state.equals(1), alive >= low, alive <= high)
        born = k.both(state.equals(0), alive.equals(birth))
        k.output("grid", k.where(k.either(survives, born), k.integer(1), k.integer(0)))
    else:
        value = k.variable("next", k.integer(0))
        with (
            k.when(state.equals(1)),
            k.when(
                k.either(alive.equals(low), alive.equals(high)) if how == 1 else k.both(alive >= low, alive <= high)
            ),
        ):
            k.set(value, 1)
        with k.otherwise_when(alive.equals(birth)):
            k.set(value, 1)
        k.output("grid", value)
