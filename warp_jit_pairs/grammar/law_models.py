"""A quantity that has several laws, each a model of its own: the caller says by which of them it is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warp_jit_pairs import types as t

from .laws import ROWS, Law, Term
from .tree import Expr

if TYPE_CHECKING:
    from .scene import Scene

_USUAL = frozenset({"real", "vec2", "vec3"})


def alternatives(scene: Scene, law: Law, suffix: str = "") -> list[Law]:
    """Other laws for what a law gives that this program offers beside it; mostly none."""
    k, rng = scene.k, scene.rng
    if scene.models <= 0 or suffix or not _plain(scene, law) or k.serial or not rng.chance(0.6):
        return []
    matter = _matter(scene, law)
    found = [
        other
        for other in scene.sheet.giving[law.gives[0]]
        if other is not law and _plain(scene, other) and scene.usable(other) and _close(matter, _matter(scene, other))
    ]
    if law.name in law.gives:
        # It has no name of its own.
        return []
    found = [other for other in found if other.name not in other.gives]
    return rng.shuffle(found)[: rng.choose((1, 1, 2))]


def _plain(scene: Scene, law: Law) -> bool:
    field = scene.sheet
    pair = any(name.endswith(("_a", "_b")) for name in law.takes)
    rows = any(name == "rng" or field.quantity(name).type in ROWS for name in law.takes)
    return len(law.gives) == 1 and field.quantity(law.gives[0]).type in _USUAL and not pair and not rows


def _matter(scene: Scene, law: Law) -> set[str]:
    """What a law is about: what it takes that elements have of their own."""
    field = scene.sheet
    return {name for name in law.takes if field.quantity(name).where in ("state", "result")}


def _close(one: set[str], other: set[str]) -> bool:
    """Whether two laws are about the same things, but for one that the other does not have."""
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
    kind = scene.type_of(term.base)
    start = k.lit(0.0) if isinstance(kind, t.Scalar) else k.zero(kind)
    result = k.variable(scene.names.local(term), start, False)
    for number, law in enumerate(laws):
        label = k.constant(number, t.I32, f"=!{law.name} model_{law.name}") if named else k.integer(number)
        if number == len(laws) - 1:
            with k.otherwise():
                _branch(scene, law, result, depth)
        else:
            with k.when(model.equals(label)) if not number else k.otherwise_when(model.equals(label)):
                _branch(scene, law, result, depth)
    k.gap()
    scene.held[str(term)] = scene.within(result, term)
    return result


def _branch(scene: Scene, law: Law, result: Expr, depth: int) -> None:
    wanted, scene.wanted = scene.wanted, set()
    with scene.branch():
        scene.k.set(result, scene.apply(law, depth, named=False)[0])
    scene.wanted = wanted
