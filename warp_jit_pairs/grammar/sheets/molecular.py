"""Molecules: bonded and non-bonded forces and energies, thermostats and integrators."""

import warp as wp

ENTITIES = "atom bead site"
GROUPS = "species residue element_type"
PAIRS = "bond atom_pair contact"
LAUNCH = "1:9 2:1"
SUMMED = "mass kinetic_energy bond_energy pair_energy angle_energy torsion_energy charge virial"
OPPOSITE = "bond_force pair_force"

QUANTITIES = """
mass                | real  | state   | 0.5 5      | mass m
position            | vec3  | state   | -2 2       | pos position x
velocity            | vec3  | state   | -2 2       | vel velocity v
force               | vec3  | state   | -10 10     | force f
charge              | real  | state   | -1 1       | charge q
box                 | vec3  | uniform | 3 6        | box box_size cell
bond_vector         | vec3  | result  | -4 4       | r_ij bond_vector d_ij
distance            | real  | result  | 0 7        | dist r_dist distance
bond_length         | real  | group   | 0.5 2      | bond_length r_eq b0
bond_stiffness      | real  | group   | 1 50       | k_bond bond_stiffness kb | 10.0 30.0
bond_force          | vec3  | result  |            | bond_force f_bond
bond_energy         | real  | result  |            | bond_energy e_bond
well_depth          | real  | group   | 0.1 2      | epsilon well_depth eps
diameter            | real  | group   | 0.5 1.5    | sigma diameter sig | 1.0
morse_width         | real  | group   | 0.5 2      | alpha morse_width a_morse | 1.0 2.0
cutoff              | real  | uniform | 1.5 5      | cutoff r_cut rc | 2.5
pair_force          | vec3  | result  |            | pair_force f_pair
pair_energy         | real  | result  | -10 50     | pair_energy e_pair u_ij
switching           | real  | result  | 0 1        | switching s_r switch_factor
screening           | real  | uniform | 0.1 2      | kappa screening | 0.5 1.0
dielectric          | real  | uniform | 1 10       | dielectric eps_r | 1.0 4.0
arm1                 | vec3  | state   | -2 2       | r_ji arm_ji
arm2          | vec3  | state   | -2 2       | r_jk arm_jk
arm3           | vec3  | state   | -2 2       | r_kl arm_kl
angle               | real  | result  | 0 3.2      | theta angle bend
angle_energy        | real  | result  |            | angle_energy e_angle
equilibrium_angle   | real  | group   | 1.2 2.4    | theta0 equilibrium_angle | 1.911 1.57
angle_stiffness     | real  | group   | 1 20       | k_theta angle_stiffness | 5.0
dihedral            | real  | result  | -3.2 3.2   | phi dihedral torsion
torsion_energy      | real  | result  | -12 12     | torsion_energy e_dihedral
torsion_barrier     | real  | group   | 0.2 4      | v_n torsion_barrier | 1.4 2.0
torsion_phase       | real  | group   | -3.1 3.1   | delta torsion_phase | 0.0
multiplicity        | int   | group   | 1 6        | n_fold multiplicity | 3 2
torsion_terms       | reals | group   | -2 2       | coeffs torsion_terms c_n
kinetic_energy      | real  | result  | 0 17       | kinetic_energy ke e_kin
momentum            | vec3  | result  |            | momentum p
temperature         | real  | uniform | 0.3 3      | kin_temp temperature | 1.0
bath_temperature    | real  | uniform | 0.3 2      | t_bath bath_temperature | 1.0
friction            | real  | uniform | 0.05 3     | gamma friction | 1.0 0.1
coupling_time       | real  | uniform | 0.1 2      | tau_t coupling_time | 0.5 1.0
dt                  | real  | uniform | 0.001 0.02 | dt timestep | 0.002 0.005
thermostat          | real  | uniform | -2 2       | xi thermostat zeta | 0.5
velocity_scale      | real  | result  | 0.5 6      | velocity_scale scale_v
virial              | real  | result  | -80 80     | virial w_vir
orientation         | quat  | state   | -1 1       | orientation quat rot
dipole              | vec3  | state   | -1 1       | dipole mu
accepted            | bool  | result  |            | accepted accept
bonded              | bool  | result  |            | bonded h_bonded
in_range            | bool  | result  |            | in_range within_cutoff
mixed_diameter      | real  | result  | 0.5 1.5    | sigma_ij mixed_sigma
mixed_well_depth    | real  | result  | 0.1 2      | eps_ij mixed_eps
dissociation        | real  | group   | 0.5 4      | d_e dissociation
repulsion           | real  | uniform | 1 25       | repulsion a_ij | 25.0
arm_force           | vec3  | result  | -400 400   | f_i arm_force
improper_angle      | real  | state   | -1 1       | chi improper_angle
improper_stiffness  | real  | group   | 1 10       | k_imp improper_stiffness
improper_energy     | real  | result  | 0 50       | e_improper improper_energy
switched_energy     | real  | result  | -60 60     | e_switched switched_energy
switch_start        | real  | uniform | 0.5 1.4    | r_switch switch_start | 1.0
energy_change       | real  | state   | -3 3       | delta_e energy_change
max_move            | real  | uniform | 0.01 0.2   | max_move step_limit | 0.1
system_pressure     | real  | uniform | -2 5       | p_inst system_pressure
wanted_pressure     | real  | uniform | 0 3        | p_ref wanted_pressure | 1.0
angular_velocity    | vec3  | state   | -3 3       | omega angular_velocity spin
director            | vec3  | state   | -1 1       | director long_axis u_i
coupling            | real  | uniform | 0.05 1     | lam coupling | 0.5
repulsive_exponent  | real  | uniform | 9 16       | n_rep mie_n | 12.0
aspect              | real  | uniform | 1.2 4      | aspect kappa_gb | 3.0
born_radius         | real  | state   | 0.8 3      | born_radius r_born
descreening         | real  | state   | 0 0.4      | descreening psi_i
intrinsic_radius    | real  | group   | 1 2        | rho_i intrinsic_radius
table               | reals | group   | -2 8       | u_table table
host_density        | real  | state   | 0.05 4     | rho_host host_density
embedding_energy    | real  | result  | -8 8       | e_embed embedding_energy
electron_density    | real  | result  | 0 6        | rho_ij electron_density
triple_energy       | real  | result  | 0 900      | e_triple triple_energy
bond_order          | real  | result  | 0 1        | bond_order b_ij
triple_energy_scale | real  | group   | 1 25       | lam_sw triple_scale
torsion_torque      | real  | result  | -30 30     | torsion_torque dv_dphi
constraint_shift    | vec3  | result  | -3 3       | shake_shift dr
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


def morse_bond_energy(distance, bond_length, dissociation, morse_width):
    """Morse potential."""
    decay = 1.0 - wp.exp(-morse_width * (distance - bond_length))
    bond_energy = dissociation * decay * decay
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


def morse_bond_force(position_a, position_b, bond_length, dissociation, morse_width):
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    decay = wp.exp(-morse_width * (r - bond_length))
    slope = 2.0 * dissociation * morse_width * decay * (1.0 - decay)
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
    return 0.5 * (diameter_a + diameter_b)


def mixed_well_depth(well_depth_a, well_depth_b):
    """Berthelot's combining rule."""
    return wp.sqrt(well_depth_a * well_depth_b)


def lennard_jones_energy(distance, mixed_diameter, mixed_well_depth, cutoff):
    """Lennard-Jones potential, shifted to zero at the cutoff."""
    if distance >= cutoff:
        return 0.0
    r = wp.max(distance, 0.85 * mixed_diameter)
    sr6 = wp.pow(mixed_diameter / r, 6.0)
    sc6 = wp.pow(mixed_diameter / cutoff, 6.0)
    pair_energy = 4.0 * mixed_well_depth * (sr6 * (sr6 - 1.0) - sc6 * (sc6 - 1.0))
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


def wca_energy(distance, mixed_diameter, mixed_well_depth):
    """Weeks-Chandler-Andersen repulsion."""
    r_min = 1.122462 * mixed_diameter
    if distance > r_min:
        return 0.0
    sr6 = wp.pow(mixed_diameter / wp.max(distance, 0.85 * mixed_diameter), 6.0)
    pair_energy = 4.0 * mixed_well_depth * (sr6 * sr6 - sr6) + mixed_well_depth
    return pair_energy


def buckingham_energy(distance, mixed_diameter, mixed_well_depth):
    """Exp-6 form of the Buckingham potential."""
    x = wp.max(distance, 0.8 * mixed_diameter) / mixed_diameter
    repulsion = 6.0 / 8.0 * wp.exp(14.0 * (1.0 - x))
    attraction = 14.0 / 8.0 / wp.pow(x, 6.0)
    pair_energy = mixed_well_depth * (repulsion - attraction)
    return pair_energy


def soft_sphere_force(position_a, position_b, velocity_a, velocity_b, repulsion, friction, cutoff):
    """Conservative and dissipative parts of dissipative particle dynamics."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 1.0e-6)
    if r > cutoff:
        return wp.vec3(0.0, 0.0, 0.0)
    n = d / r
    w = 1.0 - r / cutoff
    drag = friction * w * w * wp.dot(n, velocity_a - velocity_b)
    pair_force = (repulsion * w - drag) * n
    return pair_force


def coulomb_force(position_a, position_b, charge_a, charge_b, dielectric):
    """Coulomb's law."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 1.0e-6)
    pair_force = charge_a * charge_b / (dielectric * r * r * r) * d
    return pair_force


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


def switching(distance, cutoff, switch_start):
    """Switching function between an inner radius and the cutoff."""
    return 1.0 - wp.smoothstep(switch_start, cutoff, distance)


def cosine_switching(distance, cutoff):
    """Behler-Parrinello cutoff function."""
    if distance > cutoff:
        return 0.0
    switching = 0.5 * (wp.cos(wp.pi * distance / cutoff) + 1.0)
    return switching


def switched_energy(pair_energy, switching):
    return pair_energy * switching


def angle(arm1, arm2):
    """Bond angle at the middle atom."""
    n = wp.max(wp.length(arm1) * wp.length(arm2), 1.0e-6)
    return wp.acos(wp.clamp(wp.dot(arm1, arm2) / n, -1.0, 1.0))


def harmonic_angle_energy(angle, equilibrium_angle, angle_stiffness):
    bend = angle - equilibrium_angle
    angle_energy = 0.5 * angle_stiffness * bend * bend
    return angle_energy


def cosine_angle_energy(angle, equilibrium_angle, angle_stiffness):
    """Cosine-squared angle, as in Martini."""
    diff = wp.cos(angle) - wp.cos(equilibrium_angle)
    angle_energy = 0.5 * angle_stiffness * diff * diff
    return angle_energy


def angle_force(arm1, arm2, equilibrium_angle, angle_stiffness):
    """Force of a harmonic angle on its first atom."""
    r_a = wp.max(wp.length(arm1), 0.2)
    r_b = wp.max(wp.length(arm2), 0.2)
    u_a = arm1 / r_a
    u_b = arm2 / r_b
    cos_theta = wp.clamp(wp.dot(u_a, u_b), -0.999, 0.999)
    sin_theta = wp.sqrt(1.0 - cos_theta * cos_theta)
    pull = -angle_stiffness * (wp.acos(cos_theta) - equilibrium_angle)
    arm_force = pull / (r_a * sin_theta) * (cos_theta * u_a - u_b)
    return arm_force


def dihedral(arm1, arm2, arm3):
    """Dihedral angle of three consecutive bonds."""
    n1 = wp.cross(arm1, arm2)
    n2 = wp.cross(arm2, arm3)
    axis_unit = wp.normalize(arm2)
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


def improper_energy(improper_angle, improper_stiffness, torsion_phase):
    """Harmonic improper with the difference wrapped to half a turn."""
    diff = improper_angle - torsion_phase
    wrapped = diff - wp.tau * wp.round(diff / wp.tau)
    return 0.5 * improper_stiffness * wrapped * wrapped


def kinetic_energy(mass, velocity):
    return 0.5 * mass * wp.dot(velocity, velocity)


def momentum(mass, velocity):
    return mass * velocity


def velocity_verlet(position, velocity, force, mass, dt):
    """First half of velocity Verlet."""
    next_velocity = velocity + 0.5 * dt / mass * force
    next_position = position + dt * next_velocity
    return next_position, next_velocity


def next_velocity(velocity, force, mass, dt):
    return velocity + force * (dt / mass)


def wrapped_position(position, velocity, box, dt):
    """Drift in a periodic box."""
    moved = position + velocity * dt
    cells = wp.cw_div(moved, box)
    image = wp.vec3(wp.floor(cells[0]), wp.floor(cells[1]), wp.floor(cells[2]))
    next_position = moved - wp.cw_mul(image, box)
    return next_position


def stormer_position(position, previous_position, force, mass, dt):
    next_position = 2.0 * position - previous_position + dt * dt / mass * force
    return next_position


def steepest_descent_position(position, force, dt, max_move):
    """Energy minimization with a limit on the move."""
    move = dt * force
    size = wp.length(move)
    if size > max_move:
        move = move * (max_move / size)
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
    ratio = bath_temperature / temperature
    return wp.sqrt(1.0 + dt / coupling_time * (ratio - 1.0))


def scaled_velocity(velocity, velocity_scale):
    next_velocity = velocity_scale * velocity
    return next_velocity


def nose_hoover_velocity(velocity, force, mass, thermostat, dt):
    acceleration = force / mass - thermostat * velocity
    next_velocity = velocity + acceleration * dt
    return next_velocity


def barostat_position(position, system_pressure, wanted_pressure, coupling_time, dt):
    """Berendsen barostat."""
    scale = wp.cbrt(wp.max(1.0 - 0.05 * dt / coupling_time * (wanted_pressure - system_pressure), 0.1))
    next_position = scale * position
    return next_position


def metropolis(energy_change, bath_temperature, rng):
    """Metropolis criterion."""
    accepted = energy_change < 0.0 or wp.randf(rng) < wp.exp(-energy_change / bath_temperature)
    return accepted


def next_orientation(orientation, angular_velocity, dt):
    """Rigid body turned by an angular velocity."""
    spin = wp.quat(angular_velocity[0], angular_velocity[1], angular_velocity[2], 0.0)
    return wp.normalize(orientation + 0.5 * dt * (spin * orientation))


def lebwohl_lasher_energy(director_a, director_b, well_depth):
    """Lebwohl-Lasher model: second Legendre polynomial of the angle between two directors."""
    c = wp.dot(wp.normalize(director_a), wp.normalize(director_b))
    pair_energy = -well_depth * (1.5 * c * c - 0.5)
    return pair_energy


def bonded(position_a, position_b, director_a, max_distance):
    """Geometric criterion of a hydrogen bond."""
    d = position_b - position_a
    r = wp.max(wp.length(d), 1.0e-6)
    aligned = wp.dot(wp.normalize(director_a), d) / r
    return r < max_distance and aligned > 0.5


def virial(position, force):
    return wp.dot(position, force)


def mie_energy(distance, mixed_diameter, mixed_well_depth, repulsive_exponent):
    """Mie potential with an attractive exponent of six."""
    n = repulsive_exponent
    prefactor = n / (n - 6.0) * wp.pow(n / 6.0, 6.0 / (n - 6.0))
    x = mixed_diameter / wp.max(distance, 0.85 * mixed_diameter)
    pair_energy = prefactor * mixed_well_depth * (wp.pow(x, n) - wp.pow(x, 6.0))
    return pair_energy


def soft_core_energy(distance, mixed_diameter, mixed_well_depth, coupling):
    """Lennard-Jones potential that can be switched off without a singularity (Beutler)."""
    s = distance / mixed_diameter
    s3 = s * s * s
    denominator = 0.5 * (1.0 - coupling) * (1.0 - coupling) + wp.max(s3 * s3, 0.4)
    inv = 1.0 / denominator
    pair_energy = 4.0 * coupling * mixed_well_depth * inv * (inv - 1.0)
    return pair_energy


def force_switched_energy(distance, mixed_diameter, mixed_well_depth, switch_start, cutoff):
    """Lennard-Jones energy whose force goes smoothly to zero between two radii."""
    if distance >= cutoff:
        return 0.0
    r = wp.max(distance, 0.85 * mixed_diameter)
    sr6 = wp.pow(mixed_diameter / r, 6.0)
    energy = 4.0 * mixed_well_depth * sr6 * (sr6 - 1.0)
    if distance <= switch_start:
        return energy
    c2 = cutoff * cutoff
    s2 = switch_start * switch_start
    r2 = distance * distance
    gap = wp.max(c2 - s2, 0.01)
    weight = (c2 - r2) * (c2 - r2) * (c2 + 2.0 * r2 - 3.0 * s2) / (gap * gap * gap)
    pair_energy = energy * weight
    return pair_energy


def tabulated_energy(distance, table, cutoff):
    """Cubic interpolation in a table of a potential."""
    if distance >= cutoff or len(table) < 4:
        return 0.0
    last = len(table) - 1
    x = distance / cutoff * float(last)
    i = wp.min(int(x), last - 1)
    t = x - float(i)
    p0 = table[wp.max(i - 1, 0)]
    p1 = table[i]
    p2 = table[i + 1]
    p3 = table[wp.min(i + 2, last)]
    m1 = 0.5 * (p2 - p0)
    m2 = 0.5 * (p3 - p1)
    t2 = t * t
    t3 = t2 * t
    h00 = 2.0 * t3 - 3.0 * t2 + 1.0
    h10 = t3 - 2.0 * t2 + t
    pair_energy = h00 * p1 + h10 * m1 + (1.0 - h00) * p2 + (t3 - t2) * m2
    return pair_energy


def generalized_born_energy(position_a, position_b, charge_a, charge_b, born_radius_a, born_radius_b, dielectric):
    """Polarization energy of a solvent (Still)."""
    d = position_b - position_a
    r2 = wp.dot(d, d)
    bb = born_radius_a * born_radius_b
    f_gb = wp.sqrt(r2 + bb * wp.exp(-0.25 * r2 / bb))
    tau = 1.0 - 1.0 / dielectric
    pair_energy = -tau * charge_a * charge_b / f_gb
    return pair_energy


def born_radius_of_overlaps(intrinsic_radius, descreening):
    """Effective Born radius (Onufriev, Bashford and Case)."""
    reduced = intrinsic_radius - 0.09
    psi = descreening * reduced
    scaled = wp.tanh(psi - 0.8 * psi * psi + 4.85 * psi * psi * psi)
    next_born_radius = 1.0 / (1.0 / reduced - 0.95 * scaled / intrinsic_radius)
    return next_born_radius


def gay_berne_energy(position_a, position_b, director_a, director_b, well_depth, aspect):
    """Gay-Berne potential of two equal rods."""
    d = position_b - position_a
    r = wp.max(wp.length(d), 0.1)
    n = d / r
    u = wp.normalize(director_a)
    w = wp.normalize(director_b)
    a = wp.dot(n, u)
    b = wp.dot(n, w)
    c = wp.dot(u, w)
    k2 = aspect * aspect
    chi = (k2 - 1.0) / (k2 + 1.0)
    plus = (a + b) * (a + b) / (1.0 + chi * c)
    minus = (a - b) * (a - b) / (1.0 - chi * c)
    contact = 1.0 / wp.sqrt(wp.max(1.0 - 0.5 * chi * (plus + minus), 0.05))
    strength = well_depth / wp.sqrt(1.0 - chi * chi * c * c)
    x = 1.0 / wp.max(r - contact + 1.0, 0.85)
    x6 = wp.pow(x, 6.0)
    pair_energy = 4.0 * strength * x6 * (x6 - 1.0)
    return pair_energy


def electron_density(distance, diameter, cutoff):
    """What a neighbor adds to the density that an atom is embedded in."""
    if distance > cutoff:
        return 0.0
    return wp.exp(-2.0 * (distance / diameter - 1.0))


def embedding_energy(host_density, well_depth):
    """Embedding function of the embedded atom method."""
    rho = wp.max(host_density, 0.01)
    if rho < 1.0:
        return -well_depth * wp.sqrt(rho)
    x = rho - 1.0
    return -well_depth * (1.0 + 0.5 * x - 0.125 * x * x)


def triple_energy(arm1, arm2, triple_energy_scale, cutoff):
    """Three-body term of Stillinger and Weber."""
    r_ij = wp.length(arm1)
    r_ik = wp.length(arm2)
    if r_ij >= cutoff or r_ik >= cutoff or r_ij < 0.1 or r_ik < 0.1:
        return 0.0
    c = wp.dot(arm1, arm2) / (r_ij * r_ik)
    decay = 1.2 / wp.min(r_ij - cutoff, -0.01) + 1.2 / wp.min(r_ik - cutoff, -0.01)
    bend = c + 1.0 / 3.0
    return triple_energy_scale * bend * bend * wp.exp(decay)


def bond_order(arm1, arm2, cutoff):
    """Weakening of a bond by a neighbor, after Tersoff."""
    r_ij = wp.max(wp.length(arm1), 0.1)
    r_ik = wp.max(wp.length(arm2), 0.1)
    f_cut = float(1.0)
    if r_ik > cutoff:
        f_cut = 0.0
    elif r_ik > 0.8 * cutoff:
        f_cut = 0.5 + 0.5 * wp.cos(wp.pi * (r_ik - 0.8 * cutoff) / (0.2 * cutoff))
    c = wp.dot(arm1, arm2) / (r_ij * r_ik)
    h = -0.6 - c
    g = 1.0 + 1.5 * 1.5 / (0.4 * 0.4) - 1.5 * 1.5 / (0.4 * 0.4 + h * h)
    zeta = f_cut * wp.max(g, 0.0)
    return wp.pow(1.0 + wp.pow(0.3 * zeta, 0.8), -0.625)


def torsion_torque(arm1, arm2, arm3, torsion_barrier, multiplicity, torsion_phase):
    """Derivative of a periodic torsion by its angle, from the three bonds."""
    n1 = wp.cross(arm1, arm2)
    n2 = wp.cross(arm2, arm3)
    axis = wp.normalize(arm2)
    y = wp.dot(wp.cross(n1, n2), axis)
    x = wp.dot(n1, n2)
    if x * x + y * y < 1.0e-6:
        return 0.0
    phi = wp.atan2(y, x)
    n = float(multiplicity)
    return torsion_barrier * n * wp.sin(n * phi - torsion_phase)


def constraint_shift(position_a, position_b, mass_a, mass_b, bond_length):
    """Move of the first atom that restores a bond's length (SHAKE)."""
    d = position_b - position_a
    r0 = d
    w_a = 1.0 / mass_a
    w_b = 1.0 / mass_b
    shift = wp.vec3(0.0, 0.0, 0.0)
    for _n in range(4):
        r2 = wp.dot(d, d)
        diff = r2 - bond_length * bond_length
        if wp.abs(diff) < 1.0e-4:
            break
        g = diff / wp.max(2.0 * (w_a + w_b) * wp.dot(r0, d), 0.5)
        move = wp.clamp(g, -0.5, 0.5) * r0
        shift = shift + w_a * move
        d = d - (w_a + w_b) * move
    return shift


def urey_bradley_energy(arm1, arm2, bond_length, bond_stiffness):
    """Spring between the outer atoms of an angle."""
    stretch = wp.length(arm1 - arm2) - 1.633 * bond_length
    angle_energy = 0.1 * bond_stiffness * stretch * stretch
    return angle_energy


def brownian_turn(orientation, friction, bath_temperature, dt, rng):
    """Rotational diffusion of a rigid molecule."""
    sigma = wp.sqrt(2.0 * bath_temperature * dt / friction)
    turn = sigma * wp.vec3(wp.randn(rng), wp.randn(rng), wp.randn(rng))
    size = wp.length(turn)
    next_orientation = orientation
    if size > 1.0e-6:
        next_orientation = wp.normalize(wp.quat_from_axis_angle(turn / size, size) * orientation)
    return next_orientation


def reaction_field_force(position_a, position_b, charge_a, charge_b, dielectric, cutoff):
    """Coulomb force in a cavity of a dielectric."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 0.1)
    if r > cutoff:
        return wp.vec3(0.0, 0.0, 0.0)
    k_rf = (dielectric - 1.0) / ((2.0 * dielectric + 1.0) * cutoff * cutoff * cutoff)
    strength = charge_a * charge_b * (1.0 / (r * r * r) - 2.0 * k_rf)
    pair_force = strength * d
    return pair_force


def screened_force(position_a, position_b, charge_a, charge_b, screening, dielectric):
    """Force of the screened potential of Debye and Hueckel."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 0.1)
    energy = charge_a * charge_b * wp.exp(-screening * r) / (dielectric * r)
    slope = energy * (1.0 / r + screening)
    pair_force = slope / r * d
    return pair_force


def shifted_force(position_a, position_b, charge_a, charge_b, dielectric, cutoff):
    """Coulomb force that is shifted to vanish at the cutoff."""
    d = position_a - position_b
    r = wp.max(wp.length(d), 0.1)
    if r >= cutoff:
        return wp.vec3(0.0, 0.0, 0.0)
    magnitude = charge_a * charge_b / dielectric * (1.0 / (r * r) - 1.0 / (cutoff * cutoff))
    pair_force = magnitude * d / r
    return pair_force
