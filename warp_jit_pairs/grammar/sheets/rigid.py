"""Rigid bodies: inertia, motion, contacts and joints."""

import warp as wp

ENTITIES = "body link part"
GROUPS = "material shape world articulation"
PAIRS = "joint contact constraint"
LAUNCH = "1:9 2:1"
SUMMED = "mass momentum angular_momentum kinetic_energy rotational_energy potential_energy volume"
OPPOSITE = "joint_force contact_force"

QUANTITIES = """
mass               | real      | state   | 0.5 8      | mass m body_mass
inverse_mass       | real      | result  | 0.1 2      | inv_mass
half_extents       | vec3      | state   | 0.45 1     | half_extents he half_size
sphere_radius      | real      | state   | 0.4 1      | radius sphere_radius
com_offset         | vec3      | state   | -0.5 0.5   | com body_com com_local
body_rate          | vec3      | state   | -3 3       | w_body omega_b omega_body
chassis_pose       | transform | state   | -2 2       | chassis_q
chassis_twist      | spatial   | state   | -2 2       | chassis_qd
wheel_mount        | vec3      | state   | -1 1       | wheel_mount strut_top
body_twist         | spatial   | state   | -2 2       | body_twist v_b twist_local
external_wrench    | spatial   | state   | -50 50     | f_ext external_wrench
volume             | real      | result  | 0.5 9      | volume vol
density            | real      | group   | 0.5 3.5    | density rho                   | 1.0 2.0
inertia            | vec3      | state   | 0.15 3     | inertia moments I_body
inverse_inertia    | vec3      | result  | 0.3 7      | inv_inertia
inertia_tensor     | mat33     | result  | -6 6       | inertia_world I_world
inverse_tensor     | mat33     | result  | -7 7       | inv_inertia_world I_inv
position           | vec3      | state   | -2 2       | pos position x
rotation           | quat      | state   | -1 1       | rot q orientation rotation
pose               | transform | state   | -2 2       | body_q
relative_pose      | transform | result  | -3 3       | rel_pose local_pose rel_tf
velocity           | vec3      | state   | -3 3       | vel velocity v
angular_velocity   | vec3      | state   | -3 3       | omega ang_vel w
twist              | spatial   | state   | -2 2       | body_qd
wrench             | spatial   | state   | -50 50     | body_f
force              | vec3      | state   | -6 6       | force f
torque             | vec3      | state   | -30 30     | torque tau
gyro_torque        | vec3      | result  | -60 60     | gyro_torque tau_gyro
shifted_inertia    | mat33     | result  | -8 12      | I_shifted inertia_about I_o
principal_moments  | vec3      | result  | -20 30     | principal_moments I_principal
orbital_momentum   | vec3      | result  | -200 200   | orbital_momentum L_orbit
reduced_mass       | real      | result  | 0.2 4      | m_red reduced_mass
closing_impulse    | vec3      | result  | -100 100   | closing_impulse j_c
child_pose         | transform | result  | -5 5       | child_pose X_child
parent_wrench      | spatial   | result  | -4000 4000 | f_parent parent_wrench
ground_wrench      | spatial   | result  | -20000 20000 | ground_wrench f_ground
impact_time        | real      | result  | -1 20      | t_impact impact_time toi
suspension_force   | vec3      | result  | -500 500   | f_susp suspension_force
friction_force     | vec3      | result  | -60 60     | f_fric friction_force
box_gap            | real      | result  | -6 10      | box_gap sep_max sat_gap
acceleration       | vec3      | result  | -30 30     | accel acceleration a
angular_acceleration | vec3    | result  | -200 200   | alpha ang_acc
momentum           | vec3      | result  | -24 24     | momentum lin_mom p
angular_momentum   | vec3      | result  | -30 30     | ang_mom L angular_momentum
kinetic_energy     | real      | result  | 0 100      | kinetic_energy ke
rotational_energy  | real      | result  | 0 30       | rot_energy rotational_energy
potential_energy   | real      | result  | -200 200   | potential pe
speed              | real      | result  | 0 6        | speed
gravity            | vec3      | uniform | -10 10     | gravity g
linear_damping     | real      | group   | 0.05 1     | linear_damping                | 0.1 0.05
angular_damping    | real      | group   | 0.05 1     | angular_damping               | 0.1 0.05
contact_point      | vec3      | state   | -2 2       | contact_point point cp
contact_normal     | vec3      | state   | -1 1       | contact_normal normal n
contact_velocity   | vec3      | state   | -4 4       | contact_vel v_c
slide_velocity     | vec3      | state   | -3 3       | slide_vel v_slide slip_vel
penetration        | real      | state   | -0.1 0.2   | depth penetration pen
lever_arm          | vec3      | result  | -2 2       | r arm lever
contact_arm        | vec3      | result  | -4 4       | r_c contact_arm
point_velocity     | vec3      | result  | -6 6       | v_p point_vel
normal_velocity    | real      | result  | -6 6       | v_n normal_vel
effective_mass     | real      | result  | 0.01 8     | eff_mass m_eff
row_mass           | real      | state   | 0.1 8      | row_mass eff_mass_n
closing_speed      | real      | state   | -4 4       | closing_speed v_rel_n
accumulated        | real      | state   | 0 20       | lambda_n accumulated
impulse            | vec3      | result  | -30 30     | impulse j
limit_impulse      | real      | result  | 0 400      | limit_impulse j_limit
restitution        | real      | group   | 0.05 0.9   | restitution e bounce          | 0.3 0.5
friction           | real      | group   | 0.1 1      | mu friction friction_coeff    | 0.5 0.6
load               | real      | state   | 1 40       | normal_load f_n
stribeck_velocity  | real      | uniform | 0.2 2      | v_stribeck stribeck_vel       | 0.5 1.0
contact_stiffness  | real      | group   | 50 300     | contact_ke                    | 100.0 200.0
contact_damping    | real      | group   | 0.5 10     | contact_kd                    | 1.0 5.0
contact_force      | vec3      | result  | -300 300   | contact_force f_c
baumgarte          | real      | uniform | 0.05 0.4   | beta baumgarte erp            | 0.1 0.2
slop               | real      | uniform | 0.001 0.02 | slop margin                   | 0.005 0.01
anchor             | vec3      | state   | -1 1       | anchor r_local attachment
world_anchor       | vec3      | result  | -5 5       | anchor_world p_world
joint_frame        | transform | state   | -1 1       | joint_X parent_xform joint_frame
joint_axis         | vec3      | state   | -1 1       | axis joint_axis hinge_axis
joint_angle        | real      | state   | -3 3       | joint_q
joint_velocity     | real      | state   | -3 3       | joint_qd
joint_torque       | real      | result  | -100 100   | tau_j joint_torque joint_f
joint_stiffness    | real      | group   | 5 60       | joint_ke                      | 20.0 50.0
joint_damping      | real      | group   | 0.2 5      | joint_kd                      | 0.5 1.0
upright_stiffness  | real      | uniform | 5 60       | upright_ke                    | 20.0 50.0
upright_damping    | real      | uniform | 0.2 5      | upright_kd                    | 0.5 1.0
joint_force        | vec3      | result  | -200 200   | joint_force f_joint
joint_error        | vec3      | result  | -4 4       | joint_err err gap
rotation_error     | vec3      | result  | -2 2       | rot_err ang_err
rotation_angle     | real      | result  | 0 3.1      | rot_angle phi
tilt               | real      | result  | 0 3.1      | tilt tilt_angle
bounding_radius    | real      | result  | 0.7 1.8    | bound_radius bounding_radius
power              | real      | result  | -200 200   | power
ground_height      | real      | uniform | -2 1       | ground_height floor_y ground  | 0.0 -1.0
suspension_damping | real      | uniform | 1 20       | suspension_kd                 | 5.0 10.0
suspension_stiffness | real    | uniform | 20 200     | suspension_ke                 | 50.0 100.0
suspension_length  | real      | uniform | 0.3 1      | rest_len suspension_length    | 0.4 0.5
sleep_threshold    | real      | uniform | 5 60       | sleep_threshold sleep_energy  | 10.0 20.0
separation         | real      | result  | -3 8       | separation gap_dist
asleep             | bool      | result  |            | asleep sleeping
touching           | bool      | result  |            | touching in_contact
overlapping        | bool      | result  |            | overlapping overlaps
dt                 | real      | uniform | 0.005 0.05 | dt sim_dt                     | 0.01 0.02
euler_angles       | vec3      | result  | -3.2 3.2   | rpy euler angles
hinge_angle        | real      | result  | 0 6.4      | hinge_angle twist_angle
swing_rotation     | quat      | result  | -1 1       | q_swing swing
reset_rotation     | quat      | state   | -1 1       | q_home q_rest
joint_twist        | spatial   | state   | -2 2       | v_j joint_twist
bias_twist         | spatial   | result  | -50 50     | c_bias bias_acc c_j
spatial_momentum   | spatial   | result  | -30 30     | h_b spatial_momentum
bias_wrench        | spatial   | result  | -200 200   | p_bias bias_force f_bias
world_twist        | spatial   | result  | -40 40     | qd_world twist_w v_w
world_wrench       | spatial   | result  | -800 800   | f_world wrench_w f_w
swing_limit        | real      | group   | 0.2 1.2    | swing_limit                   | 0.5 0.8
twist_limit        | real      | group   | 0.2 1.5    | twist_limit                   | 0.7
ball_rotation      | quat      | state   | -1 1       | q_ball
ball_rate          | vec3      | state   | -3 3       | w_ball
limit_torque_ball  | vec3      | result  | -400 400   | tau_ball limit_torque_ball
fluid_level        | real      | uniform | -1 1       | fluid_level water_y           | 0.0
fluid_density      | real      | uniform | 0.5 2      | fluid_density rho_f           | 1.0
hull_pose          | transform | state   | -2 2       | hull_q
hull_extents       | vec3      | state   | 0.3 1.2    | hull_extents
buoyancy_wrench    | spatial   | result  | -2000 2000 | f_buoy buoyancy_wrench
screw_pose         | transform | state   | -2 2       | X_wb screw_pose
screw              | spatial   | state   | -2 2       | screw xi_b
servo_rotation     | quat      | state   | -1 1       | q_servo
goal_rotation      | quat      | state   | -1 1       | q_goal
turn_limit         | real      | uniform | 0.5 4      | turn_limit max_rate           | 1.0 2.0
contact_block | mat33 | result | -60 60 | K_contact inv_mass_block k_mat
contact_basis | mat33 | result | -1 1 | contact_R contact_basis
slip_velocity | vec3 | result | -12 12 | v_contact slip_c
bushing_axes | vec3 | group | 5 50 | bushing_ke k_axes
bushing_stiffness | mat33 | result | -60 60 | K_bush bushing_mat
bushing_offset | vec3 | state | -0.2 0.2 | bushing_dx offset_b
bushing_damping | real | group | 0.1 5 | bushing_kd c_bush
bushing_load | vec3 | result | -60 60 | f_bush bushing_f
stopping_impulse | vec3 | result | | p_stop stop_impulse
point_masses | vec3 | state | 0.1 2 | m3 point_masses
arm_x | vec3 | state | -1 1 | r_first arm_x
arm_y | vec3 | state | -1 1 | r_second arm_y
arm_z | vec3 | state | -1 1 | r_third arm_z
cluster_inertia | mat33 | result | -8 14 | I_points cluster_I
"""


def inverse_mass(mass):
    return 1.0 / mass


def volume(half_extents):
    """Volume of a box of given half extents."""
    return 8.0 * half_extents[0] * half_extents[1] * half_extents[2]


def box_mass(density, volume):
    mass = density * volume
    return mass


def principal_moments(shifted_inertia):
    """Eigenvalues of a symmetric matrix by trigonometry (Smith)."""
    A = 0.5 * (shifted_inertia + wp.transpose(shifted_inertia))
    p1 = A[0, 1] * A[0, 1] + A[0, 2] * A[0, 2] + A[1, 2] * A[1, 2]
    if p1 < 1.0e-8:
        return wp.get_diag(A)
    q = wp.trace(A) / 3.0
    B = A - q * wp.identity(n=3, dtype=float)
    p = wp.sqrt(wp.ddot(B, B) / 6.0)
    r = wp.clamp(0.5 * wp.determinant(B / p), -1.0, 1.0)
    phi = wp.acos(r) / 3.0
    largest = q + 2.0 * p * wp.cos(phi)
    smallest = q + 2.0 * p * wp.cos(phi + wp.tau / 3.0)
    return wp.vec3(smallest, 3.0 * q - largest - smallest, largest)


def inverse_inertia(inertia):
    return wp.cw_div(wp.vec3(1.0, 1.0, 1.0), inertia)


def inertia_tensor(rotation, inertia):
    """Inertia in the world's frame, R I R^T."""
    R = wp.quat_to_matrix(rotation)
    return R * wp.diag(inertia) * wp.transpose(R)


def offset_inertia(inertia, mass, com_offset):
    """Parallel axis theorem (Steiner)."""
    d2 = wp.dot(com_offset, com_offset)
    shift = d2 * wp.diag(wp.vec3(1.0, 1.0, 1.0)) - wp.outer(com_offset, com_offset)
    shifted_inertia = wp.diag(inertia) + mass * shift
    return shifted_inertia


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
    return wp.cross(position, mass * velocity)


def spatial_momentum(mass, inertia, body_twist):
    """Spatial momentum in the frame of the center of mass."""
    w = wp.spatial_top(body_twist)
    v = wp.spatial_bottom(body_twist)
    return wp.spatial_vector(wp.cw_mul(inertia, w), mass * v)


def speed(velocity):
    return wp.length(velocity)


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def rotational_energy(inertia, rotation, angular_velocity):
    w = wp.quat_rotate_inv(rotation, angular_velocity)
    return 0.5 * (inertia[0] * w[0] * w[0] + inertia[1] * w[1] * w[1] + inertia[2] * w[2] * w[2])


def potential_energy(mass, position, gravity):
    return -mass * wp.dot(gravity, position)


def power(force, torque, velocity, angular_velocity):
    return wp.dot(force, velocity) + wp.dot(torque, angular_velocity)


def acceleration(force, inverse_mass, gravity):
    return force * inverse_mass + gravity


def angular_acceleration(inertia, rotation, angular_velocity, torque):
    """Euler's equations of rotation, solved in the body's frame."""
    w = wp.quat_rotate_inv(rotation, angular_velocity)
    t = wp.quat_rotate_inv(rotation, torque)
    gyro = wp.cross(w, wp.cw_mul(inertia, w))
    return wp.quat_rotate(rotation, wp.cw_div(t - gyro, inertia))


def wrench_at_point(force, contact_arm):
    wrench = wp.spatial_vector(wp.cross(contact_arm, force), force)
    return wrench


def gravity_wrench(mass, pose, com_offset, gravity):
    """Weight at a center of mass that is not the body's origin."""
    weight = mass * gravity
    arm = wp.transform_vector(pose, com_offset)
    wrench = wp.spatial_vector(wp.cross(arm, weight), weight)
    return wrench


def gyro_torque(inertia, body_rate):
    return -wp.cross(body_rate, wp.cw_mul(inertia, body_rate))


def moment_of_force(lever_arm, force):
    torque = wp.cross(lever_arm, force)
    return torque


def drag_torque(angular_velocity, angular_damping, bounding_radius):
    area = wp.pi * bounding_radius * bounding_radius
    torque = -0.2 * angular_damping * area * wp.length(angular_velocity) * angular_velocity
    return torque


def upright_torque(rotation, angular_velocity, upright_stiffness, upright_damping):
    """Spring that turns the body's y axis up."""
    up = wp.quat_rotate(rotation, wp.vec3(0.0, 1.0, 0.0))
    axis = wp.cross(up, wp.vec3(0.0, 1.0, 0.0))
    torque = upright_stiffness * axis - upright_damping * angular_velocity
    return torque


def next_velocity(velocity, acceleration, linear_damping, dt):
    v = velocity + acceleration * dt
    return v * (1.0 - linear_damping * dt)


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


def contact_arm(pose, contact_point):
    return contact_point - wp.transform_get_translation(pose)


def point_velocity(velocity, angular_velocity, lever_arm):
    return velocity + wp.cross(angular_velocity, lever_arm)


def normal_velocity(point_velocity, contact_normal):
    return wp.dot(point_velocity, wp.normalize(contact_normal))


def effective_mass(inverse_mass, inverse_tensor, lever_arm, contact_normal):
    """Mass that an impulse along the normal feels at the contact."""
    n = wp.normalize(contact_normal)
    rn = wp.cross(lever_arm, n)
    k = inverse_mass + wp.dot(rn, inverse_tensor * rn)
    return 1.0 / wp.max(k, 0.05)


def contact_row(accumulated, closing_speed, row_mass, penetration, restitution, slop, baumgarte, dt):
    """Sequential impulse of one contact: the sum of its impulses may not pull."""
    target = baumgarte / dt * wp.max(penetration - slop, 0.0)
    if closing_speed < -0.5:
        target = wp.max(target, -restitution * closing_speed)
    change = row_mass * (target - closing_speed)
    next_accumulated = wp.max(accumulated + change, 0.0)
    return next_accumulated


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


def penalty_contact(contact_velocity, contact_normal, penetration, contact_stiffness, contact_damping, friction):
    """Penalty force with damping in approach only and clamped friction."""
    if penetration <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    n = wp.normalize(contact_normal)
    vn = wp.dot(contact_velocity, n)
    vt = contact_velocity - n * vn
    fn = contact_stiffness * penetration - contact_damping * wp.min(vn, 0.0)
    ft = wp.min(contact_damping * wp.length(vt), friction * fn)
    contact_force = fn * n - ft * wp.normalize(vt)
    return contact_force


def hunt_crossley(penetration, contact_velocity, contact_normal, contact_stiffness, contact_damping):
    """Hunt-Crossley contact: damping grows with the depth."""
    contact_force = wp.vec3(0.0, 0.0, 0.0)
    if penetration > 0.0:
        n = wp.normalize(contact_normal)
        vn = wp.dot(contact_velocity, n)
        elastic = contact_stiffness * wp.pow(penetration, 1.5)
        fn = elastic * (1.0 - 0.1 * contact_damping * vn)
        contact_force = wp.max(fn, 0.0) * n
    return contact_force


def reduced_mass(mass_a, mass_b):
    return mass_a * mass_b / (mass_a + mass_b)


def closing_impulse(velocity_a, velocity_b, reduced_mass, position_a, position_b, restitution):
    """Impulse along the line of centers."""
    n = wp.normalize(position_b - position_a)
    closing = wp.dot(velocity_a - velocity_b, n)
    if closing <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    return -(1.0 + restitution) * closing * reduced_mass * n


def child_pose(pose, joint_frame, joint_axis, joint_angle):
    """Pose of the link behind a hinge."""
    q = wp.quat_from_axis_angle(wp.normalize(joint_axis), joint_angle)
    hinge = wp.transform(wp.vec3(0.0, 0.0, 0.0), q)
    return wp.transform_multiply(wp.transform_multiply(pose, joint_frame), hinge)


def parent_wrench(joint_frame, external_wrench, bias_wrench):
    """What a link hands on to its parent."""
    return wp.transform_wrench(joint_frame, bias_wrench - external_wrench)


def world_wrench(pose, external_wrench):
    return wp.transform_wrench(pose, external_wrench)


def sphere_contact(position_a, position_b, sphere_radius_a, sphere_radius_b, contact_stiffness):
    delta = position_a - position_b
    dist = wp.length(delta)
    depth = sphere_radius_a + sphere_radius_b - dist
    contact_force = wp.vec3(0.0, 0.0, 0.0)
    if depth > 0.0 and dist > 1.0e-6:
        contact_force = contact_stiffness * depth / dist * delta
    return contact_force


def separation(position_a, position_b, sphere_radius_a, sphere_radius_b):
    return wp.length(position_b - position_a) - sphere_radius_a - sphere_radius_b


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


def touching(position, sphere_radius, ground_height):
    return position[1] - sphere_radius < ground_height


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


def twist_point_velocity(twist, contact_arm):
    point_velocity = wp.velocity_at_point(twist, contact_arm)
    return point_velocity


def bias_twist(body_twist, joint_twist):
    """Velocity-product acceleration of a link."""
    return wp.spatial_cross(body_twist, joint_twist)


def bias_wrench(mass, inertia, body_twist):
    """Gyroscopic force of a moving link."""
    w = wp.spatial_top(body_twist)
    v = wp.spatial_bottom(body_twist)
    h = wp.spatial_vector(wp.cw_mul(inertia, w), mass * v)
    return wp.spatial_cross_dual(body_twist, h)


def world_twist(pose, body_twist):
    return wp.transform_twist(pose, body_twist)


def rigid_body_step(pose, twist, wrench, mass, inertia, gravity, angular_damping, dt):
    """Semi-implicit Euler step of a rigid body, with its gyroscopic torque."""
    x0 = wp.transform_get_translation(pose)
    r0 = wp.transform_get_rotation(pose)
    w0 = wp.spatial_top(twist)
    v0 = wp.spatial_bottom(twist)
    t0 = wp.spatial_top(wrench)
    f0 = wp.spatial_bottom(wrench)
    v1 = v0 + (f0 / mass + gravity) * dt
    x1 = x0 + v1 * dt
    wb = wp.quat_rotate_inv(r0, w0)
    tb = wp.quat_rotate_inv(r0, t0) - wp.cross(wb, wp.cw_mul(inertia, wb))
    w1 = wp.quat_rotate(r0, wb + wp.cw_div(tb, inertia) * dt)
    r1 = wp.normalize(r0 + 0.5 * dt * (wp.quat(w1, 0.0) * r0))
    w1 = w1 * (1.0 - angular_damping * dt)
    next_pose = wp.transform(x1, r1)
    next_twist = wp.spatial_vector(w1, v1)
    return next_pose, next_twist


def ground_wrench(pose, twist, half_extents, ground_height, contact_stiffness, contact_damping, friction):
    """Penalty contact of the eight corners of a box with the ground."""
    origin = wp.transform_get_translation(pose)
    w = wp.spatial_top(twist)
    v = wp.spatial_bottom(twist)
    total_force = wp.vec3(0.0, 0.0, 0.0)
    total_torque = wp.vec3(0.0, 0.0, 0.0)
    for c in range(8):
        sx = 1.0 if c & 1 == 0 else -1.0
        sy = 1.0 if c & 2 == 0 else -1.0
        sz = 1.0 if c & 4 == 0 else -1.0
        corner = wp.transform_point(pose, wp.cw_mul(half_extents, wp.vec3(sx, sy, sz)))
        depth = ground_height - corner[1]
        if depth <= 0.0:
            continue
        r = corner - origin
        vc = v + wp.cross(w, r)
        fn = wp.max(contact_stiffness * depth - contact_damping * vc[1], 0.0)
        vt = wp.vec3(vc[0], 0.0, vc[2])
        slip_speed = wp.length(vt)
        ft = wp.min(contact_damping * slip_speed, friction * fn)
        f_corner = wp.vec3(0.0, fn, 0.0) - ft / wp.max(slip_speed, 1.0e-4) * vt
        total_force += f_corner
        total_torque += wp.cross(r, f_corner)
    return wp.spatial_vector(total_torque, total_force)


def box_gap(pose_a, pose_b, half_extents_a, half_extents_b):
    """Separating axis test of two oriented boxes: the widest gap along a face normal or an edge pair."""
    Ra = wp.quat_to_matrix(wp.transform_get_rotation(pose_a))
    Rb = wp.quat_to_matrix(wp.transform_get_rotation(pose_b))
    d = wp.transform_get_translation(pose_b) - wp.transform_get_translation(pose_a)
    R = wp.transpose(Ra) * Rb
    t = wp.transpose(Ra) * d
    gap = float(-1.0e6)
    for i in range(3):
        rb = (
            wp.abs(R[i, 0]) * half_extents_b[0]
            + wp.abs(R[i, 1]) * half_extents_b[1]
            + wp.abs(R[i, 2]) * half_extents_b[2]
        )
        gap = wp.max(gap, wp.abs(t[i]) - half_extents_a[i] - rb)
    for j in range(3):
        tb = t[0] * R[0, j] + t[1] * R[1, j] + t[2] * R[2, j]
        ra = (
            wp.abs(R[0, j]) * half_extents_a[0]
            + wp.abs(R[1, j]) * half_extents_a[1]
            + wp.abs(R[2, j]) * half_extents_a[2]
        )
        gap = wp.max(gap, wp.abs(tb) - half_extents_b[j] - ra)
    return gap


def impact_time(position, velocity, sphere_radius, ground_height, gravity):
    """When a falling sphere meets the ground; minus one where it never does."""
    h = position[1] - sphere_radius - ground_height
    if h <= 0.0:
        return 0.0
    vy = velocity[1]
    g = gravity[1]
    if wp.abs(g) < 1.0e-3:
        if vy >= -1.0e-3:
            return -1.0
        return wp.min(-h / vy, 20.0)
    disc = vy * vy - 2.0 * g * h
    if disc < 0.0:
        return -1.0
    root = wp.sqrt(disc)
    t0 = (-vy - root) / g
    t1 = (-vy + root) / g
    first = wp.min(t0, t1)
    last = wp.max(t0, t1)
    if last < 0.0:
        return -1.0
    return wp.min(wp.where(first > 0.0, first, last), 20.0)


def suspension_force(
    chassis_pose,
    chassis_twist,
    wheel_mount,
    ground_height,
    suspension_length,
    suspension_stiffness,
    suspension_damping,
    friction,
):
    """Ray-cast wheel: spring and damper along the strut, and tire friction on the ground."""
    hub = wp.transform_point(chassis_pose, wheel_mount)
    up = wp.transform_vector(chassis_pose, wp.vec3(0.0, 1.0, 0.0))
    if up[1] < 0.2:
        return wp.vec3(0.0, 0.0, 0.0)
    strut = (hub[1] - ground_height) / up[1]
    compression = suspension_length - strut
    if compression <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    compression = wp.min(compression, suspension_length)
    r = hub - wp.transform_get_translation(chassis_pose)
    v_hub = wp.spatial_bottom(chassis_twist) + wp.cross(wp.spatial_top(chassis_twist), r)
    fz = wp.max(suspension_stiffness * compression - suspension_damping * wp.dot(v_hub, up), 0.0)
    side = wp.transform_vector(chassis_pose, wp.vec3(1.0, 0.0, 0.0))
    v_side = wp.dot(v_hub, side)
    grip = wp.clamp(-suspension_damping * v_side, -friction * fz, friction * fz)
    return fz * up + grip * side


def friction_force(slide_velocity, load, friction, stribeck_velocity):
    """Friction that falls from its static to its kinetic value (Stribeck), smoothed at rest."""
    s = wp.length(slide_velocity)
    if s < 1.0e-5:
        return wp.vec3(0.0, 0.0, 0.0)
    static_mu = 1.25 * friction
    ratio = s / stribeck_velocity
    mu_s = friction + (static_mu - friction) * wp.exp(-ratio * ratio)
    f = mu_s * load * wp.tanh(10.0 * ratio)
    return -f / s * slide_velocity


def attitude_torque(rotation, target_rotation, angular_velocity, inertia, upright_stiffness, upright_damping):
    """Quaternion feedback with the shorter turn and the gyroscopic torque compensated."""
    q_err = wp.quat_inverse(rotation) * target_rotation
    axis_part = wp.vec3(q_err[0], q_err[1], q_err[2])
    if q_err[3] < 0.0:
        axis_part = -axis_part
    w = wp.quat_rotate_inv(rotation, angular_velocity)
    gyro = wp.cross(w, wp.cw_mul(inertia, w))
    command = upright_stiffness * axis_part - upright_damping * w
    torque = wp.quat_rotate(rotation, wp.cw_mul(inertia, command) + gyro)
    return torque


def hinge_impulse(joint_angle, joint_velocity, min_joint_angle, max_joint_angle, inertia, joint_axis, baumgarte, dt):
    """Impulse that stops a hinge at its limits, with a correction of what is beyond."""
    axis = wp.normalize(joint_axis)
    about = wp.max(wp.dot(axis, wp.cw_mul(inertia, axis)), 0.05)
    low = wp.min(min_joint_angle, max_joint_angle)
    high = wp.max(min_joint_angle, max_joint_angle)
    limit_impulse = 0.0
    if joint_angle < low:
        wanted = baumgarte / dt * (low - joint_angle)
        limit_impulse = wp.max(about * (wanted - joint_velocity), 0.0)
    elif joint_angle > high:
        wanted = baumgarte / dt * (joint_angle - high)
        limit_impulse = wp.max(about * (wanted + joint_velocity), 0.0)
    return limit_impulse


def limit_torque_ball(ball_rotation, ball_rate, swing_limit, twist_limit, joint_stiffness, joint_damping):
    """Springs behind the swing and twist limits of a ball joint about x."""
    q = ball_rotation
    if q[3] < 0.0:
        q = -q
    norm_t = wp.max(wp.sqrt(q[0] * q[0] + q[3] * q[3]), 1.0e-4)
    twist_q = wp.quat(q[0] / norm_t, 0.0, 0.0, q[3] / norm_t)
    swing_q = q * wp.quat_inverse(twist_q)
    twist_ang = 2.0 * wp.atan2(twist_q[0], twist_q[3])
    swing_vec = wp.vec3(swing_q[0], swing_q[1], swing_q[2])
    swing_len = wp.length(swing_vec)
    swing_ang = 2.0 * wp.atan2(swing_len, wp.abs(swing_q[3]))
    total = wp.vec3(0.0, 0.0, 0.0)
    if wp.abs(twist_ang) > twist_limit:
        over = twist_ang - wp.sign(twist_ang) * twist_limit
        total = total - wp.vec3(joint_stiffness * over + joint_damping * ball_rate[0], 0.0, 0.0)
    if swing_ang > swing_limit and swing_len > 1.0e-4:
        axis = swing_vec / swing_len
        closing = wp.dot(axis, ball_rate)
        total = total - (joint_stiffness * (swing_ang - swing_limit) + joint_damping * wp.max(closing, 0.0)) * axis
    return total


def buoyancy_wrench(hull_pose, hull_extents, fluid_level, fluid_density, gravity):
    """Buoyancy of a box from eight cells, each as far as it is under water."""
    origin = wp.transform_get_translation(hull_pose)
    cell_volume = hull_extents[0] * hull_extents[1] * hull_extents[2]
    cell_half = 0.5 * hull_extents[1]
    lift = wp.vec3(0.0, 0.0, 0.0)
    moment = wp.vec3(0.0, 0.0, 0.0)
    for c in range(8):
        sx = float(c % 2) - 0.5
        sy = float((c // 2) % 2) - 0.5
        sz = float(c // 4) - 0.5
        cell = wp.transform_point(hull_pose, wp.cw_mul(hull_extents, wp.vec3(sx, sy, sz)))
        share = wp.clamp(0.5 + 0.5 * (fluid_level - cell[1]) / cell_half, 0.0, 1.0)
        if share <= 0.0:
            continue
        f_cell = -fluid_density * cell_volume * share * gravity
        lift += f_cell
        moment += wp.cross(cell - origin, f_cell)
    return wp.spatial_vector(moment, lift)


def screw_step(screw_pose, screw, dt):
    """Exponential map of a body's screw over a step: a turn, and a shift bent along with it."""
    w = wp.spatial_top(screw) * dt
    v = wp.spatial_bottom(screw) * dt
    theta = wp.length(w)
    dq = wp.quat_identity()
    dp = v
    if theta > 1.0e-4:
        axis = w / theta
        dq = wp.quat_from_axis_angle(axis, theta)
        a = wp.sin(theta) / theta
        b = (1.0 - wp.cos(theta)) / theta
        along = wp.dot(axis, v)
        dp = a * v + b * wp.cross(axis, v) + (1.0 - a) * along * axis
    next_screw_pose = wp.transform_multiply(screw_pose, wp.transform(dp, dq))
    return next_screw_pose


def turned_servo(servo_rotation, goal_rotation, turn_limit, dt):
    """Turns towards a goal by the shorter way, no faster than a limit."""
    dq = goal_rotation * wp.quat_inverse(servo_rotation)
    if dq[3] < 0.0:
        dq = -dq
    v = wp.vec3(dq[0], dq[1], dq[2])
    s = wp.length(v)
    angle = 2.0 * wp.atan2(s, dq[3])
    most = turn_limit * dt
    if angle <= most or s < 1.0e-5:
        next_servo_rotation = goal_rotation
    else:
        next_servo_rotation = wp.normalize(wp.quat_from_axis_angle(v / s, most) * servo_rotation)
    return next_servo_rotation


def pair_impulse(
    velocity_a,
    velocity_b,
    angular_velocity_a,
    angular_velocity_b,
    position_a,
    position_b,
    inverse_mass_a,
    inverse_mass_b,
    inverse_tensor_a,
    inverse_tensor_b,
    sphere_radius_a,
    sphere_radius_b,
    restitution,
    friction,
):
    """Impulse between two touching spheres, with friction that may not reverse the slip."""
    d = position_b - position_a
    dist = wp.max(wp.length(d), 1.0e-4)
    if dist > sphere_radius_a + sphere_radius_b:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / dist
    ra = sphere_radius_a * n
    rb = -sphere_radius_b * n
    rel = velocity_b + wp.cross(angular_velocity_b, rb) - velocity_a - wp.cross(angular_velocity_a, ra)
    vn = wp.dot(rel, n)
    if vn >= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    jn = -(1.0 + restitution) * vn / (inverse_mass_a + inverse_mass_b)
    vt = rel - vn * n
    vt_len = wp.length(vt)
    closing_impulse = jn * n
    if vt_len > 1.0e-4:
        t = vt / vt_len
        ka = wp.dot(wp.cross(inverse_tensor_a * wp.cross(ra, t), ra), t)
        kb = wp.dot(wp.cross(inverse_tensor_b * wp.cross(rb, t), rb), t)
        k = wp.max(inverse_mass_a + inverse_mass_b + ka + kb, 0.05)
        jt = wp.min(vt_len / k, friction * jn)
        closing_impulse = closing_impulse - jt * t
    return closing_impulse


def contact_block(inverse_mass, inverse_tensor, lever_arm):
    """How an impulse at a point changes the velocity there."""
    rx = wp.skew(lever_arm)
    return inverse_mass * wp.identity(n=3, dtype=float) - rx * inverse_tensor * rx


def stopping_impulse(contact_block, point_velocity):
    """Impulse that brings a point to rest."""
    softened = contact_block + 0.5 * wp.identity(n=3, dtype=float)
    return -(wp.inverse(softened) * point_velocity)


def contact_basis(contact_normal):
    """The normal and two tangents as rows."""
    n = wp.normalize(contact_normal)
    helper = wp.vec3(1.0, 0.0, 0.0)
    if wp.abs(n[0]) > 0.7:
        helper = wp.vec3(0.0, 1.0, 0.0)
    t = wp.normalize(wp.cross(n, helper))
    return wp.matrix_from_rows(n, t, wp.cross(n, t))


def slip_velocity(contact_basis, point_velocity):
    return contact_basis * point_velocity


def bushing_stiffness(rotation, bushing_axes):
    """Stiffness of a rubber mount in the world."""
    R = wp.quat_to_matrix(rotation)
    return R * wp.diag(bushing_axes) * wp.transpose(R)


def bushing_load(bushing_stiffness, bushing_offset, bushing_damping, velocity):
    return -(bushing_stiffness * bushing_offset) - bushing_damping * velocity


def cluster_inertia(point_masses, arm_x, arm_y, arm_z):
    """Inertia of three point masses."""
    eye = wp.identity(n=3, dtype=float)
    total = point_masses[0] * (wp.dot(arm_x, arm_x) * eye - wp.outer(arm_x, arm_x))
    total = total + point_masses[1] * (wp.dot(arm_y, arm_y) * eye - wp.outer(arm_y, arm_y))
    return total + point_masses[2] * (wp.dot(arm_z, arm_z) * eye - wp.outer(arm_z, arm_z))
