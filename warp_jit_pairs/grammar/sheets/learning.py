"""Learning: neurons and their losses, optimizers and schedules, attention, bandits and value functions."""

import warp as wp

ENTITIES = "sample unit neuron example token"
GROUPS = "layer batch head expert"
PAIRS = "edge pair connection"
LAUNCH = "1:8 2:3"
SUMMED = "loss sample_weight reward regularization squared_gradient"
OPPOSITE = "pair_gradient"

QUANTITIES = """
feature            | real  | state   | -2 2        | features x inputs
weight             | real  | state   | -1.5 1.5    | weights w params
bias               | real  | group   | -1 1        | bias b
preactivation      | real  | result  | -4 4        | z pre_act preactivation
activation         | real  | state   | -2 7        | activation act a
slope              | real  | uniform | 0.01 0.3    | slope negative_slope alpha  | 0.01 0.1 0.2
logit              | real  | state   | -4 4        | logits logit z
probability        | real  | result  | 0 1         | prob p probs
label              | real  | state   | 0 1         | labels y label
prediction         | real  | state   | -4 4        | pred prediction y_hat
residual           | real  | result  | -4 4        | residual err diff
loss               | real  | result  | 0 20        | loss losses
sample_weight      | real  | state   | 0.1 2       | sample_weight sample_weights
huber_delta        | real  | uniform | 0.2 1.5     | delta huber_delta           | 1.0 0.5
quantile           | real  | uniform | 0.1 0.9     | quantile tau                | 0.5 0.9
focusing           | real  | uniform | 0.5 3       | gamma focusing              | 2.0 1.5
smoothing          | real  | uniform | 0.02 0.3    | smoothing label_smoothing   | 0.1 0.05
temperature        | real  | uniform | 0.4 3       | temperature temp            | 1.0 0.5
clip_value         | real  | uniform | 0.5 3       | clip clip_value cap         | 1.0 2.0
tolerance          | real  | uniform | 0.01 0.2    | tol tolerance min_delta     | 0.05
drop_probability   | real  | uniform | 0.1 0.6     | dropout drop_prob p_drop    | 0.1 0.5
gradient           | real  | state   | -3 3        | grad grads g
pair_gradient      | real  | result  |             | lam_ij pair_grad
squared_gradient   | real  | result  | 0 4         | grad_sq g2
first_moment       | real  | state   | -1 1        | m exp_avg momentum_buf
second_moment      | real  | state   | 0.01 2      | v exp_avg_sq sq_avg
learning_rate      | real  | uniform | 0.005 0.5   | lr learning_rate eta        | 0.01 0.1
step_size          | real  | result  | 0.001 0.5   | lr_t step_size eta_t
beta1              | real  | uniform | 0.5 0.95    | beta1 momentum              | 0.9
beta2              | real  | uniform | 0.9 0.999   | beta2                       | 0.999 0.99
epsilon            | real  | uniform | 0.0001 0.01 | eps epsilon                 | 0.001 0.0001
weight_decay       | real  | uniform | 0.01 0.3    | weight_decay wd             | 0.01 0.1
regularization     | real  | result  |             | penalty reg
sparsity           | real  | uniform | 0.02 0.4    | l1 l1_coeff sparsity        | 0.1
iteration          | int   | uniform | 1 400       | t iteration num_iter        | 10 100
warmup             | int   | uniform | 20 200      | warmup warmup_steps         | 100
period             | int   | uniform | 50 300      | period total_steps t_max    | 200
query              | vec4  | state   | -1.5 1.5    | q query queries
key                | vec4  | state   | -1.5 1.5    | k key keys
token_value        | vec4  | state   | -1.5 1.5    | v values token_values
score              | real  | result  | -6 6        | score attn_score s
attention          | real  | result  | 0 1         | attn attention attn_weight
message            | vec4  | result  |             | msg message
embedding          | vec3  | state   | -1.5 1.5    | emb embedding embeddings
similarity         | real  | result  | -1 1        | sim similarity cos_sim
margin             | real  | uniform | 0.2 1.5     | margin                      | 1.0 0.5
channels           | reals | state   | -2 2        | channels hidden row
class_logits       | reals | state   | -4 4        | class_logits logits scores
log_partition      | real  | result  | -4 8        | lse log_z logsumexp
entropy            | real  | result  | 0 3         | entropy ent
channel_mean       | real  | result  | -2 2        | mean mu
channel_variance   | real  | result  | 0 6         | variance sigma2
running_mean       | real  | group   | -1 1        | running_mean
running_variance   | real  | group   | 0.2 3       | running_var
gain               | real  | group   | 0.3 2       | gamma gain scale
reward             | real  | state   | -1 2        | reward rewards r
action_value       | real  | state   | -2 3        | q_value q q_values
bootstrap_value    | real  | state   | -2 3        | v_next bootstrap next_v
discount           | real  | uniform | 0.5 0.99    | gamma discount              | 0.99 0.9
terminal           | bool  | state   | 0 1         | done terminal
td_error           | real  | result  | -6 6        | td_error delta
eligibility        | real  | state   | 0 2         | eligibility z trace_e
trace_decay        | real  | uniform | 0.3 0.95    | lam trace_decay             | 0.9 0.95
visit_count        | int   | state   | 1 60        | visits counts n
exploration        | real  | uniform | 0.2 2       | c exploration c_puct        | 1.0 1.4
replay_exponent    | real  | uniform | 0.3 1       | alpha_per replay_exponent   | 0.6
entropy_weight     | real  | uniform | 0.005 0.1   | ent_coef entropy_weight     | 0.01 0.05
prior              | real  | state   | 0.05 0.9    | prior priors p
priority           | real  | result  |             | ucb priority bonus
log_prob           | real  | state   | -2 -0.1     | log_prob logp
advantage          | real  | state   | -3 3        | adv advantage advantages
clip_range         | real  | uniform | 0.1 0.3     | clip_range clip_eps         | 0.2
surrogate          | real  | result  |             | surrogate objective
misclassified      | bool  | result  |             | wrong misclassified
saturated          | bool  | result  |             | saturated dead
plateau            | bool  | result  |             | plateau stalled
"""


def preactivation(weight, feature, bias):
    return weight * feature + bias


def relu(preactivation):
    activation = wp.max(preactivation, 0.0)
    return activation


def leaky_relu(preactivation, slope):
    activation = preactivation
    if preactivation < 0.0:
        activation = slope * preactivation
    return activation


def elu(preactivation, slope):
    """Exponential linear unit."""
    if preactivation > 0.0:
        return preactivation
    activation = slope * (wp.exp(preactivation) - 1.0)
    return activation


def gelu(preactivation):
    """Gaussian error linear unit in its exact form."""
    activation = 0.5 * preactivation * (1.0 + wp.erf(preactivation / wp.sqrt(2.0)))
    return activation


def gelu_tanh(preactivation):
    """The tanh approximation of GELU."""
    cubic = preactivation * preactivation * preactivation
    inner = 0.7978846 * (preactivation + 0.044715 * cubic)
    activation = 0.5 * preactivation * (1.0 + wp.tanh(inner))
    return activation


def swish(preactivation, gain):
    activation = preactivation / (1.0 + wp.exp(-gain * preactivation))
    return activation


def mish(preactivation):
    softplus = wp.log(1.0 + wp.exp(preactivation))
    activation = preactivation * wp.tanh(softplus)
    return activation


def hard_swish(preactivation):
    gate = wp.clamp(preactivation + 3.0, 0.0, 6.0) / 6.0
    activation = preactivation * gate
    return activation


def dyt_activation(preactivation, gain, bias):
    """Dynamic tanh, a normalization without statistics."""
    activation = wp.tanh(gain * preactivation) + bias
    return activation


def probability(logit):
    """Logistic sigmoid that does not overflow."""
    if logit >= 0.0:
        return 1.0 / (1.0 + wp.exp(-logit))
    ez = wp.exp(logit)
    return ez / (1.0 + ez)


def tempered_probability(logit, temperature):
    probability = 1.0 / (1.0 + wp.exp(-logit / temperature))
    return probability


def dropped_activation(activation, drop_probability, rng):
    """Inverted dropout."""
    next_activation = 0.0
    if wp.randf(rng) >= drop_probability:
        next_activation = activation / (1.0 - drop_probability)
    return next_activation


def gated_activation(activation, feature, weight, bias, gain):
    """A gated recurrent unit with one gate."""
    update = 1.0 / (1.0 + wp.exp(-(weight * feature + bias)))
    candidate = wp.tanh(feature + gain * activation)
    next_activation = wp.lerp(activation, candidate, update)
    return next_activation


def prediction(activation, gain, bias):
    return gain * activation + bias


def residual(prediction, label):
    return prediction - label


def squared_loss(prediction, label, sample_weight):
    d = prediction - label
    loss = 0.5 * sample_weight * d * d
    return loss


def huber_loss(residual, huber_delta):
    """Huber's loss: quadratic near zero, linear in the tails."""
    r = wp.abs(residual)
    if r <= huber_delta:
        return 0.5 * r * r
    loss = huber_delta * (r - 0.5 * huber_delta)
    return loss


def log_cosh_loss(residual):
    r = wp.abs(residual)
    loss = r + wp.log(0.5 * (1.0 + wp.exp(-2.0 * r)))
    return loss


def pinball_loss(prediction, label, quantile):
    """Quantile regression loss."""
    d = label - prediction
    loss = wp.max(quantile * d, (quantile - 1.0) * d)
    return loss


def bce_with_logits(logit, label):
    """Binary cross entropy, computed from logits for stability."""
    loss = wp.max(logit, 0.0) - logit * label + wp.log(1.0 + wp.exp(-wp.abs(logit)))
    return loss


def smoothed_cross_entropy(probability, label, smoothing):
    p = wp.clamp(probability, 1.0e-4, 1.0 - 1.0e-4)
    y = label * (1.0 - smoothing) + 0.5 * smoothing
    loss = -y * wp.log(p) - (1.0 - y) * wp.log(1.0 - p)
    return loss


def focal_loss(probability, label, focusing):
    """Focal loss of Lin et al., for unbalanced classes."""
    p = wp.clamp(probability, 1.0e-4, 1.0 - 1.0e-4)
    p_t = p
    if label < 0.5:
        p_t = 1.0 - p
    loss = -wp.pow(1.0 - p_t, focusing) * wp.log(p_t)
    return loss


def hinge_loss(prediction, label, margin):
    y = -1.0
    if label > 0.5:
        y = 1.0
    loss = wp.max(0.0, margin - y * prediction)
    return loss


def loss_gradient(probability, label, sample_weight):
    gradient = sample_weight * (probability - label)
    return gradient


def huber_gradient(residual, huber_delta, feature):
    gradient = wp.clamp(residual, -huber_delta, huber_delta) * feature
    return gradient


def leaky_gradient(residual, activation, feature, slope):
    """Backpropagation through a leaky rectifier."""
    gate = 1.0 if activation > 0.0 else slope
    gradient = residual * gate * feature
    return gradient


def ranking_gradient(prediction_a, prediction_b, label_a, label_b):
    order = wp.sign(label_a - label_b)
    pair_gradient = -order / (1.0 + wp.exp(order * (prediction_a - prediction_b)))
    return pair_gradient


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


def weight_rate(weight, gradient, weight_decay):
    """Gradient flow with weight decay."""
    return -(gradient + weight_decay * weight)


def nesterov_step(weight, first_moment, gradient, learning_rate, beta1):
    """Momentum with Nesterov's look-ahead."""
    buf = beta1 * first_moment + gradient
    update = gradient + beta1 * buf
    next_weight = weight - learning_rate * update
    return next_weight


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


def lion_step(weight, first_moment, gradient, beta1, step_size, weight_decay):
    """Lion takes the sign of an interpolated momentum."""
    c = wp.lerp(gradient, first_moment, beta1)
    next_weight = weight - step_size * (wp.sign(c) + weight_decay * weight)
    return next_weight


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


def cyclic_schedule(learning_rate, max_step_size, iteration, period):
    """Triangular cyclical learning rate."""
    phase = wp.frac(float(iteration) / float(period))
    triangle = 1.0 - wp.abs(2.0 * phase - 1.0)
    step_size = wp.lerp(0.1 * learning_rate, max_step_size, triangle)
    return step_size


def score(query_a, key_b):
    """Scaled dot-product attention."""
    return 0.5 * wp.dot(query_a, key_b)


def rotary_score(query, key, temperature, iteration):
    """Attention score with the query rotated by its position (RoPE)."""
    angle = 0.01 * float(iteration)
    c = wp.cos(angle)
    s = wp.sin(angle)
    x = c * query[0] - s * query[1]
    y = s * query[0] + c * query[1]
    rotated = wp.vec4(x, y, query[2], query[3])
    score = wp.dot(rotated, key) / temperature
    return score


def capped_score(query, key, clip_value):
    """Logit soft-capping."""
    score = clip_value * wp.tanh(wp.dot(query, key) / clip_value)
    return score


def attention(score, log_partition):
    return wp.exp(wp.min(score - log_partition, 0.0))


def sigmoid_attention(score, bias, temperature):
    attention = 1.0 / (1.0 + wp.exp(-(score + bias) / temperature))
    return attention


def message(attention, token_value):
    return attention * token_value


def gated_message(token_value, query, key):
    gate = wp.cw_mul(query, key)
    message = wp.cw_mul(
        token_value,
        wp.vec4(
            1.0 / (1.0 + wp.exp(-gate[0])),
            1.0 / (1.0 + wp.exp(-gate[1])),
            1.0 / (1.0 + wp.exp(-gate[2])),
            1.0 / (1.0 + wp.exp(-gate[3])),
        ),
    )
    return message


def similarity(embedding_a, embedding_b):
    """Cosine similarity."""
    norms = wp.length(embedding_a) * wp.length(embedding_b)
    return wp.dot(embedding_a, embedding_b) / wp.max(norms, 1.0e-6)


def contrastive_loss(embedding_a, embedding_b, label_a, label_b, margin):
    """Pulls equal labels together and pushes others beyond the margin."""
    d = wp.length(embedding_a - embedding_b)
    loss = 0.5 * d * d
    if wp.abs(label_a - label_b) > 0.5:
        gap = wp.max(margin - d, 0.0)
        loss = 0.5 * gap * gap
    return loss


def ranking_loss(prediction_a, prediction_b, label_a, label_b):
    """Pairwise logistic loss of RankNet."""
    order = wp.sign(label_a - label_b)
    loss = wp.log(1.0 + wp.exp(-order * (prediction_a - prediction_b)))
    return loss


def triplet_loss(similarity, target_similarity, margin):
    loss = wp.max(target_similarity - similarity + margin, 0.0)
    return loss


def log_partition(class_logits, temperature):
    """Log-sum-exp, shifted by the greatest logit."""
    peak = float(class_logits[0])
    for c in range(1, len(class_logits)):
        peak = wp.max(peak, class_logits[c])
    total = float(0.0)
    for c in range(len(class_logits)):
        total += wp.exp((class_logits[c] - peak) / temperature)
    return peak / temperature + wp.log(total)


def entropy(class_logits):
    """Entropy of the softmax distribution."""
    peak = float(class_logits[0])
    for c in range(1, len(class_logits)):
        peak = wp.max(peak, class_logits[c])
    norm = float(0.0)
    weighted = float(0.0)
    for c in range(len(class_logits)):
        shifted = class_logits[c] - peak
        mass = wp.exp(shifted)
        norm += mass
        weighted += mass * shifted
    return wp.log(norm) - weighted / norm


def channel_mean(channels):
    total = float(0.0)
    for c in range(len(channels)):
        total += channels[c]
    return total / float(len(channels))


def channel_variance(channels, channel_mean):
    total = float(0.0)
    for c in range(len(channels)):
        d = channels[c] - channel_mean
        total += d * d
    return total / float(len(channels))


def channel_moments(channels):
    first = float(0.0)
    second = float(0.0)
    for c in range(len(channels)):
        first += channels[c]
        second += channels[c] * channels[c]
    n = float(len(channels))
    channel_mean = first / n
    channel_variance = wp.max(second / n - channel_mean * channel_mean, 0.0)
    return channel_mean, channel_variance


def layer_norm(feature, channel_mean, channel_variance, gain, bias, epsilon):
    """Layer normalization, with outliers clipped."""
    inv_std = 1.0 / wp.sqrt(wp.max(channel_variance, 0.0) + epsilon)
    x_hat = wp.clamp((feature - channel_mean) * inv_std, -5.0, 5.0)
    activation = gain * x_hat + bias
    return activation


def batch_norm(preactivation, running_mean, running_variance, gain, bias, epsilon):
    """Batch normalization at inference."""
    scale = gain / wp.sqrt(running_variance + epsilon)
    activation = scale * (preactivation - running_mean) + bias
    return activation


def rms_norm(feature, channels, gain, epsilon):
    """Root mean square normalization."""
    sum_sq = float(0.0)
    for c in range(len(channels)):
        sum_sq += channels[c] * channels[c]
    rms = wp.sqrt(sum_sq / float(len(channels)) + epsilon)
    activation = gain * feature / rms
    return activation


def td_error(reward, discount, bootstrap_value, action_value):
    """Temporal difference error."""
    return reward + discount * bootstrap_value - action_value


def masked_td_error(reward, discount, bootstrap_value, action_value, terminal):
    target = reward
    if not terminal:
        target = target + discount * bootstrap_value
    td_error = target - action_value
    return td_error


def next_action_value(action_value, td_error, learning_rate):
    return action_value + learning_rate * td_error


def traced_action_value(action_value, td_error, eligibility, learning_rate):
    """TD(lambda) update."""
    next_action_value = action_value + learning_rate * td_error * eligibility
    return next_action_value


def next_eligibility(eligibility, discount, trace_decay, gradient):
    return discount * trace_decay * eligibility + gradient


def bandit_update(action_value, reward, visit_count):
    """Sample average, updated incrementally."""
    next_visit_count = visit_count + 1
    next_action_value = action_value + (reward - action_value) / float(next_visit_count)
    return next_action_value, next_visit_count


def ucb_priority(action_value, visit_count, iteration, exploration):
    """UCB1 upper confidence bound."""
    n = float(visit_count)
    priority = action_value + exploration * wp.sqrt(2.0 * wp.log(1.0 + float(iteration)) / n)
    return priority


def puct_priority(action_value, prior, visit_count, iteration, exploration):
    """The selection rule of AlphaZero."""
    total = wp.sqrt(float(iteration))
    priority = action_value + exploration * prior * total / (1.0 + float(visit_count))
    return priority


def replay_priority(td_error, replay_exponent, epsilon):
    """Priority of prioritized experience replay."""
    priority = wp.pow(wp.abs(td_error) + epsilon, replay_exponent)
    return priority


def advantage(reward, bootstrap_value, action_value, discount, trace_decay, previous_advantage):
    """Generalized advantage estimation, one step backwards."""
    delta = reward + discount * bootstrap_value - action_value
    return delta + discount * trace_decay * previous_advantage


def clipped_surrogate(log_prob, previous_log_prob, advantage, clip_range):
    """PPO's clipped objective."""
    ratio = wp.exp(log_prob - previous_log_prob)
    clipped = wp.clamp(ratio, 1.0 - clip_range, 1.0 + clip_range)
    surrogate = wp.min(ratio * advantage, clipped * advantage)
    return surrogate


def policy_surrogate(log_prob, advantage, entropy, entropy_weight):
    surrogate = log_prob * advantage + entropy_weight * entropy
    return surrogate


def approximate_kl(log_prob, reference_log_prob):
    """Schulman's k3 estimator of the KL divergence."""
    log_ratio = reference_log_prob - log_prob
    regularization = wp.exp(log_ratio) - 1.0 - log_ratio
    return regularization


def misclassified(logit, label):
    return (logit > 0.0 and label < 0.5) or (logit <= 0.0 and label >= 0.5)


def saturated(preactivation, clip_value):
    return wp.abs(preactivation) > clip_value


def plateaued(loss, previous_loss, tolerance):
    plateau = loss > (1.0 - tolerance) * previous_loss
    return plateau
