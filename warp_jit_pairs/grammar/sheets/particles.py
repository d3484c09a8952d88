"""Particles: forces on them and between them, how they move, what they carry."""

import warp as wp

ENTITIES = "particle bead grain point parcel"
GROUPS = "material cluster species"
PAIRS = "spring bond contact"
LAUNCH = "1:9 2:1"
SUMMED = "mass momentum kinetic_energy potential_energy volume"
OPPOSITE = "pair_force"

QUANTITIES = """
mass               | real | state   | 0.1 5      | mass m
inverse_mass       | real | state   | 0.1 2      | inv_mass w inv_m
position           | vec3 | state   | -1.5 1.5     | pos position x q
velocity           | vec3 | state   | -5 5       | vel velocity v qd
pair_force         | vec3 | result  | -900 900   | force f f_ij
acceleration       | vec3 | result  | -600 600     | accel acceleration a
force              | vec3 | state   | -200 200     | force f
momentum           | vec3 | result  |            | momentum p mom
radius             | real | state   | 0.3 0.8    | radius r
charge             | real | state   | -1 1       | charge q_e
volume             | real | result  | 0.1 2.2 | volume vol
density            | real | group   | 0.5 4      | density rho
speed              | real | result  | 0 6        | speed
kinetic_energy     | real | result  |            | kinetic_energy ke energy
potential_energy   | real | result  |            | potential pe energy
gravity            | vec3 | uniform | -10 10     | gravity g
drag               | real | group   | 0.05 1     | drag drag_coeff c_d     | 0.1 0.5
wind               | vec3 | uniform | -4 4       | wind wind_vel
stiffness          | real | group   | 1 100      | stiffness ke k_s        | 10.0 50.0
damping            | real | group   | 0.1 5      | damping kd c            | 0.5 1.0
rest_length        | real | uniform | 0.2 1.5    | rest_length rest l0     | 0.5 1.0
anchor             | vec3 | state   | -4 4       | anchor rest_pos x_rest
attractor          | vec3 | uniform | -4 4       | attractor center target
restitution        | real | group   | 0.1 0.95   | restitution bounce e    | 0.5 0.8
friction           | real | group   | 0.1 1      | friction mu             | 0.3 0.5
ground_height      | real | uniform | -2 1       | ground_height floor_y   | 0.0 -1.0
softening          | real | uniform | 0.05 0.5   | softening eps           | 0.1
dt                 | real | uniform | 0.001 0.05 | dt                      | 0.01 0.02
lifetime           | real | state   | 0.5 5      | lifetime life
age                | real | state   | 0 6        | age t
alive              | bool | result  |            | alive active
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


def quadratic_drag(velocity, drag, radius):
    """Drag of a sphere that grows with the square of its speed."""
    area = wp.pi * radius * radius
    force = -0.5 * drag * area * wp.length(velocity) * velocity
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


def acceleration(force, inverse_mass, gravity):
    return force * inverse_mass + gravity


def acceleration_from_mass(force, mass):
    acceleration = force / mass
    return acceleration


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def damped_velocity(velocity, acceleration, drag, dt):
    next_velocity = (velocity + acceleration * dt) * wp.exp(-drag * dt)
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
