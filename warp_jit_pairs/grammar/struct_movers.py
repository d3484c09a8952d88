"""Structs of what moves: position, velocity and what is kept beside them; a step of such things."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .structs import Record
from .tree import Expr

POSITION = "pos position x p"
VELOCITY = "vel velocity v qd"


def vector_of(k: Kernel) -> t.Vector:
    return t.vec(k.rng.weighted({3: 6.0, 2: 2.0}), k.real)


def mover(job: Job, vector: t.Vector, more: int = 2) -> Record:
    """The state of what moves: position, velocity and some of what people keep beside them."""
    k, rng = job.k, job.rng
    fields: list[tuple[str, t.Type, float, float]] = [(POSITION, vector, -2.0, 2.0), (VELOCITY, vector, -2.0, 2.0)]
    others: list[tuple[str, t.Type, float, float]] = [
        ("mass m inertia_m", k.real, 0.5, 2.0),
        ("radius r size", k.real, 0.1, 0.5),
        ("age life time_alive", k.real, 0.0, 2.0),
        ("active alive enabled", t.I32, 0, 1),
        ("force f f_ext", vector, -2.0, 2.0),
        ("drag damping c_d", k.real, 0.05, 1.0),
    ]
    fields += rng.sample(others, min(len(others), more + rng.integer(0, 1)))
    big = job.it[:1].upper() + job.it[1:]
    return Record(job, f"{big} {big}State {big}Data {big}", fields)


def move(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "particle body agent ball boid droplet vehicle bullet", physical=True)
    job.titled("integrate_{s} update_{s} step_{s} move_{s} advance_{s} simulate_{s} {}_step euler_{s} update_{}_state")
    job.start()
    vector = vector_of(k)
    record = mover(job, vector, {"small": 1, "medium": 2, "large": 4}[k.shared.size])
    inplace = rng.chance(0.6)
    array = record.array("{s} {}_data {}_array {}_states", "inout" if inplace else "in")
    item = job.let("{} s p_state cur", array[job.at])
    keys = record.keys
    if "active" in keys:
        with k.when(record.of(item, "active").equals(0)):
            k.give()
    pos, vel = record.of(item, "pos"), record.of(item, "vel")
    dt = job.param("dt time_step sim_dt", 0.001, 0.1, 0.01, 0.02, each=False)
    accel: Expr | None = None
    if "force" in keys:
        accel = record.of(item, "force") / record.of(item, "mass") if "mass" in keys else record.of(item, "force")
    if "drag" in keys:
        drag = -record.of(item, "drag") * vel
        accel = drag if accel is None else accel + drag
    if accel is None or job.more(0.4):
        g = job.scalar("gravity g grav", vector, -10.0, 10.0)
        accel = g if accel is None else accel + g
    v1 = job.let("v_new new_vel v1", vel + accel * dt)
    p1 = job.let("p_new new_pos x1", pos + v1 * dt)
    if job.more(0.35):
        axis = rng.choose((1, vector.length - 1))
        ground = (
            record.of(item, "radius")
            if "radius" in keys
            else job.param("ground floor_y floor_height", -1.0, 0.0, 0.0, -1.0, each=False)
        )
        v1, p1 = job.var("v_out v_hit vel_next", v1), job.var("p_out p_hit pos_next", p1)
        with k.when(p1[axis] < ground):
            k.set(p1[axis], ground)
            k.set(v1[axis], -job.param("restitution bounce elasticity", 0.1, 0.9, 0.5, 0.8, each=False) * v1[axis])
    results: dict[str, Expr] = {"pos": p1, "vel": v1}
    if "age" in keys:
        results["age"] = record.of(item, "age") + dt
    record.store(array, item, results, inplace, "{s}_out {}_out next_{s} new_{s}")
    if job.more(0.25):
        speed2 = k.call("dot", v1, v1)
        mass = record.of(item, "mass") if "mass" in keys else None
        job.write("kinetic energy kinetic_energy", 0.5 * speed2 if mass is None else 0.5 * mass * speed2)
