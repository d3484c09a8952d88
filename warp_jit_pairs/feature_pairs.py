"""Pairwise coverage: how many pairs of features meet in some program of a sample."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_FOLD = 4096


class FeaturePairs:
    """Counts, for every two features, the programs that have both."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows: list[list[int]] = []
        self._together = np.zeros((0, 0), dtype=np.int64)

    def add(self, found: Iterable[str]) -> None:
        """Take note of one program's features."""
        self._rows.append([self._numbers.setdefault(name, len(self._numbers)) for name in found])
        if len(self._rows) >= _FOLD:
            self._fold()

    def _fold(self) -> None:
        size = len(self._numbers)
        together = np.zeros((size, size), dtype=np.int64)
        old = len(self._together)
        together[:old, :old] = self._together
        seen = np.zeros((len(self._rows), size), dtype=np.float32)
        for place, row in enumerate(self._rows):
            seen[place, row] = 1.0
        together += (seen.T @ seen).astype(np.int64)
        self._together, self._rows = together, []

    def covered(self, least: int = 1) -> tuple[float, int, list[tuple[str, str]]]:
        """Share of pairs that meet in at least `least` programs, number of features, and the unmet pairs whose
        features are commonest."""
        self._fold()
        names = list(self._numbers)
        size = len(names)
        if size < 2:
            return 0.0, size, []
        upper = np.triu_indices(size, 1)
        met = self._together[upper] >= least
        alone = self._together.diagonal()
        expected = np.where(met, -1, alone[upper[0]] * alone[upper[1]])
        worst = np.argsort(-expected, kind="stable")[: int(min(12, (~met).sum()))]
        missing = [(names[upper[0][n]], names[upper[1][n]]) for n in worst]
        return float(met.mean()), size, missing
