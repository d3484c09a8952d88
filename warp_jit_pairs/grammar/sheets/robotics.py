"""Robotics: kinematics of arms and wheels, controllers, attitude and sensor filters, quadrotors."""

import warp as wp

ENTITIES = "robot env agent drone"
GROUPS = "mission model fleet"
PAIRS = "neighbor_link encounter robot_pair"
LAUNCH = "1:9 2:1"
SUMMED = "mass reward control_cost kinetic_energy energy_use"
OPPOSITE = "separation_force"

QUANTITIES = """
joint_angle        | real | state   | -3 3       | q joint_q joint_pos
joint_velocity     | real | state   | -4 4       | qd joint_vel joint_qd
joint_torque       | real | result  | -150 150   | tau torque joint_tau
joint_axis         | vec3 | state   | -1 1       | joint_axis axis
shoulder_elbow     | vec2 | state   | -3 3       | q_arm shoulder_elbow theta
arm_rates          | vec2 | state   | -3 3       | qd_arm arm_rates theta_dot
upper_arm          | real | group   | 0.3 1      | l1 upper_arm link_a               | 0.5
forearm            | real | group   | 0.3 1      | l2 forearm link_b                 | 0.4 0.5
hand               | vec2 | result  | -2 2       | hand ee_pos tip
hand_target        | vec2 | state   | -1.5 1.5   | hand_target goal_xy
hand_velocity      | vec2 | result  | -8 8       | ee_vel hand_vel
jacobian           | mat22 | result | -2 2       | J jac jacobian
manipulability     | real | result  | 0 1        | manipulability w_manip
hand_force         | vec2 | result  | -40 40     | f_ee hand_force
arm_torques        | vec2 | result  | -80 80     | tau_arm arm_torques
link_frame         | transform | state | -1 1     | link_tf frame
flange             | transform | result | -3 3    | flange ee_pose X_ee
tool_offset        | vec3 | group   | -0.3 0.3   | tool_offset tcp
tool_point         | vec3 | result  | -3 3       | tool_point tcp_world
proportional_gain  | real | group   | 1 12       | kp p_gain                         | 5.0 10.0
derivative_gain    | real | group   | 0.1 4      | kd d_gain                         | 0.5 1.0
integral_gain      | real | group   | 0.1 4      | ki i_gain                         | 0.1 0.5
integral_error     | real | state   | -1 1       | err_int integral
tracking_error     | real | result  | -6 6       | err error e
torque_limit       | real | uniform | 10 80      | tau_max effort_limit torque_limit | 30.0 50.0
armature           | real | group   | 0.05 1     | armature rotor_inertia            | 0.1
joint_friction     | real | group   | 0.05 1     | mu_v joint_friction               | 0.1
phase              | real | state   | 0 1        | phase phi
trajectory_time    | real | uniform | 0.5 4      | T_traj duration                   | 1.0 2.0
position           | vec3 | state   | -2 2       | pos p position
velocity           | vec3 | state   | -3 3       | vel v velocity
attitude           | quat | state   | -1 1       | q_wb attitude rot
angular_rate       | vec3 | state   | -3 3       | gyro omega body_rates
gyro_bias          | vec3 | state   | -0.2 0.2   | gyro_bias b_g
accelerometer      | vec3 | state   | -12 12     | accel acc imu_acc
magnetometer       | vec3 | state   | -1 1       | mag magnetometer
roll               | real | state   | -1.2 1.2   | roll
pitch              | real | state   | -1.2 1.2   | pitch
heading            | real | state   | -3 3       | yaw heading psi
gravity_body       | vec3 | result  | -1 1       | g_body projected_gravity grav
attitude_error     | vec3 | result  | -2 2       | rot_err e_R att_err
body_torque        | vec3 | result  | -10 10     | tau_b body_torque moment
blend              | real | uniform | 0.01 0.5   | alpha blend gain                  | 0.02 0.1
mass               | real | state   | 0.5 3      | mass m
thrust             | real | result  | 0 100      | thrust T_cmd collective
thrust_vector      | vec3 | result  | -100 100   | f_des thrust_vec force
motor_speeds       | vec4 | state   | 0.1 2      | rotor_speeds omega_rot motors
motor_thrusts      | vec4 | result  | -60 60     | motor_thrusts rotor_f mix
thrust_coefficient | real | group   | 0.5 5      | k_f thrust_coeff                  | 1.0 2.0
torque_ratio       | real | group   | 0.05 0.3   | k_m torque_ratio                  | 0.1
arm_length         | real | group   | 0.15 0.5   | arm_len arm l_arm                 | 0.2 0.25
inertia            | vec3 | state   | 0.1 1      | inertia J_body I_diag
gravity            | real | uniform | 5 10       | g gravity                         | 9.81
wheel_speeds       | vec2 | state   | -6 6       | wheel_speeds wheels w_lr
wheel_radius       | real | group   | 0.05 0.3   | r_wheel wheel_radius              | 0.1
track_width        | real | group   | 0.3 1      | track_width wheel_base b_track    | 0.5
wheelbase          | real | group   | 0.5 2      | wheelbase l_wb                    | 1.0
steering           | real | state   | -0.6 0.6   | steer delta steering
forward_speed      | real | result  | -3 3       | v_fwd forward_speed lin_vel
turn_rate          | real | result  | -12 12     | yaw_rate turn_rate w_z
ground_point       | vec2 | state   | -3 3       | xy ground_pos pose_xy
waypoint           | vec2 | state   | -3 3       | waypoint goal
lookahead          | real | uniform | 0.3 2      | lookahead l_d                     | 0.5 1.0
goal_distance      | real | result  | 0 10       | goal_dist dist_to_goal
bearing            | real | result  | -3.2 3.2   | bearing heading_err
cross_track        | real | result  | -8 8       | cte cross_track e_lat
estimate           | real | state   | -3 3       | x_hat estimate est
variance           | real | state   | 0.05 2     | P_cov variance var_x
measurement        | real | state   | -3 3       | z meas measurement
measurement_noise  | real | uniform | 0.05 1     | r_meas meas_var                   | 0.1
process_noise      | real | uniform | 0.01 0.5   | q_proc process_var                | 0.05
innovation         | real | result  | -6 6       | innov innovation residual
kalman_gain        | real | result  | 0 1        | k_gain kalman_gain K
samples            | reals | state  | -2 2       | window samples readings
filtered           | real | result  | -3 3       | filtered smooth y_f
spread             | real | result  | 0 6        | spread noise_level
encoder_ticks      | int  | state   | -2000 2000 | ticks encoder_ticks
ticks_per_turn     | int  | uniform | 128 1024   | ticks_per_rev cpr                 | 256 512
tick_change        | int  | state   | -8 8       | dticks tick_delta
status_bits        | uint | state   | 0 255      | status flags
action             | real | state   | -1.5 1.5   | action act
reward             | real | result  | -100 20    | reward rew
control_cost       | real | result  | 0 100      | control_cost effort
kinetic_energy     | real | result  | 0 30       | kinetic_energy ke
energy_use         | real | result  | 0 300      | power_draw energy_use
separation_force   | vec2 | result  | -20 20     | avoid separation_force repulse
safety_radius      | real | uniform | 0.3 2      | safety_radius r_safe              | 0.5 1.0
has_fallen         | bool | result  |            | fallen terminated reset
at_goal            | bool | result  |            | at_goal reached done
is_saturated       | bool | result  |            | saturated at_limit
is_outlier         | bool | result  |            | outlier reject gated
is_faulty          | bool | result  |            | faulty fault
dt                 | real | uniform | 0.005 0.05 | dt                                | 0.01 0.02
"""


def tracking_error(joint_angle, target_joint_angle):
    return target_joint_angle - joint_angle


def wrapped_error(heading, target_heading):
    """Shortest way around the circle."""
    d = target_heading - heading
    tracking_error = wp.atan2(wp.sin(d), wp.cos(d))
    return tracking_error


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
    joint_torque = -joint_friction * (wp.tanh(10.0 * joint_velocity) * stribeck + 0.2 * joint_velocity)
    return joint_torque


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


def bounded_joint_angle(joint_angle, joint_velocity, max_joint_angle, dt):
    limit = 0.2 + wp.abs(max_joint_angle)
    next_joint_angle = wp.clamp(joint_angle + joint_velocity * dt, -limit, limit)
    return next_joint_angle


def minimum_jerk(initial_joint_angle, target_joint_angle, phase):
    """Minimum jerk trajectory (Flash and Hogan)."""
    s = phase * phase * phase * (10.0 - 15.0 * phase + 6.0 * phase * phase)
    joint_angle = initial_joint_angle + (target_joint_angle - initial_joint_angle) * s
    return joint_angle


def trapezoidal_velocity(initial_joint_angle, target_joint_angle, phase, trajectory_time):
    """Trapezoidal speed profile that spends a quarter of its time on each ramp."""
    v_peak = (target_joint_angle - initial_joint_angle) / (0.75 * trajectory_time)
    joint_velocity = v_peak
    if phase < 0.25:
        joint_velocity = v_peak * phase / 0.25
    elif phase > 0.75:
        joint_velocity = v_peak * (1.0 - phase) / 0.25
    return joint_velocity


def next_phase(phase, trajectory_time, dt):
    return wp.frac(phase + dt / trajectory_time)


def hand(shoulder_elbow, upper_arm, forearm):
    """Forward kinematics of a planar arm."""
    q1 = shoulder_elbow[0]
    q12 = q1 + shoulder_elbow[1]
    return wp.vec2(
        upper_arm * wp.cos(q1) + forearm * wp.cos(q12),
        upper_arm * wp.sin(q1) + forearm * wp.sin(q12),
    )


def inverse_kinematics(hand_target, upper_arm, forearm):
    """Elbow-up solution of a planar two-link arm."""
    r2 = wp.dot(hand_target, hand_target)
    c2 = (r2 - upper_arm * upper_arm - forearm * forearm) / (2.0 * upper_arm * forearm)
    q2 = wp.acos(wp.clamp(c2, -1.0, 1.0))
    k1 = upper_arm + forearm * wp.cos(q2)
    k2 = forearm * wp.sin(q2)
    q1 = wp.atan2(hand_target[1], hand_target[0]) - wp.atan2(k2, k1)
    target_shoulder_elbow = wp.vec2(q1, q2)
    return target_shoulder_elbow


def jacobian(shoulder_elbow, upper_arm, forearm):
    s1 = wp.sin(shoulder_elbow[0])
    c1 = wp.cos(shoulder_elbow[0])
    s12 = wp.sin(shoulder_elbow[0] + shoulder_elbow[1])
    c12 = wp.cos(shoulder_elbow[0] + shoulder_elbow[1])
    return wp.mat22(-upper_arm * s1 - forearm * s12, -forearm * s12, upper_arm * c1 + forearm * c12, forearm * c12)


def manipulability(shoulder_elbow, upper_arm, forearm):
    """Yoshikawa's measure of a planar arm."""
    return upper_arm * forearm * wp.abs(wp.sin(shoulder_elbow[1]))


def hand_velocity(jacobian, arm_rates):
    return jacobian * arm_rates


def hand_force(hand, hand_velocity, hand_target, derivative_gain):
    """Impedance of the hand: spring to the target and damper."""
    f = 5.0 * (hand_target - hand) - derivative_gain * hand_velocity
    f_len = wp.length(f)
    return f if f_len < 30.0 else f * (30.0 / f_len)


def arm_torques(jacobian, hand_force):
    """Transposed Jacobian control."""
    return wp.transpose(jacobian) * hand_force


def damped_least_squares(shoulder_elbow, jacobian, hand, hand_target, blend):
    """Joint step by damped least squares (Wampler)."""
    e = hand_target - hand
    JJt = jacobian * wp.transpose(jacobian)
    damping = wp.diag(wp.vec2(0.1 + blend, 0.1 + blend))
    dq = wp.transpose(jacobian) * (wp.inverse(JJt + damping) * e)
    next_shoulder_elbow = shoulder_elbow + dq
    return next_shoulder_elbow


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


def next_attitude(attitude, angular_rate, gyro_bias, dt):
    """Integration of the gyroscope without its bias."""
    w = angular_rate - gyro_bias
    dq = wp.quat(0.5 * dt * w[0], 0.5 * dt * w[1], 0.5 * dt * w[2], 1.0)
    return wp.normalize(attitude * dq)


def mahony_attitude(attitude, angular_rate, accelerometer, blend, dt):
    """Complementary filter of Mahony et al., gyroscope and gravity."""
    a = wp.normalize(accelerometer)
    up = wp.quat_rotate_inv(attitude, wp.vec3(0.0, 0.0, 1.0))
    err = wp.cross(a, up)
    w = angular_rate + blend * err
    angle = wp.length(w) * dt
    next_attitude = attitude
    if angle > 1.0e-6:
        next_attitude = wp.normalize(attitude * wp.quat_from_axis_angle(wp.normalize(w), angle))
    return next_attitude


def next_gyro_bias(gyro_bias, gravity_body, accelerometer, blend, dt):
    return gyro_bias - blend * dt * wp.cross(wp.normalize(accelerometer), gravity_body)


def blended_attitude(attitude, target_attitude, blend):
    next_attitude = wp.quat_slerp(attitude, target_attitude, blend)
    return next_attitude


def tilt_from_gravity(accelerometer):
    """Roll and pitch of a sensor at rest."""
    roll = wp.atan2(accelerometer[1], wp.abs(accelerometer[2]) + 1.0e-3)
    lateral = wp.sqrt(accelerometer[1] * accelerometer[1] + accelerometer[2] * accelerometer[2])
    pitch = wp.atan2(-accelerometer[0], lateral + 1.0e-3)
    return roll, pitch


def compass_heading(magnetometer, roll, pitch):
    """Heading of a tilt-compensated compass."""
    m_x = magnetometer[0] * wp.cos(pitch) + magnetometer[2] * wp.sin(pitch)
    m_y = (
        magnetometer[0] * wp.sin(roll) * wp.sin(pitch)
        + magnetometer[1] * wp.cos(roll)
        - magnetometer[2] * wp.sin(roll) * wp.cos(pitch)
    )
    heading = wp.atan2(-m_y, m_x)
    return heading


def complementary_pitch(pitch, angular_rate, accelerometer, blend, dt):
    measured = wp.atan2(-accelerometer[0], wp.abs(accelerometer[2]) + 0.1)
    next_pitch = (1.0 - blend) * (pitch + angular_rate[1] * dt) + blend * measured
    return next_pitch


def attitude_heading(attitude):
    """Yaw of a quaternion in the order z, y, x."""
    s = 2.0 * (attitude[3] * attitude[2] + attitude[0] * attitude[1])
    c = 1.0 - 2.0 * (attitude[1] * attitude[1] + attitude[2] * attitude[2])
    heading = wp.atan2(s, c)
    return heading


def attitude_from_angles(roll, pitch, heading):
    """Quaternion of roll, pitch and yaw."""
    cr = wp.cos(0.5 * roll)
    sr = wp.sin(0.5 * roll)
    cp = wp.cos(0.5 * pitch)
    sp = wp.sin(0.5 * pitch)
    cy = wp.cos(0.5 * heading)
    sy = wp.sin(0.5 * heading)
    attitude = wp.quat(
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
        cr * cp * cy + sr * sp * sy,
    )
    return attitude


def gravity_body(attitude):
    """Direction of gravity in the body's frame."""
    return wp.quat_rotate_inv(attitude, wp.vec3(0.0, 0.0, -1.0))


def attitude_error(attitude, target_attitude):
    q_err = wp.quat_inverse(attitude) * target_attitude
    return 2.0 * wp.sign(q_err[3]) * wp.vec3(q_err[0], q_err[1], q_err[2])


def geometric_attitude_error(attitude, target_attitude):
    """Attitude error on SO(3) (Lee et al. 2010)."""
    R = wp.quat_to_matrix(attitude)
    R_d = wp.quat_to_matrix(target_attitude)
    E = wp.transpose(R) * R_d - wp.transpose(R_d) * R
    attitude_error = 0.5 * wp.vec3(E[2, 1], E[0, 2], E[1, 0])
    return attitude_error


def body_torque(attitude_error, angular_rate, proportional_gain, derivative_gain):
    return proportional_gain * attitude_error - derivative_gain * angular_rate


def angular_rate_rate(body_torque, angular_rate, inertia):
    """Euler's equations with principal moments."""
    return wp.cw_div(body_torque - wp.cross(angular_rate, wp.cw_mul(inertia, angular_rate)), inertia)


def thrust_vector(position, velocity, target_position, mass, gravity, derivative_gain):
    """Force that a position controller asks for."""
    acc = 4.0 * (target_position - position) - derivative_gain * velocity
    return mass * (acc + wp.vec3(0.0, 0.0, gravity))


def thrust(thrust_vector, attitude):
    """Part of the desired force along the rotors."""
    z_body = wp.quat_rotate(attitude, wp.vec3(0.0, 0.0, 1.0))
    return wp.max(wp.dot(thrust_vector, z_body), 0.0)


def rotor_thrust(motor_speeds, thrust_coefficient):
    thrust = thrust_coefficient * wp.dot(motor_speeds, motor_speeds)
    return thrust


def rotor_torque(motor_speeds, thrust_coefficient, torque_ratio, arm_length):
    """Moments of a quadrotor in plus configuration."""
    f = thrust_coefficient * wp.cw_mul(motor_speeds, motor_speeds)
    body_torque = wp.vec3(
        arm_length * (f[1] - f[3]), arm_length * (f[2] - f[0]), torque_ratio * (f[0] - f[1] + f[2] - f[3])
    )
    return body_torque


def motor_thrusts(thrust, body_torque, arm_length, torque_ratio):
    """Mixer of a quadrotor in plus configuration."""
    t = 0.25 * thrust
    roll_f = 0.5 * body_torque[0] / arm_length
    pitch_f = 0.5 * body_torque[1] / arm_length
    yaw_f = 0.25 * body_torque[2] / torque_ratio
    return wp.vec4(t - pitch_f + yaw_f, t + roll_f - yaw_f, t + pitch_f + yaw_f, t - roll_f - yaw_f)


def next_motor_speeds(motor_speeds, motor_thrusts, thrust_coefficient, dt):
    """First order lag of the motors behind their commands."""
    f = wp.max(motor_thrusts, wp.vec4(0.0, 0.0, 0.0, 0.0)) / thrust_coefficient
    target = wp.vec4(wp.sqrt(f[0]), wp.sqrt(f[1]), wp.sqrt(f[2]), wp.sqrt(f[3]))
    a = 1.0 - wp.exp(-20.0 * dt)
    return motor_speeds + a * (target - motor_speeds)


def next_velocity(velocity, attitude, thrust, mass, gravity, dt):
    acc = wp.quat_rotate(attitude, wp.vec3(0.0, 0.0, thrust / mass)) - wp.vec3(0.0, 0.0, gravity)
    return velocity + acc * dt


def next_position(position, velocity, dt):
    return position + velocity * dt


def kinetic_energy(mass, velocity, inertia, angular_rate):
    linear = mass * wp.dot(velocity, velocity)
    return 0.5 * (linear + wp.dot(angular_rate, wp.cw_mul(inertia, angular_rate)))


def forward_speed(wheel_speeds, wheel_radius):
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
    target_wheel_speeds = wp.vec2(k * left, k * right)
    return target_wheel_speeds


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
    steering = wp.clamp(wp.atan(2.0 * wheelbase * wp.sin(bearing) / reach), -max_steering, max_steering)
    return steering


def stanley(bearing, cross_track, forward_speed, blend, max_steering):
    """Stanley's steering law."""
    steering = wp.clamp(
        0.3 * bearing + wp.atan2(blend * cross_track, 1.0 + wp.abs(forward_speed)), -max_steering, max_steering
    )
    return steering


def encoder_speed(tick_change, ticks_per_turn, wheel_radius, dt):
    """Speed of a wheel from the ticks of a step."""
    turns = float(tick_change) / float(ticks_per_turn)
    forward_speed = turns * wp.tau * wheel_radius / dt
    return forward_speed


def encoder_angle(encoder_ticks, ticks_per_turn):
    wrapped = encoder_ticks % ticks_per_turn
    joint_angle = wp.tau * float(wrapped) / float(ticks_per_turn)
    return joint_angle


def innovation(measurement, estimate):
    return measurement - estimate


def kalman_gain(variance, measurement_noise):
    return variance / (variance + measurement_noise)


def next_estimate(estimate, innovation, kalman_gain):
    return estimate + kalman_gain * innovation


def kalman_step(estimate, variance, measurement, measurement_noise, process_noise):
    """Prediction and update of a scalar Kalman filter."""
    P = variance + process_noise
    K = P / (P + measurement_noise)
    next_estimate = estimate + K * (measurement - estimate)
    next_variance = (1.0 - K) * P
    return next_estimate, next_variance


def low_pass(filtered, measurement, previous_measurement, blend):
    """Exponential smoothing of the mean of two readings."""
    next_filtered = filtered + blend * (0.5 * (measurement + previous_measurement) - filtered)
    return next_filtered


def filtered(samples):
    """Moving average."""
    total = float(0.0)
    for n in range(len(samples)):
        total += samples[n]
    return total / float(len(samples))


def exponential_average(samples, blend):
    y = float(0.0)
    for n in range(len(samples)):
        y += blend * (samples[n] - y)
    filtered = y
    return filtered


def spread(samples, filtered):
    """Root mean square of the deviations."""
    total = float(0.0)
    for n in range(len(samples)):
        d = samples[n] - filtered
        total += d * d
    return wp.sqrt(total / float(len(samples)))


def noisy_measurement(estimate, measurement_noise, rng):
    measurement = estimate + wp.sqrt(measurement_noise) * wp.randn(rng)
    return measurement


def is_outlier(innovation, variance, measurement_noise):
    """Gate at two standard deviations."""
    return innovation * innovation > 4.0 * (variance + measurement_noise)


def is_faulty(status_bits, spread):
    """The high bits of the status or noise beyond the usual."""
    return (status_bits & wp.uint32(192)) == wp.uint32(192) or spread > 4.0


def is_saturated(joint_torque, torque_limit):
    return wp.abs(joint_torque) >= torque_limit


def at_goal(goal_distance, safety_radius):
    return goal_distance < safety_radius


def has_fallen(gravity_body, position):
    return gravity_body[2] > -0.3 or position[2] < -1.0


def control_cost(action, previous_action):
    change = action - previous_action
    return 0.1 * action * action + 0.5 * change * change


def tracking_reward(tracking_error, control_cost):
    """Exponential tracking kernel less the effort."""
    reward = wp.exp(-4.0 * tracking_error * tracking_error) - 0.05 * control_cost
    return reward


def goal_reward(goal_distance, bearing, is_outlier):
    r = 1.0 / (1.0 + goal_distance * goal_distance) + 0.2 * wp.cos(bearing)
    if is_outlier:
        r -= 1.0
    reward = r
    return reward


def energy_use(joint_torque, joint_velocity):
    return wp.abs(joint_torque * joint_velocity)


def separation_force(ground_point_a, ground_point_b, safety_radius):
    """Push away from a robot that is too close."""
    d = ground_point_a - ground_point_b
    dist = wp.length(d)
    f = wp.vec2(0.0, 0.0)
    if dist < 2.0 * safety_radius and dist > 1.0e-4:
        f = 5.0 * (2.0 * safety_radius - dist) / dist * d
    return f


def time_headway(ground_point_a, ground_point_b, forward_speed_a, forward_speed_b):
    """Speed of following: the gap's share, no faster than the one ahead by much."""
    gap = wp.length(ground_point_b - ground_point_a)
    target_forward_speed = wp.min(0.5 * gap, forward_speed_b + 0.3 * (forward_speed_b - forward_speed_a) + 1.0)
    return target_forward_speed


def consensus_heading(heading_a, heading_b, blend):
    """Heading that moves toward a neighbor's (Vicsek)."""
    d = heading_b - heading_a
    next_heading = heading_a + blend * wp.atan2(wp.sin(d), wp.cos(d))
    return next_heading


def fused_estimate(estimate_a, estimate_b, variance_a, variance_b):
    """Fusion by inverse variances."""
    w_a = 1.0 / variance_a
    w_b = 1.0 / variance_b
    filtered = (w_a * estimate_a + w_b * estimate_b) / (w_a + w_b)
    return filtered
