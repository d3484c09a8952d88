"""Geometry without acceleration structures: distance fields, rays, closest points, barycentric coordinates."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import extra, recipe
from .tree import Expr

FIELDS = "geometry render terrain"


def ray(k: Kernel) -> tuple[Expr, Expr]:
    """Origin and unit direction: read, or from the pixel of a camera."""
    rng = k.rng
    if rng.chance(0.35) and len(k.threads) == 2:
        width, height = k.length(k.launch[1]), k.length(k.launch[0])
        sx = k.let("coordinate", 2.0 * (k.cast(k.threads[1], k.real) + 0.5) / k.cast(width, k.real) - 1.0)
        sy = k.let("coordinate", 2.0 * (k.cast(k.threads[0], k.real) + 0.5) / k.cast(height, k.real) - 1.0)
        origin = k.scalar("ray_origin", k.vec3, -2.0, 2.0)
        direction = k.let(
            "ray_direction", k.call("normalize", k.make(k.vec3, sx, sy, k.lit(rng.choose((-1.0, -2.0, 1.5)))))
        )
    else:
        origin = k.let("ray_origin", k.load("ray_origin", k.vec3))
        direction = k.let("ray_direction", k.call("normalize", k.load("ray_direction", k.vec3)))
    return origin, direction


@recipe(
    "ray against sphere, plane, box, triangle or disk",
    "geometry:3 vector:0.5 combined:0.4 control_flow:0.3",
    "render geometry",
    "query",
)
def ray_hit(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    origin, direction = ray(k)
    miss = k.lit(rng.choose((-1.0, 1000.0, -1.0)))
    hit = k.variable("distance", miss)
    normal = k.variable("normal", k.zero(k.vec3)) if rng.chance(0.5) else None
    what = rng.choose(("sphere", "plane", "box", "triangle", "disk"))
    k.gap()
    if what == "sphere":
        center, radius = (
            (k.load if rng.chance(0.4) else k.scalar)("center", k.vec3, -1.0, 1.0),
            k.parameter("radius", 0.5, 2.0, 1.0),
        )
        oc = k.let("vector", origin - center)
        b = k.let("scalar", k.call("dot", oc, direction))
        c = k.let("scalar", k.call("dot", oc, oc) - radius * radius)
        disc = k.let("scalar", b * b - c)
        with k.when(disc > 0.0):
            near = k.let("distance", -b - k.call("sqrt", disc))
            if rng.chance(0.5):
                with k.when(near > 0.0):
                    k.set(hit, near)
            else:
                k.set(hit, k.where(near > 0.0, near, -b + k.call("sqrt", disc)))
            if normal is not None:
                k.set(normal, k.call("normalize", origin + direction * hit - center))
    elif what in ("plane", "disk"):
        n = k.let("normal", k.call("normalize", k.scalar("normal", k.vec3, 0.1, 1.0)))
        point = k.scalar("point", k.vec3, -1.0, 1.0)
        rate = k.let("scalar", k.call("dot", n, direction))
        with k.when(k.call("abs", rate) > k.choose_lit(1e-3, 1e-2, 1e-4)):
            d = k.let("distance", k.call("dot", point - origin, n) / rate)
            if what == "disk":
                p = k.let("position", origin + direction * d)
                radius = k.parameter("radius", 0.5, 2.0, 1.0)
                with k.when(k.both(d > 0.0, k.call("length_sq", p - point) < radius * radius)):
                    k.set(hit, d)
            else:
                with k.when(d > 0.0):
                    k.set(hit, d)
            if normal is not None:
                k.set(normal, k.where(rate > 0.0, -n, n))
    elif what == "box":
        lower, upper = k.scalar("minimum", k.vec3, -1.5, -0.5), k.scalar("maximum", k.vec3, 0.5, 1.5)
        near, far = k.variable("start", k.lit(-1e4)), k.variable("end", k.lit(1e4))
        with k.loop("loop", 3) as axis:
            d = k.let("scalar", direction[axis])
            d = k.let("scalar", k.where(k.call("abs", d) < 1e-3, k.lit(1e-3), d))
            t0, t1 = (
                k.let("distance", (lower[axis] - origin[axis]) / d),
                k.let("distance", (upper[axis] - origin[axis]) / d),
            )
            k.set(near, k.call("max", near, k.call("min", t0, t1)))
            k.set(far, k.call("min", far, k.call("max", t0, t1)))
        with k.when(k.both(far >= near, far > 0.0)):
            k.set(hit, k.call("max", near, 0.0) if rng.chance(0.5) else near)
        normal = None
    else:
        v0, v1, v2 = (k.let("position", k.load("point", k.vec3)) for _ in range(3))
        e1, e2 = k.let("vector", v1 - v0), k.let("vector", v2 - v0)
        p = k.let("vector", k.call("cross", direction, e2))
        det = k.let("determinant", k.call("dot", e1, p))
        with k.when(k.call("abs", det) > 1e-3):
            inv = k.let("scale", 1.0 / det)
            s = k.let("vector", origin - v0)
            u = k.let("coordinate", inv * k.call("dot", s, p))
            q = k.let("vector", k.call("cross", s, e1))
            v = k.let("coordinate", inv * k.call("dot", direction, q))
            with k.when(k.both(u >= 0.0, v >= 0.0, u + v <= 1.0)):
                k.set(hit, inv * k.call("dot", e2, q))
                if normal is not None:
                    k.set(normal, k.call("normalize", k.call("cross", e1, e2)))
    if rng.chance(0.4) and normal is not None:
        light = k.let("direction", k.call("normalize", k.scalar("direction", k.vec3, 0.1, 1.0)))
        shade = k.call("max", k.call("dot", normal, light), 0.0)
        color = k.load("color", k.vec3, 0.0, 1.0) if rng.chance(0.5) else k.scalar("color", k.vec3, 0.0, 1.0)
        k.output("color", color * (shade + k.choose_lit(0.1, 0.2, 0.05)))
    elif normal is not None:
        k.output("normal", normal)
    k.output("distance", hit)
    k.shared.differentiable = False


@recipe(
    "closest points on segments, triangles, lines and boxes", "geometry:2 vector:0.8", "geometry cloth rigid", "query"
)
def closest_point(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    vector = t.vec(rng.weighted({3: 4.0, 2: 1.0}), k.real)
    p = k.let("position", k.load("position", vector))
    what = rng.choose(("segment", "segment", "triangle", "box", "line", "edges"))
    if what == "edges" and k.real is not t.F32:
        what = "segment"
    if what == "segment" or what == "line":
        a, b = k.let("point", k.load("point", vector)), k.let("point", k.load("point", vector))
        ab = k.let("vector", b - a)
        u = k.call("dot", p - a, ab) / (k.call("dot", ab, ab) + k.choose_lit(1e-3, 1e-2, 1e-4))
        u = k.let("ratio", k.call("clamp", u, 0.0, 1.0) if what == "segment" else u)
        c = k.let("point", a + ab * u)
        if rng.chance(0.5):
            k.output("ratio", u)
    elif what == "box":
        low, high = k.load("minimum", vector, -2.0, -0.5), k.load("maximum", vector, 0.5, 2.0)
        c = k.let("point", k.call("min", k.call("max", p, low), high))
    elif what == "edges":
        p = k.let("position", k.load("position", t.vec(3)))
        q1, p2, q2 = (k.let("point", k.load("point", t.vec(3))) for _ in range(3))
        s = k.let(
            "vector",
            k.call("closest_point_edge_edge", p, q1, p2, q2, k.lit(rng.choose((1e-4, 1e-3, 1e-5))), gives=t.vec(3)),
        )
        a = k.let("point", p + (q1 - p) * s[0])
        b = k.let("point", p2 + (q2 - p2) * s[1])
        k.output("point", a)
        k.output("distance", k.call("length", a - b) if rng.chance(0.5) else s[2])
        k.shared.differentiable = False
        return
    else:
        a, b, c0 = (k.let("point", k.load("point", vector)) for _ in range(3))
        u, v = k.variable("coordinate", k.lit(0.3)), k.variable("coordinate", k.lit(0.3))
        e1, e2, d = k.let("vector", b - a), k.let("vector", c0 - a), k.let("vector", p - a)
        d11, d12, d22 = (k.let("scalar", k.call("dot", *pair)) for pair in ((e1, e1), (e1, e2), (e2, e2)))
        det = k.let("determinant", d11 * d22 - d12 * d12 + k.choose_lit(1e-2, 1e-3))
        r1, r2 = k.let("scalar", k.call("dot", d, e1)), k.let("scalar", k.call("dot", d, e2))
        k.set(u, (d22 * r1 - d12 * r2) / det)
        k.set(v, (d11 * r2 - d12 * r1) / det)
        if rng.chance(0.6):
            k.set(u, k.call("clamp", u, 0.0, 1.0))
            k.set(v, k.call("clamp", v, k.lit(0.0), 1.0 - u))
        c = k.let("point", a + e1 * u + e2 * v)
    k.put("distance", k.let("distance", k.call("length", p - c)))
    if rng.chance(0.6):
        k.output("point", c)
    extra(k, "arithmetic", "r", 0, 1)
    value = k.latest(k.real)
    k.output("distance", k.bounded(value))


@recipe("areas, normals and angles of triangles and tetrahedra", "geometry:2 vector:0.8", "geometry cloth fem", "map")
def element_measure(k: Kernel) -> None:
    rng = k.rng
    (f,) = k.start(1, (20,))
    k.guard()
    nodes = k.dim(14)
    x = k.array("point", k.vec3, (nodes,), low=-1.5, high=1.5)
    corners = rng.choose((3, 3, 3, 4))
    flat = rng.chance(0.5)
    if flat:
        many = k.derived(k.launch[0], corners, 0)
        ids = k.array("indices", t.I32, (many,), low=0, high=13, bound=nodes.symbol, corners=corners)
        index = [k.let("index", ids[f * corners + n]) for n in range(corners)]
    elif corners == 3 and rng.chance(0.4):
        faces = k.array("indices", t.vec(3, t.I32), k.launch, low=0, high=13, bound=nodes.symbol, corners=3)
        face = k.let("index", faces[f])
        index = [face[n] for n in range(3)]
    else:
        width = k.dim(corners, fixed=True)
        ids = k.array("indices", t.I32, (k.launch[0], width), low=0, high=13, bound=nodes.symbol, corners=corners)
        index = [k.let("index", ids[f, n]) for n in range(corners)]
    p = [k.let("position", x[n]) for n in index]
    a, b = k.let("vector", p[1] - p[0]), k.let("vector", p[2] - p[0])
    n = k.let("normal", k.call("cross", a, b))
    if corners == 4:
        volume = k.let("scalar", k.call("dot", n, p[3] - p[0]) / 6.0)
        k.output("scalar", k.call("abs", volume) if rng.chance(0.5) else volume)
    else:
        area = k.let("scalar", 0.5 * k.call("length", n))
        k.output("scalar", area)
        if rng.chance(0.4):
            cosine = k.call("dot", a, b) / (k.call("length", a) * k.call("length", b) + 1e-2)
            k.output("angle", k.call("acos", k.call("clamp", cosine, -0.95, 0.95)))
    if rng.chance(0.6):
        k.output("normal", k.call("normalize", n))
    if rng.chance(0.5):
        center = p[0] + p[1] + p[2] if corners == 3 else p[0] + p[1] + p[2] + p[3]
        k.output("center", center / float(corners))
    if rng.chance(0.3) and corners == 3:
        target = k.array("normal", k.vec3, (nodes,), "inout", low=0.0, high=0.0)
        for item in index:
            k.do(k.call("atomic_add", target, item, n, gives=k.vec3))


@recipe(
    "shading of surfaces: lights, fresnel, tone mapping",
    "geometry:1 vector:1 combined:0.6 math:0.3",
    "render image",
    "map",
)
def shading(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 2, 2)))
    k.guard()
    n = k.let("normal", k.call("normalize", k.load("normal", k.vec3)))
    light = k.let(
        "direction",
        k.call(
            "normalize", k.scalar("direction", k.vec3, 0.1, 1.0) if rng.chance(0.6) else k.load("direction", k.vec3)
        ),
    )
    lambert = k.let("cosine", k.call("max", k.call("dot", n, light), 0.0))
    base = k.load("color", k.vec3, 0.0, 1.0)
    color = k.variable("color", base * (lambert + k.parameter("offset", 0.0, 0.3, 0.1, 0.05)))
    if rng.chance(0.6):
        view = k.let("direction", k.call("normalize", k.load("ray_direction", k.vec3)))
        if rng.chance(0.5):
            half = k.let("vector", k.call("normalize", light + view))
            s = k.let("cosine", k.call("max", k.call("dot", n, half), 0.01))
        else:
            mirrored = k.let("direction", n * (2.0 * k.call("dot", n, light)) - light)
            s = k.let("cosine", k.call("max", k.call("dot", mirrored, view), 0.01))
        gloss = k.call("pow", s, k.parameter("exponent", 2.0, 16.0, 8.0, 16.0))
        k.augment(color, "+", k.make(k.vec3, 1.0, 1.0, 1.0) * (k.parameter("weight", 0.1, 1.0, 0.5) * gloss))
        if rng.chance(0.4):
            f0 = k.parameter("ratio", 0.02, 0.2, 0.04)
            facing = k.let("ratio", 1.0 - k.call("clamp", k.call("dot", n, view), 0.0, 1.0))
            fresnel = k.let("weight", f0 + (1.0 - f0) * facing * facing * facing * facing * facing)
            k.set(color, k.call("lerp", color, k.make(k.vec3, 0.6, 0.7, 0.9), fresnel))
    how = rng.integer(0, 3)
    if how == 0:
        parts = [c / (1.0 + c) for c in k.components(color)]
        k.output("color", k.make(k.vec3, *parts))
    elif how == 1:
        gamma = k.choose_lit(0.4545, 0.5)
        parts = [k.call("pow", k.call("clamp", c, 0.01, 1.0), gamma) for c in k.components(color)]
        k.output("color", k.make(k.vec3, *parts))
    elif how == 2:
        weights = (0.2126, 0.7152, 0.0722) if rng.chance(0.5) else (0.299, 0.587, 0.114)
        r, g, b = k.components(color)
        k.output("scalar", weights[0] * r + weights[1] * g + weights[2] * b)
    else:
        k.output("color", color)
