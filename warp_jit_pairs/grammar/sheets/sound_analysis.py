"""Sound analysis: levels and spectra of blocks, pitch, loudness, scales of hearing."""

import warp as wp

ENTITIES = "frame block"
GROUPS = "channel band"
LAUNCH = "1:8 2:2"
SUMMED = "power"

QUANTITIES = """
position             | real  | state   | 0 1          | u_pos t_norm
peak                 | real  | state   | 0.001 1      | peak_abs peak
block                | reals | state   | -1 1         | block frame_buf samples
spectrum             | reals | state   | 0.001 1      | spectrum mags bins_mag
alpha                | real  | uniform | 0.1 0.9      | taper alpha_win              | 0.5 0.25
window               | real  | result  | 0 1          | window w win
power                | real  | result  | 0 1          | power pow_mean ms
rms                  | real  | result  | 0 1          | rms level_rms
loudness             | real  | result  | -60 0        | loudness lufs
crest                | real  | result  |              | crest crest_factor
crossings            | int   | result  | 0 64         | crossings zero_cross zcr
centroid             | real  | result  | 0 64         | centroid spec_centroid
flatness             | real  | result  | 0 1          | flatness tonality
bark                 | real  | result  | 0 30         | bark critical_band
mel                  | real  | result  | 0 4000       | mel mel_pitch
audible              | bool  | result  |              | audible is_audible
tone_frequency       | real  | state   | 0.02 10      | freq_khz tone_freq
tone_level           | real  | state   | -80 20       | tone_db tone_level
rms_level            | real  | result  | -150 150     | rms_db level_rms
tone_power           | real  | result  | 0 1          | tone_power bin_power
bin_step             | real  | uniform | 0.01 0.46    | bin_step norm_freq           | 0.125 0.25
rolloff              | real  | result  | 0 64         | rolloff roll_bin
rolloff_share        | real  | uniform | 0.5 0.95     | rolloff_share fraction       | 0.85
makeup_gain          | real  | result  | 0 4          | makeup gain_lin
pitch_threshold      | real  | uniform | 0.1 0.9      | yin_threshold pitch_threshold | 0.15
pitch_lag            | int   | result  |              | pitch_lag period
earlier_spectrum     | reals | state   | 0.001 1      | prev_mags last_spectrum
spectral_flux        | real  | result  | 0 4          | flux onset_strength
bin_number           | int   | uniform | 0 6          | bin_no k_bin
bin_magnitude        | real  | result  | 0 0.8        | mag bin_mag
cepstral_coefficient | real  | result  | -10 10       | mfcc cepstrum
band_low             | real  | uniform | 0.05 2       | f_low band_low               | 0.5
band_center          | real  | uniform | 2.2 4        | f_center band_center         | 3.0
band_high            | real  | uniform | 4.2 9        | f_high band_high             | 5.0
mel_band_weight      | real  | result  | 0 1          | band_weight tri_weight
prediction           | vec2  | result  |              | lpc prediction
spectral_peak        | real  | result  | 0 5          | peak_bin peak_pos
a_weighting          | real  | result  | -60 60       | a_weight weighting_db
flatness_value       | real  | state   | 0 1          | flatness tonality
crossing_rate        | real  | state   | 0 1          | zcr crossing_rate
frame_level          | real  | state   | -90 0        | frame_db frame_level
tonal_or_noisy       | int   | result  | 0 3          | frame_class voicing
chroma_class         | int   | result  | 0 11         | pitch_class chroma
room_volume          | real  | state   | 20 2000      | room_volume volume
wall_area            | real  | state   | 50 1000      | wall_area surface
absorption           | real  | state   | 0.02 0.9     | absorption alpha_mean
reverberation_time   | real  | result  | 0 40         | rt60 reverb_time
bark_distance        | real  | state   | -5 10        | dz bark_dist
masker_level         | real  | state   | 20 100       | masker_db masker_level
masking_threshold    | real  | result  | -100 100     | mask_db threshold_db
block_powers         | reals | state   | 0.000001 0.5 | block_powers powers
gate_level           | real  | uniform | -70 -20      | gate_lufs gate_level         | -70.0 -50.0
gated_loudness       | real  | result  | -10 0        | lufs gated_loudness
"""


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


def goertzel(block, bin_step):
    """Power of one frequency by Goertzel's recurrence."""
    k = 2.0 * wp.cos(wp.tau * bin_step)
    s1 = float(0.0)
    s2 = float(0.0)
    for n in range(len(block)):
        s0 = block[n] + k * s1 - s2
        s2 = s1
        s1 = s0
    size = float(len(block))
    tone_power = wp.clamp((s1 * s1 + s2 * s2 - k * s1 * s2) / (size * size), 0.0, 1.0)
    return tone_power


def centroid(spectrum):
    """Mean bin of a spectrum."""
    moment = float(0.0)
    total = float(0.0)
    for n in range(len(spectrum)):
        moment += float(n) * spectrum[n]
        total += spectrum[n]
    return moment / wp.max(total, 1.0e-6)


def spectral_rolloff(spectrum, rolloff_share):
    """Bin below which most of the energy lies."""
    total = float(0.0)
    for n in range(len(spectrum)):
        total += spectrum[n]
    below = float(0.0)
    rolloff = float(0.0)
    for n in range(len(spectrum)):
        below += spectrum[n]
        if below < rolloff_share * total:
            rolloff = float(n + 1)
    return rolloff


def flatness(spectrum):
    """Geometric over arithmetic mean of a spectrum (Wiener entropy)."""
    log_sum = float(0.0)
    total = float(0.0)
    for n in range(len(spectrum)):
        log_sum += wp.log(wp.max(spectrum[n], 1.0e-6))
        total += spectrum[n]
    size = float(len(spectrum))
    return wp.exp(log_sum / size) / wp.max(total / size, 1.0e-6)


def bark(tone_frequency):
    """Zwicker and Terhardt's critical bands."""
    f = tone_frequency / 7.5
    return 13.0 * wp.atan(0.76 * tone_frequency) + 3.5 * wp.atan(f * f)


def mel(tone_frequency):
    """Mel scale of O'Shaughnessy."""
    return 2595.0 * wp.log10(1.0 + tone_frequency / 0.7)


def audible(tone_frequency, tone_level):
    """Above the threshold of hearing (Terhardt)."""
    d = tone_frequency - 3.3
    quiet = (
        3.64 * wp.pow(tone_frequency, -0.8)
        - 6.5 * wp.exp(-0.6 * d * d)
        + 0.001 * tone_frequency * tone_frequency * tone_frequency * tone_frequency
    )
    return tone_level + 60.0 > quiet


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


def normalized_amplitude(loudness, target_loudness):
    """Gain that brings a block to a wanted loudness."""
    makeup_gain = wp.pow(10.0, 0.05 * wp.min(target_loudness - loudness, 12.0))
    return makeup_gain


def power_level(rms):
    rms_level = 20.0 * wp.log10(wp.max(rms, 1.0e-6)) + 3.0103
    return rms_level


def pitch_lag(block, pitch_threshold):
    """Lag of the first clear minimum of the normalized difference function (YIN), or zero."""
    half = len(block) // 2
    running = float(0.0)
    for lag in range(1, half + 1):
        diff = float(0.0)
        for n in range(half):
            d = block[n] - block[n + lag]
            diff += d * d
        running += diff
        normalized = diff * float(lag) / wp.max(running, 1.0e-6)
        if normalized < pitch_threshold:
            return lag
    return 0


def spectral_flux(spectrum, earlier_spectrum):
    """Sum of the rises of a spectrum since the frame before."""
    total = float(0.0)
    for n in range(wp.min(len(spectrum), len(earlier_spectrum))):
        rise = spectrum[n] - earlier_spectrum[n]
        total += wp.max(rise, 0.0)
    return total


def bin_magnitude(block, bin_number):
    """Magnitude of a bin of the discrete Fourier transform under a Hann window."""
    re = float(0.0)
    im = float(0.0)
    size = float(len(block))
    for n in range(len(block)):
        w = 0.5 - 0.5 * wp.cos(wp.tau * float(n) / size)
        angle = wp.tau * float(bin_number * n) / size
        re += w * block[n] * wp.cos(angle)
        im -= w * block[n] * wp.sin(angle)
    return 2.0 * wp.sqrt(re * re + im * im) / size


def cepstral_coefficient(spectrum, bin_number):
    """Coefficient of the cosine transform of a logarithmic spectrum."""
    total = float(0.0)
    size = float(len(spectrum))
    for n in range(len(spectrum)):
        angle = wp.pi * float(bin_number) * (float(n) + 0.5) / size
        total += wp.log(spectrum[n] + 1.0e-6) * wp.cos(angle)
    return total * wp.sqrt(2.0 / size)


def mel_band_weight(tone_frequency, band_low, band_center, band_high):
    """Weight of a frequency in a triangular band."""
    if tone_frequency <= band_low or tone_frequency >= band_high:
        return 0.0
    if tone_frequency < band_center:
        return (tone_frequency - band_low) / (band_center - band_low)
    return (band_high - tone_frequency) / (band_high - band_center)


def prediction_coefficients(block):
    """Second-order linear prediction by the Levinson-Durbin recursion."""
    r0 = float(1.0e-4)
    r1 = float(0.0)
    r2 = float(0.0)
    for n in range(len(block)):
        r0 += block[n] * block[n]
        if n >= 1:
            r1 += block[n] * block[n - 1]
        if n >= 2:
            r2 += block[n] * block[n - 2]
    k1 = r1 / r0
    error = wp.max(r0 * (1.0 - k1 * k1), 1.0e-5)
    k2 = wp.clamp((r2 - k1 * r1) / error, -1.0, 1.0)
    prediction = wp.vec2(k1 * (1.0 - k2), k2)
    return prediction


def spectral_peak(spectrum):
    """Place of the highest bin, by a parabola through the logarithms of its neighbors."""
    best = int(0)
    for n in range(1, len(spectrum)):
        if spectrum[n] > spectrum[best]:
            best = n
    if best == 0 or best == len(spectrum) - 1:
        return float(best)
    left = wp.log(spectrum[best - 1])
    mid = wp.log(spectrum[best])
    right = wp.log(spectrum[best + 1])
    bend = left - 2.0 * mid + right
    if bend > -1.0e-4:
        return float(best)
    return float(best) + 0.5 * (left - right) / bend


def a_weighting(tone_frequency):
    """A-weighting in decibels; kilohertz."""
    f2 = tone_frequency * tone_frequency
    num = 148.84 * f2 * f2
    den = (f2 + 0.000424) * wp.sqrt((f2 + 0.0116) * (f2 + 0.5448)) * (f2 + 148.84)
    return 20.0 * wp.log10(wp.max(num / den, 1.0e-6)) + 2.0


def tonal_or_noisy(flatness_value, crossing_rate, frame_level):
    """Class of a frame: silent, voiced, noisy or mixed."""
    if frame_level < -50.0:
        return 0
    if flatness_value < 0.2 and crossing_rate < 0.3:
        return 1
    if flatness_value > 0.5 or crossing_rate > 0.6:
        return 2
    return 3


def chroma_class(tone_frequency):
    """Class of a pitch from C to B, and cents are left out."""
    semitones = 12.0 * wp.log2(tone_frequency / 0.44) + 69.0
    return (int(wp.round(semitones)) + 120) % 12


def reverberation_time(room_volume, wall_area, absorption):
    """Sabine's formula for dull rooms, Eyring's for others."""
    if absorption < 0.2:
        return 0.161 * room_volume / (wall_area * absorption)
    return 0.161 * room_volume / (-wall_area * wp.log(1.0 - absorption))


def masking_threshold(bark_distance, masker_level):
    """Level below which a tone is masked by another one, steeper towards low pitches."""
    if bark_distance < -3.0 or bark_distance > 8.0:
        return -60.0
    if bark_distance < 0.0:
        return masker_level - 10.0 + 27.0 * bark_distance
    slope = 27.0 - 0.37 * wp.max(masker_level - 40.0, 0.0)
    return wp.max(masker_level - 10.0 - slope * bark_distance, -100.0)


def gated_loudness(block_powers, gate_level):
    """Loudness of the blocks that are louder than a gate."""
    total = float(0.0)
    count = int(0)
    for n in range(len(block_powers)):
        level = -0.691 + 10.0 * wp.log10(block_powers[n])
        if level > gate_level:
            total += block_powers[n]
            count += 1
    if count == 0:
        return -70.0
    return -0.691 + 10.0 * wp.log10(total / float(count))
