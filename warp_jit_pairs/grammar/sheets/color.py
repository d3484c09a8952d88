"""Color: exposure and sensors, tone curves, grading, color spaces and differences."""

import warp as wp

ENTITIES = "pixel"
GROUPS = "image camera"
PAIRS = "swatch_pair"
LAUNCH = "1:3 2:6"
SUMMED = "luminance"

QUANTITIES = """
film                 | vec2  | state   | -1 1      | film ndc xy screen_pos
color                | vec3  | state   | 0 1       | color rgb c
hdr_color            | vec3  | state   | 0.02 8    | hdr hdr_color radiance rgb_hdr
motion               | vec2  | state   | -2 2      | motion motion_vec flow
luminance            | real  | state   | 0.01 8    | luminance lum
photon_count         | real  | state   | 1 500     | photons photon_count electrons
aperture             | real  | group   | 1.4 16    | f_number aperture n_stop    | 2.8 4.0
shutter              | real  | group   | 0.1 1     | shutter exposure_time t_exp | 0.25 0.5
iso                  | real  | group   | 1 16      | iso gain sensitivity
aspect               | real  | uniform | 0.7 2     | aspect aspect_ratio         | 1.5 1.777
exposure_bias        | real  | uniform | -2 2      | ev_bias exposure_comp       | 0.0 1.0
middle_gray          | real  | uniform | 0.1 0.3   | key middle_gray mid_gray    | 0.18
white_point          | real  | uniform | 2 8       | white white_point l_white   | 4.0
gamma                | real  | uniform | 1.8 2.6   | gamma gamma_exp             | 2.2
contrast             | real  | uniform | 0.5 2     | contrast contrast_gain      | 1.0 1.2
saturation           | real  | uniform | 0 2       | saturation sat_gain         | 1.0 1.3
adaptation           | real  | uniform | 0.2 4     | adaptation_rate tau_adapt   | 1.0 2.0
frame_time           | real  | uniform | 0.01 0.1  | dt frame_dt frame_time      | 0.016
vignette_strength    | real  | uniform | 0.1 1     | vignette vignette_strength
lift                 | vec3  | uniform | -0.1 0.1  | lift offset
slope                | vec3  | uniform | 0.5 1.5   | slope color_gain
power                | vec3  | uniform | 0.6 1.6   | power gamma_rgb
white_balance        | vec3  | uniform | 0.6 1.6   | wb white_balance wb_gains
read_noise           | real  | uniform | 0.5 4     | read_noise sigma_read
full_well            | real  | uniform | 200 600   | full_well well_capacity
curve                | reals | uniform | 0 1       | curve tone_curve lut
brackets             | reals | state   | 0.05 0.95 | brackets stack exposures
blend                | real  | uniform | 0.05 0.95 | alpha blend history_weight  | 0.1 0.9
angle                | real  | state   | 0 1.4     | theta field_angle
exposure_value       | real  | result  | -4 8      | ev ev100 exposure_value
exposure             | real  | result  | 0.001 50  | exposure exposure_scale
falloff              | real  | result  | 0 1       | falloff cos4 vignetting
tone                 | vec3  | result  | 0 1       | tone mapped ldr tonemapped
graded               | vec3  | result  | 0 2       | graded grade out_color
encoded              | vec3  | result  | 0 1       | encoded srgb display
linear_color         | vec3  | result  | 0 1       | linear linear_rgb lin
xyz                  | vec3  | result  | 0 2       | xyz cie_xyz tristimulus
lab                  | vec3  | result  | -200 200  | lab cielab
hsv                  | vec3  | result  | 0 1       | hsv hsv_color
ycbcr                | vec3  | result  | -0.6 1    | ycc ycbcr yuv
hue                  | real  | result  | 0 6.3     | hue hue_angle
chroma               | real  | result  | 0 300     | chroma chroma_ab
temperature          | real  | result  | 1 25      | cct temperature kilokelvin
color_difference     | real  | result  | 0 250     | delta_e color_diff
noise_level          | real  | result  | 1 25      | sigma noise_std noise_level
saturated            | bool  | result  |           | saturated clipped blown_out
exposed              | vec3  | result  |           | exposed exposed_rgb
balanced             | vec3  | result  |           | balanced wb_rgb
accumulated          | vec3  | result  |           | accumulated taa_rgb
adapted_level        | real  | state   | 0.01 8    | adapted_lum adapted
scene_luminance      | real  | state   | 0.01 8    | scene_lum target_lum
merged_radiance      | real  | result  | 0 3       | merged_lum merged
collected_photons    | real  | result  | 0 500     | collected electrons_out
look                 | vec3  | result  |           | look_rgb look
color_match          | bool  | result  |           | matches color_ok
hue_difference       | real  | result  | 0 600     | delta_h hue_diff
oklab                | vec3  | result  | -1 1.1    | oklab ok_lab
hsl                  | vec3  | result  | 0 1       | hsl hsl_color
cmyk                 | vec4  | result  | 0 1       | cmyk inks
nits                 | real  | state   | 0.1 4000  | nits lum_nits
perceptual_quantizer | real  | result  | 0 1       | pq_code pq
scene_light          | real  | state   | 0 1       | scene_light e_scene
hybrid_log_gamma     | real  | result  | 0 1.01    | hlg hlg_code
kilokelvin           | real  | state   | 1.7 15    | kilokelvin cct_k
blackbody_color      | vec3  | result  | 0 1       | bb_rgb light_rgb
planckian_locus      | vec2  | result  |           | xy_planck locus_xy
log_bins             | reals | state   | 0.1 50    | histogram log_bins
low_share            | real  | uniform | 0.05 0.4  | low_share p_low             | 0.1
high_share           | real  | uniform | 0.6 0.98  | high_share p_high           | 0.9
histogram_exposure   | real  | result  | 0 5       | mean_bin log_average
wide_color           | vec3  | state   | -0.3 1.5  | wide_rgb raw_rgb
gamut_clip           | vec3  | result  |           | clipped in_gamut
key_color            | vec3  | uniform | 0 1       | key_color screen_rgb
inner_tolerance      | real  | uniform | 0.02 0.2  | tol_inner inner_tol         | 0.1
outer_tolerance      | real  | uniform | 0.05 0.3  | tol_outer softness          | 0.1
chroma_key           | real  | result  | 0 1       | matte alpha_key
raw_code             | int   | state   | 0 4095    | raw raw_code
black_level          | int   | uniform | 32 256    | black_level black
white_level          | int   | uniform | 3800 4095 | white_level white
channel_gain         | real  | state   | 0.8 2.2   | channel_gain cfa_gain
sensor_value         | real  | result  | 0 1       | linear_val sensor_value
north_green          | real  | state   | 0 1       | g_north up
south_green          | real  | state   | 0 1       | g_south down
west_green           | real  | state   | 0 1       | g_west left
east_green           | real  | state   | 0 1       | g_east right
here_red             | real  | state   | 0 1       | r_here center
north_red            | real  | state   | 0 1       | r_north2 up2
west_red             | real  | state   | 0 1       | r_west2 left2
demosaiced_green     | real  | result  | 0 1       | green g_full
anscombe             | real  | result  | 0 50      | stabilized anscombe
red_xy               | vec2  | uniform | 0.62 0.7  | red_xy r_xy
green_xy             | vec2  | uniform | 0.25 0.35 | green_xy g_xy
blue_xy              | vec2  | uniform | 0.05 0.16 | blue_xy b_xy
primaries_matrix     | mat33 | result  |           | M_rgb rgb_to_xyz
source_white         | vec3  | state   | 0.8 1.1   | white_src source_white
display_white        | vec3  | uniform | 0.8 1.1   | white_dst display_white
adaptation_matrix    | mat33 | result  | -3 3      | M_adapt bradford
adapted_xyz          | vec3  | result  |           | xyz_adapted xyz_out
severity             | real  | uniform | 0 1       | severity amount             | 0.5 1.0
dichromat_color      | vec3  | result  |           | sim_rgb seen_rgb
"""


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


def adapted_luminance(adapted_level, scene_luminance, adaptation, frame_time):
    """Eye adaptation that approaches a target exponentially."""
    next_adapted_level = adapted_level + (scene_luminance - adapted_level) * (1.0 - wp.exp(-adaptation * frame_time))
    return next_adapted_level


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
    exposed = hdr_color * (exposure * falloff)
    return exposed


def balanced_color(hdr_color, white_balance):
    """Von Kries' adaptation by gains of the channels."""
    balanced = wp.cw_mul(hdr_color, white_balance)
    return balanced


def temporal_color(hdr_color, previous_hdr_color, blend, motion):
    """Temporal accumulation that trusts history less where things move."""
    trust = blend / (1.0 + 4.0 * wp.length(motion))
    accumulated = wp.lerp(hdr_color, previous_hdr_color, trust)
    return accumulated


def tone(hdr_color):
    """Reinhard's operator."""
    return wp.cw_div(hdr_color, hdr_color + wp.vec3(1.0, 1.0, 1.0))


def extended_reinhard(hdr_color, white_point):
    """Reinhard's operator with a white point, on luminance."""
    lum = wp.max(wp.dot(hdr_color, wp.vec3(0.2126, 0.7152, 0.0722)), 1.0e-6)
    mapped = wp.div_approx(lum * (1.0 + lum / (white_point * white_point)), 1.0 + lum)
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
    merged_radiance = total / wp.max(norm, 1.0e-3)
    return merged_radiance


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
    collected_photons = wp.clamp(collected, 0.0, full_well)
    return collected_photons


def saturated(photon_count, iso, full_well):
    return photon_count * wp.sqrt(iso) > full_well


def overexposed(hdr_color, white_point):
    saturated = wp.max(hdr_color) > white_point
    return saturated


def look_color(color, graded, blend):
    look = wp.lerp(color, wp.min(graded, wp.vec3(1.0, 1.0, 1.0)), blend)
    return look


def color_match(color_difference, chroma):
    """A tolerance that grows with chroma (CMC)."""
    return color_difference < 2.0 * (1.0 + 0.045 * chroma)


def hue_difference(hue_a, hue_b, chroma_a, chroma_b):
    """Metric hue difference of CIE94."""
    d = hue_a - hue_b
    return 2.0 * wp.sqrt(chroma_a * chroma_b) * wp.abs(wp.sin(0.5 * d))


def ciede2000(lab_a, lab_b):
    """CIEDE2000 color difference."""
    c1 = wp.sqrt(lab_a[1] * lab_a[1] + lab_a[2] * lab_a[2])
    c2 = wp.sqrt(lab_b[1] * lab_b[1] + lab_b[2] * lab_b[2])
    c_bar7 = wp.pow(wp.min(0.5 * (c1 + c2), 100.0) * 0.01 + 1.0e-3, 7.0)
    g = 0.5 * (1.0 - wp.sqrt(c_bar7 / (c_bar7 + 6.1e-5)))
    a1 = (1.0 + g) * lab_a[1]
    a2 = (1.0 + g) * lab_b[1]
    cp1 = wp.sqrt(a1 * a1 + lab_a[2] * lab_a[2])
    cp2 = wp.sqrt(a2 * a2 + lab_b[2] * lab_b[2])
    h1 = wp.atan2(lab_a[2], a1)
    h2 = wp.atan2(lab_b[2], a2)
    dh = h2 - h1
    if dh > wp.pi:
        dh = dh - wp.tau
    elif dh < -wp.pi:
        dh = dh + wp.tau
    d_l = lab_b[0] - lab_a[0]
    d_c = cp2 - cp1
    d_h = 2.0 * wp.sqrt(cp1 * cp2) * wp.sin(0.5 * dh)
    h_bar = h1 + 0.5 * dh
    t = 1.0 - 0.17 * wp.cos(h_bar - 0.5236) + 0.24 * wp.cos(2.0 * h_bar) + 0.32 * wp.cos(3.0 * h_bar + 0.1047)
    t = t - 0.2 * wp.cos(4.0 * h_bar - 1.0996)
    l_off = 0.5 * (lab_a[0] + lab_b[0]) - 50.0
    s_l = 1.0 + 0.015 * l_off * l_off / wp.sqrt(20.0 + l_off * l_off)
    c_bar = 0.5 * (cp1 + cp2)
    s_c = 1.0 + 0.045 * c_bar
    s_h = 1.0 + 0.015 * c_bar * t
    x = d_l / s_l
    y = d_c / s_c
    z = d_h / wp.max(s_h, 0.1)
    color_difference = wp.sqrt(x * x + y * y + z * z)
    return color_difference


def oklab(linear_color):
    """Linear sRGB to Oklab."""
    to_lms = wp.mat33(0.4122, 0.5363, 0.0514, 0.2119, 0.6807, 0.1074, 0.0883, 0.2817, 0.63)
    lms = to_lms * wp.max(linear_color, wp.vec3(0.0, 0.0, 0.0))
    root = wp.vec3(wp.cbrt(lms[0]), wp.cbrt(lms[1]), wp.cbrt(lms[2]))
    to_lab = wp.mat33(0.2105, 0.7936, -0.0041, 1.978, -2.4286, 0.4506, 0.0259, 0.7828, -0.8087)
    return to_lab * root


def hsl(color):
    """RGB to hue, saturation and lightness."""
    top = wp.max(color)
    low = wp.min(color)
    span = top - low
    light = 0.5 * (top + low)
    if span < 1.0e-4:
        return wp.vec3(0.0, 0.0, light)
    sat = span / wp.max(1.0 - wp.abs(2.0 * light - 1.0), 1.0e-3)
    if color[0] >= color[1] and color[0] >= color[2]:
        h = (color[1] - color[2]) / span
        if h < 0.0:
            h = h + 6.0
    elif color[1] >= color[2]:
        h = (color[2] - color[0]) / span + 2.0
    else:
        h = (color[0] - color[1]) / span + 4.0
    return wp.vec3(h / 6.0, wp.min(sat, 1.0), light)


def cmyk(color):
    """Inks of a color, with black taken out of the others."""
    key = 1.0 - wp.max(color)
    if key >= 0.999:
        return wp.vec4(0.0, 0.0, 0.0, 1.0)
    left = 1.0 - key
    return wp.vec4((left - color[0]) / left, (left - color[1]) / left, (left - color[2]) / left, key)


def perceptual_quantizer(nits):
    """Transfer function of SMPTE ST 2084."""
    y = wp.pow(nits / 10000.0, 0.1593017578)
    num = 0.8359375 + 18.8515625 * y
    den = 1.0 + 18.6875 * y
    return wp.pow(num / den, 78.84375)


def hybrid_log_gamma(scene_light):
    """Transfer function of HLG: square root below, logarithm above."""
    if scene_light <= 1.0 / 12.0:
        return wp.sqrt(3.0 * scene_light)
    return 0.17883277 * wp.log(12.0 * scene_light - 0.28466892) + 0.55991073


def blackbody_color(kilokelvin):
    """Color of a black body by pieces, relative to daylight."""
    if kilokelvin <= 6.6:
        red = 1.0
        green = 0.3901 * wp.log(10.0 * kilokelvin) - 0.6318
        blue = 0.0
        if kilokelvin > 1.9:
            blue = 0.5432 * wp.log(10.0 * kilokelvin - 10.0) - 1.1963
    else:
        red = 1.2929 * wp.pow(10.0 * kilokelvin - 60.0, -0.1332)
        green = 1.1299 * wp.pow(10.0 * kilokelvin - 60.0, -0.0755)
        blue = 1.0
    return wp.vec3(wp.clamp(red, 0.0, 1.0), wp.clamp(green, 0.0, 1.0), wp.clamp(blue, 0.0, 1.0))


def planckian_locus(kilokelvin):
    """Chromaticity of a black body by Kim's cubic splines."""
    i = 1.0 / kilokelvin
    if kilokelvin < 4.0:
        x = ((-0.2661239 * i - 0.234358) * i + 0.8776956) * i + 0.17991
    else:
        x = ((-3.0258469 * i + 2.1070379) * i + 0.2226347) * i + 0.24039
    if kilokelvin < 2.222:
        y = ((-1.1063814 * x - 1.3481102) * x + 2.18555832) * x - 0.20219683
    elif kilokelvin < 4.0:
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    else:
        y = ((3.081758 * x - 5.8733867) * x + 3.75112997) * x - 0.37001483
    return wp.vec2(x, y)


def histogram_exposure(log_bins, low_share, high_share):
    """Mean log luminance of a histogram without its darkest and brightest parts."""
    total = float(0.0)
    for n in range(len(log_bins)):
        total += log_bins[n]
    low = low_share * total
    high = high_share * total
    below = float(0.0)
    weight = float(0.0)
    mean = float(0.0)
    for n in range(len(log_bins)):
        start = wp.clamp(below, low, high)
        below += log_bins[n]
        part = wp.clamp(below, low, high) - start
        weight += part
        mean += part * float(n)
    return mean / wp.max(weight, 1.0e-4)


def gamut_clip(wide_color):
    """Pulls a color towards its gray until no channel is out of range."""
    gray = wp.clamp(wp.dot(wide_color, wp.vec3(0.2126, 0.7152, 0.0722)), 0.0, 1.0)
    scale = float(1.0)
    for n in range(3):
        d = wide_color[n] - gray
        if d > 1.0e-4:
            scale = wp.min(scale, (1.0 - gray) / d)
        elif d < -1.0e-4:
            scale = wp.min(scale, -gray / d)
    return wp.vec3(gray, gray, gray) + scale * (wide_color - wp.vec3(gray, gray, gray))


def chroma_key(color, key_color, inner_tolerance, outer_tolerance):
    """Opacity of a pixel before a screen of one color, by its distance in chroma."""
    luma = wp.dot(color, wp.vec3(0.299, 0.587, 0.114))
    key_luma = wp.dot(key_color, wp.vec3(0.299, 0.587, 0.114))
    cb = 0.564 * (color[2] - luma)
    cr = 0.713 * (color[0] - luma)
    key_cb = 0.564 * (key_color[2] - key_luma)
    key_cr = 0.713 * (key_color[0] - key_luma)
    d = wp.sqrt((cb - key_cb) * (cb - key_cb) + (cr - key_cr) * (cr - key_cr))
    if d < inner_tolerance:
        return 0.0
    if d < inner_tolerance + outer_tolerance:
        return (d - inner_tolerance) / outer_tolerance
    return 1.0


def sensor_value(raw_code, black_level, white_level, channel_gain):
    """Linear value of a raw pixel."""
    span = float(white_level - black_level)
    value = float(raw_code - black_level) / span
    return wp.clamp(value * channel_gain, 0.0, 1.0)


def green_at_red(north_green, south_green, west_green, east_green, here_red, north_red, west_red):
    """Edge-directed green at a red pixel of a Bayer mosaic."""
    dh = wp.abs(west_green - east_green) + wp.abs(here_red - west_red)
    dv = wp.abs(north_green - south_green) + wp.abs(here_red - north_red)
    across = 0.5 * (west_green + east_green) + 0.25 * (here_red - west_red)
    along = 0.5 * (north_green + south_green) + 0.25 * (here_red - north_red)
    if dh < dv:
        green = across
    elif dv < dh:
        green = along
    else:
        green = 0.5 * (across + along)
    demosaiced_green = wp.clamp(green, 0.0, 1.0)
    return demosaiced_green


def anscombe(photon_count, read_noise):
    """Variance-stabilizing transform of Poisson counts with read noise."""
    return 2.0 * wp.sqrt(photon_count + 0.375 + read_noise * read_noise)


def aces_fitted(hdr_color):
    """Hill's fit of the ACES reference and output transforms."""
    to_aces = wp.mat33(0.5972, 0.3546, 0.0482, 0.076, 0.9083, 0.0157, 0.0284, 0.1338, 0.8378)
    v = to_aces * hdr_color
    fitted = wp.vec3(0.0, 0.0, 0.0)
    for n in range(3):
        a = v[n] * (v[n] + 0.0245786) - 0.000090537
        b = v[n] * (0.983729 * v[n] + 0.432951) + 0.238081
        fitted[n] = a / b
    back = wp.mat33(1.6048, -0.5311, -0.0737, -0.1021, 1.1081, -0.006, -0.0033, -0.0728, 1.076)
    out = back * fitted
    tone = wp.vec3(wp.clamp(out[0], 0.0, 1.0), wp.clamp(out[1], 0.0, 1.0), wp.clamp(out[2], 0.0, 1.0))
    return tone


def primaries_matrix(red_xy, green_xy, blue_xy):
    """Matrix from linear RGB of three primaries to XYZ, for a white of equal energy."""
    m = wp.mat33(
        red_xy[0],
        green_xy[0],
        blue_xy[0],
        red_xy[1],
        green_xy[1],
        blue_xy[1],
        1.0 - red_xy[0] - red_xy[1],
        1.0 - green_xy[0] - green_xy[1],
        1.0 - blue_xy[0] - blue_xy[1],
    )
    scale = wp.inverse(m) * wp.vec3(1.0, 1.0, 1.0)
    return m * wp.diag(scale)


def adaptation_matrix(source_white, display_white):
    """Bradford's adaptation from one white to another."""
    to_cone = wp.mat33(0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296)
    from_cone = wp.mat33(0.987, -0.1471, 0.16, 0.4323, 0.5184, 0.0493, -0.0085, 0.04, 0.9685)
    source = to_cone * source_white
    goal = to_cone * display_white
    gains = wp.vec3(
        goal[0] / wp.max(source[0], 0.05), goal[1] / wp.max(source[1], 0.05), goal[2] / wp.max(source[2], 0.05)
    )
    return from_cone * wp.diag(gains) * to_cone


def adapted_xyz(adaptation_matrix, xyz):
    return adaptation_matrix * xyz


def dichromat_color(linear_color, severity):
    """How a color looks to somebody who lacks the receptors of red."""
    lacking = wp.mat33(0.1521, 1.0525, -0.2046, 0.1145, 0.7863, 0.0992, -0.0039, -0.0481, 1.052)
    seen = lacking * linear_color
    return wp.lerp(linear_color, seen, severity)
