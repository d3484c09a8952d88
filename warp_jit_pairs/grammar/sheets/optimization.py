"""Optimization: directions and step lengths, trust regions, constraints, proximal steps, annealing, swarms."""

import warp as wp

ENTITIES = "candidate iterate start agent problem"
GROUPS = "swarm island block"
PAIRS = "link edge mating"
LAUNCH = "1:9 2:1"
SUMMED = "objective penalty violation merit"
OPPOSITE = "pair_gradient"

QUANTITIES = """
iterate          | vec3  | state   | -1.5 1.5   | x iterate point
gradient         | vec3  | state   | -3 3       | grad g gradient
pair_gradient    | vec3  | result  |            | pair_grad coupling
direction        | vec3  | state   | -3 3       | direction d search_dir
displacement     | vec3  | state   | -2.7 2.7   | displacement dx s
curvature        | vec3  | state   | 0.3 4      | curvature diag_h h_diag
hessian          | mat33 | state   | -4 4       | hess hessian h
damping          | real  | state   | 0.05 1     | damping lam mu_lm
objective        | real  | state   | -2 15      | f_val objective cost
decrease         | real  | result  | -20 20     | decrease pred_red
slope            | real  | result  | -10 10     | slope dphi0 gtd
step_length      | real  | state   | 0.0001 2   | alpha step_length t
sufficient       | real  | uniform | 0.05 0.5   | c1 sufficient | 0.1 0.2
curvature_bound  | real  | uniform | 0.3 0.95   | c2 curvature_bound | 0.9 0.4
reflection       | real  | uniform | 0.5 2      | reflection rho_r | 1.0 2.0
relaxation       | real  | uniform | 1 1.9      | relax relaxation | 1.6 1.5
mutation         | real  | uniform | 0.05 0.5   | p_mut mutation | 0.1
shrink           | real  | uniform | 0.2 0.8    | shrink beta backtrack | 0.5 0.8
lower            | vec3  | uniform | -2 -0.5    | lower lo_bound lb
upper            | vec3  | uniform | 0.5 2      | upper hi_bound ub
center           | vec3  | group   | -1 1       | center x_c
radius           | real  | state   | 0.2 2      | trust_radius radius delta
gain_ratio       | real  | result  | -1 2       | ratio rho_k gain_ratio
normal           | vec3  | uniform | 0.2 1      | normal a_eq a
offset           | real  | uniform | -1 1       | offset b_eq b | 0.0 1.0
constraint       | real  | result  | -5 5       | c constraint c_val
violation        | real  | result  | 0 5        | violation viol
slack            | real  | state   | 0.05 3     | slack slacks
multiplier       | real  | state   | -2 2       | lam multiplier nu
penalty_weight   | real  | uniform | 0.5 20     | rho mu penalty_weight | 1.0 10.0
penalty          | real  | result  | -3 70      | penalty pen
barrier_weight   | real  | uniform | 0.01 1     | mu_bar barrier_weight | 0.1 0.01
merit            | real  | result  |            | merit phi_k
threshold        | real  | uniform | 0.05 1     | threshold kappa | 0.1 0.5
prox_center      | vec3  | state   | -3 3       | z prox_center consensus
dual             | vec3  | state   | -1 1       | u dual duals
mixture          | vec3  | state   | 0.1 1      | w mixture simplex_w
temperature      | real  | state   | 0.05 4     | temp temperature
cooling          | real  | uniform | 0.8 0.99   | cooling decay | 0.95 0.9
acceptance       | real  | result  | 0 1        | p_accept acceptance
accepted         | bool  | result  |            | accepted accept
velocity         | vec3  | state   | -1 1       | vel velocity
inertia          | real  | uniform | 0.3 0.95   | inertia omega | 0.7 0.9
attraction       | real  | uniform | 0.3 2      | c_att attraction | 1.5 0.5
best_iterate     | vec3  | state   | -3 3       | best_x p_best
leader           | vec3  | group   | -2 2       | leader g_best
best_objective   | real  | state   | -2 10      | best_f f_best
tolerance        | real  | uniform | 0.05 2     | tol tolerance | 0.1 0.5
converged        | bool  | result  |            | converged done
feasible         | bool  | result  |            | feasible inside
left             | real  | state   | -2 0       | left bracket_lo
right            | real  | state   | 0.2 2      | right bracket_hi
root             | real  | state   | -2 2       | root x0 guess
coefficients     | reals | state   | -1.5 1.5   | coeffs coefficients poly
polynomial       | real  | result  | -100 100   | p_val polynomial
derivative       | real  | result  | -260 260   | dp derivative
kernel_row       | reals | state   | 0.1 1.5    | kernel_row gibbs row
marginal         | real  | state   | 0.1 1      | marginal target_mass
scaling          | real  | result  |            | scaling u_scale
iteration        | int   | uniform | 1 100      | k iteration it | 10 50
conjugacy        | real  | result  | 0 30       | beta_cg conjugacy
genome           | uint  | state   | 0 65535    | genome genes bits
fitness          | real  | state   | 0 16       | fitness fit
utility          | vec3  | state   | 0.1 3      | utility payoffs
bid              | real  | result  |            | bid bids
confidence       | real  | state   | 0.1 1      | confidence trust_w
ball_radius      | real  | group   | 0.2 2      | ball_radius r_ball
cone_slope       | real  | uniform | 0.2 1      | cone_slope mu_cone | 0.5
barrier_switch   | real  | uniform | 0.05 1     | switch_slack barrier_switch | 0.1
huber_delta      | real  | uniform | 0.1 1      | huber_delta delta_h | 0.5
step_norm        | real  | result  | 0 8        | step_norm norm_s
gradient_norm    | real  | result  | 0 9        | grad_norm norm_g
line_accepted    | bool  | result  |            | armijo_ok line_ok
test_value       | real  | result  | 0 3200     | bench_val f_test
prox_point       | vec3  | result  | -3 3       | prox_point x_prox
centroid         | vec3  | group   | -1 1       | centroid x_centroid
inverse_hessian  | mat33 | state   | -1 1       | H_inv inv_hess
secant           | vec3  | state   | -2 2       | y_k grad_change
pair_step        | vec3  | state   | -2 2       | s_k last_step
quasi_direction  | vec3  | result  | -300 300   | p_k quasi_dir
curvature_pair   | real  | result  | -10 10     | s_dot_y curvature_pair
found_root       | real  | result  | -2 2       | x_star found_root
minimum          | real  | result  | -2 2       | x_min minimum
trust_step       | vec3  | result  | -2.5 2.5   | trust_step p_tr
box_solution     | vec3  | result  | -2 2       | x_box box_solution
linear_term      | vec3  | state   | -2 2       | c_lin linear_term
move_kind        | int   | result  | 0 4        | move_kind nm_case
reflected_value  | real  | state   | -2 15      | f_reflected f_r
worst_value      | real  | state   | -2 15      | f_worst worst_f
second_worst     | real  | state   | -2 15      | f_second second_worst
spread_of_search | real  | state   | 0.05 2     | sigma_es step_sigma
success_rate     | real  | state   | 0 1        | success_rate p_succ
primal_residual  | real  | state   | 0 4        | r_prim primal_res
dual_residual    | real  | state   | 0 4        | s_dual dual_res
rho              | real  | state   | 0.05 20    | rho_admm rho
max_step         | real  | result  | 0 1        | alpha_max max_step
weights          | reals | state   | 0.1 2      | item_weights weights
profits          | reals | state   | 0.1 2      | item_values profits
budget           | real  | uniform | 0.5 5      | budget capacity | 2.0
packed_profit    | real  | result  | 0 20       | packed_profit gained
perturbation     | real  | uniform | 0.05 0.5   | c_spsa perturbation | 0.1
noisy_gradient   | vec3  | result  | -20 20     | noisy_grad g_hat
jacobian_row     | vec3  | state   | -2 2       | jac_row J_row
test_gradient    | vec3  | result  | -3000 3000 | bench_grad g_test
"""


def sphere_objective(iterate, center):
    objective = wp.length_sq(iterate - center)
    return objective


def rosenbrock(iterate):
    """Rosenbrock's valley in three dimensions."""
    total = float(0.0)
    for n in range(2):
        a = iterate[n + 1] - iterate[n] * iterate[n]
        b = 1.0 - iterate[n]
        total += 100.0 * a * a + b * b
    test_value = total
    return test_value


def rastrigin(iterate):
    """Rastrigin's function."""
    test_value = float(30.0)
    for n in range(3):
        test_value += iterate[n] * iterate[n] - 10.0 * wp.cos(wp.tau * iterate[n])
    return test_value


def ackley(iterate):
    """Ackley's function."""
    mean_sq = wp.length_sq(iterate) / 3.0
    waves = (wp.cos(wp.tau * iterate[0]) + wp.cos(wp.tau * iterate[1]) + wp.cos(wp.tau * iterate[2])) / 3.0
    test_value = 22.71829 - 20.0 * wp.exp(-0.2 * wp.sqrt(mean_sq)) - wp.exp(waves)
    return test_value


def quadratic_objective(iterate, hessian, gradient):
    objective = 0.5 * wp.dot(iterate, hessian * iterate) + wp.dot(gradient, iterate)
    return objective


def quadratic_gradient(iterate, curvature, center):
    gradient = wp.cw_mul(curvature, iterate - center)
    return gradient


def gauss_newton_hessian(jacobian_row, damping):
    """Model of the Hessian of one residual, kept regular."""
    hessian = wp.outer(jacobian_row, jacobian_row) + damping * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    return hessian


def bfgs_hessian(hessian, displacement, gradient, previous_gradient):
    """Symmetric rank-one update, skipped when its denominator is small."""
    residual = gradient - previous_gradient - hessian * displacement
    denom = wp.dot(residual, displacement)
    next_hessian = hessian
    if wp.abs(denom) > 0.1 * wp.length(residual) * wp.length(displacement):
        next_hessian = hessian + wp.outer(residual, residual) / denom
    return next_hessian


def iterate_rate(gradient, curvature):
    """Preconditioned gradient flow."""
    return -wp.cw_div(gradient, curvature)


def normalized_direction(gradient):
    direction = -wp.normalize(gradient)
    return direction


def newton_direction(gradient, hessian):
    """Newton's direction, or steepest descent where the Hessian is nearly singular."""
    if wp.abs(wp.determinant(hessian)) < 0.5:
        return -gradient
    newton = wp.inverse(hessian) * gradient
    direction = -newton / wp.max(wp.length(newton), 1.0)
    return direction


def preconditioned_direction(gradient, curvature, damping):
    """Levenberg-Marquardt with a diagonal Hessian."""
    direction = -wp.cw_div(gradient, curvature + wp.vec3(damping, damping, damping))
    return direction


def conjugate_direction(gradient, direction, conjugacy):
    next_direction = conjugacy * direction - gradient
    return next_direction


def fletcher_reeves(gradient, previous_gradient):
    conjugacy = wp.length_sq(gradient) / wp.max(wp.length_sq(previous_gradient), 1.0e-6)
    return conjugacy


def polak_ribiere(gradient, previous_gradient):
    """Polak-Ribiere with automatic restart."""
    y = gradient - previous_gradient
    denom = wp.max(wp.length_sq(previous_gradient), 1.0e-6)
    conjugacy = wp.max(wp.dot(gradient, y) / denom, 0.0)
    return conjugacy


def slope(gradient, direction):
    return wp.dot(gradient, direction)


def displacement(step_length, direction):
    return step_length * direction


def next_iterate(iterate, displacement):
    return iterate + displacement


def descent_step(iterate, gradient, step_length):
    next_iterate = iterate - step_length * gradient
    return next_iterate


def heavy_ball_step(iterate, previous_iterate, gradient, step_length, inertia):
    """Polyak's heavy ball."""
    next_iterate = iterate - step_length * gradient + inertia * (iterate - previous_iterate)
    return next_iterate


def projected_step(iterate, gradient, step_length, lower, upper):
    moved = iterate - step_length * gradient
    next_iterate = wp.min(wp.max(moved, lower), upper)
    return next_iterate


def capped_displacement(displacement, radius):
    """Shortens a displacement to the trust radius."""
    size = wp.length(displacement)
    if size <= radius:
        return displacement
    next_displacement = displacement * (radius / size)
    return next_displacement


def coordinate_step(iterate, gradient, curvature):
    """Exact minimization along the coordinate with the steepest gradient."""
    n = int(wp.argmax(wp.abs(gradient)))
    next_iterate = wp.vec3(iterate)
    next_iterate[n] = iterate[n] - gradient[n] / curvature[n]
    return next_iterate


def armijo_accepted(objective, previous_objective, sufficient, step_length, slope):
    """Armijo's condition of sufficient decrease."""
    line_accepted = objective <= previous_objective + sufficient * step_length * slope
    return line_accepted


def wolfe_accepted(gradient, previous_gradient, direction, curvature_bound):
    """The strong curvature condition of Wolfe."""
    new_slope = wp.dot(gradient, direction)
    old_slope = wp.dot(previous_gradient, direction)
    line_accepted = wp.abs(new_slope) <= curvature_bound * wp.abs(old_slope)
    return line_accepted


def backtracked_length(step_length, shrink, line_accepted):
    next_step_length = step_length if line_accepted else shrink * step_length
    return next_step_length


def interpolated_length(step_length, slope, objective, previous_objective):
    """Minimizer of the parabola through two values and a slope."""
    denom = 2.0 * (objective - previous_objective - slope * step_length)
    if denom < 1.0e-3:
        return step_length
    trial = -slope * step_length * step_length / denom
    next_step_length = wp.clamp(trial, 0.1 * step_length, 2.0 * step_length)
    return next_step_length


def barzilai_borwein_length(displacement, gradient, previous_gradient):
    """Spectral step length of Barzilai and Borwein."""
    y = gradient - previous_gradient
    sy = wp.dot(displacement, y)
    step_length = float(0.1)
    if sy > 1.0e-3:
        step_length = wp.clamp(wp.dot(displacement, displacement) / sy, 0.01, 5.0)
    return step_length


def exact_length(gradient, curvature):
    weighted = wp.dot(gradient, wp.cw_mul(curvature, gradient))
    step_length = wp.dot(gradient, gradient) / wp.max(weighted, 1.0e-6)
    return step_length


def polyak_length(objective, best_objective, gradient):
    gap = wp.max(objective - best_objective, 0.0)
    step_length = wp.clamp(gap / (wp.length_sq(gradient) + 0.1), 0.01, 5.0)
    return step_length


def decayed_length(initial_step_length, iteration, shrink):
    step_length = wp.max(initial_step_length / (1.0 + shrink * wp.sqrt(float(iteration))), 1.0e-4)
    return step_length


def model_decrease(gradient, displacement, curvature):
    """Decrease that the quadratic model predicts."""
    quad = 0.5 * wp.dot(displacement, wp.cw_mul(curvature, displacement))
    decrease = -wp.dot(gradient, displacement) - quad
    return decrease


def gain_ratio(objective, previous_objective, decrease):
    return wp.clamp((previous_objective - objective) / wp.max(wp.abs(decrease), 1.0e-6), -5.0, 5.0)


def next_radius(radius, gain_ratio, displacement, max_radius):
    """Update of the trust radius."""
    if gain_ratio < 0.25:
        return 0.25 * radius
    grown = radius
    if gain_ratio > 0.75 and wp.length(displacement) > 0.9 * radius:
        grown = wp.min(2.0 * radius, max_radius)
    return grown


def cauchy_displacement(gradient, curvature, radius):
    """Cauchy point of the trust region."""
    size = wp.max(wp.length(gradient), 1.0e-6)
    quad = wp.dot(gradient, wp.cw_mul(curvature, gradient))
    tau = wp.min(size * size * size / wp.max(radius * quad, 1.0e-6), 1.0)
    displacement = -(tau * radius / size) * gradient
    return displacement


def dogleg_displacement(gradient, curvature, radius):
    """Powell's dogleg between the Cauchy point and Newton's."""
    newton = -wp.cw_div(gradient, curvature)
    if wp.length(newton) <= radius:
        return newton
    gg = wp.dot(gradient, gradient)
    cauchy = -gradient * (gg / wp.max(wp.dot(gradient, wp.cw_mul(curvature, gradient)), 1.0e-6))
    size = wp.length(cauchy)
    if size >= radius:
        return cauchy * (radius / size)
    leg = newton - cauchy
    a = wp.max(wp.dot(leg, leg), 1.0e-6)
    b = wp.dot(cauchy, leg)
    c = size * size - radius * radius
    tau = (-b + wp.sqrt(wp.max(b * b - a * c, 0.0))) / a
    displacement = cauchy + tau * leg
    return displacement


def damping_update(damping, gain_ratio):
    """Nielsen's rule for Levenberg-Marquardt."""
    t = 2.0 * gain_ratio - 1.0
    next_damping = damping * wp.clamp(1.0 - t * t * t, 1.0 / 3.0, 2.0)
    return next_damping


def constraint(normal, iterate, offset):
    return wp.dot(normal, iterate) - offset


def ball_constraint(iterate, center, ball_radius):
    constraint = wp.length_sq(iterate - center) - ball_radius * ball_radius
    return constraint


def violation(constraint):
    return wp.max(constraint, 0.0)


def box_violation(iterate, lower, upper):
    excess = wp.max(lower - iterate, iterate - upper)
    violation = wp.max(excess[0], 0.0) + wp.max(excess[1], 0.0) + wp.max(excess[2], 0.0)
    return violation


def quadratic_penalty(violation, penalty_weight):
    penalty = 0.5 * penalty_weight * violation * violation
    return penalty


def exact_penalty(constraint, penalty_weight, slack):
    penalty = penalty_weight * wp.abs(constraint + slack)
    return penalty


def log_barrier(slack, barrier_weight):
    penalty = -barrier_weight * wp.log(slack)
    return penalty


def relaxed_barrier(slack, barrier_weight, barrier_switch):
    """Logarithmic barrier, continued by a parabola near the boundary."""
    if slack > barrier_switch:
        return -barrier_weight * wp.log(slack)
    z = (slack - 2.0 * barrier_switch) / barrier_switch
    penalty = barrier_weight * (0.5 * (z * z - 1.0) - wp.log(barrier_switch))
    return penalty


def augmented_lagrangian(objective, constraint, multiplier, penalty_weight):
    merit = objective + multiplier * constraint + 0.5 * penalty_weight * constraint * constraint
    return merit


def inequality_lagrangian(objective, constraint, multiplier, penalty_weight):
    """Augmented Lagrangian of an inequality (Rockafellar)."""
    shifted = wp.max(multiplier + penalty_weight * constraint, 0.0)
    merit = objective + (shifted * shifted - multiplier * multiplier) / (2.0 * penalty_weight)
    return merit


def penalized_merit(objective, penalty):
    merit = objective + penalty
    return merit


def next_multiplier(multiplier, constraint, penalty_weight):
    return wp.max(multiplier + penalty_weight * constraint, 0.0)


def interior_slack(slack, multiplier, barrier_weight, step_length):
    """Step towards complementarity; keeps a slack positive."""
    change = barrier_weight / slack - multiplier
    trial = slack + step_length * change
    next_slack = wp.max(trial, 0.005 * slack)
    return next_slack


def lagrangian_gradient(gradient, multiplier, normal):
    next_gradient = gradient + multiplier * normal
    return next_gradient


def halfspace_projection(iterate, normal, offset):
    excess = wp.dot(normal, iterate) - offset
    next_iterate = iterate
    if excess > 0.0:
        next_iterate = iterate - normal * (excess / wp.dot(normal, normal))
    return next_iterate


def ball_projection(iterate, center, ball_radius):
    d = iterate - center
    next_iterate = center + d * (ball_radius / wp.max(wp.length(d), ball_radius))
    return next_iterate


def cone_projection(iterate, cone_slope):
    """Projection onto a second-order cone around the last axis."""
    r = wp.sqrt(iterate[0] * iterate[0] + iterate[1] * iterate[1])
    h = iterate[2] / cone_slope
    if r <= h:
        return iterate
    if r <= -h:
        return wp.vec3(0.0, 0.0, 0.0)
    k = 0.5 * (1.0 + h / r)
    next_iterate = wp.vec3(k * iterate[0], k * iterate[1], k * r * cone_slope)
    return next_iterate


def simplex_projection(iterate):
    """Projection onto the unit simplex by bisection on the shift."""
    lo = float(wp.min(iterate) - 1.0)
    hi = float(wp.max(iterate))
    for _n in range(24):
        shift = 0.5 * (lo + hi)
        total = wp.max(iterate[0] - shift, 0.0) + wp.max(iterate[1] - shift, 0.0) + wp.max(iterate[2] - shift, 0.0)
        if total > 1.0:
            lo = shift
        else:
            hi = shift
    next_iterate = wp.max(iterate - wp.vec3(hi, hi, hi), wp.vec3(0.0, 0.0, 0.0))
    return next_iterate


def soft_threshold(prox_center, threshold):
    """Proximal operator of the l1 norm."""
    shrunk = wp.max(wp.abs(prox_center) - wp.vec3(threshold, threshold, threshold), wp.vec3(0.0, 0.0, 0.0))
    prox_point = wp.cw_mul(wp.sign(prox_center), shrunk)
    return prox_point


def group_threshold(prox_center, threshold):
    """Proximal operator of the Euclidean norm."""
    size = wp.max(wp.length(prox_center), 1.0e-6)
    prox_point = wp.max(1.0 - threshold / size, 0.0) * prox_center
    return prox_point


def quadratic_prox(prox_center, center, curvature, step_length):
    scaled = step_length * curvature
    prox_point = wp.cw_div(prox_center + wp.cw_mul(scaled, center), wp.vec3(1.0, 1.0, 1.0) + scaled)
    return prox_point


def barrier_prox(prox_center, barrier_weight):
    """Proximal operator of the logarithmic barrier."""
    prox_point = wp.vec3(0.0, 0.0, 0.0)
    for n in range(3):
        z = prox_center[n]
        prox_point[n] = 0.5 * (z + wp.sqrt(z * z + 4.0 * barrier_weight))
    return prox_point


def dual_update(dual, iterate, prox_center):
    """Scaled dual update of ADMM."""
    next_dual = dual + iterate - prox_center
    return next_dual


def overrelaxed_center(iterate, prox_center, dual, relaxation):
    """Consensus variable of over-relaxed ADMM."""
    relaxed = relaxation * iterate + (1.0 - relaxation) * prox_center
    next_prox_center = relaxed + dual
    return next_prox_center


def mirror_step(mixture, gradient, step_length):
    """Exponentiated gradient on the simplex."""
    u = wp.vec3(
        mixture[0] * wp.exp(-step_length * gradient[0]),
        mixture[1] * wp.exp(-step_length * gradient[1]),
        mixture[2] * wp.exp(-step_length * gradient[2]),
    )
    next_mixture = u / wp.max(u[0] + u[1] + u[2], 1.0e-6)
    return next_mixture


def frank_wolfe_step(mixture, gradient, iteration):
    """Moves towards the best vertex of the simplex."""
    gamma = 2.0 / (float(iteration) + 2.0)
    vertex = wp.vec3(0.0, 0.0, 0.0)
    vertex[int(wp.argmin(gradient))] = 1.0
    next_mixture = wp.lerp(mixture, vertex, gamma)
    return next_mixture


def consensus_gradient(iterate_a, iterate_b, penalty_weight):
    pair_gradient = penalty_weight * (iterate_a - iterate_b)
    return pair_gradient


def gossip_iterate(iterate_a, iterate_b, confidence_a, confidence_b):
    """Average of two agents, weighted by their confidence."""
    iterate = (confidence_a * iterate_a + confidence_b * iterate_b) / (confidence_a + confidence_b)
    return iterate


def dominating(objective_a, objective_b, constraint_a, constraint_b):
    """Deb's rules for comparing two candidates."""
    accepted = objective_a <= objective_b
    if constraint_a > 0.0 or constraint_b > 0.0:
        accepted = wp.max(constraint_a, 0.0) <= wp.max(constraint_b, 0.0)
    return accepted


def acceptance(objective, previous_objective, temperature):
    """Metropolis criterion of simulated annealing."""
    rise = wp.max(objective - previous_objective, 0.0)
    return wp.exp(-rise / temperature)


def annealed(acceptance, rng):
    accepted = wp.randf(rng) < acceptance
    return accepted


def next_temperature(temperature, cooling):
    return cooling * temperature


def lundy_mees_cooling(temperature, shrink):
    """Cooling schedule of Lundy and Mees."""
    next_temperature = temperature / (1.0 + shrink * temperature)
    return next_temperature


def neighbor_iterate(iterate, temperature, lower, upper, rng):
    """A move that shrinks as the temperature falls."""
    spread = 0.2 * wp.sqrt(temperature)
    trial = iterate + spread * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_iterate = wp.max(wp.min(trial, upper), lower)
    return next_iterate


def next_velocity(velocity, iterate, best_iterate, leader, inertia, attraction, rng):
    """Particle swarm velocity."""
    r1 = attraction * wp.randf(rng)
    r2 = attraction * wp.randf(rng)
    return inertia * velocity + r1 * (best_iterate - iterate) + r2 * (leader - iterate)


def swarm_step(iterate, velocity, lower, upper):
    """Reflects a velocity off the box it leaves."""
    next_iterate = iterate + velocity
    next_velocity = velocity
    for n in range(3):
        if next_iterate[n] < lower[n]:
            next_iterate[n] = lower[n]
            next_velocity[n] = -0.5 * velocity[n]
        elif next_iterate[n] > upper[n]:
            next_iterate[n] = upper[n]
            next_velocity[n] = -0.5 * velocity[n]
    return next_iterate, next_velocity


def best_update(iterate, objective, best_iterate, best_objective):
    next_best_iterate = best_iterate
    next_best_objective = best_objective
    if objective < best_objective:
        next_best_iterate = iterate
        next_best_objective = objective
    return next_best_iterate, next_best_objective


def differential_displacement(iterate_a, iterate_b, best_iterate_a, attraction):
    """Differential evolution towards the best."""
    pull = best_iterate_a - iterate_a
    displacement = attraction * pull + 0.5 * (iterate_b - iterate_a)
    return displacement


def reflected_iterate(iterate, centroid, reflection):
    """Reflection of the worst vertex in the Nelder-Mead simplex."""
    next_iterate = centroid + reflection * (centroid - iterate)
    return next_iterate


def converged(gradient, tolerance):
    return wp.length(gradient) < tolerance


def stalled(objective, previous_objective, tolerance):
    converged = wp.abs(objective - previous_objective) <= tolerance * (1.0 + wp.abs(objective))
    return converged


def feasible(iterate, lower, upper):
    return wp.min(iterate - lower) >= 0.0 and wp.min(upper - iterate) >= 0.0


def polynomial(coefficients, root):
    """Horner's scheme."""
    total = float(0.0)
    for n in range(len(coefficients)):
        total = total * root + coefficients[n]
    return total


def polynomial_derivative(coefficients, root):
    p = float(0.0)
    dp = float(0.0)
    for n in range(len(coefficients)):
        dp = dp * root + p
        p = p * root + coefficients[n]
    polynomial = p
    derivative = dp
    return polynomial, derivative


def newton_root(root, polynomial, derivative):
    """Newton's method, damped where the derivative vanishes."""
    m = derivative
    if wp.abs(m) < 0.1:
        m = 0.1
    next_root = root - wp.clamp(polynomial / m, -1.0, 1.0)
    return next_root


def bisected_bracket(left, right, polynomial):
    """Keeps the half in which the sign changes."""
    middle = 0.5 * (left + right)
    next_left = left
    next_right = right
    if polynomial < 0.0:
        next_left = middle
    else:
        next_right = middle
    return next_left, next_right


def golden_root(left, right):
    """Inner point of a golden-section search."""
    root = right - 0.618034 * (right - left)
    return root


def scaling(marginal, kernel_row):
    """One row of a Sinkhorn iteration."""
    total = float(0.0)
    for n in range(len(kernel_row)):
        total += kernel_row[n]
    return marginal / wp.max(total, 1.0e-6)


def crossed_genome(genome_a, genome_b, rng):
    """Single-point crossover of two bit strings."""
    cut = wp.uint32(wp.randi(rng, 1, 16))
    mask = (wp.uint32(1) << cut) - wp.uint32(1)
    genome = (genome_a & mask) | (genome_b & ~mask)
    return genome


def mutated_genome(genome, mutation, rng):
    next_genome = genome
    if wp.randf(rng) < mutation:
        bit = wp.uint32(wp.randi(rng, 0, 16))
        next_genome = genome ^ (wp.uint32(1) << bit)
    return next_genome


def one_max_fitness(genome):
    fitness = float(wp.bit_count(genome))
    return fitness


def tournament_genome(genome_a, genome_b, fitness_a, fitness_b):
    genome = genome_b
    if fitness_a >= fitness_b:
        genome = genome_a
    return genome


def auction_bid(utility, tolerance):
    """Bid of the auction algorithm: the margin over the second best."""
    best = wp.max(utility)
    n = int(wp.argmax(utility))
    second = float(-10.0)
    for m in range(3):
        if m != n:
            second = wp.max(second, utility[m])
    bid = best - second + tolerance
    return bid


def huber_step_norm(displacement, huber_delta):
    """Huber norm of a step."""
    step_norm = wp.norm_huber(displacement, huber_delta)
    return step_norm


def pseudo_huber_step_norm(displacement, huber_delta):
    """Pseudo-Huber norm of a step."""
    step_norm = wp.norm_pseudo_huber(displacement, huber_delta)
    return step_norm


def smoothed_descent(gradient, threshold):
    """Steepest descent whose direction fades near a stationary point."""
    direction = -wp.smooth_normalize(gradient, threshold)
    return direction


def linear_gain_ratio(objective, previous_objective, slope, step_length):
    """Ratio of achieved to linearly predicted decrease, by an approximate division."""
    predicted = wp.max(wp.abs(slope) * step_length, 1.0e-3)
    gain_ratio = wp.clamp(wp.div_approx(previous_objective - objective, predicted), -1.0, 2.0)
    return gain_ratio


def gradient_norm(gradient):
    return wp.norm_l2(gradient)


def gradient_l1_norm(gradient):
    gradient_norm = wp.norm_l1(gradient)
    return gradient_norm


def griewank(iterate):
    """Griewank's function on an interval thirty times as wide."""
    total = float(0.0)
    product = float(1.0)
    for n in range(3):
        x = 30.0 * iterate[n]
        total += x * x / 4000.0
        product *= wp.cos(x / wp.sqrt(float(n + 1)))
    test_value = wp.max(total - product + 1.0, 0.0)
    return test_value


def himmelblau(iterate):
    x = 4.0 * iterate[0]
    y = 4.0 * iterate[1]
    a = x * x + y - 11.0
    b = x + y * y - 7.0
    test_value = a * a + b * b
    return test_value


def levy(iterate):
    """Levy's function in three dimensions."""
    w0 = 1.0 + 0.25 * (iterate[0] - 1.0)
    s = wp.sin(wp.pi * w0)
    total = s * s
    for n in range(2):
        w = 1.0 + 0.25 * (iterate[n] - 1.0)
        wave = wp.sin(wp.pi * w + 1.0)
        total += (w - 1.0) * (w - 1.0) * (1.0 + 10.0 * wave * wave)
    last = 1.0 + 0.25 * (iterate[2] - 1.0)
    tip = wp.sin(wp.tau * last)
    test_value = total + (last - 1.0) * (last - 1.0) * (1.0 + tip * tip)
    return test_value


def curvature_pair(pair_step, secant):
    return wp.dot(pair_step, secant)


def inverse_update(inverse_hessian, pair_step, secant):
    """BFGS update of an inverse Hessian, skipped where the curvature is not positive."""
    sy = wp.dot(pair_step, secant)
    if sy < 0.05 * wp.length(pair_step) * wp.length(secant) or sy < 0.01:
        return inverse_hessian
    rho = 1.0 / sy
    V = wp.diag(wp.vec3(1.0, 1.0, 1.0)) - rho * wp.outer(secant, pair_step)
    next_inverse_hessian = wp.transpose(V) * inverse_hessian * V + rho * wp.outer(pair_step, pair_step)
    return next_inverse_hessian


def quasi_direction(gradient, pair_step, secant):
    """Two-loop recursion of L-BFGS with one pair."""
    sy = wp.dot(pair_step, secant)
    yy = wp.dot(secant, secant)
    if sy < 0.05 or yy < 1.0e-6:
        return -gradient
    rho = 1.0 / sy
    alpha = rho * wp.dot(pair_step, gradient)
    q = gradient - alpha * secant
    r = sy / yy * q
    beta = rho * wp.dot(secant, r)
    return -(r + (alpha - beta) * pair_step)


def trust_step(gradient, curvature, radius):
    """Step of a trust region with a diagonal model, by Newton's method on the secular equation."""
    step = -wp.cw_div(gradient, curvature)
    if wp.length(step) <= radius:
        return step
    lam = float(0.0)
    for _n in range(8):
        shifted = curvature + wp.vec3(lam, lam, lam)
        step = -wp.cw_div(gradient, shifted)
        size = wp.length(step)
        if wp.abs(size - radius) < 1.0e-3 * radius:
            break
        slope = wp.dot(step, wp.cw_div(step, shifted))
        lam = wp.max(lam + size * size / wp.max(slope, 1.0e-6) * (size - radius) / (radius * size), 0.0)
    return step


def box_solution(hessian, linear_term, lower, upper):
    """Quadratic program in a box by projected coordinate descent."""
    H = hessian * wp.transpose(hessian) + wp.diag(wp.vec3(0.5, 0.5, 0.5))
    x = 0.5 * (lower + upper)
    for _n in range(6):
        moved = float(0.0)
        for i in range(3):
            g = wp.dot(H[i], x) + linear_term[i]
            target = wp.clamp(x[i] - g / H[i, i], lower[i], upper[i])
            moved = wp.max(moved, wp.abs(target - x[i]))
            x[i] = target
        if moved < 1.0e-4:
            break
    return x


def bracketed_root(coefficients, left, right):
    """Root of a polynomial by bisection; the end of smaller value where the signs agree."""
    lo = float(left)
    hi = float(right)
    f_lo = float(0.0)
    f_hi = float(0.0)
    for n in range(len(coefficients)):
        f_lo = f_lo * lo + coefficients[n]
        f_hi = f_hi * hi + coefficients[n]
    if f_lo * f_hi > 0.0:
        return lo if wp.abs(f_lo) < wp.abs(f_hi) else hi
    for _n in range(20):
        mid = 0.5 * (lo + hi)
        f = float(0.0)
        for n in range(len(coefficients)):
            f = f * mid + coefficients[n]
        if f * f_lo > 0.0:
            lo = mid
        else:
            hi = mid
    found_root = 0.5 * (lo + hi)
    return found_root


def halley_root(coefficients, root):
    """Halley's iteration on a polynomial, kept within an interval."""
    x = float(root)
    for _n in range(6):
        p = float(0.0)
        dp = float(0.0)
        ddp = float(0.0)
        for n in range(len(coefficients)):
            ddp = ddp * x + 2.0 * dp
            dp = dp * x + p
            p = p * x + coefficients[n]
        den = 2.0 * dp * dp - p * ddp
        if wp.abs(den) < 0.01:
            break
        step = 2.0 * p * dp / den
        x = wp.clamp(x - wp.clamp(step, -0.5, 0.5), -2.0, 2.0)
        if wp.abs(step) < 1.0e-5:
            break
    found_root = x
    return found_root


def secant_root(coefficients, left, right):
    """Secant method with the Illinois rule."""
    a = float(left)
    b = float(right)
    fa = float(0.0)
    fb = float(0.0)
    for n in range(len(coefficients)):
        fa = fa * a + coefficients[n]
        fb = fb * b + coefficients[n]
    x = b
    for _n in range(10):
        gap = fb - fa
        if wp.abs(gap) < 0.01 or fa * fb > 0.0:
            break
        x = wp.clamp(b - fb * (b - a) / gap, left, right)
        fx = float(0.0)
        for n in range(len(coefficients)):
            fx = fx * x + coefficients[n]
        if wp.abs(fx) < 1.0e-5:
            break
        if fx * fb < 0.0:
            a = b
            fa = fb
        else:
            fa *= 0.5
        b = x
        fb = fx
    found_root = x
    return found_root


def minimum(coefficients, left, right):
    """Golden-section search for the minimum of a polynomial."""
    a = float(left)
    b = float(right)
    c = b - 0.618034 * (b - a)
    d = a + 0.618034 * (b - a)
    for _n in range(16):
        fc = float(0.0)
        fd = float(0.0)
        for n in range(len(coefficients)):
            fc = fc * c + coefficients[n]
            fd = fd * d + coefficients[n]
        if fc < fd:
            b = d
        else:
            a = c
        c = b - 0.618034 * (b - a)
        d = a + 0.618034 * (b - a)
    return 0.5 * (a + b)


def cubic_length(step_length, slope, objective, previous_objective, derivative):
    """Minimizer of the cubic through two values and two slopes, kept within the step."""
    d1 = slope + derivative - 3.0 * (objective - previous_objective) / step_length
    disc = d1 * d1 - slope * derivative
    if disc < 0.0:
        return 0.5 * step_length
    d2 = wp.sqrt(disc)
    den = derivative - slope + 2.0 * d2
    if wp.abs(den) < 1.0e-3:
        return 0.5 * step_length
    trial = step_length * (1.0 - (derivative + d2 - d1) / den)
    next_step_length = wp.clamp(trial, 0.1 * step_length, 0.9 * step_length)
    return next_step_length


def move_kind(reflected_value, best_objective, second_worst, worst_value):
    """Move of the Nelder-Mead simplex: reflect, expand, contract outside or inside."""
    if reflected_value < best_objective:
        return 1
    if reflected_value < second_worst:
        return 0
    if reflected_value < worst_value:
        return 2
    return 3


def next_spread_of_search(spread_of_search, success_rate):
    """Rechenberg's rule of one success in five."""
    sigma = spread_of_search
    if success_rate > 0.2:
        sigma = wp.min(1.22 * sigma, 2.0)
    elif success_rate < 0.2:
        sigma = wp.max(0.82 * sigma, 0.01)
    return sigma


def mutated_iterate(iterate, spread_of_search, lower, upper, rng):
    """Mutation of an evolution strategy, reflected at the bounds."""
    next_iterate = iterate
    for n in range(3):
        moved = iterate[n] + spread_of_search * wp.randn(rng)
        if moved < lower[n]:
            moved = 2.0 * lower[n] - moved
        elif moved > upper[n]:
            moved = 2.0 * upper[n] - moved
        next_iterate[n] = wp.clamp(moved, lower[n], upper[n])
    return next_iterate


def crossed_iterate(iterate, leader, best_iterate, attraction, mutation, rng):
    """Binomial crossover of differential evolution."""
    mutant = leader + attraction * (best_iterate - iterate)
    forced = wp.randi(rng, 0, 3)
    next_iterate = iterate
    for n in range(3):
        if n == forced or wp.randf(rng) < mutation:
            next_iterate[n] = mutant[n]
    return next_iterate


def next_rho(rho, primal_residual, dual_residual):
    """Balances the residuals of ADMM (Boyd)."""
    scaled = rho
    if primal_residual > 10.0 * dual_residual:
        scaled = wp.min(2.0 * rho, 100.0)
    elif dual_residual > 10.0 * primal_residual:
        scaled = wp.max(0.5 * rho, 0.01)
    return scaled


def max_step(iterate, direction, lower, upper):
    """Longest step that stays strictly inside of the bounds."""
    longest = float(1.0)
    for n in range(3):
        d = direction[n]
        room = float(1.0)
        if d > 1.0e-6:
            room = wp.max(upper[n] - iterate[n], 0.0) / d
        elif d < -1.0e-6:
            room = wp.min(lower[n] - iterate[n], 0.0) / d
        longest = wp.min(longest, 0.995 * room)
    return longest


def packed_profit(weights, profits, budget):
    """Fractional knapsack: always the best ratio that is left."""
    count = wp.min(len(weights), len(profits))
    left_room = float(budget)
    gained = float(0.0)
    ceiling = float(1.0e6)
    for _n in range(count):
        best = float(0.0)
        pick = int(-1)
        for i in range(count):
            ratio = profits[i] / weights[i]
            if ratio < ceiling and ratio > best:
                best = ratio
                pick = i
        if pick < 0 or left_room <= 0.0:
            break
        share = wp.min(left_room / weights[pick], 1.0)
        gained += share * profits[pick]
        left_room -= share * weights[pick]
        ceiling = best
    return gained


def stochastic_gradient(iterate, center, curvature, perturbation, rng):
    """Simultaneous perturbation of a quadratic: two values for all components."""
    d = wp.vec3(wp.sign(wp.randf(rng) - 0.5), wp.sign(wp.randf(rng) - 0.5), wp.sign(wp.randf(rng) - 0.5))
    ahead = iterate + perturbation * d - center
    behind = iterate - perturbation * d - center
    f_ahead = 0.5 * wp.dot(ahead, wp.cw_mul(curvature, ahead))
    f_behind = 0.5 * wp.dot(behind, wp.cw_mul(curvature, behind))
    noisy_gradient = (f_ahead - f_behind) / (2.0 * perturbation) * d
    return noisy_gradient


def rosenbrock_gradient(iterate):
    """Gradient of Rosenbrock's function in three dimensions."""
    x = iterate[0]
    y = iterate[1]
    z = iterate[2]
    a = y - x * x
    b = z - y * y
    g_x = -400.0 * a * x - 2.0 * (1.0 - x)
    g_y = 200.0 * a - 400.0 * b * y - 2.0 * (1.0 - y)
    test_gradient = wp.vec3(g_x, g_y, 200.0 * b)
    return test_gradient


def himmelblau_gradient(iterate):
    x = 4.0 * iterate[0]
    y = 4.0 * iterate[1]
    a = x * x + y - 11.0
    b = x + y * y - 7.0
    g_x = 4.0 * (4.0 * a * x + 2.0 * b)
    g_y = 4.0 * (2.0 * a + 4.0 * b * y)
    test_gradient = wp.vec3(g_x, g_y, 2.0 * iterate[2])
    return test_gradient
