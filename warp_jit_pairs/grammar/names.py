"""Identifiers as people write them, one `Names` a program.

A program has a field of application, three or four things that it is about and a taste (abbreviations, `_in` and
`_out`, leading underscores, endings); its names are made of these, so that they belong together as in real code. Words
come from `words.py`; which role a variable has, and what it is for, is the caller's to say.

How often a pattern is used follows the counts in warp.examples, newton and mujoco_warp, which
`benchmarks/realism.py` compares with.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from warp_jit_pairs.grammar import words
from warp_jit_pairs.grammar.words import FIELDS, ROLES
from warp_jit_pairs.rng import Rng

FIELD_NAMES: tuple[str, ...] = tuple(FIELDS)
KINDS: tuple[str, ...] = tuple(ROLES)

_CALLABLE_RESERVED = frozenset(
    words.PYTHON_NAMES + words.KEYWORDS + words.WARP_NAMES + words.CPP_NAMES + words.MODULE_NAMES
)
RESERVED: frozenset[str] = _CALLABLE_RESERVED - frozenset(words.VARIABLES) | {"ret"}
"""What no variable is called; kernels and functions do not take `words.VARIABLES` either.

Warp's adjoint of a function calls that of the returned value `adj_ret`, as it would that of a parameter `ret`: neither
clang nor NVRTC takes such a function.
"""

_FROM_SCALARS = frozenset({"scalar", "parameter"})
_FROM_VECTORS = frozenset({"vector"})
_FROM_BOTH = frozenset({"array", "out", "inout", "left", "right"})
_PATTERNS = {
    "count": words.COUNT_PATTERNS,
    "index": words.INDEX_PATTERNS,
    "indices": words.INDICES_PATTERNS,
    "columns": words.INDICES_PATTERNS,
    "offsets": words.INDICES_PATTERNS,
    "flag": words.FLAG_PATTERNS,
    "bool": words.FLAG_PATTERNS,
    "mask": words.FLAG_PATTERNS,
}
_SHORT = frozenset(
    {"loop", "thread", "world", "axis_index", "coordinate", "rng", "dt", "time", "seed", "struct", "query", "tile"}
)
_INDICES = frozenset({"thread", "world", "axis_index"})
_COUNTERS = _INDICES | {"loop"}
"""Roles whose names get a number or a subject, no other ending."""
_IRREGULAR = {"vertex": "vertices", "axis": "axes", "index": "indices", "matrix": "matrices", "basis": "bases"}


@cache
def plural(word: str) -> str:
    """The plural of a noun, or the word itself if it is one already."""
    for singular, several in _IRREGULAR.items():
        if word.endswith(singular):
            return word[: -len(singular)] + several
    if len(word) < 3:
        return word
    if word.endswith(("ss", "sh", "ch", "x")):
        return word + "es"
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _once(name: str) -> str:
    """Drop the parts of a name that only repeat their neighbour (`frame_frames`, `x_x`)."""
    if "_" not in name:
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
        self.field = FIELDS[field]
        generic = FIELDS["generic"]
        self.subjects = [
            _front(rng, self.field.entities if rng.random() < 0.8 else generic.entities)
            for _ in range(rng.integer(2, 4))
        ]
        self.abbreviates = rng.chance(0.6)
        self.in_out = rng.chance(0.12)
        self.underscore = rng.chance(0.35)
        self.kernel_ending = rng.chance(0.38)
        self.digits = rng.chance(0.5)
        self.camel = rng.chance(0.006)
        self.short = rng.chance(0.3)
        self.short_words: dict[str, str] = {}


def _front(rng: Rng, items: Sequence[str]) -> str:
    """Draw with the front of the table favoured; a product, because powers differ between C libraries."""
    u = rng.random()
    return items[int(len(items) * u * u)]


def _steep(rng: Rng, items: Sequence[str]) -> str:
    u = rng.random()
    return items[int(len(items) * u * u * u)]


class Names:
    """Makes names that are new in their scope, and never reserved.

    `scope()` gives a `Names` for the inside of one function: it knows the names of the program and none of another
    function's.
    """

    def __init__(self, rng: Rng, field: str) -> None:
        self.rng = rng
        self.field_name = field
        self.taste = _Taste(rng, field)
        self.taken: set[str] = set()

    def scope(self) -> Names:
        """The same taste and subjects, and a set of names of its own that starts with those taken so far."""
        inner = object.__new__(Names)
        inner.rng, inner.field_name, inner.taste, inner.taken = self.rng, self.field_name, self.taste, set(self.taken)
        return inner

    def claim(self, name: str) -> bool:
        """Take this very name if it is free; a caller that wants `dt` or `tid` asks so first."""
        if name in self.taken or name in RESERVED:
            return False
        self.taken.add(name)
        return True

    def argument(self, kind: str) -> str:
        """A kernel's or function's argument."""
        name = self._new(kind, 0.4, 0.56, 0.12)
        is_output = kind in ("out", "inout")
        if name.endswith(("out", "in")) or kind in _SHORT or kind in _PATTERNS:
            return name
        if self.rng.chance(0.7 if self.taste.in_out else 0.15 if is_output else 0.0):
            return self._replace(name, name + ("_out" if is_output else "_in"))
        return name

    def local(self, kind: str) -> str:
        """A variable inside a function."""
        return self._new(kind, 0.82, 0.17, 0.4)

    def field(self, kind: str) -> str:
        """A field of a struct; unique in the program."""
        return self._new(kind, 0.75, 0.24, 0.2)

    def constant(self, whole: bool = False) -> str:
        """A module's constant, in upper case; `whole` for one that counts something."""
        rng = self.rng
        table, heads, starts = words.CONSTANTS["whole" if whole else "real"]
        while True:
            kind = rng.random()
            if kind < 0.3:
                name = _steep(rng, table)
            elif kind < 0.65:
                name = f"{self._subject()}_{_front(rng, heads)}"
            elif whole and kind < 0.8:
                name = f"{_front(rng, starts)}_{plural(self._subject())}"
            elif kind < 0.85:
                name = f"{_front(rng, starts)}_{self._quantity()}"
            else:
                name = f"{self._quantity()}_{_front(rng, heads)}"
            if rng.chance(0.3):
                name = f"{self._subject()}_{name}"
            name = _once(name).upper()
            if self.taste.underscore and rng.chance(0.4):
                name = "_" + name
            if self.claim(name):
                return name

    def struct(self) -> str:
        """A struct's name in CamelCase."""
        rng = self.rng
        while True:
            kind = rng.random()
            if kind < 0.3:
                name = _front(rng, self.taste.field.structs)
            elif kind < 0.75:
                name = camel(self._subject()) + _front(rng, words.STRUCT_SUFFIXES)
            elif kind < 0.9:
                name = camel(self._adjective()) + camel(self._subject())
            else:
                name = camel(self._quantity()) + _front(rng, words.STRUCT_SUFFIXES)
            if self.claim(name):
                return name

    def about(self, pattern: str) -> str:
        """A pattern with the program's subject for `{}`, and several of it for `{s}`."""
        if "{" not in pattern:
            return pattern
        subject = self._subject()
        return _once(pattern.replace("{s}", plural(subject)).replace("{}", subject))

    def titled(self, titles: Sequence[str], ending: str = "") -> str:
        """A name of a kernel or function that says what it does; in a title, `{}` is the subject, `{s}` several."""
        rng = self.rng
        number = 1
        while True:
            name = self.about(_front(rng, titles))
            name = f"{name}{f'_{number}' if number > 3 else ''}{ending}"
            number += 1
            if self.taste.camel and ending:
                name = name[0] + camel(name)[1:]
            elif self.taste.underscore and rng.chance(0.8):
                name = "_" + name
            if name not in _CALLABLE_RESERVED and self.claim(name):
                return name

    def kernel(self, action: str = "", titles: Sequence[str] = ()) -> str:
        """A kernel's name: one of its titles, or made up; `action` is one of `words.KERNEL_VERBS` or empty."""
        rng = self.rng
        if titles:
            return self.titled(titles, "_kernel" if self.taste.kernel_ending else "")
        while True:
            if rng.chance(0.03):
                name = _steep(
                    rng, ("kernel", "compute", "update", "advance", "run", "evaluate", "main_kernel", "simulate")
                )
            else:
                parts = [self._verb(words.KERNEL_VERBS.get(action, ())), *self._matter(0.75)]
                if self.taste.kernel_ending:
                    parts.append("kernel")
                elif rng.chance(0.12):
                    parts.append(_front(rng, words.KERNEL_ENDINGS))
                name = _once("_".join(parts))
            if self.taste.camel:
                name = name[0] + camel(name)[1:]
            elif self.taste.underscore:
                name = "_" + name
            if name not in _CALLABLE_RESERVED and self.claim(name):
                return name

    def function(self, gives: str = "") -> str:
        """A helper function's name; `gives` is one of `words.FUNCTION_VERBS`."""
        rng = self.rng
        while True:
            kind = rng.random()
            if kind < 0.68:
                parts = [self._verb(words.FUNCTION_VERBS.get(gives, words.FUNCTION_VERBS[""])), *self._matter(0.7)]
                if rng.chance(0.15):
                    parts.append(_front(rng, words.FUNCTION_ENDINGS))
            elif kind < 0.9:
                parts = [self._subject(), *self._matter(0.5)]
                if rng.chance(0.4):
                    parts.append(_front(rng, words.FUNCTION_ENDINGS))
            else:
                parts = [self._quantity(), _front(rng, words.FUNCTION_ENDINGS)]
            name = _once("_".join(parts))
            if self.taste.underscore and rng.chance(0.8):
                name = "_" + name
            if name not in _CALLABLE_RESERVED and self.claim(name):
                return name

    def _matter(self, long: float) -> list[str]:
        """What a kernel or function works on, one to three words."""
        rng = self.rng
        kind = rng.random()
        subject = self._subject()
        if kind < 0.3:
            parts = [plural(subject) if rng.chance(0.5) else subject]
        elif kind < 0.6:
            parts = [subject, self._quantity()]
        elif kind < 0.8:
            parts = [self._adjective(), subject]
        else:
            parts = [plural(self._quantity())] if rng.chance(0.3) else [self._quantity()]
        if rng.chance(long * 0.45):
            extra = _front(rng, ("from", "to", "per", "by", "and", "with"))
            if rng.chance(0.3):
                parts += [extra, self._subject()]
            else:
                parts.insert(0, self._adjective())
        return parts

    def _verb(self, verbs: Sequence[str]) -> str:
        rng = self.rng
        kind = rng.random()
        if verbs and kind < 0.5:
            return _front(rng, verbs)
        return _front(rng, self.taste.field.verbs if kind < 0.85 else FIELDS["generic"].verbs)

    def _subject(self) -> str:
        rng = self.rng
        if rng.chance(0.8):
            return self._shorten(_front(rng, self.taste.subjects))
        return self._shorten(_front(rng, (self.taste.field if rng.chance(0.7) else FIELDS["generic"]).entities))

    def _adjective(self) -> str:
        rng = self.rng
        return self._shorten(_front(rng, (self.taste.field if rng.chance(0.6) else FIELDS["generic"]).adjectives))

    def _quantity(self) -> str:
        rng = self.rng
        field = self.taste.field
        while True:
            word = _front(rng, field.scalars if rng.chance(0.65) else field.vectors)
            if len(word) > 2:
                return self._shorten(word)

    def _shorten(self, word: str) -> str:
        """Abbreviate the words of a program that likes it, the same way each time."""
        if not self.taste.abbreviates:
            return word
        known = self.taste.short_words
        if word not in known:
            forms = words.ABBREVIATIONS.get(word)
            known[word] = _front(self.rng, forms) if forms and self.rng.chance(0.7) else word
        return known[word]

    def _head(self, kind: str) -> str:
        rng = self.rng
        field = self.taste.field
        own = rng.random()
        if kind in _FROM_SCALARS and own < 0.5:
            return self._shorten(_front(rng, field.scalars))
        if kind in _FROM_VECTORS and own < 0.5:
            return self._shorten(_front(rng, field.vectors))
        if kind in _FROM_BOTH and own < 0.5:
            return self._shorten(_front(rng, field.scalars if own < 0.3 else field.vectors))
        return self._shorten((_steep if kind in _SHORT else _front)(rng, ROLES[kind]))

    def _new(self, kind: str, one: float, two: float, suffix: float) -> str:
        """A new name for a role: of one part with probability `one`, of two with `two`, else of three."""
        rng = self.rng
        if kind in _SHORT:
            one, two = 0.9, 0.09
        elif self.taste.short:
            one, two = one + 0.3 * (1.0 - one), two * 0.7
        attempt = 0
        while True:
            draw = rng.random()
            if draw < one and attempt < 4:
                name = self._one(kind)
            elif draw < one + two:
                name = self._two(kind, suffix)
            else:
                name = self._three(kind)
            name = _once(name)
            if attempt > 8:
                name = f"{name}_{attempt - 8}"
            attempt += 1
            if self.taste.camel and "_" in name:
                name = name[0] + camel(name)[1:]
            if self.claim(name):
                return name

    def _one(self, kind: str) -> str:
        head = self._head(kind)
        if len(head) == 1 and kind not in _SHORT and self.rng.chance(0.45):
            head = self._head(kind)
        if (
            self.taste.digits
            and kind not in _INDICES
            and kind not in _PATTERNS
            and len(head) < 5
            and self.rng.chance(0.3)
        ):
            return f"{head}{_front(self.rng, '0123')}"
        return head

    def _two(self, kind: str, suffix: float) -> str:
        rng = self.rng
        draw = rng.random()
        if kind in _PATTERNS and draw < 0.7:
            return self._pattern(kind)
        if kind in _COUNTERS:
            head = self._head(kind)
            return f"{head}{_front(rng, '0123')}" if len(head) < 4 or draw < 0.5 else f"{self._subject()}_{head}"
        if kind in _SHORT or draw < suffix:
            return f"{self._head(kind)}_{_front(rng, words.SUFFIXES)}"
        return f"{self._subject()}_{self._head(kind)}"

    def _three(self, kind: str) -> str:
        rng = self.rng
        draw = rng.random()
        if draw < 0.6:
            return f"{self._subject()}_{self._head(kind)}_{_front(rng, words.SUFFIXES)}"
        return f"{self._adjective()}_{self._subject()}_{self._head(kind)}"

    def _pattern(self, kind: str) -> str:
        pattern = _front(self.rng, _PATTERNS[kind])
        subject = self._subject()
        if pattern.count("{}") == 2:
            return pattern.format(subject, self._subject())
        if "{}s" in pattern:
            return pattern.replace("{}s", plural(subject))
        return pattern.format(subject)

    def _replace(self, name: str, longer: str) -> str:
        """Give a name back for a longer one, unless that is taken."""
        if not self.claim(longer):
            return name
        self.taken.discard(name)
        return longer
