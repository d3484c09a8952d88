"""Primitives: volumes, areas, inertias and bounds of shapes, by what they are and how large.

A size is three numbers: half extents, or a radius and half a height; cylinders, capsules and cones stand along y.
"""

import warp as wp

ENTITIES = "shape geom collider primitive"
GROUPS = "material body"
PAIRS = "shape_pair"
LAUNCH = "1:6 2:1"
SUMMED = "volume solid_mass area"
OPPOSITE = ""

QUANTITIES = """
size             | vec3 | state   | 0.2 2    | scale size dims half_size
mass             | real | state   | 0.1 20   | mass m body_mass
density          | real | group   | 0.5 8    | density rho
wall             | real | group   | 0.02 0.1 | wall_thickness shell thickness
rotation         | quat | state   | -1 1     | rot q orientation
place            | vec3 | state   | -4 4     | pos position x
margin           | real | uniform | 0.01 0.2 | margin gap contact_margin | 0.01 0.05 0.1
added            | real | group   | 0.1 0.6  | armature added_inertia
volume           | real | result  | 0.001 80 | volume vol
area             | real | result  | 0.01 200 | area surface_area surface
solid_mass       | real | result  | 0.001 600 | solid_mass mass_solid
hollow_mass      | real | result  | 0.0001 160 | shell_mass mass_hollow
inertia          | vec3 | result  | 0 900    | inertia I_diag inertia_diag
padded_inertia   | vec3 | result  |          | effective_inertia I_eff
inverse_mass     | real | result  |          | inv_mass m_inv
gyration         | real | result  |          | gyration_radius r_gyr
bounding_radius  | real | result  | 0.1 8    | bounding_radius r_bound bsphere_radius
reach            | vec3 | result  | 0.1 5    | half_bounds aabb_half extents
turned_reach     | vec3 | result  | 0 20     | world_extents world_half
lower            | vec3 | result  |          | aabb_lower lower box_lower
upper            | vec3 | result  |          | aabb_upper upper box_upper
compactness      | real | result  |          | sphericity compactness
overlap          | bool | result  |          | overlap hit may_touch
"""


def sphere_volume(size):
    r = size[0]
    volume = 4.0 / 3.0 * wp.pi * r * r * r
    return volume


def box_volume(size):
    volume = 8.0 * size[0] * size[1] * size[2]
    return volume


def cylinder_volume(size):
    volume = wp.tau * size[0] * size[0] * size[1]
    return volume


def capsule_volume(size):
    r = size[0]
    volume = wp.pi * r * r * (4.0 / 3.0 * r + 2.0 * size[1])
    return volume


def cone_volume(size):
    base = wp.pi * size[0] * size[0]
    volume = base * 2.0 * size[1] / 3.0
    return volume


def ellipsoid_volume(size):
    volume = 4.0 / 3.0 * wp.pi * size[0] * size[1] * size[2]
    return volume


def sphere_area(size):
    area = 4.0 * wp.pi * size[0] * size[0]
    return area


def box_area(size):
    area = 8.0 * (size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    return area


def cylinder_area(size):
    area = wp.tau * size[0] * (size[0] + 2.0 * size[1])
    return area


def capsule_area(size):
    area = 4.0 * wp.pi * size[0] * (size[0] + size[1])
    return area


def cone_area(size):
    r = size[0]
    h = 2.0 * size[1]
    slant = wp.sqrt(r * r + h * h)
    area = wp.pi * r * (r + slant)
    return area


def ellipsoid_area(size):
    """Thomsen's approximation of the surface of an ellipsoid."""
    p = 1.6075
    ab = wp.pow(size[0] * size[1], p)
    bc = wp.pow(size[1] * size[2], p)
    ca = wp.pow(size[2] * size[0], p)
    area = 4.0 * wp.pi * wp.pow((ab + bc + ca) / 3.0, 1.0 / p)
    return area


def solid_mass(volume, density):
    return volume * density


def hollow_mass(area, wall, density):
    return area * wall * density


def inverse_mass(mass):
    return 1.0 / mass


def sphere_inertia(mass, size):
    i = 0.4 * mass * size[0] * size[0]
    inertia = wp.vec3(i, i, i)
    return inertia


def box_inertia(mass, size):
    xx = size[0] * size[0]
    yy = size[1] * size[1]
    zz = size[2] * size[2]
    inertia = mass / 3.0 * wp.vec3(yy + zz, xx + zz, xx + yy)
    return inertia


def cylinder_inertia(mass, size):
    r2 = size[0] * size[0]
    h = 2.0 * size[1]
    side = mass * (3.0 * r2 + h * h) / 12.0
    inertia = wp.vec3(side, 0.5 * mass * r2, side)
    return inertia


def capsule_inertia(mass, size):
    """A cylinder and the two halves of a ball at its ends."""
    r = size[0]
    h = 2.0 * size[1]
    ball = 4.0 / 3.0 * r
    m_ball = mass * ball / (ball + h)
    m_rod = mass - m_ball
    axial = m_rod * 0.5 * r * r + m_ball * 0.4 * r * r
    shift = 0.5 * h + 0.375 * r
    side_rod = m_rod * (0.25 * r * r + h * h / 12.0)
    side_ball = m_ball * (83.0 / 320.0 * r * r + shift * shift)
    inertia = wp.vec3(side_rod + side_ball, axial, side_rod + side_ball)
    return inertia


def cone_inertia(mass, size):
    r2 = size[0] * size[0]
    h = 2.0 * size[1]
    side = mass * (0.15 * r2 + 0.0375 * h * h)
    inertia = wp.vec3(side, 0.3 * mass * r2, side)
    return inertia


def ellipsoid_inertia(mass, size):
    s = wp.cw_mul(size, size)
    inertia = 0.2 * mass * wp.vec3(s[1] + s[2], s[0] + s[2], s[0] + s[1])
    return inertia


def padded_inertia(inertia, added):
    """Inertia with what the drive adds about each axis."""
    return inertia + wp.vec3(added, added, added)


def gyration(inertia, mass):
    mean = (inertia[0] + inertia[1] + inertia[2]) / 3.0
    return wp.sqrt(wp.max(mean, 0.0) / mass)


def sphere_bounding_radius(size, margin):
    bounding_radius = size[0] + margin
    return bounding_radius


def box_bounding_radius(size, margin):
    bounding_radius = wp.length(size) + margin
    return bounding_radius


def cylinder_bounding_radius(size, margin):
    bounding_radius = wp.length(wp.vec2(size[0], size[1])) + margin
    return bounding_radius


def capsule_bounding_radius(size, margin):
    bounding_radius = size[0] + size[1] + margin
    return bounding_radius


def ellipsoid_bounding_radius(size, margin):
    bounding_radius = wp.max(size[0], wp.max(size[1], size[2])) + margin
    return bounding_radius


def sphere_reach(size):
    r = size[0]
    reach = wp.vec3(r, r, r)
    return reach


def box_reach(size, margin):
    reach = size + wp.vec3(margin, margin, margin)
    return reach


def cylinder_reach(size):
    reach = wp.vec3(size[0], size[1], size[0])
    return reach


def capsule_reach(size):
    reach = wp.vec3(size[0], size[0] + size[1], size[0])
    return reach


def turned_reach(rotation, reach):
    """Half extents of the bounds in the world."""
    R = wp.quat_to_matrix(rotation)
    x = wp.abs(R[0, 0]) * reach[0] + wp.abs(R[0, 1]) * reach[1] + wp.abs(R[0, 2]) * reach[2]
    y = wp.abs(R[1, 0]) * reach[0] + wp.abs(R[1, 1]) * reach[1] + wp.abs(R[1, 2]) * reach[2]
    z = wp.abs(R[2, 0]) * reach[0] + wp.abs(R[2, 1]) * reach[1] + wp.abs(R[2, 2]) * reach[2]
    return wp.vec3(x, y, z)


def bounds(place, turned_reach, margin):
    pad = turned_reach + wp.vec3(margin, margin, margin)
    lower = place - pad
    upper = place + pad
    return lower, upper


def box_compactness(size):
    """Surface of the ball of the same volume over the surface."""
    volume = 8.0 * size[0] * size[1] * size[2]
    surface = 8.0 * (size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    compactness = wp.pow(wp.pi, 1.0 / 3.0) * wp.pow(6.0 * volume, 2.0 / 3.0) / surface
    return compactness


def cylinder_compactness(size):
    """Surface of the ball of the same volume over the surface."""
    volume = wp.tau * size[0] * size[0] * size[1]
    surface = wp.tau * size[0] * (size[0] + 2.0 * size[1])
    compactness = wp.pow(wp.pi, 1.0 / 3.0) * wp.pow(6.0 * volume, 2.0 / 3.0) / surface
    return compactness


def overlap(place_a, bounding_radius_a, place_b, bounding_radius_b):
    reach = bounding_radius_a + bounding_radius_b
    return wp.length_sq(place_a - place_b) < reach * reach
