"""Elastic rods of segments with frames: stretch, shear, bending, twist, and position-based corrections."""

import warp as wp

ENTITIES = "segment rod_element"
GROUPS = "rod strand cable"
PAIRS = "rod_joint bend_pair"
LAUNCH = "1:7 2:3"
SUMMED = "stretch_energy bend_energy segment_mass kinetic_energy"
OPPOSITE = "bend_torque"

QUANTITIES = """
start_point      | vec3 | state   | -1 1       | x0 p_start start_pos
end_point        | vec3 | state   | -1 1       | x1 p_end end_pos
frame            | quat | state   | -1 1       | q_rod frame_q q_frame
rest_frame       | quat | state   | -1 1       | q_rest rest_q rest_frame
edge             | vec3 | result  | -2 2       | edge e_vec seg_vec
length           | real | result  | 0 4        | seg_len length
rest_length      | real | group   | 0.1 0.5    | rest_len l0
tangent          | vec3 | result  | -1 1       | t_hat tangent
director         | vec3 | result  | -1 1       | d3 director
material_frame   | mat33 | result | -1 1       | D_frame mat_frame
strain           | vec3 | result  | -20 20     | gamma_s strain_v shear_strain
stretch_shear    | vec3 | result  | -20 20     | c_stretch stretch_err
stretch_stiffness | real | group  | 10 100     | k_stretch stretch_ke
shear_stiffness  | real | group   | 5 50       | k_shear shear_ke
bend_stiffness   | real | group   | 0.05 2     | k_bend bend_ke
twist_stiffness  | real | group   | 0.05 2     | k_twist twist_ke
stretch_energy   | real | result  | 0 60000    | e_stretch stretch_energy
darboux          | vec3 | state   | -3 3       | darboux kappa_v omega_u
rest_darboux     | vec3 | group   | -1 1       | rest_darboux kappa_0
curvature        | real | result  | 0 200      | kappa bend_curv
twist            | real | result  | -3 3       | tau_twist twist_rate
bend_energy      | real | result  | 0 100      | e_bend bend_energy
bend_torque      | vec3 | result  | -200 200   | m_bend bend_torque
internal_force   | vec3 | result  | -3000 3000 | n_force internal_f
radius           | real | group   | 0.01 0.1   | rod_radius radius
density          | real | group   | 0.5 3      | rho_rod density
youngs_modulus   | real | group   | 10 100     | E_mod youngs
poisson_ratio    | real | group   | 0.1 0.45   | nu_rod poisson_ratio
section_area     | real | result  | 0.0003 0.04 | area_cs section_area
bend_modulus     | real | result  | 0 0.01     | EI_rod bend_mod
twist_modulus    | real | result  | 0 0.01     | GJ_rod twist_mod
segment_mass     | real | result  | 0 0.1      | seg_mass m_seg
section_inertia  | vec3 | result  | 0 0.01     | I_seg seg_inertia
inverse_mass     | real | state   | 0.1 10     | w_seg inv_mass
frame_weight     | real | state   | 0.1 10     | w_frame inv_inertia_q
point_correction | vec3 | result  | -30 30     | dx_c point_corr
frame_correction | quat | result  | -400 400   | dq_c frame_corr
velocity         | vec3 | state   | -2 2       | vel_seg velocity
spin             | vec3 | state   | -5 5       | w_seg_ang spin_w
damping          | real | uniform | 0.01 0.9   | damping drag_k | 0.1
kinetic_energy   | real | result  | 0 10       | ke_seg kinetic
dt               | real | uniform | 0.001 0.02 | dt h_step | 0.01 0.005
wind             | vec3 | uniform | -3 3       | wind_v wind
normal_drag      | real | group   | 0.1 2      | c_normal drag_n
tangent_drag     | real | group   | 0.01 0.2   | c_tangent drag_t
drag_force       | vec3 | result  | -60 60     | f_drag drag_f
contact_depth    | real | result  | -2 1.2     | pen_depth gap_depth
ground           | real | uniform | -1 0       | ground_y floor_y | 0.0 -0.5
broken           | bool | result  |            | snapped broken
strain_limit     | real | uniform | 0.05 1     | max_strain break_strain | 0.2 0.5
torsion_angle    | real | result  | -6.3 6.3   | twist_angle torsion
compliance       | real | uniform | 0.0001 0.1 | alpha_c compliance | 0.001 0.01
"""


def edge(start_point, end_point):
    return end_point - start_point


def length(edge):
    return wp.length(edge)


def tangent(edge):
    return edge / wp.max(wp.length(edge), 1.0e-4)


def director(frame):
    """The axis of a frame that the rod should follow."""
    return wp.quat_rotate(frame, wp.vec3(0.0, 0.0, 1.0))


def director_by_products(frame):
    """The third axis of a frame, written out."""
    x = frame[0]
    y = frame[1]
    z = frame[2]
    w = frame[3]
    director = wp.vec3(2.0 * (x * z + w * y), 2.0 * (y * z - w * x), w * w - x * x - y * y + z * z)
    return director


def material_frame(frame):
    return wp.quat_to_matrix(frame)


def strain(edge, frame, rest_length):
    """Shear and stretch in the segment's own axes."""
    return wp.quat_rotate_inv(frame, edge / rest_length) - wp.vec3(0.0, 0.0, 1.0)


def stretch_shear(edge, director, rest_length):
    return edge / rest_length - director


def stretch_energy(strain, rest_length, stretch_stiffness, shear_stiffness):
    shear = strain[0] * strain[0] + strain[1] * strain[1]
    return 0.5 * rest_length * (shear_stiffness * shear + stretch_stiffness * strain[2] * strain[2])


def internal_force(strain, frame, stretch_stiffness, shear_stiffness):
    """Force through a section, in the world."""
    own = wp.vec3(shear_stiffness * strain[0], shear_stiffness * strain[1], stretch_stiffness * strain[2])
    return wp.quat_rotate(frame, own)


def axial_force(edge, tangent, rest_length, stretch_stiffness):
    """Tension of a rod that does not shear."""
    stretch = wp.length(edge) / rest_length - 1.0
    internal_force = stretch_stiffness * stretch * tangent
    return internal_force


def curvature(darboux):
    return wp.sqrt(darboux[0] * darboux[0] + darboux[1] * darboux[1])


def twist(darboux):
    return darboux[2]


def bend_energy(darboux, rest_darboux, rest_length, bend_stiffness, twist_stiffness):
    d = darboux - rest_darboux
    bent = bend_stiffness * (d[0] * d[0] + d[1] * d[1]) + twist_stiffness * d[2] * d[2]
    return 0.5 * rest_length * bent


def bend_torque(darboux, rest_darboux, frame, bend_stiffness, twist_stiffness):
    """Moment through a section, in the world."""
    d = darboux - rest_darboux
    own = wp.vec3(bend_stiffness * d[0], bend_stiffness * d[1], twist_stiffness * d[2])
    return wp.quat_rotate(frame, own)


def darboux_between(frame_a, frame_b, rest_length):
    """How fast the frame turns along the rod."""
    dq = wp.quat_inverse(frame_a) * frame_b
    side = 1.0
    if dq[3] < 0.0:
        side = -1.0
    darboux = 2.0 * side / rest_length * wp.vec3(dq[0], dq[1], dq[2])
    return darboux


def joint_bend_energy(frame_a, frame_b, rest_darboux, rest_length, bend_stiffness):
    """Bending energy between two segments."""
    dq = wp.quat_inverse(frame_a) * frame_b
    d = 2.0 / rest_length * wp.vec3(dq[0], dq[1], dq[2]) - rest_darboux
    bend_energy = 0.5 * bend_stiffness * rest_length * wp.dot(d, d)
    return bend_energy


def torsion_between(frame_a, frame_b):
    """Turn of one frame against the other about the rod."""
    dq = wp.quat_inverse(frame_a) * frame_b
    torsion_angle = 2.0 * wp.atan2(dq[2], dq[3])
    return torsion_angle


def kink(tangent_a, tangent_b, rest_length):
    """Curvature at a node by the binormal of two tangents."""
    binormal = 2.0 * wp.cross(tangent_a, tangent_b) / wp.max(1.0 + wp.dot(tangent_a, tangent_b), 0.1)
    curvature = wp.length(binormal) / rest_length
    return curvature


def torsion_angle(frame, rest_frame):
    """How far a segment has twisted from its rest frame."""
    dq = wp.quat_inverse(rest_frame) * frame
    return 2.0 * wp.atan2(dq[2], dq[3])


def point_correction(stretch_shear, rest_length, inverse_mass, frame_weight):
    """Position-based correction of a segment's points for stretch and shear."""
    total = 2.0 * inverse_mass / rest_length + 4.0 * frame_weight * rest_length
    return inverse_mass / wp.max(total, 0.01) * stretch_shear


def frame_correction(stretch_shear, frame, rest_length, inverse_mass, frame_weight, compliance):
    """Position-based correction of a segment's frame for stretch and shear."""
    total = 2.0 * inverse_mass / rest_length + 4.0 * frame_weight * rest_length + compliance
    g = stretch_shear / wp.max(total, 0.01)
    bar = frame * wp.quat(0.0, 0.0, -1.0, 0.0)
    return 2.0 * frame_weight * rest_length * (wp.quat(g, 0.0) * bar)


def next_frame(frame, frame_correction):
    return wp.normalize(frame + frame_correction)


def spun_frame(frame, spin, dt):
    """Frame after a step of its spin."""
    next_frame = wp.normalize(frame + 0.5 * dt * (wp.quat(spin, 0.0) * frame))
    return next_frame


def carried_points(start_point, end_point, velocity, dt):
    next_start_point = start_point + dt * velocity
    next_end_point = end_point + dt * velocity
    return next_start_point, next_end_point


def damped_velocity(velocity, damping, dt):
    next_velocity = velocity * wp.exp(-damping * dt)
    return next_velocity


def section_area(radius):
    return wp.pi * radius * radius


def segment_mass(density, section_area, rest_length):
    return density * section_area * rest_length


def section_inertia(segment_mass, radius, rest_length):
    """Moments of a thin cylinder about its axes."""
    across = segment_mass * (3.0 * radius * radius + rest_length * rest_length) / 12.0
    return wp.vec3(across, across, 0.5 * segment_mass * radius * radius)


def bend_modulus(youngs_modulus, radius):
    r2 = radius * radius
    return 0.25 * wp.pi * youngs_modulus * r2 * r2


def twist_modulus(bend_modulus, poisson_ratio):
    return bend_modulus / (1.0 + poisson_ratio)


def kinetic_energy(segment_mass, section_inertia, velocity, spin, frame):
    w = wp.quat_rotate_inv(frame, spin)
    return 0.5 * segment_mass * wp.dot(velocity, velocity) + 0.5 * wp.dot(w, wp.cw_mul(section_inertia, w))


def drag_force(tangent, velocity, wind, length, normal_drag, tangent_drag):
    """Drag of a slender body, less along it than across."""
    rel = wind - velocity
    along = wp.dot(rel, tangent) * tangent
    across = rel - along
    return length * (tangent_drag * along + normal_drag * across)


def contact_depth(start_point, end_point, radius, ground):
    return ground + radius - wp.min(start_point[1], end_point[1])


def broken(strain, strain_limit):
    return strain[2] > strain_limit
