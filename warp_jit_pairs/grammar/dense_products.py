"""Products of dense matrices and vectors, an element or a row of the result to each thread."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .recipes import ANY_REAL, WIDE_REAL, recipe
from .rows import again, begin, coefficient, guard, leave_out, length, named, paired, store, titled
from .tree import Expr

INNER = "=inner n_inner k_dim dim n depth num_inner"
INDEX = "=k m l p d"
SUM = "=acc total s"


def _activated(k: Kernel, value: Expr) -> tuple[Expr, str]:
    """A layer's activation, and what it is called."""
    rng = k.rng
    how = rng.weighted(
        {"none": 3.0, "relu": 2.0, "tanh": 1.5, "sigmoid": 1.2, "leaky": 1.0, "silu": 0.8, "softplus": 0.5}
    )
    if how == "none":
        return value, ""
    if how in ("leaky", "silu", "softplus"):
        value = k.let("=z pre_act a pre", value)
    if how == "relu":
        return k.call("max", value, 0.0), how
    if how == "tanh":
        return k.call("tanh", value), how
    if how == "leaky":
        return k.where(value > 0.0, value, coefficient(k, "=slope alpha leak", 0.01, 0.2, 0.1, 0.2) * value), how
    if how == "softplus":
        return k.call("log", 1.0 + k.call("exp", k.call("min", value, 8.0))), how
    gate = 1.0 / (1.0 + k.call("exp", -value))
    return (value * gate, how) if how == "silu" else (gate, how)


def _matrix_vector(k: Kernel, inner: Dim) -> None:
    rng = k.rng
    i = begin(k, (12,))
    turned = rng.chance(0.25)
    layer = rng.chance(0.35)
    kind = "=weights w weight_matrix W" if layer else "=a matrix mat A m"
    a = k.array(kind, k.real, (inner, k.launch[0]) if turned else (k.launch[0], inner), low=-1.0, high=1.0)
    x = k.array("=x inputs features" if layer else "=x v vec p", k.real, (inner,), low=-1.0, high=1.0)
    n = length(k, inner, "=n_inputs in_dim n num_inputs" if layer else "=n num_cols n_cols cols", a, 0 if turned else 1)
    bias = k.array("=bias b biases", k.real, k.launch, low=-1.0, high=1.0)[i] if layer else None
    first = bias is not None and rng.chance(0.5)
    scaled = (
        k.array("=input_scale feature_scale col_scale", k.real, (inner,), low=0.5, high=1.5)
        if rng.chance(0.15)
        else None
    )
    shown = k.array("=mask input_mask keep", t.BOOL, (inner,), low=0, high=1) if rng.chance(0.12) else None
    total = k.variable(SUM, bias if first and bias is not None else k.lit(0.0))
    with k.loop("=j k col c", n) as j:
        if shown is not None:
            with k.when(k.negate(shown[j])):
                k.next_turn()
        known = x[j] if scaled is None else scaled[j] * x[j]
        k.augment(total, "+", (a[j, i] if turned else a[i, j]) * known)
    if layer:
        value = total if first or bias is None else total + bias
        value, name = _activated(k, value)
        titled(k, f"dense_layer linear_forward fully_connected layer_forward dense_{name or 'affine'} mlp_layer")
        store(k, "=y out activations hidden", value)
        return
    end = rng.weighted({"plain": 2.0, "residual": 1.5, "axpby": 1.5, "square": 0.7})
    stem = "matvec_transposed" if turned else "matvec"
    if end == "plain":
        titled(k, f"{stem} gemv mat_vec {stem}_rows multiply_matrix_vector {stem}_product")
        store(k, "=y out result ax", total)
    elif end == "residual":
        rhs = k.array("=b rhs target", k.real, k.launch, low=-1.0, high=1.0)[i]
        titled(k, "compute_residual dense_residual linear_residual residual_rows eval_residual")
        store(k, "=r residual res", rhs - total if rng.chance(0.6) else total - rhs)
    elif end == "axpby":
        alpha, beta = (
            coefficient(k, "=alpha a_scale", 0.1, 2.0, 0.5, 2.0),
            coefficient(k, "=beta b_scale", 0.1, 2.0, 0.5),
        )
        y = k.array("=y out result", k.real, k.launch, "inout", low=-1.0, high=1.0)
        titled(k, "gemv gemv_axpby scaled_matvec matvec_update")
        k.set(y[i], alpha * total + beta * y[i])
    else:
        own = k.array("=y left z", k.real, k.launch, low=-1.0, high=1.0)[i]
        titled(k, "quadratic_form_terms bilinear_terms xtay_terms weighted_inner_terms")
        store(k, "=terms partial products", own * total)


def _matrix_matrix(k: Kernel, inner: Dim) -> None:
    rng = k.rng
    batched = rng.chance(0.25)
    lead: tuple[Expr, ...] = ()
    dims, first = k.launch, k.launch
    if batched:
        world, i, j = k.start(3, (3, 4, 4), ("world", "=i row r", "=j col c"))
        lead, dims, first = (world,), k.launch[1:], k.launch[:1]
    else:
        i, j = k.start(2, (6, 6), ("=i row r", "=j col c"))
        dims, first = k.launch, k.launch[:0]
    if not batched:
        guard(k, "=m num_rows n_rows rows")
    leave_out(k, 0.12)
    left, right = paired(k, "a|b left|right x|w A|B lhs|rhs p|q")
    what = rng.choose(("plain", "plain", "transposed_b", "transposed_a"))
    a_dims, b_dims = (dims[0], inner), (inner, dims[1])
    if what == "transposed_a":
        a_dims = (inner, dims[0])
    elif what == "transposed_b":
        b_dims = (dims[1], inner)
    a = k.array(left, k.real, (*first, *a_dims), low=-1.0, high=1.0)
    shared = batched and rng.chance(0.3)
    b = k.array(right, k.real, b_dims if shared else (*first, *b_dims), low=-1.0, high=1.0)
    n = length(k, inner, INNER, a, len(first) + (0 if what == "transposed_a" else 1))
    masked = None
    if not batched and rng.chance(0.1):
        keep = k.array("=pattern mask sparsity", t.BOOL, k.launch, low=0, high=1)
        masked = keep[i, j]
        with k.when(k.negate(masked)):
            k.give()
    total = k.variable(SUM, k.lit(0.0))
    scales = k.array("=scale d weights diag", k.real, (inner,), low=0.1, high=1.0) if rng.chance(0.12) else None
    with k.loop(INDEX, n) as m:
        x = a[(*lead, m, i)] if what == "transposed_a" else a[(*lead, i, m)]
        where = (j, m) if what == "transposed_b" else (m, j)
        y = b[where if shared else (*lead, *where)]
        k.augment(total, "+", x * y if scales is None else x * scales[m] * y)
    here = (*lead, i, j)
    stem = ("batched_matmul" if batched else "matmul") + {"plain": "", "transposed_a": "_tn", "transposed_b": "_nt"}[
        what
    ]
    if masked is not None:
        titled(k, "sampled_matmul masked_matmul sddmm masked_product")
        store(k, "=c out result product", total)
        return
    end = rng.weighted({"plain": 3.0, "bias": 1.5, "axpby": 1.5, "add": 0.7})
    if scales is not None:
        stem = stem.replace("matmul", "scaled_matmul")
    if end == "plain":
        titled(
            k,
            f"{stem} {stem}_naive {stem.replace('matmul', 'gemm')}"
            f" {stem.replace('matmul', 'mat_mul')} {stem.replace('matmul', 'matrix_product')}",
        )
        store(k, "=c out result product C", total)
    elif end == "bias":
        bias = k.array("=bias b_vec biases", k.real, (dims[1],), low=-1.0, high=1.0)[j]
        value, name = _activated(k, total + bias)
        titled(k, f"linear_{name or 'bias'} {stem}_bias dense_forward fused_{stem}_{name or 'bias'} layer_forward")
        store(k, "=y out activations hidden", value)
    elif end == "axpby":
        alpha, beta = (
            coefficient(k, "=alpha a_scale", 0.1, 2.0, 0.5, 2.0),
            coefficient(k, "=beta b_scale", 0.1, 2.0, 0.5),
        )
        c = k.array("=c C out", k.real, k.launch, "inout", low=-1.0, high=1.0)
        titled(k, f"{stem.replace('matmul', 'gemm')} {stem}_update {stem}_axpby scaled_{stem}")
        k.set(c[here], alpha * total + beta * c[here])
    else:
        c = k.array("=c C accum out", k.real, k.launch, "inout", low=-1.0, high=1.0)
        titled(k, f"{stem}_add accumulate_{stem} {stem}_accumulate")
        k.augment(c[here], "+", total)


def _normal_matrix(k: Kernel, inner: Dim) -> None:
    """A^T A of a tall matrix, weighted or regularised."""
    rng = k.rng
    i, j = k.start(2, (6, 6), ("=i row r", "=j col c"))
    side = k.launch[0]
    k.launch = (side, k.derived(side))
    a = k.array("=a jac jacobian x design J", k.real, (inner, side), low=-1.0, high=1.0)
    n = length(k, inner, "=num_rows m n_residuals n_samples num_obs", a, 0)
    weights = (
        k.array("=weights w inv_var row_weights", k.real, (inner,), low=0.1, high=1.0) if rng.chance(0.4) else None
    )
    lower = rng.chance(0.3)
    if lower:
        with k.when(j > i):
            k.give()
    means = k.array("=col_means mu centers", k.real, (side,), low=-0.5, high=0.5) if rng.chance(0.25) else None
    used = k.array("=valid row_valid in_use", t.BOOL, (inner,), low=0, high=1) if rng.chance(0.2) else None
    total = k.variable(SUM, k.lit(0.0))
    with k.loop("=r k m s", n) as m:
        if used is not None:
            with k.when(k.negate(used[m])):
                k.next_turn()
        if means is None:
            product = a[m, i] * a[m, j]
        else:
            product = (a[m, i] - means[i]) * (a[m, j] - means[j])
        k.augment(total, "+", product if weights is None else weights[m] * product)
    mean = rng.chance(0.25)
    if mean:
        total = total / k.cast(n, k.real)
    titled(
        k,
        "second_moment sample_covariance moment_matrix scatter_matrix"
        if mean
        else "gram_matrix normal_matrix compute_ata form_hessian gauss_newton_hessian build_normal_equations",
    )
    if rng.chance(0.5):
        damping = coefficient(k, "=damping lam reg ridge", 0.1, 2.0, 0.5, 1.0, 0.1)
        total = k.let("=h entry value", total)
        total = k.where(i.equals(j), total + damping, total)
        k.titles = ("regularized_gram", "damped_hessian", "ridge_matrix", "levenberg_hessian", "damped_normal_matrix")
    out = k.array("=h gram ata hessian H cov" if not mean else "=cov scatter moments", k.real, k.launch, "out")
    k.set(out[i, j], total)
    if lower:
        with k.when(j < i):
            k.set(out[j, i], total)


def _attention(k: Kernel, inner: Dim) -> None:
    """Weighted sums of values, or an update by outer products."""
    rng = k.rng
    i, j = k.start(2, (6, 6), ("=i query row q", "=d f feat col"))
    leave_out(k, 0.15)
    if rng.chance(0.5):
        probs = k.array("=probs attn weights p", k.real, (k.launch[0], inner), low=0.0, high=1.0)
        values = k.array("=values v value_rows V", k.real, (inner, k.launch[1]), low=-1.0, high=1.0)
        n = length(k, inner, "=num_keys n_keys n seq_len", probs, 1)
        causal = rng.chance(0.3)
        total = k.variable("=acc out_id total", k.lit(0.0))
        with k.loop("=k j t key", k.call("min", i + 1, n) if causal else n) as m:
            k.augment(total, "+", probs[i, m] * values[m, j])
        titled(
            k,
            "attention_output apply_attention weighted_values mix_values attend"
            + (" causal_attention" if causal else ""),
        )
        out = k.array("=out context y mixed", k.real, k.launch, "out")
        k.set(out[i, j], total)
        return
    errors = k.array("=grad_out delta d_out upstream", k.real, (inner, k.launch[0]), low=-1.0, high=1.0)
    inputs = k.array("=x inputs activations hidden", k.real, (inner, k.launch[1]), low=-1.0, high=1.0)
    n = length(k, inner, "=batch_size n_samples n batch", errors, 0)
    total = k.variable("=grad g acc", k.lit(0.0))
    with k.loop("=b s k n", n) as m:
        k.augment(total, "+", errors[m, i] * inputs[m, j])
    if rng.chance(0.5):
        total = total / k.cast(n, k.real)
    titled(k, "weight_gradient linear_backward_weights accumulate_weight_grad dense_backward")
    if rng.chance(0.5):
        w = k.array("=weights w W", k.real, k.launch, "inout", low=-1.0, high=1.0)
        rate = coefficient(k, "=lr learning_rate step_size", 0.01, 0.5, 0.1, 0.01)
        decay = rng.chance(0.3)
        step = total + coefficient(k, "=weight_decay decay lam", 0.01, 0.1, 0.01) * w[i, j] if decay else total
        k.set(w[i, j], w[i, j] - rate * step)
        k.titles = ("sgd_weight_update", "update_weights", "linear_sgd_step", "apply_weight_gradient")
        return
    k.set(k.array("=grad_w d_weights dW weight_grad", k.real, k.launch, "out")[i, j], total)


@recipe(
    "dense products: matrix-vector, matrix-matrix, Gram",
    "reduction:0.44 matrix:0.14",
    "linalg learning control",
    ANY_REAL,
)
def dense_product(k: Kernel) -> None:
    inner = k.dim(k.rng.choose((6, 8, 10)))
    write = k.rng.weighted({_matrix_vector: 3.0, _matrix_matrix: 4.0, _normal_matrix: 2.0, _attention: 1.5})
    write(k, inner)


@recipe(
    "a small dense system to each thread, solved by substitution or elimination",
    "reduction:0.17 matrix:0.055 control_flow:0.14",
    "linalg control optimization",
    WIDE_REAL,
)
def substitution(k: Kernel) -> None:
    """Systems are made diagonally dominant by what is added to their diagonals."""
    rng = k.rng
    k.shared.differentiable = False
    row = begin(k, (8,), "=sys i world tid env")
    side = k.dim(rng.choose((4, 5, 6)))
    n = length(k, side, "=n dim size num_vars dof")
    if rng.chance(0.2):
        sizes = k.array(
            "=sizes dims num_dofs system_sizes", t.I32, k.launch, low=1, high=side.size - 1, bound=side.symbol
        )
        n = named(k, "=ndof m_vars size_i count", sizes[row])
    order = (
        k.array("=perm pivots row_order", t.I32, (k.launch[0], side), low=0, high=side.size - 1, bound=side.symbol)
        if rng.chance(0.25)
        else None
    )
    what = rng.choose(("forward", "backward", "tridiagonal", "sweep", "unit"))
    shape = (k.launch[0], side)
    b = k.array("=b rhs right_side f", k.real, shape, low=-1.0, high=1.0)
    if what == "tridiagonal":
        lower = k.array("=lower a_diag dl", k.real, shape, low=-0.5, high=0.5)
        main = k.array("=main diag b_diag d", k.real, shape, low=2.0, high=4.0)
        upper = k.array("=upper sup c_diag du", k.real, shape, low=-0.5, high=0.5)
        ratio = k.array("=c_prime cp work ratios", k.real, shape, "inout", low=0.0, high=0.0)
        x = k.array("=x solution sol", k.real, shape, "inout", low=0.0, high=0.0)
        k.set(ratio[row, 0], upper[row, 0] / main[row, 0])
        k.set(x[row, 0], b[row, 0] / main[row, 0])
        with again(k, "=j i k", None, 1, n) as j:
            pivot = k.let("=inv m denom_inv", 1.0 / (main[row, j] - lower[row, j] * ratio[row, j - 1]))
            k.set(ratio[row, j], upper[row, j] * pivot)
            k.set(x[row, j], (b[row, j] - lower[row, j] * x[row, j - 1]) * pivot)
        with again(k, "=j i k", j, n - 2, -1, -1) as j:
            k.set(x[row, j], x[row, j] - ratio[row, j] * x[row, j + 1])
        titled(k, "thomas_solve tridiagonal_solve solve_tridiagonal thomas_algorithm {}_tridiagonal tdma")
        return
    back = what == "backward" or (what == "unit" and rng.chance(0.4))
    upper_kind = back and rng.chance(0.5)
    words = "=a matrix A mat" if what == "sweep" else "=u upper U r_factor" if upper_kind else "=l lower L factor chol"
    a = k.array(words, k.real, (k.launch[0], side, side), low=-0.5, high=0.5)
    shift = coefficient(k, "=reg diag_shift ridge damping", 2.0, 4.0, 3.0, 4.0)
    x = k.array("=x solution sol y", k.real, shape, "inout", low=-1.0, high=1.0)
    if what == "sweep":
        sweeps = k.rng.choose((1, 2, 4))
        titled(k, "gauss_seidel gauss_seidel_sweep solve_gauss_seidel relax_system sor_sweep")
        omega = coefficient(k, "=omega relax sor_weight", 0.5, 1.5, 1.2, 0.9) if rng.chance(0.4) else None

        def sweep() -> None:
            with k.loop("=i r row_id", n) as i:
                total = k.variable("=sigma acc r", b[row, i] if order is None else b[row, order[row, i]])
                with k.loop("=j c", n) as j, k.when(j.differs(i)):
                    k.augment(total, "-", a[row, i, j] * x[row, j])
                new = total / (a[row, i, i] + shift)
                k.set(x[row, i], new if omega is None else x[row, i] + omega * (new - x[row, i]))

        if sweeps == 1:
            sweep()
        else:
            with k.loop("=it sweep", sweeps):
                sweep()
        return
    bounds = (n - 1, -1, -1) if back else (n,)
    with k.loop("=i r", *bounds) as i:
        total = k.variable("=s acc", b[row, i] if order is None else b[row, order[row, i]])
        inner = (i + 1, n) if back else (i,)
        with k.loop("=j c k", *inner) as j:
            k.augment(total, "-", (a[row, j, i] if back and not upper_kind else a[row, i, j]) * x[row, j])
        k.set(x[row, i], total if what == "unit" else total / (a[row, i, i] + shift))
    direction = "back" if back else "forward"
    titled(
        k,
        f"{direction}_substitution"
        f" solve_{('upper' if upper_kind else 'transposed') if back else 'lower'} {direction}_solve"
        f" {'unit_' if what == 'unit' else ''}triangular_solve {direction}_subst",
    )
