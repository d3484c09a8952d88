"""Planar two-link arms: mass matrices, Jacobians, forward dynamics, impedance and compliance."""

import warp as wp

ENTITIES = "arm leg finger"
GROUPS = "robot gripper env"
PAIRS = "handover cooperation"
LAUNCH = "1:6 2:4"
SUMMED = "kinetic_energy potential_energy power"
OPPOSITE = "handover_gap"

QUANTITIES = """
angles              | vec2  | state   | -2.5 2.5     | q joint_q angles
rates               | vec2  | state   | -3 3         | qd joint_qd rates
torques             | vec2  | state   | -8 8         | tau torques joint_tau
lengths             | vec2  | group   | 0.3 0.8      | link_len lengths L_links
masses              | vec2  | group   | 0.5 2        | link_mass masses m_links
armature            | real  | uniform | 0.02 0.2     | armature rotor_inertia | 0.05 0.1
joint_damping       | real  | uniform | 0.05 0.5     | joint_damping kd_joint viscous | 0.1
gravity             | real  | uniform | 1 9.81       | g gravity_acc grav | 9.81
dt                  | real  | uniform | 0.001 0.01   | dt time_step | 0.005 0.002
elbow               | vec2  | result  | -1 1         | elbow_pos elbow p_elbow
tip                 | vec2  | result  | -1.6 1.6     | tip_pos tip ee_pos
jacobian            | mat22 | result  | -1.6 1.6     | J jac tip_jac
jacobian_rate       | mat22 | result  | -10 10       | Jdot J_dot jac_rate
tip_velocity        | vec2  | result  | -8 8         | tip_vel v_tip ee_vel
tip_force           | vec2  | state   | -10 10       | tip_force f_ext F_tip
tip_target          | vec2  | state   | -1.5 1.5     | tip_target x_des goal
tip_gap             | vec2  | result  | -7 7         | pos_err tip_err e_x
mass_matrix         | mat22 | result  | -1 6         | M mass_mat H
coriolis            | vec2  | result  | -40 40       | c_bias coriolis bias
gravity_torques     | vec2  | result  | -60 60       | tau_g gravity_tau g_vec
acceleration        | vec2  | result  | -40000 40000 | qdd joint_acc ddq
damping_parameter   | real  | uniform | 0.05 0.5     | lam damping_sq dls_lambda | 0.1
stiffness           | vec2  | group   | 5 80         | kp_gains stiffness Kp
damping_gains       | vec2  | group   | 0.5 8        | kd_gains damping_gains Kd
cartesian_stiffness | mat22 | group   | -5 20        | K_cart stiff_mat K_x
compliance          | mat22 | result  | -0.4 0.6     | C_tip compliance C
deflection          | vec2  | result  | -10 10       | deflection sag tip_shift
manipulability      | real  | result  | 0 6          | manip manipulability w_manip
singular            | bool  | result  |              | near_singular singular degenerate
singular_threshold  | real  | uniform | 0.02 1       | sing_eps min_manip | 0.05
ellipse_axes        | vec2  | result  | 0 2.6        | axes semi_axes sv
ellipse_angle       | real  | result  | -1.6 1.6     | ellipse_ang dir_angle phi
inertia_at_tip      | mat22 | result  | -3000 3000   | Lambda_x op_inertia task_mass
kinetic_energy      | real  | result  | 0 250        | kinetic ke_arm e_kin
potential_energy    | real  | result  | -40 40       | potential e_pot pe_arm
power               | real  | result  | -80 80       | power mech_power p_joint
torque_limit        | real  | uniform | 2 10         | tau_max torque_limit | 5.0
joint_limit         | real  | uniform | 1 2.5        | q_max joint_limit | 2.0
at_limit            | bool  | result  |              | at_limit limited hits_stop
solved_angles       | vec2  | result  | -40 40       | q_sol q_ik
crank               | real  | state   | -3.1 3.1     | crank_angle theta_crank
crank_rate          | real  | state   | -20 20       | crank_rate w_crank
bar_lengths         | vec2  | group   | 0.3 0.6      | bar_lengths input_output
coupler             | real  | group   | 0.8 1.2      | coupler_len coupler
rocker_angle        | real  | result  | -6.4 6.4     | rocker_angle theta_out
crank_length        | real  | group   | 0.1 0.4      | crank_length r_crank
rod_length          | real  | group   | 0.5 1.5      | rod_length l_rod
slider              | real  | result  | 0 2          | slider_pos piston
slider_speed        | real  | result  | -20 20       | slider_vel piston_speed
wanted_rates        | vec2  | result  | -40 40       | qd_des wanted_rates
handover_gap        | vec2  | result  | -4 4         | handover_gap tip_distance
"""


def elbow(angles, lengths):
    return lengths[0] * wp.vec2(wp.cos(angles[0]), wp.sin(angles[0]))


def tip(elbow, angles, lengths):
    a = angles[0] + angles[1]
    return elbow + lengths[1] * wp.vec2(wp.cos(a), wp.sin(a))


def jacobian(angles, lengths):
    """Geometric Jacobian of the tip."""
    s1 = lengths[0] * wp.sin(angles[0])
    c1 = lengths[0] * wp.cos(angles[0])
    s12 = lengths[1] * wp.sin(angles[0] + angles[1])
    c12 = lengths[1] * wp.cos(angles[0] + angles[1])
    return wp.mat22(-s1 - s12, -s12, c1 + c12, c12)


def jacobian_rate(angles, rates, lengths):
    """Time derivative of the Jacobian."""
    w12 = rates[0] + rates[1]
    c1 = lengths[0] * wp.cos(angles[0]) * rates[0]
    s1 = lengths[0] * wp.sin(angles[0]) * rates[0]
    c12 = lengths[1] * wp.cos(angles[0] + angles[1]) * w12
    s12 = lengths[1] * wp.sin(angles[0] + angles[1]) * w12
    return wp.mat22(-c1 - c12, -c12, -s1 - s12, -s12)


def tip_velocity(jacobian, rates):
    return jacobian * rates


def tip_gap(tip, tip_target):
    return tip_target - tip


def load_torques(jacobian, tip_force):
    """Joint torques that hold a force at the tip."""
    next_torques = wp.transpose(jacobian) * tip_force
    return next_torques


def mass_matrix(angles, lengths, masses, armature):
    """Mass matrix of slender links with their rotors."""
    c2 = wp.cos(angles[1])
    l1 = lengths[0]
    l2 = lengths[1]
    a = masses[0] * l1 * l1 / 3.0 + masses[1] * l1 * l1
    b = masses[1] * l2 * l2 / 3.0
    h = 0.5 * masses[1] * l1 * l2 * c2
    return wp.mat22(a + b + 2.0 * h + armature, b + h, b + h, b + armature)


def coriolis(angles, rates, lengths, masses):
    """Coriolis and centrifugal torques."""
    h = 0.5 * masses[1] * lengths[0] * lengths[1] * wp.sin(angles[1])
    return wp.vec2(-h * rates[1] * (2.0 * rates[0] + rates[1]), h * rates[0] * rates[0])


def gravity_torques(angles, lengths, masses, gravity):
    c1 = wp.cos(angles[0])
    c12 = wp.cos(angles[0] + angles[1])
    g2 = 0.5 * masses[1] * lengths[1] * gravity * c12
    g1 = (0.5 * masses[0] + masses[1]) * lengths[0] * gravity * c1 + g2
    return wp.vec2(g1, g2)


def acceleration(mass_matrix, torques, coriolis, gravity_torques):
    """Forward dynamics by Cramer's rule."""
    det = mass_matrix[0, 0] * mass_matrix[1, 1] - mass_matrix[0, 1] * mass_matrix[1, 0]
    if det < 1.0e-2:
        return wp.vec2(0.0, 0.0)
    r = torques - coriolis - gravity_torques
    x = (mass_matrix[1, 1] * r[0] - mass_matrix[0, 1] * r[1]) / det
    y = (mass_matrix[0, 0] * r[1] - mass_matrix[1, 0] * r[0]) / det
    return wp.vec2(x, y)


def damped_acceleration(angles, rates, torques, lengths, masses, armature, joint_damping):
    """Forward dynamics of a horizontal arm with viscous joints."""
    h = 0.5 * masses[1] * lengths[0] * lengths[1]
    c2 = wp.cos(angles[1])
    s2 = wp.sin(angles[1])
    a = (masses[0] / 3.0 + masses[1]) * lengths[0] * lengths[0]
    b = masses[1] * lengths[1] * lengths[1] / 3.0
    M = wp.mat22(a + b + 2.0 * h * c2 + armature, b + h * c2, b + h * c2, b + armature)
    bias = h * s2 * wp.vec2(-rates[1] * (2.0 * rates[0] + rates[1]), rates[0] * rates[0])
    acceleration = wp.inverse(M) * (torques - bias - joint_damping * rates)
    return acceleration


def implicit_rates(mass_matrix, rates, torques, joint_damping, dt):
    """Rates after a step that takes the damping implicitly."""
    A = mass_matrix + dt * joint_damping * wp.mat22(1.0, 0.0, 0.0, 1.0)
    next_rates = wp.inverse(A) * (mass_matrix * rates + dt * torques)
    return next_rates


def next_rates(rates, acceleration, dt):
    return rates + dt * acceleration


def next_angles(angles, rates, dt):
    return angles + dt * rates


def stopped_angles(angles, rates, dt, joint_limit):
    """Angles that hard stops hold back."""
    moved = angles + dt * rates
    next_angles = wp.vec2(
        wp.clamp(moved[0], -joint_limit, joint_limit),
        wp.clamp(moved[1], -joint_limit, joint_limit),
    )
    return next_angles


def at_limit(angles, joint_limit):
    return wp.abs(angles[0]) >= joint_limit or wp.abs(angles[1]) >= joint_limit


def damped_least_squares(angles, jacobian, tip_gap, damping_parameter):
    """Step of inverse kinematics that stays small near singular poses."""
    A = jacobian * wp.transpose(jacobian) + damping_parameter * wp.mat22(1.0, 0.0, 0.0, 1.0)
    next_angles = angles + wp.transpose(jacobian) * (wp.inverse(A) * tip_gap)
    return next_angles


def transposed_step(angles, jacobian, tip_gap, damping_parameter):
    """Jacobian transpose step of inverse kinematics."""
    next_angles = angles + damping_parameter * (wp.transpose(jacobian) * tip_gap)
    return next_angles


def resolved_rates(jacobian, tip_gap, damping_parameter):
    """Joint rates for a tip velocity, by normal equations."""
    A = wp.transpose(jacobian) * jacobian + damping_parameter * wp.mat22(1.0, 0.0, 0.0, 1.0)
    wanted_rates = wp.inverse(A) * (wp.transpose(jacobian) * tip_gap)
    return wanted_rates


def joint_control(angles, target_angles, rates, stiffness, damping_gains, gravity_torques):
    """Proportional-derivative control with gravity compensation."""
    error = wp.cw_mul(stiffness, target_angles - angles)
    next_torques = error - wp.cw_mul(damping_gains, rates) + gravity_torques
    return next_torques


def computed_torque(mass_matrix, angles, target_angles, rates, stiffness, damping_gains, coriolis):
    """Inverse dynamics of the acceleration that a controller asks for."""
    wanted = wp.cw_mul(stiffness, target_angles - angles) - wp.cw_mul(damping_gains, rates)
    next_torques = mass_matrix * wanted + coriolis
    return next_torques


def impedance_control(jacobian, tip_gap, tip_velocity, cartesian_stiffness, joint_damping):
    """Torques that make the tip behave as a spring and damper."""
    K = 0.5 * (cartesian_stiffness + wp.transpose(cartesian_stiffness))
    F = K * tip_gap - joint_damping * tip_velocity
    next_torques = wp.transpose(jacobian) * F
    return next_torques


def limited_torques(torques, torque_limit):
    """Torques scaled down together, so that their direction stays."""
    peak = wp.max(wp.abs(torques[0]), wp.abs(torques[1]))
    if peak <= torque_limit:
        return torques
    next_torques = torque_limit / peak * torques
    return next_torques


def compliance(jacobian, stiffness):
    """Compliance of the tip from that of the joints."""
    return jacobian * wp.diag(wp.vec2(1.0 / stiffness[0], 1.0 / stiffness[1])) * wp.transpose(jacobian)


def deflection(compliance, tip_force):
    return compliance * tip_force


def inertia_at_tip(angles, lengths, masses, armature, damping_parameter):
    """Inertia that a push at the tip feels, regularized near singular poses."""
    h = 0.5 * masses[1] * lengths[0] * lengths[1] * wp.cos(angles[1])
    a = (masses[0] / 3.0 + masses[1]) * lengths[0] * lengths[0]
    b = masses[1] * lengths[1] * lengths[1] / 3.0
    M = wp.mat22(a + b + 2.0 * h + armature, b + h, b + h, b + armature)
    a12 = angles[0] + angles[1]
    s1 = lengths[0] * wp.sin(angles[0])
    c1 = lengths[0] * wp.cos(angles[0])
    J = wp.mat22(
        -s1 - lengths[1] * wp.sin(a12),
        -lengths[1] * wp.sin(a12),
        c1 + lengths[1] * wp.cos(a12),
        lengths[1] * wp.cos(a12),
    )
    mobility = J * wp.inverse(M) * wp.transpose(J)
    return wp.inverse(mobility + damping_parameter * wp.mat22(1.0, 0.0, 0.0, 1.0))


def manipulability(jacobian):
    return wp.abs(wp.determinant(jacobian))


def singular(manipulability, singular_threshold):
    return manipulability < singular_threshold


def ellipse(jacobian):
    """Velocity ellipse of the tip: semi-axes and angle."""
    A = jacobian * wp.transpose(jacobian)
    mean = 0.5 * wp.trace(A)
    half = 0.5 * (A[0, 0] - A[1, 1])
    r = wp.sqrt(half * half + A[0, 1] * A[0, 1])
    ellipse_axes = wp.vec2(wp.sqrt(mean + r), wp.sqrt(wp.max(mean - r, 0.0)))
    ellipse_angle = 0.5 * wp.atan2(2.0 * A[0, 1], A[0, 0] - A[1, 1])
    return ellipse_axes, ellipse_angle


def kinetic_energy(mass_matrix, rates):
    return wp.max(0.5 * wp.dot(rates, mass_matrix * rates), 0.0)


def potential_energy(angles, lengths, masses, gravity):
    y1 = lengths[0] * wp.sin(angles[0])
    y2 = y1 + 0.5 * lengths[1] * wp.sin(angles[0] + angles[1])
    return gravity * (0.5 * masses[0] * y1 + masses[1] * y2)


def power(torques, rates):
    return wp.dot(torques, rates)


def handover_gap(angles_a, angles_b, lengths_a, lengths_b):
    """Between the tips of two arms on the same base."""
    phi_a = angles_a[0] + angles_a[1]
    phi_b = angles_b[0] + angles_b[1]
    xa = lengths_a[0] * wp.vec2(wp.cos(angles_a[0]), wp.sin(angles_a[0])) + lengths_a[1] * wp.vec2(
        wp.cos(phi_a), wp.sin(phi_a)
    )
    xb = lengths_b[0] * wp.vec2(wp.cos(angles_b[0]), wp.sin(angles_b[0])) + lengths_b[1] * wp.vec2(
        wp.cos(phi_b), wp.sin(phi_b)
    )
    return xb - xa


def inverse_kinematics(tip_target, lengths):
    """Elbow-up solution of the closed form; stretched out where the target is too far."""
    r2 = wp.dot(tip_target, tip_target)
    c2 = (r2 - lengths[0] * lengths[0] - lengths[1] * lengths[1]) / (2.0 * lengths[0] * lengths[1])
    q2 = wp.acos(wp.clamp(c2, -1.0, 1.0))
    k1 = lengths[0] + lengths[1] * wp.cos(q2)
    k2 = lengths[1] * wp.sin(q2)
    q1 = wp.atan2(tip_target[1], tip_target[0]) - wp.atan2(k2, k1)
    solved_angles = wp.vec2(q1, q2)
    return solved_angles


def iterative_kinematics(angles, tip_target, lengths, damping_parameter):
    """Inverse kinematics by damped steps until the tip is there."""
    q = angles
    for _n in range(8):
        a = q[0] + q[1]
        p1 = lengths[0] * wp.vec2(wp.cos(q[0]), wp.sin(q[0]))
        p2 = lengths[1] * wp.vec2(wp.cos(a), wp.sin(a))
        e = tip_target - p1 - p2
        if wp.length(e) < 1.0e-3:
            break
        J = wp.mat22(-p1[1] - p2[1], -p2[1], p1[0] + p2[0], p2[0])
        A = J * wp.transpose(J) + damping_parameter * wp.mat22(1.0, 0.0, 0.0, 1.0)
        q = q + wp.transpose(J) * (wp.inverse(A) * e)
    solved_angles = q
    return solved_angles


def cyclic_descent(angles, tip_target, lengths):
    """Inverse kinematics by turning one joint after the other (CCD)."""
    q1 = angles[0]
    q2 = angles[1]
    for _n in range(6):
        elbow_x = lengths[0] * wp.cos(q1)
        elbow_y = lengths[0] * wp.sin(q1)
        aim = wp.atan2(tip_target[1] - elbow_y, tip_target[0] - elbow_x)
        q2 = aim - q1
        tip_x = elbow_x + lengths[1] * wp.cos(aim)
        tip_y = elbow_y + lengths[1] * wp.sin(aim)
        q1 += wp.atan2(tip_target[1], tip_target[0]) - wp.atan2(tip_y, tip_x)
    solved_angles = wp.vec2(q1 - wp.tau * wp.rint(q1 / wp.tau), q2 - wp.tau * wp.rint(q2 / wp.tau))
    return solved_angles


def rocker_angle(crank, bar_lengths, coupler):
    """Output angle of a four-bar linkage (Freudenstein); the limit of its swing where it cannot close."""
    ground = bar_lengths[0] + bar_lengths[1] + 0.2
    a = bar_lengths[0]
    c = bar_lengths[1]
    k1 = ground / a
    k2 = ground / c
    k3 = (a * a - coupler * coupler + c * c + ground * ground) / (2.0 * a * c)
    A = wp.cos(crank) - k1 - k2 * wp.cos(crank) + k3
    B = -2.0 * wp.sin(crank)
    C = k1 - (k2 + 1.0) * wp.cos(crank) + k3
    disc = wp.max(B * B - 4.0 * A * C, 0.0)
    return 2.0 * wp.atan2(-B - wp.sqrt(disc), 2.0 * A)


def slider(crank, crank_length, rod_length):
    """Position of a crank's slider."""
    s = crank_length * wp.sin(crank)
    return crank_length * wp.cos(crank) + wp.sqrt(wp.max(rod_length * rod_length - s * s, 0.0))


def slider_speed(crank, crank_rate, crank_length, rod_length):
    s = wp.sin(crank)
    c = wp.cos(crank)
    root = wp.sqrt(wp.max(rod_length * rod_length - crank_length * crank_length * s * s, 0.01))
    return -crank_rate * crank_length * s * (1.0 + crank_length * c / root)


def pendulum_step(angles, rates, lengths, masses, gravity, dt):
    """Step of a double pendulum of two points, hanging down at zero, by its equations of motion."""
    d = angles[0] - angles[1]
    m = masses[0] + masses[1]
    s = wp.sin(d)
    c = wp.cos(d)
    w0 = rates[0] * rates[0]
    w1 = rates[1] * rates[1]
    den = m - masses[1] * c * c
    top0 = -masses[1] * s * (lengths[1] * w1 + lengths[0] * w0 * c)
    top0 += gravity * (masses[1] * wp.sin(angles[1]) * c - m * wp.sin(angles[0]))
    top1 = s * (m * lengths[0] * w0 + masses[1] * lengths[1] * w1 * c)
    top1 += m * gravity * (wp.sin(angles[0]) * c - wp.sin(angles[1]))
    next_rates = rates + dt * wp.vec2(top0 / (lengths[0] * den), top1 / (lengths[1] * den))
    next_angles = angles + dt * next_rates
    return next_angles, next_rates


def forward_kinematics(angles, lengths):
    """Tip of the arm from its two angles."""
    a = angles[0] + angles[1]
    x = lengths[0] * wp.cos(angles[0]) + lengths[1] * wp.cos(a)
    y = lengths[0] * wp.sin(angles[0]) + lengths[1] * wp.sin(a)
    tip = wp.vec2(x, y)
    return tip
