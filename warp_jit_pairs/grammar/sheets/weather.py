"""Weather: humid air, clouds, radiation, wind, ocean, snow, soil, and the plants between them."""

import warp as wp

ENTITIES = "cell column site station"
GROUPS = "soil biome basin zone"
PAIRS = "face interface boundary"
LAUNCH = "1:7 2:3"
SUMMED = "rainfall snow_water runoff evaporation"
OPPOSITE = "heat_exchange groundwater_flow"

QUANTITIES = """
temperature       | real  | state   | -15 38     | temp t_air temperature t_c
dew_point         | real  | result  | -60 38     | dew_point t_dew td
heat_index        | real  | result  | -30 200    | heat_index hi_temp
psychro_bulb      | real  | result  | -45 45     | psychro_bulb tw_iter
lift              | real  | uniform | 200 4000   | lift_m dz_lift                   | 1000.0 2000.0
parcel_temp       | real  | result  | -90 60     | parcel_temp t_parcel
buoyant_energy    | real  | result  | 0 20000    | cape buoyant_energy
obukhov_length    | real  | result  | -100000 100000 | obukhov_length
surface_friction  | real  | result  | 0.005 6    | ustar_mo
fuel_moisture     | real  | result  | 0 250      | fuel_moisture mc_fuel
fuel_code         | real  | state   | 20 98      | ffmc fuel_code
canopy_storage    | real  | state   | 0 3        | canopy_storage
canopy_capacity   | real  | group   | 0.5 4      | canopy_capacity                  | 1.0 2.0
throughfall       | real  | result  | 0 80       | throughfall p_net
cold_content      | real  | state   | 0 60       | cold_content q_cold
liquid_water      | real  | state   | 0 30       | liquid_water w_liq
outflow           | real  | result  | 0 200      | outflow q_snow
drop_diameter     | real  | state   | 0.02 6     | drop_diam d_mm
drop_speed        | real  | result  | 0 15       | drop_speed v_drop
pressure          | real  | state   | 850 1050   | pressure p_hpa press
elevation         | real  | state   | 0 2500     | elevation elev z_m
humidity          | real  | state   | 0.1 1      | humidity rh rel_hum
saturation_vapor  | real  | result  | 0.5 90     | saturation_vapor e_sat es
vapor_pressure    | real  | result  | 0.04 90    | vapor_pressure e_act ea
vapor_deficit     | real  | result  | 0 7        | vapor_deficit vpd
mixing_ratio      | real  | result  | 0.02 80    | mixing_ratio w_mix mixr
virtual_temp      | real  | result  |            | virtual_temp t_virtual tv
potential_temp    | real  | state   | 260 330    | potential_temp theta pot_temp
wet_bulb          | real  | result  |            | wet_bulb t_wet tw
apparent_temp     | real  | result  |            | apparent_temp t_app feels_like
air_density       | real  | result  | 0.8 1.5    | air_density rho_air rho
cloud_base        | real  | result  |            | cloud_base lcl cloud_base_height
cloud_water       | real  | state   | 0 3        | cloud_water
rain_water        | real  | state   | 0.01 4     | rain_water
cloud_cover       | real  | state   | 0 1        | cloud_cover cloud_frac clouds
specific_humidity | real  | result  |            | specific_humidity q_v qv
equivalent_temp   | real  | result  |            | equivalent_temp theta_e
percolation       | real  | result  |            | percolation k_unsat drainage
snow_albedo       | real  | state   | 0.4 0.9    | snow_albedo alb_snow
transpiration     | real  | result  |            | transpiration et_act
antecedent        | real  | result  | 1 140      | antecedent api wetness_index
turbulence        | real  | result  | 0 900      | turbulence tke
gust              | real  | result  |            | gust gust_speed
storm_hours       | real  | state   | 0 8        | storm_hours t_storm
heat_exchange     | real  | result  |            | heat_exchange q_cond
groundwater_flow  | real  | result  |            | groundwater_flow q_darcy
autoconversion    | real  | result  |            | autoconversion p_auto
fall_speed        | real  | result  | 0.5 12     | fall_speed v_term terminal_speed
reflectivity      | real  | result  |            | reflectivity dbz
rainfall          | real  | state   | 0.1 60     | rainfall rain_mm precip
wind              | vec2  | state   | -32 32     | wind wind_uv uv
wind_3d           | vec3  | state   | -12 12     | wind_3d wind_vec uvw
wind_speed        | real  | state   | 0.5 20     | wind_speed wspd u10
sea_wind          | real  | state   | 1 20       | sea_wind u10_sea marine_wind
leaf_temperature  | real  | state   | 5 40       | leaf_temp t_leaf
wind_direction    | real  | result  | 0 360      | wind_direction wdir
geostrophic_wind  | vec2  | state   | -32 32     | geostrophic_wind u_geo vg
layer_wind        | vec2  | result  | -50 50     | layer_wind u_ekman
hub_speed         | real  | result  | 0.3 60     | hub_speed u_hub
hub_height        | real  | uniform | 40 140     | hub_height z_hub                 | 80.0 100.0
stress            | vec2  | result  | -4 4       | stress tau_wind wind_stress
height            | real  | state   | 2 80       | height z_ref z_agl
roughness         | real  | group   | 0.01 1     | roughness z0 z_0                 | 0.03 0.1
friction_speed    | real  | result  | 0.08 2.9   | friction_speed u_star ustar
latitude          | real  | state   | 0.5 1.3    | latitude lat phi
coriolis          | real  | result  | 0.2 1.5    | coriolis f_cor
pressure_gradient | vec2  | state   | -2 2       | pressure_gradient grad_p dp
day               | real  | uniform | 1 365      | day day_of_year doy              | 172.0 80.0
hour              | real  | uniform | 6 18       | hour local_hour hours            | 9.0 12.0 15.0
declination       | real  | result  | -0.41 0.41 | declination solar_decl delta
sun_elevation     | real  | result  | 0 1.57     | sun_elevation sun_height h_sun
albedo            | real  | group   | 0.05 0.85  | albedo alb                       | 0.2 0.23
emissivity        | real  | group   | 0.8 0.99   | emissivity eps                   | 0.95
solar             | real  | state   | 0 1000     | solar sw_down s_in
daily_solar       | real  | result  | 0 600      | daily_solar ra_daily
direct_beam       | real  | result  | 0 1300     | direct_beam dni
turbidity         | real  | state   | 0.02 0.4   | turbidity aod
precipitable      | real  | state   | 0.2 5      | precipitable pw_cm
longwave          | real  | result  | 80 600     | longwave lw_down l_in
net_radiation     | real  | result  | -450 1200  | net_radiation r_net rn
ground_heat       | real  | result  | -60 300    | ground_heat g_flux
surface_temp      | real  | state   | -15 50     | surface_temp t_sfc t_skin
sensible_heat     | real  | result  | -1500 1500 | sensible_heat h_flux hs
evaporation       | real  | result  | 0 200      | evaporation evap et
conductance       | real  | result  | 0.001 10 | conductance g_s gs
leaf_area         | real  | state   | 0.2 6      | leaf_area lai
extinction        | real  | group   | 0.3 0.8    | extinction k_ext                 | 0.5
absorbed_light    | real  | result  | 0 900      | absorbed_light apar par_abs
photosynthesis    | real  | result  | 0 40       | photosynthesis a_net gpp
carbon_dioxide    | real  | uniform | 280 800    | carbon_dioxide co2 ca            | 400.0 420.0
soil_moisture     | real  | state   | 0.02 0.56  | soil_moisture theta_soil vwc
porosity          | real  | group   | 0.43 0.55  | porosity n_por theta_sat         | 0.45
wilting_point     | real  | group   | 0.02 0.05  | wilting_point theta_wp wp_soil
conductivity      | real  | group   | 0.05 2     | conductivity k_sat ksat          | 0.5 1.0
suction           | real  | result  | 0.01 500   | suction psi_soil head
pore_index        | real  | group   | 2 6        | pore_index b_exp b_campbell      | 4.0
soil_temp         | real  | state   | -10 30     | soil_temp t_soil
pressure_head     | real  | state   | 0.01 500   | psi_head pressure_head
retained_moisture | real  | result  | 0.01 0.56  | theta_ret retained_moisture
soil_depth        | real  | state   | 1 200      | soil_depth z_soil
water_table       | real  | state   | -200 200   | water_table head_m h_gw
thermal_diffusion | real  | group   | 0.1 1      | thermal_diffusion kappa_s
curve_number      | real  | group   | 60 98      | curve_number cn_ii               | 75.0
runoff            | real  | result  | 0 60       | runoff q_runoff excess
infiltration      | real  | result  | 0 60       | infiltration infil f_rate
snow_water        | real  | state   | 1 300      | snow_water swe
snow_density      | real  | state   | 80 500     | snow_density rho_snow
melt              | real  | result  | 0 60       | melt melt_mm snowmelt
snow_fraction     | real  | result  | 0 1        | snow_fraction f_snow
salinity          | real  | state   | 2 38       | salinity salt s_psu
sea_temp          | real  | state   | 0 30       | sea_temp sst t_sea
depth             | real  | state   | 1 200      | depth z_depth
sea_density       | real  | result  | 990 1035   | sea_density rho_sea rho_w
wave_height       | real  | state   | 0.2 6      | wave_height h_s hs_wave
limited_height    | real  | result  | 0 6        | limited_height h_break
wave_period       | real  | state   | 3 15       | wave_period t_p t_peak
wavelength        | real  | result  | 5 400      | wavelength wave_len l_wave
stable            | bool  | result  |            | stable is_stable
has_inversion     | bool  | result  |            | has_inversion inverted
frost             | bool  | result  |            | frost has_frost is_frost
saturated         | bool  | result  |            | saturated is_saturated
profile           | reals | state   | -10 30     | profile t_profile levels
level_temp        | real  | result  | -15 40     | level_temp t_level
storms            | reals | state   | 0 40       | storms rain_series daily_rain
speed_of_sound    | real  | result  |            | speed_of_sound c_sound
current           | vec2  | result  |            | current current_uv
dt                | real  | uniform | 0.05 1     | dt dt_hours                      | 0.25 0.5 1.0
"""


def saturation_vapor(temperature):
    """Tetens' formula for saturation vapor pressure, in hectopascals."""
    return 6.112 * wp.exp(17.67 * temperature / (temperature + 243.5))


def saturation_over_ice(temperature):
    """Magnus formula over water and over ice."""
    a = 17.62
    b = 243.12
    if temperature < 0.0:
        a = 22.46
        b = 272.62
    saturation_vapor = 6.112 * wp.exp(a * temperature / (b + temperature))
    return saturation_vapor


def goff_gratch(temperature):
    """Goff-Gratch equation over water."""
    kelvin = temperature + 273.15
    ratio = 373.16 / kelvin
    log_e = -7.90298 * (ratio - 1.0) + 5.02808 * wp.log10(ratio)
    log_e = log_e - 1.3816e-7 * (wp.pow(10.0, 11.344 * (1.0 - 1.0 / ratio)) - 1.0)
    log_e = log_e + 8.1328e-3 * (wp.pow(10.0, -3.49149 * (ratio - 1.0)) - 1.0)
    saturation_vapor = 1013.246 * wp.pow(10.0, log_e)
    return saturation_vapor


def vapor_pressure(humidity, temperature):
    es = 6.112 * wp.exp(17.67 * temperature / (temperature + 243.5))
    return humidity * es


def vapor_deficit(temperature, humidity):
    """Vapor pressure deficit, in kilopascals."""
    es = 0.6108 * wp.exp(17.27 * temperature / (temperature + 237.3))
    return es * (1.0 - humidity)


def dew_point(temperature, humidity):
    """Dew point by inverting the Magnus formula."""
    gamma = wp.log(humidity) + 17.625 * temperature / (243.04 + temperature)
    return 243.04 * gamma / (17.625 - gamma)


def mixing_ratio(vapor_pressure, pressure):
    return 622.0 * vapor_pressure / (pressure - vapor_pressure)


def specific_humidity(vapor_pressure, pressure):
    return 622.0 * vapor_pressure / (pressure - 0.378 * vapor_pressure)


def virtual_temp(temperature, mixing_ratio):
    r = 0.001 * mixing_ratio
    return (temperature + 273.15) * (1.0 + r / 0.622) / (1.0 + r)


def potential_temp(temperature, pressure):
    """Poisson's equation for potential temperature."""
    return (temperature + 273.15) * wp.pow(1000.0 / pressure, 0.2857)


def equivalent_temp(potential_temp, temperature, mixing_ratio):
    latent = 2.501e6 - 2370.0 * temperature
    kelvin = temperature + 273.15
    return potential_temp * wp.exp(latent * 0.001 * mixing_ratio / (1004.0 * kelvin))


def wet_bulb(temperature, humidity):
    """Stull's wet-bulb temperature from temperature and relative humidity."""
    rh = 100.0 * humidity
    tw = temperature * wp.atan(0.151977 * wp.sqrt(rh + 8.313659))
    tw = tw + wp.atan(temperature + rh) - wp.atan(rh - 1.676331)
    return tw + 0.00391838 * wp.pow(rh, 1.5) * wp.atan(0.023101 * rh) - 4.686035


def wind_chill(temperature, wind_speed):
    """Wind chill index of the North American weather services."""
    apparent_temp = temperature
    kmh = 3.6 * wind_speed
    if temperature <= 10.0 and kmh > 4.8:
        factor = wp.pow(kmh, 0.16)
        apparent_temp = 13.12 + 0.6215 * temperature - 11.37 * factor + 0.3965 * temperature * factor
    return apparent_temp


def humidex(temperature, vapor_pressure):
    apparent_temp = temperature + 5.0 / 9.0 * (vapor_pressure - 10.0)
    return apparent_temp


def steadman_apparent(temperature, vapor_pressure, wind_speed):
    """Steadman's apparent temperature in the shade."""
    apparent_temp = temperature + 0.33 * vapor_pressure - 0.7 * wind_speed - 4.0
    return apparent_temp


def barometric_pressure(elevation, temperature):
    """Barometric formula with a lapse rate of 6.5 degrees per kilometer."""
    kelvin = temperature + 273.15
    sea_level = kelvin + 0.0065 * elevation
    pressure = 1013.25 * wp.pow(kelvin / sea_level, 5.257)
    return pressure


def lapsed_temperature(reference_temperature, elevation, reference_elevation):
    temperature = reference_temperature - 0.0065 * (elevation - reference_elevation)
    return temperature


def air_density(temperature, pressure):
    return 100.0 * pressure / (287.05 * (temperature + 273.15))


def moist_density(temperature, pressure, vapor_pressure):
    """Density of moist air from the partial pressures of its gases."""
    kelvin = temperature + 273.15
    dry = 100.0 * (pressure - vapor_pressure) / (287.05 * kelvin)
    vapor = 100.0 * vapor_pressure / (461.5 * kelvin)
    air_density = dry + vapor
    return air_density


def cloud_base(temperature, dew_point):
    """Espy's estimate of the lifting condensation level."""
    return 125.0 * wp.max(temperature - dew_point, 0.0)


def sundqvist_cover(humidity, min_humidity):
    """Sundqvist's diagnosis of cloud cover."""
    if humidity <= min_humidity:
        return 0.0
    cloud_cover = 1.0 - wp.sqrt((1.0 - humidity) / (1.0 - min_humidity))
    return cloud_cover


def autoconversion(cloud_water, max_cloud_water):
    """Kessler's autoconversion of cloud water to rain."""
    return 0.06 * wp.max(cloud_water - 0.5 * max_cloud_water, 0.0)


def kessler_step(cloud_water, rain_water, max_cloud_water, dt):
    """Kessler's warm rain: autoconversion and accretion."""
    converted = 0.1 * wp.max(cloud_water - max_cloud_water, 0.0)
    accreted = 0.22 * cloud_water * wp.pow(rain_water, 0.875)
    moved = wp.min((converted + accreted) * dt, cloud_water)
    next_cloud_water = cloud_water - moved
    next_rain_water = rain_water + moved
    return next_cloud_water, next_rain_water


def fall_speed(rain_water, air_density):
    return 5.0 * wp.pow(rain_water * air_density, 0.125) * wp.sqrt(1.2 / air_density)


def reflectivity(rainfall):
    """Marshall-Palmer relation of rain to radar reflectivity."""
    return 10.0 * wp.log10(200.0 * wp.pow(rainfall, 1.6))


def snow_reflectivity(rainfall, temperature):
    z = 200.0 * wp.pow(rainfall, 1.6)
    if temperature < -2.0:
        z = 0.197 * 1780.0 * wp.pow(rainfall, 2.21)
    elif temperature < 2.0:
        z = 2.0 * z
    reflectivity = 10.0 * wp.log10(z)
    return reflectivity


def wind_speed(wind):
    return wp.length(wind)


def wind_direction(wind):
    """The direction that the wind comes from, clockwise from north."""
    angle = wp.degrees(wp.atan2(-wind[0], -wind[1]))
    if angle < 0.0:
        angle = angle + 360.0
    return angle


def turbulence(wind_3d, reference_wind_3d):
    """Turbulent kinetic energy per mass."""
    eddy = wind_3d - reference_wind_3d
    return 0.5 * wp.length_sq(eddy)


def gust(wind_speed, friction_speed):
    return wind_speed + 7.71 * friction_speed


def turbulent_gust(wind_speed, turbulence):
    gust = wind_speed + 2.5 * wp.sqrt(2.0 / 3.0 * turbulence)
    return gust


def friction_speed(wind_speed, height, roughness):
    """Logarithmic wind profile."""
    return 0.4 * wind_speed / wp.log(height / roughness)


def sheared_speed(wind_speed, height, hub_height):
    """Power law of wind shear from a mast to the hub of a turbine."""
    exponent = 0.143
    hub_speed = wind_speed * wp.pow(hub_height / height, exponent)
    return hub_speed


def bulk_stress(wind, air_density):
    """Drag on the sea with Large and Pond's coefficient."""
    speed = wp.length(wind)
    cd = 0.0012
    if speed > 11.0:
        cd = 0.001 * (0.49 + 0.065 * speed)
    stress = cd * air_density * speed * wind
    return stress


def coriolis(latitude):
    """Coriolis parameter, in units of 1e-4 per second."""
    return 1.4584 * wp.sin(latitude)


def geostrophic_wind(pressure_gradient, air_density, coriolis):
    scale = 10.0 / (air_density * coriolis)
    return scale * wp.vec2(-pressure_gradient[1], pressure_gradient[0])


def wind_rate(wind, pressure_gradient, coriolis):
    turning = 0.36 * coriolis * wp.vec2(wind[1], -wind[0])
    drag = 0.01 * wp.length(wind) * wind
    return turning - 3.0 * pressure_gradient - drag


def next_wind(wind, wind_rate, dt):
    return wind + dt * wind_rate


def ekman_wind(geostrophic_wind, coriolis, height):
    """Ekman spiral below the geostrophic wind."""
    ekman_depth = 100.0 * wp.sqrt(10.0 / coriolis)
    decay = wp.exp(-height / ekman_depth)
    c = 1.0 - decay * wp.cos(height / ekman_depth)
    s = decay * wp.sin(height / ekman_depth)
    x = c * geostrophic_wind[0] - s * geostrophic_wind[1]
    y = s * geostrophic_wind[0] + c * geostrophic_wind[1]
    layer_wind = wp.vec2(x, y)
    return layer_wind


def richardson_stable(potential_temp_a, potential_temp_b, wind_a, wind_b):
    """Bulk Richardson number of two layers against its critical value."""
    mean_theta = 0.5 * (potential_temp_a + potential_temp_b)
    shear = wp.length_sq(wind_b - wind_a) + 0.01
    ri = 9.81 / mean_theta * (potential_temp_b - potential_temp_a) * 20.0 / shear
    stable = ri > 0.25
    return stable


def declination(day):
    """Cooper's declination of the sun."""
    return 0.4093 * wp.sin(wp.tau * (284.0 + day) / 365.0)


def sun_elevation(latitude, declination, hour):
    hour_angle = wp.pi * (hour - 12.0) / 12.0
    s = wp.sin(latitude) * wp.sin(declination)
    s = s + wp.cos(latitude) * wp.cos(declination) * wp.cos(hour_angle)
    return wp.asin(wp.clamp(s, 0.0, 1.0))


def clear_sky_solar(sun_elevation, elevation):
    """Clear-sky radiation of the FAO, with the height of the ground."""
    top = 1361.0 * wp.sin(sun_elevation)
    solar = (0.7 + 2.0e-5 * elevation) * top
    return solar


def clouded_solar(sun_elevation, cloud_cover):
    """Kasten and Czeplak's sunlight below clouds."""
    clear = wp.max(910.0 * wp.sin(sun_elevation) - 30.0, 0.0)
    solar = clear * (1.0 - 0.75 * wp.pow(cloud_cover, 3.4))
    return solar


def daily_solar(latitude, declination):
    """Extraterrestrial radiation over a day."""
    cos_sunset = wp.clamp(-wp.tan(latitude) * wp.tan(declination), -1.0, 1.0)
    sunset = wp.acos(cos_sunset)
    both_sin = wp.sin(latitude) * wp.sin(declination)
    both_cos = wp.cos(latitude) * wp.cos(declination)
    return 1361.0 / wp.pi * (sunset * both_sin + both_cos * wp.sin(sunset))


def longwave(temperature, vapor_pressure):
    """Brunt's sky of a clear sky."""
    kelvin = temperature + 273.15
    sky = wp.min(0.52 + 0.065 * wp.sqrt(vapor_pressure), 1.0)
    return sky * 5.67e-8 * kelvin * kelvin * kelvin * kelvin


def clouded_longwave(temperature, vapor_pressure, cloud_cover):
    """Brutsaert's clear-sky emissivity with a correction for clouds."""
    kelvin = temperature + 273.15
    clear = 1.24 * wp.pow(vapor_pressure / kelvin, 1.0 / 7.0)
    sky = wp.min(clear * (1.0 + 0.22 * cloud_cover * cloud_cover), 1.0)
    longwave = sky * 5.67e-8 * wp.pow(kelvin, 4.0)
    return longwave


def net_radiation(solar, longwave, surface_temp, albedo, emissivity):
    kelvin = surface_temp + 273.15
    emitted = 5.67e-8 * wp.pow(kelvin, 4.0)
    return (1.0 - albedo) * solar + emissivity * (longwave - emitted)


def ground_heat(net_radiation, leaf_area, extinction):
    return 0.3 * net_radiation * wp.exp(-extinction * leaf_area)


def sensible_heat(surface_temp, temperature, wind_speed, air_density):
    """Bulk aerodynamic formula."""
    exchange = 0.0015
    return 1004.0 * air_density * exchange * wind_speed * (surface_temp - temperature)


def surface_temp_rate(net_radiation, ground_heat, sensible_heat):
    heat_capacity = 80.0
    return (net_radiation - ground_heat - sensible_heat) / heat_capacity


def penman_monteith(temperature, net_radiation, ground_heat, wind_speed, vapor_deficit, pressure):
    """FAO Penman-Monteith reference evapotranspiration."""
    es = 0.6108 * wp.exp(17.27 * temperature / (temperature + 237.3))
    slope = 4098.0 * es / ((temperature + 237.3) * (temperature + 237.3))
    gamma = 0.0000665 * pressure
    energy = 0.408 * slope * 0.0864 * (net_radiation - ground_heat)
    drying = gamma * 900.0 / (temperature + 273.0) * wind_speed * vapor_deficit
    evaporation = wp.max((energy + drying) / (slope + gamma * (1.0 + 0.34 * wind_speed)), 0.0)
    return evaporation


def priestley_taylor(temperature, net_radiation, ground_heat):
    """Priestley-Taylor evaporation."""
    es = 0.6108 * wp.exp(17.27 * temperature / (temperature + 237.3))
    slope = 4098.0 * es / wp.pow(temperature + 237.3, 2.0)
    available = wp.max(net_radiation - ground_heat, 0.0)
    evaporation = 1.26 * slope / (slope + 0.066) * available / 28.4
    return evaporation


def dalton_evaporation(wind_speed, vapor_deficit):
    """Dalton's law with Penman's wind function."""
    wind_function = 2.6 * (1.0 + 0.54 * wind_speed)
    evaporation = wind_function * vapor_deficit
    return evaporation


def turc_evaporation(temperature, solar, humidity):
    """Turc's evaporation, with its correction for dry air."""
    if temperature <= 0.0:
        return 0.0
    dryness = 1.0
    if humidity < 0.5:
        dryness = 1.0 + (50.0 - 100.0 * humidity) / 70.0
    evaporation = 0.013 * temperature / (temperature + 15.0) * (2.065 * solar + 50.0) * dryness
    return evaporation


def absorbed_light(solar, leaf_area, extinction):
    """Beer's law of light in a canopy."""
    return 0.5 * solar * (1.0 - wp.exp(-extinction * leaf_area))


def photosynthesis(absorbed_light, max_photosynthesis):
    """Non-rectangular hyperbola of the response to light."""
    curvature = 0.7
    light = 0.05 * absorbed_light
    total = light + max_photosynthesis
    root = wp.sqrt(wp.max(total * total - 4.0 * curvature * light * max_photosynthesis, 0.0))
    return (total - root) / (2.0 * curvature)


def farquhar(leaf_temperature, absorbed_light, carbon_dioxide):
    """Farquhar's photosynthesis, the lesser of two limits."""
    warmth = wp.exp(0.06 * (leaf_temperature - 25.0))
    ci = 0.7 * carbon_dioxide
    compensation = 42.75 * warmth
    by_rubisco = 60.0 * warmth * (ci - compensation) / (ci + 710.0)
    by_light = 0.06 * absorbed_light * (ci - compensation) / (ci + 2.0 * compensation)
    photosynthesis = wp.max(wp.min(by_rubisco, by_light), 0.0)
    return photosynthesis


def light_use(absorbed_light, temperature, vapor_deficit):
    """Production from a light use efficiency that cold and dry air reduce."""
    cold = wp.smoothstep(-5.0, 15.0, temperature)
    dry = 1.0 - wp.smoothstep(0.8, 6.0, vapor_deficit)
    photosynthesis = 0.04 * absorbed_light * cold * dry
    return photosynthesis


def conductance(photosynthesis, humidity, carbon_dioxide):
    """Ball-Berry model of the stomata."""
    return 0.01 + 9.0 * photosynthesis * humidity / carbon_dioxide


def medlyn_conductance(photosynthesis, vapor_deficit, carbon_dioxide):
    """Medlyn's model of the stomata."""
    dryness = wp.sqrt(wp.max(vapor_deficit, 1.0e-3))
    conductance = 0.01 + 1.6 * (1.0 + 4.0 / dryness) * photosynthesis / carbon_dioxide
    return conductance


def leaf_area_rate(leaf_area, photosynthesis, max_leaf_area):
    crowding = 1.0 - leaf_area / max_leaf_area
    return 0.01 * photosynthesis * leaf_area * crowding


def suction(soil_moisture, porosity, pore_index):
    """Campbell's curve of the suction of a soil."""
    wetness = wp.clamp(soil_moisture / porosity, 0.3, 1.0)
    return 0.3 * wp.pow(wetness, -pore_index)


def percolation(soil_moisture, porosity, conductivity, pore_index):
    """Drainage at the Clapp-Hornberger conductivity of a soil."""
    wetness = soil_moisture / porosity
    return conductivity * wp.pow(wetness, 2.0 * pore_index + 3.0)


def van_genuchten(pressure_head, porosity, wilting_point):
    """Van Genuchten's retention curve."""
    n = 1.6
    m = 1.0 - 1.0 / n
    effective = wp.pow(1.0 + wp.pow(0.5 * pressure_head, n), -m)
    retained_moisture = wilting_point + (porosity - wilting_point) * effective
    return retained_moisture


def transpiration(evaporation, soil_moisture, wilting_point, porosity):
    field_capacity = 0.7 * porosity
    factor = wp.clamp((soil_moisture - wilting_point) / (field_capacity - wilting_point), 0.0, 1.0)
    return factor * evaporation


def next_soil_moisture(soil_moisture, infiltration, evaporation, porosity, dt):
    root_depth = 200.0
    gained = (infiltration - evaporation) * dt / root_depth
    return wp.clamp(soil_moisture + gained, 0.02, porosity)


def infiltration(conductivity, soil_moisture, porosity, rainfall):
    """Green-Ampt infiltration, at most the rain."""
    deficit = wp.max(porosity - soil_moisture, 0.0)
    capacity = 10.0 * conductivity * (1.0 + 5.0 * deficit)
    return wp.min(rainfall, capacity)


def horton_infiltration(conductivity, storm_hours):
    """Horton's decay of infiltration after the rain began."""
    final = 5.0 * conductivity
    infiltration = final + 20.0 * wp.exp(-0.5 * storm_hours)
    return infiltration


def runoff(rainfall, curve_number):
    """Runoff curve number of the Soil Conservation Service, in millimeters."""
    retention = 254.0 * (100.0 / curve_number - 1.0)
    initial_loss = 0.2 * retention
    if rainfall <= initial_loss:
        return 0.0
    excess = rainfall - initial_loss
    return excess * excess / (excess + retention)


def antecedent(storms):
    """Antecedent precipitation index of past days."""
    api = float(0.0)
    for n in range(len(storms)):
        api = 0.85 * api + storms[n]
    return api


def antecedent_runoff(rainfall, curve_number, antecedent):
    """Curve number runoff after dry or wet days."""
    cn = curve_number
    if antecedent < 36.0:
        cn = 4.2 * curve_number / (10.0 - 0.058 * curve_number)
    elif antecedent > 53.0:
        cn = 23.0 * curve_number / (10.0 + 0.13 * curve_number)
    retention = 254.0 * (100.0 / cn - 1.0)
    excess = wp.max(rainfall - 0.2 * retention, 0.0)
    runoff = excess * excess / (excess + retention)
    return runoff


def mean_profile(profile, height):
    """Temperature at a height, from levels ten meters apart."""
    top = len(profile) - 1
    x = wp.clamp(0.1 * height, 0.0, float(top) - 0.001)
    n = int(wp.floor(x))
    level_temp = wp.lerp(profile[n], profile[n + 1], x - float(n))
    return level_temp


def inversion(profile):
    warmest = int(0)
    for n in range(1, len(profile)):
        if profile[n] > profile[warmest]:
            warmest = n
    has_inversion = warmest > 2
    return has_inversion


def soil_temp(surface_temp, temperature, soil_depth, thermal_diffusion):
    """Damping of the surface's temperature with depth."""
    damping_depth = 10.0 * wp.sqrt(2.0 * thermal_diffusion)
    return temperature + (surface_temp - temperature) * wp.exp(-soil_depth / damping_depth)


def heat_exchange(soil_temp_a, soil_temp_b, thermal_diffusion):
    return thermal_diffusion * (soil_temp_b - soil_temp_a)


def groundwater_flow(water_table_a, water_table_b, conductivity_a, conductivity_b):
    """Darcy's law with the harmonic mean of two conductivities."""
    k_mean = 2.0 * conductivity_a * conductivity_b / (conductivity_a + conductivity_b)
    head_drop = 0.01 * (water_table_b - water_table_a)
    groundwater_flow = k_mean * head_drop
    return groundwater_flow


def melt(temperature, solar, snow_albedo):
    """Degree-day melt with a term for radiation."""
    warm = wp.max(temperature, 0.0)
    return 3.5 * warm + 0.01 * (1.0 - snow_albedo) * solar


def degree_day_melt(temperature, rainfall, snow_water):
    melt = wp.min((4.0 + 0.0126 * rainfall) * wp.max(temperature - 1.0, 0.0), snow_water)
    return melt


def snow_fraction(temperature):
    return 1.0 - wp.smoothstep(-1.0, 3.0, temperature)


def next_snow_water(snow_water, rainfall, snow_fraction, melt, dt):
    fallen = snow_fraction * rainfall * dt
    return wp.max(snow_water + fallen - melt * dt, 0.0)


def compacted_density(snow_density, temperature, snow_water, dt):
    """Anderson's compaction of snow under its own weight."""
    overburden = 0.5 * snow_water
    viscosity = 60.0 * wp.exp(0.08 * wp.clamp(-temperature, 0.0, 15.0) + 0.01 * snow_density)
    next_snow_density = wp.min(snow_density * (1.0 + overburden * dt / viscosity), 917.0)
    return next_snow_density


def aged_albedo(snow_albedo, temperature, dt):
    """Decay of the albedo of snow, faster where it melts."""
    if temperature < 0.0:
        next_snow_albedo = wp.max(snow_albedo - 0.008 / 24.0 * dt, 0.4)
    else:
        next_snow_albedo = 0.4 + (snow_albedo - 0.4) * wp.exp(-0.01 * dt)
    return next_snow_albedo


def frost(temperature, dew_point, wind_speed):
    return temperature < 2.0 and dew_point < 0.0 and wind_speed < 12.0


def saturated(soil_moisture, porosity, rainfall, conductivity):
    return soil_moisture > 0.9 * porosity or rainfall > 20.0 * conductivity


def sea_density(sea_temp, salinity):
    """Linear equation of state of seawater."""
    return 1027.0 * (1.0 - 0.00017 * (sea_temp - 10.0) + 0.00076 * (salinity - 35.0))


def fresh_density(sea_temp, salinity, depth):
    """Density of seawater with a quadratic term for its temperature."""
    warm = sea_temp - 4.0
    fresh = 999.97 - 0.0068 * warm * warm
    sea_density = fresh + 0.78 * salinity + 0.0045 * depth
    return sea_density


def sound_speed(sea_temp, salinity, depth):
    """Medwin's speed of sound in the sea."""
    by_heat = 1449.2 + sea_temp * (4.6 + sea_temp * (-0.055 + 0.00029 * sea_temp))
    speed_of_sound = by_heat + (1.34 - 0.01 * sea_temp) * (salinity - 35.0) + 0.016 * depth
    return speed_of_sound


def static_stability(sea_density_a, sea_density_b, depth_a, depth_b):
    stable = (sea_density_b - sea_density_a) * (depth_b - depth_a) > 0.0
    return stable


def wavelength(wave_period, depth):
    """Fixed-point solution of the dispersion relation of waves."""
    deep = 9.81 * wave_period * wave_period / wp.tau
    guess = deep * wp.sqrt(wp.tanh(wp.tau * depth / deep))
    for _ in range(6):
        guess = 0.5 * (guess + deep * wp.tanh(wp.tau * depth / guess))
    return guess


def wind_waves(sea_wind, wave_period):
    """Fully developed sea after Pierson and Moskowitz, cut by the period."""
    developed = 0.0246 * sea_wind * sea_wind
    steep = 0.08 * wave_period * wave_period
    wave_height = wp.clamp(developed, 0.1, steep)
    return wave_height


def ekman_current(stress, coriolis, depth):
    """Ekman's current below a wind stress."""
    layer = 31.6 / wp.sqrt(coriolis)
    decay = wp.exp(-depth / layer)
    angle = -0.25 * wp.pi - depth / layer
    speed = 0.436 * wp.length(stress) / wp.sqrt(coriolis)
    heading = wp.atan2(stress[1], stress[0]) + angle
    current = decay * speed * wp.vec2(wp.cos(heading), wp.sin(heading))
    return current


def limited_height(wave_height, depth, wavelength):
    """Miche's limit of the height of a wave."""
    limit = 0.142 * wavelength * wp.tanh(wp.tau * depth / wavelength)
    return wp.min(wave_height, limit)


def psychro_bulb(temperature, humidity, pressure):
    """Wet-bulb temperature of the psychrometric equation, by bisection."""
    e_act = humidity * 6.112 * wp.exp(17.67 * temperature / (temperature + 243.5))
    low = float(temperature - 25.0)
    high = float(temperature)
    for it in range(24):
        mid = 0.5 * (low + high)
        es_mid = 6.112 * wp.exp(17.67 * mid / (mid + 243.5))
        e_mid = es_mid - 6.6e-4 * (1.0 + 0.00115 * mid) * pressure * (temperature - mid)
        if wp.abs(e_mid - e_act) < 1.0e-3:
            break
        if e_mid > e_act:
            high = mid
        else:
            low = mid
    return 0.5 * (low + high)


def heat_index(temperature, humidity):
    """Heat index of the National Weather Service, by Rothfusz's regression where it is hot."""
    t_f = 1.8 * temperature + 32.0
    rh = 100.0 * humidity
    simple = 0.5 * (t_f + 61.0 + 1.2 * (t_f - 68.0) + 0.094 * rh)
    if 0.5 * (simple + t_f) < 80.0:
        return (simple - 32.0) / 1.8
    hi = -42.379 + 2.04901523 * t_f + 10.14333127 * rh - 0.22475541 * t_f * rh
    hi = hi - 0.00683783 * t_f * t_f - 0.05481717 * rh * rh
    hi = hi + 0.00122874 * t_f * t_f * rh + 0.00085282 * t_f * rh * rh - 0.00000199 * t_f * t_f * rh * rh
    if rh < 13.0 and t_f < 112.0:
        hi = hi - 0.25 * (13.0 - rh) * wp.sqrt(wp.max(17.0 - wp.abs(t_f - 95.0), 0.0) / 17.0)
    elif rh > 85.0 and t_f < 87.0:
        hi = hi + 0.1 * (rh - 85.0) * 0.2 * (87.0 - t_f)
    return (hi - 32.0) / 1.8


def parcel_temp(temperature, humidity, pressure, lift):
    """Temperature of a lifted parcel: dry adiabatic below its condensation level, moist adiabatic above."""
    gamma = wp.log(humidity) + 17.625 * temperature / (243.04 + temperature)
    t_dew = 243.04 * gamma / (17.625 - gamma)
    lcl = 125.0 * wp.max(temperature - t_dew, 0.0)
    dz = lift / 16.0
    z = float(0.0)
    t = float(temperature)
    for level in range(16):
        if z < lcl:
            lapse = 9.76
        else:
            kelvin = t + 273.15
            p = pressure * wp.exp(-z / 8000.0)
            es = 6.112 * wp.exp(17.67 * t / (t + 243.5))
            ws = 0.622 * es / wp.max(p - es, 1.0)
            wet = 1.0 + 2.501e6 * ws / (287.05 * kelvin)
            lapse = 9.76 * wet / (1.0 + 0.622 * 2.501e6 * 2.501e6 * ws / (1004.0 * 287.05 * kelvin * kelvin))
        t -= 0.001 * lapse * dz
        z += dz
    return t


def buoyant_energy(profile, temperature):
    """Convective available potential energy of a parcel from the ground, over levels 250 meters apart."""
    energy = float(0.0)
    t = float(temperature)
    for n in range(len(profile)):
        excess = t - profile[n]
        if excess > 0.0:
            energy += 9.81 * excess / (profile[n] + 273.15) * 250.0
        elif energy > 0.0:
            break
        t -= 1.6
    return energy


def surface_layer(wind_speed, height, roughness, temperature, surface_temp):
    """Monin-Obukhov similarity, iterated: friction velocity and Obukhov length."""
    log_z = wp.log(height / roughness)
    ustar = float(0.4 * wind_speed / log_z)
    length = float(1.0e5)
    d_theta = temperature - surface_temp
    for it in range(8):
        zeta = wp.clamp(height / length, -5.0, 2.0)
        if zeta > 0.0:
            psi_m = -5.0 * wp.min(zeta, 1.0)
            psi_h = psi_m
        else:
            x = wp.pow(1.0 - 16.0 * zeta, 0.25)
            psi_m = 2.0 * wp.log(0.5 * (1.0 + x)) + wp.log(0.5 * (1.0 + x * x)) - 2.0 * wp.atan(x) + wp.half_pi
            psi_h = 2.0 * wp.log(0.5 * (1.0 + x * x))
        ustar = wp.max(0.4 * wind_speed / wp.max(log_z - psi_m, 0.5), 0.01)
        tstar = 0.4 * d_theta / wp.max(log_z - psi_h, 0.5)
        if wp.abs(tstar) < 1.0e-3:
            break
        length = (temperature + 273.15) * ustar * ustar / (0.4 * 9.81 * tstar)
    surface_friction = ustar
    obukhov_length = wp.clamp(length, -1.0e5, 1.0e5)
    return surface_friction, obukhov_length


def fuel_moisture(fuel_code, temperature, humidity, wind_speed, rainfall):
    """Moisture of fine fuel after a day, of the Canadian fire weather index."""
    mo = 147.2 * (101.0 - fuel_code) / (59.5 + fuel_code)
    if rainfall > 0.5:
        rf = rainfall - 0.5
        mo = mo + 42.5 * rf * wp.exp(-100.0 / (251.0 - wp.min(mo, 250.0))) * (1.0 - wp.exp(-6.93 / rf))
        mo = wp.min(mo, 250.0)
    rh = 100.0 * humidity
    warm = 0.18 * (21.1 - temperature) * (1.0 - wp.exp(-0.115 * rh))
    ed = 0.942 * wp.pow(rh, 0.679) + 11.0 * wp.exp(0.1 * (rh - 100.0)) + warm
    ew = 0.618 * wp.pow(rh, 0.753) + 10.0 * wp.exp(0.1 * (rh - 100.0)) + warm
    wind_factor = 0.0694 * wp.sqrt(3.6 * wind_speed)
    if mo > ed:
        dryness = 1.0 - wp.pow(0.01 * rh, 1.7)
        k = (0.424 * dryness + wind_factor * (1.0 - wp.pow(0.01 * rh, 8.0))) * 0.581 * wp.exp(0.0365 * temperature)
        return wp.max(ed + (mo - ed) * wp.pow(10.0, -k), 0.0)
    if mo < ew:
        wet = 1.0 - 0.01 * rh
        k = (0.424 * (1.0 - wp.pow(wet, 1.7)) + wind_factor * (1.0 - wp.pow(wet, 8.0))) * 0.581
        return wp.max(ew - (ew - mo) * wp.pow(10.0, -k * wp.exp(0.0365 * temperature)), 0.0)
    return wp.max(mo, 0.0)


def canopy_step(canopy_storage, canopy_capacity, rainfall, leaf_area, dt):
    """Rutter's interception: what a canopy holds, lets through and loses by dripping."""
    free_share = wp.exp(-0.65 * leaf_area)
    caught = (1.0 - free_share) * rainfall * dt
    stored = canopy_storage + caught
    drip = 0.0
    if stored > canopy_capacity:
        drip = stored - canopy_capacity
        stored = canopy_capacity
    leak = 0.1 * dt * stored * stored / canopy_capacity
    leak = wp.min(leak, stored)
    next_canopy_storage = stored - leak
    throughfall = free_share * rainfall * dt + drip + leak
    return next_canopy_storage, throughfall


def snowpack_step(snow_water, liquid_water, cold_content, temperature, rainfall):
    """A day of a snowpack: it warms up, melts, refreezes, and lets go what it cannot hold."""
    if temperature <= 0.0:
        refrozen = wp.min(liquid_water, -0.5 * temperature)
        next_snow_water = snow_water + rainfall + refrozen
        next_liquid_water = liquid_water - refrozen
        next_cold_content = wp.min(cold_content - 0.25 * temperature, 60.0)
        outflow = 0.0
    else:
        energy = (4.0 + 0.0126 * rainfall) * temperature
        warming = wp.min(cold_content, energy)
        melted = wp.min(energy - warming, snow_water)
        next_snow_water = snow_water - melted
        next_cold_content = cold_content - warming
        held = liquid_water + melted + rainfall
        next_liquid_water = wp.min(held, 0.07 * next_snow_water)
        outflow = held - next_liquid_water
    return next_snow_water, next_liquid_water, next_cold_content, outflow


def direct_beam(sun_elevation, pressure, turbidity, precipitable):
    """Direct normal sunlight through a clear sky, one transmittance after another (Bird and Hulstrom)."""
    zenith = 90.0 - wp.degrees(sun_elevation)
    if zenith >= 89.0:
        return 0.0
    airmass = 1.0 / (wp.sin(sun_elevation) + 0.15 * wp.pow(93.885 - zenith, -1.253))
    am_p = airmass * pressure / 1013.25
    t_rayleigh = wp.exp(-0.0903 * wp.pow(am_p, 0.84) * (1.0 + am_p - wp.pow(am_p, 1.01)))
    ozone = 0.3 * airmass
    t_ozone = 1.0 - 0.1611 * ozone * wp.pow(1.0 + 139.48 * ozone, -0.3035)
    t_gases = wp.exp(-0.0127 * wp.pow(am_p, 0.26))
    xw = precipitable * airmass
    t_water = 1.0 - 2.4959 * xw / (wp.pow(1.0 + 79.034 * xw, 0.6828) + 6.385 * xw)
    t_aerosol = wp.exp(
        -wp.pow(turbidity, 0.873) * (1.0 + turbidity - wp.pow(turbidity, 0.7088)) * wp.pow(airmass, 0.9108)
    )
    return 1361.0 * 0.9662 * wp.clamp(t_rayleigh * t_ozone * t_gases * t_water * t_aerosol, 0.0, 0.95)


def eos_density(sea_temp, salinity):
    """Density of seawater at the surface by the equation of state of 1980."""
    t = sea_temp
    pure = 999.842594 + t * (6.793952e-2 + t * (-9.09529e-3 + t * (1.001685e-4 + t * (-1.120083e-6))))
    a = 0.824493 + t * (-4.0899e-3 + t * (7.6438e-5 - 8.2467e-7 * t))
    b = -5.72466e-3 + t * (1.0227e-4 - 1.6546e-6 * t)
    sea_density = pure + a * salinity + b * salinity * wp.sqrt(salinity) + 4.8314e-4 * salinity * salinity
    return sea_density


def drop_speed(drop_diameter, air_density):
    """Terminal speed of a raindrop: Stokes, the intermediate range, and large drops."""
    correction = wp.sqrt(1.2 / air_density)
    if drop_diameter < 0.08:
        return 30.0 * drop_diameter * drop_diameter
    if drop_diameter < 1.2:
        return 4.0 * drop_diameter * correction
    v = 9.65 - 10.3 * wp.exp(-0.6 * drop_diameter)
    return wp.max(v, 0.0) * correction
