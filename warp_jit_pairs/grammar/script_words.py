"""Names of one vocabulary for the arguments of a long kernel."""

from __future__ import annotations

from functools import cache

from warp_jit_pairs.rng import Rng


class Vocabulary:
    """The parts of the names that a program has so far: who says `dof_pos` does not say `joint_vel` after it."""

    def __init__(self, rng: Rng) -> None:
        self.rng = rng
        self.said: set[str] = set()
        self.unsaid: set[str] = set()
        """Parts of the names that were passed over."""

    def wording(self, words: str) -> str:
        """Names for an argument, first one of those whose parts this program uses already."""
        said, unsaid = self.said, self.unsaid
        parts = _parts(words)
        fits = {word: _weight(own, said) - _weight(own, unsaid) for word, own in parts.items()}
        best = max(fits.values())
        word = self.rng.choose([word for word in parts if fits[word] == best])
        self.said |= parts[word]
        self.unsaid |= set[str]().union(*parts.values()) - self.said
        return " ".join([f"=!{word}", *(other for other in parts if other != word)])


@cache
def _parts(words: str) -> dict[str, frozenset[str]]:
    """Parts of each name, its last one marked: `u_wind` and `v_wind` are of one kind, `wind_y` is not."""
    found = {}
    for word in words.split():
        *parts, last = word.rstrip("0123456789").split("_")
        found[word] = frozenset({*parts, f"_{last}"} if parts else {last})
    return found


def _weight(own: frozenset[str], said: set[str]) -> int:
    """How much the parts of a name that were said tell of the vocabulary that it is from: whose it is tells most."""
    return sum([1 if part[:1] == "_" else 2 for part in own if part in said])
