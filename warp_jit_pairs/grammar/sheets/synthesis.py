"""Sound synthesis: notes, oscillators, modulation, envelopes, strings."""

import warp as wp

ENTITIES = "voice note"
GROUPS = "track"
PAIRS = "interval"
LAUNCH = "1:8 2:2"
SUMMED = "amplitude"

QUANTITIES = """
phase             | real  | state   | 0 1         | phase phi ph
time              | real  | state   | 0 4         | time t t_sec
velocity          | real  | state   | 0.05 1      | velocity vel_midi key_vel
note              | int   | state   | 36 96       | midi_note note_no
harmonic          | int   | state   | 1 8         | harmonic partial h_num
envelope          | real  | state   | 0 1         | envelope env amp_env
delayed           | real  | state   | -1 1        | delayed tap echo
partials          | reals | group   | 0.05 1      | partials amps harmonics
attack            | real  | group   | 0.01 0.5    | attack t_attack           | 0.01 0.05
decay             | real  | group   | 0.05 1      | decay t_decay             | 0.1 0.2
sustain           | real  | group   | 0.1 0.9     | sustain sus               | 0.7
release           | real  | group   | 0.05 2      | release t_release         | 0.3
gate_time         | real  | uniform | 1.6 3       | gate_time note_len t_gate | 2.0
gain_db           | real  | group   | -12 12      | gain_db boost_db          | 6.0 -3.0
sample_rate       | real  | uniform | 22 96       | sample_rate fs rate_khz   | 44.1 48.0
sample_period     | real  | uniform | 0.005 0.05  | dt sample_period inv_fs   | 0.02
tuning            | real  | uniform | 0.42 0.46   | tuning a4 ref_khz         | 0.44
pulse_width       | real  | uniform | 0.1 0.9     | pulse_width duty pw       | 0.5 0.25
depth             | real  | uniform | 0.05 1      | depth lfo_depth mod_amt   | 0.5 0.3
lfo_frequency     | real  | uniform | 0.1 8       | lfo_freq lfo_rate rate_hz | 0.5 5.0
mod_index         | real  | uniform | 0.1 6       | mod_index fm_index beta   | 2.0
feedback          | real  | uniform | 0.1 0.9     | feedback fb regen         | 0.5 0.6
smoothing         | real  | uniform | 0.01 0.9    | smoothing alpha coeff     | 0.1
source_speed      | real  | uniform | -0.3 0.3    | mach source_speed         | 0.1
inharmonicity     | real  | uniform | 0.0001 0.01 | inharm b_coeff            | 0.001
frequency         | real  | state   | 0.05 5      | freq_khz frequency
phase_step        | real  | result  | 0.0001 0.46 | phase_inc phase_step dphi
oscillator        | real  | result  | -1 1        | osc oscillator wave
blep              | real  | result  | -1 1        | blep poly_blep correction
lfo               | real  | result  | 0 1         | lfo lfo_value
amplitude         | real  | result  | 0 4         | amplitude amp
beat              | real  | result  | 0 40        | beat beat_freq
roughness         | real  | result  |             | roughness dissonance
gate_open         | bool  | result  |             | gate_open voiced
adsr_level        | real  | result  | 0 1         | env_level adsr_out
pluck_level       | real  | result  | 0 1         | pluck_env env_pluck
sweep_position    | real  | state   | 0 1         | sweep_pos t_norm
fundamental       | real  | state   | 0.05 1      | f0_khz fundamental
detune_ratio      | real  | uniform | 0.001 0.02  | detune_ratio spread       | 0.005
voices            | int   | uniform | 2 7         | num_voices voices
stacked           | real  | result  | -1 1        | stack chorus_out
table             | reals | group   | -1 1        | table wave_table
wavetable         | real  | result  | -1 1        | table_out wt_out
second_index      | real  | uniform | 0.1 3       | index_2 second_index      | 1.0
ratio_a           | real  | uniform | 0.5 4       | ratio_2 op2_ratio         | 1.0 2.0
ratio_b           | real  | uniform | 0.5 7       | ratio_3 op3_ratio         | 3.0
stage             | int   | state   | 0 3         | stage env_stage
strike_time       | real  | state   | 0 2         | t_strike strike_time
mode_decay        | real  | group   | 0.5 5       | mode_decay loss           | 1.0 2.0
struck_modes      | real  | result  | -1.5 1.5    | modal_out struck
left_wave         | real  | state   | -1 1        | left_wave y_left
right_wave        | real  | state   | -1 1        | right_wave y_right
bridge_loss       | real  | uniform | 0.9 0.999   | bridge_loss loop_gain     | 0.99
string_pick       | real  | state   | -0.5 0.5    | pick excitation
stiffness_state   | real  | state   | -1 1        | bridge_state lp_state
glide_time        | real  | group   | 0.02 0.5    | glide_time portamento     | 0.1
glided_frequency  | real  | result  | 0 5         | freq_glide glided
scale_degree      | int   | state   | 0 20        | scale_degree degree
just_ratio        | real  | result  | 1 8         | ratio just_ratio
root_note         | int   | state   | 36 72       | root root_note
arp_step          | int   | state   | 0 40        | arp_step step_no
octaves           | int   | uniform | 1 4         | octaves num_octaves
chord_kind        | int   | state   | 0 1         | chord_kind is_minor
arpeggio_note     | int   | result  |             | arp_note note_out
pattern_step      | int   | state   | 0 63        | step pattern_pos
pulses            | int   | group   | 1 7         | pulses hits
pattern_length    | int   | group   | 8 16        | steps pattern_len
on_beat           | bool  | result  |             | on_beat trigger
slow_state        | real  | state   | -2 2        | b0 pink_slow
middle_state      | real  | state   | -2 2        | b1 pink_mid
fast_state        | real  | state   | -2 2        | b2 pink_fast
note_frequency    | real  | result  | 0.02 6      | note_freq f_note
vibrato_frequency | real  | result  | 0 0.5       | freq_vib vibrato_freq
partial_frequency | real  | result  | 0 10        | partial_freq f_n
swept_frequency   | real  | result  | 0 5         | sweep_freq f_sweep
noise_state       | real  | state   | -1 1        | noise_state brown
"""


def note_frequency(note, tuning):
    """Equal temperament around A4."""
    return tuning * wp.pow(2.0, float(note - 69) / 12.0)


def doppler_frequency(note, tuning, source_speed):
    """Doppler shift of a source that moves towards the listener."""
    f = tuning * wp.pow(2.0, float(note - 69) / 12.0)
    note_frequency = f / (1.0 - source_speed)
    return note_frequency


def partial_frequency(fundamental, harmonic, inharmonicity):
    """Partial of a stiff string."""
    n = float(harmonic)
    return fundamental * n * wp.sqrt(1.0 + inharmonicity * n * n)


def vibrato_frequency(tuning, lfo, depth):
    return tuning * wp.pow(2.0, depth * (2.0 * lfo - 1.0) / 12.0)


def swept_frequency(sweep_position, min_frequency, max_frequency):
    """Logarithmic sine sweep."""
    return min_frequency * wp.pow(max_frequency / min_frequency, sweep_position)


def phase_step(frequency, sample_rate):
    return frequency / sample_rate


def next_phase(phase, phase_step):
    return wp.frac(phase + phase_step)


def gated_phase(phase, phase_step, gate_open):
    """Phase of an oscillator that starts anew at each note."""
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


def noise_oscillator(smoothing, noise_state, rng):
    """Brown noise: white noise behind a leaky integrator."""
    white = 2.0 * wp.randf(rng) - 1.0
    next_noise_state = noise_state + smoothing * (white - noise_state)
    return next_noise_state


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
    adsr_level = sustain * wp.max(1.0 - (time - gate_time) / release, 0.0)
    return adsr_level


def pluck_envelope(time, attack, decay):
    """Rise and exponential decay of a plucked string."""
    rise = 1.0 - wp.exp(-time / attack)
    pluck_level = rise * wp.exp(-time / (4.0 * decay))
    return pluck_level


def exponential_release(envelope, release, sample_period):
    next_envelope = envelope * wp.exp(-sample_period / release)
    return next_envelope


def envelope_rate(envelope, sustain, decay):
    return (sustain - envelope) / decay


def velocity_amplitude(velocity, gain_db, envelope):
    curve = velocity * velocity
    amplitude = curve * envelope * wp.pow(10.0, 0.05 * gain_db)
    return amplitude


def tremolo_amplitude(lfo, depth, envelope):
    amplitude = envelope * (1.0 - depth * lfo)
    return amplitude


def karplus_strong(delayed, previous_delayed, feedback, smoothing):
    """String of Karplus and Strong."""
    averaged = (1.0 - 0.5 * smoothing) * delayed + 0.5 * smoothing * previous_delayed
    next_delayed = feedback * averaged
    return next_delayed


def beat(frequency_a, frequency_b):
    return wp.abs(frequency_a - frequency_b)


def roughness(frequency_a, frequency_b, envelope_a, envelope_b):
    """Dissonance of two partials (Sethares)."""
    f_min = wp.min(frequency_a, frequency_b)
    s = 0.24 / (0.0207 * f_min + 0.01896)
    x = s * wp.abs(frequency_b - frequency_a)
    a = wp.min(envelope_a, envelope_b)
    return a * (wp.exp(-3.5 * x) - wp.exp(-5.75 * x))


def detuned_chorus(phase, detune_ratio, voices):
    """Stack of detuned sawtooths, scaled to one."""
    total = float(0.0)
    for n in range(voices):
        offset = float(n) - 0.5 * float(voices - 1)
        p = wp.frac(phase * (1.0 + detune_ratio * offset) + 0.37 * float(n) + 4.0)
        total += 2.0 * p - 1.0
    stacked = total / wp.sqrt(float(voices) + 1.0e-3)
    return stacked


def wavetable(table, phase):
    """Oscillator that reads a table, straight between its points."""
    size = len(table)
    where = phase * float(size)
    base = wp.floor(where)
    n = int(base) % size
    m = (n + 1) % size
    return wp.lerp(table[n], table[m], where - base)


def three_operators(phase, mod_index, second_index, ratio_a, ratio_b):
    """Frequency modulation with a chain of three operators."""
    third = wp.sin(wp.tau * phase * ratio_b)
    second = wp.sin(wp.tau * phase * ratio_a + second_index * third)
    oscillator = wp.sin(wp.tau * phase + mod_index * second)
    return oscillator


def exponential_adsr(envelope, stage, attack, decay, sustain, release, sample_period):
    """Step of an exponential envelope: 0 rises, 1 falls to the sustain, 2 holds, 3 fades out."""
    next_envelope = envelope
    next_stage = stage
    if stage == 0:
        next_envelope = envelope + (1.3 - envelope) * (1.0 - wp.exp(-sample_period / attack))
        if next_envelope >= 1.0:
            next_envelope = 1.0
            next_stage = 1
    elif stage == 1:
        next_envelope = sustain + (envelope - sustain) * wp.exp(-sample_period / decay)
        if next_envelope - sustain < 0.001:
            next_stage = 2
    elif stage == 3:
        next_envelope = envelope * wp.exp(-sample_period / release)
    return next_envelope, next_stage


def struck_modes(strike_time, partials, fundamental, mode_decay):
    """Sound of a struck bar: a sum of decaying modes with their inharmonic ratios."""
    total = float(0.0)
    for n in range(len(partials)):
        k = 2.0 * float(n + 1) + 1.0
        ratio = k * k / 9.0
        fade = wp.exp(-strike_time * ratio * mode_decay)
        if fade < 0.001:
            break
        total += partials[n] * fade * wp.sin(wp.tau * fundamental * ratio * strike_time)
    return total


def string_step(left_wave, right_wave, bridge_loss, string_pick, stiffness_state):
    """Scattering at the bridge of a waveguide string with a one-pole loss."""
    next_stiffness_state = 0.5 * (left_wave + stiffness_state)
    next_right_wave = -bridge_loss * next_stiffness_state
    next_left_wave = right_wave + 0.5 * string_pick
    return next_left_wave, next_right_wave, next_stiffness_state


def portamento(frequency, target_frequency, glide_time, sample_period):
    """Pitch that glides to a note at a constant rate of its logarithm."""
    k = 1.0 - wp.exp(-sample_period / glide_time)
    glided_frequency = frequency * wp.pow(target_frequency / frequency, k)
    return glided_frequency


def just_ratio(scale_degree):
    """Ratio of a degree of the major scale in just intonation."""
    octave = scale_degree // 7
    step = scale_degree % 7
    ratio = 1.0
    if step == 1:
        ratio = 9.0 / 8.0
    elif step == 2:
        ratio = 5.0 / 4.0
    elif step == 3:
        ratio = 4.0 / 3.0
    elif step == 4:
        ratio = 3.0 / 2.0
    elif step == 5:
        ratio = 5.0 / 3.0
    elif step == 6:
        ratio = 15.0 / 8.0
    return ratio * wp.pow(2.0, float(octave))


def arpeggio_note(root_note, arp_step, octaves, chord_kind):
    """Note of an arpeggio over a triad that goes up and starts again."""
    third = 4
    if chord_kind == 1:
        third = 3
    position = arp_step % (3 * octaves)
    octave = position // 3
    place = position % 3
    offset = 0
    if place == 1:
        offset = third
    elif place == 2:
        offset = 7
    return root_note + 12 * octave + offset


def euclidean_beat(pattern_step, pulses, pattern_length):
    """Whether a Euclidean rhythm has a beat at a step."""
    place = pattern_step % pattern_length
    on_beat = (place * pulses) % pattern_length < pulses
    return on_beat


def pink_noise(slow_state, middle_state, fast_state, rng):
    """Step of three leaky integrators whose sum is nearly pink."""
    white = 2.0 * wp.randf(rng) - 1.0
    next_slow_state = 0.99765 * slow_state + 0.099046 * white
    next_middle_state = 0.963 * middle_state + 0.2965164 * white
    next_fast_state = 0.57 * fast_state + 1.0526913 * white
    return next_slow_state, next_middle_state, next_fast_state
