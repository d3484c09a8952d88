"""One step of cars on a road network: leaders, signals, lane changes, routes, fuel."""

import warp as wp

TITLES = "update_vehicles step_traffic move_cars traffic_step advance_vehicles drive_vehicles"
CATEGORIES = "control_flow:1 combined:0.7 arithmetic:1.5 math:0.5 integer:2 struct:0.5 atomic:1"
CHANCES = "lanes:0.6 signal:0.6 fuel:0.45 route:0.6"
DIMS = """
car | 8 | num_cars vehicle_count num_vehicles
edge | 4 | num_edges num_roads edge_count
side | 2 |
stop | 3 | route_length max_route
"""
ARGS = """
position | real | car | 0 60 | positions s_pos car_pos
speed | real | car | 0 20 | speeds car_speed velocity
accel | real | car | -3 3 | accelerations car_accel
lane | int | car | 0 2 | lanes car_lane
edge_id | int | car | @edge | edge_id car_edge road_id
leader | int | car | @car | leader_id leaders front_car
has_leader | bool | car | 0 1 | has_leader leader_valid
length | real | ?car | 3 12 | vehicle_length car_length
wish | real | ?car | 15 35 | desired_speed free_speed
headway | real | ?car | 0.8 2 | time_headway time_gap
min_gap | real | ?car | 1 9 | min_gap jam_distance
max_acc | real | ?car | 0.8 3 | max_accel accel_limit
comfort | real | ?car | 1 3 | comfort_decel comfortable_brake
polite | real | ?car | 0 0.8 | politeness
imperfection | real | ?car | 0 0.5 | driver_imperfection sigma
kind | int | ?car | 0 2 | vehicle_type car_type
side_leader | int | car side | @car | side_leader neighbor_leader
side_follower | int | car side | @car | side_follower neighbor_follower
side_open | bool | car side | 0 1 | side_open lane_exists
cooldown | real | car | -3 2 | lane_change_timer lane_cooldown
road_length | real | ?edge | 45 70 | edge_length road_length
limit | real | ?edge | 10 35 | speed_limit edge_speed_limit
lanes_of | int | ?edge | 1 3 | num_lanes edge_lanes
signal | int | edge | 0 2 | signal_state light_state
signal_left | real | edge | 0 6 | signal_time light_remaining
grade | real | ?edge | -0.05 0.05 | road_grade edge_slope
next_edge | int | car stop | @edge | route route_edges
route_at | int | car | 0 2 | route_index route_pos
active | bool | car | 0 1 | active in_network
waiting | real | car | 0 60 | waiting_time wait_time
travel | real | car | 0 90 | travel_time
odometer | real | car | 0 90 | odometer distance_driven
fuel | real | car | 5 50 | fuel fuel_level
emission | real | car | 0 9 | co2 emissions
position_out | real | car | | new_positions position_out
speed_out | real | car | | new_speeds speed_out
accel_out | real | car | | accel_out new_accel
lane_out | int | car | | new_lanes lane_out
lane_gain | real | car | | lane_incentive lane_gain
brake_light | bool | car | | brake_lights is_braking
ttc_out | real | car | | time_to_collision ttc
stopped | int | car | 0 9 | stop_count num_stops
edge_count | int | edge | 0 0 | cars_on_edge edge_occupancy
edge_speed | real | edge | 0 0 | speed_sum edge_speed_sum
rand | real | car | 0 1 | dawdle_noise random_value
dt | real | | 0.2 1 | dt time_step step_length | 0.5 1.0
exponent | real | | 2 5 | accel_exponent delta | 4.0
reaction | real | | 0.5 1.5 | reaction_time tau_r | 1.0
threshold | real | | 0.02 0.6 | change_threshold lane_threshold | 0.1 0.2
safe_brake | real | | 0.2 4 | safe_decel max_safe_brake | 4.0
wait_min | real | | 1 5 | lane_cooldown_time min_change_interval | 3.0
sight | real | | 10 50 | look_ahead sight_distance | 50.0
hard_brake | real | | 5 9 | max_brake emergency_decel | 8.0 9.0
"""


def distance_ahead(ahead: float, own: float, size: float, road: float):
    gap = ahead - own - size
    if gap < 0.0:
        gap += road
    return gap


def idm_accel(
    v: float, dv: float, gap: float, wish: float, time_gap: float, jam: float, a_max: float, b: float, e: float
):
    wanted = jam + wp.max(v * time_gap + v * dv / (2.0 * wp.sqrt(a_max * b)), 0.0)
    free = wp.pow(wp.max(v / wish, 0.001), e)
    return a_max * (1.0 - free - (wanted / gap) * (wanted / gap))


def safe_speed(v: float, lead: float, gap: float, b: float, tau: float):
    if one.model.krauss:
        speed = lead + (gap - lead * tau) / ((v + lead) / (2.0 * b) + tau)
    elif one.model.gipps:
        inside = b * b * tau * tau + b * (2.0 * gap - v * tau + lead * lead / b)
        speed = -b * tau + wp.sqrt(wp.max(inside, 0.0))
    return speed


def kernel():
    if opt.active:
        if not active[car]:
            return
    road = edge_id[car]
    s = position[car]
    v = speed[car]
    v_wish = wp.min(wish[car], limit[road]) if one.want.limit else wish[car]
    if opt.trucks:
        if kind[car] == 2:
            v_wish = wp.min(v_wish, num(22.0, 25.0))
        elif kind[car] == 1:
            v_wish = num(0.9, 0.95, 1.1) * v_wish

    "the car in front"
    gap = num(1000.0, 500.0, 200.0)
    dv = 0.0
    front = leader[car]
    if has_leader[car]:
        gap = distance_ahead(position[front], s, length[front], road_length[road])
        dv = v - speed[front]
    gap = wp.max(gap, num(0.1, 0.5, 0.01))
    if opt.ttc:
        if dv > num(0.1, 0.01):
            ttc_out[car] = gap / dv
        else:
            ttc_out[car] = num(99.0, 1000.0)

    if opt.signal:
        "the signal at the end of the road"
        ahead = road_length[road] - s
        light = signal[road]
        if light == 2:
            if ahead < sight and ahead < gap:
                gap = wp.max(ahead, num(0.1, 0.5, 0.01))
                dv = v
        elif light == 1:
            braking = v * v / (2.0 * (comfort[car] if not one.model.optimal else num(3.0, 4.5)))
            if opt.dilemma:
                if ahead > braking and ahead < gap and v * signal_left[road] < ahead:
                    gap = ahead
                    dv = v
            else:
                if ahead > braking and ahead < gap:
                    gap = ahead
                    dv = v

    "acceleration"
    if one.model.idm:
        a = idm_accel(v, dv, gap, v_wish, headway[car], min_gap[car], max_acc[car], comfort[car], exponent)
    elif one.model.krauss:
        v_safe = safe_speed(v, v - dv, gap, comfort[car], reaction)
        v_goal = wp.min(wp.min(v + max_acc[car] * dt, v_wish), v_safe)
        if opt.dawdle:
            v_goal = v_goal - imperfection[car] * max_acc[car] * dt * rand[car]
        a = (v_goal - v) / dt
    elif one.model.gipps:
        v_free = v + 2.5 * max_acc[car] * reaction * (1.0 - v / v_wish) * wp.sqrt(0.025 + wp.max(v / v_wish, 0.0))
        v_follow = safe_speed(v, v - dv, gap, comfort[car], reaction)
        a = (wp.min(v_free, v_follow) - v) / reaction
    elif one.model.optimal:
        v_opt = 0.5 * v_wish * (wp.tanh((gap - num(15.0, 20.0)) / num(8.0, 10.0)) + wp.tanh(num(2.0, 1.5)))
        a = num(0.3, 0.5) * (v_opt - v)
    if opt.grade:
        a -= 9.81 * grade[road]
    if one.bound.brake:
        a = wp.clamp(a, -hard_brake, max_acc[car])
    elif one.bound.jerk:
        a = wp.clamp(a, accel[car] - num(5.0, 8.0, 10.0) * dt, accel[car] + num(5.0, 8.0, 10.0) * dt)

    now_lane = lane[car]
    if opt.lanes:
        "change lanes where that pays"
        pause = cooldown[car] - dt
        best = threshold
        to_lane = now_lane
        if pause <= 0.0 and v > num(2.0, 5.0):
            for k in range(2):
                if not side_open[car, k]:
                    continue
                new_front = side_leader[car, k]
                new_back = side_follower[car, k]
                room = distance_ahead(position[new_front], s, length[new_front], road_length[road])
                behind = distance_ahead(s, position[new_back], length[car], road_length[road])
                if room < min_gap[car] or behind < min_gap[car]:
                    continue
                if opt.safe:
                    closing = speed[new_back] - v
                    if closing > 0.0 and closing * closing / (2.0 * behind) > safe_brake:
                        continue
                if one.gain.speed:
                    gain = (speed[new_front] - (v - dv)) / v_wish
                elif one.gain.gap:
                    gain = (room - gap) / wp.max(v * headway[car] + min_gap[car], 1.0)
                else:
                    a_new = max_acc[car] * (1.0 - wp.min((min_gap[car] + v * headway[car]) / room, 2.0))
                    gain = a_new - a
                if opt.polite:
                    harm = wp.max(speed[new_back] - v, 0.0) / v_wish
                    gain -= polite[car] * harm
                if opt.keep_right:
                    if k == 1:
                        gain += num(0.1, 0.2)
                if gain > best:
                    best = gain
                    to_lane = now_lane - 1 if k == 0 else now_lane + 1
        lane_gain[car] = best
        if to_lane != now_lane:
            pause = wait_min
        cooldown[car] = wp.max(pause, 0.0)
        if one.lane_bound.clamp:
            lane_out[car] = wp.clamp(to_lane, 0, lanes_of[road] - 1)
        else:
            if to_lane >= 0 and to_lane < lanes_of[road]:
                lane_out[car] = to_lane
            else:
                lane_out[car] = now_lane

    "move"
    if one.move.ballistic:
        v_new = wp.max(v + a * dt, 0.0)
        step = 0.5 * (v + v_new) * dt
    elif one.move.euler:
        v_new = wp.max(v + a * dt, 0.0)
        step = v_new * dt
    else:
        v_new = v + a * dt
        step = v * dt + 0.5 * a * dt * dt
        if v_new < 0.0:
            step = -0.5 * v * v / wp.min(a, -0.001)
            v_new = 0.0
    s_new = s + step
    if opt.route:
        if s_new >= road_length[road]:
            at = route_at[car] + 1
            if at < N.stop:
                s_new -= road_length[road]
                edge_id[car] = next_edge[car, at]
                route_at[car] = at
            else:
                s_new = road_length[road]
                v_new = 0.0
                if opt.leaves and opt.active:
                    active[car] = False
    else:
        if s_new >= road_length[road]:
            s_new -= road_length[road]
    position_out[car] = s_new
    speed_out[car] = v_new
    if opt.accels:
        accel_out[car] = (v_new - v) / dt
    if opt.lights:
        brake_light[car] = a < -num(0.2, 0.5)
    if opt.times:
        "statistics"
        travel[car] += dt
        if v_new < num(0.1, 0.5):
            waiting[car] += dt
            if opt.stops and v >= num(0.1, 0.5):
                stopped[car] += 1
    if opt.distance:
        odometer[car] += step
    if opt.fuel:
        "fuel"
        if one.fuel.vsp:
            power = v_new * (1.1 * a + 0.132) + 0.000302 * v_new * v_new * v_new
            used = (num(0.1, 0.2) + 0.05 * wp.max(power, 0.0)) * dt * 0.01
        else:
            used = (num(0.3, 0.4) + 0.02 * v_new + num(0.1, 0.15) * wp.max(a, 0.0) * v_new) * dt * 0.001
        fuel[car] = wp.max(fuel[car] - used, 0.0)
        if opt.co2:
            emission[car] += 2.31 * used
    if opt.counts:
        wp.atomic_add(edge_count, road, 1)
        if opt.mean_speed:
            wp.atomic_add(edge_speed, road, v_new)
