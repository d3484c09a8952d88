"""Tracking: Kalman filters along a line and in the plane, radar measurements, gates and fused estimates."""

import warp as wp

ENTITIES = "track target contact"
GROUPS = "sensor radar"
PAIRS = "association pairing"
LAUNCH = "1:8 2:2"
SUMMED = "log_likelihood information information_vector"
OPPOSITE = "separation"

QUANTITIES = """
estimate              | vec2 | state   | -3 3       | x_hat estimate state
covariance            | mat22| state   | -0.3 0.3   | P cov P_k
measurement           | real | state   | -3 3       | z meas measurement
dt                    | real | uniform | 0.05 0.5   | dt time_step                      | 0.1 0.2
acceleration_noise    | real | uniform | 0.1 1      | accel_noise q_acc sigma_a         | 0.5 1.0
measurement_noise     | real | group   | 1.5 3      | meas_var r_meas R_var             | 2.0
transition            | mat22| result  | 0 1        | F Phi transition
process_noise         | mat22| result  | 0 0.5      | Q process_noise Qk
predicted_estimate    | vec2 | result  | -5 5       | x_pred predicted x_prior
predicted_covariance  | mat22| result  | -1 1       | P_pred P_prior cov_pred
innovation            | real | result  | -6 6       | innov nu innovation
innovation_variance   | real | result  | 0.5 5      | s_var S_k innov_var
gain                  | vec2 | result  | -2 2       | K gain K_gain
distance              | real | result  | 0 40       | d2 nis mahalanobis
track_distance        | real | result  | 0 800      | track_dist assoc_cost d2_tracks
gate                  | real | uniform | 4 12       | gate gate_chi2 chi2_gate          | 9.0 6.63
log_likelihood        | real | result  | -30 0      | log_lik loglik ll
gated                 | bool | result  |            | in_gate gated accepted
alpha                 | real | uniform | 0.1 0.9    | alpha alpha_gain                  | 0.5 0.85
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


def transition(dt):
    """Constant velocity along a line."""
    return wp.mat22(1.0, dt, 0.0, 1.0)


def process_noise(dt, acceleration_noise):
    """White noise acceleration over a step."""
    dt2 = dt * dt
    q = acceleration_noise * acceleration_noise
    return q * wp.mat22(0.25 * dt2 * dt2, 0.5 * dt * dt2, 0.5 * dt * dt2, dt2)


def continuous_process_noise(dt, acceleration_noise):
    """Discretized continuous white noise acceleration."""
    dt2 = dt * dt
    process_noise = acceleration_noise * wp.mat22(dt * dt2 / 3.0, 0.5 * dt2, 0.5 * dt2, dt)
    return process_noise


def predicted_estimate(transition, estimate):
    return transition * estimate


def predicted_covariance(transition, covariance, process_noise):
    return transition * covariance * wp.transpose(transition) + process_noise


def fading_prediction(transition, covariance, process_noise, alpha):
    """Prediction of a fading memory filter, which forgets what is old."""
    grown = (1.0 + 0.1 * alpha) * covariance
    predicted_covariance = transition * grown * wp.transpose(transition) + process_noise
    return predicted_covariance


def innovation(measurement, predicted_estimate):
    return measurement - predicted_estimate[0]


def innovation_variance(predicted_covariance, measurement_noise):
    return predicted_covariance[0, 0] + measurement_noise


def gain(predicted_covariance, innovation_variance):
    """Kalman gain of a measured position."""
    return wp.vec2(predicted_covariance[0, 0], predicted_covariance[1, 0]) / innovation_variance


def updated_estimate(predicted_estimate, gain, innovation):
    next_estimate = predicted_estimate + gain * innovation
    return next_estimate


def updated_covariance(predicted_covariance, gain):
    """Short form of the covariance update."""
    KH = wp.mat22(gain[0], 0.0, gain[1], 0.0)
    I2 = wp.mat22(1.0, 0.0, 0.0, 1.0)
    next_covariance = (I2 - KH) * predicted_covariance
    return next_covariance


def joseph_covariance(predicted_covariance, gain, measurement_noise):
    """Joseph's form of the covariance update, which stays symmetric."""
    A = wp.mat22(1.0 - gain[0], 0.0, -gain[1], 1.0)
    next_covariance = A * predicted_covariance * wp.transpose(A) + measurement_noise * wp.outer(gain, gain)
    return next_covariance


def kalman_step(estimate, covariance, measurement, measurement_noise, acceleration_noise, dt):
    """Prediction and update of a constant velocity filter."""
    F = wp.mat22(1.0, dt, 0.0, 1.0)
    q = acceleration_noise * dt
    x = F * estimate
    P = F * covariance * wp.transpose(F) + q * wp.mat22(0.25 * dt * dt, 0.5 * dt, 0.5 * dt, 1.0)
    S = P[0, 0] + measurement_noise
    K = wp.vec2(P[0, 0], P[1, 0]) / S
    next_estimate = x + K * (measurement - x[0])
    next_covariance = P - S * wp.outer(K, K)
    return next_estimate, next_covariance


def alpha_beta(estimate, measurement, alpha, beta, dt):
    """Alpha-beta filter."""
    x_pred = estimate[0] + dt * estimate[1]
    r = measurement - x_pred
    next_estimate = wp.vec2(x_pred + alpha * r, estimate[1] + beta / dt * r)
    return next_estimate


def distance(innovation, innovation_variance):
    """Normalized innovation squared."""
    return innovation * innovation / innovation_variance


def gated(distance, gate):
    return distance < gate


def log_likelihood(innovation, innovation_variance):
    return -0.5 * (innovation * innovation / innovation_variance + wp.log(wp.tau * innovation_variance))


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
