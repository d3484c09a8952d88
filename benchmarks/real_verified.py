"""How much of the kernels that people wrote the oracle can judge, by package, and why the rest is not.

    python -m benchmarks.real_verified [--packages P ...] [--num N] [--seed S] [--show PATTERN]

The kernels come from `harvest`, which imports the packages; nothing is known of their arguments but types, so inputs
are guessed (`guess.py`). "gradient": the adjoint agrees as well; "executed": outputs agree with the reference and no
claim is made about the adjoint; "compiled": the reference cannot judge it; "rejected": no record, with the reason;
"no code": Warp generates none for a module of one kernel. A result whose reason has PATTERN in it is listed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from warp_jit_pairs.compile import Unit
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.harvest import DEFAULT_PACKAGES, Harvested, harvest
from warp_jit_pairs.verify import Verdict, VerifyItem, verify_batch

BATCH = 32
COLUMNS = ("kernels", "gradient", "executed", "compiled", "rejected", "no code")


def verdicts(kernels: Sequence[Harvested], seed: int, executor: Executor) -> list[Verdict | Rejected | None]:
    """What the oracle makes of each kernel; None where Warp generates no code."""
    codes = extract_batch([kernel.python_source for kernel in kernels], [kernel.block_dim for kernel in kernels])
    items = [
        VerifyItem(
            kernel.python_source, Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward), seed
        )
        for kernel, code in zip(kernels, codes, strict=True)
        if isinstance(code, Extracted)
    ]
    found = iter(verify_batch(items, "gradient", executor))
    return [next(found) if isinstance(code, Extracted) else None for code in codes]


def column(result: Verdict | Rejected | None) -> str:
    """The column in which a result counts."""
    if result is None:
        return "no code"
    if isinstance(result, Rejected):
        return "rejected"
    if result.executed != "passed":
        return "compiled"
    return "gradient" if result.gradient == "passed" else "executed"


def why(result: Verdict | Rejected | None) -> tuple[str, str]:
    """Why a kernel is not proven whole: a reason that is counted, and more of it."""
    if result is None:
        return "no code", ""
    if isinstance(result, Rejected):
        return f"rejected: {result.reason}", result.detail
    reason, _, detail = result.reason.partition(": ")
    return (f"{column(result)}: {reason}" if reason else ""), detail


def table(counts: dict[str, Counter[str]]) -> str:
    """The counts by package, with the share that was executed and agreed."""
    lines = ["| package | " + " | ".join(COLUMNS) + " | executed and agreed |", "|---|" + "---|" * (len(COLUMNS) + 1)]
    for name, row in [*counts.items(), ("all", sum(counts.values(), Counter[str]()))]:
        agreed = row["gradient"] + row["executed"]
        share = f"{100.0 * agreed / row['kernels']:.1f} %" if row["kernels"] else "-"
        lines.append(f"| {name} | {' | '.join(str(row[c]) for c in COLUMNS)} | {share} |")
    return "\n".join(lines)


def main() -> None:
    """Verify the packages' kernels, or every so-manieth of them, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", nargs="*", default=list(DEFAULT_PACKAGES))
    parser.add_argument("--num", type=int, default=None, help="kernels of each package, spread evenly; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", default=None)
    options = parser.parse_args()
    start = time.monotonic()
    counts: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    with Executor() as executor:
        for package in options.packages:
            kernels = harvest([package]).kernels
            if options.num is not None:
                kernels = kernels[:: max(1, len(kernels) // options.num)][: options.num]
            counts[package] = Counter(kernels=len(kernels))
            for first in range(0, len(kernels), BATCH):
                batch = kernels[first : first + BATCH]
                for kernel, result in zip(batch, verdicts(batch, options.seed, executor), strict=True):
                    counts[package][column(result)] += 1
                    reason, detail = why(result)
                    if reason:
                        reasons[reason] += 1
                    if options.show is not None and options.show in reason:
                        print(f"{reason} ({detail}): {kernel.origin} {kernel.name}", flush=True)
    print(f"seed {options.seed}, {time.monotonic() - start:.0f} s\n\n{table(counts)}\n")
    print("| why | kernels |\n|---|---|")
    for reason, count in reasons.most_common():
        print(f"| {reason} | {count} |")


if __name__ == "__main__":
    main()
