"""Names for what rules make, in the scope that it belongs to.

A kind is a list of names with `=` in front, or one of a few roles that are called alike everywhere. `Namer` keeps the
module's scope and the current function's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from warp_jit_pairs.rng import Rng

from .names import Names

ROLES: dict[str, str] = {
    "thread": "=tid i gid thread_id idx",
    "axis_index": "=i j ix x",
    "world": "=world world_id worldid env w",
    "loop": "=j k n s",
    "count": "=count n num_{s} size",
    "dt": "=dt sim_dt time_step",
    "seed": "=seed rng_seed base_seed",
    "rng": "=state rng rng_state rand_state",
    "mesh": "=mesh mesh_id mesh_handle",
    "bvh": "=bvh bvh_id tree_id",
    "hash_grid": "=grid grid_id hash_grid",
    "volume": "=volume volume_id vol",
    "texture": "=texture tex image",
    "query": "=query q query_id",
    "struct": "=params cfg settings args",
    "vector": "=v vec part",
}
"""What is called alike in all programs."""


_NO_FIELDS = frozenset({"rhs", "ret"})
"""Names that Warp's own code for a struct uses beside those of its fields: clang takes one for the other."""


class Namer:
    """Identifiers for one program: `module` names, and those of the function that is being written."""

    def __init__(self, rng: Rng, field: str) -> None:
        self.rng = rng
        self.module = Names(rng, field)
        self.scopes: list[Names] = []
        self._ended: dict[str, object] = {}
        """Locals of branches that have ended, and their types: another branch may have them again."""
        self._of_branch: dict[str, object] | None = None
        """Those of the branch that is being written."""

    def enter(self) -> None:
        self.scopes.append(self.module.scope())

    def leave(self) -> None:
        self.scopes.pop()

    def taken(self) -> set[str]:
        """The names that a new one in the current scope must not be."""
        taken = self.scopes[-1].taken | self.module.taken
        if self._of_branch is not None and len(self.scopes) == 1:
            taken -= self._ended.keys() - self._of_branch.keys()
        return taken

    def local(self, kind: str, type_: object = None) -> str:
        """A variable of the function that is being written; one of a branch needs a type."""
        if self._of_branch is None or type_ is None or len(self.scopes) > 1:
            return self._given(self.scopes[-1], kind)
        again = [word for word in kind.lstrip("=!").split() if self._ended.get(word) == type_] if kind[0] == "=" else []
        name = next((word for word in again if word not in self._of_branch), "") or self._given(self.scopes[-1], kind)
        self._of_branch[name] = type_
        return name

    @contextmanager
    def branch(self) -> Iterator[None]:
        """What is named here may be named so in another branch, if it is of the same type."""
        outer, self._of_branch = self._of_branch, {}
        try:
            yield
        finally:
            self._ended |= self._of_branch
            self._of_branch = outer

    argument = local

    def field(self, kind: str) -> str:
        """A struct's field."""
        taken = self.scopes[-1].taken
        barred = _NO_FIELDS - taken
        taken |= barred
        name = self.local(kind)
        taken -= barred
        return name

    def constant(self, kind: str) -> str:
        """A module's constant, in upper case."""
        return self._outer(lambda: self._given(self.module, kind, upper=True))

    def struct(self, titles: Sequence[str] = ()) -> str:
        """A struct's name: one of these if any is free."""
        return self._outer(lambda: self._camel(titles))

    def _camel(self, titles: Sequence[str]) -> str:
        for title in self.rng.shuffle(titles):
            if self.module.claim(title):
                return title
        return self.module.struct()

    def kernel(self, titles: Sequence[str]) -> str:
        return self.module.kernel(titles)

    def function(self, titles: Sequence[str]) -> str:
        return self._outer(lambda: self.module.titled(titles))

    def claim(self, name: str) -> bool:
        """Take this very name in the current scope, if it is free."""
        return self.scopes[-1].claim(name)

    def _outer(self, draw: Callable[[], str]) -> str:
        """A module's name that no open scope uses."""
        while True:
            name = draw()
            if all(name not in scope.taken for scope in self.scopes):
                for scope in self.scopes:
                    scope.taken.add(name)
                return name

    def _given(self, scope: Names, kind: str, upper: bool = False) -> str:
        """One of the names that a rule gives itself, such as "={}_area area": `{}` is the subject, `{s}` several.

        With `=!` in front it is the first of them that is free.
        """
        kind = kind if kind[0] == "=" else ROLES[kind]
        rng, words = self.rng, kind.lstrip("=!").split()
        if kind.startswith("=!"):
            for word in words:
                name = self.module.about(word.upper() if upper else word)
                if scope.claim(name):
                    return name
        for _ in range(4):
            u = rng.random()
            name = self.module.about(words[int(u * u * len(words))])
            name = name.upper() if upper else name
            if scope.claim(name):
                return name
        for word in words:
            other = self.module.about(word)
            other = other.upper() if upper else other
            if scope.claim(other):
                return other
        number, mark = 2, "_" if name[-1].isdigit() else ""
        while not scope.claim(f"{name}{mark}{number}"):
            number += 1
        return f"{name}{mark}{number}"
