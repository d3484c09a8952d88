"""Where the pose of a frame comes from: stored, of a parent, composed, interpolated, turned about a hinge, spun."""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .moving_frames import Frame
from .names import plural
from .scene import Site
from .tree import Expr

_WAYS = {
    "pose": 3.0,
    "quat": 2.5,
    "lookup": 4.0,
    "uniform": 1.2,
    "composed": 2.5,
    "inverse": 0.7,
    "row": 1.0,
    "wxyz": 1.2,
}
"""How the frame of anything may be given."""

_OWN = {
    "rpy": frozenset(
        {"spacecraft", "vehicle", "rig", "camera", "antenna", "ship", "buoy", "hull", "platform", "robot"}
    ),
    "blended": frozenset({"object", "instance", "mesh", "shape", "rig", "camera", "garment", "frame"}),
    "hinge": frozenset({"link", "panel", "base"}),
    "spun": frozenset({"spacecraft", "orbiter"}),
}
"""Ways that frames of some things alone are given in: what has a heading, is animated, hangs in a hinge, is
predicted."""


_MOUNTED = frozenset(
    {
        *("rig", "camera", "antenna", "telescope", "gimbal", "probe", "coil", "array_frame", "gripper", "mast"),
        *("emitter", "instance", "panel", "ligand"),
    }
)
"""What is mounted on something else that has a pose."""


def frame_of(
    k: Kernel, word: str, dims: tuple[Dim, ...], index: tuple[Expr, ...], shared: bool, points: bool = True
) -> Frame:
    """The frame of an element, in one of the ways that frames come in; not one that others have as well, if it is not
    `shared`. Without `points` only vectors are turned by it."""
    ways = {way: weight for way, weight in _WAYS.items() if shared or way not in ("lookup", "uniform", "composed")}
    ways |= {way: 2.5 for way, things in _OWN.items() if word in things}
    return _Source(k, word, dims, index, shared, points).made(k.rng.weighted(ways))


class _Source:
    def __init__(
        self, k: Kernel, word: str, dims: tuple[Dim, ...], index: tuple[Expr, ...], shared: bool, points: bool
    ) -> None:
        self.k, self.word, self.dims, self.index = k, word, dims, index
        self.shared, self.points = shared, points
        self.common = shared and k.rng.chance(0.15)
        """Whether there is one frame for all."""
        self.owner: Site | None = None
        style = k.rng.choose(("{}_pose", "{}_xform", "X_{}", "{}_tf"))
        self.pose_word = style.format(word)
        self.suffixed = k.rng.chance(0.4)
        self.quat_word = k.rng.choose(("{}_rot", "{}_quat", "q_{}", "{}_orientation")).format(word)

    def made(self, how: str) -> Frame:
        k, word = self.k, self.word
        if self.shared and not self.common and how not in ("lookup", "uniform", "composed"):
            self._share()
        if how == "inverse":
            # The frame is known by the way into it, as a camera's view is.
            dtype = t.transform(k.real)
            given = k.let(f"=world_to_{word} {word}_inv_pose", self.entry(f"=world_to_{plural(word)} inv_poses", dtype))
            return Frame(
                k,
                word,
                k.let(f"={self.pose_word} pose X", k.call("transform_inverse", given)),
                None,
                None,
                given,
                owner=self.owner,
            )
        if how == "row":
            return Frame(k, word, self._row(), None, None, owner=self.owner)
        if how in ("pose", "lookup", "uniform", "composed"):
            pose = self.pose(how)
            return Frame(k, word, pose, None, None, owner=self.owner)
        turns = {
            "quat": self._quat,
            "wxyz": self._wxyz,
            "rpy": self._rpy,
            "blended": self._blended,
            "hinge": self._hinge,
            "spun": self._spun,
        }
        turn = turns[how]()
        origin = self.vector(f"{word}_pos", f"={word}_pos {word}_origin {word}_center", 2.0)
        if how != "quat" and self.points and k.rng.chance(0.4):
            pose = k.let(f"={self.pose_word} pose X", k.make(t.transform(k.real), origin, turn))
            return Frame(k, word, pose, turn, origin, owner=self.owner)
        return Frame(k, word, None, turn, origin, owner=self.owner)

    # -- parts

    def stored(self, word: str, dtype: t.Type, low: float, high: float, unit: bool = False) -> Expr:
        """An entry of an array, or the same value for all."""
        k = self.k
        facts: dict[str, Any] = {"unit": True} if unit else {}
        if self.common:
            return k.scalar(f"=!{word} {self.word}_{word}", dtype, low, high, **facts)
        many = plural(word) if word[-1].isalpha() and len(word) > 2 else f"{self.word}_{word}"
        names = f"=!{word}_in {many}" if self.suffixed else f"=!{many} {word}_in"
        given = k.array(names, dtype, self.dims, low=low, high=high, **facts)[self.index]
        return k.let(f"=!{word}", given) if k.rng.chance(0.75) else given

    def vector(self, word: str, names: str, size: float) -> Expr:
        k = self.k
        if self.common:
            return k.scalar(names, k.vec3, -size, size)
        given = k.array(
            f"=!{word}_in {plural(word)}" if self.suffixed else f"=!{plural(word)} {word}_in",
            k.vec3,
            self.dims,
            low=-size,
            high=size,
        )[self.index]
        return k.let(names, given) if k.rng.chance(0.8) else given

    def pose(self, how: str) -> Expr:
        k, rng, word = self.k, self.k.rng, self.word
        dtype = t.transform(k.real)
        if how == "uniform":
            return k.scalar(f"={self.pose_word} {word}_to_world", dtype, -1.0, 1.0, unit=True)
        if how == "pose":
            names = f"=!{plural(self.pose_word)} {word}_poses"
            return k.let(f"={self.pose_word} pose X", self.entry(names, dtype))
        if how == "lookup":
            return k.let(f"={self.pose_word} pose X", self.looked_up(dtype, f"=!{plural(self.pose_word)} {word}_q"))
        if word in _MOUNTED:
            parent = self.pose(rng.weighted({"pose": 2.0, "lookup": 3.0, "uniform": 1.0}))
            self.owner = None
            names, many = f"=!mount_pose {word}_mount offset_pose", "=mount_poses mounts offset_poses"
        else:
            # It has a place on what it belongs to.
            if not self.common:
                self._share()
            own, shared = self.pose_word, self.owner
            self.word, self.pose_word = "parent", rng.choose(("parent_pose", "X_parent", "parent_tf"))
            parent = self.pose(rng.weighted({"lookup": 4.0, "uniform": 1.0}))
            self.word, self.pose_word, self.owner = word, own, shared
            names = f"=!{word}_local_pose {word}_in_parent local_pose"
            many = f"=!{word}_local_poses {word}_offsets local_poses"
        mount = (
            k.scalar(names, dtype, -1.0, 1.0, unit=True)
            if self.common or (word in _MOUNTED and rng.chance(0.5))
            else k.let(names, self.entry(many, dtype))
        )
        world = parent * mount if rng.chance(0.5) else k.call("transform_multiply", parent, mount)
        return k.let("=mount_world world_pose X_wm", world)

    def entry(self, names: str, dtype: t.Type) -> Expr:
        return self.k.array(names, dtype, self.dims, low=-1.0, high=1.0, unit=True)[self.index]

    def looked_up(self, dtype: t.Type, names: str) -> Expr:
        """An entry of a shorter list, by an index."""
        self.owner = self._owner()
        return self.k.array(names, dtype, self.owner.dims, low=-1.0, high=1.0, unit=True)[self.owner.index]

    def _share(self) -> None:
        """Have an entry for each of what several elements lie in, not one for each of them."""
        self.owner = self._owner()
        self.dims, self.index = self.owner.dims, self.owner.index

    def _owner(self) -> Site:
        """What of these an element lies in."""
        k, word = self.k, self.word
        count = k.dim(k.rng.choose((4, 6, 8)))
        ids = k.array(f"={word}_ids {word}_id_in {word}_index", t.I32, self.dims, low=0, high=3, bound=count.symbol)
        which = k.let(f"={word}_id {word} {word[0]}", ids[self.index])
        return Site((count,), (which,), word)

    def _row(self) -> Expr:
        """A pose that is stored as seven numbers."""
        k, word = self.k, self.word
        names = f"=!{word}_poses {word}_pose_buf {word}_states"
        rows = k.array(names, k.real, (*self.dims, k.dim(7, fixed=True)), low=-1.0, high=1.0)
        numbers = [rows[(*self.index, n)] for n in range(7)]
        place = k.make(k.vec3, *numbers[:3])
        turn = k.call("normalize", k.make(t.quat(k.real), *numbers[3:]))
        if k.rng.chance(0.5):
            place, turn = k.let("=p pos origin", place), k.let("=q rot quat", turn)
        return k.let(f"={self.pose_word} pose X", k.make(t.transform(k.real), place, turn))

    # -- rotations

    def _wxyz(self) -> Expr:
        """A rotation whose scalar part comes first."""
        k = self.k
        kind = t.vec(4, k.real)
        names = f"=!{self.word}_quat_wxyz {self.word}_wxyz quat_wxyz"
        given = k.let("=wxyz r quat_in", k.array(names, kind, self.dims, low=-1.0, high=1.0, unit=True)[self.index])
        return k.let(f"=!{self.quat_word}", k.make(t.quat(k.real), given[1], given[2], given[3], given[0]))

    def _quat(self) -> Expr:
        k = self.k
        return self.stored(self.quat_word, t.quat(k.real), -1.0, 1.0, True)

    def _blended(self) -> Expr:
        k, rng = self.k, self.k.rng
        quat = t.quat(k.real)
        first, second = rng.choose((("{}0", "{}1"), ("prev_{}", "next_{}"), ("{}_start", "{}_end"), ("{}_a", "{}_b")))
        word = rng.choose(("q", "rot", "quat"))
        q0 = self.stored(first.format(word), quat, -1.0, 1.0, True)
        q1 = self.stored(second.format(word), quat, -1.0, 1.0, True)
        how = rng.choose(("given", "time", "entry", "smooth"))
        if how == "time":
            now, begin = k.scalar("=time t_now sim_time", k.real, 0.0, 1.0), k.scalar("=t0 t_start", k.real, 0.0, 0.5)
            span = k.scalar("=key_interval duration frame_time", k.real, 0.2, 2.0)
            alpha = k.let("=alpha blend s", k.call("clamp", (now - begin) / span, 0.0, 1.0))
        elif how == "entry":
            alpha = self.stored("blend", k.real, 0.0, 1.0)
        else:
            alpha = k.scalar("=alpha blend frac", k.real, 0.0, 1.0)
            if how == "smooth":
                alpha = k.let("=eased ease s", alpha * alpha * (3.0 - 2.0 * alpha))
        return k.let(f"=!{self.quat_word}", k.call("quat_slerp", q0, q1, alpha))

    def _axis(self, words: str) -> Expr:
        k, rng = self.k, self.k.rng
        how = rng.weighted({"fixed": 2.0, "given": 0.5, "entry": 2.5})
        if how == "fixed":
            which = rng.integer(0, 2)
            return k.make(k.vec3, *[1.0 if n == which else 0.0 for n in range(3)])
        if how == "given":
            return k.scalar(f"={words}", k.vec3, -1.0, 1.0, unit=True)
        first = words.split()[0]
        return k.let(f"={words}", k.array(f"={plural(first)}", k.vec3, self.dims, unit=True)[self.index])

    def _hinge(self) -> Expr:
        """A rotation about an axis by an angle, perhaps after that of a base."""
        k, rng = self.k, self.k.rng
        angle = self.stored(rng.choose(("joint_angle", "hinge_angle", f"{self.word}_angle")), k.real, -2.0, 2.0)
        turn = k.call("quat_from_axis_angle", self._axis("hinge_axis joint_axis axis"), angle)
        if rng.chance(0.5):
            turn = k.let("=q_joint joint_rot hinge_rot", turn)
            turn = self.stored("base_rot", t.quat(k.real), -1.0, 1.0, True) * turn
        return k.let(f"=!{self.quat_word}", turn)

    def _rpy(self) -> Expr:
        k, rng = self.k, self.k.rng
        how = rng.choose(("three", "vector", "yaw"))
        if how == "vector":
            given = self.stored(rng.choose(("rpy", "euler", f"{self.word}_rpy")), k.vec3, -1.5, 1.5)
            turn = k.call("quat_rpy", *k.components(given))
        elif how == "three":
            turn = k.call("quat_rpy", *(self.stored(word, k.real, -1.5, 1.5) for word in ("roll", "pitch", "yaw")))
        else:
            yaw = self.stored(rng.choose(("yaw", "heading")), k.real, -3.0, 3.0)
            turn = k.call("quat_from_axis_angle", k.make(k.vec3, 0.0, 0.0, 1.0), yaw)
        return k.let(f"=!{self.quat_word}", turn)

    def _spun(self) -> Expr:
        """A rotation taken on by a step of its angular velocity."""
        k, rng = self.k, self.k.rng
        start = self.stored(rng.choose(("q0", "rot0", "q_start")), t.quat(k.real), -1.0, 1.0, True)
        omega = self.stored(rng.choose(("omega", "ang_vel", "spin")), k.vec3, -2.0, 2.0)
        dt = k.scalar("=lead_time lookahead dt_pred", k.real, 0.01, 0.1)
        if rng.chance(0.5):
            rate = k.let("=dq q_dot spin_q", k.make(t.quat(k.real), omega, k.lit(0.0)) * start)
            return k.let(f"=!{self.quat_word}", k.call("normalize", start + rate * (0.5 * dt)))
        angle = k.let("=turn_angle theta d_angle", k.call("length", omega) * dt)
        turn = k.call("quat_from_axis_angle", k.call("normalize", omega), angle)
        return k.let(f"=!{self.quat_word}", turn * start)
