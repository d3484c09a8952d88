"""Products of sparse matrices and vectors, a thread for each row, and what solvers make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import begin, coefficient, named, paired, store, titled, whole
from .tree import Expr


@dataclass(slots=True)
class Sparse:
    """A matrix of which each row keeps the columns and values of its entries."""

    k: Kernel
    row: Expr
    unknowns: Dim
    entry: t.Type
    vector: t.Type
    form: str
    extra: tuple[Expr, ...] = ()
    once: bool = False
    """Whether a column is used no more than once."""

    def vectors(self, kind: str, low: float = -2.0, high: float = 2.0, dtype: t.Type | None = None) -> Expr:
        """A vector of unknowns, found by a column."""
        dtype = dtype or self.vector
        dims = (self.unknowns, self.k.launch[1]) if self.extra else (self.unknowns,)
        return self.k.array(kind, dtype, dims, low=low, high=high)

    def at(self, source: Expr, column: Expr) -> Expr:
        return source[(column, *self.extra)]

    @contextmanager
    def entries(self) -> Iterator[tuple[Expr, Expr]]:
        """A loop over the row's entries: the column and the value of each."""
        k, rng = self.k, self.k.rng
        held = None
        if rng.chance(0.2):
            words = (
                "=fixed is_fixed dirichlet masked inactive" if rng.chance(0.6) else "=active free_dof in_domain enabled"
            )
            held = k.array(words, t.BOOL, (self.unknowns,), low=0, high=1)
            self.once = False
            wanted = "fixed" not in words
        small = (
            coefficient(k, "=drop_tol tiny threshold", 0.05, 0.3, 0.1)
            if rng.chance(0.08) and self.entry is k.real
            else None
        )
        with _FORMS[self.form](self) as (column, value):
            if held is not None:
                with k.when(k.negate(held[column]) if wanted else held[column]):
                    k.next_turn()
            if small is not None:
                with k.when(k.call("abs", value) < small):
                    k.next_turn()
            yield column, value

    def column(self, value: Expr) -> Expr:
        return named(self.k, "=col column c j nbr", value)


@contextmanager
def _csr(s: Sparse) -> Iterator[tuple[Expr, Expr]]:
    k, rng = s.k, s.k.rng
    nonzeros = k.dim(40)
    rows = k.derived(k.launch[0], 1, 1)
    offsets = k.array("=row_offsets row_ptr indptr offsets row_starts", t.I32, (rows,), offsets_into=nonzeros.symbol)
    columns = k.array(
        "=columns col_idx cols indices col_indices", t.I32, (nonzeros,), low=0, high=11, bound=s.unknowns.symbol
    )
    values = k.array("=values vals a_values data coeffs nnz_values", s.entry, (nonzeros,), low=-1.0, high=1.0)
    bounds: tuple[Expr, Expr] = (offsets[s.row], offsets[s.row + 1])
    if rng.chance(0.6):
        start, end = paired(k, "start|end begin|end row_start|row_end first|last lo|hi beg|fin")
        bounds = (named(k, start, bounds[0]), named(k, end, bounds[1]))
    with k.loop("=j k e nz idx p", *bounds) as j:
        direct = s.once and rng.chance(0.35)
        yield columns[j] if direct else s.column(columns[j]), values[j]


@contextmanager
def _ell(s: Sparse) -> Iterator[tuple[Expr, Expr]]:
    """A fixed number of entries in each row; rows with fewer have -1 as their last columns."""
    k, rng = s.k, s.k.rng
    width = k.dim(rng.choose((4, 6)), fixed=True)
    shape = (k.launch[0], width)
    columns = k.array(
        "=columns ell_cols neighbors col_idx cols", t.I32, shape, low=-1, high=11, bound=s.unknowns.symbol
    )
    values = k.array("=values ell_values vals coeffs weights", s.entry, shape, low=-1.0, high=1.0)
    limit = whole(k, "=max_entries ell_width max_nnz entries_per_row", 2, width.size, width.size)
    with k.loop("=j k e slot", limit) as j:
        column = s.column(columns[s.row, j])
        with k.when(column < 0):
            if rng.chance(0.5):
                k.leave_loop()
            else:
                k.next_turn()
        yield column, values[s.row, j]


@contextmanager
def _counted(s: Sparse) -> Iterator[tuple[Expr, Expr]]:
    """Room for a fixed number of entries in each row, and how many of them are used."""
    k = s.k
    width = k.dim(k.rng.choose((4, 6, 8)), fixed=True)
    shape = (k.launch[0], width)
    counts = k.array(
        "=row_counts nnz_per_row num_entries counts",
        t.I32,
        k.launch[:1],
        low=0,
        high=width.size - 1,
        bound=width.symbol,
    )
    columns = k.array(
        "=columns col_idx cols neighbors adjacency", t.I32, shape, low=0, high=11, bound=s.unknowns.symbol
    )
    values = k.array("=values vals weights coeffs entries", s.entry, shape, low=-1.0, high=1.0)
    count = counts[s.row] if k.rng.chance(0.4) else named(k, "=n nnz count num", counts[s.row])
    with k.loop("=j k e slot", count) as j:
        yield s.column(columns[s.row, j]), values[s.row, j]


_FORMS: dict[str, Callable[[Sparse], AbstractContextManager[tuple[Expr, Expr]]]] = {
    "csr": _csr,
    "ell": _ell,
    "counted": _counted,
}


def _sparse(k: Kernel, blocks: bool, several: float) -> Sparse:
    rng = k.rng
    block = rng.weighted({0: 6.0, 2: 1.0, 3: 2.0}) if blocks else 0
    entry: t.Type = t.mat(block, block, k.real) if block else k.real
    vector: t.Type = t.vec(block, k.real) if block else k.real
    form = rng.weighted({"csr": 6.0, "ell": 1.5, "counted": 1.0})
    if rng.chance(several) and not block:
        row, column = k.start(2, (12, 4), ("=row i r", "=feat f col rhs_id"))
        return Sparse(k, row, k.dim(12), entry, vector, form, (column,))
    row = begin(k, (12,))
    return Sparse(k, row, k.launch[0], entry, vector, form)


def _dot(k: Kernel, s: Sparse, x: Expr, kind: str) -> Expr:
    total = k.variable(kind, k.zero(s.vector))
    s.once = True
    with s.entries() as (column, value):
        known = s.at(x, column)
        k.augment(total, "+", value @ known if isinstance(s.entry, t.Matrix) and k.rng.chance(0.6) else value * known)
    return total


@recipe("sparse matrix times vector, by rows", "reduction:0.83 matrix:0.22", "sparse linalg fem", ANY_REAL)
def spmv(k: Kernel) -> None:
    rng = k.rng
    task = rng.weighted({"product": 3.0, "jacobi": 2.0, "norms": 1.0, "energy": 1.0, "scale": 0.8})
    s = _sparse(k, task != "norms", 0.12 if task == "product" else 0.0)
    kind = "=x vec p u x_in v" if task == "product" else "=x x_old u solution x_in"
    if task == "norms":
        _row_norms(k, s)
        return
    x = s.vectors(kind)
    if task == "jacobi":
        _jacobi(k, s, x)
        return
    if task == "scale":
        scales = s.vectors("=col_scale scaling d_inv inv_diag weights", 0.1, 1.0, k.real)
        total = k.variable("=acc total y_i", k.zero(s.vector))
        with s.entries() as (column, value):
            k.augment(total, "+", (scales[column] * value) * s.at(x, column))
        own = k.array("=row_scale left_scale row_scaling", k.real, k.launch, low=0.1, high=1.0)
        titled(k, "scaled_spmv preconditioned_spmv spmv_scaled apply_scaled_matrix equilibrated_spmv")
        store(k, "=y out result ax", own[s.row] * total)
        return
    total = _dot(k, s, x, "=acc total y_i row_sum")
    if task == "energy":
        titled(k, "row_energy quadratic_form energy_terms xtax {}_energy rayleigh_terms weighted_norm_terms")
        own = x[s.row]
        value = k.call("dot", own, total) if isinstance(s.vector, t.Vector) else own * total
        store(k, "=energy terms xax partial {}_energy", 0.5 * value if rng.chance(0.5) else value)
        return
    here = k.threads
    how = rng.weighted({"plain": 3.0, "residual": 2.0, "axpby": 2.0, "add": 1.0, "subtract": 0.6, "both": 0.7})
    block = "bsr" if isinstance(s.entry, t.Matrix) else s.form if s.form == "ell" else "csr"
    if how == "plain":
        several = (
            "spmm sparse_dense_matmul csr_matmul propagate_features" if s.extra else "spmv sparse_matvec apply_matrix"
        )
        titled(k, f"{several} {block}_{'mm' if s.extra else 'mv'} multiply_rows {block}_multiply matvec")
        store(k, "=y out result ax b_out", total)
    elif how in ("residual", "both"):
        rhs = k.array("=b rhs f right_side", s.vector, k.launch, low=-2.0, high=2.0)[here]
        titled(k, f"compute_residual residual {block}_residual sparse_residual {{}}_residual eval_residual")
        if how == "residual":
            store(k, "=r residual res residuals", rhs - total)
        else:
            r = k.let("=r res ri", rhs - total)
            store(k, "=residual r_out res_vec", r)
            square = k.call("dot", r, r) if isinstance(s.vector, t.Vector) else r * r
            store(k, "=r_sq residual_sq err2 sq_res", square)
    elif how == "axpby":
        alpha = coefficient(k, "=alpha a scale", 0.1, 2.0, 2.0, 0.5)
        beta = coefficient(k, "=beta b_scale shift", 0.1, 2.0, 0.5, 1.0)
        y = k.array("=y out result", s.vector, k.launch, "inout", low=-2.0, high=2.0)
        titled(k, f"spmv_axpby gemv_sparse {block}_mv scaled_spmv {block}_gemv spmv_update")
        k.set(y[here], alpha * total + beta * y[here])
    else:
        y = k.array("=y out result accum", s.vector, k.launch, "inout", low=-2.0, high=2.0)
        titled(k, f"spmv_{how} {block}_mv_{how} accumulate_spmv sparse_{how} {how}_matvec apply_and_{how}")
        k.augment(y[here], "+" if how == "add" else "-", total)


def _jacobi(k: Kernel, s: Sparse, x: Expr) -> None:
    """A step of Jacobi's iteration, whose diagonal is kept apart or found among the entries."""
    rng = k.rng
    found = s.entry is k.real and rng.chance(0.5)
    if found:
        total = k.variable("=off_diag acc sigma", k.lit(0.0))
        diagonal = k.variable("=diag d a_ii", k.lit(1.0))
        with s.entries() as (column, value):
            value = k.let("=a val a_ij v", value)
            with k.when(column.equals(s.row)):
                k.set(diagonal, k.call("abs", value) + 1.0)
            with k.otherwise():
                k.augment(total, "+", value * x[column])
        rhs = k.array("=b rhs f", k.real, k.launch, low=-2.0, high=2.0)[s.row]
        new = (rhs - total) / diagonal
    else:
        total = _dot(k, s, x, "=ax acc ax_i")
        rhs = k.array("=b rhs f", s.vector, k.launch, low=-2.0, high=2.0)[s.row]
        inverse = k.array("=inv_diag dinv diag_inv", k.real, k.launch, low=0.1, high=1.0)[s.row]
        own = x[s.row]
        if rng.chance(0.5):
            inverse = coefficient(k, "=omega relax weight damping", 0.3, 1.0, 0.8, 0.66) * inverse
        new = own + inverse * (rhs - total)
    titled(k, "jacobi_step jacobi_iteration jacobi_sweep smooth_jacobi relax_rows jacobi_smoother {}_jacobi")
    if found and rng.chance(0.4):
        new = k.let("=x_jac x_hat", new)
        omega = coefficient(k, "=omega relax weight", 0.3, 1.0, 0.8, 0.66)
        own = x[s.row]
        new = k.call("lerp", own, new, omega) if rng.chance(0.3) else (1.0 - omega) * own + omega * new
        k.titles = ("damped_jacobi", "weighted_jacobi", "jacobi_relaxation", "weighted_jacobi_step")
    store(k, "=x_new x_out x_next u_new", new)


def _row_norms(k: Kernel, s: Sparse) -> None:
    """Sums of a row's entries: what scalings and convergence tests need."""
    rng = k.rng
    absolute = k.variable("=abs_sum norm acc", k.lit(0.0))
    diagonal = k.variable("=diag d a_ii", k.lit(0.0)) if rng.chance(0.5) else None
    largest = k.variable("=biggest max_abs peak", k.lit(0.0)) if rng.chance(0.3) and diagonal is None else None
    with s.entries() as (column, value):
        size = k.let("=a mag abs_a", k.call("abs", value))
        if diagonal is None:
            k.augment(absolute, "+", size)
        else:
            with k.when(column.equals(s.row)):
                k.augment(diagonal, "+", value)
            with k.otherwise():
                k.augment(absolute, "+", size)
        if largest is not None:
            k.set(largest, k.call("max", largest, size))
            k.shared.differentiable = False
    if diagonal is None:
        titled(k, "row_abs_sums sparse_row_norms matrix_row_norms inf_norm_rows row_sums")
        store(k, "=row_sums norms abs_sums row_norms", absolute)
        if largest is not None:
            store(k, "=row_max max_entries largest", largest)
        return
    titled(k, "gershgorin_bounds diagonal_dominance dominance_check gershgorin_radii check_dominance")
    if rng.chance(0.5):
        store(k, "=lower lam_min bound_lo", diagonal - absolute)
        store(k, "=upper lam_max bound_hi", diagonal + absolute)
    else:
        store(
            k, "=dominant is_dominant flags", k.where(k.call("abs", diagonal) >= absolute, k.integer(1), k.integer(0))
        )
        k.shared.differentiable = False


@recipe("what nodes of a graph take from their neighbours", "reduction:0.72 control_flow:0.44", "sparse", ANY_REAL)
def graph_gather(k: Kernel) -> None:
    rng = k.rng
    s = _sparse(k, False, 0.0)
    s.entry = k.real
    task = rng.choose(("pagerank", "mean", "relax", "labels", "laplacian", "degree", "diffuse", "vote"))
    node = s.row
    if task == "pagerank":
        rank = s.vectors("=rank ranks pr scores", 0.1, 1.0)
        degree = k.array("=out_degree deg", t.I32, (s.unknowns,), low=1, high=6)
        total = k.variable("=acc incoming", k.lit(0.0))
        with s.entries() as (column, _):
            k.augment(total, "+", rank[column] / k.cast(degree[column], k.real))
        damping = coefficient(k, "=damping d alpha", 0.5, 0.95, 0.85)
        base = coefficient(k, "=teleport base jump_prob", 0.01, 0.1, 0.02)
        titled(k, "pagerank_step pagerank update_ranks rank_iteration propagate_rank")
        value = base + damping * total
        track = rng.chance(0.3) or k.shared.size == "large"
        value = k.let("=r new_r score", value) if track else value
        store(k, "=new_rank rank_out next_rank pr_new", value)
        if track:
            store(k, "=delta change diff", k.call("abs", value - rank[node]))
        return
    if task == "relax":
        k.shared.differentiable = False
        dist = s.vectors("=dist distances d dist_in", 0.0, 9.0)
        best = k.variable("=best shortest min_dist", dist[node])
        parent = k.variable("=pred parent via", k.integer(-1)) if rng.chance(0.5) else None
        with s.entries() as (column, value):
            candidate = k.let("=cand d new_dist alt", dist[column] + k.call("abs", value))
            if parent is None:
                k.set(best, k.call("min", best, candidate))
            else:
                with k.when(candidate < best):
                    k.set(best, candidate)
                    k.set(parent, column)
        titled(k, "relax_edges bellman_ford_step sssp_relax update_distances shortest_path_step")
        store(k, "=dist_out new_dist next_dist", best)
        if parent is not None:
            store(k, "=parents pred_out predecessor", parent)
        return
    if task in ("labels", "vote"):
        k.shared.differentiable = False
        labels = k.array("=labels component comp label", t.I32, (s.unknowns,), low=0, high=11)
        if task == "labels":
            best = k.variable("=best lowest min_label", labels[node])
            with s.entries() as (column, _):
                k.set(best, k.call("min", best, labels[column]))
            titled(k, "propagate_labels connected_components_step label_propagation hook_components min_label")
            store(k, "=labels_out new_labels component_out", best)
        else:
            mine = named(k, "=mine own cur", labels[node])
            agree = k.variable("=agree same matches", k.integer(0))
            weight = k.variable("=w weight total_w", k.lit(0.0))
            with s.entries() as (column, value), k.when(labels[column].equals(mine)):
                k.augment(agree, "+", 1)
                k.augment(weight, "+", value)
            titled(k, "count_matching_neighbors label_agreement neighbor_agreement same_label_weight cut_weight")
            store(k, "=same_count matches agree_out", agree)
            store(k, "=inner_weight same_weight w_out", weight)
        return
    if task == "degree":
        total = k.variable("=deg strength", k.lit(0.0))
        count = k.variable("=n count degree", k.integer(0))
        loops = rng.chance(0.6)
        with s.entries() as (column, value):
            if loops:
                with k.when(column.equals(node)):
                    k.next_turn()
            k.augment(total, "+", k.call("abs", value))
            k.augment(count, "+", 1)
        titled(k, "node_degrees compute_degrees weighted_degree {}_degree node_strength count_neighbors")
        store(k, "=degree n_neighbors", count)
        store(k, "=strength weighted_degree edge_sum", total)
        return
    signal = s.vectors("=x features signal h values")
    total = k.variable("=acc agg total", k.lit(0.0))
    weights = k.variable("=w_sum norm deg total_w", k.lit(0.0)) if task != "laplacian" else None
    own = named(k, "=xi self_x center", signal[node]) if task != "mean" else None
    with s.entries() as (column, value):
        w = k.let("=w weight wij", k.call("abs", value)) if task != "laplacian" else value
        k.augment(
            total, "+", w * (own - signal[column]) if task == "laplacian" and own is not None else w * signal[column]
        )
        if weights is not None:
            k.augment(weights, "+", w)
    if weights is None:
        titled(k, "graph_laplacian apply_laplacian laplacian_rows {}_laplacian laplacian_matvec")
        store(k, "=lx lap out laplacian", total)
        return
    mean = total / k.call("max", weights, 1e-2)
    if own is None:
        titled(k, "aggregate_neighbors neighbor_mean mean_aggregate message_passing weighted_neighbor_mean")
        store(k, "=agg out h_out neighbor_avg", k.call("max", mean, 0.0) if rng.chance(0.3) else mean)
        return
    rate = coefficient(k, "=rate alpha step lam", 0.1, 0.9, 0.5)
    titled(k, "diffuse_on_graph smooth_signal graph_smoothing heat_step {}_diffusion laplacian_smooth")
    store(k, "=x_out smoothed x_new", own + rate * (mean - own))
