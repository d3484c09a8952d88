"""Training: what optimizers do to a parameter, schedules of the learning rate, clipping, averaging and quantization."""

import warp as wp

ENTITIES = "param weight"
GROUPS = "layer block"
PAIRS = "tie coupling"
LAUNCH = "1:8 2:3"
SUMMED = "regularization squared_gradient"
OPPOSITE = ""

QUANTITIES = """
weight            | real  | state   | -1.5 1.5     | param theta w
gradient          | real  | state   | -3 3         | grad g
squared_gradient  | real  | result  | 0 9          | grad_sq g2
first_moment      | real  | state   | -1 1         | exp_avg m
second_moment     | real  | state   | 0.01 2       | exp_avg_sq v
momentum_buffer   | real  | state   | -2 2         | momentum_buf buf
learning_rate     | real  | uniform | 0.005 0.5    | lr learning_rate | 0.01 0.1
step_size         | real  | result  | 0.001 0.5    | lr_t step_size
beta1             | real  | uniform | 0.5 0.95     | beta1 | 0.9
beta2             | real  | uniform | 0.9 0.999    | beta2 | 0.999 0.99
epsilon           | real  | uniform | 0.0001 0.01  | eps epsilon | 0.001 0.0001
weight_decay      | real  | uniform | 0.01 0.3     | weight_decay wd | 0.01 0.1
regularization    | real  | result  | 0 2          | penalty reg
sparsity          | real  | uniform | 0.02 0.4     | l1_coeff sparsity | 0.1
clip_value        | real  | uniform | 0.5 3        | clip_value max_grad | 1.0 2.0
gradient_norm     | real  | uniform | 0.1 10       | grad_norm global_norm
iteration         | int   | uniform | 1 400        | step_count iteration | 10 100
warmup            | int   | uniform | 20 200       | warmup warmup_steps | 100
period            | int   | uniform | 50 300       | total_steps period | 200
min_rate          | real  | uniform | 0.0001 0.005 | lr_min min_lr | 0.001
decay_factor      | real  | uniform | 0.1 0.9      | decay_factor lr_gamma | 0.5 0.1
loss              | real  | state   | 0 20         | loss val_loss
tolerance         | real  | uniform | 0.01 0.2     | min_delta tolerance | 0.05
plateau           | bool  | result  |              | plateau stalled
average           | real  | state   | -1.5 1.5     | ema_param average
average_decay     | real  | uniform | 0.8 0.999    | ema_decay average_decay | 0.99 0.999
slow_weight       | real  | state   | -1.5 1.5     | slow_param slow
blend             | real  | uniform | 0.1 0.9      | slow_step blend | 0.5
learning_step     | real  | state   | 0.001 0.5    | step_w prop_step
former_gradient   | real  | state   | -3 3         | grad_prev last_grad
quant_scale       | real  | group   | 0.01 0.2     | quant_scale q_scale
zero_point        | int   | group   | -8 8         | zero_point q_zero
fake_quantized    | real  | result  | -30 30       | fake_quant w_q
code              | int   | result  | -128 127     | q_code code
straight_gradient | real  | result  | -3 3         | ste_grad grad_w
importance        | real  | state   | 0 3          | importance fisher
pruned            | bool  | result  |              | pruned masked
min_magnitude     | real  | uniform | 0.01 0.3     | prune_threshold min_magnitude | 0.05
noise_scale       | real  | uniform | 0.01 0.5     | noise_scale langevin_temp | 0.1
loss_scale        | real  | state   | 16 65536     | loss_scale amp_scale
good_steps        | int   | state   | 0 2000       | good_steps growth_count
overflowed        | bool  | state   | 0 1          | overflowed found_inf
curvature         | real  | state   | 0.01 4       | hess_diag curvature
max_second_moment | real  | state   | 0.01 2       | max_exp_avg_sq v_max
layer_norm        | real  | group   | 0.1 10       | layer_weight_norm w_norm
update_norm       | real  | group   | 0.05 5       | layer_update_norm u_norm
trust_ratio       | real  | result  | 0 10         | trust_ratio layer_ratio
values            | reals | group   | -2 2         | layer_values values
scale_for_values  | real  | result  | 0 0.02       | absmax_scale row_scale
"""


def squared_gradient(gradient):
    return gradient * gradient


def elastic_net(weight, weight_decay, sparsity):
    """Elastic net penalty."""
    regularization = sparsity * wp.abs(weight) + 0.5 * weight_decay * weight * weight
    return regularization


def clipped_gradient(gradient, clip_value):
    size = wp.abs(gradient)
    next_gradient = gradient * (clip_value / wp.max(size, clip_value))
    return next_gradient


def next_first_moment(first_moment, gradient, beta1):
    return beta1 * first_moment + (1.0 - beta1) * gradient


def next_second_moment(second_moment, gradient, beta2):
    return beta2 * second_moment + (1.0 - beta2) * gradient * gradient


def sgd_step(weight, gradient, learning_rate, weight_decay):
    next_weight = weight - learning_rate * (gradient + weight_decay * weight)
    return next_weight


def nesterov_step(weight, momentum_buffer, gradient, learning_rate, beta1):
    """Momentum with Nesterov's look-ahead."""
    buf = beta1 * momentum_buffer + gradient
    update = gradient + beta1 * buf
    next_momentum_buffer = buf
    next_weight = weight - learning_rate * update
    return next_weight, next_momentum_buffer


def rmsprop_step(weight, gradient, second_moment, step_size, epsilon):
    rms = wp.sqrt(wp.max(second_moment, 0.0)) + epsilon
    next_weight = weight - step_size * gradient / rms
    return next_weight


def adagrad_step(weight, second_moment, gradient, learning_rate, epsilon):
    total = second_moment + gradient * gradient
    next_second_moment = total
    next_weight = weight - learning_rate * gradient / (wp.sqrt(total) + epsilon)
    return next_weight, next_second_moment


def adam_step(weight, first_moment, second_moment, gradient, beta1, beta2, learning_rate, epsilon, iteration):
    """Adam with bias-corrected moments (Kingma and Ba)."""
    t = float(iteration)
    next_first_moment = beta1 * first_moment + (1.0 - beta1) * gradient
    next_second_moment = beta2 * second_moment + (1.0 - beta2) * gradient * gradient
    m_hat = next_first_moment / (1.0 - wp.pow(beta1, t))
    v_hat = next_second_moment / (1.0 - wp.pow(beta2, t))
    next_weight = weight - learning_rate * m_hat / (wp.sqrt(v_hat) + epsilon)
    return next_weight, next_first_moment, next_second_moment


def lion_step(weight, first_moment, gradient, beta1, beta2, learning_rate, weight_decay):
    """Lion takes the sign of an interpolated momentum."""
    c = wp.lerp(gradient, first_moment, beta1)
    next_weight = weight - learning_rate * (wp.sign(c) + weight_decay * weight)
    next_first_moment = wp.lerp(gradient, first_moment, beta2)
    return next_weight, next_first_moment


def proximal_step(weight, gradient, learning_rate, sparsity):
    """Iterative soft thresholding (ISTA)."""
    w = weight - learning_rate * gradient
    shrunk = wp.max(wp.abs(w) - learning_rate * sparsity, 0.0)
    next_weight = wp.sign(w) * shrunk
    return next_weight


def warmup_schedule(learning_rate, iteration, warmup):
    fraction = float(iteration) / float(warmup)
    step_size = learning_rate * wp.min(fraction, 1.0)
    return step_size


def cosine_schedule(learning_rate, iteration, warmup, period):
    """Cosine annealing after a linear warmup."""
    if iteration < warmup:
        return learning_rate * float(iteration) / float(warmup)
    progress = float(iteration - warmup) / float(period)
    progress = wp.min(progress, 1.0)
    step_size = learning_rate * (0.05 + 0.475 * (1.0 + wp.cos(wp.pi * progress)))
    return step_size


def inverse_sqrt_schedule(learning_rate, iteration, warmup):
    """The schedule of the original Transformer."""
    t = float(iteration)
    w = float(warmup)
    step_size = learning_rate * wp.min(wp.sqrt(w / t), t / w)
    return step_size


def cyclic_schedule(learning_rate, min_rate, iteration, period):
    """Triangular cyclical learning rate."""
    phase = wp.frac(float(iteration) / float(period))
    triangle = 1.0 - wp.abs(2.0 * phase - 1.0)
    step_size = wp.lerp(min_rate, learning_rate, triangle)
    return step_size


def plateaued(loss, previous_loss, tolerance):
    plateau = loss > (1.0 - tolerance) * previous_loss
    return plateau


def step_schedule(learning_rate, iteration, period, decay_factor):
    """Drops the rate by a factor every so many steps, three times at most."""
    rate = float(learning_rate)
    drops = wp.min(iteration // period, 3)
    for _n in range(drops):
        rate *= decay_factor
    step_size = rate
    return step_size


def one_cycle_schedule(learning_rate, min_rate, iteration, warmup, period):
    """Rises linearly, falls along a cosine, and then stays (Smith's one cycle)."""
    if iteration < warmup:
        t = float(iteration) / float(warmup)
        return min_rate + t * (learning_rate - min_rate)
    left = iteration - warmup
    if left >= period:
        return min_rate
    phase = wp.pi * float(left) / float(period)
    step_size = min_rate + 0.5 * (learning_rate - min_rate) * (1.0 + wp.cos(phase))
    return step_size


def restart_schedule(learning_rate, min_rate, iteration, period):
    """Cosine with warm restarts whose periods double (Loshchilov and Hutter)."""
    start = int(0)
    span = int(period)
    for _n in range(6):
        if iteration < start + span:
            break
        start += span
        span *= 2
    t = float(iteration - start) / float(span)
    step_size = min_rate + 0.5 * (learning_rate - min_rate) * (1.0 + wp.cos(wp.pi * t))
    return step_size


def norm_clipped_gradient(gradient, gradient_norm, clip_value):
    """Scales a gradient as all are scaled whose norm is too large."""
    next_gradient = gradient
    if gradient_norm > clip_value:
        next_gradient = gradient * clip_value / (gradient_norm + 1.0e-6)
    return next_gradient


def adamw_step(weight, first_moment, second_moment, gradient, learning_rate, weight_decay, beta1, beta2, epsilon):
    """Adam with decoupled weight decay."""
    m = beta1 * first_moment + (1.0 - beta1) * gradient
    v = beta2 * second_moment + (1.0 - beta2) * gradient * gradient
    decayed = weight * (1.0 - learning_rate * weight_decay)
    next_weight = decayed - learning_rate * m / (wp.sqrt(v) + epsilon)
    next_first_moment = m
    next_second_moment = v
    return next_weight, next_first_moment, next_second_moment


def amsgrad_step(
    weight, first_moment, second_moment, max_second_moment, gradient, learning_rate, beta1, beta2, epsilon
):
    """AMSGrad: the second moment used never falls."""
    m = beta1 * first_moment + (1.0 - beta1) * gradient
    v = beta2 * second_moment + (1.0 - beta2) * gradient * gradient
    v_max = wp.max(max_second_moment, v)
    next_weight = weight - learning_rate * m / (wp.sqrt(v_max) + epsilon)
    next_first_moment = m
    next_second_moment = v
    next_max_second_moment = v_max
    return next_weight, next_first_moment, next_second_moment, next_max_second_moment


def radam_step(weight, first_moment, second_moment, gradient, beta2, learning_rate, epsilon, iteration):
    """Rectified Adam: plain momentum until the variance of the adaptive rate is known."""
    t = float(iteration)
    decay = wp.pow(beta2, t)
    longest = 2.0 / (1.0 - beta2) - 1.0
    length = longest - 2.0 * t * decay / (1.0 - decay)
    m = 0.9 * first_moment + 0.1 * gradient
    if length <= 5.0:
        return weight - learning_rate * m
    top = (length - 4.0) * (length - 2.0) * longest
    bottom = (longest - 4.0) * (longest - 2.0) * length
    rectified = wp.sqrt(wp.max(top / bottom, 0.0))
    v_hat = wp.sqrt(second_moment / (1.0 - decay)) + epsilon
    next_weight = weight - learning_rate * rectified * m / v_hat
    return next_weight


def rprop_step(weight, learning_step, gradient, former_gradient):
    """Resilient backpropagation: steps grow while the sign stays, and shrink when it turns."""
    turn = gradient * former_gradient
    size = learning_step
    direction = wp.sign(gradient)
    if turn > 0.0:
        size = wp.min(1.2 * learning_step, 0.5)
    elif turn < 0.0:
        size = wp.max(0.5 * learning_step, 0.0001)
        direction = 0.0
    next_learning_step = size
    next_weight = weight - direction * size
    return next_weight, next_learning_step


def sophia_step(weight, first_moment, curvature, gradient, learning_rate, beta1, clip_value):
    """Newton's step by a diagonal of the Hessian, clipped for each parameter (Sophia)."""
    m = beta1 * first_moment + (1.0 - beta1) * gradient
    ratio = m / wp.max(curvature, 0.01)
    next_first_moment = m
    next_weight = weight - learning_rate * wp.clamp(ratio, -clip_value, clip_value)
    return next_weight, next_first_moment


def trust_ratio(layer_norm, update_norm, weight_decay):
    """Ratio of LAMB for a layer."""
    if layer_norm < 1.0e-6:
        return 1.0
    return wp.min(layer_norm / (update_norm + weight_decay * layer_norm), 10.0)


def scaled_step(weight, first_moment, second_moment, trust_ratio, learning_rate, epsilon):
    """Step of LAMB with its layer's ratio."""
    update = first_moment / (wp.sqrt(second_moment) + epsilon)
    next_weight = weight - learning_rate * trust_ratio * update
    return next_weight


def langevin_step(weight, gradient, learning_rate, noise_scale, rng):
    """Stochastic gradient Langevin dynamics."""
    kick = wp.sqrt(2.0 * learning_rate) * noise_scale * wp.randn(rng)
    next_weight = weight - learning_rate * gradient + kick
    return next_weight


def next_average(average, weight, average_decay, iteration):
    """Moving average of a parameter that follows fast in the beginning."""
    early = (1.0 + float(iteration)) / (10.0 + float(iteration))
    decay = wp.min(average_decay, early)
    return decay * average + (1.0 - decay) * weight


def lookahead_step(weight, slow_weight, iteration, blend):
    """Every fifth step the slow weights go towards the fast ones, which start again from there."""
    next_slow_weight = slow_weight
    next_weight = weight
    if iteration % 5 == 0:
        next_slow_weight = slow_weight + blend * (weight - slow_weight)
        next_weight = next_slow_weight
    return next_weight, next_slow_weight


def next_loss_scale(loss_scale, good_steps, overflowed):
    """Dynamic loss scale of mixed precision."""
    if overflowed:
        return wp.max(0.5 * loss_scale, 1.0), 0
    next_loss_scale = loss_scale
    next_good_steps = good_steps + 1
    if next_good_steps >= 1000:
        next_loss_scale = wp.min(2.0 * loss_scale, 65536.0)
        next_good_steps = 0
    return next_loss_scale, next_good_steps


def code(weight, quant_scale, zero_point):
    """Eight-bit code of a parameter."""
    q = int(wp.rint(weight / quant_scale)) + zero_point
    return wp.clamp(q, -128, 127)


def fake_quantized(weight, quant_scale, zero_point):
    """Rounds a parameter as if it were stored in eight bits."""
    q = wp.rint(weight / quant_scale) + float(zero_point)
    q = wp.clamp(q, -128.0, 127.0)
    return (q - float(zero_point)) * quant_scale


def stochastic_code(weight, quant_scale, rng):
    """Rounds up as often as the remainder is large."""
    scaled = weight / quant_scale
    base = wp.floor(scaled)
    q = int(base)
    if wp.randf(rng) < scaled - base:
        q += 1
    code = wp.clamp(q, -128, 127)
    return code


def straight_gradient(gradient, weight, quant_scale):
    """Straight-through gradient: nothing where the code saturates."""
    reach = 127.0 * quant_scale
    return wp.where(wp.abs(weight) <= reach, gradient, 0.0)


def scale_for_values(values):
    """Scale that maps the largest magnitude of a layer to the end of eight bits."""
    peak = float(0.0)
    for n in range(len(values)):
        peak = wp.max(peak, wp.abs(values[n]))
    return peak / 127.0


def pruned(weight, importance, min_magnitude):
    """Whether a parameter matters too little to be kept."""
    return wp.abs(weight) * wp.sqrt(1.0 + importance) < min_magnitude


def consolidated_gradient(gradient, weight, average, importance):
    """Pull towards the parameters of an earlier task (elastic weight consolidation)."""
    next_gradient = gradient + importance * (weight - average)
    return next_gradient


def tied_gradient(gradient_a, gradient_b):
    """Conflicting gradients of two tasks: the part against the other is taken away."""
    next_gradient = gradient_a
    if gradient_a * gradient_b < 0.0:
        next_gradient = gradient_a + gradient_b
    return next_gradient
