"""Roots of robots in many environments: what they observe, what they are paid for, when they have failed."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .build import Body
from .jobs import Job
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .robot_roots import Root
from .tree import Expr


def yaw_of(b: Body, q: Expr) -> Expr:
    """The heading of a rotation."""
    sine = b.let("=siny sin_yaw s_y", 2.0 * (q[3] * q[2] + q[0] * q[1]))
    cosine = b.let("=cosy cos_yaw c_y", 1.0 - 2.0 * (q[1] * q[1] + q[2] * q[2]))
    return b.call("atan2", sine, cosine)


def _wrapped_by_arc(b: Body, angle: Expr) -> Expr:
    return b.call("atan2", b.call("sin", angle), b.call("cos", angle))


def _wrapped_by_turns(b: Body, angle: Expr) -> Expr:
    return angle - 6.28319 * b.call("round", angle / 6.28319)


class _Terms:
    """What is worked out from a root's state, each once."""

    def __init__(self, k: Kernel, z_up: bool = True) -> None:
        self.k, self.rng = k, k.rng
        self.job = Job(k, "env robot agent env", physical=True)
        self.up = 2 if z_up or k.rng.chance(0.6) else 1
        self.job.start("{}_id env_id tid idx")
        self.root = Root(self.job)
        self.known: dict[str, Expr] = {}

    def get(self, name: str) -> Expr:
        if name not in self.known:
            self.known[name] = getattr(self, f"_{name}")()
        return self.known[name]

    def axis(self, which: int, sign: float = 1.0) -> Expr:
        return self.k.make(t.vec(3), *[sign if n == which else 0.0 for n in range(3)])

    def _inward(self, names: str, value: Expr) -> Expr:
        return self.job.let(names, self.k.call("quat_rotate_inv", self.root.part("rotation"), value))

    def _gravity(self) -> Expr:
        return self._inward("g_b grav proj_gravity", self.axis(self.up, -1.0))

    def _velocity(self) -> Expr:
        return self._inward("v_b local_vel base_v", self.root.part("linear"))

    def _spin(self) -> Expr:
        return self._inward("w_b local_w base_w", self.root.part("angular"))

    def _forward(self) -> Expr:
        return self.job.let(
            "fwd forward heading_vec", self.k.call("quat_rotate", self.root.part("rotation"), self.axis(0))
        )

    def _tilt(self) -> Expr:
        """The vertical part of the root's own upward axis."""
        k, job = self.k, self.job
        if "gravity" in self.known:
            return job.let("up_proj upright cos_tilt", -self.known["gravity"][self.up])
        up = k.call("quat_rotate", self.root.part("rotation"), self.axis(self.up))
        return job.let("up_proj upright cos_tilt", k.component(up, self.up))

    def _yaw(self) -> Expr:
        """The heading: by the formula, or from the forward axis."""
        k, job = self.k, self.job
        if self.rng.chance(0.5):
            titles = "yaw_from_quat get_yaw quat_yaw heading_of"
            made = job.formula(titles, yaw_of, ("q rot quat", self.root.part("rotation")), share=0.4)
            return job.let("yaw heading psi", made)
        f = self.get("forward")
        return job.let("yaw heading psi", k.call("atan2", f[1], f[0]))

    def _turn(self) -> Expr:
        """What is missing to the heading that is asked for, between minus and plus half a turn."""
        job = self.job
        goal = job.read("target_heading heading_cmd goal_yaw", "goal target_yaw cmd_h", t.F32, -3.0, 3.0)
        error = job.let("dyaw yaw_err err_h", goal - self.get("yaw"))
        build = self.rng.choose((_wrapped_by_arc, _wrapped_by_turns))
        titles = "wrap_to_pi wrap_angle normalize_angle angle_diff"
        return job.let("wrapped err_w yaw_error", job.formula(titles, build, ("angle a x", error), share=0.5))

    def _goal(self) -> Expr:
        """The way to a goal as the root sees it."""
        goal = self.job.read("targets goal_pos target_pos", "goal target tgt", t.vec(3), nest=0.4)
        return self._inward("to_goal goal_b target_b", goal - self.root.part("place"))

    def _height(self) -> Expr:
        k, job = self.k, self.job
        height = k.component(self.root.part("place"), self.up)
        if self.rng.chance(0.5):
            ground = job.read("ground_height terrain_height floor_height", "ground floor_h h0", t.F32, -0.5, 0.5)
            height = height - ground
        return job.let("h height clearance", height)


_OBSERVED = {
    "gravity": 3.0,
    "velocity": 3.0,
    "spin": 3.0,
    "goal": 1.5,
    "yaw": 1.0,
    "turn": 1.2,
    "height": 1.2,
    "tilt": 1.0,
}
_ARRAYS = {
    "gravity": "projected_gravity gravity_b obs_gravity",
    "velocity": "base_lin_vel_b local_lin_vel obs_vel",
    "spin": "base_ang_vel_b local_ang_vel obs_ang_vel",
    "goal": "goal_local target_local to_target",
    "yaw": "headings yaws base_yaw",
    "turn": "heading_error yaw_errors heading_err",
    "height": "base_height root_height heights",
    "tilt": "uprightness up_projection tilts",
}


def _drawn(terms: _Terms, table: dict[str, float], low: int, high: int) -> list[str]:
    """Some of these, each once."""
    left, found = dict(table), []
    for _ in range(terms.rng.integer(low, high)):
        found.append(terms.rng.weighted(left))
        del left[found[-1]]
    return found


def _most(k: Kernel, small: int, medium: int, large: int) -> int:
    return {"small": small, "medium": medium, "large": large}[k.shared.size]


def _observe(k: Kernel) -> None:
    terms = _Terms(k)
    job = terms.job
    job.titled(
        "compute_observations root_observations base_observations fill_obs observe_{s} write_root_obs compute_obs"
    )
    names = _drawn(terms, _OBSERVED, 2, _most(k, 3, 4, 6))
    if "gravity" in names and "tilt" in names:
        # Gravity as the root feels it tells of the tilt.
        names.remove("tilt")
    if k.rng.chance(0.4):
        for name in names:
            job.write(_ARRAYS[name], terms.get(name))
        return
    # A row of numbers for each, as networks take it.
    rng = k.rng
    values = [terms.get(name) for name in names]
    widths = [3 if isinstance(value.type, t.Vector) else 1 for value in values]
    extra = rng.choose((0, 0, 2, 4))
    first: Expr | int = 0
    if extra and rng.chance(0.4):
        first = job.scalar("offset obs_start first_obs", t.I32, 0, extra)
    row = job.array(
        "obs obs_buf observations",
        t.F32,
        (*job.dims, k.dim(sum(widths) + extra, fixed=True)),
        "inout" if extra else "out",
    )
    scaled = {name for name in names if name in _SCALED and rng.chance(0.3)}
    most = job.param("clip_obs obs_clip obs_limit", 5.0, 20.0, 5.0, 10.0, each=False) if rng.chance(0.2) else None
    scales = {name: job.param(_SCALED[name], 0.25, 2.0, 2.0, 0.25, 0.5, each=False) for name in names if name in scaled}
    k.gap()
    n = 0
    for name, value, width in zip(names, values, widths, strict=True):
        for c in range(width):
            entry = value[c] if width > 1 else value
            if name in scales:
                entry = entry * scales[name]
            if most is not None:
                entry = k.call("clamp", entry, -most, most)
            k.set(row[(*job.at, first + n)], entry)
            n += 1
    if extra:
        k.shared.differentiable = False


_SCALED = {
    "velocity": "lin_vel_scale vel_scale obs_scale_v",
    "spin": "ang_vel_scale w_scale obs_scale_w",
    "goal": "goal_scale pos_scale target_scale",
    "height": "height_scale h_scale z_scale",
}
"""What observations are scaled by, so that all are about one."""


def _reward(k: Kernel) -> None:
    terms = _Terms(k)
    job, rng = terms.job, terms.rng
    job.titled(
        "compute_rewards locomotion_reward tracking_reward {}_rewards compute_reward walking_reward eval_rewards"
    )
    table = {
        "track": 3.0,
        "spin_track": 2.0,
        "upright": 2.0,
        "bounce": 1.5,
        "wobble": 1.5,
        "progress": 1.2,
        "heading": 1.0,
        "tall": 1.0,
    }
    names = _drawn(terms, table, 2, _most(k, 3, 4, 5))
    made: list[tuple[str, Expr]] = [(name, getattr(_Paid, name)(terms)) for name in names]
    k.gap()
    total: Expr | None = None
    weighed = rng.chance(0.7)
    for name, value in made:
        cost = name in ("upright", "bounce", "wobble", "tall")
        if weighed or cost:
            low, usual = (0.05, 0.5) if cost else (0.5, 1.0)
            weight = job.param(f"w_{name} {name}_scale {name}_weight", low, 2.0, usual, each=False)
            value = weight * value
        if total is None:
            total = -value if cost else value
        else:
            total = total - value if cost else total + value
    assert total is not None
    if rng.chance(0.3):
        dt = job.param("dt control_dt step_dt", 0.01, 0.05, 0.02, each=False)
        total = total * dt
    if rng.chance(0.3):
        total = k.call("max", total, 0.0)
    if rng.chance(0.3):
        k.augment(job.array("rew_buf rewards reward_sum", t.F32, None, "inout", low=0.0, high=0.0)[job.at], "+", total)
        k.shared.differentiable = False
    else:
        job.write("rewards rew_buf reward_out", total)
    if rng.chance(0.25):
        name, value = made[0]
        sums = job.array(f"{name}_sums episode_{name} {name}_total", t.F32, None, "inout", low=0.0, high=0.0)
        k.augment(sums[job.at], "+", value)
        k.shared.differentiable = False


class _Paid:
    """Terms of a reward."""

    @staticmethod
    def _bell(terms: _Terms, error: Expr, name: str) -> Expr:
        """A bell over a squared error."""
        k, job = terms.k, terms.job
        sigma = job.param("tracking_sigma sigma temperature", 0.1, 1.0, 0.25, 0.5, each=False)
        return job.let(f"{name} {name}_rew rew_{name}", k.call("exp", -(error / sigma)))

    @staticmethod
    def track(terms: _Terms) -> Expr:
        job = terms.job
        v = terms.get("velocity")
        cmd = job.read("commands velocity_cmd cmd", "cmd command c", t.vec(3), -1.0, 1.0, 0.0)
        terms.known["command"] = cmd
        ex, ey = job.maybe("ex err_x dx", cmd[0] - v[0]), job.maybe("ey err_y dy", cmd[1] - v[1])
        return _Paid._bell(terms, ex * ex + ey * ey, "lin")

    @staticmethod
    def spin_track(terms: _Terms) -> Expr:
        job = terms.job
        w = terms.get("spin")
        if "command" in terms.known:
            wanted = terms.known["command"][2]
        else:
            wanted = job.read("yaw_rate_cmd yaw_commands turn_cmd", "cmd_w yaw_cmd wanted", t.F32, -1.0, 1.0)
        e = job.let("ew yaw_rate_err err_w", wanted - w[terms.up])
        return _Paid._bell(terms, e * e, "ang")

    @staticmethod
    def upright(terms: _Terms) -> Expr:
        g = terms.get("gravity")
        a, b = [n for n in range(3) if n != terms.up]
        return terms.job.let("tilt_sq flat orient_err", g[a] * g[a] + g[b] * g[b])

    @staticmethod
    def bounce(terms: _Terms) -> Expr:
        v = terms.get("velocity")
        return terms.job.let("vz2 bounce_sq vert_vel_sq", v[terms.up] * v[terms.up])

    @staticmethod
    def wobble(terms: _Terms) -> Expr:
        w = terms.get("spin")
        a, b = [n for n in range(3) if n != terms.up]
        return terms.job.let("w_xy roll_pitch wobble_sq", w[a] * w[a] + w[b] * w[b])

    @staticmethod
    def progress(terms: _Terms) -> Expr:
        k = terms.k
        return terms.job.let("prog forward_speed along", k.call("dot", terms.root.part("linear"), terms.get("forward")))

    @staticmethod
    def heading(terms: _Terms) -> Expr:
        return terms.job.let("facing cos_err heading_rew", terms.k.call("cos", terms.get("turn")))

    @staticmethod
    def tall(terms: _Terms) -> Expr:
        job = terms.job
        goal = job.param("target_height base_height_target h_des", 0.3, 1.0, 0.34, 0.5, each=False)
        e = job.let("eh height_err dh", terms.get("height") - goal)
        return job.let("height_sq h_pen eh2", e * e)


def _failed(k: Kernel) -> None:
    terms = _Terms(k, False)
    job, rng = terms.job, terms.rng
    job.titled("check_termination compute_dones check_fallen {}_terminated mark_fallen compute_resets detect_falls")
    table = {"tilt": 3.0, "height": 2.5, "spin": 1.0, "speed": 1.0, "far": 1.2, "time": 1.5}
    names = _drawn(terms, table, 1, _most(k, 2, 3, 4))
    tests = [_TESTS[name](terms) for name in (names if "tilt" in names else ["tilt", *names])]
    failed = k.either(*tests) if len(tests) > 1 else tests[0]
    k.gap()
    how = job.pick(either=3.0, branch=2.0, where=1.0) if len(tests) > 1 else job.pick(branch=2.0, where=1.0, either=1.0)
    if how == "branch":
        done = k.variable(job.words("done fallen failed"), k.integer(0))
        for test in tests:
            with k.when(test):
                k.set(done, 1)
        job.write("dones reset_buf terminated", done)
    elif how == "where" and len(tests) == 1:
        job.write("dones reset_buf terminated", k.where(failed, k.integer(1), k.integer(0)))
    else:
        job.write("dones fallen_mask terminated", failed)
    if rng.chance(0.3):
        count = job.array("num_resets reset_count fallen_count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(failed):
            k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
    k.shared.differentiable = False


def _far(terms: _Terms) -> Expr:
    job, k = terms.job, terms.k
    origin = job.read("env_origins origins spawn_pos", "origin o spawn", t.vec(3), nest=0.4)
    d = job.let("d off delta", terms.root.part("place") - origin)
    return k.call("length", d) > job.param("max_dist arena_radius bound", 3.0, 6.0, 4.0, 5.0, each=False)


def _time(terms: _Terms) -> Expr:
    job = terms.job
    steps = job.read("progress_buf episode_length step_count", "steps step age", t.I32, 0, 100)
    return steps >= job.scalar("max_episode_length max_steps horizon", t.I32, 60, 100)


def _fast(part: str) -> Callable[[_Terms], Expr]:
    def test(terms: _Terms) -> Expr:
        job, k = terms.job, terms.k
        most = job.param(f"max_{part}_vel {part}_limit {part}_vel_limit", 1.0, 5.0, 3.0, each=False)
        name = "angular" if part == "ang" else "linear"
        return k.call("length", terms.root.part(name)) > most

    return test


_TESTS: dict[str, Callable[[_Terms], Expr]] = {
    "tilt": lambda s: (
        s.get("tilt") < s.job.param("min_up up_threshold fall_cos", -0.3, 0.3, 0.0, 0.2, -0.2, each=False)
    ),
    "height": lambda s: s.get("height") < s.job.param("min_height fall_height z_min", 0.1, 0.5, 0.25, each=False),
    "spin": _fast("ang"),
    "speed": _fast("lin"),
    "far": _far,
    "time": _time,
}


def _steer(k: Kernel) -> None:
    """A turning rate that is asked for by a heading or a goal."""
    terms = _Terms(k)
    job, rng = terms.job, terms.rng
    job.titled("heading_command update_commands yaw_command steer_{s} command_from_heading heading_control")
    if rng.chance(0.6):
        error = terms.get("turn")
    else:
        to = terms.get("goal")
        error = job.let("bearing angle_to_goal goal_yaw", k.call("atan2", to[1], to[0]))
    gain = job.param("heading_gain k_yaw turn_gain", 0.2, 2.0, 0.5, 1.0, each=False)
    most = job.param("max_yaw_rate yaw_limit max_turn_rate", 0.5, 2.0, 1.0, each=False)
    rate = gain * error
    if rng.chance(0.35):
        rate = (
            rate - job.param("yaw_damping k_d turn_damping", 0.01, 0.5, 0.1, each=False) * terms.get("spin")[terms.up]
        )
    rate = job.let("rate yaw_rate w_cmd", k.call("clamp", rate, -most, most))
    if job.more(0.5) and "goal" in terms.known:
        to = terms.known["goal"]
        cruise = job.param("cruise_speed max_speed v_max", 0.5, 2.0, 1.0, each=False)
        speed = k.call("min", cruise, k.call("length", to)) * k.call("max", k.call("cos", error), 0.0)
        job.write("speed_cmd forward_cmd lin_cmd", speed)
    job.write("yaw_rate_cmd turn_cmd ang_cmd", rate)


_TASKS: dict[Callable[[Kernel], None], float] = {
    _observe: 2.2,
    _reward: 2.5,
    _failed: 2.5,
    _steer: 1.2,
}


@recipe("roots of robots in many environments", "quaternion:4.4", "control rigid", SINGLE, grows=8.0)
def root_states(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
