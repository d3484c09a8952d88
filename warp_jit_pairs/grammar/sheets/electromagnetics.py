"""Electromagnetics: charges and their fields, circuits, antennas, plasma."""

import warp as wp

ENTITIES = "source element"
GROUPS = "material conductor"
PAIRS = "source_pair coupling"
LAUNCH = "1:6 2:1"
SUMMED = "charge energy_density"
OPPOSITE = "wire_force"

QUANTITIES = """
charge                    | real  | state   | -2 2       | charge q
position                  | vec3  | state   | -3 3       | pos position x
velocity                  | vec3  | state   | -2 2       | vel velocity v
distance                  | real  | result  | 0 10       | dist r distance
electric_field            | vec3  | state   | -5 5       | e_field electric_field E
magnetic_field            | vec3  | state   | -3 3       | b_field magnetic_field B
field_strength            | real  | result  | 0 10       | field_strength e_mag
wire_force                | vec3  | result  |            | wire_force f_wire
softening                 | real  | uniform | 0.1 0.5    | softening eps_soft        | 0.1
dt                        | real  | uniform | 0.001 0.1  | dt                        | 0.01 0.05
permittivity              | real  | group   | 1 10       | permittivity eps_r        | 1.0 2.2 4.4
permeability              | real  | group   | 0.5 4      | permeability mu_r         | 1.0
conductivity              | real  | group   | 0.1 4      | conductivity sigma        | 1.0
dipole_moment             | vec3  | state   | -2 2       | dipole dipole_moment p_dip
torque                    | vec3  | result  |            | torque tau
poynting                  | vec3  | result  | -20 20     | poynting s_vec
energy_density            | real  | result  | 0 100      | energy_density u_em
current                   | real  | state   | -3 3       | current i_wire amps
observer                  | vec3  | uniform | -4 4       | observer probe field_point
angular_frequency         | real  | result  | 1 12       | omega angular_frequency
time                      | real  | uniform | 0 5        | t time
wave_number               | real  | result  | 0.5 80     | k_wave wave_number
skin_depth                | real  | result  | 0.01 3     | skin_depth delta
depth                     | real  | state   | 0.01 2     | depth z_depth
phase                     | real  | result  | -100 100   | phase phi_k
mobility                  | real  | result  | 0 15       | mobility mu_e
current_density           | vec3  | state   | -9 9       | j current_density j_vec
maxwell_stress            | mat33 | result  | -40 40     | stress maxwell_stress t_em
light_speed               | real  | uniform | 5 20       | c light_speed             | 10.0
ball_radius               | real  | uniform | 0.5 2      | ball_radius r_ball        | 1.0
source_field              | vec3  | result  | -20 20     | e_src source_field e_obs
source_b_field            | vec3  | result  |            | b_src source_b b_obs
source_potential          | real  | result  | -15 15     | phi_src source_phi potential
screening_length          | real  | group   | 0.2 5      | lambda_d screening_length | 1.0
pair_energy               | real  | result  | -4 4       | u_dd dipole_energy
dipole_energy             | real  | result  | -20 20     | u_dip dipole_energy
induced_dipole            | vec3  | result  |            | p_ind induced_dipole
wire_direction            | vec3  | state   | -1 1       | wire_dir dl
boundary_normal           | vec3  | state   | -1 1       | surface_n boundary_normal n_hat
wave_direction            | vec3  | uniform | -1 1       | wave_dir k_hat
loop_radius               | real  | state   | 0.1 0.8    | loop_radius r_loop
sphere_radius             | real  | state   | 0.1 0.8    | sphere_radius r_sphere
transmitted_field         | vec3  | result  |            | e_trans transmitted_field
boosted_electric          | vec3  | result  |            | e_prime boosted_e
boosted_magnetic          | vec3  | result  |            | b_prime boosted_b
frame_velocity            | vec3  | uniform | -2 2       | frame_vel v_frame
curl_h                    | vec3  | state   | -4 4       | curl_h rot_h
cell_size                 | real  | uniform | 0.1 0.5    | dx cell_size              | 0.1 0.25
attenuated_field          | vec3  | result  |            | e_att attenuated_field
incidence                 | real  | state   | 0 1.5      | theta_i incidence
field_reflection          | vec2  | result  | -1 1       | refl r_coeffs
slab_thickness            | real  | state   | 0.05 1     | slab_thickness d_slab
slab_transmission         | real  | result  | 0 1        | transmission t_slab
turns_per_length          | real  | group   | 10 100     | turns_per_len n_turns     | 50.0
coil_radius               | real  | state   | 0.1 0.5    | coil_radius r_coil
coil_length               | real  | state   | 0.2 2      | coil_length l_coil
axial_position            | real  | state   | -2 2       | axial_pos z_axis
axial_field               | real  | result  | -200 200   | b_axis axial_field
conductor_radius          | real  | state   | 0.1 0.3    | r_inner conductor_radius
shield_radius             | real  | state   | 0.5 1      | r_shield shield_radius
radial_distance           | real  | state   | 0.01 1.5   | r_dist radial_distance
cable_field               | real  | result  | -2 2       | b_cable h_phi
wire_start                | vec3  | state   | -3 3       | wire_start seg_start
wire_end                  | vec3  | state   | -3 3       | wire_end seg_end
segment_b_field           | vec3  | result  |            | b_seg segment_b
field_h                   | real  | state   | -3 3       | h_field applied_h
saturation                | real  | group   | 0.5 2      | m_sat saturation          | 1.0
coercivity                | real  | group   | 0.1 0.8    | h_c coercivity            | 0.3
shape_field               | real  | group   | 0.3 2      | h_shape shape_field       | 1.0
magnetization             | real  | result  | -2 2       | m_hyst magnetization
equilibrium_magnetization | real  | result  | -1.5 1.5   | m_anh m_eq
surface_charge            | real  | state   | -2 2       | sigma_s surface_charge
gap_width                 | real  | state   | 0.1 1      | gap_width d_gap
applied_voltage           | real  | state   | -5 5       | v_applied applied_voltage
gap_field                 | real  | result  | -40 40     | e_gap gap_field
resonance                 | real  | group   | 2 8        | omega_0 resonance         | 4.0
oscillator_damping        | real  | group   | 0.2 1      | gamma_osc damping         | 0.5
oscillator_strength       | real  | group   | 0.5 5      | strength omega_p2         | 1.0
complex_permittivity      | vec2  | result  |            | eps_c complex_eps
frequency                 | real  | uniform | 0.2 2      | freq frequency f0         | 1.0 1.5
retardance                | real  | state   | 0 3.14     | retardance delta_wp
axis_angle                | real  | state   | -1.57 1.57 | axis_angle theta_axis
retarder_matrix           | mat33 | result  | -1 1       | M_ret mueller
stokes                    | vec3  | state   | -1 1       | stokes quv
retarded_light            | vec3  | result  |            | stokes_out quv_out
leakage                   | real  | uniform | 0.001 0.1  | leakage extinction        | 0.01
polarizer_matrix          | mat22 | result  | -1 1.1     | J_pol jones
transverse_field          | vec2  | state   | -3 3       | e_xy transverse_e
passed_field              | vec2  | result  |            | e_passed e_out
ordinary_index            | real  | group   | 1.3 2.4    | n_o ordinary_index        | 1.658
extraordinary_index       | real  | group   | 1.3 2.4    | n_e extra_index           | 1.486
optic_axis                | vec3  | state   | -1 1       | optic_axis c_axis
permittivity_tensor       | mat33 | result  | -4 6       | eps_tensor permittivity_t
displacement_field        | vec3  | result  |            | d_field displacement
layer_index               | real  | state   | 1.2 3      | n_layer layer_index
layer_phase               | real  | state   | 0.1 3      | delta_layer phase_thickness
layer_matrix              | mat22 | result  |            | M_layer char_matrix
coil_currents | vec2 | state | -3 3 | i_coils coil_currents
coil_inductances | vec2 | group | 0.1 2 | L_self self_inductance
coil_coupling | real | group | 0.05 0.9 | k_couple coil_coupling
inductance_matrix | mat22 | result | -1 2 | L_mat inductance
flux_linkage | vec2 | result | -12 12 | lambda_flux linkage
coil_energy | real | result | | e_coils coil_energy
coil_voltages | vec2 | state | -10 10 | v_coils drive_v
coil_resistances | vec2 | group | 0.1 2 | R_coils coil_r
demagnetizing | vec3 | group | 0.1 0.6 | N_demag demag_factors
susceptibility | real | group | 0.1 10 | chi_m susceptibility
magnet_axes | quat | state | -1 1 | q_mag magnet_q
effective_susceptibility | mat33 | result | -10 10 | chi_eff chi_tensor
"""


def distance(position, observer):
    return wp.length(position - observer)


def field_strength(electric_field):
    return wp.length(electric_field)


def dipole_pair_energy(position_a, position_b, dipole_moment_a, dipole_moment_b, softening):
    """Interaction energy of two point dipoles."""
    d = position_b - position_a
    r2 = wp.dot(d, d) + softening
    r = wp.sqrt(r2)
    n = d / r
    along = wp.dot(dipole_moment_a, n) * wp.dot(dipole_moment_b, n)
    pair_energy = (wp.dot(dipole_moment_a, dipole_moment_b) - 3.0 * along) / (r2 * r)
    return pair_energy


def wire_force(position_a, position_b, current_a, current_b, permeability, softening):
    """Attraction of two parallel wires along z."""
    d = position_b - position_a
    flat = wp.vec3(d[0], d[1], 0.0)
    r2 = wp.dot(flat, flat) + softening * softening
    return permeability * current_a * current_b / (wp.tau * r2) * flat


def point_charge_field(position, charge, observer, permittivity, softening):
    d = observer - position
    r2 = wp.dot(d, d) + softening * softening
    source_field = charge / (permittivity * r2 * wp.sqrt(r2)) * d
    return source_field


def dipole_field(position, dipole_moment, observer, softening):
    """Electric field of a point dipole."""
    d = observer - position
    r2 = wp.dot(d, d) + softening
    r = wp.sqrt(r2)
    n = d / r
    source_field = (3.0 * wp.dot(dipole_moment, n) * n - dipole_moment) / (r2 * r)
    return source_field


def line_charge_field(position, charge, wire_direction, observer, softening):
    """Field of an infinite line of charge."""
    axis = wp.normalize(wire_direction)
    d = observer - position
    radial = d - wp.dot(d, axis) * axis
    r2 = wp.dot(radial, radial) + softening * softening
    source_field = 2.0 * charge / r2 * radial
    return source_field


def ball_field(position, charge, observer, ball_radius):
    """Uniformly charged ball: linear inside, Coulomb outside."""
    d = observer - position
    r = wp.length(d)
    if r < ball_radius:
        return charge * d / (ball_radius * ball_radius * ball_radius)
    source_field = charge * d / (r * r * r)
    return source_field


def biot_savart_field(position, current, wire_direction, observer, softening):
    """Biot-Savart law for a current element."""
    d = observer - position
    r2 = wp.dot(d, d) + softening * softening
    source_b_field = current / (4.0 * wp.pi * r2 * wp.sqrt(r2)) * wp.cross(wire_direction, d)
    return source_b_field


def wire_magnetic_field(position, current, wire_direction, observer, permeability):
    """Ampere's law around a long straight wire."""
    axis = wp.normalize(wire_direction)
    d = observer - position
    radial = d - wp.dot(d, axis) * axis
    r2 = wp.max(wp.dot(radial, radial), 1.0e-6)
    source_b_field = permeability * current / (wp.tau * r2) * wp.cross(axis, radial)
    return source_b_field


def moving_charge_field(velocity, source_field, light_speed):
    """Magnetic field of a charge that moves slowly."""
    source_b_field = wp.cross(velocity, source_field) / (light_speed * light_speed)
    return source_b_field


def loop_axis_field(current, position, observer, loop_radius):
    """On-axis field of a loop of current."""
    z = wp.length(observer - position)
    r2 = loop_radius * loop_radius
    b_axis = 0.5 * current * r2 / wp.pow(r2 + z * z, 1.5)
    source_b_field = wp.vec3(0.0, 0.0, b_axis)
    return source_b_field


def source_potential(position, charge, observer, softening):
    r2 = wp.length_sq(observer - position)
    return charge / wp.sqrt(r2 + softening * softening)


def screened_potential(charge, distance, screening_length):
    """Debye-Hueckel potential."""
    r = wp.max(distance, 0.1)
    source_potential = charge / r * wp.exp(-r / screening_length)
    return source_potential


def torque(dipole_moment, electric_field):
    return wp.cross(dipole_moment, electric_field)


def dipole_energy(dipole_moment, electric_field):
    return -wp.dot(dipole_moment, electric_field)


def induced_dipole_moment(electric_field, permittivity, sphere_radius):
    """Clausius-Mossotti polarization of a small dielectric sphere."""
    factor = (permittivity - 1.0) / (permittivity + 2.0)
    induced_dipole = factor * sphere_radius * sphere_radius * sphere_radius * electric_field
    return induced_dipole


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


def transmitted_field(electric_field, boundary_normal, permittivity):
    """Field across a dielectric boundary: the normal part is weakened."""
    n = wp.normalize(boundary_normal)
    normal_part = wp.dot(electric_field, n) * n
    tangential = electric_field - normal_part
    return tangential + normal_part / permittivity


def boosted_fields(electric_field, magnetic_field, frame_velocity, light_speed):
    """Low-velocity transformation of the fields to a moving frame."""
    c2 = light_speed * light_speed
    boosted_electric = electric_field + wp.cross(frame_velocity, magnetic_field)
    boosted_magnetic = magnetic_field - wp.cross(frame_velocity, electric_field) / c2
    return boosted_electric, boosted_magnetic


def next_electric_field(electric_field, curl_h, conductivity, permittivity, dt):
    """Lossy FDTD update of the electric field."""
    loss = 0.5 * conductivity * dt / permittivity
    return (1.0 - loss) / (1.0 + loss) * electric_field + dt / (permittivity * (1.0 + loss)) * curl_h


def yee_field(electric_field_a, electric_field_b, magnetic_field_a, cell_size, dt):
    """One face of a Yee cell along x."""
    ratio = dt / cell_size
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


def skin_depth(angular_frequency, conductivity, permeability):
    return wp.sqrt(2.0 / (angular_frequency * conductivity * permeability))


def attenuated_field(electric_field, depth, skin_depth, time, angular_frequency):
    """Decay and delay of a wave inside of a conductor."""
    ratio = depth / wp.max(skin_depth, 0.01)
    attenuated_field = electric_field * wp.exp(-ratio) * wp.cos(angular_frequency * time - ratio)
    return attenuated_field


def phase(position, wave_direction, wave_number, angular_frequency, time):
    return wave_number * wp.dot(wp.normalize(wave_direction), position) - angular_frequency * time


def angular_frequency(frequency):
    return wp.tau * frequency


def wave_number(angular_frequency, permittivity, permeability):
    return angular_frequency * wp.sqrt(permittivity * permeability)


def fresnel_coefficients(incidence, permittivity):
    """Reflection of both polarizations at a dielectric, seen from the vacuum."""
    c = wp.cos(incidence)
    s2 = 1.0 - c * c
    root = wp.sqrt(wp.max(permittivity - s2, 1.0e-6))
    r_s = (c - root) / (c + root)
    r_p = (permittivity * c - root) / (permittivity * c + root)
    field_reflection = wp.vec2(r_s, r_p)
    return field_reflection


def slab_transmission(angular_frequency, permittivity, conductivity, slab_thickness):
    """Share of a wave's power that passes a lossy slab, without interference."""
    n = wp.sqrt(permittivity)
    r = (n - 1.0) / (n + 1.0)
    surface = 1.0 - r * r
    loss = 0.5 * conductivity / (n * permittivity * angular_frequency)
    alpha = 2.0 * angular_frequency * n * loss
    inside = wp.exp(-alpha * slab_thickness)
    passed = surface * surface * inside
    back = r * r * inside * inside
    return passed / wp.max(1.0 - back * r * r, 0.05)


def coil_field(current, turns_per_length, coil_radius, coil_length, axial_position):
    """Field on the axis of a solenoid of finite length."""
    to_start = axial_position + 0.5 * coil_length
    to_end = axial_position - 0.5 * coil_length
    r2 = coil_radius * coil_radius
    cos_1 = to_start / wp.sqrt(to_start * to_start + r2)
    cos_2 = to_end / wp.sqrt(to_end * to_end + r2)
    axial_field = 0.5 * turns_per_length * current * (cos_1 - cos_2)
    return axial_field


def cable_field(current, conductor_radius, shield_radius, radial_distance):
    """Field in a coaxial cable: inside of the conductor, between, and outside of the shield."""
    if radial_distance < conductor_radius:
        inside = radial_distance * radial_distance / (conductor_radius * conductor_radius)
        return current * inside / (wp.tau * wp.max(radial_distance, 1.0e-3))
    if radial_distance < shield_radius:
        return current / (wp.tau * radial_distance)
    return 0.0


def segment_field(wire_start, wire_end, observer, current, softening):
    """Magnetic field of a straight piece of wire."""
    r1 = observer - wire_start
    r2 = observer - wire_end
    l1 = wp.sqrt(wp.dot(r1, r1) + softening * softening)
    l2 = wp.sqrt(wp.dot(r2, r2) + softening * softening)
    n = wp.cross(r1, r2)
    denom = l1 * l2 * (l1 * l2 + wp.dot(r1, r2)) + softening * softening
    factor = current / (4.0 * wp.pi) * (l1 + l2) / denom
    segment_b_field = factor * n
    return segment_b_field


def magnetization(field_h, saturation, coercivity, shape_field, previous_field_h):
    """Upper or lower branch of a hysteresis loop, by the direction in which the field changes."""
    shifted = field_h - coercivity
    if field_h < previous_field_h:
        shifted = field_h + coercivity
    return saturation * wp.tanh(shifted / shape_field)


def langevin_magnetization(field_h, saturation, shape_field):
    """Langevin function, by its series near zero."""
    x = field_h / shape_field
    if wp.abs(x) < 0.05:
        return saturation * x / 3.0
    equilibrium_magnetization = saturation * (1.0 / wp.tanh(x) - 1.0 / x)
    return equilibrium_magnetization


def self_consistent_gap_field(surface_charge, permittivity, gap_width, applied_voltage):
    """Field in a gap with a nonlinear dielectric, by fixed-point iteration."""
    e = float(applied_voltage / gap_width)
    for _ in range(20):
        eps = permittivity / (1.0 + 0.02 * e * e)
        target = applied_voltage / gap_width + surface_charge / (eps + 1.0)
        change = 0.5 * (target - e)
        e += change
        if wp.abs(change) < 1.0e-5:
            break
    gap_field = wp.clamp(e, -100.0, 100.0)
    return gap_field


def lorentz_permittivity(angular_frequency, resonance, oscillator_damping, oscillator_strength):
    """Complex permittivity of a Lorentz oscillator."""
    w2 = angular_frequency * angular_frequency
    gap = resonance * resonance - w2
    width = oscillator_damping * angular_frequency
    denom = gap * gap + width * width
    re = 1.0 + oscillator_strength * gap / denom
    im = oscillator_strength * width / denom
    complex_permittivity = wp.vec2(re, im)
    return complex_permittivity


def retarder_matrix(retardance, axis_angle):
    """Mueller rotation of a wave plate on the three polarized Stokes parameters."""
    c = wp.cos(2.0 * axis_angle)
    s = wp.sin(2.0 * axis_angle)
    cd = wp.cos(retardance)
    sd = wp.sin(retardance)
    row_q = wp.vec3(c * c + s * s * cd, c * s * (1.0 - cd), -s * sd)
    row_u = wp.vec3(c * s * (1.0 - cd), s * s + c * c * cd, c * sd)
    row_v = wp.vec3(s * sd, -c * sd, cd)
    return wp.matrix_from_rows(row_q, row_u, row_v)


def retarded_light(retarder_matrix, stokes):
    return retarder_matrix * stokes


def polarizer_matrix(axis_angle, leakage):
    """Jones matrix of a linear polarizer that leaks a little."""
    c = wp.cos(axis_angle)
    s = wp.sin(axis_angle)
    along = wp.mat22(c * c, c * s, c * s, s * s)
    across = wp.mat22(s * s, -c * s, -c * s, c * c)
    return along + leakage * across


def passed_field(polarizer_matrix, transverse_field):
    return polarizer_matrix * transverse_field


def permittivity_tensor(ordinary_index, extraordinary_index, optic_axis):
    """Permittivity of a uniaxial crystal."""
    a = wp.normalize(optic_axis)
    eps_o = ordinary_index * ordinary_index
    eps_e = extraordinary_index * extraordinary_index
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    return eps_o * unit + (eps_e - eps_o) * wp.outer(a, a)


def displacement_field(permittivity_tensor, electric_field):
    return permittivity_tensor * electric_field


def layer_matrix(layer_index, layer_phase):
    """Characteristic matrix of a dielectric layer, without its imaginary units."""
    c = wp.cos(layer_phase)
    s = wp.sin(layer_phase)
    return wp.mat22(c, s / layer_index, -layer_index * s, c)


def inductance_matrix(coil_inductances, coil_coupling):
    """Inductances of two coupled coils."""
    mutual = coil_coupling * wp.sqrt(coil_inductances[0] * coil_inductances[1])
    return wp.mat22(coil_inductances[0], mutual, mutual, coil_inductances[1])


def flux_linkage(inductance_matrix, coil_currents):
    return inductance_matrix * coil_currents


def coil_energy(inductance_matrix, coil_currents):
    return 0.5 * wp.dot(coil_currents, inductance_matrix * coil_currents)


def next_coil_currents(coil_currents, inductance_matrix, coil_voltages, coil_resistances, dt):
    """Currents of two coupled coils after a step."""
    det = wp.max(wp.determinant(inductance_matrix), 0.01)
    drive = coil_voltages - wp.cw_mul(coil_resistances, coil_currents)
    d0 = (inductance_matrix[1, 1] * drive[0] - inductance_matrix[0, 1] * drive[1]) / det
    d1 = (inductance_matrix[0, 0] * drive[1] - inductance_matrix[1, 0] * drive[0]) / det
    return coil_currents + dt * wp.vec2(d0, d1)


def effective_susceptibility(susceptibility, demagnetizing, magnet_axes):
    """Susceptibility of an ellipsoid with its shape's demagnetizing factors."""
    R = wp.quat_to_matrix(magnet_axes)
    own = wp.vec3(
        susceptibility / (1.0 + demagnetizing[0] * susceptibility),
        susceptibility / (1.0 + demagnetizing[1] * susceptibility),
        susceptibility / (1.0 + demagnetizing[2] * susceptibility),
    )
    return R * wp.diag(own) * wp.transpose(R)
