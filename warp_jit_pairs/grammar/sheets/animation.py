"""Character animation: bones, key frames, blending, joint limits, aiming, skinning."""

import warp as wp

ENTITIES = "bone joint limb"
GROUPS = "skeleton character rig"
PAIRS = "bone_pair link"
LAUNCH = "1:7 2:3"
SUMMED = "pose_error blend_weight"
OPPOSITE = "rotation_gap"

QUANTITIES = """
local_rotation     | quat      | state   | -1 1      | local_rot q_local joint_rot
parent_rotation    | quat      | state   | -1 1      | parent_rot q_parent parent_q
rest_rotation      | quat      | state   | -1 1      | rest_rot q_rest bind_rot
rotation           | quat      | state   | -1 1      | rot q world_rot
key_rotation       | quat      | state   | -1 1      | key0 q_key key_rot
later_rotation     | quat      | state   | -1 1      | key1 q_next later_key
layer_rotation     | quat      | state   | -1 1      | layer_rot q_layer additive_rot
posed_rotation     | quat      | result  | -1 1      | posed_rot q_posed pose_q
delta_rotation     | quat      | result  | -1 1      | delta_q q_delta dq
twist              | quat      | result  | -1 1      | twist q_twist twist_rot
swing              | quat      | result  | -1 1      | swing q_swing swing_rot
twist_axis         | vec3      | group   | -1 1      | twist_axis bone_axis axis
twist_angle        | real      | result  | -3.2 3.2  | twist_ang twist_angle roll
swing_angle        | real      | result  | 0 3.2     | swing_ang swing_angle cone
twist_limit        | real      | group   | 0.2 1.5   | twist_limit max_twist
swing_limit        | real      | group   | 0.2 1.5   | swing_limit max_swing cone_limit
key_time           | real      | state   | 0 1       | key_t t0 key_time
key_interval       | real      | uniform | 0.1 0.5   | key_dt frame_dt interval         | 0.1 0.2
time               | real      | uniform | 0 1.5     | time t_now clip_time
blend              | real      | result  | 0 1       | blend phase_u u
blend_weight       | real      | state   | 0 1       | blend_w layer_weight w
ease               | real      | result  | 0 1       | ease eased s
angular_velocity   | vec3      | state   | -3 3      | omega ang_vel w_bone
rotation_gap       | vec3      | result  | -3.2 3.2  | rot_err gap rot_vec
angular_push       | vec3      | result  | -60 60    | ang_acc spring_acc push
frequency          | real      | uniform | 1 4       | freq omega0 spring_freq          | 2.0
dt                 | real      | uniform | 0.005 0.05 | dt frame_time                   | 0.016667
position           | vec3      | state   | -2 2      | pos bone_pos x
bone_offset        | vec3      | state   | -0.5 0.5  | offset bone_offset local_offset
tip                | vec3      | result  | -3 3      | tip tail_pos end_pos
aim_point          | vec3      | group   | -3 3      | aim_point look_target goal
aim_direction      | vec3      | result  | -1 1      | aim_dir to_target look_dir
up                 | vec3      | uniform | -1 1      | up world_up up_axis
pose               | transform | state   | -1 1      | pose bone_pose X
parent_pose        | transform | state   | -1 1      | parent_pose X_parent parent_tf
bind_pose          | transform | state   | -1 1      | bind_pose X_bind bind_tf
world_pose         | transform | result  | -3 3      | world_pose X_world world_tf
skin               | transform | result  | -5 5      | skin_tf skin X_skin
rest_point         | vec3      | state   | -1 1      | rest_pt rest_point v_rest
rest_normal        | vec3      | state   | -1 1      | rest_n rest_normal n_rest
skinned_point      | vec3      | result  | -9 9      | skinned deformed skinned_pt
skinned_normal     | vec3      | result  | -1 1      | skinned_n deformed_n
euler              | vec3      | state   | -1.5 1.5  | euler rpy angles
heading            | real      | result  | -3.2 3.2  | yaw heading facing
pose_error         | real      | result  | 0 3.2     | pose_err ang_err angle_err
settled            | bool      | result  |           | settled at_rest reached
tolerance          | real      | uniform | 0.1 1     | tol angle_tol                    | 0.1
reach              | real      | state   | 0.1 1.5   | reach ik_dist target_dist
upper_length       | real      | group   | 0.3 0.8   | upper_len l_upper thigh
lower_length       | real      | group   | 0.3 0.8   | lower_len l_lower shin
bend_angle         | real      | result  | 0 3.2     | bend elbow_ang knee_angle
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
    twist = wp.quat_from_axis_angle(wp.normalize(twist_axis), angle)
    return twist


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
    next_angular_velocity = 2.0 * side / dt * wp.vec3(dq[0], dq[1], dq[2])
    return next_angular_velocity


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
    c = wp.abs(wp.dot(rotation, target_rotation))
    return 2.0 * wp.acos(wp.clamp(c, 0.0, 0.9999))


def settled(pose_error, angular_velocity, tolerance):
    return pose_error < tolerance and wp.length(angular_velocity) < 10.0 * tolerance


def world_pose(parent_pose, pose):
    return wp.transform_multiply(parent_pose, pose)


def skin(world_pose, bind_pose):
    return wp.transform_multiply(world_pose, wp.transform_inverse(bind_pose))


def skinned_point(skin, rest_point):
    return wp.transform_point(skin, rest_point)


def skinned_normal(skin, rest_normal):
    return wp.transform_vector(skin, wp.normalize(rest_normal))


def blended_skin_point(pose, parent_pose, rest_point, blend_weight):
    """Linear blend skinning of two bones."""
    p0 = wp.transform_point(pose, rest_point)
    p1 = wp.transform_point(parent_pose, rest_point)
    skinned_point = (1.0 - blend_weight) * p0 + blend_weight * p1
    return skinned_point


def assembled_pose(position, rotation):
    next_pose = wp.transform(position, rotation)
    return next_pose


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
    pose_error = 2.0 * wp.acos(wp.clamp(wp.abs(dq[3]), 0.0, 0.9999))
    return pose_error
