"""What a program of laws calls its quantities: one word for each, and the habits of its writer.

All are lists of names in the form that `Namer` takes: `=!` and the names, of which the first that is free is taken, so
that a program keeps to its habits.
"""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs.rng import Rng

from .laws import Quantity, Sheet, Term
from .names import plural

_QUALIFIED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("initial", ("init_{}", "initial_{}", "{}_init", "{}_0")),
    ("max", ("max_{}", "{}_max", "{}_limit", "max_{}")),
    ("min", ("min_{}", "{}_min", "min_{}")),
    ("next", ("new_{}", "{}_new", "next_{}", "{}_next", "updated_{}")),
    ("previous", ("prev_{}", "old_{}", "{}_prev", "{}_old", "last_{}")),
    ("rate", ("{}_rate", "d{}_dt", "{}_dot", "d_{}")),
    ("reference", ("ref_{}", "{}_ref", "reference_{}")),
    ("rest", ("rest_{}", "{}_rest", "{}_0")),
    ("target", ("target_{}", "{}_target", "{}_ref", "desired_{}", "goal_{}")),
)
"""How a program may say what a qualifier stands for."""
_PAIRS = (("{}_a", "{}_b"), ("{}_i", "{}_j"), ("{}0", "{}1"), ("{}1", "{}2"))
_OUTPUTS = {"{}_out": 4.0, "out_{}": 3.0, "{}": 3.0, "{e}_{}": 2.0}


class SceneNames:
    """The words of one program."""

    def __init__(self, rng: Rng, sheet: Sheet) -> None:
        self.rng, self.sheet = rng, sheet
        self.entity = _front(rng, sheet.entities)
        self.prefixed = rng.chance(0.45)
        self.several = rng.chance(0.4)
        self.short = rng.chance(0.35)
        self.out = rng.weighted(_OUTPUTS)
        self.pair = rng.choose(_PAIRS)
        self.qualified = {prefix: rng.choose(forms) for prefix, forms in _QUALIFIED}
        self.habit = _early(rng)
        """Where in the lists of words this program's are, as a rule: quantities alike are called alike."""
        self.chosen: dict[str, str] = {}
        self.series: dict[str, float] = {}
        """The place in their lists of the words for what is numbered, such as the corners of a face."""

    def word(self, row: Quantity) -> str:
        """The word for a quantity, the same all through the program."""
        if row.name not in self.chosen:
            words = row.words
            if not self.short:
                words = tuple(word for word in words if len(word) > 2) or words
            self.chosen[row.name] = words[int(self._place(row.name) * len(words))]
        return self.chosen[row.name]

    def _place(self, name: str) -> float:
        """Where in its list a word is, from 0 to 1; the same for all of a series."""
        stem = name.rstrip("0123456789")
        if stem == name:
            return self.habit if self.rng.chance(0.9) else _early(self.rng)
        if stem not in self.series:
            self.series[stem] = _early(self.rng)
        return self.series[stem]

    def called(self, term: Term) -> str:
        """The word for a quantity that may be qualified."""
        word = self.word(self.sheet.quantities[term.base])
        if term.prefix:
            form = self.qualified[term.prefix]
            word = f"{word}_dot" if term.prefix == "rate" and word.endswith("rate") else form.format(word)
        if term.suffix:
            word = self._of_pair(word, term.suffix)
        return word

    def _of_pair(self, word: str, suffix: str) -> str:
        form = self.pair["ab".index(suffix)]
        last = word.rpartition("_")[2]
        if "_" not in form and (last != word or word[-1].isdigit()):
            # `pos0` and `charge1`, but no `r_ij0`.
            form = form.replace("{}", "{}_")
        elif last != word and len(last) < 3:
            form = ("{}_a", "{}_b")["ab".index(suffix)]
        return form.format(word)

    def brief(self, term: Term) -> str:
        """The shortest word of more than a letter for a quantity."""
        words = self.sheet.quantities[term.base].words
        return min((word for word in words if len(word) > 1), key=len, default=words[0])

    def local(self, term: Term) -> str:
        """Names for a local that holds a quantity: its word, or what stands for it where an array has that."""
        word = self.called(term)
        if term.prefix or term.suffix:
            return f"=!{word} {word}_val {word}_cur {self.entity}_{word}"
        short = [other for other in self.sheet.quantities[term.base].words if len(other) < min(len(word), 4)]
        # `sigma_i` and `d_ij` have their index.
        indexed = [f"{word}_i"] if len(word.rpartition("_")[2]) > 2 or "_" not in word else []
        return " ".join([f"=!{word}", *short[:1], *indexed, f"{self.entity}_{word}", f"{word}_val", f"{word}_cur"])

    def array(self, term: Term, owner: str = "") -> str:
        """Names for an array with an entry for each `owner`, the program's entity unless said otherwise."""
        word = self.called(Term(term.prefix, term.base, ""))
        owner = owner or self.entity
        own = f"{owner}_{word}"
        if self.prefixed and owner not in word.split("_"):
            return f"=!{own} {own}_in {word}"
        if term.prefix and not word.endswith(self.called(Term("", term.base, ""))):
            return f"=!{own} {own}_in {word}"
        # Symbols such as `sigma_y` and `du_dx` have no plural.
        many = plural(word) if (self.several or term.prefix) and len(word.rpartition("_")[2]) > 2 else word
        return f"=!{many} {own} {many}_in"

    def pair_array(self, term: Term) -> str:
        """Names for an array of the first or second elements of pairs that come from two lists."""
        plain = self.array(term).partition(" ")[0].lstrip("=!")
        word = self._of_pair(plain, term.suffix)
        return f"=!{word} {word}_in"

    def output(self, term: Term, owner: str = "") -> str:
        """Names for an array that a result goes to."""
        word = self.called(Term("" if term.prefix == "next" else term.prefix, term.base, ""))
        own = f"{owner or self.entity}_{word}"
        first = self.out.format(word.removeprefix("out_").removesuffix("_out"), e=owner or self.entity)
        if term.prefix == "next" and self.out in ("{}", "{e}_{}"):
            first = f"new_{word}"
        return f"=!{first} {word}_out out_{word} {own} {own}_out"

    def scalar(self, term: Term) -> str:
        """Names for an argument, a constant or a field that is one number for all."""
        word = self.called(term)
        others = [other for other in self.sheet.quantities[term.base].words if other != word and len(other) > 1]
        return " ".join([f"=!{word}", *(others if not term.prefix else []), f"{self.entity}_{word}"])


def _early(rng: Rng) -> float:
    u = rng.random()
    return u * u


def _front(rng: Rng, items: Sequence[str]) -> str:
    return items[int(_early(rng) * len(items))]
