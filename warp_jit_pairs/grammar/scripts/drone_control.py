"""Control of drones over one step: position, attitude, rotors, battery, failures."""

import warp as wp

TITLES = "update_drones step_drones drone_step fly_drones simulate_quadrotors control_and_integrate"
CATEGORIES = "quaternion:1.2 vector:0.6 combined:0.4 control_flow:0.3 matrix:0.2 struct:0.3 math:0.2"
CHANCES = "moves:0.6 battery:0.5 ground:0.4 wind:0.6 path:0.5 lag:0.7 failsafe:0.4"
DIMS = """
drone | 6 | num_drones drone_count n_drones
way | 4 | num_waypoints path_length
rotor | 4 |
"""
ARGS = """
position | vec3 | drone | -2 2 | positions drone_pos pos
velocity | vec3 | drone | -3 3 | velocities drone_vel vel
attitude | quat | drone | | attitudes orientations drone_quat
rates | vec3 | drone | -3 3 | body_rates omega gyro
target | vec3 | drone | -2 2 | target_pos position_cmd setpoints
target_vel | vec3 | drone | -2 2 | target_vel velocity_cmd
acc_cmd | vec3 | drone | -5 5 | accel_cmd desired_accel
target_yaw | real | drone | -3 3 | target_yaw yaw_cmd
waypoint | vec3 | drone way | -2 2 | waypoints path_points
way_index | int | drone | 0 3 | waypoint_index wp_index
pos_sum | vec3 | drone | -1 1 | pos_integral position_error_sum
rate_sum | vec3 | drone | -1 1 | rate_integral rate_error_sum
last_rates | vec3 | drone | -3 3 | prev_rates last_body_rates
rotor_speed | real | drone rotor | 0 9 | rotor_speed motor_speed
rotor_health | real | drone rotor | 0.2 1 | rotor_health motor_efficiency
rotor_pos | vec3 | ?rotor | -0.3 0.3 | rotor_pos rotor_offset
rotor_dir | real | ?rotor | -1 1 | rotor_spin rotor_direction
charge | real | drone | 0.1 1 | battery_soc charge
voltage | real | drone | 10 17 | battery_voltage voltage
payload | real | drone | 0 0.5 | payload_mass cargo
mass | real | ?drone | 0.5 2 | mass drone_mass
inertia | vec3 | ?drone | 0.01 0.1 | inertia inertia_diag
wind_at | vec3 | drone | -3 3 | wind_vel local_wind
armed | bool | drone | 0 1 | armed motors_on
crashed | bool | drone | 0 1 | crashed is_crashed
position_out | vec3 | drone | | new_positions position_out
velocity_out | vec3 | drone | | new_velocities velocity_out
attitude_out | quat | drone | | new_attitudes attitude_out
rates_out | vec3 | drone | | new_rates rates_out
thrust_out | real | drone | | thrust_cmd total_thrust
torque_out | vec3 | drone | | torque_cmd body_torque
tilt_out | real | drone | | tilt_angle tilt
error_out | real | drone | | position_error tracking_error
distance | real | drone | 0 9 | flown_distance path_flown
air_time | real | drone | 0 90 | flight_time air_time
gravity | real | | 9.7 9.9 | gravity | 9.81
kp_pos | vec3 | | 1 6 | kp_pos pos_gain
kd_pos | vec3 | | 1 4 | kd_pos vel_gain
ki_pos | vec3 | | 0.01 0.5 | ki_pos pos_int_gain
kp_att | vec3 | | 2 9 | kp_att attitude_gain
kd_rate | vec3 | | 0.1 1 | kd_rate rate_gain
ki_rate | vec3 | | 0.01 0.2 | ki_rate rate_int_gain
max_tilt | real | | 0.3 0.9 | max_tilt tilt_limit | 0.5
max_acc | real | | 5 15 | max_accel acc_limit | 10.0
max_rate | real | | 2 9 | max_body_rate rate_limit | 4.0
max_speed | real | | 3 9 | max_speed velocity_limit | 5.0
arm | real | | 0.1 0.3 | arm_length | 0.15 0.2
k_thrust | real | | 0.05 0.2 | thrust_coef k_f | 0.1
k_torque | real | | 0.002 0.02 | torque_coef k_m | 0.01
motor_tau | real | | 0.02 0.1 | motor_time_constant tau_m | 0.05
max_omega | real | | 6 12 | max_rotor_speed omega_max | 10.0
drag | vec3 | | 0.05 0.5 | drag_coef linear_drag
rotor_radius | real | | 0.05 0.15 | rotor_radius prop_radius | 0.1
capacity | real | | 20 90 | battery_capacity capacity
cell_r | real | | 0.01 0.1 | internal_resistance pack_resistance | 0.05
arrive | real | | 0.4 1.8 | waypoint_radius arrive_radius | 0.5 1.0
floor | real | | -0.2 0.2 | ground_height floor_height | 0.0
dt | real | | 0.002 0.02 | dt sim_dt control_dt | 0.01 0.005
"""


def limit_length(a: vec3, most: float):
    size = wp.length(a)
    capped = a
    if size > most:
        capped = a * (most / size)
    return capped


def wrap_angle(angle: float):
    a = angle
    if a > wp.pi:
        a -= 2.0 * wp.pi
    elif a < -wp.pi:
        a += 2.0 * wp.pi
    return a


def turned(q: quat, w: vec3, step: float):
    if one.turn.derivative:
        after = wp.normalize(q + q * wp.quat(w[0], w[1], w[2], 0.0) * (0.5 * step))
    else:
        after = q
        angle = wp.length(w) * step
        if angle > num(0.000001, 0.00001):
            after = wp.normalize(q * wp.quat_from_axis_angle(wp.normalize(w), angle))
    return after


def kernel():
    if one.gate.crashed:
        if crashed[drone]:
            return
    elif one.gate.armed:
        if not armed[drone]:
            thrust_out[drone] = 0.0
            return
    p = position[drone]
    v = velocity[drone]
    q = attitude[drone]
    w = rates[drone]
    m = mass[drone] + payload[drone] if opt.payload else mass[drone]

    if one.outer.given:
        acc = acc_cmd[drone]
    else:
        "where to fly"
        if opt.path:
            idx = wp.clamp(way_index[drone], 0, N.way - 1)
            goal = waypoint[drone, idx]
            if wp.length(goal - p) < arrive:
                if one.path.stop:
                    way_index[drone] = wp.min(idx + 1, N.way - 1)
                else:
                    way_index[drone] = (idx + 1) % N.way
        else:
            goal = target[drone]
        if opt.failsafe:
            if charge[drone] < num(0.15, 0.2, 0.25):
                goal = wp.vec3(p[0], p[1], floor)
        err = goal - p
        if opt.errors:
            error_out[drone] = wp.length(err)
        ev = target_vel[drone] - v if opt.feed else -v
        "acceleration command"
        if one.position.cascade:
            v_cmd = limit_length(wp.cw_mul(kp_pos, err), max_speed)
            acc = wp.cw_mul(kd_pos, v_cmd - v)
        else:
            acc = wp.cw_mul(kp_pos, err) + wp.cw_mul(kd_pos, ev)
        if opt.integral:
            sum_p = pos_sum[drone] + err * dt
            if one.windup.clamp:
                sum_p = wp.vec3(
                    wp.clamp(sum_p[0], -1.0, 1.0), wp.clamp(sum_p[1], -1.0, 1.0), wp.clamp(sum_p[2], -1.0, 1.0)
                )
            else:
                sum_p = limit_length(sum_p, num(1.0, 2.0))
            pos_sum[drone] = sum_p
            acc += wp.cw_mul(ki_pos, sum_p)
        if opt.limited:
            acc = limit_length(acc, max_acc)
    acc += wp.vec3(0.0, 0.0, gravity)
    up = wp.quat_rotate(q, wp.vec3(0.0, 0.0, 1.0))
    thrust = m * wp.max(wp.dot(acc, up), 0.0)

    "desired attitude"
    b3 = wp.normalize(acc)
    if opt.tilt_limit:
        lean = wp.acos(wp.clamp(b3[2], -1.0, 1.0))
        if lean > max_tilt:
            flat = wp.normalize(wp.vec3(b3[0], b3[1], 0.0))
            b3 = flat * wp.sin(max_tilt) + wp.vec3(0.0, 0.0, wp.cos(max_tilt))
    yaw = target_yaw[drone]
    if one.attitude.frame:
        heading = wp.vec3(wp.cos(yaw), wp.sin(yaw), 0.0)
        b2 = wp.normalize(wp.cross(b3, heading))
        b1 = wp.cross(b2, b3)
        now1 = wp.quat_rotate(q, wp.vec3(1.0, 0.0, 0.0))
        now2 = wp.quat_rotate(q, wp.vec3(0.0, 1.0, 0.0))
        turn = 0.5 * (wp.cross(now1, b1) + wp.cross(now2, b2) + wp.cross(up, b3))
        e_att = wp.quat_rotate_inv(q, turn)
    elif one.attitude.quat:
        axis = wp.cross(wp.vec3(0.0, 0.0, 1.0), b3)
        tilt_q = wp.normalize(wp.quat(axis[0], axis[1], axis[2], 1.0 + b3[2] + 0.0001))
        want = tilt_q * wp.quat_from_axis_angle(wp.vec3(0.0, 0.0, 1.0), yaw)
        dq = wp.quat_inverse(q) * want
        side = 1.0 if dq[3] >= 0.0 else -1.0
        e_att = 2.0 * side * wp.vec3(dq[0], dq[1], dq[2])
    else:
        e_att = wp.quat_rotate_inv(q, wp.cross(up, b3))
        fwd = wp.quat_rotate(q, wp.vec3(1.0, 0.0, 0.0))
        off_yaw = wrap_angle(yaw - wp.atan2(fwd[1], fwd[0]))
        e_att += wp.vec3(0.0, 0.0, num(0.5, 1.0) * off_yaw)
    if opt.tilts:
        tilt_out[drone] = wp.acos(wp.clamp(up[2], -1.0, 1.0))
    "body rates"
    w_cmd = wp.cw_mul(kp_att, e_att)
    if opt.rate_limit:
        w_cmd = limit_length(w_cmd, max_rate)
    e_w = w_cmd - w
    ang_acc = wp.cw_mul(kd_rate, e_w)
    if opt.rate_integral:
        sum_w = rate_sum[drone] + e_w * dt
        rate_sum[drone] = sum_w
        ang_acc += wp.cw_mul(ki_rate, sum_w)
    if opt.derivative:
        ang_acc -= num(0.01, 0.02, 0.005) * (w - last_rates[drone]) / dt
        last_rates[drone] = w
    tau = wp.cw_mul(inertia[drone], ang_acc)
    if opt.gyro:
        tau += wp.cross(w, wp.cw_mul(inertia[drone], w))

    if opt.rotors:
        "mix and rotors"
        force = 0.0
        moment = wp.vec3(0.0, 0.0, 0.0)
        power = 0.0
        for r in range(4):
            at = rotor_pos[r]
            share = 0.25 * thrust + tau[0] * at[1] / (4.0 * arm * arm) - tau[1] * at[0] / (4.0 * arm * arm)
            share += rotor_dir[r] * tau[2] * k_thrust / (4.0 * k_torque)
            spin = wp.sqrt(wp.max(share, 0.0) / k_thrust)
            if opt.sag:
                spin = wp.min(spin, max_omega * voltage[drone] / num(14.8, 16.8))
            else:
                spin = wp.min(spin, max_omega)
            if opt.lag:
                if one.lag.exact:
                    spin = spin + (rotor_speed[drone, r] - spin) * wp.exp(-dt / motor_tau)
                else:
                    spin = rotor_speed[drone, r] + (spin - rotor_speed[drone, r]) * dt / motor_tau
                rotor_speed[drone, r] = spin
            lift = k_thrust * spin * spin
            if opt.faults:
                lift = lift * rotor_health[drone, r]
            if opt.ground:
                height = p[2] - floor
                if height > num(0.3, 0.5) * rotor_radius and height < 4.0 * rotor_radius:
                    ratio = rotor_radius / (4.0 * height)
                    lift = lift / (1.0 - ratio * ratio)
            force += lift
            moment += wp.vec3(at[1] * lift, -at[0] * lift, rotor_dir[r] * k_torque * spin * spin)
            if opt.battery:
                power += k_torque * spin * spin * spin
        if opt.battery:
            "battery"
            amps = power / wp.max(voltage[drone], 1.0)
            left = wp.max(charge[drone] - amps * dt / capacity, 0.0)
            charge[drone] = left
            voltage[drone] = num(13.2, 14.0) + num(2.0, 3.0) * left - cell_r * amps
        tau = moment
    else:
        force = thrust
    thrust_out[drone] = force
    if opt.torques or not opt.moves:
        torque_out[drone] = tau
    if opt.moves:
        "integrate"
        f = up * force - wp.vec3(0.0, 0.0, m * gravity)
        air = v - wind_at[drone] if opt.wind else v
        if one.drag.body:
            f -= wp.quat_rotate(q, wp.cw_mul(drag, wp.quat_rotate_inv(q, air)))
        elif one.drag.plain:
            f -= wp.cw_mul(drag, air)
        v_next = v + f / m * dt
        p_next = p + v_next * dt
        spin_acc = wp.cw_div(tau - wp.cross(w, wp.cw_mul(inertia[drone], w)), inertia[drone])
        w_next = w + spin_acc * dt
        q_next = turned(q, w_next, dt)
        if opt.landing:
            "touch the ground"
            if p_next[2] < floor:
                if v_next[2] < -num(1.0, 2.0):
                    crashed[drone] = True
                p_next = wp.vec3(p_next[0], p_next[1], floor)
                v_next = wp.vec3(0.0, 0.0, 0.0)
                w_next = wp.vec3(0.0, 0.0, 0.0)
        position_out[drone] = p_next
        velocity_out[drone] = v_next
        attitude_out[drone] = q_next
        rates_out[drone] = w_next
        if opt.logs:
            distance[drone] += wp.length(p_next - p)
            air_time[drone] += dt
