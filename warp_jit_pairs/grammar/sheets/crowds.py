"""Crowds: flocks, pedestrians, traffic, steering, the rules of games, elevators and queues."""

import warp as wp

ENTITIES = "agent unit actor character"
GROUPS = "team squad lane faction"
PAIRS = "encounter neighbor_pair contact"
LAUNCH = "1:9 2:1"
SUMMED = "health damage score queue_length gold"
OPPOSITE = "push repulsion"

QUANTITIES = """
position         | vec2  | state   | -2.5 2.5   | pos position xy
velocity         | vec2  | state   | -3 3       | vel velocity v
facing           | vec2  | result  | -1 1       | facing forward look_dir
acceleration     | vec2  | result  | -60 60     | accel acceleration a_cmd
steering         | vec2  | result  | -60 60     | steering steer steer_force
offset           | vec2  | result  | -5 5       | offset to_other delta
distance         | real  | result  | 0 7.1      | distance dist d_ij
heading          | real  | state   | -3.14 3.14 | heading yaw theta
turn_rate        | real  | group   | 0.5 4      | turn_rate max_turn omega_max      | 1.0 2.0
radius           | real  | state   | 0.3 0.8    | radius r_body body_radius
mass             | real  | state   | 40 100     | mass m_body
speed            | real  | state   | 0 5 | speed v_cur walk_speed
top_speed        | real  | group   | 1 6        | max_speed top_speed v_max         | 2.0 5.0
agility          | real  | group   | 0.5 10     | max_force agility max_accel       | 5.0 10.0
goal             | vec2  | state   | -2.5 2.5   | goal target_pos dest
center           | vec2  | group   | -1.5 1.5   | center flock_center centroid
flock_velocity   | vec2  | group   | -3 3       | mean_vel flock_velocity avg_vel
sight            | real  | uniform | 1 8        | sight view_radius perception      | 2.0 5.0
view_angle       | real  | uniform | 0.3 1.5    | view_angle half_fov               | 0.8 1.2
separation       | real  | uniform | 0.1 3      | separation w_sep sep_weight       | 1.5 1.0
alignment        | real  | uniform | 0.1 2      | alignment w_align align_weight    | 1.0 0.5
cohesion         | real  | uniform | 0.1 2      | cohesion w_coh coh_weight         | 1.0 0.3
repulsion        | vec2  | result  | -60 60     | repulsion f_rep avoid
push             | vec2  | result  | -4000 4000 | push f_contact contact_push
relaxation       | real  | uniform | 0.2 1.5    | relaxation tau relax_time         | 0.5
social_range     | real  | uniform | 0.3 2      | social_range b_range sigma        | 0.5 1.0
collision_time   | real  | result  | 0 10       | collision_time ttc
neighbor_sees    | bool  | result  |            | sees can_see in_view
crowd_density    | real  | state   | 0.1 6      | crowd_density rho density
flow             | real  | result  | 0 8        | flow flux q_flow
lane_position    | real  | state   | 0 500      | lane_position s_pos along
gap              | real  | state   | 1 150      | gap headway s_gap
lead_speed       | real  | state   | 0 35       | lead_speed v_lead v_front
car_speed        | real  | state   | 0 35       | car_speed v_car v_ego
cruise           | real  | group   | 10 35      | cruise v_desired v0               | 30.0 25.0
time_gap         | real  | group   | 0.8 2.5    | time_gap t_headway                | 1.5 1.0
min_spacing      | real  | uniform | 1 4        | min_spacing s0 jam_gap            | 2.0
throttle         | real  | group   | 0.5 3      | throttle a_max accel_max          | 1.0 1.5
comfort          | real  | group   | 1 4        | comfort b_comf decel              | 2.0 1.5
car_acceleration | real  | result  | -40 40 | car_acceleration a_car accel_long
stopping_distance | real | result  |            | stopping_distance d_stop brake_dist
wanted_gap       | real  | result  | 1 250      | wanted_gap s_star
lane_change      | bool  | result  |            | lane_change wants_change
politeness       | real  | uniform | 0.05 0.5   | politeness p_polite               | 0.2 0.3
health           | real  | state   | 0 200      | health hp hit_points
damage           | real  | result  | 0 150      | damage dmg hit
attack           | real  | state   | 5 60       | attack atk power
armor            | real  | state   | 0 80       | armor defense def_stat
critical         | real  | group   | 0.05 0.6   | crit_chance critical p_crit       | 0.1 0.25
shield           | real  | state   | 0 100      | shield barrier
cooldown         | real  | state   | -1 4       | cooldown reload cd_timer
alive            | bool  | result  |            | alive is_alive active
flees            | bool  | result  |            | flees is_fleeing routed
blocking         | real  | result  | 0 1        | blocking p_block loss
ready            | bool  | result  |            | ready can_fire can_act
hits             | bool  | result  |            | hits is_hit in_range
morale           | real  | state   | 0.05 1     | morale courage
threat           | real  | result  | 0 150      | threat threat_level danger
level            | int   | state   | 1 30       | level rank lvl
experience       | int   | state   | 0 4000     | experience xp exp_points
gold             | int   | state   | 0 500      | gold coins money
streak           | int   | state   | 0 12       | streak combo chain_count
score            | int   | result  |            | score points
rating           | real  | state   | 800 2400   | rating elo skill_rating
win_chance       | real  | result  | 0 1        | win_chance expected p_win
floor_now        | int   | state   | 0 20       | current_floor floor_no
floor_goal       | int   | state   | 0 20       | call_floor dest_floor floor_goal
passengers       | int   | state   | 0 16       | passengers load_count riders
elevator_cost    | int   | result  |            | elevator_cost cost call_cost
queue_length     | int   | state   | 0 40       | queue_len queue_length waiting
arrivals         | real  | group   | 0.1 0.9    | arrivals lam arrival_rate         | 0.5
service          | real  | group   | 1 3        | service mu service_rate           | 1.0 2.0
utilization      | real  | result  | 0.03 0.9   | utilization rho_q load_factor
waiting_time     | real  | result  |            | waiting_time wait w_q
utilities        | reals | state   | -3 3       | utilities scores values_u
choice           | int   | result  |            | choice best_action pick
dt               | real  | uniform | 0.01 0.1   | dt time_step                      | 0.02 0.05
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
    """Reynolds' seek behavior."""
    wanted = top_speed * wp.normalize(goal - position)
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


def smooth_separation(offset, distance, separation, sight):
    weight = 1.0 - wp.smoothstep(0.2 * sight, sight, distance)
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
    speed = wp.max(top_speed * slowed, 0.0)
    return speed


def slowed_speed(top_speed, crowd_density, morale):
    jam = 1.0 - crowd_density / 6.5
    speed = top_speed * wp.max(jam, 0.0) * wp.lerp(0.6, 1.0, morale)
    return speed


def flow(crowd_density, speed):
    return crowd_density * speed


def greenshields(crowd_density, top_speed):
    """Greenshields' parabola of flow over density."""
    flow = top_speed * crowd_density * (1.0 - crowd_density / 6.2)
    return flow


def next_crowd_density(crowd_density, flow, max_crowd_density, dt):
    return wp.clamp(crowd_density - flow * dt, 0.0, max_crowd_density)


def lane_gap(lane_position_a, lane_position_b, min_spacing):
    """Distance to who drives ahead on a ring, less a car's length."""
    ahead = lane_position_b - lane_position_a
    if ahead < 0.0:
        ahead = ahead + 500.0
    gap = wp.max(ahead - 5.0 - min_spacing, 1.0)
    return gap


def wanted_gap(car_speed, lead_speed, min_spacing, time_gap, throttle, comfort):
    closing = car_speed - lead_speed
    dynamic = car_speed * time_gap + 0.5 * car_speed * closing / wp.sqrt(throttle * comfort)
    return min_spacing + wp.max(dynamic, 0.0)


def intelligent_driver(car_speed, gap, wanted_gap, cruise, throttle):
    """Intelligent driver model of Treiber."""
    free_road = 1.0 - wp.pow(car_speed / cruise, 4.0)
    ratio = wanted_gap / gap
    car_acceleration = wp.max(throttle * (free_road - ratio * ratio), -9.0)
    return car_acceleration


def optimal_velocity(car_speed, gap, cruise, relaxation):
    """Bando's optimal velocity model."""
    v_opt = 0.5 * cruise * (wp.tanh(0.1 * (gap - 20.0)) + wp.tanh(2.0))
    car_acceleration = 0.5 * (v_opt - car_speed) / relaxation
    return car_acceleration


def gipps_speed(car_speed, lead_speed, gap, comfort, cruise, throttle):
    """Gipps' safe speed."""
    reaction = 0.7
    v_ratio = car_speed / cruise
    free = car_speed + 2.5 * throttle * reaction * (1.0 - v_ratio) * wp.sqrt(0.025 + v_ratio)
    braking = comfort * reaction
    root = braking * braking + comfort * (2.0 * gap - car_speed * reaction) + lead_speed * lead_speed
    safe = -braking + wp.sqrt(wp.max(root, 0.0))
    next_car_speed = wp.max(wp.min(free, safe), 0.0)
    return next_car_speed


def follow_leader(car_speed, lead_speed, gap, relaxation):
    """Gazis, Herman and Rothery's follow-the-leader model."""
    stimulus = lead_speed - car_speed
    car_acceleration = wp.clamp(12.0 * stimulus / (gap * relaxation), -9.0, 4.0)
    return car_acceleration


def nagel_schreckenberg(car_speed, gap, cruise, rng):
    """Nagel and Schreckenberg's cellular traffic, with a random slow-down."""
    v = wp.min(car_speed + 1.0, cruise)
    v = wp.min(v, gap)
    if wp.randf(rng) < 0.3:
        v = wp.max(v - 1.0, 0.0)
    next_car_speed = v
    return next_car_speed


def next_car_speed(car_speed, car_acceleration, dt):
    return wp.max(car_speed + car_acceleration * dt, 0.0)


def next_lane_position(lane_position, car_speed, dt):
    return wp.mod(lane_position + car_speed * dt, 500.0)


def lane_change(gap_a, gap_b, car_acceleration, comfort, politeness):
    """A lane change in the manner of MOBIL: worth it and safe."""
    gain = 0.1 * (gap_b - gap_a) - politeness * car_acceleration
    return gain > 0.2 and gap_b > 10.0 * comfort


def stopping_distance(car_speed, comfort, relaxation):
    return car_speed * relaxation + 0.5 * car_speed * car_speed / comfort


def damage(attack, armor):
    return attack * 100.0 / (100.0 + armor)


def flat_damage(attack, armor):
    damage = wp.max(attack - 0.5 * armor, 0.1 * attack)
    return damage


def critical_damage(attack, armor, critical, rng):
    """Damage with a spread and a chance to strike twice as hard."""
    base = attack * wp.randf(rng, 0.85, 1.15) - 0.4 * armor
    damage = wp.max(base, 1.0)
    if wp.randf(rng) < critical:
        damage = 2.0 * damage
    return damage


def falloff_damage(attack, distance, sight):
    damage = attack * (1.0 - wp.smoothstep(0.5 * sight, 1.5 * sight, distance))
    return damage


def flanking_damage(attack_a, armor_b, facing, offset):
    """More damage from behind."""
    behind = wp.dot(facing, wp.normalize(offset))
    bonus = 1.0 + 0.5 * wp.max(behind, 0.0)
    damage = wp.max(bonus * attack_a - 0.5 * armor_b, 1.0)
    return damage


def level_damage(attack, level_a, level_b):
    ratio = float(level_a - level_b) / 30.0
    damage = attack * (1.0 + 0.5 * ratio)
    return damage


def next_health(health, damage):
    return wp.max(health - damage, 0.0)


def shielded_health(health, shield, damage):
    """A shield takes what it can; the rest hurts."""
    absorbed = wp.min(shield, damage)
    next_shield = shield - absorbed
    next_health = wp.max(health - (damage - absorbed), 0.0)
    return next_health, next_shield


def regenerated_health(health, max_health, morale, dt):
    missing = wp.max(max_health - health, 0.0)
    next_health = health + 0.2 * morale * missing * dt
    return next_health


def alive(health, damage):
    return health > damage


def next_cooldown(cooldown, ready, max_cooldown, dt):
    if ready:
        return max_cooldown
    return wp.max(cooldown - dt, 0.0)


def ready(cooldown, morale):
    return cooldown <= 0.0 and morale > 0.2


def hits(distance, sight, radius):
    return distance - radius < sight


def circle_hits(position_a, position_b, radius_a, radius_b):
    reach = 1.5 * (radius_a + radius_b)
    hits = wp.length_sq(position_b - position_a) < reach * reach
    return hits


def accuracy_hits(distance, sight, rng):
    chance = 1.2 - 0.5 * distance / sight
    hits = wp.randf(rng) < chance
    return hits


def threat(damage, distance, health):
    weakness = 1.0 - 0.5 * wp.clamp(health / 100.0, 0.0, 1.0)
    return damage * weakness / (1.0 + 0.2 * distance)


def next_morale(morale, health, max_health, threat, dt):
    shaken = 0.02 * threat * (1.0 - 0.5 * wp.min(health / wp.max(max_health, 1.0), 1.0))
    return wp.clamp(morale + (0.1 - shaken) * dt, 0.0, 1.0)


def flees(morale, health, threat):
    return morale < 0.3 or health < threat


def level(experience):
    """Level from experience, by a square-root curve."""
    return wp.clamp(1 + int(wp.sqrt(float(experience) / 5.0)), 1, 30)


def leveled(level, experience):
    """Spends experience on levels, each dearer than the last."""
    next_level = int(level)
    left = int(experience)
    for _ in range(5):
        cost = 50 * next_level
        if left >= cost:
            left = left - cost
            next_level = next_level + 1
    return next_level


def experience_gain(level_a, level_b, streak):
    """Less experience from a weaker opponent."""
    base = 20 + 5 * level_b
    handicap = wp.clamp(10 + level_b - level_a, 1, 20)
    experience = base * handicap // 10 + 5 * wp.min(streak, 10)
    return experience


def score(gold, streak, level):
    multiplier = 1 + wp.min(streak, 8) // 2
    return 10 * level + gold * multiplier


def looted_gold(gold, level, rng):
    next_gold = gold + wp.randi(rng, 1, 7) + level // 2
    return next_gold


def next_streak(streak, hits):
    return streak + 1 if hits else 0


def win_chance(rating_a, rating_b):
    """Elo's expected score."""
    return 1.0 / (1.0 + wp.pow(10.0, (rating_b - rating_a) / 400.0))


def updated_rating(rating, win_chance, alive):
    """Elo's update of a rating."""
    result = 0.0
    if alive:
        result = 1.0
    k = 16.0 if rating > 2000.0 else 32.0
    next_rating = rating + k * (result - win_chance)
    return next_rating


def lanchester(attack_a, attack_b, health_a, health_b):
    """Lanchester's square law of two forces."""
    strength_a = attack_a * health_a * health_a
    strength_b = attack_b * health_b * health_b
    win_chance = strength_a / wp.max(strength_a + strength_b, 1.0e-6)
    return win_chance


def elevator_cost(floor_now, floor_goal, passengers):
    travel = wp.abs(floor_goal - floor_now)
    return 2 * travel + passengers // 2


def nearest_car(floor_now, floor_goal, previous_floor_now, passengers):
    """Nearest-car dispatch: suitability from direction and distance."""
    going = wp.clamp(floor_now - previous_floor_now, -1, 1)
    wanted = wp.clamp(floor_goal - floor_now, -1, 1)
    away = wp.abs(floor_goal - floor_now)
    elevator_cost = 20 + away
    if going == wanted:
        elevator_cost = away
    elif going == 0:
        elevator_cost = 2 + away
    if passengers >= 14:
        elevator_cost = elevator_cost + 40
    return elevator_cost


def next_floor_now(floor_now, floor_goal):
    return floor_now + wp.clamp(floor_goal - floor_now, -1, 1)


def boarded(passengers, queue_length, max_passengers):
    room = wp.max(max_passengers - passengers, 0)
    boarding = wp.min(room, queue_length)
    next_passengers = passengers + boarding
    next_queue_length = queue_length - boarding
    return next_passengers, next_queue_length


def utilization(arrivals, service):
    return arrivals / service


def waiting_time(utilization, service):
    """Mean wait in an M/M/1 queue."""
    return utilization / (service * (1.0 - utilization))


def general_waiting(arrivals, service, relaxation):
    """Pollaczek-Khinchine formula."""
    rho = arrivals / service
    spread = relaxation * relaxation
    waiting_time = 0.5 * rho * (1.0 + spread) / (service * wp.max(1.0 - rho, 1.0e-6))
    return waiting_time


def blocking(arrivals, service):
    """Erlang's loss formula by its recursion over three servers."""
    offered = arrivals / service
    blocked = float(1.0)
    for n in range(1, 4):
        blocked = offered * blocked / (float(n) + offered * blocked)
    return blocked


def sampled_queue(queue_length, arrivals, service, rng):
    arrived = int(wp.randf(rng) < arrivals)
    served = int(wp.randf(rng) * service)
    next_queue_length = wp.max(queue_length + arrived - served, 0)
    return next_queue_length


def choice(utilities):
    """The option of the greatest utility."""
    best = int(0)
    for n in range(1, len(utilities)):
        if utilities[n] > utilities[best]:
            best = n
    return best


def logit_choice(utilities, rng):
    """Multinomial logit: an option drawn by its share."""
    total = float(0.0)
    for n in range(len(utilities)):
        total = total + wp.exp(utilities[n])
    left = float(total * wp.randf(rng))
    choice = int(0)
    for n in range(len(utilities) - 1):
        left = left - wp.exp(utilities[n])
        if left > 0.0:
            choice = n + 1
    return choice


def first_chance(utilities):
    """Logit share of the first option."""
    top = float(utilities[0])
    for n in range(1, len(utilities)):
        top = wp.max(top, utilities[n])
    total = float(0.0)
    for n in range(len(utilities)):
        total = total + wp.exp(utilities[n] - top)
    win_chance = wp.exp(utilities[0] - top) / total
    return win_chance
