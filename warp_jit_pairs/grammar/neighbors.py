"""What the neighbours of a particle give it: densities, forces, steering, averages."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .jobs import Job
from .kernel import Kernel
from .neighbor_loops import Around
from .recipes import recipe
from .tree import Expr


@recipe(
    "sums over the neighbours of a particle from a list",
    "vector:0.83 combined:0.83 reduction:0.55",
    "particles fluids biology chemistry",
)
def neighbor_sum(k: Kernel) -> None:
    rng = k.rng
    # Each as often as any other, densities twice.
    what = rng.choose(("density", *_GATHERED))
    flock = what in ("cohesion", "align", "separate")
    job = Job(
        k,
        "boid agent bird fish"
        if flock
        else "body star planet"
        if what == "gravity"
        else "atom molecule"
        if what == "lennard_jones"
        else "particle grain point parcel",
        physical=True,
    )
    job.titled(_TITLES[what])
    if what in ("gravity", "potential"):
        radius = ""
    else:
        radius = "view_radius radius perception" if flock else "h radius support_radius cutoff kernel_radius"
    _GATHERED[what](job, Around(job, radius))


_TITLES = {
    "density": "compute_density sph_density estimate_density {}_density accumulate_density kernel_density density_sum",
    "pressure": "pressure_forces sph_pressure compute_pressure_force"
    " sph_pressure_force pressure_acceleration {}_pressure_forces",
    "viscosity": "viscosity_forces sph_viscosity compute_viscosity"
    " viscous_forces xsph_viscosity viscosity_acceleration",
    "lennard_jones": "lennard_jones lj_forces lennard_jones_forces compute_lj_forces pair_forces nonbonded_forces",
    "gravity": "n_body gravity_forces nbody_forces compute_gravity"
    " gravitational_acceleration accumulate_gravity direct_sum_gravity",
    "repulse": "repulsion_forces contact_forces soft_sphere_forces"
    " collide_{s} resolve_overlaps penalty_repulsion dem_forces",
    "cohesion": "flock_cohesion cohesion steer_to_center boid_cohesion cohesion_steering center_of_neighbors",
    "align": "flock_alignment alignment match_velocity boid_alignment alignment_steering average_heading",
    "separate": "flock_separation separation avoid_crowding boid_separation separation_steering keep_distance",
    "potential": "electric_potential coulomb_potential"
    " compute_potential potential_sum gravitational_potential {}_potential",
    "smooth": "smooth_values shepard_interpolation kernel_average"
    " neighbor_average interpolate_at_{s} smooth_field diffuse_values",
    "count": "count_neighbors neighbor_count num_neighbors count_in_radius local_crowding {}_neighbor_count",
    "xsph": "xsph_velocity smooth_velocity xsph_correction average_velocity velocity_smoothing filter_velocity",
}


def _kernel(job: Job) -> Callable[..., Expr]:
    """A smoothing kernel of a distance and a radius, without its constant."""
    rng = job.rng
    kind = rng.choose(("poly6", "spiky", "gauss", "cubic", "linear"))

    def weight(body: Body, r: Expr, h: Expr) -> Expr:
        if kind == "poly6":
            diff = body.let(job.words("d2 diff h2_r2"), h * h - r * r)
            return diff * diff * diff
        if kind == "gauss":
            return body.call("exp", -(r * r) / (h * h))
        q = body.let(job.words("q ratio s_q"), 2.0 * r / h if kind == "cubic" else r / h)
        if kind == "linear":
            return 1.0 - q
        if kind == "spiky":
            rest = body.let(job.words("a one_q rest_q"), 1.0 - q)
            return rest * rest * rest
        near = 1.0 - 1.5 * q * q + 0.75 * q * q * q
        far = body.let(job.words("b two_q far_q"), 2.0 - q)
        return body.where(q < 1.0, near, 0.25 * far * far * far)

    titles = f"{kind}_kernel {kind} w_{kind} smoothing_kernel kernel_weight sph_kernel"
    return job.routine(titles, weight, ("r dist", job.k.real, 0.0, 8.0), ("h radius", job.k.real, 0.5, 2.0), share=0.6)


def _density(job: Job, near: Around) -> None:
    k, rng = job.k, job.rng
    kernel = _kernel(job)
    mass = near.field("mass masses {}_mass m") if rng.chance(0.6) else None
    total = job.var("rho density_i total dens", k.lit(0.0))
    own = rng.chance(0.6)

    def use(j: Expr, d: Expr, r: Expr) -> None:
        w = kernel(r, near.h)
        k.augment(total, "+", mass[j] * w if mass is not None else w)

    near.each(use, itself=own)
    rho: Expr = total
    if job.more(0.5):
        scale = job.param("kernel_norm norm_coeff sigma_w particle_mass", 0.2, 2.0, 0.5, 1.0, each=False)
        rho = job.let("rho_scaled density_val rho_n", total * scale)
    near.write("density densities rho {}_density", rho)
    if job.more(0.4):
        stiff = job.param("stiffness gas_constant k_gas eos_stiffness", 0.5, 20.0, 10.0, 1.0, each=False)
        rest = job.param("rest_density rho0 density0", 0.5, 2.0, 1.0, each=False)
        p = stiff * (rho - rest)
        near.write("pressure pressures p_out {}_pressure", k.call("max", p, 0.0) if rng.chance(0.6) else p)


def _pressure(job: Job, near: Around) -> None:
    k, rng = job.k, job.rng
    mass, rho, p = (
        near.field("mass masses {}_mass m"),
        near.field("density rho densities", low=0.5),
        near.field("pressure p pressures"),
    )
    pi = job.let("p_i pressure_i pi", p[near.i])
    own = job.let("rho_i density_i di", rho[near.i])
    total = job.var("force f_p f acc", k.zero(near.vector))
    symmetric = rng.chance(0.5)

    def use(j: Expr, d: Expr, r: Expr) -> None:
        slope = job.let("w_grad slope dw", near.h - r)
        if symmetric:
            term = pi / (own * own) + p[j] / (rho[j] * rho[j])
        else:
            term = (pi + p[j]) / (2.0 * own * rho[j])
        k.augment(total, "+", d * (mass[j] * term * slope * slope / (r + 1e-2)))

    near.each(use)
    value: Expr = total
    if job.more(0.3):
        value = total + job.scalar("gravity g grav", near.vector, -10.0, 10.0)
    near.write("pressure_force forces f_pressure accel_out", value)


def _viscosity(job: Job, near: Around) -> None:
    k = job.k
    v, rho = near.field("velocities vel v {}_vel", near.vector, -2.0, 2.0), near.field("density rho densities", low=0.5)
    mass = near.field("mass masses {}_mass m") if job.rng.chance(0.6) else None
    vi = job.let("vi v_i vel_i", v[near.i])
    total = job.var("force f_v f acc", k.zero(near.vector))

    def use(j: Expr, d: Expr, r: Expr) -> None:
        w = job.let("lap_w w slope", near.h - r)
        change = (v[j] - vi) * (w / rho[j])
        k.augment(total, "+", change * mass[j] if mass is not None else change)

    near.each(use)
    mu = job.param("viscosity mu nu visc", 0.05, 1.0, 0.1, 0.5, each=False)
    value = job.maybe("visc_force f_out result_f", total * mu)
    near.write("viscosity_force f_visc viscous_accel", value)
    if job.more(0.3):
        near.write("power dissipation viscous_power", k.call("dot", value, vi))


def _lennard_jones(job: Job, near: Around) -> None:
    k, rng = job.k, job.rng
    eps, sigma = (
        job.param("epsilon eps well_depth", 0.01, 0.5, 0.1, each=False, literal=False),
        job.param("sigma diameter sig", 0.3, 0.8, 0.5, each=False, literal=False),
    )
    total = job.var("force f acc f_lj", k.zero(near.vector))
    energy = job.var("energy e_pot pe u", k.lit(0.0)) if job.more(0.4) else None

    def pair(body: Body, r2: Expr, sigma: Expr) -> Expr:
        ratio = body.let(job.words("s2 inv_r2 ratio"), sigma * sigma / body.call("max", r2, 0.1))
        return ratio * ratio * ratio

    sixth = job.routine(
        "lj_sixth inverse_sixth sigma_over_r6 pow6",
        pair,
        ("r2 dist_sq", k.real, 0.0, 16.0),
        ("sigma s", k.real, 0.3, 0.8),
        share=0.4,
    )

    def use(j: Expr, d: Expr, r: Expr) -> None:
        s6 = job.let("s6 sr6 six", sixth(r * r, sigma))
        k.augment(total, "+", d * (24.0 * eps * s6 * (2.0 * s6 - 1.0) / k.call("max", r * r, 0.1)))
        if energy is not None:
            k.augment(energy, "+", 4.0 * eps * s6 * (s6 - 1.0))

    near.each(use)
    near.write("forces f {}_force lj_force", total)
    if energy is not None:
        near.write("energies potential {}_energy pe_out", 0.5 * energy if rng.chance(0.6) else energy)


def _gravity(job: Job, near: Around) -> None:
    k, rng = job.k, job.rng
    mass = near.field("mass masses {}_mass m")
    soft = job.param("softening eps2 soft_sq", 0.01, 0.5, 0.1, 0.05, each=False)
    total = job.var("accel acc a g_acc", k.zero(near.vector))

    def use(j: Expr, d: Expr, r: Expr) -> None:
        r2 = job.let("r2 d2 dist_sq", r * r + soft)
        k.augment(total, "-", d * (mass[j] / (r2 * k.call("sqrt", r2))))

    near.each(use, within=False)
    g = job.param("g_const G grav_const g", 0.1, 2.0, 1.0, each=False)
    value = job.maybe("accel_g result_a scaled", total * g)
    if rng.chance(0.5):
        near.write("accelerations acc accel_out {}_accel", value)
    else:
        v = job.array("velocities vel v {}_vel", near.vector, near.dims, "inout", low=-2.0, high=2.0)
        k.augment(v[near.i], "+", value * job.param("dt time_step", 0.001, 0.1, 0.01, each=False))
        k.shared.differentiable = False


def _repulse(job: Job, near: Around) -> None:
    k, rng = job.k, job.rng
    ke = job.param("stiffness ke contact_ke kn", 1.0, 20.0, 10.0, 5.0, each=False)
    total = job.var("force f acc push", k.zero(near.vector))
    hits = job.var("contacts num_hits n_contacts", k.integer(0)) if job.more(0.4) else None
    damped = job.more(0.4)
    v = near.field("velocities vel v {}_vel", near.vector, -2.0, 2.0) if damped else None
    kd = job.param("damping kd contact_kd", 0.05, 1.0, 0.5, 0.1, each=False) if damped else None
    hertz = rng.chance(0.25)

    def use(j: Expr, d: Expr, r: Expr) -> None:
        n = job.let("n normal dir_n", d / (r + 1e-2))
        depth = job.let("overlap depth pen", near.h - r)
        size = ke * depth * k.call("sqrt", depth) if hertz else ke * depth
        if v is not None and kd is not None:
            vn = job.let("vn rel_n v_rel", k.call("dot", v[near.i] - v[j], n))
            size = size - kd * vn
        k.augment(total, "+", n * size)
        if hits is not None:
            k.augment(hits, "+", 1)

    near.each(use)
    near.write("forces f {}_force contact_force", total)
    if hits is not None:
        near.write("num_contacts contact_counts hits", hits)


def _flock(job: Job, near: Around, what: str) -> None:
    k, rng = job.k, job.rng
    total = job.var(
        {"cohesion": "center pos_sum mass_center", "align": "heading vel_sum mean_v", "separate": "steer away push"}[
            what
        ],
        k.zero(near.vector),
    )
    count = job.var("count num neighbors_seen n_near", k.integer(0)) if what != "separate" or rng.chance(0.3) else None
    v = near.field("velocities vel v {}_vel", near.vector, -2.0, 2.0) if what == "align" or job.more(0.3) else None

    def use(j: Expr, d: Expr, r: Expr) -> None:
        if what == "cohesion":
            k.augment(total, "+", near.x[j])
        elif what == "align":
            assert v is not None
            k.augment(total, "+", v[j])
        else:
            k.augment(total, "+", d / (r * r + 1e-2) if rng.chance(0.5) else d / (r + 1e-2))
        if count is not None:
            k.augment(count, "+", 1)

    near.each(use)
    weight = job.param("weight gain strength steer_gain", 0.1, 1.0, 0.5, 0.25, each=False)
    steer: Expr
    if what == "separate":
        steer = total * weight
    else:
        assert count is not None
        aim = near.xi
        if what == "align":
            assert v is not None
            aim = job.let("vi own_v v_i", v[near.i])
        steer = job.var("steer desired change", k.zero(near.vector))
        with k.when(count > 0):
            k.set(steer, (total / k.cast(count, k.real) - aim) * weight)
    if job.more(0.3):
        steer = job.let("steer_out turn applied", steer)
        most = job.param("max_force max_steer limit", 0.2, 2.0, 1.0, 0.5, each=False)
        size = job.let("size steer_len mag", k.call("length", steer))
        steer = k.where(size > most, steer * (most / k.call("max", size, 1e-3)), steer)
    if v is not None and rng.chance(0.5):
        near.write("velocities_out vel_next new_vel", v[near.i] + steer)
    else:
        near.write("steering steer_forces {}_steer accel", steer)
    if count is not None and job.more(0.3):
        near.write("neighbor_counts crowding num_near", count)


def _potential(job: Job, near: Around) -> None:
    k = job.k
    charge = near.field("charges charge q {}_charge mass", low=-1.0, high=1.0)
    soft = job.param("softening eps soft", 0.05, 0.5, 0.1, 0.01, each=False)
    total = job.var("phi potential_i u total", k.lit(0.0))
    screened = job.more(0.3)
    length = job.param("debye_length screening_length lambda_d", 0.5, 2.0, 1.0, each=False) if screened else None

    def use(j: Expr, d: Expr, r: Expr) -> None:
        term = charge[j] / (r + soft)
        if length is not None:
            term = term * k.call("exp", -r / length)
        k.augment(total, "+", term)

    near.each(use, within=False)
    near.write("potential potentials phi_out {}_potential", total)
    if job.more(0.4):
        near.write("energies {}_energy energy_out", 0.5 * charge[near.i] * total)


def _smooth(job: Job, near: Around, what: str) -> None:
    k, rng = job.k, job.rng
    kernel = _kernel(job)
    vector = what == "xsph"
    dtype: t.Type = near.vector if vector else k.real
    values = near.field(
        "velocities vel v {}_vel" if vector else "values temperature field f {}_value", dtype, -2.0, 2.0
    )
    own = job.let("vi own v_i" if vector else "fi own value_i", values[near.i])
    total, norm = job.var("total acc weighted_sum s", k.zero(dtype)), job.var("norm w_sum weight_sum", k.lit(0.0))

    def use(j: Expr, d: Expr, r: Expr) -> None:
        w = job.let("w wij weight", kernel(r, near.h))
        k.augment(total, "+", values[j] * w)
        k.augment(norm, "+", w)

    near.each(use)
    mean = job.let("mean average smoothed_i", total / (norm + 1e-2))
    if rng.chance(0.6):
        blend = job.param("xsph_c blend alpha smoothing", 0.05, 1.0, 0.1, 0.5, each=False)
        mean = own + (mean - own) * blend
    assert isinstance(values, tree.Name)
    near.write(f"{values.id}_out smoothed_{values.id} {values.id}_smoothed", mean)
    if job.more(0.3):
        near.write("weights total_weight kernel_sum", norm)


def _count(job: Job, near: Around) -> None:
    k, rng = job.k, job.rng
    count = job.var("count num n_near neighbors_found", k.integer(0))
    nearest = job.var("nearest min_dist closest", near.h) if job.more(0.5) else None

    def use(j: Expr, d: Expr, r: Expr) -> None:
        k.augment(count, "+", 1)
        if nearest is not None:
            k.set(nearest, k.call("min", nearest, r))

    near.each(use)
    near.write("neighbor_counts counts num_neighbors_out", count)
    if nearest is not None:
        near.write("nearest_dist min_distances closest_out", nearest)
    if job.more(0.4):
        least = job.scalar("min_neighbors surface_threshold isolated_below", t.I32, 1, 5)
        near.write(
            "is_isolated is_surface sparse_mask" if rng.chance(0.6) else "on_boundary boundary_mask",
            k.where(count < least, k.integer(1), k.integer(0)),
        )
    k.shared.differentiable = False


_GATHERED: dict[str, Callable[[Job, Around], None]] = {
    "density": _density,
    "pressure": _pressure,
    "viscosity": _viscosity,
    "lennard_jones": _lennard_jones,
    "gravity": _gravity,
    "repulse": _repulse,
    "cohesion": lambda job, near: _flock(job, near, "cohesion"),
    "align": lambda job, near: _flock(job, near, "align"),
    "separate": lambda job, near: _flock(job, near, "separate"),
    "potential": _potential,
    "smooth": lambda job, near: _smooth(job, near, "smooth"),
    "count": _count,
    "xsph": lambda job, near: _smooth(job, near, "xsph"),
}
