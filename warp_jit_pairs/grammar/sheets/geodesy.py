"""Geodesy: places on the Earth, maps of them, terrain, the sun above it, and finding one's way."""

import warp as wp

ENTITIES = "station waypoint"
GROUPS = "route region"
PAIRS = "leg"
LAUNCH = "1:7 2:3"
SUMMED = "travel_time"
OPPOSITE = "baseline"

QUANTITIES = """
latitude          | real  | state   | -1.4 1.4       | lat latitude phi
longitude         | real  | state   | -3.1 3.1       | lon lng longitude
altitude          | real  | state   | 0 9            | alt_km altitude h_km
earth_radius      | real  | uniform | 6350 6400      | earth_radius radius_km r_earth | 6371.0 6378.137
flattening        | real  | uniform | 0.003 0.004    | flattening f_ell             | 0.00335281
unit_normal       | vec3  | result  | -1 1           | n_vec unit_normal up
ecef              | vec3  | result  | -6500 6500     | ecef xyz_ecef xyz
baseline          | vec3  | result  | -13000 13000   | baseline delta_ecef diff
local_offset      | vec3  | result  | -23000 23000   | enu local_offset local
local_axes        | mat33 | result  | -1 1           | rot_enu local_axes enu_axes
central_angle     | real  | result  | 0 3.15         | central_angle sigma ang_dist
turn              | real  | uniform | 0.05 1         | max_turn turn_limit          | 0.1 0.5
target_range      | real  | state   | 5 700          | range_km target_range
distance          | real  | result  | 0 20200        | distance dist_km dist
bearing           | real  | result  | 0 6.2832       | bearing azimuth azi
heading           | real  | state   | 0 6.28         | heading hdg course
cross_track       | real  | result  | -8000 8000     | cross_track xtd xte
along_track       | real  | result  | 0 30000        | along_track atd
map_point         | vec2  | result  | -400 400       | map_xy projected xy
map_scale         | real  | result  | 0 15           | map_scale scale_factor k_map
distortion        | real  | result  | 0 2            | distortion area_scale
central_meridian  | real  | uniform | -3 3           | lon_0 central_meridian       | 0.0
standard_parallel | real  | uniform | 0.3 1.2        | lat_1 standard_parallel      | 0.5 1.0
zoom              | int   | uniform | 2 12           | zoom level
tile_column       | int   | result  | 0 4096         | tile_x tile_col
tile_row          | int   | result  | 0 4096         | tile_y tile_row
utm_zone          | int   | result  |                | utm_zone utm
speed             | real  | state   | 0 30           | speed sog v_ground
wind              | vec2  | state   | -8 8           | wind current drift_vel
ground_velocity   | vec2  | result  | -40 40         | ground_vel vel_en
travel_time       | real  | result  | 0 4000         | travel_time eta t_leg
horizon           | real  | result  | 0 400          | horizon horizon_dist
visible           | bool  | result  |                | visible in_view above_horizon
chord             | real  | result  | 0 13000        | chord slant_km
leg_length        | real  | state   | 5 700          | leg_km leg_length
mid_latitude      | real  | result  | -1.5 1.5       | mid_lat lat_mid
ground_resolution | real  | result  | 0 40           | resolution km_per_px
meridian_arc      | real  | result  | -10000 10000   | arc_km meridian_arc
normal_gravity    | real  | result  | 9.74 9.84      | g_normal gravity
geodetic_height   | real  | result  | -5000 5000     | h_ell geodetic_height
shift             | vec3  | uniform | -0.5 0.5       | t_shift datum_shift
small_angles      | vec3  | uniform | -0.0001 0.0001 | r_angles small_angles
scale_ppm         | real  | uniform | -5 5           | scale_ppm ppm                | 1.0
shifted_ecef      | vec3  | result  |                | ecef_new shifted_ecef
quadkey           | int   | result  | 0 16777216     | quadkey tile_key
geohash           | int   | result  | 0 16777216     | geohash geo_code
web_point         | vec2  | state   | 0.01 0.99      | web_xy web_point
map_latitude      | real  | result  | -1.5 1.5       | lat map_lat
pole_latitude     | real  | uniform | 1.3 1.5        | pole_lat lat_pole            | 1.41
pole_longitude    | real  | uniform | -1.5 -1        | pole_lon lon_pole            | -1.27
dipole_field      | real  | result  | 0 60           | b_dipole field_ut
fraction          | real  | state   | 0 1            | fraction t_leg
track_latitude    | real  | result  | -1.5 1.5       | track_lat lat_f
heights           | vec4  | state   | -60 60         | corner_heights posts
column_fraction   | real  | state   | 0 1            | fx col_frac
row_fraction      | real  | state   | 0 1            | fy row_frac
geoid_height      | real  | result  | -60 60         | geoid_h undulation
spherical_excess  | real  | result  | 0 0.5          | excess tri_area
first_side        | real  | state   | 0.1 1          | first_side arc_1
second_side       | real  | state   | 0.1 1          | second_side arc_2
third_side        | real  | state   | 0.1 1          | third_side arc_3
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
    chord = wp.length(baseline)
    return chord


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


def destination(latitude, longitude, heading, leg_length, earth_radius):
    """Where a great circle leads."""
    delta = leg_length / earth_radius
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
    mid_latitude = wp.atan2(middle[2], wp.max(across, 1.0e-6))
    return mid_latitude


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
    """Size of a pixel of a web map, in kilometers."""
    pixels = 256.0 * wp.pow(2.0, float(zoom))
    return 40075.017 * wp.cos(latitude) / pixels


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


def ellipsoid_distance(latitude_a, longitude_a, latitude_b, longitude_b, earth_radius, flattening):
    """Vincenty's inverse formula, iterated until the longitude on the auxiliary sphere settles."""
    b = earth_radius * (1.0 - flattening)
    dlon = longitude_b - longitude_a
    u1 = wp.atan((1.0 - flattening) * wp.tan(latitude_a))
    u2 = wp.atan((1.0 - flattening) * wp.tan(latitude_b))
    sin_u1 = wp.sin(u1)
    cos_u1 = wp.cos(u1)
    sin_u2 = wp.sin(u2)
    cos_u2 = wp.cos(u2)
    lam = float(dlon)
    sigma = float(0.0)
    cos2_alpha = float(1.0)
    cos_2sm = float(0.0)
    for _ in range(8):
        x = cos_u2 * wp.sin(lam)
        y = cos_u1 * sin_u2 - sin_u1 * cos_u2 * wp.cos(lam)
        sin_sigma = wp.max(wp.sqrt(x * x + y * y), 1.0e-6)
        cos_sigma = sin_u1 * sin_u2 + cos_u1 * cos_u2 * wp.cos(lam)
        sigma = wp.atan2(sin_sigma, cos_sigma)
        sin_alpha = wp.clamp(cos_u1 * cos_u2 * wp.sin(lam) / sin_sigma, -1.0, 1.0)
        cos2_alpha = 1.0 - sin_alpha * sin_alpha
        cos_2sm = wp.clamp(cos_sigma - 2.0 * sin_u1 * sin_u2 / wp.max(cos2_alpha, 1.0e-6), -1.0, 1.0)
        c = flattening / 16.0 * cos2_alpha * (4.0 + flattening * (4.0 - 3.0 * cos2_alpha))
        updated = dlon + (1.0 - c) * flattening * sin_alpha * (sigma + c * sin_sigma * cos_2sm)
        change = updated - lam
        lam = updated
        if wp.abs(change) < 1.0e-6:
            break
    u_sq = cos2_alpha * (earth_radius * earth_radius - b * b) / (b * b)
    big_a = 1.0 + u_sq / 4.0 * (1.0 - u_sq * 0.1875)
    distance = b * big_a * sigma
    return distance


def rhumb_distance(latitude_a, longitude_a, latitude_b, longitude_b, earth_radius):
    """Length of a rhumb line on a sphere."""
    dlat = latitude_b - latitude_a
    dlon = longitude_b - longitude_a
    if wp.abs(dlon) > wp.pi:
        dlon = dlon - wp.sign(dlon) * wp.tau
    stretched = wp.log(wp.tan(0.25 * wp.pi + 0.5 * latitude_b) / wp.tan(0.25 * wp.pi + 0.5 * latitude_a))
    q = wp.cos(latitude_a)
    if wp.abs(stretched) > 1.0e-4:
        q = dlat / stretched
    distance = earth_radius * wp.sqrt(dlat * dlat + q * q * dlon * dlon)
    return distance


def meridian_arc(latitude, earth_radius, flattening):
    """Distance from the equator along a meridian, by Helmert's series."""
    n = flattening / (2.0 - flattening)
    n2 = n * n
    rectifying = earth_radius / (1.0 + n) * (1.0 + 0.25 * n2)
    a2 = -1.5 * n
    a4 = 0.9375 * n2
    a6 = -35.0 / 48.0 * n2 * n
    series = a2 * wp.sin(2.0 * latitude) + a4 * wp.sin(4.0 * latitude) + a6 * wp.sin(6.0 * latitude)
    return rectifying * (latitude + series)


def transverse_mercator(latitude, longitude, central_meridian, flattening):
    """Kruger's series to the second order, in units of the Earth's radius."""
    n = flattening / (2.0 - flattening)
    e = 2.0 * wp.sqrt(n) / (1.0 + n)
    s = wp.sin(latitude)
    half_log = 0.5 * wp.log((1.0 + e * s) / (1.0 - e * s))
    t = wp.sinh(0.5 * wp.log((1.0 + s) / (1.0 - s)) - e * half_log)
    dlon = longitude - central_meridian
    cos_d = wp.cos(dlon)
    xi = wp.atan2(t, wp.max(cos_d, 0.05))
    ratio = wp.clamp(wp.sin(dlon) / wp.sqrt(1.0 + t * t), -0.98, 0.98)
    eta = 0.5 * wp.log((1.0 + ratio) / (1.0 - ratio))
    alpha_1 = 0.5 * n - 2.0 / 3.0 * n * n
    alpha_2 = 13.0 / 48.0 * n * n
    east = eta + alpha_1 * wp.cos(2.0 * xi) * wp.sinh(2.0 * eta) + alpha_2 * wp.cos(4.0 * xi) * wp.sinh(4.0 * eta)
    north = xi + alpha_1 * wp.sin(2.0 * xi) * wp.cosh(2.0 * eta) + alpha_2 * wp.sin(4.0 * xi) * wp.cosh(4.0 * eta)
    map_point = 0.9996 * wp.vec2(east, north)
    return map_point


def lambert_conformal(latitude, longitude, central_meridian, standard_parallel):
    """Lambert's conformal conic projection of one standard parallel."""
    n = wp.sin(standard_parallel)
    t0 = wp.tan(0.25 * wp.pi + 0.5 * standard_parallel)
    t = wp.tan(0.25 * wp.pi + 0.5 * latitude)
    f = wp.cos(standard_parallel) * wp.pow(t0, n) / n
    rho = f / wp.pow(wp.max(t, 0.05), n)
    rho_0 = f / wp.pow(t0, n)
    theta = n * (longitude - central_meridian)
    map_point = wp.vec2(rho * wp.sin(theta), rho_0 - rho * wp.cos(theta))
    return map_point


def normal_gravity(latitude, altitude):
    """Somigliana's formula with the free-air reduction, in meters per second squared."""
    s2 = wp.sin(latitude) * wp.sin(latitude)
    on_ellipsoid = 9.7803253 * (1.0 + 0.00193185 * s2) / wp.sqrt(1.0 - 0.00669438 * s2)
    h = 1000.0 * altitude
    free_air = -(3.0877e-6 - 4.4e-9 * s2) * h + 7.2e-14 * h * h
    return on_ellipsoid + free_air


def geodetic_coordinates(ecef, earth_radius, flattening):
    """Latitude and height above an ellipsoid by iteration."""
    e2 = flattening * (2.0 - flattening)
    p = wp.max(wp.sqrt(ecef[0] * ecef[0] + ecef[1] * ecef[1]), 1.0)
    lat = wp.atan2(ecef[2], p * (1.0 - e2))
    h = float(0.0)
    for _ in range(5):
        s = wp.sin(lat)
        n = earth_radius / wp.sqrt(1.0 - e2 * s * s)
        h = p / wp.max(wp.cos(lat), 1.0e-3) - n
        lat = wp.atan2(ecef[2], p * (1.0 - e2 * n / wp.max(n + h, 100.0)))
    latitude = lat
    geodetic_height = wp.clamp(h, -6400.0, 20000.0)
    return latitude, geodetic_height


def datum_shift(ecef, shift, small_angles, scale_ppm):
    """Helmert transformation to another datum, with small rotations."""
    rotated = wp.vec3(
        ecef[0] - small_angles[2] * ecef[1] + small_angles[1] * ecef[2],
        small_angles[2] * ecef[0] + ecef[1] - small_angles[0] * ecef[2],
        -small_angles[1] * ecef[0] + small_angles[0] * ecef[1] + ecef[2],
    )
    shifted_ecef = shift + (1.0 + 1.0e-6 * scale_ppm) * rotated
    return shifted_ecef


def quadkey(latitude, longitude, zoom):
    """Key of a web map's tile: the bits of its column and row by turns."""
    tiles = 1 << zoom
    x = int((longitude + wp.pi) / wp.tau * float(tiles))
    y = int((0.5 - wp.log(wp.tan(0.25 * wp.pi + 0.5 * latitude)) / wp.tau) * float(tiles))
    x = wp.clamp(x, 0, tiles - 1)
    y = wp.clamp(y, 0, tiles - 1)
    key = int(0)
    for n in range(12):
        if n >= zoom:
            break
        key = key | (((x >> n) & 1) << (2 * n))
        key = key | (((y >> n) & 1) << (2 * n + 1))
    return key


def geohash(latitude, longitude):
    """Interleaved halvings of the longitude and the latitude, 24 bits."""
    east = longitude / wp.tau + 0.5
    north = latitude / wp.pi + 0.5
    lat_lo = float(0.0)
    lat_hi = float(1.0)
    lon_lo = float(0.0)
    lon_hi = float(1.0)
    code = int(0)
    for n in range(24):
        code = code << 1
        if n % 2 == 0:
            mid = 0.5 * (lon_lo + lon_hi)
            if east >= mid:
                code = code | 1
                lon_lo = mid
            else:
                lon_hi = mid
        else:
            mid = 0.5 * (lat_lo + lat_hi)
            if north >= mid:
                code = code | 1
                lat_lo = mid
            else:
                lat_hi = mid
    return code


def inverse_mercator(web_point):
    """Latitude of a point of a web map, whose coordinates go from zero to one."""
    y = wp.pi * (1.0 - 2.0 * web_point[1])
    map_latitude = wp.atan(wp.sinh(y))
    return map_latitude


def dipole_field(latitude, longitude, altitude, pole_latitude, pole_longitude):
    """Strength of the geomagnetic dipole in microtesla."""
    cos_pole = wp.sin(latitude) * wp.sin(pole_latitude)
    cos_pole = cos_pole + wp.cos(latitude) * wp.cos(pole_latitude) * wp.cos(longitude - pole_longitude)
    sin_magnetic = wp.clamp(cos_pole, -1.0, 1.0)
    shrink = 6371.2 / (6371.2 + altitude)
    b0 = 29.4 * shrink * shrink * shrink
    return b0 * wp.sqrt(1.0 + 3.0 * sin_magnetic * sin_magnetic)


def great_circle_track(latitude_a, longitude_a, latitude_b, longitude_b, fraction):
    """Latitude on the way between two places on a great circle."""
    v_a = wp.vec3(
        wp.cos(latitude_a) * wp.cos(longitude_a), wp.cos(latitude_a) * wp.sin(longitude_a), wp.sin(latitude_a)
    )
    v_b = wp.vec3(
        wp.cos(latitude_b) * wp.cos(longitude_b), wp.cos(latitude_b) * wp.sin(longitude_b), wp.sin(latitude_b)
    )
    omega = wp.acos(wp.clamp(wp.dot(v_a, v_b), -0.9999, 0.9999))
    s = wp.sin(omega)
    v = wp.sin((1.0 - fraction) * omega) / s * v_a + wp.sin(fraction * omega) / s * v_b
    track_latitude = wp.asin(wp.clamp(v[2], -1.0, 1.0))
    return track_latitude


def geoid_height(heights, column_fraction, row_fraction):
    """Bilinear height of the geoid between four posts of a grid."""
    south = wp.lerp(heights[0], heights[1], column_fraction)
    north = wp.lerp(heights[2], heights[3], column_fraction)
    return wp.lerp(south, north, row_fraction)


def spherical_excess(first_side, second_side, third_side):
    """L'Huilier's theorem for the area of a spherical triangle on the unit sphere."""
    s = 0.5 * (first_side + second_side + third_side)
    t = wp.tan(0.5 * s) * wp.tan(0.5 * wp.max(s - first_side, 0.0))
    t = t * wp.tan(0.5 * wp.max(s - second_side, 0.0)) * wp.tan(0.5 * wp.max(s - third_side, 0.0))
    return 4.0 * wp.atan(wp.sqrt(wp.max(t, 0.0)))
