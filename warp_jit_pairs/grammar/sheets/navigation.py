"""Navigation: dead reckoning, inertial sensors, satellite ranges, filters that join them."""

import warp as wp

ENTITIES = "vehicle receiver"
GROUPS = "fleet sensor_type"
PAIRS = "receiver_pair"
LAUNCH = "1:8 2:2"
SUMMED = ""

QUANTITIES = """
unit_normal         | vec3      | state   | -1 1         | up_vec unit_normal
heading             | real      | state   | 0 6.28       | heading hdg course
speed               | real      | state   | 0 30         | speed sog
position            | vec2      | state   | -6 6         | pos_en position pos
velocity            | vec2      | state   | -10 10       | vel_en velocity vel
variance            | real      | state   | 0.1 9        | variance p_var var_est
process_noise       | real      | uniform | 0.01 0.5     | process_noise q_noise        | 0.05 0.1
sensor_noise        | real      | group   | 0.2 4        | sensor_noise r_noise meas_var | 1.0
covariance          | mat22     | state   | 0.1 3        | covariance p_cov cov
measurement         | vec2      | state   | -6 6         | measurement z_meas fix
innovation          | vec2      | result  | -12 12       | innovation residual y_inn
gain                | real      | result  | 0 1          | gain k_gain kalman_gain
outlier             | bool      | result  |              | outlier rejected is_outlier
attitude            | quat      | state   | -1 1         | attitude q_att orientation
gyro                | vec3      | state   | -2 2         | gyro omega ang_rate
gyro_bias           | vec3      | state   | -0.1 0.1     | gyro_bias bias b_gyro
accelerometer       | vec3      | state   | -12 12       | accel acc_meas f_body
magnetometer        | vec3      | state   | -1 1         | mag mag_meas m_body
specific_force      | vec3      | result  | -40 40       | specific_force accel_nav
pitch               | real      | result  | -1.571 1.571 | pitch theta
roll                | real      | result  | -3.142 3.142 | roll bank
satellite           | vec3      | state   | -2000 2000   | satellite sat_pos sat
receiver            | vec3      | state   | -300 300     | receiver rx_pos rcv
clock_bias          | real      | state   | -5 5         | clock_bias clk dt_clock
pseudorange         | real      | state   | 100 4000     | pseudorange rho_obs prange
range_residual      | real      | result  | -5000 5000   | range_residual range_err
mast                | transform | state   | -4 4         | sensor_pose mount x_mount
step_time           | real      | uniform | 0.05 0.5     | dt step_time                 | 0.1 0.05
alpha               | real      | uniform | 0.1 0.9      | alpha alpha_gain             | 0.5
major_axis          | real      | result  | 0 3          | major_axis sigma_major
satellite_elevation | real      | result  | -1.6 1.6     | sat_elev elevation
predicted_range     | real      | result  | 0 4000       | rho_pred predicted_range
range_difference    | real      | result  | -4000 4000   | single_diff range_diff
magnetic_heading    | real      | result  | 0 6.2832     | heading_mag yaw_mag
center_force        | vec3      | result  |              | accel_cg center_force
filtered_pitch      | real      | state   | -1.5 1.5     | pitch_est filtered_pitch
filter_gain         | real      | uniform | 0.02 0.5     | beta_gain filter_gain        | 0.1
location            | vec3      | state   | -50 50       | pos_ned location
velocity_ned        | vec3      | state   | -10 10       | vel_ned v_ned
body_to_level       | mat33     | result  |              | rot_level c_bn
hard_iron           | vec3      | group   | -0.3 0.3     | hard_iron mag_bias
soft_iron           | mat33     | group   | -1 1         | soft_iron mag_scale
calibrated_field    | vec3      | result  |              | mag_cal field_cal
static_pressure     | real      | state   | 500 1050     | p_static pressure_hpa
sea_level_pressure  | real      | uniform | 980 1040     | p_sea qnh                    | 1013.25
pressure_altitude   | real      | result  | -6000 6000   | baro_alt pressure_alt
satellite_azimuth   | real      | state   | 0 6.28       | sat_az azimuth
site_latitude       | real      | state   | -1.2 1.2     | lat site_lat
local_hours         | real      | uniform | 0 24         | local_hours t_local          | 12.0
day_amplitude       | real      | uniform | 1 20         | iono_amp day_amplitude       | 10.0
night_delay         | real      | uniform | 1 3          | night_delay dc_delay         | 1.5
ionospheric_delay   | real      | result  | 0 80         | iono_delay d_iono
air_kelvin          | real      | state   | 250 315      | air_kelvin t_kelvin
humidity            | real      | state   | 0.05 1       | humidity rel_hum
tropospheric_delay  | real      | result  | 0 30         | tropo_delay d_tropo
rates               | reals     | state   | -2 2         | rates gyro_window
rate_limit          | real      | uniform | 0.1 1.5      | rate_limit zupt_limit        | 0.5
zero_velocity       | bool      | result  |              | stationary zero_vel
norms               | reals     | state   | 6 16         | norms accel_norms
step_threshold      | real      | uniform | 9 13         | step_threshold peak_limit    | 11.0
step_count          | int       | result  |              | steps step_count
allan_deviation     | real      | result  | 0 3          | allan_dev adev
anchor_ranges       | reals     | state   | 0.5 9        | anchor_ranges uwb_ranges
anchor_spacing      | real      | uniform | 0.5 3        | anchor_spacing baseline_len  | 1.0
trilaterated        | vec2      | result  |              | pos_uwb trilaterated
left_travel         | real      | state   | -0.5 1       | d_left left_travel
right_travel        | real      | state   | -0.5 1       | d_right right_travel
track_width         | real      | uniform | 0.3 1.5      | track_width wheel_base       | 0.5
goal                | vec2      | state   | -6 6         | goal lookahead_pt
lookahead           | real      | uniform | 0.5 3        | lookahead ld_min             | 1.0
pursuit_curvature   | real      | result  | -1.5 1.5     | curvature kappa
along               | real      | state   | -20 20       | x_est along
along_speed         | real      | state   | -5 5         | v_est along_speed
p_along             | real      | state   | 0.1 4        | p00 p_xx
p_cross             | real      | state   | -0.2 0.2     | p01 p_xv
p_speed             | real      | state   | 0.1 4        | p11 p_vv
measured_along      | real      | state   | -20 20       | z_meas measured_x
roll_angle          | real      | state   | -3 3         | roll_angle phi_r
pitch_angle         | real      | state   | -1.4 1.4     | pitch_angle theta_p
yaw_angle           | real      | state   | -3.1 3.1     | yaw_angle psi_y
attitude_matrix     | mat33     | result  | -1 1         | C_bn dcm
level_force         | vec3      | result  |              | f_level force_ned
direction_cosines   | mat33     | state   | -1 1         | C_body rot_body
attitude_error      | vec3      | result  |              | att_err rot_vec_err
leveled_attitude    | quat      | result  | -1 1         | q_level leveled
vehicle_pose        | transform | state   | -4 4         | vehicle_pose X_vehicle
lidar_point         | vec3      | state   | -10 10       | lidar_pt scan_point
world_point         | vec3      | result  |              | world_pt map_point
"""


def dead_reckoning(position, heading, speed, step_time):
    next_position = position + speed * step_time * wp.vec2(wp.sin(heading), wp.cos(heading))
    return next_position


def next_position(position, velocity, step_time):
    return position + velocity * step_time


def innovation(measurement, position):
    return measurement - position


def predicted_variance(variance, process_noise, step_time):
    next_variance = variance + process_noise * step_time
    return next_variance


def gain(variance, sensor_noise):
    """Gain of a scalar Kalman filter."""
    return variance / (variance + sensor_noise)


def corrected_position(position, innovation, gain):
    next_position = position + gain * innovation
    return next_position


def corrected_variance(variance, gain, sensor_noise):
    """Joseph's form of the update of a variance."""
    kept = 1.0 - gain
    next_variance = kept * kept * variance + gain * gain * sensor_noise
    return next_variance


def alpha_beta(position, velocity, measurement, alpha, step_time):
    """Alpha-beta filter."""
    predicted = position + velocity * step_time
    residual = measurement - predicted
    beta = alpha * alpha / (2.0 - alpha)
    next_position = predicted + alpha * residual
    next_velocity = velocity + beta / step_time * residual
    return next_position, next_velocity


def propagated_covariance(covariance, process_noise, step_time):
    """Covariance of a constant-velocity model a moment later."""
    f = wp.mat22(1.0, step_time, 0.0, 1.0)
    q = process_noise * wp.mat22(step_time * step_time, step_time, step_time, 2.0)
    next_covariance = f * covariance * wp.transpose(f) + q
    return next_covariance


def outlier(innovation, covariance, sensor_noise):
    """Gate on the Mahalanobis distance of an innovation, without its correlations."""
    spread = wp.get_diag(covariance) + wp.vec2(sensor_noise, sensor_noise)
    d2 = wp.dot(innovation, wp.cw_div(innovation, spread))
    return d2 > 9.21


def error_ellipse(covariance):
    """Greater half axis of the ellipse of an error."""
    half_trace = 0.5 * wp.trace(covariance)
    root = wp.sqrt(wp.max(half_trace * half_trace - wp.determinant(covariance), 0.0))
    major_axis = wp.sqrt(half_trace + root)
    return major_axis


def integrated_attitude(attitude, gyro, gyro_bias, step_time):
    """Rotation of an attitude by a gyroscope for a moment."""
    rate = gyro - gyro_bias
    spin = wp.length(rate)
    axis = rate / wp.max(spin, 1.0e-6)
    dq = wp.quat_from_axis_angle(axis, spin * step_time)
    next_attitude = wp.normalize(attitude * dq)
    return next_attitude


def mahony_bias(gyro_bias, accelerometer, attitude, step_time):
    """Mahony's filter: gravity corrects the bias of a gyroscope."""
    down = wp.quat_rotate_inv(attitude, wp.vec3(0.0, 0.0, 1.0))
    measured = accelerometer / wp.max(wp.length(accelerometer), 1.0e-3)
    error = wp.cross(measured, down)
    next_gyro_bias = gyro_bias - 0.1 * step_time * error
    return next_gyro_bias


def specific_force(attitude, accelerometer):
    return wp.quat_rotate(attitude, accelerometer) - wp.vec3(0.0, 0.0, 9.80665)


def pitch(accelerometer):
    across = wp.sqrt(accelerometer[1] * accelerometer[1] + accelerometer[2] * accelerometer[2])
    return wp.atan2(-accelerometer[0], across)


def roll(accelerometer):
    return wp.atan2(accelerometer[1], accelerometer[2])


def complementary_pitch(filtered_pitch, pitch, gyro, step_time):
    """Complementary filter of a gyroscope and an accelerometer."""
    next_filtered_pitch = 0.98 * (filtered_pitch + gyro[1] * step_time) + 0.02 * pitch
    return next_filtered_pitch


def compass_heading(magnetometer, pitch, roll):
    """Heading of a compass, compensated for its tilt."""
    sp = wp.sin(pitch)
    cp = wp.cos(pitch)
    sr = wp.sin(roll)
    cr = wp.cos(roll)
    mx = magnetometer[0] * cp + magnetometer[1] * sr * sp + magnetometer[2] * cr * sp
    my = magnetometer[1] * cr - magnetometer[2] * sr
    angle = wp.atan2(-my, mx)
    magnetic_heading = angle + wp.tau if angle < 0.0 else angle
    return magnetic_heading


def mounted_force(mast, accelerometer, gyro):
    """Acceleration at a sensor's mount: lever arm and rotation."""
    arm = wp.transform_get_translation(mast)
    turned = wp.quat_rotate(wp.transform_get_rotation(mast), accelerometer)
    center_force = turned + wp.cross(gyro, wp.cross(gyro, arm))
    return center_force


def predicted_range(satellite, receiver, clock_bias):
    return wp.length(satellite - receiver) + clock_bias


def range_residual(pseudorange, satellite, receiver, clock_bias):
    predicted = wp.length(satellite - receiver) + clock_bias
    return pseudorange - predicted


def solved_receiver(receiver, satellite, range_residual):
    """One Kaczmarz step of a position toward a measured range."""
    line = satellite - receiver
    sight = line / wp.max(wp.length(line), 1.0)
    next_receiver = receiver - 0.5 * range_residual * sight
    return next_receiver


def single_difference(pseudorange_a, pseudorange_b, clock_bias_a, clock_bias_b):
    """Difference of the ranges to one satellite from two receivers."""
    range_difference = pseudorange_a - pseudorange_b - (clock_bias_a - clock_bias_b)
    return range_difference


def satellite_elevation(satellite, receiver, unit_normal):
    """Angle of a satellite above the horizon."""
    sight = wp.normalize(satellite - receiver)
    return wp.asin(wp.clamp(wp.dot(sight, unit_normal), -1.0, 1.0))


def madgwick_step(attitude, gyro, accelerometer, filter_gain, step_time):
    """Madgwick's filter without a magnetometer."""
    q0 = attitude[3]
    q1 = attitude[0]
    q2 = attitude[1]
    q3 = attitude[2]
    a = accelerometer / wp.max(wp.length(accelerometer), 1.0e-3)
    f1 = 2.0 * (q1 * q3 - q0 * q2) - a[0]
    f2 = 2.0 * (q0 * q1 + q2 * q3) - a[1]
    f3 = 1.0 - 2.0 * (q1 * q1 + q2 * q2) - a[2]
    s0 = -2.0 * q2 * f1 + 2.0 * q1 * f2
    s1 = 2.0 * q3 * f1 + 2.0 * q0 * f2 - 4.0 * q1 * f3
    s2 = -2.0 * q0 * f1 + 2.0 * q3 * f2 - 4.0 * q2 * f3
    s3 = 2.0 * q1 * f1 + 2.0 * q2 * f2
    norm = wp.max(wp.sqrt(s0 * s0 + s1 * s1 + s2 * s2 + s3 * s3), 1.0e-6)
    spin = attitude * wp.quat(gyro[0], gyro[1], gyro[2], 0.0)
    correction = wp.quat(s1 / norm, s2 / norm, s3 / norm, s0 / norm)
    next_attitude = wp.normalize(attitude + step_time * (0.5 * spin - filter_gain * correction))
    return next_attitude


def strapdown_step(location, velocity_ned, attitude, gyro, accelerometer, step_time):
    """Strapdown navigation: turn, take gravity off, integrate twice."""
    angle = wp.length(gyro) * step_time
    axis = gyro / wp.max(wp.length(gyro), 1.0e-6)
    next_attitude = wp.normalize(attitude * wp.quat_from_axis_angle(axis, angle))
    middle = wp.quat_slerp(attitude, next_attitude, 0.5)
    accel = wp.quat_rotate(middle, accelerometer) + wp.vec3(0.0, 0.0, 9.80665)
    next_velocity_ned = velocity_ned + step_time * accel
    next_location = location + 0.5 * step_time * (velocity_ned + next_velocity_ned)
    return next_location, next_velocity_ned, next_attitude


def triad_attitude(accelerometer, magnetometer):
    """Rotation matrix of a still body from gravity and the magnetic field."""
    up = accelerometer / wp.max(wp.length(accelerometer), 1.0e-3)
    east = wp.cross(magnetometer, up)
    east = east / wp.max(wp.length(east), 1.0e-3)
    north = wp.cross(up, east)
    body_to_level = wp.matrix_from_rows(east, north, up)
    return body_to_level


def calibrated_field(magnetometer, hard_iron, soft_iron):
    """Magnetometer without its hard and soft iron errors."""
    return soft_iron * (magnetometer - hard_iron)


def pressure_altitude(static_pressure, sea_level_pressure):
    """Barometric height in meters."""
    return 44330.8 * (1.0 - wp.pow(static_pressure / sea_level_pressure, 0.190263))


def ionospheric_delay(satellite_elevation, satellite_azimuth, site_latitude, local_hours, day_amplitude, night_delay):
    """Klobuchar's model: a half cosine over the day, a constant at night."""
    elevation = wp.max(satellite_elevation, 0.05)
    semi = elevation / wp.pi
    earth_angle = 0.0137 / (semi + 0.11) - 0.022
    pierce = site_latitude / wp.pi + earth_angle * wp.cos(satellite_azimuth)
    pierce = wp.clamp(pierce, -0.416, 0.416)
    obliquity = 1.0 + 16.0 * wp.pow(0.53 - semi, 3.0)
    amplitude = day_amplitude * wp.max(1.0 - pierce * pierce, 0.0)
    x = wp.tau * (local_hours - 14.0) / 28.0
    if wp.abs(x) >= 1.57:
        return obliquity * night_delay
    x2 = x * x
    return obliquity * (night_delay + amplitude * (1.0 - 0.5 * x2 + x2 * x2 / 24.0))


def tropospheric_delay(satellite_elevation, static_pressure, air_kelvin, humidity):
    """Saastamoinen's model, in meters."""
    z = wp.half_pi - wp.max(satellite_elevation, 0.1)
    celsius = air_kelvin - 273.15
    vapor = 6.108 * humidity * wp.exp(17.15 * celsius / (234.7 + celsius))
    wet = (1255.0 / air_kelvin + 0.05) * vapor
    t = wp.tan(z)
    return 0.002277 / wp.cos(z) * (static_pressure + wet - t * t)


def zero_velocity(rates, rate_limit):
    """Whether a foot stands still: all of a window of turn rates are small and steady."""
    total = float(0.0)
    for n in range(len(rates)):
        if wp.abs(rates[n]) > 3.0 * rate_limit:
            return False
        total += rates[n] * rates[n]
    return total < rate_limit * rate_limit * float(len(rates))


def step_count(norms, step_threshold):
    """Steps of a walker: peaks of the acceleration that are not too near to each other."""
    count = int(0)
    last = int(-3)
    for n in range(1, len(norms) - 1):
        is_peak = norms[n] > norms[n - 1] and norms[n] >= norms[n + 1]
        if is_peak and norms[n] > step_threshold and n - last >= 2:
            count += 1
            last = n
    return count


def allan_deviation(rates):
    """Allan deviation at the shortest averaging time."""
    total = float(0.0)
    for n in range(1, len(rates)):
        d = rates[n] - rates[n - 1]
        total += d * d
    pairs = wp.max(float(len(rates)) - 1.0, 1.0)
    return wp.sqrt(0.5 * total / pairs)


def trilaterated_position(position, anchor_ranges, anchor_spacing):
    """Gauss-Newton position in the plane from ranges to anchors along a line."""
    x = float(position[0])
    y = float(wp.abs(position[1]) + 0.5)
    for _ in range(5):
        h00 = float(1.0e-3)
        h01 = float(0.0)
        h11 = float(1.0e-3)
        g0 = float(0.0)
        g1 = float(0.0)
        for n in range(len(anchor_ranges)):
            dx = x - anchor_spacing * float(n)
            r = wp.max(wp.sqrt(dx * dx + y * y), 0.05)
            e = r - anchor_ranges[n]
            jx = dx / r
            jy = y / r
            h00 += jx * jx
            h01 += jx * jy
            h11 += jy * jy
            g0 += jx * e
            g1 += jy * e
        det = wp.max(h00 * h11 - h01 * h01, 1.0e-4)
        x -= wp.clamp((h11 * g0 - h01 * g1) / det, -5.0, 5.0)
        y -= wp.clamp((h00 * g1 - h01 * g0) / det, -5.0, 5.0)
    trilaterated = wp.vec2(x, y)
    return trilaterated


def wheel_odometry(position, heading, left_travel, right_travel, track_width):
    """Exact arc of a vehicle with two driven wheels."""
    mean = 0.5 * (left_travel + right_travel)
    turn = (right_travel - left_travel) / track_width
    chord = mean
    if wp.abs(turn) > 1.0e-3:
        chord = mean * wp.sin(0.5 * turn) / (0.5 * turn)
    middle = heading + 0.5 * turn
    next_position = position + chord * wp.vec2(wp.cos(middle), wp.sin(middle))
    next_heading = heading + turn
    return next_position, next_heading


def pursuit_curvature(position, heading, goal, lookahead):
    """Pure pursuit of a point ahead."""
    d = goal - position
    left = -d[0] * wp.sin(heading) + d[1] * wp.cos(heading)
    reach = wp.max(wp.length(d), lookahead)
    return 2.0 * left / (reach * reach)


def kalman_step(along, along_speed, p_along, p_cross, p_speed, measured_along, process_noise, sensor_noise, step_time):
    """Predict and update of a constant-velocity filter, written out."""
    x = along + along_speed * step_time
    p00 = p_along + 2.0 * step_time * p_cross + step_time * step_time * p_speed + process_noise
    p01 = p_cross + step_time * p_speed
    p11 = p_speed + process_noise
    s = p00 + sensor_noise
    k0 = p00 / s
    k1 = p01 / s
    innovation = measured_along - x
    next_along = x + k0 * innovation
    next_along_speed = along_speed + k1 * innovation
    next_p_along = (1.0 - k0) * p00
    next_p_cross = (1.0 - k0) * p01
    next_p_speed = p11 - k1 * p01
    return next_along, next_along_speed, next_p_along, next_p_cross, next_p_speed


def attitude_matrix(roll_angle, pitch_angle, yaw_angle):
    """Rotation from the body to the level frame."""
    cr = wp.cos(roll_angle)
    sr = wp.sin(roll_angle)
    cp = wp.cos(pitch_angle)
    sp = wp.sin(pitch_angle)
    cy = wp.cos(yaw_angle)
    sy = wp.sin(yaw_angle)
    row_x = wp.vec3(cp * cy, sr * sp * cy - cr * sy, cr * sp * cy + sr * sy)
    row_y = wp.vec3(cp * sy, sr * sp * sy + cr * cy, cr * sp * sy - sr * cy)
    row_z = wp.vec3(-sp, sr * cp, cr * cp)
    return wp.matrix_from_rows(row_x, row_y, row_z)


def level_force(attitude_matrix, accelerometer):
    return attitude_matrix * accelerometer


def reoriented_matrix(direction_cosines, gyro, step_time):
    """Step of a direction cosine matrix by Rodrigues' formula."""
    phi = step_time * gyro
    angle = wp.length(phi)
    unit = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    s = 1.0
    c = 0.5
    if angle > 1.0e-3:
        s = wp.sin(angle) / angle
        c = (1.0 - wp.cos(angle)) / (angle * angle)
    k = wp.skew(phi)
    next_direction_cosines = direction_cosines * (unit + s * k + c * k * k)
    return next_direction_cosines


def attitude_error(attitude, reference_attitude):
    """Small rotation vector between two attitudes."""
    dq = wp.quat_inverse(reference_attitude) * attitude
    side = 2.0
    if dq[3] < 0.0:
        side = -2.0
    return side * wp.vec3(dq[0], dq[1], dq[2])


def leveled_attitude(accelerometer):
    """Shortest rotation that brings the measured gravity upright."""
    a = accelerometer / wp.max(wp.length(accelerometer), 1.0e-3)
    w = 1.0 + a[2]
    if w < 0.01:
        return wp.quat(1.0, 0.0, 0.0, 0.0)
    return wp.normalize(wp.quat(a[1], -a[0], 0.0, w))


def updated_covariance(covariance, sensor_noise):
    """Covariance after a measurement of the first of two states."""
    s = wp.max(covariance[0, 0], 0.05) + sensor_noise
    gain = wp.vec2(covariance[0, 0] / s, covariance[1, 0] / s)
    next_covariance = covariance - wp.outer(gain, wp.vec2(covariance[0, 0], covariance[0, 1]))
    return next_covariance


def body_pose_point(vehicle_pose, lidar_point):
    """Point of a scanner in the world."""
    world_point = wp.transform_point(vehicle_pose, lidar_point)
    return world_point
