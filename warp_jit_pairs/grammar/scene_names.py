"""What a program of laws calls its quantities: one word for each, and the habits of its writer.

All are lists of names in the form that `Namer` takes: `=` and the names, the likeliest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from warp_jit_pairs.rng import Rng

from .laws import Quantity, Sheet, Term
from .names import plural

_QUALIFIED: dict[str, tuple[tuple[str, ...], ...]] = {
    "previous": (("prev_{}",), ("old_{}",), ("{}_prev",), ("{}_old",), ("last_{}",)),
    "target": (("target_{}",), ("{}_target",), ("{}_ref",), ("desired_{}",), ("goal_{}",)),
    "rest": (("rest_{}",), ("{}_rest",), ("{}_0",)),
    "initial": (("init_{}",), ("initial_{}",), ("{}_init",), ("{}_0",)),
    "reference": (("ref_{}",), ("{}_ref",), ("reference_{}",)),
    "max": (("max_{}",), ("{}_max",), ("{}_limit",), ("max_{}",)),
    "min": (("min_{}",), ("{}_min",), ("min_{}",)),
    "next": (("new_{}",), ("{}_new",), ("next_{}",), ("{}_next",), ("updated_{}",)),
    "rate": (("{}_rate",), ("d{}_dt",), ("{}_dot",), ("d_{}",)),
}
_PAIRS = (("{}_a", "{}_b"), ("{}_i", "{}_j"), ("{}0", "{}1"), ("{}1", "{}2"), ("{}i", "{}j"))


class SceneNames:
    """The words of one program."""

    def __init__(self, rng: Rng, sheet: Sheet) -> None:
        self.rng, self.sheet = rng, sheet
        self.entity = _front(rng, sheet.entities)
        self.prefixed = rng.weighted({0.0: 4.0, 0.25: 2.0, 1.0: 3.0})
        self.several = rng.weighted({0.0: 5.0, 1.0: 2.5})
        self.short = rng.chance(0.35)
        self.out = rng.weighted({"{}_out": 4.0, "out_{}": 3.0, "{}": 3.0, "{e}_{}": 2.0, "result_{}": 0.3})
        self.pair = rng.choose(_PAIRS)
        self.qualified = {prefix: rng.choose(forms)[0] for prefix, forms in sorted(_QUALIFIED.items())}
        self.chosen: dict[str, str] = {}

    def word(self, row: Quantity) -> str:
        """The word for a quantity, the same all through the program."""
        if row.name not in self.chosen:
            words = row.words
            if not self.short:
                words = tuple(word for word in words if len(word) > 2) or words
            self.chosen[row.name] = _front(self.rng, words)
        return self.chosen[row.name]

    def called(self, term: Term) -> str:
        """The word for a quantity that may be qualified."""
        word = self.word(self.sheet.quantities[term.base])
        if term.prefix:
            word = self.qualified[term.prefix].format(word)
        if term.suffix:
            word = self.pair["ab".index(term.suffix)].format(word)
        return word

    def local(self, term: Term, read: bool = False) -> str:
        """Names for a local that holds a quantity; `read` for an element of an array that has the plain name."""
        word = self.called(term)
        others = [other for other in self.sheet.quantities[term.base].words if other != word]
        if term.prefix or term.suffix:
            return f"={word} {word} {word}_i"
        short = [other for other in others if len(other) <= len(word)]
        return " ".join(["=" + word, *short, f"{word}_i", *others, f"{self.entity}_{word}"])

    def array(self, term: Term, owner: str = "", written: bool = False) -> str:
        """Names for an array with an entry for each `owner`, the program's entity unless said otherwise."""
        word = self.called(Term(term.prefix, term.base, ""))
        owner = owner or self.entity
        many = plural(word) if self.several and len(word) > 2 and not term.prefix else word
        own = f"{owner}_{word}"
        plain = own if word.startswith(owner) else word
        if self.rng.chance(self.prefixed) and not word.startswith(owner):
            return f"={own} {own} {plural(own)} {many} {word}"
        return f"={many} {many} {plain} {own}{'' if written else f' {word}_in'}"

    def output(self, term: Term, owner: str = "") -> str:
        """Names for an array that a result goes to."""
        if term.prefix == "next":
            # What goes out is new anyway.
            plain = self.called(Term("", term.base, ""))
            return f"={plain}_out out_{plain} {self.called(replace(term, suffix=''))} new_{plain} {plain}_next"
        word = self.called(Term(term.prefix, term.base, ""))
        first = self.out.format(word, e=owner or self.entity)
        return f"={first} {word}_out out_{word} {owner or self.entity}_{word} {word}s_out"

    def scalar(self, term: Term) -> str:
        """Names for an argument, a constant or a field that is one number for all."""
        word = self.called(term)
        row = self.sheet.quantities[term.base]
        others = [] if term.prefix else [other for other in row.words if other != word and len(other) > 1]
        return " ".join(["=" + word, word, *others, f"{self.entity}_{word}"])


def _front(rng: Rng, items: Sequence[str]) -> str:
    u = rng.random()
    return items[int(u * u * len(items))]
