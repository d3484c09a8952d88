"""Images: pixel operations, filters along rows, thresholds, blending, dithering, histograms and masks."""

import warp as wp

ENTITIES = "pixel sample texel"
GROUPS = "region segment label"
PAIRS = "edge link"
LAUNCH = "1:3 2:6"
SUMMED = "luminance squared_error bright_count transitions"
OPPOSITE = ""

QUANTITIES = """
color                | vec3  | state   | 0 1        | color rgb pixel_color
backdrop             | vec3  | state   | 0 1        | backdrop dst background
alpha                | real  | state   | 0.05 1     | alpha opacity
gray                 | real  | state   | 0 1        | gray intensity value
level                | int   | state   | 0 255      | level gray_level v8
packed               | uint  | state   | 0 16777215 | packed rgba8 packed_rgb
column               | int   | state   | 0 63       | col column px
row                  | int   | state   | 0 63       | line row_idx py
uv                   | vec2  | state   | 0 1        | uv tex_coord st
gradient             | vec2  | state   | -1 1       | gradient g_xy dxy
structure            | mat22 | state   | 0.05 1     | structure tensor second_moment
window               | reals | state   | 0 1        | window neighborhood samples
levels               | ints  | state   | 0 255      | levels row_levels scanline
histogram            | ints  | group   | 0 100      | histogram hist counts
labels               | ints  | state   | 0 7        | labels classes
region_mean          | real  | group   | 0.1 0.9    | region_mean mu_region
region_deviation     | real  | group   | 0.05 0.5   | region_std sigma_region
palette_color        | vec3  | group   | 0 1        | palette palette_color entry
key_color            | vec3  | uniform | 0 1        | key_color chroma_key
tint                 | vec3  | uniform | 0.5 1.5    | tint gain_rgb
kernel_weights       | reals | uniform | 0.05 1     | weights taps filter_weights
threshold            | real  | uniform | 0.2 0.8    | threshold thresh cutoff | 0.5 0.3
low_threshold        | real  | uniform | 0.05 1.5   | lo low_threshold t_low | 0.1
high_threshold       | real  | uniform | 0.35 0.9   | hi high_threshold t_high | 0.4
level_threshold      | int   | uniform | 32 224     | level_threshold otsu cut_level | 128
brightness           | real  | uniform | -0.3 0.3   | brightness offset | 0.1
contrast             | real  | uniform | 0.5 2      | contrast gain | 1.2 1.5
gamma                | real  | uniform | 0.5 2.5    | gamma gamma_exp | 2.2
amount               | real  | uniform | 0.1 2      | amount strength sharpness | 0.5 1.0
softness             | real  | uniform | 0.02 0.5   | softness feather | 0.1
sigma_space          | real  | uniform | 0.5 3      | sigma_s sigma_space | 1.0 2.0
sigma_range          | real  | uniform | 0.05 0.5   | sigma_r sigma_range | 0.1 0.2
bins                 | int   | uniform | 4 32       | bins num_bins n_bins | 16 32
posterize_levels     | int   | uniform | 2 8        | steps posterize_levels | 4
width                | int   | uniform | 16 64      | width img_width cols | 64
stride               | int   | uniform | 64 96      | stride pitch row_pitch | 64
cell                 | int   | uniform | 2 16       | cell block_size tile_px | 8
frequency            | real  | uniform | 1 12       | freq frequency cycles | 4.0 8.0
learning_rate        | real  | uniform | 0.01 0.5   | bg_rate learning_rate | 0.05
noise_variance       | real  | uniform | 0.001 0.05 | noise_var noise_variance | 0.01
sauvola_k            | real  | uniform | 0.1 0.6    | k sauvola_k | 0.2 0.5
harris_k             | real  | uniform | 0.02 0.1   | harris_k k_harris | 0.04 0.05
luminance            | real  | result  | 0 1        | luminance luma y_lum
saturation           | real  | result  | 0 1        | saturation sat
blended              | vec3  | result  | 0 1        | blended mixed comp
composite            | vec3  | result  | 0 1        | composite over merged
adjusted_color       | vec3  | result  | 0 1        | adjusted graded
smoothed             | real  | result  | 0 1        | smoothed blurred filtered
detail               | real  | result  | -1 1       | detail high_pass residual
sharpened            | real  | result  | 0 1        | sharpened crisp sharp
edge_strength        | real  | result  | 0 6        | edge_strength magnitude grad_mag
edge_angle           | real  | result  | -3.2 3.2   | edge_angle orientation theta
direction_bin        | int   | result  | 0 31       | dir_bin direction_bin sector
corner_response      | real  | result  | -2 2       | corner response cornerness
local_variance       | real  | result  | 0 1        | local_var variance var_win
mask                 | real  | result  | 0 1        | mask matte soft_mask
binary               | real  | result  | 0 1        | binary bw thresholded
dithered             | real  | result  | 0 1        | dithered halftone
bayer                | real  | result  | 0 1        | bayer dither_threshold
quantization_error   | real  | result  | -1 1       | quant_err error residue
bucket               | int   | result  | 0 32       | bucket bin_idx hist_bin
equalized            | real  | result  | 0 1        | equalized cdf
entropy              | real  | result  |            | entropy hist_entropy
flat_index           | int   | result  | 0 8000     | flat_idx pixel_idx flat
color_distance       | real  | result  | 0 2        | color_dist distance_rgb
weight               | real  | result  | 0 1        | weight w_bilateral affinity
squared_error        | real  | result  | 0 3        | sq_err squared_error mse
quality              | real  | result  |            | quality psnr
opponent             | vec3  | result  | -1 1       | opponent ycocg yuv
is_corner            | bool  | result  |            | is_corner corner_flag
is_edge              | bool  | result  |            | is_edge edge_pixel strong
foreground           | bool  | result  |            | foreground is_fg moving
inside_key           | bool  | result  |            | keyed inside_key is_key
window_mean          | real  | result  | 0 1        | window_mean local_mean
temporal_mean        | real  | result  | 0 1        | temporal_mean steady
stretched            | real  | result  | 0 1        | stretched normalized
bright_count         | int   | result  | 0 64       | num_bright bright_count
transitions          | int   | result  | 0 64       | transitions num_runs
texture_code         | int   | result  | 0 255      | lbp texture_code
conductance          | real  | result  | 0 1        | conductance g_edge
coring               | real  | uniform | 0.02 0.3   | coring noise_floor | 0.05
corner_threshold     | real  | uniform | 0.01 0.5   | corner_thresh min_response | 0.1
vignetting           | real  | uniform | 0.2 3      | vignetting falloff | 1.0
noise_amplitude      | real  | uniform | 0.05 1     | noise_amp jitter_amp | 0.25 0.5
sigmas               | real  | uniform | 1 4        | k_sigma num_sigmas | 2.5
background           | real  | state   | 0.05 0.95  | bg_mean background
background_deviation | real  | state   | 0.03 0.4   | bg_std bg_dev
blend                | real  | uniform | 0.1 1      | blend mix_amount | 0.5
boost                | real  | uniform | 0.1 2      | boost vibrance_amount | 0.5
decoded              | vec3  | result  | 0 1        | decoded unpacked rgb_float
linear               | vec3  | result  | 0 1        | linear lin_rgb
hue                  | real  | state   | 0 1        | hue h_angle
chroma_saturation    | real  | state   | 0 1        | hsv_sat s_hsv
brightness_value     | real  | state   | 0 1        | hsv_val v_hsv
from_hue             | vec3  | result  | 0 1        | rgb_out from_hsv
lab                  | vec3  | state   | -60 90     | lab lab_color
color_lab            | vec3  | result  | -110 120   | lab_out cielab
delta_e              | real  | result  | 0 250      | delta_e de00
otsu                 | int   | result  | 0 100      | otsu_bin best_split
median               | real  | result  | 0 1        | median med
similarity           | real  | result  | -1 1       | ssim structural_sim
diffusion_rate       | real  | uniform | 0.05 0.25  | lam_diff diffusion_rate | 0.2
kappa                | real  | uniform | 0.05 0.5   | kappa edge_stop | 0.1
diffused             | real  | result  | 0 1        | diffused gray_out
gabor                | real  | result  | -1 1       | gabor gabor_response
offset_uv            | vec2  | state   | -1 1       | offset_uv rel_uv
filter_angle         | real  | uniform | 0 3.1      | filter_angle theta_g | 0.785
wavelength           | real  | uniform | 0.1 1      | wavelength lambda_g | 0.25
kelvin               | real  | state   | 1000 12000 | kelvin color_temp
white                | vec3  | result  | 0 1        | white_rgb white_point
position_in_row      | real  | state   | 0 5        | x_src sample_pos
resampled            | real  | result  | -0.5 1.5   | resampled interp
sub_pixel            | real  | result  | -1 1       | sub_pixel peak_shift
longest_run          | int   | result  | 0 64       | longest_run run_len
clip_limit           | int   | uniform | 10 60      | clip_limit max_count | 40
kuwahara             | real  | result  | 0 1        | kuwahara region_filtered
tone                 | real  | result  | 0 1        | tone mapped
shoulder             | real  | uniform | 0.1 0.5    | shoulder knee | 0.25
hdr                  | real  | state   | 0 8        | hdr scene_lum
color_hue            | real  | result  | 0 1        | color_hue hue_turns
"""


def luminance(color):
    """Luma of Rec. 601."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def lightness(color):
    luminance = 0.5 * (wp.max(color) + wp.min(color))
    return luminance


def saturation(color):
    top = wp.max(color)
    return (top - wp.min(color)) / wp.max(top, 1.0e-6)


def opponent(color):
    """RGB to YCoCg."""
    co = color[0] - color[2]
    t = color[2] + 0.5 * co
    cg = color[1] - t
    return wp.vec3(t + 0.5 * cg, co, cg)


def rec709_luminance(color):
    luminance = wp.dot(color, wp.vec3(0.2126, 0.7152, 0.0722))
    return luminance


def blended(color, backdrop):
    """Multiply blending mode."""
    return wp.cw_mul(color, backdrop)


def screen(color, backdrop):
    """Screen blending mode."""
    one = wp.vec3(1.0, 1.0, 1.0)
    blended = one - wp.cw_mul(one - color, one - backdrop)
    return blended


def overlay(color, backdrop):
    """Overlay blending mode: multiply where the backdrop is dark, screen where it is bright."""
    blended = wp.vec3(0.0, 0.0, 0.0)
    for c in range(3):
        if backdrop[c] < 0.5:
            blended[c] = 2.0 * color[c] * backdrop[c]
        else:
            blended[c] = 1.0 - 2.0 * (1.0 - color[c]) * (1.0 - backdrop[c])
    return blended


def soft_light(color, backdrop):
    """Soft light in Pegtop's form."""
    twice = 2.0 * color
    b2 = wp.cw_mul(backdrop, backdrop)
    blended = wp.cw_mul(twice, backdrop) + b2 - wp.cw_mul(twice, b2)
    return blended


def color_dodge(color, backdrop):
    blended = wp.vec3(
        wp.min(backdrop[0] / wp.max(1.0 - color[0], 1.0e-6), 1.0),
        wp.min(backdrop[1] / wp.max(1.0 - color[1], 1.0e-6), 1.0),
        wp.min(backdrop[2] / wp.max(1.0 - color[2], 1.0e-6), 1.0),
    )
    return blended


def difference_blend(color, backdrop):
    blended = wp.abs(color - backdrop)
    return blended


def composite(color, backdrop, alpha):
    """Over operator of Porter and Duff."""
    return alpha * color + (1.0 - alpha) * backdrop


def atop(color_a, color_b, alpha_a, alpha_b):
    """Over operator for two translucent layers, not premultiplied."""
    out_alpha = alpha_a + alpha_b * (1.0 - alpha_a)
    composite = (alpha_a * color_a + alpha_b * (1.0 - alpha_a) * color_b) / out_alpha
    return composite


def masked_composite(blended, backdrop, mask):
    composite = wp.lerp(backdrop, blended, mask)
    return composite


def adjusted_color(color, brightness, contrast):
    half = wp.vec3(0.5, 0.5, 0.5)
    shifted = contrast * (color - half) + half + wp.vec3(brightness, brightness, brightness)
    return wp.min(wp.max(shifted, wp.vec3(0.0, 0.0, 0.0)), wp.vec3(1.0, 1.0, 1.0))


def gamma_adjusted(color, gamma):
    inv = 1.0 / gamma
    c = wp.max(color, wp.vec3(1.0e-4, 1.0e-4, 1.0e-4))
    adjusted_color = wp.vec3(wp.pow(c[0], inv), wp.pow(c[1], inv), wp.pow(c[2], inv))
    return adjusted_color


def vibrance(color, saturation, boost):
    gray = wp.vec3(1.0, 1.0, 1.0) * ((color[0] + color[1] + color[2]) / 3.0)
    scale = 1.0 + boost * (1.0 - saturation)
    vivid = gray + scale * (color - gray)
    adjusted_color = wp.min(wp.max(vivid, wp.vec3(0.0, 0.0, 0.0)), wp.vec3(1.0, 1.0, 1.0))
    return adjusted_color


def sepia(color, tint):
    m = wp.mat33(0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131)
    adjusted_color = wp.min(wp.cw_mul(tint, m * color), wp.vec3(1.0, 1.0, 1.0))
    return adjusted_color


def solarized(color, threshold):
    adjusted_color = color
    for c in range(3):
        if color[c] > threshold:
            adjusted_color[c] = 1.0 - color[c]
    return adjusted_color


def posterized(color, posterize_levels):
    n = float(posterize_levels)
    adjusted_color = wp.vec3(
        wp.floor(color[0] * (n - 1.0) + 0.5) / (n - 1.0),
        wp.floor(color[1] * (n - 1.0) + 0.5) / (n - 1.0),
        wp.floor(color[2] * (n - 1.0) + 0.5) / (n - 1.0),
    )
    return adjusted_color


def decoded(packed):
    """Three bytes of a packed pixel as numbers from zero to one."""
    r = (packed >> wp.uint32(16)) & wp.uint32(255)
    g = (packed >> wp.uint32(8)) & wp.uint32(255)
    b = packed & wp.uint32(255)
    return wp.vec3(float(r), float(g), float(b)) / 255.0


def repacked(color):
    r = wp.uint32(wp.clamp(color[0], 0.0, 1.0) * 255.0 + 0.5)
    g = wp.uint32(wp.clamp(color[1], 0.0, 1.0) * 255.0 + 0.5)
    b = wp.uint32(wp.clamp(color[2], 0.0, 1.0) * 255.0 + 0.5)
    next_packed = (r << wp.uint32(16)) | (g << wp.uint32(8)) | b
    return next_packed


def average_packed(packed_a, packed_b):
    """Mean of two packed pixels without unpacking them."""
    shared = packed_a & packed_b
    differing = (packed_a ^ packed_b) & wp.uint32(16711422)
    next_packed = shared + (differing >> wp.uint32(1))
    return next_packed


def smoothed(window, kernel_weights):
    """Weighted mean of a neighborhood."""
    total = float(0.0)
    norm = float(0.0)
    for n in range(wp.min(len(window), len(kernel_weights))):
        total += window[n] * kernel_weights[n]
        norm += kernel_weights[n]
    return total / wp.max(norm, 1.0e-6)


def window_mean(window):
    total = float(0.0)
    for n in range(len(window)):
        total += window[n]
    return total / float(len(window))


def gaussian_filter(window, sigma_space):
    """Gaussian filter of a row, centered on its middle."""
    total = float(0.0)
    norm = float(0.0)
    middle = 0.5 * float(len(window) - 1)
    for n in range(len(window)):
        x = (float(n) - middle) / sigma_space
        w = wp.exp(-0.5 * x * x)
        total += w * window[n]
        norm += w
    smoothed = total / norm
    return smoothed


def bilateral_filter(window, gray, sigma_space, sigma_range):
    """Bilateral filter of Tomasi and Manduchi along a row."""
    total = float(gray)
    norm = float(1.0)
    middle = 0.5 * float(len(window) - 1)
    for n in range(len(window)):
        x = (float(n) - middle) / sigma_space
        d = (window[n] - gray) / sigma_range
        w = wp.exp(-0.5 * (x * x + d * d))
        total += w * window[n]
        norm += w
    smoothed = total / norm
    return smoothed


def morphological_gradient(window):
    lo = float(window[0])
    hi = float(window[0])
    for n in range(len(window)):
        lo = wp.min(lo, window[n])
        hi = wp.max(hi, window[n])
    edge_strength = hi - lo
    return edge_strength


def recursive_filter(gray, previous_gray, learning_rate):
    """First-order recursive filter (exponential smoothing)."""
    temporal_mean = previous_gray + learning_rate * (gray - previous_gray)
    return temporal_mean


def local_variance(window, window_mean):
    sq = float(0.0)
    for n in range(len(window)):
        d = window[n] - window_mean
        sq += d * d
    return sq / float(len(window))


def wiener_filter(gray, window_mean, local_variance, noise_variance):
    """Adaptive Wiener filter."""
    signal = wp.max(local_variance - noise_variance, 0.0)
    k = signal / wp.max(local_variance, noise_variance)
    next_gray = window_mean + k * (gray - window_mean)
    return next_gray


def detail(gray, smoothed):
    return gray - smoothed


def unsharp_mask(gray, detail, amount):
    sharpened = wp.clamp(gray + amount * detail, 0.0, 1.0)
    return sharpened


def cored_sharpening(gray, detail, amount, coring):
    """Sharpening that leaves alone what may be noise."""
    sharpened = gray
    if wp.abs(detail) > coring:
        core = detail - wp.sign(detail) * coring
        sharpened = wp.clamp(gray + amount * core, 0.0, 1.0)
    return sharpened


def edge_strength(gradient):
    return wp.length(gradient)


def neighbor_edge(gray_a, gray_b):
    edge_strength = wp.abs(gray_b - gray_a)
    return edge_strength


def edge_angle(gradient):
    return wp.atan2(gradient[1], gradient[0])


def direction_bin(edge_angle, bins):
    """Bin of an orientation histogram (HOG), without the sign."""
    half_turn = edge_angle / wp.pi
    wrapped = half_turn - wp.floor(half_turn)
    return wp.min(int(wrapped * float(bins)), bins - 1)


def dominant_angle(structure):
    """Orientation of the structure tensor's first eigenvector."""
    edge_angle = 0.5 * wp.atan2(structure[0, 1] + structure[1, 0], structure[0, 0] - structure[1, 1])
    return edge_angle


def corner_response(structure, harris_k):
    """Harris' corner response."""
    tr = wp.trace(structure)
    return wp.determinant(structure) - harris_k * tr * tr


def shi_tomasi(structure):
    """Least eigenvalue of the structure tensor (Shi and Tomasi)."""
    half_trace = 0.5 * wp.trace(structure)
    off = 0.5 * (structure[0, 1] + structure[1, 0])
    diff = 0.5 * (structure[0, 0] - structure[1, 1])
    corner_response = half_trace - wp.sqrt(diff * diff + off * off)
    return corner_response


def next_structure(structure, gradient, learning_rate):
    return (1.0 - learning_rate) * structure + learning_rate * wp.outer(gradient, gradient)


def mask(gray, threshold, softness):
    return wp.smoothstep(threshold - softness, threshold + softness, gray)


def chroma_key(color_distance, threshold, softness):
    mask = wp.clamp((color_distance - threshold) / softness, 0.0, 1.0)
    return mask


def vignette_mask(uv, softness, vignetting):
    d = uv - wp.vec2(0.5, 0.5)
    mask = wp.exp(-vignetting * wp.max(wp.length_sq(d) - 0.25 * softness, 0.0))
    return mask


def checker_mask(uv, frequency):
    u = wp.floor(uv[0] * frequency)
    v = wp.floor(uv[1] * frequency)
    mask = 2.0 * wp.frac(0.5 * (u + v))
    return mask


def binary(gray, threshold):
    return wp.step(threshold - gray)


def hysteresis(gray, previous_binary, low_threshold, high_threshold):
    """Double threshold: what lies between keeps what it was."""
    if gray >= high_threshold:
        return 1.0
    if gray <= low_threshold:
        return 0.0
    binary = previous_binary
    return binary


def sauvola(gray, region_mean, region_deviation, sauvola_k):
    """Sauvola's local threshold."""
    t = region_mean * (1.0 + sauvola_k * (region_deviation / 0.5 - 1.0))
    binary = 0.0
    if gray > t:
        binary = 1.0
    return binary


def bayer(column, row):
    """Ordered dither matrix of Bayer, four by four, from the bits of a position."""
    x = column & 3
    y = row & 3
    xy = x ^ y
    m = ((xy & 1) << 3) | ((y & 1) << 2) | (xy & 2) | ((y & 2) >> 1)
    return (float(m) + 0.5) / 16.0


def interleaved_gradient_noise(column, row):
    """Jimenez's interleaved gradient noise."""
    f = 0.06711056 * float(column) + 0.00583715 * float(row)
    bayer = wp.frac(52.9829189 * wp.frac(f))
    return bayer


def dithered(gray, bayer):
    return wp.step(bayer - gray)


def multilevel_dither(gray, bayer, posterize_levels):
    n = float(posterize_levels - 1)
    scaled = gray * n
    base = wp.floor(scaled)
    dithered = wp.min((base + wp.where(wp.frac(scaled) > bayer, 1.0, 0.0)) / n, 1.0)
    return dithered


def noise_dither(gray, noise_amplitude, rng):
    jitter = noise_amplitude * (wp.randf(rng) - 0.5)
    dithered = 0.0
    if gray + jitter > 0.5:
        dithered = 1.0
    return dithered


def quantization_error(gray, posterize_levels):
    n = float(posterize_levels - 1)
    return gray - wp.rint(gray * n) / n


def diffused_gray(gray, quantization_error):
    """What the pixel to the right gets in Floyd and Steinberg's error diffusion."""
    next_gray = wp.clamp(gray + 7.0 / 16.0 * quantization_error, 0.0, 1.0)
    return next_gray


def clustered_dot(gray, column, row, frequency):
    """Clustered-dot halftone."""
    s = wp.sin(wp.tau * float(column) / (frequency + 3.0)) * wp.sin(wp.tau * float(row) / (frequency + 3.0))
    dithered = wp.step(0.5 * s + 0.5 - gray)
    return dithered


def bucket(gray, bins):
    return wp.clamp(int(wp.floor(gray * float(bins))), 0, bins - 1)


def level_bin(level, bins):
    bucket = level * bins // 256
    return bucket


def equalized(histogram, bucket):
    """Histogram equalization by the cumulative distribution."""
    below = int(0)
    total = int(0)
    for n in range(len(histogram)):
        total += histogram[n]
        if n <= bucket:
            below += histogram[n]
    return float(below) / float(wp.max(total, 1))


def stretched(gray, window):
    """Contrast stretched to the range of a neighborhood."""
    lo = float(gray)
    hi = float(gray)
    for n in range(len(window)):
        lo = wp.min(lo, window[n])
        hi = wp.max(hi, window[n])
    return (gray - lo) / wp.max(hi - lo, 1.0e-6)


def normalized_gray(gray, region_mean, region_deviation):
    stretched = wp.clamp(0.5 + 0.25 * (gray - region_mean) / region_deviation, 0.0, 1.0)
    return stretched


def entropy(histogram):
    """Shannon's entropy of a histogram, in bits."""
    total = int(0)
    for n in range(len(histogram)):
        total += histogram[n]
    bits = float(0.0)
    for n in range(len(histogram)):
        if histogram[n] > 0:
            p = float(histogram[n]) / float(total)
            bits -= p * wp.log2(p)
    return bits


def bright_count(levels, level_threshold):
    """Levels of a row above a threshold."""
    above = int(0)
    for n in range(len(levels)):
        if levels[n] > level_threshold:
            above += 1
    return above


def transitions(labels):
    changes = int(0)
    for n in range(1, len(labels)):
        if labels[n] != labels[n - 1]:
            changes += 1
    return changes


def local_binary_pattern(levels, level):
    """Local binary pattern: a bit for each neighbor that is no darker."""
    code = int(0)
    for n in range(len(levels)):
        if levels[n] >= level:
            code = code | (1 << (n & 7))
    texture_code = code
    return texture_code


def gray_code(level):
    """Binary to Gray code."""
    next_level = level ^ (level >> 1)
    return next_level


def flat_index(column, row, stride):
    return row * stride + column


def tiled_index(column, row, cell, width):
    """Position of a pixel in an image stored by square tiles."""
    tiles = (width + cell - 1) // cell
    tx = column // cell
    ty = row // cell
    inner = (row % cell) * cell + column % cell
    flat_index = (ty * tiles + tx) * cell * cell + inner
    return flat_index


def morton_index(column, row):
    """Interleaves the bits of a position (Morton order)."""
    x = (column | (column << 4)) & 3855
    x = (x | (x << 2)) & 13107
    x = (x | (x << 1)) & 21845
    y = (row | (row << 4)) & 3855
    y = (y | (y << 2)) & 13107
    y = (y | (y << 1)) & 21845
    flat_index = x | (y << 1)
    return flat_index


def mirrored_column(column, width):
    """Reflects a column at the border of the image."""
    period = 2 * width
    k = (column + period) % period
    if k >= width:
        k = period - 1 - k
    next_column = k
    return next_column


def color_distance(color, key_color):
    return wp.length(color - key_color)


def palette_distance(opponent, palette_color):
    """Distance to an entry of a palette, with chroma counting less than luma."""
    co = palette_color[0] - palette_color[2]
    y = 0.25 * palette_color[0] + 0.5 * palette_color[1] + 0.25 * palette_color[2]
    d = wp.vec2(opponent[0] - y, 0.5 * (opponent[1] - co))
    color_distance = wp.length(d)
    return color_distance


def weight(gray_a, gray_b, uv_a, uv_b, sigma_space, sigma_range):
    """Weight of two pixels in a bilateral filter."""
    d = (uv_a - uv_b) / sigma_space
    r = (gray_a - gray_b) / sigma_range
    return wp.exp(-0.5 * (wp.dot(d, d) + r * r))


def perona_malik(edge_strength, sigma_range):
    """Conductance of Perona and Malik."""
    g = edge_strength / (4.0 * sigma_range)
    conductance = 1.0 / (1.0 + g * g)
    return conductance


def squared_error(color, target_color):
    d = color - target_color
    return wp.dot(d, d)


def quality(squared_error):
    """Peak signal-to-noise ratio in decibels."""
    return -10.0 * wp.log10(wp.max(squared_error / 3.0, 1.0e-6))


def is_edge(edge_strength, low_threshold):
    return edge_strength > low_threshold


def foreground(gray, background, background_deviation, sigmas):
    """Pixels that a background model does not explain."""
    return wp.abs(gray - background) > sigmas * background_deviation


def moving_pixel(color, previous_color, threshold):
    foreground = wp.length(color - previous_color) > threshold
    return foreground


def inside_key(color, key_color, softness):
    d = wp.abs(color - key_color)
    return wp.max(d) < 0.3 + softness


def dither_error(gray, dithered):
    quantization_error = gray - dithered
    return quantization_error


def masked_sharpening(gray, sharpened, mask):
    next_gray = wp.lerp(gray, sharpened, mask)
    return next_gray


def partly_equalized(gray, equalized, blend):
    next_gray = gray + blend * (equalized - gray)
    return next_gray


def split_toned(color, luminance, tint, blend):
    """Tints the shadows and leaves the lights alone."""
    shade = 1.0 - wp.smoothstep(0.0, 1.0, luminance)
    toned = wp.cw_mul(color, wp.lerp(wp.vec3(1.0, 1.0, 1.0), tint, 0.5 * blend * shade))
    adjusted_color = wp.min(toned, wp.vec3(1.0, 1.0, 1.0))
    return adjusted_color


def is_corner(corner_response, corner_threshold):
    return corner_response > corner_threshold


def next_background(background, background_deviation, gray, learning_rate, sigmas):
    """Background model that learns from a pixel only where it explains it."""
    d = gray - background
    if wp.abs(d) > sigmas * background_deviation:
        return background, wp.min(1.01 * background_deviation, 0.5)
    next_background = background + learning_rate * d
    var = background_deviation * background_deviation
    next_background_deviation = wp.max(wp.sqrt((1.0 - learning_rate) * (var + learning_rate * d * d)), 0.02)
    return next_background, next_background_deviation


def linear(color):
    """Decodes sRGB."""
    out = wp.vec3(0.0, 0.0, 0.0)
    for c in range(3):
        v = color[c]
        if v <= 0.04045:
            out[c] = v / 12.92
        else:
            out[c] = wp.pow((v + 0.055) / 1.055, 2.4)
    return out


def color_lab(linear):
    """Linear Rec. 709 to CIELAB under D65."""
    x = (0.4124 * linear[0] + 0.3576 * linear[1] + 0.1805 * linear[2]) / 0.9505
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    z = (0.0193 * linear[0] + 0.1192 * linear[1] + 0.9505 * linear[2]) / 1.089
    fx = 7.787 * x + 16.0 / 116.0
    fy = 7.787 * y + 16.0 / 116.0
    fz = 7.787 * z + 16.0 / 116.0
    if x > 0.008856:
        fx = wp.cbrt(x)
    if y > 0.008856:
        fy = wp.cbrt(y)
    if z > 0.008856:
        fz = wp.cbrt(z)
    return wp.vec3(116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz))


def delta_e(lab, reference_lab):
    """CIE76 color difference."""
    return wp.length(lab - reference_lab)


def delta_e_94(lab, reference_lab):
    """CIE94 color difference for graphic arts."""
    dl = reference_lab[0] - lab[0]
    da = reference_lab[1] - lab[1]
    db = reference_lab[2] - lab[2]
    c1 = wp.sqrt(lab[1] * lab[1] + lab[2] * lab[2])
    c2 = wp.sqrt(reference_lab[1] * reference_lab[1] + reference_lab[2] * reference_lab[2])
    dc = c2 - c1
    dh2 = wp.max(da * da + db * db - dc * dc, 0.0)
    sc = 1.0 + 0.045 * c1
    sh = 1.0 + 0.015 * c1
    chroma = dc / sc
    delta_e = wp.sqrt(dl * dl + chroma * chroma + dh2 / (sh * sh))
    return delta_e


def delta_e_2000(lab, reference_lab):
    """CIEDE2000 color difference."""
    c1 = wp.sqrt(lab[1] * lab[1] + lab[2] * lab[2])
    c2 = wp.sqrt(reference_lab[1] * reference_lab[1] + reference_lab[2] * reference_lab[2])
    c7 = wp.pow(0.5 * (c1 + c2), 7.0)
    g = 0.5 * (1.0 - wp.sqrt(c7 / (c7 + 6103515625.0)))
    a1 = (1.0 + g) * lab[1]
    a2 = (1.0 + g) * reference_lab[1]
    cp1 = wp.sqrt(a1 * a1 + lab[2] * lab[2])
    cp2 = wp.sqrt(a2 * a2 + reference_lab[2] * reference_lab[2])
    h1 = wp.atan2(lab[2], a1)
    h2 = wp.atan2(reference_lab[2], a2)
    dh = h2 - h1
    h_mean = 0.5 * (h1 + h2)
    if wp.abs(dh) > wp.pi:
        dh -= wp.tau * wp.sign(dh)
        h_mean += wp.pi
    dl = reference_lab[0] - lab[0]
    dc = cp2 - cp1
    dhue = 2.0 * wp.sqrt(cp1 * cp2) * wp.sin(0.5 * dh)
    l_mean = 0.5 * (lab[0] + reference_lab[0]) - 50.0
    c_mean = 0.5 * (cp1 + cp2)
    t = 1.0 - 0.17 * wp.cos(h_mean - 0.5236) + 0.24 * wp.cos(2.0 * h_mean)
    t += 0.32 * wp.cos(3.0 * h_mean + 0.1047) - 0.2 * wp.cos(4.0 * h_mean - 1.0996)
    sl = 1.0 + 0.015 * l_mean * l_mean / wp.sqrt(20.0 + l_mean * l_mean)
    sc = 1.0 + 0.045 * c_mean
    sh = 1.0 + 0.015 * c_mean * t
    arg = (wp.degrees(h_mean) - 275.0) / 25.0
    m7 = wp.pow(c_mean, 7.0)
    rt = -2.0 * wp.sqrt(m7 / (m7 + 6103515625.0)) * wp.sin(1.0472 * wp.exp(-arg * arg))
    kl = dl / sl
    kc = dc / sc
    kh = dhue / sh
    delta_e = wp.sqrt(wp.max(kl * kl + kc * kc + kh * kh + rt * kc * kh, 0.0))
    return delta_e


def hue_of_color(color):
    """Hue and saturation of a color."""
    top = wp.max(color)
    span = top - wp.min(color)
    h = float(0.0)
    if span > 1.0e-6:
        if top == color[0]:
            h = (color[1] - color[2]) / span
        elif top == color[1]:
            h = (color[2] - color[0]) / span + 2.0
        else:
            h = (color[0] - color[1]) / span + 4.0
    color_hue = wp.frac(h / 6.0 + 1.0)
    saturation = span / wp.max(top, 1.0e-6)
    return color_hue, saturation


def from_hue(hue, chroma_saturation, brightness_value):
    """HSV to RGB by the six sectors of the hue."""
    h = 6.0 * wp.frac(hue)
    sector = int(wp.floor(h))
    f = h - wp.floor(h)
    v = brightness_value
    p = v * (1.0 - chroma_saturation)
    q = v * (1.0 - chroma_saturation * f)
    t = v * (1.0 - chroma_saturation * (1.0 - f))
    if sector == 0:
        return wp.vec3(v, t, p)
    if sector == 1:
        return wp.vec3(q, v, p)
    if sector == 2:
        return wp.vec3(p, v, t)
    if sector == 3:
        return wp.vec3(p, q, v)
    if sector == 4:
        return wp.vec3(t, p, v)
    return wp.vec3(v, p, q)


def otsu(histogram):
    """Otsu's threshold: the split with the greatest variance between classes."""
    total = float(0.0)
    weighted = float(0.0)
    for n in range(len(histogram)):
        total += float(histogram[n])
        weighted += float(n) * float(histogram[n])
    best = float(-1.0)
    split = int(0)
    below = float(0.0)
    below_sum = float(0.0)
    for n in range(len(histogram)):
        below += float(histogram[n])
        below_sum += float(n) * float(histogram[n])
        above = total - below
        if below < 0.5 or above < 0.5:
            continue
        gap = below_sum / below - (weighted - below_sum) / above
        between = below * above * gap * gap
        if between > best:
            best = between
            split = n
    return split


def clipped_equalization(histogram, bucket, clip_limit):
    """Cumulative distribution of a clipped histogram whose excess is spread evenly (CLAHE)."""
    excess = int(0)
    below = int(0)
    total = int(0)
    for n in range(len(histogram)):
        kept = wp.min(histogram[n], clip_limit)
        excess += histogram[n] - kept
        total += histogram[n]
        if n <= bucket:
            below += kept
    share = float(excess) * float(wp.min(bucket + 1, len(histogram))) / float(len(histogram))
    equalized = (float(below) + share) / float(wp.max(total, 1))
    return equalized


def median(window):
    """Median of a neighborhood: the sample with as many below as above."""
    half = len(window) // 2
    found = window[0]
    for n in range(len(window)):
        below = int(0)
        equal = int(0)
        for m in range(len(window)):
            if window[m] < window[n]:
                below += 1
            elif window[m] == window[n]:
                equal += 1
        if below <= half and below + equal > half:
            found = window[n]
            break
    return found


def similarity(window, reference_window):
    """Structural similarity (SSIM) of two neighborhoods."""
    count = wp.min(len(window), len(reference_window))
    mean_x = float(0.0)
    mean_y = float(0.0)
    for n in range(count):
        mean_x += window[n] / float(count)
        mean_y += reference_window[n] / float(count)
    var_x = float(0.0)
    var_y = float(0.0)
    cov = float(0.0)
    for n in range(count):
        dx = window[n] - mean_x
        dy = reference_window[n] - mean_y
        var_x += dx * dx
        var_y += dy * dy
        cov += dx * dy
    norm = 1.0 / float(wp.max(count - 1, 1))
    c1 = 1.0e-4
    c2 = 9.0e-4
    luma_term = (2.0 * mean_x * mean_y + c1) / (mean_x * mean_x + mean_y * mean_y + c1)
    structure_term = (2.0 * norm * cov + c2) / (norm * (var_x + var_y) + c2)
    return luma_term * structure_term


def diffused(gray, window, kappa, diffusion_rate):
    """Step of Perona and Malik's diffusion towards the neighbors."""
    flow = float(0.0)
    for n in range(len(window)):
        d = window[n] - gray
        s = d / kappa
        flow += wp.exp(-s * s) * d
    return wp.clamp(gray + diffusion_rate * 4.0 * flow / float(len(window)), 0.0, 1.0)


def kuwahara(window):
    """Mean of the half of a row that varies less."""
    half = (len(window) + 1) // 2
    best_var = float(1.0e6)
    best_mean = float(0.0)
    for side in range(2):
        start = side * (len(window) - half)
        total = float(0.0)
        squares = float(0.0)
        for n in range(start, start + half):
            total += window[n]
            squares += window[n] * window[n]
        mean = total / float(half)
        var = squares / float(half) - mean * mean
        if var < best_var:
            best_var = var
            best_mean = mean
    return best_mean


def catmull_rom_sample(window, position_in_row):
    """Cubic interpolation (Catmull and Rom) between the samples of a row."""
    last = len(window) - 1
    base = wp.clamp(int(wp.floor(position_in_row)), 0, last)
    t = wp.clamp(position_in_row - float(base), 0.0, 1.0)
    p0 = window[wp.max(base - 1, 0)]
    p1 = window[base]
    p2 = window[wp.min(base + 1, last)]
    p3 = window[wp.min(base + 2, last)]
    a = 0.5 * (3.0 * (p1 - p2) + p3 - p0)
    b = p0 - 2.5 * p1 + 2.0 * p2 - 0.5 * p3
    c = 0.5 * (p2 - p0)
    resampled = ((a * t + b) * t + c) * t + p1
    return resampled


def lanczos_sample(window, position_in_row):
    """Lanczos resampling with two lobes."""
    total = float(0.0)
    norm = float(0.0)
    for n in range(len(window)):
        d = wp.abs(position_in_row - float(n))
        if d >= 2.0:
            continue
        w = float(1.0)
        if d > 1.0e-4:
            x = wp.pi * d
            w = 2.0 * wp.sin(x) * wp.sin(0.5 * x) / (x * x)
        total += w * window[n]
        norm += w
    resampled = wp.clamp(total / wp.max(norm, 0.1), -0.2, 1.2)
    return resampled


def sub_pixel(window):
    """Place of the brightest sample of a row to a fraction of a pixel, by a parabola."""
    peak = int(0)
    for n in range(len(window)):
        if window[n] > window[peak]:
            peak = n
    if peak == 0 or peak == len(window) - 1:
        return 0.0
    left = window[peak - 1]
    right = window[peak + 1]
    bend = left - 2.0 * window[peak] + right
    if wp.abs(bend) < 1.0e-6:
        return 0.0
    return wp.clamp(0.5 * (left - right) / bend, -1.0, 1.0)


def longest_run(labels):
    """Longest run of equal labels in a row."""
    best = int(1)
    run = int(1)
    for n in range(1, len(labels)):
        if labels[n] == labels[n - 1]:
            run += 1
        else:
            run = 1
        best = wp.max(best, run)
    return best


def gabor(offset_uv, filter_angle, wavelength):
    """Gabor function around a pixel."""
    c = wp.cos(filter_angle)
    s = wp.sin(filter_angle)
    along = c * offset_uv[0] + s * offset_uv[1]
    across = c * offset_uv[1] - s * offset_uv[0]
    sigma = 0.56 * wavelength
    envelope = wp.exp(-0.5 * (along * along + 0.25 * across * across) / (sigma * sigma))
    return envelope * wp.cos(wp.tau * along / wavelength)


def white(kelvin):
    """Color of a black body (Tanner Helland's fit)."""
    t = 0.01 * kelvin
    r = float(255.0)
    g = float(0.0)
    b = float(255.0)
    if t <= 66.0:
        g = 99.4708 * wp.log(t) - 161.1196
        if t <= 19.0:
            b = 0.0
        else:
            b = 138.5177 * wp.log(t - 10.0) - 305.0448
    else:
        r = 329.6987 * wp.pow(t - 60.0, -0.1332)
        g = 288.1222 * wp.pow(t - 60.0, -0.0755)
    return wp.vec3(wp.clamp(r, 0.0, 255.0), wp.clamp(g, 0.0, 255.0), wp.clamp(b, 0.0, 255.0)) / 255.0


def tone(hdr, shoulder):
    """Linear tone curve with a rolled-off shoulder."""
    start = 1.0 - shoulder
    if hdr <= start:
        return hdr
    over = (hdr - start) / shoulder
    return start + shoulder * over / (1.0 + over)


def hot_pixel_filter(gray, window, softness):
    """Replaces a pixel that lies far outside the range of its neighbors."""
    lo = float(window[0])
    hi = float(window[0])
    total = float(0.0)
    for n in range(len(window)):
        lo = wp.min(lo, window[n])
        hi = wp.max(hi, window[n])
        total += window[n]
    next_gray = gray
    if gray > hi + softness or gray < lo - softness:
        next_gray = total / float(len(window))
    return next_gray


def shot_noise(gray, noise_amplitude, rng):
    """Noise that grows with the root of the light."""
    noisy = gray + 0.1 * noise_amplitude * wp.sqrt(gray) * wp.randn(rng)
    next_gray = wp.clamp(noisy, 0.0, 1.0)
    return next_gray


def salt_and_pepper(gray, noise_amplitude, rng):
    u = wp.randf(rng)
    next_gray = gray
    if u < 0.05 * noise_amplitude:
        next_gray = 0.0
    elif u > 1.0 - 0.05 * noise_amplitude:
        next_gray = 1.0
    return next_gray
