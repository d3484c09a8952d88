"""Buildings: the climate of rooms, what heats and airs them, and whether people feel well in them."""

import warp as wp

ENTITIES = "room zone apartment"
GROUPS = "building storey block"
PAIRS = "doorway partition"
LAUNCH = "1:7 2:3"
SUMMED = "heat_loss heater_power solar_gain occupants electric_power fan_power"
OPPOSITE = "air_exchange wall_exchange"

QUANTITIES = """
temperature            | real  | state   | 12 34        | room_temp temperature t_room
outdoor                | real  | uniform | -15 38       | outdoor t_out t_outdoor | 5.0 10.0
setpoint               | real  | uniform | 17 24        | setpoint t_set | 20.0 21.0
deadband               | real  | uniform | 0.5 4        | deadband hysteresis | 0.5 1.0
volume                 | real  | state   | 20 300       | volume room_volume
floor_area             | real  | state   | 8 100        | floor_area area_floor
wall_area              | real  | state   | 8 120        | wall_area area_wall
window_area            | real  | state   | 1 15         | window_area area_win
u_value                | real  | group   | 0.1 3        | u_value u_wall
heat_loss              | real  | result  | -20000 20000 | heat_loss q_loss
heater_power           | real  | result  | 0 5000       | heater_power q_heater
gain                   | real  | uniform | 50 800       | gain kp | 200.0 500.0
integral               | real  | state   | -50 50       | integral i_term
integral_gain          | real  | uniform | 0.5 20       | ki integral_gain | 2.0
integral_limit         | real  | uniform | 10 50        | integral_limit i_max | 20.0 50.0
dt                     | real  | uniform | 0.01 0.5     | dt dt_hours | 0.1 0.25
internal_gain          | real  | state   | 0 800        | internal_gain q_int
solar_gain             | real  | result  | 0 6000       | solar_gain q_sol
sun_irradiance         | real  | uniform | 0 900        | irradiance i_beam | 500.0 800.0
incidence              | real  | group   | 0 1.57       | incidence aoi
transmittance          | real  | group   | 0.1 0.8      | shgc g_value
shading_depth          | real  | state   | 0 1.5        | overhang shading_depth
window_height          | real  | state   | 0.8 2.5      | window_height h_win
sun_elevation          | real  | uniform | 0.05 1.4     | sun_elevation elev | 0.5 0.9
shaded_share           | real  | result  | 0 1          | shaded_share f_shade
capacity               | real  | state   | 20 500       | capacity c_room
relative_humidity      | real  | state   | 0.15 0.95    | rh rel_humidity
vapor_pressure         | real  | result  | 0.15 60      | vapor_pressure p_vap
dew_point              | real  | result  | -25 36       | dew_point t_dew
wet_bulb               | real  | result  | -15 36       | wet_bulb t_wb
surface_temperature    | real  | result  | -15 38       | t_surf surface_temp
condensing             | bool  | result  |              | condensing wet
mold_index             | real  | state   | 0 6          | mold_index mould
carbon_dioxide         | real  | state   | 400 3000     | co2 co2_ppm
outdoor_carbon_dioxide | real  | uniform | 380 450      | co2_out outdoor_co2 | 420.0
occupants              | int   | state   | 0 8          | occupants people
airflow                | real  | state   | 10 400       | airflow fresh_air
recovery               | real  | uniform | 0.1 0.9      | recovery eta_hr | 0.75 0.8
air_changes            | real  | result  | 0.02 20      | ach air_changes
opening                | real  | state   | 0.05 2       | opening opening_area
discharge              | real  | uniform | 0.4 0.8      | c_d discharge | 0.6 0.65
stack_height           | real  | group   | 1 12         | stack_height h_stack
wind_speed             | real  | uniform | 0.1 12       | wind_speed u_wind | 3.0 5.0
pressure_coefficient   | real  | group   | 0.05 0.9     | c_p pressure_coef
stack_flow             | real  | result  | 0 8          | stack_flow q_stack
wind_flow              | real  | result  | 0 20         | wind_flow q_wind
infiltration           | real  | result  | 0 30         | infiltration q_inf
air_exchange           | real  | result  | -60000 60000 | air_exchange q_air
wall_exchange          | real  | result  | -8000 8000   | wall_exchange q_part
film_coefficient       | real  | result  | 2 40         | h_facade h_film
absorptance            | real  | group   | 0.2 0.95     | absorptance alpha_s
sol_air                | real  | result  | -20 200      | sol_air t_sol_air
supply_temperature     | real  | state   | 28 60        | t_supply supply_temp
performance            | real  | result  | 1 12         | cop performance
electric_power         | real  | result  | 0 5000       | electric_power p_el
radiator_rating        | real  | state   | 300 3000     | radiator_rating q_nom
radiator_output        | real  | result  | 0 4000       | radiator_output q_rad
radiant_temperature    | real  | state   | 14 34        | t_rad radiant_temp
air_speed              | real  | state   | 0.05 1       | air_speed v_air
clothing               | real  | state   | 0.3 1.5      | clothing clo
activity               | real  | state   | 0.8 2.5      | activity met
predicted_vote         | real  | result  | -3 3         | pmv predicted_vote
dissatisfied           | real  | result  | 5 100        | ppd dissatisfied
operative_temperature  | real  | result  | 12 34        | t_op operative_temp
comfortable            | bool  | result  |              | comfortable in_comfort
running_mean           | real  | state   | -5 30        | t_running running_mean
felt_temperature       | real  | result  | -10 60       | t_felt felt_temp
quanta                 | real  | uniform | 1 100        | quanta quanta_rate | 25.0
infectors              | int   | uniform | 1 3          | infectors sick
exposure_hours         | real  | state   | 0.2 8        | exposure_hours hours_inside
infection_risk         | real  | result  | 0 1          | infection_risk p_inf
hour                   | real  | state   | 0 24         | hour time_of_day
setback                | real  | uniform | 1 6          | setback night_drop | 3.0 4.0
daylight               | real  | state   | 0 1000       | daylight lux_day
wanted_light           | real  | uniform | 200 750      | lux_target wanted_light | 300.0 500.0
lamp_level             | real  | result  | 0 1          | lamp_level dimming
temperatures           | reals | state   | -5 32        | hourly_temps temperatures temps
base_temperature       | real  | uniform | 12 18        | base_temp t_base | 15.0 18.0
degree_days            | real  | result  | 0 30         | degree_days hdd
reverberation          | real  | result  | 0.02 20      | rt60 reverberation
absorption             | real  | state   | 0.02 0.9     | absorption alpha_mean
fan_speed              | real  | state   | 0.2 1        | fan_speed fan_ratio
rated_power            | real  | group   | 50 1000      | rated_power p_rated
fan_power              | real  | result  | 0 1000       | fan_power p_fan
layers                 | reals | group   | 0.05 3       | layer_r layers
reading                | real  | result  | 10 36        | reading t_meas
overheated             | int   | result  | 0 24         | overheated hot_hours
curve_temperature      | real  | result  | 20 60        | t_curve curve_temp
scheduled_setpoint     | real  | result  | 11 24        | t_wanted scheduled_setpoint
demand_airflow         | real  | result  | 10 400       | demand_flow wanted_airflow
"""


def wall_loss(u_value, wall_area, temperature, outdoor):
    """Transmission through a wall."""
    heat_loss = u_value * wall_area * (temperature - outdoor)
    return heat_loss


def ventilation_loss(airflow, temperature, outdoor, recovery):
    """Air change with heat recovery; the airflow is in cubic meters per hour."""
    heat_loss = 0.34 * airflow * (1.0 - recovery) * (temperature - outdoor)
    return heat_loss


def layered_surface_temperature(layers, temperature, outdoor):
    """Inner surface of a wall whose layers stand in series."""
    r_inside = 0.13
    r_total = r_inside + 0.04
    for n in range(len(layers)):
        r_total += layers[n]
    flux = (temperature - outdoor) / r_total
    surface_temperature = temperature - r_inside * flux
    return surface_temperature


def window_surface_temperature(temperature, outdoor, u_value):
    surface_temperature = temperature - 0.13 * u_value * (temperature - outdoor)
    return surface_temperature


def shaded_share(shading_depth, window_height, sun_elevation):
    """Share of a window that its overhang shades."""
    return wp.clamp(shading_depth * wp.tan(sun_elevation) / window_height, 0.0, 1.0)


def solar_gain(sun_irradiance, incidence, transmittance, window_area, shaded_share):
    """Sun through a window; the glass reflects more at a low angle."""
    cos_inc = wp.cos(incidence)
    if cos_inc <= 0.0:
        return 0.0
    modifier = wp.max(1.0 - 0.1 * (1.0 / wp.max(cos_inc, 0.05) - 1.0), 0.0)
    beam = sun_irradiance * cos_inc * modifier
    return transmittance * window_area * (1.0 - shaded_share) * beam


def film_coefficient(wind_speed, temperature, outdoor):
    """Forced and free convection at a facade combined."""
    forced = 4.0 * wp.pow(wind_speed, 0.8)
    free = 1.31 * wp.cbrt(wp.abs(temperature - outdoor))
    return wp.sqrt(forced * forced + free * free)


def sol_air(outdoor, sun_irradiance, absorptance, film_coefficient):
    """Outdoor temperature that stands for the sun on a wall as well."""
    return outdoor + absorptance * sun_irradiance / wp.max(film_coefficient, 2.0)


def temperature_rate(heater_power, internal_gain, solar_gain, heat_loss, capacity):
    """Energy balance of a room; the capacity is in watt hours per degree."""
    balance = heater_power + internal_gain + solar_gain - heat_loss
    return balance / capacity


def next_temperature(temperature, temperature_rate, dt):
    return temperature + dt * temperature_rate


def relaxed_temperature(temperature, outdoor, u_value, wall_area, internal_gain, capacity, dt):
    """Exact step of a room with one capacity and one resistance."""
    ua = u_value * wall_area
    settled = outdoor + internal_gain / ua
    decay = wp.exp(-ua * dt / capacity)
    next_temperature = settled + (temperature - settled) * decay
    return next_temperature


def two_node_temperature(temperature, radiant_temperature, outdoor, u_value, wall_area, internal_gain, capacity, dt):
    """Implicit step of the air and of the mass around it."""
    exchange = 3.0 * wall_area
    loss = u_value * wall_area
    c_air = 0.1 * capacity / dt
    c_mass = capacity / dt
    a11 = c_air + exchange
    a22 = c_mass + exchange + loss
    det = a11 * a22 - exchange * exchange
    b1 = c_air * temperature + internal_gain
    b2 = c_mass * radiant_temperature + loss * outdoor
    next_temperature = (a22 * b1 + exchange * b2) / det
    next_radiant_temperature = (a11 * b2 + exchange * b1) / det
    return next_temperature, next_radiant_temperature


def hysteretic_heater_power(temperature, setpoint, deadband, max_heater_power, previous_heater_power):
    """Two-point thermostat that keeps its state inside of the deadband."""
    if temperature < setpoint - 0.5 * deadband:
        return max_heater_power
    if temperature > setpoint + 0.5 * deadband:
        return 0.0
    heater_power = previous_heater_power
    return heater_power


def heater_power(temperature, setpoint, gain, integral, integral_gain, max_heater_power):
    """PI thermostat with saturation."""
    error = setpoint - temperature
    command = gain * error + integral_gain * integral
    return wp.clamp(command, 0.0, max_heater_power)


def next_integral(integral, temperature, setpoint, integral_limit, dt):
    """Integral of the error with anti-windup."""
    summed = integral + (setpoint - temperature) * dt
    return wp.clamp(summed, -integral_limit, integral_limit)


def curve_temperature(outdoor, setpoint, max_curve_temperature):
    """Heating curve that follows the outdoor temperature."""
    demand = wp.max(setpoint - outdoor, 0.0)
    supply = setpoint + 2.4 * wp.pow(demand, 0.78)
    return wp.min(supply, max_curve_temperature)


def scheduled_setpoint(setpoint, setback, hour):
    """Setpoint that falls at night and ramps up before the morning."""
    if hour < 5.0 or hour >= 22.0:
        return setpoint - setback
    if hour < 7.0:
        return setpoint - setback * (1.0 - 0.5 * (hour - 5.0))
    scheduled_setpoint = setpoint
    return scheduled_setpoint


def radiator_output(radiator_rating, supply_temperature, temperature):
    """Output of a radiator at another excess temperature than its rating's."""
    excess = wp.max(supply_temperature - temperature, 0.0)
    return radiator_rating * wp.pow(excess / 50.0, 1.3)


def performance(outdoor, supply_temperature):
    """Heat pump as a share of Carnot's, with a loss to defrosting around freezing."""
    t_hot = supply_temperature + 273.15
    lift = wp.max(supply_temperature - outdoor + 6.0, 12.0)
    carnot = t_hot / lift
    share = 0.45
    if outdoor < 5.0 and outdoor > -7.0:
        frost = 1.0 - wp.abs(outdoor + 1.0) / 6.0
        share -= 0.08 * wp.max(frost, 0.0)
    return wp.clamp(share * carnot, 1.0, 8.0)


def electric_power(heater_power, performance):
    return heater_power / performance


def vapor_pressure(temperature, relative_humidity):
    """Magnus formula, in hectopascals."""
    return relative_humidity * 6.112 * wp.exp(17.62 * temperature / (243.12 + temperature))


def dew_point(vapor_pressure):
    ratio = wp.log(vapor_pressure / 6.112)
    return 243.12 * ratio / (17.62 - ratio)


def condensing(surface_temperature, dew_point):
    return surface_temperature < dew_point


def wet_bulb(temperature, relative_humidity):
    """Stull's fit."""
    rh = 100.0 * relative_humidity
    first = temperature * wp.atan(0.151977 * wp.sqrt(rh + 8.313659))
    second = wp.atan(temperature + rh) - wp.atan(rh - 1.676331)
    third = 0.00391838 * wp.pow(rh, 1.5) * wp.atan(0.023101 * rh)
    return first + second + third - 4.686035


def next_mold_index(mold_index, surface_temperature, vapor_pressure, dt):
    """Growth of mold above a critical humidity, decline below it (after Hukka and Viitanen)."""
    t = wp.clamp(surface_temperature, 0.1, 50.0)
    saturated = 6.112 * wp.exp(17.62 * t / (243.12 + t))
    rh = wp.min(100.0 * vapor_pressure / saturated, 100.0)
    critical = float(80.0)
    if t < 20.0:
        critical = -0.00267 * t * t * t + 0.16 * t * t - 3.13 * t + 100.0
    if rh < critical:
        return wp.max(mold_index - 0.002 * dt, 0.0)
    wetness = (critical - rh) / (critical - 100.0 - 1.0e-3)
    most = wp.min(1.0 + 7.0 * wetness - 2.0 * wetness * wetness, 6.0)
    growth = 0.01 * wp.max(1.0 - mold_index / wp.max(most, 0.1), 0.0)
    return mold_index + growth * dt


def next_carbon_dioxide(carbon_dioxide, outdoor_carbon_dioxide, occupants, airflow, volume, dt):
    """Exact step of a mixed room whose occupants breathe out 18 liters an hour."""
    emitted = 0.018 * float(occupants)
    settled = outdoor_carbon_dioxide + 1.0e6 * emitted / airflow
    decay = wp.exp(-airflow / volume * dt)
    return settled + (carbon_dioxide - settled) * decay


def air_changes(airflow, volume):
    return airflow / volume


def demand_airflow(carbon_dioxide, outdoor_carbon_dioxide, occupants, min_airflow, max_airflow):
    """Fresh air that rises with the carbon dioxide, from a base for each person."""
    base = wp.max(min_airflow, 15.0 * float(occupants))
    excess = carbon_dioxide - outdoor_carbon_dioxide
    if excess <= 300.0:
        return base
    t = wp.min((excess - 300.0) / 700.0, 1.0)
    return base + t * wp.max(max_airflow - base, 0.0)


def stack_flow(temperature, outdoor, opening, discharge, stack_height):
    """Air that rises through an opening because it is warmer."""
    t_mean = 0.5 * (temperature + outdoor) + 273.15
    difference = wp.abs(temperature - outdoor)
    return discharge * opening * wp.sqrt(2.0 * 9.81 * stack_height * difference / t_mean)


def wind_flow(opening, discharge, wind_speed, pressure_coefficient):
    return discharge * opening * wind_speed * wp.sqrt(pressure_coefficient)


def infiltration(stack_flow, wind_flow):
    """Superposition in quadrature (Sherman and Grimsrud)."""
    return wp.sqrt(stack_flow * stack_flow + wind_flow * wind_flow)


def air_exchange(temperature_a, temperature_b, opening_a, opening_b, discharge):
    """Heat that air carries through a doorway, from density differences."""
    door = wp.min(opening_a, opening_b)
    t_mean = 0.5 * (temperature_a + temperature_b) + 273.15
    delta = temperature_a - temperature_b
    flow = discharge * door / 3.0 * wp.sqrt(2.0 * 9.81 * wp.abs(delta) / t_mean)
    return 1200.0 * flow * delta


def wall_exchange(temperature_a, temperature_b, wall_area_a, wall_area_b, u_value):
    shared = wp.min(wall_area_a, wall_area_b)
    return u_value * shared * (temperature_a - temperature_b)


def operative_temperature(temperature, radiant_temperature, air_speed):
    """Mean of air and radiant temperatures that leans to the air in a draught."""
    if air_speed < 0.2:
        return 0.5 * (temperature + radiant_temperature)
    lean = 0.7
    if air_speed < 0.6:
        lean = 0.6
    return lean * temperature + (1.0 - lean) * radiant_temperature


def predicted_vote(temperature, radiant_temperature, air_speed, vapor_pressure, clothing, activity):
    """Fanger's predicted mean vote; the clothing's temperature is found by iteration."""
    m = 58.15 * activity
    icl = 0.155 * clothing
    fcl = 1.0 + 1.29 * icl
    if icl > 0.078:
        fcl = 1.05 + 0.645 * icl
    t_skin = 35.7 - 0.028 * m
    t_cl = 0.5 * (t_skin + temperature)
    t_r = 0.01 * (radiant_temperature + 273.15)
    h_c = 12.1 * wp.sqrt(air_speed)
    radiated = float(0.0)
    for _n in range(12):
        t_k = 0.01 * (t_cl + 273.15)
        radiated = 3.96 * fcl * (t_k * t_k * t_k * t_k - t_r * t_r * t_r * t_r)
        h_c = wp.max(2.38 * wp.pow(wp.abs(t_cl - temperature) + 0.01, 0.25), 12.1 * wp.sqrt(air_speed))
        convected = fcl * h_c * (t_cl - temperature)
        t_cl = 0.5 * (t_cl + t_skin - icl * (radiated + convected))
    skin = 3.05e-3 * (5733.0 - 6.99 * m - 100.0 * vapor_pressure)
    sweat = 0.42 * wp.max(m - 58.15, 0.0)
    latent_breath = 1.7e-5 * m * (5867.0 - 100.0 * vapor_pressure)
    dry_breath = 0.0014 * m * (34.0 - temperature)
    load = m - skin - sweat - latent_breath - dry_breath - radiated - fcl * h_c * (t_cl - temperature)
    vote = (0.303 * wp.exp(-0.036 * m) + 0.028) * load
    return wp.clamp(vote, -3.0, 3.0)


def dissatisfied(predicted_vote):
    """Percentage of people who are not content."""
    v2 = predicted_vote * predicted_vote
    return 100.0 - 95.0 * wp.exp(-0.03353 * v2 * v2 - 0.2179 * v2)


def comfortable(operative_temperature, running_mean):
    """Adaptive band of comfort around what people are used to."""
    neutral = 0.33 * wp.clamp(running_mean, 10.0, 30.0) + 18.8
    return wp.abs(operative_temperature - neutral) <= 3.0


def next_running_mean(running_mean, temperatures):
    """Exponentially weighted mean of the daily means outdoors."""
    total = float(0.0)
    for n in range(len(temperatures)):
        total += temperatures[n]
    return 0.8 * running_mean + 0.2 * total / float(len(temperatures))


def felt_temperature(temperature, vapor_pressure, air_speed):
    """Steadman's apparent temperature."""
    return temperature + 0.33 * vapor_pressure - 0.7 * air_speed - 4.0


def degree_days(temperatures, base_temperature):
    """Heating degrees of a day from hourly temperatures."""
    total = float(0.0)
    for n in range(len(temperatures)):
        total += wp.max(base_temperature - temperatures[n], 0.0)
    return total / float(len(temperatures))


def longest_overheating(temperatures, max_temperature):
    """Longest run of hours that are too warm."""
    run = int(0)
    longest = int(0)
    for n in range(len(temperatures)):
        if temperatures[n] > max_temperature:
            run += 1
            longest = wp.max(longest, run)
        else:
            run = 0
    overheated = longest
    return overheated


def infection_risk(infectors, quanta, exposure_hours, airflow):
    """Equation of Wells and Riley."""
    breathed = 0.5
    dose = float(infectors) * quanta * breathed * exposure_hours / airflow
    return 1.0 - wp.exp(-dose)


def lamp_level(daylight, wanted_light):
    """Dimming that adds what the daylight lacks."""
    lacking = wanted_light - daylight
    if lacking <= 0.0:
        return 0.0
    return wp.max(lacking / wanted_light, 0.1)


def reverberation(volume, wall_area, floor_area, absorption):
    """Sabine's formula where rooms echo, Eyring's where they are damped."""
    surface = wall_area + 2.0 * floor_area
    if absorption < 0.2:
        return 0.161 * volume / (surface * absorption)
    return 0.161 * volume / (-surface * wp.log(1.0 - absorption))


def fan_power(rated_power, fan_speed):
    """Cube law of fans, with the standby of their drive."""
    return rated_power * (0.05 + 0.95 * fan_speed * fan_speed * fan_speed)


def measured_temperature(temperature, rng):
    """Reading of a cheap sensor, in its steps of a sixteenth of a degree."""
    noisy = temperature + 0.2 * wp.randn(rng)
    reading = wp.floor(16.0 * noisy + 0.5) / 16.0
    return reading


def arriving_occupants(occupants, hour, rng):
    """People who come in the morning and leave towards the evening, one at a time."""
    u = wp.randf(rng)
    next_occupants = occupants
    if hour >= 7.0 and hour < 10.0:
        if u < 0.4:
            next_occupants = wp.min(occupants + 1, 8)
    elif hour >= 16.0 and u < 0.3:
        next_occupants = wp.max(occupants - 1, 0)
    return next_occupants
