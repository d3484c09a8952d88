"""Tiles of matrices: products accumulated over a loop, factorisations, triangular solves."""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .tile_ops import dtype_of, elementwise, finished, function_name, item, many, op, pack, size_constant
from .tree import Expr

PRODUCT_SHAPES = ((8, 8, 8), (8, 4, 8), (4, 8, 4), (16, 8, 8), (4, 4, 16))
"""Few, because to run on a GPU Warp links a library routine for each shape, which takes seconds the first time."""


@recipe("matrix products by tiles", "tile:1.2 matrix:0.05", "linalg learning", "tile", {t.F32: 1.0})
def tile_product(k: Kernel) -> None:
    rng = k.rng
    i, j = k.start(2, (2, 2), ("row", "column"), plain=True)
    for dim in k.launch:
        dim.fixed = True
    k.tiled, k.block_dim = True, 64
    m, n, depth = rng.choose(PRODUCT_SHAPES)
    names = rng.choose((("TILE_M", "TILE_N", "TILE_K"), ("BM", "BN", "BK"), ("BLOCK_M", "BLOCK_N", "BLOCK_K")))
    tm, tn, tk = (size_constant(k, size, (name,)) for size, name in zip((m, n, depth), names, strict=True))
    rows, cols = k.derived(k.launch[0], m, 0), k.derived(k.launch[1], n, 0)
    inner_tiles = 2
    inner = k.dim(inner_tiles * depth, fixed=True)
    a = k.array("left", k.real, (rows, inner), low=-1.0, high=1.0)
    transposed = rng.chance(0.25)
    b = k.array("right", k.real, (cols, inner) if transposed else (inner, cols), low=-1.0, high=1.0)
    out = k.array("out", k.real, (rows, cols), "out")
    total_type = t.Tile(k.real, (m, n))
    total = k.let("sum", op("tile_zeros", total_type, shape=pack(tm, tn), dtype=dtype_of(k, k.real)))
    count: Expr | int = rng.choose((inner_tiles, 0))
    if count == 0:
        shape = tree.Attribute(t.SHAPE, -inf, inf, a, "shape")
        count = k.let("count", tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(1),)) // tk)
        # Warp keeps no sums of earlier turns of a loop of unknown length for the adjoint.
        k.shared.differentiable = False
    with k.loop("loop", count) as step:
        left = k.let(
            "tile", op("tile_load", t.Tile(k.real, (m, depth)), a, shape=pack(tm, tk), offset=many(i * tm, step * tk))
        )
        if transposed:
            raw = k.let(
                "tile",
                op("tile_load", t.Tile(k.real, (n, depth)), b, shape=pack(tn, tk), offset=many(j * tn, step * tk)),
            )
            right = op("tile_transpose", t.Tile(k.real, (depth, n)), raw)
            right = k.let("tile", right)
        else:
            right = k.let(
                "tile",
                op("tile_load", t.Tile(k.real, (depth, n)), b, shape=pack(tk, tn), offset=many(step * tk, j * tn)),
            )
        if rng.chance(0.6):
            k.do(op("tile_matmul", t.NOTHING, left, right, total))
        else:
            product = op("tile_matmul", total_type, left, right)
            if rng.chance(0.5):
                product = k.let("tile", product)
            k.add(tree.Augment(total, "+", product))
    value = total
    if rng.chance(0.15):
        value = k.let("tile", op("tile_map", total_type, function_name("wp.tanh"), total))
    if rng.chance(0.35):
        bias = k.array("offset", k.real, (rows, cols), low=-1.0, high=1.0)
        loaded = k.let("tile", op("tile_load", total_type, bias, shape=pack(tm, tn), offset=many(i * tm, j * tn)))
        value = k.let("tile", elementwise("+", value, loaded))
    k.do(op("tile_store", t.NOTHING, out, finished(k, value), offset=many(i * tm, j * tn)))


@recipe("small linear systems solved by tiles", "tile:1.4", "linalg control optimization", "solve", {t.F32: 1.0})
def tile_solve(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (3,), ("tile",), plain=True)
    k.launch[0].fixed = True
    k.tiled, k.block_dim = True, 64
    n = rng.choose((4, 8))
    size = size_constant(k, n, ("TILE_N", "N", "DIM", "SYSTEM_SIZE"))
    side = k.dim(n, fixed=True)
    matrix, vector = t.Tile(k.real, (n, n)), t.Tile(k.real, (n,))
    a = k.array("matrix", k.real, (k.launch[0], side, side), low=-0.5, high=0.5)
    b = k.array("rhs", k.real, (k.launch[0], side), low=-2.0, high=2.0)
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    raw = k.let(
        "matrix",
        op("tile_load", matrix, a[i], shape=many(size, size), **({"storage": shared} if rng.chance(0.5) else {})),
    )
    turned = k.let("matrix", op("tile_transpose", matrix, raw))
    gram = k.let("matrix", op("tile_matmul", matrix, turned, raw))
    how = rng.weighted({"full": 2.0, "row": 1.0, "loaded": 1.5})
    if how == "loaded":
        added = k.array("weight", k.real, (k.launch[0], side), low=4.0, high=8.0)
        diagonal = k.let("vector", op("tile_load", vector, added[i], shape=size))
    else:
        damping = k.choose_lit(4.0, 8.0, 6.0) if how == "full" else k.load("damping", k.real, 4.0, 8.0)
        diagonal = k.let("vector", op("tile_full", vector, shape=size, value=damping, dtype=dtype_of(k, k.real)))
    spd = k.let("matrix", op("tile_diag_add", matrix, gram, diagonal))
    rhs = finished(k, k.let("vector", op("tile_load", vector, b[i], shape=size)))
    if rng.chance(0.3):
        other = k.array("array", k.real, (k.launch[0], side), low=-1.0, high=1.0)
        loaded = k.let("vector", op("tile_load", vector, other[i], shape=size))
        rhs = k.let("vector", elementwise(rng.choose("+-"), rhs, loaded))
    out = k.array("solution", k.real, (k.launch[0], side), "out")
    route = rng.integer(0, 3)
    k.shared.differentiable = False
    if route == 3:
        k.do(op("tile_cholesky_inplace", t.NOTHING, spd))
        factor = spd
    else:
        factor = k.let("matrix", op("tile_cholesky", matrix, spd))
    if route == 0:
        solution = k.let("solution", op("tile_cholesky_solve", vector, factor, rhs))
    elif route == 1:
        first = k.let("vector", op("tile_lower_solve", vector, factor, rhs))
        upper = k.let("matrix", op("tile_transpose", matrix, factor))
        solution = k.let("solution", op("tile_upper_solve", vector, upper, first))
    elif route == 2:
        k.do(op("tile_lower_solve_inplace", t.NOTHING, factor, rhs))
        if rng.chance(0.75):
            upper = k.let("matrix", op("tile_transpose", matrix, factor))
            k.do(op("tile_upper_solve_inplace", t.NOTHING, upper, rhs))
        solution = rhs
    else:
        k.do(op("tile_cholesky_solve_inplace", t.NOTHING, factor, rhs))
        solution = rhs
    if rng.chance(0.35):
        dot = op("tile_dot", t.Tile(k.real, (1,)), solution, diagonal if rng.chance(0.3) else solution)
        k.set(k.array("energy", k.real, k.launch, "out")[i], item(dot) * k.choose_lit(0.5, 1.0, 2.0))
    if rng.chance(0.4):
        state = k.array("inout", k.real, (k.launch[0], side), low=-2.0, high=2.0)
        before = k.let("vector", op("tile_load", vector, state[i], shape=size))
        solution = k.let("solution", elementwise(rng.choose("+-"), before, solution))
    else:
        solution = finished(k, solution)
    k.do(op("tile_store", t.NOTHING, out[i], solution))
