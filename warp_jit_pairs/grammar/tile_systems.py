"""Linear systems made and solved by tiles, as solvers write them: normal equations, blocked substitution, spectra."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tile_ops import dtype_of, elementwise, finished, function_name, many, op, size_constant
from .tile_rows import mask_function, row_tile, start_rows
from .tree import Expr

VEC2 = t.vec(2)


def _storage(k: Kernel, probability: float = 0.4) -> dict[str, Expr]:
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    return {"storage": shared} if k.rng.chance(probability) else {}


@recipe(
    "normal equations gathered over tiles of rows, and their step", "tile:0.9", "optimization control", "solve", SINGLE
)
def tile_normal_equations(k: Kernel) -> None:
    """A^T D A and A^T r of a Jacobian, row tile by row tile, with the rows that do not count masked."""
    rng = k.rng
    row = start_rows(k)
    dofs = size_constant(k, 4, ("DOF", "N_DOFS", "NV", "NUM_VARS"))
    chunk = size_constant(k, 8, ("TILE_K", "TILE_SIZE_K", "CHUNK", "TILE_ROWS"))
    v, c = int(dofs.high), int(chunk.high)
    many_rows = rng.chance(0.5)
    width, height = k.dim(v, fixed=True), k.dim(2 * c if many_rows else c, fixed=True)
    jacobian = k.array("matrix", k.real, (k.launch[0], height, width), low=-1.0, high=1.0)
    residual = k.array("error", k.real, (k.launch[0], height), low=-1.0, high=1.0) if rng.chance(0.7) else None
    weights = k.array("weight", k.real, (k.launch[0], height), low=0.1, high=1.0) if rng.chance(0.6) else None
    masked = many_rows and rng.chance(0.6)
    mask = mask_function(k) if masked else None
    counts = k.array("count", t.I32, k.launch, low=1, high=2 * c - 1, bound=height.symbol) if masked else None
    active = k.let("count", counts[row]) if counts is not None else None
    square, turned, column = t.Tile(k.real, (v, v)), t.Tile(k.real, (v, c)), t.Tile(k.real, (v, 1))
    real = dtype_of(k, k.real)
    hessian = k.let("matrix", op("tile_zeros", square, shape=many(dofs, dofs), dtype=real, **_storage(k)))
    gradient = (
        k.let("gradient", op("tile_zeros", column, shape=many(dofs, 1), dtype=real)) if residual is not None else None
    )

    def one_chunk(start: Expr | None) -> None:
        offset = {} if start is None else {"offset": many(start, 0)}
        j = k.let("tile", op("tile_load", t.Tile(k.real, (c, v)), jacobian[row], shape=many(chunk, dofs), **offset))
        jt = k.let("tile", op("tile_transpose", turned, j))
        scale = row_tile(k, weights, row, chunk, start) if weights is not None else None
        if mask is not None and start is not None and active is not None:
            steps = op("tile_arange", t.Tile(t.I32, (c,)), chunk, dtype=dtype_of(k, t.I32))
            here = op("tile_map", t.Tile(k.real, (c,)), function_name(mask.name), steps, active - start)
            scale = k.let("weight", here if scale is None else elementwise("*", k.let("mask", here), scale))
        if scale is not None:
            wide = op("tile_broadcast", turned, scale, shape=many(dofs, chunk))
            jt = k.let("tile", op("tile_map", turned, function_name("wp.mul"), jt, wide))
        if rng.chance(0.5):
            k.do(op("tile_matmul", t.NOTHING, jt, j, hessian))
        else:
            k.add(tree.Augment(hessian, "+", op("tile_matmul", square, jt, j)))
        if residual is not None and gradient is not None:
            r = row_tile(k, residual, row, chunk, start)
            k.do(
                op(
                    "tile_matmul",
                    t.NOTHING,
                    jt,
                    op("tile_reshape", t.Tile(k.real, (c, 1)), r, shape=many(chunk, 1)),
                    gradient,
                )
            )

    if many_rows:
        bounds: tuple[tree.Value, ...] = (0, active if active is not None else 2 * c, chunk)
        with k.loop("offsets", *bounds) as start:
            one_chunk(start)
    else:
        one_chunk(None)
    k.gap()
    damping = op("tile_full", t.Tile(k.real, (v,)), shape=dofs, value=k.choose_lit(1.0, 0.5, 2.0), dtype=real)
    hessian = k.let("matrix", op("tile_diag_add", square, hessian, k.let("vector", damping)))
    if rng.chance(0.5):
        k.do(op("tile_store", t.NOTHING, k.array("matrix", k.real, (k.launch[0], width, width), "out")[row], hessian))
    if gradient is None:
        factor = op("tile_cholesky", square, hessian)
        k.do(op("tile_store", t.NOTHING, k.array("out", k.real, (k.launch[0], width, width), "out")[row], factor))
        return
    flat = k.let("gradient", op("tile_reshape", t.Tile(k.real, (v,)), gradient, shape=many(dofs)))
    _solve_step(k, row, hessian, flat, k.array("solution", k.real, (k.launch[0], width), "out"))


def _solve_step(k: Kernel, row: Expr, matrix: Expr, rhs: Expr, target: Expr) -> None:
    """The solution of a positive definite system, or (sometimes) minus it, stored."""
    rng = k.rng
    upper = {"fill_mode": tree.Verbatim(t.SHAPE, 0.0, 0.0, '"upper"')} if rng.chance(0.35) else {}
    if rng.chance(0.5):
        k.do(op("tile_cholesky_inplace", t.NOTHING, matrix, **upper))
        factor = matrix
    else:
        factor = k.let("matrix", op("tile_cholesky", matrix.type, matrix, **upper))
    if rng.chance(0.5):
        solution = k.let("solution", op("tile_cholesky_solve", rhs.type, factor, rhs, **upper))
    else:
        k.do(op("tile_cholesky_solve_inplace", t.NOTHING, factor, rhs, **upper))
        solution = rhs
    if rng.chance(0.4):
        solution = k.let("solution", -solution)
    solution = finished(k, solution)
    k.do(op("tile_store", t.NOTHING, target[row], solution))


@recipe("triangular systems solved block by block", "tile:0.6", "linalg control optimization", "solve", SINGLE)
def tile_block_substitution(k: Kernel) -> None:
    """Forward (or backward) substitution with a triangular matrix in blocks; what was solved is loaded again."""
    rng = k.rng
    row = start_rows(k)
    size = size_constant(k, 4, ("BLOCK", "BLOCK_SIZE", "TILE", "TILE_SIZE"))
    b = int(size.high)
    blocks = rng.choose((2, 3))
    side = k.dim(b * blocks, fixed=True)
    matrix = k.array("matrix", k.real, (k.launch[0], side, side), low=-0.5, high=0.5)
    column = k.dim(1, fixed=True)
    rhs_all = k.array("right", k.real, (k.launch[0], side, column), low=-2.0, high=2.0)
    solved = k.array("solution", k.real, (k.launch[0], side, column), "out")
    square, tall = t.Tile(k.real, (b, b)), t.Tile(k.real, (b, 1))
    diagonal = op(
        "tile_full",
        t.Tile(k.real, (b,)),
        shape=size,
        value=k.choose_lit(2.0, 3.0, 4.0),
        dtype=dtype_of(k, k.real),
    )
    diagonal = k.let("vector", diagonal)
    n: Expr | int = k.length(side) if rng.chance(0.6) else b * blocks
    backward = rng.chance(0.4)
    k.shared.differentiable = False

    def part(source: Expr, kind: t.Tile, shape: Expr, *where: tree.Value) -> Expr:
        return k.let("tile", op("tile_load", kind, source[row], shape=shape, offset=many(*where)))

    bounds: tuple[tree.Value, ...] = (n - size, -1, -size) if backward else (0, n, size)
    with k.loop("offsets", *bounds) as i:
        rhs = finished(k, part(rhs_all, tall, many(size, 1), i, 0))
        if rng.chance(0.4):
            shift = part(
                k.array("array", k.real, (k.launch[0], side, column), low=-1.0, high=1.0), tall, many(size, 1), i, 0
            )
            rhs = k.let("tile", elementwise(rng.choose("+-"), rhs, shift))
        inner: tuple[tree.Value, ...] = (i + size, n, size) if backward else (0, i, size)
        with k.loop("offsets", *inner) as j:
            block = part(matrix, square, many(size, size), *((j, i) if backward else (i, j)))
            if backward:
                block = k.let("tile", op("tile_transpose", square, block))
            done = part(solved, tall, many(size, 1), j, 0)
            k.do(op("tile_matmul", t.NOTHING, block, done, rhs, alpha=k.lit(-1.0)))
        own = op("tile_diag_add", square, part(matrix, square, many(size, size), i, i), diagonal)
        own = k.let("tile", own)
        if backward:
            own = k.let("tile", op("tile_transpose", square, own))
        k.do(op(f"tile_{'upper' if backward else 'lower'}_solve_inplace", t.NOTHING, own, rhs))
        k.do(op("tile_store", t.NOTHING, solved[row], rhs, offset=many(i, 0)))
        if rng.chance(0.4):
            scaled_out = k.array("out", k.real, (k.launch[0], side, column), "out")
            k.do(op("tile_store", t.NOTHING, scaled_out[row], finished(k, rhs), offset=many(i, 0)))


@recipe("rows transformed to frequencies and back by tiles", "tile:0.7", "signal audio waves", "transform", SINGLE)
def tile_spectrum(k: Kernel) -> None:
    """Without the library of transforms, whose routine for each size takes ten seconds to link."""
    rng = k.rng
    n = rng.choose((8, 8, 16))
    row = start_rows(k)
    k.block_dim = rng.choose((n, n // 2))
    k.decorator = (
        f'@wp.kernel(module="unique", module_options={{"enable_mathdx_fft": False, "block_dim": {k.block_dim}}})'
    )
    size = size_constant(k, n, ("TILE_N", "NUM_SAMPLES", "FFT_SIZE", "WINDOW"))
    samples = k.dim(n, fixed=True)
    shape = (k.launch[0], samples)
    tile = t.Tile(VEC2, (1, n))

    def load(kind: str, low: float, high: float) -> Expr:
        source = k.array(kind, VEC2, shape, low=low, high=high)
        return k.let("tile", op("tile_load", tile, source, shape=many(1, size), offset=many(row, 0)))

    a = load("array", -1.0, 1.0)
    first = "tile_fft" if rng.chance(0.8) else "tile_ifft"
    k.do(op(first, t.NOTHING, a))
    what = rng.choose(("filter", "filter", "product", "power", "scale", "plain"))
    if what == "filter":
        gain = k.array("weight", t.F32, shape, low=0.0, high=1.0)
        real = t.Tile(t.F32, (1, n))
        gain = finished(k, k.let("weight", op("tile_load", real, gain, shape=many(1, size), offset=many(row, 0))))
        a = k.let("tile", op("tile_map", tile, function_name(_gain(k)), a, gain))
    elif what == "product":
        # A tile of newly made vectors is none that Warp's transforms take: it is stored as it is.
        a = k.let("tile", op("tile_map", tile, function_name(_product(k)), a, load("right", -1.0, 1.0)))
    elif what == "scale":
        a = k.let("tile", elementwise("*", a, k.scalar("scale", t.F32, 0.1, 1.0)))
    if what == "power":
        power = t.Tile(t.F32, (1, n))
        result = finished(k, k.let("tile", op("tile_map", power, function_name(_power(k, n)), a)))
        target = k.array("energy", t.F32, shape, "out")
        k.do(op("tile_store", t.NOTHING, target, result, offset=many(row, 0)))
        return
    if what in ("filter", "scale"):
        k.do(op("tile_ifft" if first == "tile_fft" else "tile_fft", t.NOTHING, a))
        if rng.chance(0.6):
            a = k.let("tile", elementwise("*", a, k.lit(1.0 / n)))
    k.do(op("tile_store", t.NOTHING, k.array("out", VEC2, shape, "out"), a, offset=many(row, 0)))


def _gain(k: Kernel) -> str:
    """A wp.func for a complex number made smaller where a gain is small."""
    how = k.rng.integer(0, 2)

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x, weight = names
        if how == 0:
            return [x * weight]
        if how == 1:
            return [x * (weight * weight)]
        return [body.where(weight > body.rng.choose((0.5, 0.25)), x, x * weight)]

    return helper(k, "vector", [("vector", VEC2, -64.0, 64.0), ("weight", t.F32, 0.0, 1.0)], write).name


def _product(k: Kernel) -> str:
    """A wp.func for the product of two complex numbers, or of one with the conjugate of the other."""
    sign = 1.0 if k.rng.chance(0.7) else -1.0

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        x, y = names
        (a, b), (c, d) = body.components(x), body.components(y)
        parts = (a * c - b * d, a * d + b * c) if sign > 0.0 else (a * c + b * d, b * c - a * d)
        return [body.make(VEC2, *parts)]

    return helper(k, "vector", [("left", VEC2, -64.0, 64.0), ("right", VEC2, -2.0, 2.0)], write).name


def _power(k: Kernel, n: int) -> str:
    """A wp.func for the squared length of a complex number, or its logarithm."""
    logarithm = k.rng.chance(0.3)

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        square = body.call("dot", names[0], names[0]) if k.rng.chance(0.5) else body.call("length_sq", names[0])
        return [body.call("log", square + 1.0)] if logarithm else [square / float(n)]

    return helper(k, "energy", [("vector", VEC2, -64.0, 64.0)], write).name
