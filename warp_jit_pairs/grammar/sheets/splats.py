"""Gaussian splats: anisotropic covariances, their projection on the screen, culling, blending and fitting."""

import warp as wp

ENTITIES = "splat gaussian blob"
GROUPS = "camera rig"
PAIRS = "overlap blend_pair"
LAUNCH = "1:9 2:1"
SUMMED = "alpha weighted_color opacity_loss"
OPPOSITE = "offset"

QUANTITIES = """
center             | vec3 | state   | -2 2       | mean center xyz
rotation           | quat | state   | -1 1       | rot q quat
log_scale          | vec3 | state   | -2.5 -0.5  | log_scale log_scales s_log
scale              | vec3 | result  | 0.05 0.7   | scale scales s
opacity_logit      | real | state   | -4 4       | opacity_logit raw_opacity logit
opacity            | real | result  | 0.01 0.99  | opacity alpha0 op
color              | vec3 | state   | 0 1        | color rgb c
sh_coefficient     | mat33| state   | -0.5 0.5   | sh1 sh_deg1 sh
sh_base            | vec3 | state   | -1 1       | sh0 dc sh_dc
basis              | mat33| result  | -1 1       | R rot_mat basis
factor             | mat33| result  | -0.7 0.7   | M RS factor
covariance         | mat33| result  | -1 1.5     | cov3d Sigma cov
view_rotation      | mat33| uniform | -1 1       | W view_R R_view
view_center        | vec3 | uniform | -3 3       | cam_pos eye view_pos
focal              | real | group   | 1 3        | focal fx focal_len
image_center       | vec2 | group   | -0.5 0.5   | pp principal_pt img_center
tan_fov            | real | uniform | 0.3 1.2    | tan_fov tan_half_fov              | 0.5
near               | real | uniform | 0.2 2      | z_near near_plane near_z            | 0.2
camera_point       | vec3 | result  | -9 9       | p_cam t_cam view_p
depth              | real | result  | 0.2 10     | depth z_cam view_depth
screen_point       | vec2 | result  | -200 200   | uv xy2d means2d
screen_covariance  | mat22| result  | -400 800   | cov2d Sigma2d cov_xy
blur               | real | uniform | 0.01 0.1   | blur low_pass dilation            | 0.01
conic              | mat22| result  | -2 5       | conic inv_cov2d Q
pixel              | vec2 | state   | -1 1       | pix pixel_xy px
offset             | vec2 | result  | -201 201   | d delta offset
power              | real | result  | 0 500000   | power exponent half_maha
alpha              | real | result  | 0 0.99     | alpha a_i splat_alpha
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
"""


def scale(log_scale):
    return wp.vec3(wp.exp(log_scale[0]), wp.exp(log_scale[1]), wp.exp(log_scale[2]))


def opacity(opacity_logit):
    """Sigmoid of the stored value."""
    return 1.0 / (1.0 + wp.exp(-opacity_logit))


def basis(rotation):
    return wp.quat_to_matrix(rotation)


def factor(basis, scale):
    return basis * wp.diag(scale)


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


def depth(camera_point, near):
    return wp.max(camera_point[2], near)


def visible(camera_point, tan_fov):
    """Frustum test with a margin of 30 percent."""
    z = camera_point[2]
    lim = 1.3 * tan_fov * z
    return z > 0.2 and wp.abs(camera_point[0]) < lim and wp.abs(camera_point[1]) < lim


def screen_point(camera_point, depth, focal, image_center):
    return image_center + focal * wp.vec2(camera_point[0] / depth, camera_point[1] / depth)


def screen_covariance(factor, view_rotation, camera_point, depth, focal, tan_fov, blur):
    """EWA splatting: covariance on the image plane by the projection's Jacobian, with a low-pass filter."""
    lim = 1.3 * tan_fov
    tx = wp.clamp(camera_point[0] / depth, -lim, lim)
    ty = wp.clamp(camera_point[1] / depth, -lim, lim)
    fz = focal / depth
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


def power(conic, offset):
    return wp.max(0.5 * wp.dot(offset, conic * offset), 0.0)


def alpha(opacity, power):
    return wp.min(0.99, opacity * wp.exp(-power))


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


def density_of_precision(center, basis, scale, point):
    d = point - center
    inv_s2 = wp.vec3(1.0 / (scale[0] * scale[0]), 1.0 / (scale[1] * scale[1]), 1.0 / (scale[2] * scale[2]))
    P = basis * wp.diag(inv_s2) * wp.transpose(basis)
    density = wp.exp(-0.5 * wp.max(wp.dot(d, P * d), 0.0))
    return density


def axis(basis, scale):
    """Shortest axis of a splat, its normal."""
    k = 0
    if scale[1] < scale[0]:
        k = 1
    if scale[2] < wp.min(scale[0], scale[1]):
        k = 2
    return wp.vec3(basis[0, k], basis[1, k], basis[2, k])


def splits(gradient_norm, grad_threshold, scale, scene_extent):
    """Whether a splat is large and badly placed, so that it is split."""
    return gradient_norm > grad_threshold and wp.max(scale) > 0.1 * scene_extent


def prunes(opacity, min_opacity, scale, scene_extent):
    return opacity < min_opacity or wp.max(scale) > 0.2 * scene_extent


def next_opacity_logit(opacity_logit, opacity, learning_rate):
    """Entropy pulls opacities to nothing or all."""
    slope = opacity * (1.0 - opacity) * wp.log((1.0 - opacity) / opacity)
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
