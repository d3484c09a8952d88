"""Rigid bodies: inertia, motion, contacts and joints."""

import warp as wp

ENTITIES = "body link box part"
GROUPS = "material shape world articulation"
PAIRS = "joint contact constraint"
LAUNCH = "1:9 2:1"
SUMMED = "mass momentum angular_momentum kinetic_energy rotational_energy potential_energy volume"
OPPOSITE = "joint_force contact_force"

QUANTITIES = """
mass               | real      | state   | 0.5 8      | mass m body_mass
inverse_mass       | real      | result  | 0.1 2      | inv_mass inv_m
half_extents       | vec3      | state   | 0.45 1     | half_extents he size
volume             | real      | result  | 0.5 9      | volume vol
density            | real      | group   | 0.5 3.5    | density rho                   | 1.0 2.0
inertia            | vec3      | state   | 0.15 3     | inertia moments I_body
inverse_inertia    | vec3      | result  | 0.3 7      | inv_inertia inv_moments
inertia_tensor     | mat33     | result  | -6 6       | inertia_world I_world
inverse_tensor     | mat33     | result  | -7 7       | inv_inertia_world I_inv
position           | vec3      | state   | -2 2       | pos position x com
rotation           | quat      | state   | -1 1       | rot q orientation rotation
pose               | transform | state   | -2 2       | body_q pose xform tf
relative_pose      | transform | result  | -3 3       | rel_pose local_pose rel_tf
velocity           | vec3      | state   | -3 3       | vel velocity v
angular_velocity   | vec3      | state   | -3 3       | omega ang_vel w
twist              | spatial   | state   | -2 2       | body_qd twist qd
wrench             | spatial   | state   | -50 50     | body_f wrench
force              | vec3      | state   | -6 6       | force f
torque             | vec3      | state   | -30 30     | torque tau t
acceleration       | vec3      | result  | -30 30     | accel acceleration a
angular_acceleration | vec3    | result  | -200 200   | alpha ang_acc
momentum           | vec3      | result  | -24 24     | momentum lin_mom p
angular_momentum   | vec3      | result  | -30 30     | ang_mom L angular_momentum
kinetic_energy     | real      | result  | 0 100      | kinetic_energy ke
rotational_energy  | real      | result  | 0 30       | rot_energy rotational_energy
potential_energy   | real      | result  | -200 200   | potential pe
speed              | real      | result  | 0 6        | speed
gravity            | vec3      | uniform | -10 10     | gravity g
linear_damping     | real      | group   | 0.05 1     | linear_damping lin_damp       | 0.1 0.05
angular_damping    | real      | group   | 0.05 1     | angular_damping ang_damp      | 0.1 0.05
contact_point      | vec3      | state   | -2 2       | contact_point point cp
contact_normal     | vec3      | state   | -1 1       | contact_normal normal n
penetration        | real      | state   | -0.1 0.2   | depth penetration pen
lever_arm          | vec3      | result  | -2 2       | r arm lever
point_velocity     | vec3      | result  | -6 6       | v_p point_vel contact_vel
normal_velocity    | real      | result  | -6 6       | v_n normal_vel
effective_mass     | real      | result  | 0.01 8     | eff_mass m_eff
normal_impulse     | real      | result  | 0 40       | j_n normal_impulse
impulse            | vec3      | result  | -30 30     | impulse j
bias               | real      | result  | 0 5        | bias bias_vel
restitution        | real      | group   | 0.05 0.9   | restitution e bounce          | 0.3 0.5
friction           | real      | group   | 0.1 1      | mu friction friction_coeff    | 0.5 0.6
contact_stiffness  | real      | group   | 50 300     | contact_ke ke k_contact       | 100.0 200.0
contact_damping    | real      | group   | 0.5 10     | contact_kd kd                 | 1.0 5.0
contact_force      | vec3      | result  | -300 300   | contact_force f_c
baumgarte          | real      | uniform | 0.05 0.4   | beta baumgarte erp            | 0.1 0.2
slop               | real      | uniform | 0.001 0.02 | slop margin                   | 0.005 0.01
anchor             | vec3      | state   | -1 1       | anchor r_local attachment
world_anchor       | vec3      | result  | -5 5       | anchor_world p_world
joint_frame        | transform | state   | -1 1       | joint_X parent_xform joint_frame
joint_axis         | vec3      | state   | -1 1       | axis joint_axis hinge_axis
joint_angle        | real      | state   | -3 3       | joint_q angle theta
joint_velocity     | real      | state   | -3 3       | joint_qd theta_dot joint_vel
joint_torque       | real      | result  | -100 100   | tau_j joint_torque joint_f
joint_stiffness    | real      | group   | 5 60       | joint_ke stiffness kp         | 20.0 50.0
joint_damping      | real      | group   | 0.2 5      | joint_kd damping              | 0.5 1.0
joint_force        | vec3      | result  | -200 200   | joint_force f_joint
joint_error        | vec3      | result  | -4 4       | joint_err err gap
rotation_error     | vec3      | result  | -2 2       | rot_err ang_err
rotation_angle     | real      | result  | 0 3.1      | rot_angle phi
tilt               | real      | result  | 0 3.1      | tilt tilt_angle
bounding_radius    | real      | result  | 0.7 1.8    | radius bound_radius
power              | real      | result  | -200 200   | power
ground_height      | real      | uniform | -2 1       | ground_height floor_y ground  | 0.0 -1.0
sleep_threshold    | real      | uniform | 5 60       | sleep_threshold sleep_energy  | 10.0 20.0
separation         | real      | result  | -3 8       | separation gap_dist
asleep             | bool      | result  |            | asleep sleeping
touching           | bool      | result  |            | touching in_contact
overlapping        | bool      | result  |            | overlapping overlaps
dt                 | real      | uniform | 0.005 0.05 | dt sim_dt                     | 0.01 0.02
euler_angles       | vec3      | result  | -3.2 3.2   | rpy euler angles
hinge_angle        | real      | result  | 0 6.4      | hinge_angle twist_angle theta
swing_rotation     | quat      | result  | -1 1       | q_swing swing
reset_rotation     | quat      | state   | -1 1       | q_home q_rest
joint_twist        | spatial   | state   | -2 2       | qd_j v_j joint_qd
bias_twist         | spatial   | result  | -50 50     | c_bias bias_acc c_j
spatial_momentum   | spatial   | state   | -10 10     | h_b momentum h
bias_wrench        | spatial   | result  | -200 200   | p_bias bias_force f_bias
world_twist        | spatial   | result  | -40 40     | qd_world twist_w v_w
world_wrench       | spatial   | result  | -800 800   | f_world wrench_w f_w
"""


def inverse_mass(mass):
    return 1.0 / mass


def volume(half_extents):
    """Volume of a box of given half extents."""
    return 8.0 * half_extents[0] * half_extents[1] * half_extents[2]


def box_mass(density, volume):
    mass = density * volume
    return mass


def box_inertia(mass, half_extents):
    """Principal moments of a solid box."""
    hx2 = half_extents[0] * half_extents[0]
    hy2 = half_extents[1] * half_extents[1]
    hz2 = half_extents[2] * half_extents[2]
    inertia = mass / 3.0 * wp.vec3(hy2 + hz2, hx2 + hz2, hx2 + hy2)
    return inertia


def ellipsoid_inertia(mass, half_extents):
    """Principal moments of a solid ellipsoid."""
    sq = wp.cw_mul(half_extents, half_extents)
    total = sq[0] + sq[1] + sq[2]
    inertia = 0.2 * mass * (wp.vec3(total, total, total) - sq)
    return inertia


def cylinder_inertia(mass, half_extents):
    r2 = half_extents[0] * half_extents[0]
    h = 2.0 * half_extents[1]
    axial = 0.5 * mass * r2
    lateral = mass * (3.0 * r2 + h * h) / 12.0
    inertia = wp.vec3(lateral, axial, lateral)
    return inertia


def inverse_inertia(inertia):
    return wp.cw_div(wp.vec3(1.0, 1.0, 1.0), inertia)


def inertia_tensor(rotation, inertia):
    """Inertia in the world's frame, R I R^T."""
    R = wp.quat_to_matrix(rotation)
    return R * wp.diag(inertia) * wp.transpose(R)


def offset_inertia(inertia, mass, anchor):
    """Parallel axis theorem (Steiner)."""
    d2 = wp.dot(anchor, anchor)
    shift = d2 * wp.diag(wp.vec3(1.0, 1.0, 1.0)) - wp.outer(anchor, anchor)
    inertia_tensor = wp.diag(inertia) + mass * shift
    return inertia_tensor


def inverse_tensor(rotation, inverse_inertia):
    R = wp.quat_to_matrix(rotation)
    return R * wp.diag(inverse_inertia) * wp.transpose(R)


def bounding_radius(half_extents):
    return wp.length(half_extents)


def momentum(mass, velocity):
    return mass * velocity


def angular_momentum(inertia_tensor, angular_velocity):
    return inertia_tensor * angular_velocity


def body_angular_momentum(rotation, inertia, angular_velocity):
    w_body = wp.quat_rotate_inv(rotation, angular_velocity)
    angular_momentum = wp.quat_rotate(rotation, wp.cw_mul(inertia, w_body))
    return angular_momentum


def orbital_momentum(mass, position, velocity):
    """Angular momentum about the origin."""
    angular_momentum = wp.cross(position, mass * velocity)
    return angular_momentum


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def twist_energy(mass, inertia, twist):
    """Koenig's theorem: energy of translation and of rotation."""
    w = wp.spatial_top(twist)
    v = wp.spatial_bottom(twist)
    kinetic_energy = 0.5 * (mass * wp.dot(v, v) + wp.dot(w, wp.cw_mul(inertia, w)))
    return kinetic_energy


def rotational_energy(inertia, rotation, angular_velocity):
    w = wp.quat_rotate_inv(rotation, angular_velocity)
    return 0.5 * (inertia[0] * w[0] * w[0] + inertia[1] * w[1] * w[1] + inertia[2] * w[2] * w[2])


def potential_energy(mass, position, gravity):
    return -mass * wp.dot(gravity, position)


def power(force, torque, velocity, angular_velocity):
    return wp.dot(force, velocity) + wp.dot(torque, angular_velocity)


def wrench_power(wrench, twist):
    power = wp.spatial_dot(wrench, twist)
    return power


def acceleration(force, inverse_mass, gravity):
    return force * inverse_mass + gravity


def angular_acceleration(inertia, rotation, angular_velocity, torque):
    """Euler's equations of rotation, solved in the body's frame."""
    w = wp.quat_rotate_inv(rotation, angular_velocity)
    t = wp.quat_rotate_inv(rotation, torque)
    gyro = wp.cross(w, wp.cw_mul(inertia, w))
    return wp.quat_rotate(rotation, wp.cw_div(t - gyro, inertia))


def simple_angular_acceleration(inverse_tensor, torque):
    angular_acceleration = inverse_tensor * torque
    return angular_acceleration


def split_wrench(wrench, inverse_mass, inverse_inertia):
    torque = wp.spatial_top(wrench)
    force = wp.spatial_bottom(wrench)
    acceleration = inverse_mass * force
    angular_acceleration = wp.cw_mul(inverse_inertia, torque)
    return acceleration, angular_acceleration


def wrench_at_point(force, lever_arm):
    wrench = wp.spatial_vector(wp.cross(lever_arm, force), force)
    return wrench


def gravity_wrench(mass, pose, anchor, gravity):
    """Weight at a center of mass that is not the body's origin."""
    weight = mass * gravity
    arm = wp.transform_vector(pose, anchor)
    wrench = wp.spatial_vector(wp.cross(arm, weight), weight)
    return wrench


def gyroscopic_torque(inertia, angular_velocity):
    torque = -wp.cross(angular_velocity, wp.cw_mul(inertia, angular_velocity))
    return torque


def moment_of_force(lever_arm, force):
    torque = wp.cross(lever_arm, force)
    return torque


def drag_torque(angular_velocity, angular_damping, bounding_radius):
    area = wp.pi * bounding_radius * bounding_radius
    torque = -0.2 * angular_damping * area * wp.length(angular_velocity) * angular_velocity
    return torque


def upright_torque(rotation, angular_velocity, joint_stiffness, joint_damping):
    """Spring that turns the body's y axis up."""
    up = wp.quat_rotate(rotation, wp.vec3(0.0, 1.0, 0.0))
    axis = wp.cross(up, wp.vec3(0.0, 1.0, 0.0))
    torque = joint_stiffness * axis - joint_damping * angular_velocity
    return torque


def next_velocity(velocity, acceleration, linear_damping, dt):
    v = velocity + acceleration * dt
    return v * (1.0 - linear_damping * dt)


def capped_velocity(velocity, max_speed):
    s = wp.length(velocity)
    next_velocity = velocity
    if s > max_speed:
        next_velocity = velocity * (max_speed / s)
    return next_velocity


def next_angular_velocity(angular_velocity, angular_acceleration, angular_damping, dt):
    w = angular_velocity + angular_acceleration * dt
    return w * wp.exp(-angular_damping * dt)


def gyroscopic_step(inertia, angular_velocity, rotation, dt):
    """Implicit gyroscopic term, one Newton step (Catto)."""
    wb = wp.quat_rotate_inv(rotation, angular_velocity)
    h = wp.cw_mul(inertia, wb)
    residual = dt * wp.cross(wb, h)
    J = wp.diag(inertia) + dt * (wp.skew(wb) * wp.diag(inertia) - wp.skew(h))
    wb = wb - wp.inverse(J) * residual
    next_angular_velocity = wp.quat_rotate(rotation, wb)
    return next_angular_velocity


def next_position(position, velocity, dt):
    return position + velocity * dt


def next_rotation(rotation, angular_velocity, dt):
    """First order integration of a quaternion."""
    dq = 0.5 * wp.quat(angular_velocity, 0.0) * rotation
    return wp.normalize(rotation + dq * dt)


def exponential_rotation(rotation, angular_velocity, dt):
    """Exponential map of the angular velocity over a step."""
    w = wp.length(angular_velocity)
    next_rotation = rotation
    if w > 1.0e-5:
        dq = wp.quat_from_axis_angle(angular_velocity / w, w * dt)
        next_rotation = wp.mul(dq, rotation)
    return next_rotation


def next_pose(pose, twist, dt):
    p = wp.transform_get_translation(pose)
    q = wp.transform_get_rotation(pose)
    w = wp.spatial_top(twist)
    v = wp.spatial_bottom(twist)
    p_new = p + v * dt
    q_new = wp.normalize(q + 0.5 * dt * (wp.quat(w, 0.0) * q))
    return wp.transform(p_new, q_new)


def next_twist(twist, wrench, inertia, inverse_mass, gravity, dt):
    w = wp.spatial_top(twist)
    v = wp.spatial_bottom(twist)
    t = wp.spatial_top(wrench)
    f = wp.spatial_bottom(wrench)
    v_new = v + (f * inverse_mass + gravity) * dt
    w_new = w + wp.cw_div(t - wp.cross(w, wp.cw_mul(inertia, w)), inertia) * dt
    return wp.spatial_vector(w_new, v_new)


def rotation_rate(rotation, angular_velocity):
    """Kinematic equation of a quaternion."""
    return 0.5 * wp.quat(angular_velocity, 0.0) * rotation


def angular_velocity_from_rotations(rotation, previous_rotation, dt):
    """Angular velocity of a position-based step (XPBD)."""
    dq = rotation * wp.quat_inverse(previous_rotation)
    next_angular_velocity = 2.0 / dt * wp.vec3(dq[0], dq[1], dq[2])
    if dq[3] < 0.0:
        next_angular_velocity = -next_angular_velocity
    return next_angular_velocity


def velocity_from_positions(position, previous_position, dt):
    next_velocity = (position - previous_position) / dt
    return next_velocity


def lever_arm(contact_point, position):
    return contact_point - position


def point_velocity(velocity, angular_velocity, lever_arm):
    return velocity + wp.cross(angular_velocity, lever_arm)


def twist_at_point(twist, pose, contact_point):
    r = contact_point - wp.transform_get_translation(pose)
    point_velocity = wp.spatial_bottom(twist) + wp.cross(wp.spatial_top(twist), r)
    return point_velocity


def normal_velocity(point_velocity, contact_normal):
    return wp.dot(point_velocity, wp.normalize(contact_normal))


def effective_mass(inverse_mass, inverse_tensor, lever_arm, contact_normal):
    """Mass that an impulse along the normal feels at the contact."""
    n = wp.normalize(contact_normal)
    rn = wp.cross(lever_arm, n)
    k = inverse_mass + wp.dot(rn, inverse_tensor * rn)
    return 1.0 / wp.max(k, 0.05)


def bias(penetration, slop, baumgarte, dt):
    """Baumgarte stabilization with slop."""
    return baumgarte / dt * wp.max(penetration - slop, 0.0)


def normal_impulse(effective_mass, normal_velocity, restitution, bias):
    bounce = 0.0
    if normal_velocity < -0.5:
        bounce = -restitution * normal_velocity
    return wp.max(effective_mass * (bounce + bias - normal_velocity), 0.0)


def contact_impulse(point_velocity, contact_normal, effective_mass, restitution, friction):
    """Normal impulse, and friction inside of Coulomb's cone."""
    n = wp.normalize(contact_normal)
    vn = wp.dot(point_velocity, n)
    if vn >= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    jn = -(1.0 + restitution) * vn * effective_mass
    vt = point_velocity - vn * n
    vt_len = wp.length(vt)
    impulse = jn * n
    if vt_len > 1.0e-5:
        jt = wp.min(friction * jn, effective_mass * vt_len)
        impulse = impulse - jt / vt_len * vt
    return impulse


def apply_impulse(velocity, angular_velocity, impulse, lever_arm, inverse_mass, inverse_tensor):
    next_velocity = velocity + inverse_mass * impulse
    next_angular_velocity = angular_velocity + inverse_tensor * wp.cross(lever_arm, impulse)
    return next_velocity, next_angular_velocity


def penalty_contact(point_velocity, contact_normal, penetration, contact_stiffness, contact_damping, friction):
    """Penalty force with damping in approach only and clamped friction."""
    if penetration <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    n = wp.normalize(contact_normal)
    vn = wp.dot(point_velocity, n)
    vt = point_velocity - n * vn
    fn = contact_stiffness * penetration - contact_damping * wp.min(vn, 0.0)
    ft = wp.min(contact_damping * wp.length(vt), friction * fn)
    contact_force = fn * n - ft * wp.normalize(vt)
    return contact_force


def hunt_crossley(penetration, normal_velocity, contact_normal, contact_stiffness, contact_damping):
    """Hunt-Crossley contact: damping grows with the depth."""
    contact_force = wp.vec3(0.0, 0.0, 0.0)
    if penetration > 0.0:
        elastic = contact_stiffness * wp.pow(penetration, 1.5)
        fn = elastic * (1.0 - 0.1 * contact_damping * normal_velocity)
        contact_force = wp.max(fn, 0.0) * wp.normalize(contact_normal)
    return contact_force


def sphere_contact(position_a, position_b, bounding_radius_a, bounding_radius_b, contact_stiffness):
    delta = position_a - position_b
    dist = wp.length(delta)
    depth = bounding_radius_a + bounding_radius_b - dist
    contact_force = wp.vec3(0.0, 0.0, 0.0)
    if depth > 0.0 and dist > 1.0e-6:
        contact_force = contact_stiffness * depth / dist * delta
    return contact_force


def separation(position_a, position_b, bounding_radius_a, bounding_radius_b):
    return wp.length(position_b - position_a) - bounding_radius_a - bounding_radius_b


def pair_effective_mass(mass_a, mass_b):
    """Reduced mass of two bodies."""
    effective_mass = mass_a * mass_b / (mass_a + mass_b)
    return effective_mass


def collision_impulse(velocity_a, velocity_b, mass_a, mass_b, position_a, position_b, restitution):
    """Impulse along the line of centers."""
    n = wp.normalize(position_b - position_a)
    closing = wp.dot(velocity_a - velocity_b, n)
    impulse = wp.vec3(0.0, 0.0, 0.0)
    if closing > 0.0:
        m_eff = 1.0 / (1.0 / mass_a + 1.0 / mass_b)
        impulse = -(1.0 + restitution) * closing * m_eff * n
    return impulse


def world_anchor(pose, anchor):
    return wp.transform_point(pose, anchor)


def rotated_anchor(position, rotation, anchor):
    world_anchor = position + wp.quat_rotate(rotation, anchor)
    return world_anchor


def joint_error(pose_a, pose_b, anchor_a, anchor_b):
    """Distance between the two ends of a ball joint."""
    return wp.transform_point(pose_b, anchor_b) - wp.transform_point(pose_a, anchor_a)


def joint_force(joint_error, velocity_a, velocity_b, joint_stiffness, joint_damping):
    return joint_stiffness * joint_error + joint_damping * (velocity_b - velocity_a)


def relative_pose(pose_a, pose_b):
    return wp.transform_multiply(wp.transform_inverse(pose_a), pose_b)


def joint_pose(pose, joint_frame, joint_axis, joint_angle):
    """Frame of a child link behind a hinge."""
    q = wp.quat_from_axis_angle(wp.normalize(joint_axis), joint_angle)
    hinge = wp.transform(wp.vec3(0.0, 0.0, 0.0), q)
    relative_pose = wp.transform_multiply(wp.transform_multiply(pose, joint_frame), hinge)
    return relative_pose


def rotation_error(rotation, target_rotation):
    """Small rotation that takes a body to its target."""
    dq = target_rotation * wp.quat_inverse(rotation)
    err = 2.0 * wp.vec3(dq[0], dq[1], dq[2])
    return err if dq[3] >= 0.0 else -err


def rotation_log(rotation_a, rotation_b):
    """Logarithm of the relative rotation."""
    dq = wp.mul(wp.quat_inverse(rotation_a), rotation_b)
    v = wp.vec3(dq[0], dq[1], dq[2])
    s = wp.length(v)
    if s < 1.0e-6:
        return 2.0 * v
    angle = 2.0 * wp.atan2(s, dq[3])
    if angle > wp.pi:
        angle = angle - wp.tau
    rotation_error = angle / s * v
    return rotation_error


def rotation_angle(rotation_a, rotation_b):
    d = wp.abs(wp.dot(rotation_a, rotation_b))
    return 2.0 * wp.acos(wp.min(d, 1.0))


def hinge_angle(rotation_a, rotation_b, joint_axis_a):
    """Twist of the relative rotation about the hinge."""
    axis = wp.normalize(joint_axis_a)
    dq = wp.quat_inverse(rotation_a) * rotation_b
    along = wp.dot(wp.vec3(dq[0], dq[1], dq[2]), axis)
    joint_angle = 2.0 * wp.atan2(along, dq[3])
    if joint_angle > wp.pi:
        joint_angle = joint_angle - wp.tau
    elif joint_angle < -wp.pi:
        joint_angle = joint_angle + wp.tau
    return joint_angle


def hinge_velocity(angular_velocity_a, angular_velocity_b, rotation_a, joint_axis_a):
    axis = wp.quat_rotate(rotation_a, wp.normalize(joint_axis_a))
    joint_velocity = wp.dot(axis, angular_velocity_b - angular_velocity_a)
    return joint_velocity


def joint_torque(joint_angle, target_joint_angle, joint_velocity, joint_stiffness, joint_damping):
    """PD drive of a joint."""
    return joint_stiffness * (target_joint_angle - joint_angle) - joint_damping * joint_velocity


def limit_torque(joint_angle, joint_velocity, min_joint_angle, max_joint_angle, joint_stiffness, joint_damping):
    """Spring and damper behind the limits of a joint."""
    joint_torque = 0.0
    if joint_angle < min_joint_angle:
        joint_torque = joint_stiffness * (min_joint_angle - joint_angle) - joint_damping * wp.min(joint_velocity, 0.0)
    elif joint_angle > max_joint_angle:
        joint_torque = joint_stiffness * (max_joint_angle - joint_angle) - joint_damping * wp.max(joint_velocity, 0.0)
    return joint_torque


def axis_torque(rotation, joint_axis, joint_torque):
    torque = wp.quat_rotate(rotation, wp.normalize(joint_axis)) * joint_torque
    return torque


def next_joint_angle(joint_angle, joint_velocity, dt):
    return joint_angle + joint_velocity * dt


def tilt(rotation):
    """Angle between the body's up axis and the world's."""
    up = wp.quat_rotate(rotation, wp.vec3(0.0, 1.0, 0.0))
    return wp.acos(wp.clamp(up[1], -1.0, 1.0))


def asleep(kinetic_energy, rotational_energy, sleep_threshold):
    return kinetic_energy + rotational_energy < sleep_threshold


def touching(position, bounding_radius, ground_height):
    return position[1] - bounding_radius < ground_height


def lowest_corner(position, rotation, half_extents, ground_height):
    """Height of a box's lowest corner above the ground."""
    R = wp.quat_to_matrix(rotation)
    reach = float(0.0)
    for n in range(3):
        reach += wp.abs(R[1, n]) * half_extents[n]
    separation = position[1] - reach - ground_height
    return separation


def overlapping(position_a, position_b, half_extents_a, half_extents_b):
    """Overlap of two boxes along the axes."""
    d = position_b - position_a
    for n in range(3):
        if wp.abs(d[n]) > half_extents_a[n] + half_extents_b[n]:
            return False
    return True


def euler_angles(rotation):
    """Roll, pitch and yaw of a body."""
    return wp.quat_to_rpy(rotation)


def yaw_pitch_roll(rotation):
    euler_angles = wp.quat_to_euler(rotation, 2, 1, 0)
    return euler_angles


def body_hinge_angle(rotation, joint_axis):
    """Turn about the hinge axis."""
    axis = wp.normalize(joint_axis)
    hinge_angle = wp.quat_twist_angle(axis, rotation)
    return hinge_angle


def swing_rotation(rotation, joint_axis):
    """What is left of a rotation without its turn about an axis."""
    axis = wp.normalize(joint_axis)
    twist = wp.quat_twist(axis, rotation)
    return rotation * wp.quat_inverse(twist)


def swing_from_home(rotation, reset_rotation, joint_axis):
    axis = wp.normalize(joint_axis)
    relative = wp.quat_inverse(reset_rotation) * rotation
    swing_rotation = relative * wp.quat_inverse(wp.quat_twist(axis, relative))
    return swing_rotation


def twist_point_velocity(twist, lever_arm):
    point_velocity = wp.velocity_at_point(twist, lever_arm)
    return point_velocity


def slip_velocity(twist, lever_arm, contact_normal):
    """Velocity of a contact point along the surface."""
    n = wp.normalize(contact_normal)
    v = wp.velocity_at_point(twist, lever_arm)
    point_velocity = v - wp.dot(v, n) * n
    return point_velocity


def bias_twist(twist, joint_twist):
    """Velocity-product acceleration of a link."""
    return wp.spatial_cross(twist, joint_twist)


def bias_wrench(twist, spatial_momentum):
    """Gyroscopic force of a moving link."""
    return wp.spatial_cross_dual(twist, spatial_momentum)


def net_bias_wrench(twist, spatial_momentum, wrench):
    bias_wrench = wp.spatial_cross_dual(twist, spatial_momentum) - wrench
    return bias_wrench


def world_twist(pose, twist):
    return wp.transform_twist(pose, twist)


def relative_world_twist(pose, twist, joint_twist):
    world_twist = wp.transform_twist(pose, joint_twist) + twist
    return world_twist


def world_wrench(pose, wrench):
    return wp.transform_wrench(pose, wrench)


def joint_space_wrench(joint_frame, wrench, bias_wrench):
    world_wrench = wp.transform_wrench(joint_frame, wrench + bias_wrench)
    return world_wrench
