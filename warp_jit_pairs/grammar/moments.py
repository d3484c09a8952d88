"""Kernels about second moments of points, velocities, normals, gradients and colors.

What is asked of such a tensor depends on what it is of: masses have an inertia, velocities a dispersion, gradients a
structure, normals an order.
"""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .laws import Term, sheet
from .moment_ends import Subject, moment_title, tensor_ends
from .names import plural
from .scene import Site
from .sound import SoundScene
from .studies import depth_of, spoken, study, threads
from .tree import Expr

_FAMILIES = {
    "place": "particles.position molecular.position sph.position cloth.position orbits.position shapes.point"
    " bits.point crowds.position biology.position statistics.point camera.point rovers.ground_point"
    " rigid.position plasma.position",
    "motion": "orbits.velocity particles.velocity molecular.velocity fluids.velocity shallow_water.flow crowds.velocity"
    " weather.wind weather.wind_3d geodesy.wind plasma.velocity camera.motion",
    "direction": "shading.normal shapes.normal bits.normal molecular.director solids.fiber molecular.dipole"
    " rigid.contact_normal camera.ray_direction waves.direction",
    "slope": "image.gradient terrain.gradient heat.temperature_gradient fluids.pressure_gradient"
    " weather.pressure_gradient",
    "color": "image.color color.color bits.color color.hdr_color shading.albedo",
    "reading": "navigation.gyro navigation.accelerometer navigation.magnetometer navigation.innovation"
    " drones.angular_rate drones.accelerometer learning.embedding rigid.joint_error camera.image_point",
}
"""Quantities whose second moments mean something, by what they are."""

_OWNERS = {
    "place": "cluster patch body cell chunk",
    "motion": "cell bin window probe region",
    "direction": "patch cell cluster bundle domain",
    "slope": "window patch tile keypoint cell",
    "color": "patch window segment superpixel region",
    "reading": "sensor window batch channel run",
}


Samples = Callable[[Callable[[tuple[Dim, ...], tuple[Expr, ...]], None]], None]
"""Goes through the samples of a thread: for each, calls what is done with it."""


def _subject(k: Kernel) -> tuple[SoundScene, Subject]:
    rng = k.rng
    family = rng.weighted({"place": 3.0, "motion": 2.0, "direction": 1.5, "slope": 2.0, "color": 1.2, "reading": 1.2})
    field, _, name = rng.choose(_FAMILIES[family].split()).partition(".")
    scene = SoundScene(k, sheet(field), depth_of(k))
    scene.deriving = rng.choose((0.0, 0.3, 0.6))
    vector = scene.type_of(name)
    assert isinstance(vector, t.Vector)
    owners = [one for one in _OWNERS[family].split() if one != scene.names.entity]
    word = scene.names.called(Term("", name, ""))
    return scene, Subject(family, name, vector, word, rng.choose(owners))


@study(
    "second moments of what is at points: inertia, dispersion, structure, order, covariance",
    "matrix:0.38",
    grows=1.5,
)
def covariances(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, one = _subject(k)
    ways = {"row": 4.0, "csr": 3.0, "group": 1.2, "list": 2.0}
    if one.family in ("motion", "reading"):
        ways["running"] = 0.6
    if one.family in ("place", "slope", "direction"):
        ways["around"] = 2.0
    how = rng.weighted(ways)
    if how == "group":
        _scattered(scene, one, category)
    elif how == "running":
        _running(scene, one, category)
    else:
        _gathered(scene, one, how)


def _heavy(scene: SoundScene) -> bool:
    """Whether elements have masses."""
    return "mass" in scene.sheet.quantities and scene.sheet.quantities["mass"].where == "state"


# -- over the samples of a thread


def _gathered(scene: SoundScene, one: Subject, how: str) -> None:
    """A thread's samples, added up in a loop or two."""
    k, rng = scene.k, scene.rng
    e, owner = scene.names.entity, one.owner
    if how == "around":
        owner = e
    k.start(1, (16,) if how == "around" else (8,), (f"=tid i {owner}_id {owner[0]}",))
    k.launch[0].called = f"=num_{plural(owner)} n_{plural(owner)}"
    k.guard()
    (i,) = k.threads
    samples, count = _samples(scene, how, owner)
    k.gap()
    flow = scene.sheet.name == "image" and one.family == "slope" and one.size == 2 and rng.chance(0.3)
    matrix = t.mat(one.size, one.size, k.real)
    heavy = _heavy(scene)
    center: Expr | None = None
    own = how == "around" and one.family == "place"
    if own:
        scene.sites[""] = Site(k.launch, (i,))
        center = scene.expr(one.name, 0)
        scene.held.clear()
    inertial = one.family == "place" and one.size == 3 and heavy and not own and rng.chance(0.6)
    central = one.family in ("slope", "direction")
    passes = "none" if central or own else rng.choose(("given", "two", "raw") if not inertial else ("given", "two"))
    weighted = inertial or (one.family == "place" and heavy and rng.chance(0.5))
    if passes == "given":
        called = f"=!{one.word}_mean" if one.family != "place" else "=!centers com centroids"
        means = k.array(called, one.vector, k.launch, low=-1.0, high=1.0)
        center = k.let("=mean mu" if one.family != "place" else "=c com_i center", means[i])
    weight_sum: Expr | None = None
    if passes == "two":
        mean = k.variable("=mean mu avg" if one.family != "place" else "=com centroid", k.zero(one.vector))
        if weighted:
            weight_sum = k.variable("=total_mass m_sum mass_sum", k.lit(0.0))

        def first(dims: tuple[Dim, ...], at: tuple[Expr, ...]) -> None:
            scene.sites[""] = Site(dims, at)
            x = scene.expr(one.name, scene.depth)
            if weight_sum is not None:
                m = scene.expr("mass", 0)
                k.augment(mean, "+", m * x)
                k.augment(weight_sum, "+", m)
            else:
                k.augment(mean, "+", x)

        samples(first)
        k.set(mean, mean / (k.call("max", weight_sum, 1e-6) if weight_sum is not None else count))
        k.gap()
        center = mean
    spelled = "=I I_sum inertia" if inertial else "=cov C S" if not central else "=T S M"
    sums = k.variable(f"=!sum_{one.word} first", k.zero(one.vector)) if passes == "raw" else None
    kernel = k.scalar("=sigma h radius", k.real, 0.5, 2.0) if own and rng.chance(0.5) else None
    norm = k.variable("=w_sum norm", k.lit(0.0)) if kernel is not None or (weighted and weight_sum is None) else None

    cut = k.scalar("=cutoff max_dist support", k.real, 1.0, 4.0) if own and kernel is None else None
    masked = "" if own or passes == "two" else rng.weighted({"": 5.0, "mask": 1.0, "weight": 1.5 * (not weighted)})
    if (masked or cut is not None) and norm is None:
        norm = k.variable("=w_sum norm", k.lit(0.0))
    entries = _Entries(k) if one.size == 2 and rng.chance(0.3) else None
    side = k.variable("=b rhs mismatch", k.zero(one.vector)) if flow else None
    total = k.zero(matrix) if entries is not None else k.variable(spelled, k.zero(matrix))

    def second(dims: tuple[Dim, ...], at: tuple[Expr, ...]) -> None:
        scene.sites[""] = Site(dims, at)
        if masked == "mask":
            valid = k.array(f"={e}_valid {e}_mask valid", t.I32, dims, low=0, high=1)
            with k.when(valid[at].equals(0)):
                k.next_turn()
        x = scene.expr(one.name, scene.depth)
        if one.family == "direction":
            x = k.let("=n u dir", k.call("normalize", x))
        elif center is not None:
            x = k.let("=d r dx" if one.family == "place" else "=d dev fluct", x - center)
        if cut is not None:
            with k.when(k.call("length", x) > cut):
                k.next_turn()
        w: Expr | None = None
        if masked == "weight":
            w = k.let("=w weight", k.array(f"={e}_weight weights", k.real, dims, low=0.1, high=2.0)[at])
        elif kernel is not None:
            w = k.let("=w weight", k.call("exp", -k.call("dot", x, x) / (kernel * kernel)))
        elif weighted:
            w = scene.expr("mass", 0)
        if side is not None:
            change = k.array("=temporal_diff dt_image frame_diff", k.real, dims, low=-1.0, high=1.0)[at]
            k.augment(side, "+", change * x if w is None else w * change * x)
        term: Expr = k.call("outer", x, x)
        if inertial:
            term = k.call("dot", x, x) * k.identity(3) - term
        if entries is not None:
            entries.add(x, w)
        else:
            k.augment(total, "+", term if w is None else w * term)
        if norm is not None:
            k.augment(norm, "+", w if w is not None else 1.0)
        if sums is not None:
            k.augment(sums, "+", x if w is None else w * x)

    samples(second)
    k.gap()
    if entries is not None:
        total = entries.whole(matrix)
    if side is not None:
        _flow(scene, one, total, side, owner)
        return
    weight = weight_sum if weight_sum is not None else norm
    over = k.call("max", weight, 1e-6) if weight is not None else count
    result = total if inertial else total / over
    if sums is not None:
        center = k.let("=mean mu avg", sums / over)
        result = result - k.call("outer", center, center)
    if rng.chance(0.2) and sums is None and passes == "two":
        called = f"={owner}_mean mean_out" if one.family != "place" else f"={owner}_com com_out"
        k.set(k.array(called, one.vector, k.launch, "out")[i], center if center is not None else 0.0)
    tensor_ends(scene, one, result, inertial, (k.launch, k.threads), owner, center if not own else None)


def _flow(scene: SoundScene, one: Subject, tensor: Expr, side: Expr, owner: str) -> None:
    """How far a window has moved, by least squares on its gradients: Lucas and Kanade's method."""
    k, rng = scene.k, scene.rng
    (i,) = k.threads
    ridge = k.scalar("=eps reg min_eig", k.real, 0.05, 0.2)
    system = k.let("=A system", tensor + ridge * k.identity(2))
    flow = k.let("=v motion uv", -(k.call("inverse", system) * side))
    if rng.chance(0.5):
        guess = k.array("=flow displacement disp", one.vector, k.launch, "inout", low=-1.0, high=1.0)
        k.augment(guess[i], "+", flow)
        k.shared.differentiable = False
    else:
        k.set(k.array("=flow_out displacements shift", one.vector, k.launch, "out")[i], flow)
    if rng.chance(0.3):
        k.set(k.array("=confidence flow_det", k.real, k.launch, "out")[i], k.call("determinant", tensor))
    k.titles = ("lucas_kanade", f"track_{owner}", f"{owner}_flow", f"{owner}_shift", "estimate_flow")
    k.about = f"Motion of each {owner} between two frames, by least squares." if rng.chance(0.5) else "-"


def _samples(scene: SoundScene, how: str, owner: str) -> tuple[Samples, Expr]:
    """How a thread goes through its samples, and how many they are."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    many = plural(e)
    (i,) = k.threads
    kind = f"=n p {e[0]} slot"
    if how == "row":
        width = k.dim(rng.choose((4, 6, 8)))
        width.argument = k.scalar(f"={many}_per_{owner} num_{many} n_{many}", t.I32, 1, 64, equals=width.symbol)
        last = width.argument

        def rows(use: Callable[[tuple[Dim, ...], tuple[Expr, ...]], None]) -> None:
            with k.loop(kind, last) as j, scene.inner():
                use((k.launch[0], width), (i, j))

        return rows, k.cast(last, k.real)
    if how == "around":
        width = k.dim(6)
        ids = k.array(
            f"=neighbors {e}_neighbors nbr_ids", t.I32, (k.launch[0], width), low=0, high=15, bound=k.launch[0].symbol
        )
        last = k.scalar("=num_neighbors k_nbrs max_neighbors", t.I32, 1, 64, equals=width.symbol)
        width.argument = last

        def around(use: Callable[[tuple[Dim, ...], tuple[Expr, ...]], None]) -> None:
            with k.loop("=n k_idx slot", last) as n, scene.inner():
                use(k.launch, (k.let("=j nbr", ids[i, n]),))

        return around, k.cast(last, k.real)
    items = k.dim(40)
    offsets = k.array(
        f"={owner}_offsets {owner}_start offsets", t.I32, (k.derived(k.launch[0], 1, 1),), offsets_into=items.symbol
    )
    start, end = k.let("=start begin", offsets[i]), k.let("=end stop", offsets[i + 1])
    members: Expr | None = None
    dims: tuple[Dim, ...] = (items,)
    if how == "list":
        dims = (k.dim(16),)
        members = k.array(f"={owner}_{many} {e}_ids members", t.I32, (items,), low=0, high=15, bound=dims[0].symbol)

    def between(use: Callable[[tuple[Dim, ...], tuple[Expr, ...]], None]) -> None:
        with k.loop(kind, start, end) as n, scene.inner():
            use(dims, (n if members is None else k.let(f"=!{e} {e}_id", members[n]),))

    return between, k.cast(k.call("max", end - start, 1), k.real)


class _Entries:
    """The entries of a plane's symmetric tensor, each added up for itself."""

    def __init__(self, k: Kernel) -> None:
        self.k = k
        names = k.rng.choose((("sxx", "sxy", "syy"), ("c_xx", "c_xy", "c_yy"), ("m20", "m11", "m02")))
        self.sums = [k.variable(f"=!{name}", k.lit(0.0)) for name in names]

    def add(self, x: Expr, w: Expr | None) -> None:
        k = self.k
        a, b = k.components(x)
        for total, term in zip(self.sums, (a * a, a * b, b * b), strict=True):
            k.augment(total, "+", term if w is None else w * term)

    def whole(self, matrix: t.Type) -> Expr:
        xx, xy, yy = self.sums
        return self.k.make(matrix, xx, xy, xy, yy)


# -- an element's share


def _scattered(scene: SoundScene, one: Subject, category: str) -> None:
    """Each element adds its share to the tensor of what it belongs to."""
    k, rng = scene.k, scene.rng
    e, owner = scene.names.entity, one.owner
    threads(scene, category, None, 2)
    site = scene.sites[""]
    groups = k.dim(rng.choose((3, 4, 6)))
    ids = k.array(
        f"={e}_{owner} {owner}_ids {owner}_of", t.I32, site.dims, low=0, high=groups.size - 1, bound=groups.symbol
    )
    which = k.let(f"={owner} {owner}_id {owner[0]}", ids[site.index])
    x = scene.expr(one.name, scene.depth)
    matrix = t.mat(one.size, one.size, k.real)
    heavy = _heavy(scene)
    if one.family == "direction":
        x = k.let("=n u", k.call("normalize", x))
    inertial = False
    if one.family in ("place", "motion", "color", "reading"):
        called = f"={owner}_mean {owner}_center" if one.family != "place" else f"={owner}_com {owner}_center"
        x = k.let("=d dx r", x - k.array(called, one.vector, (groups,), low=-1.0, high=1.0)[which])
        inertial = one.family == "place" and one.size == 3 and heavy and rng.chance(0.6)
    term: Expr = k.call("outer", x, x)
    if inertial:
        term = k.call("dot", x, x) * k.identity(3) - term
    w = scene.expr("mass", 0) if inertial or (one.family == "place" and heavy and rng.chance(0.5)) else None
    names = f"={owner}_inertia inertia" if inertial else f"={owner}_cov {owner}_tensor {owner}_scatter"
    target = k.array(names, matrix, (groups,), "inout", low=0.0, high=0.0)
    k.do(k.call("atomic_add", target, which, term if w is None else w * term, gives=matrix))
    if w is not None:
        if rng.chance(0.6):
            total = k.array(f"={owner}_mass mass_sum", k.real, (groups,), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", total, which, w, gives=k.real))
    elif rng.chance(0.7):
        count = k.array(f"={owner}_count counts", t.I32, (groups,), "inout", low=0, high=0)
        k.do(k.call("atomic_add", count, which, 1, gives=t.I32))
    moment_title(scene, one, inertial, owner, "accumulate")


def _running(scene: SoundScene, one: Subject, category: str) -> None:
    """A running mean and covariance that forget."""
    k, rng = scene.k, scene.rng
    threads(scene, category, None, 2)
    site = scene.sites[""]
    matrix = t.mat(one.size, one.size, k.real)
    x = scene.expr(one.name, scene.depth)
    means = k.array(f"=!{one.word}_mean mean", one.vector, site.dims, "inout", low=-1.0, high=1.0)
    covs = k.array(f"=!{one.word}_cov cov", matrix, site.dims, "inout", low=0.0, high=0.5)
    alpha = k.scalar("=alpha forget momentum", k.real, 0.05, 0.5)
    d = k.let("=d delta dev", x - means[site.index])
    k.gap()
    if rng.chance(0.4):
        bound = k.scalar("=max_dev gate outlier_dist", k.real, 1.0, 4.0)
        with k.when(k.call("length", d) > bound):
            k.give()
    k.set(means[site.index], means[site.index] + alpha * d)
    step = k.call("outer", d, d)
    old = covs[site.index]
    if rng.chance(0.5):
        k.set(old, (1.0 - alpha) * (old + alpha * step))
    else:
        k.set(old, (1.0 - alpha) * old + (alpha * (1.0 - alpha)) * step)
    k.shared.differentiable = False
    k.titles = (
        f"running_{one.word}_covariance",
        f"track_{one.word}_statistics",
        f"update_{one.word}_cov",
        f"ewma_{one.word}",
    )
    k.about = f"Exponentially weighted mean and covariance of the {spoken(one.name)}." if rng.chance(0.6) else "-"
