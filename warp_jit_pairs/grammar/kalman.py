"""Kalman filters of small states: prediction, correction, gating, smoothing; their models given or written out."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Body
from .jobs import Job
from .kernel import Kernel
from .recipes import WIDE_REAL, recipe
from .tree import Expr


@recipe("Kalman filters of small states", "matrix:0.44", "control signal", WIDE_REAL, grows=18.0)
def kalman_filter(k: Kernel) -> None:
    _Filter(k).write()


class _Filter:
    """A thread for each tracked thing."""

    def __init__(self, k: Kernel) -> None:
        self.k, self.rng = k, k.rng
        self.job = Job(
            k, k.rng.choose(("track target", "object track", "robot agent", "sensor channel", "filter track"))
        )
        self.job.start()
        real = k.real
        self.planar = k.rng.chance(0.55)
        """Whether the state is a place and a velocity in the plane; otherwise those of one number."""
        self.order = 2 if self.planar else k.rng.choose((1, 1, 2))
        """How many derivatives of a single number are followed."""
        self.n = 4 if self.planar else self.order + 1
        self.vector, self.matrix = t.vec(self.n, real), t.mat(self.n, self.n, real)
        self.steps: Expr | None = None
        self.kept: tuple[Expr, ...] = ()
        self.predicts = False
        self.inplace = k.rng.chance(0.45)

    def write(self) -> None:
        k, job = self.k, self.job
        what = job.pick(predict=2.0, correct=3.0, both=3.0 if k.shared.size != "small" else 1.5, smooth=0.8)
        job.titled(
            {
                "predict": "kalman_predict predict_{s} predict_states ekf_predict propagate_covariance time_update",
                "correct": "kalman_update update_{s} measurement_update kalman_correct fuse_measurements correct_{s}",
                "both": "kalman_step filter_{s} kalman_filter track_{s} step_filters kf_step",
                "smooth": "rts_smooth smooth_{s} backward_pass rts_step smoother_step",
            }[what]
        )
        role = "inout" if self.inplace and what != "smooth" else "in"
        xs = job.array("states x_hat means {}_state", self.vector, None, role, low=-2.0, high=2.0)
        ps = job.array("covariances P covs {}_cov", self.matrix, None, role, low=0.1, high=1.0)
        if self.inplace:
            self.kept = (xs, ps)
        x, cov = job.let("x s m", xs[job.at]), job.let("P_i P_k C", ps[job.at])
        self.predicts = what == "both"
        k.gap()
        if what in ("predict", "both", "smooth"):
            x_old, cov_old = x, cov
            x, cov, f = self._predict(x, cov)
            if what == "smooth":
                self._smooth(x_old, cov_old, x, cov, f)
                k.shared.differentiable = False
                return
            k.gap()
        if what in ("correct", "both"):
            x, cov = self._correct(x, cov)
            k.gap()
        self._keep(x, cov)
        k.shared.differentiable = False

    def _keep(self, x: Expr, cov: Expr) -> None:
        """Write the state and its covariance, where they came from or next to it."""
        k, job = self.k, self.job
        if not self.kept:
            names = ("states_out x_out means_out", "covs_out P_out covariances_out")
            kinds = (self.vector, self.matrix)
            self.kept = tuple(job.array(name, kind, None, "out") for name, kind in zip(names, kinds, strict=True))
        for array, value in zip(self.kept, (x, cov), strict=True):
            k.set(array[job.at], value)

    def _leave(self, x: Expr, cov: Expr) -> None:
        """The state as it is, for want of a measurement."""
        if self.predicts or not self.inplace:
            self._keep(x, cov)
        self.k.give()

    # -- prediction

    def _step(self) -> Expr:
        if self.steps is None:
            names = "dt h time_step"
            if self.rng.chance(0.25):
                self.steps = self.job.read("dts intervals time_steps", names, self.k.real, 0.01, 0.2, 0.0)
            else:
                self.steps = self.job.param(names, 0.01, 0.2, 0.1, 0.05, each=False, literal=False)
        return self.steps

    def _transition(self) -> Expr:
        """The matrix that takes the state on: given, or that of steady motion."""
        k, job, rng = self.k, self.job, self.rng
        how = job.pick(rows=3.0, entries=2.0, given=1.5)
        if how == "given":
            if rng.chance(0.5):
                return k.scalar(job.words("F A_mat Phi"), self.matrix, -1.0, 1.0)
            return job.read("transitions F_mats A_mats", "F A_i Phi", self.matrix, -1.0, 1.0, 0.0)
        dt = self._step()
        one, zero = k.lit(1.0), k.lit(0.0)
        decay: Expr = one
        if rng.chance(0.25):
            decay = job.param("damping decay rho", 0.8, 1.0, 0.98, 0.95, each=False)
        rows = self._rows(dt, one, zero, decay)
        if how == "rows":
            if decay is one and rng.chance(0.4):
                titles = "transition_matrix constant_velocity motion_model state_transition"
                return job.let("F A_i Phi", job.function(titles, self._motion, ("dt h step", dt)))
            return job.let("F A_i Phi", k.make(self.matrix, *[entry for row in rows for entry in row]))
        made = k.variable(job.words("F A_i Phi"), k.identity(self.n))
        for r, row in enumerate(rows):
            for c, entry in enumerate(row):
                if entry is not (one if r == c else zero):
                    k.set(made[r, c], entry)
        return made

    def _rows(self, dt: Expr, one: Expr, zero: Expr, decay: Expr) -> list[list[Expr]]:
        """The matrix of motion whose last derivative decays."""
        if self.planar:
            return [[one, zero, dt, zero], [zero, one, zero, dt], [zero, zero, decay, zero], [zero, zero, zero, decay]]
        if self.order == 1:
            return [[one, dt], [zero, decay]]
        return [[one, dt, 0.5 * dt * dt], [zero, one, dt], [zero, zero, decay]]

    def _motion(self, b: Body, dt: Expr) -> Expr:
        """The matrix of steady motion."""
        one = b.lit(1.0)
        return b.make(self.matrix, *[entry for row in self._rows(dt, one, b.lit(0.0), one) for entry in row])

    def _noise(self) -> Expr:
        """The noise that a step adds."""
        k, job, rng = self.k, self.job, self.rng
        how = job.pick(given=2.5, diagonal=2.5, driven=2.0)
        if how == "given":
            if rng.chance(0.6):
                return k.scalar(job.words("Q process_noise Q_mat"), self.matrix, 0.0, 0.1)
            return job.read("process_cov Q_mats Q_all", "Q Q_i W", self.matrix, 0.0, 0.1)
        if how == "diagonal":
            q_p = job.param("q_pos pos_noise sigma_p", 0.001, 0.1, 0.01, 0.05, each=False)
            q_v = job.param("q_vel vel_noise sigma_v", 0.01, 0.5, 0.1, 0.05, each=False)
            entries = [q_p if n < self.n // 2 else q_v for n in range(self.n)]
            return k.call("diag", k.make(self.vector, *entries), gives=self.matrix)
        # A random acceleration acts during the step.
        dt = self._step()
        q = job.param("q accel_var sigma_a2", 0.05, 1.0, 0.1, 0.5, each=False, literal=False)
        titles = "process_noise white_accel_noise noise_covariance accel_noise"
        return job.formula(titles, self._driven, ("dt h step", dt), ("q var accel_var", q), share=0.4)

    def _driven(self, b: Body, dt: Expr, q: Expr) -> Expr:
        """The covariance that a random acceleration adds."""
        if self.planar:
            h = b.let("=h2 half_dt2 g0", 0.5 * dt * dt)
            first, second = (b.make(self.vector, h, 0.0, dt, 0.0), b.make(self.vector, 0.0, h, 0.0, dt))
            g, e = b.let("=gx g_a Gx", first), b.let("=gy g_b Gy", second)
            return q * (b.call("outer", g, g) + b.call("outer", e, e))
        parts = [0.5 * dt * dt, dt] if self.order == 1 else [0.5 * dt * dt, dt, b.lit(1.0)]
        g = b.let("=g G gam", b.make(self.vector, *parts))
        return q * b.call("outer", g, g)

    def _predict(self, x: Expr, cov: Expr) -> tuple[Expr, Expr, Expr]:
        k, job, rng = self.k, self.job, self.rng
        f = self._transition()
        moved = f @ x
        if rng.chance(0.3):
            control = job.read("controls accel_cmd u_in", "u acc a_in", t.vec(2, k.real) if self.planar else k.real)
            gain = self._step()
            if self.planar:
                push = k.make(self.vector, 0.0, 0.0, control[0] * gain, control[1] * gain)
            elif self.order == 1:
                push = k.make(self.vector, 0.0, control * gain)
            else:
                push = k.make(self.vector, 0.0, control * gain, 0.0)
            moved = moved + push
        x = job.let("x_pred x_p s_pred", moved)
        spread = f @ cov @ k.call("transpose", f)
        if rng.chance(0.3):
            spread = job.let("FPF P_f spread", spread)
            if rng.chance(0.5):
                spread = job.param("fading forget_factor inflation", 1.0, 1.1, 1.02, 1.05, each=False) * spread
        cov = job.let("P_pred P_p C_pred", spread + self._noise())
        return x, cov, f

    # -- correction

    def _correct(self, x: Expr, cov: Expr) -> tuple[Expr, Expr]:
        if self.rng.chance(0.35):
            self._missing(x, cov)
        if self.planar and self.rng.chance(0.75):
            return self._plane(x, cov)
        return self._number(x, cov)

    def _missing(self, x: Expr, cov: Expr) -> None:
        """What was not measured corrects nothing."""
        k, job = self.k, self.job
        seen = job.array("has_meas measured valid_meas", t.BOOL, low=0, high=1)[job.at]
        with k.when(k.negate(seen)):
            self._leave(x, cov)

    def _number(self, x: Expr, cov: Expr) -> tuple[Expr, Expr]:
        """One number is measured: a component of the state, or a weighted sum of them."""
        k, job, rng = self.k, self.job, self.rng
        z = job.read("measurements z_meas observations", "z meas y_m", k.real, nest=0.0)
        noise = job.param("R meas_var r_noise", 0.01, 0.5, 0.1, 0.05)
        if not self.planar and rng.chance(0.6):
            y = job.let("y innov res", z - x[0])
            s = job.let("S s_var innov_var", cov[0, 0] + noise)
            self._gate(y * y / s, x, cov)
            if rng.chance(0.5):
                gain = k.make(self.vector, *[cov[n, 0] / s for n in range(self.n)])
            else:
                gain = k.make(self.vector, *[cov[n, 0] for n in range(self.n)]) / s
            gain = job.let("K gain k_g", gain)
            row = k.make(self.vector, *[cov[0, n] for n in range(self.n)])
            x = job.let("x_new x_u s_new", x + gain * y)
            cov = job.let("P_new P_u C_new", cov - k.call("outer", gain, row))
        else:
            h = (
                k.scalar(job.words("H obs_row h_vec"), self.vector, -1.0, 1.0)
                if rng.chance(0.5)
                else job.read("H_rows obs_rows jac_rows", "h H_i g_row", self.vector, -1.0, 1.0, 0.0)
            )
            y = job.let("y innov res", z - k.call("dot", h, x))
            ph = job.let("Ph PHt cov_h", cov @ h)
            s = job.let("S s_var innov_var", k.call("dot", h, ph) + noise)
            self._gate(y * y / s, x, cov)
            gain = job.let("K gain k_g", ph / s)
            x = job.let("x_new x_u s_new", x + gain * y)
            if rng.chance(0.35):
                keep = job.let("IKH A_k I_KH", k.identity(self.n) - k.call("outer", gain, h))
                cov = keep @ cov @ k.call("transpose", keep) + noise * k.call("outer", gain, gain)
            else:
                cov = cov - k.call("outer", gain, ph)
            cov = job.let("P_new P_u C_new", cov)
        if rng.chance(0.3):
            job.write("innovations residuals innov_out", y)
        return x, cov

    def _plane(self, x: Expr, cov: Expr) -> tuple[Expr, Expr]:
        """A place in the plane is measured."""
        k, job, rng = self.k, self.job, self.rng
        pair, square, wide = t.vec(2, k.real), t.mat(2, 2, k.real), t.mat(4, 2, k.real)
        z = job.read("measurements z_meas detections", "z meas y_m", pair, nest=0.0)
        given = rng.chance(0.5)
        noise = (
            k.scalar(job.words("R meas_cov R_mat"), square, 0.05, 0.5)
            if given
            else job.param("r_noise meas_var r_var", 0.01, 0.5, 0.1, 0.05, each=False, literal=False)
        )
        y = job.let("y innov res", z - k.make(pair, x[0], x[1]))
        block = k.make(square, cov[0, 0], cov[0, 1], cov[1, 0], cov[1, 1])
        extra = noise if given else k.make(square, noise, 0.0, 0.0, noise)
        s = job.let("S S_mat innov_cov", block + extra)
        s_inv = job.let("S_inv inv_S Si", k.call("inverse", s))
        self._gate(k.call("dot", y, s_inv @ y), x, cov)
        columns = k.make(wide, *[cov[r, c] for r in range(4) for c in range(2)])
        gain = job.let("K gain k_g", job.maybe("PHt P_cols Pc", columns) @ s_inv)
        x = job.let("x_new x_u s_new", x + gain @ y)
        how = job.pick(short=2.0, innovation=2.0)
        if how == "innovation":
            cov = cov - gain @ s @ k.call("transpose", gain)
        else:
            rows = k.make(t.mat(2, 4, k.real), *[cov[r, c] for r in range(2) for c in range(4)])
            cov = cov - gain @ rows
        cov = job.let("P_new P_u C_new", cov)
        if rng.chance(0.35):
            cov = 0.5 * (cov + k.call("transpose", cov))
        if rng.chance(0.3):
            job.write("innovations residuals innov_out", y)
        return x, cov

    def _gate(self, distance: Expr, x: Expr, cov: Expr) -> None:
        """Measurements that are too far off are left out."""
        k, job, rng = self.k, self.job, self.rng
        if not rng.chance(0.35):
            return
        d2 = job.let("d2 maha nis", distance)
        if rng.chance(0.4):
            job.write("nis_out mahalanobis gate_dist", d2)
        most = job.param("gate chi2_gate gate_threshold", 4.0, 12.0, 9.0, 5.99, each=False)
        with k.when(d2 > most):
            self._leave(x, cov)

    def _smooth(self, x: Expr, cov: Expr, x_pred: Expr, cov_pred: Expr, f: Expr) -> None:
        """A step backward of the smoother of Rauch, Tung and Striebel."""
        k, job = self.k, self.job
        x_next = job.read("smoothed_next x_smooth_next next_means", "x_n xs_next m_next", self.vector, nest=0.0)
        cov_next = job.read("cov_next P_smooth_next next_covs", "P_n Ps_next C_next", self.matrix, 0.1, 1.0, 0.0)
        gain = job.let("G C_gain J", cov @ k.call("transpose", f) @ k.call("inverse", cov_pred))
        job.write("smoothed x_smooth means_out", x + gain @ (x_next - x_pred))
        job.write("smoothed_cov P_smooth covs_out", cov + gain @ (cov_next - cov_pred) @ k.call("transpose", gain))
