"""Kernels that work out quantities of each element by the laws of a sheet: values, steps in time, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import isfinite

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .laws import Law, Sheet, Term, sheet
from .names import camel, plural
from .recipes import RECIPES, SINGLE, Recipe
from .records import Records
from .scene import NoValue, Scene, Site
from .topics import is_pair, laws_of, topics
from .tree import Expr

REALS = {t.F32: 14.0, t.F64: 1.0}

Write = Callable[[Kernel, str], None]


def study(doc: str, categories: str, action: str = "map", grows: float = 1.0) -> Callable[[Write], Write]:
    """Register a kind of kernel as a recipe for each of its categories, "name:weight ..."."""

    def register(write: Write) -> Write:
        for item in categories.split():
            category, _, weight = item.partition(":")
            reals = SINGLE if category == "random" else REALS

            def run(k: Kernel, category: str = category) -> None:
                write(k, category)
                if category == "struct":
                    k.closing.append(partial(_structured, k))

            name = f"{write.__name__}_{category}"
            run.__module__ = write.__module__
            weights = {category: float(weight or 1.0)}
            RECIPES[name] = Recipe(name, doc, ("generic",), weights, action, reals, run, (), True, grows)
        return write

    return register


def _structured(k: Kernel) -> None:
    """Raise NoValue where a kernel of structs ends up with none that has several fields."""
    if not any(isinstance(part, tree.StructDef) and len(part.type.fields) > 1 for part in k.shared.parts):
        raise NoValue("a struct")


def depth_of(k: Kernel) -> int:
    return k.rng.integer(*{"small": (1, 2), "medium": (1, 3), "large": (2, 5)}[k.shared.size])


def scene_for(k: Kernel, category: str, pairs: bool = False, steps: bool = False) -> tuple[Scene, Law]:
    """A scene about a law of a category."""
    known = laws_of(category, pairs, steps) or laws_of("", pairs, steps)
    name, law = k.rng.choose(known)
    while law.single and k.real is not t.F32:
        name, law = k.rng.choose(known)
    scene = Scene(k, sheet(name), depth_of(k))
    if category == "function":
        scene.in_functions = 1.0
    scene.deriving = 0.85 if k.shared.size == "large" else k.rng.choose((0.35, 0.6, 0.8))
    if k.shared.size == "large" and category != "function":
        # What long kernels do stands in them.
        scene.in_functions = k.rng.choose((0.0, 0.0, 0.1, 0.4))
    return scene, law


def threads(scene: Scene, category: str, law: Law | None = None, most: int = 4) -> None:
    """Start the threads in the sheet's dimensions, with what kernels of this category have around them."""
    k, rng = scene.k, scene.rng
    weights = {ndim: weight for ndim, weight in scene.sheet.launch.items() if ndim <= most} or {1: 1.0}
    grid = weights.get(2, 0.0) >= weights.get(1, 0.0)
    if grid and most >= 3:
        weights.setdefault(3, 0.3 * weights[2])
    ndim = rng.weighted(weights)
    e = scene.names.entity
    lengths: tuple[str, ...] = ()
    if ndim == 1:
        kinds: tuple[str, ...] = (f"=tid i {e}_id {e}_idx idx {e[0]}",)
    elif ndim == 2 and not grid:
        batch = rng.choose(("world", "env", "batch"))
        kinds = (f"=!{batch} {batch}_id b", f"=i {e}_id tid {e}_idx j")
        lengths = (f"=num_{batch}{'es' if batch == 'batch' else 's'}", f"=num_{plural(e)} n_{plural(e)}")
    else:
        kinds = rng.choose(
            (("=!i", "=!j", "=!k", "=!l"), ("=!x", "=!y", "=!z", "=!c"), ("=!ix", "=!iy", "=!iz", "=!ic"))
        )
        kinds = (("=!row", "=!col") if rng.chance(0.4) else kinds[:2]) if ndim == 2 else kinds[:ndim]
    if category == "struct" and rng.chance(0.75):
        scene.begin(ndim, kinds, lengths=lengths)
        structure(scene)
    else:
        scene.begin(ndim, kinds, 0.015, lengths)
    if (category == "struct" and scene.records is None) or rng.chance(0.07):
        title = camel(e)
        k.flag_bundle(
            k.namer.struct(
                (f"{title}Params", f"{camel(scene.sheet.name)}Params", "Params", f"{title}Config", "SimParams")
            )
        )
    _enter(scene, law)


def structure(scene: Scene, role: str = "in") -> None:
    """The state of an element in a struct."""
    k = scene.k
    e = scene.names.entity
    title = camel(e)
    name = k.namer.struct((title, f"{title}State", f"{title}Data", f"{title}Info"))
    many = plural(e)
    scene.records = Records(k, name, f"={many} {many} {e}_data {e}_states", f"={e} {e[0]} item state", k.launch, role)


_AXES = ("ix", "iy", "iz", "ic")
_STANDING = frozenset({"alive", "active", "valid", "enabled", "awake", "in_bounds", "visible"})
"""What an element must be for anything to be done to it."""


def _enter(scene: Scene, law: Law | None) -> None:
    """What is asked first: whether this element is to be worked on, or which it is."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    site = scene.sites[""]
    scene.loads_at = -1
    draw = rng.random()
    if draw < 0.05 and len(site.dims) == 1 and not k.serial:
        ids = k.array(
            f"={e}_ids active_{plural(e)} {e}_indices active_ids sorted_ids",
            *(t.I32, site.dims),
            low=0,
            high=31,
            bound=site.dims[0].symbol,
            distinct=True,
        )
        scene.sites[""] = Site(site.dims, (k.let(f"={e}_id {e} idx {e}_index", ids[site.index]),))
    elif draw < 0.1:
        mask = k.array(f"={e}_active active enabled {e}_enabled mask alive", t.BOOL, site.dims, low=0, high=1)
        with k.when(k.negate(mask[site.index])):
            k.give()
    elif draw < 0.14:
        flags = k.array(f"={e}_flags flags {e}_state status", t.I32, site.dims, low=0, high=3)
        bit = k.constant(1, t.I32, f"=active_bit {e}_active flag_active") if rng.chance(0.6) else k.integer(1)
        with k.when((flags[site.index] & bit).equals(0)):
            k.give()
    elif draw < 0.17:
        world = len(site.dims) == 2
        dims = site.dims[:1] if world else site.dims
        done = k.array(
            "=done finished converged is_done" if not world else "=done world_done env_done", t.I32, dims, low=0, high=1
        )
        with k.when(done[site.index[: len(dims)]].differs(0)):
            k.give()
    elif draw < 0.24 and law is not None and not k.serial:
        tests = [one for one in scene.sheet.laws if one.gives[0] in _STANDING and scene.usable(one) and not one.looped]
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


def more_laws(scene: Scene, law: Law, category: str, count: int) -> list[Law]:
    """Some more laws of the sheet that belong together with one: each takes mostly what is known by then."""
    rng, field = scene.rng, scene.sheet
    known = {field.term(name).base for name in (*law.takes, *law.gives) if name != "rng"}
    known |= {field.term(name).base for name in scene.held if name != "rng"}
    given = {*law.gives, *scene.held}
    left = [one for one in rng.shuffle(field.laws) if one is not law and scene.usable(one) and not is_pair(one)]
    chosen: list[Law] = []
    while len(chosen) < count:
        left = [one for one in left if not set(one.gives) & given and not any(n.startswith("next_") for n in one.gives)]
        if not left:
            break
        best = max(left, key=partial(_kinship, field, frozenset(known), category))
        if _kinship(field, frozenset(known), category, best) < _RELATED:
            break
        left.remove(best)
        given |= set(best.gives)
        known |= {field.term(name).base for name in (*best.takes, *best.gives) if name != "rng"}
        chosen.append(best)
    return chosen


def also(scene: Scene, law: Law, category: str, low: int, high: int) -> None:
    """More quantities of the same element, each written out: what long kernels do."""
    scene.alone = False
    flags = 0
    for one in more_laws(scene, law, category, scene.rng.integer(low, high)):
        with suppress_value():
            scene.k.gap()
            if flags < 2 and scene.rng.chance(0.15):
                flags += 1
                _on_demand(scene, one)
            elif not all(name in scene.held for name in one.gives):
                work_out(scene, one)


def work_out(scene: Scene, law: Law) -> None:
    """A law's results, each written out."""
    for name, value in zip(law.gives, scene.apply(law, scene.depth), strict=True):
        deliver(scene, name, value)


def _on_demand(scene: Scene, law: Law) -> None:
    """What is worked out only if the caller wants it."""
    k = scene.k
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    kind = f"=compute_{word} enable_{word} use_{law.name} update_{word} with_{word}"
    flag = k.scalar(kind, t.BOOL, 0, 1) if scene.plain_flags else k.scalar(kind, t.I32, 0, 1).differs(0)
    with k.when(flag), scene.inner():
        work_out(scene, law)


_RELATED = 0.5
"""So much of what a law takes must be known to a kernel that it is added to."""


def _kinship(field: Sheet, known: frozenset[str], category: str, law: Law) -> float:
    """How well a law goes with what a kernel knows: the share of the states and results that it takes."""
    bases = [field.term(name).base for name in law.takes if name != "rng"]
    matter = [base for base in bases if field.quantities[base].where in ("state", "result")]
    if not matter:
        return 0.0
    # What takes many of them is the better the more of these are known; the category breaks ties.
    shared = sum(base in known for base in matter)
    return shared / len(matter) + 0.05 * min(shared, 4) + (0.02 if category in topics(field, law) else 0.0)


def spoken(name: str) -> str:
    return name.removeprefix("next_").replace("_", " ")


def title(
    scene: Scene, laws: Sequence[Law], verbs: Sequence[str] = ("compute", "eval", "calc", "update", "evaluate")
) -> None:
    """Name the kernel after what it works out, and say so in its docstring."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    if not laws:
        raise NoValue(scene.sheet.name)
    names = [law.name.removeprefix("next_").removeprefix("is_") for law in laws]
    first = names[0]
    own = first if first.startswith(e) else f"{e}_{first}"
    if len(names) == 1:
        k.titles = (*(f"{verb}_{what}" for verb in verbs for what in (first, own)), own, first)
        doc = laws[0].doc.rstrip(".")
        said = f"Compute the {spoken(laws[0].gives[0])} of each {e.replace('_', ' ')}." if rng.chance(0.4) else "-"
        k.about = f"{doc}." if doc and rng.chance(0.7) else said
        return
    second = names[1]
    subject = scene.sheet.name
    k.titles = (
        *(
            f"{verbs[0]}_{first}_and_{second}",
            f"{verbs[0]}_{e}_{first}",
            f"update_{e}_state",
            f"{verbs[0]}_{e}_quantities",
        ),
        *(f"{verbs[-1]}_{plural(e)}", f"{e}_diagnostics", f"{verbs[0]}_{e}_properties", f"{subject}_{e}_update"),
        *(f"{e}_{first}_{second}", f"{verbs[0]}_{e}_terms", f"process_{plural(e)}", f"eval_{e}_{first}_{second}"),
    )
    k.about = "-"


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
    if isinstance(kind, t.Scalar) and t.is_float(kind) and rng.chance(0.3):
        value = _adjusted(scene, term, value)
    elif isinstance(kind, t.Vector) and t.is_float(kind.dtype) and rng.chance(0.25):
        value = _adjusted_vector(scene, term, value)
    draw = rng.random()
    real = isinstance(kind, (t.Scalar, t.Vector)) and kind.scalar.kind == "f"
    if draw < 0.06 and real:
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


def _bound_of(scene: Scene, term: Term, prefix: str) -> Expr | None:
    row = scene.sheet.quantities[term.base]
    if not isfinite(row.low):
        return None
    found = scene.value(str(Term(prefix, term.base, "")), 0)
    return found if isinstance(found, Expr) else None


def _adjusted(scene: Scene, term: Term, value: Expr) -> Expr:
    k, rng = scene.k, scene.rng
    word = scene.names.called(replace(term, suffix=""))
    how = rng.choose(("cap", "floor", "clamp", "weight", "relax", "scale", "mask", "offset"))
    row = scene.sheet.quantities[term.base]
    known = isfinite(row.low) and row.type == "real"
    if how in ("cap", "floor", "clamp") and known:
        low = _bound_of(scene, term, "min") if how != "cap" else None
        high = _bound_of(scene, term, "max") if how != "floor" else None
        if low is not None and high is not None:
            return k.call("clamp", value, low, high)
        return k.call("min", value, high) if high is not None else k.call("max", value, low if low is not None else 0.0)
    if how == "weight":
        return value * scene.load_extra(f"=weights weight {scene.names.entity}_weight w", k.real, 0.1, 2.0, "=w weight")
    if how == "relax" and known:
        old = scene.value(str(Term("previous", term.base, "")), 0)
        if isinstance(old, Expr):
            alpha = k.scalar("=alpha blend relaxation smoothing omega", k.real, 0.1, 0.9)
            how_written = rng.integer(0, 2)
            if how_written == 0:
                return k.call("lerp", old, value, alpha)
            return old + alpha * (value - old) if how_written == 1 else (1.0 - alpha) * old + alpha * value
    if how == "scale":
        return value * k.scalar(f"={word}_scale scale gain {word}_factor", k.real, 0.1, 2.0)
    if how == "mask":
        e = scene.names.entity
        mask = k.array(f"=mask {e}_mask {e}_active", t.I32, scene.sites[""].dims, low=0, high=1)[scene.sites[""].index]
        return k.where(mask.differs(0), value, k.lit(0.0))
    if how == "offset":
        return value + k.scalar(f"={word}_offset {word}_bias bias offset", k.real, -1.0, 1.0)
    return value


_CAPPED = ("velocity", "force", "acceleration", "impulse", "gradient", "update", "displacement", "momentum", "torque")
_DIRECTIONS = ("normal", "direction", "axis", "tangent", "heading")


def _adjusted_vector(scene: Scene, term: Term, value: Expr) -> Expr:
    k, rng = scene.k, scene.rng
    word = scene.names.called(replace(term, suffix=""))
    ways = ["weight", "scale", "relax"]
    ways += ["cap"] * 3 if any(part in term.base for part in _CAPPED) else []
    ways += ["unit"] * 3 if any(part in term.base for part in _DIRECTIONS) else []
    how = rng.choose(ways)
    if how in ("weight", "scale") and any(part in term.base for part in ("pos", "point", "center", *_DIRECTIONS)):
        return value
    value = k.let(scene.names.local(term), value)
    if how == "cap":
        most = k.scalar(f"=max_{word} {word}_limit max_len", k.real, 0.5, 4.0)
        size = k.let(f"={word}_len {word}_mag mag norm", k.call("length", value))
        if rng.chance(0.5):
            return k.where(size > most, value * (most / k.call("max", size, 1e-6)), value)
        return value * k.call("min", 1.0, most / k.call("max", size, 1e-6))
    if how == "weight":
        return value * scene.load_extra(f"=weights weight {scene.names.entity}_weight w", k.real, 0.1, 2.0, "=w weight")
    if how == "unit":
        return k.call("normalize", value)
    if how == "relax" and isfinite(scene.sheet.quantities[term.base].low):
        old = scene.value(str(Term("previous", term.base, "")), 0)
        if isinstance(old, Expr):
            alpha = k.scalar("=alpha blend relaxation smoothing", k.real, 0.1, 0.9)
            return k.call("lerp", old, value, alpha) if rng.chance(0.4) else old + (value - old) * alpha
    return value * k.scalar(f"={word}_scale scale gain", k.real, 0.1, 2.0)


# -- recipes


@study(
    "quantities of each element by the laws of a field",
    "arithmetic:9 vector:9 matrix:14 control_flow:6 math:9 combined:6 integer:5 quaternion:10 geometry:9 random:1.4"
    " function:8 struct:10 reduction:2",
    grows=10.0,
)
def evaluate(k: Kernel, category: str) -> None:
    scene, law = scene_for(k, category)
    rng = k.rng
    threads(scene, category, law)
    if "rng" in law.takes:
        scene.generator()
    many = {"small": (0, 1), "medium": (1, 4), "large": (10, 26)}[k.shared.size]
    count = rng.integer(*many)
    if category == "function":
        count = max(count, 1 if k.shared.size != "small" else 0)
    laws = [law, *more_laws(scene, law, category, count)]
    scene.alone = len(laws) == 1 and len(law.gives) == 1
    written: list[Law] = []
    late = rng.chance(0.5)
    waiting: list[tuple[str, Expr]] = []
    for one in laws:
        if all(name in scene.held for name in one.gives):
            continue
        with suppress_value():
            k.gap()
            alone = one is laws[-1] and not waiting
            results = scene.apply(one, scene.depth, named=len(one.gives) > 1 or not alone or rng.chance(0.6))
            written.append(one)
            waiting += zip(one.gives, results, strict=True)
        if not late or len(waiting) > 6:
            for name, value in waiting:
                deliver(scene, name, value)
            waiting = []
    k.gap()
    for name, value in waiting:
        deliver(scene, name, value)
    title(scene, written)


@study(
    "a step in time of each element's state by the laws of a field",
    "arithmetic:3 vector:4 control_flow:3 combined:4 math:2 struct:7 quaternion:4 function:2 matrix:2",
    "integrate",
    grows=10.0,
)
def advance(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = scene_for(k, category, steps=True)
    sheet_laws = [one for one in scene.sheet.laws if any(scene.sheet.term(name).prefix == "next" for name in one.gives)]
    laws = [law]
    most = {"small": 1, "medium": 2, "large": 6}[k.shared.size]
    for one in rng.shuffle(sheet_laws):
        taken = {name for known in laws for name in known.gives}
        if len(laws) < most and scene.usable(one) and not set(one.gives) & taken:
            laws.append(one)
    scene.alone = False
    in_place = rng.chance(0.55)
    if in_place:
        bases = {scene.sheet.term(name).base for one in laws for name in one.gives if name.startswith("next_")}
        scene.changes = {base for base in bases if scene.sheet.quantities[base].where == "state"}
    threads(scene, category, law)
    if scene.records is not None and scene.changes:
        argument = next(a for a in k.arguments if a.name == scene.records.array.id)
        argument.role, argument.group = "inout", "outputs"
    elif scene.records is not None:
        scene.changes = set()
    if "rng" in law.takes:
        scene.generator()
    results: list[tuple[str, Expr]] = []
    written: list[Law] = []
    chained = rng.chance(0.6)
    if "rng" not in law.takes and rng.chance({"small": 0.1, "medium": 0.25, "large": 0.5}[k.shared.size]):
        laws, written, results = _substepped(scene, laws)
    for one in laws:
        with suppress_value():
            k.gap()
            values = scene.apply(one, scene.depth)
            written.append(one)
            for name, value in zip(one.gives, values, strict=True):
                results.append((name, value))
                base = scene.sheet.term(name)
                if chained and base.prefix == "next":
                    # As semi-implicit integrators do: what comes later sees the new value.
                    scene.held[base.base] = value
    k.gap()
    for name, value in results:
        term = scene.sheet.term(name)
        if term.prefix == "next" and term.base in scene.changes:
            store(scene, term, value)
        else:
            deliver(scene, name, value)
    if k.shared.size == "large":
        also(scene, law, category, 2, 9)
    title(scene, written, ("update", "advance", "step", "integrate"))
    e = scene.names.entity
    if len(written) > 1:
        k.titles = (
            f"step_{plural(e)}",
            f"integrate_{plural(e)}",
            f"update_{plural(e)}",
            f"advance_{plural(e)}",
            f"{e}_step",
            f"update_{e}_state",
            f"{scene.sheet.name}_step",
        )
        k.about = f"Advance the state of each {e.replace('_', ' ')} by one step."


_STEPS = frozenset({"dt", "learning_rate", "lr", "step_size", "time_step", "relaxation"})
"""What a law takes that is worth repeating: it goes a small way each time."""


def feeds_back(law: Law, base: str) -> bool:
    """Whether a step depends on the value it changes beyond adding to it."""
    return law.uses.get(base, 0) > 1 and bool(_STEPS & set(law.takes))


def _substepped(scene: Scene, laws: list[Law]) -> tuple[list[Law], list[Law], list[tuple[str, Expr]]]:
    """Several small steps of those laws that change what they take, in a loop.

    Gives the other laws, those of the loop, and what these leave behind.
    """
    k, rng = scene.k, scene.rng
    bases = {law: scene.sheet.term(law.gives[0]).base for law in laws if len(law.gives) == 1}
    steps = [law for law, base in bases.items() if base in law.takes and "rng" not in law.takes]
    # What does not depend on what the loop changes makes one large step as well.
    moving = {bases[law] for law in steps if feeds_back(law, bases[law])}
    steps = [law for law in steps if bases[law] in moving or (moving & set(law.takes) and "dt" in law.takes)]
    if not moving:
        return laws, [], []
    for law in steps:
        for name in law.takes:
            scene.value(name, 0)
    k.gap()
    states: dict[str, Expr] = {}
    for law in steps:
        base = bases[law]
        start = scene.held[base]
        assert isinstance(start, Expr)
        word = scene.names.called(Term("", base, ""))
        states[base] = k.variable(f"={word}_cur cur_{word} {word}_t {word}_s", start)
    scene.held |= states
    kind = "=num_substeps substeps num_steps n_steps iterations"
    count = k.scalar(kind, t.I32, 1, 5) if rng.chance(0.6) else k.integer(rng.choose((2, 4, 5, 8)))
    test: Law | None = None
    tests = [one for one in scene.sheet.laws if scene.sheet.quantity(one.gives[0]).type == "bool" and scene.usable(one)]
    if tests and rng.chance(0.4):
        test = rng.choose(tests)
    with k.loop("=sub step_idx it ss", count), scene.inner():
        if test is not None and len(test.gives) == 1 and not test.looped:
            with suppress_value():
                stop = scene.apply(test, 0, named=False)[0]
                with k.when(stop if rng.chance(0.5) else k.negate(stop)):
                    k.leave_loop()
        for law in steps:
            k.set(states[bases[law]], scene.apply(law, 0, named=False)[0])
            scene.held[bases[law]] = states[bases[law]]
    k.shared.differentiable = False
    rest = [law for law in laws if law not in steps]
    return rest, steps, [(law.gives[0], states[bases[law]]) for law in steps]


@study(
    "errors of quantities against what they should be",
    "arithmetic:3 math:3 vector:2 combined:2 control_flow:1 reduction:0.5",
)
def compare(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = scene_for(k, category)
    for _ in range(6):
        row = scene.sheet.quantity(law.gives[0])
        if row.type in ("real", "vec2", "vec3") and not law.gives[0].startswith("next_") and "rng" not in law.takes:
            break
        scene, law = scene_for(k, category)
    else:
        evaluate(k, category)
        return
    threads(scene, category, law)
    value = scene.apply(law, scene.depth)[0]
    name = law.gives[0]
    term = scene.sheet.term(name)
    row = scene.sheet.quantities[term.base]
    which = rng.choose(("target", "reference", "target"))
    site = scene.sites[""]
    word = scene.names.called(term)
    aim_term = Term(which, term.base, "")
    low, high = (row.low, row.high) if isfinite(row.low) else (-2.0, 2.0)
    given = k.array(scene.names.array(aim_term), value.type, site.dims, low=low, high=high)[site.index]
    aim = k.let(scene.names.local(aim_term), given)
    k.gap()
    error = k.let("=err error diff residual delta", value - aim if rng.chance(0.7) else aim - value)
    scalar = isinstance(value.type, t.Scalar)
    how = rng.choose(("plain", "square", "abs", "huber", "relative", "weighted", "inside"))
    dims = site.dims
    result: Expr = error
    if how == "square":
        result = error * error if scalar else k.call("dot", error, error)
    elif how == "abs":
        result = k.call("abs", error) if scalar else k.call("length", error)
    elif how == "relative":
        size = k.call("abs", aim) if scalar else k.call("length", aim)
        result = (k.call("abs", error) if scalar else k.call("length", error)) / (size + k.choose_lit(1e-6, 1e-3))
    elif how == "huber":
        delta = k.scalar("=delta huber_delta threshold", k.real, 0.2, 2.0)
        size = k.let("=a abs_err r mag", k.call("abs", error) if scalar else k.call("length", error))
        loss = k.variable("=loss cost penalty", 0.5 * size * size, False)
        with k.when(size > delta):
            k.set(loss, delta * (size - 0.5 * delta))
        result = loss
    elif how == "weighted":
        w = scene.load_extra("=weights weight sample_weight", k.real, 0.1, 2.0, "=w weight")
        result = w * error * error if scalar else w * k.call("length_sq", error)
    elif how == "inside":
        tol = k.scalar(f"={word}_tol tol tolerance max_error", k.real, 0.2, 3.0)
        flags = k.array("=within_tol passed ok is_close", t.BOOL if rng.chance(0.4) else t.I32, dims, "out")
        test = (k.call("abs", error) if scalar else k.call("length", error)) < tol
        flag = flags[site.index]
        if flag.type is t.BOOL:
            k.set(flag, test)
        else:
            k.set(flag, k.where(test, k.integer(1), k.integer(0)))
        if rng.chance(0.5):
            title(scene, [law])
            k.titles = (f"check_{word}", f"compare_{word}", f"validate_{law.name}", f"check_{law.name}")
            k.about = f"Tell for which {plural(scene.names.entity)} the {spoken(law.gives[0])} is within tolerance."
            return
    kinds = {
        "plain": f"={word}_error residual {word}_residual errors",
        "square": "=sq_error losses loss squared_error",
        "huber": "=losses loss huber_loss",
    }
    k.set(k.array(kinds.get(how, f"=errors {word}_error error_out loss"), result.type, dims, "out")[site.index], result)
    k.titles = (
        f"{word}_error",
        f"compute_{word}_error",
        f"{law.name}_residual",
        f"eval_{word}_residual",
        f"compare_{word}",
        f"{word}_loss_kernel"[:-7],
        f"score_{plural(scene.names.entity)}",
    )
    k.about = (
        f"Error of the {spoken(law.gives[0])} against its {which} for each {scene.names.entity.replace('_', ' ')}."
    )
