"""Rovers: robots on wheels, their odometry and steering, the paths they follow and what their scanners see."""

import warp as wp

ENTITIES = "robot rover agent"
GROUPS = "fleet model mission"
PAIRS = "encounter robot_pair"
LAUNCH = "1:9 2:1"
SUMMED = "path_length"
OPPOSITE = "separation_force"

QUANTITIES = """
wheel_speeds     | vec2  | state   | -6 6       | wheel_speeds wheels w_lr
wheel_radius     | real  | group   | 0.05 0.3   | r_wheel wheel_radius | 0.1
track_width      | real  | group   | 0.3 1      | track_width wheel_base b_track | 0.5
wheelbase        | real  | group   | 0.5 2      | wheelbase l_wb | 1.0
steering         | real  | state   | -0.6 0.6   | steer delta steering
ground_point     | vec2  | state   | -3 3       | xy ground_pos pose_xy
waypoint         | vec2  | state   | -3 3       | waypoint goal
lookahead        | real  | uniform | 0.3 2      | lookahead l_d | 0.5 1.0
goal_distance    | real  | result  | 0 10       | goal_dist dist_to_goal
bearing          | real  | result  | -3.2 3.2   | bearing heading_err
cross_track      | real  | result  | -8 8       | cte cross_track e_lat
ticks_per_turn   | int   | uniform | 128 1024   | ticks_per_rev cpr | 256 512
tick_change      | int   | state   | -8 8       | dticks tick_delta
separation_force | vec2  | result  | -20 20     | avoid separation_force repulse
safety_radius    | real  | uniform | 0.3 2      | safety_radius r_safe | 0.5 1.0
at_goal          | bool  | result  |            | at_goal reached done
dt               | real  | uniform | 0.005 0.05 | dt | 0.01 0.02
forward_speed    | real  | state   | -3 3       | v_fwd forward_speed
turn_rate        | real  | result  | -12 12     | yaw_rate turn_rate
heading          | real  | state   | -3 3       | yaw heading psi
target_turn      | real  | result  | -3.2 3.2   | heading_gap turn_left
steering_command | real  | result  | -0.6 0.6   | steer_cmd delta_cmd
stanley_gain     | real  | uniform | 0.2 3      | k_stanley stanley_gain | 1.0
wheel_command    | vec2  | result  | -6 6       | wheel_cmd lr_cmd
measured_speed   | real  | result  | -40 40     | v_odom measured_speed
agreement        | real  | uniform | 0.05 0.9   | agreement align_gain | 0.3
path_length      | real  | result  | 0 40       | path_len dubins_len
turn_radius      | real  | uniform | 0.4 1.5    | turn_radius r_min | 0.5 1.0
mecanum_speeds   | vec4  | state   | -6 6       | mecanum wheel4
base_twist       | vec3  | result  | -12 12     | base_twist body_vel
half_sum         | real  | group   | 0.2 0.6    | half_sum lx_ly
beam_ranges      | reals | state   | 0.1 5      | ranges scan
clear_width      | real  | result  | 0 5        | clearance min_range
widest           | int   | result  | 0 50       | gap_beam widest_gap
log_odds         | real  | state   | -4 4       | log_odds l_occ
occupied_chance  | real  | result  | 0 1        | p_occ occupied
beam_hit         | bool  | state   | 0 1        | hit beam_hit
safe_speed       | real  | result  | 0 4        | v_safe safe_speed
potential_push   | vec2  | result  | -6 6       | steer_vec potential_push
"""


def measured_speed(wheel_speeds, wheel_radius):
    return 0.5 * wheel_radius * (wheel_speeds[0] + wheel_speeds[1])


def turn_rate(wheel_speeds, wheel_radius, track_width):
    """Turning of a differential drive."""
    return wheel_radius * (wheel_speeds[1] - wheel_speeds[0]) / track_width


def bicycle_turn_rate(forward_speed, steering, wheelbase):
    """Kinematic bicycle."""
    turn_rate = forward_speed * wp.tan(steering) / wheelbase
    return turn_rate


def wheel_commands(forward_speed, turn_rate, wheel_radius, track_width):
    """Wheel speeds of a differential drive, scaled to their limit."""
    half = 0.5 * track_width * turn_rate
    left = (forward_speed - half) / wheel_radius
    right = (forward_speed + half) / wheel_radius
    peak = wp.max(wp.abs(left), wp.abs(right))
    k = 1.0
    if peak > 6.0:
        k = 6.0 / peak
    wheel_command = wp.vec2(k * left, k * right)
    return wheel_command


def next_heading(heading, turn_rate, dt):
    """Heading, wrapped into a turn."""
    a = heading + turn_rate * dt
    return a - wp.tau * wp.floor((a + wp.pi) / wp.tau)


def next_ground_point(ground_point, heading, forward_speed, turn_rate, dt):
    """Odometry by the midpoint of the arc."""
    mid = heading + 0.5 * turn_rate * dt
    return ground_point + forward_speed * dt * wp.vec2(wp.cos(mid), wp.sin(mid))


def arc_odometry(ground_point, heading, forward_speed, turn_rate, dt):
    """Exact odometry along an arc."""
    if wp.abs(turn_rate) < 1.0e-2:
        return ground_point + forward_speed * dt * wp.vec2(wp.cos(heading), wp.sin(heading))
    r = forward_speed / turn_rate
    h = heading + turn_rate * dt
    next_ground_point = ground_point + r * wp.vec2(wp.sin(h) - wp.sin(heading), wp.cos(heading) - wp.cos(h))
    return next_ground_point


def goal_distance(ground_point, waypoint):
    return wp.length(waypoint - ground_point)


def bearing(ground_point, waypoint, heading):
    d = waypoint - ground_point
    a = wp.atan2(d[1], d[0]) - heading
    return wp.atan2(wp.sin(a), wp.cos(a))


def cross_track(ground_point, waypoint, heading):
    d = waypoint - ground_point
    return wp.cos(heading) * d[1] - wp.sin(heading) * d[0]


def pure_pursuit(bearing, goal_distance, lookahead, wheelbase, max_steering):
    """Steering of pure pursuit."""
    reach = wp.max(goal_distance, lookahead)
    steering_command = wp.clamp(wp.atan(2.0 * wheelbase * wp.sin(bearing) / reach), -max_steering, max_steering)
    return steering_command


def stanley(bearing, cross_track, forward_speed, stanley_gain, max_steering):
    """Stanley's steering law."""
    turn = 0.3 * bearing + wp.atan2(stanley_gain * cross_track, 1.0 + wp.abs(forward_speed))
    steering_command = wp.clamp(turn, -max_steering, max_steering)
    return steering_command


def encoder_speed(tick_change, ticks_per_turn, wheel_radius, dt):
    """Speed of a wheel from the ticks of a step."""
    turns = float(tick_change) / float(ticks_per_turn)
    measured_speed = turns * wp.tau * wheel_radius / dt
    return measured_speed


def at_goal(goal_distance, safety_radius):
    return goal_distance < safety_radius


def separation_force(ground_point_a, ground_point_b, safety_radius):
    """Push away from a robot that is too close."""
    d = ground_point_a - ground_point_b
    dist = wp.length(d)
    f = wp.vec2(0.0, 0.0)
    if dist < 2.0 * safety_radius and dist > 1.0e-4:
        f = 5.0 * (2.0 * safety_radius - dist) / dist * d
    return f


def consensus_heading(heading_a, heading_b, agreement):
    """Heading that moves toward a neighbor's (Vicsek)."""
    d = heading_b - heading_a
    next_heading = heading_a + agreement * wp.atan2(wp.sin(d), wp.cos(d))
    return next_heading


def target_turn(heading, target_heading):
    """Shortest way around the circle."""
    d = target_heading - heading
    return wp.atan2(wp.sin(d), wp.cos(d))


def next_steering(steering, steering_command, dt):
    """Steering that follows its command with a lag and a limited rate."""
    lagged = 8.0 * (steering_command - steering)
    return steering + dt * wp.clamp(lagged, -1.5, 1.5)


def base_twist(mecanum_speeds, wheel_radius, half_sum):
    """Motion of a base on four mecanum wheels."""
    k = 0.25 * wheel_radius
    w = mecanum_speeds
    ahead = k * (w[0] + w[1] + w[2] + w[3])
    aside = k * (-w[0] + w[1] + w[2] - w[3])
    spin = k / half_sum * (-w[0] + w[1] - w[2] + w[3])
    return wp.vec3(ahead, aside, spin)


def path_length(ground_point, heading, waypoint, target_heading, turn_radius):
    """Length of Dubins' path of two left turns and a straight line."""
    d = (waypoint - ground_point) / turn_radius
    dist = wp.length(d)
    theta = wp.atan2(d[1], d[0])
    a = heading - theta
    b = target_heading - theta
    p2 = 2.0 + dist * dist - 2.0 * wp.cos(a - b) + 2.0 * dist * (wp.sin(a) - wp.sin(b))
    if p2 < 0.0:
        return 0.0
    tilt = wp.atan2(wp.cos(b) - wp.cos(a), dist + wp.sin(a) - wp.sin(b))
    first = tilt - a
    last = b - tilt
    first -= wp.tau * wp.floor(first / wp.tau)
    last -= wp.tau * wp.floor(last / wp.tau)
    return turn_radius * (first + wp.sqrt(p2) + last)


def clear_width(beam_ranges, safety_radius):
    """What is free ahead: the nearest range of the middle half of a scan, less the own radius."""
    count = len(beam_ranges)
    nearest = float(10.0)
    for n in range(count // 4, count - count // 4):
        nearest = wp.min(nearest, beam_ranges[n])
    return wp.clamp(nearest - safety_radius, 0.0, 5.0)


def widest(beam_ranges, safety_radius):
    """Middle of the widest gap of a scan (follow the gap)."""
    best_len = int(0)
    best_end = int(0)
    run = int(0)
    for n in range(len(beam_ranges)):
        if beam_ranges[n] > 2.0 * safety_radius:
            run += 1
            if run > best_len:
                best_len = run
                best_end = n
        else:
            run = 0
    if best_len == 0:
        return 0
    return best_end - best_len // 2


def next_log_odds(log_odds, beam_hit):
    """Update of an occupancy cell."""
    change = -0.4
    if beam_hit:
        change = 0.85
    return wp.clamp(log_odds + change, -4.0, 4.0)


def occupied_chance(log_odds):
    return 1.0 - 1.0 / (1.0 + wp.exp(log_odds))


def drifting_heading(heading, turn_rate, dt, rng):
    """Odometry whose error grows with the turning."""
    noisy = turn_rate * (1.0 + 0.05 * wp.randn(rng)) + 0.01 * wp.randn(rng)
    next_heading = heading + noisy * dt
    return next_heading


def slalom_point(ground_point, heading, forward_speed, steering, wheelbase, dt):
    """Four short steps of the kinematic bicycle."""
    x = ground_point[0]
    y = ground_point[1]
    h = heading
    step = 0.25 * dt
    for _n in range(4):
        x += step * forward_speed * wp.cos(h)
        y += step * forward_speed * wp.sin(h)
        h += step * forward_speed * wp.tan(steering) / wheelbase
    next_ground_point = wp.vec2(x, y)
    next_heading = h
    return next_ground_point, next_heading


def window_speed(beam_ranges, forward_speed, safety_radius, dt):
    """Speed at which a robot still stops before what its scanner sees."""
    nearest = float(10.0)
    for n in range(len(beam_ranges)):
        nearest = wp.min(nearest, beam_ranges[n])
    room = wp.max(nearest - safety_radius, 0.0)
    fastest = wp.sqrt(2.0 * room)
    limit = wp.abs(forward_speed) + 2.0 * dt
    safe_speed = wp.min(fastest, limit)
    return safe_speed


def potential_push(ground_point, waypoint, beam_ranges, heading):
    """Pull of the goal and push of the nearest beam of a full turn (potential field)."""
    goal = waypoint - ground_point
    pull = goal / wp.max(wp.length(goal), 1.0)
    near = int(0)
    for n in range(1, len(beam_ranges)):
        if beam_ranges[n] < beam_ranges[near]:
            near = n
    r = beam_ranges[near]
    if r > 1.5:
        return pull
    a = heading + wp.tau * float(near) / float(len(beam_ranges))
    push = 0.3 * (1.0 / r - 1.0 / 1.5)
    return pull - push * wp.vec2(wp.cos(a), wp.sin(a))
