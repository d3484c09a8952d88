"""Which laws belong together in one kernel: those that go on from each other's results, or share all that they take."""

from __future__ import annotations

from collections.abc import Sequence

from .laws import Law
from .scene import Scene
from .topics import is_pair, topics

_ENDS = {"small": 2, "medium": 2, "large": 2}
"""So many results that no other law takes are the most that a kernel of a size has."""


class Work:
    """The laws of one kernel so far: what they know, what they give, and which of them nothing goes on from."""

    def __init__(self, scene: Scene, category: str, most: int = 0) -> None:
        self.scene, self.field, self.category = scene, scene.sheet, category
        self.known = {self.field.term(name).base for name in scene.held if name != "rng"}
        self.given = set(scene.held)
        self.names = set(scene.held)
        self.results = set(scene.made)
        self.ends: list[Law] = []
        self.most = most or _ENDS[scene.k.shared.size]
        self.long = scene.k.shared.size == "large"

    def add(self, law: Law) -> None:
        self.ends = [*self._left(law), law]
        self.given |= set(law.gives)
        names = [name for name in (*law.takes, *law.gives) if name != "rng"]
        self.known |= {self.field.term(name).base for name in names}
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
        return [one for one in self.ends if not set(one.gives) & set(law.takes)]

    def fits(self, law: Law) -> bool:
        """Whether a law gives something new that nobody reads as it is."""
        if set(law.gives) & self.given or any(name.startswith("next_") for name in law.gives):
            return False
        return not any(
            not self.field.term(name).prefix and self.field.term(name).base in self.known for name in law.gives
        )

    def _has(self, name: str) -> bool:
        """Whether a value of a quantity is known; a former or wished one is another value."""
        term = self.field.term(name)
        return name in self.names if term.prefix else term.base in self.known

    def kinship(self, law: Law) -> float:
        """How well a law goes with the others; zero where it is about something else."""
        names = [name for name in law.takes if name != "rng" and self.field.quantity(name).where != "uniform"]
        names = [name for name in names if self.field.term(name).prefix not in ("max", "min")]
        shared = sum(map(self._has, names))
        linked = len(self.results & set(names))
        left = self._left(law)
        related = 2 * shared >= len(names) if linked else shared == len(names) >= 2
        if not related or len(left) >= self.most:
            return 0.0
        new = len(names) - shared
        score = 1.0 + 2.0 * (len(self.ends) - len(left)) + linked + shared / len(names)
        score -= (0.1 if self.long else 0.4) * new
        score += 0.2 if self.category in topics(self.field, law) else 0.0
        return max(score + (0.15 * len(law.body) if self.long else 0.0), 0.01)


def more_laws(scene: Scene, law: Law, category: str, count: int, ends: int = 0) -> list[Law]:
    """Some more laws of the sheet that belong together with one: most go on from what is known by then.

    At most `ends` of them are those that nothing goes on from.
    """
    work = Work(scene, category, ends)
    if scene.made:
        work.go_on(law)
    else:
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
    scene.wanted |= {name for one in chosen for name in one.takes}
    return chosen


def extent(scene: Scene, laws: Sequence[Law]) -> int:
    """How much there is to laws: about so many statements."""
    taken = {name for law in laws for name in law.takes if name != "rng"}
    return 2 * len(taken) + sum(len(law.body) + len(law.gives) for law in laws)
