"""Drones: attitude and its sensors, rotors and wings, controllers of flight."""

import warp as wp

ENTITIES = "drone quadrotor aircraft"
GROUPS = "fleet airframe mission"
PAIRS = "encounter formation"
LAUNCH = "1:9 2:1"
SUMMED = "mass kinetic_energy hover_power"
OPPOSITE = "avoidance"

QUANTITIES = """
position              | vec3  | state   | -2 2          | pos p position
velocity              | vec3  | state   | -3 3          | vel v velocity
attitude              | quat  | state   | -1 1          | q_wb attitude rot
angular_rate          | vec3  | state   | -3 3          | gyro omega body_rates
gyro_bias             | vec3  | state   | -0.2 0.2      | gyro_bias b_g
accelerometer         | vec3  | state   | -12 12        | accel acc imu_acc
magnetometer          | vec3  | state   | -1 1          | mag magnetometer
roll                  | real  | state   | -1.2 1.2      | roll
pitch                 | real  | state   | -1.2 1.2      | pitch
heading               | real  | state   | -3 3          | yaw heading psi
gravity_body          | vec3  | result  | -1 1          | g_body projected_gravity grav
attitude_error        | vec3  | result  | -2 2          | rot_err e_R att_err
body_torque           | vec3  | result  | -10 10        | tau_b body_torque moment
mass                  | real  | state   | 0.5 3         | mass m
thrust                | real  | result  | 0 100         | thrust T_cmd collective
thrust_vector         | vec3  | result  | -100 100      | f_des thrust_vec force
motor_speeds          | vec4  | state   | 0.1 2         | rotor_speeds omega_rot motors
motor_thrusts         | vec4  | result  | -60 60        | motor_thrusts rotor_f mix
thrust_coefficient    | real  | group   | 0.5 5         | k_f thrust_coeff | 1.0 2.0
torque_ratio          | real  | group   | 0.05 0.3      | k_m torque_ratio | 0.1
arm_length            | real  | group   | 0.15 0.5      | arm_len arm l_arm | 0.2 0.25
inertia               | vec3  | state   | 0.1 1         | inertia J_body I_diag
gravity               | real  | uniform | 5 10          | g gravity | 9.81
dt                    | real  | uniform | 0.005 0.05    | dt | 0.01 0.02
filter_gain           | real  | uniform | 0.01 0.5      | filter_gain beta_f | 0.02 0.1
attitude_gain         | real  | group   | 1 12          | k_att attitude_gain
rate_gain             | real  | group   | 0.1 4         | k_rate rate_gain
position_gain         | real  | group   | 1 6           | k_pos position_gain
velocity_gain         | real  | group   | 0.5 4         | k_vel velocity_gain
motor_lag             | real  | uniform | 0.02 0.2      | motor_lag tau_motor | 0.05
yaw_angle             | real  | result  | -3.2 3.2      | yaw_est yaw_angle
kinetic_energy        | real  | result  | 0 40          | kin_energy kinetic_energy
pressure_reading      | real  | state   | 90000 103000  | baro_pa pressure_reading
sea_pressure          | real  | uniform | 100000 103000 | qnh sea_pressure | 101325.0
altitude              | real  | state   | -50 1500      | altitude alt_est
climb                 | real  | state   | -8 8          | climb_rate v_z
altitude_measured     | real  | result  | -200 1200     | baro_alt altitude_meas
altitude_variance     | real  | state   | 0.1 20        | var_alt p_alt
baro_variance         | real  | uniform | 0.1 4         | baro_var r_baro | 0.5
vertical_acceleration | real  | result  | -20 20        | acc_up vertical_accel
ground_distance       | real  | state   | 0.05 3        | ground_dist agl
rotor_radius          | real  | group   | 0.05 0.25     | rotor_radius r_rotor
lift_gain             | real  | result  | 1 2           | ground_effect lift_gain
hover_power           | real  | result  | 0 6000        | hover_power p_hover
figure_of_merit       | real  | uniform | 0.4 0.75      | figure_merit fom | 0.6
air_density           | real  | uniform | 0.9 1.3       | rho_air air_density | 1.225
air_velocity          | vec3  | state   | -8 8          | wind_vel air_velocity
drag_area             | vec3  | group   | 0.005 0.05    | drag_area cd_areas
drag_force            | vec3  | result  | -30 30        | f_drag drag_force
attack_angle          | real  | state   | -0.5 0.6      | aoa attack_angle
stall_angle           | real  | group   | 0.2 0.35      | stall_angle aoa_stall
lift_coefficient      | real  | result  | -2 3          | c_lift lift_coefficient
drag_coefficient      | real  | result  | 0 3           | c_drag drag_coefficient
aspect_ratio          | real  | group   | 4 15          | aspect_ratio ar_wing
parasite_drag         | real  | uniform | 0.01 0.05     | c_d0 parasite_drag | 0.025
airspeed              | real  | state   | 5 30          | airspeed v_air
wing_area             | real  | group   | 0.1 1         | wing_area s_wing
lift                  | real  | result  | -1300 1700    | lift wing_lift
pitot_pressure        | real  | state   | 0 600         | pitot_dp dyn_pressure
indicated_airspeed    | real  | result  | 0 40          | ias indicated_airspeed
stalled               | bool  | result  |               | stalled in_stall
bank                  | real  | state   | -1 1          | bank bank_angle
turn_radius           | real  | result  | -2000 2000    | turn_radius r_turn
battery_current       | real  | state   | 1 40          | batt_amps battery_current
open_voltage          | real  | state   | 10 17         | v_open open_voltage
internal_resistance   | real  | group   | 0.01 0.1      | r_batt internal_resistance
terminal_voltage      | real  | result  | 6 17          | v_batt terminal_voltage
throttle              | real  | result  | 0 1           | throttle hover_throttle
desired_attitude      | quat  | result  | -1 1          | q_des desired_attitude
desired_yaw           | real  | state   | -3 3          | yaw_des desired_yaw
reference_up          | vec3  | uniform | -1 1          | ref_up gravity_ref
reference_north       | vec3  | uniform | -1 1          | ref_north mag_ref
triad_attitude        | mat33 | result  | -1 1          | R_triad dcm
fence_center          | vec3  | group   | -2 2          | fence_center home
fence_radius          | real  | uniform | 1 10          | fence_radius r_fence | 5.0
outside_fence         | bool  | result  |               | outside breached
fence_push            | vec3  | result  | -40 40        | fence_push f_fence
tipped                | bool  | result  |               | tipped crashed
avoidance             | vec3  | result  | -30 30        | avoidance f_avoid
safe_distance         | real  | uniform | 0.5 3         | safe_dist r_safe | 1.0 2.0
vibration             | reals | state   | -2 2          | acc_window vibration
vibration_level       | real  | result  | 0 3           | vib_rms vibration_level
soft_iron             | mat33 | group   | 0.8 1.2       | soft_iron mag_cal
hard_iron             | vec3  | group   | -0.4 0.4      | hard_iron mag_bias
corrected_field       | vec3  | result  | -5 5          | mag_corr corrected_field
gyro_reading          | vec3  | result  | -5 5          | gyro_meas gyro_reading
"""


def next_attitude(attitude, angular_rate, gyro_bias, dt):
    """Integration of the gyroscope without its bias."""
    w = angular_rate - gyro_bias
    dq = wp.quat(0.5 * dt * w[0], 0.5 * dt * w[1], 0.5 * dt * w[2], 1.0)
    return wp.normalize(attitude * dq)


def mahony_attitude(attitude, angular_rate, accelerometer, filter_gain, dt):
    """Complementary filter of Mahony et al., gyroscope and gravity."""
    a = wp.normalize(accelerometer)
    up = wp.quat_rotate_inv(attitude, wp.vec3(0.0, 0.0, 1.0))
    err = wp.cross(a, up)
    w = angular_rate + filter_gain * err
    angle = wp.length(w) * dt
    next_attitude = attitude
    if angle > 1.0e-6:
        next_attitude = wp.normalize(attitude * wp.quat_from_axis_angle(wp.normalize(w), angle))
    return next_attitude


def next_gyro_bias(gyro_bias, gravity_body, accelerometer, filter_gain, dt):
    return gyro_bias - filter_gain * dt * wp.cross(wp.normalize(accelerometer), gravity_body)


def blended_attitude(attitude, target_attitude, filter_gain):
    next_attitude = wp.quat_slerp(attitude, target_attitude, filter_gain)
    return next_attitude


def tilt_from_gravity(accelerometer):
    """Roll and pitch of a sensor at rest."""
    next_roll = wp.atan2(accelerometer[1], wp.abs(accelerometer[2]) + 1.0e-3)
    lateral = wp.sqrt(accelerometer[1] * accelerometer[1] + accelerometer[2] * accelerometer[2])
    next_pitch = wp.atan2(-accelerometer[0], lateral + 1.0e-3)
    return next_roll, next_pitch


def compass_heading(magnetometer, roll, pitch):
    """Heading of a tilt-compensated compass."""
    m_x = magnetometer[0] * wp.cos(pitch) + magnetometer[2] * wp.sin(pitch)
    m_y = (
        magnetometer[0] * wp.sin(roll) * wp.sin(pitch)
        + magnetometer[1] * wp.cos(roll)
        - magnetometer[2] * wp.sin(roll) * wp.cos(pitch)
    )
    yaw_angle = wp.atan2(-m_y, m_x)
    return yaw_angle


def complementary_pitch(pitch, angular_rate, accelerometer, filter_gain, dt):
    measured = wp.atan2(-accelerometer[0], wp.abs(accelerometer[2]) + 0.1)
    next_pitch = (1.0 - filter_gain) * (pitch + angular_rate[1] * dt) + filter_gain * measured
    return next_pitch


def attitude_heading(attitude):
    """Yaw of a quaternion in the order z, y, x."""
    s = 2.0 * (attitude[3] * attitude[2] + attitude[0] * attitude[1])
    c = 1.0 - 2.0 * (attitude[1] * attitude[1] + attitude[2] * attitude[2])
    yaw_angle = wp.atan2(s, c)
    return yaw_angle


def attitude_from_angles(roll, pitch, heading):
    """Quaternion of roll, pitch and yaw."""
    cr = wp.cos(0.5 * roll)
    sr = wp.sin(0.5 * roll)
    cp = wp.cos(0.5 * pitch)
    sp = wp.sin(0.5 * pitch)
    cy = wp.cos(0.5 * heading)
    sy = wp.sin(0.5 * heading)
    desired_attitude = wp.quat(
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
        cr * cp * cy + sr * sp * sy,
    )
    return desired_attitude


def gravity_body(attitude):
    """Direction of gravity in the body's frame."""
    return wp.quat_rotate_inv(attitude, wp.vec3(0.0, 0.0, -1.0))


def attitude_error(attitude, desired_attitude):
    q_err = wp.quat_inverse(attitude) * desired_attitude
    return 2.0 * wp.sign(q_err[3]) * wp.vec3(q_err[0], q_err[1], q_err[2])


def geometric_attitude_error(attitude, desired_attitude):
    """Attitude error on SO(3) (Lee et al. 2010)."""
    R = wp.quat_to_matrix(attitude)
    R_d = wp.quat_to_matrix(desired_attitude)
    E = wp.transpose(R) * R_d - wp.transpose(R_d) * R
    attitude_error = 0.5 * wp.vec3(E[2, 1], E[0, 2], E[1, 0])
    return attitude_error


def body_torque(attitude_error, angular_rate, attitude_gain, rate_gain):
    return attitude_gain * attitude_error - rate_gain * angular_rate


def angular_rate_rate(body_torque, angular_rate, inertia):
    """Euler's equations with principal moments."""
    return wp.cw_div(body_torque - wp.cross(angular_rate, wp.cw_mul(inertia, angular_rate)), inertia)


def thrust_vector(position, velocity, target_position, mass, gravity, position_gain, velocity_gain):
    """Force that a position controller asks for."""
    acc = position_gain * (target_position - position) - velocity_gain * velocity
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


def next_motor_speeds(motor_speeds, motor_thrusts, thrust_coefficient, motor_lag, dt):
    """First order lag of the motors behind their commands."""
    f = wp.max(motor_thrusts, wp.vec4(0.0, 0.0, 0.0, 0.0)) / thrust_coefficient
    target = wp.vec4(wp.sqrt(f[0]), wp.sqrt(f[1]), wp.sqrt(f[2]), wp.sqrt(f[3]))
    a = 1.0 - wp.exp(-dt / motor_lag)
    return motor_speeds + a * (target - motor_speeds)


def next_velocity(velocity, attitude, thrust, mass, gravity, dt):
    acc = wp.quat_rotate(attitude, wp.vec3(0.0, 0.0, thrust / mass)) - wp.vec3(0.0, 0.0, gravity)
    return velocity + acc * dt


def next_position(position, velocity, dt):
    return position + velocity * dt


def kinetic_energy(mass, velocity, inertia, angular_rate):
    linear = mass * wp.dot(velocity, velocity)
    return 0.5 * (linear + wp.dot(angular_rate, wp.cw_mul(inertia, angular_rate)))


def next_angular_rate(angular_rate, angular_rate_rate, dt):
    return angular_rate + dt * angular_rate_rate


def desired_attitude(thrust_vector, desired_yaw):
    """Attitude whose rotors push along a force, with a heading."""
    up = wp.normalize(thrust_vector + wp.vec3(0.0, 0.0, 1.0e-3))
    course = wp.vec3(wp.cos(desired_yaw), wp.sin(desired_yaw), 0.0)
    left = wp.cross(up, course)
    if wp.length(left) < 1.0e-3:
        return wp.quat_identity()
    y_axis = wp.normalize(left)
    x_axis = wp.cross(y_axis, up)
    return wp.quat_from_matrix(wp.matrix_from_cols(x_axis, y_axis, up))


def madgwick_attitude(attitude, angular_rate, accelerometer, filter_gain, dt):
    """Madgwick's gradient step towards the measured gravity."""
    a = wp.normalize(accelerometer)
    x = attitude[0]
    y = attitude[1]
    z = attitude[2]
    w = attitude[3]
    f0 = 2.0 * (x * z - w * y) - a[0]
    f1 = 2.0 * (w * x + y * z) - a[1]
    f2 = 1.0 - 2.0 * (x * x + y * y) - a[2]
    g_w = -2.0 * y * f0 + 2.0 * x * f1
    g_x = 2.0 * z * f0 + 2.0 * w * f1 - 4.0 * x * f2
    g_y = -2.0 * w * f0 + 2.0 * z * f1 - 4.0 * y * f2
    g_z = 2.0 * x * f0 + 2.0 * y * f1
    size = wp.sqrt(g_w * g_w + g_x * g_x + g_y * g_y + g_z * g_z)
    k = filter_gain / wp.max(size, 1.0e-4)
    spin = wp.quat(angular_rate[0], angular_rate[1], angular_rate[2], 0.0)
    rate = 0.5 * (attitude * spin) - wp.quat(k * g_x, k * g_y, k * g_z, k * g_w)
    next_attitude = wp.normalize(attitude + dt * rate)
    return next_attitude


def triad_attitude(accelerometer, magnetometer, reference_up, reference_north):
    """Attitude from two directions (TRIAD)."""
    b1 = wp.normalize(accelerometer)
    b2 = wp.normalize(wp.cross(b1, magnetometer))
    r1 = wp.normalize(reference_up)
    r2 = wp.normalize(wp.cross(r1, reference_north))
    B = wp.matrix_from_cols(b1, b2, wp.cross(b1, b2))
    R = wp.matrix_from_cols(r1, r2, wp.cross(r1, r2))
    return R * wp.transpose(B)


def altitude_measured(pressure_reading, sea_pressure):
    """International barometric formula."""
    return 44330.0 * (1.0 - wp.pow(pressure_reading / sea_pressure, 0.1903))


def vertical_acceleration(attitude, accelerometer, gravity):
    up = wp.quat_rotate(attitude, accelerometer)
    return up[2] - gravity


def altitude_filter(altitude, climb, altitude_variance, altitude_measured, vertical_acceleration, baro_variance, dt):
    """Kalman filter of the altitude with the acceleration as its input."""
    z = altitude + climb * dt + 0.5 * vertical_acceleration * dt * dt
    v = climb + vertical_acceleration * dt
    P = altitude_variance + 0.1 * dt
    innovation = altitude_measured - z
    gate = 3.0 * wp.sqrt(P + baro_variance)
    innovation = wp.clamp(innovation, -gate, gate)
    K = P / (P + baro_variance)
    next_altitude = z + K * innovation
    next_climb = v + 0.5 * K * K * innovation
    next_altitude_variance = (1.0 - K) * P
    return next_altitude, next_climb, next_altitude_variance


def lift_gain(ground_distance, rotor_radius):
    """Thrust gained near the ground (Cheeseman and Bennett)."""
    ratio = 0.25 * rotor_radius / wp.max(ground_distance, 0.4 * rotor_radius)
    return 1.0 / (1.0 - ratio * ratio)


def hover_power(mass, gravity, rotor_radius, figure_of_merit, air_density):
    """Induced power of four rotors by momentum theory."""
    weight = mass * gravity
    disk = 4.0 * wp.pi * rotor_radius * rotor_radius
    ideal = weight * wp.sqrt(weight / (2.0 * air_density * disk))
    return ideal / figure_of_merit


def drag_force(attitude, velocity, air_velocity, drag_area, air_density):
    """Drag with an area of its own along each axis of the body."""
    rel = wp.quat_rotate_inv(attitude, velocity - air_velocity)
    speed = wp.length(rel)
    local = -0.5 * air_density * speed * wp.cw_mul(drag_area, rel)
    return wp.quat_rotate(attitude, local)


def lift_coefficient(attack_angle, stall_angle, aspect_ratio):
    """Thin wing of finite span, and a flat plate behind the stall."""
    slope = wp.tau * aspect_ratio / (aspect_ratio + 2.0)
    attached = slope * attack_angle
    if wp.abs(attack_angle) <= stall_angle:
        return attached
    plate = wp.sin(2.0 * attack_angle)
    t = wp.min((wp.abs(attack_angle) - stall_angle) / 0.1, 1.0)
    peak = slope * stall_angle * wp.sign(attack_angle)
    return (1.0 - t) * peak + t * plate


def drag_coefficient(lift_coefficient, parasite_drag, aspect_ratio):
    return parasite_drag + lift_coefficient * lift_coefficient / (0.8 * wp.pi * aspect_ratio)


def lift(airspeed, lift_coefficient, wing_area, air_density):
    return 0.5 * air_density * airspeed * airspeed * wing_area * lift_coefficient


def stalled(attack_angle, stall_angle):
    return wp.abs(attack_angle) > stall_angle


def indicated_airspeed(pitot_pressure, air_density):
    return wp.sqrt(2.0 * pitot_pressure / air_density)


def turn_radius(airspeed, bank, gravity):
    """Coordinated turn."""
    t = wp.tan(bank)
    if wp.abs(t) < 0.05:
        return 2000.0
    return airspeed * airspeed / (gravity * t)


def terminal_voltage(open_voltage, battery_current, internal_resistance):
    return open_voltage - battery_current * internal_resistance


def throttle(mass, gravity, terminal_voltage, thrust_coefficient):
    """Throttle of hovering, compensated for the battery's voltage."""
    needed = mass * gravity / (4.0 * thrust_coefficient)
    full = 0.25 * terminal_voltage * terminal_voltage
    return wp.clamp(wp.sqrt(needed / full), 0.0, 1.0)


def outside_fence(position, fence_center, fence_radius):
    return wp.length(position - fence_center) > fence_radius


def fence_push(position, velocity, fence_center, fence_radius, velocity_gain):
    """Pushes back what leaves its fence."""
    d = position - fence_center
    dist = wp.length(d)
    if dist <= fence_radius or dist < 1.0e-3:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / dist
    leaving = wp.max(wp.dot(velocity, n), 0.0)
    return -(4.0 * (dist - fence_radius) + velocity_gain * leaving) * n


def tipped(gravity_body):
    return gravity_body[2] > -0.3


def avoidance(position_a, position_b, velocity_a, velocity_b, safe_distance):
    """Push away from a drone that comes close."""
    d = position_a - position_b
    dist = wp.max(wp.length(d), 0.05)
    if dist > 2.0 * safe_distance:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / dist
    closing = wp.max(-wp.dot(velocity_a - velocity_b, n), 0.0)
    return wp.min(2.0 * safe_distance - dist + 0.5 * closing, 10.0) * n


def vibration_level(vibration):
    """Root mean square of the accelerations about their mean."""
    mean = float(0.0)
    for n in range(len(vibration)):
        mean += vibration[n]
    mean = mean / float(len(vibration))
    total = float(0.0)
    for n in range(len(vibration)):
        d = vibration[n] - mean
        total += d * d
    return wp.sqrt(total / float(len(vibration)))


def corrected_field(magnetometer, soft_iron, hard_iron):
    """Calibration of a compass."""
    return soft_iron * (magnetometer - hard_iron)


def gyro_reading(angular_rate, gyro_bias, rng):
    """Noise and bias of a gyroscope."""
    noise_vec = wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return angular_rate + gyro_bias + 0.01 * noise_vec
