"""Particles and points: integrators, forces, collisions, constraints, densities, flocking, finite elements."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .blocks import condition_simple
from .formulas import coefficient
from .kernel import Kernel
from .recipes import extra, recipe
from .tree import Expr

FIELDS = "particles cloth fluids astronomy chemistry"


def _vector(k: Kernel) -> t.Vector:
    return t.vec(k.rng.weighted({3: 7.0, 2: 2.0}), k.real)


def _up(k: Kernel, vector: t.Vector, size: float) -> Expr:
    """A constant vector along one axis."""
    axis = k.rng.choose((1, vector.length - 1))
    return k.make(vector, *[size if n == axis else 0.0 for n in range(vector.length)])


def _forces(k: Kernel, x: Expr, v: Expr) -> Expr:
    """A sum of one to four forces on a particle, in the ways people write them."""
    rng = k.rng
    vector = x.type
    assert isinstance(vector, t.Vector)
    names = rng.sample(
        ("gravity", "drag", "wind", "anchor", "attractor", "given", "swirl", "quadratic", "noise"), rng.integer(1, 4)
    )
    parts: list[Expr] = []
    for name in names:
        if name == "gravity":
            if rng.chance(0.5):
                g = k.scalar("acceleration", vector, -10.0, 10.0)
            else:
                g = k.let("acceleration", _up(k, vector, -9.81))
            parts.append(g * k.load("mass", k.real, 0.5, 2.0) if rng.chance(0.4) else g)
        elif name == "drag":
            parts.append(
                -k.parameter("damping", 0.05, 1.0, 0.1, 0.5) * v
                if rng.chance(0.5)
                else v * -k.choose_lit(0.1, 0.05, 0.5)
            )
        elif name == "quadratic":
            speed = k.let("magnitude", k.call("length", v))
            parts.append(v * (-k.parameter("damping", 0.05, 1.0, 0.1) * speed))
        elif name == "wind":
            wind = k.scalar("velocity", vector, -2.0, 2.0) if rng.chance(0.6) else k.load("velocity", vector)
            parts.append((wind - v) * k.parameter("damping", 0.05, 1.0, 0.2))
        elif name == "anchor":
            rest = k.maybe("position", k.load("point", vector))
            parts.append((rest - x) * k.parameter("stiffness", 1.0, 50.0, 10.0, 20.0))
        elif name == "attractor":
            center = k.scalar("center", vector, -2.0, 2.0)
            d = k.let("delta", center - x)
            r2 = k.let("distance", k.call("dot", d, d) + k.parameter("tolerance", 0.01, 0.5, 0.1))
            parts.append(d * (k.parameter("mass", 0.5, 5.0, 1.0) / (r2 * k.call("sqrt", r2))))
        elif name == "given":
            parts.append(k.load("force", vector))
        elif name == "swirl":
            spin = k.parameter("omega", 0.1, 2.0, 1.0)
            a, b = k.component(x, 0), k.component(x, 1)
            parts.append(k.make(vector, -b * spin, a * spin, *[k.lit(0.0)] * (vector.length - 2)))
        else:
            wave = k.call("sin", k.component(x, 0) * k.parameter("frequency", 1.0, 4.0, 2.0))
            parts.append(_up(k, vector, 1.0) * wave)
    total = parts[0]
    if rng.chance(0.4) and len(parts) > 1:
        acc = k.variable("force", parts[0])
        for part in parts[1:]:
            k.augment(acc, "+", part)
        return acc
    for part in parts[1:]:
        total = total + part
    return k.let("force", total)


def _collide(k: Kernel, x: Expr, v: Expr) -> tuple[Expr, Expr]:
    """Keeps a particle out of a plane, sphere or box; returns the variables that were changed."""
    rng = k.rng
    vector = x.type
    assert isinstance(vector, t.Vector)
    xs, vs = k.variable("position", x), k.variable("velocity", v)
    what = rng.choose(("floor", "floor", "plane", "sphere", "box", "periodic"))
    if what == "floor":
        axis = rng.choose((1, vector.length - 1))
        ground = k.parameter("offset", -1.0, 1.0, 0.0)
        with k.when(xs[axis] < ground):
            k.set(xs[axis], ground)
            if rng.chance(0.6):
                k.set(vs[axis], -k.parameter("ratio", 0.1, 0.9, 0.5, 0.8) * vs[axis])
            else:
                k.set(vs[axis], 0.0)
    elif what == "plane":
        n = k.let("normal", k.call("normalize", k.scalar("normal", vector, 0.1, 1.0)))
        gap = k.let("distance", k.call("dot", n, xs) - k.parameter("offset", -0.5, 0.5, 0.0))
        with k.when(gap < 0.0):
            k.set(xs, xs - n * gap)
            vn = k.let("projection", k.call("dot", vs, n))
            if rng.chance(0.5):
                with k.when(vn < 0.0):
                    k.set(vs, vs - n * vn * (1.0 + k.parameter("ratio", 0.1, 0.9, 0.5)))
            else:
                k.set(vs, vs - n * k.call("min", vn, 0.0))
    elif what == "sphere":
        center, radius = k.scalar("center", vector, -1.0, 1.0), k.parameter("radius", 0.5, 1.5, 1.0)
        d = k.let("delta", xs - center)
        length = k.let("distance", k.call("length", d))
        inside = rng.chance(0.7)
        with k.when(length < radius if inside else length > radius):
            n = k.let("normal", d / (length + 1e-3))
            k.set(xs, center + n * radius)
            k.set(vs, vs - n * k.call("dot", vs, n) * k.choose_lit(1.0, 1.5, 1.8))
    elif what == "box":
        bound = k.parameter("bound", 1.0, 4.0, 2.0, 1.0)
        with k.loop("loop", vector.length) as place:
            with k.when(xs[place] < -bound if isinstance(bound, tree.Name) else xs[place] < -1.0 * bound):
                k.set(xs[place], -bound if isinstance(bound, tree.Name) else -1.0 * bound)
                k.set(vs[place], k.call("abs", vs[place]))
            with k.when(xs[place] > bound):
                k.set(xs[place], bound)
                k.set(vs[place], -k.call("abs", vs[place]))
    else:
        size = k.parameter("size", 1.0, 4.0, 2.0)
        for axis in range(vector.length):
            with k.when(xs[axis] > size):
                k.set(xs[axis], xs[axis] - 2.0 * size)
        k.set(vs, vs * k.choose_lit(0.99, 0.999, 0.9))
    k.shared.differentiable = False
    return xs, vs


@recipe(
    "particle integration with forces and collisions", "vector:2.5 combined:2.5 control_flow:0.4", FIELDS, "integrate"
)
def particle_step(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1)
    k.guard()
    if rng.chance(0.25):
        k.flag_bundle()
    dims = k.launch
    vector = _vector(k)
    inplace = rng.chance(0.4)
    role = "inout" if inplace else "in"
    xs = k.array("position", vector, dims, role, low=-2.0, high=2.0)
    vs = k.array("velocity", vector, dims, role, low=-2.0, high=2.0)
    if rng.chance(0.25):
        test = k.load("flag", t.I32, 0, 1).equals(0)
        with k.when(test):
            k.give()
    x, v = k.let("position", xs[i]), k.let("velocity", vs[i])
    k.gap()
    force = _forces(k, x, v)
    dt = k.parameter("dt", 0.001, 0.1, 0.01, 0.02)
    how = rng.integer(0, 3)
    if how <= 1:
        acceleration = force * k.load("inverse_mass", k.real, 0.0, 2.0) if rng.chance(0.6) else force
        if rng.chance(0.3):
            with k.when(condition_simple(k)):
                k.give()
        v1 = k.let("velocity", v + acceleration * dt)
        x1 = k.let("position", x + v1 * dt)
    elif how == 2:
        half = k.let("velocity", v + force * (0.5 * dt))
        x1 = k.let("position", x + half * dt)
        v1 = k.let("velocity", half + force * dt * k.lit(0.5))
    else:
        old = k.load("previous", vector)
        x1 = k.let("position", 2.0 * x - old + force * dt * dt)
        v1 = k.let("velocity", (x1 - old) / (2.0 * dt))
    if rng.chance(0.25):
        limit = k.parameter("limit", 1.0, 10.0, 5.0)
        speed = k.let("magnitude", k.call("length", v1))
        if rng.chance(0.5):
            v1 = k.let("velocity", k.where(speed > limit, v1 * (limit / k.call("max", speed, 1e-3)), v1))
        else:
            v1 = k.variable("velocity", v1)
            with k.when(speed > limit):
                k.set(v1, v1 * (limit / speed))
    k.gap()
    if rng.chance(0.5):
        x1, v1 = _collide(k, x1, v1)
    k.gap()
    if inplace:
        k.set(xs[i], x1)
        k.set(vs[i], v1)
        k.shared.differentiable = False
    else:
        k.output("position", x1)
        k.output("velocity", v1)


@recipe(
    "sums over the neighbours of a particle from a list",
    "vector:1.5 combined:1.5 reduction:1",
    "particles fluids biology chemistry",
    "gather",
)
def neighbor_sum(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (16,))
    k.guard()
    vector = _vector(k)
    dims = k.launch
    x = k.array("position", vector, dims, low=-1.0, high=1.0)
    how = rng.integer(0, 2)
    if how == 0:
        width = k.dim(6, fixed=rng.chance(0.5))
        lists = k.array("indices", t.I32, (dims[0], width), low=0, high=15, bound=dims[0].symbol)
        bounds: tuple[Expr | int, ...] = (k.length(width, lists, 1),)
    elif how == 1:
        starts = k.derived(dims[0], 1, 1)
        entries = k.dim(48)
        offsets = k.array("offsets", t.I32, (starts,), offsets_into=entries.symbol)
        lists = k.array("indices", t.I32, (entries,), low=0, high=15, bound=dims[0].symbol)
        bounds = (offsets[i], offsets[i + 1])
    else:
        lists = None
        bounds = (k.length(dims[0], x),)
    xi = k.let("position", x[i])
    h = k.parameter("radius", 0.5, 2.0, 1.0, 1.5)
    what = rng.choose(("density", "force", "repulse", "center", "align", "potential", "laplacian"))
    scalar = what in ("density", "potential")
    total = k.variable("density" if what == "density" else "force", k.zero(k.real if scalar else vector))
    count = k.variable("count", k.integer(0)) if what in ("center", "align") or rng.chance(0.15) else None
    field = (
        k.array(
            "velocity" if what == "align" else "weight", vector if what == "align" else k.real, dims, low=0.1, high=2.0
        )
        if what in ("align", "density", "laplacian", "potential")
        else None
    )
    with k.loop("loop", *bounds) as n:
        j = k.let("neighbor", lists[(i, n) if how == 0 else (n,)]) if lists is not None else n
        if rng.chance(0.7) or lists is None:
            with k.when(j.equals(i)):
                k.next_turn()
        d = k.let("delta", xi - x[j])
        r = k.let("distance", k.call("length", d))

        def body() -> None:
            if what == "density":
                assert field is not None
                kind = rng.integer(0, 2)
                if kind == 0:
                    q = k.let("ratio", 1.0 - r / h)
                    w = q * q * q if rng.chance(0.5) else q * q
                elif kind == 1:
                    diff = k.let("delta", h * h - r * r)
                    w = diff * diff * diff
                else:
                    w = k.call("exp", -(r * r) / (h * h))
                k.augment(total, "+", field[j] * k.maybe("weight", w))
            elif what == "potential":
                assert field is not None
                k.augment(total, "+", field[j] / (r + k.choose_lit(0.1, 0.01, 0.5)))
            elif what == "repulse":
                overlap = k.let("depth", h - r)
                k.augment(total, "+", d / (r + 1e-2) * (k.parameter("stiffness", 1.0, 20.0, 10.0) * overlap))
            elif what == "force":
                inv = k.let("scale", 1.0 / (r * r + k.choose_lit(0.1, 0.05, 0.25)))
                if rng.chance(0.5):
                    six = k.let("scalar", inv * inv * inv)
                    k.augment(total, "+", d * ((2.0 * six - 1.0) * six * inv * k.choose_lit(0.01, 0.001)))
                else:
                    k.augment(total, "-", d * inv * k.parameter("mass", 0.1, 2.0, 1.0))
            elif what == "center":
                k.augment(total, "+", x[j])
            elif what == "align":
                assert field is not None
                k.augment(total, "+", field[j])
            else:
                assert field is not None
                k.augment(total, "+", d * ((field[j] - field[i]) / (r + 1e-2)))
            if count is not None:
                k.augment(count, "+", 1)

        if what in ("density", "repulse", "center", "align") or rng.chance(0.5):
            with k.when(r < h if rng.chance(0.7) else k.both(r < h, r > 1e-3)):
                body()
        else:
            body()
    result: Expr = total
    if what in ("center", "align"):
        assert count is not None
        mean = k.variable("mean", xi if what == "center" else k.zero(vector))
        with k.when(count > 0):
            k.set(mean, total / k.cast(count, k.real))
        result = (mean - xi) * k.parameter("weight", 0.1, 1.0, 0.5) if what == "center" else mean
    elif count is not None:
        k.output("count", count)
    if scalar:
        k.put("density", total)
        extra(k, "arithmetic", "r", 0, 2)
        value = k.latest(k.real)
        result = k.bounded(value)
    k.output("density" if scalar else "force", result)


@recipe(
    "distance, bending and volume constraints projected by position",
    "vector:1.5 combined:1 atomic:0.8",
    "cloth particles",
    "solve",
)
def project_constraint(k: Kernel) -> None:
    rng = k.rng
    (c,) = k.start(1, (20,))
    k.guard()
    nodes = k.dim(16)
    vector = k.vec3
    x = k.array("position", vector, (nodes,), low=-1.0, high=1.0)
    w = k.array("inverse_mass", k.real, (nodes,), low=0.1, high=2.0)
    count = rng.choose((2, 2, 3, 4))
    if count <= 3 and rng.chance(0.5):
        ends = k.array("indices", t.vec(count, t.I32), k.launch, low=0, high=15, bound=nodes.symbol)
        element = k.let("index", ends[c])
        ids = [k.let("index", element[n]) for n in range(count)]
    else:
        corners = k.dim(count, fixed=True)
        ends = k.array("indices", t.I32, (k.launch[0], corners), low=0, high=15, bound=nodes.symbol)
        ids = [k.let("index", ends[c, n]) for n in range(count)]
    points = [k.let("position", x[n]) for n in ids]
    k.gap()
    compliance = k.parameter("parameter", 0.0, 0.1, 0.01, 0.001, 0.0)
    if count == 2:
        d = k.let("delta", points[0] - points[1])
        length = k.let("distance", k.call("length", d) + 1e-3)
        n = k.let("direction", d / length)
        value = k.let("error", length - k.parameter("distance", 0.5, 1.5, 1.0))
        gradients = [n, -n]
    elif count == 3:
        e1, e2 = k.let("vector", points[1] - points[0]), k.let("vector", points[2] - points[0])
        n = k.let("normal", k.call("cross", e1, e2))
        area = k.let("scalar", 0.5 * k.call("length", n))
        value = k.let("error", area - k.parameter("distance", 0.1, 1.0, 0.5))
        unit = k.let("normal", k.call("normalize", n))
        g1 = k.let("gradient", 0.5 * k.call("cross", e2, unit))
        g2 = k.let("gradient", 0.5 * k.call("cross", unit, e1))
        gradients = [-(g1 + g2), g1, g2]
    else:
        e1, e2, e3 = (k.let("vector", p - points[0]) for p in points[1:])
        volume = k.let("scalar", k.call("dot", k.call("cross", e1, e2), e3) / 6.0)
        value = k.let("error", volume - k.parameter("distance", 0.05, 0.5, 0.1))
        g1 = k.let("gradient", k.call("cross", e2, e3) / 6.0)
        g2 = k.let("gradient", k.call("cross", e3, e1) / 6.0)
        g3 = k.let("gradient", k.call("cross", e1, e2) / 6.0)
        gradients = [-(g1 + g2 + g3), g1, g2, g3]
    total = None
    for n_id, gradient in zip(ids, gradients, strict=True):
        part = w[n_id] if count == 2 else w[n_id] * k.call("dot", gradient, gradient)
        total = part if total is None else total + part
    assert total is not None
    denominator = k.let("sum", total + (compliance + 1e-3 if rng.chance(0.5) else compliance * 10.0 + 1e-2))
    scale = k.let("scale", -value / denominator)
    if rng.chance(0.35):
        scale = k.let("scale", k.call("clamp", scale, -1.0, 1.0))
    out = k.array("delta", vector, (nodes,), "inout", low=0.0, high=0.0)
    for n_id, gradient in zip(ids, gradients, strict=True):
        move = gradient * (w[n_id] * scale)
        if rng.chance(0.3):
            k.add(tree.Augment(out[n_id], "+", move))
        else:
            k.do(k.call("atomic_add", out, n_id, move, gives=vector))


@recipe("stresses and energies of finite elements", "matrix:2 combined:1.2", "fem cloth", "map")
def element_stress(k: Kernel) -> None:
    rng = k.rng
    (e,) = k.start(1, (16,))
    k.guard()
    real = k.real
    size = rng.choose((2, 3))
    vector, matrix = t.vec(size, real), t.mat(size, size, real)
    if rng.chance(0.55):
        nodes = k.dim(12)
        corners = k.dim(size + 1, fixed=True)
        x = k.array("position", vector, (nodes,), low=-1.0, high=1.0)
        ends = k.array("indices", t.I32, (k.launch[0], corners), low=0, high=11, bound=nodes.symbol)
        p0 = k.let("position", x[ends[e, 0]])
        edges = [k.let("vector", x[ends[e, n + 1]] - p0) for n in range(size)]
        if rng.chance(0.5):
            ds = k.let("matrix", tree.Call(matrix, -2.0, 2.0, "wp.matrix_from_cols", tuple(edges)))
        else:
            ds = k.let("matrix", k.make(matrix, *[edges[col][row] for row in range(size) for col in range(size)]))
        f = k.let("matrix", ds @ k.load("matrix", matrix, -1.0, 1.0))
    else:
        f = k.let("matrix", k.load("matrix", matrix, -1.5, 1.5))
    mu, lam = k.parameter("stiffness", 0.5, 10.0, 1.0, 5.0), k.parameter("parameter", 0.5, 10.0, 2.0, 1.0)
    identity = k.identity(size)
    if rng.chance(0.4):
        identity = k.let("matrix", identity)
    model = rng.choose(("linear", "stvk", "neo", "corotated"))
    if model == "linear":
        strain = k.let("strain", 0.5 * (f + k.call("transpose", f)) - identity)
        trace = k.let("trace", k.call("trace", strain))
        stress = k.let("stress", strain * (2.0 * mu) + identity * (lam * trace))
        energy = mu * k.call("ddot", strain, strain) + 0.5 * lam * trace * trace
    elif model == "stvk":
        strain = k.let("strain", 0.5 * (k.call("transpose", f) @ f - identity))
        trace = k.let("trace", k.call("trace", strain))
        stress = k.let("stress", f @ (strain * (2.0 * mu) + identity * (lam * trace)))
        energy = mu * k.call("ddot", strain, strain) + 0.5 * lam * trace * trace
    elif model == "neo":
        j = k.let("determinant", k.call("determinant", f))
        first = k.let("scalar", k.call("trace", k.call("transpose", f) @ f))
        dev = k.let("delta", j - 1.0 - (mu / (lam + 1.0) if rng.chance(0.4) else k.lit(0.0)))
        stress = k.let("stress", f * mu + identity * (lam * dev))
        energy = 0.5 * mu * (first - float(size)) + 0.5 * lam * dev * dev
    else:
        sym = k.let("matrix", f + k.call("transpose", f))
        deviatoric = k.let("strain", sym * k.lit(0.5) - identity * (k.call("trace", f) / float(size)))
        trace = k.let("trace", k.call("trace", f) - float(size))
        stress = k.let("stress", deviatoric * (2.0 * mu) + identity * (lam * trace))
        energy = mu * k.call("ddot", deviatoric, deviatoric) + 0.5 * lam * trace * trace
    if rng.chance(0.4):
        rest = k.load("mass", real, 0.1, 1.0)
        stress = k.let("stress", stress * rest)
        energy = energy * rest
    what = rng.integer(0, 3)
    if what != 1:
        k.output("stress", stress)
    if what == 1 or rng.chance(0.4):
        k.output("energy", energy)
    if what == 2:
        deviator = k.let("stress", stress - identity * (k.call("trace", stress) / float(size)))
        k.output("magnitude", k.call("sqrt", 1.5 * k.call("abs", k.call("ddot", deviator, deviator))))
    if what == 3:
        yield_limit = coefficient(k, "limit", 1.0, 5.0)
        norm = k.let("magnitude", k.call("sqrt", k.call("abs", k.call("ddot", stress, stress))))
        k.output("flag", k.where(norm > yield_limit, k.integer(1), k.integer(0)))


@recipe(
    "strided, permuted and gathered copies",
    "arithmetic:0.8 vector:0.5 control_flow:0.5",
    "generic sparse learning",
    "copy",
)
def gather_copy(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.weighted({1: 4.0, 2: 2.0})
    indices = k.start(ndim)
    k.guard()
    dtype: t.Type = rng.choose((k.real, k.real, t.vec(3, k.real), t.I32))
    how = rng.choose(("gather", "reverse", "transpose", "stride", "roll", "concat"))
    kind = "array"
    if how == "transpose" and ndim == 2:
        source = k.array(kind, dtype, (k.launch[1], k.launch[0]), low=-4, high=4)
        value = source[indices[1], indices[0]]
    elif how == "gather":
        table = k.dim(12)
        source = k.array(kind, dtype, (table,), low=-4, high=4)
        value = source[k.index_into("index", table)]
    elif how == "stride" and ndim == 1:
        factor = rng.choose((2, 3, 4))
        long = k.derived(k.launch[0], factor, 0)
        source = k.array(kind, dtype, (long,), low=-4, high=4)
        stride = k.integer(factor)
        first = k.let("start", indices[0] * stride)
        value = source[first]
        for n in range(1, rng.integer(2, factor)):
            value = value + source[first + n]
    elif how == "concat" and ndim == 1:
        head = k.dim(10)
        source = k.array("left", dtype, (head,), low=-4, high=4)
        rest = k.array("right", dtype, k.launch, low=-4, high=4)
        count = k.length(head, source)
        out = k.array("out", dtype, k.launch, "out")
        with k.when(indices[0] < count):
            k.set(out[indices[0]], source[indices[0]])
        with k.otherwise():
            k.set(out[indices[0]], rest[indices[0] - count])
        return
    else:
        source = k.array(kind, dtype, k.launch, low=-4, high=4)
        count = k.length(k.launch[0], source)
        if how == "roll":
            shift = k.scalar("offset", t.I32, 0, 8)
            other = k.let("index", (indices[0] + shift) % count)
        else:
            other = k.let("index", count - 1 - indices[0])
        value = source[(other, *indices[1:])]
    value = k.maybe("scalar" if not isinstance(dtype, t.Vector) else "vector", value)
    if dtype == k.real:
        k.put("scalar", value)
        extra(k, "arithmetic control_flow", "r", 0, 3)
        taken = k.latest(k.real)
        value = k.bounded(taken)
    elif isinstance(dtype, t.Vector) and rng.chance(0.6):
        value = value * k.parameter("scale", 0.1, 2.0, 0.5)
    elif dtype is t.I32 and rng.chance(0.6):
        value = value * rng.choose((2, 3)) + 1
    if rng.chance(0.25):
        mask = k.load("mask", t.I32, 0, 1)
        value = k.where(mask.differs(0), value, k.zero(dtype))
    k.output("out", value)
