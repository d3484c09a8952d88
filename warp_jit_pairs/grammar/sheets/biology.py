"""Biology: populations, epidemics, enzymes, neurons, drugs in the body, and genes."""

import warp as wp

ENTITIES = "patch site"
GROUPS = "species region"
PAIRS = "link corridor"
LAUNCH = "1:8 2:2"
SUMMED = "population infected susceptible biomass"
OPPOSITE = "migration"

QUANTITIES = """
population             | real  | state   | 1 100     | population pop n_pop
capacity               | real  | group   | 60 200    | capacity carrying_capacity k_cap | 100.0 150.0
growth                 | real  | group   | 0.05 1.5  | growth_rate r_growth         | 0.5 1.0
allee                  | real  | group   | 5 20      | allee allee_threshold        | 10.0
competition            | real  | uniform | 0.1 1.5   | competition alpha comp       | 0.5 0.8
prey                   | real  | state   | 0.5 50    | prey n_prey hares
predator               | real  | state   | 0.2 20    | predator n_pred predators
attack                 | real  | group   | 0.01 0.2  | attack attack_rate a_rate    | 0.02 0.1
handling               | real  | uniform | 0.05 1    | handling handling_time t_h   | 0.1 0.5
conversion             | real  | uniform | 0.05 0.6  | conversion efficiency e_conv | 0.1 0.3
mortality              | real  | group   | 0.05 0.6  | mortality death_rate mu      | 0.1 0.2
predation              | real  | result  | 0 20      | predation eaten intake
biomass                | real  | state   | 0.05 50   | biomass mass_g bio
susceptible            | real  | state   | 0.05 0.95 | susceptible sus s_frac
exposed                | real  | state   | 0.01 0.3  | exposed exp_frac latent
infected               | real  | state   | 0 0.96    | infected inf i_frac
transmission           | real  | group   | 0.1 1.5   | transmission beta contact_rate | 0.3 0.5
recovery               | real  | group   | 0.05 0.5  | recovery gamma recovery_rate | 0.1 0.2
incubation             | real  | uniform | 0.1 1     | incubation sigma             | 0.2 0.5
infection              | real  | result  | 0 1.5     | infection new_infections incidence
reproduction           | real  | result  | 0.2 30    | r0 basic_r
position               | vec2  | state   | -4 4      | position pos_xy xy loc
dispersal              | real  | uniform | 0.5 5     | dispersal dispersal_scale    | 1.0 2.0
mobility               | real  | uniform | 0.01 0.5  | mobility migration_rate      | 0.05 0.1
migration              | real  | result  | -500 500  | migration movers net_flow
metabolism             | real  | result  | 0 150     | metabolism metabolic_rate b_rate
temperature            | real  | state   | 5 42      | temperature temp t_celsius
outbreak               | bool  | result  |           | outbreak epidemic is_outbreak
endangered             | bool  | result  |           | endangered at_risk
counts                 | reals | state   | 0.5 40    | counts species_counts abundances
diversity              | real  | result  | 0 2       | diversity div_index h_div
survival               | reals | state   | 0.3 0.95  | survival p_survive s_age
dt                     | real  | uniform | 0.01 0.2  | dt h_step                    | 0.05 0.1
harvest_rate           | real  | group   | 0.05 0.6  | harvest_rate quota_rate      | 0.1 0.2
crowding_level         | real  | uniform | 0.2 2     | crowding_level sat_level     | 0.5 1.0
waning                 | real  | uniform | 0.05 0.5  | waning waning_rate           | 0.1
effective_reproduction | real  | result  | 0 30      | r_eff effective_r
attack_size            | real  | result  | 0 0.96    | attack_size final_size
fecundity              | real  | group   | 0.5 8     | fecundity births_per_female  | 2.0
first_breeding         | int   | uniform | 1 4       | first_breeding maturity_age
net_reproduction       | real  | result  | 0 20      | net_reproduction r_0
juveniles              | real  | state   | 0 50      | juveniles n_juv
subadults              | real  | state   | 0 40      | subadults n_sub
adults                 | real  | state   | 0 60      | adults n_adult
juvenile_survival      | real  | group   | 0.1 0.7   | juv_survival s_juv           | 0.3
adult_survival         | real  | group   | 0.5 0.95  | adult_survival s_adult       | 0.8
habitat_capacity       | real  | state   | 50 300    | habitat_capacity k_hab
susceptible_count      | int   | state   | 0 50      | n_susceptible susceptible_count
infected_count         | int   | state   | 0 50      | n_infected infected_count
hospital_threshold     | real  | uniform | 0.02 0.2  | hospital_threshold trigger_level | 0.05 0.1
lockdown_effect        | real  | uniform | 0.2 0.6   | lockdown_effect contact_cut  | 0.5
seasonality            | real  | state   | -0.3 0.3  | seasonality season
damped_transmission    | real  | result  | 0 2       | beta_eff damped_beta
light                  | real  | state   | 0 1500    | light par_light ppfd
leaf_temperature       | real  | state   | 5 42      | leaf_temp t_leaf
light_efficiency       | real  | group   | 0.02 0.08 | quantum_yield phi_light      | 0.05
respiration            | real  | state   | 0.2 3     | respiration r_dark
photosynthesis         | real  | result  | -40 40    | net_photo photosynthesis
day_low                | real  | state   | -5 15     | t_min day_low
day_high               | real  | state   | 8 38      | t_max day_high
base_temperature       | real  | group   | 5 12      | t_base base_temp             | 10.0
degree_days            | real  | result  | 0 20      | degree_days gdd
prey_density           | reals | state   | 0.05 2    | prey_density densities
prey_energy            | reals | state   | 0.5 10    | prey_energy energies
search_time            | real  | uniform | 1 10      | search_time t_search         | 5.0
forage_intake          | real  | result  | 0 40      | intake_rate forage_intake
evenness               | real  | result  | 0 1       | evenness pielou
sample_size            | real  | uniform | 2 40      | sample_size n_draw           | 20.0
rarefied_richness      | real  | result  | 0 6       | richness rarefied
assimilation_cap       | real  | group   | 5 40      | a_sat assim_cap              | 20.0
stage_matrix           | mat33 | result  | 0 8       | L_mat stage_mat
stage_growth           | real  | result  | 0 20      | lambda_1 growth_factor
contact_matrix         | mat22 | group   | 0.1 3     | contact_mat C_mat
next_generation        | mat22 | result  | 0 100     | K_ngm ngm
mixed_reproduction     | real  | result  | 0 200     | r0_mixed spectral_r0
community_matrix       | mat22 | state   | -2 2      | community_mat J_comm
community_stability    | real  | result  | -4 4      | max_eig stability
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


def harvested_population(population, growth, capacity, harvest_rate):
    recruits = growth * population * (1.0 - population / capacity)
    quota = 0.0
    if population > 0.5 * capacity:
        quota = harvest_rate * (population - 0.5 * capacity)
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


def saturated_infection(susceptible, infected, transmission, crowding_level):
    pressure = transmission * infected / (1.0 + infected / crowding_level)
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


def waned_susceptible(susceptible, infected, waning, dt):
    immune = wp.max(1.0 - susceptible - infected, 0.0)
    next_susceptible = wp.min(susceptible + waning * immune * dt, 1.0)
    return next_susceptible


def reproduction(transmission, recovery):
    return transmission / recovery


def effective_reproduction(transmission, recovery, waning, susceptible):
    """Cases that one case leads to among those who are still susceptible."""
    infectious_period = 1.0 / (recovery + 0.1 * waning)
    return transmission * susceptible * infectious_period


def final_size(reproduction, susceptible):
    """Final size of an epidemic by fixed-point iteration."""
    attack_size = float(0.5)
    for _ in range(12):
        attack_size = susceptible * (1.0 - wp.exp(-reproduction * attack_size))
    return attack_size


def outbreak(effective_reproduction, infected):
    return effective_reproduction > 1.0 and infected > 0.05


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


def net_reproduction(survival, fecundity, first_breeding):
    """Daughters of a newborn female over the ages of a life table."""
    alive = float(1.0)
    total = float(0.0)
    for n in range(len(survival)):
        alive = alive * survival[n]
        if n + 1 >= first_breeding:
            total = total + fecundity * alive
    return total


def runge_kutta_growth(population, growth, capacity, dt):
    """Fourth-order Runge-Kutta step of logistic growth."""
    k1 = growth * population * (1.0 - population / capacity)
    n2 = population + 0.5 * dt * k1
    k2 = growth * n2 * (1.0 - n2 / capacity)
    n3 = population + 0.5 * dt * k2
    k3 = growth * n3 * (1.0 - n3 / capacity)
    n4 = population + dt * k3
    k4 = growth * n4 * (1.0 - n4 / capacity)
    next_population = wp.max(population + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), 0.0)
    return next_population


def rosenzweig_macarthur(prey, predator, growth, capacity, attack, handling, conversion, mortality, dt):
    """Step of the Rosenzweig-MacArthur model, split so that neither population turns negative."""
    eaten_per_prey = attack * predator / (1.0 + attack * handling * prey)
    crowding = growth * prey / capacity
    next_prey = prey * (1.0 + dt * growth) / (1.0 + dt * (crowding + eaten_per_prey))
    intake = attack * next_prey / (1.0 + attack * handling * next_prey)
    next_predator = predator * (1.0 + dt * conversion * intake) / (1.0 + dt * mortality)
    return next_prey, next_predator


def leslie_step(juveniles, subadults, adults, juvenile_survival, adult_survival, fecundity, habitat_capacity):
    """Year of a population in three stages, with young that compete for room."""
    total = juveniles + subadults + adults
    crowding = 1.0 / (1.0 + total / habitat_capacity)
    born = fecundity * adults * crowding
    grown = juvenile_survival * juveniles
    matured = adult_survival * subadults
    survived = adult_survival * adults
    next_juveniles = born
    next_subadults = grown
    next_adults = matured + survived
    return next_juveniles, next_subadults, next_adults


def tau_leap_epidemic(susceptible_count, infected_count, transmission, recovery, dt, rng):
    """Tau-leaping step of a stochastic SIR model with whole numbers of people."""
    total = wp.max(susceptible_count + infected_count, 1)
    pressure = transmission * float(infected_count) / float(total)
    chance_infection = 1.0 - wp.exp(-pressure * dt)
    chance_recovery = 1.0 - wp.exp(-recovery * dt)
    new_cases = int(0)
    for _ in range(wp.min(susceptible_count, 50)):
        if wp.randf(rng) < chance_infection:
            new_cases += 1
    recovered = int(0)
    for _ in range(wp.min(infected_count, 50)):
        if wp.randf(rng) < chance_recovery:
            recovered += 1
    next_susceptible_count = susceptible_count - new_cases
    next_infected_count = infected_count + new_cases - recovered
    return next_susceptible_count, next_infected_count


def intervention_transmission(transmission, infected, hospital_threshold, lockdown_effect, seasonality):
    """Contacts fall by steps as the share of infected people rises, and with the season."""
    seasonal = transmission * (1.0 + seasonality)
    if infected > 2.0 * hospital_threshold:
        return seasonal * (1.0 - lockdown_effect)
    if infected > hospital_threshold:
        relief = (infected - hospital_threshold) / hospital_threshold
        return seasonal * (1.0 - 0.5 * lockdown_effect * (1.0 + relief))
    damped_transmission = seasonal
    return damped_transmission


def photosynthesis(light, leaf_temperature, light_efficiency, assimilation_cap, respiration):
    """Non-rectangular hyperbola of the light response, with a thermal optimum."""
    warm = (leaf_temperature - 25.0) / 18.0
    optimum = wp.max(1.0 - warm * warm, 0.05)
    a_max = assimilation_cap * optimum
    theta = 0.8
    supply = light_efficiency * light
    total = supply + a_max
    root = wp.sqrt(wp.max(total * total - 4.0 * theta * supply * a_max, 0.0))
    gross = (total - root) / (2.0 * theta)
    return gross - respiration * wp.pow(2.0, 0.1 * (leaf_temperature - 25.0))


def degree_days(day_low, day_high, base_temperature):
    """Heat units of a day by the single-sine method."""
    mean = 0.5 * (day_low + day_high)
    if day_high <= base_temperature:
        return 0.0
    if day_low >= base_temperature:
        return mean - base_temperature
    half = wp.max(0.5 * (day_high - day_low), 1.0e-3)
    theta = wp.asin(wp.clamp((base_temperature - mean) / half, -1.0, 1.0))
    return ((mean - base_temperature) * (wp.half_pi - theta) + half * wp.cos(theta)) / wp.pi


def forage_intake(prey_density, prey_energy, handling, search_time):
    """Rate of energy of an optimal forager that takes prey types in the order of their value."""
    energy = float(0.0)
    time_spent = float(search_time)
    for n in range(wp.min(len(prey_density), len(prey_energy))):
        value = prey_energy[n] / handling
        if value < energy / time_spent:
            break
        encounters = search_time * prey_density[n]
        energy += encounters * prey_energy[n]
        time_spent += encounters * handling
    return energy / time_spent


def species_evenness(counts):
    """Pielou's evenness of a community."""
    total = float(0.0)
    for n in range(len(counts)):
        total = total + counts[n]
    h = float(0.0)
    for n in range(len(counts)):
        share = counts[n] / total
        h = h - share * wp.log(share)
    evenness = h / wp.log(wp.max(float(len(counts)), 2.0))
    return evenness


def rarefied_richness(counts, sample_size):
    """Number of species to expect in a smaller sample, drawn with replacement."""
    total = float(0.0)
    for n in range(len(counts)):
        total = total + counts[n]
    expected = float(0.0)
    for n in range(len(counts)):
        missed = wp.pow(1.0 - counts[n] / total, sample_size)
        expected = expected + 1.0 - missed
    return expected


def stage_matrix(juvenile_survival, adult_survival, fecundity):
    """Projection matrix of a population in three stages."""
    return wp.mat33(0.0, 0.0, fecundity, juvenile_survival, 0.0, 0.0, 0.0, juvenile_survival, adult_survival)


def stage_growth(stage_matrix):
    """Growth rate of a population: the dominant eigenvalue by power iteration."""
    v = wp.vec3(1.0, 1.0, 1.0)
    growth_factor = float(1.0)
    for _ in range(20):
        w = stage_matrix * v
        growth_factor = wp.length(w)
        v = w / wp.max(growth_factor, 1.0e-4)
    return growth_factor


def next_generation(contact_matrix, transmission, recovery):
    """Next-generation matrix of two age groups."""
    return transmission / recovery * contact_matrix


def mixed_reproduction(next_generation):
    """Reproduction number as the spectral radius of a matrix of two groups."""
    half = 0.5 * (next_generation[0, 0] + next_generation[1, 1])
    det = next_generation[0, 0] * next_generation[1, 1] - next_generation[0, 1] * next_generation[1, 0]
    return half + wp.sqrt(wp.max(half * half - det, 0.0))


def community_stability(community_matrix):
    """Largest real part of the eigenvalues of two species' interactions."""
    half = 0.5 * (community_matrix[0, 0] + community_matrix[1, 1])
    det = wp.determinant(community_matrix)
    disc = half * half - det
    if disc < 0.0:
        return half
    return half + wp.sqrt(disc)
