"""Heat: conduction, convection, radiation, phase change, and what keeps rooms warm."""

import warp as wp

ENTITIES = "cell node element zone slab"
GROUPS = "material layer room"
PAIRS = "wall contact interface joint"
LAUNCH = "1:3 2:2"
SUMMED = "enthalpy mass heat_flow"
OPPOSITE = "heat_flow"

QUANTITIES = """
temperature         | real  | state   | 270 320    | temperature temp t_cell
ambient             | real  | uniform | 275 310    | ambient t_amb t_inf    | 293.15 300.0
setpoint            | real  | uniform | 285 305    | setpoint t_set         | 293.15 295.0
deadband            | real  | uniform | 0.5 8      | deadband hysteresis    | 0.5 1.0
mass                | real  | state   | 0.5 5      | mass m
density             | real  | group   | 0.5 4      | density rho
conductivity        | real  | group   | 0.1 1      | conductivity k_cond k  | 0.6 1.0
heat_capacity       | real  | group   | 1 4        | heat_capacity cp c_p   | 1.0 2.0
diffusivity         | real  | result  | 0.005 2    | diffusivity alpha
conductivity_tensor | mat33 | group   | 0.02 2     | k_tensor conductivity_tensor
thickness           | real  | state   | 0.2 0.6    | thickness d dx
area                | real  | state   | 0.2 2      | area face_area
position            | vec3  | state   | -2 2       | position pos x
normal              | vec3  | state   | -1 1       | normal n
distance            | real  | result  | 0 7     | distance dist
temperature_gradient | vec3 | state   | -20 20     | grad_t temperature_gradient
laplacian           | real  | state   | -1500 1500 | laplacian lap_t
heat_flux           | vec3  | result  | -50 50     | heat_flux q_flux
flux_density        | real  | result  | -200 200   | flux_density q_n q
heat_flow           | real  | result  | -3000 3000 | heat_flow q_dot
resistance          | real  | result  | 0.05 300 | resistance r_th
contact_conductance | real  | uniform | 0.5 20     | contact_conductance h_c | 5.0
source              | real  | state   | 0 50       | source q_gen power
enthalpy            | real  | state   | 280 1200   | enthalpy h_total
latent_heat         | real  | group   | 20 300     | latent_heat latent     | 100.0
melting_point       | real  | group   | 272 315    | melting_point t_melt   | 273.15
mushy_range         | real  | uniform | 1 10       | mushy_range dt_melt    | 2.0 5.0
liquid_fraction     | real  | result  | 0 1        | liquid_fraction f_liq
emissivity          | real  | group   | 0.05 0.95  | emissivity eps         | 0.9
absorptivity        | real  | group   | 0.1 0.95   | absorptivity alpha_s   | 0.7
view_factor         | real  | result  | 0 1        | view_factor f_ab
irradiance          | real  | state   | 0 50       | irradiance solar g_sun
sun_direction       | vec3  | uniform | -1 1       | sun_dir sun_direction
speed               | real  | state   | 0.05 5     | speed wind_speed u_air
viscosity           | real  | group   | 0.05 1     | viscosity nu           | 0.15
expansion           | real  | group   | 0.001 0.004 | expansion beta        | 0.0034
gravity_strength    | real  | uniform | 1 10       | g gravity              | 9.81
reynolds_number     | real  | result  | 0 60       | re reynolds_number
prandtl_number      | real  | result  | 0.05 60    | pr prandtl_number
rayleigh_number     | real  | result  | 0 5000     | ra rayleigh_number
nusselt_number      | real  | result  | 0 20       | nu_l nusselt_number
biot_number         | real  | result  | 0 100      | bi biot_number
fourier_number      | real  | result  | 0.001 150  | fo fourier_number
film_coefficient    | real  | result  | 0 30       | h_conv film_coefficient
depth               | real  | state   | 0.01 2     | depth z
time                | real  | state   | 0.1 10     | time t
dt                  | real  | uniform | 0.001 0.05 | dt timestep            | 0.01
humidity            | real  | state   | 0.1 0.95   | humidity rh
vapor_pressure      | real  | result  | 0.1 50     | vapor_pressure p_vap
felt_temperature    | real  | result  |            | felt_temperature t_felt
noise_level         | real  | uniform | 0.05 1     | noise_level sigma_t    | 0.1 0.5
dew_point           | real  | result  | -20 60     | dew_point t_dew
airflow             | real  | state   | 0.05 2     | airflow m_dot flow_rate
heater_power        | real  | result  | 0 20       | heater_power q_heater
gain                | real  | uniform | 0.1 4      | gain kp                | 0.5 1.0
integral            | real  | state   | -5 5       | integral i_term
integral_gain       | real  | uniform | 0.01 0.5   | ki integral_gain       | 0.1
efficiency          | real  | result  | 0 1        | efficiency eta
reaction_rate       | real  | result  | 0 20       | k_rxn reaction_rate
activation          | real  | group   | 2 20       | activation e_a         | 4.0 12.0
cure                | real  | state   | 0 0.95     | cure conversion
profile             | reals | state   | 270 320    | profile temps samples
heating             | bool  | result  |            | heating heater_on
melted              | bool  | result  |            | melted is_melted
condensing          | bool  | result  |            | condensing wet
inner_radius | real | uniform | 0.05 0.5 | inner_radius r_in | 0.1 0.25
fin_length | real | uniform | 0.2 1 | fin_length l_fin | 0.5
reaction_heat | real | group | 1 20 | reaction_heat h_rxn | 10.0
sensible_heat | real | result | | sensible_heat q_sens
integral_limit | real | uniform | 1 5 | integral_limit i_max | 2.0 5.0
"""


def diffusivity(conductivity, density, heat_capacity):
    return conductivity / (density * heat_capacity)


def distance(position_a, position_b):
    return wp.length(position_a - position_b)


def heat_flux(conductivity, temperature_gradient):
    """Fourier's law."""
    return -conductivity * temperature_gradient


def anisotropic_heat_flux(conductivity_tensor, temperature_gradient):
    symmetric = 0.5 * (conductivity_tensor + wp.transpose(conductivity_tensor))
    heat_flux = -(symmetric * temperature_gradient)
    return heat_flux


def flux_density(heat_flux, normal):
    return wp.dot(heat_flux, wp.normalize(normal))


def heat_flow(flux_density, area):
    return flux_density * area


def conductive_heat_flow(temperature_a, temperature_b, conductivity, area_a, area_b, distance):
    """Heat conducted between two nodes through their smaller face."""
    face = wp.min(area_a, area_b)
    gap = wp.max(distance, 0.01)
    heat_flow = conductivity * face * (temperature_a - temperature_b) / gap
    return heat_flow


def series_heat_flow(temperature_a, temperature_b, thickness_a, thickness_b, conductivity_a, conductivity_b, area_a):
    """Two half layers in series."""
    r_a = 0.5 * thickness_a / conductivity_a
    r_b = 0.5 * thickness_b / conductivity_b
    heat_flow = area_a * (temperature_a - temperature_b) / (r_a + r_b)
    return heat_flow


def contact_heat_flow(temperature_a, temperature_b, area_a, area_b, contact_conductance):
    overlap = wp.min(area_a, area_b)
    heat_flow = contact_conductance * overlap * (temperature_a - temperature_b)
    return heat_flow


def radiative_heat_flow(temperature_a, temperature_b, area_a, emissivity_a, emissivity_b, view_factor):
    """Grey-body exchange between two surfaces, in units of 100 K."""
    t_a = 0.01 * temperature_a
    t_b = 0.01 * temperature_b
    emitted = 5.67 * (t_a * t_a * t_a * t_a - t_b * t_b * t_b * t_b)
    surface = 1.0 / emissivity_a + 1.0 / emissivity_b - 2.0
    space = 1.0 / wp.max(view_factor, 1.0e-6)
    heat_flow = area_a * emitted / (surface + space)
    return heat_flow


def view_factor(position_a, position_b, normal_a, normal_b, area_b):
    """View factor of a small distant surface."""
    d = position_b - position_a
    d2 = wp.max(wp.dot(d, d), 1.0e-6)
    direction = d / wp.sqrt(d2)
    cos_a = wp.dot(wp.normalize(normal_a), direction)
    cos_b = -wp.dot(wp.normalize(normal_b), direction)
    if cos_a <= 0.0 or cos_b <= 0.0:
        return 0.0
    return wp.min(cos_a * cos_b * area_b / (wp.pi * d2), 1.0)


def disk_view_factor(distance, area_a, area_b):
    """Coaxial parallel disks."""
    gap = wp.max(distance, 1.0e-6)
    r_a = wp.sqrt(area_a / wp.pi) / gap
    r_b = wp.sqrt(area_b / wp.pi) / gap
    s = 1.0 + (1.0 + r_b * r_b) / (r_a * r_a)
    ratio = r_b / r_a
    view_factor = 0.5 * (s - wp.sqrt(wp.max(s * s - 4.0 * ratio * ratio, 0.0)))
    return view_factor


def wall_resistance(thickness, conductivity, area):
    resistance = thickness / (conductivity * area)
    return resistance


def composite_resistance(thickness_a, thickness_b, conductivity, area, film_coefficient):
    resistance = (thickness_a + thickness_b) / (conductivity * area) + 1.0 / (wp.max(film_coefficient, 0.01) * area)
    return resistance


def cylinder_resistance(thickness, inner_radius, conductivity):
    """Radial conduction through the wall of a pipe."""
    r_out = inner_radius + thickness
    resistance = wp.log(r_out / inner_radius) / (wp.tau * conductivity)
    return resistance


def resistive_heat_flow(temperature, ambient, resistance):
    heat_flow = (temperature - ambient) / resistance
    return heat_flow


def film_heat_flow(temperature, ambient, film_coefficient, area):
    """Newton's law of cooling."""
    heat_flow = film_coefficient * area * (temperature - ambient)
    return heat_flow


def sky_heat_flow(temperature, ambient, emissivity, area, humidity):
    """Loss to a clear sky whose emissivity grows with humidity."""
    t_surf = 0.01 * temperature
    t_sky = 0.01 * ambient * wp.pow(0.6 + 0.3 * humidity, 0.25)
    heat_flow = 5.67 * emissivity * area * (wp.pow(t_surf, 4.0) - wp.pow(t_sky, 4.0))
    return heat_flow


def solar_source(irradiance, normal, sun_direction, absorptivity):
    cos_incidence = wp.dot(wp.normalize(normal), wp.normalize(sun_direction))
    source = absorptivity * irradiance * wp.max(cos_incidence, 0.0)
    return source


def attenuated_source(irradiance, depth, absorptivity):
    """Beer-Lambert absorption below a surface."""
    source = absorptivity * irradiance * wp.exp(-absorptivity * depth)
    return source


def laplacian(temperature_a, temperature_b, previous_temperature_a, thickness):
    """Second difference along a line of nodes."""
    return (temperature_b - 2.0 * temperature_a + previous_temperature_a) / (thickness * thickness)


def temperature_rate(laplacian, diffusivity, source, density, heat_capacity):
    """Heat equation with a source."""
    return diffusivity * laplacian + source / (density * heat_capacity)


def cooling_rate(temperature, ambient, film_coefficient, area, mass, heat_capacity):
    """Lumped capacitance."""
    temperature_rate = -film_coefficient * area * (temperature - ambient) / (mass * heat_capacity)
    return temperature_rate


def balance_rate(heat_flow, heater_power, mass, heat_capacity):
    temperature_rate = (heater_power - heat_flow) / (mass * heat_capacity)
    return temperature_rate


def next_temperature(temperature, temperature_rate, dt):
    return temperature + temperature_rate * dt


def limited_temperature(temperature, temperature_rate, dt, min_temperature, max_temperature):
    next_temperature = wp.clamp(temperature + temperature_rate * dt, min_temperature, max_temperature)
    return next_temperature


def relaxed_temperature(temperature, ambient, resistance, mass, heat_capacity, dt):
    """Exact solution of the cooling law over one step."""
    time_const = resistance * mass * heat_capacity
    next_temperature = ambient + (temperature - ambient) * wp.exp(-dt / time_const)
    return next_temperature


def implicit_temperature(temperature, source, film_coefficient, ambient, mass, heat_capacity, dt):
    capacity = mass * heat_capacity / dt
    next_temperature = (capacity * temperature + film_coefficient * ambient + source) / (capacity + film_coefficient)
    return next_temperature


def mixed_temperature(temperature_a, temperature_b, mass_a, mass_b):
    """Equilibrium of two bodies of the same material."""
    next_temperature = (mass_a * temperature_a + mass_b * temperature_b) / (mass_a + mass_b)
    return next_temperature


def interface_temperature(
    temperature_a, temperature_b, conductivity_a, conductivity_b, density_a, density_b, heat_capacity_a, heat_capacity_b
):
    """Contact temperature of two semi-infinite bodies."""
    effusivity_a = wp.sqrt(conductivity_a * density_a * heat_capacity_a)
    effusivity_b = wp.sqrt(conductivity_b * density_b * heat_capacity_b)
    next_temperature = (effusivity_a * temperature_a + effusivity_b * temperature_b) / (effusivity_a + effusivity_b)
    return next_temperature


def semi_infinite_temperature(initial_temperature, ambient, depth, time, diffusivity):
    """Semi-infinite solid whose surface jumps to the ambient temperature."""
    eta = depth / (2.0 * wp.sqrt(wp.max(diffusivity * time, 1.0e-6)))
    temperature = ambient + (initial_temperature - ambient) * wp.erf(eta)
    return temperature


def periodic_temperature(ambient, depth, time, diffusivity, max_temperature):
    """Daily wave that is damped and delayed with depth."""
    omega = 0.2618
    k = wp.sqrt(0.5 * omega / diffusivity)
    swing = max_temperature - ambient
    temperature = ambient + swing * wp.exp(-k * depth) * wp.sin(omega * time - k * depth)
    return temperature


def fin_temperature(temperature, ambient, film_coefficient, conductivity, thickness, depth, fin_length):
    """Straight fin with an adiabatic tip."""
    m = wp.sqrt(2.0 * film_coefficient / (conductivity * thickness))
    ahead = wp.max(fin_length - depth, 0.0)
    ratio = wp.cosh(m * ahead) / wp.cosh(m * fin_length)
    next_temperature = ambient + (temperature - ambient) * ratio
    return next_temperature


def slab_temperature(initial_temperature, ambient, fourier_number, depth):
    """Series solution of a slab that cools at both faces."""
    total = float(0.0)
    x = wp.min(depth, 1.0)
    for n in range(6):
        k = (2.0 * float(n) + 1.0) * wp.pi
        total += 4.0 / k * wp.sin(k * x) * wp.exp(-k * k * fourier_number)
    temperature = ambient + (initial_temperature - ambient) * total
    return temperature


def fourier_number(diffusivity, time, thickness):
    return diffusivity * time / (thickness * thickness)


def biot_number(film_coefficient, thickness, conductivity):
    return film_coefficient * thickness / conductivity


def reynolds_number(speed, thickness, viscosity):
    return speed * thickness / viscosity


def prandtl_number(viscosity, diffusivity):
    return viscosity / diffusivity


def rayleigh_number(temperature, ambient, expansion, gravity_strength, thickness, viscosity, diffusivity):
    """Rayleigh number of a heated plate."""
    buoyancy = gravity_strength * expansion * wp.abs(temperature - ambient)
    l3 = thickness * thickness * thickness
    return buoyancy * l3 / (viscosity * diffusivity)


def plate_nusselt_number(reynolds_number, prandtl_number, max_reynolds_number):
    """Flat plate, laminar below a critical Reynolds number and turbulent above."""
    pr_third = wp.cbrt(prandtl_number)
    if reynolds_number < max_reynolds_number:
        return 0.664 * wp.sqrt(reynolds_number) * pr_third
    nusselt_number = 0.037 * wp.pow(reynolds_number, 0.8) * pr_third
    return nusselt_number


def churchill_chu_nusselt_number(rayleigh_number, prandtl_number):
    """Churchill and Chu's correlation of free convection on a vertical plate."""
    pr_term = wp.pow(1.0 + wp.pow(0.492 / prandtl_number, 9.0 / 16.0), 4.0 / 9.0)
    nusselt_number = 0.68 + 0.67 * wp.pow(rayleigh_number, 0.25) / pr_term
    return nusselt_number


def dittus_boelter_nusselt_number(reynolds_number, prandtl_number, temperature, ambient):
    """Dittus and Boelter's correlation of flow in a pipe, heated or cooled."""
    exponent = 0.4 if temperature > ambient else 0.3
    nusselt_number = 0.023 * wp.pow(reynolds_number, 0.8) * wp.pow(prandtl_number, exponent)
    return nusselt_number


def sphere_nusselt_number(reynolds_number, prandtl_number):
    """Ranz and Marshall's correlation."""
    nusselt_number = 2.0 + 0.6 * wp.sqrt(reynolds_number) * wp.cbrt(prandtl_number)
    return nusselt_number


def film_coefficient(nusselt_number, conductivity, thickness):
    return nusselt_number * conductivity / thickness


def wind_film_coefficient(speed, temperature, ambient):
    """Forced and free convection combined, as for building facades."""
    forced = 4.0 * wp.pow(speed, 0.8)
    free = 1.31 * wp.cbrt(wp.abs(temperature - ambient))
    film_coefficient = wp.sqrt(forced * forced + free * free)
    return film_coefficient


def radiative_film_coefficient(temperature, ambient, emissivity):
    t_mean = 0.005 * (temperature + ambient)
    film_coefficient = 4.0 * emissivity * 0.0567 * t_mean * t_mean * t_mean
    return film_coefficient


def liquid_fraction(temperature, melting_point, mushy_range):
    return wp.clamp((temperature - melting_point) / mushy_range + 0.5, 0.0, 1.0)


def smooth_liquid_fraction(temperature, melting_point, mushy_range):
    liquid_fraction = wp.smoothstep(melting_point - mushy_range, melting_point + mushy_range, temperature)
    return liquid_fraction


def enthalpy_liquid_fraction(enthalpy, melting_point, heat_capacity, latent_heat):
    solidus = heat_capacity * melting_point
    liquid_fraction = wp.clamp((enthalpy - solidus) / latent_heat, 0.0, 1.0)
    return liquid_fraction


def enthalpy(temperature, heat_capacity, liquid_fraction, latent_heat):
    return heat_capacity * temperature + liquid_fraction * latent_heat


def temperature_of_enthalpy(enthalpy, melting_point, heat_capacity, latent_heat):
    """Enthalpy method: solid, melting, liquid."""
    solidus = heat_capacity * melting_point
    if enthalpy < solidus:
        return enthalpy / heat_capacity
    if enthalpy < solidus + latent_heat:
        return melting_point
    temperature = (enthalpy - latent_heat) / heat_capacity
    return temperature


def apparent_capacity_rate(temperature, melting_point, mushy_range, latent_heat, heat_capacity, source):
    """Latent heat as a peak of the heat capacity around the melting point."""
    x = (temperature - melting_point) / mushy_range
    peak = wp.exp(-x * x) / (mushy_range * wp.sqrt(wp.pi))
    temperature_rate = source / (heat_capacity + latent_heat * peak)
    return temperature_rate


def enthalpy_rate(source, heat_flow, mass):
    return (source - heat_flow) / mass


def next_enthalpy(enthalpy, enthalpy_rate, dt):
    return enthalpy + enthalpy_rate * dt


def melted(liquid_fraction, min_liquid_fraction):
    return liquid_fraction > min_liquid_fraction


def stefan_depth(temperature, melting_point, conductivity, density, latent_heat, time):
    """Stefan's ice thickness below a cold surface."""
    undercooling = wp.max(melting_point - temperature, 0.0)
    next_depth = wp.sqrt(2.0 * conductivity * undercooling * time / (density * latent_heat))
    return next_depth


def magnus_vapor_pressure(temperature, humidity):
    """Magnus formula of the vapor pressure in hPa."""
    celsius = temperature - 273.15
    vapor_pressure = humidity * 6.112 * wp.exp(17.62 * celsius / (243.12 + celsius))
    return vapor_pressure


def dew_point(vapor_pressure):
    """Inverse of the Magnus formula, in degrees Celsius."""
    ratio = wp.log(vapor_pressure / 6.112)
    return 243.12 * ratio / (17.62 - ratio)


def condensing(temperature, dew_point):
    return temperature - 273.15 < dew_point


def heat_index(temperature, vapor_pressure, speed):
    """Steadman's apparent temperature."""
    celsius = temperature - 273.15
    felt_temperature = celsius + 0.33 * vapor_pressure - 0.7 * speed - 4.0
    return felt_temperature


def heating(temperature, setpoint, deadband):
    return temperature < setpoint - 0.5 * deadband


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


def weather_heater_power(ambient, setpoint, gain, max_heater_power):
    """Heating curve that follows the outdoor temperature."""
    demand = gain * wp.pow(wp.max(setpoint - ambient, 0.0), 1.1)
    heater_power = wp.min(demand, max_heater_power)
    return heater_power


def ventilation_heat_flow(airflow, heat_capacity, temperature, ambient, efficiency):
    """Air change with heat recovery."""
    heat_flow = (1.0 - efficiency) * airflow * heat_capacity * (temperature - ambient)
    return heat_flow


def exchanger_efficiency(film_coefficient, area, airflow, heat_capacity):
    """Effectiveness of a condenser by its number of transfer units."""
    ntu = film_coefficient * area / (airflow * heat_capacity)
    efficiency = 1.0 - wp.exp(-ntu)
    return efficiency


def counterflow_efficiency(film_coefficient, area, airflow_a, airflow_b):
    """Counterflow heat exchanger."""
    c_min = wp.min(airflow_a, airflow_b)
    c_max = wp.max(airflow_a, airflow_b)
    ratio = c_min / c_max
    ntu = film_coefficient * area / c_min
    if ratio > 0.999:
        return ntu / (1.0 + ntu)
    decay = wp.exp(-ntu * (1.0 - ratio))
    efficiency = (1.0 - decay) / (1.0 - ratio * decay)
    return efficiency


def carnot_efficiency(temperature_a, temperature_b):
    t_hot = wp.max(temperature_a, temperature_b)
    t_cold = wp.min(temperature_a, temperature_b)
    efficiency = 1.0 - t_cold / t_hot
    return efficiency


def fin_efficiency(film_coefficient, conductivity, thickness, fin_length):
    m = wp.sqrt(2.0 * film_coefficient / (conductivity * thickness))
    ml = wp.max(m * fin_length, 1.0e-6)
    efficiency = wp.tanh(ml) / ml
    return efficiency


def log_mean_heat_flow(temperature_a, temperature_b, ambient, film_coefficient, area_a):
    """Log mean temperature difference of a heat exchanger."""
    d_a = wp.max(wp.abs(temperature_a - ambient), 1.0e-6)
    d_b = wp.max(wp.abs(temperature_b - ambient), 1.0e-6)
    lmtd = 0.5 * (d_a + d_b)
    if wp.abs(d_a - d_b) > 0.01:
        lmtd = (d_a - d_b) / wp.log(d_a / d_b)
    heat_flow = film_coefficient * area_a * lmtd
    return heat_flow


def reaction_rate(temperature, activation, reference_temperature):
    """Arrhenius' law about a reference temperature."""
    scaled = activation * (1.0 - reference_temperature / temperature)
    return wp.exp(scaled)


def cure_rate(cure, reaction_rate):
    """Autocatalytic curing (Kamal)."""
    return reaction_rate * (0.05 + wp.sqrt(cure)) * wp.pow(1.0 - cure, 1.5)


def next_cure(cure, cure_rate, dt):
    return wp.clamp(cure + cure_rate * dt, 0.0, 0.999)


def reaction_source(cure_rate, density, reaction_heat):
    source = density * reaction_heat * cure_rate
    return source


def temperature_dependent_conductivity(temperature, reference_temperature, conductivity):
    conductivity_slope = 0.002 * (temperature - reference_temperature)
    next_conductivity = conductivity * (1.0 + conductivity_slope)
    return next_conductivity


def profile_mean(profile):
    total = float(0.0)
    for n in range(len(profile)):
        total += profile[n]
    temperature = total / float(len(profile))
    return temperature


def profile_laplacian(profile, thickness):
    """Greatest curvature of a profile of temperatures."""
    peak = float(0.0)
    for n in range(1, len(profile) - 1):
        curvature = profile[n + 1] - 2.0 * profile[n] + profile[n - 1]
        if wp.abs(curvature) > wp.abs(peak):
            peak = curvature
    laplacian = peak / (thickness * thickness)
    return laplacian


def sensible_profile_heat(profile, heat_capacity, reference_temperature, mass):
    """Trapezoidal sum of the sensible heat along a profile."""
    total = float(0.0)
    for n in range(1, len(profile)):
        total += 0.5 * (profile[n - 1] + profile[n]) - reference_temperature
    sensible_heat = mass * heat_capacity * total / float(len(profile))
    return sensible_heat


def sensor_temperature(temperature, noise_level, rng):
    next_temperature = temperature + noise_level * wp.randn(rng)
    return next_temperature
