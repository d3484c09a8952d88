"""Residuals that a block of threads finds, and what all of its lanes do then."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, titled
from .tile_blocks import block, summed
from .tile_ops import dtype_of, op


@recipe(
    "residuals of a solver, and what each world does next",
    "tile:1.2",
    "optimization control linalg",
    {t.F32: 1.0},
)
def block_status(k: Kernel) -> None:
    """The first lane decides; shared memory tells the others, who all go on with it."""
    b = block(k)
    rng = k.rng
    x = k.array("=x state q solution", k.real, (k.launch[0], b.columns), "inout", low=-2.0, high=2.0)
    z = b.data("=x_new target proposal z candidate", k.real, -2.0, 2.0)
    square = rng.chance(0.4)
    both = not square and (rng.chance(0.3) or k.shared.size == "large")
    found = k.variable("=res_sq err2 acc" if square else "=max_res local_max err", k.lit(0.0))
    second = k.variable("=sum_sq sq_acc res_sq", k.lit(0.0)) if both else None
    with b.shared_loop() as j:
        r = k.let("=r res diff", z[b.row, j] - x[b.row, j])
        if square:
            k.augment(found, "+", r * r)
        else:
            k.set(found, k.call("max", found, k.call("abs", r)))
        if second is not None:
            k.augment(second, "+", r * r)
    k.gap()
    error = k.let("=residual error change step_norm", summed(k, found, "sum" if square else "max"))
    norm = k.let("=norm_sq total_sq", summed(k, second)) if second is not None else None
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    one = t.Tile(t.I32, (1,))
    sync = k.let(
        "=status_tile shared_status sync",
        op("tile_zeros", one, shape=k.integer(1), dtype=dtype_of(k, t.I32), storage=shared),
    )
    control = k.variable("=status verdict decision", k.integer(0))
    small, large = ((5.0, 25.0), (35.0, 50.0)) if square else ((1.0, 2.4), (2.6, 3.4))
    tol = coefficient(k, "=tol tolerance eps", *small, small[0], small[1])
    limit = coefficient(k, "=divergence_limit max_residual blowup", *large, large[0]) if rng.chance(0.4) else None
    k.gap()
    with b.lead():
        if rng.chance(0.6):
            k.augment(b.out("=iterations num_iters rounds", t.I32, "inout"), "+", 1)
        with k.when(error < tol):
            k.set(control, 1)
        if limit is not None:
            with k.otherwise_when(error > limit):
                k.set(control, 2)
        k.set(b.out("=residuals res_norm errors", k.real), error)
        if norm is not None:
            k.set(b.out("=res_norm_sq sq_residuals", k.real), norm)
        if rng.chance(0.4):
            k.set(b.out("=status_out converged flags", t.I32), control)
    k.gap()
    k.do(op("tile_scatter_masked", t.NOTHING, sync, 0, control, b.lane.equals(0)))
    told = k.let("=shared_flag verdict_all state_flag told", tree.Subscript(t.I32, 0.0, 2.0, sync, (k.integer(0),)))
    k.shared.differentiable = False
    relax = coefficient(k, "=relax omega step_size alpha", 0.1, 1.0, 0.5, 0.8)
    titled(
        k,
        "check_convergence update_worlds converge_and_step"
        " solver_status relax_until_converged iterate_worlds {}_status",
    )
    if rng.chance(0.5):
        with k.when(told.equals(1) if limit is None or rng.chance(0.5) else told.differs(0)):
            k.give()
        with b.shared_loop() as j:
            here = x[b.row, j]
            k.set(here, here + relax * (z[b.row, j] - here))
    else:
        with b.shared_loop() as j:
            with k.when(told.equals(1)):
                k.set(x[b.row, j], z[b.row, j])
            if limit is not None:
                with k.otherwise_when(told.equals(2)):
                    k.set(x[b.row, j], k.lit(0.0))
            with k.otherwise():
                k.augment(x[b.row, j], "+", relax * (z[b.row, j] - x[b.row, j]))
