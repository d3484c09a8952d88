"""Arrays of structs, read and written field by field."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .structs import FIELDS, Record
from .tree import Expr


def vector_of(k: Kernel) -> t.Vector:
    return t.vec(k.rng.weighted({3: 6.0, 2: 2.0}), k.real)


POSITION = "pos position x p"
VELOCITY = "vel velocity v qd"


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


@recipe("arrays of structs, read and written field by field", "struct:1.5 combined:0.28", FIELDS, "map")
def array_of_structs(k: Kernel) -> None:
    rng = k.rng
    k.shared.differentiable = False
    _ARRAYS[rng.choose(tuple(_ARRAYS))](k)


def _move(k: Kernel) -> None:
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
    _store(job, record, array, item, results, inplace, "{s}_out {}_out next_{s} new_{s}")
    if job.more(0.25):
        speed2 = k.call("dot", v1, v1)
        mass = record.of(item, "mass") if "mass" in keys else None
        job.write("kinetic energy kinetic_energy", 0.5 * speed2 if mass is None else 0.5 * mass * speed2)


def _store(
    job: Job, record: Record, array: Expr, item: Expr, results: dict[str, Expr], inplace: bool, names: str
) -> None:
    """Changed fields back where they came from, or a whole new struct."""
    k, rng = job.k, job.rng
    if inplace:
        whole = rng.chance(0.5)
        for key, value in results.items():
            k.set(record.of(item if whole else array[job.at], key), value)
        if whole:
            k.set(array[job.at], item)
        return
    made = record.new("result out_item updated")
    for key in record.keys:
        k.set(record.of(made, key), results.get(key, record.of(item, key)))
    k.set(record.array(names, "out")[job.at], made)


def _shapes(k: Kernel) -> None:
    """Spheres and boxes: sizes, distances, what they contain."""
    rng = k.rng
    vector = vector_of(k)
    if rng.chance(0.5):
        job = Job(k, "sphere ball bubble obstacle bound")
        job.start()
        record = Record(
            job,
            "Sphere Ball Bound SphereData",
            [
                ("center c pos origin", vector, -2.0, 2.0),
                ("radius r rad", k.real, 0.2, 1.5),
                *([("density rho weight", k.real, 0.5, 2.0)] if rng.chance(0.3) else []),
            ],
        )
        array = record.array("{s} {}_array {}_data bounds")
        item = job.let("{} s b", array[job.at])
        center, radius = record.of(item, "center"), record.of(item, "radius")
        what = rng.choose(("distance", "size", "grow", "overlap"))
        if what == "distance":
            job.titled("{}_distances signed_distance distance_to_{s} eval_{}_sdf point_{}_distance query_{s}")
            p = (
                job.scalar("point query p query_point", vector, -2.0, 2.0)
                if rng.chance(0.5)
                else job.read("points queries query_pos", "p q point", vector)
            )
            d = job.let("d dist sd", k.call("length", p - center) - radius)
            job.write("distances dist_out sdf_out", d)
            if job.more(0.5):
                job.write("inside contains is_inside", k.where(d < 0.0, k.integer(1), k.integer(0)))
            if job.more(0.3):
                job.write("normals gradients directions", k.call("normalize", p - center))
            return
        if what == "size":
            job.titled("{}_volumes compute_volumes measure_{s} {}_area_and_volume volume_of_{s} size_of_{s}")
            flat = vector.length == 2
            volume = job.let(
                "vol volume v_s" if not flat else "area disk_area a_s",
                3.14159 * radius * radius if flat else 4.18879 * radius * radius * radius,
            )
            job.write("areas disk_areas" if flat else "volumes vol_out", volume)
            if rng.chance(0.6):
                job.write(
                    "perimeters circumference" if flat else "surface_areas area_out",
                    6.28319 * radius if flat else 12.5664 * radius * radius,
                )
            if "density" in record.keys:
                job.write("masses mass_out", volume * record.of(item, "density"))
            return
        if what == "grow":
            job.titled("grow_{s} inflate_{s} expand_{s} scale_{s} resize_{s} pad_{s}")
            most = job.param("max_radius limit r_max", 1.0, 3.0, 2.0, each=False)
            grown = (
                radius * job.param("scale growth factor", 0.5, 2.0, 1.5, 1.1, each=False, literal=False)
                if rng.chance(0.5)
                else radius + job.param("margin padding growth", 0.05, 0.5, 0.1, each=False)
            )
            _store(
                job,
                record,
                array,
                item,
                {"radius": job.let("r_new new_radius grown", k.call("min", grown, most))},
                False,
                "{s}_out grown resized",
            )
            return
        job.titled("{}_overlaps overlap_query find_overlaps test_{}_overlap intersect_{s} touching_{s}")
        other = record.argument("query other probe")
        d = job.let("dist gap_c d", k.call("length", center - record.of(other, "center")))
        reach = job.let("reach r_sum min_dist", radius + record.of(other, "radius"))
        job.write("overlaps hits touching", k.where(d < reach, k.integer(1), k.integer(0)))
        if job.more(0.6):
            job.write("depths penetration gaps", reach - d)
        return
    job = Job(k, "box cell region volume brick")
    job.start()
    record = Record(
        job,
        "Box Aabb Bounds Region",
        [("lower lo min_corner bmin", vector, -2.0, 0.0), ("upper hi max_corner bmax", vector, 0.0, 2.0)],
    )
    array = record.array("{s} boxes bounds {}_array")
    item = job.let("{} b bb", array[job.at])
    low, high = record.of(item, "lower"), record.of(item, "upper")
    what = rng.choose(("measure", "contains", "overlap", "expand", "merge", "distance"))
    if what == "measure":
        job.titled("{}_volumes measure_{s} compute_{}_size {}_centers box_dimensions box_stats")
        size = job.let("size extent dims", high - low)
        parts = k.components(size)
        volume = parts[0]
        for part in parts[1:]:
            volume = volume * part
        if rng.chance(0.7):
            job.write("volumes vol_out" if vector.length == 3 else "areas area_out", volume)
        job.write("centers mid_out centroids", 0.5 * (low + high))
        if job.more(0.5):
            job.write("diagonals half_diag radii", k.call("length", size) * rng.choose((1.0, 0.5)))
        if job.more(0.4):
            longest = parts[0]
            for part in parts[1:]:
                longest = k.call("max", longest, part)
            job.write("longest_side max_extent widest", longest)
    elif what == "contains":
        job.titled("{}_contains point_in_{s} test_points inside_{s} locate_point contains_point")
        p = (
            job.scalar("point query p", vector, -2.0, 2.0)
            if rng.chance(0.5)
            else job.read("points queries", "p q point", vector)
        )
        tests = [
            test
            for n in range(vector.length)
            for test in (k.component(p, n) >= k.component(low, n), k.component(p, n) <= k.component(high, n))
        ]
        inside = job.let("inside contained is_in", k.both(*tests))
        job.write("inside_out contains hits", k.where(inside, k.integer(1), k.integer(0)))
        if job.more(0.4):
            q = k.call("min", k.call("max", p, low), high)
            job.write("closest nearest_points clamped_points", q)
    elif what == "overlap":
        job.titled("{}_overlaps overlap_boxes aabb_overlap intersect_{s} test_overlap query_{s}")
        other = record.argument("query window other")
        ol, oh = record.of(other, "lower"), record.of(other, "upper")
        tests = [
            test
            for n in range(vector.length)
            for test in (k.component(low, n) <= k.component(oh, n), k.component(high, n) >= k.component(ol, n))
        ]
        job.write("overlaps hits intersecting", k.where(k.both(*tests), k.integer(1), k.integer(0)))
        if job.more(0.5):
            size = job.let("shared inter overlap_size", k.call("min", high, oh) - k.call("max", low, ol))
            job.write("overlap_extent shared_out", k.call("max", size, k.zero(vector)))
    elif what == "distance":
        job.titled("{}_distances distance_to_{s} point_box_distance closest_on_{s} box_sdf query_{}_distance")
        p = (
            job.scalar("point query p", vector, -2.0, 2.0)
            if rng.chance(0.5)
            else job.read("points queries", "p q point", vector)
        )
        q = job.let("closest q nearest", k.call("min", k.call("max", p, low), high))
        job.write("distances dist_out", k.call("length", p - q))
        if job.more(0.5):
            job.write("closest_points nearest_out", q)
    else:
        job.titled(
            "expand_{s} grow_{s} pad_{s} inflate_{s} fatten_bounds"
            if what == "expand"
            else "merge_{s} union_{s} extend_{s} grow_to_points include_points"
        )
        if what == "expand":
            m = job.param("margin padding skin", 0.05, 0.5, 0.1, 0.25)
            pad = job.let("pad grow_by margin_vec", k.make(vector, *[m] * vector.length))
            low, high = low - pad, high + pad
        else:
            p = job.read("points positions new_points", "p point q", vector, nest=0.0)
            low, high = k.call("min", low, p), k.call("max", high, p)
        _store(job, record, array, item, {"lower": low, "upper": high}, False, "{s}_out boxes_out expanded")


def _contacts(k: Kernel) -> None:
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


def _accounts(k: Kernel) -> None:
    """Records of numbers: savings, populations, stock."""
    rng = k.rng
    what = rng.choose(("account", "population", "reactor", "battery", "item"))
    job = Job(
        k,
        {
            "account": "account loan deposit",
            "population": "species population colony",
            "reactor": "reactor cell tank",
            "battery": "battery pack cell",
            "item": "item product part",
        }[what],
    )
    job.start()
    dt = (
        job.param("dt step delta_t", 0.01, 0.5, 0.1, 0.05, each=False)
        if what in ("population", "reactor", "battery")
        else None
    )
    if what == "account":
        job.titled("accrue_interest update_{s} apply_interest compound_{s} post_interest {}_interest")
        record = Record(
            job,
            "Account Loan Balance AccountState",
            [
                ("balance amount principal", k.real, 0.1, 10.0),
                ("rate interest apr", k.real, 0.01, 0.1),
                ("fee charge cost", k.real, 0.01, 0.5),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} acct a", array[job.at])
        balance = record.of(item, "balance")
        earned = job.let("interest_due earned gain", balance * record.of(item, "rate"))
        value = balance + earned - record.of(item, "fee")
        if job.more(0.4):
            value = k.call("max", value, 0.0)
        results = {"balance": job.let("new_balance updated after", value)}
        extras = [("interest_out earnings", earned)]
    elif what == "population":
        job.titled("grow_{s} update_{s} logistic_growth step_{s} population_step {}_growth")
        record = Record(
            job,
            "Species Population Colony Group",
            [
                ("count size n", k.real, 0.1, 5.0),
                ("growth birth_rate r", k.real, 0.1, 1.0),
                ("capacity cap k_max", k.real, 5.0, 10.0),
                ("death mortality loss", k.real, 0.01, 0.3),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} s pop", array[job.at])
        count = record.of(item, "count")
        change = job.let(
            "change dn rate_n",
            record.of(item, "growth") * count * (1.0 - count / record.of(item, "capacity"))
            - record.of(item, "death") * count,
        )
        assert dt is not None
        results = {"count": job.let("new_count n_next updated", k.call("max", count + change * dt, 0.0))}
        extras = [("growth_out changes", change)]
    elif what == "reactor":
        job.titled("react_{s} reaction_step update_{s} step_reaction {}_kinetics consume_reactant")
        record = Record(
            job,
            "Reactor Tank CellState Mixture",
            [
                ("a conc_a reactant", k.real, 0.1, 2.0),
                ("b conc_b product", k.real, 0.1, 2.0),
                ("temp temperature t_cell", k.real, 0.5, 2.0),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} s r", array[job.at])
        a, b, temp = record.of(item, "a"), record.of(item, "b"), record.of(item, "temp")
        rate = job.let(
            "rate r_k speed",
            job.param("prefactor k0 a_factor", 0.1, 2.0, 1.0, 0.5, each=False)
            * k.call("exp", -job.param("activation e_a ea", 0.5, 2.0, 1.0, each=False) / temp)
            * a,
        )
        assert dt is not None
        results = {"a": a - rate * dt, "b": b + rate * dt}
        if rng.chance(0.5):
            results["temp"] = temp + job.param("heat exotherm dh", 0.05, 0.5, 0.1, each=False) * rate * dt
        extras = [("rates rate_out", rate)]
    elif what == "battery":
        job.titled("update_{s} charge_{s} battery_step step_{s} discharge_{s} {}_charge_step")
        record = Record(
            job,
            "Battery Pack CellState BatteryState",
            [
                ("charge soc energy", k.real, 0.0, 1.0),
                ("capacity cap max_charge", k.real, 1.0, 4.0),
                ("efficiency eff eta", k.real, 0.7, 1.0),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} bat s", array[job.at])
        current = job.read("currents load power_in", "i_load current p_in", k.real, -2.0, 2.0, nest=0.0)
        used = job.let(
            "flow net_flow delta_q",
            k.where(current > 0.0, current * record.of(item, "efficiency"), current / record.of(item, "efficiency")),
        )
        assert dt is not None
        value = k.call("clamp", record.of(item, "charge") + used * dt, k.lit(0.0), record.of(item, "capacity"))
        results = {"charge": job.let("new_charge q_next updated", value)}
        extras = [("fill_level soc_out", results["charge"] / record.of(item, "capacity"))]
    else:
        job.titled("value_{s} price_{s} inventory_value reorder_{s} stock_check compute_{}_value")
        record = Record(
            job,
            "Item Product Part StockItem",
            [
                ("price cost unit_price", k.real, 0.1, 5.0),
                ("quantity count stock", t.I32, 0, 20),
                ("discount rebate off", k.real, 0.0, 0.5),
            ],
        )
        array = record.array("{s} {}_data inventory")
        item = job.let("{} it_ s", array[job.at])
        unit = job.let("unit net_price after_discount", record.of(item, "price") * (1.0 - record.of(item, "discount")))
        job.write("values totals line_values", unit * k.cast(record.of(item, "quantity"), k.real))
        if job.more(0.5):
            level = job.scalar("reorder_level min_stock restock_below", t.I32, 2, 8)
            job.write(
                "reorder needs_restock low_stock",
                k.where(record.of(item, "quantity") < level, k.integer(1), k.integer(0)),
            )
        return
    assert isinstance(array, tree.Name)
    inplace = next(a for a in k.arguments if a.name == array.id).role == "inout"
    _store(job, record, array, item, results, inplace, "{s}_out {}_out next_{s}")
    if job.more(0.4):
        job.write(*extras[0])


def _lights(k: Kernel) -> None:
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


_ARRAYS: dict[str, Callable[[Kernel], None]] = {
    "move": _move,
    "move again": _move,
    "shapes": _shapes,
    "shapes again": _shapes,
    "contacts": _contacts,
    "accounts": _accounts,
    "accounts again": _accounts,
    "lights": _lights,
}
"""Tasks by name; what is here more than once is drawn oftener."""
