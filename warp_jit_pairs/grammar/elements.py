"""Stresses and energies of finite elements, from deformation gradients or from nodes."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@recipe("stresses and energies of finite elements", "matrix:1.3 combined:0.66", "fem cloth")
def element_stress(k: Kernel) -> None:
    rng = k.rng
    size = rng.choose((2, 3))
    job = Job(k, "element tet cell quad_point" if size == 3 else "element triangle face quad_point", 0.3)
    job.start(sizes=(16,))
    real = k.real
    matrix = t.mat(size, size, real)
    f = _deformation(job, size, matrix)
    measure = job.pick(stress=5.0, strain=1.2, jacobian=0.8)
    if measure == "strain":
        _strain(job, f, size)
        return
    if measure == "jacobian":
        _quality(job, f, size)
        return
    mu, lam = (
        job.param("mu shear_modulus lame_mu mu_s", 0.5, 10.0, 1.0, 5.0),
        job.param("lam lame_lambda lambda_ k_lambda", 0.5, 10.0, 2.0, 1.0),
    )
    mu, lam = job.maybe("mu mu_s shear", mu), job.maybe("lam lambda_s lame", lam)
    identity = k.identity(size)
    if rng.chance(0.5):
        identity = job.let("I eye ident", identity)
    model = rng.choose(("linear", "stvk", "neo", "log", "corotated"))
    job.titled(
        {
            "linear": "linear_elastic_stress small_strain_stress"
            " compute_linear_stress hooke_stress linear_elasticity eval_linear_elastic",
            "stvk": "stvk_stress saint_venant_kirchhoff pk1_stvk compute_stvk_stress eval_stvk st_venant_stress",
            "neo": "neo_hookean_stress neo_hookean pk1_neo_hookean"
            " eval_neo_hookean compute_neo_hookean stable_neo_hookean",
            "corotated": "deviatoric_stress split_stress"
            " volumetric_deviatoric compute_isochoric_stress eval_deviatoric",
            "log": "neo_hookean_stress log_neo_hookean pk1_neo_hookean eval_neo_hookean compressible_neo_hookean",
        }[model]
    )
    stress, energy, ratio = _model(job, model, f, identity, mu, lam, size)
    if job.more(0.3):
        volume = job.read(
            "rest_volume rest_volumes volumes {}_volume" if size == 3 else "rest_area rest_areas areas {}_area",
            "vol v0 rest_vol" if size == 3 else "area a0 rest_a",
            real,
            0.1,
            1.0,
            nest=0.0,
        )
        energy = energy * volume
    outputs = rng.sample(
        ("stress", "energy", "mises", "yield"),
        {"small": 1, "medium": rng.choose((1, 2)), "large": rng.choose((2, 3, 4))}[k.shared.size],
    )
    small = model in ("linear", "corotated")
    if "stress" in outputs:
        job.write("stress stresses sigma_out stress_out" if small else "stress P_out pk1_out stress_out", stress)
    if "energy" in outputs:
        job.write("energy energies psi_out strain_energy {}_energy", energy)
    if not small and {"mises", "yield"} & set(outputs):
        # What yields is asked of the true stress; that by the rest shape is not symmetric.
        if ratio is None:
            ratio = job.let("detF J_e vol_ratio", k.call("max", k.call("determinant", f), 0.05))
        stress = job.let("sigma cauchy true_stress", (stress @ k.call("transpose", f)) / ratio)
    if {"mises", "yield"} & set(outputs):
        mean = job.let("mean_stress s_m sigma_m", k.call("trace", stress) / float(size))
        if size == 2:
            xx, yy, xy = stress[0, 0], stress[1, 1], stress[0, 1]
            square = k.call("max", xx * xx - xx * yy + yy * yy + 3.0 * xy * xy, 0.0)
        else:
            deviator = job.let("dev s_dev deviator", stress - mean * identity)
            square = 1.5 * k.call("ddot", deviator, deviator)
        mises = job.let("vm sigma_eq von_mises_e", k.call("sqrt", square))
        if "mises" in outputs:
            job.write("von_mises mises equivalent_stress", mises)
        if job.more(0.3):
            job.write("pressure pressures p_out", -mean)
    if "yield" in outputs:
        limit = job.param("yield_stress yield_limit max_stress strength", 1.0, 5.0, 2.0, 1.0)
        job.write("yielded failed is_plastic broken", k.where(mises > limit, k.integer(1), k.integer(0)))


def _deformation(job: Job, size: int, matrix: t.Matrix) -> Expr:
    """A deformation gradient: given, or from the nodes of an element and its inverse rest shape."""
    k, rng = job.k, job.rng
    if rng.chance(0.4):
        return job.let(
            "F f_def F_e",
            job.array("deformation F def_grads deformation_gradients {}_F", matrix, low=-1.5, high=1.5)[job.at],
        )
    vector = t.vec(size, k.real)
    nodes = k.dim(12)
    corners = k.dim(size + 1, fixed=True)
    x = job.array("positions x nodes node_pos vertices", vector, (nodes,), low=-1.0, high=1.0)
    ends = job.array(
        "{}_indices {s} elements connectivity", t.I32, (*job.dims, corners), low=0, high=11, bound=nodes.symbol
    )
    points = []
    indexed = rng.chance(0.3)
    for n, name in enumerate(("x0 p0 a", "x1 p1 b", "x2 p2 c", "x3 p3 d")[: size + 1]):
        index = ends[(*job.at, k.integer(n))]
        points.append(job.let(name, x[job.let(f"i{n} n{n} v{n}", index) if indexed else index]))
    edges = [job.let(f"e{n + 1} d{n + 1} edge{n + 1}", p - points[0]) for n, p in enumerate(points[1:])]
    if rng.chance(0.5):
        shape: Expr = tree.Call(matrix, -2.0, 2.0, "wp.matrix_from_cols", tuple(edges))
    else:
        shape = k.make(matrix, *[edges[col][row] for row in range(size) for col in range(size)])
    shape = job.let("Ds D_s shape_mat", shape)
    inverse = job.read("rest_inv Dm_inv inv_rest {}_Dm_inv", "Dm_inv B inv_dm", matrix, -1.0, 1.0)
    return job.let("F f_def F_e", shape @ inverse)


def _model(
    job: Job, model: str, f: Expr, identity: Expr, mu: Expr, lam: Expr, size: int
) -> tuple[Expr, Expr, Expr | None]:
    """A material's stress, the density of its energy, and the ratio of volumes if it asks for it."""
    k = job.k
    # By the rest shape, if the strain is not small.
    names = "sigma stress_e s_lin" if model in ("linear", "corotated") else "P pk1 stress_e"
    if model in ("linear", "stvk"):
        if model == "linear":
            strain = job.let("eps strain_e small_strain", 0.5 * (f + k.call("transpose", f)) - identity)
        else:
            strain = job.let("E green G_strain", 0.5 * (k.call("transpose", f) @ f - identity))
        trace = job.let("tr tr_e trace_e", k.call("trace", strain))
        second = strain * (2.0 * mu) + identity * (lam * trace)
        stress = job.let(names, second if model == "linear" else f @ second)
        return stress, mu * k.call("ddot", strain, strain) + 0.5 * lam * trace * trace, None
    if model == "neo":
        j = job.let("J det_f detF", k.call("determinant", f))
        first = job.let("I1 i_c ic", k.call("trace", k.call("transpose", f) @ f))
        # No stress at rest: the energy's volume is somewhat larger than that of the rest shape.
        dev = job.let("dj j_minus_a vol_dev", j - 1.0 - mu / lam)
        if size == 2:
            cofactor = k.make(t.mat(2, 2, k.real), f[1, 1], -f[1, 0], -f[0, 1], f[0, 0])
            cofactor = job.let("cof dJdF cofactor", cofactor)
        else:
            rows = [k.make(k.vec3, *[f[r, c] for c in range(3)]) for r in range(3)]
            rows = [job.let(f"f{n} row{n} r{n}", row) for n, row in enumerate(rows)]
            crosses = [
                job.let(f"c{n} cof{n} cr{n}", k.call("cross", rows[(n + 1) % 3], rows[(n + 2) % 3])) for n in range(3)
            ]
            cofactor = job.let(
                "cof dJdF cofactor", k.make(t.mat(3, 3, k.real), *[crosses[r][c] for r in range(3) for c in range(3)])
            )
        stress = job.let(names, f * mu + cofactor * (lam * dev))
        return stress, 0.5 * mu * (first - float(size)) + 0.5 * lam * dev * dev, k.call("max", j, 0.05)
    if model == "log":
        j = job.let("J det_f detF", k.call("max", k.call("determinant", f), 0.05))
        log_j = job.let("log_J lnJ log_det", k.call("log", j))
        inverse = job.let("F_inv_T FinvT f_inv_t", k.call("transpose", k.call("inverse", f)))
        stress = job.let(names, (f - inverse) * mu + inverse * (lam * log_j))
        first = k.call("trace", k.call("transpose", f) @ f)
        return stress, 0.5 * mu * (first - float(size)) - mu * log_j + 0.5 * lam * log_j * log_j, j
    symmetric = job.let("sym f_sym s_mat", 0.5 * (f + k.call("transpose", f)))
    mean = job.let("mean_stretch avg_stretch", k.call("trace", f) / float(size))
    deviatoric = job.let("dev strain_dev e_dev", symmetric - identity * mean)
    volumetric = job.let("vol_strain tr_e e_vol", k.call("trace", f) - float(size))
    stress = job.let(names, deviatoric * (2.0 * mu) + identity * (lam * volumetric))
    return stress, mu * k.call("ddot", deviatoric, deviatoric) + 0.5 * lam * volumetric * volumetric, None


def _strain(job: Job, f: Expr, size: int) -> None:
    """How much an element is stretched."""
    k, rng = job.k, job.rng
    how = rng.choose(("green", "small", "cauchy_green"))
    job.titled(
        {
            "green": "green_strain compute_green_strain lagrangian_strain"
            " strain_from_deformation eval_strain element_strain",
            "small": "small_strain infinitesimal_strain linear_strain compute_small_strain engineering_strain",
            "cauchy_green": "right_cauchy_green compute_metric deformation_metric cauchy_green_tensor metric_tensor",
        }[how]
    )
    identity = k.identity(size)
    if how == "green":
        value = 0.5 * (k.call("transpose", f) @ f - identity)
    elif how == "small":
        value = 0.5 * (f + k.call("transpose", f)) - identity
    else:
        value = k.call("transpose", f) @ f
    if how == "cauchy_green":
        metric = job.let("C right_cg metric", value)
        job.write("metrics metric_out C_out cauchy_green", metric)
        if job.more(0.5):
            job.write("first_invariants I1_out i_c", k.call("trace", metric))
        if job.more(0.3):
            job.write(
                "volume_ratios J_out vol_ratio", k.call("sqrt", k.call("max", k.call("determinant", metric), 0.0))
            )
        return
    strain = job.let("E strain_e" if how == "green" else "eps strain_e small_eps", value)
    job.write("strains strain_out E_out strain" if how == "green" else "strains strain_out eps_out", strain)
    if job.more(0.5):
        job.write("traces volumetric tr_strain", k.call("trace", strain))
    if job.more(0.5):
        job.write(
            "strain_norm magnitude strain_mag", k.call("sqrt", k.call("max", k.call("ddot", strain, strain), 0.0))
        )
    if job.more(0.4):
        job.write("max_normal largest_diag max_component", k.call("max", strain[0, 0], strain[1, 1]))
    if job.more(0.3):
        job.write("shear shear_out off_diagonal", 2.0 * strain[0, 1])


def _quality(job: Job, f: Expr, size: int) -> None:
    """Whether an element is inverted, and how distorted."""
    k, rng = job.k, job.rng
    job.titled(
        "check_inversion element_quality jacobian_determinant"
        " find_inverted volume_ratio mark_inverted distortion_metric {}_quality"
    )
    j = job.let("J det_f detF vol_ratio", k.call("determinant", f))
    job.write("dets volume_ratio J_out jacobians", j)
    if rng.chance(0.7):
        limit = k.lit(0.0) if rng.chance(0.6) else job.param("min_det threshold eps", 0.01, 0.2, 0.1, each=False)
        bad = job.let("is_bad bad flipped", j <= limit)
        job.write("inverted is_inverted flags", k.where(bad, k.integer(1), k.integer(0)))
        if job.more(0.5):
            total = job.array(
                "num_inverted count inverted_count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
            )
            with k.when(bad):
                k.do(k.call("atomic_add", total, k.integer(0), k.integer(1), gives=t.I32))
    if job.more(0.5):
        frob = job.let("frob f_norm_sq norm_sq", k.call("ddot", f, f))
        job.write("distortion quality shape_metric", frob / (float(size) * k.call("max", k.call("abs", j), 0.1)))
