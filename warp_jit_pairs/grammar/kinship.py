"""Names of locals that follow the array they are read from: `mass = body_mass[i]`, `index = body_indices[i]`."""

from __future__ import annotations

from warp_jit_pairs.rng import Rng

from .words import SUFFIXES

_MARKS = frozenset({*SUFFIXES, "in", "out"})
"""Last parts that tell an argument from its sisters, which a local has no need of."""

_SINGULARS = (
    ("vertices", "vertex"),
    ("indices", "index"),
    ("matrices", "matrix"),
    ("axes", "axis"),
    ("bases", "basis"),
    ("ies", "y"),
    ("sses", "ss"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
)
_SAME = ("ss", "us", "is", "as", "pos", "species", "series", "lens", "bias", "axis", "basis")


def singular(word: str) -> str:
    """A noun without its plural's ending."""
    if len(word) < 4 or word.endswith(_SAME):
        return word
    for several, one in _SINGULARS:
        if word.endswith(several):
            return word[: -len(several)] + one
    return word.removesuffix("s")


def read_from(rng: Rng, source: str) -> str:
    """A local's name for an element of an array; empty where the array's name has nothing to give."""
    parts = source.strip("_").split("_")
    while len(parts) > 1 and parts[-1] in _MARKS:
        parts.pop()
    whole = parts[-1]
    if len(whole) < 2 or whole.isdigit():
        return ""
    parts[-1] = singular(whole)
    if len(parts) > 1 and rng.chance(0.65):
        parts = parts[1:] if len(parts) == 2 or rng.chance(0.4) else parts[-1:]
    name = "_".join(parts)
    return name if name != source else ""
