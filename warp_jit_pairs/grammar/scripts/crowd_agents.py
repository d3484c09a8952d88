"""One step of walking agents: goals, neighbours, walls, states of behaviour."""

import warp as wp

TITLES = "update_agents step_agents simulate_agents agent_step move_agents steer_agents advance_crowd"
CATEGORIES = "control_flow:1 combined:0.8 vector:1 math:0.3 struct:0.5"
CHANCES = "neighbors:0.85 walls:0.5 waypoints:0.5 states:0.6 panic:0.4 stamina:0.4"
DIMS = """
agent | 6 | num_agents agent_count n_agents
slot | 4 | max_neighbors neighbor_slots
wall | 3 | num_walls wall_count
way | 4 | num_waypoints path_len
"""
ARGS = """
position | vec2 | agent | -3 3 | agent_pos positions pos
velocity | vec2 | agent | -2 2 | agent_vel velocities vel
goal | vec2 | agent | -6 6 | goals goal_pos agent_goal
waypoint | vec2 | agent way | -6 6 | waypoints path_points
way_index | int | agent | 0 3 | waypoint_index path_index
radius | real | ?agent | 0.2 0.5 | radii agent_radius
desired_speed | real | ?agent | 0.6 1.8 | desired_speed pref_speed
neighbor | int | agent slot | @agent | neighbors neighbor_ids
near_count | int | agent | 0 4 | neighbor_count near_count
group | int | ?agent | 0 3 | agent_group group_id
wall_a | vec2 | ?wall | -6 6 | wall_start
wall_b | vec2 | ?wall | -6 6 | wall_end
state | int | agent | 0 3 | agent_state behavior_state
timer | real | agent | 0 3 | state_timer wait_timer
fear | real | agent | 0 1 | panic fear_level
threat | vec2 | | -6 6 | threat_pos danger_pos
fatigue | real | agent | 0 1 | fatigue tiredness
active | bool | agent | 0 1 | active agent_active
heading | real | agent | -3 3 | heading facing
position_out | vec2 | agent | | new_positions position_out pos_out
velocity_out | vec2 | agent | | new_velocities velocity_out vel_out
arrived | bool | agent | 0 1 | arrived at_goal reached_goal
travelled | real | agent | 0 9 | distance_walked path_length
delay | real | agent | 0 9 | delay_time lost_time
pressure | real | agent | 0 9 | crowd_pressure contact_pressure
local_density | real | agent | | local_density crowd_density
collisions | int | agent | 0 9 | collision_count num_collisions
relaxation | real | | 0.3 1 | relaxation_time tau | 0.5
strength | real | | 1 5 | social_strength repulsion | 2.0 2.1
fall_off | real | | 0.2 1 | social_range repulsion_range | 0.3 0.5
anisotropy | real | | 0.1 1 | anisotropy lambda_i | 0.5
body_k | real | | 10 90 | body_stiffness contact_stiffness | 50.0
body_friction | real | | 1 20 | sliding_friction body_friction
wall_strength | real | | 1 9 | wall_strength wall_repulsion | 5.0
wall_range | real | | 0.1 0.6 | wall_range | 0.2
cohesion | real | | 0.1 1 | group_cohesion cohesion
view | real | | 1 3 | view_distance vision_range | 2.0
arrive | real | | 0.2 0.6 | goal_radius arrive_distance | 0.5 0.3
max_accel | real | | 2 9 | max_accel max_force
max_speed | real | | 1.5 3 | max_speed speed_limit | 2.0
horizon | real | | 1 4 | time_horizon lookahead | 2.0
wait_time | real | | 0.5 3 | wait_time pause_time
calm_rate | real | | 0.1 1 | calm_rate panic_decay
fear_range | real | | 1 6 | fear_radius threat_range
turn_rate | real | | 1 6 | max_turn_rate turn_speed
dt | real | | 0.02 0.1 | dt time_step sim_dt | 0.05 0.1
"""


def social_push(gap: float, reach: float, amount: float, width: float):
    if one.social.exponential:
        push = amount * wp.exp((reach - gap) / width)
    elif one.social.inverse:
        push = amount / wp.max(gap * gap, num(0.05, 0.1))
    elif one.social.linear:
        push = amount * wp.max(1.0 - (gap - reach) / width, 0.0)
    return push


def seen_share(look: float, least: float):
    return least + (1.0 - least) * 0.5 * (1.0 + look)


def kernel():
    if opt.active:
        if not active[agent]:
            return
    p = position[agent]
    v = velocity[agent]
    "where to"
    aim = goal[agent]
    if opt.waypoints:
        idx = way_index[agent]
        if idx < N.way:
            aim = waypoint[agent, idx]
            if wp.length(aim - p) < arrive:
                way_index[agent] = idx + 1
    to_goal = aim - p
    dist = wp.length(to_goal)
    direction = wp.vec2(0.0, 0.0)
    if dist > num(0.001, 0.0001):
        direction = to_goal / dist
    speed = desired_speed[agent]
    if opt.slowing:
        if dist < num(1.0, 1.5, 2.0):
            speed = speed * dist / num(1.0, 1.5, 2.0)
    if opt.stamina:
        speed = speed * (1.0 - num(0.3, 0.5) * fatigue[agent])
    if opt.panic:
        "fear of the threat"
        away = p - threat
        threat_dist = wp.length(away)
        scared = fear[agent] * wp.exp(-calm_rate * dt)
        if threat_dist < fear_range:
            scared = wp.min(scared + (1.0 - threat_dist / fear_range), 1.0)
        fear[agent] = scared
        if opt.flee_blend:
            if threat_dist > 0.001:
                direction = wp.normalize((1.0 - scared) * direction + scared * away / threat_dist)
        speed = speed * (1.0 + num(0.5, 0.8) * scared)
    if opt.states:
        "state of behaviour"
        s = state[agent]
        left = timer[agent] - dt
        if s == 0:
            if opt.pauses:
                if left <= 0.0 and dist > num(2.0, 3.0):
                    s = 1
                    left = wait_time
            if dist < arrive:
                s = 2
        elif opt.pauses and s == 1:
            speed = 0.0
            if left <= 0.0:
                s = 0
                left = num(2.0, 4.0)
        elif s == 2:
            speed = num(0.1, 0.2, 0.3) * speed
            if dist > num(2.0, 3.0) * arrive:
                s = 0
        elif opt.panic and scared < num(0.1, 0.2):
            s = 0
        if opt.panic:
            if scared > num(0.6, 0.7):
                s = 3
        state[agent] = s
        if opt.pauses:
            timer[agent] = wp.max(left, 0.0)
    f = (speed * direction - v) / relaxation

    if opt.neighbors:
        "neighbours"
        crowd = 0.0
        center = wp.vec2(0.0, 0.0)
        mean_v = wp.vec2(0.0, 0.0)
        friends = 0
        squeeze = 0.0
        num_near = wp.min(near_count[agent], N.slot)
        for n in range(num_near):
            other = neighbor[agent, n]
            if other == agent:
                continue
            if opt.active and opt.skip_inactive:
                if not active[other]:
                    continue
            delta = p - position[other]
            gap = wp.length(delta)
            if gap > view or gap < num(0.001, 0.0001):
                continue
            normal = delta / gap
            reach = radius[agent] + radius[other]
            if one.social.exponential or one.social.inverse or one.social.linear:
                push = social_push(gap, reach, strength, fall_off)
            elif one.social.predicted:
                rel = velocity[other] - v
                closing = wp.dot(rel, normal)
                push = 0.0
                if closing > 0.0:
                    ttc = (gap - reach) / closing
                    if ttc < horizon:
                        push = strength * wp.exp(-ttc / horizon) / wp.max(ttc, num(0.1, 0.2))
            if opt.anisotropic:
                push = push * seen_share(-wp.dot(normal, direction), anisotropy)
            f += push * normal
            if opt.contact:
                if gap < reach:
                    overlap = reach - gap
                    f += body_k * overlap * normal
                    if opt.sliding:
                        tangent = wp.vec2(-normal[1], normal[0])
                        slide = wp.dot(velocity[other] - v, tangent)
                        f += body_friction * overlap * slide * tangent
                    if opt.pressure:
                        squeeze += overlap
                    if opt.counted:
                        collisions[agent] += 1
            if opt.groups:
                if group[other] == group[agent]:
                    center += position[other]
                    if opt.align:
                        mean_v += velocity[other]
                    friends += 1
            if opt.density:
                crowd += wp.exp(-gap * gap / (view * view) * num(2.0, 4.0))
        if opt.groups:
            if friends > 0:
                f += cohesion * (center / float(friends) - p)
                if opt.align:
                    f += num(0.1, 0.2, 0.5) * (mean_v / float(friends) - v)
        if opt.density:
            local_density[agent] = crowd
        if opt.contact and opt.pressure:
            pressure[agent] = squeeze * body_k

    if opt.walls:
        "walls"
        for w in range(N.wall):
            start = wall_a[w]
            along = wall_b[w] - start
            size = wp.max(wp.dot(along, along), num(0.0001, 0.000001))
            u = wp.clamp(wp.dot(p - start, along) / size, 0.0, 1.0)
            off = p - (start + u * along)
            gap = wp.length(off)
            if gap > num(0.0001, 0.001):
                if one.wall.exponential:
                    f += wall_strength * wp.exp((radius[agent] - gap) / wall_range) * off / gap
                elif one.wall.closest:
                    if gap < radius[agent] + wall_range:
                        f += wall_strength * (radius[agent] + wall_range - gap) * off / gap
                else:
                    f += wall_strength / wp.max(gap, 0.05) * wp.exp(-gap / wall_range) * off / gap
    "move"
    if opt.force_limit:
        size_f = wp.length(f)
        if size_f > max_accel:
            f = f * (max_accel / size_f)
    v_new = v + f * dt
    if one.cap.fixed:
        fast = wp.length(v_new)
        if fast > max_speed:
            v_new = v_new * (max_speed / fast)
    elif one.cap.own:
        fast = wp.length(v_new)
        top = num(1.2, 1.3, 1.5) * desired_speed[agent]
        if fast > top:
            v_new = v_new / fast * top
    if opt.turns:
        want = wp.atan2(v_new[1], v_new[0])
        turn = want - heading[agent]
        if turn > wp.pi:
            turn -= 2.0 * wp.pi
        elif turn < -wp.pi:
            turn += 2.0 * wp.pi
        turn = wp.clamp(turn, -turn_rate * dt, turn_rate * dt)
        heading[agent] = heading[agent] + turn
    if opt.midpoint:
        p_new = p + 0.5 * (v + v_new) * dt
    else:
        p_new = p + v_new * dt
    position_out[agent] = p_new
    velocity_out[agent] = v_new
    if opt.arrival:
        arrived[agent] = wp.length(goal[agent] - p_new) < arrive
    if opt.odometer:
        travelled[agent] += wp.length(p_new - p)
    if opt.stamina:
        effort = wp.length(v_new) / (max_speed if one.cap.fixed else desired_speed[agent])
        fatigue[agent] = wp.clamp(fatigue[agent] + (effort - num(0.3, 0.5)) * num(0.01, 0.05) * dt, 0.0, 1.0)
    if opt.lost:
        delay[agent] += dt * wp.max(1.0 - wp.dot(v_new, direction) / desired_speed[agent], 0.0)
