"""Particles: how they move under forces and contacts."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

FIELDS = "particles cloth fluids astronomy chemistry"
THINGS = "particle particle body point grain bead node atom agent boid star droplet"


def vector_of(k: Kernel) -> t.Vector:
    return t.vec(k.rng.weighted({3: 7.0, 2: 2.0}), k.real)


def up_vector(k: Kernel, vector: t.Vector, size: float) -> Expr:
    """A constant vector along one axis."""
    axis = 1 if vector.length == 2 or k.rng.chance(0.6) else 2
    return k.make(vector, *[size if n == axis else 0.0 for n in range(vector.length)])


class Motion:
    """The accelerations of a particle: a mass, and what pushes."""

    def __init__(self, job: Job, vector: t.Vector, x: Expr, v: Expr) -> None:
        self.job, self.k, self.vector, self.x, self.v = job, job.k, vector, x, v
        self.inverse: Expr | None = None
        self.mass: Expr | None = None
        how = job.rng.integer(0, 3)
        if how == 0:
            self.inverse = job.read("inv_mass inv_masses {}_inv_mass", "w inv_m im", job.k.real, 0.0, 2.0, nest=0.0)
        elif how == 1:
            self.mass = job.read("mass masses {}_mass m", "m mass_i", job.k.real, 0.5, 2.0, nest=0.0)

    def _push(self, force: Expr) -> Expr:
        """What a force gives for this mass."""
        if self.inverse is not None:
            return force * self.inverse
        return force / self.mass if self.mass is not None else force

    def acceleration(self) -> Expr:
        """The sum of one to four forces over the mass, in the ways that people write them."""
        k, job, rng, x, v, vector = self.k, self.job, self.job.rng, self.x, self.v, self.vector
        most = {"small": 2, "medium": 3, "large": 5}[k.shared.size]
        names = rng.sample(
            ("gravity", "drag", "wind", "anchor", "attractor", "given", "swirl", "quadratic", "buoyancy"),
            rng.integer(1, most),
        )
        # One drag is enough, and wind is one.
        for one, other in (("drag", "quadratic"), ("wind", "drag"), ("wind", "quadratic")):
            if one in names and other in names:
                names.remove(other)
        forces: list[Expr] = []
        gravity: Expr | None = None
        for name in names:
            if name == "gravity":
                gravity = (
                    job.scalar("gravity g grav", vector, -10.0, 10.0)
                    if rng.chance(0.6)
                    else job.let("gravity g grav", up_vector(k, vector, -9.81))
                )
            elif name == "drag":
                forces.append(-(job.param("drag damping drag_coeff c_d {}_drag", 0.05, 1.0, 0.1, 0.5) * v))
            elif name == "quadratic":
                speed = job.let("speed v_len mag", k.call("length", v))
                forces.append(v * (-job.param("drag_coeff air_drag c_d", 0.05, 1.0, 0.1) * speed))
            elif name == "wind":
                wind = (
                    job.scalar("wind wind_vel flow_vel", vector, -2.0, 2.0)
                    if rng.chance(0.6)
                    else job.read("flow air_velocity fluid_vel", "u flow_v", vector)
                )
                forces.append((wind - v) * job.param("wind_drag coupling drag_air", 0.05, 1.0, 0.2, each=False))
            elif name == "anchor":
                rest = job.read("rest_pos anchors anchor_pos x0", "anchor rest x_rest", vector, nest=0.5)
                forces.append((rest - x) * job.param("anchor_ke stiffness ke k_anchor", 1.0, 50.0, 10.0, 20.0))
            elif name == "attractor":
                center = job.scalar("attractor center sun_pos target", vector, -2.0, 2.0)
                d = job.let("d to_center rel dir_c", center - x)
                soft = job.param("softening eps2 soft_sq", 0.01, 0.5, 0.1, each=False)
                r2 = job.let("r2 d2 dist_sq", k.call("dot", d, d) + soft)
                gm = job.param("gm strength mu g_const", 0.5, 5.0, 1.0, each=False)
                forces.append(d * (gm / (r2 * k.call("sqrt", r2))))
            elif name == "given":
                forces.append(job.read("forces f_ext external_force {}_f f", "f force f_i", vector, nest=0.4))
            elif name == "swirl":
                spin = job.param("swirl omega spin vortex_strength", 0.1, 2.0, 1.0, each=False)
                a, b = k.component(x, 0), k.component(x, 1)
                forces.append(k.make(vector, -b * spin, a * spin, *[k.lit(0.0)] * (vector.length - 2)))
            else:
                lift = job.param("buoyancy lift buoyancy_coeff", 0.1, 2.0, 1.0, each=False)
                heat = job.read("temperature temps {}_temp", "temp t_i", k.real, 0.0, 2.0)
                forces.append(up_vector(k, vector, 1.0) * (lift * heat))
        if not forces:
            assert gravity is not None
            return gravity
        if rng.chance(0.4) and len(forces) > 1:
            total = job.var("force f_total f net", forces[0])
            for force in forces[1:]:
                k.augment(total, "+", force)
        else:
            total = forces[0]
            for force in forces[1:]:
                total = total + force
            total = job.let("force f_total f net" if len(forces) > 1 else "force f f_i push", total)
        accel = self._push(total)
        if gravity is not None:
            accel = gravity + accel if rng.chance(0.5) else accel + gravity
        return job.let("accel a acc acceleration", accel)


def collide(job: Job, x: Expr, v: Expr) -> tuple[Expr, Expr]:
    """Keeps a particle out of a plane, sphere or box; returns the variables that were changed."""
    k, rng = job.k, job.rng
    vector = x.type
    assert isinstance(vector, t.Vector)
    what = rng.choose(("floor", "floor", "plane", "sphere", "box", "periodic", "shell"))
    xs = job.var("p x_new pos_new x1", x)
    vs = job.var("vel v_new vel_new v1", v)
    if what == "floor":
        axis = rng.choose((1, vector.length - 1))
        ground = job.param("ground floor_y ground_height floor_height", -1.0, 1.0, 0.0, each=False)
        with k.when(xs[axis] < ground):
            k.set(xs[axis], ground)
            if rng.chance(0.7):
                bounce = job.param("restitution bounce e_rest elasticity", 0.1, 0.9, 0.5, 0.8, each=False)
                k.set(vs[axis], -bounce * vs[axis])
            else:
                k.set(vs[axis], 0.0)
            if job.more(0.3):
                friction = job.param("friction mu ground_friction", 0.1, 0.9, 0.5, 0.2, each=False)
                k.set(vs[0], vs[0] * (1.0 - friction))
                if vector.length == 3:
                    other = 2 if axis == 1 else 1
                    k.set(vs[other], vs[other] * (1.0 - friction))
    elif what == "plane":
        n = job.scalar("plane_normal normal wall_normal", vector, 0.1, 1.0)
        n = job.let("n normal_n unit_n", k.call("normalize", n))
        gap = job.let(
            "dist gap sd", k.call("dot", n, xs) - job.param("plane_offset offset plane_d", -0.5, 0.5, 0.0, each=False)
        )
        with k.when(gap < 0.0):
            k.set(xs, xs - n * gap)
            vn = job.let("vn v_normal normal_speed", k.call("dot", vs, n))
            if rng.chance(0.6):
                with k.when(vn < 0.0):
                    bounce = job.param("restitution bounce e_rest", 0.1, 0.9, 0.5, each=False)
                    k.set(vs, vs - n * (vn * (1.0 + bounce)))
            else:
                k.set(vs, vs - n * k.call("min", vn, 0.0))
    elif what in ("sphere", "shell"):
        center = job.scalar("sphere_center center obstacle_pos", vector, -1.0, 1.0)
        radius = job.param("sphere_radius radius obstacle_radius", 0.5, 1.5, 1.0, each=False)
        d = job.let("d rel offset", xs - center)
        length = job.let("dist d_len r", k.call("length", d))
        with k.when(length < radius if what == "sphere" else length > radius):
            n = job.let("n normal outward", d / k.call("max", length, 1e-3))
            k.set(xs, center + n * radius)
            vn = job.let("vn v_normal radial", k.call("dot", vs, n))
            with k.when(vn < 0.0 if what == "sphere" else vn > 0.0):
                bounce = (
                    k.lit(1.0)
                    if rng.chance(0.4)
                    else 1.0 + job.param("restitution bounce e_rest", 0.1, 0.9, 0.5, each=False)
                )
                k.set(vs, vs - n * (vn * bounce))
    elif what == "box":
        bound = job.param("bound half_size box_half wall limit", 1.0, 4.0, 2.0, 1.0, each=False, literal=False)
        bounce = (
            job.param("restitution bounce wall_bounce", 0.1, 1.0, 0.5, 1.0, each=False)
            if rng.chance(0.5)
            else k.lit(1.0)
        )
        with k.loop(job.words("axis c k dim"), vector.length) as place:
            with k.when(xs[place] < -bound):
                k.set(xs[place], -bound)
                k.set(vs[place], k.call("abs", vs[place]) * bounce)
            with k.when(xs[place] > bound):
                k.set(xs[place], bound)
                k.set(vs[place], -(k.call("abs", vs[place]) * bounce))
    else:
        size = job.param("box_size period domain_size box_len", 2.0, 4.0, 4.0, 2.0, each=False, literal=False)
        with k.loop(job.words("axis c k dim"), vector.length) as place:
            with k.when(xs[place] < 0.0):
                k.set(xs[place], xs[place] + size)
            with k.when(xs[place] >= size):
                k.set(xs[place], xs[place] - size)
    k.shared.differentiable = False
    return xs, vs


@recipe("particle integration with forces and collisions", "vector:1.4 combined:1.4 control_flow:0.22", FIELDS)
def particle_step(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, THINGS, 0.3, True)
    job.titled(
        "integrate_{s} step_{s} advance_{s} update_{s} move_{s} integrate {}_step euler_step semi_implicit_euler"
        " simulate_{s} integrate_{}_motion step_{}_motion apply_forces"
    )
    job.start()
    vector = vector_of(k)
    inplace = rng.chance(0.4)
    role = "inout" if inplace else "in"
    xs = job.array("positions pos x {}_pos {}_q", vector, None, role, low=-2.0, high=2.0)
    vs = job.array("velocities vel v {}_vel {}_qd", vector, None, role, low=-2.0, high=2.0)
    x, v = job.let("p x_i pos_i q", xs[job.at]), job.let("v_i vel_i u qd", vs[job.at])
    if job.more(0.12) and not job.masked:
        lifetime = job.read("lifetimes life {}_life", "life life_i", k.real, -0.5, 2.0)
        with k.when(lifetime <= 0.0):
            k.give()
    k.gap()
    motion = Motion(job, vector, x, v)
    if motion.inverse is not None and rng.chance(0.3):
        with k.when(motion.inverse.equals(0.0)):
            k.give()
    accel = motion.acceleration()
    dt = job.param("dt time_step timestep sim_dt delta_t", 0.001, 0.1, 0.01, 0.02, each=False)
    how = rng.integer(0, 4)
    if how <= 1:
        v1 = job.let("v1 v_next vel_new new_v", v + accel * dt)
        x1 = job.let("x1 x_next pos_new new_x", x + v1 * dt)
    elif how == 2:
        job.titled(
            "velocity_verlet kick_drift_kick leapfrog_step verlet_step leapfrog integrate_verlet kdk_step {}_leapfrog"
        )
        half = job.let("v_half vh half_vel", v + accel * (0.5 * dt))
        x1 = job.let("x1 x_next pos_new new_x", x + half * dt)
        v1 = job.let("v1 v_next vel_new new_v", half + accel * (0.5 * dt))
    elif how == 3:
        job.titled(
            "stormer_verlet position_verlet verlet_integrate verlet_step verlet_{s} verlet_update integrate_verlet"
        )
        old = job.read("prev_pos x_prev old_positions {}_prev", "x_old prev before", vector)
        x1 = job.let("x1 x_next pos_new new_x", 2.0 * x - old + accel * (dt * dt))
        v1 = job.let("v1 v_next vel_new new_v", (x1 - old) / (2.0 * dt))
    else:
        job.titled(
            "predict_positions predict_{s} pbd_predict xpbd_predict"
            " predict_motion explicit_predict integrate_{s}_predict"
        )
        v1 = job.let("v1 v_pred vel_new new_v", v + accel * dt)
        if rng.chance(0.6):
            v1 = job.let(
                "v_damped v2 damped",
                v1 * (1.0 - job.param("damping global_damping kd", 0.01, 0.1, 0.01, 0.05, each=False)),
            )
        x1 = job.let("x_pred predicted p_next", x + v1 * dt)
    if job.more(0.25):
        limit = job.param("max_speed v_max speed_limit max_velocity", 1.0, 10.0, 5.0, each=False)
        speed = job.let("speed v_mag v_len", k.call("length", v1))
        if rng.chance(0.5):
            v1 = job.let(
                "v_lim v_capped v_clamped", k.where(speed > limit, v1 * (limit / k.call("max", speed, 1e-3)), v1)
            )
        else:
            v1 = job.var("v_lim v_capped v_clamped", v1)
            with k.when(speed > limit):
                k.set(v1, v1 * (limit / speed))
    k.gap()
    if rng.chance(0.5):
        x1, v1 = collide(job, x1, v1)
    k.gap()
    if inplace:
        k.set(xs[job.at], x1)
        k.set(vs[job.at], v1)
        k.shared.differentiable = False
    else:
        assert isinstance(xs, tree.Name)
        assert isinstance(vs, tree.Name)
        job.write(f"{xs.id}_out {xs.id}_next new_{xs.id} {xs.id}_new next_{xs.id}", x1)
        job.write(f"{vs.id}_out {vs.id}_next new_{vs.id} {vs.id}_new next_{vs.id}", v1)
    if job.more(0.15):
        job.write(
            "kinetic kinetic_energy {}_energy",
            0.5 * k.call("dot", v1, v1) if motion.mass is None else 0.5 * motion.mass * k.call("dot", v1, v1),
        )
