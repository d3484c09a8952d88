"""The state of a robot's root in the ways that simulators store it."""

from __future__ import annotations

from dataclasses import dataclass, field

from warp_jit_pairs import types as t

from .jobs import Job
from .tree import Expr

_LINEAR = "root_lin_vel base_lin_vel lin_vel root_vel"
_ANGULAR = "root_ang_vel base_ang_vel ang_vel root_omega"


@dataclass
class Root:
    """The state of a root, in one of the ways that it is stored; each part is read when it is needed."""

    job: Job
    how: str = ""
    parts: dict[str, Expr] = field(default_factory=dict)
    arrays: dict[str, Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.how = self.job.pick(arrays=3.0, pose=2.5, rows=1.5, scalar_first=1.0)

    def part(self, name: str) -> Expr:
        """Its rotation, place, velocity or spin."""
        if name not in self.parts:
            self.parts[name] = {
                "rotation": self._rotation,
                "place": self._place,
                "linear": self._linear,
                "angular": self._angular,
            }[name]()
        return self.parts[name]

    def _row(self, name: str) -> Expr:
        """A part of one row of numbers: position, quaternion, velocity, spin."""
        job, k = self.job, self.job.k
        if "rows" not in self.arrays:
            dims = (*job.dims, k.dim(13, fixed=True))
            self.arrays["rows"] = job.array("root_states root_state_buf actor_states", t.F32, dims, low=-1.0, high=1.0)
        rows = self.arrays["rows"]
        start = {"place": 0, "rotation": 3, "linear": 7, "angular": 10}[name]
        kind = t.quat() if name == "rotation" else t.vec(3)
        numbers = [rows[(*job.at, start + n)] for n in range(4 if name == "rotation" else 3)]
        return k.make(kind, *numbers)

    def _pose(self) -> Expr:
        job = self.job
        if "pose" not in self.parts:
            self.parts["pose"] = job.read(
                "root_poses body_q base_poses root_xforms", "pose X tf root", t.transform(), -1.0, 1.0, 0.0, unit=True
            )
        return self.parts["pose"]

    def _twist(self) -> Expr:
        job = self.job
        if "twist" not in self.parts:
            self.parts["twist"] = job.read(
                "root_twists body_qd base_twists root_qd", "twist qd v_s", t.spatial(), nest=0.0
            )
        return self.parts["twist"]

    def _rotation(self) -> Expr:
        job, k = self.job, self.job.k
        if self.how == "pose":
            return job.let("q rot quat", k.call("transform_get_rotation", self._pose()))
        if self.how == "rows":
            return job.let("q rot quat", k.call("normalize", self._row("rotation")))
        if self.how == "scalar_first":
            kind = t.vec(4)
            wxyz = job.read("root_quat_wxyz quat_wxyz base_wxyz", "wxyz qw_first r", kind, -1.0, 1.0, 0.0, unit=True)
            return job.let("q rot quat", k.make(t.quat(), wxyz[1], wxyz[2], wxyz[3], wxyz[0]))
        return job.read("root_rot base_quat root_quat {}_quat", "q rot quat", t.quat(), -1.0, 1.0, 0.0, unit=True)

    def _place(self) -> Expr:
        job, k = self.job, self.job.k
        if self.how == "pose":
            return job.let("p pos root_p", k.call("transform_get_translation", self._pose()))
        if self.how == "rows":
            return job.let("p pos root_p", self._row("place"))
        return job.read("root_pos base_pos positions {}_pos", "p pos root_p", t.vec(3), -1.0, 3.0, 0.0)

    def _linear(self) -> Expr:
        job, k = self.job, self.job.k
        if self.how == "pose":
            return job.let("v lin_v vel", k.call("spatial_bottom", self._twist()))
        if self.how == "rows":
            return job.let("v lin_v vel", self._row("linear"))
        return job.read(_LINEAR, "v lin_v vel", t.vec(3), nest=0.0)

    def _angular(self) -> Expr:
        job, k = self.job, self.job.k
        if self.how == "pose":
            return job.let("w ang_v omega", k.call("spatial_top", self._twist()))
        if self.how == "rows":
            return job.let("w ang_v omega", self._row("angular"))
        return job.read(_ANGULAR, "w ang_v omega", t.vec(3), nest=0.0)
