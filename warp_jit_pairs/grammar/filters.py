"""Image filters: convolutions, windows, fixed 3 by 3 masks, resampling."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .grids import Grid, field
from .kernel import Kernel
from .recipes import extra, recipe
from .tree import Expr


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


@recipe("Sobel and other fixed 3 by 3 filters", "stencil:1.5", "image terrain", "stencil")
def fixed_filter(k: Kernel) -> None:
    rng = k.rng
    grid = Grid(k, 2, "clamp inner wrap")
    image = field(k, grid, "image")
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
