"""Scenes whose points and directions are given in one frame and used in another."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import isfinite

from warp_jit_pairs import types as t

from .build import Body
from .helpers import Helper, helper
from .kernel import Kernel
from .laws import Law, Quantity, Sheet, Term, sheet
from .names import plural
from .scene import NoValue, Site
from .sound import SoundScene
from .studies import depth_of
from .topics import laws_of
from .translate import Bound
from .tree import Expr

POINTS = frozenset(
    {
        *("position", "point", "center", "observer", "contact_point", "camera_position", "pin", "collider_center"),
        *("attractor", "satellite", "receiver", "ray_origin", "hit_point", "eye", "light_position", "closest"),
        *("projected", "corner_0", "corner_1", "corner_2", "world_anchor", "tool_point", "ecef", "anchor"),
        *("wire_start", "wire_end", "remote_position", "start_point", "end_point", "aim_point"),
    }
)
"""Quantities that are places."""

VECTORS = frozenset(
    {
        *("velocity", "acceleration", "gravity_force", "angular_momentum", "eccentricity_vector", "sky_direction"),
        *("ray_direction", "force", "gravity", "normal", "edge_u", "edge_v", "tangent_u", "tangent_v"),
        *("edge_direction", "spring_force", "bend_force", "laplacian", "wind", "gust", "relative_wind", "correction"),
        *("electric_field", "magnetic_field", "lorentz_force", "coulomb_force", "dipole_moment", "torque", "poynting"),
        *("direction", "drift_velocity", "current_density", "wire_force", "momentum", "kernel_gradient"),
        *("pressure_force", "viscous_force", "cohesion_force"),
        *("unit_normal", "baseline", "sun_direction", "temperature_gradient", "heat_flux", "arm1", "arm2"),
        *("arm3", "axis", "dipole", "bond_vector", "bond_force", "pair_force", "angular_velocity", "impulse"),
        *("angular_acceleration", "contact_normal", "lever_arm", "point_velocity", "contact_force", "joint_force"),
        *("joint_axis", "thrust_vector", "tangent", "view_direction", "light_direction", "half_vector", "reflection"),
        *("edge_vector", "face_normal", "gradient", "nodal_force", "displacement", "traction", "opening", "fiber"),
        *("cohesive_traction", "interface_traction", "shape_gradient", "source_velocity", "spot_axis", "wind_3d"),
        *("joint_error", "neighbor_sum", "source_field", "source_b_field", "segment_b_field"),
        *(
            "wire_direction",
            "wave_direction",
            "boundary_normal",
            "transmitted_field",
            "frame_velocity",
            "field_gradient",
        ),
        *(
            "vertex_normal",
            "wind_force",
            "membrane_force",
            "exb_drift",
            "gradient_drift",
            "peculiar_velocity",
            "induced_dipole",
            "boresight",
        ),
        *("body_rate", "edge", "aim_direction"),
    }
)
"""Quantities that turn with the frame that they are seen from."""

FORCES = (*("force", "traction", "thrust"), "impulse")
"""What pushes at a point: parts of the names of quantities."""

CARRIERS = {
    "animation": "character rig",
    "antennas": "vehicle mast ship",
    "astronomy": "telescope spacecraft",
    "bits": "object mesh",
    "camera": "rig camera vehicle",
    "cloth": "garment body",
    "drones": "airframe gimbal vehicle",
    "fabric": "garment body",
    "electromagnetics": "probe coil antenna",
    "geodesy": "vehicle antenna",
    "navigation": "vehicle antenna",
    "heat": "panel part",
    "molecular": "molecule ligand",
    "orbits": "spacecraft orbiter station",
    "particles": "body emitter frame",
    "plasma": "chamber probe",
    "rigid": "link body",
    "robotics": "link base robot",
    "rods": "gripper body",
    "shading": "instance object mesh",
    "shapes": "shape object body",
    "solids": "part grain",
    "sph": "vessel tank hull",
    "waves": "probe array_frame platform",
    "weather": "ship station buoy",
}
"""What carries a frame, by sheets whose vectors live in space."""


def spatial(field: Sheet, row: Quantity) -> str:
    """Whether a quantity is a `point` or a `vector` of space; empty for what does not turn."""
    if row.type != "vec3" or field.name not in CARRIERS:
        return ""
    if row.name == "gradient" and field.name not in ("shapes", "heat"):
        return ""
    return "point" if row.name in POINTS else "vector" if row.name in VECTORS else ""


@cache
def turns(field: Sheet, law: Law) -> bool:
    """Whether a law gives the same from every side: it speaks of no component and of no axis."""
    nodes = [one for part in (*law.body, *law.results) for one in ast.walk(part)]
    for node in nodes:
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "wp"):
            return False
        if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in ("vec3", "cw_mul")):
            return False
    return all(
        field.quantity(name).type != "vec3" or spatial(field, field.quantity(name))
        for name in law.takes
        if name != "rng"
    )


@cache
def framed_laws(pairs: bool, gives: str = "") -> tuple[tuple[str, Law], ...]:
    """The laws that take points or vectors of space; `gives` is the type of their result, if it matters."""
    found = []
    for name, law in laws_of("", pairs, False):
        field = sheet(name)
        if "rng" in law.takes or name not in CARRIERS or is_posed(field, law):
            continue
        matter = [spatial(field, field.quantity(one)) for one in law.takes if _is_state(field, one)]
        if any(matter) and (not gives or field.quantity(law.gives[0]).type == gives):
            found.append((name, law))
    return tuple(found)


def _is_state(field: Sheet, name: str) -> bool:
    return field.quantity(name).where == "state"


def is_posed(field: Sheet, law: Law) -> bool:
    """Whether a law has frames of its own."""
    own = {"quat", "transform", "spatial"}
    return any(field.quantity(name).type in own for name in (*law.takes, *law.gives) if name != "rng")


@dataclass
class Frame:
    """A frame in the world: its pose, or its rotation and its origin."""

    k: Kernel
    word: str
    pose: Expr | None
    rotation: Expr | None
    origin: Expr | None
    inverse: Expr | None = None
    matrix: Expr | None = None
    owner: Site | None = None
    """Whose it is, where several elements share it."""

    def __post_init__(self) -> None:
        self.calls = self.k.rng.chance(0.2)
        """Whether functions take points and vectors from one frame to the other."""
        self.spelled = tuple(map(self.k.rng.choose, (("pose", "X", "tf"), ("v", "d", "vec"), ("q", "rot"))))
        """What those call the pose, a vector and the rotation."""
        self.made: dict[str, Helper] = {}

    def _call(self, kind: str, inward: bool, value: Expr) -> Expr:
        """What a function makes of a point or vector."""
        k, point = self.k, kind == "point"
        whole = self.pose is not None
        given = [self.pose] if self.pose is not None else [self.turn(), *([self.place()] if point else [])]
        operands = [one for one in (*given, value) if one is not None]

        def write(b: Body, names: list[Expr]) -> list[Expr]:
            if whole:
                pose = b.call("transform_inverse", names[0]) if inward else names[0]
                return [b.call(f"transform_{kind}", pose, names[1])]
            value = names[-1] - names[1] if point and inward else names[-1]
            turned = b.call("quat_rotate_inv" if inward else "quat_rotate", names[0], value)
            return [names[1] + turned if point and not inward else turned]

        key = f"{kind}{inward}"
        if key not in self.made:
            pose, vector, turn = self.spelled
            kinds = [f"={pose}"] if whole else [f"={turn}", *(["=origin center"] if point else [])]
            kinds.append("=p point x" if point else f"={vector}")
            parameters = [(name, one.type, one.low, one.high) for name, one in zip(kinds, operands, strict=True)]
            stem, word = "point" if point else "vector", self.word.removesuffix("_a").removesuffix("_b")
            titles = (
                (f"{stem}_to_local", f"world_to_{word}", f"{stem}_to_{word}", f"to_local_{stem}")
                if inward
                else (f"{stem}_to_world", f"{word}_to_world", f"{word}_{stem}_to_world", f"to_world_{stem}")
            )
            self.made[key] = helper(k, parameters, write, titles=titles)
        made = self.made[key]
        return made.call(*(operands[n] for n in made.kept))

    def turn(self) -> Expr:
        """Its rotation."""
        if self.rotation is None:
            assert self.pose is not None
            self.rotation = self.k.let("=q rot q_frame", self.k.call("transform_get_rotation", self.pose))
        return self.rotation

    def place(self) -> Expr:
        """Its origin."""
        if self.origin is None:
            assert self.pose is not None
            self.origin = self.k.let(
                f"={self.word}_pos {self.word}_origin origin", self.k.call("transform_get_translation", self.pose)
            )
        return self.origin

    def _basis(self) -> Expr:
        if self.matrix is None:
            self.matrix = self.k.let(f"=R rot_mat {self.word}_R", self.k.call("quat_to_matrix", self.turn()))
        return self.matrix

    def _back(self) -> Expr:
        if self.inverse is None:
            assert self.pose is not None
            self.inverse = self.k.let(
                f"=inv_pose X_inv world_to_{self.word} inv", self.k.call("transform_inverse", self.pose)
            )
        return self.inverse

    def prepare(self, how: str) -> None:
        """Work out what conversions need, before a loop of them."""
        if how == "matrix":
            self._basis()
            self.place()

    def out(self, kind: str, value: Expr, how: str) -> Expr:
        """A point or vector of the frame as the world sees it."""
        k = self.k
        if self.calls and how != "matrix":
            return self._call(kind, False, value)
        if how == "matrix":
            turned = self._basis() * value
        elif self.pose is not None:
            return k.call("transform_point" if kind == "point" else "transform_vector", self.pose, value)
        else:
            turned = k.call("quat_rotate", self.turn(), value)
        return self.place() + turned if kind == "point" else turned

    def into(self, kind: str, value: Expr, how: str) -> Expr:
        """A point or vector of the world as the frame sees it."""
        k = self.k
        if self.calls and how != "matrix":
            return self._call(kind, True, value)
        if self.pose is not None and how != "matrix":
            return k.call("transform_point" if kind == "point" else "transform_vector", self._back(), value)
        if kind == "point":
            value = value - self.place()
        if how == "matrix":
            return k.call("transpose", self._basis()) * value
        return k.call("quat_rotate_inv", self.turn(), value)


class FramedScene(SoundScene):
    """A scene whose points and vectors are converted when they are read.

    With `outward` they are stored in the frame and the laws hold in the world; otherwise it is the other way round.
    """

    def __init__(self, k: Kernel, field: Sheet, depth: int, outward: bool, word: str) -> None:
        super().__init__(k, field, depth)
        rng = k.rng
        self.outward, self.carrier = outward, word
        self.frame: Frame | None = None
        self.frames: dict[str, Frame] = {}
        """The frames of the two elements of a pair."""
        self.how = rng.weighted({"direct": 5.0, "matrix": 1.0})
        forms = ("local_{}", "{}_local", f"{word}_{{}}", f"{{}}_in_{word}", "{}_l")
        self.seen_as = rng.weighted(dict(zip(forms, (4.0, 3.0, 1.0, 1.0, 0.5), strict=True)))
        self.nests = rng.chance(0.5)
        self.some = rng.choose((1.0, 1.0, 0.7))
        self.converted: dict[str, bool] = {}
        self.moved: frozenset[str] = frozenset()
        """What comes from the other frame, if it is known."""

    def usable(self, law: Law, suffix: str = "") -> bool:
        return super().usable(law, suffix) and "rng" not in law.takes and self.admits(law)

    def admits(self, law: Law) -> bool:
        if is_posed(self.sheet, law) or set(law.gives) & self.moved:
            return False
        return self.outward or bool(self.moved) or turns(self.sheet, law)

    def laws_for(self, term: Term) -> list[Law]:
        row = self.sheet.quantities[term.base]
        if self.moved and isfinite(row.low) and term.prefix != "next" and spatial(self.sheet, row):
            # Which frame it would be derived in is not known.
            return []
        return super().laws_for(term)

    def local_word(self, term: Term) -> str:
        """What a quantity is called in the frame."""
        return self.seen_as.format(self.names.called(replace(term, suffix="")))

    def way(self, row: Quantity) -> str:
        # What is given in another frame belongs to the element, as the frame does.
        return "state" if row.name in self.moved else super().way(row)

    def first_read(self, law: Law) -> None:
        """Read one of the points or vectors that a law takes, whatever else could give it."""
        for name in law.takes:
            term = self.sheet.term(name)
            row = self.sheet.quantities[term.base]
            if self.moved and term.base not in self.moved:
                continue
            if row.where == "state" and not term.prefix and spatial(self.sheet, row) and name not in self.held:
                self.held[name] = self.read(term, row)
                return

    def converts(self, term: Term, row: Quantity) -> str:
        if self.frame is None or term.prefix in ("max", "min", "next"):
            return ""
        kind = spatial(self.sheet, row)
        if self.moved:
            return kind if term.base in self.moved else ""
        if kind and self.outward:
            if row.where not in ("state", "result"):
                return ""
            # What belongs together comes from one frame: points with points.
            family = "ray" if row.name.startswith("ray_") else kind
            if family not in self.converted:
                self.converted[family] = self.rng.chance(self.some) or not any(self.converted.values())
            return kind if self.converted[family] else ""
        return kind

    def read(self, term: Term, row: Quantity) -> Bound:
        kind = self.converts(term, row)
        if not kind or self.outward:
            return super().read(term, row)
        value = super().read(term, row)
        if not isinstance(value, Expr) or self.frame is None:
            raise NoValue(str(term))
        made = self.frame.into(kind, value, self.how)
        once = bool(self.asking) and self.asking[-1].uses.get(str(term)) == 1
        return made if once and self.nests else self.k.let(f"=!{self.local_word(term)}", made)

    def element(self, term: Term, row: Quantity, site: Site) -> Bound:
        kind = self.converts(term, row) if self.outward else ""
        frame = self.frames.get(term.suffix, self.frame)
        if not kind or frame is None:
            return super().element(term, row, site)
        return self.k.let(self.names.local(term), frame.out(kind, self.stored(term, row, site), self.how))

    def stored(self, term: Term, row: Quantity, site: Site) -> Expr:
        """A point or vector of the frame as it is stored."""
        k = self.k
        word = self.local_word(term)
        if term.suffix:
            word = self.names.pair["ab".index(term.suffix)].format(word)
        key = f"{site.owner}local {term}"
        if key not in self.arrays:
            own = f"{self.names.entity}_{word}"
            many = plural(word) if self.names.several else word
            names = f"=!{own} {word}" if self.names.prefixed else f"=!{many} {own} {word}_in"
            self.arrays[key] = k.array(names, self.type_of(term.base), site.dims, **self.facts(term, row))
        given = self.arrays[key][site.index]
        return given if self.nests else k.let(f"=!{word} {word}_i", given)


def framed_scene(
    k: Kernel,
    gives: str = "",
    pairs: bool = False,
    *,
    fit: Callable[[Sheet, Law], bool],
) -> tuple[FramedScene, Law]:
    """A scene about a law of space whose result has the type `gives`, if that matters, and that `fit` says serves."""
    rng = k.rng
    known = framed_laws(pairs, gives)
    for _ in range(80):
        name, law = rng.choose(known)
        field = sheet(name)
        # What a camera does in its own axes is wrong in those of the world.
        covariant = turns(field, law)
        fits = not (law.single and k.real is not t.F32) and (covariant or name != "camera")
        if not fits or not fit(field, law):
            continue
        scene = FramedScene(k, field, depth_of(k), True, rng.choose(CARRIERS[name].split()))
        scene.deriving = rng.choose((0.2, 0.45, 0.7))
        if not scene.sound(law, frozenset(law.gives)):
            continue
        if scene.carrier == scene.names.entity:
            scene.carrier = "frame"
        return scene, law
    raise NoValue("no law of space fits")
