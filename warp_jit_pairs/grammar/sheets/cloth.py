"""Cloth: stretch, shear and bending, wind, collisions, position-based corrections."""

import warp as wp

ENTITIES = "vertex particle"
GROUPS = "garment panel"
PAIRS = "spring edge"
LAUNCH = "1:7 2:3"
SUMMED = "kinetic_energy stretch_energy"
OPPOSITE = "spring_force"

QUANTITIES = """
position          | vec3  | state   | -1 1        | pos position x
velocity          | vec3  | state   | -3 3        | vel velocity v
inverse_mass      | real  | state   | 0.1 2       | inv_mass w
acceleration      | vec3  | result  | -300 300    | accel acceleration a
force             | vec3  | state   | -30 30      | force f
gravity           | vec3  | uniform | -10 10      | gravity g
thickness         | real  | group   | 0.02 0.2    | thickness h_cloth         | 0.05 0.1
edge_length       | real  | result  | 0 3         | edge_len l dist
rest_length       | real  | group   | 0.3 1.2     | rest_len l0 rest          | 0.5 1.0
speed             | real  | result  | 0 6         | speed v_mag
pin_flag          | int   | state   | 0 1         | pinned pin_flag
stretch_limit     | real  | group   | 0.05 0.5    | stretch_limit max_strain  | 0.1 0.2
edge_direction    | vec3  | result  | -1 1        | edge_dir e_hat
stretch           | real  | result  | -1 3        | stretch strain eps
stretch_stiffness | real  | group   | 5 50        | ke stretch_ke k_stretch   | 20.0 30.0
bend_stiffness    | real  | group   | 0.05 2      | bend_ke k_bend            | 0.1 0.5
damping           | real  | group   | 0.05 2      | kd damping                | 0.1 0.5
spring_force      | vec3  | result  | -250 250    | f_spring spring_force
tension           | real  | result  | 0 200       | tension T
tension_curve     | reals | group   | 0.5 5       | curve tension_curve coeffs
stretch_energy    | real  | result  | -300 300    | stretch_energy e_stretch
kinetic_energy    | real  | result  | 0 30        | ke_energy kinetic_energy
curvature         | real  | result  | 0 4000      | curvature kappa
neighbor_sum      | vec3  | state   | -8 8        | neighbor_sum nbr_sum
valence           | int   | state   | 2 8         | valence num_nbrs degree
laplacian         | vec3  | result  | -5 5        | laplacian lap delta
wind              | vec3  | uniform | -4 4        | wind wind_vel
gust              | vec3  | result  | -5 5        | gust local_wind
gustiness         | real  | uniform | 0.1 1       | gustiness turbulence      | 0.3 0.5
air_density       | real  | uniform | 0.2 1.2     | air_density rho_air       | 1.0 1.2
drag_coefficient  | real  | group   | 0.1 1       | c_drag drag               | 0.5 1.0
lift_coefficient  | real  | group   | 0.05 0.5    | c_lift lift               | 0.2 0.3
relative_wind     | vec3  | result  | -4 4        | v_rel rel_wind
overpressure      | real  | uniform | 0.1 5       | overpressure inflation    | 0.5 1.0
compliance        | real  | group   | 0.0001 0.01 | alpha compliance          | 0.001 0.01
compliance_scaled | real  | result  | 0.05 60     | alpha_tilde alpha_dt
multiplier        | real  | state   | -0.5 0.5    | lam multiplier
constraint_value  | real  | result  | -1.5 3      | c constraint c_val
multiplier_change | real  | result  | -5 5        | d_lam dlambda
correction        | vec3  | result  | -3 3        | corr correction dx
relaxation        | real  | uniform | 0.5 1.5     | relaxation omega sor      | 1.0 1.2
spectral_radius   | real  | uniform | 0.5 0.98    | rho_s spectral_radius     | 0.9 0.95
iteration         | int   | uniform | 1 10        | iteration it
chebyshev_weight  | real  | result  | 1 2         | chebyshev weight
pin               | vec3  | state   | -1 1        | pin attach_pos target_pos
pin_stiffness     | real  | uniform | 0.1 1       | pin_ke pin_stiffness      | 0.5
pin_radius        | real  | uniform | 0.3 1       | pin_radius snap_radius
collider_center   | vec3  | uniform | -0.5 0.5    | sphere_center center body_pos
collider_radius   | real  | uniform | 0.3 1       | sphere_radius body_radius | 0.5
friction          | real  | group   | 0.1 0.9     | mu friction               | 0.3 0.5
ground_height     | real  | uniform | -2 0        | ground_height ground_y    | 0.0 -1.0
tear_strain       | real  | group   | 0.2 1.5     | tear_strain break_strain  | 0.5
torn              | bool  | result  |             | torn broken
at_pin            | bool  | result  |             | at_pin attached
colliding         | bool  | result  |             | colliding hit touching
dt                | real  | uniform | 0.01 0.05   | dt sim_dt                 | 0.01 0.02
vertex_normal     | vec3  | state   | -1 1        | normal vertex_n
vertex_area       | real  | state   | 0.01 0.5    | vertex_area area
wind_force        | vec3  | result  | -60 60      | f_wind wind_force
bending_force     | vec3  | result  |             | f_bend bending_force
pressure_force    | vec3  | result  |             | f_pressure pressure_force
capsule_start     | vec3  | uniform | -0.5 0.5    | capsule_a limb_start
capsule_end       | vec3  | uniform | -0.5 0.5    | capsule_b limb_end
box_half_size     | vec3  | uniform | 0.2 0.6     | half_size box_extents
geodesic_length   | real  | state   | 0.2 2       | geodesic_len rest_dist
impact_time       | real  | result  | 0 0.05      | toi impact_time
contact_normal    | vec3  | state   | -1 1        | contact_n n_contact
restitution       | real  | uniform | 0 0.5       | restitution bounce        | 0.1
layer_gaps        | reals | state   | -0.5 0.5    | layer_gaps gaps
layer_push        | real  | result  | 0 0.1       | layer_push push_out
"""


def kinetic_energy(inverse_mass, velocity):
    return 0.5 * wp.length_sq(velocity) / inverse_mass


def acceleration(force, inverse_mass, gravity):
    return gravity + inverse_mass * force


def speed(velocity):
    return wp.length(velocity)


def next_velocity(velocity, acceleration, dt):
    return velocity + dt * acceleration


def damped_velocity(velocity, acceleration, damping, dt):
    next_velocity = (velocity + dt * acceleration) / (1.0 + damping * dt)
    return next_velocity


def next_position(position, velocity, pin_flag, dt):
    """Prediction of position-based dynamics; pinned vertices stay."""
    return position + velocity * dt if pin_flag == 0 else position


def verlet_step(position, previous_position, acceleration, damping, dt):
    """Damped Verlet integration (Jakobsen)."""
    keep = 1.0 - wp.min(damping * dt, 1.0)
    next_position = position + keep * (position - previous_position) + acceleration * dt * dt
    return next_position


def velocity_from_positions(position, previous_position, max_speed, dt):
    """Velocity of a position-based step, capped."""
    v = (position - previous_position) / dt
    s = wp.length(v)
    next_velocity = v
    if s > max_speed:
        next_velocity = v * (max_speed / s)
    return next_velocity


def edge_length(position_a, position_b):
    return wp.length(position_b - position_a)


def edge_direction(position_a, position_b):
    return wp.normalize(position_b - position_a)


def stretch(edge_length, rest_length):
    return edge_length / rest_length - 1.0


def spring_force(position_a, position_b, rest_length, stretch_stiffness):
    """Hooke's law along an edge."""
    d = position_b - position_a
    dist = wp.length(d)
    if dist < 1.0e-6:
        return wp.vec3(0.0, 0.0, 0.0)
    return stretch_stiffness * (dist - rest_length) / dist * d


def damped_spring(position_a, position_b, velocity_a, velocity_b, rest_length, stretch_stiffness, damping):
    d = position_b - position_a
    dist = wp.max(wp.length(d), 1.0e-6)
    n = d / dist
    f_elastic = stretch_stiffness * (dist - rest_length)
    f_damp = damping * wp.dot(velocity_b - velocity_a, n)
    spring_force = (f_elastic + f_damp) * n
    return spring_force


def biphasic_spring(edge_length, edge_direction, rest_length, stretch_stiffness, stretch_limit):
    """Spring that stiffens past a stretch, and buckles in compression."""
    e = edge_length / rest_length - 1.0
    f = stretch_stiffness * e
    if e < 0.0:
        f = 0.1 * stretch_stiffness * e
    elif e > stretch_limit:
        f = stretch_stiffness * (2.0 * e - stretch_limit)
    spring_force = f * edge_direction
    return spring_force


def tension(stretch, stretch_stiffness):
    return stretch_stiffness * wp.max(stretch, 0.0)


def measured_tension(stretch, tension_curve):
    """Measured stress-strain curve as a polynomial, by Horner's scheme."""
    e = wp.clamp(stretch, 0.0, 1.0)
    t = float(0.0)
    for n in range(len(tension_curve)):
        t = t * e + tension_curve[len(tension_curve) - 1 - n]
    tension = t * e
    return tension


def exponential_tension(stretch, stretch_stiffness):
    """Fung's exponential tissue."""
    tension = stretch_stiffness / 3.0 * (wp.exp(3.0 * wp.clamp(stretch, 0.0, 1.0)) - 1.0)
    return tension


def pulling_force(tension, edge_direction):
    spring_force = tension * edge_direction
    return spring_force


def stretch_energy(stretch, stretch_stiffness, rest_length):
    return 0.5 * stretch_stiffness * stretch * stretch * rest_length


def laplacian(neighbor_sum, valence, position):
    """Umbrella operator."""
    return neighbor_sum / float(valence) - position


def laplacian_bending(laplacian, bend_stiffness):
    bending_force = bend_stiffness * laplacian
    return bending_force


def smoothed_position(position, laplacian, relaxation):
    next_position = position + 0.5 * relaxation * laplacian
    return next_position


def curvature(laplacian, edge_length):
    """Mean curvature of an evenly meshed surface."""
    return 2.0 * wp.length(laplacian) / wp.max(edge_length * edge_length, 1.0e-3)


def signed_bump(laplacian, vertex_normal, thickness):
    """Displacement along the normal that fills a dent."""
    h = wp.clamp(wp.dot(laplacian, vertex_normal), -thickness, thickness)
    correction = h * vertex_normal
    return correction


def gust(wind, position, gustiness, rng):
    n = wp.noise(rng, position)
    return wind * (1.0 + gustiness * n)


def random_gust(wind, gustiness, rng):
    gust = wind + gustiness * wp.vec3(wp.randn(rng), 0.3 * wp.randn(rng), wp.randn(rng))
    return gust


def relative_wind(gust, velocity):
    return gust - velocity


def wind_force(relative_wind, vertex_normal, vertex_area, air_density, drag_coefficient, lift_coefficient):
    """Drag and lift of a panel in the wind."""
    speed = wp.length(relative_wind)
    if speed < 1.0e-4:
        return wp.vec3(0.0, 0.0, 0.0)
    n = vertex_normal
    if wp.dot(n, relative_wind) < 0.0:
        n = -n
    v_hat = relative_wind / speed
    cos_theta = wp.dot(n, v_hat)
    q = 0.5 * air_density * vertex_area * speed * speed
    lift_dir = n - cos_theta * v_hat
    drag_f = drag_coefficient * q * cos_theta * v_hat
    lift_f = lift_coefficient * q * cos_theta * lift_dir
    return drag_f + lift_f


def normal_drag(relative_wind, vertex_normal, vertex_area, air_density):
    wind_force = air_density * vertex_area * wp.dot(relative_wind, vertex_normal) * vertex_normal
    return wind_force


def two_sided_drag(wind, velocity, vertex_normal, drag_coefficient, damping):
    """Different resistances along the normal and in the plane."""
    v = wind - velocity
    v_n = wp.dot(v, vertex_normal) * vertex_normal
    v_t = v - v_n
    wind_force = drag_coefficient * v_n + 0.1 * damping * v_t
    return wind_force


def pressure_force(overpressure, vertex_area, vertex_normal):
    return overpressure * vertex_area * vertex_normal


def constraint_value(edge_length, rest_length):
    return edge_length - rest_length


def compliance_scaled(compliance, dt):
    return compliance / (dt * dt)


def multiplier_change(constraint_value, multiplier, compliance_scaled, inverse_mass_a, inverse_mass_b):
    """Update of the Lagrange multiplier of XPBD (Macklin et al. 2016)."""
    w = inverse_mass_a + inverse_mass_b
    return (-constraint_value - compliance_scaled * multiplier) / (w + compliance_scaled)


def next_multiplier(multiplier, multiplier_change):
    return multiplier + multiplier_change


def xpbd_correction(multiplier_change, inverse_mass, edge_direction):
    correction = -inverse_mass * multiplier_change * edge_direction
    return correction


def correction(position_a, position_b, inverse_mass_a, inverse_mass_b, rest_length):
    """Distance constraint of position-based dynamics."""
    d = position_b - position_a
    dist = wp.length(d)
    w = inverse_mass_a + inverse_mass_b
    if dist < 1.0e-6:
        return wp.vec3(0.0, 0.0, 0.0)
    return inverse_mass_a / w * (dist - rest_length) / dist * d


def damped_xpbd(
    position_a,
    position_b,
    velocity_a,
    velocity_b,
    inverse_mass_a,
    inverse_mass_b,
    rest_length,
    compliance,
    damping,
    dt,
):
    """XPBD distance constraint with Rayleigh damping, first iteration."""
    w = inverse_mass_a + inverse_mass_b
    d = position_a - position_b
    dist = wp.length(d)
    if dist < 1.0e-6:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / dist
    alpha = compliance / (dt * dt)
    gamma = compliance * damping / dt
    c_dot = wp.dot(velocity_a - velocity_b, n) * dt
    dlam = (rest_length - dist - gamma * c_dot) / ((1.0 + gamma) * w + alpha)
    correction = inverse_mass_a * dlam * n
    return correction


def strain_limit(edge_length, rest_length, edge_direction, stretch_limit):
    """Correction of an edge to an allowed range of lengths (Provot)."""
    lo = rest_length * (1.0 - 0.5 * stretch_limit)
    hi = rest_length * (1.0 + stretch_limit)
    correction = 0.5 * (edge_length - wp.clamp(edge_length, lo, hi)) * edge_direction
    return correction


def corrected_position(position, correction, relaxation):
    next_position = position + relaxation * correction
    return next_position


def averaged_position(position, correction, valence):
    """Jacobi step: corrections are averaged over a vertex's constraints."""
    next_position = position + correction / float(valence)
    return next_position


def chebyshev_weight(spectral_radius, iteration):
    """Chebyshev semi-iteration (Wang 2015)."""
    r2 = spectral_radius * spectral_radius
    omega = float(1.0)
    for n in range(iteration):
        if n == 0:
            omega = 2.0 / (2.0 - r2)
        else:
            omega = 4.0 / (4.0 - r2 * omega)
    return omega


def accelerated_position(position, previous_position, chebyshev_weight):
    next_position = previous_position + chebyshev_weight * (position - previous_position)
    return next_position


def pin_correction(position, pin, pin_stiffness):
    correction = pin_stiffness * (pin - position)
    return correction


def sphere_collision(position, previous_position, collider_center, collider_radius, thickness, friction):
    """Projection out of a sphere, with friction along it."""
    d = position - collider_center
    dist = wp.length(d)
    reach = collider_radius + thickness
    next_position = position
    if dist < reach and dist > 1.0e-6:
        n = d / dist
        next_position = collider_center + reach * n
        moved = next_position - previous_position
        slide = moved - wp.dot(moved, n) * n
        next_position = next_position - friction * slide
    return next_position


def ground_collision(position, velocity, ground_height, thickness, friction):
    next_position = position
    next_velocity = velocity
    if position[1] < ground_height + thickness:
        next_position = wp.vec3(position[0], ground_height + thickness, position[2])
        next_velocity = wp.vec3(
            (1.0 - friction) * velocity[0], wp.max(velocity[1], 0.0), (1.0 - friction) * velocity[2]
        )
    return next_position, next_velocity


def repulsion(position_a, position_b, thickness, stretch_stiffness):
    """Cubic repulsion of two layers closer than the thickness."""
    d = position_a - position_b
    dist = wp.max(wp.length(d), 1.0e-6)
    gap = 1.0 - dist / (10.0 * thickness)
    spring_force = wp.vec3(0.0, 0.0, 0.0)
    if gap > 0.0:
        spring_force = stretch_stiffness * gap * gap * gap * d / dist
    return spring_force


def colliding(position, collider_center, collider_radius, thickness):
    return wp.length(position - collider_center) < collider_radius + thickness


def at_pin(position, pin, pin_radius):
    return wp.length(position - pin) < pin_radius


def torn(stretch, tear_strain):
    return stretch > tear_strain


def implicit_spring_velocity(position, velocity, pin, inverse_mass, stretch_stiffness, damping, dt):
    """Backward Euler step of a spring to an anchor, with its stiffness along the spring only."""
    d = pin - position
    dist = wp.length(d)
    if dist < 1.0e-4:
        next_velocity = velocity
    else:
        n = d / dist
        v_n = wp.dot(velocity, n)
        force = stretch_stiffness * dist - (damping + dt * stretch_stiffness) * v_n
        denom = 1.0 + dt * inverse_mass * (damping + dt * stretch_stiffness)
        next_velocity = velocity + dt * inverse_mass * force / denom * n
    return next_velocity


def capsule_collision(position, capsule_start, capsule_end, collider_radius, thickness):
    """Projection out of a limb."""
    axis = capsule_end - capsule_start
    along = wp.dot(position - capsule_start, axis) / wp.max(wp.dot(axis, axis), 1.0e-6)
    closest = capsule_start + wp.clamp(along, 0.0, 1.0) * axis
    d = position - closest
    dist = wp.length(d)
    reach = collider_radius + thickness
    next_position = position
    if dist < reach and dist > 1.0e-6:
        next_position = closest + reach / dist * d
    return next_position


def box_collision(position, collider_center, box_half_size, thickness):
    """Projection out of a box through its nearest face."""
    d = position - collider_center
    next_position = position
    ox = box_half_size[0] + thickness - wp.abs(d[0])
    oy = box_half_size[1] + thickness - wp.abs(d[1])
    oz = box_half_size[2] + thickness - wp.abs(d[2])
    if ox > 0.0 and oy > 0.0 and oz > 0.0:
        if ox < oy and ox < oz:
            next_position = position + wp.vec3(wp.sign(d[0]) * ox, 0.0, 0.0)
        elif oy < oz:
            next_position = position + wp.vec3(0.0, wp.sign(d[1]) * oy, 0.0)
        else:
            next_position = position + wp.vec3(0.0, 0.0, wp.sign(d[2]) * oz)
    return next_position


def long_range_attachment(position, pin, geodesic_length):
    """Pulls a vertex back that is farther from its attachment than along the cloth at rest."""
    d = position - pin
    dist = wp.length(d)
    next_position = position
    if dist > geodesic_length:
        next_position = pin + geodesic_length / dist * d
    return next_position


def impact_time(position, velocity, collider_center, collider_radius, dt):
    """When in a step a vertex reaches a sphere; the whole step if it does not."""
    d = position - collider_center
    a = wp.dot(velocity, velocity)
    b = wp.dot(d, velocity)
    c = wp.dot(d, d) - collider_radius * collider_radius
    if c <= 0.0:
        return 0.0
    if b >= 0.0 or a < 1.0e-6:
        return dt
    disc = b * b - a * c
    if disc < 0.0:
        return dt
    t = (-b - wp.sqrt(disc)) / a
    return wp.min(t, dt)


def contact_friction(velocity, contact_normal, friction, restitution):
    """Velocity after a contact: bounce along the normal, Coulomb friction across it."""
    v_n = wp.dot(velocity, contact_normal)
    next_velocity = velocity
    if v_n < 0.0:
        tangential = velocity - v_n * contact_normal
        slip = wp.length(tangential)
        grip = friction * (1.0 + restitution) * wp.abs(v_n)
        keep = 0.0
        if slip > grip:
            keep = 1.0 - grip / slip
        next_velocity = keep * tangential - restitution * v_n * contact_normal
    return next_velocity


def prediction(position, velocity, inverse_mass, wind_force, gravity, pin_flag, dt):
    """Predicted position and velocity of position-based dynamics under gravity and wind."""
    if pin_flag != 0:
        return position, wp.vec3(0.0, 0.0, 0.0)
    next_velocity = velocity + dt * (gravity + inverse_mass * wind_force)
    next_velocity = next_velocity * (1.0 - 0.1 * dt)
    next_position = position + dt * next_velocity
    return next_position, next_velocity


def nearest_layer(layer_gaps, thickness):
    """Push of the nearest of several layers of cloth, and none beyond the thickness."""
    best = float(10.0 * thickness)
    for n in range(len(layer_gaps)):
        gap = wp.abs(layer_gaps[n])
        if gap < best:
            best = gap
    if best >= thickness:
        return 0.0
    layer_push = 0.5 * (thickness - best)
    return layer_push
