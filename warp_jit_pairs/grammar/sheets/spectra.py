"""Spectra: levels and their populations, line shapes, absorption, and what is read from measured spectra."""

import warp as wp

ENTITIES = "line peak"
GROUPS = "molecule species band"
PAIRS = "doublet overlap"
LAUNCH = "1:8 2:2"
SUMMED = "absorbance line_strength"
OPPOSITE = ""

QUANTITIES = """
wavenumber          | real  | uniform | 0.5 5          | nu wavenumber | 1.0 2.0
line_center         | real  | state   | 1 5            | nu0 line_center
lorentz_width       | real  | state   | 0.05 0.6       | gamma_l lorentz_width
gauss_width         | real  | result  | 0.02 1         | sigma_g gauss_width
line_shape          | real  | result  | 0 8            | line_shape profile
lorentz_fraction    | real  | group   | 0.05 0.95      | eta_mix lorentz_fraction
mass                | real  | group   | 1 30           | mol_mass mass_amu
temperature         | real  | state   | 0.3 3          | temp kt temperature
reference_width     | real  | group   | 0.05 0.4       | gamma_ref ref_width
gas_pressure        | real  | state   | 0.1 2          | p_gas gas_pressure
broadening_exponent | real  | group   | 0.5 0.9        | n_t broadening_exponent
line_strength       | real  | result  | 0 5            | strength s_line
oscillator_strength | real  | state   | 0.05 1         | f_osc oscillator_strength
column_density      | real  | state   | 0.1 4          | column n_col
absorbance          | real  | result  | 0 160          | absorbance tau_abs
transmittance       | real  | result  | 0 1            | transmittance t_frac
equivalent_width    | real  | result  | 0 20           | eq_width equivalent_width
levels              | reals | group   | 0 3            | levels e_levels
partition           | real  | result  | 0.01 20        | q_part partition
mean_energy         | real  | result  | 0 3            | e_mean mean_energy
population          | real  | result  | 0 1            | population pop_frac
level_index         | int   | state   | 0 9            | level_idx quantum_n
force_constant      | real  | group   | 1 20           | k_force force_constant
reduced_mass        | real  | state   | 0.5 10         | mu_red reduced_mass
vibration           | real  | result  | 0.2 6.5        | omega_e vibration
anharmonicity       | real  | group   | 0.002 0.03     | x_e anharmonicity
term_energy         | real  | result  | 0 60           | term_energy e_term
rotational_constant | real  | group   | 0.01 0.3       | b_rot rotational_constant
distortion          | real  | group   | 0.00001 0.0005 | d_rot distortion
rotational_level    | int   | state   | 0 12           | j_rot rotational_level
rotational_energy   | real  | result  | 0 60           | e_rot rotational_energy
displacement        | real  | group   | 0.1 2          | huang_rhys displacement
intensity           | real  | result  | 0 1            | fc_factor intensity
thermal_energy      | real  | result  | 0.3 8          | thermal_energy u_osc
spectrum            | reals | state   | 0 2            | spectrum samples
background_level    | real  | uniform | 0 0.4          | background_level base_level | 0.1
centroid            | real  | result  | -1 100         | centroid peak_pos
peak_count          | int   | result  | 0 50           | num_peaks peak_count
half_width          | real  | result  | 0 100          | fwhm half_width
slope               | real  | result  | -2 2           | slope deriv
donor_distance      | real  | state   | 1 9            | r_da donor_distance
forster_radius      | real  | group   | 3 7            | r_forster forster_radius
transfer_efficiency | real  | result  | 0 1            | fret_eff transfer_efficiency
quencher            | real  | state   | 0 3            | quencher q_conc
quenching_constant  | real  | group   | 0.1 5          | k_sv quenching_constant
unquenched          | real  | group   | 0.3 2          | f0_signal unquenched
fluorescence        | real  | result  | 0 2            | fluorescence f_signal
relaxation_time     | real  | state   | 0.1 3          | t1 relaxation_time
transverse_time     | real  | state   | 0.02 1         | t2 transverse_time
delay               | real  | uniform | 0.01 2         | echo_delay delay | 0.1 0.5
flip_angle          | real  | uniform | 0.1 1.57       | flip_angle alpha_rf | 0.35
signal              | real  | result  | -1 1           | signal m_signal
torsion             | real  | state   | -3.1 3.1       | phi_tor torsion
coupling            | real  | result  | 0 14           | j_coupling coupling
first_absorption    | vec2  | group   | 0.2 2          | eps_first ext_1
second_absorption   | vec2  | group   | 2.2 4          | eps_second ext_2
readings            | vec2  | state   | 0 2            | readings abs_pair
mixture             | vec2  | result  | -60 60         | mixture concs
spectral_radiance   | real  | result  | 0 3            | radiance planck_b
"""


def lorentzian(wavenumber, line_center, lorentz_width):
    """Lorentzian line shape."""
    half = 0.5 * lorentz_width
    d = wavenumber - line_center
    line_shape = half / wp.pi / (d * d + half * half)
    return line_shape


def gauss_width(line_center, mass, temperature):
    """Doppler width of a line."""
    return 0.2 * line_center * wp.sqrt(temperature / mass)


def doppler_line(wavenumber, line_center, gauss_width):
    x = (wavenumber - line_center) / gauss_width
    line_shape = wp.exp(-0.5 * x * x) / (gauss_width * wp.sqrt(wp.tau))
    return line_shape


def pseudo_voigt(wavenumber, line_center, lorentz_width, lorentz_fraction):
    """Sum of a Lorentzian and a Gaussian of the same width."""
    x = (wavenumber - line_center) / lorentz_width
    gauss = 0.939437 / lorentz_width * wp.exp(-2.772589 * x * x)
    lorentz = 0.63662 / (lorentz_width * (1.0 + 4.0 * x * x))
    line_shape = wp.lerp(gauss, lorentz, lorentz_fraction)
    return line_shape


def thompson_voigt(wavenumber, line_center, lorentz_width, gauss_width):
    """Pseudo-Voigt profile with the width and the mixing of Thompson, Cox and Hastings."""
    fg = 2.354820 * gauss_width
    fl = lorentz_width
    fg2 = fg * fg
    fl2 = fl * fl
    sum_low = fg2 * fg2 * fg + 2.69269 * fg2 * fg2 * fl + 2.42843 * fg2 * fg * fl2
    sum_high = 4.47163 * fg2 * fl2 * fl + 0.07842 * fg * fl2 * fl2 + fl2 * fl2 * fl
    f = wp.pow(sum_low + sum_high, 0.2)
    q = fl / f
    eta = q * (1.36603 + q * (-0.47719 + 0.11116 * q))
    x = (wavenumber - line_center) / f
    lorentz = 0.63662 / (f * (1.0 + 4.0 * x * x))
    gauss = 0.939437 / f * wp.exp(-2.772589 * x * x)
    line_shape = eta * lorentz + (1.0 - eta) * gauss
    return line_shape


def pressure_width(reference_width, gas_pressure, temperature, broadening_exponent):
    """Collisional width at another pressure and temperature."""
    next_lorentz_width = 2.0 * reference_width * gas_pressure * wp.pow(1.0 / temperature, broadening_exponent)
    return next_lorentz_width


def line_strength(oscillator_strength, population, line_center, temperature):
    """Strength of a line with the correction for stimulated emission."""
    emission = 1.0 - wp.exp(-line_center / temperature)
    return oscillator_strength * population * line_center * emission


def absorbance(line_shape, line_strength, column_density):
    """Beer and Lambert's law."""
    return line_shape * line_strength * column_density


def transmittance(absorbance):
    return wp.exp(-absorbance)


def equivalent_width(column_density, oscillator_strength, gauss_width, lorentz_width):
    """Curve of growth: linear, saturated by the logarithm, or damped by the root of the column."""
    tau0 = 1.5 * column_density * oscillator_strength / gauss_width
    linear = 1.7725 * gauss_width * tau0
    if tau0 < 1.25:
        return linear / (1.0 + tau0 / 2.8284)
    flat = 2.0 * gauss_width * wp.sqrt(wp.log(wp.max(tau0 / 0.6931, 1.0)))
    damped = wp.sqrt(2.0 * lorentz_width * tau0 * gauss_width)
    return wp.sqrt(flat * flat + damped * damped)


def partition(levels, temperature):
    """Partition function over a row of levels."""
    beta = 1.0 / temperature
    total = float(0.0)
    for n in range(len(levels)):
        total += wp.exp(-beta * levels[n])
    return total


def mean_energy(levels, temperature):
    """Boltzmann average of a row of levels."""
    total = float(0.0)
    norm = float(0.0)
    for n in range(len(levels)):
        w = wp.exp(-levels[n] / temperature)
        total += w * levels[n]
        norm += w
    return total / norm


def population(levels, level_index, temperature):
    """Share of molecules in one level."""
    norm = float(0.0)
    for n in range(len(levels)):
        norm += wp.exp(-levels[n] / temperature)
    chosen = levels[wp.min(level_index, len(levels) - 1)]
    return wp.exp(-chosen / temperature) / norm


def rotational_population(rotational_level, rotational_constant, temperature):
    """Share of a linear molecule's rotational level, by the sum over levels."""
    norm = float(0.0)
    for j in range(40):
        b = float(j)
        term = (2.0 * b + 1.0) * wp.exp(-rotational_constant * b * (b + 1.0) / temperature)
        norm += term
        if term < 1.0e-5:
            break
    n = float(rotational_level)
    weight = (2.0 * n + 1.0) * wp.exp(-rotational_constant * n * (n + 1.0) / temperature)
    population = wp.min(weight / norm, 1.0)
    return population


def vibration(force_constant, reduced_mass):
    """Harmonic frequency of a diatomic molecule."""
    return wp.sqrt(force_constant / reduced_mass)


def term_energy(vibration, level_index, anharmonicity):
    """Levels of an anharmonic oscillator."""
    n = float(level_index) + 0.5
    return vibration * n * (1.0 - anharmonicity * n)


def rotational_energy(rotational_level, rotational_constant, distortion):
    """Levels of a rotor that stretches as it turns."""
    jj = float(rotational_level) * float(rotational_level + 1)
    return rotational_constant * jj - distortion * jj * jj


def branch_center(vibration, rotational_level, rotational_constant, max_rotational_level):
    """Center of a line of the R branch, or of the P branch for levels beyond a given one."""
    j = float(rotational_level)
    if rotational_level <= max_rotational_level:
        return vibration + 2.0 * rotational_constant * (j + 1.0)
    next_line_center = vibration - 2.0 * rotational_constant * j
    return next_line_center


def intensity(displacement, level_index):
    """Franck and Condon's factor of displaced oscillators, a Poisson weight."""
    weight = wp.exp(-displacement)
    for n in range(level_index):
        weight *= displacement / float(n + 1)
    return weight


def thermal_energy(vibration, temperature):
    """Mean energy of an oscillator at a temperature."""
    x = wp.min(vibration / temperature, 20.0)
    return 0.5 * vibration + vibration / (wp.exp(x) - 1.0)


def spectral_radiance(wavenumber, temperature):
    """Planck's law in reduced units."""
    x = wp.min(wavenumber / temperature, 20.0)
    return wp.min(0.1 * wavenumber * wavenumber * wavenumber / (wp.exp(x) - 1.0), 3.0)


def centroid(spectrum, background_level):
    """Center of what rises above the background; minus one where nothing does."""
    total = float(0.0)
    moment = float(0.0)
    for n in range(len(spectrum)):
        above = spectrum[n] - background_level
        if above <= 0.0:
            continue
        total += above
        moment += above * float(n)
    if total < 1.0e-6:
        return -1.0
    return moment / total


def peak_count(spectrum, background_level):
    """Local maxima above the background."""
    found = int(0)
    for n in range(1, len(spectrum) - 1):
        v = spectrum[n]
        if v > background_level and v > spectrum[n - 1] and v >= spectrum[n + 1]:
            found += 1
    return found


def half_width(spectrum):
    """Full width at half the maximum, between interpolated crossings."""
    top = int(0)
    last = len(spectrum) - 1
    for n in range(1, len(spectrum)):
        if spectrum[n] > spectrum[top]:
            top = n
    level = 0.5 * spectrum[top]
    left = float(0.0)
    right = float(last)
    for n in range(top):
        i = top - n
        if spectrum[i - 1] < level:
            left = float(i) - (spectrum[i] - level) / wp.max(spectrum[i] - spectrum[i - 1], 1.0e-6)
            break
    for i in range(top, last):
        if spectrum[i + 1] < level:
            right = float(i) + (spectrum[i] - level) / wp.max(spectrum[i] - spectrum[i + 1], 1.0e-6)
            break
    return right - left


def slope(spectrum, level_index):
    """First derivative of a spectrum by a quadratic over five points (Savitzky and Golay)."""
    last = len(spectrum) - 1
    i = wp.clamp(level_index, 0, last)
    near = spectrum[wp.min(i + 1, last)] - spectrum[wp.max(i - 1, 0)]
    far = spectrum[wp.min(i + 2, last)] - spectrum[wp.max(i - 2, 0)]
    return (near + 2.0 * far) / 10.0


def transfer_efficiency(donor_distance, forster_radius):
    """Resonance energy transfer (Foerster)."""
    return 1.0 / (1.0 + wp.pow(donor_distance / forster_radius, 6.0))


def fluorescence(unquenched, quencher, quenching_constant):
    """Stern and Volmer's equation."""
    return unquenched / (1.0 + quenching_constant * quencher)


def inversion_signal(relaxation_time, delay):
    """Inversion recovery."""
    signal = 1.0 - 2.0 * wp.exp(-delay / relaxation_time)
    return signal


def echo_signal(transverse_time, delay):
    signal = wp.exp(-2.0 * delay / transverse_time)
    return signal


def spoiled_echo_signal(relaxation_time, transverse_time, delay, flip_angle):
    """Steady state of a spoiled gradient echo (Ernst)."""
    e1 = wp.exp(-2.0 * delay / relaxation_time)
    recovered = (1.0 - e1) / (1.0 - wp.cos(flip_angle) * e1)
    signal = wp.sin(flip_angle) * recovered * wp.exp(-delay / transverse_time)
    return signal


def coupling(torsion):
    """Karplus' equation of a coupling across three bonds."""
    c = wp.cos(torsion)
    return wp.max(7.76 * c * c - 1.1 * c + 1.4, 0.0)


def mixture(readings, first_absorption, second_absorption):
    """Two substances from the absorbance at two wavelengths."""
    a = first_absorption[0]
    b = second_absorption[0]
    c = first_absorption[1]
    d = second_absorption[1]
    det = a * d - b * c
    if wp.abs(det) < 0.1:
        return wp.vec2(0.0, 0.0)
    x = (d * readings[0] - b * readings[1]) / det
    y = (a * readings[1] - c * readings[0]) / det
    return wp.vec2(x, y)


def noisy_intensity(spectrum, level_index, background_level, rng):
    """Photon noise of one channel of a spectrum."""
    value = spectrum[wp.min(level_index, len(spectrum) - 1)] + background_level
    noisy = value + 0.1 * wp.sqrt(wp.max(value, 0.0)) * wp.randn(rng)
    fluorescence = wp.max(noisy, 0.0)
    return fluorescence


def blended_shape(line_shape_a, line_shape_b, oscillator_strength_a, oscillator_strength_b):
    """Profile of a doublet."""
    total = oscillator_strength_a + oscillator_strength_b
    line_shape = (oscillator_strength_a * line_shape_a + oscillator_strength_b * line_shape_b) / total
    return line_shape


def voigt(wavenumber, line_center, lorentz_width, gauss_width):
    """Voigt profile: Humlicek's rational approximations in two outer regions, a blend of profiles inside."""
    width = 1.414214 * gauss_width
    scale = 0.5641896 / width
    x = (wavenumber - line_center) / width
    y = 0.5 * lorentz_width / width
    s = wp.abs(x) + y
    u_re = y * y - x * x
    u_im = -2.0 * x * y
    if s >= 15.0:
        re = 0.5 + u_re
        size = wp.max(re * re + u_im * u_im, 1.0e-6)
        return scale * wp.clamp(0.5641896 * (y * re - x * u_im) / size, 0.0, 1.0)
    if s >= 5.5:
        p_re = 1.410474 + 0.5641896 * u_re
        p_im = 0.5641896 * u_im
        num_re = y * p_re + x * p_im
        num_im = y * p_im - x * p_re
        den_re = 0.75 + u_re * (3.0 + u_re) - u_im * u_im
        den_im = u_im * (3.0 + 2.0 * u_re)
        size = wp.max(den_re * den_re + den_im * den_im, 1.0e-6)
        return scale * wp.clamp((num_re * den_re + num_im * den_im) / size, 0.0, 1.0)
    core = 0.5346 * y + wp.sqrt(0.2166 * y * y + 0.6931)
    u = x / core
    lorentz = 1.0 / (1.0 + u * u)
    gauss = wp.exp(-0.6931 * u * u)
    mix = wp.min(y / core, 1.0)
    peak = wp.exp(wp.min(y * y, 30.0)) * wp.erfc(wp.min(y, 5.4))
    line_shape = scale * peak * (mix * lorentz + (1.0 - mix) * gauss)
    return line_shape
