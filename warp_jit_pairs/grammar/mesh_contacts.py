"""The closest place of a mesh to a point, and contacts there: forces, corrections, velocities, reports."""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed, op
from .tasks import leave, named, read, setting, words, write
from .tree import Expr


@dataclass(slots=True)
class Found:
    """A point, what the mesh says of it, and where the mesh is in the world."""

    k: Kernel
    mesh: Expr
    p: Expr
    """In the mesh's own frame."""
    world: Expr
    limit: Expr
    query: Expr
    signed: bool
    pose: Expr | None

    @property
    def hit(self) -> Expr:
        return self.query.field("result")

    @property
    def at(self) -> tuple[Expr, ...]:
        return self.query.field("face"), self.query.field("u"), self.query.field("v")

    def closest(self) -> Expr:
        return self.k.let("=closest cp c surface_p", op("mesh_eval_position", VEC3, self.mesh, *self.at))

    def delta(self, c: Expr) -> Expr:
        return self.k.let("=delta diff d_vec to_p", self.p - c)

    def distance(self, delta: Expr) -> Expr:
        length = self.k.call("length", delta)
        if not self.signed:
            return length
        return length * self.query.field("sign") if self.k.rng.chance(0.5) else self.query.field("sign") * length

    def normal(self, delta: Expr) -> Expr:
        """The way out, in the mesh's frame."""
        k = self.k
        if k.rng.chance(0.5):
            return k.let("=n normal contact_n", op("mesh_eval_face_normal", VEC3, self.mesh, self.query.field("face")))
        n = k.call("normalize", delta)
        return k.let("=n normal contact_n", n * self.query.field("sign") if self.signed else n)

    def turned(self, v: Expr) -> Expr:
        """A direction of the mesh's frame in the world."""
        return self.k.call("transform_vector", self.pose, v) if self.pose is not None else v

    def placed(self, p: Expr) -> Expr:
        """A place of the mesh's frame in the world."""
        return self.k.call("transform_point", self.pose, p) if self.pose is not None else p


def contact(f: Found) -> None:
    """Points kept out of the mesh: forces, corrections, velocities, reports."""
    k, rng = f.k, f.k.rng
    margin = named(k, "=r m", setting(k, "=margin radius particle_radius thickness", 0.01, 0.3, 0.05, 0.1))
    how = rng.choose(("force", "force", "position", "velocity", "report", "both"))
    early = rng.chance(0.4)
    if early:
        leave(k, k.negate(f.hit))
        c = f.closest()
        delta = f.delta(c)
        dist = k.let("=dist d sd", f.distance(delta))
        leave(k, dist >= margin)
        _pushed(f, how, c, delta, dist, margin)
        return
    with k.when(f.hit):
        c = f.closest()
        delta = f.delta(c)
        dist = k.let("=dist d sd", f.distance(delta))
        with k.when(dist < margin):
            _pushed(f, how, c, delta, dist, margin)


def _pushed(f: Found, how: str, c: Expr, delta: Expr, dist: Expr, margin: Expr) -> None:
    k, rng = f.k, f.k.rng
    n = f.normal(delta)
    if f.pose is not None:
        n = k.let("=n_w world_n n_world", f.turned(n))
    depth = k.let("=depth pen overlap", margin - dist)
    if how == "report":
        k.titles = words("find_mesh_contacts mesh_contacts generate_contacts detect_mesh_collision contact_points")
        write(k, "=contact_normals normals", n)
        write(k, "=depths penetration", depth)
        if rng.chance(0.4):
            write(k, "=contact_points points_out", f.placed(c))
        if rng.chance(0.5):
            count = k.array("=contact_count num_contacts", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
        return
    moving = rng.chance(0.6)
    wall = None
    if moving and how != "position":
        face, u, v_at = f.at
        wall = k.let("=v_s surf_v mesh_v", f.turned(op("mesh_eval_velocity", VEC3, f.mesh, face, u, v_at)))
    if how == "force":
        k.titles = words("mesh_contact_forces eval_mesh_contacts penalty_contact particle_mesh_contacts")
        size = setting(k, "=ke stiffness contact_ke", 10.0, 100.0, 50.0) * depth
        force = None
        if rng.chance(0.6):
            v = read(k, "=v vel velocity", VEC3)
            rel = k.let("=v_rel rel slip_v", v - wall) if wall is not None else v
            vn = k.let("=vn v_n normal_speed", k.call("dot", rel, n))
            size = k.let("=fn f_n magnitude", size - setting(k, "=kd damping contact_kd", 0.1, 5.0, 1.0) * vn)
            if rng.chance(0.5):
                vt = k.let("=vt v_t tangent_v", rel - n * vn)
                grip = setting(k, "=mu friction friction_mu", 0.1, 0.9, 0.5) * k.call("max", size, 0.0)
                force = n * size - vt * (grip / k.call("max", k.call("length", vt), 1e-3))
        target = k.array("=forces f particle_f", VEC3, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
        k.augment(target, "+", n * size if force is None else force)
        return
    if how in ("position", "both"):
        k.titles = words("push_out_of_mesh resolve_mesh_collision mesh_collision project_out_of_mesh")
        moved = f.world + n * (depth * fixed(k, "=relaxation", 0.2, 1.0, 0.5) if rng.chance(0.2) else depth)
        write(k, "=pos_out x_out positions_out", moved)
        if how == "position":
            return
    else:
        k.titles = words("bounce_off_mesh collide_with_mesh mesh_collide_velocity reflect_velocity")
    vels = k.array("=velocities vel v", VEC3, k.launch, "inout", low=-2.0, high=2.0)[k.threads]
    v = k.let("=v_i vel_i own_v", vels)
    rel = k.let("=v_rel rel", v - wall) if wall is not None else v
    vn = k.let("=vn normal_speed v_n", k.call("dot", rel, n))
    bounce = 1.0 + setting(k, "=restitution bounce", 0.0, 0.9, 0.3, 0.5) if rng.chance(0.6) else None
    into = vn if bounce is None else vn * bounce
    if rng.chance(0.6):
        with k.when(vn < 0.0):
            k.set(vels, v - n * into)
    else:
        k.set(vels, v - n * k.call("min", into, 0.0))
