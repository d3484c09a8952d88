"""One step of a wildfire on a grid: ignition by neighbours, wind and slope, burning, smoke."""

import warp as wp

TITLES = "fire_spread_step update_fire spread_fire wildfire_step burn_cells update_fire_cells"
CATEGORIES = "stencil:3 control_flow:0.3 integer:0.6"
CHANCES = "smoke:0.5 ember:0.4 moisture:0.6 crews:0.4 four_sides:0.35"
WORLDS = "no"
GRID = "row col"
DIMS = """
row | 8 | ny height num_rows rows | i row y
col | 8 | nx width num_cols cols | j col x
kinds | 4 | num_fuel_types fuel_types
"""
ARGS = """
state | int | row col | 0 3 | state cell_state fire_state
fuel | real | row col | 0 2 | fuel fuel_load biomass
kind | int | row col | @kinds | fuel_type vegetation
wet | real | row col | 0 0.4 | moisture fuel_moisture
height | real | row col | 0 5 | elevation terrain height
temp | real | row col | 280 900 | temperature temp
burn_time | real | row col | 0 5 | burn_time time_burning
chance | real | row col | 0 1 | random_value uniform_draw random_field
smoke | real | row col | 0 1 | smoke smoke_density
crew | int | row col | 0 1 | firebreak crew_present
heat | real | row col | 0 5 | heat_in preheat
wind_x | real | row col | -4 4 | wind_x u_wind
wind_y | real | row col | -4 4 | wind_y v_wind
rate_of | real | kinds | 0.1 1 | spread_rate base_rate
energy_of | real | kinds | 1 9 | heat_content fuel_energy
life_of | real | kinds | 1 5 | burn_duration residence_time
dead_of | real | kinds | 0.1 0.4 | extinction_moisture moisture_limit
state_out | int | row col | | state_out new_state
fuel_out | real | row col | | fuel_out fuel_left
temp_out | real | row col | | temperature_out temp_new
wet_out | real | row col | | moisture_out new_moisture
smoke_out | real | row col | | smoke_out smoke_new
arrival | real | row col | 0 9 | arrival_time ignition_time
intensity | real | row col | | fireline_intensity intensity
severity | real | row col | 0 3 | burn_severity severity
front | int | row col | | is_front fire_front
ignition_odds | real | row col | | ignition_prob burn_probability
dt | real | | 0.2 1 | dt time_step | 0.1 0.5
dx | real | | 1 3 | dx cell_size
time | real | | 0 9 | time sim_time
ignite | real | | 0.1 1 | ignition_threshold ignite_level | 0.5
wind_k | real | | 0.05 0.4 | wind_factor c_wind | 0.1 0.2
slope_k | real | | 0.1 1 | slope_factor c_slope
ambient | real | | 280 310 | ambient_temp | 300.0
cool | real | | 0.05 0.5 | cooling_rate
spread_k | real | | 0.05 0.2 | heat_diffusion conductivity | 0.1
dry_k | real | | 0.01 0.3 | drying_rate
fade | real | | 0.05 0.5 | smoke_decay dissipation
spot | real | | 0.5 0.95 | spotting_threshold ember_level
"""


def slope_effect(rise: float, run: float, k: float):
    tilt = rise / run
    if one.slope.exp:
        effect = wp.exp(k * wp.clamp(tilt, -2.0, 2.0))
    else:
        effect = 1.0 + k * wp.clamp(tilt, -1.0, 2.0)
    return effect


def kernel():
    here = state[row, col]
    fl = fuel[row, col]
    sort = kind[row, col]
    out = here
    left_over = fl
    t_new = temp[row, col]
    w = wet[row, col]
    power = 0.0
    push = 0.0
    near_fire = 0
    blocked = 0
    if here == 0 or opt.always:
        "burning neighbours"
        for di in range(-1, 2):
            for dj in range(-1, 2):
                if opt.four_sides:
                    if wp.abs(di) + wp.abs(dj) != 1:
                        continue
                else:
                    if di == 0 and dj == 0:
                        continue
                if one.border.wrap:
                    ni = (row + di + N.row) % N.row
                    nj = (col + dj + N.col) % N.col
                else:
                    ni = row + di
                    nj = col + dj
                    if ni < 0 or nj < 0 or ni >= N.row or nj >= N.col:
                        continue
                if state[ni, nj] != 1:
                    if opt.blocked:
                        if state[ni, nj] == 2:
                            blocked += 1
                    continue
                near_fire += 1
                span = dx
                if not opt.four_sides:
                    if di != 0 and dj != 0:
                        span = num(1.4142, 1.41421356) * dx
                give = rate_of[kind[ni, nj]] if one.rate.donor else rate_of[sort]
                if opt.wind:
                    along = -(wind_x[ni, nj] * float(dj) + wind_y[ni, nj] * float(di))
                    if one.wind.exp:
                        give = give * wp.exp(wp.clamp(wind_k * along, -3.0, 3.0))
                    elif one.wind.linear:
                        give = give * wp.max(1.0 + wind_k * along, num(0.1, 0.05))
                    else:
                        give = give * (1.0 + wind_k * wp.max(along, 0.0) * wp.sqrt(wp.abs(along)))
                if opt.slope:
                    give = give * slope_effect(height[row, col] - height[ni, nj], span, slope_k)
                if opt.hotter:
                    give = give * wp.clamp((temp[ni, nj] - ambient) / num(300.0, 400.0, 500.0), num(0.1, 0.2), 2.0)
                if opt.fuel_share:
                    give = give * wp.min(fuel[ni, nj], 1.0)
                push += give * dt / span

    if here == 0:
        "unburnt"
        if opt.moisture:
            limit = dead_of[sort]
            if one.damp.linear:
                push = push * wp.max(1.0 - w / limit, 0.0)
            else:
                r = wp.min(w / limit, 1.0)
                push = push * wp.max(1.0 - 2.59 * r + 5.11 * r * r - 3.52 * r * r * r, 0.0)
        if opt.blocked:
            push = push * (1.0 - num(0.05, 0.1) * float(blocked))
        lit = False
        if fl > num(0.05, 0.1):
            if one.lights.chance:
                odds = 1.0 - wp.exp(-push)
                ignition_odds[row, col] = odds
                lit = chance[row, col] < odds
            elif one.lights.level:
                gained = heat[row, col] + push * num(1.0, 2.0)
                heat[row, col] = gained
                lit = gained > ignite
            else:
                lit = push > ignite * num(0.1, 0.2)
        if opt.ember:
            if not lit and fl > num(0.05, 0.1):
                blow = wp.sqrt(wind_x[row, col] * wind_x[row, col] + wind_y[row, col] * wind_y[row, col])
                if chance[row, col] > spot and blow > num(1.0, 2.0):
                    lit = True
        if opt.crews:
            if crew[row, col] == 1:
                lit = False
        if lit:
            out = 1
            if opt.arrivals:
                arrival[row, col] = time
            if opt.clock:
                burn_time[row, col] = 0.0
    elif here == 1:
        "burning"
        used = wp.min(rate_of[sort] * dt * num(0.5, 1.0), fl)
        if opt.oxygen and opt.always:
            used = used * (1.0 + num(0.1, 0.05) * float(near_fire))
        left_over = fl - used
        power = energy_of[sort] * used / dt
        t_new += num(5.0, 10.0, 20.0) * power * dt
        if opt.severe:
            severity[row, col] = wp.max(severity[row, col], power)
        if opt.clock:
            alight = burn_time[row, col] + dt
            burn_time[row, col] = alight
            if alight > life_of[sort] or left_over < num(0.02, 0.05):
                out = 2
        else:
            if left_over < num(0.02, 0.05):
                out = 2
        if opt.quenched and opt.moisture:
            if w > dead_of[sort]:
                out = 2
    elif here == 2:
        "burnt out"
        if opt.regrow:
            left_over = wp.min(fl + num(0.001, 0.01) * dt, num(1.0, 2.0))
            if left_over > num(0.5, 0.8) and chance[row, col] < num(0.01, 0.05):
                out = 0
    if opt.heats:
        "heat"
        if row > 0 and col > 0 and row < N.row - 1 and col < N.col - 1:
            lap = (
                temp[row - 1, col] + temp[row + 1, col] + temp[row, col - 1] + temp[row, col + 1] - 4.0 * temp[row, col]
            )
            t_new += spread_k * dt * lap
        t_new -= cool * dt * (t_new - ambient)
        temp_out[row, col] = t_new
    if opt.smoke:
        "smoke"
        s = smoke[row, col]
        ui = row - 1 if wind_y[row, col] > 0.0 else row + 1
        uj = col - 1 if wind_x[row, col] > 0.0 else col + 1
        ui = wp.clamp(ui, 0, N.row - 1)
        uj = wp.clamp(uj, 0, N.col - 1)
        s += (
            dt
            / dx
            * (wp.abs(wind_x[row, col]) * (smoke[row, uj] - s) + wp.abs(wind_y[row, col]) * (smoke[ui, col] - s))
        )
        if here == 1:
            s += num(0.1, 0.2, 0.5) * (fl - left_over)
        smoke_out[row, col] = wp.max(s * (1.0 - fade * dt), 0.0)
    if opt.moisture and opt.dries:
        wet_out[row, col] = wp.max(w - dry_k * push * dt, 0.0)
    if opt.intense:
        intensity[row, col] = power
    if opt.front and opt.always:
        front[row, col] = 1 if here == 1 and near_fire < num(8, 4, 6) else 0
    state_out[row, col] = out
    fuel_out[row, col] = left_over
