"""Neurons: membranes, channels, spikes, synapses, coupled oscillators."""

import warp as wp

ENTITIES = "neuron cell"
GROUPS = "layer region"
PAIRS = "synapse gap_junction"
LAUNCH = "1:8 2:2"
SUMMED = "synaptic_current"
OPPOSITE = "gap_current"

QUANTITIES = """
potential              | real  | state   | -85 40      | potential v_m vm v_mem
adaptation             | real  | state   | -20 10      | adaptation u_rec w_adapt
input_current          | real  | state   | 0 15        | input_current i_ext
threshold              | real  | uniform | -55 -40     | threshold v_th v_thresh | -50.0 -45.0
reset                  | real  | uniform | -75 -60     | reset v_reset           | -65.0 -70.0
time_constant          | real  | group   | 5 30        | tau_m time_constant     | 10.0 20.0
resistance             | real  | group   | 0.5 5       | resistance r_m r_mem    | 1.0
sodium_gate            | real  | state   | 0 1         | sodium_gate m_gate gate_m
potassium_gate         | real  | state   | 0.02 0.98   | potassium_gate n_gate gate_n
inactivation           | real  | state   | 0.02 0.98   | inactivation h_gate gate_h
opening                | real  | result  | 0 20        | opening alpha_n a_open
closing                | real  | result  | 0.01 20     | closing beta_n b_close
membrane_current       | real  | result  | -2000 2000  | membrane_current i_ion i_mem
coupling               | real  | uniform | 0.05 2      | coupling k_couple       | 0.1 0.5
gap_current            | real  | result  | -200 200    | gap_current i_gap
phase                  | real  | state   | 0 6.28      | phase theta phi
frequency              | real  | state   | 0.2 4       | omega natural_freq
spike_time             | real  | state   | 0 100       | spike_time t_spike last_spike
weight                 | real  | state   | 0.05 1      | weight w_syn syn_weight
spiked                 | bool  | result  |             | spiked fired spiking
dt                     | real  | uniform | 0.01 0.2    | dt h_step               | 0.05 0.1
now                    | real  | uniform | 40 120      | t_now now t_ms          | 100.0
synaptic_current       | real  | result  | 0 15        | i_syn syn_current
excitation             | real  | state   | -2 2        | v_fhn excitation
refractoriness         | real  | state   | -1 1.5      | w_fhn refractoriness
stimulus               | real  | state   | 0 1         | stimulus i_stim
calcium_inside         | real  | state   | 0.0001 0.01 | ca_in calcium_in
calcium_outside        | real  | uniform | 1 4         | ca_out calcium_out      | 2.0
calcium_current        | real  | result  | -30 0       | i_ca calcium_current
ion_inside             | real  | state   | 5 150       | ion_in conc_in
ion_outside            | real  | state   | 3 150       | ion_out conc_out
nernst_potential       | real  | result  | -150 150    | e_rev nernst
potassium_ratio        | real  | state   | 0.02 0.1    | k_ratio potassium_ratio
sodium_ratio           | real  | state   | 5 15        | na_ratio sodium_ratio
potassium_permeability | real  | group   | 0.5 1       | p_k potassium_perm      | 1.0
sodium_permeability    | real  | group   | 0.01 0.1    | p_na sodium_perm        | 0.04
resting_potential      | real  | result  | -60 60      | v_rest_ghk resting
resources              | real  | state   | 0 1         | resources x_stp
utilization            | real  | state   | 0.05 1      | utilization u_stp
spike_interval         | real  | state   | 1 200       | isi spike_interval
recovery_time          | real  | group   | 50 800      | tau_rec recovery_time   | 200.0
facilitation_time      | real  | group   | 20 500      | tau_facil facil_time    | 50.0
base_utilization       | real  | group   | 0.05 0.6    | u_base base_util        | 0.2 0.5
conductance            | real  | state   | 0.01 1      | g_syn conductance
magnesium              | real  | uniform | 0.5 2       | mg_conc magnesium       | 1.0
nmda_current           | real  | result  | -40 40      | i_nmda nmda_current
distance               | real  | state   | 5 300       | path_dist distance
diameter               | real  | state   | 0.5 8       | diameter d_dend
membrane_resistance    | real  | group   | 5000 40000  | r_m membrane_res        | 20000.0
axial_resistance       | real  | group   | 1 3         | r_i axial_res           | 1.5
cable_attenuation      | real  | result  | 0 1         | attenuation v_ratio
spike_times            | reals | state   | 0 100       | spike_times spikes
window_start           | real  | uniform | 0 40        | window_start t_start    | 20.0
window_length          | real  | uniform | 20 60       | window_len t_window     | 50.0
firing_rate            | real  | result  | 0 150       | firing_rate rate_hz
interval_variation     | real  | result  | 0 1.5       | cv_isi isi_cv
rate                   | real  | state   | 5 100       | target_rate rate_hz
weights                | reals | state   | -1 1        | weights w_syns
arrivals               | reals | state   | 0 100       | arrivals t_arrival
decay_time             | real  | group   | 2 30        | tau_syn decay_time      | 5.0
synaptic_sum           | real  | result  | -1.5 1.5    | i_syn_total syn_sum
bin_width              | real  | uniform | 0.5 5       | bin_width bin_ms        | 1.0
"""


def leaky_potential(potential, rest_potential, input_current, resistance, time_constant):
    """Leaky integrate-and-fire neuron below its threshold."""
    potential_rate = (rest_potential - potential + resistance * input_current) / time_constant
    return potential_rate


def exponential_potential(potential, rest_potential, threshold, input_current, resistance, time_constant):
    """Exponential integrate-and-fire neuron."""
    sharpness = 2.0
    leak = rest_potential - potential
    upswing = sharpness * wp.exp(wp.min((potential - threshold) / sharpness, 10.0))
    potential_rate = (leak + upswing + resistance * input_current) / time_constant
    return potential_rate


def lif_step(potential, rest_potential, input_current, threshold, reset, time_constant, resistance, dt):
    """Exact step of a leaky integrate-and-fire neuron, with a reset."""
    v_inf = rest_potential + resistance * input_current
    decay = wp.exp(-dt / time_constant)
    next_potential = v_inf + (potential - v_inf) * decay
    if next_potential >= threshold:
        next_potential = reset
    return next_potential


def izhikevich(potential, adaptation, input_current, dt):
    """Izhikevich's model of a regular spiking neuron."""
    if potential >= 30.0:
        next_potential = -65.0
        next_adaptation = adaptation + 8.0
    else:
        dv = 0.04 * potential * potential + 5.0 * potential + 140.0 - adaptation + input_current
        du = 0.02 * (0.2 * potential - adaptation)
        next_potential = wp.min(potential + dt * dv, 30.0)
        next_adaptation = adaptation + dt * du
    return next_potential, next_adaptation


def spiked(potential, threshold):
    return potential >= threshold


def refractory_spike(potential, threshold, now, spike_time):
    spiked = potential > threshold and now - spike_time > 2.0
    return spiked


def opening(potential):
    """Opening rate of a potassium gate (Hodgkin and Huxley)."""
    x = 0.1 * (potential + 55.0)
    if wp.abs(x) < 0.05:
        return 0.1 + 0.05 * x
    return 0.1 * x / (1.0 - wp.exp(-x))


def closing(potential):
    return 0.125 * wp.exp(-(potential + 65.0) / 80.0)


def potassium_gate_rate(opening, closing, potassium_gate):
    return opening * (1.0 - potassium_gate) - closing * potassium_gate


def relaxed_gate(potassium_gate, opening, closing, dt):
    """Rush-Larsen step of a gating variable."""
    total = opening + closing
    n_inf = opening / total
    next_potassium_gate = n_inf + (potassium_gate - n_inf) * wp.exp(-dt * total)
    return next_potassium_gate


def inactivation_rate(inactivation, potential):
    alpha_h = 0.07 * wp.exp(-(potential + 65.0) / 20.0)
    beta_h = 1.0 / (1.0 + wp.exp(-(potential + 35.0) / 10.0))
    return alpha_h * (1.0 - inactivation) - beta_h * inactivation


def boltzmann_gate(potential, threshold):
    """Steady state of a gate as a Boltzmann function."""
    sodium_gate = 1.0 / (1.0 + wp.exp((threshold - potential) / 9.0))
    return sodium_gate


def sodium_current(potential, sodium_gate, inactivation):
    g_na = 120.0
    open_fraction = sodium_gate * sodium_gate * sodium_gate * inactivation
    membrane_current = 0.1 * g_na * open_fraction * (potential - 50.0)
    return membrane_current


def potassium_current(potential, potassium_gate):
    membrane_current = 3.6 * wp.pow(potassium_gate, 4.0) * (potential + 77.0)
    return membrane_current


def hodgkin_huxley(potential, sodium_gate, inactivation, potassium_gate):
    """Ionic current of Hodgkin and Huxley's squid axon."""
    m3h = sodium_gate * sodium_gate * sodium_gate * inactivation
    n2 = potassium_gate * potassium_gate
    i_na = 12.0 * m3h * (potential - 50.0)
    i_k = 3.6 * n2 * n2 * (potential + 77.0)
    i_leak = 0.03 * (potential + 54.387)
    membrane_current = i_na + i_k + i_leak
    return membrane_current


def potential_rate(input_current, membrane_current):
    capacitance = 1.0
    return (input_current - membrane_current) / capacitance


def gap_current(potential_a, potential_b, coupling):
    return coupling * (potential_b - potential_a)


def rectified_gap(potential_a, potential_b, coupling):
    drop = potential_b - potential_a
    open_fraction = 1.0 / wp.cosh(drop / 60.0)
    gap_current = coupling * open_fraction * drop
    return gap_current


def kuramoto(phase_a, phase_b, frequency, coupling):
    """Kuramoto's coupled oscillators."""
    phase_rate = frequency + coupling * wp.sin(phase_b - phase_a)
    return phase_rate


def next_phase(phase, phase_rate, dt):
    theta = phase + phase_rate * dt
    return theta - wp.tau * wp.floor(theta / wp.tau)


def plasticity(weight, spike_time_a, spike_time_b, time_constant):
    """Spike-timing-dependent plasticity."""
    lag = spike_time_b - spike_time_a
    change = 0.0
    if lag > 0.0:
        change = 0.1 * (1.0 - weight) * wp.exp(-lag / time_constant)
    elif lag < 0.0:
        change = -0.12 * weight * wp.exp(lag / time_constant)
    next_weight = wp.clamp(weight + change, 0.0, 1.0)
    return next_weight


def alpha_synapse(now, spike_time, weight, time_constant):
    """Alpha function of a synaptic current."""
    since = now - spike_time
    if since <= 0.0:
        return 0.0
    x = since / time_constant
    synaptic_current = 15.0 * weight * x * wp.exp(1.0 - x)
    return synaptic_current


def adaptive_exponential_step(potential, adaptation, input_current, rest_potential, threshold, reset, dt):
    """Step of an adaptive exponential integrate-and-fire neuron."""
    slope = 2.0
    leak = rest_potential - potential
    upswing = slope * wp.exp(wp.min((potential - threshold) / slope, 8.0))
    next_potential = potential + 0.1 * dt * (leak + upswing - adaptation + input_current)
    next_adaptation = adaptation + 0.02 * dt * (0.2 * (potential - rest_potential) - adaptation)
    if next_potential > 20.0:
        next_potential = reset
        next_adaptation = next_adaptation + 2.0
    return next_potential, next_adaptation


def hodgkin_huxley_step(potential, sodium_gate, inactivation, potassium_gate, input_current, dt):
    """Step of Hodgkin and Huxley's axon: gates by their exact decay, then the potential."""
    v = potential + 65.0
    a_m = 0.1 * (25.0 - v) / (wp.exp(0.1 * (25.0 - v)) - 1.0 + 1.0e-4)
    b_m = 4.0 * wp.exp(-v / 18.0)
    a_h = 0.07 * wp.exp(-v / 20.0)
    b_h = 1.0 / (wp.exp(0.1 * (30.0 - v)) + 1.0)
    a_n = 0.01 * (10.0 - v) / (wp.exp(0.1 * (10.0 - v)) - 1.0 + 1.0e-4)
    b_n = 0.125 * wp.exp(-v / 80.0)
    sum_m = wp.max(a_m + b_m, 0.01)
    sum_h = a_h + b_h
    sum_n = wp.max(a_n + b_n, 0.01)
    next_sodium_gate = wp.clamp(a_m / sum_m + (sodium_gate - a_m / sum_m) * wp.exp(-dt * sum_m), 0.0, 1.0)
    next_inactivation = wp.clamp(a_h / sum_h + (inactivation - a_h / sum_h) * wp.exp(-dt * sum_h), 0.0, 1.0)
    next_potassium_gate = wp.clamp(a_n / sum_n + (potassium_gate - a_n / sum_n) * wp.exp(-dt * sum_n), 0.0, 1.0)
    g_na = 120.0 * sodium_gate * sodium_gate * sodium_gate * inactivation
    g_k = 36.0 * potassium_gate * potassium_gate * potassium_gate * potassium_gate
    g_total = g_na + g_k + 0.3
    v_inf = (g_na * 50.0 - g_k * 77.0 - 0.3 * 54.387 + input_current) / g_total
    next_potential = v_inf + (potential - v_inf) * wp.exp(-dt * g_total)
    return next_potential, next_sodium_gate, next_inactivation, next_potassium_gate


def fitzhugh_nagumo(excitation, refractoriness, stimulus, dt):
    """Step of the FitzHugh-Nagumo model of an excitable membrane."""
    cubic = excitation - excitation * excitation * excitation / 3.0
    next_excitation = excitation + dt * (cubic - refractoriness + stimulus)
    next_refractoriness = refractoriness + 0.08 * dt * (excitation + 0.7 - 0.8 * refractoriness)
    return next_excitation, next_refractoriness


def calcium_current(potential, calcium_inside, calcium_outside):
    """Goldman-Hodgkin-Katz current of calcium, by its limit near zero."""
    x = potential / 12.7
    if wp.abs(x) < 0.05:
        return calcium_inside - calcium_outside
    e = wp.exp(-x)
    return x * (calcium_inside - calcium_outside * e) / (1.0 - e)


def nernst_potential(ion_inside, ion_outside):
    """Reversal potential of a monovalent ion at body temperature."""
    return 26.7 * wp.log(ion_outside / ion_inside)


def goldman_potential(potassium_ratio, sodium_ratio, potassium_permeability, sodium_permeability):
    """Resting potential by the Goldman equation, from ratios of outside to inside."""
    outside = potassium_permeability * potassium_ratio + sodium_permeability * sodium_ratio
    inside = potassium_permeability + sodium_permeability
    resting = 26.7 * wp.log(outside / inside)
    resting_potential = resting
    return resting_potential


def short_term_plasticity(resources, utilization, spike_interval, recovery_time, facilitation_time, base_utilization):
    """Tsodyks and Markram's synapse at a spike: recovery since the last one, then release."""
    u_decay = wp.exp(-spike_interval / facilitation_time)
    x_decay = wp.exp(-spike_interval / recovery_time)
    u = base_utilization + (utilization - base_utilization) * u_decay
    next_utilization = u + base_utilization * (1.0 - u)
    x = 1.0 - (1.0 - resources) * x_decay
    next_resources = x * (1.0 - next_utilization)
    return next_utilization, next_resources


def nmda_current(potential, conductance, magnesium):
    """Current through NMDA receptors with their magnesium block."""
    block = 1.0 / (1.0 + magnesium / 3.57 * wp.exp(-0.062 * potential))
    return conductance * block * potential


def cable_attenuation(distance, diameter, membrane_resistance, axial_resistance):
    """Share of a steady potential that is left along a dendrite."""
    length_constant = wp.sqrt(0.25 * diameter * membrane_resistance / axial_resistance)
    return wp.exp(-distance / length_constant)


def firing_rate(spike_times, window_start, window_length):
    """Spikes per second in a window, from times in milliseconds."""
    count = int(0)
    for n in range(len(spike_times)):
        since = spike_times[n] - window_start
        if since >= 0.0 and since < window_length:
            count += 1
    return 1000.0 * float(count) / window_length


def interval_variation(spike_times):
    """Coefficient of variation of the intervals between spikes."""
    total = float(0.0)
    squares = float(0.0)
    for n in range(1, len(spike_times)):
        isi = wp.abs(spike_times[n] - spike_times[n - 1])
        total += isi
        squares += isi * isi
    count = wp.max(float(len(spike_times)) - 1.0, 1.0)
    mean = total / count
    variance = wp.max(squares / count - mean * mean, 0.0)
    return wp.sqrt(variance) / wp.max(mean, 1.0e-3)


def poisson_spike(rate, bin_width, rng):
    """Spike of a Poisson neuron; hertz and milliseconds."""
    spiked = wp.randf(rng) < 0.001 * rate * bin_width
    return spiked


def synaptic_sum(weights, arrivals, now, decay_time):
    """Current of several exponential synapses at a time."""
    total = float(0.0)
    for n in range(wp.min(len(weights), len(arrivals))):
        since = now - arrivals[n]
        if since < 0.0:
            continue
        total += weights[n] * wp.exp(-since / decay_time)
    return total
