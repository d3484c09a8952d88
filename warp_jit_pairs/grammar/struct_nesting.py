"""Structs inside structs, and loops over arrays of structs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .struct_movers import POSITION, VELOCITY, vector_of
from .struct_tasks import Row
from .structs import FIELDS, Record
from .tree import Expr


@recipe("structs inside structs", "struct:1.2", FIELDS)
def nested_structs(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("body", "shape", "state", "scene"))
    job = Job(
        k,
        {
            "body": "body link object",
            "shape": "shape object primitive",
            "state": "particle vehicle drone",
            "scene": "pixel sample point",
        }[what],
        0.1,
    )
    job.start()
    vector = vector_of(k) if what != "scene" else k.vec3
    k.shared.differentiable = False
    if what == "scene":
        _scene(job)
        return
    inner_rows: list[Row]
    outer_rows: list[Row]
    if what == "body":
        inner_rows = [
            ("density rho d_mat", k.real, 0.5, 2.0),
            ("friction mu fric", k.real, 0.1, 1.0),
            ("restitution bounce e_mat", k.real, 0.1, 0.9),
        ]
        outer_rows = [
            (POSITION, vector, -2.0, 2.0),
            (VELOCITY, vector, -2.0, 2.0),
            ("volume vol size", k.real, 0.1, 2.0),
        ]
        names = ("Material MaterialProps SurfaceProps", "material mat props", "Body RigidBody Object")
    elif what == "shape":
        inner_rows = [("lower lo bmin", vector, -2.0, 0.0), ("upper hi bmax", vector, 0.0, 2.0)]
        outer_rows = [("margin skin padding", k.real, 0.01, 0.3), ("group layer category", t.I32, 0, 3)]
        names = ("Bounds Aabb Box", "bounds box aabb", "Shape Collider Primitive")
    else:
        inner_rows = [(POSITION, vector, -2.0, 2.0), (VELOCITY, vector, -2.0, 2.0)]
        outer_rows = [("mass m weight", k.real, 0.5, 2.0), ("drag damping c_d", k.real, 0.05, 1.0)]
        names = ("State Motion Kinematics", "state motion kin", "Particle Vehicle Agent")
    if rng.chance(0.5) and what != "shape":
        outer_rows = outer_rows[: len(outer_rows) - 1] if what == "state" else outer_rows
    inner, part_name, outer, facts = _nest(job, names, inner_rows, outer_rows)
    array = job.array("{s} {}_data {}_list", outer.type, None, "in", **facts)
    item = job.let("{} obj cur", array[job.at])
    part: Expr = tree.Attribute(inner.type, -inf, inf, item, part_name)
    if rng.chance(0.4):
        part = job.let(names[1].replace(part_name, "").strip() + " inner", part)
    if what == "body":
        mass = job.let("mass m body_mass", inner.of(part, "density") * outer.of(item, "volume"))
        v = outer.of(item, "vel")
        kind = rng.choose(("energy", "bounce", "friction"))
        if kind == "energy":
            job.titled("{}_kinetic_energy compute_{}_energy measure_{s} {}_momentum mass_and_energy")
            job.write("masses mass_out {}_mass", mass)
            job.write("energies kinetic energy_out", 0.5 * mass * k.call("dot", v, v))
            if job.more(0.5):
                job.write("momenta momentum p_out", v * mass)
        elif kind == "bounce":
            job.titled("bounce_{s} ground_impulse collide_{s}_with_floor impact_impulses restitution_impulse")
            axis = rng.choose((1, vector.length - 1))
            ground = job.param("ground floor_y height", -1.0, 1.0, 0.0, each=False)
            impulse = job.var("impulse j_n push", k.lit(0.0))
            down = v[axis]
            with k.when(k.both(outer.of(item, "pos")[axis] < ground, down < 0.0)):
                k.set(impulse, -(1.0 + inner.of(part, "restitution")) * mass * down)
            job.write("impulses impulse_out j_out", impulse)
            if job.more(0.4):
                job.write("friction_limit max_friction", impulse * inner.of(part, "friction"))
        else:
            job.titled("friction_forces sliding_friction coulomb_friction {}_friction compute_friction")
            g = job.param("gravity g grav", 1.0, 10.0, 9.81, each=False)
            normal = job.let("fn normal_load load", mass * g)
            speed = job.let("speed slip v_len", k.call("length", v))
            job.write(
                "friction forces f_out", v * (-inner.of(part, "friction") * normal / (speed + rng.choose((0.01, 0.1))))
            )
            if job.more(0.4):
                job.write("loads normal_out weights", normal)
    elif what == "shape":
        lo, hi = inner.of(part, "lower"), inner.of(part, "upper")
        p = (
            job.scalar("query point probe", vector, -2.0, 2.0)
            if rng.chance(0.5)
            else job.read("points queries", "p q point", vector, nest=0.0)
        )
        job.titled("query_{s} point_in_{s} collide_points test_{s} {}_contains {s}_near_point")
        closest = job.let("closest q_box nearest", k.call("min", k.call("max", p, lo), hi))
        d = job.let("dist d gap", k.call("length", p - closest))
        inside = d <= outer.of(item, "margin")
        if rng.chance(0.6):
            wanted = job.scalar("query_group group_filter wanted_group", t.I32, 0, 3)
            inside = k.both(outer.of(item, "group").equals(wanted), inside)
        job.write("hits overlaps touching", k.where(inside, k.integer(1), k.integer(0)))
        if job.more(0.6):
            job.write("distances gaps dist_out", d - outer.of(item, "margin"))
    else:
        job.titled("step_{s} integrate_{s} advance_{s} update_{s} move_{s}")
        f = job.read("forces f_ext {}_forces", "f force f_i", vector, nest=0.3)
        dt = job.param("dt time_step h", 0.001, 0.1, 0.01, each=False)
        x, v = inner.of(part, "pos"), inner.of(part, "vel")
        accel = f / outer.of(item, "mass")
        if "drag" in outer.keys:
            accel = accel - v * outer.of(item, "drag")
        v1 = job.let("v1 v_new new_v", v + accel * dt)
        job.write("velocities vel_out v_out", v1)
        job.write("positions pos_out x_out", x + v1 * dt)
        if job.more(0.4):
            job.write("energies kinetic", 0.5 * outer.of(item, "mass") * k.call("dot", v1, v1))


def _nest(
    job: Job, names: tuple[str, str, str], inner_rows: Sequence[Row], outer_rows: Sequence[Row]
) -> tuple[Record, str, Record, dict[str, Any]]:
    """A struct in another; gives both, the name of the field, and the facts of the outer one."""
    k = job.k
    inner = Record(job, names[0], inner_rows)
    field = k.namer.field(job.words(names[1]))
    outer = Record(job, names[2], outer_rows)
    definition = k.shared.parts.pop()
    assert isinstance(definition, tree.StructDef)
    outer.type = t.Struct(outer.type.name, (*outer.type.fields, (field, inner.type)))
    k.shared.parts.append(tree.StructDef(outer.type, (*definition.annotations, inner.type.name)))
    facts = outer.facts()
    facts["fields"] = facts["fields"] | {field: inner.facts()}
    return inner, field, outer, facts


def _scene(job: Job) -> None:
    """A camera or a light inside the parameters of a scene."""
    k, rng = job.k, job.rng
    inner, field, outer, facts = _nest(
        job,
        ("Light PointLight Sun", "light sun lamp", "Scene SceneParams RenderParams"),
        [
            ("pos position place", k.vec3, -3.0, 3.0),
            ("intensity power strength", k.real, 0.5, 4.0),
            *([("color tint rgb", k.vec3, 0.2, 1.0)] if rng.chance(0.5) else []),
        ],
        [
            ("ambient ambient_level base", k.real, 0.02, 0.3),
            *([("fog fog_density haze", k.real, 0.05, 0.5)] if rng.chance(0.4) else []),
        ],
    )
    job.titled("light_{s} shade_{s} irradiance compute_irradiance light_points illuminate eval_light")
    scene = k.scalar(job.words("scene params render"), outer.type, -inf, inf, **facts)
    light: Expr = tree.Attribute(inner.type, -inf, inf, scene, field)
    if rng.chance(0.4):
        light = job.let("l src lamp_s", light)
    p = job.read("points positions surface_points", "p x_i point", k.vec3, nest=0.0)
    n = job.read("normals surface_normals", "n normal nrm", k.vec3, -1.0, 1.0, unit=True)
    to = job.let("to_light l_vec delta", inner.of(light, "pos") - p)
    r2 = job.let("r2 d2 dist_sq", k.call("dot", to, to))
    lambert = job.let("ndotl cos_theta lambert", k.call("max", k.call("dot", n, k.call("normalize", to)), 0.0))
    value = outer.of(scene, "ambient") + inner.of(light, "intensity") * lambert / (1.0 + r2)
    if "fog" in outer.keys:
        value = value * k.call("exp", -outer.of(scene, "fog") * k.call("sqrt", r2))
    value = job.let("e level irradiance_v", value)
    if "color" in inner.keys:
        job.write("colors radiance shaded", inner.of(light, "color") * value)
    else:
        job.write("irradiance_out brightness lit_values", value)
    if job.more(0.4):
        job.write("is_lit facing visible", k.where(lambert > 0.0, k.integer(1), k.integer(0)))


@recipe(
    "search, selection and accumulation over an array of structs",
    "struct:0.55 reduction:0.28 control_flow:0.22",
    FIELDS,
)
def struct_loop(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("lights", "nearest", "potential", "inside", "blend", "waypoints", "sdf"))
    job = Job(
        k,
        {
            "lights": "point sample pixel",
            "nearest": "query agent point",
            "potential": "probe point site",
            "inside": "point particle",
            "blend": "vertex point",
            "waypoints": "agent robot drone",
            "sdf": "point voxel sample",
        }[what],
        0.15,
    )
    titles = {
        "lights": "accumulate_lights sum_lights light_{s} compute_irradiance direct_lighting gather_lights",
        "nearest": "nearest_sphere find_closest closest_obstacle"
        " nearest_site assign_to_nearest find_nearest closest_for_{s}",
        "potential": "potential_at_{s} sum_potential eval_potential charge_potential field_at_{s} accumulate_potential",
        "inside": "count_containing spheres_at_{s} membership which_regions find_region locate_{s} region_of_{s}",
        "blend": "rbf_interpolate blend_handles deform_{s} weighted_blend handle_deformation interpolate_from_sites",
        "waypoints": "steer_to_goals attraction_field goal_forces potential_field_steering sum_attractors steer_{s}",
        "sdf": "scene_sdf union_sdf distance_to_scene min_distance_to_spheres sphere_union eval_scene_sdf",
    }
    job.titled(titles[what])
    job.start()
    vector = vector_of(k)
    second: Row
    third: list[Row] = []
    if what == "lights":
        vector, name, arrays, second = (
            k.vec3,
            "Light PointLight LightSource",
            "lights light_list sources",
            ("intensity power brightness", k.real, 0.5, 3.0),
        )
        third = [("color tint rgb", k.vec3, 0.2, 1.0)] if rng.chance(0.5) else []
    elif what in ("nearest", "inside", "sdf"):
        name, arrays, second = "Sphere Obstacle Region", "spheres obstacles regions", ("radius r rad", k.real, 0.3, 1.5)
        third = [("label id_tag kind", t.I32, 0, 7)] if what != "sdf" and rng.chance(0.5) else []
    elif what == "potential":
        name, arrays, second = (
            "Charge Source PointCharge",
            "charges sources point_charges",
            ("charge q strength", k.real, -1.0, 1.0),
        )
    elif what == "blend":
        name, arrays, second = "Handle Site Control", "handles sites controls", ("width sigma reach", k.real, 0.5, 2.0)
        third = [("offset displacement shift", vector, -1.0, 1.0)]
    else:
        name, arrays, second = (
            "Waypoint Attractor Goal",
            "waypoints attractors goals",
            ("weight gain strength", k.real, -1.0, 1.0),
        )
    record = Record(job, name, [("pos center place", vector, -2.0, 2.0), second, *third])
    key = second[0].split()[0]
    items = k.dim(8)
    array = job.array(arrays, record.type, (items,), **record.facts())
    if what == "lights":
        p = job.read("points positions surface_pos", "p x_i point", vector, nest=0.0)
        n = job.read("normals surface_normals", "n normal nrm", vector, -1.0, 1.0, nest=0.0, unit=True)
    else:
        p = job.read("points positions queries {}_pos", "p x_i point", vector, nest=0.0)
        n = p
    bound = job.length(items, f"num_{arrays.split()[0]} n_{arrays.split()[0]} num_items", array)
    smooth = what in ("lights", "potential", "blend", "waypoints")
    cutoff = (
        job.param("max_dist cutoff influence_radius", 1.0, 4.0, 3.0, 2.0, each=False)
        if smooth and job.more(0.4)
        else None
    )
    colored = bool(third) and what == "lights"
    total = job.var(
        {
            "lights": "total radiance acc",
            "nearest": "best_dist best min_dist",
            "potential": "phi total potential_i",
            "inside": "count num_inside hits",
            "blend": "shift moved acc",
            "waypoints": "force steer pull",
            "sdf": "dist d_min best",
        }[what],
        k.integer(0)
        if what == "inside"
        else k.lit(100.0)
        if what in ("nearest", "sdf")
        else k.zero(vector)
        if what in ("blend", "waypoints") or colored
        else k.lit(0.0),
    )
    chosen = (
        job.var("best_id nearest_id best_idx" if what == "nearest" else "region found last_id", k.integer(-1))
        if what in ("nearest", "inside")
        else None
    )
    norm = job.var("w_sum norm weight_total", k.lit(0.0)) if what == "blend" else None
    soft = k.choose_lit(0.1, 0.01, 0.5)
    blend = job.param("blend smooth_k k_blend", 0.1, 0.5, 0.2, each=False) if what == "sdf" and job.more(0.3) else None
    with k.loop(job.words("j n m"), bound) as j:
        it = {
            "lights": "light lamp src",
            "nearest": "s obs ball",
            "potential": "c src charge_j",
            "inside": "s region_j ball",
            "blend": "h site handle",
            "waypoints": "w goal attractor",
            "sdf": "s ball shape",
        }[what]
        item = job.let(it, array[j])
        d = job.let("d to_item delta", record.of(item, "pos") - p)
        r = job.let("r dist_j len_d", k.call("length", d))
        value = record.of(item, key)
        if cutoff is not None:
            with k.when(r > cutoff):
                k.next_turn()
        if what == "lights":
            lambert = job.let("cos_j ndotl lambert", k.call("max", k.call("dot", n, d), 0.0) / (r + soft))
            level = value * lambert / (1.0 + r * r)
            k.augment(total, "+", record.of(item, "color") * level if colored else level)
        elif what == "nearest":
            gap = job.let("gap surface_d g", r - value)
            with k.when(gap < total):
                k.set(total, gap)
                assert chosen is not None
                k.set(chosen, record.of(item, "label") if third else j)
        elif what == "potential":
            k.augment(total, "+", value / (r + soft))
        elif what == "inside":
            with k.when(r < value):
                k.augment(total, "+", 1)
                assert chosen is not None
                k.set(chosen, record.of(item, "label") if third else j)
        elif what == "blend":
            assert norm is not None
            w = job.let("w wj weight", k.call("exp", -(r * r) / (value * value)))
            k.augment(total, "+", record.of(item, "offset") * w)
            k.augment(norm, "+", w)
        elif what == "waypoints":
            k.augment(total, "+", d * (value / (r + soft)))
        else:
            gap = job.let("gap sd g", r - value)
            if blend is None:
                k.set(total, k.call("min", total, gap))
            else:
                h = job.let("h mix_h overlap", k.call("max", blend - k.call("abs", gap - total), 0.0) / blend)
                k.set(total, k.call("min", total, gap) - 0.25 * h * h * blend)
    k.shared.differentiable = what in ("lights", "potential", "blend", "waypoints")
    if what == "nearest":
        assert chosen is not None
        if rng.chance(0.7):
            job.write("nearest_ids closest_ids assignments", chosen)
        job.write("nearest_dist distances closest_dist", total)
        if job.more(0.4):
            job.write("colliding hits is_inside", k.where(total < 0.0, k.integer(1), k.integer(0)))
    elif what == "inside":
        assert chosen is not None
        job.write("counts num_regions overlaps", total)
        if rng.chance(0.7):
            job.write("regions last_region region_ids", chosen)
    elif what == "blend":
        assert norm is not None
        moved = job.let("delta_p offset_p displacement_p", total / (norm + 0.01))
        job.write("deformed points_out moved_points", p + moved)
        if job.more(0.4):
            job.write("weights coverage weight_out", norm)
    elif what == "waypoints":
        if job.more(0.5):
            limit = job.param("max_force max_steer limit", 0.5, 2.0, 1.0, each=False)
            size = job.let("size steer_len mag", k.call("length", total))
            job.write(
                "steering forces steer_out", k.where(size > limit, total * (limit / k.call("max", size, 1e-3)), total)
            )
        else:
            job.write("steering forces steer_out", total)
    else:
        outs = {
            "lights": "irradiance radiance_out colors lighting",
            "potential": "potentials phi_out {}_potential",
            "sdf": "distances sdf_out scene_dist",
        }
        job.write(outs[what], total)
        if what == "sdf" and job.more(0.5):
            job.write("inside occupied solid", k.where(total < 0.0, k.integer(1), k.integer(0)))
