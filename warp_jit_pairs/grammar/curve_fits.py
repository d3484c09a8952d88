"""Curves and shapes fitted to samples by Gauss-Newton and Levenberg-Marquardt: normal equations of a few unknowns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Body, Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import worked
from .tree import Expr

Let = Callable[[str, Expr], Expr]
Modelled = tuple[Expr, list[Expr]]
"""What a model says of a sample, and its derivatives by the unknowns."""


@dataclass(frozen=True, slots=True)
class _Model:
    """A curve over a number, or a shape whose distance from a point is to vanish."""

    unknowns: int
    titles: str
    write: Callable[[Body, Let, Expr, Expr], Modelled]
    point: int = 0
    """How many components the samples have; none, if they are numbers over numbers."""


def _decay(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    e = let("e ex decay_t", b.call("exp", -p[1] * x))
    return let("f model y_hat", p[0] * e), [e, -p[0] * x * e]


def _decay_to(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    e = let("e ex decay_t", b.call("exp", -p[1] * x))
    return let("f model y_hat", p[0] * e + p[2]), [e, -p[0] * x * e, b.lit(1.0)]


def _saturation(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    d = let("inv d_inv q", 1.0 / b.call("max", p[1] + x, 0.05))
    f = let("f model y_hat", p[0] * x * d)
    return f, [x * d, -f * d]


def _peak(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    d = let("d dx off", x - p[1])
    s = let("s sig width", b.call("max", b.call("abs", p[2]), 0.1))
    s2 = let("s2 var sig2", s * s)
    e = let("e g bell", b.call("exp", -0.5 * d * d / s2))
    f = let("f model y_hat", p[0] * e)
    return f, [e, f * d / s2, f * d * d / (s2 * s)]


def _wave(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    phase = let("ph arg phase", p[1] * x + p[2])
    c = let("c cs cos_ph", p[0] * b.call("cos", phase))
    s = let("s sn sin_ph", b.call("sin", phase))
    return let("f model y_hat", p[0] * s), [s, c * x, c]


def _growth(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    """The logistic curve."""
    s = let("s sig g", 1.0 / (1.0 + b.call("exp", -p[1] * (x - p[2]))))
    slope = let("ds slope g1", p[0] * s * (1.0 - s))
    return let("f model y_hat", p[0] * s), [s, slope * (x - p[2]), -slope * p[1]]


def _power(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    xb = let("xb pw x_pow", b.call("pow", x, p[1]))
    return let("f model y_hat", p[0] * xb), [xb, p[0] * xb * b.call("log", x)]


def _two_decays(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
    a = let("ea e1 fast", b.call("exp", -p[1] * x))
    c = let("eb e2 slow", b.call("exp", -p[3] * x))
    return let("f model y_hat", p[0] * a + p[2] * c), [a, -p[0] * x * a, c, -p[2] * x * c]


def _round(dims: int) -> Callable[[Body, Let, Expr, Expr], Modelled]:
    """How far a point is outside of a circle or a sphere."""

    def write(b: Body, let: Let, p: Expr, x: Expr) -> Modelled:
        center = b.make(t.vec(dims, b.real), *[p[n] for n in range(dims)])
        d = let("d off delta", x - center)
        length = let("len_d dist rho", b.call("max", b.call("length", d), 1e-4))
        n = let("n dir unit_d", d / length)
        return let("f gap over", length - p[dims]), [*(-n[c] for c in range(dims)), b.lit(-1.0)]

    return write


_MODELS = {
    "decay": _Model(2, "fit_exponential fit_decay decay_fit exponential_gauss_newton fit_decay_rates", _decay),
    "decay_to": _Model(3, "fit_decay_offset fit_exponential fit_cooling_curve exp_fit fit_relaxation", _decay_to),
    "saturation": _Model(2, "fit_michaelis_menten fit_saturation fit_binding_curve fit_kinetics", _saturation),
    "peak": _Model(3, "fit_gaussian fit_peaks gaussian_peak_fit refine_peaks fit_line_profile", _peak),
    "wave": _Model(3, "fit_sine fit_sinusoid sine_fit fit_oscillation fit_tone", _wave),
    "growth": _Model(3, "fit_logistic logistic_fit fit_growth_curve fit_sigmoid fit_dose_response", _growth),
    "power": _Model(2, "fit_power_law power_law_fit fit_allometric fit_scaling fit_power_curve", _power),
    "two_decays": _Model(4, "fit_biexponential fit_two_decays biexp_fit fit_t2_decay fit_clearance", _two_decays),
    "circle": _Model(3, "fit_circles circle_fit refine_circles geometric_circle_fit fit_circle", _round(2), 2),
    "sphere": _Model(4, "fit_spheres sphere_fit refine_spheres fit_markers calibrate_magnetometer", _round(3), 3),
}


@recipe(
    "curves and shapes fitted by normal equations",
    "matrix:1.9 combined:0.28",
    "signal chemistry",
    SINGLE,
    grows=26.0,
)
def curve_fit(k: Kernel) -> None:
    _Fit(k).write()


class _Fit:
    """A thread for each series of samples, or for each sample of all."""

    def __init__(self, k: Kernel) -> None:
        self.k, self.rng = k, k.rng
        name = k.rng.choose(tuple(_MODELS))
        self.model = _MODELS[name]
        self.n = self.model.unknowns
        self.vector, self.matrix = t.vec(self.n, k.real), t.mat(self.n, self.n, k.real)
        self.weighting = k.rng.weighted({"none": 3.0, "given": 1.5, "huber": 1.2, "cauchy": 1.2})
        self.arrays: dict[str, Expr] = {}
        self.calls = k.rng.chance(0.35)
        self.start: Expr | None = None
        """Where a series begins, if those of all lie one after the other."""
        self.shared = False
        """Whether all series are sampled at the same places."""
        self.job = Job(k, k.rng.choose(("series fit", "curve series", "trial series", "cluster fit", "patient voxel")))

    def write(self) -> None:
        k, job = self.k, self.job
        job.titled(self.model.titles)
        if self.rng.chance(0.12):
            self._gather()
            return
        job.start(sizes=(12,))
        self.samples: Dim = k.dim(self.rng.choose((6, 8, 12)))
        if len(job.at) == 1 and job.dims == k.launch and self.rng.chance(0.3):
            self._ragged()
        self._settle()
        given = job.array("params guesses p_init {}_params", self.vector, None, "in", low=0.3, high=1.2)
        start = job.let("p0 guess p_in", given[job.at])
        turns = job.pick(one=2.0, several=3.0)
        if turns == "one":
            a, b, total = self._sums(start, job.more(0.6))
            step = self._step(a, b)
            new = job.let("p_new p1 updated", start + step)
            self._results(new, b, total, step)
            return
        p = k.variable(job.words("p theta q"), start)
        first, last = self._outcome()
        # Curves that may turn over are kept from steps that are too long.
        most: Expr | None = None
        if not self.model.point or self.rng.chance(0.3):
            most = job.param("max_step step_limit trust", 0.1, 1.0, 0.5, each=False, literal=False)
        with k.loop(job.words("it iteration step"), self._turns()):
            a, b, total = self._sums(p, first is not None)
            step = self._step(a, b)
            if most is not None:
                size = job.let("size step_len dp_len", k.call("length", step))
                step = job.let("dp_c short_step clipped", step * k.call("min", 1.0, most / k.call("max", size, 1e-6)))
            k.set(p, p + step)
            if first is not None and total is not None:
                k.set(first, total)
            if last is not None:
                k.set(last, k.call("length", step))
            if self.rng.chance(0.4):
                with k.when(k.call("length", step) < k.choose_lit(1e-5, 1e-4, 1e-3)):
                    k.leave_loop()
        k.gap()
        job.write("params_out fitted coeffs_out", p)
        if first is not None:
            count = k.cast(self._count(), k.real)
            if self.rng.chance(0.5):
                job.write("rms_out rms_error fit_rms", k.call("sqrt", first / count))
            else:
                job.write("cost_out fit_error chi2_out", first)
        if last is not None:
            job.write("last_step convergence step_out", last)
        k.shared.differentiable = False

    def _ragged(self) -> None:
        """Series of different lengths, one after the other."""
        k, job = self.k, self.job
        self.samples = k.dim(40)
        dims = (k.derived(k.launch[0], 1, 1),)
        offsets = job.array("offsets starts {}_start", t.I32, dims, offsets_into=self.samples.symbol)
        self.start = job.let("start begin first", offsets[job.at[0]])
        self.end = job.let("end stop last_j", offsets[job.at[0] + 1])

    def _settle(self) -> None:
        """Numbers that tune the fit are known before its loops."""
        job = self.job
        self.damp = job.param("lam damping mu", 0.05, 0.5, 0.1, 0.05, 0.2, each=False)
        if self.weighting in ("huber", "cauchy"):
            names = "huber_delta delta huber_k" if self.weighting == "huber" else "scale cauchy_c sigma"
            self.arrays["delta"] = job.param(names, 0.1, 1.0, 0.5, 0.2, each=False)

    def _outcome(self) -> tuple[Expr | None, Expr | None]:
        """Variables that keep the error and the step of the last turn."""
        k, job = self.k, self.job
        error = k.variable(job.words("err sse chi2"), k.lit(0.0)) if job.more(0.5) else None
        step = k.variable(job.words("moved dp_norm last"), k.lit(0.0)) if job.more(0.2) else None
        return error, step

    def _turns(self) -> Expr | int:
        k, job, rng = self.k, self.job, self.rng
        if rng.chance(0.4):
            return rng.choose((3, 4, 5))
        if rng.chance(0.5):
            return k.constant(rng.choose((3, 4, 5)), t.I32, "=max_iters num_iters iterations")
        return k.scalar(job.words("num_iters max_iters iterations"), t.I32, 2, 5)

    def _count(self) -> Expr:
        if self.start is not None:
            return self.k.call("max", self.end - self.start, 1)
        return self.job.length(self.samples, "num_samples n_points sample_count")

    # -- sums

    def _sample(self, at: tuple[Expr, ...], dims: tuple[Dim, ...]) -> tuple[Expr, Expr | None]:
        """A sample: where it is and what was measured there, or a point that lies on the shape."""
        k, job = self.k, self.job
        if self.model.point:
            kind = t.vec(self.model.point, k.real)
            if "points" not in self.arrays:
                self.arrays["points"] = job.array("points samples cloud", kind, dims, low=-2.0, high=2.0)
            return job.let("q pt pos_j", self.arrays["points"][at]), None
        if "x" not in self.arrays:
            shared = len(dims) > 1 and self.rng.chance(0.4)
            self.shared = shared
            self.arrays["x"] = job.array("times xs t_samples", k.real, dims[-1:] if shared else dims, low=0.2, high=2.0)
            self.arrays["y"] = job.array("values ys measured", k.real, dims, low=-1.0, high=2.0)
        x = job.let("x t_j xj", self.arrays["x"][at[-1:] if self.shared else at])
        return x, self.arrays["y"][at]

    def _residual(self, p: Expr, at: tuple[Expr, ...], dims: tuple[Dim, ...]) -> tuple[Expr, Expr, Expr | None]:
        """The residual, its gradient and its weight."""
        k, job = self.k, self.job
        x, y = self._sample(at, dims)
        f, g = self._modelled(p, x)
        r = job.let("r res err_j", (y - f) if y is not None else -f)
        if self.weighting == "none":
            return r, g, None
        if self.weighting == "given":
            if "weights" not in self.arrays:
                self.arrays["weights"] = job.array("weights inv_var w_samples", k.real, dims, low=0.1, high=2.0)
            return r, g, job.let("w wj weight", self.arrays["weights"][at])
        delta = self.arrays["delta"]
        if self.weighting == "huber":
            size = job.let("abs_r ar mag", k.call("abs", r))
            weight = k.where(size <= delta, k.lit(1.0), delta / k.call("max", size, 1e-6))
        else:
            u = job.let("u z ratio", r / delta)
            weight = 1.0 / (1.0 + u * u)
        return r, g, job.let("w wj weight", weight)

    def _modelled(self, p: Expr, x: Expr) -> tuple[Expr, Expr]:
        """The model and its gradient, in place or by a function."""
        k, job = self.k, self.job
        if not self.calls:
            f, slopes = self.model.write(k, job.let, p, x)
            return f, job.let("J g jac", k.make(self.vector, *slopes))

        def write(b: Body, given: list[Expr]) -> list[Expr]:
            f, slopes = self.model.write(b, lambda names, value: b.let("=" + names, value), *given)
            made = b.make(self.vector, *slopes)
            return [f, b.let("=J g jac grad", made) if named else made]

        named = self.rng.chance(0.5)
        titles = "eval_model model_and_jacobian model_gradient residual_model evaluate_model"
        kinds = [job.words("f model y_hat"), job.words("J g jac")]
        f, g = worked(k, titles, [("=p params theta", p), ("=x t q", x)], write, 1.0, kinds)
        return f, g

    def _sums(self, p: Expr, squares: bool) -> tuple[Expr, Expr, Expr | None]:
        """The normal equations."""
        k, job = self.k, self.job
        a = k.variable(job.words("A H JtJ"), k.zero(self.matrix))
        b = k.variable(job.words("b rhs Jtr"), k.zero(self.vector))
        total = k.variable(job.words("sum_sq cost ssr"), k.lit(0.0)) if squares else None
        ragged = self.start is not None
        dims = (self.samples,) if ragged else (*job.dims, self.samples)
        with k.loop(job.words("j s m"), *((self._count(),) if self.start is None else (self.start, self.end))) as j:
            at = (j,) if ragged else (*job.at, j)
            if self.rng.chance(0.15):
                good = job.array("sample_valid valid_mask used", t.I32, dims, low=0, high=1)
                with k.when(good[at].equals(0)):
                    k.next_turn()
            r, g, w = self._residual(p, at, dims)
            scaled = g if w is None else w * g
            after = w is not None and self.rng.chance(0.5)
            k.augment(a, "+", w * k.call("outer", g, g) if after and w is not None else k.call("outer", scaled, g))
            k.augment(b, "+", scaled * r)
            if total is not None:
                k.augment(total, "+", r * r if w is None else w * r * r)
        return a, b, total

    def _step(self, a: Expr, b: Expr) -> Expr:
        """The step that solves them, damped."""
        k, job, rng = self.k, self.job, self.rng
        how = job.pick(identity=3.0, diagonal=1.5, entries=1.5)
        damp = self.damp
        if how == "identity":
            damped = a + damp * k.identity(self.n)
        elif how == "diagonal":
            marquardt = k.call("diag", k.call("get_diag", a, gives=self.vector), gives=self.matrix)
            damped = a + damp * marquardt + 1e-4 * k.identity(self.n)
        else:
            with k.loop(job.words("c d_i ax"), self.n) as c:
                k.set(a[c, c], a[c, c] + damp)
            damped = a
        if self.n == 2 and rng.chance(0.4):
            m = damped if how == "entries" else job.let("A_d H_d M", damped)
            det = job.let("det dt_m D", k.call("max", m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0], 1e-6))
            parts = (m[1, 1] * b[0] - m[0, 1] * b[1], m[0, 0] * b[1] - m[1, 0] * b[0])
            return job.let("dp step dtheta", k.make(self.vector, *parts) / det)
        if how != "entries" and rng.chance(0.4):
            damped = job.let("A_d H_d M", damped)
        return job.let("dp step dtheta", k.call("inverse", damped) @ b)

    def _results(self, new: Expr, b: Expr, total: Expr | None, step: Expr) -> None:
        k, job = self.k, self.job
        job.write("params_out fitted coeffs_out", new)
        if total is not None:
            job.write("costs fit_error residual_out", total)
        if job.more(0.3):
            job.write("steps step_norms dp_out", k.call("length", step))
        if job.more(0.2):
            job.write("grad_norms gradients grad_out", k.call("length", b))

    def _gather(self) -> None:
        """A thread for each sample adds its share to the normal equations of its series."""
        k, job, rng = self.k, self.job, self.rng
        job.it, job.many = "sample", "samples"
        job.titled("accumulate_normal_equations build_normal_equations assemble_hessian gauss_newton_terms")
        job.start(sizes=(32,))
        self._settle()
        series = k.dim(rng.choose((4, 6)))
        ids = job.array("series_ids fit_ids group_ids", t.I32, low=0, high=series.size - 1, bound=series.symbol)
        s = job.let("s fit group", ids[job.at])
        table = job.array("params guesses theta", self.vector, (series,), low=0.3, high=1.2)
        p = job.let("p theta_s p_s", table[s])
        r, g, w = self._residual(p, job.at, job.dims)
        scaled = g if w is None else w * g
        sums = job.array("normal_mats A_sum hessians", self.matrix, (series,), "inout", low=0.0, high=0.0)
        rights = job.array("normal_rhs b_sum gradients", self.vector, (series,), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", sums, s, k.call("outer", scaled, g), gives=self.matrix))
        k.do(k.call("atomic_add", rights, s, scaled * r, gives=self.vector))
        if job.more(0.5):
            costs = job.array("costs chi2 sse", k.real, (series,), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", costs, s, r * r if w is None else w * r * r, gives=k.real))
        if job.more(0.3):
            job.write("residuals res_out errors", r)
        k.shared.differentiable = False
