"""Tracking along a line: Kalman and alpha-beta filters, gates and likelihoods."""

import warp as wp

ENTITIES = "track target channel"
GROUPS = "sensor lane"
PAIRS = "association pairing"
LAUNCH = "1:8 2:2"
SUMMED = "log_likelihood"
OPPOSITE = "innovation"

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
gate                  | real | uniform | 4 12       | gate gate_chi2 chi2_gate          | 9.0 6.63
log_likelihood        | real | result  | -30 0      | log_lik loglik ll
gated                 | bool | result  |            | in_gate gated accepted
alpha                 | real | uniform | 0.1 0.9    | alpha alpha_gain                  | 0.5 0.85
beta                  | real | uniform | 0.01 0.5   | beta beta_gain                    | 0.1
deviation             | real | result  | 0 2        | pos_std deviation sigma_x
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


def gated_estimate(predicted_estimate, gain, innovation, innovation_variance, gate):
    """Update that leaves out measurements beyond the gate."""
    if innovation * innovation > gate * innovation_variance:
        return predicted_estimate
    next_estimate = predicted_estimate + gain * innovation
    return next_estimate


def adapted_noise(measurement_noise, innovation, innovation_variance, alpha):
    """Noise of a sensor that follows what the innovations show."""
    r = measurement_noise + 0.05 * alpha * (innovation * innovation - innovation_variance)
    next_measurement_noise = wp.max(r, 0.1)
    return next_measurement_noise


def deviation(covariance):
    """Standard deviation of a position."""
    return wp.sqrt(wp.max(covariance[0, 0], 0.0))


def coasted_estimate(estimate, alpha, dt):
    """Estimate without a measurement; the speed decays."""
    next_estimate = wp.vec2(estimate[0] + dt * estimate[1], (1.0 - alpha * dt) * estimate[1])
    return next_estimate


def alpha_beta_gains(estimate, measurement, gain, dt):
    """Update by gains that are worked out beforehand."""
    x_pred = estimate[0] + dt * estimate[1]
    r = measurement - x_pred
    next_estimate = wp.vec2(x_pred + gain[0] * r, estimate[1] + gain[1] * r)
    return next_estimate
