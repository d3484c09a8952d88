"""Robotics: joints, their motors, gears and sensors, controllers and trajectories."""

import warp as wp

ENTITIES = "joint actuator motor"
GROUPS = "robot env arm"
PAIRS = "coupling differential"
LAUNCH = "1:9 2:1"
SUMMED = "reward control_cost energy_use heat_loss"
OPPOSITE = "coupling_torque"

QUANTITIES = """
joint_angle            | real      | state   | -3 3        | joint_q joint_pos q
joint_velocity         | real      | state   | -4 4        | joint_qd joint_vel qd
joint_torque           | real      | result  | -150 150    | joint_tau tau torque
joint_axis             | vec3      | state   | -1 1        | joint_axis axis
link_frame             | transform | state   | -1 1        | link_tf frame
flange                 | transform | result  | -3 3        | flange ee_pose X_ee
tool_offset            | vec3      | group   | -0.3 0.3    | tool_offset tcp
tool_point             | vec3      | result  | -3 3        | tool_point tcp_world
proportional_gain      | real      | group   | 1 12        | kp p_gain | 5.0 10.0
derivative_gain        | real      | group   | 0.1 4       | kd d_gain | 0.5 1.0
integral_gain          | real      | group   | 0.1 4       | ki i_gain | 0.1 0.5
integral_error         | real      | state   | -1 1        | err_int integral
tracking_error         | real      | result  | -6 6        | err error e
torque_limit           | real      | uniform | 10 80       | tau_max effort_limit torque_limit | 30.0 50.0
armature               | real      | group   | 0.1 1       | armature rotor_inertia | 0.1
joint_friction         | real      | group   | 0.05 1      | mu_v joint_friction | 0.1
phase                  | real      | state   | 0 1         | phase phi
trajectory_time        | real      | uniform | 0.5 4       | T_traj duration | 1.0 2.0
encoder_ticks          | int       | state   | -2000 2000  | ticks encoder_ticks
ticks_per_turn         | int       | uniform | 128 1024    | ticks_per_rev cpr | 256 512
action                 | real      | state   | -1.5 1.5    | action act
reward                 | real      | result  | -8 2        | reward rew
control_cost           | real      | result  | 0 8         | control_cost effort
energy_use             | real      | result  | 0 300       | power_draw energy_use
is_saturated           | bool      | result  |             | saturated at_limit
dt                     | real      | uniform | 0.005 0.05  | dt | 0.01 0.02
friction_torque        | real      | result  | -4 4        | friction_tau tau_f
reference_angle        | real      | result  | -4 4        | q_ref reference_angle
reference_speed        | real      | result  | -40 40      | qd_ref reference_speed
reference_acceleration | real      | result  | -80 80      | qdd_ref reference_accel
encoder_angle          | real      | result  | -6.4 6.4    | encoder_angle q_enc
feedforward            | real      | result  | -90 90      | tau_ff feedforward
voltage                | real      | state   | -24 24      | voltage v_in
current                | real      | state   | -10 10      | current i_motor
resistance             | real      | group   | 0.3 3       | winding_res r_winding
inductance             | real      | group   | 0.01 0.1    | inductance l_winding
torque_constant        | real      | group   | 0.05 0.5    | torque_const k_t
gear_ratio             | real      | group   | 10 120      | gear_ratio n_gear
gear_efficiency        | real      | uniform | 0.5 0.95    | gear_eff eta_gear | 0.8
rotor_speed            | real      | state   | -300 300    | rotor_speed w_rotor
output_torque          | real      | result  | -400 400    | out_torque tau_out
heat_loss              | real      | result  | 0 300       | copper_loss heat_loss
winding_temperature    | real      | state   | 20 140      | winding_temp t_winding
ambient                | real      | uniform | 15 35       | ambient t_amb | 25.0
thermal_resistance     | real      | group   | 0.3 3       | thermal_res r_th
thermal_capacity       | real      | group   | 20 200      | thermal_cap c_th
overheated             | bool      | result  |             | overheated too_hot
bristle                | real      | state   | -0.02 0.02  | bristle z_bristle
static_friction        | real      | group   | 1 3         | tau_static static_friction
coulomb_friction       | real      | group   | 0.3 1       | tau_coulomb coulomb_friction
stribeck_speed         | real      | uniform | 0.05 0.5    | stribeck_speed v_s | 0.1
motor_angle            | real      | state   | -3 3        | motor_pos theta_m
spring_stiffness       | real      | group   | 50 500      | k_spring spring_stiffness
spring_torque          | real      | result  | -3000 3000  | spring_tau tau_spring
backlash               | real      | uniform | 0.005 0.05  | backlash gap | 0.01
derivative_state       | real      | state   | -20 20      | d_filt derivative_state
filter_time            | real      | uniform | 0.01 0.2    | filter_time tau_d | 0.05
torque_rate_limit      | real      | uniform | 50 500      | slew_limit rate_limit | 100.0
command                | real      | state   | -40 40      | cmd command
momentum_residual      | real      | state   | -20 20      | residual mom_res
observer_gain          | real      | uniform | 5 50        | observer_gain k_obs | 20.0
collided               | bool      | result  |             | collided contact_found
collision_threshold    | real      | uniform | 2 15        | coll_threshold tau_coll | 5.0
lower_stop             | real      | group   | -2.8 -0.5   | q_min lower_stop
upper_stop             | real      | group   | 0.5 2.8     | q_max upper_stop
stop_torque            | real      | result  | -300 300    | tau_stop stop_torque
stop_stiffness         | real      | uniform | 20 100      | k_stop stop_stiffness | 50.0
cruise_speed           | real      | uniform | 0.5 4       | v_max cruise_speed | 1.0 2.0
ramp_acceleration      | real      | uniform | 1 10        | a_max ramp_accel | 5.0
elapsed                | real      | state   | 0 5         | elapsed t_now
start_angle            | real      | state   | -3 3        | q_start start_angle
goal_angle             | real      | state   | -3 3        | q_goal goal_angle
start_speed            | real      | state   | -2 2        | qd_start start_speed
way_points             | reals     | state   | -2.5 2.5    | via_points knots
hall_state             | int       | state   | 0 7         | hall hall_state
sector                 | int       | result  | -1 5        | sector commutation
gray_reading           | int       | state   | 0 255       | gray_code raw_gray
absolute_code          | int       | result  | 0 255       | abs_code position_code
tick_times             | reals     | state   | 0.01 0.3    | tick_dts tick_times
speed_estimate         | real      | result  | -500 500    | qd_est speed_est
resolver_sine          | real      | state   | -1 1        | res_sin sin_ch
resolver_cosine        | real      | state   | -1 1        | res_cos cos_ch
resolver_angle         | real      | result  | -3.2 3.2    | resolver_angle theta_res
coupling_torque        | real      | result  | -40 40      | coupling_tau tau_cpl
coupling_gain          | real      | uniform | 0.5 10      | k_couple coupling_gain | 2.0
effort_left            | real      | result  | 0 1         | headroom effort_left
noise_level            | real      | uniform | 0.0005 0.02 | enc_noise noise_level | 0.001
noisy_angle            | real      | result  | -3.2 3.2    | q_meas noisy_angle
"""


def tracking_error(joint_angle, target_joint_angle):
    return target_joint_angle - joint_angle


def joint_torque(tracking_error, integral_error, joint_velocity, proportional_gain, integral_gain, derivative_gain):
    """PID control with the derivative on the measurement."""
    return proportional_gain * tracking_error + integral_gain * integral_error - derivative_gain * joint_velocity


def position_drive(joint_angle, joint_velocity, action, proportional_gain, derivative_gain, torque_limit):
    """PD drive to a scaled action, clipped to the effort limit."""
    q_des = 0.5 * wp.clamp(action, -1.0, 1.0)
    tau = proportional_gain * (q_des - joint_angle) - derivative_gain * joint_velocity
    joint_torque = wp.clamp(tau, -torque_limit, torque_limit)
    return joint_torque


def computed_torque(tracking_error, joint_velocity, armature, proportional_gain, derivative_gain, joint_friction):
    """Computed torque control of a single joint."""
    qdd = proportional_gain * tracking_error - derivative_gain * joint_velocity
    joint_torque = armature * qdd + joint_friction * joint_velocity
    return joint_torque


def friction_torque(joint_velocity, joint_friction):
    """Coulomb and viscous friction with Stribeck's peak, smoothed."""
    stribeck = 1.0 + 0.5 * wp.exp(-joint_velocity * joint_velocity)
    return -joint_friction * (wp.tanh(10.0 * joint_velocity) * stribeck + 0.2 * joint_velocity)


def saturated_torque(joint_angle, joint_velocity, torque_limit, target_joint_angle, proportional_gain):
    """Torque of a motor whose limit falls with its speed."""
    tau = proportional_gain * (target_joint_angle - joint_angle)
    available = torque_limit * wp.max(1.0 - wp.abs(joint_velocity) / 6.0, 0.0)
    joint_torque = tau
    if tau > available:
        joint_torque = available
    elif tau < -available:
        joint_torque = -available
    return joint_torque


def next_integral_error(integral_error, tracking_error, joint_torque, torque_limit, dt):
    """Integration that stops while the actuator is saturated (anti-windup)."""
    if wp.abs(joint_torque) > torque_limit and tracking_error * joint_torque > 0.0:
        return integral_error
    return wp.clamp(integral_error + tracking_error * dt, -1.0, 1.0)


def next_joint_velocity(joint_velocity, joint_torque, armature, joint_friction, dt):
    """Semi-implicit step of a joint with viscous friction."""
    return (joint_velocity + joint_torque / armature * dt) / (1.0 + joint_friction / armature * dt)


def next_joint_angle(joint_angle, joint_velocity, dt):
    return joint_angle + joint_velocity * dt


def minimum_jerk(initial_joint_angle, target_joint_angle, phase):
    """Minimum jerk trajectory (Flash and Hogan)."""
    s = phase * phase * phase * (10.0 - 15.0 * phase + 6.0 * phase * phase)
    reference_angle = initial_joint_angle + (target_joint_angle - initial_joint_angle) * s
    return reference_angle


def trapezoidal_velocity(initial_joint_angle, target_joint_angle, phase, trajectory_time):
    """Trapezoidal speed profile that spends a quarter of its time on each ramp."""
    v_peak = (target_joint_angle - initial_joint_angle) / (0.75 * trajectory_time)
    reference_speed = v_peak
    if phase < 0.25:
        reference_speed = v_peak * phase / 0.25
    elif phase > 0.75:
        reference_speed = v_peak * (1.0 - phase) / 0.25
    return reference_speed


def next_phase(phase, trajectory_time, dt):
    return wp.frac(phase + dt / trajectory_time)


def flange(link_frame, joint_axis, joint_angle):
    """Frame behind a revolute joint."""
    q = wp.quat_from_axis_angle(wp.normalize(joint_axis), joint_angle)
    return wp.transform_multiply(link_frame, wp.transform(wp.vec3(0.0, 0.0, 0.0), q))


def sliding_flange(link_frame, joint_axis, joint_angle):
    """Frame behind a prismatic joint."""
    slide = 0.2 * joint_angle * wp.normalize(joint_axis)
    flange = wp.transform_multiply(link_frame, wp.transform(slide, wp.quat_identity()))
    return flange


def tool_point(flange, tool_offset):
    return wp.transform_point(flange, tool_offset)


def encoder_angle(encoder_ticks, ticks_per_turn):
    wrapped = encoder_ticks % ticks_per_turn
    return wp.tau * float(wrapped) / float(ticks_per_turn)


def is_saturated(joint_torque, torque_limit):
    return wp.abs(joint_torque) >= torque_limit


def control_cost(action, previous_action):
    change = action - previous_action
    return 0.1 * action * action + 0.5 * change * change


def tracking_reward(tracking_error, control_cost):
    """Exponential tracking kernel less the effort."""
    reward = wp.exp(-4.0 * tracking_error * tracking_error) - 0.05 * control_cost
    return reward


def energy_use(joint_torque, joint_velocity):
    return wp.abs(joint_torque * joint_velocity)


def feedforward(reference_acceleration, reference_speed, armature, joint_friction):
    return armature * reference_acceleration + joint_friction * reference_speed


def quintic_reference(start_angle, goal_angle, start_speed, trajectory_time, phase):
    """Quintic polynomial that starts with a speed and ends at rest."""
    d = goal_angle - start_angle
    v = start_speed * trajectory_time
    a3 = 10.0 * d - 6.0 * v
    a4 = -15.0 * d + 8.0 * v
    a5 = 6.0 * d - 3.0 * v
    s = phase
    reference_angle = start_angle + s * (v + s * s * (a3 + s * (a4 + s * a5)))
    slope = v + s * s * (3.0 * a3 + s * (4.0 * a4 + 5.0 * s * a5))
    reference_speed = slope / trajectory_time
    return reference_angle, reference_speed


def time_optimal_reference(start_angle, goal_angle, cruise_speed, ramp_acceleration, elapsed):
    """Trapezoidal motion, or a triangle where the way is too short to reach the cruising speed."""
    way = wp.abs(goal_angle - start_angle)
    side = wp.sign(goal_angle - start_angle)
    t_ramp = cruise_speed / ramp_acceleration
    peak = cruise_speed
    if way < cruise_speed * t_ramp:
        t_ramp = wp.sqrt(way / ramp_acceleration)
        peak = ramp_acceleration * t_ramp
    t_flat = wp.max((way - peak * t_ramp) / wp.max(peak, 1.0e-3), 0.0)
    t_end = 2.0 * t_ramp + t_flat
    if elapsed >= t_end:
        return goal_angle
    moved = 0.5 * ramp_acceleration * elapsed * elapsed
    if elapsed > t_ramp + t_flat:
        left = t_end - elapsed
        moved = way - 0.5 * ramp_acceleration * left * left
    elif elapsed > t_ramp:
        moved = 0.5 * peak * t_ramp + peak * (elapsed - t_ramp)
    reference_angle = start_angle + side * moved
    return reference_angle


def via_reference(way_points, phase):
    """Cubic spline (Catmull and Rom) through points on the way."""
    last = len(way_points) - 1
    x = phase * float(last)
    i = wp.min(int(x), wp.max(last - 1, 0))
    t = x - float(i)
    p0 = way_points[wp.max(i - 1, 0)]
    p1 = way_points[i]
    p2 = way_points[wp.min(i + 1, last)]
    p3 = way_points[wp.min(i + 2, last)]
    m1 = 0.5 * (p2 - p0)
    m2 = 0.5 * (p3 - p1)
    s = 1.0 - t
    reference_angle = s * s * ((1.0 + 2.0 * t) * p1 + t * m1) + t * t * ((1.0 + 2.0 * s) * p2 - s * m2)
    return reference_angle


def motor_step(current, rotor_speed, voltage, resistance, inductance, torque_constant, dt):
    """Implicit step of the current in a winding."""
    back_emf = torque_constant * rotor_speed
    k = dt / inductance
    next_current = (current + k * (voltage - back_emf)) / (1.0 + k * resistance)
    return next_current


def output_torque(current, torque_constant, gear_ratio, gear_efficiency, rotor_speed):
    """Torque behind a gear, whose losses change sides when the load drives the motor."""
    shaft = torque_constant * current
    if shaft * rotor_speed >= 0.0:
        return shaft * gear_ratio * gear_efficiency
    return shaft * gear_ratio / gear_efficiency


def heat_loss(current, resistance, winding_temperature):
    """Loss in copper, whose resistance grows with its temperature."""
    warm = resistance * (1.0 + 0.0039 * (winding_temperature - 20.0))
    return current * current * warm


def next_winding_temperature(winding_temperature, heat_loss, ambient, thermal_resistance, thermal_capacity, dt):
    settled = ambient + heat_loss * thermal_resistance
    decay = wp.exp(-dt / (thermal_resistance * thermal_capacity))
    return settled + (winding_temperature - settled) * decay


def overheated(winding_temperature, max_winding_temperature):
    return winding_temperature > max_winding_temperature


def lugre_friction(bristle, joint_velocity, static_friction, coulomb_friction, stribeck_speed, joint_friction, dt):
    """Friction of LuGre: the bend of bristles between two surfaces."""
    stiffness = 200.0
    ratio = joint_velocity / stribeck_speed
    steady = coulomb_friction + (static_friction - coulomb_friction) * wp.exp(-ratio * ratio)
    rate = stiffness * wp.abs(joint_velocity) / steady
    bent = (bristle + dt * joint_velocity) / (1.0 + dt * rate)
    bend_rate = joint_velocity - rate * bent
    next_bristle = bent
    friction_torque = -(stiffness * bent + 0.5 * bend_rate + joint_friction * joint_velocity)
    return next_bristle, friction_torque


def spring_torque(motor_angle, joint_angle, spring_stiffness, backlash):
    """Torque through an elastic gear with play."""
    twist = motor_angle - joint_angle
    if twist > backlash:
        return spring_stiffness * (twist - backlash)
    if twist < -backlash:
        return spring_stiffness * (twist + backlash)
    return 0.0


def filtered_pid(
    tracking_error, previous_tracking_error, derivative_state, filter_time, proportional_gain, derivative_gain, dt
):
    """Proportional and filtered derivative action."""
    change = (tracking_error - previous_tracking_error) / dt
    a = dt / (filter_time + dt)
    d_new = wp.clamp(derivative_state + a * (change - derivative_state), -20.0, 20.0)
    next_derivative_state = d_new
    joint_torque = proportional_gain * tracking_error + derivative_gain * d_new
    return joint_torque, next_derivative_state


def next_command(command, target_command, torque_rate_limit, dt):
    """Command that changes no faster than allowed."""
    step = torque_rate_limit * dt
    return command + wp.clamp(target_command - command, -step, step)


def next_momentum_residual(
    momentum_residual, joint_torque, joint_velocity, previous_joint_velocity, armature, observer_gain, dt
):
    """Observer of the torque that nobody commanded."""
    explained = armature * (joint_velocity - previous_joint_velocity) / dt
    unexplained = explained - joint_torque
    a = 1.0 - wp.exp(-observer_gain * dt)
    return momentum_residual + a * (wp.clamp(unexplained, -200.0, 200.0) - momentum_residual)


def collided(momentum_residual, collision_threshold):
    return wp.abs(momentum_residual) > collision_threshold


def stop_torque(joint_angle, joint_velocity, lower_stop, upper_stop, stop_stiffness, derivative_gain):
    """Spring and damper of the end stops."""
    if joint_angle < lower_stop:
        return stop_stiffness * (lower_stop - joint_angle) - derivative_gain * wp.min(joint_velocity, 0.0)
    if joint_angle > upper_stop:
        return stop_stiffness * (upper_stop - joint_angle) - derivative_gain * wp.max(joint_velocity, 0.0)
    return 0.0


def stopped_joint_angle(joint_angle, joint_velocity, lower_stop, upper_stop, dt):
    """Step that ends at a stop, and takes the speed away there."""
    moved = joint_angle + joint_velocity * dt
    next_joint_angle = wp.clamp(moved, lower_stop, upper_stop)
    next_joint_velocity = joint_velocity
    if moved < lower_stop or moved > upper_stop:
        next_joint_velocity = 0.0
    return next_joint_angle, next_joint_velocity


def sector(hall_state):
    """Commutation step of a brushless motor from its Hall sensors; minus one for a state that cannot be."""
    if hall_state == 1:
        return 0
    if hall_state == 3:
        return 1
    if hall_state == 2:
        return 2
    if hall_state == 6:
        return 3
    if hall_state == 4:
        return 4
    if hall_state == 5:
        return 5
    return -1


def absolute_code(gray_reading):
    """Gray code of an absolute encoder to a position."""
    code = gray_reading
    shift = int(gray_reading)
    for _n in range(8):
        shift = shift >> 1
        code = code ^ shift
    return code & 255


def speed_estimate(tick_times, ticks_per_turn):
    """Speed from the mean time between the ticks, without the longest of them."""
    total = float(0.0)
    longest = float(0.0)
    for n in range(len(tick_times)):
        total += tick_times[n]
        longest = wp.max(longest, tick_times[n])
    kept = wp.max(float(len(tick_times)) - 1.0, 1.0)
    mean = (total - longest) / kept
    return wp.tau / (float(ticks_per_turn) * wp.max(mean, 0.001))


def resolver_angle(resolver_sine, resolver_cosine):
    return wp.atan2(resolver_sine, resolver_cosine)


def effort_left(joint_torque, torque_limit):
    return wp.max(1.0 - wp.abs(joint_torque) / torque_limit, 0.0)


def coupling_torque(joint_angle_a, joint_angle_b, joint_velocity_a, joint_velocity_b, coupling_gain):
    """Torque that keeps two joints together."""
    return coupling_gain * (joint_angle_b - joint_angle_a) + 0.1 * coupling_gain * (joint_velocity_b - joint_velocity_a)


def noisy_angle(joint_angle, noise_level, ticks_per_turn, rng):
    """Reading of an encoder with noise and steps."""
    noisy = joint_angle + noise_level * wp.randn(rng)
    step = wp.tau / float(ticks_per_turn)
    return wp.rint(noisy / step) * step
