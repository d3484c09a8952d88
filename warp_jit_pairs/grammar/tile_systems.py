"""Linear systems made and solved by tiles, as solvers write them: normal equations, blocked substitution."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .rows import named, titled
from .tile_ops import dtype_of, elementwise, function_name, many, op, size_constant
from .tile_rows import mask_function, row_tile, start_rows
from .tree import Expr


def _storage(k: Kernel, probability: float = 0.4) -> dict[str, Expr]:
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    return {"storage": shared} if k.rng.chance(probability) else {}


@recipe("normal equations gathered over tiles of rows, and their step", "tile:1.2", "optimization control", SINGLE)
def tile_normal_equations(k: Kernel) -> None:
    """A^T D A and A^T r of a Jacobian, row tile by row tile, with the rows that do not count masked."""
    rng = k.rng
    row = start_rows(k)
    dofs = size_constant(k, 4, ("DOF", "N_DOFS", "NV", "NUM_VARS", "NUM_PARAMS"))
    chunk = size_constant(k, 8, ("TILE_K", "TILE_SIZE_K", "CHUNK", "TILE_ROWS", "ROWS_PER_TILE"))
    v, c = int(dofs.high), int(chunk.high)
    many_rows = rng.chance(0.5)
    width, height = k.dim(v, fixed=True), k.dim(2 * c if many_rows else c, fixed=True)
    jacobian = k.array("=jacobian jac J design A", k.real, (k.launch[0], height, width), low=-1.0, high=1.0)
    residual = (
        k.array("=residuals r res errors", k.real, (k.launch[0], height), low=-1.0, high=1.0)
        if rng.chance(0.75)
        else None
    )
    weights = (
        k.array("=weights w inv_var row_scale efc_d", k.real, (k.launch[0], height), low=0.1, high=1.0)
        if rng.chance(0.6)
        else None
    )
    masked = many_rows and rng.chance(0.6)
    mask = mask_function(k) if masked else None
    counts = (
        k.array("=num_rows n_residuals counts nefc", t.I32, k.launch, low=1, high=2 * c - 1, bound=height.symbol)
        if masked
        else None
    )
    active = named(k, "=n count n_active", counts[row]) if counts is not None else None
    square, turned, column = t.Tile(k.real, (v, v)), t.Tile(k.real, (v, c)), t.Tile(k.real, (v, 1))
    real = dtype_of(k, k.real)
    hessian = k.let("=hess h jtj normal", op("tile_zeros", square, shape=many(dofs, dofs), dtype=real, **_storage(k)))
    gradient = (
        k.let("=grad jtr g_col", op("tile_zeros", column, shape=many(dofs, 1), dtype=real))
        if residual is not None
        else None
    )

    def one_chunk(start: Expr | None) -> None:
        offset = {} if start is None else {"offset": many(start, 0)}
        loaded = op("tile_load", t.Tile(k.real, (c, v)), jacobian[row], shape=many(chunk, dofs), **offset)
        j = k.let("=j_tile jac_tile j", loaded)
        jt = k.let("=jt j_t jac_t", op("tile_transpose", turned, j))
        scale = row_tile(k, weights, row, chunk, start, "=w_tile weight_tile w_t") if weights is not None else None
        if mask is not None and start is not None and active is not None:
            steps = op("tile_arange", t.Tile(t.I32, (c,)), chunk, dtype=dtype_of(k, t.I32))
            here = op("tile_map", t.Tile(k.real, (c,)), function_name(mask.name), steps, active - start)
            here = k.let("=mask_tile valid in_range", here)
            scale = here if scale is None else k.let("=masked_w w_valid", elementwise("*", here, scale))
        if scale is not None:
            wide = k.let("=w_wide w_bcast", op("tile_broadcast", turned, scale, shape=many(dofs, chunk)))
            jt = k.let("=jtw weighted_jt jt_w", op("tile_map", turned, function_name("wp.mul"), jt, wide))
        if rng.chance(0.5):
            k.do(op("tile_matmul", t.NOTHING, jt, j, hessian))
        else:
            k.add(tree.Augment(hessian, "+", op("tile_matmul", square, jt, j)))
        if residual is not None and gradient is not None:
            r = row_tile(k, residual, row, chunk, start, "=r_tile res_tile r_t")
            tall = op("tile_reshape", t.Tile(k.real, (c, 1)), r, shape=many(chunk, 1))
            if rng.chance(0.5):
                tall = k.let("=r_col res_col", tall)
            k.do(op("tile_matmul", t.NOTHING, jt, tall, gradient))

    if many_rows:
        bounds: tuple[tree.Value, ...] = (0, active if active is not None else 2 * c, chunk)
        with k.loop("=start base row_start k0", *bounds) as start:
            one_chunk(start)
    else:
        one_chunk(None)
    k.gap()
    value = k.scalar("=damping lm_lambda mu reg", k.real, 0.5, 2.0) if rng.chance(0.5) else k.choose_lit(1.0, 0.5, 2.0)
    damping = k.let(
        "=damp_vec diag reg_vec", op("tile_full", t.Tile(k.real, (v,)), shape=dofs, value=value, dtype=real)
    )
    hessian = k.let("=h_damped damped h_reg", op("tile_diag_add", square, hessian, damping))
    if gradient is None or rng.chance(0.4):
        target = k.array("=hessians h_out normal_out", k.real, (k.launch[0], width, width), "out")
        k.do(op("tile_store", t.NOTHING, target[row], hessian))
    stem = "weighted_" if weights is not None else ""
    if gradient is None:
        titled(k, f"assemble_{stem}hessian {stem}normal_matrix build_{stem}jtj factor_{stem}normal_matrix form_hessian")
        if rng.chance(0.7):
            factor = k.let("=chol l_tile factor", op("tile_cholesky", square, hessian))
            target = k.array("=factors chol_out l_out", k.real, (k.launch[0], width, width), "out")
            k.do(op("tile_store", t.NOTHING, target[row], factor))
        return
    flat = k.let("=g grad_vec rhs", op("tile_reshape", t.Tile(k.real, (v,)), gradient, shape=many(dofs)))
    if rng.chance(0.35) or k.shared.size == "large":
        target = k.array("=gradients grad_out g_out", k.real, (k.launch[0], width), "out")
        k.do(op("tile_store", t.NOTHING, target[row], flat))
    titled(
        k,
        f"{stem}gauss_newton_step levenberg_marquardt solve_{stem}least_squares"
        f" {stem}normal_equations lm_update {{}}_gauss_newton",
    )
    k.shared.differentiable = False
    solution = solved(k, hessian, flat)
    state = rng.chance(0.4)
    if state or rng.chance(0.5):
        solution = k.let("=dx neg_step delta", -solution)
    if state:
        source = k.array("=params x theta state", k.real, (k.launch[0], width), low=-1.0, high=1.0)
        before = row_tile(k, source, row, dofs, None, "=x_tile params_tile x_old")
        solution = k.let("=x_new updated new_params", elementwise("+", before, solution))
    target = k.array(
        "=x_out new_params theta_out" if state else "=steps dx_out delta_out", k.real, (k.launch[0], width), "out"
    )
    k.do(op("tile_store", t.NOTHING, target[row], solution))


def solved(k: Kernel, matrix: Expr, rhs: Expr) -> Expr:
    """The solution of a positive definite system."""
    rng = k.rng
    upper = {"fill_mode": tree.Verbatim(t.SHAPE, 0.0, 0.0, '"upper"')} if rng.chance(0.35) else {}
    if rng.chance(0.5):
        k.do(op("tile_cholesky_inplace", t.NOTHING, matrix, **upper))
        factor = matrix
    else:
        factor = k.let(
            "=u_tile chol_u factor" if upper else "=l_tile chol factor",
            op("tile_cholesky", matrix.type, matrix, **upper),
        )
    if rng.chance(0.5):
        return k.let("=sol x_tile solved", op("tile_cholesky_solve", rhs.type, factor, rhs, **upper))
    k.do(op("tile_cholesky_solve_inplace", t.NOTHING, factor, rhs, **upper))
    return rhs


@recipe("triangular systems solved block by block", "tile:0.6", "linalg control optimization", SINGLE)
def tile_block_substitution(k: Kernel) -> None:
    """Forward (or backward) substitution with a triangular matrix in blocks; what was solved is loaded again."""
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, 4, ("BLOCK", "BLOCK_SIZE", "TILE", "TILE_SIZE", "NB"))
    b = int(size.high)
    blocks = rng.choose((2, 3))
    side = k.dim(b * blocks, fixed=True)
    matrix = k.array("=l factor lower L chol", k.real, (k.launch[0], side, side), low=-0.5, high=0.5)
    column = k.dim(1, fixed=True)
    rhs_all = k.array("=b rhs right_sides", k.real, (k.launch[0], side, column), low=-2.0, high=2.0)
    backward = rng.chance(0.4)
    out = k.array(
        "=x solution sol" if backward else "=y solution forward_sol", k.real, (k.launch[0], side, column), "out"
    )
    square, tall = t.Tile(k.real, (b, b)), t.Tile(k.real, (b, 1))
    shift = k.scalar("=diag_shift reg ridge", k.real, 2.0, 4.0) if rng.chance(0.5) else k.choose_lit(2.0, 3.0, 4.0)
    diagonal = op("tile_full", t.Tile(k.real, (b,)), shape=size, value=shift, dtype=dtype_of(k, k.real))
    diagonal = k.let("=shift_vec diag reg_vec", diagonal)
    n: Expr | int = k.constant(b * blocks, t.I32, "=system_size n dim matrix_size") if rng.chance(0.6) else b * blocks
    k.shared.differentiable = False

    def part(kind: str, source: Expr, tile: t.Tile, shape: Expr, *where: tree.Value) -> Expr:
        return k.let(kind, op("tile_load", tile, source[row], shape=shape, offset=many(*where)))

    scaled = rng.chance(0.25)
    last = n - size if isinstance(n, Expr) else n - b
    bounds: tuple[tree.Value, ...] = (last, -1, -size) if backward else (0, n, size)
    with k.loop("=i start row0 bi", *bounds) as i:
        rhs = part("=rhs b_tile acc", rhs_all, tall, many(size, 1), i, 0)
        if scaled:
            weights = k.array("=row_scale scales d", k.real, (k.launch[0], side, column), low=0.5, high=1.5)
            loaded = part("=scale_tile d_tile", weights, tall, many(size, 1), i, 0)
            rhs = k.let("=scaled_rhs rhs_s", elementwise("*", rhs, loaded))
        inner: tuple[tree.Value, ...] = (i + size, n, size) if backward else (0, i, size)
        with k.loop("=j col0 bj k", *inner) as j:
            block = part("=l_ij off_block l_tile", matrix, square, many(size, size), *((j, i) if backward else (i, j)))
            if backward:
                block = k.let("=u_ij block_t l_t", op("tile_transpose", square, block))
            done = part("=x_j solved done", out, tall, many(size, 1), j, 0)
            k.do(op("tile_matmul", t.NOTHING, block, done, rhs, alpha=k.lit(-1.0)))
        loaded = part("=l_ii diag_block own", matrix, square, many(size, size), i, i)
        own = k.let("=l_reg shifted diag_tile", op("tile_diag_add", square, loaded, diagonal))
        if backward:
            own = k.let("=u_ii upper own_t", op("tile_transpose", square, own))
        k.do(op(f"tile_{'upper' if backward else 'lower'}_solve_inplace", t.NOTHING, own, rhs))
        k.do(op("tile_store", t.NOTHING, out[row], rhs, offset=many(i, 0)))
    word = "backward" if backward else "forward"
    titled(
        k,
        f"blocked_{word}_substitution {word}_substitution_tiles block_{word}_solve"
        f" blocked_triangular_solve solve_{'upper' if backward else 'lower'}_blocks",
    )
