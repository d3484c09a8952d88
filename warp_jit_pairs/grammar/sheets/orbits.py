"""Orbits: gravity of bodies on each other and of a center, two-body motion, orbital elements."""

import warp as wp

ENTITIES = "body satellite planet"
GROUPS = "system cluster"
PAIRS = "body_pair binary"
LAUNCH = "1:9 2:1"
SUMMED = "mass kinetic_energy"
OPPOSITE = "gravity_force"

QUANTITIES = """
mass                    | real  | state   | 0.1 5      | mass m
position                | vec3  | state   | -4 4       | pos position r
velocity                | vec3  | state   | -2 2       | vel velocity v
acceleration            | vec3  | result  | -50 50     | accel acceleration a
speed                   | real  | result  | 0 30       | speed v_mag
center                  | vec3  | uniform | -1 1       | center origin barycenter
central_mass            | real  | group   | 0.5 3      | mu central_mass gm     | 1.0
softening               | real  | uniform | 0.1 0.5    | softening eps          | 0.1 0.2
dt                      | real  | uniform | 0.001 0.05 | dt timestep            | 0.01
time                    | real  | state   | 0 20       | time t t_obs
gravity_force           | vec3  | result  |            | force gravity_force f_grav
potential               | real  | result  | -200 20    | potential phi
kinetic_energy          | real  | result  | 0 30       | kinetic_energy ke
orbital_energy          | real  | result  | -200 10    | orbital_energy energy eps_orb
angular_momentum        | vec3  | result  | -12 12     | h_vec angular_momentum
eccentricity_vector     | vec3  | result  | -40 40     | e_vec eccentricity_vector
eccentricity            | real  | state   | 0 0.9      | ecc eccentricity e
semi_major_axis         | real  | state   | 1 8        | sma semi_major_axis a_orb
inclination             | real  | state   | 0.05 1.5   | inc inclination
node                    | real  | state   | 0 6.28     | raan node big_omega
periapsis               | real  | state   | 0 6.28     | argp periapsis small_omega
mean_motion             | real  | result  | 0.01 6     | n_mean mean_motion
period                  | real  | result  | 0.5 300    | period p_orb
mean_anomaly            | real  | state   | -3.14 3.14 | mean_anom mean_anomaly m_anom
eccentric_anomaly       | real  | result  | -4 4       | ecc_anom eccentric_anomaly e_anom
true_anomaly            | real  | result  | -3.2 3.2   | nu true_anomaly f_anom
orbit_radius            | real  | result  | 0.05 16    | orbit_radius r_orb
hill_radius             | real  | result  | 0 8        | hill_radius r_hill
planet_share            | real  | state   | 0.00001 0.01 | mass_fraction planet_mass_ratio
halo_speed              | real  | group   | 0.3 2      | v_halo halo_speed      | 1.0
flattening              | real  | group   | 0.6 1      | flattening q_halo
halo_potential          | real  | result  | -10 20    | halo_potential phi_halo
disk_mass               | real  | group   | 0.5 3      | disk_mass gm_disk      | 1.0
disk_length             | real  | uniform | 0.5 2      | disk_length a_disk     | 1.5
disk_height             | real  | uniform | 0.1 0.5    | disk_height b_disk     | 0.3
disk_potential          | real  | result  | -20 0      | disk_potential phi_disk
excess_speed            | real  | result  |            | v_inf excess_speed
escape_speed            | real  | result  | 0.05 100   | v_esc escape_speed
bound                   | bool  | result  |            | bound is_bound
radial_velocity         | real  | result  | -2 2       | rv radial_velocity v_rad
pair_distance           | real  | result  | 0 14       | dist pair_dist r_ij
radius                  | real  | result  | 0.1 10     | r radius r_mag
orbital_speed           | real  | result  | 0 30       | orbital_speed v_orb
circular_speed          | real  | result  | 0 30       | v_circ circular_speed
gas_density             | real  | uniform | 0.01 1     | gas_density rho_gas    | 0.1
radiation_ratio         | real  | state   | 0.01 0.6   | beta radiation_ratio
orbit_position          | vec3  | result  |            | r_vec orbit_pos
orbit_velocity          | vec3  | result  |            | v_vec orbit_vel
orbit_tilt              | real  | result  | 0 1.6      | incl tilt orbit_tilt
osculating_axis         | real  | result  | -40 40     | sma a_osc semi_major
osculating_eccentricity | real  | result  | 0 60       | ecc e_osc
roche_radius            | real  | result  | 0 5        | r_roche roche_lobe roche_radius
merger_time             | real  | result  |            | t_merge merger_time
since_periapsis         | real  | state   | -3 3       | t_peri dt_peri since_peri
hyperbolic_eccentricity | real  | state   | 1.2 4      | ecc e_hyp
hyperbolic_anomaly      | real  | result  | -3 3       | h_anom hyp_anomaly
excess_velocity         | vec3  | state   | -2 2       | v_inf excess_vel
periapsis_distance      | real  | state   | 0.2 3      | r_p periapsis_dist
flyby_turn              | real  | result  | 0 3        | turn_angle delta_turn
inner_radius            | real  | state   | 0.5 1.5    | r1 r_inner
outer_radius            | real  | state   | 2 5        | r2 r_outer
far_radius              | real  | uniform | 8 30       | r_far r_apo            | 20.0
delta_v                 | real  | result  | 0 1.5      | delta_v dv_total
sun_direction           | vec3  | uniform | -1 1       | sun_dir s_hat
planet_radius           | real  | uniform | 0.3 1      | planet_radius r_planet | 1.0
in_shadow               | bool  | result  |            | in_shadow eclipsed in_umbra
rotating_position       | vec3  | state   | -1.5 1.5   | pos x_rot q
rotating_velocity       | vec3  | state   | -1 1       | vel v_rot q_dot
mass_ratio              | real  | group   | 0.01 0.5   | mass_ratio mu_ratio    | 0.0121
jacobi_constant         | real  | result  | -5 5       | c_jacobi jacobi
lagrange_distance       | real  | result  | 0 0.5      | gamma_l1 r_l1
ballistic               | real  | state   | 0.05 0.5   | ballistic b_star cda_m
binding_energy          | real  | result  | -10 0      | binding_energy u_bind
gravity_gradient        | mat33 | result  | -250 250   | grav_grad tidal_tensor
tidal_stretch           | real  | result  | -400 400   | tidal_stretch tide_radial
orbital_frame           | mat33 | result  | -1 1       | rsw_axes orbit_frame
chaser_offset           | vec3  | state   | -1 1       | chaser_offset rel_pos
relative_track          | vec3  | result  |            | rsw_offset lvlh_pos
plane_rotation          | mat33 | result  |            | R_plane pqw_to_ijk
attitude                | quat  | state   | -1 1       | attitude q_body
pointing_error          | real  | result  | 0 3.2      | sun_angle pointing_err
body_inertia            | vec3  | group   | 0.5 3      | body_inertia i_diag
gradient_torque         | vec3  | result  |            | gg_torque torque_gg
position_covariance | mat33 | state | 0.01 0.5 | P_pos pos_cov
track_covariance | mat33 | result | -1 2 | P_rtn cov_rtn
miss_vector | vec3 | state | -1 1 | miss_vec conj_dr
conjunction_covariance | mat33 | state | 0.01 0.2 | P_conj conj_cov
object_size | real | state | 0.05 0.3 | hard_body obj_size
conjunction_distance | real | result | | maha_miss conj_dist
"""


def pair_distance(position_a, position_b):
    return wp.length(position_b - position_a)


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.dot(velocity, velocity)


def gravity_force(position_a, position_b, mass_a, mass_b, softening):
    """Newton's law of gravitation with Plummer softening."""
    d = position_b - position_a
    r2 = wp.dot(d, d) + softening * softening
    return mass_a * mass_b / (r2 * wp.sqrt(r2)) * d


def binding_energy(position_a, position_b, mass_a, mass_b, softening):
    d = position_b - position_a
    return -mass_a * mass_b / wp.sqrt(wp.length_sq(d) + softening * softening)


def central_acceleration(position, center, central_mass, softening):
    d = center - position
    r2 = wp.dot(d, d) + softening * softening
    acceleration = central_mass * d / (r2 * wp.sqrt(r2))
    return acceleration


def schwarzschild_acceleration(position, velocity, central_mass, softening):
    """First relativistic correction of the two-body acceleration."""
    r2 = wp.dot(position, position) + softening * softening
    r = wp.sqrt(r2)
    inv_c2 = 0.001
    newton = -central_mass / (r2 * r) * position
    radial = (4.0 * central_mass / r - wp.dot(velocity, velocity)) * position
    tangential = 4.0 * wp.dot(position, velocity) * velocity
    acceleration = newton + inv_c2 * central_mass / (r2 * r) * (radial + tangential)
    return acceleration


def oblate_acceleration(position, central_mass, softening):
    """Point mass with the J2 term of an oblate planet."""
    r2 = wp.max(wp.dot(position, position), 1.0e-6) + softening
    r = wp.sqrt(r2)
    z2 = position[2] * position[2] / r2
    j2 = 1.5 * 0.00108 * central_mass / (r2 * r2 * r)
    factor = wp.vec3(5.0 * z2 - 1.0, 5.0 * z2 - 1.0, 5.0 * z2 - 3.0)
    acceleration = -central_mass / (r2 * r) * position + j2 * wp.cw_mul(factor, position)
    return acceleration


def tidal_acceleration(position_a, position_b, central_mass, softening):
    """Difference of the pull of a third body on the two of a pair."""
    r2_a = wp.length_sq(position_a) + softening * softening
    r2_b = wp.length_sq(position_b) + softening * softening
    pull_a = -central_mass * position_a / wp.pow(r2_a, 1.5)
    pull_b = -central_mass * position_b / wp.pow(r2_b, 1.5)
    acceleration = pull_a - pull_b
    return acceleration


def halo_acceleration(position, center, central_mass, softening):
    """Navarro-Frenk-White halo with a scale radius of one."""
    d = position - center
    r = wp.length(d) + softening
    enclosed = wp.log(1.0 + r) - r / (1.0 + r)
    acceleration = -central_mass * enclosed / (r * r * r) * d
    return acceleration


def radiation_acceleration(position, central_mass, radiation_ratio, softening):
    """Gravity of a luminous mass, weakened by its radiation pressure."""
    r2 = wp.dot(position, position) + softening * softening
    acceleration = -(1.0 - radiation_ratio) * central_mass / (r2 * wp.sqrt(r2)) * position
    return acceleration


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def next_position(position, velocity, dt):
    return position + velocity * dt


def leapfrog(position, velocity, central_mass, softening, dt):
    """Drift-kick-drift step about the origin."""
    mid = position + 0.5 * dt * velocity
    r2 = wp.dot(mid, mid) + softening * softening
    next_velocity = velocity - dt * central_mass / (r2 * wp.sqrt(r2)) * mid
    next_position = mid + 0.5 * dt * next_velocity
    return next_position, next_velocity


def drag_velocity(velocity, position, gas_density, dt):
    """Gas drag that thins with the distance."""
    gas = gas_density * wp.exp(-wp.length(position))
    next_velocity = velocity / (1.0 + gas * wp.length(velocity) * dt)
    return next_velocity


def potential(position, central_mass, softening):
    """Plummer potential."""
    return -central_mass / wp.sqrt(wp.dot(position, position) + softening * softening)


def logarithmic_potential(position, halo_speed, flattening, softening):
    """Logarithmic halo potential."""
    z = position[2] / flattening
    r2 = position[0] * position[0] + position[1] * position[1] + z * z
    halo_potential = 0.5 * halo_speed * halo_speed * wp.log(r2 + softening * softening)
    return halo_potential


def miyamoto_nagai_potential(position, disk_mass, disk_length, disk_height):
    """Miyamoto-Nagai disk."""
    height = disk_length + wp.sqrt(position[2] * position[2] + disk_height * disk_height)
    disk_potential = -disk_mass / wp.sqrt(position[0] * position[0] + position[1] * position[1] + height * height)
    return disk_potential


def orbital_energy(velocity, potential):
    return 0.5 * wp.dot(velocity, velocity) + potential


def bound(velocity, escape_speed):
    return wp.length_sq(velocity) < escape_speed * escape_speed


def angular_momentum(position, velocity):
    return wp.cross(position, velocity)


def eccentricity_vector(position, velocity, angular_momentum, central_mass):
    """Laplace-Runge-Lenz vector, scaled to the eccentricity."""
    radial = position / wp.max(wp.length(position), 1.0e-6)
    return wp.cross(velocity, angular_momentum) / central_mass - radial


def orbit_inclination(angular_momentum):
    h = wp.max(wp.length(angular_momentum), 1.0e-6)
    orbit_tilt = wp.acos(wp.clamp(wp.abs(angular_momentum[2]) / h, 0.0, 1.0))
    return orbit_tilt


def vis_viva_speed(orbit_radius, semi_major_axis, central_mass):
    """Vis-viva equation."""
    orbital_speed = wp.sqrt(wp.max(central_mass * (2.0 / orbit_radius - 1.0 / semi_major_axis), 0.0))
    return orbital_speed


def radius(position, center):
    """Distance from the center of the potential."""
    return wp.max(wp.length(position - center), 0.1)


def circular_speed(radius, central_mass):
    return wp.sqrt(central_mass / radius)


def escape_speed(radius, central_mass):
    return wp.sqrt(2.0 * central_mass / radius)


def excess_speed(speed, escape_speed):
    """Hyperbolic excess speed."""
    excess = speed * speed - escape_speed * escape_speed
    excess_speed = wp.sqrt(wp.max(excess, 0.0))
    return excess_speed


def mean_motion(semi_major_axis, central_mass):
    """Kepler's third law."""
    return wp.sqrt(central_mass / (semi_major_axis * semi_major_axis * semi_major_axis))


def period(mean_motion):
    return wp.tau / mean_motion


def binary_period(semi_major_axis, mass_a, mass_b):
    """Kepler's third law of a binary."""
    period = wp.tau * wp.sqrt(wp.pow(semi_major_axis, 3.0) / (mass_a + mass_b))
    return period


def mean_anomaly(mean_motion, time):
    """Mean anomaly since periapsis, wrapped to half a turn."""
    turns = mean_motion * time / wp.tau
    return wp.tau * (turns - wp.floor(turns + 0.5))


def eccentric_anomaly(mean_anomaly, eccentricity):
    """Kepler's equation by Newton iteration."""
    e_anom = float(mean_anomaly + eccentricity * wp.sin(mean_anomaly))
    for _ in range(6):
        residual = e_anom - eccentricity * wp.sin(e_anom) - mean_anomaly
        e_anom -= residual / (1.0 - eccentricity * wp.cos(e_anom))
    return e_anom


def series_true_anomaly(mean_anomaly, eccentricity):
    """Equation of the center, to the second order."""
    center_term = 2.0 * eccentricity * wp.sin(mean_anomaly)
    second = 1.25 * eccentricity * eccentricity * wp.sin(2.0 * mean_anomaly)
    true_anomaly = mean_anomaly + center_term + second
    return true_anomaly


def true_anomaly(eccentric_anomaly, eccentricity):
    half_anom = 0.5 * eccentric_anomaly
    y = wp.sqrt(1.0 + eccentricity) * wp.sin(half_anom)
    x = wp.sqrt(1.0 - eccentricity) * wp.cos(half_anom)
    return 2.0 * wp.atan(y / wp.max(wp.abs(x), 1.0e-6))


def orbit_radius(semi_major_axis, eccentricity, eccentric_anomaly):
    return semi_major_axis * (1.0 - eccentricity * wp.cos(eccentric_anomaly))


def conic_radius(semi_major_axis, eccentricity, true_anomaly):
    """Orbit equation."""
    semi_latus = semi_major_axis * (1.0 - eccentricity * eccentricity)
    orbit_radius = semi_latus / (1.0 + eccentricity * wp.cos(true_anomaly))
    return orbit_radius


def orbit_position(orbit_radius, true_anomaly, inclination, node, periapsis):
    """From orbital elements to cartesian coordinates."""
    u = periapsis + true_anomaly
    cos_u = wp.cos(u)
    sin_u = wp.sin(u)
    cos_o = wp.cos(node)
    sin_o = wp.sin(node)
    cos_i = wp.cos(inclination)
    x = cos_o * cos_u - sin_o * sin_u * cos_i
    y = sin_o * cos_u + cos_o * sin_u * cos_i
    z = sin_u * wp.sin(inclination)
    return orbit_radius * wp.vec3(x, y, z)


def perifocal_velocity(semi_major_axis, eccentricity, true_anomaly, central_mass):
    semi_latus = semi_major_axis * (1.0 - eccentricity * eccentricity)
    k = wp.sqrt(central_mass / semi_latus)
    orbit_velocity = k * wp.vec3(-wp.sin(true_anomaly), eccentricity + wp.cos(true_anomaly), 0.0)
    return orbit_velocity


def radial_velocity(semi_major_axis, eccentricity, inclination, periapsis, true_anomaly, central_mass):
    """Radial velocity of a star with a companion."""
    k = wp.sqrt(central_mass / (semi_major_axis * (1.0 - eccentricity * eccentricity))) * wp.sin(inclination)
    radial_velocity = k * (wp.cos(true_anomaly + periapsis) + eccentricity * wp.cos(periapsis))
    return radial_velocity


def precession_rate(mean_motion, semi_major_axis, eccentricity, inclination):
    """Nodal precession by the J2 of the central body."""
    p = semi_major_axis * (1.0 - eccentricity * eccentricity)
    node_rate = -0.05 * mean_motion / wp.max(p * p, 1.0e-6) * wp.cos(inclination)
    return node_rate


def next_node(node, node_rate, dt):
    moved = node + node_rate * dt
    return moved - wp.tau * wp.floor(moved / wp.tau)


def hill_radius(semi_major_axis, eccentricity, planet_share):
    return semi_major_axis * (1.0 - eccentricity) * wp.cbrt(planet_share / 3.0)


def roche_lobe_radius(semi_major_axis, mass_a, mass_b):
    """Eggleton's approximation of the Roche lobe."""
    q = mass_a / mass_b
    q13 = wp.cbrt(q)
    q23 = q13 * q13
    roche_radius = semi_major_axis * 0.49 * q23 / (0.6 * q23 + wp.log(1.0 + q13))
    return roche_radius


def merger_time(semi_major_axis, eccentricity, mass_a, mass_b):
    """Peters' decay of a binary by gravitational waves."""
    e2 = eccentricity * eccentricity
    shape = wp.pow(1.0 - e2, 3.5) / (1.0 + 73.0 / 24.0 * e2 + 37.0 / 96.0 * e2 * e2)
    decay = mass_a * mass_b * (mass_a + mass_b)
    return wp.min(wp.pow(semi_major_axis, 4.0) * shape / decay, 1.0e5)


def osculating_elements(position, velocity, central_mass):
    """Semi-major axis and eccentricity of the orbit that a state vector is on."""
    r = wp.max(wp.length(position), 1.0e-3)
    inverse_axis = 2.0 / r - wp.dot(velocity, velocity) / central_mass
    if wp.abs(inverse_axis) < 1.0e-3:
        inverse_axis = 1.0e-3
    osculating_axis = 1.0 / inverse_axis
    h = wp.cross(position, velocity)
    semi_latus = wp.dot(h, h) / central_mass
    e2 = 1.0 - semi_latus * inverse_axis
    osculating_eccentricity = wp.sqrt(wp.max(e2, 0.0))
    return osculating_axis, osculating_eccentricity


def kepler_step(position, velocity, central_mass, dt):
    """Two-body step by the f and g functions; what is unbound or too near moves straight on."""
    r0 = wp.length(position)
    alpha = 2.0 / wp.max(r0, 0.2) - wp.dot(velocity, velocity) / central_mass
    if alpha < 0.05 or r0 < 0.2:
        next_position = position + velocity * dt
        next_velocity = velocity
    else:
        a = 1.0 / alpha
        n = wp.sqrt(central_mass * alpha * alpha * alpha)
        sigma = wp.dot(position, velocity) / wp.sqrt(central_mass * a)
        ecc_cos = 1.0 - r0 * alpha
        mean = n * dt
        delta = float(mean)
        for _ in range(5):
            residual = delta - ecc_cos * wp.sin(delta) + sigma * (1.0 - wp.cos(delta)) - mean
            slope = 1.0 - ecc_cos * wp.cos(delta) + sigma * wp.sin(delta)
            delta -= residual / wp.max(slope, 0.1)
        r = a * wp.max(1.0 - ecc_cos * wp.cos(delta) + sigma * wp.sin(delta), 0.05)
        f = 1.0 - a / r0 * (1.0 - wp.cos(delta))
        g = dt - (delta - wp.sin(delta)) / n
        f_dot = -wp.sqrt(central_mass * a) / (r0 * r) * wp.sin(delta)
        g_dot = 1.0 - a / r * (1.0 - wp.cos(delta))
        next_position = f * position + g * velocity
        next_velocity = f_dot * position + g_dot * velocity
    return next_position, next_velocity


def orbital_state(semi_major_axis, eccentricity, inclination, node, periapsis, mean_anomaly):
    """Position on an orbit: Kepler's equation, then the rotation out of the orbital plane."""
    e_anom = float(mean_anomaly)
    for _ in range(8):
        residual = e_anom - eccentricity * wp.sin(e_anom) - mean_anomaly
        step = residual / (1.0 - eccentricity * wp.cos(e_anom))
        e_anom -= step
        if wp.abs(step) < 1.0e-6:
            break
    x = semi_major_axis * (wp.cos(e_anom) - eccentricity)
    y = semi_major_axis * wp.sqrt(1.0 - eccentricity * eccentricity) * wp.sin(e_anom)
    cos_w = wp.cos(periapsis)
    sin_w = wp.sin(periapsis)
    cos_o = wp.cos(node)
    sin_o = wp.sin(node)
    cos_i = wp.cos(inclination)
    sin_i = wp.sin(inclination)
    p_axis = wp.vec3(cos_o * cos_w - sin_o * sin_w * cos_i, sin_o * cos_w + cos_o * sin_w * cos_i, sin_w * sin_i)
    q_axis = wp.vec3(-cos_o * sin_w - sin_o * cos_w * cos_i, -sin_o * sin_w + cos_o * cos_w * cos_i, cos_w * sin_i)
    orbit_position = x * p_axis + y * q_axis
    return orbit_position


def hyperbolic_anomaly(mean_motion, since_periapsis, hyperbolic_eccentricity):
    """Hyperbolic Kepler equation by Newton iteration."""
    m = mean_motion * since_periapsis
    h = wp.log(2.0 * wp.abs(m) / hyperbolic_eccentricity + 1.8)
    if m < 0.0:
        h = -h
    h_anom = float(h)
    for _ in range(10):
        residual = hyperbolic_eccentricity * wp.sinh(h_anom) - h_anom - m
        slope = hyperbolic_eccentricity * wp.cosh(h_anom) - 1.0
        step = wp.clamp(residual / wp.max(slope, 0.05), -1.0, 1.0)
        h_anom -= step
        if wp.abs(step) < 1.0e-6:
            break
    hyperbolic_anomaly = h_anom
    return hyperbolic_anomaly


def flyby_turn(excess_velocity, periapsis_distance, central_mass):
    """Angle by which a flyby turns the excess velocity."""
    v2 = wp.dot(excess_velocity, excess_velocity)
    ecc = 1.0 + periapsis_distance * v2 / central_mass
    return 2.0 * wp.asin(1.0 / ecc)


def hohmann_cost(inner_radius, outer_radius, central_mass):
    """Velocity change of a Hohmann transfer between circular orbits."""
    a_transfer = 0.5 * (inner_radius + outer_radius)
    v_inner = wp.sqrt(central_mass / inner_radius)
    v_outer = wp.sqrt(central_mass / outer_radius)
    v_depart = wp.sqrt(central_mass * (2.0 / inner_radius - 1.0 / a_transfer))
    v_arrive = wp.sqrt(central_mass * (2.0 / outer_radius - 1.0 / a_transfer))
    delta_v = wp.abs(v_depart - v_inner) + wp.abs(v_outer - v_arrive)
    return delta_v


def bielliptic_cost(inner_radius, outer_radius, far_radius, central_mass):
    """Velocity change of a transfer in three burns by way of a far apoapsis."""
    a1 = 0.5 * (inner_radius + far_radius)
    a2 = 0.5 * (outer_radius + far_radius)
    burn1 = wp.sqrt(central_mass * (2.0 / inner_radius - 1.0 / a1)) - wp.sqrt(central_mass / inner_radius)
    v_far_1 = wp.sqrt(central_mass * wp.max(2.0 / far_radius - 1.0 / a1, 0.0))
    v_far_2 = wp.sqrt(central_mass * wp.max(2.0 / far_radius - 1.0 / a2, 0.0))
    burn3 = wp.sqrt(central_mass * (2.0 / outer_radius - 1.0 / a2)) - wp.sqrt(central_mass / outer_radius)
    delta_v = wp.abs(burn1) + wp.abs(v_far_2 - v_far_1) + wp.abs(burn3)
    return delta_v


def runge_kutta_orbit(position, velocity, central_mass, softening, dt):
    """Fourth-order Runge-Kutta step about a point mass."""
    eps2 = softening * softening
    r2 = wp.dot(position, position) + eps2
    k1_v = -central_mass / (r2 * wp.sqrt(r2)) * position
    x2 = position + 0.5 * dt * velocity
    v2 = velocity + 0.5 * dt * k1_v
    r2 = wp.dot(x2, x2) + eps2
    k2_v = -central_mass / (r2 * wp.sqrt(r2)) * x2
    x3 = position + 0.5 * dt * v2
    v3 = velocity + 0.5 * dt * k2_v
    r2 = wp.dot(x3, x3) + eps2
    k3_v = -central_mass / (r2 * wp.sqrt(r2)) * x3
    x4 = position + dt * v3
    v4 = velocity + dt * k3_v
    r2 = wp.dot(x4, x4) + eps2
    k4_v = -central_mass / (r2 * wp.sqrt(r2)) * x4
    next_position = position + dt / 6.0 * (velocity + 2.0 * v2 + 2.0 * v3 + v4)
    next_velocity = velocity + dt / 6.0 * (k1_v + 2.0 * k2_v + 2.0 * k3_v + k4_v)
    return next_position, next_velocity


def in_shadow(position, sun_direction, planet_radius):
    """Whether a satellite is in the cylindrical shadow of its planet."""
    along = wp.dot(position, sun_direction)
    if along >= 0.0:
        return False
    off_axis = position - along * sun_direction
    return wp.length_sq(off_axis) < planet_radius * planet_radius


def jacobi_constant(rotating_position, rotating_velocity, mass_ratio):
    """Jacobi constant of the circular restricted three-body problem."""
    x = rotating_position[0]
    y = rotating_position[1]
    z = rotating_position[2]
    d1 = wp.vec3(x + mass_ratio, y, z)
    d2 = wp.vec3(x - 1.0 + mass_ratio, y, z)
    r1 = wp.max(wp.length(d1), 0.05)
    r2 = wp.max(wp.length(d2), 0.05)
    omega = 0.5 * (x * x + y * y) + (1.0 - mass_ratio) / r1 + mass_ratio / r2
    return 2.0 * omega - wp.dot(rotating_velocity, rotating_velocity)


def three_body_rate(rotating_position, rotating_velocity, mass_ratio, softening):
    """Acceleration in the rotating frame of the restricted three-body problem."""
    x = rotating_position[0]
    y = rotating_position[1]
    z = rotating_position[2]
    dx1 = x + mass_ratio
    dx2 = x - 1.0 + mass_ratio
    yz2 = y * y + z * z + softening * softening
    r1 = wp.sqrt(dx1 * dx1 + yz2)
    r2 = wp.sqrt(dx2 * dx2 + yz2)
    k1 = (1.0 - mass_ratio) / (r1 * r1 * r1)
    k2 = mass_ratio / (r2 * r2 * r2)
    ax = 2.0 * rotating_velocity[1] + x - k1 * dx1 - k2 * dx2
    ay = -2.0 * rotating_velocity[0] + y - (k1 + k2) * y
    az = -(k1 + k2) * z
    rotating_velocity_rate = wp.vec3(ax, ay, az)
    return rotating_velocity_rate


def lagrange_point(mass_ratio):
    """Distance of L1 from the smaller of two bodies by Newton iteration on the quintic."""
    g = float(wp.cbrt(mass_ratio / 3.0))
    for _ in range(8):
        one = 1.0 - g
        f = (1.0 - mass_ratio) / (one * one) - mass_ratio / (g * g) - 1.0 + mass_ratio + g
        slope = 2.0 * (1.0 - mass_ratio) / (one * one * one) + 2.0 * mass_ratio / (g * g * g) + 1.0
        g = wp.clamp(g - f / slope, 1.0e-3, 0.9)
    lagrange_distance = g
    return lagrange_distance


def drag_decay_rate(semi_major_axis, central_mass, ballistic, gas_density):
    """Decay of a circular orbit by the drag of a thin atmosphere."""
    semi_major_axis_rate = -ballistic * gas_density * wp.sqrt(central_mass * semi_major_axis)
    return semi_major_axis_rate


def gravity_gradient(position, central_mass, softening):
    """Gradient of the gravity of a point mass."""
    r2 = wp.dot(position, position) + softening * softening
    r = wp.sqrt(r2)
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    return central_mass / (r2 * r) * (3.0 / r2 * wp.outer(position, position) - unit)


def tidal_stretch(gravity_gradient, position):
    """Stretch of a body along the line to the center."""
    n = position / wp.max(wp.length(position), 0.05)
    return wp.dot(n, gravity_gradient * n)


def orbital_frame(position, velocity):
    """Rows along the radius, the track and the normal of an orbit."""
    radial = wp.normalize(position)
    normal = wp.normalize(wp.cross(position, velocity))
    along = wp.cross(normal, radial)
    return wp.matrix_from_rows(radial, along, normal)


def relative_track(orbital_frame, chaser_offset):
    """Offset of a chaser in the frame of its target."""
    return orbital_frame * chaser_offset


def plane_rotation(inclination, node, periapsis):
    """Rotation from the orbital plane to the reference frame."""
    co = wp.cos(node)
    so = wp.sin(node)
    ci = wp.cos(inclination)
    si = wp.sin(inclination)
    cw = wp.cos(periapsis)
    sw = wp.sin(periapsis)
    row_x = wp.vec3(co * cw - so * sw * ci, -co * sw - so * cw * ci, so * si)
    row_y = wp.vec3(so * cw + co * sw * ci, -so * sw + co * cw * ci, -co * si)
    row_z = wp.vec3(sw * si, cw * si, ci)
    return wp.matrix_from_rows(row_x, row_y, row_z)


def nadir_attitude(position, velocity):
    """Attitude that keeps the z axis on the planet and the x axis near the track."""
    down = -wp.normalize(position)
    side = wp.normalize(wp.cross(down, velocity))
    ahead = wp.cross(side, down)
    attitude = wp.quat_from_matrix(wp.matrix_from_cols(ahead, side, down))
    return attitude


def pointing_error(attitude, sun_direction):
    """Angle of a panel, along the body's x axis, from the sun."""
    panel = wp.quat_rotate(attitude, wp.vec3(1.0, 0.0, 0.0))
    return wp.acos(wp.clamp(wp.dot(panel, wp.normalize(sun_direction)), -1.0, 1.0))


def gradient_torque(gravity_gradient, attitude, body_inertia):
    """Gravity-gradient torque on a rigid satellite, in its own frame."""
    r = wp.quat_to_matrix(attitude)
    g = wp.transpose(r) * gravity_gradient * r
    i = body_inertia
    return wp.vec3(g[1, 2] * (i[2] - i[1]), g[0, 2] * (i[0] - i[2]), g[0, 1] * (i[1] - i[0]))


def track_covariance(position_covariance, orbital_frame):
    """Covariance of a position in the axes of its orbit."""
    return orbital_frame * position_covariance * wp.transpose(orbital_frame)


def conjunction_distance(miss_vector, conjunction_covariance, object_size):
    """Miss distance in standard deviations, the size of both objects counted in."""
    widened = conjunction_covariance + object_size * wp.identity(n=3, dtype=float)
    return wp.sqrt(wp.max(wp.dot(miss_vector, wp.inverse(widened) * miss_vector), 0.0))
