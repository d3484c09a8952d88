"""Radar plots in the plane: measured ranges and bearings, position estimates, ellipses, fused tracks."""

import warp as wp

ENTITIES = "contact target plot"
GROUPS = "radar sensor"
PAIRS = "association pairing"
LAUNCH = "1:8 2:2"
SUMMED = "information information_vector"
OPPOSITE = "separation"

QUANTITIES = """
dt                   | real  | uniform | 0.05 0.5      | dt time_step | 0.1 0.2
acceleration_noise   | real  | uniform | 0.1 1         | accel_noise q_acc sigma_a | 0.5 1.0
track_distance       | real  | result  | 0 800         | track_dist assoc_cost d2_tracks
turn_speed           | real  | uniform | 0.01 0.5      | turn_speed omega_turn | 0.1
position             | vec2  | state   | -5 5          | target_pos pos p_est
velocity             | vec2  | state   | -2 2          | vel v
factor               | mat22 | state   | -0.6 0.6      | L chol L_cov
sensor_position      | vec2  | group   | -2 2          | sensor_pos radar_pos
sensor_heading       | real  | group   | -3 3          | sensor_yaw heading
offset               | vec2  | result  | -7 7          | d rel offset
slant_range          | real  | result  | 0.001 10      | r_pred slant_range dist
bearing              | real  | result  | -3.2 3.2      | bearing theta_pred
range_rate           | real  | result  | -4 4          | range_rate doppler closing
measured_range       | real  | state   | 0.5 9         | range_obs z_range
measured_bearing     | real  | state   | -3 3          | bearing_obs z_bearing
range_noise          | real  | uniform | 0.1 0.5       | sigma_r range_std | 0.2
bearing_noise        | real  | uniform | 0.02 0.2      | sigma_b bearing_std | 0.05
measurement_jacobian | mat22 | result  | -2 2          | H H_jac J
residual             | vec2  | result  | -10 10        | resid y_res innov2
noise_covariance     | mat22 | result  | 0 1           | R R_meas
position_covariance  | mat22 | result  | -2 2          | P_pos cov_pos P_xy
information          | mat22 | state   | -0.4 0.4      | Y info_mat Lambda
information_vector   | vec2  | state   | -3 3          | y_info eta info_vec
ellipse_axes         | vec2  | result  | 0 4           | axes semi_axes ellipse
ellipse_angle        | real  | result  | -1.6 1.6      | ellipse_ang tilt phi
confidence           | real  | uniform | 1 3           | n_sigma k_sigma | 2.0 3.0
uncertainty          | real  | result  | 0 3           | uncertainty pos_std rms_err
lost                 | bool  | result  |               | lost is_lost dropped
max_uncertainty      | real  | uniform | 0.5 2         | max_std lost_std | 1.0
separation           | vec2  | result  | -10 10        | sep gap_vec rel_pos
plotted              | vec2  | result  | -12 12        | plot_xy plotted
recovered            | vec2  | result  | -9 9          | recovered x_info
fused                | vec2  | result  | -9 9          | fused_pos fused
plot_covariance      | mat22 | result  | -4 4          | R_xy plot_cov
transmit_power       | real  | uniform | 10 1000       | p_tx transmit_power | 100.0
antenna_gain         | real  | group   | 10 100        | g_ant antenna_gain
cross_section        | real  | state   | 0.05 20       | rcs cross_section
signal_to_noise      | real  | result  | 0.00001 3000  | snr signal_to_noise
detection_chance     | real  | result  | 0 1           | p_detect detection_chance
false_alarm          | real  | uniform | 0.000001 0.01 | p_fa false_alarm | 0.0001
range_cells          | reals | state   | 0.05 2        | range_cells power_cells
cell_index           | int   | state   | 0 5           | cut_cell cell_index
detected             | bool  | result  |               | detected is_hit
clutter_level        | real  | result  | 0 10          | clutter_level noise_est
threshold_factor     | real  | uniform | 1.1 3         | cfar_alpha threshold_factor | 2.0 3.0
approach_time        | real  | result  | 0 1000        | t_cpa approach_time
approach_distance    | real  | result  | 0 60          | d_cpa approach_distance
own_velocity         | vec2  | uniform | -2 2          | own_vel ship_vel
own_position         | vec2  | uniform | -5 5          | own_pos ship_pos
alpha_gain           | real  | uniform | 0.2 0.9       | alpha_g pos_gain | 0.5
hit_history          | uint  | state   | 0 255         | hit_bits history
confirmed            | bool  | result  |               | confirmed is_firm
hits_needed          | int   | uniform | 2 5           | hits_needed m_of_n | 3
beacon_ranges        | vec3  | state   | 1 9           | beacon_ranges r_beacons
located              | vec2  | result  | -40 40        | located trilat_xy
"""


def next_position(position, velocity, dt):
    return position + dt * velocity


def turned_velocity(velocity, dt, turn_speed):
    """Coordinated turn at a constant rate."""
    c = wp.cos(turn_speed * dt)
    s = wp.sin(turn_speed * dt)
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


def plot_covariance(measured_range, measured_bearing, range_noise, bearing_noise):
    """Covariance of a radar plot in Cartesian coordinates."""
    c = wp.cos(measured_bearing)
    s = wp.sin(measured_bearing)
    R = wp.mat22(c, -s, s, c)
    cross = measured_range * bearing_noise
    D = wp.diag(wp.vec2(range_noise * range_noise, cross * cross))
    return R * D * wp.transpose(R)


def plotted(measured_range, measured_bearing, sensor_position, sensor_heading):
    """Where a radar has seen something."""
    a = sensor_heading + measured_bearing
    return sensor_position + measured_range * wp.vec2(wp.cos(a), wp.sin(a))


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


def recovered(information, information_vector, sensor_position):
    """Estimate of an information filter with a unit prior about the sensor."""
    prior = wp.mat22(1.0, 0.0, 0.0, 1.0)
    return sensor_position + wp.inverse(information + prior) * information_vector


def separation(position_a, position_b):
    return position_b - position_a


def association_distance(position_a, position_b, factor_a, factor_b, range_noise):
    """Mahalanobis distance of two tracks."""
    d = position_b - position_a
    floor = range_noise * range_noise
    S = factor_a * wp.transpose(factor_a) + factor_b * wp.transpose(factor_b) + floor * wp.mat22(1.0, 0.0, 0.0, 1.0)
    track_distance = wp.dot(d, wp.inverse(S) * d)
    return track_distance


def fused(position_a, position_b, factor_a, factor_b, range_noise):
    """Tracks of two sensors fused by their covariances."""
    floor = range_noise * range_noise * wp.mat22(1.0, 0.0, 0.0, 1.0)
    Pa = factor_a * wp.transpose(factor_a) + floor
    Pb = factor_b * wp.transpose(factor_b) + floor
    W = Pa * wp.inverse(Pa + Pb)
    return position_a + W * (position_b - position_a)


def signal_to_noise(transmit_power, antenna_gain, cross_section, measured_range):
    """Radar equation in reduced units."""
    r2 = measured_range * measured_range
    received = transmit_power * antenna_gain * antenna_gain * cross_section
    return wp.min(received / (1984.4 * r2 * r2 * 50.0), 3000.0)


def detection_chance(signal_to_noise, false_alarm):
    """Albersheim's equation, turned around for a chance of detection of one pulse."""
    a = wp.log(0.62 / false_alarm)
    z = (signal_to_noise - a) / (1.7 + 0.12 * a)
    if z > 8.0:
        return 1.0
    return 1.0 / (1.0 + wp.exp(-z))


def swerling_chance(signal_to_noise, false_alarm):
    """Detection of a target that fluctuates from scan to scan (Swerling I)."""
    detection_chance = wp.pow(false_alarm, 1.0 / (1.0 + signal_to_noise))
    return detection_chance


def clutter_level(range_cells, cell_index):
    """Mean of the cells around one, without it and its neighbors, the greater of both sides."""
    before = float(0.0)
    after = float(0.0)
    n_before = int(0)
    n_after = int(0)
    for n in range(len(range_cells)):
        if n < cell_index - 1:
            before += range_cells[n]
            n_before += 1
        elif n > cell_index + 1:
            after += range_cells[n]
            n_after += 1
    left = before / float(wp.max(n_before, 1))
    right = after / float(wp.max(n_after, 1))
    return wp.max(left, right)


def detected(range_cells, cell_index, clutter_level, threshold_factor):
    """Constant false alarm rate: a cell above a multiple of its surroundings."""
    power = range_cells[wp.min(cell_index, len(range_cells) - 1)]
    return power > threshold_factor * clutter_level


def closest_approach(position, velocity, own_position, own_velocity):
    """When and how near a target will pass, if both keep their course."""
    d = position - own_position
    v = velocity - own_velocity
    v2 = wp.dot(v, v)
    t = float(0.0)
    if v2 > 1.0e-3:
        t = wp.clamp(-wp.dot(d, v) / v2, 0.0, 1000.0)
    approach_time = t
    approach_distance = wp.length(d + t * v)
    return approach_time, approach_distance


def alpha_beta_step(position, velocity, measured_range, measured_bearing, sensor_position, alpha_gain, dt):
    """Track update with constant gains from one radar plot (Benedict and Bordner)."""
    seen = sensor_position + measured_range * wp.vec2(wp.cos(measured_bearing), wp.sin(measured_bearing))
    predicted = position + dt * velocity
    miss = seen - predicted
    beta_gain = alpha_gain * alpha_gain / (2.0 - alpha_gain)
    next_position = predicted + alpha_gain * miss
    next_velocity = velocity + beta_gain / dt * miss
    return next_position, next_velocity


def next_hit_history(hit_history, detected):
    """History of the last eight scans, the newest in the lowest bit."""
    newest = wp.uint32(0)
    if detected:
        newest = wp.uint32(1)
    return ((hit_history << wp.uint32(1)) | newest) & wp.uint32(255)


def confirmed(hit_history, hits_needed):
    return int(wp.bit_count(hit_history)) >= hits_needed


def located(beacon_ranges):
    """Position from the ranges to three beacons, at the origin and eight units along each axis."""
    r0 = beacon_ranges[0] * beacon_ranges[0]
    x = (r0 - beacon_ranges[1] * beacon_ranges[1] + 64.0) / 16.0
    y = (r0 - beacon_ranges[2] * beacon_ranges[2] + 64.0) / 16.0
    return wp.vec2(x, y)


def noisy_plot(position, sensor_position, range_noise, bearing_noise, rng):
    """What a radar sees of a target: range and bearing with noise."""
    d = position - sensor_position
    r = wp.length(d) + range_noise * wp.randn(rng)
    a = wp.atan2(d[1], d[0]) + bearing_noise * wp.randn(rng)
    plotted = sensor_position + r * wp.vec2(wp.cos(a), wp.sin(a))
    return plotted
