"""Flight of drones: from where one has to be to the thrust of each rotor, and from that to how it moves."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .recipes import WIDE_REAL, recipe
from .tree import Expr

_STAGES = ("acceleration", "attitude", "rates", "torque", "rotors")
"""What a controller works out, one from the other."""


@recipe("control and motion of drones", "quaternion:1.9", "control rigid", WIDE_REAL, grows=10.0)
def drone_flight(k: Kernel) -> None:
    if k.rng.chance(0.35):
        _Motion(k).write()
    else:
        _Control(k).write()


class _Drone:
    """A thread for each drone; what is known of it is read when it is needed."""

    def __init__(self, k: Kernel) -> None:
        self.k, self.rng = k, k.rng
        self.job = Job(k, "drone quad vehicle env", physical=True)
        self.job.start()
        self.posed = k.rng.chance(0.35)
        self.known: dict[str, Expr] = {}

    def get(self, name: str) -> Expr:
        if name not in self.known:
            self.known[name] = self._read(name)
        return self.known[name]

    def _read(self, name: str) -> Expr:
        job, k = self.job, self.k
        if self.posed and name in ("place", "rotation"):
            if "pose" not in self.known:
                kind = t.transform(k.real)
                self.known["pose"] = job.read("poses body_q {}_pose", "pose X tf", kind, -1.0, 1.0, 0.0, unit=True)
            part = "translation" if name == "place" else "rotation"
            names = "p pos x" if name == "place" else "q rot att"
            return job.let(names, k.call(f"transform_get_{part}", self.known["pose"]))
        if name == "rotation":
            return job.read("attitudes rotations {}_quat", "q att rot", t.quat(k.real), -1.0, 1.0, 0.0, unit=True)
        arrays, local = {
            "place": ("positions pos {}_pos", "p pos x"),
            "velocity": ("velocities vel {}_vel", "v vel v_w"),
            "spin": ("body_rates omega gyro", "w rates omega_b"),
            "goal": ("targets goal_pos waypoints", "goal target p_ref"),
        }[name]
        return job.read(arrays, local, k.vec3, nest=0.0)

    def mass(self) -> Expr:
        if "mass" not in self.known:
            if self.rng.chance(0.3):
                mass = self.job.read("masses {}_mass mass", "m mass_i", self.k.real, 0.5, 2.0)
            else:
                mass = self.job.param("mass m {}_mass", 0.5, 2.0, 1.0, 0.5, 0.8, each=False, literal=False)
            self.known["mass"] = mass
        return self.known["mass"]

    def gravity(self) -> Expr:
        if "gravity" not in self.known:
            self.known["gravity"] = self.job.param("gravity g grav", 9.0, 10.0, 9.81, 9.8, each=False)
        return self.known["gravity"]

    def up(self, size: Expr | float = 1.0) -> Expr:
        return self.k.make(self.k.vec3, 0.0, 0.0, size)


class _Control(_Drone):
    """The controller, from one of its stages to another."""

    def write(self) -> None:
        k, job, rng = self.k, self.job, self.rng
        first = rng.integer(0, 3)
        longest = {"small": 2, "medium": 3, "large": 5}[k.shared.size]
        last = min(4, first + rng.integer(1 if first in (0, 3) else 0, longest - 1))
        self.thrust: Expr | None = None
        value: Expr | None = None
        for n in range(first, last + 1):
            k.gap()
            value = getattr(self, f"_{_STAGES[n]}")(value)
        assert value is not None
        titles = {
            "acceleration": "position_control accel_command outer_loop",
            "attitude": "attitude_setpoint thrust_to_attitude flatness_attitude acceleration_to_attitude",
            "rates": "attitude_control rate_setpoint attitude_to_rates quat_attitude_controller attitude_p_control",
            "torque": "rate_control body_torque_control attitude_pd compute_torques {}_attitude_torque",
            "rotors": "mixer motor_mixing allocate_rotors thrust_allocation {}_controller compute_rotor_thrust",
        }
        job.titled(titles[_STAGES[last]])
        k.gap()
        if last < 4:
            names = {
                0: "acc_cmd accel_setpoint",
                1: "q_des attitude_setpoint target_att",
                2: "rate_cmd rate_setpoint",
                3: "torques torque_cmd",
            }
            job.write(names[last], value)
            if self.thrust is not None:
                job.write("thrust_cmd thrusts collective", self.thrust)

    def _acceleration(self, _: Expr | None) -> Expr:
        """What brings it to its goal."""
        k, job, rng = self.k, self.job, self.rng
        error = job.let("e_p pos_err dp", self.get("goal") - self.get("place"))
        kp = job.param("kp kp_pos k_pos", 1.0, 10.0, 4.0, 6.0, each=False)
        kd = job.param("kd kd_vel k_vel", 0.5, 5.0, 2.0, 3.0, each=False)
        if rng.chance(0.3):
            wanted = job.read("target_vel vel_ref v_goal", "v_ref v_des vd", k.vec3)
            acc = kp * error + kd * (wanted - self.get("velocity"))
        else:
            acc = kp * error - kd * self.get("velocity")
        if rng.chance(0.4):
            most = job.param("max_acc acc_limit a_max", 2.0, 10.0, 5.0, each=False, literal=False)
            acc = job.let("a_raw a_pd a_fb", acc)
            size = job.let("a_len a_mag size", k.call("length", acc))
            short = k.variable(job.words("a_lim a_c acc_c"), acc)
            with k.when(size > most):
                k.set(short, acc * (most / size))
            acc = short
        return job.let("a_cmd acc a_des", acc + self.up(self.gravity()))

    def _attitude(self, acc: Expr | None) -> Expr:
        """The attitude whose upward axis is along the thrust, with a heading."""
        k, job, rng = self.k, self.job, self.rng
        if acc is None:
            acc = job.read("acc_cmd accel_cmd thrust_vec", "a_cmd acc a_des", k.vec3, -5.0, 5.0, 0.0)
        if rng.chance(0.6):
            if rng.chance(0.5):
                along = k.call("dot", acc, k.call("quat_rotate", self.get("rotation"), self.up()))
            else:
                along = k.call("length", acc)
            self.thrust = job.let("thrust f_z t_cmd", self.mass() * along)
        z = job.let("b3 z_b zb", k.call("normalize", acc))
        if rng.chance(0.3):
            # The heading does not matter: the shortest turn of the upward axis.
            half = job.let("q_half arc half", k.make(t.quat(k.real), -z[1], z[0], k.lit(0.0), 1.0 + z[2]))
            tilt = job.let("q_tilt q_des q_d", k.call("normalize", half))
            if rng.chance(0.4):
                return tilt
            yaw = job.read("yaw_cmd headings target_yaw", "yaw psi yaw_d", k.real, -3.0, 3.0)
            return job.let("q_sp q_goal q_ref", tilt * k.call("quat_from_axis_angle", self.up(), yaw))
        yaw = job.read("yaw_cmd headings target_yaw", "yaw psi yaw_d", k.real, -3.0, 3.0, 0.0)
        c = job.let("c1 x_c xc", k.make(k.vec3, k.call("cos", yaw), k.call("sin", yaw), k.lit(0.0)))
        y = job.let("b2 y_b yb", k.call("normalize", k.call("cross", z, c)))
        x = job.let("b1 x_b xb", k.call("cross", y, z))
        kind = t.mat(3, 3, k.real)
        if k.real is t.F32:
            made = k.call("matrix_from_cols", x, y, z, gives=kind)
        else:
            made = k.make(kind, *[v[n] for n in range(3) for v in (x, y, z)])
        return job.let("q_des q_sp q_d", k.call("quat_from_matrix", job.let("R_des R_d rot_d", made)))

    def _rates(self, goal: Expr | None) -> Expr:
        """Body rates that turn it to an attitude."""
        k, job, rng = self.k, self.job, self.rng
        if goal is None:
            kind = t.quat(k.real)
            goal = job.read("q_cmd attitude_cmd target_quat", "q_des q_ref q_d", kind, -1.0, 1.0, 0.0, unit=True)
        q = self.get("rotation")
        e = job.let("q_err q_e dq", k.call("quat_inverse", q) * goal)
        how = job.pick(where=2.0, sign=2.0, branch=1.5)
        vector = k.make(k.vec3, e[0], e[1], e[2])
        if how == "where":
            side: Expr = job.let("s sgn side", k.where(e[3] < 0.0, k.lit(-1.0), k.lit(1.0)))
            error = vector * (2.0 * side)
        elif how == "sign":
            error = 2.0 * k.call("sign", e[3]) * vector
        else:
            error = k.variable(job.words("e_r rot_err e_vec"), 2.0 * vector)
            with k.when(e[3] < 0.0):
                k.set(error, -error)
        error = job.let("e_r rot_err e_vec", error)
        gain = job.param("k_att kp_att att_gain", 2.0, 12.0, 6.0, 8.0, each=False)
        rates = gain * error
        if rng.chance(0.3):
            gains = k.make(k.vec3, gain, gain, job.param("k_yaw yaw_gain kp_yaw", 0.5, 4.0, 2.0, each=False))
            rates = k.call("cw_mul", gains, error)
        if rng.chance(0.4):
            most = job.param("max_rate rate_limit w_max", 1.0, 6.0, 3.0, each=False, literal=False)
            rates = job.let("w_raw r_raw w_p", rates)
            rates = k.make(k.vec3, *[k.call("clamp", rates[n], -most, most) for n in range(3)])
        return job.let("w_des rates_d w_cmd", rates)

    def _torque(self, rates: Expr | None) -> Expr:
        """A torque that brings the body to its rates."""
        k, job, rng = self.k, self.job, self.rng
        if rates is None:
            rates = job.read("rate_cmd rates_ref w_ref", "w_des rates_d w_cmd", k.vec3, nest=0.0)
        w = self.get("spin")
        error = job.let("e_w rate_err dw", rates - w)
        how = job.pick(gain=2.0, gains=1.5, inertia=2.0)
        if how == "gain":
            torque = job.param("k_rate kp_rate rate_gain", 0.05, 1.0, 0.2, 0.1, each=False) * error
        elif how == "gains":
            torque = k.call("cw_mul", k.scalar(job.words("rate_gains k_w kp_w"), k.vec3, 0.05, 1.0), error)
        else:
            inertia = job.read("inertia {}_inertia J_diag", "J inertia_i Jd", k.vec3, 0.01, 0.1, 0.0)
            gain = job.param("k_rate bandwidth rate_gain", 1.0, 20.0, 10.0, each=False)
            torque = k.call("cw_mul", inertia, gain * error)
            if rng.chance(0.6):
                torque = torque + k.call("cross", w, k.call("cw_mul", inertia, w))
        if rng.chance(0.3):
            integral = job.array("rate_integral int_w integ", k.vec3, None, "inout", low=-0.1, high=0.1)[job.at]
            dt = job.param("dt control_dt h", 0.001, 0.02, 0.01, 0.002, each=False)
            k.augment(integral, "+", error * dt)
            torque = torque + job.param("ki ki_rate i_gain", 0.01, 0.5, 0.1, each=False) * integral
            k.shared.differentiable = False
        return job.let("tau torque t_b", torque)

    def _rotors(self, torque: Expr | None) -> Expr:
        """The thrust of each of four rotors."""
        k, job, rng = self.k, self.job, self.rng
        assert torque is not None
        thrust = self.thrust
        if thrust is None:
            thrust = job.read("thrust_cmd thrusts collective", "thrust f_z t_cmd", k.real, 2.0, 12.0, 0.0)
        arm = job.param("arm_length arm l_arm", 0.1, 0.3, 0.2, 0.15, each=False, literal=False)
        ratio = job.param("torque_ratio kappa c_m", 0.01, 0.1, 0.02, 0.05, each=False, literal=False)
        base = job.let("f0 base share", 0.25 * thrust)
        crossed = rng.chance(0.5)
        if crossed:
            # Four arms on the diagonals.
            reach = 0.7071 * arm
            a = job.let("mx roll_f fx", torque[0] / (4.0 * reach))
            b = job.let("my pitch_f fy", torque[1] / (4.0 * reach))
            c = job.let("mz yaw_f fz", torque[2] / (4.0 * ratio))
            forces = [base - a - b - c, base + a + b - c, base + a - b + c, base - a + b + c]
        else:
            a = job.let("mx roll_f fx", torque[0] / (2.0 * arm))
            b = job.let("my pitch_f fy", torque[1] / (2.0 * arm))
            c = job.let("mz yaw_f fz", torque[2] / (4.0 * ratio))
            forces = [base - b - c, base + a + c, base + b - c, base - a + c]
        most = job.param("max_thrust f_max rotor_max", 3.0, 8.0, 5.0, each=False, literal=False)
        forces = [k.call("clamp", f, 0.0, most) for f in forces]
        if rng.chance(0.5):
            row = job.array("rotor_thrust motor_cmd rotor_forces", k.real, (*job.dims, k.dim(4, fixed=True)), "out")
            for n, f in enumerate(forces):
                k.set(row[(*job.at, n)], f)
        else:
            job.write("rotor_thrust motor_cmd rotor_forces", k.make(t.vec(4, k.real), *forces))
        return base


class _Motion(_Drone):
    """A step of a drone under the thrust of its rotors."""

    def write(self) -> None:
        k, job, rng = self.k, self.job, self.rng
        job.titled("{}_dynamics integrate_{s} step_{s} quadrotor_step advance_{s} simulate_{s} rotor_dynamics")
        dt = job.param("dt h sim_dt", 0.001, 0.02, 0.01, 0.005, each=False, literal=False)
        thrust, torque = self._wrench()
        q, v = self.get("rotation"), self.get("velocity")
        push = k.call("quat_rotate", q, self.up(thrust / self.mass()))
        acc = push - self.up(self.gravity())
        if job.more(0.5):
            drag = job.param("drag c_d lin_drag", 0.05, 0.5, 0.1, 0.2, each=False)
            if rng.chance(0.4):
                wind = k.scalar(job.words("wind wind_vel v_wind"), k.vec3, -2.0, 2.0)
                acc = acc + drag * (wind - v)
            elif rng.chance(0.4):
                acc = acc - drag * k.call("length", v) * v
            else:
                acc = acc - drag * v
        acc = job.let("acc a dv", acc)
        v_new = job.let("v_new v1 v_next", v + acc * dt)
        results = [("velocities_out vel_out v_out", v_new)]
        p = None
        if job.more(0.8):
            p = job.let("p_new p1 x_new", self.get("place") + v_new * dt)
            if job.more(0.25):
                floor = k.variable(job.words("p_c p_clip grounded"), p)
                with k.when(p[2] < 0.0):
                    k.set(floor, k.make(k.vec3, p[0], p[1], k.lit(0.0)))
                p = floor
            results.append(("positions_out pos_out p_out", p))
        if torque is not None:
            w = self.get("spin")
            inertia = job.read("inertia {}_inertia J_diag", "J inertia_i Jd", k.vec3, 0.01, 0.1, 0.0)
            gyro = k.call("cross", w, k.call("cw_mul", inertia, w))
            w_dot = job.let("w_dot alpha dw", k.call("cw_div", torque - gyro, inertia))
            w_new = job.let("w_new w1 w_next", w + w_dot * dt)
            quat = t.quat(k.real)
            if rng.chance(0.6):
                rate = job.let("q_dot dq qd", q * k.make(quat, w_new, k.lit(0.0)))
                q_new = k.call("normalize", q + rate * (0.5 * dt))
            else:
                angle = job.let("theta turn ang", k.call("length", w_new) * dt)
                q_new = q * k.call("quat_from_axis_angle", k.call("normalize", w_new), angle)
            q_new = job.let("q_new q1 q_next", q_new)
            results.append(("rates_out omega_out w_out", w_new))
            if self.posed and p is not None:
                results[1] = ("poses_out body_q_out X_out", k.make(t.transform(k.real), p, q_new))
            else:
                results.append(("attitudes_out rot_out q_out", q_new))
        k.gap()
        for names, value in results:
            job.write(names, value)

    def _wrench(self) -> tuple[Expr, Expr | None]:
        """The thrust, and the torque if that is followed as well."""
        k, job = self.k, self.job
        turns = job.more(0.7)
        how = job.pick(given=2.0, four=2.0, speeds=1.5)
        if how == "given":
            thrust = job.read("thrust_cmd thrusts collective", "thrust f_z f", k.real, 2.0, 12.0, 0.3)
            return thrust, job.read("torques torque_cmd moments", "tau torque t_b", k.vec3, nest=0.3) if turns else None
        if how == "four":
            f = job.read("rotor_thrust rotor_forces motor_f", "f rotors fr", t.vec(4, k.real), 0.5, 4.0, 0.0)
            forces = [f[n] for n in range(4)]
        else:
            kf = job.param("kf k_thrust c_t", 0.5, 2.0, 1.0, each=False, literal=False)
            dims = (*job.dims, k.dim(4, fixed=True))
            speeds = job.array("rotor_speed motor_speed rpm_scaled", k.real, dims, low=0.5, high=2.0)
            forces = []
            for n in range(4):
                s = job.let(f"s{n} n{n} rs{n}", speeds[(*job.at, n)])
                forces.append(job.let(f"f{n} t{n} fr{n}", kf * s * s))
        total = forces[0] + forces[1] + forces[2] + forces[3]
        thrust = job.let("thrust f_z total_f", total)
        if not turns:
            return thrust, None
        arm = job.param("arm_length arm l_arm", 0.1, 0.3, 0.2, 0.15, each=False)
        ratio = job.param("torque_ratio kappa c_m", 0.01, 0.1, 0.02, 0.05, each=False)
        made = k.make(
            k.vec3,
            arm * (forces[1] - forces[3]),
            arm * (forces[2] - forces[0]),
            ratio * (forces[1] + forces[3] - forces[0] - forces[2]),
        )
        return thrust, job.let("tau torque t_b", made)
