"""Antennas and radio links: patterns, arrays, path loss, noise."""

import warp as wp

ENTITIES = "antenna receiver"
GROUPS = "station site"
PAIRS = "link hop"
LAUNCH = "1:6 2:2"
SUMMED = "received_power"

QUANTITIES = """
position              | vec3  | state   | -20 20     | pos position
frequency             | real  | group   | 0.4 6      | freq_ghz frequency carrier | 0.9 2.4
gain                  | real  | result  | 0 30000    | gain g_ant
gain_decibels         | real  | result  | -30 50     | gain_db g_dbi
wavelength            | real  | result  | 0.04 1     | wavelength lam
wave_number           | real  | result  | 6 160      | k_wave wave_number
array_factor          | vec2  | result  | -9 9       | array_factor af
weights               | reals | state   | 0.1 1      | weights excitation w_n
spacing               | real  | uniform | 0.02 0.2   | spacing d_el               | 0.05
received_power        | real  | result  |            | p_rx received_power
off_axis              | real  | result  | 0 3.2      | theta off_axis
boresight             | vec3  | state   | -1 1       | boresight point_dir
remote_position       | vec3  | state   | -20 20     | remote_pos peer_pos
peak_gain             | real  | group   | 2 20       | peak_gain g_max            | 8.0
dish_diameter         | real  | group   | 0.5 3      | dish_diam diameter         | 1.2
array_gain            | real  | result  | 0 150      | array_gain g_array
path_length           | real  | result  | 1 70       | path_km dist_km path_length
path_loss             | real  | result  | 60 250     | path_loss loss_db
loss_exponent         | real  | uniform | 2 4        | loss_exp n_loss            | 2.0 3.5
mast_height           | real  | state   | 30 200     | h_mast mast_height
mobile_height         | real  | state   | 1 10       | h_mobile mobile_height
clearance             | real  | state   | -30 30     | clearance h_clear
diffraction_loss      | real  | result  | -30 30     | diff_loss diffraction_db
fresnel_radius        | real  | result  | 0 150      | r_fresnel fresnel_radius
rain_rate             | real  | state   | 0.5 60     | rain_rate rain_mmh
rain_factor           | real  | uniform | 0.0001 0.1 | k_rain rain_factor         | 0.01
rain_exponent         | real  | uniform | 0.8 1.3    | a_rain rain_exponent       | 1.2
rain_loss             | real  | result  | 0 200      | rain_loss rain_db
bandwidth             | real  | group   | 1 100      | bandwidth bw_mhz           | 20.0
noise_figure          | real  | state   | 1 10       | noise_figure nf_db
noise_floor           | real  | result  | -115 -80   | noise_floor noise_dbm
transmit_level        | real  | state   | 10 50      | tx_dbm transmit_level
received_level        | real  | result  | -250 60    | rx_dbm received_level rssi
required_snr          | real  | uniform | 3 20       | required_snr min_snr       | 10.0
link_margin           | real  | result  | -200 200   | margin link_margin
instant_level         | real  | result  | -300 300   | faded_dbm instant_level
link_capacity         | real  | result  | 0 2000     | capacity_mbps link_capacity
modulation_order      | int   | result  | 0 8        | bits_per_symbol mod_order
snr_per_bit           | real  | state   | 0.1 12     | eb_n0 snr_per_bit
bit_error_rate        | real  | result  | 0 0.5      | ber bit_error_rate
transmit_power        | real  | state   | 0.1 50     | tx_power p_tx
cross_section         | real  | state   | 0.1 20     | rcs cross_section
target_range          | real  | state   | 1 50       | target_range range_m
echo_power            | real  | result  |            | echo_power p_echo
polarization          | vec3  | state   | -1 1       | polarization pol
incident_polarization | vec3  | state   | -1 1       | wave_pol incident_pol
polarization_match    | real  | result  | 0 1        | pol_match plf
sidelobe_level        | real  | result  | -80 0      | sll_db sidelobe_level
"""


def received_power(transmit_power, gain, peak_gain, wavelength, path_length):
    """Friis transmission equation."""
    path = wavelength / (4000.0 * wp.pi * path_length)
    return 1.0e6 * transmit_power * gain * peak_gain * path * path


def gain_decibels(gain):
    return 10.0 * wp.log10(wp.max(gain, 1.0e-6))


def dipole_gain(off_axis):
    """Pattern of a half-wave dipole about its axis."""
    s = wp.max(wp.abs(wp.sin(off_axis)), 0.01)
    pattern = wp.cos(wp.half_pi * wp.cos(off_axis)) / s
    gain = 1.64 * pattern * pattern
    return gain


def array_factor(weights, spacing, off_axis, wave_number):
    """Far field of a linear array of antennas."""
    psi = wave_number * spacing * wp.sin(off_axis)
    re = float(0.0)
    im = float(0.0)
    for n in range(len(weights)):
        re += weights[n] * wp.cos(float(n) * psi)
        im += weights[n] * wp.sin(float(n) * psi)
    return wp.vec2(re, im)


def array_gain(array_factor, weights):
    """Gain of an array over that of its elements."""
    total = float(0.0)
    for n in range(len(weights)):
        total += weights[n] * weights[n]
    return wp.length_sq(array_factor) / wp.max(total, 1.0e-6)


def wavelength(frequency):
    """In meters, for a frequency in gigahertz."""
    return 0.299792 / frequency


def wave_number(wavelength):
    return wp.tau / wavelength


def elevation_taper(weights, off_axis, spacing, wave_number, peak_gain):
    """Gain of an array with the cosine pattern of its elements."""
    psi = wave_number * spacing * wp.sin(off_axis)
    re = float(0.0)
    im = float(0.0)
    total = float(0.0)
    for n in range(len(weights)):
        re += weights[n] * wp.cos(float(n) * psi)
        im += weights[n] * wp.sin(float(n) * psi)
        total += weights[n]
    element = peak_gain * wp.max(wp.cos(off_axis), 0.05)
    gain = element * (re * re + im * im) / (total * total)
    return gain


def patch_gain(off_axis, peak_gain):
    """Pattern of a patch antenna with a weak back lobe."""
    c = wp.cos(off_axis)
    if c <= 0.0:
        return 0.01 * peak_gain
    gain = peak_gain * wp.max(c * c * wp.sqrt(c), 0.01)
    return gain


def dish_gain(off_axis, dish_diameter, wavelength):
    """Dish with an efficiency of 0.6: main lobe, side lobe envelope, back lobe."""
    ratio = wp.pi * dish_diameter / wavelength
    peak = 0.6 * ratio * ratio
    half_width = 1.2 / ratio
    theta = wp.abs(off_axis)
    if theta < 2.0 * half_width:
        x = theta / half_width
        return peak * wp.exp(-0.693 * x * x)
    if theta < 0.8:
        falloff = wp.pow(2.0 * half_width / theta, 2.5)
        return wp.max(0.0625 * peak * falloff, 0.1)
    gain = 0.1
    return gain


def off_axis(position, remote_position, boresight):
    """Angle of the other end of a link from where an antenna points."""
    d = wp.normalize(remote_position - position)
    return wp.acos(wp.clamp(wp.dot(d, wp.normalize(boresight)), -1.0, 1.0))


def path_length(position, remote_position):
    return wp.max(wp.length(remote_position - position), 1.0)


def free_space_loss(path_length, frequency):
    """Free-space path loss in decibels; kilometers and gigahertz."""
    path_loss = 92.45 + 20.0 * wp.log10(path_length) + 20.0 * wp.log10(frequency)
    return path_loss


def log_distance_loss(path_length, frequency, loss_exponent):
    """Log-distance path loss beyond one kilometer."""
    at_1km = 92.45 + 20.0 * wp.log10(frequency)
    path_loss = at_1km + 10.0 * loss_exponent * wp.log10(path_length)
    return path_loss


def hata_loss(path_length, frequency, mast_height, mobile_height):
    """Hata's model of a city, with its correction for the mobile's height."""
    f_mhz = 1000.0 * wp.clamp(frequency, 0.15, 1.5)
    log_f = wp.log10(f_mhz)
    log_h = wp.log10(mast_height)
    correction = (1.1 * log_f - 0.7) * mobile_height - (1.56 * log_f - 0.8)
    base = 69.55 + 26.16 * log_f - 13.82 * log_h - correction
    path_loss = base + (44.9 - 6.55 * log_h) * wp.log10(path_length)
    return path_loss


def two_ray_loss(path_length, frequency, mast_height, mobile_height):
    """Two-ray ground model: free space up to the crossover distance, the fourth power beyond."""
    lam = 0.299792 / frequency
    d = 1000.0 * path_length
    crossover = 4.0 * wp.pi * mast_height * mobile_height / lam
    if d < crossover:
        path_loss = 20.0 * wp.log10(4.0 * wp.pi * d / lam)
    else:
        path_loss = 40.0 * wp.log10(d) - 20.0 * wp.log10(mast_height * mobile_height)
    return path_loss


def diffraction_loss(clearance, path_length, wavelength):
    """Knife-edge diffraction by Lee's approximation, for an obstacle in the middle."""
    half = 500.0 * path_length
    v = -clearance * wp.sqrt(4.0 / (wavelength * half))
    if v <= -1.0:
        return 0.0
    if v <= 0.0:
        return -20.0 * wp.log10(0.5 - 0.62 * v)
    if v <= 1.0:
        return -20.0 * wp.log10(0.5 * wp.exp(-0.95 * v))
    if v <= 2.4:
        root = wp.sqrt(wp.max(0.1184 - (0.38 - 0.1 * v) * (0.38 - 0.1 * v), 0.0))
        return -20.0 * wp.log10(0.4 - root)
    return -20.0 * wp.log10(0.225 / v)


def fresnel_radius(path_length, wavelength):
    """Radius of the first Fresnel zone in the middle of a path."""
    return 0.5 * wp.sqrt(1000.0 * path_length * wavelength)


def rain_loss(path_length, rain_rate, rain_factor, rain_exponent):
    """Specific attenuation by rain on an effective path."""
    specific = rain_factor * wp.pow(rain_rate, rain_exponent)
    cell_size = 35.0 * wp.exp(-0.015 * rain_rate)
    return specific * path_length / (1.0 + path_length / cell_size)


def noise_floor(bandwidth, noise_figure):
    """Thermal noise of a receiver in dBm; megahertz."""
    return -114.0 + 10.0 * wp.log10(bandwidth) + noise_figure


def received_level(transmit_level, gain_decibels, path_loss):
    """Link budget in dBm, with antennas of one kind at both ends."""
    return transmit_level + 2.0 * gain_decibels - path_loss


def link_margin(received_level, noise_floor, required_snr):
    return received_level - noise_floor - required_snr


def faded_level(received_level, rng):
    """Rayleigh fading about the mean power."""
    re = wp.randn(rng)
    im = wp.randn(rng)
    power = 0.5 * (re * re + im * im)
    instant_level = received_level + 10.0 * wp.log10(wp.max(power, 1.0e-6))
    return instant_level


def link_capacity(bandwidth, received_level, noise_floor):
    """Shannon capacity in megabits per second."""
    snr = wp.pow(10.0, 0.1 * wp.clamp(received_level - noise_floor, -40.0, 60.0))
    return bandwidth * wp.log2(1.0 + snr)


def modulation_order(received_level, noise_floor):
    """Bits per symbol that a link can use at its signal-to-noise ratio."""
    snr_db = received_level - noise_floor
    if snr_db < 6.0:
        return 0
    if snr_db < 10.0:
        return 1
    if snr_db < 16.0:
        return 2
    if snr_db < 22.0:
        return 4
    if snr_db < 28.0:
        return 6
    return 8


def bit_error_rate(snr_per_bit):
    """Bit error rate of BPSK."""
    return 0.5 * wp.erfc(wp.sqrt(snr_per_bit))


def radar_power(transmit_power, peak_gain, wavelength, cross_section, target_range):
    """Radar equation of one antenna that sends and receives."""
    spread = 4.0 * wp.pi
    num = transmit_power * peak_gain * peak_gain * wavelength * wavelength * cross_section
    r2 = target_range * target_range
    echo_power = num / (spread * spread * spread * r2 * r2)
    return echo_power


def polarization_match(polarization, incident_polarization):
    """Share of the power that an antenna takes from a wave of another linear polarization."""
    c = wp.dot(wp.normalize(polarization), wp.normalize(incident_polarization))
    return c * c


def sidelobe_level(weights, spacing, wave_number):
    """Highest side lobe of an array against its main lobe in decibels, by a scan over the visible angles."""
    main = float(0.0)
    for n in range(len(weights)):
        main += weights[n]
    best = float(1.0e-6)
    falling = bool(True)
    before = float(main * main)
    for step in range(1, 31):
        psi = wave_number * spacing * float(step) / 30.0
        re = float(0.0)
        im = float(0.0)
        for n in range(len(weights)):
            re += weights[n] * wp.cos(float(n) * psi)
            im += weights[n] * wp.sin(float(n) * psi)
        level = re * re + im * im
        if level > before:
            falling = False
        if not falling:
            best = wp.max(best, level)
        before = level
    return 10.0 * wp.log10(best / (main * main))
