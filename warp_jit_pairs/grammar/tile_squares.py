"""Square matrices and columns in tiles, and what iterates on them: inverses, filters, descents."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .rows import additive, coefficient, follow, leave_out, titled
from .tile_ops import (
    STORED,
    dtype_of,
    elementwise,
    function_name,
    item,
    many,
    merged,
    op,
    prepared,
    size_constant,
)
from .tree import Expr


class Square:
    """Square matrices and columns of one size, one of each to a block."""

    def __init__(self, k: Kernel, sizes: Sequence[int] = (4, 8), names: Sequence[str] = ("N", "DIM", "TILE_N")) -> None:
        self.k = k
        (self.row,) = k.start(1, (3,), ("=i batch world env",))
        k.launch[0].fixed = True
        k.tiled, k.whole_tiles, k.block_dim = True, True, 64
        follow(k, 0.1, "=world env sys_id")
        (self.row,) = k.threads
        leave_out(k, 0.3)
        self.n = k.rng.choose(sizes)
        self.loads = 0
        self.size = size_constant(k, self.n, names)
        self.side = k.dim(self.n, fixed=True)
        self.matrix, self.column = t.Tile(k.real, (self.n, self.n)), t.Tile(k.real, (self.n, 1))
        self.vector, self.one = t.Tile(k.real, (self.n,)), t.Tile(k.real, (1,))
        k.shared.differentiable = False

    def load(self, kind: str, name: str, low: float = -0.5, high: float = 0.5, shared: bool = False) -> Expr:
        """A matrix of this block's, or one that all blocks have in common."""
        k = self.k
        dims = (self.side, self.side) if shared else (k.launch[0], self.side, self.side)
        source = k.array(kind, k.real, dims, low=low, high=high)
        where = source if shared else source[self.row]
        tile = k.let(name, op("tile_load", self.matrix, where, shape=many(self.size, self.size)))
        self.loads += 1
        return tile if shared or self.loads > 1 else prepared(k, tile, self._plain, low)

    def _plain(self, kind: str, low: float, high: float) -> Expr:
        """A matrix that goes with another, element by element."""
        k = self.k
        source = k.array(kind, k.real, (k.launch[0], self.side, self.side), low=low, high=high)
        name = source.id if isinstance(source, tree.Name) else "other"
        return k.let(
            f"={name}_tile tile_{name}",
            op("tile_load", self.matrix, source[self.row], shape=many(self.size, self.size)),
        )

    def flat(self, kind: str, name: str, low: float = -1.0, high: float = 1.0, shared: bool = False) -> Expr:
        k = self.k
        source = k.array(kind, k.real, (self.side,) if shared else (k.launch[0], self.side), low=low, high=high)
        tile = k.let(name, op("tile_load", self.vector, source if shared else source[self.row], shape=self.size))
        self.loads += 1
        return tile if shared or self.loads > 1 else prepared(k, tile, self._plain_line, low)

    def _plain_line(self, kind: str, low: float, high: float) -> Expr:
        """A vector that goes with another, element by element."""
        k = self.k
        source = k.array(kind, k.real, (k.launch[0], self.side), low=low, high=high)
        name = source.id if isinstance(source, tree.Name) else "other"
        return k.let(f"={name}_vec {name}_tile", op("tile_load", self.vector, source[self.row], shape=self.size))

    def load_column(self, kind: str, name: str, low: float = -1.0, high: float = 1.0) -> Expr:
        loaded = self.flat(kind, "=" + " ".join(f"{word}_vec" for word in name[1:].split()), low, high)
        return self.k.let(name, op("tile_reshape", self.column, loaded, shape=many(self.size, 1)))

    def times(self, a: Expr, b: Expr, name: str) -> Expr:
        kind = t.Tile(self.k.real, (a.type.shape[0], b.type.shape[1]))  # type: ignore[attr-defined]
        return self.k.let(name, op("tile_matmul", kind, a, b))

    def turned(self, a: Expr, name: str) -> Expr:
        m, n = a.type.shape  # type: ignore[attr-defined]
        return self.k.let(name, op("tile_transpose", t.Tile(self.k.real, (n, m)), a))

    def add(self, operator: str, a: Expr, b: Expr, name: str) -> Expr:
        return self.k.let(name, elementwise(operator, a, b))

    def as_vector(self, a: Expr, name: str = "=flat as_vec x_vec") -> Expr:
        return self.k.let(name, op("tile_reshape", self.vector, a, shape=many(self.size)))

    def store(self, kind: str, value: Expr) -> None:
        """Write a matrix, or a column or vector as a row of the output."""
        k = self.k
        if value.type.shape == (self.n, self.n):  # type: ignore[attr-defined]
            if additive(kind) and k.rng.chance(STORED[k.shared.size]):
                if k.rng.chance(0.4):
                    scale = coefficient(k, "=out_scale output_gain unit_scale", 0.1, 2.0, 0.5, 2.0)
                    value = k.let("=scaled_out out_scaled", elementwise("*", *k.rng.shuffle((scale, value))))
                else:
                    both = k.array(kind, k.real, (k.launch[0], self.side, self.side), "inout", low=-1.0, high=1.0)
                    old = op("tile_load", self.matrix, both[self.row], shape=many(self.size, self.size))
                    value = merged(k, value, k.let("=old_tile before prev_tile", old))
                    k.do(op("tile_store", t.NOTHING, both[self.row], value))
                    return
            target = k.array(kind, k.real, (k.launch[0], self.side, self.side), "out")
        else:
            target = k.array(kind, k.real, (k.launch[0], self.side), "out")
            if len(value.type.shape) == 2:  # type: ignore[attr-defined]
                value = self.as_vector(value)
        k.do(op("tile_store", t.NOTHING, target[self.row], value))

    def number(self, kind: str, value: Expr) -> None:
        k = self.k
        k.set(k.array(kind, k.real, k.launch, "out")[self.row], value)

    def square_sum(self, a: Expr) -> Expr:
        """The sum of the squares of a tile's elements."""
        return item(op("tile_sum", self.one, elementwise("*", a, a)))

    def rows_spread(self, line: Expr, name: str) -> Expr:
        return self.k.let(name, op("tile_broadcast", self.matrix, line, shape=many(self.size, self.size)))

    def columns_spread(self, line: Expr, name: str) -> Expr:
        tall = self.k.let("=col_view tall as_col", op("tile_reshape", self.column, line, shape=many(self.size, 1)))
        return self.k.let(name, op("tile_broadcast", self.matrix, tall, shape=many(self.size, self.size)))


def matrix_iteration(k: Kernel) -> None:
    """Newton-Schulz and other iterations on a square matrix."""
    rng = k.rng
    s = Square(k)
    how = rng.choose(("inverse", "orthogonal", "exponential", "power", "neumann", "squaring"))
    a = s.load(
        {
            "orthogonal": "=grads updates momentum_mat g",
            "exponential": "=generators a rates",
            "power": "=transition p_mat markov",
        }.get(how, "=a matrices mats A"),
        "=a_tile mat_tile",
        -0.2,
        0.2,
    )
    turns = rng.choose((2, 3, 4, 5))
    limit: Expr | int = k.constant(turns, t.I32, "=num_iters ns_steps terms iterations") if rng.chance(0.4) else turns
    ones = k.let("=diag_ones unit_diag ones", op("tile_ones", s.vector, shape=s.size, dtype=dtype_of(k, k.real)))
    zeros = op("tile_zeros", s.matrix, shape=many(s.size, s.size), dtype=dtype_of(k, k.real))
    if how == "inverse":
        zero = k.let("=blank zero_tile z", zeros)
        eye = k.let("=eye ident identity_tile", op("tile_diag_add", s.matrix, zero, ones))
        m = s.add("+", a, eye, "=m shifted sys_mat")
        x = s.add("-", eye, a, "=x guess inv_est")
        with k.loop("=it step k", limit):
            ax = s.times(m, x, "=mx prod ax")
            xax = s.times(x, ax, "=xmx corr x_ax")
            double = s.add("*", x, k.lit(2.0), "=x2 doubled twice")
            k.set(x, elementwise("-", double, xax))
        s.store("=inverses inv_out a_inv", x)
        titled(k, "newton_schulz_inverse iterative_inverse invert_matrices newton_inverse hotelling_inverse")
        return
    if how == "orthogonal":
        norm = k.let("=inv_norm scale frob_inv", 1.0 / k.call("sqrt", s.square_sum(a) + 1e-3))
        x = s.add("*", a, norm, "=x normalized ortho")
        with k.loop("=it step k", limit):
            xt = s.turned(x, "=xt x_t transposed")
            gram = s.times(x, xt, "=gram xxt g")
            gx = s.times(gram, x, "=gx cubic xxtx")
            k.set(x, elementwise("-", elementwise("*", x, k.lit(1.5)), elementwise("*", gx, k.lit(0.5))))
        s.store("=ortho orthogonal_out updates_out", x)
        titled(k, "newton_schulz orthogonalize_updates polar_factor newton_schulz_orthogonalize muon_orthogonalize")
        return
    if how in ("power", "squaring"):
        p = (
            s.add("*", a, k.lit(1.0), "=p power_tile acc")
            if how == "squaring"
            else s.load_column("=state probs dist_in", "=v prob_col state_col", 0.1, 1.0)
        )
        with k.loop("=it step k", limit):
            k.set(p, op("tile_matmul", p.type, p, p) if how == "squaring" else op("tile_matmul", s.column, a, p))
        s.store("=powers p_out a_pow" if how == "squaring" else "=state_out dist_out probs_next", p)
        titled(
            k,
            "matrix_power repeated_squaring square_repeatedly"
            if how == "squaring"
            else "markov_steps propagate_distribution advance_chain apply_transitions linear_dynamics",
        )
        return
    zero = k.let("=blank zero_tile z", zeros)
    total = k.let("=total series expm_acc", op("tile_diag_add", s.matrix, zero, ones))
    term = k.let("=term power_term t_k", op("tile_diag_add", s.matrix, zero, ones))
    scaled = (
        s.add("*", a, k.scalar("=dt time_step h", k.real, 0.1, 1.0), "=a_dt scaled_a")
        if how == "exponential" and rng.chance(0.6)
        else a
    )
    with k.loop("=it k_term m", limit) as turn:
        product = s.times(term, scaled, "=next_term prod")
        if how == "exponential":
            k.set(term, elementwise("*", product, 1.0 / k.cast(turn + 1, k.real)))
        else:
            k.set(term, product)
        k.set(total, elementwise("+", total, term))
    s.store("=expm exp_out propagators" if how == "exponential" else "=resolvents series_out inv_out", total)
    titled(
        k,
        "matrix_exponential expm_taylor exponentiate_generators propagator expm_series"
        if how == "exponential"
        else "neumann_series neumann_inverse resolvent_series",
    )


def adaptive_filter(k: Kernel) -> None:
    """A step of a Kalman filter, or of the covariances that belong to one."""
    rng = k.rng
    s = Square(k, (4, 8, 4), ("STATE_DIM", "N", "NX", "DIM"))
    f = s.load("=f transition state_mat A", "=f_tile trans_tile", shared=rng.chance(0.5))
    p = s.load("=cov covariances p_in", "=p_tile cov_tile", -0.3, 0.3)
    q = s.flat("=q process_noise q_diag", "=q_vec noise_vec", 0.5, 1.5, rng.chance(0.5))
    ft = s.turned(f, "=ft f_t")
    fp = s.times(f, p, "=fp f_cov")
    fpf = s.times(fp, ft, "=fpft moved_cov pushed")
    predicted = k.let("=p_pred cov_pred prior_cov", op("tile_diag_add", s.matrix, fpf, q))
    how = rng.choose(("predict", "state", "update"))
    if how == "predict" or rng.chance(0.4):
        s.store("=cov_out p_out predicted_cov", predicted)
    if how == "predict":
        titled(k, "kalman_predict_covariance propagate_covariance predict_covariance covariance_step lyapunov_step")
        return
    x = s.load_column("=x state mean", "=x_col state_col")
    ahead = s.times(f, x, "=x_pred mean_pred prior")
    if how == "state":
        if rng.chance(0.6):
            u = s.load_column("=control u inputs", "=u_col ctrl_col")
            b = s.load("=b control_mat B", "=b_tile ctrl_tile", shared=True)
            ahead = s.add("+", ahead, s.times(b, u, "=bu ctrl_term"), "=x_next moved")
        s.store("=x_out state_out predicted", ahead)
        titled(k, "kalman_predict predict_state propagate_state_and_cov time_update")
        return
    z = s.load_column("=z measurements observed", "=z_col meas_col")
    innovation = s.add("-", z, ahead, "=innov innovation resid")
    noise = s.flat("=r meas_noise r_diag", "=r_vec meas_var", 4.0, 8.0, rng.chance(0.5))
    pt = s.turned(predicted, "=pred_t pt")
    gram = s.times(pt, predicted, "=gram ptp")
    spd = k.let("=s_mat innov_cov s_tile", op("tile_diag_add", s.matrix, gram, noise))
    factor = k.let("=chol l_tile factor", op("tile_cholesky", s.matrix, spd))
    y = s.as_vector(innovation, "=innov_vec rhs nu")
    weighted = k.let("=weighted s_inv_nu solved", op("tile_cholesky_solve", s.vector, factor, y))
    column = k.let("=w_col gain_col", op("tile_reshape", s.column, weighted, shape=many(s.size, 1)))
    step = s.times(pt, column, "=correction gain_step dx")
    s.store("=x_out state_out posterior", s.add("+", ahead, step, "=x_post updated corrected"))
    if rng.chance(0.6) or k.shared.size == "large":
        nis = op("tile_dot", s.one, y, weighted)
        s.number("=nis innovation_sq gate_stat", item(nis))
    titled(k, "kalman_update measurement_update kalman_step filter_step correct_state ekf_update")


def descent(k: Kernel) -> None:
    """Iterations for a least squares problem or a system, in a block's own tiles."""
    rng = k.rng
    s = Square(k, (4, 8), ("N", "DIM", "NUM_VARS", "DOF"))
    how = rng.choose(("gradient", "gradient", "power", "richardson", "cg", "ista"))
    a = s.load("=a matrices design A systems", "=a_tile mat_tile", -0.5, 0.5)
    at = s.turned(a, "=at a_t")
    turns = rng.choose((2, 3, 4))
    limit: Expr | int = k.constant(turns, t.I32, "=num_iters iterations sweeps") if rng.chance(0.4) else turns
    x = s.load_column("=x guess x0 start", "=x_col sol x_tile")
    if how == "power":
        with k.loop("=it step k", limit):
            ax = s.times(a, x, "=ax y_col prod")
            y = s.times(at, ax, "=y atax back")
            norm = k.let("=inv_norm scale", 1.0 / k.call("sqrt", s.square_sum(y) + 1e-3))
            k.set(x, elementwise("*", y, norm))
        s.store("=vectors eigvec singular_vec v_out", x)
        final = s.times(a, x, "=av final_prod")
        s.number("=singular_values sigma_out spectral_norm", k.call("sqrt", s.square_sum(final)))
        titled(k, "spectral_norm top_singular_vector power_iteration largest_singular_value")
        return
    b = s.load_column("=b rhs targets", "=b_col rhs_tile")
    if how == "cg":
        gram = s.times(at, a, "=gram ata")
        shift = k.let(
            "=reg_vec diag_vec",
            op("tile_full", s.vector, shape=s.size, value=k.choose_lit(1.0, 2.0, 4.0), dtype=dtype_of(k, k.real)),
        )
        h = k.let("=h spd system", op("tile_diag_add", s.matrix, gram, shift))
        r = s.add("-", b, s.times(h, x, "=hx h_x"), "=r res resid")
        p = k.let("=p search", elementwise("*", r, k.lit(1.0)))
        with k.loop("=it step k", limit):
            hp = s.times(h, p, "=hp h_p")
            rr = k.let("=rr r_sq", s.square_sum(r))
            php = k.let("=php curv", item(op("tile_sum", s.one, elementwise("*", p, hp))))
            alpha = k.let("=alpha step", rr / (php + 1e-3))
            k.set(x, elementwise("+", x, elementwise("*", p, alpha)))
            k.set(r, elementwise("-", r, elementwise("*", hp, alpha)))
            beta = k.let("=beta ratio", s.square_sum(r) / (rr + 1e-3))
            k.set(p, elementwise("+", r, elementwise("*", p, beta)))
        s.store("=x_out solutions sol_out", x)
        s.number("=residual_sq res_out err2", s.square_sum(r))
        titled(k, "conjugate_gradient tile_cg cg_solve solve_cg regularized_cg")
        return
    rate = k.scalar("=lr step_size eta tau", k.real, 0.05, 0.3) if rng.chance(0.6) else k.choose_lit(0.1, 0.2, 0.05)
    momentum = how == "gradient" and rng.chance(0.35)
    velocity = s.load_column("=velocity momentum_in m", "=v_col mom_col", 0.0, 0.0) if momentum else None
    shrink = None
    if how == "ista":
        lam = k.scalar("=lam threshold l1_weight", k.real, 0.01, 0.2)

        def soft(body: Body, names: list[Expr]) -> Sequence[Expr]:
            v, c = names
            return [body.call("sign", v) * body.call("max", body.call("abs", v) - c, 0.0)]

        made = helper(
            k,
            [("=x v z", k.real, -2.0, 2.0), ("=lam c t", k.real, 0.01, 0.2)],
            soft,
            titles=("soft_threshold", "shrink", "prox_l1"),
        )
        shrink = (made.name, lam)
    mu = k.scalar("=beta mu momentum_coef", k.real, 0.3, 0.9) if velocity is not None else None
    with k.loop("=it step k", limit):
        ax = s.times(a, x, "=ax pred")
        first, second = (b, ax) if how == "richardson" else (ax, b)
        error = s.add("-", first, second, "=r res resid")
        if how == "richardson":
            k.set(x, elementwise("+", x, elementwise("*", error, rate)))
        else:
            g = s.times(at, error, "=g grad gradient")
            if velocity is not None and mu is not None:
                k.set(velocity, elementwise("+", elementwise("*", velocity, mu), g))
                g = velocity
            k.set(x, elementwise("-", x, elementwise("*", g, rate)))
            if shrink is not None:
                k.set(x, op("tile_map", s.column, function_name(shrink[0]), x, shrink[1]))
    s.store("=x_out solutions coeffs_out", x)
    if rng.chance(0.6) or k.shared.size == "large":
        final = s.add("-", s.times(a, x, "=ax_final pred_final"), b, "=r_final final_res")
        s.number("=losses residual_sq objective_out", s.square_sum(final))
    titled(
        k,
        {
            "gradient": "gradient_descent least_squares_gd descend minimize_residual gd_iterations",
            "richardson": "richardson_iteration fixed_point_solve stationary_iteration",
            "ista": "ista lasso_iterations sparse_least_squares proximal_gradient",
        }[how],
    )
