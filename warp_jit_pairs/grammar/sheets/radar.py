"""Radar plots in the plane: measured ranges and bearings, position estimates, ellipses, fused tracks."""

import warp as wp

ENTITIES = "contact target plot"
GROUPS = "radar sensor"
PAIRS = "association pairing"
LAUNCH = "1:8 2:2"
SUMMED = "information information_vector"
OPPOSITE = "separation"

QUANTITIES = """
dt                    | real | uniform | 0.05 0.5   | dt time_step                      | 0.1 0.2
acceleration_noise    | real | uniform | 0.1 1      | accel_noise q_acc sigma_a         | 0.5 1.0
track_distance        | real | result  | 0 800      | track_dist assoc_cost d2_tracks
beta                  | real | uniform | 0.01 0.5   | beta beta_gain                    | 0.1
position              | vec2 | state   | -5 5       | pos target_pos p
velocity              | vec2 | state   | -2 2       | vel v
factor                | mat22| state   | -0.6 0.6   | L chol L_cov
sensor_position       | vec2 | group   | -2 2       | sensor_pos radar_pos
sensor_heading        | real | group   | -3 3       | sensor_yaw heading
offset                | vec2 | result  | -7 7       | d rel offset
slant_range           | real | result  | 0.001 10   | r_pred slant_range dist
bearing               | real | result  | -3.2 3.2   | bearing azimuth theta
range_rate            | real | result  | -4 4       | range_rate doppler closing
measured_range        | real | state   | 0.5 9      | range_obs z_range
measured_bearing      | real | state   | -3 3       | bearing_obs z_bearing
range_noise           | real | uniform | 0.1 0.5    | sigma_r range_std                 | 0.2
bearing_noise         | real | uniform | 0.02 0.2   | sigma_b bearing_std               | 0.05
measurement_jacobian  | mat22| result  | -2 2       | H H_jac J
residual              | vec2 | result  | -10 10     | resid y_res innov2
noise_covariance      | mat22| result  | 0 1        | R R_meas
position_covariance   | mat22| result  | -2 2       | P_pos cov_pos P_xy
information           | mat22| state   | -0.4 0.4   | Y info_mat Lambda
information_vector    | vec2 | state   | -3 3       | y_info eta info_vec
ellipse_axes          | vec2 | result  | 0 4        | axes semi_axes ellipse
ellipse_angle         | real | result  | -1.6 1.6   | ellipse_ang tilt phi
confidence            | real | uniform | 1 3        | n_sigma k_sigma                   | 2.0 3.0
uncertainty           | real | result  | 0 3        | uncertainty pos_std rms_err
lost                  | bool | result  |            | lost is_lost dropped
max_uncertainty       | real | uniform | 0.5 2      | max_std lost_std                  | 1.0
separation            | vec2 | result  | -10 10     | sep gap_vec rel_pos
"""


def next_position(position, velocity, dt):
    return position + dt * velocity


def turned_velocity(velocity, dt, beta):
    """Coordinated turn at a constant rate."""
    c = wp.cos(beta * dt)
    s = wp.sin(beta * dt)
    next_velocity = wp.mat22(c, -s, s, c) * velocity
    return next_velocity


def offset(position, sensor_position):
    return position - sensor_position


def slant_range(offset):
    return wp.max(wp.length(offset), 1.0e-3)


def bearing(offset, sensor_heading):
    """Bearing off the sensor's boresight, wrapped."""
    a = wp.atan2(offset[1], offset[0]) - sensor_heading
    return wp.atan2(wp.sin(a), wp.cos(a))


def range_rate(offset, velocity):
    return wp.dot(velocity, wp.normalize(offset))


def measurement_jacobian(offset):
    """Derivative of range and bearing by the position."""
    r2 = wp.max(wp.dot(offset, offset), 1.0e-6)
    r = wp.sqrt(r2)
    return wp.mat22(offset[0] / r, offset[1] / r, -offset[1] / r2, offset[0] / r2)


def residual(measured_range, measured_bearing, slant_range, bearing):
    a = measured_bearing - bearing
    return wp.vec2(measured_range - slant_range, wp.atan2(wp.sin(a), wp.cos(a)))


def noise_covariance(range_noise, bearing_noise):
    return wp.diag(wp.vec2(range_noise * range_noise, bearing_noise * bearing_noise))


def radar_update(position, factor, offset, residual, range_noise, bearing_noise):
    """Extended Kalman update of a position from range and bearing."""
    r2 = wp.max(wp.dot(offset, offset), 1.0e-2)
    r = wp.sqrt(r2)
    H = wp.mat22(offset[0] / r, offset[1] / r, -offset[1] / r2, offset[0] / r2)
    P = factor * wp.transpose(factor)
    S = H * P * wp.transpose(H) + wp.diag(wp.vec2(range_noise * range_noise, bearing_noise * bearing_noise))
    K = P * wp.transpose(H) * wp.inverse(S)
    next_position = position + K * residual
    return next_position


def position_covariance(factor):
    return factor * wp.transpose(factor)


def converted_covariance(measured_range, measured_bearing, range_noise, bearing_noise):
    """Covariance of a radar plot in Cartesian coordinates."""
    c = wp.cos(measured_bearing)
    s = wp.sin(measured_bearing)
    R = wp.mat22(c, -s, s, c)
    cross = measured_range * bearing_noise
    D = wp.diag(wp.vec2(range_noise * range_noise, cross * cross))
    position_covariance = R * D * wp.transpose(R)
    return position_covariance


def plot_position(measured_range, measured_bearing, sensor_position, sensor_heading):
    """Where a radar has seen something."""
    a = sensor_heading + measured_bearing
    next_position = sensor_position + measured_range * wp.vec2(wp.cos(a), wp.sin(a))
    return next_position


def inflated_covariance(factor, dt, acceleration_noise):
    """Covariance of a position that nothing has measured for a step."""
    grown = acceleration_noise * dt * dt
    position_covariance = factor * wp.transpose(factor) + grown * grown * wp.mat22(1.0, 0.0, 0.0, 1.0)
    return position_covariance


def ellipse(position_covariance, confidence):
    """Semi-axes and angle of a confidence ellipse."""
    mean = 0.5 * (position_covariance[0, 0] + position_covariance[1, 1])
    half = 0.5 * (position_covariance[0, 0] - position_covariance[1, 1])
    r = wp.sqrt(half * half + position_covariance[0, 1] * position_covariance[1, 0])
    ellipse_axes = confidence * wp.vec2(wp.sqrt(wp.max(mean + r, 0.0)), wp.sqrt(wp.max(mean - r, 0.0)))
    ellipse_angle = 0.5 * wp.atan2(
        2.0 * position_covariance[0, 1], position_covariance[0, 0] - position_covariance[1, 1]
    )
    return ellipse_axes, ellipse_angle


def uncertainty(position_covariance):
    return wp.sqrt(wp.max(0.5 * wp.trace(position_covariance), 0.0))


def lost(uncertainty, max_uncertainty):
    return uncertainty > max_uncertainty


def next_information(information, measurement_jacobian, range_noise, bearing_noise):
    """Information filter: a measurement adds what it knows."""
    weight = wp.diag(wp.vec2(1.0 / (range_noise * range_noise), 1.0 / (bearing_noise * bearing_noise)))
    return information + wp.transpose(measurement_jacobian) * weight * measurement_jacobian


def next_information_vector(information_vector, measurement_jacobian, residual, range_noise, bearing_noise):
    weighted = wp.vec2(residual[0] / (range_noise * range_noise), residual[1] / (bearing_noise * bearing_noise))
    return information_vector + wp.transpose(measurement_jacobian) * weighted


def recovered_position(information, information_vector, sensor_position):
    """Estimate of an information filter with a unit prior about the sensor."""
    prior = wp.mat22(1.0, 0.0, 0.0, 1.0)
    next_position = sensor_position + wp.inverse(information + prior) * information_vector
    return next_position


def separation(position_a, position_b):
    return position_b - position_a


def association_distance(position_a, position_b, factor_a, factor_b, range_noise):
    """Mahalanobis distance of two tracks."""
    d = position_b - position_a
    floor = range_noise * range_noise
    S = factor_a * wp.transpose(factor_a) + factor_b * wp.transpose(factor_b) + floor * wp.mat22(1.0, 0.0, 0.0, 1.0)
    track_distance = wp.dot(d, wp.inverse(S) * d)
    return track_distance


def fused_position(position_a, position_b, factor_a, factor_b, range_noise):
    """Tracks of two sensors fused by their covariances."""
    floor = range_noise * range_noise * wp.mat22(1.0, 0.0, 0.0, 1.0)
    Pa = factor_a * wp.transpose(factor_a) + floor
    Pb = factor_b * wp.transpose(factor_b) + floor
    W = Pa * wp.inverse(Pa + Pb)
    next_position = position_a + W * (position_b - position_a)
    return next_position
