"""Fluids: smoothed particles, grids, lattices and shallow water."""

import warp as wp

ENTITIES = "cell parcel node site fluid_cell"
GROUPS = "fluid phase zone"
PAIRS = "face interface link neighbor_pair"
LAUNCH = "1:5 2:3"
SUMMED = "mass momentum kinetic_energy turbulent_energy"
OPPOSITE = "pressure_force viscous_force cohesion_force"

QUANTITIES = """
mass                  | real  | state   | 0.1 2      | mass m
position              | vec3  | state   | -1.5 1.5   | pos position x
velocity              | vec3  | state   | -3 3       | vel velocity u
density               | real  | state   | 0.5 3      | density rho
pressure              | real  | state   | 0 40       | pressure p
temperature           | real  | state   | 0.5 3      | temperature temp
speed                 | real  | result  | 0 12       | speed u_mag
kinetic_energy        | real  | result  |            | kinetic_energy ke
momentum              | vec3  | result  |            | momentum mom
gravity               | vec3  | uniform | -10 10     | gravity g
acceleration          | vec3  | result  | -20 20     | accel acceleration dudt
dt                    | real  | uniform | 0.001 0.05 | dt timestep            | 0.01 0.005
grid_spacing          | real  | uniform | 0.1 1      | dx grid_spacing cell_size | 0.1 0.25 0.5
smoothing_length      | real  | uniform | 0.8 2      | h smoothing_length support | 1.0
distance              | real  | result  | 0 4        | dist r r_ij
kernel_weight         | real  | result  | 0 2        | w_ij kernel_weight weight
kernel_gradient       | vec3  | result  | -2 2       | grad_w kernel_gradient grad_ij
total_pressure        | real  | result  |            | total_pressure p_total p0
total_temperature     | real  | result  |            | total_temperature t_total
decay                 | real  | uniform | 0.01 1     | decay k_decay          | 0.1
water_flux            | real  | result  |            | water_flux q_face flux_h
pressure_force        | vec3  | result  |            | pressure_force f_pressure
viscous_force         | vec3  | result  |            | viscous_force f_visc
cohesion_force        | vec3  | result  |            | cohesion_force f_cohesion
viscosity             | real  | group   | 0.01 0.4   | viscosity mu nu_dyn    | 0.1 0.05
kinematic_viscosity   | real  | result  | 0.005 1.5  | nu kinematic_viscosity
gas_stiffness         | real  | group   | 1 20       | stiffness k_gas        | 3.0 10.0
sound_speed           | real  | result  | 0 5        | c_s sound_speed c0
heat_ratio            | real  | group   | 1.1 1.7    | gamma heat_ratio       | 1.4 1.667
gas_constant          | real  | uniform | 0.5 3      | gas_constant r_gas     | 1.0
mach_number           | real  | result  | 0 3        | mach mach_number
reynolds_number       | real  | result  | 0 2000     | re reynolds reynolds_number
friction_factor       | real  | result  |            | friction_factor f_d
courant_number        | real  | result  | 0 3        | cfl courant_number courant
velocity_gradient     | mat33 | state   | -2 2       | grad_u velocity_gradient du_dx
strain_rate           | mat33 | result  | -2 2       | strain_rate s_ij
strain_magnitude      | real  | result  | 0.01 8     | s_mag strain_magnitude shear_rate
vorticity             | vec3  | state   | -4 4       | vorticity omega curl_u
vorticity_gradient    | vec3  | state   | -4 4       | grad_vort vorticity_gradient eta
confinement           | real  | uniform | 0.05 1     | confinement eps_vort   | 0.2 0.5
divergence            | real  | state   | -2 2       | divergence div_u
pressure_gradient     | vec3  | state   | -5 5       | grad_p pressure_gradient
q_criterion           | real  | result  | -20 20     | q_criterion q_value
eddy_viscosity        | real  | result  | 0 2        | nu_t eddy_viscosity
turbulent_energy      | real  | state   | 0.01 2     | k turbulent_energy tke
dissipation           | real  | state   | 0.05 3     | epsilon dissipation eps
wall_distance         | real  | state   | 0.1 2      | wall_dist y_wall
friction_velocity     | real  | result  | 0 2.5      | u_tau friction_velocity
wall_unit             | real  | result  | 0 300      | y_plus wall_unit
depth                 | real  | state   | 0.25 3     | depth water_depth h_water
bed                   | real  | state   | -1 1       | bed bed_elevation z_b
flow                  | vec2  | state   | -4 4       | flow flow_vel uv
discharge             | vec2  | result  | -3.5 3.5   | discharge hu q_flow
roughness             | real  | group   | 0.02 0.2   | roughness manning n_m  | 0.03 0.05
gravity_strength      | real  | uniform | 1 10       | g grav                 | 9.81
wave_speed            | real  | result  | 0.1 8      | c_wave wave_speed celerity
froude_number         | real  | result  |            | froude froude_number fr
populations           | reals | state   | 0.02 0.4   | populations f_in f
direction             | vec2  | uniform | -1 1       | direction c_i e_i
lattice_weight        | real  | uniform | 0.02 0.45  | w_i lattice_weight     | 0.1111 0.0278
population            | real  | state   | 0.01 1.2   | population f_i
opposite              | real  | state   | 0.01 1.2   | opposite f_opp
equilibrium           | real  | result  | 0 1.2      | f_eq equilibrium feq
relaxation_time       | real  | uniform | 0.55 2     | tau relaxation_time    | 0.6 0.8 1.0
concentration         | real  | state   | 0 1        | concentration conc dye
diffusivity           | real  | group   | 0.01 0.5   | diffusivity diff_coeff kappa | 0.1
flux                  | real  | result  |            | flux flux_ab
level_set             | real  | state   | -2 2       | phi level_set sdf
volume_fraction       | real  | result  | 0 1        | alpha volume_fraction vof
stencil               | reals | state   | -1 1       | stencil samples line
wet                   | bool  | result  |            | wet is_wet
turbulent             | bool  | result  |            | turbulent is_turbulent
vortical              | bool  | result  |            | in_vortex vortical core
mean_dissipation | real | result | | eps_mean mean_dissipation
"""


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def momentum(mass, velocity):
    return mass * velocity


def distance(position_a, position_b):
    return wp.length(position_b - position_a)


def poly6_weight(distance, smoothing_length):
    """Poly6 smoothing kernel of Mueller et al."""
    if distance >= smoothing_length:
        return 0.0
    h3 = smoothing_length * smoothing_length * smoothing_length
    diff = smoothing_length * smoothing_length - distance * distance
    kernel_weight = 315.0 / (64.0 * wp.pi * h3 * h3 * h3) * diff * diff * diff
    return kernel_weight


def cubic_spline_weight(distance, smoothing_length):
    """Cubic spline kernel of Monaghan with support 2h."""
    q = distance / smoothing_length
    sigma = 1.0 / (wp.pi * smoothing_length * smoothing_length * smoothing_length)
    kernel_weight = 0.0
    if q < 1.0:
        kernel_weight = sigma * (1.0 - 1.5 * q * q + 0.75 * q * q * q)
    elif q < 2.0:
        kernel_weight = 0.25 * sigma * wp.pow(2.0 - q, 3.0)
    return kernel_weight


def wendland_weight(distance, smoothing_length):
    """Wendland C2 kernel in three dimensions."""
    q = distance / smoothing_length
    t = wp.max(1.0 - 0.5 * q, 0.0)
    alpha = 21.0 / (16.0 * wp.pi * wp.pow(smoothing_length, 3.0))
    kernel_weight = alpha * t * t * t * t * (1.0 + 2.0 * q)
    return kernel_weight


def gaussian_weight(distance, smoothing_length):
    q = distance / smoothing_length
    kernel_weight = wp.exp(-q * q) / wp.pow(wp.sqrt(wp.pi) * smoothing_length, 3.0)
    return kernel_weight


def spiky_gradient(position_a, position_b, smoothing_length):
    """Gradient of the spiky kernel, used for pressure forces."""
    r_vec = position_a - position_b
    r_len = wp.length(r_vec)
    if r_len < 1.0e-5 or r_len > smoothing_length:
        return wp.vec3(0.0, 0.0, 0.0)
    diff = smoothing_length - r_len
    scale = -45.0 / (wp.pi * wp.pow(smoothing_length, 6.0)) * diff * diff
    kernel_gradient = scale * r_vec / r_len
    return kernel_gradient


def symmetric_pressure_force(mass_a, mass_b, pressure_a, pressure_b, density_a, density_b, kernel_gradient):
    """Momentum-conserving SPH pressure term."""
    term_a = pressure_a / (density_a * density_a)
    term_b = pressure_b / (density_b * density_b)
    pressure_force = -mass_a * mass_b * (term_a + term_b) * kernel_gradient
    return pressure_force


def mean_pressure_force(mass_b, pressure_a, pressure_b, density_b, kernel_gradient):
    p_mean = 0.5 * (pressure_a + pressure_b)
    pressure_force = -mass_b * p_mean / density_b * kernel_gradient
    return pressure_force


def laplacian_viscous_force(velocity_a, velocity_b, mass_b, density_b, distance, viscosity, smoothing_length):
    """Viscosity kernel Laplacian of Mueller et al."""
    if distance > smoothing_length:
        return wp.vec3(0.0, 0.0, 0.0)
    laplacian = 45.0 / (wp.pi * wp.pow(smoothing_length, 6.0)) * (smoothing_length - distance)
    viscous_force = viscosity * mass_b * (velocity_b - velocity_a) / density_b * laplacian
    return viscous_force


def artificial_viscous_force(
    position_a, position_b, velocity_a, velocity_b, density_a, density_b, sound_speed, smoothing_length, kernel_gradient
):
    """Monaghan's artificial viscosity."""
    v_ab = velocity_a - velocity_b
    r_ab = position_a - position_b
    approach = wp.dot(v_ab, r_ab)
    viscous_force = wp.vec3(0.0, 0.0, 0.0)
    if approach < 0.0:
        h2 = smoothing_length * smoothing_length
        mu_ab = smoothing_length * approach / (wp.dot(r_ab, r_ab) + 0.01 * h2)
        rho_ab = 0.5 * (density_a + density_b)
        pi_ab = (-0.1 * sound_speed * mu_ab + 0.2 * mu_ab * mu_ab) / rho_ab
        viscous_force = -pi_ab * kernel_gradient
    return viscous_force


def cohesion_force(position_a, position_b, mass_a, mass_b, kernel_weight):
    return -mass_a * mass_b * kernel_weight * (position_a - position_b)


def smoothed_density(mass_a, mass_b, kernel_weight, smoothing_length, min_density):
    self_weight = 1.0 / (wp.pi * smoothing_length * smoothing_length * smoothing_length)
    density = wp.max(mass_a * self_weight + mass_b * kernel_weight, min_density)
    return density


def continuity_rate(velocity_a, velocity_b, mass_b, kernel_gradient):
    density_rate = mass_b * wp.dot(velocity_a - velocity_b, kernel_gradient)
    return density_rate


def density_rate(density, divergence):
    return -density * divergence


def next_density(density, density_rate, min_density, dt):
    return wp.max(density + density_rate * dt, min_density)


def xsph_velocity(velocity_a, velocity_b, mass_b, density_a, density_b, kernel_weight):
    """XSPH smoothing of a velocity by that of a neighbor."""
    rho_mean = 0.5 * (density_a + density_b)
    next_velocity = velocity_a + 0.5 * mass_b / rho_mean * kernel_weight * (velocity_b - velocity_a)
    return next_velocity


def tait_pressure(density, rest_density, sound_speed):
    """Tait equation of state for weakly compressible water."""
    ratio = wp.min(density / rest_density, 1.4)
    b = rest_density * sound_speed * sound_speed / 7.0
    pressure = wp.max(b * (wp.pow(ratio, 7.0) - 1.0), 0.0)
    return pressure


def linear_pressure(density, rest_density, gas_stiffness):
    pressure = gas_stiffness * wp.max(density - rest_density, 0.0)
    return pressure


def ideal_gas_pressure(density, temperature, gas_constant):
    pressure = density * gas_constant * temperature
    return pressure


def polytropic_pressure(density, gas_stiffness, heat_ratio):
    pressure = gas_stiffness * wp.pow(density, heat_ratio)
    return pressure


def sound_speed(pressure, density, heat_ratio):
    return wp.sqrt(heat_ratio * pressure / density)


def thermal_sound_speed(temperature, heat_ratio, gas_constant):
    sound_speed = wp.sqrt(heat_ratio * gas_constant * temperature)
    return sound_speed


def mach_number(velocity, sound_speed):
    return wp.length(velocity) / wp.max(sound_speed, 0.5)


def stagnation_pressure(pressure, mach_number, heat_ratio):
    """Isentropic stagnation pressure."""
    m2 = mach_number * mach_number
    base = 1.0 + 0.5 * (heat_ratio - 1.0) * m2
    exponent = heat_ratio / (heat_ratio - 1.0)
    total_pressure = pressure * wp.pow(base, exponent)
    return total_pressure


def stagnation_temperature(temperature, mach_number, heat_ratio):
    total_temperature = temperature * (1.0 + 0.5 * (heat_ratio - 1.0) * mach_number * mach_number)
    return total_temperature


def bernoulli_pressure(pressure, density, velocity, position, gravity):
    """Total head pressure along a streamline."""
    dynamic = 0.5 * density * wp.dot(velocity, velocity)
    hydrostatic = -density * wp.dot(gravity, position)
    total_pressure = pressure + dynamic + hydrostatic
    return total_pressure


def kinematic_viscosity(viscosity, density):
    return viscosity / density


def sutherland_viscosity(temperature, reference_temperature, viscosity):
    """Sutherland's law."""
    ratio = temperature / reference_temperature
    s = 0.4
    kinematic_viscosity = viscosity * ratio * wp.sqrt(ratio) * (1.0 + s) / (ratio + s)
    return kinematic_viscosity


def reynolds_number(speed, density, viscosity, grid_spacing):
    return density * speed * grid_spacing / viscosity


def wall_reynolds_number(turbulent_energy, wall_distance, kinematic_viscosity):
    reynolds_number = wp.sqrt(turbulent_energy) * wall_distance / kinematic_viscosity
    return reynolds_number


def friction_factor(reynolds_number, roughness):
    """Swamee-Jain approximation of the Darcy friction factor, laminar below the critical Reynolds number."""
    re = wp.max(reynolds_number, 1.0)
    if re < 500.0:
        return 64.0 / re
    arg = roughness / 3.7 + 5.74 / wp.pow(re, 0.9)
    log_term = wp.log10(arg)
    return 0.25 / (log_term * log_term)


def turbulent(reynolds_number, max_reynolds_number):
    return reynolds_number > max_reynolds_number


def courant_number(velocity, dt, grid_spacing):
    v_sum = wp.abs(velocity[0]) + wp.abs(velocity[1]) + wp.abs(velocity[2])
    return v_sum * dt / grid_spacing


def acoustic_courant_number(velocity, sound_speed, dt, grid_spacing):
    courant_number = (wp.max(wp.abs(velocity)) + sound_speed) * dt / grid_spacing
    return courant_number


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
    vortical = q_criterion > wp.max(min_q_criterion, 0.0)
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


def discharge(depth, flow):
    return depth * flow


def desingularized_flow(discharge, depth, min_depth):
    """Velocity from discharge, desingularized for shallow depths (Kurganov and Petrova)."""
    h4 = wp.pow(depth, 4.0)
    eps4 = wp.pow(min_depth, 4.0)
    denom = wp.sqrt(h4 + wp.max(h4, eps4))
    flow = wp.sqrt(2.0) * depth * discharge / denom
    return flow


def wave_speed(depth, gravity_strength):
    return wp.sqrt(gravity_strength * depth)


def froude_number(flow, wave_speed):
    return wp.length(flow) / wave_speed


def wet(depth, min_depth):
    return depth > min_depth


def friction_flow(flow, depth, roughness, gravity_strength, dt):
    """Manning friction, applied implicitly."""
    drag = gravity_strength * roughness * roughness * wp.length(flow) / wp.pow(depth, 4.0 / 3.0)
    next_flow = flow / (1.0 + dt * drag)
    return next_flow


def hydrostatic_flux(depth_a, depth_b, flow_a, flow_b, gravity_strength):
    """Rusanov flux of mass across the face between two columns of water."""
    c_a = wp.abs(flow_a[0]) + wp.sqrt(gravity_strength * depth_a)
    c_b = wp.abs(flow_b[0]) + wp.sqrt(gravity_strength * depth_b)
    s_max = wp.max(c_a, c_b)
    central = 0.5 * (depth_a * flow_a[0] + depth_b * flow_b[0])
    water_flux = central - 0.5 * s_max * (depth_b - depth_a)
    return water_flux


def surface_flux(depth_a, depth_b, bed_a, bed_b, gravity_strength, grid_spacing):
    """Virtual pipe between two columns, driven by the difference of their surfaces."""
    drop = (depth_a + bed_a) - (depth_b + bed_b)
    source_depth = depth_a if drop > 0.0 else depth_b
    water_flux = gravity_strength * source_depth * drop / grid_spacing
    return water_flux


def weir_flux(depth_a, depth_b, bed_a, bed_b, gravity_strength):
    """Flow over the crest between two basins."""
    crest = wp.max(bed_a, bed_b)
    head_a = wp.max(depth_a + bed_a - crest, 0.0)
    head_b = wp.max(depth_b + bed_b - crest, 0.0)
    c_w = 0.385 * wp.sqrt(2.0 * gravity_strength)
    water_flux = c_w * (head_a * wp.sqrt(head_a) - head_b * wp.sqrt(head_b))
    return water_flux


def lattice_density(populations):
    total = float(0.0)
    for n in range(len(populations)):
        total += populations[n]
    density = total
    return density


def equilibrium(density, flow, direction, lattice_weight):
    """Second-order Maxwellian equilibrium on a lattice with c_s^2 = 1/3."""
    u = 0.05 * flow
    cu = wp.dot(direction, u)
    uu = wp.dot(u, u)
    return lattice_weight * density * (1.0 + 3.0 * cu + 4.5 * cu * cu - 1.5 * uu)


def next_population(population, equilibrium, relaxation_time):
    """Bhatnagar-Gross-Krook collision."""
    return population - (population - equilibrium) / relaxation_time


def bounced_population(opposite, density, direction, flow, lattice_weight):
    """Bounce back from a moving wall."""
    wall_speed = 0.05 * wp.dot(direction, flow)
    next_population = opposite + 6.0 * lattice_weight * density * wall_speed
    return next_population


def lattice_viscosity(relaxation_time):
    """Viscosity in lattice units, with c_s^2 = 1/3."""
    kinematic_viscosity = (relaxation_time - 0.5) / 3.0
    return kinematic_viscosity


def diffusive_flux(concentration_a, concentration_b, diffusivity, grid_spacing):
    """Fick's first law."""
    flux = -diffusivity * (concentration_b - concentration_a) / grid_spacing
    return flux


def upwind_flux(concentration_a, concentration_b, velocity_a, velocity_b):
    u_face = 0.5 * (velocity_a[0] + velocity_b[0])
    upwind = concentration_a
    if u_face < 0.0:
        upwind = concentration_b
    flux = u_face * upwind
    return flux


def limited_flux(concentration_a, concentration_b, previous_concentration_a, courant_number):
    """Minmod-limited reconstruction at a face."""
    behind = concentration_a - previous_concentration_a
    ahead = concentration_b - concentration_a
    slope = float(0.0)
    if behind * ahead > 0.0:
        slope = wp.sign(ahead) * wp.min(wp.abs(behind), wp.abs(ahead))
    c = wp.clamp(courant_number, 0.0, 1.0)
    flux = c * (concentration_a + 0.5 * (1.0 - c) * slope)
    return flux


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


def next_level_set(level_set, initial_level_set, grid_spacing, dt):
    """Relaxation of a level set towards a signed distance."""
    smooth_sign = initial_level_set / wp.sqrt(initial_level_set * initial_level_set + grid_spacing * grid_spacing)
    slope = wp.abs(level_set) / grid_spacing
    return level_set - dt * smooth_sign * (slope - 1.0)


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
