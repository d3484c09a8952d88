"""Products of matrices and vectors by rows: sparse rows, dense rows and columns."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import ANY_REAL, recipe


@recipe("sparse matrix times vector, by rows", "reduction:1.5 matrix:0.4", "sparse linalg fem", "reduction", ANY_REAL)
def spmv(k: Kernel) -> None:
    rng = k.rng
    (row,) = k.start(1, (12,), ("row",))
    k.guard()
    offsets_dim = k.derived(k.launch[0], 1, 1)
    nonzeros = k.dim(40)
    unknowns = k.dim(12)
    block = rng.weighted({0: 6.0, 2: 1.0, 3: 2.0})
    offsets = k.array("offsets", t.I32, (offsets_dim,), offsets_into=nonzeros.symbol)
    columns = k.array("columns", t.I32, (nonzeros,), low=0, high=11, bound=unknowns.symbol)
    entry: t.Type = t.mat(block, block, k.real) if block else k.real
    vector: t.Type = t.vec(block, k.real) if block else k.real
    values = k.array("values", entry, (nonzeros,), low=-1.0, high=1.0)
    x = k.array("solution", vector, (unknowns,), low=-2.0, high=2.0)
    total = k.variable("sum", k.zero(vector))
    diagonal = k.variable("scalar", k.lit(1.0)) if not block and rng.chance(0.35) else None
    bounds = (offsets[row], offsets[row + 1])
    if rng.chance(0.6):
        bounds = (k.let("start", bounds[0]), k.let("end", bounds[1]))
    with k.loop("loop", *bounds) as j:
        column = k.let("column", columns[j])
        if diagonal is not None:
            with k.when(column.equals(row)):
                k.set(diagonal, k.call("abs", values[j]) + 1.0)
            with k.otherwise():
                k.augment(total, "+", values[j] * x[column])
        else:
            k.augment(total, "+", values[j] @ x[column] if block and rng.chance(0.6) else values[j] * x[column])
    how = rng.integer(0, 3)
    if diagonal is not None:
        rhs = k.load("rhs", vector)
        k.output("solution", (rhs - total) / diagonal)
    elif how == 0:
        k.output("result", total)
    elif how == 1:
        k.output("error", k.load("rhs", vector) - total)
    elif how == 2:
        alpha, beta = k.parameter("scale", 0.1, 2.0, 2.0, 0.5), k.parameter("scale", 0.1, 2.0, 0.5)
        y = k.array("inout", vector, k.launch, "inout", low=-2.0, high=2.0)
        k.set(y[row], alpha * total + beta * y[row])
    else:
        y = k.array("inout", vector, k.launch, "inout", low=-2.0, high=2.0)
        k.augment(y[row], "+", total)


@recipe(
    "dense products: matrix-vector, matrix-matrix, Gram",
    "reduction:1.5 matrix:0.8",
    "linalg learning control",
    "solve",
    ANY_REAL,
)
def dense_product(k: Kernel) -> None:
    rng = k.rng
    shape = rng.choose(("mv", "mm", "gram", "pairwise"))
    inner = k.dim(rng.choose((6, 8, 10)))
    if shape == "mv":
        (i,) = k.start(1, (12,), ("row",))
        k.guard()
        a = k.array("matrix", k.real, (k.launch[0], inner), low=-1.0, high=1.0)
        x = k.array("input", k.real, (inner,), low=-1.0, high=1.0)
        total = k.variable("sum", k.lit(0.0))
        with k.loop("loop", k.length(inner, a, 1)) as j:
            k.augment(total, "+", a[i, j] * x[j])
        out = total
    else:
        i, j = k.start(2, (6, 6), ("row", "column"))
        a = k.array("left", k.real, (k.launch[0], inner), low=-1.0, high=1.0)
        transposed = shape != "mm" or rng.chance(0.3)
        b = k.array("right", k.real, (k.launch[1], inner) if transposed else (inner, k.launch[1]), low=-1.0, high=1.0)
        total = k.variable("sum", k.lit(0.0))
        with k.loop("loop", k.length(inner, a, 1)) as m:
            left, right = a[i, m], b[j, m] if transposed else b[m, j]
            if shape == "pairwise":
                d = k.let("delta", left - right)
                k.augment(total, "+", d * d if rng.chance(0.7) else k.call("abs", d))
            else:
                k.augment(total, "+", left * right)
        out = total
    how = rng.integer(0, 4)
    if shape == "pairwise":
        ways = [total, k.call("sqrt", total), k.call("exp", -total * k.parameter("scale", 0.1, 1.0, 0.5))]
        out = rng.choose(ways)
    elif how == 0:
        out = k.parameter("scale", 0.1, 2.0, 0.5) * total + k.load("offset", k.real)
    elif how == 1:
        out = k.call("max", total + k.load("offset", k.real), 0.0)
    elif how == 2:
        out = k.call("tanh", total)
    elif how == 3 and shape == "gram":
        out = total + k.where(i.equals(k.threads[-1]) if len(k.threads) > 1 else i.equals(0), k.lit(1.0), k.lit(0.0))
    k.output("out", out)
