"""Random numbers at work: emitters, variates, walks in boxes."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .names import plural
from .randoms import between, draw, state
from .recipes import SINGLE, recipe
from .tasks import element, extent, launch, local, named, opt, setting, write
from .tree import Expr

VEC2, VEC3 = t.vec(2), t.vec(3)


def turn_angle(k: Kernel, r: Expr) -> Expr:
    """An angle drawn from a full turn."""
    u = draw(k, r, "randf")
    if k.rng.chance(0.6):
        return tree.Verbatim(t.F32, 6.28, 6.29, "wp.tau") * u
    return 6.2831855 * u if k.rng.chance(0.5) else 2.0 * tree.Verbatim(t.F32, 3.14, 3.15, "wp.pi") * u


def _place(k: Kernel, r: Expr) -> Expr:
    """Where something is born: in a box, a ball, a disk or a ring about a centre."""
    center = k.scalar("=emitter_pos origin spawn_center source_pos", VEC3, -1.0, 1.0)
    how = k.rng.choose(("ball", "box", "disk", "shell", "line"))
    if how == "ball":
        return center + setting(k, "=spawn_radius emitter_radius radius", 0.1, 1.0, 0.5) * draw(
            k, r, "sample_unit_sphere", gives=VEC3
        )
    if how == "shell":
        return center + setting(k, "=shell_radius radius", 0.1, 1.0, 0.5) * draw(
            k, r, "sample_unit_sphere_surface", gives=VEC3
        )
    if how == "box":
        size = k.scalar("=spawn_extent half_size box_extent", VEC3, 0.1, 1.0)
        return center + k.call("cw_mul", size, 2.0 * draw(k, r, "sample_unit_cube", gives=VEC3))
    if how == "disk":
        d = k.let("=d disk uv", draw(k, r, "sample_unit_disk", gives=VEC2))
        radius = named(k, "=rad r0", setting(k, "=nozzle_radius disk_radius radius", 0.05, 0.5, 0.1))
        return center + k.make(VEC3, radius * k.component(d, 0), k.lit(0.0), radius * k.component(d, 1))
    along = k.scalar("=line_source emitter_axis source_axis", VEC3, -1.0, 1.0)
    return center + between(k, r, -0.5, 0.5) * along


def _direction(k: Kernel, r: Expr) -> Expr:
    """A velocity: along an axis with some spread, anywhere, or upwards."""
    speed = setting(k, "=speed emit_speed v0 launch_speed", 0.5, 3.0, 1.0, 2.0)
    if opt(k, 0.4):
        speed = speed * (1.0 + setting(k, "=speed_jitter speed_var", 0.05, 0.5, 0.1, 0.2) * between(k, r, -1.0, 1.0))
    speed = named(k, "=s spd", speed)
    how = k.rng.choose(("spread", "cone", "any", "up"))
    if how == "any":
        return speed * draw(k, r, "sample_unit_sphere_surface", gives=VEC3)
    if how == "up":
        spread = named(k, "=side lateral", setting(k, "=spread side_speed", 0.05, 0.5, 0.2))
        return k.make(VEC3, spread * draw(k, r, "randn"), speed, spread * draw(k, r, "randn"))
    axis = k.scalar("=axis emit_dir nozzle_dir direction", VEC3, 0.2, 1.0)
    if how == "spread":
        spread = setting(k, "=spread cone_spread scatter", 0.05, 0.5, 0.1, 0.3)
        return speed * k.call("normalize", axis + spread * draw(k, r, "sample_unit_sphere", gives=VEC3))
    turn = k.let("=phi angle", turn_angle(k, r))
    least = setting(k, "=cos_max cos_cone", 0.5, 0.95, 0.9)
    cosine = k.let("=cos_t c_theta", 1.0 - draw(k, r, "randf") * (1.0 - least))
    sine = k.let("=sin_t s_theta", k.call("sqrt", k.call("max", 1.0 - cosine * cosine, 0.0)))
    return speed * k.make(VEC3, sine * k.call("cos", turn), cosine, sine * k.call("sin", turn))


def _emit(k: Kernel) -> None:
    """Particles born again when their time is up, or all at once."""
    rng = k.rng
    what = rng.choose(("particle", "spark", "droplet", "tracer"))
    many = plural(what)
    k.titles = (f"emit_{many}", f"spawn_{many}", f"respawn_{many}", f"reset_{many}", f"init_{many}", f"seed_{many}")
    launch(k, what)
    again = rng.chance(0.65)
    if again:
        life = k.array("=life lifetimes age_left time_left", t.F32, k.launch, "inout", low=-0.5, high=2.0)
        left = local(k, "=left remaining life_i", life[k.threads])
        dt = setting(k, "=dt time_step", 0.01, 0.1, 0.05)
        if rng.chance(0.5):
            with k.when(left > 0.0):
                k.set(life[k.threads], left - dt)
                k.give()
        else:
            left = k.let("=new_life after", left - dt)
            with k.when(left > 0.0):
                k.set(life[k.threads], left)
                k.give()
        k.gap()
    r = state(k)
    role = "inout" if again else "out"

    def born(names: str, value: Expr) -> None:
        facts = {"low": -2.0, "high": 2.0} if again else {}
        k.set(k.array(names, value.type, k.launch, role, **facts)[k.threads], value)

    place = k.let("=p pos x0", _place(k, r))
    born(f"=positions pos x {what}_pos", place)
    velocity = _direction(k, r)
    if opt(k, 0.25):
        velocity = velocity + k.scalar("=emitter_vel base_velocity carrier_vel", VEC3, -1.0, 1.0)
    born(f"=velocities vel v {what}_vel", k.let("=v vel0 launch_vel", velocity))
    if again:
        first, last = rng.choose((("min_life", "max_life"), ("life_min", "life_max")))
        low = setting(k, f"=!{first}", 0.5, 1.0, 0.5, 1.0)
        k.set(life[k.threads], between(k, r, low, setting(k, f"=!{last}", 1.5, 4.0, 2.0, 3.0)))
    if opt(k, 0.35):
        born(f"=radii sizes {what}_radius", between(k, r, 0.01, rng.choose((0.05, 0.1))))
    if opt(k, 0.25):
        mean = setting(k, "=temperature t_emit emit_temp", 0.5, 2.0, 1.0)
        born("=temperatures temps_out temps", mean * (1.0 + 0.1 * draw(k, r, "randn")))


def _positive(k: Kernel, r: Expr) -> Expr:
    """A uniform draw that has a logarithm."""
    u = draw(k, r, "randf")
    if k.rng.chance(0.5):
        return k.call("max", u, k.rng.choose((1e-6, 1e-5, 1e-4)))
    return 1.0 - u * (1.0 - 1e-6)


_VARIATES = {
    "exponential": "waiting_time decay_time gap lifetime",
    "rayleigh": "amplitude wave_height fading",
    "weibull": "failure_time wind_speed strength",
    "pareto": "income file_size fragment_size",
    "cauchy": "frequency_shift resonance",
    "logistic": "logit threshold",
    "laplace": "noise privacy_noise residual",
    "gumbel": "peak_load utility_noise extreme",
    "triangular": "task_duration cost delay",
    "lognormal": "grain_size price_ratio droplet_size",
    "gamma": "rainfall service_time dose",
    "truncated": "height score tolerance",
    "box_muller": "noise velocity",
    "student": "log_return shock",
}


def _variate(k: Kernel) -> None:
    """Draws from a distribution that Warp has no function for."""
    rng = k.rng
    name = rng.choose(tuple(_VARIATES))
    what = rng.choose(tuple(_VARIATES[name].split()))
    many = plural(what)
    k.titles = (f"sample_{name}", f"{name}_{many}", f"draw_{many}", f"sample_{many}", f"random_{many}", f"{name}_draws")
    series = rng.chance(0.3)
    launch(k, rng.choose(("sample", "trial", "event")), 1 if series else rng.weighted({1: 3.0, 2: 1.0}))
    r = state(k)
    scale = named(
        k, "=s b", setting(k, f"={'mean' if name == 'exponential' else 'scale'} width_s sigma", 0.2, 2.0, 1.0)
    )
    shape: Expr | None = None
    if name in ("weibull", "pareto", "gamma", "truncated", "triangular", "student", "lognormal"):
        kinds = {
            "weibull": "=shape k_shape",
            "pareto": "=alpha tail_index",
            "truncated": "=bound limit max_dev",
            "triangular": "=mode peak_at",
            "lognormal": "=log_sigma sigma_ln",
        }
        low, high = (0.2, 0.8) if name in ("triangular", "lognormal") else (1.0, 3.0)
        if name in ("gamma", "student"):
            shape = k.scalar("=shape order" if name == "gamma" else "=dof nu", t.I32, 1, 6)
        else:
            shape = named(k, "=a m", setting(k, kinds[name], low, high, 0.5 if high < 1.0 else 1.5))

    def drawn() -> Expr:
        if name == "exponential":
            return -scale * k.call("log", _positive(k, r))
        if name == "rayleigh":
            return scale * k.call("sqrt", -2.0 * k.call("log", _positive(k, r)))
        if name == "weibull":
            assert shape is not None
            return scale * k.call("pow", -k.call("log", k.call("min", _positive(k, r), 0.99999)), 1.0 / shape)
        if name == "pareto":
            assert shape is not None
            return scale * k.call("pow", k.call("max", draw(k, r, "randf"), 0.001), -1.0 / shape)
        if name == "cauchy":
            angle = k.let("=angle phi", 3.1415927 * between(k, r, -0.49, 0.49))
            return scale * k.call("tan", angle)
        if name in ("logistic", "laplace"):
            u = k.let("=u p", k.call("clamp", draw(k, r, "randf"), 1e-5, 0.99999))
            if name == "logistic":
                return scale * k.call("log", u / (1.0 - u))
            c = k.let("=c centered", u - 0.5)
            return -scale * k.call("sign", c) * k.call("log", k.call("max", 1.0 - 2.0 * k.call("abs", c), 1e-6))
        if name == "gumbel":
            u = k.let("=u p", k.call("clamp", draw(k, r, "randf"), 1e-5, 0.99999))
            return -scale * k.call("log", -k.call("log", u))
        if name == "triangular":
            assert shape is not None
            u = k.let("=u p", draw(k, r, "randf"))
            x = k.variable("=x sample", k.call("sqrt", u * shape))
            with k.when(u > shape):
                k.set(x, 1.0 - k.call("sqrt", (1.0 - u) * (1.0 - shape)))
            return scale * x
        if name == "lognormal":
            assert shape is not None
            return scale * k.call("exp", shape * draw(k, r, "randn"))
        if name == "gamma":
            assert shape is not None
            total = k.variable("=total acc", k.lit(0.0))
            with k.loop("=m stage j", shape):
                k.augment(total, "-", k.call("log", _positive(k, r)))
            return scale * total
        if name == "student":
            assert shape is not None
            z = k.let("=z num", draw(k, r, "randn"))
            chi = k.variable("=chi2 chi_sq", k.lit(0.0))
            with k.loop("=m j", shape):
                g = k.let("=g e", draw(k, r, "randn"))
                k.augment(chi, "+", g * g)
            return scale * z / k.call("sqrt", k.call("max", chi / k.cast(shape, t.F32), 1e-4))
        if name == "truncated":
            assert shape is not None
            x = k.variable("=x z", k.lit(0.0))
            with k.loop("=attempt m", rng.choose((8, 16, 32))):
                k.set(x, draw(k, r, "randn"))
                with k.when(k.call("abs", x) <= shape):
                    k.leave_loop()
            return scale * k.call("clamp", x, -shape, shape)
        radius = k.let("=radius rho", k.call("sqrt", -2.0 * k.call("log", _positive(k, r))))
        return scale * radius * k.call("cos", turn_angle(k, r))

    if series:
        width = k.dim(rng.choose((6, 8, 12)))
        total = k.variable("=sum acc_x total_x", k.lit(0.0)) if opt(k, 0.5) else None
        out = k.array(f"={many} {what}_series samples", t.F32, (k.launch[0], width), "out")
        with k.loop("=n s col", extent(k, width, "=num_draws n_samples num_cols", out, 1)) as n:
            value = k.let("=value x_n v", drawn())
            k.set(out[k.threads[0], n], value)
            if total is not None:
                k.augment(total, "+", value)
        if total is not None:
            count = k.cast(extent(k, width, "=num_draws n_samples num_cols", out, 1), t.F32)
            write(k, "=means sample_means averages", total / count)
        return
    value = drawn()
    if opt(k, 0.35):
        value = setting(k, "=offset location shift", -1.0, 1.0, 0.5) + value
    write(k, f"={many} {what}_out samples draws", value)


def _walled(k: Kernel) -> None:
    """Walks in a box: walls throw back, swallow or lead to the other side."""
    rng = k.rng
    what = rng.choose(("walker", "cell", "bacterium", "molecule"))
    many = "bacteria" if what == "bacterium" else plural(what)
    heading = rng.chance(0.4)
    k.titles = (
        (f"run_and_tumble_{many}", f"steer_{many}", f"correlated_walk_{many}", f"turn_{many}")
        if heading
        else (f"diffuse_{many}", f"brownian_{many}", f"walk_{many}", f"random_walk_{many}", f"move_{many}")
    )
    launch(k, what)
    r = state(k)
    x = k.variable("=x pos p", element(k, f"=positions pos {what}_pos", VEC2 if heading or rng.chance(0.5) else VEC3))
    vector = x.type
    assert isinstance(vector, t.Vector)
    size = named(k, "=box half", setting(k, "=box_size domain half_width", 1.5, 3.0, 2.0))
    steps: Expr | int | None = None
    if rng.chance(0.5):
        steps = k.scalar("=num_steps n_steps substeps", t.I32, 2, 10) if rng.chance(0.6) else rng.integer(4, 12)
    angle = (
        k.variable("=theta heading phi", element(k, "=headings angles theta_in", t.F32, -3.0, 3.0)) if heading else None
    )
    length = named(k, "=s amp", setting(k, "=step_size speed step_len", 0.02, 0.5, 0.1))
    turn = setting(k, "=turn_sigma angular_noise turn_rate", 0.1, 1.0, 0.3) if heading else None
    tumble = setting(k, "=tumble_prob p_tumble", 0.05, 0.5, 0.1) if heading and rng.chance(0.5) else None
    drift = k.scalar("=drift flow bias_velocity", vector, -0.2, 0.2) if not heading and opt(k, 0.4) else None
    wall = rng.choose(("reflect", "wrap", "clamp", "stay"))
    hits = k.variable("=hits wall_hits bounces", k.integer(0)) if wall in ("reflect", "stay") and opt(k, 0.4) else None

    def step() -> None:
        if angle is not None and turn is not None:
            if tumble is not None:
                with k.when(draw(k, r, "randf") < tumble):
                    k.set(angle, turn_angle(k, r))
                with k.otherwise():
                    k.augment(angle, "+", turn * draw(k, r, "randn"))
            else:
                k.augment(angle, "+", turn * draw(k, r, "randn"))
            move = length * k.make(vector, k.call("cos", angle), k.call("sin", angle))
        else:
            move = length * k.make(vector, *[draw(k, r, "randn") for _ in range(vector.length)])
            if drift is not None:
                move = drift + move
        new = k.let("=new_x trial moved", x + move)
        if wall == "wrap":
            parts = [k.component(new, n) for n in range(vector.length)]
            k.set(x, k.make(vector, *[c - 2.0 * size * k.call("round", c / (2.0 * size)) for c in parts]))
        elif wall == "clamp":
            parts = [k.call("clamp", k.component(new, n), -size, size) for n in range(vector.length)]
            k.set(x, k.make(vector, *parts))
        else:
            far = k.let("=far reach", k.call("max", k.call("abs", new)))
            if wall == "stay":
                with k.when(far < size):
                    k.set(x, new)
                if hits is not None:
                    with k.when(far >= size):
                        k.augment(hits, "+", 1)
                return
            with k.when(far > size):
                k.set(x, x - move)
                if hits is not None:
                    k.augment(hits, "+", 1)
            with k.otherwise():
                k.set(x, new)

    if steps is None:
        step()
    else:
        with k.loop("=s it n", steps):
            step()
    write(k, "=positions_out pos_out new_pos", x)
    if angle is not None:
        write(k, "=headings_out angles_out theta_out", angle)
    if hits is not None:
        write(k, "=bounce_counts hit_counts wall_hits_out", hits)
    if opt(k, 0.3):
        start = element(k, "=start_pos initial_pos x_ref", vector)
        d = k.let("=d delta travel", x - start)
        write(k, "=msd sq_displacement squared_dist", k.call("dot", d, d))


_TASKS: dict[Callable[[Kernel], None], float] = {_emit: 2.0, _variate: 3.0, _walled: 2.0}


@recipe(
    "emitters, variates, walks",
    "random:3 control_flow:0.083",
    "particles stats biology",
    SINGLE,
    grows=2.0,
)
def random_motion(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
