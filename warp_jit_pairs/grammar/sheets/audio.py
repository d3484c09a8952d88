"""Audio: oscillators, envelopes, filters, dynamics, panning, windows and levels."""

import warp as wp

ENTITIES = "sample"
GROUPS = "channel track"
LAUNCH = "1:6 2:3"
SUMMED = "wet"

QUANTITIES = """
signal             | real  | state   | -1 1         | signal x_in
sidechain          | real  | state   | -1 1         | sidechain key_signal
phase              | real  | state   | 0 1          | phase phi ph
pcm                | int   | state   | -32768 32767 | pcm pcm16 word
envelope           | real  | state   | 0 1          | envelope env amp_env
peak               | real  | state   | 0.001 1      | peak peak_hold
z1                 | real  | state   | -1 1         | z1 state1 s1
z2                 | real  | state   | -1 1         | z2 state2 s2
low                | real  | state   | -1 1         | low lp low_pass
band               | real  | state   | -1 1         | band bp band_pass
delayed            | real  | state   | -1 1         | delayed tap echo
pan                | real  | state   | -1 1         | pan balance
azimuth            | real  | state   | -3 3         | azimuth az
distance           | real  | state   | 0.2 20       | dist distance range_m
block              | reals | state   | -1 1         | block samples
taps               | reals | group   | -0.5 0.5     | taps fir coeffs
attack             | real  | group   | 0.01 0.5     | attack t_attack          | 0.01 0.05
release            | real  | group   | 0.05 2       | release t_release        | 0.3
cutoff             | real  | group   | 0.1 8        | cutoff fc cutoff_khz     | 1.0 2.0
resonance          | real  | group   | 0.5 8        | resonance q              | 0.707 1.0
gain_db            | real  | group   | -12 12       | gain_db boost_db         | 6.0 -3.0
threshold_db       | real  | group   | -40 -6       | threshold_db thresh_db   | -20.0 -12.0
ratio              | real  | group   | 1.5 10       | ratio comp_ratio         | 4.0
knee               | real  | group   | 1 12         | knee knee_db             | 6.0
sample_rate        | real  | uniform | 22 96        | sample_rate fs rate_khz  | 44.1 48.0
sample_period      | real  | uniform | 0.005 0.05   | dt sample_period inv_fs  | 0.02
depth              | real  | uniform | 0.05 1       | depth lfo_depth mod_amt  | 0.5 0.3
drive              | real  | uniform | 0.5 8        | drive pre_gain           | 2.0 4.0
bits               | int   | uniform | 3 10         | bits bit_depth           | 8 4
mix                | real  | uniform | 0.05 1       | wet_mix dry_wet blend    | 0.5 0.3
feedback           | real  | uniform | 0.1 0.9      | feedback fb regen        | 0.5 0.6
smoothing          | real  | uniform | 0.01 0.9     | smoothing alpha coeff    | 0.1
head_radius        | real  | uniform | 0.07 0.1     | head_radius r_head       | 0.0875
air_absorption     | real  | uniform | 0.001 0.1    | air_absorb absorption    | 0.01
alpha              | real  | uniform | 0.1 0.9      | taper alpha_win          | 0.5 0.25
amplitude          | real  | result  | 0 4          | amplitude amp gain_lin
level_db           | real  | result  | -80 20       | level_db db level
reduction_db       | real  | result  | -300 0       | reduction_db gr_db gain_reduction
wet                | real  | result  | -4 4         | wet effect_out processed
mixed              | real  | result  | -4 4         | mixed bus mix_out
left               | real  | result  | -4 4         | out_l left_out
right              | real  | result  | -4 4         | out_r right_out
high               | real  | result  | -40 40       | high hp high_pass
delay              | real  | result  | 0 1          | itd delay_ms
response           | real  | result  | 0 10         | response mag_response h_mag
clipped            | bool  | result  |              | clipped is_clipped over
gate_open          | bool  | result  |              | gate_open voiced
other_signal       | real  | state   | -1 1         | other_signal second_in
decoded            | real  | result  | -1 1         | decoded sample_f
track_gain         | real  | state   | 0.05 1       | track_gain trim
pcm_clipped        | bool  | result  |              | pcm_clipped over_full
filter_coefficient | real  | result  | 0 1          | coef pole
probe_frequency    | real  | state   | 0.02 10      | freq_khz probe_freq
filter_order       | int   | uniform | 1 8          | filter_order order
z3                 | real  | state   | -1 1         | z3 state3
z4                 | real  | state   | -1 1         | z4 state4
gate_gain          | real  | state   | 0 1          | gate_gain g_gate
open_level         | real  | uniform | 0.3 0.6      | open_level thresh_open   | 0.3 0.5
close_level        | real  | uniform | 0.05 0.29    | close_level thresh_close | 0.1 0.2
delay_line         | reals | state   | -1 1         | delay_line ring_buf
delay_samples      | real  | state   | 0 6          | delay_samples read_pos
read_delay         | real  | result  | -1.5 1.5     | delayed_out tap_out
ceiling            | real  | uniform | 0.3 0.95     | ceiling limit            | 0.9
look_ahead_gain    | real  | result  | 0 1          | limiter_gain look_gain
damp_state         | real  | state   | -1 1         | damp_state lp_state
damping            | real  | uniform | 0.05 0.9     | damping damp             | 0.2 0.5
click_limit        | real  | uniform | 0.2 1        | click_limit jump_limit   | 0.5
declicked          | real  | result  | -1 1         | repaired declicked
right_block        | reals | state   | -1 1         | right_block block_r
stereo_correlation | real  | result  | -1 1         | correlation phase_corr
"""


def ring_modulated(signal, phase, mix):
    carrier = wp.sin(wp.tau * phase)
    wet = signal * (1.0 - mix + mix * carrier)
    return wet


def followed_envelope(signal, envelope, attack, release, sample_period):
    """Envelope follower, fast up and slow down."""
    level = wp.abs(signal)
    tau = release
    if level > envelope:
        tau = attack
    k = wp.exp(-sample_period / tau)
    next_envelope = level + k * (envelope - level)
    return next_envelope


def next_peak(peak, signal, release, sample_period):
    """Peak hold that leaks."""
    return wp.max(wp.abs(signal), peak * (1.0 - sample_period / release))


def cutoff_coefficient(cutoff, sample_rate):
    """Coefficient of a one-pole low-pass filter."""
    filter_coefficient = wp.exp(-wp.tau * cutoff / sample_rate)
    return filter_coefficient


def amplitude(gain_db):
    return wp.pow(10.0, gain_db / 20.0)


def distance_amplitude(distance, air_absorption, min_distance):
    """Inverse distance law with the loss in air."""
    d = wp.max(distance, min_distance)
    amplitude = 1.0 / d * wp.exp(-air_absorption * d)
    return amplitude


def makeup_amplitude(reduction_db, gain_db):
    amplitude = wp.pow(10.0, 0.05 * (reduction_db + gain_db))
    return amplitude


def level_db(envelope):
    return 20.0 * wp.log10(wp.max(envelope, 1.0e-6))


def reduction_db(level_db, threshold_db, ratio):
    """Hard-knee compressor."""
    over = wp.max(level_db - threshold_db, 0.0)
    return over * (1.0 / ratio - 1.0)


def soft_knee(level_db, threshold_db, ratio, knee):
    """Compressor with a quadratic knee (Giannoulis, Massberg and Reiss)."""
    over = level_db - threshold_db
    slope = 1.0 / ratio - 1.0
    reduction_db = 0.0
    if 2.0 * over > knee:
        reduction_db = slope * over
    elif 2.0 * over > -knee:
        t = over + 0.5 * knee
        reduction_db = slope * t * t / (2.0 * knee)
    return reduction_db


def expander(level_db, threshold_db, ratio):
    """Downward expander."""
    under = wp.min(level_db - threshold_db, 0.0)
    reduction_db = under * (ratio - 1.0)
    return reduction_db


def ducking(sidechain, threshold_db, depth):
    key_db = 20.0 * wp.log10(wp.max(wp.abs(sidechain), 1.0e-6))
    reduction_db = -depth * wp.max(key_db - threshold_db, 0.0)
    return reduction_db


def wet(signal, amplitude):
    return signal * amplitude


def compressed(signal, reduction_db):
    wet = signal * wp.pow(10.0, 0.05 * reduction_db)
    return wet


def saturated(signal, drive):
    """Saturation by a hyperbolic tangent, scaled to keep the peaks."""
    wet = wp.tanh(drive * signal) / wp.tanh(drive)
    return wet


def tube(signal, drive):
    """Saturation that bends the two half-waves differently."""
    x = drive * signal
    wet = 0.0
    if x >= 0.0:
        wet = 1.0 - wp.exp(-x)
    else:
        wet = -0.8 * (1.0 - wp.exp(0.7 * x))
    return wet


def cubic_clip(signal, drive):
    """Cubic soft clipper."""
    x = wp.clamp(drive * signal, -1.0, 1.0)
    wet = 1.5 * x - 0.5 * x * x * x
    return wet


def hard_clip(signal, drive, max_envelope):
    wet = wp.clamp(drive * signal, -max_envelope, max_envelope)
    return wet


def wave_folded(signal, drive, phase):
    wet = wp.sin(drive * signal + wp.tau * phase)
    return wet


def mu_law(signal, drive):
    """Companding by the mu law."""
    mu = 32.0 * drive
    wet = wp.sign(signal) * wp.log(1.0 + mu * wp.abs(signal)) / wp.log(1.0 + mu)
    return wet


def crushed(signal, bits):
    scale = float(1 << (bits - 1))
    wet = wp.round(signal * scale) / scale
    return wet


def fir(block, taps):
    """Finite impulse response."""
    acc = float(0.0)
    for n in range(wp.min(len(block), len(taps))):
        acc += taps[n] * block[n]
    wet = acc
    return wet


def comb(signal, delayed, feedback, mix):
    """Feedback comb filter."""
    wet = (1.0 - mix) * signal + mix * (signal + feedback * delayed)
    return wet


def allpass(signal, z1, feedback):
    """Schroeder's all-pass section."""
    v = signal - feedback * z1
    wet = feedback * v + z1
    next_z1 = v
    return wet, next_z1


def next_low(low, signal, filter_coefficient):
    """One-pole low-pass filter."""
    return signal + filter_coefficient * (low - signal)


def state_variable(signal, low, band, cutoff, sample_rate, resonance):
    """Chamberlin's state variable filter."""
    f = 2.0 * wp.sin(wp.pi * wp.min(cutoff / sample_rate, 0.16))
    next_low = low + f * band
    high = signal - next_low - band / resonance
    next_band = band + f * high
    return next_low, next_band, high


def trapezoidal_low(signal, z1, cutoff, sample_rate):
    """One-pole filter by the trapezoidal rule (Zavalishin)."""
    g = wp.tan(wp.pi * wp.min(cutoff / sample_rate, 0.45))
    v = (signal - z1) * g / (1.0 + g)
    next_low = v + z1
    next_z1 = next_low + v
    return next_low, next_z1


def biquad(signal, z1, z2, cutoff, sample_rate, resonance):
    """Low-pass biquad of the Audio EQ Cookbook in transposed direct form II."""
    w0 = wp.tau * wp.min(cutoff / sample_rate, 0.45)
    cos_w0 = wp.cos(w0)
    a = wp.sin(w0) / (2.0 * resonance)
    a0 = 1.0 + a
    b1 = (1.0 - cos_w0) / a0
    b0 = 0.5 * b1
    wet = b0 * signal + z1
    next_z1 = b1 * signal + 2.0 * cos_w0 / a0 * wet + z2
    next_z2 = b0 * signal - (1.0 - a) / a0 * wet
    return wet, next_z1, next_z2


def dc_blocked(signal, previous_signal, z1, smoothing):
    """Removes the mean of a signal."""
    high = signal - previous_signal + (1.0 - 0.1 * smoothing) * z1
    return high


def pre_emphasis(signal, previous_signal, alpha):
    high = signal - alpha * previous_signal
    return high


def ladder_stage(signal, z1, z2, feedback, filter_coefficient):
    """Stage of a ladder filter, with saturation at its input."""
    x = wp.tanh(signal - 4.0 * feedback * z2)
    next_z1 = x + filter_coefficient * (z1 - x)
    return next_z1


def response(probe_frequency, cutoff, resonance):
    """Magnitude of a resonant low-pass filter of second order."""
    r = probe_frequency / cutoff
    d = 1.0 - r * r
    return 1.0 / wp.sqrt(d * d + r * r / (resonance * resonance) + 1.0e-3)


def peaking_response(probe_frequency, cutoff, gain_db, resonance):
    """Bell of an equalizer over the logarithm of the frequency."""
    octaves = wp.log2(probe_frequency / cutoff)
    bell = wp.exp(-0.5 * octaves * octaves * resonance)
    response = wp.pow(10.0, 0.05 * gain_db * bell)
    return response


def butterworth_response(probe_frequency, cutoff, filter_order):
    r = probe_frequency / cutoff
    response = 1.0 / wp.sqrt(1.0 + wp.pow(r, 2.0 * float(filter_order)))
    return response


def mixed(signal, wet, mix):
    return wp.lerp(signal, wet, mix)


def crossfaded(signal, other_signal, mix):
    """Crossfade of equal power."""
    mixed = signal * wp.cos(wp.half_pi * mix) + other_signal * wp.sin(wp.half_pi * mix)
    return mixed


def panned(mixed, pan):
    """Pan law of constant power."""
    theta = 0.25 * wp.pi * (pan + 1.0)
    left = mixed * wp.cos(theta)
    right = mixed * wp.sin(theta)
    return left, right


def widened(signal, delayed, depth):
    """Stereo width by middle and side."""
    mid = 0.5 * (signal + delayed)
    side = 0.5 * depth * (signal - delayed)
    left = mid + side
    right = mid - side
    return left, right


def delay(azimuth, head_radius):
    """Woodworth's difference of arrival times at the two ears, in milliseconds."""
    theta = wp.asin(wp.clamp(wp.abs(wp.sin(azimuth)), 0.0, 1.0))
    return head_radius * (theta + wp.sin(theta)) / 0.343


def head_shadowed(signal, azimuth, probe_frequency, head_radius):
    ka = 18.0 * probe_frequency * head_radius
    shadow = 0.5 * ka / (1.0 + ka)
    left = signal * (1.0 - shadow * wp.sin(azimuth))
    right = signal * (1.0 + shadow * wp.sin(azimuth))
    return left, right


def decoded_signal(pcm, track_gain):
    decoded = track_gain * float(pcm) / 32768.0
    return decoded


def next_pcm(signal, rng):
    """Sixteen bits with triangular dither."""
    dither = wp.randf(rng) - wp.randf(rng)
    return wp.clamp(int(wp.rint(32767.0 * signal + dither)), -32768, 32767)


def echo_delayed(delayed, signal, feedback):
    next_delayed = wp.clamp(signal + feedback * delayed, -1.0, 1.0)
    return next_delayed


def clipped(signal, drive):
    return wp.abs(signal) * drive > 1.0


def clipped_pcm(pcm, gain_db):
    pcm_clipped = wp.abs(float(pcm)) * wp.pow(10.0, 0.05 * gain_db) > 32767.0
    return pcm_clipped


def gate_open(level_db, threshold_db):
    return level_db > threshold_db


def excited(signal, high, mix):
    """Adds saturated treble (exciter)."""
    wet = signal + mix * wp.tanh(high)
    return wet


def ladder_filter(signal, z1, z2, z3, z4, cutoff, sample_rate, feedback):
    """Step of a four-pole ladder filter with saturated feedback."""
    g = 1.0 - wp.exp(-wp.tau * wp.min(cutoff / sample_rate, 0.45))
    x = wp.tanh(signal - 4.0 * feedback * z4)
    next_z1 = z1 + g * (x - z1)
    next_z2 = z2 + g * (next_z1 - z2)
    next_z3 = z3 + g * (next_z2 - z3)
    next_z4 = z4 + g * (next_z3 - z4)
    return next_z1, next_z2, next_z3, next_z4


def peaking_filter(signal, z1, z2, cutoff, sample_rate, resonance, gain_db):
    """Bell of an equalizer (Audio EQ Cookbook) in transposed direct form II."""
    big_a = wp.pow(10.0, gain_db / 40.0)
    w0 = wp.tau * wp.min(cutoff / sample_rate, 0.45)
    alpha = wp.sin(w0) / (2.0 * resonance)
    a0 = 1.0 + alpha / big_a
    b0 = (1.0 + alpha * big_a) / a0
    b1 = -2.0 * wp.cos(w0) / a0
    b2 = (1.0 - alpha * big_a) / a0
    a2 = (1.0 - alpha / big_a) / a0
    wet = b0 * signal + z1
    next_z1 = b1 * signal - b1 * wet + z2
    next_z2 = b2 * signal - a2 * wet
    return wet, next_z1, next_z2


def shelf_filter(signal, z1, z2, cutoff, sample_rate, gain_db):
    """Low shelf (Audio EQ Cookbook) with a slope of one."""
    big_a = wp.pow(10.0, gain_db / 40.0)
    w0 = wp.tau * wp.min(cutoff / sample_rate, 0.45)
    c = wp.cos(w0)
    k = wp.sqrt(2.0 * big_a) * wp.sin(w0)
    a0 = big_a + 1.0 + (big_a - 1.0) * c + k
    b0 = big_a * (big_a + 1.0 - (big_a - 1.0) * c + k) / a0
    b1 = 2.0 * big_a * (big_a - 1.0 - (big_a + 1.0) * c) / a0
    b2 = big_a * (big_a + 1.0 - (big_a - 1.0) * c - k) / a0
    a1 = -2.0 * (big_a - 1.0 + (big_a + 1.0) * c) / a0
    a2 = (big_a + 1.0 + (big_a - 1.0) * c - k) / a0
    wet = b0 * signal + z1
    next_z1 = b1 * signal - a1 * wet + z2
    next_z2 = b2 * signal - a2 * wet
    return wet, next_z1, next_z2


def compressor(signal, envelope, threshold_db, ratio, knee, attack, release, sample_period):
    """Feed-forward compressor: detector with attack and release, soft knee, gain."""
    level = wp.abs(signal)
    tau = release
    if level > envelope:
        tau = attack
    k = wp.exp(-sample_period / tau)
    next_envelope = level + k * (envelope - level)
    over = 20.0 * wp.log10(wp.max(next_envelope, 1.0e-5)) - threshold_db
    slope = 1.0 / ratio - 1.0
    gain = 0.0
    if 2.0 * over > knee:
        gain = slope * over
    elif 2.0 * over > -knee:
        t = over + 0.5 * knee
        gain = slope * t * t / (2.0 * knee)
    wet = signal * wp.pow(10.0, 0.05 * gain)
    return wet, next_envelope


def noise_gate(signal, gate_gain, envelope, open_level, close_level, attack, release, sample_period):
    """Gate with hysteresis, whose gain glides."""
    target = 0.0
    if envelope > open_level or (envelope > close_level and gate_gain > 0.5):
        target = 1.0
    tau = release
    if target > gate_gain:
        tau = attack
    next_gate_gain = target + (gate_gain - target) * wp.exp(-sample_period / tau)
    wet = signal * next_gate_gain
    return wet, next_gate_gain


def read_delay(delay_line, delay_samples):
    """Sample between those of a delay line, by Hermite interpolation."""
    size = len(delay_line)
    base = wp.floor(delay_samples)
    t = delay_samples - base
    n = int(base)
    xm = delay_line[wp.clamp(n - 1, 0, size - 1)]
    x0 = delay_line[wp.clamp(n, 0, size - 1)]
    x1 = delay_line[wp.clamp(n + 1, 0, size - 1)]
    x2 = delay_line[wp.clamp(n + 2, 0, size - 1)]
    c1 = 0.5 * (x1 - xm)
    c2 = xm - 2.5 * x0 + 2.0 * x1 - 0.5 * x2
    c3 = 0.5 * (x2 - xm) + 1.5 * (x0 - x1)
    return ((c3 * t + c2) * t + c1) * t + x0


def look_ahead_gain(delay_line, ceiling):
    """Gain of a limiter that knows the next samples: the nearer a peak, the more it counts."""
    gain = float(1.0)
    for n in range(len(delay_line)):
        level = wp.abs(delay_line[n])
        if level <= ceiling:
            continue
        needed = ceiling / level
        fade = float(n) / float(len(delay_line))
        gain = wp.min(gain, needed + fade * (1.0 - needed))
    return gain


def reverb_comb(delayed, signal, damp_state, feedback, damping):
    """Comb filter of Freeverb with a damped loop."""
    next_damp_state = delayed * (1.0 - damping) + damp_state * damping
    next_delayed = wp.clamp(signal + feedback * next_damp_state, -2.0, 2.0)
    return next_delayed, next_damp_state


def declicked(block, click_limit):
    """Middle of a block, replaced by a line between its neighbors where it jumps."""
    m = len(block) // 2
    here = block[m]
    before = block[wp.max(m - 1, 0)]
    after = block[wp.min(m + 1, len(block) - 1)]
    guess = 0.5 * (before + after)
    if wp.abs(here - guess) > click_limit and wp.abs(before - after) < click_limit:
        return guess
    return here


def stereo_correlation(block, right_block):
    """Correlation of the two channels of a block."""
    cross = float(0.0)
    left_energy = float(0.0)
    right_energy = float(0.0)
    for n in range(wp.min(len(block), len(right_block))):
        cross += block[n] * right_block[n]
        left_energy += block[n] * block[n]
        right_energy += right_block[n] * right_block[n]
    norm = wp.sqrt(left_energy * right_energy)
    if norm < 1.0e-6:
        return 0.0
    return wp.clamp(cross / norm, -1.0, 1.0)
