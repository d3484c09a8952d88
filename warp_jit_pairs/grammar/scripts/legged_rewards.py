"""Reward and termination of legged robots after one step: tracking, joints, feet, statistics of episodes."""

import warp as wp

TITLES = (
    "compute_rewards_and_resets legged_rewards robot_rewards evaluate_robots post_physics_step update_robot_rewards"
)
CATEGORIES = "control_flow:1 combined:1 quaternion:1.2 vector:0.6 struct:1 math:0.6 reduction:1"
CHANCES = "height:0.6 feet:0.75 joints:0.85 links:0.5 acc:0.5 gait:0.5 clipped:0.2"
WORLDS = "no"
DIMS = """
robot | 6 | num_envs num_robots n_envs | env tid env_id robot
joint | 4 | num_joints num_dofs dofs_per_robot
foot | 3 | num_feet n_feet feet_per_robot
link | 3 | num_penalized_links num_contact_links
"""
ARGS = """
base_pos | vec3 | robot | 0 0.6 | base_pos root_pos
base_quat | quat | robot | | base_quat root_quat base_rot
base_lin_vel | vec3 | robot | -1 1 | base_lin_vel root_lin_vel
base_ang_vel | vec3 | robot | -1 1 | base_ang_vel root_ang_vel
command | vec3 | robot | -1 1 | commands command velocity_command
terrain_height | real | robot | -0.1 0.1 | terrain_height ground_height
joint_pos | real | robot joint | -2 2 | joint_pos dof_pos joint_q
joint_vel | real | robot joint | -3 3 | joint_vel dof_vel joint_qd
last_joint_vel | real | robot joint | -3 3 | last_joint_vel prev_dof_vel
torque | real | robot joint | -9 9 | joint_torque torques applied_torque
action | real | robot joint | -1 1 | actions action
last_action | real | robot joint | -1 1 | last_actions prev_action
default_pos | real | ?joint | -1 1 | default_joint_pos default_dof_pos
lower | real | ?joint | -3 -1 | joint_lower dof_lower joint_limit_lower
upper | real | ?joint | 1 3 | joint_upper dof_upper joint_limit_upper
vel_limit | real | ?joint | 2 9 | joint_vel_limit dof_vel_limit
torque_limit | real | ?joint | 3 12 | torque_limit effort_limit
foot_force | vec3 | robot foot | -10 15 | foot_contact_force feet_force
foot_pos | vec3 | robot foot | 0 0.2 | foot_pos feet_pos
foot_vel | vec3 | robot foot | -2 2 | foot_vel feet_vel
air_time | real | robot foot | 0 1 | feet_air_time air_time
phase_offset | real | ?foot | 0 1 | foot_phase_offset gait_offset
link_force | real | robot link | 0 2 | link_contact_force undesired_contact
gait_phase | real | robot | 0 1 | gait_phase gait_clock
episode_length | int | robot | 0 50 | episode_length progress_buf step_count
reward | real | robot | -1 1 | rewards reward rew_buf
episode_return | real | robot | -5 5 | episode_return reward_sum episode_sums
done | bool | robot | 0 1 | dones reset_buf terminated
timeout | bool | robot | 0 1 | time_outs truncated timeout_buf
tracking_err | real | robot | 0 1 | tracking_error velocity_error
energy | real | robot | 0 9 | episode_energy energy_used
slip | real | robot | 0 9 | slip_distance foot_slip
w_lin | real | | 0.5 2 | lin_vel_weight w_lin tracking_lin_scale | 1.0 1.5
w_ang | real | | 0.2 1 | ang_vel_weight w_ang tracking_ang_scale | 0.5 0.75
sigma | real | | 0.25 1 | tracking_sigma sigma | 0.25 0.5
w_z | real | | 0.2 2 | lin_vel_z_weight w_lin_z | 2.0
w_xy | real | | 0.01 0.2 | ang_vel_xy_weight w_ang_xy | 0.05
w_flat | real | | 0.1 2 | orientation_weight w_flat | 0.2 1.0
w_height | real | | 0.5 3 | base_height_weight w_height | 1.0
target_height | real | | 0.2 0.6 | target_height base_height_target | 0.35
w_torque | real | | 0.0001 0.001 | torque_weight w_torque | 0.0002 0.0001
w_acc | real | | 0.0000001 0.000005 | joint_acc_weight w_acc | 0.0000025
w_rate | real | | 0.005 0.1 | action_rate_weight w_action_rate | 0.01
w_limit | real | | 0.05 1 | joint_limit_weight w_limits | 1.0
w_pose | real | | 0.01 0.5 | default_pose_weight w_pose | 0.1
w_power | real | | 0.0005 0.01 | power_weight w_power
w_air | real | | 0.5 2 | air_time_weight w_air | 1.0
min_air | real | | 0.1 0.5 | min_air_time air_time_target | 0.5 0.25
w_slip | real | | 0.05 0.5 | slip_weight w_slip | 0.1
w_clear | real | | 0.5 9 | clearance_weight w_clearance
clearance | real | | 0.05 0.12 | foot_clearance clearance_target | 0.08
w_impact | real | | 0.001 0.1 | impact_weight w_impact
max_force | real | | 5 15 | max_contact_force force_limit
w_gait | real | | 0.1 1 | gait_weight w_gait
w_collision | real | | 0.05 1 | collision_weight w_collision | 1.0
w_dead | real | | 0.5 2 | termination_weight death_cost
w_alive | real | | 0.1 1 | alive_bonus w_alive
min_height | real | | 0.05 0.2 | min_base_height termination_height | 0.15
max_steps | int | | 20 60 | max_episode_length max_episode_steps
frequency | real | | 1 3 | gait_frequency step_frequency
dt | real | | 0.005 0.05 | dt control_dt step_dt | 0.02
"""


def tracking_reward(error: float, width: float):
    if one.kernel.rational:
        value = 1.0 / (1.0 + error / width)
    else:
        value = wp.exp(-error / width)
    return value


def beyond(value: float, low: float, high: float):
    return wp.max(low - value, 0.0) + wp.max(value - high, 0.0)


def horizontal_speed(v: vec3):
    return wp.sqrt(v[0] * v[0] + v[1] * v[1])


def kernel():
    rot = base_quat[robot]
    "velocities in the base frame"
    lin = wp.quat_rotate_inv(rot, base_lin_vel[robot])
    ang = wp.quat_rotate_inv(rot, base_ang_vel[robot])
    cmd = command[robot]
    pace = wp.length(wp.vec2(cmd[0], cmd[1]))

    "track the commanded velocity"
    ex = cmd[0] - lin[0]
    ey = cmd[1] - lin[1]
    lin_err = ex * ex + ey * ey
    yaw_err = (cmd[2] - ang[2]) * (cmd[2] - ang[2])
    if one.kernel.exp or one.kernel.rational:
        total = w_lin * tracking_reward(lin_err, sigma) + w_ang * tracking_reward(yaw_err, sigma)
    elif one.kernel.split:
        total = w_lin * tracking_reward(lin_err, sigma)
        if wp.abs(cmd[2]) > num(0.05, 0.1):
            total += w_ang * tracking_reward(yaw_err, sigma)
    else:
        total = -w_lin * wp.sqrt(lin_err) - w_ang * wp.abs(cmd[2] - ang[2])
    if opt.logged:
        tracking_err[robot] = lin_err

    if opt.base:
        "keep the base quiet"
        total -= w_z * lin[2] * lin[2]
        total -= w_xy * (ang[0] * ang[0] + ang[1] * ang[1])
    if opt.flat or not one.fall.height:
        g = wp.quat_rotate_inv(rot, wp.vec3(0.0, 0.0, -1.0))
    if opt.flat:
        total -= w_flat * (g[0] * g[0] + g[1] * g[1])
    if opt.height:
        h = base_pos[robot][2] - (terrain_height[robot] if opt.terrain else 0.0)
        if one.high.square:
            total -= w_height * (h - target_height) * (h - target_height)
        elif one.high.below:
            total -= w_height * wp.max(target_height - h, 0.0)
        else:
            total -= w_height * wp.abs(h - target_height)

    if opt.joints:
        "joints"
        effort = 0.0
        jerk = 0.0
        rate = 0.0
        out_of_limits = 0.0
        deviation = 0.0
        power = 0.0
        for j in range(N.joint):
            q = joint_pos[robot, j]
            qd = joint_vel[robot, j]
            if opt.torque:
                tau = torque[robot, j]
                effort += tau * tau
                if opt.power:
                    power += wp.abs(tau * qd)
                if opt.saturation:
                    if wp.abs(tau) > num(0.8, 0.9) * torque_limit[j]:
                        out_of_limits += wp.abs(tau) - num(0.8, 0.9) * torque_limit[j]
            if opt.acc:
                a = (qd - last_joint_vel[robot, j]) / dt
                jerk += a * a
            if opt.rate:
                d = action[robot, j] - last_action[robot, j]
                rate += d * d
            if opt.limits:
                out_of_limits += beyond(q, lower[j], upper[j])
            if opt.speed:
                out_of_limits += wp.max(wp.abs(qd) - vel_limit[j], 0.0)
            if opt.pose:
                if one.pose.abs:
                    deviation += wp.abs(q - default_pos[j])
                elif one.pose.square:
                    deviation += (q - default_pos[j]) * (q - default_pos[j])
                else:
                    off = wp.abs(q - default_pos[j])
                    if off > num(0.1, 0.2):
                        deviation += off - num(0.1, 0.2)
            if opt.shift:
                last_action[robot, j] = action[robot, j]
                if opt.acc:
                    last_joint_vel[robot, j] = qd
        if opt.torque:
            total -= w_torque * effort
            if opt.power:
                total -= w_power * power
                energy[robot] += power * dt
        if opt.acc:
            total -= w_acc * jerk
        if opt.rate:
            total -= w_rate * rate
        if opt.limits or opt.speed or (opt.torque and opt.saturation):
            total -= w_limit * out_of_limits
        if opt.pose:
            if one.still.always:
                total -= w_pose * deviation
            else:
                if pace < num(0.05, 0.1, 0.15):
                    total -= w_pose * deviation

    if opt.gait and opt.feet:
        phase = gait_phase[robot] + frequency * dt
        if phase >= 1.0:
            phase -= 1.0
        gait_phase[robot] = phase

    if opt.feet:
        "feet"
        moving = pace > num(0.1, 0.05)
        contacts = 0
        for f in range(N.foot):
            force = foot_force[robot, f]
            if one.touch.vertical:
                touching = force[2] > num(1.0, 2.0, 5.0)
            else:
                touching = wp.length(force) > num(1.0, 2.0)
            if touching:
                contacts += 1
                if opt.air:
                    if moving and air_time[robot, f] > 0.0:
                        total += w_air * (air_time[robot, f] - min_air)
                    air_time[robot, f] = 0.0
                if opt.slip:
                    s = horizontal_speed(foot_vel[robot, f])
                    total -= w_slip * s
                    if opt.odometer:
                        slip[robot] += s * dt
                if opt.impact:
                    strength = wp.length(force)
                    if strength > max_force:
                        total -= w_impact * (strength - max_force)
            else:
                if opt.air:
                    air_time[robot, f] += dt
                if opt.clearance:
                    lack = clearance - foot_pos[robot, f][2]
                    if lack > 0.0 and moving:
                        total -= w_clear * lack * lack
            if opt.gait:
                swing = phase + phase_offset[f]
                swing = swing - wp.floor(swing)
                if one.duty.half:
                    if (swing < 0.5) != touching:
                        total += w_gait
                    else:
                        total -= w_gait
                else:
                    want = 0.5 + 0.5 * wp.sin(2.0 * wp.pi * swing)
                    total -= w_gait * wp.abs(want - (1.0 if touching else 0.0))
        if opt.hop:
            if contacts == 0:
                total -= num(0.1, 0.2, 0.5)

    if opt.links:
        "undesired contacts"
        hits = 0
        for n in range(N.link):
            if link_force[robot, n] > num(0.1, 1.0):
                hits += 1
        total -= w_collision * float(hits)

    "termination"
    steps = episode_length[robot] + 1
    if one.fall.height:
        fallen = base_pos[robot][2] < min_height
    elif one.fall.tilt:
        fallen = -g[2] < num(0.3, 0.5, 0.0)
    else:
        fallen = base_pos[robot][2] < min_height or -g[2] < num(0.2, 0.5)
    late = steps >= max_steps
    if opt.clipped and (one.kernel.exp or one.kernel.rational):
        total = wp.max(total, 0.0)
    if opt.alive:
        if not fallen:
            total += w_alive
    if opt.death:
        if fallen:
            total -= w_dead
    if opt.scaled:
        total = total * dt
    reward[robot] = total
    done[robot] = fallen or late
    if opt.timeout:
        timeout[robot] = late and not fallen
    if opt.resets:
        if fallen or late:
            episode_length[robot] = 0
            if opt.sums:
                episode_return[robot] = 0.0
        else:
            episode_length[robot] = steps
            if opt.sums:
                episode_return[robot] += total
    else:
        episode_length[robot] = steps
        if opt.sums:
            episode_return[robot] += total
