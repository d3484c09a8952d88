"""Sensors mounted on moving bodies: beams of range finders, probes above terrain, cameras; scans put into the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warp_jit_pairs import types as t

from .build import Body, Dim
from .jobs import Job
from .kernel import Kernel
from .names import plural
from .queries import MESH_ID, MESH_RAY, handle, op
from .recipes import SINGLE, recipe
from .root_states import yaw_of
from .tree import Expr

VEC3 = t.vec(3)


class _Sensor:
    """A thread for each beam of each body's sensor."""

    def __init__(self, k: Kernel, beams: str, word: str = "sensor") -> None:
        self.k, self.rng, self.word = k, k.rng, word
        self.job = job = Job(k, beams)
        if k.rng.chance(0.3):
            job.start("{}_id {} r tid", sizes=(32,))
            self.body: Expr | None = None
        else:
            names = k.rng.choose((("body", "ray"), ("env", "j"), ("robot", "beam"), ("i", "j"), ("b", "r")))
            kinds = (f"={names[0]}", f"={names[1]}")
            body, beam = k.start(2, (6, 12), kinds)
            job.at, job.dims = (body, beam), k.launch
            of = names[0] if len(names[0]) > 1 else "body"
            k.launch[0].called = f"=num_{plural(of)} n_{plural(of)}"
            k.guard()
            self.body = body
        self.pose = self._pose()
        self.turn: Expr | None = None
        self.place: Expr | None = None
        self.parts = k.rng.chance(0.4)

    def _pose(self) -> Expr:
        """The sensor in the world: its own pose, or that of its body with a mount."""
        k, job, rng = self.k, self.job, self.rng
        kind = t.transform()
        facts: dict[str, Any] = {"low": -1.0, "high": 1.0, "unit": True}
        if self.body is None and rng.chance(0.3):
            return k.scalar(job.words(f"{self.word}_pose {self.word}_xform X_ws"), kind, -1.0, 1.0, unit=True)
        if self.body is None:
            bodies = k.dim(8)
            ids = job.array(f"{{}}_body body_ids {self.word}_body", t.I32, low=0, high=7, bound=bodies.symbol)
            index = job.let("b body body_id", ids[job.at])
            dims: tuple[Dim, ...] = (bodies,)
        else:
            index, dims = self.body, k.launch[:1]
        mounted = rng.choose(("own", "shared", "each", "shared"))
        names = f"{self.word}_poses {self.word}_xforms" if mounted == "own" else "body_q body_poses robot_poses"
        pose = job.array(names, kind, dims, **facts)[index]
        if mounted == "own":
            return job.let(f"X_ws {self.word}_tf pose", pose)
        pose = job.let("X_wb body_tf base", pose)
        mounts = f"mount X_bs {self.word}_mount"
        mount = (
            k.scalar(job.words(mounts), kind, -1.0, 1.0, unit=True)
            if mounted == "shared"
            else job.array(f"mounts {self.word}_offsets {self.word}_mounts", kind, dims, **facts)[index]
        )
        made = pose * mount if rng.chance(0.6) else k.call("transform_multiply", pose, mount)
        return job.let(f"X_ws {self.word}_tf pose", made)

    def of_beam(self, shared: bool, names: str, kind: t.Type, **facts: Any) -> Expr:
        """What an array says of this thread's beam; `shared`: the same for all bodies."""
        if not shared:
            return self.job.array(names, kind, **facts)[self.job.at]
        return self.job.array(names, kind, self.k.launch[1:], **facts)[self.job.at[1:]]

    def point(self, value: Expr) -> Expr:
        """A point of the sensor's frame in the world."""
        if not self.parts:
            return self.k.call("transform_point", self.pose, value)
        return self.origin() + self.k.call("quat_rotate", self.rotation(), value)

    def vector(self, value: Expr) -> Expr:
        if not self.parts:
            return self.k.call("transform_vector", self.pose, value)
        return self.k.call("quat_rotate", self.rotation(), value)

    def rotation(self) -> Expr:
        if self.turn is None:
            self.turn = self.job.let("q_ws q rot", self.k.call("transform_get_rotation", self.pose))
        return self.turn

    def origin(self) -> Expr:
        if self.place is None:
            self.place = self.job.let("o origin ray_o", self.k.call("transform_get_translation", self.pose))
        return self.place

    def beam(self) -> Expr:
        """The direction of a beam in the sensor's frame."""
        k, job, rng = self.k, self.job, self.rng
        how = job.pick(table=2.5, angles=2.0, fan=2.0 if self.body is not None else 0.0)
        shared = self.body is not None and rng.chance(0.7)
        if how == "table":
            given = self.of_beam(shared, "beam_dirs ray_dirs pattern", VEC3, low=-1.0, high=1.0, unit=True)
            return job.let("d_s local_d dir_s", given)
        if how == "angles":
            azimuth = self.of_beam(shared, "azimuths yaw_angles ray_az", t.F32, low=-3.1, high=3.1)
            azimuth = job.let("az theta phi_h", azimuth)
            elevation = self.of_beam(shared, "elevations pitch_angles ray_el", t.F32, low=-0.8, high=0.8)
            elevation = job.let("el phi phi_v", elevation)

            def build(b: Body, azimuth: Expr, elevation: Expr) -> Expr:
                flat = b.maybe("=c_el ce cos_el", b.call("cos", elevation))
                parts = (flat * b.call("cos", azimuth), flat * b.call("sin", azimuth), b.call("sin", elevation))
                return b.make(VEC3, *parts)

            angles = ("az theta azimuth", azimuth), ("el phi elevation", elevation)
            titles = "beam_direction spherical_dir ray_direction dir_from_angles"
            return job.let("d_s local_d dir_s", job.formula(titles, build, *angles, share=0.4))
        # Beams of a plane scanner, at even angles.
        step = job.param("angle_step d_angle resolution", 0.01, 0.3, 0.1, 0.05, each=False, literal=False)
        first = job.param("angle_min start_angle fov_min", -2.0, 0.0, -1.5, -0.8, each=False)
        angle = job.let("angle theta a", first + k.cast(job.at[1], t.F32) * step)
        return job.let("d_s local_d dir_s", k.make(VEC3, k.call("cos", angle), k.call("sin", angle), k.lit(0.0)))


def _cast(k: Kernel) -> None:
    """How far each beam goes: to the ground, to spheres, or nowhere."""
    sensor = _Sensor(k, "ray beam", k.rng.choose(("sensor", "lidar")))
    job, rng = sensor.job, sensor.rng
    job.titled("lidar_scan cast_beams range_scan simulate_lidar scan_{s} range_finder cast_{s}")
    d = job.let("d dir ray_d", sensor.vector(sensor.beam()))
    o = sensor.origin()
    far = job.scalar("max_range range_max far", t.F32, 5.0, 30.0)
    best = k.variable(job.words("dist reach t_hit"), far)
    k.gap()
    scenes = {"ground": 2.5, "spheres": 3.0, "walls": 1.2, "mesh": 2.5}
    hit = [rng.weighted(scenes)]
    if job.more(0.35):
        rest = {name: weight for name, weight in scenes.items() if name != hit[0]}
        hit.append(rng.weighted(rest))
    for name in hit:
        _TARGETS[name](sensor, o, d, best)
    k.gap()
    least = rng.chance(0.3)
    found: Expr = best
    if least:
        found = k.call("max", best, job.param("min_range range_min near", 0.05, 0.5, 0.1, each=False))
    job.write("ranges distances range_out", found)
    if job.more(0.35):
        end = o + best * d
        where = job.pick(world=2.0, sensor=1.0)
        if where == "sensor":
            end = k.call("transform_point", k.call("transform_inverse", sensor.pose), end)
        job.write("hit_points points scan_points", end)
    if job.more(0.3):
        job.write("hits returned hit_mask", best < far)
    k.shared.differentiable = False


def _ground(sensor: _Sensor, o: Expr, d: Expr, best: Expr) -> None:
    k, job, rng = sensor.k, sensor.job, sensor.rng
    level = job.param("ground_z floor_height ground", -1.0, 0.0, 0.0, -0.5, each=False)
    with k.when(d[2] < k.choose_lit(-1e-3, -1e-4, -1e-2)):
        along = (level - o[2]) / d[2]
        if rng.chance(0.5):
            t_ground = job.let("t t_ground s_g", along)
            with k.when(t_ground > 0.0):
                k.set(best, k.call("min", best, t_ground))
        else:
            k.set(best, k.call("min", best, k.call("max", along, 0.0)))


def _spheres(sensor: _Sensor, o: Expr, d: Expr, best: Expr) -> None:
    k, job, rng = sensor.k, sensor.job, sensor.rng
    count = k.dim(rng.choose((4, 6)))
    packed = rng.chance(0.4)
    if packed:
        balls = job.array("spheres obstacles balls", t.vec(4), (count,), low=0.2, high=1.5)
    else:
        balls = job.array("sphere_centers obstacle_pos centers", VEC3, (count,), low=-3.0, high=3.0)
        sizes = job.array("sphere_radii obstacle_radius radii", t.F32, (count,), low=0.2, high=1.0)
    meet = job.routine(
        "ray_sphere hit_sphere intersect_sphere sphere_hit",
        _sphere_hit,
        ("o origin ro", VEC3, -5.0, 5.0),
        ("d dir rd", VEC3, -1.0, 1.0),
        ("c center sc", VEC3, -3.0, 3.0),
        ("r radius sr", t.F32, 0.2, 1.5),
        share=0.5,
    )
    with k.loop(job.words("s n c"), job.length(count, "num_spheres num_obstacles n_obs", balls)) as n:
        if packed:
            ball = job.let("sph ball ob", balls[n])
            center, radius = k.make(VEC3, ball[0], ball[1], ball[2]), ball[3]
        else:
            center, radius = balls[n], job.let("rad radius rs", sizes[n])
        t_near = job.let("t_s t_near ts", meet(o, d, center, radius))
        with k.when(t_near > 0.0):
            k.set(best, k.call("min", best, t_near))


def _sphere_hit(b: Body, o: Expr, d: Expr, center: Expr, radius: Expr) -> Expr:
    """How far a sphere is along a ray, minus one if it is missed."""
    oc = b.let("=oc m to_c", o - center)
    along = b.let("=b bq half_b", b.call("dot", oc, d))
    disc = b.let("=disc h det", along * along - b.call("dot", oc, oc) + radius * radius)
    root = b.call("sqrt", b.call("max", disc, 0.0))
    return b.where(disc > 0.0, -along - root, b.lit(-1.0))


def _walls(sensor: _Sensor, o: Expr, d: Expr, best: Expr) -> None:
    """The sides of a room, as slabs seen from within."""
    k, job = sensor.k, sensor.job
    half = job.param("room_half half_width wall_dist", 3.0, 8.0, 5.0, 4.0, each=False, literal=False)
    with k.loop(job.words("axis ax c"), 2) as n:
        speed = job.let("dn d_a da", d[n])
        with k.when(k.call("abs", speed) > k.choose_lit(1e-3, 1e-4)):
            wall = k.where(speed > 0.0, half, -half)
            t_wall = job.let("t_w tw t_wall", (wall - o[n]) / speed)
            with k.when(t_wall > 0.0):
                k.set(best, k.call("min", best, t_wall))


def _mesh(sensor: _Sensor, o: Expr, d: Expr, best: Expr) -> None:
    """A triangle mesh that stays where it is."""
    k, job, rng = sensor.k, sensor.job, sensor.rng
    mesh = handle(k, "mesh", MESH_ID)
    query = job.let("query hit q_ray", op("mesh_query_ray", MESH_RAY, mesh, o, d, best))
    with k.when(query.field("result")):
        k.set(best, query.field("t") if rng.chance(0.6) else k.call("min", best, query.field("t")))


_TARGETS: dict[str, Callable[[_Sensor, Expr, Expr, Expr], None]] = {
    "ground": _ground,
    "spheres": _spheres,
    "walls": _walls,
    "mesh": _mesh,
}


def _unproject(k: Kernel) -> None:
    """Ranges or depths that were measured, as points of the world."""
    sensor = _Sensor(k, "beam ray return", k.rng.choose(("sensor", "lidar")))
    job, rng = sensor.job, sensor.rng
    job.titled(
        "scan_to_world register_scan project_scan deskew_points points_from_ranges accumulate_scan {s}_to_points"
    )
    reach = job.read("ranges distances depths", "r dist reach", t.F32, 0.1, 12.0, 0.0)
    far = job.param("max_range range_max far", 5.0, 15.0, 10.0, each=False, literal=False)
    near = job.param("min_range range_min near", 0.1, 0.5, 0.2, each=False) if rng.chance(0.5) else None
    bad = reach > far if near is None else k.either(reach < near, reach > far)
    with k.when(bad):
        k.give()
    k.gap()
    local = job.let("p_s local_p pt", sensor.beam() * reach)
    p = job.let("p_w world_p pw", sensor.point(local))
    job.write("points cloud scan_points", p)
    if job.more(0.3):
        job.write("heights z_out elevations", p[2])
    if job.more(0.3):
        count = job.array("num_points count num_valid", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
    k.shared.differentiable = False


def _probe(k: Kernel) -> None:
    """Heights of a terrain under points that go with the body."""
    sensor = _Sensor(k, "probe sample point", k.rng.choose(("sensor", "base")))
    job, rng = sensor.job, sensor.rng
    job.titled("height_scan sample_terrain measure_heights scan_heights terrain_heights height_samples")
    names = "scan_offsets probe_points height_points"
    offset = job.let("off local_p dp", sensor.of_beam(sensor.body is not None, names, VEC3, low=-1.0, high=1.0))
    if rng.chance(0.5):
        # Points that turn with the heading alone, as height scans of legged robots do.
        titles = "yaw_of get_yaw quat_yaw heading_of"
        yaw = job.let("yaw heading psi", job.formula(titles, yaw_of, ("q rot quat", sensor.rotation()), share=0.5))
        turn = job.let("q_yaw yaw_q heading_q", k.call("quat_from_axis_angle", k.make(VEC3, 0.0, 0.0, 1.0), yaw))
        p = sensor.origin() + k.call("quat_rotate", turn, offset)
    else:
        p = sensor.point(offset)
    p = job.let("p world_p pw", p)
    rows, columns = k.dim(12), k.dim(12)
    field = job.array("heightfield terrain height_map", t.F32, (rows, columns), low=-0.5, high=0.5)
    cell = job.param("cell_size spacing resolution", 0.1, 1.0, 0.25, 0.5, each=False, literal=False)
    low = job.param("origin_x border x_min", -3.0, 0.0, -2.0, -1.0, each=False)
    u = job.let("u fx gx", (p[0] - low) / cell)
    v = job.let("v fy gy", (p[1] - low) / cell)
    last_u = job.length(rows, "num_rows rows grid_w", field, 0) - 2
    last_v = job.length(columns, "num_cols cols grid_h", field, 1) - 2
    i = job.let("ix ci gi", k.call("clamp", k.cast(k.call("floor", u), t.I32), k.integer(0), last_u))
    j = job.let("iy cj gj", k.call("clamp", k.cast(k.call("floor", v), t.I32), k.integer(0), last_v))
    how = job.pick(linear=2.5, lowest=1.5, nearest=1.5)
    if how == "nearest":
        ground = job.let("h ground hz", field[i, j])
    elif how == "lowest":
        side = k.call("min", field[i + 1, j], field[i, j + 1])
        ground = job.let("h ground hz", k.call("min", field[i, j], side))
    else:
        a = job.let("a wx tx", k.call("clamp", u - k.cast(i, t.F32), 0.0, 1.0))
        b = job.let("b wy ty", k.call("clamp", v - k.cast(j, t.F32), 0.0, 1.0))
        first = job.let("h0 low_row ha", k.call("lerp", field[i, j], field[i + 1, j], a))
        second = job.let("h1 high_row hb", k.call("lerp", field[i, j + 1], field[i + 1, j + 1], a))
        ground = job.let("h ground hz", k.call("lerp", first, second, b))
    what = job.pick(gap=2.5, height=1.5, clip=1.5)
    if what == "height":
        job.write("heights terrain_h samples_out", ground)
    elif what == "gap":
        job.write("clearances height_scan gaps", p[2] - ground)
    else:
        most = job.param("clip scan_clip max_scan", 0.5, 2.0, 1.0, each=False, literal=False)
        job.write("height_scan obs_heights scan", k.call("clamp", sensor.origin()[2] - ground, -most, most))
    k.shared.differentiable = False


def _see(k: Kernel) -> None:
    """Points of the world in the image of a posed camera."""
    sensor = _Sensor(k, "point landmark feature", "camera")
    job, rng = sensor.job, sensor.rng
    job.titled("project_{s} camera_observations reproject_{s} observe_{s} visible_{s} reprojection_errors")
    shared = sensor.body is not None and rng.chance(0.6)
    p = job.let("p pw world_p", sensor.of_beam(shared, "points landmarks world_points", VEC3, low=-3.0, high=3.0))
    if sensor.parts:
        seen = k.call("quat_rotate_inv", sensor.rotation(), p - sensor.origin())
    else:
        seen = k.call("transform_point", k.call("transform_inverse", sensor.pose), p)
    c = job.let("pc cam_p p_cam", seen)
    near = job.param("near z_near min_depth", 0.05, 0.3, 0.1, each=False)
    with k.when(c[2] <= near):
        k.give()
    focal = job.param("focal fx focal_length", 0.8, 2.0, 1.0, 1.2, each=False, literal=False)
    if rng.chance(0.4):
        flat = job.function("project pinhole to_image project_point", _pinhole, ("p c pc", c), ("f focal fx", focal))
        pixel = job.let("px uv_i pix", flat)
        u, v = pixel[0], pixel[1]
    elif rng.chance(0.4):
        u, v = job.let("u px x_n", focal * c[0] / c[2]), job.let("v py y_n", focal * c[1] / c[2])
    else:
        inverse = job.let("inv_z iz rz", 1.0 / c[2])
        u, v = job.let("u px x_n", focal * c[0] * inverse), job.let("v py y_n", focal * c[1] * inverse)
    if job.more(0.3):
        r2 = job.let("r2 rad2 rsq", u * u + v * v)
        bend = job.let("dist_f warp_f dd", 1.0 + job.param("k1 distortion radial_k", -0.2, 0.2, 0.1, each=False) * r2)
        u, v = u * bend, v * bend
    if rng.chance(0.5):
        measured = job.read("measured observations keypoints", "z obs meas", t.vec(2), nest=0.0)
        e = job.let("e res err", k.make(t.vec(2), u, v) - measured)
        if rng.chance(0.5):
            job.write("residuals reproj_err errors", e)
        else:
            size = job.let("r norm_e len_e", k.call("length", e))
            delta = job.param("huber_delta delta huber_k", 0.1, 1.0, 0.5, each=False, literal=False)
            loss = k.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta))
            job.write("costs robust_loss losses", loss)
    else:
        job.write("uv pixels image_points", k.make(t.vec(2), u, v))
        if job.more(0.4):
            job.write("depths depth_out z_out", c[2])
    k.shared.differentiable = False


def _pinhole(b: Body, p: Expr, focal: Expr) -> Expr:
    return b.make(t.vec(2), focal * p[0] / p[2], focal * p[1] / p[2])


_TASKS: dict[Callable[[Kernel], None], float] = {
    _cast: 3.0,
    _unproject: 2.0,
    _probe: 2.5,
    _see: 2.0,
}


@recipe("sensors on moving bodies", "quaternion:1.2 geometry:1.7 combined:0.28", "control rigid", SINGLE, grows=2.0)
def posed_sensors(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
