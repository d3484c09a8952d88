"""Which laws belong together in one kernel: those that go on from each other's results, or share all that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from .laws import Law, Sheet
from .scene import Scene, repeated
from .topics import is_pair, topics

_ENDS = {"small": 0.0, "medium": 0.3, "large": 0.25}
"""How often a kernel of a size has two results that no other law takes, not one."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is asked of a law again and again."""

    takes: frozenset[str]
    gives: frozenset[str]
    plain: tuple[str, ...]
    """Bases of what it gives, as far as that is not qualified."""
    steps: bool
    """Whether it gives what something becomes."""
    bases: tuple[str, ...]
    """Bases of all that it takes and gives."""
    matter: tuple[tuple[str, str], ...]
    """What it takes of its own for each element: names, and bases where the name is not qualified."""
    names: frozenset[str]
    links: frozenset[str]
    """Names and bases of these: a law that has none of them in common with others is about something else."""
    stepped: frozenset[str]
    """What a law is called that steps what this one gives the rate of."""
    size: int


@cache
def _facts(field: Sheet, law: Law) -> _Facts:
    takes = [name for name in law.takes if name != "rng"]
    terms = {name: field.term(name) for name in (*takes, *law.gives)}
    own = [
        name
        for name in takes
        if field.quantities[terms[name].base].where != "uniform" and terms[name].prefix not in ("max", "min")
    ]
    return _Facts(
        frozenset(law.takes),
        frozenset(law.gives),
        tuple(terms[name].base for name in law.gives if not terms[name].prefix),
        any(name.startswith("next_") for name in law.gives),
        tuple(term.base for term in terms.values()),
        tuple((name, "" if terms[name].prefix else terms[name].base) for name in own),
        frozenset(own),
        frozenset(own) | {terms[name].base for name in own},
        frozenset(f"next_{name.removesuffix('_rate')}" for name in law.gives),
        len(law.body),
    )


class Work:
    """The laws of one kernel so far: what they know, what they give, and which of them nothing goes on from."""

    def __init__(self, scene: Scene, category: str, most: int = 0) -> None:
        self.scene, self.field, self.category = scene, scene.sheet, category
        self.known = {self.field.term(name).base for name in scene.held if name != "rng"}
        self.given = set(scene.held)
        self.names = set(scene.held)
        self.results = set(scene.made)
        self.ends: list[Law] = []
        self.most = most or 1 + int(scene.rng.chance(_ENDS[scene.k.shared.size]))
        self.worked: set[str] = set()
        """Expressions that are worked out."""
        self.long = scene.k.shared.size == "large"

    def add(self, law: Law) -> None:
        self.ends = [*self._left(law), law]
        self.given |= set(law.gives)
        self.worked |= repeated(law)
        names = [name for name in (*law.takes, *law.gives) if name != "rng"]
        self.known.update(_facts(self.field, law).bases)
        self.names |= set(names)
        self.results |= {name for name in names if self._made(name)}

    def go_on(self, law: Law) -> None:
        """Begin with a law that has been written: what is to come goes on from what it gave."""
        for name in law.gives:
            base = self.field.term(name).base
            self.results |= {name, base}
            self.known.add(base)

    def _made(self, name: str) -> bool:
        term = self.field.term(name)
        return self.field.quantities[term.base].where == "result" or term.prefix in ("next", "rate")

    def _left(self, law: Law) -> list[Law]:
        """The laws that nothing goes on from once a law is added."""
        takes = _facts(self.field, law).takes
        return [one for one in self.ends if takes.isdisjoint(one.gives)]

    def fits(self, law: Law) -> bool:
        """Whether a law gives something new that nobody reads as it is."""
        facts = _facts(self.field, law)
        if not self.given.isdisjoint(facts.stepped):
            # How fast it changes has been worked out where it was stepped.
            return False
        return not facts.steps and self.given.isdisjoint(facts.gives) and self.known.isdisjoint(facts.plain)

    def best(self, laws: Sequence[Law]) -> Law | None:
        """The law that goes best with the others and gives something new, if one does."""
        best, most = None, 0.0
        for law in laws:
            links = _facts(self.field, law).links
            if self.known.isdisjoint(links) and self.names.isdisjoint(links):
                continue
            if self.fits(law) and (score := self.kinship(law)) > most:
                best, most = law, score
        return best

    def kinship(self, law: Law) -> float:
        """How well a law goes with the others; zero where it is about something else."""
        facts = _facts(self.field, law)
        shared = 0
        for name, base in facts.matter:
            # A former or wished value of a quantity is another one than the quantity's.
            shared += base in self.known if base else name in self.names
        count = len(facts.matter)
        linked = self.results & facts.names
        # What several laws give stands for several things: a law that goes on from it must be about the same matter.
        sole = bool(linked) and all(len(self.field.giving.get(name, ())) == 1 for name in linked)
        related = 2 * shared >= count if sole else shared == count >= 2
        if not related or not self.worked.isdisjoint(repeated(law)):
            return 0.0
        left = self._left(law)
        if len(left) >= self.most:
            return 0.0
        score = 1.0 + 2.0 * (len(self.ends) - len(left)) + len(linked) + shared / count
        score -= (0.1 if self.long else 0.4) * (count - shared)
        score += 0.2 if self.category in topics(self.field, law) else 0.0
        return max(score + (0.15 * facts.size if self.long else 0.0), 0.01)


@cache
def _joining(field: Sheet) -> tuple[Law, ...]:
    """The laws of a sheet that others may be joined with: those of one element, as it is now."""
    return tuple(law for law in field.laws if not is_pair(law) and not _facts(field, law).steps)


def more_laws(scene: Scene, law: Law, category: str, count: int, ends: int = 0) -> list[Law]:
    """Some more laws of the sheet that belong together with one: most go on from what is known by then.

    At most `ends` of them are those that nothing goes on from.
    """
    work = Work(scene, category, ends)
    if scene.made:
        work.go_on(law)
    else:
        work.add(law)
    shuffled = scene.rng.shuffle(_joining(scene.sheet))
    left = [one for one in shuffled if one is not law and scene.usable(one)] if count > 0 else []
    chosen: list[Law] = []
    while len(chosen) < count and (best := work.best(left)) is not None:
        work.add(best)
        chosen.append(best)
    scene.wanted |= {name for one in chosen for name in one.takes}
    return chosen


def extent(laws: Sequence[Law]) -> int:
    """How much there is to laws: about so many statements."""
    taken = {name for law in laws for name in law.takes if name != "rng"}
    return 2 * len(taken) + sum(len(law.body) + len(law.gives) for law in laws)
