"""Random numbers: states that start at random, points in shapes, walks, noise on data."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .names import plural
from .random_integers import integers
from .recipes import SINGLE, recipe
from .tasks import element, extent, launch, local, named, opt, read, setting, words, write
from .tree import Expr

FIELDS = "particles stats render chemistry biology"
_FIELDS = "particles stats chemistry fluids"


def state(k: Kernel) -> Expr:
    """This thread's generator."""
    rng = k.rng
    seed = k.scalar("=seed rng_seed random_seed base_seed kernel_seed", t.I32, 0, 1000) if rng.chance(0.8) else None
    fixed = k.integer(rng.choose((42, 7, 123, 1234, 2024, 1337)))
    thread = k.threads[0]
    if len(k.threads) == 2:
        width = extent(k, k.launch[1], "=width cols row_len stride num_cols")
        thread = k.threads[0] * width + k.threads[1]
        if rng.chance(0.5):
            thread = k.let("=idx flat_id lin gid", thread)
    elif len(k.threads) == 3:
        ny, nz = extent(k, k.launch[1], "=ny dim_y rows"), extent(k, k.launch[2], "=nz dim_z cols")
        thread = k.let("=idx flat_id lin gid", (k.threads[0] * ny + k.threads[1]) * nz + k.threads[2])
    if opt(k, 0.15):
        frame = k.scalar("=frame step_idx iteration epoch", t.I32, 0, 100)
        thread = frame * rng.choose((1000, 1024, 4096, 65536)) + thread
    if seed is not None and rng.chance(0.35):
        value = k.call("rand_init", seed + thread, gives=t.U32)
    else:
        value = k.call("rand_init", seed if seed is not None else fixed, thread, gives=t.U32)
    return k.variable("=state rng rng_state rand_state r", value)


def draw(k: Kernel, rng_state: Expr, what: str, *arguments: tree.Value, gives: t.Type = t.F32) -> Expr:
    return k.call(what, rng_state, *(k.lit(a) if isinstance(a, float) else a for a in arguments), gives=gives)


def between(k: Kernel, rng_state: Expr, low: Expr | float, high: Expr | float) -> Expr:
    """A float in a range, spelled in one of the ways that people have."""
    bounds = [k.lit(bound) if isinstance(bound, float) else bound for bound in (low, high)]
    if k.shared.ranged is None:
        k.shared.ranged = k.rng.chance(0.55)
    if k.shared.ranged:
        value = draw(k, rng_state, "randf", *bounds)
        assert isinstance(value, tree.Call)
        return tree.Call(value.type, bounds[0].low, bounds[1].high, "wp.randf", value.arguments)
    u = draw(k, rng_state, "randf")
    if (low, high) == (-1.0, 1.0):
        return 2.0 * u - 1.0
    return bounds[0] + (bounds[1] - bounds[0]) * u


SAMPLERS = {
    "sample_unit_sphere": 3,
    "sample_unit_sphere_surface": 3,
    "sample_unit_hemisphere": 3,
    "sample_unit_hemisphere_surface": 3,
    "sample_unit_cube": 3,
    "sample_unit_disk": 2,
    "sample_unit_ring": 2,
    "sample_unit_square": 2,
    "sample_triangle": 2,
}
_SHAPE = {
    "sample_unit_sphere": "ball sphere_volume",
    "sample_unit_sphere_surface": "sphere sphere_surface",
    "sample_unit_hemisphere": "half_ball hemisphere",
    "sample_unit_hemisphere_surface": "hemisphere dome",
    "sample_unit_cube": "box cube",
    "sample_unit_disk": "disk disc",
    "sample_unit_ring": "ring circle",
    "sample_unit_square": "square rect",
    "sample_triangle": "triangle tri",
}
_STRAIGHT = ("box", "cube", "square", "rect", "triangle", "tri")
"""Shapes that have sides and no radius."""


def _range(k: Kernel, what: str) -> tuple[Expr, Expr]:
    """The ends of a range, both spelled in one way."""
    names = (("lo", "hi"), (f"min_{what}", f"max_{what}"), ("low", "high"), (f"{what}_min", f"{what}_max"))
    first, last = k.rng.choose((*names, ("lower", "upper")))
    least = 0.1 if what in ("mass", "weight") else 0.0 if what in ("age", "life", "phase") else -1.0
    low = setting(k, f"=!{first}", least, 0.4, least, max(least, 0.0))
    return low, setting(k, f"=!{last}", 0.5, 2.0, 1.0, 2.0, 0.5)


def _uniform(k: Kernel) -> None:
    what = k.rng.choose(("value", "weight", "phase", "mass", "temperature", "height", "age", "charge"))
    many = plural(what)
    k.titles = (
        f"init_{many}",
        f"random_{many}",
        f"fill_random_{many}",
        f"randomize_{many}",
        "fill_uniform",
        f"sample_{many}",
        f"reset_{many}",
    )
    launch(k, what, k.rng.weighted({1: 3.0, 2: 1.5, 3: 0.5}))
    r = state(k)
    low, high = _range(k, what)
    value = k.let(f"={what} u v x", between(k, r, low, high))
    write(k, f"={many} {what}_out {{}}_{what} values out_{many}", value)
    if opt(k, 0.35):
        second = {"mass": "inv_mass", "age": "alive", "phase": "amplitude", "height": "slope"}.get(what, "noise")
        if second == "inv_mass":
            write(k, "=inv_mass inv_masses {}_inv_mass", 1.0 / k.call("max", value, 1e-3))
        elif second == "alive":
            write(k, "=alive active is_alive", k.where(value > 0.0, k.integer(1), k.integer(0)))
        else:
            write(k, f"={second}s {second}_out {second}", between(k, r, 0.0, 1.0))


def _normal(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("init", "add", "vector", "xavier"))
    launch(k, {"add": "sample", "xavier": "weight"}.get(how, "value"), rng.weighted({1: 3.0, 2: 1.5}))
    r = state(k)
    sigma = setting(k, "=sigma std stddev noise_scale", 0.05, 2.0, 1.0, 0.1, 0.5)
    if how == "add":
        k.titles = words(
            "add_noise add_gaussian_noise perturb corrupt_signal noisy_{s} inject_noise sensor_noise jitter_values"
        )
        x = read(k, "=x value clean signal", t.F32)
        noisy = x + sigma * draw(k, r, "randn")
        if opt(k, 0.3):
            noisy = k.call("clamp", noisy, k.lit(-rng.choose((1.0, 2.0, 3.0))), k.lit(rng.choose((1.0, 2.0, 3.0))))
        write(k, "=noisy noisy_out out values_out", noisy)
    elif how == "vector":
        k.titles = words(
            "init_velocities thermal_velocities maxwell_boltzmann thermalize random_velocities seed_velocities"
        )
        scale = named(k, "=s v_th", sigma)
        if opt(k, 0.5):
            mass = read(k, "=m mass", t.F32, 0.5, 2.0)
            scale = k.let(
                "=v_th thermal s_i", k.call("sqrt", setting(k, "=kT temperature thermal_energy", 0.1, 2.0, 1.0) / mass)
            )
        stem = rng.choose(("v", "g", "n", "z"))
        parts = (
            [local(k, f"={stem}{axis}", draw(k, r, "randn")) for axis in "xyz"]
            if rng.chance(0.6)
            else [draw(k, r, "randn") for _ in range(3)]
        )
        write(k, "=velocities vel v {}_vel vel_out", k.make(t.vec(3), *parts) * scale)
    elif how == "xavier":
        k.titles = words("init_weights xavier_init he_init normal_init randomize_weights reset_parameters kaiming_init")
        fan = k.scalar("=fan_in num_inputs in_features", t.I32, 1, 64)
        gain = rng.choose((1.0, 2.0))
        std = k.let("=std scale sigma", k.call("sqrt", gain / k.cast(fan, t.F32)))
        write(k, "=weights w params weight_matrix", draw(k, r, "randn") * std)
    else:
        k.titles = ("fill_normal", "fill_gaussian", "random_normal", "sample_normal", "init_gaussian", "draw_normals")
        mean = setting(k, "=mean mu center", -1.0, 1.0, 0.5, 1.0)
        write(k, "=samples values out normals draws", mean + sigma * draw(k, r, "randn"))


def _points(k: Kernel) -> None:
    rng = k.rng
    sampler = rng.choose(tuple(SAMPLERS))
    shape = rng.choose(tuple(_SHAPE[sampler].split()))
    k.titles = (
        f"sample_{shape}",
        f"points_in_{shape}",
        f"spawn_in_{shape}",
        f"scatter_{shape}",
        f"fill_{shape}",
        f"seed_{{s}}_{shape}",
        f"random_{shape}_points",
    )
    launch(k, rng.choose(("point", "sample", "particle")))
    r = state(k)
    vector = t.vec(SAMPLERS[sampler])
    p = k.let("=p u offset local", draw(k, r, sampler, gives=vector))
    first = "side_length" if shape in _STRAIGHT else "radius"
    size = setting(k, f"={first} scale {shape}_size extent spread", 0.1, 2.0, 0.5, 1.0)
    how = rng.choose(("plain", "scaled", "placed", "each", "axes", *(("posed", "posed") if vector.length == 3 else ())))
    if how == "posed":
        frame = k.scalar("=emitter_pose spawn_frame X_ws", t.transform(), -1.0, 1.0, unit=True)
        p = k.call("transform_point", frame, p * size)
    elif how == "axes":
        half = k.scalar(f"=half_size {shape}_axes half_extents", vector, 0.2, 2.0)
        p = k.call("cw_mul", half, p)
    elif how == "placed":
        p = k.scalar(f"=center {shape}_center origin emitter_pos", vector, -1.0, 1.0) + p * size
    elif how == "each":
        p = read(k, "=center c anchor base", vector) + p * size
    elif how == "scaled":
        p = p * size
    x = k.let("=x pos point", p)
    end = rng.weighted({"all": 4.0, "dead": 1.5, "clear": 1.0, "drift": 1.0})
    if end == "dead":
        # Only what has gone starts anew.
        gone = k.array("=alive age_left life", t.I32, k.launch, low=0, high=2)[k.threads]
        with k.when(gone.equals(0)):
            k.set(k.array("=positions pos particle_pos", vector, k.launch, "inout", low=-1.0, high=1.0)[k.threads], x)
        k.titles = words("respawn_dead respawn_particles reseed_particles recycle_particles emit_particles")
        return
    if end == "clear":
        hole = setting(k, "=min_dist clearance inner_radius", 0.05, 0.5, 0.2, 0.1)
        far = k.call("length", x) > hole
        write(k, "=valid accepted keep", k.where(far, k.integer(1), k.integer(0)))
    elif end == "drift":
        move = read(k, "=v vel drift", vector)
        x = x + move * setting(k, "=dt lead h", 0.01, 0.5, 0.1)
    write(k, "=points positions samples pos_out {}_pos", x)
    if opt(k, 0.35) and vector.length == 3:
        speed = setting(k, "=speed emit_speed v0", 0.1, 2.0, 1.0)
        direction = draw(k, r, "sample_unit_sphere_surface", gives=vector)
        write(k, "=velocities vel_out v {}_vel", direction * speed)
    if opt(k, 0.3):
        low, high = _range(k, "life")
        write(k, "=lifetimes life ages", between(k, r, low, high))


def _hemisphere(k: Kernel) -> None:
    """Directions around a normal, as path tracers draw them."""
    rng = k.rng
    k.titles = words(
        "sample_hemisphere cosine_sample sample_bounce diffuse_bounce scatter_rays sample_directions uniform_hemisphere"
    )
    launch(k, rng.choose(("hit", "ray", "sample")))
    r = state(k)
    n = read(k, "=n normal nrm", t.vec(3), -1.0, 1.0, unit=True)
    if rng.chance(0.5):
        d = k.let("=d dir w", draw(k, r, "sample_unit_sphere_surface", gives=t.vec(3)))
        out = k.let("=wi bounce scattered", k.call("normalize", n + d))
    else:
        d = k.let(
            "=d dir w",
            draw(k, r, rng.choose(("sample_unit_sphere_surface", "sample_unit_hemisphere_surface")), gives=t.vec(3)),
        )
        out = k.let("=wi bounce up_dir", k.where(k.call("dot", d, n) < 0.0, -d, d))
    write(k, "=directions dirs_out bounce_dirs scattered_dirs", out)
    if opt(k, 0.5):
        write(k, "=pdfs pdf weights", k.call("max", k.call("dot", n, out), 0.0) / 3.14159)
    if opt(k, 0.4):
        p = read(k, "=p pos hit_pos", t.vec(3))
        write(k, "=origins ray_origins starts", p + n * rng.choose((1e-3, 1e-2, 1e-4)))


def _integers(k: Kernel) -> None:
    launch(k, "sample", k.rng.weighted({1: 3.0, 2: 1.0}))
    integers(k, state(k))


def _walk(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "random_walk brownian_motion diffuse_{s} brownian_step walk_{s} wiener_process langevin_step simulate_walk"
    )
    launch(k, rng.choose(("walker", "particle", "path")))
    r = state(k)
    vector: t.Type = rng.choose((t.F32, t.F32, t.vec(2), t.vec(3)))
    x = k.variable("=x pos p", element(k, "=x0 start pos0", vector))
    how = rng.choose(("steps", "steps", "ou", "lattice" if vector is t.F32 else "steps"))
    count: Expr | int = k.scalar("=num_steps steps", t.I32, 2, 16) if rng.chance(0.5) else rng.integer(4, 16)
    sigma = named(k, "=s amp", setting(k, "=step_size sigma diffusion noise", 0.01, 0.5, 0.1, 0.05))
    farthest = k.variable("=farthest max_r extent", k.lit(0.0)) if opt(k, 0.35) else None
    theta = (
        named(k, "=theta k_r", setting(k, "=theta reversion relaxation", 0.05, 0.5, 0.1, 0.2)) if how == "ou" else None
    )
    if how == "ou":
        k.titles = words("ornstein_uhlenbeck ou_process mean_reverting_walk colored_noise ou_step simulate_ou")
    with k.loop("=s i step", count):
        if how == "lattice":
            forward = draw(k, r, "randf") < 0.5
            k.augment(x, "+", k.where(forward, sigma, -sigma))
        else:
            step = draw(k, r, "randn")
            if isinstance(vector, t.Vector):
                step = k.make(vector, step, *[draw(k, r, "randn") for _ in range(vector.length - 1)])
            if theta is not None:
                k.augment(x, "-", x * theta)
            k.augment(x, "+", step * sigma)
        if farthest is not None:
            k.set(farthest, k.call("max", farthest, k.call("abs", x) if vector is t.F32 else k.call("length", x)))
    write(k, "=pos_out x_out endpoints {}_pos", x)
    if farthest is not None:
        write(k, "=max_distance range_out extents", farthest)


def _rotation(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "random_rotations random_orientations randomize_poses init_orientations sample_quaternions "
        "random_poses reset_orientation"
    )
    launch(k, rng.choose(("body", "env", "particle")))
    r = state(k)
    if rng.chance(0.5):
        axis = k.let("=axis a dir", draw(k, r, "sample_unit_sphere_surface", gives=t.vec(3)))
        most = setting(k, "=max_angle spread angle_range", 0.2, 3.14, 1.57, 0.5)
        angle = k.let("=angle theta", most * between(k, r, -1.0, 1.0))
        q = k.let("=q rot quat", k.call("quat_from_axis_angle", axis, angle))
    else:
        parts = (
            [local(k, f"={name}", draw(k, r, "randn")) for name in rng.choose(("abcd", "xyzw"))]
            if rng.chance(0.7)
            else [draw(k, r, "randn") for _ in range(4)]
        )
        q = k.let("=q rot quat", k.call("normalize", k.make(t.quat(), *parts)))
    if rng.chance(0.45):
        p = setting(k, "=spread spawn_radius extent", 0.1, 2.0, 1.0, 0.5) * draw(
            k, r, "sample_unit_cube", gives=t.vec(3)
        )
        if rng.chance(0.5):
            p = read(k, "=p spawn_pos base", t.vec(3)) + p
        write(k, "=poses transforms body_q xforms", k.make(t.transform(), p, q))
    else:
        write(k, "=rotations orientations quats body_rot", q)
    if opt(k, 0.4):
        write(
            k,
            "=ang_vel omegas spin",
            draw(k, r, "sample_unit_sphere", gives=t.vec(3)) * setting(k, "=max_spin omega_max", 0.1, 5.0, 1.0),
        )


def _environment(k: Kernel) -> None:
    """Parameters of simulated worlds, drawn anew where an episode ended."""
    rng = k.rng
    k.titles = words(
        "randomize_envs domain_randomization reset_envs randomize_dynamics reset_done_envs "
        "resample_params sample_commands"
    )
    launch(k, "env", kinds=("=env tid world i env_id",))
    if rng.chance(0.6):
        done = k.array("=done dones reset_buf terminated", t.I32, k.launch, low=0, high=1)[k.threads[0]]
        with k.when(done.equals(0)):
            k.give()
    r = state(k)
    rows = [
        ("friction", 0.2, 1.2), ("mass_scale", 0.8, 1.2), ("motor_gain", 0.9, 1.1), ("gravity", -10.5, -9.0),
        ("damping", 0.0, 0.2), ("latency", 0.0, 0.04), ("target_height", 0.5, 1.5), ("target_speed", -1.0, 1.0),
        ("joint_offset", -0.1, 0.1), ("goal_x", -2.0, 2.0),
    ]  # fmt: skip
    chosen = rng.sample(rows, rng.integer(*{"small": (1, 2), "medium": (2, 4), "large": (3, 6)}[k.shared.size]))
    for name, low, high in chosen:
        if rng.chance(0.3):
            spread = setting(k, f"={name}_range {name}_std", 0.01, 0.5, 0.1)
            middle = round((low + high) / 2.0, 3)
            value = spread * between(k, r, -1.0, 1.0)
            value = middle + value if middle else value
        else:
            value = between(k, r, low, high)
        write(k, f"={name} env_{name} {name}_out world_{name}", value)
    if rng.chance(0.4):
        write(k, "=episode_len step_count progress_buf", k.integer(0))


_TASKS: dict[Callable[[Kernel], None], float] = {
    _uniform: 1.5,
    _normal: 2.0,
    _points: 4.0,
    _hemisphere: 1.2,
    _integers: 4.0,
    _walk: 1.4,
    _rotation: 1.2,
    _environment: 1.2,
}


@recipe("arrays filled with random values", "random:4.5", _FIELDS, SINGLE)
def fill_random(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
