"""One step of spiking neurons: synapses, membrane, spikes, plasticity."""

import warp as wp

TITLES = "update_neurons step_neurons neuron_step integrate_neurons simulate_neurons advance_network"
CATEGORIES = "math:1.6 arithmetic:1.5 function:0.5 control_flow:0.5 combined:0.4 reduction:1 struct:0.3"
CHANCES = "synapses:0.85 plastic:0.5 noise:0.4 calcium:0.4 gap:0.35"
DIMS = """
neuron | 6 | num_neurons neuron_count n_neurons
synapse | 4 | max_synapses num_synapses fan_in
"""
ARGS = """
v | real | neuron | -80 25 | v_mem membrane voltage
u | real | neuron | -15 15 | recovery u_var
w_adapt | real | neuron | 0 5 | adaptation w_adapt
m_gate | real | neuron | 0.3 0.99 | m_gate sodium_activation
h_gate | real | neuron | 0.3 0.99 | h_gate sodium_inactivation
n_gate | real | neuron | 0.01 0.6 | n_gate potassium_activation
refractory | real | neuron | -2 1.5 | refractory_time refrac_left
source | int | neuron synapse | @neuron | pre_ids synapse_source pre_neuron
weight | real | neuron synapse | 0 2 | weights synapse_weight
kind | int | ?neuron synapse | 0 2 | synapse_type receptor
resource | real | neuron synapse | 0.1 1 | synapse_resource release_pool
release | real | ?neuron synapse | 0.1 0.9 | release_prob utilization
spiked_in | int | neuron | 0 1 | prev_spikes spikes_in has_fired
g_exc | real | neuron | 0 2 | g_exc excitatory_conductance
g_inh | real | neuron | 0 2 | g_inh inhibitory_conductance
g_nmda | real | neuron | 0 2 | g_nmda nmda_conductance
i_ext | real | neuron | -2 12 | external_current i_ext stimulus
drive | real | neuron | -1 1 | noise_input background_noise
trace_pre | real | neuron | 0 2 | pre_trace trace_pre
trace_post | real | neuron | 0 2 | post_trace trace_post
calcium | real | neuron | 0 1 | calcium ca_conc
rate | real | neuron | 0 50 | firing_rate rate_estimate
threshold | real | neuron | -55 -45 | v_threshold thresholds
reward | real | | -1 1 | reward dopamine
eligibility | real | neuron synapse | -1 1 | eligibility eligibility_trace
layer | int | ?neuron | 0 3 | layer_id neuron_type
bias | real | ?neuron | 0 5 | bias_current bias
v_out | real | neuron | | v_out new_voltage
spike_out | int | neuron | | spikes_out spiked
spike_time | real | neuron | 0 9 | last_spike_time spike_time
spike_count | int | neuron | 0 9 | spike_count num_spikes
current_out | real | neuron | | synaptic_current syn_current_out
pre_out | real | neuron | | pre_trace_out new_pre_trace
dt | real | | 0.05 0.5 | dt time_step | 0.1 0.25
time | real | | 0 90 | time sim_time t_now
tau_m | real | | 8 25 | tau_m membrane_tau | 20.0 10.0
v_rest | real | | -70 -60 | v_rest resting_potential | -65.0 -70.0
v_reset | real | | -75 -60 | v_reset reset_potential | -65.0
v_peak | real | | -46 -42 | v_peak spike_cutoff
slope_f | real | | 1 3 | slope_factor delta_t | 2.0
tau_w | real | | 50 200 | tau_w adaptation_tau | 100.0 144.0
a_sub | real | | 0.01 0.2 | a_subthreshold adaptation_a
b_spike | real | | 0.05 1 | b_spike spike_adaptation
t_ref | real | | 1 3 | refractory_period t_ref | 2.0
tau_exc | real | | 2 6 | tau_exc tau_ampa | 5.0
tau_inh | real | | 5 15 | tau_inh tau_gaba | 10.0
tau_nmda | real | | 50 120 | tau_nmda | 100.0
e_exc | real | | -5 5 | e_exc reversal_exc | 0.0
e_inh | real | | -85 -75 | e_inh reversal_inh | -80.0
c_m | real | | 0.5 2 | capacitance c_m | 1.0
g_na | real | | 80 130 | g_na | 120.0
g_k | real | | 20 40 | g_k | 36.0
g_leak | real | | 0.05 0.5 | g_leak | 0.3
a_plus | real | | 0.005 0.05 | a_plus ltp_rate | 0.01
a_minus | real | | 0.005 0.05 | a_minus ltd_rate | 0.012
tau_pre | real | | 10 40 | tau_pre tau_plus | 20.0
tau_post | real | | 10 60 | tau_post tau_minus | 20.0 30.0
tau_tag | real | | 20 90 | tau_eligibility tau_e | 50.0
w_max | real | | 1 3 | w_max max_weight | 1.0
tau_ca | real | | 20 90 | tau_ca calcium_tau | 50.0
target_rate | real | | 1 20 | target_rate goal_rate | 5.0
g_gap | real | | 0.01 0.2 | gap_conductance coupling
noise_std | real | | 0.1 2 | noise_std noise_amplitude
tau_rec | real | | 50 400 | tau_rec recovery_tau
tau_rate | real | | 100 500 | tau_rate rate_window | 200.0
"""


def gate_step(gate: float, opening: float, closing: float, step: float):
    total = opening + closing
    settled = opening / total
    if one.gates.exact:
        after = settled + (gate - settled) * wp.exp(-step * total)
    else:
        after = gate + step * (opening * (1.0 - gate) - closing * gate)
    return after


def ratio_rate(arg: float, scale: float):
    value = scale
    if wp.abs(arg) > num(0.0001, 0.000001):
        value = arg * scale / (1.0 - wp.exp(-arg))
    return value


def magnesium_block(volts: float):
    return 1.0 / (1.0 + 0.28 * wp.exp(-0.062 * volts))


def kernel():
    vm = v[neuron]
    fired = 0
    "synaptic input"
    i_in = i_ext[neuron] + (bias[neuron] if opt.biased else 0.0)
    if opt.noise:
        i_in += noise_std * drive[neuron] / wp.sqrt(dt) if one.noise.scaled else noise_std * drive[neuron]
    if opt.synapses:
        exc = g_exc[neuron] * wp.exp(-dt / tau_exc) if one.decay.exact else g_exc[neuron] * (1.0 - dt / tau_exc)
        if opt.inhibition:
            inh = g_inh[neuron] * wp.exp(-dt / tau_inh) if one.decay.exact else g_inh[neuron] * (1.0 - dt / tau_inh)
        if opt.nmda:
            slow = (
                g_nmda[neuron] * wp.exp(-dt / tau_nmda) if one.decay.exact else g_nmda[neuron] * (1.0 - dt / tau_nmda)
            )
        for s in range(N.synapse):
            pre = source[neuron, s]
            if opt.gap:
                i_in += g_gap * (v[pre] - vm)
            if opt.depression:
                pool = resource[neuron, s] + (1.0 - resource[neuron, s]) * dt / tau_rec
            if spiked_in[pre] == 0:
                if opt.depression:
                    resource[neuron, s] = pool
                continue
            strength = weight[neuron, s]
            if opt.depression:
                used = release[neuron, s] * pool
                strength = strength * used
                resource[neuron, s] = pool - used
            if opt.inhibition:
                sort = kind[neuron, s]
                if sort == 0:
                    exc += strength
                elif sort == 1:
                    inh += strength
                else:
                    if opt.nmda:
                        slow += strength
                    else:
                        exc += num(0.5, 0.2) * strength
            else:
                exc += strength
                if opt.nmda:
                    slow += num(0.2, 0.5) * strength
            if opt.plastic:
                if one.rule.stdp:
                    weight[neuron, s] = wp.max(weight[neuron, s] - a_minus * trace_post[neuron], 0.0)
                elif one.rule.reward:
                    eligibility[neuron, s] = eligibility[neuron, s] - a_minus * trace_post[neuron]
        g_exc[neuron] = exc
        i_syn = exc * (e_exc - vm)
        if opt.inhibition:
            g_inh[neuron] = inh
            i_syn += inh * (e_inh - vm)
        if opt.nmda:
            g_nmda[neuron] = slow
            i_syn += slow * magnesium_block(vm) * (e_exc - vm)
        i_in += i_syn
        if opt.currents:
            current_out[neuron] = i_syn

    "membrane"
    vt = threshold[neuron]
    if one.model.lif:
        wait = wp.max(refractory[neuron] - dt, 0.0)
        if refractory[neuron] <= 0.0:
            if one.leak.exact:
                goal = v_rest + i_in
                vm = goal + (vm - goal) * wp.exp(-dt / tau_m)
            else:
                vm += dt * (v_rest - vm + i_in) / tau_m
        else:
            vm = v_reset
        if vm >= vt:
            fired = 1
            vm = v_reset
            wait = t_ref
        refractory[neuron] = wait
    elif one.model.adex:
        adapt = w_adapt[neuron]
        kick = slope_f * wp.exp(wp.min((vm - vt) / slope_f, num(10.0, 8.0)))
        dv = (v_rest - vm + kick + i_in - adapt) / tau_m
        adapt += dt * (a_sub * (vm - v_rest) - adapt) / tau_w
        vm += dt * dv
        if vm > v_peak:
            fired = 1
            vm = v_reset
            adapt += b_spike
        w_adapt[neuron] = adapt
    elif one.model.izhikevich:
        rec = u[neuron]
        if one.halves.two:
            for half in range(2):
                vm += 0.5 * dt * (0.04 * vm * vm + 5.0 * vm + 140.0 - rec + i_in)
                vm = wp.min(vm, 35.0)
        else:
            vm += dt * (0.04 * vm * vm + 5.0 * vm + 140.0 - rec + i_in)
        rec += dt * num(0.02, 0.1) * (num(0.2, 0.25) * vm - rec)
        if vm >= 30.0:
            fired = 1
            vm = v_reset
            if opt.layered:
                if layer[neuron] == 0:
                    rec += num(8.0, 6.0)
                else:
                    rec += num(2.0, 4.0)
            else:
                rec += num(8.0, 6.0)
        u[neuron] = rec
    else:
        m = gate_step(m_gate[neuron], ratio_rate((vm + 40.0) / 10.0, 1.0), 4.0 * wp.exp(-(vm + 65.0) / 18.0), dt)
        n = gate_step(n_gate[neuron], ratio_rate((vm + 55.0) / 10.0, 0.1), 0.125 * wp.exp(-(vm + 65.0) / 80.0), dt)
        hh = gate_step(
            h_gate[neuron], 0.07 * wp.exp(-(vm + 65.0) / 20.0), 1.0 / (1.0 + wp.exp(-(vm + 35.0) / 10.0)), dt
        )
        m_gate[neuron] = m
        n_gate[neuron] = n
        h_gate[neuron] = hh
        i_ion = g_na * m * m * m * hh * (vm - 50.0) + g_k * n * n * n * n * (vm + 77.0) + g_leak * (vm + 54.4)
        v_next = wp.clamp(vm + dt * (i_in - i_ion) / c_m, -100.0, 60.0)
        if vm < 0.0 and v_next >= 0.0:
            fired = 1
        vm = v_next
    v_out[neuron] = vm
    spike_out[neuron] = fired

    if opt.plastic and opt.synapses:
        "plasticity"
        pre_tr = trace_pre[neuron] * wp.exp(-dt / tau_pre)
        post_tr = trace_post[neuron] * wp.exp(-dt / tau_post)
        if fired == 1:
            for s in range(N.synapse):
                pre = source[neuron, s]
                if one.rule.stdp:
                    if one.bound.hard:
                        weight[neuron, s] = wp.min(weight[neuron, s] + a_plus * trace_pre[pre], w_max)
                    else:
                        room = w_max - weight[neuron, s]
                        weight[neuron, s] = weight[neuron, s] + a_plus * room * trace_pre[pre]
                elif one.rule.reward:
                    eligibility[neuron, s] = eligibility[neuron, s] + a_plus * trace_pre[pre]
            if one.trace.add:
                post_tr += 1.0
                pre_tr += 1.0
            else:
                post_tr = 1.0
                pre_tr = 1.0
        if one.rule.reward:
            for s in range(N.synapse):
                tag = eligibility[neuron, s] * wp.exp(-dt / tau_tag)
                eligibility[neuron, s] = tag
                weight[neuron, s] = wp.clamp(weight[neuron, s] + reward * tag * dt, 0.0, w_max)
        trace_post[neuron] = post_tr
        pre_out[neuron] = pre_tr
    if opt.homeostasis:
        "homeostasis"
        seen = rate[neuron] + (1000.0 * float(fired) - rate[neuron] * dt) / tau_rate
        rate[neuron] = seen
        if opt.moving_threshold and (one.model.lif or one.model.adex):
            moved = vt + num(0.01, 0.005) * (seen - target_rate) * dt
            if fired == 1:
                moved += num(0.1, 0.5)
            threshold[neuron] = wp.clamp(moved, -55.0, -40.0)
    if opt.calcium:
        level = calcium[neuron] * wp.exp(-dt / tau_ca)
        if fired == 1:
            level += num(0.1, 0.2)
        calcium[neuron] = level
    if opt.counts:
        if fired == 1:
            spike_count[neuron] += 1
            if opt.times:
                spike_time[neuron] = time
