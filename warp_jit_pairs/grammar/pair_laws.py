"""Laws of two elements: what each of the two gets, and values that both come by in the same way."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import isfinite

from .laws import ROWS, Law, Sheet, Term
from .scene import NoValue, Scene
from .topics import is_pair
from .tree import Expr

_FLOWS = frozenset(
    {
        *("series_heat_flow", "contact_heat_flow", "radiative_heat_flow"),
        *("rusanov_flux", "surface_flux", "weir_flux", "diffusive_flux"),
    }
)
"""Laws of what goes from the first element to the second."""
_OWN = frozenset({"correction", "damped_xpbd", "cross_infection", "laplacian_viscous_force"})
"""Laws of what the first element gets; the second has the same law the other way round."""
_LONE = frozenset({"mean_pressure_force"})
"""Laws of what the first element gets that do not turn round."""
_WHOLE = frozenset({"contrastive_loss", "ranking_loss", "epipolar_error", "robust_reprojection"})
"""Laws of what belongs to the pair, and adds up over all of them."""
_ENERGIES = frozenset({"pair_energy", "potential_energy"})
_NO_SUM = frozenset(
    {
        *("statistic", "baseline", "edge_vector", "difference", "commutator"),
        *("interface_traction", "handover_gap", "upwind_flux"),
    }
)
"""What has a sign and yet no sum that means anything."""
_NEAR = frozenset(
    {
        *("distance", "separation", "color_difference", "divergence", "central_angle", "squared_distance"),
        *("collision_time", "rotation_angle"),
    }
)
_ALIKE = frozenset({"similarity", "kernel_value", "score"})


@cache
def share(field: Sheet, law: Law) -> str:
    """What two elements get of a law: "gain" for the first and its opposite for the second, "flow" from the first to
    the second, "half" of it each, their "own" by the law either way, something for the first "lone", the "whole" for
    a total; "" where there is no sum.
    """
    if len(law.gives) != 1 or "rng" in law.takes or not is_pair(law):
        return ""
    row = field.quantity(law.gives[0])
    if row.type not in ("real", "vec2", "vec3", "vec4") or not all(_at_hand(field, name) for name in law.takes):
        return ""
    if law.name in _FLOWS:
        return "flow"
    if law.name in _OWN:
        return "own"
    if law.name in _WHOLE:
        return "whole"
    if law.name in _LONE:
        return "lone"
    if row.name in _ENERGIES:
        return "half"
    return "gain" if row.name in field.opposite and not {row.name, law.name} & _NO_SUM else ""


@cache
def closeness(field: Sheet, law: Law) -> str:
    """Whether the least ("min") or the greatest ("max") value of a law tells which other element is closest."""
    takes = all(_at_hand(field, name) for name in law.takes) and "rng" not in law.takes
    if len(law.gives) != 1 or not takes or not is_pair(law) or field.quantity(law.gives[0]).type != "real":
        return ""
    return "min" if law.gives[0] in _NEAR else "max" if law.gives[0] in _ALIKE else ""


def _at_hand(field: Sheet, name: str, opened: frozenset[str] = frozenset()) -> bool:
    """Whether a value is one of the two elements', the same for all, or follows from theirs."""
    if name == "rng" or name in opened:
        return False
    term = field.term(name)
    if term.suffix or field.quantities[term.base].where in ("uniform", "group"):
        return True
    return bool(_between(field, name, opened))


@cache
def _between(field: Sheet, name: str, opened: frozenset[str] = frozenset()) -> tuple[Law, ...]:
    """The laws by which a value follows from those of two elements, and not from those `opened`."""
    found = []
    for law in field.giving.get(name, ()):
        fits = len(law.gives) == 1 and any(one.endswith(("_a", "_b")) for one in law.takes)
        chained = fits or any(_between(field, one, opened | {name}) for one in law.takes if one not in opened | {name})
        if len(law.gives) == 1 and chained and all(_at_hand(field, one, opened | {name}) for one in law.takes):
            found.append(law)
    return tuple(found)


def swapped(scene: Scene, law: Law) -> Expr:
    """A law's value the other way round: for the second element of a pair."""
    held = scene.held
    others = {"a": "b", "b": "a"}
    turned = {}
    for name, value in held.items():
        term = scene.sheet.term(name) if name != "rng" else None
        if term is not None and term.suffix:
            turned[str(replace(term, suffix=others[term.suffix]))] = value
        elif term is None or scene.sheet.quantities[term.base].type == "real":
            # A distance is the same from either side.
            turned[name] = value
    sites = scene.sites
    scene.held, scene.sites = turned, {**sites, "a": sites["b"], "b": sites["a"]}
    try:
        return scene.apply(law, 0, named=False)[0]
    finally:
        scene.held, scene.sites = held, sites


class Sides:
    """The values of the two elements of a pair: where one's is read so is the other's, and one law serves both."""

    def __init__(self, scene: Scene, each: bool = False) -> None:
        """`each` pair may have values of its own of what elements of a group share."""
        self.scene = scene
        self.laws: dict[str, Law | None] = {}
        self.opened: list[str] = []
        field = scene.sheet
        apart = {field.term(name).base for law in field.laws for name in law.takes if name.endswith("_b")}
        for row in field.quantities.values():
            if row.where == "group":
                own = row.name in apart or (each and scene.rng.chance(0.5))
                scene.ways[row.name] = "state" if own else "uniform"

    def take(self, law: Law, suffixes: str = "ab") -> None:
        """Have at hand what a law takes of these elements, and what follows from both once both are."""
        field = self.scene.sheet
        for name in law.takes:
            term = field.term(name)
            if term.suffix and term.suffix in suffixes:
                self._side(replace(term, suffix=""), term.suffix, min(self.scene.depth, 1))
            elif not term.suffix and field.quantities[term.base].where in ("uniform", "group"):
                self.scene.value(name, 0)
            elif not term.suffix and name != "rng":
                self._both(name, suffixes)

    def complete(self, law: Law) -> None:
        """Have at hand for each element what a law takes of one of them."""
        for name in law.takes:
            term = self.scene.sheet.term(name)
            if term.suffix:
                for suffix in "ab":
                    self._side(replace(term, suffix=""), suffix, min(self.scene.depth, 1))

    def _both(self, name: str, suffixes: str) -> None:
        """A value that follows from two elements'."""
        if name in self.scene.held:
            return
        if name not in self.laws:
            laws = _between(self.scene.sheet, name)
            self.laws[name] = self.scene.rng.choose(laws) if laws else None
        law = self.laws[name]
        if law is None:
            self.scene.value(name, 0)
            return
        self.take(law, suffixes)
        if "b" in suffixes:
            self.scene.apply(law, 0)

    def _side(self, term: Term, suffix: str, depth: int) -> None:
        """One element's own value."""
        scene, name = self.scene, str(term)
        own = f"{name}_{suffix}"
        row = scene.sheet.quantities[term.base]
        if term.prefix in ("max", "min"):
            # A bound is the same for both.
            scene.held[own] = scene.value(name, 0)
            return
        if own in scene.held or (row.where in ("uniform", "group") and scene.way(row) != "state"):
            scene.value(own, 0)
            return
        if name not in self.laws:
            self.laws[name] = self._law(term, suffix, depth)
        law = self.laws[name]
        if law is None:
            scene.held[own] = scene.read(replace(term, suffix=suffix), row)
            return
        if name in self.opened:
            # What it takes was to come from it, as was decided elsewhere.
            raise NoValue(name)
        self.opened.append(name)
        for taken in law.takes:
            self._side(scene.sheet.term(taken), suffix, depth - 1)
        self.opened.pop()
        if law not in scene.helpers:
            # It is needed twice.
            scene.helpers[law] = scene.function(law)
        scene.apply(law, 0, suffix)

    def _apart(self, name: str) -> bool:
        """Whether each of the two has a value of its own."""
        row = self.scene.sheet.quantity(name)
        return row.where in ("state", "result") or (row.where == "group" and self.scene.way(row) == "state")

    def _law(self, term: Term, suffix: str, depth: int) -> Law | None:
        """How a value comes about: by a law, or by reading it."""
        scene = self.scene
        row = scene.sheet.quantities[term.base]
        must = not isfinite(row.low)
        chance = {"result": 0.6, "state": 0.08}.get(row.where, 0.0)
        if not must and (term.prefix or row.type in ROWS or depth <= 0 or not scene.rng.chance(chance)):
            return None
        found = scene.laws_for(replace(term, suffix=suffix))
        fresh = [law for law in found if len(law.gives) == 1 and not {*self.opened, str(term)} & {*law.takes}]
        # Of what is one for all, both sides would have the same.
        laws = [law for law in fresh if any(self._apart(name) for name in law.takes)]
        if laws:
            return scene.rng.choose(laws)
        if must:
            raise NoValue(str(term))
        return None
