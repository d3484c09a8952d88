"""Electromagnetics: charges and their fields, circuits, antennas, plasma."""

import warp as wp

ENTITIES = "charge electron ion probe_charge test_charge"
GROUPS = "species material conductor"
PAIRS = "charge_pair coupling link"
LAUNCH = "1:6 2:1"
SUMMED = "charge mass kinetic_energy power"
OPPOSITE = "coulomb_force wire_force"

QUANTITIES = """
charge             | real  | state   | -2 2       | charge q
mass               | real  | group   | 0.5 4      | mass m
position           | vec3  | state   | -3 3       | pos position x
velocity           | vec3  | state   | -2 2       | vel velocity v
distance           | real  | result  | 0 10       | dist r distance
speed              | real  | result  | 0 4        | speed v_mag
kinetic_energy     | real  | result  |            | kinetic_energy ke
electric_field     | vec3  | state   | -5 5       | e_field electric_field E
magnetic_field     | vec3  | state   | -3 3       | b_field magnetic_field B
field_strength     | real  | result  | 0 10       | field_strength e_mag
lorentz_force      | vec3  | result  | -30 30     | force lorentz_force f_lorentz
coulomb_force      | vec3  | result  |            | coulomb_force f_coulomb
wire_force         | vec3  | result  |            | wire_force f_wire
acceleration       | vec3  | result  | -20 20     | accel acceleration a
potential          | real  | state   | -5 5       | potential phi
potential_energy   | real  | result  |            | potential_energy pe
softening          | real  | uniform | 0.1 0.5    | softening eps_soft     | 0.1
dt                 | real  | uniform | 0.001 0.1  | dt                     | 0.01 0.05
permittivity       | real  | group   | 1 10       | permittivity eps_r     | 1.0 2.2 4.4
permeability       | real  | group   | 0.5 4      | permeability mu_r      | 1.0
conductivity       | real  | group   | 0.1 4      | conductivity sigma     | 1.0
dipole_moment      | vec3  | state   | -2 2       | dipole dipole_moment p_dip
torque             | vec3  | result  |            | torque tau
poynting           | vec3  | result  | -20 20     | poynting s_vec
energy_density     | real  | result  | 0 100      | energy_density u_em
current            | real  | state   | -3 3       | current i_wire amps
direction          | vec3  | state   | -1 1       | direction dir_wire axis
observer           | vec3  | uniform | -4 4       | observer probe field_point
voltage            | real  | state   | -5 5       | voltage v_in volts
resistance         | real  | state   | 0.5 10     | resistance r_ohm
inductance         | real  | state   | 0.1 2      | inductance l_ind
capacitance        | real  | state   | 0.1 2      | capacitance c_cap
frequency          | real  | uniform | 0.2 2      | freq frequency f0      | 1.0 1.5
angular_frequency  | real  | result  | 1 12       | omega angular_frequency
time               | real  | uniform | 0 5        | t time
impedance          | vec2  | state   | -10 10     | impedance z_load
reflection         | vec2  | result  | -1 1       | gamma reflection refl
line_impedance     | real  | uniform | 5 20       | z0 line_impedance      | 10.0
standing_wave_ratio | real | result  |            | vswr swr
power              | real  | result  | 0 50       | power p_diss
gain               | real  | state   | 0 30 | gain ant_gain
gain_decibels      | real  | result  | -30 30     | gain_db level_db
wavelength         | real  | result  | 0.1 6      | wavelength wave_len
wave_number        | real  | result  | 1 40       | k wave_number
skin_depth         | real  | result  | 0.01 3     | skin_depth delta
depth              | real  | state   | 0.01 2     | depth z_depth
array_factor       | vec2  | result  | -5 5       | array_factor af
phase              | real  | result  | -100 100   | phase phi_k
weights            | reals | state   | 0.1 1      | weights excitation w_n
spacing            | real  | uniform | 0.1 0.5    | spacing d_el           | 0.25 0.5
steering           | real  | state   | -1.5 1.5   | theta steering angle
density            | real  | state   | 0.1 5      | n_e density plasma_density
temperature        | real  | state   | 0.1 5      | temperature t_e
debye_length       | real  | result  | 0.05 200 | debye_length lambda_d
plasma_frequency   | real  | result  | 0 10       | omega_p plasma_frequency
cyclotron_frequency | real | result  | -10 10     | omega_c cyclotron_frequency
gyroradius         | real  | result  | 0.001 200 | r_l gyroradius
plasma_beta        | real  | result  |            | beta plasma_beta
drift_velocity     | vec3  | result  | -25 25     | v_drift drift_velocity
collision_rate     | real  | uniform | 0.1 2      | nu_coll collision_rate | 0.1 1.0
mobility           | real  | result  | 0 15       | mobility mu_e
current_density    | vec3  | state   | -9 9       | j current_density j_vec
maxwell_stress     | mat33 | result  | -40 40     | stress maxwell_stress t_em
magnetized         | bool  | result  |            | magnetized is_magnetized
trapped            | bool  | result  |            | trapped mirror_trapped
evanescent         | bool  | result  |            | evanescent cutoff
light_speed | real | uniform | 5 20 | c light_speed | 10.0
radius | real | state | 0.1 0.8 | radius r_s
induced_voltage | real | result | | emf induced_voltage v_ind
alfven_speed | real | result | | v_a alfven_speed
received_power | real | result | | p_rx received_power
saturation_current | real | group | 0.001 0.02 | i_sat saturation_current | 0.01
thermal_voltage | real | uniform | 0.8 2 | v_t thermal_voltage | 1.0
ball_radius | real | uniform | 0.5 2 | ball_radius r_ball | 1.0
"""


def distance(position, observer):
    return wp.length(position - observer)


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


def field_strength(electric_field):
    return wp.length(electric_field)


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


def dipole_pair_energy(position_a, position_b, dipole_moment_a, dipole_moment_b, softening):
    """Interaction energy of two point dipoles."""
    d = position_b - position_a
    r2 = wp.dot(d, d) + softening
    r = wp.sqrt(r2)
    n = d / r
    along = wp.dot(dipole_moment_a, n) * wp.dot(dipole_moment_b, n)
    potential_energy = (wp.dot(dipole_moment_a, dipole_moment_b) - 3.0 * along) / (r2 * r)
    return potential_energy


def wire_force(position_a, position_b, current_a, current_b, permeability, softening):
    """Attraction of two parallel wires along z."""
    d = position_b - position_a
    flat = wp.vec3(d[0], d[1], 0.0)
    r2 = wp.dot(flat, flat) + softening * softening
    return permeability * current_a * current_b / (wp.tau * r2) * flat


def mutual_inductance_voltage(inductance_a, inductance_b, current_a, previous_current_a, dt):
    """Voltage that a changing current induces in a coupled coil."""
    mutual = 0.3 * wp.sqrt(inductance_a * inductance_b)
    induced_voltage = -mutual * (current_a - previous_current_a) / dt
    return induced_voltage


def point_charge_field(position, charge, observer, permittivity, softening):
    d = observer - position
    r2 = wp.dot(d, d) + softening * softening
    electric_field = charge / (permittivity * r2 * wp.sqrt(r2)) * d
    return electric_field


def dipole_field(position, dipole_moment, observer, softening):
    """Electric field of a point dipole."""
    d = observer - position
    r2 = wp.dot(d, d) + softening
    r = wp.sqrt(r2)
    n = d / r
    electric_field = (3.0 * wp.dot(dipole_moment, n) * n - dipole_moment) / (r2 * r)
    return electric_field


def line_charge_field(position, charge, direction, observer, softening):
    """Field of an infinite line of charge."""
    axis = wp.normalize(direction)
    d = observer - position
    radial = d - wp.dot(d, axis) * axis
    r2 = wp.dot(radial, radial) + softening * softening
    electric_field = 2.0 * charge / r2 * radial
    return electric_field


def ball_field(position, charge, observer, ball_radius):
    """Uniformly charged ball: linear inside, Coulomb outside."""
    d = observer - position
    r = wp.length(d)
    if r < ball_radius:
        return charge * d / (ball_radius * ball_radius * ball_radius)
    electric_field = charge * d / (r * r * r)
    return electric_field


def biot_savart_field(position, current, direction, observer, softening):
    """Biot-Savart law for a current element."""
    d = observer - position
    r2 = wp.dot(d, d) + softening * softening
    magnetic_field = current / (4.0 * wp.pi * r2 * wp.sqrt(r2)) * wp.cross(direction, d)
    return magnetic_field


def wire_magnetic_field(position, current, direction, observer, permeability):
    """Ampere's law around a long straight wire."""
    axis = wp.normalize(direction)
    d = observer - position
    radial = d - wp.dot(d, axis) * axis
    r2 = wp.max(wp.dot(radial, radial), 1.0e-6)
    magnetic_field = permeability * current / (wp.tau * r2) * wp.cross(axis, radial)
    return magnetic_field


def moving_charge_field(velocity, electric_field, light_speed):
    """Magnetic field of a charge that moves slowly."""
    magnetic_field = wp.cross(velocity, electric_field) / (light_speed * light_speed)
    return magnetic_field


def loop_axis_field(current, position, observer, radius):
    """On-axis field of a loop of current."""
    z = wp.length(observer - position)
    r2 = radius * radius
    b_axis = 0.5 * current * r2 / wp.pow(r2 + z * z, 1.5)
    magnetic_field = wp.vec3(0.0, 0.0, b_axis)
    return magnetic_field


def potential(position, charge, observer, softening):
    r2 = wp.length_sq(observer - position)
    return charge / wp.sqrt(r2 + softening * softening)


def screened_potential(charge, distance, debye_length):
    """Debye-Hueckel potential."""
    r = wp.max(distance, 0.1)
    potential = charge / r * wp.exp(-r / debye_length)
    return potential


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


def torque(dipole_moment, electric_field):
    return wp.cross(dipole_moment, electric_field)


def dipole_energy(dipole_moment, electric_field):
    potential_energy = -wp.dot(dipole_moment, electric_field)
    return potential_energy


def induced_dipole_moment(electric_field, permittivity, radius):
    """Clausius-Mossotti polarization of a small dielectric sphere."""
    factor = (permittivity - 1.0) / (permittivity + 2.0)
    dipole_moment = factor * radius * radius * radius * electric_field
    return dipole_moment


def poynting(electric_field, magnetic_field, permeability):
    """Poynting vector."""
    return wp.cross(electric_field, magnetic_field) / permeability


def energy_density(electric_field, magnetic_field, permittivity, permeability):
    e_part = 0.5 * permittivity * wp.length_sq(electric_field)
    b_part = 0.5 * wp.length_sq(magnetic_field) / permeability
    return e_part + b_part


def maxwell_stress(electric_field, magnetic_field, energy_density):
    """Maxwell stress tensor."""
    diagonal = wp.diag(wp.vec3(energy_density, energy_density, energy_density))
    return wp.outer(electric_field, electric_field) + wp.outer(magnetic_field, magnetic_field) - diagonal


def boundary_electric_field(electric_field, direction, permittivity):
    """Field across a dielectric boundary: the normal part is weakened."""
    n = wp.normalize(direction)
    normal_part = wp.dot(electric_field, n) * n
    tangential = electric_field - normal_part
    next_electric_field = tangential + normal_part / permittivity
    return next_electric_field


def boosted_fields(electric_field, magnetic_field, velocity, light_speed):
    """Low-velocity transformation of the fields to a moving frame."""
    c2 = light_speed * light_speed
    next_electric_field = electric_field + wp.cross(velocity, magnetic_field)
    next_magnetic_field = magnetic_field - wp.cross(velocity, electric_field) / c2
    return next_electric_field, next_magnetic_field


def electric_field_rate(current_density, permittivity, magnetic_field, direction, wave_number):
    """Ampere-Maxwell law for a plane wave along a direction."""
    curl_b = wave_number * wp.cross(wp.normalize(direction), magnetic_field)
    return (curl_b - current_density) / permittivity


def next_electric_field(electric_field, electric_field_rate, conductivity, permittivity, dt):
    """Lossy FDTD update of the electric field."""
    loss = 0.5 * conductivity * dt / permittivity
    return (1.0 - loss) / (1.0 + loss) * electric_field + dt / (1.0 + loss) * electric_field_rate


def yee_field(electric_field_a, electric_field_b, magnetic_field_a, spacing, dt):
    """One face of a Yee cell along x."""
    ratio = dt / spacing
    b_y = magnetic_field_a[1] + ratio * (electric_field_b[2] - electric_field_a[2])
    b_z = magnetic_field_a[2] - ratio * (electric_field_b[1] - electric_field_a[1])
    next_magnetic_field = wp.vec3(magnetic_field_a[0], b_y, b_z)
    return next_magnetic_field


def current_density(conductivity, electric_field):
    """Ohm's law at a point."""
    return conductivity * electric_field


def hall_current_density(electric_field, magnetic_field, conductivity, mobility):
    """Ohm's law with the Hall effect."""
    mu_b = mobility * magnetic_field
    parallel = electric_field + wp.dot(mu_b, electric_field) * mu_b
    numerator = parallel - wp.cross(mu_b, electric_field)
    current_density = conductivity * numerator / (1.0 + wp.dot(mu_b, mu_b))
    return current_density


def ohm_current(voltage, resistance):
    current = voltage / resistance
    return current


def power(current, resistance):
    """Joule heating."""
    return current * current * resistance


def branch_current(potential_a, potential_b, resistance_a, resistance_b):
    current = (potential_a - potential_b) / (resistance_a + resistance_b)
    return current


def charging_voltage(voltage, resistance, capacitance, time):
    """Charging of a capacitor through a resistor."""
    next_voltage = voltage * (1.0 - wp.exp(-time / (resistance * capacitance)))
    return next_voltage


def current_rate(voltage, current, resistance, inductance):
    return (voltage - resistance * current) / inductance


def next_current(current, current_rate, dt):
    return current + current_rate * dt


def rlc_step(current, voltage, resistance, inductance, capacitance, dt):
    """Semi-implicit step of a series RLC circuit."""
    next_current = current + dt * (-voltage - resistance * current) / inductance
    next_voltage = voltage + dt * next_current / capacitance
    return next_current, next_voltage


def rlc_ringing(voltage, resistance, inductance, capacitance, time):
    """Discharge of a series RLC circuit: oscillating, critical or aperiodic."""
    decay = 0.5 * resistance / inductance
    omega2 = 1.0 / (inductance * capacitance) - decay * decay
    envelope = wp.exp(-wp.min(decay * time, 20.0))
    next_voltage = voltage * envelope * (1.0 + decay * time)
    if omega2 > 1.0e-4:
        omega_d = wp.sqrt(omega2)
        next_voltage = voltage * envelope * (wp.cos(omega_d * time) + decay / omega_d * wp.sin(omega_d * time))
    elif omega2 < -1.0e-4:
        root = wp.sqrt(-omega2)
        slow = wp.exp((root - decay) * time)
        fast = wp.exp(-(root + decay) * time)
        next_voltage = 0.5 * voltage * ((1.0 + decay / root) * slow + (1.0 - decay / root) * fast)
    return next_voltage


def resonant_frequency(inductance, capacitance):
    """Thomson's formula."""
    angular_frequency = 1.0 / wp.sqrt(inductance * capacitance)
    return angular_frequency


def angular_frequency(frequency):
    return wp.tau * frequency


def series_impedance(resistance, inductance, capacitance, angular_frequency):
    impedance = wp.vec2(resistance, angular_frequency * inductance - 1.0 / (angular_frequency * capacitance))
    return impedance


def diode_current(voltage, saturation_current, thermal_voltage):
    """Shockley's diode equation."""
    exponent = voltage / thermal_voltage
    current = saturation_current * (wp.exp(exponent) - 1.0)
    return current


def reflection(impedance, line_impedance):
    """Complex reflection coefficient at the end of a line."""
    r = wp.abs(impedance[0])
    x = impedance[1]
    denom = (r + line_impedance) * (r + line_impedance) + x * x
    re = (r * r - line_impedance * line_impedance + x * x) / denom
    return wp.vec2(re, 2.0 * x * line_impedance / denom)


def standing_wave_ratio(reflection):
    mag = wp.min(wp.length(reflection), 0.999)
    return (1.0 + mag) / (1.0 - mag)


def delivered_power(voltage, impedance, line_impedance):
    """Power that a matched source delivers to a complex load."""
    r = wp.abs(impedance[0])
    total = wp.vec2(r + line_impedance, impedance[1])
    power = 0.5 * voltage * voltage * r / wp.length_sq(total)
    return power


def wavelength(frequency, permittivity, permeability):
    return 1.0 / (frequency * wp.sqrt(permittivity * permeability))


def wave_number(wavelength):
    return wp.tau / wavelength


def skin_depth(angular_frequency, conductivity, permeability):
    return wp.sqrt(2.0 / (angular_frequency * conductivity * permeability))


def attenuated_field(electric_field, depth, skin_depth, time, angular_frequency):
    """Decay and delay of a wave inside of a conductor."""
    ratio = depth / wp.max(skin_depth, 0.01)
    next_electric_field = electric_field * wp.exp(-ratio) * wp.cos(angular_frequency * time - ratio)
    return next_electric_field


def friis_power(power, gain_a, gain_b, wavelength, position_a, position_b):
    """Friis transmission equation."""
    r = wp.max(wp.length(position_a - position_b), 1.0e-6)
    path = wavelength / (4.0 * wp.pi * r)
    received_power = power * gain_a * gain_b * path * path
    return received_power


def gain_decibels(gain):
    return 10.0 * wp.log10(wp.max(gain, 1.0e-6))


def dipole_gain(steering):
    """Pattern of a half-wave dipole."""
    s = wp.max(wp.cos(steering), 1.0e-6)
    pattern = wp.cos(wp.half_pi * wp.sin(steering)) / s
    gain = 1.64 * pattern * pattern
    return gain


def phase(position, direction, wave_number, angular_frequency, time):
    return wave_number * wp.dot(wp.normalize(direction), position) - angular_frequency * time


def array_factor(weights, spacing, steering, wave_number):
    """Far field of a linear array of antennas."""
    psi = wave_number * spacing * wp.sin(steering)
    re = float(0.0)
    im = float(0.0)
    for n in range(len(weights)):
        re += weights[n] * wp.cos(float(n) * psi)
        im += weights[n] * wp.sin(float(n) * psi)
    return wp.vec2(re, im)


def array_gain(array_factor, weights):
    """Directivity of an array over that of its elements."""
    total = float(0.0)
    for n in range(len(weights)):
        total += weights[n] * weights[n]
    gain = wp.length_sq(array_factor) / wp.max(total, 1.0e-6)
    return gain


def debye_length(temperature, density, charge):
    return wp.sqrt(temperature / (density * wp.max(charge * charge, 1.0e-4)))


def plasma_frequency(density, charge, mass):
    return wp.abs(charge) * wp.sqrt(density / mass)


def cyclotron_frequency(charge, mass, magnetic_field):
    return charge * wp.length(magnetic_field) / mass


def gyroradius(velocity, magnetic_field, cyclotron_frequency):
    b_dir = wp.normalize(magnetic_field)
    v_perp = velocity - wp.dot(velocity, b_dir) * b_dir
    return wp.length(v_perp) / wp.max(wp.abs(cyclotron_frequency), 1.0e-6)


def plasma_beta(density, temperature, magnetic_field, permeability):
    magnetic_pressure = 0.5 * wp.length_sq(magnetic_field) / permeability
    return density * temperature / wp.max(magnetic_pressure, 1.0e-6)


def alfven_speed(magnetic_field, density, mass, permeability):
    """Speed of Alfven waves."""
    return wp.length(magnetic_field) / wp.sqrt(permeability * density * mass)


def exb_drift_velocity(electric_field, magnetic_field):
    """E cross B drift."""
    b2 = wp.max(wp.length_sq(magnetic_field), 1.0e-6)
    drift_velocity = wp.cross(electric_field, magnetic_field) / b2
    return drift_velocity


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


def evanescent(angular_frequency, plasma_frequency):
    return angular_frequency < plasma_frequency
