"""Volumes of velocities sampled at points: what the flow carries, and what it does to what it meets."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3
from .tasks import named, read, setting, words, write
from .tree import Expr
from .volumes import DENSITY, POINT, UVW, VELOCITY, Volume, point_of, volume, within


def _carry(k: Kernel) -> None:
    """Points that a flow carries."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    p = read(k, POINT, VEC3)
    dt = named(k, "=h step", setting(k, "=dt time_step h", 0.01, 0.1, 0.05, 0.02))
    how = rng.choose(("euler", "midpoint", "heun", "rk4", "back", "loop", "loop", "ages"))
    k.titles = words("advect_particles advect_points move_with_flow advect_in_volume step_tracers")
    if how == "loop":
        _streamline(k, flow, p, dt)
        return
    v = k.let("=v vel flow", flow.sample(within(k, flow, p)))
    if how == "midpoint":
        mid = k.let("=mid p_mid half_p", p + v * (0.5 * dt))
        v = k.let("=v_mid vm v2", flow.sample_world(mid))
    elif how == "heun":
        end = k.let("=guess p_end p1", p + v * dt)
        v = k.let("=v_avg va mean_v", 0.5 * (v + flow.sample_world(end)))
    elif how == "rk4":
        k.titles = words("advect_rk4 rk4_advect trace_rk4 rk4_step")
        k2 = k.let("=k2 v2", flow.sample_world(p + v * (0.5 * dt)))
        k3 = k.let("=k3 v3", flow.sample_world(p + k2 * (0.5 * dt)))
        k4 = k.let("=k4 v4", flow.sample_world(p + k3 * dt))
        v = k.let("=v_avg slope", (v + k2 * 2.0 + k3 * 2.0 + k4) / 6.0)
    if how == "back":
        k.titles = words("backtrace departure_points semi_lagrangian_trace trace_back find_departure")
        back = k.let("=back prev origin", p - v * dt)
        if rng.chance(0.5):
            k.titles = words("advect_samples semi_lagrangian_points advect_scalar trace_and_sample")
            scalar = volume(k, DENSITY, like=flow)
            write(k, "=values_out samples advected", scalar.sample_world(back))
            return
        write(k, "=departure traced source_pos", back)
        return
    x = p + v * dt
    if how == "ages":
        k.titles = words("update_tracers age_and_advect step_smoke_particles advance_particles")
        ages = k.array("=ages life lifetimes", t.F32, k.launch, "inout", low=0.0, high=2.0)
        age = k.variable("=age life_i", ages[k.threads] + dt, False)
        x_new = k.variable("=x_new moved", x, False)
        with k.when(age > setting(k, "=max_age lifetime", 0.5, 2.0, 1.0)):
            k.set(x_new, k.array("=births spawns seed_points", VEC3, k.launch, low=-2.0, high=2.0)[k.threads])
            k.set(age, 0.0)
        write(k, "=pos_out positions_out x_out", x_new)
        k.set(ages[k.threads], age)
        k.shared.differentiable = False
        return
    box = rng.weighted({"": 5.0, "clamp": 2.0, "wrap": 1.0})
    if box == "clamp":
        x = k.let("=x_new moved", x)
        low, high = (
            k.scalar("=bounds_lo domain_min", VEC3, -2.0, -1.0),
            k.scalar("=bounds_hi domain_max", VEC3, 1.0, 2.0),
        )
        x = k.call("min", k.call("max", x, low), high)
    elif box == "wrap":
        x = k.let("=x_new moved", x)
        size = named(k, "=size", setting(k, "=domain_size period box_len", 2.0, 4.0, 4.0, 2.0))
        x = k.make(VEC3, *(part - size * k.call("floor", part / size) for part in k.components(x)))
    write(k, "=pos_out positions_out x_new", x)
    if rng.chance(0.25):
        write(k, "=velocities vel_out v_out", v)


def _streamline(k: Kernel, flow: Volume, p: Expr, dt: Expr) -> None:
    """A path of several steps."""
    rng = k.rng
    kept = rng.chance(0.5)
    x = k.variable("=x q pos", p)
    length = k.variable("=length arc path_len", k.lit(0.0)) if not kept and rng.chance(0.6) else None
    k.shared.differentiable = False
    if kept:
        k.titles = words("trace_streamlines record_paths trace_flow seed_streamlines integrate_paths")
        count = k.dim(rng.choose((6, 8)))
        paths = k.array("=paths lines streamlines trail", VEC3, (k.launch[0], count), "out")
        bound: Expr | int = k.length(count, paths, 1)
    else:
        k.titles = words("substep_particles integrate_in_flow trace_to_end advect_substeps")
        bound = k.scalar("=num_steps substeps num_substeps", t.I32, 2, 6) if rng.chance(0.5) else rng.choose((2, 4, 8))
    with k.loop("=s n step", bound) as s:
        if kept and rng.chance(0.5):
            k.set(paths[k.threads[0], s], x)
        place = k.let(UVW, flow.index(x))
        v = k.let("=v vel u", flow.sample(place))
        if rng.chance(0.4):
            with k.when(k.call("length", v) < k.choose_lit(1e-3, 0.01)):
                k.leave_loop()
        step = v * dt
        if rng.chance(0.3):
            k.titles = words("trace_field_lines field_lines trace_directions trace_unit_steps")
            step = k.call("normalize", v) * dt
        if length is not None:
            k.augment(length, "+", k.call("length", v) * dt)
        k.set(x, x + step)
        if kept:
            k.set(paths[k.threads[0], s], x)
    if not kept:
        write(k, "=end_points pos_out x_out", x)
    if length is not None:
        write(k, "=path_lengths arc_lengths", length)


def _wind(k: Kernel) -> None:
    """What a flow does to what it meets: drag, mixing, spin."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    p = point_of(k, True)
    v = k.let("=v wind air_v u", flow.sample(within(k, flow, p)))
    how = rng.choose(("drag", "drag", "blend", "flip", "accelerate", "face", "scaled", "advance"))
    if how == "scaled":
        k.titles = words("sample_velocity velocity_at_points probe_flow gather_flow interpolate_flow")
        if rng.chance(0.5):
            write(k, "=speeds flow_speed magnitudes", k.call("length", v))
        else:
            write(
                k,
                "=velocities vel_out flow_out",
                v * setting(k, "=wind_scale gain", 0.1, 2.0, 0.5) if rng.chance(0.5) else v,
            )
        return
    if how == "face":
        k.titles = words("wind_on_faces wind_pressure sail_forces flag_wind facet_drag")
        n = read(k, "=n normal face_n", VEC3, -1.0, 1.0, unit=True)
        area = read(k, "=area face_area a_f", t.F32, 0.1, 1.0)
        through = k.let("=vn v_n through", k.call("dot", v, n))
        size = setting(k, "=rho air_density density", 0.5, 2.0, 1.2) * area * through
        write(k, "=forces wind_f f_out", n * (0.5 * size * k.call("abs", through) if rng.chance(0.6) else size))
        return
    own = read(k, "=v_p own_vel particle_v", VEC3)
    if how == "flip":
        k.titles = words("flip_update pic_flip_blend grid_to_particles update_velocity_flip")
        before = volume(k, "=old_velocity prev_vel_volume saved_velocity", VEC3, flow)
        change = k.let("=dv change delta_v", v - before.sample_world(p))
        share = setting(k, "=flip_ratio alpha blend", 0.8, 1.0, 0.95, 0.97)
        write(k, "=vel_out velocities_out v_new", k.call("lerp", v, own + change, share))
        return
    if how == "blend":
        k.titles = words("couple_to_flow relax_to_flow follow_wind entrain_particles")
        rate = setting(k, "=coupling alpha response", 0.05, 0.95, 0.5)
        if rng.chance(0.5):
            dt = setting(k, "=dt time_step", 0.01, 0.1, 0.05)
            rate = 1.0 - k.call("exp", -dt / setting(k, "=tau response_time relax_time", 0.05, 1.0, 0.2))
        write(k, "=vel_out velocities_out v_new", k.call("lerp", own, v, rate))
        return
    k.titles = words("wind_force drag_force apply_wind flow_drag fluid_drag")
    c = setting(k, "=drag drag_coeff c_d", 0.05, 2.0, 0.5, 0.1)
    rel = k.let("=rel slip v_rel", v - own)
    force = rel * (c * k.call("length", rel)) if rng.chance(0.5) else rel * c
    if how == "drag":
        write(k, "=forces drag_f f_out", force)
        return
    acc = force / read(k, "=m mass", t.F32, 0.5, 2.0) if rng.chance(0.5) else force * read(k, "=inv_m", t.F32, 0.2, 2.0)
    if rng.chance(0.5):
        acc = (
            k.make(VEC3, 0.0, -9.81, 0.0) + acc if rng.chance(0.5) else acc + k.scalar("=gravity g", VEC3, -10.0, 10.0)
        )
    if how == "accelerate":
        write(k, "=accelerations acc_out a_out", acc)
        return
    dt = named(k, "=h", setting(k, "=dt time_step", 0.01, 0.1, 0.05))
    v_new = k.let("=v_new v1", own + acc * dt)
    write(k, "=vel_out velocities_out", v_new)
    if rng.chance(0.7):
        write(k, "=pos_out positions_out", p + v_new * dt)


CARRIED: dict[str, tuple[float, Callable[[Kernel], None]]] = {"carry": (1.6, _carry), "wind": (1.5, _wind)}
"""Weights, and what is done at a point."""
