"""Which laws of space people work out across two frames, and what comes from the other one.

A law whose points and vectors all come from one frame gives the same in every frame: nobody converts them. Here are
those where part of them belongs to a body and the rest to the world, or that speak of a frame's own axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from warp_jit_pairs import types as t

from .kernel import Kernel
from .laws import Law, Sheet, sheet
from .moving_frames import CARRIERS, FramedScene
from .scene import NoValue
from .studies import depth_of

_OUT = {
    "astronomy": "central_acceleration:position halo_acceleration:position doppler_redshift:sky_direction",
    "bits": "point_morton:point",
    "cloth": "two_sided_drag:normal pin_correction:pin at_pin:pin colliding:position",
    "electromagnetics": "distance:position point_charge_field:position dipole_field:position,dipole_moment"
    " line_charge_field:position,direction ball_field:position biot_savart_field:position,direction"
    " wire_magnetic_field:position,direction potential:position torque:dipole_moment dipole_energy:dipole_moment"
    " phase:position",
    "geodesy": "pseudorange:receiver satellite_elevation:receiver",
    "heat": "flux_density:normal solar_source:normal",
    "particles": "tether_force:anchor attractor_force:position potential_energy:position",
    "rigid": "potential_energy:position lever_arm:contact_point power:force,torque"
    " acceleration:force touching:position normal_velocity:contact_normal moment_of_force:force"
    " penalty_contact:contact_normal hunt_crossley:contact_normal",
    "shading": "view_direction:position light_sample:position view_distance:position reflection:normal"
    " n_dot_l:normal wrapped_term:normal half_lambert:normal toon_term:normal"
    " hemisphere_light:normal ambient_cube:normal zonal_light:normal lit:normal in_spot:position shadowed:position"
    " height_fog:position translucency:normal",
    "shapes": "plane_distance:point ray_triangle:corner_0,corner_1,corner_2 ray_sphere:center ray_plane:center,normal"
    " closest_on_segment:corner_0,corner_1 segment_distance:corner_0,corner_1 terrain_distance:point"
    " solid_angle:corner_0,corner_1,corner_2",
    "solids": "traction:normal resolved_stress:normal",
    "waves": "distance:position plane_wave:position cosine:normal mirrored_direction:normal"
    " refracted_direction:normal doppler_frequency:position traction:normal",
}
"""Laws of the world, and what of them is given in a body's frame."""

_IN = {
    "electromagnetics": "loop_axis_field:observer dipole_field:observer wire_magnetic_field:observer",
    "heat": "anisotropic_heat_flux:temperature_gradient",
    "rigid": "gyro_torque:body_rate",
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
    "cloth": "two_sided_drag:position,normal",
    "electromagnetics": "lorentz_force:position",
    "particles": "linear_drag:position quadratic_drag:position wind_drag:position tether_force:position"
    " attractor_force:position",
    "rigid": "penalty_contact:contact_point,contact_normal hunt_crossley:contact_point,contact_normal",
    "waves": "traction:position,normal",
}
"""Forces at a point of a body: what of them is given in its frame."""


@dataclass(frozen=True, slots=True)
class Use:
    """A law, and the quantities that come from the other frame."""

    sheet: str
    law: Law
    moved: frozenset[str]
    outward: bool


@cache
def uses(kind: str) -> tuple[Use, ...]:
    """The uses that are `out` of a body's frame, `in` it, or `pushes` on a body."""
    table = {"out": _OUT, "in": _IN, "pushes": _PUSHES}[kind]
    return tuple(
        Use(name, law, frozenset(moved.split(",")), kind != "in")
        for name, listed in table.items()
        for title, _, moved in (item.partition(":") for item in listed.split())
        for law in sheet(name).laws
        if law.name == title
    )


def used_scene(k: Kernel, kind: str, fit: Callable[[Sheet, Law], bool] | None = None) -> tuple[FramedScene, Law]:
    """A scene about a law of two frames that serves a purpose."""
    rng = k.rng
    for _ in range(40):
        use = rng.choose(uses(kind))
        field = sheet(use.sheet)
        if fit is not None and not fit(field, use.law):
            continue
        scene = FramedScene(k, field, depth_of(k), use.outward, rng.choose(CARRIERS[use.sheet].split()))
        scene.moved = use.moved
        scene.deriving = rng.choose((0.2, 0.45, 0.7))
        if (use.law.single and k.real is not t.F32) or not scene.sound(use.law, frozenset(use.law.gives)):
            continue
        if scene.carrier == scene.names.entity:
            scene.carrier = "frame"
        return scene, use.law
    raise NoValue("no law of two frames fits")


def akin(scene: FramedScene, law: Law, count: int) -> list[Law]:
    """More laws of the same two frames, that take the same from the other one."""
    taken = {name for name in law.takes if name != "rng"}
    found: list[Law] = []
    for use in scene.rng.shuffle(uses("out" if scene.outward else "in")):
        fits = use.sheet == scene.sheet.name and use.moved <= scene.moved
        new = len(set(use.law.takes) - taken)
        given = {name for one in (law, *found) for name in one.gives}
        if fits and new <= 1 and not given & {*use.law.gives} and scene.usable(use.law):
            found.append(use.law)
        if len(found) == count:
            break
    return found
