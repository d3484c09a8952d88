"""Astronomy: orbits and gravity, brightness, coordinates on the sky, cosmology."""

import warp as wp

ENTITIES = "star body source companion_star"
GROUPS = "cluster galaxy survey_field"
PAIRS = "binary star_pair companion"
LAUNCH = "1:9 2:1"
SUMMED = "mass kinetic_energy flux"
OPPOSITE = "gravity_force"

QUANTITIES = """
mass                | real  | state   | 0.1 5      | mass m
position            | vec3  | state   | -4 4       | pos position r
velocity            | vec3  | state   | -2 2       | vel velocity v
acceleration        | vec3  | result  | -50 50     | accel acceleration a
distance            | real  | result  | 0 14       | dist distance r_mag
separation          | real  | result  | 0 3.2      | sep separation ang_sep
speed               | real  | result  | 0 30 | speed v_mag
center              | vec3  | uniform | -1 1       | center origin barycenter
central_mass        | real  | group   | 0.5 3      | mu central_mass gm       | 1.0
softening           | real  | uniform | 0.1 0.5    | softening eps            | 0.1 0.2
dt                  | real  | uniform | 0.001 0.05 | dt timestep              | 0.01
time                | real  | state   | 0 20       | time t epoch
gravity_force       | vec3  | result  |            | force gravity_force f_grav
potential           | real  | result  | -200 0     | potential phi
kinetic_energy      | real  | result  |            | kinetic_energy ke
orbital_energy      | real  | result  | -200 10    | orbital_energy energy eps_orb
angular_momentum    | vec3  | result  | -12 12     | h_vec angular_momentum
eccentricity_vector | vec3  | result  | -40 40     | e_vec eccentricity_vector
eccentricity        | real  | state   | 0 0.9      | ecc eccentricity e
semi_major_axis     | real  | state   | 1 8        | sma semi_major_axis a_orb
inclination         | real  | state   | 0.05 1.5   | inc inclination
node                | real  | state   | 0 6.28     | raan node big_omega
periapsis           | real  | state   | 0 6.28     | argp periapsis small_omega
mean_motion         | real  | result  | 0.01 6     | n_mean mean_motion
period              | real  | result  | 0.5 300 | period p_orb
mean_anomaly        | real  | state   | -3.14 3.14 | mean_anom mean_anomaly m_anom
eccentric_anomaly   | real  | result  | -4 4       | ecc_anom eccentric_anomaly e_anom
true_anomaly        | real  | result  | -3.2 3.2   | nu true_anomaly f_anom
orbit_radius        | real  | result  | 0.05 16    | orbit_radius r_orb
hill_radius         | real  | result  |            | hill_radius r_hill
excess_speed        | real  | result  |            | v_inf excess_speed
escape_speed        | real  | result  | 0.05 100 | v_esc escape_speed
luminosity          | real  | state   | 0.001 200 | lum luminosity
flux                | real  | state   | 0 160 | flux counts
magnitude           | real  | state   | -2 12      | mag magnitude m_app
absolute_magnitude  | real  | result  | -5 15      | abs_mag absolute_magnitude
extinction          | real  | state   | 0.05 2     | extinction a_v
color_index         | real  | state   | -0.3 1.8   | color bv color_index
temperature         | real  | result  | 1 30       | teff temperature t_eff
star_radius         | real  | state   | 0.2 4      | star_radius r_star
parallax            | real  | state   | 0.05 2     | parallax plx
zero_point          | real  | uniform | 1 5        | zero_point zp            | 2.5
background          | real  | group   | 0.01 1     | background sky bkg       | 0.1
exposure            | real  | uniform | 1 60       | exposure t_exp           | 10.0 30.0
read_noise          | real  | uniform | 0.5 5      | read_noise sigma_rn      | 2.0
signal_to_noise     | real  | result  | 0 100      | snr signal_to_noise
airmass             | real  | result  | 1 10       | airmass x_air
right_ascension     | real  | state   | 0 6.28     | ra right_ascension alpha
declination         | real  | state   | -1.5 1.5   | dec declination delta
sky_direction       | vec3  | state   | -1 1       | n_hat sky_direction los
altitude            | real  | result  | -1.6 1.6   | alt altitude elevation
azimuth             | real  | result  | -3.2 3.2   | az azimuth
sidereal_time       | real  | uniform | 0 6.28     | lst sidereal_time
latitude            | real  | uniform | -1.3 1.3   | lat latitude
hour_angle          | real  | result  | -3.2 3.2   | ha hour_angle
proper_motion       | vec2  | state   | -0.5 0.5   | pm proper_motion mu_pm
sky_offset          | vec2  | result  | -30 40 | xi_eta sky_offset tangent
attitude            | quat  | uniform | -1 1       | q_att attitude pointing
redshift            | real  | state   | 0.01 3     | z redshift
scale_factor        | real  | result  | 0.1 1      | a scale_factor
hubble_rate         | real  | result  | 0.1 20     | hubble_rate h_z
hubble_constant     | real  | uniform | 0.5 1      | h0 hubble_constant       | 0.7 0.674
matter_fraction     | real  | uniform | 0.1 0.5    | omega_m matter_fraction  | 0.3 0.315
comoving_distance   | real  | result  | 0 20       | d_c comoving_distance chi
luminosity_distance | real  | result  | 0 60       | d_l luminosity_distance
distance_modulus    | real  | result  |            | dist_mod distance_modulus mu_d
lensing             | vec2  | result  |            | alpha_lens lensing deflection
magnification       | real  | result  | 1 100      | magnification amp
impact              | real  | state   | 0.02 2     | u0 impact
light_curve         | reals | state   | 0.5 2      | light_curve fluxes lc
frequency           | real  | uniform | 0.2 3      | freq frequency           | 1.0
periodogram         | real  | result  |            | power periodogram
bound               | bool  | result  |            | bound is_bound
visible             | bool  | result  |            | visible observable above
eclipsed            | bool  | result  |            | eclipsed in_transit
detected            | bool  | result  |            | detected significant
radial_velocity | real | result | | rv radial_velocity v_rad
"""


def distance(position_a, position_b):
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


def pair_acceleration(position_a, position_b, mass_b, softening):
    d = position_b - position_a
    inv_r = 1.0 / wp.sqrt(wp.length_sq(d) + softening * softening)
    acceleration = mass_b * inv_r * inv_r * inv_r * d
    return acceleration


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


def radiation_acceleration(position, luminosity, mass, softening):
    """Radiation pressure away from the origin."""
    r2 = wp.dot(position, position) + softening
    acceleration = 0.02 * luminosity / (mass * r2 * wp.sqrt(r2)) * position
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


def drag_velocity(velocity, position, background, dt):
    """Gas drag that thins with the distance."""
    gas = background * wp.exp(-wp.length(position))
    next_velocity = velocity / (1.0 + gas * wp.length(velocity) * dt)
    return next_velocity


def potential(position, central_mass, softening):
    """Plummer potential."""
    return -central_mass / wp.sqrt(wp.dot(position, position) + softening * softening)


def logarithmic_potential(position, central_mass, softening):
    """Logarithmic halo potential."""
    r2 = position[0] * position[0] + position[1] * position[1] + 1.5 * position[2] * position[2]
    potential = 0.5 * central_mass * wp.log((r2 + softening * softening) / 100.0)
    return potential


def miyamoto_nagai_potential(position, central_mass, softening):
    """Miyamoto-Nagai disk."""
    height = 1.0 + wp.sqrt(position[2] * position[2] + softening * softening)
    potential = -central_mass / wp.sqrt(position[0] * position[0] + position[1] * position[1] + height * height)
    return potential


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
    inclination = wp.acos(wp.clamp(wp.abs(angular_momentum[2]) / h, 0.0, 1.0))
    return inclination


def vis_viva_speed(orbit_radius, semi_major_axis, central_mass):
    """Vis-viva equation."""
    speed = wp.sqrt(wp.max(central_mass * (2.0 / orbit_radius - 1.0 / semi_major_axis), 0.0))
    return speed


def circular_speed(distance, central_mass):
    speed = wp.sqrt(central_mass / wp.max(distance, 1.0e-3))
    return speed


def escape_speed(distance, central_mass):
    return wp.sqrt(2.0 * central_mass / wp.max(distance, 1.0e-4))


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
    position = orbit_radius * wp.vec3(x, y, z)
    return position


def perifocal_velocity(semi_major_axis, eccentricity, true_anomaly, central_mass):
    semi_latus = semi_major_axis * (1.0 - eccentricity * eccentricity)
    k = wp.sqrt(central_mass / semi_latus)
    velocity = k * wp.vec3(-wp.sin(true_anomaly), eccentricity + wp.cos(true_anomaly), 0.0)
    return velocity


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


def hill_radius(semi_major_axis, eccentricity, mass, central_mass):
    return semi_major_axis * (1.0 - eccentricity) * wp.cbrt(mass / (3.0 * central_mass))


def roche_lobe_radius(semi_major_axis, mass_a, mass_b):
    """Eggleton's approximation of the Roche lobe."""
    q = mass_a / mass_b
    q13 = wp.cbrt(q)
    q23 = q13 * q13
    hill_radius = semi_major_axis * 0.49 * q23 / (0.6 * q23 + wp.log(1.0 + q13))
    return hill_radius


def merger_period(semi_major_axis, eccentricity, mass_a, mass_b):
    """Peters' decay of a binary by gravitational waves, circularized."""
    e2 = eccentricity * eccentricity
    shape = wp.pow(1.0 - e2, 3.5) / (1.0 + 73.0 / 24.0 * e2 + 37.0 / 96.0 * e2 * e2)
    period = wp.clamp(wp.pow(semi_major_axis, 4.0) * shape / (mass_a * mass_b * (mass_a + mass_b)), 0.5, 300.0)
    return period


def luminosity(star_radius, temperature):
    """Stefan-Boltzmann law in solar units."""
    t_sun = wp.clamp(temperature / 5.772, 0.7, 1.5)
    return star_radius * star_radius * t_sun * t_sun * t_sun * t_sun


def main_sequence_luminosity(mass):
    """Piecewise mass-luminosity relation."""
    if mass < 0.43:
        return 0.23 * wp.pow(mass, 2.3)
    if mass < 2.0:
        return mass * mass * mass * mass
    luminosity = 1.4 * wp.pow(mass, 3.5)
    return luminosity


def flux(luminosity, distance):
    """Inverse square law."""
    r = wp.max(distance, 0.5)
    return luminosity / (4.0 * wp.pi * r * r)


def observed_flux(zero_point, magnitude):
    flux = wp.pow(10.0, 0.4 * (zero_point - magnitude))
    return flux


def magnitude(flux, zero_point):
    """Pogson's law."""
    return zero_point - 2.5 * wp.log10(wp.max(flux, 1.0e-6))


def absolute_magnitude(magnitude, parallax, extinction):
    return magnitude + 5.0 * wp.log10(parallax) + 5.0 - extinction


def dimmed_magnitude(magnitude, extinction, airmass):
    next_magnitude = magnitude + extinction * airmass
    return next_magnitude


def combined_magnitude(magnitude_a, magnitude_b):
    """Magnitude of two unresolved stars."""
    total = wp.pow(10.0, -0.4 * magnitude_a) + wp.pow(10.0, -0.4 * magnitude_b)
    magnitude = -2.5 * wp.log10(total)
    return magnitude


def distance_modulus(luminosity_distance):
    return 5.0 * wp.log10(wp.max(luminosity_distance, 1.0e-6)) + 25.0


def parallax_distance(parallax):
    distance = 1.0 / parallax
    return distance


def temperature(color_index):
    """Ballesteros' formula, in thousands of kelvin."""
    term = 0.92 * color_index
    return 4.6 * (1.0 / (term + 1.7) + 1.0 / (term + 0.62))


def reddened_color(color_index, extinction):
    next_color_index = color_index + extinction / 3.1
    return next_color_index


def instability_strip(temperature, absolute_magnitude):
    """Whether a star is a candidate for a Cepheid."""
    edge = 7.0 + 0.15 * absolute_magnitude
    detected = temperature > edge - 1.2 and temperature < edge + 1.2
    return detected


def signal_to_noise(flux, background, exposure, read_noise):
    """CCD equation."""
    signal = flux * exposure
    noise_rms = wp.sqrt(signal + background * exposure + read_noise * read_noise)
    return signal / noise_rms


def detected(signal_to_noise, min_signal_to_noise):
    return signal_to_noise > min_signal_to_noise


def noisy_flux(flux, background, exposure, rng):
    """Photon noise."""
    expected = (flux + background) * exposure
    counts = expected + wp.sqrt(expected) * wp.randn(rng)
    next_flux = wp.max(counts / exposure - background, 0.0)
    return next_flux


def airmass(altitude):
    """Kasten and Young's airmass."""
    alt_deg = wp.max(wp.degrees(altitude), 0.0)
    return 1.0 / (wp.sin(wp.radians(alt_deg)) + 0.50572 * wp.pow(alt_deg + 6.07995, -1.6364))


def sky_direction(right_ascension, declination):
    cos_dec = wp.cos(declination)
    return wp.vec3(cos_dec * wp.cos(right_ascension), cos_dec * wp.sin(right_ascension), wp.sin(declination))


def sky_angles(sky_direction):
    """Right ascension and declination of a direction."""
    n = wp.normalize(sky_direction)
    ra = wp.atan2(n[1], n[0])
    right_ascension = ra if ra >= 0.0 else ra + wp.tau
    declination = wp.asin(wp.clamp(n[2], -1.0, 1.0))
    return right_ascension, declination


def separation(right_ascension_a, declination_a, right_ascension_b, declination_b):
    """Haversine formula."""
    half_dec = wp.sin(0.5 * (declination_b - declination_a))
    half_ra = wp.sin(0.5 * (right_ascension_b - right_ascension_a))
    h = half_dec * half_dec + wp.cos(declination_a) * wp.cos(declination_b) * half_ra * half_ra
    return 2.0 * wp.asin(wp.sqrt(wp.clamp(h, 0.0, 1.0)))


def direction_separation(sky_direction_a, sky_direction_b):
    """Angle of two directions, accurate also when it is small."""
    separation = wp.atan2(
        wp.length(wp.cross(sky_direction_a, sky_direction_b)), wp.dot(sky_direction_a, sky_direction_b)
    )
    return separation


def hour_angle(sidereal_time, right_ascension):
    turn = (sidereal_time - right_ascension) / wp.tau
    return wp.tau * (turn - wp.round(turn))


def altitude(hour_angle, declination, latitude):
    s = wp.sin(declination) * wp.sin(latitude) + wp.cos(declination) * wp.cos(latitude) * wp.cos(hour_angle)
    return wp.asin(wp.clamp(s, -1.0, 1.0))


def azimuth(hour_angle, declination, latitude):
    east = -wp.cos(declination) * wp.sin(hour_angle)
    north = wp.sin(declination) * wp.cos(latitude) - wp.cos(declination) * wp.sin(latitude) * wp.cos(hour_angle)
    return wp.atan2(east, north)


def refracted_altitude(altitude):
    """Saemundsson's refraction in arc minutes, near the horizon and above."""
    alt_deg = wp.degrees(altitude)
    next_altitude = altitude
    if alt_deg > -1.0:
        lift = 1.02 / wp.tan(wp.radians(alt_deg + 10.3 / (alt_deg + 5.11)))
        next_altitude = altitude + wp.radians(lift / 60.0)
    return next_altitude


def visible(altitude, min_altitude):
    return altitude > wp.max(min_altitude, 0.0)


def proper_motion_angles(right_ascension, declination, proper_motion, time):
    next_right_ascension = right_ascension + 0.001 * proper_motion[0] * time / wp.max(wp.cos(declination), 1.0e-6)
    next_declination = wp.clamp(declination + 0.001 * proper_motion[1] * time, -wp.half_pi, wp.half_pi)
    return next_right_ascension, next_declination


def sky_offset(sky_direction, attitude):
    """Gnomonic projection in the frame of the telescope."""
    local = wp.quat_rotate_inv(attitude, wp.normalize(sky_direction))
    depth = wp.max(wp.abs(local[2]), 0.01)
    return wp.vec2(local[0] / depth, local[1] / depth)


def galactic_direction(sky_direction):
    """From equatorial to galactic axes."""
    to_galactic = wp.mat33(-0.0549, -0.8734, -0.4838, 0.4941, -0.4448, 0.7470, -0.8677, -0.1981, 0.4560)
    next_sky_direction = to_galactic * sky_direction
    return next_sky_direction


def aberrated_direction(sky_direction, velocity):
    """Aberration of light to the first order."""
    n = wp.normalize(sky_direction)
    beta = 0.01 * velocity
    next_sky_direction = wp.normalize(n + beta - wp.dot(n, beta) * n)
    return next_sky_direction


def doppler_redshift(velocity, sky_direction, redshift):
    """Peculiar velocity along the line of sight."""
    beta = wp.clamp(0.1 * wp.dot(velocity, wp.normalize(sky_direction)), -0.5, 0.5)
    factor = wp.sqrt((1.0 + beta) / (1.0 - beta))
    next_redshift = (1.0 + redshift) * factor - 1.0
    return next_redshift


def scale_factor(redshift):
    return 1.0 / (1.0 + redshift)


def hubble_rate(redshift, hubble_constant, matter_fraction):
    """Friedmann equation of a flat universe."""
    z1 = 1.0 + redshift
    return hubble_constant * wp.sqrt(matter_fraction * z1 * z1 * z1 + 1.0 - matter_fraction)


def dark_energy_hubble_rate(scale_factor, hubble_constant, matter_fraction):
    """Dark energy with w = -0.9."""
    dark = (1.0 - matter_fraction) * wp.pow(scale_factor, -0.3)
    hubble_rate = hubble_constant * wp.sqrt(matter_fraction / (scale_factor * scale_factor * scale_factor) + dark)
    return hubble_rate


def comoving_distance(redshift, hubble_constant, matter_fraction):
    """Simpson's rule for the integral of 1/E(z)."""
    h = redshift / 8.0
    total = float(0.0)
    for n in range(9):
        z1 = 1.0 + float(n) * h
        inv_e = 1.0 / wp.sqrt(matter_fraction * z1 * z1 * z1 + 1.0 - matter_fraction)
        weight = 4.0 if n % 2 == 1 else 2.0
        if n == 0 or n == 8:
            weight = 1.0
        total += weight * inv_e
    return total * h / (3.0 * hubble_constant)


def low_redshift_distance(redshift, hubble_constant, matter_fraction):
    """Expansion to the second order with the deceleration parameter."""
    q0 = 1.5 * matter_fraction - 1.0
    z = wp.min(redshift, 1.0)
    comoving_distance = z / hubble_constant * (1.0 - 0.5 * (1.0 + q0) * z)
    return comoving_distance


def luminosity_distance(comoving_distance, redshift):
    return (1.0 + redshift) * comoving_distance


def surface_flux(flux, redshift):
    """Tolman dimming."""
    next_flux = flux / wp.pow(1.0 + redshift, 4.0)
    return next_flux


def lensing(sky_offset, central_mass, softening):
    """Deflection by a point lens."""
    r2 = wp.dot(sky_offset, sky_offset) + softening * softening
    return central_mass * sky_offset / r2


def isothermal_lensing(sky_offset, speed):
    """Singular isothermal sphere."""
    r = wp.max(wp.length(sky_offset), 1.0e-6)
    lensing = speed * speed * sky_offset / r
    return lensing


def magnification(impact, time, period):
    """Paczynski's microlensing curve."""
    tau = (time - 10.0) / period
    u2 = impact * impact + tau * tau
    return (u2 + 2.0) / wp.sqrt(u2 * (u2 + 4.0))


def transit_depth(star_radius_a, star_radius_b, flux):
    """Flux lost in the eclipse of one star by another."""
    ratio = wp.min(star_radius_b / star_radius_a, 0.9)
    next_flux = flux * (1.0 - ratio * ratio)
    return next_flux


def eclipsed(impact, star_radius_a, star_radius_b):
    return impact < 0.5 * (star_radius_a + star_radius_b) and star_radius_a > star_radius_b


def limb_darkened_flux(flux, impact):
    """Quadratic limb darkening."""
    mu = wp.sqrt(wp.max(1.0 - impact * impact, 0.0))
    next_flux = flux * (1.0 - 0.4 * (1.0 - mu) - 0.26 * (1.0 - mu) * (1.0 - mu))
    return next_flux


def mean_flux(light_curve):
    total = float(0.0)
    for n in range(len(light_curve)):
        total += light_curve[n]
    flux = total / float(len(light_curve))
    return flux


def periodogram(light_curve, frequency, dt):
    """Schuster periodogram of an evenly sampled light curve."""
    re = float(0.0)
    im = float(0.0)
    for n in range(len(light_curve)):
        angle = wp.tau * frequency * float(n) * dt
        re += (light_curve[n] - 1.0) * wp.cos(angle)
        im += (light_curve[n] - 1.0) * wp.sin(angle)
    return (re * re + im * im) / float(len(light_curve))


def phase_offset(time, period, mean_anomaly):
    """Phase since periapsis, folded on the period."""
    cycles = time / period + mean_anomaly / wp.tau
    next_mean_anomaly = wp.tau * wp.frac(cycles + 1.0)
    return next_mean_anomaly
