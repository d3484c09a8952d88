"""Homogeneous matrices: composed, taken apart, chained, seen through; poses set in part."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .bases import adjoint_map, axis_angle, bases
from .kernel import Kernel
from .poses import pose
from .recipes import SINGLE, recipe
from .rotations import quat
from .tasks import batched, extent, launch, named, opt, read, setting, words, write
from .tree import Expr

VEC3, MAT33, MAT44 = t.vec(3), t.mat(3, 3), t.mat(4, 4)


def _scale(k: Kernel) -> Expr:
    rng = k.rng
    if rng.chance(0.5):
        return read(k, "=s scale size", VEC3, 0.5, 2.0)
    s = named(k, "=u_scale us", setting(k, "=scale uniform_scale size", 0.5, 2.0, 1.5, 2.0, 0.5))
    return k.let("=s scale3 s_vec", k.make(VEC3, s, s, s))


def _compose(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "compose_trs instance_matrices build_model_matrices trs_to_matrix make_instance_transforms model_matrices"
    )
    batched(k, "instance", 0.1)
    p, q, s = read(k, "=p pos translation", VEC3), quat(k), _scale(k)
    m = k.let("=M m model mat", k.call("transform_compose", p, q, s, gives=MAT44))
    how = rng.choose(("matrix", "point", "point", "both", "child", "clip", "normal", "back"))
    if how == "child":
        parent = k.scalar("=root_matrix world_mat parent_m", MAT44, -1.0, 1.0)
        m = k.let("=M_w world_m model_w", parent @ m)
        write(k, "=matrices model_mats M_out", m)
        return
    if how == "clip":
        view = k.scalar("=view_proj VP clip_from_world", MAT44, -1.0, 1.0)
        x = read(k, "=v vert local_p", VEC3)
        clip = k.let("=clip p_clip h", view @ m @ k.make(t.vec(4), x[0], x[1], x[2], 1.0))
        k.titles = words("vertices_to_clip transform_vertices project_vertices vertex_stage model_view_project")
        write(k, "=clip_pos clip_out verts_out", clip)
        return
    if how == "normal":
        n = read(k, "=n normal", VEC3, -1.0, 1.0, unit=True)
        inv = k.let("=M_inv inv_m", k.call("inverse", m))
        # Normals go by the inverse transpose.
        moved = k.let("=n_w world_n", k.call("transform_vector", k.call("transpose", inv), n))
        k.titles = words("transform_normals world_normals instance_normals bake_normals")
        write(k, "=normals_out world_normals normals", k.call("normalize", moved))
        return
    if how == "back":
        x = read(k, "=x world_p hit", VEC3)
        inv = k.let("=M_inv to_local inv_m", k.call("inverse", m))
        own = k.let("=x_l local_p own", k.call("transform_point", inv, x))
        if rng.chance(0.5):
            size = k.call("abs", own)
            k.titles = words("inside_instances point_in_box unit_cube_test mark_inside box_membership")
            inside = k.call("max", size) < k.lit(0.5)
            write(k, "=inside in_box hits", k.where(inside, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
        else:
            k.titles = words("world_to_local points_to_instance to_object_space localize_points")
            write(k, "=local_points points_local x_out", own)
        return
    if how != "point":
        write(k, "=matrices model_mats M_out", m)
    if how != "matrix":
        local_p = read(k, "=v point local_p", VEC3)
        write(k, "=points_out world_points verts_out", k.call("transform_point", m, local_p))
        if opt(k, 0.45):
            d = read(k, "=d dir tangent", VEC3, -1.0, 1.0, unit=True)
            write(k, "=dirs_out vectors_out", k.call("transform_vector", m, d))


def _decompose(k: Kernel) -> None:
    rng = k.rng
    k.titles = words("decompose_matrices extract_trs matrix_to_trs bake_hierarchy flatten_hierarchy split_transforms")
    batched(k, "node", 0.1)
    parent = _parent(k)
    child = k.call(
        "transform_compose",
        read(k, "=c_pos local_pos offset", VEC3),
        quat(k, "=c_rot local_rot"),
        _scale(k),
        gives=MAT44,
    )
    m = k.let("=M world_m m", parent @ (k.let("=M_c child_m", child) if rng.chance(0.7) else child))
    a, b, s = k.unpack(
        ("=t pos_w wp_pos", "=r rot_w world_rot", "=s scale_w world_scale"),
        k.call("transform_decompose", m, gives=t.Tuple((VEC3, t.quat(), VEC3))),
    )
    how = rng.weighted({"parts": 3.0, "pose": 1.5, "size": 1.0})
    if how == "pose":
        write(k, "=poses world_xforms X_out", k.make(t.transform(), a, b))
        k.titles = words("matrices_to_poses strip_scale node_poses rigid_parts world_poses")
        return
    if how == "size":
        k.titles = words("node_volumes world_scales max_scale bounding_radii scale_bounds")
        radius = read(k, "=r radius bound", t.F32, 0.1, 1.0)
        write(k, "=radii bounds_out r_out", radius * k.call("max", s))
        write(k, "=centers positions origins", a)
        return
    kept = rng.sample((0, 1, 2), rng.integer(1, 3))
    if 0 in kept:
        write(k, "=positions pos_out translations", a)
    if 1 in kept:
        write(k, "=rotations rot_out quats", b)
    if 2 in kept:
        write(k, "=scales scale_out sizes", s)


def _parent(k: Kernel) -> Expr:
    """The matrix of what a node hangs on: composed, that of the node an index tells, or one root's."""
    rng = k.rng
    how = rng.choose(("composed", "indexed", "root"))
    if how == "root":
        pose_of_all = k.scalar("=root root_pose base_pose", t.transform(), -1.0, 1.0, unit=True)
        return k.let("=M_r root_m", k.call("transform_to_matrix", pose_of_all, gives=MAT44))
    size = named(k, "=ps parent_s", setting(k, "=parent_scale scale", 0.5, 2.0, 1.5, 2.0))
    scale = k.make(VEC3, size, size, size)
    if how == "composed":
        p, q = read(k, "=p pos parent_pos", VEC3), quat(k, "=q parent_rot rot")
        return k.let("=M_p parent_m", k.call("transform_compose", p, q, scale, gives=MAT44))
    count = k.dim(8)
    ids = k.array("=parent parents parent_ids", t.I32, k.launch, low=0, high=7, bound=count.symbol)
    one = k.let("=p parent_id up", ids[k.threads])
    places = k.array("=joint_pos node_pos translations", VEC3, (count,), low=-2.0, high=2.0)
    turns = k.array("=joint_rot node_rot quats", t.quat(), (count,), low=-1.0, high=1.0, unit=True)
    return k.let("=M_p parent_m", k.call("transform_compose", places[one], turns[one], scale, gives=MAT44))


def _view(k: Kernel) -> None:
    """Points seen by a camera: the matrix of its inverse pose, then a pinhole."""
    rng = k.rng
    k.titles = words("project_points world_to_camera camera_project project_to_image view_transform pinhole_project")
    launch(k, "point")
    x = (
        pose(k, "=cam_pose X_wc camera")
        if rng.chance(0.3)
        else k.scalar("=cam_pose X_wc camera_pose", t.transform(), -1.0, 1.0, unit=True)
    )
    view = k.let("=view V view_mat", k.call("transform_to_matrix", k.call("transform_inverse", x), gives=MAT44))
    p = read(k, "=p point world_p", VEC3)
    c = k.let("=c cam_p p_cam", k.call("transform_point", view, p))
    if rng.chance(0.25):
        write(k, "=camera_points points_cam p_out", c)
        k.titles = ("world_to_camera", "points_to_camera_frame", "view_transform", "camera_space")
        return
    near = rng.choose((0.1, 0.05, 0.01))
    forward = c[2] if rng.chance(0.5) else -c[2]
    z = k.let("=z depth", forward)
    f = named(k, "=fl foc", setting(k, "=focal fx focal_length", 0.5, 2.0, 1.0, 1.5))
    with k.when(z > near):
        u, v = f * c[0] / z, f * c[1] / z
        if rng.chance(0.5):
            center = k.scalar("=principal center cx_cy", t.vec(2), 0.0, 1.0)
            u, v = u + center[0], v + center[1]
        write(k, "=pixels uv image_pts screen_pos", k.make(t.vec(2), u, v))
    if opt(k, 0.5):
        write(k, "=depths z_out depth_out", z)
    if opt(k, 0.4):
        write(k, "=visible in_front valid", k.where(z > near, k.integer(1), k.integer(0)))
    k.shared.differentiable = False


def _linked(k: Kernel) -> Expr:
    """The matrix of a pose in another's frame, of one relative to another, or of a chain of them."""
    rng = k.rng
    how = rng.choose(("pair", "relative", "chain"))
    if how == "chain":
        joints = k.dim(rng.choose((3, 4, 6)))
        local_poses = k.array(
            "=joint_poses local_poses X_j", t.transform(), (*k.launch, joints), unit=True, low=-1.0, high=1.0
        )
        last = extent(k, joints, "=num_joints n_joints depth", local_poses, len(k.launch))
        start = k.call("transform_to_matrix", pose(k, "=X_base root_pose base"), gives=MAT44)
        m = k.variable("=M m chain", start)
        with k.loop("=j n", last) as j:
            step = k.call("transform_to_matrix", local_poses[(*k.threads, j)], gives=MAT44)
            k.set(m, m @ step)
        k.shared.differentiable = False
        return m
    a, b = pose(k, "=X_a parent_pose base"), pose(k, "=X_b local_pose child")
    ma = k.let("=A m_a parent_m", k.call("transform_to_matrix", a, gives=MAT44))
    mb = k.let("=B m_b child_m", k.call("transform_to_matrix", b, gives=MAT44))
    if how == "relative":
        return k.let("=M m rel_m", k.call("inverse", ma) @ mb)
    return k.let("=M m world_m", ma @ mb)


def _chain(k: Kernel) -> None:
    k.titles = words(
        "matrices_to_poses pose_from_matrices chain_to_pose multiply_frames rigid_from_matrix concat_transforms"
    )
    batched(k, "link", 0.1)
    m = _linked(k)
    if k.rng.chance(0.2):
        tool = k.scalar("=tool_offset tcp_offset flange_to_tool", VEC3, -1.0, 1.0)
        p = k.make(t.vec(4), tool[0], tool[1], tool[2], 1.0)
        k.titles = words("tool_positions tool_tips flange_to_tool tool_center_points")
        tip = k.let("=tip tcp", m @ p)
        write(k, "=tips tcp_out tool_pos", k.make(VEC3, tip[0], tip[1], tip[2]))
        return
    x = k.let("=X pose world", k.call("transform_from_matrix", m, gives=t.transform()))
    how = k.rng.choose(("pose", "point", "both", "error"))
    if how == "error":
        goal = pose(k, "=X_goal target_pose goal")
        apart = k.call("transform_get_translation", x) - k.call("transform_get_translation", goal)
        write(k, "=errors pos_err distances", k.call("length", apart))
        k.titles = words("chain_error tip_error pose_error reach_error")
        return
    if how != "point":
        write(k, "=poses_out world_poses X_out", x)
    if how != "pose":
        p = read(k, "=p point tip", VEC3)
        write(k, "=points_out tips world_points", k.call("transform_point", x, p))


def _set(k: Kernel) -> None:
    """A pose of which a part is replaced."""
    rng = k.rng
    moved = rng.chance(0.5)
    k.titles = (
        ("teleport_bodies", "set_positions", "reset_positions", "recenter_poses", "move_to_spawn", "override_positions")
        if moved
        else ("set_headings", "reset_orientations", "face_direction", "apply_yaw", "override_rotations", "align_bodies")
    )
    batched(k, "body", 0.12)
    x = tree.Name(t.transform(), -1.0, 1.0, k.namer.local("=X pose xform tf"))
    poses = k.array("=poses body_q root_poses xforms", t.transform(), k.launch, low=-1.0, high=1.0, unit=True)
    k.add(tree.Assign((x,), poses[k.threads]))
    if moved:
        goal = read(k, "=goal spawn new_pos target", VEC3)
        if rng.chance(0.4):
            origin = k.scalar("=offset env_origin world_offset", VEC3, -1.0, 1.0)
            if rng.chance(0.5):
                origin = read(k, "=origin env_origin spawn_origin", VEC3)
            goal = k.let("=shifted placed goal_w", goal + origin)
        elif rng.chance(0.6):
            old = k.let("=p old_pos pos", k.call("transform_get_translation", x))
            blend = setting(k, "=alpha blend follow", 0.05, 0.95, 0.5, 0.1)
            goal = k.let("=eased moved new_p", k.call("lerp", old, goal, blend))
        k.do(k.call("transform_set_translation", x, goal, gives=t.NOTHING))
    if not moved or opt(k, 0.3):
        up = k.make(VEC3, *((0.0, 0.0, 1.0) if rng.chance(0.6) else (0.0, 1.0, 0.0)))
        turn = k.let(
            "=yaw_q turn heading_q", k.call("quat_from_axis_angle", up, read(k, "=yaw heading angle", t.F32, -1.5, 1.5))
        )
        if rng.chance(0.4):
            turn = k.let("=new_q combined", turn * k.call("transform_get_rotation", x))
        k.do(k.call("transform_set_rotation", x, turn, gives=t.NOTHING))
    if opt(k, 0.35):
        done = k.array("=reset_mask done needs_reset", t.BOOL, k.launch, low=0, high=1)[k.threads]
        target = k.array("=poses_out body_q_out new_poses", t.transform(), k.launch, "out")[k.threads]
        with k.when(done):
            k.set(target, x)
        with k.otherwise():
            k.set(target, poses[k.threads])
        k.shared.differentiable = False
    else:
        write(k, "=poses_out body_q_out new_poses", x)


_TASKS: dict[Callable[[Kernel], None], float] = {
    _compose: 1.3,
    _decompose: 1.7,
    _view: 1.2,
    _chain: 1.5,
    _set: 1.8,
    axis_angle: 1.4,
    bases: 1.4,
    adjoint_map: 1.5,
}


@recipe("homogeneous matrices and transforms", "matrix:0.35 quaternion:1.9", "rigid render", SINGLE)
def homogeneous(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
