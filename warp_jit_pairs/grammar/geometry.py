"""Triangles, quads and tetrahedra of a mesh: areas, normals, angles, volumes, quality, masses of their vertices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warp_jit_pairs import types as t

from .build import Body, Dim
from .kernel import Kernel
from .recipes import recipe
from .tasks import launch, local, named, opt, sets, setting, words, worked, write
from .tree import Expr

FIELDS = "geometry render terrain"

_ELEMENTS = {
    2: ("edges", "edge", "=e tid i edge_id edge_idx"),
    3: ("faces", "face", "=f tid i face tri face_id tri_id"),
    4: ("tets", "tet", "=tet tid i e tet_id elem"),
}


class Corners:
    """The corner points of this thread's element of an indexed mesh."""

    def __init__(self, k: Kernel, corners: int) -> None:
        rng = k.rng
        many, one, thread = _ELEMENTS[corners]
        (element,) = launch(k, one, 1, (20,), (thread,))
        self.nodes: Dim = k.dim(14)
        self.points = k.array(
            "=points vertices verts pos x positions particle_q", k.vec3, (self.nodes,), low=-1.5, high=1.5
        )
        kind = {2: "=edges edge_indices segments", 3: "=faces tri_indices triangles indices tris"}.get(
            corners, "=tets tet_indices elements cells"
        )
        facts: dict[str, Any] = {"low": 0, "high": 13, "bound": self.nodes.symbol, "corners": corners}
        letters = sets(k, "i j k l", "i0 i1 i2 i3", "v0 v1 v2 v3", "a b c d", "idx0 idx1 idx2 idx3", "ia ib ic id_")
        how = rng.choose(("flat", "wide", "wide", "vector" if corners == 3 else "flat"))
        if how == "flat":
            ids = k.array(kind, t.I32, (k.derived(k.launch[0], corners, 0),), **facts)
            places = [element * corners + n for n in range(corners)]
            if rng.chance(0.3):
                base = k.let("=base first start offset", element * corners)
                places = [base + n for n in range(corners)]
            self.ids = [local(k, letters[n], ids[place]) for n, place in enumerate(places)]
        elif how == "vector":
            ids = k.array(kind, t.vec(3, t.I32), k.launch, **facts)
            face = k.let("=face tri ids corners", ids[element])
            self.ids = [face[n] for n in range(3)]
            if rng.chance(0.3):
                self.ids = [local(k, letters[n], item) for n, item in enumerate(self.ids)]
        else:
            width = k.dim(corners, fixed=True)
            ids = k.array(kind, t.I32, (k.launch[0], width), **facts)
            self.ids = [local(k, letters[n], ids[element, n]) for n in range(corners)]
        spelled = sets(k, "p0 p1 p2 p3", "x0 x1 x2 x3", "p0 p1 p2 p3", "pa pb pc pd", "xa xb xc xd", "q0 q1 q2 q3")
        self.p = [local(k, spelled[n], self.points[place]) for n, place in enumerate(self.ids)]
        self.many, self.one = many, one
        k.gap()


def _scatter(k: Kernel, mesh: Corners, kind: str, value: Expr) -> None:
    """Add a value to each vertex of the element."""
    target = k.array(kind, value.type, (mesh.nodes,), "inout", low=0.0, high=0.0)
    for item in mesh.ids:
        k.do(k.call("atomic_add", target, item, value, gives=value.type))


def _area_of(k: Kernel, a: Expr, b: Expr) -> Expr:
    def formula(body: Body, v: list[Expr]) -> list[Expr]:
        return [0.5 * body.call("length", body.call("cross", v[0], v[1]))]

    given = [("=e1 u ab edge1", a), ("=e2 v ac edge2", b)]
    return worked(k, "triangle_area tri_area area_of_triangle half_cross", given, formula, 0.35)[0]


def _edges(k: Kernel, p: list[Expr]) -> tuple[Expr, Expr]:
    pair = k.rng.choose((("=e1 e01 edge1", "=e2 e02 edge2"), ("=ab u d1", "=ac v d2"), ("=e0 e10", "=e1 e20")))
    return k.let(pair[0], p[1] - p[0]), k.let(pair[1], p[2] - p[0])


def _face_areas(k: Kernel) -> None:
    k.titles = (
        *("face_areas", "compute_face_areas", "triangle_areas", "tri_area", "compute_tri_areas", "eval_triangle_areas"),
        *("mesh_face_areas", "calc_face_area", "area_per_face", "measure_triangles"),
    )
    rng = k.rng
    mesh = Corners(k, 3)
    a, b = _edges(k, mesh.p)
    if opt(k, 0.5):
        n = k.let("=n normal cr c", k.call("cross", a, b))
        area = k.let("=area a_f face_area", 0.5 * k.call("length", n))
        write(k, "=normals face_normals tri_normals n_out", k.call("normalize", n))
    else:
        area = k.let("=area a_f face_area", _area_of(k, a, b))
    write(k, "=areas face_areas tri_areas area_out", area)
    if opt(k, 0.3):
        write(k, "=centers face_centers centroids barycenters", (mesh.p[0] + mesh.p[1] + mesh.p[2]) / 3.0)
    if opt(k, 0.25):
        density = setting(k, "=density surface_density areal_density rho", 0.5, 2.0, 1.0, 0.5)
        _scatter(
            k, mesh, "=vertex_mass masses node_mass lumped_mass", k.let("=m mass third share", area * density / 3.0)
        )
    elif rng.chance(0.25):
        total = k.array(
            "=total_area surface_area area_sum", k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
        )
        k.do(k.call("atomic_add", total, k.integer(0), area, gives=k.real))


def _vertex_normals(k: Kernel) -> None:
    k.titles = (
        *("accumulate_vertex_normals", "vertex_normals", "scatter_face_normals", "add_face_normals", "splat_normals"),
        *("compute_vertex_normals", "accumulate_normals", "gather_normals", "sum_face_normals"),
    )
    rng = k.rng
    mesh = Corners(k, 3)
    a, b = _edges(k, mesh.p)
    n = k.let("=n normal face_n fn", k.call("cross", a, b))
    way = rng.choose(("area", "uniform", "angle"))
    if way == "uniform":
        n = k.let("=unit_n nn n_hat", k.call("normalize", n))
    if opt(k, 0.3):
        with k.when(k.call("length", n) < rng.choose((1e-6, 1e-5, 1e-4))):
            k.give()
    if way == "angle":
        nn = k.let("=n_hat unit_n face_dir", k.call("normalize", n))
        target = k.array("=vertex_normals normals vert_normals", k.vec3, (mesh.nodes,), "inout", low=0.0, high=0.0)
        stem = rng.choose(("angle", "w", "a"))
        for corner in range(3):
            u = k.call("normalize", mesh.p[(corner + 1) % 3] - mesh.p[corner])
            v = k.call("normalize", mesh.p[(corner + 2) % 3] - mesh.p[corner])
            angle = local(k, f"={stem}{corner}", k.call("acos", k.call("clamp", k.call("dot", u, v), -0.999, 0.999)))
            k.do(k.call("atomic_add", target, mesh.ids[corner], nn * angle, gives=k.vec3))
    else:
        _scatter(k, mesh, "=vertex_normals normals vert_normals node_normals", n)
    if opt(k, 0.3):
        write(k, "=face_normals tri_normals fn_out", n if way == "uniform" else k.call("normalize", n))


def _corner_angle(k: Kernel, p: list[Expr], corner: int) -> Expr:
    u, v = p[(corner + 1) % 3] - p[corner], p[(corner + 2) % 3] - p[corner]
    if k.rng.chance(0.5):
        return k.call("atan2", k.call("length", k.call("cross", u, v)), k.call("dot", u, v))
    cosine = k.call("dot", k.call("normalize", u), k.call("normalize", v))
    return k.call("acos", k.call("clamp", cosine, -0.999, 0.999))


def _angles(k: Kernel) -> None:
    k.titles = (
        *("corner_angles", "triangle_angles", "compute_face_angles", "interior_angles", "tri_corner_angles"),
        *("eval_corner_angles", "face_corner_angles", "angles_per_face"),
    )
    mesh = Corners(k, 3)
    if k.rng.chance(0.4):
        stem = k.rng.choose(("angle", "a", "theta"))
        angles = [local(k, f"={stem}{n}", _corner_angle(k, mesh.p, n)) for n in range(3)]
        write(k, "=angles corner_angles face_angles", k.make(k.vec3, *angles))
        if opt(k, 0.4):
            smallest = k.call("min", angles[0], k.call("min", angles[1], angles[2]))
            write(k, "=min_angles smallest_angle min_angle", smallest)
    elif k.rng.chance(0.5):
        total = k.array("=angle_sum vertex_angles total_angle", k.real, (mesh.nodes,), "inout", low=0.0, high=0.0)
        for n in range(3):
            k.do(k.call("atomic_add", total, mesh.ids[n], _corner_angle(k, mesh.p, n), gives=k.real))
        k.titles = ("accumulate_angles", "angle_sums", "sum_corner_angles", "vertex_angle_sum", "gather_angle_defect")
    else:
        u, v = _edges(k, mesh.p)
        w = k.let("=w e12 bc", mesh.p[2] - mesh.p[1])
        twice = k.let(
            "=double_area area2 denom", k.call("length", k.call("cross", u, v)) + k.choose_lit(1e-6, 1e-4, 1e-3)
        )
        k.titles = ("cotangent_weights", "cot_weights", "compute_cotans", "face_cotangents", "cotan_laplacian_weights")
        stem = k.rng.choose(("cot", "c", "cot_"))
        parts = [k.call("dot", u, v), -k.call("dot", u, w), k.call("dot", v, w)]
        cots = [local(k, f"={stem}{n}", part / twice) for n, part in enumerate(parts)]
        if opt(k, 0.4):
            cots = [0.5 * cot for cot in cots]
        write(k, "=cotangents cots weights cot_out", k.make(k.vec3, *cots))


def _quality(k: Kernel) -> None:
    k.titles = (
        *("triangle_quality", "face_quality", "mesh_quality", "aspect_ratios", "eval_tri_quality", "element_quality"),
        *("check_triangle_shape", "compute_aspect_ratio", "tri_shape_quality"),
    )
    rng = k.rng
    mesh = Corners(k, 3)
    p = mesh.p
    lengths = sets(k, "l0 l1 l2", "len0 len1 len2", "a b c", "la lb lc")
    sides = [local(k, lengths[n], k.call("length", p[(n + 2) % 3] - p[(n + 1) % 3])) for n in range(3)]
    area = k.let("=area a_f tri_area", _area_of(k, p[1] - p[0], p[2] - p[0]))
    longest = k.call("max", sides[0], k.call("max", sides[1], sides[2]))
    which = rng.choose(("aspect", "radius", "circum", "norm"))
    tiny = k.choose_lit(1e-6, 1e-4, 1e-8)
    if which == "aspect":
        value = k.let("=aspect ratio stretch", longest * longest / (2.0 * area + tiny))
    elif which == "norm":
        squares = sides[0] * sides[0] + sides[1] * sides[1] + sides[2] * sides[2]
        value = k.let("=quality q shape", 6.9282 * area / (squares + tiny))
    else:
        half = k.let("=s semi half_perimeter", 0.5 * (sides[0] + sides[1] + sides[2]))
        inner = k.let("=inradius r_in inner_r", area / (half + tiny))
        outer = k.let("=circumradius r_out outer_r", sides[0] * sides[1] * sides[2] / (4.0 * area + tiny))
        if which == "radius":
            value = k.let("=quality q radius_ratio", 2.0 * inner / (outer + tiny))
        else:
            value = outer
            k.titles = ("circumradius", "compute_circumradii", "triangle_circumradius", "face_circumradius")
            if opt(k, 0.4):
                write(k, "=inradii inscribed_radius r_in_out", inner)
    write(k, "=quality out_quality scores ratios metric" if which != "circum" else "=circumradii radii r_out", value)
    if opt(k, 0.35):
        limit = setting(k, "=threshold min_quality quality_limit", 0.1, 1.0, 0.3, 0.5)
        write(
            k,
            "=bad_faces is_bad flagged sliver_mask",
            k.where(value < limit if which == "norm" else value > limit, k.integer(1), k.integer(0)),
        )
    if opt(k, 0.3):
        write(k, "=longest_edge max_edge edge_max", longest)


def _edge_lengths(k: Kernel) -> None:
    k.titles = (
        *words("edge_lengths compute_edge_lengths rest_lengths measure_edges init_rest_lengths spring_rest_lengths"),
        *("edge_vectors", "calc_edge_lengths"),
    )
    mesh = Corners(k, 2)
    d = k.let("=d e edge diff", mesh.p[1] - mesh.p[0])
    length = k.let("=length len l edge_len", k.call("length", d))
    write(k, "=lengths rest_lengths edge_lengths l0", length)
    if opt(k, 0.4):
        write(k, "=directions edge_dirs tangents", k.call("normalize", d))
    if opt(k, 0.4):
        write(k, "=midpoints edge_centers mid", 0.5 * (mesh.p[0] + mesh.p[1]))
    if opt(k, 0.3):
        rest = k.array("=rest_length l_rest rest", k.real, k.launch, low=0.2, high=2.0)[k.threads]
        k.titles = ("edge_strain", "compute_edge_strain", "edge_stretch", "measure_edge_strain", "eval_edge_stretch")
        write(k, "=strain stretch strains edge_strain", length / rest - 1.0)


def _tets(k: Kernel) -> None:
    k.titles = (
        *("tet_volumes", "compute_tet_volume", "tetrahedron_volumes", "element_volumes", "eval_tet_volumes"),
        *("measure_tets", "cell_volumes", "calc_rest_volumes"),
    )
    rng = k.rng
    mesh = Corners(k, 4)
    p = mesh.p
    a, b, c = (
        local(k, kind, p[n + 1] - p[0])
        for n, kind in enumerate(sets(k, "e1 e2 e3", "d1 d2 d3", "u v w", "e10 e20 e30"))
    )
    how = rng.choose(("triple", "matrix", "function"))
    if how == "matrix":
        square = t.mat(3, 3, k.real)
        d = k.let("=D Dm edges Ds", k.call("matrix_from_cols", a, b, c, gives=square))
        volume = k.let("=vol volume v", k.call("determinant", d) / 6.0)
        if opt(k, 0.5):
            k.titles = words("tet_rest_shape build_rest_pose init_tet_rest compute_rest_matrices precompute_tets")
            with k.when(k.call("abs", volume) > rng.choose((1e-3, 1e-4, 1e-2))):
                write(k, "=rest_inv Dm_inv inv_rest tet_poses", k.call("inverse", d))
    elif how == "function":
        (volume,) = worked(
            k, "triple_product signed_volume tet_volume scalar_triple",
            [("=a u e1", a), ("=b v e2", b), ("=c w e3", c)],
            lambda s, v: [s.call("dot", v[0], s.call("cross", v[1], v[2])) / 6.0], 1.0,
        )  # fmt: skip
        volume = k.let("=vol volume v", volume)
    else:
        volume = k.let("=vol volume v", k.call("dot", k.call("cross", a, b), c) / 6.0)
    size = k.let("=abs_vol v_abs vol_abs", k.call("abs", volume)) if rng.chance(0.5) else volume
    write(k, "=volumes tet_volumes vol_out rest_volume", size)
    if opt(k, 0.35):
        write(k, "=centers centroids tet_centers", (p[0] + p[1] + p[2] + p[3]) * 0.25)
    if opt(k, 0.3):
        write(k, "=inverted is_inverted flipped", k.where(volume < 0.0, k.integer(1), k.integer(0)))
    if opt(k, 0.3):
        density = setting(k, "=density rho", 0.5, 2.0, 1.0)
        _scatter(
            k,
            mesh,
            "=masses node_mass particle_mass lumped_mass",
            k.let("=quarter m share", 0.25 * density * k.call("abs", volume)),
        )
    elif rng.chance(0.2):
        total = k.array("=total_volume volume_sum", k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, k.integer(0), size, gives=k.real))


def _solid(k: Kernel) -> None:
    """Integrals over a closed surface, face by face."""
    k.titles = (
        *("mesh_volume", "signed_volume", "accumulate_volume", "integrate_volume", "enclosed_volume"),
        *("sum_face_volumes", "mesh_mass_properties", "reduce_mesh_volume"),
    )
    rng = k.rng
    mesh = Corners(k, 3)
    p0, p1, p2 = mesh.p
    if opt(k, 0.3):
        ref = k.scalar("=ref origin ref_point center", k.vec3, -1.0, 1.0)
        stem = rng.choose(("r", "q", "rel"))
        p0, p1, p2 = (local(k, f"={stem}{n}", p - ref) for n, p in enumerate((p0, p1, p2)))
    volume = k.let("=vol v signed_vol dv", k.call("dot", p0, k.call("cross", p1, p2)) / 6.0)
    one = k.dim(1, fixed=True)
    total = k.array("=volume total_volume mesh_vol", k.real, (one,), "inout", low=0.0, high=0.0)
    k.do(k.call("atomic_add", total, k.integer(0), volume, gives=k.real))
    if opt(k, 0.5):
        center = k.let("=c centroid mid", (p0 + p1 + p2) * 0.25)
        moment = k.array("=center_sum first_moment weighted_center", k.vec3, (one,), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", moment, k.integer(0), center * volume, gives=k.vec3))
    if opt(k, 0.35):
        area = k.array("=area surface_area total_area", k.real, (one,), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", area, k.integer(0), _area_of(k, p1 - p0, p2 - p0), gives=k.real))
    if rng.chance(0.3):
        write(k, "=face_volumes volumes per_face", volume)


def _bounds(k: Kernel) -> None:
    """Boxes around elements, as trees are built over."""
    mesh = Corners(k, k.rng.choose((3, 3, 2, 4)))
    one = "tri" if mesh.one == "face" and k.rng.chance(0.5) else mesh.one
    k.titles = (
        *(f"{one}_bounds", f"{one}_aabbs", f"compute_{one}_aabbs", f"{one}_boxes", f"build_{one}_bounds"),
        *words("compute_aabbs build_aabbs element_bounds leaf_bounds refit_bounds compute_leaf_boxes"),
    )
    low, high = mesh.p[0], mesh.p[0]
    for p in mesh.p[1:]:
        low, high = k.call("min", low, p), k.call("max", high, p)
    low, high = k.let("=lo lower bmin box_min", low), k.let("=hi upper bmax box_max", high)
    if opt(k, 0.45):
        m = named(k, "=m margin pad", setting(k, "=margin padding thickness inflate", 0.01, 0.2, 0.05, 0.01))
        pad = k.let("=pad margin_vec grow", k.make(k.vec3, m, m, m))
        low, high = low - pad, high + pad
    write(k, "=lowers box_mins lower_bounds aabb_min", low)
    write(k, "=uppers box_maxs upper_bounds aabb_max", high)
    if opt(k, 0.3):
        write(k, "=box_centers centers centroids", 0.5 * (low + high))


def _gradients(k: Kernel) -> None:
    """A field given at the vertices, on the faces."""
    k.titles = (
        *("face_gradient", "gradient_per_face", "surface_gradient", "mesh_gradient", "eval_face_gradients"),
        *("compute_face_gradient", "scalar_gradient"),
    )
    mesh = Corners(k, 3)
    u = k.array("=u values field phi temperature heights", k.real, (mesh.nodes,), low=-2.0, high=2.0)
    p = mesh.p
    stem = k.rng.choose(("u", "f", "val"))
    values = [local(k, f"={stem}{n}", u[item]) for n, item in enumerate(mesh.ids)]
    if k.rng.chance(0.35):
        k.titles = ("average_to_faces", "vertex_to_face", "face_average", "interpolate_to_faces", "faces_from_vertices")
        area = k.let("=area a_f", _area_of(k, p[1] - p[0], p[2] - p[0]))
        mean = k.let("=mean avg u_face", (values[0] + values[1] + values[2]) / 3.0)
        write(k, "=face_values means u_faces", mean)
        write(k, "=integrals face_integral weighted_sum", mean * area)
        return
    n = k.let("=n normal cr", k.call("cross", p[1] - p[0], p[2] - p[0]))
    twice = k.let("=len2 nn n_sq", k.call("dot", n, n) + k.choose_lit(1e-6, 1e-4))
    terms = [values[c] * (p[(c + 2) % 3] - p[(c + 1) % 3]) for c in range(3)]
    around = k.let("=circ edge_sum s", terms[0] + terms[1] + terms[2])
    grad = k.let("=grad g grad_u", k.call("cross", n, around) / twice)
    write(k, "=gradients grad_out face_grads", grad)
    if opt(k, 0.4):
        write(k, "=magnitudes slopes grad_norm", k.call("length", grad))
    if opt(k, 0.3):
        write(k, "=energies dirichlet face_energy", 0.25 * k.call("dot", grad, grad) * k.call("sqrt", twice))


_MEASURES: dict[Callable[[Kernel], None], float] = {
    _face_areas: 2.0,
    _vertex_normals: 1.5,
    _angles: 1.5,
    _quality: 1.3,
    _edge_lengths: 1.0,
    _tets: 1.8,
    _solid: 1.0,
    _bounds: 1.0,
    _gradients: 1.0,
}


@recipe("areas, normals and angles of triangles and tetrahedra", "geometry:1.4 vector:0.44", "geometry cloth fem")
def element_measure(k: Kernel) -> None:
    k.rng.weighted(_MEASURES)(k)
