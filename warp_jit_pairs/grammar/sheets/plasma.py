"""Charged particles: their forces on each other, how fields move them, plasma parameters."""

import warp as wp

ENTITIES = "particle ion electron"
GROUPS = "species"
PAIRS = "particle_pair ion_pair"
LAUNCH = "1:6 2:1"
SUMMED = "charge mass kinetic_energy"
OPPOSITE = "coulomb_force"

QUANTITIES = """
charge                 | real  | state   | -2 2      | charge q
mass                   | real  | group   | 0.5 4     | mass m
position               | vec3  | state   | -3 3      | pos position x
velocity               | vec3  | state   | -2 2      | vel velocity v
speed                  | real  | result  | 0 4       | speed v_mag
kinetic_energy         | real  | result  | 0 30      | kinetic_energy ke
electric_field         | vec3  | state   | -5 5      | e_field electric_field E
magnetic_field         | vec3  | state   | -3 3      | b_field magnetic_field B
lorentz_force          | vec3  | result  | -30 30    | force lorentz_force f_lorentz
coulomb_force          | vec3  | result  |           | coulomb_force f_coulomb
acceleration           | vec3  | result  | -20 20    | accel acceleration a
potential              | real  | state   | -5 5      | potential phi
potential_energy       | real  | result  | -10 10    | potential_energy pe
softening              | real  | uniform | 0.1 0.5   | softening eps_soft      | 0.1
dt                     | real  | uniform | 0.001 0.1 | dt                      | 0.01 0.05
permittivity           | real  | uniform | 1 4       | permittivity eps_r      | 1.0
density                | real  | state   | 0.1 5     | n_e density plasma_density
temperature            | real  | state   | 0.1 5     | temperature t_e
debye_length           | real  | result  | 0.05 200  | debye_length lambda_d
plasma_frequency       | real  | result  | 0 10      | omega_p plasma_frequency
cyclotron_frequency    | real  | result  | -10 10    | omega_c cyclotron_frequency
gyroradius             | real  | result  | 0.001 200 | r_l gyroradius
plasma_beta            | real  | result  | 0 15      | beta plasma_beta
drift_velocity         | vec3  | result  | -25 25    | v_drift drift_velocity
collision_rate         | real  | uniform | 0.1 2     | nu_coll collision_rate  | 0.1 1.0
mobility               | real  | result  | 0 15      | mobility mu_e
magnetized             | bool  | result  |           | magnetized is_magnetized
trapped                | bool  | result  |           | trapped mirror_trapped
evanescent             | bool  | result  |           | evanescent cutoff
light_speed            | real  | uniform | 5 20      | c light_speed           | 10.0
alfven_speed           | real  | result  | 0 15      | v_a alfven_speed
exb_drift              | vec3  | result  |           | v_exb exb_drift
gradient_drift         | vec3  | result  |           | v_grad grad_drift
field_gradient         | vec3  | state   | -2 2      | grad_b field_gradient
magnetic_moment        | real  | result  | 0 6       | mu_b magnetic_moment
momentum               | vec3  | state   | -5 5      | u_mom momentum p_vec
ionization_energy      | real  | group   | 1 10      | e_ion ionization_energy | 5.0
ionization_fraction    | real  | result  | 0 1       | x_ion ionization ion_frac
coulomb_logarithm      | real  | result  | 2 25      | ln_lambda coulomb_log
spitzer_resistivity    | real  | result  |           | eta spitzer_eta resistivity
wave_frequency         | real  | uniform | 0.5 5     | omega wave_freq         | 1.0 2.0
drawn_velocity         | vec3  | result  |           | v_thermal thermal_vel
parallel_conductivity  | real  | group   | 1 10      | sigma_par parallel_cond | 5.0
pedersen               | real  | group   | 0.1 2     | sigma_p pedersen        | 1.0
hall                   | real  | group   | 0.1 2     | sigma_h hall            | 0.5
conductivity_tensor    | mat33 | result  | -15 15    | sigma_tensor cond_tensor
plasma_current         | vec3  | result  |           | j_plasma current_density
parallel_pressure      | real  | state   | 0.1 10    | p_par parallel_p
perpendicular_pressure | real  | state   | 0.1 10    | p_perp perp_p
pressure_tensor        | mat33 | result  |           | P_tensor pressure_tensor
firehose_unstable      | bool  | result  |           | firehose unstable
"""


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, speed):
    return 0.5 * mass * speed * speed


def relativistic_energy(mass, velocity, light_speed):
    """Kinetic energy from the Lorentz factor."""
    c2 = light_speed * light_speed
    lorentz = 1.0 / wp.sqrt(1.0 - wp.length_sq(velocity) / c2)
    kinetic_energy = (lorentz - 1.0) * mass * c2
    return kinetic_energy


def coulomb_force(position_a, position_b, charge_a, charge_b, permittivity, softening):
    """Coulomb's law in a dielectric."""
    d = position_a - position_b
    r2 = wp.dot(d, d) + softening * softening
    return charge_a * charge_b / (permittivity * r2 * wp.sqrt(r2)) * d


def screened_coulomb_force(position_a, position_b, charge_a, charge_b, debye_length, softening):
    """Force of the Yukawa potential of a screened charge."""
    d = position_a - position_b
    r = wp.sqrt(wp.dot(d, d) + softening * softening)
    kappa = 1.0 / debye_length
    screening = (1.0 + kappa * r) * wp.exp(-kappa * r)
    coulomb_force = charge_a * charge_b * screening / (r * r * r) * d
    return coulomb_force


def pair_potential_energy(position_a, position_b, charge_a, charge_b, softening):
    r = wp.sqrt(wp.length_sq(position_a - position_b) + softening * softening)
    potential_energy = charge_a * charge_b / r
    return potential_energy


def potential_energy(charge, potential):
    return charge * potential


def lorentz_force(charge, velocity, electric_field, magnetic_field):
    return charge * (electric_field + wp.cross(velocity, magnetic_field))


def acceleration(lorentz_force, mass):
    return lorentz_force / mass


def drude_acceleration(charge, mass, velocity, electric_field, collision_rate):
    """Drude model with friction from collisions."""
    acceleration = charge / mass * electric_field - collision_rate * velocity
    return acceleration


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def boris_velocity(velocity, charge, mass, electric_field, magnetic_field, dt):
    """Boris push: half kick, rotation, half kick."""
    qm = 0.5 * charge / mass * dt
    v_minus = velocity + qm * electric_field
    t = qm * magnetic_field
    s = 2.0 * t / (1.0 + wp.dot(t, t))
    v_prime = v_minus + wp.cross(v_minus, t)
    v_plus = v_minus + wp.cross(v_prime, s)
    next_velocity = v_plus + qm * electric_field
    return next_velocity


def gyrated_velocity(velocity, magnetic_field, cyclotron_frequency, dt):
    """Exact rotation about the magnetic field."""
    axis = wp.normalize(magnetic_field)
    turn = wp.quat_from_axis_angle(axis, -cyclotron_frequency * dt)
    next_velocity = wp.quat_rotate(turn, velocity)
    return next_velocity


def scattered_velocity(velocity, collision_rate, dt, rng):
    """Isotropic elastic collisions at a given rate."""
    chance = 1.0 - wp.exp(-collision_rate * dt)
    next_velocity = velocity
    if wp.randf(rng) < chance:
        next_velocity = wp.length(velocity) * wp.sample_unit_sphere_surface(rng)
    return next_velocity


def next_position(position, velocity, dt):
    return position + velocity * dt


def kick_drift(position, velocity, lorentz_force, mass, dt):
    """Leapfrog step."""
    next_velocity = velocity + lorentz_force / mass * dt
    next_position = position + next_velocity * dt
    return next_position, next_velocity


def boundary_position(position, velocity, dt, max_position):
    """Periodic box."""
    moved = position + velocity * dt
    half = wp.max(wp.abs(max_position), wp.vec3(0.5, 0.5, 0.5))
    wraps = wp.vec3(
        wp.floor(0.5 * moved[0] / half[0] + 0.5),
        wp.floor(0.5 * moved[1] / half[1] + 0.5),
        wp.floor(0.5 * moved[2] / half[2] + 0.5),
    )
    next_position = moved - 2.0 * wp.cw_mul(wraps, half)
    return next_position


def debye_length(temperature, density):
    return wp.sqrt(temperature / density)


def plasma_frequency(density, charge, mass):
    return wp.abs(charge) * wp.sqrt(density / mass)


def cyclotron_frequency(charge, mass, magnetic_field):
    return charge * wp.length(magnetic_field) / mass


def gyroradius(velocity, magnetic_field, cyclotron_frequency):
    b_dir = wp.normalize(magnetic_field)
    v_perp = velocity - wp.dot(velocity, b_dir) * b_dir
    return wp.length(v_perp) / wp.max(wp.abs(cyclotron_frequency), 1.0e-6)


def plasma_beta(density, temperature, magnetic_field):
    magnetic_pressure = 0.5 * wp.length_sq(magnetic_field)
    return density * temperature / wp.max(magnetic_pressure, 1.0e-6)


def alfven_speed(magnetic_field, density, mass):
    """Speed of Alfven waves."""
    return wp.length(magnetic_field) / wp.sqrt(density * mass)


def exb_drift(electric_field, magnetic_field):
    """E cross B drift."""
    b2 = wp.max(wp.length_sq(magnetic_field), 1.0e-6)
    return wp.cross(electric_field, magnetic_field) / b2


def mobility_drift_velocity(charge, mobility, electric_field):
    drift_velocity = wp.sign(charge) * mobility * electric_field
    return drift_velocity


def mobility(charge, mass, collision_rate):
    return wp.abs(charge) / (mass * collision_rate)


def magnetized(cyclotron_frequency, collision_rate):
    return wp.abs(cyclotron_frequency) > collision_rate


def trapped(velocity, magnetic_field, max_magnetic_field):
    """Loss cone of a magnetic mirror."""
    b_dir = wp.normalize(magnetic_field)
    v_par = wp.dot(velocity, b_dir)
    v_perp2 = wp.length_sq(velocity) - v_par * v_par
    ratio = wp.length(max_magnetic_field) / wp.max(wp.length(magnetic_field), 1.0e-6)
    return v_par * v_par < v_perp2 * (ratio - 1.0)


def evanescent(wave_frequency, plasma_frequency):
    return wave_frequency < plasma_frequency


def gradient_drift(velocity, magnetic_field, field_gradient, cyclotron_frequency):
    """Drift of the guiding center in a field whose strength has a gradient."""
    b = wp.max(wp.length(magnetic_field), 0.05)
    b_dir = magnetic_field / b
    v_par = wp.dot(velocity, b_dir)
    v_perp2 = wp.max(wp.length_sq(velocity) - v_par * v_par, 0.0)
    omega = wp.max(wp.abs(cyclotron_frequency), 0.05)
    return 0.5 * v_perp2 / (omega * b) * wp.cross(b_dir, field_gradient)


def magnetic_moment(mass, velocity, magnetic_field):
    """Adiabatic invariant of the gyration."""
    b = wp.max(wp.length(magnetic_field), 0.05)
    v_par = wp.dot(velocity, magnetic_field) / b
    v_perp2 = wp.max(wp.dot(velocity, velocity) - v_par * v_par, 0.0)
    return 0.5 * mass * v_perp2 / b


def relativistic_push(momentum, charge, mass, electric_field, magnetic_field, light_speed, dt):
    """Relativistic Boris push of the momentum per mass."""
    qmdt2 = 0.5 * charge * dt / mass
    u_minus = momentum + qmdt2 * electric_field
    gamma = wp.sqrt(1.0 + wp.dot(u_minus, u_minus) / (light_speed * light_speed))
    t = qmdt2 / gamma * magnetic_field
    s = 2.0 / (1.0 + wp.dot(t, t)) * t
    u_prime = u_minus + wp.cross(u_minus, t)
    u_plus = u_minus + wp.cross(u_prime, s)
    next_momentum = u_plus + qmdt2 * electric_field
    return next_momentum


def higuera_cary_push(momentum, charge, mass, electric_field, magnetic_field, light_speed, dt):
    """Push of Higuera and Cary, which keeps the drift of fast particles right."""
    c2 = light_speed * light_speed
    k = 0.5 * charge * dt / mass
    u_minus = momentum + k * electric_field
    tau = k * magnetic_field
    tau2 = wp.dot(tau, tau)
    gamma2 = 1.0 + wp.dot(u_minus, u_minus) / c2
    u_star = wp.dot(u_minus, tau) / light_speed
    sigma = gamma2 - tau2
    gamma = wp.sqrt(0.5 * (sigma + wp.sqrt(sigma * sigma + 4.0 * (tau2 + u_star * u_star))))
    t = tau / gamma
    s = 1.0 / (1.0 + wp.dot(t, t))
    u_plus = s * (u_minus + wp.dot(u_minus, t) * t + wp.cross(u_minus, t))
    next_momentum = u_plus + k * electric_field + wp.cross(u_plus, t)
    return next_momentum


def ionization_fraction(temperature, density, ionization_energy):
    """Saha equation: the positive root for the ionized fraction."""
    ratio = ionization_energy / temperature
    if ratio > 60.0:
        return 0.0
    s = 10.0 * wp.pow(temperature, 1.5) / density * wp.exp(-ratio)
    return 0.5 * (wp.sqrt(s * s + 4.0 * s) - s)


def coulomb_logarithm(temperature, density):
    """Electron-ion Coulomb logarithm, cold or hot; electron volts and per cubic centimeter."""
    t_ev = 10.0 * temperature
    n_cc = 1.0e8 * density
    if t_ev < 10.0:
        log_lambda = 23.0 - wp.log(wp.sqrt(n_cc) * wp.pow(t_ev, -1.5))
    else:
        log_lambda = 24.0 - wp.log(wp.sqrt(n_cc) / t_ev)
    coulomb_logarithm = wp.max(log_lambda, 2.0)
    return coulomb_logarithm


def spitzer_resistivity(temperature, coulomb_logarithm):
    """Resistivity of a fully ionized plasma."""
    return 0.05 * coulomb_logarithm / wp.pow(temperature, 1.5)


def coulomb_collision(velocity_a, velocity_b, mass_a, mass_b, collision_rate, dt, rng):
    """Binary collision of two particles: their relative velocity turns by a random angle (Takizuka and Abe)."""
    rel = velocity_a - velocity_b
    g = wp.length(rel)
    if g < 1.0e-4:
        return velocity_a
    m_ab = mass_a * mass_b / (mass_a + mass_b)
    sigma = wp.sqrt(collision_rate * dt)
    delta = sigma * wp.randn(rng)
    d2 = delta * delta
    sin_t = 2.0 * delta / (1.0 + d2)
    one_cos = 2.0 * d2 / (1.0 + d2)
    phi = wp.tau * wp.randf(rng)
    h_perp = wp.max(wp.sqrt(rel[0] * rel[0] + rel[1] * rel[1]), 1.0e-4)
    dx = rel[0] * rel[2] / h_perp * sin_t * wp.cos(phi) - rel[1] * g / h_perp * sin_t * wp.sin(phi) - rel[0] * one_cos
    dy = rel[1] * rel[2] / h_perp * sin_t * wp.cos(phi) + rel[0] * g / h_perp * sin_t * wp.sin(phi) - rel[1] * one_cos
    dz = -h_perp * sin_t * wp.cos(phi) - rel[2] * one_cos
    next_velocity = velocity_a + m_ab / mass_a * wp.vec3(dx, dy, dz)
    return next_velocity


def maxwell_velocity(temperature, mass, rng):
    """Thermal velocity from a Maxwellian."""
    v_th = wp.sqrt(temperature / mass)
    drawn_velocity = v_th * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return drawn_velocity


def conductivity_tensor(parallel_conductivity, pedersen, hall, magnetic_field):
    """Conductivity of a magnetized plasma along, across and around the field."""
    b = magnetic_field / wp.max(wp.length(magnetic_field), 0.05)
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    along = wp.outer(b, b)
    return parallel_conductivity * along + pedersen * (unit - along) - hall * wp.skew(b)


def plasma_current(conductivity_tensor, electric_field):
    return conductivity_tensor * electric_field


def pressure_tensor(parallel_pressure, perpendicular_pressure, magnetic_field):
    """Gyrotropic pressure."""
    b = magnetic_field / wp.max(wp.length(magnetic_field), 0.05)
    along = wp.outer(b, b)
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    return perpendicular_pressure * unit + (parallel_pressure - perpendicular_pressure) * along


def firehose_unstable(parallel_pressure, perpendicular_pressure, magnetic_field):
    return parallel_pressure - perpendicular_pressure > wp.dot(magnetic_field, magnetic_field)
