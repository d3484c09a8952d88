"""Character animation: bones, key frames, blending, joint limits, aiming, skinning."""

import warp as wp

ENTITIES = "bone joint"
GROUPS = "skeleton character"
PAIRS = "bone_pair"
LAUNCH = "1:7 2:3"
SUMMED = "pose_error"

QUANTITIES = """
local_rotation      | quat      | state   | -1 1       | local_rot q_local joint_rot
parent_rotation     | quat      | state   | -1 1       | parent_rot q_parent parent_q
rest_rotation       | quat      | state   | -1 1       | rest_rot q_rest bind_rot
rotation            | quat      | state   | -1 1       | rot q world_rot
key_rotation        | quat      | state   | -1 1       | key0 q_key key_rot
later_rotation      | quat      | state   | -1 1       | key1 q_next later_key
layer_rotation      | quat      | state   | -1 1       | layer_rot q_layer additive_rot
posed_rotation      | quat      | result  | -1 1       | posed_rot q_posed pose_q
delta_rotation      | quat      | result  | -1 1       | delta_rot dq_rest
twist               | quat      | result  | -1 1       | q_twist twist_rot
swing               | quat      | result  | -1 1       | q_swing swing_rot
twist_axis          | vec3      | group   | -1 1       | twist_axis bone_axis axis
twist_angle         | real      | result  | -3.2 3.2   | twist_ang twist_angle roll
swing_angle         | real      | result  | 0 3.2      | swing_ang swing_angle cone
twist_limit         | real      | group   | 0.2 1.5    | twist_limit max_twist
swing_limit         | real      | group   | 0.2 1.5    | swing_limit max_swing cone_limit
key_time            | real      | state   | 0 1        | key_t t0 key_time
key_interval        | real      | uniform | 0.1 0.5    | key_dt frame_dt interval | 0.1 0.2
time                | real      | uniform | 0 1.5      | time t_now clip_time
blend               | real      | result  | 0 1        | blend phase_u u
blend_weight        | real      | state   | 0 1        | blend_w layer_weight w
ease                | real      | result  | 0 1        | ease eased s
angular_velocity    | vec3      | state   | -3 3       | omega ang_vel w_bone
rotation_gap        | vec3      | result  | -3.2 3.2   | rot_err gap rot_vec
angular_push        | vec3      | result  | -60 60     | ang_acc spring_acc push
frequency           | real      | uniform | 1 4        | freq omega0 spring_freq  | 2.0
dt                  | real      | uniform | 0.005 0.05 | dt frame_time            | 0.016667
position            | vec3      | state   | -2 2       | pos bone_pos x
bone_offset         | vec3      | state   | -0.5 0.5   | offset bone_offset local_offset
tip                 | vec3      | result  | -3 3       | tip tail_pos end_pos
aim_point           | vec3      | group   | -3 3       | aim_point look_target goal
aim_direction       | vec3      | result  | -1 1       | aim_dir to_target look_dir
up                  | vec3      | uniform | -1 1       | up world_up up_axis
pose                | transform | state   | -1 1       | pose bone_pose X
parent_pose         | transform | state   | -1 1       | parent_pose X_parent parent_tf
bind_pose           | transform | state   | -1 1       | bind_pose X_bind bind_tf
world_pose          | transform | result  | -3 3       | world_pose X_world world_tf
skin                | transform | result  | -5 5       | skin_tf skin X_skin
rest_point          | vec3      | state   | -1 1       | rest_pt rest_point v_rest
rest_normal         | vec3      | state   | -1 1       | rest_n rest_normal n_rest
skinned_point       | vec3      | result  | -9 9       | skinned deformed skinned_pt
skinned_normal      | vec3      | result  | -1 1       | skinned_n deformed_n
euler               | vec3      | state   | -1.5 1.5   | euler rpy angles
heading             | real      | result  | -3.2 3.2   | yaw heading facing
pose_error          | real      | result  | 0 3.2      | pose_err ang_err angle_err
settled             | bool      | result  |            | settled at_rest reached
tolerance           | real      | uniform | 0.1 1      | tol angle_tol            | 0.1
rest_speed          | real      | uniform | 0.5 3      | rest_speed max_ang_speed | 1.0
reach               | real      | state   | 0.1 1.5    | reach ik_dist target_dist
upper_length        | real      | group   | 0.3 0.8    | upper_len l_upper thigh
lower_length        | real      | group   | 0.3 0.8    | lower_len l_lower shin
bend_angle          | real      | result  | 0 3.2      | bend elbow_ang knee_angle
first_pose          | transform | state   | -1 1       | bone_a_tf X_first
second_pose         | transform | state   | -1 1       | bone_b_tf X_second
assembled_pose      | transform | result  |            | bone_tf assembled
joint_opening       | real      | result  | 0 3.2      | opening joint_angle
kept_twist          | quat      | result  | -1 1       | twist_kept q_twist_lim
limb_angles         | vec2      | result  | 0 3.2      | limb_angles ik_angles
shoulder            | vec3      | state   | -1 1       | shoulder root_pos
hand_goal           | vec3      | state   | -2 2       | hand_goal ik_target
pole                | vec3      | state   | -2 2       | pole pole_pos
elbow_position      | vec3      | result  |            | elbow mid_joint
tip_position        | vec3      | state   | -2 2       | tip_pos end_effector
joint_position      | vec3      | state   | -2 2       | joint_pos pivot
end_goal            | vec3      | group   | -2 2       | end_goal effector_goal
segment_length      | real      | state   | 0.1 0.8    | segment_len bone_len
descent_weight      | real      | uniform | 0.1 1      | ccd_weight damping       | 0.5 1.0
rest_direction      | vec3      | state   | -1 1       | rest_dir bone_dir
stiffness           | real      | group   | 0.5 10     | stiffness spring_k       | 2.0 5.0
start_value         | real      | state   | -2 2       | v0 start_value
end_value           | real      | state   | -2 2       | v1 end_value
start_slope         | real      | state   | -3 3       | m0 out_tangent
end_slope           | real      | state   | -3 3       | m1 in_tangent
channel             | real      | result  | -3 3       | channel curve_value
first_handle        | vec2      | group   | 0 1        | handle_0 p1
second_handle       | vec2      | group   | 0 1        | handle_1 p2
handle_ease         | real      | result  | 0 1        | eased_y bezier_ease
ease_kind           | int       | state   | 0 3        | ease_kind ease_mode
named_ease          | real      | result  | 0 1.5      | eased_t ease_out
jump                | real      | state   | -1 1       | jump x_diff
jump_speed          | real      | state   | -3 3       | jump_vel v_diff
since_switch        | real      | state   | 0 0.6      | since_switch t_since
fade_time           | real      | uniform | 0.2 0.5    | fade_time blend_time     | 0.3
inertial_offset     | real      | result  | -1 1       | offset_t inertial_offset
local_direction     | vec3      | state   | -1 1       | local_dir look_local
yaw_limit           | real      | group   | 0.3 1.4    | yaw_limit max_yaw        | 1.0
pitch_limit         | real      | group   | 0.2 1      | pitch_limit max_pitch    | 0.6
limited_look        | vec3      | result  | -1 1       | look_limited clamped_dir
gait_phase          | real      | state   | 0 2        | gait_phase cycle
duty                | real      | group   | 0.3 0.8    | duty stance_share        | 0.6
step_height         | real      | group   | 0.05 0.4   | step_height foot_lift    | 0.1 0.2
foot_height         | real      | result  | 0 0.4      | foot_height foot_y
foot_position       | vec3      | state   | -0.5 0.5   | foot_pos ankle
plant_position      | vec3      | state   | -0.5 0.5   | plant_pos lock_pos
foot_speed          | real      | state   | 0 2        | foot_speed toe_speed
locked              | bool      | state   |            | locked is_planted
lock_speed          | real      | uniform | 0.2 0.8    | lock_speed plant_speed   | 0.3
features            | reals     | state   | -2 2       | features frame_features
query_features      | reals     | uniform | -2 2       | query goal_features
feature_weights     | reals     | uniform | 0.1 2      | feature_weights w_features
matching_cost       | real      | result  | 0 60       | match_cost cost
speed_along         | real      | state   | 0 3        | speed_along v_axis
squash_amount       | real      | uniform | 0.05 0.6   | squash_amount stretch_k  | 0.2
squash_stretch      | vec3      | result  |            | scale_xyz squash
measured_spin       | vec3      | result  |            | omega_est spin_est
key_control         | quat      | state   | -1 1       | ctrl0 control_q
later_control       | quat      | state   | -1 1       | ctrl1 next_control
foot_rotation       | quat      | state   | -1 1       | foot_rot q_foot
ground_normal       | vec3      | state   | -1 1       | ground_n slope_n
align_weight        | real      | uniform | 0.1 1      | align_weight foot_align  | 0.8 1.0
hinge_axis          | vec3      | group   | -1 1       | hinge_axis knee_axis
hinge_low           | real      | group   | -2.5 0     | hinge_low min_angle      | -2.0
hinge_high          | real      | group   | 0.1 2.5    | hinge_high max_angle     | 1.5
hinge_rotation      | quat      | result  |            | hinge_rot q_hinge
hip_rotation        | quat      | state   | -1 1       | hip_rot q_hip
chest_rotation      | quat      | state   | -1 1       | chest_rot q_chest
spine_fraction      | real      | state   | 0 1        | spine_frac u_spine
spine_rotation      | quat      | result  |            | spine_rot q_spine
travel_velocity     | vec3      | state   | -3 3       | root_vel travel_vel
travel_acceleration | vec3      | state   | -6 6       | root_accel travel_acc
lean_amount         | real      | uniform | 0.2 1.5    | lean_amount lean_gain    | 1.0
lean_rotation       | quat      | result  |            | lean_rot q_lean
"""


def posed_rotation(parent_rotation, local_rotation):
    return parent_rotation * local_rotation


def local_rotation_of_world(parent_rotation, rotation):
    """Rotation as the parent bone sees it."""
    next_local_rotation = wp.quat_inverse(parent_rotation) * rotation
    return next_local_rotation


def delta_rotation(rotation, rest_rotation):
    """Turn from the rest pose."""
    return rotation * wp.quat_inverse(rest_rotation)


def blend(time, key_time, key_interval):
    return wp.clamp((time - key_time) / key_interval, 0.0, 1.0)


def ease(blend):
    return blend * blend * (3.0 - 2.0 * blend)


def interpolated_rotation(key_rotation, later_rotation, blend):
    posed_rotation = wp.quat_slerp(key_rotation, later_rotation, blend)
    return posed_rotation


def eased_rotation(key_rotation, later_rotation, ease):
    posed_rotation = wp.quat_slerp(key_rotation, later_rotation, ease)
    return posed_rotation


def blended_rotation(rotation, layer_rotation, blend_weight):
    """Normalized linear blend on the shorter arc."""
    q1 = layer_rotation
    if wp.dot(rotation, layer_rotation) < 0.0:
        q1 = -layer_rotation
    posed_rotation = wp.normalize(rotation * (1.0 - blend_weight) + q1 * blend_weight + rotation * 1.0e-6)
    return posed_rotation


def additive_layer(rotation, layer_rotation, blend_weight):
    """Part of an additive animation on top of a pose."""
    part = wp.quat_slerp(wp.quat_identity(), layer_rotation, blend_weight)
    posed_rotation = rotation * part
    return posed_rotation


def twist_and_swing(local_rotation, twist_axis):
    """Swing and twist of a joint."""
    n = wp.normalize(twist_axis)
    v = wp.vec3(local_rotation[0], local_rotation[1], local_rotation[2])
    p = wp.dot(v, n)
    twist = wp.normalize(wp.quat(p * n[0], p * n[1], p * n[2], local_rotation[3] + 1.0e-6))
    swing = local_rotation * wp.quat_inverse(twist)
    return twist, swing


def twist_angle(local_rotation, twist_axis):
    n = wp.normalize(twist_axis)
    s = local_rotation[0] * n[0] + local_rotation[1] * n[1] + local_rotation[2] * n[2]
    return 2.0 * wp.atan(s / (wp.abs(local_rotation[3]) + 1.0e-6))


def swing_angle(swing):
    return 2.0 * wp.acos(wp.clamp(wp.abs(swing[3]), 0.0, 0.9999))


def limited_twist(twist_axis, twist_angle, twist_limit):
    angle = wp.clamp(twist_angle, -twist_limit, twist_limit)
    kept_twist = wp.quat_from_axis_angle(wp.normalize(twist_axis), angle)
    return kept_twist


def limited_swing(swing, swing_angle, swing_limit):
    """Swing inside of a cone."""
    if swing_angle <= swing_limit:
        return swing
    next_swing = wp.quat_slerp(wp.quat_identity(), swing, swing_limit / swing_angle)
    return next_swing


def limited_joint(local_rotation, twist_axis, twist_limit, swing_limit):
    """Rotation of a joint with its swing and its twist inside of their limits."""
    n = wp.normalize(twist_axis)
    p = local_rotation[0] * n[0] + local_rotation[1] * n[1] + local_rotation[2] * n[2]
    half = wp.atan2(p, local_rotation[3] + 1.0e-6)
    q_twist = wp.quat_from_axis_angle(n, 2.0 * half)
    q_swing = local_rotation * wp.quat_inverse(q_twist)
    cone = 2.0 * wp.acos(wp.clamp(wp.abs(q_swing[3]), 0.0, 0.9999))
    if cone > swing_limit:
        q_swing = wp.quat_slerp(wp.quat_identity(), q_swing, swing_limit / cone)
    kept = wp.clamp(2.0 * half, -twist_limit, twist_limit)
    next_local_rotation = q_swing * wp.quat_from_axis_angle(n, kept)
    return next_local_rotation


def rotation_gap(rotation, target_rotation):
    """Rotation vector to a target, on the shorter arc."""
    dq = target_rotation * wp.quat_inverse(rotation)
    v = wp.vec3(dq[0], dq[1], dq[2])
    w = dq[3]
    if w < 0.0:
        v = -v
        w = -w
    s = wp.length(v)
    if s < 1.0e-6:
        return 2.0 * v
    return 2.0 * wp.atan2(s, w) / s * v


def angular_push(rotation_gap, angular_velocity, frequency):
    """Critically damped spring towards a target."""
    return frequency * frequency * rotation_gap - 2.0 * frequency * angular_velocity


def next_angular_velocity(angular_velocity, angular_push, dt):
    return angular_velocity + dt * angular_push


def next_rotation(rotation, angular_velocity, dt):
    dq = wp.quat(angular_velocity, 0.0) * rotation
    return wp.normalize(rotation + 0.5 * dt * dq)


def rotation_by_exponential(rotation, angular_velocity, dt):
    speed = wp.length(angular_velocity)
    axis = wp.normalize(angular_velocity)
    next_rotation = wp.quat_from_axis_angle(axis, speed * dt) * rotation
    return next_rotation


def angular_velocity_of_poses(rotation, previous_rotation, dt):
    """Angular velocity between two frames."""
    dq = rotation * wp.quat_inverse(previous_rotation)
    side = 1.0
    if dq[3] < 0.0:
        side = -1.0
    measured_spin = 2.0 * side / dt * wp.vec3(dq[0], dq[1], dq[2])
    return measured_spin


def followed_rotation(rotation, target_rotation, frequency, dt):
    """Exponential approach that does not depend on the frame rate."""
    next_rotation = wp.quat_slerp(rotation, target_rotation, 1.0 - wp.exp(-frequency * dt))
    return next_rotation


def mirrored_rotation(local_rotation):
    """The same pose on the other side of the body."""
    posed_rotation = wp.quat(local_rotation[0], -local_rotation[1], -local_rotation[2], local_rotation[3])
    return posed_rotation


def rotation_from_euler(euler):
    posed_rotation = wp.quat_rpy(euler[0], euler[1], euler[2])
    return posed_rotation


def heading(rotation):
    """Angle about the vertical of where a bone faces."""
    forward = wp.quat_rotate(rotation, wp.vec3(0.0, 0.0, 1.0))
    return wp.atan2(forward[0], forward[2] + 1.0e-6)


def tip(position, rotation, bone_offset):
    return position + wp.quat_rotate(rotation, bone_offset)


def aim_direction(position, aim_point):
    return wp.normalize(aim_point - position)


def aimed_rotation(rotation, aim_direction, twist_axis):
    """Shortest turn that points a bone's axis at a target."""
    current = wp.quat_rotate(rotation, wp.normalize(twist_axis))
    c = wp.dot(current, aim_direction)
    if c < -0.999:
        return rotation
    arc = wp.normalize(wp.quat(wp.cross(current, aim_direction), 1.0 + c))
    next_rotation = arc * rotation
    return next_rotation


def look_rotation(aim_direction, up):
    """Rotation whose z axis points along a direction."""
    side = wp.normalize(wp.cross(up, aim_direction))
    top = wp.cross(aim_direction, side)
    posed_rotation = wp.quat_from_matrix(wp.matrix_from_cols(side, top, aim_direction))
    return posed_rotation


def pose_error(rotation, target_rotation):
    """Angle to a target rotation."""
    delta = wp.quat_inverse(rotation) * target_rotation
    turned = wp.length(wp.vec3(delta[0], delta[1], delta[2]))
    return 2.0 * wp.atan2(turned, wp.abs(delta[3]))


def settled(pose_error, angular_velocity, tolerance, rest_speed):
    return pose_error < tolerance and wp.length(angular_velocity) < rest_speed


def world_pose(parent_pose, pose):
    return wp.transform_multiply(parent_pose, pose)


def skin(world_pose, bind_pose):
    return wp.transform_multiply(world_pose, wp.transform_inverse(bind_pose))


def skinned_point(skin, rest_point):
    return wp.transform_point(skin, rest_point)


def skinned_normal(skin, rest_normal):
    return wp.transform_vector(skin, wp.normalize(rest_normal))


def blended_skin_point(first_pose, second_pose, rest_point, blend_weight):
    """Linear blend skinning of two bones."""
    p0 = wp.transform_point(first_pose, rest_point)
    p1 = wp.transform_point(second_pose, rest_point)
    skinned_point = (1.0 - blend_weight) * p0 + blend_weight * p1
    return skinned_point


def assembled_pose(position, rotation):
    return wp.transform(position, rotation)


def bend_angle(reach, upper_length, lower_length):
    """Bend of a two-bone limb by the law of cosines."""
    num = upper_length * upper_length + lower_length * lower_length - reach * reach
    return wp.pi - wp.acos(wp.clamp(num / (2.0 * upper_length * lower_length), -1.0, 1.0))


def bent_rotation(bend_angle, twist_axis, parent_rotation):
    posed_rotation = parent_rotation * wp.quat_from_axis_angle(wp.normalize(twist_axis), bend_angle)
    return posed_rotation


def joint_opening(rotation_a, rotation_b):
    """Angle between two bones."""
    dq = wp.quat_inverse(rotation_a) * rotation_b
    return 2.0 * wp.acos(wp.clamp(wp.abs(dq[3]), 0.0, 0.9999))


def two_bone_angles(reach, upper_length, lower_length):
    """Angles of a limb's upper and lower joint for a distance to its end."""
    longest = 0.999 * (upper_length + lower_length)
    shortest = wp.abs(upper_length - lower_length) + 0.01
    d = wp.clamp(reach, shortest, longest)
    cos_upper = (upper_length * upper_length + d * d - lower_length * lower_length) / (2.0 * upper_length * d)
    cos_lower = (upper_length * upper_length + lower_length * lower_length - d * d) / (
        2.0 * upper_length * lower_length
    )
    upper = wp.acos(wp.clamp(cos_upper, -1.0, 1.0))
    lower = wp.pi - wp.acos(wp.clamp(cos_lower, -1.0, 1.0))
    limb_angles = wp.vec2(upper, lower)
    return limb_angles


def elbow_position(shoulder, hand_goal, pole, upper_length, lower_length):
    """Middle joint of a two-bone limb that bends towards a pole."""
    to_goal = hand_goal - shoulder
    dist = wp.max(wp.length(to_goal), 1.0e-3)
    n = to_goal / dist
    reach = wp.min(dist, 0.999 * (upper_length + lower_length))
    along = 0.5 * (reach + (upper_length * upper_length - lower_length * lower_length) / reach)
    along = wp.clamp(along, -upper_length, upper_length)
    height = wp.sqrt(wp.max(upper_length * upper_length - along * along, 0.0))
    side = pole - shoulder
    side = side - wp.dot(side, n) * n
    side_len = wp.length(side)
    if side_len < 1.0e-4:
        return shoulder + along * n
    return shoulder + along * n + height / side_len * side


def dragged_joint(joint_position, end_goal, segment_length):
    """FABRIK: drags a joint along when the one after it has moved to its goal."""
    d = joint_position - end_goal
    dist = wp.max(wp.length(d), 1.0e-4)
    next_joint_position = end_goal + segment_length / dist * d
    return next_joint_position


def coordinate_descent(joint_position, tip_position, end_goal, rotation, descent_weight):
    """CCD: part of the turn of a joint that brings the chain's tip towards the goal."""
    to_tip = wp.normalize(tip_position - joint_position)
    to_goal = wp.normalize(end_goal - joint_position)
    c = wp.dot(to_tip, to_goal)
    if c > 0.9999 or c < -0.9999:
        return rotation
    axis = wp.normalize(wp.cross(to_tip, to_goal))
    angle = descent_weight * wp.acos(wp.clamp(c, -1.0, 1.0))
    next_rotation = wp.normalize(wp.quat_from_axis_angle(axis, angle) * rotation)
    return next_rotation


def dual_quaternion_point(first_pose, second_pose, rest_point, blend_weight):
    """Dual quaternion skinning of two bones."""
    q0 = wp.transform_get_rotation(first_pose)
    q1 = wp.transform_get_rotation(second_pose)
    t0 = wp.transform_get_translation(first_pose)
    t1 = wp.transform_get_translation(second_pose)
    w1 = blend_weight
    if wp.dot(q0, q1) < 0.0:
        w1 = -blend_weight
    d0 = 0.5 * (wp.quat(t0, 0.0) * q0)
    d1 = 0.5 * (wp.quat(t1, 0.0) * q1)
    real = q0 * (1.0 - blend_weight) + q1 * w1
    dual = d0 * (1.0 - blend_weight) + d1 * w1
    norm = wp.max(wp.length(real), 1.0e-4)
    real = real / norm
    dual = dual / norm
    shift = 2.0 * (dual * wp.quat_inverse(real))
    skinned_point = wp.quat_rotate(real, rest_point) + wp.vec3(shift[0], shift[1], shift[2])
    return skinned_point


def spring_bone(tip_position, previous_tip_position, joint_position, rest_direction, segment_length, stiffness, dt):
    """Verlet step of a hair or tail bone that keeps its length."""
    keep = 0.9
    drift = keep * (tip_position - previous_tip_position)
    pull = stiffness * dt * rest_direction
    moved = tip_position + drift + pull + wp.vec3(0.0, -9.81 * dt * dt, 0.0)
    d = moved - joint_position
    dist = wp.max(wp.length(d), 1.0e-4)
    next_tip_position = joint_position + segment_length / dist * d
    return next_tip_position


def hermite_key(start_value, end_value, start_slope, end_slope, blend, key_interval):
    """Curve between two keys with their tangents."""
    t2 = blend * blend
    t3 = t2 * blend
    h00 = 2.0 * t3 - 3.0 * t2 + 1.0
    h10 = t3 - 2.0 * t2 + blend
    h01 = 3.0 * t2 - 2.0 * t3
    h11 = t3 - t2
    m = h10 * start_slope + h11 * end_slope
    channel = h00 * start_value + h01 * end_value + key_interval * m
    return channel


def bezier_ease(blend, first_handle, second_handle):
    """Easing by a Bezier curve: Newton's method for its parameter, then its height."""
    x1 = first_handle[0]
    x2 = second_handle[0]
    s = float(blend)
    for _ in range(6):
        one = 1.0 - s
        x = 3.0 * one * one * s * x1 + 3.0 * one * s * s * x2 + s * s * s
        slope = 3.0 * one * one * x1 + 6.0 * one * s * (x2 - x1) + 3.0 * s * s * (1.0 - x2)
        s = wp.clamp(s - (x - blend) / wp.max(slope, 0.05), 0.0, 1.0)
    one = 1.0 - s
    handle_ease = 3.0 * one * one * s * first_handle[1] + 3.0 * one * s * s * second_handle[1] + s * s * s
    return handle_ease


def named_ease(blend, ease_kind):
    """Easing by its kind: linear, quadratic in and out, elastic or bounce."""
    t = blend
    if ease_kind == 0:
        return t
    if ease_kind == 1:
        if t < 0.5:
            return 2.0 * t * t
        return 1.0 - 2.0 * (1.0 - t) * (1.0 - t)
    if ease_kind == 2:
        return wp.pow(2.0, -10.0 * t) * wp.sin((10.0 * t - 0.75) * wp.tau / 3.0) + 1.0
    if t < 0.3636:
        return 7.5625 * t * t
    if t < 0.7273:
        u = t - 0.5455
        return 7.5625 * u * u + 0.75
    v = t - 0.8182
    return 7.5625 * v * v + 0.9375


def inertial_offset(jump, jump_speed, since_switch, fade_time):
    """Inertialization: a quintic that carries the jump of a transition to zero."""
    if since_switch >= fade_time:
        return 0.0
    x0 = jump
    v0 = jump_speed
    if x0 * v0 > 0.0:
        v0 = 0.0
    t1 = fade_time
    a0 = (-8.0 * v0 * t1 - 20.0 * x0) / (t1 * t1)
    a = -(a0 * t1 * t1 + 6.0 * v0 * t1 + 12.0 * x0) / (2.0 * wp.pow(t1, 5.0))
    b = (3.0 * a0 * t1 * t1 + 16.0 * v0 * t1 + 30.0 * x0) / (2.0 * wp.pow(t1, 4.0))
    c = -(3.0 * a0 * t1 * t1 + 12.0 * v0 * t1 + 20.0 * x0) / (2.0 * t1 * t1 * t1)
    t = since_switch
    return ((((a * t + b) * t + c) * t + 0.5 * a0) * t + v0) * t + x0


def limited_look(local_direction, yaw_limit, pitch_limit):
    """Direction of a head or an eye inside of its limits."""
    d = local_direction
    flat = wp.max(wp.sqrt(d[0] * d[0] + d[2] * d[2]), 1.0e-4)
    yaw = wp.clamp(wp.atan2(d[0], d[2]), -yaw_limit, yaw_limit)
    pitch = wp.clamp(wp.atan2(d[1], flat), -pitch_limit, pitch_limit)
    cp = wp.cos(pitch)
    return wp.vec3(cp * wp.sin(yaw), wp.sin(pitch), cp * wp.cos(yaw))


def foot_height(gait_phase, duty, step_height):
    """Height of a foot over a cycle: on the ground, then an arc."""
    t = gait_phase - wp.floor(gait_phase)
    if t < duty:
        return 0.0
    swing = (t - duty) / (1.0 - duty)
    return step_height * 4.0 * swing * (1.0 - swing)


def planted_foot(foot_position, plant_position, foot_speed, locked, lock_speed):
    """Foot lock: stays where it was planted until it moves fast or far."""
    drift = wp.length(foot_position - plant_position)
    next_locked = locked
    next_plant_position = plant_position
    if locked:
        if foot_speed > 2.0 * lock_speed or drift > 0.5:
            next_locked = False
    elif foot_speed < lock_speed:
        next_locked = True
        next_plant_position = foot_position
    return next_locked, next_plant_position


def matching_cost(features, query_features, feature_weights):
    """Weighted distance of a frame's features from those that are wanted."""
    total = float(0.0)
    for n in range(wp.min(len(features), wp.min(len(query_features), len(feature_weights)))):
        d = features[n] - query_features[n]
        total += feature_weights[n] * d * d
    return total


def squash_stretch(speed_along, squash_amount):
    """Scales along and across a motion that keep the volume."""
    along = 1.0 + squash_amount * wp.min(speed_along, 2.0)
    across = 1.0 / wp.sqrt(along)
    return wp.vec3(across, along, across)


def squad_rotation(key_rotation, later_rotation, key_control, later_control, blend):
    """Smooth rotation through keys by spherical quadrangle interpolation."""
    straight = wp.quat_slerp(key_rotation, later_rotation, blend)
    bowed = wp.quat_slerp(key_control, later_control, blend)
    posed_rotation = wp.quat_slerp(straight, bowed, 2.0 * blend * (1.0 - blend))
    return posed_rotation


def aligned_foot(foot_rotation, ground_normal, align_weight):
    """Turns a foot so that it stands flat on a slope."""
    up = wp.quat_rotate(foot_rotation, wp.vec3(0.0, 1.0, 0.0))
    n = wp.normalize(ground_normal)
    axis = wp.cross(up, n)
    s = wp.length(axis)
    if s < 1.0e-4:
        return foot_rotation
    angle = align_weight * wp.atan2(s, wp.dot(up, n))
    next_foot_rotation = wp.normalize(wp.quat_from_axis_angle(axis / s, angle) * foot_rotation)
    return next_foot_rotation


def hinge_rotation(local_rotation, hinge_axis, hinge_low, hinge_high):
    """Keeps of a rotation what a hinge allows."""
    n = wp.normalize(hinge_axis)
    p = local_rotation[0] * n[0] + local_rotation[1] * n[1] + local_rotation[2] * n[2]
    angle = 2.0 * wp.atan2(p, local_rotation[3] + 1.0e-6)
    if angle > wp.pi:
        angle = angle - wp.tau
    elif angle < -wp.pi:
        angle = angle + wp.tau
    return wp.quat_from_axis_angle(n, wp.clamp(angle, hinge_low, hinge_high))


def spine_rotation(hip_rotation, chest_rotation, spine_fraction):
    """Rotation of a vertebra between the hips and the chest, twist and bend apart."""
    between = wp.quat_inverse(hip_rotation) * chest_rotation
    twist = wp.normalize(wp.quat(0.0, between[1], 0.0, between[3] + 1.0e-4))
    bend = between * wp.quat_inverse(twist)
    part_bend = wp.quat_slerp(wp.quat_identity(), bend, spine_fraction)
    part_twist = wp.quat_slerp(wp.quat_identity(), twist, spine_fraction)
    return hip_rotation * part_bend * part_twist


def lean_rotation(travel_velocity, travel_acceleration, lean_amount):
    """Leans a body into what accelerates it sideways."""
    flat = wp.vec3(travel_velocity[0], 0.0, travel_velocity[2])
    speed = wp.length(flat)
    if speed < 0.1:
        return wp.quat_identity()
    ahead = flat / speed
    side = wp.cross(wp.vec3(0.0, 1.0, 0.0), ahead)
    roll = wp.atan(lean_amount * wp.dot(travel_acceleration, side) / 9.81)
    return wp.quat_from_axis_angle(ahead, -roll)
