"""Identifiers as people write them, one `Names` a program.

What a value is called, its rule says; here is what a program's names have in common: what it is about, a taste
(abbreviations, leading underscores, endings of kernels), and that none is reserved or used twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from warp_jit_pairs.grammar import words
from warp_jit_pairs.grammar.words import FIELDS
from warp_jit_pairs.rng import Rng

FIELD_NAMES: tuple[str, ...] = tuple(FIELDS)

_CALLABLE_RESERVED = frozenset(
    words.PYTHON_NAMES + words.KEYWORDS + words.WARP_NAMES + words.CPP_NAMES + words.MODULE_NAMES
)
RESERVED: frozenset[str] = _CALLABLE_RESERVED - frozenset(words.VARIABLES) | {"ret"}
"""What no variable is called; kernels and functions do not take `words.VARIABLES` either.

Warp's adjoint of a function calls that of the returned value `adj_ret`, as it would that of a parameter `ret`: neither
clang nor NVRTC takes such a function.
"""

_IRREGULAR = {
    "vertex": "vertices",
    "axis": "axes",
    "index": "indices",
    "matrix": "matrices",
    "basis": "bases",
    "pos": "positions",
    "press": "pressures",
    "hess": "hessians",
    "trans": "transforms",
    "idx": "indices",
}
_ABBREVIATED = ("bary", "qty", "poly", "dry", "rpy")
"""What takes a plain `s`, or none of the rules for words."""


@cache
def plural(word: str) -> str:
    """The plural of a noun, or the word itself if it is one already."""
    for singular, several in _IRREGULAR.items():
        if word.endswith(singular):
            return word[: -len(singular)] + several
    if len(word.rpartition("_")[2]) < 3:
        return word
    if word.endswith(("ss", "sh", "ch", "x")):
        return word + "es"
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2] not in "aeiou" and not word.endswith(_ABBREVIATED):
        return word[:-1] + "ies"
    return word + "s"


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
_SAME = ("ss", "us", "is", "as", "pos", "species", "series", "lens")


def singular(word: str) -> str:
    """A noun without its plural's ending."""
    if len(word) < 4 or word.endswith(_SAME):
        return word
    for several, one in _SINGULARS:
        if word.endswith(several):
            return word[: -len(several)] + one
    return word.removesuffix("s")


@cache
def _once(name: str) -> str:
    """Drop the parts of a name that only repeat their neighbour (`frame_frames`, `x_x`)."""
    if "_" not in name.strip("_"):
        return name
    parts = name.split("_")
    kept = [b for a, b in zip([" ", *parts], parts, strict=False) if a != b and a + "s" != b and a != b + "s"]
    return "_".join(kept)


@cache
def camel(name: str) -> str:
    """snake_case as CamelCase."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class _Taste:
    """What stays the same through a program: its subjects and habits."""

    def __init__(self, rng: Rng, field: str) -> None:
        self.subjects = [_front(rng, FIELDS[field]) for _ in range(rng.integer(2, 4))]
        self.abbreviates = rng.chance(0.6)
        self.underscore = rng.chance(0.3)
        self.private_kernel = self.underscore and rng.chance(0.6)
        self.kernel_ending = rng.chance(0.38)
        self.camel = rng.chance(0.006)
        self.short_words: dict[str, str] = {}


def _front(rng: Rng, items: Sequence[str]) -> str:
    """Draw with the front of the table favoured; a product, because powers differ between C libraries."""
    u = rng.random()
    return items[int(len(items) * u * u)]


class Names:
    """Makes names that are new in their scope, and never reserved.

    `scope()` gives a `Names` for the inside of one function: it knows the names of the program and none of another
    function's.
    """

    def __init__(self, rng: Rng, field: str) -> None:
        self.rng = rng
        self.taste = _Taste(rng, field)
        self.taken: set[str] = set()

    def scope(self) -> Names:
        """The same taste and subjects, and a set of names of its own that starts with those taken so far."""
        inner = object.__new__(Names)
        inner.rng, inner.taste, inner.taken = self.rng, self.taste, set(self.taken)
        return inner

    def claim(self, name: str) -> bool:
        """Take this very name if it is free; a caller that wants `dt` or `tid` asks so first."""
        if name in self.taken or name in RESERVED:
            return False
        self.taken.add(name)
        return True

    def struct(self) -> str:
        """A struct's name in CamelCase."""
        while True:
            name = camel(self._subject()) + _front(self.rng, words.STRUCT_SUFFIXES)
            if self.claim(name):
                return name

    def about(self, pattern: str) -> str:
        """A pattern with the program's subject for `{}`, and several of it for `{s}`."""
        if "{" not in pattern:
            return _once(pattern) if "_" in pattern else pattern
        subject = self._subject()
        return _once(pattern.replace("{s}", plural(subject)).replace("{}", subject))

    def titled(self, titles: Sequence[str], ending: str = "", kernel: bool = False) -> str:
        """A name of a kernel or function that says what it does; in a title, `{}` is the subject, `{s}` several."""
        rng = self.rng
        number = 1
        while True:
            name = self.about(_front(rng, titles))
            name = f"{name}{f'_{number}' if number > 3 else ''}{ending}"
            number += 1
            if self.taste.camel and ending:
                name = name[0] + camel(name)[1:]
            elif self.taste.private_kernel if kernel else self.taste.underscore:
                name = "_" + name
            if name not in _CALLABLE_RESERVED and self.claim(name):
                return name

    def kernel(self, titles: Sequence[str]) -> str:
        """A kernel's name: one of its titles, in many programs with an ending that says what it is."""
        return self.titled(titles, "_kernel" if self.taste.kernel_ending else "", True)

    def _subject(self) -> str:
        return self._shorten(_front(self.rng, self.taste.subjects))

    def _shorten(self, word: str) -> str:
        """Abbreviate the words of a program that likes it, the same way each time."""
        if not self.taste.abbreviates:
            return word
        known = self.taste.short_words
        if word not in known:
            forms = words.ABBREVIATIONS.get(word)
            known[word] = _front(self.rng, forms) if forms and self.rng.chance(0.7) else word
        return known[word]
