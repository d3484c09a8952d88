"""Kernels that differentiate laws by finite differences: Jacobians, uncertainties, Newton steps, fits."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .framed_laws import counted
from .helpers import Helper
from .kernel import Kernel
from .laws import Law, Sheet
from .moments import is_number, kin, states
from .scene import NoValue
from .sound import SoundScene, sound_scene
from .studies import spoken, study, threads
from .translate import Row
from .tree import Expr


def _several(field: Sheet, law: Law) -> bool:
    """Whether a law has two or three numbers to vary, and nothing that jumps."""
    return (
        is_number(field, law)
        and len(states(field, law)) >= 2
        and not law.looped
        and "floor" not in law.calls
        and not any(field.quantity(name).type in ("reals", "ints") for name in law.takes if name != "rng")
        and not law.gives[0].startswith("next_")
    )


def _curved(field: Sheet, law: Law) -> bool:
    """Whether a law maps a vector to a vector of that size, or to a number."""
    if len(law.gives) != 1 or law.looped or "rng" in law.takes or "rand_init" in law.calls:
        return False
    kind = field.quantity(law.gives[0]).type
    return any(_varied(field, law, name) for name in law.takes) and kind in ("vec2", "vec3", "real")


def _varied(field: Sheet, law: Law, name: str) -> bool:
    row = field.quantity(name)
    kind = field.quantity(law.gives[0]).type
    return (
        row.where == "state"
        and row.type in ("vec2", "vec3")
        and (kind in (row.type, "real"))
        and law.uses.get(name, 0) > (1 if kind != "real" else 0)
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

    def at(self, **values: Expr) -> Expr:
        arguments = []
        for n in self.kept:
            one = self.given[n]
            base = one.base if isinstance(one, Row) else one
            arguments.append(values.get(self.law.takes[n], base))
        return self.made.call(*arguments)


def _step(k: Kernel) -> Expr:
    """The step of the differences."""
    how = k.rng.choose(("literal", "scalar", "scalar", "constant"))
    if how == "literal":
        return k.choose_lit(0.01, 0.02)
    if how == "constant":
        return k.constant(k.rng.choose((0.01, 0.02)), k.real, "=fd_step eps h")
    return k.scalar("=h eps fd_step delta", k.real, 0.01, 0.02)


def _slopes(k: Kernel, f: _Function, words: dict[str, str], out: str, h: Expr, central: bool) -> list[Expr]:
    """The derivative of a law by each of some numbers."""
    found = []
    base = None if central else k.let(f"=!{out}_0 f_base f0", f.at())
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
    "matrix:16",
    "map",
    grows=1.5,
)
def uncertainties(k: Kernel, category: str) -> None:
    rng = k.rng
    how = rng.choose(("one", "two", "one", "newton"))
    for _ in range(12):
        scene, law = sound_scene(k, _several)
        both = states(scene.sheet, law)
        size = min(len(both), rng.choose((2, 3))) if how == "one" else 2
        varied = both[:size] if rng.chance(0.5) else both[-size:]
        laws = [law]
        if how == "one":
            break
        try:
            laws = [one for one in kin(scene, law, 2) if set(varied) <= set(one.takes) and not one.looped]
        except NoValue:
            continue
        if len(laws) == 2:
            break
    else:
        laws, how = [law], "one"
    scene.narrow = {scene.sheet.term(name).base for name in varied}
    threads(scene, category, law, 2)
    words = {name: scene.names.called(scene.sheet.term(name)) for name in varied}
    outs = [scene.names.called(scene.sheet.term(one.gives[0])) for one in laws]
    matrix_type = t.mat(size, size, k.real)
    central = rng.chance(0.6)
    functions = [_Function(scene, one, varied) for one in laws]
    h = _step(k)
    k.gap()
    rows = [_slopes(k, f, words, out, h, central) for f, out in zip(functions, outs, strict=True)]
    k.gap()
    what = law.name
    e = scene.names.entity
    if how == "newton":
        _newton(scene, functions, rows, outs, varied)
        k.titles = (f"solve_{outs[0]}_and_{outs[1]}", f"newton_{what}", f"fit_{e}_{what}", f"invert_{what}")
        k.about = "-"
        return
    cov = k.let("=cov C P", _covariance(scene, matrix_type, words, varied))
    if len(rows) == 1:
        g = k.let("=g grad sens", k.make(t.vec(size, k.real), *rows[0]))
        variance: Expr = k.call("dot", g, cov * g)
        ends = rng.sample(("variance", "std", "gain", "upper"), counted(k, (1, 1), (1, 2), (2, 3)))
        variance = k.let("=var variance", variance)
        for end in ends:
            if end == "variance":
                _put(scene, f"={outs[0]}_var variances", variance)
            elif end == "std":
                _put(scene, f"={outs[0]}_std sigma_{outs[0]}", k.call("sqrt", k.call("max", variance, 0.0)))
            elif end == "upper":
                z = rng.choose((1.0, 1.96, 2.0, 3.0))
                value = functions[0].at() + k.lit(z) * k.call("sqrt", k.call("max", variance, 0.0))
                _put(scene, f"={outs[0]}_upper {outs[0]}_bound", value)
            else:
                noise = k.scalar(f"={outs[0]}_noise meas_var r_noise", k.real, 0.05, 1.0)
                gain = cov * g / (variance + noise)
                _put(scene, "=kalman_gain gains gain_out", gain)
    else:
        flat = [slope for row in rows for slope in row]
        jac = k.let("=J jac", k.make(matrix_type, *flat))
        moved = jac * cov * k.call("transpose", jac)
        ends = rng.sample(("cov", "corr", "spread", "noise"), counted(k, (1, 1), (1, 2), (2, 3)))
        moved = k.let("=cov_out C_out P_out", moved)
        for end in ends:
            if end == "cov":
                _put(scene, "=cov_new covs_out output_cov", moved)
            elif end == "corr":
                size_of = k.call("sqrt", k.call("max", moved[0, 0] * moved[1, 1], 1e-8))
                _put(scene, f"={outs[0]}_{outs[1]}_corr corr_out", moved[0, 1] / size_of)
            elif end == "spread":
                _put(scene, "=spread cov_det", k.call("determinant", moved))
            else:
                noise = k.scalar("=noise meas_noise r_noise", k.real, 0.05, 1.0)
                weight = k.call("inverse", moved + noise * k.identity(2))
                _put(scene, "=information weight_out inv_cov", weight)
    listed = " and ".join(spoken(one.gives[0]) for one in laws)
    k.titles = (f"propagate_{what}_cov", f"{what}_uncertainty", f"{outs[0]}_variance", f"{e}_{what}_error_bars")
    said = f"Uncertainty of the {listed} by linear error propagation."
    k.about = said if rng.chance(0.6) else "-"


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


def _newton(
    scene: SoundScene, functions: list[_Function], rows: list[list[Expr]], outs: list[str], varied: Sequence[str]
) -> None:
    """A step towards the inputs that give what two laws should."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    two = t.vec(2, k.real)
    matrix = t.mat(2, 2, k.real)
    jac = k.let("=J jac", k.make(matrix, *(slope for row in rows for slope in row)))
    aims = [k.array(f"=!target_{out} {out}_target", k.real, site.dims, low=-1.0, high=1.0)[site.index] for out in outs]
    miss = k.let("=r residual miss", k.make(two, *(f.at() - aim for f, aim in zip(functions, aims, strict=True))))
    damping = k.scalar("=damping lam ridge", k.real, 0.1, 1.0)
    turned = k.call("transpose", jac)
    if rng.chance(0.6):
        normal = k.let("=H JtJ A", turned * jac + damping * k.identity(2))
        step = k.let("=step dx update", k.call("inverse", normal) * (turned * miss))
    else:
        step = k.let("=step dx update", turned * (k.call("inverse", jac * turned + damping * k.identity(2)) * miss))
    if rng.chance(0.4):
        most = k.scalar("=max_step trust_radius", k.real, 0.1, 1.0)
        length = k.let("=step_len dx_len", k.call("length", step))
        step = k.let("=step_c dx_c", step * k.call("min", 1.0, most / k.call("max", length, 1e-6)))
    k.gap()
    for n, name in enumerate(varied):
        word = scene.names.called(scene.sheet.term(name))
        _put(scene, f"=!{word}_new new_{word}", scene.expr(name, 0) - k.component(step, n))
    if rng.chance(0.4):
        _put(scene, "=cost residual_sq", k.call("dot", miss, miss))


@study(
    "the Jacobian or gradient of a law by a vector, and what is asked of it",
    "matrix:14",
    "map",
    grows=1.5,
)
def law_jacobian(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = sound_scene(k, _curved)
    name = rng.choose([one for one in law.takes if _varied(scene.sheet, law, one)])
    scene.narrow = {scene.sheet.term(name).base}
    threads(scene, category, law, 2)
    f = _Function(scene, law, [name])
    x = scene.expr(name, 0)
    vector = x.type
    assert isinstance(vector, t.Vector)
    size = vector.length
    h = _step(k)
    k.gap()
    matrix = t.mat(size, size, k.real)
    out = scene.names.called(scene.sheet.term(law.gives[0]))
    central = rng.chance(0.6)
    number = scene.sheet.quantity(law.gives[0]).type == "real"
    base = k.let(f"=!{out}_0 f0 base", f.at()) if number or not central or rng.chance(0.3) else None
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
        _number_ends(scene, matrix, grad, diagonal, x, out)
        k.titles = (
            f"{what}_gradient",
            f"grad_{what}",
            f"{what}_newton_step",
            f"{out}_structure",
            f"differentiate_{what}",
        )
        k.about = f"Differentiate the {given} by the {by}." if rng.chance(0.5) else "-"
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
    jac = k.let("=J jac F", jac)
    k.gap()
    _matrix_ends(scene, jac, size, x, out, f)
    k.titles = (
        f"{what}_jacobian",
        f"jacobian_of_{what}",
        f"linearize_{what}",
        f"{out}_gradient",
        f"differentiate_{what}",
    )
    k.about = f"Jacobian of the {given} by the {by}, by finite differences." if rng.chance(0.5) else "-"


def _number_ends(scene: SoundScene, matrix: t.Type, grad: Expr, diagonal: list[Expr], x: Expr, out: str) -> None:
    k, rng = scene.k, scene.rng
    size = len(diagonal)
    site = scene.sites[""]
    ends = rng.sample(("grad", "structure", "newton", "laplacian", "metric"), counted(k, (1, 2), (1, 2), (2, 4)))
    for end in ends:
        if end == "grad":
            _put(scene, f"={out}_grad grad_out", grad)
        elif end == "structure":
            tensor = k.call("outer", grad, grad)
            _put(scene, f"=structure {out}_tensor grad_outer", tensor)
        elif end == "laplacian":
            total = diagonal[0]
            for one in diagonal[1:]:
                total = total + one
            _put(scene, f"={out}_laplacian lap_out", total)
        elif end == "newton":
            least = k.scalar("=min_curvature damping lam", k.real, 0.2, 1.0)
            curved = [k.call("max", k.call("abs", one), least) for one in diagonal]
            curvature = k.let("=H curv hess_diag", k.call("diag", k.make(x.type, *curved), gives=matrix))
            _put(scene, "=newton_step updated x_new", x - k.call("inverse", curvature) * grad)
        else:
            metric = k.array("=metric cov precond", matrix, site.dims, low=-0.5, high=0.5)[site.index]
            _put(scene, f"={out}_sensitivity grad_norm_sq", k.call("dot", grad, metric * grad))
    assert size > 0


def _matrix_ends(scene: SoundScene, jac: Expr, size: int, x: Expr, out: str, f: _Function) -> None:
    """What is asked of a Jacobian."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    ways = ["matrix", "determinant", "divergence", "strain", "spin", "newton", "cov", "norm", "pull", "push"]
    for end in rng.sample(ways, counted(k, (1, 2), (1, 3), (3, 5))):
        turned = k.call("transpose", jac)
        if end == "matrix":
            _put(scene, f"={out}_jac jacobians J_out", jac)
        elif end == "determinant":
            _put(scene, f"={out}_det volume_change det_J", k.call("determinant", jac))
        elif end == "divergence":
            _put(scene, f"=div_{out} {out}_div", k.call("trace", jac))
        elif end == "strain":
            strain = k.let("=sym S sym_part", 0.5 * (jac + turned))
            if rng.chance(0.5):
                strain = strain - k.call("trace", strain) / float(size) * k.identity(size)
            _put(scene, f"={out}_strain strain_out sym_out", strain)
        elif end == "spin":
            _put(scene, f"={out}_spin spin_out skew_part", 0.5 * (jac - turned))
        elif end == "newton":
            goal = k.array(f"=target_{out} {out}_goal", x.type, site.dims, low=-1.0, high=1.0)[site.index]
            miss = k.let("=r miss residual", goal - f.at())
            lam = k.scalar("=damping lam ridge", k.real, 0.2, 1.0)
            normal = k.let("=A JtJ H", turned * jac + lam * k.identity(size))
            _put(scene, "=x_new updated solution", x + k.call("inverse", normal) * (turned * miss))
        elif end == "cov":
            cov = k.array("=cov covs cov_in", jac.type, site.dims, low=-0.5, high=0.5)[site.index]
            _put(scene, "=cov_out covs_new", jac * cov * turned)
        elif end == "norm":
            square = k.call("ddot", jac, jac)
            _put(scene, f"={out}_sensitivity J_norm", k.call("sqrt", square) if rng.chance(0.5) else square)
        elif end == "pull":
            adjoint = k.array(f"=adj_{out} grad_{out} cotangent", x.type, site.dims, low=-1.0, high=1.0)[site.index]
            _put(scene, "=adj_in vjp_out pullback", turned * adjoint)
        else:
            tangent = k.array("=tangents perturbation dx_in", x.type, site.dims, low=-1.0, high=1.0)[site.index]
            _put(scene, "=jvp_out pushforward dy_out", jac * tangent)
