"""Learning: neurons and their losses, normalization, attention, sampling of classes, and boxes that detectors find."""

import warp as wp

ENTITIES = "sample unit example token"
GROUPS = "layer head expert"
PAIRS = "edge pair connection"
LAUNCH = "1:8 2:3"
SUMMED = "loss sample_weight divergence"
OPPOSITE = "pair_gradient"

QUANTITIES = """
bias                | real  | group   | -1 1          | bias b
preactivation       | real  | result  | -6 6          | pre_act preactivation z
activation          | real  | result  | -2 7          | activation act hidden
slope               | real  | uniform | 0.01 0.3      | slope negative_slope alpha | 0.01 0.1 0.2
logit               | real  | state   | -4 4          | logit logits
probability         | real  | result  | 0 1           | prob p probs
label               | real  | state   | 0 1           | label labels
prediction          | real  | state   | -4 4          | pred prediction y_hat
residual            | real  | result  | -4 4          | residual err diff
loss                | real  | result  | 0 20          | loss losses
sample_weight       | real  | state   | 0.1 2         | sample_weight sample_weights
huber_delta         | real  | uniform | 0.2 1.5       | huber_delta delta | 1.0 0.5
quantile            | real  | uniform | 0.1 0.9       | quantile tau | 0.5 0.9
focusing            | real  | uniform | 0.5 3         | gamma focusing | 2.0 1.5
smoothing           | real  | uniform | 0.02 0.3      | smoothing label_smoothing | 0.1 0.05
temperature         | real  | uniform | 0.4 3         | temperature temp | 0.7 0.5
drop_probability    | real  | uniform | 0.1 0.6       | dropout drop_prob p_drop | 0.1 0.5
pair_gradient       | real  | result  |               | lam_ij pair_grad
query               | vec4  | state   | -1.5 1.5      | q query queries
key                 | vec4  | state   | -1.5 1.5      | k key keys
token_value         | vec4  | state   | -1.5 1.5      | v values token_values
score               | real  | result  | -6 6          | score attn_score s
attention           | real  | result  | 0 1           | attn attention attn_weight
message             | vec4  | result  |               | msg message
embedding           | vec3  | state   | -1.5 1.5      | emb embedding embeddings
similarity          | real  | result  | -1 1          | sim similarity cos_sim
margin              | real  | uniform | 0.2 1.5       | margin | 1.0 0.5
channels            | reals | state   | -2 2          | channels hidden row
class_logits        | reals | state   | -4 4          | class_logits logits scores
log_partition       | real  | result  | -4 8          | lse log_z logsumexp
entropy             | real  | result  | 0 3           | entropy ent
channel_mean        | real  | result  | -2 2          | mean mu
channel_variance    | real  | result  | 0 6           | variance sigma2
misclassified       | bool  | result  |               | wrong misclassified
inputs              | reals | state   | -1 1          | inputs features
weight_row          | reals | group   | -1 1          | weight_row neuron_weights
target_value        | real  | state   | -4 4          | target y_true
relevance           | real  | state   | 0 4           | relevance rel
logit_gradient      | real  | result  | -2 2          | dlogit grad_logit
swish_beta          | real  | uniform | 0.5 2         | beta swish_beta | 1.0 1.702
norm_gain           | real  | group   | 0.3 2         | gain gamma ln_gain
norm_bias           | real  | group   | -1 1          | shift norm_bias
norm_epsilon        | real  | uniform | 0.00001 0.001 | eps norm_eps | 0.00001 0.001
running_mean        | real  | group   | -1 1          | running_mean
running_variance    | real  | group   | 0.2 3         | running_var
dyt_scale           | real  | group   | 0.3 2         | dyt_scale alpha_t
feature             | real  | state   | -2 2          | feature feat
scores              | reals | state   | -4 4          | score_row scores
score_partition     | real  | result  | -4 8          | score_lse row_lse
attention_bias      | real  | group   | -2 1          | attn_bias head_bias
token_position      | int   | state   | 0 400         | token_pos position_id
score_cap           | real  | uniform | 1 5           | score_cap soft_cap | 5.0
divergence          | real  | result  | 0 60          | kl divergence
latent_mean         | vec3  | state   | -1.5 1.5      | mu latent_mean
latent_log_variance | vec3  | state   | -2 1          | log_var latent_logvar
latent              | vec3  | result  | -12 12        | latent z_sample
positive            | vec3  | state   | -1.5 1.5      | positive pos_emb
negative            | vec3  | state   | -1.5 1.5      | negative neg_emb
class_index         | int   | state   | 0 5           | class_id target_class
sampled_class       | int   | result  | 0 20          | sampled token_id choice
memory              | real  | state   | -1.5 1.5      | cell_state memory c_t
output              | real  | state   | -1 1          | h_t output h_state
input_gate          | real  | state   | -4 4          | gate_in i_pre
forget_gate         | real  | state   | -4 4          | gate_forget f_pre
output_gate         | real  | state   | -4 4          | gate_out o_pre
candidate           | real  | state   | -4 4          | candidate g_pre
update_gate         | real  | state   | -4 4          | gate_update u_pre
box                 | vec4  | state   | 0 1           | box bbox
true_box            | vec4  | state   | 0 1           | gt_box true_box
anchor              | vec4  | state   | 0.1 0.9       | anchor prior_box
box_delta           | vec4  | state   | -1 1          | box_delta deltas
decoded_box         | vec4  | result  | -3 4          | pred_box decoded_box
overlap             | real  | result  | -1 1          | iou overlap
prediction_interval | vec2  | state   | -3 3          | interval pred_interval
dice                | real  | result  | 0 1           | dice soft_dice
masks               | reals | state   | 0 1           | mask_probs soft_masks
mask_labels         | reals | state   | 0 1           | mask_labels gt_mask
calibration_error   | real  | result  | 0 1           | calib_err ece
confidences         | reals | state   | 0 1           | confidences confs
outcomes            | reals | state   | 0 1           | outcomes hits
precision           | real  | result  | 0 1           | avg_precision ap
position_code       | real  | result  | -1 1          | pos_code pos_enc
channel_index       | int   | state   | 0 63          | channel dim_idx
dropped             | bool  | result  |               | dropped suppressed
"""


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


def swish(preactivation, swish_beta):
    activation = preactivation / (1.0 + wp.exp(-swish_beta * preactivation))
    return activation


def mish(preactivation):
    softplus = wp.log(1.0 + wp.exp(preactivation))
    activation = preactivation * wp.tanh(softplus)
    return activation


def hard_swish(preactivation):
    gate = wp.clamp(preactivation + 3.0, 0.0, 6.0) / 6.0
    activation = preactivation * gate
    return activation


def dyt_activation(preactivation, dyt_scale, norm_bias):
    """Dynamic tanh, a normalization without statistics."""
    activation = wp.tanh(dyt_scale * preactivation) + norm_bias
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


def residual(prediction, target_value):
    return prediction - target_value


def squared_loss(prediction, target_value, sample_weight):
    d = prediction - target_value
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


def pinball_loss(prediction, target_value, quantile):
    """Quantile regression loss."""
    d = target_value - prediction
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


def hinge_loss(logit, label, margin):
    y = -1.0
    if label > 0.5:
        y = 1.0
    loss = wp.max(0.0, margin - y * logit)
    return loss


def ranking_gradient(prediction_a, prediction_b, relevance_a, relevance_b):
    order = wp.sign(relevance_a - relevance_b)
    pair_gradient = -order / (1.0 + wp.exp(order * (prediction_a - prediction_b)))
    return pair_gradient


def score(query_a, key_b):
    """Scaled dot-product attention."""
    return 0.5 * wp.dot(query_a, key_b)


def rotary_score(query, key, token_position):
    """Attention score with the query rotated by its position (RoPE)."""
    angle = 0.01 * float(token_position)
    c = wp.cos(angle)
    s = wp.sin(angle)
    x = c * query[0] - s * query[1]
    y = s * query[0] + c * query[1]
    rotated = wp.vec4(x, y, query[2], query[3])
    score = 0.5 * wp.dot(rotated, key)
    return score


def capped_score(query, key, score_cap):
    """Logit soft-capping."""
    score = score_cap * wp.tanh(wp.dot(query, key) / score_cap)
    return score


def attention(score, score_partition):
    return wp.exp(wp.min(score - score_partition, 0.0))


def sigmoid_attention(score, attention_bias):
    attention = 1.0 / (1.0 + wp.exp(-(score + attention_bias)))
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


def ranking_loss(prediction_a, prediction_b, relevance_a, relevance_b):
    """Pairwise logistic loss of RankNet."""
    order = wp.sign(relevance_a - relevance_b)
    loss = wp.log(1.0 + wp.exp(-order * (prediction_a - prediction_b)))
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


def layer_norm(feature, channel_mean, channel_variance, norm_gain, norm_bias, norm_epsilon):
    """Layer normalization, with outliers clipped."""
    inv_std = 1.0 / wp.sqrt(wp.max(channel_variance, 0.0) + norm_epsilon)
    x_hat = wp.clamp((feature - channel_mean) * inv_std, -5.0, 5.0)
    activation = norm_gain * x_hat + norm_bias
    return activation


def batch_norm(preactivation, running_mean, running_variance, norm_gain, norm_bias, norm_epsilon):
    """Batch normalization at inference."""
    scale = norm_gain / wp.sqrt(running_variance + norm_epsilon)
    activation = scale * (preactivation - running_mean) + norm_bias
    return activation


def misclassified(logit, label):
    return (logit > 0.0 and label < 0.5) or (logit <= 0.0 and label >= 0.5)


def preactivation(inputs, weight_row, bias):
    """Weighted sum of a neuron."""
    total = float(bias)
    for n in range(wp.min(len(inputs), len(weight_row))):
        total += weight_row[n] * inputs[n]
    return total


def logit_gradient(probability, label, sample_weight):
    """Gradient of the cross entropy by the logit."""
    return sample_weight * (probability - label)


def score_partition(scores):
    """Log-sum-exp of a row of attention scores."""
    peak = float(scores[0])
    for n in range(1, len(scores)):
        peak = wp.max(peak, scores[n])
    total = float(0.0)
    for n in range(len(scores)):
        total += wp.exp(scores[n] - peak)
    return peak + wp.log(total)


def online_partition(scores):
    """Log-sum-exp in one pass, rescaled whenever the maximum grows."""
    peak = float(scores[0])
    total = float(1.0)
    for n in range(1, len(scores)):
        s = scores[n]
        if s > peak:
            total = total * wp.exp(peak - s) + 1.0
            peak = s
        else:
            total += wp.exp(s - peak)
    score_partition = peak + wp.log(total)
    return score_partition


def class_cross_entropy(class_logits, class_index, smoothing):
    """Cross entropy of a class, from logits, with smoothed labels."""
    count = len(class_logits)
    peak = float(class_logits[0])
    for c in range(1, count):
        peak = wp.max(peak, class_logits[c])
    total = float(0.0)
    mean_logit = float(0.0)
    for c in range(count):
        total += wp.exp(class_logits[c] - peak)
        mean_logit += class_logits[c] / float(count)
    log_norm = peak + wp.log(total)
    hit = class_logits[wp.min(class_index, count - 1)]
    loss = log_norm - (1.0 - smoothing) * hit - smoothing * mean_logit
    return loss


def multi_margin_loss(class_logits, class_index, margin):
    """Hinge loss of several classes."""
    hit = wp.min(class_index, len(class_logits) - 1)
    total = float(0.0)
    for c in range(len(class_logits)):
        if c == hit:
            continue
        total += wp.max(0.0, margin + class_logits[c] - class_logits[hit])
    loss = total / float(len(class_logits))
    return loss


def sampled_class(class_logits, temperature, rng):
    """Draws a class from the softmax by inversion."""
    peak = float(class_logits[0])
    for c in range(1, len(class_logits)):
        peak = wp.max(peak, class_logits[c])
    norm = float(0.0)
    for c in range(len(class_logits)):
        norm += wp.exp((class_logits[c] - peak) / temperature)
    u = wp.randf(rng) * norm
    picked = len(class_logits) - 1
    below = float(0.0)
    for c in range(len(class_logits)):
        below += wp.exp((class_logits[c] - peak) / temperature)
        if u < below:
            picked = c
            break
    return picked


def gumbel_class(class_logits, temperature, rng):
    """Draws a class by the Gumbel trick."""
    best = float(-1.0e6)
    picked = int(0)
    for c in range(len(class_logits)):
        u = wp.clamp(wp.randf(rng), 1.0e-6, 0.999999)
        noisy = class_logits[c] / temperature - wp.log(-wp.log(u))
        if noisy > best:
            best = noisy
            picked = c
    sampled_class = picked
    return sampled_class


def greedy_class(class_logits):
    """The likeliest class."""
    picked = int(0)
    for c in range(1, len(class_logits)):
        if class_logits[c] > class_logits[picked]:
            picked = c
    sampled_class = picked
    return sampled_class


def latent(latent_mean, latent_log_variance, rng):
    """Reparameterized sample of a variational encoder."""
    x = latent_mean[0] + wp.exp(0.5 * latent_log_variance[0]) * wp.randn(rng)
    y = latent_mean[1] + wp.exp(0.5 * latent_log_variance[1]) * wp.randn(rng)
    z = latent_mean[2] + wp.exp(0.5 * latent_log_variance[2]) * wp.randn(rng)
    return wp.vec3(x, y, z)


def divergence(latent_mean, latent_log_variance):
    """Divergence of a diagonal normal distribution from the standard one."""
    total = float(0.0)
    for n in range(3):
        lv = latent_log_variance[n]
        total += 0.5 * (wp.exp(lv) + latent_mean[n] * latent_mean[n] - 1.0 - lv)
    return wp.max(total, 0.0)


def triplet_loss(embedding, positive, negative, margin):
    """Pulls an anchor to its positive, away from its negative."""
    d_pos = wp.length(embedding - positive)
    d_neg = wp.length(embedding - negative)
    loss = wp.max(d_pos - d_neg + margin, 0.0)
    return loss


def gradient_of_softmax(class_logits, class_index, sample_weight):
    """Gradient of the cross entropy by the logit of one class."""
    peak = float(class_logits[0])
    for c in range(1, len(class_logits)):
        peak = wp.max(peak, class_logits[c])
    total = float(0.0)
    for c in range(len(class_logits)):
        total += wp.exp(class_logits[c] - peak)
    hit = wp.min(class_index, len(class_logits) - 1)
    p = wp.exp(class_logits[hit] - peak) / total
    logit_gradient = sample_weight * (p - 1.0)
    return logit_gradient


def next_memory(memory, input_gate, forget_gate, output_gate, candidate):
    """Cell of a long short-term memory."""
    i = 1.0 / (1.0 + wp.exp(-input_gate))
    f = 1.0 / (1.0 + wp.exp(-forget_gate))
    o = 1.0 / (1.0 + wp.exp(-output_gate))
    g = wp.tanh(candidate)
    next_memory = f * memory + i * g
    next_output = o * wp.tanh(next_memory)
    return next_memory, next_output


def gated_output(output, update_gate, candidate):
    """Gated recurrent unit."""
    u = 1.0 / (1.0 + wp.exp(-update_gate))
    next_output = wp.lerp(output, wp.tanh(candidate), u)
    return next_output


def overlap(box, true_box):
    """Intersection over union of two boxes (center and size)."""
    ax0 = box[0] - 0.5 * box[2]
    ay0 = box[1] - 0.5 * box[3]
    bx0 = true_box[0] - 0.5 * true_box[2]
    by0 = true_box[1] - 0.5 * true_box[3]
    ix = wp.min(ax0 + box[2], bx0 + true_box[2]) - wp.max(ax0, bx0)
    iy = wp.min(ay0 + box[3], by0 + true_box[3]) - wp.max(ay0, by0)
    inter = wp.max(ix, 0.0) * wp.max(iy, 0.0)
    joint = box[2] * box[3] + true_box[2] * true_box[3] - inter
    return inter / wp.max(joint, 1.0e-6)


def generalized_overlap(box, true_box):
    """Generalized intersection over union."""
    half = wp.vec2(0.5 * box[2], 0.5 * box[3])
    true_half = wp.vec2(0.5 * true_box[2], 0.5 * true_box[3])
    lo = wp.vec2(box[0], box[1]) - half
    hi = wp.vec2(box[0], box[1]) + half
    true_lo = wp.vec2(true_box[0], true_box[1]) - true_half
    true_hi = wp.vec2(true_box[0], true_box[1]) + true_half
    shared = wp.max(wp.min(hi, true_hi) - wp.max(lo, true_lo), wp.vec2(0.0, 0.0))
    hull = wp.max(hi, true_hi) - wp.min(lo, true_lo)
    inter = shared[0] * shared[1]
    joint = box[2] * box[3] + true_box[2] * true_box[3] - inter
    hull_area = wp.max(hull[0] * hull[1], 1.0e-6)
    overlap = wp.clamp(inter / wp.max(joint, 1.0e-6) - (hull_area - joint) / hull_area, -1.0, 1.0)
    return overlap


def suppressed(overlap, logit, max_overlap, min_logit):
    """Whether a detection is dropped: it is weak, or overlaps a stronger one."""
    dropped = overlap > max_overlap or logit < min_logit
    return dropped


def decoded_box(anchor, box_delta):
    """Box from an anchor and the deltas that a network gives."""
    x = anchor[0] + 0.1 * box_delta[0] * anchor[2]
    y = anchor[1] + 0.1 * box_delta[1] * anchor[3]
    w = anchor[2] * wp.exp(wp.min(0.2 * box_delta[2], 4.0))
    h = anchor[3] * wp.exp(wp.min(0.2 * box_delta[3], 4.0))
    return wp.vec4(x, y, w, h)


def box_loss(decoded_box, true_box, huber_delta):
    """Smooth absolute error of the four numbers of a box."""
    total = float(0.0)
    for n in range(4):
        d = wp.abs(decoded_box[n] - true_box[n])
        if d < huber_delta:
            total += 0.5 * d * d / huber_delta
        else:
            total += d - 0.5 * huber_delta
    loss = total
    return loss


def dice(masks, mask_labels):
    """Soft Dice coefficient of a segmentation."""
    inter = float(0.0)
    total = float(0.0)
    for n in range(wp.min(len(masks), len(mask_labels))):
        inter += masks[n] * mask_labels[n]
        total += masks[n] + mask_labels[n]
    return (2.0 * inter + 0.01) / (total + 0.01)


def calibration_error(confidences, outcomes):
    """Distance between mean confidence and hit rate over the bins of an example's row."""
    total = float(0.0)
    count = wp.min(len(confidences), len(outcomes))
    for b in range(4):
        conf = float(0.0)
        hits = float(0.0)
        for n in range(count):
            if wp.min(int(4.0 * confidences[n]), 3) == b:
                conf += confidences[n]
                hits += outcomes[n]
        total += wp.abs(conf - hits)
    return total / float(wp.max(count, 1))


def interval_loss(prediction_interval, target_value, quantile):
    """Winkler's score of a predicted interval."""
    low = wp.min(prediction_interval[0], prediction_interval[1])
    high = wp.max(prediction_interval[0], prediction_interval[1])
    penalty = float(0.0)
    if target_value < low:
        penalty = low - target_value
    elif target_value > high:
        penalty = target_value - high
    loss = wp.min(high - low + 2.0 * penalty / quantile, 50.0)
    return loss


def discounted_gain(scores):
    """Discounted cumulative gain of a ranked row against the ideal of its best grade."""
    total = float(0.0)
    ideal = float(0.0)
    best = float(0.0)
    for n in range(len(scores)):
        best = wp.max(best, scores[n])
    for n in range(len(scores)):
        discount = 1.0 / wp.log2(float(n) + 2.0)
        total += wp.max(scores[n], 0.0) * discount
        ideal += best * discount
    precision = total / wp.max(ideal, 1.0e-6)
    return precision


def position_code(token_position, channel_index):
    """Sinusoidal position encoding: sines on even channels, cosines on odd ones."""
    pair = float(channel_index // 2)
    frequency = wp.exp(-9.2103 * pair / 32.0)
    angle = float(token_position) * frequency
    if channel_index % 2 == 0:
        return wp.sin(angle)
    return wp.cos(angle)


def rms_norm(feature, channels, norm_gain, norm_epsilon):
    """Root mean square normalization."""
    sum_sq = float(0.0)
    for c in range(len(channels)):
        sum_sq += channels[c] * channels[c]
    rms = wp.sqrt(sum_sq / float(len(channels)) + norm_epsilon)
    activation = wp.clamp(norm_gain * feature / rms, -6.0, 6.0)
    return activation
