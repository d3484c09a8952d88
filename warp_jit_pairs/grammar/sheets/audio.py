"""Audio: oscillators, envelopes, filters, dynamics, panning, windows and levels."""

import warp as wp

ENTITIES = "sample frame voice note grain"
GROUPS = "channel track band"
PAIRS = "interval"
LAUNCH = "1:6 2:3"
SUMMED = "power loudness wet"
OPPOSITE = ""

QUANTITIES = """
signal            | real  | state   | -1 1      | signal x dry
sidechain         | real  | state   | -1 1      | sidechain key_signal
phase             | real  | state   | 0 1       | phase phi ph
time              | real  | state   | 0 4       | time t t_sec
position          | real  | state   | 0 1       | u position t_norm
velocity          | real  | state   | 0.05 1    | velocity vel_midi key_vel
note              | int   | state   | 36 96     | note midi_note pitch
pcm               | int   | state   | -32768 32767 | pcm pcm16 word
harmonic          | int   | state   | 1 8       | harmonic partial h_num
envelope          | real  | state   | 0 1       | envelope env amp_env
peak              | real  | state   | 0.001 1   | peak peak_hold
z1                | real  | state   | -1 1      | z1 state1 s1
z2                | real  | state   | -1 1      | z2 state2 s2
low               | real  | state   | -1 1      | low lp low_pass
band              | real  | state   | -1 1      | band bp band_pass
delayed           | real  | state   | -1 1      | delayed tap echo
pan               | real  | state   | -1 1      | pan balance
azimuth           | real  | state   | -3 3      | azimuth az
distance          | real  | state   | 0.2 20    | dist distance range_m
block             | reals | state   | -1 1      | block frame_buf samples
spectrum          | reals | state   | 0.001 1   | spectrum mags bins_mag
partials          | reals | group   | 0.05 1    | partials amps harmonics
taps              | reals | group   | -0.5 0.5  | taps fir coeffs
attack            | real  | group   | 0.01 0.5  | attack t_attack | 0.01 0.05
decay             | real  | group   | 0.05 1    | decay t_decay | 0.1 0.2
sustain           | real  | group   | 0.1 0.9   | sustain sus | 0.7
release           | real  | group   | 0.05 2    | release t_release | 0.3
gate_time         | real  | uniform | 1.6 3     | gate_time note_len t_gate | 2.0
cutoff            | real  | group   | 0.1 8     | cutoff fc cutoff_khz | 1.0 2.0
resonance         | real  | group   | 0.5 8     | resonance q | 0.707 1.0
gain_db           | real  | group   | -12 12    | gain_db boost_db | 6.0 -3.0
threshold_db      | real  | group   | -40 -6    | threshold_db thresh_db | -20.0 -12.0
ratio             | real  | group   | 1.5 10    | ratio comp_ratio | 4.0
knee              | real  | group   | 1 12      | knee knee_db | 6.0
sample_rate       | real  | uniform | 22 96     | sample_rate fs rate_khz | 44.1 48.0
sample_period     | real  | uniform | 0.005 0.05 | dt sample_period inv_fs | 0.02
tuning            | real  | uniform | 0.42 0.46 | tuning a4 ref_khz | 0.44
detune            | real  | uniform | -50 50    | detune cents | 5.0 12.0
pulse_width       | real  | uniform | 0.1 0.9   | pulse_width duty pw | 0.5 0.25
depth             | real  | uniform | 0.05 1    | depth lfo_depth mod_amt | 0.5 0.3
lfo_frequency     | real  | uniform | 0.1 8     | lfo_freq lfo_rate rate_hz | 0.5 5.0
mod_index         | real  | uniform | 0.1 6     | mod_index fm_index beta | 2.0
drive             | real  | uniform | 0.5 8     | drive pre_gain | 2.0 4.0
bits              | int   | uniform | 3 10      | bits bit_depth | 8 4
mix               | real  | uniform | 0.05 1    | wet_mix dry_wet blend | 0.5 0.3
feedback          | real  | uniform | 0.1 0.9   | feedback fb regen | 0.5 0.6
smoothing         | real  | uniform | 0.01 0.9  | smoothing alpha coeff | 0.1
head_radius       | real  | uniform | 0.07 0.1  | head_radius r_head | 0.0875
air_absorption    | real  | uniform | 0.001 0.1 | air_absorb absorption | 0.01
source_speed      | real  | uniform | -0.3 0.3  | mach source_speed | 0.1
inharmonicity     | real  | uniform | 0.0001 0.01 | inharm b_coeff | 0.001
alpha             | real  | uniform | 0.1 0.9   | taper alpha_win | 0.5 0.25
frequency         | real  | result  | 0.02 10   | frequency f_khz freq
phase_step        | real  | result  | 0.0001 0.46 | phase_inc phase_step dphi
oscillator        | real  | result  | -1 1      | osc oscillator wave
blep              | real  | result  | -1 1      | blep poly_blep correction
lfo               | real  | result  | 0 1       | lfo lfo_value
amplitude         | real  | result  | 0 4       | amplitude amp gain_lin
level_db          | real  | result  | -80 20    | level_db db level
reduction_db      | real  | result  | -300 0 | reduction_db gr_db gain_reduction
time_constant     | real  | result  | 0 1       | coef pole one_pole_coef
wet               | real  | result  | -4 4      | wet effect_out processed
mixed             | real  | result  | -4 4      | mixed bus sum_out
left              | real  | result  | -4 4      | out_l left ch_l
right             | real  | result  | -4 4      | out_r right ch_r
high              | real  | result  | -40 40    | high hp high_pass
window            | real  | result  | 0 1       | window w win
power             | real  | result  | 0 1       | power pow_mean ms
rms               | real  | result  | 0 1       | rms level_rms
loudness          | real  | result  | -60 0     | loudness lufs
crest             | real  | result  |           | crest crest_factor
crossings         | int   | result  | 0 64      | crossings zero_cross zcr
centroid          | real  | result  | 0 64      | centroid spec_centroid
flatness          | real  | result  |           | flatness tonality
bark              | real  | result  |           | bark critical_band
mel               | real  | result  |           | mel mel_pitch
beat              | real  | result  | 0 40      | beat beat_freq
roughness         | real  | result  |           | roughness dissonance
delay             | real  | result  | 0 1       | itd delay_ms
response          | real  | result  | 0 10      | response mag_response h_mag
clipped           | bool  | result  |           | clipped is_clipped over
gate_open         | bool  | result  |           | gate_open voiced
audible           | bool  | result  |           | audible is_audible
"""


def frequency(note, tuning):
    """Equal temperament around A4."""
    return tuning * wp.pow(2.0, float(note - 69) / 12.0)


def detuned_frequency(note, tuning, detune):
    semitones = float(note - 69) + 0.01 * detune
    frequency = tuning * wp.exp(0.05776227 * semitones)
    return frequency


def doppler_frequency(note, tuning, source_speed):
    """Doppler shift of a source that moves towards the listener."""
    f = tuning * wp.pow(2.0, float(note - 69) / 12.0)
    frequency = f / (1.0 - source_speed)
    return frequency


def partial_frequency(tuning, harmonic, inharmonicity):
    """Partial of a stiff string."""
    n = float(harmonic)
    frequency = tuning * n * wp.sqrt(1.0 + inharmonicity * n * n)
    return frequency


def vibrato_frequency(tuning, lfo, depth):
    frequency = tuning * wp.pow(2.0, depth * (2.0 * lfo - 1.0) / 12.0)
    return frequency


def swept_frequency(position, min_frequency, max_frequency):
    """Logarithmic sine sweep."""
    frequency = min_frequency * wp.pow(max_frequency / min_frequency, position)
    return frequency


def phase_step(frequency, sample_rate):
    return frequency / sample_rate


def next_phase(phase, phase_step):
    return wp.frac(phase + phase_step)


def reset_phase(phase, phase_step, gate_open):
    next_phase = phase + phase_step
    if next_phase >= 1.0:
        next_phase = next_phase - 1.0
    if not gate_open:
        next_phase = 0.0
    return next_phase


def oscillator(phase):
    return wp.sin(wp.tau * phase)


def saw(phase, blep):
    """Sawtooth with its step smoothed by a polynomial."""
    oscillator = wp.clamp(2.0 * phase - 1.0 - blep, -1.0, 1.0)
    return oscillator


def blep(phase, phase_step):
    """Polynomial band-limited step (PolyBLEP)."""
    if phase < phase_step:
        t = phase / phase_step
        return t + t - t * t - 1.0
    if phase > 1.0 - phase_step:
        t = (phase - 1.0) / phase_step
        return t * t + t + t + 1.0
    return 0.0


def pulse(phase, pulse_width):
    oscillator = wp.where(phase < pulse_width, 1.0, -1.0)
    return oscillator


def triangle(phase, pulse_width):
    """Triangle whose peak may lean to either side."""
    oscillator = -1.0
    if phase < pulse_width:
        oscillator = 2.0 * phase / pulse_width - 1.0
    else:
        oscillator = 1.0 - 2.0 * (phase - pulse_width) / (1.0 - pulse_width)
    return oscillator


def fm_operator(phase, mod_index, harmonic):
    """Chowning's frequency modulation with two operators."""
    modulator = wp.sin(wp.tau * phase * float(harmonic))
    oscillator = wp.sin(wp.tau * phase + mod_index * modulator)
    return oscillator


def additive(partials, phase):
    """Sums a harmonic series and scales it to its greatest height."""
    total = float(0.0)
    norm = float(0.0)
    for n in range(len(partials)):
        total += partials[n] * wp.sin(wp.tau * phase * float(n + 1))
        norm += partials[n]
    oscillator = total / wp.max(norm, 1.0e-6)
    return oscillator


def noise_oscillator(smoothing, previous_oscillator, rng):
    """Brown noise: white noise behind a leaky integrator."""
    white = 2.0 * wp.randf(rng) - 1.0
    oscillator = previous_oscillator + smoothing * (white - previous_oscillator)
    return oscillator


def ring_modulated(signal, phase, mix):
    carrier = wp.sin(wp.tau * phase)
    wet = signal * (1.0 - mix + mix * carrier)
    return wet


def lfo(time, lfo_frequency):
    return 0.5 + 0.5 * wp.sin(wp.tau * lfo_frequency * time)


def triangle_lfo(time, lfo_frequency, phase):
    t = wp.frac(time * lfo_frequency + phase)
    lfo = 1.0 - wp.abs(2.0 * t - 1.0)
    return lfo


def adsr(time, attack, decay, sustain, release, gate_time):
    """Envelope of attack, decay, sustain and release with straight segments."""
    if time < attack:
        return time / attack
    if time < attack + decay:
        return 1.0 + (sustain - 1.0) * (time - attack) / decay
    if time < gate_time:
        return sustain
    next_envelope = sustain * wp.max(1.0 - (time - gate_time) / release, 0.0)
    return next_envelope


def pluck_envelope(time, attack, decay):
    """Rise and exponential decay of a plucked string."""
    rise = 1.0 - wp.exp(-time / attack)
    next_envelope = rise * wp.exp(-time / (4.0 * decay))
    return next_envelope


def exponential_release(envelope, release, sample_period):
    next_envelope = envelope * wp.exp(-sample_period / release)
    return next_envelope


def followed_envelope(signal, envelope, attack, release, sample_period):
    """Envelope follower, fast up and slow down."""
    level = wp.abs(signal)
    tau = release
    if level > envelope:
        tau = attack
    k = wp.exp(-sample_period / tau)
    next_envelope = level + k * (envelope - level)
    return next_envelope


def envelope_rate(envelope, sustain, decay):
    return (sustain - envelope) / decay


def next_peak(peak, signal, release, sample_period):
    """Peak hold that leaks."""
    return wp.max(wp.abs(signal), peak * (1.0 - sample_period / release))


def time_constant(release, sample_period):
    return wp.exp(-sample_period / release)


def cutoff_coefficient(cutoff, sample_rate):
    """Coefficient of a one-pole low-pass filter."""
    time_constant = wp.exp(-wp.tau * cutoff / sample_rate)
    return time_constant


def amplitude(gain_db):
    return wp.pow(10.0, gain_db / 20.0)


def velocity_amplitude(velocity, gain_db, envelope):
    curve = velocity * velocity
    amplitude = curve * envelope * wp.pow(10.0, 0.05 * gain_db)
    return amplitude


def tremolo_amplitude(lfo, depth, envelope):
    amplitude = envelope * (1.0 - depth * lfo)
    return amplitude


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


def power_level(rms):
    level_db = 20.0 * wp.log10(wp.max(rms, 1.0e-6)) + 3.0103
    return level_db


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


def next_low(low, signal, time_constant):
    """One-pole low-pass filter."""
    return signal + time_constant * (low - signal)


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


def ladder_stage(signal, z1, z2, feedback, time_constant):
    """Stage of a ladder filter, with saturation at its input."""
    x = wp.tanh(signal - 4.0 * feedback * z2)
    next_z1 = x + time_constant * (z1 - x)
    return next_z1


def response(frequency, cutoff, resonance):
    """Magnitude of a resonant low-pass filter of second order."""
    r = frequency / cutoff
    d = 1.0 - r * r
    return 1.0 / wp.sqrt(d * d + r * r / (resonance * resonance) + 1.0e-3)


def peaking_response(frequency, cutoff, gain_db, resonance):
    """Bell of an equalizer over the logarithm of frequency."""
    octaves = wp.log2(frequency / cutoff)
    bell = wp.exp(-0.5 * octaves * octaves * resonance)
    response = wp.pow(10.0, 0.05 * gain_db * bell)
    return response


def butterworth_response(frequency, cutoff, harmonic):
    r = frequency / cutoff
    response = 1.0 / wp.sqrt(1.0 + wp.pow(r, 2.0 * float(harmonic)))
    return response


def mixed(signal, wet, mix):
    return wp.lerp(signal, wet, mix)


def crossfaded(signal_a, signal_b, mix):
    """Crossfade of equal power."""
    mixed = signal_a * wp.cos(wp.half_pi * mix) + signal_b * wp.sin(wp.half_pi * mix)
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


def head_shadowed(signal, azimuth, frequency, head_radius):
    ka = 18.0 * frequency * head_radius
    shadow = 0.5 * ka / (1.0 + ka)
    left = signal * (1.0 - shadow * wp.sin(azimuth))
    right = signal * (1.0 + shadow * wp.sin(azimuth))
    return left, right


def window(position):
    """Hann window."""
    s = wp.sin(wp.pi * position)
    return s * s


def blackman_window(position):
    """Blackman window."""
    x = wp.tau * position
    window = wp.max(0.42 - 0.5 * wp.cos(x) + 0.08 * wp.cos(2.0 * x), 0.0)
    return window


def tukey_window(position, alpha):
    """Window with cosine tapers (Tukey)."""
    edge = wp.min(position, 1.0 - position)
    window = 1.0
    if edge < 0.5 * alpha:
        window = 0.5 - 0.5 * wp.cos(wp.tau * edge / alpha)
    return window


def gaussian_window(position, alpha):
    x = (2.0 * position - 1.0) / alpha
    window = wp.exp(-0.5 * x * x)
    return window


def windowed_signal(signal, window):
    next_signal = signal * window
    return next_signal


def decoded_signal(pcm, velocity):
    next_signal = velocity * float(pcm) / 32768.0
    return next_signal


def next_pcm(signal, rng):
    """Sixteen bits with triangular dither."""
    dither = wp.randf(rng) - wp.randf(rng)
    return wp.clamp(int(wp.rint(32767.0 * signal + dither)), -32768, 32767)


def echo_delayed(delayed, signal, feedback):
    next_delayed = wp.clamp(signal + feedback * delayed, -1.0, 1.0)
    return next_delayed


def karplus_strong(delayed, previous_delayed, feedback, smoothing):
    """String of Karplus and Strong."""
    averaged = (1.0 - 0.5 * smoothing) * delayed + 0.5 * smoothing * previous_delayed
    next_delayed = feedback * averaged
    return next_delayed


def power(block):
    """Mean square of a block."""
    acc = float(0.0)
    for n in range(len(block)):
        acc += block[n] * block[n]
    return acc / float(len(block))


def rms(power):
    return wp.sqrt(wp.max(power, 0.0))


def windowed_rms(block):
    """Root mean square under a Hann window."""
    acc = float(0.0)
    norm = float(0.0)
    for n in range(len(block)):
        w = 0.5 - 0.5 * wp.cos(wp.tau * (float(n) + 0.5) / float(len(block)))
        acc += w * block[n] * block[n]
        norm += w
    rms = wp.sqrt(acc / norm)
    return rms


def loudness(power):
    """Loudness of a weighted block (ITU-R BS.1770)."""
    return -0.691 + 10.0 * wp.log10(wp.max(power, 1.0e-6))


def crest(peak, rms):
    return peak / wp.max(rms, 1.0e-6)


def crossings(block):
    """Changes of sign in a block."""
    changes = int(0)
    for n in range(1, len(block)):
        if block[n] * block[n - 1] < 0.0:
            changes += 1
    return changes


def autocorrelated_power(block, harmonic):
    """Autocorrelation of a block at a lag."""
    acc = float(0.0)
    for n in range(len(block)):
        m = (n + harmonic) % len(block)
        acc += block[n] * block[m]
    power = wp.abs(acc) / float(len(block))
    return power


def goertzel(block, phase_step):
    """Power of one frequency by Goertzel's recurrence."""
    k = 2.0 * wp.cos(wp.tau * phase_step)
    s1 = float(0.0)
    s2 = float(0.0)
    for n in range(len(block)):
        s0 = block[n] + k * s1 - s2
        s2 = s1
        s1 = s0
    size = float(len(block))
    power = wp.clamp((s1 * s1 + s2 * s2 - k * s1 * s2) / (size * size), 0.0, 1.0)
    return power


def centroid(spectrum):
    """Mean bin of a spectrum."""
    moment = float(0.0)
    total = float(0.0)
    for n in range(len(spectrum)):
        moment += float(n) * spectrum[n]
        total += spectrum[n]
    return moment / wp.max(total, 1.0e-6)


def spectral_rolloff(spectrum, alpha):
    """Bin below which most of the energy lies."""
    total = float(0.0)
    for n in range(len(spectrum)):
        total += spectrum[n]
    below = float(0.0)
    centroid = float(0.0)
    for n in range(len(spectrum)):
        below += spectrum[n]
        if below < alpha * total:
            centroid = float(n + 1)
    return centroid


def flatness(spectrum):
    """Geometric over arithmetic mean of a spectrum (Wiener entropy)."""
    log_sum = float(0.0)
    total = float(0.0)
    for n in range(len(spectrum)):
        log_sum += wp.log(wp.max(spectrum[n], 1.0e-6))
        total += spectrum[n]
    size = float(len(spectrum))
    return wp.exp(log_sum / size) / wp.max(total / size, 1.0e-6)


def bark(frequency):
    """Zwicker and Terhardt's critical bands."""
    f = frequency / 7.5
    return 13.0 * wp.atan(0.76 * frequency) + 3.5 * wp.atan(f * f)


def mel(frequency):
    """Mel scale of O'Shaughnessy."""
    return 2595.0 * wp.log10(1.0 + frequency / 0.7)


def beat(frequency_a, frequency_b):
    return wp.abs(frequency_a - frequency_b)


def roughness(frequency_a, frequency_b, envelope_a, envelope_b):
    """Dissonance of two partials (Sethares)."""
    f_min = wp.min(frequency_a, frequency_b)
    s = 0.24 / (0.0207 * f_min + 0.01896)
    x = s * wp.abs(frequency_b - frequency_a)
    a = wp.min(envelope_a, envelope_b)
    return a * (wp.exp(-3.5 * x) - wp.exp(-5.75 * x))


def clipped(signal, drive):
    return wp.abs(signal) * drive > 1.0


def clipped_pcm(pcm, gain_db):
    clipped = wp.abs(float(pcm)) * wp.pow(10.0, 0.05 * gain_db) > 32767.0
    return clipped


def gate_open(level_db, threshold_db):
    return level_db > threshold_db


def audible(frequency, level_db):
    """Above the threshold of hearing (Terhardt)."""
    d = frequency - 3.3
    quiet = (
        3.64 * wp.pow(frequency, -0.8)
        - 6.5 * wp.exp(-0.6 * d * d)
        + 0.001 * frequency * frequency * frequency * frequency
    )
    return level_db + 60.0 > quiet


def mono(left, right):
    mixed = 0.5 * (left + right)
    return mixed


def equalized(signal, response):
    wet = signal * response
    return wet


def excited(signal, high, mix):
    """Adds saturated treble (exciter)."""
    wet = signal + mix * wp.tanh(high)
    return wet


def interaural_phase(phase, frequency, delay):
    next_phase = wp.frac(phase + frequency * delay)
    return next_phase


def normalized_amplitude(loudness, target_loudness):
    """Gain that brings a block to a wanted loudness."""
    amplitude = wp.pow(10.0, 0.05 * wp.min(target_loudness - loudness, 12.0))
    return amplitude
