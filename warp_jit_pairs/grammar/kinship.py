"""Which laws belong together in one kernel: those that go on from each other's results, or share all that they take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from .laws import Law
from .scene import Scene
from .topics import is_pair, topics

_ENDS = {"small": 2, "medium": 2, "large": 4}
"""So many results that no other law takes are the most that a kernel of a size has."""


class Work:
    """The laws of one kernel so far: what they know, what they give, and which of them nothing goes on from."""

    def __init__(self, scene: Scene, category: str) -> None:
        self.scene, self.field, self.category = scene, scene.sheet, category
        self.known = {self.field.term(name).base for name in scene.held if name != "rng"}
        self.given = set(scene.held)
        self.results: set[str] = set()
        self.ends: list[Law] = []
        self.most = _ENDS[scene.k.shared.size]
        self.long = scene.k.shared.size == "large"

    def add(self, law: Law) -> None:
        self.ends = [*self._left(law), law]
        self.given |= set(law.gives)
        names = [name for name in (*law.takes, *law.gives) if name != "rng"]
        self.known |= {self.field.term(name).base for name in names}
        self.results |= {name for name in names if self._made(name)}

    def _made(self, name: str) -> bool:
        term = self.field.term(name)
        return self.field.quantities[term.base].where == "result" or term.prefix in ("next", "rate")

    def _left(self, law: Law) -> list[Law]:
        """The laws that nothing goes on from once a law is added."""
        return [one for one in self.ends if not set(one.gives) & set(law.takes)]

    def fits(self, law: Law) -> bool:
        """Whether a law gives something new that nobody reads as it is."""
        if set(law.gives) & self.given or any(name.startswith("next_") for name in law.gives):
            return False
        return not any(
            not self.field.term(name).prefix and self.field.term(name).base in self.known for name in law.gives
        )

    def kinship(self, law: Law) -> float:
        """How well a law goes with the others; zero where it is about something else."""
        names = [name for name in law.takes if name != "rng" and self.field.quantity(name).where != "uniform"]
        shared = sum(self.field.term(name).base in self.known for name in names)
        linked = sum(name in self.results or self.field.term(name).base in self.results for name in names)
        left = self._left(law)
        related = 2 * shared >= len(names) if linked else shared == len(names) >= 2
        if not related or len(left) >= self.most:
            return 0.0
        score = 1.0 + 2.0 * (len(self.ends) - len(left)) + linked + shared / len(names) - 0.4 * (len(names) - shared)
        score += 0.2 if self.category in topics(self.field, law) else 0.0
        return max(score + (0.15 * len(law.body) if self.long else 0.0), 0.01)


def more_laws(scene: Scene, law: Law, category: str, count: int) -> list[Law]:
    """Some more laws of the sheet that belong together with one: most go on from what is known by then."""
    work = Work(scene, category)
    work.add(law)
    left = [one for one in scene.rng.shuffle(scene.sheet.laws) if one is not law and scene.usable(one)]
    left = [one for one in left if not is_pair(one)]
    chosen: list[Law] = []
    while len(chosen) < count:
        left = [one for one in left if work.fits(one)]
        best = max(left, key=work.kinship, default=None)
        if best is None or not work.kinship(best):
            break
        work.add(best)
        chosen.append(best)
    return chosen


def longest(plans: Sequence[Sequence[Law]]) -> int:
    """Which of several plans has the most to work out."""
    return max(range(len(plans)), key=partial(_length, plans))


def _length(plans: Sequence[Sequence[Law]], which: int) -> int:
    return sum(2 + len(law.body) for law in plans[which])
