"""Loops over the elements that a hash grid finds near one, by whatever law is summed over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from warp_jit_pairs import types as t

from . import tree
from .queries import ITERATOR, handle, op
from .scene import NoValue, Scene, Site
from .tree import Expr

_REACHES = ("smoothing_length", "cutoff", "interaction_radius")
"""What laws call the distance that they end at."""


@contextmanager
def close_by(scene: Scene) -> Iterator[Expr]:
    """The loop over an element's neighbours in space: it leaves out the element itself, and mostly what is too far."""
    k, rng = scene.k, scene.rng
    (i,) = k.threads
    x = scene.held.get("position_a")
    if not isinstance(x, Expr):
        raise NoValue("a position")
    k.shared.differentiable = False
    own = next((name for name in _REACHES if isinstance(scene.held.get(name), Expr)), "")
    reach = scene.held[own] if own else None
    if not isinstance(reach, Expr):
        reach = k.scalar("=radius search_radius query_radius support", t.F32, 0.5, 2.0)
    grid = handle(k, "hashgrid", "=grid hash_grid grid_id")
    query = k.let("=query neighbors nbrs", op("hash_grid_query", ITERATOR, grid, x, reach))
    j = tree.Name(t.I32, 0.0, 15.0, k.namer.local("=j nbr other neighbor"))
    # A law that knows how far it goes leaves out the rest itself.
    cut = not own and rng.chance(0.6)

    @contextmanager
    def inside() -> Iterator[None]:
        scene.sites["b"] = Site(k.launch, (j,))
        with k.when(j.equals(i)):
            k.next_turn()
        if cut:
            # What a grid finds is near, not always near enough.
            other = scene.value("position_b", 0)
            assert isinstance(other, Expr)
            with k.when(k.call("length", x - other) > reach):
                k.next_turn()
        yield

    if rng.chance(0.6):
        held = k.in_loop
        k.in_loop += 1
        with k.block() as statements, scene.inner(), inside():
            yield j
        k.in_loop = held
        k.add(tree.For(j, (), tuple(statements), query))
        return
    k.add(tree.Assign((j,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
    with k.repeat(op("hash_grid_query_next", t.BOOL, query, j)), scene.inner(), inside():
        yield j
