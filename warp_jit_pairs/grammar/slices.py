"""Slices of vectors and matrices: halves of states, rows, columns and blocks.

Warp takes slices where shading languages take swizzles: `v[0:2]` is read and assigned, `v.xy` is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .tasks import batched, element, local, named, opt, read, setting, words, write
from .tree import Expr


def span(k: Kernel, start: int, stop: int, length: int) -> Expr:
    """`start:stop`, open where people leave it open."""
    first = None if start == 0 and k.rng.chance(0.3) else k.integer(start)
    last = None if stop == length and k.rng.chance(0.3) else k.integer(stop)
    return tree.Slice(t.SHAPE, -inf, inf, first, last)


EVERYTHING = tree.Slice(t.SHAPE, -inf, inf, None, None)


def part(value: Expr, gives: t.Type, *where: Expr) -> Expr:
    """A slice of a vector or matrix."""
    return tree.Subscript(gives, value.low, value.high, value, where)


def sized(length: int, real: t.Scalar) -> t.Vector | t.SpatialVector:
    """A vector of a length; that of six is the spatial one, which Warp takes it for."""
    return t.spatial(real) if length == 6 else t.vec(length, real)


def _halves(k: Kernel, v: Expr, length: int, size: int) -> tuple[Expr, Expr]:
    small = t.vec(size, k.real)
    return part(v, small, span(k, 0, size, length)), part(v, small, span(k, size, 2 * size, length))


def _state(k: Kernel) -> None:
    """Position and velocity in one vector."""
    rng = k.rng
    size = rng.choose((2, 3, 3))
    length = 2 * size
    k.titles = words(
        "integrate_states step_states euler_step advance_state_vectors propagate_states "
        "integrate_phase_space update_{}_states"
    )
    batched(k, "state", 0.15)
    s = k.variable("=s state y", element(k, "=state s y0 {}_state", sized(length, k.real)))
    small = t.vec(size, k.real)
    pos, vel = _halves(k, s, length, size)
    dt = named(k, "=h step", setting(k, "=dt h time_step", 0.001, 0.1, 0.01, 0.05))
    force = read(k, "=a acc force", small)
    how = rng.choose(("symplectic", "explicit", "spring", "damped"))
    if how == "spring":
        stiffness = setting(k, "=stiffness k omega_sq", 0.5, 20.0, 10.0, 4.0)
        k.add(tree.Augment(vel, "+", (force - pos * stiffness) * dt))
    elif how == "explicit":
        k.add(tree.Augment(pos, "+", vel * dt))
        k.add(tree.Augment(vel, "+", force * dt))
    else:
        k.add(tree.Augment(vel, "+", force * dt))
        if how == "damped":
            k.set(vel, vel * (1.0 - setting(k, "=damping drag c", 0.05, 1.0, 0.1, 0.5) * dt))
    if how != "explicit":
        k.add(tree.Augment(pos, "+", vel * dt))
    write(k, "=states_out next_states y_out", s)
    if opt(k, 0.45):
        write(k, "=speeds speed_out", k.call("length", vel))
    if opt(k, 0.35):
        write(k, "=energies kinetic ke_out", 0.5 * k.call("dot", vel, vel))


def _observation(k: Kernel) -> None:
    """An observation put together from its parts."""
    rng = k.rng
    k.titles = words(
        "pack_observations build_obs assemble_features fill_obs concat_features compute_observations write_obs"
    )
    batched(k, "env" if rng.chance(0.6) else "agent", 0.15)
    length = rng.choose((6, 8, 8, 9))
    o = tree.Name(sized(length, k.real), -1e3, 1e3, k.namer.local("=obs o feat"))
    k.add(tree.Assign((o,), tree.Call(o.type, 0.0, 0.0, k.spell(o.type), ())))
    small = t.vec(3, k.real)
    rows = rng.sample(["pos", "vel", "goal", "gravity", "command", "ang_vel"], 3)
    place = 0
    for row in rows:
        if place + 3 > length:
            break
        value = read(k, f"={row}", small)
        if row == "goal" and rng.chance(0.6):
            value = value - read(k, "=root base_pos origin", small)
        elif rng.chance(0.4):
            value = value * setting(k, f"={row}_scale {row}_gain", 0.1, 2.0, 0.5, 0.25)
        k.set(part(o, small, span(k, place, place + 3, length)), value)
        place += 3
    while place < length:
        kind = ("phase", "contact", "height")[(length - place) % 3]
        k.set(part(o, k.real, k.integer(place)), read(k, f"={kind}_i {kind}", k.real))
        place += 1
    if opt(k, 0.35):
        bound = named(k, "=c lim", setting(k, "=clip_obs obs_limit clip", 0.5, 5.0, 5.0, 1.0))
        with k.loop("=j n c", length) as j:
            k.set(part(o, k.real, j), k.call("clamp", part(o, k.real, j), -bound, bound))
        k.shared.differentiable = False
    write(k, "=obs_buf observations obs_out features", o)


def _rgba(k: Kernel) -> None:
    """Colour and opacity, or a point and its weight, in one vector of four."""
    rng = k.rng
    how = rng.choose(("premultiply", "over", "homogeneous", "weighted", "plane"))
    k.titles = {
        "premultiply": ("premultiply", "premultiply_alpha", "apply_opacity", "fade_layer", "to_premultiplied"),
        "over": ("blend_over", "composite_over", "alpha_composite", "over_operator", "blend_layers"),
        "homogeneous": ("dehomogenize", "perspective_divide", "project_points", "homogeneous_to_point", "divide_by_w"),
        "weighted": ("normalize_weighted", "nurbs_points", "rational_points", "weighted_to_points", "resolve_weights"),
        "plane": ("plane_distances", "eval_planes", "signed_plane_dist", "point_plane", "cull_by_planes"),
    }[how]
    batched(k, {"premultiply": "pixel", "over": "pixel"}.get(how, "point"), 0.3)
    four, three = t.vec(4, k.real), t.vec(3, k.real)
    low = 0.0 if how in ("premultiply", "over") else 0.5 if how in ("homogeneous", "weighted") else -1.0
    v = k.variable(
        "=c rgba color" if low == 0.0 else "=plane pl eq" if how == "plane" else "=h p4 hp",
        element(
            k,
            "=rgba src top" if low == 0.0 else "=plane eq" if how == "plane" else "=hp p_h clip",
            four,
            low,
            1.0 if low == 0.0 else 2.0,
        ),
    )
    rgb, alpha = part(v, three, span(k, 0, 3, 4)), part(v, k.real, k.integer(3))
    if how == "premultiply":
        if opt(k, 0.5):
            k.set(alpha, alpha * setting(k, "=opacity fade layer_opacity", 0.1, 1.0, 0.5, 0.8))
        k.set(rgb, rgb * alpha)
        write(k, "=pixels_out premultiplied rgba_out", v)
    elif how == "over":
        below = read(k, "=dst background below", four, 0.0, 1.0)
        left = k.let("=rest inv_a one_minus_a", 1.0 - alpha)
        k.set(rgb, rgb * alpha + part(below, three, span(k, 0, 3, 4)) * left)
        if rng.chance(0.6):
            k.set(alpha, alpha + part(below, k.real, k.integer(3)) * left)
        write(k, "=composited pixels_out rgba_out", v)
    elif how == "plane":
        p = read(k, "=p point x", three)
        n = k.let("=n normal", rgb)
        d = k.let("=d dist side", k.call("dot", n, p) + alpha)
        write(k, "=distances dist_out sides", d / k.call("max", k.call("length", n), 1e-3) if rng.chance(0.5) else d)
        if opt(k, 0.5):
            write(k, "=visible inside in_front", k.where(d > 0.0, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    else:
        q = k.let("=q p point", rgb / alpha)
        if opt(k, 0.4):
            q = q * setting(k, "=scale unit_scale", 0.5, 2.0, 2.0, 0.5)
        write(k, "=points points_out positions", q)
        if opt(k, 0.4):
            write(k, "=weights w_out depths", alpha)


def _spatial(k: Kernel) -> None:
    """The angular and the linear half of a spatial vector."""
    rng = k.rng
    how = rng.choose(("damp", "point", "gravity", "swap", "limit"))
    k.titles = {
        "damp": ("damp_twists", "scale_spatial", "damp_spatial_velocity", "apply_spatial_damping", "decay_twists"),
        "point": ("point_velocity", "shift_twist", "twist_at_point", "move_reference_point", "velocity_at_offset"),
        "gravity": ("add_gravity_wrench", "apply_gravity", "gravity_wrench", "add_weight", "spatial_gravity"),
        "swap": ("swap_linear_angular", "reorder_spatial", "to_linear_first", "convert_convention", "mujoco_to_newton"),
        "limit": ("limit_spin", "clamp_angular", "limit_torque", "cap_spatial", "limit_twists"),
    }[how]
    batched(k, "body", 0.15)
    six, three = t.spatial(k.real), t.vec(3, k.real)
    v = k.variable(
        "=v qd s" if how not in ("gravity",) else "=f wrench f_s",
        element(k, "=qd twist spatial_v" if how != "gravity" else "=body_f wrench ext_f", six),
    )
    top, bottom = part(v, three, span(k, 0, 3, 6)), part(v, three, span(k, 3, 6, 6))
    if how == "damp":
        dt = named(k, "=h step", setting(k, "=dt h", 0.001, 0.1, 0.01))
        k.set(top, top * (1.0 - setting(k, "=angular_damping ang_c", 0.05, 1.0, 0.1, 0.5) * dt))
        k.set(bottom, bottom * (1.0 - setting(k, "=linear_damping lin_c", 0.05, 1.0, 0.2, 0.1) * dt))
    elif how == "point":
        r = read(k, "=r offset arm", three)
        k.add(tree.Augment(bottom, "+", k.call("cross", top, r)))
    elif how == "gravity":
        m = read(k, "=m mass", k.real, 0.5, 2.0)
        g = k.make(three, 0.0, 0.0, -9.81) if rng.chance(0.5) else k.scalar("=gravity g", three, -10.0, 10.0)
        force = k.let("=weight w_f fg", g * m)
        k.add(tree.Augment(bottom, "+", force))
        if opt(k, 0.5):
            k.add(tree.Augment(top, "+", k.call("cross", read(k, "=com r com_offset", three, -0.5, 0.5), force)))
    elif how == "swap":
        w = k.let("=w ang tmp", top)
        k.set(top, bottom)
        k.set(bottom, w)
    else:
        limit = named(k, "=top_w lim", setting(k, "=max_spin w_max limit", 0.5, 5.0, 2.0, 1.0))
        size = k.let("=spin mag w_len", k.call("length", top))
        with k.when(size > limit):
            k.set(top, top * (limit / size))
        k.shared.differentiable = False
    write(k, "=twists_out qd_out spatial_out" if how != "gravity" else "=body_f_out wrenches_out f_out", v)
    if opt(k, 0.35):
        write(k, "=linear lin_out linear_part", bottom)


_VECTORS: dict[Callable[[Kernel], None], float] = {
    _state: 1.5,
    _observation: 3.0,
    _rgba: 1.6,
    _spatial: 1.6,
}


@recipe("vectors read and changed in slices", "vector:2.4", "particles rigid control")
def vector_slices(k: Kernel) -> None:
    k.rng.weighted(_VECTORS)(k)


# -- blocks of matrices


def _frame(k: Kernel) -> None:
    """Rotation and translation in one matrix of three or four rows."""
    rng = k.rng
    rows = rng.choose((3, 4, 4))
    how = rng.choose(("invert", "move", "scale", "apply"))
    k.titles = {
        "invert": words("invert_rigid inverse_extrinsics fast_inverse invert_frames rigid_inverse camera_to_world"),
        "move": ("set_translation", "translate_frames", "move_matrices", "offset_transforms", "place_instances"),
        "scale": ("scale_frames", "apply_scale", "scale_axes", "scale_instances", "resize_matrices"),
        "apply": ("apply_matrices", "transform_points", "apply_extrinsics", "points_to_frame", "affine_points"),
    }[how]
    batched(k, "frame", 0.12)
    m = k.variable("=M m mat", element(k, "=M mat frame pose_mat", t.mat(rows, 4, k.real)))
    three, square = t.vec(3, k.real), t.mat(3, 3, k.real)
    turn = part(m, square, span(k, 0, 3, rows), span(k, 0, 3, 4))
    shift = part(m, three, span(k, 0, 3, rows), k.integer(3)) if rows == 4 else part(m, three, EVERYTHING, k.integer(3))
    if how == "invert":
        r = k.let("=Rt r_inv rot_t", k.call("transpose", turn))
        p = k.let("=t trans p", shift)
        k.set(turn, r)
        k.set(shift, -(r @ p))
        write(k, "=inverses inv_out M_inv", m)
    elif how == "move":
        d = read(k, "=offset d delta", three)
        if rng.chance(0.5):
            k.set(shift, d if rng.chance(0.4) else shift + d)
        else:
            k.set(shift, shift + turn @ d)
        write(k, "=mats_out frames_out M_out", m)
    elif how == "scale":
        if rng.chance(0.5):
            k.set(turn, turn * setting(k, "=scale size factor", 0.5, 2.0, 2.0, 0.5))
        else:
            s = read(k, "=s scale sizes", three, 0.5, 2.0)
            k.set(turn, turn @ k.call("diag", s))
        write(k, "=mats_out frames_out M_out", m)
    else:
        p = read(k, "=p point x", three)
        write(k, "=points_out moved world_points", turn @ p + shift)
        if opt(k, 0.5):
            write(k, "=normals_out dirs_out", turn @ read(k, "=n normal dir", three, -1.0, 1.0, unit=True))
        return
    if opt(k, 0.35):
        write(k, "=translations positions t_out", shift)


def _elimination(k: Kernel) -> None:
    """Row operations: elimination, exchange, scaling; columns made orthogonal."""
    rng = k.rng
    size = rng.choose((3, 3, 4))
    how = rng.choose(("eliminate", "orthogonal", "normalize", "swap"))
    k.titles = {
        "eliminate": ("eliminate_column", "forward_elimination", "gauss_step", "row_reduce", "schur_step"),
        "orthogonal": words("gram_schmidt orthonormalize orthogonalize_columns gram_schmidt_columns repair_rotation"),
        "normalize": ("normalize_rows", "normalize_columns", "unit_rows", "row_scaling", "equilibrate"),
        "swap": ("swap_rows", "pivot_rows", "exchange_rows", "row_pivot", "partial_pivot"),
    }[how]
    batched(k, "matrix" if rng.chance(0.5) else "system", 0.12)
    m = k.variable("=A m mat", element(k, "=A a_in matrix m", t.mat(size, size, k.real)))
    vector = t.vec(size, k.real)

    def row(n: int) -> Expr:
        return part(m, vector, k.integer(n))

    def column(n: int) -> Expr:
        return part(m, vector, EVERYTHING, k.integer(n))

    if how == "eliminate":
        pivot = k.let("=pivot p d", m[0, 0])
        small = rng.choose((0.1, 0.01, 0.05))
        with k.when(k.call("abs", pivot) > small):
            for n in range(1, size):
                f = local(k, f"=f{n}", m[n, 0] / pivot)
                k.set(row(n), row(n) - row(0) * f)
        k.shared.differentiable = False
        if opt(k, 0.4):
            write(k, "=pivots pivot_out diag0", pivot)
    elif how == "orthogonal":
        by_row = rng.chance(0.4)
        get = row if by_row else column
        first = local(k, "=a u0 e0", k.call("normalize", get(0)))
        second = local(k, "=b u1 v1", get(1))
        second = local(k, "=b_n e1 w1", k.call("normalize", second - first * k.call("dot", first, second)))
        k.set(get(0), first)
        k.set(get(1), second)
        if size == 3 and rng.chance(0.7):
            k.set(get(2), k.call("cross", first, second))
        else:
            third = local(k, "=c u2 v2", get(2))
            k.set(
                get(2),
                k.call(
                    "normalize", third - first * k.call("dot", first, third) - second * k.call("dot", second, third)
                ),
            )
    elif how == "normalize":
        by_row = rng.chance(0.6)
        get = row if by_row else column
        for n in range(size):
            if rng.chance(0.5) or n == 0:
                k.set(get(n), k.call("normalize", get(n)))
            else:
                k.set(get(n), get(n) / k.call("max", k.call("length", get(n)), rng.choose((1e-3, 1e-6))))
    else:
        a, b = rng.sample(tuple(range(size)), 2)
        held = k.let("=tmp saved held", row(a))
        if rng.chance(0.5):
            best = k.call("abs", m[b, a]) > k.call("abs", m[a, a])
            with k.when(best):
                k.set(row(a), row(b))
                k.set(row(b), held)
            k.shared.differentiable = False
        else:
            k.set(row(a), row(b))
            k.set(row(b), held)
    if opt(k, 0.3):
        v = read(k, "=x v vec", vector)
        write(k, "=products y_out mapped", (m if rng.chance(0.6) else k.call("transpose", m)) @ v)
    if opt(k, 0.25):
        write(k, "=traces tr_out diag_sums", k.call("trace", m))
    if how in ("eliminate", "swap") and opt(k, 0.3):
        write(k, "=row_norms lengths norms", k.call("length", row(rng.integer(0, size - 1))))
    write(k, "=mats_out A_out reduced" if how == "eliminate" else "=mats_out A_out m_out", m)


def _element(k: Kernel) -> None:
    """Element matrices: blocks added, constrained rows, symmetry."""
    rng = k.rng
    how = rng.choose(("dirichlet", "add", "symmetric", "lumped"))
    size = 4 if how in ("add",) else rng.choose((3, 4, 4))
    k.titles = {
        "dirichlet": ("apply_dirichlet", "constrain_dof", "fix_dof", "zero_row_column", "pin_nodes"),
        "add": ("add_block", "assemble_blocks", "accumulate_stiffness", "add_spring_block", "stamp_block"),
        "symmetric": ("symmetrize", "regularize_matrix", "make_symmetric", "add_damping", "condition_matrices"),
        "lumped": ("lump_mass", "row_sum_lumping", "lumped_mass", "diagonalize_mass", "row_sums"),
    }[how]
    batched(k, "element", 0.12)
    m = k.variable("=K m K_e", element(k, "=K K_e elem_mat m", t.mat(size, size, k.real)))
    vector, block = t.vec(size, k.real), t.mat(2, 2, k.real)
    if how == "dirichlet":
        n = rng.integer(0, size - 1)
        zero = k.zero(vector)
        k.set(part(m, vector, k.integer(n)), zero)
        k.set(part(m, vector, EVERYTHING, k.integer(n)), zero)
        k.set(m[n, n], 1.0 if rng.chance(0.6) else setting(k, "=penalty diag_value", 1.0, 10.0, 1.0, 10.0))
        if opt(k, 0.5):
            b = k.variable("=b rhs f", element(k, "=rhs b load", vector))
            k.set(part(b, k.real, k.integer(n)), setting(k, "=prescribed bc_value g", -1.0, 1.0, 0.0, 0.5))
            write(k, "=rhs_out b_out loads", b)
    elif how == "add":
        b = read(k, "=block kb B", block)
        top, left = rng.choose(((0, 0), (0, 2), (2, 2), (0, 0)))
        whole = rng.chance(0.4)
        places = [(0, 0, 1), (2, 2, 1), (0, 2, -1), (2, 0, -1)] if whole else [(top, left, 1)]
        for a, c, sign in places:
            target = part(m, block, span(k, a, a + 2, 4), span(k, c, c + 2, 4))
            k.add(tree.Augment(target, "+" if sign > 0 else "-", b))
    elif how == "symmetric":
        m = k.let("=S sym K_sym", 0.5 * (m + k.call("transpose", m)))
        if opt(k, 0.5):
            m = k.let(
                "=K_reg reg shifted", m + setting(k, "=shift damping regularization", 0.01, 1.0, 0.1) * k.identity(size)
            )
    else:
        ones = k.let("=ones e", k.make(vector, *[1.0] * size))
        sums = [local(k, f"=d{n}", k.call("dot", part(m, vector, k.integer(n)), ones)) for n in range(size)]
        write(k, "=lumped mass_diag sums", k.make(vector, *sums))
        if opt(k, 0.5):
            write(k, "=totals total_mass trace_out", sums[0] + sums[1] + sums[2])
        return
    if opt(k, 0.35):
        u = read(k, "=u disp u_e", vector)
        f = k.let("=f Ku internal", m @ u)
        write(k, "=forces f_out internal_f", f)
        if opt(k, 0.4):
            write(k, "=energies energy_out", 0.5 * k.call("dot", u, f))
    if opt(k, 0.25):
        m = m * setting(k, "=thickness scale area", 0.1, 2.0, 0.5)
    write(k, "=mats_out K_out elem_mats_out", m)
    if opt(k, 0.3):
        write(k, "=traces diag_sum tr_out", k.call("trace", m))


_MATRICES: dict[Callable[[Kernel], None], float] = {
    _frame: 1.5,
    _elimination: 1.5,
    _element: 1.3,
}


@recipe("rows, columns and blocks of a matrix changed", "matrix:0.22", "linalg fem rigid")
def matrix_blocks(k: Kernel) -> None:
    k.rng.weighted(_MATRICES)(k)
