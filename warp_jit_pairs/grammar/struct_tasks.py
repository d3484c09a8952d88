"""Structs of parameters that a kernel takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .struct_movers import vector_of
from .structs import FIELDS, Record
from .tree import Expr

Row = tuple[str, t.Type, float, float]


def tuned(job: Job, name: str, rows: Sequence[Row], names: str = "params cfg p opts settings") -> tuple[Record, Expr]:
    """A struct of parameters that the kernel takes."""
    record = Record(job, name, rows)
    return record, record.argument(names)


@recipe("a struct of parameters passed to the kernel", "struct:0.61 arithmetic:0.17 combined:0.17", FIELDS)
def parameter_struct(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)


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
        job.titled("pid_control pid_step pid_controller pid_{s} eval_pid compute_pid")
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
        at = k.start(2, None, (job.words("i row y"), job.words("j col x")))
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


_TASKS: dict[Callable[[Kernel], None], float] = {
    _simulate: 1.0,
    _control: 1.0,
    _tone: 1.0,
    _growth: 2.0,
    _camera: 1.0,
}
