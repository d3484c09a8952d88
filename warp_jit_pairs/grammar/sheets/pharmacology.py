"""Drugs in the body: clearance, dosing, concentrations over time, effects."""

import warp as wp

ENTITIES = "patient subject"
GROUPS = "cohort drug"
LAUNCH = "1:8 2:2"
SUMMED = "dose"

QUANTITIES = """
half_saturation    | real  | group   | 0.5 10    | k_m half_saturation      | 2.0
dose               | real  | state   | 10 500    | dose dose_mg amount_in
body_weight        | real  | state   | 40 110    | body_weight weight_kg bw
clearance          | real  | state   | 1 20      | clearance cl cl_l_h
distribution       | real  | group   | 5 60      | distribution v_d vd      | 20.0 40.0
absorption         | real  | group   | 1.5 4     | absorption k_a ka        | 2.0
elimination        | real  | result  | 0.01 0.8  | k_e k_el elimination
concentration      | real  | state   | 0 100     | concentration conc c_plasma
hours              | real  | state   | 0.25 16   | hours t_hours elapsed
age                | real  | state   | 18 90     | age age_years years
female             | bool  | state   |           | female is_female
creatinine         | real  | state   | 0.5 3     | creatinine scr
dosing_interval    | real  | group   | 4 24      | tau_dose dosing_interval | 8.0 12.0
infusion_hours     | real  | group   | 0.5 6     | infusion_hours t_inf     | 1.0 2.0
intercompartmental | real  | group   | 1 20      | q_inter intercomp_cl     | 5.0
peripheral_volume  | real  | group   | 10 80     | v_p peripheral_vol       | 30.0
gut_amount         | real  | state   | 0 500     | gut_amount a_gut
central_amount     | real  | state   | 0 300     | central_amount a_central
peripheral_amount  | real  | state   | 0 300     | periph_amount a_periph
exchange_rate      | real  | group   | 0.05 0.8  | k_12 exchange_rate       | 0.2
baseline           | real  | state   | 0 20      | baseline e_0
effect_cap         | real  | group   | 20 100    | e_peak effect_cap        | 100.0
half_effect        | real  | group   | 1 30      | ec50 half_effect         | 10.0
hill               | real  | group   | 1 4       | hill n_hill              | 1.0 2.0
effect             | real  | result  | 0 150     | effect e_drug
response           | real  | state   | 10 100    | response biomarker
input_rate         | real  | group   | 1 20      | k_in input_rate          | 10.0
loss_rate          | real  | group   | 0.05 0.5  | k_out loss_rate          | 0.1
half_inhibition    | real  | group   | 1 30      | ic50 half_inhibition     | 5.0
half_life          | real  | result  | 0 80      | half_life t_half
accumulation       | real  | result  | 0 30      | accumulation r_acc
target_level       | real  | uniform | 1 20      | target_conc css_target   | 10.0
availability       | real  | group   | 0.2 1     | bioavailability f_oral   | 0.8
loading_dose       | real  | result  | 0 4000    | loading_dose ld
maintenance_dose   | real  | result  | 0 30000   | maintenance_dose md
filtration         | real  | result  | 2 300     | gfr filtration egfr
kidney_class       | int   | result  | 1 5       | ckd_stage kidney_class
adjusted_dose      | real  | result  | 0 500     | adjusted_dose dose_adj
height             | real  | state   | 150 200   | height_cm height
surface_area       | real  | result  | 0 3       | bsa surface_area
lean_mass          | real  | result  | 0 80      | lean_mass lbm
samples            | reals | state   | 0.5 40    | samples conc_series
sample_interval    | real  | uniform | 0.25 4    | sample_dt interval_h     | 0.5 1.0
terminal_slope     | real  | state   | 0.05 0.8  | lambda_z terminal_slope
exposure           | real  | result  | 0 1000    | auc exposure
peak_level         | real  | result  | 0 40      | c_max peak_conc
inhibitory_level   | real  | group   | 1 10      | mic inhibitory_level     | 2.0 4.0
time_above         | real  | result  | 0 20      | time_above_mic t_above
radiation_dose     | real  | state   | 1 70      | total_dose radiation_dose
alpha_cell         | real  | group   | 0.1 0.4   | alpha_lq alpha_cell      | 0.3
beta_cell          | real  | group   | 0.01 0.05 | beta_lq beta_cell        | 0.03
fractions          | real  | uniform | 1 35      | n_fractions fractions    | 30.0
survival_fraction  | real  | result  | 0 1       | surviving_frac survival
variability        | real  | uniform | 0.1 0.5   | omega_cl variability     | 0.3
sampled_clearance  | real  | result  | 0 40      | cl_sim sampled_cl
saturable_rate     | real  | group   | 1 20      | v_max_el saturable_rate  | 5.0
dt                 | real  | uniform | 0.05 0.5  | dt step_hours            | 0.1 0.25
usual_dose         | real  | state   | 10 500    | usual_dose dose_mg
"""


def elimination(clearance, distribution):
    return wp.min(clearance / distribution, 0.8)


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


def repeated_doses(dose, dosing_interval, distribution, elimination, hours):
    """Superposition of up to twelve doses at a fixed interval."""
    concentration = float(0.0)
    for n in range(12):
        since = hours - dosing_interval * float(n)
        if since < 0.0:
            break
        concentration = concentration + dose / distribution * wp.exp(-elimination * since)
    return concentration


def infusion_concentration(dose, infusion_hours, clearance, distribution, hours):
    """One compartment during and after an infusion at a constant rate."""
    k_e = wp.min(clearance / distribution, 2.0)
    plateau = dose / (infusion_hours * clearance)
    if hours <= infusion_hours:
        return plateau * (1.0 - wp.exp(-k_e * hours))
    end = plateau * (1.0 - wp.exp(-k_e * infusion_hours))
    concentration = end * wp.exp(-k_e * (hours - infusion_hours))
    return concentration


def concentration_rate(concentration, saturable_rate, half_saturation, elimination):
    """Parallel linear and saturable elimination."""
    return -elimination * concentration - saturable_rate * concentration / (half_saturation + concentration)


def two_compartments(dose, distribution, clearance, intercompartmental, peripheral_volume, hours):
    """Two compartments after a bolus: the sum of a fast and a slow exponential."""
    k10 = clearance / distribution
    k12 = intercompartmental / distribution
    k21 = intercompartmental / peripheral_volume
    total = k10 + k12 + k21
    root = wp.sqrt(wp.max(total * total - 4.0 * k10 * k21, 1.0e-6))
    fast = 0.5 * (total + root)
    slow = 0.5 * (total - root)
    a = dose / distribution * (fast - k21) / root
    b = dose / distribution * (k21 - slow) / root
    concentration = a * wp.exp(-fast * hours) + b * wp.exp(-slow * hours)
    return concentration


def compartment_step(gut_amount, central_amount, peripheral_amount, absorption, elimination, exchange_rate, dt):
    """Step of a gut, a central and a peripheral compartment."""
    absorbed = absorption * gut_amount
    to_periphery = exchange_rate * central_amount
    back = 0.5 * exchange_rate * peripheral_amount
    next_gut_amount = gut_amount - dt * absorbed
    next_central_amount = central_amount + dt * (absorbed + back - to_periphery - elimination * central_amount)
    next_peripheral_amount = peripheral_amount + dt * (to_periphery - back)
    return next_gut_amount, next_central_amount, next_peripheral_amount


def sigmoid_effect(concentration, baseline, effect_cap, half_effect, hill):
    """Sigmoid Emax model."""
    c = wp.pow(wp.max(concentration, 0.01), hill)
    effect = baseline + effect_cap * c / (wp.pow(half_effect, hill) + c)
    return effect


def indirect_response(response, concentration, input_rate, loss_rate, half_inhibition):
    """Turnover of a biomarker whose production a drug inhibits."""
    inhibited = 1.0 - concentration / (half_inhibition + concentration)
    response_rate = input_rate * inhibited - loss_rate * response
    return response_rate


def half_life(elimination):
    return 0.6931 / elimination


def accumulation(elimination, dosing_interval):
    """Ratio of the steady state to the first dose."""
    return 1.0 / (1.0 - wp.exp(-elimination * dosing_interval))


def loading_dose(target_level, distribution, availability):
    return target_level * distribution / availability


def maintenance_dose(target_level, clearance, dosing_interval, availability):
    return target_level * clearance * dosing_interval / availability


def kidney_class(filtration):
    """Stage of chronic kidney disease by the filtration rate."""
    if filtration >= 90.0:
        return 1
    if filtration >= 60.0:
        return 2
    if filtration >= 30.0:
        return 3
    if filtration >= 15.0:
        return 4
    return 5


def filtration(creatinine, age, female):
    """CKD-EPI estimate of the filtration rate."""
    kappa = 0.9
    alpha = -0.302
    sex = 1.0
    if female:
        kappa = 0.7
        alpha = -0.241
        sex = 1.012
    ratio = creatinine / kappa
    low = wp.pow(wp.min(ratio, 1.0), alpha)
    high = wp.pow(wp.max(ratio, 1.0), -1.2)
    return 142.0 * low * high * wp.pow(0.9938, age) * sex


def adjusted_dose(usual_dose, filtration):
    """Dose for a kidney that filters less."""
    if filtration < 15.0:
        return 0.25 * usual_dose
    if filtration < 30.0:
        return 0.5 * usual_dose
    adjusted_dose = usual_dose
    if filtration < 60.0:
        adjusted_dose = 0.75 * usual_dose
    return adjusted_dose


def surface_area(body_weight, height):
    """Mosteller's body surface area in square meters; kilograms and centimeters."""
    return wp.sqrt(height * body_weight / 3600.0)


def lean_mass(body_weight, height, female):
    """Lean body mass by Boer's formula."""
    if female:
        return 0.252 * body_weight + 0.473 * height - 48.3
    return 0.407 * body_weight + 0.267 * height - 19.2


def exposure(samples, sample_interval, terminal_slope):
    """Area under a curve of samples: trapezoids, logarithmic where it falls, and the tail."""
    area = float(0.0)
    for n in range(1, len(samples)):
        c0 = samples[n - 1]
        c1 = samples[n]
        if c1 < c0:
            area += sample_interval * (c0 - c1) / wp.log(c0 / c1)
        else:
            area += 0.5 * sample_interval * (c0 + c1)
    last = samples[len(samples) - 1]
    return area + last / terminal_slope


def peak_level(samples):
    top = float(samples[0])
    for n in range(1, len(samples)):
        top = wp.max(top, samples[n])
    return top


def time_above(samples, sample_interval, inhibitory_level):
    """Time above a level, with crossings interpolated."""
    total = float(0.0)
    for n in range(1, len(samples)):
        d0 = samples[n - 1] - inhibitory_level
        d1 = samples[n] - inhibitory_level
        if d0 >= 0.0 and d1 >= 0.0:
            total += sample_interval
        elif d0 * d1 < 0.0:
            part = wp.max(d0, d1) / wp.abs(d1 - d0)
            total += part * sample_interval
    return total


def survival_fraction(radiation_dose, alpha_cell, beta_cell, fractions):
    """Linear-quadratic survival after several fractions of radiation."""
    per_fraction = radiation_dose / fractions
    return wp.exp(-fractions * (alpha_cell * per_fraction + beta_cell * per_fraction * per_fraction))


def virtual_clearance(clearance, variability, rng):
    """Clearance of a virtual patient with log-normal variability."""
    sampled_clearance = clearance * wp.exp(variability * wp.clamp(wp.randn(rng), -3.0, 3.0))
    return sampled_clearance
