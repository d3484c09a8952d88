"""Kernels that add up a law over what is mounted on moving bodies, and what that does to the bodies."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Dim
from .frame_sources import frame_of
from .frame_uses import used_scene, uses
from .kernel import Kernel
from .laws import Law
from .moving_frames import FramedScene, spatial
from .names import plural
from .scene import NoValue, Site
from .studies import counted, spoken, study, suppress_value
from .tree import Expr

ARMS = ("contact_point", "position", "point", "world_anchor")
"""Where something acts: quantities that may be the point."""


def arm_of(scene: FramedScene) -> str:
    """The quantity that says where an element is."""
    for name in (*(one for one in ARMS if one in scene.held), *ARMS):
        if name in scene.sheet.quantities and scene.sheet.quantities[name].where == "state":
            return name
    raise NoValue("no place")


def forces_of(scene: FramedScene, law: Law, most: int) -> list[Law]:
    """More laws of forces on the same elements."""
    found = [law]
    for use in scene.rng.shuffle(uses("pushes")):
        fits = use.sheet == scene.sheet.name and use.law not in found and scene.usable(use.law)
        if len(found) <= most and fits and scene.sound(use.law) and not {*use.law.gives} & {*law.takes}:
            found.append(use.law)
    return found


@study(
    "a law summed over what is mounted on each body",
    "quaternion:4.4",
    grows=2.0,
)
def mounted_sums(k: Kernel, category: str) -> None:
    rng = k.rng
    pushes = rng.chance(0.6)
    scene, law = used_scene(k, "pushes" if pushes else "gathered")
    carrier = scene.carrier
    k.start(1, (8,), (f"=tid {carrier}_id i {carrier[0]} {carrier}_idx",))
    k.launch[0].called = f"=num_{plural(carrier)} n_{plural(carrier)}"
    k.guard()
    (body,) = k.threads
    bodies = k.launch[0]
    scene.frame = frame_of(k, carrier, (bodies,), (body,), False)
    scene.frame.prepare(scene.how)
    if pushes:
        # The point that torques are about is known before the loop.
        scene.frame.place()
    e = scene.names.entity
    width, bounds = _row(scene, bodies, body)
    scene.sites[""] = Site((bodies, width), (body, k.integer(0)))
    if "corner_0" in scene.moved:
        # All faces are seen from one point.
        scene.still["point"] = Site((bodies,), (body,), carrier)
    _hoist(scene, law)
    laws = forces_of(scene, law, counted(k, (0, 0), (0, 1), (1, 4))) if pushes else [law]
    how = "sum"
    if not pushes:
        real = scene.sheet.quantity(law.gives[0]).type == "real"
        summed = law.gives[0] in scene.sheet.summed
        far = "distance" in law.gives[0]
        varied = real and not far and not summed
        how = rng.weighted(
            {
                "sum": 4.0 if not far else 0.0,
                "mean": 2.0 if not summed else 0.5,
                "min": 5.0 if far else 0.0,
                "max": 1.5 if varied else 0.0,
                "weighted": 0.7 if not summed else 0.0,
                "rms": 0.7 if varied else 0.0,
            }
        )
    word = scene.names.called(scene.sheet.term(law.gives[0]))
    kind = scene.type_of(law.gives[0])
    start = k.lit(0.0) if isinstance(kind, t.Scalar) else k.zero(kind)
    k.gap()
    names = {
        "max": f"=max_{word} largest_{word}",
        "min": f"=min_{word} closest nearest",
        "mean": f"=mean_{word} {word}_sum",
        "rms": "=sum_sq total_sq",
    }
    total = k.variable(
        "=f_total force_sum net_force" if pushes else names.get(how, f"=total_{word} {word}_sum {word}_acc"),
        k.lit({"max": -1e6, "min": 1e6}[how]) if how in ("max", "min") else start,
    )
    torque = k.variable("=t_total torque_sum net_torque", k.zero(k.vec3)) if pushes else None
    weights = k.variable("=weight_sum w_total", k.lit(0.0)) if how == "weighted" else None
    with k.loop(f"=p s {e[0]} jj slot", *bounds) as p, scene.inner():
        scene.sites[""] = Site((bodies, width), (body, p))
        if rng.chance(0.25):
            flags = k.array(f"={e}_active {e}_mask enabled", t.I32, (bodies, width), low=0, high=1)
            with k.when(flags[body, p].equals(0)):
                k.next_turn()
        scene.first_read(law)
        if torque is not None:
            _push(scene, laws, total, torque)
        else:
            value = scene.apply(law, scene.depth, named=how in ("rms", "weighted") or rng.chance(0.5))[0]
            if how in ("max", "min"):
                k.set(total, k.call(how, total, value))
            elif how == "rms":
                k.augment(total, "+", value * value)
            elif weights is not None:
                w = k.let(
                    "=w weight", k.array(f"={e}_weight weights", k.real, (bodies, width), low=0.1, high=2.0)[body, p]
                )
                k.augment(total, "+", w * value)
                k.augment(weights, "+", w)
            else:
                k.augment(total, "+", value)
    k.gap()
    moved = False
    if torque is not None:
        moved = _react(scene, total, torque, (bodies, body))
    else:
        many = bounds[0]
        assert isinstance(many, Expr)
        size = k.cast(many, k.real)
        if weights is not None:
            total = total / k.call("max", weights, 1e-6)
        elif how == "mean":
            total = total / size
        elif how == "rms":
            total = k.call("sqrt", total / size)
        if spatial(scene.sheet, scene.sheet.quantity(law.gives[0])) == "vector" and rng.chance(0.5):
            total = scene.frame.into("vector", total, scene.how)
            k.set(
                k.array(f"={scene.seen_as.format(word)} {carrier}_{word}", kind, (bodies,), "out")[body],
                total,
            )
        else:
            first = {"sum": "total", "weighted": "mean"}.get(how, how)
            k.set(k.array(f"=!{carrier}_{first}_{word} {carrier}_{word}", kind, (bodies,), "out")[body], total)
    what = law.name
    many_e = plural(e.replace("_", " "))
    given = {
        "mean": f"Average the {spoken(law.gives[0])} over",
        "max": f"Largest {spoken(law.gives[0])} of",
        "min": f"Least {spoken(law.gives[0])} of",
        "rms": f"Root mean square of the {spoken(law.gives[0])} over",
        "sum": f"Sum the {spoken(law.gives[0])} over",
        "weighted": f"Weighted mean of the {spoken(law.gives[0])} over",
    }[how]
    if moved:
        k.titles = (
            f"push_{plural(carrier)}",
            f"move_{plural(carrier)}",
            f"integrate_{carrier}_forces",
            f"accelerate_{plural(carrier)}",
            f"apply_{what}_to_{plural(carrier)}",
        )
        k.about = f"Move each {carrier} by the forces on its {many_e}." if rng.chance(0.6) else "-"
    elif pushes:
        k.titles = (
            f"{carrier}_wrench_from_{plural(e)}",
            f"accumulate_{what}",
            f"sum_{carrier}_forces",
            f"{carrier}_{what}",
            f"apply_{what}_to_{plural(carrier)}",
            f"net_wrench_from_{what}",
        )
        k.about = f"Force and torque on each {carrier} from its {many_e}." if rng.chance(0.6) else "-"
    else:
        verb = "average" if how == "mean" else how
        k.titles = (f"{verb}_{what}_per_{carrier}", f"{carrier}_{what}", f"{verb}_{carrier}_{what}", f"reduce_{what}")
        k.about = f"{given} the {many_e} of each {carrier}." if rng.chance(0.6) else "-"


def _row(scene: FramedScene, bodies: Dim, body: Expr) -> tuple[Dim, tuple[Expr, ...]]:
    """How many are mounted on a body: the same number for all, or a count of each."""
    k, rng = scene.k, scene.rng
    many = plural(scene.names.entity)
    if rng.chance(0.35):
        width = k.dim(6, fixed=True)
        counts = k.array(f"={scene.names.entity}_count num_{many} counts", t.I32, (bodies,), low=1, high=6)
        return width, (k.let(f"=count n num_{many}", counts[body]),)
    width = k.dim(rng.choose((4, 6, 8)))
    width.argument = k.scalar(f"={many}_per_{scene.carrier} num_{many}", t.I32, 1, 64, equals=width.symbol)
    return width, (width.argument,)


def _hoist(scene: FramedScene, law: Law) -> None:
    """What is the same for all that is mounted."""
    for name in law.takes:
        shared = scene.sheet.quantity(name).where == "uniform" or name in scene.still
        if shared and not scene.sheet.term(name).suffix:
            scene.value(name, 0)


def _push(scene: FramedScene, laws: list[Law], total: Expr, torque: Expr) -> None:
    k = scene.k
    frame = scene.frame
    assert frame is not None
    force: Expr | None = None
    for law in laws:
        if force is not None and any(name in scene.held for name in law.gives):
            continue
        with suppress_value():
            value = scene.apply(law, scene.depth)[0]
            force = value if force is None else force + value
    if force is None:
        raise NoValue("no force")
    force = k.let("=f force_i f_net", force)
    point = arm_of(scene)
    if point in scene.held:
        arm = k.maybe("=r lever arm_vec", scene.expr(point, 0) - frame.place())
    else:
        local = scene.stored(scene.sheet.term(point), scene.sheet.quantities[point], scene.sites[""])
        arm = k.let("=r lever arm_vec", frame.out("vector", local, scene.how))
    k.augment(total, "+", force)
    k.augment(torque, "+", k.call("cross", arm, force))


def _react(scene: FramedScene, force: Expr, torque: Expr, at: tuple[Dim, Expr]) -> bool:
    """What a body does about its wrench; tells whether it moves."""
    k, rng = scene.k, scene.rng
    bodies, body = at
    frame, carrier = scene.frame, scene.carrier
    assert frame is not None
    how = rng.choose(("wrench", "two", "local", "velocity", "spin", "scaled"))
    spat = t.spatial(k.real)
    if how == "wrench":
        first, second = (force, torque) if rng.chance(0.5) else (torque, force)
        k.set(
            k.array(f"={carrier}_f wrenches {carrier}_wrench", spat, (bodies,), "out")[body],
            k.make(spat, first, second),
        )
    elif how == "velocity":
        dt = k.scalar("=dt time_step", k.real, 0.01, 0.1)
        inv = k.array(f"={carrier}_inv_mass inv_mass", k.real, (bodies,), low=0.1, high=2.0)[body]
        speed = k.array(f"={carrier}_vel {carrier}_v", k.vec3, (bodies,), "inout", low=-2.0, high=2.0)[body]
        k.augment(speed, "+", force * inv * dt if rng.chance(0.5) else force * (inv * dt))
        k.shared.differentiable = False
        _spin(scene, torque, at, dt)
    elif how == "spin":
        dt = k.scalar("=dt time_step", k.real, 0.01, 0.1)
        k.set(k.array(f"={carrier}_force net_forces", k.vec3, (bodies,), "out")[body], force)
        _spin(scene, torque, at, dt)
        k.shared.differentiable = False
    else:
        if how == "local":
            force = frame.into("vector", force, scene.how)
            torque = frame.into("vector", torque, scene.how)
        elif how == "scaled":
            most = k.scalar("=max_torque torque_limit", k.real, 0.5, 5.0)
            size = k.let("=t_mag torque_mag", k.call("length", torque))
            torque = torque * k.call("min", 1.0, most / k.call("max", size, 1e-6))
        mark = "_local" if how == "local" else ""
        k.set(
            k.array(f"={carrier}_force{mark} forces{mark} net_force{mark}_out", k.vec3, (bodies,), "out")[body], force
        )
        k.set(k.array(f"={carrier}_torque{mark} torques{mark}", k.vec3, (bodies,), "out")[body], torque)
    return how in ("velocity", "spin")


def _spin(scene: FramedScene, torque: Expr, at: tuple[Dim, Expr], dt: Expr) -> None:
    """An angular velocity that a torque changes, by the inertia in the body's own axes."""
    k, rng = scene.k, scene.rng
    bodies, body = at
    frame, carrier = scene.frame, scene.carrier
    assert frame is not None
    local = k.let("=tau_local torque_body t_b", frame.into("vector", torque, scene.how))
    if rng.chance(0.5):
        inertia = k.array(f"={carrier}_inv_inertia inv_inertia", k.vec3, (bodies,), low=0.1, high=2.0)[body]
        change = k.call("cw_mul", inertia, local)
    else:
        matrix = t.mat(3, 3, k.real)
        change = k.array(f"={carrier}_inv_inertia inv_I", matrix, (bodies,), low=-1.0, high=1.0)[body] * local
    change = k.let("=alpha_body ang_acc_local d_omega", change)
    omega = k.array(f"={carrier}_omega {carrier}_w ang_vel", k.vec3, (bodies,), "inout", low=-2.0, high=2.0)[body]
    k.augment(omega, "+", frame.out("vector", change, scene.how) * dt)
