"""Queues and choices: elevators, servers, waiting, options that people pick."""

import warp as wp

ENTITIES = "request server"
GROUPS = "building service"
LAUNCH = "1:8 2:2"
SUMMED = "queue_length"

QUANTITIES = """
blocking          | real  | result  | 0 1      | blocking p_block loss
floor_now         | int   | state   | 0 20     | current_floor floor_no
floor_goal        | int   | state   | 0 20     | call_floor dest_floor floor_goal
passengers        | int   | state   | 0 16     | passengers riders
elevator_cost     | int   | result  |          | elevator_cost cost call_cost
queue_length      | int   | state   | 0 40     | queue_len queue_length waiting
arrivals          | real  | group   | 0.1 0.9  | arrivals lam arrival_rate | 0.5
service           | real  | group   | 1 3      | service mu service_rate   | 1.0 2.0
utilization       | real  | result  | 0.03 0.9 | utilization rho_q load_factor
waiting_time      | real  | result  | 0 8      | waiting_time w_q
utilities         | reals | state   | -3 3     | utilities scores values_u
choice            | int   | result  |          | choice pick
first_share       | real  | result  | 0 1      | first_share p_first
service_spread    | real  | uniform | 0.2 1.5  | cv_service service_spread | 0.5 1.0
server_count      | int   | uniform | 1 6      | num_servers n_servers
erlang_wait       | real  | result  | 0 1      | p_wait erlang_c
room              | int   | uniform | 2 12     | room queue_room
finite_queue_loss | real  | result  | 0 1      | p_full loss_share
going_up          | bool  | state   |          | going_up is_up
stops_between     | int   | state   | 0 6      | stops_between n_stops
door_time         | real  | uniform | 4 10     | door_time t_door          | 6.0
look_ahead_time   | real  | result  | 0 80     | pickup_time look_ahead
sampled_waits     | real  | result  | 0 3      | mean_wait sim_wait
threshold         | real  | uniform | -1 2     | threshold good_enough     | 0.5 1.0
bounded_choice    | int   | result  |          | choice first_good
nest_scale        | real  | uniform | 0.3 1    | nest_scale mu_nest        | 0.5
nested_share      | real  | result  | 0 1      | nested_share p_nested
tokens            | real  | state   | 0 50     | tokens token_count
request_size      | real  | state   | 1 60     | request_size cost
fill_rate         | real  | group   | 5 50     | fill_rate refill          | 10.0
bucket_size       | real  | group   | 20 100   | bucket_size burst         | 50.0
attempt           | int   | state   | 0 6      | attempt retry_no
base_delay        | real  | uniform | 0.1 1    | base_delay t_base         | 0.1 0.5
backoff_delay     | real  | result  | 0 8      | delay backoff
waited            | real  | state   | 0 20     | waited wait_so_far
deadline          | real  | state   | 2 30     | deadline due
urgency           | real  | state   | 0 1      | urgency importance
priority_class    | int   | result  | 0 3      | priority prio_class
loads             | reals | state   | 0 50     | loads queue_loads
capacities        | reals | uniform | 10 60    | capacities caps
least_loaded      | int   | result  |          | target_server least_loaded
service_times     | reals | state   | 0.5 8    | service_times job_times
deadline_misses   | int   | result  |          | late_jobs misses
dt                | real  | uniform | 0.1 1    | dt time_step              | 0.5
"""


def elevator_cost(floor_now, floor_goal, passengers):
    travel = wp.abs(floor_goal - floor_now)
    return 2 * travel + passengers // 2


def nearest_elevator(floor_now, floor_goal, previous_floor_now, passengers):
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


def general_waiting(arrivals, service, service_spread):
    """Pollaczek-Khinchine formula."""
    rho = arrivals / service
    spread = service_spread * service_spread
    waiting_time = 0.5 * rho * (1.0 + spread) / (service * wp.max(1.0 - rho, 1.0e-6))
    return waiting_time


def blocking(arrivals, service):
    """Erlang's loss formula by its recursion over three servers."""
    offered = arrivals / service
    blocked = float(1.0)
    for n in range(1, 4):
        blocked = offered * blocked / (float(n) + offered * blocked)
    return blocked


def sampled_queue(queue_length, arrivals, service, dt, rng):
    """Random arrivals and departures of a time step."""
    arrived = int(wp.poisson(rng, arrivals * dt))
    served = int(wp.poisson(rng, service * dt))
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
    first_share = wp.exp(utilities[0] - top) / total
    return first_share


def erlang_wait(arrivals, service, server_count):
    """Chance to wait with several servers (Erlang C), by its recursion over servers."""
    offered = arrivals / service
    if offered >= float(server_count):
        return 1.0
    blocked = float(1.0)
    for n in range(1, server_count + 1):
        blocked = offered * blocked / (float(n) + offered * blocked)
    rho = offered / float(server_count)
    return blocked / (1.0 - rho * (1.0 - blocked))


def finite_queue_loss(arrivals, service, room):
    """Share of customers who find an M/M/1/K system full."""
    rho = arrivals / service
    power = float(1.0)
    total = float(0.0)
    for _ in range(room + 1):
        total += power
        power = power * rho
    return power / (rho * total)


def look_ahead_time(floor_now, floor_goal, going_up, stops_between, door_time):
    """Time of an elevator to a call: on its way, or after it has turned round."""
    distance = wp.abs(floor_goal - floor_now)
    on_way = (going_up and floor_goal >= floor_now) or (not going_up and floor_goal <= floor_now)
    if not on_way:
        if going_up:
            distance = (20 - floor_now) + (20 - floor_goal)
        else:
            distance = floor_now + floor_goal
    ride = 1.5 * float(distance)
    if distance > 4:
        ride = 6.0 + 0.8 * float(distance - 4)
    return ride + door_time * float(stops_between)


def sampled_waits(arrivals, service, rng):
    """Mean wait of twenty customers by Lindley's recursion."""
    wait = float(0.0)
    total = float(0.0)
    for _ in range(20):
        between = -wp.log(1.0 - wp.randf(rng) + 1.0e-6) / arrivals
        served = -wp.log(1.0 - wp.randf(rng) + 1.0e-6) / service
        wait = wp.max(wait + served - between, 0.0)
        total += wait
    return total / 20.0


def bounded_choice(utilities, threshold):
    """Satisficing: the first option that is good enough, else the best one."""
    best = int(0)
    for n in range(len(utilities)):
        if utilities[n] >= threshold:
            return n
        if utilities[n] > utilities[best]:
            best = n
    return best


def nested_share(utilities, nest_scale):
    """Nested logit: share of the first option, the first half of the options being alike."""
    half = (len(utilities) + 1) // 2
    near = float(0.0)
    for n in range(half):
        near += wp.exp(utilities[n] / nest_scale)
    far = float(1.0e-6)
    for n in range(half, len(utilities)):
        far += wp.exp(utilities[n] / nest_scale)
    near_worth = wp.pow(near, nest_scale)
    far_worth = wp.pow(far, nest_scale)
    inside = wp.exp(utilities[0] / nest_scale) / near
    return inside * near_worth / (near_worth + far_worth)


def token_bucket(tokens, request_size, fill_rate, bucket_size, dt):
    """Rate limiter: tokens after a request that is served only if there are enough."""
    filled = wp.min(tokens + fill_rate * dt, bucket_size)
    next_tokens = filled
    if request_size <= filled:
        next_tokens = filled - request_size
    return next_tokens


def backoff_delay(attempt, base_delay, max_base_delay, rng):
    """Exponential backoff with jitter."""
    delay = base_delay
    for _ in range(attempt):
        delay = 2.0 * delay
    capped = wp.min(delay, 8.0 * max_base_delay)
    return capped * (0.5 + 0.5 * wp.randf(rng))


def priority_class(waited, deadline, urgency):
    """Class of a request by how much of its time is left."""
    slack = deadline - waited
    if slack <= 0.0:
        return 0
    if urgency > 0.8 or slack < 0.2 * deadline:
        return 1
    if urgency > 0.4 or slack < 0.5 * deadline:
        return 2
    return 3


def least_loaded(loads, capacities):
    """Server with the smallest share of its capacity in use."""
    best = int(0)
    lowest = float(1.0e6)
    for n in range(wp.min(len(loads), len(capacities))):
        share = loads[n] / capacities[n]
        if share < lowest:
            lowest = share
            best = n
    return best


def deadline_misses(service_times, deadline):
    """How many of several jobs in a row end after their common deadline."""
    clock = float(0.0)
    late = int(0)
    for n in range(len(service_times)):
        clock += service_times[n]
        if clock > deadline:
            late += 1
    return late
