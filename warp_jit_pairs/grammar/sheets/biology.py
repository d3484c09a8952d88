"""Biology: populations, epidemics, enzymes, neurons, drugs in the body, and genes."""

import warp as wp

ENTITIES = "cell site patch compartment sample unit"
GROUPS = "species tissue strain region"
PAIRS = "link contact junction edge"
LAUNCH = "1:8 2:2"
SUMMED = "population infected susceptible biomass"
OPPOSITE = "migration gap_current"

QUANTITIES = """
population       | real  | state   | 1 100        | population pop n_pop abundance
capacity         | real  | group   | 60 200       | capacity carrying_capacity cap        | 100.0 150.0
growth           | real  | group   | 0.05 1.5     | growth growth_rate r_max              | 0.5 1.0
allee            | real  | group   | 5 20         | allee allee_threshold                 | 10.0
competition      | real  | uniform | 0.1 1.5      | competition alpha comp                | 0.5 0.8
prey             | real  | state   | 0.5 50       | prey n_prey hares
predator         | real  | state   | 0.2 20       | predator n_pred predators
attack           | real  | group   | 0.01 0.2     | attack attack_rate a_rate             | 0.02 0.1
handling         | real  | uniform | 0.05 1       | handling handling_time t_h            | 0.1 0.5
conversion       | real  | uniform | 0.05 0.6     | conversion efficiency e_conv          | 0.1 0.3
mortality        | real  | group   | 0.05 0.6     | mortality death_rate mu               | 0.1 0.2
predation        | real  | result  | 0 20         | predation eaten intake
biomass          | real  | state   | 0.05 50      | biomass mass_g bio
susceptible      | real  | state   | 0.05 0.95    | susceptible sus s_frac
exposed          | real  | state   | 0.01 0.3     | exposed exp_frac latent
infected         | real  | state   | 0 0.96       | infected inf i_frac
transmission     | real  | group   | 0.1 1.5      | transmission beta contact_rate        | 0.3 0.5
recovery         | real  | group   | 0.05 0.5     | recovery gamma recovery_rate          | 0.1 0.2
incubation       | real  | uniform | 0.1 1        | incubation sigma                      | 0.2 0.5
infection        | real  | result  | 0 1.5        | infection new_infections incidence
reproduction     | real  | result  | 0.005 30     | reproduction r0 r_eff
position         | vec2  | state   | -4 4         | position pos_xy xy loc
dispersal        | real  | uniform | 0.5 5        | dispersal dispersal_scale             | 1.0 2.0
mobility         | real  | uniform | 0.01 0.5     | mobility migration_rate               | 0.05 0.1
migration        | real  | result  |              | migration movers net_flow
substrate        | real  | state   | 0.1 20       | substrate s_conc
enzyme           | real  | state   | 0.1 2        | enzyme e_total enz
inhibitor        | real  | state   | 0.05 5       | inhibitor i_conc inh
turnover         | real  | group   | 0.5 20       | turnover k_cat kcat                   | 10.0
half_saturation  | real  | group   | 0.2 10       | half_saturation k_m km                | 1.0 5.0
inhibition       | real  | group   | 0.2 5        | inhibition k_i ki                     | 0.5 1.0
hill             | real  | group   | 1 4          | hill n_hill hill_coeff                | 2.0 4.0
v_max            | real  | result  | 0.01 80      | v_max vmax
metabolism       | real  | result  |              | metabolism metabolic_rate b_rate
reaction         | real  | result  | 0 80         | reaction rate v_rxn
temperature      | real  | state   | 5 42         | temperature temp t_celsius
q10              | real  | uniform | 1.5 3.5      | q10 q_10                              | 2.0 3.0
potential        | real  | state   | -85 40       | potential v_m vm v_mem
adaptation       | real  | state   | -20 10       | adaptation recovery_u w_adapt
input_current    | real  | state   | 0 15         | input_current i_ext i_in drive
threshold        | real  | uniform | -55 -40      | threshold v_th v_thresh               | -50.0 -45.0
reset            | real  | uniform | -75 -60      | reset v_reset                         | -65.0 -70.0
time_constant    | real  | group   | 5 30         | time_constant tau tau_m               | 10.0 20.0
resistance       | real  | group   | 0.5 5        | resistance r_m r_mem                  | 1.0
sodium_gate      | real  | state   | 0 1          | sodium_gate m_gate gate_m
potassium_gate   | real  | state   | 0.02 0.98    | potassium_gate n_gate gate_n
inactivation     | real  | state   | 0.02 0.98    | inactivation h_gate gate_h
opening          | real  | result  | 0 20         | opening alpha_n a_open
closing          | real  | result  | 0.01 20      | closing beta_n b_close
membrane_current | real  | result  | -2000 2000   | membrane_current i_ion i_mem
coupling         | real  | uniform | 0.05 2       | coupling g_gap k_couple               | 0.1 0.5
gap_current      | real  | result  |              | gap_current i_gap
phase            | real  | state   | 0 6.28       | phase theta phi
frequency        | real  | state   | 0.2 4        | frequency omega natural_freq
spike_time       | real  | state   | 0 100        | spike_time t_spike last_spike
weight           | real  | state   | 0.05 1       | weight w_syn syn_weight
outbreak         | bool  | result  |              | outbreak epidemic is_outbreak
endangered       | bool  | result  |              | endangered at_risk
spiked           | bool  | result  |              | spiked fired spiking
dose             | real  | state   | 10 500       | dose dose_mg amount_in
body_weight      | real  | state   | 40 110       | body_weight weight_kg bw
clearance        | real  | state   | 1 20         | clearance cl cl_l_h
distribution     | real  | group   | 5 60         | distribution v_d vd                   | 20.0 40.0
absorption       | real  | group   | 1.5 4        | absorption k_a ka                     | 2.0
elimination      | real  | result  | 0.01 0.8     | elimination k_e k_el
concentration    | real  | state   | 0 100        | concentration conc c_plasma
hours            | real  | state   | 0.25 16      | hours t_hours elapsed
age              | real  | state   | 18 90        | age age_years years
female           | bool  | state   |              | female is_female
creatinine       | real  | state   | 0.5 3        | creatinine scr
allele_frequency | real  | state   | 0.02 0.98    | allele_freq p_allele allele_frequency
fitness          | vec3  | group   | 0.5 1.5      | fitness w_genotype rel_fitness
genotypes        | vec3  | state   | 1 60         | genotypes counts genotype_counts
inbreeding       | real  | uniform | 0.02 0.6     | inbreeding f_is                       | 0.1 0.25
mutation         | real  | uniform | 0.001 0.05   | mutation mu_rate                      | 0.01
mean_fitness     | real  | result  | 0.5 1.5      | mean_fitness w_bar
heterozygosity   | real  | result  | 0.01 0.5     | heterozygosity het h_exp
crossover        | real  | state   | 0.004 0.4985 | crossover recomb r_frac
chi_squared      | real  | result  |              | chi_squared chi2 x2
map_distance     | real  | result  | 0.5 150      | map_distance d_cm
transitions      | real  | state   | 0.01 0.25    | transitions p_ts ts_frac
transversions    | real  | state   | 0.01 0.2     | transversions q_tv tv_frac
divergence       | real  | result  |              | divergence evo_dist d_evo
counts           | reals | state   | 0.5 40       | counts species_counts abundances
diversity        | real  | result  |              | diversity div_index h_div
survival         | reals | state   | 0.3 0.95     | survival p_survive s_age
time             | real  | uniform | 40 120       | t_now t_ms now                        | 100.0
dt               | real  | uniform | 0.01 0.2     | dt h_step                             | 0.05 0.1
"""


def logistic_growth(population, growth, capacity):
    """Verhulst's logistic growth."""
    population_rate = growth * population * (1.0 - population / capacity)
    return population_rate


def gompertz_growth(population, growth, capacity):
    """Gompertz's law of growth."""
    population_rate = growth * population * wp.log(capacity / population)
    return population_rate


def allee_growth(population, growth, capacity, allee):
    """Logistic growth with a strong Allee effect."""
    crowding = 1.0 - population / capacity
    cooperation = population / allee - 1.0
    population_rate = growth * population * crowding * cooperation
    return population_rate


def ricker_population(population, growth, capacity):
    """Ricker's map of a stock to its recruits."""
    next_population = population * wp.exp(growth * (1.0 - population / capacity))
    return next_population


def beverton_holt(population, growth, capacity):
    """Beverton-Holt recruitment."""
    r0 = 1.0 + growth
    next_population = r0 * population / (1.0 + (r0 - 1.0) * population / capacity)
    return next_population


def next_population(population, population_rate, dt):
    return wp.max(population + population_rate * dt, 0.0)


def harvested_population(population, growth, capacity, mortality):
    recruits = growth * population * (1.0 - population / capacity)
    quota = 0.0
    if population > 0.5 * capacity:
        quota = mortality * (population - 0.5 * capacity)
    next_population = wp.clamp(population + recruits - quota, 0.0, capacity)
    return next_population


def competing_growth(population_a, population_b, growth, capacity, competition):
    """Lotka-Volterra competition of two species for one resource."""
    crowd = population_a + competition * population_b
    population_rate = growth * population_a * (1.0 - crowd / capacity)
    return population_rate


def holling_linear(prey, attack):
    """Holling's functional response of type I."""
    predation = attack * prey
    return predation


def predation(prey, attack, handling):
    """Holling's functional response of type II."""
    return attack * prey / (1.0 + attack * handling * prey)


def holling_sigmoid(prey, attack, handling):
    """Holling's functional response of type III."""
    encounters = attack * prey * prey
    predation = encounters / (1.0 + handling * encounters)
    return predation


def beddington_deangelis(prey, predator, attack, handling):
    """Functional response with interference between predators."""
    interference = 0.2 * wp.max(predator - 1.0, 0.0)
    predation = attack * prey / (1.0 + attack * handling * prey + interference)
    return predation


def prey_rate(prey, predator, predation, growth):
    return growth * prey - predation * predator


def predator_rate(predator, predation, conversion, mortality):
    return (conversion * predation - mortality) * predator


def lotka_volterra(prey, predator, growth, attack, conversion, mortality):
    """Lotka-Volterra equations of predator and prey."""
    encounters = attack * prey * predator
    prey_rate = growth * prey - encounters
    predator_rate = conversion * encounters - mortality * predator
    return prey_rate, predator_rate


def next_prey(prey, prey_rate, dt):
    return wp.max(prey + dt * prey_rate, 0.0)


def metabolism(biomass, temperature):
    """Kleiber's law, scaled by an Arrhenius factor."""
    kelvin = temperature + 273.15
    boltzmann = 8.617e-5
    arrhenius = wp.exp(-0.65 / boltzmann * (1.0 / kelvin - 1.0 / 293.15))
    return arrhenius * wp.pow(biomass, 0.75)


def von_bertalanffy(biomass, growth, mortality):
    """Von Bertalanffy's growth of an animal's mass."""
    biomass_rate = growth * wp.pow(biomass, 2.0 / 3.0) - mortality * biomass
    return biomass_rate


def infection(susceptible, infected, transmission):
    return transmission * susceptible * infected


def saturated_infection(susceptible, infected, transmission, half_saturation):
    pressure = transmission * infected / (1.0 + infected / half_saturation)
    infection = 1.0 - wp.exp(-pressure * susceptible)
    return infection


def sir_rates(susceptible, infected, transmission, recovery):
    """Kermack and McKendrick's SIR model."""
    new_cases = transmission * susceptible * infected
    removed = recovery * infected
    susceptible_rate = -new_cases
    infected_rate = new_cases - removed
    return susceptible_rate, infected_rate


def exposed_rate(infection, exposed, incubation):
    return infection - incubation * exposed


def seir_step(susceptible, exposed, infected, transmission, incubation, recovery, dt):
    """An explicit step of the SEIR model."""
    new_exposed = wp.min(transmission * susceptible * infected * dt, susceptible)
    new_cases = incubation * exposed * dt
    removed = recovery * infected * dt
    next_susceptible = susceptible - new_exposed
    next_exposed = exposed + new_exposed - new_cases
    next_infected = infected + new_cases - removed
    return next_susceptible, next_exposed, next_infected


def waned_susceptible(susceptible, infected, recovery, mortality, dt):
    immune = wp.max(1.0 - susceptible - infected, 0.0)
    returning = mortality * immune + recovery * infected
    next_susceptible = wp.min(susceptible + returning * dt, 1.0)
    return next_susceptible


def reproduction(transmission, recovery):
    return transmission / recovery


def effective_reproduction(transmission, recovery, mortality, susceptible):
    infectious_period = 1.0 / (recovery + mortality)
    reproduction = transmission * susceptible * infectious_period
    return reproduction


def final_size(reproduction, susceptible):
    """Final size of an epidemic by fixed-point iteration."""
    infected = float(0.5)
    for _ in range(12):
        infected = susceptible * (1.0 - wp.exp(-reproduction * infected))
    return infected


def outbreak(reproduction, infected):
    return reproduction > 1.0 and infected > 0.05


def endangered(population, allee, capacity):
    return population < wp.max(allee, 0.1 * capacity)


def cross_infection(susceptible_a, infected_b, position_a, position_b, transmission, dispersal):
    """Infection of one patch by another, with an exponential dispersal kernel."""
    distance = wp.length(position_a - position_b)
    kernel = wp.exp(-distance / dispersal)
    infection = transmission * kernel * susceptible_a * infected_b
    return infection


def migration(population_a, population_b, mobility):
    return mobility * (population_b - population_a)


def gravity_migration(population_a, population_b, position_a, position_b, mobility, dispersal):
    """Gravity model of movement between two places."""
    offset = position_b - position_a
    dist_sq = wp.dot(offset, offset) + dispersal * dispersal
    migration = mobility * population_a * population_b / dist_sq
    if population_a > population_b:
        migration = -migration
    return migration


def michaelis_menten(substrate, v_max, half_saturation):
    """Michaelis-Menten kinetics."""
    reaction = v_max * substrate / (half_saturation + substrate)
    return reaction


def v_max(turnover, enzyme):
    return turnover * enzyme


def scaled_v_max(turnover, enzyme, temperature, q10):
    """Enzyme activity with a Q10 factor relative to 25 degrees."""
    factor = wp.pow(q10, 0.1 * (temperature - 25.0))
    v_max = turnover * enzyme * factor
    return v_max


def competitive_inhibition(substrate, inhibitor, v_max, half_saturation, inhibition):
    apparent_km = half_saturation * (1.0 + inhibitor / inhibition)
    reaction = v_max * substrate / (apparent_km + substrate)
    return reaction


def uncompetitive_inhibition(substrate, inhibitor, v_max, half_saturation, inhibition):
    bound = 1.0 + inhibitor / inhibition
    reaction = v_max * substrate / (half_saturation + substrate * bound)
    return reaction


def substrate_inhibition(substrate, v_max, half_saturation, inhibition):
    """Haldane kinetics: too much substrate slows the enzyme."""
    reaction = v_max * substrate / (half_saturation + substrate + substrate * substrate / inhibition)
    return reaction


def hill_kinetics(substrate, v_max, half_saturation, hill):
    """Hill equation for cooperative binding."""
    bound = wp.pow(substrate, hill)
    reaction = v_max * bound / (wp.pow(half_saturation, hill) + bound)
    return reaction


def tight_binding(substrate, enzyme, turnover, half_saturation):
    """Morrison's quadratic equation for tight binding."""
    total = enzyme + substrate + half_saturation
    root = wp.sqrt(wp.max(total * total - 4.0 * enzyme * substrate, 0.0))
    complexed = 0.5 * (total - root)
    reaction = turnover * complexed
    return reaction


def next_substrate(substrate, reaction, dt):
    return wp.max(substrate - reaction * dt, 0.0)


def monod_growth(substrate, biomass, growth, half_saturation, mortality):
    """Monod's growth of a culture on one substrate."""
    specific = growth * substrate / (half_saturation + substrate)
    biomass_rate = (specific - mortality) * biomass
    return biomass_rate


def repressed_expression(inhibitor, inhibition, hill, turnover, enzyme, mortality):
    """Transcription repressed by a Hill function, with linear decay."""
    ratio = wp.pow(inhibitor / inhibition, hill)
    produced = turnover / (1.0 + ratio)
    enzyme_rate = produced - mortality * enzyme
    return enzyme_rate


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


def refractory_spike(potential, threshold, spike_time, previous_spike_time):
    spiked = potential > threshold and wp.abs(spike_time - previous_spike_time) > 2.0
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


def alpha_synapse(time, spike_time, weight, time_constant):
    """Alpha function of a synaptic current."""
    since = time - spike_time
    if since <= 0.0:
        return 0.0
    x = since / time_constant
    input_current = 15.0 * weight * x * wp.exp(1.0 - x)
    return input_current


def elimination(clearance, distribution):
    return wp.min(clearance / distribution, 0.8)


def half_life_elimination(body_weight, clearance):
    """Elimination from a volume that grows with body weight."""
    volume = 0.65 * body_weight
    elimination = clearance / volume
    return elimination


def clearance(body_weight, age):
    """Allometric scaling of a drug's clearance."""
    size = wp.pow(body_weight / 70.0, 0.75)
    maturity = 1.0 - 0.005 * wp.max(age - 40.0, 0.0)
    return 10.0 * size * maturity


def renal_clearance(age, body_weight, creatinine, female):
    """Cockcroft-Gault estimate of creatinine clearance, in liters per hour."""
    ml_per_min = (140.0 - age) * body_weight / (72.0 * creatinine)
    if female:
        ml_per_min = ml_per_min * 0.85
    clearance = 0.06 * ml_per_min
    return clearance


def bolus_concentration(dose, distribution, elimination, hours):
    """One compartment after an intravenous bolus."""
    concentration = dose / distribution * wp.exp(-elimination * hours)
    return concentration


def bateman(dose, distribution, absorption, elimination, hours):
    """Bateman's equation for an oral dose."""
    scale = dose * absorption / (distribution * (absorption - elimination))
    concentration = scale * (wp.exp(-elimination * hours) - wp.exp(-absorption * hours))
    return concentration


def repeated_doses(dose, distribution, elimination, hours):
    """Superposition of doses that are given every four hours."""
    concentration = float(0.0)
    for n in range(4):
        since = hours - 4.0 * float(n)
        if since >= 0.0:
            concentration = concentration + dose / distribution * wp.exp(-elimination * since)
    return concentration


def infusion_concentration(dose, clearance, elimination, hours):
    rate = dose / 6.0
    plateau = rate / clearance
    if hours <= 6.0:
        return plateau * (1.0 - wp.exp(-elimination * hours))
    end = plateau * (1.0 - wp.exp(-6.0 * elimination))
    concentration = end * wp.exp(-elimination * (hours - 6.0))
    return concentration


def concentration_rate(concentration, v_max, half_saturation, elimination):
    """Parallel linear and saturable elimination."""
    return -elimination * concentration - v_max * concentration / (half_saturation + concentration)


def mean_fitness(allele_frequency, fitness):
    q = 1.0 - allele_frequency
    hardy_weinberg = wp.vec3(allele_frequency * allele_frequency, 2.0 * allele_frequency * q, q * q)
    return wp.dot(hardy_weinberg, fitness)


def selected_frequency(allele_frequency, fitness, mean_fitness):
    """Wright's change of an allele's frequency under selection."""
    q = 1.0 - allele_frequency
    marginal = allele_frequency * fitness[0] + q * fitness[1]
    next_allele_frequency = wp.min(allele_frequency * marginal / mean_fitness, 1.0)
    return next_allele_frequency


def drifted_frequency(allele_frequency, population, rng):
    """Wright-Fisher drift in its normal approximation."""
    sigma = wp.sqrt(allele_frequency * (1.0 - allele_frequency) / (2.0 * population))
    next_allele_frequency = wp.clamp(allele_frequency + sigma * wp.randn(rng), 0.0, 1.0)
    return next_allele_frequency


def mutated_frequency(allele_frequency, mutation):
    back_mutation = 0.5 * mutation
    next_allele_frequency = allele_frequency * (1.0 - mutation) + (1.0 - allele_frequency) * back_mutation
    return next_allele_frequency


def counted_frequency(genotypes):
    total = genotypes[0] + genotypes[1] + genotypes[2]
    allele_frequency = (genotypes[0] + 0.5 * genotypes[1]) / total
    return allele_frequency


def heterozygosity(allele_frequency):
    return 2.0 * allele_frequency * (1.0 - allele_frequency)


def inbred_heterozygosity(allele_frequency, inbreeding):
    expected = 2.0 * allele_frequency * (1.0 - allele_frequency)
    heterozygosity = (1.0 - inbreeding) * expected
    return heterozygosity


def hardy_weinberg_chi(genotypes):
    """Chi-squared statistic against Hardy-Weinberg proportions."""
    n = genotypes[0] + genotypes[1] + genotypes[2]
    p = (2.0 * genotypes[0] + genotypes[1]) / (2.0 * n)
    q = 1.0 - p
    expected = wp.vec3(n * p * p, 2.0 * n * p * q, n * q * q)
    error = genotypes - expected
    chi_squared = wp.dot(wp.cw_div(error, expected), error)
    return chi_squared


def fixation_index(allele_frequency_a, allele_frequency_b):
    """Wright's F_ST of two subpopulations."""
    mean_p = 0.5 * (allele_frequency_a + allele_frequency_b)
    total = wp.max(2.0 * mean_p * (1.0 - mean_p), 1.0e-6)
    within = allele_frequency_a * (1.0 - allele_frequency_a) + allele_frequency_b * (1.0 - allele_frequency_b)
    divergence = 1.0 - within / total
    return divergence


def nei_distance(allele_frequency_a, allele_frequency_b):
    """Nei's standard genetic distance at a locus of two alleles."""
    shared = allele_frequency_a * allele_frequency_b + (1.0 - allele_frequency_a) * (1.0 - allele_frequency_b)
    homozygous_a = allele_frequency_a * allele_frequency_a + (1.0 - allele_frequency_a) * (1.0 - allele_frequency_a)
    homozygous_b = allele_frequency_b * allele_frequency_b + (1.0 - allele_frequency_b) * (1.0 - allele_frequency_b)
    divergence = -wp.log(wp.max(shared, 1.0e-6) / wp.sqrt(homozygous_a * homozygous_b))
    return divergence


def map_distance(crossover):
    """Haldane's map function, in centimorgans."""
    return -50.0 * wp.log(1.0 - 2.0 * crossover)


def kosambi_distance(crossover):
    """Kosambi's map function, in centimorgans."""
    map_distance = 25.0 * wp.log((1.0 + 2.0 * crossover) / (1.0 - 2.0 * crossover))
    return map_distance


def kosambi_crossover(map_distance):
    crossover = 0.5 * wp.tanh(0.02 * map_distance)
    return crossover


def kimura_distance(transitions, transversions):
    """Kimura's two-parameter distance between sequences."""
    w1 = 1.0 - 2.0 * transitions - transversions
    w2 = 1.0 - 2.0 * transversions
    divergence = -0.5 * wp.log(w1) - 0.25 * wp.log(w2)
    return divergence


def jukes_cantor(transitions, transversions):
    """Jukes-Cantor distance between sequences."""
    differing = transitions + transversions
    divergence = -0.75 * wp.log(1.0 - 4.0 / 3.0 * differing)
    return divergence


def diversity(counts):
    """Shannon's index of diversity."""
    total = float(0.0)
    for n in range(len(counts)):
        total = total + counts[n]
    h = float(0.0)
    for n in range(len(counts)):
        share = counts[n] / total
        h = h - share * wp.log(share)
    return h


def simpson_diversity(counts):
    """Simpson's index of diversity."""
    total = float(0.0)
    squares = float(0.0)
    for n in range(len(counts)):
        total = total + counts[n]
        squares = squares + counts[n] * counts[n]
    diversity = 1.0 - squares / (total * total)
    return diversity


def life_table_growth(survival, growth, mortality):
    """Net reproduction of a cohort from its life table."""
    alive = float(1.0)
    reproduction = float(0.0)
    for n in range(len(survival)):
        alive = alive * survival[n] * (1.0 - 0.5 * mortality)
        reproduction = reproduction + growth * alive
    return reproduction
