"""Names of one vocabulary for the arguments of a long kernel."""

from __future__ import annotations

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
        parts = {word: _parts(word) for word in words.split()}
        fits = {word: _weight(own & self.said) - _weight(own & self.unsaid) for word, own in parts.items()}
        best = max(fits.values())
        word = self.rng.choose([word for word in parts if fits[word] == best])
        self.said |= parts[word]
        self.unsaid |= set[str]().union(*parts.values()) - self.said
        return " ".join([f"=!{word}", *(other for other in parts if other != word)])


def _parts(word: str) -> set[str]:
    """Parts of a name, its last one marked: `u_wind` and `v_wind` are of one kind, `wind_y` is not."""
    *parts, last = word.rstrip("0123456789").split("_")
    return {*parts, f"_{last}"} if parts else {last}


def _weight(parts: set[str]) -> int:
    """How much these parts of a name say of the vocabulary that it is from: whose thing it is says most."""
    return sum(1 if part.startswith("_") else 2 for part in parts)
