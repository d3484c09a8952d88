"""Numerics: values cleaned, rounded, transformed and checked before and after the real work."""

import warp as wp

ENTITIES = "sample entry value record item"
GROUPS = "channel column batch"
PAIRS = "pair"
LAUNCH = "1:6 2:3"
SUMMED = "finite_part magnitude quantized error_bound"

QUANTITIES = """
raw              | real | state   | -4 4       | raw x value sample
signal           | real | state   | -3 3       | signal s y
scale            | real | group   | 0.2 3      | scale gain sigma       | 0.5 1.0 2.0
offset           | real | group   | -1 1       | offset bias shift      | 0.5 -0.5
quantum          | real | uniform | 0.05 0.5   | quantum q_size lsb     | 0.1 0.25
fallback         | real | uniform | -1 1       | fallback fill default_value | 0.0 1.0
limit            | real | uniform | 0.5 3      | limit bound clip       | 1.0 2.0
threshold        | real | uniform | 0.1 1.5    | threshold thresh level | 0.5 1.0
uniform_draw     | real | state   | 0.02 0.98  | u uniform_draw prob
cleaned          | real | result  | -8 8       | cleaned clean x_clean
standardized     | real | result  | -20 20     | z standardized zscore
quantized        | real | result  | -4 4       | quantized x_q rounded
residue          | real | result  | -1 1       | residue remainder rem
magnitude        | real | result  | 0 8        | magnitude mag
direction_sign   | real | result  | -1 1       | direction_sign sgn
signed_value     | real | result  | -8 8       | signed_value x_signed
normal_score     | real | result  | -3 3       | normal_score probit score
tail             | real | result  | 0 2        | tail tail_prob survival
stretched        | real | result  | -12 12     | stretched warped
compressed       | real | result  | -3 3       | compressed squashed
reciprocal       | real | result  | -12 12     | reciprocal inv
is_clean         | bool | result  |            | is_clean ok valid
is_large         | bool | result  |            | is_large outlier flagged
finite_part      | real | result  | -4 4       | finite_part kept
level            | int  | result  | -90 90     | level_idx bin_id step_no
parity           | int  | result  | 0 1        | parity odd
error_bound      | real | result  | 0 2        | error_bound err_max
blend            | real | result  | -4 4       | blend mixed
ramp             | real | result  | 0 1        | ramp smooth_weight fade
gate             | real | result  | 0 1        | gate on_off
catenary         | real | result  | 0 40       | catenary sag
cube_root        | real | result  | -2 2       | cube_root cbrt_x
decibels         | real | result  | -60 20     | decibels level_db
octave           | real | result  | -10 4      | octave log2_mag
kelvin           | real | state   | 0.5 4      | kelvin t_abs temp
heading          | real | state   | -3.1 3.1   | heading theta angle
turned           | real | result  | -200 200   | turned deg angle_deg
"""


def cleaned(raw, limit, fallback):
    """Replace what is no finite number, or too large a one."""
    if not wp.isfinite(raw) or wp.abs(raw) > limit:
        return fallback
    return raw


def nan_to_fallback(raw, scale, fallback):
    ratio = raw / scale
    broken = wp.isnan(ratio) or wp.isinf(ratio) or wp.abs(ratio) > 6.0
    cleaned = wp.where(broken, fallback, ratio)
    return cleaned


def is_clean(raw, limit):
    return wp.isfinite(raw) and wp.abs(raw) <= limit


def is_large(signal, threshold, scale):
    return wp.abs(signal) > threshold * scale


def finite_part(raw, limit):
    kept = 0.0
    if wp.isfinite(raw) and wp.abs(raw) < limit:
        kept = raw
    finite_part = kept
    return finite_part


def standardized(raw, offset, scale):
    return (raw - offset) / scale


def quantized(raw, quantum):
    """Round to the nearest multiple of a quantum."""
    return wp.rint(raw / quantum) * quantum


def truncated(raw, quantum):
    """Round towards zero."""
    quantized = wp.trunc(raw / quantum) * quantum
    return quantized


def rounded_up(raw, quantum):
    quantized = wp.ceil(raw / quantum) * quantum
    return quantized


def half_away_from_zero(raw, quantum):
    quantized = wp.round(raw / quantum) * quantum
    return quantized


def residue(raw):
    return wp.frac(raw)


def rounding_error(raw, quantized):
    residue = wp.clamp(raw - quantized, -1.0, 1.0)
    return residue


def magnitude(signal, raw):
    """Length of a two-component value, without overflow."""
    big = wp.max(wp.abs(signal), wp.abs(raw))
    small = wp.min(wp.abs(signal), wp.abs(raw))
    ratio = small / wp.max(big, 1.0e-6)
    return big * wp.sqrt(1.0 + ratio * ratio)


def direction_sign(signal, threshold):
    """Sign with a dead zone."""
    s = 0.0
    if wp.abs(signal) > threshold:
        s = wp.sign(signal)
    return s


def signed_value(magnitude, signal):
    """A magnitude with the sign of another value."""
    return wp.copysign(magnitude, signal)


def signed_root(raw, signal):
    root = wp.sqrt(wp.abs(raw))
    signed_value = wp.copysign(root, signal)
    return signed_value


def normal_score(uniform_draw):
    """Probit by the inverse error function."""
    return 1.4142135 * wp.erfinv(2.0 * uniform_draw - 1.0)


def upper_normal_score(uniform_draw):
    """Probit of the upper tail by the inverse complementary error function."""
    normal_score = 1.4142135 * wp.erfcinv(2.0 * uniform_draw)
    return normal_score


def tail(standardized):
    """Two-sided tail probability of a standard normal variable."""
    return wp.erfc(wp.abs(standardized) / 1.4142135)


def central_probability(standardized):
    tail = 1.0 - wp.erf(wp.abs(standardized) / 1.4142135)
    return tail


def stretched(raw, scale):
    """Inverse hyperbolic sine backwards: large values are stretched."""
    return scale * wp.sinh(0.6 * raw)


def compressed(raw, scale):
    """Inverse hyperbolic sine."""
    t = raw / scale
    return scale * wp.log(wp.abs(t) + wp.sqrt(t * t + 1.0)) * wp.sign(raw)


def soft_limited(raw, limit):
    compressed = limit * wp.tanh(raw / limit)
    return compressed


def catenary(raw, scale):
    """Height of a hanging chain."""
    return scale * (wp.cosh(raw / (scale + 1.0)) - 1.0)


def reciprocal(raw, threshold):
    """Approximate reciprocal, bounded near zero."""
    safe = wp.copysign(wp.max(wp.abs(raw), 0.1 + threshold), raw)
    return wp.div_approx(1.0, safe)


def approximate_standardized(raw, offset, scale):
    standardized = wp.div_approx(raw - offset, scale)
    return standardized


def level(raw, quantum):
    return int(wp.floor(raw / quantum))


def nearest_level(raw, offset, quantum):
    level = int(wp.rint((raw - offset) / quantum))
    return level


def parity(level):
    return level & 1


def error_bound(quantum, scale):
    return 0.5 * quantum * scale


def blend(raw, signal, uniform_draw):
    return wp.lerp(raw, signal, uniform_draw)


def ramp(raw, threshold, limit):
    return wp.smoothstep(-threshold, limit, raw)


def gate(signal, threshold):
    return wp.step(threshold - signal)


def nonzero_gate(level):
    gate = float(wp.nonzero(level))
    return gate


def cube_root(raw):
    return wp.cbrt(raw)


def decibels(raw):
    return 20.0 * wp.log10(wp.max(wp.abs(raw), 1.0e-6))


def octave(raw):
    return wp.log2(wp.max(wp.abs(raw), 1.0e-6))


def turned(heading, offset):
    return wp.degrees(heading + 0.3 * offset)


def next_signal(signal, raw, uniform_draw):
    """Exponential smoothing with a gain of its own for each entry."""
    return signal + uniform_draw * (raw - signal)


def next_raw(raw, limit):
    """Fold back into an interval."""
    wrapped = wp.mod(raw + limit, 2.0 * limit)
    folded = wrapped
    if wrapped < 0.0:
        folded = wrapped + 2.0 * limit
    next_raw = folded - limit
    return next_raw


def next_kelvin(kelvin, scale, offset):
    return wp.max(kelvin * wp.pow(0.5 + 0.1 * scale, 0.25) + 0.1 * offset, 0.1)


def distance(raw_a, raw_b, scale_a, scale_b):
    """Difference in units of the pooled scale."""
    pooled = wp.sqrt(0.5 * (scale_a * scale_a + scale_b * scale_b))
    magnitude = wp.abs(raw_a - raw_b) / pooled
    return magnitude


def larger_of_both(signal_a, signal_b, threshold):
    """The larger of two readings; their mean if they agree."""
    picked = wp.max(signal_a, signal_b)
    if wp.abs(signal_a - signal_b) < threshold:
        picked = 0.5 * (signal_a + signal_b)
    blend = picked
    return blend
