"""A quantity that has several laws, each a model of its own: the caller says by which of them it is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warp_jit_pairs import types as t

from .laws import ROWS, Law, Term
from .purposes import varying
from .tree import Expr

if TYPE_CHECKING:
    from .scene import Scene

_USUAL = frozenset({"real", "vec2", "vec3"})


def alternatives(scene: Scene, law: Law, suffix: str = "") -> list[Law]:
    """Other laws for what a law gives that this program offers beside it; mostly none."""
    rng = scene.rng
    if scene.models <= 0 or suffix or not _plain(scene, law) or not rng.chance(0.6):
        return []
    if law.name in law.gives:
        # It has no name of its own.
        return []
    field = scene.sheet
    matter = varying(field, law)
    found = [
        other
        for other in field.giving[law.gives[0]]
        if other is not law
        and other.name not in other.gives
        and _plain(scene, other)
        and scene.usable(other)
        and close(matter, varying(field, other))
    ]
    return rng.shuffle(found)[: rng.choose((1, 1, 2))]


def _plain(scene: Scene, law: Law) -> bool:
    """Whether a law gives one value of one element."""
    field = scene.sheet
    pair = any(name.endswith(("_a", "_b")) for name in law.takes)
    rows = any(name == "rng" or field.quantity(name).type in ROWS for name in law.takes)
    return len(law.gives) == 1 and field.quantity(law.gives[0]).type in _USUAL and not pair and not rows


def close(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two laws that take these are about the same things, but for one that the other does not have."""
    return bool(one & other) and len(one ^ other) <= 1


def by_model(scene: Scene, term: Term, laws: list[Law], depth: int) -> Expr:
    """Work out a quantity by one of several laws, whichever the caller asks for."""
    k, rng = scene.k, scene.rng
    scene.models -= 1
    scene.modelled.add(str(term))
    for law in laws:
        for name in law.takes:
            scene.value(name, depth)
    word = scene.names.called(term)
    names = f"=!{word}_model {word}_mode {word}_method"
    k.gap()
    model = k.scalar(names, t.I32, 0, len(laws) - 1)
    named = rng.chance(0.65)
    result = k.variable(scene.names.local(term), k.zero(scene.type_of(term.base)), False)
    wanted, scene.wanted = scene.wanted, set()
    for number, law in enumerate(laws):
        label = k.constant(number, t.I32, f"=!{law.name} model_{law.name}") if named else k.integer(number)
        with k.case(number, model.equals(label), number == len(laws) - 1), scene.branch():
            k.set(result, scene.apply(law, depth, named=False)[0])
    scene.wanted = wanted
    k.gap()
    scene.held[str(term)] = scene.within(result, term)
    return result
