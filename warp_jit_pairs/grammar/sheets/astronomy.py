"""Astronomy: orbits and gravity, brightness, coordinates on the sky, cosmology."""

import warp as wp

ENTITIES = "star source"
GROUPS = "cluster galaxy"
PAIRS = "binary star_pair"
LAUNCH = "1:9 2:1"
SUMMED = "luminosity received_flux"

QUANTITIES = """
distance               | real  | result  | 0.5 20          | dist distance d_pc
separation             | real  | result  | 0 3.2           | sep separation ang_sep
time                   | real  | state   | 0 20            | time t t_obs
luminosity             | real  | state   | 0.001 200       | lum luminosity
flux                   | real  | state   | 0.01 100        | flux f_nu
magnitude              | real  | state   | -2 12           | mag magnitude m_app
absolute_magnitude     | real  | result  | -5 15           | abs_mag absolute_magnitude
extinction             | real  | state   | 0.05 2          | extinction a_v
color_index            | real  | state   | -0.3 1.8        | color bv color_index
temperature            | real  | result  | 1 30            | teff temperature t_eff
star_radius            | real  | state   | 0.2 4           | star_radius r_star
effective_temperature  | real  | state   | 3 10            | t_eff eff_temp
parallax               | real  | state   | 0.05 2          | parallax plx
zero_point             | real  | uniform | 1 5             | zero_point zp           | 2.5
background             | real  | group   | 0.01 1          | background sky bkg      | 0.1
exposure               | real  | uniform | 1 60            | exposure t_exp          | 10.0 30.0
read_noise             | real  | uniform | 0.5 5           | read_noise sigma_rn     | 2.0
signal_to_noise        | real  | result  | 0 100           | snr signal_to_noise
airmass                | real  | result  | 1 10            | airmass x_air
right_ascension        | real  | state   | 0 6.28          | ra right_ascension alpha
declination            | real  | state   | -1.5 1.5        | dec declination delta
sky_direction          | vec3  | state   | -1 1            | n_hat sky_direction los
altitude               | real  | result  | -1.6 1.6        | alt altitude elevation
azimuth                | real  | result  | -3.2 3.2        | az azimuth
sidereal_time          | real  | uniform | 0 6.28          | lst sidereal_time
latitude               | real  | uniform | -1.3 1.3        | lat latitude
hour_angle             | real  | result  | -3.2 3.2        | ha hour_angle
proper_motion          | vec2  | state   | -0.5 0.5        | pm proper_motion mu_pm
sky_offset             | vec2  | result  | -30 40          | xi_eta sky_offset tangent
attitude               | quat  | uniform | -1 1            | q_att attitude pointing
redshift               | real  | state   | 0.01 3          | z redshift
scale_factor           | real  | result  | 0.1 1           | a scale_factor
hubble_rate            | real  | result  | 0.1 20          | hubble_rate h_z
hubble_constant        | real  | uniform | 0.5 1           | h0 hubble_constant      | 0.7 0.674
matter_fraction        | real  | uniform | 0.1 0.5         | omega_m matter_fraction | 0.3 0.315
comoving_distance      | real  | result  | 0 20            | d_c comoving_distance chi
luminosity_distance    | real  | result  | 0 60            | d_l luminosity_distance
distance_modulus       | real  | result  | -40 40          | dist_mod distance_modulus mu_d
lensing                | vec2  | result  |                 | alpha_lens lensing deflection
magnification          | real  | result  | 1 100           | magnification amp
impact                 | real  | state   | 0.02 1          | b impact_param
light_curve            | reals | state   | 0.5 2           | light_curve fluxes lc
frequency              | real  | uniform | 0.2 3           | freq frequency          | 1.0
periodogram            | real  | result  | 0 2             | power periodogram
visible                | bool  | result  |                 | visible observable above
detected               | bool  | result  |                 | detected significant
dispersion             | real  | state   | 0.2 3           | sigma_v dispersion
years                  | real  | state   | -20 20          | years epoch_diff dt_years
star_mass              | real  | state   | 0.1 5           | star_mass m_star
lifetime               | real  | result  |                 | lifetime t_ms
spectral_class         | int   | result  | 0 6             | spectral_class spec_type
received_flux          | real  | result  |                 | flux flux_obs f_obs
measured_flux          | real  | result  | 0 150           | measured_flux flux_meas
mean_flux              | real  | result  | 0.5 2           | mean_flux avg_flux
transit_flux           | real  | result  | 0 1             | rel_flux transit_flux f_rel
transit_depth          | real  | result  | 0 1             | depth transit_depth
surface_brightness     | real  | result  | 0 8000          | surf_bright mu_sb intensity
limb_intensity         | real  | result  | 0 1             | intensity limb_intensity
extinction_coefficient | real  | uniform | 0.05 0.5        | k_ext ext_coeff         | 0.12 0.2
instrumental_magnitude | real  | state   | -2 12           | inst_mag m_inst
corrected_magnitude    | real  | result  | -20 20          | mag_0 corr_mag m_0
blended_magnitude      | real  | result  | -15 15          | mag_tot blend_mag
intrinsic_color        | real  | result  | -0.9 1.8        | bv_0 intrinsic_color
variable_candidate     | bool  | result  |                 | in_strip is_variable candidate
apparent_altitude      | real  | result  | -1.6 1.7        | alt_app apparent_alt
galactic_direction     | vec3  | result  | -1.7 1.7        | gal_dir n_gal
apparent_direction     | vec3  | result  | -1 1            | n_app apparent_dir
observer_velocity      | vec3  | uniform | -2 2            | obs_vel v_obs
peculiar_velocity      | vec3  | state   | -2 2            | v_pec peculiar_vel
observed_redshift      | real  | result  | -4 4            | z_obs observed_z
angular_distance       | real  | result  | 0 10            | d_a ang_diam_dist
lookback_time          | real  | result  | 0 3             | t_look lookback_time
lens_offset            | vec2  | state   | -2 2            | theta lens_offset beta_vec
einstein_radius        | real  | group   | 0.3 2           | theta_e einstein_radius | 1.0
core_radius            | real  | uniform | 0.05 0.5        | core_radius theta_c     | 0.1
lens_impact            | real  | state   | 0.02 2          | u0 lens_impact
einstein_time          | real  | state   | 2 30            | t_e einstein_time
peak_time              | real  | state   | 5 15            | t_peak t0 peak_time
radius_ratio           | real  | state   | 0.02 0.5        | k_ratio radius_ratio rp_rs
planet_offset          | real  | state   | 0.01 1.8        | z_proj planet_offset d_proj
fold_period            | real  | state   | 0.5 10          | fold_period p_fold
phase                  | real  | result  | 0 1             | phase phi_fold
in_transit_depth       | real  | result  | -1.5 1.5        | box_depth dip
half_light_radius      | real  | state   | 0.5 4           | r_e half_light
sersic_index           | real  | state   | 0.6 6           | n_sersic sersic_n
sky_radius             | real  | state   | 0.05 8          | r_sky sky_radius
polytropic_index       | real  | state   | 0.6 3           | n_poly poly_index
stellar_depth          | real  | state   | 0.1 2.4         | xi scaled_radius
polytrope              | real  | result  | 0 1             | theta_xi lane_emden
wavelength             | real  | state   | 0.3 3           | wavelength lam
photosphere            | real  | state   | 3 12            | teff t_photo
spectral_radiance      | real  | result  |                 | b_lam radiance planck
cadence                | real  | uniform | 0.1 2           | cadence sample_dt       | 0.5 1.0
profile_brightness     | real  | result  |                 | i_sersic sersic profile
centuries              | real  | state   | -2 2            | centuries t_cent
precession_matrix      | mat33 | result  | -1 1            | P_mat precession
precessed_direction    | vec3  | result  |                 | dir_of_date precessed
convergence            | real  | state   | -0.2 0.5        | kappa convergence
shear_components       | vec2  | state   | -0.3 0.3        | shear gamma_12
lens_jacobian          | mat22 | result  | -1 2            | A_lens lens_jac
lens_magnification     | real  | result  | 0 100           | mu_lens lens_mag
image_moments          | mat22 | state   | 0.1 2           | moments Q_img
source_moments         | mat22 | result  |                 | Q_src source_moments
ellipticity            | vec2  | result  |                 | ellip e_12
mount_rotation         | quat  | result  | -1 1            | q_mount mount_rot
field_rotation         | real  | result  | -3.2 3.2        | parallactic field_rot
"""


def luminosity(star_radius, effective_temperature):
    """Stefan-Boltzmann law in solar units."""
    t_sun = effective_temperature / 5.772
    return star_radius * star_radius * t_sun * t_sun * t_sun * t_sun


def main_sequence_luminosity(star_mass):
    """Piecewise mass-luminosity relation."""
    if star_mass < 0.43:
        return 0.23 * wp.pow(star_mass, 2.3)
    if star_mass < 2.0:
        return star_mass * star_mass * star_mass * star_mass
    luminosity = 1.4 * wp.pow(star_mass, 3.5)
    return luminosity


def received_flux(luminosity, distance):
    """Inverse square law."""
    return luminosity / (4.0 * wp.pi * distance * distance)


def magnitude(flux, zero_point):
    """Pogson's law."""
    return zero_point - 2.5 * wp.log10(wp.max(flux, 1.0e-6))


def absolute_magnitude(magnitude, distance, extinction):
    return magnitude - 5.0 * wp.log10(distance / 10.0) - extinction


def corrected_magnitude(instrumental_magnitude, extinction_coefficient, airmass, zero_point):
    """Magnitude above the atmosphere."""
    return instrumental_magnitude + zero_point - extinction_coefficient * airmass


def combined_magnitude(magnitude_a, magnitude_b):
    """Magnitude of two unresolved stars."""
    total = wp.pow(10.0, -0.4 * magnitude_a) + wp.pow(10.0, -0.4 * magnitude_b)
    blended_magnitude = -2.5 * wp.log10(total)
    return blended_magnitude


def distance_modulus(luminosity_distance):
    return 5.0 * wp.log10(wp.max(luminosity_distance, 1.0e-6)) + 25.0


def parallax_distance(parallax):
    distance = 1.0 / parallax
    return distance


def temperature(color_index):
    """Ballesteros' formula, in thousands of kelvin."""
    term = 0.92 * color_index
    return 4.6 * (1.0 / (term + 1.7) + 1.0 / (term + 0.62))


def intrinsic_color(color_index, extinction):
    """Color without the reddening of interstellar dust."""
    return color_index - extinction / 3.1


def instability_strip(temperature, absolute_magnitude):
    """Whether a star is a candidate for a Cepheid."""
    edge = 7.0 + 0.15 * absolute_magnitude
    variable_candidate = temperature > edge - 1.2 and temperature < edge + 1.2
    return variable_candidate


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
    measured_flux = wp.max(counts / exposure - background, 0.0)
    return measured_flux


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
    apparent_altitude = altitude
    if alt_deg > -1.0:
        lift = 1.02 / wp.tan(wp.radians(alt_deg + 10.3 / (alt_deg + 5.11)))
        apparent_altitude = altitude + wp.radians(lift / 60.0)
    return apparent_altitude


def visible(altitude, min_altitude):
    return altitude > wp.max(min_altitude, 0.0)


def proper_motion_angles(right_ascension, declination, proper_motion, years):
    next_right_ascension = right_ascension + 0.001 * proper_motion[0] * years / wp.max(wp.cos(declination), 1.0e-6)
    next_declination = wp.clamp(declination + 0.001 * proper_motion[1] * years, -wp.half_pi, wp.half_pi)
    return next_right_ascension, next_declination


def sky_offset(sky_direction, attitude):
    """Gnomonic projection in the frame of the telescope."""
    local = wp.quat_rotate_inv(attitude, wp.normalize(sky_direction))
    depth = wp.max(wp.abs(local[2]), 0.01)
    return wp.vec2(local[0] / depth, local[1] / depth)


def galactic_direction(sky_direction):
    """From equatorial to galactic axes."""
    to_galactic = wp.mat33(-0.0549, -0.8734, -0.4838, 0.4941, -0.4448, 0.7470, -0.8677, -0.1981, 0.4560)
    return to_galactic * sky_direction


def aberrated_direction(sky_direction, observer_velocity):
    """Aberration of light to the first order."""
    n = wp.normalize(sky_direction)
    beta = 0.01 * observer_velocity
    apparent_direction = wp.normalize(n + beta - wp.dot(n, beta) * n)
    return apparent_direction


def doppler_redshift(peculiar_velocity, sky_direction, redshift):
    """Peculiar velocity along the line of sight."""
    beta = wp.clamp(0.1 * wp.dot(peculiar_velocity, wp.normalize(sky_direction)), -0.5, 0.5)
    factor = wp.sqrt((1.0 + beta) / (1.0 - beta))
    observed_redshift = (1.0 + redshift) * factor - 1.0
    return observed_redshift


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


def surface_brightness(flux, half_light_radius, redshift):
    """Mean surface brightness of a galaxy, corrected for Tolman dimming."""
    mean = flux / (wp.tau * half_light_radius * half_light_radius)
    return mean * wp.pow(1.0 + redshift, 4.0)


def lensing(lens_offset, einstein_radius, core_radius):
    """Deflection by a point lens."""
    r2 = wp.dot(lens_offset, lens_offset) + core_radius * core_radius
    return einstein_radius * einstein_radius * lens_offset / r2


def isothermal_lensing(lens_offset, dispersion):
    """Singular isothermal sphere."""
    r = wp.max(wp.length(lens_offset), 1.0e-6)
    lensing = dispersion * dispersion * lens_offset / r
    return lensing


def magnification(lens_impact, time, peak_time, einstein_time):
    """Paczynski's microlensing curve."""
    tau = (time - peak_time) / einstein_time
    u2 = lens_impact * lens_impact + tau * tau
    return (u2 + 2.0) / wp.sqrt(u2 * (u2 + 4.0))


def transit_depth(radius_ratio, limb_intensity):
    """Depth of a transit over a limb-darkened disk."""
    return radius_ratio * radius_ratio * limb_intensity


def limb_intensity(impact):
    """Quadratic limb darkening."""
    mu = wp.sqrt(wp.max(1.0 - impact * impact, 0.0))
    return 1.0 - 0.4 * (1.0 - mu) - 0.26 * (1.0 - mu) * (1.0 - mu)


def mean_flux(light_curve):
    total = float(0.0)
    for n in range(len(light_curve)):
        total += light_curve[n]
    return total / float(len(light_curve))


def periodogram(light_curve, frequency, cadence):
    """Schuster periodogram of an evenly sampled light curve."""
    re = float(0.0)
    im = float(0.0)
    for n in range(len(light_curve)):
        angle = wp.tau * frequency * float(n) * cadence
        re += (light_curve[n] - 1.0) * wp.cos(angle)
        im += (light_curve[n] - 1.0) * wp.sin(angle)
    return (re * re + im * im) / float(len(light_curve))


def phase(time, peak_time, fold_period):
    """Phase of an observation, folded on a period."""
    cycles = (time - peak_time) / fold_period
    return cycles - wp.floor(cycles)


def lifetime(star_mass):
    """Time on the main sequence in billions of years, from a piecewise mass-luminosity relation."""
    if star_mass < 0.43:
        lum = 0.23 * wp.pow(star_mass, 2.3)
    elif star_mass < 2.0:
        lum = wp.pow(star_mass, 4.0)
    else:
        lum = 1.4 * wp.pow(star_mass, 3.5)
    return 10.0 * star_mass / lum


def spectral_class(temperature):
    """Harvard class by the effective temperature in thousands of kelvin, O to M."""
    if temperature >= 30.0:
        return 0
    if temperature >= 10.0:
        return 1
    if temperature >= 7.5:
        return 2
    if temperature >= 6.0:
        return 3
    if temperature >= 5.2:
        return 4
    if temperature >= 3.7:
        return 5
    return 6


def kroupa_mass(rng):
    """Draws a mass from Kroupa's broken power law between 0.08 and 5 solar masses."""
    u = wp.randf(rng)
    low_part = 0.38
    if u < low_part:
        t = u / low_part
        a = wp.pow(0.08, -0.3)
        b = wp.pow(0.5, -0.3)
        m = wp.pow(a + t * (b - a), -1.0 / 0.3)
    else:
        t = (u - low_part) / (1.0 - low_part)
        a = wp.pow(0.5, -1.3)
        b = wp.pow(5.0, -1.3)
        m = wp.pow(a + t * (b - a), -1.0 / 1.3)
    star_mass = m
    return star_mass


def transit_flux(planet_offset, radius_ratio):
    """Flux of a uniform stellar disk behind a planet (Mandel and Agol)."""
    k = radius_ratio
    z = planet_offset
    if z >= 1.0 + k:
        return 1.0
    if z <= 1.0 - k:
        return 1.0 - k * k
    cos_planet = wp.clamp((k * k + z * z - 1.0) / (2.0 * k * z), -1.0, 1.0)
    cos_star = wp.clamp((1.0 - k * k + z * z) / (2.0 * z), -1.0, 1.0)
    planet_part = k * k * wp.acos(cos_planet)
    star_part = wp.acos(cos_star)
    s = 1.0 + z * z - k * k
    lens = 0.5 * wp.sqrt(wp.max(4.0 * z * z - s * s, 0.0))
    return 1.0 - (planet_part + star_part - lens) / wp.pi


def in_transit_depth(light_curve, peak_time, fold_period, cadence):
    """Mean dip of a light curve inside of a box around the middle of the transits."""
    half_width = 0.2
    sum_in = float(0.0)
    sum_out = float(0.0)
    count_in = int(0)
    count_out = int(0)
    for n in range(len(light_curve)):
        t = (cadence * float(n) - peak_time) / fold_period
        x = t - wp.round(t)
        if wp.abs(x) < half_width:
            sum_in += light_curve[n]
            count_in += 1
        else:
            sum_out += light_curve[n]
            count_out += 1
    if count_in == 0 or count_out == 0:
        return 0.0
    return sum_out / float(count_out) - sum_in / float(count_in)


def clipped_mean_flux(light_curve):
    """Mean of a light curve without the points beyond two standard deviations."""
    total = float(0.0)
    squares = float(0.0)
    for n in range(len(light_curve)):
        total += light_curve[n]
        squares += light_curve[n] * light_curve[n]
    count = float(len(light_curve))
    mean = total / count
    sigma = wp.sqrt(wp.max(squares / count - mean * mean, 0.0))
    kept = float(0.0)
    weight = float(0.0)
    for n in range(len(light_curve)):
        if wp.abs(light_curve[n] - mean) <= 2.0 * sigma + 1.0e-4:
            kept += light_curve[n]
            weight += 1.0
    mean_flux = kept / wp.max(weight, 1.0)
    return mean_flux


def angular_distance(comoving_distance, redshift):
    """Angular diameter distance in a flat universe."""
    return comoving_distance / (1.0 + redshift)


def lookback_time(redshift, hubble_constant, matter_fraction):
    """Midpoint rule for the integral of 1/((1+z) E(z))."""
    steps = 16
    h = redshift / float(steps)
    total = float(0.0)
    for n in range(steps):
        z1 = 1.0 + (float(n) + 0.5) * h
        e_z = wp.sqrt(matter_fraction * z1 * z1 * z1 + 1.0 - matter_fraction)
        total += h / (z1 * e_z)
    return total / hubble_constant


def sersic_brightness(flux, half_light_radius, sersic_index, sky_radius):
    """Sersic profile with the series of Ciotti and Bertin for b_n."""
    inv_n = 1.0 / sersic_index
    b_n = 2.0 * sersic_index - 1.0 / 3.0 + 0.009877 * inv_n
    x = wp.pow(sky_radius / half_light_radius, inv_n)
    peak = flux / (wp.tau * half_light_radius * half_light_radius)
    profile_brightness = peak * wp.exp(-b_n * (x - 1.0))
    return profile_brightness


def polytrope(polytropic_index, stellar_depth):
    """Lane-Emden equation, integrated outwards from the series at the center."""
    steps = 20
    xi = float(0.05)
    theta = 1.0 - xi * xi / 6.0
    slope = -xi / 3.0
    h = (stellar_depth - xi) / float(steps)
    for _ in range(steps):
        if theta <= 0.0:
            break
        mid_xi = xi + 0.5 * h
        mid_theta = theta + 0.5 * h * slope
        mid_slope = slope - 0.5 * h * (wp.pow(theta, polytropic_index) + 2.0 * slope / xi)
        density = wp.pow(wp.max(mid_theta, 0.0), polytropic_index)
        theta += h * mid_slope
        slope -= h * (density + 2.0 * mid_slope / mid_xi)
        xi += h
    return wp.clamp(theta, 0.0, 1.0)


def spectral_radiance(wavelength, photosphere):
    """Planck's law per wavelength; microns and thousands of kelvin."""
    x = 14.388 / (wavelength * photosphere)
    if x > 20.0:
        return 0.0
    l2 = wavelength * wavelength
    return 1.0 / (l2 * l2 * wavelength * (wp.exp(x) - 1.0))


def precession_matrix(centuries):
    """Rotation of the equator of 2000 to that of a date, from the precession angles."""
    t = centuries
    zeta = wp.radians(0.6406161 * t + 0.0000839 * t * t)
    z = wp.radians(0.6406161 * t + 0.0003041 * t * t)
    theta = wp.radians(0.556753 * t - 0.0001185 * t * t)
    cz = wp.cos(zeta)
    sz = wp.sin(zeta)
    ct = wp.cos(theta)
    st = wp.sin(theta)
    c = wp.cos(z)
    s = wp.sin(z)
    row_x = wp.vec3(cz * ct * c - sz * s, -sz * ct * c - cz * s, -st * c)
    row_y = wp.vec3(cz * ct * s + sz * c, -sz * ct * s + cz * c, -st * s)
    row_z = wp.vec3(cz * st, -sz * st, ct)
    return wp.matrix_from_rows(row_x, row_y, row_z)


def precessed_direction(precession_matrix, sky_direction):
    return precession_matrix * sky_direction


def lens_jacobian(convergence, shear_components):
    """How a gravitational lens maps a small image to its source."""
    k = convergence
    g1 = shear_components[0]
    g2 = shear_components[1]
    return wp.mat22(1.0 - k - g1, -g2, -g2, 1.0 - k + g1)


def lens_magnification(lens_jacobian):
    det = wp.determinant(lens_jacobian)
    return 1.0 / wp.max(wp.abs(det), 0.01)


def lensed_moments(lens_jacobian, image_moments):
    """Second moments of a source from those of its image."""
    source_moments = lens_jacobian * image_moments * wp.transpose(lens_jacobian)
    return source_moments


def ellipticity(image_moments):
    """Ellipticity of an image from its second moments."""
    qxx = wp.abs(image_moments[0, 0])
    qyy = wp.abs(image_moments[1, 1])
    qxy = 0.5 * (image_moments[0, 1] + image_moments[1, 0])
    total = wp.max(qxx + qyy, 0.01)
    return wp.vec2((qxx - qyy) / total, 2.0 * qxy / total)


def mount_rotation(hour_angle, declination, latitude):
    """Attitude of an equatorial mount over the horizon."""
    polar = wp.quat_from_axis_angle(wp.vec3(0.0, 1.0, 0.0), wp.half_pi - latitude)
    turn = wp.quat_from_axis_angle(wp.vec3(0.0, 0.0, 1.0), -hour_angle)
    tilt = wp.quat_from_axis_angle(wp.vec3(0.0, 1.0, 0.0), -declination)
    return polar * turn * tilt


def field_rotation(hour_angle, declination, latitude):
    """Parallactic angle."""
    y = wp.sin(hour_angle)
    x = wp.tan(latitude) * wp.cos(declination) - wp.sin(declination) * wp.cos(hour_angle)
    return wp.atan2(y, x)
