"""Randomness: sampling of distributions and shapes, walks and diffusions, acceptance, hashes, noise terrain."""

import warp as wp

ENTITIES = "sample walker trial"
GROUPS = "species family region"
PAIRS = "contact swap pair"
LAUNCH = "1:8 2:3"
SUMMED = "sample_value payoff hits population"
OPPOSITE = "random_kick"

QUANTITIES = """
mean             | real      | group   | -2 2       | mean mu
spread           | real      | group   | 0.1 1.5    | sigma spread std
rate             | real      | group   | 0.3 4      | rate lam
tail_exponent    | real      | uniform | 0.8 3      | tail_exponent alpha_levy   | 1.5
tumble_rate      | real      | group   | 0.3 4      | tumble_rate lam_tumble
decay_rate       | real      | group   | 0.1 4      | decay_rate lam_decay
contact_rate     | real      | group   | 0.3 4      | contact_rate beta_inf
shape_parameter  | real      | group   | 0.6 4      | k_shape shape_k alpha
lower            | real      | uniform | -3 -0.5    | lower                      | -1.0 -2.0
upper            | real      | uniform | 0.5 3      | upper                      | 1.0 2.0
mode             | real      | uniform | -0.4 0.4   | peak mode                  | 0.0
probability      | real      | state   | 0.05 0.95  | prob p probability
uniform_draw     | real      | result  | 0 1        | u_rand uniform_draw xi
sample_value     | real      | result  | -30 30     | samples draw sample_value
waiting_time     | real      | result  | 0 25       | wait waiting_time tau_wait
trial_count      | int       | uniform | 2 12       | trials n_trials            | 8 10
stages           | int       | uniform | 1 6        | stages num_stages          | 3
hits             | int       | state   | 0 12       | hits successes hit_count
failures         | int       | result  | 0 40       | failures n_failed
arrivals         | int       | result  | 0 40       | arrivals n_arrivals
success          | bool      | result  |            | success flip coin
position         | vec3      | state   | -3 3       | x position x_pos
sampled_point    | vec3      | result  | -6 6       | sampled_point sample_pos pt
center_point     | vec3      | state   | -2 2       | center center_pt
flight_direction | vec3      | state   | 0.1 1      | flight_dir heading_dir
cutoff           | real      | uniform | 0.5 2      | cutoff r_c                 | 1.0
velocity         | vec3      | state   | -2 2       | vel velocity v
force            | vec3      | state   | -4 4       | force f
planar           | vec2      | state   | -3 3       | xy planar p
planar_sample    | vec2      | result  | -10 10     | planar_pt xy_sample
map_point        | vec2      | state   | -3 3       | map_pt map_xy grid_pos
heading          | real      | state   | -3 3       | heading theta angle
speed            | real      | group   | 0.2 2      | speed speeds
noise_strength   | real      | uniform | 0.1 1.5    | kick_strength noise_strength | 0.1 0.5
pair_noise       | real      | uniform | 0.1 1.5    | dpd_sigma pair_noise       | 0.5
volatility       | real      | uniform | 0.1 1.5    | sigma_ou volatility        | 0.3 0.5
angular_noise    | real      | uniform | 0.1 1.5    | eta angular_noise          | 0.3
jitter           | real      | uniform | 0.1 1      | jitter jitter_scale        | 0.5 1.0
proposal_width   | real      | uniform | 0.1 1.5    | proposal_width step_width  | 0.5
warp_strength    | real      | uniform | 0.1 1.5    | warp_strength warp_amp     | 0.5
turbulence_gain  | real      | uniform | 0.1 1.5    | turbulence turb_gain       | 0.5 1.0
softmax_temp     | real      | uniform | 0.2 3      | softmax_temp temperature   | 1.0 0.5
step_length      | real      | uniform | 0.1 0.6    | step_len hop_len           | 0.25 0.5
keep_probability | real      | uniform | 0.2 0.95   | p_keep keep_prob           | 0.5
replica_energy   | real      | state   | -5 5       | replica_energy e_rep
random_kick      | vec3      | result  | -3 3       | kick random_kick xi
diffusion        | real      | group   | 0.05 1     | diffusion diff_coeff d_coeff
friction         | real      | group   | 0.2 3      | friction gamma damping
temperature      | real      | uniform | 0.2 3      | kt temperature temp        | 1.0 0.5
dt               | real      | uniform | 0.01 0.1   | dt                         | 0.01 0.05
reversion        | real      | uniform | 0.2 3      | theta_ou reversion         | 1.0
coordinate       | real      | state   | -1.6 1.6   | q coordinate coord
radius           | real      | state   | 0.2 2      | radius r
inner_radius     | real      | uniform | 0.05 0.2   | r_inner inner_radius       | 0.1
half_angle       | real      | uniform | 0.1 1.4    | half_angle cone_angle      | 0.5
direction        | vec3      | result  | -1 1       | direction omega dirs
axis             | vec3      | state   | 0.2 1      | axis axes
corner           | vec3      | state   | -2 2       | corner p0
edge_u           | vec3      | state   | -1 1       | e1
edge_v           | vec3      | state   | -1 1       | e2
roughness        | real      | state   | 0.1 0.9    | rough roughness
concentration    | real      | group   | 0.5 6      | kappa concentration
orientation      | quat      | state   | -1 1       | rot orientation
pose             | transform | state   | -1 1       | pose poses xform
factor           | mat33     | uniform | -1 1       | chol factor l_mat
cell             | int       | state   | 0 63       | cell cells
columns          | int       | uniform | 4 16       | columns nx stride          | 8 16
spacing          | real      | uniform | 0.1 0.6    | spacing cell_size dx       | 0.25 0.5
site             | int       | state   | -20 20     | site sites lattice_x
spin             | int       | state   | -1 1       | spin spins
field            | real      | uniform | -1 1       | field h_ext                | 0.0 0.5
neighbor_sum     | int       | state   | -4 4       | nb_sum neighbor_sum
energy           | real      | state   | -5 5       | energy e_pot
energy_change    | real      | result  | -12 12     | delta_e energy_change
acceptance       | real      | result  | 0 1        | p_accept acceptance
accepted         | bool      | result  |            | accepted accept
population       | int       | state   | 1 60       | population count n_pop
birth            | real      | uniform | 0.1 1      | birth_prob                 | 0.5 0.2
death            | real      | uniform | 0.1 1      | death_prob                 | 0.3
susceptible      | int       | state   | 1 40       | s_count
infected         | int       | state   | 1 30       | i_count
albedo           | real      | group   | 0.2 0.95   | albedo survival
anisotropy       | real      | group   | 0.1 0.9    | anisotropy g
extinction       | real      | group   | 0.3 4      | sigma_t extinction
path_weight      | real      | state   | 0.1 1.5    | weight throughput path_weight
cosine           | real      | result  | -1 1       | cos_theta mu_scatter cosine
terminated       | bool      | result  |            | terminated absorbed dead
seed             | int       | uniform | 1 200      | seed                       | 42 7
frequency        | real      | uniform | 0.3 3      | freq frequency             | 1.0 2.0
lacunarity       | real      | uniform | 1.6 2.4    | lacunarity                 | 2.0
persistence      | real      | uniform | 0.3 0.7    | persistence                | 0.5
height           | real      | state   | -2 2       | height elevation terrain
sea_level        | real      | uniform | -0.5 0.5   | sea_level                  | 0.0 0.1
terraces         | int       | uniform | 3 10       | terraces num_terraces      | 5
submerged        | bool      | result  |            | submerged under_water
hashed           | uint      | state   | 1 4294967295 | hash_bits state_bits hashed
strike           | real      | uniform | 0.5 2      | strike                     | 1.0
payoff           | real      | result  | 0 50       | payoff payoffs
estimate         | real      | result  | -20 20     | estimate mc_mean integral
importance       | real      | result  | 0 8        | importance w_is
pool             | reals     | state   | 0.1 3      | pool weights row
chosen           | int       | result  | 0 16       | chosen pick
target_time      | real      | uniform | 0.5 5      | horizon t_end              | 1.0 2.0
final_infected   | int       | result  | 0 80       | final_infected i_end
spot             | real      | state   | 0.5 2      | spot
drift            | real      | uniform | -0.1 0.2   | drift                      | 0.05
path_volatility  | real      | group   | 0.1 0.8    | sigma_path path_vol
barrier          | real      | uniform | 2.2 4      | barrier knock_out          | 3.0
path_steps       | int       | uniform | 8 32       | path_steps num_steps       | 16 32
barrier_payoff   | real      | result  | 0 6        | barrier_payoff v_path
ruin_time        | int       | result  | 0 200      | ruin_time hit_time
stake            | int       | state   | 1 12       | stake fortune
goal             | int       | uniform | 13 30      | goal target_fortune        | 20
service_rate     | real      | group   | 1 6        | service_rate mu_q
queue_wait       | real      | result  | 0 100      | queue_wait w_mean
slab_depth       | real      | uniform | 0.5 4      | slab_depth thickness       | 1.0 2.0
slab_fate        | int       | result  | 0 2        | slab_fate fate
boundary_value   | real      | result  | -2 2       | u_boundary wos_value
start_point      | vec2      | state   | -0.65 0.65 | start_xy start_point
cell_height      | real      | result  | 0 3        | worley cell_noise
chain_mean       | real      | result  | -3 3       | chain_mean q_mean
polar_normal     | real      | result  | -40 40     | polar_normal z_polar
hop_count        | int       | result  | 0 100      | hop_count n_hops
transmitted      | real      | result  | 0 1        | transmitted t_ratio
"""


def uniform_draw(rng):
    return wp.randf(rng)


def bounded_sample(lower, upper, rng):
    sample_value = lower + (upper - lower) * wp.randf(rng)
    return sample_value


def normal_sample(mean, spread, rng):
    sample_value = mean + spread * wp.randn(rng)
    return sample_value


def box_muller_sample(mean, spread, rng):
    """Box-Muller transform."""
    u1 = wp.max(wp.randf(rng), 1.0e-6)
    u2 = wp.randf(rng)
    sample_value = mean + spread * wp.sqrt(-2.0 * wp.log(u1)) * wp.cos(wp.tau * u2)
    return sample_value


def irwin_hall_sample(mean, spread, rng):
    """Sum of twelve uniform numbers."""
    total = float(-6.0)
    for _n in range(12):
        total += wp.randf(rng)
    sample_value = mean + spread * total
    return sample_value


def truncated_sample(mean, spread, lower, upper, rng):
    """Rejects normal numbers out of bounds, a few times."""
    sample_value = wp.clamp(mean, lower, upper)
    for _n in range(8):
        trial = mean + spread * wp.randn(rng)
        if trial >= lower and trial <= upper:
            sample_value = trial
    return sample_value


def laplace_sample(mean, spread, uniform_draw):
    u = wp.clamp(uniform_draw - 0.5, -0.4999, 0.4999)
    sample_value = mean - spread * wp.sign(u) * wp.log(1.0 - 2.0 * wp.abs(u))
    return sample_value


def logistic_sample(mean, spread, uniform_draw):
    u = wp.clamp(uniform_draw, 1.0e-4, 1.0 - 1.0e-4)
    sample_value = mean + spread * wp.log(u / (1.0 - u))
    return sample_value


def gumbel_sample(mean, spread, uniform_draw):
    u = wp.clamp(uniform_draw, 1.0e-4, 1.0 - 1.0e-4)
    sample_value = mean - spread * wp.log(-wp.log(u))
    return sample_value


def cauchy_sample(mean, spread, uniform_draw):
    u = wp.clamp(uniform_draw, 0.02, 0.98)
    sample_value = mean + spread * wp.tan(wp.pi * (u - 0.5))
    return sample_value


def triangular_sample(lower, mode, upper, uniform_draw):
    """Inverse distribution function of the triangular law."""
    split = (mode - lower) / (upper - lower)
    if uniform_draw < split:
        return lower + wp.sqrt(uniform_draw * (upper - lower) * (mode - lower))
    sample_value = upper - wp.sqrt((1.0 - uniform_draw) * (upper - lower) * (upper - mode))
    return sample_value


def probit_sample(mean, spread, uniform_draw):
    """Normal number by inversion."""
    u = wp.clamp(2.0 * uniform_draw - 1.0, -0.9999, 0.9999)
    sample_value = mean + spread * wp.sqrt(2.0) * wp.erfinv(u)
    return sample_value


def lognormal_sample(mean, spread, rng):
    sample_value = wp.exp(mean + 0.5 * spread * wp.randn(rng))
    return sample_value


def student_sample(mean, spread, rng):
    """Student's t with four degrees of freedom."""
    chi2 = float(0.2)
    for _n in range(4):
        z = wp.randn(rng)
        chi2 += z * z
    sample_value = mean + spread * wp.randn(rng) / wp.sqrt(chi2 / 4.0)
    return sample_value


def waiting_time(rate, uniform_draw):
    """Exponential waiting time by inversion."""
    return -wp.log(wp.max(1.0 - uniform_draw, 1.0e-6)) / rate


def weibull_time(rate, shape_parameter, rng):
    u = wp.max(wp.randf(rng), 1.0e-6)
    waiting_time = wp.pow(-wp.log(u), 1.0 / shape_parameter) / rate
    return waiting_time


def erlang_time(rate, stages, rng):
    """Sum of exponential stages."""
    log_prod = float(0.0)
    for _n in range(stages):
        log_prod += wp.log(wp.max(wp.randf(rng), 1.0e-6))
    waiting_time = -log_prod / (rate * float(stages))
    return waiting_time


def gamma_time(shape_parameter, rate, rng):
    """Marsaglia and Tsang's method with a bounded number of tries."""
    d = shape_parameter + 2.0 / 3.0
    c = 1.0 / wp.sqrt(9.0 * d)
    accepted_v = float(1.0)
    for _n in range(6):
        z = wp.randn(rng)
        v = wp.max(1.0 + c * z, 1.0e-6)
        v = v * v * v
        u = wp.max(wp.randf(rng), 1.0e-6)
        if wp.log(u) < 0.5 * z * z + d - d * v + d * wp.log(v):
            accepted_v = v
    boost = wp.pow(wp.max(wp.randf(rng), 1.0e-6), 1.0 / shape_parameter)
    waiting_time = d * accepted_v * boost / rate
    return waiting_time


def gillespie_time(population, birth, death, rng):
    """Time to the next reaction in Gillespie's algorithm."""
    propensity = (birth + death) * float(population)
    waiting_time = -wp.log(wp.max(wp.randf(rng), 1.0e-6)) / propensity
    return waiting_time


def success(probability, rng):
    return wp.randf(rng) < probability


def binomial_hits(probability, trial_count, rng):
    total = int(0)
    for _n in range(trial_count):
        if wp.randf(rng) < probability:
            total += 1
    hits = total
    return hits


def geometric_hits(probability, uniform_draw):
    """Number of failures before the first success."""
    u = wp.max(uniform_draw, 1.0e-6)
    failures = int(wp.min(wp.floor(wp.log(u) / wp.log(1.0 - probability)), 40.0))
    return failures


def poisson_hits(rate, rng):
    arrivals = int(wp.poisson(rng, rate))
    return arrivals


def next_hits(hits, success):
    return hits + 1 if success else hits


def random_kick(noise_strength, rng):
    return noise_strength * wp.vec3(wp.randf(rng) - 0.5, wp.randf(rng) - 0.5, wp.randf(rng) - 0.5)


def thermal_kick(temperature, friction, dt, rng):
    """Random force of a Langevin thermostat, integrated over a step."""
    amplitude = wp.sqrt(2.0 * friction * temperature * dt)
    random_kick = amplitude * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return random_kick


def dpd_kick(position_a, position_b, pair_noise, cutoff, rng):
    """Pairwise random force of dissipative particle dynamics."""
    d = position_a - position_b
    dist = wp.max(wp.length(d), 1.0e-6)
    falloff = wp.max(1.0 - dist / cutoff, 0.0)
    random_kick = pair_noise * falloff * (2.0 * wp.randf(rng) - 1.0) * d / dist
    return random_kick


def kicked_velocity(velocity, random_kick):
    next_velocity = velocity + random_kick
    return next_velocity


def brownian_position(position, diffusion, dt, rng):
    step_len = wp.sqrt(2.0 * diffusion * dt)
    next_position = position + step_len * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return next_position


def langevin_position(position, force, friction, temperature, dt, rng):
    """Overdamped Langevin equation by Euler-Maruyama."""
    mobility = 1.0 / friction
    amplitude = wp.sqrt(2.0 * mobility * temperature * dt)
    noise_vec = wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_position = position + mobility * force * dt + amplitude * noise_vec
    return next_position


def thermostat_velocity(velocity, force, friction, temperature, dt, rng):
    """The O step of BAOAB after a half kick."""
    c1 = wp.exp(-friction * dt)
    c2 = wp.sqrt(temperature * (1.0 - c1 * c1))
    v_half = velocity + 0.5 * dt * force
    next_velocity = c1 * v_half + c2 * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return next_velocity


def andersen_velocity(velocity, friction, temperature, dt, rng):
    """Andersen thermostat: now and then a velocity is drawn anew."""
    next_velocity = velocity
    if wp.randf(rng) < friction * dt:
        sd = wp.sqrt(temperature)
        next_velocity = sd * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return next_velocity


def ornstein_uhlenbeck(coordinate, reversion, mean, volatility, dt, rng):
    """Exact step of an Ornstein-Uhlenbeck process."""
    decay = wp.exp(-reversion * dt)
    sd = volatility * wp.sqrt((1.0 - decay * decay) / (2.0 * reversion))
    next_coordinate = mean + (coordinate - mean) * decay + sd * wp.randn(rng)
    return next_coordinate


def double_well_step(coordinate, temperature, dt, rng):
    """Langevin step in a double well."""
    slope = 4.0 * coordinate * (coordinate * coordinate - 1.0)
    next_coordinate = coordinate - slope * dt + wp.sqrt(2.0 * temperature * dt) * wp.randn(rng)
    return next_coordinate


def coordinate_rate(coordinate, reversion, mean):
    return reversion * (mean - coordinate)


def well_energy(coordinate, field):
    energy = (coordinate * coordinate - 1.0) * (coordinate * coordinate - 1.0) - field * coordinate
    return energy


def persistent_walk(planar, heading, speed, angular_noise, dt, rng):
    """Active Brownian particle in the plane."""
    next_heading = heading + angular_noise * wp.sqrt(dt) * wp.randn(rng)
    next_planar = planar + speed * dt * wp.vec2(wp.cos(next_heading), wp.sin(next_heading))
    return next_planar, next_heading


def run_and_tumble(heading, tumble_rate, dt, rng):
    """Bacterial tumbling: a new heading at random times."""
    next_heading = heading
    if wp.randf(rng) < 1.0 - wp.exp(-tumble_rate * dt):
        next_heading = wp.pi * (2.0 * wp.randf(rng) - 1.0)
    return next_heading


def levy_flight(planar, step_length, tail_exponent, rng):
    """Step lengths with a power-law tail."""
    u = wp.max(wp.randf(rng), 0.01)
    dist = wp.min(step_length * wp.pow(u, -1.0 / tail_exponent), 20.0)
    phi_dir = wp.tau * wp.randf(rng)
    next_planar = planar + dist * wp.vec2(wp.cos(phi_dir), wp.sin(phi_dir))
    return next_planar


def aligned_heading(heading_a, heading_b, angular_noise, rng):
    """Vicsek's alignment of two neighbors with angular noise."""
    s = wp.sin(heading_a) + wp.sin(heading_b)
    c = wp.cos(heading_a) + wp.cos(heading_b)
    heading = wp.atan2(s, c) + angular_noise * (wp.randf(rng) - 0.5)
    return heading


def lattice_walk(site, probability, rng):
    next_site = site
    if wp.randf(rng) < probability:
        next_site = site + 1
    else:
        next_site = site - 1
    return next_site


def lazy_walk(site, probability, trial_count, rng):
    """Several hops, some of which stay in place."""
    offset = int(0)
    for _n in range(trial_count):
        if wp.randf(rng) < probability:
            offset += 2 * wp.randi(rng, 0, 2) - 1
    next_site = site + offset
    return next_site


def disk_point(radius, rng):
    """Uniform point in a disk."""
    r = radius * wp.sqrt(wp.randf(rng))
    angle = wp.tau * wp.randf(rng)
    planar_sample = wp.vec2(r * wp.cos(angle), r * wp.sin(angle))
    return planar_sample


def concentric_point(radius, rng):
    """Shirley and Chiu's concentric map of a square to a disk."""
    a = 2.0 * wp.randf(rng) - 1.0
    b = 2.0 * wp.randf(rng) - 1.0
    r = b
    angle = wp.half_pi - 0.25 * wp.pi * a / (b + 1.0e-9)
    if wp.abs(a) > wp.abs(b):
        r = a
        angle = 0.25 * wp.pi * b / a
    planar_sample = radius * r * wp.vec2(wp.cos(angle), wp.sin(angle))
    return planar_sample


def annulus_point(radius, inner_radius, rng):
    r2 = wp.lerp(inner_radius * inner_radius, radius * radius, wp.randf(rng))
    angle = wp.tau * wp.randf(rng)
    planar_sample = wp.sqrt(r2) * wp.vec2(wp.cos(angle), wp.sin(angle))
    return planar_sample


def square_jitter(cell, columns, spacing, jitter, rng):
    """Jittered sample of a regular grid."""
    col = float(cell % columns)
    row = float(cell // columns)
    jx = jitter * (wp.randf(rng) - 0.5)
    jy = jitter * (wp.randf(rng) - 0.5)
    planar_sample = wp.vec2((col + 0.5 + jx) * spacing, (row + 0.5 + jy) * spacing)
    return planar_sample


def sphere_direction(rng):
    """Uniform direction from a height and an angle."""
    z = 1.0 - 2.0 * wp.randf(rng)
    r = wp.sqrt(wp.max(1.0 - z * z, 0.0))
    angle = wp.tau * wp.randf(rng)
    direction = wp.vec3(r * wp.cos(angle), r * wp.sin(angle), z)
    return direction


def hemisphere_direction(axis, rng):
    d = wp.sample_unit_sphere_surface(rng)
    direction = d
    if wp.dot(d, axis) < 0.0:
        direction = -d
    return direction


def cosine_direction(axis, rng):
    """Cosine-weighted direction around an axis (Malley's method)."""
    d = wp.normalize(axis) + 0.999 * wp.sample_unit_sphere_surface(rng)
    direction = wp.normalize(d)
    return direction


def cone_direction(half_angle, rng):
    cos_t = wp.lerp(wp.cos(half_angle), 1.0, wp.randf(rng))
    sin_t = wp.sqrt(wp.max(1.0 - cos_t * cos_t, 0.0))
    angle = wp.tau * wp.randf(rng)
    direction = wp.vec3(sin_t * wp.cos(angle), sin_t * wp.sin(angle), cos_t)
    return direction


def fisher_direction(concentration, rng):
    """Von Mises-Fisher distribution around the third axis."""
    u = wp.max(wp.randf(rng), 1.0e-6)
    w = 1.0 + wp.log(u + (1.0 - u) * wp.exp(-2.0 * concentration)) / concentration
    s = wp.sqrt(wp.max(1.0 - w * w, 0.0))
    angle = wp.tau * wp.randf(rng)
    direction = wp.vec3(s * wp.cos(angle), s * wp.sin(angle), wp.clamp(w, -1.0, 1.0))
    return direction


def microfacet_direction(roughness, rng):
    """Half vector of the GGX distribution."""
    u = wp.randf(rng)
    a2 = roughness * roughness * roughness * roughness
    cos2 = (1.0 - u) / (1.0 + (a2 - 1.0) * u)
    cos_h = wp.sqrt(wp.clamp(cos2, 0.0, 1.0))
    sin_h = wp.sqrt(wp.max(1.0 - cos_h * cos_h, 0.0))
    angle = wp.tau * wp.randf(rng)
    direction = wp.vec3(sin_h * wp.cos(angle), sin_h * wp.sin(angle), cos_h)
    return direction


def shell_position(position, direction, radius):
    next_position = position + radius * direction
    return next_position


def ball_position(radius, rng):
    sampled_point = radius * wp.cbrt(wp.randf(rng)) * wp.sample_unit_sphere_surface(rng)
    return sampled_point


def triangle_position(corner, edge_u, edge_v, rng):
    """Uniform point of a triangle by folding a square."""
    u = wp.randf(rng)
    v = wp.randf(rng)
    if u + v > 1.0:
        u = 1.0 - u
        v = 1.0 - v
    sampled_point = corner + u * edge_u + v * edge_v
    return sampled_point


def correlated_position(center_point, factor, rng):
    """Multivariate normal point from a Cholesky factor."""
    z = wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    sampled_point = center_point + factor * z
    return sampled_point


def random_orientation(rng):
    """Shoemake's uniform random rotation."""
    u = wp.randf(rng)
    a = wp.tau * wp.randf(rng)
    b = wp.tau * wp.randf(rng)
    s = wp.sqrt(1.0 - u)
    t = wp.sqrt(u)
    orientation = wp.quat(s * wp.sin(a), s * wp.cos(a), t * wp.sin(b), t * wp.cos(b))
    return orientation


def tumbled_orientation(orientation, diffusion, dt, rng):
    """Rotational Brownian motion."""
    axis_dir = wp.sample_unit_sphere_surface(rng)
    angle = wp.sqrt(6.0 * diffusion * dt) * wp.randn(rng)
    next_orientation = wp.normalize(wp.quat_from_axis_angle(axis_dir, angle) * orientation)
    return next_orientation


def jittered_pose(pose, jitter, half_angle, rng):
    shift = jitter * wp.sample_unit_cube(rng)
    turn = wp.quat_from_axis_angle(wp.sample_unit_sphere_surface(rng), half_angle * wp.randf(rng))
    next_pose = wp.transform_multiply(pose, wp.transform(shift, turn))
    return next_pose


def spin_energy(spin, neighbor_sum, field):
    """Energy of one spin in the Ising model."""
    energy = -float(spin) * (float(neighbor_sum) + field)
    return energy


def energy_change(energy, previous_energy):
    return energy - previous_energy


def flip_energy(spin, neighbor_sum, field):
    energy_change = 2.0 * float(spin) * (float(neighbor_sum) + field)
    return energy_change


def acceptance(energy_change, temperature):
    """Metropolis criterion."""
    return wp.exp(wp.min(-energy_change / temperature, 0.0))


def glauber_acceptance(energy_change, temperature):
    """Glauber's heat bath."""
    acceptance = 1.0 / (1.0 + wp.exp(energy_change / temperature))
    return acceptance


def replica_acceptance(replica_energy_a, replica_energy_b, temperature, reference_temperature):
    """Exchange of two replicas in parallel tempering."""
    d_beta = 1.0 / temperature - 1.0 / reference_temperature
    acceptance = wp.exp(wp.min(d_beta * (replica_energy_a - replica_energy_b), 0.0))
    return acceptance


def accepted(acceptance, rng):
    return wp.randf(rng) < acceptance


def flipped_spin(spin, accepted):
    next_spin = -spin if accepted else spin
    return next_spin


def metropolis_step(coordinate, proposal_width, temperature, field, rng):
    """A Metropolis step in a tilted double well."""
    trial = coordinate + proposal_width * (2.0 * wp.randf(rng) - 1.0)
    q_old = coordinate * coordinate - 1.0
    q_new = trial * trial - 1.0
    rise = q_new * q_new - q_old * q_old - field * (trial - coordinate)
    next_coordinate = coordinate
    if rise <= 0.0 or wp.randf(rng) < wp.exp(-rise / temperature):
        next_coordinate = trial
    return next_coordinate


def next_population(population, birth, death, rng):
    """Tau-leaping with Poisson numbers of births and deaths."""
    n = 0.2 * float(population)
    born = int(wp.poisson(rng, birth * n + 0.1))
    died = int(wp.poisson(rng, death * n + 0.1))
    return wp.max(population + born - died, 0)


def decayed_population(population, decay_rate, dt, rng):
    """Each member survives with the same chance."""
    keep = wp.exp(-decay_rate * dt)
    alive = int(0)
    for _n in range(population):
        if wp.randf(rng) < keep:
            alive += 1
    next_population = alive
    return next_population


def infection_step(susceptible, infected, contact_rate, dt, rng):
    """Chain-binomial epidemic (Reed-Frost)."""
    escape = wp.exp(-0.1 * contact_rate * dt * float(infected))
    fresh = int(0)
    for _n in range(susceptible):
        if wp.randf(rng) > escape:
            fresh += 1
    next_susceptible = susceptible - fresh
    next_infected = infected + fresh
    return next_susceptible, next_infected


def flight_position(position, flight_direction, extinction, rng):
    """Free flight of a photon to its next collision."""
    dist = -wp.log(wp.max(1.0 - wp.randf(rng), 1.0e-4)) / extinction
    next_position = position + wp.normalize(flight_direction) * dist
    return next_position


def cosine(anisotropy, uniform_draw):
    """Scattering angle of the Henyey-Greenstein phase function."""
    s = (1.0 - anisotropy * anisotropy) / (1.0 - anisotropy + 2.0 * anisotropy * uniform_draw)
    return wp.clamp((1.0 + anisotropy * anisotropy - s * s) / (2.0 * anisotropy), -1.0, 1.0)


def scattered_direction(cosine, rng):
    sin_t = wp.sqrt(wp.max(1.0 - cosine * cosine, 0.0))
    angle = wp.tau * wp.randf(rng)
    direction = wp.vec3(sin_t * wp.cos(angle), sin_t * wp.sin(angle), cosine)
    return direction


def next_path_weight(path_weight, albedo):
    return path_weight * albedo


def roulette_weight(path_weight, keep_probability, rng):
    """Russian roulette keeps the expected weight."""
    next_path_weight = path_weight
    if path_weight < 0.5:
        next_path_weight = path_weight / keep_probability if wp.randf(rng) < keep_probability else 0.0
    return next_path_weight


def terminated(albedo, path_weight, rng):
    return wp.randf(rng) > albedo * wp.min(path_weight, 1.0)


def height(map_point, seed, frequency):
    noise_state = wp.rand_init(seed)
    return wp.noise(noise_state, frequency * map_point)


def fractal_height(map_point, seed, frequency, lacunarity, persistence):
    """Fractal Brownian motion of five octaves."""
    noise_state = wp.rand_init(seed)
    total = float(0.0)
    amp = float(1.0)
    freq = float(frequency)
    for _n in range(5):
        total += amp * wp.noise(noise_state, freq * map_point)
        freq *= lacunarity
        amp *= persistence
    height = total
    return height


def ridged_height(map_point, seed, frequency, lacunarity, persistence):
    """Ridged noise for mountain crests."""
    noise_state = wp.rand_init(seed)
    total = float(0.0)
    amp = float(0.5)
    freq = float(frequency)
    for _n in range(4):
        ridge = 1.0 - wp.abs(wp.noise(noise_state, freq * map_point))
        total += amp * ridge * ridge
        freq *= lacunarity
        amp *= persistence
    height = total
    return height


def warped_height(map_point, seed, frequency, warp_strength):
    """Domain warping: noise looked up at noisy places."""
    noise_state = wp.rand_init(seed)
    p = frequency * map_point
    warp_x = wp.noise(noise_state, p + wp.vec2(5.2, 1.3))
    warp_y = wp.noise(noise_state, p + wp.vec2(1.7, 9.2))
    height = wp.noise(noise_state, p + warp_strength * wp.vec2(warp_x, warp_y))
    return height


def terraced_height(height, terraces):
    """Flattens a terrain into terraces."""
    n = float(terraces)
    level = wp.floor(height * n)
    ramp = wp.smoothstep(0.3, 0.7, height * n - level)
    next_height = (level + ramp) / n
    return next_height


def submerged(height, sea_level):
    return height < sea_level


def turbulent_force(position, seed, frequency, turbulence_gain):
    """Divergence-free turbulence from curl noise."""
    noise_state = wp.rand_init(seed)
    force = turbulence_gain * wp.curlnoise(noise_state, frequency * position)
    return force


def wang_hash(cell, seed):
    """Wang's integer hash."""
    h = wp.uint32(cell) + wp.uint32(seed) * wp.uint32(7919)
    h = (h ^ wp.uint32(61)) ^ (h >> wp.uint32(16))
    h = h * wp.uint32(9)
    h = h ^ (h >> wp.uint32(4))
    h = h * wp.uint32(668265261)
    hashed = h ^ (h >> wp.uint32(15))
    return hashed


def xorshift(hashed):
    """Marsaglia's xorshift."""
    h = hashed ^ (hashed << wp.uint32(13))
    h = h ^ (h >> wp.uint32(17))
    next_hashed = h ^ (h << wp.uint32(5))
    return next_hashed


def hashed_uniform(hashed):
    uniform_draw = float(hashed & wp.uint32(16777215)) / 16777216.0
    return uniform_draw


def radical_inverse(cell):
    """Van der Corput sequence in base two."""
    n = int(cell)
    scale = float(0.5)
    total = float(0.0)
    for _b in range(10):
        total += scale * float(n & 1)
        n = n >> 1
        scale *= 0.5
    uniform_draw = total
    return uniform_draw


def golden_uniform(cell, seed):
    """Additive recurrence with the golden ratio."""
    uniform_draw = wp.frac(0.618034 * float(cell) + 0.137 * float(seed))
    return uniform_draw


def option_payoff(spread, strike, trial_count, rng):
    """Antithetic Monte Carlo estimate of a call."""
    total = float(0.0)
    for _n in range(trial_count):
        z = wp.randn(rng)
        up = wp.exp(spread * z - 0.5 * spread * spread)
        down = wp.exp(-spread * z - 0.5 * spread * spread)
        total += 0.5 * (wp.max(up - strike, 0.0) + wp.max(down - strike, 0.0))
    payoff = total / float(trial_count)
    return payoff


def integral_estimate(lower, upper, frequency, trial_count, rng):
    """Stratified Monte Carlo integral of a damped wave."""
    width = (upper - lower) / float(trial_count)
    total = float(0.0)
    for n in range(trial_count):
        x = lower + (float(n) + wp.randf(rng)) * width
        total += wp.exp(-x * x) * wp.cos(frequency * x)
    estimate = total * width
    return estimate


def importance_ratio(sample_value, mean, spread):
    """Importance weight of a normal proposal for a standard normal."""
    z = (sample_value - mean) / spread
    log_w = 0.5 * z * z - 0.5 * sample_value * sample_value + wp.log(spread)
    importance = wp.exp(wp.clamp(log_w, -6.0, 2.0))
    return importance


def bootstrap_estimate(pool, rng):
    """Mean of a row, resampled with replacement."""
    total = float(0.0)
    for _n in range(len(pool)):
        total += pool[wp.randi(rng, 0, len(pool))]
    estimate = total / float(len(pool))
    return estimate


def chosen(pool, rng):
    """Roulette wheel selection."""
    total = float(0.0)
    for n in range(len(pool)):
        total += pool[n]
    mark = wp.randf(rng) * total
    pick = int(0)
    running = float(0.0)
    for n in range(len(pool) - 1):
        running += pool[n]
        if mark > running:
            pick = n + 1
    return pick


def gumbel_max_choice(pool, softmax_temp, rng):
    """Sampling of a category by the Gumbel-max trick."""
    best = float(-1.0e6)
    pick = int(0)
    for n in range(len(pool)):
        u = wp.randf(rng, 1.0e-6, 0.999999)
        score = wp.log(pool[n]) / softmax_temp - wp.log(-wp.log(u))
        if score > best:
            best = score
            pick = n
    chosen = pick
    return chosen


def disk_sample(radius, rng):
    planar_sample = radius * wp.sample_unit_disk(rng)
    return planar_sample


def ring_sample(radius, rng):
    planar_sample = radius * wp.sample_unit_ring(rng)
    return planar_sample


def ring_step(planar, step_length, rng):
    """A step of fixed length in a random direction."""
    next_planar = planar + step_length * wp.sample_unit_ring(rng)
    return next_planar


def square_sample(planar, spacing, rng):
    """A point of the square around another."""
    next_planar = planar + spacing * wp.sample_unit_square(rng)
    return next_planar


def ball_sample(center_point, radius, rng):
    sampled_point = center_point + radius * wp.sample_unit_sphere(rng)
    return sampled_point


def hemisphere_sample(axis, rng):
    """A direction on the side of an axis."""
    h = wp.sample_unit_hemisphere_surface(rng)
    n = wp.normalize(axis)
    direction = wp.where(wp.dot(h, n) < 0.0, -h, h)
    return direction


def dome_position(center_point, radius, rng):
    sampled_point = center_point + radius * wp.sample_unit_hemisphere(rng)
    return sampled_point


def triangle_sample(corner, edge_u, edge_v, rng):
    """A point of a triangle by its barycentric coordinates."""
    uv = wp.sample_triangle(rng)
    sampled_point = corner + uv[0] * edge_u + uv[1] * edge_v
    return sampled_point


def polar_normal(mean, spread, rng):
    """Marsaglia's polar method: pairs are drawn until one lies in the disk."""
    z = float(0.0)
    for it in range(16):
        a = 2.0 * wp.randf(rng) - 1.0
        b = 2.0 * wp.randf(rng) - 1.0
        s = a * a + b * b
        if s > 1.0e-6 and s < 1.0:
            z = a * wp.sqrt(-2.0 * wp.log(s) / s)
            break
    return mean + spread * z


def knuth_arrivals(rate, rng):
    """Poisson number by Knuth's product of uniforms."""
    limit = wp.exp(-rate)
    product = float(1.0)
    count = int(0)
    for it in range(40):
        product *= wp.randf(rng)
        if product <= limit:
            break
        count += 1
    arrivals = count
    return arrivals


def final_infected(susceptible, infected, contact_rate, decay_rate, target_time, rng):
    """Gillespie's algorithm for an epidemic: events one by one until nobody is infected or the time is over."""
    s = int(susceptible)
    i = int(infected)
    total = float(susceptible + infected)
    t = float(0.0)
    for event in range(80):
        infect = contact_rate * float(s) * float(i) / total
        recover = decay_rate * float(i)
        propensity = infect + recover
        if propensity <= 0.0:
            break
        t -= wp.log(wp.max(wp.randf(rng), 1.0e-6)) / propensity
        if t > target_time:
            break
        if wp.randf(rng) * propensity < infect:
            s -= 1
            i += 1
        else:
            i -= 1
    return i


def barrier_payoff(spot, drift, path_volatility, strike, barrier, path_steps, rng):
    """Call that is void once its path has touched a barrier, along one geometric Brownian path."""
    dt_path = 1.0 / float(path_steps)
    log_drift = (drift - 0.5 * path_volatility * path_volatility) * dt_path
    shock = path_volatility * wp.sqrt(dt_path)
    price = float(spot)
    for n in range(path_steps):
        price *= wp.exp(log_drift + shock * wp.randn(rng))
        if price >= barrier:
            return 0.0
    return wp.exp(-drift) * wp.max(price - strike, 0.0)


def ruin_time(stake, goal, probability, rng):
    """Bets until a gambler is ruined or has what he wants, at most two hundred."""
    fortune = int(stake)
    rounds = int(0)
    for n in range(200):
        if fortune <= 0 or fortune >= goal:
            break
        if wp.randf(rng) < probability:
            fortune += 1
        else:
            fortune -= 1
        rounds += 1
    return rounds


def queue_wait(rate, service_rate, trial_count, rng):
    """Mean waiting time of the first customers of a queue, by Lindley's recursion."""
    wait = float(0.0)
    total = float(0.0)
    for n in range(trial_count):
        service = -wp.log(wp.max(wp.randf(rng), 1.0e-6)) / service_rate
        gap = -wp.log(wp.max(wp.randf(rng), 1.0e-6)) / rate
        total += wait
        wait = wp.max(wait + service - gap, 0.0)
    return total / float(trial_count)


def slab_fate(slab_depth, extinction, albedo, anisotropy, rng):
    """Photon in a slab: zero where it is absorbed, one where it is reflected, two where it gets through."""
    z = float(0.0)
    mu = float(1.0)
    for event in range(24):
        z += mu * -wp.log(wp.max(wp.randf(rng), 1.0e-6)) / extinction
        if z < 0.0:
            return 1
        if z > slab_depth:
            return 2
        if wp.randf(rng) > albedo:
            return 0
        s = (1.0 - anisotropy * anisotropy) / (1.0 - anisotropy + 2.0 * anisotropy * wp.randf(rng))
        cos_s = wp.clamp((1.0 + anisotropy * anisotropy - s * s) / (2.0 * anisotropy), -1.0, 1.0)
        sin_s = wp.sqrt(wp.max(1.0 - cos_s * cos_s, 0.0))
        sin_mu = wp.sqrt(wp.max(1.0 - mu * mu, 0.0))
        mu = wp.clamp(mu * cos_s + sin_mu * sin_s * wp.cos(wp.tau * wp.randf(rng)), -1.0, 1.0)
    return 0


def transmitted(slab_depth, extinction, frequency, rng):
    """Ratio tracking through a medium of varying density."""
    throughput = float(1.0)
    t = float(0.0)
    for event in range(32):
        t -= wp.log(wp.max(wp.randf(rng), 1.0e-6)) / extinction
        if t >= slab_depth:
            break
        sigma = extinction * (0.5 + 0.5 * wp.sin(frequency * t))
        throughput *= 1.0 - sigma / extinction
        if throughput < 1.0e-3:
            break
    return wp.clamp(throughput, 0.0, 1.0)


def boundary_value(start_point, frequency, rng):
    """Walk on circles to the rim of the unit disk, where a harmonic function is known."""
    p = start_point
    for hop in range(64):
        r = 1.0 - wp.length(p)
        if r < 0.01:
            break
        angle = wp.tau * wp.randf(rng)
        p = p + r * wp.vec2(wp.cos(angle), wp.sin(angle))
    rim_angle = wp.atan2(p[1], p[0])
    return wp.cos(frequency * rim_angle)


def hop_count(start_point, angular_noise, step_length, rng):
    """Hops of a walker with a persistent heading until it leaves the unit disk."""
    p = start_point
    heading_t = float(wp.tau * wp.randf(rng))
    hops = int(0)
    for n in range(100):
        heading_t += angular_noise * wp.randn(rng)
        p = p + step_length * wp.vec2(wp.cos(heading_t), wp.sin(heading_t))
        if wp.length_sq(p) > 1.0:
            break
        hops += 1
    return hops


def cell_height(map_point, seed, frequency):
    """Worley's cellular noise: distance to the nearest feature point of the nine cells around."""
    p = frequency * map_point
    ix = int(wp.floor(p[0]))
    iy = int(wp.floor(p[1]))
    best = float(4.0)
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            h = wp.uint32(ix + dx) * wp.uint32(0x8DA6B343) ^ wp.uint32(iy + dy) * wp.uint32(0xD8163841)
            h = h ^ wp.uint32(seed) * wp.uint32(0xCB1AB31F)
            h = (h ^ (h >> wp.uint32(13))) * wp.uint32(0x5BD1E995)
            fx = float(h & wp.uint32(0xFFFF)) / 65536.0
            fy = float(h >> wp.uint32(16)) / 65536.0
            gx = float(ix + dx) + fx - p[0]
            gy = float(iy + dy) + fy - p[1]
            best = wp.min(best, gx * gx + gy * gy)
    return wp.sqrt(best)


def hybrid_step(coordinate, proposal_width, temperature, field, rng):
    """Hamiltonian Monte Carlo in a tilted double well: leapfrog steps, then acceptance by the total energy."""
    p = float(wp.sqrt(temperature) * wp.randn(rng))
    q = float(coordinate)
    well = q * q - 1.0
    before = well * well - field * q + 0.5 * p * p
    h = 0.1 * proposal_width
    slope = 4.0 * q * well - field
    for n in range(6):
        p -= 0.5 * h * slope
        q += h * p
        q = wp.clamp(q, -3.0, 3.0)
        slope = 4.0 * q * (q * q - 1.0) - field
        p -= 0.5 * h * slope
    well = q * q - 1.0
    after = well * well - field * q + 0.5 * p * p
    next_coordinate = coordinate
    if wp.randf(rng) < wp.exp(wp.min((before - after) / temperature, 0.0)):
        next_coordinate = q
    return next_coordinate


def slice_step(coordinate, proposal_width, temperature, rng):
    """Neal's slice sampling in a double well: an interval around the point shrinks until a draw is under the curve."""
    well = coordinate * coordinate - 1.0
    level = -well * well / temperature + wp.log(wp.max(wp.randf(rng), 1.0e-6))
    left = float(coordinate - proposal_width * wp.randf(rng))
    right = float(left + proposal_width)
    next_coordinate = float(coordinate)
    for it in range(16):
        trial = left + (right - left) * wp.randf(rng)
        rise = trial * trial - 1.0
        if -rise * rise / temperature >= level:
            next_coordinate = trial
            break
        if trial < coordinate:
            left = trial
        else:
            right = trial
    return next_coordinate


def chain_mean(coordinate, proposal_width, temperature, trial_count, rng):
    """Mean of a short Metropolis chain in a double well."""
    q = float(coordinate)
    energy_q = float((q * q - 1.0) * (q * q - 1.0))
    total = float(0.0)
    for n in range(trial_count):
        trial = wp.clamp(q + proposal_width * wp.randn(rng), -3.0, 3.0)
        energy_t = (trial * trial - 1.0) * (trial * trial - 1.0)
        if energy_t <= energy_q or wp.randf(rng) < wp.exp((energy_q - energy_t) / temperature):
            q = trial
            energy_q = energy_t
        total += q
    return total / float(trial_count)
