"""Smoothed particle hydrodynamics: kernels, forces between particles, equations of state, steps."""

import warp as wp

ENTITIES = "particle"
GROUPS = "fluid phase"
PAIRS = "neighbor_pair pair"
LAUNCH = "1:9 2:1"
SUMMED = "mass momentum kinetic_energy"
OPPOSITE = "pressure_force viscous_force cohesion_force"

QUANTITIES = """
mass                 | real  | state   | 0.5 2      | mass m
position             | vec3  | state   | -1.5 1.5   | pos position x
velocity             | vec3  | state   | -3 3       | vel velocity u
density              | real  | state   | 0.5 3      | density rho
pressure             | real  | state   | 0 40       | pressure p
speed                | real  | result  | 0 12       | speed u_mag
kinetic_energy       | real  | result  | 0 60       | kinetic_energy ke
momentum             | vec3  | result  |            | momentum mom
acceleration         | vec3  | result  | -120 120   | accel acceleration
dt                   | real  | uniform | 0.001 0.05 | dt timestep                | 0.01 0.005
smoothing_length     | real  | uniform | 0.8 2      | h smoothing_length support | 1.2 0.9
distance             | real  | result  | 0 4        | dist r r_ij
kernel_weight        | real  | result  | 0 2        | w_ij kernel_weight weight
kernel_gradient      | vec3  | result  | -2 2       | grad_w kernel_gradient grad_ij
pressure_force       | vec3  | result  |            | pressure_force f_pressure
viscous_force        | vec3  | result  |            | viscous_force f_visc
cohesion_force       | vec3  | result  |            | cohesion_force f_cohesion
viscosity            | real  | group   | 0.01 0.4   | viscosity mu nu_dyn        | 0.1 0.05
gas_stiffness        | real  | group   | 1 20       | stiffness k_gas            | 3.0 10.0
reference_sound      | real  | uniform | 2 5        | c_s speed_of_sound         | 5.0
particle_mass        | real  | uniform | 0.1 1      | particle_mass m_p          | 0.5
reference_density    | real  | uniform | 0.5 3      | rho_0 rest_rho             | 1.0
neighbor_distances   | reals | state   | 0.05 2     | nbr_dist distances
summed_density       | real  | result  | 0 10       | rho_sum density_est
relaxation           | real  | uniform | 0.1 10     | relaxation cfm_eps         | 1.0
position_based_scale | real  | result  |            | lambda_i pbf_lambda
tension              | real  | group   | 0.1 2      | surface_tension tension    | 1.0
stable_step          | real  | result  | 0 0.08     | stable_dt dt_cfl
trapped_air          | real  | state   | 0 30       | trapped_air v_diff
crest_curvature      | real  | state   | 0 10       | curvature crest_curv
foam_potential       | int   | result  | 0 8        | n_foam foam_count
wall_normal          | vec3  | uniform | -1 1       | wall_n wall_normal
wall_offset          | real  | uniform | -2 -0.5    | wall_d wall_offset         | -1.0
wall_stiffness       | real  | uniform | 10 500     | wall_stiffness k_wall      | 100.0
boundary_push        | vec3  | result  |            | wall_accel boundary_push
gravity              | vec3  | uniform | -10 10     | gravity g
net_force            | vec3  | state   | -50 50     | net_force total_force
"""


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def momentum(mass, velocity):
    return mass * velocity


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def next_position(position, velocity, dt):
    return position + velocity * dt


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
    position_a,
    position_b,
    velocity_a,
    velocity_b,
    density_a,
    density_b,
    reference_sound,
    smoothing_length,
    kernel_gradient,
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
        pi_ab = (-0.1 * reference_sound * mu_ab + 0.2 * mu_ab * mu_ab) / rho_ab
        viscous_force = -pi_ab * kernel_gradient
    return viscous_force


def cohesion_force(position_a, position_b, mass_a, mass_b, kernel_weight):
    return -mass_a * mass_b * kernel_weight * (position_a - position_b)


def continuity_rate(velocity_a, velocity_b, mass_b, kernel_gradient):
    density_rate = mass_b * wp.dot(velocity_a - velocity_b, kernel_gradient)
    return density_rate


def next_density(density, density_rate, min_density, dt):
    return wp.max(density + density_rate * dt, min_density)


def xsph_velocity(velocity_a, velocity_b, mass_b, density_a, density_b, kernel_weight):
    """XSPH smoothing of a velocity by that of a neighbor."""
    rho_mean = 0.5 * (density_a + density_b)
    next_velocity = velocity_a + 0.5 * mass_b / rho_mean * kernel_weight * (velocity_b - velocity_a)
    return next_velocity


def tait_pressure(density, rest_density, reference_sound):
    """Tait equation of state for weakly compressible water."""
    ratio = wp.min(density / rest_density, 1.4)
    b = rest_density * reference_sound * reference_sound / 7.0
    pressure = wp.max(b * (wp.pow(ratio, 7.0) - 1.0), 0.0)
    return pressure


def linear_pressure(density, rest_density, gas_stiffness):
    pressure = gas_stiffness * wp.max(density - rest_density, 0.0)
    return pressure


def cubic_spline_gradient(position_a, position_b, smoothing_length):
    """Gradient of the cubic spline kernel."""
    r_vec = position_a - position_b
    r_len = wp.length(r_vec)
    q = r_len / smoothing_length
    if q >= 2.0 or r_len < 1.0e-5:
        return wp.vec3(0.0, 0.0, 0.0)
    sigma = 1.0 / (wp.pi * smoothing_length * smoothing_length * smoothing_length)
    if q < 1.0:
        slope = sigma * (-3.0 * q + 2.25 * q * q)
    else:
        slope = -0.75 * sigma * (2.0 - q) * (2.0 - q)
    kernel_gradient = slope / (smoothing_length * r_len) * r_vec
    return kernel_gradient


def wendland_gradient(position_a, position_b, smoothing_length):
    """Gradient of the Wendland C2 kernel."""
    r_vec = position_a - position_b
    q = wp.length(r_vec) / smoothing_length
    if q >= 2.0:
        return wp.vec3(0.0, 0.0, 0.0)
    alpha = 21.0 / (16.0 * wp.pi * wp.pow(smoothing_length, 3.0))
    t = 1.0 - 0.5 * q
    kernel_gradient = -5.0 * alpha * t * t * t / (smoothing_length * smoothing_length) * r_vec
    return kernel_gradient


def summed_density(neighbor_distances, particle_mass, smoothing_length):
    """Density from the distances of the neighbors with the poly6 kernel."""
    h2 = smoothing_length * smoothing_length
    total = float(h2 * h2 * h2)
    for n in range(len(neighbor_distances)):
        r2 = neighbor_distances[n] * neighbor_distances[n]
        if r2 >= h2:
            continue
        diff = h2 - r2
        total += diff * diff * diff
    norm = 315.0 / (64.0 * wp.pi * wp.pow(smoothing_length, 9.0))
    return particle_mass * norm * total


def position_based_scale(neighbor_distances, particle_mass, reference_density, smoothing_length, relaxation):
    """Lagrange multiplier of the density constraint of position-based fluids."""
    h2 = smoothing_length * smoothing_length
    poly = 315.0 / (64.0 * wp.pi * wp.pow(smoothing_length, 9.0))
    spiky = -45.0 / (wp.pi * wp.pow(smoothing_length, 6.0))
    rho = float(particle_mass * poly * h2 * h2 * h2)
    grad_sum = float(0.0)
    grad_sq = float(0.0)
    for n in range(len(neighbor_distances)):
        r = neighbor_distances[n]
        if r >= smoothing_length:
            continue
        diff = h2 - r * r
        rho += particle_mass * poly * diff * diff * diff
        edge = smoothing_length - r
        grad = particle_mass / reference_density * spiky * edge * edge
        grad_sum += grad
        grad_sq += grad * grad
    constraint = wp.max(rho / reference_density - 1.0, 0.0)
    return -constraint / (grad_sq + grad_sum * grad_sum + relaxation)


def akinci_cohesion(position_a, position_b, mass_a, mass_b, tension, smoothing_length):
    """Cohesion kernel of Akinci et al.: repulsion near, attraction far."""
    r_vec = position_a - position_b
    r = wp.length(r_vec)
    if r >= smoothing_length or r < 1.0e-5:
        return wp.vec3(0.0, 0.0, 0.0)
    c = 32.0 / (wp.pi * wp.pow(smoothing_length, 9.0))
    edge = wp.pow(smoothing_length - r, 3.0) * r * r * r
    if 2.0 * r > smoothing_length:
        spline = c * edge
    else:
        spline = c * (2.0 * edge - wp.pow(smoothing_length, 6.0) / 64.0)
    cohesion_force = -tension * mass_a * mass_b * spline / r * r_vec
    return cohesion_force


def density_diffusion(
    position_a, position_b, density_a, density_b, mass_b, reference_sound, smoothing_length, kernel_gradient
):
    """Diffusive term of delta-SPH."""
    r_ab = position_b - position_a
    r2 = wp.dot(r_ab, r_ab) + 0.01 * smoothing_length * smoothing_length
    psi = 2.0 * (density_b - density_a) / r2
    diffusion = 0.1 * smoothing_length * reference_sound * psi * mass_b / density_b * wp.dot(r_ab, kernel_gradient)
    density_rate = diffusion
    return density_rate


def stable_step(velocity, acceleration, reference_sound, smoothing_length):
    """Largest stable time step by signals and by forces."""
    by_signal = 0.25 * smoothing_length / (reference_sound + wp.length(velocity))
    by_force = 0.4 * wp.sqrt(smoothing_length / (wp.length(acceleration) + 1.0e-3))
    return wp.min(by_signal, by_force)


def foam_potential(velocity, trapped_air, crest_curvature, kinetic_energy, dt):
    """Number of foam particles to make, from trapped air, wave crests and energy (Ihmsen et al.)."""
    air = wp.clamp((trapped_air - 5.0) / 15.0, 0.0, 1.0)
    crest = wp.clamp((crest_curvature - 2.0) / 6.0, 0.0, 1.0)
    if wp.length(velocity) < 2.0:
        crest = 0.0
    energy = wp.clamp((kinetic_energy - 1.0) / 9.0, 0.0, 1.0)
    rate = energy * (40.0 * air + 50.0 * crest)
    return int(rate * dt)


def boundary_push(position, velocity, wall_normal, wall_offset, smoothing_length, wall_stiffness):
    """Penalty acceleration of a wall, damped along its normal."""
    gap = wp.dot(position, wall_normal) - wall_offset
    depth = 0.5 * smoothing_length - gap
    if depth <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    approach = wp.dot(velocity, wall_normal)
    return (wall_stiffness * depth - 2.0 * wp.sqrt(wall_stiffness) * approach) * wall_normal


def acceleration(net_force, mass, gravity):
    return net_force / mass + gravity
