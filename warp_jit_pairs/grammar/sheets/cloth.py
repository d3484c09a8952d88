"""Cloth: stretch, shear and bending, wind, collisions, position-based corrections."""

import warp as wp

ENTITIES = "vertex node cloth_vertex cloth_node"
GROUPS = "fabric garment panel patch"
PAIRS = "edge spring link stitch"
LAUNCH = "1:7 2:3"
SUMMED = "mass area kinetic_energy stretch_energy bend_energy"
OPPOSITE = "spring_force"

QUANTITIES = """
position           | vec3 | state   | -1 1       | pos position x
velocity           | vec3 | state   | -3 3       | vel velocity v
mass               | real | result  | 0 2        | mass m
inverse_mass       | real | state   | 0.1 2      | inv_mass w
acceleration       | vec3 | result  | -300 300   | accel acceleration a
force              | vec3 | state   | -30 30     | force f
gravity            | vec3 | uniform | -10 10     | gravity g
edge_u             | vec3 | state   | -1 1       | edge_u du e_warp
edge_v             | vec3 | state   | -1 1       | edge_v dv e_weft
inverse_rest       | mat22 | state  | -1.5 1.5   | Dm_inv inv_rest rest_inv
tangent_u          | vec3 | result  | -2 2       | w_u tangent_u F_u
tangent_v          | vec3 | result  | -2 2       | w_v tangent_v F_v
normal             | vec3 | result  | -1 1       | normal n
area               | real | result  | 0 1.5      | area A
area_density       | real | group   | 0.1 1      | area_density rho density      | 0.2 0.5
thickness          | real | group   | 0.02 0.2   | thickness h_cloth             | 0.05 0.1
edge_length        | real | result  | 0 3        | edge_len l dist
rest_length        | real | group   | 0.3 1.2    | rest_len l0 rest               | 0.5 1.0
speed              | real | result  | 0 6        | speed
pin_flag           | int  | state   | 0 1        | pin_flag pinned
stretch_limit      | real | group   | 0.05 0.5   | stretch_limit max_strain       | 0.1 0.2
elastic_force      | vec3 | result  | -500 500   | f_el elastic_force
edge_direction     | vec3 | result  | -1 1       | edge_dir e_hat
stretch            | real | result  | -1 3       | stretch strain eps
shear              | real | result  | -4 4       | shear gamma
shear_angle        | real | result  | -1.5 1.5   | shear_angle theta_s
stretch_stiffness  | real | group   | 5 50       | ke stretch_ke k_stretch       | 20.0 30.0
shear_stiffness    | real | group   | 1 20       | shear_ke k_shear              | 5.0 10.0
bend_stiffness     | real | group   | 0.05 2     | bend_ke k_bend                | 0.1 0.5
damping            | real | group   | 0.05 2     | kd damping                    | 0.1 0.5
spring_force       | vec3 | result  | -250 250   | f_spring spring_force
tension            | real | result  | 0 200      | tension T
tension_curve      | reals | group  | 0.5 5      | curve tension_curve coeffs
stretch_energy     | real | result  | -300 300   | stretch_energy e_stretch
bend_energy        | real | result  | 0 100000 | bend_energy e_bend
kinetic_energy     | real | result  | 0 30       | ke_energy kinetic_energy
strain_tensor      | mat22 | result | -2 4       | E strain_tensor green
membrane_stress    | mat22 | result | -100 100   | S membrane_stress pk2
bend_angle         | real | result  | -3 3       | bend_angle dihedral phi
bend_force         | vec3 | result  | -20 20     | f_bend bend_force
curvature          | real | result  | 0 4000 | curvature kappa
neighbor_sum       | vec3 | state   | -8 8       | neighbor_sum nbr_sum
valence            | int  | state   | 2 8        | valence num_nbrs degree
laplacian          | vec3 | result  | -5 5       | laplacian lap delta
wind               | vec3 | uniform | -4 4       | wind wind_vel
gust               | vec3 | result  | -5 5       | gust local_wind
gustiness          | real | uniform | 0.1 1      | gustiness turbulence          | 0.3 0.5
air_density        | real | uniform | 0.2 1.2    | air_density rho_air           | 1.0 1.2
drag_coefficient   | real | group   | 0.1 1      | c_drag drag                   | 0.5 1.0
lift_coefficient   | real | group   | 0.05 0.5   | c_lift lift                   | 0.2 0.3
relative_wind      | vec3 | result  | -4 4       | v_rel rel_wind
overpressure       | real | uniform | 0.1 5      | overpressure inflation        | 0.5 1.0
compliance         | real | group   | 0.0001 0.01 | alpha compliance             | 0.001 0.01
compliance_scaled  | real | result  | 0.05 60    | alpha_tilde alpha_dt
multiplier         | real | state   | -0.5 0.5   | lam multiplier
constraint_value   | real | result  | -1.5 3     | c constraint c_val
multiplier_change  | real | result  | -5 5       | d_lam dlambda
correction         | vec3 | result  | -3 3       | corr correction dx
relaxation         | real | uniform | 0.5 1.5    | relaxation omega sor          | 1.0 1.2
spectral_radius    | real | uniform | 0.5 0.98   | rho_s spectral_radius         | 0.9 0.95
iteration          | int  | uniform | 1 10       | iteration it
chebyshev_weight   | real | result  | 1 2        | chebyshev weight
pin                | vec3 | state   | -1 1       | pin attach_pos target_pos
pin_stiffness      | real | uniform | 0.1 1      | pin_ke pin_stiffness          | 0.5
collider_center    | vec3 | uniform | -0.5 0.5   | sphere_center center body_pos
collider_radius    | real | uniform | 0.3 1      | sphere_radius body_radius     | 0.5
friction           | real | group   | 0.1 0.9    | mu friction                   | 0.3 0.5
ground_height      | real | uniform | -2 0       | ground_height ground_y        | 0.0 -1.0
uv                 | vec2 | state   | 0 1        | uv texcoord st
thread_count       | int  | group   | 4 40       | threads thread_count          | 16 32
weave              | real | result  | 0 1        | weave pattern
wetness            | real | state   | 0 1        | wetness moisture
drying_rate        | real | uniform | 0.1 2      | drying_rate evaporation       | 0.5
tear_strain        | real | group   | 0.2 1.5    | tear_strain break_strain      | 0.5
yield_angle        | real | group   | 0.1 1      | yield_angle crease_angle      | 0.5
creep              | real | group   | 0.05 0.9   | creep plasticity              | 0.2 0.5
torn               | bool | result  |            | torn broken
creased            | bool | result  |            | creased wrinkled
at_pin             | bool | result  |            | at_pin attached
colliding          | bool | result  |            | colliding hit touching
dt                 | real | uniform | 0.01 0.05  | dt sim_dt                     | 0.01 0.02
"""


def normal(edge_u, edge_v):
    return wp.normalize(wp.cross(edge_u, edge_v))


def area(edge_u, edge_v):
    """Area of the triangle of two edges."""
    return 0.5 * wp.length(wp.cross(edge_u, edge_v))


def gram_area(edge_u, edge_v):
    """Area of the parallelogram from its Gram determinant."""
    uu = wp.dot(edge_u, edge_u)
    vv = wp.dot(edge_v, edge_v)
    uv_dot = wp.dot(edge_u, edge_v)
    area = wp.sqrt(wp.max(uu * vv - uv_dot * uv_dot, 0.0))
    return area


def heron_area(edge_u, edge_v):
    """Heron's formula."""
    a = wp.length(edge_u)
    b = wp.length(edge_v)
    c = wp.length(edge_u - edge_v)
    s = 0.5 * (a + b + c)
    area = wp.sqrt(wp.max(s * (s - a) * (s - b) * (s - c), 0.0))
    return area


def mass(area_density, area):
    return area_density * area


def wet_mass(area_density, area, wetness):
    mass = area_density * area * (1.0 + 0.8 * wetness)
    return mass


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def acceleration(force, inverse_mass, gravity):
    return gravity + inverse_mass * force


def elastic_acceleration(elastic_force, velocity, inverse_mass, damping):
    acceleration = inverse_mass * (elastic_force - damping * velocity)
    return acceleration


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


def tangents(edge_u, edge_v, inverse_rest):
    """Deformed axes of the fabric (Baraff and Witkin 1998)."""
    tangent_u = edge_u * inverse_rest[0, 0] + edge_v * inverse_rest[1, 0]
    tangent_v = edge_u * inverse_rest[0, 1] + edge_v * inverse_rest[1, 1]
    return tangent_u, tangent_v


def warp_stretch(tangent_u):
    stretch = wp.length(tangent_u) - 1.0
    return stretch


def area_stretch(tangent_u, tangent_v):
    """Relative change of the area."""
    stretch = wp.length(wp.cross(tangent_u, tangent_v)) - 1.0
    return stretch


def shear(tangent_u, tangent_v):
    return wp.dot(tangent_u, tangent_v)


def shear_angle(tangent_u, tangent_v):
    """Deviation from the right angle between warp and weft."""
    across = wp.length(wp.cross(tangent_u, tangent_v))
    along = wp.dot(tangent_u, tangent_v)
    return wp.half_pi - wp.atan2(across, along)


def strain_tensor(tangent_u, tangent_v):
    """Green strain in the plane of the fabric."""
    e_uu = 0.5 * (wp.dot(tangent_u, tangent_u) - 1.0)
    e_vv = 0.5 * (wp.dot(tangent_v, tangent_v) - 1.0)
    e_uv = 0.5 * wp.dot(tangent_u, tangent_v)
    return wp.mat22(e_uu, e_uv, e_uv, e_vv)


def membrane_stress(strain_tensor, stretch_stiffness, shear_stiffness):
    """Orthotropic membrane with equal warp and weft."""
    k_cross = 0.25 * stretch_stiffness
    s_uu = stretch_stiffness * strain_tensor[0, 0] + k_cross * strain_tensor[1, 1]
    s_vv = stretch_stiffness * strain_tensor[1, 1] + k_cross * strain_tensor[0, 0]
    s_uv = shear_stiffness * (strain_tensor[0, 1] + strain_tensor[1, 0])
    return wp.mat22(s_uu, s_uv, s_uv, s_vv)


def membrane_energy(membrane_stress, strain_tensor, area):
    stretch_energy = 0.5 * area * wp.ddot(membrane_stress, strain_tensor)
    return stretch_energy


def membrane_force(membrane_stress, tangent_u, tangent_v, inverse_rest, area):
    """Force of a triangle on the corner that its first edge leads to."""
    g_u = inverse_rest[0, 0]
    g_v = inverse_rest[0, 1]
    s_u = membrane_stress[0, 0] * g_u + membrane_stress[0, 1] * g_v
    s_v = membrane_stress[1, 0] * g_u + membrane_stress[1, 1] * g_v
    elastic_force = -area * (s_u * tangent_u + s_v * tangent_v)
    return elastic_force


def shear_force(shear, tangent_v, shear_stiffness, area):
    elastic_force = -area * shear_stiffness * shear * tangent_v
    return elastic_force


def bend_angle(normal_a, normal_b, edge_v_a):
    """Signed dihedral angle about the shared edge."""
    axis = wp.normalize(edge_v_a)
    sin_phi = wp.dot(wp.cross(normal_a, normal_b), axis)
    return wp.atan2(sin_phi, wp.dot(normal_a, normal_b))


def bend_energy(bend_angle, rest_bend_angle, bend_stiffness):
    d = bend_angle - rest_bend_angle
    return 0.5 * bend_stiffness * d * d


def hinge_energy(bend_angle, bend_stiffness, edge_length, area):
    """Discrete shells (Grinspun et al. 2003), flat at rest."""
    k = 3.0 * bend_stiffness * edge_length * edge_length / wp.max(area, 1.0e-3)
    bend_energy = k * bend_angle * bend_angle
    return bend_energy


def bend_force(bend_angle, rest_bend_angle, bend_stiffness, normal_a, normal_b):
    n = wp.normalize(normal_a + normal_b)
    return bend_stiffness * wp.sin(0.5 * (bend_angle - rest_bend_angle)) * n


def bend_correction(normal_a, normal_b, inverse_mass_a, inverse_mass_b, bend_stiffness):
    """Bending constraint of position-based dynamics, flattened."""
    d = wp.clamp(wp.dot(normal_a, normal_b), -1.0, 1.0)
    w = inverse_mass_a + inverse_mass_b
    q = normal_b - d * normal_a
    k = wp.min(0.2 * bend_stiffness, 1.0)
    correction = 0.1 * k * inverse_mass_a / w * wp.acos(d) * q
    return correction


def laplacian(neighbor_sum, valence, position):
    """Umbrella operator."""
    return neighbor_sum / float(valence) - position


def laplacian_bending(laplacian, bend_stiffness):
    force = bend_stiffness * laplacian
    return force


def smoothed_position(position, laplacian, relaxation):
    next_position = position + 0.5 * relaxation * laplacian
    return next_position


def taubin_smoothing(position, neighbor_sum, valence, relaxation):
    """Positive and then negative step, so that the cloth does not shrink."""
    grow = float(1.0)
    p = position
    for n in range(2):
        lap = neighbor_sum / float(valence) - p
        p = p + 0.33 * relaxation * grow * lap
        grow = -1.03
    next_position = p
    return next_position


def curvature(laplacian, edge_length):
    """Mean curvature of an evenly meshed surface."""
    return 2.0 * wp.length(laplacian) / wp.max(edge_length * edge_length, 1.0e-3)


def signed_bump(laplacian, normal, thickness):
    """Displacement along the normal that fills a dent."""
    h = wp.clamp(wp.dot(laplacian, normal), -thickness, thickness)
    correction = h * normal
    return correction


def gust(wind, position, gustiness, rng):
    n = wp.noise(rng, position)
    return wind * (1.0 + gustiness * n)


def random_gust(wind, gustiness, rng):
    gust = wind + gustiness * wp.vec3(wp.randn(rng), 0.3 * wp.randn(rng), wp.randn(rng))
    return gust


def relative_wind(gust, velocity):
    return gust - velocity


def wind_force(relative_wind, normal, area, air_density, drag_coefficient, lift_coefficient):
    """Drag and lift of a panel in the wind."""
    speed = wp.length(relative_wind)
    if speed < 1.0e-4:
        return wp.vec3(0.0, 0.0, 0.0)
    n = normal
    if wp.dot(n, relative_wind) < 0.0:
        n = -n
    v_hat = relative_wind / speed
    cos_theta = wp.dot(n, v_hat)
    q = 0.5 * air_density * area * speed * speed
    lift_dir = n - cos_theta * v_hat
    drag_f = drag_coefficient * q * cos_theta * v_hat
    lift_f = lift_coefficient * q * cos_theta * lift_dir
    force = drag_f + lift_f
    return force


def normal_drag(relative_wind, normal, area, air_density):
    force = air_density * area * wp.dot(relative_wind, normal) * normal
    return force


def two_sided_drag(wind, velocity, normal, drag_coefficient, damping):
    """Different resistances along the normal and in the plane."""
    v = wind - velocity
    v_n = wp.dot(v, normal) * normal
    v_t = v - v_n
    force = drag_coefficient * v_n + 0.1 * damping * v_t
    return force


def pressure_force(overpressure, area, normal):
    force = overpressure * area * normal
    return force


def wet_weight(mass, wetness, gravity):
    force = mass * (1.0 + wetness) * gravity
    return force


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


def at_pin(position, pin, pin_stiffness):
    return wp.length_sq(position - pin) < pin_stiffness


def weave(uv, thread_count):
    """Plain weave: threads of warp and weft take turns on top."""
    s = uv * float(thread_count)
    over = int(wp.floor(s[0])) + int(wp.floor(s[1]))
    h_warp = wp.abs(wp.sin(wp.pi * s[0]))
    h_weft = wp.abs(wp.sin(wp.pi * s[1]))
    return h_warp if over % 2 == 0 else 0.8 * h_weft


def twill(uv, thread_count):
    """Height of a diagonal twill rib."""
    t = wp.frac((uv[0] + uv[1]) * float(thread_count) * 0.25)
    weave = wp.smoothstep(0.0, 0.5, t) - wp.smoothstep(0.5, 1.0, t)
    return weave


def wetness_rate(wetness, drying_rate, relative_wind):
    """Evaporation, faster in the wind."""
    return -drying_rate * wetness * (1.0 + 0.3 * wp.sqrt(wp.length(relative_wind)))


def next_wetness(wetness, drying_rate, dt):
    return wetness * wp.exp(-drying_rate * dt)


def capillary_flow(wetness_a, wetness_b, edge_length):
    """Flow of moisture along a thread."""
    wetness_rate = 0.2 * (wetness_b - wetness_a) / wp.max(edge_length * edge_length, 1.0e-6)
    return wetness_rate


def torn(stretch, tear_strain, wetness):
    return stretch > tear_strain * (1.0 - 0.3 * wetness)


def creased(bend_angle, yield_angle):
    return wp.abs(bend_angle) > yield_angle


def crease_angle(bend_angle, rest_bend_angle, yield_angle, creep):
    """Plastic bending: the rest angle creeps past the yield angle."""
    d = bend_angle - rest_bend_angle
    next_bend_angle = rest_bend_angle
    if wp.abs(d) > yield_angle:
        next_bend_angle = rest_bend_angle + creep * (d - wp.sign(d) * yield_angle)
    return next_bend_angle
