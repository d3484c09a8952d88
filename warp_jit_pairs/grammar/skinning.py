"""Vertices that follow the bones of a skeleton: linear blend skinning, blended rotations, morph targets."""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tree import Expr

_FEW = 4
"""Bones of each vertex."""


@recipe("vertices that follow bones", "quaternion:0.55", "render cloth", SINGLE)
def skinned_vertices(k: Kernel) -> None:
    _Skin(k).write()


class _Skin:
    """A thread for each vertex: the bones that it hangs on, and what they do to it."""

    def __init__(self, k: Kernel) -> None:
        self.k, self.rng = k, k.rng
        self.job = Job(k, "vertex vert point")
        self.bones: Dim = k.dim(k.rng.choose((6, 8, 12)))
        self.blend = self.job.pick(linear=5.0, rotation=2.0, rigid=1.5)
        self.binds = k.rng.chance(0.45)
        """Whether bones come as poses, which the inverse of the bind pose belongs to."""
        self.parts = self.blend != "rotation" and k.rng.chance(0.25)
        self.multiplies = k.rng.chance(0.4)
        self.tables: dict[str, Expr] = {}
        self.normals = self.job.more(0.4)
        self.sums_weights = self.blend == "linear" and k.rng.chance(0.25)

    def write(self) -> None:
        k, job = self.k, self.job
        job.titled(
            {
                "linear": "skin_{s} linear_blend_skinning skin_mesh apply_skinning lbs blend_bones deform_{s}",
                "rotation": "skin_{s}_quat blend_rotations skin_with_quats quat_skinning smooth_skinning pose_{s}",
                "rigid": "attach_to_bones rigid_skinning pose_{s} skin_rigid bind_{s} follow_bones",
            }[self.blend]
        )
        job.start()
        vector = t.vec(3)
        self.p = job.read("rest_points rest_positions bind_points {}_rest", "p rest v0 x0", vector, nest=0.0)
        if job.more(0.25):
            self._morph()
        self.n = (
            job.read("rest_normals normals bind_normals", "n normal n0", vector, -1.0, 1.0, nest=0.0, unit=True)
            if self.normals
            else None
        )
        k.gap()
        if self.blend == "rigid":
            self._rigid()
        elif self.blend == "rotation":
            self._rotations()
        else:
            self._linear()

    def _morph(self) -> None:
        """Offsets of morph targets that are added before the bones move the vertex."""
        k, job = self.k, self.job
        shapes = k.dim(self.rng.choose((3, 4)))
        offsets = job.array(
            "morph_offsets blend_shapes shape_deltas", t.vec(3), (shapes, *job.dims), low=-0.2, high=0.2
        )
        weights = job.array("morph_weights shape_weights blend_weights", t.F32, (shapes,), low=0.0, high=1.0)
        p = k.variable(job.words("p_m morphed shaped"), self.p)
        with k.loop(job.words("m s t"), job.length(shapes, "num_shapes num_morphs n_shapes", weights)) as m:
            k.augment(p, "+", offsets[(m, *job.at)] * weights[m])
        self.p = p

    # -- bones

    def _pose(self, bone: Expr, name: str) -> Expr:
        """The transform that takes the rest pose to where a bone is."""
        names = "bone_poses world_poses bone_q" if self.binds else "skin_xforms bone_xforms skin_transforms"
        pose = self._table(names, t.transform(), unit=True)[bone]
        if self.binds:
            bind = self._table("inv_bind_poses bind_inverse inverse_bind", t.transform(), unit=True)[bone]
            pose = self.k.call("transform_multiply", pose, bind) if self.multiplies else pose * bind
        return self.job.let(name, pose)

    def _moved(self, bone: Expr, mark: str = "") -> tuple[Expr, Expr | None]:
        """Where a bone takes the vertex, and how it turns the normal."""
        k, job = self.k, self.job
        if self.parts:
            # Bones whose rotations and places are kept apart.
            turn = self._table("bone_rot bone_quats bone_rotations", t.quat(), unit=True)[bone]
            q = job.let(f"q{mark} r{mark} rot{mark}" if mark else "q rot r_b", turn)
            offset = self._table("bone_pos bone_trans bone_offsets", t.vec(3))[bone]
            return (
                k.call("quat_rotate", q, self.p) + offset,
                k.call("quat_rotate", q, self.n) if self.n is not None else None,
            )
        x = self._pose(bone, f"X{mark} tf{mark} m{mark}" if mark else "X tf bone_tf m")
        return (
            k.call("transform_point", x, self.p),
            k.call("transform_vector", x, self.n) if self.n is not None else None,
        )

    def _table(self, names: str, kind: t.Type, **facts: Any) -> Expr:
        """An array of what bones have, made when it is first asked for."""
        if names not in self.tables:
            self.tables[names] = self.job.array(names, kind, (self.bones,), low=-1.0, high=1.0, **facts)
        return self.tables[names]

    def _rigid(self) -> None:
        """One bone for each vertex."""
        k, job = self.k, self.job
        ids = job.array("bone_ids {}_bone bone_index", t.I32, low=-1, high=self.bones.size - 1, bound=self.bones.symbol)
        bone = job.let("b bone bone_id", ids[job.at])
        out = job.array("points_out positions skinned_points", t.vec(3), None, "out")
        normals = job.array("normals_out skinned_normals", t.vec(3), None, "out") if self.n is not None else None
        if self.rng.chance(0.6):
            with k.when(bone < 0):
                k.set(out[job.at], self.p)
                if normals is not None and self.n is not None:
                    k.set(normals[job.at], self.n)
                k.give()
        else:
            bone = job.let("b_safe slot root", k.call("max", bone, 0))
        moved, normal = self._moved(bone)
        if job.more(0.3):
            rate = job.param("stiffness follow alpha", 0.1, 1.0, 0.5, 0.9, each=False)
            moved = k.call("lerp", self.p, moved, rate)
        k.set(out[job.at], moved)
        if normals is not None and normal is not None:
            k.set(normals[job.at], normal)

    def _influences(self) -> tuple[Expr, Expr]:
        """Arrays of a vertex's bones and of their weights: rows, or vectors of four."""
        job = self.job
        facts: dict[str, Any] = {"low": 0, "high": self.bones.size - 1, "bound": self.bones.symbol}
        self.rows = self.rng.chance(0.6)
        if self.rows:
            self.width = self.k.dim(_FEW, fixed=self.rng.chance(0.6))
            dims = (*job.dims, self.width)
            ids = job.array("bone_ids bone_indices joints {}_bones", t.I32, dims, **facts)
            return ids, job.array("bone_weights skin_weights weights", t.F32, dims, low=0.05, high=1.0)
        ids = job.array("bone_ids bone_indices joints {}_bones", t.vec(4, t.I32), **facts)
        return ids, job.array("bone_weights skin_weights weights", t.vec(4), low=0.05, high=1.0)

    def _own(self, ids: Expr, weights: Expr) -> tuple[Expr, Expr]:
        """This vertex's bones and their weights, where each are a vector."""
        job = self.job
        return job.let("b bones ids", ids[job.at]), job.let("w weights_i bw", weights[job.at])

    def _count(self, ids: Expr) -> Expr | int:
        if self.width.fixed:
            return _FEW
        return self.job.length(self.width, "bones_per_{} num_influences max_bones", ids, len(self.job.dims))

    # -- blends

    def _linear(self) -> None:
        """Weighted sum of where each bone takes the vertex."""
        k, job = self.k, self.job
        ids, weights = self._influences()
        total = k.variable(job.words("p_out skinned acc_p"), k.zero(t.vec(3)))
        normal = k.variable(job.words("n_out n_acc acc_n"), k.zero(t.vec(3))) if self.n is not None else None
        sum_ = k.variable(job.words("w_sum weight_sum total_w"), k.lit(0.0)) if self.sums_weights else None

        def add(bone: Expr, weight: Expr, mark: str = "") -> None:
            p, n = self._moved(bone, mark)
            k.augment(total, "+", weight * p)
            if normal is not None and n is not None:
                k.augment(normal, "+", weight * n)
            if sum_ is not None:
                k.augment(sum_, "+", weight)

        if self.rows:
            with k.loop(job.words("j b_j s"), self._count(ids)) as j:
                w = job.let("w weight wj", weights[(*job.at, j)])
                if self.rng.chance(0.4):
                    with k.when(w <= k.choose_lit(0.0, 1e-4, 1e-3) if self.rng.chance(0.5) else w.equals(0.0)):
                        k.next_turn()
                add(job.let("b bone bone_id", ids[(*job.at, j)]), w)
        else:
            b, w4 = self._own(ids, weights)
            for n in range(_FEW):
                add(b[n], w4[n], str(n))
        k.gap()
        moved: Expr = total
        if sum_ is not None:
            moved = job.let("p_w p_new moved", total / k.call("max", sum_, 1e-4))
        job.write("points_out positions skinned_points", moved)
        if normal is not None:
            job.write("normals_out skinned_normals", k.call("normalize", normal))
        if job.more(0.2):
            before = job.read("prev_points last_points old_points", "before prev old", t.vec(3), nest=0.6)
            inverse = job.param("inv_dt rate frame_rate", 10.0, 100.0, 60.0, each=False)
            job.write("velocities vel_out {}_vel", (moved - before) * inverse)

    def _rotations(self) -> None:
        """The mean of the bones' rotations turns the vertex, the mean of their places moves it."""
        k, job, rng = self.k, self.job, self.rng
        ids, weights = self._influences()
        quat = t.quat()
        rotation = k.variable(job.words("q_sum q_acc blended"), k.make(quat, 0.0, 0.0, 0.0, 0.0))
        place = k.variable(job.words("t_sum t_acc offset"), k.zero(t.vec(3)))
        loop = self.rows or rng.chance(0.5)
        if not self.rows:
            b, w4 = self._own(ids, weights)
        first = ids[(*job.at, 0)] if self.rows else b[0]
        pivot = job.let(
            "q_ref pivot q_first", k.call("transform_get_rotation", self._pose(first, "X_ref tf_ref first_tf"))
        )
        count: Expr | int = self._count(ids) if self.rows else _FEW
        if not loop:
            for n in range(_FEW):
                self._turn(b[n], w4[n], pivot, rotation, place, str(n))
        else:
            with k.loop(job.words("j b_j s"), count) as j:
                bone = job.let("bone bone_id bj", ids[(*job.at, j)] if self.rows else b[j])
                weight = job.let("wj weight w_b", weights[(*job.at, j)] if self.rows else w4[j])
                self._turn(bone, weight, pivot, rotation, place)
        k.gap()
        q = job.let("q rot q_blend", k.call("normalize", rotation))
        job.write("points_out positions skinned_points", k.call("quat_rotate", q, self.p) + place)
        if self.n is not None:
            job.write("normals_out skinned_normals", k.call("quat_rotate", q, self.n))
        if job.more(0.3):
            job.write("rotations {}_rot frames", q)

    def _turn(self, bone: Expr, weight: Expr, first: Expr, rotation: Expr, place: Expr, mark: str = "") -> None:
        k, job = self.k, self.job
        x = self._pose(bone, f"X{mark} tf{mark} m{mark}")
        q = job.let(f"q{mark} r{mark} rot{mark}" if mark else "qj q rot_b", k.call("transform_get_rotation", x))
        near = k.where(k.call("dot", q, first) < 0.0, -weight, weight)
        signed = job.let("ws signed sw", near) if self.rng.chance(0.6) else near
        k.augment(rotation, "+", q * signed)
        k.augment(place, "+", weight * k.call("transform_get_translation", x))
