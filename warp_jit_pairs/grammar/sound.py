"""Scenes in which no value is asked for that nothing gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Any

from warp_jit_pairs import types as t

from .kernel import Kernel
from .laws import Law, Quantity, Sheet, Term, sheet
from .scene import NoValue, Scene
from .studies import depth_of
from .topics import Found, is_pair, laws_of


class SoundScene(Scene):
    """A scene that derives by those laws alone whose own values can be had."""

    def __init__(self, k: Kernel, field: Sheet, depth: int) -> None:
        super().__init__(k, field, depth)
        self.narrow: set[str] = set()
        """Quantities that stay away from the ends of their ranges."""

    def admits(self, law: Law) -> bool:
        """Whether a law may be used here at all."""
        return True

    def laws_for(self, term: Term) -> list[Law]:
        opened = frozenset(self.opened) | {term.whole}
        return [law for law in super().laws_for(term) if self.sound(law, opened)]

    def sound(self, law: Law, opened: frozenset[str] = frozenset()) -> bool:
        """Whether all that a law takes can be had without what is being derived."""
        return all(name == "rng" or self._has(name, opened) for name in law.takes)

    def _has(self, name: str, opened: frozenset[str]) -> bool:
        term = self.sheet.term(name)
        plain = term.whole
        row = self.sheet.quantities[term.base]
        if name in self.held or plain in self.held:
            return True
        if term.prefix not in ("next", "rate") and (isfinite(row.low) or term.prefix):
            return isfinite(row.low)
        if plain in opened:
            return False
        inner = opened | {plain}
        return any(
            not is_pair(law)
            and not (law.single and self.k.real is not t.F32)
            and not set(law.takes) & inner
            and self.admits(law)
            and "rng" not in law.takes
            and self.sound(law, inner)
            for law in self.sheet.giving.get(plain, ())
        )

    def facts(self, term: Term, row: Quantity) -> dict[str, Any]:
        facts = super().facts(term, row)
        if row.name in self.narrow:
            span = facts["high"] - facts["low"]
            facts["low"] += 0.1 * span
            facts["high"] -= 0.1 * span
        return facts


@cache
def states(field: Sheet, law: Law) -> tuple[str, ...]:
    """The numbers of an element that a law takes."""
    return tuple(
        name
        for name in law.takes
        if name != "rng"
        and field.quantity(name).type == "real"
        and field.quantity(name).where == "state"
        and not field.term(name).prefix
        and not field.term(name).suffix
    )


def is_number(field: Sheet, law: Law) -> bool:
    """Whether a law gives a number and nothing else, from what differs between elements."""
    return len(law.gives) == 1 and field.quantity(law.gives[0]).type == "real" and bool(states(field, law))


@cache
def _fitting(fit: Callable[[Sheet, Law], bool]) -> tuple[Found, ...]:
    return tuple((name, law) for name, law in laws_of("", False, False) if fit(sheet(name), law))


def sound_scene(k: Kernel, fit: Callable[[Sheet, Law], bool]) -> tuple[SoundScene, Law]:
    """A scene about a law that serves a purpose."""
    known = _fitting(fit)
    for _ in range(40):
        name, law = k.rng.choose(known)
        if "rng" in law.takes or (law.single and k.real is not t.F32):
            continue
        scene = SoundScene(k, sheet(name), depth_of(k))
        if scene.sound(law, frozenset(law.gives)):
            scene.deriving = k.rng.choose((0.2, 0.4, 0.7))
            return scene, law
    raise NoValue("no law fits")
