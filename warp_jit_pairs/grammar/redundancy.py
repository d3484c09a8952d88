"""Which kernels are given what they could work out: a quantity is read beside all that a law makes it from."""

from __future__ import annotations

from functools import cache

from .laws import Law, Sheet
from .scene import NoValue, Scene

_READ = frozenset({"previous", "target", "rest", "initial", "reference", "max", "min", "next", "rate"})
"""Qualifiers of values that no law gives for what is asked."""
_SENSES = 3
"""A quantity that more laws give stands for too many things to tell which of them is meant."""


def refuse_redundant(scene: Scene) -> None:
    """Raise NoValue where a kernel reads what it has the means to work out."""
    known = scene.inside.union(scene.held)
    for name in scene.taken - scene.made:
        if any(known >= sources and not scene.both(name, sources) for sources in _sources(scene.sheet, name)):
            raise NoValue(name)


@cache
def _sources(field: Sheet, name: str) -> tuple[frozenset[str], ...]:
    """What each law that gives a quantity makes it from, but for what is one for all."""
    if name == "rng" or field.term(name).suffix or field.term(name).prefix in _READ:
        return ()
    laws = field.giving.get(name, ())
    if len(laws) > _SENSES:
        return ()
    found = (_own(field, law) for law in laws if "rng" not in law.takes and name not in law.takes)
    return tuple(own for own in found if own)


def _own(field: Sheet, law: Law) -> frozenset[str]:
    return frozenset(name for name in law.takes if field.quantity(name).where != "uniform")
