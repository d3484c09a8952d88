"""Signed distance fields: shapes, their unions and warps, evaluated, traced and used to keep points out."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import Helper, helper
from .kernel import Kernel
from .rays import ray, start_rays
from .recipes import recipe
from .sdf_shapes import SHAPES, Shape, join, shape, shape_name
from .tasks import launch, local, named, names, opt, read, setting, words, write
from .tree import Expr

POINT = names("p pos x point q", "query sample", "")
_DISTANCE = "=d dist sd"


def _warped(k: Kernel, p: Expr) -> Expr:
    """The point moved, turned, mirrored or repeated before shapes look at it."""
    rng = k.rng
    how = rng.choose(("turn", "mirror", "repeat", "pose"))
    assert isinstance(p.type, t.Vector)
    parts = k.components(p)
    if how == "pose" and p.type.length == 3:
        pose = k.scalar("=xform shape_pose X_ws shape_tf", t.transform(k.real), -1.0, 1.0, unit=True)
        return k.let("=local p_local q", k.call("transform_point", k.call("transform_inverse", pose), p))
    if how in ("turn", "pose"):
        angle = named(k, "=a angle", setting(k, "=angle rotation yaw", -1.5, 1.5, 0.5, 0.785))
        c, s = k.let("=ca cos_a c", k.call("cos", angle)), k.let("=sa sin_a s", k.call("sin", angle))
        u, v = parts[0], parts[-1]
        return k.let("=q turned p_rot", k.make(p.type, c * u - s * v, *parts[1:-1], s * u + c * v))
    if how == "mirror":
        which = rng.integer(0, len(parts) - 1)
        parts[which] = k.call("abs", parts[which])
        return k.let("=q folded p_sym mirrored", k.make(p.type, *parts))
    period = named(k, "=period cell", setting(k, "=period spacing cell_size", 1.0, 4.0, 2.0, 3.0))
    which = rng.integer(0, len(parts) - 1)
    parts[which] = parts[which] - period * k.call("round", parts[which] / period)
    return k.let("=q folded p_rep repeated", k.make(p.type, *parts))


def scene(k: Kernel, p: Expr) -> Expr:
    """Some shapes joined."""
    rng = k.rng
    vector = p.type
    assert isinstance(vector, t.Vector)
    if opt(k, 0.25):
        p = _warped(k, p)
    d = shape(k, shape_name(k, vector.length), p)
    joins = rng.weighted({0: 3.0, 1: 4.0, 2: 2.0} if k.shared.size != "large" else {1: 2.0, 2: 3.0, 3: 1.5})
    for _ in range(joins):
        how = rng.weighted({"union": 3.0, "smooth": 2.5, "subtract": 1.5, "intersect": 0.6})
        d = k.let("=d_scene scene d_all dist", join(k, how, d, shape(k, shape_name(k, vector.length), p)))
    return d


def scene_function(k: Kernel, vector: t.Vector) -> Helper:
    """The whole scene as a function of the point."""
    rng = k.rng
    named_shapes = [
        shape_name(k, vector.length)
        for _ in range(rng.integer(1, {"small": 2, "medium": 3, "large": 4}[k.shared.size]))
    ]
    joins = [rng.weighted({"union": 3.0, "smooth": 2.5, "subtract": 1.5}) for _ in named_shapes[1:]]
    apart = len(named_shapes) > 1 and rng.chance(0.4)
    alone = {}
    for name in named_shapes if apart else []:
        titles = (f"sd_{name}", f"sdf_{name}", f"{name}_sdf", f"{name}_dist", f"dist_{name}")
        if name not in alone:
            shape_of = SHAPES[name][0]

            def one(b: Body, v: list[Expr], shape_of: Shape = shape_of) -> Sequence[Expr]:
                return [shape_of(b, v[0])]

            alone[name] = helper(k, [("=p q x", vector, -4.0, 4.0)], one, titles=titles)

    def body(b: Body, v: list[Expr]) -> Sequence[Expr]:
        total: Expr | None = None
        for n, name in enumerate(named_shapes):
            q = v[0]
            if n or b.rng.chance(0.5):
                shift = b.make(vector, *[b.rng.choose((0.0, 0.5, -0.5, 0.25, 1.0)) for _ in range(vector.length)])
                q = v[0] - shift if apart else b.let(f"=q{n} p{n} local{n}", v[0] - shift)
            d = alone[name].call(q) if apart else SHAPES[name][0](b, q)
            if len(named_shapes) == 1:
                return [d]
            d = b.let(f"=d_{name} d{n} {name}", d)
            total = d if total is None else join(b, joins[n - 1], total, d)
            if n and n + 1 < len(named_shapes):
                total = b.let("=d dist scene d_all", total)
        assert total is not None
        return [total]

    scene_titles = words("scene_sdf map_scene sdf_scene scene_distance sdf map_sdf world_sdf eval_scene field")
    return helper(k, [("=p pos x point", vector, -4.0, 4.0)], body, titles=scene_titles)


def gradient(k: Kernel, field: Helper, p: Expr) -> Expr:
    """Central differences of a field, or a tetrahedron of samples."""
    vector = p.type
    assert isinstance(vector, t.Vector)
    h = k.rng.choose((1e-2, 5e-3, 2e-2))
    width: Expr = k.constant(h, k.real, "=fd_eps normal_eps grad_eps") if k.rng.chance(0.4) else k.lit(h)
    if k.rng.chance(0.3):
        width = setting(k, "=eps h fd_step", 5e-3, 2e-2, h)
    width = named(k, "=h e eps", width)
    parts = []
    offset, slope = k.rng.choose(("e", "h", "d", "off_")), k.rng.choose(("n", "g", "grad_", "d"))
    for n in range(vector.length):
        step = local(
            k, f"={offset}{'xyz'[n]}", k.make(vector, *[width if m == n else k.lit(0.0) for m in range(vector.length)])
        )
        parts.append(local(k, f"={slope}{'xyz'[n]}", field.call(p + step) - field.call(p - step)))
    return k.let("=n normal grad g", k.call("normalize", k.make(vector, *parts)))


def _place(k: Kernel, vector: t.Vector) -> Expr:
    """The point of this thread: its own, or a node of a grid."""
    rng = k.rng
    if rng.chance(0.35):
        launch(
            k,
            "cell",
            vector.length,
            {2: (8, 8), 3: (4, 4, 4)}[vector.length],
            ("=i x ix", "=j y iy", "=k z iz")[: vector.length],
        )
        spacing = named(k, "=h dx", setting(k, "=spacing cell_size voxel_size dx", 0.1, 0.5, 0.25, 0.1))
        half = rng.choose((0.0, 0.5))
        axes = [(k.cast(index, k.real) + half) * spacing for index in k.threads]
        if rng.chance(0.5):
            return k.let(
                POINT, k.scalar("=origin grid_origin lower bounds_min", vector, -1.5, 0.0) + k.make(vector, *axes)
            )
        low = named(k, "=lo offset", setting(k, "=lower grid_min domain_min", -1.5, 0.0, -1.0))
        return k.let(POINT, k.make(vector, *[low + axis for axis in axes]))
    launch(k, "point")
    return read(k, POINT, vector)


@recipe(
    "signed distance fields evaluated at points",
    "geometry:6.6 vector:0.22 math:0.11",
    "geometry render terrain",
    grows=5.0,
)
def distance_field(k: Kernel) -> None:
    rng = k.rng
    vector = t.vec(rng.weighted({3: 4.0, 2: 1.5}), k.real)
    p = _place(k, vector)
    grid = len(k.threads) > 1
    what = rng.weighted({"eval": 3.0, "normal": 2.0, "mask": 1.0, "shell": 1.0, "smooth": 0.8, "keep_out": 1.6})
    if what in ("normal", "keep_out") and rng.chance(0.85):
        _with_normal(k, p, vector, what, grid)
        return
    if rng.chance(0.35):
        d = k.let(_DISTANCE, scene_function(k, vector).call(p))
    else:
        d = scene(k, p)
    k.titles = (
        words("fill_sdf_grid bake_sdf sample_sdf_grid voxelize_sdf init_level_set build_sdf_grid rasterize_sdf")
        if grid
        else words("eval_sdf sdf_eval signed_distance compute_sdf sample_sdf eval_distance distance_to_scene query_sdf")
    )
    if what == "shell":
        d = k.let(
            "=shell d_shell hollow", k.call("abs", d) - setting(k, "=thickness shell_width wall", 0.01, 0.2, 0.05)
        )
    if what == "smooth":
        width = named(k, "=w eps", setting(k, "=band transition blur_width", 0.05, 0.5, 0.1, 0.25))
        k.titles = ("sdf_coverage", "smooth_occupancy", "soft_mask", "antialias_sdf", "sdf_to_alpha", "heaviside")
        inside = 1.0 - k.call("smoothstep", -width, width, d)
        write(k, "=coverage alpha occupancy density", k.let("=alpha_i cover a", inside))
        if not opt(k, 0.3):
            return
    if what == "mask":
        k.titles = words("classify_points inside_test mark_inside occupancy_mask point_in_shape solid_mask tag_inside")
        write(k, "=inside mask solid is_inside occupancy", k.where(d < 0.0, k.integer(1), k.integer(0)))
        if opt(k, 0.3):
            count = k.array(
                "=num_inside inside_count total", t.I32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
            )
            with k.when(d < 0.0):
                k.do(k.call("atomic_add", count, 0, k.integer(1), gives=t.I32))
        if not opt(k, 0.3):
            return
    if opt(k, 0.25):
        band = named(k, "=b band", setting(k, "=band_width truncation max_dist", 0.2, 1.0, 0.5))
        d = k.let("=clamped d_trunc narrow", k.call("clamp", d, -band, band))
    if grid and opt(k, 0.2):
        k.titles = ("merge_sdf", "union_into_grid", "add_shape_to_sdf", "stamp_sdf", "carve_sdf")
        target = k.array("=sdf_grid sdf phi grid", k.real, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
        k.set(target, k.call("min", target, d) if rng.chance(0.6) else k.call("max", target, -d))
        k.shared.differentiable = False
        return
    write(k, "=distances sdf_out phi sdf_values dist_out", d)


def _with_normal(k: Kernel, p: Expr, vector: t.Vector, what: str, grid: bool) -> None:
    rng = k.rng
    field = scene_function(k, vector)
    k.gap()
    if what == "normal":
        k.titles = words(
            "sdf_normals sdf_gradient eval_sdf_normal compute_sdf_normals field_gradient estimate_normals "
            "distance_gradient"
        )
        n = gradient(k, field, p)
        write(k, "=normals gradients n_out grad_out", n)
        if opt(k, 0.5):
            write(k, "=distances sdf_out dist_out phi", field.call(p))
        return
    k.titles = words("project_out_of_sdf collide_sdf sdf_collision push_out resolve_sdf_contacts sdf_contacts")
    d = k.let(_DISTANCE, field.call(p))
    margin: Expr = k.lit(0.0)
    if rng.chance(0.5):
        margin = named(k, "=m margin", setting(k, "=margin particle_radius contact_offset", 0.01, 0.3, 0.05, 0.1))
    k.shared.differentiable = False
    with k.when(d < margin):
        n = gradient(k, field, p)
        none = isinstance(margin, tree.Literal) and margin.value == 0.0
        depth = k.let("=depth pen push", -d if none else margin - d)
        if rng.chance(0.5) and not grid:
            write(k, "=pos_out x_out corrected projected", p + n * depth)
            if opt(k, 0.4):
                v = k.array("=velocities vel v", vector, k.launch, "inout", low=-2.0, high=2.0)[k.threads]
                vn = k.let("=vn v_n approach", k.call("dot", v, n))
                with k.when(vn < 0.0):
                    k.set(v, v - n * vn)
        else:
            k.titles = ("sdf_penalty", "sdf_contact_forces", "penalty_forces", "sdf_repulsion", "collision_forces")
            write(k, "=forces contact_f f_out", n * (depth * setting(k, "=stiffness ke k_contact", 10.0, 100.0, 50.0)))
    if opt(k, 0.4):
        write(k, "=distances gaps dist_out", d)


@recipe("sphere tracing of a distance field", "geometry:6.1 control_flow:0.44 combined:0.22", "render", grows=5.0)
def ray_march(k: Kernel) -> None:
    rng = k.rng
    start_rays(k)
    origin, direction = ray(k)
    k.gap()
    k.titles = words("sphere_trace ray_march march_rays trace_sdf sphere_tracing raymarch_scene render_sdf trace_rays")
    field = scene_function(k, k.vec3) if rng.chance(0.6) else None
    single = shape_name(k, 3)
    travelled = k.variable(
        "=t depth dist travelled", k.lit(0.0) if rng.chance(0.6) else setting(k, "=t_min near start_t", 0.01, 0.5, 0.1)
    )
    steps = rng.choose((16, 24, 32, 40))
    found = k.variable("=hit found converged", k.integer(0)) if rng.chance(0.6) else None
    taken = k.variable("=steps num_steps count", k.integer(0)) if opt(k, 0.25) else None
    closest = k.variable("=d_min nearest min_d", k.lit(rng.choose((1e3, 1e4)))) if opt(k, 0.15) else None
    bound: Expr | int = k.constant(steps, t.I32, "=max_steps march_steps num_steps") if rng.chance(0.4) else steps
    if rng.chance(0.25):
        bound = k.scalar("=max_steps num_steps steps_limit", t.I32, 8, 32)
    small = rng.choose((1e-2, 1e-3, 5e-3))
    eps: Expr = (
        k.constant(small, k.real, "=surface_eps hit_eps march_eps min_dist") if rng.chance(0.35) else k.lit(small)
    )
    far = named(k, "=far t_max", setting(k, "=max_dist t_max far max_depth", 5.0, 20.0, 10.0))
    relaxed = (
        named(k, "=relax omega", setting(k, "=relaxation step_scale omega", 0.7, 1.0, 0.9, 0.8))
        if rng.chance(0.3)
        else None
    )
    with k.loop("=i step n iter", bound):
        p = k.let("=p pos q x", origin + direction * travelled)
        d = k.let("=d dist sd", field.call(p) if field is not None else shape(k, single, p))
        if closest is not None:
            k.set(closest, k.call("min", closest, d))
        with k.when(d < eps):
            if found is not None:
                k.set(found, 1)
            k.leave_loop()
        k.augment(travelled, "+", d * relaxed if relaxed is not None else d)
        if taken is not None:
            k.augment(taken, "+", 1)
        with k.when(travelled > far):
            k.leave_loop()
    k.shared.differentiable = False
    k.gap()
    if found is not None and rng.chance(0.5):
        write(k, "=hit_mask hits hit_out mask", found)
    if found is not None and field is not None and opt(k, 0.5):
        with k.when(found.equals(1)):
            place = k.let("=hit_p surface_p hit_pos", origin + direction * travelled)
            n = gradient(k, field, place)
            if rng.chance(0.5):
                light = k.scalar("=light_dir sun_dir to_light", k.vec3, -1.0, 1.0, unit=True)
                write(k, "=image pixels shading frame", k.call("max", k.call("dot", n, light), 0.0))
            else:
                write(k, "=normals hit_normals n_out", n)
    elif opt(k, 0.4):
        write(k, "=hit_points positions points_out", origin + direction * k.call("min", travelled, far))
    if taken is not None:
        write(k, "=step_counts iterations num_steps_out", taken)
    if closest is not None:
        write(k, "=min_distances closest_out glow", closest)
    write(k, "=depth_out depths hit_t distances depth_map", travelled)
