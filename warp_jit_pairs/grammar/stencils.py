"""Stencils on grids and images: finite differences, relaxation, filters, advection, cellular automata."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .recipes import ANY_REAL, extra, recipe
from .tree import Expr

FIELDS = "heat fluids waves image terrain"


class Grid:
    """A grid of 1 to 3 dimensions with one way of treating its border."""

    def __init__(self, k: Kernel, ndim: int, borders: str = "clamp wrap inner inner") -> None:
        self.k = k
        self.indices = k.start(ndim, {1: (32,), 2: (8, 8), 3: (4, 4, 4)}[ndim], ("row", "column", "depth"))
        self.dims: tuple[Dim, ...] = k.launch
        self.border = k.rng.choose(borders.split())
        self.named: dict[tuple[int, int], Expr] = {}

    def prepare(self, source: Expr) -> None:
        """The border's treatment, where it is done once at the top."""
        k = self.k
        if self.border == "inner":
            tests: list[Expr] = []
            for axis, index in enumerate(self.indices):
                tests.append(index.equals(0) if k.style.augment > 0.5 else index < 1)
                last = k.length(self.dims[axis], source, axis) - 1
                tests.append(index.equals(last) if k.style.augment > 0.5 else index >= last)
            k.add(tree.If(k.either(*tests), (tree.Return(),)))
            k.gap()

    def shift(self, axis: int, by: int, source: Expr) -> Expr:
        """The index of a neighbour."""
        k = self.k
        index = self.indices[axis]
        if by == 0:
            return index
        if (axis, by) in self.named:
            return self.named[axis, by]
        plain = index + by if by > 0 else index - (-by)
        if self.border == "clamp":
            if by < 0:
                value = k.call("max", plain, 0)
            else:
                value = k.call("min", plain, k.length(self.dims[axis], source, axis) - 1)
            kind = {(0, 0): "up", (0, 1): "down", (1, 0): "left", (1, 1): "right"}.get((axis, int(by > 0)), "neighbor")
            value = k.maybe("index" if k.rng.chance(0.5) else kind, value)
        elif self.border == "wrap":
            length = k.length(self.dims[axis], source, axis)
            value = (plain + length) % length if by < 0 else plain % length
            value = k.maybe("neighbor", value)
        else:
            return plain
        self.named[axis, by] = value
        return value

    def at(self, source: Expr, *offsets: int) -> Expr:
        """The element at an offset."""
        where = tuple(self.shift(axis, by, source) for axis, by in enumerate(offsets))
        return source[where]

    def here(self, source: Expr) -> Expr:
        return source[self.indices]

    def neighbors(self, source: Expr, kinds: tuple[str, ...] = ("neighbor",)) -> list[tuple[Expr, Expr]]:
        """Minus and plus neighbour along each axis, named or not as the program's writer likes."""
        k = self.k
        pairs = []
        words = (("up", "down"), ("left", "right"), ("previous", "next"))
        for axis in range(len(self.indices)):
            offset = [0] * len(self.indices)
            pair = []
            for by, word in ((-1, words[axis][0]), (1, words[axis][1])):
                offset[axis] = by
                pair.append(k.maybe(word, self.at(source, *offset)))
            pairs.append((pair[0], pair[1]))
        return pairs


def _field(k: Kernel, grid: Grid, kind: str, dtype: t.Type | None = None) -> Expr:
    return k.array(kind, dtype or k.real, grid.dims, low=-2.0, high=2.0)


def _sum(values: list[Expr]) -> Expr:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _laplacian(k: Kernel, grid: Grid, source: Expr, center: Expr) -> Expr:
    pairs = grid.neighbors(source)
    count = 2 * len(pairs)
    if k.rng.chance(0.6):
        values = [value for pair in pairs for value in pair]
        if k.rng.chance(0.3):
            values = k.rng.shuffle(values)
        raw = _sum(values) - float(count) * center
    else:
        second = [k.maybe("delta", a - 2.0 * center + b) for a, b in pairs]
        raw = _sum(second)
    how = k.rng.integer(0, 2)
    if how == 1:
        spacing = k.parameter("step", 0.5, 2.0, 0.5, 1.0)
        raw = raw / (spacing * spacing)
    elif how == 2:
        raw = raw * k.parameter("scale", 0.1, 4.0, 0.25, 1.0, 4.0)
    return k.let("laplacian", raw)


def _source_term(k: Kernel, grid: Grid, value: Expr) -> Expr:
    """Reaction, forcing or damping added to a rate."""
    how = k.rng.integer(0, 5)
    if how == 0:
        return value + k.load("array", k.real)
    if how == 1:
        return value - k.parameter("damping", 0.01, 0.5, 0.1, 0.05) * grid.here(_field(k, grid, "previous"))
    if how == 2:
        heat = k.load("temperature", k.real)
        return value - k.parameter("parameter", 0.01, 0.5) * (heat - k.parameter("temperature", 0.0, 1.0, 0.5))
    if how == 3:
        mask = k.load("mask", t.I32, 0, 1)
        return k.where(mask.equals(1), value, k.lit(0.0)) if k.rng.chance(0.6) else value * k.cast(mask, k.real)
    return value


@recipe("explicit diffusion step on a grid", "stencil:3 combined:0.5", "heat fluids waves biology", "stencil", ANY_REAL)
def diffusion(k: Kernel) -> None:
    rng = k.rng
    grid = Grid(k, rng.weighted({1: 2.0, 2: 4.0, 3: 1.0}))
    u = _field(k, grid, rng.choose(("temperature", "density", "grid", "array")))
    grid.prepare(u)
    center = k.maybe("center", grid.here(u))
    rate = _laplacian(k, grid, u, center)
    rate = k.maybe("delta", _source_term(k, grid, rate * k.parameter("parameter", 0.05, 1.0, 0.1, 0.25)))
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
    u = _field(k, grid, "grid")
    grid.prepare(u)
    old = _field(k, grid, "previous")
    center = k.let("center", grid.here(u))
    lap = _laplacian(k, grid, u, center)
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
    x = _field(k, grid, rng.choose(("pressure", "solution", "potential")))
    grid.prepare(x)
    b = _field(k, grid, "rhs")
    pairs = grid.neighbors(x)
    total = k.maybe("sum", _sum([v for pair in pairs for v in pair]))
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
        v = _field(k, grid, "velocity", vector)
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
            value = inverse * (_sum(terms))
        else:
            value = k.let("delta", (parts[0][1][1] - parts[0][0][1]) - (parts[1][1][0] - parts[1][0][0])) * inverse
        k.put("sum", k.let("result", value))
        extra(k, "arithmetic control_flow", "r", 0, 2)
        result = k.latest(k.real)
        k.output("out", result)
        return
    f = _field(k, grid, rng.choose(("pressure", "grid", "density", "potential")))
    grid.prepare(f)
    one_sided = rng.chance(0.3)
    center = k.let("center", grid.here(f)) if one_sided else None
    slopes = []
    for low, high in grid.neighbors(f):
        difference = high - center if center is not None else high - low
        slopes.append(k.let("gradient", difference * inverse))
    if what == "magnitude":
        squares = k.maybe("sum", _sum([s * s for s in slopes]))
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


@recipe(
    "convolution with a small kernel in loops", "stencil:2.5 control_flow:0.5", "image signal audio learning", "stencil"
)
def convolution(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.weighted({1: 2.0, 2: 4.0})
    radius = rng.choose((1, 1, 2, 3))
    indices = k.start(ndim, None, ("row", "column"))
    dims = k.launch
    pixel = t.vec(3, k.real) if rng.chance(0.25) else k.real
    image = k.array("image" if ndim == 2 else "array", pixel, dims, low=-2.0, high=2.0)
    side = k.dim(2 * radius + 1, fixed=True)
    taps = k.array("weight", k.real, (side,) * (1 if rng.chance(0.5) else ndim), low=-1.0, high=1.0)
    total = k.variable("accumulator", k.zero(pixel))
    norm = k.variable("weight", k.lit(0.0)) if rng.chance(0.4) else None
    reach: Expr | int = k.constant(radius, t.I32) if rng.chance(0.3) else radius
    border = rng.choose(("clamp", "skip", "wrap"))
    bounds: tuple[Expr | int, Expr | int] = (-reach if isinstance(reach, Expr) else -radius, reach + 1)

    def tap(offsets: list[Expr]) -> None:
        where: list[Expr] = []
        tests: list[Expr] = []
        for axis, (index, offset) in enumerate(zip(indices, offsets, strict=True)):
            length = k.length(dims[axis], image, axis)
            if border == "clamp":
                where.append(k.maybe("neighbor", k.call("clamp", index + offset, k.integer(0), length - 1)))
            elif border == "wrap":
                where.append(k.let("neighbor", (index + offset + length) % length))
            else:
                near = k.let("neighbor", index + offset)
                where.append(near)
                tests += [near >= 0, near < length]
        ndim_taps = taps.type.ndim  # type: ignore[attr-defined]
        if ndim_taps == 1 and len(offsets) == 2:
            weight = taps[offsets[0] + reach] * taps[offsets[1] + reach]
        else:
            weight = taps[tuple(offset + reach for offset in offsets)]

        def accumulate() -> None:
            w = k.maybe("weight", weight)
            value = image[tuple(where)]
            k.augment(total, "+", w * value if rng.chance(0.7) else value * w)
            if norm is not None:
                k.augment(norm, "+", k.call("abs", w) if rng.chance(0.5) else w * w)

        if tests:
            with k.when(k.both(*tests)):
                accumulate()
        else:
            accumulate()

    if ndim == 1:
        with k.loop("loop", *bounds) as dx:
            tap([dx])
    else:
        with k.loop("loop", *bounds) as dy, k.loop("loop", *bounds) as dx:
            tap([dy, dx])
    value = total / (norm + k.choose_lit(1.0, 0.1, 1e-3, 1e-2)) if norm is not None else total
    if rng.chance(0.4):
        center = image[indices]
        value = center + (value - center) * k.parameter("ratio", 0.1, 1.5, 0.5, 0.8)
    k.output("image" if ndim == 2 else "out", k.maybe("result", value))


@recipe(
    "window filters: bilateral, minimum, maximum, median of a row",
    "stencil:2 control_flow:0.4",
    "image terrain signal",
    "stencil",
)
def window_filter(k: Kernel) -> None:
    rng = k.rng
    indices = k.start(2, None, ("row", "column"))
    dims = k.launch
    image = k.array("image", k.real, dims, low=-2.0, high=2.0)
    radius = rng.choose((1, 1, 2))
    what = rng.choose(("bilateral", "minimum", "maximum", "variance", "count", "range"))
    center = k.let("center", image[indices])
    if what == "bilateral":
        total, norm = k.variable("sum", k.lit(0.0)), k.variable("weight", k.lit(0.0))
    elif what == "variance":
        total, norm = k.variable("sum", k.lit(0.0)), k.variable("sum", k.lit(0.0))
    elif what == "count":
        total, norm = k.variable("count", k.integer(0)), None
    elif what == "range":
        total, norm = k.variable("minimum", center), k.variable("maximum", center)
    else:
        total, norm = k.variable(what, center), None
    sigma = k.parameter("kernel_width", 0.5, 4.0, 1.0, 2.0)
    with k.loop("loop", -radius, radius + 1) as dy, k.loop("loop", -radius, radius + 1) as dx:
        ys = k.let("row", k.call("clamp", indices[0] + dy, k.integer(0), k.length(dims[0], image, 0) - 1))
        xs = k.let("column", k.call("clamp", indices[1] + dx, k.integer(0), k.length(dims[1], image, 1) - 1))
        value = k.let("sample", image[ys, xs])
        if what == "bilateral":
            assert norm is not None
            delta = k.let("delta", value - center)
            w = k.let(
                "weight",
                k.call(
                    "exp",
                    -(delta * delta) / (2.0 * sigma * sigma)
                    if isinstance(sigma, tree.Name)
                    else -(delta * delta) * sigma,
                ),
            )
            k.augment(total, "+", w * value)
            k.augment(norm, "+", w)
        elif what == "variance":
            assert norm is not None
            k.augment(total, "+", value)
            k.augment(norm, "+", value * value)
        elif what == "count":
            with k.when(value > center + sigma if rng.chance(0.5) else k.call("abs", value - center) > sigma):
                k.augment(total, "+", 1)
        elif what == "range":
            assert norm is not None
            k.set(total, k.call("min", total, value))
            k.set(norm, k.call("max", norm, value))
        else:
            k.set(total, k.call("min" if what == "minimum" else "max", total, value))
    area = float((2 * radius + 1) ** 2)
    if what == "bilateral":
        assert norm is not None
        k.output("image", total / norm)
    elif what == "variance":
        assert norm is not None
        mean = k.let("mean", total / area)
        k.output("variance", norm / area - mean * mean)
    elif what == "range":
        assert norm is not None
        k.output("out", norm - total)
    else:
        k.output("out", total)
        if rng.chance(0.3):
            k.output(
                "out",
                k.where(
                    total > k.cast(k.parameter("threshold", 0.0, 1.0, 0.5), k.real)
                    if total.type != t.I32
                    else total > 2,
                    k.integer(1),
                    k.integer(0),
                ),
            )


@recipe("semi-Lagrangian or upwind advection", "stencil:2 combined:0.5", "fluids terrain waves", "stencil")
def advection(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.weighted({1: 1.5, 2: 3.0})
    grid = Grid(k, ndim, "clamp wrap inner")
    q = _field(k, grid, rng.choose(("density", "temperature", "grid")))
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
    value = center - dt * _sum(flux)
    if rng.chance(0.4):
        value = value * k.call("exp", -k.parameter("damping", 0.01, 1.0, 0.1) * dt)
    if rng.chance(0.3):
        value = k.call("clamp", value, -4.0, 4.0)
    k.output("next", k.maybe("next", value))


@recipe(
    "bilinear interpolation at moved positions",
    "stencil:1.5 vector:0.2 combined:0.4",
    "fluids image render terrain",
    "gather",
)
def resample(k: Kernel) -> None:
    rng = k.rng
    indices = k.start(2, None, ("row", "column"))
    dims = k.launch
    dtype = t.vec(3, k.real) if rng.chance(0.25) else k.real
    image = k.array("image", dtype, dims, low=-2.0, high=2.0)
    if rng.chance(0.5):
        flow = k.load("velocity", t.vec(2, k.real), -1.0, 1.0)
        dt = k.parameter("dt", 0.1, 1.0, 0.5, 1.0)
        y = k.let("coordinate", k.cast(indices[0], k.real) - dt * k.component(flow, 0))
        x = k.let("coordinate", k.cast(indices[1], k.real) - dt * k.component(flow, 1))
    else:
        scale = k.parameter("scale", 0.25, 1.0, 0.5, 0.75)
        shift = k.parameter("offset", 0.0, 1.0, 0.5, 0.25)
        y = k.let("coordinate", k.cast(indices[0], k.real) * scale + shift)
        x = k.let("coordinate", k.cast(indices[1], k.real) * scale + shift)
    height, width = k.length(dims[0], image, 0), k.length(dims[1], image, 1)
    if rng.chance(0.5):
        y = k.let("coordinate", k.call("clamp", y, k.lit(0.0), k.cast(height - 1, k.real)))
        x = k.let("coordinate", k.call("clamp", x, k.lit(0.0), k.cast(width - 1, k.real)))
    i0 = k.let("row", k.cast(k.call("floor", y), t.I32))
    j0 = k.let("column", k.cast(k.call("floor", x), t.I32))
    fy = k.let("ratio", y - k.cast(i0, k.real))
    fx = k.let("ratio", x - k.cast(j0, k.real))
    if rng.chance(0.5):

        def clamped(index: Expr, length: Expr) -> Expr:
            return k.call("clamp", index, k.integer(0), length - 1)
    else:

        def clamped(index: Expr, length: Expr) -> Expr:
            return k.call("max", k.integer(0), k.call("min", index, length - 1))

    ya, yb = k.let("row", clamped(i0, height)), k.let("row", clamped(i0 + 1, height))
    xa, xb = k.let("column", clamped(j0, width)), k.let("column", clamped(j0 + 1, width))
    if rng.chance(0.5):
        top = k.let("up", k.call("lerp", image[ya, xa], image[ya, xb], fx))
        bottom = k.let("down", k.call("lerp", image[yb, xa], image[yb, xb], fx))
        value = k.call("lerp", top, bottom, fy)
    else:
        top = k.let("up", image[ya, xa] * (1.0 - fx) + image[ya, xb] * fx)
        bottom = k.let("down", image[yb, xa] * (1.0 - fx) + image[yb, xb] * fx)
        value = (1.0 - fy) * top + fy * bottom
    k.output("image", value)


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


@recipe("Sobel and other fixed 3 by 3 filters", "stencil:1.5", "image terrain", "stencil")
def fixed_filter(k: Kernel) -> None:
    rng = k.rng
    grid = Grid(k, 2, "clamp inner wrap")
    image = _field(k, grid, "image")
    grid.prepare(image)
    patterns: dict[str, list[list[tuple[int, int, float]]]] = {
        "sobel": [
            [(-1, -1, -1.0), (0, -1, -2.0), (1, -1, -1.0), (-1, 1, 1.0), (0, 1, 2.0), (1, 1, 1.0)],
            [(-1, -1, -1.0), (-1, 0, -2.0), (-1, 1, -1.0), (1, -1, 1.0), (1, 0, 2.0), (1, 1, 1.0)],
        ],
        "prewitt": [
            [(-1, -1, -1.0), (0, -1, -1.0), (1, -1, -1.0), (-1, 1, 1.0), (0, 1, 1.0), (1, 1, 1.0)],
            [(-1, -1, -1.0), (-1, 0, -1.0), (-1, 1, -1.0), (1, -1, 1.0), (1, 0, 1.0), (1, 1, 1.0)],
        ],
        "roberts": [[(0, 0, 1.0), (1, 1, -1.0)], [(0, 1, 1.0), (1, 0, -1.0)]],
        "sharpen": [[(0, 0, 5.0), (-1, 0, -1.0), (1, 0, -1.0), (0, -1, -1.0), (0, 1, -1.0)]],
        "cross": [[(0, 0, 2.0), (-1, 0, 1.0), (1, 0, 1.0), (0, -1, 1.0), (0, 1, 1.0)]],
        "diagonal": [[(0, 0, 4.0), (-1, -1, -1.0), (1, 1, -1.0), (-1, 1, -1.0), (1, -1, -1.0)]],
    }
    results = []
    for pattern in patterns[rng.choose(tuple(patterns))]:
        pattern = rng.shuffle(pattern) if rng.chance(0.4) else pattern
        if rng.chance(0.5):
            total = None
            for dy, dx, factor in pattern:
                sample = grid.at(image, dy, dx)
                term = sample if abs(factor) == 1.0 else abs(factor) * sample
                if total is None:
                    total = -term if factor < 0 else term
                else:
                    total = total - term if factor < 0 else total + term
            assert total is not None
            results.append(k.let("gradient", total))
        else:
            acc = k.let("sum", pattern[0][2] * grid.at(image, *pattern[0][:2]))
            for dy, dx, factor in pattern[1:]:
                acc = k.let("sum", acc + factor * grid.at(image, dy, dx))
            results.append(acc)
    value = _combine(k, results)
    k.put("result", k.let("result", value))
    extra(k, "math control_flow", "r", 0, 2)
    final = k.latest(k.real)
    k.output("image", final)


def _combine(k: Kernel, results: list[Expr]) -> Expr:
    if len(results) == 1:
        return results[0] * k.parameter("scale", 0.1, 1.0, 0.25, 0.2)
    a, b = results
    ways: list[Callable[[], Expr]] = [
        lambda: k.call("sqrt", a * a + b * b),
        lambda: k.call("abs", a) + k.call("abs", b),
        lambda: k.call("max", k.call("abs", a), k.call("abs", b)),
        lambda: k.call("length", k.make(t.vec(2, k.real), a, b)),
    ]
    return k.rng.choose(ways)()
