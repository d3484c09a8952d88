"""Chemistry: rates of reactions, binding and adsorption, acids, electrodes, and the states of gases and mixtures."""

import warp as wp

ENTITIES = "reactor vessel sample cell"
GROUPS = "reaction solvent mixture"
PAIRS = "membrane contact"
LAUNCH = "1:8 2:2"
SUMMED = "turnover heat_release"
OPPOSITE = "exchange"

QUANTITIES = """
temperature            | real  | state   | 280 600      | temperature temp t_kelvin
activation_energy      | real  | group   | 2000 8000    | e_over_r activation_temp
prefactor              | real  | group   | 1 50         | a_pre prefactor
rate_constant          | real  | result  | 0 50         | k_rate rate_constant
concentration          | real  | state   | 0 4          | conc c_a concentration
second_concentration   | real  | state   | 0.05 4       | c_b conc_b
reaction_rate          | real  | result  | -800 800     | r_rxn reaction_rate
reverse_constant       | real  | group   | 0.01 5       | k_rev reverse_constant
stock_concentration    | real  | uniform | 0.5 5        | c_feed feed_conc | 1.0 2.0
residence_time         | real  | group   | 0.1 5        | tau_res residence_time
dt                     | real  | uniform | 0.001 0.02   | dt time_step | 0.01 0.005
substrate              | real  | state   | 0 4          | substrate s_conc
inhibitor              | real  | state   | 0 3          | inhibitor i_conc
half_saturation        | real  | group   | 0.1 3        | k_m half_saturation
inhibition_constant    | real  | group   | 0.2 5        | k_i inhibition_constant
max_rate               | real  | group   | 0.5 5        | v_max max_rate
turnover               | real  | result  | 0 5          | turnover v_rxn
ligand                 | real  | state   | 0.01 4       | ligand free_ligand
total_ligand           | real  | state   | 0.01 4       | total_ligand ligand_tot
receptor               | real  | state   | 0.05 4       | receptor total_receptor
dissociation_constant  | real  | group   | 0.1 3        | k_d dissociation
hill_exponent          | real  | uniform | 1 4          | n_hill hill_exponent | 2.0
occupancy              | real  | result  | 0 1          | occupancy bound_frac
free_energy            | real  | state   | -12 12       | dg_kj free_energy
equilibrium_ratio      | real  | result  | 0.0001 20000 | k_eq equilibrium_ratio
ph                     | real  | result  | 0 14         | ph ph_value
acid_constant          | real  | group   | 2 10         | pka acid_constant
acid_concentration     | real  | state   | 0.001 1      | c_acid acid_conc
base_concentration     | real  | state   | 0.001 1      | c_base base_conc
ionic_strength         | real  | state   | 0.0001 0.5   | ionic_strength i_strength
ion_charge             | int   | group   | 1 3          | z_ion ion_charge
activity_coefficient   | real  | result  | 0 1.2        | activity_coef gamma_ion
potential              | real  | result  | -3 3         | e_cell potential
standard_potential     | real  | group   | -1 2         | e0_std standard_potential
quotient               | real  | state   | 0.001 100    | q_rxn quotient
electrons              | int   | group   | 1 4          | n_el electrons
overpotential          | real  | state   | -0.25 0.25   | eta_v overpotential
exchange_current       | real  | group   | 0.01 2       | i0 exchange_current
transfer               | real  | uniform | 0.3 0.7      | transfer_coef alpha_t | 0.5
limiting_current       | real  | group   | 2 30         | i_lim limiting_current
current_density        | real  | result  | -40 40       | current_density i_far
pressure               | real  | state   | 0.1 5        | pressure p_bar
coverage               | real  | result  | 0 40         | coverage theta_ads
affinity               | real  | group   | 0.1 5        | k_ads affinity
saturation_pressure    | real  | state   | 6 20         | p_sat saturation_pressure
bet_constant           | real  | group   | 2 100        | c_bet bet_constant
critical_temperature   | real  | group   | 200 400      | t_crit critical_temp
critical_pressure      | real  | group   | 20 60        | p_crit critical_pressure
acentric               | real  | group   | 0 0.4        | acentric omega_a
compressibility        | real  | result  | 0 3          | z_factor compressibility
gas_pressure           | real  | state   | 1 40         | p_gas gas_pressure
molar_volume           | real  | state   | 0.3 5        | v_molar molar_volume
molar_pressure         | real  | result  | 2 300        | p_vdw molar_pressure
antoine_b              | real  | group   | 1200 1800    | antoine_b
vapor_pressure         | real  | result  | 0.001 60     | p_vap vapor_pressure
feed_fractions         | reals | state   | 0.05 1       | z_feed feed_fractions
k_values               | reals | group   | 0.2 4        | k_vals k_values
vapor_fraction         | real  | result  | 0 1          | vapor_frac beta_v
low_pressure_constant  | real  | group   | 0.1 20       | k_low low_pressure_limit
high_pressure_constant | real  | group   | 0.5 20       | k_high high_pressure_limit
third_body             | real  | state   | 0.05 5       | m_conc third_body
center_factor          | real  | group   | 0.2 0.9      | f_cent center_factor
falloff_constant       | real  | result  | 0 20         | k_falloff falloff_constant
intermediate           | real  | state   | 0.1 5        | x_act activator
product                | real  | state   | 0.1 5        | y_inh inhibitor_conc
feed_a                 | real  | uniform | 0.5 2        | feed_a a_feed | 1.0
feed_b                 | real  | uniform | 1 4          | feed_b b_feed | 3.0
molecules              | int   | state   | 0 60         | molecules n_molecules
hazard                 | real  | uniform | 0.01 2       | hazard k_event | 0.5
waiting_time           | real  | result  | 0 1000       | waiting_time tau_next
heat_release           | real  | result  | -90000 90000 | q_release heat_release
reaction_enthalpy      | real  | group   | -100 100     | dh_rxn reaction_enthalpy
exchange               | real  | result  | -40 40       | exchange j_flux
permeability           | real  | uniform | 0.01 2       | permeability k_perm | 0.1
solubility_product     | real  | group   | 0.001 1      | k_sp solubility_product
dissolved              | real  | result  | 0 2          | dissolved solubility
chromatogram           | reals | state   | 0 2          | chromatogram trace_values
peak_area              | real  | result  | 0 40         | peak_area area
baseline               | real  | uniform | 0 0.3        | baseline base_level | 0.1
"""


def rate_constant(prefactor, activation_energy, temperature):
    """Arrhenius' law; the energy is divided by the gas constant, the prefactor given at 500 K."""
    return wp.min(prefactor * wp.exp(-activation_energy * (1.0 / temperature - 0.002)), 50.0)


def falloff_constant(low_pressure_constant, high_pressure_constant, third_body, center_factor):
    """Rate in the fall-off between low and high pressure (Troe)."""
    reduced = low_pressure_constant * third_body / high_pressure_constant
    log_pr = wp.log10(wp.max(reduced, 1.0e-6))
    log_fc = wp.log10(center_factor)
    c = -0.4 - 0.67 * log_fc
    n = 0.75 - 1.27 * log_fc
    x = log_pr + c
    y = x / (n - 0.14 * x)
    broadening = wp.pow(10.0, log_fc / (1.0 + y * y))
    return high_pressure_constant * reduced / (1.0 + reduced) * broadening


def reaction_rate(rate_constant, concentration, second_concentration):
    """Second-order rate."""
    return rate_constant * concentration * second_concentration


def reversible_rate(rate_constant, reverse_constant, concentration, second_concentration):
    reaction_rate = rate_constant * concentration - reverse_constant * second_concentration
    return reaction_rate


def heat_release(reaction_rate, reaction_enthalpy):
    return -reaction_enthalpy * reaction_rate


def concentration_rate(concentration, stock_concentration, residence_time, reaction_rate):
    """Stirred tank with feed and reaction."""
    return (stock_concentration - concentration) / residence_time - reaction_rate


def next_concentration(concentration, concentration_rate, dt):
    return wp.max(concentration + dt * concentration_rate, 0.0)


def decayed_concentration(concentration, rate_constant, dt):
    """First-order decay."""
    next_concentration = concentration * wp.exp(-rate_constant * dt)
    return next_concentration


def second_order_step(concentration, rate_constant, dt):
    """Exact step of a reaction of a substance with itself."""
    next_concentration = concentration / (1.0 + rate_constant * concentration * dt)
    return next_concentration


def equilibrated_concentration(concentration, second_concentration, rate_constant, reverse_constant, dt):
    """Exact step towards the equilibrium of a first-order reversible reaction."""
    total_rate = rate_constant + reverse_constant
    total = concentration + second_concentration
    settled = reverse_constant * total / total_rate
    decay = wp.exp(-total_rate * dt)
    next_concentration = settled + (concentration - settled) * decay
    next_second_concentration = total - next_concentration
    return next_concentration, next_second_concentration


def turnover(substrate, half_saturation, max_rate):
    """Michaelis-Menten kinetics."""
    return max_rate * substrate / (half_saturation + substrate)


def mixed_turnover(substrate, inhibitor, half_saturation, inhibition_constant, max_rate):
    """Mixed inhibition: the inhibitor binds the free enzyme better than the complex."""
    free = 1.0 + inhibitor / inhibition_constant
    bound = 1.0 + 0.3 * inhibitor / inhibition_constant
    turnover = max_rate * substrate / (half_saturation * free + substrate * bound)
    return turnover


def next_substrate(substrate, half_saturation, max_rate, dt):
    """Implicit step of Michaelis-Menten consumption, from a quadratic equation."""
    b = half_saturation - substrate + max_rate * dt
    root = wp.sqrt(b * b + 4.0 * half_saturation * substrate)
    return 0.5 * (root - b)


def occupancy(ligand, dissociation_constant, hill_exponent):
    """Hill equation."""
    c_n = wp.pow(ligand, hill_exponent)
    k_n = wp.pow(dissociation_constant, hill_exponent)
    return c_n / (k_n + c_n)


def depleted_occupancy(total_ligand, receptor, dissociation_constant):
    """Quadratic binding equation, with depletion of the ligand."""
    total = total_ligand + receptor + dissociation_constant
    root = wp.sqrt(wp.max(total * total - 4.0 * total_ligand * receptor, 0.0))
    occupancy = wp.clamp((total - root) / (2.0 * receptor), 0.0, 1.0)
    return occupancy


def competitive_occupancy(ligand, inhibitor, dissociation_constant, inhibition_constant):
    a = ligand / dissociation_constant
    occupancy = a / (1.0 + a + inhibitor / inhibition_constant)
    return occupancy


def equilibrium_ratio(free_energy, temperature):
    return wp.exp(-free_energy / (0.008314 * temperature))


def buffer_ph(acid_constant, acid_concentration, base_concentration):
    """Henderson and Hasselbalch's equation."""
    ph = wp.clamp(acid_constant + wp.log10(base_concentration / acid_concentration), 0.0, 14.0)
    return ph


def weak_acid_ph(acid_constant, acid_concentration, base_concentration):
    """Balance of charges of a weak acid with a strong base, by bisection."""
    k_a = wp.pow(10.0, -acid_constant)
    lo = float(0.0)
    hi = float(14.0)
    for _n in range(24):
        mid = 0.5 * (lo + hi)
        h = wp.pow(10.0, -mid)
        anion = acid_concentration * k_a / (k_a + h)
        charge = h + base_concentration - 1.0e-14 / h - anion
        if charge > 0.0:
            lo = mid
        else:
            hi = mid
    ph = 0.5 * (lo + hi)
    return ph


def activity_coefficient(ionic_strength, ion_charge):
    """Limiting law of Debye and Hueckel where dilute, then Guentelberg, then Davies."""
    z2 = float(ion_charge * ion_charge)
    root = wp.sqrt(ionic_strength)
    log_gamma = -0.509 * z2 * root
    if ionic_strength > 0.1:
        log_gamma = -0.509 * z2 * (root / (1.0 + root) - 0.3 * ionic_strength)
    elif ionic_strength > 0.005:
        log_gamma = -0.509 * z2 * root / (1.0 + root)
    return wp.pow(10.0, log_gamma)


def potential(standard_potential, quotient, electrons, temperature):
    """Nernst's equation."""
    thermal = 8.314 * temperature / 96485.0
    return standard_potential - thermal / float(electrons) * wp.log(quotient)


def current_density(overpotential, exchange_current, transfer):
    """Butler and Volmer's equation at room temperature."""
    f = 38.92
    forward = wp.exp(wp.min(transfer * f * overpotential, 3.5))
    backward = wp.exp(wp.min(-(1.0 - transfer) * f * overpotential, 3.5))
    return exchange_current * (forward - backward)


def limited_current(overpotential, exchange_current, transfer, limiting_current):
    """Electrode whose forward current is limited by diffusion."""
    f = 38.92
    forward = exchange_current * wp.exp(wp.min(transfer * f * overpotential, 3.5))
    backward = exchange_current * wp.exp(wp.min(-(1.0 - transfer) * f * overpotential, 3.5))
    current_density = (forward - backward) / (1.0 + forward / limiting_current)
    return current_density


def coverage(pressure, affinity):
    """Langmuir's isotherm."""
    return affinity * pressure / (1.0 + affinity * pressure)


def dissociative_coverage(pressure, affinity):
    root = wp.sqrt(affinity * pressure)
    coverage = root / (1.0 + root)
    return coverage


def bet_coverage(pressure, saturation_pressure, bet_constant):
    """Layers of Brunauer, Emmett and Teller."""
    x = pressure / saturation_pressure
    coverage = bet_constant * x / ((1.0 - x) * (1.0 + (bet_constant - 1.0) * x))
    return coverage


def molar_pressure(temperature, molar_volume, critical_temperature, critical_pressure):
    """Van der Waals' equation of state, with its constants from the critical point."""
    gas = 0.08314
    a = 27.0 * gas * gas * critical_temperature * critical_temperature / (64.0 * critical_pressure)
    b = gas * critical_temperature / (8.0 * critical_pressure)
    free = wp.max(molar_volume - b, 0.05)
    return wp.max(gas * temperature / free - a / (molar_volume * molar_volume), 0.0)


def compressibility(temperature, gas_pressure, critical_temperature, critical_pressure, acentric):
    """Vapor root of the Peng-Robinson equation, by Newton's method."""
    tr = temperature / critical_temperature
    m = 0.37464 + acentric * (1.54226 - 0.26992 * acentric)
    root_alpha = 1.0 + m * (1.0 - wp.sqrt(tr))
    pr = gas_pressure / critical_pressure
    A = 0.45724 * root_alpha * root_alpha * pr / (tr * tr)
    B = 0.0778 * pr / tr
    c2 = B - 1.0
    c1 = A - B * (3.0 * B + 2.0)
    c0 = B * (B * (B + 1.0) - A)
    z = float(1.0)
    for _n in range(12):
        f = ((z + c2) * z + c1) * z + c0
        df = (3.0 * z + 2.0 * c2) * z + c1
        if wp.abs(df) < 1.0e-3:
            break
        step = wp.clamp(f / df, -0.2, 0.2)
        z = wp.max(z - step, B)
        if wp.abs(step) < 1.0e-5:
            break
    return wp.min(z, 3.0)


def vapor_pressure(temperature, antoine_b):
    """Antoine's equation."""
    return wp.pow(10.0, 4.1 - antoine_b / (temperature - 45.0))


def vapor_fraction(feed_fractions, k_values):
    """Flash of a mixture: Rachford and Rice's equation, by bisection."""
    count = wp.min(len(feed_fractions), len(k_values))
    lo = float(0.0)
    hi = float(1.0)
    for _n in range(16):
        beta = 0.5 * (lo + hi)
        total = float(0.0)
        for c in range(count):
            d = k_values[c] - 1.0
            total += feed_fractions[c] * d / (1.0 + beta * d)
        if total > 0.0:
            lo = beta
        else:
            hi = beta
    return 0.5 * (lo + hi)


def brusselator_step(intermediate, product, feed_a, feed_b, dt):
    """Step of the Brusselator by Heun's method."""
    xxy = intermediate * intermediate * product
    dx = feed_a + xxy - (feed_b + 1.0) * intermediate
    dy = feed_b * intermediate - xxy
    x = wp.max(intermediate + dt * dx, 0.0)
    y = wp.max(product + dt * dy, 0.0)
    mid = x * x * y
    dx_end = feed_a + mid - (feed_b + 1.0) * x
    dy_end = feed_b * x - mid
    next_intermediate = wp.max(intermediate + 0.5 * dt * (dx + dx_end), 0.0)
    next_product = wp.max(product + 0.5 * dt * (dy + dy_end), 0.0)
    return next_intermediate, next_product


def waiting_time(molecules, hazard, rng):
    """Time to the next event of Gillespie's algorithm."""
    propensity = hazard * float(molecules)
    if propensity <= 0.0:
        return 1000.0
    return -wp.log(1.0 - wp.randf(rng)) / propensity


def reacted_molecules(molecules, hazard, dt, rng):
    """Molecules that are left after a step in which each may react."""
    chance = 1.0 - wp.exp(-hazard * dt)
    left = int(molecules)
    for _n in range(molecules):
        if wp.randf(rng) < chance:
            left -= 1
    next_molecules = left
    return next_molecules


def dissolved(solubility_product, second_concentration):
    """Solubility of a salt in a solution that has one of its ions already."""
    half = 0.5 * second_concentration
    return wp.sqrt(half * half + solubility_product) - half


def peak_area(chromatogram, baseline):
    """Area of the highest peak of a trace, between the points where it falls to the baseline."""
    top = int(0)
    for n in range(len(chromatogram)):
        if chromatogram[n] > chromatogram[top]:
            top = n
    left = int(top)
    for n in range(top):
        if chromatogram[top - 1 - n] <= baseline:
            break
        left = top - 1 - n
    area = float(0.0)
    for n in range(left, len(chromatogram)):
        if n > top and chromatogram[n] <= baseline:
            break
        area += chromatogram[n] - baseline
    return wp.max(area, 0.0)


def exchange(concentration_a, concentration_b, permeability):
    """What diffuses through a membrane."""
    return permeability * (concentration_a - concentration_b)
