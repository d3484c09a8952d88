"""Overlaps of boxes, spheres, rays and capsules with BVHs and meshes."""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .queries import ITERATOR, MESH, MESH_ID, VEC3, box, handle, op
from .recipes import SINGLE, recipe
from .tasks import launch, local, named, read, setting, words, write
from .tree import Expr

_BVH = "=bvh bvh_id tree broadphase_bvh scene_bvh shape_bvh accel"
_MOST = 64
"""More than a BVH or a mesh that is asked for overlaps has."""


@dataclass(slots=True)
class _Search:
    """What is asked for: an object, the region, what lies in it."""

    k: Kernel
    i: Expr
    kind: str
    mesh: Expr | None
    one: str
    many: str
    region: list[Expr]
    center: Expr | None
    """The middle of a box or sphere, the start of a ray."""
    found: Expr

    def table(self, kind: str, dtype: t.Type, low: float, high: float) -> Expr:
        """A new array with an entry for each item."""
        return self.k.array(kind, dtype, (self.k.dim(_MOST, fixed=True),), low=low, high=high)[self.found]


@recipe(
    "overlaps of boxes, spheres and rays with a BVH or mesh",
    "geometry:6.5 control_flow:0.36",
    "rigid particles geometry",
    SINGLE,
)
def overlap_query(k: Kernel) -> None:
    rng = k.rng
    how = rng.weighted({"bvh": 5.5, "mesh": 3.2, "tree": 1.6})
    """A tree of boxes, a mesh, or the tree of a mesh."""
    one, many = (
        rng.choose((("box", "boxes"), ("item", "items"), ("shape", "shapes"), ("body", "bodies"), ("prim", "prims")))
        if how == "bvh"
        else ("face", "faces")
    )
    kind = rng.choose(("aabb", "sphere") if how == "mesh" else ("aabb", "aabb", "sphere", "ray", "capsule"))
    (i,) = launch(k, {"ray": "ray"}.get(kind, "query"))
    mesh = None if how == "bvh" else handle(k, "mesh", MESH_ID)
    objects = handle(k, "bvh", _BVH) if mesh is None else mesh
    if how == "tree":
        objects = k.let("=bvh bvh_id mesh_bvh tree", op("mesh_get_bvh", t.U64, objects))
    center, region = _region(k, kind)
    arguments = list(region)
    if how == "bvh" and kind == "aabb" and rng.chance(0.7):
        group = read(k, "=group world world_id env", t.I32, 0, 3)
        arguments.append(local(k, "=root group_root root_node", op("bvh_get_group_root", t.I32, objects, group)))
    family = "mesh" if how == "mesh" else "bvh"
    query = k.let("=query q iter overlaps", op(f"{family}_query_{kind}", ITERATOR, objects, *arguments))
    found = tree.Name(t.I32, 0.0, 63.0, k.namer.local(f"={one} {one}_id idx other candidate"))
    k.add(tree.Assign((found,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
    aabb = kind == "aabb" and rng.chance(0.85)
    next_name = "bvh_query_next" if family == "bvh" else "mesh_query_aabb_next" if aabb else "mesh_query_next"
    _Gather(_Search(k, i, kind, mesh, one, many, region, center, found)).run(op(next_name, t.BOOL, query, found))
    k.shared.differentiable = False


def _region(k: Kernel, kind: str) -> tuple[Expr | None, list[Expr]]:
    """The middle of the region that is asked for, and what says it."""
    rng = k.rng
    if kind == "aabb" and rng.chance(0.35):
        return None, [
            read(k, "=lower lo box_min qmin", VEC3, -2.0, -0.3),
            read(k, "=upper hi box_max qmax", VEC3, 0.3, 2.0),
        ]
    if kind in ("aabb", "sphere"):
        center = read(k, "=center p pos query_pos c", VEC3)
        if rng.chance(0.15):
            v = read(k, "=v vel", VEC3, -1.0, 1.0)
            center = k.let("=p_next predicted moved", center + v * setting(k, "=dt time_step", 0.01, 0.1, 0.05))
        if kind == "aabb":
            return center, list(box(k, center))
        return center, [center, named(k, "=r", setting(k, "=radius query_radius r", 0.1, 1.0, 0.5, 0.25))]
    origin = read(k, "=origin start ray_o o", VEC3)
    direction = read(k, "=direction dir ray_d d", VEC3, -1.0, 1.0, unit=True)
    thick = [setting(k, "=radius capsule_radius thickness", 0.1, 0.5, 0.25)] if kind == "capsule" else []
    return origin, [origin, direction, *thick]


class _Gather:
    """Results that do not depend on the order in which overlaps are found."""

    def __init__(self, search: _Search) -> None:
        self.s, self.k, self.rng = search, search.k, search.k.rng

    def run(self, more: Expr) -> None:
        s = self.s
        weights = {"count": 2.0, "any": 1.2, "weigh": 1.2, "best": 0.8, "mask": 0.35}
        if s.center is not None and s.kind in ("aabb", "sphere"):
            weights |= {"nearest": 1.3, "mean": 1.0, "repel": 1.0, "falloff": 1.0}
        elif s.center is not None:
            weights |= {"along": 1.5, "fade": 1.0}
        if s.kind == "aabb":
            weights["shared"] = 1.0
        if s.mesh is not None:
            weights = {"count": 1.5, "any": 0.8, "weigh": 0.8, "normal": 1.3, "area": 1.2}
            if s.center is not None and s.kind in ("aabb", "sphere"):
                weights |= {"corner": 1.2, "face": 1.2}
        getattr(self, "_" + self.rng.weighted(weights))(more)

    # -- what is passed over

    def _skip(self) -> None:
        k, s, rng = self.k, self.s, self.rng
        how = rng.weighted({"": 5.0, "own": 2.0, "layer": 2.0, "once": 1.0, "disabled": 1.3, "owner": 1.0})
        if how in ("own", "once") and s.mesh is None and s.kind in ("aabb", "sphere"):
            with k.when(s.found.equals(s.i) if how == "own" else s.found <= s.i):
                k.next_turn()
        elif how == "layer":
            layers = s.table(f"={s.one}_layer layers {s.one}_group", t.I32, 0, 3)
            with k.when(layers.differs(k.scalar("=layer query_layer my_group", t.I32, 0, 3))):
                k.next_turn()
        elif how == "disabled":
            marks = s.table(f"={s.one}_enabled {s.one}_active enabled is_solid", t.I32, 0, 1)
            with k.when(marks.equals(0)):
                k.next_turn()
        elif how == "owner":
            owners = k.array(f"={s.one}_owner owners {s.one}_body", t.I32, (k.dim(_MOST, fixed=True),), low=0, high=3)
            own = k.array("=query_owner own_ids my_body", t.I32, k.launch, low=0, high=3)
            with k.when(owners[s.found].equals(own[s.i])):
                k.next_turn()

    # -- any region

    def _count(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"count_{s.many}", f"count_overlapping_{s.many}", f"{s.one}_overlap_counts", f"count_{s.kind}_hits")
        count = k.variable("=count num_hits hits n", k.integer(0))
        with k.repeat(more):
            self._skip()
            k.augment(count, "+", 1)
            if rng.chance(0.3):
                with k.when(count >= (k.scalar("=max_hits max_count", t.I32, 1, 16) if rng.chance(0.5) else 8)):
                    k.leave_loop()
        write(k, "=counts hit_counts num_overlaps overlap_counts", count)
        if rng.chance(0.3):
            total = k.array("=total_count total num_pairs", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", total, k.integer(0), count, gives=t.I32))
        elif rng.chance(0.3):
            limit = k.scalar("=min_hits crowded threshold", t.I32, 1, 6)
            write(k, "=crowded flags is_dense", k.where(count >= limit, k.integer(1), k.integer(0)))

    def _any(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"test_overlap_{s.many}", f"{s.kind}_overlap_test", f"any_{s.one}_overlap", f"is_near_{s.one}")
        hit = k.variable("=overlaps hit occupied", k.integer(0))
        with k.repeat(more):
            self._skip()
            k.set(hit, 1)
            k.leave_loop()
        if rng.chance(0.4):
            values = read(k, "=cost weight base", t.F32, 0.1, 2.0)
            write(
                k,
                "=costs penalties",
                k.where(hit.equals(1), values * setting(k, "=penalty factor", 2.0, 5.0, 4.0), values),
            )
        else:
            write(k, "=overlap_flags hit_mask occupied_out flags", hit)

    def _weigh(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"sum_{s.one}_weights", f"gather_{s.one}_mass", f"accumulate_{s.many}", f"total_{s.one}_mass")
        vector = s.mesh is None and rng.chance(0.25)
        if vector:
            k.titles = (f"sum_{s.one}_forces", f"gather_{s.one}_forces", f"net_{s.one}_force", "collect_forces")
        total = k.variable("=total acc sum_w", k.zero(VEC3) if vector else k.lit(0.0))
        count = k.variable("=count n num", k.integer(0)) if rng.chance(0.4) else None
        with k.repeat(more):
            self._skip()
            if vector:
                k.augment(total, "+", s.table(f"={s.one}_force {s.one}_forces", VEC3, -1.0, 1.0))
            else:
                k.augment(total, "+", s.table(f"={s.one}_mass {s.one}_weight weights areas", t.F32, 0.5, 2.0))
            if count is not None:
                k.augment(count, "+", 1)
        if count is not None and rng.chance(0.6):
            if not vector:
                k.titles = (f"mean_{s.one}_value", f"average_{s.many}", f"average_{s.one}_weight")
            total = total / k.cast(k.call("max", count, 1), t.F32)
        elif count is not None:
            write(k, "=counts num_found", count)
        write(k, "=net_force force_sums" if vector else f"=totals {s.one}_sums weight_out", total)

    def _best(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"best_{s.one}", f"max_priority_{s.one}", f"strongest_{s.one}", f"pick_{s.one}")
        best = k.variable("=best top strongest", k.lit(-1.0))
        which = k.variable("=best_id picked which", k.integer(-1)) if rng.chance(0.6) else None
        with k.repeat(more):
            self._skip()
            value = s.table(f"={s.one}_priority {s.one}_score priorities", t.F32, 0.0, 2.0)
            if which is None:
                k.set(best, k.call("max", best, value))
            else:
                value = local(k, "=score priority s", value)
                with k.when(value > best):
                    k.set(best, value)
                    k.set(which, s.found)
        if which is None or rng.chance(0.5):
            write(k, "=best_out top_scores max_priority", best)
        if which is not None:
            write(k, f"={s.one}_ids picked_ids best_ids", which)

    def _mask(self, more: Expr) -> None:
        k, s = self.k, self.s
        k.titles = (f"{s.one}_layer_mask", f"overlap_layers_{s.kind}", f"collect_{s.one}_layers", "touching_layers")
        bits = k.variable("=mask bits layers_hit", tree.literal(0, t.U32))
        with k.repeat(more):
            self._skip()
            layer = s.table(f"={s.one}_layer layers {s.one}_group", t.I32, 0, 15)
            one = tree.binary("<<", tree.literal(1, t.U32), k.cast(layer, t.U32))
            k.set(bits, tree.binary("|", bits, one))
        write(k, "=masks layer_masks overlap_bits", bits)

    # -- boxes and spheres around a place

    def _offset(self) -> Expr:
        """From the item to the place."""
        k, s = self.k, self.s
        assert s.center is not None
        centers = s.table(f"={s.one}_centers {s.one}_pos centers", VEC3, -1.5, 1.5)
        return k.let("=d diff delta", s.center - centers)

    def _nearest(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"nearest_{s.one}", f"closest_{s.one}", f"find_nearest_{s.one}", f"{s.one}_distance")
        squared = rng.chance(0.4)
        best = k.variable("=best best_d min_dist", k.lit(rng.choose((1e6, 1e4, 1e3))))
        which = k.variable(f"=best_id nearest nearest_{s.one}", k.integer(-1))
        with k.repeat(more):
            self._skip()
            d = self._offset()
            r = k.let("=d2 dist_sq" if squared else "=dist r", k.call("dot", d, d) if squared else k.call("length", d))
            if rng.chance(0.4) and not squared:
                r = k.let("=gap surface_d", r - s.table(f"={s.one}_radius radii", t.F32, 0.1, 0.5))
            with k.when(r < best):
                k.set(best, r)
                k.set(which, s.found)
        write(k, f"=nearest_ids {s.one}_ids closest_ids", which)
        if rng.chance(0.6):
            write(k, "=distances dist_out", k.call("sqrt", best) if squared else best)

    def _repel(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"push_from_{s.many}", f"{s.one}_contact_forces", "resolve_overlaps", f"repel_from_{s.many}")
        force = k.variable("=f force push", k.zero(VEC3))
        own = named(k, "=r_i", setting(k, "=own_radius particle_radius body_radius", 0.1, 0.6, 0.25))
        stiffness = named(k, "=k", setting(k, "=ke stiffness", 10.0, 100.0, 50.0))
        with k.repeat(more):
            self._skip()
            d = self._offset()
            dist = k.let("=dist r l", k.call("length", d))
            depth = k.let("=depth pen overlap", own + s.table(f"={s.one}_radius radii", t.F32, 0.1, 0.5) - dist)
            with k.when(depth > 0.0):
                n = k.call("normalize", d) if rng.chance(0.5) else d / k.call("max", dist, 1e-4)
                k.augment(force, "+", n * (stiffness * depth))
        write(k, "=forces push_out f_out", force)

    def _mean(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"mean_{s.one}_velocity", f"local_{s.one}_flow", f"average_{s.one}_velocity", "crowd_velocity")
        total = k.variable("=total acc sum_v", k.zero(VEC3))
        count = k.variable("=count n num", k.integer(0))
        with k.repeat(more):
            self._skip()
            k.augment(total, "+", s.table(f"={s.one}_vel {s.one}_velocity velocities", VEC3, -1.0, 1.0))
            k.augment(count, "+", 1)
        if rng.chance(0.5):
            with k.when(count > 0):
                write(k, "=mean_vel avg_out", total / k.cast(count, t.F32))
        else:
            write(k, "=mean_vel avg_out", total / k.cast(k.call("max", count, 1), t.F32))
        if rng.chance(0.3):
            write(k, "=counts num_found", count)

    def _falloff(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"splat_{s.many}", f"{s.one}_influence", f"blend_{s.many}", f"weighted_{s.one}_sum")
        total = k.variable("=total acc field", k.lit(0.0))
        norm = k.variable("=wsum norm", k.lit(0.0)) if rng.chance(0.5) else None
        reach = named(k, "=h", setting(k, "=support falloff_radius reach", 0.5, 1.5, 1.0))
        with k.repeat(more):
            self._skip()
            q = k.let("=q ratio", k.call("length", self._offset()) / reach)
            shape = rng.choose(("linear", "square", "gauss"))
            if shape == "gauss":
                w = k.call("exp", -(q * q))
            else:
                w = k.let("=u rest", k.call("max", 1.0 - q, 0.0))
                w = w * w if shape == "square" else w
            w = k.let("=w weight", w)
            k.augment(total, "+", w * s.table(f"={s.one}_value {s.one}_strength values", t.F32, 0.1, 2.0))
            if norm is not None:
                k.augment(norm, "+", w)
        write(k, "=influence field_out values_out", total / k.call("max", norm, 1e-4) if norm is not None else total)

    def _shared(self, more: Expr) -> None:
        """How much of each box lies in that which is asked for."""
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"overlap_volume_{s.many}", "shared_volume", f"intersect_{s.many}", "box_overlap_volumes")
        low, high = s.region
        whole = rng.chance(0.5)
        total = k.variable("=volume total acc" if whole else "=largest best top", k.lit(0.0))
        with k.repeat(more):
            self._skip()
            lo = k.let(
                "=a lo_i in_lo", k.call("max", low, s.table(f"={s.one}_lowers item_lo lowers", VEC3, -1.5, -0.2))
            )
            hi = k.let("=b hi_i in_hi", k.call("min", high, s.table(f"={s.one}_uppers item_hi uppers", VEC3, 0.2, 1.5)))
            size = k.let("=size ext overlap", k.call("max", hi - lo, k.zero(VEC3)) if rng.chance(0.6) else hi - lo)
            volume = size[0] * size[1] * size[2]
            if whole:
                k.augment(total, "+", volume)
            else:
                k.set(total, k.call("max", total, volume))
        write(k, "=overlap_volumes volumes_out shared_out", total)

    # -- rays and capsules

    def _along(self, more: Expr) -> None:
        """The item that comes first along the ray."""
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"first_{s.one}_hit", f"raycast_{s.many}", f"nearest_{s.one}_along_ray", f"trace_{s.many}")
        origin, direction = s.region[:2]
        best = k.variable("=best t_min nearest", k.lit(rng.choose((1e6, 1e4, 1e3))))
        which = k.variable("=hit_id best_id which", k.integer(-1)) if rng.chance(0.7) else None
        with k.repeat(more):
            self._skip()
            center = s.table(f"={s.one}_centers {s.one}_pos centers", VEC3, -1.5, 1.5)
            oc = k.let("=oc rel to_c", center - origin)
            along = k.let("=along tca t_c", k.call("dot", oc, direction))
            if rng.chance(0.5):
                radius = s.table(f"={s.one}_radius radii", t.F32, 0.2, 0.8)
                square = k.let("=h2 half_sq disc", radius * radius - (k.call("dot", oc, oc) - along * along))
                with k.when(square < 0.0):
                    k.next_turn()
                along = k.let("=t_hit t_i t", along - k.call("sqrt", square))
            with k.when(k.both(along > 0.0, along < best)):
                k.set(best, along)
                if which is not None:
                    k.set(which, s.found)
        write(k, "=hit_t distances t_out", best)
        if which is not None:
            write(k, f"=hit_ids {s.one}_ids", which)

    def _fade(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        k.titles = (f"attenuate_through_{s.many}", f"{s.one}_transmittance", "ray_attenuation", f"shadow_of_{s.many}")
        if rng.chance(0.5):
            rest = k.variable("=trans visibility rest", k.lit(1.0))
            with k.repeat(more):
                self._skip()
                k.set(rest, rest * (1.0 - s.table(f"={s.one}_opacity {s.one}_alpha opacities", t.F32, 0.1, 0.9)))
            write(k, "=transmittance visibility_out", rest)
            return
        depth = k.variable("=tau depth total", k.lit(0.0))
        with k.repeat(more):
            self._skip()
            k.augment(depth, "+", s.table(f"={s.one}_density {s.one}_loss losses", t.F32, 0.1, 1.0))
        write(k, "=transmittance visibility_out", k.call("exp", -depth) if rng.chance(0.6) else depth)

    # -- faces of a mesh

    def _normal(self, more: Expr) -> None:
        k, s, rng = self.k, self.s, self.rng
        assert s.mesh is not None
        k.titles = words("average_normal local_normals smooth_nearby_normals surface_orientation mean_face_normal")
        total = k.variable("=total acc n_sum", k.zero(VEC3))
        with k.repeat(more):
            self._skip()
            n = op("mesh_eval_face_normal", VEC3, s.mesh, s.found)
            if rng.chance(0.4):
                n = n * s.table("=face_areas face_weights areas", t.F32, 0.1, 1.0)
            k.augment(total, "+", n)
        write(k, "=normals mean_normals n_out", k.call("normalize", total) if rng.chance(0.7) else total)

    def _corners(self) -> list[Expr]:
        k, s = self.k, self.s
        assert s.mesh is not None
        if self.rng.chance(0.5):
            return [
                k.let(f"=p{n} x{n} v{n}", op("mesh_get_point", VEC3, s.mesh, s.found * 3 + n if n else s.found * 3))
                for n in range(3)
            ]
        m = k.let("=m geom mesh_data", op("mesh_get", MESH, s.mesh))
        return [
            k.let(f"=p{n} x{n} v{n}", m.field("points")[m.field("indices")[s.found * 3 + n if n else s.found * 3]])
            for n in range(3)
        ]

    def _area(self, more: Expr) -> None:
        k, rng = self.k, self.rng
        k.titles = words("nearby_area area_in_region surface_area_near local_surface_area")
        total = k.variable("=area total acc", k.lit(0.0))
        count = k.variable("=count n_faces num", k.integer(0)) if rng.chance(0.4) else None
        with k.repeat(more):
            self._skip()
            a, b, c = self._corners()
            k.augment(total, "+", 0.5 * k.call("length", k.call("cross", b - a, c - a)))
            if count is not None:
                k.augment(count, "+", 1)
        write(k, "=areas areas_out area_sums", total)
        if count is not None:
            write(k, "=counts face_counts", count)

    def _corner(self, more: Expr) -> None:
        """The vertex that is nearest."""
        k, s, rng = self.k, self.s, self.rng
        assert s.center is not None
        k.titles = words("nearest_vertex closest_vertex vertex_distance snap_to_vertex")
        best = k.variable("=best best_d min_dist", k.lit(rng.choose((1e6, 1e4, 1e3))))
        place = k.variable("=snapped best_p nearest", s.center) if rng.chance(0.5) else None
        with k.repeat(more):
            for p in self._corners():
                d = k.let("=d dist r", k.call("length", p - s.center))
                if place is None:
                    k.set(best, k.call("min", best, d))
                else:
                    with k.when(d < best):
                        k.set(best, d)
                        k.set(place, p)
        if place is None or rng.chance(0.5):
            write(k, "=distances vertex_dist", best)
        if place is not None:
            write(k, "=points_out snapped_points", place)

    def _face(self, more: Expr) -> None:
        """The face whose middle or plane is nearest."""
        k, s, rng = self.k, self.s, self.rng
        assert s.center is not None
        assert s.mesh is not None
        k.titles = words("nearest_face closest_face_center face_in_reach pick_face")
        best = k.variable("=best best_d min_dist", k.lit(rng.choose((1e6, 1e4, 1e3))))
        which = k.variable("=best_face nearest picked", k.integer(-1))
        with k.repeat(more):
            self._skip()
            a, b, c = self._corners()
            if rng.chance(0.5):
                n = k.let("=n normal", op("mesh_eval_face_normal", VEC3, s.mesh, s.found))
                d = k.call("abs", k.call("dot", s.center - a, n))
            else:
                d = k.call("length", (a + b + c) / 3.0 - s.center)
            d = k.let("=d dist r", d)
            with k.when(d < best):
                k.set(best, d)
                k.set(which, s.found)
        write(k, "=face_ids nearest_faces", which)
        if rng.chance(0.6):
            write(k, "=distances dist_out", best)
