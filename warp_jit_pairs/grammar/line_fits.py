"""Kernels that fit what laws say to what was measured: small normal equations over a row of samples."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .framed_laws import counted
from .kernel import Kernel
from .laws import Law
from .moments import is_number, kin
from .names import plural
from .scene import NoValue, Site
from .sound import SoundScene, sound_scene
from .studies import spoken, study
from .tree import Expr


@study(
    "normal equations with rows from laws, solved for a few coefficients",
    "matrix:14",
    "reduction",
    grows=1.5,
)
def law_fits(k: Kernel, category: str) -> None:
    rng = k.rng
    how = rng.choose(("line", "parabola", "two", "three", "two_free"))
    count = {"two": 2, "three": 3, "two_free": 2}.get(how, 1)
    for _ in range(12):
        scene, law = sound_scene(k, is_number)
        try:
            laws = kin(scene, law, count)
            break
        except NoValue:
            continue
    else:
        laws, how = [law], "line"
    e = scene.names.entity
    owner = rng.choose(("curve", "row", "series", "trial", "site", "channel"))
    size = {"line": 2, "parabola": 3, "two": 2, "three": 3, "two_free": 3}[how]
    k.start(1, (8,), (f"=tid i {owner}_id {owner[0]}",))
    k.launch[0].called = f"=num_{plural(owner)} n_{plural(owner)}"
    k.guard()
    rows, (i,) = k.launch[0], k.threads
    width = k.dim(rng.choose((6, 8)))
    many = plural(e)
    width.argument = k.scalar(f"={many}_per_{owner} num_{many} n_{many}", t.I32, 1, 64, equals=width.symbol)
    vector, matrix = t.vec(size, k.real), t.mat(size, size, k.real)
    start = rng.chance(0.25)
    ridge = k.scalar("=ridge lam reg damping", k.real, 0.1, 1.0)
    normal = k.variable("=A AtA normal H", ridge * k.identity(size) if start else k.zero(matrix))
    rhs = k.variable("=b Atb rhs", k.zero(vector))
    word = scene.names.called(scene.sheet.term(laws[0].gives[0]))
    target = rng.choose(("measured", "observed", "target", "response"))
    square = k.variable("=sum_sq y_sq", k.lit(0.0)) if rng.chance(0.3) else None
    with k.loop(f"=s n {e[0]} jj", width.argument) as j, scene.inner():
        scene.sites[""] = Site((rows, width), (i, j))
        _masked(scene, (i, j))
        values = [scene.apply(one, scene.depth)[0] for one in laws]
        ones: list[Expr] = [k.lit(1.0)]
        parts = {
            "line": [*ones, *values] if rng.chance(0.6) else [*values, *ones],
            "parabola": [*ones, values[0], values[0] * values[0]],
            "two_free": [*ones, *values],
        }.get(how, values)
        row = k.let("=a basis phi row_vec", k.make(vector, *parts))
        y = k.let(
            f"=y {target}_val",
            k.array(f"={target} {target}_values y_in", k.real, (rows, width), low=-2.0, high=2.0)[i, j],
        )
        weight = _weight(scene, y, row, (rows, width), (i, j))
        outer, side = k.call("outer", row, row), y * row
        if weight is not None:
            outer, side = weight * outer, (weight * y) * row
        k.augment(normal, "+", outer)
        k.augment(rhs, "+", side)
        if square is not None:
            k.augment(square, "+", y * y if weight is None else weight * y * y)
    k.gap()
    if not start:
        normal = k.let("=A_reg damped H", normal + ridge * k.identity(size))
    solution = k.let("=coef theta w x", k.call("inverse", normal) * rhs)
    ends = ["whole" if rng.chance(0.6) else "parts"]
    ends += rng.sample(("norm", "cov", "gain", "condition"), counted(k, (0, 1), (0, 2), (1, 3)))
    for end in ends:
        if end == "whole":
            _put(k, f"=coeffs {word}_coeffs fit_out", solution)
        elif end == "parts":
            terms = {"line": ("offset", "gain"), "parabola": ("c0", "c1", "c2")}.get(how, ("k0", "k1", "k2"))
            for n, term in zip(range(size), terms, strict=False):
                _put(k, f"=!{term} fit_{term} {term}_out", k.component(solution, n))
        elif end == "cov":
            _put(k, "=coef_cov fit_cov", k.call("inverse", normal))
        elif end == "condition":
            _put(k, "=det_A normal_det", k.call("determinant", normal))
        elif end == "gain":
            _put(k, "=explained fit_energy", k.call("dot", rhs, solution))
        elif square is not None:
            _put(k, "=residual_sq misfit chi2", k.call("max", square - k.call("dot", rhs, solution), 0.0))
        else:
            _put(k, "=coef_norm fit_norm", k.call("length", solution))
    _title(k, scene, laws, owner, target)


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


def _weight(scene: SoundScene, y: Expr, row: Expr, dims: tuple, index: tuple[Expr, ...]) -> Expr | None:  # type: ignore[type-arg]
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


def _title(k: Kernel, scene: SoundScene, laws: list[Law], owner: str, target: str) -> None:
    names = [law.name.removeprefix("next_") for law in laws]
    k.titles = (
        f"fit_{'_'.join(names[:2])}",
        f"fit_{owner}_{names[0]}",
        f"calibrate_{names[0]}",
        f"regress_{target}_on_{names[0]}",
    )
    listed = " and ".join(spoken(law.gives[0]) for law in laws)
    k.about = f"Fit what was measured by the {listed} in each {owner}." if scene.rng.chance(0.5) else "-"
