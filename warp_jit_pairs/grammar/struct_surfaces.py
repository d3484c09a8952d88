"""Structs of surfaces that touch or are lit: contacts and their forces, materials and their brightness."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .struct_movers import POSITION, vector_of
from .structs import Record
from .tree import Expr


def contacts(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "contact collision hit manifold_point", physical=True)
    job.titled(
        "contact_forces eval_contacts solve_contacts contact_impulses compute_{}_forces resolve_{s} penalty_contacts"
    )
    job.start()
    vector = vector_of(k)
    fields: list[tuple[str, t.Type, float, float]] = [
        ("normal n nrm", vector, -1.0, 1.0),
        ("depth penetration pen", k.real, -0.5, 1.0),
        ("rel_vel v_rel velocity", vector, -2.0, 2.0),
    ]
    if rng.chance(0.6):
        fields.append(("friction mu fric", k.real, 0.1, 1.0))
    record = Record(job, "Contact ContactPoint ContactData Collision", fields)
    array = record.array("{s} {}_list contact_data")
    item = job.let("c {} cp", array[job.at])
    n, depth = record.of(item, "normal"), record.of(item, "depth")
    target = job.array("forces impulses f_out contact_forces", vector, None, "out")
    with k.when(depth <= 0.0):
        k.set(target[job.at], k.zero(vector))
        k.give()
    ke = job.param("ke stiffness contact_ke", 1.0, 100.0, 50.0, 10.0, each=False)
    fn: Expr = ke * depth
    vn: Expr = job.let("vn normal_speed v_n", k.call("dot", record.of(item, "rel_vel"), n))
    if job.more(0.6):
        fn = fn - job.param("kd damping contact_kd", 0.1, 5.0, 1.0, 0.5, each=False) * k.call("min", vn, 0.0)
    fn = job.let("fn f_normal normal_force", fn)
    force: Expr = n * fn
    if "friction" in record.keys or job.more(0.5):
        mu = (
            record.of(item, "friction")
            if "friction" in record.keys
            else job.param("mu friction", 0.1, 1.0, 0.5, each=False)
        )
        vt = job.let("vt tangent_vel slip", record.of(item, "rel_vel") - n * vn)
        size = job.let("vt_len slip_speed s", k.call("length", vt))
        force = force - vt * (mu * fn / (size + rng.choose((0.01, 0.1))))
    k.set(target[job.at], job.maybe("f force total_f", force))
    if job.more(0.3):
        job.write("normal_forces fn_out pressures", fn)


def lights(k: Kernel) -> None:
    """Surfaces with a material: how bright they are."""
    rng = k.rng
    job = Job(k, "surfel sample surface fragment pixel patch")
    job.titled("shade_{s} light_{s} phong_shading lambert_shading compute_lighting shade eval_lighting")
    job.start()
    record = Record(
        job,
        "Surfel Sample Surface Fragment",
        [
            (POSITION, k.vec3, -2.0, 2.0),
            ("normal n nrm", k.vec3, -1.0, 1.0),
            ("albedo color base_color", k.vec3, 0.0, 1.0),
            *([("shininess gloss exponent", k.real, 1.0, 8.0)] if rng.chance(0.5) else []),
        ],
    )
    array = record.array("{s} gbuffer {}_data")
    item = job.let("{} s g", array[job.at])
    n = job.let("n_hat unit_n nn", k.call("normalize", record.of(item, "normal")))
    light = job.scalar("light_pos light sun_pos", k.vec3, -3.0, 3.0)
    to = job.let("to_light l_vec delta", light - record.of(item, "pos"))
    l_dir = job.let("l l_dir dir_l", k.call("normalize", to))
    lambert = job.let("ndotl diffuse lambert", k.call("max", k.call("dot", n, l_dir), 0.0))
    level: Expr = lambert
    if job.more(0.4):
        level = level / (1.0 + k.call("dot", to, to))
    color = record.of(item, "albedo") * level
    if "shininess" in record.keys:
        eye = job.scalar("eye camera_pos view_pos", k.vec3, -3.0, 3.0)
        half = job.let("h half_vec hv", k.call("normalize", l_dir + k.call("normalize", eye - record.of(item, "pos"))))
        spec = job.let(
            "spec highlight specular",
            k.call("pow", k.call("max", k.call("dot", n, half), 0.0), record.of(item, "shininess")),
        )
        color = color + k.make(k.vec3, spec, spec, spec)
    if job.more(0.4):
        color = color + record.of(item, "albedo") * job.param(
            "ambient ambient_level min_light", 0.02, 0.3, 0.1, each=False
        )
    job.write("colors radiance shaded out_color", job.maybe("c shaded_color rgb", color))
    if job.more(0.3):
        job.write("lit is_lit facing", k.where(lambert > 0.0, k.integer(1), k.integer(0)))
