"""Small matrices: products, inverses, factorizations, eigenvalues, rotations, covariances and least squares."""

import warp as wp

ENTITIES = "sample system block item"
GROUPS = "cluster batch family"
PAIRS = "pairing couple"
LAUNCH = "1:8 2:2"
SUMMED = "gram cost scatter cross_scatter weight squared_norm"
OPPOSITE = "difference commutator"

QUANTITIES = """
matrix            | mat33 | state   | -1 1       | A mat M
factor            | mat33 | state   | -1 1       | B factor rhs_mat
vector            | vec3  | state   | -2 2       | v vec
rhs               | vec3  | state   | -2 2       | b rhs
direction         | vec3  | state   | -1 1       | axis direction
block             | mat22 | state   | -2 2       | A2 block m2
block_rhs         | vec2  | state   | -2 2       | b2 block_rhs
product           | mat33 | result  | -6 6       | C prod product
image             | vec3  | result  | -8 8       | image Ax
symmetric         | mat33 | result  | -2 2       | sym S symmetric
antisymmetric     | mat33 | result  | -2 2       | W antisym
axial             | vec3  | result  | -2 2       | w axial axial_vec
gram              | mat33 | result  | -2 3       | G gram AtA
spd               | mat33 | result  | -1 3       | H spd spd_mat
ridge             | real  | uniform | 0.5 2      | ridge damping reg | 0.5 1.0
lower             | mat33 | result  | -10 10     | chol L_chol lower
orthogonal        | mat33 | result  | -1 1       | Q orthogonal ortho
upper             | mat33 | result  | -4 4       | R_up upper
adjugate          | mat33 | result  | -4 4       | adj_A adjugate
inverted          | mat33 | result  | -10 10     | A_inv inverted
det               | real  | result  | -5 5       | det_A det
squared_norm      | real  | result  | 0 12       | sq_norm norm2
matrix_norm       | real  | result  | 0 4        | fro_norm matrix_norm
row_sum_norm      | real  | result  | 0 4        | norm_inf row_sum_norm
solution          | vec3  | state   | -6 6       | sol x_hat solution
residual          | vec3  | result  | -6 6       | res residual r
gradient          | vec3  | result  | -12 12     | grad g_k
cost              | real  | result  | 0 100      | cost chi2 loss
quadratic_form    | real  | result  | -20 20     | quad quadratic_form xAx
rayleigh          | real  | result  | -10 10     | rayleigh lam_est
iterate           | vec3  | state   | -1 1       | u_guess iterate v_k
relaxation        | real  | uniform | 0.3 1.2    | omega relaxation | 0.7 1.0
step_size         | real  | uniform | 0.01 0.2   | step_size eta lr | 0.05 0.1
eigenvalues       | vec2  | result  | -5 5       | evals eigenvalues eigs
eigenvector       | vec2  | result  | -1 1       | evec eigenvector
principal_angle   | real  | result  | -1.6 1.6   | phi principal_angle theta
block_rotation    | mat22 | result  | -1 1       | R2 block_rotation
block_stretch     | mat22 | result  | -4 4       | S2 block_stretch
singular_values   | vec2  | result  | 0 6        | sigma singular_values svals
block_inverse     | mat22 | result  | -20 20     | A2_inv block_inverse
block_solution    | vec2  | result  | -40 40     | x2 block_solution
condition         | real  | result  |            | cond condition_number kappa
mean              | vec3  | group   | -1 1       | mean centroid
deviation         | vec3  | result  | -3 3       | dev delta centered
weight            | real  | state   | 0.1 2      | weight w_i wt
scatter           | mat33 | result  | -10 10     | scatter outer_sum
covariance        | mat33 | result  | -4 4       | cov Sigma covariance
correlation       | real  | result  | -1 1       | corr correlation rho
mahalanobis       | real  | result  | 0 20       | maha mahalanobis d_m
scale             | vec3  | group   | 0.3 2      | scale scaling diag_s
quaternion        | quat  | state   | -1 1       | q rot q_rot
rotation          | mat33 | result  | -1 1       | R rotation rot_mat
turn              | real  | state   | -3 3       | turn angle
rotation_angle    | real  | result  | 0 3.2      | rot_angle alpha
rotation_vector   | vec3  | state   | -1.5 1.5   | rvec rotation_vector
reflection        | mat33 | result  | -1 1       | P_h householder reflection
projector         | mat33 | result  | -1 1       | P projector proj
projected         | vec3  | result  | -4 4       | v_proj projected
rejected          | vec3  | result  | -4 4       | v_perp rejected
difference        | vec3  | result  | -4 4       | diff difference
commutator        | mat33 | result  | -6 6       | comm commutator
similarity        | real  | result  | -1 1       | cos_sim similarity
distance          | real  | result  | 0 8        | dist distance
squared_distance  | real  | result  | 0 48       | d2 sq_dist
bandwidth         | real  | uniform | 0.5 2      | bandwidth sigma_k h | 1.0
kernel_value      | real  | result  | 0 1        | k_ij kernel_value affinity
coefficients      | reals | state   | -1 1       | coeffs poly coefficients
argument          | real  | state   | -1 1       | t arg argument
polynomial        | real  | result  | -6 6       | p_t polynomial
series            | reals | state   | -2 2       | ys series observations
slope             | real  | result  | -4 4       | slope beta
intercept         | real  | result  | -6 6       | intercept b0
is_singular       | bool  | result  |            | singular degenerate
is_definite       | bool  | result  |            | definite is_spd
tolerance         | real  | uniform | 0.1 2      | tol tolerance | 0.1 0.5
translation       | vec3  | state   | -2 2       | t_vec translation offset
point             | vec3  | state   | -2 2       | sample_vec point x_i
transition        | mat33 | group   | -1 1       | F_mat transition
process_noise     | real  | uniform | 0.05 1     | process_noise q_noise | 0.1
inverse_state     | mat33 | state   | -2 2       | A_inv inv_est inverse_state
normal_matrix     | mat33 | state   | -1 4       | normal_mat H_acc
forward           | vec3  | result  | -500 500   | y_fwd forward
huber_delta       | real  | uniform | 0.3 2      | huber_delta delta_h | 1.0
cross_scatter     | mat33 | result  | -10 10     | cross_cov H_kabsch
matrix_distance   | real  | result  | 0 7        | mat_dist fro_dist
matrix_cosine     | real  | result  | -1 1       | mat_cos alignment
fitted_quaternion | quat  | result  | -1 1       | q_fit q_out
rotation_log      | vec3  | result  | -5 5       | log_rot rot_log
singular_eps      | real  | uniform | 0.01 1     | sing_eps det_eps | 0.1
shift             | real  | uniform | 0.1 1      | shift mu_shift | 0.5
spectrum          | vec3  | result  | -6 6       | spectrum lams
top_vector        | vec3  | result  | -1 1       | top_vec v_max
power_value       | real  | result  | -6 6       | lam_max power_val
stress            | mat33 | state   | -2 2       | stress_mat T_sym
polar             | mat33 | result  | -30 30     | polar_R U_polar
exponential       | mat33 | result  | -40 40     | expm exp_A
root              | mat22 | result  | -30 30     | sqrt_B root_block
block_exponential | mat22 | result  | -40 40     | exp_B exp_block
givens            | mat33 | result  | -4 4       | R_givens tri
svd_angles        | vec2  | result  | -3.2 3.2   | svd_angles lr_angles
lyapunov          | mat22 | result  | -40 40     | X_lyap lyapunov
stable_block      | mat22 | state   | -0.45 0.45 | F2 stable_block
gain_block        | mat22 | result  | -60 60     | P2 riccati
log_volume        | real  | result  | -12 12     | logdet log_volume
abscissae         | reals | state   | -2 2       | xs abscissae
quadratic_fit     | vec3  | result  | -900 900   | parab_fit poly2
cubic_roots       | vec3  | result  | -12 12     | roots cubic_roots
search_direction  | vec3  | state   | -1 1       | p_dir search_dir
eigen_trace       | real  | state   | -3 3       | inv_1 coeff_a
eigen_minor       | real  | state   | -4 4       | inv_2 coeff_b
eigen_det         | real  | state   | -4 4       | inv_3 coeff_c
"""


def product(matrix, factor):
    return matrix * factor


def congruence(matrix, factor):
    """Congruence transform B^T A B."""
    product = wp.transpose(factor) * matrix * factor
    return product


def image(matrix, vector):
    return matrix * vector


def affine_image(matrix, vector, translation):
    image = matrix * vector + translation
    return image


def split(matrix):
    At = wp.transpose(matrix)
    symmetric = 0.5 * (matrix + At)
    antisymmetric = 0.5 * (matrix - At)
    return symmetric, antisymmetric


def symmetric(matrix):
    return 0.5 * (matrix + wp.transpose(matrix))


def axial(antisymmetric):
    """Vector of a skew-symmetric matrix."""
    return 0.5 * wp.vec3(
        antisymmetric[2, 1] - antisymmetric[1, 2],
        antisymmetric[0, 2] - antisymmetric[2, 0],
        antisymmetric[1, 0] - antisymmetric[0, 1],
    )


def cross_matrix(vector):
    antisymmetric = wp.skew(vector)
    return antisymmetric


def gram(matrix):
    return wp.transpose(matrix) * matrix


def spd(gram, ridge):
    return gram + ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))


def marquardt_matrix(gram, ridge):
    """Marquardt's scaling of the diagonal."""
    d = wp.get_diag(gram)
    spd = gram + ridge * wp.diag(wp.vec3(1.0 + wp.abs(d[0]), 1.0 + wp.abs(d[1]), 1.0 + wp.abs(d[2])))
    return spd


def det(matrix):
    """Rule of Sarrus."""
    plus = matrix[0, 0] * matrix[1, 1] * matrix[2, 2]
    plus += matrix[0, 1] * matrix[1, 2] * matrix[2, 0]
    plus += matrix[0, 2] * matrix[1, 0] * matrix[2, 1]
    minus = matrix[0, 2] * matrix[1, 1] * matrix[2, 0]
    minus += matrix[0, 1] * matrix[1, 0] * matrix[2, 2]
    minus += matrix[0, 0] * matrix[1, 2] * matrix[2, 1]
    return plus - minus


def triple_product(matrix):
    """Determinant as the triple product of the rows."""
    det = wp.dot(matrix[0], wp.cross(matrix[1], matrix[2]))
    return det


def squared_norm(matrix):
    return wp.ddot(matrix, matrix)


def matrix_norm(matrix):
    """Frobenius norm."""
    return wp.sqrt(wp.ddot(matrix, matrix))


def row_sum_norm(matrix):
    """Largest row sum of absolute values."""
    best = float(0.0)
    for i in range(3):
        total = wp.abs(matrix[i, 0]) + wp.abs(matrix[i, 1]) + wp.abs(matrix[i, 2])
        best = wp.max(best, total)
    return best


def adjugate(matrix):
    """Transposed cofactors from cross products of the rows."""
    r0 = matrix[0]
    r1 = matrix[1]
    r2 = matrix[2]
    return wp.matrix_from_cols(wp.cross(r1, r2), wp.cross(r2, r0), wp.cross(r0, r1))


def inverted(adjugate, det):
    """Inverse by the adjugate, zero where singular."""
    if wp.abs(det) < 0.1:
        return wp.diag(wp.vec3(0.0, 0.0, 0.0))
    return adjugate / det


def newton_inverse(matrix, inverse_state):
    """Step of the Newton-Schulz iteration."""
    two = wp.diag(wp.vec3(2.0, 2.0, 2.0))
    next_inverse_state = inverse_state * (two - matrix * inverse_state)
    return next_inverse_state


def cramer_solution(matrix, rhs, singular_eps):
    """Cramer's rule with a guarded determinant."""
    At = wp.transpose(matrix)
    c0 = At[0]
    c1 = At[1]
    c2 = At[2]
    det = wp.dot(c0, wp.cross(c1, c2))
    if wp.abs(det) < singular_eps:
        det = singular_eps if det >= 0.0 else -singular_eps
    x = wp.dot(rhs, wp.cross(c1, c2))
    y = wp.dot(c0, wp.cross(rhs, c2))
    z = wp.dot(c0, wp.cross(c1, rhs))
    solution = wp.vec3(x, y, z) / det
    return solution


def ridge_solution(matrix, rhs, ridge):
    """Least squares with Tikhonov's regularization."""
    At = wp.transpose(matrix)
    H = At * matrix + ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    solution = wp.inverse(H) * (At * rhs)
    return solution


def lower(spd):
    """Cholesky factor; pivots are kept positive."""
    l00 = wp.sqrt(wp.max(spd[0, 0], 0.25))
    l10 = spd[1, 0] / l00
    l20 = spd[2, 0] / l00
    l11 = wp.sqrt(wp.max(spd[1, 1] - l10 * l10, 0.25))
    l21 = (spd[2, 1] - l20 * l10) / l11
    l22 = wp.sqrt(wp.max(spd[2, 2] - l20 * l20 - l21 * l21, 0.25))
    return wp.mat33(l00, 0.0, 0.0, l10, l11, 0.0, l20, l21, l22)


def forward(lower, rhs):
    """Forward substitution."""
    x = rhs[0] / wp.max(lower[0, 0], 0.5)
    y = (rhs[1] - lower[1, 0] * x) / wp.max(lower[1, 1], 0.5)
    z = (rhs[2] - lower[2, 0] * x - lower[2, 1] * y) / wp.max(lower[2, 2], 0.5)
    return wp.vec3(x, y, z)


def orthogonal(matrix):
    """Gram-Schmidt on the columns."""
    a0 = wp.vec3(matrix[0, 0], matrix[1, 0], matrix[2, 0])
    a1 = wp.vec3(matrix[0, 1], matrix[1, 1], matrix[2, 1])
    q0 = wp.normalize(a0)
    q1 = wp.normalize(a1 - wp.dot(a1, q0) * q0)
    return wp.matrix_from_cols(q0, q1, wp.cross(q0, q1))


def upper(orthogonal, matrix):
    return wp.transpose(orthogonal) * matrix


def residual(matrix, solution, rhs):
    return rhs - matrix * solution


def cost(residual, weight):
    return 0.5 * weight * wp.dot(residual, residual)


def huber_cost(residual, weight, huber_delta):
    """Huber's loss of the residual's norm."""
    e = wp.length(residual)
    if e <= huber_delta:
        return 0.5 * weight * e * e
    cost = weight * huber_delta * (e - 0.5 * huber_delta)
    return cost


def gradient(matrix, residual):
    """Gradient of half the squared residual."""
    return -(wp.transpose(matrix) * residual)


def quadratic_form(symmetric, vector):
    return wp.dot(vector, symmetric * vector)


def rayleigh(symmetric, direction):
    """Rayleigh quotient."""
    return wp.dot(direction, symmetric * direction) / wp.max(wp.dot(direction, direction), 1.0e-6)


def next_iterate(symmetric, iterate):
    """Step of the power method."""
    return wp.normalize(symmetric * iterate)


def richardson_step(solution, matrix, rhs, step_size):
    next_solution = solution + step_size * (rhs - matrix * solution)
    return next_solution


def jacobi_step(solution, spd, rhs, relaxation):
    """Damped Jacobi iteration."""
    d = wp.get_diag(spd)
    inv_d = wp.vec3(1.0 / wp.max(d[0], 0.5), 1.0 / wp.max(d[1], 0.5), 1.0 / wp.max(d[2], 0.5))
    next_solution = solution + relaxation * wp.cw_mul(inv_d, rhs - spd * solution)
    return next_solution


def gauss_seidel(solution, spd, rhs, relaxation):
    """One sweep of successive over-relaxation."""
    u = solution
    for i in range(3):
        r = rhs[i] - wp.dot(spd[i], u)
        u[i] = u[i] + relaxation * r / wp.max(spd[i, i], 0.5)
    next_solution = u
    return next_solution


def block_inverse(block):
    """Inverse of a 2 by 2 matrix by its adjugate, with a guarded determinant."""
    det = block[0, 0] * block[1, 1] - block[0, 1] * block[1, 0]
    if wp.abs(det) < 0.1:
        det = 0.1 if det >= 0.0 else -0.1
    return wp.mat22(block[1, 1] / det, -block[0, 1] / det, -block[1, 0] / det, block[0, 0] / det)


def block_solution(block_inverse, block_rhs):
    return block_inverse * block_rhs


def pivoted_solution(block, block_rhs):
    """Elimination with a pivot chosen from the first column."""
    r0 = block[0]
    r1 = block[1]
    b0 = block_rhs[0]
    b1 = block_rhs[1]
    if wp.abs(block[1, 0]) > wp.abs(block[0, 0]):
        r0 = block[1]
        r1 = block[0]
        b0 = block_rhs[1]
        b1 = block_rhs[0]
    pivot = wp.max(wp.abs(r0[0]), 1.0e-6) * (1.0 if r0[0] >= 0.0 else -1.0)
    m = r1[0] / pivot
    schur = r1[1] - m * r0[1]
    y = (b1 - m * b0) * schur / (schur * schur + 0.01)
    x = (b0 - r0[1] * y) / pivot
    block_solution = wp.vec2(x, y)
    return block_solution


def eigenvalues(block):
    """Eigenvalues of the symmetric part of a 2 by 2 matrix."""
    half_tr = 0.5 * (block[0, 0] + block[1, 1])
    half_diff = 0.5 * (block[0, 0] - block[1, 1])
    off = 0.5 * (block[0, 1] + block[1, 0])
    disc = wp.sqrt(half_diff * half_diff + off * off)
    return wp.vec2(half_tr + disc, half_tr - disc)


def principal_angle(block):
    """Angle of the Jacobi rotation that makes a block diagonal."""
    return 0.5 * wp.atan2(block[0, 1] + block[1, 0], block[0, 0] - block[1, 1])


def eigenvector(principal_angle):
    return wp.vec2(wp.cos(principal_angle), wp.sin(principal_angle))


def block_rotation(block):
    """Polar decomposition of a 2 by 2 matrix."""
    c = block[0, 0] + block[1, 1]
    s = block[1, 0] - block[0, 1]
    r = wp.sqrt(c * c + s * s)
    if r < 1.0e-6:
        return wp.mat22(1.0, 0.0, 0.0, 1.0)
    return wp.mat22(c / r, -s / r, s / r, c / r)


def turned_block(principal_angle):
    c = wp.cos(principal_angle)
    s = wp.sin(principal_angle)
    block_rotation = wp.mat22(c, -s, s, c)
    return block_rotation


def block_stretch(block_rotation, block):
    return wp.transpose(block_rotation) * block


def diagonalized(block_rotation, block):
    block_stretch = wp.transpose(block_rotation) * block * block_rotation
    return block_stretch


def singular_values(block):
    """Closed form from the sums and differences of the entries."""
    e = 0.5 * (block[0, 0] + block[1, 1])
    f = 0.5 * (block[0, 0] - block[1, 1])
    g = 0.5 * (block[1, 0] + block[0, 1])
    h = 0.5 * (block[1, 0] - block[0, 1])
    q = wp.sqrt(e * e + h * h)
    r = wp.sqrt(f * f + g * g)
    return wp.vec2(q + r, wp.abs(q - r))


def condition(singular_values):
    hi = wp.max(singular_values[0], singular_values[1])
    lo = wp.min(singular_values[0], singular_values[1])
    return hi / wp.max(lo, 1.0e-4)


def deviation(point, mean):
    return point - mean


def scatter(deviation, weight):
    return weight * wp.outer(deviation, deviation)


def covariance(scatter, ridge):
    """Shrunk covariance, so that it can be inverted."""
    return 0.5 * scatter + ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))


def propagated_covariance(transition, covariance, process_noise):
    """Covariance after a linear map and noise."""
    Q_noise = process_noise * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    next_covariance = transition * covariance * wp.transpose(transition) + Q_noise
    return next_covariance


def gaussian_covariance(quaternion, scale):
    """Covariance of an anisotropic Gaussian from its rotation and scales."""
    M = wp.quat_to_matrix(quaternion) * wp.diag(scale)
    covariance = M * wp.transpose(M)
    return covariance


def correlation(covariance):
    var_x = wp.max(covariance[0, 0], 1.0e-6)
    var_y = wp.max(covariance[1, 1], 1.0e-6)
    return wp.clamp(covariance[0, 1] / wp.sqrt(var_x * var_y), -1.0, 1.0)


def mahalanobis(deviation, lower):
    """Mahalanobis distance by forward substitution with a Cholesky factor."""
    x = deviation[0] / wp.max(lower[0, 0], 1.0e-6)
    y = (deviation[1] - lower[1, 0] * x) / wp.max(lower[1, 1], 1.0e-6)
    z = (deviation[2] - lower[2, 0] * x - lower[2, 1] * y) / wp.max(lower[2, 2], 1.0e-6)
    return wp.min(wp.sqrt(x * x + y * y + z * z), 50.0)


def whitened(deviation, scale):
    mahalanobis = wp.length(wp.cw_div(deviation, scale))
    return mahalanobis


def rotation(quaternion):
    return wp.quat_to_matrix(quaternion)


def rodrigues(direction, turn):
    """Rodrigues' formula."""
    n = wp.normalize(direction)
    K = wp.skew(n)
    rotation = wp.diag(wp.vec3(1.0, 1.0, 1.0)) + wp.sin(turn) * K + (1.0 - wp.cos(turn)) * (K * K)
    return rotation


def exponential_map(rotation_vector):
    """Exponential of a rotation vector."""
    theta = wp.length(rotation_vector)
    K = wp.skew(rotation_vector)
    a = 1.0
    b = 0.5
    if theta > 1.0e-2:
        a = wp.sin(theta) / theta
        b = (1.0 - wp.cos(theta)) / (theta * theta)
    rotation = wp.diag(wp.vec3(1.0, 1.0, 1.0)) + a * K + b * (K * K)
    return rotation


def rotation_about_z(turn):
    c = wp.cos(turn)
    s = wp.sin(turn)
    rotation = wp.mat33(c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0)
    return rotation


def rotation_angle(rotation):
    return wp.acos(wp.clamp(0.5 * (wp.trace(rotation) - 1.0), -1.0, 1.0))


def rotation_vector_of_matrix(rotation, rotation_angle):
    """Logarithm of a rotation."""
    w = wp.vec3(rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1])
    s = wp.max(wp.sin(rotation_angle), 1.0e-6)
    rotation_log = 0.5 * wp.min(rotation_angle / s, 3.0) * w
    return rotation_log


def fitted_quaternion(rotation):
    return wp.normalize(wp.quat_from_matrix(rotation))


def turned_vector(quaternion, vector):
    image = wp.quat_rotate(quaternion, vector)
    return image


def reflection(direction):
    """Householder reflection."""
    n = wp.normalize(direction)
    return wp.diag(wp.vec3(1.0, 1.0, 1.0)) - 2.0 * wp.outer(n, n)


def reflected(vector, direction):
    n = wp.normalize(direction)
    image = vector - 2.0 * wp.dot(vector, n) * n
    return image


def projector(direction):
    n = wp.normalize(direction)
    return wp.outer(n, n)


def projected(projector, vector):
    return projector * vector


def parts(vector, direction):
    n = wp.normalize(direction)
    projected = wp.dot(vector, n) * n
    rejected = vector - projected
    return projected, rejected


def rank_one_update(normal_matrix, vector, weight):
    """Recursive update of a Gram matrix."""
    next_normal_matrix = normal_matrix + weight * wp.outer(vector, vector)
    return next_normal_matrix


def sherman_morrison(inverse_state, vector, weight):
    """Rank-one update of an inverse."""
    Mv = inverse_state * vector
    den = 1.0 + weight * wp.dot(vector, Mv)
    vM = wp.transpose(inverse_state) * vector
    next_inverse_state = inverse_state - weight / wp.max(wp.abs(den), 0.1) * wp.outer(Mv, vM)
    return next_inverse_state


def difference(vector_a, vector_b):
    return vector_b - vector_a


def commutator(matrix_a, matrix_b):
    return matrix_a * matrix_b - matrix_b * matrix_a


def similarity(vector_a, vector_b):
    """Cosine of the angle between two vectors."""
    return wp.dot(wp.normalize(vector_a), wp.normalize(vector_b))


def matrix_similarity(matrix_a, matrix_b):
    den = wp.sqrt(wp.ddot(matrix_a, matrix_a) * wp.ddot(matrix_b, matrix_b))
    matrix_cosine = wp.clamp(wp.ddot(matrix_a, matrix_b) / wp.max(den, 1.0e-6), -1.0, 1.0)
    return matrix_cosine


def distance(vector_a, vector_b):
    return wp.length(vector_a - vector_b)


def frobenius_distance(matrix_a, matrix_b):
    D = matrix_a - matrix_b
    matrix_distance = wp.sqrt(wp.ddot(D, D))
    return matrix_distance


def squared_distance(vector_a, vector_b):
    """Squared distance from the entries of the Gram matrix."""
    aa = wp.dot(vector_a, vector_a)
    bb = wp.dot(vector_b, vector_b)
    return wp.max(aa + bb - 2.0 * wp.dot(vector_a, vector_b), 0.0)


def kernel_value(squared_distance, bandwidth):
    """Gaussian kernel."""
    return wp.exp(-0.5 * squared_distance / (bandwidth * bandwidth))


def rotation_between(quaternion_a, quaternion_b):
    rotation = wp.transpose(wp.quat_to_matrix(quaternion_a)) * wp.quat_to_matrix(quaternion_b)
    return rotation


def cross_scatter(point_a, point_b, mean):
    """What a match adds to Kabsch's matrix."""
    return wp.outer(point_a - mean, point_b - mean)


def polynomial(coefficients, argument):
    """Horner's scheme."""
    p = float(0.0)
    for n in range(len(coefficients)):
        p = p * argument + coefficients[len(coefficients) - 1 - n]
    return p


def chebyshev_sum(coefficients, argument):
    """Clenshaw's recurrence for a Chebyshev series."""
    b1 = float(0.0)
    b2 = float(0.0)
    for n in range(len(coefficients)):
        b0 = coefficients[len(coefficients) - 1 - n] + 2.0 * argument * b1 - b2
        b2 = b1
        b1 = b0
    polynomial = b1 - argument * b2
    return polynomial


def line_fit(series):
    """Least squares line through values at even spacing."""
    s = float(0.0)
    sx = float(0.0)
    sxx = float(0.0)
    sy = float(0.0)
    sxy = float(0.0)
    for n in range(len(series)):
        x = float(n)
        s += 1.0
        sx += x
        sxx += x * x
        sy += series[n]
        sxy += x * series[n]
    det = wp.max(s * sxx - sx * sx, 1.0e-6)
    slope = (s * sxy - sx * sy) / det
    intercept = (sy - slope * sx) / wp.max(s, 1.0e-6)
    return slope, intercept


def is_singular(det, singular_eps):
    return wp.abs(det) < singular_eps


def is_definite(symmetric):
    """Sylvester's criterion."""
    minor = symmetric[0, 0] * symmetric[1, 1] - symmetric[0, 1] * symmetric[1, 0]
    return symmetric[0, 0] > 0.0 and minor > 0.0 and wp.determinant(symmetric) > 0.0


def conjugate_step(solution, search_direction, spd, rhs):
    """Step of the conjugate gradient method, and the direction of the next."""
    r = rhs - spd * solution
    Hd = spd * search_direction
    curvature = wp.max(wp.dot(search_direction, Hd), 0.1)
    alpha = wp.dot(r, search_direction) / curvature
    next_solution = solution + alpha * search_direction
    r_new = r - alpha * Hd
    beta = wp.dot(r_new, Hd) / curvature
    next_search_direction = r_new - beta * search_direction
    return next_solution, next_search_direction


def descent_step(solution, matrix, rhs, step_size):
    """Gradient step of least squares."""
    next_solution = solution - step_size * (wp.transpose(matrix) * (matrix * solution - rhs))
    return next_solution


def steepest_step(solution, spd, rhs):
    """Steepest descent with the exact step length."""
    r = rhs - spd * solution
    rr = wp.dot(r, r)
    rHr = wp.dot(r, spd * r)
    next_solution = solution
    if rr > 1.0e-8:
        next_solution = solution + rr / wp.max(rHr, 0.1 * rr) * r
    return next_solution


def shifted_power_step(symmetric, iterate, shift):
    """Four steps of the power method on a shifted matrix."""
    u = iterate
    for _n in range(4):
        u = wp.normalize(symmetric * u + shift * u)
    next_iterate = u
    return next_iterate


def spectrum(stress):
    """Eigenvalues of the symmetric part of a matrix, by the trigonometric formula, in falling order."""
    a01 = 0.5 * (stress[0, 1] + stress[1, 0])
    a02 = 0.5 * (stress[0, 2] + stress[2, 0])
    a12 = 0.5 * (stress[1, 2] + stress[2, 1])
    q = wp.trace(stress) / 3.0
    d0 = stress[0, 0] - q
    d1 = stress[1, 1] - q
    d2 = stress[2, 2] - q
    p2 = d0 * d0 + d1 * d1 + d2 * d2 + 2.0 * (a01 * a01 + a02 * a02 + a12 * a12)
    p = wp.sqrt(p2 / 6.0)
    if p < 1.0e-6:
        return wp.vec3(q, q, q)
    det = d0 * (d1 * d2 - a12 * a12) - a01 * (a01 * d2 - a12 * a02) + a02 * (a01 * a12 - d1 * a02)
    r = wp.clamp(0.5 * det / (p * p * p), -1.0, 1.0)
    phi = wp.acos(r) / 3.0
    high = q + 2.0 * p * wp.cos(phi)
    low = q + 2.0 * p * wp.cos(phi + wp.tau / 3.0)
    return wp.vec3(high, 3.0 * q - high - low, low)


def top_vector(stress, spectrum):
    """Eigenvector of the greatest eigenvalue, as the longest cross product of two rows."""
    S = 0.5 * (stress + wp.transpose(stress))
    M = S - spectrum[0] * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    c0 = wp.cross(M[0], M[1])
    c1 = wp.cross(M[1], M[2])
    c2 = wp.cross(M[2], M[0])
    best = c0
    if wp.length_sq(c1) > wp.length_sq(best):
        best = c1
    if wp.length_sq(c2) > wp.length_sq(best):
        best = c2
    return wp.normalize(best)


def power_iteration(symmetric, direction, tolerance):
    """Largest eigenvalue by the power method, until the estimate settles."""
    u = wp.normalize(direction + wp.vec3(0.01, 0.02, 0.03))
    lam = float(0.0)
    for _n in range(16):
        y = symmetric * u
        estimate = wp.dot(u, y)
        size = wp.length(y)
        if wp.abs(estimate - lam) < 0.01 * tolerance or size < 1.0e-6:
            break
        lam = estimate
        u = y / size
    power_value = lam
    return power_value


def gaussian_elimination(matrix, rhs):
    """Gaussian elimination with partial pivoting; small pivots are kept away from zero."""
    r0 = wp.vec4(matrix[0, 0], matrix[0, 1], matrix[0, 2], rhs[0])
    r1 = wp.vec4(matrix[1, 0], matrix[1, 1], matrix[1, 2], rhs[1])
    r2 = wp.vec4(matrix[2, 0], matrix[2, 1], matrix[2, 2], rhs[2])
    if wp.abs(r1[0]) > wp.abs(r0[0]):
        swap = r0
        r0 = r1
        r1 = swap
    if wp.abs(r2[0]) > wp.abs(r0[0]):
        swap = r0
        r0 = r2
        r2 = swap
    p0 = r0[0] if wp.abs(r0[0]) > 0.05 else 0.05
    r1 = r1 - r1[0] / p0 * r0
    r2 = r2 - r2[0] / p0 * r0
    if wp.abs(r2[1]) > wp.abs(r1[1]):
        swap = r1
        r1 = r2
        r2 = swap
    p1 = r1[1] if wp.abs(r1[1]) > 0.05 else 0.05
    r2 = r2 - r2[1] / p1 * r1
    p2 = r2[2] if wp.abs(r2[2]) > 0.05 else 0.05
    z = r2[3] / p2
    y = (r1[3] - r1[2] * z) / p1
    x = (r0[3] - r0[1] * y - r0[2] * z) / p0
    solution = wp.vec3(x, y, z)
    return solution


def cholesky_solution(matrix, rhs, ridge):
    """Normal equations of ridge regression, solved by a Cholesky factor."""
    At = wp.transpose(matrix)
    H = At * matrix
    b = At * rhs
    l00 = wp.sqrt(H[0, 0] + ridge)
    l10 = H[1, 0] / l00
    l20 = H[2, 0] / l00
    l11 = wp.sqrt(wp.max(H[1, 1] + ridge - l10 * l10, 1.0e-6))
    l21 = (H[2, 1] - l20 * l10) / l11
    l22 = wp.sqrt(wp.max(H[2, 2] + ridge - l20 * l20 - l21 * l21, 1.0e-6))
    y0 = b[0] / l00
    y1 = (b[1] - l10 * y0) / l11
    y2 = (b[2] - l20 * y0 - l21 * y1) / l22
    z = y2 / l22
    y = (y1 - l21 * z) / l11
    x = (y0 - l10 * y - l20 * z) / l00
    solution = wp.vec3(x, y, z)
    return solution


def conjugate_gradient(matrix, rhs, ridge):
    """Three conjugate gradient steps on the normal equations, enough for three unknowns."""
    At = wp.transpose(matrix)
    x = wp.vec3(0.0, 0.0, 0.0)
    r = At * rhs
    p = At * rhs
    rr = wp.dot(r, r)
    for _n in range(3):
        Ap = At * (matrix * p) + ridge * p
        pAp = wp.dot(p, Ap)
        if pAp < 1.0e-6 or rr < 1.0e-10:
            break
        alpha = rr / pAp
        x = x + alpha * p
        r = r - alpha * Ap
        rr_new = wp.dot(r, r)
        p = r + rr_new / rr * p
        rr = rr_new
    solution = x
    return solution


def givens(matrix):
    """Triangular factor by three Givens rotations."""
    R = matrix
    for n in range(3):
        j = int(0)
        i = int(1)
        if n == 1:
            i = 2
        elif n == 2:
            j = 1
            i = 2
        a = R[j, j]
        b = R[i, j]
        r = wp.sqrt(a * a + b * b)
        if r > 1.0e-6:
            c = a / r
            s = b / r
            for k in range(3):
                upper_row = R[j, k]
                lower_row = R[i, k]
                R[j, k] = c * upper_row + s * lower_row
                R[i, k] = c * lower_row - s * upper_row
    return R


def polar(matrix, ridge):
    """Rotation nearest to a matrix, by Higham's scaled iteration."""
    X = matrix + ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    for _n in range(5):
        det = wp.determinant(X)
        if wp.abs(det) < 0.05:
            break
        Y = wp.transpose(wp.inverse(X))
        gamma = wp.pow(wp.abs(det), -1.0 / 3.0)
        X = 0.5 * (gamma * X + Y / gamma)
    return X


def exponential(matrix):
    """Matrix exponential by scaling and squaring of its Taylor series."""
    A = 0.25 * matrix
    total = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    term = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    for n in range(1, 7):
        term = term * A / float(n)
        total = total + term
    squared = total * total
    return squared * squared


def block_exponential(block):
    """Exponential of a 2 by 2 matrix in closed form."""
    m = 0.5 * (block[0, 0] + block[1, 1])
    d = 0.5 * (block[0, 0] - block[1, 1])
    disc = d * d + block[0, 1] * block[1, 0]
    c = float(1.0)
    s = float(1.0)
    if disc > 1.0e-6:
        w = wp.sqrt(disc)
        c = wp.cosh(w)
        s = wp.sinh(w) / w
    elif disc < -1.0e-6:
        w = wp.sqrt(-disc)
        c = wp.cos(w)
        s = wp.sin(w) / w
    e = wp.exp(m)
    return wp.mat22(e * (c + s * d), e * s * block[0, 1], e * s * block[1, 0], e * (c - s * d))


def root(block):
    """Principal square root of B B^T."""
    P = block * wp.transpose(block)
    s = wp.sqrt(wp.max(wp.determinant(P), 0.0))
    t = wp.sqrt(wp.trace(P) + 2.0 * s)
    if t < 1.0e-3:
        return wp.mat22(0.0, 0.0, 0.0, 0.0)
    return (P + s * wp.mat22(1.0, 0.0, 0.0, 1.0)) / t


def svd_angles(block):
    """Angles of the left and right singular vectors of a 2 by 2 matrix."""
    sum_angle = wp.atan2(block[1, 0] + block[0, 1], block[0, 0] - block[1, 1])
    diff_angle = wp.atan2(block[1, 0] - block[0, 1], block[0, 0] + block[1, 1])
    left = 0.5 * (sum_angle + diff_angle)
    right = 0.5 * (sum_angle - diff_angle)
    return wp.vec2(left, right)


def lyapunov(stable_block, block):
    """Solves X = F X F^T + B B^T by doubling."""
    F = stable_block
    X = block * wp.transpose(block)
    for _n in range(5):
        X = X + F * X * wp.transpose(F)
        F = F * F
    return X


def riccati_step(stable_block, block, process_noise):
    """Fixed point of a small Kalman filter's covariance."""
    eye = wp.mat22(1.0, 0.0, 0.0, 1.0)
    Q = block * wp.transpose(block)
    P = Q + eye
    for _n in range(8):
        P = stable_block * P * wp.transpose(stable_block) + Q
        K = P * wp.inverse(P + process_noise * eye)
        P = (eye - K) * P
    gain_block = P
    return gain_block


def log_volume(spd):
    """Logarithm of the determinant by elimination."""
    p0 = wp.max(spd[0, 0], 1.0e-3)
    m1 = spd[1, 0] / p0
    m2 = spd[2, 0] / p0
    p1 = wp.max(spd[1, 1] - m1 * spd[0, 1], 1.0e-3)
    s21 = spd[2, 1] - m2 * spd[0, 1]
    p2 = wp.max(spd[2, 2] - m2 * spd[0, 2] - s21 * s21 / p1, 1.0e-3)
    return wp.log(p0) + wp.log(p1) + wp.log(p2)


def quadratic_fit(abscissae, series, ridge):
    """Parabola through points by the normal equations."""
    G = wp.diag(wp.vec3(ridge, ridge, ridge))
    b = wp.vec3(0.0, 0.0, 0.0)
    for n in range(wp.min(len(abscissae), len(series))):
        x = abscissae[n]
        row = wp.vec3(1.0, x, x * x)
        G = G + wp.outer(row, row)
        b = b + series[n] * row
    return wp.inverse(G) * b


def cubic_roots(eigen_trace, eigen_minor, eigen_det):
    """Real parts of the roots of x^3 - a x^2 + b x - c (Cardano, Viete)."""
    third = eigen_trace / 3.0
    p = eigen_minor - eigen_trace * third
    q = third * (eigen_minor - 2.0 * third * third) - eigen_det
    disc = 0.25 * q * q + p * p * p / 27.0
    if disc <= 0.0:
        r = wp.sqrt(wp.max(-p / 3.0, 1.0e-8))
        phi = wp.acos(wp.clamp(-0.5 * q / (r * r * r), -1.0, 1.0)) / 3.0
        x0 = third + 2.0 * r * wp.cos(phi)
        x1 = third + 2.0 * r * wp.cos(phi - wp.tau / 3.0)
        return wp.vec3(x0, x1, 3.0 * third - x0 - x1)
    s = wp.sqrt(disc)
    u = wp.cbrt(-0.5 * q + s) + wp.cbrt(-0.5 * q - s)
    return wp.vec3(third + u, third - 0.5 * u, third - 0.5 * u)


def nearest_quaternion(cross_scatter):
    """Rotation that aligns two point sets best (Horn), by the power method on his matrix."""
    H = cross_scatter
    t = wp.trace(H)
    d = wp.vec3(H[1, 2] - H[2, 1], H[2, 0] - H[0, 2], H[0, 1] - H[1, 0])
    S = H + wp.transpose(H) - t * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    shift = 2.0 * wp.sqrt(wp.ddot(H, H)) + 0.1
    v = wp.vec3(0.1, 0.1, 0.1)
    w = float(1.0)
    for _n in range(12):
        v_new = S * v + d * w + shift * v
        w_new = wp.dot(d, v) + (t + shift) * w
        size = wp.sqrt(wp.dot(v_new, v_new) + w_new * w_new)
        v = v_new / wp.max(size, 1.0e-6)
        w = w_new / wp.max(size, 1.0e-6)
    fitted_quaternion = wp.normalize(wp.quat(v[0], v[1], v[2], w))
    return fitted_quaternion


def quick_ridge_solution(matrix, rhs, ridge):
    """Ridge regression by an approximate inverse, refined once."""
    At = wp.transpose(matrix)
    H = At * matrix + ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    H_inv = wp.inverse_approx(H)
    x = H_inv * (At * rhs)
    solution = x + H_inv * (At * rhs - H * x)
    return solution
