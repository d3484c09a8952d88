"""Finite differences of fields on grids: gradients, divergence, curl, slopes of terrain, staggered cells, Hessians."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .grids import Grid, stem_of, sum_of
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

_FIELDS = "pressure potential phi height temperature density f field p scalar_field"
_BORDERS = "clamp wrap inner inner padded zero"


@recipe(
    "gradient, divergence or curl by finite differences",
    "stencil:1.4 vector:0.17",
    "fluids heat terrain image",
)
def differences(k: Kernel) -> None:
    job = Job(k, "cell node pixel point")
    how = job.pick(gradient=2.5, vector=2.5, terrain=2.0, staggered=1.2, second=1.2)
    if how == "gradient":
        _gradient(job)
    elif how == "vector":
        _of_vector_field(job)
    elif how == "terrain":
        _terrain(job)
    elif how == "staggered":
        _staggered(job)
    else:
        _hessian(job)


def _gradient(job: Job) -> None:
    k, rng = job.k, job.rng
    ndim = rng.weighted({2: 4.0, 3: 2.0})
    grid = Grid(job, ndim, _BORDERS)
    inverse = job.param("inv_2dx half_inv_dx inv_dx scale grad_scale", 0.1, 2.0, 0.5, 1.0, each=False)
    f = grid.source(_FIELDS)
    magnitude = rng.chance(0.35)
    grid.prepare(
        f, "grad_mag gradient_magnitude grad_norm slope" if magnitude else "grad gradient grad_out gradients grad_f"
    )
    center = job.let("center f_c here c", grid.here(f)) if rng.chance(0.3) else None
    slopes = []
    for (low, high), c in zip(grid.neighbors(f, stem_of(f)), "zyx"[-ndim:], strict=True):
        difference = high - center if center is not None else high - low
        slopes.append(job.let(f"d{c} df_d{c} grad_{c} f_{c} d{c}_f", difference * inverse))
    slopes.reverse()
    vector = t.vec(ndim, k.real)
    if magnitude:
        job.titled(
            "gradient_magnitude compute_gradient_norm grad_norm field_slope eval_gradient_magnitude norm_of_gradient"
            " gradient_strength steepness"
        )
        how = rng.integer(0, 2)
        if how == 0:
            size = k.call("sqrt", job.maybe("sq_sum mag_sq grad_sq s", sum_of([s * s for s in slopes])))
        elif how == 1:
            size = k.call("length", k.make(vector, *slopes))
        else:
            size = sum_of([k.call("abs", s) for s in slopes])
        size = job.maybe("mag grad_mag norm g", size)
        if job.more(0.4):
            limit = job.param("threshold edge_threshold min_grad cutoff", 0.2, 2.0, 0.5, 1.0, each=False)
            size = job.let("mag grad_mag g strength", size)
            grid.write(k.where(size > limit, k.integer(1), k.integer(0)), "edges edge_mask is_edge steep_mask")
        if job.more(0.25):
            grid.write(k.make(vector, *slopes), "grad gradient grad_vec gradients")
        grid.write(size)
        return
    job.titled(
        "compute_gradient gradient scalar_gradient central_gradient grad_field eval_gradient field_gradient"
        " finite_difference_gradient gradient_of_field"
        if center is None
        else "forward_gradient compute_gradient forward_difference one_sided_gradient gradient_forward"
    )
    gradient = k.make(vector, *slopes)
    if job.more(0.3):
        gradient = job.let("g grad_c gradient_c", gradient)
        grid.write(k.call("length", gradient), "grad_mag magnitude grad_norm steepness")
    if job.more(0.2):
        gradient = (
            -gradient
            if rng.chance(0.5)
            else gradient * job.param("coeff kappa mobility conductivity", 0.1, 2.0, 0.5, each=False)
        )
        job.titled("compute_flux flux_from_gradient darcy_flux diffusive_flux field_flux force_from_potential")
    grid.write(job.maybe("g grad_c gradient_c", gradient))


def _of_vector_field(job: Job) -> None:
    k, rng = job.k, job.rng
    what = job.pick(divergence=2.0, curl=2.0, strain=1.0, jacobian=0.8, confinement=0.6)
    ndim = 2 if what in ("jacobian", "confinement") else rng.weighted({2: 4.0, 3: 2.0})
    if what == "confinement":
        _confinement(job)
        return
    vector = t.vec(ndim, k.real)
    grid = Grid(job, ndim, _BORDERS)
    outs = {
        "divergence": "div divergence div_out div_v",
        "curl": "curl vorticity vort omega curl_out",
        "strain": "strain_rate shear shear_rate strain_mag",
        "jacobian": "jacobian grad_v velocity_gradient J",
    }
    inverse = job.param("inv_2dx half_inv_dx inv_dx scale", 0.1, 2.0, 0.5, 1.0, each=False)
    split = what in ("divergence", "curl") and rng.chance(0.35)
    if split:
        fields = [grid.source(f"{'uvw'[n]} vel_{'xyz'[n]} v{'xyz'[n]} {'uvw'[n]}_vel") for n in range(ndim)]
    else:
        fields = [grid.source("velocity vel v u velocities flow", vector)]
    grid.prepare(fields[0], outs[what])
    low: dict[int, list[Expr]] = {}
    high: dict[int, list[Expr]] = {}
    for axis in range(ndim):
        c = "zyx"[-ndim:][axis]
        n = "xyz".index(c)
        for by, table, side in ((-1, low, 0), (1, high, 1)):
            offset = [0] * ndim
            offset[axis] = by
            word = grid.sides(axis)[side][0]
            if split:
                needed = [n] if what == "divergence" else range(ndim)
                table[n] = [
                    grid.at(fields[m], *offset, names=f"{'uvw'[m]}_{word}")
                    if m in needed and (what == "divergence" or m != n)
                    else k.lit(0.0)
                    for m in range(ndim)
                ]
            else:
                whole = job.maybe(
                    f"v_{word} vel_{word} {word}", grid.at(fields[0], *offset, names=f"v_{word} vel_{word}")
                )
                table[n] = k.components(whole)

    def rate(part: int, along: int) -> Expr:
        """The change of one component along one axis, without its scale."""
        a, c = "uvw"[part], "xyz"[along]
        return job.maybe(f"d{a}d{c} d{a}_d{c} {a}_{c}", high[along][part] - low[along][part])

    if what == "divergence":
        job.titled(
            "compute_divergence divergence velocity_divergence"
            " div_velocity calc_divergence flow_divergence eval_divergence"
        )
        value = inverse * sum_of([rate(n, n) for n in range(ndim)])
        if job.more(0.25):
            solid = grid.own("solid obstacle is_solid", "solid_c is_wall", 0, 1, t.I32)
            value = job.let("div_c d div_here", k.where(solid.equals(0), value, k.lit(0.0)))
    elif what == "curl":
        job.titled(
            "compute_vorticity vorticity curl compute_curl velocity_curl calc_vorticity eval_curl flow_vorticity"
        )
        if ndim == 2:
            value = (rate(1, 0) - rate(0, 1)) * inverse
        else:
            value = k.make(vector, rate(2, 1) - rate(1, 2), rate(0, 2) - rate(2, 0), rate(1, 0) - rate(0, 1)) * inverse
            if job.more(0.4):
                value = job.let("omega w curl_v vort", value)
                grid.write(k.call("length", value), "vort_mag vorticity_magnitude spin curl_norm")
                grid.write(value * 0.5, "angular_velocity rotation_rate") if job.more(0.15) else None
        if ndim == 2 and job.more(0.3):
            value = job.let("omega w vort_c curl_z", value)
            grid.write(0.5 * value * value, "enstrophy enstrophy_density")
    elif what == "strain":
        job.titled(
            "compute_strain_rate strain_rate_magnitude shear_rate compute_shear eval_strain_rate velocity_strain"
        )
        total = None
        for n in range(ndim):
            normal = job.let(f"s_{'xyz'[n]}{'xyz'[n]} e{'xyz'[n]}{'xyz'[n]}", rate(n, n) * inverse)
            total = normal * normal if total is None else total + normal * normal
            for m in range(n + 1, ndim):
                c = "xyz"[n] + "xyz"[m]
                shear = job.let(f"s_{c} e{c} shear_{c}", 0.5 * inverse * (rate(n, m) + rate(m, n)))
                total = total + 2.0 * shear * shear
        assert total is not None
        value = k.call("sqrt", 2.0 * total)
        if job.more(0.4):
            value = job.let("rate shear_mag s", value)
            nu = job.param("cs2 smagorinsky smag_coeff mixing_length_sq", 0.01, 0.2, 0.03, 0.1, each=False)
            grid.write(nu * value, "eddy_viscosity nu_t turbulent_viscosity")
    else:
        job.titled(
            "velocity_gradient velocity_jacobian compute_jacobian flow_jacobian eval_velocity_gradient grad_velocity"
        )
        matrix = t.mat(2, 2, k.real)
        value = k.make(matrix, *[rate(n, m) * inverse for n in range(2) for m in range(2)])
        if job.more(0.5):
            value = job.let("jac J_c grad_c", value)
            grid.write(k.call("trace", value), "div divergence expansion")
            if job.more(0.5):
                grid.write(k.call("determinant", value), "q_criterion det_grad okubo_term")
    grid.write(job.maybe("value result c", value))


def _confinement(job: Job) -> None:
    """A force that turns with the vortices of smoke."""
    k, rng = job.k, job.rng
    job.titled("vorticity_confinement apply_vorticity_confinement confine_vortices confinement_force")
    grid = Grid(job, 2, "inner clamp")
    w = grid.source("vorticity vort omega curl w")
    grid.prepare(w, "force f confinement_force f_conf")
    (up, down), (left, right) = grid.neighbors(w, "w")
    gx = job.let("gx dwdx eta_x grad_x", 0.5 * (k.call("abs", right) - k.call("abs", left)))
    gy = job.let("gy dwdy eta_y grad_y", 0.5 * (k.call("abs", down) - k.call("abs", up)))
    size = job.let("mag length_eta norm grad_len", k.call("sqrt", gx * gx + gy * gy) + rng.choose((1e-3, 1e-2)))
    nx, ny = job.let("nx n_x", gx / size), job.let("ny n_y", gy / size)
    eps = job.param("epsilon confinement strength eps_conf", 0.05, 1.0, 0.1, 0.5, each=False)
    center = job.let("w_c vort_c omega_c", grid.here(w))
    grid.write(k.make(t.vec(2, k.real), ny * center * eps, -nx * center * eps))


def _terrain(job: Job) -> None:
    """Slopes, normals and shading of a height field."""
    k, rng = job.k, job.rng
    job.it, job.many = "pixel", "pixels"
    grid = Grid(job, 2, "clamp inner wrap")
    what = job.pick(normal=2.0, slope=1.5, shade=1.5, curvature=1.0)
    outs = {
        "normal": "normals normal_map n_out surface_normals",
        "slope": "slope slope_angle steepness slopes",
        "shade": "shade hillshade shading intensity",
        "curvature": "curvature mean_curvature profile_curvature lap_height",
    }
    z = grid.source("height heightmap elevation dem z heights terrain")
    grid.prepare(z, outs[what])
    dx = job.param("cell_size dx spacing resolution h", 0.5, 2.0, 1.0, 0.5, each=False, literal=False)
    if what == "curvature":
        job.titled("terrain_curvature surface_curvature height_curvature compute_curvature heightmap_curvature")
        c = job.let("c zc center here", grid.here(z))
        total = sum_of([v for pair in grid.neighbors(z, "z") for v in pair]) - 4.0 * c
        value = job.maybe("curv lap k_mean", total / (dx * dx))
        if job.more(0.5):
            value = job.let("curv lap k_mean", value)
            flat = job.param("tolerance flat_eps threshold", 0.05, 0.5, 0.1, each=False)
            label = k.where(value > flat, k.integer(1), k.where(value < -flat, k.integer(-1), k.integer(0)))
            grid.write(label, "landform curvature_class concavity valley_mask")
        grid.write(value)
        return
    if rng.chance(0.35):
        near = {(a, b): grid.at(z, a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)}
        right = near[-1, 1] + 2.0 * near[0, 1] + near[1, 1]
        left = near[-1, -1] + 2.0 * near[0, -1] + near[1, -1]
        bottom = near[1, -1] + 2.0 * near[1, 0] + near[1, 1]
        top = near[-1, -1] + 2.0 * near[-1, 0] + near[-1, 1]
        zx, zy = (
            job.let("dzdx slope_x p", (right - left) / (8.0 * dx)),
            job.let("dzdy slope_y q", (bottom - top) / (8.0 * dx)),
        )
    else:
        (up, down), (left, right) = grid.neighbors(z, "z")
        zx = job.let("dzdx slope_x p zx", (right - left) / (2.0 * dx))
        zy = job.let("dzdy slope_y q zy", (down - up) / (2.0 * dx))
    if job.more(0.4):
        zs = job.param("z_scale exaggeration vertical_scale z_factor", 0.5, 3.0, 2.0, 1.0, each=False)
        zx, zy = job.let("sx dzdx_scaled p_scaled", zx * zs), job.let("sy dzdy_scaled q_scaled", zy * zs)
    if what == "slope":
        job.titled("terrain_slope compute_slope slope_map heightmap_slope slope_angle dem_slope")
        rise = job.let("rise run grad_len tan_slope", k.call("sqrt", zx * zx + zy * zy))
        grid.write(k.call("atan", rise) if rng.chance(0.6) else rise)
        if job.more(0.5):
            grid.write(k.call("atan2", zy, -zx), "aspect aspect_angle downhill_angle")
        if job.more(0.3):
            limit = job.param("max_slope walkable_slope limit", 0.3, 1.5, 1.0, 0.5, each=False)
            grid.write(k.where(rise <= limit, k.integer(1), k.integer(0)), "walkable passable traversable")
        return
    normal = job.let(
        "n normal nrm",
        k.call(
            "normalize",
            k.make(k.vec3, -zx, -zy, k.lit(1.0)) if rng.chance(0.6) else k.make(k.vec3, -zx, k.lit(1.0), -zy),
        ),
    )
    if what == "normal":
        job.titled(
            "heightmap_normals compute_normals terrain_normals normals_from_height height_to_normal bake_normal_map"
        )
        if rng.chance(0.3):
            normal = job.let("encoded rgb packed", normal * 0.5 + k.make(k.vec3, 0.5, 0.5, 0.5))
        grid.write(normal)
        return
    job.titled("hillshade shade_terrain terrain_shading compute_hillshade relief_shading shade_heightmap")
    light = job.let(
        "l light light_n", k.call("normalize", job.scalar("light_dir sun_dir light_direction sun", k.vec3, 0.1, 1.0))
    )
    lit = job.let("lambert ndotl diffuse shade_value", k.call("max", k.call("dot", normal, light), 0.0))
    ambient = job.param("ambient ambient_light min_light", 0.05, 0.5, 0.2, 0.1, each=False)
    grid.write(ambient + (1.0 - ambient) * lit if job.more(0.6) else lit)


def _staggered(job: Job) -> None:
    """Cells between faces: velocities live on faces, pressures in cells."""
    k, rng = job.k, job.rng
    i, j = k.start(2, (6, 6), (job.words("i row y"), job.words("j col x")))
    rows, columns = k.launch
    u = job.array("u u_face vel_x face_u", k.real, (rows, k.derived(columns, 1, 1)), low=-2.0, high=2.0)
    v = job.array("v v_face vel_y face_v", k.real, (k.derived(rows, 1, 1), columns), low=-2.0, high=2.0)
    div = rng.chance(0.6)
    if div:
        job.titled("mac_divergence staggered_divergence compute_divergence face_divergence divergence_mac")
        scale = job.param("inv_dx scale inv_h", 0.5, 4.0, 1.0, 2.0, each=False)
        du, dv = job.maybe("du dudx", u[i, j + 1] - u[i, j]), job.maybe("dv dvdy", v[i + 1, j] - v[i, j])
        value = (du + dv) * scale
        if job.more(0.5):
            rho = job.param("rho density rho_over_dt", 0.5, 2.0, 1.0, each=False)
            dt = job.param("dt time_step", 0.01, 0.1, 0.05, 0.1, each=False)
            value = value * rho / dt
        if job.more(0.4):
            fluid = job.array("is_fluid fluid_mask fluid cell_type", t.I32, (rows, columns), low=0, high=1)
            value = k.where(fluid[i, j].equals(1), value, k.lit(0.0))
        k.set(job.array("div divergence rhs", k.real, (rows, columns), "out")[i, j], job.maybe("div_c d", value))
        return
    job.titled("faces_to_centers center_velocity average_faces cell_velocity mac_to_centers velocity_at_centers")
    vector = t.vec(2, k.real)
    vc = job.let(
        "vel_c v_center center_vel", k.make(vector, 0.5 * (u[i, j] + u[i, j + 1]), 0.5 * (v[i, j] + v[i + 1, j]))
    )
    k.set(job.array("vel_centers cell_vel velocity center_vel", vector, (rows, columns), "out")[i, j], vc)
    if job.more(0.4):
        k.set(job.array("speed speeds vel_mag", k.real, (rows, columns), "out")[i, j], k.call("length", vc))
    if job.more(0.3):
        k.set(
            job.array("kinetic energy kinetic_energy", k.real, (rows, columns), "out")[i, j],
            0.5 * k.call("dot", vc, vc),
        )


def _hessian(job: Job) -> None:
    """Second derivatives of an image or field, and what tells blobs and ridges."""
    k, rng = job.k, job.rng
    grid = Grid(job, 2, "clamp inner wrap padded")
    f = grid.source("image img f field intensity gray")
    what = rng.choose(("det", "eigen", "matrix", "mean"))
    outs = {
        "det": "det blob_response doh hessian_det",
        "eigen": "lambda_max ridge largest_curvature principal",
        "matrix": "hessian hess hessians",
        "mean": "laplacian lap blob log_response",
    }
    grid.prepare(f, outs[what])
    c2 = job.let("c2 twice center2", 2.0 * grid.here(f))
    (up, down), (left, right) = grid.neighbors(f, stem_of(f))
    fxx, fyy = job.let("fxx f_xx dxx Ixx", right + left - c2), job.let("fyy f_yy dyy Iyy", down + up - c2)
    cross = 0.25 * (grid.at(f, 1, 1) - grid.at(f, 1, -1) - grid.at(f, -1, 1) + grid.at(f, -1, -1))
    if what == "mean":
        job.titled("image_laplacian blob_detector laplacian_response compute_laplacian scale_normalized_laplacian")
        value = fxx + fyy
        if job.more(0.6):
            s = job.param("sigma scale blob_sigma", 0.5, 3.0, 1.0, 2.0, each=False)
            value = s * s * value
        grid.write(k.call("abs", value) if rng.chance(0.4) else value)
        return
    fxy = job.let("fxy f_xy dxy Ixy", cross)
    if what == "matrix":
        job.titled("compute_hessian image_hessian hessian_matrix eval_hessian second_derivatives")
        grid.write(k.make(t.mat(2, 2, k.real), fxx, fxy, fxy, fyy))
        if job.more(0.4):
            grid.write(fxx + fyy, "laplacian trace lap")
        return
    if what == "det":
        job.titled("hessian_determinant determinant_of_hessian blob_response doh_response corner_strength")
        value = job.let("det doh response", fxx * fyy - fxy * fxy)
        if job.more(0.5):
            limit = job.param("threshold min_response det_threshold", 0.05, 1.0, 0.1, 0.5, each=False)
            grid.write(k.where(value > limit, k.integer(1), k.integer(0)), "is_blob keypoints candidates")
        grid.write(value)
        return
    job.titled("ridge_filter principal_curvature ridge_response vesselness hessian_eigenvalues line_filter")
    half = job.let("half_tr mean_curv tr2", 0.5 * (fxx + fyy))
    d = job.let("half_diff dxy diff", 0.5 * (fxx - fyy))
    root = job.let("root disc radius", k.call("sqrt", d * d + fxy * fxy))
    grid.write(
        half + root if rng.chance(0.6) else k.call("max", k.call("abs", half + root), k.call("abs", half - root))
    )
    if job.more(0.5):
        grid.write(half - root, "lambda_min smallest_curvature minor")
