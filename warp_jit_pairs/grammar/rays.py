"""Rays: made for the pixels of a camera, intersected with spheres, planes, boxes, triangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .ray_shapes import DISTANCE, SHAPES, Shape
from .recipes import recipe
from .tasks import extent, launch, local, named, names, opt, read, read_set, sets, setting, several, worked, write
from .tree import Expr

PIXEL = ("=y py row j", "=x px col i")
WIDTH, HEIGHT = "=width image_width res_x w img_w", "=height image_height res_y h img_h"
ORIGIN = names("origin ray_origin ro o ray_start ray_o start ray_pos")
DIRECTION = names("direction ray_dir rd dir d ray_d", "ray view")


def start_rays(k: Kernel) -> None:
    """A thread for each ray or pixel."""
    if k.rng.chance(0.45):
        launch(k, "pixel", 2, kinds=PIXEL)
    else:
        launch(k, "ray")


def _pixel(k: Kernel) -> tuple[Expr, Expr, Expr, Expr]:
    """Column, row, width and height of this thread's pixel."""
    if len(k.threads) == 2:
        return k.threads[1], k.threads[0], extent(k, k.launch[1], WIDTH), extent(k, k.launch[0], HEIGHT)
    width = k.scalar(WIDTH, t.I32, 4, 16)
    height = k.scalar(HEIGHT, t.I32, 4, 16)
    i = k.threads[0]
    return k.let("=px x col pixel_x", i % width), k.let("=py y row pixel_y", i // width), width, height


def camera_ray(k: Kernel) -> tuple[Expr, Expr]:
    """Origin and unit direction of the ray through this thread's pixel."""
    rng = k.rng
    x, y, width, height = _pixel(k)
    center = 0.0 if rng.chance(0.2) else 0.5
    real = k.real
    w, h = k.cast(width, real), k.cast(height, real)
    sx = 2.0 * (k.cast(x, real) + center) / w - 1.0
    sy = 2.0 * (k.cast(y, real) + center) / h - 1.0 if rng.chance(0.5) else 1.0 - 2.0 * (k.cast(y, real) + center) / h
    if rng.chance(0.5):
        sx = sx * (w / h)
    if rng.chance(0.5):
        # All pixels of an image have the same field of view.
        tangent = k.scalar("=fov_scale tan_half_fov half_fov_tan focal_scale", real, 0.3, 1.2)
        sx, sy = sx * tangent, sy * tangent
    sx, sy = k.let("=sx u ndc_x screen_x", sx), k.let("=sy v ndc_y screen_y", sy)
    how = rng.choose(("axis", "axis", "basis", "pose", "pose"))
    if how == "pose" and real is t.F32:
        pose = k.scalar("=camera_pose cam_xform X_cam camera_transform cam_tf", t.transform(), -1.0, 1.0, unit=True)
        origin = k.let(ORIGIN, k.call("transform_get_translation", pose))
        local = k.call("normalize", k.make(k.vec3, sx, sy, k.lit(-1.0)))
        return origin, k.let(DIRECTION, k.call("transform_vector", pose, local))
    origin = k.scalar("=cam_pos camera_pos eye camera_origin cam_origin", k.vec3, -2.0, 2.0)
    if how == "basis":
        forward = k.scalar("=forward cam_forward view_dir cam_dir", k.vec3, -1.0, 1.0, unit=True)
        right = k.scalar("=right cam_right side", k.vec3, -1.0, 1.0, unit=True)
        up = k.scalar("=up cam_up camera_up", k.vec3, -1.0, 1.0, unit=True)
        toward = forward + right * sx + up * sy
    else:
        toward = k.make(k.vec3, sx, sy, k.lit(rng.choose((-1.0, -1.0, 1.0, -1.5, 2.0))))
    return origin, k.let(DIRECTION, k.call("normalize", toward))


def ray(k: Kernel) -> tuple[Expr, Expr]:
    """Origin and unit direction of this thread's ray."""
    if k.rng.chance(0.7 if len(k.threads) == 2 else 0.12):
        return camera_ray(k)
    origin = read(k, ORIGIN, k.vec3)
    if k.rng.chance(0.5):
        return origin, read(k, DIRECTION, k.vec3, -1.0, 1.0, unit=True)
    way = read(k, "=direction dir ray_dir d", k.vec3)
    return origin, k.let("=rd dir_n unit_dir ray_dir_n d_hat", k.call("normalize", way))


@recipe("rays of a camera for its pixels", "geometry:0.5 vector:0.17", "render")
def camera_rays(k: Kernel) -> None:
    """Primary rays alone, for a tracer that is another kernel."""
    rng = k.rng
    k.titles = (
        *("generate_rays", "camera_rays", "make_primary_rays", "setup_camera_rays", "pixel_rays", "init_rays"),
        *("generate_primary_rays", "compute_ray_directions", "spawn_rays", "create_view_rays", "unproject_pixels"),
    )
    if rng.chance(0.75):
        launch(k, "pixel", 2, kinds=PIXEL)
    else:
        launch(k, "pixel")
    origin, direction = camera_ray(k)
    if opt(k, 0.3):
        lens = k.array("=lens_samples lens_uv aperture_samples", k.vec2, k.launch, low=-1.0, high=1.0)[k.threads]
        lens = k.let("=lens lens_uv_i offset_uv", lens)
        aperture = setting(k, "=aperture lens_radius aperture_radius", 0.01, 0.2, 0.05, 0.1)
        focus = setting(k, "=focus_dist focal_distance focus", 1.0, 5.0, 2.0, 3.0)
        focal = k.let("=focal_point focus_point target", origin + direction * focus)
        shift = k.make(k.vec3, lens[0] * aperture, lens[1] * aperture, k.lit(0.0))
        origin = k.let("=lens_origin start jittered_origin", origin + shift)
        direction = k.let("=lens_dir focus_dir", k.call("normalize", focal - origin))
    if opt(k, 0.35):
        near = setting(k, "=near t_min near_clip near_plane", 0.01, 0.5, 0.1, 0.01)
        origin = k.let("=near_origin clip_origin first", origin + direction * near)
    write(k, "=ray_origins origins ray_o out_origins", origin)
    write(k, "=ray_dirs directions ray_d out_dirs ray_directions", direction)
    if opt(k, 0.3):
        write(k, "=throughput weights path_throughput", k.make(k.vec3, 1.0, 1.0, 1.0))
    if opt(k, 0.25):
        write(k, "=active alive ray_active", k.integer(1))


def _number(k: Kernel, row: tuple[str, str, float, float], each: bool) -> Expr:
    """A number of a shape: the same for all rays, or the ray's own."""
    kind, letter, low, high = row
    if letter == "r":
        return setting(k, kind, low, high, 0.5, 1.0)
    facts = {"unit": True} if letter == "n" else {}
    return read(k, kind, k.vec3, low, high, **facts) if each else k.scalar(kind, k.vec3, low, high, **facts)


def _hit(k: Kernel, shape: Shape, origin: Expr, direction: Expr, numbers: list[Expr], miss: float) -> Expr:
    given = [("=origin ro o ray_o", origin), ("=dir rd d ray_d", direction)]
    kinds = (
        sets(k, "v0 v1 v2", "a b c", "p0 p1 p2") if shape is SHAPES["triangle"] else [row[0] for row in shape.numbers]
    )
    given += list(zip(kinds, numbers, strict=True))
    function = k.rng.chance(0.55)
    early = function and k.rng.chance(0.75)
    (found,) = worked(k, shape.titles, given, lambda b, v: [shape.hit(b, v, miss, early)], 1.0 if function else 0.0)
    return k.let(DISTANCE, found)


@recipe(
    "ray against sphere, plane, box, triangle or disk",
    "geometry:4.4 vector:0.28 combined:0.22 control_flow:0.17",
    "render geometry",
)
def ray_hit(k: Kernel) -> None:
    rng = k.rng
    start_rays(k)
    name = rng.weighted({"sphere": 2.0, "plane": 1.0, "disk": 1.0, "box": 1.5, "triangle": 2.0, "quad": 0.8})
    shape = SHAPES[name]
    if rng.chance(0.45):
        _nearest(k, name, shape)
        return
    short = {"triangle": "tri"}.get(name, name)
    k.titles = (
        *(f"ray_{short}", f"intersect_{name}", f"raycast_{name}", f"trace_{name}", f"ray_{name}_test"),
        *(f"cast_rays_{name}", f"{name}_hits", f"intersect_rays_{short}", f"trace_rays_{short}"),
    )
    origin, direction = ray(k)
    k.gap()
    each = len(k.threads) == 1 and rng.chance(0.3)
    if name == "triangle" and each:
        numbers = read_set(k, ("v0 v1 v2", "a b c", "tri_a tri_b tri_c", "p0 p1 p2"), k.vec3, -1.5, 1.5)
    elif name == "triangle":
        numbers = [k.scalar(kind, k.vec3, -1.5, 1.5) for kind in sets(k, "v0 v1 v2", "a b c", "tri_a tri_b tri_c")]
    else:
        numbers = [_number(k, row, each) for row in shape.numbers]
    far = rng.chance(0.4)
    miss = rng.choose((1e6, 1e5, 1e4)) if far else -1.0
    found = _hit(k, shape, origin, direction, numbers, miss)
    struck = found < miss if far else found > 0.0 if rng.chance(0.6) else found >= 0.0
    _results(k, origin, direction, found, struck, lambda p: shape.normal(k, numbers, p) if shape.normal else None)


def _results(
    k: Kernel, origin: Expr, direction: Expr, found: Expr, struck: Expr, normal: Callable[[Expr], Expr | None]
) -> None:
    """What is kept of a hit."""
    rng = k.rng
    what = rng.choose(("distance", "hit", "both", "shade", "both"))
    k.shared.differentiable = False
    if what != "shade" or opt(k, 0.5):
        write(k, "=hit_t t_out distances depth hit_dist ray_t_out depths", found)
    if (what == "hit" and rng.chance(0.6)) or opt(k, 0.25):
        write(k, "=hit_mask hits is_hit hit_flags hit", k.where(struck, k.integer(1), k.integer(0)))
    if what in ("distance", "hit") and not opt(k, 0.15):
        return
    facing: Expr | None = None
    with k.when(struck):
        place = k.let("=hit_pos p hit_point hit_p", origin + direction * found)
        facing = normal(place)
        if what == "both" or facing is None or opt(k, 0.3):
            write(k, "=hit_points hit_positions positions points_out", place)
        if facing is not None:
            facing = named(k, "=n normal hit_n", facing)
            if opt(k, 0.4):
                front = k.call("dot", facing, direction) > 0.0
                facing = k.let("=facing n_f outward", k.where(front, -facing, facing))
            if what == "shade":
                _shade(k, facing)
            else:
                write(k, "=hit_normals normals normals_out", facing)
    if what == "shade" and facing is not None:
        return
    if opt(k, 0.2):
        with k.otherwise():
            write(k, "=miss_dirs escaped_dirs background_dirs", direction)


def _shade(k: Kernel, facing: Expr) -> None:
    """A colour by Lambert's law, in the branch where there is a hit; the background elsewhere."""
    rng = k.rng
    light = k.scalar("=light_dir sun_dir to_light light", k.vec3, -1.0, 1.0, unit=True)
    diffuse = k.let("=diffuse lambert ndotl shade", k.call("max", k.call("dot", facing, light), 0.0))
    if rng.chance(0.4):
        diffuse = setting(k, "=ambient ambient_light ka", 0.05, 0.3, 0.1, 0.2) + diffuse
    if rng.chance(0.6):
        albedo = k.scalar("=albedo base_color surface_color diffuse_color", k.vec3, 0.0, 1.0)
        write(k, "=image pixels colors frame framebuffer", albedo * diffuse)
    else:
        write(k, "=image shading luminance intensity brightness", diffuse)


class _Many:
    """The numbers of many shapes, one array each, or the corners of indexed triangles."""

    def __init__(self, k: Kernel, name: str, shape: Shape) -> None:
        rng = k.rng
        self.shape, self.name = shape, name
        self.count: Dim = k.dim(rng.choose((4, 6, 8)))
        self.faces: Expr | None = None
        self.arrays: list[Expr] = []
        if name == "triangle":
            nodes = k.dim(10)
            facts: dict[str, Any] = {"low": 0, "high": 9, "bound": nodes.symbol, "corners": 3}
            self.arrays = [k.array("=vertices verts points mesh_points", k.vec3, (nodes,), low=-1.5, high=1.5)]
            self.flat = rng.chance(0.6)
            kind = "=indices faces tri_indices triangles face_indices"
            dims = (k.derived(self.count, 3, 0),) if self.flat else (self.count, k.dim(3, fixed=True))
            self.faces = k.array(kind, t.I32, dims, **facts)
            return
        for kind, letter, low, high in shape.numbers:
            longer = "=" + " ".join(word for word in kind[1:].split() if len(word) > 2)
            unit: dict[str, Any] = {"unit": True} if letter == "n" else {}
            dtype = k.real if letter == "r" else k.vec3
            self.arrays.append(k.array(several(longer), dtype, (self.count,), low=low, high=high, **unit))

    def bound(self, k: Kernel) -> Expr:
        one = {"triangle": "tri"}.get(self.name, self.name)
        many = {"box": "boxes"}.get(self.name, one + "s")
        kind = f"=num_{many} {one}_count n_{many}"
        return extent(k, self.count, kind, None if self.faces is not None else self.arrays[0])

    def fetch(self, k: Kernel, which: Expr) -> list[Expr]:
        if self.faces is None:
            rows = zip(self.shape.numbers, self.arrays, strict=True)
            return [local(k, row[0], array[which]) for row, array in rows]
        ids = [self.faces[which * 3 + n] if self.flat else self.faces[which, n] for n in range(3)]
        return [
            local(k, kind, self.arrays[0][i])
            for kind, i in zip(sets(k, "v0 v1 v2", "a b c", "p0 p1 p2"), ids, strict=True)
        ]


def _nearest(k: Kernel, name: str, shape: Shape) -> None:
    """The first of many shapes along the ray, or whether any is in the way."""
    rng = k.rng
    short = {"triangle": "tri"}.get(name, name)
    shadow = rng.chance(0.3)
    many = {"box": "boxes"}.get(name, name + "s")
    k.titles = (
        (f"any_hit_{many}", f"occlusion_{many}", f"shadow_rays_{short}", f"test_occlusion_{short}", "shadow_test")
        if shadow
        else (
            *(f"trace_{many}", f"closest_{name}", f"raycast_{many}", f"nearest_{name}_hit", f"intersect_{many}"),
            *(f"closest_hit_{many}", f"find_first_{name}", f"cast_rays_at_{many}", f"first_{short}_hit"),
        )
    )
    origin, direction = ray(k)
    k.gap()
    many_of = _Many(k, name, shape)
    limit = setting(k, "=t_max max_dist far max_t ray_length", 1.0, 10.0, 10.0, 5.0) if rng.chance(0.6) else k.lit(1e6)
    limit = named(k, "=t_max max_dist far", limit)
    loop = f"=s k n {short}_id {short}_idx"
    bound = many_of.bound(k)
    k.shared.differentiable = False
    if shadow:
        blocked = k.variable("=occluded blocked in_shadow shadowed", k.integer(0))
        with k.loop(loop, bound) as s:
            numbers = many_of.fetch(k, s)
            found = _hit(k, shape, origin, direction, numbers, -1.0)
            with k.when(k.both(found > rng.choose((0.0, 1e-3, 1e-2)), found < limit)):
                k.set(blocked, 1)
                k.leave_loop()
        if rng.chance(0.5):
            write(k, "=shadow visibility lit unoccluded", k.lit(1.0) - k.cast(blocked, k.real))
        else:
            write(k, "=occlusion blocked_out shadow_mask occluded_out", blocked)
        return
    best = k.variable("=t_best closest best_t nearest", limit)
    which = k.variable(f"=hit_id best_id {short}_hit hit_idx", k.integer(-1))
    hits = k.variable("=num_hits hit_count crossings", k.integer(0)) if opt(k, 0.2) else None
    with k.loop(loop, bound) as s:
        numbers = many_of.fetch(k, s)
        found = _hit(k, shape, origin, direction, numbers, -1.0)
        if hits is not None:
            with k.when(found > 0.0):
                k.augment(hits, "+", 1)
        with k.when(k.both(found > 0.0, found < best)):
            k.set(best, found)
            k.set(which, s)
    write(k, "=hit_t depths depth t_out hit_dist distances", best)
    if rng.chance(0.6):
        write(k, f"=hit_ids {short}_ids hit_{many} ids_out hit_index", which)
    if hits is not None:
        write(k, "=hit_counts num_hits_out counts", hits)
    if shape.normal is not None and opt(k, 0.4):
        with k.when(which >= 0):
            place = k.let("=p hit_pos hit_point", origin + direction * best)
            numbers = many_of.fetch(k, which)
            facing = k.let("=n normal hit_n", shape.normal(k, numbers, place))
            if opt(k, 0.35):
                _shade(k, facing)
            else:
                write(k, "=hit_normals normals normals_out", facing)
