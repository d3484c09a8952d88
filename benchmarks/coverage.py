"""Writes `notes/coverage.md`: what the generator reaches of Warp's kernel language, and what real kernels have beyond.

    python -m benchmarks.coverage [--num N] [--seed S] [--packages FOLDER ...] [--sources FILE.jsonl] [--output FILE]

Three parts: Warp's documented builtins with the number of programs that use each; those that cannot occur, with the
reason; and the builtins, statement kinds, types and idioms of real kernels that are missing or too rare in ours, most
frequent first. An idiom is a statement with its names blanked.
"""

from __future__ import annotations

import argparse
import ast
import collections
import copy
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from benchmarks.real_kernels import RealKernel, kernels_of, read_all
from benchmarks.realism import annotation_kinds, generated, measure
from warp_jit_pairs.builtin_usage import builtins_used
from warp_jit_pairs.genstats import LEAST
from warp_jit_pairs.grammar.registry import visible_builtins

REASONS = {
    "array": "makes an array of a raw pointer: a wrong one crashes the process",
    "pos": "`+x` gives x itself, and nobody writes it",
    "breakpoint": "stops the process in a debugger",
    "expect_near": "reports to standard output and gives nothing",
    "select": "withdrawn: Warp 1.19 raises for it and says to use where",
}
REASONS |= dict.fromkeys(
    (
        *("bvh_query_aabb_tiled", "bvh_query_next_tiled", "bvh_query_ray_tiled"),
        *("mesh_query_aabb_next_tiled", "mesh_query_aabb_tiled"),
    ),
    "deprecated: Warp warns and says to use the one that begins with tile_",
)
"""Builtins that no program uses on purpose, and why."""

COMPARED = 3000
"""So many of the programs, spread evenly, are compared with real kernels; builtins are counted in all."""

RARE = 0.25
"""A thing is a gap if our share of kernels with it is below this part of the real share."""

LEAST_REAL = 0.004
ROWS = 40
_BLANK = "_"
_KEPT = frozenset({"range", "int", "float", "min", "max", "abs", "len", "bool"})


class _Blanker(ast.NodeTransformer):
    """Names become `_`, fields `.f`; builtins, constants and shape stay."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return node if node.id in _KEPT or node.id in ("wp", "warp") else ast.Name(_BLANK, node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in ("wp", "warp"):
            return node
        known = node.attr in ("shape", "size", "x", "y", "z", "w")
        return ast.Attribute(self.visit(node.value), node.attr if known else "f", node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Name("docstring", ast.Load()) if isinstance(node.value, str) else node


def idiom(statement: ast.stmt) -> str:
    """A statement with its names blanked; of a compound one the head and the kinds of its first statements."""
    node = _Blanker().visit(copy.deepcopy(statement))
    if isinstance(node, ast.If):
        inside = "; ".join(type(item).__name__.lower() for item in node.body[:2]) + " …" * (len(node.body) > 2)
        return f"if {ast.unparse(node.test)}: {inside}{' else …' if node.orelse else ''}"
    if isinstance(node, ast.For):
        return f"for _ in {ast.unparse(node.iter)}"
    if isinstance(node, ast.While):
        return f"while {ast.unparse(node.test)}"
    return ast.unparse(node)


def idioms(kernel: RealKernel) -> set[str]:
    """The short idioms of a kernel."""
    function = next(node for node in ast.parse(kernel.source).body if isinstance(node, ast.FunctionDef))
    found = {
        idiom(node)
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef)
    }
    return {text for text in found if len(text) < 90 and "\n" not in text}


def shares(kernels: list[RealKernel], of: Callable[[RealKernel], Iterable[str]]) -> dict[str, float]:
    """In what share of the kernels each thing occurs."""
    counts = collections.Counter(item for kernel in kernels for item in set(of(kernel)))
    return {item: count / len(kernels) for item, count in counts.items()}


_measured = cache(measure)

SUBJECTS: dict[str, Callable[[RealKernel], Iterable[str]]] = {
    "builtins": lambda kernel: builtins_used(ast.parse(kernel.source)) & set(visible_builtins()),
    "statement kinds": lambda kernel: _measured(kernel).kinds,
    "types": lambda kernel: _measured(kernel).types,
    "arguments": lambda kernel: annotation_kinds(_measured(kernel)),
    "idioms": idioms,
}


def gaps(real: dict[str, float], made: dict[str, float]) -> list[tuple[str, float, float]]:
    """What real kernels have and ours lack or have too seldom: (thing, real share, our share), commonest first."""
    found = [
        (item, share, made.get(item, 0.0))
        for item, share in real.items()
        if share >= LEAST_REAL and made.get(item, 0.0) < RARE * share
    ]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def builtin_counts(sources: list[str]) -> dict[str, int]:
    """How many of the programs use each documented builtin."""
    counts = collections.Counter(name for source in sources for name in builtins_used(ast.parse(source)))
    return {name: counts[name] for name in visible_builtins()}


def _builtin_lines(counts: dict[str, int], num: int) -> Iterator[str]:
    used = {name: count for name, count in counts.items() if count}
    well = sum(count >= LEAST for count in used.values())
    yield f"## Warp's {len(counts)} documented builtins\n"
    yield f"{len(used)} occur in {num:,} programs ({len(used) / len(counts):.1%}), {well} of them in {LEAST} or more.\n"
    ranked = sorted(used.items(), key=lambda item: (-item[1], item[0]))
    yield ", ".join(f"{name} {count}" for name, count in ranked) + "\n"
    yield "### Never, on purpose\n"
    yield "| builtin | why |\n|---|---|"
    for name in sorted(REASONS):
        if not counts.get(name):
            yield f"| {name} | {REASONS[name]} |"
    missing = sorted(name for name, count in counts.items() if not count and name not in REASONS)
    yield f"\n### Not yet ({len(missing)})\n"
    yield (", ".join(missing) or "none") + "\n"


def _gap_lines(real: list[RealKernel], made: list[RealKernel]) -> Iterator[str]:
    yield "## What real kernels have and ours lack\n"
    packages = collections.Counter(kernel.package for kernel in real)
    named = ", ".join(f"{name} {count:,}" for name, count in sorted(packages.items()))
    yield f"{len(real):,} kernels of people ({named}) against {len(made):,} generated ones; per cent of kernels."
    yield f"Listed if ours have it less than {RARE:.0%} as often, most frequent first.\n"
    for title, of in SUBJECTS.items():
        rows = gaps(shares(real, of), shares(made, of))
        yield f"### {title} ({len(rows)})\n"
        yield "| in kernels | real % | ours % |\n|---|--:|--:|"
        for item, theirs, ours in rows[:ROWS]:
            escaped = item.replace("|", "\\|")
            yield f"| `{escaped}` | {100 * theirs:.1f} | {100 * ours:.1f} |"
        yield f"\n… and {len(rows) - ROWS} more.\n" if len(rows) > ROWS else ""


def report(sources: list[str], real: list[RealKernel], command: str) -> str:
    """The text of the note."""
    # One program in so many, and one more: a step that shares a factor with the categories would miss most of them.
    chosen = sources[:: max(1, len(sources) // COMPARED) | 1]
    made = [kernel for n, text in enumerate(chosen) for kernel in kernels_of("generated", f"{n}", text)]
    lines = [
        "# What the generator covers\n",
        f"Written by `{command}`; do not edit.\n",
        *_builtin_lines(builtin_counts(sources), len(sources)),
        *_gap_lines(real, made),
    ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write notes/coverage.md.")
    parser.add_argument("--num", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--packages", type=Path, nargs="*", default=[])
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--output", type=Path, default=Path("notes/coverage.md"))
    arguments = parser.parse_args()
    sources = generated(arguments.num, arguments.seed, arguments.sources)
    command = f"python -m benchmarks.coverage --num {len(sources)} --seed {arguments.seed}"
    text = report(sources, read_all(arguments.packages), command)
    arguments.output.write_text(text, encoding="utf-8")
    print(f"{arguments.output}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
