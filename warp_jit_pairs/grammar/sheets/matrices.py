"""Small matrices: products, inverses, factorizations, eigenvalues, rotations, covariances and least squares."""

import warp as wp

ENTITIES = "sample system block item"
GROUPS = "cluster batch family"
PAIRS = "pairing couple"
LAUNCH = "1:8 2:2"
SUMMED = "covariance gram cost scatter weight squared_norm"
OPPOSITE = "difference commutator"

QUANTITIES = """
matrix             | mat33 | state   | -1 1       | A mat M
factor             | mat33 | state   | -1 1       | B factor rhs_mat
vector             | vec3  | state   | -2 2       | v vec x
rhs                | vec3  | state   | -2 2       | b rhs
direction          | vec3  | state   | -1 1       | d axis direction
block              | mat22 | state   | -2 2       | A2 block m2
block_rhs          | vec2  | state   | -2 2       | b2 block_rhs
product            | mat33 | result  | -6 6       | C prod product
image              | vec3  | result  | -6 6       | y Ax image
symmetric          | mat33 | result  | -2 2       | S sym symmetric
antisymmetric      | mat33 | result  | -2 2       | W antisym
axial              | vec3  | result  | -2 2       | w axial axial_vec
gram               | mat33 | result  | -2 3       | G gram AtA
spd                | mat33 | result  | -1 3       | H spd spd_mat
ridge              | real  | uniform | 0.5 2      | ridge damping reg              | 0.5 1.0
lower              | mat33 | result  | -80 80 | L chol lower
orthogonal         | mat33 | result  | -1 1       | Q orthogonal ortho
upper              | mat33 | result  | -4 4       | R_up upper
adjugate           | mat33 | result  | -4 4       | adj_A adjugate
inverted           | mat33 | result  | -10 10     | A_inv inverted
det                | real  | result  | -5 5       | det_A det
trace              | real  | result  | -4 4       | tr trace_A
second_invariant   | real  | result  | -6 6       | I2 second_invariant
squared_norm       | real  | result  | 0 12       | sq_norm norm2
matrix_norm        | real  | result  | 0 4        | fro_norm matrix_norm
row_sum_norm       | real  | result  | 0 4        | norm_inf row_sum_norm
solution           | vec3  | result  | -6 6       | sol x_hat solution
residual           | vec3  | result  | -6 6       | res residual r
gradient           | vec3  | result  | -12 12     | gradient g_k
cost               | real  | result  | 0 100      | cost chi2 loss
quadratic_form     | real  | result  | -20 20     | quad quadratic_form xAx
rayleigh           | real  | result  | -10 10     | rayleigh lam_est
iterate            | vec3  | state   | -1 1       | u iterate v_k
relaxation         | real  | uniform | 0.3 1.2    | omega relaxation               | 0.7 1.0
step_size          | real  | uniform | 0.01 0.2   | step_size eta lr               | 0.05 0.1
eigenvalues        | vec2  | result  | -5 5       | evals eigenvalues eigs
eigenvector        | vec2  | result  | -1 1       | evec eigenvector
principal_angle    | real  | result  | -1.6 1.6   | phi principal_angle theta
block_rotation     | mat22 | result  | -1 1       | R2 block_rotation
block_stretch      | mat22 | result  | -4 4       | S2 block_stretch
singular_values    | vec2  | result  | 0 6        | sigma singular_values svals
block_inverse      | mat22 | result  | -20 20     | A2_inv block_inverse
block_solution     | vec2  | result  | -40 40     | x2 block_solution
condition          | real  | result  |            | cond condition_number kappa
mean               | vec3  | group   | -1 1       | mean centroid mu
deviation          | vec3  | result  | -3 3       | dev delta centered
weight             | real  | state   | 0.1 2      | weight w_i wt
scatter            | mat33 | result  | -10 10     | scatter outer_sum
covariance         | mat33 | result  | -4 4       | cov Sigma covariance
correlation        | real  | result  | -1 1       | corr correlation rho
mahalanobis        | real  | result  | 0 20       | maha mahalanobis d_m
scale              | vec3  | group   | 0.3 2      | scale scaling diag_s
quaternion         | quat  | state   | -1 1       | q rot q_rot
rotation           | mat33 | result  | -1 1       | R rotation rot_mat
turn               | real  | state   | -3 3       | turn angle
rotation_angle     | real  | result  | 0 3.2      | rot_angle alpha
rotation_vector    | vec3  | state   | -1.5 1.5   | rvec rotation_vector
reflection         | mat33 | result  | -1 1       | P_h householder reflection
projector          | mat33 | result  | -1 1       | P projector proj
projected          | vec3  | result  | -4 4       | v_proj projected
rejected           | vec3  | result  | -4 4       | v_perp rejected
difference         | vec3  | result  | -4 4       | diff difference
commutator         | mat33 | result  | -6 6       | comm commutator
similarity         | real  | result  | -1 1       | cos_sim similarity
distance           | real  | result  | 0 8        | dist distance
squared_distance   | real  | result  | 0 48       | d2 sq_dist
bandwidth          | real  | uniform | 0.5 2      | bandwidth sigma_k h            | 1.0
kernel_value       | real  | result  | 0 1        | k_ij kernel_value affinity
coefficients       | reals | state   | -1 1       | coeffs poly coefficients
argument           | real  | state   | -1 1       | t arg argument
polynomial         | real  | result  | -6 6       | p_t polynomial
series             | reals | state   | -2 2       | ys series observations
slope              | real  | result  | -4 4       | slope beta
intercept          | real  | result  | -6 6       | intercept b0
is_singular        | bool  | result  |            | singular degenerate
is_definite        | bool  | result  |            | definite is_spd
is_converged       | bool  | result  |            | converged done
tolerance          | real  | uniform | 0.1 2      | tol tolerance                  | 0.1 0.5
"""


def product(matrix, factor):
    return matrix * factor


def congruence(matrix, factor):
    """Congruence transform B^T A B."""
    product = wp.transpose(factor) * matrix * factor
    return product


def image(matrix, vector):
    return matrix * vector


def affine_image(matrix, vector, rhs):
    image = matrix * vector + rhs
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


def trace(matrix):
    return wp.trace(matrix)


def second_invariant(matrix):
    tr = wp.trace(matrix)
    return 0.5 * (tr * tr - wp.trace(matrix * matrix))


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


def cayley_hamilton_adjugate(matrix, trace, second_invariant):
    """Adjugate by the theorem of Cayley and Hamilton."""
    adjugate = matrix * matrix - trace * matrix + second_invariant * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    return adjugate


def inverted(adjugate, det):
    """Inverse by the adjugate, zero where singular."""
    if wp.abs(det) < 0.1:
        return wp.diag(wp.vec3(0.0, 0.0, 0.0))
    return adjugate / det


def newton_inverse(matrix, inverted):
    """Step of the Newton-Schulz iteration."""
    two = wp.diag(wp.vec3(2.0, 2.0, 2.0))
    next_inverted = inverted * (two - matrix * inverted)
    return next_inverted


def cramer_solution(matrix, rhs, ridge):
    """Cramer's rule with a guarded determinant."""
    At = wp.transpose(matrix)
    c0 = At[0]
    c1 = At[1]
    c2 = At[2]
    det = wp.dot(c0, wp.cross(c1, c2))
    if wp.abs(det) < ridge:
        det = ridge if det >= 0.0 else -ridge
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


def quick_ridge_solution(matrix, rhs, ridge):
    """Ridge regression by an approximate inverse, refined once."""
    At = wp.transpose(matrix)
    H = At * matrix + (0.5 + ridge) * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    H_inv = wp.inverse_approx(H)
    x = H_inv * (At * rhs)
    solution = x + H_inv * (At * rhs - H * x)
    return solution


def lower(spd):
    """Cholesky factor; pivots are kept positive."""
    l00 = wp.sqrt(wp.max(spd[0, 0], 1.0e-2))
    l10 = spd[1, 0] / l00
    l20 = spd[2, 0] / l00
    l11 = wp.sqrt(wp.max(spd[1, 1] - l10 * l10, 0.01))
    l21 = (spd[2, 1] - l20 * l10) / l11
    l22 = wp.sqrt(wp.max(spd[2, 2] - l20 * l20 - l21 * l21, 1.0e-2))
    return wp.mat33(l00, 0.0, 0.0, l10, l11, 0.0, l20, l21, l22)


def forward_substitution(lower, rhs, ridge):
    x = rhs[0] / wp.max(lower[0, 0], ridge)
    y = (rhs[1] - lower[1, 0] * x) / wp.max(lower[1, 1], ridge)
    z = (rhs[2] - lower[2, 0] * x - lower[2, 1] * y) / wp.max(lower[2, 2], ridge)
    next_iterate = wp.vec3(x, y, z)
    return next_iterate


def orthogonal(matrix):
    """Gram-Schmidt on the rows."""
    q0 = wp.normalize(matrix[0])
    q1 = wp.normalize(matrix[1] - wp.dot(matrix[1], q0) * q0)
    q2 = wp.cross(q0, q1)
    return wp.matrix_from_rows(q0, q1, q2)


def upper(orthogonal, matrix):
    return matrix * wp.transpose(orthogonal)


def residual(matrix, solution, rhs):
    return rhs - matrix * solution


def cost(residual, weight):
    return 0.5 * weight * wp.dot(residual, residual)


def huber_cost(residual, weight, bandwidth):
    """Huber's loss of the residual's norm."""
    e = wp.length(residual)
    if e <= bandwidth:
        return 0.5 * weight * e * e
    cost = weight * bandwidth * (e - 0.5 * bandwidth)
    return cost


def gradient(matrix, residual):
    """Gradient of half the squared residual."""
    return -(wp.transpose(matrix) * residual)


def descent_step(iterate, gradient, step_size):
    next_iterate = iterate - step_size * gradient
    return next_iterate


def quadratic_form(symmetric, vector):
    return wp.dot(vector, symmetric * vector)


def rayleigh(symmetric, iterate):
    """Rayleigh quotient."""
    return wp.dot(iterate, symmetric * iterate) / wp.max(wp.dot(iterate, iterate), 1.0e-6)


def next_iterate(symmetric, iterate):
    """Step of the power method."""
    return wp.normalize(symmetric * iterate)


def shifted_power_step(symmetric, iterate, ridge):
    u = iterate
    for n in range(4):
        u = wp.normalize(symmetric * u + ridge * u)
    next_iterate = u
    return next_iterate


def richardson_step(iterate, matrix, rhs, step_size):
    next_iterate = iterate + step_size * (rhs - matrix * iterate)
    return next_iterate


def jacobi_step(iterate, spd, rhs, relaxation):
    """Damped Jacobi iteration."""
    d = wp.get_diag(spd)
    inv_d = wp.vec3(1.0 / wp.max(d[0], 0.5), 1.0 / wp.max(d[1], 0.5), 1.0 / wp.max(d[2], 0.5))
    next_iterate = iterate + relaxation * wp.cw_mul(inv_d, rhs - spd * iterate)
    return next_iterate


def gauss_seidel(iterate, spd, rhs, relaxation):
    """One sweep of successive over-relaxation."""
    u = iterate
    for i in range(3):
        r = rhs[i] - wp.dot(spd[i], u)
        u[i] = u[i] + relaxation * r / wp.max(spd[i, i], 0.5)
    next_iterate = u
    return next_iterate


def conjugate_step(iterate, spd, direction, residual):
    """Line search of the conjugate gradient method."""
    Hd = spd * direction
    alpha = wp.dot(residual, direction) / wp.max(wp.dot(direction, Hd), 0.1)
    next_iterate = iterate + alpha * direction
    return next_iterate


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


def deviation(vector, mean):
    return vector - mean


def scatter(deviation, weight):
    return weight * wp.outer(deviation, deviation)


def covariance(scatter, ridge):
    """Shrunk covariance, so that it can be inverted."""
    return 0.5 * scatter + ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))


def propagated_covariance(matrix, covariance, ridge):
    """Covariance after a linear map and noise."""
    Q_noise = ridge * wp.diag(wp.vec3(1.0, 1.0, 1.0))
    next_covariance = matrix * covariance * wp.transpose(matrix) + Q_noise
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
    rotation_vector = 0.5 * wp.min(rotation_angle / s, 3.0) * w
    return rotation_vector


def quaternion(rotation):
    return wp.normalize(wp.quat_from_matrix(rotation))


def turned_vector(quaternion, vector):
    image = wp.quat_rotate(quaternion, vector)
    return image


def stretched_vector(scale, vector, mean):
    image = wp.cw_mul(scale, vector - mean) + mean
    return image


def matrix_exponential(matrix):
    """Taylor series of the matrix exponential."""
    total = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    term = wp.diag(wp.vec3(1.0, 1.0, 1.0))
    for n in range(6):
        term = term * matrix * (0.5 / float(n + 1))
        total = total + term
    product = total
    return product


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


def rejected(vector, projected):
    return vector - projected


def rank_one_update(gram, vector, weight):
    """Recursive update of a Gram matrix."""
    next_gram = gram + weight * wp.outer(vector, vector)
    return next_gram


def sherman_morrison(inverted, vector, weight):
    """Rank-one update of an inverse."""
    Mv = inverted * vector
    den = 1.0 + weight * wp.dot(vector, Mv)
    vM = wp.transpose(inverted) * vector
    next_inverted = inverted - weight / wp.max(wp.abs(den), 0.1) * wp.outer(Mv, vM)
    return next_inverted


def difference(vector_a, vector_b):
    return vector_b - vector_a


def commutator(matrix_a, matrix_b):
    return matrix_a * matrix_b - matrix_b * matrix_a


def similarity(vector_a, vector_b):
    """Cosine of the angle between two vectors."""
    return wp.dot(wp.normalize(vector_a), wp.normalize(vector_b))


def matrix_similarity(matrix_a, matrix_b):
    den = wp.sqrt(wp.ddot(matrix_a, matrix_a) * wp.ddot(matrix_b, matrix_b))
    similarity = wp.clamp(wp.ddot(matrix_a, matrix_b) / wp.max(den, 1.0e-6), -1.0, 1.0)
    return similarity


def distance(vector_a, vector_b):
    return wp.length(vector_a - vector_b)


def frobenius_distance(matrix_a, matrix_b):
    D = matrix_a - matrix_b
    distance = wp.sqrt(wp.ddot(D, D))
    return distance


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


def cross_covariance(vector_a, vector_b, mean):
    """What a match adds to Kabsch's matrix."""
    scatter = wp.outer(vector_a - mean, vector_b - mean)
    return scatter


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


def is_singular(det, tolerance):
    return wp.abs(det) < tolerance


def is_definite(symmetric):
    """Sylvester's criterion."""
    minor = symmetric[0, 0] * symmetric[1, 1] - symmetric[0, 1] * symmetric[1, 0]
    return symmetric[0, 0] > 0.0 and minor > 0.0 and wp.determinant(symmetric) > 0.0


def is_converged(residual, rhs, tolerance):
    return wp.length(residual) < tolerance * (1.0 + wp.length(rhs))
