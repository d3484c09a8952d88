"""Camera: projection, lens distortion, exposure, depth of field, tone mapping and color spaces."""

import warp as wp

ENTITIES = "point pixel"
GROUPS = "camera rig"
PAIRS = "correspondence"
LAUNCH = "1:4 2:4"
SUMMED = "reprojection_error"

QUANTITIES = """
point                | vec3  | state   | -4 4       | point p world_pos xyz
ray_origin           | vec3  | state   | -2 2       | ray_origin origin ro
pixel                | vec2  | state   | 0 8        | pixel px uv_pix
film                 | vec2  | state   | -1 1       | film ndc screen_pos
lens_sample          | vec2  | state   | 0 1        | lens_sample u_lens xi
depth                | real  | state   | 0.5 12     | depth z z_view
disparity            | real  | state   | 0.1 2      | disparity disp
motion               | vec2  | state   | -2 2       | motion motion_vec flow
row_time             | real  | state   | 0 1        | row_time scanline_t t_row
rotation             | quat  | group   | -1 1       | rot cam_rot orientation q
camera_position      | vec3  | group   | -2 2       | cam_pos eye camera_pos
orientation          | mat33 | group   | -1 1       | cam_to_world r_cam basis
focal_length         | real  | group   | 0.8 3      | focal f focal_length         | 1.0 1.5
principal_point      | vec2  | group   | -0.3 0.3   | principal_point cxy pp
aperture             | real  | group   | 1.4 16     | lens_aperture f_stop_lens    | 2.8 4.0
field_of_view        | real  | group   | 0.4 1.8    | fov fov_y field_of_view
k1                   | real  | uniform | -0.2 0.2   | k1 radial_k1
k2                   | real  | uniform | -0.05 0.05 | k2 radial_k2
tangential           | vec2  | uniform | -0.05 0.05 | tangential p12 decentering
aspect               | real  | uniform | 0.7 2      | aspect aspect_ratio          | 1.5 1.777
z_near               | real  | uniform | 0.05 0.4   | z_near znear near_plane      | 0.1
z_far                | real  | uniform | 25 100     | z_far zfar far_plane         | 50.0 100.0
resolution           | vec2  | uniform | 8 64       | resolution res image_size
focus_distance       | real  | uniform | 1 10       | focus_dist focus_distance focal_plane | 4.0 5.0
baseline             | real  | uniform | 0.35 0.8   | baseline stereo_base         | 0.5
max_coc              | real  | uniform | 0.2 2      | max_coc coc_limit
view_point           | vec3  | result  | -5 5       | p_cam view_pos cam_point
clip                 | vec4  | result  | -16 16     | clip clip_pos p_clip
image_point          | vec2  | result  | -4 4       | img_pt xy_img projected
distorted            | vec2  | result  | -4 4       | distorted xd xy_dist
undistorted          | vec2  | result  | -1.5 1.5   | undistorted xu xy_undist
ray_direction        | vec3  | result  | -1 1       | ray_dir rd direction
angle                | real  | result  | 0 1.5      | theta angle incidence
radius               | real  | result  | 0 6        | r_img radius
circle_of_confusion  | real  | result  | 0 4        | coc blur_radius circle
focus_range          | real  | result  | 0.1 200    | dof focus_range sharp_range
reprojection_error   | real  | result  | 0 8        | reproj_err residual err
linear_depth         | real  | result  | 0.02 60    | linear_z linear_depth z_lin
device_depth         | real  | result  | 0 1        | z_ndc device_depth depth_buf
inlier               | bool  | result  |            | inlier is_inlier
in_view              | bool  | result  |            | in_view in_frustum on_screen
in_focus             | bool  | result  |            | in_focus sharp
jittered             | vec2  | result  |            | jittered px_jitter
shutter_point        | vec3  | result  |            | shutter_point p_row
image_pixel          | vec2  | result  |            | pixel_pos px_out
lens_origin          | vec3  | result  |            | lens_origin ro_lens
lens_direction       | vec3  | result  | -1 1       | lens_dir rd_lens
huber_delta          | real  | uniform | 0.1 2      | huber_delta robust_k         | 0.5 1.0
max_blur             | real  | uniform | 0.2 2      | max_blur blur_limit          | 1.0
fundamental          | mat33 | uniform | -1 1       | F_mat fundamental
epipolar_error       | real  | result  | 0 4        | sampson epi_err
ray_angle            | real  | result  | 0 1.6      | theta ray_angle
sphere_offset        | real  | group   | -0.3 0.6   | xi sphere_offset             | 0.2
sphere_blend         | real  | group   | 0.3 0.7    | alpha_ds sphere_blend        | 0.55
mirror               | real  | group   | 0.2 1.2    | xi_mirror mirror             | 0.8
cube_face            | int   | result  | 0 5        | face cube_face
face_point           | vec2  | result  | 0 1        | face_uv st
homography           | mat33 | uniform | -1 1       | H_mat homography
transferred_point    | vec2  | result  |            | warped transferred
left_origin          | vec3  | state   | -2 0       | origin_l left_center
left_direction       | vec3  | state   | -1 1       | dir_l left_ray
right_origin         | vec3  | state   | 0 2        | origin_r right_center
right_direction      | vec3  | state   | -1 1       | dir_r right_ray
triangulated         | vec3  | result  |            | tri_point triangulated
projection_jacobian  | mat33 | result  |            | J_proj jac
match_noise          | real  | uniform | 0.01 0.2   | sigma_d match_noise          | 0.05
depth_uncertainty    | real  | result  | 0 50       | sigma_z depth_std
costs                | reals | state   | 0.1 10     | match_costs cost_row
uniqueness           | real  | uniform | 0.7 0.99   | uniqueness ratio_test        | 0.85 0.9
best_disparity       | real  | result  | -1 64      | disp best_disp
sharpness            | reals | state   | 0.1 5      | sharpness focus_scores
focus_step           | real  | uniform | 0.05 0.5   | focus_step lens_step         | 0.1
focus_peak           | real  | result  | 0 3        | best_focus focus_peak
camera_height        | real  | uniform | 0.8 3      | cam_height h_cam             | 1.5
camera_pitch         | real  | uniform | -0.2 0.4   | cam_pitch pitch              | 0.1
ground_distance      | real  | result  | 0 200      | ground_dist range_m
focal_millimeters    | real  | group   | 18 200     | focal_mm f_mm                | 35.0 50.0
f_number             | real  | group   | 1.4 16     | f_number f_stop              | 2.8 8.0
blur_limit           | real  | uniform | 0.01 0.05  | coc_mm blur_limit            | 0.03
sharp_limits         | vec2  | result  |            | near_far sharp_limits
intrinsic_matrix     | mat33 | result  |            | K_mat intrinsics
camera_shift         | vec3  | state   | -1 1       | cam_shift t_rel
plane_normal         | vec3  | uniform | -1 1       | plane_n plane_normal
plane_distance       | real  | uniform | 1 10       | plane_d plane_distance       | 2.0 5.0
plane_homography     | mat33 | result  |            | H_plane induced_h
essential_matrix     | mat33 | result  | -2 2       | E_mat essential
epipolar_line        | vec3  | result  |            | epi_line line_abc
distortion_jacobian  | mat22 | result  | -1 3       | J_dist dist_jac
local_magnification  | real  | result  | 0 10       | local_mag area_scale
later_rotation       | quat  | state   | -1 1       | rot_next q_end
row_rotation         | quat  | result  |            | rot_row q_row
smooth_rotation      | quat  | state   | -1 1       | rot_smooth q_smooth
stabilized_direction | vec3  | result  |            | stable_dir dir_out
orbit_yaw            | real  | state   | -3.1 3.1   | orbit_yaw yaw
orbit_pitch          | real  | state   | -1.4 1.4   | orbit_pitch tilt_angle
orbit_camera         | quat  | result  |            | rot_orbit q_orbit
hit_point            | vec3  | result  |            | hit_pos surface_pt
lifted_point         | vec3  | result  |            | lifted_pt p_back
wide_point           | vec2  | result  |            | wide_pt xy_wide
eye_point | vec3 | state | -4 -1 | eye_pos eye
aim_target | vec3 | state | 0 3 | look_at aim_pt
look_basis | mat33 | result | -1 1 | R_look look_axes
drag_start | vec2 | state | -1 1 | drag_from mouse_0
drag_end | vec2 | state | -1 1 | drag_to mouse_1
arcball | quat | result | | q_arc arcball_q
"""


def view_point(point, camera_position, rotation):
    return wp.quat_rotate_inv(rotation, point - camera_position)


def view_point_basis(point, camera_position, orientation):
    view_point = wp.transpose(orientation) * (point - camera_position)
    return view_point


def image_point(view_point, focal_length, principal_point):
    """Pinhole camera."""
    z = wp.max(wp.abs(view_point[2]), 1.0)
    return focal_length * wp.vec2(view_point[0] / z, view_point[1] / z) + principal_point


def perspective(view_point, field_of_view, aspect, z_near, z_far):
    """Perspective projection to clip space of OpenGL."""
    f = 1.0 / wp.tan(0.5 * field_of_view)
    a = (z_far + z_near) / (z_near - z_far)
    b = 2.0 * z_far * z_near / (z_near - z_far)
    clip = wp.vec4(f / aspect * view_point[0], f * view_point[1], a * view_point[2] + b, -view_point[2])
    return clip


def perspective_divide(clip):
    w = clip[3]
    if w < 1.0:
        w = 1.0
    image_point = wp.vec2(clip[0], clip[1]) / w
    return image_point


def orthographic(view_point, aspect, focal_length):
    image_point = wp.vec2(view_point[0] / aspect, view_point[1]) / focal_length
    return image_point


def equirectangular(ray_direction):
    """Longitude and latitude of a direction."""
    d = wp.normalize(ray_direction)
    lon = wp.atan2(d[0], -d[2])
    lat = wp.asin(wp.clamp(d[1], -1.0, 1.0))
    image_point = wp.vec2(lon / wp.tau + 0.5, lat / wp.pi + 0.5)
    return image_point


def angle(view_point):
    r = wp.length(wp.vec2(view_point[0], view_point[1]))
    return wp.atan2(r, wp.abs(view_point[2]) + 0.01)


def radius(angle, focal_length):
    """Equidistant fisheye."""
    return focal_length * angle


def stereographic_radius(angle, focal_length):
    radius = 2.0 * focal_length * wp.tan(0.5 * angle)
    return radius


def equisolid_radius(angle, focal_length):
    radius = 2.0 * focal_length * wp.sin(0.5 * angle)
    return radius


def kannala_brandt(angle, focal_length, k1, k2):
    """Generic fisheye model of Kannala and Brandt."""
    t2 = angle * angle
    radius = focal_length * angle * (1.0 + t2 * (k1 + t2 * k2))
    return radius


def film_radius(film, principal_point):
    radius = wp.length(film - principal_point)
    return radius


def distorted(undistorted, k1, k2):
    r2 = wp.dot(undistorted, undistorted)
    return undistorted * (1.0 + k1 * r2 + k2 * r2 * r2)


def brown_distortion(image_point, k1, k2, tangential):
    """Radial and tangential distortion of Brown and Conrady."""
    x = image_point[0]
    y = image_point[1]
    r2 = wp.min(x * x + y * y, 4.0)
    radial = 1.0 + r2 * (k1 + r2 * k2)
    dx = 2.0 * tangential[0] * x * y + tangential[1] * (r2 + 2.0 * x * x)
    dy = tangential[0] * (r2 + 2.0 * y * y) + 2.0 * tangential[1] * x * y
    distorted = wp.vec2(x * radial + dx, y * radial + dy)
    return distorted


def undistorted(film, k1, k2):
    """Inverts radial distortion by fixed-point iteration."""
    p = film
    for _ in range(5):
        r2 = wp.dot(p, p)
        p = film / (1.0 + k1 * r2 + k2 * r2 * r2)
    return p


def division_undistort(film, principal_point, k1):
    """Fitzgibbon's division model."""
    d = film - principal_point
    undistorted = principal_point + d / (1.0 + k1 * wp.length_sq(d))
    return undistorted


def normalized_film(pixel, resolution):
    film = 2.0 * wp.cw_div(pixel, resolution) - wp.vec2(1.0, 1.0)
    return film


def jittered_pixel(pixel, rng):
    jittered = wp.floor(pixel[0]) * wp.vec2(1.0, 0.0) + wp.floor(pixel[1]) * wp.vec2(0.0, 1.0)
    jittered = jittered + wp.vec2(wp.randf(rng), wp.randf(rng))
    return jittered


def ray_direction(film, field_of_view, aspect, rotation):
    half_height = wp.tan(0.5 * field_of_view)
    d = wp.vec3(film[0] * half_height * aspect, film[1] * half_height, -1.0)
    return wp.quat_rotate(rotation, wp.normalize(d))


def ray_direction_intrinsics(undistorted, focal_length, principal_point):
    d = undistorted - principal_point
    ray_direction = wp.normalize(wp.vec3(d[0] / focal_length, d[1] / focal_length, 1.0))
    return ray_direction


def thin_lens_ray(ray_origin, ray_direction, lens_sample, focus_distance, aperture):
    """Ray through a thin lens towards the plane in focus."""
    d = wp.normalize(ray_direction)
    r = wp.sqrt(lens_sample[0]) / aperture
    phi = wp.tau * lens_sample[1]
    offset = wp.vec3(r * wp.cos(phi), r * wp.sin(phi), 0.0)
    focus = ray_origin + focus_distance * d
    lens_origin = ray_origin + offset
    lens_direction = wp.normalize(focus - lens_origin)
    return lens_origin, lens_direction


def unprojected(ray_origin, ray_direction, depth):
    hit_point = ray_origin + depth * wp.normalize(ray_direction)
    return hit_point


def backprojected(film, depth, focal_length, principal_point):
    d = film - principal_point
    lifted_point = wp.vec3(d[0] * depth / focal_length, d[1] * depth / focal_length, depth)
    return lifted_point


def rolling_shutter_point(point, previous_point, row_time):
    shutter_point = wp.lerp(previous_point, point, row_time)
    return shutter_point


def depth(disparity, focal_length, baseline):
    """Depth from stereo."""
    return focal_length * baseline / disparity


def device_depth(depth, z_near, z_far):
    """Hyperbolic depth of a perspective projection."""
    return z_far * (depth - z_near) / (depth * (z_far - z_near))


def logarithmic_depth(depth, z_near, z_far):
    device_depth = wp.log(depth / z_near) / wp.log(z_far / z_near)
    return device_depth


def reversed_depth(depth, z_near, z_far):
    device_depth = z_near * (z_far - depth) / (depth * (z_far - z_near))
    return device_depth


def linear_depth(device_depth, z_near, z_far):
    return z_near * z_far / (z_far - wp.clamp(device_depth, 0.0, 1.0) * (z_far - z_near))


def circle_of_confusion(depth, focus_distance, focal_length, aperture):
    """Circle of confusion of a thin lens."""
    f = 0.1 * focal_length
    lens = f * f / (aperture * (focus_distance - f))
    return 10.0 * lens * wp.abs(depth - focus_distance) / depth


def capped_circle(linear_depth, focus_distance, focal_length, max_coc):
    signed_coc = focal_length * (linear_depth - focus_distance) / linear_depth
    circle_of_confusion = wp.min(wp.abs(signed_coc), max_coc)
    return circle_of_confusion


def depth_of_field(focus_distance, focal_length, aperture):
    """Near and far limits of what is sharp, from the hyperfocal distance."""
    f = 0.05 * focal_length
    hyperfocal = f * f / (aperture * 0.0003) + f
    near_limit = hyperfocal * focus_distance / (hyperfocal + focus_distance)
    far_limit = 100.0
    if focus_distance < 0.95 * hyperfocal:
        far_limit = hyperfocal * focus_distance / (hyperfocal - focus_distance)
    focus_range = far_limit - near_limit
    return focus_range


def reprojection_error(image_point, target_image_point):
    return wp.length(image_point - target_image_point)


def robust_reprojection(image_point_a, image_point_b, huber_delta):
    """Huber's loss of a reprojection error."""
    r = wp.length(image_point_a - image_point_b)
    if r <= huber_delta:
        return 0.5 * r * r
    reprojection_error = huber_delta * (r - 0.5 * huber_delta)
    return reprojection_error


def epipolar_error(film_a, film_b, fundamental):
    """Sampson's distance to the epipolar constraint."""
    xa = wp.vec3(film_a[0], film_a[1], 1.0)
    xb = wp.vec3(film_b[0], film_b[1], 1.0)
    la = fundamental * xa
    lb = wp.transpose(fundamental) * xb
    e = wp.dot(xb, la)
    denom = la[0] * la[0] + la[1] * la[1] + lb[0] * lb[0] + lb[1] * lb[1]
    return e * e / wp.max(denom, 1.0e-6)


def disparity(film_a, film_b):
    return wp.max(wp.abs(film_a[0] - film_b[0]), 0.1)


def motion(image_point, previous_image_point, max_blur):
    """Motion vector, no longer than the largest blur."""
    d = image_point - previous_image_point
    return d / wp.max(wp.length(d) / max_blur, 1.0)


def in_view(film, linear_depth, z_far):
    return wp.max(wp.abs(film)) < 0.9 and linear_depth < z_far


def inside_frustum(clip):
    w = wp.abs(clip[3])
    in_view = wp.abs(clip[0]) <= w and wp.abs(clip[1]) <= w and wp.abs(clip[2]) <= w
    return in_view


def in_focus(circle_of_confusion, max_coc):
    return circle_of_confusion < max_coc


def film_pixel(distorted, resolution):
    centered = 0.5 * (distorted + wp.vec2(1.0, 1.0))
    image_pixel = wp.cw_mul(centered, resolution)
    return image_pixel


def inlier(reprojection_error, max_reprojection_error):
    return reprojection_error < max_reprojection_error


def brown_undistorted(film, k1, k2, tangential):
    """Inverts radial and tangential distortion by fixed-point iteration."""
    x = float(film[0])
    y = float(film[1])
    for _ in range(8):
        r2 = wp.min(x * x + y * y, 2.0)
        radial = 1.0 + r2 * (k1 + r2 * k2)
        dx = 2.0 * tangential[0] * x * y + tangential[1] * (r2 + 2.0 * x * x)
        dy = tangential[0] * (r2 + 2.0 * y * y) + 2.0 * tangential[1] * x * y
        x = wp.clamp((film[0] - dx) / wp.max(radial, 0.2), -3.0, 3.0)
        y = wp.clamp((film[1] - dy) / wp.max(radial, 0.2), -3.0, 3.0)
    undistorted = wp.vec2(x, y)
    return undistorted


def fisheye_angle(film, focal_length, k1, k2):
    """Angle of a fisheye ray: Newton's method on the model of Kannala and Brandt."""
    r = wp.length(film) / focal_length
    theta = float(wp.min(r, 1.5))
    for _ in range(6):
        t2 = theta * theta
        f = theta * (1.0 + t2 * (k1 + t2 * k2)) - r
        slope = 1.0 + t2 * (3.0 * k1 + 5.0 * t2 * k2)
        theta = wp.clamp(theta - f / wp.max(slope, 0.2), 0.0, 1.57)
    ray_angle = theta
    return ray_angle


def double_sphere(view_point, focal_length, principal_point, sphere_offset, sphere_blend):
    """Double sphere model of wide-angle lenses."""
    x2y2 = view_point[0] * view_point[0] + view_point[1] * view_point[1]
    z = view_point[2]
    d1 = wp.sqrt(x2y2 + z * z)
    shifted = sphere_offset * d1 + z
    d2 = wp.sqrt(x2y2 + shifted * shifted)
    denom = wp.max(sphere_blend * d2 + (1.0 - sphere_blend) * shifted, 1.0)
    wide_point = focal_length * wp.vec2(view_point[0] / denom, view_point[1] / denom) + principal_point
    return wide_point


def unified_projection(view_point, focal_length, principal_point, mirror):
    """Unified model of Mei for mirrors and fisheyes."""
    d = wp.length(view_point)
    denom = wp.max(view_point[2] + mirror * d, 1.0)
    wide_point = focal_length * wp.vec2(view_point[0] / denom, view_point[1] / denom) + principal_point
    return wide_point


def cube_face(ray_direction):
    """Face of a cube map that a direction hits."""
    d = ray_direction
    ax = wp.abs(d[0])
    ay = wp.abs(d[1])
    az = wp.abs(d[2])
    if ax >= ay and ax >= az:
        if d[0] > 0.0:
            return 0
        return 1
    if ay >= az:
        if d[1] > 0.0:
            return 2
        return 3
    if d[2] > 0.0:
        return 4
    return 5


def cube_coordinates(ray_direction):
    """Coordinates on the face of a cube map that a direction hits."""
    d = ray_direction
    ax = wp.abs(d[0])
    ay = wp.abs(d[1])
    az = wp.abs(d[2])
    if ax >= ay and ax >= az:
        m = wp.max(ax, 1.0e-3)
        u = -wp.sign(d[0]) * d[2] / m
        v = -d[1] / m
    elif ay >= az:
        m = wp.max(ay, 1.0e-3)
        u = d[0] / m
        v = wp.sign(d[1]) * d[2] / m
    else:
        m = wp.max(az, 1.0e-3)
        u = wp.sign(d[2]) * d[0] / m
        v = -d[1] / m
    face_point = wp.vec2(0.5 * (u + 1.0), 0.5 * (v + 1.0))
    return face_point


def transferred_point(film, homography):
    """Point of one image in another one of the same plane."""
    h = homography * wp.vec3(film[0], film[1], 1.0)
    w = h[2]
    if wp.abs(w) < 0.1:
        w = 0.1
    return wp.vec2(h[0] / w, h[1] / w)


def midpoint_triangulation(left_origin, left_direction, right_origin, right_direction):
    """Point between two rays where they come nearest to each other."""
    d1 = wp.normalize(left_direction)
    d2 = wp.normalize(right_direction)
    r = right_origin - left_origin
    c = wp.dot(d1, d2)
    det = wp.max(1.0 - c * c, 0.01)
    t1 = (wp.dot(r, d1) - c * wp.dot(r, d2)) / det
    t2 = (c * wp.dot(r, d1) - wp.dot(r, d2)) / det
    triangulated = 0.5 * (left_origin + t1 * d1 + right_origin + t2 * d2)
    return triangulated


def projection_jacobian(view_point, focal_length):
    """Derivatives of a pinhole's image point by the depth and the two sides of a point."""
    z = wp.max(wp.abs(view_point[2]), 0.5)
    inv_z = 1.0 / z
    fx = focal_length * inv_z
    gx = -focal_length * view_point[0] * inv_z * inv_z
    gy = -focal_length * view_point[1] * inv_z * inv_z
    return wp.mat33(fx, 0.0, gx, 0.0, fx, gy, 0.0, 0.0, 1.0)


def depth_uncertainty(depth, focal_length, baseline, match_noise):
    """How an error of a disparity spreads to the depth."""
    return depth * depth * match_noise / (focal_length * baseline)


def best_disparity(costs, uniqueness):
    """Disparity of the least matching cost, by a parabola through its neighbors; minus one if another is as good."""
    best = int(0)
    for n in range(1, len(costs)):
        if costs[n] < costs[best]:
            best = n
    second = float(1.0e6)
    for n in range(len(costs)):
        if wp.abs(n - best) > 1:
            second = wp.min(second, costs[n])
    if costs[best] > uniqueness * second:
        return -1.0
    if best == 0 or best == len(costs) - 1:
        return float(best)
    left = costs[best - 1]
    right = costs[best + 1]
    bend = left - 2.0 * costs[best] + right
    if bend < 1.0e-4:
        return float(best)
    return float(best) + 0.5 * (left - right) / bend


def focus_peak(sharpness, focus_step):
    """Lens position of the greatest sharpness, by a parabola in its logarithm."""
    best = int(0)
    for n in range(1, len(sharpness)):
        if sharpness[n] > sharpness[best]:
            best = n
    where = float(best)
    if best > 0 and best < len(sharpness) - 1:
        left = wp.log(sharpness[best - 1])
        mid = wp.log(sharpness[best])
        right = wp.log(sharpness[best + 1])
        bend = left - 2.0 * mid + right
        if bend < -1.0e-4:
            where += 0.5 * (left - right) / bend
    return focus_step * where


def ground_distance(film, focal_length, camera_height, camera_pitch):
    """Distance along flat ground of what a pixel sees; far away above the horizon."""
    below = wp.atan2(-film[1], focal_length) + camera_pitch
    if below <= 0.02:
        return 200.0
    return wp.min(camera_height / wp.tan(below), 200.0)


def hyperfocal_limits(focus_distance, focal_millimeters, f_number, blur_limit):
    """Near and far limit of what is sharp, in meters."""
    f = 0.001 * focal_millimeters
    h = f * f / (f_number * 0.001 * blur_limit) + f
    near = focus_distance * (h - f) / (h + focus_distance - 2.0 * f)
    far = 1000.0
    if focus_distance < 0.98 * h:
        far = focus_distance * (h - f) / (h - focus_distance)
    sharp_limits = wp.vec2(near, wp.min(far, 1000.0))
    return sharp_limits


def intrinsic_matrix(focal_length, principal_point, aspect):
    return wp.mat33(
        focal_length, 0.0, principal_point[0], 0.0, focal_length * aspect, principal_point[1], 0.0, 0.0, 1.0
    )


def plane_homography(orientation, camera_shift, plane_normal, plane_distance):
    """Homography that a plane induces between two views."""
    return orientation + wp.outer(camera_shift, plane_normal) / plane_distance


def essential_matrix(orientation, camera_shift):
    t = wp.normalize(camera_shift)
    cross = wp.skew(t)
    return cross * orientation


def epipolar_line(essential_matrix, film):
    """Line in the other image on which a point must lie, scaled to distances."""
    line = essential_matrix * wp.vec3(film[0], film[1], 1.0)
    norm = wp.max(wp.sqrt(line[0] * line[0] + line[1] * line[1]), 1.0e-4)
    return line / norm


def distortion_jacobian(film, k1, k2):
    """Derivative of radial distortion."""
    r2 = wp.dot(film, film)
    radial = 1.0 + r2 * (k1 + r2 * k2)
    slope = 2.0 * k1 + 4.0 * k2 * r2
    off = slope * film[0] * film[1]
    return wp.mat22(radial + slope * film[0] * film[0], off, off, radial + slope * film[1] * film[1])


def local_magnification(distortion_jacobian):
    return wp.abs(wp.determinant(distortion_jacobian))


def row_rotation(rotation, later_rotation, row_time):
    """Rotation of the camera while a row is read out."""
    return wp.quat_slerp(rotation, later_rotation, row_time)


def stabilized_direction(ray_direction, rotation, smooth_rotation):
    """Direction of a pixel as a camera that moves smoothly would see it."""
    correction = wp.quat_inverse(smooth_rotation) * rotation
    return wp.quat_rotate(correction, ray_direction)


def orbit_camera(orbit_yaw, orbit_pitch):
    """Rotation of a camera that turns about its target."""
    turn = wp.quat_from_axis_angle(wp.vec3(0.0, 1.0, 0.0), orbit_yaw)
    tilt = wp.quat_from_axis_angle(wp.vec3(1.0, 0.0, 0.0), orbit_pitch)
    return turn * tilt


def look_basis(eye_point, aim_target):
    """Right, up and backward axes of a camera that looks at a point, as rows."""
    forward = wp.normalize(aim_target - eye_point)
    right = wp.cross(forward, wp.vec3(0.0, 1.0, 0.0))
    right = right / wp.max(wp.length(right), 0.01)
    return wp.matrix_from_rows(right, wp.cross(right, forward), -forward)


def arcball(drag_start, drag_end):
    """Rotation by a drag over a ball in front of the scene."""
    a = wp.vec3(drag_start[0], drag_start[1], wp.sqrt(wp.max(1.0 - wp.length_sq(drag_start), 0.0)))
    b = wp.vec3(drag_end[0], drag_end[1], wp.sqrt(wp.max(1.0 - wp.length_sq(drag_end), 0.0)))
    u = a / wp.max(wp.length(a), 1.0e-3)
    v = b / wp.max(wp.length(b), 1.0e-3)
    return wp.normalize(wp.quat(wp.cross(u, v), 1.001 + wp.dot(u, v)))
