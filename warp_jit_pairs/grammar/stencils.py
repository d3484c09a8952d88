"""Explicit time steps on grids: diffusion and reactions, waves, fields of electromagnetics."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .grids import Grid, laplacian, stem_of, sum_of
from .jobs import Job
from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .tree import Expr

_DIFFUSING = {
    "heat": (
        "temperature temp T temps heat {}_temp",
        "alpha diffusivity thermal_diffusivity kappa thermal_alpha",
        "heat_step diffuse_heat step_heat_equation heat_diffusion update_temperature diffuse_temperature"
        " advance_heat heat_equation_step conduct_heat explicit_heat_step ftcs_step {}_heat_step",
    ),
    "concentration": (
        "conc concentration c concentrations solute {}_conc",
        "diff_coeff diffusivity D diffusion_coeff diffusion_rate",
        "diffuse_concentration diffusion_step diffuse_solute spread_concentration diffuse update_concentration"
        " fick_step step_diffusion explicit_diffusion diffuse_species",
    ),
    "dye": (
        "dye density smoke dens dye_density rho ink",
        "diffusion diff_rate dye_diffusion spread_rate diffusion_rate",
        "diffuse_dye diffuse_density diffuse_smoke spread_dye smoke_diffusion density_diffusion_step diffuse_ink",
    ),
    "moisture": (
        "moisture humidity water soil_moisture theta wetness",
        "hydraulic_diffusivity soil_diffusivity seep_rate diffusion moisture_diffusivity",
        "diffuse_moisture moisture_step spread_humidity soil_moisture_step seep_water update_moisture",
    ),
    "signal": (
        "morphogen activator nutrient chemical field_values attractant",
        "diff_coeff diffusion D_m spread_rate diffusion_coeff",
        "diffuse_morphogen diffuse_nutrient spread_chemical diffuse_attractant morphogen_step nutrient_step",
    ),
}
_CELLS = "cell node site voxel point element patch"


def _decided(job: Job, value: Expr, names: str) -> Expr:
    """The next value, kept within a range in some programs."""
    k, rng = job.k, job.rng
    how = job.pick(plain=5.0, clamp=1.0, floor=1.2)
    if how == "clamp":
        low, high = (0.0, 1.0) if rng.chance(0.7) else (-4.0, 4.0)
        return job.maybe(names, k.call("clamp", value, low, high))
    if how == "floor":
        return job.maybe(names, k.call("max", value, 0.0))
    return job.maybe(names, value)


def _rate_terms(job: Job, grid: Grid, rate: Expr, center: Expr, what: str) -> Expr:
    """A rate with what people add to a diffusing quantity: sources, losses, reactions."""
    terms: list[Expr] = []
    losses: list[Expr] = []
    if job.more(0.3):
        amount = grid.own(
            "source sources q_src emission heat_source q forcing", "src q source_rate s emitted", -1.0, 1.0
        )
        terms.append(amount)
    if what == "heat" and job.more(0.25):
        cooling = job.param("cooling h_loss cooling_rate loss_coeff heat_loss", 0.01, 0.5, 0.1, 0.05, each=False)
        ambient = job.param("ambient t_ambient ambient_temp T_env room_temp", 0.0, 1.0, 0.0, 0.5, each=False)
        terms.append(cooling * (ambient - center))
    elif what != "heat" and job.more(0.3):
        decay = job.param("decay decay_rate degradation loss k_decay evaporation", 0.01, 0.5, 0.1, 0.05, each=False)
        losses.append(decay * center)
    if what in ("concentration", "signal") and job.more(0.3):
        growth = job.param("growth_rate growth rate r reaction_rate", 0.1, 1.0, 0.5, 1.0, each=False)
        terms.append(growth * center * (1.0 - center))
    for term in terms:
        rate = rate + term
    for loss in losses:
        rate = rate - loss
    return rate


@recipe("explicit diffusion step on a grid", "stencil:1.7 combined:0.28", "heat fluids waves biology", ANY_REAL)
def diffusion(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, _CELLS)
    how = job.pick(plain=5.0, varying=1.3, reaction=1.2, phase=0.8, edges=0.8)
    if how == "reaction" and k.real is not t.F16:
        _gray_scott(job)
        return
    what = rng.choose(tuple(_DIFFUSING))
    fields, coefficient, titles = _DIFFUSING[what]
    out = "~"
    if how == "phase":
        fields = "phi phase order_param phase_field u"
        titles = "allen_cahn_step phase_field_step update_phase evolve_phase_field step_allen_cahn relax_phase"
    elif how == "edges":
        fields = "image img pixels frame gray"
        titles = "perona_malik anisotropic_diffusion diffuse_image edge_preserving_smooth perona_malik_step"
    elif how == "varying":
        titles += " diffuse_heterogeneous variable_diffusion_step diffuse_in_material"
    job.titled(titles)
    grid = Grid(job, rng.weighted({1: 2.0, 2: 4.0, 3: 1.0}))
    u = grid.source(fields)
    grid.prepare(u, out)
    stem = stem_of(u)
    center = job.let(f"center c {stem or 'u'}_c here mid", grid.here(u)) if rng.chance(0.8) else grid.here(u)
    if how == "varying":
        rate = _face_fluxes(job, grid, u, center)
    elif how == "edges":
        rate = _edge_stopping(job, grid, u, center)
    else:
        lap = laplacian(grid, u, center)
        if how == "phase":
            eps = job.param(
                "eps2 epsilon_sq interface_width_sq gradient_coeff eps_sq", 0.05, 1.0, 0.1, 0.25, each=False
            )
            well = center - center * center * center
            well = job.maybe("reaction double_well bulk dwell well_force", well)
            rate = eps * lap + well
        else:
            rate = lap * job.param(coefficient, 0.05, 1.0, 0.1, 0.25, each=False)
    if how in ("plain", "reaction", "varying"):
        rate = _rate_terms(job, grid, rate, center, what)
    rate = job.maybe("rate dudt rhs delta du_dt change_rate", rate)
    if job.more(0.2):
        fixed = grid.own("fixed is_fixed solid dirichlet boundary_mask obstacle", "fixed_i is_solid held", 0, 1, t.I32)
        rate = job.let("rate_in_open rate_masked active_rate free_rate", k.where(fixed.equals(0), rate, k.lit(0.0)))
    change = rate * job.param("dt time_step timestep delta_t", 0.001, 0.1, 0.01, 0.1, each=False)
    if job.more(0.2):
        change = job.let("change du delta_u increment step_change", change)
        grid.write(change if rng.chance(0.6) else k.call("abs", change), "residual change update_norm delta_out")
    value = _decided(job, center + change, "next_value u_next new_value updated result next_u")
    grid.write(value)


def _face_fluxes(job: Job, grid: Grid, u: Expr, center: Expr) -> Expr:
    """Divergence of fluxes through faces, with a conductivity per cell."""
    rng = job.rng
    kappa = grid.source("conductivity kappa diffusivity cond k_cell permeability", None, 0.1, 2.0)
    own = job.let("k_c kappa_c cond_c own_kappa center_cond", grid.here(kappa))
    harmonic = rng.chance(0.4)
    parts = []
    for axis, (low, high) in enumerate(grid.neighbors(u, stem_of(u))):
        offset = [0] * grid.ndim
        faces = []
        for by, value, side in ((-1, low, 0), (1, high, 1)):
            offset[axis] = by
            word = grid.sides(axis)[side][0]
            other = job.maybe(
                f"k_{word} kappa_{word} cond_{word}", grid.at(kappa, *offset, names=f"k_{word} kappa_{word}")
            )
            if harmonic:
                face = 2.0 * own * other / (own + other + 1e-3 if grid.border == "zero" else own + other)
            else:
                face = 0.5 * (own + other)
            faces.append(job.maybe(f"flux_{word} f_{word} q_{word}", face * (value - center)))
        parts.append(faces[0] + faces[1])
    total = sum_of(parts)
    if rng.chance(0.4):
        dx = job.param("dx h cell_size spacing", 0.5, 2.0, 0.5, 1.0, each=False)
        total = total / (dx * dx)

    return job.let("div_flux net_flux inflow flux_sum total_flux", total)


def _edge_stopping(job: Job, grid: Grid, u: Expr, center: Expr) -> Expr:
    """Perona and Malik: differences count less where they are large."""
    rng = job.rng
    kappa = job.param("kappa edge_threshold contrast k_edge lambda_edge", 0.2, 2.0, 0.5, 1.0, each=False)
    rational = rng.chance(0.5)

    def conduct(body: Body, difference: Expr, size: Expr) -> Expr:
        ratio = body.let(job.words("ratio q s scaled_diff r"), difference / size)
        return 1.0 / (1.0 + ratio * ratio) if rational else body.call("exp", -(ratio * ratio))

    weigh = job.routine(
        "conductance edge_stop diffusivity perona_malik_weight edge_weight",
        conduct,
        ("diff d gradient", job.k.real, -4.0, 4.0),
        ("kappa k_edge contrast", job.k.real, 0.2, 2.0),
        share=1.0 if grid.ndim > 1 else 0.6,
    )
    terms = []
    for axis, pair in enumerate(grid.neighbors(u, stem_of(u))):
        for value, words in zip(pair, grid.sides(axis), strict=True):
            d = job.let(f"d_{words[0]} grad_{words[0]} diff_{words[0]} d{words[0][0]}", value - center)
            terms.append(weigh(d, kappa) * d)

    return job.let("flux_sum flow total_flux net_flow", sum_of(terms))


def _gray_scott(job: Job) -> None:
    """Two chemicals that react and diffuse."""
    k, rng = job.k, job.rng
    job.titled(
        "gray_scott_step reaction_diffusion_step react_and_diffuse gray_scott update_gray_scott step_reaction_diffusion"
        " gray_scott_kernel_step evolve_chemicals"
    )
    grid = Grid(job, rng.weighted({2: 5.0, 1: 1.0}), "clamp wrap wrap inner padded")
    u, v = grid.source("u a chem_u U conc_u", None, 0.0, 1.0), grid.source("v b chem_v V conc_v", None, 0.0, 1.0)
    grid.prepare(u, "~")
    uc, vc = job.let("uc u_c u_here u0 a0", grid.here(u)), job.let("vc v_c v_here v0 b0", grid.here(v))
    lap_u, lap_v = laplacian(grid, u, uc), laplacian(grid, v, vc)
    reaction = job.let("uvv reaction uv2 react r", uc * vc * vc)
    feed = job.param("feed F feed_rate f", 0.01, 0.1, 0.055, 0.037, each=False)
    kill = job.param("kill kill_rate k_kill", 0.03, 0.1, 0.062, 0.06, each=False)
    du = job.param("du D_u diff_u diffusion_u", 0.05, 1.0, 0.16, 1.0, each=False)
    dv = job.param("dv D_v diff_v diffusion_v", 0.05, 0.5, 0.08, 0.5, each=False)
    dt = job.param("dt time_step delta_t", 0.1, 1.0, 1.0, 0.5, each=False)
    rate_u = du * lap_u - reaction + feed * (1.0 - uc)
    rate_v = dv * lap_v + reaction - (feed + kill) * vc
    clamped = rng.chance(0.3)
    assert isinstance(v, tree.Name)
    for center, rate, name in ((uc, rate_u, "u"), (vc, rate_v, "v")):
        rate = job.maybe(f"d{name}_dt {name}_rate rate_{name}", rate)
        value = center + rate * dt
        value = k.call("clamp", value, 0.0, 1.0) if clamped else value
        grid.write(value, "" if name == "u" else f"{v.id}_next {v.id}_out next_{v.id} {v.id}_new")


@recipe("wave equation with two time levels", "stencil:1.1", "waves audio", ANY_REAL)
def wave_step(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "membrane string surface wave water field")
    if job.pick(wave=3.0, fdtd=1.0) == "fdtd":
        _maxwell(job)
        return
    levels = rng.chance(0.7)
    job.titled(
        "wave_step update_wave step_wave wave_equation_step propagate_wave advance_{} simulate_{} leapfrog_wave"
        " {}_step update_{} propagate wave_kernel_step"
    )
    grid = Grid(job, rng.weighted({1: 2.0, 2: 4.0, 3: 0.7}))
    u = grid.source("u height {}_height displacement eta p pressure h_cur")
    grid.prepare(u, "~")
    center = job.let("center u_c here c h0 eta_c", grid.here(u))
    lap = laplacian(grid, u, center)
    variable_speed = job.more(0.25)
    if variable_speed:
        speed = grid.own("speed c wave_speed sound_speed velocity_model", "c speed_c c_local local_speed", 0.1, 1.0)
    else:
        speed = job.param("c wave_speed speed sound_speed courant", 0.1, 1.0, 0.5, 0.25, each=False, literal=False)
    c2 = job.maybe("c2 c_sq speed_sq speed2", speed * speed)
    accel = c2 * lap
    if job.more(0.2):
        stiff = job.param("omega2 mass_sq restoring spring", 0.01, 0.5, 0.1, each=False)
        accel = accel - stiff * center
    if job.more(0.35):
        accel = accel + grid.own("forcing source f_ext drive src excitation", "f src_here push drive_c", -1.0, 1.0)
    accel = job.maybe("accel acc a u_tt acceleration", accel)
    dt = job.param("dt time_step delta_t", 0.01, 0.5, 0.1, 0.05, each=False, literal=False)
    damped = job.more(0.5)
    if damped and rng.chance(0.35):
        loss = grid.own("sponge absorb damping_mask absorbing_layer pml", "absorb_c sponge_c loss", 0.0, 0.2)
    elif damped:
        loss = job.param("damping damp friction loss attenuation", 0.0, 0.1, 0.01, 0.05, each=False, literal=False)
    else:
        loss = k.lit(0.0)
    if not levels:
        v = grid.own("v velocity u_vel vel u_dot", "vel v_c v0 v_old", -2.0, 2.0)
        v1 = v + dt * accel
        v1 = job.let("v_new vel_new v1 new_vel", v1 * (1.0 - loss) if damped else v1)
        grid.write(v1, "v_next velocity_out vel_next v_out u_vel_next")
        grid.write(_decided_wave(job, center + dt * v1))
        return
    assert isinstance(u, tree.Name)
    old = job.maybe(
        "prev u_old old before last",
        grid.own(f"{u.id}_prev {u.id}_old prev_{u.id} {u.id}_last", "old prev before last"),
    )
    if damped:
        if rng.chance(0.5):
            value = center + (center - old) * (1.0 - loss) + dt * dt * accel
        else:
            value = (2.0 * center - old + dt * dt * accel) * (1.0 - loss)
    else:
        value = 2.0 * center - old + dt * dt * accel
    if job.more(0.25):
        nxt = job.let("u_new new_u updated next_u", value)
        grid.write((nxt - old) / (2.0 * dt), "velocity u_vel v_out vertical_velocity u_dot")
        value = nxt
    grid.write(_decided_wave(job, value))


def _decided_wave(job: Job, value: Expr) -> Expr:
    if job.rng.chance(0.15):
        return job.k.call("clamp", value, -4.0, 4.0)
    return job.maybe("u_new next_u updated new_height next_value", value)


def _maxwell(job: Job) -> None:
    """One half of Yee's scheme: electric fields from magnetic ones or the other way round."""
    k, rng = job.k, job.rng
    electric = rng.chance(0.5)
    ndim = rng.weighted({2: 2.0, 1: 1.0})
    grid = Grid(job, ndim, "inner")
    coefficient = job.param(
        "dt_over_eps ce e_coeff c_e coef_e" if electric else "dt_over_mu ch h_coeff c_h coef_h",
        0.1,
        1.0,
        0.5,
        each=False,
    )
    if job.more(0.3):
        material = grid.own(
            "inv_eps eps_r_inv inv_permittivity" if electric else "inv_mu mu_r_inv inv_permeability",
            "inv_m material_inv scale",
            0.2,
            1.0,
        )
        coefficient = job.let("coeff c_cell update_coeff", coefficient * material)
    at = (*grid.lead, *grid.indices)
    if electric:
        job.titled("update_ez update_electric_field fdtd_update_e step_ez e_field_step yee_update_e")
        hy = grid.source("hy h_y Hy mag_y")
        hx = grid.source("hx h_x Hx mag_x") if ndim == 2 else None
        grid.prepare(hy, "ez_next ez_out")
        e = job.array("ez e_z Ez elec_z", k.real, grid.all_dims(grid.cells), "inout", low=-2.0, high=2.0)
        dhy = grid.here(hy) - (grid.at(hy, 0, -1) if ndim == 2 else grid.at(hy, -1))
        curl = job.maybe("dhy dhy_dx dhy_x", dhy)
        if hx is not None:
            curl = job.let("curl_h curl curl_hz", curl - (grid.here(hx) - grid.at(hx, -1, 0)))
        value: Expr = coefficient * curl
        if job.more(0.3):
            sigma = job.param("sigma loss conductivity_loss e_loss", 0.0, 0.2, 0.05, 0.01, each=False)
            k.set(e[at], (1.0 - sigma) * e[at] + value)
        else:
            k.augment(e[at], "+", value)
        if job.more(0.3):
            place = job.scalar("src_x source_x source_idx src_idx", t.I32, 1, 6)
            pulse = job.scalar("src_value pulse source_value excitation", k.real, -1.0, 1.0)
            test = grid.indices[-1].equals(place)
            if ndim == 2:
                test = k.both(grid.indices[0].equals(job.scalar("src_y source_y", t.I32, 1, 6)), test)
            with k.when(test):
                k.augment(e[at], "+", pulse)
    else:
        job.titled("update_h_field update_magnetic_field fdtd_update_h update_hx_hy h_field_step yee_update_h")
        ez = grid.source("ez e_z Ez elec_z")
        grid.prepare(ez, "hy_next hy_out")
        here = job.let("e_c ez_here ez_c e0", grid.here(ez))
        hy = job.array("hy h_y Hy mag_y", k.real, grid.all_dims(grid.cells), "inout", low=-2.0, high=2.0)
        right = grid.at(ez, 0, 1) if ndim == 2 else grid.at(ez, 1)
        k.augment(hy[at], "+", coefficient * (right - here))
        if ndim == 2:
            hx = job.array("hx h_x Hx mag_x", k.real, grid.all_dims(grid.cells), "inout", low=-2.0, high=2.0)
            k.augment(hx[at], "-", coefficient * (grid.at(ez, 1, 0) - here))
    k.shared.differentiable = False
