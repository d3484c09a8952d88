"""How much of what the generator writes the oracle can judge, by category, and why the rest is not.

    python -m benchmarks.judged [--num N] [--seed S] [--categories C ...] [--show PATTERN]

Each program is verified exactly as a build does it. "executed" agreed with the reference; "dropped" would not become a
record, and the reasons follow with the recipes that they hit; "disagreed" are those among them that the comparison or a
native launch refuses: each is a false alarm or a finding about Warp, and is listed to be looked at. "unjudged" is what
the reference cannot run. Of the differentiable programs that were executed, "gradient" agreed with differences;
"followed" is not the derivative, but agreed with differences under the rules that Warp's reverse pass is known to
follow (`reverse_pass.py`); "limit" falls under a known limit of Warp's adjoint and is not judged, "kinks" had no smooth
direction. Programs that pass a value through a builtin without an adjoint ("no adjoint") are not differentiable in
Warp. A drop or a limit whose text has PATTERN in it is listed with what makes it again.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from warp_jit_pairs.adjoint_limits import MISSING
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.pipeline import _verify_item
from warp_jit_pairs.plan import program_seed
from warp_jit_pairs.verify import FOLLOWED, Verdict, verify_batch

BATCH = 64
COLUMNS = (
    *("programs", "executed", "unjudged", "dropped", "disagreed"),
    *("gradient", "followed", "limit", "kinks", "no adjoint", "no derivative"),
)
DISAGREED = ("outputs differ", "adjoint differs", "native launch")
KINKS = "every direction crosses a kink"


def verdicts(specs: Sequence[KernelSpec], executor: Executor) -> list[Verdict | Rejected]:
    """What a build would make of each program."""
    codes = extract_batch([spec["source"] for spec in specs])
    pairs = [(spec, code) for spec, code in zip(specs, codes, strict=True) if isinstance(code, Extracted)]
    found = iter(verify_batch([_verify_item(spec, code) for spec, code in pairs], "gradient", executor))
    return [next(found) if isinstance(code, Extracted) else code for code in codes]


def column(result: Verdict | Rejected) -> tuple[str, ...]:
    """The columns in which a result counts."""
    if isinstance(result, Rejected):
        return ("dropped", "disagreed") if result.reason.startswith(DISAGREED) else ("dropped",)
    if result.executed != "passed":
        return ("unjudged",)
    if result.gradient == "passed":
        return ("executed", "gradient")
    if result.gradient == "not run":
        return ("executed", "no derivative")
    if result.reason.endswith(FOLLOWED):
        return ("executed", "followed")
    return ("executed", {KINKS: "kinks", MISSING: "no adjoint"}.get(result.reason, "limit"))


def why(result: Verdict | Rejected) -> str:
    """What keeps a program from being proven whole, if anything does."""
    if isinstance(result, Rejected):
        return f"dropped: {result.reason}"
    if result.executed != "passed":
        return f"unjudged: {result.reason}"
    return f"no claim about the gradient: {result.reason}" if result.gradient == "unsupported" else ""


def share(part: int, whole: int) -> str:
    return f"{100.0 * part / whole:.1f} %" if whole else "-"


def table(counts: dict[str, Counter[str]]) -> str:
    """The counts by category, with the two shares that must hold."""
    lines = [
        "| category | " + " | ".join(COLUMNS) + " | judged forward | judged in gradient |",
        "|---|" + "---|" * (len(COLUMNS) + 2),
    ]
    total = sum(counts.values(), Counter[str]())
    for name, row in [*counts.items(), ("all", total)]:
        cells = " | ".join(str(row[c]) for c in COLUMNS)
        judged = row["gradient"] + row["followed"]
        with_gradient = judged + row["limit"] + row["kinks"]
        forward = share(row["programs"] - row["unjudged"], row["programs"])
        lines.append(f"| {name} | {cells} | {forward} | {share(judged, with_gradient)} |")
    return "\n".join(lines)


def main() -> None:
    """Verify programs of each category in turn and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--num", type=int, default=480)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first program, to go on after a run")
    parser.add_argument("--categories", nargs="*", default=list(CATEGORIES))
    parser.add_argument("--show", default=None)
    options = parser.parse_args()
    start = time.monotonic()
    counts: dict[str, Counter[str]] = {name: Counter() for name in options.categories}
    reasons: Counter[str] = Counter()
    recipes: dict[str, Counter[str]] = {}
    names = [options.categories[i % len(options.categories)] for i in range(options.num)]
    with Executor() as executor:
        for first in range(0, len(names), BATCH):
            numbers = range(first, min(first + BATCH, len(names)))
            seeds = [program_seed(options.seed, names[i], options.first + i) for i in numbers]
            specs = [generate_kernel(names[i], seed) for i, seed in zip(numbers, seeds, strict=True)]
            for spec, result in zip(specs, verdicts(specs, executor), strict=True):
                counts[spec["category"]].update(("programs", *column(result)))
                reason = why(result)
                if not reason:
                    continue
                reasons[reason] += 1
                recipes.setdefault(reason, Counter())[spec["metadata"]["recipe"]] += 1
                told = isinstance(result, Rejected) and "disagreed" in column(result)
                if told or (options.show is not None and options.show in reason):
                    detail = result.detail if isinstance(result, Rejected) else ""
                    print(f"{reason} ({detail}): {spec['category']} {spec['metadata']['seed']}, recipe "
                          f"{spec['metadata']['recipe']}", flush=True)  # fmt: skip
    print(f"{len(names)} programs, seed {options.seed}, {time.monotonic() - start:.0f} s\n\n{table(counts)}\n")
    print("| why | programs | recipes |\n|---|---|---|")
    for reason, count in reasons.most_common():
        usual = ", ".join(f"{name} {times}" for name, times in recipes[reason].most_common(6))
        print(f"| {reason} | {count} | {usual} |")


if __name__ == "__main__":
    main()
