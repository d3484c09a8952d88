"""Gaussian splats: anisotropic covariances, their projection on the screen, culling, blending and fitting."""

import warp as wp

ENTITIES = "splat gaussian"
GROUPS = "camera rig"
PAIRS = "overlap blend_pair"
LAUNCH = "1:9 2:1"
SUMMED = "alpha weighted_color opacity_loss"
OPPOSITE = ""

QUANTITIES = """
center             | vec3 | state   | -2 2       | mean center xyz
rotation           | quat | state   | -1 1       | rot q quat
log_scale          | vec3 | state   | -2.5 -0.5  | log_scale log_scales s_log
scale              | vec3 | result  | 0.05 0.7   | scale scales s
opacity_logit      | real | state   | -4 4       | opacity_logit raw_opacity logit
opacity            | real | result  | 0.01 0.99  | opacity alpha0 op
color              | vec3 | state   | 0 1        | color rgb c
sh_coefficient     | mat33| state   | -0.5 0.5   | sh1
sh_base            | vec3 | state   | -1 1       | sh0
factor             | mat33| result  | -0.7 0.7   | M RS factor
covariance         | mat33| result  | -1 1.5     | cov3d Sigma cov
view_rotation      | mat33| uniform | -1 1       | W view_R R_view
view_center        | vec3 | uniform | -3 3       | cam_pos eye view_pos
focal              | real | group   | 1 3        | focal fx focal_len
image_center       | vec2 | group   | -0.5 0.5   | pp principal_pt img_center
tan_fov            | real | uniform | 0.3 1.2    | tan_fov tan_half_fov              | 0.5
camera_point       | vec3 | result  | -9 9       | p_cam t_cam p_view
screen_point       | vec2 | result  | -200 200   | uv xy2d means2d
screen_covariance  | mat22| result  | -400 800   | cov2d Sigma2d cov_xy
blur               | real | uniform | 0.01 0.1   | blur low_pass dilation            | 0.01
conic              | mat22| result  | -2 5       | conic inv_cov2d Q
pixel              | vec2 | state   | -1 1       | pix pixel_xy px
offset             | vec2 | result  | -201 201   | d_xy delta offset
alpha              | real | result  | 0 0.99     | alpha splat_alpha
radius             | real | result  | 0 200      | radius radii px_radius
transmittance      | real | state   | 0 1        | T trans transmittance
weighted_color     | vec3 | result  | 0 1        | contrib weighted_rgb out_c
view_direction     | vec3 | result  | -1 1       | view_dir dir_to_cam v_dir
visible            | bool | result  |            | visible in_frustum keep
opaque             | bool | result  |            | saturated opaque finished
density            | real | result  | 0 1        | density rho g_val
point              | vec3 | state   | -2 2       | x query sample_pt
axis               | vec3 | result  | -1 1       | min_axis n_splat normal
gradient_norm      | real | state   | 0 0.004    | grad_norm xyz_grad pos_grad
grad_threshold     | real | uniform | 0.0002 0.002 | grad_thresh densify_grad         | 0.0002
scene_extent       | real | uniform | 1 5        | extent scene_extent               | 2.0
splits             | bool | result  |            | split_mask to_split densify
prunes             | bool | result  |            | prune_mask to_prune
min_opacity        | real | uniform | 0.005 0.05 | min_opacity prune_alpha           | 0.005
opacity_loss       | real | result  | 0 5        | op_reg opacity_loss
learning_rate      | real | uniform | 0.001 0.05 | lr step_size                      | 0.01
gradient           | vec3 | state   | -1 1       | grad_center g_xyz d_center
packed_conic       | vec3 | result  | -400 400   | conic_abc inv_cov_abc packed_conic
pixel_mean         | vec2 | result  | -2000 2000 | mean_2d
pixel_radius       | int  | result  | 0 4000     | radius_px
image_size         | real | uniform | 32 512     | image_size res img_w              | 64.0 256.0
tile_count         | int  | result  | 0 4096     | tiles_touched tile_count
tile_pixels        | int  | uniform | 8 16       | tile_pixels block_px              | 16
pixel_center       | vec2 | state   | 0 512      | center_px pixel_center
footprint          | real | state   | 0.5 90     | footprint r_px
layer_alphas       | reals | state  | 0 0.95     | layer_alphas
layer_shades       | reals | state  | 0 1        | layer_shades
composite          | real | result  | 0 1        | composite blended_shade
ray_origin         | vec3 | state   | -3 3       | ray_o
ray_direction      | vec3 | state   | -1 1       | ray_d
ray_response       | real | result  | 0 1        | ray_response
ray_peak           | real | result  | -500 500   | t_peak
action             | int  | result  | 0 3        | action densify_op
age                | int  | state   | 0 600      | age iters_alive
sh_quadratic       | vec3 | state   | -0.5 0.5   | sh2
quadratic_shade    | real | result  | 0 4        | shade_sh quadratic_shade
mip_opacity        | real | result  | 0 1        | mip_opacity comp_alpha
"""


def scale(log_scale):
    return wp.vec3(wp.exp(log_scale[0]), wp.exp(log_scale[1]), wp.exp(log_scale[2]))


def opacity(opacity_logit):
    """Sigmoid of the stored value."""
    return 1.0 / (1.0 + wp.exp(-opacity_logit))


def factor(rotation, scale):
    return wp.quat_to_matrix(rotation) * wp.diag(scale)


def covariance(factor):
    return factor * wp.transpose(factor)


def covariance_of_parameters(rotation, log_scale):
    """Covariance from the rotation and the scales that are learned."""
    R = wp.quat_to_matrix(rotation)
    s = wp.vec3(wp.exp(log_scale[0]), wp.exp(log_scale[1]), wp.exp(log_scale[2]))
    M = R * wp.diag(s)
    covariance = M * wp.transpose(M)
    return covariance


def camera_point(center, view_rotation, view_center):
    return view_rotation * (center - view_center)


def visible(camera_point, tan_fov):
    """Frustum test with a margin of 30 percent."""
    z = camera_point[2]
    lim = 1.3 * tan_fov * z
    return z > 0.2 and wp.abs(camera_point[0]) < lim and wp.abs(camera_point[1]) < lim


def screen_point(camera_point, focal, image_center):
    z = wp.max(camera_point[2], 0.2)
    return image_center + focal * wp.vec2(camera_point[0] / z, camera_point[1] / z)


def screen_covariance(factor, view_rotation, camera_point, focal, tan_fov, blur):
    """EWA splatting: covariance on the image plane by the projection's Jacobian, with a low-pass filter."""
    z = wp.max(camera_point[2], 0.2)
    lim = 1.3 * tan_fov
    tx = wp.clamp(camera_point[0] / z, -lim, lim)
    ty = wp.clamp(camera_point[1] / z, -lim, lim)
    fz = focal / z
    J = wp.mat33(fz, 0.0, -fz * tx, 0.0, fz, -fz * ty, 0.0, 0.0, 0.0)
    T = J * view_rotation * factor
    S = T * wp.transpose(T)
    return wp.mat22(S[0, 0] + blur, S[0, 1], S[0, 1], S[1, 1] + blur)


def conic(screen_covariance):
    """Inverse of the covariance on the screen."""
    det = screen_covariance[0, 0] * screen_covariance[1, 1] - screen_covariance[0, 1] * screen_covariance[1, 0]
    if det <= 1.0e-6:
        return wp.mat22(0.0, 0.0, 0.0, 0.0)
    return wp.mat22(
        screen_covariance[1, 1] / det,
        -screen_covariance[0, 1] / det,
        -screen_covariance[1, 0] / det,
        screen_covariance[0, 0] / det,
    )


def radius(screen_covariance):
    """Three standard deviations along the longer axis."""
    mid = 0.5 * (screen_covariance[0, 0] + screen_covariance[1, 1])
    det = screen_covariance[0, 0] * screen_covariance[1, 1] - screen_covariance[0, 1] * screen_covariance[1, 0]
    lam = wp.max(mid, 0.0) + wp.sqrt(wp.max(mid * mid - det, 0.0))
    return 3.0 * wp.sqrt(lam)


def offset(screen_point, pixel):
    return screen_point - pixel


def pixel_alpha(opacity, screen_covariance, screen_point, pixel):
    """Opacity of a splat at a pixel."""
    d = pixel - screen_point
    a = screen_covariance[0, 0]
    b = 0.5 * (screen_covariance[0, 1] + screen_covariance[1, 0])
    c = screen_covariance[1, 1]
    det = a * c - b * b
    if det <= 0.0:
        return 0.0
    q = 0.5 * (c * d[0] * d[0] - 2.0 * b * d[0] * d[1] + a * d[1] * d[1]) / det
    alpha = wp.min(0.99, opacity * wp.exp(-wp.max(q, 0.0)))
    return alpha


def next_transmittance(transmittance, alpha):
    return transmittance * (1.0 - alpha)


def weighted_color(color, alpha, transmittance):
    return alpha * transmittance * color


def opaque(transmittance):
    return transmittance < 1.0e-4


def view_direction(center, view_center):
    return wp.normalize(center - view_center)


def sh_color(sh_base, sh_coefficient, view_direction):
    """Color from spherical harmonics of degree one."""
    d = view_direction
    linear = sh_coefficient * wp.vec3(-d[1], d[2], -d[0])
    c = 0.28209479 * sh_base + 0.48860251 * linear + wp.vec3(0.5, 0.5, 0.5)
    next_color = wp.max(c, wp.vec3(0.0, 0.0, 0.0))
    return next_color


def density(center, rotation, scale, point):
    """Unnormalized density of a Gaussian in space."""
    d = wp.quat_rotate_inv(rotation, point - center)
    u = wp.cw_div(d, scale)
    return wp.exp(-0.5 * wp.dot(u, u))


def axis(rotation, scale):
    """Shortest axis of a splat, its normal."""
    local_axis = wp.vec3(1.0, 0.0, 0.0)
    if scale[1] < scale[0] and scale[1] < scale[2]:
        local_axis = wp.vec3(0.0, 1.0, 0.0)
    elif scale[2] < scale[0]:
        local_axis = wp.vec3(0.0, 0.0, 1.0)
    return wp.quat_rotate(rotation, local_axis)


def splits(gradient_norm, grad_threshold, scale, scene_extent):
    """Whether a splat is large and badly placed, so that it is split."""
    return gradient_norm > grad_threshold and wp.max(scale) > 0.1 * scene_extent


def prunes(opacity, min_opacity, scale, scene_extent):
    return opacity < min_opacity or wp.max(scale) > 0.2 * scene_extent


def next_opacity_logit(opacity_logit, learning_rate):
    """Entropy pulls opacities to nothing or all."""
    o = 1.0 / (1.0 + wp.exp(-opacity_logit))
    slope = o * (1.0 - o) * wp.log((1.0 - o) / o)
    return opacity_logit - learning_rate * slope


def opacity_loss(opacity):
    return -(opacity * wp.log(opacity) + (1.0 - opacity) * wp.log(1.0 - opacity))


def next_center(center, gradient, learning_rate, scene_extent):
    return center - learning_rate * scene_extent * gradient


def jittered_center(rng, center, factor):
    """Where a split splat goes: a draw from the Gaussian itself."""
    z = wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_center = center + factor * z
    return next_center


def squashed_scale(log_scale):
    """Scales of the halves of a splat that is split."""
    shrink = wp.log(1.6)
    next_log_scale = log_scale - wp.vec3(shrink, shrink, shrink)
    return next_log_scale


def mixed_density(center_a, center_b, scale_a, scale_b):
    """Overlap of two isotropic blobs of the mean scales."""
    d = center_a - center_b
    sa = (scale_a[0] + scale_a[1] + scale_a[2]) / 3.0
    sb = (scale_b[0] + scale_b[1] + scale_b[2]) / 3.0
    density = wp.exp(-0.5 * wp.dot(d, d) / (sa * sa + sb * sb))
    return density


def conic_alpha(opacity, conic, offset):
    power = -0.5 * wp.dot(offset, conic * offset)
    if power > 0.0:
        return 0.0
    alpha = wp.min(0.99, opacity * wp.exp(power))
    return alpha


def splat_footprint(center, rotation, log_scale, view_rotation, view_center, focal, image_size, tan_fov):
    """Projection of a splat: where its middle falls, the inverse covariance there, and a radius in pixels."""
    t = view_rotation * (center - view_center)
    z = wp.max(t[2], 0.2)
    f_px = 0.5 * focal * image_size
    lim = 1.3 * tan_fov
    x_z = wp.clamp(t[0] / z, -lim, lim)
    y_z = wp.clamp(t[1] / z, -lim, lim)
    j0 = wp.vec3(f_px / z, 0.0, -f_px * x_z / z)
    j1 = wp.vec3(0.0, f_px / z, -f_px * y_z / z)
    R = wp.quat_to_matrix(rotation)
    M = R * wp.diag(wp.vec3(wp.exp(log_scale[0]), wp.exp(log_scale[1]), wp.exp(log_scale[2])))
    cov_view = view_rotation * (M * wp.transpose(M)) * wp.transpose(view_rotation)
    a = wp.dot(j0, cov_view * j0) + 0.3
    b = wp.dot(j0, cov_view * j1)
    c = wp.dot(j1, cov_view * j1) + 0.3
    det = a * c - b * b
    inv_det = 0.0
    if det > 1.0e-3:
        inv_det = 1.0 / det
    packed_conic = inv_det * wp.vec3(c, -b, a)
    mid = 0.5 * (a + c)
    lam = mid + wp.sqrt(wp.max(mid * mid - det, 0.1))
    pixel_radius = int(wp.min(wp.ceil(3.0 * wp.sqrt(lam)), 4000.0))
    pixel_mean = wp.vec2(f_px * x_z, f_px * y_z)
    return packed_conic, pixel_mean, pixel_radius


def tile_count(pixel_center, footprint, image_size, tile_pixels):
    """Tiles of the screen that the square around a splat touches."""
    side = float(tile_pixels)
    last = int(wp.ceil(image_size / side))
    x0 = wp.clamp(int(wp.floor((pixel_center[0] - footprint) / side)), 0, last)
    x1 = wp.clamp(int(wp.floor((pixel_center[0] + footprint) / side)) + 1, 0, last)
    y0 = wp.clamp(int(wp.floor((pixel_center[1] - footprint) / side)), 0, last)
    y1 = wp.clamp(int(wp.floor((pixel_center[1] + footprint) / side)) + 1, 0, last)
    return wp.min((x1 - x0) * (y1 - y0), 4096)


def composite(layer_alphas, layer_shades):
    """Blends a row of layers from front to back until nothing shows through."""
    shade = float(0.0)
    T_left = float(1.0)
    for n in range(wp.min(len(layer_alphas), len(layer_shades))):
        a = layer_alphas[n]
        if a < 0.004:
            continue
        T_next = T_left * (1.0 - a)
        if T_next < 1.0e-4:
            break
        shade += a * T_left * layer_shades[n]
        T_left = T_next
    return wp.min(shade, 1.0)


def ray_response(ray_origin, ray_direction, center, rotation, scale):
    """Where along a ray a splat is densest, and how dense it is there."""
    d = wp.normalize(ray_direction)
    o_local = wp.cw_div(wp.quat_rotate_inv(rotation, ray_origin - center), scale)
    d_local = wp.cw_div(wp.quat_rotate_inv(rotation, d), scale)
    dd = wp.max(wp.dot(d_local, d_local), 1.0e-4)
    ray_peak = wp.clamp(-wp.dot(o_local, d_local) / dd, -100.0, 100.0)
    nearest = o_local + ray_peak * d_local
    ray_response = wp.exp(-0.5 * wp.min(wp.dot(nearest, nearest), 60.0))
    return ray_response, ray_peak


def action(opacity, scale, gradient_norm, age, min_opacity, grad_threshold, scene_extent):
    """What densification does with a splat: keep, clone, split or prune."""
    largest = wp.max(scale)
    if opacity < min_opacity:
        return 3
    if age > 300 and largest > 0.2 * scene_extent:
        return 3
    if gradient_norm <= grad_threshold:
        return 0
    if largest > 0.05 * scene_extent:
        return 2
    return 1


def quadratic_shade(sh_base, sh_quadratic, view_direction):
    """Brightness from spherical harmonics with three terms of degree two."""
    x = view_direction[0]
    y = view_direction[1]
    z = view_direction[2]
    c0 = 0.28209479 * (sh_base[0] + sh_base[1] + sh_base[2]) / 3.0
    xy_term = 1.0925484 * x * y * sh_quadratic[0]
    zz_term = 0.31539157 * (2.0 * z * z - x * x - y * y) * sh_quadratic[1]
    xx_term = 0.54627422 * (x * x - y * y) * sh_quadratic[2]
    return wp.max(c0 + xy_term + zz_term + xx_term + 0.5, 0.0)


def mip_opacity(opacity, screen_covariance, blur):
    """Opacity that keeps a splat's energy when the low-pass filter widens it (Mip-Splatting)."""
    a = wp.max(screen_covariance[0, 0], blur)
    c = wp.max(screen_covariance[1, 1], blur)
    b = screen_covariance[0, 1]
    widened = wp.max(a * c - b * b, 1.0e-6)
    plain = wp.max((a - blur) * (c - blur) - b * b, 0.0)
    return opacity * wp.sqrt(wp.min(plain / widened, 1.0))
