"""The text of a build's card: `README.md` rendered from `dataset_card.md`. Pure: it reads the template, writes nothing.

Figures about the rows are those of `figures.py`, measured on the files; figures about the oracle come from a dated file
of results and say so. The YAML head is `card_head.py`'s.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from statistics import mean
from string import Template
from typing import Any

from .card_head import card_head
from .features import LEVELS
from .figures import CHECKED, Figures
from .manifest import Manifest
from .markdown import count_table, counts_table, most_frequent, share_table, spread_table, table
from .schema import column_docs
from .supply import HARVESTED

PICTURE = "pictures/statistics.png"

_STATES = ("passed", "failed", "unsupported", "not run")
_EXAMPLE = (
    ("python_source", "Python", "python"),
    ("cpp_forward", "C++, forward", "cpp"),
    ("cuda_forward", "CUDA, forward", "cpp"),
    ("cpp_backward", "C++, adjoint", "cpp"),
    ("cuda_backward", "CUDA, adjoint", "cpp"),
    ("support_cpp", "C++, what the kernel needs", "cpp"),
)

_MOST_SHOWN = 20


def render_card(
    template: str,
    manifest: Manifest,
    figures: Figures,
    oracle: Mapping[str, Any] | None,
    gpu: Mapping[str, Any] | None,
    learnt: Mapping[str, Any] | None,
    *,
    picture: bool,
) -> str:
    """The text of the card.

    Args:
        template: The content of `dataset_card.md`.
        manifest: The build.
        figures: What was measured over its rows.
        oracle: The content of `benchmarks/results/mutants.json`, or None if the oracle has not been measured.
        gpu: The content of `benchmarks/results/gpu.json`, likewise.
        learnt: The content of `benchmarks/results/training.json`, likewise.
        picture: Whether `PICTURE` lies beside the card.
    """
    rows = manifest.rows()
    request = manifest.request
    return Template(template).substitute(
        yaml=card_head(manifest, figures.nbytes, sorted(figures.counts["licences"])),
        data_version=manifest.data_version,
        generator_version=manifest.generator_version,
        warp_version=manifest.warp_version,
        rows=f"{rows:,}",
        megabytes=f"{sum(shard['bytes'] for shard in manifest.shards) / 1e6:.1f}",
        seed=request["seed"],
        size=request["size"],
        verify=request["verify"],
        plan=manifest.plan_sha256[:16],
        command=manifest.command,
        category=manifest.shards[0]["category"],
        split=manifest.shards[0]["split"],
        counts=counts_table(manifest),
        columns=table(("column", "what it is"), [(f"`{name}`", text) for name, text in column_docs().items()]),
        example=_example(figures.example),
        verification=_verification(figures, rows),
        cuda=_cuda(figures, rows, gpu),
        funnel=count_table(("programs", "count"), manifest.funnel_and_drops()),
        distinct=count_table(("of this build", "count"), _distinct(manifest, figures)),
        oracle=_oracle(oracle),
        learnt=_learnt(learnt),
        writers=_writers(manifest),
        harvested=_harvested(figures),
        picture=f"![Statistics of the rows]({PICTURE})\n" if picture else "",
        sizes=spread_table(figures.values),
        difficulty=count_table(("difficulty", "rows"), _levels(figures)),
        shares="\n\n".join(_shares(name, figures, rows) for name in ("dtypes", "launch dimensions", "builtins")),
        licences=count_table(("licence", "rows"), dict(sorted(figures.counts["licences"].items()))),
        origins=count_table(("origin", "rows"), dict(most_frequent(figures.counts["origins"], _MOST_SHOWN))),
    )


def _writers(manifest: Manifest) -> str:
    """Who wrote the kernels, in a sentence each."""
    generated = [name for name in manifest.categories if name not in HARVESTED]
    said = ["The kernels are written by a seeded generator from a typed grammar."] if generated else []
    said += [f"Category `{name}` is {text}." for name, text in HARVESTED.items() if name in manifest.categories]
    return " ".join(said)


def _harvested(figures: Figures) -> str:
    """How the harvested rows were made, if there are any."""
    if not figures.attributions:
        return ""
    packages = ", ".join(sorted({f"{package} {version}" for package, version, *_ in figures.attributions}))
    return (
        f"Harvested kernels are from {packages}, which were imported for it: each as a file that stands alone, "
        "with the constants, types and functions that it needs. What arguments may hold is not known: inputs were "
        "found by trying, and a kernel that could not be proven is kept, with the reason. The test kernels among them "
        "are a fixed list (`reserved.py`): no other row, in whatever build of this version, repeats one of them."
    )


def _example(row: Mapping[str, Any]) -> str:
    """A row with its levels side by side: a table, whose cells hold code as it is."""
    name = row["metadata"]["kernel_name"]
    shown = [(title, row[column]) for column, title, _ in _EXAMPLE if row[column]]
    lines = [f"Row `{row['id']}`, kernel `{name}`, category {row['category']}:", "", "<table>"]
    for first in range(0, len(shown), 2):
        pair = shown[first : first + 2]
        lines.append("<tr>" + "".join(f"<th>{title}</th>" for title, _ in pair) + "</tr>")
        lines.append("<tr>" + "".join(_cell(text) for _, text in pair) + "</tr>")
    return "\n".join([*lines, "</table>"])


def _cell(text: str) -> str:
    """Code in a cell. A blank line would end the table for Markdown, so its line ends are written as characters."""
    escaped = html.escape(text.rstrip("\n"), quote=False).replace("\n\n", "&#10;&#10;").replace("$", "&#36;")
    return f'<td valign="top"><pre>{escaped}</pre></td>'


def _verification(figures: Figures, rows: int) -> str:
    """How many rows are in which state, the worst errors, and why rows went no further."""
    states = [(kind, *(f"{figures.states[kind][state]:,}" for state in _STATES)) for kind in CHECKED]
    parts = [table(("check", *_STATES), states)]
    if figures.states["executed"]["passed"]:
        forward, gradient = figures.worst["forward"], figures.worst["gradient"]
        parts.append(
            f"Of {rows:,} rows. Worst error of an output {forward:.2g} (of max(1, |value|)), of a gradient "
            f"{gradient:.2g} (of the sum of contributions), over all precisions, half ones included."
        )
    if figures.reasons:
        reasons = dict(most_frequent(figures.reasons, _MOST_SHOWN))
        parts.append(count_table(("why a row went no further", "rows"), reasons))
    return "\n\n".join(parts)


def _cuda(figures: Figures, rows: int, gpu: Mapping[str, Any] | None) -> str:
    """What became of these rows on a GPU, and what was measured on others, with its date."""
    states = figures.states["cuda"]
    if states["passed"] or states["failed"]:
        own = (
            f"The CUDA code of {states['passed']:,} of {rows:,} rows was run on a GPU and agreed; {states['failed']:,} "
            f"failed there. Worst error of an output that agreed: {figures.worst['cuda']:.2g} (of max(1, |value|))."
        )
    else:
        own = "The CUDA columns of these rows were generated without a GPU and have **not been run** on one."
    if gpu is None:
        return own
    kinds = [
        (kind, *(f"{gpu[kind].get(state, 0):,}" for state in ("passed", "failed", "not run")))
        for kind in ("generated", "real")
        if kind in gpu
    ]
    errors = [
        (scalar, *(f"{gpu[name].get(scalar, 0.0):.2g}" for name in ("worst_errors", "worst_gradient_errors")))
        for scalar in sorted(gpu["worst_errors"].keys() | gpu["worst_gradient_errors"].keys())
    ]
    return (
        f"{own}\n\nThe way from CUDA text to a GPU was proven on {gpu['date']} with `{gpu['command']}` on {gpu['gpu']} "
        f"({gpu['driver']}), not on these rows:\n\n"
        + table(("kernels", "passed", "failed", "not run"), kinds)
        + "\n\nThe worst errors of those that passed, relative to max(1, |value|):\n\n"
        + table(("type", "output", "adjoint, from the CPU's"), errors)
    )


_TESTS = {
    "test_real": "mujoco_warp",
    "evaluation_people": "evaluation, people",
    "evaluation_grammar": "evaluation, grammar",
}


def _learnt(found: Mapping[str, Any] | None) -> str:
    """What a small decoder learns from such rows, a line for each set of pairs, over its seeds."""
    if found is None:
        return "What a model learns from them has not been measured."
    runs: dict[str, list[Mapping[str, Any]]] = {}
    for run in found["runs"]:
        runs.setdefault(run["trained on"], []).append(run)
    rows = []
    for name, several in runs.items():
        cells = [name, str(len(several)), f"{several[0]['pairs']:,}"]
        for test in _TESTS:
            figures = [run["tests"][test] for run in several]
            passed = [one["passed"] for one in figures if "passed" in one]
            cells.append(f"{mean(one['last'] for one in figures):.3f}")
            cells.append(f"{100 * mean(passed):.1f} %" if passed else "")
        rows.append(tuple(cells))
    heads = [head for title in _TESTS.values() for head in (f"{title}: bits a byte", "passes")]
    first = found["runs"][0]
    return (
        f"A decoder of {first['parameters'] / 1e6:.0f} million parameters, trained from nothing for minutes on one "
        f"{first['device']} ({found['date']}, `python -m benchmarks.train`), Python → C++ of the forward pass. Kernels "
        "of mujoco_warp are in no training set, nor are those of the evaluation set; `real` are those that people "
        "wrote in other packages. Passes are by execution, of the kernels with test cases:\n\n"
        + table(("trained on", "seeds", "pairs", *heads), rows)
    )


def _distinct(manifest: Manifest, figures: Figures) -> dict[str, int]:
    return figures.distinct | {"near-duplicates dropped before": manifest.funnel["near-duplicates"]}


def _oracle(found: Mapping[str, Any] | None) -> str:
    """The oracle's kill rates: not figures about these rows, so they carry their date and command."""
    if found is None:
        return "The oracle's own kill rate has not been measured."
    mutants = sum(sum(kind.values()) for kinds in found["kinds"].values() for kind in kinds.values())
    rates = [
        (direction, f"{100 * found[direction]:.1f} %", f"{100 * found['fakes'][direction]:.1f} %")
        for direction in ("forward", "adjoint")
    ]
    return (
        f"How good the checker is was measured on {found['date']} with `{found['command']}`, not on these rows: "
        f"{mutants:,} faults planted in the generated C++ of {found['records']:,} records of all categories, "
        "equivalent ones and those within rounding left out of the rate.\n\n"
        + table(("direction", "planted faults noticed", "no-ops, copies and replayed answers noticed"), rates)
    )


def _levels(figures: Figures) -> dict[str, int]:
    return {level: figures.counts["difficulty"][level] for level in LEVELS}


def _shares(name: str, figures: Figures, rows: int) -> str:
    found = figures.counts[name]
    title = f"The {_MOST_SHOWN} most frequent of {len(found)} {name}:" if len(found) > _MOST_SHOWN else f"{name}:"
    return f"{title[0].upper()}{title[1:]}\n\n{share_table(name, found, rows, _MOST_SHOWN)}"
