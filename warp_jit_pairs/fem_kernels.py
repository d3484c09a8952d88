"""The kernels that `warp.fem` writes for the Poisson solver: integrands, assembly, interpolation, restriction.

They are collected as they are launched while small problems are solved. Code is made of them by `extract.py`, as of any
kernel.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import warp as wp

from . import poisson_problems as problems
from .poisson import PoissonSolver
from .poisson_forms import stiffness
from .poisson_validation import CASES, Case, solve_ridge

_HOMES = (stiffness.module.name, ".fem.")
"""Parts of the names of the modules that hold kernels of `warp.fem` and of our integrands."""


def fem_kernels(cases: Sequence[Case] = CASES) -> list[Any]:
    """The distinct kernels that `warp.fem` launches while it solves one problem for each case, sorted by name.

    They are copies for extraction, with the adjoint, which the solver leaves out, and without the block size that
    `warp.fem` writes into a kernel's own options: on the CPU it makes entry points of another kind.
    """
    found: dict[tuple[str, str], Any] = {}
    with _recorded(found):
        for case in cases:
            solver = solve_ridge(case, PoissonSolver, problems.wave(case.dimension), 2, ("x+",))
            solver.get_solution_at_points(np.full((1, case.dimension), 0.5))
            solver.boundary_nodes()
    return [_copy(found[name]) for name in sorted(found)]


def _copy(kernel: Any) -> Any:
    copied = copy.copy(kernel)
    copied.options = {name: option for name, option in kernel.options.items() if name != "block_dim"}
    copied.options["enable_backward"] = True
    return copied


@contextlib.contextmanager
def _recorded(found: dict[tuple[str, str], Any]) -> Iterator[None]:
    """While this is open, keep every kernel that is launched, and that is written for one set of types, in `found`."""
    launch = wp.launch

    def recording(kernel: Any, *arguments: Any, **options: Any) -> Any:
        name = kernel.module.name
        if not kernel.is_generic and any(home in name for home in _HOMES):
            found.setdefault((name, kernel.key), kernel)
        return launch(kernel, *arguments, **options)

    wp.launch = recording
    try:
        yield
    finally:
        wp.launch = launch
