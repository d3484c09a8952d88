"""Water of land columns over one step: canopy, snow, soil layers, runoff."""

import warp as wp

TITLES = "update_land_columns land_surface_step step_columns soil_column_step land_water_balance advance_columns"
CATEGORIES = "arithmetic:2.5 math:1.4 control_flow:0.7 combined:0.6 reduction:1 struct:0.4"
CHANCES = "canopy:0.6 snow:0.6 soil:0.85 heat:0.5 frozen:0.4"
DIMS = """
column | 6 | num_columns num_cells column_count
layer | 4 | num_layers soil_layers n_layers
"""
ARGS = """
air_temp | real | column | -20 35 | air_temp t_air temperature_2m
humidity | real | column | 0.1 1 | rel_humidity humidity
wind | real | column | 0.5 12 | wind_speed u_wind
pressure | real | column | 800 1050 | surface_pressure air_pressure
rain_in | real | column | 0 5 | precip precipitation
sun | real | column | 0 900 | shortwave_down solar_in
longwave | real | column | 150 450 | longwave_down lw_in
albedo | real | ?column | 0.1 0.4 | ground_albedo albedo
lai | real | ?column | 0 6 | leaf_area_index lai
cover | real | ?column | 0 1 | veg_fraction canopy_cover
slope | real | ?column | 0 0.5 | slope terrain_slope
canopy | real | column | 0 2 | canopy_water intercepted
swe | real | column | 0 90 | snow_water swe snow_mass
snow_age | real | column | 0 20 | snow_age
snow_cold | real | column | 0 5 | cold_content snow_cold
moisture | real | column layer | 0.05 0.45 | soil_moisture theta
soil_temp | real | column layer | -5 25 | soil_temp t_soil
thickness | real | ?layer | 0.05 1 | layer_thickness dz
porosity | real | ?column layer | 0.3 0.5 | porosity theta_sat
wilting | real | ?column layer | 0.03 0.1 | wilting_point theta_wilt
capacity | real | ?column layer | 0.15 0.28 | field_capacity theta_fc
conductivity | real | ?column layer | 0.1 9 | sat_conductivity k_sat
exponent | real | ?column | 2 9 | clapp_b pore_exponent
roots | real | ?column layer | 0 1 | root_fraction root_share
frozen | real | column layer | 0 1 | ice_fraction frozen_fraction
ground_water | real | column | 0 9 | ground_water aquifer_storage
runoff_out | real | column | | surface_runoff runoff
drain_out | real | column | | drainage base_flow
evap_out | real | column | | evapotranspiration evaporation
melt_out | real | column | | snow_melt melt_out
ground_flux | real | column | | ground_heat_flux soil_heat_flux
net_rad | real | column | | net_radiation rnet
balance | real | column | | water_balance storage_change
total_rain | real | column | 0 90 | accumulated_rain total_precip
total_runoff | real | column | 0 90 | accumulated_runoff total_runoff
stress_out | real | column | | water_stress soil_stress
dt | real | | 0.2 1 | dt step_days time_step | 0.25 0.5 1.0
snow_temp | real | | 0 1.5 | snow_threshold rain_snow_temp | 1.0 0.5
degree_day | real | | 2 6 | degree_day_factor melt_factor | 3.0 4.0
leaf_store | real | | 0.1 0.3 | canopy_storage_per_lai | 0.2
drip_rate | real | | 0.1 2 | drip_rate
fresh_albedo | real | | 0.7 0.9 | fresh_snow_albedo | 0.85
old_albedo | real | | 0.4 0.6 | old_snow_albedo | 0.5
thermal | real | | 0.2 2 | soil_conductivity thermal_conductivity | 1.0
heat_capacity | real | | 1 4 | soil_heat_capacity volumetric_heat | 2.0
recession | real | | 0.01 0.2 | recession_constant baseflow_rate | 0.05
shape | real | | 0.1 2 | infiltration_shape vic_b | 0.3
"""


def saturation_pressure(celsius: float):
    return 0.6108 * wp.exp(17.27 * celsius / (celsius + 237.3))


def saturation_slope(es: float, celsius: float):
    return 4098.0 * es / ((celsius + 237.3) * (celsius + 237.3))


def snow_share(celsius: float, limit: float):
    if one.phase.step:
        share = 1.0 if celsius < limit else 0.0
    elif one.phase.ramp:
        share = wp.clamp((limit + 1.0 - celsius) / num(2.0, 3.0), 0.0, 1.0)
    else:
        share = 1.0 / (1.0 + wp.exp(num(1.5, 2.0) * (celsius - limit)))
    return share


def kernel():
    ta = air_temp[column]
    p = rain_in[column] * dt
    if opt.snow:
        "rain or snow"
        snow_fall = snow_share(ta, snow_temp) * p
        liquid = p - snow_fall
    else:
        liquid = p
    if opt.sums:
        total_rain[column] += p

    "atmospheric demand"
    if one.demand.penman:
        gamma = 0.000665 * 0.1 * pressure[column]
        es = saturation_pressure(ta)
        delta = saturation_slope(es, ta)
        rn = 0.0864 * ((1.0 - albedo[column]) * sun[column] + longwave[column] - num(340.0, 330.0, 350.0))
        if opt.net:
            net_rad[column] = rn
        top = 0.408 * delta * rn
        top += gamma * 900.0 / (ta + 273.0) * wind[column] * es * (1.0 - humidity[column])
        pet = wp.max(top / (delta + gamma * (1.0 + 0.34 * wind[column])), 0.0) * dt
    elif one.demand.taylor:
        delta = saturation_slope(saturation_pressure(ta), ta)
        gamma = 0.000665 * 0.1 * pressure[column]
        rn = 0.0864 * (1.0 - albedo[column]) * sun[column]
        if opt.net:
            net_rad[column] = rn
        pet = wp.max(1.26 * delta / (delta + gamma) * rn / 2.45, 0.0) * dt
    elif one.demand.turc:
        pet = 0.0
        if ta > 0.0:
            pet = 0.013 * ta / (ta + 15.0) * (2.06 * sun[column] + 50.0) * dt
    else:
        vpd = saturation_pressure(ta) * (1.0 - humidity[column])
        pet = (num(0.5, 0.6) + 0.54 * wind[column]) * num(2.0, 2.6) * vpd * dt
    et = 0.0

    if opt.canopy:
        "canopy"
        held_water = canopy[column]
        room = leaf_store * lai[column]
        if one.catch.bucket:
            caught = wp.min(cover[column] * liquid, wp.max(room - held_water, 0.0))
        else:
            caught = wp.max(room - held_water, 0.0) * (1.0 - wp.exp(-cover[column] * liquid / wp.max(room, 0.01)))
            caught = wp.min(caught, liquid)
        held_water += caught
        liquid -= caught
        if one.wet.power:
            wet = wp.pow(wp.clamp(held_water / wp.max(room, 0.01), 0.0, 1.0), 0.6667)
            lost = wp.min(held_water, wet * pet)
        else:
            lost = wp.min(held_water, pet)
        held_water -= lost
        et += lost
        pet -= lost
        if opt.drip:
            if held_water > room:
                drip = wp.min((held_water - room) * drip_rate * dt, held_water - room)
                held_water -= drip
                liquid += drip
        canopy[column] = held_water
    if opt.snow:
        "snow pack"
        pack = swe[column] + snow_fall
        if one.melt.degree:
            melt = 0.0
            if ta > 0.0:
                melt = wp.min(degree_day * ta * dt, pack)
        elif one.melt.radiation:
            age = snow_age[column] + dt
            if snow_fall > num(0.5, 1.0):
                age = 0.0
            snow_age[column] = age
            bright = old_albedo + (fresh_albedo - old_albedo) * wp.exp(-num(0.1, 0.2) * age)
            gain = 0.0864 * (1.0 - bright) * sun[column] + num(0.5, 1.0) * degree_day * ta
            melt = wp.clamp(gain / 0.334 * dt, 0.0, pack)
        else:
            melt = 0.0
            cold = snow_cold[column]
            if ta < 0.0:
                cold = wp.min(cold - num(0.1, 0.2) * ta * dt, num(0.05, 0.1) * pack)
            else:
                melt = wp.min(degree_day * ta * dt, pack)
                spent = wp.min(melt, cold)
                cold -= spent
                melt -= spent
            snow_cold[column] = cold
        if opt.rain_melt:
            if ta > 0.0 and pack > melt:
                melt = wp.min(melt + 0.0125 * ta * liquid, pack)
        pack -= melt
        if opt.sublimation:
            if pack > 0.0:
                gone = wp.min(pack, num(0.05, 0.1) * pet)
                pack -= gone
                et += gone
        swe[column] = pack
        liquid += melt
        if opt.melts:
            melt_out[column] = melt

    "infiltration and runoff"
    water = moisture[column, 0]
    full = porosity[column, 0]
    depth0 = 1000.0 * thickness[0]
    if one.infiltration.excess:
        limit = conductivity[column, 0] * dt * num(5.0, 10.0)
        into = wp.min(liquid, limit)
    elif one.infiltration.vic:
        sat = wp.clamp(water / full, 0.0, 1.0)
        area = 1.0 - wp.pow(wp.max(1.0 - sat, 0.0001), shape / (1.0 + shape))
        into = liquid * (1.0 - area)
    elif one.infiltration.curve:
        keep = wp.max(full - water, 0.0) * depth0
        into = liquid
        if liquid > num(0.2, 0.1) * keep:
            excess = liquid - num(0.2, 0.1) * keep
            into = liquid - excess * excess / (excess + keep + 0.001)
    else:
        sat = wp.clamp(water / full, 0.0, 1.0)
        into = liquid * (1.0 - wp.pow(wp.max(sat, 0.001), num(2.0, 3.0)))
    if opt.frozen:
        into = into * (1.0 - frozen[column, 0])
    if opt.slopes:
        into = into * (1.0 - num(0.2, 0.5) * slope[column])
    into = wp.min(into, wp.max(full - water, 0.0) * depth0)
    over = liquid - into
    runoff_out[column] = over
    if opt.sums:
        total_runoff[column] += over

    flux = into
    if opt.soil:
        "soil layers"
        stress = 0.0
        held = 0.0
        for n in range(N.layer):
            depth_n = 1000.0 * thickness[n]
            water_n = moisture[column, n] + flux / depth_n
            if one.uptake.linear:
                avail = wp.clamp((water_n - wilting[column, n]) / (capacity[column, n] - wilting[column, n]), 0.0, 1.0)
            else:
                avail = 0.0
                if water_n > capacity[column, n]:
                    avail = 1.0
                elif water_n > wilting[column, n]:
                    avail = (water_n - wilting[column, n]) / (capacity[column, n] - wilting[column, n])
            take = wp.min(pet * roots[column, n] * avail, wp.max(water_n - wilting[column, n], 0.0) * depth_n)
            water_n -= take / depth_n
            et += take
            if opt.stress:
                stress += roots[column, n] * (1.0 - avail)
            sat = wp.clamp(water_n / porosity[column, n], 0.001, 1.0)
            if one.drain.brooks:
                flux = conductivity[column, n] * wp.pow(sat, 2.0 * exponent[column] + 3.0) * dt
            elif one.drain.bucket:
                flux = 0.0
                if water_n > capacity[column, n]:
                    flux = (water_n - capacity[column, n]) * depth_n * (1.0 - wp.exp(-conductivity[column, n] * dt))
            else:
                flux = conductivity[column, n] * sat * sat * sat * dt
            if opt.frozen:
                flux = flux * (1.0 - frozen[column, n])
            flux = wp.min(flux, wp.max(water_n - wilting[column, n], 0.0) * depth_n)
            water_n -= flux / depth_n
            if water_n > porosity[column, n]:
                flux += (water_n - porosity[column, n]) * depth_n
                water_n = porosity[column, n]
            moisture[column, n] = water_n
            if opt.balance:
                held += water_n * depth_n
        if opt.stress:
            stress_out[column] = wp.min(stress, 1.0)
        if opt.balance:
            balance[column] = p - et - over - flux
    else:
        left = water + flux / depth0
        take = wp.min(pet, wp.max(left - wilting[column, 0], 0.0) * depth0)
        et += take
        left -= take / depth0
        flux = wp.max(left - capacity[column, 0], 0.0) * depth0 * num(0.2, 0.5)
        moisture[column, 0] = left - flux / depth0
    if opt.aquifer:
        "ground water"
        stored = ground_water[column] + flux
        base = stored * (1.0 - wp.exp(-recession * dt)) if one.base.exact else recession * stored * dt
        ground_water[column] = stored - base
        drain_out[column] = base
    else:
        drain_out[column] = flux
    evap_out[column] = et
    if opt.heat:
        "soil temperature"
        above = ta
        if opt.snow:
            if swe[column] > num(5.0, 10.0):
                above = wp.min(ta, 0.0)
        for n in range(N.layer):
            t_now = soil_temp[column, n]
            if opt.fluxes:
                if n == 0:
                    ground_flux[column] = thermal * (above - t_now) / thickness[n]
            r = 0.0864 * thermal * dt / (heat_capacity * thickness[n] * thickness[n])
            t_next = (t_now + r * above) / (1.0 + r)
            if opt.frozen:
                frozen[column, n] = wp.clamp(frozen[column, n] - num(0.05, 0.1) * t_next * dt, 0.0, 1.0)
            soil_temp[column, n] = t_next
            above = t_next
