"""Kernels about two bodies whose points a law joins, and bodies that turn to what a law gives."""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .framed_sums import ARMS
from .kernel import Kernel
from .laws import Law, Sheet
from .moving_frames import FORCES, Frame, FramedScene, framed_scene, spatial, turns
from .names import plural
from .scene import Site
from .studies import counted, deliver, spoken, store, study, suppress_value, threads
from .tree import Expr


@study(
    "what a law says about points of two bodies, each given in its own frame",
    "quaternion:3",
    grows=2.0,
)
def posed_pairs(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = framed_scene(k, pairs=True, fit=_joins)
    scene.some = 1.0
    scene.deriving = 0.15
    pair = rng.choose(scene.sheet.pairs or ("pair", "link"))
    # All that is read belongs to a pair.
    scene.names.entity = pair
    carrier = scene.carrier if scene.carrier not in (pair, "frame") else "body"
    k.start(1, (16,), (f"=tid {pair}_id i {pair[0]} {pair}_idx",))
    k.launch[0].called = f"=num_{plural(pair)} n_{plural(pair)}"
    k.guard()
    (p,) = k.threads
    pairs = k.launch[0]
    bodies = k.dim(rng.choose((6, 8, 12)))
    ends = _ends(scene, pair, carrier, bodies)
    transform = t.transform(k.real)
    if rng.chance(0.6):
        poses = k.array(f"={carrier}_q {carrier}_poses poses", transform, (bodies,), low=-1.0, high=1.0, unit=True)
        forms = rng.choose((("X_a", "X_b"), ("pose_a", "pose_b"), ("tf0", "tf1"), ("pose_i", "pose_j")))
        for side, form, end in zip("ab", forms, ends, strict=True):
            scene.frames[side] = Frame(k, f"{carrier}_{side}", k.let(f"=!{form}", poses[end]), None, None)
    else:
        spots = k.array(f"={carrier}_pos {carrier}_x centers", k.vec3, (bodies,), low=-2.0, high=2.0)
        rotations = k.array(
            f"={carrier}_rot {carrier}_quat rotations", t.quat(k.real), (bodies,), unit=True, low=-1.0, high=1.0
        )
        forms = rng.choose((("a", "b"), ("i", "j"), ("0", "1")))
        for side, form, end in zip("ab", forms, ends, strict=True):
            place, turn = k.let(f"=!x_{form} p_{form}", spots[end]), k.let(f"=!q_{form} r_{form}", rotations[end])
            scene.frames[side] = Frame(k, f"{carrier}_{side}", None, turn, place)
    # One function takes points of either body to the world.
    scene.frames["b"].calls, scene.frames["b"].made = scene.frames["a"].calls, scene.frames["a"].made
    site = Site((pairs,), (p,))
    scene.frame = scene.frames["a"]
    scene.sites = {"": Site((pairs,), (p,), pair), "a": site, "b": site}
    scene.split_pairs = True
    scene.mark()
    _asked(scene, pair, p)
    k.gap()
    values = scene.apply(law, scene.depth)
    k.gap()
    for one in _more(scene, law, counted(k, (0, 0), (0, 0), (0, 2))):
        with suppress_value():
            _plain(scene, one, scene.apply(one, scene.depth), pair, p)
            k.gap()
    kind = scene.sheet.quantity(law.gives[0])
    force = spatial(scene.sheet, kind) == "vector" and any(part in kind.name for part in FORCES)
    point = next((name for name in ARMS if f"{name}_a" in scene.held and f"{name}_b" in scene.held), "")
    if force and point and rng.chance(0.75):
        _wrenches(scene, values[0], point, (bodies, pairs, p, carrier, pair), ends)
    else:
        _plain(scene, law, values, pair, p)
    what = law.name
    k.titles = (
        f"eval_{pair}_{what}" if not what.startswith(pair) else f"eval_{what}",
        f"{carrier}_{what}",
        f"{pair}_{law.gives[0]}",
        f"posed_{what}",
        f"{what}_between_{plural(carrier)}",
    )
    said = f"Compute the {spoken(law.gives[0])} of each {pair} between two {plural(carrier)}."
    k.about = said if rng.chance(0.6) else "-"


def _asked(scene: FramedScene, pair: str, p: Expr) -> None:
    """Whether a pair holds at all."""
    k, rng = scene.k, scene.rng
    how = rng.weighted({"none": 6.0, "enabled": 1.5, "broken": 1.0})
    if how == "enabled":
        on = k.array(f"={pair}_enabled {pair}_active", t.BOOL, k.launch, low=0, high=1)
        test = k.negate(on[p])
    elif how == "broken":
        test = k.array(f"={pair}_broken {pair}_state", t.I32, k.launch, low=0, high=1)[p].differs(0)
    else:
        return
    with k.when(test):
        k.give()


def _more(scene: FramedScene, law: Law, most: int) -> list[Law]:
    """More laws of the same pairs, and of what they give."""
    field = scene.sheet
    found: list[Law] = []
    known = {*law.takes, *law.gives}
    given = set(law.gives)
    for one in scene.rng.shuffle(field.laws):
        fits = turns(field, one) and scene.usable(one) and scene.sound(one, frozenset(one.gives))
        share = sum(name in known for name in one.takes)
        if len(found) < most and fits and one is not law and not set(one.gives) & given:
            own = any(name.endswith("_a") for name in one.takes) or set(one.takes) & given
            if own and 2 * share >= len(one.takes):
                found.append(one)
                given |= set(one.gives)
                known |= {*one.takes, *one.gives}
    return found


_LOOSE = frozenset(
    {"astronomy", "fluids", "edge_length", "edge_direction", "edge_vector", "normal_curvature", "diffusion"}
)
"""Sheets, and laws, whose pairs are not points of two bodies."""


def _joins(field: Sheet, law: Law) -> bool:
    """Whether a law is about two points, whichever way they are seen from."""
    if field.name in _LOOSE or law.name in _LOOSE:
        return False
    return turns(field, law) and any(spatial(field, field.quantity(name)) == "point" for name in law.takes)


def _ends(scene: FramedScene, pair: str, carrier: str, bodies: Dim) -> tuple[Expr, Expr]:
    """The two bodies of a pair."""
    k, rng = scene.k, scene.rng
    (p,) = k.threads
    pairs = k.launch[0]
    listed: dict[str, Any] = {"low": 0, "high": 5, "bound": bodies.symbol}
    how = rng.choose(("two", "vector", "table"))
    names = rng.choose((("a", "b"), ("i", "j"), ("body_a", "body_b"), ("id0", "id1")))
    if how == "two":
        stems = rng.choose(((f"{pair}_parent", f"{pair}_child"), (f"{carrier}_a", f"{carrier}_b"), ("src", "dst")))
        first, second = (k.array(f"=!{stem} {stem}_ids", t.I32, (pairs,), **listed)[p] for stem in stems)
    elif how == "vector":
        both = k.array(f"={pair}_{plural(carrier)} {pair}s", t.vec(2, t.I32), (pairs,), **listed)[p]
        first, second = both[0], both[1]
    else:
        table = k.array(f"={pair}_{plural(carrier)} {pair}s", t.I32, (pairs, k.dim(2, fixed=True)), **listed)
        first, second = table[p, 0], table[p, 1]
    return k.let(f"=!{names[0]}", first), k.let(f"=!{names[1]}", second)


def _plain(scene: FramedScene, law: Law, values: list[Expr], pair: str, p: Expr) -> None:
    """A result for each pair, perhaps as the first body sees it."""
    k, rng = scene.k, scene.rng
    for name, value in zip(law.gives, values, strict=True):
        term = scene.sheet.term(name)
        kind = spatial(scene.sheet, scene.sheet.quantities[term.base])
        if kind and rng.chance(0.5):
            word = scene.seen_as.format(scene.names.called(term))
            value = scene.frames["a"].into(kind, value, scene.how)
            k.set(k.array(f"=!{pair}_{word} {word}_out", value.type, k.launch, "out")[p], value)
        else:
            deliver(scene, name, value)


def _wrenches(
    scene: FramedScene, force: Expr, point: str, around: tuple[Dim, Dim, Expr, str, str], ends: tuple[Expr, Expr]
) -> None:
    """The force on the two bodies with its torques, added to them or for each pair."""
    k, rng = scene.k, scene.rng
    bodies, pairs, p, carrier, pair = around
    force = k.let("=f force_vec f_ab", force)
    how = rng.weighted({"spatial": 2.0, "two": 2.0, "pairs": 2.0})
    spat = t.spatial(k.real)
    linear_first = rng.chance(0.5)
    adds = rng.chance(0.5)
    targets: list[Expr] = []
    if how == "spatial":
        targets = [k.array(f"={carrier}_f {carrier}_wrench wrenches", spat, (bodies,), "inout", low=0.0, high=0.0)]
    elif how == "two":
        targets = [
            k.array(f"={carrier}_force forces f_out", k.vec3, (bodies,), "inout", low=0.0, high=0.0),
            k.array(f"={carrier}_torque torques t_out", k.vec3, (bodies,), "inout", low=0.0, high=0.0),
        ]
    for side, end in zip("ab", ends, strict=True):
        place = scene.frames[side].place()
        arm = k.let(f"=!r_{side} arm_{side}", scene.expr(f"{point}_{side}", 0) - place)
        own = force if side == "a" else -force
        torque = k.call("cross", arm, own if adds or side == "a" else force)
        if not adds and side == "b":
            torque = -torque
        if how == "spatial":
            parts = (own, torque) if linear_first else (torque, own)
            k.do(k.call("atomic_add", targets[0], end, k.make(spat, *parts), gives=spat))
        elif how == "two":
            k.do(k.call("atomic_add", targets[0], end, own, gives=k.vec3))
            k.do(k.call("atomic_add", targets[1], end, torque, gives=k.vec3))
        else:
            parts = (own, torque) if linear_first else (torque, own)
            out = k.array(f"=!wrench_{side} {pair}_wrench_{side}", spat, (pairs,), "out")
            k.set(out[p], k.make(spat, *parts))


_LED = {
    "animation": "aim_direction",
    "fabric": "normal tangents",
    "particles": "next_velocity damped_velocity bounced_velocity",
    "rigid": "next_velocity velocity_from_positions",
    "drones": "thrust_vector",
    "rods": "tangent",
}
"""Laws of what things turn to: where they go, what they face, the surface that they stand on."""


_MOVING = frozenset({"particles", "rigid", "drones"})
"""Fields whose bodies also turn to where they go, or to a goal."""


def _leads(field: Sheet, law: Law) -> bool:
    return law.name in _LED.get(field.name, "").split()


@study(
    "bodies that turn to the direction that a law gives",
    "quaternion:1.4",
    grows=1.0,
)
def aligned(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = framed_scene(k, "vec3", fit=_leads)
    scene.alone = False
    threads(scene, category, law, 2)
    name, title = law.gives[0], law.name
    how = rng.weighted({"law": 6.0, "velocity": 1.5, "goal": 1.5} if scene.sheet.name in _MOVING else {"law": 1.0})
    if how == "law":
        value = scene.apply(law, scene.depth)[0]
    elif how == "velocity":
        name = title = "velocity"
        value = scene.expr(name, 0)
    else:
        name, title = "position", "target"
        goals = k.array("=targets look_at goals aim_points", k.vec3, scene.sites[""].dims, low=-3.0, high=3.0)
        value = k.let("=to_goal offset ahead", goals[scene.sites[""].index] - scene.expr(name, 0))
    if name == "next_velocity":
        # A body that turns to where it goes has a new velocity as well.
        store(scene, scene.sheet.term(name), value)
    e = scene.names.entity
    site = scene.sites[""]
    how = rng.choose(("arc", "basis", "angle"))
    turned = {"arc": _arc, "basis": _basis, "angle": _angle}[how](scene, value)
    k.gap()
    end = rng.choose(("plain", "slerp", "limit", "error", "torque", "pose", "relative", "spin", "ease"))
    quat = t.quat(k.real)
    word = title if title == "target" else scene.names.called(scene.sheet.term(name))
    out = f"={e}_rot rot_out orientations {e}_orientation"
    if end in ("slerp", "limit", "error", "torque", "relative", "spin", "ease"):
        current = k.let(
            "=q_cur q rot",
            k.array(f"={e}_quat {e}_q rot_in", quat, site.dims, unit=True, low=-1.0, high=1.0)[site.index],
        )
        if end == "ease":
            # The same for any length of a step.
            gain = k.scalar("=turn_gain response k_turn", k.real, 1.0, 20.0)
            step = k.scalar("=frame_dt step_time delta_time", k.real, 0.005, 0.05)
            share = k.let("=share t_blend a", 1.0 - k.call("exp", -gain * step))
            turned = k.call("quat_slerp", current, turned, share)
        elif end == "slerp":
            rate = k.scalar("=alpha turn_rate blend follow", k.real, 0.05, 0.9)
            turned = k.call("quat_slerp", current, turned, rate)
        else:
            inverse = k.call("quat_inverse", current)
            dq = k.let("=dq q_err delta_q", turned * inverse if rng.chance(0.6) else inverse * turned)
            if end != "relative":
                cosine = k.call("clamp", k.call("abs", dq[3]), 0.0, 0.9999)
                angle = k.let("=angle theta err_angle", 2.0 * k.call("acos", cosine))
            if end == "limit":
                most = k.scalar("=max_turn max_angle turn_limit", k.real, 0.05, 0.5)
                share = k.let("=share frac s", k.call("min", 1.0, most / k.call("max", angle, 1e-6)))
                turned = k.call("quat_slerp", current, turned, share)
            elif end == "error":
                k.set(k.array("=angle_err angles heading_error", k.real, site.dims, "out")[site.index], angle)
            elif end == "torque":
                _torque(scene, dq)
            elif end == "spin":
                # The angular velocity that turns it there in some time.
                part = k.make(k.vec3, dq[0], dq[1], dq[2])
                window = k.scalar("=turn_time horizon t_turn", k.real, 0.1, 1.0)
                rate = k.let("=turn_rate ang_rate w_needed", k.call("sign", dq[3]) * angle / window)
                turn = rate * k.call("normalize", part)
                k.set(k.array(f"=ang_vel_out {e}_omega spin_cmd", k.vec3, site.dims, "out")[site.index], turn)
            else:
                k.set(k.array("=delta_rot rot_delta rel_rot", quat, site.dims, "out")[site.index], dq)
    if end in ("plain", "slerp", "limit", "ease"):
        k.set(k.array(out, quat, site.dims, "out")[site.index], turned)
    elif end == "pose":
        place = _where(scene)
        pose = k.make(t.transform(k.real), place, turned)
        k.set(k.array(f"={e}_poses poses_out {e}_xform", pose.type, site.dims, "out")[site.index], pose)
    verbs = {"error": "measure_misalignment", "torque": "align_torque", "relative": "turn_needed", "spin": "turn_rate"}
    first = verbs.get(end, "align")
    k.titles = (
        f"{first}_{plural(e)}_to_{word}" if end not in verbs else f"{first}_{word}",
        f"orient_{plural(e)}",
        f"{e}_heading_from_{word}",
        f"turn_to_{title}",
        f"align_with_{word}",
    )
    k.about = "-"
    if rng.chance(0.5) and end in ("plain", "slerp", "limit"):
        k.about = f"Turn each {e.replace('_', ' ')} to its {title if title == 'target' else spoken(name)}."


def _where(scene: FramedScene) -> Expr:
    """Where a body is."""
    k = scene.k
    for name in ARMS:
        if name in scene.sheet.quantities and scene.sheet.quantities[name].where == "state":
            return scene.expr(name, 0)
    e = scene.names.entity
    site = scene.sites[""]
    return k.array(f"={e}_pos {e}_center", k.vec3, site.dims, low=-2.0, high=2.0)[site.index]


def _forward(scene: FramedScene, free: bool = True) -> Expr:
    """What points forward in a body's own axes."""
    k, rng = scene.k, scene.rng
    if free and rng.chance(0.3):
        return k.scalar("=forward_axis local_axis rest_dir", k.vec3, -1.0, 1.0, unit=True)
    which = rng.integer(0, 2) if free else rng.integer(1, 2)
    return k.let("=forward fwd ref", k.make(k.vec3, *[1.0 if n == which else 0.0 for n in range(3)]))


def _arc(scene: FramedScene, value: Expr) -> Expr:
    """The shortest turn from the forward axis to a direction."""
    k, rng = scene.k, scene.rng
    # A half turn about the x axis reverses what is across it.
    forward = _forward(scene, False)
    d = k.let("=d heading unit_dir", k.call("normalize", value))
    cosine = k.let("=c cos_a", k.call("dot", forward, d))
    quat = t.quat(k.real)
    turn = k.variable(
        "=q_target q_align q_goal", k.call("quat_from_axis_angle", k.make(k.vec3, 1.0, 0.0, 0.0), k.lit(3.14159)), False
    )
    with k.when(cosine > k.choose_lit(-0.999, -0.9999)):
        pure = k.let("=q_arc half_q", k.make(quat, k.call("cross", forward, d), 1.0 + cosine))
        k.set(turn, k.call("normalize", pure) if rng.chance(0.7) else pure / k.call("length", pure))
    return turn


def _angle(scene: FramedScene, value: Expr) -> Expr:
    """The same by an axis and an angle."""
    k = scene.k
    forward = _forward(scene)
    d = k.let("=d heading unit_dir", k.call("normalize", value))
    axis = k.let("=axis rot_axis", k.call("cross", forward, d))
    sine = k.let("=s sin_a", k.call("length", axis))
    cosine = k.maybe("=c cos_a", k.call("dot", forward, d))
    turn = k.variable("=q_target q_align q_goal", _identity(k), False)
    with k.when(sine > k.choose_lit(1e-6, 1e-5, 1e-4)):
        k.set(turn, k.call("quat_from_axis_angle", axis / sine, k.call("atan2", sine, cosine)))
    return turn


def _identity(k: Kernel) -> Expr:
    return k.make(t.quat(k.real), 0.0, 0.0, 0.0, 1.0)


def _basis(scene: FramedScene, value: Expr) -> Expr:
    """A rotation whose columns are the direction, and two that are across it."""
    k, rng = scene.k, scene.rng
    d = k.let("=d heading forward", k.call("normalize", value))
    up = k.scalar("=up world_up", k.vec3, -1.0, 1.0, unit=True)
    side = k.let("=side right across", k.call("normalize", k.call("cross", up, d)))
    top = k.let("=top up_local u", k.call("cross", d, side))
    matrix = t.mat(3, 3, k.real)
    columns = (side, top, d) if rng.chance(0.5) else (d, side, top)
    made = k.call("matrix_from_cols", *columns, gives=matrix)
    return k.let(
        "=q_target q_align q_goal", k.call("quat_from_matrix", made if rng.chance(0.5) else k.let("=R basis", made))
    )


def _torque(scene: FramedScene, error: Expr) -> None:
    """What a controller answers to a turn that is missing."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    stiff = k.scalar("=kp turn_stiffness k_rot", k.real, 1.0, 20.0)
    damp = k.scalar("=kd turn_damping d_rot", k.real, 0.1, 2.0)
    omega = k.array("=omega ang_vel body_w", k.vec3, site.dims, low=-2.0, high=2.0)[site.index]
    side = k.where(error[3] < 0.0, k.lit(-1.0), k.lit(1.0)) if rng.chance(0.6) else k.call("sign", error[3])
    vector = k.let("=rot_err err_vec e_rot", 2.0 * side * k.make(k.vec3, error[0], error[1], error[2]))
    torque = stiff * vector - damp * omega
    k.set(k.array("=torques torque_out control_torque", k.vec3, site.dims, "out")[site.index], torque)
