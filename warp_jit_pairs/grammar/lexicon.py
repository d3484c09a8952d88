"""What a rule knows about its own values, as words: from a meaning such as "falloff" to identifiers for it.

The wide vocabulary by field of application and role is `names`'s; a meaning that is no role there has its words here;
and a kind that begins with `=` lists the names themselves.
`Namer` keeps the module's scope and the current function's, and forwards to `Names`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs.rng import Rng

from .names import KINDS, Names
from .words import ROLES

MEANINGS: dict[str, str] = {
    "row": "row r i",
    "column": "col column c j",
    "inverse_mass": "w inv_mass im inv_m",
    "stiffness": "k ke stiffness k_s spring_k",
    "damping": "kd damping c_d damp drag",
    "falloff": "falloff atten kernel_w fade",
    "scale": "scale s gain factor alpha",
    "offset": "offset bias shift delta",
    "threshold": "threshold cutoff limit eps tol",
    "sum": "total acc sum_val accum s result",
    "mean": "mean avg mu average",
    "variance": "var variance sigma2",
    "minimum": "lo min_val lower smallest",
    "maximum": "hi max_val upper largest peak",
    "result": "result res out_val y ret",
    "input": "x data values src input a field",
    "output": "out dst result y output dest",
    "rotation": "R rot rotation q",
    "phase": "phase phi arg",
    "frequency": "freq omega frequency w",
    "amplitude": "amp amplitude a0",
    "wave": "wave signal osc",
    "delta": "delta d dx diff change",
    "laplacian": "lap laplacian lap_u",
    "pixel": "pixel px texel color",
    "bin": "bin b bucket slot",
    "slot": "slot write_idx dest pos out_idx next_slot",
    "histogram": "hist bins counts histogram",
    "state": "state rng rng_state rand_state",
    "sample": "sample s xi rnd u",
    "start": "start begin first row_start lo",
    "end": "end stop last row_end hi",
    "bounds": "bounds extents box_half limits",
    "energy_density": "psi W energy_density",
    "polynomial": "poly p y",
    "coefficient": "c coef k beta gamma",
    "ray_origin": "origin o ro ray_start",
    "ray_direction": "dir rd ray_dir d",
    "hit": "hit t hit_dist t_hit",
    "inertia": "I inertia body_inertia",
    "torque": "tau torque t_ext",
    "omega": "omega w ang_vel spin",
    "material": "params material props cfg",
    "magnitude": "mag length norm len_v",
    "projection": "proj p along projected",
    "cosine": "cos_a c cos_theta ct",
    "sine": "sin_a s sin_theta st",
    "exponent": "exponent p power n",
    "previous": "prev old last x0",
    "next": "next new x1 updated",
    "up": "up top yu north",
    "down": "down bottom yd south",
    "center": "center mid c here",
    "potential": "phi potential u",
    "flux": "flux f flow",
    "stress": "sigma stress P",
    "strain": "strain eps E_s",
    "determinant": "det J detF",
    "trace": "tr trace tr_m",
    "kernel_width": "sigma h width radius",
    "column_indices": "cols columns col_idx indices",
    "row_offsets": "offsets row_ptr indptr row_start",
    "values": "vals values data coeffs",
    "solution": "x sol solution guess",
    "rhs": "b rhs f source",
    "permutation": "perm order remap indices",
    "lane": "lane part slot component",
    "depth": "depth z level",
    "step": "step inc h stride",
}
_ROLES = frozenset(KINDS)
_COUNTS = frozenset({"steps", "size", "count", "integer", "label"})


class Namer:
    """Identifiers for one program: `module` names, and those of the function that is being written."""

    def __init__(self, rng: Rng, field: str) -> None:
        self.rng = rng
        self.module = Names(rng, field)
        self.scopes: list[Names] = []
        self.decorate = rng.choose((0.05, 0.15, 0.3, 0.5))

    def enter(self) -> None:
        self.scopes.append(self.module.scope())

    def leave(self) -> None:
        self.scopes.pop()

    def taken(self) -> set[str]:
        """The names that a new one in the current scope must not be."""
        return self.scopes[-1].taken | self.module.taken

    def local(self, kind: str) -> str:
        scope = self.scopes[-1]
        if kind[0] == "=":
            return self._given(scope, kind)
        return scope.local(kind) if kind in _ROLES else self._meaning(scope, kind, self.decorate)

    def argument(self, kind: str) -> str:
        scope = self.scopes[-1]
        if kind[0] == "=":
            return self._given(scope, kind)
        return scope.argument(kind) if kind in _ROLES else self._meaning(scope, kind, 0.3 + self.decorate)

    def field(self, kind: str) -> str:
        """A struct's field: also free in the scope at hand, so that a local can have its name."""
        return self.argument(kind)

    def constant(self, kind: str) -> str:
        """A module's constant, often named for what it is."""
        if kind[0] == "=":
            return self._outer(lambda: self._given(self.module, kind, upper=True))
        if kind not in _COUNTS and not self.rng.chance(0.65):
            return self._outer(self.module.constant)
        return self._outer(lambda: self._constant(kind))

    def _constant(self, kind: str) -> str:
        rng = self.rng
        known = ROLES[kind] if kind in _ROLES else tuple(MEANINGS[kind].split())
        word = rng.choose([w for w in known if len(w) > 2] or ["factor"])
        if rng.chance(0.6):
            word = f"{rng.choose(self.module.taste.subjects)}_{word}"
        elif rng.chance(0.3):
            word = f"{rng.choose(('max', 'min', 'base', 'default', 'inv', 'rest'))}_{word}"
        number = 2
        name = word = word.upper()
        while not self.module.claim(name):
            name = f"{word}_{number}"
            number += 1
        return name

    def struct(self, titles: Sequence[str] = ()) -> str:
        return self._outer(lambda: self._camel(titles) if titles else self.module.struct())

    def _camel(self, titles: Sequence[str]) -> str:
        for title in self.rng.shuffle(titles):
            if self.module.claim(title):
                return title
        return self.module.struct()

    def kernel(self, action: str, titles: Sequence[str] = ()) -> str:
        return self.module.kernel(action, titles)

    def function(self, gives: str, titles: Sequence[str] = ()) -> str:
        return self._outer(lambda: self.module.titled(titles) if titles else self.module.function(gives))

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

    def _meaning(self, scope: Names, kind: str, decorate: float) -> str:
        rng = self.rng
        words = MEANINGS[kind].split()
        for _ in range(3):
            u = rng.random()
            word = words[int(u * u * len(words))]
            if len(word) > 1 and rng.chance(decorate):
                word = f"{rng.choose(scope.taste.subjects)}_{word}"
            if scope.claim(word):
                return word
        number = rng.integer(0, 1)
        while not scope.claim(f"{word}{'_' if word[-1].isdigit() else ''}{number}"):
            number += 1
        return f"{word}{'_' if word[-1].isdigit() else ''}{number}"
