"""Index plumbing, what is put together: vectors filled component by component, structs filled field by field."""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .plumbing_moves import settle, store
from .plumbing_walk import ITEM_OF, Walk
from .structs import StructType
from .tree import Expr

_LENGTHS = {3: 4.0, 2: 1.5, 4: 1.0, 5: 1.5, 6: 1.5, 8: 0.7, 10: 0.4, 12: 0.3}
"""Components of vectors that are filled, those that Warp has no name for among them."""


def assemble(walk: Walk) -> None:
    """A vector that starts empty and gets its components one after the other."""
    k, rng = walk.k, walk.rng
    length = rng.weighted(_LENGTHS)
    whole = length < 4 and rng.chance(0.3)
    dtype, item = t.vec(length, t.I32 if whole else t.F32), t.I32 if whole else t.F32
    start = k.zero(dtype) if rng.chance(0.5) else tree.Call(dtype, 0.0, 0.0, k.spell(dtype), ())
    filled = k.variable("vector", start)
    few = length > 6
    for component in range(rng.integer(2, 4) if few else length):
        k.set(k.component(filled, component) if length < 5 else filled[component], _component(walk, item))
    k.set(k.array("out", dtype, walk.own.dims, "out")[walk.own.index], filled)
    walk.written += 1


def _component(walk: Walk, item: t.Scalar) -> Expr:
    value = walk.operand(item, 0.25)
    if item is t.F32 and walk.rng.chance(0.25):
        return value * walk.operand(item, 0.2, value)
    return value


def pack(walk: Walk) -> None:
    """A struct filled field by field and stored in an array of them."""
    k, rng = walk.k, walk.rng
    known = [value for value in k.unused() if value.expr.type in ITEM_OF]
    if len(known) < 2 or walk.depth:
        store(walk)
        return
    chosen = rng.sample(known, min(len(known), rng.integer(2, 5)))
    struct = StructType(k, [(value.kind, value.expr.type, -inf, inf) for value in chosen])
    made = k.variable("struct", tree.Call(struct.type, -inf, inf, struct.type.name, ()))
    for which, value in enumerate(chosen):
        value.uses += 1
        k.set(struct.get(made, which), value.expr)
    k.set(k.array("structs", struct.type, walk.own.dims, "out")[walk.own.index], made)
    walk.written += 1


def choose(walk: Walk) -> None:
    """An element of what an index names where the index is there, and another value where it is not."""
    k, rng = walk.k, walk.rng
    target = k.dim(8)
    where = k.let(
        "index",
        k.array("indices", t.I32, walk.own.dims, low=-1, high=target.size - 1, bound=target.symbol)[walk.own.index],
    )
    item = ITEM_OF[rng.choose((t.F32, t.F32, t.vec(3), t.I32))]
    kind = rng.choose(item.kinds)
    there = k.array(kind, item.dtype, (target,), **item.limits)[where]
    if rng.chance(0.5):
        result = k.variable("result", k.zero(item.dtype) if rng.chance(0.5) else walk.operand(item.dtype))
        with k.when(where >= 0):
            k.set(result, there)
    else:
        result = k.variable("result", k.zero(item.dtype))
        with k.when(where >= 0):
            k.set(result, there)
        with k.otherwise():
            k.set(result, walk.operand(item.dtype, 0.4))
    assert isinstance(result, tree.Name)
    walk.owe(kind, tree.Name(item.dtype, -4.0, 4.0, result.id))
    if walk.depth:
        settle(walk, len(walk.owed) - 1)
