"""Camera: projection, lens distortion, exposure, depth of field, tone mapping and color spaces."""

import warp as wp

ENTITIES = "pixel sample ray point feature keypoint"
GROUPS = "camera sensor rig"
PAIRS = "correspondence track"
LAUNCH = "1:4 2:4"
SUMMED = "luminance reprojection_error photon_count"
OPPOSITE = ""

QUANTITIES = """
point              | vec3 | state   | -4 4      | point p world_pos xyz
ray_origin         | vec3 | state   | -2 2       | ray_origin origin ro
pixel              | vec2 | state   | 0 8        | pixel px uv_pix
film               | vec2 | state   | -1 1       | film ndc xy screen_pos
lens_sample        | vec2 | state   | 0 1        | lens_sample u_lens xi
color              | vec3 | state   | 0 1        | color rgb c
hdr_color          | vec3 | state   | 0.02 8    | hdr hdr_color radiance rgb_hdr
depth              | real | state   | 0.5 12    | depth z z_view
disparity          | real | state   | 0.1 2     | disparity disp
motion             | vec2 | state   | -2 2      | motion motion_vec flow
luminance          | real | state   | 0.01 8     | luminance lum y_lum
photon_count       | real | state   | 1 500      | photons photon_count electrons
row_time           | real | state   | 0 1        | row_time scanline_t t_row
rotation           | quat | group   | -1 1       | rot cam_rot orientation q
camera_position    | vec3 | group   | -2 2      | cam_pos eye camera_pos
orientation        | mat33 | group  | -1 1       | cam_to_world r_cam basis
focal_length       | real | group   | 0.8 3     | focal f focal_length | 1.0 1.5
principal_point    | vec2 | group   | -0.3 0.3  | principal_point cxy pp
aperture           | real | group   | 1.4 16     | f_number aperture n_stop | 2.8 4.0
shutter            | real | group   | 0.1 1     | shutter exposure_time t_exp | 0.25 0.5
iso                | real | group   | 1 16       | iso gain sensitivity
field_of_view      | real | group   | 0.4 1.8    | fov fov_y field_of_view
k1                 | real | uniform | -0.2 0.2   | k1 radial_k1
k2                 | real | uniform | -0.05 0.05 | k2 radial_k2
tangential         | vec2 | uniform | -0.05 0.05 | tangential p12 decentering
aspect             | real | uniform | 0.7 2     | aspect aspect_ratio | 1.5 1.777
z_near             | real | uniform | 0.05 0.4   | z_near znear near_plane | 0.1
z_far              | real | uniform | 25 100     | z_far zfar far_plane | 50.0 100.0
resolution         | vec2 | uniform | 8 64       | resolution res image_size
focus_distance     | real | uniform | 1 10       | focus_dist focus_distance focal_plane | 4.0 5.0
baseline           | real | uniform | 0.35 0.8  | baseline stereo_base | 0.5
exposure_bias      | real | uniform | -2 2       | ev_bias exposure_comp | 0.0 1.0
middle_gray        | real | uniform | 0.1 0.3    | key middle_gray mid_gray | 0.18
white_point        | real | uniform | 2 8        | white white_point l_white | 4.0
gamma              | real | uniform | 1.8 2.6    | gamma gamma_exp | 2.2
contrast           | real | uniform | 0.5 2      | contrast contrast_gain | 1.0 1.2
saturation         | real | uniform | 0 2        | saturation sat_gain | 1.0 1.3
adaptation         | real | uniform | 0.2 4      | adaptation_rate tau_adapt | 1.0 2.0
frame_time         | real | uniform | 0.01 0.1   | dt frame_dt frame_time | 0.016
vignette_strength  | real | uniform | 0.1 1      | vignette vignette_strength
lift               | vec3 | uniform | -0.1 0.1   | lift offset
slope              | vec3 | uniform | 0.5 1.5    | slope color_gain
power              | vec3 | uniform | 0.6 1.6    | power gamma_rgb
white_balance      | vec3 | uniform | 0.6 1.6    | wb white_balance wb_gains
read_noise         | real | uniform | 0.5 4      | read_noise sigma_read
full_well          | real | uniform | 200 600    | full_well well_capacity
curve              | reals | uniform | 0 1       | curve tone_curve lut
brackets           | reals | state  | 0.05 0.95  | brackets stack exposures
blend              | real | uniform | 0.05 0.95  | alpha blend history_weight | 0.1 0.9
max_coc            | real | uniform | 0.2 2      | max_coc coc_limit
view_point         | vec3 | result  | -5 5      | p_cam view_pos cam_point
clip               | vec4 | result  | -16 16    | clip clip_pos p_clip
image_point        | vec2 | result  | -4 4      | img_pt xy_img projected
distorted          | vec2 | result  | -4 4      | distorted xd xy_dist
undistorted        | vec2 | result  | -1.5 1.5       | undistorted xu xy_undist
ray_direction      | vec3 | result  | -1 1       | ray_dir rd direction
angle              | real | result  | 0 1.5      | theta angle incidence
radius             | real | result  | 0 2        | r radius r_img
circle_of_confusion | real | result | 0 4        | coc blur_radius circle
exposure_value     | real | result  | -4 8      | ev ev100 exposure_value
exposure           | real | result  | 0.001 50 | exposure exposure_scale
falloff            | real | result  | 0 1        | falloff cos4 vignetting
tone               | vec3 | result  | 0 1        | tone mapped ldr tonemapped
graded             | vec3 | result  | 0 2       | graded grade out_color
encoded            | vec3 | result  | 0 1        | encoded srgb display
linear_color       | vec3 | result  | 0 1        | linear linear_rgb lin
xyz                | vec3 | result  | 0 2        | xyz cie_xyz tristimulus
lab                | vec3 | result  | -200 200  | lab cielab
hsv                | vec3 | result  | 0 1        | hsv hsv_color
ycbcr              | vec3 | result  | -0.6 1     | ycc ycbcr yuv
hue                | real | result  | 0 6.3      | hue hue_angle
chroma             | real | result  | 0 300     | chroma chroma_ab
temperature        | real | result  | 1 25       | cct temperature kilokelvin
color_difference   | real | result  | 0 250     | delta_e color_diff
focus_range        | real | result  | 0.1 200    | dof focus_range sharp_range
reprojection_error | real | result  | 0 8       | reproj_err residual err
noise_level        | real | result  | 1 25       | sigma noise_std noise_level
linear_depth       | real | result  | 0.02 60   | linear_z linear_depth z_lin
device_depth       | real | result  | 0 1        | z_ndc device_depth depth_buf
code               | int  | result  | 0 255      | code code8 display_code
inlier             | bool | result  |            | inlier is_inlier
in_view            | bool | result  |            | in_view in_frustum on_screen
saturated          | bool | result  |            | saturated clipped blown_out
in_focus           | bool | result  |            | in_focus sharp
"""


def view_point(point, camera_position, rotation):
    return wp.quat_rotate_inv(wp.normalize(rotation), point - camera_position)


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


def chromatic_shift(film, principal_point, k1, color):
    """Lateral chromatic aberration: the channel decides how much a point moves outwards."""
    d = film - principal_point
    spread = k1 * (color[0] - color[2])
    distorted = principal_point + d * (1.0 + spread * wp.length_sq(d))
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
    next_film = 2.0 * wp.cw_div(pixel, resolution) - wp.vec2(1.0, 1.0)
    return next_film


def jittered_pixel(pixel, rng):
    next_pixel = wp.floor(pixel[0]) * wp.vec2(1.0, 0.0) + wp.floor(pixel[1]) * wp.vec2(0.0, 1.0)
    next_pixel = next_pixel + wp.vec2(wp.randf(rng), wp.randf(rng))
    return next_pixel


def ray_direction(film, field_of_view, aspect, rotation):
    half_height = wp.tan(0.5 * field_of_view)
    d = wp.vec3(film[0] * half_height * aspect, film[1] * half_height, -1.0)
    return wp.quat_rotate(wp.normalize(rotation), wp.normalize(d))


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
    next_ray_origin = ray_origin + offset
    ray_direction = wp.normalize(focus - next_ray_origin)
    return next_ray_origin, ray_direction


def unprojected(ray_origin, ray_direction, depth):
    point = ray_origin + depth * wp.normalize(ray_direction)
    return point


def backprojected(film, depth, focal_length, principal_point):
    d = film - principal_point
    view_point = wp.vec3(d[0] * depth / focal_length, d[1] * depth / focal_length, depth)
    return view_point


def rolling_shutter_point(point, previous_point, row_time):
    next_point = wp.lerp(previous_point, point, row_time)
    return next_point


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


def exposure_value(aperture, shutter):
    return wp.log2(aperture * aperture / shutter)


def metered_exposure_value(luminance, iso, exposure_bias):
    exposure_value = wp.log2(luminance * iso * 8.0) - exposure_bias
    return exposure_value


def exposure(exposure_value):
    """Saturation-based exposure (Lagarde and de Rousiers)."""
    return 1.0 / (1.2 * wp.pow(2.0, exposure_value))


def photographic_exposure(shutter, iso, aperture):
    exposure = wp.pi * shutter * iso / (4.0 * aperture * aperture)
    return exposure


def key_exposure(luminance, middle_gray, exposure_bias):
    exposure = middle_gray / luminance * wp.pow(2.0, exposure_bias)
    return exposure


def adapted_luminance(luminance, target_luminance, adaptation, frame_time):
    """Eye adaptation that approaches a target exponentially."""
    next_luminance = luminance + (target_luminance - luminance) * (1.0 - wp.exp(-adaptation * frame_time))
    return next_luminance


def luminance(hdr_color):
    return wp.dot(hdr_color, wp.vec3(0.2126, 0.7152, 0.0722))


def falloff(angle):
    """Cosine-fourth law of illumination on the film."""
    c = wp.cos(angle)
    return c * c * c * c


def vignette(film, aspect, vignette_strength):
    p = wp.vec2(film[0] * aspect, film[1])
    falloff = 1.0 - vignette_strength * wp.smoothstep(0.4, 1.6, wp.length(p))
    return falloff


def exposed_color(hdr_color, exposure, falloff):
    next_hdr_color = hdr_color * (exposure * falloff)
    return next_hdr_color


def balanced_color(hdr_color, white_balance):
    """Von Kries' adaptation by gains of the channels."""
    next_hdr_color = wp.cw_mul(hdr_color, white_balance)
    return next_hdr_color


def temporal_color(hdr_color, previous_hdr_color, blend, motion):
    """Temporal accumulation that trusts history less where things move."""
    trust = blend / (1.0 + 4.0 * wp.length(motion))
    next_hdr_color = wp.lerp(hdr_color, previous_hdr_color, trust)
    return next_hdr_color


def tone(hdr_color):
    """Reinhard's operator."""
    return wp.cw_div(hdr_color, hdr_color + wp.vec3(1.0, 1.0, 1.0))


def extended_reinhard(hdr_color, white_point):
    """Reinhard's operator with a white point, on luminance."""
    lum = wp.max(wp.dot(hdr_color, wp.vec3(0.2126, 0.7152, 0.0722)), 1.0e-6)
    mapped = lum * (1.0 + lum / (white_point * white_point)) / (1.0 + lum)
    tone = wp.min(hdr_color * (mapped / lum), wp.vec3(1.0, 1.0, 1.0))
    return tone


def exponential_tone(hdr_color, exposure):
    k = -exposure
    tone = wp.vec3(1.0 - wp.exp(k * hdr_color[0]), 1.0 - wp.exp(k * hdr_color[1]), 1.0 - wp.exp(k * hdr_color[2]))
    return tone


def filmic_tone(hdr_color, exposure):
    """Narkowicz's fit of the ACES curve."""
    x = hdr_color * exposure
    one = wp.vec3(1.0, 1.0, 1.0)
    num = wp.cw_mul(x, 2.51 * x + 0.03 * one)
    den = wp.cw_mul(x, 2.43 * x + 0.59 * one) + 0.14 * one
    tone = wp.min(wp.cw_div(num, den), one)
    return tone


def hable_tone(hdr_color, white_point, exposure_bias):
    """Hable's filmic curve (Uncharted 2)."""
    gain = wp.pow(2.0, exposure_bias)
    w = (white_point * (0.15 * white_point + 0.05) + 0.004) / (white_point * (0.15 * white_point + 0.5) + 0.06) - 0.0667
    tone = wp.vec3(0.0, 0.0, 0.0)
    for c in range(3):
        x = gain * hdr_color[c]
        y = (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.0667
        tone[c] = wp.clamp(y / w, 0.0, 1.0)
    return tone


def curve_tone(luminance, white_point, curve):
    """Looks a tone up in a curve, with linear interpolation."""
    last = len(curve) - 1
    t = wp.clamp(luminance / white_point, 0.0, 1.0) * float(last)
    n = wp.clamp(int(wp.floor(t)), 0, wp.max(last - 1, 0))
    m = wp.min(n + 1, last)
    y = wp.lerp(curve[n], curve[m], t - float(n))
    tone = wp.vec3(y, y, y)
    return tone


def merged_luminance(brackets, shutter):
    """Merges a series of exposures, each twice as long as the one before, with hat weights (Debevec and Malik)."""
    total = float(0.0)
    norm = float(0.0)
    t_exp = float(shutter)
    for n in range(len(brackets)):
        z = brackets[n]
        w = 1.0 - wp.abs(2.0 * z - 1.0)
        total += w * z / t_exp
        norm += w
        t_exp *= 2.0
    next_luminance = total / wp.max(norm, 1.0e-3)
    return next_luminance


def graded(color, slope, lift, power):
    """Color decision list of the ASC: slope, offset, power."""
    c = wp.max(wp.cw_mul(color, slope) + lift, wp.vec3(1.0e-4, 1.0e-4, 1.0e-4))
    return wp.vec3(wp.pow(c[0], power[0]), wp.pow(c[1], power[1]), wp.pow(c[2], power[2]))


def saturated_color(tone, saturation):
    gray = wp.dot(tone, wp.vec3(0.2126, 0.7152, 0.0722))
    vivid = wp.vec3(gray, gray, gray) * (1.0 - saturation) + tone * saturation
    graded = wp.max(vivid, wp.vec3(0.0, 0.0, 0.0))
    return graded


def contrasted_color(color, contrast, middle_gray):
    pivot = wp.vec3(middle_gray, middle_gray, middle_gray)
    graded = wp.max(pivot + contrast * (color - pivot), wp.vec3(0.0, 0.0, 0.0))
    return graded


def encoded(linear_color):
    """Transfer function of sRGB."""
    s = wp.vec3(0.0, 0.0, 0.0)
    for n in range(3):
        c = wp.clamp(linear_color[n], 0.0, 1.0)
        if c <= 0.0031308:
            s[n] = 12.92 * c
        else:
            s[n] = 1.055 * wp.pow(c, 1.0 / 2.4) - 0.055
    return s


def gamma_encoded(tone, gamma):
    inv_gamma = 1.0 / gamma
    c = wp.max(tone, wp.vec3(1.0e-4, 1.0e-4, 1.0e-4))
    encoded = wp.vec3(wp.pow(c[0], inv_gamma), wp.pow(c[1], inv_gamma), wp.pow(c[2], inv_gamma))
    return encoded


def linear_color(color, gamma):
    c = wp.max(color, wp.vec3(0.0, 0.0, 0.0))
    return wp.vec3(wp.pow(c[0], gamma), wp.pow(c[1], gamma), wp.pow(c[2], gamma))


def srgb_decoded(color):
    lin = wp.vec3(0.0, 0.0, 0.0)
    for n in range(3):
        c = wp.max(color[n], 0.0)
        lin[n] = wp.where(c <= 0.04045, c / 12.92, wp.pow((c + 0.055) / 1.055, 2.4))
    linear_color = lin
    return linear_color


def log_encoded(color):
    """Logarithmic encoding of LogC (ARRI), with its linear toe."""
    encoded = wp.vec3(0.0, 0.0, 0.0)
    for n in range(3):
        x = color[n]
        if x > 0.010591:
            encoded[n] = 0.24719 * wp.log10(5.555556 * x + 0.052272) + 0.385537
        else:
            encoded[n] = 5.367655 * x + 0.092809
    return encoded


def xyz(linear_color):
    """Linear sRGB to CIE XYZ (D65)."""
    m = wp.mat33(0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505)
    return m * linear_color


def rgb_from_xyz(xyz):
    m = wp.mat33(3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.204, 1.057)
    rgb = m * xyz
    linear_color = wp.vec3(wp.clamp(rgb[0], 0.0, 1.0), wp.clamp(rgb[1], 0.0, 1.0), wp.clamp(rgb[2], 0.0, 1.0))
    return linear_color


def lab(xyz):
    """CIE XYZ to CIELAB under D65."""
    f = wp.vec3(xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883)
    for n in range(3):
        t = wp.max(f[n], 0.0)
        if t > 0.008856:
            f[n] = wp.cbrt(t)
        else:
            f[n] = 7.787 * t + 16.0 / 116.0
    return wp.vec3(116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2]))


def hue(lab):
    h = wp.atan2(lab[2], lab[1])
    if h < 0.0:
        h = h + wp.tau
    return h


def chroma(lab):
    return wp.sqrt(lab[1] * lab[1] + lab[2] * lab[2])


def color_difference(lab_a, lab_b):
    """CIE76 color difference."""
    return wp.length(lab_a - lab_b)


def redmean(color_a, color_b):
    """Weighted distance of colors by the mean of their reds."""
    r_mean = 0.5 * (color_a[0] + color_b[0])
    d = color_a - color_b
    color_difference = wp.sqrt((2.0 + r_mean) * d[0] * d[0] + 4.0 * d[1] * d[1] + (3.0 - r_mean) * d[2] * d[2])
    return color_difference


def hsv(color):
    """RGB to HSV."""
    v = wp.max(color)
    span = v - wp.min(color)
    if span < 1.0e-5:
        return wp.vec3(0.0, 0.0, v)
    h = (color[1] - color[2]) / span
    if wp.argmax(color) == wp.uint32(1):
        h = (color[2] - color[0]) / span + 2.0
    elif wp.argmax(color) == wp.uint32(2):
        h = (color[0] - color[1]) / span + 4.0
    return wp.vec3(h / 6.0 - wp.floor(h / 6.0), span / v, v)


def rgb_from_hsv(hsv):
    linear_color = wp.vec3(0.0, 0.0, 0.0)
    for n in range(3):
        k = 5.0 - 2.0 * float(n) + 6.0 * hsv[0]
        k = k - 6.0 * wp.floor(k / 6.0)
        linear_color[n] = hsv[2] * (1.0 - hsv[1] * wp.clamp(wp.min(k, 4.0 - k), 0.0, 1.0))
    return linear_color


def ycbcr(color):
    """Luma and chroma differences of Rec. 709."""
    y = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
    return wp.vec3(y, (color[2] - y) / 1.8556, (color[0] - y) / 1.5748)


def temperature(xyz):
    """McCamy's correlated color temperature, in thousands of kelvins."""
    total = wp.max(xyz[0] + xyz[1] + xyz[2], 1.0e-6)
    x = xyz[0] / total
    y = xyz[1] / total
    d = 0.1858 - y
    if wp.abs(d) < 0.05:
        d = -0.05
    n = (x - 0.332) / d
    cct = ((449.0 * n + 3525.0) * n + 6823.3) * n + 5520.33
    return wp.clamp(0.001 * cct, 1.0, 25.0)


def noise_level(photon_count, read_noise):
    """Shot noise and read noise of a sensor."""
    return wp.sqrt(photon_count + read_noise * read_noise)


def exposed_photons(photon_count, shutter, full_well, noise_level, rng):
    collected = photon_count * shutter + noise_level * wp.randn(rng)
    next_photon_count = wp.clamp(collected, 0.0, full_well)
    return next_photon_count


def reprojection_error(image_point, target_image_point):
    return wp.length(image_point - target_image_point)


def robust_reprojection(image_point_a, image_point_b, max_radius):
    """Huber's loss of a reprojection error."""
    r = wp.length(image_point_a - image_point_b)
    if r <= max_radius:
        return 0.5 * r * r
    reprojection_error = max_radius * (r - 0.5 * max_radius)
    return reprojection_error


def epipolar_error(film_a, film_b, orientation):
    """Sampson's distance to the epipolar constraint."""
    xa = wp.vec3(film_a[0], film_a[1], 1.0)
    xb = wp.vec3(film_b[0], film_b[1], 1.0)
    la = orientation * xa
    lb = wp.transpose(orientation) * xb
    e = wp.dot(xb, la)
    denom = la[0] * la[0] + la[1] * la[1] + lb[0] * lb[0] + lb[1] * lb[1]
    reprojection_error = e * e / wp.max(denom, 1.0e-6)
    return reprojection_error


def disparity(film_a, film_b):
    return wp.max(wp.abs(film_a[0] - film_b[0]), 0.1)


def motion(image_point, previous_image_point, max_radius):
    """Motion vector, no longer than the largest blur."""
    d = image_point - previous_image_point
    return d / wp.max(wp.length(d) / max_radius, 1.0)


def in_view(film, linear_depth, z_far):
    return wp.max(wp.abs(film)) < 0.9 and linear_depth < z_far


def inside_frustum(clip):
    w = wp.abs(clip[3])
    in_view = wp.abs(clip[0]) <= w and wp.abs(clip[1]) <= w and wp.abs(clip[2]) <= w
    return in_view


def saturated(photon_count, iso, full_well):
    return photon_count * wp.sqrt(iso) > full_well


def overexposed(hdr_color, white_point):
    saturated = wp.max(hdr_color) > white_point
    return saturated


def in_focus(circle_of_confusion, max_coc):
    return circle_of_confusion < max_coc


def code(encoded, color):
    """Eight bits of the channel that is brightest in the original."""
    k = int(wp.argmax(color))
    return int(wp.clamp(encoded[k], 0.0, 1.0) * 255.0 + 0.5)


def film_pixel(distorted, resolution):
    centered = 0.5 * (distorted + wp.vec2(1.0, 1.0))
    next_pixel = wp.cw_mul(centered, resolution)
    return next_pixel


def look_color(color, graded, blend):
    next_color = wp.lerp(color, wp.min(graded, wp.vec3(1.0, 1.0, 1.0)), blend)
    return next_color


def inlier(reprojection_error, max_reprojection_error):
    return reprojection_error < max_reprojection_error


def color_match(color_difference, chroma):
    """A tolerance that grows with chroma (CMC)."""
    inlier = color_difference < 2.0 * (1.0 + 0.045 * chroma)
    return inlier


def hue_difference(hue_a, hue_b, chroma_a, chroma_b):
    """Metric hue difference of CIE94."""
    d = hue_a - hue_b
    color_difference = 2.0 * wp.sqrt(chroma_a * chroma_b) * wp.abs(wp.sin(0.5 * d))
    return color_difference
