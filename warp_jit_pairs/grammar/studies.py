"""What studies share: the law that a kernel is about, its threads, its titles, and what becomes of its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from warp_jit_pairs import types as t

from . import tree
from .adjust import adjusted, adjusted_vector, reduced_matrix, shares
from .kernel import Kernel
from .law_calls import carries
from .laws import Law, Sheet, Term, sheet
from .names import camel, plural
from .recipes import RECIPES, SINGLE, Recipe
from .records import Records
from .redundancy import refuse_redundant
from .scene import NoValue, Scene, Site
from .topics import batch_word, choice_word, laws_of, on_pairs
from .tree import Expr

REALS = {t.F32: 14.0, t.F64: 1.0}

Write = Callable[[Kernel, str], None]


def study(doc: str, categories: str, grows: float = 1.0) -> Callable[[Write], Write]:
    """Register a kind of kernel as a recipe for each of its categories, "name:weight ..."."""

    def register(write: Write) -> Write:
        for item in categories.split():
            category, _, weight = item.partition(":")
            reals = SINGLE if category == "random" else REALS

            def run(k: Kernel, category: str = category) -> None:
                write(k, category)
                if category == "struct":
                    k.closing.append(partial(structured, k))

            name = f"{write.__name__}_{category}"
            run.__module__ = write.__module__
            weights = {category: float(weight or 1.0)}
            RECIPES[name] = Recipe(name, doc, ("generic",), weights, reals, run, (), True, grows)
        return write

    return register


def structured(k: Kernel) -> None:
    """Raise NoValue where a kernel of structs ends up with none that has several fields."""
    if not any(isinstance(part, tree.StructDef) and len(part.type.fields) > 1 for part in k.shared.parts):
        raise NoValue("a struct")


def counted(k: Kernel, small: tuple[int, int], medium: tuple[int, int], large: tuple[int, int]) -> int:
    """How many there are in a kernel of this size."""
    return k.rng.integer(*{"small": small, "medium": medium, "large": large}[k.shared.size])


def depth_of(k: Kernel) -> int:
    return counted(k, (1, 2), (1, 3), (3, 6))


def scene_for(k: Kernel, category: str, pairs: bool = False, steps: bool = False) -> tuple[Scene, Law]:
    """A scene about a law of a category."""
    return scene_of(k, category, *law_for(k, category, pairs, steps))


def law_for(k: Kernel, category: str, pairs: bool = False, steps: bool = False) -> tuple[Sheet, Law]:
    """A law of a category: what asks for more than that tries several, before it makes a scene of one."""
    known = laws_of(category, pairs, steps) or laws_of("", pairs, steps)
    name, law = _drawn(k, known)
    while law.single and k.real is not t.F32:
        name, law = _drawn(k, known)
    return sheet(name), law


_SLIGHT, _PLAIN, _DRAWS = 22.0, 30.0, 14
"""Laws of fewer or more nodes are drawn less often: kernels of slight laws are alike, as two of one long law are."""
_CALLS, _BUSY, _CHOICE = 1, 0.04, 350
"""So are those that call more builtins, where there are so many others: half of what people write has two at most."""


def _drawn(k: Kernel, known: Sequence[tuple[str, Law]]) -> tuple[str, Law]:
    rng = k.rng
    for _ in range(_DRAWS):
        name, law = rng.choose(known)
        busy = _BUSY if len(law.calls) > _CALLS and len(known) >= _CHOICE else 1.0
        if k.shared.size == "large" or rng.chance(busy * min(law.size / _SLIGHT, _PLAIN / law.size)):
            break
    return name, law


def scene_of(k: Kernel, category: str, field: Sheet, law: Law) -> tuple[Scene, Law]:
    """A scene about a law of a sheet."""
    scene = Scene(k, field, depth_of(k))
    name_for(scene, law)
    if category == "function":
        scene.in_functions = 1.0
    # What elements have of their own is mostly read: by a law, it may mean something else elsewhere in the field.
    scene.deriving = k.rng.choose((0.15, 0.35, 0.55))
    if k.shared.size == "large" and category != "function":
        # What long kernels do stands in them.
        scene.in_functions = k.rng.choose((0.0, 0.0, 0.1, 0.4))
    return scene, law


def name_for(scene: Scene, law: Law) -> None:
    """Name the elements after what a law is about, which may be pairs of them."""
    if scene.sheet.pairs and on_pairs(scene.sheet, law):
        scene.names.entity = scene.rng.choose(scene.sheet.pairs)
        scene.k.namer.module.taste.subjects = [scene.names.entity]


def _gridded(scene: Scene) -> bool:
    """Whether elements lie in rows and columns."""
    launch = scene.sheet.launch
    return launch.get(2, 0.0) >= launch.get(1, 0.0)


def threads(scene: Scene, category: str, law: Law | None = None, most: int = 4) -> None:
    """Start the threads in the sheet's dimensions, with what kernels of this category have around them."""
    k, rng = scene.k, scene.rng
    weights = {ndim: weight for ndim, weight in scene.sheet.launch.items() if ndim <= most} or {1: 1.0}
    grid = _gridded(scene)
    if not grid and most >= 2:
        # More than a quarter of what people launch has two dimensions: most are many worlds at once.
        weights[2] = max(weights.get(2, 0.0), 0.4 * sum(weights.values()))
    if most >= 3:
        weights.setdefault(3, (1.2 if grid else 0.2) * weights[2])
    if grid and most >= 4:
        weights.setdefault(4, 0.6 * weights[2])
    ndim = rng.weighted(weights)
    e = scene.names.entity
    lengths: tuple[str, ...] = ()
    if ndim == 1:
        kinds: tuple[str, ...] = (f"=tid i {e}_id {e}_idx idx {e[0]}",)
    elif ndim == 2 and not grid:
        batch = batch_word(rng, scene.sheet)
        kinds = (f"=!{batch} {batch}_id b", f"=i {e}_id tid {e}_idx j")
        lengths = (f"=num_{plural(batch)}", f"=num_{plural(e)} n_{plural(e)}")
    elif not grid and 3 not in scene.sheet.launch:
        # Of each world there are several to choose from.
        batch, choice = batch_word(rng, scene.sheet), choice_word(rng, scene.sheet, e)
        kinds = (f"=!{batch} {batch}_id b", f"=!{choice} {choice}_id s", f"=i {e}_id tid {e}_idx j")
        lengths = (f"=num_{plural(batch)}", f"=num_{plural(choice)}", f"=num_{plural(e)} n_{plural(e)}")
    else:
        kinds = rng.choose(
            (("=!i", "=!j", "=!k", "=!l"), ("=!x", "=!y", "=!z", "=!c"), ("=!ix", "=!iy", "=!iz", "=!ic"))
        )
        if ndim == 2 or ndim not in scene.sheet.launch:
            kinds = ("=!row", "=!col") if rng.chance(0.4) else kinds[:2]
        # What lies in a plane has no third axis: there are several planes, or several worlds of them.
        outer, inner = rng.choose(("env", "world", "view")), rng.choose(("layer", "level", "frame"))
        if ndim > len(kinds):
            kinds = (f"=!{outer}", f"=!{inner}", *kinds) if ndim == 4 else (f"=!{outer}", *kinds)
            lengths = (f"=num_{outer}s",)
        kinds = kinds[:ndim]
    if category == "struct" and rng.chance(0.75):
        scene.begin(ndim, kinds, lengths=lengths)
        structure(scene)
    else:
        scene.begin(ndim, kinds, lengths=lengths)
    takes = law.takes if law is not None else ()
    settings = [name for name in takes if name != "rng" and scene.sheet.quantity(name).where == "uniform"]
    # A struct of one parameter is none.
    if (category == "struct" and scene.records is None) or (len(settings) > 1 and rng.chance(0.2)):
        title = camel(e)
        k.flag_bundle(
            k.namer.struct(
                (f"{title}Params", f"{camel(scene.sheet.name)}Params", "Params", f"{title}Config", "SimParams")
            )
        )
    k.closing.append(partial(refuse_redundant, scene))
    _enter(scene, law)


def structure(scene: Scene, role: str = "in") -> None:
    """The state of an element in a struct."""
    k = scene.k
    e = scene.names.entity
    title = camel(e)
    name = k.namer.struct((title, f"{title}State", f"{title}Data", f"{title}Info"))
    many = plural(e)
    scene.records = Records(k, name, f"={many} {many} {e}_data {e}_states", f"={e} {e[0]} item state", k.launch, role)


_STANDING = frozenset({"alive", "visible"})
"""What an element must be for anything to be done to it."""


def _enter(scene: Scene, law: Law | None) -> None:
    """What is asked first: whether this element is to be worked on, or which it is."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    site = scene.sites[""]
    scene.loads_at = -1
    draw = rng.random()
    if draw < 0.11 and len(site.dims) == 1:
        if not k.guarded and rng.chance(0.4):
            # The list is not full.
            size = site.dims[0].size
            count = k.array(
                f"=active_count num_active {e}_count", t.I32, (k.dim(1, fixed=True),), low=size // 2, high=size
            )
            with k.when(site.index[0] >= count[0]):
                k.give()
        ids = k.array(
            f"={e}_ids active_{plural(e)} {e}_indices active_ids sorted_ids",
            *(t.I32, site.dims),
            low=0,
            high=31,
            bound=site.dims[0].symbol,
            distinct=True,
        )
        scene.sites[""] = Site(site.dims, (k.let(f"={e}_id {e} idx {e}_index", ids[site.index]),))
    elif draw < 0.23:
        mask = k.array(f"={e}_active active enabled {e}_enabled mask alive", t.BOOL, site.dims, low=0, high=1)
        with k.when(k.negate(mask[site.index])):
            k.give()
    elif draw < 0.31:
        flags = k.array(f"={e}_flags flags {e}_state status", t.I32, site.dims, low=0, high=3)
        bit = k.constant(1, t.I32, f"=active_bit {e}_active flag_active") if rng.chance(0.6) else k.integer(1)
        with k.when((flags[site.index] & bit).equals(0)):
            k.give()
    elif draw < 0.36:
        world = len(site.dims) == 2
        dims = site.dims[:1] if world else site.dims
        done = k.array(
            "=done finished converged is_done" if not world else "=done world_done env_done", t.I32, dims, low=0, high=1
        )
        with k.when(done[site.index[: len(dims)]].differs(0)):
            k.give()
    elif draw < 0.4 and len(site.dims) == 2 and not _gridded(scene) and law is not None:
        # Worlds of which each has as many as it has.
        many = plural(e)
        size = site.dims[1].size
        counts = k.array(f"={e}_counts num_{many} counts", t.I32, site.dims[:1], low=size // 2, high=size)
        with k.when(site.index[1] >= counts[site.index[0]]):
            k.give()
    elif draw < 0.42 and scene.sheet.groups and law is not None:
        dim, index, word = scene.of_group()
        live = k.array(f"={word}_active {word}_enabled active_{plural(word)}", t.I32, (dim,), low=0, high=1)
        with k.when(live[index].equals(0)):
            k.give()
    elif draw < 0.5 and law is not None:
        tests = [
            one
            for one in scene.sheet.laws
            if one.gives[0] in _STANDING
            and scene.usable(one)
            and not one.looped
            and not set(one.takes) & set(law.gives)
            and set(one.takes) & set(law.takes)
        ]
        if tests:
            with suppress_value():
                test = scene.apply(rng.choose(tests), 0, named=False)[0]
                with k.when(k.negate(test)):
                    k.give()
    k.gap()
    if scene.records is not None:
        scene.records.item(scene.sites[""].index)
    scene.mark()


@contextmanager
def suppress_value() -> Iterator[None]:
    """Leave out what has no value here."""
    try:
        yield
    except NoValue:
        return


def work_out(scene: Scene, laws: Sequence[Law], late: bool, first: float = 0.0) -> list[Law]:
    """Work out the results of laws and write those that nothing goes on from, at once or at the end.

    `first` is the chance that those of the first law are written although others go on from them.
    """
    k, rng = scene.k, scene.rng
    written: list[Law] = []
    waiting: list[tuple[str, Expr]] = []
    shown = laws[0].gives if laws and rng.chance(first) else ()
    for place, law in enumerate(laws):
        if any(name in scene.held for name in law.gives):
            continue
        with suppress_value():
            k.gap()
            alone = law is laws[-1] and not waiting
            results = scene.settled(law, named=len(law.gives) > 1 or not alone or rng.chance(0.6))
            written.append(law)
            waiting += zip(law.gives, results, strict=True)
        if not late:
            later = {name for other in laws[place + 1 :] for name in other.takes}
            for name, value in waiting:
                if name not in later and (name not in scene.taken or name in shown):
                    deliver(scene, name, value)
            waiting = [(name, value) for name, value in waiting if name in later]
    k.gap()
    for name, value in waiting:
        if name not in scene.taken or name in shown:
            deliver(scene, name, value)
    return written


STEPS = frozenset({"dt", "learning_rate", "step_size", "time_step", "relaxation"})
"""What a law takes that is worth repeating: it goes a small way each time."""


_AT_ONCE = ("capped", "limited", "wrapped", "clipped", "projected")
"""What a second time would leave as it is: parts of the names of laws."""


def feeds_back(law: Law, base: str) -> bool:
    """Whether a step depends on the value it changes beyond adding to it."""
    settles = any(part in law.name for part in _AT_ONCE)
    return bool(STEPS & set(law.takes)) and not settles and carries(law, base)


def driven(scene: Scene, law: Law, base: str) -> list[Law]:
    """Laws that give what a step takes from what it changes, so that a loop has to work it out again each time."""
    found = []
    for name in law.takes:
        if name in (base, "rng") or scene.sheet.quantity(name).where == "uniform":
            continue
        givers = [one for one in scene.sheet.giving.get(name, ()) if base in one.takes and scene.usable(one)]
        if givers:
            found.append(scene.rng.choose(givers))
    return found


_BRIEF = (
    "force",
    "acceleration",
    "torque",
    "gradient",
    "steering",
    "rate",
    "command",
    "target",
    "input",
    "demand",
    "error",
    "velocity",
    "spin",
    "slip",
    "position",
    "infected",
    "measurement",
    "stretch",
    "gyro",
)
"""What changes all the time: parts of the names of quantities."""


def settled(scene: Scene, law: Law, base: str) -> bool:
    """Whether a step may be repeated: what it takes beside what it changes stays, or is worked out each time."""
    led = {name for one in driven(scene, law, base) for name in one.gives}
    others = [
        name
        for name in law.takes
        if name not in (base, "rng") and name not in led and scene.sheet.quantity(name).where in ("state", "result")
    ]
    if "exp" in law.calls and not led:
        # What decays at one rate needs no steps.
        return False
    return not any(part in name for name in others for part in _BRIEF)


def spoken(name: str) -> str:
    return name.removeprefix("next_").replace("_", " ")


_NOUNS = ("speed", "bed", "crest")


def noun(law: Law) -> str:
    """What a law gives, in words, or none where it is called after what has been done with it."""
    last = law.gives[0].rpartition("_")[2]
    return "" if last.endswith(("ed", "est", "ible")) and not last.endswith(_NOUNS) else spoken(law.gives[0])


def title(
    scene: Scene, laws: Sequence[Law], verbs: Sequence[str] = ("compute", "eval", "calc", "update", "evaluate")
) -> None:
    """Name the kernel after what it works out, and say so in its docstring."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    if not laws:
        raise NoValue(scene.sheet.name)
    ends = [law for law in laws if any(name not in scene.taken for name in law.gives)] or [laws[-1]]
    names = [_subject(scene, law) for law in ends]
    what = names[-1] if len(laws) > 1 else names[0]
    own = what if what.startswith(e) else f"{e}_{what}"
    each = e.replace("_", " ")
    if len(ends) == 1:
        k.titles = (*(f"{verb}_{one}" for verb in verbs for one in (what, own)), own, what)
        doc = ends[0].doc.rstrip(".") if ends[0].gives[0] not in scene.modelled else ""
        what = noun(ends[0])
        said = f"Compute the {what} of each {each}." if what and each not in what and rng.chance(0.4) else "-"
        k.about = f"{doc}." if doc and len(laws) == 1 and rng.chance(0.7) else said
        return
    told = [spoken(law.gives[0]) for law in ends]
    k.about = f"Compute the {', '.join(told[:-1])} and {told[-1]} of each {each}." if rng.chance(0.4) else "-"
    first = names[0]
    k.titles = (f"{verbs[0]}_{first}_and_{what}", f"{verbs[-1]}_{first}_and_{what}", f"{e}_{first}_{what}")
    if len(ends) > 2:
        k.titles = (f"{verbs[0]}_{e}_quantities", f"{verbs[-1]}_{plural(e)}", f"{e}_diagnostics", f"{verbs[0]}_{own}")


def _subject(scene: Scene, law: Law) -> str:
    """What a law is about, in a kernel's name."""
    name = law.gives[0] if law.gives[0] in scene.modelled else law.name
    return name.removeprefix("next_").removeprefix("is_")


# -- what becomes of a result


def deliver(scene: Scene, name: str, value: Expr) -> None:
    """Write a result out, perhaps bounded, smoothed, weighted or only where that is wanted."""
    k, rng = scene.k, scene.rng
    term = scene.sheet.term(name)
    kind = value.type
    site = scene.sites[""]
    if not scene.alone or term.prefix == "next":
        # Of several results, none is treated in a way of its own.
        store(scene, term, value)
        return
    if isinstance(kind, t.Scalar) and t.is_float(kind) and rng.chance(0.25):
        value = adjusted(scene, term, value)
    elif isinstance(kind, t.Vector) and t.is_float(kind.dtype) and rng.chance(0.2):
        value = adjusted_vector(scene, term, value)
    elif isinstance(kind, t.Matrix) and rng.chance(0.35):
        found = reduced_matrix(scene, term, value)
        if found is not None:
            k.set(k.array(found[0], found[1].type, site.dims, "out")[site.index], found[1])
            return
    if isinstance(kind, t.Scalar) and t.is_float(kind) and rng.chance(0.012):
        # What went wrong before is not passed on.
        value = k.let(scene.names.local(term), value)
        broken = k.call("isnan", value)
        with k.when(broken if rng.chance(0.5) else k.either(broken, k.call("isinf", value))):
            (k.next_turn if k.in_loop else k.give)()
    draw = rng.random()
    real = isinstance(kind, (t.Scalar, t.Vector)) and kind.scalar.kind == "f"
    if draw < 0.06 and real and shares(scene.sheet, term):
        target = k.array(
            f"={scene.names.called(term)}_sum total_{scene.names.called(term)} {scene.names.called(term)}_accum",
            kind,
            site.dims,
            "inout",
            low=-2.0,
            high=2.0,
        )
        k.augment(target[site.index], "+", value)
    else:
        store(scene, term, value)


def store(scene: Scene, term: Term, value: Expr) -> None:
    """Write a quantity of the element."""
    k = scene.k
    site = scene.sites[""]
    plain = replace(term, prefix="", suffix="")
    if term.prefix == "next" and str(plain) in scene.changes:
        key = str(plain)
        k.shared.differentiable = False
        if scene.records is not None and key in scene.records.fields:
            k.set(scene.records.target(key, site.index), value)
            return
        row = scene.sheet.quantities[term.base]
        k.set(scene.array(plain, row, site, key)[site.index], value)
        return
    k.set(k.array(scene.names.output(term), value.type, site.dims, "out")[site.index], value)
