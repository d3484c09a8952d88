"""Patterns and fronts: reactions that spread, excitable media, phases, colonies, vegetation, flames."""

import warp as wp

ENTITIES = "cell node site"
GROUPS = "zone tissue"
LAUNCH = "1:3 2:6"
SUMMED = "plants tumor colony phytoplankton"

QUANTITIES = """
dt                | real | uniform | 0.001 0.05 | dt time_step           | 0.01 0.005
fuel_gas          | real | state   | 0 1        | u_gs u_conc substrate_u
catalyst          | real | state   | 0 1        | v_gs v_conc catalyst
feed              | real | uniform | 0.01 0.08  | feed feed_rate f_rate  | 0.055 0.035 0.04
kill              | real | uniform | 0.04 0.07  | kill kill_rate k_rate  | 0.062 0.065 0.06
conversion        | real | result  | 0 1        | uvv conversion reacted
morphogen         | real | state   | 0.1 5      | x_br morphogen x_conc
substance         | real | state   | 0.1 5      | y_br substance y_conc
reactant          | real | uniform | 0.5 2      | a_conc reactant        | 1.0
reagents          | real | uniform | 1 4        | b_conc reagent        | 3.0 2.0
autocatalysis     | real | result  | 0 125      | xxy autocatalysis
activator         | real | state   | 0.05 4     | activator act a_field
suppressor        | real | state   | 0.05 4     | suppressor inh h_field
activation        | real | uniform | 0.01 2     | activation rho_a       | 0.1 1.0
activator_decay   | real | uniform | 0.01 1.5   | act_decay mu_a         | 0.1 1.0
suppressor_decay  | real | uniform | 0.01 1.5   | inh_decay nu_h         | 0.2 1.0
basal             | real | uniform | 0 0.1      | basal rho_0            | 0.01
saturation        | real | uniform | 0 0.5      | saturation kappa_sat   | 0.1
iodide            | real | state   | 0 5        | iodide u_cima
chlorite          | real | state   | 0 10       | chlorite v_cima
iodide_supply     | real | uniform | 5 15       | iodide_supply a_cima   | 10.0
chlorite_ratio    | real | uniform | 0.5 10     | ratio sigma_b          | 9.0
inhibition        | real | result  | 0 6        | blocked uv_term
excitability      | real | state   | 0 1        | u_ex excited u_field
recovery          | real | state   | 0 1        | w_rec recovery v_field
excitation_scale  | real | uniform | 0.3 1      | a_bark excitation_a    | 0.75 0.8
excitation_bias   | real | uniform | 0.001 0.1  | b_bark excitation_b    | 0.02 0.05
epsilon           | real | uniform | 0.01 0.1   | epsilon eps            | 0.02 0.05
bromous           | real | state   | 0.01 1     | bromous u_bz acid
cerium            | real | state   | 0 0.5      | cerium v_bz oxidized
stoichiometry     | real | uniform | 0.5 3      | f_bz stoich            | 1.4
turning           | real | uniform | 0.0005 0.01 | q_bz q_ratio          | 0.002
membrane          | real | state   | 0 1        | u_ap v_norm membrane_u
gate              | real | state   | 0.01 1     | gate h_gate
inward_time       | real | uniform | 0.1 0.5    | tau_in inward_time     | 0.3
outward_time      | real | uniform | 4 8        | tau_out outward_time   | 6.0
open_time         | real | uniform | 80 150     | tau_open open_time     | 120.0
close_time        | real | uniform | 80 180     | tau_close close_time   | 150.0
gate_level        | real | uniform | 0.05 0.3   | u_gate gate_level      | 0.13
stimulus          | real | state   | 0 0.5      | stimulus i_stim stim
contraction       | real | state   | 0.01 2.5   | v_ap contraction w_ap
stiffening        | real | uniform | 4 10       | k_ap k_stiff           | 8.0
onset             | real | uniform | 0.05 0.2   | a_ap onset             | 0.15 0.1
order             | real | state   | -1 1       | order phi_order eta
mobility          | real | uniform | 0.1 2      | mobility m_phi         | 1.0
well_height       | real | uniform | 0.2 3      | well_height w_bar      | 1.0
ice               | real | state   | 0 1        | ice solid phase_phi
melt              | real | state   | 0 1        | melt t_field temp
freezing_point    | real | uniform | 0.8 1.2    | t_eq freezing_point    | 1.0
steepness         | real | uniform | 2 20       | gamma_m steepness      | 10.0
drive             | real | uniform | 0.3 0.95   | alpha_m drive          | 0.9
relaxation_time   | real | uniform | 0.001 0.05 | tau_phi relax_time     | 0.003 0.01
driving           | real | result  | -0.5 0.5   | m_drive driving
tumor             | real | state   | 0 1        | tumor n_tumor tumor_frac
oxygen            | real | state   | 0.01 1     | oxygen o2 oxy
drug              | real | state   | 0 1        | drug c_drug chemo
proliferation     | real | group   | 0.05 1     | proliferation rho_t    | 0.1 0.2
oxygen_need       | real | uniform | 0.05 0.5   | k_oxy half_oxygen      | 0.1
killing           | real | uniform | 0.05 2     | killing kill_coef      | 0.5
uptake            | real | uniform | 0.05 3     | uptake uptake_rate     | 1.0
perfusion         | real | group   | 0.01 1     | perfusion w_blood      | 0.1
clearance         | real | uniform | 0.05 1     | clearance drug_decay   | 0.1
water             | real | state   | 0 5        | water w_soil moisture
plants            | real | state   | 0 5        | plants veg biomass
rainfall          | real | uniform | 0.2 3      | rainfall a_rain precip | 1.0 2.0
plant_death       | real | uniform | 0.1 1      | plant_death m_veg      | 0.45
growth            | real | result  | 0 125      | growth wnn
colony            | real | state   | 0 2        | colony bacteria n_cells
nutrient          | real | state   | 0 2        | nutrient food c_nut
attractant        | real | state   | 0 5        | attractant chemo_c signal
consumption       | real | uniform | 0.1 2      | consumption eat_rate   | 1.0
half_nutrient     | real | uniform | 0.05 1     | k_nut half_nutrient    | 0.1
secretion         | real | uniform | 0.1 2      | secretion secrete_rate | 1.0
signal_decay      | real | uniform | 0.05 1     | signal_decay degrade   | 0.1
colony_death      | real | uniform | 0.01 0.5   | colony_death starve    | 0.05
nitrate           | real | state   | 0 8        | nitrate nut n_plank
phytoplankton     | real | state   | 0 4        | phyto p_plank algae
zooplankton       | real | state   | 0 3        | zoo z_plank grazers
light             | real | state   | 0.05 1     | light par_frac light_lim
nitrate_half      | real | uniform | 0.1 1      | k_n nitrate_half       | 0.5
max_uptake        | real | uniform | 0.3 2      | v_m max_uptake         | 1.0
grazing_rate      | real | uniform | 0.2 2      | r_m grazing_max        | 1.0
ivlev             | real | uniform | 0.2 2      | lam_iv ivlev           | 1.0
sinking           | real | uniform | 0.02 0.3   | sinking phyto_loss     | 0.1
grazer_death      | real | uniform | 0.05 0.4   | grazer_death zoo_loss  | 0.2
efficiency        | real | uniform | 0.2 0.7    | efficiency assim       | 0.3
uptake_flux       | real | result  | 0 8        | uptake_flux primary_prod
grazing           | real | result  | 0 6        | grazing grazed
susceptible       | real | state   | 0 1        | susceptible s_frac sus
infected          | real | state   | 0 1        | infected i_frac inf
transmission      | real | group   | 0.1 1.5    | beta transmission      | 0.3 0.5
healing           | real | group   | 0.05 0.5   | gamma healing          | 0.1 0.2
waning            | real | uniform | 0.01 0.3   | waning xi_loss         | 0.05
incidence         | real | result  | 0 1.5      | incidence new_cases
burning_temp      | real | state   | 0.2 3      | t_flame theta temp
fuel              | real | state   | 0 1        | fuel y_fuel fuel_frac
arrhenius_factor  | real | uniform | 1 50       | a_arr pre_exp          | 10.0
ignition          | real | uniform | 1 6        | e_act ignition         | 4.0
heat_yield        | real | uniform | 0.5 3      | heat_yield q_comb      | 1.0 2.0
cooling           | real | uniform | 0.01 0.5   | cooling h_loss         | 0.1
ambient           | real | uniform | 0.2 0.4    | ambient t_amb          | 0.3
burning           | real | result  | 0 50       | burning omega_dot
amplitude         | vec2 | state   | -1.5 1.5   | a_cgl amplitude a_field
shear             | real | uniform | -2 2       | c3_cgl shear_c3        | 1.2 0.5
species           | vec3 | state   | 0 1        | species abc rps
dominance         | real | uniform | 0.2 2      | sigma_dom dominance    | 1.0
pollutant         | real | state   | 0 10       | pollutant c_poll dose
emission          | real | state   | 0 2        | emission source_e emit
decay             | real | uniform | 0.01 0.5   | decay lambda_d         | 0.1 0.05
settling          | real | uniform | 0.01 0.5   | settling v_settle      | 0.1
mixing_height     | real | uniform | 1 10       | mixing_height h_mix    | 2.0 5.0
tissue_temp       | real | state   | 30 60      | tissue_temp t_tis
arterial          | real | uniform | 36 38      | arterial t_blood       | 37.0
heating           | real | state   | 0 5        | heating q_ext sar
"""


def conversion(fuel_gas, catalyst):
    return fuel_gas * catalyst * catalyst


def fed_gas(fuel_gas, conversion, feed):
    """First equation of Gray and Scott."""
    fuel_gas_rate = feed * (1.0 - fuel_gas) - conversion
    return fuel_gas_rate


def grown_catalyst(catalyst, conversion, feed, kill):
    """Second equation of Gray and Scott."""
    catalyst_rate = conversion - (feed + kill) * catalyst
    return catalyst_rate


def autocatalysis(morphogen, substance):
    return morphogen * morphogen * substance


def brusselator(morphogen, autocatalysis, reactant, reagents):
    morphogen_rate = reactant - (reagents + 1.0) * morphogen + autocatalysis
    return morphogen_rate


def consumed_substance(morphogen, autocatalysis, reagents):
    substance_rate = reagents * morphogen - autocatalysis
    return substance_rate


def gierer_meinhardt(activator, suppressor, activation, activator_decay, basal, saturation):
    """Gierer and Meinhardt's activator, which saturates."""
    a2 = activator * activator
    made = activation * a2 / (suppressor * (1.0 + saturation * a2))
    activator_rate = made - activator_decay * activator + basal
    return activator_rate


def meinhardt_inhibitor(activator, suppressor, activation, suppressor_decay):
    suppressor_rate = activation * activator * activator - suppressor_decay * suppressor
    return suppressor_rate


def inhibition(iodide, chlorite):
    return iodide * chlorite / (1.0 + iodide * iodide)


def lengyel_epstein(iodide, inhibition, iodide_supply):
    """Lengyel and Epstein's model of the CIMA reaction."""
    iodide_rate = iodide_supply - iodide - 4.0 * inhibition
    return iodide_rate


def chlorite_rate(iodide, inhibition, chlorite_ratio):
    return chlorite_ratio * (iodide - inhibition)


def barkley(excitability, recovery, excitation_scale, excitation_bias, epsilon):
    """Barkley's excitable medium."""
    level = (recovery + excitation_bias) / excitation_scale
    excitability_rate = excitability * (1.0 - excitability) * (excitability - level) / epsilon
    return excitability_rate


def recovery_rate(excitability, recovery):
    return excitability - recovery


def delayed_recovery(excitability, recovery):
    """Baer and Eiswirth's delayed production of the inhibitor."""
    target = 0.0
    if excitability >= 1.0:
        target = 1.0
    elif excitability > 0.3333333:
        gap = excitability - 1.0
        target = 1.0 - 6.75 * excitability * gap * gap
    recovery_rate = target - recovery
    return recovery_rate


def oregonator(bromous, cerium, stoichiometry, turning, epsilon):
    """Tyson and Fife's two variables of the Oregonator."""
    lost = stoichiometry * cerium * (bromous - turning) / (bromous + turning)
    bromous_rate = (bromous * (1.0 - bromous) - lost) / epsilon
    return bromous_rate


def cerium_rate(bromous, cerium):
    return bromous - cerium


def mitchell_schaeffer(membrane, gate, stimulus, inward_time, outward_time):
    """Mitchell and Schaeffer's action potential of the heart."""
    inward = gate * membrane * membrane * (1.0 - membrane) / inward_time
    outward = membrane / outward_time
    membrane_rate = inward - outward + stimulus
    return membrane_rate


def heart_gate(membrane, gate, gate_level, open_time, close_time):
    if membrane < gate_level:
        return (1.0 - gate) / open_time
    gate_rate = -gate / close_time
    return gate_rate


def relaxed_heart_gate(membrane, gate, gate_level, open_time, close_time, dt):
    """Exact step of the gate at a fixed potential."""
    closed = membrane >= gate_level
    settled = wp.where(closed, 0.0, 1.0)
    tau = wp.where(closed, close_time, open_time)
    next_gate = settled + (gate - settled) * wp.exp(-dt / tau)
    return next_gate


def aliev_panfilov(membrane, contraction, stiffening, onset):
    """Aliev and Panfilov's excitation of the heart's tissue."""
    cubic = stiffening * membrane * (membrane - onset) * (membrane - 1.0)
    membrane_rate = -cubic - membrane * contraction
    return membrane_rate


def aliev_recovery(membrane, contraction, stiffening, onset):
    eps = 0.002 + 0.2 * contraction / (membrane + 0.3)
    contraction_rate = -eps * (contraction + stiffening * membrane * (membrane - onset - 1.0))
    return contraction_rate


def allen_cahn(order, mobility, well_height):
    """Allen and Cahn's relaxation into one of two phases."""
    slope = order * order * order - order
    order_rate = -mobility * well_height * slope
    return order_rate


def driven_order(order, melt, mobility, freezing_point):
    """Double well that is tilted by the undercooling."""
    tilt = freezing_point - melt
    order_rate = mobility * (order + tilt - order * order * order - tilt * order * order)
    return order_rate


def driving(melt, freezing_point, steepness, drive):
    return drive / wp.pi * wp.atan(steepness * (freezing_point - melt))


def kobayashi(ice, driving, relaxation_time):
    """Kobayashi's phase field of a crystal."""
    ice_rate = ice * (1.0 - ice) * (ice - 0.5 + driving) / relaxation_time
    return ice_rate


def tumor_growth(tumor, oxygen, drug, proliferation, oxygen_need, killing):
    limit = oxygen / (oxygen + oxygen_need)
    tumor_rate = proliferation * limit * tumor * (1.0 - tumor) - killing * drug * tumor
    return tumor_rate


def gompertz_tumor(tumor, proliferation):
    tumor_rate = -proliferation * tumor * wp.log(wp.max(tumor, 0.0001))
    return tumor_rate


def oxygen_balance(oxygen, tumor, perfusion, uptake):
    oxygen_rate = perfusion * (1.0 - oxygen) - uptake * tumor * oxygen
    return oxygen_rate


def drug_balance(drug, tumor, clearance, uptake):
    drug_rate = -clearance * drug - uptake * tumor * drug
    return drug_rate


def growth(water, plants):
    return water * plants * plants


def klausmeier(water, growth, rainfall):
    """Klausmeier's soil water between bands of plants."""
    water_rate = rainfall - water - growth
    return water_rate


def plant_bands(plants, growth, plant_death):
    plants_rate = growth - plant_death * plants
    return plants_rate


def colony_growth(colony, nutrient, consumption, half_nutrient, colony_death):
    eaten = consumption * nutrient / (nutrient + half_nutrient)
    colony_rate = (eaten - colony_death) * colony
    return colony_rate


def eaten_nutrient(colony, nutrient, consumption, half_nutrient):
    nutrient_rate = -consumption * nutrient / (nutrient + half_nutrient) * colony
    return nutrient_rate


def secreted_attractant(attractant, colony, secretion, signal_decay):
    attractant_rate = secretion * colony - signal_decay * attractant
    return attractant_rate


def saturated_attractant(attractant, colony, secretion, signal_decay):
    made = secretion * colony * colony / (1.0 + colony * colony)
    attractant_rate = made - signal_decay * attractant
    return attractant_rate


def uptake_flux(nitrate, phytoplankton, light, max_uptake, nitrate_half):
    """Growth that light and nitrate limit."""
    return max_uptake * light * nitrate / (nitrate_half + nitrate) * phytoplankton


def grazing(phytoplankton, zooplankton, grazing_rate, ivlev):
    return grazing_rate * (1.0 - wp.exp(-ivlev * phytoplankton)) * zooplankton


def nitrate_balance(phytoplankton, zooplankton, uptake_flux, grazing, efficiency, sinking, grazer_death):
    recycled = (1.0 - efficiency) * grazing + sinking * phytoplankton + grazer_death * zooplankton
    nitrate_rate = recycled - uptake_flux
    return nitrate_rate


def phytoplankton_balance(phytoplankton, uptake_flux, grazing, sinking):
    phytoplankton_rate = uptake_flux - grazing - sinking * phytoplankton
    return phytoplankton_rate


def zooplankton_balance(zooplankton, grazing, efficiency, grazer_death):
    zooplankton_rate = efficiency * grazing - grazer_death * zooplankton
    return zooplankton_rate


def incidence(susceptible, infected, transmission):
    return transmission * susceptible * infected


def spreading_infection(infected, incidence, healing):
    infected_rate = incidence - healing * infected
    return infected_rate


def waning_immunity(susceptible, infected, incidence, waning):
    susceptible_rate = waning * (1.0 - susceptible - infected) - incidence
    return susceptible_rate


def burning(burning_temp, fuel, arrhenius_factor, ignition):
    """Arrhenius' law for what burns."""
    return arrhenius_factor * fuel * wp.exp(-ignition / burning_temp)


def flame_temperature(burning_temp, burning, heat_yield, cooling, ambient):
    burning_temp_rate = heat_yield * burning - cooling * (burning_temp - ambient)
    return burning_temp_rate


def burnt_fuel(burning):
    fuel_rate = -burning
    return fuel_rate


def ginzburg_landau(amplitude, shear):
    """Complex Ginzburg-Landau equation, real and imaginary part."""
    r2 = wp.dot(amplitude, amplitude)
    turned = wp.vec2(amplitude.x - shear * amplitude.y, amplitude.y + shear * amplitude.x)
    amplitude_rate = amplitude - r2 * turned
    return amplitude_rate


def may_leonard(species, dominance):
    """Three species of which each beats the next (May and Leonard)."""
    total = species.x + species.y + species.z
    beaten_by = wp.vec3(species.y, species.z, species.x)
    species_rate = (1.0 - total) * species - dominance * wp.cw_mul(species, beaten_by)
    return species_rate


def pollutant_balance(pollutant, emission, decay, settling, mixing_height):
    pollutant_rate = (emission - settling * pollutant) / mixing_height - decay * pollutant
    return pollutant_rate


def bioheat(tissue_temp, perfusion, arterial, heating):
    """Pennes' bioheat equation."""
    tissue_temp_rate = perfusion * (arterial - tissue_temp) + heating
    return tissue_temp_rate
