"""Shallow water: columns of water over a bed, fluxes between them, rivers, weirs and sediment."""

import warp as wp

ENTITIES = "column cell"
GROUPS = "reach basin"
PAIRS = "face interface"
LAUNCH = "1:3 2:5"
SUMMED = "depth"

QUANTITIES = """
dt                     | real | uniform | 0.001 0.05  | dt timestep               | 0.01
grid_spacing           | real | uniform | 0.1 1       | dx grid_spacing cell_size | 0.1 0.25 0.5
water_flux             | real | result  | -400 400    | water_flux q_face flux_h
depth                  | real | state   | 0.25 3      | depth water_depth h_water
bed                    | real | state   | -1 1        | bed bed_elevation z_b
flow                   | vec2 | state   | -4 4        | u_flow flow_vel uv
discharge              | vec2 | result  | -3.5 3.5    | discharge hu q_flow
roughness              | real | group   | 0.02 0.2    | roughness manning n_m     | 0.03 0.05
gravity_strength       | real | uniform | 1 10        | g grav                    | 9.81
wave_speed             | real | result  | 0.5 8       | c_wave celerity
froude_number          | real | result  | 0 12        | froude fr
wet                    | bool | result  |             | wet is_wet
stable_dt              | real | result  | 0 1         | dt_max stable_dt
upstream_depth         | real | state   | 1 5         | h_up upstream_depth
downstream_depth       | real | state   | 0.1 0.9     | h_down downstream_depth
dam_distance           | real | state   | -20 20      | x_dam dam_distance
since_break            | real | uniform | 0.5 5       | t_break since_break       | 1.0 2.0
dam_break_depth        | real | result  | 0 5         | h_ritter dam_depth
bore_depth             | real | result  | 0 3         | h_bore bore_depth
unit_discharge         | real | state   | 0.1 5       | q_unit unit_discharge
critical_depth         | real | result  | 0 3         | y_crit critical_depth
specific_energy        | real | state   | 0.5 5       | e_spec specific_energy
alternate_depth        | real | result  | 0 5         | y_sub alternate_depth
jump_depth             | real | result  | 0 50        | y_conj jump_depth
grain_size             | real | group   | 0.0005 0.02 | d_50 grain_size           | 0.001 0.002
bed_load               | real | result  | 0 20        | q_bed bed_load
settling_velocity      | real | result  | 0 0.8       | w_s settling_vel
head                   | real | state   | -0.5 4      | head h_inlet
barrel_diameter        | real | state   | 0.5 2       | barrel_diam d_barrel
barrel_count           | real | uniform | 1 4         | n_barrels barrel_count    | 2.0
culvert_flow           | real | result  | 0 40        | q_culvert culvert_flow
elapsed                | real | uniform | 0.2 10      | t_rain elapsed            | 1.0 2.0
hydraulic_conductivity | real | state   | 0.1 5       | k_sat conductivity
suction                | real | state   | 1 10        | suction psi_dtheta
infiltrated            | real | result  | 0 80        | f_cum infiltrated
inflow                 | real | state   | 1 50        | inflow q_in
outflow                | real | state   | 1 50        | outflow q_out
travel_time            | real | group   | 0.5 5       | k_musk travel_time        | 2.0
weighting              | real | group   | 0.05 0.45   | x_musk weighting          | 0.2
sediment_in            | real | state   | 0 0.3       | qs_in sediment_in
sediment_out           | real | state   | 0 0.3       | qs_out sediment_out
face_flux              | real | result  | -15 15      | face_flux flux_h
"""


def discharge(depth, flow):
    return depth * flow


def desingularized_flow(discharge, depth, min_depth):
    """Velocity from discharge, desingularized for shallow depths (Kurganov and Petrova)."""
    h4 = wp.pow(depth, 4.0)
    eps4 = wp.pow(min_depth, 4.0)
    denom = wp.sqrt(h4 + wp.max(h4, eps4))
    flow = wp.sqrt(2.0) * depth * discharge / denom
    return flow


def wave_speed(depth, gravity_strength):
    return wp.sqrt(gravity_strength * depth)


def froude_number(flow, wave_speed):
    return wp.length(flow) / wave_speed


def wet(depth, min_depth):
    return depth > min_depth


def friction_flow(flow, depth, roughness, gravity_strength, dt):
    """Manning friction, applied implicitly."""
    drag = gravity_strength * roughness * roughness * wp.length(flow) / wp.pow(depth, 4.0 / 3.0)
    next_flow = flow / (1.0 + dt * drag)
    return next_flow


def rusanov_flux(depth_a, depth_b, flow_a, flow_b, gravity_strength):
    """Mass across the face between two columns of water, by the local Lax-Friedrichs method."""
    c_a = wp.abs(flow_a[0]) + wp.sqrt(gravity_strength * depth_a)
    c_b = wp.abs(flow_b[0]) + wp.sqrt(gravity_strength * depth_b)
    s_max = wp.max(c_a, c_b)
    central = 0.5 * (depth_a * flow_a[0] + depth_b * flow_b[0])
    face_flux = central - 0.5 * s_max * (depth_b - depth_a)
    return face_flux


def surface_flux(depth_a, depth_b, bed_a, bed_b, gravity_strength, grid_spacing):
    """Virtual pipe between two columns, driven by the difference of their surfaces."""
    drop = (depth_a + bed_a) - (depth_b + bed_b)
    source_depth = depth_a if drop > 0.0 else depth_b
    water_flux = gravity_strength * source_depth * drop / grid_spacing
    return water_flux


def weir_flux(depth_a, depth_b, bed_a, bed_b, gravity_strength):
    """Flow over the crest between two basins."""
    crest = wp.max(bed_a, bed_b)
    head_a = wp.max(depth_a + bed_a - crest, 0.0)
    head_b = wp.max(depth_b + bed_b - crest, 0.0)
    c_w = 0.385 * wp.sqrt(2.0 * gravity_strength)
    water_flux = c_w * (head_a * wp.sqrt(head_a) - head_b * wp.sqrt(head_b))
    return water_flux


def velocity_limit_step(depth, flow, grid_spacing, gravity_strength):
    """Time step by the Courant condition."""
    c = wp.sqrt(gravity_strength * depth)
    fastest = wp.max(wp.abs(flow[0]), wp.abs(flow[1])) + c
    stable_dt = 0.45 * grid_spacing / fastest
    return stable_dt


def hll_flux(depth_a, depth_b, flow_a, flow_b, gravity_strength):
    """HLL flux of mass across a face, dry sides included."""
    c_a = wp.sqrt(gravity_strength * depth_a)
    c_b = wp.sqrt(gravity_strength * depth_b)
    u_star = 0.5 * (flow_a[0] + flow_b[0]) + c_a - c_b
    c_star = wp.max(0.5 * (c_a + c_b) + 0.25 * (flow_a[0] - flow_b[0]), 0.0)
    s_a = wp.min(flow_a[0] - c_a, u_star - c_star)
    s_b = wp.max(flow_b[0] + c_b, u_star + c_star)
    if s_a >= 0.0:
        return depth_a * flow_a[0]
    if s_b <= 0.0:
        return depth_b * flow_b[0]
    across = s_b * depth_a * flow_a[0] - s_a * depth_b * flow_b[0]
    face_flux = (across + s_a * s_b * (depth_b - depth_a)) / wp.max(s_b - s_a, 1.0e-3)
    return face_flux


def reconstructed_flux(depth_a, depth_b, bed_a, bed_b, flow_a, flow_b, gravity_strength):
    """Rusanov flux of mass with the hydrostatic reconstruction of Audusse et al."""
    z_face = wp.max(bed_a, bed_b)
    h_a = wp.max(depth_a + bed_a - z_face, 0.0)
    h_b = wp.max(depth_b + bed_b - z_face, 0.0)
    s_max = wp.max(
        wp.abs(flow_a[0]) + wp.sqrt(gravity_strength * h_a), wp.abs(flow_b[0]) + wp.sqrt(gravity_strength * h_b)
    )
    face_flux = 0.5 * (h_a * flow_a[0] + h_b * flow_b[0]) - 0.5 * s_max * (h_b - h_a)
    return face_flux


def dam_break_depth(upstream_depth, dam_distance, since_break, gravity_strength):
    """Ritter's solution of a dam break over a dry bed."""
    c0 = wp.sqrt(gravity_strength * upstream_depth)
    xi = dam_distance / since_break
    if xi <= -c0:
        return upstream_depth
    if xi >= 2.0 * c0:
        return 0.0
    root = 2.0 * c0 - xi
    return root * root / (9.0 * gravity_strength)


def wet_dam_break(upstream_depth, downstream_depth, gravity_strength):
    """Stoker's solution: depth behind the bore, by bisection on the jump and the rarefaction."""
    low = float(wp.min(upstream_depth, downstream_depth))
    high = float(wp.max(upstream_depth, downstream_depth))
    base = low
    c_up = wp.sqrt(gravity_strength * high)
    for _ in range(24):
        mid = 0.5 * (low + high)
        rarefied = 2.0 * (c_up - wp.sqrt(gravity_strength * mid))
        jump = (mid - base) * wp.sqrt(0.5 * gravity_strength * (mid + base) / (mid * base))
        if rarefied > jump:
            low = mid
        else:
            high = mid
    bore_depth = 0.5 * (low + high)
    return bore_depth


def critical_depth(unit_discharge, gravity_strength):
    return wp.cbrt(unit_discharge * unit_discharge / gravity_strength)


def alternate_depth(specific_energy, unit_discharge, gravity_strength):
    """Subcritical depth of a specific energy by Newton iteration; critical where there is not enough energy."""
    q2 = unit_discharge * unit_discharge / (2.0 * gravity_strength)
    y_c = wp.cbrt(2.0 * q2)
    if specific_energy <= 1.5 * y_c:
        return y_c
    y = float(specific_energy)
    for _ in range(10):
        f = y + q2 / (y * y) - specific_energy
        slope = wp.max(1.0 - 2.0 * q2 / (y * y * y), 0.05)
        step = f / slope
        y = wp.max(y - step, y_c)
        if wp.abs(step) < 1.0e-5:
            break
    return y


def jump_depth(depth, froude_number):
    """Depth behind a hydraulic jump."""
    if froude_number <= 1.0:
        return depth
    return 0.5 * depth * (wp.sqrt(1.0 + 8.0 * froude_number * froude_number) - 1.0)


def bed_load(flow, depth, grain_size, roughness):
    """Meyer-Peter and Mueller's formula of the bed load."""
    speed = wp.length(flow)
    drag = 9.81 * roughness * roughness / wp.cbrt(depth)
    submerged = 1.65 * 9.81 * grain_size
    shields = drag * speed * speed / submerged
    excess = shields - 0.047
    if excess <= 0.0:
        return 0.0
    return 8.0 * wp.pow(excess, 1.5) * wp.sqrt(submerged) * grain_size


def settling_velocity(grain_size):
    """Settling of sand by Ferguson and Church."""
    r = 1.65
    viscous = 18.0 * 1.0e-6
    turbulent = wp.sqrt(0.75 * r * 9.81 * grain_size * grain_size * grain_size)
    return r * 9.81 * grain_size * grain_size / (viscous + turbulent)


def exner_bed(bed, sediment_in, sediment_out, grid_spacing, dt):
    """Bed after the difference of what comes in and goes out."""
    porosity = 0.4
    next_bed = bed - dt * (sediment_out - sediment_in) / ((1.0 - porosity) * grid_spacing)
    return next_bed


def culvert_flow(head, barrel_diameter, barrel_count, gravity_strength):
    """Inlet control of round culverts: a weir while they are not full, an orifice after that."""
    area = 0.25 * wp.pi * barrel_diameter * barrel_diameter
    if head <= 0.0:
        return 0.0
    if head < 1.2 * barrel_diameter:
        ratio = wp.min(head / (1.2 * barrel_diameter), 1.0)
        per_barrel = 0.55 * area * wp.sqrt(gravity_strength * barrel_diameter) * wp.pow(ratio, 1.5)
    else:
        per_barrel = 0.6 * area * wp.sqrt(2.0 * gravity_strength * (head - 0.5 * barrel_diameter))
    return barrel_count * per_barrel


def infiltrated_depth(elapsed, hydraulic_conductivity, suction):
    """Green-Ampt infiltration: the implicit equation by fixed-point iteration."""
    f = float(hydraulic_conductivity * elapsed)
    for _ in range(15):
        updated = hydraulic_conductivity * elapsed + suction * wp.log(1.0 + f / suction)
        change = updated - f
        f = updated
        if wp.abs(change) < 1.0e-5:
            break
    infiltrated = f
    return infiltrated


def routed_outflow(inflow, previous_inflow, outflow, travel_time, weighting, dt):
    """Muskingum routing of a flood through a reach."""
    half = 0.5 * dt
    denom = travel_time * (1.0 - weighting) + half
    c0 = (half - travel_time * weighting) / denom
    c1 = (half + travel_time * weighting) / denom
    c2 = (travel_time * (1.0 - weighting) - half) / denom
    next_outflow = wp.max(c0 * inflow + c1 * previous_inflow + c2 * outflow, 0.0)
    return next_outflow
