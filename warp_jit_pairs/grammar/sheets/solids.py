"""Solids: strains and stresses of continua, hyperelasticity, plasticity, damage and finite elements."""

import warp as wp

ENTITIES = "element cell tet material_point quadrature_point"
GROUPS = "material part layer"
PAIRS = "interface face neighbor_pair"
LAUNCH = "1:9 2:1"
SUMMED = "mass volume strain_energy dissipation thermal_energy"
OPPOSITE = "cohesive_traction interface_traction heat_flow"

QUANTITIES = """
displacement_gradient | mat33 | state | -0.2 0.2   | grad_u H disp_grad
deformation_gradient | mat33 | state | -0.2 1.2   | F def_grad deformation
velocity_gradient  | mat33 | state   | -2 2       | grad_v L vel_grad
strain             | mat33 | result  | -0.4 0.4   | strain eps
green_strain       | mat33 | result  | -0.8 0.8   | E green_strain
cauchy_green       | mat33 | result  | -0.5 1.6   | C right_cg
stretch_rate       | mat33 | result  | -2 2       | D rate_of_deformation
spin               | mat33 | result  | -2 2       | W spin vorticity
jacobian           | real  | result  | -1 2       | J vol_ratio jacobian
rotation           | quat  | state   | -1 1       | q rot rotation
stress             | mat33 | result  | -50 50     | stress sigma sig
viscous_stress     | mat33 | result  | -10 10     | sig_visc viscous_stress
cauchy_stress      | mat33 | result  | -150 150   | cauchy sigma_c cauchy_stress
first_piola        | mat33 | result  | -60 60     | P pk1 first_piola
second_piola       | mat33 | result  | -40 40     | S pk2
deviatoric_stress  | mat33 | result  | -40 40     | s dev_stress s_dev
pressure           | real  | result  | -60 60     | p pressure p_mean
von_mises          | real  | result  | 0 60       | von_mises sigma_vm q_eq
triaxiality        | real  | result  | -12 12 | eta triaxiality
youngs_modulus     | real  | group   | 2 20       | youngs_modulus E_mod          | 5.0 10.0
poisson_ratio      | real  | group   | 0.05 0.4   | nu poisson_ratio         | 0.3 0.25
shear_modulus      | real  | group   | 0.5 10     | mu                            | 2.0 4.0
lame_lambda        | real  | group   | 0.2 20     | lam                           | 3.0 5.0
bulk_modulus       | real  | group   | 1 30       | bulk_modulus K kappa          | 5.0 10.0
mooney_modulus     | real  | group   | 0.2 4      | c01 mooney_modulus            | 1.0
chain_limit        | real  | group   | 8 30       | chain_limit J_m               | 10.0 20.0
energy_density     | real  | result  | -50 300 | psi energy_density W_e
hyper_energy       | real  | result  | -50 400   | psi_F hyper_energy W_F
strain_energy      | real  | result  | -50 50     | energy strain_energy
volume             | real  | state   | 0.02 0.5   | vol volume V
density            | real  | group   | 0.5 4      | density rho                   | 1.0 2.0
mass               | real  | result  | 0.01 2     | mass m
wave_speed         | real  | result  | 1 8        | c wave_speed c_p
element_size       | real  | state   | 0.05 0.5   | h element_size h_e
time_step          | real  | result  | 0.005 0.5  | dt_crit time_step stable_dt
shape_gradient     | vec3  | state   | -3 3       | dN grad_N shape_grad
rest_inverse       | mat33 | state   | -1.5 1.5   | Dm_inv rest_inv inv_rest
vertex_0           | vec3  | state   | -1 1       | x0
vertex_1           | vec3  | state   | -1 1       | x1
vertex_2           | vec3  | state   | -1 1       | x2
vertex_3           | vec3  | state   | -1 1       | x3
force_1            | vec3  | result  | -5000 5000 | f1
force_2            | vec3  | result  | -5000 5000 | f2
force_3            | vec3  | result  | -5000 5000 | f3
nodal_force        | vec3  | result  | -100 100   | f_node nodal_force f_int
displacement       | vec3  | state   | -0.2 0.2   | u disp displacement
normal             | vec3  | state   | -1 1       | normal n
traction           | vec3  | result  | -50 50     | traction t
normal_stress      | real  | result  | -40 40     | sigma_n normal_stress
shear_stress       | real  | result  | 0 40       | tau_s shear_stress
plastic_strain     | real  | state   | 0 0.3      | eps_p alpha peeq
yield_strength     | real  | group   | 0.5 5      | sigma_y yield_strength sy     | 1.0 2.0
hardening          | real  | group   | 0.5 10     | hardening H_iso               | 1.0 5.0
saturation_stress  | real  | group   | 0.5 5      | q_inf saturation_stress       | 2.0
flow_stress        | real  | result  | 0.5 8      | flow_stress sigma_f
yield_function     | real  | result  | -60 60     | f_trial yield_function phi
tresca_yield       | real  | result  | -10 15     | f_tresca tresca_yield
slip_yield         | real  | result  | -60 60     | f_mc slip_yield
cone_yield         | real  | result  | -150 150   | f_dp cone_yield
plastic_increment  | real  | result  | 0 10       | dgamma plastic_increment d_lambda
dissipation        | real  | result  | 0 40       | dissipation w_p
friction_angle     | real  | group   | 0.2 0.7    | friction_angle phi_f          | 0.5
cohesion           | real  | group   | 0.5 5      | cohesion coh                  | 1.0 2.0
damage             | real  | state   | 0 0.99     | damage d omega
crack_phase        | real  | result  | 0 1        | crack_phase phi_c
critical_strain    | real  | group   | 0.02 0.1   | eps_0 critical_strain kappa_0 | 0.05
softening_rate     | real  | group   | 5 30       | softening beta_d              | 10.0
equivalent_strain  | real  | result  | 0 1.2      | eps_eq equivalent_strain
toughness          | real  | group   | 3 20       | G_c toughness                 | 5.0 10.0
length_scale       | real  | uniform | 0.1 0.5    | l_0 length_scale              | 0.2
opening            | vec3  | result  | -1 1       | opening jump delta
cohesive_traction  | vec3  | result  | -50 50     | t_coh cohesive_traction
interface_traction | vec3  | result  | -50 50     | t_avg interface_traction
temperature        | real  | state   | 0.5 3      | temperature T temp
expansion          | real  | group   | 0.01 0.05  | alpha_t expansion cte         | 0.02
conductivity       | real  | group   | 0.1 2      | k_t conductivity              | 0.5 1.0
heat_capacity      | real  | group   | 0.5 3      | c_p heat_capacity             | 1.0
thermal_energy     | real  | result  | 0 20       | thermal_energy u_th
heat_flow          | real  | result  | -30 30     | heat_flow q_h
fiber              | vec3  | state   | -1 1       | fiber a0 fiber_dir
fiber_stretch      | real  | result  | 0 2        | lam_f fiber_stretch
fiber_stiffness    | real  | group   | 0.2 2      | k1 fiber_stiffness            | 0.5 1.0
stretch            | real  | state   | 0.6 1.8    | stretch lam_1
axial_stress       | real  | result  | -60 60     | axial_stress sigma_11
plane_strain       | mat22 | state   | -0.1 0.1   | eps2 plane_strain strain2d
plane_stress       | mat22 | result  | -5 5       | sig2 plane_stress stress2d
principal_stresses | vec2  | result  | -5 5       | principal sig_12
max_shear          | real  | result  | 0 6        | tau_max max_shear
viscosity          | real  | group   | 0.1 2      | eta_v viscosity               | 0.5 1.0
prony_moduli       | reals | group   | 0.1 5      | g_i prony_moduli
relaxation_time    | real  | group   | 0.02 0.5   | tau_0 relaxation_time         | 0.1
time               | real  | uniform | 0.05 3     | time t_now                    | 1.0
relaxed_modulus    | real  | result  | 0 40       | G_t relaxed_modulus
creep_exponent     | real  | group   | 1 4        | n_c creep_exponent            | 3.0
ogden_exponent     | real  | group   | 1.5 4      | alpha_o ogden_exponent        | 2.0 3.0
saturation_rate    | real  | group   | 5 30       | delta_v saturation_rate       | 10.0 15.0
crack_length       | real  | state   | 0.02 0.6   | a_crack crack_length
plate_width        | real  | group   | 1 3        | width plate_width W_p         | 1.0 2.0
stress_range       | real  | state   | 0.2 4      | dsigma stress_range
paris_exponent     | real  | group   | 2 4        | m_paris paris_exponent        | 3.0
growth_threshold   | real  | uniform | 0.2 0.8    | dK_th growth_threshold        | 0.3 0.5
crack_growth       | real  | result  | 0 1        | da_dN crack_growth
stress_amplitudes  | reals | state   | 0.05 3     | stress_amps amplitudes
endurance_limit    | real  | group   | 0.3 1.2    | endurance sigma_e             | 0.5 1.0
ultimate_strength  | real  | group   | 4 8        | sigma_u ultimate              | 5.0
mean_stress        | real  | state   | 0 3        | sigma_m mean_stress
fatigue_damage     | real  | result  | 0 30       | miner fatigue_damage
span               | real  | group   | 1 4        | span beam_len L_b             | 2.0
load_place         | real  | uniform | 0.2 0.8    | load_frac load_place          | 0.5 0.25
station            | real  | state   | 0 1        | xi station s_x
point_load         | real  | uniform | 0.5 5      | point_load P_load             | 1.0 2.0
second_moment      | real  | group   | 0.02 0.5   | I_y second_moment             | 0.1
deflection         | real  | result  | -60 60     | deflection w_b
bending_moment     | real  | result  | 0 6        | bending_moment M_b
column_length      | real  | state   | 0.5 6      | L_col column_len
gyration_radius    | real  | state   | 0.02 0.2   | r_g gyration
end_factor         | real  | group   | 0.5 2      | k_end end_factor              | 1.0 0.7
buckling_stress    | real  | result  | 0 8        | sigma_cr buckling_stress
tip_radius         | real  | group   | 0.1 2      | R_tip tip_radius              | 0.5 1.0
press_load         | real  | state   | 0.01 5     | F_n press_load
contact_radius     | real  | result  | 0 6        | a_c contact_radius
peak_pressure      | real  | result  | 0 60       | p0 peak_pressure
true_strain        | real  | state   | 0 0.5      | eps_t true_strain
strain_exponent    | real  | group   | 3 8        | n_ro strain_exponent          | 5.0
nonlinear_stress   | real  | result  | 0 30       | sigma_ro nonlinear_stress
yielding           | bool  | result  |            | yielding is_plastic
failed             | bool  | result  |            | failed broken
inverted           | bool  | result  |            | inverted flipped
dt                 | real  | uniform | 0.001 0.05 | dt                            | 0.01 0.02
ply_stress         | vec3  | state   | -4 4       | ply_stress sigma_12
tensile_strength   | real  | group   | 1 3        | X_t                           | 1.5 2.0
compressive_strength | real | group  | 0.8 2.5    | X_c                           | 1.2
transverse_strength | real | group   | 0.2 1      | Y_t                           | 0.5
shear_strength     | real  | group   | 0.3 1.2    | S_l                           | 0.7
failure_mode       | int   | result  | 0 4        | failure_mode hashin_mode
ply_angle          | real  | state   | -1.57 1.57 | ply_angle theta_ply
fiber_modulus      | real  | group   | 8 20       | E_1                           | 13.0
matrix_modulus     | real  | group   | 0.5 2      | E_2                           | 1.0
ply_shear_modulus  | real  | group   | 0.2 1      | G_12                          | 0.5
ply_stiffness      | mat33 | result  | -25 25     | Q_bar ply_stiffness
node_0             | vec2  | state   | -1 1       | node_0
node_1             | vec2  | state   | -1 1       | node_1
node_2             | vec2  | state   | -1 1       | node_2
move_0             | vec2  | state   | -0.1 0.1   | u0
move_1             | vec2  | state   | -0.1 0.1   | u1
move_2             | vec2  | state   | -0.1 0.1   | u2
triangle_strain    | mat22 | result  | -4 4       | eps_tri triangle_strain
tensile_energy     | real  | result  | 0 20       | psi_plus tensile_energy
"""


def deformation_gradient(displacement_gradient):
    return displacement_gradient + wp.diag(wp.vec3(1.0, 1.0, 1.0))


def tet_deformation(vertex_0, vertex_1, vertex_2, vertex_3, rest_inverse):
    """Deformation gradient of a linear tetrahedron."""
    Ds = wp.matrix_from_cols(vertex_1 - vertex_0, vertex_2 - vertex_0, vertex_3 - vertex_0)
    deformation_gradient = Ds * rest_inverse
    return deformation_gradient


def tet_forces(vertex_0, vertex_1, vertex_2, vertex_3, rest_inverse, shear_modulus, lame_lambda):
    """Nodal forces of a neo-Hookean tetrahedron; its fourth node gets minus their sum."""
    x10 = vertex_1 - vertex_0
    x20 = vertex_2 - vertex_0
    x30 = vertex_3 - vertex_0
    F = wp.matrix_from_cols(x10, x20, x30) * rest_inverse
    rest_volume = 1.0 / wp.max(6.0 * wp.abs(wp.determinant(rest_inverse)), 0.5)
    Ft = wp.transpose(F)
    dJdF = wp.matrix_from_cols(wp.cross(Ft[1], Ft[2]), wp.cross(Ft[2], Ft[0]), wp.cross(Ft[0], Ft[1]))
    J = wp.determinant(F)
    Ic = wp.ddot(F, F)
    alpha = 1.0 + 0.75 * shear_modulus / lame_lambda
    P = shear_modulus * (1.0 - 1.0 / (Ic + 1.0)) * F + lame_lambda * (J - alpha) * dJdF
    H = -rest_volume * P * wp.transpose(rest_inverse)
    Ht = wp.transpose(H)
    force_1 = Ht[0]
    force_2 = Ht[1]
    force_3 = Ht[2]
    return force_1, force_2, force_3


def next_deformation_gradient(deformation_gradient, velocity_gradient, dt):
    """Update of the material point method."""
    return deformation_gradient + dt * velocity_gradient * deformation_gradient


def jacobian(deformation_gradient):
    return wp.determinant(deformation_gradient)


def cauchy_green(deformation_gradient):
    return wp.transpose(deformation_gradient) * deformation_gradient


def strain(displacement_gradient):
    """Small strain tensor."""
    return 0.5 * (displacement_gradient + wp.transpose(displacement_gradient))


def green_strain(cauchy_green):
    return 0.5 * (cauchy_green - wp.diag(wp.vec3(1.0, 1.0, 1.0)))


def green_strain_of_gradient(displacement_gradient):
    Ht = wp.transpose(displacement_gradient)
    green_strain = 0.5 * (displacement_gradient + Ht + Ht * displacement_gradient)
    return green_strain


def thermal_strain(displacement_gradient, temperature, reference_temperature, expansion):
    """Elastic part of the strain after free thermal expansion."""
    eps = 0.5 * (displacement_gradient + wp.transpose(displacement_gradient))
    e_th = expansion * (temperature - reference_temperature)
    strain = eps - wp.diag(wp.vec3(e_th, e_th, e_th))
    return strain


def stretch_and_spin(velocity_gradient):
    Lt = wp.transpose(velocity_gradient)
    stretch_rate = 0.5 * (velocity_gradient + Lt)
    spin = 0.5 * (velocity_gradient - Lt)
    return stretch_rate, spin


def stress(strain, shear_modulus, lame_lambda):
    """Hooke's law of an isotropic solid."""
    p = lame_lambda * wp.trace(strain)
    return 2.0 * shear_modulus * strain + wp.diag(wp.vec3(p, p, p))


def damaged_stress(strain, shear_modulus, lame_lambda, damage):
    p = lame_lambda * wp.trace(strain)
    sig = 2.0 * shear_modulus * strain + wp.diag(wp.vec3(p, p, p))
    stress = (1.0 - damage) * sig
    return stress


def viscous_stress(stretch_rate, viscosity):
    dev = stretch_rate - wp.diag(wp.vec3(1.0, 1.0, 1.0)) * (wp.trace(stretch_rate) / 3.0)
    return 2.0 * viscosity * dev


def cauchy_stress(first_piola, deformation_gradient):
    """Push-forward of the first Piola-Kirchhoff stress, safe for crushed elements."""
    J = wp.max(wp.determinant(deformation_gradient), 0.5)
    return first_piola * wp.transpose(deformation_gradient) / J


def stress_rate(stress, spin, stretch_rate, shear_modulus):
    """Jaumann rate of a hypoelastic solid."""
    return spin * stress - stress * spin + 2.0 * shear_modulus * stretch_rate


def next_stress(stress, spin, dt):
    """Stress that turns with the material."""
    return stress + dt * (spin * stress - stress * spin)


def second_piola(green_strain, shear_modulus, lame_lambda):
    """St. Venant-Kirchhoff material."""
    tr = wp.trace(green_strain)
    return 2.0 * shear_modulus * green_strain + lame_lambda * tr * wp.diag(wp.vec3(1.0, 1.0, 1.0))


def first_piola(deformation_gradient, second_piola):
    return deformation_gradient * second_piola


def neo_hookean_stress(deformation_gradient, shear_modulus, lame_lambda):
    """Compressible neo-Hookean solid with a logarithmic volume term."""
    Ft = wp.transpose(deformation_gradient)
    c0 = Ft[0]
    c1 = Ft[1]
    c2 = Ft[2]
    cof = wp.matrix_from_cols(wp.cross(c1, c2), wp.cross(c2, c0), wp.cross(c0, c1))
    J = wp.max(wp.dot(c0, wp.cross(c1, c2)), 0.3)
    FinvT = cof / J
    first_piola = shear_modulus * (deformation_gradient - FinvT) + lame_lambda * wp.log(J) * FinvT
    return first_piola


def stable_neo_hookean(deformation_gradient, shear_modulus, lame_lambda):
    """Stable neo-Hookean flesh simulation (Smith et al. 2018)."""
    Ft = wp.transpose(deformation_gradient)
    c0 = Ft[0]
    c1 = Ft[1]
    c2 = Ft[2]
    J = wp.dot(c0, wp.cross(c1, c2))
    Ic = wp.ddot(deformation_gradient, deformation_gradient)
    alpha = 1.0 + 0.75 * shear_modulus / lame_lambda
    dJdF = wp.matrix_from_cols(wp.cross(c1, c2), wp.cross(c2, c0), wp.cross(c0, c1))
    k = shear_modulus * (1.0 - 1.0 / (Ic + 1.0))
    first_piola = k * deformation_gradient + lame_lambda * (J - alpha) * dJdF
    return first_piola


def corotated_stress(deformation_gradient, rotation, shear_modulus, lame_lambda):
    """Fixed corotated model (Stomakhin et al. 2012)."""
    R = wp.quat_to_matrix(rotation)
    Ft = wp.transpose(deformation_gradient)
    dJdF = wp.matrix_from_cols(wp.cross(Ft[1], Ft[2]), wp.cross(Ft[2], Ft[0]), wp.cross(Ft[0], Ft[1]))
    J = wp.determinant(deformation_gradient)
    first_piola = 2.0 * shear_modulus * (deformation_gradient - R) + lame_lambda * (J - 1.0) * dJdF
    return first_piola


def polar_rotation(deformation_gradient, previous_rotation):
    """Rotation of a deformation gradient by the method of Mueller et al. (2016)."""
    A = wp.transpose(deformation_gradient)
    q = previous_rotation
    for it in range(6):
        R = wp.transpose(wp.quat_to_matrix(q))
        num = wp.cross(R[0], A[0]) + wp.cross(R[1], A[1]) + wp.cross(R[2], A[2])
        den = wp.abs(wp.ddot(R, A)) + 1.0e-2
        omega = num / den
        angle = wp.length(omega)
        if angle > 1.0e-6:
            q = wp.normalize(wp.quat_from_axis_angle(omega / angle, angle) * q)
    rotation = q
    return rotation


def fiber_stretch(deformation_gradient, fiber):
    return wp.length(deformation_gradient * wp.normalize(fiber))


def fiber_stress(deformation_gradient, fiber, fiber_stiffness):
    """Exponential fiber of Holzapfel, Gasser and Ogden; it bears no compression."""
    a0 = wp.normalize(fiber)
    e = wp.length_sq(deformation_gradient * a0) - 1.0
    second_piola = wp.diag(wp.vec3(0.0, 0.0, 0.0))
    if e > 0.0:
        growth = wp.exp(0.3 * wp.min(e * e, 9.0))
        second_piola = 2.0 * fiber_stiffness * e * growth * wp.outer(a0, a0)
    return second_piola


def energy_density(strain, shear_modulus, lame_lambda):
    tr = wp.trace(strain)
    return shear_modulus * wp.ddot(strain, strain) + 0.5 * lame_lambda * tr * tr


def elastic_energy(stress, strain):
    energy_density = 0.5 * wp.ddot(stress, strain)
    return energy_density


def neo_hookean_energy(deformation_gradient, shear_modulus, lame_lambda):
    I1 = wp.ddot(deformation_gradient, deformation_gradient)
    log_J = wp.log(wp.max(wp.determinant(deformation_gradient), 1.0e-3))
    hyper_energy = 0.5 * shear_modulus * (I1 - 3.0) - shear_modulus * log_J + 0.5 * lame_lambda * log_J * log_J
    return hyper_energy


def mooney_rivlin_energy(deformation_gradient, shear_modulus, mooney_modulus, bulk_modulus):
    """Mooney-Rivlin energy of the isochoric invariants."""
    C = wp.transpose(deformation_gradient) * deformation_gradient
    J = wp.determinant(deformation_gradient)
    J23 = wp.pow(wp.max(J, 0.3), -2.0 / 3.0)
    I1 = wp.trace(C)
    I2 = 0.5 * (I1 * I1 - wp.ddot(C, C))
    c10 = 0.5 * shear_modulus - mooney_modulus
    iso = c10 * (J23 * I1 - 3.0) + mooney_modulus * (J23 * J23 * I2 - 3.0)
    hyper_energy = iso + 0.5 * bulk_modulus * (J - 1.0) * (J - 1.0)
    return hyper_energy


def gent_energy(deformation_gradient, shear_modulus, chain_limit):
    """Gent's model of chains that lock."""
    I1 = wp.ddot(deformation_gradient, deformation_gradient)
    x = (I1 - 3.0) / chain_limit
    hyper_energy = -0.5 * shear_modulus * chain_limit * wp.log(wp.max(1.0 - x, 1.0e-6))
    return hyper_energy


def strain_energy(energy_density, volume):
    return energy_density * volume


def axial_stress(stretch, shear_modulus):
    """Cauchy stress of an incompressible neo-Hookean bar."""
    return shear_modulus * (stretch * stretch - 1.0 / stretch)


def ogden_stress(stretch, shear_modulus, ogden_exponent):
    """One term of Ogden's model of an incompressible bar."""
    axial = wp.pow(stretch, ogden_exponent)
    lateral = wp.pow(stretch, -0.5 * ogden_exponent)
    axial_stress = 2.0 * shear_modulus / ogden_exponent * (axial - lateral)
    return axial_stress


def hencky_stress(stretch, youngs_modulus):
    axial_stress = youngs_modulus * wp.log(stretch)
    return axial_stress


def arruda_boyce_stress(stretch, shear_modulus, chain_limit):
    """Eight-chain model, series of the inverse Langevin function."""
    I1 = stretch * stretch + 2.0 / stretch
    x = I1 / chain_limit
    dW = 0.5 + x * (0.1 + x * (11.0 / 350.0 + x * 19.0 / 1750.0))
    axial_stress = 2.0 * shear_modulus * dW * (stretch * stretch - 1.0 / stretch)
    return axial_stress


def relaxed_modulus(prony_moduli, relaxation_time, time):
    """Prony series with a relaxation time per decade."""
    total = float(0.0)
    tau = float(relaxation_time)
    for n in range(len(prony_moduli)):
        total += prony_moduli[n] * wp.exp(-time / tau)
        tau *= 10.0
    return total


def pressure(stress):
    return -wp.trace(stress) / 3.0


def deviatoric_stress(stress):
    mean = wp.trace(stress) / 3.0
    return stress - wp.diag(wp.vec3(mean, mean, mean))


def von_mises(deviatoric_stress):
    return wp.sqrt(1.5 * wp.ddot(deviatoric_stress, deviatoric_stress))


def von_mises_of_components(stress):
    """Von Mises stress from the six components."""
    d_xy = stress[0, 0] - stress[1, 1]
    d_yz = stress[1, 1] - stress[2, 2]
    d_zx = stress[2, 2] - stress[0, 0]
    shear = stress[0, 1] * stress[0, 1] + stress[1, 2] * stress[1, 2] + stress[2, 0] * stress[2, 0]
    von_mises = wp.sqrt(0.5 * (d_xy * d_xy + d_yz * d_yz + d_zx * d_zx) + 3.0 * shear)
    return von_mises


def triaxiality(stress):
    """Mean stress over the von Mises stress."""
    mean = wp.trace(stress) / 3.0
    dev = stress - wp.diag(wp.vec3(mean, mean, mean))
    q = wp.sqrt(1.5 * wp.ddot(dev, dev))
    if q < 1.0e-3:
        return 0.0
    return wp.clamp(mean / q, -5.0, 5.0)


def flow_stress(yield_strength, hardening, plastic_strain):
    """Linear isotropic hardening."""
    return yield_strength + hardening * plastic_strain


def voce_flow_stress(yield_strength, saturation_stress, saturation_rate, plastic_strain):
    """Voce's hardening, which saturates."""
    flow_stress = yield_strength + saturation_stress * (1.0 - wp.exp(-saturation_rate * plastic_strain))
    return flow_stress


def johnson_cook(yield_strength, hardening, plastic_strain, temperature):
    """Johnson-Cook flow stress without its rate term."""
    hardened = yield_strength + hardening * wp.pow(plastic_strain + 1.0e-6, 0.4)
    t_star = wp.clamp((temperature - 0.5) / 4.0, 0.0, 1.0)
    flow_stress = hardened * (1.0 - t_star)
    return flow_stress


def yield_function(von_mises, flow_stress):
    return von_mises - flow_stress


def mohr_coulomb(normal_stress, shear_stress, friction_angle, cohesion):
    slip_yield = shear_stress + normal_stress * wp.tan(friction_angle) - cohesion
    return slip_yield


def yielding(von_mises, flow_stress):
    return von_mises > flow_stress


def plastic_increment(yield_function, shear_modulus, hardening):
    """Consistency of J2 plasticity with linear hardening."""
    return wp.max(yield_function, 0.0) / (3.0 * shear_modulus + hardening)


def radial_return(deviatoric_stress, flow_stress, shear_modulus, hardening, plastic_strain):
    """Return mapping of J2 plasticity."""
    q = wp.sqrt(1.5 * wp.ddot(deviatoric_stress, deviatoric_stress))
    f = q - flow_stress
    next_deviatoric_stress = deviatoric_stress
    next_plastic_strain = plastic_strain
    if f > 0.0:
        dgamma = f / (3.0 * shear_modulus + hardening)
        next_deviatoric_stress = (1.0 - 3.0 * shear_modulus * dgamma / q) * deviatoric_stress
        next_plastic_strain = plastic_strain + dgamma
    return next_deviatoric_stress, next_plastic_strain


def j2_update(strain, plastic_strain, shear_modulus, lame_lambda, yield_strength, hardening):
    """Trial stress and radial return of J2 plasticity with linear hardening."""
    tr = wp.trace(strain)
    I3 = wp.identity(n=3, dtype=float)
    dev_eps = strain - (tr / 3.0) * I3
    mean = (lame_lambda + 2.0 / 3.0 * shear_modulus) * tr
    s_trial = 2.0 * shear_modulus * dev_eps
    q = wp.sqrt(1.5 * wp.ddot(s_trial, s_trial))
    f = q - (yield_strength + hardening * plastic_strain)
    scale = 1.0
    next_plastic_strain = plastic_strain
    if f > 0.0:
        dgamma = f / (3.0 * shear_modulus + hardening)
        scale = 1.0 - 3.0 * shear_modulus * dgamma / wp.max(q, 1.0e-6)
        next_plastic_strain = plastic_strain + dgamma
    stress = scale * s_trial + mean * I3
    return stress, next_plastic_strain


def voce_increment(von_mises, plastic_strain, shear_modulus, yield_strength, saturation_stress, saturation_rate):
    """Plastic multiplier of a hardening that saturates, by Newton's method."""
    start = yield_strength + saturation_stress * (1.0 - wp.exp(-saturation_rate * plastic_strain))
    if von_mises <= start:
        return 0.0
    dgamma = float(0.0)
    for it in range(12):
        decay = wp.exp(-saturation_rate * (plastic_strain + dgamma))
        flow = yield_strength + saturation_stress * (1.0 - decay)
        residual = von_mises - 3.0 * shear_modulus * dgamma - flow
        if wp.abs(residual) < 1.0e-5:
            break
        slope = 3.0 * shear_modulus + saturation_stress * saturation_rate * decay
        dgamma = wp.max(dgamma + residual / slope, 0.0)
    plastic_increment = dgamma
    return plastic_increment


def next_plastic_strain(plastic_strain, plastic_increment):
    return plastic_strain + plastic_increment


def perzyna_flow(plastic_strain, yield_function, yield_strength, viscosity, dt):
    """Perzyna's viscoplastic flow."""
    over = wp.max(yield_function, 0.0) / yield_strength
    next_plastic_strain = plastic_strain + dt / viscosity * over
    return next_plastic_strain


def plastic_strain_rate(von_mises, yield_strength, creep_exponent, temperature):
    """Norton creep with Arrhenius' temperature factor."""
    x = wp.min(von_mises / yield_strength, 5.0)
    return wp.pow(x + 1.0e-3, creep_exponent) * wp.exp(-2.0 / temperature)


def dissipation(flow_stress, plastic_increment, volume):
    return flow_stress * plastic_increment * volume


def equivalent_strain(strain):
    """Norm of the tensile part of the axial strains and the shears."""
    e = wp.get_diag(strain)
    pos_x = wp.max(e[0], 0.0)
    pos_y = wp.max(e[1], 0.0)
    pos_z = wp.max(e[2], 0.0)
    gamma = strain[0, 1] * strain[0, 1] + strain[0, 2] * strain[0, 2] + strain[1, 2] * strain[1, 2]
    return wp.sqrt(pos_x * pos_x + pos_y * pos_y + pos_z * pos_z + gamma)


def next_damage(damage, equivalent_strain, critical_strain, softening_rate):
    """Exponential softening; damage never heals."""
    if equivalent_strain <= critical_strain:
        return damage
    over = equivalent_strain - critical_strain
    d = 1.0 - critical_strain / equivalent_strain * wp.exp(-softening_rate * over)
    return wp.clamp(d, damage, 0.999)


def phase_field_damage(energy_density, toughness, length_scale):
    """Homogeneous solution of the AT2 phase field."""
    psi = wp.max(energy_density, 0.0)
    crack_phase = 2.0 * psi / (2.0 * psi + toughness / length_scale)
    return crack_phase


def degraded_energy(energy_density, damage, volume):
    """Quadratic degradation with a residual stiffness."""
    g = (1.0 - damage) * (1.0 - damage) + 1.0e-3
    strain_energy = g * energy_density * volume
    return strain_energy


def failed(damage, plastic_strain, triaxiality):
    """Ductile failure after Johnson and Cook."""
    limit = 0.05 + 0.2 * wp.exp(-1.5 * triaxiality)
    return damage > 0.85 or plastic_strain > limit


def inverted(deformation_gradient):
    return wp.determinant(deformation_gradient) <= 0.0


def mass(density, volume):
    return density * volume


def wave_speed(shear_modulus, lame_lambda, density):
    """Speed of pressure waves."""
    return wp.sqrt((lame_lambda + 2.0 * shear_modulus) / density)


def time_step(element_size, wave_speed):
    return 0.9 * element_size / wave_speed


def nodal_force(first_piola, shape_gradient, volume):
    """Internal force of a node from the first Piola-Kirchhoff stress."""
    return -volume * first_piola * shape_gradient


def damped_nodal_force(stress, stretch_rate, shape_gradient, viscosity, volume):
    sig = stress + 2.0 * viscosity * stretch_rate
    nodal_force = -volume * (sig * shape_gradient)
    return nodal_force


def traction(stress, normal):
    """Cauchy's traction on a plane."""
    return stress * wp.normalize(normal)


def resolved_stress(traction, normal):
    n = wp.normalize(normal)
    normal_stress = wp.dot(traction, n)
    shear_stress = wp.length(traction - normal_stress * n)
    return normal_stress, shear_stress


def interface_traction(stress_a, stress_b, normal_a, normal_b):
    n = wp.normalize(normal_a - normal_b)
    return 0.5 * (stress_a + stress_b) * n


def opening(displacement_a, displacement_b):
    return displacement_b - displacement_a


def cohesive_traction(opening, normal_a, cohesion, toughness, damage_a, damage_b):
    """Exponential traction-separation law, linear in compression."""
    n = wp.normalize(normal_a)
    dn = wp.dot(opening, n)
    tangential = opening - dn * n
    d = wp.max(damage_a, damage_b)
    k = cohesion * cohesion / toughness
    if dn < 0.0:
        return k * (10.0 * dn * n + (1.0 - d) * tangential)
    delta = wp.length(opening)
    cohesive_traction = (1.0 - d) * k * wp.exp(-cohesion * delta / toughness) * opening
    return cohesive_traction


def heat_flow(temperature_a, temperature_b, element_size_a, element_size_b, conductivity):
    return 2.0 * conductivity * (temperature_b - temperature_a) / (element_size_a + element_size_b)


def thermal_energy(mass, heat_capacity, temperature):
    return mass * heat_capacity * temperature


def next_temperature(temperature, dissipation, mass, heat_capacity):
    """Taylor-Quinney heating by plastic work."""
    return temperature + 0.9 * dissipation / (mass * heat_capacity)


def plane_stress(plane_strain, youngs_modulus, poisson_ratio):
    """Hooke's law in plane stress."""
    k = youngs_modulus / (1.0 - poisson_ratio * poisson_ratio)
    s_xx = k * (plane_strain[0, 0] + poisson_ratio * plane_strain[1, 1])
    s_yy = k * (plane_strain[1, 1] + poisson_ratio * plane_strain[0, 0])
    s_xy = 0.5 * k * (1.0 - poisson_ratio) * (plane_strain[0, 1] + plane_strain[1, 0])
    return wp.mat22(s_xx, s_xy, s_xy, s_yy)


def principal_stresses(plane_stress):
    """Mohr's circle."""
    center = 0.5 * wp.trace(plane_stress)
    half = 0.5 * (plane_stress[0, 0] - plane_stress[1, 1])
    tau_xy = 0.5 * (plane_stress[0, 1] + plane_stress[1, 0])
    r = wp.sqrt(half * half + tau_xy * tau_xy)
    return wp.vec2(center + r, center - r)


def max_shear(principal_stresses):
    return 0.5 * wp.abs(principal_stresses[0] - principal_stresses[1])


def tresca(principal_stresses, yield_strength):
    """Tresca's criterion with no stress out of the plane."""
    hi = wp.max(wp.max(principal_stresses[0], principal_stresses[1]), 0.0)
    lo = wp.min(wp.min(principal_stresses[0], principal_stresses[1]), 0.0)
    tresca_yield = hi - lo - yield_strength
    return tresca_yield


def cone_yield(stress, friction_angle, cohesion):
    """Drucker-Prager cone through the compressive corners of Mohr-Coulomb."""
    mean = wp.trace(stress) / 3.0
    dev = stress - wp.diag(wp.vec3(mean, mean, mean))
    q = wp.sqrt(1.5 * wp.ddot(dev, dev))
    sin_phi = wp.sin(friction_angle)
    k = 6.0 / (3.0 - sin_phi)
    return q - k * (cohesion * wp.cos(friction_angle) - sin_phi * mean)


def cone_return(stress, friction_angle, cohesion, shear_modulus, bulk_modulus):
    """Return to a Drucker-Prager cone: elastic, onto the cone, or to its apex."""
    mean = wp.trace(stress) / 3.0
    I3 = wp.identity(n=3, dtype=float)
    dev = stress - mean * I3
    q = wp.sqrt(1.5 * wp.ddot(dev, dev))
    eta = 6.0 * wp.sin(friction_angle) / (3.0 - wp.sin(friction_angle))
    xi = 6.0 * wp.cos(friction_angle) / (3.0 - wp.sin(friction_angle))
    f = q + eta * mean - xi * cohesion
    next_stress = stress
    if f > 0.0:
        dgamma = f / (3.0 * shear_modulus + bulk_modulus * eta * eta)
        q_new = q - 3.0 * shear_modulus * dgamma
        if q_new >= 0.0:
            next_stress = (q_new / wp.max(q, 1.0e-6)) * dev + (mean - bulk_modulus * eta * dgamma) * I3
        else:
            next_stress = (cohesion * xi / eta) * I3
    return next_stress


def nonlinear_stress(true_strain, youngs_modulus, yield_strength, strain_exponent):
    """Stress of a Ramberg-Osgood bar at a strain, by Newton's method."""
    if true_strain <= 0.0:
        return 0.0
    offset = 0.002
    s = float(wp.min(youngs_modulus * true_strain, yield_strength))
    for it in range(20):
        power = wp.pow(s / yield_strength, strain_exponent)
        g = s / youngs_modulus + offset * power - true_strain
        dg = 1.0 / youngs_modulus + offset * strain_exponent * power / wp.max(s, 1.0e-4)
        s_new = wp.max(s - g / dg, 1.0e-4)
        if wp.abs(s_new - s) < 1.0e-5:
            break
        s = s_new
    return s


def crack_growth(crack_length, stress_range, plate_width, paris_exponent, growth_threshold, toughness):
    """Growth per cycle of an edge crack: none below the threshold, Paris's law, unstable at the toughness."""
    x = wp.min(crack_length / plate_width, 0.6)
    geometry = 1.12 + x * (-0.231 + x * (10.55 + x * (-21.72 + x * 30.39)))
    dK = geometry * stress_range * wp.sqrt(wp.pi * crack_length)
    if dK <= growth_threshold:
        return 0.0
    if dK >= toughness:
        return 1.0
    stable = 0.001 * wp.pow(dK - growth_threshold, paris_exponent)
    return wp.min(stable / (1.0 - dK / toughness), 1.0)


def fatigue_damage(stress_amplitudes, mean_stress, endurance_limit, ultimate_strength):
    """Palmgren-Miner sum of a load history, with Goodman's correction of the mean stress."""
    room = wp.max(1.0 - mean_stress / ultimate_strength, 0.1)
    damage_sum = float(0.0)
    for n in range(len(stress_amplitudes)):
        amplitude = stress_amplitudes[n] / room
        if amplitude <= endurance_limit:
            continue
        if amplitude >= ultimate_strength:
            damage_sum = 1.0
            break
        slope = wp.log(ultimate_strength / endurance_limit) / wp.log(1000.0)
        cycles = 1000.0 * wp.pow(amplitude / endurance_limit, -1.0 / wp.max(slope, 0.05))
        damage_sum += 1.0 / wp.max(cycles, 1.0)
    return damage_sum


def deflection(station, span, load_place, point_load, youngs_modulus, second_moment):
    """Deflection of a simply supported beam under a point load."""
    a = load_place * span
    b = span - a
    x = station * span
    if x > a:
        x = span - x
        b = a
    EI = youngs_modulus * second_moment
    return point_load * b * x * (span * span - b * b - x * x) / (6.0 * span * EI)


def bending_moment(station, span, load_place, point_load):
    reaction = point_load * (1.0 - load_place)
    x = station * span
    if x <= load_place * span:
        return reaction * x
    return reaction * x - point_load * (x - load_place * span)


def buckling_stress(column_length, gyration_radius, end_factor, youngs_modulus, yield_strength):
    """Critical stress of a column: Johnson's parabola for a short one, Euler's formula for a slender one."""
    slenderness = end_factor * column_length / gyration_radius
    transition = wp.pi * wp.sqrt(2.0 * youngs_modulus / yield_strength)
    if slenderness < transition:
        ratio = slenderness / transition
        return yield_strength * (1.0 - 0.5 * ratio * ratio)
    return wp.pi * wp.pi * youngs_modulus / (slenderness * slenderness)


def hertz_contact(press_load, tip_radius, youngs_modulus, poisson_ratio):
    """Contact of a sphere with a flat of the same material."""
    plane_modulus = youngs_modulus / (2.0 * (1.0 - poisson_ratio * poisson_ratio))
    cubed = 0.75 * press_load * tip_radius / plane_modulus
    contact_radius = wp.cbrt(cubed)
    area = wp.pi * contact_radius * contact_radius
    peak_pressure = 1.5 * press_load / wp.max(area, 1.0e-4)
    return contact_radius, peak_pressure


def failure_mode(ply_stress, tensile_strength, compressive_strength, transverse_strength, shear_strength):
    """Hashin's modes of a ply: none, fiber in tension or compression, matrix in tension or compression."""
    fiber = ply_stress[0]
    across = ply_stress[1]
    shear = ply_stress[2] / shear_strength
    if fiber >= 0.0:
        if fiber * fiber / (tensile_strength * tensile_strength) + shear * shear >= 1.0:
            return 1
    elif -fiber >= compressive_strength:
        return 2
    if across >= 0.0:
        if across * across / (transverse_strength * transverse_strength) + shear * shear >= 1.0:
            return 3
        return 0
    half = 0.5 * across / shear_strength
    ratio = 1.5 * transverse_strength / shear_strength
    index = half * half + (ratio * ratio - 1.0) * across / (3.0 * transverse_strength) + shear * shear
    if index >= 1.0:
        return 4
    return 0


def ply_stiffness(ply_angle, fiber_modulus, matrix_modulus, poisson_ratio, ply_shear_modulus):
    """Reduced stiffness of a ply, turned into the axes of the laminate."""
    nu21 = poisson_ratio * matrix_modulus / fiber_modulus
    denom = 1.0 - poisson_ratio * nu21
    q11 = fiber_modulus / denom
    q22 = matrix_modulus / denom
    q12 = poisson_ratio * matrix_modulus / denom
    q66 = ply_shear_modulus
    c = wp.cos(ply_angle)
    s = wp.sin(ply_angle)
    c2 = c * c
    s2 = s * s
    b11 = q11 * c2 * c2 + 2.0 * (q12 + 2.0 * q66) * s2 * c2 + q22 * s2 * s2
    b22 = q11 * s2 * s2 + 2.0 * (q12 + 2.0 * q66) * s2 * c2 + q22 * c2 * c2
    b12 = (q11 + q22 - 4.0 * q66) * s2 * c2 + q12 * (s2 * s2 + c2 * c2)
    b66 = (q11 + q22 - 2.0 * q12 - 2.0 * q66) * s2 * c2 + q66 * (s2 * s2 + c2 * c2)
    b16 = (q11 - q12 - 2.0 * q66) * s * c * c2 + (q12 - q22 + 2.0 * q66) * s * s2 * c
    b26 = (q11 - q12 - 2.0 * q66) * s * s2 * c + (q12 - q22 + 2.0 * q66) * s * c * c2
    return wp.mat33(b11, b12, b16, b12, b22, b26, b16, b26, b66)


def triangle_strain(node_0, node_1, node_2, move_0, move_1, move_2):
    """Strain of a constant-strain triangle from the displacements of its nodes."""
    e1 = node_1 - node_0
    e2 = node_2 - node_0
    det = e1[0] * e2[1] - e1[1] * e2[0]
    if wp.abs(det) < 0.1:
        return wp.mat22(0.0, 0.0, 0.0, 0.0)
    D = wp.mat22(e1[0], e2[0], e1[1], e2[1])
    d1 = move_1 - move_0
    d2 = move_2 - move_0
    U = wp.mat22(d1[0], d2[0], d1[1], d2[1])
    G = U * wp.inverse(D)
    return 0.5 * (G + wp.transpose(G))


def tensile_energy(plane_strain, shear_modulus, lame_lambda):
    """Part of the energy that opens cracks: positive principal strains and positive volume change (Miehe)."""
    half_tr = 0.5 * wp.trace(plane_strain)
    half_diff = 0.5 * (plane_strain[0, 0] - plane_strain[1, 1])
    off = 0.5 * (plane_strain[0, 1] + plane_strain[1, 0])
    r = wp.sqrt(half_diff * half_diff + off * off)
    e1 = wp.max(half_tr + r, 0.0)
    e2 = wp.max(half_tr - r, 0.0)
    volume_part = wp.max(2.0 * half_tr, 0.0)
    return 0.5 * lame_lambda * volume_part * volume_part + shear_modulus * (e1 * e1 + e2 * e2)
