"""Sunlight: where the sun is, what reaches the ground and a panel, days and shadows."""

import warp as wp

ENTITIES = "site panel"
GROUPS = "roof row"
LAUNCH = "1:8 2:2"
SUMMED = "day_energy panel_power"

QUANTITIES = """
latitude           | real  | state   | -1.4 1.4       | lat latitude phi
altitude           | real  | state   | 0 4            | alt_km altitude
day                | real  | uniform | 1 365          | day_of_year doy         | 172.0 80.0
hour               | real  | uniform | 5 19           | hour clock local_time   | 12.0 15.0
day_angle          | real  | result  | 0 6.2832       | day_angle gamma_day
declination        | real  | result  | -0.43 0.43     | declination decl delta
time_equation      | real  | result  | -18 18         | eq_time time_equation eot
hour_angle         | real  | result  | -3.3 3.3       | hour_angle ha
sun_elevation      | real  | result  | -1.5708 1.5708 | sun_elev sun_alt
sun_azimuth        | real  | result  | 0 6.2832       | sun_azimuth sun_az
sun_direction      | vec3  | result  | -1 1           | sun_dir to_sun sun_vec
day_length         | real  | result  | 0 24           | day_length daylight
air_mass           | real  | result  | 0.9 40         | air_mass am
irradiance         | real  | result  | 0 1400         | beam dni
daytime            | bool  | result  |                | daytime is_day
apparent_elevation | real  | result  | -2 2           | app_elev apparent_elev
longitude          | real  | state   | -3.1 3.1       | lon longitude
zone_hours         | real  | uniform | -11 12         | tz_hours utc_offset     | 1.0 -5.0
sunrise_hour       | real  | result  | 0 12           | sunrise sunrise_h
tilt               | real  | state   | 0 1.4          | tilt panel_tilt
panel_azimuth      | real  | state   | 0 6.28         | panel_az surface_az
incidence          | real  | result  | 0 1            | cos_inc incidence
clearness          | real  | state   | 0.05 0.85      | kt clearness
diffuse_fraction   | real  | result  | 0 1            | diffuse_frac k_diffuse
global_horizontal  | real  | state   | 20 1000        | ghi global_h
albedo             | real  | group   | 0.1 0.8        | albedo ground_albedo    | 0.2
panel_irradiance   | real  | result  | 0 2500         | poa poa_irradiance
air_temperature    | real  | state   | -10 40         | t_air air_temp
wind_speed         | real  | state   | 0 15           | wind_speed ws
cell_temperature   | real  | result  | -20 120        | t_cell cell_temp
rated_power        | real  | group   | 200 600        | rated_power p_stc       | 400.0
temperature_loss   | real  | uniform | 0.002 0.006    | temp_coeff gamma_p      | 0.004
inverter_limit     | real  | group   | 200 600        | inverter_limit p_ac_max | 350.0
panel_power        | real  | result  | 0 600          | p_out panel_power
row_ratio          | real  | uniform | 1.5 4          | pitch_ratio row_ratio   | 2.0
tracker_angle      | real  | result  | -1.05 1.05     | tracker_rot tracker_angle
object_height      | real  | state   | 0.5 30         | object_height h_obj
shadow_length      | real  | result  | -1500 1500     | shadow_len shadow_length
turbidity          | real  | state   | 1.5 6          | linke turbidity
clear_sky          | real  | result  | 0 1500         | ghi_clear clear_ghi
extraterrestrial   | real  | result  | 0 50           | h_extra ra_daily
ozone              | real  | state   | 250 450        | ozone_du ozone
cloud              | real  | state   | 0 1            | cloud cloud_cover
ultraviolet_class  | int   | result  | 0 4            | uv_class uv_level
hourly             | reals | state   | 0 900          | hourly poa_series
hour_step          | real  | uniform | 0.25 1         | hour_step dt_hours      | 1.0 0.5
day_energy         | real  | result  | 0 4000         | day_energy wh_day
panel_output       | real  | state   | 0 600          | p_pv panel_output
charge             | real  | state   | 100 2000       | charge battery_wh
capacity           | real  | group   | 1000 3000      | capacity_wh battery_cap | 2000.0
leaf_area          | real  | state   | 0.2 6          | lai leaf_area
extinction         | real  | group   | 0.3 0.8        | k_ext extinction        | 0.5
absorbed_light     | real  | result  | 0 1500         | absorbed apar
demand             | real  | state   | 0 500          | demand p_demand
clock_elevation    | real  | result  | -1.5708 1.5708 | sun_elev solar_elev
"""


def day_angle(day):
    return wp.tau * (day - 1.0) / 365.0


def declination(day_angle):
    """Spencer's series for the declination of the sun."""
    d = 0.006918 - 0.399912 * wp.cos(day_angle) + 0.070257 * wp.sin(day_angle)
    d = d - 0.006758 * wp.cos(2.0 * day_angle) + 0.000907 * wp.sin(2.0 * day_angle)
    return d - 0.002697 * wp.cos(3.0 * day_angle) + 0.00148 * wp.sin(3.0 * day_angle)


def cooper_declination(day):
    """Cooper's declination of the sun."""
    declination = 0.4093 * wp.sin(wp.tau * (284.0 + day) / 365.0)
    return declination


def time_equation(day_angle):
    """Equation of time, in minutes."""
    series = 0.000075 + 0.001868 * wp.cos(day_angle) - 0.032077 * wp.sin(day_angle)
    series = series - 0.014615 * wp.cos(2.0 * day_angle) - 0.040849 * wp.sin(2.0 * day_angle)
    return 229.18 * series


def hour_angle(hour, time_equation):
    solar_hour = hour + time_equation / 60.0
    return wp.pi / 12.0 * (solar_hour - 12.0)


def sun_elevation(latitude, declination, hour_angle):
    s = wp.sin(latitude) * wp.sin(declination)
    s = s + wp.cos(latitude) * wp.cos(declination) * wp.cos(hour_angle)
    return wp.asin(wp.clamp(s, -1.0, 1.0))


def sun_azimuth(latitude, declination, hour_angle):
    """Azimuth of the sun, clockwise from north."""
    y = wp.sin(hour_angle)
    x = wp.cos(hour_angle) * wp.sin(latitude) - wp.tan(declination) * wp.cos(latitude)
    azimuth = wp.atan2(y, x) + wp.pi
    return azimuth


def sun_direction(sun_elevation, sun_azimuth):
    c = wp.cos(sun_elevation)
    return wp.vec3(c * wp.sin(sun_azimuth), c * wp.cos(sun_azimuth), wp.sin(sun_elevation))


def day_length(latitude, declination):
    """Hours between sunrise and sunset."""
    x = -wp.tan(latitude) * wp.tan(declination)
    if x <= -1.0:
        return 24.0
    if x >= 1.0:
        return 0.0
    return 24.0 / wp.pi * wp.acos(x)


def daytime(sun_elevation):
    return sun_elevation > wp.radians(-0.833)


def air_mass(sun_elevation):
    """Kasten and Young's relative air mass."""
    elevation = wp.max(sun_elevation, 0.0)
    return 1.0 / (wp.sin(elevation) + 0.50572 * wp.pow(wp.degrees(elevation) + 6.07995, -1.6364))


def irradiance(air_mass, altitude):
    """Meinel's direct sunlight with the height of the ground."""
    attenuated = wp.pow(0.7, wp.pow(air_mass, 0.678))
    blend = 0.14 * altitude
    return 1353.0 * ((1.0 - blend) * attenuated + blend)


def refraction(sun_elevation):
    """Bennett's refraction of the air."""
    degrees_up = wp.degrees(wp.clamp(sun_elevation, 0.0, 1.5))
    minutes = 1.0 / wp.tan(wp.radians(degrees_up + 7.31 / (degrees_up + 4.4)))
    apparent_elevation = sun_elevation + wp.radians(minutes / 60.0)
    return apparent_elevation


def apparent_position(hour, day, latitude, longitude, zone_hours):
    """Elevation of the sun by NOAA's short formulas, from the clock of a time zone."""
    gamma = wp.tau / 365.0 * (day - 1.0 + (hour - 12.0) / 24.0)
    eq_time = 0.000075 + 0.001868 * wp.cos(gamma) - 0.032077 * wp.sin(gamma)
    eq_time = 229.18 * (eq_time - 0.014615 * wp.cos(2.0 * gamma) - 0.040849 * wp.sin(2.0 * gamma))
    decl = 0.006918 - 0.399912 * wp.cos(gamma) + 0.070257 * wp.sin(gamma)
    decl = decl - 0.006758 * wp.cos(2.0 * gamma) + 0.000907 * wp.sin(2.0 * gamma)
    offset = eq_time + 4.0 * wp.degrees(longitude) - 60.0 * zone_hours
    true_minutes = 60.0 * hour + offset
    ha = wp.radians(0.25 * true_minutes - 180.0)
    cos_zenith = wp.sin(latitude) * wp.sin(decl) + wp.cos(latitude) * wp.cos(decl) * wp.cos(ha)
    clock_elevation = wp.half_pi - wp.acos(wp.clamp(cos_zenith, -1.0, 1.0))
    return clock_elevation


def sunrise_hour(latitude, declination):
    """Solar time of sunrise with refraction; midnight or noon where there is none."""
    x = (wp.sin(wp.radians(-0.833)) - wp.sin(latitude) * wp.sin(declination)) / (wp.cos(latitude) * wp.cos(declination))
    if x <= -1.0:
        return 0.0
    if x >= 1.0:
        return 12.0
    return 12.0 - 12.0 / wp.pi * wp.acos(x)


def incidence(sun_elevation, sun_azimuth, tilt, panel_azimuth):
    """Cosine of the angle between the sun and a panel's normal."""
    direct = wp.sin(sun_elevation) * wp.cos(tilt)
    across = wp.cos(sun_elevation) * wp.sin(tilt) * wp.cos(sun_azimuth - panel_azimuth)
    return wp.clamp(direct + across, 0.0, 1.0)


def diffuse_fraction(clearness):
    """Erbs' correlation of the diffuse share with the clearness index."""
    if clearness <= 0.22:
        return 1.0 - 0.09 * clearness
    if clearness <= 0.8:
        k2 = clearness * clearness
        return 0.9511 - 0.1604 * clearness + 4.388 * k2 - 16.638 * k2 * clearness + 12.336 * k2 * k2
    return 0.165


def panel_irradiance(global_horizontal, diffuse_fraction, incidence, sun_elevation, tilt, albedo):
    """Beam, sky and ground-reflected light on a tilted panel, with an isotropic sky."""
    diffuse = diffuse_fraction * global_horizontal
    beam_horizontal = global_horizontal - diffuse
    up = wp.max(wp.sin(sun_elevation), 0.05)
    beam = beam_horizontal * wp.min(incidence / up, 6.0)
    sky = 0.5 * diffuse * (1.0 + wp.cos(tilt))
    ground = 0.5 * albedo * global_horizontal * (1.0 - wp.cos(tilt))
    return beam + sky + ground


def cell_temperature(air_temperature, panel_irradiance, wind_speed):
    """King's model of a module's temperature."""
    return air_temperature + panel_irradiance * wp.exp(-3.47 - 0.0594 * wind_speed)


def panel_power(panel_irradiance, cell_temperature, rated_power, temperature_loss, inverter_limit):
    """Output of a panel behind an inverter that clips."""
    dc = rated_power * 0.001 * panel_irradiance * (1.0 - temperature_loss * (cell_temperature - 25.0))
    if dc < 0.005 * inverter_limit:
        return 0.0
    load = wp.min(dc / inverter_limit, 1.0)
    efficiency = 0.98 - 0.005 / wp.max(load, 0.05)
    return wp.min(efficiency * dc, inverter_limit)


def tracker_angle(sun_elevation, sun_azimuth, row_ratio):
    """Rotation of a single-axis tracker, turned back where rows would shade each other."""
    x = wp.cos(sun_elevation) * wp.sin(sun_azimuth)
    z = wp.sin(sun_elevation)
    if z <= 0.0:
        return 0.0
    ideal = wp.atan2(x, z)
    reach = wp.cos(ideal) * row_ratio
    if wp.abs(reach) < 1.0:
        turn_back = wp.acos(wp.abs(reach))
        ideal = ideal - wp.sign(ideal) * turn_back
    return wp.clamp(ideal, -1.0472, 1.0472)


def shadow_length(sun_elevation, object_height):
    if sun_elevation <= 0.02:
        return 50.0 * object_height
    return object_height / wp.tan(sun_elevation)


def clear_sky(sun_elevation, turbidity, altitude):
    """Global light of a clear sky by a short form of Ineichen and Perez."""
    s = wp.sin(sun_elevation)
    if s <= 0.0:
        return 0.0
    elevation_deg = wp.degrees(sun_elevation)
    am = 1.0 / (s + 0.50572 * wp.pow(elevation_deg + 6.07995, -1.6364))
    h = 1000.0 * altitude
    cg1 = 5.09e-5 * h + 0.868
    cg2 = 3.92e-5 * h + 0.0387
    fh1 = wp.exp(-h / 8000.0)
    fh2 = wp.exp(-h / 1250.0)
    loss = wp.exp(-cg2 * am * (fh1 + fh2 * (turbidity - 1.0)))
    return cg1 * 1361.0 * s * loss * wp.exp(0.01 * wp.pow(am, 1.8))


def extraterrestrial(day, latitude, declination):
    """Daily light on top of the atmosphere in megajoules per square meter."""
    nearness = 1.0 + 0.033 * wp.cos(wp.tau * day / 365.0)
    x = wp.clamp(-wp.tan(latitude) * wp.tan(declination), -1.0, 1.0)
    omega_s = wp.acos(x)
    daily = omega_s * wp.sin(latitude) * wp.sin(declination) + wp.cos(latitude) * wp.cos(declination) * wp.sin(omega_s)
    return 37.586 * nearness * wp.max(daily, 0.0)


def ultraviolet_class(sun_elevation, ozone, cloud):
    """Class of the UV index, from the sun, the ozone and the clouds."""
    mu = wp.max(wp.sin(sun_elevation), 0.0)
    index = 12.5 * wp.pow(mu, 2.42) * wp.pow(ozone / 300.0, -1.23) * (1.0 - 0.7 * cloud)
    if index < 3.0:
        return 0
    if index < 6.0:
        return 1
    if index < 8.0:
        return 2
    if index < 11.0:
        return 3
    return 4


def day_energy(hourly, hour_step):
    """Energy of a day by Simpson's rule over its samples, the last by trapezoids if there is one left."""
    total = float(0.0)
    n = int(0)
    for _ in range(len(hourly)):
        if n + 2 >= len(hourly):
            break
        total += hour_step / 3.0 * (hourly[n] + 4.0 * hourly[n + 1] + hourly[n + 2])
        n += 2
    if n + 1 < len(hourly):
        total += 0.5 * hour_step * (hourly[n] + hourly[n + 1])
    return total


def battery_balance(demand, panel_output, charge, capacity, hour_step):
    """Charge of a battery after an hour of sun and demand, with losses both ways."""
    surplus = (panel_output - demand) * hour_step
    if surplus >= 0.0:
        next_charge = wp.min(charge + 0.95 * surplus, capacity)
    else:
        next_charge = wp.max(charge + surplus / 0.95, 0.1 * capacity)
    return next_charge


def light_on_leaves(irradiance, leaf_area, extinction):
    """Beer's law in a canopy."""
    absorbed_light = irradiance * (1.0 - wp.exp(-extinction * leaf_area))
    return absorbed_light
