"""Road traffic: following, lane changes, signals, flow of vehicles."""

import warp as wp

ENTITIES = "vehicle car"
GROUPS = "lane fleet"
PAIRS = "vehicle_pair"
LAUNCH = "1:9 2:1"
SUMMED = "fuel_use"

QUANTITIES = """
lane_position        | real  | state   | 0 500      | lane_position s_pos along
gap                  | real  | state   | 1 150      | gap headway s_gap
lead_speed           | real  | state   | 0 35       | lead_speed v_lead v_front
car_speed            | real  | state   | 0 35       | car_speed v_car v_ego
cruise               | real  | group   | 10 35      | cruise v_desired v0      | 30.0 25.0
time_gap             | real  | group   | 0.8 2.5    | time_gap t_headway       | 1.5 1.0
min_spacing          | real  | uniform | 1 4        | min_spacing s0 jam_gap   | 2.0
throttle             | real  | group   | 0.5 3      | throttle a_max accel_max | 1.0 1.5
comfort              | real  | group   | 1 4        | comfort b_comf decel     | 2.0 1.5
car_acceleration     | real  | result  | -40 40     | car_acceleration a_car accel_long
stopping_distance    | real  | result  | 0 500      | stopping_distance d_stop brake_dist
wanted_gap           | real  | result  | 1 250      | wanted_gap s_star
lane_change          | bool  | result  |            | lane_change wants_change
politeness           | real  | uniform | 0.05 0.5   | politeness p_polite      | 0.2 0.3
dt                   | real  | uniform | 0.01 0.1   | dt time_step             | 0.02 0.05
reaction_time        | real  | group   | 0.3 1.5    | reaction_time t_react    | 0.7 1.0
own_gap              | real  | state   | 1 150      | own_gap gap_ahead
side_gap             | real  | state   | 1 150      | side_gap gap_target
lead_acceleration    | real  | state   | -6 3       | lead_accel a_lead
signal_phase         | int   | state   | 0 2        | signal_phase light
stop_distance        | real  | state   | 2 150      | stop_dist dist_to_line
phase_left           | real  | state   | 0 5        | phase_left time_left
signal_response      | real  | result  | -9 0       | brake_cmd signal_accel
braking_gap          | real  | result  | -600 600   | braking_gap safe_margin
collision_time       | real  | result  | 0 100      | ttc collision_time
road_density         | real  | state   | 0.005 0.15 | road_density veh_per_m
downstream_density   | real  | state   | 0.005 0.15 | down_density next_density
jam_density          | real  | group   | 0.12 0.2   | jam_density rho_jam      | 0.15
lane_capacity        | real  | group   | 0.3 0.8    | lane_capacity q_max      | 0.5
road_flow            | real  | result  | 0 1        | road_flow q_flow
cell_inflow          | real  | result  | 0 0.8      | cell_inflow q_in
applied_acceleration | real  | state   | -4 3       | accel_cmd accel
grade                | real  | state   | -0.08 0.08 | grade slope
fuel_use             | real  | result  | 0 8        | fuel_rate fuel_use
gaps                 | reals | state   | 1 60       | gaps headways
critical_gap         | real  | uniform | 10 50      | critical_gap min_accept  | 30.0
gap_acceptance       | int   | result  | -1 64      | gap_index accepted_gap
mean_headway         | real  | result  | 0 50       | mean_headway t_mean
arrival_flow         | real  | state   | 0.02 0.3   | arrival_flow q_arr
green_share          | real  | state   | 0.3 0.8    | green_share g_over_c
cycle_time           | real  | uniform | 40 120     | cycle_time t_cycle       | 60.0 90.0
webster_delay        | real  | result  | 0 200      | delay webster_delay
lateral              | real  | state   | -2 2       | lateral_offset y_off
lateral_rate         | real  | state   | -1 1       | lateral_rate y_dot
heading_error        | real  | state   | -0.5 0.5   | heading_err yaw_err
wheelbase            | real  | group   | 2 4        | wheelbase l_wb           | 2.7
lane_keeping         | real  | result  | -0.6 0.6   | steer_cmd lane_steer
steering_angle       | real  | state   | -0.6 0.6   | steer_angle delta_f
car_pose             | vec3  | state   | -20 20     | car_pose xy_yaw
"""


def lane_gap(lane_position_a, lane_position_b, min_spacing):
    """Distance to who drives ahead on a ring, less a car's length."""
    ahead = lane_position_b - lane_position_a
    if ahead < 0.0:
        ahead = ahead + 500.0
    gap = wp.max(ahead - 5.0 - min_spacing, 1.0)
    return gap


def wanted_gap(car_speed, lead_speed, min_spacing, time_gap, throttle, comfort):
    closing = car_speed - lead_speed
    dynamic = car_speed * time_gap + 0.5 * car_speed * closing / wp.sqrt(throttle * comfort)
    return min_spacing + wp.max(dynamic, 0.0)


def intelligent_driver(car_speed, gap, wanted_gap, cruise, throttle):
    """Intelligent driver model of Treiber."""
    free_road = 1.0 - wp.pow(car_speed / cruise, 4.0)
    ratio = wanted_gap / gap
    car_acceleration = wp.max(throttle * (free_road - ratio * ratio), -9.0)
    return car_acceleration


def optimal_velocity(car_speed, gap, cruise, reaction_time):
    """Bando's optimal velocity model."""
    v_opt = 0.5 * cruise * (wp.tanh(0.1 * (gap - 20.0)) + wp.tanh(2.0))
    car_acceleration = 0.5 * (v_opt - car_speed) / reaction_time
    return car_acceleration


def gipps_speed(car_speed, lead_speed, gap, comfort, cruise, throttle):
    """Gipps' safe speed."""
    reaction = 0.7
    v_ratio = car_speed / cruise
    free = car_speed + 2.5 * throttle * reaction * (1.0 - v_ratio) * wp.sqrt(0.025 + v_ratio)
    braking = comfort * reaction
    root = braking * braking + comfort * (2.0 * gap - car_speed * reaction) + lead_speed * lead_speed
    safe = -braking + wp.sqrt(wp.max(root, 0.0))
    next_car_speed = wp.max(wp.min(free, safe), 0.0)
    return next_car_speed


def follow_leader(car_speed, lead_speed, gap, reaction_time):
    """Gazis, Herman and Rothery's follow-the-leader model."""
    stimulus = lead_speed - car_speed
    car_acceleration = wp.clamp(12.0 * stimulus / (gap * reaction_time), -9.0, 4.0)
    return car_acceleration


def nagel_schreckenberg(car_speed, gap, cruise, rng):
    """Nagel and Schreckenberg's cellular traffic, with a random slow-down."""
    v = wp.min(car_speed + 1.0, cruise)
    v = wp.min(v, gap)
    if wp.randf(rng) < 0.3:
        v = wp.max(v - 1.0, 0.0)
    next_car_speed = v
    return next_car_speed


def next_car_speed(car_speed, car_acceleration, dt):
    return wp.max(car_speed + car_acceleration * dt, 0.0)


def next_lane_position(lane_position, car_speed, dt):
    return wp.mod(lane_position + car_speed * dt, 500.0)


def lane_change(own_gap, side_gap, car_acceleration, comfort, politeness):
    """A lane change in the manner of MOBIL: worth it and safe."""
    gain = 0.1 * (side_gap - own_gap) - politeness * car_acceleration
    return gain > 0.2 and side_gap > 10.0 * comfort


def stopping_distance(car_speed, comfort, reaction_time):
    return car_speed * reaction_time + 0.5 * car_speed * car_speed / comfort


def enhanced_driver(car_speed, lead_speed, lead_acceleration, gap, wanted_gap, cruise, throttle):
    """Intelligent driver model with the constant-acceleration heuristic for cars that cut in."""
    free_road = 1.0 - wp.pow(car_speed / cruise, 4.0)
    ratio = wanted_gap / gap
    idm = wp.max(throttle * (free_road - ratio * ratio), -9.0)
    closing = wp.max(car_speed - lead_speed, 0.0)
    lead_a = wp.min(lead_acceleration, throttle)
    heuristic = lead_a - closing * closing / (2.0 * gap)
    if idm >= heuristic:
        return idm
    soft = 0.99 * (heuristic + 2.0 * wp.tanh((idm - heuristic) / 2.0))
    car_acceleration = wp.max(0.01 * idm + soft, -9.0)
    return car_acceleration


def wiedemann(car_speed, lead_speed, gap, min_spacing, comfort):
    """Psychophysical car following: free, closing in, following or braking hard."""
    closing = car_speed - lead_speed
    calm = min_spacing + 2.0 * wp.sqrt(car_speed + 0.1)
    limit = 2.0 * calm
    if gap < calm:
        return -comfort - 0.5 * closing * closing / gap
    if closing > 0.5 and gap < 50.0 * closing:
        return -wp.min(0.5 * closing * closing / gap, 9.0)
    if gap < limit:
        return 0.2 * wp.sign(lead_speed - car_speed)
    car_acceleration = 1.5 - 0.03 * car_speed
    return car_acceleration


def signal_response(car_speed, stop_distance, signal_phase, phase_left, comfort, reaction_time):
    """What a driver does before a traffic light: goes on, slows down or stops."""
    if signal_phase == 0:
        return 0.0
    needed = car_speed * reaction_time + 0.5 * car_speed * car_speed / comfort
    if signal_phase == 1:
        reach = car_speed * phase_left
        if stop_distance < needed or reach > stop_distance + 5.0:
            return 0.0
    return -wp.min(0.5 * car_speed * car_speed / stop_distance, 9.0)


def braking_gap(car_speed, lead_speed, gap, comfort, reaction_time):
    """Room left when both cars brake to a stop; negative means a crash."""
    own = car_speed * reaction_time + 0.5 * car_speed * car_speed / comfort
    lead = 0.5 * lead_speed * lead_speed / comfort
    return gap + lead - own


def collision_time(car_speed, lead_speed, gap):
    """Time to collision, capped where the gap does not close."""
    closing = car_speed - lead_speed
    if closing <= 0.1:
        return 100.0
    return wp.min(gap / closing, 100.0)


def road_flow(road_density, cruise, jam_density):
    """Triangular fundamental diagram: free flow or a jam that travels backwards."""
    wave = 5.0
    critical = wave * jam_density / (cruise + wave)
    if road_density <= critical:
        return cruise * road_density
    return wp.max(wave * (jam_density - road_density), 0.0)


def cell_inflow(road_density, downstream_density, cruise, jam_density, lane_capacity):
    """Daganzo's cell transmission: the lesser of demand and supply."""
    wave = 5.0
    demand = wp.min(cruise * road_density, lane_capacity)
    supply = wp.min(wave * wp.max(jam_density - downstream_density, 0.0), lane_capacity)
    return wp.min(demand, supply)


def fuel_use(car_speed, applied_acceleration, grade):
    """Fuel rate from the power that a car's motion takes; idling where it takes none."""
    roll = 0.015 * 9.81
    air = 0.0003 * car_speed * car_speed
    force = applied_acceleration + roll + air + 9.81 * grade
    power = force * car_speed
    if power <= 0.0:
        return 0.25
    return 0.25 + 0.06 * power


def gap_acceptance(gaps, critical_gap):
    """Index of the first gap in a stream that is long enough, or minus one."""
    for n in range(len(gaps)):
        if gaps[n] >= critical_gap:
            return n
    return -1


def mean_headway(gaps, car_speed):
    """Mean time between vehicles."""
    total = float(0.0)
    for n in range(len(gaps)):
        total += gaps[n]
    return total / float(len(gaps)) / wp.max(car_speed, 1.0)


def webster_delay(arrival_flow, lane_capacity, green_share, cycle_time):
    """Webster's delay of a fixed signal."""
    x = wp.min(arrival_flow / (green_share * lane_capacity), 0.98)
    uniform = 0.5 * cycle_time * (1.0 - green_share) * (1.0 - green_share) / (1.0 - green_share * x)
    random_part = 0.5 * x * x / (arrival_flow * (1.0 - x))
    return 0.9 * (uniform + random_part)


def lane_keeping(lateral, lateral_rate, heading_error, car_speed, wheelbase):
    """Steering angle that brings a car back to the middle of its lane."""
    speed = wp.max(car_speed, 1.0)
    cross = wp.atan(0.8 * lateral / speed)
    wanted = -heading_error - cross - 0.1 * lateral_rate
    curvature = 0.5 * wanted / speed
    return wp.clamp(wp.atan(wheelbase * curvature) + 0.3 * wanted, -0.6, 0.6)


def bicycle_step(car_pose, car_speed, steering_angle, wheelbase, dt):
    """Kinematic bicycle model: place in the plane and yaw."""
    beta = wp.atan(0.5 * wp.tan(steering_angle))
    yaw = car_pose[2]
    x = car_pose[0] + car_speed * wp.cos(yaw + beta) * dt
    y = car_pose[1] + car_speed * wp.sin(yaw + beta) * dt
    turned = yaw + car_speed / (0.5 * wheelbase) * wp.sin(beta) * dt
    next_car_pose = wp.vec3(x, y, turned)
    return next_car_pose
