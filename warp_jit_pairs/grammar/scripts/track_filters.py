"""Tracks of moving objects over one frame: prediction, gating, update, life and death of tracks."""

import warp as wp

TITLES = "update_tracks track_step predict_and_update_tracks filter_tracks kalman_update_tracks associate_tracks"
CATEGORIES = "matrix:2.5 vector:0.6 combined:0.4 control_flow:0.4 math:0.3 reduction:0.6"
CHANCES = "classes:0.5 bounds:0.5 score:0.6"
DIMS = """
track | 6 | num_tracks max_tracks track_count
detection | 5 | num_detections max_detections
label | 3 | num_classes n_labels
"""
ARGS = """
pos | vec3 | track | -4 4 | track_pos positions state_pos
vel | vec3 | track | -4 4 | track_vel velocities state_vel
acc | vec3 | track | -2 2 | track_accel accelerations
cov | mat33 | track | 0.1 0.5 | pos_cov track_cov covariance
vel_cov | mat33 | track | 0.1 0.5 | vel_cov velocity_cov
size | vec3 | track | 0.5 4 | track_size box_size
yaw | real | track | -3 3 | track_yaw yaw_angle
yaw_rate | real | track | -1 1 | yaw_rate turn_rate
score | real | track | 0 1 | track_score existence
hits | int | track | 0 5 | hits hit_count
misses | int | track | 0 5 | misses miss_count
age | int | track | 0 9 | track_age age
state | int | track | 0 2 | track_state status
class_score | real | track label | 0 1 | class_prob class_score
best_class | int | track | 0 2 | track_class class_id
det_pos | vec3 | detection | -4 4 | det_pos detections measurement
det_size | vec3 | detection | 0.5 4 | det_size det_extent
det_yaw | real | detection | -3 3 | det_yaw det_heading
det_conf | real | detection | 0 1 | det_conf det_score
det_class | int | detection | @label | det_class det_label
det_valid | bool | detection | 0 1 | det_valid is_valid
noise | mat33 | | 0.1 0.5 | meas_cov measurement_noise
process | mat33 | | 0.01 0.1 | process_noise q_matrix
sensor | vec3 | | -2 2 | sensor_pos ego_pos
ego_motion | vec3 | | -1 1 | ego_motion sensor_shift
chosen | int | track | | matched_det assignment
distance | real | track | | match_distance association_cost
residual | vec3 | track | | innovation residual
likelihood | real | track | | log_likelihood likelihood
nis | real | track | | nis_out normalized_innovation
speed_out | real | track | | track_speed speed_out
range_out | real | track | | track_range range_out
bearing_out | real | track | | bearing azimuth
lower | vec3 | track | | box_lower bounds_min
upper | vec3 | track | | box_upper bounds_max
ttc_out | real | track | | time_to_contact ttc
dt | real | | 0.05 0.2 | dt frame_dt | 0.1 0.05
gate | real | | 3 60 | gate_threshold association_gate | 9.21 11.34
radius | real | | 2 9 | search_radius max_match_distance
max_speed | real | | 1 5 | max_speed speed_limit
max_misses | int | | 1 5 | max_misses coast_frames | 3 5
min_hits | int | | 2 4 | min_hits confirm_hits | 3
decay | real | | 0.5 0.95 | score_decay existence_decay | 0.9
gain_s | real | | 0.1 0.6 | size_gain size_alpha | 0.2 0.3
gain_y | real | | 0.1 0.6 | yaw_gain yaw_alpha
clutter | real | | 0.01 0.2 | clutter_density false_alarm_rate
detect_p | real | | 0.5 0.98 | detection_prob p_detect | 0.9
min_conf | real | | 0.05 0.4 | min_confidence conf_threshold | 0.3 0.1
drag | real | | 0.01 0.3 | velocity_decay drag
"""


def wrap_angle(angle: float):
    turns = wp.floor((angle + wp.pi) / (2.0 * wp.pi))
    return angle - 2.0 * wp.pi * turns


def kernel():
    if opt.dead:
        if state[track] == 0:
            return
    p = pos[track]
    v = vel[track]
    "predict"
    if one.motion.constant:
        p = p + v * dt
    elif one.motion.acceleration:
        a = acc[track]
        p = p + v * dt + 0.5 * a * dt * dt
        v = v + a * dt
    elif one.motion.turn:
        w = yaw_rate[track]
        c = wp.cos(w * dt)
        s = wp.sin(w * dt)
        p = p + v * dt
        v = wp.vec3(c * v[0] - s * v[1], s * v[0] + c * v[1], v[2])
    else:
        v = v * wp.exp(-drag * dt)
        p = p + v * dt
    if opt.ego:
        p = p - ego_motion
    if opt.capped:
        fast = wp.length(v)
        if fast > max_speed:
            v = v * (max_speed / fast)
    P = cov[track] + dt * process if one.predict.simple else cov[track] + dt * dt * vel_cov[track] + process
    if opt.velocity_cov:
        vc = vel_cov[track] + dt * process
    heading = wrap_angle(yaw[track] + yaw_rate[track] * dt) if opt.turns else yaw[track]
    S = P + noise
    regular = wp.determinant(S) > num(0.001, 0.0001)
    S_inv = wp.identity(n=3, dtype=float)
    if regular:
        S_inv = wp.inverse(S)

    "find the nearest detection"
    best = -1
    least = num(1000.0, 10000.0, 100000.0)
    for d in range(N.detection):
        if opt.valid:
            if not det_valid[d]:
                continue
        if opt.confident:
            if det_conf[d] < min_conf:
                continue
        if opt.same_class:
            if det_class[d] != best_class[track]:
                continue
        diff = det_pos[d] - p
        if opt.coarse:
            if wp.length(diff) > radius:
                continue
        if one.metric.mahalanobis:
            far_off = wp.dot(diff, S_inv * diff)
        elif one.metric.euclid:
            far_off = wp.length_sq(diff)
        else:
            grow = wp.length(det_size[d] - size[track])
            far_off = wp.dot(diff, S_inv * diff) + num(0.1, 0.5) * grow
        if opt.yaw_cost:
            far_off += num(0.1, 0.2, 0.5) * wp.abs(wrap_angle(det_yaw[d] - heading))
        if far_off < least:
            least = far_off
            best = d
    if least > gate:
        best = -1
    chosen[track] = best
    if opt.distances:
        distance[track] = wp.sqrt(wp.max(least, 0.0))

    if best >= 0:
        "update"
        z = det_pos[best]
        y = z - p
        K = P * S_inv
        p = p + K * y
        if one.velocity.gain:
            v = v + num(0.3, 0.5, 0.2) / dt * (K * y)
        elif one.velocity.blend:
            v = (1.0 - num(0.2, 0.3)) * v + num(0.2, 0.3) * (p - pos[track]) / dt
        eye = wp.identity(n=3, dtype=float)
        if one.joseph.plain:
            P = (eye - K) * P
        elif one.joseph.full:
            left = eye - K
            P = left * P * wp.transpose(left) + K * noise * wp.transpose(K)
        else:
            P = P - K * S * wp.transpose(K)
        if opt.symmetric:
            P = 0.5 * (P + wp.transpose(P))
        if opt.residuals:
            residual[track] = y
        if opt.nis:
            nis[track] = wp.dot(y, S_inv * y)
        if opt.likelihoods:
            det = wp.max(wp.determinant(S), 0.000001)
            likelihood[track] = -0.5 * (wp.dot(y, S_inv * y) + wp.log(det) + 5.5136311)
        if opt.sizes:
            size[track] = size[track] + gain_s * (det_size[best] - size[track])
        if opt.turns:
            off = wrap_angle(det_yaw[best] - heading)
            if opt.flips:
                if wp.abs(off) > 0.5 * wp.pi:
                    off = wrap_angle(off + wp.pi)
            heading = wrap_angle(heading + gain_y * off)
            yaw_rate[track] = yaw_rate[track] + num(0.1, 0.2) * off / dt
        hits[track] = hits[track] + 1
        misses[track] = 0
        if opt.score:
            if one.score.blend:
                score[track] = decay * score[track] + (1.0 - decay) * det_conf[best]
            else:
                prior = wp.clamp(score[track], 0.01, 0.99)
                odds = prior / (1.0 - prior) * detect_p / clutter * det_conf[best]
                score[track] = odds / (1.0 + odds)
        if opt.classes:
            total = 0.0
            for c_id in range(N.label):
                belief = class_score[track, c_id] + num(0.01, 0.05)
                if c_id == det_class[best]:
                    belief = belief * (1.0 + num(2.0, 4.0) * det_conf[best])
                class_score[track, c_id] = belief
                total += belief
            top = 0
            peak = -1.0
            for c_id in range(N.label):
                share = class_score[track, c_id] / total
                class_score[track, c_id] = share
                if share > peak:
                    peak = share
                    top = c_id
            best_class[track] = top
    else:
        "no detection"
        misses[track] = misses[track] + 1
        if opt.inflate:
            P = num(1.1, 1.2, 1.5) * P
        if opt.slows:
            v = num(0.9, 0.95) * v
        if opt.score:
            if one.score.blend:
                score[track] = decay * score[track]
            else:
                prior = score[track]
                score[track] = prior * (1.0 - detect_p) / wp.max(1.0 - detect_p * prior, 0.001)

    if opt.life:
        "life of the track"
        now = state[track]
        if now == 1:
            if hits[track] >= min_hits:
                now = 2
            elif misses[track] > num(0, 1, 2):
                now = 0
        elif now == 2:
            if misses[track] > max_misses:
                now = 0
            if opt.score:
                if score[track] < num(0.05, 0.1):
                    now = 0
        state[track] = now
    if opt.ages:
        age[track] += 1
    pos[track] = p
    vel[track] = v
    cov[track] = P
    if opt.velocity_cov:
        vel_cov[track] = vc
    if opt.turns:
        yaw[track] = heading
    if opt.polar:
        "as the sensor sees it"
        rel = p - sensor
        span = wp.length(rel)
        range_out[track] = span
        bearing_out[track] = wp.atan2(rel[1], rel[0])
        if opt.ttc:
            closing = -wp.dot(rel, v) / wp.max(span, 0.001)
            if closing > num(0.1, 0.01):
                ttc_out[track] = span / closing
            else:
                ttc_out[track] = num(99.0, 1000.0)
    if opt.bounds:
        c2 = wp.abs(wp.cos(heading))
        s2 = wp.abs(wp.sin(heading))
        half = 0.5 * size[track]
        ext = wp.vec3(c2 * half[0] + s2 * half[1], s2 * half[0] + c2 * half[1], half[2])
        lower[track] = p - ext
        upper[track] = p + ext
    if opt.speeds:
        speed_out[track] = wp.length(v)
