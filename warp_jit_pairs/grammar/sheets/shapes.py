"""Shapes: signed distances, rays, triangles, boxes, curves, curvature and barycentric coordinates."""

import warp as wp

ENTITIES = "point sample query"
GROUPS = "shape primitive solid"
PAIRS = "edge segment"
LAUNCH = "1:6 2:2 3:1"
SUMMED = "area signed_volume length_2d"
OPPOSITE = "edge_vector"

QUANTITIES = """
point              | vec3 | state   | -3 3      | point p pt query_point
point_2d           | vec2 | state   | -3 3      | p2 xy point_2d
corner_0           | vec3 | state   | -3 3      | v0
corner_1           | vec3 | state   | -3 3      | v1
corner_2           | vec3 | state   | -3 3      | v2
ray_origin         | vec3 | state   | -4 4      | ray_origin
ray_direction      | vec3 | state   | -1 1      | ray_dir
normal             | vec3 | state   | -1 1      | normal n nrm
travel             | real | state   | 0 8       | t travel t_ray
polar_angle        | real | state   | -3 3      | theta polar_angle angle
parameter          | real | state   | 0 1       | u parameter s
vertex_count       | int  | state   | 3 8       | valence n_gon vertex_count
angle_sum          | real | state   | 1 6.2     | angle_sum sum_angles theta_sum
center             | vec3 | group   | -2 2      | center c_pos center_pos
center_2d          | vec2 | group   | -2 2      | center_2d
radius             | real | group   | 0.2 2     | radius r
minor_radius       | real | group   | 0.05 0.5  | r_minor tube minor_radius
half_extents       | vec3 | group   | 0.2 2     | half_extents half_size extents
ellipsoid_radii    | vec3 | group   | 0.3 2     | radii_3d ellipsoid_radii abc_radii
half_size_2d       | vec2 | group   | 0.2 2     | half_size_2d
rounding           | real | group   | 0.01 0.3  | rounding bevel round_r | 0.05 0.1
height             | real | group   | 0.3 2     | height cone_height h_cone
half_height        | real | group   | 0.3 2     | half_height half_len h_half
axis               | vec3 | group   | -1 1      | axis axis_dir up
rotation           | quat | group   | -1 1      | rot rotation q
pose               | transform | group | -2 2   | pose xform tf
plane              | vec4 | group   | -2 2      | plane plane_eq abcd
cone_slope         | real | group   | 0.2 2     | slope cone_slope k
control_0          | vec2 | state   | -3 3      | c0
control_1          | vec2 | state   | -3 3      | c1
control_2          | vec2 | state   | -3 3      | c2
control_3          | vec2 | state   | -3 3      | c3
site_0             | vec2 | state   | -3 3      | site_0
site_1             | vec2 | state   | -3 3      | site_1
site_2             | vec2 | state   | -3 3      | site_2
edge_start         | vec2 | state   | -3 3      | edge_start
edge_end           | vec2 | state   | -3 3      | edge_end
stroke_start       | vec2 | state   | -3 3      | stroke_start
stroke_bend        | vec2 | state   | -3 3      | stroke_bend
stroke_end         | vec2 | state   | -3 3      | stroke_end
query_2d           | vec2 | state   | -3 3      | query_2d q_xy probe_2d
blend              | real | uniform | 0.05 1    | blend smooth_k k_blend | 0.1 0.5
offset             | real | uniform | -0.3 0.3  | offset iso shell_offset | 0.1 -0.05
lens_offset        | real | uniform | 0.02 1    | lens_offset d_lens | 0.1 0.3
mirror_offset      | real | uniform | -0.5 0.5  | mirror_offset plane_d
shell              | real | uniform | 0.02 0.3  | shell wall thickness | 0.05 0.1
stroke             | real | uniform | 0.02 0.3  | stroke half_stroke line_width | 0.05 0.1
period             | vec3 | uniform | 1 4       | period spacing tile_size
twist              | real | uniform | -2 2      | twist_rate twist_k | 0.5 1.0
amplitude          | real | uniform | 0.02 0.4  | amplitude bump_amp ripple | 0.1
frequency          | real | uniform | 1 8       | frequency freq wavenumber | 4.0 6.0
tension            | real | uniform | 0 1       | tension tau | 0.5
epsilon            | real | uniform | 0.01 0.2  | hit_eps epsilon surf_eps | 0.05 0.1
heights            | reals | state  | -1 1      | heights profile samples
sides              | int  | uniform | 3 9       | sides num_sides n_sides | 6 5
relaxation         | real | uniform | 0.2 1     | relaxation lam | 0.5 0.3
step_scale         | real | uniform | 0.4 1     | step_scale omega_step | 0.8 0.9
local_point        | vec3 | result  | -3 3      | p_local q_local local_p
distance           | real | result  | -5 9      | dist d sdf
other_center       | vec3 | group   | -2 2      | cutter_center tool_center
other_radius       | real | group   | 0.2 2     | cutter_radius tool_radius
other_distance     | real | result  | -5 9      | cutter_dist d_cutter
shape_distance             | real | result  | -5 9      | shape_distance d_csg combined
planar_distance    | real | result  | -5 9      | dist_2d planar_dist
edge_vector        | vec3 | result  | -6 6      | edge_vec e01 ab
edge_length        | real | result  | 0 11      | edge_len l_ab
edge_p0            | vec3 | state   | -3 3      | p0
edge_p1            | vec3 | state   | -3 3      | p1
edge_q0            | vec3 | state   | -3 3      | q0
edge_q1            | vec3 | state   | -3 3      | q1
contact_margin     | real | uniform | 0.02 0.5  | margin contact_margin contact_dist | 0.1 0.05
area               | real | result  | 0 40      | area tri_area
vertex_area        | real | state   | 0.02 2    | vertex_area dual_area a_mixed
polygon_area       | real | result  | 0 40      | polygon_area ngon_area
signed_volume      | real | result  | -120 120  | signed_vol tet_vol
face_normal        | vec3 | result  | -1 1      | face_normal fn geo_normal
barycentric        | vec3 | result  | -20 20    | bary uvw barycentric
closest            | vec3 | result  | -4 4      | closest nearest proj
closest_distance   | real | result  | 0 9       | closest_dist d_closest
surface_sample     | vec3 | result  | -4 4      | surface_pt surface_sample
projected          | vec3 | result  | -12 12    | projected on_plane foot
projection_2d      | vec2 | result  | -12 12    | planar p_flat flat
circumradius       | real | result  | 0 20000 | circumradius r_circ
inradius           | real | result  | 0 3       | inradius r_in
aspect_quality     | real | result  |           | tri_quality aspect_quality
corner_angle       | real | result  | 0 3.2     | corner_angle alpha theta
cotangent          | real | result  | -20 20    | cot cot_weight
angle_defect       | real | result  | -1 6      | defect angle_defect
gaussian_curvature | real | result  | -150 800 | k_gauss gaussian_curv
mean_curvature     | real | result  | -20 20    | h_mean mean_curv
principal_curvature | real | result |           | k_max principal_curv
curvature          | real | result  |           | kappa curv curvature
dihedral           | real | result  | -3.2 3.2  | dihedral fold_angle
solid_angle        | real | result  | -6.3 6.3  | solid_angle omega_tri
hit_distance       | real | result  | -1 60 | t_hit hit_dist t_near
exit_distance      | real | result  | -12 12    | t_exit t_far
hit_point          | vec3 | result  | -20 20    | hit_pos hit_point ph
hit_normal         | vec3 | result  | -1 1      | hit_normal n_hit
curve_point        | vec2 | result  | -4 4      | curve_pt on_curve b_t
curve_tangent      | vec2 | result  | -20 20    | tangent_2d db_dt
length_2d          | real | result  | 0 40      | arc_len chord
winding            | real | result  | -3.2 3.2  | winding turn
gradient           | vec3 | result  | -1 1      | grad_d sdf_grad gradient
occupancy          | real | result  | 0 1       | occupancy density_in fill
strain             | real | result  |           | strain stretch
laplacian          | vec3 | state   | -2 2      | laplacian lap umbrella
ground_level       | real | state   | -1 1      | ground_level terrain_z
bumpiness          | real | result  | 0 2       | rough bumpiness
inside             | bool | result  |           | inside is_inside contained
is_hit             | bool | result  |           | is_hit hit_flag intersects
front_facing       | bool | result  |           | front_facing is_front
overlapping        | bool | result  |           | overlapping touching collides
is_sharp           | bool | result  |           | is_sharp crease feature_edge
edge_gap           | real | result  | 0 12       | gap edge_dist d_ee
edges_touch        | bool | result  |            | touching edge_contact
segment_gap        | real | result  | 0 12      | seg_gap segment_gap
scene_hit          | real | result  | -1 40     | t_scene scene_hit t_march
cylinder_hit       | real | result  | -1 60     | t_cyl cylinder_hit
ellipse_radii      | vec2 | group   | 0.3 2     | radii_2d semi_axes ellipse_radii
ellipse_distance   | real | result  | -3 6      | d_ellipse ellipse_dist
outline_x          | reals | state  | -2 2      | outline_x
outline_y          | reals | state  | -2 2      | outline_y
crossings          | int  | result  | 0 64      | crossings n_cross
outline_area       | real | result  | -100 100  | outline_area shoelace
outline_centroid   | vec2 | result  | -4 4      | outline_centroid centroid_2d
nearest_parameter  | real | result  | 0 1       | nearest_t t_nearest
bezier_distance    | real | result  | 0 9       | d_bezier bezier_dist
super_m            | real | uniform | 2 8       | super_m lobes | 3.0 6.0
super_n1           | real | uniform | 0.6 4     | n1                | 1.0 2.0
super_n2           | real | uniform | 0.6 4     | n2                | 1.0 2.0
super_radius       | real | result  | 0 30      | r_super super_radius
sharpness          | real | group   | 0.2 2     | sharpness clothoid_a | 0.5 1.0
run_length         | real | state   | 0.1 3     | run_len arc_s
spiral_point       | vec2 | result  | -3 3      | spiral_pt clothoid_xy
box_center         | vec3 | state   | -1 1      | box_center
box_half           | vec3 | state   | 0.2 1.5   | box_half
tri_box_hit        | bool | result  |           | tri_box_hit voxel_hit
vertex_a           | vec3 | state   | -3 3      | tri_a
vertex_b           | vec3 | state   | -3 3      | tri_b
vertex_c           | vec3 | state   | -3 3      | tri_c
vertex_d           | vec3 | state   | -3 3      | apex
triangle_point     | vec3 | result  | -12 12    | triangle_point closest_tri
sphere_center      | vec3 | result  | -200 200  | sphere_center circumcenter
sphere_radius      | real | result  | 0 400     | sphere_radius circum_r
corner_area        | real | result  | 0 10      | corner_area mixed_area
water_level        | real | uniform | -1 1      | water_level z_water | 0.0
wet_area           | real | result  | 0 40      | wet_area submerged_area
rect_center        | vec2 | state   | -2 2      | rect_center
rect_angle         | real | state   | -3 3      | rect_angle
rect_half          | vec2 | state   | 0.2 1.5   | rect_half
obstacle_center    | vec2 | group   | -2 2      | obstacle_center
obstacle_half      | vec2 | group   | 0.2 1.5   | obstacle_half
obstacle_angle     | real | group   | -3 3      | obstacle_angle
rect_gap           | real | result  | -5 6      | rect_gap sat_gap
spline_length      | real | result  | 0 60      | spline_length arc_len_cr
"""


def local_point(point, center, rotation):
    return wp.quat_rotate_inv(wp.normalize(rotation), point - center)


def posed_point(point, pose):
    local_point = wp.transform_point(wp.transform_inverse(pose), point)
    return local_point


def repeated_point(point, period):
    """Folds space so that a shape repeats."""
    cells = wp.cw_div(point, period)
    k = wp.vec3(wp.rint(cells[0]), wp.rint(cells[1]), wp.rint(cells[2]))
    local_point = point - wp.cw_mul(period, k)
    return local_point


def mirrored_point(point, normal, mirror_offset):
    n = wp.normalize(normal)
    side = wp.dot(point, n) - mirror_offset
    local_point = point - 2.0 * wp.min(side, 0.0) * n
    return local_point


def twisted_point(point, twist):
    """Twists space around the vertical axis."""
    a = twist * point[1]
    c = wp.cos(a)
    s = wp.sin(a)
    m = wp.mat22(c, -s, s, c)
    xz = m * wp.vec2(point[0], point[2])
    local_point = wp.vec3(xz[0], point[1], xz[1])
    return local_point


def bent_point(point, twist):
    c = wp.cos(0.5 * twist * point[0])
    s = wp.sin(0.5 * twist * point[0])
    local_point = wp.vec3(c * point[0] - s * point[1], s * point[0] + c * point[1], point[2])
    return local_point


def sphere_distance(point, center, radius):
    distance = wp.length(point - center) - radius
    return distance


def box_distance(local_point, half_extents):
    """Signed distance to a box."""
    q = wp.abs(local_point) - half_extents
    outside = wp.length(wp.max(q, wp.vec3(0.0, 0.0, 0.0)))
    distance = outside + wp.min(wp.max(q), 0.0)
    return distance


def rounded_box_distance(local_point, half_extents, rounding):
    q = wp.abs(local_point) - half_extents + wp.vec3(rounding, rounding, rounding)
    distance = wp.length(wp.max(q, wp.vec3(0.0, 0.0, 0.0))) + wp.min(wp.max(q), 0.0) - rounding
    return distance


def torus_distance(local_point, radius, minor_radius):
    """Signed distance to a torus around the vertical axis."""
    ring = wp.length(wp.vec2(local_point[0], local_point[2])) - radius
    distance = wp.length(wp.vec2(ring, local_point[1])) - minor_radius
    return distance


def capsule_distance(local_point, half_height, radius):
    y = local_point[1] - wp.clamp(local_point[1], -half_height, half_height)
    distance = wp.length(wp.vec3(local_point[0], y, local_point[2])) - radius
    return distance


def cylinder_distance(local_point, radius, half_height):
    """Signed distance to a capped cylinder."""
    side = wp.length(wp.vec2(local_point[0], local_point[2])) - radius
    cap = wp.abs(local_point[1]) - half_height
    corner = wp.vec2(wp.max(side, 0.0), wp.max(cap, 0.0))
    distance = wp.min(wp.max(side, cap), 0.0) + wp.length(corner)
    return distance


def cone_distance(local_point, cone_slope, height):
    """Bound of the distance to a cone with its tip at the origin."""
    q = wp.length(wp.vec2(local_point[0], local_point[2]))
    n = wp.normalize(wp.vec2(1.0, cone_slope))
    distance = wp.max(wp.dot(n, wp.vec2(q, local_point[1])), -height - local_point[1])
    return distance


def ellipsoid_distance(local_point, ellipsoid_radii):
    """Quilez's approximate distance to an ellipsoid."""
    k0 = wp.length(wp.cw_div(local_point, ellipsoid_radii))
    r2 = wp.cw_mul(ellipsoid_radii, ellipsoid_radii)
    k1 = wp.length(wp.cw_div(local_point, r2))
    distance = k0 * (k0 - 1.0) / wp.max(k1, 1.0e-6)
    return distance


def octahedron_distance(local_point, radius):
    p = wp.abs(local_point)
    distance = (p[0] + p[1] + p[2] - radius) * 0.57735027
    return distance


def plane_distance(point, plane):
    """Signed distance to a plane that is not normalized."""
    n = wp.vec3(plane[0], plane[1], plane[2])
    distance = (wp.dot(n, point) + plane[3]) / wp.max(wp.length(n), 1.0e-6)
    return distance


def gyroid_distance(point, frequency, shell):
    """Gyroid, thickened to a shell."""
    p = 0.5 * frequency * point
    g = wp.sin(p[0]) * wp.cos(p[1]) + wp.sin(p[1]) * wp.cos(p[2]) + wp.sin(p[2]) * wp.cos(p[0])
    distance = wp.abs(g) / frequency - shell
    return distance


def segment_distance(point, corner_0, corner_1, radius):
    pa = point - corner_0
    ba = corner_1 - corner_0
    h = wp.clamp(wp.dot(pa, ba) / wp.max(wp.dot(ba, ba), 1.0e-6), 0.0, 1.0)
    distance = wp.length(pa - h * ba) - radius
    return distance


def height_field_distance(point, amplitude, frequency):
    surface = amplitude * wp.sin(frequency * point[0]) * wp.cos(frequency * point[2])
    distance = (point[1] - surface) / wp.sqrt(1.0 + amplitude * amplitude * frequency * frequency)
    return distance


def displaced_distance(distance, point, amplitude, frequency):
    bumps = wp.sin(frequency * point[0]) * wp.sin(frequency * point[1]) * wp.sin(frequency * point[2])
    shape_distance = distance + amplitude * bumps
    return shape_distance


def other_distance(point, other_center, other_radius):
    return wp.length(point - other_center) - other_radius


def cut_distance(distance, other_distance):
    """What of a shape is left when another is taken away."""
    shape_distance = wp.max(distance, -other_distance)
    return shape_distance


def shell_distance(distance, shell):
    shape_distance = wp.abs(distance) - shell
    return shape_distance


def offset_distance(distance, rounding):
    """A shape with its edges rounded."""
    shape_distance = distance - rounding
    return shape_distance


def smooth_union(distance, other_distance, blend):
    """Union with a polynomial fillet (Quilez)."""
    h = wp.clamp(0.5 + 0.5 * (other_distance - distance) / blend, 0.0, 1.0)
    shape_distance = wp.lerp(other_distance, distance, h) - blend * h * (1.0 - h)
    return shape_distance


def smooth_intersection(distance, other_distance, blend):
    h = wp.max(blend - wp.abs(distance - other_distance), 0.0) / blend
    shape_distance = wp.max(distance, other_distance) + 0.25 * h * h * blend
    return shape_distance


def chamfered_union(distance, other_distance, blend):
    shape_distance = wp.min(wp.min(distance, other_distance), (distance - blend + other_distance) * wp.sqrt(0.5))
    return shape_distance


def exponential_union(distance, other_distance, blend):
    """Union by a soft minimum of exponentials."""
    low = wp.min(distance, other_distance)
    total = wp.exp((low - distance) / blend) + wp.exp((low - other_distance) / blend)
    shape_distance = low - blend * wp.log(total)
    return shape_distance


def circle_distance(point_2d, center_2d, radius):
    planar_distance = wp.length(point_2d - center_2d) - radius
    return planar_distance


def rectangle_distance(point_2d, center_2d, half_size_2d):
    q = wp.abs(point_2d - center_2d) - half_size_2d
    planar_distance = wp.length(wp.max(q, wp.vec2(0.0, 0.0))) + wp.min(wp.max(q), 0.0)
    return planar_distance


def polygon_distance(point_2d, radius, sides):
    """Distance to the sides of a regular polygon by folding the angle."""
    sector = wp.tau / float(sides)
    a = wp.atan2(point_2d[1], point_2d[0])
    folded = a - sector * wp.rint(a / sector)
    planar_distance = wp.length(point_2d) * wp.cos(folded) - radius
    return planar_distance


def vesica_distance(point_2d, radius, lens_offset):
    """Lens where two disks meet."""
    p = wp.abs(point_2d)
    d = lens_offset
    b = wp.sqrt(wp.max(radius * radius - d * d, 0.0))
    if (p[1] - b) * d > p[0] * b:
        return wp.length(p - wp.vec2(0.0, b))
    planar_distance = wp.length(p - wp.vec2(-d, 0.0)) - radius
    return planar_distance


def line_distance_2d(point_2d, edge_start, edge_end):
    pa = point_2d - edge_start
    ba = edge_end - edge_start
    h = wp.clamp(wp.dot(pa, ba) / wp.max(wp.length_sq(ba), 1.0e-6), 0.0, 1.0)
    planar_distance = wp.length(pa - h * ba)
    return planar_distance


def edge_vector(point_a, point_b):
    return point_b - point_a


def edge_length(edge_vector):
    return wp.length(edge_vector)


def area(corner_0, corner_1, corner_2):
    return 0.5 * wp.length(wp.cross(corner_1 - corner_0, corner_2 - corner_0))


def heron_area(corner_0, corner_1, corner_2):
    """Heron's formula."""
    a = wp.length(corner_1 - corner_2)
    b = wp.length(corner_2 - corner_0)
    c = wp.length(corner_0 - corner_1)
    s = 0.5 * (a + b + c)
    area = wp.sqrt(wp.max(s * (s - a) * (s - b) * (s - c), 0.0))
    return area


def triangle_area_2d(site_0, site_1, site_2):
    """Shoelace formula of a triangle."""
    u = site_1 - site_0
    v = site_2 - site_0
    area = 0.5 * wp.abs(u[0] * v[1] - u[1] * v[0])
    return area


def signed_volume(corner_0, corner_1, corner_2, center):
    """Six times the volume of a tetrahedron, as a determinant."""
    m = wp.matrix_from_rows(corner_0 - center, corner_1 - center, corner_2 - center)
    return wp.determinant(m)


def face_normal(corner_0, corner_1, corner_2):
    return wp.normalize(wp.cross(corner_1 - corner_0, corner_2 - corner_0))


def barycentric(point, corner_0, corner_1, corner_2):
    """Barycentric coordinates by Cramer's rule (Ericson)."""
    v0 = corner_1 - corner_0
    v1 = corner_2 - corner_0
    v2 = point - corner_0
    d00 = wp.dot(v0, v0)
    d01 = wp.dot(v0, v1)
    d11 = wp.dot(v1, v1)
    denom = wp.max(d00 * d11 - d01 * d01, 1.0e-6)
    v = (d11 * wp.dot(v2, v0) - d01 * wp.dot(v2, v1)) / denom
    w = (d00 * wp.dot(v2, v1) - d01 * wp.dot(v2, v0)) / denom
    return wp.vec3(1.0 - v - w, v, w)


def interpolated_point(barycentric, corner_0, corner_1, corner_2):
    """Point of a triangle from weights that are made to sum to one."""
    w = wp.max(barycentric, wp.vec3(0.0, 0.0, 0.0))
    total = wp.max(w[0] + w[1] + w[2], 1.0e-6)
    surface_sample = (w[0] * corner_0 + w[1] * corner_1 + w[2] * corner_2) / total
    return surface_sample


def random_triangle_point(corner_0, corner_1, corner_2, rng):
    """Uniform point of a triangle."""
    su = wp.sqrt(wp.randf(rng))
    v = wp.randf(rng)
    surface_sample = (1.0 - su) * corner_0 + su * (1.0 - v) * corner_1 + su * v * corner_2
    return surface_sample


def closest_on_segment(point, corner_0, corner_1):
    ab = corner_1 - corner_0
    t = wp.clamp(wp.dot(point - corner_0, ab) / wp.max(wp.length_sq(ab), 1.0e-6), 0.0, 1.0)
    closest = corner_0 + t * ab
    return closest


def closest_on_box(point, center, half_extents):
    closest = wp.min(wp.max(point, center - half_extents), center + half_extents)
    return closest


def closest_on_sphere(point, center, radius):
    d = point - center
    closest = center + d * (radius / wp.max(wp.length(d), radius))
    return closest


def projected(point, center, normal):
    n = wp.normalize(normal)
    return point - wp.dot(point - center, n) * n


def projected_on_axis(point, center, axis):
    a = wp.normalize(axis)
    projected = center + wp.dot(point - center, a) * a
    return projected


def projection_2d(point, normal):
    """Drops the axis along which the normal is greatest."""
    k = wp.argmax(wp.abs(normal))
    if k == wp.uint32(0):
        return wp.vec2(point[1], point[2])
    if k == wp.uint32(1):
        return wp.vec2(point[2], point[0])
    return wp.vec2(point[0], point[1])


def octahedral_projection(normal):
    """Octahedral map of directions."""
    s = wp.max(wp.abs(normal[0]) + wp.abs(normal[1]) + wp.abs(normal[2]), 1.0e-6)
    p = wp.vec2(normal[0], normal[1]) / s
    if normal[2] < 0.0:
        x = (1.0 - wp.abs(p[1])) * wp.where(p[0] < 0.0, -1.0, 1.0)
        y = (1.0 - wp.abs(p[0])) * wp.where(p[1] < 0.0, -1.0, 1.0)
        p = wp.vec2(x, y)
    projection_2d = p
    return projection_2d


def circumradius(corner_0, corner_1, corner_2):
    a = wp.length(corner_1 - corner_2)
    b = wp.length(corner_2 - corner_0)
    c = wp.length(corner_0 - corner_1)
    doubled = wp.length(wp.cross(corner_1 - corner_0, corner_2 - corner_0))
    return a * b * c / (2.0 * wp.max(doubled, 1.0e-3))


def inradius(corner_0, corner_1, corner_2):
    a = wp.length(corner_1 - corner_2)
    b = wp.length(corner_2 - corner_0)
    c = wp.length(corner_0 - corner_1)
    doubled = wp.length(wp.cross(corner_1 - corner_0, corner_2 - corner_0))
    return doubled / wp.max(a + b + c, 1.0e-6)


def aspect_quality(corner_0, corner_1, corner_2):
    """Radius ratio of a triangle, one where it is equilateral."""
    a = wp.length(corner_1 - corner_2)
    b = wp.length(corner_2 - corner_0)
    c = wp.length(corner_0 - corner_1)
    spread = (b + c - a) * (c + a - b) * (a + b - c)
    return wp.clamp(spread / wp.max(a * b * c, 1.0e-4), 0.0, 1.0)


def corner_angle(corner_0, corner_1, corner_2):
    u = corner_1 - corner_0
    v = corner_2 - corner_0
    return wp.atan2(wp.length(wp.cross(u, v)), wp.dot(u, v))


def cosine_angle(normal_a, normal_b):
    c = wp.dot(wp.normalize(normal_a), wp.normalize(normal_b))
    corner_angle = wp.acos(wp.clamp(c, -1.0, 1.0))
    return corner_angle


def cotangent(corner_0, corner_1, corner_2):
    """Cotangent weight of the edge that lies across a corner."""
    u = corner_1 - corner_0
    v = corner_2 - corner_0
    return 0.5 * wp.dot(u, v) / wp.max(wp.length(wp.cross(u, v)), 1.0e-6)


def angle_defect(angle_sum):
    return wp.tau - angle_sum


def gaussian_curvature(angle_defect, vertex_area):
    """Angle defect over the area around a vertex (Gauss and Bonnet)."""
    return angle_defect / vertex_area


def mean_curvature(dihedral, edge_length, vertex_area):
    """Integrated mean curvature of an edge (Steiner)."""
    return wp.clamp(0.5 * dihedral * edge_length / vertex_area, -20.0, 20.0)


def principal_curvature(mean_curvature, gaussian_curvature):
    disc = mean_curvature * mean_curvature - gaussian_curvature
    return mean_curvature + wp.sqrt(wp.max(disc, 0.0))


def normal_curvature(point_a, point_b, normal_a, normal_b):
    """Curvature along an edge from the turn of its normals."""
    e = point_b - point_a
    turn = wp.normalize(normal_b) - wp.normalize(normal_a)
    curvature = wp.dot(turn, e) / wp.max(wp.length_sq(e), 1.0e-6)
    return curvature


def menger_curvature(site_0, site_1, site_2):
    """Curvature of the circle through three points (Menger)."""
    u = site_1 - site_0
    v = site_2 - site_1
    w = site_2 - site_0
    twice_area = wp.abs(u[0] * v[1] - u[1] * v[0])
    curvature = 2.0 * twice_area / wp.max(wp.length(u) * wp.length(v) * wp.length(w), 1.0e-6)
    return curvature


def dihedral(normal_a, normal_b, point_a, point_b):
    """Signed angle between two faces around their edge."""
    na = wp.normalize(normal_a)
    nb = wp.normalize(normal_b)
    axis = wp.normalize(point_b - point_a)
    return wp.atan2(wp.dot(wp.cross(na, nb), axis), wp.dot(na, nb))


def solid_angle(point, corner_0, corner_1, corner_2):
    """Solid angle of a triangle (Van Oosterom and Strackee)."""
    a = corner_0 - point
    b = corner_1 - point
    c = corner_2 - point
    la = wp.length(a)
    lb = wp.length(b)
    lc = wp.length(c)
    num = wp.dot(a, wp.cross(b, c))
    denom = la * lb * lc + wp.dot(a, b) * lc + wp.dot(b, c) * la + wp.dot(c, a) * lb
    return 2.0 * wp.atan2(num, denom)


def ray_sphere(ray_origin, ray_direction, center, radius):
    """Nearest hit of a ray and a sphere, minus one where it misses."""
    d = wp.normalize(ray_direction)
    oc = ray_origin - center
    b = wp.dot(oc, d)
    disc = b * b - wp.dot(oc, oc) + radius * radius
    hit_distance = -1.0
    if disc >= 0.0:
        root = wp.sqrt(disc)
        t = -b - root
        if t < 0.0:
            t = root - b
        if t >= 0.0:
            hit_distance = t
    return hit_distance


def ray_box(ray_origin, ray_direction, center, half_extents):
    """Slab test of a ray and a box (Kay and Kajiya)."""
    t_near = float(-12.0)
    t_far = float(12.0)
    for k in range(3):
        d = ray_direction[k]
        if wp.abs(d) < 0.05:
            d = 0.05
        t0 = (center[k] - half_extents[k] - ray_origin[k]) / d
        t1 = (center[k] + half_extents[k] - ray_origin[k]) / d
        t_near = wp.max(t_near, wp.min(t0, t1))
        t_far = wp.min(t_far, wp.max(t0, t1))
    hit_distance = -1.0
    if t_near <= t_far and t_far > 0.0:
        hit_distance = wp.max(t_near, 0.0)
    return hit_distance


def ray_plane(ray_origin, ray_direction, center, normal):
    n = wp.normalize(normal)
    slope = wp.dot(n, wp.normalize(ray_direction))
    if wp.abs(slope) < 0.05:
        return -1.0
    hit_distance = wp.dot(center - ray_origin, n) / slope
    return hit_distance


def ray_triangle(ray_origin, ray_direction, corner_0, corner_1, corner_2):
    """Moeller and Trumbore's intersection of a ray and a triangle."""
    e1 = corner_1 - corner_0
    e2 = corner_2 - corner_0
    h = wp.cross(ray_direction, e2)
    det = wp.dot(e1, h)
    if wp.abs(det) < 0.5:
        return -1.0
    s = ray_origin - corner_0
    u = wp.dot(s, h) / det
    q = wp.cross(s, e1)
    v = wp.dot(ray_direction, q) / det
    if u < 0.0 or v < 0.0 or u + v > 1.0:
        return -1.0
    hit_distance = wp.dot(e2, q) / det
    return hit_distance


def ray_interval(ray_origin, ray_direction, radius):
    """Where a ray enters and leaves a sphere around the origin."""
    d = wp.normalize(ray_direction)
    along = -wp.dot(ray_origin, d)
    gap2 = wp.length_sq(ray_origin) - along * along
    half_chord = wp.sqrt(wp.max(radius * radius - gap2, 0.0))
    hit_distance = along - half_chord
    exit_distance = along + half_chord
    return hit_distance, exit_distance


def hit_point(ray_origin, ray_direction, hit_distance):
    return ray_origin + hit_distance * wp.normalize(ray_direction)


def next_travel(travel, shape_distance, step_scale, epsilon):
    """Step of sphere tracing, never smaller than the surface is thick."""
    return travel + wp.max(step_scale * wp.abs(shape_distance), epsilon)


def gradient(local_point, half_extents):
    """Gradient of the distance to a box: the face or corner that is nearest."""
    q = wp.abs(local_point) - half_extents
    s = wp.vec3(wp.sign(local_point[0]), wp.sign(local_point[1]), wp.sign(local_point[2]))
    if wp.max(q) > 0.0:
        return wp.cw_mul(s, wp.normalize(wp.max(q, wp.vec3(0.0, 0.0, 0.0))))
    k = wp.argmax(q)
    g = wp.vec3(0.0, 0.0, 0.0)
    g[int(k)] = s[int(k)]
    return g


def sphere_gradient(point, center, epsilon):
    d = point - center
    gradient = d / (wp.length(d) + epsilon)
    return gradient


def pushed_point(point, distance, gradient):
    """Moves a point onto the surface."""
    next_point = point - distance * gradient
    return next_point


def curve_point(control_0, control_1, control_2, parameter):
    """Quadratic Bezier curve by De Casteljau's scheme."""
    a = wp.lerp(control_0, control_1, parameter)
    b = wp.lerp(control_1, control_2, parameter)
    return wp.lerp(a, b, parameter)


def cubic_bezier(control_0, control_1, control_2, control_3, parameter):
    u = 1.0 - parameter
    inner = 3.0 * u * u * parameter * control_1 + 3.0 * u * parameter * parameter * control_2
    curve_point = u * u * u * control_0 + inner + parameter * parameter * parameter * control_3
    return curve_point


def catmull_rom(control_0, control_1, control_2, control_3, parameter, tension):
    """Catmull-Rom spline with tension."""
    k = 0.5 * (1.0 - tension)
    m1 = k * (control_2 - control_0)
    m2 = k * (control_3 - control_1)
    t2 = parameter * parameter
    t3 = t2 * parameter
    ends = (2.0 * t3 - 3.0 * t2 + 1.0) * control_1 + (3.0 * t2 - 2.0 * t3) * control_2
    curve_point = ends + (t3 - 2.0 * t2 + parameter) * m1 + (t3 - t2) * m2
    return curve_point


def superellipse_point(half_size_2d, polar_angle, tension):
    """Point of a superellipse, between an ellipse and a star."""
    c = wp.cos(polar_angle)
    s = wp.sin(polar_angle)
    m = 1.0 + tension
    x = half_size_2d[0] * wp.sign(c) * wp.pow(wp.abs(c), m)
    y = half_size_2d[1] * wp.sign(s) * wp.pow(wp.abs(s), m)
    curve_point = wp.vec2(x, y)
    return curve_point


def curve_tangent(control_0, control_1, control_2, parameter):
    return 2.0 * (wp.lerp(control_1, control_2, parameter) - wp.lerp(control_0, control_1, parameter))


def cubic_tangent(control_0, control_1, control_2, control_3, parameter):
    u = 1.0 - parameter
    first = 3.0 * u * u * (control_1 - control_0)
    middle = 6.0 * u * parameter * (control_2 - control_1)
    curve_tangent = first + middle + 3.0 * parameter * parameter * (control_3 - control_2)
    return curve_tangent


def length_2d(control_0, control_1, control_2):
    """Length of a quadratic Bezier curve by chords."""
    total = float(0.0)
    previous = control_0
    for n in range(1, 9):
        t = 0.125 * float(n)
        u = 1.0 - t
        p = u * u * control_0 + 2.0 * u * t * control_1 + t * t * control_2
        total += wp.length(p - previous)
        previous = p
    return total


def winding(point_2d, edge_start, edge_end):
    """Angle under which a point sees an edge."""
    a = edge_start - point_2d
    b = edge_end - point_2d
    return wp.atan2(a[0] * b[1] - a[1] * b[0], wp.dot(a, b))


def regular_polygon_area(radius, vertex_count):
    n = float(vertex_count)
    polygon_area = 0.5 * n * radius * radius * wp.sin(wp.tau / n)
    return polygon_area


def bumpiness(heights):
    """Mean absolute second difference of a profile."""
    total = float(0.0)
    for n in range(1, len(heights) - 1):
        total += wp.abs(heights[n - 1] - 2.0 * heights[n] + heights[n + 1])
    return 0.5 * total / float(wp.max(len(heights) - 2, 1))


def terrain_distance(point, ground_level, cone_slope):
    """Distance to a terrain of bounded slope, from the height above it."""
    above = point[1] - ground_level
    distance = above / wp.sqrt(1.0 + cone_slope * cone_slope)
    return distance


def occupancy(distance, epsilon):
    """Smooth indicator of the inside."""
    return 0.5 - 0.5 * wp.tanh(distance / (4.0 * epsilon))


def laplace_occupancy(shape_distance, blend):
    """Density of a signed distance (VolSDF)."""
    s = wp.exp(-wp.abs(shape_distance) / blend)
    occupancy = 0.5 * s
    if shape_distance < 0.0:
        occupancy = 1.0 - 0.5 * s
    return occupancy


def inside(shape_distance):
    return shape_distance <= 0.0


def inside_triangle(barycentric):
    inside = barycentric[0] > 0.0 and barycentric[1] > 0.0 and barycentric[2] > 0.0
    return inside


def inside_box(point, center, half_extents):
    q = wp.abs(point - center) - half_extents
    inside = wp.max(q) <= 0.0
    return inside


def inside_circumcircle(point_2d, site_0, site_1, site_2):
    """Delaunay's test by a determinant."""
    a = site_0 - point_2d
    b = site_1 - point_2d
    c = site_2 - point_2d
    m = wp.mat33(a[0], a[1], wp.dot(a, a), b[0], b[1], wp.dot(b, b), c[0], c[1], wp.dot(c, c))
    u = site_1 - site_0
    v = site_2 - site_0
    inside = wp.determinant(m) * (u[0] * v[1] - u[1] * v[0]) > 0.0
    return inside


def is_hit(hit_distance, exit_distance):
    return hit_distance >= 0.0 and hit_distance < exit_distance


def traced_hit(shape_distance, travel, epsilon):
    """Hit test of sphere tracing, with a cone that widens along the ray."""
    is_hit = shape_distance < epsilon * (1.0 + travel)
    return is_hit


def front_facing(face_normal, ray_direction):
    return wp.dot(face_normal, ray_direction) < 0.0


def overlapping(point_a, point_b, radius_a, radius_b):
    d = point_a - point_b
    r = radius_a + radius_b
    return wp.dot(d, d) < r * r


def boxes_overlap(point_a, point_b, half_extents):
    d = wp.abs(point_a - point_b) - 2.0 * half_extents
    overlapping = wp.max(d) < 0.0
    return overlapping


def is_sharp(dihedral, max_corner_angle):
    return wp.abs(dihedral) > max_corner_angle


def closest_distance(point, closest):
    return wp.length(point - closest)


def curve_distance(point_2d, curve_point, stroke):
    planar_distance = wp.length(point_2d - curve_point) - stroke
    return planar_distance


def offset_curve(curve_point, curve_tangent, offset):
    """Parallel curve."""
    side = wp.vec2(-curve_tangent[1], curve_tangent[0]) / wp.max(wp.length(curve_tangent), 0.1)
    next_curve_point = curve_point + offset * side
    return next_curve_point


def bezier_curvature(curve_tangent, control_0, control_1, control_2):
    """Signed curvature of a quadratic Bezier curve."""
    second = 2.0 * (control_2 - 2.0 * control_1 + control_0)
    speed = wp.max(wp.length(curve_tangent), 1.0e-6)
    curvature = (curve_tangent[0] * second[1] - curve_tangent[1] * second[0]) / (speed * speed * speed)
    return curvature


def strain(edge_length, rest_edge_length):
    return (edge_length - rest_edge_length) / wp.max(rest_edge_length, 1.0e-3)


def smoothed_point(point, laplacian, relaxation):
    next_point = point + 0.1 * relaxation * laplacian
    return next_point


def curvature_flow(point, normal, mean_curvature, relaxation):
    """Step of mean curvature flow, no longer than a tenth."""
    pace = wp.clamp(relaxation * mean_curvature, -1.0, 1.0)
    next_point = point - 0.1 * pace * wp.normalize(normal)
    return next_point


def hit_normal(hit_point, center):
    """Outward normal of a sphere where a ray meets it."""
    return wp.normalize(hit_point - center)


def edge_gap(edge_p0, edge_p1, edge_q0, edge_q1):
    """Distance between two edges."""
    result = wp.closest_point_edge_edge(edge_p0, edge_p1, edge_q0, edge_q1, 1.0e-6)
    return result[2]


def edges_touch(edge_p0, edge_p1, edge_q0, edge_q1, contact_margin):
    result = wp.closest_point_edge_edge(edge_p0, edge_p1, edge_q0, edge_q1, 1.0e-6)
    return result[2] < contact_margin


def segment_gap(edge_p0, edge_p1, edge_q0, edge_q1):
    """Closest approach of two segments, with the parameters clamped one after the other (Ericson)."""
    d1 = edge_p1 - edge_p0
    d2 = edge_q1 - edge_q0
    r = edge_p0 - edge_q0
    a = wp.dot(d1, d1)
    e = wp.dot(d2, d2)
    f = wp.dot(d2, r)
    if a < 1.0e-6 and e < 1.0e-6:
        return wp.length(r)
    if a < 1.0e-6:
        t_only = wp.clamp(f / e, 0.0, 1.0)
        return wp.length(r - t_only * d2)
    c = wp.dot(d1, r)
    if e < 1.0e-6:
        s_only = wp.clamp(-c / a, 0.0, 1.0)
        return wp.length(r + s_only * d1)
    b = wp.dot(d1, d2)
    denom = a * e - b * b
    s = 0.0
    if denom > 1.0e-5:
        s = wp.clamp((b * f - c * e) / denom, 0.0, 1.0)
    t = (b * s + f) / e
    if t < 0.0:
        t = 0.0
        s = wp.clamp(-c / a, 0.0, 1.0)
    elif t > 1.0:
        t = 1.0
        s = wp.clamp((b - c) / a, 0.0, 1.0)
    return wp.length(r + s * d1 - t * d2)


def scene_hit(ray_origin, ray_direction, center, radius, half_extents, blend, step_scale):
    """Sphere tracing of a sphere that melts into a box at the origin; minus one where it misses."""
    d = wp.normalize(ray_direction)
    t = float(0.0)
    result = float(-1.0)
    for it in range(32):
        p = ray_origin + t * d
        ball = wp.length(p - center) - radius
        q = wp.abs(p) - half_extents
        slab = wp.length(wp.max(q, wp.vec3(0.0, 0.0, 0.0))) + wp.min(wp.max(q), 0.0)
        h = wp.clamp(0.5 + 0.5 * (slab - ball) / blend, 0.0, 1.0)
        dist = wp.lerp(slab, ball, h) - blend * h * (1.0 - h)
        if dist < 1.0e-3 * (1.0 + t):
            result = t
            break
        t += step_scale * dist
        if t > 20.0:
            break
    return result


def cylinder_hit(ray_origin, ray_direction, radius, half_height):
    """Ray against a capped cylinder along y: its side first, then the nearer cap."""
    d = wp.normalize(ray_direction)
    a = d[0] * d[0] + d[2] * d[2]
    b = ray_origin[0] * d[0] + ray_origin[2] * d[2]
    c = ray_origin[0] * ray_origin[0] + ray_origin[2] * ray_origin[2] - radius * radius
    best = float(-1.0)
    if a > 1.0e-3:
        disc = b * b - a * c
        if disc < 0.0:
            return -1.0
        t_side = (-b - wp.sqrt(disc)) / a
        if t_side > 0.0 and wp.abs(ray_origin[1] + t_side * d[1]) <= half_height:
            return t_side
    if wp.abs(d[1]) > 0.02:
        for k in range(2):
            y_cap = half_height if k == 0 else -half_height
            t_cap = (y_cap - ray_origin[1]) / d[1]
            if t_cap <= 0.0:
                continue
            x = ray_origin[0] + t_cap * d[0]
            z = ray_origin[2] + t_cap * d[2]
            if x * x + z * z <= radius * radius and (best < 0.0 or t_cap < best):
                best = t_cap
    return best


def ellipse_distance(point_2d, ellipse_radii):
    """Signed distance to an ellipse: the nearest point found by turning its angle a few times."""
    p = wp.abs(point_2d)
    tx = float(0.70710678)
    ty = float(0.70710678)
    a = ellipse_radii[0]
    b = ellipse_radii[1]
    for it in range(4):
        ex = (a * a - b * b) * tx * tx * tx / a
        ey = (b * b - a * a) * ty * ty * ty / b
        rx = a * tx - ex
        ry = b * ty - ey
        qx = p[0] - ex
        qy = p[1] - ey
        r = wp.sqrt(rx * rx + ry * ry)
        q = wp.max(wp.sqrt(qx * qx + qy * qy), 1.0e-6)
        tx = wp.clamp((qx * r / q + ex) / a, 0.0, 1.0)
        ty = wp.clamp((qy * r / q + ey) / b, 0.0, 1.0)
        norm = wp.max(wp.sqrt(tx * tx + ty * ty), 1.0e-6)
        tx /= norm
        ty /= norm
    dist = wp.length(p - wp.vec2(a * tx, b * ty))
    level = (p[0] / a) * (p[0] / a) + (p[1] / b) * (p[1] / b)
    return wp.where(level < 1.0, -dist, dist)


def crossings(point_2d, outline_x, outline_y):
    """Crossings of a ray to the right with a closed outline: odd inside (Jordan)."""
    count = wp.min(len(outline_x), len(outline_y))
    total = int(0)
    j = int(count - 1)
    for i in range(count):
        yi = outline_y[i]
        yj = outline_y[j]
        if (yi > point_2d[1]) != (yj > point_2d[1]):
            x_cross = outline_x[i] + (point_2d[1] - yi) * (outline_x[j] - outline_x[i]) / (yj - yi)
            if point_2d[0] < x_cross:
                total += 1
        j = i
    return total


def outline_moments(outline_x, outline_y):
    """Signed area and centroid of a closed outline by the shoelace formula."""
    count = wp.min(len(outline_x), len(outline_y))
    twice = float(0.0)
    cx = float(0.0)
    cy = float(0.0)
    j = int(count - 1)
    for i in range(count):
        w = outline_x[j] * outline_y[i] - outline_x[i] * outline_y[j]
        twice += w
        cx += w * (outline_x[j] + outline_x[i])
        cy += w * (outline_y[j] + outline_y[i])
        j = i
    outline_area = 0.5 * twice
    scale = 0.0
    if wp.abs(twice) > 1.0:
        scale = 1.0 / (3.0 * twice)
    outline_centroid = wp.vec2(scale * cx, scale * cy)
    return outline_area, outline_centroid


def nearest_parameter(query_2d, control_0, control_1, control_2):
    """Parameter of the nearest point of a quadratic Bezier curve: coarse search, then Newton's method."""
    a = control_0 - 2.0 * control_1 + control_2
    b = 2.0 * (control_1 - control_0)
    best_t = float(0.0)
    best_d = float(1.0e6)
    for n in range(9):
        t_n = 0.125 * float(n)
        gap = wp.length_sq(control_0 + t_n * b + t_n * t_n * a - query_2d)
        if gap < best_d:
            best_d = gap
            best_t = t_n
    t = float(best_t)
    for it in range(5):
        p = control_0 + t * b + t * t * a - query_2d
        dp = b + 2.0 * t * a
        slope = wp.dot(p, dp)
        bend = wp.dot(dp, dp) + 2.0 * wp.dot(p, a)
        if bend < 1.0e-4:
            break
        t = wp.clamp(t - slope / bend, 0.0, 1.0)
    return t


def bezier_distance(point_2d, stroke_start, stroke_bend, stroke_end):
    """Distance to a quadratic Bezier curve by the roots of a cubic (Quilez)."""
    a = stroke_bend - stroke_start
    b = stroke_start - 2.0 * stroke_bend + stroke_end
    d = stroke_start - point_2d
    bb = wp.dot(b, b)
    if bb < 0.01:
        ba = stroke_end - stroke_start
        h0 = wp.clamp(-wp.dot(d, ba) / wp.max(wp.dot(ba, ba), 1.0e-6), 0.0, 1.0)
        return wp.length(d + h0 * ba)
    kx = wp.dot(a, b) / bb
    ky = (2.0 * wp.dot(a, a) + wp.dot(d, b)) / (3.0 * bb)
    kz = wp.dot(d, a) / bb
    p = ky - kx * kx
    q = kx * (2.0 * kx * kx - 3.0 * ky) + kz
    h = q * q + 4.0 * p * p * p
    if h >= 0.0:
        root = wp.sqrt(h)
        t = wp.clamp(wp.cbrt(0.5 * (root - q)) + wp.cbrt(0.5 * (-root - q)) - kx, 0.0, 1.0)
        return wp.length(d + (2.0 * a + b * t) * t)
    z = wp.sqrt(-p)
    v = wp.acos(wp.clamp(q / (2.0 * p * z), -1.0, 1.0)) / 3.0
    m = wp.cos(v)
    n = wp.sin(v) * 1.7320508
    t1 = wp.clamp((m + m) * z - kx, 0.0, 1.0)
    t2 = wp.clamp((-n - m) * z - kx, 0.0, 1.0)
    return wp.sqrt(wp.min(wp.length_sq(d + (2.0 * a + b * t1) * t1), wp.length_sq(d + (2.0 * a + b * t2) * t2)))


def super_radius(polar_angle, super_m, super_n1, super_n2):
    """Gielis's superformula."""
    arg = 0.25 * super_m * polar_angle
    u = wp.pow(wp.abs(wp.cos(arg)), super_n2)
    v = wp.pow(wp.abs(wp.sin(arg)), super_n2)
    return wp.min(wp.pow(wp.max(u + v, 1.0e-3), -1.0 / super_n1), 30.0)


def spiral_point(run_length, sharpness):
    """Point of a clothoid by Simpson's rule over its heading."""
    steps = 8
    ds = run_length / float(steps)
    x = float(0.0)
    y = float(0.0)
    for n in range(steps):
        s0 = float(n) * ds
        s1 = s0 + 0.5 * ds
        s2 = s0 + ds
        h0 = 0.5 * sharpness * s0 * s0
        h1 = 0.5 * sharpness * s1 * s1
        h2 = 0.5 * sharpness * s2 * s2
        x += ds / 6.0 * (wp.cos(h0) + 4.0 * wp.cos(h1) + wp.cos(h2))
        y += ds / 6.0 * (wp.sin(h0) + 4.0 * wp.sin(h1) + wp.sin(h2))
    return wp.vec2(x, y)


def tri_box_hit(corner_0, corner_1, corner_2, box_center, box_half):
    """Whether a triangle may meet a box: the axes of the box, then the plane of the triangle."""
    v0 = corner_0 - box_center
    v1 = corner_1 - box_center
    v2 = corner_2 - box_center
    for k in range(3):
        low = wp.min(v0[k], wp.min(v1[k], v2[k]))
        high = wp.max(v0[k], wp.max(v1[k], v2[k]))
        if low > box_half[k] or high < -box_half[k]:
            return False
    n = wp.cross(v1 - v0, v2 - v0)
    reach = wp.dot(box_half, wp.abs(n))
    return wp.abs(wp.dot(n, v0)) <= reach


def triangle_point(point, vertex_a, vertex_b, vertex_c):
    """Closest point of a triangle: one of its corners, edges, or its inside (Ericson)."""
    ab = vertex_b - vertex_a
    ac = vertex_c - vertex_a
    ap = point - vertex_a
    d1 = wp.dot(ab, ap)
    d2 = wp.dot(ac, ap)
    if d1 <= 0.0 and d2 <= 0.0:
        return vertex_a
    bp = point - vertex_b
    d3 = wp.dot(ab, bp)
    d4 = wp.dot(ac, bp)
    if d3 >= 0.0 and d4 <= d3:
        return vertex_b
    vc = d1 * d4 - d3 * d2
    if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
        return vertex_a + d1 / wp.max(d1 - d3, 1.0e-6) * ab
    cp = point - vertex_c
    d5 = wp.dot(ab, cp)
    d6 = wp.dot(ac, cp)
    if d6 >= 0.0 and d5 <= d6:
        return vertex_c
    vb = d5 * d2 - d1 * d6
    if vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
        return vertex_a + d2 / wp.max(d2 - d6, 1.0e-6) * ac
    va = d3 * d6 - d5 * d4
    if va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
        w_bc = (d4 - d3) / wp.max((d4 - d3) + (d5 - d6), 1.0e-6)
        return vertex_b + w_bc * (vertex_c - vertex_b)
    denom = 1.0 / wp.max(va + vb + vc, 1.0e-6)
    return vertex_a + vb * denom * ab + vc * denom * ac


def circumsphere(vertex_a, vertex_b, vertex_c, vertex_d):
    """Center and radius of the sphere through four points, by Cramer's rule; zero for a flat tetrahedron."""
    u = vertex_b - vertex_a
    v = vertex_c - vertex_a
    w = vertex_d - vertex_a
    det = 2.0 * wp.dot(u, wp.cross(v, w))
    sphere_center = vertex_a
    sphere_radius = 0.0
    if wp.abs(det) > 0.5:
        uu = wp.dot(u, u)
        vv = wp.dot(v, v)
        ww = wp.dot(w, w)
        rel = (uu * wp.cross(v, w) + vv * wp.cross(w, u) + ww * wp.cross(u, v)) / det
        sphere_center = vertex_a + rel
        sphere_radius = wp.length(rel)
    return sphere_center, sphere_radius


def corner_area(vertex_a, vertex_b, vertex_c):
    """Mixed Voronoi area of a triangle's first corner (Meyer)."""
    ab = vertex_b - vertex_a
    ac = vertex_c - vertex_a
    bc = vertex_c - vertex_b
    doubled = wp.length(wp.cross(ab, ac))
    if doubled < 1.0e-4:
        return 0.0
    at_a = wp.dot(ab, ac)
    at_b = -wp.dot(ab, bc)
    at_c = wp.dot(ac, bc)
    if at_a < 0.0:
        return 0.25 * doubled
    if at_b < 0.0 or at_c < 0.0:
        return 0.125 * doubled
    cot_b = at_b / doubled
    cot_c = at_c / doubled
    return 0.125 * (wp.dot(ac, ac) * cot_b + wp.dot(ab, ab) * cot_c)


def wet_area(vertex_a, vertex_b, vertex_c, water_level):
    """Area of the part of a triangle below a level, by how many of its corners are."""
    ha = vertex_a[1] - water_level
    hb = vertex_b[1] - water_level
    hc = vertex_c[1] - water_level
    area = 0.5 * wp.length(wp.cross(vertex_b - vertex_a, vertex_c - vertex_a))
    below = 0
    if ha < 0.0:
        below = below + 1
    if hb < 0.0:
        below = below + 1
    if hc < 0.0:
        below = below + 1
    if below == 0:
        return 0.0
    if below == 3:
        return area
    lone = ha
    h1 = hb
    h2 = hc
    if (hb < 0.0) != (ha < 0.0) and (hb < 0.0) != (hc < 0.0):
        lone = hb
        h1 = ha
        h2 = hc
    elif (hc < 0.0) != (ha < 0.0) and (hc < 0.0) != (hb < 0.0):
        lone = hc
        h1 = ha
        h2 = hb
    s1 = lone / wp.where(wp.abs(lone - h1) < 1.0e-5, 1.0, lone - h1)
    s2 = lone / wp.where(wp.abs(lone - h2) < 1.0e-5, 1.0, lone - h2)
    tip = area * wp.clamp(s1 * s2, 0.0, 1.0)
    if below == 1:
        return tip
    return area - tip


def rect_gap(rect_center, rect_half, rect_angle, obstacle_center, obstacle_half, obstacle_angle):
    """Separating axes of two turned rectangles: the widest gap along a side."""
    d = obstacle_center - rect_center
    gap = float(-1.0e6)
    for k in range(4):
        angle = rect_angle
        if k >= 2:
            angle = obstacle_angle
        if k % 2 == 1:
            angle = angle + wp.half_pi
        axis = wp.vec2(wp.cos(angle), wp.sin(angle))
        ca = wp.abs(wp.cos(rect_angle - angle))
        sa = wp.abs(wp.sin(rect_angle - angle))
        cb = wp.abs(wp.cos(obstacle_angle - angle))
        sb = wp.abs(wp.sin(obstacle_angle - angle))
        reach_a = rect_half[0] * ca + rect_half[1] * sa
        reach_b = obstacle_half[0] * cb + obstacle_half[1] * sb
        gap = wp.max(gap, wp.abs(wp.dot(d, axis)) - reach_a - reach_b)
    return gap


def spline_length(control_0, control_1, control_2, control_3):
    """Length of a Catmull-Rom segment by Gauss-Legendre quadrature with three points."""
    a = 0.5 * (3.0 * control_1 - control_0 - 3.0 * control_2 + control_3)
    b = control_0 - 2.5 * control_1 + 2.0 * control_2 - 0.5 * control_3
    c = 0.5 * (control_2 - control_0)
    total = float(0.0)
    for k in range(3):
        t = 0.5
        w = 0.44444444
        if k == 0:
            t = 0.11270167
            w = 0.27777778
        elif k == 2:
            t = 0.88729833
            w = 0.27777778
        total += w * wp.length(3.0 * t * t * a + 2.0 * t * b + c)
    return total
