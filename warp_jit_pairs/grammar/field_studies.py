"""Stencils on quantities that laws of a sheet give in each cell: derivatives, smoothing, transport, reactions."""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from .field_operators import FLAT, OPERATORS, Look
from .grids import sum_of
from .kernel import Kernel
from .lattices import Lattice, dimensions
from .law_fields import Field
from .laws import Law, Sheet, Term
from .places import is_exchanged, operators, spreads
from .purposes import varying
from .scene import NoValue, Scene
from .studies import law_for, scene_of, spoken, study, suppress_value
from .topics import is_pair
from .tree import Expr


def _fits(field: Sheet, law: Law) -> bool:
    kind = field.quantity(law.gives[0]).type
    if kind not in ("real", "vec2", "vec3") or "rng" in law.takes or is_pair(law) or law.looped:
        return False
    return law.size < _SIMPLE and bool(operators(field, law))


_SIMPLE = 70
"""What is longer is worked out once for each cell, not again for each neighbor."""


def _drawn(k: Kernel, category: str) -> tuple[Scene, Law]:
    for _ in range(400):
        field, law = law_for(k, category)
        if _fits(field, law):
            return scene_of(k, category, field, law)
    raise NoValue("no law for a grid")


def _look(rng: Rng, lattice: Lattice) -> Look:
    spaced = rng.weighted({"divide": 3.0, "inverse": 1.0, "unit": 2.0})
    return Look(lattice, rng.chance(lattice.k.style.locals_first), spaced, rng.chance(0.3))


def _options(look: Look, f: Field) -> list[str]:
    """What may be done with a field on this grid."""
    names = operators(f.scene.sheet, f.law)
    ndim = look.lattice.ndim
    if ndim != 2:
        names = tuple(name for name in names if name != "curvature")
    if isinstance(f.type, t.Vector) and f.type.length != ndim:
        names = tuple(name for name in names if name not in ("divergence", "curl"))
    if any("velocity" in name or "wind" in name for name in f.varying):
        # What is made of the flow itself is not carried by another.
        names = tuple(name for name in names if name != "transport")
    return list(names)


_VERBS = {
    "gradient": ("{}_gradient", "compute_{}_gradient", "differentiate_{}", "grad_{}"),
    "steepness": ("{}_steepness", "compute_{}_gradient_magnitude", "{}_edges", "{}_slope"),
    "laplacian": ("{}_laplacian", "laplacian_of_{}", "compute_{}_laplacian"),
    "smooth": ("filter_{}", "smooth_{}", "{}_filter", "local_{}_filter"),
    "neighborhood": ("local_{}", "{}_neighborhood", "scan_{}_neighbors", "{}_local_stats"),
    "transport": ("advect_{}", "transport_{}", "{}_advection", "upwind_{}"),
    "conduct": ("{}_face_fluxes", "conduct_{}", "{}_exchange", "net_{}_flux"),
    "curvature": ("{}_curvature", "{}_hessian", "second_derivatives_of_{}"),
    "divergence": ("{}_divergence", "divergence_of_{}", "compute_{}_divergence"),
    "curl": ("{}_curl", "curl_of_{}", "compute_{}_curl"),
    "disagreement": ("compare_{}_with_neighbors", "{}_variation", "local_{}_deviation"),
}


_SLOPES = frozenset({"gradient", "steepness"})
"""Operators that tell how steep a field is."""


@study(
    "a stencil on a quantity that a law gives in each cell",
    "stencil:3.8 combined:0.9 function:0.9 vector:0.7",
    grows=5.0,
)
def derived_stencil(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = _drawn(k, category)
    kind = scene.sheet.quantity(law.gives[0]).type
    known = operators(scene.sheet, law)
    if scene.sheet.name in FLAT:
        ndim = 2
    else:
        ndim = int(kind[3:]) if {"divergence", "curl"} & set(known) else dimensions(scene)
    lattice = Lattice(scene, ndim)
    look = _look(rng, lattice)
    indexed = rng.chance(0.3)
    # What is made of one picture are alternatives.
    most = 2 if k.shared.size == "large" and scene.sheet.name not in FLAT else 1
    look.each = look.each and most == 1
    first = Field(scene, law, lattice.site, 1, indexed)
    if len(first.varying) > 3 or any(scene.sheet.quantity(name).type.startswith("mat") for name in first.varying):
        raise NoValue(law.name)
    look.named |= ndim > 1 and not indexed and len(first.varying) > 2
    options = _options(look, first)
    if not options:
        raise NoValue(law.name)
    main = rng.choose(options)
    fields = [first]
    for other in rng.shuffle(scene.sheet.laws):
        if len(fields) >= most:
            break
        shared = varying(scene.sheet, other) <= {name for f in fields for name in f.varying}
        fits = _fits(scene.sheet, other) and scene.usable(other) and other not in (f.law for f in fields)
        same = scene.sheet.quantity(other.gives[0]).type == kind and main in operators(scene.sheet, other)
        fresh = not set(other.gives) & {name for f in fields for name in (*f.plan.made, *f.plan.takes)}
        if fits and shared and same and fresh:
            with suppress_value():
                fields.append(Field(scene, other, lattice.site, 0, indexed))
    views = [(f, main) for f in fields]
    if len(fields) == 1 and k.shared.size == "large":
        # No law shares its values: other views of the same quantity.
        alike = _SLOPES if main in _SLOPES else frozenset({main})
        rest = [op for op in dict.fromkeys(rng.shuffle(options)) if op != "transport" and op not in alike]
        steep = next((op for op in rest if op in _SLOPES), "")
        rest = [op for op in rest if op == steep or op not in _SLOPES]
        views += [(first, op) for op in rest[: rng.integer(1, 2)]]
        look.named = True
    for f, op in views:
        k.gap()
        for names, value in OPERATORS[op](look, f):
            k.set(lattice.output(names, value.type), value)
    word = law.name
    k.titles = tuple(form.format(word) for form in _VERBS[main])
    if len(fields) > 1:
        k.titles = (
            *(f"{form.format(word)}_and_{fields[1].law.name}" for form in _VERBS[main][:2]),
            f"{scene.sheet.name}_stencils",
            f"{scene.names.entity}_stencils",
        )
    elif len(views) > 1:
        k.titles = (f"{word}_derivatives", f"analyze_{word}", f"{word}_stencils")
    k.about = "-"


_SPREAD_ALREADY = frozenset({"laplacian", "tissue_laplacian", "diffusivity", "kinematic_viscosity"})
"""What a law takes that says how its quantity spreads."""


_SPACES = {
    "vorticity": (3,),
    "concentration": (2, 2, 3),
    **dict.fromkeys(("wind", "surface_temp", "excitation"), (2,)),
    **dict.fromkeys(("population", "prey", "predator", "infected", "potential", "soil_moisture"), (1, 2, 2)),
}
"""The dimensions of what moves with vectors, and of what lives or lies on the ground."""
_LUMPED = frozenset({"mass", "area", "reset"})
"""What a law takes that is about a body as a whole, or jumps: no continuum has it."""


def _changing(field: Sheet, law: Law) -> Term | None:
    """What a law changes in time, if it is a number or a vector that may spread."""
    if len(law.gives) != 1 or "rng" in law.takes or is_pair(law) or _SPREAD_ALREADY & set(law.takes):
        return None
    term = field.term(law.gives[0])
    row = field.quantities[term.base]
    if f"{term.base}_rate" in law.takes:
        # Laws of the rate itself say more.
        return None
    if term.prefix not in ("rate", "next") or row.type not in ("real", "vec2", "vec3") or row.where != "state":
        return None
    if _LUMPED & set(law.takes):
        return None
    return term if term.prefix == "rate" or term.base in law.takes else None


@study(
    "a quantity that spreads to neighboring cells while a law changes it",
    "stencil:7.5 combined:1.5 control_flow:0.7",
    grows=7.0,
)
def react_and_spread(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(400):
        field, law = law_for(k, "stencil")
        term = _changing(field, law)
        if term is not None and spreads(field, term.base):
            break
    else:
        raise NoValue("no law of a change")
    scene, law = scene_of(k, "stencil", field, law)
    if scene.sheet.name == "weather":
        # The air's temperature over a cell is known there, not from afar.
        scene.deriving = 0.1
    spaces = _SPACES.get(term.base)
    lattice = Lattice(scene, rng.choose(spaces) if spaces else dimensions(scene))
    look = _look(rng, lattice)
    fixed: _Fixed | None = None
    if rng.chance(0.2):
        mask = k.array("=is_fixed fixed_cells frozen", t.BOOL, lattice.cells, low=0, high=1)
        fixed = _Fixed(mask[lattice.indices], rng.chance(0.5))
    laws = [(law, term)]
    most = {"small": rng.integer(1, 2), "medium": rng.integer(1, 2), "large": rng.integer(2, 3)}[k.shared.size]
    for other in rng.shuffle(scene.sheet.laws):
        found = _changing(scene.sheet, other)
        if len(laws) >= most or found is None or not spreads(scene.sheet, found.base):
            continue
        coupled = any(_matter(scene.sheet, other) & _matter(scene.sheet, one) for one, _ in laws)
        if coupled and found.prefix == term.prefix and found.base not in {one.base for _, one in laws}:
            laws.append((other, found))
    written: list[str] = []
    for one, what in laws:
        with suppress_value():
            k.gap()
            _spread(scene, lattice, look, one, what, fixed)
            written.append(scene.names.called(Term("", what.base, "")))
    if not written:
        raise NoValue(law.name)
    word = written[0]
    e = scene.names.entity
    k.titles = (
        f"diffuse_{word}",
        f"{word}_step",
        f"step_{word}",
        f"update_{word}",
        f"react_and_diffuse_{word}",
        f"{word}_reaction_diffusion",
        f"spread_{word}",
    )
    if len(written) > 1:
        k.titles = (
            f"diffuse_{word}_and_{written[1]}",
            f"step_{word}_and_{written[1]}",
            f"{scene.sheet.name}_reaction_diffusion",
            f"advance_{e}_fields",
        )
    k.about = (
        "-"
        if len(written) > 1
        else f"One explicit step of the {spoken(laws[0][1].base)}: its own change and diffusion."
    )


def _matter(field: Sheet, law: Law) -> set[str]:
    """What a law is about: the states that it takes and that its results come from, and what it changes."""
    found = {field.term(law.gives[0]).base, *varying(field, law)}
    for name in law.takes:
        for giver in field.giving.get(name, ()) if field.quantity(name).where == "result" else ():
            found |= varying(field, giver)
    return found


def _spread(scene: Scene, lattice: Lattice, look: Look, law: Law, term: Term, fixed: _Fixed | None) -> None:
    k, rng = scene.k, scene.rng
    base = Term("", term.base, "")
    row = scene.sheet.quantities[term.base]
    word = scene.names.called(base)
    source = scene.array(base, row, lattice.site, str(base))
    center = scene.held.get(term.base)
    if not isinstance(center, Expr):
        center = k.let(scene.names.local(base), source[lattice.indices])
        scene.held[term.base] = center
    for name in law.takes:
        # What changes it is worked out from what is in the cell, not kept in an array.
        givers = scene.laws_for(scene.sheet.term(name)) if scene.sheet.quantity(name).where == "result" else []
        if givers and name not in scene.held:
            scene.apply(rng.choose(givers), scene.depth - 1)
    change = scene.apply(law, scene.depth, named=rng.chance(0.5))[0]
    near = []
    for axis in range(lattice.ndim):
        for by in (-1, 1):
            value = source[lattice.beside(axis, by)]
            side = lattice.side(axis, by)
            near.append(k.let(f"=!{word}_{side} {side}_{word}", value) if look.named else value)
    total = sum_of(near)
    generations = term.prefix == "next" and "dt" not in law.takes
    how = rng.weighted({"laplacian": 0.0 if generations else 5.0, "mean": 1.0})
    if how == "mean":
        names = "=dispersal migration_rate" if generations else f"={word}_mixing mixing spread_rate"
        rate = k.scalar(names, k.real, 0.05, 0.5)
        mean = k.let(f"={word}_mean nbr_mean mean_{word}", total / (2.0 * lattice.ndim))
        spread: Expr = rate * (mean - center)
    else:
        raw = total - (2.0 * lattice.ndim) * center
        if look.spaced != "unit":
            dx = lattice.spacing()
            raw = raw / (dx * dx)
        rate = k.scalar(f"={word}_diffusivity D_{word} {word}_diffusion", k.real, 0.01, 0.2)
        lap = k.let(f"=lap_{word} {word}_lap laplacian", raw) if rng.chance(0.6) else raw
        spread = rate * lap
    if generations:
        # From one generation to the next there is no step in time.
        _write(scene, lattice, term.base, change + spread, center, fixed)
        return
    dt = scene.expr("dt", 0) if "dt" in scene.sheet.quantities else scene.held.get("spread dt")
    if not isinstance(dt, Expr):
        dt = k.scalar("=dt time_step delta_t", k.real, 0.001, 0.05)
        scene.held["spread dt"] = dt
    if term.prefix == "rate":
        value = center + dt * (change + spread) if rng.chance(0.7) else center + (spread + change) * dt
    else:
        value = change + dt * spread
    low, high = row.low, row.high
    if row.type == "real" and low == 0.0 and rng.chance(0.3):
        value = k.call("clamp", value, 0.0, 1.0) if high == 1.0 else k.call("max", value, 0.0)
    _write(scene, lattice, term.base, value, center, fixed)


@dataclass
class _Fixed:
    """Where a cell keeps what it has: whether that is so here, and whether this program writes it as a branch."""

    here: Expr
    branches: bool


def _write(scene: Scene, lattice: Lattice, base: str, value: Expr, old: Expr, fixed: _Fixed | None) -> None:
    """Store what a quantity becomes, or its old value where that is held."""
    k = scene.k
    target = lattice.output(scene.names.output(Term("next", base, "")), value.type)
    if fixed is None:
        k.set(target, value)
    elif not fixed.branches:
        k.set(target, k.where(fixed.here, old, value))
    else:
        with k.when(fixed.here):
            k.set(target, old)
        with k.otherwise():
            k.set(target, value)


_SHARED = (
    *("force", "flow", "flux", "density", "energy", "potential", "coupling", "correction", "weight", "torque"),
    *("impulse", "pressure", "rate", "current", "field", "repulsion", "exchange", "gravity", "acceleration"),
    *("steering", "laplacian", "gradient", "viscous", "infection", "migration", "heat"),
)
"""What adds up over pairs: parts of the names of quantities."""


def _adds_up(field: Sheet, law: Law) -> bool:
    """Whether a law of pairs gives what each of the two has a share in, from what both have and nothing else."""
    kind = field.quantity(law.gives[0]).type
    if len(law.gives) != 1 or kind not in ("real", "vec2", "vec3", "vec4") or "rng" in law.takes:
        return False
    for name in law.takes:
        term = field.term(name)
        if not term.suffix and field.quantities[term.base].where in ("state", "result"):
            return False
    base = field.term(law.gives[0]).base
    return base in field.opposite or base in field.summed or any(part in base for part in _SHARED)


@study(
    "what each cell exchanges with those beside it by a law of pairs",
    "stencil:0.55 combined:0.35 vector:0.25",
    grows=3.0,
)
def cell_exchange(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(200):
        field, law = law_for(k, "stencil", pairs=True)
        few = len(law.takes) <= _FEW and not law.looped
        if few and _adds_up(field, law) and is_exchanged(field, law):
            break
    else:
        raise NoValue("no law of pairs")
    scene, law = scene_of(k, "stencil", field, law)
    placed = any(name.startswith("position") for name in law.takes)
    # Points in space are no neighbors across the border of their grid.
    ndim = min(dimensions(scene), 2) if placed else dimensions(scene)
    lattice = Lattice(scene, ndim, ends="skip open open" if placed else "skip wrap open open")
    here = lattice.site
    scene.sites |= {"a": here, "b": here}
    pair = _Pair(scene, law)
    straight = lattice.border != "open" and rng.chance(0.5)
    if straight:
        values = [pair.at(lattice, axis, by) for axis in range(lattice.ndim) for by in (-1, 1)]
        total = sum_of(values)
    else:
        total = k.variable(f"=net_{pair.word} {pair.word}_sum total_{pair.word}", pair.zero())
        for axis, index in enumerate(lattice.indices):
            for by in (-1, 1):
                if lattice.border != "open":
                    k.augment(total, "+", pair.at(lattice, axis, by))
                    continue
                inside = index > 0 if by < 0 else index + 1 < lattice.length(axis)
                if by > 0 and rng.chance(0.5):
                    inside = index < lattice.length(axis) - 1
                with k.when(inside):
                    k.augment(total, "+", pair.at(lattice, axis, by))
    k.gap()
    names = f"=net_{pair.word}_out {pair.word}_out cell_{pair.word}" if not straight else f"=net_{pair.word}"
    k.set(lattice.output(names, total.type), total)
    what = law.name
    k.titles = (f"net_{what}", f"sum_{what}", f"cell_{what}", f"grid_{what}", f"neighbor_{what}", f"exchange_{what}")
    k.about = f"Sum the {spoken(law.gives[0])} between each cell and those beside it."


_FEW = 8
"""So many arguments has a law at most that is called for each neighbor."""


class _Pair:
    """A law of two cells as a function."""

    def __init__(self, scene: Scene, law: Law) -> None:
        self.scene, self.law = scene, law
        for name in law.takes:
            row = scene.sheet.quantity(name)
            if row.where == "group":
                # What both sides have of it is not the same.
                scene.ways.setdefault(row.name, "state" if f"{row.name}_b" in law.takes else "uniform")
            if name.endswith("_b") and row.low == -float("inf"):
                raise NoValue(name)
        self.word = scene.names.word(scene.sheet.quantity(law.gives[0]))
        self.given: dict[str, Expr] = {name: scene.expr(name, 0) for name in law.takes if not name.endswith("_b")}
        self.function, self.kept = scene.function(law)

    def zero(self) -> Expr:
        kind = self.function.results[0]
        k = self.scene.k
        return k.lit(0.0) if isinstance(kind, t.Scalar) else k.zero(kind)

    def at(self, lattice: Lattice, axis: int, by: int) -> Expr:
        scene = self.scene
        index = lattice.beside(axis, by)
        given = []
        for n in self.kept:
            name = self.law.takes[n]
            term = scene.sheet.term(name)
            row = scene.sheet.quantities[term.base]
            if name in self.given:
                given.append(self.given[name])
            elif row.where in ("state", "result") or (row.where == "group" and scene.way(row) == "state"):
                plain = Term(term.prefix, term.base, "")
                given.append(scene.array(plain, row, lattice.site, str(plain))[index])
            else:
                given.append(scene.expr(str(Term(term.prefix, term.base, "")), 0))
        return self.function.call(*given)
