"""Cells of volumes of velocities, one thread each: forces, walls, derivatives, what the flow carries."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import VEC3, fixed
from .tasks import leave, local, named, opt, read, words, write
from .tree import Expr
from .volumes import (
    DENSITY,
    HEAT,
    SDF,
    VELOCITY,
    Volume,
    beside,
    blank_vector,
    by_axis,
    counted,
    moved,
    place_of,
    put,
    sizes_of,
    volume,
)

_DT = "=dt time_step h"


def _read(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Velocities, speeds, energies into arrays."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    v = k.let("=v vel u", flow.at(cell))
    how = rng.choose(("copy", "speed", "energy", "courant", "histogram"))
    if how == "speed":
        k.titles = words("speed_field velocity_magnitude compute_speed flow_speed wind_strength")
        speed = k.call("length", v)
        if rng.chance(0.5):
            speed = k.let("=speed s mag", speed)
            top = k.array("=max_speed peak_speed", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_max", top, k.integer(0), speed, gives=t.F32))
            k.shared.differentiable = False
        write(k, "=speed speeds magnitude", speed)
        if opt(k, 0.4):
            write(k, "=directions flow_dir headings", k.call("normalize", v))
    elif how == "energy":
        k.titles = words("kinetic_energy_density flow_energy velocity_energy energy_field")
        square = k.call("dot", v, v) if rng.chance(0.6) else k.call("length_sq", v)
        e = k.let("=e ke energy_c", 0.5 * fixed(k, "=rho density fluid_density", 0.5, 2.0, 1.0) * square)
        if rng.chance(0.5):
            write(k, "=energy energy_out ke_out", e)
        else:
            e = e * fixed(k, "=cell_volume dv voxel_volume", 0.01, 0.5, 0.125)
            total = k.array("=total_energy energy_sum", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", total, k.integer(0), e, gives=t.F32))
    elif how == "courant":
        k.titles = words("courant_number cfl_number compute_cfl local_cfl")
        parts = [k.call("abs", part) for part in k.components(v)]
        speed = (
            parts[0] + parts[1] + parts[2] if rng.chance(0.5) else k.call("max", parts[0], k.call("max", *parts[1:]))
        )
        cfl = k.let(
            "=cfl courant c", speed * fixed(k, _DT, 0.01, 0.1, 0.05) / fixed(k, "=dx voxel_size", 0.1, 1.0, 0.5)
        )
        write(k, "=cfl_out courant_out", cfl)
        if opt(k, 0.5):
            write(k, "=too_fast violations", k.where(cfl > 1.0, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    elif how == "histogram":
        k.titles = words("speed_histogram bin_speeds velocity_histogram")
        bins = k.array("=histogram bins counts", t.I32, (k.dim(16, fixed=True),), "inout", low=0, high=0)
        b = k.cast(k.call("length", v) * fixed(k, "=bins_per_unit inv_bin", 2.0, 8.0, 4.0), t.I32)
        k.do(k.call("atomic_add", bins, k.call("min", k.let("=b bin", b), 15), k.integer(1), gives=t.I32))
        k.shared.differentiable = False
    else:
        k.titles = words("read_velocity velocity_to_array copy_velocity extract_flow dense_velocity")
        if rng.chance(0.3):
            v = v * fixed(k, "=scale wind_scale gain", 0.1, 2.0, 0.5)
        if rng.chance(0.3):
            pose = k.scalar("=grid_xform X_wg grid_pose", t.transform(), -1.0, 1.0, unit=True)
            v = k.call("transform_vector", pose, v)
        write(k, "=velocities vel_out flow", v)


def _force(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Forces on the flow in place: gravity, buoyancy, wind, drag, an impulse."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    dt = fixed(k, _DT, 0.01, 0.1, 0.05, 0.02)
    how = rng.choose(("buoyancy", "buoyancy", "gravity", "drag", "impulse", "limit", "swirl"))
    if how == "buoyancy":
        k.titles = words("apply_buoyancy add_buoyancy buoyancy_force buoyant_lift smoke_buoyancy")
        heat = volume(k, HEAT, like=flow)
        temp = k.let("=temp t_cell temperature", heat.at(cell))
        lift = fixed(k, "=beta buoyancy lift", 0.1, 2.0, 1.0) * (temp - fixed(k, "=ambient t_ambient", 0.0, 0.5, 0.0))
        if rng.chance(0.6):
            smoke = volume(k, "=density_volume smoke_volume density_grid", like=flow)
            rho = k.let("=rho smoke density", smoke.at(cell))
            lift = lift - fixed(k, "=alpha weight smoke_weight", 0.05, 1.0, 0.5, 0.1) * rho
        force = k.let("=f lift_f buoyant", lift)
        up = k.make(VEC3, 0.0, 1.0, 0.0) if rng.chance(0.7) else k.scalar("=up up_dir", VEC3, -1.0, 1.0, unit=True)
        flow.store(cell, flow.at(cell) + up * (force * dt))
        return
    if how in ("impulse", "swirl"):
        _stir(k, flow, cell, dt, how)
        return
    v = k.let("=v vel u", flow.at(cell))
    if how == "gravity":
        k.titles = words("apply_gravity add_body_force apply_force body_force_step")
        if rng.chance(0.5):
            fill = volume(k, "=fluid_fraction liquid_volume fill_volume", like=flow)
            leave(k, fill.at(cell) <= 0.0)
        g = k.make(VEC3, 0.0, -9.8, 0.0) if rng.chance(0.5) else k.scalar("=gravity g body_force", VEC3, -10.0, 10.0)
        made = v + g * dt
    elif how == "drag":
        k.titles = words("damp_velocity drag_flow velocity_damping dissipate_velocity")
        rate = fixed(k, "=drag damping drag_rate", 0.05, 2.0, 0.5, 0.1)
        style = rng.choose(("factor", "exp", "implicit", "quadratic"))
        if style == "exp":
            made = v * k.call("exp", -(rate * dt))
        elif style == "implicit":
            made = v / (1.0 + rate * dt)
        elif style == "quadratic":
            made = v / (1.0 + rate * k.call("length", v) * dt)
        else:
            made = v * (1.0 - rate * dt)
    elif how == "limit":
        k.titles = words("clamp_velocity limit_speed clamp_speed cap_velocity")
        speed = k.let("=speed s mag", k.call("length", v))
        top = named(k, "=vmax", fixed(k, "=max_speed v_max speed_limit", 0.5, 2.0, 1.0))
        if rng.chance(0.5):
            with k.when(speed > top):
                flow.store(cell, v * (top / speed))
            return
        made = v * (top / k.call("max", speed, top))
    flow.store(cell, made)


def _stir(k: Kernel, flow: Volume, cell: list[Expr], dt: Expr, how: str) -> None:
    """The flow near a place pushed, or turned about an axis."""
    rng = k.rng
    p = place_of(k, cell)
    p = k.let("=p x pos", flow.world(p) if rng.chance(0.5) else p)
    center = k.scalar(
        "=center impulse_pos fan_pos" if how == "impulse" else "=axis_pos center vortex_pos", VEC3, 0.5, 2.5
    )
    radius = named(k, "=r", fixed(k, "=radius reach force_radius", 0.5, 2.5, 1.0, 2.0))
    d = k.let("=d rel to_p", p - center)
    dist = k.let("=dist r_c l", k.call("length", d))
    leave(k, dist >= radius)
    v = k.let("=v vel u", flow.at(cell))
    if how == "impulse":
        k.titles = words("add_impulse splat_force apply_fan inject_velocity push_flow")
        push = k.scalar("=impulse force push fan_force", VEC3, -2.0, 2.0)
        fade = 1.0 - dist / radius
        if rng.chance(0.4):
            fade = k.let("=w fade", fade)
            fade = fade * fade
        made = v + push * (fade * dt if rng.chance(0.6) else fade)
    else:
        k.titles = words("add_vortex swirl_flow apply_vortex spin_flow")
        axis = k.scalar("=axis spin_axis", VEC3, -1.0, 1.0, unit=True)
        made = v + k.call("cross", axis, d) * (fixed(k, "=strength spin swirl", 0.1, 3.0, 1.0) * dt)
    flow.store(cell, made)


def _walls(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Velocities where something solid is."""
    rng = k.rng
    k.titles = words("enforce_boundary apply_boundary set_solid_velocity no_slip solid_boundary collide_flow")
    flow = volume(k, VELOCITY, VEC3)
    how = rng.choose(("flags", "zero", "slip", "moving", "faces" if len(k.launch) == 3 else "zero"))
    if how == "flags":
        marks = volume(k, "=cell_flags solid_volume flags", t.I32, like=flow)
        with k.when((marks.at(cell) & 1).differs(0)):
            flow.store(cell, k.zero(VEC3))
        return
    if how == "faces":
        k.titles = words("wall_boundary box_boundary enforce_walls closed_box")
        v = k.let("=v vel u", flow.at(cell))
        sizes = sizes_of(k)
        free = rng.chance(0.5)
        if not free:
            tests = [test for c, n in zip(cell, sizes, strict=True) for test in (c.equals(0), c.equals(n - 1))]
            with k.when(k.either(*tests)):
                flow.store(cell, k.zero(VEC3))
            return
        parts = [
            local(k, kind, k.where(k.either(c.equals(0), c.equals(n - 1)), k.lit(0.0), v[m]))
            for m, (kind, c, n) in enumerate(zip(by_axis(k, "u#", "v#"), cell, sizes, strict=True))
        ]
        flow.store(cell, k.make(VEC3, *parts))
        return
    solid = volume(k, SDF, like=flow)
    if how == "slip":
        k.titles = words("slip_boundary free_slip project_at_walls remove_normal_velocity")
        place = k.let("=uvw place", place_of(k, cell))
        grad = blank_vector(k)
        d = k.let("=d phi dist", solid.sample_grad(place, grad))
        leave(k, d > fixed(k, "=margin thickness band", 0.0, 0.5, 0.0, 0.1))
        n = k.let("=n normal", k.call("normalize", grad))
        v = k.let("=v vel u", flow.at(cell))
        into = k.let("=vn v_n into", k.call("dot", v, n))
        keep = 1.0 - fixed(k, "=friction mu", 0.0, 0.9, 0.1, 0.3) if rng.chance(0.4) else None
        made = v - n * k.call("min", into, 0.0)
        flow.store(cell, made * keep if keep is not None else made)
        return
    d = k.let("=d phi dist", solid.at(cell))
    wall = k.zero(VEC3) if how == "zero" else k.scalar("=solid_vel wall_vel body_vel", VEC3, -1.0, 1.0)
    if how == "zero" or rng.chance(0.4):
        width = named(k, "=w", fixed(k, "=band width blend_width", 0.2, 1.0, 0.5))
        share = k.let("=f open_frac frac", k.call("clamp", d / width, 0.0, 1.0))
        v = flow.at(cell)
        flow.store(cell, v * share if how == "zero" else k.call("lerp", wall, v, share))
        return
    with k.when(d < fixed(k, "=margin thickness iso", 0.0, 0.5, 0.0, 0.1)):
        flow.store(cell, wall)


def _derive(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Divergence, curl and strain by differences of the cells beside."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    how = rng.choose(("divergence", "divergence", "curl", "curl", "smooth", "strain"))
    pairs = beside(k, flow, cell, "v" if rng.chance(0.3) else "")
    halved = fixed(k, "=dx voxel_size h spacing", 0.1, 1.0, 0.5, 1.0)
    inverse = 0.5 / halved
    if how == "divergence":
        k.titles = words("compute_divergence velocity_divergence divergence_field divergence flow_divergence")
        total = pairs[0][0][0] - pairs[0][1][0] + pairs[1][0][1] - pairs[1][1][1] + pairs[2][0][2] - pairs[2][1][2]
        div = total * inverse if rng.chance(0.5) else total / (2.0 * halved)
        if rng.chance(0.5):
            div = k.let("=div divergence d", div)
            if rng.chance(0.4):
                div = -div
        put(k, cell, "=divergence div_out rhs", "=div_volume divergence_volume rhs_volume", div, flow, alone)
        if opt(k, 0.4):
            counted(k, 1.0, "=div_sum total_div", k.let("=size abs_div", k.call("abs", div)))
        return
    if how == "smooth":
        k.titles = words("diffuse_velocity viscosity_step viscous_diffusion smooth_velocity")
        v = k.let("=v vel u", flow.at(cell))
        total = pairs[0][0] + pairs[0][1] + pairs[1][0] + pairs[1][1] + pairs[2][0] + pairs[2][1]
        lap = k.let("=lap laplacian", total - v * 6.0)
        made = v + lap * (fixed(k, "=viscosity nu", 0.01, 0.5, 0.1) * fixed(k, _DT, 0.01, 0.1, 0.05))
        put(k, cell, "=velocities vel_out", "=next_velocity vel_out_volume", made, flow, alone)
        return
    dx, dy, dz = (
        local(k, kind, (a - b) * inverse) for kind, (a, b) in zip(by_axis(k, "d#", "dv_d#", "dv#"), pairs, strict=True)
    )
    if how == "strain":
        k.titles = words("strain_rate shear_rate strain_magnitude compute_strain")
        a, b, c = dx[1] + dy[0], dx[2] + dz[0], dy[2] + dz[1]
        exy, exz, eyz = (k.let(f"=e{n} s{n}", 0.5 * e) for n, e in (("xy", a), ("xz", b), ("yz", c)))
        square = dx[0] * dx[0] + dy[1] * dy[1] + dz[2] * dz[2] + 2.0 * (exy * exy + exz * exz + eyz * eyz)
        write(k, "=strain_rate shear_rate strain_out", k.call("sqrt", 2.0 * square))
        return
    k.titles = words("compute_vorticity vorticity curl_field velocity_curl flow_vorticity")
    curl = k.let("=w curl omega", k.make(VEC3, dy[2] - dz[1], dz[0] - dx[2], dx[1] - dy[0]))
    if rng.chance(0.5):
        write(k, "=vorticity curl_out omega_out", curl)
    if rng.chance(0.5) or opt(k, 0.3):
        square = k.call("dot", curl, curl)
        write(k, "=enstrophy vorticity_sq", 0.5 * square if rng.chance(0.6) else square)
    else:
        write(k, "=vorticity_mag spin_rate", k.call("length", curl))


def _project(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """The gradient of the pressure taken from the flow."""
    rng = k.rng
    k.titles = words(
        "subtract_pressure_gradient project_velocity pressure_projection make_divergence_free apply_pressure"
    )
    flow = volume(k, VELOCITY, VEC3)
    pressure = volume(k, "=pressure pressure_volume p_volume", like=flow)
    if rng.chance(0.35):
        marks = volume(k, "=cell_flags solid_volume flags", t.I32, like=flow)
        solid = marks.at(cell) & 1
        leave(k, solid.differs(0) if rng.chance(0.5) else solid.equals(1))
    if rng.chance(0.3):
        here = k.let("=p p_c center", pressure.at(cell))
        back = rng.chance(0.5)
        parts = []
        for n in range(3):
            other = pressure.at(moved(cell, n, -1 if back else 1))
            parts.append(here - other if back else other - here)
        factor = 1.0
    else:
        parts = [a - b for a, b in beside(k, pressure, cell, "p_")]
        factor = 0.5
    if rng.chance(0.4):
        parts = [local(k, kind, part) for kind, part in zip(by_axis(k, "dp_d#", "g#", "dp#"), parts, strict=True)]
    grad = k.let("=grad grad_p gp", k.make(VEC3, *parts))
    scale = fixed(k, _DT, 0.01, 0.1, 0.05)
    if rng.chance(0.6):
        scale = scale / fixed(k, "=rho density", 0.5, 2.0, 1.0)
    if rng.chance(0.6):
        scale = scale / fixed(k, "=dx voxel_size h", 0.1, 1.0, 0.5)
    scale = scale * factor if factor != 1.0 else scale
    v = flow.at(cell)
    flow.store(cell, v - grad * (k.let("=scale coeff", scale) if rng.chance(0.4) else scale))


def _advect(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """What the flow carries to a cell, from where it was a step before."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    itself = rng.chance(0.4)
    dt = named(k, "=step", fixed(k, _DT, 0.01, 0.2, 0.1, 0.05))
    v = k.let("=v vel u", flow.at(cell))
    if rng.chance(0.25):
        leave(k, k.call("length", v) < k.choose_lit(1e-4, 1e-3, 0.01))
    own = rng.chance(0.5)
    here = place_of(k, cell)
    here = k.let("=p x pos", here if own else flow.world(here))
    # Velocities in cells a second move places of the grid's own coordinates.
    speed = dt * fixed(k, "=inv_dx cells_per_unit", 1.0, 4.0, 2.0) if own and rng.chance(0.5) else dt
    back = k.let("=back departure p_prev source_pos", here - v * speed)
    if rng.chance(0.35):
        mid = k.let("=mid p_mid half_p", here - v * (0.5 * speed))
        vm = k.let("=v_mid vm", flow.sample(mid) if own else flow.sample_world(mid))
        back = k.let("=back2 departure_p origin_p", here - vm * speed)
    if itself:
        k.titles = words("advect_velocity self_advect semi_lagrangian_velocity advect_flow")
        made = flow.sample(back) if own else flow.sample_world(back)
        if rng.chance(0.3):
            made = made * fixed(k, "=damping decay keep", 0.9, 1.0, 0.99, 0.98)
        put(k, cell, "=velocities vel_out advected", "=next_velocity vel_out_volume new_velocity", made, flow, alone)
        return
    hot = rng.chance(0.35)
    k.titles = words(
        "advect_temperature advect_heat transport_heat"
        if hot
        else "advect_density advect_smoke transport_density semi_lagrangian"
    )
    scalar = volume(k, HEAT if hot else DENSITY, like=flow)
    made = scalar.sample(back) if own else scalar.sample_world(back)
    if rng.chance(0.35) and not hot:
        rate = fixed(k, "=dissipation decay", 0.05, 1.0, 0.1, 0.5)
        made = made / (1.0 + rate * dt) if rng.chance(0.5) else k.call("max", made - rate * dt, 0.0)
    put(
        k,
        cell,
        "=temperatures temp_out advected" if hot else "=density_out advected rho_out",
        "=next_temperature temp_out_volume" if hot else "=next_density density_out_volume new_density",
        made,
        flow,
        alone,
    )


def _upload(k: Kernel, cell: list[Expr], alone: bool) -> None:
    """Velocities of an array into a volume."""
    rng = k.rng
    flow = volume(k, VELOCITY, VEC3)
    k.titles = words("store_velocity write_velocity velocity_to_volume upload_velocity set_velocity fill_wind")
    how = rng.choose(("plain", "scaled", "add", "blend", "average", "rigid"))
    if how == "rigid":
        k.titles = words("rigid_rotation_flow set_vortex init_rotation fill_solid_rotation")
        p = k.let("=p x pos", flow.world(place_of(k, cell)))
        center = k.scalar("=center pivot axis_pos", VEC3, 0.5, 2.5)
        spin = k.scalar("=omega spin angular_vel", VEC3, -2.0, 2.0)
        v = k.call("cross", spin, p - center)
        if rng.chance(0.5):
            v = v + k.scalar("=drift base_flow mean_flow wind", VEC3, -1.0, 1.0)
        flow.store(cell, v)
        return
    v = read(k, "=v vel velocity", VEC3)
    if how == "scaled":
        v = v * fixed(k, "=scale gain strength", 0.1, 2.0, 0.5)
    elif how == "average":
        k.titles = words("normalize_momentum momentum_to_velocity grid_velocity finish_splat")
        w = read(k, "=w weight mass", t.F32, 0.0, 2.0)
        with k.when(w > k.choose_lit(0.0, 1e-3, 0.01)):
            flow.store(cell, v / w)
        if rng.chance(0.5):
            with k.otherwise():
                flow.store(cell, k.zero(VEC3))
        return
    elif how == "add":
        k.titles = words("add_velocity accumulate_velocity apply_velocity_delta add_to_flow")
        v = flow.at(cell) + v * (fixed(k, _DT, 0.01, 0.1, 0.05) if rng.chance(0.5) else 1.0)
    elif how == "blend":
        k.titles = words("blend_velocity nudge_flow relax_to_target mix_velocity")
        v = k.call("lerp", flow.at(cell), v, fixed(k, "=alpha blend rate", 0.05, 0.95, 0.5, 0.1))
    if rng.chance(0.3):
        solid = k.array("=solid blocked obstacle", t.I32, k.launch, low=0, high=1)[k.threads]
        with k.when(solid.equals(0)):
            flow.store(cell, v)
    else:
        flow.store(cell, v)


FLOWS: dict[str, tuple[float, Callable[[Kernel, list[Expr], bool], None], bool]] = {
    "velocity": (1.3, _read, False),
    "force": (1.8, _force, True),
    "walls": (1.1, _walls, True),
    "derivatives": (1.3, _derive, False),
    "projection": (0.9, _project, True),
    "advection": (1.3, _advect, False),
    "velocity_upload": (1.2, _upload, True),
}
"""Weights, what is done at a cell, and whether the thread needs the cell for itself."""
