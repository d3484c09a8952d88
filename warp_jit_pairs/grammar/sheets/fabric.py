"""Fabric: triangles of a woven sheet, their strain and stress, folds between them, threads, moisture."""

import warp as wp

ENTITIES = "triangle"
GROUPS = "fabric panel"
PAIRS = "hinge"
LAUNCH = "1:8 2:2"
SUMMED = "mass area strain_energy bend_energy"

QUANTITIES = """
mass                 | real  | result  | 0 2        | mass m
gravity              | vec3  | uniform | -10 10     | gravity g
edge_u               | vec3  | state   | -1 1       | edge_u du e_warp
edge_v               | vec3  | state   | -1 1       | edge_v dv e_weft
inverse_rest         | mat22 | state   | -1.5 1.5   | Dm_inv inv_rest rest_inv
tangent_u            | vec3  | result  | -2 2       | w_u tangent_u
tangent_v            | vec3  | result  | -2 2       | w_v tangent_v
normal               | vec3  | result  | -1 1       | normal face_n
area                 | real  | result  | 0 1.8      | area tri_area
area_density         | real  | group   | 0.1 1      | area_density rho density   | 0.2 0.5
shear                | real  | result  | -4 4       | shear gamma
shear_angle          | real  | result  | -1.5 1.5   | shear_angle theta_s
stretch_stiffness    | real  | group   | 5 50       | ke stretch_ke k_stretch    | 20.0 30.0
shear_stiffness      | real  | group   | 1 20       | shear_ke k_shear           | 5.0 10.0
bend_stiffness       | real  | group   | 0.05 2     | bend_ke k_bend             | 0.1 0.5
bend_energy          | real  | result  | 0 100000   | bend_energy e_bend
strain_tensor        | mat22 | result  | -2 4       | green_strain strain_tensor
membrane_stress      | mat22 | result  | -500 500   | stress pk2
bend_angle           | real  | result  | -3 3       | bend_angle dihedral phi
bend_force           | vec3  | result  | -20 20     | f_bend bend_force
uv                   | vec2  | state   | 0 1        | uv texcoord st
thread_count         | int   | group   | 4 40       | threads thread_count       | 16 32
weave                | real  | result  | 0 1        | weave pattern
wetness              | real  | state   | 0 1        | wetness moisture
drying_rate          | real  | uniform | 0.1 2      | drying_rate evaporation    | 0.5
yield_angle          | real  | group   | 0.1 1      | yield_angle crease_angle   | 0.5
creep                | real  | group   | 0.05 0.9   | creep plasticity           | 0.2 0.5
creased              | bool  | result  |            | creased wrinkled
dt                   | real  | uniform | 0.01 0.05  | dt sim_dt                  | 0.01 0.02
strain_energy        | real  | result  | -3000 3000 | strain_energy e_membrane
membrane_force       | vec3  | result  |            | f_membrane membrane_force
shear_force          | vec3  | result  |            | f_shear shear_force
warp_stretch         | real  | result  | -1 2.5     | warp_strain stretch_u
area_stretch         | real  | result  | -1 3       | area_strain area_stretch
weight               | vec3  | result  |            | weight f_gravity
hinge_length         | real  | state   | 0.1 1      | hinge_len edge_len
principal_strain     | vec2  | result  | -4 4       | strains principal_strain
wrinkle_state        | int   | result  | 0 2        | wrinkle_state regime
tension_field_energy | real  | result  | 0 1500     | e_relaxed tension_energy
baraff_condition     | real  | result  | 0 1000     | e_conditions condition_energy
neo_hookean_energy   | real  | result  | 0 200      | e_neo neo_energy
warp_stiffness       | real  | group   | 20 100     | k_warp warp_stiffness      | 50.0
weft_stiffness       | real  | group   | 10 80      | k_weft weft_stiffness      | 40.0
lock_angle           | real  | group   | 0.3 0.9    | lock_angle locking         | 0.6
deformation          | mat22 | state   | -1.5 1.5   | F_plane deformation
closest_rotation     | mat22 | result  | -1 1       | R_plane closest_rot
uv_edge_u            | vec2  | state   | -1 1       | duv_u uv_edge_u
uv_edge_v            | vec2  | state   | -1 1       | duv_v uv_edge_v
pattern_inverse      | mat22 | result  |            | Dm_inv pattern_inv
hinge_edges          | vec4  | state   | -1.5 1.5   | cotangents hinge_cots
quadratic_bending    | real  | result  |            | e_quad quad_bending
humidity             | real  | state   | 0.05 0.95  | humidity rel_hum
air_celsius          | real  | state   | 0 40       | air_temp t_air
moisture_regain      | real  | result  | 0 30       | regain moisture_regain
thickness            | real  | group   | 0.02 0.2   | thickness h_cloth          | 0.05 0.1
overpressure         | real  | uniform | 0.1 5      | overpressure dp_air        | 0.5 1.0
thread_gap           | real  | group   | 0.1 0.6    | thread_gap gap_width       | 0.2
air_permeability     | real  | result  | 0 3        | air_speed permeability
stitch_tension       | reals | state   | 0.5 10     | stitch_tension stitch_loads
thread_strength      | real  | uniform | 4 10       | thread_strength break_load | 8.0
seam_strength        | int   | result  |            | stitches_held seam_strength
"""


def normal(edge_u, edge_v):
    return wp.normalize(wp.cross(edge_u, edge_v))


def area(edge_u, edge_v):
    """Area of the triangle of two edges."""
    return 0.5 * wp.length(wp.cross(edge_u, edge_v))


def gram_area(edge_u, edge_v):
    """Area of a triangle from the Gram determinant of its edges."""
    uu = wp.dot(edge_u, edge_u)
    vv = wp.dot(edge_v, edge_v)
    uv_dot = wp.dot(edge_u, edge_v)
    area = 0.5 * wp.sqrt(wp.max(uu * vv - uv_dot * uv_dot, 0.0))
    return area


def heron_area(edge_u, edge_v):
    """Heron's formula."""
    a = wp.length(edge_u)
    b = wp.length(edge_v)
    c = wp.length(edge_u - edge_v)
    s = 0.5 * (a + b + c)
    area = wp.sqrt(wp.max(s * (s - a) * (s - b) * (s - c), 0.0))
    return area


def mass(area_density, area):
    return area_density * area


def wet_mass(area_density, area, wetness):
    mass = area_density * area * (1.0 + 0.8 * wetness)
    return mass


def tangents(edge_u, edge_v, inverse_rest):
    """Deformed axes of the fabric (Baraff and Witkin 1998)."""
    tangent_u = edge_u * inverse_rest[0, 0] + edge_v * inverse_rest[1, 0]
    tangent_v = edge_u * inverse_rest[0, 1] + edge_v * inverse_rest[1, 1]
    return tangent_u, tangent_v


def warp_stretch(tangent_u):
    return wp.length(tangent_u) - 1.0


def area_stretch(tangent_u, tangent_v):
    """Relative change of the area."""
    return wp.length(wp.cross(tangent_u, tangent_v)) - 1.0


def shear(tangent_u, tangent_v):
    return wp.dot(tangent_u, tangent_v)


def shear_angle(tangent_u, tangent_v):
    """Deviation from the right angle between warp and weft."""
    across = wp.length(wp.cross(tangent_u, tangent_v))
    along = wp.dot(tangent_u, tangent_v)
    return wp.half_pi - wp.atan2(across, along)


def strain_tensor(tangent_u, tangent_v):
    """Green strain in the plane of the fabric."""
    e_uu = 0.5 * (wp.dot(tangent_u, tangent_u) - 1.0)
    e_vv = 0.5 * (wp.dot(tangent_v, tangent_v) - 1.0)
    e_uv = 0.5 * wp.dot(tangent_u, tangent_v)
    return wp.mat22(e_uu, e_uv, e_uv, e_vv)


def membrane_stress(strain_tensor, stretch_stiffness, shear_stiffness):
    """Orthotropic membrane with equal warp and weft."""
    k_cross = 0.25 * stretch_stiffness
    s_uu = stretch_stiffness * strain_tensor[0, 0] + k_cross * strain_tensor[1, 1]
    s_vv = stretch_stiffness * strain_tensor[1, 1] + k_cross * strain_tensor[0, 0]
    s_uv = shear_stiffness * (strain_tensor[0, 1] + strain_tensor[1, 0])
    return wp.mat22(s_uu, s_uv, s_uv, s_vv)


def membrane_energy(membrane_stress, strain_tensor, area):
    strain_energy = 0.5 * area * wp.ddot(membrane_stress, strain_tensor)
    return strain_energy


def membrane_force(membrane_stress, tangent_u, tangent_v, inverse_rest, area):
    """Force of a triangle on the corner that its first edge leads to."""
    g_u = inverse_rest[0, 0]
    g_v = inverse_rest[0, 1]
    s_u = membrane_stress[0, 0] * g_u + membrane_stress[0, 1] * g_v
    s_v = membrane_stress[1, 0] * g_u + membrane_stress[1, 1] * g_v
    return -area * (s_u * tangent_u + s_v * tangent_v)


def shear_force(shear, tangent_v, shear_stiffness, area):
    return -area * shear_stiffness * shear * tangent_v


def bend_angle(normal_a, normal_b, edge_v_a):
    """Signed dihedral angle about the shared edge."""
    axis = wp.normalize(edge_v_a)
    sin_phi = wp.dot(wp.cross(normal_a, normal_b), axis)
    return wp.atan2(sin_phi, wp.dot(normal_a, normal_b))


def bend_energy(bend_angle, rest_bend_angle, bend_stiffness):
    d = bend_angle - rest_bend_angle
    return 0.5 * bend_stiffness * d * d


def hinge_energy(bend_angle, rest_bend_angle, bend_stiffness, hinge_length, area):
    """Discrete shells (Grinspun et al. 2003)."""
    d = bend_angle - rest_bend_angle
    k = 3.0 * bend_stiffness * hinge_length * hinge_length / wp.max(area, 0.01)
    bend_energy = k * d * d
    return bend_energy


def bend_force(bend_angle, rest_bend_angle, bend_stiffness, normal_a, normal_b):
    n = wp.normalize(normal_a + normal_b)
    return bend_stiffness * wp.sin(0.5 * (bend_angle - rest_bend_angle)) * n


def weight(mass, gravity):
    return mass * gravity


def weave(uv, thread_count):
    """Plain weave: threads of warp and weft take turns on top."""
    s = uv * float(thread_count)
    over = int(wp.floor(s[0])) + int(wp.floor(s[1]))
    h_warp = wp.abs(wp.sin(wp.pi * s[0]))
    h_weft = wp.abs(wp.sin(wp.pi * s[1]))
    return h_warp if over % 2 == 0 else 0.8 * h_weft


def twill(uv, thread_count):
    """Height of a diagonal twill rib."""
    t = wp.frac((uv[0] + uv[1]) * float(thread_count) * 0.25)
    weave = wp.smoothstep(0.0, 0.5, t) - wp.smoothstep(0.5, 1.0, t)
    return weave


def next_wetness(wetness, drying_rate, dt):
    return wetness * wp.exp(-drying_rate * dt)


def creased(bend_angle, yield_angle):
    return wp.abs(bend_angle) > yield_angle


def crease_angle(bend_angle, rest_bend_angle, yield_angle, creep):
    """Plastic bending: the rest angle creeps past the yield angle."""
    d = bend_angle - rest_bend_angle
    next_bend_angle = rest_bend_angle
    if wp.abs(d) > yield_angle:
        next_bend_angle = rest_bend_angle + creep * (d - wp.sign(d) * yield_angle)
    return next_bend_angle


def principal_strains(strain_tensor):
    """Greater and lesser eigenvalue of a symmetric strain."""
    mean = 0.5 * (strain_tensor[0, 0] + strain_tensor[1, 1])
    half_gap = 0.5 * (strain_tensor[0, 0] - strain_tensor[1, 1])
    off = strain_tensor[0, 1]
    root = wp.sqrt(half_gap * half_gap + off * off)
    principal_strain = wp.vec2(mean + root, mean - root)
    return principal_strain


def wrinkle_state(principal_strain, shear_stiffness):
    """Taut, wrinkled or slack, as tension field theory has it."""
    ratio = 0.3 + 0.01 * shear_stiffness
    if principal_strain[0] <= 0.0:
        return 2
    if principal_strain[1] + ratio * principal_strain[0] <= 0.0:
        return 1
    return 0


def tension_field_energy(principal_strain, stretch_stiffness, area):
    """Relaxed energy of a membrane that can not bear compression."""
    nu = 0.3
    e1 = principal_strain[0]
    e2 = principal_strain[1]
    if e1 <= 0.0:
        return 0.0
    if e2 <= -nu * e1:
        return 0.5 * stretch_stiffness * area * e1 * e1
    mixed = e1 * e1 + e2 * e2 + 2.0 * nu * e1 * e2
    return 0.5 * stretch_stiffness * area * mixed / (1.0 - nu * nu)


def baraff_condition(tangent_u, tangent_v, area, stretch_stiffness, shear_stiffness):
    """Energy of Baraff and Witkin's stretch and shear conditions."""
    c_u = area * (wp.length(tangent_u) - 1.0)
    c_v = area * (wp.length(tangent_v) - 1.0)
    c_s = area * wp.dot(tangent_u, tangent_v)
    return 0.5 * stretch_stiffness * (c_u * c_u + c_v * c_v) + 0.5 * shear_stiffness * c_s * c_s


def neo_hookean_energy(tangent_u, tangent_v, area, shear_stiffness):
    """Incompressible neo-Hookean membrane, whose thickness makes up for its area."""
    uu = wp.dot(tangent_u, tangent_u)
    vv = wp.dot(tangent_v, tangent_v)
    uv_dot = wp.dot(tangent_u, tangent_v)
    area_ratio = wp.max(uu * vv - uv_dot * uv_dot, 0.05)
    return 0.5 * shear_stiffness * area * (uu + vv + 1.0 / area_ratio - 3.0)


def woven_stress(strain_tensor, warp_stiffness, weft_stiffness, shear_stiffness, lock_angle):
    """Woven fabric: stiff threads, free shear up to the angle at which they lock."""
    s_uu = warp_stiffness * wp.max(strain_tensor[0, 0], 0.0) + 0.05 * warp_stiffness * wp.min(strain_tensor[0, 0], 0.0)
    s_vv = weft_stiffness * wp.max(strain_tensor[1, 1], 0.0) + 0.05 * weft_stiffness * wp.min(strain_tensor[1, 1], 0.0)
    gamma = 2.0 * strain_tensor[0, 1]
    past = wp.abs(gamma) - lock_angle
    s_uv = shear_stiffness * gamma
    if past > 0.0:
        s_uv = s_uv + 10.0 * shear_stiffness * wp.sign(gamma) * past
    membrane_stress = wp.mat22(s_uu, s_uv, s_uv, s_vv)
    return membrane_stress


def closest_rotation(deformation):
    """Rotation part of a deformation in the plane by its polar decomposition."""
    a = deformation[0, 0] + deformation[1, 1]
    b = deformation[1, 0] - deformation[0, 1]
    r = wp.sqrt(a * a + b * b)
    if r < 1.0e-6:
        return wp.mat22(1.0, 0.0, 0.0, 1.0)
    c = a / r
    s = b / r
    return wp.mat22(c, -s, s, c)


def rest_inverse(uv_edge_u, uv_edge_v):
    """Inverse of the matrix of a triangle's edges in the pattern."""
    det = uv_edge_u[0] * uv_edge_v[1] - uv_edge_u[1] * uv_edge_v[0]
    if wp.abs(det) < 0.02:
        det = 0.02
    inv = 1.0 / det
    pattern_inverse = inv * wp.mat22(uv_edge_v[1], -uv_edge_v[0], -uv_edge_u[1], uv_edge_u[0])
    return pattern_inverse


def quadratic_bending(hinge_edges, bend_stiffness, area):
    """Isometric bending energy of a hinge from the cotangents of its corners."""
    c01 = hinge_edges[0]
    c02 = hinge_edges[1]
    c03 = hinge_edges[2]
    c04 = hinge_edges[3]
    k0 = c03 + c04
    k1 = c01 + c02
    k2 = -c01 - c03
    k3 = -c02 - c04
    total = k0 * k0 + k1 * k1 + k2 * k2 + k3 * k3
    return 1.5 * bend_stiffness / wp.max(area, 0.01) * total


def moisture_regain(humidity, air_celsius):
    """Water that wool takes up, by pieces of its sorption curve."""
    warm = 1.0 - 0.002 * (air_celsius - 20.0)
    if humidity < 0.2:
        regain = 35.0 * humidity
    elif humidity < 0.8:
        regain = 7.0 + 17.0 * (humidity - 0.2)
    else:
        regain = 17.2 + 65.0 * (humidity - 0.8)
    return regain * warm


def air_permeability(thread_gap, thickness, overpressure):
    """Speed of air through a weave: viscous in narrow gaps, inertial in wide ones."""
    viscous = 32.0 * 0.02 * thickness / (thread_gap * thread_gap)
    inertial = 0.9
    root = wp.sqrt(viscous * viscous + 4.0 * inertial * overpressure)
    return (root - viscous) / (2.0 * inertial)


def satin(uv, thread_count):
    """Height of a satin of five threads, whose crossings are scattered."""
    s = uv * float(thread_count)
    col = int(wp.floor(s[0]))
    row = int(wp.floor(s[1]))
    shift = (col - 2 * row) % 5
    lift = wp.abs(wp.sin(wp.pi * s[0]))
    if shift == 0 or shift == 5:
        weave = 0.3 * wp.abs(wp.sin(wp.pi * s[1]))
    else:
        weave = lift
    return weave


def seam_strength(stitch_tension, thread_strength):
    """Number of stitches that hold before the first one breaks, from an end of a seam."""
    held = int(0)
    for n in range(len(stitch_tension)):
        if stitch_tension[n] > thread_strength:
            break
        held += 1
    return held
