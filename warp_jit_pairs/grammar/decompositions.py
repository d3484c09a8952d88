"""Small matrices taken apart: singular values, eigenvalues, QR; what materials, shapes and fits make of them."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .rotations import time_step
from .tasks import batched, named, names, opt, read, setting, words, write
from .tree import Expr

FIELDS = "fem cloth particles linalg"
_F = names("F def_grad F_e deformation", "", "")


def _deformation(k: Kernel, size: int) -> Expr:
    """A deformation gradient that is not singular: by that of the displacement, of a velocity over a step, or by
    displaced axes."""
    rng = k.rng
    matrix, vector = t.mat(size, size, k.real), t.vec(size, k.real)
    how = rng.weighted({"displacement": 3.0, "velocity": 2.0, "axes": 1.5})
    identity = k.identity(size)
    if how == "velocity":
        grad = read(k, "=grad_v C vel_grad L_v", matrix, -2.0, 2.0)
        return k.let(_F, identity + time_step(k) * grad)
    if how == "axes":
        columns = []
        for n in range(size):
            moved = read(k, f"=!d{n} u{n}", vector, -0.3, 0.3)
            columns.append(k.let(f"=!f{n}", moved + k.make(vector, *[float(n == m) for m in range(size)])))
        made = tree.Call(matrix, -2.0, 2.0, "wp.matrix_from_cols", tuple(columns))
        return k.let(_F, made)
    grad = read(k, "=grad_u G disp_grad du_dx", matrix, -0.3, 0.3)
    return k.let(_F, identity + grad if rng.chance(0.6) else grad + identity)


def _svd(k: Kernel, a: Expr, size: int) -> tuple[Expr, Expr, Expr]:
    matrix, vector = t.mat(size, size, k.real), t.vec(size, k.real)
    u, s, v = k.unpack(
        ("=U u_mat Q", "=sig s sigma sv", "=V v_mat W"),
        k.call(f"svd{size}", a, gives=t.Tuple((matrix, vector, matrix))),
    )
    return u, s, v


def _polar(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "polar_decomposition extract_rotation corotated_rotation compute_rotations polar_decompose "
        "best_rotation svd_rotation shape_match_rotation"
    )
    batched(k, "element", 0.12)
    size = rng.choose((3, 3, 2))
    f = _deformation(k, size)
    u, s, v = _svd(k, f, size)
    r = k.let("=R rot R_polar", u @ k.call("transpose", v))
    how = rng.weighted({"rotation": 2.0, "stretch": 1.5, "strain": 1.2, "turned": 1.2, "quat": 1.0 * (size == 3)})
    if how == "quat":
        # A rotation must not mirror.
        flip = k.where(k.call("determinant", r) < 0.0, k.lit(-1.0), k.lit(1.0))
        write(k, "=quats rotations q_out", k.call("quat_from_matrix", r * flip))
        k.titles = words("extract_rotations rotation_quats element_rotations cluster_rotation polar_quat")
        k.shared.differentiable = False
        return
    if how == "turned":
        force = read(k, "=f_local force_rest f_rest", t.vec(size, k.real))
        write(k, "=forces f_out forces_out", r @ force)
        k.titles = words("rotate_forces corotated_forces warp_forces stiffness_warping")
        return
    if how == "strain":
        biot = k.let("=eps biot strain", k.call("transpose", r) @ f - k.identity(size))
        if rng.chance(0.5):
            write(k, "=strains eps_out biot_strain", biot)
        else:
            mu = setting(k, "=mu shear_modulus", 0.5, 10.0, 1.0, 5.0)
            write(k, "=energies psi_out energy_out", mu * k.call("ddot", biot, biot))
        k.titles = words("corotated_strain biot_strain element_strain compute_strain")
        return
    if how == "rotation" or opt(k, 0.4):
        write(k, "=rotations R_out rot_out polar_r", r)
    if how == "stretch":
        if rng.chance(0.5):
            stretch = k.call("transpose", r) @ f
        else:
            stretch = v @ k.call("diag", s) @ k.call("transpose", v)
        write(k, "=stretches S_out stretch_out", stretch)
    if opt(k, 0.35):
        write(k, "=volumes J_out det_out", s[0] * s[1] * s[2] if size == 3 else s[0] * s[1])
    if opt(k, 0.3):
        x = read(k, "=x rest_vec dx0", t.vec(size, k.real))
        write(k, "=rotated x_rot goal_vecs", r @ x)


def _material(k: Kernel) -> None:
    """Energies and stresses by singular values."""
    rng = k.rng
    size = rng.choose((3, 3, 2))
    how = rng.choose(("corotated", "corotated", "hencky", "stress"))
    k.titles = {
        "corotated": words(
            "corotated_energy fixed_corotated_energy elastic_energy arap_energy strain_energy eval_energy"
        ),
        "hencky": ("hencky_energy", "log_strain_energy", "hencky_strain", "principal_log_strain", "stvk_hencky"),
        "stress": words(
            "corotated_stress first_piola compute_stress piola_stress fixed_corotated_stress update_stress"
        ),
    }[how]
    batched(k, "element", 0.12)
    f = _deformation(k, size)
    u, s, v = _svd(k, f, size)
    mu = named(k, "=mu_s mu_e", setting(k, "=mu shear_modulus lame_mu", 0.5, 10.0, 1.0, 5.0))
    lam = named(k, "=la lam_e", setting(k, "=lam lame_lambda bulk", 0.5, 10.0, 1.0, 2.0))
    det = k.let("=J det vol_ratio", s[0] * s[1] * s[2] if size == 3 else s[0] * s[1])
    if how == "hencky":
        eps = [k.let(f"=e{n}", k.call("log", k.call("max", s[n], rng.choose((0.01, 0.05, 0.1))))) for n in range(size)]
        trace = k.let("=tr trace vol_strain", eps[0] + eps[1] + eps[2] if size == 3 else eps[0] + eps[1])
        squares = eps[0] * eps[0] + eps[1] * eps[1] + (eps[2] * eps[2] if size == 3 else k.lit(0.0))
        if size == 2:
            squares = eps[0] * eps[0] + eps[1] * eps[1]
        write(k, "=energies psi_out energy_out", mu * squares + 0.5 * lam * trace * trace)
        if opt(k, 0.4):
            write(k, "=log_strains strain_out eps_out", k.make(t.vec(size, k.real), *eps))
        return
    if how == "stress":
        r = k.let("=R rot", u @ k.call("transpose", v))
        dev = (f - r) * (2.0 * mu)
        inv_t = k.let("=F_inv_t FinvT", k.call("transpose", k.call("inverse", f)))
        p = k.let("=P piola", dev + inv_t * (lam * (det - 1.0) * det))
        if rng.chance(0.4):
            write(k, "=stress kirchhoff tau_out", p @ k.call("transpose", f))
        else:
            write(k, "=stress P_out piola_out", p)
        if opt(k, 0.3):
            write(k, "=volume_ratios J_out det_out", det)
        return
    ones = k.make(t.vec(size, k.real), *[1.0] * size)
    d = k.let("=d dev stretch", s - ones)
    psi = mu * k.call("dot", d, d)
    if rng.chance(0.7):
        psi = psi + 0.5 * lam * (det - 1.0) * (det - 1.0)
    psi = k.let("=psi W e", psi)
    if opt(k, 0.4):
        psi = psi * read(k, "=vol rest_vol volume", k.real, 0.1, 1.0)
    write(k, "=energies psi_out energy_out", psi)
    if opt(k, 0.3):
        write(k, "=stretches sig_out singular_values", s)
    if opt(k, 0.25):
        total = k.array("=total_energy energy_sum", k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, k.integer(0), psi, gives=k.real))


def _clamped(k: Kernel) -> None:
    """Singular values kept in a range: plastic flow, strain limits."""
    rng = k.rng
    size = rng.choose((3, 3, 2))
    snow = rng.chance(0.5)
    k.titles = (
        words("snow_plasticity plastic_projection clamp_singular_values return_mapping plastic_flow project_plastic")
        if snow
        else words(
            "strain_limiting limit_strain clamp_stretch limit_deformation enforce_strain_limit clamp_deformation"
        )
    )
    batched(k, "particle" if snow else "element", 0.12)
    f = _deformation(k, size)
    u, s, v = _svd(k, f, size)
    lo = named(k, "=s_min lo", setting(k, "=min_stretch compress_limit lower", 0.8, 0.99, 0.975, 0.9))
    hi = named(k, "=s_max hi", setting(k, "=max_stretch stretch_limit upper", 1.005, 1.3, 1.0075, 1.1))
    vector = t.vec(size, k.real)
    clamped = k.let("=sig_c clamped s_new", k.make(vector, *[k.call("clamp", s[n], lo, hi) for n in range(size)]))
    fe = k.let("=F_new limited F_e1", u @ k.call("diag", clamped) @ k.call("transpose", v))
    write(k, "=F_out elastic F_elastic def_grads", fe)
    if snow and opt(k, 0.6):
        fp = read(k, "=Fp F_plastic plastic", t.mat(size, size, k.real), -1.0, 1.0)
        inverse = k.make(vector, *[1.0 / clamped[n] for n in range(size)])
        back = k.let("=F_inv inv_e", v @ k.call("diag", inverse) @ k.call("transpose", u))
        write(k, "=Fp_out plastic_out F_plastic_new", back @ f @ fp)
    if opt(k, 0.35):
        change = [s[n] - clamped[n] for n in range(size)]
        write(k, "=plastic_strain excess yielded", k.call("length", k.make(vector, *change)))


def _solve(k: Kernel) -> None:
    """Least squares and inverses by singular values or QR."""
    rng = k.rng
    by_qr = rng.chance(0.55)
    size = 3 if by_qr else rng.choose((3, 2))
    matrix, vector = t.mat(size, size, k.real), t.vec(size, k.real)
    batched(k, "system", 0.12)
    a, b = _system(k, size)
    if by_qr and rng.chance(0.75):
        k.titles = ("qr_solve", "solve_qr", "solve_3x3", "small_qr_solve", "qr_back_substitution", "solve_systems")
        q, r = k.unpack(("=Q q_mat", "=R r_mat"), k.call("qr3", a, gives=t.Tuple((matrix, matrix))))
        y = k.let("=y qtb c", k.call("transpose", q) @ b)
        x2 = k.let("=x2 z", y[2] / r[2, 2])
        x1 = k.let("=x1 y1", (y[1] - r[1, 2] * x2) / r[1, 1])
        x0 = k.let("=x0 x_first", (y[0] - r[0, 1] * x1 - r[0, 2] * x2) / r[0, 0])
        x = k.let("=x sol", k.make(vector, x0, x1, x2))
        if rng.chance(0.3):
            # A Newton step: the unknowns take it.
            k.augment(k.array("=unknowns params dofs state", vector, k.launch, "inout")[k.threads], "-", x)
            k.titles = words("newton_step newton_update solve_and_update local_newton apply_newton_step")
            k.shared.differentiable = False
            return
        write(k, "=solutions x_out sol_out", x)
        if opt(k, 0.4):
            write(k, "=residuals errors res_out", k.call("length", b - a @ x))
        return
    if by_qr:
        k.titles = ("gram_matrix_qr", "normal_matrix", "cholesky_from_qr", "qr_gram", "qr_check", "qr_determinant")
        q, r = k.unpack(("=Q q_mat", "=R r_mat"), k.call("qr3", a, gives=t.Tuple((matrix, matrix))))
        if rng.chance(0.5):
            k.titles = ("abs_determinant", "volume_scale", "qr_determinant", "jacobian_magnitude")
            write(k, "=volumes det_abs scales", k.call("abs", r[0, 0] * r[1, 1] * r[2, 2]))
        else:
            write(k, "=gram normal_mats rtr", k.call("transpose", r) @ r)
        if opt(k, 0.4):
            write(k, "=errors residuals recon_err", k.call("ddot", q @ r - a, q @ r - a))
        return
    u, s, v = _svd(k, a, size)
    how = rng.choose(("solve", "solve", "condition", "inverse"))
    if how == "condition":
        k.titles = ("condition_numbers", "svd_condition", "matrix_condition", "check_conditioning", "manipulability")
        write(k, "=conditions cond_out ratios", k.call("max", s) / k.call("min", s))
        if rng.chance(0.6):
            write(k, "=solutions x_out", v @ (k.call("cw_div", k.call("transpose", u) @ b, s)))
        return
    k.titles = ("svd_solve", "pseudo_inverse_solve", "damped_least_squares", "solve_svd", "least_squares", "pinv_apply")
    cut = setting(k, "=tol eps cutoff", 1e-4, 0.1, 1e-3, 0.01)
    cut = named(k, "=s_min tiny", cut)
    if rng.chance(0.5):
        inv = [1.0 / k.call("max", s[n], cut) for n in range(size)]
    else:
        inv = [s[n] / (s[n] * s[n] + cut * cut) for n in range(size)]
    inv_s = k.let("=inv_s s_inv d", k.make(vector, *inv))
    if how == "inverse":
        k.titles = ("pseudo_inverse", "compute_pinv", "svd_inverse", "damped_inverse", "moore_penrose")
        pinv = k.let("=pinv A_inv", v @ k.call("diag", inv_s) @ k.call("transpose", u))
        write(k, "=pinvs inverses A_pinv", pinv)
        write(k, "=solutions x_out", pinv @ b)
        return
    x = k.let("=x sol", v @ k.call("cw_mul", inv_s, k.call("transpose", u) @ b))
    write(k, "=solutions x_out sol_out", x)
    if opt(k, 0.4):
        write(k, "=residuals errors res_out", k.call("length", a @ x - b))


def _system(k: Kernel, size: int) -> tuple[Expr, Expr]:
    """A matrix that is well conditioned, and a right side: read, of normal equations, of an implicit step."""
    rng = k.rng
    matrix, vector = t.mat(size, size, k.real), t.vec(size, k.real)
    how = rng.weighted({"read": 2.0, "normal": 2.0, "implicit": 1.2})
    if how == "normal":
        jac = read(k, "=J jac jacobian", matrix, -1.0, 1.0)
        err = read(k, "=r residual err", vector)
        damping = setting(k, "=damping lam ridge", 0.5, 2.0, 1.0, 0.5)
        jt = k.let("=Jt J_t", k.call("transpose", jac))
        a = k.let("=H A JtJ", jt @ jac + damping * k.identity(size))
        return a, k.let("=g b rhs", jt @ err)
    if how == "implicit":
        stiffness = read(k, "=K stiffness dfdx", matrix, -1.0, 1.0)
        force = read(k, "=f force", vector)
        mass = read(k, "=m mass", k.real, 3.2, 5.0)
        h = time_step(k)
        a = k.let("=A lhs system", mass * k.identity(size) + (h * h) * stiffness)
        return a, k.let("=b rhs", h * force)
    a = read(k, "=A a_in m mat", matrix, -1.0, 1.0)
    damping = setting(k, "=damping regularization ridge shift", 3.2, 5.0, 4.0, 3.5)
    a = k.let("=A_reg K shifted", a + damping * k.identity(size))
    return a, read(k, "=b rhs", vector)


def _packed(k: Kernel, kind: str) -> Expr:
    """A symmetric matrix of which six entries are kept, in a row of a table."""
    table = k.array(kind, k.real, (*k.launch, k.dim(6, fixed=True)), low=-1.0, high=1.0)
    if k.rng.chance(0.5):
        names = ("=!xx", "=!yy", "=!zz", "=!xy", "=!xz", "=!yz")
        entries = [k.let(name, table[(*k.threads, k.integer(n))]) for n, name in enumerate(names)]
    else:
        entries = [table[(*k.threads, k.integer(n))] for n in range(6)]
    xx, yy, zz, xy, xz, yz = entries
    return k.let("=S sigma sym", k.make(t.mat(3, 3, k.real), xx, xy, xz, xy, yy, yz, xz, yz, zz))


def _symmetric(k: Kernel) -> None:
    """Eigenvalues of symmetric matrices: principal stresses, covariances, diffusion tensors."""
    rng = k.rng
    matrix, vector = t.mat(3, 3, k.real), t.vec(3, k.real)
    how = rng.choose(("stress", "covariance", "root", "project", "diffusion"))
    batched(k, "element" if how in ("stress", "project") else "voxel" if how == "diffusion" else "point", 0.12)
    if how in ("stress", "project") and rng.chance(0.5):
        g = read(k, "=G grad sig_raw" if how == "stress" else "=H hess block", matrix, -1.0, 1.0)
        a = k.let("=S sigma sym", 0.5 * (g + k.call("transpose", g)))
    elif how == "stress" and rng.chance(0.5):
        g = read(k, "=grad_u G disp_grad", matrix, -0.3, 0.3)
        eps = k.let("=eps strain e", 0.5 * (g + k.call("transpose", g)))
        mu, lam = setting(k, "=mu shear", 0.5, 5.0, 1.0), setting(k, "=lam lame_lambda", 0.5, 5.0, 1.0, 2.0)
        a = k.let("=sigma S stress", 2.0 * mu * eps + lam * k.call("trace", eps) * k.identity(3))
    elif how in ("stress", "project", "diffusion") and rng.chance(0.7):
        a = _packed(k, {"stress": "=stress sigma6 voigt", "project": "=hess6 upper H6"}.get(how, "=dti tensor6 d6"))
    else:
        m = read(k, "=M a_i samples_mat" if how != "diffusion" else "=D_half m_i", matrix, -1.0, 1.0)
        # Roots of small eigenvalues would carry the differences between solvers on.
        eps = setting(k, "=eps regularization floor", 0.5, 1.0, 0.5, 1.0)
        a = k.let("=C cov A" if how != "diffusion" else "=D tensor", k.call("transpose", m) @ m + eps * k.identity(3))
    q, d = k.unpack(("=Q vecs V", "=d evals lam w"), k.call("eig3", a, gives=t.Tuple((matrix, vector))))
    top, least = k.call("max", d), k.call("min", d)
    if how == "stress":
        k.titles = words(
            "principal_stresses max_principal_stress tresca_stress principal_values stress_invariants check_failure"
        )
        write(k, "=max_stress principal_max sigma_1", top)
        if rng.chance(0.5):
            write(k, "=tresca shear_max tau_max", 0.5 * (top - least))
        if opt(k, 0.5):
            a0, a1, a2 = d[0] - d[1], d[1] - d[2], d[2] - d[0]
            write(k, "=von_mises vm_out equivalent", k.call("sqrt", 0.5 * (a0 * a0 + a1 * a1 + a2 * a2)))
        if opt(k, 0.35):
            limit = setting(k, "=strength yield_stress limit", 0.5, 2.0, 1.0)
            write(k, "=failed yielded broken", k.where(top > limit, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    elif how == "project":
        k.titles = words(
            "project_spd clamp_eigenvalues make_positive_definite spd_projection psd_project positive_part"
        )
        floor = named(k, "=floor e_min", setting(k, "=min_eig eps floor_val", 0.01, 0.2, 0.05, 0.1))
        kept = k.make(vector, *[k.call("max", d[n], floor) for n in range(3)])
        write(
            k, "=projected spd_out H_out", q @ k.call("diag", k.let("=d_c kept lam_c", kept)) @ k.call("transpose", q)
        )
    elif how == "root":
        k.titles = words("matrix_sqrt whitening_matrix inverse_sqrt symmetric_sqrt zca_whiten mahalanobis_map")
        whiten = rng.chance(0.5)
        roots = [k.call("sqrt", k.call("max", d[n], 1e-3)) for n in range(3)]
        if whiten:
            roots = [1.0 / root for root in roots]
        root = k.let("=root W sqrt_m", q @ k.call("diag", k.make(vector, *roots)) @ k.call("transpose", q))
        if rng.chance(0.5):
            write(k, "=whitened x_out mapped", root @ read(k, "=x sample v", vector))
        else:
            write(k, "=roots W_out sqrt_out", root)
    elif how == "diffusion":
        k.titles = ("fractional_anisotropy", "tensor_metrics", "mean_diffusivity", "dti_metrics", "anisotropy_map")
        mean = k.let("=md mean lam_mean", (d[0] + d[1] + d[2]) / 3.0)
        if rng.chance(0.6):
            write(k, "=mean_diffusivity md_out", mean)
        parts = [d[n] - mean for n in range(3)]
        num = parts[0] * parts[0] + parts[1] * parts[1] + parts[2] * parts[2]
        den = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
        write(k, "=fa anisotropy fa_out", k.call("sqrt", 1.5 * num / k.call("max", den, 1e-3)))
    else:
        k.titles = words(
            "pca_eigenvalues covariance_spectrum local_planarity surface_variation estimate_curvature point_features"
        )
        trace = k.let("=total tr trace", d[0] + d[1] + d[2])
        write(k, "=variation curvatures flatness", least / trace)
        if opt(k, 0.5):
            write(k, "=linearity elongation", (top - (trace - top - least)) / top)
        if opt(k, 0.4):
            write(k, "=total_variance traces var_out", trace)


_TASKS: dict[Callable[[Kernel], None], float] = {
    _polar: 1.4,
    _material: 1.3,
    _clamped: 1.2,
    _solve: 1.8,
    _symmetric: 1.8,
}


@recipe("singular values, eigenvectors and QR of small matrices", "matrix:1.2", FIELDS)
def factorise(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
