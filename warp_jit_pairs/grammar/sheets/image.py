"""Images: pixel operations, filters along rows, thresholds, blending, dithering, histograms and masks."""

import warp as wp

ENTITIES = "pixel sample texel"
GROUPS = "region segment label"
PAIRS = "edge link"
LAUNCH = "1:3 2:6"
SUMMED = "luminance squared_error count"
OPPOSITE = ""

QUANTITIES = """
color            | vec3  | state   | 0 1       | color rgb pixel_color
backdrop         | vec3  | state   | 0 1       | backdrop dst background
alpha            | real  | state   | 0.05 1    | alpha coverage opacity
gray             | real  | state   | 0 1       | gray intensity value
level            | int   | state   | 0 255     | level gray_level v8
packed           | uint  | state   | 0 16777215 | packed rgba8 packed_rgb
column           | int   | state   | 0 63      | col column px
row              | int   | state   | 0 63      | line row_idx py
uv               | vec2  | state   | 0 1       | uv tex_coord st
gradient         | vec2  | state   | -1 1      | gradient g_xy dxy
structure        | mat22 | state   | 0.05 1    | structure tensor second_moment
window           | reals | state   | 0 1       | window neighborhood samples
levels           | ints  | state   | 0 255     | levels row_levels scanline
histogram        | ints  | group   | 0 100     | histogram hist counts
labels           | ints  | state   | 0 7       | labels classes
region_mean      | real  | group   | 0.1 0.9   | mean region_mean mu
region_deviation | real  | group   | 0.05 0.5  | sigma region_std std_dev
palette_color    | vec3  | group   | 0 1       | palette palette_color entry
key_color        | vec3  | uniform | 0 1       | key_color chroma_key
tint             | vec3  | uniform | 0.5 1.5   | tint gain_rgb
kernel_weights   | reals | uniform | 0.05 1    | weights taps filter_weights
threshold        | real  | uniform | 0.2 0.8   | threshold thresh cutoff | 0.5 0.3
low_threshold    | real  | uniform | 0.05 0.3  | lo low_threshold t_low | 0.1
high_threshold   | real  | uniform | 0.35 0.9  | hi high_threshold t_high | 0.4
level_threshold  | int   | uniform | 32 224    | level_threshold otsu cut_level | 128
brightness       | real  | uniform | -0.3 0.3  | brightness offset | 0.1
contrast         | real  | uniform | 0.5 2     | contrast gain | 1.2 1.5
gamma            | real  | uniform | 0.5 2.5   | gamma gamma_exp | 2.2
amount           | real  | uniform | 0.1 2     | amount strength | 0.5 1.0
softness         | real  | uniform | 0.02 0.5  | softness feather tolerance | 0.1
sigma_space      | real  | uniform | 0.5 3     | sigma_s sigma_space | 1.0 2.0
sigma_range      | real  | uniform | 0.05 0.5  | sigma_r sigma_range | 0.1 0.2
bins             | int   | uniform | 4 32      | bins num_bins n_bins | 16 32
posterize_levels | int   | uniform | 2 8       | steps posterize_levels | 4
width            | int   | uniform | 16 64     | width img_width cols | 64
stride           | int   | uniform | 64 96     | stride pitch row_pitch | 64
cell             | int   | uniform | 2 16      | cell block_size tile_px | 8
frequency        | real  | uniform | 1 12      | freq frequency cycles | 4.0 8.0
learning_rate    | real  | uniform | 0.01 0.5  | lr learning_rate bg_rate | 0.05
noise_variance   | real  | uniform | 0.001 0.05 | noise_var noise_variance | 0.01
sauvola_k        | real  | uniform | 0.1 0.6   | k sauvola_k | 0.2 0.5
harris_k         | real  | uniform | 0.02 0.1  | harris_k k_harris | 0.04 0.05
luminance        | real  | result  | 0 1       | luminance luma y_lum
saturation       | real  | result  | 0 1       | saturation sat
blended          | vec3  | result  | 0 1       | blended mixed comp
composite        | vec3  | result  | 0 1       | composite over merged
adjusted         | vec3  | result  | 0 1       | adjusted graded toned
smoothed         | real  | result  | 0 1       | smoothed blurred filtered
detail           | real  | result  | -1 1      | detail high_pass residual
sharpened        | real  | result  | 0 1       | sharpened crisp sharp
edge_strength    | real  | result  | 0 6       | edge_strength magnitude grad_mag
edge_angle       | real  | result  | -3.2 3.2  | edge_angle orientation theta
direction_bin    | int   | result  | 0 31      | dir_bin direction_bin sector
corner_response  | real  | result  | -2 2      | corner response cornerness
local_variance   | real  | result  | 0 1       | local_var variance var_win
mask             | real  | result  | 0 1       | mask matte soft_mask
binary           | real  | result  | 0 1       | binary bw thresholded
dithered         | real  | result  | 0 1       | dithered halftone
bayer            | real  | result  | 0 1       | bayer dither_threshold
quantization_error | real | result | -1 1      | quant_err error residue
bucket              | int   | result  | 0 32      | bucket bin_idx hist_bin
equalized        | real  | result  | 0 1       | equalized cdf remapped
entropy          | real  | result  |           | entropy hist_entropy
flat_index          | int   | result  | 0 8000    | flat_idx pixel_idx flat
color_distance   | real  | result  | 0 2       | color_dist distance_rgb
weight           | real  | result  | 0 1       | weight w_bilateral affinity
squared_error    | real  | result  | 0 3       | sq_err squared_error mse
quality          | real  | result  |           | quality psnr
count            | int   | result  | 0 64      | count transitions num_runs
opponent         | vec3  | result  | -1 1      | opponent ycocg yuv
is_corner        | bool  | result  |           | is_corner corner_flag
is_edge          | bool  | result  |           | is_edge edge_pixel strong
foreground       | bool  | result  |           | foreground is_fg moving
inside_key       | bool  | result  |           | keyed inside_key is_key
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


def grayscale(color):
    next_gray = wp.dot(color, wp.vec3(0.2126, 0.7152, 0.0722))
    return next_gray


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


def linear_burn(color, backdrop, alpha):
    burned = wp.max(color + backdrop - wp.vec3(1.0, 1.0, 1.0), wp.vec3(0.0, 0.0, 0.0))
    blended = wp.lerp(backdrop, burned, alpha)
    return blended


def difference_blend(color, backdrop, amount):
    d = color - backdrop
    blended = wp.min(wp.abs(d) * amount, wp.vec3(1.0, 1.0, 1.0))
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


def accumulated_alpha(alpha, mask):
    next_alpha = alpha + mask * (1.0 - alpha)
    return next_alpha


def adjusted(color, brightness, contrast):
    half = wp.vec3(0.5, 0.5, 0.5)
    shifted = contrast * (color - half) + half + wp.vec3(brightness, brightness, brightness)
    return wp.min(wp.max(shifted, wp.vec3(0.0, 0.0, 0.0)), wp.vec3(1.0, 1.0, 1.0))


def gamma_adjusted(color, gamma):
    inv = 1.0 / gamma
    c = wp.max(color, wp.vec3(1.0e-4, 1.0e-4, 1.0e-4))
    adjusted = wp.vec3(wp.pow(c[0], inv), wp.pow(c[1], inv), wp.pow(c[2], inv))
    return adjusted


def vibrance(color, saturation, amount):
    gray = wp.vec3(1.0, 1.0, 1.0) * ((color[0] + color[1] + color[2]) / 3.0)
    boost = 1.0 + amount * (1.0 - saturation)
    vivid = gray + boost * (color - gray)
    adjusted = wp.min(wp.max(vivid, wp.vec3(0.0, 0.0, 0.0)), wp.vec3(1.0, 1.0, 1.0))
    return adjusted


def sepia(color, tint):
    m = wp.mat33(0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131)
    adjusted = wp.min(wp.cw_mul(tint, m * color), wp.vec3(1.0, 1.0, 1.0))
    return adjusted


def solarized(color, threshold):
    adjusted = color
    for c in range(3):
        if color[c] > threshold:
            adjusted[c] = 1.0 - color[c]
    return adjusted


def posterized(color, posterize_levels):
    n = float(posterize_levels)
    adjusted = wp.vec3(
        wp.floor(color[0] * (n - 1.0) + 0.5) / (n - 1.0),
        wp.floor(color[1] * (n - 1.0) + 0.5) / (n - 1.0),
        wp.floor(color[2] * (n - 1.0) + 0.5) / (n - 1.0),
    )
    return adjusted


def unpacked(packed):
    """Three bytes of a packed pixel as numbers from zero to one."""
    r = (packed >> wp.uint32(16)) & wp.uint32(255)
    g = (packed >> wp.uint32(8)) & wp.uint32(255)
    b = packed & wp.uint32(255)
    adjusted = wp.vec3(float(r), float(g), float(b)) / 255.0
    return adjusted


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


def box_filter(window):
    total = float(0.0)
    for n in range(len(window)):
        total += window[n]
    smoothed = total / float(len(window))
    return smoothed


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


def range_midpoint(window):
    lo = float(1.0)
    hi = float(0.0)
    for n in range(len(window)):
        lo = wp.min(lo, window[n])
        hi = wp.max(hi, window[n])
    smoothed = 0.5 * (lo + hi)
    return smoothed


def morphological_gradient(window, amount):
    lo = float(window[0])
    hi = float(window[0])
    for n in range(len(window)):
        lo = wp.min(lo, window[n])
        hi = wp.max(hi, window[n])
    edge_strength = amount * (hi - lo)
    return edge_strength


def recursive_filter(gray, previous_gray, learning_rate):
    """First-order recursive filter (exponential smoothing)."""
    smoothed = previous_gray + learning_rate * (gray - previous_gray)
    return smoothed


def local_variance(window, smoothed):
    sq = float(0.0)
    for n in range(len(window)):
        d = window[n] - smoothed
        sq += d * d
    return sq / float(len(window))


def wiener_filter(gray, smoothed, local_variance, noise_variance):
    """Adaptive Wiener filter."""
    signal = wp.max(local_variance - noise_variance, 0.0)
    k = signal / wp.max(local_variance, noise_variance)
    next_gray = smoothed + k * (gray - smoothed)
    return next_gray


def detail(gray, smoothed):
    return gray - smoothed


def unsharp_mask(gray, detail, amount):
    sharpened = wp.clamp(gray + amount * detail, 0.0, 1.0)
    return sharpened


def cored_sharpening(gray, detail, amount, low_threshold):
    """Sharpening that leaves alone what may be noise."""
    sharpened = gray
    if wp.abs(detail) > low_threshold:
        core = detail - wp.sign(detail) * low_threshold
        sharpened = wp.clamp(gray + amount * core, 0.0, 1.0)
    return sharpened


def edge_strength(gradient):
    return wp.length(gradient)


def neighbor_edge(gray_a, gray_b, amount):
    edge_strength = amount * wp.abs(gray_b - gray_a)
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


def vignette_mask(uv, softness, amount):
    d = uv - wp.vec2(0.5, 0.5)
    mask = wp.exp(-amount * wp.max(wp.length_sq(d) - 0.25 * softness, 0.0))
    return mask


def checker_mask(uv, frequency):
    u = wp.floor(uv[0] * frequency)
    v = wp.floor(uv[1] * frequency)
    mask = 2.0 * wp.frac(0.5 * (u + v))
    return mask


def binary(gray, threshold):
    return wp.step(threshold - gray)


def hysteresis(gray, previous_gray, low_threshold, high_threshold):
    """Double threshold: what lies between keeps what it was."""
    if gray >= high_threshold:
        return 1.0
    if gray <= low_threshold:
        return 0.0
    binary = wp.where(previous_gray >= 0.5 * (low_threshold + high_threshold), 1.0, 0.0)
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
    return wp.where(gray > bayer, 1.0, 0.0)


def multilevel_dither(gray, bayer, posterize_levels):
    n = float(posterize_levels - 1)
    scaled = gray * n
    base = wp.floor(scaled)
    dithered = wp.min((base + wp.where(wp.frac(scaled) > bayer, 1.0, 0.0)) / n, 1.0)
    return dithered


def noise_dither(gray, amount, rng):
    jitter = amount * (wp.randf(rng) - 0.5)
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
    equalized = (gray - lo) / wp.max(hi - lo, 1.0e-6)
    return equalized


def normalized_gray(gray, region_mean, region_deviation):
    equalized = wp.clamp(0.5 + 0.25 * (gray - region_mean) / region_deviation, 0.0, 1.0)
    return equalized


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


def count(levels, level_threshold):
    """Levels of a row above a threshold."""
    above = int(0)
    for n in range(len(levels)):
        if levels[n] > level_threshold:
            above += 1
    return above


def transitions(labels):
    count = int(0)
    for n in range(1, len(labels)):
        if labels[n] != labels[n - 1]:
            count += 1
    return count


def local_binary_pattern(levels, level):
    """Local binary pattern: a bit for each neighbor that is no darker."""
    code = int(0)
    for n in range(len(levels)):
        if levels[n] >= level:
            code = code | (1 << (n & 7))
    next_level = code
    return next_level


def inverted_level(level, max_level):
    next_level = wp.clamp(max_level - level, 0, 255)
    return next_level


def gray_code(level):
    """Binary to Gray code."""
    next_level = level ^ (level >> 1)
    return next_level


def bit_plane_blend(level_a, level_b):
    """Takes the high bits of one level and hides those of the other below."""
    next_level = (level_a & 240) | (level_b >> 4)
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
    weight = 1.0 / (1.0 + g * g)
    return weight


def gray_rate(gray, smoothed, weight):
    return weight * (smoothed - gray)


def squared_error(color, target_color):
    d = color - target_color
    return wp.dot(d, d)


def quality(squared_error, max_gray):
    """Peak signal-to-noise ratio in decibels."""
    peak = wp.max(max_gray, 1.0e-6)
    return 10.0 * wp.log10(peak * peak / wp.max(squared_error / 3.0, 1.0e-6))


def structural_similarity(gray_a, gray_b, region_deviation):
    """Structural similarity of two pixels, with the deviation that they share."""
    c1 = 0.0001
    mean_term = (2.0 * gray_a * gray_b + c1) / (gray_a * gray_a + gray_b * gray_b + c1)
    var = region_deviation * region_deviation
    d = gray_a - gray_b
    quality = mean_term * (2.0 * var + 0.0009) / (2.0 * var + d * d + 0.0009)
    return quality


def next_region_mean(region_mean, gray, learning_rate):
    return wp.lerp(region_mean, gray, learning_rate)


def deviation_update(region_deviation, region_mean, gray, learning_rate):
    """Running deviation of a background model."""
    d = gray - region_mean
    var = region_deviation * region_deviation
    next_region_deviation = wp.sqrt(var + learning_rate * (d * d - var))
    return next_region_deviation


def is_edge(edge_strength, low_threshold, weight):
    return edge_strength * weight > low_threshold


def foreground(gray, region_mean, region_deviation, amount):
    """Pixels that a background model does not explain."""
    return wp.abs(gray - region_mean) > amount * region_deviation


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


def partly_equalized(gray, equalized, alpha):
    next_gray = gray + alpha * (equalized - gray)
    return next_gray


def split_toned(color, luminance, tint, amount):
    """Tints the shadows and leaves the lights alone."""
    shade = 1.0 - wp.smoothstep(0.0, 1.0, luminance)
    toned = wp.cw_mul(color, wp.lerp(wp.vec3(1.0, 1.0, 1.0), tint, 0.5 * amount * shade))
    adjusted = wp.min(toned, wp.vec3(1.0, 1.0, 1.0))
    return adjusted


def color_update(color, composite, learning_rate):
    next_color = (1.0 - learning_rate) * color + learning_rate * composite
    return next_color


def adjustment_error(adjusted, target_adjusted, alpha):
    d = adjusted - target_adjusted
    squared_error = alpha * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    return squared_error


def is_corner(corner_response, low_threshold):
    return corner_response > low_threshold
