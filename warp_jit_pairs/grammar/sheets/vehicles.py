"""Vehicles: cars on roads, their tires, drives and brakes, and how they follow each other."""

import warp as wp

ENTITIES = "vehicle car"
GROUPS = "lane road model"
PAIRS = "follower platoon"
LAUNCH = "1:9 2:1"
SUMMED = "energy_use fuel_rate"
OPPOSITE = ""

QUANTITIES = """
dt                   | real | uniform | 0.005 0.05     | dt | 0.01 0.02
mass                 | real | group   | 500 2500       | mass m_car
wind_area            | real | group   | 0.4 1.2        | cd_area drag_area
rolling              | real | group   | 0.005 0.03     | c_roll rolling_coef
grade                | real | state   | -0.15 0.15     | grade slope_angle
speed                | real | state   | 0 40           | speed v_car
drag_force           | real | result  | -5000 9000     | f_drag road_load
acceleration         | real | state   | -6 4           | accel acceleration
drive_power          | real | result  | -600000 600000 | drive_power p_wheel
energy_use           | real | result  | -300 400       | battery_kw energy_use
regeneration         | real | uniform | 0.3 0.8        | regen_eff regeneration | 0.6
drive_efficiency     | real | uniform | 0.7 0.95       | drive_eff eta_drive | 0.9
slip_angle           | real | state   | -0.3 0.3       | alpha_slip slip_angle
slip_ratio           | real | result  | -1 1           | kappa_slip slip_ratio
wheel_spin           | real | state   | 0 130          | wheel_spin w_wheel
tire_radius          | real | group   | 0.28 0.4       | r_tire tire_radius
axle_load            | real | state   | 2000 9000      | f_z axle_load
grip                 | real | uniform | 0.2 1.1        | mu_road grip | 0.9
lateral_force        | real | result  | -12000 12000   | f_y lateral_force
longitudinal_force   | real | result  | -12000 12000   | f_x tire_fx
yaw_speed            | real | state   | -1 1           | r_yaw yaw_speed
side_speed           | real | state   | -3 3           | v_y side_speed
yaw_inertia          | real | group   | 800 4000       | i_z yaw_inertia
front_length         | real | group   | 0.9 1.6        | l_f front_length
rear_length          | real | group   | 1 1.8          | l_r rear_length
cornering_stiffness  | real | group   | 20000 90000    | c_alpha cornering_stiffness
center_height        | real | group   | 0.4 0.9        | h_cg center_height
load_shift           | real | result  | -12000 12000   | load_shift d_fz
brake_distance       | real | result  | 0 500          | brake_dist stop_distance
reaction_time        | real | uniform | 0.3 2          | reaction_time t_react | 1.0
gap                  | real | state   | 1 80           | gap headway
leader_speed         | real | state   | 0 40           | v_lead leader_speed
wanted_speed         | real | uniform | 8 35           | v_des wanted_speed | 13.9 30.0
time_gap             | real | uniform | 0.8 2.5        | time_gap t_gap | 1.5
following            | real | result  | -9 3           | acc_follow follow_accel
gear                 | int  | state   | 1 5            | gear gear_no
engine_speed         | real | state   | 700 6500       | rpm engine_rpm
throttle             | real | state   | 0 1            | throttle pedal
charge_level         | real | state   | 0.05 1         | soc charge_level
battery_capacity     | real | group   | 20 90          | pack_kwh battery_capacity
collision_time       | real | result  | 0 1000         | ttc collision_time
steering             | real | state   | -0.6 0.6       | steer delta steering
platoon_acceleration | real | result  | -6 3           | platoon_accel acc_coop
driven_acceleration  | real | result  | -9 3           | driven_accel acc_driver
engine_torque        | real | result  | -70 400        | engine_torque tq_engine
max_torque           | real | uniform | 100 400        | max_torque tq_max | 250.0
wheel_force          | real | result  | -6000 16000    | f_wheel wheel_force
final_ratio          | real | group   | 3 4.5          | final_drive final_ratio
fuel_rate            | real | result  | 0 60           | fuel_lph fuel_rate
wheel_inertia        | real | group   | 0.8 2          | wheel_inertia j_wheel
brake_pressure       | real | state   | 0 120          | brake_bar brake_pressure
pedal_pressure       | real | state   | 0 120          | pedal_bar pedal_pressure
understeer           | real | result  | -0.05 0.1      | k_us understeer
yaw_reference        | real | result  | -9 9           | yaw_ref yaw_reference
track                | real | group   | 1.3 1.8        | track_width track
curve_radius         | real | state   | 8 300          | curve_radius r_curve
rollover_speed       | real | result  | 5 100          | v_rollover rollover_speed
followed_speed       | real | result  | 0 60           | v_follow followed_speed
other_following      | real | state   | -9 3           | acc_other_lane other_follow
follower_loss        | real | state   | 0 8            | follower_loss acc_loss
politeness           | real | uniform | 0 1            | politeness p_polite | 0.3
changes_lane         | bool | result  |                | change_lane changes
yellow_left          | real | state   | 0 5            | yellow_left t_yellow
light_acceleration   | real | result  | -6 0           | acc_light light_accel
road_place           | real | state   | 0 200          | road_s s_along
sleepiness           | real | uniform | 0.05 1         | sleepiness acc_noise | 0.2
"""


def drag_force(speed, mass, wind_area, rolling, grade):
    """Air, rolling and climbing resistance."""
    air = 0.6 * wind_area * speed * speed
    weight = 9.81 * mass
    return air + weight * (rolling * wp.cos(grade) + wp.sin(grade))


def drive_power(drag_force, mass, acceleration, speed):
    return (drag_force + mass * acceleration) * speed


def energy_use(drive_power, drive_efficiency, regeneration):
    """Kilowatts from the battery; braking gives a part back."""
    if drive_power >= 0.0:
        return 0.001 * drive_power / drive_efficiency
    return 0.001 * drive_power * regeneration


def next_charge_level(charge_level, energy_use, battery_capacity, dt):
    used = energy_use * dt / (3600.0 * battery_capacity)
    return wp.clamp(charge_level - used, 0.0, 1.0)


def slip_ratio(wheel_spin, tire_radius, speed):
    rim = wheel_spin * tire_radius
    return wp.clamp((rim - speed) / wp.max(wp.max(speed, rim), 0.5), -1.0, 1.0)


def lateral_force(slip_angle, axle_load, grip):
    """Pacejka's magic formula of the lateral force."""
    peak = grip * axle_load * (1.1 - 0.00002 * axle_load)
    shape = 1.3
    stiffness = 60000.0 * wp.sin(2.0 * wp.atan(axle_load / 6000.0))
    b = stiffness / (shape * wp.max(peak, 100.0))
    x = b * slip_angle
    bent = x + 0.5 * (x - wp.atan(x))
    return -peak * wp.sin(shape * wp.atan(bent))


def longitudinal_force(slip_ratio, axle_load, grip):
    peak = grip * axle_load
    x = 12.0 * slip_ratio
    bent = x - 0.4 * (x - wp.atan(x))
    return peak * wp.sin(1.65 * wp.atan(bent))


def combined_force(lateral_force, longitudinal_force, axle_load, grip):
    """Lateral force that the friction ellipse leaves."""
    limit = grip * axle_load
    used = wp.min(wp.abs(longitudinal_force) / limit, 0.99)
    next_lateral_force = lateral_force * wp.sqrt(1.0 - used * used)
    return next_lateral_force


def single_track_step(
    side_speed, yaw_speed, speed, steering, mass, yaw_inertia, front_length, rear_length, cornering_stiffness, dt
):
    """Linear single-track model, blended to the kinematic one at low speed."""
    v = wp.max(speed, 2.0)
    front_slip = steering - (side_speed + front_length * yaw_speed) / v
    rear_slip = -(side_speed - rear_length * yaw_speed) / v
    f_front = cornering_stiffness * wp.clamp(front_slip, -0.15, 0.15)
    f_rear = cornering_stiffness * wp.clamp(rear_slip, -0.15, 0.15)
    side_rate = (f_front + f_rear) / mass - v * yaw_speed
    yaw_rate = (front_length * f_front - rear_length * f_rear) / yaw_inertia
    next_side_speed = side_speed + dt * side_rate
    next_yaw_speed = yaw_speed + dt * yaw_rate
    if speed < 2.0:
        next_yaw_speed = speed * wp.tan(steering) / (front_length + rear_length)
        next_side_speed = rear_length * next_yaw_speed
    return next_side_speed, next_yaw_speed


def load_shift(mass, acceleration, center_height, front_length, rear_length):
    """Load that braking moves from the rear axle to the front one."""
    return -mass * acceleration * center_height / (front_length + rear_length)


def brake_distance(speed, grip, grade, reaction_time):
    hold = 9.81 * (grip * wp.cos(grade) + wp.sin(grade))
    return speed * reaction_time + speed * speed / (2.0 * wp.max(hold, 0.5))


def following(speed, leader_speed, gap, wanted_speed, time_gap):
    """Intelligent driver model (Treiber)."""
    a_max = 1.5
    b = 2.0
    closing = speed - leader_speed
    dynamic = speed * time_gap + speed * closing / (2.0 * wp.sqrt(a_max * b))
    wanted_gap = 2.0 + wp.max(dynamic, 0.0)
    free = wp.pow(speed / wanted_speed, 4.0)
    ratio = wanted_gap / gap
    return wp.clamp(a_max * (1.0 - free - ratio * ratio), -9.0, 3.0)


def next_speed(speed, following, dt):
    return wp.max(speed + dt * following, 0.0)


def collision_time(gap, speed, leader_speed):
    closing = speed - leader_speed
    if closing <= 0.05:
        return 1000.0
    return gap / closing


def next_gear(gear, engine_speed, throttle):
    """Automatic gearbox: shifts later the more the pedal is pressed."""
    up_at = 2500.0 + 3000.0 * throttle
    down_at = 1100.0 + 900.0 * throttle
    if engine_speed > up_at:
        return wp.min(gear + 1, 5)
    if engine_speed < down_at:
        return wp.max(gear - 1, 1)
    return wp.clamp(gear, 1, 5)


def engine_torque(engine_speed, throttle, max_torque):
    """Torque curve of an engine: rises to a plateau, falls towards the limiter, drags without throttle."""
    full = max_torque
    if engine_speed < 1800.0:
        full = max_torque * (0.55 + 0.45 * (engine_speed - 700.0) / 1100.0)
    elif engine_speed > 4500.0:
        full = max_torque * wp.max(1.0 - 0.45 * (engine_speed - 4500.0) / 2000.0, 0.0)
    drag = 10.0 + 0.008 * engine_speed
    return throttle * full - (1.0 - throttle) * drag


def wheel_force(engine_torque, gear, final_ratio, tire_radius):
    """Drive at the rim in one of five gears."""
    ratio = 0.8
    if gear == 1:
        ratio = 3.6
    elif gear == 2:
        ratio = 2.1
    elif gear == 3:
        ratio = 1.4
    elif gear == 4:
        ratio = 1.0
    return 0.92 * engine_torque * ratio * final_ratio / tire_radius


def fuel_rate(engine_torque, engine_speed):
    """Liters an hour along Willans' line, or idling."""
    power = 0.10472 * engine_torque * engine_speed
    if power <= 0.0:
        return 0.7
    return 0.7 + 0.000078 * power * 3.6


def next_wheel_spin(wheel_spin, wheel_force, longitudinal_force, tire_radius, wheel_inertia, dt):
    """Wheel between its drive and its tire."""
    spin_rate = (wheel_force - longitudinal_force) * tire_radius / wheel_inertia
    return wp.max(wheel_spin + dt * spin_rate, 0.0)


def next_brake_pressure(brake_pressure, slip_ratio, pedal_pressure, dt):
    """Antilock brake: releases a locking wheel, holds near the best slip, and builds up again."""
    slip = -slip_ratio
    if slip > 0.25:
        return wp.max(brake_pressure - 600.0 * dt, 0.0)
    if slip > 0.15:
        return wp.min(brake_pressure, pedal_pressure)
    return wp.min(brake_pressure + 300.0 * dt, pedal_pressure)


def understeer(mass, front_length, rear_length, cornering_stiffness):
    """Understeer gradient of equal axles."""
    base = front_length + rear_length
    return mass * (rear_length - front_length) / (base * cornering_stiffness)


def yaw_reference(speed, steering, understeer, front_length, rear_length, grip):
    """Yaw rate that a driver asks for, within what the road can hold."""
    base = front_length + rear_length
    gain = speed / wp.max(base + understeer * speed * speed, 0.5)
    limit = 0.85 * grip * 9.81 / wp.max(speed, 1.0)
    return wp.clamp(gain * steering, -limit, limit)


def rollover_speed(center_height, track, curve_radius):
    """Speed at which the inner wheels lift in a curve."""
    return wp.sqrt(9.81 * curve_radius * 0.5 * track / center_height)


def gipps_speed(speed, leader_speed, gap, wanted_speed, reaction_time):
    """Gipps' car-following model: the lower of free and safe speeds."""
    a = 1.7
    b = 3.0
    share = speed / wanted_speed
    free = speed + 2.5 * a * reaction_time * wp.max(1.0 - share, 0.0) * wp.sqrt(0.025 + share)
    inner = b * b * reaction_time * reaction_time
    inner += b * (2.0 * wp.max(gap - 2.0, 0.0) - speed * reaction_time + leader_speed * leader_speed / 3.3)
    safe = -b * reaction_time + wp.sqrt(wp.max(inner, 0.0))
    followed_speed = wp.max(wp.min(free, safe), 0.0)
    return followed_speed


def changes_lane(following, other_following, follower_loss, politeness):
    """Lane change that gains more than it costs the one behind (MOBIL)."""
    if follower_loss > 4.0:
        return False
    return other_following - following > politeness * follower_loss + 0.1


def light_acceleration(speed, gap, yellow_left):
    """What to do at a yellow light: go on where it can be passed, else brake as hard as needed."""
    if speed * yellow_left > gap:
        return 0.0
    needed = speed * speed / (2.0 * wp.max(gap, 1.0))
    if needed > 6.0:
        return 0.0
    return -needed


def platoon_acceleration(speed_a, speed_b, road_place_a, road_place_b, time_gap):
    """Cooperative following of the vehicle ahead."""
    spacing = road_place_b - road_place_a - 5.0
    wanted = 2.0 + time_gap * speed_a
    platoon_acceleration = wp.clamp(0.2 * (spacing - wanted) + 0.8 * (speed_b - speed_a), -6.0, 3.0)
    return platoon_acceleration


def driver_noise(following, sleepiness, rng):
    """Acceleration of a driver who does not hold the pedal still."""
    shaky = following + sleepiness * wp.randn(rng)
    driven_acceleration = wp.clamp(shaky, -9.0, 3.0)
    return driven_acceleration
