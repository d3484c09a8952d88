"""One step of shallow water on a grid: fluxes through the sides, bed, friction, rain, tracers."""

import warp as wp

TITLES = "shallow_water_step update_cells step_shallow_water flood_step advance_water update_water_cells"
CATEGORIES = "stencil:2.6 combined:0.3 function:0.4"
CHANCES = (
    "tracer:0.45 sediment:0.35 rain:0.5 coriolis:0.35 wind:0.4 walls:0.45 limits:0.4 bed_slope:0.6 viscous:0.4 "
    "records:0.45 speeds:0.5 levels:0.3 curls:0.3 hazards:0.4 froudes:0.4 decays:0.5 sources:0.4 soaks:0.5 blended:0.5 "
    "evaporates:0.25 drains:0.3 heads:0.35 angles:0.3"
)
WORLDS = "no"
GRID = "row col"
DIMS = """
row | 8 | ny height num_rows rows | i row y
col | 8 | nx width num_cols cols | j col x
"""
ARGS = """
h | real | row col | 0 3 | h depth water_depth
hu | real | row col | -2 2 | hu momentum_x discharge_x
hv | real | row col | -2 2 | hv momentum_y discharge_y
bed | real | row col | 0 1 | bed bed_elevation terrain
rough | real | row col | 0.01 0.08 | manning roughness
rain_in | real | row col | 0 0.1 | rain rainfall
soil | real | row col | 0 0.1 | infiltration_rate soil_rate
soaked | real | row col | 0 1 | infiltrated soil_storage
c | real | row col | 0 1 | tracer concentration pollutant
sed | real | row col | 0 0.2 | sediment suspended
source | real | row col | 0 0.1 | tracer_source inflow_c
drain_of | real | row col | 0 0.05 | drain_area inlet_area
drained | real | row col | 0 1 | drained_depth sewer_inflow
cover | real | row col | 0 0.5 | plant_density stem_density
solid | int | row col | 0 1 | is_wall solid mask
h_out | real | row col | | h_out depth_out
hu_out | real | row col | | hu_out hu_new
hv_out | real | row col | | hv_out hv_new
c_out | real | row col | | tracer_out c_out
sed_out | real | row col | | sediment_out sed_new
bed_out | real | row col | | bed_out bed_new
top_depth | real | row col | 0 2 | max_depth peak_depth
wet_time | real | row col | 0 9 | wet_time inundation_time
arrival | real | row col | 0 9 | arrival_time first_wet
speed_out | real | row col | | speed_out flow_speed
hazard | real | row col | | hazard hazard_rating
froude | real | row col | | froude froude_number
head_out | real | row col | | total_head energy_head
angle_out | real | row col | | flow_direction flow_angle
level_out | real | row col | | surface_out water_level
curl_out | real | row col | | vorticity curl
dt | real | | 0.001 0.05 | dt time_step | 0.01 0.02
dx | real | | 0.5 2 | dx cell_size | 1.0
g | real | | 9.7 9.9 | gravity g | 9.81
dry | real | | 0.01 0.2 | dry_depth h_min | 0.01 0.05
time | real | | 0 9 | time sim_time
f_cor | real | | 0.01 0.2 | coriolis f_coriolis
wind_x | real | | -2 2 | wind_x u_wind
wind_y | real | | -2 2 | wind_y v_wind
mix | real | | 0.01 0.2 | diffusivity mixing | 0.1
eddy | real | | 0.01 0.2 | eddy_viscosity nu
evaporation | real | | 0.001 0.05 | evaporation_rate evaporation
settle | real | | 0.01 0.2 | settling_velocity fall_velocity
erode | real | | 0.01 0.2 | erosion_rate pickup_rate
critical | real | | 0.1 1 | critical_speed critical_shear
loss | real | | 0.01 0.3 | decay_rate tracer_decay
top_speed | real | | 1 4 | max_speed speed_limit
"""


def side_speed(depth_in: float, flow: float, g_in: float):
    return wp.sqrt(g_in * depth_in) + wp.abs(flow)


def velocity_of(flow: float, depth: float, least: float):
    if one.thin.cut:
        speed = 0.0
        if depth > least:
            speed = flow / depth
    elif one.thin.smooth:
        speed = 2.0 * depth * flow / (depth * depth + wp.max(depth * depth, least * least))
    else:
        speed = flow / wp.max(depth, least)
    return speed


def momentum_flux(flow: float, speed: float, depth: float, g_in: float):
    return flow * speed + 0.5 * g_in * depth * depth


def kernel():
    if opt.walls:
        if solid[row, col] == 1:
            h_out[row, col] = 0.0
            hu_out[row, col] = 0.0
            hv_out[row, col] = 0.0
            return
    if one.edge.skip:
        if row == 0 or col == 0 or row == N.row - 1 or col == N.col - 1:
            h_out[row, col] = h[row, col]
            hu_out[row, col] = hu[row, col]
            hv_out[row, col] = hv[row, col]
            if opt.tracer:
                c_out[row, col] = c[row, col]
            if opt.sediment:
                sed_out[row, col] = sed[row, col]
                bed_out[row, col] = bed[row, col]
            return
        up = row - 1
        down = row + 1
        left = col - 1
        right = col + 1
    elif one.edge.clamp:
        up = wp.max(row - 1, 0)
        down = wp.min(row + 1, N.row - 1)
        left = wp.max(col - 1, 0)
        right = wp.min(col + 1, N.col - 1)
    else:
        up = (row + N.row - 1) % N.row
        down = (row + 1) % N.row
        left = (col + N.col - 1) % N.col
        right = (col + 1) % N.col
    hc = h[row, col]
    mu = hu[row, col]
    mv = hv[row, col]
    hl = h[row, left]
    hr = h[row, right]
    hd = h[down, col]
    ht = h[up, col]
    if opt.walls and opt.mirrors:
        if solid[row, left] == 1:
            hl = hc
        if solid[row, right] == 1:
            hr = hc
        if solid[down, col] == 1:
            hd = hc
        if solid[up, col] == 1:
            ht = hc
    "velocities"
    u = velocity_of(mu, hc, dry)
    v = velocity_of(mv, hc, dry)
    if opt.limits:
        u = wp.clamp(u, -top_speed, top_speed)
        v = wp.clamp(v, -top_speed, top_speed)
    fast = wp.sqrt(u * u + v * v)
    if one.flux.rusanov:
        "Rusanov fluxes"
        ul = velocity_of(hu[row, left], hl, dry)
        ur = velocity_of(hu[row, right], hr, dry)
        vd = velocity_of(hv[down, col], hd, dry)
        vt = velocity_of(hv[up, col], ht, dry)
        if one.waves.larger:
            al = wp.max(side_speed(hl, ul, g), side_speed(hc, u, g))
            ar = wp.max(side_speed(hr, ur, g), side_speed(hc, u, g))
            ad = wp.max(side_speed(hd, vd, g), side_speed(hc, v, g))
            at = wp.max(side_speed(ht, vt, g), side_speed(hc, v, g))
        else:
            al = side_speed(0.5 * (hl + hc), 0.5 * (ul + u), g)
            ar = side_speed(0.5 * (hr + hc), 0.5 * (ur + u), g)
            ad = side_speed(0.5 * (hd + hc), 0.5 * (vd + v), g)
            at = side_speed(0.5 * (ht + hc), 0.5 * (vt + v), g)
        fl = 0.5 * (hu[row, left] + mu) - 0.5 * al * (hc - hl)
        fr = 0.5 * (mu + hu[row, right]) - 0.5 * ar * (hr - hc)
        fd = 0.5 * (mv + hv[down, col]) - 0.5 * ad * (hd - hc)
        ft = 0.5 * (hv[up, col] + mv) - 0.5 * at * (hc - ht)
        mx = momentum_flux(mu, u, hc, g)
        my = momentum_flux(mv, v, hc, g)
        ml = 0.5 * (momentum_flux(hu[row, left], ul, hl, g) + mx) - 0.5 * al * (mu - hu[row, left])
        mr = 0.5 * (mx + momentum_flux(hu[row, right], ur, hr, g)) - 0.5 * ar * (hu[row, right] - mu)
        nd = 0.5 * (my + momentum_flux(hv[down, col], vd, hd, g)) - 0.5 * ad * (hv[down, col] - mv)
        nt = 0.5 * (momentum_flux(hv[up, col], vt, ht, g) + my) - 0.5 * at * (mv - hv[up, col])
        cd = 0.5 * (mu * v + hu[down, col] * vd) - 0.5 * ad * (hu[down, col] - mu)
        ct = 0.5 * (hu[up, col] * vt + mu * v) - 0.5 * at * (mu - hu[up, col])
        cr = 0.5 * (mv * u + hv[row, right] * ur) - 0.5 * ar * (hv[row, right] - mv)
        cl = 0.5 * (hv[row, left] * ul + mv * u) - 0.5 * al * (mv - hv[row, left])
        h_new = hc - dt / dx * (fr - fl + fd - ft)
        mu_new = mu - dt / dx * (mr - ml + cd - ct)
        mv_new = mv - dt / dx * (nd - nt + cr - cl)
    elif one.flux.lax:
        "Lax-Friedrichs"
        mean_h = 0.25 * (hl + hr + hd + ht)
        mean_u = 0.25 * (hu[row, left] + hu[row, right] + hu[down, col] + hu[up, col])
        mean_v = 0.25 * (hv[row, left] + hv[row, right] + hv[down, col] + hv[up, col])
        if opt.blended:
            share = num(0.1, 0.2, 0.5)
            mean_h = hc + share * (mean_h - hc)
            mean_u = mu + share * (mean_u - mu)
            mean_v = mv + share * (mean_v - mv)
        h_new = mean_h - 0.5 * dt / dx * (hu[row, right] - hu[row, left] + hv[down, col] - hv[up, col])
        pl = momentum_flux(hu[row, left], velocity_of(hu[row, left], hl, dry), hl, g)
        pr = momentum_flux(hu[row, right], velocity_of(hu[row, right], hr, dry), hr, g)
        pd = momentum_flux(hv[down, col], velocity_of(hv[down, col], hd, dry), hd, g)
        pt = momentum_flux(hv[up, col], velocity_of(hv[up, col], ht, dry), ht, g)
        cl = hu[row, left] * hv[row, left] / wp.max(hl, dry)
        cr = hu[row, right] * hv[row, right] / wp.max(hr, dry)
        cd = hu[down, col] * hv[down, col] / wp.max(hd, dry)
        ct = hu[up, col] * hv[up, col] / wp.max(ht, dry)
        mu_new = mean_u - 0.5 * dt / dx * (pr - pl + cd - ct)
        mv_new = mean_v - 0.5 * dt / dx * (pd - pt + cr - cl)
    elif one.flux.pipes:
        "virtual pipes"
        if one.pipe.central:
            sx = (hr + bed[row, right] - hl - bed[row, left]) / (2.0 * dx)
            sy = (hd + bed[down, col] - ht - bed[up, col]) / (2.0 * dx)
        else:
            level = hc + bed[row, col]
            sx = (hr + bed[row, right] - level) / dx
            sy = (hd + bed[down, col] - level) / dx
        mu_new = mu - dt * g * hc * sx
        mv_new = mv - dt * g * hc * sy
        h_new = hc - dt / (2.0 * dx) * (hu[row, right] - hu[row, left] + hv[down, col] - hv[up, col])
    if opt.bed_slope or opt.sediment:
        if not one.flux.pipes:
            "slope of the bed"
            mu_new -= dt * g * hc * (bed[row, right] - bed[row, left]) / (2.0 * dx)
            mv_new -= dt * g * hc * (bed[down, col] - bed[up, col]) / (2.0 * dx)
    if opt.viscous:
        mu_new += dt * eddy * (hu[row, left] + hu[row, right] + hu[down, col] + hu[up, col] - 4.0 * mu) / (dx * dx)
        mv_new += dt * eddy * (hv[row, left] + hv[row, right] + hv[down, col] + hv[up, col] - 4.0 * mv) / (dx * dx)
    if opt.coriolis:
        mu_new += dt * f_cor * mv
        mv_new -= dt * f_cor * mu
    if opt.wind:
        "wind"
        blow = wp.sqrt(wind_x * wind_x + wind_y * wind_y)
        mu_new += dt * num(0.001, 0.0012, 0.002) * blow * wind_x
        mv_new += dt * num(0.001, 0.0012, 0.002) * blow * wind_y
    if opt.rain:
        "rain and soil"
        h_new += dt * rain_in[row, col]
        if opt.soaks:
            gone = wp.min(dt * soil[row, col], wp.max(h_new, 0.0))
            h_new -= gone
            soaked[row, col] = soaked[row, col] + gone
    if opt.evaporates:
        h_new -= dt * evaporation * (1.0 if hc > dry else 0.0)
    if opt.drains:
        "drains"
        taken = wp.min(dt * drain_of[row, col] * wp.sqrt(2.0 * g * hc), wp.max(h_new, 0.0))
        h_new -= taken
        if opt.drained:
            drained[row, col] = drained[row, col] + taken
    h_new = wp.max(h_new, 0.0)
    if one.friction.manning:
        "friction"
        drag = 1.0 + dt * g * rough[row, col] * rough[row, col] * fast / wp.pow(wp.max(hc, dry), 1.3333)
        mu_new = mu_new / drag
        mv_new = mv_new / drag
    elif one.friction.chezy:
        drag = 1.0 + dt * rough[row, col] * fast / wp.max(hc, dry)
        mu_new = mu_new / drag
        mv_new = mv_new / drag
    elif one.friction.linear:
        mu_new = mu_new * (1.0 - dt * rough[row, col])
        mv_new = mv_new * (1.0 - dt * rough[row, col])
    elif one.friction.plants:
        "drag of plants"
        fast = wp.sqrt(u * u + v * v)
        mu_new -= dt * num(0.5, 0.6) * cover[row, col] * fast * mu
        mv_new -= dt * num(0.5, 0.6) * cover[row, col] * fast * mv
    if h_new < dry:
        mu_new = 0.0
        mv_new = 0.0
    h_out[row, col] = h_new
    hu_out[row, col] = mu_new
    hv_out[row, col] = mv_new

    if opt.tracer:
        "tracer"
        cc = c[row, col]
        if one.advect.upwind:
            gx = cc - c[row, left] if u > 0.0 else c[row, right] - cc
            gy = cc - c[up, col] if v > 0.0 else c[down, col] - cc
            adv = (u * gx + v * gy) / dx
        else:
            adv = (u * (c[row, right] - c[row, left]) + v * (c[down, col] - c[up, col])) / (2.0 * dx)
        spread = (c[row, left] + c[row, right] + c[down, col] + c[up, col] - 4.0 * cc) / (dx * dx)
        c_new = cc + dt * (mix * spread - adv)
        if opt.decays:
            c_new = c_new * wp.exp(-loss * dt)
        if opt.sources:
            c_new += dt * source[row, col]
        c_out[row, col] = wp.max(c_new, 0.0)
    if opt.sediment:
        "sediment"
        held = sed[row, col]
        lift = 0.0
        if fast > critical and hc > dry:
            lift = erode * (fast - critical)
        drop = settle * held
        if opt.capacity:
            carry = num(0.1, 0.2) * fast * wp.max(hc, 0.0)
            if held > carry:
                drop += num(0.5, 1.0) * (held - carry)
        sed_out[row, col] = wp.max(held + dt * (lift - drop), 0.0)
        bed_out[row, col] = bed[row, col] + dt * (drop - lift)
    if opt.records:
        "what is kept"
        if h_new > top_depth[row, col]:
            top_depth[row, col] = h_new
        if h_new > num(0.1, 0.05, 0.2):
            if opt.arrivals:
                if wet_time[row, col] == 0.0:
                    arrival[row, col] = time
            wet_time[row, col] = wet_time[row, col] + dt
    if opt.speeds:
        q = wp.sqrt(mu_new * mu_new + mv_new * mv_new) / wp.max(h_new, dry)
        speed_out[row, col] = q
        if opt.hazards:
            hazard[row, col] = h_new * (q + num(0.5, 1.5))
        if opt.froudes:
            froude[row, col] = q / wp.sqrt(g * wp.max(h_new, dry))
        if opt.heads:
            head_out[row, col] = h_new + bed[row, col] + 0.5 * q * q / g
    if opt.angles:
        angle_out[row, col] = wp.atan2(mv_new, mu_new)
    if opt.levels:
        level_out[row, col] = h_new + bed[row, col]
    if opt.curls:
        curl_out[row, col] = (hv[row, right] - hv[row, left] - hu[down, col] + hu[up, col]) / (
            2.0 * dx * wp.max(hc, dry)
        )
