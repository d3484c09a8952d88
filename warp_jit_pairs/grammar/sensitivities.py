"""Kernels that differentiate laws by finite differences: Jacobians, uncertainties, Newton steps, fits."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .chance_laws import uncertain
from .differentiated import MAPS, SHARES
from .grids import sum_of
from .helpers import Helper
from .kernel import Kernel
from .laws import Law, Sheet, sheet
from .scene import NoValue
from .sound import SoundScene, is_number, sound_scene, states
from .studies import counted, depth_of, spoken, study, threads
from .translate import Row
from .tree import Expr

_MEASURED = frozenset(
    {
        *("weather", "geodesy", "astronomy", "heat", "camera", "biology", "orbits", "antennas", "circuits", "enzymes"),
        *("pharmacology", "navigation", "sunlight", "gas_flow", "pipes", "buildings", "chemistry", "spectra"),
    }
)
"""Sheets about what is measured, with errors."""
_CURVED = frozenset(
    {"exp", "log", "log10", "pow", "sqrt", "atan", "atan2", "sin", "cos", "tan", "asin", "acos", "tanh", "erf"}
)


def _several(field: Sheet, law: Law) -> bool:
    """Whether a law has two to four measured numbers, is no mere product of them, and has nothing that jumps."""
    return (
        field.name in _MEASURED
        and is_number(field, law)
        and 2 <= len(states(field, law)) <= 4
        and bool(law.calls & _CURVED)
        and not law.looped
        and not law.branches
        and "floor" not in law.calls
        and not any(field.quantity(name).type in ("reals", "ints") for name in law.takes if name != "rng")
        and not law.gives[0].startswith("next_")
        and len(set(uncertain(field, law)) & set(states(field, law))) > 1
    )


class _Function:
    """A law as a function, of which some arguments vary."""

    def __init__(self, scene: SoundScene, law: Law, varied: Sequence[str]) -> None:
        self.scene, self.varied = scene, tuple(varied)
        for name in law.takes:
            scene.value(name, 0 if name in varied else scene.depth)
        self.given = [scene.held[name] for name in law.takes]
        self.made: Helper
        if law not in scene.helpers:
            scene.helpers[law] = scene.function(law)
        self.made, self.kept = scene.helpers[law]
        self.law = law
        self.base: Expr | None = None
        """The value where nothing is varied, if it is at hand."""

    def at(self, **values: Expr) -> Expr:
        if not values and self.base is not None:
            return self.base
        arguments = []
        for n in self.kept:
            one = self.given[n]
            base = one.base if isinstance(one, Row) else one
            arguments.append(values.get(self.law.takes[n], base))
        return self.made.call(*arguments)


def _step(k: Kernel, twice: bool = False) -> Expr:
    """The step of the differences; a wider one where they are divided by it `twice`, which rounding spoils sooner."""
    low, high = (0.04, 0.05) if twice else (0.01, 0.02)
    how = k.rng.choose(("literal", "scalar", "scalar", "constant"))
    if how == "literal":
        return k.choose_lit(low, high)
    if how == "constant":
        return k.constant(k.rng.choose((low, high)), k.real, "=fd_step eps h")
    return k.scalar("=h eps fd_step delta", k.real, low, high)


def _slopes(k: Kernel, f: _Function, words: dict[str, str], out: str, h: Expr, central: bool) -> list[Expr]:
    """The derivative of a law by each of some numbers."""
    found = []
    base = f.base = None if central else k.let(f"=!{out}_0 f_base f0", f.at())
    for name in f.varied:
        x = f.scene.expr(name, 0)
        high = f.at(**{name: x + h})
        if base is not None:
            slope = (high - base) / h
        else:
            low = f.at(**{name: x - h})
            if k.rng.chance(0.3):
                high, low = k.let(f"=!{out}_hi f_hi f_p", high), k.let(f"=!{out}_lo f_lo f_m", low)
            slope = (high - low) / (2.0 * h)
        found.append(k.let(f"=!d{out}_d{words[name]} d_{words[name]} g_{words[name]}", slope))
    return found


@study(
    "how the uncertainty of what a law takes becomes that of what it gives",
    "matrix:2.5",
    grows=1.5,
)
def uncertainties(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = sound_scene(k, _several)
    # What is varied must not change what else is given.
    scene.deriving = 0.0
    known = uncertain(scene.sheet, law)
    both = [name for name in states(scene.sheet, law) if name in known]
    size = min(len(both), rng.choose((2, 3)))
    varied = both[:size] if rng.chance(0.5) else both[-size:]
    scene.narrow = {scene.sheet.term(name).base for name in varied}
    threads(scene, category, law, 2)
    words = {name: scene.names.called(scene.sheet.term(name)) for name in varied}
    out = scene.names.called(scene.sheet.term(law.gives[0]))
    f = _Function(scene, law, varied)
    h = _step(k)
    k.gap()
    slopes = _slopes(k, f, words, out, h, rng.chance(0.6))
    k.gap()
    cov = k.let("=cov C P", _covariance(scene, t.mat(size, size, k.real), words, varied))
    g = k.let("=g grad sens", k.make(t.vec(size, k.real), *slopes))
    variance = k.let("=var variance", k.call("dot", g, cov * g))
    what, e = law.name, scene.names.entity
    ends = rng.sample(("variance", "std", "gain", "upper"), counted(k, (1, 1), (1, 1), (1, 2)))
    for end in ends:
        deviation = k.call("sqrt", k.call("max", variance, 0.0))
        if end == "variance":
            _put(scene, f"={out}_var variances", variance)
        elif end == "std":
            _put(scene, f"={out}_std sigma_{out}", deviation)
        elif end == "upper":
            z = rng.choose((1.0, 1.96, 2.0, 3.0))
            _put(scene, f"={out}_upper {out}_bound", f.at() + k.lit(z) * deviation)
        else:
            _update(scene, f, (out, variance, cov * g), varied)
    k.titles = (f"propagate_{what}_cov", f"{what}_uncertainty", f"{out}_variance", f"{e}_{what}_error_bars")
    said = f"Uncertainty of the {spoken(law.gives[0])} by linear error propagation."
    if "gain" in ends:
        k.titles = (f"ekf_{what}_update", f"{what}_kalman_update", f"assimilate_{out}", f"update_from_{out}")
        said = f"Update by a measurement of the {spoken(law.gives[0])}, linearized."
    k.about = said if rng.chance(0.6) else "-"


def _update(scene: SoundScene, f: _Function, moved: tuple[str, Expr, Expr], varied: Sequence[str]) -> None:
    """What a measurement of the result says about what it was worked out from: a Kalman update."""
    k = scene.k
    out, variance, side = moved
    noise = k.scalar(f"={out}_noise meas_var r_noise", k.real, 0.05, 1.0)
    gain = k.let("=K gain", side / (variance + noise))
    now = f.at()
    seen = k.array(f"=measured_{out} {out}_obs", k.real, scene.sites[""].dims, low=now.low, high=now.high)
    error = k.let("=innov residual", seen[scene.sites[""].index] - now)
    for n, name in enumerate(varied):
        word = scene.names.called(scene.sheet.term(name))
        _put(scene, f"=!{word}_new {word}_est", scene.expr(name, 0) + k.component(gain, n) * error)


def _put(scene: SoundScene, names: str, value: Expr) -> None:
    site = scene.sites[""]
    scene.k.set(scene.k.array(names, value.type, site.dims, "out")[site.index], value)


def _covariance(scene: SoundScene, matrix: t.Type, words: dict[str, str], varied: Sequence[str]) -> Expr:
    """The covariance of what varies: stored, one for all, or by the deviation of each."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    how = rng.choose(("stored", "shared", "apart", "factor"))
    if how == "shared":
        return k.scalar("=input_cov prior_cov sigma_in", matrix, 0.0, 0.5)
    if how == "stored":
        return k.array("=covs input_covs cov_in", matrix, site.dims, low=0.0, high=0.5)[site.index]
    if how == "factor":
        factor = k.let(
            "=L chol", k.array("=chol_factors cov_factors", matrix, site.dims, low=-0.5, high=0.5)[site.index]
        )
        return factor * k.call("transpose", factor)
    parts = []
    for name in varied:
        deviation = k.scalar(f"=!sigma_{words[name]} {words[name]}_sigma {words[name]}_err", k.real, 0.05, 0.5)
        parts.append(deviation * deviation)
    return k.call("diag", k.make(t.vec(len(parts), k.real), *parts), gives=matrix)


@study(
    "the Jacobian or gradient of a law by a vector, and what is asked of it",
    "matrix:1.8",
    grows=1.5,
)
def law_jacobian(k: Kernel, category: str) -> None:
    rng = k.rng
    use = rng.weighted(SHARES)
    field, title, name = rng.choose(MAPS[use].split()).split(".")
    law = next(one for one in sheet(field).laws if one.name == title)
    if law.single and k.real is not t.F32:
        raise NoValue(title)
    scene = SoundScene(k, sheet(field), depth_of(k))
    scene.deriving = rng.choose((0.2, 0.5))
    scene.narrow = {scene.sheet.term(name).base}
    threads(scene, category, law, 2)
    f = _Function(scene, law, [name])
    x = scene.expr(name, 0)
    vector = x.type
    assert isinstance(vector, t.Vector)
    size = vector.length
    number = scene.sheet.quantity(law.gives[0]).type == "real"
    h = _step(k, number)
    k.gap()
    matrix = t.mat(size, size, k.real)
    out = scene.names.called(scene.sheet.term(law.gives[0]))
    central = rng.chance(0.6)
    base = k.let(f"=!{out}_0 f0 base", f.at()) if number or not central or rng.chance(0.3) else None
    f.base = base
    axes = [k.make(vector, *(h if n == m else 0.0 for m in range(size))) for n in range(size)]
    if rng.chance(0.6):
        axes = [k.let(f"=!{word} e_{word}", axis) for word, axis in zip(("hx", "hy", "hz"), axes, strict=False)]
    what = law.name
    given, by = spoken(law.gives[0]), spoken(name)
    if number:
        assert base is not None
        up = [
            k.let(f"=!f_{c}p {out}_{c}p", f.at(**{name: x + axes[n]})) for n, c in zip(range(size), "xyz", strict=False)
        ]
        down = [
            k.let(f"=!f_{c}m {out}_{c}m", f.at(**{name: x - axes[n]})) for n, c in zip(range(size), "xyz", strict=False)
        ]
        grad = k.let("=g grad", k.make(vector, *((a - b) / (2.0 * h) for a, b in zip(up, down, strict=True))))
        diagonal = [(a - 2.0 * base + b) / (h * h) for a, b in zip(up, down, strict=True)]
        ends = _number_ends(scene, use, grad, diagonal, (x, base), out)
        k.titles = (f"{what}_gradient", f"grad_{what}", f"differentiate_{what}")
        said = f"Differentiate the {given} by the {by}."
        if ends[0] in _USES and "grad" not in ends:
            k.titles, said = tuple(_USES[ends[0]].format(what=what).split()), "-"
        k.about = said if rng.chance(0.5) else "-"
        return
    columns = []
    for n, c in zip(range(size), "xyz", strict=False):
        high = f.at(**{name: x + axes[n]})
        value = (high - f.at(**{name: x - axes[n]})) / (2.0 * h) if central else (high - base) / h  # type: ignore[operator]
        columns.append(k.let(f"=!d{c} col_{c} J_{c}", value))
    how = rng.choose(("cols", "make", "rows"))
    if how == "cols":
        jac = k.call("matrix_from_cols", *columns, gives=matrix)
    elif how == "rows":
        jac = k.call("transpose", k.call("matrix_from_rows", *columns, gives=matrix))
    else:
        jac = k.make(matrix, *(columns[c][r] for r in range(size) for c in range(size)))
    jac = k.let("=J jac", jac)
    k.gap()
    ends = _matrix_ends(scene, use, jac, x, out, f)
    if "matrix" in ends or ends[0] not in _TITLES:
        k.titles = (f"{what}_jacobian", f"jacobian_of_{what}", f"linearize_{what}", f"differentiate_{what}")
        said = f"Jacobian of the {given} by the {by}, by finite differences."
    else:
        k.titles = tuple(_TITLES[ends[0]].format(what=what, out=out).split())
        said = "-"
    if use == "hessian" and "matrix" not in ends:
        k.titles = tuple(f"{title}{what.removesuffix('_gradient')}" for title in _HESSIANS)
        said = "-"
    k.about = said if rng.chance(0.4) else "-"


def _number_ends(
    scene: SoundScene, use: str, grad: Expr, diagonal: list[Expr], at: tuple[Expr, Expr], out: str
) -> tuple[str, ...]:
    """What is asked of a gradient; tells what."""
    k, rng = scene.k, scene.rng
    x, value = at
    ways = {
        "surface": ("grad", "normal", "project", "curvature"),
        "potential": ("field", "field", "density"),
        "objective": ("grad", "descent", "newton", "size"),
        "height": ("grad", "ground", "slope", "roll", "convexity"),
    }[use]
    laplacian = sum_of(diagonal)
    ends = tuple(dict.fromkeys(rng.sample(ways, counted(k, (1, 1), (1, 2), (2, 3)))))
    for end in ends:
        if end == "grad":
            _put(scene, f"={out}_grad grad_out", grad)
        elif end == "normal":
            _put(scene, "=normals surface_normal normal_out", k.call("normalize", grad))
        elif end == "project":
            square = k.call("max", k.call("dot", grad, grad), 1e-6)
            _put(scene, "=projected surface_point on_surface", x - (value / square) * grad)
        elif end == "curvature":
            k.shared.differentiable = False
            _put(scene, "=mean_curvature curvature", 0.5 * laplacian)
        elif end == "field":
            _put(scene, "=accel_out g_field", -grad)
        elif end == "ground":
            gx, gy = k.components(grad)
            up = (-gx, 1.0, -gy) if rng.chance(0.5) else (-gx, -gy, 1.0)
            _put(scene, "=normals ground_normal normal_out", k.call("normalize", k.make(k.vec3, *up)))
        elif end == "slope":
            steep = k.call("length", grad)
            _put(scene, "=slopes slope_out steepness", k.call("atan", steep) if rng.chance(0.5) else steep)
        elif end == "roll":
            # Downhill, as water and stones go.
            rate = k.scalar("=step_size drop_step dt", k.real, 0.01, 0.1)
            _put(scene, "=moved drop_pos downhill", x - rate * grad)
        elif end == "convexity":
            k.shared.differentiable = False
            _put(scene, "=convexity laplacian curvature", laplacian)
        elif end == "density":
            k.shared.differentiable = False
            _put(scene, f"={out}_laplacian source_density", laplacian)
        elif end == "size":
            _put(scene, "=grad_norm grad_sq", k.call("length", grad))
        elif end == "descent":
            rate = k.scalar("=lr step_size alpha", k.real, 0.01, 0.1)
            _put(scene, "=x_new updated next_x", x - rate * grad)
        else:
            least = k.scalar("=min_curvature damping lam", k.real, 0.5, 4.0)
            curved = [k.call("max", k.call("abs", one), least) for one in diagonal]
            curvature = k.let("=H curv hess_diag", k.make(x.type, *curved))
            _put(scene, "=newton_x updated x_new", x - k.call("cw_div", grad, curvature))
    return ends


_TITLES = {
    "implicit": "implicit_{what} semi_implicit_{what} backward_euler_{what} implicit_{what}_step",
    "newton": "newton_{what} {what}_newton_step damped_newton_{what} gauss_newton_{what}",
    "pull": "{what}_joint_torques tip_force_to_torques {what}_statics",
    "area": "{what}_manipulability manipulability_measure",
    "magnification": "{what}_magnification magnification_of_{what} {what}_brightening",
    "shear": "{what}_shear {what}_convergence convergence_and_shear",
    "cov": "propagate_{what}_covariance {out}_covariance push_{out}_cov",
    "tide": "{what}_tide tidal_{what} relative_{what}",
    "determinant": "{what}_determinant {what}_local_scale",
    "normal": "{what}_normals transform_{what}_normals",
    "norm": "{what}_stretch measure_{what}_stretch",
    "strain": "{what}_strain green_strain_of_{what}",
}
"""What kernels that do not write a Jacobian down, but use it, are called by their first result."""
_HESSIANS = ("hessian_of_", "fd_hessian_", "newton_", "second_derivatives_of_")
_USES = {
    "normal": "{what}_normal estimate_{what}_normal sdf_normal_{what}",
    "project": "project_to_{what} snap_to_{what} {what}_projection",
    "curvature": "{what}_curvature mean_curvature_{what}",
    "field": "{what}_field acceleration_from_{what} {what}_acceleration",
    "density": "{what}_source laplacian_of_{what}",
    "ground": "{what}_normals normals_of_{what} ground_normals",
    "slope": "{what}_slope slope_of_{what} steepness",
    "roll": "descend_{what} roll_down_{what} move_drops",
    "convexity": "{what}_laplacian {what}_convexity",
    "descent": "descend_{what} {what}_descent gradient_step_{what}",
    "newton": "newton_{what} {what}_newton_step diagonal_newton_{what}",
}
"""The same of gradients."""


def _matrix_ends(scene: SoundScene, use: str, jac: Expr, x: Expr, out: str, f: _Function) -> tuple[str, ...]:
    """What is asked of a Jacobian; tells what."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    assert isinstance(x.type, t.Vector)
    size = x.type.length
    ways = {
        "gravity": ("matrix", "tide"),
        "inverse": ("cov", "push", "matrix"),
        "arm": ("newton", "pull", "push", "area", "cov", "matrix"),
        "hessian": ("sym", "newton", "push"),
        "warp": ("determinant", "normal", "push", "norm", "strain"),
        "implicit": ("implicit",),
        "lens": ("matrix", "magnification", "shear"),
        "distortion": ("determinant", "push", "matrix", "cov"),
    }[use]

    def given(names: str, dtype: t.Type = x.type, size: float = 1.0) -> Expr:
        return k.array(names, dtype, site.dims, low=-size, high=size)[site.index]

    turned = k.call("transpose", jac)
    ends = tuple(rng.sample(ways, min(len(ways), counted(k, (1, 1), (1, 2), (2, 3)))))
    for end in ends:
        if end == "matrix":
            _put(scene, f"={out}_jac jacobians J_out", jac)
        elif end == "determinant":
            names = "=volume_change det_J vol_ratio" if size == 3 else "=area_scale det_J area_change"
            _put(scene, names, k.call("determinant", jac))
        elif end == "magnification":
            # The image is at the offset less the deflection.
            area = k.call("determinant", k.let("=A lens_mat", k.identity(size) - jac))
            _put(scene, "=magnification mu_out brightening", 1.0 / k.call("max", k.call("abs", area), 0.1))
        elif end == "shear":
            dx, dy = jac[0, 0], jac[1, 1]
            _put(scene, "=convergence kappa", 0.5 * (dx + dy))
            _put(scene, "=shear shear_out", k.make(x.type, 0.5 * (dx - dy), jac[0, 1]))
        elif end == "area":
            _put(scene, "=manipulability singular_measure", k.call("abs", k.call("determinant", jac)))
        elif end == "sym":
            _put(scene, "=hessians H_out", 0.5 * (jac + turned))
        elif end == "strain":
            _put(scene, "=green_strain strain_out", 0.5 * (turned * jac - k.identity(size)))
        elif end == "tide":
            _put(scene, "=tidal_accel rel_accel", jac * given("=offsets rel_pos dr"))
        elif end == "normal":
            guard = k.scalar("=eps reg", k.real, 0.05, 0.2)
            square = turned * jac + guard * k.identity(size)
            normal = given("=normals normal_in")
            _put(scene, "=warped_normals normal_out", k.call("normalize", jac * (k.call("inverse", square) * normal)))
        elif end == "implicit":
            # Backward Euler, linearized: (I - dt / m J) dv = dt / m f.
            dt = k.scalar("=dt time_step", k.real, 0.01, 0.05)
            turning = "angular" in "".join(f.varied)
            names = "=inv_inertia inertia_inv" if turning else "=inv_mass mass_inv"
            factor = k.let("=s dt_m", dt * given(names, k.real, 0.5))
            system = k.let("=A lhs", k.identity(size) - factor * jac)
            change = k.let("=dv delta", k.call("inverse", system) * (factor * f.at()))
            _put(scene, "=omega_new w_new" if turning else "=v_new vel_out", x + change)
        elif end == "newton":
            miss = f.at() if use == "hessian" else k.let("=r miss err", f.at() - given(f"=target_{out} {out}_goal"))
            lam = k.scalar("=damping lam ridge", k.real, 0.2, 1.0)
            normal = k.let("=A JtJ H", turned * jac + lam * k.identity(size))
            _put(scene, "=x_new updated solution", x - k.call("inverse", normal) * (turned * miss))
        elif end == "cov":
            _put(scene, f"={out}_cov cov_out", jac * given("=cov joint_cov cov_in", jac.type, 0.5) * turned)
        elif end == "norm":
            _put(scene, "=stretch_norm J_norm", k.call("sqrt", k.call("ddot", jac, jac)))
        elif end == "pull":
            _put(scene, "=joint_torques tau_out", turned * given("=tip_force forces f_tip", size=4.0))
        elif use in ("arm", "inverse"):
            rates = "=joint_rates qd rates" if use == "arm" else "=hand_vel tip_vel v_tip"
            _put(scene, "=tip_vel hand_vel_out" if use == "arm" else "=joint_rates qd_out", jac * given(rates))
        else:
            _put(
                scene,
                "=Hv_out product" if use == "hessian" else "=tangents_out pushed",
                jac * given("=directions tangents v_in"),
            )
    return ends
