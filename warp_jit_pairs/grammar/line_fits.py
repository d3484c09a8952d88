"""Kernels that fit what laws say to what was measured: small normal equations over a row of samples."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .laws import Law, Sheet
from .names import plural
from .places import operators
from .purposes import is_still, purpose
from .scene import Site
from .sound import SoundScene, is_number, sound_scene, states
from .studies import counted, spoken, study
from .tree import Expr

_FORMS = {"calibrate": 3.0, "trend": 1.2, "quadratic": 0.4, "harmonic": 0.4, "plane": 1.0}
"""What is fitted: what was measured by what a law predicts, or what a law gives by the time or the place."""
_PURPOSES = {
    "calibrate": {"spread"},
    "trend": {"change"},
    "quadratic": {"change"},
    "harmonic": {"change"},
}
"""What else people do with what is fitted so: it is compared among elements, or changes with time."""

_PLACES = ("position", "point", "point_2d", "ground_point", "map_point")


_SHEETS = frozenset(
    {
        *("weather", "geodesy", "astronomy", "heat", "fluids", "waves", "electromagnetics", "camera", "biology"),
        *("solids", "robotics", "antennas", "circuits", "plasma"),
        *("enzymes", "navigation", "orbits", "pharmacology", "sunlight", "gas_flow", "shallow_water"),
        *("pipes", "buildings", "drones", "vehicles", "chemistry"),
    }
)
"""Sheets about what is measured."""


def _measured(field: Sheet, law: Law) -> bool:
    name = law.gives[0]
    made = name.startswith("next_") or any(
        part in name for part in ("error", "residual", "difference", "loss", "score")
    )
    return field.name in _SHEETS and is_number(field, law) and not made


def _placed(field: Sheet, law: Law) -> bool:
    """Whether a law gives a number that changes smoothly over space, of something that has a place."""
    known = [name for name in _PLACES if name in field.quantities and field.quantities[name].where == "state"]
    kinds = [field.quantity(name).type for name in known]
    whole = any(field.quantity(name).type in ("int", "ints", "reals") for name in law.takes if name != "rng")
    spread = "laplacian" in operators(field, law)
    return (
        _measured(field, law)
        and spread
        and not whole
        and kinds[:1] in (["vec2"], ["vec3"])
        and not set(law.takes) & set(known)
    )


def _fitted(how: str) -> Callable[[Sheet, Law], bool]:
    """The laws whose values are fitted in one way."""

    def fits(field: Sheet, law: Law) -> bool:
        # What stays the same is no series in time.
        still = how != "calibrate" and any(is_still(field, name) for name in states(field, law))
        timed = how != "calibrate" and "time" in law.takes
        known = purpose(field, law) if _measured(field, law) and not still and not timed else None
        return known is not None and bool(_PURPOSES[how] & (known.across.keys() | known.over_time.keys()))

    return fits


_FITS = {how: _fitted(how) for how in _PURPOSES} | {"plane": _placed}


@study(
    "normal equations of a few coefficients: calibrations, trends, harmonics, local gradients",
    "matrix:1.0",
    grows=1.5,
)
def law_fits(k: Kernel, category: str) -> None:
    rng = k.rng
    how = rng.weighted(_FORMS)
    scene, law = sound_scene(k, _FITS[how])
    scene.deriving = 0.0
    e = scene.names.entity
    owner = rng.choose(("series", "site", "sensor", "run", "trial", "record"))
    if how == "plane":
        owner = rng.choose(("cell", "node", "site", "stencil"))
    k.start(1, (8,), (f"=tid i {owner}_id {owner[0]}",))
    k.launch[0].called = f"=num_{plural(owner)} n_{plural(owner)}"
    k.guard()
    rows, (i,) = k.launch[0], k.threads
    width = k.dim(rng.choose((6, 8)))
    many = plural(e)
    counted_by = f"{many}_per_{owner} num_{many}" if how == "plane" else f"num_samples n_samples samples_per_{owner}"
    width.argument = k.scalar(f"={counted_by}", t.I32, 1, 64, equals=width.symbol)
    fit = _Fit(scene, law, how, (rows, width))
    center = fit.before(i)
    size = fit.size
    vector, matrix = t.vec(size, k.real), t.mat(size, size, k.real)
    start = rng.chance(0.25)
    ridge = k.scalar("=ridge lam reg tikhonov", k.real, 0.1, 1.0)
    normal = k.variable("=A AtA normal H", ridge * k.identity(size) if start else k.zero(matrix))
    rhs = k.variable("=b Atb rhs", k.zero(vector))
    square = k.variable("=sum_sq y_sq", k.lit(0.0)) if rng.chance(0.3) else None
    with k.loop(f"=s n {e[0]} jj", width.argument) as j, scene.inner():
        scene.sites[""] = Site((rows, width), (i, j))
        _masked(scene, (i, j))
        parts, y, near = fit.sample((i, j), center)
        row = k.let("=a basis phi row_vec", k.make(vector, *parts))
        weight = near if near is not None else _weight(scene, y, row, (rows, width), (i, j))
        outer, side = k.call("outer", row, row), y * row
        if weight is not None:
            outer, side = weight * outer, (weight * y) * row
        k.augment(normal, "+", outer)
        k.augment(rhs, "+", side)
        if square is not None:
            k.augment(square, "+", y * y if weight is None else weight * y * y)
    k.gap()
    if not start:
        normal = k.let("=A_reg regularized H", normal + ridge * k.identity(size))
    solution = k.let("=coef theta w x", k.call("inverse", normal) * rhs)
    ends = [fit.end()]
    ends += rng.sample(("misfit", "cov", "predict"), counted(k, (0, 0), (0, 1), (1, 2)))
    for end in ends:
        if end == "whole":
            _put(k, f"=coeffs {fit.word}_coeffs fit_out", solution)
        elif end == "parts":
            for n, term in enumerate(fit.terms):
                _put(k, f"=!{term} fit_{term} {term}_out", k.component(solution, n))
        elif end == "slope":
            _put(
                k,
                f"={fit.word}_grad gradient grad_out",
                k.make(t.vec(size - 1, k.real), *k.components(solution)[1:]),
            )
        elif end == "amplitude":
            c, s = k.component(solution, 1), k.component(solution, 2)
            _put(k, f"={fit.word}_amplitude amplitude amp", k.call("sqrt", c * c + s * s))
            if rng.chance(0.6):
                _put(k, f"={fit.word}_phase phase", k.call("atan2", s, c))
        elif end == "cov":
            _put(k, "=coef_cov fit_cov", k.call("inverse", normal))
        elif end == "predict" and how in ("trend", "quadratic"):
            ahead = k.scalar("=t_next horizon t_pred", k.real, 0.5, 2.0)
            powers = [k.lit(1.0), ahead, ahead * ahead][:size]
            _put(k, f"={fit.word}_forecast predicted", k.call("dot", solution, k.make(vector, *powers)))
        elif square is not None:
            _put(k, "=residual_sq misfit chi2", k.call("max", square - k.call("dot", rhs, solution), 0.0))
    _title(k, scene, law, owner, fit)


class _Fit:
    """One kind of fit: its basis and its terms."""

    def __init__(self, scene: SoundScene, law: Law, how: str, dims: tuple[Dim, Dim]) -> None:
        self.scene, self.law, self.how, self.dims = scene, law, how, dims
        rng = scene.rng
        self.word = scene.names.called(scene.sheet.term(law.gives[0]))
        self.target = f"{rng.choose(('measured', 'observed', 'ref', 'true'))}_{self.word}"
        self.place = next((name for name in _PLACES if name in scene.sheet.quantities), "") if how == "plane" else ""
        self.terms = {
            "calibrate": ("offset", "gain"),
            "trend": ("intercept", "slope"),
            "harmonic": ("mean_level", "cos_coef", "sin_coef"),
            "plane": ("value", "gx", "gy", "gz"),
        }.get(how, ("c0", "c1", "c2"))
        if how == "plane":
            kind = scene.type_of(self.place)
            assert isinstance(kind, t.Vector)
            self.terms = self.terms[: kind.length + 1]
        self.given: dict[str, Expr] = {}

    @property
    def size(self) -> int:
        return len(self.terms)

    def before(self, i: Expr) -> Expr | None:
        """What is the same for all samples of a row; the point that a plane is about."""
        k, rng = self.scene.k, self.scene.rng
        if self.how in ("trend", "quadratic", "harmonic"):
            self.given["dt"] = k.scalar("=dt sample_dt interval", k.real, 0.05, 0.25)
        if self.how == "harmonic":
            self.given["omega"] = k.scalar("=omega ang_freq w0", k.real, 0.5, 3.0)
        if self.how != "plane":
            return None
        if rng.chance(0.6):
            self.given["h"] = k.scalar("=h radius bandwidth", k.real, 1.0, 3.0)
        kind = self.scene.type_of(self.place)
        centers = k.array("=centers query_points eval_pos", kind, self.dims[:1], low=-1.0, high=1.0)
        return k.let("=c center xq", centers[i])

    def sample(self, at: tuple[Expr, Expr], center: Expr | None) -> tuple[list[Expr], Expr, Expr | None]:
        """A sample's basis, its value, and its weight if the fit is a local one."""
        scene, k = self.scene, self.scene.k
        value = scene.apply(self.law, scene.depth)[0]
        one: Expr = k.lit(1.0)
        if self.how == "calibrate":
            y = k.let("=y y_ref", k.array(f"={self.target}", k.real, self.dims, low=value.low, high=value.high)[at])
            return [one, value], y, None
        if center is not None:
            d = k.let("=d dx rel", scene.expr(self.place, 0) - center)
            near = None
            if "h" in self.given:
                near = k.let("=w weight", self._near(d, self.given["h"]))
            return [one, *k.components(d)], value, near
        time = k.let("=t time", k.cast(at[1], k.real) * self.given["dt"])
        if self.how == "harmonic":
            angle = k.let("=phi_t arg wt", self.given["omega"] * time)
            return [one, k.call("cos", angle), k.call("sin", angle)], value, None
        return [one, time] if self.how == "trend" else [one, time, time * time], value, None

    def _near(self, d: Expr, h: Expr) -> Expr:
        """How much a sample counts at a distance: by a bell, by a polynomial that ends, by what falls off."""
        k, rng = self.scene.k, self.scene.rng
        square = k.let("=r2 d2 q", k.call("dot", d, d) / (h * h))
        how = rng.choose(("bell", "ends", "falls"))
        if how == "bell":
            return k.call("exp", -square)
        if how == "falls":
            return 1.0 / (1.0 + square)
        left = k.let("=left u", k.call("max", 1.0 - square, 0.0))
        return left * left if rng.chance(0.4) else left * left * left

    def end(self) -> str:
        """How the coefficients are written."""
        rng = self.scene.rng
        if self.how == "plane" and rng.chance(0.6):
            return "slope"
        if self.how == "harmonic" and rng.chance(0.6):
            return "amplitude"
        return "whole" if rng.chance(0.5) else "parts"


def _put(k: Kernel, names: str, value: Expr) -> None:
    k.set(k.array(names, value.type, k.launch, "out")[k.threads], value)


def _masked(scene: SoundScene, index: tuple[Expr, ...]) -> None:
    """Samples that do not count."""
    k, rng = scene.k, scene.rng
    if rng.chance(0.2):
        e = scene.names.entity
        valid = k.array(f"=valid {e}_valid mask", t.I32, scene.sites[""].dims, low=0, high=1)
        with k.when(valid[index].equals(0)):
            k.next_turn()


def _weight(scene: SoundScene, y: Expr, row: Expr, dims: tuple[Dim, Dim], index: tuple[Expr, ...]) -> Expr | None:
    """How much a sample counts: not at all apart, by its own weight, or the less the farther it lies."""
    k, rng = scene.k, scene.rng
    how = rng.weighted({"none": 4.0, "given": 2.0, "sigma": 1.5, "robust": 2.0})
    if how == "given":
        return k.let("=w weight", k.array("=weights sample_weight", k.real, dims, low=0.1, high=2.0)[index])
    if how == "sigma":
        sigma = k.let("=sigma std", k.array("=sigmas noise_std", k.real, dims, low=0.5, high=2.0)[index])
        return k.let("=w inv_var", 1.0 / (sigma * sigma))
    if how == "robust":
        guess = k.array("=prior_coef prev_coef", row.type, dims[:1], low=-1.0, high=1.0)[index[0]]
        miss = k.let("=r res", y - k.call("dot", row, guess))
        scale = k.scalar("=huber_delta cutoff scale", k.real, 0.5, 2.0)
        if rng.chance(0.5):
            return k.let("=w weight", 1.0 / (1.0 + (miss / scale) * (miss / scale)))
        return k.let("=w weight", k.call("min", 1.0, scale / k.call("max", k.call("abs", miss), 1e-6)))
    return None


def _title(k: Kernel, scene: SoundScene, law: Law, owner: str, fit: _Fit) -> None:
    name, given = law.name.removeprefix("next_"), spoken(law.gives[0])
    if fit.how == "calibrate":
        k.titles = (f"calibrate_{name}", f"fit_{fit.word}_correction", f"{owner}_{fit.word}_calibration")
        said = f"Gain and offset that take the {given} to what was measured, for each {owner}."
    elif fit.how == "plane":
        k.titles = (f"fit_{fit.word}_gradient", f"mls_{fit.word}", f"{owner}_{fit.word}_gradient", f"local_fit_{name}")
        said = f"Least squares gradient of the {given} around each {owner}."
    elif fit.how == "harmonic":
        k.titles = (
            f"fit_{fit.word}_harmonic",
            f"fit_{owner}_harmonic",
            f"harmonic_fit_{name}",
            f"demodulate_{fit.word}",
        )
        said = f"Fit a harmonic to the {given} of each {owner}."
    else:
        k.titles = (f"fit_{fit.word}_trend", f"{owner}_{fit.word}_trend", f"fit_{owner}_{name}", f"{name}_trend")
        said = f"Fit the {given} over time in each {owner}."
    k.about = said if scene.rng.chance(0.5) else "-"
