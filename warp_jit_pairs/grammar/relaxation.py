"""Linear systems on grids: relaxation of Poisson's equation, residuals, products, transfers between levels."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .grids import Grid, stem_of, sum_of
from .jobs import Job
from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .tree import Expr

_PROBLEMS = (
    ("pressure p pressures press", "divergence div rhs b", "pressure pressure_poisson"),
    ("phi potential phi_in voltage", "charge rho charge_density source", "potential poisson electrostatic"),
    ("x u solution guess x_old", "b rhs f right_hand_side", "poisson laplace system"),
    ("height h heights z", "f load target_laplacian rhs", "height_field surface heightmap"),
)


@recipe("Jacobi relaxation of a Poisson equation", "stencil:1.1", "heat fluids linalg", ANY_REAL)
def jacobi(k: Kernel) -> None:
    job = Job(k, "cell node site point")
    how = job.pick(jacobi=4.0, red_black=1.3, residual=1.2, product=1.0, project=1.0, transfer=1.0)
    if how == "transfer":
        _transfer(job)
    elif how == "project":
        _project(job)
    else:
        _relax(job, how)


def _relax(job: Job, how: str) -> None:
    k, rng = job.k, job.rng
    fields, sources, words = rng.choose(_PROBLEMS)
    word = rng.choose(words.split())
    grid = Grid(
        job,
        rng.weighted({1: 1.5, 2: 4.0, 3: 1.0}),
        "inner" if how == "red_black" else "clamp wrap inner hold padded zero",
    )
    spacing = job.param("dx h cell_size spacing", 0.1, 2.0, 1.0, 0.5, each=False) if rng.chance(0.6) else None
    if how == "red_black":
        _red_black(job, grid, fields, sources, word, spacing)
        return
    x = grid.source(fields)
    verb = {"jacobi": "jacobi", "residual": "residual", "product": "product"}[how]
    if how == "jacobi":
        job.titled(
            f"jacobi_step jacobi_{word} solve_{word} {word}_jacobi relax_{word} jacobi_iteration {word}_solve_step"
            f" smooth_{word} jacobi_sweep {word}_relaxation weighted_jacobi_{word}"
        )
        out = "~"
    elif how == "residual":
        job.titled(f"{word}_residual compute_residual residual calc_{word}_residual eval_residual residual_of_{word}")
        out = "residual r res residuals residual_out"
    else:
        job.titled(
            "apply_laplacian apply_poisson laplacian_matvec matvec poisson_operator apply_stencil_operator compute_ap"
        )
        out = "ap Ax result q laplacian_out y"
    grid.prepare(x, out)
    stem = stem_of(x)
    pairs = grid.neighbors(x, stem)
    values = [v for pair in pairs for v in pair]
    total = job.maybe("neighbors neighbor_sum nb_sum sum_nb around total", sum_of(values))
    count = 2.0 * len(pairs)
    if how == "jacobi":
        f = grid.own(sources, "rhs_c b_c source_c rhs_here f_c")
        rhs = spacing * spacing * f if spacing is not None else f
        rhs = job.maybe("scaled_rhs h2f rhs_term source_term", rhs)
        screened = job.more(0.2)
        below: Expr = k.lit(count)
        if screened:
            lam = job.param("lambda_sq screening k2 kappa_sq helmholtz", 0.05, 1.0, 0.1, 0.5, each=False)
            below = count + lam
        signed = total - rhs if rng.chance(0.6) else total + rhs
        value = signed * (1.0 / count) if count in (2.0, 4.0) and rng.chance(0.5) and not screened else signed / below
        value = job.let(f"{stem or 'x'}_new relaxed updated jacobi_value {stem or 'x'}_star gs", value)
        old = grid.here(x)
        if job.more(0.5):
            omega = job.param("omega relaxation damping_factor w_jacobi under_relax", 0.5, 1.0, 0.8, 0.66, each=False)
            value = (1.0 - omega) * old + omega * value if rng.chance(0.5) else old + omega * (value - old)
            value = job.maybe("damped weighted blended relaxed_value mixed", value)
        if job.more(0.25):
            solid = grid.own("solid obstacle mask is_solid boundary", "solid_c is_wall blocked", 0, 1, t.I32)
            value = job.let(
                "p_masked value masked result",
                k.where(
                    solid.equals(1) if rng.chance(0.5) else solid.differs(0),
                    k.lit(0.0) if rng.chance(0.5) else old,
                    value,
                ),
            )
        if job.more(0.3):
            change = job.let("delta change step_change diff", value - old)
            grid.write(
                k.call("abs", change) if rng.chance(0.6) else change * change,
                "error change residual_norm err step_size delta_out",
            )
        grid.write(value)
        return
    center = job.maybe(f"center {stem or 'x'}_c here c", grid.here(x))
    lap = total - count * center
    if spacing is not None:
        lap = lap / (spacing * spacing)
    lap = job.maybe(f"lap laplacian lap_{stem or 'x'} Ax", lap)
    if job.more(0.25):
        shift = job.param("sigma shift alpha screening mass_term", 0.1, 2.0, 1.0, 0.5, each=False)
        lap = job.let("a_x operator_value ax_c helmholtz", shift * center - lap)
    elif verb == "product" and rng.chance(0.5):
        lap = -lap
    if how == "product":
        if job.more(0.3):
            grid.write(center * lap, "p_dot_ap dot_terms energy_terms xAx partial_dot")
        grid.write(job.maybe("result ap_c out_value applied", lap))
        return
    f = grid.own(sources, "rhs_c b_c source_c f_c")
    residual = job.maybe("r res residual_c defect", f - lap)
    if job.more(0.4):
        residual = job.let("r res residual_c defect", residual)
        grid.write(
            residual * residual if rng.chance(0.6) else k.call("abs", residual),
            "residual_sq norm_terms res_sq error error_terms",
        )
    grid.write(residual)


def _red_black(job: Job, grid: Grid, fields: str, sources: str, word: str, spacing: Expr | None) -> None:
    """Cells of one colour are updated in place: their neighbours have the other one."""
    k, rng = job.k, job.rng
    job.titled(
        f"red_black_gauss_seidel gauss_seidel_{word}"
        f" red_black_sweep sor_step sor_{word} {word}_red_black gs_color_sweep"
        f" relax_color red_black_{word}"
    )
    x = job.array(fields, k.real, grid.all_dims(grid.cells), "inout", low=-2.0, high=2.0)
    color = job.scalar("color parity phase red_black", t.I32, 0, 1)
    total = sum_of(list(grid.indices))
    parity = total % 2 if rng.chance(0.6) else total & 1
    grid.prepare(x, "")
    with k.when(parity.differs(color)):
        k.give()
    k.gap()
    neighbors = [v for pair in grid.neighbors(x, stem_of(x)) for v in pair]
    total = job.maybe("neighbor_sum around nb_sum sum_nb", sum_of(neighbors))
    f = grid.own(sources, "rhs_c b_c source_c f_c")
    rhs = spacing * spacing * f if spacing is not None else f
    value = job.let("gs_value relaxed x_gs candidate gauss_seidel", (total - rhs) / float(len(neighbors)))
    at = (*grid.lead, *grid.indices)
    if rng.chance(0.6):
        omega = job.param("omega sor_omega relaxation over_relax", 1.0, 1.9, 1.5, 1.7, each=False)
        old = job.let("old x_old current before", x[at])
        k.set(x[at], old + omega * (value - old) if rng.chance(0.5) else (1.0 - omega) * old + omega * value)
    else:
        k.set(x[at], value)
    k.shared.differentiable = False


def _project(job: Job) -> None:
    """The gradient of a pressure taken from a velocity."""
    k, rng = job.k, job.rng
    job.titled(
        "subtract_pressure_gradient project_velocity apply_pressure pressure_projection make_divergence_free"
        " correct_velocity gradient_subtract projection_step"
    )
    ndim = rng.weighted({2: 4.0, 3: 1.2})
    grid = Grid(job, ndim, "clamp wrap inner padded")
    p = grid.source("pressure p press pressures")
    grid.prepare(p, "vel_out velocity_next u_new velocity_out vel_next")
    scale = job.param("scale half_inv_dx grad_scale dt_over_rho inv_2dx", 0.1, 2.0, 0.5, 1.0, each=False)
    parts = [
        job.maybe(f"dp_d{c} grad_{c} dp{c} p_{c}", (high - low) * scale)
        for (low, high), c in zip(grid.neighbors(p, "p"), "zyx"[-ndim:], strict=True)
    ]
    parts.reverse()
    vector = t.vec(ndim, k.real)
    if rng.chance(0.6):
        v = grid.own("velocity vel u velocities", "v vel_c u_c", dtype=vector)
        result = v - k.make(vector, *parts)
        result = job.maybe("v_new corrected projected", result)
        if job.more(0.3):
            solid = grid.own("solid obstacle is_solid walls", "solid_c is_wall blocked", 0, 1, t.I32)
            result = job.let("v_masked v_free result", k.where(solid.equals(0), result, k.zero(vector)))
        if job.more(0.3):
            grid.write(k.call("length", result), "speed speed_out vel_mag velocity_magnitude")
        grid.write(result)
        return
    for part, c in zip(parts, "xyz", strict=False):
        letter = "uvw"["xyz".index(c)]
        v = grid.own(f"{letter} vel_{c} velocity_{c} {letter}_vel", f"{letter}_c {letter}_here v{c}")
        grid.write(v - part, f"{letter}_next {letter}_out vel_{c}_out {letter}_new")


def _transfer(job: Job) -> None:
    """Restriction to a coarser grid or prolongation to a finer one."""
    k, rng = job.k, job.rng
    ndim = rng.weighted({1: 1.0, 2: 3.0})
    (*threads,) = k.start(ndim, {1: (16,), 2: (6, 6)}[ndim], [f"={c} {c}_coarse" for c in ("i", "j")])
    down = rng.chance(0.6)
    coarse = k.launch
    fine = tuple(k.derived(dim, 2) for dim in coarse)
    if down:
        job.titled(
            "restrict_residual restrict_to_coarse coarsen"
            " restrict_grid multigrid_restrict full_weighting downsample_residual"
        )
        source = job.array("fine residual_fine r_fine fine_grid x_fine", k.real, fine, low=-2.0, high=2.0)
        out = job.array("coarse residual_coarse r_coarse coarse_grid x_coarse", k.real, coarse, "out")
        base = [job.let(f"f{c} fine_{c} {c}2 {c}f", index * 2) for index, c in zip(threads, "ij", strict=False)]
        if ndim == 1:
            value: Expr = source[base[0]] + source[base[0] + 1]
        elif rng.chance(0.6):
            a, b = base
            value = source[a, b] + source[a + 1, b] + source[a, b + 1] + source[a + 1, b + 1]
        else:
            total = job.var("total acc sum_fine s", k.lit(0.0))
            with k.loop(job.words("di a dy oi"), 2) as di, k.loop(job.words("dj b dx oj"), 2) as dj:
                k.augment(total, "+", source[base[0] + di, base[1] + dj])
            value = total
        value = job.maybe("mean average avg restricted", value * (0.5 if ndim == 1 else 0.25))
        if job.more(0.4):
            value = value * job.param("scale h_ratio level_scale", 1.0, 4.0, 4.0, 2.0, each=False)
        k.set(out[tuple(threads)], value)
        return
    job.titled(
        "prolongate prolong_correction interpolate_to_fine"
        " add_coarse_correction prolong_grid multigrid_prolong upsample_correction"
    )
    source = job.array("coarse correction_coarse e_coarse coarse_grid x_coarse", k.real, coarse, low=-2.0, high=2.0)
    x = job.array("fine x_fine solution_fine fine_grid", k.real, fine, "inout", low=-2.0, high=2.0)
    value = job.let("correction e coarse_value c", source[tuple(threads)])
    if job.more(0.4):
        value = job.let(
            "scaled scaled_correction damped step_value",
            value * job.param("omega damping relaxation", 0.5, 1.0, 0.8, each=False),
        )
    base = [job.let(f"f{c} fine_{c} {c}2 {c}f", index * 2) for index, c in zip(threads, "ij", strict=False)]
    if ndim == 1:
        k.augment(x[base[0]], "+", value)
        k.augment(x[base[0] + 1], "+", value)
    else:
        with k.loop(job.words("di a dy oi"), 2) as di, k.loop(job.words("dj b dx oj"), 2) as dj:
            k.augment(x[base[0] + di, base[1] + dj], "+", value)
    k.shared.differentiable = False
