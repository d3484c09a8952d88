"""Faces of a mesh, one thread each: what their corners say, and what they give to their vertices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import MESH, MESH_ID, VEC3, handle, op
from .tasks import launch, local, named, read, sets, setting, words, write
from .tree import Expr

_VERTICES = 64
"""Tables of vertices have so many entries, more than a mesh has of them."""


@dataclass(frozen=True, slots=True)
class Face:
    """This thread's face: its number, its corners' positions and, on demand, what else there is of them."""

    k: Kernel
    mesh: Expr
    i: Expr
    object: Expr | None
    ids: list[Expr]
    points: list[Expr]

    def velocities(self) -> list[Expr]:
        called = sets(self.k, "va vb vc", "u0 u1 u2", "vel0 vel1 vel2")
        if self.object is not None:
            found = [self.object.field("velocities")[n] for n in self.ids]
        else:
            found = [op("mesh_get_velocity", VEC3, self.mesh, place) for place in _places(self.i)]
        return [local(self.k, kind, v) for kind, v in zip(called, found, strict=True)]

    def scatter(self, kind: str, value: Expr) -> None:
        """Add a value to each corner's entry of a table."""
        table = self.k.array(kind, value.type, (self.k.dim(_VERTICES, fixed=True),), "inout", low=0.0, high=0.0)
        for n in self.ids:
            self.k.do(self.k.call("atomic_add", table, n, value, gives=value.type))

    def gather(self, kind: str, dtype: t.Type, low: float, high: float) -> list[Expr]:
        table = self.k.array(kind, dtype, (self.k.dim(_VERTICES, fixed=True),), low=low, high=high)
        return [table[n] for n in self.ids]


def _places(i: Expr) -> list[Expr]:
    return [i * 3 + n if n else i * 3 for n in range(3)]


def face_of(k: Kernel, ids: bool = False, moving: bool = False) -> Face:
    """The corners of this thread's face; their vertices' numbers are asked for if `ids` are wanted, and they stay where
    the mesh has them if their velocities (`moving`) are."""
    rng = k.rng
    (i,) = launch(k, "face", kinds=("=i f tid face fid",))
    mesh = handle(k, "mesh", MESH_ID)
    called = sets(k, "p q r", "p0 p1 p2", "x0 x1 x2", "pa pb pc")
    numbered = sets(k, "i0 i1 i2", "id0 id1 id2", "v0 v1 v2", "ia ib ic")
    object_ = None
    if rng.chance(0.1 if moving else 0.5):
        object_ = k.let("=m mesh geom mesh_data", op("mesh_get", MESH, mesh))
        numbers = [local(k, numbered[n], object_.field("indices")[place]) for n, place in enumerate(_places(i))]
        points = [object_.field("points")[n] for n in numbers]
    else:
        numbers = []
        if ids:
            numbers = [
                local(k, numbered[n], op("mesh_get_index", t.I32, mesh, place)) for n, place in enumerate(_places(i))
            ]
        points = [op("mesh_get_point", VEC3, mesh, place) for place in _places(i)]
    how = "" if moving else rng.weighted({"": 80.0, "posed": 10.0, "scaled": 5.0})
    if how == "posed":
        pose = k.scalar("=xform X_wm mesh_pose tf", t.transform(), -1.0, 1.0, unit=True)
        points = [k.call("transform_point", pose, p) for p in points]
    elif how == "scaled":
        size = k.scalar("=scale mesh_scale", t.F32, 0.5, 2.0) if rng.chance(0.5) else k.scalar("=scale", VEC3, 0.5, 2.0)
        points = [p * size if size.type is t.F32 else k.call("cw_mul", p, size) for p in points]
    points = [local(k, kind, p) for kind, p in zip(called, points, strict=True)]
    k.gap()
    return Face(k, mesh, i, object_, numbers, points)


def into_one(k: Kernel, kind: str, value: Expr, how: str = "add") -> None:
    """A value into the only entry of an array."""
    start = {"add": 0.0, "min": 99.0, "max": -99.0}[how]
    table = k.array(kind, value.type, (k.dim(1, fixed=True),), "inout", low=start, high=start)
    k.do(k.call(f"atomic_{how}", table, k.integer(0), value, gives=value.type))


def center_of(points: Sequence[Expr]) -> Expr:
    a, b, c = points
    return (a + b + c) / 3.0


def cross_of(k: Kernel, points: Sequence[Expr], kind: str = "=n cr face_n") -> Expr:
    a, b, c = points
    if k.rng.chance(0.4):
        e1, e2 = (
            local(k, word, e) for word, e in zip(sets(k, "e1 e2", "ab ac", "u v", "d1 d2"), (b - a, c - a), strict=True)
        )
        return k.let(kind, k.call("cross", e1, e2))
    return k.let(kind, k.call("cross", b - a, c - a))


def _centers(k: Kernel) -> None:
    face = face_of(k)
    rng = k.rng
    c = k.let("=c center centroid", center_of(face.points))
    how = rng.choose(("plain", "depth", "plane", "nearest", "sphere", "key"))
    k.titles = words("face_centers face_centroids mesh_centroids compute_face_centers triangle_centers")
    if how in ("plain", "sphere"):
        write(k, "=centers centroids face_centers", c)
    if how == "plain" and rng.chance(0.5):
        write(k, "=normals face_normals", op("mesh_eval_face_normal", VEC3, face.mesh, face.i))
    elif how == "sphere":
        k.titles = words("face_spheres bounding_spheres triangle_spheres face_bounding_spheres")
        radii = [k.call("length", p - c) for p in face.points]
        write(k, "=radii bound_radii", k.call("max", radii[0], k.call("max", *radii[1:])))
    elif how == "depth":
        k.titles = words("face_depths sort_depths view_depths painter_depths")
        eye = k.scalar("=eye camera_pos cam_pos", VEC3, -3.0, 3.0)
        view = k.scalar("=forward view_dir look_dir", VEC3, -1.0, 1.0, unit=True)
        write(
            k,
            "=depths view_depth sort_keys",
            k.call("dot", c - eye, view) if rng.chance(0.6) else k.call("length", c - eye),
        )
    elif how == "plane":
        k.titles = words("split_faces classify_faces face_sides cut_mesh side_of_plane")
        n = k.scalar("=plane_n plane_normal", VEC3, -1.0, 1.0, unit=True)
        side = k.let("=d side dist", k.call("dot", c, n) - setting(k, "=plane_d offset", -0.5, 0.5, 0.0, 0.25))
        write(k, "=sides is_above side_mask", k.where(side > 0.0, k.integer(1), k.integer(0)))
        k.shared.differentiable = False
    elif how == "nearest":
        k.titles = words("faces_near_point select_faces brush_faces faces_in_sphere")
        center = k.scalar("=brush_pos center query_pos", VEC3, -1.0, 1.0)
        near = k.call("length", c - center) < setting(k, "=radius brush_radius", 0.3, 1.5, 0.5, 1.0)
        with k.when(near):
            write(k, "=selected face_mask", k.integer(1))
            into_one(k, "=num_selected count", k.integer(1))
        k.shared.differentiable = False
    elif how == "key":
        k.titles = words("face_cells bin_faces hash_faces cell_of_faces")
        size = setting(k, "=cell_size grid_size", 0.2, 1.0, 0.5)
        parts = [k.cast(k.call("floor", x / named(k, "=h", size)), t.I32) for x in k.components(c)]
        write(k, "=cells face_cells cell_coords", k.make(t.vec(3, t.I32), *parts))
        k.shared.differentiable = False


def _areas(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("plain", "total", "lumped", "center", "ratio", "density", "pick"))
    face = face_of(k, how == "lumped")
    n = cross_of(k, face.points)
    area = k.let("=area a_f", 0.5 * k.call("length", n))
    k.titles = words("face_areas mesh_areas triangle_areas compute_face_areas")
    if how == "plain":
        write(k, "=areas face_areas weights", area)
    elif how == "total":
        k.titles = words("surface_area mesh_area total_area sum_areas")
        if rng.chance(0.5):
            write(k, "=face_areas area_out", area)
        into_one(k, "=surface_area total_area area_sum", area)
    elif how == "lumped":
        k.titles = words("lumped_masses vertex_areas lump_mass distribute_mass barycentric_areas")
        share = area / 3.0
        if rng.chance(0.6):
            share = area * setting(k, "=density surface_density rho", 0.5, 2.0, 1.0, 0.5) / 3.0
        face.scatter("=vertex_mass masses vertex_areas node_mass", k.let("=share m third", share))
    elif how == "center":
        k.titles = words("mesh_centroid area_weighted_center surface_center surface_moments")
        into_one(k, "=center_sum weighted_center moment", k.let("=c center", center_of(face.points)) * area)
        into_one(k, "=area_sum total_area", area)
    elif how == "ratio":
        k.titles = words("area_strain stretch_ratio area_change face_stretch")
        rest = read(k, "=rest_area area0 a0", t.F32, 0.2, 1.0)
        ratio = k.let("=ratio stretch s", area / rest)
        write(k, "=stretch ratios area_ratio", ratio)
        if rng.chance(0.5):
            limit = setting(k, "=max_stretch tear_limit", 1.1, 3.0, 1.5, 2.0)
            write(k, "=torn overstretched", k.where(ratio > limit, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    elif how == "density":
        k.titles = words("sample_counts points_per_face face_budget sampling_density")
        number = area * setting(k, "=samples_per_area density", 1.0, 50.0, 10.0)
        write(k, "=sample_counts num_samples", k.call("max", k.cast(k.call("ceil", number), t.I32), 1))
        k.shared.differentiable = False
    else:
        k.titles = words("sample_faces points_on_faces random_face_points scatter_on_mesh")
        u, v = read(k, "=u r1", t.F32, 0.0, 1.0), read(k, "=v r2", t.F32, 0.0, 1.0)
        su = k.let("=su sqrt_u", k.call("sqrt", u))
        a, b, c = face.points
        write(k, "=samples points_out", a * (1.0 - su) + b * (su * (1.0 - v)) + c * (su * v))
        write(k, "=areas weights pdf_areas", area)


def _normals(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("unit", "vertices", "vertices", "plane", "slope", "facing", "angle"))
    if rng.chance(0.4) and how not in ("vertices", "plane"):
        (i,) = launch(k, "face", kinds=("=i f tid face fid",))
        mesh = handle(k, "mesh", MESH_ID)
        n = k.let("=n normal face_n", op("mesh_eval_face_normal", VEC3, mesh, i))
        points = None
        if rng.chance(0.3):
            pose = k.scalar("=xform X_wm mesh_pose", t.transform(), -1.0, 1.0, unit=True)
            n = k.let("=nw world_n n_world", k.call("transform_vector", pose, n))
    else:
        face = face_of(k, how == "vertices")
        points = face.points
        n = cross_of(k, points)
    k.titles = words("face_normals compute_normals mesh_normals triangle_normals recompute_normals")
    if how == "vertices":
        k.titles = words("accumulate_normals vertex_normals smooth_normals splat_normals")
        if rng.chance(0.3):
            n = k.let("=unit_n nn", k.call("normalize", n))
        face.scatter("=normals vertex_normals normal_sums", n)
        return
    unit = n if points is None else k.let("=unit_n nn n_hat", k.call("normalize", n))
    if how == "plane":
        k.titles = words("face_planes plane_equations triangle_planes compute_planes")
        assert points is not None
        d = -k.call("dot", unit, points[0])
        if rng.chance(0.5):
            write(k, "=planes plane_eqs", k.make(t.vec(4), unit[0], unit[1], unit[2], d))
        else:
            write(k, "=normals plane_normals", unit)
            write(k, "=offsets plane_d", d)
    elif how == "slope":
        k.titles = words("walkable_faces mark_floor slope_angles classify_slope")
        up = rng.choose((1, 2))
        if rng.chance(0.4):
            write(k, "=slopes slope_angles", k.call("acos", k.call("clamp", unit[up], -1.0, 1.0)))
        else:
            least = setting(k, "=min_up slope_limit cos_limit", 0.3, 0.9, 0.7, 0.5)
            write(k, "=is_floor walkable upward", k.where(unit[up] > least, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    elif how == "facing":
        k.titles = words("facing_ratio backface_cull visible_faces mark_backfaces")
        view = k.scalar("=view_dir forward look_dir", VEC3, -1.0, 1.0, unit=True)
        if points is not None and rng.chance(0.6):
            view = k.let("=to_eye v", k.scalar("=eye camera_pos cam_pos", VEC3, -3.0, 3.0) - points[0])
        f = k.let("=facing cosine c", k.call("dot", unit, view))
        if rng.chance(0.5):
            write(k, "=visible front_facing", k.where(f > 0.0, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
        else:
            write(k, "=facing_out ratios", k.call("max", f, 0.0))
    elif how == "angle":
        k.titles = words("shade_faces face_lighting light_faces face_lambert face_irradiance")
        light = k.scalar("=light_dir sun_dir to_light", VEC3, -1.0, 1.0, unit=True)
        lit = k.call("max", k.call("dot", unit, light), 0.0)
        if rng.chance(0.6):
            albedo = (
                read(k, "=albedo color", VEC3, 0.0, 1.0)
                if rng.chance(0.5)
                else k.scalar("=albedo base_color", VEC3, 0.0, 1.0)
            )
            ambient = setting(k, "=ambient", 0.05, 0.3, 0.1, 0.2)
            write(
                k,
                "=colors face_colors",
                albedo * (ambient + (1.0 - ambient) * lit if rng.chance(0.5) else ambient + lit),
            )
        else:
            write(k, "=irradiance shading face_light", lit * setting(k, "=intensity sun_power", 0.5, 4.0, 1.0, 3.0))
    else:
        unit = -unit if rng.chance(0.2) else unit
        write(k, "=normals face_normals n_out", unit)
        if points is not None and rng.chance(0.3):
            write(k, "=areas face_areas", 0.5 * k.call("length", n))


def _bounds(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("boxes", "padded", "whole", "extent", "swept", "test"))
    face = face_of(k, moving=how == "swept")
    a, b, c = face.points
    low, high = k.call("min", a, k.call("min", b, c)), k.call("max", a, k.call("max", b, c))
    k.titles = words("face_bounds mesh_face_aabbs face_aabbs compute_face_boxes face_boxes")
    if how == "test":
        k.titles = words("faces_in_box box_overlap clip_faces select_in_box")
        low, high = k.let("=lo lower", low), k.let("=hi upper", high)
        lo, hi = k.scalar("=box_min region_lo", VEC3, -1.0, 0.0), k.scalar("=box_max region_hi", VEC3, 0.0, 1.0)
        tests = [high[n] >= lo[n] for n in range(3)] + [low[n] <= hi[n] for n in range(3)]
        write(k, "=overlaps in_box selected", k.where(k.both(*tests), k.integer(1), k.integer(0)))
        k.shared.differentiable = False
        return
    if how == "whole":
        k.titles = words("mesh_bounds compute_bounds bounding_box reduce_bounds")
        into_one(k, "=lower bounds_lo mesh_min", low, "min")
        into_one(k, "=upper bounds_hi mesh_max", high, "max")
        k.shared.differentiable = False
        return
    if how == "swept":
        k.titles = words("swept_bounds ccd_bounds motion_bounds predicted_bounds")
        dt = named(k, "=h", setting(k, "=dt time_step", 0.01, 0.1, 0.05))
        va, vb, vc = face.velocities()
        ends = a + va * dt, b + vb * dt, c + vc * dt
        low = k.call("min", low, k.call("min", ends[0], k.call("min", ends[1], ends[2])))
        high = k.call("max", high, k.call("max", ends[0], k.call("max", ends[1], ends[2])))
    if how == "padded" or (how == "swept" and rng.chance(0.5)):
        m = named(k, "=m", setting(k, "=margin padding thickness", 0.01, 0.2, 0.05))
        pad = k.let("=pad ext", k.make(VEC3, m, m, m))
        low, high = low - pad, high + pad
    if how == "extent":
        low, high = k.let("=lo lower", low), k.let("=hi upper", high)
        write(k, "=centers box_centers", 0.5 * (low + high))
        write(k, "=extents half_sizes", 0.5 * (high - low))
        return
    write(k, "=lowers box_mins lower", low)
    write(k, "=uppers box_maxs upper", high)


def _solid(k: Kernel) -> None:
    """What the faces around a solid come to: volume, centre, moments, flux."""
    face = face_of(k)
    rng = k.rng
    a, b, c = face.points
    v = k.let("=v vol dv", k.call("dot", a, k.call("cross", b, c)) / 6.0)
    k.titles = words("mesh_volume accumulate_volume signed_volume sum_mesh_volume volume_integral")
    into_one(k, "=volume total_volume mesh_vol", v)
    how = rng.choose(("volume", "center", "inertia", "both"))
    if how in ("center", "both"):
        k.titles = words("mass_properties volume_centroid center_of_volume solid_centroid")
        into_one(k, "=moment first_moment center_sum", (a + b + c) * (v * 0.25))
    if how in ("inertia", "both"):
        k.titles = words("mass_properties inertia_integral second_moments mesh_inertia")
        s = k.let("=s corner_sum", a + b + c)
        parts = [a, b, c, s]
        total = k.call("outer", parts[0], parts[0])
        for part in parts[1:]:
            total = total + k.call("outer", part, part)
        into_one(k, "=second_moment covariance inertia_sum", k.let("=cov m2", total) * (v / 20.0))
    elif how == "volume" and rng.chance(0.4):
        write(k, "=face_volumes volumes", v)


def _quality(k: Kernel) -> None:
    face = face_of(k)
    rng = k.rng
    a, b, c = face.points
    called = sets(k, "la lb lc", "l0 l1 l2", "len_a len_b len_c")
    edges = [k.call("length", e) for e in (b - a, c - b, a - c)]
    how = rng.choose(("lengths", "aspect", "angle", "perimeter", "degenerate"))
    k.shared.differentiable = False
    if how == "angle":
        k.titles = words("corner_angles face_angles triangle_angles smallest_angles")
        u, v = k.let("=u e1", k.call("normalize", b - a)), k.let("=v e2", k.call("normalize", c - a))
        write(k, "=angles corner_angles", k.call("acos", k.call("clamp", k.call("dot", u, v), -1.0, 1.0)))
        return
    la, lb, lc = (local(k, kind, e) for kind, e in zip(called, edges, strict=True))
    if how == "lengths":
        k.titles = words("edge_lengths face_edges longest_edges edge_statistics")
        write(k, "=longest max_edge", k.call("max", la, k.call("max", lb, lc)))
        if rng.chance(0.6):
            write(k, "=shortest min_edge", k.call("min", la, k.call("min", lb, lc)))
        if rng.chance(0.4):
            limit = setting(k, "=max_edge_len split_length", 0.5, 2.0, 1.0)
            write(
                k,
                "=split to_split",
                k.where(k.call("max", la, k.call("max", lb, lc)) > limit, k.integer(1), k.integer(0)),
            )
        return
    if how == "perimeter":
        k.titles = words("face_perimeters perimeters mean_edge_length average_edge")
        total = k.let("=perimeter p_sum", la + lb + lc)
        if rng.chance(0.5):
            write(k, "=perimeters", total)
        else:
            into_one(k, "=edge_sum length_sum", total / 3.0)
        return
    s = k.let("=s half", 0.5 * (la + lb + lc))
    square = k.call("max", s * (s - la) * (s - lb) * (s - lc), 0.0)
    area = k.let("=area heron", k.call("sqrt", square))
    if how == "aspect":
        k.titles = words("aspect_ratios face_quality triangle_quality mesh_quality")
        if rng.chance(0.5):
            longest = k.call("max", la, k.call("max", lb, lc))
            value = longest * s / k.call("max", area, 1e-6)
        else:
            value = 6.9282 * area / k.call("max", la * la + lb * lb + lc * lc, 1e-6)
        q = k.let("=quality q aspect", value)
        write(k, "=qualities aspect_out", q)
        if rng.chance(0.4):
            into_one(k, "=worst max_aspect", q, "max")
        return
    k.titles = words("find_degenerate mark_slivers degenerate_faces bad_faces")
    bad = area < setting(k, "=min_area eps_area", 0.01, 0.3, 0.1, 0.05)
    with k.when(bad):
        write(k, "=is_degenerate bad_mask slivers", k.integer(1))
        if rng.chance(0.6):
            into_one(k, "=num_bad bad_count", k.integer(1))


def _corner(k: Kernel) -> None:
    """A thread for each corner of each face, as what is drawn without indices wants it."""
    rng = k.rng
    (i,) = launch(k, "corner", kinds=("=i c tid corner",))
    mesh = handle(k, "mesh", MESH_ID)
    p = k.let("=p x pos", op("mesh_get_point", VEC3, mesh, i))
    v = k.let("=v vel u", op("mesh_get_velocity", VEC3, mesh, i))
    how = rng.choose(("advance", "color", "trail", "speed", "relative", "screen", "expand"))
    k.titles = words("unweld_mesh expand_corners flatten_indices export_triangles vertex_buffer")
    if how == "advance":
        moved = p + v * setting(k, "=dt time_step h", 0.01, 0.1, 0.05, 0.02)
        if rng.chance(0.4):
            pose = k.scalar("=xform X_wm mesh_pose", t.transform(), -1.0, 1.0, unit=True)
            moved = k.call("transform_point", pose, moved)
        write(k, "=positions corner_pos buffer_out", moved)
    elif how == "color":
        k.titles = words("color_by_speed speed_colors velocity_colors heat_colors")
        x = k.call("clamp", k.call("length", v) / setting(k, "=max_speed v_max", 0.5, 2.0, 1.0), 0.0, 1.0)
        low, high = k.scalar("=slow_color color_a", VEC3, 0.0, 1.0), k.scalar("=fast_color color_b", VEC3, 0.0, 1.0)
        write(k, "=colors corner_colors", k.call("lerp", low, high, x))
        if rng.chance(0.5):
            write(k, "=positions corner_pos", p)
    elif how == "trail":
        k.titles = words("motion_trails motion_blur_points shutter_positions blur_corners")
        share = setting(k, "=shutter exposure", 0.1, 1.0, 0.5)
        write(k, "=open_pos start_pos", p - v * (0.5 * share))
        write(k, "=close_pos end_pos", p + v * (0.5 * share))
    elif how == "speed":
        k.titles = words("corner_speeds speed_limits fastest_corner mesh_speed")
        speed = k.let("=speed s", k.call("length", v))
        write(k, "=speeds corner_speed", speed)
        if rng.chance(0.5):
            into_one(k, "=max_speed top_speed", speed, "max")
    elif how == "relative":
        k.titles = words("velocities_from_body relative_motion moving_frame_velocity slip_of_corners")
        center, spin = k.scalar("=com center", VEC3, -0.5, 0.5), k.scalar("=omega spin", VEC3, -1.0, 1.0)
        write(k, "=relative_vel slip_out", v - k.call("cross", spin, p - center))
    elif how == "screen":
        k.titles = words("motion_vectors screen_motion project_corners view_space_corners")
        pose = k.scalar("=view view_from_world X_cw", t.transform(), -1.0, 1.0, unit=True)
        write(k, "=view_pos corner_pos", k.call("transform_point", pose, p))
        write(k, "=view_vel motion_out", k.call("transform_vector", pose, v))
    else:
        write(k, "=positions corner_pos buffer_out", p)
        write(k, "=velocities corner_vel", v)


FACES: dict[str, tuple[float, Callable[[Kernel], None]]] = {
    "corner": (2.1, _corner),
    "centers": (1.0, _centers),
    "areas": (1.1, _areas),
    "normals": (1.2, _normals),
    "bounds": (0.9, _bounds),
    "solid": (0.6, _solid),
    "quality": (0.8, _quality),
}
"""Weights, and what is done at a face."""
