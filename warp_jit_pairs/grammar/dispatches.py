"""Kernels that work out one quantity by whichever of several models is asked for."""

from __future__ import annotations

from functools import cache

from warp_jit_pairs import types as t

from .kernel import Kernel
from .law_models import close
from .laws import ROWS, Law, Sheet, sheet, sheet_names
from .scene import NoValue, Scene
from .studies import name_for, spoken, store, study, threads
from .topics import is_pair, topics, varies
from .tree import Expr

_USUAL = frozenset({"real", "vec2", "vec3", "int", "bool"})
_COUNTS = {"small": (2, 3), "medium": (3, 4), "large": (5, 9)}

_FOR_ALL = frozenset({"learning", "training", "statistics", "optimization", "numerics", "finance", "color", "image"})
"""Fields in which one model is chosen for all elements."""

Models = tuple[str, tuple[Law, ...]]


def _plain(field: Sheet, law: Law) -> bool:
    rows = any(name == "rng" or field.quantity(name).type in ROWS for name in law.takes)
    named = law.name not in law.gives
    single = len(law.gives) == 1 and field.quantity(law.gives[0]).type in _USUAL
    return single and named and not is_pair(law) and not rows and not field.term(law.gives[0]).prefix


def _matter(field: Sheet, law: Law) -> frozenset[str]:
    return frozenset(name for name in law.takes if varies(field, name))


@cache
def _models(category: str) -> tuple[Models, ...]:
    """Quantities that several laws give from much the same things: models of one thing."""
    found: list[Models] = []
    for name in sheet_names():
        field = sheet(name)
        for gives, laws in field.giving.items():
            plain = [law for law in laws if _plain(field, law) and gives in law.gives]
            for law in plain:
                own = _matter(field, law)
                # Others answer different questions.
                kin = [one for one in plain if close(_matter(field, one), own)]
                whole = tuple(sorted(kin, key=lambda one: one.name))
                fits = category in ("struct", "combined", "control_flow", "function") or any(
                    category in topics(field, one) for one in kin
                )
                if len(kin) > 1 and fits and (name, whole) not in found:
                    found.append((name, whole))
    return tuple(found)


@study(
    "a quantity by one of several models, whichever is asked for",
    "arithmetic:0.8 vector:0.6 math:1.2 control_flow:2 function:1.2 combined:0.8 struct:0.8 geometry:0.3 integer:0.05",
    grows=12.0,
)
def dispatch(k: Kernel, category: str) -> None:
    rng = k.rng
    least, most = _COUNTS[k.shared.size]
    known = [one for one in _models(category) if len(one[1]) >= least]
    if k.real is not t.F32:
        known = [one for one in known if not any(law.single for law in one[1])]
    if not known:
        raise NoValue(f"no models of {category}")
    name, models = rng.choose(known)
    laws = rng.shuffle(models)[: rng.integer(least, most)]
    scene = Scene(k, sheet(name), rng.choose((0, 0, 1)))
    name_for(scene, laws[0])
    scene.in_functions = rng.choose((0.0, 0.0, 0.5, 1.0)) if category != "function" else 1.0
    scene.deriving = 0.0
    scene.alone = True
    threads(scene, category, laws[0])
    kind = _kind(scene, laws)
    labels = _labels(scene, laws)
    early = rng.chance(0.5)
    for one in dict.fromkeys(name for law in laws for name in law.takes):
        # What several of them take is read before; the rest perhaps where it is needed.
        shared = sum(one in law.takes for law in laws) > 1 or scene.sheet.quantity(one).where != "state"
        if shared or early:
            scene.value(one, scene.depth)
    k.gap()
    term = scene.sheet.term(laws[0].gives[0])
    result = _branches(scene, laws, kind, labels)
    k.gap()
    store(scene, term, result)
    what, e = laws[0].gives[0], scene.names.entity
    k.titles = (f"compute_{what}", f"evaluate_{what}", f"eval_{e}_{what}", f"{what}_by_model", f"apply_{what}_model")
    k.titles = (*k.titles, f"compute_{e}_{what}", f"{what}_dispatch", f"select_{what}")
    k.about = rng.choose(("-", f"Compute the {spoken(what)} of each {e.replace('_', ' ')} by its model."))
    k.shared.differentiable = k.shared.differentiable and isinstance(result.type, (t.Scalar, t.Vector))


def _kind(scene: Scene, laws: list[Law]) -> Expr:
    """Which model is asked for: by each element or by all."""
    k, rng = scene.k, scene.rng
    e, what = scene.names.entity, scene.names.called(scene.sheet.term(laws[0].gives[0]))
    site = scene.sites[""]
    how = "all" if scene.sheet.name in _FOR_ALL else rng.choose(("all", "all", "each"))
    if how == "all":
        return k.scalar(f"=!{what}_model model_type method", t.I32, 0, len(laws) - 1)
    names = f"={what}_model {e}_type {what}_type model_ids {e}_model"
    kinds = k.array(names, t.I32, site.dims, low=0, high=len(laws) - 1)
    return k.let("=model kind model_type mode", kinds[site.index])


def _labels(scene: Scene, laws: list[Law]) -> list[Expr]:
    """What stands for each model: a constant of its name, or a number."""
    k, rng = scene.k, scene.rng
    word = scene.names.called(scene.sheet.term(laws[0].gives[0]))
    front = rng.choose(("model_", f"{word}_", "type_"))
    if rng.chance(0.3):
        return [k.integer(number) for number in range(len(laws))]
    names = _told_apart([law.name for law in laws])
    return [k.constant(number, t.I32, f"=!{front}{name} model_{name}") for number, name in enumerate(names)]


def _told_apart(names: list[str]) -> list[str]:
    """Names without the last word that most of them share."""
    last = {name.rpartition("_")[2] for name in names if "_" in name}
    for word in sorted(last):
        ends = [name for name in names if name.endswith(f"_{word}")]
        short = [name.removesuffix(f"_{word}") for name in names]
        if len(ends) > 1 and len({*short}) == len(names):
            return short
    return names


def _branches(scene: Scene, laws: list[Law], kind: Expr, labels: list[Expr]) -> Expr:
    """A branch for each model; the last one may be what is left."""
    k, rng = scene.k, scene.rng
    term = scene.sheet.term(laws[0].gives[0])
    result = k.variable(scene.names.local(term), k.zero(scene.type_of(str(term))), False)
    open_end = rng.chance(0.5)
    for number, law in enumerate(laws):
        last = number == len(laws) - 1
        with k.case(number, kind.equals(labels[number]), last and open_end), scene.branch():
            k.set(result, scene.apply(law, 0, named=False)[0])
    return result
