"""Which laws of space people work out across two frames, and what comes from the other one.

A law whose points and vectors all come from one frame gives the same in every frame: nobody converts them. Here are
those where part of them belongs to a body and the rest to the world, or that speak of a frame's own axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from warp_jit_pairs import types as t

from .kernel import Kernel
from .laws import Law, sheet
from .moving_frames import CARRIERS, FramedScene
from .scene import NoValue
from .studies import depth_of

_OUT = {
    "bits": "point_morton:point",
    "cloth": "two_sided_drag:vertex_normal pin_correction:pin at_pin:pin",
    "electromagnetics": "distance:position point_charge_field:position dipole_field:position,dipole_moment"
    " line_charge_field:position,wire_direction biot_savart_field:position,wire_direction"
    " source_potential:position torque:dipole_moment dipole_energy:dipole_moment",
    "heat": "flux_density:normal absorbed_flux:normal",
    "navigation": "predicted_range:receiver satellite_elevation:receiver",
    "orbits": "central_acceleration:position halo_acceleration:position in_shadow:position",
    "particles": "tether_force:anchor attractor_force:position potential_energy:position",
    "rigid": "lever_arm:contact_point power:force,torque acceleration:force normal_velocity:contact_normal"
    " moment_of_force:force penalty_contact:contact_normal hunt_crossley:contact_normal",
    "shading": "view_direction:position light_sample:position view_distance:position reflection:normal"
    " n_dot_l:normal wrapped_term:normal half_lambert:normal toon_term:normal"
    " hemisphere_light:normal ambient_cube:normal zonal_light:normal lit:normal in_spot:position shadowed:position"
    " height_fog:position translucency:normal",
    "shapes": "plane_distance:point ray_triangle:corner_0,corner_1,corner_2 ray_sphere:center ray_plane:center,normal"
    " closest_on_segment:corner_0,corner_1 segment_distance:corner_0,corner_1 terrain_distance:point"
    " solid_angle:corner_0,corner_1,corner_2",
    "solids": "traction:normal resolved_stress:normal",
    "waves": "distance:position plane_wave:position cosine:normal mirrored_direction:normal"
    " refracted_direction:normal doppler_frequency:position",
}
"""Laws of the world, and what of them is given in a body's frame."""

_IN = {
    "electromagnetics": "dipole_field:observer",
    "heat": "anisotropic_heat_flux:temperature_gradient",
    "shapes": "repeated_point:point mirrored_point:point twisted_point:point bent_point:point sphere_distance:point"
    " gyroid_distance:point segment_distance:point height_field_distance:point displaced_distance:point"
    " closest_on_box:point closest_on_sphere:point projected:point projected_on_axis:point sphere_gradient:point"
    " ray_sphere:ray_origin,ray_direction ray_box:ray_origin,ray_direction ray_plane:ray_origin,ray_direction"
    " ray_triangle:ray_origin,ray_direction inside_box:point closest_on_segment:point"
    " solid_angle:point",
    "solids": "fiber_stress:fiber",
    "molecular": "wrapped_position:position",
}
"""Laws of a body's own frame, and what of them is given in the world."""

_PUSHES = {
    "cloth": "two_sided_drag:position,vertex_normal",
    "particles": "linear_drag:position quadratic_drag:position wind_drag:position tether_force:position"
    " attractor_force:position",
    "rigid": "penalty_contact:contact_point,contact_normal hunt_crossley:contact_point,contact_normal",
}
"""Forces at a point of a body: what of them is given in its frame."""


_GATHERED = {
    "electromagnetics": "point_charge_field:position dipole_field:position,dipole_moment source_potential:position"
    " torque:dipole_moment dipole_energy:dipole_moment",
    "heat": "flux_density:normal absorbed_flux:normal",
    "particles": "potential_energy:position",
    "rigid": "potential_energy:position normal_velocity:contact_normal",
    "shapes": "plane_distance:point terrain_distance:point segment_distance:corner_0,corner_1"
    " solid_angle:corner_0,corner_1,corner_2",
}
"""What bodies have a total, a mean or a least of, and what of it is given in their frame."""

_MOUNTED = {
    "cloth": "sail",
    "electromagnetics": "molecule cluster",
    "particles": "body",
    "rigid": "body link",
}
"""What has several of a sheet's elements on it, where that is not what carries one of them."""


@dataclass(frozen=True, slots=True)
class Use:
    """A law, and the quantities that come from the other frame."""

    sheet: str
    law: Law
    moved: frozenset[str]
    outward: bool


@cache
def uses(kind: str) -> tuple[Use, ...]:
    """The uses that are `out` of a body's frame, `in` it, `pushes` on a body, or `gathered` over one."""
    table = {"out": _OUT, "in": _IN, "pushes": _PUSHES, "gathered": _GATHERED}[kind]
    return tuple(
        Use(name, law, frozenset(moved.split(",")), kind != "in")
        for name, listed in table.items()
        for title, _, moved in (item.partition(":") for item in listed.split())
        for law in sheet(name).laws
        if law.name == title
    )


def used_scene(k: Kernel, kind: str) -> tuple[FramedScene, Law]:
    """A scene about a law of two frames that serves a purpose."""
    rng = k.rng
    for _ in range(40):
        use = rng.choose(uses(kind))
        field = sheet(use.sheet)
        several = kind in ("pushes", "gathered")
        carriers = _MOUNTED.get(use.sheet, "") if several else ""
        scene = FramedScene(k, field, depth_of(k), use.outward, rng.choose((carriers or CARRIERS[use.sheet]).split()))
        scene.moved = use.moved
        if use.sheet == "rigid":
            _rigid(scene, use.law, several)
        elif use.sheet == "shading":
            # A pixel lies on no instance.
            scene.names.entity = rng.choose(("surfel", "vertex"))
        elif several and "corner_0" in use.law.takes:
            scene.names.entity = "face" if "corner_2" in use.law.takes else "edge"
        scene.deriving = rng.choose((0.2, 0.45, 0.7))
        if (use.law.single and k.real is not t.F32) or not scene.sound(use.law, frozenset(use.law.gives)):
            continue
        if scene.carrier == scene.names.entity and use.sheet != "rigid":
            continue
        return scene, use.law
    raise NoValue("no law of two frames fits")


def _rigid(scene: FramedScene, law: Law, several: bool) -> None:
    """Bodies have frames of their own; what acts on them are contacts, what they are made of are parts."""
    if any(name.startswith("contact_") for name in law.takes):
        scene.names.entity = "contact"
    elif several:
        scene.names.entity = "part"
    else:
        scene.carrier = scene.names.entity


def akin(scene: FramedScene, law: Law, count: int) -> list[Law]:
    """More laws of the same two frames, that take the same from the other one."""
    taken = {name for name in law.takes if name != "rng"}
    found: list[Law] = []
    for use in scene.rng.shuffle(uses("out" if scene.outward else "in")):
        if use.sheet != scene.sheet.name:
            continue
        shared = taken & {*use.law.takes}
        if len(shared) < 2 and use.sheet != "shading":
            continue
        new = [name for name in use.law.takes if name not in taken and scene.sheet.quantity(name).where != "uniform"]
        given = {name for one in (law, *found) for name in one.gives}
        if use.moved <= scene.moved and not new and not given & {*use.law.gives} and scene.usable(use.law):
            found.append(use.law)
        if len(found) == count:
            break
    return found
