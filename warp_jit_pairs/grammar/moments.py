"""Kernels about second moments of what laws give: covariances, distances by them, fits by normal equations."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Dim
from .framed_laws import counted
from .kernel import Kernel
from .laws import Law, Sheet
from .names import plural
from .scene import NoValue, Site
from .sound import SoundScene, sound_scene
from .studies import spoken, study, threads
from .topics import is_pair
from .tree import Expr

_PLAIN = ("vec2", "vec3")


def is_vector(field: Sheet, law: Law) -> bool:
    """Whether a law gives a vector and nothing else."""
    return len(law.gives) == 1 and field.quantity(law.gives[0]).type in _PLAIN


def is_number(field: Sheet, law: Law) -> bool:
    """Whether a law gives a number and nothing else, from what differs between elements."""
    return len(law.gives) == 1 and field.quantity(law.gives[0]).type == "real" and bool(states(field, law))


def states(field: Sheet, law: Law) -> list[str]:
    """The numbers of an element that a law takes."""
    return [
        name
        for name in law.takes
        if name != "rng"
        and field.quantity(name).type == "real"
        and field.quantity(name).where == "state"
        and not field.term(name).prefix
        and not field.term(name).suffix
    ]


def kin(scene: SoundScene, law: Law, count: int) -> list[Law]:
    """More laws that give a number from what a law takes."""
    field = scene.sheet
    found = [law]
    taken = set(law.takes)
    for one in scene.rng.shuffle(field.laws):
        fits = is_number(field, one) and not is_pair(one) and scene.usable(one) and scene.sound(one)
        new = not {*one.gives} & {*taken, *(name for known in found for name in known.gives)}
        if len(found) < count and fits and new and "rng" not in one.takes and taken & set(one.takes):
            found.append(one)
    if len(found) < count:
        raise NoValue(law.name)
    return found


def vector_of(scene: SoundScene, laws: list[Law], named: bool) -> Expr:
    """What is observed: a law's vector, or the numbers of several laws side by side."""
    k = scene.k
    parts = [scene.apply(law, scene.depth, named=len(laws) == 1 or scene.rng.chance(0.7))[0] for law in laws]
    if len(parts) == 1:
        return parts[0]
    made = k.make(t.vec(len(parts), k.real), *parts)
    return k.let("=x feat obs sample_vec", made) if named else made


def observed(k: Kernel) -> tuple[SoundScene, list[Law], str]:
    """A scene about laws whose results make a vector, and a word for it."""
    rng = k.rng
    if rng.chance(0.4):
        scene, law = sound_scene(k, is_vector)
        return scene, [law], scene.names.called(scene.sheet.term(law.gives[0]))
    for _ in range(12):
        scene, law = sound_scene(k, is_number)
        try:
            return scene, kin(scene, law, rng.choose((2, 2, 3))), rng.choose(("feature", "obs", "sample"))
        except NoValue:
            continue
    raise NoValue("no laws go together")


def finish(
    scene: SoundScene, matrix: Expr, size: int, word: str, dims: tuple[Dim, ...], index: tuple[Expr, ...]
) -> None:
    """What is asked of a covariance."""
    k, rng = scene.k, scene.rng
    ways = ["matrix", "trace", "inverse", "deviator", "correlation", "spread", "whole", "anisotropy"]
    chosen = rng.sample(ways, min(len(ways), counted(k, (1, 2), (1, 3), (3, 6))))
    if chosen in (["matrix"], ["whole"]):
        k.set(k.array(f"={word}_cov covariances cov_out", matrix.type, dims, "out")[index], matrix)
        return
    matrix = k.let("=cov C S", matrix)
    real = k.real

    def out(names: str, value: Expr) -> None:
        k.set(k.array(names, value.type, dims, "out")[index], value)

    if "matrix" in chosen or "whole" in chosen:
        out(f"={word}_cov covariances cov_out", matrix)
    ordered = [way for way in ways[1:] if way in chosen]
    for way in rng.shuffle(ordered):
        if way == "trace":
            out(f"={word}_variance total_var var_out", k.call("trace", matrix))
        elif way == "inverse":
            ridge = k.scalar("=ridge reg eps", real, 0.01, 0.1)
            out(f"={word}_precision inv_cov information", k.call("inverse", matrix + ridge * k.identity(size)))
        elif way == "deviator":
            mean = k.let("=iso mean_var", k.call("trace", matrix) / float(size))
            out(f"=dev_cov deviator {word}_dev", matrix - mean * k.identity(size))
        elif way == "correlation":
            scale = k.call("sqrt", k.call("max", matrix[0, 0] * matrix[1, 1], 1e-6))
            out(f"={word}_corr correlation corr_out", matrix[0, 1] / scale)
        elif way == "spread":
            out(f"={word}_spread gen_var det_out", k.call("determinant", matrix))
        elif way == "anisotropy":
            low = matrix[0, 0]
            high = matrix[0, 0]
            for n in range(1, size):
                low, high = k.call("min", low, matrix[n, n]), k.call("max", high, matrix[n, n])
            out(f"=anisotropy axis_ratio {word}_aniso", high / k.call("max", low, 1e-4))


@study(
    "covariances of what laws give, over samples of a row or of a group",
    "matrix:14",
    "reduction",
    grows=2.0,
)
def covariances(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, laws, word = observed(k)
    e = scene.names.entity
    owner = rng.choose(("row", "batch", "cluster", "cell", "patch", "window"))
    how = rng.weighted({"centered": 1.0, "raw": 3.0, "given": 2.0, "scatter": 2.0, "weighted": 2.0, "ewma": 1.0})
    vector = scene.type_of(laws[0].gives[0]) if len(laws) == 1 else t.vec(len(laws), k.real)
    assert isinstance(vector, t.Vector)
    size = vector.length
    matrix_type = t.mat(size, size, k.real)
    if how in ("scatter", "ewma"):
        _single(scene, laws, word, how, vector)
        return
    k.start(1, (8,), (f"=tid i {owner}_id {owner[0]}",))
    k.launch[0].called = f"=num_{plural(owner)} n_{plural(owner)}"
    k.guard()
    rows, (i,) = k.launch[0], k.threads
    width = k.dim(rng.choose((4, 6, 8)))
    many = plural(e)
    width.argument = k.scalar(f"={many}_per_{owner} num_{many} n_{many}", t.I32, 1, 64, equals=width.symbol)
    number = k.cast(width.argument, k.real)
    mean: Expr | None = None
    if how == "centered":
        # Two passes: what is observed is worked out in both.
        scene.in_functions = 1.0
        mean = k.variable(f"=mean mean_{word} mu", k.zero(vector))
        with k.loop(f"=s {e[0]} jj", width.argument) as j, scene.inner():
            scene.sites[""] = Site((rows, width), (i, j))
            k.augment(mean, "+", vector_of(scene, laws, False))
        k.set(mean, mean / number)
        k.gap()
    elif how == "given":
        means = k.array(f"=mean_{word} {word}_mean means", vector, (rows,), low=-1.0, high=1.0)
        mean = k.let("=mu mean center", means[i])
    total = k.variable("=cov C M scatter", k.zero(matrix_type))
    sums = k.variable(f"=sum_{word} first_moment", k.zero(vector)) if how in ("raw", "weighted") else None
    weights = k.variable("=w_sum weight_total", k.lit(0.0)) if how == "weighted" else None
    with k.loop(f"=n p s_idx {e[0]}_idx", width.argument) as j, scene.inner():
        scene.sites[""] = Site((rows, width), (i, j))
        value = vector_of(scene, laws, True)
        if mean is not None:
            value = k.let("=d dev diff", value - mean)
            k.augment(total, "+", k.call("outer", value, value))
        else:
            assert sums is not None
            if weights is not None:
                w = k.let("=w weight", k.array(f"={e}_weight weights", k.real, (rows, width), low=0.1, high=2.0)[i, j])
                k.augment(total, "+", w * k.call("outer", value, value))
                k.augment(sums, "+", w * value)
                k.augment(weights, "+", w)
            else:
                k.augment(total, "+", k.call("outer", value, value))
                k.augment(sums, "+", value)
    k.gap()
    over = weights if weights is not None else number
    if sums is not None:
        over = k.call("max", over, 1e-6) if weights is not None else over
        mean = k.let(f"=mean mu mean_{word}", sums / over)
        result = total / over - k.call("outer", mean, mean)
    else:
        # Of one sample, the spread is none.
        bias = rng.chance(0.5)
        result = total / (k.call("max", number - 1.0, 1.0) if bias else number)
    if mean is not None and how != "given" and rng.chance(0.4):
        k.set(k.array(f"={owner}_mean mean_out", vector, (rows,), "out")[i], mean)
    finish(scene, result, size, word, (rows,), (i,))
    _title(scene, laws, word, owner)


def _single(scene: SoundScene, laws: list[Law], word: str, how: str, vector: t.Vector) -> None:
    """An element's share in the second moment: added to that of its group, or to its own of earlier ones."""
    k, rng = scene.k, scene.rng
    size = vector.length
    matrix_type = t.mat(size, size, k.real)
    threads(scene, "matrix", laws[0], 2)
    site = scene.sites[""]
    e = scene.names.entity
    named = "_".join(law.name.removeprefix("next_") for law in laws[:2])
    value = vector_of(scene, laws, True)
    listed = " and ".join(spoken(law.gives[0]) for law in laws)
    if how == "ewma":
        means = k.array(f"=mean_{word} {word}_mean", vector, site.dims, "inout", low=-1.0, high=1.0)
        covs = k.array(f"={word}_cov cov", matrix_type, site.dims, "inout", low=0.0, high=0.5)
        alpha = k.scalar("=alpha forget rate momentum", k.real, 0.05, 0.5)
        mean = k.let("=mu mean", means[site.index])
        d = k.let("=d delta innovation", value - mean)
        k.gap()
        k.set(means[site.index], mean + alpha * d)
        old = covs[site.index]
        step = k.call("outer", d, d)
        if rng.chance(0.5):
            k.set(covs[site.index], (1.0 - alpha) * old + alpha * step)
        else:
            k.set(covs[site.index], (1.0 - alpha) * (old + alpha * step))
        k.shared.differentiable = False
        if rng.chance(0.5):
            ridge = k.scalar("=ridge reg", k.real, 0.05, 0.5)
            inverse = k.let("=inv_cov P", k.call("inverse", step + ridge * k.identity(size)))
            k.set(
                k.array("=surprise novelty mahalanobis", k.real, site.dims, "out")[site.index],
                k.call("dot", d, inverse * d),
            )
        k.titles = (f"track_{named}", f"running_covariance_{named}", f"update_{e}_covariance", f"ewma_{named}")
        k.about = f"Running mean and covariance of the {listed}." if rng.chance(0.6) else "-"
        return
    where: tuple[tuple[Dim, ...], Expr]
    owner = e
    if scene.sheet.groups and rng.chance(0.7):
        dim, index, owner = scene.of_group()
        where = (dim,), index
    else:
        where = (k.dim(1, fixed=True),), k.integer(0)
    if rng.chance(0.5):
        center = k.array(f"={owner}_mean means {owner}_center", vector, where[0], low=-1.0, high=1.0)[where[1]]
        value = k.let("=d dev centered", value - center)
    elif rng.chance(0.6):
        sums = k.array(f"=sum_{word} {owner}_sum", vector, where[0], "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", sums, where[1], value, gives=vector))
    moment: Expr = k.call("outer", value, value)
    if rng.chance(0.4):
        w = scene.load_extra(f"={e}_weight weights", k.real, 0.1, 2.0, "=w weight")
        moment = w * moment
        if rng.chance(0.5):
            total = k.array("=weight_sum w_total", k.real, where[0], "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", total, where[1], w, gives=k.real))
    target = k.array(f"=scatter {owner}_cov moment2 {owner}_scatter", matrix_type, where[0], "inout", low=0.0, high=0.0)
    k.do(k.call("atomic_add", target, where[1], moment, gives=matrix_type))
    if rng.chance(0.4):
        count = k.array(f"={owner}_count counts", t.I32, where[0], "inout", low=0, high=0)
        k.do(k.call("atomic_add", count, where[1], 1, gives=t.I32))
    k.titles = (f"accumulate_{named}_scatter", f"scatter_of_{named}", f"{owner}_{word}_scatter", f"add_{named}_moments")
    whole = "over all" if owner == e else f"over each {owner}"
    k.about = f"Second moments of the {listed} {whole}." if owner != e and rng.chance(0.6) else "-"


def _title(scene: SoundScene, laws: list[Law], word: str, owner: str) -> None:
    k = scene.k
    named = "_".join(law.name.removeprefix("next_") for law in laws[:2])
    k.titles = (
        f"{owner}_covariance",
        f"covariance_of_{named}",
        f"{named}_covariance",
        f"{owner}_{word}_covariance",
        f"second_moments_of_{named}",
    )
    listed = " and ".join(spoken(law.gives[0]) for law in laws)
    k.about = f"Covariance of the {listed} over each {owner}." if scene.rng.chance(0.6) else "-"
