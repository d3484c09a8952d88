"""A particle and those near it in a hash grid: the loop over them, the weights that they have."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .kernel import Kernel
from .queries import ITERATOR, op
from .tasks import worked
from .tree import Expr


def _poly6(b: Body, v: list[Expr]) -> list[Expr]:
    r, h = v
    x = b.let("=x d h2_r2", h * h - r * r)
    return [x * x * x]


def _cubic(b: Body, v: list[Expr]) -> list[Expr]:
    r, h = v
    q = b.let("=q s", r / h)
    return [1.0 - 3.0 * q * q + 2.0 * q * q * q]


def _spiky(b: Body, v: list[Expr]) -> list[Expr]:
    r, h = v
    x = b.let("=x d", 1.0 - r / h)
    return [x * x * x if b.rng.chance(0.5) else x * x]


def _linear(b: Body, v: list[Expr]) -> list[Expr]:
    return [1.0 - v[0] / v[1]]


def _gauss(b: Body, v: list[Expr]) -> list[Expr]:
    q = b.let("=q x", v[0] / v[1])
    return [b.call("exp", -2.0 * q * q)]


_KERNELS: dict[str, tuple[Callable[[Body, list[Expr]], list[Expr]], str]] = {
    "poly6": (_poly6, "poly6 w_poly6 poly6_kernel smoothing_kernel"),
    "cubic": (_cubic, "cubic_falloff smooth_falloff w_cubic falloff"),
    "spiky": (_spiky, "spiky w_spiky spiky_kernel falloff"),
    "linear": (_linear, "linear_falloff hat falloff tent"),
    "gauss": (_gauss, "gaussian_weight gauss w_gauss gaussian"),
}


class Neighborhood:
    """A loop over the neighbours of a particle, and what it gathers."""

    def __init__(self, k: Kernel, grid: Expr, points: Expr, i: Expr, x: Expr, radius: Expr) -> None:
        self.k, self.grid, self.points, self.i, self.x, self.radius = k, grid, points, i, x, radius
        self.name = k.rng.choose(tuple(_KERNELS))
        self.apart = k.rng.chance(0.35)
        self.others = "=j nbr other neighbor q_id"
        self.guarded = False
        """Whether a test has left out what is at the same place."""

    def run(self, rule: str) -> None:
        getattr(self, f"_{rule}")()

    def _loop(self, body: Callable[[Expr, Expr, Expr], None], skip: bool = True) -> None:
        """`body` gets the neighbour, the vector from it and its distance, within the radius."""
        k, rng = self.k, self.k.rng
        query = k.let("=query neighbors q nbrs", op("hash_grid_query", ITERATOR, self.grid, self.x, self.radius))
        j = tree.Name(t.I32, 0.0, 31.0, k.namer.local(self.others))

        def inside() -> None:
            if skip:
                with k.when(j.equals(self.i)):
                    k.next_turn()
            d = k.let("=d diff delta xij dx", self.x - self.points[j])
            r = k.let("=r dist dist_ij", k.call("length", d))
            self.guarded = skip and rng.chance(0.4)
            with k.when(k.both(r < self.radius, r > 1e-6) if self.guarded else r < self.radius):
                body(j, d, r)

        if rng.chance(0.65):
            held = k.in_loop
            k.in_loop += 1
            with k.block() as statements:
                inside()
            k.in_loop = held
            k.add(tree.For(j, (), tuple(statements), query))
        else:
            k.add(tree.Assign((j,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
            with k.repeat(op("hash_grid_query_next", t.BOOL, query, j)):
                inside()

    def _apart(self, r: Expr, least: float = 1e-4) -> Expr:
        """A distance that can be divided by."""
        return r if self.guarded else self.k.call("max", r, least)

    def _weight(self, r: Expr) -> Expr:
        formula, titles = _KERNELS[self.name]
        given = [("=r dist d", r), ("=h radius support", self.radius)]
        return self.k.let("=w weight wij", worked(self.k, titles, given, formula, 0.5)[0])

    def _array(self, kind: str, dtype: t.Type, low: float, high: float) -> Expr:
        return self.k.array(kind, dtype, self.k.launch, low=low, high=high)
