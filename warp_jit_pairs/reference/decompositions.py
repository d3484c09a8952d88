"""Singular values, QR and eigenvectors of small matrices, which are unique only up to signs and order.

The two precisions choose signs (and the order of eigenvalues) differently: a kernel whose result depends on the choice
shows as ill-conditioned, and is not judged by a convention that is not Warp's. A 2x2 matrix of equal singular values is
not judged at all: Warp gives wrong factors for it (notes/warp_findings.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_EQUAL = 1e-4
"""Relative difference below which two singular values count as equal."""


class Decompositions:
    """The builtins of one precision."""

    def __init__(self, precision: str) -> None:
        self.exact = precision == "float64"

    def _signs(self, size: int) -> Any:
        signs = np.ones(size)
        if self.exact:
            signs[:2] = -1.0
        return signs

    def _give(self, m: Any, results: tuple[Any, ...], targets: tuple[Any, ...]) -> Any:
        """Return the parts, or store them into the arguments of the older form."""
        made = []
        for part in results:
            made.append(m.types.block(m.scalar.name, part.shape).of(part.astype(m.a.dtype)))
        for target, part in zip(targets, made, strict=False):
            target.a[...] = part.a
        return None if targets else tuple(made)

    def svd(self, m: Any, *targets: Any) -> Any:
        u, s, vh = np.linalg.svd(m.a.astype(np.float64))
        v = vh.T
        for matrix in (u, v):  # rotations: a reflection moves to the sign of the last singular value
            if np.linalg.det(matrix) < 0:
                matrix[:, -1] *= -1.0
                s[-1] *= -1.0
        signs = self._signs(len(s))
        if self.exact and len(s) == 2 and abs(s[0]) - abs(s[1]) <= _EQUAL * abs(s[0]):
            signs = np.full(2, np.nan)
        return self._give(m, (u * signs, s * abs(signs), v * signs), targets)

    def qr3(self, m: Any, *targets: Any) -> Any:
        q, r = np.linalg.qr(m.a.astype(np.float64))
        signs = self._signs(3)
        return self._give(m, (q * signs, signs[:, None] * r), targets)

    def eig3(self, m: Any, *targets: Any) -> Any:
        d, q = np.linalg.eigh(m.a.astype(np.float64))
        order = [1, 2, 0] if self.exact else [0, 1, 2]
        return self._give(m, (q[:, order] * self._signs(3), d[order]), targets)


def table(precision: str) -> dict[str, Callable[..., Any]]:
    """Decompositions by name."""
    made = Decompositions(precision)
    return {"svd3": made.svd, "svd2": made.svd, "qr3": made.qr3, "eig3": made.eig3}
