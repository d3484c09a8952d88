"""Agents that learn from rewards: values, policies, bandits, exploration, and the small worlds they train in."""

import warp as wp

ENTITIES = "env agent episode"
GROUPS = "worker policy scenario"
PAIRS = "game rivalry"
LAUNCH = "1:8 2:2"
SUMMED = "reward regret pull_count"
OPPOSITE = ""

QUANTITIES = """
reward             | real  | state   | -1 2       | reward rewards
action_value       | real  | state   | -2 3       | q_value action_value
state_value        | real  | state   | -2 3       | state_value v_s
next_state_value   | real  | state   | -2 3       | v_next next_value
discount           | real  | uniform | 0.5 0.99   | gamma discount | 0.99 0.9
terminal           | bool  | state   | 0 1        | done terminal
td_error           | real  | result  | -6 6       | td_error delta
value_rate         | real  | uniform | 0.01 0.5   | value_lr td_alpha | 0.1
eligibility        | real  | state   | 0 2        | eligibility trace_e
trace_decay        | real  | uniform | 0.3 0.95   | trace_decay lam | 0.9 0.95
value_gradient     | real  | state   | -2 2       | value_grad grad_v
visit_count        | int   | state   | 1 60       | visits visit_count
total_visits       | int   | state   | 60 400     | total_visits parent_visits
exploration        | real  | uniform | 0.2 2      | c_explore exploration | 1.0 1.4
replay_exponent    | real  | uniform | 0.3 1      | alpha_per replay_exponent | 0.6
replay_floor       | real  | uniform | 0.001 0.05 | min_priority replay_eps | 0.01
entropy_weight     | real  | uniform | 0.005 0.1  | ent_coef entropy_weight | 0.01 0.05
prior              | real  | state   | 0.05 0.9   | prior action_prior
bound              | real  | result  |            | bound ucb_score
replay_priority    | real  | result  | 0 10       | priority replay_priority
log_prob           | real  | state   | -2 -0.1    | log_prob logp
advantage          | real  | result  | -8 8       | adv advantage
policy_entropy     | real  | state   | 0 2        | entropy policy_ent
clip_range         | real  | uniform | 0.1 0.3    | clip_range clip_eps | 0.2
surrogate          | real  | result  | -8 8       | surrogate policy_obj
divergence         | real  | result  | 0 10       | kl divergence
value_loss         | real  | result  | 0 20       | value_loss critic_loss
rewards            | reals | state   | -1 2       | reward_row rewards
values             | reals | state   | -2 3       | value_row values
discounted_return  | real  | result  | -40 80     | episode_return discounted_return
action_values      | reals | state   | -2 3       | q_row action_values
chosen_action      | int   | result  | 0 20       | action chosen
random_rate        | real  | uniform | 0.05 0.4   | epsilon random_rate | 0.1
policy_temperature | real  | uniform | 0.3 2      | policy_temp tau_policy | 1.0
expected_value     | real  | result  | -2 3       | expected_q soft_value
successes          | int   | state   | 0 40       | successes wins
pull_count         | int   | state   | 1 60       | pulls pull_count
sampled_value      | real  | result  | -3 6       | sampled_value thompson
regret             | real  | result  | 0 6        | regret lost
importance         | real  | state   | 0.1 3      | rho importance
max_ratio          | real  | uniform | 0.8 2      | rho_bar clip_rho | 1.0
cart_position      | real  | state   | -2 2       | cart_pos x_cart
cart_velocity      | real  | state   | -2 2       | cart_vel x_dot
pole_angle         | real  | state   | -0.5 0.5   | pole_angle theta_pole
pole_rate          | real  | state   | -2 2       | pole_vel theta_rate
push               | real  | state   | -10 10     | push force_mag
pole_length        | real  | uniform | 0.3 1      | pole_length half_len | 0.5
cart_mass          | real  | uniform | 0.5 2      | cart_mass m_cart | 1.0
pole_mass          | real  | uniform | 0.05 0.3   | pole_mass m_pole | 0.1
dt                 | real  | uniform | 0.005 0.05 | dt time_step | 0.02
failed             | bool  | result  |            | fell failed
car_position       | real  | state   | -1.2 0.6   | car_pos position
car_velocity       | real  | state   | -0.07 0.07 | car_vel velocity
throttle           | int   | state   | 0 2        | throttle car_action
pendulum_angle     | real  | state   | -3.1 3.1   | theta pend_angle
pendulum_rate      | real  | state   | -8 8       | thdot pend_rate
torque             | real  | state   | -2 2       | torque u
cell_x             | int   | state   | 0 7        | cell_x gx
cell_y             | int   | state   | 0 7        | cell_y gy
heading            | int   | state   | 0 3        | move heading
grid_size          | int   | uniform | 4 8        | grid_size world_size | 8
goal_distance      | int   | result  | 0 30       | goal_dist steps_left
elo                | real  | state   | 800 2400   | elo rating
game_score         | real  | state   | 0 1        | game_score outcome
updated_value      | real  | result  | -12 15     | updated_value new_estimate
step_reward        | real  | result  | -18 1      | step_reward rew
track_limit        | real  | uniform | 1 3        | track_limit x_limit | 2.4
angle_limit        | real  | uniform | 0.1 0.5    | angle_limit theta_limit | 0.2095
"""


def td_error(reward, discount, next_state_value, state_value):
    """Temporal difference error."""
    return reward + discount * next_state_value - state_value


def masked_td_error(reward, discount, next_state_value, state_value, terminal):
    target = reward
    if not terminal:
        target = target + discount * next_state_value
    td_error = target - state_value
    return td_error


def state_value_update(state_value, td_error, value_rate):
    updated_value = state_value + value_rate * td_error
    return updated_value


def traced_state_value(state_value, td_error, eligibility, value_rate):
    """TD(lambda) update."""
    updated_value = state_value + value_rate * td_error * eligibility
    return updated_value


def next_eligibility(eligibility, discount, trace_decay, value_gradient):
    return discount * trace_decay * eligibility + value_gradient


def bandit_update(action_value, reward, pull_count):
    """Sample average, updated incrementally."""
    next_pull_count = pull_count + 1
    next_action_value = action_value + (reward - action_value) / float(next_pull_count)
    return next_action_value, next_pull_count


def ucb_bound(action_value, visit_count, total_visits, exploration):
    """UCB1 upper confidence bound."""
    n = float(visit_count)
    bound = action_value + exploration * wp.sqrt(2.0 * wp.log(1.0 + float(total_visits)) / n)
    return bound


def puct_bound(action_value, prior, visit_count, total_visits, exploration):
    """The selection rule of AlphaZero."""
    total = wp.sqrt(float(total_visits))
    bound = action_value + exploration * prior * total / (1.0 + float(visit_count))
    return bound


def replay_priority(td_error, replay_exponent, replay_floor):
    """Priority of prioritized experience replay."""
    return wp.pow(wp.abs(td_error) + replay_floor, replay_exponent)


def advantage(reward, next_state_value, state_value, discount, trace_decay, previous_advantage):
    """Generalized advantage estimation, one step backwards."""
    delta = reward + discount * next_state_value - state_value
    return delta + discount * trace_decay * previous_advantage


def clipped_surrogate(log_prob, previous_log_prob, advantage, clip_range):
    """PPO's clipped objective."""
    ratio = wp.exp(log_prob - previous_log_prob)
    clipped = wp.clamp(ratio, 1.0 - clip_range, 1.0 + clip_range)
    surrogate = wp.min(ratio * advantage, clipped * advantage)
    return surrogate


def policy_surrogate(log_prob, advantage, policy_entropy, entropy_weight):
    """Policy gradient with a bonus for entropy."""
    surrogate = log_prob * advantage + entropy_weight * policy_entropy
    return surrogate


def approximate_kl(log_prob, reference_log_prob):
    """Schulman's k3 estimator of the KL divergence."""
    log_ratio = reference_log_prob - log_prob
    divergence = wp.exp(log_ratio) - 1.0 - log_ratio
    return divergence


def value_loss(state_value, previous_state_value, discounted_return, clip_range):
    """Clipped loss of a critic."""
    moved = wp.clamp(state_value - previous_state_value, -clip_range, clip_range)
    e = state_value - discounted_return
    e_clipped = previous_state_value + moved - discounted_return
    return wp.min(0.5 * wp.max(e * e, e_clipped * e_clipped), 20.0)


def discounted_return(rewards, discount):
    """Return of an episode, from its end."""
    total = float(0.0)
    for n in range(len(rewards)):
        total = rewards[len(rewards) - 1 - n] + discount * total
    return total


def bootstrapped_return(rewards, next_state_value, discount, terminal):
    """Return over some steps, with the value of the state behind them."""
    total = float(0.0)
    if not terminal:
        total = next_state_value
    for n in range(len(rewards)):
        total = rewards[len(rewards) - 1 - n] + discount * total
    discounted_return = total
    return discounted_return


def lambda_advantage(rewards, values, discount, trace_decay):
    """Generalized advantage of the first step, by the recursion from the last."""
    steps = wp.min(len(rewards), len(values) - 1)
    adv = float(0.0)
    for n in range(steps):
        t = steps - 1 - n
        delta = rewards[t] + discount * values[t + 1] - values[t]
        adv = delta + discount * trace_decay * adv
    advantage = adv
    return advantage


def v_trace_value(rewards, values, importance, max_ratio, discount):
    """Target of V-trace when one ratio of policies holds for a segment."""
    rho = wp.min(importance, max_ratio)
    c = wp.min(importance, 1.0)
    correction = float(0.0)
    steps = wp.min(len(rewards), len(values) - 1)
    for n in range(steps):
        t = steps - 1 - n
        delta = rho * (rewards[t] + discount * values[t + 1] - values[t])
        correction = delta + discount * c * correction
    expected_value = values[0] + correction
    return expected_value


def greedy_action(action_values, random_rate, rng):
    """The best action, or sometimes any."""
    best = int(0)
    for n in range(1, len(action_values)):
        if action_values[n] > action_values[best]:
            best = n
    if wp.randf(rng) < random_rate:
        best = wp.randi(rng, 0, len(action_values))
    chosen_action = best
    return chosen_action


def softmax_action(action_values, policy_temperature, rng):
    """An action drawn by its Boltzmann weight."""
    peak = float(action_values[0])
    for n in range(1, len(action_values)):
        peak = wp.max(peak, action_values[n])
    norm = float(0.0)
    for n in range(len(action_values)):
        norm += wp.exp((action_values[n] - peak) / policy_temperature)
    left = norm * wp.randf(rng)
    picked = int(0)
    for n in range(len(action_values)):
        picked = n
        left -= wp.exp((action_values[n] - peak) / policy_temperature)
        if left <= 0.0:
            break
    chosen_action = picked
    return chosen_action


def softmax_value(action_values, policy_temperature):
    """Value of a state under a Boltzmann policy."""
    peak = float(action_values[0])
    for n in range(1, len(action_values)):
        peak = wp.max(peak, action_values[n])
    norm = float(0.0)
    total = float(0.0)
    for n in range(len(action_values)):
        w = wp.exp((action_values[n] - peak) / policy_temperature)
        norm += w
        total += w * action_values[n]
    expected_value = total / norm
    return expected_value


def greedy_policy_value(action_values, random_rate):
    """Value of a state when any action is taken now and then (expected SARSA)."""
    best = float(action_values[0])
    total = float(0.0)
    for n in range(len(action_values)):
        best = wp.max(best, action_values[n])
        total += action_values[n]
    mean = total / float(len(action_values))
    expected_value = (1.0 - random_rate) * best + random_rate * mean
    return expected_value


def thompson_value(action_value, pull_count, exploration, rng):
    """Sample of an arm's mean for Thompson sampling."""
    spread = exploration / wp.sqrt(1.0 + float(pull_count))
    sampled_value = action_value + spread * wp.randn(rng)
    return sampled_value


def bernoulli_bound(successes, pull_count, total_visits):
    """Upper bound of an arm's rate by its divergence (KL-UCB), found by bisection."""
    n = float(pull_count)
    p = wp.clamp(float(wp.min(successes, pull_count)) / n, 0.001, 0.999)
    room = wp.log(float(total_visits)) / n
    lo = p
    hi = float(0.9999)
    for _n in range(16):
        q = 0.5 * (lo + hi)
        d = p * wp.log(p / q) + (1.0 - p) * wp.log((1.0 - p) / (1.0 - q))
        if d > room:
            hi = q
        else:
            lo = q
    bound = 0.5 * (lo + hi)
    return bound


def regret(action_values, action_value):
    """What an action costs against the best one."""
    best = float(action_values[0])
    for n in range(1, len(action_values)):
        best = wp.max(best, action_values[n])
    return wp.max(best - action_value, 0.0)


def cart_pole_step(cart_position, cart_velocity, pole_angle, pole_rate, push, pole_length, cart_mass, pole_mass, dt):
    """Step of the cart-pole benchmark (Barto, Sutton and Anderson)."""
    total_mass = cart_mass + pole_mass
    s = wp.sin(pole_angle)
    c = wp.cos(pole_angle)
    pole_ml = pole_mass * pole_length
    temp = (push + pole_ml * pole_rate * pole_rate * s) / total_mass
    inertia = pole_length * (4.0 / 3.0 - pole_mass * c * c / total_mass)
    angle_acc = (9.81 * s - c * temp) / inertia
    cart_acc = temp - pole_ml * angle_acc * c / total_mass
    next_cart_velocity = cart_velocity + dt * cart_acc
    next_pole_rate = pole_rate + dt * angle_acc
    next_cart_position = cart_position + dt * next_cart_velocity
    next_pole_angle = pole_angle + dt * next_pole_rate
    return next_cart_position, next_cart_velocity, next_pole_angle, next_pole_rate


def failed(cart_position, pole_angle, track_limit, angle_limit):
    """Whether an episode of the cart-pole ends."""
    return wp.abs(cart_position) > track_limit or wp.abs(pole_angle) > angle_limit


def step_reward(cart_position, pole_angle, push):
    upright = wp.cos(pole_angle)
    centered = 0.05 * cart_position * cart_position
    return upright - centered - 0.001 * push * push


def mountain_car_step(car_position, car_velocity, throttle):
    """Step of the mountain car; it stops at the left wall."""
    accel = 0.001 * float(throttle - 1) - 0.0025 * wp.cos(3.0 * car_position)
    v = wp.clamp(car_velocity + accel, -0.07, 0.07)
    x = wp.clamp(car_position + v, -1.2, 0.6)
    if x <= -1.2 and v < 0.0:
        v = 0.0
    next_car_position = x
    next_car_velocity = v
    return next_car_position, next_car_velocity


def pendulum_step(pendulum_angle, pendulum_rate, torque, dt):
    """Step of the torque-limited pendulum."""
    u = wp.clamp(torque, -2.0, 2.0)
    accel = 15.0 * wp.sin(pendulum_angle) + 3.0 * u
    next_pendulum_rate = wp.clamp(pendulum_rate + dt * accel, -8.0, 8.0)
    turned = pendulum_angle + dt * next_pendulum_rate
    next_pendulum_angle = turned - wp.tau * wp.floor((turned + wp.pi) / wp.tau)
    return next_pendulum_angle, next_pendulum_rate


def pendulum_reward(pendulum_angle, pendulum_rate, torque):
    effort = 0.001 * torque * torque
    cost = pendulum_angle * pendulum_angle + 0.1 * pendulum_rate * pendulum_rate + effort
    step_reward = -cost
    return step_reward


def grid_step(cell_x, cell_y, heading, grid_size):
    """A move on a grid that ends at the walls."""
    x = cell_x
    y = cell_y
    if heading == 0:
        x += 1
    elif heading == 1:
        y += 1
    elif heading == 2:
        x -= 1
    else:
        y -= 1
    next_cell_x = wp.clamp(x, 0, grid_size - 1)
    next_cell_y = wp.clamp(y, 0, grid_size - 1)
    return next_cell_x, next_cell_y


def slippery_step(cell_x, heading, grid_size, rng):
    """A move along a row of ice: one time in three it goes the other way."""
    step = int(1)
    if heading >= 2:
        step = -1
    if wp.randf(rng) < 0.333:
        step = -step
    next_cell_x = wp.clamp(cell_x + step, 0, grid_size - 1)
    return next_cell_x


def goal_distance(cell_x, cell_y, grid_size):
    """Steps to the far corner."""
    return wp.abs(grid_size - 1 - cell_x) + wp.abs(grid_size - 1 - cell_y)


def elo_update(elo_a, elo_b, game_score_a):
    """Rating of a player after a game."""
    expected = 1.0 / (1.0 + wp.pow(10.0, (elo_b - elo_a) / 400.0))
    k = float(32.0)
    if elo_a > 2000.0:
        k = 16.0
    next_elo = elo_a + k * (game_score_a - expected)
    return next_elo
