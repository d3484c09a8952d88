"""Circuits: resistors, coils and capacitors, diodes and transistors, converters, lines, batteries."""

import warp as wp

ENTITIES = "component branch"
GROUPS = "board"
PAIRS = "link coil_pair"
LAUNCH = "1:8 2:2"
SUMMED = "power"

QUANTITIES = """
dt                      | real  | uniform | 0.001 0.1  | dt                       | 0.01 0.05
current                 | real  | result  | -60 60     | current i_r amps
voltage                 | real  | state   | -5 5       | voltage volts v_in
resistance              | real  | state   | 0.5 10     | resistance r_ohm
inductance              | real  | state   | 0.1 2      | inductance l_henry
capacitance             | real  | state   | 0.1 2      | capacitance c_cap
frequency               | real  | uniform | 0.2 2      | freq frequency f0        | 1.0 1.5
angular_frequency       | real  | result  | 1 12       | omega angular_frequency
time                    | real  | uniform | 0 5        | t time
impedance               | vec2  | state   | -10 10     | impedance z_load
reflection              | vec2  | result  | -1 1       | gamma reflection refl
line_impedance          | real  | uniform | 5 20       | z0 line_impedance        | 10.0
standing_wave_ratio     | real  | result  | 0 2000     | vswr swr
power                   | real  | result  | -300 300   | power p_diss
induced_voltage         | real  | result  | -1000 1000 | emf induced_voltage
saturation_current      | real  | group   | 0.001 0.02 | i_sat saturation_current | 0.01
thermal_voltage         | real  | uniform | 0.8 2      | v_t thermal_voltage      | 1.0
supply_voltage          | real  | state   | -5 12      | v_supply supply_voltage v_src
charge_voltage          | real  | state   | -5 5       | v_cap cap_voltage v_c
capacitor_voltage       | real  | result  | -15 15     | v_cap cap_voltage
ringing_voltage         | real  | result  | -5 5       | v_ring ringing_voltage
node_voltage            | real  | state   | -5 5       | node_voltage v_node
conductance             | real  | state   | 0.1 5      | conductance g_shunt
link_current            | real  | result  | -40 40     | link_current i_link
coil_current            | real  | state   | -3 3       | coil_current i_l
resonant_frequency      | real  | result  | 0.5 10     | omega_0 resonant_freq w0
diode_voltage           | real  | state   | -5 4       | v_d diode_voltage
diode_current           | real  | result  | -1.5 1.5   | i_d diode_current
source_amplitude        | real  | state   | 0.5 5      | v_peak source_amp amplitude
delivered_power         | real  | result  | 0 1        | p_load load_power delivered
gate_voltage            | real  | state   | 0 5        | v_gs gate_voltage
drain_voltage           | real  | state   | 0 5        | v_ds drain_voltage
threshold_voltage       | real  | group   | 0.4 1.5    | v_th threshold_voltage   | 0.7
gain_factor             | real  | group   | 0.1 1      | k_n gain_factor          | 0.5
channel_modulation      | real  | uniform | 0.01 0.1   | lambda_n channel_mod     | 0.02
drain_current           | real  | result  | 0 10       | i_ds drain_current
base_voltage            | real  | state   | 0 2        | v_be base_voltage
collector_voltage       | real  | state   | 0 5        | v_ce collector_voltage
collector_current       | real  | result  | -0.3 0.3   | i_c collector_current
base_current            | real  | result  |            | i_b base_current
load_resistance         | real  | state   | 1 20       | r_load load_resistance
breakdown_voltage       | real  | group   | 2 6        | v_z zener_voltage        | 3.3 5.1
regulated_voltage       | real  | result  | -8 8       | v_reg regulated_voltage
cell_voltage            | real  | state   | 0 4        | cell_voltage v_cell
photo_current           | real  | state   | 0.5 5      | i_photo photo_current
series_resistance       | real  | group   | 0.05 0.3   | r_series series_res      | 0.1
solar_current           | real  | result  | -5 5       | i_cell solar_current
state_of_charge         | real  | state   | 0 1        | soc state_of_charge
open_circuit_voltage    | real  | result  | 2.5 4.3    | v_oc ocv
battery_current         | real  | state   | -3 5       | i_batt battery_current
cell_resistance         | real  | group   | 0.01 0.1   | r_0 cell_resistance      | 0.02
polarization            | real  | state   | -0.2 0.2   | v_rc polarization
polarization_resistance | real  | group   | 0.01 0.1   | r_1 pol_resistance       | 0.03
cell_capacity           | real  | group   | 100 5000   | cell_capacity q_cell     | 3600.0
terminal_voltage        | real  | result  | 0.5 6      | v_term terminal_voltage
duty                    | real  | state   | 0.1 0.9    | duty duty_cycle
electrical_length       | real  | state   | 0.1 1.4    | beta_l electrical_length
input_impedance         | vec2  | result  |            | z_in input_impedance
quality                 | real  | group   | 0.5 5      | q_factor quality         | 0.707
filter_response         | real  | result  | 0 4        | h_mag filter_response
output_high             | bool  | state   | 0 1        | output_high out_state
low_threshold           | real  | uniform | -2 -0.2    | v_low low_threshold      | -0.5 -1.0
high_threshold          | real  | uniform | 0.2 2      | v_high high_threshold    | 0.5 1.0
waveform                | reals | state   | -5 5       | waveform v_samples
current_waveform        | reals | state   | -3 3       | i_samples current_wave
rms_voltage             | real  | result  | 0 5        | v_rms rms_voltage
power_factor            | real  | result  | -1 1       | power_factor pf
sample_interval         | real  | uniform | 0.001 0.1  | sample_dt t_s            | 0.01
rise_time               | real  | result  |            | rise_time t_rise
bandwidth               | real  | uniform | 0.5 5      | bandwidth bw             | 1.0
measured_voltage        | real  | result  | -6 6       | v_meas measured_voltage
bridge_resistances      | vec4  | state   | 0.5 3      | bridge_r arms
bridge_voltage          | real  | result  | -6 6       | v_bridge bridge_out
thermistor_resistance   | real  | state   | 2000 40000 | r_therm thermistor_r
thermistor_temperature  | real  | result  | -80 80     | temp_c temperature
rotor_angle             | real  | state   | -3.14 3.14 | theta_e rotor_angle
phase_currents          | vec3  | state   | -3 3       | i_abc phase_currents
alpha_beta              | vec2  | result  | -4 4       | i_ab alpha_beta
dq_currents             | vec2  | result  |            | i_dq dq_currents
capacitor_energy        | real  | result  | 0 30       | e_cap cap_energy
coil_energy             | real  | result  | 0 10       | e_coil coil_energy
section_matrix          | mat22 | result  | 0 60       | M_section abcd
section_count           | int   | uniform | 1 2        | section_count n_sections
ladder_matrix           | mat22 | result  | 0 3000     | M_ladder chain_mat
ladder_input            | real  | result  |            | r_in ladder_input
mesh_resistances        | vec3  | state   | 0.5 10     | mesh_r r_branches
mesh_sources            | vec2  | state   | -5 5       | mesh_v sources
mesh_currents           | vec2  | result  |            | mesh_i loop_currents
"""


def current(voltage, resistance):
    """Ohm's law."""
    return voltage / resistance


def power(voltage, current):
    return voltage * current


def link_current(node_voltage_a, node_voltage_b, conductance):
    return conductance * (node_voltage_a - node_voltage_b)


def capacitor_voltage(supply_voltage, resistance, capacitance, time):
    """Charging of a capacitor through a resistor."""
    return supply_voltage * (1.0 - wp.exp(-time / (resistance * capacitance)))


def coil_rate(voltage, coil_current, resistance, inductance):
    coil_current_rate = (voltage - resistance * coil_current) / inductance
    return coil_current_rate


def next_coil_current(coil_current, coil_current_rate, dt):
    return coil_current + coil_current_rate * dt


def rlc_step(coil_current, charge_voltage, resistance, inductance, capacitance, dt):
    """Semi-implicit step of a series RLC circuit."""
    next_coil_current = coil_current - dt * (charge_voltage + resistance * coil_current) / inductance
    next_charge_voltage = charge_voltage + dt * next_coil_current / capacitance
    return next_coil_current, next_charge_voltage


def rlc_ringing(charge_voltage, resistance, inductance, capacitance, time):
    """Discharge of a series RLC circuit: oscillating, critical or aperiodic."""
    decay = 0.5 * resistance / inductance
    omega2 = 1.0 / (inductance * capacitance) - decay * decay
    envelope = wp.exp(-wp.min(decay * time, 20.0))
    ringing_voltage = charge_voltage * envelope * (1.0 + decay * time)
    if omega2 > 1.0e-4:
        omega_d = wp.sqrt(omega2)
        ringing_voltage = (
            charge_voltage * envelope * (wp.cos(omega_d * time) + decay / omega_d * wp.sin(omega_d * time))
        )
    elif omega2 < -1.0e-4:
        root = wp.sqrt(-omega2)
        slow = wp.exp((root - decay) * time)
        fast = wp.exp(-(root + decay) * time)
        ringing_voltage = 0.5 * charge_voltage * ((1.0 + decay / root) * slow + (1.0 - decay / root) * fast)
    return ringing_voltage


def resonant_frequency(inductance, capacitance):
    """Thomson's formula."""
    return 1.0 / wp.sqrt(inductance * capacitance)


def angular_frequency(frequency):
    return wp.tau * frequency


def series_impedance(resistance, inductance, capacitance, angular_frequency):
    impedance = wp.vec2(resistance, angular_frequency * inductance - 1.0 / (angular_frequency * capacitance))
    return impedance


def diode_current(diode_voltage, saturation_current, thermal_voltage):
    """Shockley's diode equation."""
    exponent = diode_voltage / thermal_voltage
    return saturation_current * (wp.exp(exponent) - 1.0)


def reflection(impedance, line_impedance):
    """Complex reflection coefficient at the end of a line."""
    r = wp.abs(impedance[0])
    x = impedance[1]
    denom = (r + line_impedance) * (r + line_impedance) + x * x
    re = (r * r - line_impedance * line_impedance + x * x) / denom
    return wp.vec2(re, 2.0 * x * line_impedance / denom)


def standing_wave_ratio(reflection):
    mag = wp.min(wp.length(reflection), 0.999)
    return (1.0 + mag) / (1.0 - mag)


def delivered_power(source_amplitude, impedance, line_impedance):
    """Power that a matched source delivers to a complex load."""
    r = wp.abs(impedance[0])
    total = wp.vec2(r + line_impedance, impedance[1])
    return 0.5 * source_amplitude * source_amplitude * r / wp.length_sq(total)


def mutual_inductance_voltage(inductance_a, inductance_b, coil_current_a, previous_coil_current_a, dt):
    """Voltage that a changing current induces in a coupled coil."""
    mutual = 0.3 * wp.sqrt(inductance_a * inductance_b)
    induced_voltage = -mutual * (coil_current_a - previous_coil_current_a) / dt
    return induced_voltage


def diode_operating_point(supply_voltage, resistance, saturation_current, thermal_voltage):
    """Voltage of a diode behind a resistor: damped Newton iteration on the node equation."""
    v_d = float(wp.min(supply_voltage, 0.6))
    for _ in range(20):
        expo = wp.exp(wp.min(v_d / thermal_voltage, 12.0))
        residual = (supply_voltage - v_d) / resistance - saturation_current * (expo - 1.0)
        slope = -1.0 / resistance - saturation_current / thermal_voltage * expo
        step = wp.clamp(residual / slope, -0.5, 0.5)
        v_d -= step
        if wp.abs(step) < 1.0e-5:
            break
    diode_voltage = v_d
    return diode_voltage


def drain_current(gate_voltage, drain_voltage, threshold_voltage, gain_factor, channel_modulation):
    """Square-law model of a MOSFET: cut off, triode or saturated."""
    v_ov = gate_voltage - threshold_voltage
    if v_ov <= 0.0:
        return 0.0
    early = 1.0 + channel_modulation * drain_voltage
    if drain_voltage < v_ov:
        return gain_factor * (v_ov - 0.5 * drain_voltage) * drain_voltage * early
    return 0.5 * gain_factor * v_ov * v_ov * early


def transistor_currents(base_voltage, collector_voltage, saturation_current, thermal_voltage):
    """Ebers-Moll model of a bipolar transistor with its emitter at ground."""
    beta_f = 100.0
    beta_r = 2.0
    v_bc = base_voltage - collector_voltage
    forward = saturation_current * (wp.exp(wp.min(base_voltage / thermal_voltage, 10.0)) - 1.0)
    reverse = saturation_current * (wp.exp(wp.min(v_bc / thermal_voltage, 10.0)) - 1.0)
    collector_current = forward - reverse * (1.0 + 1.0 / beta_r)
    base_current = forward / beta_f + reverse / beta_r
    return collector_current, base_current


def zener_voltage(supply_voltage, resistance, load_resistance, breakdown_voltage):
    """Output of a Zener regulator with its load: in regulation or not."""
    divider = supply_voltage * load_resistance / (resistance + load_resistance)
    if divider <= -0.7:
        return -0.7
    if divider < breakdown_voltage:
        return divider
    r_z = 0.1
    i_total = (supply_voltage - breakdown_voltage) / resistance
    i_load = breakdown_voltage / load_resistance
    regulated_voltage = breakdown_voltage + r_z * wp.max(i_total - i_load, 0.0)
    return regulated_voltage


def solar_cell_current(cell_voltage, photo_current, saturation_current, thermal_voltage, series_resistance):
    """Current of a solar cell with series resistance by Newton iteration."""
    i_cell = float(photo_current)
    for _ in range(12):
        v_j = cell_voltage + i_cell * series_resistance
        expo = saturation_current * wp.exp(wp.min(v_j / thermal_voltage, 10.0))
        residual = photo_current - expo + saturation_current - i_cell
        slope = -expo * series_resistance / thermal_voltage - 1.0
        i_cell -= residual / slope
    solar_current = wp.clamp(i_cell, -20.0, 20.0)
    return solar_current


def open_circuit_voltage(state_of_charge):
    """Open-circuit voltage of a lithium cell, piecewise linear in its state of charge."""
    if state_of_charge < 0.1:
        return 3.0 + 4.5 * state_of_charge
    if state_of_charge < 0.5:
        return 3.45 + 0.6 * (state_of_charge - 0.1)
    if state_of_charge < 0.9:
        return 3.69 + 0.9 * (state_of_charge - 0.5)
    return 4.05 + 1.5 * (state_of_charge - 0.9)


def terminal_voltage(open_circuit_voltage, battery_current, cell_resistance, polarization):
    """Thevenin model of a battery cell."""
    return open_circuit_voltage - battery_current * cell_resistance - polarization


def battery_step(state_of_charge, polarization, battery_current, cell_capacity, polarization_resistance, dt):
    """Coulomb counting, and the exact step of one RC pair."""
    time_constant = 30.0
    decay = wp.exp(-dt / time_constant)
    efficiency = 1.0
    if battery_current < 0.0:
        efficiency = 0.98
    used = efficiency * battery_current * dt / cell_capacity
    next_state_of_charge = wp.clamp(state_of_charge - used, 0.0, 1.0)
    next_polarization = decay * polarization + (1.0 - decay) * polarization_resistance * battery_current
    return next_state_of_charge, next_polarization


def buck_converter_step(
    coil_current, charge_voltage, supply_voltage, duty, inductance, capacitance, load_resistance, dt
):
    """Averaged model of a buck converter; the coil's current may not reverse."""
    v_switch = duty * supply_voltage
    di = (v_switch - charge_voltage) / inductance
    next_coil_current = wp.max(coil_current + dt * di, 0.0)
    i_load = charge_voltage / load_resistance
    next_charge_voltage = charge_voltage + dt * (next_coil_current - i_load) / capacitance
    return next_coil_current, next_charge_voltage


def ladder_impedance(resistance, inductance, capacitance, angular_frequency, load_resistance):
    """Input impedance of a ladder of four equal sections, folded from its load."""
    re = float(load_resistance)
    im = float(0.0)
    b_shunt = angular_frequency * capacitance
    for _ in range(4):
        im += angular_frequency * inductance
        re += resistance
        mag = wp.max(re * re + im * im, 1.0e-6)
        g = re / mag
        b = b_shunt - im / mag
        y2 = wp.max(g * g + b * b, 1.0e-6)
        re = g / y2
        im = -b / y2
    impedance = wp.vec2(re, im)
    return impedance


def parallel_impedance(resistance, inductance, capacitance, angular_frequency):
    """Impedance of a resistor, a coil and a capacitor side by side."""
    g = 1.0 / resistance
    b = angular_frequency * capacitance - 1.0 / (angular_frequency * inductance)
    y2 = g * g + b * b
    impedance = wp.vec2(g / y2, -b / y2)
    return impedance


def line_input_impedance(impedance, line_impedance, electrical_length):
    """Impedance at the input of a lossless line with a complex load."""
    t = wp.tan(electrical_length)
    r = wp.abs(impedance[0])
    num_re = line_impedance * r
    num_im = line_impedance * (impedance[1] + line_impedance * t)
    den_re = line_impedance - impedance[1] * t
    den_im = r * t
    den2 = wp.max(den_re * den_re + den_im * den_im, 1.0e-3)
    re = (num_re * den_re + num_im * den_im) / den2
    im = (num_im * den_re - num_re * den_im) / den2
    input_impedance = wp.vec2(re, im)
    return input_impedance


def filter_response(angular_frequency, resonant_frequency, quality):
    """Magnitude of a second-order low-pass filter."""
    x = angular_frequency / resonant_frequency
    re = 1.0 - x * x
    im = x / quality
    return 1.0 / wp.sqrt(wp.max(re * re + im * im, 1.0e-6))


def capacitor_energy(capacitance, charge_voltage):
    return 0.5 * capacitance * charge_voltage * charge_voltage


def coil_energy(inductance, coil_current):
    return 0.5 * inductance * coil_current * coil_current


def schmitt_trigger(voltage, output_high, low_threshold, high_threshold):
    """Comparator with hysteresis."""
    next_output_high = output_high
    if voltage > high_threshold:
        next_output_high = True
    elif voltage < low_threshold:
        next_output_high = False
    return next_output_high


def rms_voltage(waveform):
    """Effective value of a sampled voltage without its mean."""
    total = float(0.0)
    squares = float(0.0)
    for n in range(len(waveform)):
        total += waveform[n]
        squares += waveform[n] * waveform[n]
    count = float(len(waveform))
    mean = total / count
    return wp.sqrt(wp.max(squares / count - mean * mean, 0.0))


def power_factor(waveform, current_waveform):
    """Active over apparent power of sampled voltage and current."""
    active = float(0.0)
    v2 = float(0.0)
    i2 = float(0.0)
    for n in range(wp.min(len(waveform), len(current_waveform))):
        active += waveform[n] * current_waveform[n]
        v2 += waveform[n] * waveform[n]
        i2 += current_waveform[n] * current_waveform[n]
    apparent = wp.sqrt(v2 * i2)
    if apparent < 1.0e-6:
        return 0.0
    return wp.clamp(active / apparent, -1.0, 1.0)


def rise_time(waveform, sample_interval):
    """Time in which a step response rises from a tenth to nine tenths of its last value."""
    last = waveform[len(waveform) - 1]
    start = int(-1)
    end = int(len(waveform) - 1)
    for n in range(len(waveform)):
        if start < 0 and waveform[n] >= 0.1 * last:
            start = n
        if waveform[n] >= 0.9 * last:
            end = n
            break
    return sample_interval * float(wp.max(end - wp.max(start, 0), 0))


def noisy_voltage(voltage, resistance, bandwidth, rng):
    """Johnson noise of a resistor."""
    sigma = wp.sqrt(0.002 * resistance * bandwidth)
    measured_voltage = voltage + sigma * wp.randn(rng)
    return measured_voltage


def bridge_voltage(supply_voltage, bridge_resistances):
    """Output of a Wheatstone bridge."""
    left = bridge_resistances[1] / (bridge_resistances[0] + bridge_resistances[1])
    right = bridge_resistances[3] / (bridge_resistances[2] + bridge_resistances[3])
    return supply_voltage * (left - right)


def thermistor_temperature(thermistor_resistance):
    """Steinhart-Hart equation, in degrees Celsius."""
    ln_r = wp.log(thermistor_resistance)
    inv_t = 0.001129148 + 0.000234125 * ln_r + 0.0000000876741 * ln_r * ln_r * ln_r
    return 1.0 / inv_t - 273.15


def three_phase_currents(alpha_beta, rotor_angle):
    """Park transform into the frame of the rotor."""
    c = wp.cos(rotor_angle)
    s = wp.sin(rotor_angle)
    dq_currents = wp.vec2(c * alpha_beta[0] + s * alpha_beta[1], c * alpha_beta[1] - s * alpha_beta[0])
    return dq_currents


def clarke_transform(phase_currents):
    """From three phases to two axes, without the common part."""
    common = (phase_currents[0] + phase_currents[1] + phase_currents[2]) / 3.0
    a = phase_currents[0] - common
    b = phase_currents[1] - common
    alpha_beta = wp.vec2(a, (a + 2.0 * b) / wp.sqrt(3.0))
    return alpha_beta


def section_matrix(resistance, conductance):
    """Chain matrix of a series resistor with a shunt conductance behind it."""
    return wp.mat22(1.0 + resistance * conductance, resistance, conductance, 1.0)


def ladder_matrix(section_matrix, section_count):
    """Chain matrix of several equal sections."""
    total = wp.mat22(1.0, 0.0, 0.0, 1.0)
    for _ in range(section_count):
        total = total * section_matrix
    return total


def ladder_input(ladder_matrix, load_resistance):
    """Input resistance of a ladder with a load."""
    num = ladder_matrix[0, 0] * load_resistance + ladder_matrix[0, 1]
    den = ladder_matrix[1, 0] * load_resistance + ladder_matrix[1, 1]
    return num / wp.max(den, 1.0e-3)


def mesh_currents(mesh_resistances, mesh_sources):
    """Currents of two meshes by Cramer's rule."""
    shared = mesh_resistances[2]
    r1 = mesh_resistances[0] + shared
    r2 = mesh_resistances[1] + shared
    det = r1 * r2 - shared * shared
    i1 = (mesh_sources[0] * r2 + mesh_sources[1] * shared) / det
    i2 = (mesh_sources[1] * r1 + mesh_sources[0] * shared) / det
    return wp.vec2(i1, i2)
