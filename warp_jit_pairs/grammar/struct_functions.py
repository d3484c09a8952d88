"""Functions that take and return structs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from . import tree
from .build import Body
from .helpers import Helper, helper
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .struct_movers import POSITION, VELOCITY, mover, vector_of
from .struct_tasks import Row
from .structs import FIELDS, Record
from .tree import Expr


@recipe("functions that take and return structs", "struct:0.77 function:0.28", FIELDS)
def struct_functions(k: Kernel) -> None:
    rng = k.rng
    k.rng.choose((_moved, _ray_shape, _pairwise))(k)
    del rng


def _struct_function(
    job: Job, titles: str, rows: Sequence[Row], write: Callable[[Body, list[Expr]], Sequence[Expr]]
) -> Helper:
    kinds = [(job.words(names), value, low, high) for names, value, low, high in rows]
    return helper(job.k, kinds, write, titles=job.listed(titles))


def _moved(k: Kernel) -> None:
    """A function that gives the next state of a struct, another that measures it."""
    rng = k.rng
    job = Job(k, "particle body agent ball planet boid", 0.25, True)
    job.titled("step_{s} integrate_{s} advance_{s} update_{s} simulate_{s} move_{s}")
    job.start()
    vector = vector_of(k)
    record = mover(job, vector, 1)
    keys = record.keys
    array = record.array("{s} {}_states {}_data", "in")
    item = job.let("{} s cur", array[job.at])
    kind = ("state s body_s", record.type, -inf, inf)
    spring = rng.chance(0.4)

    def force(body: Body, names: list[Expr]) -> Sequence[Expr]:
        state = names[0]
        if spring:
            value = (names[1] - record.of(state, "pos")) * names[2]
        else:
            value = names[1] - record.of(state, "vel") * names[2]
        if "drag" in keys:
            value = value - record.of(state, "vel") * record.of(state, "drag")
        if "force" in keys:
            value = value + record.of(state, "force")
        return [value / record.of(state, "mass") if "mass" in keys else value]

    if spring:
        rows: list[Row] = [kind, ("anchor rest target", vector, -2.0, 2.0), ("stiffness ke k_s", k.real, 1.0, 50.0)]
        acceleration = _struct_function(job, "spring_accel anchor_accel compute_accel spring_force", rows, force)
        arguments = [
            item,
            job.scalar("anchor rest target", vector, -2.0, 2.0),
            job.param("stiffness ke k_s", 1.0, 50.0, 10.0, 20.0, each=False),
        ]
    else:
        rows = [kind, ("gravity g grav", vector, -10.0, 10.0), ("damping drag_c kd", k.real, 0.05, 1.0)]
        acceleration = _struct_function(job, "compute_accel acceleration eval_forces net_accel", rows, force)
        arguments = [
            item,
            job.scalar("gravity g grav", vector, -10.0, 10.0),
            job.param("damping drag_c kd", 0.05, 1.0, 0.1, 0.5, each=False),
        ]
    accel = job.let("accel a acc", acceleration.call(*(arguments[n] for n in acceleration.kept)))

    def advance(body: Body, names: list[Expr]) -> Sequence[Expr]:
        made = body.let(job.words("out next_s result"), tree.Call(record.type, -inf, inf, record.type.name, ()))
        v1 = body.let(job.words("v1 v_new new_v"), record.of(names[0], "vel") + names[1] * names[2])
        for key in keys:
            value = record.of(names[0], key)
            if key == "vel":
                value = v1
            elif key == "pos":
                value = value + v1 * names[2]
            elif key == "age":
                value = value + names[2]
            body.set(record.of(made, key), value)
        return [made]

    step = _struct_function(
        job,
        "advance integrate step_state euler_step move next_state",
        [kind, ("accel a acc", vector, -100.0, 100.0), ("dt h time_step", k.real, 0.001, 0.1)],
        advance,
    )
    dt = job.param("dt h time_step", 0.001, 0.1, 0.01, 0.02, each=False)
    moved = job.let("next_state new_state moved", step.call(item, accel, dt))
    k.set(record.array("{s}_out next_{s} {}_out", "out")[job.at], moved)
    if job.more(0.4):

        def energy(body: Body, names: list[Expr]) -> Sequence[Expr]:
            v = record.of(names[0], "vel")
            return [
                0.5 * record.of(names[0], "mass") * body.call("dot", v, v)
                if "mass" in keys
                else 0.5 * body.call("dot", v, v)
            ]

        measure = _struct_function(job, "kinetic_energy energy_of kinetic", [kind], energy)
        job.write("energies kinetic {}_energy", measure.call(moved))
    k.shared.differentiable = False


def _ray_shape(k: Kernel) -> None:
    """Rays against spheres and planes, by functions of their structs."""
    rng = k.rng
    job = Job(k, "ray beam sample", 0.2)
    job.start()
    plane = rng.chance(0.35)
    ray = Record(
        job, "Ray RayData Segment", [("origin o start", k.vec3, -3.0, 3.0), ("dir direction d", k.vec3, -1.0, 1.0)]
    )
    if plane:
        job.titled("intersect_plane ray_plane cast_{s}_on_plane trace_ground ray_plane_hits")
        shape = Record(
            job,
            "Plane Ground HalfSpace",
            [("normal n nrm", k.vec3, 0.1, 1.0), ("offset height dist0", k.real, -1.0, 1.0)],
        )
    else:
        job.titled("intersect_spheres ray_sphere trace_{s} cast_{s} ray_sphere_hits intersect_{s} sphere_trace_hits")
        shape = Record(
            job, "Sphere Ball Obstacle", [("center c origin", k.vec3, -1.0, 1.0), ("radius r rad", k.real, 0.3, 1.5)]
        )

    def hit(body: Body, names: list[Expr]) -> Sequence[Expr]:
        o, d = ray.of(names[0], "origin"), ray.of(names[0], "dir")
        if plane:
            n = shape.of(names[1], "normal")
            along = body.let(job.words("denom nd slope"), body.call("dot", n, d))
            with body.when(body.call("abs", along) < 1e-3):
                body.give(body.lit(-1.0))
            return [(shape.of(names[1], "offset") - body.call("dot", n, o)) / along]
        oc = body.let(job.words("oc rel m"), o - shape.of(names[1], "center"))
        b = body.let(job.words("b half_b proj"), body.call("dot", oc, d))
        r = shape.of(names[1], "radius")
        a = body.let(job.words("a dd len_sq"), body.call("max", body.call("dot", d, d), 1e-3))
        c = body.let(job.words("c dist_sq rest"), body.call("dot", oc, oc) - r * r)
        disc = body.let(job.words("disc h delta"), b * b - a * c)
        with body.when(disc < 0.0):
            body.give(body.lit(-1.0))
        return [(-b - body.call("sqrt", disc)) / a]

    test = _struct_function(
        job,
        "ray_plane intersect_plane hit_plane" if plane else "ray_sphere intersect_sphere hit_sphere sphere_hit",
        [
            ("ray r_in beam", ray.type, -inf, inf),
            ("plane pl ground" if plane else "sphere s ball", shape.type, -inf, inf),
        ],
        hit,
    )
    item = job.let("ray beam r_i", ray.array("{s} {}_data {}_list")[job.at])
    other = shape.argument("plane ground pl" if plane else "sphere ball obstacle")
    t_hit = job.let("t t_hit dist", test.call(item, other))
    job.write("hits t_out distances hit_dist", t_hit)
    if job.more(0.6):

        def at(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [ray.of(names[0], "origin") + ray.of(names[0], "dir") * names[1]]

        point_at = _struct_function(
            job,
            "point_at ray_at evaluate_ray along_ray",
            [("ray r_in beam", ray.type, -inf, inf), ("t dist s_t", k.real, -10.0, 100.0)],
            at,
        )
        points = job.array("points hit_points positions_out", k.vec3, None, "out")
        with k.when(t_hit > 0.0):
            point = job.let("p hit_p point", point_at.call(item, t_hit))
            k.set(points[job.at], point)
            if not plane and job.more(0.5):
                k.set(
                    job.array("normals hit_normals n_out", k.vec3, None, "out")[job.at],
                    k.call("normalize", point - shape.of(other, "center")),
                )
    if job.more(0.4):
        job.write("is_hit hit_mask visible", k.where(t_hit > 0.0, k.integer(1), k.integer(0)))
    k.shared.differentiable = False


def _pairwise(k: Kernel) -> None:
    """A function of two structs: what two things do to each other, or how far apart they are."""
    rng = k.rng
    job = Job(k, "body charge star cell particle agent", 0.2, True)
    job.start(plain=True)
    vector = vector_of(k)
    what = rng.choose(("gravity", "coulomb", "repel", "distance", "blend"))
    strength = {
        "gravity": "mass m weight",
        "coulomb": "charge q e_charge",
        "repel": "radius r size",
        "distance": "radius r size",
        "blend": "weight w alpha",
    }[what]
    record = Record(
        job,
        f"{job.it.capitalize()} {job.it.capitalize()}Data {job.it.capitalize()}State",
        [
            (POSITION, vector, -2.0, 2.0),
            (strength, k.real, 0.3 if what != "coulomb" else -1.0, 1.0),
            *([(VELOCITY, vector, -1.0, 1.0)] if what == "blend" else []),
        ],
    )
    key = strength.split()[0]
    titles = {
        "gravity": (
            "attract_{s} gravity_on_{s} pull_{s} attraction_to_source source_gravity",
            "gravity attraction pull newton_force",
        ),
        "coulomb": (
            "coulomb_forces electric_forces charge_forces coulomb_on_{s} eval_coulomb",
            "coulomb coulomb_force electric_force",
        ),
        "repel": (
            "repel_{s} push_apart separate_{s} repulsion_from_obstacle overlap_forces",
            "repulsion push_away soft_contact",
        ),
        "distance": (
            "{}_distances gap_to_{s} surface_distance measure_gaps clearance",
            "gap surface_gap separation clearance_of",
        ),
        "blend": ("blend_{s} mix_{s} interpolate_{s} merge_states lerp_{s}", "blend lerp_state mix_states interpolate"),
    }[what]
    job.titled(titles[0])

    def act(body: Body, names: list[Expr]) -> Sequence[Expr]:
        a, b = names[0], names[1]
        if what == "blend":
            made = body.let(job.words("out mixed result"), tree.Call(record.type, -inf, inf, record.type.name, ()))
            for name in record.keys:
                one, two = record.of(a, name), record.of(b, name)
                body.set(record.of(made, name), one * (1.0 - names[2]) + two * names[2])
            return [made]
        d = body.let(job.words("d delta rel"), record.of(b, "pos") - record.of(a, "pos"))
        r = body.let(job.words("r dist len_d"), body.call("length", d))
        if what == "distance":
            return [r - record.of(a, key) - record.of(b, key)]
        if what == "repel":
            overlap = body.let(job.words("overlap depth pen"), record.of(a, key) + record.of(b, key) - r)
            with body.when(overlap <= 0.0):
                body.give(body.zero(vector))
            return [d * (-names[2] * overlap / (r + 1e-2))]
        r2 = body.let(job.words("r2 d2 soft_r2"), r * r + 0.01)
        sign = 1.0 if what == "gravity" else -1.0
        size = names[2] * record.of(a, key) * record.of(b, key) / (r2 * body.call("sqrt", r2))
        return [d * size if sign > 0 else d * -size]

    kinds: list[Row] = [("a self_s one", record.type, -inf, inf), ("b other two", record.type, -inf, inf)]
    if what in ("gravity", "coulomb", "repel"):
        kinds.append(
            (
                {"gravity": "g_const gm strength", "coulomb": "k_e coulomb_k strength", "repel": "stiffness ke k_s"}[
                    what
                ],
                k.real,
                0.1,
                20.0,
            )
        )
    elif what == "blend":
        kinds.append(("t alpha s_mix", k.real, 0.0, 1.0))
    function = _struct_function(job, titles[1], kinds, act)
    array = record.array("{s} {}_data {}_list")
    item = job.let("{} cur own", array[job.at])
    pairs = rng.chance(0.6) and what not in ("blend",)
    extra = (
        [job.param(kinds[2][0], 0.1, 1.0 if what == "blend" else 20.0, 0.5, 0.25, each=False)] if len(kinds) > 2 else []
    )
    if pairs:
        # All others act on this one.
        n = job.length(k.launch[-1], "num_{s} n_{s} count n", array, len(job.dims) - 1)
        scalar = what == "distance"
        total = job.var(
            "nearest closest min_gap" if scalar else "force f total", k.lit(100.0) if scalar else k.zero(vector)
        )
        with k.loop(job.words("j other_id m"), n) as j:
            with k.when(j.equals(job.at[-1])):
                k.next_turn()
            value = function.call(item, array[(*job.at[:-1], j)], *extra)
            if scalar:
                k.set(total, k.call("min", total, value))
            else:
                k.augment(total, "+", value)
        job.write("nearest_gap min_gaps clearances" if scalar else "forces {}_forces f_out", total)
        k.shared.differentiable = False
        return
    other = record.argument("source other reference probe")
    value = function.call(item, other, *extra)
    if what == "blend":
        k.set(record.array("{s}_out blended mixed", "out")[job.at], job.let("mixed result out_s", value))
    else:
        job.write("gaps distances clearances" if what == "distance" else "forces {}_forces f_out", value)
    k.shared.differentiable = False
