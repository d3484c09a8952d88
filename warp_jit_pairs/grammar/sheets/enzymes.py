"""Enzymes and cells in culture: kinetics, inhibition, binding, expression of genes, bioreactors."""

import warp as wp

ENTITIES = "well sample"
GROUPS = "plate strain"
LAUNCH = "1:7 2:3"
SUMMED = "biomass"

QUANTITIES = """
biomass               | real  | state   | 0.05 20   | biomass x_cells
substrate             | real  | state   | 0.1 20    | substrate s_conc
enzyme                | real  | state   | 0.1 2     | enzyme e_total enz
inhibitor             | real  | state   | 0.05 5    | inhibitor i_conc inh
turnover              | real  | group   | 0.5 20    | turnover k_cat kcat     | 10.0
half_saturation       | real  | group   | 0.2 10    | half_saturation k_m km  | 1.0 5.0
inhibition            | real  | group   | 0.2 5     | inhibition k_i ki       | 0.5 1.0
hill                  | real  | group   | 1 4       | hill n_hill hill_coeff  | 2.0 4.0
v_max                 | real  | result  | 0.01 80   | v_max vmax
reaction              | real  | result  | 0 80      | reaction rate v_rxn
temperature           | real  | state   | 5 42      | temperature temp t_celsius
q10                   | real  | uniform | 1.5 3.5   | q10 q_10                | 2.0 3.0
dt                    | real  | uniform | 0.01 0.2  | dt h_step               | 0.05 0.1
protein               | real  | state   | 0.1 20    | protein p_conc
repressor             | real  | state   | 0.05 5    | repressor r_conc
repression            | real  | group   | 0.2 5     | k_rep repression        | 1.0
production            | real  | group   | 0.5 20    | production alpha_max    | 10.0
degradation           | real  | group   | 0.05 1    | degradation decay_rate  | 0.1 0.5
specific_growth       | real  | group   | 0.1 1.5   | mu_max max_growth       | 0.5 1.0
monod_constant        | real  | group   | 0.1 5     | k_s monod_k             | 0.5 1.0
co_substrate          | real  | state   | 0.1 20    | co_substrate b_conc
co_constant           | real  | group   | 0.2 10    | k_b co_km               | 2.0
product               | real  | state   | 0.1 20    | product p_out
equilibrium_constant  | real  | uniform | 1 20      | k_eq equilibrium        | 5.0
net_reaction          | real  | result  | -80 80    | net_rate net_reaction
relaxed_constant      | real  | group   | 0.5 5     | k_r relaxed_k           | 1.0
allosteric_constant   | real  | uniform | 10 1000   | l_0 allosteric_k        | 100.0
acidity               | real  | state   | 4 10      | ph_value acidity
acid_pk               | real  | group   | 5 6.5     | pk_a1 acid_pk           | 6.0
base_pk               | real  | group   | 7.5 9.5   | pk_a2 base_pk           | 8.5
ph_activity           | real  | result  | 0 1       | ph_factor ph_activity
activation            | real  | group   | 2000 9000 | ea_over_r activation    | 6000.0
unfolding_temperature | real  | group   | 38 55     | t_melt unfolding_temp   | 45.0
thermal_activity      | real  | result  | 0 5       | thermal_factor temp_activity
ligand                | real  | state   | 0.1 20    | ligand l_total
receptor              | real  | state   | 0.1 5     | receptor r_total
dissociation          | real  | group   | 0.1 10    | k_d dissociation        | 1.0
bound_fraction        | real  | result  | 0 1       | bound_frac occupancy
sites                 | real  | uniform | 1 4       | n_sites sites           | 2.0
free_ligand           | real  | result  | 0 20      | free_ligand l_free
messenger             | real  | state   | 0.1 10    | mrna messenger
transcription         | real  | group   | 0.1 5     | k_tx transcription      | 1.0
translation           | real  | group   | 0.1 5     | k_tl translation        | 2.0
messenger_decay       | real  | group   | 0.1 2     | mrna_decay gamma_m      | 0.5
feed                  | real  | uniform | 5 30      | feed_conc s_feed        | 10.0
dilution              | real  | group   | 0.05 0.8  | dilution d_rate         | 0.2
yield_factor          | real  | uniform | 0.2 0.8   | yield_factor y_xs       | 0.5
oxygen                | real  | state   | 0.1 8     | oxygen o2_conc
oxygen_constant       | real  | uniform | 0.1 2     | k_o2 oxygen_k           | 0.5
molecules             | int   | state   | 0 60      | molecules n_molecules
synthesis             | real  | group   | 1 20      | synthesis k_syn         | 10.0
absorbances           | reals | state   | 0.05 2    | absorbances od_series
sample_interval       | real  | uniform | 0.5 10    | sample_dt read_interval | 1.0 5.0
initial_rate          | real  | result  | -1.5 1.5  | initial_rate v_0
bottom                | real  | group   | 0 10      | bottom min_response     | 0.0
top                   | real  | group   | 60 110    | top max_resp            | 100.0
half_dose             | real  | state   | 0.1 10    | ic50 half_dose
slope_factor          | real  | state   | 0.5 3     | hill_slope slope_factor
response              | real  | result  | 0 150     | response effect
"""


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


def monod_growth(substrate, biomass, specific_growth, monod_constant, dilution):
    """Monod's growth of a culture on one substrate."""
    specific = specific_growth * substrate / (monod_constant + substrate)
    biomass_rate = (specific - dilution) * biomass
    return biomass_rate


def repressed_expression(repressor, repression, hill, production, protein, degradation):
    """Transcription repressed by a Hill function, with linear decay."""
    ratio = wp.pow(repressor / repression, hill)
    produced = production / (1.0 + ratio)
    protein_rate = produced - degradation * protein
    return protein_rate


def ping_pong(substrate, co_substrate, v_max, half_saturation, co_constant):
    """Ping-pong mechanism of two substrates."""
    denom = half_saturation * co_substrate + co_constant * substrate + substrate * co_substrate
    reaction = v_max * substrate * co_substrate / denom
    return reaction


def reversible_kinetics(substrate, product, v_max, half_saturation, equilibrium_constant):
    """Reversible Michaelis-Menten kinetics with Haldane's relation."""
    drive = 1.0 - product / (substrate * equilibrium_constant)
    load = 1.0 + substrate / half_saturation + product / half_saturation
    net_reaction = v_max * substrate / half_saturation * drive / load
    return net_reaction


def allosteric_kinetics(substrate, v_max, relaxed_constant, allosteric_constant):
    """Monod-Wyman-Changeux model of four sites."""
    x = substrate / relaxed_constant
    c = 0.02
    relaxed = wp.pow(1.0 + x, 3.0)
    tense = wp.pow(1.0 + c * x, 3.0)
    bound = x * relaxed + allosteric_constant * c * x * tense
    total = relaxed * (1.0 + x) + allosteric_constant * tense * (1.0 + c * x)
    reaction = v_max * bound / total
    return reaction


def ph_activity(acidity, acid_pk, base_pk):
    """Bell-shaped dependence of an enzyme on the pH."""
    return 1.0 / (1.0 + wp.pow(10.0, acid_pk - acidity) + wp.pow(10.0, acidity - base_pk))


def thermal_activity(temperature, activation, unfolding_temperature):
    """Arrhenius rise up to an optimum, and unfolding beyond it."""
    kelvin = temperature + 273.15
    rise = wp.exp(activation * (1.0 / 298.15 - 1.0 / kelvin))
    melted = wp.exp(wp.min(0.6 * (temperature - unfolding_temperature), 30.0))
    return rise / (1.0 + melted)


def bound_fraction(free_ligand, dissociation):
    """Share of a receptor that is bound (Langmuir)."""
    return free_ligand / (dissociation + free_ligand)


def depleted_ligand(ligand, receptor, dissociation):
    """Concentration of free ligand where binding uses it up."""
    b = ligand - receptor - dissociation
    free_ligand = 0.5 * (b + wp.sqrt(b * b + 4.0 * dissociation * ligand))
    return free_ligand


def free_ligand(ligand, receptor, dissociation, sites):
    """Concentration of free ligand over several equal sites, by Newton iteration on the mass balance."""
    free = float(0.5 * ligand)
    for _ in range(12):
        occupied = sites * receptor * free / (dissociation + free)
        residual = free + occupied - ligand
        slope = 1.0 + sites * receptor * dissociation / ((dissociation + free) * (dissociation + free))
        free = wp.clamp(free - residual / slope, 0.0, ligand)
        if wp.abs(residual) < 1.0e-5:
            break
    free_ligand = free
    return free_ligand


def toggle_switch(protein, repressor, production, repression, hill, degradation, dt):
    """Step of two genes that repress each other."""
    on_protein = production / (1.0 + wp.pow(repressor / repression, hill))
    on_repressor = production / (1.0 + wp.pow(protein / repression, hill))
    decay = 1.0 / (1.0 + degradation * dt)
    next_protein = decay * (protein + dt * on_protein)
    next_repressor = decay * (repressor + dt * on_repressor)
    return next_protein, next_repressor


def expression_step(messenger, protein, transcription, translation, messenger_decay, degradation, dt):
    """Step of transcription and translation."""
    next_messenger = messenger + dt * (transcription - messenger_decay * messenger)
    next_protein = protein + dt * (translation * messenger - degradation * protein)
    return next_messenger, next_protein


def chemostat_step(substrate, biomass, feed, dilution, specific_growth, monod_constant, yield_factor, dt):
    """Step of a chemostat: Monod growth, feed and outflow."""
    mu = specific_growth * substrate / (monod_constant + substrate)
    uptake = mu * biomass / yield_factor
    in_minus_out = dilution * (feed - substrate)
    next_substrate = wp.max(substrate + dt * (in_minus_out - uptake), 0.0)
    next_biomass = wp.max(biomass + dt * (mu - dilution) * biomass, 0.0)
    return next_substrate, next_biomass


def fed_batch_growth(biomass, substrate, oxygen, specific_growth, monod_constant, oxygen_constant):
    """Growth that the scarcer of substrate and oxygen limits."""
    by_substrate = substrate / (monod_constant + substrate)
    by_oxygen = oxygen / (oxygen_constant + oxygen)
    limit = wp.min(by_substrate, by_oxygen)
    biomass_rate = specific_growth * limit * biomass
    return biomass_rate


def gillespie_protein(molecules, synthesis, degradation, dt, rng):
    """Number of molecules after a time of births and deaths, one event after another."""
    count = int(molecules)
    t = float(0.0)
    for _ in range(40):
        up = synthesis
        down = degradation * float(count)
        t += -wp.log(1.0 - wp.randf(rng) + 1.0e-6) / (up + down)
        if t > dt:
            break
        if wp.randf(rng) * (up + down) < up:
            count += 1
        else:
            count -= 1
    next_molecules = wp.max(count, 0)
    return next_molecules


def initial_rate(absorbances, sample_interval):
    """Slope of the first samples of a progress curve by least squares."""
    n = wp.min(len(absorbances), 4)
    mean_t = 0.5 * float(n - 1)
    mean_y = float(0.0)
    for i in range(n):
        mean_y += absorbances[i]
    mean_y = mean_y / float(n)
    num = float(0.0)
    den = float(1.0e-6)
    for i in range(n):
        dt = float(i) - mean_t
        num += dt * (absorbances[i] - mean_y)
        den += dt * dt
    return num / (den * sample_interval)


def dose_response(inhibitor, bottom, top, half_dose, slope_factor):
    """Four-parameter logistic curve."""
    x = wp.pow(inhibitor / half_dose, slope_factor)
    response = bottom + (top - bottom) / (1.0 + x)
    return response
