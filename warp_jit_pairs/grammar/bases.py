"""Axes and angles, three vectors as a matrix, adjoints of frames."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .poses import pose
from .rotations import quat, time_step
from .tasks import batched, opt, read, read_set, setting, words, write
from .tree import Expr

VEC3, MAT33 = t.vec(3), t.mat(3, 3)


def axis_angle(k: Kernel) -> None:
    """Rotations by their axis and angle."""
    rng = k.rng
    how = rng.choose(("velocity", "vector", "limit", "scale"))
    k.titles = {
        "velocity": ("angular_velocity", "finite_diff_omega", "omega_from_quats", "estimate_ang_vel", "rotation_rate"),
        "vector": ("rotation_vectors", "quat_log", "log_map", "to_rotation_vector", "exponential_coords"),
        "limit": ("limit_rotation", "clamp_rotation_step", "limit_turn_rate", "rotate_towards", "cap_rotation"),
        "scale": ("scale_rotation", "fractional_rotation", "partial_rotation", "attenuate_rotation", "rotation_power"),
    }[how]
    batched(k, "body", 0.15)
    if how in ("velocity", "limit") or rng.chance(0.3):
        options = "q0 q1", "q_prev q_now", "q_from q_to", "current target"
        q0, q1 = read_set(k, options, t.quat(), -1.0, 1.0, unit=True)
        q = k.let("=dq rel delta_q", q1 * k.call("quat_inverse", q0))
    else:
        q0 = q = quat(k)
    axis, angle = k.unpack(
        ("=axis a dir", "=angle theta phi"), k.call("quat_to_axis_angle", q, gives=t.Tuple((VEC3, t.F32)))
    )
    if how == "velocity":
        w = axis * (angle / time_step(k))
        end = rng.choose(("plain", "own", "smooth", "speed"))
        if end == "own":
            w = k.call("quat_rotate_inv", q0, k.let("=w_world w omega", w))
        elif end == "smooth":
            share = setting(k, "=alpha smoothing blend", 0.05, 0.95, 0.2, 0.5)
            before = k.array("=omega_filt w_smooth filtered", VEC3, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
            k.set(before, k.call("lerp", before, w, share))
            k.shared.differentiable = False
            return
        elif end == "speed":
            write(k, "=spin_rates turn_rates speeds", angle / time_step(k))
            return
        write(k, "=omegas ang_vel w_out", w)
    elif how == "vector":
        v = axis * angle
        end = rng.choose(("plain", "angle", "spring", "cost"))
        if end == "spring":
            v = v * (-setting(k, "=stiffness k_rot kp", 1.0, 50.0, 10.0, 5.0))
            v = v - setting(k, "=damping k_d kd", 0.1, 5.0, 0.5, 1.0) * read(k, "=w omega ang_vel", VEC3)
            write(k, "=torques tau_out restoring", v)
            k.titles = words("torsion_spring restoring_torque rotational_spring align_torque bushing_torque")
            return
        if end == "cost":
            weight = setting(k, "=weight rot_weight w_rot", 0.1, 5.0, 1.0, 0.5)
            write(k, "=costs rot_cost losses", weight * angle * angle)
            k.titles = words("rotation_cost orientation_cost geodesic_loss rotation_penalty")
            return
        write(k, "=rotvecs log_out rot_vectors", v)
        if end == "angle":
            write(k, "=angles angle_out", angle)
    elif how == "limit":
        top = setting(k, "=max_angle max_step turn_limit", 0.1, 1.0, 0.5, 0.2)
        step = k.let("=step turn capped", k.call("min", angle, top))
        write(k, "=rotations_out q_out new_rot", k.call("quat_from_axis_angle", axis, step) * q0)
        if opt(k, 0.4):
            write(k, "=remaining left angle_left", angle - step)
    else:
        part = setting(k, "=fraction amount weight", 0.1, 0.9, 0.5, 0.25)
        turn = k.call("quat_from_axis_angle", axis, angle * part)
        if q is q0:
            write(k, "=rotations_out q_out partial", turn)
            return
        # A share of the way from the one to the other.
        k.titles = words("interpolate_rotations partial_turn blend_rotations rotate_part_way geodesic_step")
        write(k, "=rotations_out q_out blended", turn * q0)


def bases(k: Kernel) -> None:
    """Three vectors as the rows or columns of a matrix."""
    rng = k.rng
    by_rows = rng.chance(0.5)
    name = "matrix_from_rows" if by_rows else "matrix_from_cols"
    how = rng.choose(("volume", "coords", "gram", "handed", "reciprocal", "image"))
    k.titles = {
        "volume": ("cell_volumes", "parallelepiped_volume", "basis_determinant", "box_volumes", "lattice_volume"),
        "coords": ("fractional_coords", "basis_coordinates", "solve_in_basis", "to_lattice_coords", "change_basis"),
        "gram": ("metric_tensors", "gram_matrices", "basis_metric", "first_fundamental_form", "edge_metric"),
        "reciprocal": ("reciprocal_cells", "reciprocal_lattice", "dual_basis", "inverse_cells", "k_space_basis"),
        "image": ("minimum_image", "nearest_image", "wrap_displacements", "periodic_distance", "min_image_vectors"),
        "handed": ("check_handedness", "frame_handedness", "orientation_test", "flip_left_handed", "validate_frames"),
    }[how]
    batched(k, "cell", 0.12)
    if how in ("volume", "handed", "gram") and rng.chance(0.4):
        # The edges from one corner.
        x0, *others = read_set(k, ("p0 p1 p2 p3", "x0 x1 x2 x3", "v0 v1 v2 v3"), VEC3)
        edges = [k.let(f"=e{n + 1}", x - x0) for n, x in enumerate(others)]
        a, b, c = edges
    else:
        a, b, c = read_set(k, ("a b c", "e1 e2 e3", "u v w", "a1 a2 a3"), VEC3)
    m = k.let("=M basis B cell", tree.Call(MAT33, -2.0, 2.0, f"wp.{name}", (a, b, c)))
    if how == "gram" and rng.chance(0.5):
        # How far the cell has been sheared from its reference.
        rest = read(k, "=rest_metric G0 ref_gram", MAT33, -1.0, 1.0)
        gram = m @ k.call("transpose", m) if by_rows else k.call("transpose", m) @ m
        write(k, "=strains strain_out green_strain", 0.5 * (gram - rest))
        k.titles = words("cell_strain lattice_strain metric_strain green_strain")
        return
    det = k.let("=det vol d", k.call("determinant", m))
    if how == "volume":
        write(k, "=volumes vol_out cell_vol", k.call("abs", det) if rng.chance(0.6) else det)
        if opt(k, 0.4):
            write(
                k,
                "=densities number_density rho",
                setting(k, "=mass count num_atoms", 0.5, 4.0, 1.0, 2.0) / k.call("max", k.call("abs", det), 0.1),
            )
    elif how == "handed":
        write(k, "=handedness signs is_right", k.where(det < 0.0, k.integer(-1), k.integer(1)))
        k.shared.differentiable = False
        if opt(k, 0.5):
            write(k, "=axes fixed_c third_out", k.where(det < 0.0, -c, c))
    elif how == "gram":
        gram = m @ k.call("transpose", m) if by_rows else k.call("transpose", m) @ m
        write(k, "=metrics gram_out g_out", gram)
        if opt(k, 0.5):
            write(k, "=jacobians det_out dets", det)
    else:
        tiny = rng.choose((0.1, 0.05))
        if how == "reciprocal":
            scale = rng.choose((1.0, 6.28319))
            with k.when(k.call("abs", det) > tiny):
                dual = k.call("inverse", m)
                dual = k.call("transpose", dual) if rng.chance(0.6) else dual
                write(k, "=duals recip_out reciprocals", dual if scale == 1.0 else k.lit(scale) * dual)
            k.shared.differentiable = False
            return
        x = read(k, "=x point r p" if how == "coords" else "=d dx r_ij", VEC3)
        with k.when(k.call("abs", det) > tiny):
            inv = k.call("inverse", m)
            if how == "image":
                s = k.let("=s frac f", (k.call("transpose", inv) if by_rows else inv) @ x)
                near = k.let("=s_w wrapped near", k.make(VEC3, *[s[n] - k.call("round", s[n]) for n in range(3)]))
                back = (k.call("transpose", m) if by_rows else m) @ near
                if rng.chance(0.5):
                    write(k, "=distances r_out dist_out", k.call("length", back))
                else:
                    write(k, "=images d_out min_image", back)
                k.shared.differentiable = False
                return
            found = k.let("=s frac coords_i", (k.call("transpose", inv) if by_rows else inv) @ x)
            if rng.chance(0.4):
                found = k.make(VEC3, *[found[n] - k.call("floor", found[n]) for n in range(3)])
            write(k, "=coords frac_out coords_out", found)
        k.shared.differentiable = False


def adjoint_map(k: Kernel) -> None:
    """Twists taken from frame to frame by a matrix."""
    rng = k.rng
    k.titles = words("adjoint_map apply_adjoint twist_by_adjoint spatial_adjoint_apply change_frame adjoint_transform")
    batched(k, "link", 0.1)
    form = rng.choose(("parts", "pose", "relative"))
    if form == "parts":
        q, p = quat(k), read(k, "=p offset r", VEC3)
    else:
        x = pose(k, "=X X_wb body_q")
        if form == "relative":
            # From one body's frame to another's.
            x = k.let("=X_rel rel X_ab", k.call("transform_inverse", pose(k, "=X_to X_wa base_q")) * x)
        q, p = k.call("transform_get_rotation", x), k.let("=p offset r", k.call("transform_get_translation", x))
    r = k.let("=R rot", k.call("quat_to_matrix", q))
    s = k.let("=pR px_R S", k.call("skew", p) @ r)
    adjoint = k.let("=Ad adj X", tree.Call(t.SpatialMatrix(t.F32), -10.0, 10.0, "wp.spatial_adjoint", (r, s)))

    def moved(value: Expr) -> Expr:
        return tree.Binary(t.spatial(), -100.0, 100.0, "*", adjoint, value)

    end = rng.choose(("twist", "twist", "joint", "slip", "point"))
    if end == "joint":
        column = read(k, "=S screw joint_axis", t.spatial())
        v = k.let("=J_col column v_j", moved(column))
        rate = read(k, "=qd rate joint_vel", t.F32)
        k.titles = words("jacobian_columns joint_twists screw_columns body_jacobian joint_contribution")
        write(k, "=twists joint_twists v_out", v * rate)
        if opt(k, 0.4):
            write(k, "=columns jac_columns J_out", v)
        return
    v = k.let("=moved v_out V_w", moved(read(k, "=twist v_s V", t.spatial())))
    if end == "slip":
        k.titles = words("relative_twists twist_mismatch frame_slip twist_difference")
        write(k, "=slips rel_twist mismatch", v - read(k, "=other ref_twist parent_twist", t.spatial()))
        return
    if end == "point":
        at = read(k, "=x point lever", VEC3)
        speed = k.call("spatial_bottom", v) + k.call("cross", k.call("spatial_top", v), at)
        k.titles = words("point_speeds_in_frame velocity_in_base tool_velocity moved_point_velocity")
        write(k, "=velocities point_vel vel_out", speed)
        return
    write(k, "=twists_out world_twist spatial_out", v)
    if opt(k, 0.4):
        write(k, "=linear_vel v_lin lin_out", k.call("spatial_bottom", v))
