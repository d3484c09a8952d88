"""Kernels that work out a law of space in another frame than that which its points and vectors are stored in."""

from __future__ import annotations

from dataclasses import replace

from warp_jit_pairs import types as t

from .frame_sources import frame_of
from .frame_uses import akin, used_scene
from .kernel import Kernel
from .laws import Law, Term
from .moving_frames import FORCES, FramedScene, spatial
from .names import plural
from .scene import NoValue
from .studies import counted, spoken, store, study, suppress_value, threads
from .tree import Expr

_OWN_FRAMES = frozenset({"molecular"})
"""Sheets whose elements have a frame of their own."""


@study(
    "laws of space where points and vectors come from another frame",
    "quaternion:10 combined:1",
    grows=1.5,
)
def in_frames(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = used_scene(k, "out" if rng.chance(0.6) else "in")
    threads(scene, category, law, 2)
    site, field = scene.sites[""], scene.sheet
    scene.frame = frame_of(
        k,
        scene.carrier,
        site.dims,
        site.index,
        scene.carrier != scene.names.entity and field.name not in _OWN_FRAMES,
        any(spatial(field, field.quantities[name]) == "point" for name in scene.moved),
    )
    if scene.frame.owner is not None and not scene.outward:
        # What lies in a frame that several elements share is the same for all of them.
        for row in field.quantities.values():
            if row.name not in scene.moved and spatial(field, row) == "point":
                scene.still[row.name] = scene.frame.owner
    scene.mark()
    k.gap()
    scene.first_read(law)
    laws = [law, *akin(scene, law, counted(k, (0, 0), (0, 1), (1, 2)))]
    written: list[Law] = []
    late = rng.chance(0.5)
    waiting: list[tuple[str, Expr]] = []
    scene.alone = len(laws) == 1
    for one in laws:
        if all(name in scene.held for name in one.gives):
            continue
        with suppress_value():
            results = scene.apply(one, scene.depth, named=rng.chance(0.6) or len(laws) > 1)
            written.append(one)
            waiting += zip(one.gives, results, strict=True)
        if not late:
            for name, value in waiting:
                _deliver(scene, name, value)
            waiting = []
            k.gap()
    if not written:
        raise NoValue(law.name)
    k.gap()
    for name, value in waiting:
        _deliver(scene, name, value)
    _title(scene, written)


def _deliver(scene: FramedScene, name: str, value: Expr) -> None:
    """Write a result out: in the frame that it is known in, in the other one, or by what it does to the frame."""
    k, rng = scene.k, scene.rng
    term = scene.sheet.term(name)
    kind = spatial(scene.sheet, scene.sheet.quantities[term.base])
    frame = scene.frame
    if not kind or frame is None:
        store(scene, term, value)
        return
    site = scene.sites[""]
    word = scene.names.called(replace(term, prefix="" if term.prefix == "next" else term.prefix))
    forced = kind == "vector" and any(part in term.base for part in FORCES)
    arm = next((p for p in ("contact_point", "position", "point") if p in scene.held), "")
    how = rng.weighted(
        {
            "plain": 4.0,
            "other": 5.0,
            "along": 1.5 if kind == "vector" else 0.0,
            "wrench": 4.0 if forced and arm and scene.outward else 0.0,
        }
    )
    if how == "plain" and scene.outward:
        store(scene, term, value)
    elif how == "plain":
        local = scene.seen_as.format(word)
        k.set(k.array(f"=!{local}_out {local}", value.type, site.dims, "out")[site.index], value)
    elif how == "other" and scene.outward:
        value = frame.into(kind, value, scene.how)
        local = scene.seen_as.format(word)
        k.set(k.array(f"=!{local}_out out_{local}", value.type, site.dims, "out")[site.index], value)
    elif how == "other":
        value = frame.out(kind, value, scene.how)
        k.set(k.array(f"=!world_{word} {word}_world {word}_world_out", value.type, site.dims, "out")[site.index], value)
    elif how == "along":
        _along(scene, term, word, value)
    else:
        _wrench(scene, scene.expr(arm, 0), value)


def _along(scene: FramedScene, term: Term, word: str, value: Expr) -> None:
    """The part of a vector along an axis of the frame."""
    k, rng = scene.k, scene.rng
    frame = scene.frame
    assert frame is not None
    which = rng.integer(0, 2)
    name = rng.choose(("forward", "up", "axis")) if which else "forward"
    site = scene.sites[""]
    out = f"={word}_along_{name} {name}_{word} {word}_{name}"
    unit = k.make(k.vec3, *[1.0 if n == which else 0.0 for n in range(3)])
    if scene.outward:
        direction = k.maybe(f"={name} {scene.carrier}_{name}", frame.out("vector", unit, scene.how))
        value = k.call("dot", value, direction)
    else:
        value = k.let(scene.names.local(term), value)
        value = value[which] if rng.chance(0.6) else k.component(value, which)
    k.set(k.array(out, value.type, site.dims, "out")[site.index], value)


def _wrench(scene: FramedScene, point: Expr, force: Expr) -> None:
    """A force with the torque that it has about the frame's origin."""
    k, rng = scene.k, scene.rng
    frame = scene.frame
    assert frame is not None
    site = scene.sites[""]
    force = k.let("=f_world force_world f", force)
    arm = k.let("=r lever arm_world", point - frame.place())
    torque = k.call("cross", arm, force)
    if rng.chance(0.5):
        first, second = (force, torque) if rng.chance(0.5) else (torque, force)
        out = k.array("=wrenches wrench_out body_f out_wrench", t.spatial(k.real), site.dims, "out")
        k.set(out[site.index], k.make(t.spatial(k.real), first, second))
    else:
        k.set(k.array("=forces_out force_out", k.vec3, site.dims, "out")[site.index], force)
        k.set(k.array("=torques_out torque_out", k.vec3, site.dims, "out")[site.index], torque)


def _title(scene: FramedScene, laws: list[Law]) -> None:
    k, carrier = scene.k, scene.carrier
    e = scene.names.entity
    names = [law.name.removeprefix("next_").removeprefix("is_") for law in laws]
    first = names[0]
    frame = "frame" if carrier == "frame" else f"{carrier}_frame"
    if scene.outward:
        k.titles = (
            f"posed_{first}",
            f"compute_{first}",
            f"{carrier}_{first}",
            f"eval_{carrier}_{first}",
            f"{first}_from_local",
            f"eval_posed_{e}_{first}",
        )
        where = "from values in the frame of its"
    else:
        k.titles = (
            f"{first}_in_{frame}",
            f"local_{first}",
            f"compute_local_{first}",
            f"{carrier}_{first}",
            f"eval_{first}_in_{frame}",
        )
        where = "in the frame of its"
    if len(names) > 1:
        k.titles = (*k.titles[:3], f"{first}_and_{names[1]}", f"update_{carrier}_{plural(e)}", f"{carrier}_terms")
    whose = "own" if carrier == "frame" else carrier.removesuffix("_frame").replace("_", " ")
    said = f"Compute the {spoken(laws[0].gives[0])} of each {e.replace('_', ' ')} {where} {whose}."
    k.about = "-" if whose == "own" or len(laws) > 1 or scene.rng.chance(0.4) else said
