"""Numerics: values cleaned, rounded and transformed, special functions, quadrature and sums of rows."""

import warp as wp

ENTITIES = "sample entry value record item"
GROUPS = "channel column batch"
PAIRS = "pair"
LAUNCH = "1:6 2:3"
SUMMED = "finite_part magnitude quantized"

QUANTITIES = """
raw                  | real  | state   | -4 4           | raw x value
signal               | real  | state   | -3 3           | signal s_in
scale                | real  | group   | 0.2 3          | scale gain sigma | 0.5 1.0 2.0
offset               | real  | group   | -1 1           | offset bias shift | 0.5 -0.5
quantum              | real  | uniform | 0.05 0.5       | quantum q_size lsb | 0.1 0.25
fallback             | real  | uniform | -1 1           | fallback fill default_value | 0.0 1.0
limit                | real  | uniform | 0.5 3          | limit bound clip | 1.0 2.0
largest              | real  | uniform | 1 3            | largest max_valid valid_max | 2.0 3.0
threshold            | real  | uniform | 0.1 1.5        | threshold thresh dead_zone | 0.5 1.0
uniform_draw         | real  | state   | 0.02 0.98      | u uniform_draw prob
cleaned              | real  | result  | -8 8           | cleaned clean x_clean
standardized         | real  | result  | -20 20         | z standardized zscore
quantized            | real  | result  | -4 4           | quantized x_q rounded
residue              | real  | result  | -1 1           | residue remainder rem
magnitude            | real  | result  | 0 8            | magnitude mag
direction_sign       | real  | result  | -1 1           | direction_sign sgn
signed_value         | real  | result  | -8 8           | signed_value x_signed
normal_score         | real  | result  | -3 3           | normal_score probit score
tail                 | real  | result  | 0 2            | tail tail_prob survival
stretched            | real  | result  | -12 12         | stretched warped
compressed           | real  | result  | -3 3           | compressed squashed
reciprocal           | real  | result  | -12 12         | reciprocal inv
is_clean             | bool  | result  |                | is_clean ok valid
is_large             | bool  | result  |                | is_large outlier flagged
finite_part          | real  | result  | -4 4           | finite_part kept
level                | int   | result  | -90 90         | level_idx bin_id step_no
parity               | int   | result  | 0 1            | parity odd
picked               | real  | result  | -4 4           | picked agreed
ramp                 | real  | result  | 0 1            | ramp smooth_weight fade
gate                 | real  | result  | 0 1            | gate on_off
cube_root            | real  | result  | -2 2           | cube_root cbrt_x
decibels             | real  | result  | -60 20         | decibels level_db
octave               | real  | result  | -10 4          | octave log2_mag
heading              | real  | state   | -3.1 3.1       | heading theta angle
turned               | real  | result  | -200 200       | turned deg angle_deg
smoothing            | real  | uniform | 0.05 0.9       | smoothing alpha | 0.1 0.5
real_part            | real  | state   | -4 4           | re real_part
imaginary_part       | real  | state   | -4 4           | im imag_part
ramp_start           | real  | uniform | -1 0           | ramp_start edge0 | 0.0
ramp_end             | real  | uniform | 0.5 2          | ramp_end edge1 | 1.0
separation           | real  | result  | 0 40           | separation z_diff
positive             | real  | state   | 0.05 12        | arg pos_x positive
order                | int   | uniform | 0 8            | order n_ord degree | 2 3 4
modulus              | real  | state   | 0 0.98         | modulus k_mod
unit                 | real  | state   | -1 1           | t_unit unit_x
gamma_log            | real  | result  | -0.2 17        | lgamma_x gamma_log
digamma              | real  | result  | -21 4          | psi digamma
error_function       | real  | result  | -1 1           | erf_x error_function
bessel               | real  | result  | -1 1           | j0 bessel
exponential_integral | real  | result  | 0 3            | e1 exponential_integral
lower_gamma          | real  | result  | 0 1            | p_gamma lower_gamma
elliptic             | real  | result  | 1.5 4          | ell_k elliptic
lambert              | real  | result  | 0 2            | w_lambert lambert
legendre             | real  | result  | -1 1           | p_n legendre
hermite              | real  | result  | -60000 60000   | h_n hermite
chebyshev            | real  | result  | -1 1           | t_n chebyshev
newton_root          | real  | result  | 0.2 4          | root_x newton_root
angle_in             | real  | state   | -20 20         | angle phase_in
reduced_angle        | real  | result  | -3.15 3.15     | reduced wrapped
sine                 | real  | result  | -1.01 1.01     | sin_x sine
series_sum           | real  | result  | -30 30         | row_sum total_x
row                  | reals | state   | -3 3           | values row_values
row_mean             | real  | result  | -3 3           | row_mean mean
row_deviation        | real  | result  | 0 5            | row_std spread
integral             | real  | result  | -20 20         | integral quad
spacing              | real  | uniform | 0.05 0.5       | dx spacing | 0.1
table                | reals | group   | -3 3           | table knots
lookup               | real  | result  | -3 3           | interp lookup
query                | real  | state   | 0 4            | query t_query
quadratic_a          | real  | state   | -2 2           | a_coef quad_a
quadratic_b          | real  | state   | -4 4           | b_coef quad_b
quadratic_c          | real  | state   | -2 2           | c_coef quad_c
small_root           | real  | result  | -12 12         | x_small small_root
extrapolated         | real  | result  | -12 12         | extrapolated limit_est
coarse               | real  | state   | -3 3           | coarse coarse_sum
fine                 | real  | state   | -3 3           | fine fine_sum
finest               | real  | state   | -3 3           | finest finest_sum
fixed                | int   | result  | -200000 200000 | fixed q15
numerator            | int   | result  | -90 90         | numer num_frac
"""


def cleaned(raw, largest, fallback):
    """Replace what is no finite number, or too large a one."""
    if not wp.isfinite(raw) or wp.abs(raw) > largest:
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


def magnitude(real_part, imaginary_part):
    """Magnitude of a complex number, without overflow."""
    big = wp.max(wp.abs(real_part), wp.abs(imaginary_part))
    small = wp.min(wp.abs(real_part), wp.abs(imaginary_part))
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


def reciprocal(raw, threshold):
    """Approximate reciprocal, bounded near zero."""
    safe = wp.copysign(wp.max(wp.abs(raw), threshold), raw)
    return wp.div_approx(1.0, safe)


def level(raw, quantum):
    return int(wp.floor(raw / quantum))


def nearest_level(raw, offset, quantum):
    level = int(wp.rint((raw - offset) / quantum))
    return level


def parity(level):
    return level & 1


def ramp(raw, ramp_start, ramp_end):
    return wp.smoothstep(ramp_start, ramp_end, raw)


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


def turned(heading):
    return wp.degrees(heading)


def next_signal(signal, raw, smoothing):
    """Exponential smoothing."""
    return signal + smoothing * (raw - signal)


def next_raw(raw, limit):
    """Fold back into an interval."""
    wrapped = wp.mod(raw + limit, 2.0 * limit)
    folded = wrapped
    if wrapped < 0.0:
        folded = wrapped + 2.0 * limit
    next_raw = folded - limit
    return next_raw


def separation(raw_a, raw_b, scale_a, scale_b):
    """Difference in units of the pooled scale."""
    pooled = wp.sqrt(0.5 * (scale_a * scale_a + scale_b * scale_b))
    return wp.abs(raw_a - raw_b) / pooled


def larger_of_both(signal_a, signal_b, threshold):
    """The larger of two readings; their mean if they agree."""
    best = wp.max(signal_a, signal_b)
    if wp.abs(signal_a - signal_b) < threshold:
        best = 0.5 * (signal_a + signal_b)
    picked = best
    return picked


def gamma_log(positive):
    """Logarithm of the gamma function: shifted up by its recurrence, then Stirling's series."""
    x = float(positive)
    shift = float(0.0)
    for _n in range(7):
        if x >= 7.0:
            break
        shift += wp.log(x)
        x += 1.0
    inv = 1.0 / x
    inv2 = inv * inv
    tail = inv * (1.0 / 12.0 - inv2 * (1.0 / 360.0 - inv2 / 1260.0))
    return (x - 0.5) * wp.log(x) - x + 0.9189385 + tail - shift


def digamma(positive):
    x = float(positive)
    below = float(0.0)
    for _n in range(6):
        if x >= 6.0:
            break
        below += 1.0 / x
        x += 1.0
    inv2 = 1.0 / (x * x)
    return wp.log(x) - 0.5 / x - inv2 * (1.0 / 12.0 - inv2 * (1.0 / 120.0 - inv2 / 252.0)) - below


def error_function(raw):
    """Rational approximation of Abramowitz and Stegun (7.1.26)."""
    x = wp.abs(raw)
    t = 1.0 / (1.0 + 0.3275911 * x)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    y = 1.0 - poly * wp.exp(-x * x)
    return wp.sign(raw) * y


def bessel(positive):
    """Bessel function of order zero: its series near zero, the asymptotic form beyond."""
    x = positive
    if x < 5.0:
        q = -0.25 * x * x
        term = float(1.0)
        total = float(1.0)
        for n in range(1, 16):
            term *= q / float(n * n)
            total += term
            if wp.abs(term) < 1.0e-7:
                break
        return total
    z = 8.0 / x
    y = z * z
    phase = x - 0.785398164
    p = 1.0 + y * (-0.001098628627 + y * 0.00002734510407)
    q = -0.01562499995 + y * (0.0001430488765 - y * 0.000006911147651)
    return wp.sqrt(0.636619772 / x) * (wp.cos(phase) * p - z * wp.sin(phase) * q)


def exponential_integral(positive):
    """Exponential integral E1: power series up to one, continued fraction beyond."""
    x = positive
    if x <= 1.0:
        total = -0.5772157 - wp.log(x)
        term = float(1.0)
        for n in range(1, 14):
            term *= -x / float(n)
            total -= term / float(n)
        return wp.max(total, 0.0)
    b = x + 1.0
    c = float(1.0e10)
    d = 1.0 / b
    h = d
    for n in range(1, 30):
        a = -float(n * n)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        step = c * d
        h *= step
        if wp.abs(step - 1.0) < 1.0e-6:
            break
    return h * wp.exp(-x)


def lower_gamma(positive, order):
    """Regularized lower incomplete gamma function of a whole order, by the tail of its Poisson sum."""
    a = order + 1
    term = wp.exp(-positive)
    total = term
    for n in range(1, a):
        term *= positive / float(n)
        total += term
    return wp.clamp(1.0 - total, 0.0, 1.0)


def elliptic(modulus):
    """Complete elliptic integral of the first kind by the arithmetic-geometric mean."""
    a = float(1.0)
    b = wp.sqrt(1.0 - modulus * modulus)
    for _n in range(8):
        if wp.abs(a - b) < 1.0e-6:
            break
        mean = 0.5 * (a + b)
        b = wp.sqrt(a * b)
        a = mean
    return 0.5 * wp.pi / a


def lambert(positive):
    """Lambert's W by Halley's iteration."""
    w = wp.log(1.0 + positive)
    for _n in range(8):
        e = wp.exp(w)
        f = w * e - positive
        step = f / (e * (w + 1.0) - 0.5 * (w + 2.0) * f / (w + 1.0))
        w -= step
        if wp.abs(step) < 1.0e-6:
            break
    return w


def legendre(unit, order):
    """Legendre polynomial by its recurrence."""
    if order == 0:
        return 1.0
    before = float(1.0)
    now = float(unit)
    for n in range(1, order):
        k = float(n)
        after = ((2.0 * k + 1.0) * unit * now - k * before) / (k + 1.0)
        before = now
        now = after
    return wp.clamp(now, -1.0, 1.0)


def chebyshev(unit, order):
    if order == 0:
        return 1.0
    before = float(1.0)
    now = float(unit)
    for _n in range(1, order):
        after = 2.0 * unit * now - before
        before = now
        now = after
    return wp.clamp(now, -1.0, 1.0)


def hermite(unit, order):
    """Hermite polynomial of the physicists."""
    if order == 0:
        return 1.0
    before = float(1.0)
    now = 2.0 * unit
    for n in range(1, order):
        after = 2.0 * unit * now - 2.0 * float(n) * before
        before = now
        now = after
    return now


def square_root_by_newton(positive):
    """Heron's iteration."""
    x = 0.5 * (1.0 + positive)
    for _n in range(10):
        better = 0.5 * (x + positive / x)
        if wp.abs(better - x) < 1.0e-6 * x:
            break
        x = better
    newton_root = x
    return newton_root


def cube_root_by_halley(positive):
    x = wp.max(positive, 1.0)
    for _n in range(8):
        x3 = x * x * x
        x = x * (x3 + 2.0 * positive) / (2.0 * x3 + positive)
    newton_root = x
    return newton_root


def reduced_angle(angle_in):
    """Range reduction to half a turn with the circle in two parts (Cody and Waite)."""
    turns = wp.rint(angle_in / wp.tau)
    high = angle_in - turns * 6.28125
    return high - turns * 0.0019353072


def sine(reduced_angle):
    """Sine by its Taylor polynomial after a reflection."""
    x = reduced_angle
    if x > 0.5 * wp.pi:
        x = wp.pi - x
    elif x < -0.5 * wp.pi:
        x = -wp.pi - x
    x2 = x * x
    return x * (1.0 - x2 / 6.0 * (1.0 - x2 / 20.0 * (1.0 - x2 / 42.0 * (1.0 - x2 / 72.0))))


def cordic_sine(reduced_angle):
    """Sine by rotations through angles whose tangents are powers of two."""
    z = wp.clamp(reduced_angle, -1.57, 1.57)
    x = float(0.6072529)
    y = float(0.0)
    step = float(1.0)
    for _n in range(14):
        turn = wp.atan(step)
        s = 1.0 if z >= 0.0 else -1.0
        x_new = x - s * step * y
        y += s * step * x
        x = x_new
        z -= s * turn
        step *= 0.5
    sine = y
    return sine


def compensated_sum(row):
    """Sum of a row with Kahan's correction."""
    total = float(0.0)
    lost = float(0.0)
    for n in range(len(row)):
        y = row[n] - lost
        t = total + y
        lost = (t - total) - y
        total = t
    series_sum = total
    return series_sum


def neumaier_sum(row):
    """Kahan's sum as Neumaier mended it, for terms larger than the sum."""
    total = float(0.0)
    lost = float(0.0)
    for n in range(len(row)):
        x = row[n]
        t = total + x
        if wp.abs(total) >= wp.abs(x):
            lost += (total - t) + x
        else:
            lost += (x - t) + total
        total = t
    series_sum = total + lost
    return series_sum


def welford_moments(row):
    """Mean and deviation of a row in one pass (Welford)."""
    mean = float(0.0)
    m2 = float(0.0)
    for n in range(len(row)):
        d = row[n] - mean
        mean += d / float(n + 1)
        m2 += d * (row[n] - mean)
    row_mean = mean
    row_deviation = wp.sqrt(wp.max(m2, 0.0) / float(wp.max(len(row) - 1, 1)))
    return row_mean, row_deviation


def simpson_integral(row, spacing):
    """Simpson's rule, with a trapezoid at the end where the number of intervals is odd."""
    last = len(row) - 1
    even = last - last % 2
    total = float(0.0)
    for n in range(even // 2):
        i = 2 * n
        total += row[i] + 4.0 * row[i + 1] + row[i + 2]
    integral = total * spacing / 3.0
    if even < last:
        integral += 0.5 * spacing * (row[last - 1] + row[last])
    return integral


def trapezoid_integral(row, spacing):
    inner = float(0.0)
    for n in range(1, len(row) - 1):
        inner += row[n]
    ends = 0.5 * (row[0] + row[len(row) - 1])
    integral = spacing * (inner + ends)
    return integral


def extrapolated(coarse, fine):
    """Richardson's extrapolation of a rule of second order."""
    return (4.0 * fine - coarse) / 3.0


def aitken_limit(coarse, fine, finest):
    """Aitken's limit of three terms of a sequence."""
    first = fine - coarse
    second = finest - fine
    bend = second - first
    if wp.abs(bend) < 0.05:
        return finest
    extrapolated = finest - wp.clamp(second * second / bend, -8.0, 8.0)
    return extrapolated


def lookup(table, query):
    """Linear interpolation in a table, clamped to its ends."""
    last = len(table) - 1
    x = wp.clamp(query, 0.0, float(last))
    i = wp.min(int(x), wp.max(last - 1, 0))
    t = x - float(i)
    return (1.0 - t) * table[i] + t * table[wp.min(i + 1, last)]


def monotone_lookup(table, query):
    """Cubic interpolation with limited slopes, which does not overshoot (Fritsch and Carlson)."""
    last = len(table) - 1
    x = wp.clamp(query, 0.0, float(last))
    i = wp.min(int(x), wp.max(last - 1, 0))
    t = x - float(i)
    a = table[i]
    b = table[wp.min(i + 1, last)]
    d = b - a
    d_left = a - table[wp.max(i - 1, 0)]
    d_right = table[wp.min(i + 2, last)] - b
    m0 = float(0.0)
    m1 = float(0.0)
    if d_left * d > 0.0:
        m0 = 2.0 * d_left * d / (d_left + d)
    if d_right * d > 0.0:
        m1 = 2.0 * d_right * d / (d_right + d)
    s = 1.0 - t
    lookup = s * s * ((1.0 + 2.0 * t) * a + t * m0) + t * t * ((1.0 + 2.0 * s) * b - s * m1)
    return lookup


def small_root(quadratic_a, quadratic_b, quadratic_c):
    """Root of smaller magnitude without cancellation; the vertex where there is none."""
    if wp.abs(quadratic_a) < 1.0e-6:
        if wp.abs(quadratic_b) < 0.2:
            return 0.0
        return -quadratic_c / quadratic_b
    disc = quadratic_b * quadratic_b - 4.0 * quadratic_a * quadratic_c
    if disc < 0.0:
        return wp.clamp(-0.5 * quadratic_b / quadratic_a, -10.0, 10.0)
    q = -0.5 * (quadratic_b + wp.copysign(wp.sqrt(disc), quadratic_b))
    if wp.abs(q) < 1.0e-6:
        return 0.0
    return quadratic_c / q


def fixed(raw, limit):
    """Fixed-point number with fifteen bits behind the point, saturated."""
    bounded = wp.clamp(raw, -limit, limit)
    return int(wp.rint(bounded * 32768.0))


def even_rounded(raw, quantum):
    """Round half to even."""
    x = raw / quantum
    base = wp.floor(x)
    rest = x - base
    up = rest > 0.5 or (rest == 0.5 and (int(base) & 1) == 1)
    quantized = (base + wp.where(up, 1.0, 0.0)) * quantum
    return quantized


def stochastic_rounded(raw, quantum, rng):
    """Round up as often as the remainder is large."""
    x = raw / quantum
    base = wp.floor(x)
    steps = base
    if wp.randf(rng) < x - base:
        steps = base + 1.0
    quantized = steps * quantum
    return quantized


def dithered(raw, quantum, rng):
    """Round with triangular dither."""
    noise = wp.randf(rng) - wp.randf(rng)
    quantized = wp.rint(raw / quantum + noise) * quantum
    return quantized


def numerator(raw, order):
    """Numerator of the nearest fraction with a small denominator."""
    best = float(1.0e6)
    found = int(0)
    for d in range(1, order + 2):
        top = wp.rint(raw * float(d))
        miss = wp.abs(raw - top / float(d))
        if miss < best - 1.0e-6:
            best = miss
            found = int(top)
    return found
