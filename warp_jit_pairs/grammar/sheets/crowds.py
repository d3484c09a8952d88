"""Crowds: flocks, pedestrians, traffic, steering, the rules of games, elevators and queues."""

import warp as wp

ENTITIES = "agent pedestrian"
GROUPS = "team flock"
PAIRS = "neighbor_pair encounter"
LAUNCH = "1:9 2:1"
SUMMED = "mass"
OPPOSITE = "push repulsion"

QUANTITIES = """
position          | vec2  | state   | -2.5 2.5   | pos position xy
velocity          | vec2  | state   | -3 3       | vel velocity v
facing            | vec2  | result  | -1 1       | facing forward look_dir
acceleration      | vec2  | result  | -60 60     | accel acceleration a_cmd
steering          | vec2  | result  | -60 60     | steering steer steer_force
offset            | vec2  | result  | -5 5       | offset to_other delta
distance          | real  | result  | 0 7.1      | distance dist d_ij
heading           | real  | state   | -3.14 3.14 | heading yaw theta
turn_rate         | real  | group   | 0.5 4      | turn_rate max_turn omega_max | 1.0 2.0
radius            | real  | state   | 0.3 0.8    | radius r_body body_radius
mass              | real  | state   | 40 100     | mass m_body
top_speed         | real  | group   | 0.8 2      | max_speed top_speed          | 1.4 1.5
agility           | real  | group   | 0.5 10     | max_force agility max_accel  | 5.0 10.0
goal              | vec2  | state   | -2.5 2.5   | goal target_pos dest
center            | vec2  | group   | -1.5 1.5   | flock_center centroid
flock_velocity    | vec2  | group   | -3 3       | mean_vel flock_velocity avg_vel
sight             | real  | uniform | 1 8        | sight view_radius perception | 2.0 5.0
view_angle        | real  | uniform | 0.3 1.5    | view_angle half_fov          | 0.8 1.2
separation        | real  | uniform | 0.1 3      | separation w_sep sep_weight  | 1.5 1.0
alignment         | real  | uniform | 0.1 2      | alignment w_align align_weight | 1.0 0.5
cohesion          | real  | uniform | 0.1 2      | cohesion w_coh coh_weight    | 1.0 0.3
repulsion         | vec2  | result  | -60 60     | repulsion f_rep avoid
push              | vec2  | result  | -4000 4000 | push f_contact contact_push
relaxation        | real  | uniform | 0.2 1.5    | relaxation tau relax_time    | 0.5
social_range      | real  | uniform | 0.3 2      | social_range b_range sigma   | 0.5 1.0
collision_time    | real  | result  | 0 10       | collision_time ttc
neighbor_sees     | bool  | result  |            | sees can_see in_view
crowd_density     | real  | state   | 0.1 6      | crowd_density rho density
flow              | real  | result  | 0 12       | flow q_flow
dt                | real  | uniform | 0.01 0.1   | dt time_step                 | 0.02 0.05
crowd_speed       | real  | result  | 0 2        | crowd_speed walk_speed
visibility        | real  | state   | 0.1 1      | visibility smoke_vis
time_to_goal      | real  | result  | 0 80       | time_to_goal eta
avoidance         | vec2  | result  |            | avoidance dv_orca
wall_start        | vec2  | uniform | -2.5 2.5   | wall_start wall_a
wall_end          | vec2  | uniform | -2.5 2.5   | wall_end wall_b
wall_push         | vec2  | result  |            | wall_push f_wall
door_left         | vec2  | uniform | -2.5 2.5   | door_left exit_0
door_right        | vec2  | uniform | -2.5 2.5   | door_right exit_1
left_queue        | int   | state   | 0 20       | left_queue queue_0
right_queue       | int   | state   | 0 20       | right_queue queue_1
door_choice       | int   | result  | 0 1        | door_choice exit_id
seen_danger       | real  | state   | 0 1        | danger seen_danger
neighbors_fleeing | int   | state   | 0 8        | n_fleeing fleeing_count
patience          | real  | state   | 0.2 0.9    | patience calmness
panic_state       | int   | result  | 0 2        | panic_state mood
clearances        | reals | state   | 0.2 8      | clearances ray_dists
open_heading      | real  | result  | -4 4       | open_heading heading_cmd
leg_length        | real  | state   | 0.6 1      | leg_length leg_len
step_frequency    | real  | result  | 0 4        | step_freq cadence
velocity_spread   | real  | state   | 0.01 1     | vel_std velocity_spread
crowd_pressure    | real  | result  | 0 6        | crowd_pressure p_crowd
"""


def offset(position_a, position_b):
    return position_b - position_a


def distance(position_a, position_b):
    return wp.length(position_b - position_a)


def wrapped_offset(position_a, position_b):
    """Shortest offset in a world that wraps around."""
    d = position_b - position_a
    size = 5.0
    offset = wp.vec2(d[0] - size * wp.round(d[0] / size), d[1] - size * wp.round(d[1] / size))
    return offset


def facing(heading):
    return wp.vec2(wp.cos(heading), wp.sin(heading))


def seek(position, velocity, goal, top_speed):
    """Reynolds' seek behavior, slower near the goal."""
    wanted = top_speed * wp.smooth_normalize(goal - position, 0.5)
    steering = wanted - velocity
    return steering


def flee(position, velocity, goal, top_speed, sight):
    away = position - goal
    steering = -velocity
    if wp.length(away) < sight:
        steering = top_speed * wp.normalize(away) - velocity
    return steering


def arrive(position, velocity, goal, top_speed, sight):
    """Reynolds' arrival: slower the nearer the goal."""
    to_goal = goal - position
    dist = wp.max(wp.length(to_goal), 1.0e-6)
    ramped = top_speed * wp.min(dist / sight, 1.0)
    steering = to_goal * (ramped / dist) - velocity
    return steering


def pursuit(position_a, position_b, velocity_a, velocity_b, top_speed):
    """Pursuit of where another will be."""
    to_other = position_b - position_a
    ahead = wp.length(to_other) / (top_speed + wp.length(velocity_b))
    future = position_b + ahead * velocity_b
    steering = top_speed * wp.normalize(future - position_a) - velocity_a
    return steering


def wander(heading, top_speed, turn_rate, rng):
    jitter = turn_rate * wp.randf(rng, -0.5, 0.5)
    angle = heading + jitter
    steering = top_speed * wp.vec2(wp.cos(angle), wp.sin(angle))
    return steering


def boid_cohesion(position, center, cohesion):
    steering = cohesion * (center - position)
    return steering


def boid_alignment(velocity, flock_velocity, alignment):
    steering = alignment * (flock_velocity - velocity)
    return steering


def boids(position, velocity, center, flock_velocity, cohesion, alignment):
    """Reynolds' boids, for a flock whose mean is known."""
    toward = cohesion * (center - position)
    matched = alignment * (flock_velocity - velocity)
    steering = toward + matched
    return steering


def boid_separation(position_a, position_b, separation, sight):
    away = position_a - position_b
    dist = wp.length(away)
    repulsion = wp.vec2(0.0, 0.0)
    if dist > 0.0 and dist < sight:
        repulsion = separation * away / wp.max(dist * dist, 1.0e-6)
    return repulsion


def smooth_separation(offset, separation, sight):
    weight = 1.0 - wp.smoothstep(0.2 * sight, sight, wp.length(offset))
    repulsion = -separation * weight * offset
    return repulsion


def contained(position, velocity, top_speed):
    """Steering back into the world near its border."""
    margin = 2.0
    wanted = velocity
    if wp.abs(position[0]) > margin:
        wanted = wp.vec2(-wp.sign(position[0]) * top_speed, wanted[1])
    if wp.abs(position[1]) > margin:
        wanted = wp.vec2(wanted[0], -wp.sign(position[1]) * top_speed)
    steering = wanted - velocity
    return steering


def acceleration(steering, agility):
    limit = 1.0
    size = wp.length(steering)
    if size > agility:
        limit = agility / size
    return limit * steering


def next_velocity(velocity, acceleration, top_speed, dt):
    v = velocity + acceleration * dt
    v_len = wp.length(v)
    if v_len > top_speed:
        v = v * (top_speed / v_len)
    return v


def next_position(position, velocity, dt):
    return position + velocity * dt


def wrapped_position(position, velocity, dt):
    moved = position + velocity * dt
    cells = wp.vec2(wp.floor((moved[0] + 2.5) / 5.0), wp.floor((moved[1] + 2.5) / 5.0))
    next_position = moved - 5.0 * cells
    return next_position


def driving_force(velocity, goal, position, top_speed, relaxation):
    """Helbing's driving term of the social force model."""
    to_goal = goal - position
    direction = to_goal / wp.max(wp.length(to_goal), 1.0e-6)
    steering = (top_speed * direction - velocity) / relaxation
    return steering


def repulsion(position_a, position_b, radius_a, radius_b, social_range):
    """Helbing's repulsion between two pedestrians."""
    d = position_a - position_b
    dist = wp.max(wp.length(d), 1.0e-6)
    strength = 2.0 * wp.exp((radius_a + radius_b - dist) / social_range)
    return strength * d / dist


def anisotropic_repulsion(repulsion, velocity, social_range):
    """Weaker repulsion from those behind."""
    lam = 0.3
    ahead = wp.normalize(velocity)
    cos_phi = wp.dot(-ahead, wp.normalize(repulsion))
    weight = lam + (1.0 - lam) * 0.5 * (1.0 + cos_phi)
    steering = weight * repulsion / (1.0 + social_range)
    return steering


def push(position_a, position_b, radius_a, radius_b, velocity_a, velocity_b):
    """Body force and sliding friction of two who touch."""
    d = position_a - position_b
    dist = wp.max(wp.length(d), 1.0e-6)
    overlap = radius_a + radius_b - dist
    if overlap <= 0.0:
        return wp.vec2(0.0, 0.0)
    normal = d / dist
    tangent = wp.vec2(-normal[1], normal[0])
    slip = wp.dot(velocity_b - velocity_a, tangent)
    return 1200.0 * overlap * normal + 240.0 * overlap * slip * tangent


def pushed_velocity(velocity, push, mass, dt):
    next_velocity = velocity + push / mass * dt
    return next_velocity


def collision_time(position_a, position_b, velocity_a, velocity_b, radius_a, radius_b):
    """Time until two discs touch."""
    d = position_b - position_a
    w = velocity_a - velocity_b
    r = radius_a + radius_b
    a = wp.dot(w, w)
    b = wp.dot(d, w)
    c = wp.dot(d, d) - r * r
    disc = b * b - a * c
    if c <= 0.0:
        return 0.0
    if disc <= 0.0 or b <= 0.0:
        return 10.0
    return c / (b + wp.sqrt(disc))


def power_law(collision_time, offset, top_speed):
    """Karamouzas' power law of anticipation."""
    t = wp.max(collision_time, 1.0e-6)
    strength = 1.5 * wp.exp(-t / 3.0) / (t * t) * (2.0 / t + 1.0 / 3.0)
    repulsion = -wp.min(strength, 5.0 * top_speed) * offset / wp.max(wp.length(offset), 1.0e-6)
    return repulsion


def neighbor_sees(position_a, position_b, heading, sight, view_angle):
    d = position_b - position_a
    bearing = wp.atan2(d[1], d[0]) - heading
    off = wp.abs(wp.atan2(wp.sin(bearing), wp.cos(bearing)))
    return wp.length(d) < sight and off < view_angle


def dot_sees(offset, facing, view_angle):
    ahead = wp.dot(wp.normalize(offset), facing)
    neighbor_sees = ahead > wp.cos(view_angle)
    return neighbor_sees


def next_heading(heading, steering, turn_rate, dt):
    """A turn toward where one steers, at a limited rate."""
    wanted = wp.atan2(steering[1], steering[0])
    error = wp.atan2(wp.sin(wanted - heading), wp.cos(wanted - heading))
    step_max = turn_rate * dt
    return heading + wp.clamp(error, -step_max, step_max)


def weidmann_speed(top_speed, crowd_density):
    """Weidmann's fundamental diagram of pedestrians."""
    slowed = 1.0 - wp.exp(-1.913 * (1.0 / crowd_density - 1.0 / 6.1))
    crowd_speed = wp.max(top_speed * slowed, 0.0)
    return crowd_speed


def slowed_speed(top_speed, crowd_density, visibility):
    jam = 1.0 - crowd_density / 6.5
    crowd_speed = top_speed * wp.max(jam, 0.0) * wp.lerp(0.6, 1.0, visibility)
    return crowd_speed


def flow(crowd_density, crowd_speed):
    return crowd_density * crowd_speed


def greenshields(crowd_density, top_speed):
    """Greenshields' parabola of flow over density."""
    flow = top_speed * crowd_density * (1.0 - crowd_density / 6.2)
    return flow


def next_crowd_density(crowd_density, flow, max_crowd_density, dt):
    return wp.clamp(crowd_density - flow * dt, 0.0, max_crowd_density)


def time_to_goal(position, goal, top_speed, crowd_density):
    """Time to walk somewhere through a crowd."""
    slowed = wp.max(1.0 - crowd_density / 6.2, 0.05)
    return wp.length(goal - position) / (top_speed * slowed)


def reciprocal_velocity(position_a, position_b, velocity_a, velocity_b, radius_a, radius_b, sight):
    """Half of the change of velocity by which two agents avoid each other (ORCA)."""
    rel_pos = position_b - position_a
    rel_vel = velocity_a - velocity_b
    dist2 = wp.dot(rel_pos, rel_pos)
    r = radius_a + radius_b
    tau = 0.5 * sight
    w = rel_vel - rel_pos / tau
    w_len = wp.max(wp.length(w), 1.0e-4)
    along = wp.dot(w, rel_pos)
    avoidance = wp.vec2(0.0, 0.0)
    if dist2 <= r * r:
        n = w / w_len
        avoidance = 0.5 * (r / tau + 0.1) * n
    elif along < 0.0 and along * along > r * r * w_len * w_len:
        n = w / w_len
        avoidance = 0.5 * (r / tau - w_len) * n
    else:
        leg = wp.sqrt(dist2 - r * r)
        if rel_pos[0] * w[1] - rel_pos[1] * w[0] > 0.0:
            edge = wp.vec2(rel_pos[0] * leg - rel_pos[1] * r, rel_pos[0] * r + rel_pos[1] * leg) / dist2
        else:
            edge = -wp.vec2(rel_pos[0] * leg + rel_pos[1] * r, -rel_pos[0] * r + rel_pos[1] * leg) / dist2
        avoidance = 0.5 * (wp.dot(rel_vel, edge) * edge - rel_vel)
    return avoidance


def wall_steering(position, velocity, wall_start, wall_end, radius, social_range):
    """Repulsion from the nearest place of a wall, with friction along it on contact."""
    along = wall_end - wall_start
    t = wp.dot(position - wall_start, along) / wp.max(wp.dot(along, along), 1.0e-4)
    nearest = wall_start + wp.clamp(t, 0.0, 1.0) * along
    d = position - nearest
    dist = wp.max(wp.length(d), 1.0e-3)
    n = d / dist
    wall_push = 2.0 * wp.exp(wp.min((radius - dist) / social_range, 3.0)) * n
    overlap = radius - dist
    if overlap > 0.0:
        tangent = wp.vec2(-n[1], n[0])
        wall_push = wall_push + 12.0 * overlap * n - 2.4 * overlap * wp.dot(velocity, tangent) * tangent
    return wall_push


def door_choice(position, door_left, door_right, left_queue, right_queue, top_speed):
    """The exit that one gets out of first: 0 left, 1 right."""
    rate = 6.0
    left_time = wp.max(wp.length(door_left - position) / top_speed, float(left_queue) / rate)
    right_time = wp.max(wp.length(door_right - position) / top_speed, float(right_queue) / rate)
    if right_time + 0.5 < left_time:
        return 1
    return 0


def panic_state(crowd_density, seen_danger, neighbors_fleeing, patience):
    """Calm, alert or in panic, by what one sees and what the others do."""
    if seen_danger > 0.8:
        return 2
    level = 0.5 * seen_danger + 0.1 * float(neighbors_fleeing)
    if crowd_density > 4.0:
        level += 0.2
    if level > patience:
        return 2
    if level > 0.5 * patience:
        return 1
    return 0


def gap_heading(heading, clearances, view_angle):
    """Direction of the widest opening of a fan of distances, with a price on turning."""
    best = float(-1.0)
    pick = int(0)
    count = len(clearances)
    for n in range(count):
        off = wp.abs(float(2 * n + 1) / float(count) - 1.0)
        worth = clearances[n] * (1.0 - 0.3 * off)
        if worth > best:
            best = worth
            pick = n
    turn = (float(2 * pick + 1) / float(count) - 1.0) * view_angle
    open_heading = heading + turn
    return open_heading


def step_frequency(velocity, leg_length):
    """Steps per second from speed and leg length, walking or running by the Froude number."""
    speed = wp.length(velocity)
    froude = speed * speed / (9.81 * leg_length)
    if froude > 0.5:
        return 2.4 + 0.15 * speed
    return 0.9 * wp.sqrt(speed / leg_length + 0.01) + 0.6


def crowd_pressure(crowd_density, velocity_spread):
    """Helbing's crowd pressure."""
    return crowd_density * velocity_spread * velocity_spread
