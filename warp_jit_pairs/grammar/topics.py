"""Which laws of the sheets belong to which category of kernels."""

from __future__ import annotations

from functools import cache

from warp_jit_pairs.rng import Rng

from .laws import Law, Sheet, sheet, sheet_names

_TRANSCENDENTAL = frozenset(
    {
        *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh"),
        *("cosh", "tanh", "exp", "log", "log2", "log10", "pow", "sqrt"),
        *("cbrt", "erf", "erfc", "erfinv", "erfcinv", "smoothstep", "floor", "ceil"),
        *("round", "rint", "trunc", "frac", "sign", "step", "degrees", "radians"),
    }
)
_PLAIN = frozenset({"sqrt", "floor", "ceil", "round", "rint", "trunc", "frac", "sign", "step", "degrees", "radians"})
"""Those of them that plain arithmetic has as well."""
_GEOMETRIC = frozenset({"shapes", "primitives", "camera", "shading", "geodesy", "terrain"})

Found = tuple[str, Law]


_SIMULATED = frozenset(
    {
        *("agents", "animation", "cloth", "crowds", "drones", "fabric", "fluids", "games", "linkages", "molecular"),
        *("orbits", "particles", "rigid", "robotics", "rovers", "solids", "sph", "traffic", "vehicles"),
    }
)
"""Fields of which people run many worlds at once."""


def batch_word(rng: Rng, field: Sheet) -> str:
    """What one of many sets of elements is called."""
    return rng.choose(("world", "env", "batch")) if field.name in _SIMULATED else "batch"


def choice_word(rng: Rng, field: Sheet, entity: str) -> str:
    """What one of several ways is called that the elements of a world may go."""
    words = ("sample", "candidate", "rollout") if field.name in _SIMULATED else ("sample", "scenario", "trial")
    return rng.choose([word for word in words if word != entity])


@cache
def is_pair(law: Law) -> bool:
    """Whether a law is about two elements."""
    return any(name.endswith("_b") for name in law.takes)


@cache
def of_pairs(field: Sheet) -> frozenset[str]:
    """Quantities that two elements have together, such as their distance: what laws of pairs alone give."""
    found: set[str] = set()
    while True:
        more = {
            name
            for name, row in field.quantities.items()
            if row.where == "result" and name not in found and (laws := field.giving.get(name))
            if all(is_pair(law) or any(field.quantity(one).name in found for one in _given(law)) for law in laws)
        }
        if not more:
            return frozenset(found)
        found |= more


@cache
def on_pairs(field: Sheet, law: Law) -> bool:
    """Whether a law is about a pair of elements as one thing: most of its matter is what they have together."""
    matter = {row.name for name in _given(law) if (row := field.quantity(name)).where in ("state", "result")}
    return not is_pair(law) and 2 * len(matter & of_pairs(field)) > len(matter)


def _given(law: Law) -> list[str]:
    return [name for name in law.takes if name != "rng"]


@cache
def topics(field: Sheet, law: Law) -> frozenset[str]:
    """The categories that a law is typical of."""
    terms = [name for name in (*law.takes, *law.gives) if name != "rng"]
    types = {field.quantity(name).type for name in terms}
    found = set()
    if any(kind.startswith("vec") for kind in types):
        found.add("vector")
    if any(kind.startswith("mat") for kind in types):
        found.add("matrix")
    if types & {"quat", "transform", "spatial"}:
        found.add("quaternion")
    gives = {field.quantity(name).type for name in law.gives}
    if gives & {"int", "uint", "ints"} or (types & {"int", "uint"} and not types & {"real", "reals"}):
        found.add("integer")
    if "rng" in law.takes:
        found.add("random")
    elif law.calls & _TRANSCENDENTAL:
        found.add("math")
    if types <= {"real", "bool", "int"} and "real" in gives and not law.calls & (_TRANSCENDENTAL - _PLAIN):
        found.add("arithmetic")
    if law.branches or law.looped:
        found.add("control_flow")
    if types & {"reals", "ints"}:
        found.add("reduction")
    if field.name in _GEOMETRIC and "vector" in found:
        found.add("geometry")
    if law.size >= 20:
        found.add("function")
    return frozenset(found)


@cache
def varies(field: Sheet, name: str, depth: int = 4) -> bool:
    """Whether a quantity is each element's own, not the same for all or for a group."""
    row = field.quantity(name)
    if field.term(name).prefix in ("max", "min"):
        return False
    if row.where != "result":
        return row.where == "state"
    laws = field.giving.get(name, ())
    return not depth or all(any(one == "rng" or varies(field, one, depth - 1) for one in law.takes) for law in laws)


@cache
def laws_of(category: str, pairs: bool, steps: bool) -> tuple[Found, ...]:
    """The laws typical of a category (of every one for "" or a category that is about how, not what); `pairs` are about
    two elements, `steps` give what a quantity becomes. None is only about what all elements share."""
    found = []
    for name in sheet_names():
        field = sheet(name)
        for law in field.laws:
            fits = category in ("", "struct", "atomic", "combined", "stencil", "tile") or category in topics(field, law)
            stepping = any(field.term(one).prefix == "next" for one in law.gives)
            own = any(name == "rng" or varies(field, name) for name in law.takes)
            if fits and own and is_pair(law) == pairs and (stepping or not steps):
                found.append((name, law))
    return tuple(found)
