"""How far points are from placed shapes of several kinds: each shape says what it is, where it is and how large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .laws import sheet
from .names import plural
from .readings import numbered
from .scene import Scene
from .studies import study
from .tree import Expr

COUNTS = {"small": (2, 3), "medium": (3, 4), "large": (4, 7)}
_KINDS = ("sphere", "plane", "box", "capsule", "cylinder", "ellipsoid", "octahedron")
"""Kinds of shapes: of all but the first two a law of their name gives the distance."""


class Shapes:
    """The arrays of placed shapes."""

    def __init__(self, k: Kernel, scene: Scene, shapes: Dim, known: Sequence[str] = _KINDS) -> None:
        """`known` are the kinds of which some are drawn."""
        rng = k.rng
        self.k, self.scene = k, scene
        self.word = word = rng.choose(("shape", "geom", "collider", "obstacle", "primitive"))
        low, high = COUNTS[k.shared.size]
        self.kinds = rng.sample(known, rng.integer(min(low, len(known)), min(high, len(known))))
        shapes.called = f"=num_{plural(word)} {word}_count n{word}"
        self.labels = numbered(k, [f"=!{word}_{kind} geo_{kind}" for kind in self.kinds], range(len(self.kinds)), 0.8)
        self.dim = shapes
        real = k.real
        self.type = k.array(f"={word}_type {word}_kind geo_type", t.I32, (shapes,), low=0, high=len(self.kinds) - 1)
        self.posed = rng.chance(0.55)
        if self.posed:
            names = f"={word}_transform {word}_pose {word}_X_ws {word}_tf"
            self.poses = k.array(names, t.transform(real), (shapes,), low=-1.0, high=1.0, unit=True)
        else:
            self.places = k.array(
                f"={word}_pos {word}_position {word}_center", t.vec(3, real), (shapes,), low=-1, high=1
            )
            self.turns = k.array(f"={word}_quat {word}_rot {word}_rotation", t.quat(real), (shapes,), unit=True)
        self.sizes = k.array(f"={word}_scale {word}_size {word}_params", t.vec(3, real), (shapes,), low=0.3, high=1.5)
        self.up = rng.choose((1, 2))
        self.rest = rng.chance(0.4)

    def distance(self, place: Expr, point: Expr) -> Expr:
        """The signed distance of a point from one of the shapes."""
        k = self.k
        if self.posed:
            pose = k.let("=X_ws tf pose X", self.poses[place])
            local = k.call("transform_point", k.call("transform_inverse", pose), point)
        else:
            local = k.call("quat_rotate_inv", self.turns[place], point - self.places[place])
        local = k.let("=p_local local q x_local", local)
        size = k.let(f"=scale size {self.word}_scale dims", self.sizes[place])
        kind = k.let(f"=geo {self.word}_type kind geo_type", self.type[place])
        k.gap()
        found = k.variable("=d dist sd signed_dist", k.lit(1e6), True)
        for name in self.branches(kind):
            k.set(found, self._of(name, local, size))
        return found

    def branches(self, kind: Expr) -> Iterator[str]:
        """A branch for each kind of shape: what is written while one is given is inside."""
        k = self.k
        for number, name in enumerate(self.kinds):
            last = number == len(self.kinds) - 1
            with k.case(number, kind.equals(self.labels[number]), last and self.rest):
                yield name

    def _of(self, name: str, local: Expr, size: Expr) -> Expr:
        k, scene = self.k, self.scene
        if name == "sphere":
            return k.call("length", local) - size[0]
        if name == "plane":
            return local[self.up]
        law = next(law for law in scene.sheet.laws if law.name == f"{name}_distance")
        with scene.inner():
            for one in law.takes:
                if one == "local_point":
                    scene.held[one] = local
                elif isinstance(scene.type_of(one), t.Vector):
                    scene.held[one] = size
                else:
                    scene.held[one] = size[0 if "radius" in one else 1]
            return scene.apply(law, 0, named=False)[0]


@study(
    "points and placed shapes of several kinds",
    "geometry:1 quaternion:0.5 function:0.3 control_flow:0.3 combined:0.2",
    grows=5.0,
)
def shapes_by_type(k: Kernel, category: str) -> None:
    rng = k.rng
    scene = Scene(k, sheet("shapes"), 0)
    scene.in_functions = 1.0 if category == "function" else rng.choose((0.4, 1.0, 1.0))
    thing = rng.choose(("particle", "point", "vertex", "query", "sample", "contact_point"))
    how = rng.choose(("loop", "loop", "grid", "pair"))
    shapes = k.dim(rng.choose((4, 6)))
    if how == "grid":
        k.start(2, None, ("=!shape_id s geom_id", f"=!{thing}_id i tid"))
        shapes, points = k.launch
        own, at = k.threads[1], k.threads[0]
    elif how == "loop":
        k.start(1, None, (f"=!{thing}_id i tid",))
        (points,), (own,) = k.launch, k.threads
    else:
        k.start(1, None, ("=tid i pair_id",))
        points = k.dim(16)
    points.called = f"=num_{plural(thing)} n_{plural(thing)} {thing}_count"
    world = Shapes(k, scene, shapes)
    if how != "pair":
        k.guard()
    else:
        pairs = k.launch
        listed = k.array(f"=pair_{thing} pair_{thing}_ids", t.I32, pairs, low=0, high=15, bound=points.symbol)
        others = k.array(
            *(f"=pair_{world.word} pair_{world.word}_ids", t.I32, pairs),
            low=0,
            high=shapes.size - 1,
            bound=shapes.symbol,
        )
        own, at = k.let(f"=!{thing}_id p_id", listed[k.threads[0]]), k.let("=shape_id s", others[k.threads[0]])
    vec = t.vec(3, k.real)
    where = k.array(f"={thing}_q {plural(thing)} {thing}_pos positions", vec, (points,), low=-1.5, high=1.5)
    point = k.let("=p x px pos", where[own])
    if how == "loop":
        _over_all(k, world, point)
    else:
        distance = world.distance(at, point)
        k.gap()
        _of_one(k, thing, points, own, distance)
    w = world.word
    k.titles = (
        *(f"compute_{w}_distances", f"eval_{w}_sdf", f"{thing}_{w}_distance", f"query_{plural(w)}", f"{w}_sdf_kernel"),
        *(f"collide_{plural(thing)}_{plural(w)}", f"{thing}_{w}_contacts", f"test_{plural(thing)}", f"nearest_{w}"),
    )
    k.about = rng.choose(("-", f"Signed distance of each {thing.replace('_', ' ')} from {plural(w)} of several kinds."))


def _over_all(k: Kernel, world: Shapes, point: Expr) -> None:
    """The shape that is nearest to the thread's point, how many it is in, or how far it is from all."""
    rng = k.rng
    w = world.word
    how = rng.choose(("nearest", "nearest", "union", "count", "blend"))
    start = {"count": k.integer(0), "blend": k.lit(0.0)}.get(how, k.lit(1e6))
    kinds = {"count": "=count inside hits", "blend": "=occupancy density total"}.get(
        how, "=best min_dist d_min nearest"
    )
    best = k.variable(kinds, start, True)
    which = k.variable(f"=best_{w} {w}_id closest nearest_id", k.integer(-1), True) if how == "nearest" else None
    margin = (
        k.scalar("=margin thickness radius contact_margin", k.real, 0.05, 0.5) if how in ("count", "blend") else None
    )
    with k.loop("=s j g", k.length(world.dim)) as place:
        if rng.chance(0.3):
            on = k.array(f"={w}_enabled {w}_active {w}_mask", t.BOOL, (world.dim,), low=0, high=1)
            with k.when(k.negate(on[place])):
                k.next_turn()
        distance = world.distance(place, point)
        if how == "count":
            assert margin is not None
            with k.when(distance < margin):
                k.augment(best, "+", k.integer(1))
        elif how == "blend":
            assert margin is not None
            k.augment(best, "+", k.call("clamp", 0.5 - 0.5 * distance / margin, 0.0, 1.0))
        elif how == "union":
            k.set(best, k.call("min", best, distance))
        else:
            with k.when(distance < best):
                k.set(best, distance)
                assert which is not None
                k.set(which, place)
    names = {"count": "=counts num_inside hit_counts", "blend": "=occupancies weights densities"}
    found = k.array(names.get(how, "=distances min_distances sdf dists"), best.type, k.launch, "out")
    k.set(found[k.threads], best)
    if which is not None:
        k.set(k.array(f"=nearest_{w} {w}_ids closest_ids {w}_index", t.I32, k.launch, "out")[k.threads], which)


def _of_one(k: Kernel, thing: str, points: Dim, own: Expr, distance: Expr) -> None:
    """What becomes of the distance between a point and a shape."""
    rng = k.rng
    use = rng.choose(("write", "least", "count", "inside", "penetration"))
    if use == "write":
        k.set(k.array("=distances sdf dists out_dist", k.real, k.launch, "out")[k.threads], distance)
        return
    if use == "inside":
        margin = k.scalar("=margin thickness tolerance", k.real, 0.0, 0.3) if rng.chance(0.5) else 0.0
        k.set(k.array("=inside is_inside hits touching", t.BOOL, k.launch, "out")[k.threads], distance < margin)
        return
    if use == "least":
        target = k.array(f"=min_distance {thing}_distance distances", k.real, (points,), "inout", low=1e6, high=1e6)
        k.do(k.call("atomic_min", target, own, distance, gives=k.real))
        return
    sizes = k.array(f"={thing}_radius radii radius", k.real, (points,), low=0.05, high=0.3)
    if use == "count":
        target = k.array(f"={thing}_contacts contact_counts num_contacts", t.I32, (points,), "inout", low=0, high=0)
        with k.when(distance < sizes[own]):
            k.do(k.call("atomic_add", target, own, k.integer(1), gives=t.I32))
        return
    depth = k.let("=depth pen penetration", k.call("max", sizes[own] - distance, 0.0))
    k.set(k.array("=depths penetrations pen_out", k.real, k.launch, "out")[k.threads], depth)
