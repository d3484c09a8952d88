"""The picture on a card: what the rows are, in six panels. Needs matplotlib (the extra `plot`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .columns import SPLITS
from .features import LEVELS
from .figures import Figures
from .manifest import Manifest
from .markdown import most_frequent

_COLOURS = ("#4c72b0", "#dd8452", "#55a868")
_BARS = 15


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_statistics(manifest: Manifest, figures: Figures, path: Path) -> None:
    """Write the picture as PNG; equal figures give equal bytes with one matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.0, 7.6), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 3).ravel()
    _categories(panels[0], manifest)
    _histogram(panels[1], figures.values["tokens of Python"], "tokens of Python")
    _histogram(panels[2], figures.values["lines of cpp_forward"], "lines of C++, forward")
    _shares(panels[3], figures, "builtins", manifest.rows())
    _shares(panels[4], figures, "dtypes", manifest.rows())
    _difficulty(panels[5], figures)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    figure.savefig(partial, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True})
    partial.replace(path)


def _categories(axes: Any, manifest: Manifest) -> None:
    left = [0] * len(manifest.categories)
    for split, colour in zip(SPLITS, _COLOURS, strict=True):
        rows = [manifest.rows(name, split) for name in manifest.categories]
        axes.barh(manifest.categories, rows, left=left, color=colour, label=split)
        left = [before + count for before, count in zip(left, rows, strict=True)]
    axes.invert_yaxis()
    axes.set_title("rows by category and split", fontsize=10)
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7)


def _histogram(axes: Any, values: Sequence[int], name: str) -> None:
    """On a logarithmic axis: programs differ by orders of magnitude."""
    low, high = max(1, min(values)), max(2, max(values))
    steps = 30
    edges = [low * (high / low) ** (step / steps) for step in range(steps)] + [high * 1.001]
    axes.hist(values, bins=edges, color=_COLOURS[0])
    axes.set_xscale("log")
    axes.minorticks_off()
    ticks = [tick for power in range(6) for tick in (10**power, 3 * 10**power) if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_title(name, fontsize=10)
    axes.set_ylabel("rows", fontsize=8)
    axes.tick_params(labelsize=7)


def _shares(axes: Any, figures: Figures, kind: str, rows: int) -> None:
    shown = most_frequent(figures.counts[kind], _BARS)
    axes.barh([name for name, _ in shown], [100 * count / rows for _, count in shown], color=_COLOURS[2])
    axes.invert_yaxis()
    axes.set_title(f"{kind}, % of rows", fontsize=10)
    axes.tick_params(labelsize=7)


def _difficulty(axes: Any, figures: Figures) -> None:
    axes.bar(LEVELS, [figures.counts["difficulty"][level] for level in LEVELS], color=_COLOURS[0])
    axes.set_title("difficulty, rows", fontsize=10)
    axes.tick_params(labelsize=8)
