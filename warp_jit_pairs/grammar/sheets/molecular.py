"""Molecules: bonded and non-bonded forces, thermostats, reaction rates, spectra."""

import warp as wp

ENTITIES = "atom bead site particle"
GROUPS = "species residue element_type"
PAIRS = "bond atom_pair contact"
LAUNCH = "1:9 2:1"
SUMMED = "mass kinetic_energy bond_energy pair_energy charge virial"
OPPOSITE = "bond_force pair_force"

QUANTITIES = """
mass               | real  | state   | 0.5 5      | mass m
inverse_mass       | real  | state   | 0.2 2      | inv_mass inv_m
position           | vec3  | state   | -2 2       | pos position x
velocity           | vec3  | state   | -2 2       | vel velocity v
force              | vec3  | state   | -10 10     | force f
charge             | real  | state   | -1 1       | charge q
box                | vec3  | uniform | 3 6        | box box_size cell
bond_vector        | vec3  | result  | -4 4       | r_ij bond_vector d_ij
distance           | real  | result  | 0 7        | dist r distance
bond_length        | real  | uniform | 0.5 2      | r0 bond_length b0          | 1.0 1.53
bond_stiffness     | real  | group   | 1 50       | k_bond bond_stiffness kb   | 10.0 30.0
bond_force         | vec3  | result  |            | bond_force f_bond
bond_energy        | real  | result  |            | bond_energy e_bond
well_depth         | real  | group   | 0.1 2      | epsilon well_depth eps     | 1.0 0.238
diameter           | real  | group   | 0.5 1.5    | sigma diameter sig         | 1.0
morse_width        | real  | group   | 0.5 2      | alpha morse_width a_morse  | 1.0 2.0
cutoff             | real  | uniform | 1.5 5      | cutoff r_cut rc            | 2.5
pair_force         | vec3  | result  |            | pair_force f_pair
pair_energy        | real  | result  | -10 50     | pair_energy e_pair u_ij
switching          | real  | result  | 0 1        | switching s_r switch_factor
screening          | real  | uniform | 0.1 2      | kappa screening            | 0.5 1.0
dielectric         | real  | uniform | 1 10       | dielectric eps_r           | 1.0 4.0
arm                | vec3  | state   | -2 2       | arm r_ji bond_arm
second_arm         | vec3  | state   | -2 2       | r_jk arm_jk
third_arm          | vec3  | state   | -2 2       | r_kl arm_kl
angle              | real  | result  | 0 3.2      | theta angle bend
angle_energy       | real  | result  |            | angle_energy e_angle
equilibrium_angle  | real  | group   | 1.2 2.4    | theta0 equilibrium_angle   | 1.911 1.57
angle_stiffness    | real  | group   | 1 20       | k_theta angle_stiffness    | 5.0
dihedral           | real  | result  | -3.2 3.2   | phi dihedral torsion
torsion_energy     | real  | result  | -12 12     | torsion_energy e_dihedral
torsion_barrier    | real  | group   | 0.2 4      | v_n torsion_barrier        | 1.4 2.0
torsion_phase      | real  | group   | -3.1 3.1   | delta torsion_phase        | 0.0
multiplicity       | int   | group   | 1 6        | n_fold multiplicity        | 3 2
torsion_terms      | reals | group   | -2 2       | coeffs torsion_terms c_n
kinetic_energy     | real  | result  | 0 17       | kinetic_energy ke e_kin
momentum           | vec3  | result  |            | momentum p
temperature        | real  | state   | 0 3        | temperature temp kt
bath_temperature   | real  | uniform | 0.3 2      | t_bath bath_temperature t_ref | 1.0
friction           | real  | uniform | 0.05 3     | gamma friction             | 1.0 0.1
coupling_time      | real  | uniform | 0.1 2      | tau_t coupling_time        | 0.5 1.0
dt                 | real  | uniform | 0.001 0.02 | dt timestep                | 0.002 0.005
thermostat         | real  | state   | -2 2       | xi thermostat zeta
thermostat_mass    | real  | uniform | 0.5 10     | q_mass thermostat_mass     | 1.0 5.0
velocity_scale     | real  | result  | 0.5 60 | velocity_scale scale_v
virial             | real  | result  | -100 100   | virial w_vir
pressure           | real  | result  | -100 100   | pressure p_inst
activation_energy  | real  | group   | 0.2 4      | e_act activation_energy    | 1.0
prefactor          | real  | group   | 0.5 5      | prefactor a_pre            | 1.0
rate_constant      | real  | result  | 0 5        | k_rate rate_constant
concentration      | real  | state   | 0 4        | conc concentration c_a
partner            | real  | state   | 0.05 4     | partner conc_b ligand
half_saturation    | real  | group   | 0.1 3      | k_m half_saturation kd     | 0.5 1.0
turnover           | real  | result  |            | turnover v_rxn
equilibrium_ratio  | real  | result  | 0 60       | k_eq equilibrium_ratio
occupancy          | real  | result  | 0 1        | occupancy theta_occ bound_frac
hill_exponent      | real  | uniform | 1 4        | n_hill hill_exponent       | 2.0
free_energy        | real  | state   | -3 3       | delta_g free_energy dg
boltzmann_weight   | real  | result  | 0 25       | boltz boltzmann_weight
levels             | reals | state   | 0 3        | levels energies e_n
partition          | real  | result  | 0 20       | z_part partition
mean_energy        | real  | result  |            | mean_energy e_mean
wavenumber         | real  | uniform | 0.2 5      | nu wavenumber freq         | 1.0
line_center        | real  | state   | 0.5 4.5    | nu0 line_center
line_width         | real  | state   | 0.1 1      | gamma_l line_width
line_shape         | real  | result  | 0 5        | line_shape profile
absorbance         | real  | result  | 0 20       | absorbance a_lambda
transmittance      | real  | result  | 0 1        | transmittance t_frac
oscillator_strength | real | state   | 0.05 1     | osc_strength oscillator_strength
vibration          | real  | result  | 0.1 12     | omega vibration
quantum_number     | int   | state   | 0 8        | v_quant quantum_number n_q
term_energy        | real  | result  |            | term_energy e_term
anharmonicity      | real  | group   | 0.005 0.05 | x_e anharmonicity          | 0.01
orientation        | quat  | state   | -1 1       | orientation quat rot
axis               | vec3  | state   | -1 1       | axis director u_i
dipole             | vec3  | state   | -1 1       | dipole mu
accepted           | bool  | result  |            | accepted accept
bonded             | bool  | result  |            | bonded h_bonded
in_range           | bool  | result  |            | in_range within_cutoff
lorentz_fraction | real | group | 0.05 0.95 | eta lorentz_fraction | 0.5
"""


def bond_vector(position_a, position_b, box):
    """Minimum image of the vector between two atoms."""
    d = position_b - position_a
    shift = wp.vec3(wp.round(d[0] / box[0]), wp.round(d[1] / box[1]), wp.round(d[2] / box[2]))
    return d - wp.cw_mul(shift, box)


def distance(bond_vector):
    return wp.length(bond_vector)


def in_range(distance, cutoff):
    return distance < cutoff


def harmonic_bond_energy(distance, bond_length, bond_stiffness):
    stretch = distance - bond_length
    bond_energy = 0.5 * bond_stiffness * stretch * stretch
    return bond_energy


def morse_bond_energy(distance, bond_length, well_depth, morse_width):
    """Morse potential."""
    decay = 1.0 - wp.exp(-morse_width * (distance - bond_length))
    bond_energy = well_depth * decay * decay
    return bond_energy


def quartic_bond_energy(distance, bond_length, bond_stiffness):
    """Bond stretching with cubic and quartic terms, as in MM3."""
    s = distance - bond_length
    bond_energy = bond_stiffness * s * s * (1.0 - 2.55 * s + 3.793 * s * s)
    return bond_energy


def fene_bond_energy(distance, bond_length, bond_stiffness):
    """FENE bond of a coarse-grained polymer."""
    r_max = 1.5 * bond_length
    ratio2 = wp.min(distance * distance / (r_max * r_max), 0.999)
    bond_energy = -0.5 * bond_stiffness * r_max * r_max * wp.log(1.0 - ratio2)
    return bond_energy


def harmonic_bond_force(position_a, position_b, bond_length, bond_stiffness):
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    bond_force = bond_stiffness * (r - bond_length) * d / r
    return bond_force


def morse_bond_force(position_a, position_b, bond_length, well_depth, morse_width):
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    decay = wp.exp(-morse_width * (r - bond_length))
    slope = 2.0 * well_depth * morse_width * decay * (1.0 - decay)
    bond_force = slope * d / r
    return bond_force


def damped_bond_force(position_a, position_b, velocity_a, velocity_b, bond_length, bond_stiffness, friction):
    """Bond with internal friction along its axis."""
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    n = d / r
    stretch_speed = wp.dot(velocity_b - velocity_a, n)
    bond_force = (bond_stiffness * (r - bond_length) + friction * stretch_speed) * n
    return bond_force


def mixed_diameter(diameter_a, diameter_b):
    """Lorentz's combining rule."""
    diameter = 0.5 * (diameter_a + diameter_b)
    return diameter


def mixed_well_depth(well_depth_a, well_depth_b):
    """Berthelot's combining rule."""
    well_depth = wp.sqrt(well_depth_a * well_depth_b)
    return well_depth


def lennard_jones_energy(distance, diameter, well_depth, cutoff):
    """Lennard-Jones potential, shifted to zero at the cutoff."""
    if distance >= cutoff:
        return 0.0
    r = wp.max(distance, 0.85 * diameter)
    sr6 = wp.pow(diameter / r, 6.0)
    sc6 = wp.pow(diameter / cutoff, 6.0)
    pair_energy = 4.0 * well_depth * (sr6 * (sr6 - 1.0) - sc6 * (sc6 - 1.0))
    return pair_energy


def lennard_jones_force(position_a, position_b, diameter_a, diameter_b, well_depth, cutoff):
    """Lennard-Jones force within a cutoff, with a soft core."""
    d = position_a - position_b
    sigma = 0.5 * (diameter_a + diameter_b)
    r2 = wp.max(wp.dot(d, d), 0.64 * sigma * sigma)
    pair_force = wp.vec3(0.0, 0.0, 0.0)
    if r2 < cutoff * cutoff:
        s2 = sigma * sigma / r2
        s6 = s2 * s2 * s2
        pair_force = 24.0 * well_depth * s6 * (2.0 * s6 - 1.0) / r2 * d
    return pair_force


def wca_energy(distance, diameter, well_depth):
    """Weeks-Chandler-Andersen repulsion."""
    r_min = 1.122462 * diameter
    if distance > r_min:
        return 0.0
    sr6 = wp.pow(diameter / wp.max(distance, 0.85 * diameter), 6.0)
    pair_energy = 4.0 * well_depth * (sr6 * sr6 - sr6) + well_depth
    return pair_energy


def buckingham_energy(distance, diameter, well_depth):
    """Exp-6 form of the Buckingham potential."""
    x = wp.max(distance, 0.8 * diameter) / diameter
    repulsion = 6.0 / 8.0 * wp.exp(14.0 * (1.0 - x))
    attraction = 14.0 / 8.0 / wp.pow(x, 6.0)
    pair_energy = well_depth * (repulsion - attraction)
    return pair_energy


def soft_sphere_force(position_a, position_b, velocity_a, velocity_b, well_depth, friction, cutoff):
    """Conservative and dissipative parts of dissipative particle dynamics."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 1.0e-6)
    if r > cutoff:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / r
    w = 1.0 - r / cutoff
    drag = friction * w * w * wp.dot(n, velocity_a - velocity_b)
    pair_force = (well_depth * w - drag) * n
    return pair_force


def coulomb_energy(position_a, position_b, charge_a, charge_b, dielectric):
    r = wp.max(wp.length(position_b - position_a), 1.0e-6)
    pair_energy = charge_a * charge_b / (dielectric * r)
    return pair_energy


def coulomb_force(position_a, position_b, charge_a, charge_b, dielectric):
    """Coulomb's law."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 1.0e-6)
    pair_force = charge_a * charge_b / (dielectric * r * r * r) * d
    return pair_force


def yukawa_energy(position_a, position_b, charge_a, charge_b, screening, dielectric):
    """Debye-Hueckel screening."""
    r = wp.max(wp.length(position_b - position_a), 1.0e-6)
    pair_energy = charge_a * charge_b * wp.exp(-screening * r) / (dielectric * r)
    return pair_energy


def ewald_energy(position_a, position_b, charge_a, charge_b, screening):
    """Real-space part of an Ewald sum."""
    r = wp.max(wp.length(position_b - position_a), 1.0e-6)
    pair_energy = charge_a * charge_b * wp.erfc(screening * r) / r
    return pair_energy


def ewald_force(position_a, position_b, charge_a, charge_b, screening):
    d = position_a - position_b
    r = wp.max(wp.length(d), 1.0e-6)
    x = screening * r
    slope = wp.erfc(x) + 2.0 * x / wp.sqrt(wp.pi) * wp.exp(-x * x)
    pair_force = charge_a * charge_b * slope / (r * r * r) * d
    return pair_force


def dipole_energy(position_a, position_b, dipole_a, dipole_b):
    """Interaction of two point dipoles."""
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    n = d / r
    along = 3.0 * wp.dot(dipole_a, n) * wp.dot(dipole_b, n)
    pair_energy = (wp.dot(dipole_a, dipole_b) - along) / (r * r * r)
    return pair_energy


def switching(distance, cutoff, bond_length):
    """Switching function between an inner radius and the cutoff."""
    inner = wp.min(bond_length, 0.8 * cutoff)
    return 1.0 - wp.smoothstep(inner, cutoff, distance)


def cosine_switching(distance, cutoff):
    """Behler-Parrinello cutoff function."""
    if distance > cutoff:
        return 0.0
    switching = 0.5 * (wp.cos(wp.pi * distance / cutoff) + 1.0)
    return switching


def switched_energy(pair_energy, switching):
    next_pair_energy = pair_energy * switching
    return next_pair_energy


def angle(arm, second_arm):
    """Bond angle at the middle atom."""
    n = wp.max(wp.length(arm) * wp.length(second_arm), 1.0e-6)
    return wp.acos(wp.clamp(wp.dot(arm, second_arm) / n, -1.0, 1.0))


def harmonic_angle_energy(angle, equilibrium_angle, angle_stiffness):
    bend = angle - equilibrium_angle
    angle_energy = 0.5 * angle_stiffness * bend * bend
    return angle_energy


def cosine_angle_energy(angle, equilibrium_angle, angle_stiffness):
    """Cosine-squared angle, as in Martini."""
    diff = wp.cos(angle) - wp.cos(equilibrium_angle)
    angle_energy = 0.5 * angle_stiffness * diff * diff
    return angle_energy


def angle_force(arm, second_arm, equilibrium_angle, angle_stiffness):
    """Force of a harmonic angle on its first atom."""
    r_a = wp.max(wp.length(arm), 0.2)
    r_b = wp.max(wp.length(second_arm), 0.2)
    u_a = arm / r_a
    u_b = second_arm / r_b
    cos_theta = wp.clamp(wp.dot(u_a, u_b), -0.999, 0.999)
    sin_theta = wp.sqrt(1.0 - cos_theta * cos_theta)
    pull = -angle_stiffness * (wp.acos(cos_theta) - equilibrium_angle)
    next_force = pull / (r_a * sin_theta) * (cos_theta * u_a - u_b)
    return next_force


def dihedral(arm, second_arm, third_arm):
    """Dihedral angle of three consecutive bonds."""
    n1 = wp.cross(arm, second_arm)
    n2 = wp.cross(second_arm, third_arm)
    axis_unit = wp.normalize(second_arm)
    y = wp.dot(wp.cross(n1, n2), axis_unit)
    x = wp.dot(n1, n2)
    return wp.atan2(y, x)


def torsion_energy(dihedral, torsion_barrier, torsion_phase, multiplicity):
    """Periodic torsion."""
    return torsion_barrier * (1.0 + wp.cos(float(multiplicity) * dihedral - torsion_phase))


def ryckaert_bellemans_energy(dihedral, torsion_terms):
    """Ryckaert-Bellemans series of a torsion, by Horner's scheme."""
    psi = wp.cos(dihedral - wp.pi)
    total = float(0.0)
    for n in range(len(torsion_terms)):
        total = total * psi + torsion_terms[len(torsion_terms) - 1 - n]
    torsion_energy = total
    return torsion_energy


def opls_torsion_energy(dihedral, torsion_barrier):
    """Fourier series of three terms, as in OPLS."""
    v1 = 1.0 + wp.cos(dihedral)
    v2 = 1.0 - wp.cos(2.0 * dihedral)
    v3 = 1.0 + wp.cos(3.0 * dihedral)
    torsion_energy = 0.5 * torsion_barrier * (v1 + 0.3 * v2 + 0.6 * v3)
    return torsion_energy


def improper_energy(dihedral, angle_stiffness, torsion_phase):
    """Harmonic improper with the difference wrapped to half a turn."""
    diff = dihedral - torsion_phase
    wrapped = diff - wp.tau * wp.round(diff / wp.tau)
    angle_energy = 0.5 * angle_stiffness * wrapped * wrapped
    return angle_energy


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.dot(velocity, velocity)


def momentum(mass, velocity):
    return mass * velocity


def rotational_energy(mass, bond_length, quantum_number):
    """Levels of a rigid rotor."""
    inertia = mass * bond_length * bond_length
    j = float(quantum_number)
    term_energy = 0.5 * j * (j + 1.0) / inertia
    return term_energy


def instantaneous_temperature(kinetic_energy):
    """Equipartition over three degrees of freedom."""
    temperature = 2.0 / 3.0 * kinetic_energy
    return temperature


def velocity_verlet(position, velocity, force, inverse_mass, dt):
    """First half of velocity Verlet."""
    next_velocity = velocity + 0.5 * dt * inverse_mass * force
    next_position = position + dt * next_velocity
    return next_position, next_velocity


def next_velocity(velocity, force, inverse_mass, dt):
    return velocity + force * (inverse_mass * dt)


def wrapped_position(position, velocity, box, dt):
    """Drift in a periodic box."""
    moved = position + velocity * dt
    cells = wp.cw_div(moved, box)
    image = wp.vec3(wp.floor(cells[0]), wp.floor(cells[1]), wp.floor(cells[2]))
    next_position = moved - wp.cw_mul(image, box)
    return next_position


def stormer_position(position, previous_position, force, inverse_mass, dt):
    next_position = 2.0 * position - previous_position + dt * dt * inverse_mass * force
    return next_position


def steepest_descent_position(position, force, dt, max_distance):
    """Energy minimization with a limit on the move."""
    move = dt * force
    size = wp.length(move)
    limit = 0.01 + 0.02 * max_distance
    if size > limit:
        move = move * (limit / size)
    next_position = position + move
    return next_position


def langevin_velocity(velocity, force, mass, friction, bath_temperature, dt, rng):
    """Langevin thermostat (Euler-Maruyama)."""
    sigma = wp.sqrt(2.0 * friction * bath_temperature * dt / mass)
    kick = sigma * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_velocity = velocity + dt * (force / mass - friction * velocity) + kick
    return next_velocity


def ornstein_velocity(velocity, mass, friction, bath_temperature, dt, rng):
    """Ornstein-Uhlenbeck part of BAOAB."""
    c1 = wp.exp(-friction * dt)
    c2 = wp.sqrt((1.0 - c1 * c1) * bath_temperature / mass)
    noise_vec = wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_velocity = c1 * velocity + c2 * noise_vec
    return next_velocity


def brownian_position(position, force, friction, bath_temperature, dt, rng):
    """Overdamped dynamics."""
    sigma = wp.sqrt(2.0 * bath_temperature * dt / friction)
    kick = sigma * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    next_position = position + dt / friction * force + kick
    return next_position


def andersen_velocity(velocity, mass, bath_temperature, coupling_time, dt, rng):
    """Andersen thermostat: collisions redraw the velocity."""
    if wp.randf(rng) > 20.0 * dt / coupling_time:
        return velocity
    sigma = wp.sqrt(bath_temperature / mass)
    next_velocity = sigma * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    return next_velocity


def velocity_scale(temperature, bath_temperature, coupling_time, dt):
    """Berendsen thermostat."""
    ratio = bath_temperature / wp.max(temperature, 1.0e-6)
    return wp.sqrt(1.0 + dt / coupling_time * (ratio - 1.0))


def scaled_velocity(velocity, velocity_scale, max_velocity):
    rescaled = velocity_scale * velocity
    cap = wp.length(max_velocity)
    next_velocity = rescaled
    if wp.length(rescaled) > cap:
        next_velocity = wp.normalize(rescaled) * cap
    return next_velocity


def thermostat_rate(kinetic_energy, bath_temperature, thermostat_mass):
    """Nose-Hoover thermostat."""
    return (2.0 * kinetic_energy - 3.0 * bath_temperature) / thermostat_mass


def next_thermostat(thermostat, thermostat_rate, dt):
    return thermostat + thermostat_rate * dt


def nose_hoover_velocity(velocity, force, inverse_mass, thermostat, dt):
    acceleration = force * inverse_mass - thermostat * velocity
    next_velocity = velocity + acceleration * dt
    return next_velocity


def virial(bond_vector, force):
    return wp.dot(bond_vector, force)


def pressure(kinetic_energy, virial, box):
    """Virial theorem."""
    box_volume = box[0] * box[1] * box[2]
    return (2.0 * kinetic_energy + virial) / (3.0 * box_volume)


def barostat_position(position, pressure, target_pressure, coupling_time, dt):
    """Berendsen barostat."""
    scale = wp.cbrt(wp.max(1.0 - 0.05 * dt / coupling_time * (target_pressure - pressure), 0.1))
    next_position = scale * position
    return next_position


def rate_constant(prefactor, activation_energy, temperature):
    """Arrhenius equation."""
    return prefactor * wp.exp(-activation_energy / wp.max(temperature, 1.0e-6))


def eyring_rate_constant(temperature, free_energy):
    """Eyring equation, with the barrier given by a free energy."""
    barrier = wp.abs(free_energy)
    kt = wp.max(temperature, 1.0e-6)
    rate_constant = kt * wp.exp(-barrier / kt)
    return rate_constant


def marcus_rate_constant(free_energy, temperature, activation_energy, prefactor):
    """Marcus theory, with a reorganization energy."""
    kt = wp.max(temperature, 1.0e-6)
    shift = activation_energy + free_energy
    rate_constant = prefactor * wp.exp(-shift * shift / (4.0 * activation_energy * kt))
    return rate_constant


def concentration_rate(concentration, partner, rate_constant):
    """Second-order consumption."""
    return -rate_constant * concentration * partner


def autocatalytic_rate(concentration, partner, rate_constant, half_saturation):
    """Logistic autocatalysis."""
    gain = rate_constant * concentration * concentration * partner
    concentration_rate = gain / (half_saturation + concentration) - 0.1 * concentration
    return concentration_rate


def next_concentration(concentration, concentration_rate, dt):
    return wp.max(concentration + dt * concentration_rate, 0.0)


def decayed_concentration(concentration, rate_constant, dt):
    """First-order decay."""
    next_concentration = concentration * wp.exp(-rate_constant * dt)
    return next_concentration


def turnover(concentration, half_saturation, rate_constant):
    """Michaelis-Menten kinetics."""
    return rate_constant * concentration / (half_saturation + concentration)


def inhibited_turnover(concentration, partner, half_saturation, rate_constant):
    """Competitive inhibition."""
    apparent = half_saturation * (1.0 + partner / half_saturation)
    turnover = rate_constant * concentration / (apparent + concentration)
    return turnover


def occupancy(concentration, half_saturation, hill_exponent):
    """Hill equation."""
    c_n = wp.pow(concentration, hill_exponent)
    k_n = wp.pow(half_saturation, hill_exponent)
    return c_n / (k_n + c_n)


def exact_occupancy(concentration, partner, half_saturation):
    """Quadratic binding equation, with depletion of the ligand."""
    total = concentration + partner + half_saturation
    root = wp.sqrt(wp.max(total * total - 4.0 * concentration * partner, 0.0))
    occupancy = wp.clamp((total - root) / (2.0 * partner), 0.0, 1.0)
    return occupancy


def equilibrium_ratio(free_energy, temperature):
    return wp.exp(wp.clamp(-free_energy / wp.max(temperature, 1.0e-6), -4.0, 4.0))


def boltzmann_weight(free_energy, bath_temperature):
    return wp.exp(wp.clamp(-free_energy / bath_temperature, -3.0, 3.0))


def metropolis(free_energy, bath_temperature, rng):
    """Metropolis criterion."""
    accepted = free_energy < 0.0 or wp.randf(rng) < wp.exp(-free_energy / bath_temperature)
    return accepted


def glauber(free_energy, temperature, rng):
    accepted = wp.randf(rng) < 1.0 / (1.0 + wp.exp(free_energy / wp.max(temperature, 1.0e-6)))
    return accepted


def partition(levels, temperature):
    """Partition function over a row of levels."""
    beta = 1.0 / wp.max(temperature, 1.0e-6)
    total = float(0.0)
    for n in range(len(levels)):
        total += wp.exp(-beta * levels[n])
    return total


def mean_energy(levels, bath_temperature):
    """Boltzmann average of a row of levels."""
    total = float(0.0)
    norm = float(0.0)
    for n in range(len(levels)):
        w = wp.exp(-levels[n] / bath_temperature)
        total += w * levels[n]
        norm += w
    return total / norm


def level_free_energy(partition, temperature):
    free_energy = -temperature * wp.log(wp.clamp(partition, 0.2, 10.0))
    return free_energy


def lorentzian(wavenumber, line_center, line_width):
    """Lorentzian line shape."""
    half_width = 0.5 * line_width
    detuning = wavenumber - line_center
    line_shape = half_width / wp.pi / (detuning * detuning + half_width * half_width)
    return line_shape


def doppler_line(wavenumber, line_center, mass, temperature):
    """Doppler-broadened line."""
    sigma = 0.2 * line_center * wp.sqrt(wp.max(temperature, 1.0e-6) / mass)
    x = (wavenumber - line_center) / sigma
    line_shape = wp.exp(-0.5 * x * x) / (sigma * wp.sqrt(wp.tau))
    return line_shape


def pseudo_voigt(wavenumber, line_center, line_width, lorentz_fraction):
    """Sum of a Lorentzian and a Gaussian of the same width."""
    x = (wavenumber - line_center) / line_width
    gauss = 0.939437 / line_width * wp.exp(-2.772589 * x * x)
    lorentz = 0.63662 / (line_width * (1.0 + 4.0 * x * x))
    line_shape = wp.lerp(gauss, lorentz, lorentz_fraction)
    return line_shape


def absorbance(line_shape, oscillator_strength, concentration):
    """Beer-Lambert law."""
    return oscillator_strength * line_shape * concentration


def transmittance(absorbance):
    return wp.pow(10.0, -absorbance)


def vibration(bond_stiffness, mass_a, mass_b):
    """Harmonic frequency of a diatomic molecule."""
    reduced = mass_a * mass_b / (mass_a + mass_b)
    return wp.sqrt(bond_stiffness / reduced)


def term_energy(vibration, quantum_number, anharmonicity):
    """Levels of an anharmonic oscillator."""
    n = float(quantum_number) + 0.5
    return vibration * n * (1.0 - anharmonicity * n)


def einstein_heat(vibration, temperature):
    """Mean energy of an oscillator at a temperature."""
    x = vibration / temperature
    mean_energy = 0.5 * vibration + vibration / (wp.exp(x) - 1.0)
    return mean_energy


def body_axis(orientation, arm):
    axis = wp.quat_rotate(orientation, wp.normalize(arm))
    return axis


def next_orientation(orientation, dipole, dt):
    """Rigid body turned by an angular velocity."""
    spin = wp.quat(dipole[0], dipole[1], dipole[2], 0.0)
    return wp.normalize(orientation + 0.5 * dt * (spin * orientation))


def lebwohl_lasher_energy(axis_a, axis_b, well_depth):
    """Lebwohl-Lasher model: second Legendre polynomial of the angle between two directors."""
    c = wp.dot(wp.normalize(axis_a), wp.normalize(axis_b))
    pair_energy = -well_depth * (1.5 * c * c - 0.5)
    return pair_energy


def bonded(position_a, position_b, axis_a, max_distance):
    """Geometric criterion of a hydrogen bond."""
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    aligned = wp.dot(wp.normalize(axis_a), d) / r
    return r < max_distance and aligned > 0.5
