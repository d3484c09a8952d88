"""Terrain: slopes and shapes of elevation models, water on them, erosion, ways over them."""

import warp as wp

ENTITIES = "cell"
GROUPS = "catchment region"
LAUNCH = "1:2 2:8"
SUMMED = "drained_area"

QUANTITIES = """
window               | mat33 | state   | 0 60       | window z_win
cell_size            | real  | uniform | 5 30       | cell_size spacing res   | 10.0 30.0
gradient             | vec2  | state   | -3 3       | gradient grad dz
slope                | real  | result  | 0 1.55     | slope slope_angle
aspect               | real  | result  | 0 6.2832   | aspect aspect_angle
hillshade            | real  | result  | 0 1        | hillshade lit
curvature            | real  | result  | -6 6       | curvature curv laplacian
relief               | real  | result  | 0 150      | tri ruggedness
drained_area         | real  | state   | 1 5000     | drained_area upslope_area sca
wetness_index        | real  | result  | -30 30     | wetness_index twi
flow_direction       | int   | result  |            | flow_dir d8 flow_direction
steep                | bool  | result  |            | steep is_steep
sun_direction        | vec3  | uniform | -1 1       | sun_dir to_sun
track                | reals | state   | 0 50       | profile track heights
eye_height           | real  | uniform | 1 20       | eye_height observer_h   | 2.0
clear_sight          | bool  | result  |            | clear_sight has_sight
hiking_speed         | real  | result  | 0 6        | hiking_speed walk_kmh
climb                | real  | result  | 0 150      | climb ascent
incision             | real  | result  | 0 6        | incision stream_power
shade                | real  | result  | 0 1        | shade n_dot_l
slope_length_factor  | real  | result  | 0 300      | ls_factor slope_length
window_range         | real  | result  | 0 60       | local_range relief_range
sun_elevation        | real  | uniform | 0.2 1.4    | sun_elev sun_alt        | 0.785398
sun_azimuth          | real  | uniform | 0 6.28     | sun_az sun_azimuth      | 5.497787
profile_curvature    | real  | result  | -1.5 1.5   | prof_curv profile_curv
flow_angle           | real  | result  | -2 6.3     | flow_angle d_inf
talus                | real  | uniform | 0.3 1      | talus repose_slope      | 0.6
eroded_height        | real  | result  | 0 60       | z_new eroded
landform             | int   | result  | 1 5        | landform form_class
position_index       | real  | result  | -40 40     | tpi position_index
spacing              | real  | uniform | 5 30       | post_spacing step_dist  | 10.0 30.0
horizon_angle        | real  | result  | 0 1.55     | horizon_angle horizon
pit_depth            | real  | result  | 0 50       | pit_depth sink_depth
snow_depth           | real  | state   | 0 3        | snow_depth snow
avalanche_class      | int   | result  | 0 4        | danger_level avalanche_class
discharge            | real  | state   | 0.5 30     | discharge q_flow
bed_width            | real  | state   | 1 10       | bed_width channel_w
roughness            | real  | group   | 0.02 0.1   | manning_n roughness     | 0.03
bed_slope            | real  | state   | 0.001 0.05 | bed_slope s_0
channel_depth        | real  | result  | 0 20       | channel_depth y_n
climb_rate           | real  | state   | -0.6 0.6   | grade climb_rate
path_length          | real  | state   | 10 500     | path_length step_m
cover                | real  | state   | 0 1        | cover vegetation
path_cost            | real  | result  | 0 0.8      | path_cost hours
corner_heights       | vec4  | state   | 0 60       | corner_heights z_corners
column_fraction      | real  | state   | 0 1        | fx col_frac
row_fraction         | real  | state   | 0 1        | fy row_frac
interpolated_height  | real  | result  | 0 60       | z_interp interp_height
soil_depth           | real  | state   | 0.5 5      | soil_depth z_soil
saturation           | real  | state   | 0 1        | saturation wet_ratio
cohesion             | real  | group   | 1 10       | cohesion c_soil         | 5.0
friction_angle       | real  | group   | 0.4 0.7    | friction_angle phi_soil | 0.55
stable_slope         | real  | result  | 0 100      | safety factor_of_safety
height_hessian       | mat22 | result  | -8 8       | hessian H_z
principal_curvatures | vec2  | result  | -15 15     | curvatures k_12
bend_limit           | real  | uniform | 0.01 0.5   | bend_limit k_min        | 0.05 0.1
ridge_or_valley      | int   | result  | 0 5        | ridge_class form
"""


def horn_gradient(window, cell_size):
    """Horn's gradient of a window of nine heights."""
    west = window[0, 0] + 2.0 * window[1, 0] + window[2, 0]
    east = window[0, 2] + 2.0 * window[1, 2] + window[2, 2]
    north = window[0, 0] + 2.0 * window[0, 1] + window[0, 2]
    south = window[2, 0] + 2.0 * window[2, 1] + window[2, 2]
    gradient = wp.vec2(east - west, north - south) / (8.0 * cell_size)
    return gradient


def central_gradient(window, cell_size):
    """Zevenbergen and Thorne's gradient."""
    dx = (window[1, 2] - window[1, 0]) / (2.0 * cell_size)
    dy = (window[0, 1] - window[2, 1]) / (2.0 * cell_size)
    gradient = wp.vec2(dx, dy)
    return gradient


def slope(gradient):
    return wp.atan(wp.length(gradient))


def aspect(gradient):
    """Compass direction that a slope faces."""
    angle = wp.atan2(-gradient[0], -gradient[1])
    if angle < 0.0:
        angle = angle + wp.tau
    return angle


def normal_shade(gradient, sun_direction):
    normal = wp.normalize(wp.vec3(-gradient[0], -gradient[1], 1.0))
    shade = wp.clamp(wp.dot(normal, sun_direction), 0.0, 1.0)
    return shade


def curvature(window, cell_size):
    around = window[0, 1] + window[1, 0] + window[1, 2] + window[2, 1]
    return (around - 4.0 * window[1, 1]) / (cell_size * cell_size)


def relief(window):
    """Riley's terrain ruggedness index."""
    center = window[1, 1]
    total = float(0.0)
    for n in range(3):
        for m in range(3):
            drop = window[n, m] - center
            total = total + drop * drop
    return wp.sqrt(total)


def window_range(window):
    """Highest minus lowest of nine heights."""
    lowest = float(window[0, 0])
    highest = float(window[0, 0])
    for n in range(3):
        for m in range(3):
            lowest = wp.min(lowest, window[n, m])
            highest = wp.max(highest, window[n, m])
    return highest - lowest


def flow_direction(window):
    """D8: the steepest way down from the middle."""
    best = float(0.0)
    code = int(-1)
    for n in range(3):
        for m in range(3):
            run = 1.0
            if n != 1 and m != 1:
                run = 1.4142136
            drop = (window[1, 1] - window[n, m]) / run
            if drop > best:
                best = drop
                code = 3 * n + m
    return code


def wetness_index(drained_area, slope):
    """Beven and Kirkby's topographic wetness index."""
    return wp.log(drained_area / wp.max(wp.tan(slope), 1.0e-6))


def slope_length_factor(drained_area, slope):
    """Slope length and steepness factor of the soil loss equation."""
    return wp.pow(drained_area / 22.13, 0.4) * wp.pow(wp.sin(slope) / 0.0896, 1.3)


def stream_erosion(drained_area, gradient):
    """Stream power law."""
    incision = 0.02 * wp.sqrt(drained_area) * wp.length(gradient)
    return incision


def hiking_speed(slope):
    """Tobler's hiking function, in kilometers an hour."""
    return 6.0 * wp.exp(-3.5 * wp.abs(wp.tan(slope) + 0.05))


def steep(slope, max_slope):
    return slope > max_slope


def total_climb(track):
    climb = float(0.0)
    for n in range(1, len(track)):
        climb = climb + wp.max(track[n] - track[n - 1], 0.0)
    return climb


def track_visible(track, eye_height):
    """Line of sight: whether no height on the way rises above a straight line."""
    count = len(track) - 1
    eye = track[0] + eye_height
    blocked = int(0)
    for n in range(1, len(track)):
        sight = wp.lerp(eye, track[count], float(n) / float(count))
        if track[n] > sight + 12.0:
            blocked = blocked + 1
    clear_sight = blocked == 0
    return clear_sight


def lit_slope(slope, aspect, sun_elevation, sun_azimuth):
    """Lambertian shading of terrain."""
    lit = wp.sin(sun_elevation) * wp.cos(slope)
    lit = lit + wp.cos(sun_elevation) * wp.sin(slope) * wp.cos(sun_azimuth - aspect)
    hillshade = wp.clamp(lit, 0.0, 1.0)
    return hillshade


def profile_curvature(window, cell_size):
    """Evans' curvature along the slope, from a quadratic surface through nine heights."""
    z1 = window[0, 0]
    z2 = window[0, 1]
    z3 = window[0, 2]
    z4 = window[1, 0]
    z5 = window[1, 1]
    z6 = window[1, 2]
    z7 = window[2, 0]
    z8 = window[2, 1]
    z9 = window[2, 2]
    l2 = cell_size * cell_size
    r = (z1 + z3 + z4 + z6 + z7 + z9 - 2.0 * (z2 + z5 + z8)) / (3.0 * l2)
    t = (z1 + z2 + z3 + z7 + z8 + z9 - 2.0 * (z4 + z5 + z6)) / (3.0 * l2)
    s = (z3 + z7 - z1 - z9) / (4.0 * l2)
    p = (z3 + z6 + z9 - z1 - z4 - z7) / (6.0 * cell_size)
    q = (z1 + z2 + z3 - z7 - z8 - z9) / (6.0 * cell_size)
    steep2 = p * p + q * q
    if steep2 < 1.0e-6:
        return 0.0
    return -(p * p * r + 2.0 * p * q * s + q * q * t) / (steep2 * wp.pow(1.0 + steep2, 1.5))


def flow_angle(window, cell_size):
    """D-infinity: direction of the steepest of eight triangular facets."""
    best = float(0.0)
    angle = float(-1.0)
    center = window[1, 1]
    for k in range(8):
        quarter = k // 2
        col = 2
        row = 1
        if quarter == 1:
            col = 1
            row = 0
        elif quarter == 2:
            col = 0
        elif quarter == 3:
            col = 1
            row = 2
        side = 1.0
        if k % 2 == 1:
            side = -1.0
        s1 = (center - window[row, col]) / cell_size
        corner_row = 0
        if quarter == 3 or (quarter == 0 and k % 2 == 1) or (quarter == 2 and k % 2 == 0):
            corner_row = 2
        corner_col = 2
        if quarter == 2 or (quarter == 1 and k % 2 == 0) or (quarter == 3 and k % 2 == 1):
            corner_col = 0
        s2 = (window[row, col] - window[corner_row, corner_col]) / cell_size
        r = wp.clamp(wp.atan2(s2, wp.max(s1, 1.0e-6)), 0.0, 0.25 * wp.pi)
        drop = s1 * wp.cos(r) + s2 * wp.sin(r)
        if drop > best:
            best = drop
            angle = float(quarter) * wp.half_pi + side * r
    return angle


def thermal_erosion(window, cell_size, talus):
    """Height after material above the angle of repose has slid to the neighbors and from them."""
    limit = talus * cell_size
    moved = float(0.0)
    for n in range(3):
        for m in range(3):
            if (n == 1) == (m == 1):
                continue
            drop = window[1, 1] - window[n, m]
            if drop > limit:
                moved -= 0.125 * (drop - limit)
            elif drop < -limit:
                moved -= 0.125 * (drop + limit)
    eroded_height = window[1, 1] + moved
    return eroded_height


def landform(window, cell_size):
    """How many neighbors are clearly higher minus how many are clearly lower, as a class."""
    higher = int(0)
    lower = int(0)
    for n in range(3):
        for m in range(3):
            if n == 1 and m == 1:
                continue
            rise = (window[n, m] - window[1, 1]) / cell_size
            if rise > 0.05:
                higher += 1
            elif rise < -0.05:
                lower += 1
    if lower == 8:
        return 1
    if higher == 8:
        return 5
    if lower >= 6:
        return 2
    if higher >= 6:
        return 4
    return 3


def position_index(window):
    """Topographic position: height above the mean of the neighbors."""
    total = float(0.0)
    for n in range(3):
        for m in range(3):
            total += window[n, m]
    around = (total - window[1, 1]) / 8.0
    return window[1, 1] - around


def horizon_angle(track, spacing):
    """Elevation angle of the horizon along a profile that starts at the eye."""
    best = float(0.0)
    for n in range(1, len(track)):
        rise = (track[n] - track[0]) / (float(n) * spacing)
        best = wp.max(best, rise)
    return wp.atan(best)


def pit_depth(track):
    """How deep the deepest place of a profile lies below the lower of its two rims."""
    deepest = float(0.0)
    left = float(track[0])
    for n in range(1, len(track)):
        left = wp.max(left, track[n])
        right = float(track[n])
        for m in range(n + 1, len(track)):
            right = wp.max(right, track[m])
        deepest = wp.max(deepest, wp.min(left, right) - track[n])
    return deepest


def avalanche_class(slope, snow_depth, aspect):
    """Danger of avalanches by slope, snow and shade."""
    steep_deg = wp.degrees(slope)
    if snow_depth < 0.3 or steep_deg < 25.0:
        return 0
    danger = int(1)
    if steep_deg > 30.0 and steep_deg < 50.0:
        danger += 1
    if snow_depth > 1.0:
        danger += 1
    if wp.cos(aspect) > 0.7:
        danger += 1
    return danger


def channel_depth(discharge, bed_width, roughness, bed_slope):
    """Normal depth of a rectangular channel by Newton iteration on Manning's formula."""
    root = wp.sqrt(bed_slope)
    depth = float(1.0)
    for _ in range(12):
        area = bed_width * depth
        perimeter = bed_width + 2.0 * depth
        radius = area / perimeter
        q = area * wp.pow(radius, 2.0 / 3.0) * root / roughness
        slope_q = q / depth * (5.0 / 3.0 - 4.0 / 3.0 * depth / perimeter)
        step = (q - discharge) / slope_q
        depth = wp.clamp(depth - step, 0.01, 20.0)
        if wp.abs(step) < 1.0e-4:
            break
    channel_depth = depth
    return channel_depth


def path_cost(climb_rate, path_length, cover):
    """Hours for a piece of a way by Naismith's rule with Langmuir's correction."""
    rise = climb_rate * path_length
    pace = 5.0 * (1.0 - 0.6 * cover)
    hours = 0.001 * path_length / pace
    if rise > 0.0:
        hours += rise / 600.0
    elif climb_rate < -0.21:
        hours -= rise / 1800.0
    elif climb_rate < -0.087:
        hours += rise / 1800.0
    return wp.max(hours, 0.0)


def interpolated_height(corner_heights, column_fraction, row_fraction):
    """Bilinear height between four posts."""
    near = wp.lerp(corner_heights[0], corner_heights[1], column_fraction)
    far = wp.lerp(corner_heights[2], corner_heights[3], column_fraction)
    return wp.lerp(near, far, row_fraction)


def stable_slope(slope, soil_depth, saturation, cohesion, friction_angle):
    """Factor of safety of an infinite slope."""
    weight = 18.0 * soil_depth
    normal = weight * wp.cos(slope) * wp.cos(slope)
    pore = 9.81 * saturation * soil_depth * wp.cos(slope) * wp.cos(slope)
    resisting = cohesion + (normal - pore) * wp.tan(friction_angle)
    driving = weight * wp.sin(slope) * wp.cos(slope)
    return wp.min(resisting / wp.max(driving, 0.1), 100.0)


def height_hessian(window, cell_size):
    """Second derivatives of nine heights."""
    l2 = cell_size * cell_size
    zxx = (window[1, 0] - 2.0 * window[1, 1] + window[1, 2]) / l2
    zyy = (window[0, 1] - 2.0 * window[1, 1] + window[2, 1]) / l2
    zxy = (window[0, 2] + window[2, 0] - window[0, 0] - window[2, 2]) / (4.0 * l2)
    return wp.mat22(zxx, zxy, zxy, zyy)


def principal_curvatures(height_hessian):
    """Greatest and least curvature."""
    half = 0.5 * wp.trace(height_hessian)
    det = wp.determinant(height_hessian)
    root = wp.sqrt(wp.max(half * half - det, 0.0))
    return wp.vec2(half + root, half - root)


def ridge_or_valley(principal_curvatures, bend_limit):
    """Kind of a place by its curvatures: flat, ridge, valley, peak, pit or saddle."""
    high = principal_curvatures[0]
    low = principal_curvatures[1]
    if high > bend_limit:
        if low > bend_limit:
            return 4
        if low < -bend_limit:
            return 5
        return 2
    if low < -bend_limit:
        if high < -bend_limit:
            return 3
        return 1
    return 0
