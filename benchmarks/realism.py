"""Generated kernels beside those that people wrote, distribution by distribution.

    python -m benchmarks.realism [--num N] [--seed S] [--packages FOLDER ...] [--sources FILE.jsonl]

A figure is covered if the median of the generated kernels is within a factor of 1.5 of the real one and their 90th
percentile reaches the real one's. Kernels are compared as functions alone, helpers not counted; the real ones are those
of `benchmarks/real_kernels.py`. With `--sources` (one JSON string or record a line) those are measured instead of fresh
programs.
"""

from __future__ import annotations

import argparse
import ast
import collections
import dataclasses
import json
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.real_kernels import RealKernel, decorators, kernels_of, read_all
from warp_jit_pairs.features import Reader
from warp_jit_pairs.identity import tokens
from warp_jit_pairs.types import SCALARS

FACTOR = 1.5
SCALAR_NAMES = frozenset(scalar.name for scalar in SCALARS)


@dataclasses.dataclass(slots=True)
class Kernel:
    """The figures of one kernel function."""

    lines: int
    tokens: int
    statements: int
    builtins: int
    expression_depth: int
    control_depth: int
    arguments: int
    arrays: int
    launch_dims: int
    dtypes: int
    helpers: int
    program_lines: int
    kinds: set[str]
    types: set[str]
    annotations: list[str]
    names: dict[str, list[str]]


def measure(kernel: RealKernel) -> Kernel:
    """Measure a kernel; its annotations are spelled as Warp spells them."""
    tree = ast.parse(kernel.source)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    reader = Reader().read(tree)
    arguments = [ast.unparse(a.annotation) if a.annotation else "" for a in function.args.args]
    return Kernel(
        lines=sum(1 for line in kernel.source.splitlines() if line.strip()),
        tokens=len(tokens(kernel.source)),
        statements=reader.count,
        builtins=len(reader.builtins),
        expression_depth=reader.expression_depth,
        control_depth=reader.control_depth,
        arguments=len(arguments),
        arrays=sum("array" in text for text in arguments),
        launch_dims=launch_dims(function),
        dtypes=len(reader.dtypes & SCALAR_NAMES),
        helpers=kernel.program.count("@wp.func") + kernel.program.count("@func"),
        program_lines=sum(1 for line in kernel.program.splitlines() if line.strip()),
        kinds=reader.statements,
        types=reader.dtypes,
        annotations=arguments,
        names=_names(kernel, function),
    )


def launch_dims(function: ast.FunctionDef) -> int:
    """How many indices the kernel takes from wp.tid(); 0 if it asks for none."""
    dims = 0
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and "tid()" in ast.unparse(node.value):
            target = node.targets[0]
            dims = max(dims, len(target.elts) if isinstance(target, ast.Tuple) else 1)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("wp.tid", "warp.tid"):
            dims = max(dims, 1)
    return dims


def _names(kernel: RealKernel, function: ast.FunctionDef) -> dict[str, list[str]]:
    arguments = [argument.arg for argument in function.args.args]
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    helpers = [
        node
        for node in ast.walk(ast.parse(kernel.program))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and "kernel" not in decorators(node)
    ]
    return {
        "arguments": arguments,
        "locals": sorted(stored - set(arguments)),
        "kernels": [function.name],
        "functions": [node.name for node in helpers if isinstance(node, ast.FunctionDef)],
        "structs": [node.name for node in helpers if isinstance(node, ast.ClassDef)],
    }


FIGURES: dict[str, Callable[[Kernel], int]] = {
    "lines": lambda kernel: kernel.lines,
    "tokens": lambda kernel: kernel.tokens,
    "statements": lambda kernel: kernel.statements,
    "distinct builtins": lambda kernel: kernel.builtins,
    "expression depth": lambda kernel: kernel.expression_depth,
    "control-flow depth": lambda kernel: kernel.control_depth,
    "arguments": lambda kernel: kernel.arguments,
    "array arguments": lambda kernel: kernel.arrays,
    "scalar dtypes": lambda kernel: kernel.dtypes,
    "launch dimensions": lambda kernel: kernel.launch_dims,
    "helpers of its file": lambda kernel: kernel.helpers,
    "lines with helpers": lambda kernel: kernel.program_lines,
}
"""What is compared by median and 90th percentile."""


def percentile(values: Iterable[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def covered(real: list[int], made: list[int]) -> bool:
    """The verdict of one figure; medians of 0 or 1 may differ by one half step."""
    low, high = sorted((statistics.median(real), statistics.median(made)))
    return high <= max(FACTOR * low, low + 0.5) and percentile(made, 0.9) >= percentile(real, 0.9)


def figures_table(real: list[Kernel], made: list[Kernel]) -> Table:
    table = Table(title=f"{len(made)} generated kernels beside {len(real)} real ones")
    for column in ("figure", "real p10/50/90/99", "ours p10/50/90/99", "median ratio", "covered"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, figure in FIGURES.items():
        a, b = [figure(kernel) for kernel in real], [figure(kernel) for kernel in made]
        spread = ["/".join(str(percentile(values, share)) for share in (0.1, 0.5, 0.9, 0.99)) for values in (a, b)]
        ratio = statistics.median(b) / max(statistics.median(a), 1e-9) if statistics.median(a) else float("nan")
        table.add_row(name, *spread, f"{ratio:.2f}", "yes" if covered(a, b) else "[red]no")
    return table


def shares_table(title: str, real: list[Kernel], made: list[Kernel], of: Callable[[Kernel], set[str]]) -> Table:
    """How many in a hundred kernels have each thing; the largest differences are the ones to mend."""
    counts = [collections.Counter(item for kernel in kernels for item in of(kernel)) for kernels in (real, made)]
    table = Table(title=title)
    for column in ("in kernels", "real %", "ours %"):
        table.add_column(column, justify="left" if column == "in kernels" else "right")
    for item in sorted(counts[0] | counts[1], key=lambda item: (-counts[0][item], -counts[1][item], item)):
        shares = [100 * count[item] / len(kernels) for count, kernels in zip(counts, (real, made), strict=True)]
        if max(shares) >= 0.5:
            table.add_row(item, *(f"{share:.1f}" for share in shares))
    return table


def names_table(real: list[Kernel], made: list[Kernel]) -> Table:
    table = Table(title="identifiers (real / ours)")
    columns = (
        "role",
        "length p50",
        "length p90",
        "one letter %",
        "one word %",
        "with digit %",
        "top 10 %",
        "top 100 %",
        "new per 100",
    )
    for column in columns:
        table.add_column(column, justify="left" if column == "role" else "right")
    for role in ("arguments", "locals", "kernels", "functions", "structs"):
        rows = [_name_figures([n for k in kernels for n in k.names[role]]) for kernels in (real, made)]
        table.add_row(role, *(f"{a} / {b}" for a, b in zip(*rows, strict=True)))
    return table


def _name_figures(names: list[str]) -> list[str]:
    if not names:
        return ["-"] * 8
    counts = collections.Counter(names)
    total = len(names)
    lengths = [len(name) for name in names]
    shares = [
        sum(len(name) == 1 for name in names),
        sum("_" not in name.strip("_") for name in names),
        sum(any(char.isdigit() for char in name) for name in names),
        sum(count for _, count in counts.most_common(10)),
        sum(count for _, count in counts.most_common(100)),
        len(counts),
    ]
    return [str(percentile(lengths, 0.5)), str(percentile(lengths, 0.9)), *(f"{100 * n / total:.0f}" for n in shares)]


def annotation_kinds(kernel: Kernel) -> set[str]:
    """The types of arguments with the spelling of arrays made one: `array2d of vec3`."""
    found = set()
    for text in kernel.annotations:
        text = text.replace("wp.", "").replace("warp.", "")
        dims = next((n for n in "4321" if f"{n}d" in text[:20] or f"ndim={n}" in text), "1")
        if "array" not in text:
            found.add(f"scalar {text}" if text else "no annotation")
            continue
        inner = text.partition("dtype=")[2] or text.partition("[")[2] or text.partition("(")[2]
        found.add(f"array{dims} of {inner.split(',')[0].rstrip(')]')}")
    return found


def generated(num: int, seed: int, sources: Path | None) -> list[str]:
    """Sources to measure: those of a file, or `num` fresh programs of every category in turn."""
    if sources is not None:
        rows = [json.loads(line) for line in sources.read_text(encoding="utf-8").splitlines()]
        return [row if isinstance(row, str) else row["python_source"] for row in rows]
    from warp_jit_pairs.generator import generate_kernels

    return [spec["source"] for spec in generate_kernels(num, seed=seed)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare generated kernels with real ones.")
    parser.add_argument("--num", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--packages", type=Path, nargs="*", default=[])
    parser.add_argument("--sources", type=Path)
    arguments = parser.parse_args()
    made = [
        measure(kernel)
        for text in generated(arguments.num, arguments.seed, arguments.sources)
        for kernel in kernels_of("generated", "", text)
    ]
    real = [measure(kernel) for kernel in read_all(arguments.packages)]
    console = Console()
    console.print(figures_table(real, made))
    console.print(names_table(real, made))
    console.print(shares_table("launch dimensions", real, made, lambda kernel: {f"{kernel.launch_dims}"}))
    console.print(shares_table("statement kinds", real, made, lambda kernel: kernel.kinds))
    console.print(shares_table("dtypes", real, made, lambda kernel: kernel.types))
    console.print(shares_table("arguments", real, made, annotation_kinds))


if __name__ == "__main__":
    main()
