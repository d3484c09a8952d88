"""The kernel validation suite and the Poisson validation on a GPU, where the command line's own needs are not met.

    python -m benchmarks.gpu_checks --output FILE [--quick]

What `warp-jit-pairs check --device cuda` runs, with Warp and NumPy alone; the report has the same form. A kind of
kernels that fails to run counts as failed and does not end the run.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from warp_jit_pairs.check_result import CheckResult
from warp_jit_pairs.poisson import PoissonSolver
from warp_jit_pairs.poisson_validation import CASES, QUICK_CASES, run_poisson_checks
from warp_jit_pairs.suite import run_suite
from warp_jit_pairs.suite_kernels import CHECKS

from .gpu_proof import about_machine


def suite(kind: str) -> Iterable[CheckResult]:
    """The suite's kernels of one kind."""
    for found in run_suite("cuda", [kind]):
        name = f"kernels: {kind}: {found.name}, {found.way}, {found.direction}"
        yield CheckResult(name, found.passed, {"error": found.error}, found.detail)


def collect(title: str, run: Callable[[], Iterable[CheckResult]], checks: list[dict[str, Any]]) -> None:
    """Add the results of one part; an exception becomes a failed check with its trace."""
    start = time.monotonic()
    try:
        for result in run():
            figures = {
                n: f if not isinstance(f, float) or math.isfinite(f) else str(f) for n, f in result.figures.items()
            }
            checks.append({"name": result.name, "passed": result.passed, "figures": figures, "detail": result.detail})
    except Exception:  # noqa: BLE001  whatever it is stands in the report
        checks.append({"name": title, "passed": False, "figures": {}, "detail": traceback.format_exc()[-1500:]})
    print(f"{title}: {time.monotonic() - start:.1f} s, {len(checks)} checks so far", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    start = time.monotonic()
    checks: list[dict[str, Any]] = []
    about = about_machine()
    for kind in sorted({check.kind for check in CHECKS}):
        collect(f"kernels: {kind}", functools.partial(suite, kind), checks)
    solver = functools.partial(PoissonSolver, device="cuda:0")
    collect("Poisson", lambda: run_poisson_checks(solver, QUICK_CASES if options.quick else CASES), checks)
    counts = {str(state): sum(check["passed"] is state for check in checks) for state in (True, False, None)}
    report = about | {"seconds": round(time.monotonic() - start, 1), "counts": counts, "checks": checks}
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(counts))
    for check in checks:
        if check["passed"] is False:
            print("failed:", check["name"], check["detail"][-400:])


if __name__ == "__main__":
    main()
