"""Fluids: flows on grids and lattices, turbulence, interfaces, rheology."""

import warp as wp

ENTITIES = "cell"
GROUPS = "fluid zone"
PAIRS = "face interface"
LAUNCH = "1:5 2:3"
SUMMED = "mass momentum kinetic_energy turbulent_energy"

QUANTITIES = """
mass                  | real  | state   | 0.1 2      | mass m
position              | vec3  | state   | -1.5 1.5   | pos position x
velocity              | vec3  | state   | -3 3       | vel velocity u
density               | real  | state   | 0.5 3      | density rho
pressure              | real  | state   | 0 40       | pressure p
temperature           | real  | state   | 0.5 3      | temperature temp
speed                 | real  | result  | 0 12       | speed u_mag
kinetic_energy        | real  | result  | 0 30       | kinetic_energy ke
momentum              | vec3  | result  |            | momentum mom
gravity               | vec3  | uniform | -10 10     | gravity g
acceleration          | vec3  | result  | -20 20     | accel acceleration dudt
dt                    | real  | uniform | 0.001 0.05 | dt timestep                  | 0.01 0.005
grid_spacing          | real  | uniform | 0.1 1      | dx grid_spacing cell_size    | 0.1 0.25 0.5
total_pressure        | real  | result  | -100 100   | total_pressure p_total p0
decay                 | real  | uniform | 0.01 1     | decay k_decay                | 0.1
viscosity             | real  | group   | 0.01 0.4   | viscosity mu nu_dyn          | 0.1 0.05
kinematic_viscosity   | real  | result  | 0.005 1.5  | nu kinematic_viscosity
courant_number        | real  | result  | 0 3        | cfl courant_number courant
velocity_gradient     | mat33 | state   | -2 2       | grad_u velocity_gradient du_dx
strain_rate           | mat33 | result  | -2 2       | strain_rate s_ij
strain_magnitude      | real  | result  | 0.01 8     | s_mag strain_magnitude shear_rate
vorticity             | vec3  | state   | -4 4       | vorticity omega curl_u
vorticity_gradient    | vec3  | state   | -4 4       | grad_vort vorticity_gradient eta
confinement           | real  | uniform | 0.05 1     | confinement eps_vort         | 0.2 0.5
divergence            | real  | state   | -2 2       | divergence div_u
pressure_gradient     | vec3  | state   | -5 5       | grad_p pressure_gradient
q_criterion           | real  | result  | -20 20     | q_criterion q_value
eddy_viscosity        | real  | result  | 0 2        | nu_t eddy_viscosity
turbulent_energy      | real  | state   | 0.01 2     | k turbulent_energy tke
dissipation           | real  | state   | 0.05 3     | epsilon dissipation eps
wall_distance         | real  | state   | 0.1 2      | wall_dist y_wall
friction_velocity     | real  | result  | 0 2.5      | u_tau friction_velocity
wall_unit             | real  | result  | 0 300      | y_plus wall_unit
populations           | reals | state   | 0.02 0.4   | populations f_in f
direction             | vec2  | uniform | -1 1       | direction c_i e_i
lattice_weight        | real  | uniform | 0.02 0.45  | w_i lattice_weight           | 0.1111 0.0278
population            | real  | state   | 0.01 1.2   | population f_i
opposite              | real  | state   | 0.01 1.2   | opposite f_opp
equilibrium           | real  | result  | 0 1.2      | f_eq equilibrium feq
relaxation_time       | real  | uniform | 0.55 2     | tau relaxation_time          | 0.6 0.8 1.0
concentration         | real  | state   | 0 1        | concentration conc dye
diffusivity           | real  | group   | 0.01 0.5   | diffusivity diff_coeff kappa | 0.1
flux                  | real  | result  | -2 2       | flux flux_ab
level_set             | real  | state   | -2 2       | phi level_set sdf
volume_fraction       | real  | result  | 0 1        | alpha volume_fraction vof
stencil               | reals | state   | -1 1       | stencil samples line
turbulent             | bool  | result  |            | turbulent is_turbulent
vortical              | bool  | result  |            | in_vortex vortical core
mean_dissipation      | real  | result  | 0 3000     | eps_mean mean_dissipation
lattice_density       | real  | result  | 0.1 4      | rho_lb lattice_density
lattice_flow          | vec2  | state   | -0.2 0.2   | u_lb lattice_u
wall_flow             | vec2  | uniform | -0.2 0.2   | u_wall wall_velocity
lattice_viscosity     | real  | result  | 0 0.5      | nu_lb lattice_nu
lattice_velocity      | vec2  | result  |            | u_cell lattice_vel
viscous_step_limit    | real  | result  |            | dt_visc viscous_dt
wall_reynolds         | real  | result  | 0 2000     | re_wall wall_reynolds
weno_face             | real  | result  | -1.5 1.5   | face_value weno_face
working_viscosity     | real  | state   | 0.01 2     | nu_tilde nu_sa
specific_dissipation  | real  | state   | 0.5 10     | omega_turb specific_omega
behind_slope          | real  | state   | -2 2       | slope_l dx_minus
ahead_slope           | real  | state   | -2 2       | slope_r dx_plus
below_slope           | real  | state   | -2 2       | slope_b dy_minus
above_slope           | real  | state   | -2 2       | slope_t dy_plus
godunov_gradient      | real  | result  | 0 3        | grad_len godunov_grad
limited_slope         | real  | result  | -2 2       | slope limited_slope
slip_velocity         | vec3  | state   | -3 3       | slip_vel u_slip
grain_diameter        | real  | group   | 0.01 0.2   | grain_diam d_p               | 0.05
particle_drag         | vec3  | result  |            | f_drag drag_force
superficial_speed     | real  | state   | 0.01 1     | u_super superficial_vel
porosity              | real  | group   | 0.3 0.6    | porosity void_frac           | 0.4
packed_bed_drop       | real  | result  |            | dp_dl bed_drop
bubble_radius         | real  | state   | 0.3 3      | bubble_radius r_bub
wall_speed            | real  | state   | -2 2       | wall_speed r_dot
ambient_pressure      | real  | state   | 0.2 2      | p_inf ambient_p
yield_stress          | real  | group   | 0.1 2      | tau_y yield_stress           | 1.0
consistency           | real  | group   | 0.1 2      | k_cons consistency           | 0.5
flow_index            | real  | group   | 0.3 1.2    | n_flow flow_index            | 0.5
power_law_viscosity   | real  | result  |            | mu_app apparent_viscosity
west_speed            | real  | state   | -2 2       | u_west u_left
east_speed            | real  | state   | -2 2       | u_east u_right
south_speed           | real  | state   | -2 2       | v_south v_bottom
north_speed           | real  | state   | -2 2       | v_north v_top
column_fraction       | real  | state   | 0 1        | fx frac_x
row_fraction          | real  | state   | 0 1        | fy frac_y
staggered             | vec2  | result  |            | vel_interp staggered_vel
carried_flux          | real  | result  | -4 4       | adv_flux carried_flux
reynolds_stress       | mat33 | result  | -8 8       | reynolds_stress R_ij
anisotropy_invariant  | real  | result  | 0 30000    | ii_b aniso_inv
gradient_model_stress | mat33 | result  |            | tau_sgs subgrid_stress
rotation_rate         | mat33 | result  |            | w_ij rotation_rate
newtonian_stress      | mat33 | result  | -50 50     | stress sigma_ij
stress_power          | real  | result  | -300 300   | stress_power work_rate
conformation          | mat33 | state   | -1 3       | conform c_ij
polymer_time          | real  | group   | 0.1 5      | polymer_time lambda_p        | 1.0
smagorinsky_stress | mat33 | result | | tau_sgs sgs_stress
vortex_stretching | real | result | | stretching w_S_w
flow_discriminant | real | result | -300 900 | discriminant delta_qr
swirling | bool | result | | swirling in_vortex
principal_rate | real | result | | strain_max lam_strain
subgrid_scale | real | uniform | 0.1 0.2 | c_s smag_const | 0.17 0.1
"""


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def momentum(mass, velocity):
    return mass * velocity


def density_rate(density, divergence):
    return -density * divergence


def bernoulli_pressure(pressure, density, velocity, position, gravity):
    """Total head pressure along a streamline."""
    dynamic = 0.5 * density * wp.dot(velocity, velocity)
    hydrostatic = -density * wp.dot(gravity, position)
    total_pressure = pressure + dynamic + hydrostatic
    return total_pressure


def wall_reynolds(turbulent_energy, wall_distance, kinematic_viscosity):
    return wp.sqrt(turbulent_energy) * wall_distance / kinematic_viscosity


def turbulent(wall_reynolds, max_wall_reynolds):
    return wall_reynolds > max_wall_reynolds


def courant_number(velocity, dt, grid_spacing):
    v_sum = wp.abs(velocity[0]) + wp.abs(velocity[1]) + wp.abs(velocity[2])
    return v_sum * dt / grid_spacing


def viscous_step_limit(kinematic_viscosity, eddy_viscosity, grid_spacing):
    """Largest stable time step of explicit diffusion."""
    return grid_spacing * grid_spacing / (6.0 * (kinematic_viscosity + eddy_viscosity))


def strain_rate(velocity_gradient):
    return 0.5 * (velocity_gradient + wp.transpose(velocity_gradient))


def strain_magnitude(strain_rate):
    return wp.sqrt(2.0 * wp.ddot(strain_rate, strain_rate))


def curl(velocity_gradient):
    """Curl of the velocity from its gradient."""
    vorticity = wp.vec3(
        velocity_gradient[2, 1] - velocity_gradient[1, 2],
        velocity_gradient[0, 2] - velocity_gradient[2, 0],
        velocity_gradient[1, 0] - velocity_gradient[0, 1],
    )
    return vorticity


def divergence(velocity_gradient):
    return wp.trace(velocity_gradient)


def q_criterion(velocity_gradient):
    """Q criterion of Hunt, Wray and Moin."""
    sym = 0.5 * (velocity_gradient + wp.transpose(velocity_gradient))
    rot = 0.5 * (velocity_gradient - wp.transpose(velocity_gradient))
    return 0.5 * (wp.ddot(rot, rot) - wp.ddot(sym, sym))


def vortical(vorticity, strain_magnitude):
    """Whether the kinematic vorticity number exceeds one."""
    return wp.length(vorticity) > strain_magnitude


def coherent(q_criterion, min_q_criterion):
    vortical = q_criterion > min_q_criterion
    return vortical


def vorticity_rate(vorticity, velocity_gradient):
    """Vortex stretching less dilatation."""
    stretching = velocity_gradient * vorticity
    dilatation = wp.trace(velocity_gradient) * vorticity
    return stretching - dilatation


def next_vorticity(vorticity, vorticity_rate, kinematic_viscosity, grid_spacing, dt):
    fade = wp.exp(-kinematic_viscosity * dt / (grid_spacing * grid_spacing))
    return (vorticity + vorticity_rate * dt) * fade


def confinement_acceleration(vorticity, vorticity_gradient, confinement, grid_spacing):
    """Vorticity confinement of Fedkiw et al."""
    n = wp.normalize(vorticity_gradient)
    acceleration = confinement * grid_spacing * wp.cross(n, vorticity)
    return acceleration


def acceleration(pressure_gradient, density, gravity):
    return gravity - pressure_gradient / density


def lamb_acceleration(velocity, vorticity, pressure_gradient, density):
    acceleration = wp.cross(velocity, vorticity) - pressure_gradient / density
    return acceleration


def buoyancy_acceleration(temperature, reference_temperature, gravity, concentration):
    """Boussinesq buoyancy of warm smoke, made heavier by what it carries."""
    lift = (temperature - reference_temperature) / reference_temperature
    acceleration = gravity * (0.3 * concentration - lift)
    return acceleration


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def projected_velocity(velocity, pressure_gradient, density, dt):
    """Pressure projection step of an incompressible solver."""
    next_velocity = velocity - dt / density * pressure_gradient
    return next_velocity


def capped_velocity(velocity, max_courant_number, grid_spacing, dt):
    limit = max_courant_number * grid_spacing / dt
    v_len = wp.length(velocity)
    next_velocity = velocity
    if v_len > limit:
        next_velocity = velocity * (limit / v_len)
    return next_velocity


def next_position(position, velocity, dt):
    return position + velocity * dt


def backtraced_position(position, velocity, acceleration, dt):
    """Departure point of a semi-Lagrangian step."""
    mid_vel = velocity - 0.5 * dt * acceleration
    next_position = position - dt * mid_vel
    return next_position


def smagorinsky_viscosity(strain_magnitude, grid_spacing):
    """Smagorinsky subgrid model."""
    cs_delta = 0.17 * grid_spacing
    eddy_viscosity = cs_delta * cs_delta * strain_magnitude
    return eddy_viscosity


def k_epsilon_viscosity(turbulent_energy, dissipation):
    """Eddy viscosity of the standard k-epsilon model."""
    eddy_viscosity = 0.09 * turbulent_energy * turbulent_energy / dissipation
    return eddy_viscosity


def mixing_length_viscosity(wall_distance, strain_magnitude, wall_unit):
    """Prandtl's mixing length with van Driest damping."""
    damping = 1.0 - wp.exp(-wall_unit / 26.0)
    l_mix = 0.41 * wall_distance * damping
    eddy_viscosity = l_mix * l_mix * strain_magnitude
    return eddy_viscosity


def turbulence_rates(turbulent_energy, dissipation, strain_magnitude, eddy_viscosity):
    """Source terms of the k-epsilon model."""
    production = eddy_viscosity * strain_magnitude * strain_magnitude
    turbulent_energy_rate = production - dissipation
    dissipation_rate = dissipation / turbulent_energy * (1.44 * production - 1.92 * dissipation)
    return turbulent_energy_rate, dissipation_rate


def next_turbulent_energy(turbulent_energy, turbulent_energy_rate, dt):
    return wp.max(turbulent_energy + turbulent_energy_rate * dt, 1.0e-6)


def friction_velocity(speed, wall_distance, viscosity, density):
    tau_wall = viscosity * speed / wall_distance
    return wp.sqrt(tau_wall / density)


def wall_unit(wall_distance, friction_velocity, kinematic_viscosity):
    return wall_distance * friction_velocity / kinematic_viscosity


def law_of_the_wall(wall_unit, friction_velocity):
    """Log law, with a linear viscous sublayer."""
    u_plus = wall_unit
    if wall_unit > 11.06:
        u_plus = wp.log(wall_unit) / 0.41 + 5.2
    speed = u_plus * friction_velocity
    return speed


def log_wall_friction_velocity(speed, wall_distance, kinematic_viscosity):
    """Newton iterations of the log law for the friction velocity."""
    u_tau = float(wp.sqrt(kinematic_viscosity * speed / wall_distance))
    for _ in range(4):
        y_p = wp.max(wall_distance * u_tau / kinematic_viscosity, 2.0)
        u_tau = speed / (wp.log(y_p) / 0.41 + 5.2)
    friction_velocity = u_tau
    return friction_velocity


def lattice_density(populations):
    total = float(0.0)
    for n in range(len(populations)):
        total += populations[n]
    return total


def equilibrium(lattice_density, lattice_flow, direction, lattice_weight):
    """Second-order Maxwellian equilibrium on a lattice with c_s^2 = 1/3."""
    u = lattice_flow
    cu = wp.dot(direction, u)
    uu = wp.dot(u, u)
    return lattice_weight * lattice_density * (1.0 + 3.0 * cu + 4.5 * cu * cu - 1.5 * uu)


def next_population(population, equilibrium, relaxation_time):
    """Bhatnagar-Gross-Krook collision."""
    return population - (population - equilibrium) / relaxation_time


def bounced_population(opposite, lattice_density, direction, wall_flow, lattice_weight):
    """Bounce back from a moving wall."""
    wall_speed = wp.dot(direction, wall_flow)
    next_population = opposite + 6.0 * lattice_weight * lattice_density * wall_speed
    return next_population


def lattice_viscosity(relaxation_time):
    """Viscosity in lattice units, with c_s^2 = 1/3."""
    return (relaxation_time - 0.5) / 3.0


def diffusive_flux(concentration_a, concentration_b, diffusivity, grid_spacing):
    """Fick's first law."""
    flux = -diffusivity * (concentration_b - concentration_a) / grid_spacing
    return flux


def upwind_flux(concentration_a, concentration_b, velocity_a, velocity_b):
    u_face = 0.5 * (velocity_a[0] + velocity_b[0])
    upwind = concentration_a
    if u_face < 0.0:
        upwind = concentration_b
    carried_flux = u_face * upwind
    return carried_flux


def limited_flux(concentration_a, concentration_b, previous_concentration_a, courant_number):
    """Minmod-limited reconstruction at a face."""
    behind = concentration_a - previous_concentration_a
    ahead = concentration_b - concentration_a
    slope = float(0.0)
    if behind * ahead > 0.0:
        slope = wp.sign(ahead) * wp.min(wp.abs(behind), wp.abs(ahead))
    c = wp.clamp(courant_number, 0.0, 1.0)
    carried_flux = c * (concentration_a + 0.5 * (1.0 - c) * slope)
    return carried_flux


def concentration_rate(concentration, divergence, decay):
    return -concentration * (divergence + decay)


def next_concentration(concentration, concentration_rate, dt):
    return wp.clamp(concentration + concentration_rate * dt, 0.0, 1.0)


def volume_fraction(level_set, grid_spacing):
    """Smoothed Heaviside function of a level set."""
    width = 1.5 * grid_spacing
    if level_set < -width:
        return 0.0
    if level_set > width:
        return 1.0
    return 0.5 * (1.0 + level_set / width + wp.sin(wp.pi * level_set / width) / wp.pi)


def mixture_density(volume_fraction, rest_density, min_density):
    density = wp.lerp(min_density, rest_density, volume_fraction)
    return density


def next_level_set(level_set, initial_level_set, godunov_gradient, grid_spacing, dt):
    """Relaxation of a level set towards a signed distance."""
    smooth_sign = initial_level_set / wp.sqrt(initial_level_set * initial_level_set + grid_spacing * grid_spacing)
    return level_set - dt * smooth_sign * (godunov_gradient - 1.0)


def isotropic_energy(stencil):
    """Turbulent kinetic energy of isotropic samples, 3/2 of their variance."""
    total = float(0.0)
    total_sq = float(0.0)
    for n in range(len(stencil)):
        total += stencil[n]
        total_sq += stencil[n] * stencil[n]
    count = float(len(stencil))
    mean = total / count
    turbulent_energy = 1.5 * wp.max(total_sq / count - mean * mean, 0.0)
    return turbulent_energy


def isotropic_dissipation(stencil, kinematic_viscosity, grid_spacing):
    """Taylor's isotropic estimate of the dissipation from a line of velocities."""
    total = float(0.0)
    for n in range(1, len(stencil)):
        slope = (stencil[n] - stencil[n - 1]) / grid_spacing
        total += slope * slope
    mean_dissipation = 15.0 * kinematic_viscosity * total / float(len(stencil))
    return mean_dissipation


def synthetic_velocity(velocity, turbulent_energy, rng):
    """Isotropic fluctuation with the turbulent kinetic energy."""
    sigma = wp.sqrt(2.0 / 3.0 * turbulent_energy)
    jitter = wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_velocity = velocity + sigma * jitter
    return next_velocity


def kinematic_viscosity(viscosity, density):
    return viscosity / density


def weno_face(stencil):
    """Fifth-order WENO value at the right face of the middle cell of a row."""
    if len(stencil) < 5:
        return stencil[0]
    v0 = stencil[0]
    v1 = stencil[1]
    v2 = stencil[2]
    v3 = stencil[3]
    v4 = stencil[4]
    p0 = (2.0 * v0 - 7.0 * v1 + 11.0 * v2) / 6.0
    p1 = (-v1 + 5.0 * v2 + 2.0 * v3) / 6.0
    p2 = (2.0 * v2 + 5.0 * v3 - v4) / 6.0
    d0 = v0 - 2.0 * v1 + v2
    d1 = v1 - 2.0 * v2 + v3
    d2 = v2 - 2.0 * v3 + v4
    e0 = v0 - 4.0 * v1 + 3.0 * v2
    e1 = v1 - v3
    e2 = 3.0 * v2 - 4.0 * v3 + v4
    b0 = 13.0 / 12.0 * d0 * d0 + 0.25 * e0 * e0 + 1.0e-3
    b1 = 13.0 / 12.0 * d1 * d1 + 0.25 * e1 * e1 + 1.0e-3
    b2 = 13.0 / 12.0 * d2 * d2 + 0.25 * e2 * e2 + 1.0e-3
    w0 = 0.1 / (b0 * b0)
    w1 = 0.6 / (b1 * b1)
    w2 = 0.3 / (b2 * b2)
    return (w0 * p0 + w1 * p1 + w2 * p2) / (w0 + w1 + w2)


def lattice_moments(populations):
    """Density and velocity of nine populations of a D2Q9 lattice; rest first, then east, north, west, south."""
    rho = float(0.0)
    jx = float(0.0)
    jy = float(0.0)
    for n in range(wp.min(len(populations), 9)):
        f = populations[n]
        rho += f
        if n == 1 or n == 5 or n == 8:
            jx += f
        elif n == 3 or n == 6 or n == 7:
            jx -= f
        if n == 2 or n == 5 or n == 6:
            jy += f
        elif n == 4 or n == 7 or n == 8:
            jy -= f
    lattice_velocity = wp.vec2(jx / rho, jy / rho)
    return lattice_velocity


def spalart_allmaras_rate(working_viscosity, vorticity, wall_distance, kinematic_viscosity):
    """Production less destruction of the Spalart-Allmaras model."""
    c_b1 = 0.1355
    kappa2 = 0.1681
    c_w1 = 3.239
    chi = working_viscosity / kinematic_viscosity
    chi3 = chi * chi * chi
    f_v1 = chi3 / (chi3 + 357.9)
    f_v2 = 1.0 - chi / (1.0 + chi * f_v1)
    kd2 = kappa2 * wall_distance * wall_distance
    s_tilde = wp.max(wp.length(vorticity) + working_viscosity / kd2 * f_v2, 0.05)
    r = wp.min(working_viscosity / (s_tilde * kd2), 10.0)
    g = wp.min(r + 0.3 * (wp.pow(r, 6.0) - r), 4.0)
    g6 = wp.pow(g, 6.0)
    f_w = g * wp.pow(65.0 / (g6 + 64.0), 1.0 / 6.0)
    ratio = working_viscosity / wall_distance
    working_viscosity_rate = c_b1 * s_tilde * working_viscosity - c_w1 * f_w * ratio * ratio
    return working_viscosity_rate


def shear_stress_transport(
    turbulent_energy, specific_dissipation, strain_magnitude, wall_distance, kinematic_viscosity
):
    """Eddy viscosity of Menter's SST model."""
    root_k = wp.sqrt(turbulent_energy)
    near = 2.0 * root_k / (0.09 * specific_dissipation * wall_distance)
    viscous = 500.0 * kinematic_viscosity / (wall_distance * wall_distance * specific_dissipation)
    arg2 = wp.max(near, viscous)
    f2 = wp.tanh(wp.min(arg2 * arg2, 20.0))
    limit = wp.max(0.31 * specific_dissipation, strain_magnitude * f2)
    eddy_viscosity = 0.31 * turbulent_energy / limit
    return eddy_viscosity


def godunov_gradient(behind_slope, ahead_slope, below_slope, above_slope, level_set):
    """Length of a level set's gradient by Godunov's upwind scheme in the plane."""
    if level_set > 0.0:
        a = wp.max(behind_slope, 0.0)
        b = wp.min(ahead_slope, 0.0)
        c = wp.max(below_slope, 0.0)
        d = wp.min(above_slope, 0.0)
    else:
        a = wp.min(behind_slope, 0.0)
        b = wp.max(ahead_slope, 0.0)
        c = wp.min(below_slope, 0.0)
        d = wp.max(above_slope, 0.0)
    x2 = wp.max(a * a, b * b)
    y2 = wp.max(c * c, d * d)
    return wp.sqrt(x2 + y2)


def superbee_slope(behind_slope, ahead_slope):
    """Superbee limiter of two one-sided slopes."""
    if behind_slope * ahead_slope <= 0.0:
        return 0.0
    side = wp.sign(ahead_slope)
    b = wp.abs(behind_slope)
    f = wp.abs(ahead_slope)
    limited_slope = side * wp.max(wp.min(2.0 * b, f), wp.min(b, 2.0 * f))
    return limited_slope


def van_leer_slope(behind_slope, ahead_slope):
    """Van Leer's harmonic limiter."""
    product = behind_slope * ahead_slope
    total = behind_slope + ahead_slope
    if product <= 0.0 or wp.abs(total) < 1.0e-6:
        return 0.0
    limited_slope = 2.0 * product / total
    return limited_slope


def particle_drag(slip_velocity, grain_diameter, density, viscosity):
    """Drag of a small sphere: Stokes, Schiller and Naumann, or Newton."""
    slip = wp.length(slip_velocity)
    re = density * slip * grain_diameter / viscosity
    if re < 0.1:
        return 3.0 * wp.pi * viscosity * grain_diameter * slip_velocity
    if re < 1000.0:
        c_d = 24.0 / re * (1.0 + 0.15 * wp.pow(re, 0.687))
    else:
        c_d = 0.44
    area = 0.25 * wp.pi * grain_diameter * grain_diameter
    return 0.5 * density * c_d * area * slip * slip_velocity


def packed_bed_drop(superficial_speed, grain_diameter, porosity, viscosity, density):
    """Ergun's pressure gradient of a packed bed."""
    solid = 1.0 - porosity
    p3 = porosity * porosity * porosity
    slow = 150.0 * viscosity * solid * solid / (p3 * grain_diameter * grain_diameter)
    fast = 1.75 * density * solid / (p3 * grain_diameter)
    return slow * superficial_speed + fast * superficial_speed * superficial_speed


def bubble_step(bubble_radius, wall_speed, ambient_pressure, viscosity, dt):
    """Step of the Rayleigh-Plesset equation of a gas bubble in water."""
    r = wp.max(bubble_radius, 0.1)
    gas = wp.pow(1.0 / r, 4.2)
    tension = 0.1 / r
    friction = 4.0 * viscosity * wall_speed / r
    accel = (gas - ambient_pressure - tension - friction - 1.5 * wall_speed * wall_speed) / r
    next_wall_speed = wall_speed + dt * wp.clamp(accel, -500.0, 500.0)
    next_bubble_radius = wp.max(bubble_radius + dt * next_wall_speed, 0.1)
    return next_bubble_radius, next_wall_speed


def power_law_viscosity(strain_magnitude, yield_stress, consistency, flow_index):
    """Viscosity of a Herschel-Bulkley fluid, regularized near rest."""
    shear = wp.max(strain_magnitude, 0.01)
    plastic = yield_stress * (1.0 - wp.exp(-100.0 * shear)) / shear
    return plastic + consistency * wp.pow(shear, flow_index - 1.0)


def staggered_velocity(west_speed, east_speed, south_speed, north_speed, column_fraction, row_fraction):
    """Velocity inside of a cell of a staggered grid."""
    staggered = wp.vec2(
        wp.lerp(west_speed, east_speed, column_fraction), wp.lerp(south_speed, north_speed, row_fraction)
    )
    return staggered


def reynolds_stress(eddy_viscosity, strain_rate, turbulent_energy):
    """Boussinesq's closure of the Reynolds stress."""
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    return 2.0 / 3.0 * turbulent_energy * unit - 2.0 * eddy_viscosity * strain_rate


def anisotropy_invariant(reynolds_stress):
    """Second invariant of the anisotropy of the turbulence."""
    k = wp.max(0.5 * wp.trace(reynolds_stress), 0.05)
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    b = reynolds_stress / (2.0 * k) - unit / 3.0
    return 0.5 * wp.ddot(b, b)


def gradient_model_stress(velocity_gradient, grid_spacing):
    """Clark's gradient model of the subgrid stress."""
    scale = grid_spacing * grid_spacing / 12.0
    return scale * velocity_gradient * wp.transpose(velocity_gradient)


def rotation_rate(velocity_gradient):
    return 0.5 * (velocity_gradient - wp.transpose(velocity_gradient))


def newtonian_stress(velocity_gradient, viscosity, pressure):
    """Stress of a compressible Newtonian fluid."""
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    sym = velocity_gradient + wp.transpose(velocity_gradient)
    bulk = -pressure - 2.0 / 3.0 * viscosity * wp.trace(velocity_gradient)
    return viscosity * sym + bulk * unit


def stress_power(newtonian_stress, velocity_gradient):
    return wp.ddot(newtonian_stress, velocity_gradient)


def conformation_rate(conformation, velocity_gradient, polymer_time):
    """Oldroyd-B: a polymer is stretched by the flow and relaxes."""
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    stretched = velocity_gradient * conformation + conformation * wp.transpose(velocity_gradient)
    return stretched - (conformation - unit) / polymer_time


def smagorinsky_stress(strain_rate, grid_spacing, subgrid_scale):
    """Stress of the eddies that the grid does not show."""
    width = subgrid_scale * grid_spacing
    size = wp.sqrt(2.0 * wp.ddot(strain_rate, strain_rate))
    return -2.0 * width * width * size * strain_rate


def vortex_stretching(strain_rate, vorticity):
    return wp.dot(vorticity, strain_rate * vorticity)


def flow_discriminant(velocity_gradient):
    """Chong's discriminant: positive where the flow swirls about a point."""
    tr = wp.trace(velocity_gradient)
    q = 0.5 * (tr * tr - wp.trace(velocity_gradient * velocity_gradient)) - tr * tr / 3.0
    r = -wp.determinant(velocity_gradient - tr / 3.0 * wp.identity(n=3, dtype=float))
    return q * q * q / 27.0 + 0.25 * r * r


def swirling(flow_discriminant):
    return flow_discriminant > 0.0


def principal_rate(strain_rate):
    """Largest stretching rate, by the invariants of the deviator."""
    m = wp.trace(strain_rate) / 3.0
    dev = strain_rate - m * wp.identity(n=3, dtype=float)
    j2 = wp.max(0.5 * wp.ddot(dev, dev), 1.0e-6)
    j3 = wp.determinant(dev)
    arg = wp.clamp(1.5 * wp.sqrt(3.0) * j3 / (j2 * wp.sqrt(j2)), -1.0, 1.0)
    return m + 2.0 * wp.sqrt(j2 / 3.0) * wp.cos(wp.acos(arg) / 3.0)
