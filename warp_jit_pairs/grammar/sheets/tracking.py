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
predicted_estimate    | vec2 | result  | -5 5       | x_pred
predicted_covariance  | mat22| result  | -1 1       | P_pred
innovation            | real | result  | -6 6       | innov nu innovation
innovation_variance   | real | result  | 0.5 5      | s_var S_k innov_var
gain                  | vec2 | result  | -2 2       | K gain K_gain
distance              | real | result  | 0 40       | d2 nis mahalanobis
gate                  | real | uniform | 4 12       | gate gate_chi2 chi2_gate          | 9.0 6.63
log_likelihood        | real | result  | -30 0      | log_lik loglik ll
gated                 | bool | result  |            | in_gate gated accepted
alpha                 | real | uniform | 0.1 0.9    | alpha                             | 0.5 0.85
beta                  | real | uniform | 0.01 0.5   | beta                              | 0.1
deviation             | real | result  | 0 2        | pos_std deviation sigma_x
forgetting            | real | uniform | 0.01 0.1   | forgetting fade                   | 0.02 0.05
speed_decay           | real | uniform | 0.1 2      | speed_decay tau_inv               | 0.5
detections            | reals | state  | -4 4       | detections meas_row z_row
detection_rate        | real | uniform | 0.5 0.98   | p_detect detection_rate           | 0.9
clutter               | real | uniform | 0.02 0.5   | clutter clutter_density           | 0.1
combined_innovation   | real | result  | -5 5       | nu_pda combined_innov
nearest_detection     | int  | result  | -1 64      | best_det nearest_detection
mode_probability      | real | state   | 0.05 0.95  | p_mode mode_prob
switch_rate           | real | uniform | 0.01 0.2   | p_switch switch_rate              | 0.05
track_score           | real | state   | -6 8       | llr track_score
miss_penalty          | real | uniform | 0.2 2      | miss_penalty llr_miss             | 1.0
status                | int  | result  | 0 2        | status track_state
hit_history           | uint | state   | 0 255      | hit_history hits_mask
fused                 | vec2 | result  | -40 40     | x_fused fused
other_estimate        | vec2 | state   | -3 3       | x_other
other_covariance      | mat22 | state  | -0.3 0.3   | P_other
triple                | vec3 | state   | -3 3       | pva triple
maneuver_index        | real | uniform | 0.02 1     | lam_track maneuver_index          | 0.1 0.5
smoothed_next         | vec2 | state   | -3 3       | x_smooth smoothed_next
smoothed_estimate     | vec2 | result  | -60 60     | x_rts smoothed_estimate
information           | mat22| state   | -0.5 0.5   | Y_inf
information_vector    | vec2 | state   | -3 3       | y_inf
factor                | mat22| state   | -1 1       | S_root sqrt_cov
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


def fading_prediction(transition, covariance, process_noise, forgetting):
    """Prediction of a fading memory filter, which forgets what is old."""
    grown = (1.0 + forgetting) * covariance
    predicted_covariance = transition * grown * wp.transpose(transition) + process_noise
    return predicted_covariance


def innovation(measurement, predicted_estimate):
    return measurement - predicted_estimate[0]


def innovation_variance(predicted_covariance, measurement_noise):
    return predicted_covariance[0, 0] + measurement_noise


def gain(predicted_covariance, measurement_noise):
    """Kalman gain of a measured position."""
    s = predicted_covariance[0, 0] + measurement_noise
    return wp.vec2(predicted_covariance[0, 0], predicted_covariance[1, 0]) / s


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


def distance(innovation, predicted_covariance, measurement_noise):
    """Normalized innovation squared."""
    s = predicted_covariance[0, 0] + measurement_noise
    return innovation * innovation / s


def log_likelihood(innovation, predicted_covariance, measurement_noise):
    s = predicted_covariance[0, 0] + measurement_noise
    return -0.5 * (innovation * innovation / s + wp.log(wp.tau * s))


def gated_estimate(predicted_estimate, predicted_covariance, measurement, measurement_noise, gate):
    """Update that leaves out measurements beyond the gate."""
    r = measurement - predicted_estimate[0]
    s = predicted_covariance[0, 0] + measurement_noise
    if r * r > gate * s:
        return predicted_estimate
    k = wp.vec2(predicted_covariance[0, 0], predicted_covariance[1, 0]) / s
    next_estimate = predicted_estimate + k * r
    return next_estimate


def adapted_noise(measurement_noise, innovation, predicted_covariance, forgetting):
    """Noise of a sensor that follows what the innovations show."""
    s = predicted_covariance[0, 0] + measurement_noise
    r = measurement_noise + forgetting * (innovation * innovation - s)
    next_measurement_noise = wp.max(r, 0.1)
    return next_measurement_noise


def deviation(covariance):
    """Standard deviation of a position."""
    return wp.sqrt(wp.max(covariance[0, 0], 0.0))


def coasted_estimate(estimate, speed_decay, dt):
    """Estimate without a measurement; the speed decays."""
    next_estimate = wp.vec2(estimate[0] + dt * estimate[1], wp.exp(-speed_decay * dt) * estimate[1])
    return next_estimate


def gated(distance, gate):
    return distance < gate


def alpha_beta_gamma(triple, measurement, maneuver_index, dt):
    """Step of an alpha-beta-gamma filter with gains from the tracking index."""
    r_root = wp.sqrt(1.0 + 8.0 / maneuver_index)
    alpha_g = 1.0 - wp.pow((r_root - 1.0) / (r_root + 1.0), 2.0)
    beta_g = 2.0 * (2.0 - alpha_g) - 4.0 * wp.sqrt(1.0 - alpha_g)
    gamma_g = 0.5 * beta_g * beta_g / alpha_g
    x_pred = triple[0] + dt * triple[1] + 0.5 * dt * dt * triple[2]
    v_pred = triple[1] + dt * triple[2]
    r = measurement - x_pred
    x_new = x_pred + alpha_g * r
    v_new = v_pred + beta_g / dt * r
    a_new = triple[2] + gamma_g / (dt * dt) * r
    next_triple = wp.vec3(x_new, v_new, wp.clamp(a_new, -100.0, 100.0))
    return next_triple


def combined_innovation(
    detections, predicted_estimate, predicted_covariance, measurement_noise, gate, detection_rate, clutter
):
    """Probabilistic data association: innovations inside the gate by their likelihoods."""
    s = predicted_covariance[0, 0] + measurement_noise
    total = float(clutter * (1.0 - detection_rate) * wp.sqrt(wp.tau * s))
    nu_sum = float(0.0)
    for n in range(len(detections)):
        nu = detections[n] - predicted_estimate[0]
        d2 = nu * nu / s
        if d2 > gate:
            continue
        w = detection_rate * wp.exp(-0.5 * d2)
        total += w
        nu_sum += w * nu
    return nu_sum / wp.max(total, 1.0e-6)


def nearest_detection(detections, predicted_estimate, predicted_covariance, measurement_noise, gate):
    """Detection nearest to a prediction, or minus one where none is inside the gate."""
    s = predicted_covariance[0, 0] + measurement_noise
    best = int(-1)
    best_d2 = float(gate)
    for n in range(len(detections)):
        nu = detections[n] - predicted_estimate[0]
        d2 = nu * nu / s
        if d2 < best_d2:
            best_d2 = d2
            best = n
    return best


def mode_update(mode_probability, switch_rate, innovation, predicted_covariance, measurement_noise):
    """Probability of the quiet mode of two (interacting multiple models), the other with thrice the spread."""
    s = predicted_covariance[0, 0] + measurement_noise
    prior_quiet = mode_probability * (1.0 - switch_rate) + (1.0 - mode_probability) * switch_rate
    like_quiet = wp.exp(-0.5 * innovation * innovation / s) / wp.sqrt(s)
    like_agile = wp.exp(-innovation * innovation / (18.0 * s)) / (3.0 * wp.sqrt(s))
    joint = prior_quiet * like_quiet
    evidence = joint + (1.0 - prior_quiet) * like_agile
    next_mode_probability = wp.clamp(joint / wp.max(evidence, 1.0e-8), 0.01, 0.99)
    return next_mode_probability


def scored_track(track_score, distance, gate, detection_rate, clutter, miss_penalty):
    """Log-likelihood ratio of a track: raised by a detection inside the gate, lowered by a miss."""
    if distance > gate:
        next_track_score = wp.max(track_score - miss_penalty, -8.0)
    else:
        gain_llr = wp.log(detection_rate / clutter) - 0.5 * distance
        next_track_score = wp.min(track_score + gain_llr, 12.0)
    return next_track_score


def status(hit_history, track_score):
    """Confirmation by M of N: zero is dropped, one is tentative, two is confirmed."""
    recent = int(wp.bit_count(hit_history & wp.uint32(0x1F)))
    older = int(wp.bit_count(hit_history >> wp.uint32(5)))
    if recent == 0 or track_score < -5.0:
        return 0
    if recent >= 3 and track_score > 0.0:
        return 2
    if recent + older >= 5:
        return 2
    return 1


def fused(estimate, covariance, other_estimate, other_covariance):
    """Covariance intersection of two estimates, weighted by their traces."""
    I2 = wp.mat22(1.0, 0.0, 0.0, 1.0)
    P1 = covariance * wp.transpose(covariance) + 0.5 * I2
    P2 = other_covariance * wp.transpose(other_covariance) + 0.5 * I2
    t1 = wp.trace(P1)
    t2 = wp.trace(P2)
    w = t2 / (t1 + t2)
    A1 = w * wp.inverse(P1)
    A2 = (1.0 - w) * wp.inverse(P2)
    return wp.inverse(A1 + A2) * (A1 * estimate + A2 * other_estimate)


def smoothed_estimate(estimate, covariance, smoothed_next, acceleration_noise, dt):
    """Step backward of the Rauch-Tung-Striebel smoother."""
    F = wp.mat22(1.0, dt, 0.0, 1.0)
    P = covariance * wp.transpose(covariance) + 0.1 * wp.mat22(1.0, 0.0, 0.0, 1.0)
    q = acceleration_noise * acceleration_noise
    Q = q * dt * wp.mat22(dt * dt / 3.0, 0.5 * dt, 0.5 * dt, 1.0)
    P_next = F * P * wp.transpose(F) + Q
    C = P * wp.transpose(F) * wp.inverse(P_next)
    return estimate + C * (smoothed_next - F * estimate)


def information_update(information, information_vector, measurement, measurement_noise):
    """Information filter: a measured position adds to the matrix and to the vector."""
    h = wp.vec2(1.0, 0.0)
    next_information = information + wp.outer(h, h) / measurement_noise
    next_information_vector = information_vector + h * (measurement / measurement_noise)
    return next_information, next_information_vector


def potter_update(factor, estimate, measurement, measurement_noise):
    """Potter's square-root update with a measured position."""
    phi = wp.vec2(factor[0, 0], factor[0, 1])
    alpha_inv = wp.dot(phi, phi) + measurement_noise
    gamma = 1.0 / (1.0 + wp.sqrt(measurement_noise / alpha_inv))
    k = factor * phi / alpha_inv
    next_estimate = estimate + k * (measurement - estimate[0])
    next_factor = factor - gamma * wp.outer(k, phi)
    return next_factor, next_estimate
