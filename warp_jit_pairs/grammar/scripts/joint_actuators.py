"""Torques of actuated joints: commands, motors, friction, limits, heat."""

import warp as wp

TITLES = "compute_joint_torques apply_actuators actuate_joints joint_drive update_actuators eval_joint_actuation"
CATEGORIES = "control_flow:1 combined:0.7 arithmetic:1.5 math:0.8 struct:0.5"
CHANCES = "delay:0.4 heat:0.6 backlash:0.35"
DIMS = """
joint | 6 | num_joints num_dofs joint_count
slot | 4 | delay_slots history_len
"""
ARGS = """
q | real | joint | -3 3 | joint_q joint_pos dof_pos
qd | real | joint | -4 4 | joint_qd joint_vel dof_vel
target_q | real | joint | -3 3 | target_q joint_target pos_target
target_qd | real | joint | -3 3 | target_qd vel_target joint_target_vel
feedforward | real | joint | -3 3 | feedforward torque_ff joint_f
control | real | joint | -1 1 | ctrl control command
history | real | joint slot | -1 1 | command_history ctrl_history
mode | int | ?joint | 0 3 | joint_mode control_mode drive_mode actuator_type
enabled | bool | joint | 0 1 | joint_enabled motor_enabled drive_enabled
kp | real | ?joint | 1 50 | joint_kp stiffness kp
kd | real | ?joint | 0.1 5 | joint_kd damping kd
ki | real | ?joint | 0.1 3 | joint_ki integral_gain
gear | real | ?joint | 1 20 | gear_ratio gear joint_gear
motor_constant | real | ?joint | 0.05 0.5 | motor_constant torque_constant
resistance | real | ?joint | 0.1 1 | winding_resistance motor_resistance
supply | real | joint | 12 48 | supply_voltage bus_voltage
coulomb | real | ?joint | 0 0.5 | coulomb_friction joint_friction dry_friction
viscous | real | ?joint | 0 0.3 | viscous_friction joint_damping
stiction | real | ?joint | 0.5 1 | static_friction breakaway_torque
limit_lower | real | ?joint | -3 -1 | limit_lower joint_lower
limit_upper | real | ?joint | 1 3 | limit_upper joint_upper
max_torque | real | ?joint | 2 20 | torque_limit effort_limit max_effort
max_speed | real | ?joint | 3 9 | velocity_limit no_load_speed max_speed
slack | real | ?joint | 0.001 0.02 | backlash gear_play
error_sum | real | joint | -1 1 | error_integral integral_state pos_error_sum
filtered | real | joint | -1 1 | filtered_ctrl activation ctrl_state
temperature | real | joint | 20 90 | winding_temp motor_temperature
ambient | real | | 15 30 | ambient_temp | 20.0 25.0
torque_out | real | joint | -9 9 | joint_torque torque_out joint_tau
current_out | real | joint | -9 9 | motor_current winding_current
power_out | real | joint | 0 9 | motor_power electrical_power
saturated | int | joint | 0 9 | saturation_count limit_hits
fault | int | joint | 0 3 | fault_code motor_fault
violation | real | joint | 0 1 | limit_violation limit_error
dt | real | | 0.001 0.01 | dt sim_dt control_dt | 0.001 0.002 0.005
time_constant | real | | 0.02 0.1 | time_constant ctrl_time_constant | 0.02 0.05
limit_ke | real | | 50 300 | limit_ke limit_stiffness | 100.0 1000.0
limit_kd | real | | 0.5 5 | limit_kd limit_damping | 1.0 10.0
max_integral | real | | 0.5 2 | max_integral integral_limit | 1.0
smoothing | real | | 5 50 | friction_sharpness smoothing | 10.0 20.0
thermal_mass | real | | 20 90 | heat_capacity thermal_mass
cooling | real | | 0.1 1 | cooling_rate thermal_conductance
max_temp | real | | 70 120 | max_temperature shutdown_temp | 80.0 100.0
delay | int | | 0 3 | delay_steps command_delay
efficiency | real | | 0.7 0.95 | gear_efficiency efficiency | 0.9
"""


def past_play(error: float, play: float):
    rest = 0.0
    if error > play:
        rest = error - play
    elif error < -play:
        rest = error + play
    return rest


def friction_torque(drive: float, speed: float, dry: float, wet: float, held: float, sharp: float):
    if one.friction.smooth:
        drag = dry * wp.tanh(sharp * speed) + wet * speed
    elif one.friction.stribeck:
        level = dry + (held - dry) * wp.exp(-sharp * speed * speed)
        drag = level * wp.sign(speed) + wet * speed
    else:
        drag = wp.sign(speed) * dry + wet * speed
        if wp.abs(speed) < num(0.1, 0.05, 0.2):
            drag = wp.clamp(drive, -held, held)
    return drag


def speed_share(load: float, speed: float, top: float):
    share = 1.0
    if one.curve.linear:
        if speed * load > 0.0:
            share = 1.0 - wp.min(wp.abs(speed) / top, 1.0)
    else:
        knee = num(0.5, 0.6, 0.7) * top
        if wp.abs(speed) > knee:
            share = knee / wp.abs(speed)
    return share


def kernel():
    pos = q[joint]
    vel = qd[joint]
    if opt.enabled:
        if not enabled[joint]:
            torque_out[joint] = -kd[joint] * vel if opt.braked else 0.0
            return

    "command"
    if opt.delay:
        u = history[joint, wp.min(delay, N.slot - 1)]
    else:
        u = control[joint]
    if opt.clipped:
        u = wp.clamp(u, -1.0, 1.0)
    if opt.filtered:
        if one.filter.exact:
            u = u + (filtered[joint] - u) * wp.exp(-dt / time_constant)
        else:
            u = filtered[joint] + (u - filtered[joint]) * dt / time_constant
        filtered[joint] = u

    "drive"
    err = target_q[joint] - pos
    if opt.wrapped:
        if err > wp.pi:
            err -= 2.0 * wp.pi
        elif err < -wp.pi:
            err += 2.0 * wp.pi
    if opt.backlash:
        err = past_play(err, slack[joint])
    tau = 0.0
    kind = mode[joint]
    if kind == 0:
        tau = kp[joint] * err - kd[joint] * vel
        if opt.integral:
            acc = error_sum[joint] + err * dt
            if one.windup.clamp:
                acc = wp.clamp(acc, -max_integral, max_integral)
            else:
                if wp.abs(acc) > max_integral:
                    acc = error_sum[joint]
            error_sum[joint] = acc
            tau += ki[joint] * acc
        if opt.forward:
            tau += feedforward[joint]
    elif kind == 1:
        slip = target_qd[joint] - vel
        tau = kd[joint] * slip
    elif kind == 2:
        if one.direct.torque:
            tau = gear[joint] * u
        elif one.direct.motor:
            volts = u * supply[joint]
            back_emf = motor_constant[joint] * gear[joint] * vel
            amps = (volts - back_emf) / resistance[joint]
            tau = gear[joint] * motor_constant[joint] * amps * (efficiency if opt.lossy else 1.0)
        else:
            tau = u * max_torque[joint]
    else:
        if opt.hold:
            tau = -kd[joint] * vel
        else:
            tau = feedforward[joint]

    if opt.friction:
        "friction"
        tau -= friction_torque(tau, vel, coulomb[joint], viscous[joint], stiction[joint], smoothing)

    "limits of the motor"
    bound = max_torque[joint]
    if opt.speed_curve:
        bound = bound * speed_share(tau, vel, max_speed[joint])
    if opt.heat:
        warm = temperature[joint]
        if one.derate.linear:
            bound = bound * wp.clamp((max_temp - warm) / num(20.0, 30.0), 0.0, 1.0)
        else:
            if warm > max_temp:
                bound = 0.0
                fault[joint] = 1
    if opt.counted:
        if wp.abs(tau) > bound:
            saturated[joint] += 1
    tau = wp.clamp(tau, -bound, bound)

    if opt.stops:
        "end stops"
        stop = 0.0
        if pos < limit_lower[joint]:
            depth = limit_lower[joint] - pos
            stop = limit_ke * depth
            if vel < 0.0:
                stop -= limit_kd * vel
            if opt.violations:
                violation[joint] = depth
        elif pos > limit_upper[joint]:
            depth = pos - limit_upper[joint]
            stop = -limit_ke * depth
            if vel > 0.0:
                stop -= limit_kd * vel
            if opt.violations:
                violation[joint] = depth
        else:
            if opt.violations:
                violation[joint] = 0.0
        torque_out[joint] = tau + stop
    else:
        torque_out[joint] = tau

    if opt.heat or opt.currents:
        "losses"
        amp = tau / (motor_constant[joint] * gear[joint])
        loss = amp * amp * resistance[joint]
        if opt.currents:
            current_out[joint] = amp
            power_out[joint] = wp.max(tau * vel, 0.0) + loss
        if opt.heat:
            flow = loss - cooling * (temperature[joint] - ambient)
            temperature[joint] = temperature[joint] + flow * dt / thermal_mass
