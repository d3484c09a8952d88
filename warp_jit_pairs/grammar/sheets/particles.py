"""Particles: forces on them and between them, how they move, what they carry."""

import warp as wp

ENTITIES = "particle bead grain point parcel"
GROUPS = "material cluster species"
PAIRS = "spring bond contact"
LAUNCH = "1:9 2:1"
SUMMED = "mass momentum kinetic_energy potential_energy volume"
OPPOSITE = "pair_force"

QUANTITIES = """
mass             | real | state   | 0.1 5      | mass m
position         | vec3 | state   | -1.5 1.5   | pos position x
velocity         | vec3 | state   | -5 5       | vel velocity v qd
pair_force       | vec3 | result  | -900 900   | force f f_ij
acceleration     | vec3 | result  | -600 600   | accel acceleration a
force            | vec3 | state   | -200 200   | force f_ext
momentum         | vec3 | result  |            | momentum p mom
radius           | real | state   | 0.3 0.8    | radius r
charge           | real | state   | -1 1       | charge q_e
volume           | real | result  | 0.1 2.2    | volume vol
density          | real | group   | 0.5 4      | density rho
speed            | real | result  | 0 6        | speed
kinetic_energy   | real | result  |            | kinetic_energy ke energy
potential_energy | real | result  |            | potential pe energy
gravity          | vec3 | uniform | -10 10     | gravity g
drag             | real | group   | 0.05 1     | drag drag_coeff c_d | 0.1 0.5
wind             | vec3 | uniform | -4 4       | wind wind_vel
stiffness        | real | group   | 1 100      | stiffness ke k_s | 10.0 50.0
damping          | real | group   | 0.1 5      | damping kd c | 0.5 1.0
rest_length      | real | uniform | 0.2 1.5    | rest_length rest l0 | 0.5 1.0
anchor           | vec3 | state   | -4 4       | anchor rest_pos x_rest
attractor        | vec3 | uniform | -4 4       | attractor center target
restitution      | real | group   | 0.1 0.95   | restitution bounce e | 0.5 0.8
friction         | real | group   | 0.1 1      | friction mu | 0.3 0.5
ground_height    | real | uniform | -2 1       | ground_height floor_y | 0.0 -1.0
softening        | real | uniform | 0.05 0.5   | softening eps | 0.1
dt               | real | uniform | 0.001 0.05 | dt | 0.01 0.02
lifetime         | real | state   | 0.5 5      | lifetime life
age              | real | state   | 0 6        | age
alive            | bool | result  |            | alive active
drag_coefficient | real | group   | 0.1 1.2    | drag_coef c_d | 0.47
damping_rate     | real | uniform | 0.05 2     | damping_rate linear_damping | 0.1 0.5
spin             | vec3 | state   | -8 8       | spin omega
fluid_density    | real | uniform | 0.1 2      | rho_fluid fluid_density | 1.0
fluid_viscosity  | real | uniform | 0.01 0.5   | mu_fluid fluid_viscosity | 0.1
settling_speed   | real | result  | 0 60       | v_settle settling_speed
gravity_strength | real | uniform | 1 10       | g gravity_strength | 9.81
emitter_axis     | vec3 | uniform | -1 1       | emit_dir emitter_axis
cone_angle       | real | uniform | 0.05 1.2   | cone_angle spread | 0.3
emit_speed       | real | uniform | 0.5 6      | emit_speed muzzle_speed | 2.0
vortex_strength  | real | uniform | -4 4       | vortex_strength swirl | 1.0
box_half         | vec3 | uniform | 1 2        | half_size box_half
breaking_strain  | real | uniform | 0.1 1      | max_strain breaking_strain | 0.5
broken           | bool | result  |            | broken snapped
fade             | real | result  | 0 1        | fade alpha
fade_time        | real | uniform | 0.1 1      | fade_time fade_in | 0.2
cohesion_range   | real | uniform | 0.5 2      | cohesion_range r_cohesion | 1.0
charge_field     | vec3 | uniform | -5 5       | e_field ext_field
magnetic_field   | vec3 | uniform | -2 2       | b_field mag_field
correction       | vec3 | result  | -5 5       | correction dx
"""


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.dot(velocity, velocity)


def momentum(mass, velocity):
    return mass * velocity


def speed(velocity):
    return wp.length(velocity)


def volume(radius):
    """Volume of a sphere."""
    return 4.0 / 3.0 * wp.pi * radius * radius * radius


def sphere_mass(density, volume):
    mass = density * volume
    return mass


def weight(mass, gravity):
    force = mass * gravity
    return force


def linear_drag(velocity, drag):
    force = -drag * velocity
    return force


def quadratic_drag(velocity, drag_coefficient, radius):
    """Drag of a sphere that grows with the square of its speed."""
    area = wp.pi * radius * radius
    force = -0.5 * drag_coefficient * area * wp.length(velocity) * velocity
    return force


def wind_drag(velocity, wind, drag):
    force = drag * (wind - velocity)
    return force


def tether_force(position, velocity, anchor, stiffness, damping):
    force = stiffness * (anchor - position) - damping * velocity
    return force


def attractor_force(position, mass, attractor, softening):
    """Newton's law of gravitation, softened near the center."""
    d = attractor - position
    r2 = wp.dot(d, d) + softening * softening
    force = mass * d / (r2 * wp.sqrt(r2))
    return force


def acceleration(force, mass):
    return force / mass


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def damped_velocity(velocity, acceleration, damping_rate, dt):
    next_velocity = (velocity + acceleration * dt) * wp.exp(-damping_rate * dt)
    return next_velocity


def next_position(position, velocity, dt):
    return position + velocity * dt


def verlet_position(position, previous_position, acceleration, dt):
    """Stoermer-Verlet integration."""
    next_position = 2.0 * position - previous_position + acceleration * dt * dt
    return next_position


def capped_velocity(velocity, max_speed):
    v_len = wp.length(velocity)
    next_velocity = velocity
    if v_len > max_speed:
        next_velocity = velocity * (max_speed / v_len)
    return next_velocity


def bounced_velocity(position, velocity, ground_height, restitution, friction):
    next_velocity = velocity
    if position[1] < ground_height and velocity[1] < 0.0:
        next_velocity = wp.vec3(
            velocity[0] * (1.0 - friction), -restitution * velocity[1], velocity[2] * (1.0 - friction)
        )
    return next_velocity


def spring_force(position_a, position_b, stiffness, rest_length):
    """Hooke's law along the line between two particles."""
    d = position_b - position_a
    dist = wp.max(wp.length(d), 1.0e-6)
    pair_force = stiffness * (dist - rest_length) * d / dist
    return pair_force


def damped_spring_force(position_a, position_b, velocity_a, velocity_b, stiffness, damping, rest_length):
    d = position_b - position_a
    dist = wp.max(wp.length(d), 1.0e-6)
    direction = d / dist
    rate = wp.dot(velocity_b - velocity_a, direction)
    pair_force = (stiffness * (dist - rest_length) + damping * rate) * direction
    return pair_force


def contact_force(position_a, position_b, radius_a, radius_b, stiffness):
    d = position_a - position_b
    dist = wp.length(d)
    overlap = radius_a + radius_b - dist
    pair_force = wp.vec3(0.0, 0.0, 0.0)
    if overlap > 0.0 and dist > 0.0:
        pair_force = stiffness * overlap * d / dist
    return pair_force


def coulomb_force(position_a, position_b, charge_a, charge_b, softening):
    """Coulomb's law with a softened distance."""
    d = position_a - position_b
    r2 = wp.dot(d, d) + softening * softening
    pair_force = charge_a * charge_b * d / (r2 * wp.sqrt(r2))
    return pair_force


def potential_energy(mass, position, gravity):
    return -mass * wp.dot(gravity, position)


def alive(age, lifetime):
    return age < lifetime


def magnus_force(velocity, spin, radius, fluid_density):
    """Lift of a spinning sphere."""
    volume = 4.0 / 3.0 * wp.pi * radius * radius * radius
    force = 0.5 * fluid_density * volume * wp.cross(spin, velocity)
    return force


def buoyant_weight(mass, radius, fluid_density, gravity):
    displaced = 4.0 / 3.0 * wp.pi * radius * radius * radius * fluid_density
    force = (mass - displaced) * gravity
    return force


def sphere_drag(velocity, wind, radius, fluid_density, fluid_viscosity):
    """Drag of a sphere: Stokes' law, Schiller and Naumann's correction, then a constant coefficient."""
    rel = wind - velocity
    speed = wp.length(rel)
    if speed < 1.0e-4:
        return wp.vec3(0.0, 0.0, 0.0)
    re = 2.0 * fluid_density * speed * radius / fluid_viscosity
    c_d = float(0.44)
    if re < 0.5:
        c_d = 24.0 / wp.max(re, 1.0e-3)
    elif re < 1000.0:
        c_d = 24.0 / re * (1.0 + 0.15 * wp.pow(re, 0.687))
    area = wp.pi * radius * radius
    force = 0.5 * fluid_density * c_d * area * speed * rel
    return force


def settling_speed(density, radius, fluid_density, fluid_viscosity, gravity_strength):
    """Speed at which a sphere's drag carries it, by iteration."""
    excess = wp.max(density - fluid_density, 0.0)
    if excess <= 0.0:
        return 0.0
    v = 2.0 / 9.0 * excess * gravity_strength * radius * radius / fluid_viscosity
    for _n in range(12):
        re = wp.max(2.0 * fluid_density * v * radius / fluid_viscosity, 1.0e-3)
        c_d = 24.0 / re + 6.0 / (1.0 + wp.sqrt(re)) + 0.4
        balanced = wp.sqrt(8.0 * excess * gravity_strength * radius / (3.0 * c_d * fluid_density))
        if wp.abs(balanced - v) < 1.0e-3 * v:
            break
        v = 0.5 * (v + balanced)
    return v


def lorentz_velocity(velocity, charge, mass, charge_field, magnetic_field, dt):
    """Boris' rotation in electric and magnetic fields."""
    k = 0.5 * dt * charge / mass
    minus = velocity + k * charge_field
    t = k * magnetic_field
    s = 2.0 / (1.0 + wp.dot(t, t)) * t
    prime = minus + wp.cross(minus, t)
    plus = minus + wp.cross(prime, s)
    next_velocity = plus + k * charge_field
    return next_velocity


def vortex_velocity(position, velocity, attractor, vortex_strength, softening, dt):
    """Swirl around a vertical axis that fades with the distance."""
    d = position - attractor
    r2 = d[0] * d[0] + d[2] * d[2] + softening * softening
    around = wp.vec3(-d[2], 0.0, d[0])
    next_velocity = velocity + dt * vortex_strength / r2 * around
    return next_velocity


def boxed_step(position, velocity, box_half, restitution, dt):
    """A move inside of a box whose walls throw back."""
    moved = position + velocity * dt
    next_position = moved
    next_velocity = velocity
    for n in range(3):
        if moved[n] > box_half[n]:
            next_position[n] = 2.0 * box_half[n] - moved[n]
            next_velocity[n] = -restitution * velocity[n]
        elif moved[n] < -box_half[n]:
            next_position[n] = -2.0 * box_half[n] - moved[n]
            next_velocity[n] = -restitution * velocity[n]
    return next_position, next_velocity


def ground_impact(position, velocity, gravity_strength, ground_height, restitution, dt):
    """Step of a falling body that finds the moment when it hits the ground."""
    y = position[1]
    v = velocity[1]
    y_end = y + v * dt - 0.5 * gravity_strength * dt * dt
    next_position = wp.vec3(position[0] + velocity[0] * dt, y_end, position[2] + velocity[2] * dt)
    next_velocity = wp.vec3(velocity[0], v - gravity_strength * dt, velocity[2])
    if y >= ground_height and y_end < ground_height:
        drop = y - ground_height
        v_hit = wp.sqrt(v * v + 2.0 * gravity_strength * drop)
        t_hit = wp.clamp((v + v_hit) / gravity_strength, 0.0, dt)
        rest = dt - t_hit
        up = restitution * v_hit
        next_velocity[1] = up - gravity_strength * rest
        next_position[1] = wp.max(ground_height + up * rest - 0.5 * gravity_strength * rest * rest, ground_height)
    return next_position, next_velocity


def emitted_velocity(emitter_axis, cone_angle, emit_speed, rng):
    """A velocity within a cone around the axis of an emitter."""
    n = wp.normalize(emitter_axis)
    side = wp.vec3(1.0, 0.0, 0.0)
    if wp.abs(n[0]) > 0.9:
        side = wp.vec3(0.0, 1.0, 0.0)
    u = wp.normalize(wp.cross(n, side))
    w = wp.cross(n, u)
    c = 1.0 - wp.randf(rng) * (1.0 - wp.cos(cone_angle))
    s = wp.sqrt(wp.max(1.0 - c * c, 0.0))
    phi = wp.tau * wp.randf(rng)
    next_velocity = emit_speed * (c * n + s * (wp.cos(phi) * u + wp.sin(phi) * w))
    return next_velocity


def jittered_velocity(velocity, speed, rng):
    """Kick in a random direction, a tenth of the speed."""
    next_velocity = velocity + 0.1 * speed * wp.sample_unit_sphere_surface(rng)
    return next_velocity


def next_age(age, dt):
    return age + dt


def fade(age, lifetime, fade_time):
    """Fades in after the birth and out before the end."""
    if age >= lifetime:
        return 0.0
    rising = age / fade_time
    falling = (lifetime - age) / fade_time
    return wp.clamp(wp.min(rising, falling), 0.0, 1.0)


def broken(position_a, position_b, rest_length, breaking_strain):
    strain = wp.length(position_b - position_a) / rest_length - 1.0
    return strain > breaking_strain


def grain_contact_force(
    position_a, position_b, velocity_a, velocity_b, radius_a, radius_b, stiffness, damping, friction
):
    """Contact of two grains: spring and damper along the normal, friction across it."""
    d = position_a - position_b
    dist = wp.length(d)
    overlap = radius_a + radius_b - dist
    if overlap <= 0.0 or dist < 1.0e-6:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / dist
    rel = velocity_a - velocity_b
    v_n = wp.dot(rel, n)
    push = wp.max(stiffness * overlap - damping * v_n, 0.0)
    slip = rel - v_n * n
    slip_speed = wp.length(slip)
    pair_force = push * n
    if slip_speed > 1.0e-4:
        drag_size = wp.min(friction * push, damping * slip_speed)
        pair_force = push * n - drag_size / slip_speed * slip
    return pair_force


def cohesive_force(position_a, position_b, radius_a, radius_b, stiffness, cohesion_range):
    """Repels where two beads overlap, attracts up to a range, and ends there."""
    d = position_a - position_b
    dist = wp.max(wp.length(d), 1.0e-4)
    touch = radius_a + radius_b
    gap = dist - touch
    if gap > cohesion_range:
        return wp.vec3(0.0, 0.0, 0.0)
    size = -stiffness * gap
    if gap > 0.0:
        t = gap / cohesion_range
        size = -0.2 * stiffness * cohesion_range * t * (1.0 - t)
    pair_force = size * d / dist
    return pair_force


def distance_correction(position_a, position_b, mass_a, mass_b, rest_length, stiffness, dt):
    """Compliant distance constraint (XPBD): the first particle's move, over the step as a velocity."""
    d = position_b - position_a
    dist = wp.max(wp.length(d), 1.0e-6)
    w_a = 1.0 / mass_a
    w_b = 1.0 / mass_b
    compliance = 1.0 / (stiffness * dt * dt)
    lam = (dist - rest_length) / (w_a + w_b + compliance)
    correction = w_a * lam * d / dist
    return correction
