"""The process that writes out the kernels of `warp.fem`: `python -m warp_jit_pairs.harvest_fem warp.fem LIMIT`.

They do not exist before something is solved; a problem takes the place of a package's module.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .fem_kernels import fem_kernels
from .harvest import located
from .harvest_worker import Worker, main
from .poisson_validation import CASES, Case

SOLVED = tuple(case for case in CASES if case.degree < 3)
"""The kernels for polynomials of degree 3 have the text of those for degree 2, but for numbers."""


class FemWorker(Worker):
    """Solves problems and writes out the kernels that were launched on the way."""

    cases = SOLVED

    def collect(self) -> None:
        """Solve each problem."""
        self.found: dict[tuple[str, str], Any] = {}
        for case in self.cases:
            self.within(f"{self.package.name}:{case}", partial(self._solve, case), Exception)

    def _solve(self, case: Case) -> None:
        for kernel in fem_kernels([case]):
            self.found.setdefault((kernel.module.name, kernel.key), kernel)

    def kernels(self) -> Iterator[Any]:
        """Those of Warp; what the solver itself launches is none of them."""
        for kernel in self.found.values():
            if Path(kernel.adj.filename).is_relative_to(self.package.root):
                yield kernel


if __name__ == "__main__":
    main(FemWorker, located)
