"""Geodesy: places on the Earth, maps of them, terrain, the sun above it, and finding one's way."""

import warp as wp

ENTITIES = "point site station waypoint"
GROUPS = "route region zone"
PAIRS = "leg segment baseline"
LAUNCH = "1:7 2:3"
SUMMED = "drained_area relief travel_time"
OPPOSITE = "baseline"

QUANTITIES = """
latitude          | real      | state   | -1.4 1.4       | lat latitude phi
longitude         | real      | state   | -3.1 3.1       | lon lng longitude
altitude          | real      | state   | 0 9            | alt altitude h_km
earth_radius      | real      | uniform | 6350 6400      | earth_radius radius_km r_earth | 6371.0 6378.137
flattening        | real      | uniform | 0.003 0.004    | flattening f_ell               | 0.00335281
unit_normal       | vec3      | result  | -1 1           | n_vec unit_normal up
ecef              | vec3      | result  | -6500 6500     | ecef xyz_ecef xyz
baseline          | vec3      | result  | -13000 13000   | baseline delta_ecef diff
local_offset      | vec3      | result  | -23000 23000   | enu local_offset local
local_axes        | mat33     | result  | -1 1           | rot_enu local_axes enu_axes
central_angle     | real      | result  | 0 3.15         | central_angle sigma ang_dist
turn              | real      | uniform | 0.05 1         | max_turn turn_limit            | 0.1 0.5
target_range      | real      | state   | 5 700          | range_km target_range
distance          | real      | result  | 0 20200        | distance dist_km dist
bearing           | real      | result  | 0 6.2832       | bearing azimuth azi
heading           | real      | state   | 0 6.28         | heading hdg course
cross_track       | real      | result  |                | cross_track xtd xte
along_track       | real      | result  |                | along_track atd
map_point         | vec2      | result  | -400 400 | map_xy projected xy
map_scale         | real      | result  |                | map_scale scale_factor k_map
distortion        | real      | result  |                | distortion area_scale
central_meridian  | real      | uniform | -3 3           | lon_0 central_meridian         | 0.0
standard_parallel | real      | uniform | 0.3 1.2        | lat_1 standard_parallel        | 0.5 1.0
zoom              | int       | uniform | 2 12           | zoom level
tile_column       | int       | result  | 0 4096         | tile_x tile_col
tile_row          | int       | result  | 0 4096         | tile_y tile_row
utm_zone          | int       | result  |                | utm_zone utm
speed             | real      | state   | 0 30 | speed sog v_ground
wind              | vec2      | state   | -8 8           | wind current drift_vel
ground_velocity   | vec2      | result  | -40 40         | ground_vel vel_en
travel_time       | real      | result  |                | travel_time eta t_leg
horizon           | real      | result  |                | horizon horizon_dist
visible           | bool      | result  |                | visible in_view above_horizon
window            | mat33     | state   | 0 60           | window patch z_win
cell_size         | real      | uniform | 5 30           | cell_size spacing res          | 10.0 30.0
gradient          | vec2      | state   | -3 3           | gradient grad dz
slope             | real      | result  | 0 1.55         | slope slope_angle
aspect            | real      | result  | 0 6.2832       | aspect aspect_angle
hillshade         | real      | result  | 0 1            | hillshade shade
curvature         | real      | result  |                | curvature curv laplacian
relief            | real      | result  |                | relief tri ruggedness
drained_area      | real      | state   | 1 5000         | drained_area upslope_area sca
wetness_index     | real      | result  |                | wetness_index twi
erosion           | real      | result  |                | erosion soil_loss stream_power
flow_direction    | int       | result  |                | flow_dir d8 flow_direction
steep             | bool      | result  |                | steep is_steep too_steep
day               | real      | uniform | 1 365          | day day_of_year doy            | 172.0 80.0
hour              | real      | uniform | 5 19           | hour clock local_time          | 12.0 15.0
day_angle         | real      | result  | 0 6.2832       | day_angle gamma_day
declination       | real      | result  | -0.43 0.43     | declination decl delta
time_equation     | real      | result  | -18 18         | eq_time time_equation eot
hour_angle        | real      | result  | -3.3 3.3       | hour_angle ha
sun_elevation     | real      | result  | -1.5708 1.5708 | sun_elev sun_elevation sun_alt
sun_azimuth       | real      | result  | 0 6.2832       | sun_azimuth sun_az
sun_direction     | vec3      | result  | -1 1           | sun_dir to_sun sun_vec
day_length        | real      | result  | 0 24           | day_length daylight
air_mass          | real      | result  | 0.9 40         | air_mass am
irradiance        | real      | result  |                | irradiance ghi beam
daytime           | bool      | result  |                | daytime is_day sunlit
position          | vec2      | state   | -6 6           | pos_en position pos
velocity          | vec2      | state   | -10 10         | vel_en velocity vel
variance          | real      | state   | 0.1 9          | variance p_var var_est
process_noise     | real      | uniform | 0.01 0.5       | process_noise q_noise          | 0.05 0.1
sensor_noise      | real      | group   | 0.2 4          | sensor_noise r_noise meas_var  | 1.0
covariance        | mat22     | state   | 0.1 3          | covariance p_cov cov
measurement       | vec2      | state   | -6 6           | measurement z_meas fix
innovation        | vec2      | result  | -12 12         | innovation residual y_inn
gain              | real      | result  | 0 1            | gain k_gain kalman_gain
outlier           | bool      | result  |                | outlier rejected is_outlier
attitude          | quat      | state   | -1 1           | attitude q_att orientation
gyro              | vec3      | state   | -2 2           | gyro omega ang_rate
gyro_bias         | vec3      | state   | -0.1 0.1       | gyro_bias bias b_gyro
accelerometer     | vec3      | state   | -12 12         | accel acc_meas f_body
magnetometer      | vec3      | state   | -1 1           | mag mag_meas m_body
specific_force    | vec3      | result  | -40 40         | specific_force accel_nav
pitch             | real      | result  | -1.571 1.571   | pitch theta
roll              | real      | result  | -3.142 3.142   | roll bank
satellite         | vec3      | state   | -2000 2000     | satellite sat_pos sat
receiver          | vec3      | state   | -300 300       | receiver rx_pos rcv
clock_bias        | real      | state   | -5 5           | clock_bias clk dt_clock
pseudorange       | real      | state   | 100 4000       | pseudorange rho_obs prange
range_residual    | real      | result  | -5000 5000     | range_residual range_err
mast              | transform | state   | -4 4           | sensor_pose mount x_mount
track             | reals     | state   | 0 50           | track heights z_track
step_time         | real      | uniform | 0.05 0.5       | dt step_time                   | 0.1 0.05
"""


def unit_normal(latitude, longitude):
    """The n-vector of a place."""
    c = wp.cos(latitude)
    return wp.vec3(c * wp.cos(longitude), c * wp.sin(longitude), wp.sin(latitude))


def spherical_ecef(unit_normal, altitude, earth_radius):
    ecef = (earth_radius + altitude) * unit_normal
    return ecef


def ecef(latitude, longitude, altitude, earth_radius, flattening):
    """Geodetic to Earth-centered coordinates on an ellipsoid."""
    e2 = flattening * (2.0 - flattening)
    s = wp.sin(latitude)
    c = wp.cos(latitude)
    n = earth_radius / wp.sqrt(1.0 - e2 * s * s)
    x = (n + altitude) * c * wp.cos(longitude)
    y = (n + altitude) * c * wp.sin(longitude)
    z = (n * (1.0 - e2) + altitude) * s
    return wp.vec3(x, y, z)


def baseline(ecef_a, ecef_b):
    return ecef_b - ecef_a


def local_axes(latitude, longitude):
    """Rows that point east, north and up."""
    sp = wp.sin(latitude)
    cp = wp.cos(latitude)
    sl = wp.sin(longitude)
    cl = wp.cos(longitude)
    return wp.mat33(-sl, cl, 0.0, -sp * cl, -sp * sl, cp, cp * cl, cp * sl, sp)


def local_offset(local_axes, baseline):
    return local_axes * baseline


def geodetic_latitude(ecef, earth_radius, flattening):
    """Bowring's formula for geodetic latitude."""
    b = earth_radius * (1.0 - flattening)
    e2 = flattening * (2.0 - flattening)
    ep2 = e2 / (1.0 - e2)
    p = wp.length(wp.vec2(ecef[0], ecef[1]))
    beta = wp.atan2(ecef[2] * earth_radius, wp.max(p, 1.0e-6) * b)
    sb = wp.sin(beta)
    cb = wp.cos(beta)
    latitude = wp.atan2(ecef[2] + ep2 * b * sb * sb * sb, wp.max(p - e2 * earth_radius * cb * cb * cb, 1.0e-6))
    return latitude


def ecef_longitude(ecef):
    longitude = wp.atan2(ecef[1], ecef[0])
    return longitude


def central_angle(latitude_a, longitude_a, latitude_b, longitude_b):
    """Haversine formula."""
    sin_dlat = wp.sin(0.5 * (latitude_b - latitude_a))
    sin_dlon = wp.sin(0.5 * (longitude_b - longitude_a))
    h = sin_dlat * sin_dlat + wp.cos(latitude_a) * wp.cos(latitude_b) * sin_dlon * sin_dlon
    return 2.0 * wp.asin(wp.sqrt(wp.clamp(h, 0.0, 1.0)))


def vincenty_angle(latitude_a, longitude_a, latitude_b, longitude_b):
    """Vincenty's formula on a sphere."""
    dlon = longitude_b - longitude_a
    x = wp.cos(latitude_b) * wp.sin(dlon)
    y = wp.cos(latitude_a) * wp.sin(latitude_b) - wp.sin(latitude_a) * wp.cos(latitude_b) * wp.cos(dlon)
    z = wp.sin(latitude_a) * wp.sin(latitude_b) + wp.cos(latitude_a) * wp.cos(latitude_b) * wp.cos(dlon)
    central_angle = wp.atan2(wp.sqrt(x * x + y * y), z)
    return central_angle


def normal_angle(unit_normal_a, unit_normal_b):
    sine = wp.length(wp.cross(unit_normal_a, unit_normal_b))
    central_angle = wp.atan2(sine, wp.dot(unit_normal_a, unit_normal_b))
    return central_angle


def distance(central_angle, earth_radius):
    return earth_radius * central_angle


def flat_distance(latitude_a, longitude_a, latitude_b, longitude_b, earth_radius):
    """Equirectangular approximation of a short distance."""
    mean_lat = 0.5 * (latitude_a + latitude_b)
    dlon = longitude_b - longitude_a
    if dlon > wp.pi:
        dlon = dlon - wp.tau
    elif dlon < -wp.pi:
        dlon = dlon + wp.tau
    x = dlon * wp.cos(mean_lat)
    y = latitude_b - latitude_a
    distance = earth_radius * wp.sqrt(x * x + y * y)
    return distance


def slant_distance(baseline):
    distance = wp.length(baseline)
    return distance


def bearing(latitude_a, longitude_a, latitude_b, longitude_b):
    """Initial bearing of a great circle."""
    dlon = longitude_b - longitude_a
    y = wp.sin(dlon) * wp.cos(latitude_b)
    x = wp.cos(latitude_a) * wp.sin(latitude_b) - wp.sin(latitude_a) * wp.cos(latitude_b) * wp.cos(dlon)
    theta = wp.atan2(y, x)
    return theta if theta >= 0.0 else theta + wp.tau


def rhumb_bearing(latitude_a, longitude_a, latitude_b, longitude_b):
    """Bearing of a rhumb line."""
    dlon = longitude_b - longitude_a
    if wp.abs(dlon) > wp.pi:
        dlon = dlon - wp.sign(dlon) * wp.tau
    stretched_a = wp.log(wp.tan(0.25 * wp.pi + 0.5 * latitude_a))
    stretched_b = wp.log(wp.tan(0.25 * wp.pi + 0.5 * latitude_b))
    theta = wp.atan2(dlon, stretched_b - stretched_a)
    bearing = theta - wp.tau * wp.floor(theta / wp.tau)
    return bearing


def local_bearing(local_offset):
    theta = wp.atan2(local_offset[0], local_offset[1])
    bearing = theta + wp.tau if theta < 0.0 else theta
    return bearing


def turned_heading(heading, bearing, turn):
    """A turn toward a bearing, the short way round."""
    error = bearing - heading
    error = error - wp.tau * wp.round(error / wp.tau)
    next_heading = heading + wp.clamp(error, -turn, turn)
    return next_heading


def destination(latitude, longitude, heading, distance, earth_radius):
    """Where a great circle leads."""
    delta = distance / earth_radius
    sin_lat = wp.sin(latitude) * wp.cos(delta) + wp.cos(latitude) * wp.sin(delta) * wp.cos(heading)
    next_latitude = wp.asin(wp.clamp(sin_lat, -1.0, 1.0))
    y = wp.sin(heading) * wp.sin(delta) * wp.cos(latitude)
    x = wp.cos(delta) - wp.sin(latitude) * sin_lat
    lon = longitude + wp.atan2(y, x)
    next_longitude = lon - wp.tau * wp.floor((lon + wp.pi) / wp.tau)
    return next_latitude, next_longitude


def cross_track(central_angle, bearing, heading, earth_radius):
    """Distance from the great circle that one meant to follow."""
    s = wp.sin(central_angle) * wp.sin(bearing - heading)
    return earth_radius * wp.asin(wp.clamp(s, -1.0, 1.0))


def along_track(central_angle, bearing, heading, earth_radius):
    off = wp.asin(wp.clamp(wp.sin(central_angle) * wp.sin(bearing - heading), -1.0, 1.0))
    ratio = wp.cos(central_angle) / wp.max(wp.cos(off), 1.0e-6)
    return earth_radius * wp.acos(wp.clamp(ratio, -1.0, 1.0))


def midpoint_latitude(unit_normal_a, unit_normal_b):
    middle = unit_normal_a + unit_normal_b
    across = wp.length(wp.vec2(middle[0], middle[1]))
    latitude = wp.atan2(middle[2], wp.max(across, 1.0e-6))
    return latitude


def mercator(latitude, longitude, central_meridian):
    """Mercator projection."""
    y = wp.log(wp.tan(0.25 * wp.pi + 0.5 * latitude))
    map_point = wp.vec2(longitude - central_meridian, y)
    return map_point


def sinusoidal(latitude, longitude, central_meridian):
    """Sinusoidal projection."""
    map_point = wp.vec2((longitude - central_meridian) * wp.cos(latitude), latitude)
    return map_point


def equal_area(latitude, longitude, standard_parallel):
    """Cylindrical equal-area projection."""
    c = wp.cos(standard_parallel)
    map_point = wp.vec2(longitude * c, wp.sin(latitude) / c)
    return map_point


def miller(latitude, longitude, central_meridian):
    """Miller's cylindrical projection."""
    y = 1.25 * wp.log(wp.tan(0.25 * wp.pi + 0.4 * latitude))
    map_point = wp.vec2(longitude - central_meridian, y)
    return map_point


def albers(latitude, longitude, central_meridian, standard_parallel):
    """Albers' conic projection of one standard parallel."""
    n = wp.sin(standard_parallel)
    c = wp.cos(standard_parallel) * wp.cos(standard_parallel) + 2.0 * n * n
    rho = wp.sqrt(wp.max(c - 2.0 * n * wp.sin(latitude), 0.0)) / n
    theta = n * (longitude - central_meridian)
    rho_0 = wp.cos(standard_parallel) / n
    map_point = wp.vec2(rho * wp.sin(theta), rho_0 - rho * wp.cos(theta))
    return map_point


def stereographic(unit_normal):
    """Stereographic projection from the south pole."""
    k = 1.0 / wp.max(1.0 + unit_normal[2], 0.01)
    map_point = k * wp.vec2(unit_normal[0], unit_normal[1])
    return map_point


def mollweide(latitude, longitude, central_meridian):
    """Mollweide's projection, with Newton's method for its angle."""
    theta = float(latitude)
    for _ in range(6):
        error = 2.0 * theta + wp.sin(2.0 * theta) - wp.pi * wp.sin(latitude)
        theta = theta - error / wp.max(2.0 + 2.0 * wp.cos(2.0 * theta), 1.0e-6)
    x = 0.9003163 * (longitude - central_meridian) * wp.cos(theta)
    map_point = wp.vec2(x, 1.4142136 * wp.sin(theta))
    return map_point


def gnomonic(latitude, longitude, central_meridian, standard_parallel):
    dlon = longitude - central_meridian
    s = wp.sin(standard_parallel)
    c = wp.cos(standard_parallel)
    cos_c = s * wp.sin(latitude) + c * wp.cos(latitude) * wp.cos(dlon)
    denominator = wp.max(cos_c, 1.0e-3)
    x = wp.cos(latitude) * wp.sin(dlon) / denominator
    y = (c * wp.sin(latitude) - s * wp.cos(latitude) * wp.cos(dlon)) / denominator
    map_point = wp.vec2(x, y)
    return map_point


def map_scale(latitude):
    """Point scale of Mercator's projection."""
    return 1.0 / wp.cos(latitude)


def transverse_scale(latitude, longitude, central_meridian):
    b = wp.cos(latitude) * wp.sin(longitude - central_meridian)
    map_scale = 0.9996 / wp.sqrt(wp.max(1.0 - b * b, 1.0e-6))
    return map_scale


def distortion(latitude, standard_parallel):
    k_h = wp.cos(standard_parallel) / wp.cos(latitude)
    return wp.abs(wp.log(k_h))


def ground_resolution(latitude, zoom):
    """Meters of a pixel of a web map, in kilometers."""
    pixels = 256.0 * wp.pow(2.0, float(zoom))
    map_scale = 40075.017 * wp.cos(latitude) / pixels
    return map_scale


def tile_of(latitude, longitude, zoom):
    """Column and row of a tile of a web map."""
    tiles = 1 << zoom
    x = (longitude + wp.pi) / wp.tau
    y = 0.5 - wp.log(wp.tan(0.25 * wp.pi + 0.5 * latitude)) / wp.tau
    tile_column = wp.clamp(int(x * float(tiles)), 0, tiles - 1)
    tile_row = wp.clamp(int(y * float(tiles)), 0, tiles - 1)
    return tile_column, tile_row


def utm_zone(longitude):
    return int(wp.floor(wp.degrees(longitude + wp.pi) / 6.0)) % 60 + 1


def horizon(altitude, earth_radius):
    return wp.sqrt(altitude * (2.0 * earth_radius + altitude))


def visible(target_range, altitude_a, altitude_b):
    reach = 112.9 * (wp.sqrt(altitude_a) + wp.sqrt(altitude_b))
    return target_range < reach


def radar_visible(target_range, altitude_a, altitude_b):
    """Radar horizon, with a radius of the Earth that is four thirds of the real one."""
    visible = wp.sqrt(altitude_a) + wp.sqrt(altitude_b) > target_range / 130.4
    return visible


def ground_velocity(heading, speed, wind):
    through = wp.vec2(wp.sin(heading), wp.cos(heading))
    return speed * through + wind


def corrected_heading(heading, speed, wind):
    """Wind triangle: the heading that holds a course."""
    across = wind[0] * wp.cos(heading) - wind[1] * wp.sin(heading)
    drift = wp.asin(wp.clamp(across / speed, -1.0, 1.0))
    next_heading = heading - drift
    return next_heading


def travel_time(distance, ground_velocity):
    return distance / wp.max(wp.length(ground_velocity), 1.0e-6)


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


def hillshade(slope, aspect, sun_elevation, sun_azimuth):
    """Lambertian shading of terrain."""
    lit = wp.sin(sun_elevation) * wp.cos(slope)
    lit = lit + wp.cos(sun_elevation) * wp.sin(slope) * wp.cos(sun_azimuth - aspect)
    return wp.clamp(lit, 0.0, 1.0)


def normal_shade(gradient, sun_direction):
    normal = wp.normalize(wp.vec3(-gradient[0], -gradient[1], 1.0))
    hillshade = wp.clamp(wp.dot(normal, sun_direction), 0.0, 1.0)
    return hillshade


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
    lowest = float(window[0, 0])
    highest = float(window[0, 0])
    for n in range(3):
        for m in range(3):
            lowest = wp.min(lowest, window[n, m])
            highest = wp.max(highest, window[n, m])
    relief = highest - lowest
    return relief


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


def erosion(drained_area, slope):
    """Slope length and steepness factor of the soil loss equation."""
    return wp.pow(drained_area / 22.13, 0.4) * wp.pow(wp.sin(slope) / 0.0896, 1.3)


def stream_erosion(drained_area, gradient):
    """Stream power law."""
    erosion = 0.02 * wp.sqrt(drained_area) * wp.length(gradient)
    return erosion


def hiking_speed(slope):
    """Tobler's hiking function, in kilometers an hour."""
    speed = 6.0 * wp.exp(-3.5 * wp.abs(wp.tan(slope) + 0.05))
    return speed


def steep(slope, max_slope):
    return slope > max_slope


def total_climb(track):
    relief = float(0.0)
    for n in range(1, len(track)):
        relief = relief + wp.max(track[n] - track[n - 1], 0.0)
    return relief


def track_visible(track, altitude):
    """Line of sight: whether no height on the way rises above a straight line."""
    count = len(track) - 1
    eye = track[0] + altitude
    blocked = int(0)
    for n in range(1, len(track)):
        sight = wp.lerp(eye, track[count], float(n) / float(count))
        if track[n] > sight + 12.0:
            blocked = blocked + 1
    visible = blocked == 0
    return visible


def day_angle(day):
    return wp.tau * (day - 1.0) / 365.0


def declination(day_angle):
    """Spencer's series for the declination of the sun."""
    d = 0.006918 - 0.399912 * wp.cos(day_angle) + 0.070257 * wp.sin(day_angle)
    d = d - 0.006758 * wp.cos(2.0 * day_angle) + 0.000907 * wp.sin(2.0 * day_angle)
    return d - 0.002697 * wp.cos(3.0 * day_angle) + 0.00148 * wp.sin(3.0 * day_angle)


def cooper_declination(day):
    """Cooper's declination of the sun."""
    declination = 0.4093 * wp.sin(wp.tau * (284.0 + day) / 365.0)
    return declination


def time_equation(day_angle):
    """Equation of time, in minutes."""
    series = 0.000075 + 0.001868 * wp.cos(day_angle) - 0.032077 * wp.sin(day_angle)
    series = series - 0.014615 * wp.cos(2.0 * day_angle) - 0.040849 * wp.sin(2.0 * day_angle)
    return 229.18 * series


def hour_angle(hour, time_equation):
    solar_hour = hour + time_equation / 60.0
    return wp.pi / 12.0 * (solar_hour - 12.0)


def sun_elevation(latitude, declination, hour_angle):
    s = wp.sin(latitude) * wp.sin(declination)
    s = s + wp.cos(latitude) * wp.cos(declination) * wp.cos(hour_angle)
    return wp.asin(wp.clamp(s, -1.0, 1.0))


def sun_azimuth(latitude, declination, hour_angle):
    """Azimuth of the sun, clockwise from north."""
    y = wp.sin(hour_angle)
    x = wp.cos(hour_angle) * wp.sin(latitude) - wp.tan(declination) * wp.cos(latitude)
    azimuth = wp.atan2(y, x) + wp.pi
    return azimuth


def sun_direction(sun_elevation, sun_azimuth):
    c = wp.cos(sun_elevation)
    return wp.vec3(c * wp.sin(sun_azimuth), c * wp.cos(sun_azimuth), wp.sin(sun_elevation))


def day_length(latitude, declination):
    """Hours between sunrise and sunset."""
    x = -wp.tan(latitude) * wp.tan(declination)
    if x <= -1.0:
        return 24.0
    if x >= 1.0:
        return 0.0
    return 24.0 / wp.pi * wp.acos(x)


def daytime(sun_elevation):
    return sun_elevation > wp.radians(-0.833)


def air_mass(sun_elevation):
    """Kasten and Young's relative air mass."""
    elevation = wp.max(sun_elevation, 0.0)
    return 1.0 / (wp.sin(elevation) + 0.50572 * wp.pow(wp.degrees(elevation) + 6.07995, -1.6364))


def irradiance(air_mass, altitude):
    """Meinel's direct sunlight with the height of the ground."""
    attenuated = wp.pow(0.7, wp.pow(air_mass, 0.678))
    blend = 0.14 * altitude
    return 1353.0 * ((1.0 - blend) * attenuated + blend)


def refraction(sun_elevation):
    """Bennett's refraction of the air."""
    degrees_up = wp.degrees(wp.clamp(sun_elevation, 0.0, 1.5))
    minutes = 1.0 / wp.tan(wp.radians(degrees_up + 7.31 / (degrees_up + 4.4)))
    next_sun_elevation = sun_elevation + wp.radians(minutes / 60.0)
    return next_sun_elevation


def dead_reckoning(position, heading, speed, step_time):
    next_position = position + speed * step_time * wp.vec2(wp.sin(heading), wp.cos(heading))
    return next_position


def next_position(position, velocity, step_time):
    return position + velocity * step_time


def innovation(measurement, position):
    return measurement - position


def predicted_variance(variance, process_noise, step_time):
    next_variance = variance + process_noise * step_time
    return next_variance


def gain(variance, sensor_noise):
    """Gain of a scalar Kalman filter."""
    return variance / (variance + sensor_noise)


def corrected_position(position, innovation, gain):
    next_position = position + gain * innovation
    return next_position


def corrected_variance(variance, gain, sensor_noise):
    """Joseph's form of the update of a variance."""
    kept = 1.0 - gain
    next_variance = kept * kept * variance + gain * gain * sensor_noise
    return next_variance


def alpha_beta(position, velocity, measurement, gain, step_time):
    """Alpha-beta filter."""
    predicted = position + velocity * step_time
    residual = measurement - predicted
    beta = gain * gain / (2.0 - gain)
    next_position = predicted + gain * residual
    next_velocity = velocity + beta / step_time * residual
    return next_position, next_velocity


def propagated_covariance(covariance, process_noise, step_time):
    """Covariance of a constant-velocity model a moment later."""
    f = wp.mat22(1.0, step_time, 0.0, 1.0)
    q = process_noise * wp.mat22(step_time * step_time, step_time, step_time, 2.0)
    next_covariance = f * covariance * wp.transpose(f) + q
    return next_covariance


def fused_measurement(measurement_a, measurement_b, variance_a, variance_b):
    """Fusion of two measurements by their inverse variances."""
    w_a = 1.0 / variance_a
    w_b = 1.0 / variance_b
    position = (w_a * measurement_a + w_b * measurement_b) / (w_a + w_b)
    return position


def outlier(innovation, covariance, sensor_noise):
    """Gate on the Mahalanobis distance of an innovation, without its correlations."""
    spread = wp.get_diag(covariance) + wp.vec2(sensor_noise, sensor_noise)
    d2 = wp.dot(innovation, wp.cw_div(innovation, spread))
    return d2 > 9.21


def error_ellipse(covariance):
    """Greater half axis of the ellipse of an error."""
    half_trace = 0.5 * wp.trace(covariance)
    root = wp.sqrt(wp.max(half_trace * half_trace - wp.determinant(covariance), 0.0))
    variance = half_trace + root
    return variance


def integrated_attitude(attitude, gyro, gyro_bias, step_time):
    """Rotation of an attitude by a gyroscope for a moment."""
    rate = gyro - gyro_bias
    spin = wp.length(rate)
    axis = rate / wp.max(spin, 1.0e-6)
    dq = wp.quat_from_axis_angle(axis, spin * step_time)
    next_attitude = wp.normalize(attitude * dq)
    return next_attitude


def mahony_bias(gyro_bias, accelerometer, attitude, step_time):
    """Mahony's filter: gravity corrects the bias of a gyroscope."""
    down = wp.quat_rotate_inv(attitude, wp.vec3(0.0, 0.0, 1.0))
    measured = accelerometer / wp.max(wp.length(accelerometer), 1.0e-3)
    error = wp.cross(measured, down)
    next_gyro_bias = gyro_bias - 0.1 * step_time * error
    return next_gyro_bias


def specific_force(attitude, accelerometer):
    return wp.quat_rotate(attitude, accelerometer) - wp.vec3(0.0, 0.0, 9.80665)


def pitch(accelerometer):
    across = wp.sqrt(accelerometer[1] * accelerometer[1] + accelerometer[2] * accelerometer[2])
    return wp.atan2(-accelerometer[0], across)


def roll(accelerometer):
    return wp.atan2(accelerometer[1], accelerometer[2])


def complementary_pitch(previous_pitch, pitch, gyro, step_time):
    """Complementary filter of a gyroscope and an accelerometer."""
    next_pitch = 0.98 * (previous_pitch + gyro[1] * step_time) + 0.02 * pitch
    return next_pitch


def compass_heading(magnetometer, pitch, roll):
    """Heading of a compass, compensated for its tilt."""
    sp = wp.sin(pitch)
    cp = wp.cos(pitch)
    sr = wp.sin(roll)
    cr = wp.cos(roll)
    mx = magnetometer[0] * cp + magnetometer[1] * sr * sp + magnetometer[2] * cr * sp
    my = magnetometer[1] * cr - magnetometer[2] * sr
    angle = wp.atan2(-my, mx)
    heading = angle + wp.tau if angle < 0.0 else angle
    return heading


def mounted_force(mast, accelerometer, gyro):
    """Acceleration at a sensor's mount: lever arm and rotation."""
    arm = wp.transform_get_translation(mast)
    turned = wp.quat_rotate(wp.transform_get_rotation(mast), accelerometer)
    specific_force = turned + wp.cross(gyro, wp.cross(gyro, arm))
    return specific_force


def sensed_satellite(mast, satellite):
    next_satellite = wp.transform_point(wp.transform_inverse(mast), satellite)
    return next_satellite


def pseudorange(satellite, receiver, clock_bias):
    return wp.length(satellite - receiver) + clock_bias


def range_residual(pseudorange, satellite, receiver, clock_bias):
    predicted = wp.length(satellite - receiver) + clock_bias
    return pseudorange - predicted


def solved_receiver(receiver, satellite, range_residual):
    """One Kaczmarz step of a position toward a measured range."""
    line = satellite - receiver
    sight = line / wp.max(wp.length(line), 1.0)
    next_receiver = receiver - 0.5 * range_residual * sight
    return next_receiver


def single_difference(pseudorange_a, pseudorange_b, clock_bias_a, clock_bias_b):
    """Difference of the ranges to one satellite from two receivers."""
    range_residual = pseudorange_a - pseudorange_b - (clock_bias_a - clock_bias_b)
    return range_residual


def satellite_elevation(satellite, receiver, unit_normal):
    sight = wp.normalize(satellite - receiver)
    sun_elevation = wp.asin(wp.clamp(wp.dot(sight, unit_normal), -1.0, 1.0))
    return sun_elevation
