"""Statistics: densities and likelihoods, estimates that are updated, tests, divergences, kernels, robust weights."""

import warp as wp

ENTITIES = "sample observation record subject trial"
GROUPS = "cohort stratum component"
PAIRS = "pair comparison"
LAUNCH = "1:9 2:2"
SUMMED = "log_likelihood loss weight deviance events trials"
OPPOSITE = "statistic"

QUANTITIES = """
value           | real  | state   | -4 4      | x values obs data
quantile        | real  | result  | -20 20    | quantile x_q
transformed     | real  | result  | -2 40     | transformed y_lambda
sample_mean     | real  | result  | -3 3      | sample_mean
sample_variance | real  | result  | 0 10      | sample_var
trimmed_mean    | real  | result  | -12 12    | trimmed_mean trim_avg
merged_mean     | real  | result  | -1 1      | merged_mean
merged_squares  | real  | result  | 8 200     | merged_m2
shrunk_variance | real  | result  | 0.1 30    | shrunk_var s2_post
robust_score    | real  | result  | -200 200  | robust_z robust_score
drift           | real  | result  | -30 30    | drift drift_z
effect          | real  | result  | -12 12    | cohens_d effect
mahalanobis     | real  | result  | 0 9       | mahalanobis maha
exposure        | real  | state   | 0.1 3     | exposure person_time
core_share      | real  | uniform | 0.5 0.98  | core_share p_core       | 0.9 0.95
base_rate       | real  | uniform | 0.05 0.9  | base_rate prevalence    | 0.1 0.5
boxcox_lambda   | real  | uniform | 0.2 1.9   | lam_bc boxcox_lambda    | 0.5
barron_alpha    | real  | uniform | 0.2 1.9   | alpha_loss barron_alpha | 1.0 1.5
mixture_alpha   | real  | uniform | 0.3 4     | alpha_rq mixture_alpha  | 1.0 2.0
predictor_mean  | real  | group   | -1 1      | predictor_mean u_bar
autocorrelation | real  | result  | -1 1      | acf1 autocorrelation
duration        | real  | state   | 0.1 4     | t durations lifetime
mean            | real  | group   | -2 2      | mean mu
variance        | real  | group   | 0.3 4     | variance sigma2 s2
running_mean     | real  | state   | -1 1      | running_mean
running_variance | real  | state   | 0.2 4     | running_var
censored        | bool  | state   | 0 1       | censored is_censored
response        | bool  | state   | 0 1       | response success y
scale           | real  | group   | 0.4 2.5   | sigma scale std
shape_parameter | real  | uniform | 0.6 1.9   | k_shape weibull_k      | 1.5 1.0
rate            | real  | group   | 0.3 4     | rate lam rates
freedom         | real  | uniform | 1 30      | dof nu df              | 3.0 5.0
z_score         | real  | result  | -5 5      | z z_score zscore
density         | real  | result  | 0 2       | pdf density likelihood
log_likelihood  | real  | result  | -60 2     | log_lik ll logp
cumulative      | real  | result  | 0.001 0.999 | cdf cumulative p_below
survival        | real  | result  | 0 1       | survival sf
hazard          | real  | result  |           | hazard haz
p_value         | real  | result  | 0 1       | p_value pval
statistic       | real  | result  | -10 10    | stat statistic test_stat
significance    | real  | uniform | 0.01 0.3  | alpha significance     | 0.05 0.1
significant     | bool  | result  |           | significant rejected
outlier         | bool  | result  |           | outlier is_outlier flagged
count           | int   | state   | 2 30      | n count counts
events          | int   | state   | 0 12      | events
trials          | int   | state   | 12 40     | trials
probability     | real  | state   | 0.01 0.99 | p prob probability
log_odds        | real  | result  | -4 4      | log_odds logit
weight          | real  | state   | 0.1 3     | weights weight w
residual        | real  | result  | -8 8      | residual resid r
robust_weight   | real  | result  | 0 1       | w_robust irls_weight rw
loss            | real  | result  |           | loss rho
cutoff          | real  | uniform | 0.5 4     | c cutoff tuning        | 1.345 2.0
critical        | real  | uniform | 1 3       | z_crit critical        | 1.96
period          | real  | uniform | 0.5 4     | period                 | 1.0 2.0
squares         | real  | state   | 4 40      | m2 sum_sq ssd
decay           | real  | uniform | 0.02 0.5  | decay alpha forget     | 0.1 0.05
prior_mean      | real  | uniform | -2 2      | prior_mean             | 0.0
prior_variance  | real  | uniform | 0.3 5     | prior_var              | 1.0
prior           | real  | uniform | 0.05 0.9  | prior pi0              | 0.5 0.1
posterior       | real  | result  | 0 1       | posterior post
success_count   | real  | state   | 0.5 30    | a_post
failure_count   | real  | state   | 0.5 30    | b_post
credible        | real  | result  |           | post_mean credible estimate
uncertainty     | real  | result  |           | se post_sd uncertainty
slope           | real  | group   | -2 2      | slope
intercept       | real  | group   | -2 2      | intercept
predictor       | real  | state   | -3 3      | predictor covariate u
fitted          | real  | result  | -4 4      | fitted y_hat pred
studentized     | real  | result  |           | studentized t_i r_std
leverage        | real  | result  | 0.01 1    | leverage hat h_ii
deviance        | real  | result  |           | deviance dev
point           | vec2  | state   | -2 2      | point points xy
center          | vec2  | group   | -1 1      | center centers centroid
factor          | mat22 | group   | 0.6 1.5   | chol factor l_mat
covariance      | mat22 | state   | 0.2 3     | cov covariance
distance        | real  | result  | 0 8       | dist distance
length_scale    | real  | uniform | 0.3 2     | ell length_scale bandwidth | 1.0 0.5
kernel_value    | real  | result  | 0 2       | k_ab kernel_value gram
divergence      | real  | result  |           | divergence div_pq divergence_val
correlation     | real  | result  | -1 1      | corr rho_xy r
similarity      | real  | result  | 0 1       | similarity sim jaccard
samples         | reals | state   | -3 3      | samples series draws
tallies         | ints  | state   | 0 20      | tallies bins observed
skewness        | real  | result  |           | skewness skew_g1
information     | real  | result  |           | entropy information info
angle           | real  | state   | -3 3      | theta angle angles
concentration   | real  | uniform | 0.3 4     | kappa concentration    | 1.0 2.0
fingerprint     | uint  | state   | 1 65535   | fingerprint bits sketch
log_gamma       | real  | result  | -1 40     | log_gamma lgam
gamma_argument  | real  | state   | 0.3 12    | a_shape gamma_a
chi_square      | real  | state   | 0 40      | chi2 chi_sq
tail_probability | real | result  | 0 1       | tail_prob q_gamma
beta_tail       | real  | result  | 0 1       | i_x beta_cdf
fraction        | real  | state   | 0.02 0.98 | x_frac fraction
beta_p          | real  | group   | 0.5 8     | a_beta
beta_q          | real  | group   | 0.5 8     | b_beta
normal_quantile | real  | result  | -4 4      | z_q normal_quantile
largest_gap     | real  | result  | 0 1       | ks_stat d_max
weibull_shape   | real  | result  | 0.05 60   | k_hat weibull_shape
lifetimes       | reals | state   | 0.1 5     | lifetimes failure_times
cusum_peak      | real  | result  | 0 200     | cusum_peak s_max
slack           | real  | uniform | 0.1 1     | slack k_slack           | 0.5
theil_slope     | real  | result  | -7 7      | slope_avg pair_slope
rank_sum        | real  | result  | 0 400     | u_stat rank_sum
control_samples | reals | state   | -3 3      | controls control_samples
mixing          | real  | state   | 0.1 0.9   | mixing pi_1
low_mean        | real  | state   | -2 0      | mu_lo
high_mean       | real  | state   | 0 2       | mu_hi
run_count       | int   | result  | 1 64      | run_count n_runs
"""


def z_score(value, mean, scale):
    return (value - mean) / scale


def robust_z_score(value, samples):
    """Deviation from the mean of a row in units of its mean absolute deviation."""
    n = float(len(samples))
    avg = float(0.0)
    for k in range(len(samples)):
        avg += samples[k] / n
    mad = float(0.0)
    for k in range(len(samples)):
        mad += wp.abs(samples[k] - avg) / n
    robust_score = (value - avg) / wp.max(1.2533 * mad, 1.0e-6)
    return robust_score


def density(z_score, scale):
    """Normal density."""
    return wp.exp(-0.5 * z_score * z_score) / (scale * wp.sqrt(wp.tau))


def laplace_density(value, mean, scale):
    density = wp.exp(-wp.abs(value - mean) / scale) / (2.0 * scale)
    return density


def cauchy_density(value, mean, scale):
    z = (value - mean) / scale
    density = 1.0 / (wp.pi * scale * (1.0 + z * z))
    return density


def logistic_density(value, mean, scale):
    ez = wp.exp(-wp.abs(value - mean) / scale)
    density = ez / (scale * (1.0 + ez) * (1.0 + ez))
    return density


def contaminated_density(value, mean, scale, core_share):
    """Normal density with a broad component for outliers (Tukey)."""
    z = (value - mean) / scale
    norm = 1.0 / (scale * wp.sqrt(wp.tau))
    core = norm * wp.exp(-0.5 * z * z)
    tails = norm / 3.0 * wp.exp(-0.5 * z * z / 9.0)
    density = core_share * core + (1.0 - core_share) * tails
    return density


def weibull_density(duration, shape_parameter, rate):
    u = duration * rate
    density = shape_parameter * rate * wp.pow(u, shape_parameter - 1.0) * wp.exp(-wp.pow(u, shape_parameter))
    return density


def lognormal_density(duration, mean, scale):
    z = (wp.log(duration) - mean) / scale
    density = wp.exp(-0.5 * z * z) / (duration * scale * wp.sqrt(wp.tau))
    return density


def triangular_density(value, mean, scale):
    u = wp.abs(value - mean) / scale
    if u >= 1.0:
        return 0.0
    density = (1.0 - u) / scale
    return density


def von_mises_density(angle, mean, concentration):
    """Von Mises density; the Bessel function is summed as a series."""
    half_sq = 0.25 * concentration * concentration
    term = float(1.0)
    bessel = float(1.0)
    for k in range(1, 12):
        term *= half_sq / float(k * k)
        bessel += term
    density = wp.exp(concentration * wp.cos(angle - mean)) / (wp.tau * bessel)
    return density


def kernel_density(value, samples, length_scale):
    """Kernel density estimate with a Gaussian kernel."""
    total = float(0.0)
    for k in range(len(samples)):
        u = (value - samples[k]) / length_scale
        total += wp.exp(-0.5 * u * u)
    density = total / (float(len(samples)) * length_scale * wp.sqrt(wp.tau))
    return density


def log_likelihood(value, mean, variance):
    """Normal log-likelihood."""
    d = value - mean
    return -0.5 * (d * d / variance + wp.log(wp.tau * variance))


def student_log_likelihood(z_score, freedom, scale):
    """Student's t without the normalization that depends on the degrees of freedom."""
    log_likelihood = -0.5 * (freedom + 1.0) * wp.log(1.0 + z_score * z_score / freedom) - wp.log(scale)
    return log_likelihood


def poisson_log_likelihood(events, rate, exposure):
    mean_events = rate * exposure
    log_factorial = float(0.0)
    for k in range(2, events + 1):
        log_factorial += wp.log(float(k))
    log_likelihood = float(events) * wp.log(mean_events) - mean_events - log_factorial
    return log_likelihood


def binomial_log_likelihood(events, trials, probability):
    hits = float(events)
    log_choose = float(0.0)
    for k in range(1, events + 1):
        log_choose += wp.log(float(trials - events + k) / float(k))
    misses = float(trials) - hits
    log_likelihood = log_choose + hits * wp.log(probability) + misses * wp.log(1.0 - probability)
    return log_likelihood


def censored_log_likelihood(duration, rate, censored):
    """Exponential lifetimes, of which some are censored."""
    log_likelihood = -rate * duration
    if not censored:
        log_likelihood = log_likelihood + wp.log(rate)
    return log_likelihood


def bivariate_log_likelihood(mahalanobis, factor):
    """Bivariate normal, given the Mahalanobis mahalanobis."""
    log_det = 2.0 * wp.log(wp.max(factor[0, 0] * factor[1, 1], 1.0e-6))
    log_likelihood = -0.5 * (mahalanobis * mahalanobis + log_det) - wp.log(wp.tau)
    return log_likelihood


def cumulative(z_score):
    """Standard normal distribution function."""
    return 0.5 * wp.erfc(-z_score / wp.sqrt(2.0))


def logistic_cumulative(value, mean, scale):
    cumulative = 1.0 / (1.0 + wp.exp(-(value - mean) / scale))
    return cumulative


def weibull_cumulative(duration, shape_parameter, rate):
    cumulative = 1.0 - wp.exp(-wp.pow(duration * rate, shape_parameter))
    return cumulative


def empirical_cumulative(value, samples):
    below = int(0)
    for k in range(len(samples)):
        if samples[k] <= value:
            below += 1
    cumulative = float(below) / float(len(samples))
    return cumulative


def erlang_survival(duration, rate):
    """Survival function of an Erlang distribution of three stages."""
    u = rate * duration
    survival = wp.exp(-u) * (1.0 + u + 0.5 * u * u)
    return survival


def weibull_survival(duration, shape_parameter, rate):
    survival = wp.exp(-wp.pow(duration * rate, shape_parameter))
    return survival


def lognormal_survival(duration, mean, scale):
    z = (wp.log(duration) - mean) / scale
    survival = wp.clamp(0.5 * wp.erfc(z / wp.sqrt(2.0)), 0.001, 1.0)
    return survival


def weibull_hazard(duration, shape_parameter, rate):
    u = wp.max(duration * rate, 0.02)
    hazard = shape_parameter * rate * wp.pow(u, shape_parameter - 1.0)
    return hazard


def gompertz_hazard(duration, rate, slope, predictor):
    """Gompertz baseline with a proportional hazard."""
    hazard = rate * wp.exp(0.2 * duration + 0.5 * slope * predictor)
    return hazard


def quantile_value(probability, mean, scale):
    """Inverse of the normal distribution function."""
    quantile = mean + scale * wp.sqrt(2.0) * wp.erfinv(2.0 * probability - 1.0)
    return quantile


def box_cox(duration, boxcox_lambda):
    """Box-Cox transform."""
    transformed = (wp.pow(duration, boxcox_lambda) - 1.0) / boxcox_lambda
    return transformed


def p_value(statistic):
    """Two-sided p-value of a normal statistic."""
    return wp.erfc(wp.abs(statistic) / wp.sqrt(2.0))


def chi_square_p_value(mahalanobis):
    """Tail of chi-square with two degrees of freedom."""
    p_value = wp.exp(-0.5 * mahalanobis * mahalanobis)
    return p_value


def welch_statistic(mean_a, mean_b, variance_a, variance_b, count_a, count_b):
    """Welch's t statistic."""
    se2 = variance_a / float(count_a) + variance_b / float(count_b)
    statistic = (mean_a - mean_b) / wp.sqrt(se2)
    return statistic


def effect_size(mean_a, mean_b, variance_a, variance_b):
    """Cohen's d."""
    pooled = wp.sqrt(0.5 * (variance_a + variance_b))
    effect = (mean_a - mean_b) / pooled
    return effect


def proportion_statistic(events_a, events_b, trials_a, trials_b):
    """Test of two proportions."""
    na = float(trials_a)
    nb = float(trials_b)
    pooled = float(events_a + events_b) / (na + nb)
    se = wp.sqrt(wp.max(pooled * (1.0 - pooled) * (1.0 / na + 1.0 / nb), 1.0e-6))
    statistic = (float(events_a) / na - float(events_b) / nb) / se
    return statistic


def fisher_statistic(correlation, count):
    """Fisher's z transform of a correlation."""
    r = wp.clamp(correlation, -0.999, 0.999)
    statistic = 0.5 * wp.log((1.0 + r) / (1.0 - r)) * wp.sqrt(float(count))
    return statistic


def chi_square_statistic(tallies):
    """Pearson's chi-square against equal bins, standardized."""
    total = int(0)
    for k in range(len(tallies)):
        total += tallies[k]
    expected = float(total) / float(len(tallies))
    chi2 = float(0.0)
    for k in range(len(tallies)):
        d = float(tallies[k]) - expected
        chi2 += d * d / expected
    dof = float(wp.max(len(tallies) - 1, 1))
    statistic = (chi2 - dof) / wp.sqrt(2.0 * dof)
    return statistic


def significant(p_value, significance):
    return p_value < significance


def outlier(residual, cutoff, scale):
    return wp.abs(residual) > cutoff * scale


def tukey_outlier(value, mean, variance, cutoff):
    spread = cutoff * wp.sqrt(variance)
    outlier = value < mean - spread or value > mean + spread
    return outlier


def fitted(slope, predictor, intercept):
    return slope * predictor + intercept


def residual(value, fitted):
    return value - fitted


def studentized_residual(value, fitted, leverage, variance):
    studentized = (value - fitted) / wp.sqrt(variance * wp.max(1.0 - leverage, 1.0e-6))
    return studentized


def leverage(predictor, predictor_mean, squares, count):
    d = predictor - predictor_mean
    return wp.min(1.0 / float(count) + d * d / (squares + d * d), 1.0)


def log_odds(slope, predictor, intercept, base_rate):
    """Logistic regression with a corrected base rate."""
    return slope * predictor + intercept + wp.log(base_rate / (1.0 - base_rate))


def sigmoid(log_odds):
    probability = 1.0 / (1.0 + wp.exp(-log_odds))
    return probability


def bernoulli_deviance(probability, response):
    p = wp.clamp(probability, 1.0e-4, 1.0 - 1.0e-4)
    deviance = -2.0 * wp.log(p) if response else -2.0 * wp.log(1.0 - p)
    return deviance


def poisson_deviance(events, rate, exposure):
    """Poisson deviance, whose first term vanishes without events."""
    mu = rate * exposure
    y = float(events)
    half = mu - y
    if events > 0:
        half = half + y * wp.log(y / mu)
    deviance = 2.0 * half
    return deviance


def huber_weight(residual, cutoff):
    robust_weight = cutoff / wp.max(wp.abs(residual), cutoff)
    return robust_weight


def tukey_weight(residual, cutoff):
    """Tukey's biweight."""
    u = residual / cutoff
    if wp.abs(u) >= 1.0:
        return 0.0
    t = 1.0 - u * u
    robust_weight = t * t
    return robust_weight


def cauchy_weight(residual, cutoff):
    u = residual / cutoff
    robust_weight = 1.0 / (1.0 + u * u)
    return robust_weight


def weighted_loss(residual, robust_weight, weight):
    loss = 0.5 * weight * robust_weight * residual * residual
    return loss


def geman_mcclure_loss(residual, scale):
    r2 = residual * residual
    loss = 0.5 * r2 / (scale * scale + r2)
    return loss


def barron_loss(residual, scale, barron_alpha):
    """Barron's general and adaptive robust loss, without its limits."""
    b = 2.0 - barron_alpha
    u = residual / scale
    loss = b / barron_alpha * (wp.pow(u * u / b + 1.0, 0.5 * barron_alpha) - 1.0)
    return loss


def welford_update(value, running_mean, squares, count):
    """Welford's online mean and sum of squared deviations."""
    next_count = count + 1
    delta = value - running_mean
    next_running_mean = running_mean + delta / float(next_count)
    next_squares = squares + delta * (value - next_running_mean)
    return next_running_mean, next_squares, next_count


def merged_moments(running_mean_a, running_mean_b, squares_a, squares_b, count_a, count_b):
    """Chan's formula for joining two partitions."""
    na = float(count_a)
    nb = float(count_b)
    delta = running_mean_b - running_mean_a
    merged_mean = (na * running_mean_a + nb * running_mean_b) / (na + nb)
    merged_squares = squares_a + squares_b + delta * delta * na * nb / (na + nb)
    return merged_mean, merged_squares


def smoothed_moments(value, running_mean, running_variance, decay):
    """Exponentially weighted mean and variance."""
    delta = value - running_mean
    next_running_mean = running_mean + decay * delta
    next_running_variance = (1.0 - decay) * (running_variance + decay * delta * delta)
    return next_running_mean, next_running_variance


def drift_score(value, running_mean, running_variance):
    drift = (value - running_mean) / wp.sqrt(wp.max(running_variance, 1.0e-6))
    return drift


def posterior_variance(squares, count, prior_variance, freedom):
    """Variance shrunk towards a prior with so many degrees of freedom."""
    shrunk_variance = (squares + freedom * prior_variance) / (float(count) + freedom)
    return shrunk_variance


def uncertainty(variance, count):
    return wp.sqrt(variance / float(count))


def normal_update(value, variance, prior_mean, prior_variance):
    """Conjugate update of a normal mean."""
    gain = prior_variance / (prior_variance + variance)
    credible = prior_mean + gain * (value - prior_mean)
    uncertainty = wp.sqrt((1.0 - gain) * prior_variance)
    return credible, uncertainty


def beta_update(success_count, failure_count, events, trials):
    """Beta-binomial conjugate update."""
    next_success_count = success_count + float(events)
    next_failure_count = failure_count + float(trials - events)
    return next_success_count, next_failure_count


def beta_mean(success_count, failure_count):
    credible = success_count / (success_count + failure_count)
    return credible


def beta_spread(success_count, failure_count):
    n = success_count + failure_count
    uncertainty = wp.sqrt(success_count * failure_count / (n * n * (n + 1.0)))
    return uncertainty


def wilson_estimate(events, trials, critical):
    """Center of Wilson's score interval."""
    n = float(trials)
    z2 = critical * critical
    credible = (float(events) + 0.5 * z2) / (n + z2)
    return credible


def shrunk_estimate(value, prior_mean, prior_variance, count, variance):
    """Partial pooling towards the prior mean."""
    precision = float(count) / variance
    credible = (precision * value + prior_mean / prior_variance) / (precision + 1.0 / prior_variance)
    return credible


def posterior(density, reference_density, prior):
    """Bayes' rule for two hypotheses."""
    joint = prior * density
    evidence = joint + (1.0 - prior) * reference_density
    return joint / wp.max(evidence, 1.0e-6)


def covariance(factor):
    return factor * wp.transpose(factor)


def outer_covariance(point, center, covariance, decay):
    """Exponentially weighted covariance."""
    d = point - center
    next_covariance = (1.0 - decay) * covariance + decay * wp.outer(d, d)
    return next_covariance


def covariance_correlation(covariance):
    spread = wp.sqrt(wp.max(covariance[0, 0] * covariance[1, 1], 1.0e-6))
    correlation = wp.clamp(covariance[0, 1] / spread, -1.0, 1.0)
    return correlation


def mahalanobis_distance(point, center, factor):
    """Mahalanobis distance by forward substitution with the Cholesky factor."""
    d = point - center
    u = d[0] / factor[0, 0]
    v = (d[1] - factor[1, 0] * u) / factor[1, 1]
    mahalanobis = wp.sqrt(u * u + v * v)
    return mahalanobis


def distance(point_a, point_b):
    return wp.length(point_a - point_b)


def manhattan_distance(point_a, point_b):
    d = point_a - point_b
    distance = wp.abs(d[0]) + wp.abs(d[1])
    return distance


def canberra_distance(point_a, point_b):
    distance = float(0.0)
    for k in range(2):
        total = wp.abs(point_a[k]) + wp.abs(point_b[k])
        distance += wp.abs(point_a[k] - point_b[k]) / wp.max(total, 1.0e-6)
    return distance


def kernel_value(distance, length_scale):
    """Squared exponential kernel."""
    u = distance / length_scale
    return wp.exp(-0.5 * u * u)


def matern_kernel(distance, length_scale, scale):
    """Matern kernel with nu = 3/2."""
    u = wp.sqrt(3.0) * distance / length_scale
    kernel_value = scale * (1.0 + u) * wp.exp(-u)
    return kernel_value


def periodic_kernel(value_a, value_b, length_scale, period):
    """MacKay's periodic kernel."""
    s = wp.sin(wp.pi * (value_a - value_b) / period) / length_scale
    kernel_value = wp.exp(-2.0 * s * s)
    return kernel_value


def rational_quadratic_kernel(distance, length_scale, mixture_alpha):
    u = distance * distance / (2.0 * mixture_alpha * length_scale * length_scale)
    kernel_value = wp.pow(1.0 + u, -mixture_alpha)
    return kernel_value


def epanechnikov_kernel(value_a, value_b, length_scale):
    u = (value_a - value_b) / length_scale
    kernel_value = 0.75 * wp.max(1.0 - u * u, 0.0)
    return kernel_value


def divergence(mean_a, mean_b, variance_a, variance_b):
    """Kullback-Leibler divergence of two normal distributions."""
    d = mean_a - mean_b
    return 0.5 * ((variance_a + d * d) / variance_b - 1.0 + wp.log(variance_b / variance_a))


def bhattacharyya_divergence(mean_a, mean_b, variance_a, variance_b):
    d = mean_a - mean_b
    total = variance_a + variance_b
    divergence = 0.25 * d * d / total + 0.5 * wp.log(total / (2.0 * wp.sqrt(variance_a * variance_b)))
    return divergence


def wasserstein_divergence(mean_a, mean_b, scale_a, scale_b):
    """Wasserstein distance of two normal distributions."""
    dm = mean_a - mean_b
    ds = scale_a - scale_b
    divergence = wp.sqrt(dm * dm + ds * ds)
    return divergence


def jensen_shannon_divergence(probability_a, probability_b):
    """Jensen-Shannon divergence of two Bernoulli variables, in bits."""
    m = 0.5 * (probability_a + probability_b)
    qa = 1.0 - probability_a
    qb = 1.0 - probability_b
    kl_a = probability_a * wp.log2(probability_a / m) + qa * wp.log2(qa / (1.0 - m))
    kl_b = probability_b * wp.log2(probability_b / m) + qb * wp.log2(qb / (1.0 - m))
    divergence = 0.5 * (kl_a + kl_b)
    return divergence


def hellinger_divergence(probability_a, probability_b):
    affinity = wp.sqrt(probability_a * probability_b) + wp.sqrt((1.0 - probability_a) * (1.0 - probability_b))
    divergence = wp.sqrt(wp.max(1.0 - affinity, 0.0))
    return divergence


def sample_moments(samples):
    n = float(len(samples))
    total = float(0.0)
    total_sq = float(0.0)
    for k in range(len(samples)):
        total += samples[k]
        total_sq += samples[k] * samples[k]
    sample_mean = total / n
    sample_variance = wp.max(total_sq / n - sample_mean * sample_mean, 0.0)
    return sample_mean, sample_variance


def trimmed_mean(samples):
    """Mean without the least and the greatest sample."""
    low = float(samples[0])
    high = float(samples[0])
    total = float(0.0)
    for k in range(len(samples)):
        low = wp.min(low, samples[k])
        high = wp.max(high, samples[k])
        total += samples[k]
    return (total - low - high) / float(wp.max(len(samples) - 2, 1))


def skewness(samples, mean, scale):
    total = float(0.0)
    for k in range(len(samples)):
        z = (samples[k] - mean) / scale
        total += z * z * z
    return total / float(len(samples))


def lagged_correlation(samples, mean):
    """Autocorrelation at lag one."""
    cross_sum = float(0.0)
    power = float(0.0)
    for k in range(1, len(samples)):
        d = samples[k] - mean
        cross_sum += d * (samples[k - 1] - mean)
        power += d * d
    autocorrelation = wp.clamp(cross_sum / wp.max(power, 1.0e-6), -1.0, 1.0)
    return autocorrelation


def shannon_information(tallies):
    """Entropy of a histogram, in bits."""
    total = int(0)
    for k in range(len(tallies)):
        total += tallies[k]
    information = float(0.0)
    for k in range(len(tallies)):
        p = float(tallies[k]) / float(wp.max(total, 1))
        if p > 0.0:
            information -= p * wp.log2(p)
    return information


def normal_information(variance):
    """Differential entropy of a normal distribution."""
    information = 0.5 * wp.log(wp.tau * 2.7182818 * variance)
    return information


def jaccard_correlation(fingerprint_a, fingerprint_b):
    """Jaccard similarity of two bit sketches."""
    common = wp.bit_count(fingerprint_a & fingerprint_b)
    either = wp.bit_count(fingerprint_a | fingerprint_b)
    similarity = float(common) / float(wp.max(int(either), 1))
    return similarity


def log_gamma(gamma_argument):
    """Logarithm of the gamma function (Lanczos)."""
    x = gamma_argument
    ser = 1.000000000190015
    ser = ser + 76.18009172947146 / (x + 1.0) - 86.50532032941677 / (x + 2.0)
    ser = ser + 24.01409824083091 / (x + 3.0) - 1.231739572450155 / (x + 4.0)
    ser = ser + 0.001208650973866179 / (x + 5.0)
    t = x + 5.5
    return (x + 0.5) * wp.log(t) - t + wp.log(2.5066282746310005 * ser / x)


def tail_probability(chi_square, freedom):
    """Tail of chi-square: series of the incomplete gamma function for small values, Lentz's fraction for large ones."""
    a = 0.5 * freedom
    x = 0.5 * chi_square
    if x <= 1.0e-6:
        return 1.0
    t = a + 5.5
    ser = 1.00000000019 + 76.1800917295 / (a + 1.0) - 86.5053203294 / (a + 2.0) + 24.0140982408 / (a + 3.0)
    ser = ser - 1.2317395725 / (a + 4.0) + 0.0012086509739 / (a + 5.0)
    log_gam = (a + 0.5) * wp.log(t) - t + wp.log(2.50662827463 * ser / a)
    front = wp.exp(-x + a * wp.log(x) - log_gam)
    if x < a + 1.0:
        term = float(1.0 / a)
        total = float(1.0 / a)
        for n in range(1, 60):
            term *= x / (a + float(n))
            total += term
            if term < total * 1.0e-7:
                break
        return wp.clamp(1.0 - total * front, 0.0, 1.0)
    b = float(x + 1.0 - a)
    c = float(1.0e6)
    d = float(1.0 / b)
    h = float(d)
    for n in range(1, 60):
        an = -float(n) * (float(n) - a)
        b += 2.0
        d = 1.0 / wp.max(an * d + b, 1.0e-6)
        c = wp.max(b + an / c, 1.0e-6)
        delta = d * c
        h *= delta
        if wp.abs(delta - 1.0) < 1.0e-6:
            break
    return wp.clamp(front * h, 0.0, 1.0)


def beta_tail(fraction, beta_p, beta_q):
    """Distribution function of a beta variable by Simpson's rule, with its ends taken out by a change of variable."""
    steps = 32
    total = float(0.0)
    below = float(0.0)
    split = wp.asin(wp.sqrt(fraction))
    for n in range(steps):
        theta = wp.half_pi * (float(n) + 0.5) / float(steps)
        s = wp.sin(theta)
        c = wp.cos(theta)
        f = wp.pow(s, 2.0 * beta_p - 1.0) * wp.pow(wp.max(c, 1.0e-4), 2.0 * beta_q - 1.0)
        total += f
        below += f * wp.clamp((split - theta) / wp.half_pi * float(steps) + 0.5, 0.0, 1.0)
    return wp.clamp(below / wp.max(total, 1.0e-12), 0.0, 1.0)


def normal_quantile(probability):
    """Acklam's approximation of the inverse normal distribution: two tails and a middle."""
    low = 0.02425
    p = wp.clamp(probability, 1.0e-4, 0.9999)
    if p < low or p > 1.0 - low:
        q = wp.sqrt(-2.0 * wp.log(wp.min(p, 1.0 - p)))
        num = ((((-0.00778489 * q - 0.32239646) * q - 2.40075828) * q - 2.54973254) * q + 4.37466414) * q + 2.93816398
        den = (((0.0077846957 * q + 0.32246713) * q + 2.44513414) * q + 3.75440866) * q + 1.0
        return num / den if p < low else -num / den
    q = p - 0.5
    r = q * q
    num = ((((-39.6968303 * r + 220.946098) * r - 275.928510) * r + 138.357752) * r - 30.6647981) * r + 2.50662828
    den = ((((-54.4760988 * r + 161.585837) * r - 155.698980) * r + 66.8013119) * r - 13.2806816) * r + 1.0
    return q * num / den


def largest_gap(samples, mean, scale):
    """Kolmogorov-Smirnov statistic of a row against a normal distribution; ranks by counting."""
    n = len(samples)
    gap = float(0.0)
    for i in range(n):
        below = int(0)
        for j in range(n):
            if samples[j] < samples[i]:
                below += 1
        cdf = 0.5 * wp.erfc(-(samples[i] - mean) / (scale * wp.sqrt(2.0)))
        low = cdf - float(below) / float(n)
        high = float(below + 1) / float(n) - cdf
        gap = wp.max(gap, wp.max(low, high))
    return wp.min(gap, 1.0)


def weibull_shape(lifetimes):
    """Maximum likelihood estimate of a Weibull shape by Newton's method."""
    n = float(len(lifetimes))
    log_sum = float(0.0)
    for i in range(len(lifetimes)):
        log_sum += wp.log(lifetimes[i])
    mean_log = log_sum / n
    k = float(1.0)
    for it in range(12):
        s0 = float(0.0)
        s1 = float(0.0)
        s2 = float(0.0)
        for i in range(len(lifetimes)):
            lx = wp.log(lifetimes[i])
            w = wp.exp(k * (lx - 1.6))
            s0 += w
            s1 += w * lx
            s2 += w * lx * lx
        ratio = s1 / s0
        f = 1.0 / k + mean_log - ratio
        slope = 1.0 / (k * k) + s2 / s0 - ratio * ratio
        step_k = f / wp.max(slope, 1.0e-4)
        k = wp.clamp(k + step_k, 0.1, 50.0)
        if wp.abs(step_k) < 1.0e-4:
            break
    return k


def cusum_peak(samples, mean, scale, slack):
    """Highest value of a one-sided cumulative sum, which starts anew whenever it falls to zero."""
    level = float(0.0)
    peak = float(0.0)
    for i in range(len(samples)):
        level += (samples[i] - mean) / scale - slack
        if level <= 0.0:
            level = 0.0
            continue
        peak = wp.max(peak, level)
    return peak


def theil_slope(samples):
    """Mean slope over all pairs of a series, without those that are steeper than thrice the mean steepness."""
    n = len(samples)
    steep = float(0.0)
    pairs = float(0.0)
    for i in range(n):
        for j in range(i + 1, n):
            steep += wp.abs(samples[j] - samples[i]) / float(j - i)
            pairs += 1.0
    bound = 3.0 * steep / wp.max(pairs, 1.0)
    total = float(0.0)
    kept = float(0.0)
    for i in range(n):
        for j in range(i + 1, n):
            slope_ij = (samples[j] - samples[i]) / float(j - i)
            if wp.abs(slope_ij) > bound:
                continue
            total += slope_ij
            kept += 1.0
    return total / wp.max(kept, 1.0)


def rank_sum(samples, control_samples):
    """Mann and Whitney's U: pairs in which a sample exceeds a control, ties by half."""
    u = float(0.0)
    for i in range(len(samples)):
        for j in range(len(control_samples)):
            if samples[i] > control_samples[j]:
                u += 1.0
            elif samples[i] == control_samples[j]:
                u += 0.5
    return u


def mixture_step(samples, mixing, low_mean, high_mean, scale):
    """A step of expectation-maximization for two normal components of the same width."""
    mass = float(1.0e-6)
    mass_high = float(1.0e-6)
    sum_low = float(0.0)
    sum_high = float(0.0)
    for i in range(len(samples)):
        z_lo = (samples[i] - low_mean) / scale
        z_hi = (samples[i] - high_mean) / scale
        p_lo = (1.0 - mixing) * wp.exp(-0.5 * z_lo * z_lo)
        p_hi = mixing * wp.exp(-0.5 * z_hi * z_hi)
        r = p_hi / wp.max(p_lo + p_hi, 1.0e-12)
        mass += 1.0 - r
        mass_high += r
        sum_low += (1.0 - r) * samples[i]
        sum_high += r * samples[i]
    next_mixing = mass_high / (mass + mass_high)
    next_low_mean = sum_low / mass
    next_high_mean = sum_high / mass_high
    return next_mixing, next_low_mean, next_high_mean


def run_count(samples, mean):
    """Runs above and below the mean (Wald and Wolfowitz)."""
    runs = int(1)
    above = bool(samples[0] > mean)
    for i in range(1, len(samples)):
        now = bool(samples[i] > mean)
        if now != above:
            runs += 1
            above = now
    return runs
