"""What is done with a quantity that a law gives in each cell of a grid: derivatives, smoothing, transport, tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .grids import sum_of
from .lattices import Lattice
from .law_fields import Field
from .likely import reorders
from .tree import Expr

PICTURES = frozenset({"image", "camera", "color", "shading"})
"""Sheets whose grids are pictures."""
FLAT = PICTURES | {"terrain"}
"""Sheets whose grids are pictures and maps."""

Result = tuple[str, Expr]


@dataclass
class Look:
    """How this program looks at neighbours; the same for all of its quantities."""

    lattice: Lattice
    named: bool
    spaced: str
    each: bool

    def __post_init__(self) -> None:
        self.k, self.rng = self.lattice.k, self.lattice.rng
        self.centers: dict[str, Expr] = {}
        self.sides: dict[tuple[str, int, int], Expr] = {}
        self.changes: dict[str, list[list[Expr]]] = {}
        self.ways: dict[str, str] = {}

    def center(self, f: Field) -> Expr:
        if f.name not in self.centers:
            value = f.at(self.lattice.indices)
            self.centers[f.name] = self.k.let(f"=!{f.word} {f.word}_c {f.word}_here", value)
        return self.centers[f.name]

    def beside(self, f: Field, axis: int, by: int) -> Expr:
        if (f.name, axis, by) in self.sides:
            return self.sides[f.name, axis, by]
        value = f.at(self.lattice.beside(axis, by))
        if not self.named:
            return value
        side = self.lattice.side(axis, by)
        made = self.k.let(f"=!{f.word}_{side} {side}_{f.word}", value)
        if len(self.k.blocks) == 1:
            self.sides[f.name, axis, by] = made
        return made

    def way(self, operator: str, *ways: str) -> str:
        """One of the forms of an operator, the same for all quantities of a program."""
        if operator not in self.ways:
            self.ways[operator] = self.rng.choose(ways)
        return self.ways[operator]

    def pairs(self, f: Field) -> list[tuple[Expr, Expr]]:
        return [(self.beside(f, axis, -1), self.beside(f, axis, 1)) for axis in range(self.lattice.ndim)]

    def difference(self, f: Field, axis: int, how: str) -> Expr:
        """A first difference along an axis, over the distance."""
        k = self.k
        if how == "central":
            high, low = self.beside(f, axis, 1), self.beside(f, axis, -1)
        elif how == "forward":
            high, low = self.beside(f, axis, 1), self.center(f)
        else:
            high, low = self.center(f), self.beside(f, axis, -1)
        change = high - low
        if self.spaced == "unit":
            return change * k.lit(0.5) if how == "central" else change
        dx = self.lattice.spacing(axis, self.each)
        if how != "central":
            return change / dx
        if self.spaced == "inverse":
            return change * (0.5 / dx)
        return change / (2.0 * dx)

    def slope_name(self, f: Field, axis: int) -> str:
        own = self.lattice.axes[axis]
        letter = {"row": "y", "col": "x", "cell": "x", "idx": "x", "tid": "x"}.get(own, own[-1])
        return f"=!d{f.word}_d{letter} grad_{letter}" if self.lattice.ndim > 1 else f"=!d{f.word}_dx slope {f.word}_x"

    def slopes(self, f: Field) -> list[Expr]:
        how = self.rng.weighted({"central": 5.0, "forward": 1.0, "backward": 1.0})
        return [self.difference(f, axis, how) for axis in range(self.lattice.ndim)]


def _named(look: Look, f: Field, slopes: list[Expr]) -> list[Expr]:
    return [look.k.let(look.slope_name(f, axis), slope) for axis, slope in enumerate(slopes)]


def gradient(look: Look, f: Field) -> list[Result]:
    k, rng = look.k, look.rng
    slopes = look.slopes(f)
    if len(slopes) == 1:
        return [(f"={f.word}_gradient d{f.word}_dx {f.word}_slope", slopes[0])]
    if rng.chance(0.3):
        letters = [look.slope_name(f, axis).partition(" ")[0][2:] for axis in range(len(slopes))]
        return [(f"={letter} {letter}_out", slope) for letter, slope in zip(letters, slopes, strict=True)]
    slopes = _named(look, f, slopes) if rng.chance(0.5) else slopes
    # The last index is x.
    order = slopes[::-1] if look.lattice.axes[-1] in ("x", "col") else slopes
    return [(f"={f.word}_gradient grad_{f.word} {f.word}_grad", k.make(t.vec(len(slopes), k.real), *order))]


def steepness(look: Look, f: Field) -> list[Result]:
    k, rng = look.k, look.rng
    slopes = look.slopes(f)
    if len(slopes) == 1:
        return [(f"={f.word}_steepness abs_{f.word}_slope {f.word}_grad_mag", k.call("abs", slopes[0]))]
    slopes = _named(look, f, slopes)
    squares = sum_of([slope * slope for slope in slopes])
    if rng.chance(0.2):
        return [(f"={f.word}_grad_sq grad_{f.word}_sq", squares)]
    if rng.chance(0.35):
        size: Expr = k.call("length", k.make(t.vec(len(slopes), k.real), *slopes))
    else:
        size = k.call("sqrt", squares)
    if f.scene.sheet.name in FLAT and rng.chance(0.35):
        size = k.let("=mag grad_mag steepness", size)
        limit = k.scalar(f"=edge_threshold {f.word}_threshold min_gradient", k.real, 0.1, 2.0)
        return [(f"={f.word}_edges edge_mask", k.where(size > limit, k.integer(1), k.integer(0)))]
    return [(f"={f.word}_grad_mag {f.word}_steepness grad_{f.word}_mag", size)]


def laplacian(look: Look, f: Field) -> list[Result]:
    rng = look.rng
    center = look.center(f)
    pairs = look.pairs(f)
    if look.each and look.spaced != "unit" and len(pairs) > 1:
        parts = []
        for axis, (low, high) in enumerate(pairs):
            dx = look.lattice.spacing(axis, True)
            parts.append((low - 2.0 * center + high) / (dx * dx))
        return [(f"={f.word}_laplacian lap_{f.word}", sum_of(parts))]
    if rng.chance(0.6):
        raw = sum_of([value for pair in pairs for value in pair]) - (2.0 * len(pairs)) * center
    else:
        raw = sum_of([low - 2.0 * center + high for low, high in pairs])
    if look.spaced != "unit":
        dx = look.lattice.spacing()
        raw = raw / (dx * dx)
    return [(f"={f.word}_laplacian lap_{f.word} {f.word}_lap", raw)]


def smooth(look: Look, f: Field) -> list[Result]:
    k, rng = look.k, look.rng
    center = look.center(f)
    around = sum_of([value for pair in look.pairs(f) for value in pair])
    count = 2.0 * look.lattice.ndim
    # Only a gray picture is sharpened or taken apart.
    fine = ("residual", "sharpen") if f.name == "luminance" else () if f.scene.sheet.name in PICTURES else ("residual",)
    how = look.way("smooth", "box", "binomial", "relax", "weight", *fine)
    names = f"=smoothed_{f.word} {f.word}_smooth filtered_{f.word}"
    if how == "box":
        return [(names, (center + around) / (count + 1.0))]
    if how == "binomial":
        share = around / (2.0 * count) if look.lattice.ndim == 3 else k.lit(0.5 / count) * around
        return [(names, 0.5 * center + share)]
    mean = k.let(f"=mean avg nbr_mean {f.word}_mean", around / count)
    if how == "relax":
        rate = k.scalar("=alpha rate blend smoothing", k.real, 0.1, 0.9)
        return [(names, k.call("lerp", center, mean, rate) if rng.chance(0.4) else center + rate * (mean - center))]
    if how == "sharpen":
        amount = k.scalar("=amount strength gain", k.real, 0.1, 1.5)
        return [(f"=sharpened_{f.word} {f.word}_sharp", center + amount * (center - mean))]
    if how == "residual":
        return [(f"={f.word}_detail {f.word}_anomaly", center - mean)]
    w = k.scalar("=center_weight w_center w", k.real, 0.5, 4.0)
    return [(names, (w * center + around) / (w + count))]


def neighborhood(look: Look, f: Field) -> list[Result]:
    """Order statistics of a cell and those beside it."""
    k, rng = look.k, look.rng
    center = look.center(f)
    # Of what a law gives in each cell nobody filters order statistics, but of pictures and maps.
    if f.scene.sheet.name in FLAT:
        how = look.way("neighborhood", "peak", "pit", "max", "min", "range", "median", "variation", "largest_jump")
    else:
        how = look.way("neighborhood", "peak", "peak", "pit", "variation", "largest_jump")
    if how in ("peak", "pit") and not reorders(f.scene.sheet, {f.name: f.law}, f.name, f.shared):
        how = "variation"
    if how == "median" and look.lattice.ndim > 1:
        how = "max"
    pairs = look.pairs(f)
    around = [value for pair in pairs for value in pair]
    if how in ("peak", "pit"):
        peak = how == "peak"
        if len(around) > 2:
            around = [_best(look, "max" if peak else "min", f"=nbr_{'max' if peak else 'min'} best_nbr", around)]
        tests = [center > value if peak else center < value for value in around]
        test = k.both(*tests) if len(tests) > 1 else tests[0]
        flag = f"=is_{f.word}_{how} local_{'maxima' if peak else 'minima'}"
        if rng.chance(0.5):
            return [(flag, test)]
        return [(flag, k.where(test, k.integer(1), k.integer(0)))]
    if how == "median":
        low, high = (
            k.let(f"=!{side}_{f.word} {side}", value) for side, value in zip(("left", "right"), pairs[0], strict=True)
        )
        least, most = k.call("min", low, high), k.call("max", low, high)
        return [(f"=median_{f.word} {f.word}_median", k.call("max", least, k.call("min", most, center)))]
    if how == "variation":
        steps = [k.call("abs", value - center) for value in around]
        return [(f"={f.word}_variation {f.word}_roughness", sum_of(steps))]
    if how == "largest_jump":
        jumps = [k.call("abs", value - center) for value in around]
        return [(f"=max_{f.word}_jump {f.word}_jump", _best(look, "max", "=jump max_jump", jumps))]
    values = [center, *around]
    if how == "range":
        high, low = (_best(look, one, f"=!{one}_{f.word} {f.word}_{one}", values) for one in ("max", "min"))
        return [(f"=local_{f.word}_range {f.word}_contrast", high - low)]
    return [(f"=local_{f.word}_{how}", _best(look, how, f"=!{how}_{f.word} best", values))]


def _best(look: Look, how: str, names: str, values: list[Expr]) -> Expr:
    """The least or greatest of some values, one after the other if they are many."""
    k = look.k
    if len(values) < 4:
        best = values[0]
        for value in values[1:]:
            best = k.call(how, best, value)
        return best
    kept = k.variable(names, k.call(how, values[0], values[1]), False)
    for value in values[2:]:
        k.set(kept, k.call(how, kept, value))
    return kept


def transport(look: Look, f: Field) -> list[Result]:
    """How a wind carries a quantity, with differences from where it comes."""
    k, rng = look.k, look.rng
    lattice = look.lattice
    kind = k.real if lattice.ndim == 1 else t.vec(lattice.ndim, k.real)
    wind = k.array("=velocity flow_velocity wind flow", kind, lattice.cells, low=-1.0, high=1.0)
    wind_here = k.let("=u flow_c u_c", wind[lattice.indices])
    center = look.center(f)
    terms = []
    flipped = lattice.ndim == 2
    form = rng.choose(("where", "branch", "split"))
    for axis in range(lattice.ndim):
        which = lattice.ndim - 1 - axis if flipped else axis
        u = wind_here if lattice.ndim == 1 else k.component(wind_here, which)
        back, ahead = center - look.beside(f, axis, -1), look.beside(f, axis, 1) - center
        if form == "split":
            slope: Expr = k.call("max", u, 0.0) * back + k.call("min", u, 0.0) * ahead
        elif form == "where":
            slope = u * k.where(u > 0.0, back, ahead)
        else:
            made = k.variable(look.slope_name(f, axis), ahead, False)
            with k.when(u > 0.0):
                k.set(made, back)
            slope = u * made
        terms.append(slope / lattice.spacing(axis, look.each) if look.spaced != "unit" else slope)
    total = sum_of(terms)
    if rng.chance(0.5):
        return [(f"={f.word}_advection adv_{f.word} {f.word}_tendency", -total)]
    dt = k.scalar("=dt time_step delta_t", k.real, 0.01, 0.1)
    return [(f"=new_{f.word} {f.word}_next advected_{f.word}", center - dt * total)]


def conduct(look: Look, f: Field) -> list[Result]:
    """What flows through the faces of a cell where each cell conducts in its own way."""
    k, rng = look.k, look.rng
    lattice = look.lattice
    kappa = k.array("=conductance mobility permeability diffusivity", k.real, lattice.cells, low=0.1, high=2.0)
    own = k.let("=k_c own_k kappa_c", kappa[lattice.indices])
    center = look.center(f)
    harmonic = rng.chance(0.4)
    faces = []
    for axis in range(lattice.ndim):
        for by in (-1, 1):
            other = kappa[lattice.beside(axis, by)]
            side = lattice.side(axis, by)
            if harmonic:
                other = k.let(f"=!k_{side}", other)
                face = 2.0 * own * other / (own + other)
            else:
                face = 0.5 * (own + other)
            flux = face * (look.beside(f, axis, by) - center)
            faces.append(k.let(f"=!flux_{side} q_{side}", flux) if look.named else flux)
    total = sum_of(faces)
    if look.spaced != "unit":
        dx = lattice.spacing()
        total = total / (dx * dx)
    return [(f"=net_{f.word}_flux {f.word}_inflow {f.word}_flux_div", total)]


def curvature(look: Look, f: Field) -> list[Result]:
    """Second derivatives of two axes: the Hessian, or what is made of it."""
    k, rng = look.k, look.rng
    lattice = look.lattice
    center = look.center(f)
    (north, south), (west, east) = look.pairs(f)
    fyy = k.let(f"=!{f.word}_yy d2y", north - 2.0 * center + south)
    fxx = k.let(f"=!{f.word}_xx d2x", west - 2.0 * center + east)
    cross = f.at(lattice.index(1, 1)) - f.at(lattice.index(1, -1)) - f.at(lattice.index(-1, 1))
    fxy = k.let(f"=!{f.word}_xy dxy", 0.25 * (cross + f.at(lattice.index(-1, -1))))
    how = rng.choose(("hessian", "det", "eigen"))
    if how == "hessian":
        return [(f"={f.word}_hessian hess_{f.word}", k.make(t.mat(2, 2, k.real), fxx, fxy, fxy, fyy))]
    if how == "det":
        return [(f"={f.word}_hessian_det det_hess_{f.word}", fxx * fyy - fxy * fxy)]
    half = k.let("=half_trace mean_curv", 0.5 * (fxx + fyy))
    gap = k.let("=half_diff d", 0.5 * (fxx - fyy))
    root = k.let("=root r", k.call("sqrt", gap * gap + fxy * fxy))
    return [(f"=max_{f.word}_curvature {f.word}_ridge", half + root)]


def _changes(look: Look, f: Field) -> list[list[Expr]]:
    """The components of the differences along x, y, z; in a picture the first index is y."""
    ndim = look.lattice.ndim
    if f.name in look.changes:
        return look.changes[f.name]
    letters = "yx" if ndim == 2 else "xyz"
    changes = {}
    for axis in range(ndim):
        change = look.difference(f, axis, "central")
        changes[letters[axis]] = look.k.let(f"=!d{f.word}_d{letters[axis]}", change)
    look.changes[f.name] = [look.k.components(changes[letter]) for letter in sorted(changes)]
    return look.changes[f.name]


def divergence(look: Look, f: Field) -> list[Result]:
    parts = _changes(look, f)
    return [(f"={f.word}_divergence div_{f.word}", sum_of([part[n] for n, part in enumerate(parts)]))]


def curl(look: Look, f: Field) -> list[Result]:
    k = look.k
    parts = _changes(look, f)
    if len(parts) == 2:
        return [(f"={f.word}_curl curl_{f.word}", parts[0][1] - parts[1][0])]
    (_, xy, xz), (yx, _, yz), (zx, zy, _) = parts
    return [(f"={f.word}_curl curl_{f.word}", k.make(t.vec(3, k.real), yz - zy, zx - xz, xy - yx))]


def disagreement(look: Look, f: Field) -> list[Result]:
    """How far a vector is from those of the cells beside it."""
    k, rng = look.k, look.rng
    center = look.center(f)
    around = [value for pair in look.pairs(f) for value in pair]
    if rng.chance(0.5):
        gaps = [k.call("length", value - center) for value in around]
        return [(f"={f.word}_variation {f.word}_disagreement", sum_of(gaps) / float(len(gaps)))]
    mean = k.let(f"=mean avg nbr_mean {f.word}_mean", sum_of(around) / float(len(around)))
    if rng.chance(0.5) or f.scene.sheet.name in PICTURES:
        return [(f"={f.word}_deviation {f.word}_offset", k.call("length", center - mean))]
    return [(f"={f.word}_alignment {f.word}_agreement", k.call("dot", center, mean))]


Operator = Callable[[Look, Field], list[Result]]

OPERATORS: dict[str, Operator] = {
    "gradient": gradient,
    "steepness": steepness,
    "laplacian": laplacian,
    "smooth": smooth,
    "neighborhood": neighborhood,
    "transport": transport,
    "conduct": conduct,
    "curvature": curvature,
    "divergence": divergence,
    "curl": curl,
    "disagreement": disagreement,
}
