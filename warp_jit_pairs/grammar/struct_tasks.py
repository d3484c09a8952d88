"""Structs as parameters of a kernel, in functions, inside each other, and in loops over arrays of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import Helper, helper
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .structs import FIELDS, POSITION, VELOCITY, Record, mover, vector_of
from .tree import Expr

Row = tuple[str, t.Type, float, float]


def tuned(job: Job, name: str, rows: Sequence[Row], names: str = "params cfg p opts settings") -> tuple[Record, Expr]:
    """A struct of parameters that the kernel takes."""
    record = Record(job, name, rows)
    return record, record.argument(names)


@recipe("a struct of parameters passed to the kernel", "struct:2.5 arithmetic:0.4 combined:0.3", FIELDS, "map")
def parameter_struct(k: Kernel) -> None:
    _PARAMETERS[k.rng.choose(tuple(_PARAMETERS))](k)


def _simulate(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "particle body agent point droplet", 0.0, True)
    job.titled("integrate_{s} step_{s} simulate_{s} advance_{s} update_{s} move_{s} integrate simulate_step")
    job.start()
    vector = vector_of(k)
    rows: list[Row] = [("dt time_step delta_t", k.real, 0.001, 0.1), ("gravity g grav", vector, -10.0, 10.0)]
    optional: list[Row] = [
        ("damping drag linear_damping", k.real, 0.0, 1.0),
        ("max_speed v_max speed_limit", k.real, 1.0, 10.0),
        ("ground ground_height floor_y", k.real, -2.0, 0.0),
        ("wind wind_vel air_vel", vector, -2.0, 2.0),
    ]
    rows += rng.sample(optional, rng.integer(1, {"small": 1, "medium": 3, "large": 4}[k.shared.size]))
    record, p = tuned(job, "SimParams Params IntegratorParams SimConfig WorldParams", rows)
    keys = record.keys
    x = job.read("positions pos x {}_pos", "x_i pos_i q", vector, nest=0.0)
    v = job.read("velocities vel {}_vel v", "v_i vel_i u", vector, nest=0.0)
    accel = record.of(p, "gravity")
    if "damping" in keys:
        rel = v - record.of(p, "wind") if "wind" in keys else v
        accel = accel - rel * record.of(p, "damping")
    elif "wind" in keys:
        accel = accel + record.of(p, "wind") - v
    v1 = job.let("v_new v1 new_vel", v + accel * record.of(p, "dt"))
    if "max_speed" in keys:
        speed = job.let("speed v_len mag", k.call("length", v1))
        limit = record.of(p, "max_speed")
        v1 = job.let("v_lim v_capped limited_v", k.where(speed > limit, v1 * (limit / k.call("max", speed, 1e-3)), v1))
    x1 = job.let("x_new x1 new_pos", x + v1 * record.of(p, "dt"))
    if "ground" in keys:
        axis = rng.choose((1, vector.length - 1))
        x1, v1 = job.var("x_out x_hit pos_next", x1), job.var("v_out v_hit vel_next", v1)
        with k.when(x1[axis] < record.of(p, "ground")):
            k.set(x1[axis], record.of(p, "ground"))
            k.set(v1[axis], 0.0 if rng.chance(0.5) else -0.5 * v1[axis])
        k.shared.differentiable = False
    job.write("positions_out pos_out x_next {}_pos_out", x1)
    job.write("velocities_out vel_out v_next {}_vel_out", v1)


def _control(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "joint motor axis actuator servo heater", 0.0)
    job.titled(
        "pd_control pid_control control_{s} compute_{}_torque drive_{s} {}_controller eval_controller apply_control"
    )
    job.start()
    rows: list[Row] = [("kp p_gain stiffness", k.real, 0.5, 20.0), ("kd d_gain damping", k.real, 0.05, 2.0)]
    integral, limited = job.more(0.4), job.more(0.5)
    if integral:
        rows.append(("ki i_gain integral_gain", k.real, 0.01, 1.0))
        rows.append(("dt time_step period", k.real, 0.001, 0.1))
    if limited:
        rows.append(("limit max_effort max_output", k.real, 1.0, 10.0))
    record, p = tuned(job, "Gains PidParams ControllerParams ControlGains", rows, "gains params ctrl cfg")
    target = job.read("targets setpoints desired goal", "target ref goal_i", k.real)
    actual = job.read("positions measured angles {}_pos", "actual y q", k.real)
    rate = job.read("velocities rates speeds {}_vel", "rate qd v_i", k.real)
    error = job.let("error err e", target - actual)
    effort = record.of(p, "kp") * error - record.of(p, "kd") * rate
    if integral:
        state = job.array("integrals error_sum accumulated", k.real, None, "inout", low=-1.0, high=1.0)[job.at]
        total = job.let("i_new err_sum integral", state + error * record.of(p, "dt"))
        k.set(state, total)
        effort = effort + record.of(p, "ki") * total
        k.shared.differentiable = False
    effort = job.let("effort u_out command", effort)
    if limited:
        limit = record.of(p, "limit")
        job.write(
            "saturated clipped at_limit", k.where(k.call("abs", effort) > limit, k.integer(1), k.integer(0))
        ) if rng.chance(0.3) else None
        effort = k.call("clamp", effort, -limit, limit)
    job.write("torques efforts commands outputs {}_effort", effort)


def _tone(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "pixel texel", 0.0)
    job.titled(
        "tone_map apply_tone_mapping grade_colors color_grade adjust_colors process_{s} apply_exposure develop_image"
    )
    if rng.chance(0.6):
        at = k.start(2, None, (job.words("i row y"), job.words("j col x")), plain=True)
        job.at, job.dims = at, k.launch
    else:
        job.start()
    rows: list[Row] = [("exposure gain brightness", k.real, 0.5, 2.0)]
    optional: list[Row] = [
        ("gamma gamma_exp inv_gamma", k.real, 0.4, 1.0),
        ("contrast contrast_gain c_level", k.real, 0.5, 1.5),
        ("saturation sat color_level", k.real, 0.0, 1.5),
        ("white white_point max_white", k.real, 1.0, 4.0),
        ("tint color_balance wb", k.vec3, 0.5, 1.5),
    ]
    rows += rng.sample(optional, rng.integer(1, {"small": 2, "medium": 3, "large": 5}[k.shared.size]))
    record, p = tuned(job, "ToneParams GradeParams ImageParams ColorSettings", rows)
    keys = record.keys
    source = job.read("image colors hdr pixels frame", "c rgb color", k.vec3, 0.0, 2.0, nest=0.0)
    color = job.let("scaled exposed lit", source * record.of(p, "exposure"))
    if "tint" in keys:
        color = job.let("tinted balanced wb_color", k.call("cw_mul", color, record.of(p, "tint")))
    if "saturation" in keys or rng.chance(0.2):
        r, g, b = k.components(color)
        luma = job.let("luma gray lum", 0.2126 * r + 0.7152 * g + 0.0722 * b)
        if "saturation" in keys:
            grey = job.let("grey mono gray_color", k.make(k.vec3, luma, luma, luma))
            color = job.let("saturated vivid sat_color", grey + (color - grey) * record.of(p, "saturation"))
        job.write("luma_out luminance brightness_out", luma)
    parts = []
    for part, name in zip(k.components(color), "rgb", strict=True):
        value = k.call("max", part, 0.0)
        if "white" in keys:
            white = record.of(p, "white")
            value = job.let(f"{name}0 {name}_in lin_{name}", value)
            value = value * (1.0 + value / (white * white)) / (1.0 + value)
        if "contrast" in keys:
            value = k.call("max", (value - 0.5) * record.of(p, "contrast") + 0.5, 0.0)
        if "gamma" in keys:
            value = k.call("pow", value + 1e-3 if k.real is not t.F16 else value + 0.01, record.of(p, "gamma"))
        parts.append(job.let(f"{name} {name}_out out_{name}", k.call("clamp", value, 0.0, 1.0)))
    job.write("image_out graded mapped ldr result", k.make(k.vec3, *parts))


def _growth(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("lotka", "sir", "option", "lif", "thermal"))
    job = Job(
        k,
        {
            "lotka": "patch site cell",
            "sir": "region city district",
            "option": "option contract path",
            "lif": "neuron cell unit",
            "thermal": "room tank zone",
        }[what],
        0.0,
    )
    job.start()
    if what == "lotka":
        job.titled("lotka_volterra predator_prey_step step_populations update_ecosystem prey_predator predator_prey")
        record, p = tuned(
            job,
            "EcologyParams LotkaParams PreyParams",
            [
                ("growth alpha birth", k.real, 0.5, 1.5),
                ("predation beta attack", k.real, 0.1, 1.0),
                ("conversion delta efficiency", k.real, 0.05, 0.5),
                ("mortality gamma_m death", k.real, 0.2, 1.0),
                ("dt time_step h", k.real, 0.001, 0.1),
            ],
        )
        prey, hunters = (
            job.read("prey prey_count hares", "n prey_i h_i", k.real, 0.1, 2.0, nest=0.0),
            job.read("predators predator_count foxes", "m pred f_i", k.real, 0.1, 2.0, nest=0.0),
        )
        eaten = job.let("eaten encounters met", prey * hunters)
        dt = record.of(p, "dt")
        dn = record.of(p, "growth") * prey - record.of(p, "predation") * eaten
        dm = record.of(p, "conversion") * eaten - record.of(p, "mortality") * hunters
        job.write("prey_out prey_next hares_next", k.call("max", prey + dn * dt, 0.0))
        job.write("predators_out predators_next foxes_next", k.call("max", hunters + dm * dt, 0.0))
    elif what == "sir":
        job.titled("sir_step epidemic_step update_sir seir_step infection_step step_epidemic sir_model")
        record, p = tuned(
            job,
            "EpidemicParams SirParams DiseaseParams",
            [
                ("beta contact_rate infection_rate", k.real, 0.1, 1.0),
                ("gamma recovery recovery_rate", k.real, 0.05, 0.5),
                ("dt time_step h", k.real, 0.01, 0.2),
                *([("waning immunity_loss xi", k.real, 0.01, 0.1)] if rng.chance(0.4) else []),
            ],
        )
        s, i = (
            job.read("susceptible s_frac healthy", "s sus h_i", k.real, 0.1, 1.0, nest=0.0),
            job.read("infected i_frac sick", "inf sick_i i_i", k.real, 0.0, 0.5, nest=0.0),
        )
        r = job.read("recovered r_frac immune", "rec immune_i r_i", k.real, 0.0, 0.5, nest=0.0)
        new, cured = (
            job.let("new_cases infections new_i", record.of(p, "beta") * s * i),
            job.let("cured recoveries new_r", record.of(p, "gamma") * i),
        )
        dt = record.of(p, "dt")
        back = record.of(p, "waning") * r if "waning" in record.keys else None
        job.write("susceptible_out s_next", s + (back - new if back is not None else -new) * dt)
        job.write("infected_out i_next", i + (new - cured) * dt)
        job.write("recovered_out r_next", r + (cured - back if back is not None else cured) * dt)
    elif what == "option":
        job.titled("simulate_price payoff option_payoff evolve_prices gbm_step call_payoff price_step {}_payoff")
        record, p = tuned(
            job,
            "MarketParams OptionParams PricingParams",
            [
                ("rate r drift", k.real, 0.0, 0.1),
                ("volatility sigma vol", k.real, 0.1, 0.5),
                ("strike k_strike exercise", k.real, 0.5, 1.5),
                ("dt maturity horizon", k.real, 0.05, 1.0),
            ],
            "market params opt",
        )
        spot, z = (
            job.read("spots prices spot_prices", "s spot price", k.real, 0.5, 2.0, nest=0.0),
            job.read("normals shocks z_values", "z shock dw", k.real, -2.0, 2.0, nest=0.0),
        )
        vol, dt = record.of(p, "volatility"), record.of(p, "dt")
        growth = job.let(
            "growth log_ret drift_term", (record.of(p, "rate") - 0.5 * vol * vol) * dt + vol * k.call("sqrt", dt) * z
        )
        end = job.let("s_t final_price terminal", spot * k.call("exp", growth))
        if rng.chance(0.5):
            job.write("prices_out terminal_prices final_prices", end)
        put = rng.chance(0.4)
        gain = record.of(p, "strike") - end if put else end - record.of(p, "strike")
        value = k.call("max", gain, 0.0) * k.call("exp", -record.of(p, "rate") * dt)
        job.write("put_values payoffs" if put else "call_values payoffs values", value)
    elif what == "lif":
        job.titled("lif_step integrate_and_fire update_{s} step_{s} neuron_step membrane_step spike_step")
        record, p = tuned(
            job,
            "NeuronParams LifParams CellParams",
            [
                ("tau time_constant tau_m", k.real, 0.5, 2.0),
                ("threshold v_thresh v_th", k.real, 0.5, 1.5),
                ("reset v_reset rest", k.real, -1.0, 0.0),
                ("dt time_step h", k.real, 0.01, 0.2),
            ],
        )
        v = job.array("voltage v membrane {}_v", k.real, None, "inout", low=-1.0, high=1.0)
        current = job.read("currents inputs i_syn", "i_in current drive", k.real, -1.0, 2.0, nest=0.0)
        old = job.let("v_old v0 u", v[job.at])
        new = job.var(
            "v_new v1 u_new", old + (record.of(p, "reset") - old + current) * (record.of(p, "dt") / record.of(p, "tau"))
        )
        spiked = job.var("spiked fired spike", k.integer(0))
        with k.when(new >= record.of(p, "threshold")):
            k.set(new, record.of(p, "reset"))
            k.set(spiked, 1)
        k.set(v[job.at], new)
        job.write("spikes fired_out spike_out", spiked)
        k.shared.differentiable = False
    else:
        job.titled("thermostat heat_{s} update_{}_temp hvac_step room_temperature thermal_step cool_{s}")
        record, p = tuned(
            job,
            "ThermalParams HvacParams HeatParams",
            [
                ("ambient t_out outside", k.real, -1.0, 0.5),
                ("loss u_value leak", k.real, 0.05, 0.5),
                ("power heat_rate heater", k.real, 0.5, 3.0),
                ("setpoint target t_set", k.real, 0.5, 1.5),
                ("dt time_step h", k.real, 0.01, 0.2),
            ],
        )
        temp = job.read("temperatures temps {}_temp", "temp t_i t_now", k.real, -1.0, 2.0, nest=0.0)
        heat = job.let("heat q_in heating", k.where(temp < record.of(p, "setpoint"), record.of(p, "power"), k.lit(0.0)))
        flow = job.let("leak_flow q_loss lost", record.of(p, "loss") * (temp - record.of(p, "ambient")))
        job.write("temps_out temperatures_next t_next", temp + (heat - flow) * record.of(p, "dt"))
        if job.more(0.5):
            job.write("heater_on heating_out duty", k.where(heat > 0.0, k.integer(1), k.integer(0)))


def _camera(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "point vertex landmark particle", 0.0)
    job.start()
    rows: list[Row] = [
        ("fx focal_x f_x", k.real, 1.0, 4.0),
        ("fy focal_y f_y", k.real, 1.0, 4.0),
        ("cx center_x ppx", k.real, 0.0, 2.0),
        ("cy center_y ppy", k.real, 0.0, 2.0),
    ]
    distorted, clipped = job.more(0.35), job.more(0.35)
    if distorted:
        rows.append(("k1 dist_k1 radial", k.real, -0.1, 0.1))
    if clipped:
        rows.append(("near z_near near_plane", k.real, 0.1, 0.5))
    record, cam = tuned(job, "Camera Intrinsics PinholeCamera CameraParams", rows, "cam camera intr")
    back = rng.chance(0.3)
    if back:
        job.titled("unproject_{s} backproject depth_to_{s} unproject_depth pixel_to_ray lift_{s}")
        uv = job.read("pixels uv image_coords", "px uv_i c", t.vec(2, k.real), 0.0, 4.0, nest=0.0)
        depth = job.read("depths depth z_values", "z d depth_i", k.real, 0.2, 4.0, nest=0.0)
        x = job.let("xn x_n nx", (k.component(uv, 0) - record.of(cam, "cx")) / record.of(cam, "fx"))
        y = job.let("yn y_n ny", (k.component(uv, 1) - record.of(cam, "cy")) / record.of(cam, "fy"))
        if clipped:
            depth = k.call("max", depth, record.of(cam, "near"))
        if distorted:
            s = job.let("s undist factor", 1.0 / (1.0 + record.of(cam, "k1") * k.call("min", x * x + y * y, 4.0)))
            x, y = x * s, y * s
        job.write("points points_out xyz", k.make(k.vec3, x * depth, y * depth, depth))
        return
    job.titled("project_{s} project world_to_image camera_project pinhole_project project_to_image {s}_to_pixels")
    p = job.read("points positions {s}_cam", "p pt x_cam", k.vec3, 0.2, 3.0, nest=0.0)
    z = job.let("z depth zc", k.component(p, 2))
    target = job.array("uv pixels image_points projected", t.vec(2, k.real), None, "out")
    if clipped:
        with k.when(z < record.of(cam, "near")):
            k.set(target[job.at], k.make(t.vec(2, k.real), -1.0, -1.0))
            k.give()
    safe = z if z.low > 0.1 and not clipped else job.let("zs z_safe depth_s", k.call("max", z, 0.1))
    x, y = job.let("xn x_n nx", k.component(p, 0) / safe), job.let("yn y_n ny", k.component(p, 1) / safe)
    if distorted:
        r2 = job.let("r2 rad_sq rr", x * x + y * y)
        s = job.let("s dist_factor factor", 1.0 + record.of(cam, "k1") * r2)
        x, y = x * s, y * s
    k.set(
        target[job.at],
        k.make(
            t.vec(2, k.real),
            record.of(cam, "fx") * x + record.of(cam, "cx"),
            record.of(cam, "fy") * y + record.of(cam, "cy"),
        ),
    )
    if job.more(0.4):
        job.write("depths depth_out z_out", z)


_PARAMETERS: dict[str, Callable[[Kernel], None]] = {
    "simulate": _simulate,
    "control": _control,
    "tone": _tone,
    "growth": _growth,
    "growth again": _growth,
    "camera": _camera,
}
"""Tasks by name; what is here twice is drawn twice as often."""


@recipe("functions that take and return structs", "struct:3 function:1", FIELDS, "map")
def struct_functions(k: Kernel) -> None:
    rng = k.rng
    k.rng.choose((_moved, _ray_shape, _pairwise))(k)
    del rng


def _struct_function(
    job: Job, titles: str, rows: Sequence[Row], write: Callable[[Body, list[Expr]], Sequence[Expr]]
) -> Helper:
    kinds = [(job.words(names), value, low, high) for names, value, low, high in rows]
    return helper(job.k, "struct", kinds, write, titles=job.listed(titles))


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
        return [(-b - body.call("sqrt", body.call("max", disc, 0.0))) / a]

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


@recipe("structs inside structs", "struct:1.5", FIELDS, "map")
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
    "struct:1.5 reduction:0.5 control_flow:0.4",
    FIELDS,
    "reduction",
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
