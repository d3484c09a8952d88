"""Kernels about all that is known of an element: rows of features of it, what it costs, setting it back.

Several laws serve one purpose here, so that long kernels are one piece of work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import more_laws
from .law_numbers import limit_for, word_of
from .laws import Law, Quantity, Term
from .names import camel, plural
from .records import Records
from .scene import NoValue, Scene, Site
from .studies import scene_for, study, suppress_value, threads
from .tree import Expr

_SHOWN = ("real", "vec2", "vec3", "vec4", "quat", "bool")
_COUNTS = {"small": (2, 4), "medium": (3, 6), "large": (14, 28)}
_STATEFUL = frozenset(
    {
        *("antennas", "astronomy", "biology", "circuits", "cloth", "crowds", "electromagnetics", "enzymes", "fluids"),
        *("games", "gas_flow", "geodesy", "heat", "learning", "molecular", "navigation", "neurons", "orbits"),
        *("particles", "pharmacology", "plasma", "rigid", "robotics", "shallow_water", "solids", "sph", "sunlight"),
        *("traffic", "waves", "weather"),
    }
)
"""Sheets whose quantities make up the state of one thing."""
_STEERED = frozenset(
    {
        *("cloth", "crowds", "fluids", "heat", "learning", "molecular", "orbits", "particles", "plasma", "rigid"),
        *("robotics", "solids", "sph", "traffic"),
    }
)
"""Those of things that somebody controls or fits, so that their state has a cost."""


def _stateful(k: Kernel, category: str, sheets: frozenset[str] = _STATEFUL) -> tuple[Scene, Law]:
    """A scene about a thing that has a state."""
    for _ in range(12):
        scene, law = scene_for(k, category)
        if scene.sheet.name in sheets:
            return scene, law
    raise NoValue("no state")


def _items(scene: Scene, law: Law, category: str, count: int, raw: float) -> list[tuple[str, Expr]]:
    """Names and values of what is known of an element: results of laws, and states as they are."""
    rng, field = scene.rng, scene.sheet
    found: list[tuple[str, Expr]] = []
    known: set[str] = set()

    def take(name: str, value: Expr) -> None:
        base = field.term(name).base
        if base not in known and field.quantity(name).type in _SHOWN:
            known.add(base)
            found.append((name, value))

    laws = [law, *more_laws(scene, law, category, count)]
    wanted = max(1, round(count * (1.0 - raw)))
    for one in laws:
        if len(found) >= wanted:
            break
        if any(name.startswith("next_") for name in one.gives) or "rng" in one.takes:
            continue
        with suppress_value():
            scene.k.gap()
            for name, result in zip(one.gives, scene.apply(one, scene.depth), strict=True):
                take(name, result)
    # Of states as they are those that laws took: others of the field may belong to something else.
    for row in field.quantities.values():
        held = scene.held.get(row.name)
        if row.where == "state" and isinstance(held, Expr) and len(found) < count and not rng.chance(0.15):
            take(row.name, held)
    if not found:
        raise NoValue(law.name)
    return found


def _numbers(scene: Scene, value: Expr) -> list[Expr]:
    """The components of a value as numbers."""
    k = scene.k
    if value.type is t.BOOL:
        return [k.where(value, k.lit(1.0, k.real), k.lit(0.0, k.real))]
    if isinstance(value.type, t.Scalar):
        return [value]
    return [value[n] for n in range(4)] if isinstance(value.type, t.Quat) else k.components(value)


# -- rows of features


@study(
    "what is known of each element as a row of numbers",
    "arithmetic:0.07 vector:0.2 control_flow:0.07 math:0.08 combined:0.12 quaternion:0.2"
    " struct:0.4 function:0.08 matrix:0.03 geometry:0.1 random:0.3",
    grows=200.0,
)
def observe(k: Kernel, category: str) -> None:
    rng = k.rng
    noisy = category == "random"
    scene, law = _stateful(k, "" if noisy else category)
    threads(scene, category, law, 2)
    state = scene.generator() if noisy else None
    scene.alone = False
    e = scene.names.entity
    items = _items(scene, law, category, rng.integer(*_COUNTS[k.shared.size]), rng.choose((0.2, 0.5, 0.8)))
    scaled = rng.choose((0.0, 0.0, 0.3, 0.7))
    clipped = k.scalar("=clip obs_clip max_abs", k.real, 1.0, 10.0) if rng.chance(0.15) else None
    parts: list[tuple[str, list[Expr]]] = []
    for name, value in items:
        if scaled and rng.chance(scaled) and value.type is not t.BOOL and not isinstance(value.type, t.Quat):
            word = word_of(scene, name)
            scale = k.scalar(f"=!{word}_scale {word}_gain", k.real, 0.1, 2.0)
            value = value * scale if rng.chance(0.8) else value / scale
        if not isinstance(value.type, t.Scalar):
            value = k.let(scene.names.local(scene.sheet.term(name)), value)
        parts.append((name, _numbers(scene, value)))
    width = sum(len(numbers) for _, numbers in parts)
    columns = k.dim(width, fixed=True)
    site = scene.sites[""]
    row = k.array(f"=obs features {e}_features observations {e}_obs state_vec", k.real, (*site.dims, columns), "out")
    k.gap()
    place = 0
    spread: dict[str, Expr] = {}
    shared = rng.chance(0.3)
    remarked = rng.chance(0.3)
    for name, numbers in parts:
        if remarked and len(numbers) > 1:
            k.comment(word_of(scene, name).replace("_", " "))
        sort = scene.sheet.quantity(name).type
        for number in numbers:
            if state is not None and sort != "bool":
                # As a sensor reads it; the generator is not to be asked within a branch.
                word = "" if shared else word_of(scene, name)
                if word not in spread:
                    kind = f"=!{word}_noise {word}_std" if word else "=noise_std sigma noise"
                    spread[word] = k.scalar(kind, k.real, 0.01, 0.2)
                number = number + spread[word] * k.call("randn", state)
            value = k.call("clamp", number, -clipped, clipped) if clipped is not None else number
            k.set(row[(*site.index, k.integer(place))], value)
            place += 1
    k.titles = (
        *(f"compute_{e}_features", f"extract_{e}_features", f"pack_{e}_features", f"write_{e}_features"),
        *(f"{e}_observations", f"compute_{e}_observations", f"{e}_feature_rows", f"pack_{plural(e)}"),
        *(f"build_{e}_features", f"gather_{e}_features", f"{scene.sheet.name}_features"),
    )
    k.about = rng.choose(("-", f"Pack what is known of each {e.replace('_', ' ')} into a row of features."))
    if noisy:
        k.titles = (f"noisy_{e}_observations", f"observe_{plural(e)}", f"sample_{e}_readings", f"{e}_sensor_readings")
        k.titles = (*k.titles, f"add_{e}_noise", f"measure_{plural(e)}", f"{scene.sheet.name}_observations")


# -- costs


class _Score:
    """A sum of terms, and how one writer writes them."""

    def __init__(self, scene: Scene) -> None:
        rng = scene.rng
        self.scene = scene
        self.bonus = rng.chance(0.3)
        self.word = "reward" if self.bonus else rng.choose(("cost", "penalty", "loss", "cost", "objective"))
        self.form = rng.choose(("w_{}", "{}_weight", "{}_w", "weight_{}", "k_{}"))
        self.at_once = rng.chance(0.5)
        self.sign = "-" if self.bonus else "+"
        self.started = False

    def begin(self) -> None:
        """Start the sum, once."""
        if not self.started:
            k = self.scene.k
            self.total = k.variable(f"={self.word} total_{self.word} total", k.lit(0.0, k.real))
            self.started = True

    def weight(self, word: str) -> Expr:
        k = self.scene.k
        kind = "=!" + self.form.format(word)
        if k.bundle is not None:
            return k.bundle.field(kind, k.real, 0.1, 2.0)
        return k.scalar(kind, k.real, 0.1, 2.0)

    def add(self, word: str, value: Expr) -> None:
        k = self.scene.k
        weight = self.weight(word)
        if not self.at_once:
            value = k.let(f"=!{word}_{self.word} {word}_term {word}_c", value)
        k.augment(self.total, self.sign, weight * value)

    def term(self, name: str, value: Expr) -> None:
        """What a value costs."""
        k, rng, scene = self.scene.k, self.scene.rng, self.scene
        term = scene.sheet.term(name)
        row = scene.sheet.quantities[term.base]
        word = scene.names.called(term)
        if value.type is t.BOOL:
            with k.when(value):
                k.augment(self.total, self.sign, self.weight(word))
            return
        scalar = isinstance(value.type, t.Scalar)
        aimed = isfinite(row.low) and not term.prefix and not isinstance(value.type, t.Quat)
        # A state has a value that is wanted; what follows from it is to be small, or within a limit.
        ways = ("aim", "aim", "aim", "limit") if row.where == "state" else ("aim", "size", "size", "limit")
        how = rng.choose(ways)
        if how == "limit" and value.type == k.real and value.high - value.low < 2e3:
            self._limit(name, value, word)
            return
        if how == "aim" and aimed:
            aim = scene.value(str(Term("target", term.base, "")), 0)
            if isinstance(aim, Expr):
                value = k.let(f"=!{word}_err {word}_error d_{word}", value - aim)
        elif isinstance(value.type, t.Quat):
            aim = scene.value(str(Term("target", term.base, "")), 0)
            if isinstance(aim, Expr):
                # The cosine of half the angle between two orientations.
                gap = k.call("dot", value, aim)
                self.add(word, 1.0 - gap * gap)
            return
        self.add(word, self._measure(value, word, scalar))

    def _limit(self, name: str, value: Expr, word: str) -> None:
        """A cost beyond a limit."""
        k, rng = self.scene.k, self.scene.rng
        limit = limit_for(self.scene, name, value, f"=!max_{word} {word}_limit {word}_max")
        if rng.chance(0.5):
            with k.when(value > limit):
                excess = value - limit
                self.add(word, excess * excess if rng.chance(0.3) else excess)
        else:
            self.add(word, k.call("max", value - limit, 0.0))

    def _measure(self, value: Expr, word: str, scalar: bool) -> Expr:
        k, rng = self.scene.k, self.scene.rng
        how = rng.choose(("square", "square", "abs", "exp", "dead"))
        if how == "exp" and self.scene.k.real is t.F32:
            sigma = k.scalar(f"=!{word}_sigma sigma_{word}", k.real, 0.5, 2.0)
            squared = value * value if scalar else k.call("dot", value, value)
            return 1.0 - k.call("exp", -squared / (sigma * sigma))
        size = k.call("abs", value) if scalar else k.call("length", value)
        if how == "abs":
            return size
        if how == "dead":
            band = k.scalar(f"=!{word}_tol {word}_deadband tol_{word}", k.real, 0.05, 0.5)
            return k.call("max", size - band, 0.0)
        return value * value if scalar else k.call("dot", value, value)


@contextmanager
def _row_of(scene: Scene, own: Expr) -> Iterator[None]:
    """The elements of one world, one after the other, perhaps without some of them."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    width = k.dim(rng.choose((4, 6, 8)))
    width.called = f"=num_{plural(e)} {plural(e)}_per_world n_{plural(e)}"
    k.gap()
    with k.loop(f"=!j {e}_id {e}", k.length(width)) as n, scene.inner():
        site = scene.sites[""] = Site((k.launch[0], width), (own, n))
        how = rng.choose(("all", "active", "skip", "all"))
        if how == "all":
            yield
            return
        flag = k.array(f"={e}_active active {e}_enabled alive", t.BOOL, site.dims, low=0, high=1)[site.index]
        if how == "active":
            with k.when(flag):
                yield
        else:
            with k.when(k.negate(flag)):
                k.next_turn()
            yield


def _worlds(scene: Scene) -> Expr:
    """A thread for each world."""
    k, rng = scene.k, scene.rng
    word = rng.choose(("world", "env", "batch", "scene"))
    (own,) = k.start(1, (8,), (f"=!{word} {word}_id w tid",))
    k.launch[0].called = f"=num_{plural(word)} n_{plural(word)}"
    k.guard()
    scene.loads_at = -1
    return own


@study(
    "what the state of each element costs: a weighted sum of errors and excesses",
    "arithmetic:0.12 vector:0.2 control_flow:0.15 math:0.12 combined:0.16 quaternion:0.12"
    " struct:0.3 function:0.06 matrix:0.03 atomic:0.3",
    grows=200.0,
)
def score(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = _stateful(k, category, _STEERED)
    looped = category != "atomic" and rng.chance({"small": 0.1, "medium": 0.25, "large": 0.5}[k.shared.size])
    own = _worlds(scene) if looped else None
    if own is None:
        threads(scene, category, law, 2)
    scene.alone = False
    e = scene.names.entity
    if k.shared.size == "large" and k.bundle is None and rng.chance(0.35):
        k.flag_bundle(k.namer.struct(("CostWeights", "RewardWeights", "Weights", "CostConfig")))
    total = _Score(scene)
    if own is None:
        dims, index = scene.sites[""].dims, scene.sites[""].index
        _terms(scene, law, category, total)
    else:
        dims, index = k.launch, (own,)
        total.begin()
        with _row_of(scene, own):
            _terms(scene, law, category, total)
    k.gap()
    word = total.word
    result = total.total
    if category == "atomic":
        # What all elements, or those of one world, cost together.
        place = index[:1] if len(index) == 2 else (k.integer(0),)
        shape = dims[:1] if len(index) == 2 else (k.dim(1, fixed=True),)
        sums = k.array(f"=total_{word} {word}_sum {plural(word)}", k.real, shape, "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", sums, *place, result, gives=k.real))
    else:
        names = (
            f"={plural(word)} {e}_{word} {word}_out out_{word}"
            if own is None
            else f"={plural(word)} total_{word} {word}_out"
        )
        k.set(k.array(names, k.real, dims, "out")[index], result)
    k.titles = (
        *(f"compute_{e}_{word}", f"evaluate_{e}_{word}", f"compute_{word}", f"{e}_{word}"),
        *(f"score_{plural(e)}", f"eval_{word}", f"{scene.sheet.name}_{word}", f"evaluate_{plural(word)}"),
    )
    k.about = rng.choose(("-", f"Weighted sum of what the state of each {e.replace('_', ' ')} costs."))


def _terms(scene: Scene, law: Law, category: str, total: _Score) -> None:
    k, rng = scene.k, scene.rng
    low, high = {"small": (2, 3), "medium": (2, 5), "large": (10, 20)}[k.shared.size]
    items = _items(scene, law, category, rng.integer(low, high), rng.choose((0.2, 0.5, 0.7)))
    if len(items) < 2:
        raise NoValue(law.name)
    k.gap()
    total.begin()
    for name, value in items:
        k.gap()
        total.term(name, value)


# -- setting back


def _together(scene: Scene) -> list[Quantity]:
    """States that laws take together with one of the field's, or with one of these."""
    field, rng = scene.sheet, scene.rng
    sets = [{field.term(name).base for name in law.takes if name != "rng"} for law in field.laws]
    states = {q.name for q in field.quantities.values() if q.where == "state" and q.type not in ("reals", "ints")}
    sets = [one & states for one in sets if len(one & states) > 1]
    if not sets:
        raise NoValue(field.name)
    known = set(rng.choose(sets))
    for _ in range(2):
        known |= {name for one in sets if len(one & known) > 1 for name in one}
    return [row for row in field.quantities.values() if row.name in known]


class _Reset:
    """How one program sets quantities back."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        rng = scene.rng
        self.ways = {
            "given": rng.choose((1.0, 3.0, 6.0)),
            "zero": rng.choose((0.5, 2.0, 4.0)),
            "default": rng.choose((0.5, 1.0, 3.0)),
            "bounded": rng.choose((0.0, 0.5, 2.0)),
        }

    def value(self, row: Quantity) -> Expr:
        k, scene = self.scene.k, self.scene
        term = Term("", row.name, "")
        kind = scene.type_of(row.name)
        ways = dict(self.ways)
        real = isinstance(kind, (t.Scalar, t.Vector)) and kind.scalar.kind == "f" and not isinstance(kind, t.Quat)
        if row.low > 0.0 or row.high < 0.0 or isinstance(kind, (t.Quat, t.Transform)):
            ways["zero"] = 0.0
        if not real or kind.scalar is not k.real:
            ways["bounded"] = 0.0
        if isinstance(kind, (t.Quat, t.Transform, t.Matrix)):
            ways["default"] = 0.0
        how = scene.rng.weighted(ways)
        if how == "zero":
            return k.zero(kind) if kind is not t.BOOL else k.lit(False, t.BOOL)
        if how == "default":
            facts = scene.facts(term, row)
            low, high = facts.pop("low"), facts.pop("high")
            if kind is t.BOOL:
                low, high = 0, 1
            word = scene.names.called(term)
            return k.scalar(f"=!default_{word} {word}_default init_{word}", kind, low, high, **facts)
        if how == "bounded" and isinstance(kind, t.Scalar):
            low_bound = scene.expr(str(Term("min", row.name, "")), 0)
            high_bound = scene.expr(str(Term("max", row.name, "")), 0)
            return k.call("clamp", self.given(row), low_bound, high_bound)
        return self.given(row)

    def given(self, row: Quantity) -> Expr:
        """What an element began with."""
        scene = self.scene
        term = Term("initial", row.name, "")
        return scene.array(term, row, scene.sites[""], str(term))[scene.sites[""].index]


@study(
    "the state of elements set back to what it was at first",
    "arithmetic:0.05 vector:0.1 control_flow:0.3 combined:0.15 quaternion:0.15 struct:0.5",
    grows=60.0,
)
def restore(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, _ = _stateful(k, "")
    rows = _together(scene)
    count = min(len(rows), rng.integer(*{"small": (3, 4), "medium": (4, 7), "large": (11, 22)}[k.shared.size]))
    if count < 3:
        raise NoValue(scene.sheet.name)
    rows = rng.shuffle(rows)[:count]
    scene.in_functions = 0.0
    scene.changes = {row.name for row in rows}
    own = _worlds(scene) if category != "struct" and rng.chance(0.4) else None
    if own is None:
        threads(scene, "", None, 2)
    e = scene.names.entity
    k.shared.differentiable = False
    dims, index = (scene.sites[""].dims, scene.sites[""].index) if own is None else (k.launch, (own,))
    names = f"=reset_mask reset {e}_reset needs_reset" if own is None else "=reset_mask done reset needs_reset"
    flags = k.array(names, t.I32 if rng.chance(0.5) else t.BOOL, dims, low=0, high=1)[index]
    wanted = flags if flags.type is t.BOOL else flags.differs(0)
    records: Records | None = None
    if category == "struct":
        name = k.namer.struct((camel(e), f"{camel(e)}State", f"{camel(e)}Data"))
        records = scene.records = Records(
            k, name, f"={plural(e)} {e}_data {e}_states", f"={e} {e[0]} item state", k.launch, "inout"
        )
    reset = _Reset(scene)

    def write() -> None:
        site = scene.sites[""]
        for row in rows:
            if rng.chance(0.2):
                k.gap()
            # Something has to depend on the element.
            value = reset.given(row) if row is rows[0] else reset.value(row)
            if records is not None:
                records.field(
                    scene._field(Term("", row.name, ""), row),
                    scene.type_of(row.name),
                    scene.facts(Term("", row.name, ""), row),
                    site.index,
                    row.name,
                )
                k.set(records.target(row.name, site.index), value)
            else:
                k.set(scene.array(Term("", row.name, ""), row, site, row.name)[site.index], value)

    def run() -> None:
        if own is None:
            write()
            return
        with _row_of(scene, own):
            write()

    if rng.chance(0.6):
        with k.when(k.negate(wanted) if flags.type is t.BOOL else flags.equals(0)):
            k.give()
        k.gap()
        run()
    else:
        with k.when(wanted):
            run()
    k.titles = (f"reset_{plural(e)}", f"reset_{e}_state", f"restore_{plural(e)}", f"reset_done_{plural(e)}")
    k.titles = (*k.titles, f"initialize_{plural(e)}", f"masked_{e}_reset", f"reset_{scene.sheet.name}_state")
    k.about = rng.choose(("-", f"Set each {e.replace('_', ' ')} that asks for it back to its initial state."))
