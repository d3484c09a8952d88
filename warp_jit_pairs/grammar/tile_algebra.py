"""Tiles of matrices: products accumulated over a loop, factorisations, triangular solves."""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .rows import leave_out, named, titled
from .tile_laws import use
from .tile_ops import STORED, dtype_of, elementwise, item, many, merged, op, pack, size_constant, size_constants
from .tile_unary import UNARY
from .tree import Expr

PRODUCT_SHAPES = ((8, 8, 8), (8, 4, 8), (4, 8, 4), (16, 8, 8), (4, 4, 16))
"""Few, because to run on a GPU Warp links a library routine for each shape, which takes seconds the first time."""


@recipe("matrix products by tiles", "tile:1.2 matrix:0.028", "linalg learning", {t.F32: 1.0})
def tile_product(k: Kernel) -> None:
    rng = k.rng
    i, j = k.start(2, (2, 2), ("=i row block_i bm", "=j col block_j bn"))
    for dim in k.launch:
        dim.fixed = True
    k.tiled, k.whole_tiles, k.block_dim = True, True, 64
    m, n, depth = rng.choose(PRODUCT_SHAPES)
    names = rng.choose((("TILE_M", "TILE_N", "TILE_K"), ("BM", "BN", "BK"), ("BLOCK_M", "BLOCK_N", "BLOCK_K")))
    tm, tn, tk = size_constants(k, (m, n, depth), names)
    rows, cols = k.derived(k.launch[0], m, 0), k.derived(k.launch[1], n, 0)
    inner_tiles = 2
    inner = k.dim(inner_tiles * depth, fixed=True)
    layer = rng.chance(0.4)
    left_kind, right_kind = (
        ("=x inputs hidden activations", "=weights w W kernel_w") if layer else ("=a A lhs left", "=b B rhs right")
    )
    a = k.array(left_kind, k.real, (rows, inner), low=-1.0, high=1.0)
    transposed = rng.chance(0.25)
    b = k.array(right_kind, k.real, (cols, inner) if transposed else (inner, cols), low=-1.0, high=1.0)
    total_type = t.Tile(k.real, (m, n))
    total = k.let(
        "=acc total c_tile accum sum_tile", op("tile_zeros", total_type, shape=pack(tm, tn), dtype=dtype_of(k, k.real))
    )
    count: Expr | int = rng.choose((inner_tiles, 0))
    if count == 0:
        shape = tree.Attribute(t.SHAPE, -inf, inf, a, "shape")
        count = k.let(
            "=num_k_tiles k_tiles steps n_steps", tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(1),)) // tk
        )
        # Warp keeps no sums of earlier turns of a loop of unknown length for the adjoint.
        k.shared.differentiable = False
    place = many(i * tm, j * tn)
    words = ("=x_tile x_t" if layer else "=a_tile a_t left_tile", "=w_tile w_t" if layer else "=b_tile b_t right_tile")
    with k.loop("=k kk step t", count) as step:
        left = k.let(
            words[0], op("tile_load", t.Tile(k.real, (m, depth)), a, shape=pack(tm, tk), offset=many(i * tm, step * tk))
        )
        if transposed:
            raw = k.let(
                words[1],
                op("tile_load", t.Tile(k.real, (n, depth)), b, shape=pack(tn, tk), offset=many(j * tn, step * tk)),
            )
            right = k.let("=turned bt right_t wt", op("tile_transpose", t.Tile(k.real, (depth, n)), raw))
        else:
            right = k.let(
                words[1],
                op("tile_load", t.Tile(k.real, (depth, n)), b, shape=pack(tk, tn), offset=many(step * tk, j * tn)),
            )
        if rng.chance(0.15):
            factors = k.array("=col_scale diag feature_scale", k.real, (inner,), low=0.5, high=1.5)
            line = op("tile_load", t.Tile(k.real, (depth,)), factors, shape=tk, offset=step * tk)
            line = k.let("=d_tile scale_row diag_tile", line)
            wide = op("tile_broadcast", t.Tile(k.real, (m, depth)), line, shape=pack(tm, tk))
            left = k.let("=left_scaled weighted_left ad", elementwise("*", left, k.let("=d_wide scale_tile", wide)))
        if rng.chance(0.6):
            k.do(op("tile_matmul", t.NOTHING, left, right, total))
        else:
            product = op("tile_matmul", total_type, left, right)
            if rng.chance(0.5):
                product = k.let("=product partial ab", product)
            k.add(tree.Augment(total, "+", product))
    value = total
    stem = ("linear" if layer else "matmul") + ("_nt" if transposed else "")
    ending = ""

    def loaded(kind: str, low: float, high: float) -> Expr:
        source = k.array(kind, k.real, (rows, cols), low=low, high=high)
        words = kind[1:].split()[0]
        return k.let(f"={words}_tile {words}_t", op("tile_load", total_type, source, shape=pack(tm, tn), offset=place))

    if layer and rng.chance(0.65):
        bias = k.array("=bias b biases", k.real, (cols,), low=-1.0, high=1.0)
        line = k.let("=bias_row bias_vec b_row", op("tile_load", t.Tile(k.real, (n,)), bias, shape=tn, offset=j * tn))
        wide = k.let("=bias_tile b_wide", op("tile_broadcast", total_type, line, shape=pack(tm, tn)))
        value = k.let("=pre_act z biased", elementwise("+", value, wide))
        ending = "_bias"
    elif rng.chance(0.4):
        alpha = k.scalar("=alpha scale a_scale", k.real, 0.1, 2.0)
        value = k.let("=scaled alpha_ab", elementwise("*", alpha, value))
        ending = "_scaled"
        if rng.chance(0.6):
            c = loaded("=c_in C0 addend base", -1.0, 1.0)
            beta = k.scalar("=beta c_scale b_scale", k.real, 0.1, 2.0)
            value = k.let(
                "=result out_tile updated",
                elementwise("+", value, k.let("=beta_c scaled_c", elementwise("*", beta, c))),
            )
            stem, ending = "gemm", ""
    elif rng.chance(0.3):
        value = k.let("=diff residual_tile r_tile", elementwise("-", loaded("=target b_mat rhs_mat", -1.0, 1.0), value))
        ending = "_residual"
    if layer and rng.chance(0.6):
        law = rng.choose([law for law in UNARY if law.out.startswith("=y out activated")])
        value = k.let("=act activated y_tile", use(k, law, [value]))
        ending += "_" + law.titles.split()[0].removesuffix("_forward")
    if layer and rng.chance(0.25):
        value = k.let("=with_skip res_out", elementwise("+", value, loaded("=skip residual shortcut", -1.0, 1.0)))
    titled(
        k,
        f"tiled_{stem}{ending} {stem}{ending} {stem}{ending}_tiles block_{stem}{ending}"
        f" {stem}_tiled {'layer_forward' if layer else 'tile_gemm'}",
    )
    kind = "=y out activations hidden_out" if layer else "=c out C result product"
    # A product of the general form has been added to something.
    if stem != "gemm" and rng.chance(STORED[k.shared.size]):
        both = k.array(kind, k.real, (rows, cols), "inout", low=-1.0, high=1.0)
        old = k.let("=old_tile before prev_tile", op("tile_load", total_type, both, shape=pack(tm, tn), offset=place))
        k.do(op("tile_store", t.NOTHING, both, merged(k, value, old), offset=place))
        return
    k.do(op("tile_store", t.NOTHING, k.array(kind, k.real, (rows, cols), "out"), value, offset=place))


@recipe("small linear systems solved by tiles", "tile:2.6", "linalg control optimization", {t.F32: 1.0})
def tile_solve(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (3,), ("=i batch world env sys",))
    k.launch[0].fixed = True
    k.tiled, k.whole_tiles, k.block_dim = True, True, 64
    leave_out(k, 0.3)
    n = rng.choose((4, 8))
    size = size_constant(k, n, ("TILE_N", "N", "DIM", "SYSTEM_SIZE", "DOF", "NUM_VARS"))
    side = k.dim(n, fixed=True)
    matrix, vector = t.Tile(k.real, (n, n)), t.Tile(k.real, (n,))
    task = rng.choose(("normal", "spd", "newton"))
    a = k.array(
        {"normal": "=a design jacobian J A", "spd": "=factors roots sqrt_cov B", "newton": "=jacobians jac J"}[task],
        k.real,
        (k.launch[0], side, side),
        low=-0.5,
        high=0.5,
    )
    b = k.array(
        {"normal": "=b targets observations y", "spd": "=b rhs right_sides", "newton": "=residuals r res grads"}[task],
        k.real,
        (k.launch[0], side),
        low=-2.0,
        high=2.0,
    )
    shared = {"storage": tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')} if rng.chance(0.5) else {}
    raw = k.let(
        "=a_tile j_tile mat_tile" if task != "spd" else "=root_tile b_fac",
        op("tile_load", matrix, a[i], shape=many(size, size), **shared),
    )
    turned = k.let("=at jt transposed a_t", op("tile_transpose", matrix, raw))
    gram = k.let(
        "=gram ata normal_mat h" if task != "newton" else "=hess jtj h_tile", op("tile_matmul", matrix, turned, raw)
    )
    how = rng.weighted({"full": 2.0, "row": 1.0, "loaded": 1.5})
    words = "=damping reg ridge lam" if task != "newton" else "=damping lm_lambda mu"
    if how == "loaded":
        added = k.array("=diag_shift reg_diag damping_diag mass_diag", k.real, (k.launch[0], side), low=4.0, high=8.0)
        diagonal = k.let("=diag shift_vec reg_vec", op("tile_load", vector, added[i], shape=size))
    else:
        value = (
            k.scalar(words, k.real, 4.0, 8.0)
            if how == "full" and rng.chance(0.6)
            else k.choose_lit(4.0, 8.0, 6.0)
            if how == "full"
            else named(k, words, k.array("=dampings reg_strength lambdas", k.real, k.launch, low=4.0, high=8.0)[i])
        )
        diagonal = k.let(
            "=diag shift_vec reg_vec", op("tile_full", vector, shape=size, value=value, dtype=dtype_of(k, k.real))
        )
    spd = k.let("=spd h_reg system damped", op("tile_diag_add", matrix, gram, diagonal))
    rhs = k.let(
        "=rhs b_tile rhs_vec" if task != "newton" else "=r_tile rhs res_tile", op("tile_load", vector, b[i], shape=size)
    )
    if task != "spd" and rng.chance(0.5):
        # A^T b of the normal equations, with b as a column.
        column = k.let("=b_col col_tile rhs_col", op("tile_reshape", t.Tile(k.real, (n, 1)), rhs, shape=many(size, 1)))
        product = k.let("=atb jtr grad_col", op("tile_matmul", t.Tile(k.real, (n, 1)), turned, column))
        rhs = k.let("=rhs_vec grad_vec proj", op("tile_reshape", vector, product, shape=many(size)))
    k.shared.differentiable = False
    solution = _solved(k, spd, rhs, matrix, vector)
    words = {
        "normal": "=x_out solution coeffs params_out",
        "spd": "=x_out solutions sol_out",
        "newton": "=steps dx_out deltas updates",
    }[task]
    if task == "newton" and rng.chance(0.7):
        state = k.array("=q state x_in theta", k.real, (k.launch[0], side), low=-2.0, high=2.0)
        before = k.let("=q_tile state_tile x_old", op("tile_load", vector, state[i], shape=size))
        if rng.chance(0.4):
            step = k.scalar("=step_size alpha relax", k.real, 0.1, 1.0)
            solution = k.let("=scaled_step damped_step", elementwise("*", step, solution))
        solution = k.let("=q_new updated x_new", elementwise("-", before, solution))
        words = "=q_out state_out x_new"
    titled(
        k,
        {
            "normal": "solve_normal_equations least_squares ridge_solve fit_batch solve_least_squares batched_lstsq",
            "spd": "cholesky_solve_batch solve_spd batched_cholesky_solve solve_systems solve_{s}",
            "newton": "gauss_newton_step levenberg_step newton_update lm_step damped_newton solve_step",
        }[task],
    )
    if rng.chance(0.35):
        size_sq = op("tile_dot", t.Tile(k.real, (1,)), solution, solution)
        k.set(k.array("=norm_sq sol_norm_sq step_sq", k.real, k.launch, "out")[i], item(size_sq))
    k.do(op("tile_store", t.NOTHING, k.array(words, k.real, (k.launch[0], side), "out")[i], solution))


def _solved(k: Kernel, spd: Expr, rhs: Expr, matrix: t.Tile, vector: t.Tile) -> Expr:
    """The solution of a positive definite system, in one of the ways that Warp has."""
    route = k.rng.integer(0, 3)
    if route == 3:
        k.do(op("tile_cholesky_inplace", t.NOTHING, spd))
        k.do(op("tile_cholesky_solve_inplace", t.NOTHING, spd, rhs))
        return rhs
    factor = k.let("=l chol factor l_tile", op("tile_cholesky", matrix, spd))
    if route == 0:
        return k.let("=x sol x_tile", op("tile_cholesky_solve", vector, factor, rhs))
    upper: Expr
    if route == 1:
        first = k.let("=y forward y_tile", op("tile_lower_solve", vector, factor, rhs))
        upper = k.let("=u lt l_t", op("tile_transpose", matrix, factor))
        return k.let("=x sol x_tile", op("tile_upper_solve", vector, upper, first))
    k.do(op("tile_lower_solve_inplace", t.NOTHING, factor, rhs))
    upper = k.let("=u lt l_t", op("tile_transpose", matrix, factor))
    k.do(op("tile_upper_solve_inplace", t.NOTHING, upper, rhs))
    return rhs
