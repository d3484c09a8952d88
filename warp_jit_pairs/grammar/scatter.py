"""Atomics into places that indices name: forces of edges and contacts, what faces give to vertices, graphs."""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t

from .atomics import atomic, slot_of
from .build import Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


def ends_of(job: Job, names: str, nodes: Dim, count: int, locals_: tuple[str, ...]) -> list[Expr]:
    """The indices of the nodes of an element, laid out in one of the ways that people do."""
    k, rng = job.k, job.rng
    facts: dict[str, Any] = {"low": 0, "high": nodes.size - 1, "bound": nodes.symbol, "corners": count}
    how = rng.integer(0, 2)
    if how == 0 and len(job.dims) == 1:
        flat = k.derived(job.dims[0], count, 0)
        ids = job.array(names, t.I32, (flat,), **facts)
        base = job.at[-1] * count
        if rng.chance(0.4):
            base = job.let("base offset first start", base)
        return [job.let(name, ids[base + n if n else base]) for n, name in enumerate(locals_)]
    if how == 1 and count <= 4:
        vector = t.vec(count, t.I32)
        ids = job.array(names, vector, None, **facts)
        whole = job.let("{} ids verts pair nodes_ij" if count == 2 else "{} ids verts corner_ids", ids[job.at])
        return [job.let(name, k.component(whole, n)) for n, name in enumerate(locals_)]
    width = k.dim(count, fixed=True)
    ids = job.array(names, t.I32, (*job.dims, width), **facts)
    return [job.let(name, ids[(*job.at, k.integer(n))]) for n, name in enumerate(locals_)]


@recipe(
    "forces of springs or edges scattered to their ends",
    "atomic:3 vector:0.39 combined:0.33",
    "particles cloth chemistry",
)
def edge_forces(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "spring edge bond link")
    what = job.pick(spring=3.0, faces=1.6, contact=1.2, bond=1.2, graph=1.2)
    if what == "faces":
        _face_scatter(job)
        return
    if what == "graph":
        _graph(job)
        return
    job.it, job.many = {"contact": ("contact", "contacts"), "bond": ("bond", "bonds")}.get(what, (job.it, job.many))
    job.start(sizes=(24,))
    nodes = k.dim(16)
    vector = t.vec(rng.weighted({3: 5.0, 2: 2.0}), k.real)
    x = job.array("positions pos x particle_q node_pos points", vector, (nodes,), low=-2.0, high=2.0)
    pair = "pairs contact_pairs {}_pairs" if what == "contact" else "{}_indices {s} {}_ids edges pairs"
    i, j = ends_of(job, pair, nodes, 2, ("i a i0 p0", "j b i1 p1"))
    k.gap()
    xi, xj = job.maybe("xi xa x0 pos_i", x[i]), job.maybe("xj xb x1 pos_j", x[j])
    delta = job.let("d delta dx xij", xi - xj)
    length = job.let("length dist l r", k.call("length", delta))
    if what == "contact":
        size = _contact_size(job, length, nodes, i, j)
        small = k.call("max", length, rng.choose((1e-3, 1e-2)))
        direction = job.let("n dir normal", delta / small)
    else:
        soft = k.choose_lit(1e-3, 1e-2, 1e-4)
        way = rng.integer(0, 2)
        if way == 0:
            direction = job.let("dir n direction u", k.call("normalize", delta))
        elif way == 1:
            direction = job.let("dir n direction u", delta / (length + soft))
        else:
            direction = job.let("dir n direction u", delta / k.call("max", length, soft))
        size = _spring_size(job, length, what)
    if job.more(0.5):
        v = job.array("velocities vel v particle_qd node_vel", vector, (nodes,), low=-2.0, high=2.0)
        rate = job.let("rel_vel vrel dldt speed", k.call("dot", v[i] - v[j], direction))
        size = size + job.param("damping kd damp c_d {}_damping", 0.05, 1.0, 0.1, 0.5) * rate
    force = job.let("f force fs f_ij", size * direction if rng.chance(0.5) else direction * size)
    f = job.array("forces f force particle_f node_forces", vector, (nodes,), "inout", low=0.0, high=0.0)
    if rng.chance(0.5):
        atomic(k, "atomic_sub", f, (i,), force)
        atomic(k, "atomic_add", f, (j,), force)
    else:
        atomic(k, "atomic_add", f, (i,), -force)
        atomic(k, "atomic_add", f, (j,), force)
    if job.more(0.25):
        job.write("{}_lengths lengths {}_length_out", length)
    if job.more(0.2):
        job.write("tension tensions {}_force_mag", size)


def _spring_size(job: Job, length: Expr, what: str) -> Expr:
    """What a spring pulls with."""
    k, rng = job.k, job.rng
    rest = job.param("rest_length l0 rest", 0.2, 2.0, 0.5, 1.0, literal=False)
    ke = job.param("stiffness ke k_s {}_stiffness", 1.0, 100.0, 10.0, 50.0)
    stretch = job.maybe("stretch ext c elongation", length - rest)
    if what == "bond":
        job.titled(
            "bond_forces morse_forces fene_forces accumulate_bond_forces harmonic_bonds eval_bond_forces compute_bonds"
        )
        law = rng.choose(("morse", "fene", "harmonic"))
        if law == "morse":
            width = job.param("alpha morse_width a_morse", 0.5, 2.0, 1.0, each=False)
            e = job.let("e decay expo", k.call("exp", -width * stretch))
            return 2.0 * ke * width * e * (1.0 - e)
        if law == "fene":
            most = job.param("r_max max_stretch r0", 2.0, 5.0, 3.0, each=False)
            ratio = job.let("ratio q x", k.call("min", length / most, 0.95))
            return ke * length / (1.0 - ratio * ratio)
        return 2.0 * ke * stretch
    shape = rng.integer(0, 3)
    if shape == 3 and rng.chance(0.5):
        job.titled("rope_forces cable_forces tether_forces string_forces eval_rope accumulate_tether_forces")
        return ke * k.call("max", stretch, 0.0)
    job.titled(
        "spring_forces eval_springs compute_spring_forces"
        " accumulate_spring_forces {}_forces eval_{}_forces scatter_{}_forces"
        " apply_{}_forces mass_spring_forces hooke_forces"
    )
    if shape == 1:
        return ke * stretch / rest
    if shape == 2:
        cubic = job.param("cubic k3 nonlinear_stiffness", 0.1, 5.0, 1.0, each=False)
        stretch = job.let("s stretch ext", stretch)
        return ke * stretch + cubic * stretch * stretch * stretch
    return ke * stretch


def _contact_size(job: Job, length: Expr, nodes: Dim, i: Expr, j: Expr) -> Expr:
    """What two spheres push with: nothing unless they overlap."""
    k, rng = job.k, job.rng
    job.titled(
        "contact_forces sphere_contacts eval_contacts"
        " accumulate_contact_forces penalty_contacts {}_forces collide_pairs dem_contacts"
    )
    if rng.chance(0.5):
        radii = job.array("radius radii particle_radius", k.real, (nodes,), low=0.3, high=1.0)
        reach = job.let("reach r_sum min_dist", radii[i] + radii[j])
    else:
        reach = 2.0 * job.param("radius particle_radius r", 0.3, 1.0, 0.5, each=False)
    depth = job.let("overlap depth penetration", reach - length)
    if rng.chance(0.5):
        with k.when(depth <= 0.0):
            k.give()
        push: Expr = depth
    else:
        push = job.let("push pen active_depth", k.call("max", depth, 0.0))
    ke = job.param("stiffness ke contact_ke kn", 1.0, 100.0, 10.0, 50.0, each=False)
    if rng.chance(0.3):
        return -ke * push * k.call("sqrt", k.call("max", push, 0.0))
    return -ke * push


def _face_scatter(job: Job) -> None:
    """What triangles give to their corners: normals, areas, mass, loads."""
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose((("triangle", "triangles"), ("face", "faces"), ("tri", "tris")))
    job.start(sizes=(20,))
    nodes = k.dim(16)
    x = job.array("positions vertices pos points verts", k.vec3, (nodes,), low=-2.0, high=2.0)
    i, j, m = ends_of(
        job, "{}_indices {s} indices faces tri_indices", nodes, 3, ("i a i0 va", "j b i1 vb", "k_id c i2 vc")
    )
    a, b, c = (
        job.let(name, x[n])
        for name, n in zip(("p p0 x0 va_pos", "q p1 x1 vb_pos", "r p2 x2 vc_pos"), (i, j, m), strict=True)
    )
    cross = job.let("n cross nrm area_vec", k.call("cross", b - a, c - a))
    what = rng.choose(("normals", "mass", "pressure", "wind", "area"))
    corners = (i, j, m)
    if what == "normals":
        job.titled(
            "accumulate_vertex_normals vertex_normals"
            " scatter_normals compute_vertex_normals accumulate_normals mesh_normals"
        )
        if rng.chance(0.3):
            cross = job.let("unit_n face_normal fn", k.call("normalize", cross))
        target = job.array("normals vertex_normals normal_sums", k.vec3, (nodes,), "inout", low=0.0, high=0.0)
        for corner in corners:
            atomic(k, "atomic_add", target, (corner,), cross)
        if job.more(0.4):
            job.write("face_normals {}_normals", k.call("normalize", cross))
        return
    area = job.let("area tri_area face_area", 0.5 * k.call("length", cross))
    if what in ("mass", "area"):
        third: Expr = area / 3.0
        if what == "mass":
            job.titled("lump_mass accumulate_mass lumped_vertex_mass compute_vertex_mass distribute_mass lump_{}_mass")
            rho = job.param("density rho area_density surface_density", 0.1, 2.0, 1.0, 0.5)
            thick = job.param("thickness h t_cloth", 0.01, 1.0, 0.1, each=False) if job.more(0.3) else None
            third = rho * area / 3.0 if thick is None else rho * thick * area / 3.0
            names = "mass vertex_mass node_mass masses"
        else:
            job.titled("vertex_areas accumulate_vertex_area compute_vertex_areas distribute_area barycentric_areas")
            names = "vertex_area areas node_area area_sums"
        third = job.let("share third per_corner part", third)
        target = job.array(names, k.real, (nodes,), "inout", low=0.0, high=0.0)
        for corner in corners:
            atomic(k, "atomic_add", target, (corner,), third)
        if job.more(0.4):
            total, slot = slot_of(
                job, "total_area surface_area area_sum" if what == "area" else "total_mass mass_sum", k.real
            )
            atomic(k, "atomic_add", total, slot, area if what == "area" else third * 3.0)
        if job.more(0.3):
            job.write("{}_areas areas_out face_areas", area)
        return
    if what == "pressure":
        job.titled(
            "pressure_forces apply_pressure inflate balloon_forces pressure_load accumulate_pressure {}_pressure_forces"
        )
        p = job.param("pressure p inflation", 0.1, 5.0, 1.0, 0.5)
        force = job.let("f force load", cross * (p / 6.0))
    else:
        job.titled("wind_forces aero_forces apply_wind eval_wind accumulate_wind_forces aerodynamic_forces {}_wind")
        v = job.array("velocities vel v", k.vec3, (nodes,), low=-2.0, high=2.0)
        wind = job.scalar("wind wind_vel air_velocity", k.vec3, -3.0, 3.0)
        rel = job.let("rel v_rel vr", wind - (v[i] + v[j] + v[m]) / 3.0)
        unit = job.let("n_hat normal fn", k.call("normalize", cross))
        drag = job.param("drag drag_coeff c_d", 0.1, 2.0, 0.5, each=False)
        pushed = job.let("push vn normal_speed", k.call("dot", rel, unit))
        force = job.let("f force load", unit * (drag * area * pushed / 3.0))
        if job.more(0.4):
            total, slot = slot_of(job, "total_force net_force lift", k.vec3)
            atomic(k, "atomic_add", total, slot, force * 3.0)
    target = job.array("forces f node_forces particle_f", k.vec3, (nodes,), "inout", low=0.0, high=0.0)
    for corner in corners:
        atomic(k, "atomic_add", target, (corner,), force)


def _graph(job: Job) -> None:
    """Values that edges carry between nodes: degrees, messages, products with sparse matrices."""
    k, rng = job.k, job.rng
    what = rng.choose(("degree", "message", "spmv", "laplacian"))
    job.it, job.many = ("entry", "entries") if what == "spmv" else ("edge", "edges")
    job.start(sizes=(24,))
    nodes = k.dim(16)
    if what == "spmv":
        job.titled("coo_spmv spmv_coo sparse_matvec coo_matvec scatter_spmv multiply_coo sparse_mv")
        row, col = (
            _index(job, "rows row_idx row_indices", "row r", nodes),
            _index(job, "cols col_idx col_indices", "col c", nodes),
        )
        x = job.array("x vec input_vec rhs_vec", k.real, (nodes,), low=-2.0, high=2.0)
        value = job.read("values vals data coeffs", "v a_ij value", k.real)
        if job.more(0.3):
            value = value * job.param("alpha scale", 0.2, 2.0, 0.5, each=False)
        y = job.array("y result out_vec ax", k.real, (nodes,), "inout", low=0.0, high=0.0)
        atomic(k, "atomic_add", y, (row,), value * x[col])
        if job.more(0.3):
            with k.when(row.equals(col)):
                k.set(job.array("diag diagonal diag_out", k.real, None, "out")[job.at], value)
        if job.more(0.3):
            atomic(
                k,
                "atomic_add",
                job.array("row_nnz row_counts nnz_per_row", t.I32, (nodes,), "inout", low=0, high=0),
                (row,),
                k.integer(1),
            )
        return
    i, j = ends_of(job, "edges edge_index edge_ids edge_list", nodes, 2, ("src i u_id a", "dst j v_id b"))
    if what == "degree":
        job.titled(
            "node_degrees count_degrees compute_degree count_valence vertex_valence degree_count accumulate_degrees"
        )
        degree = job.array("degree degrees valence node_degree", t.I32, (nodes,), "inout", low=0, high=0)
        if rng.chance(0.4):
            with k.when(i.equals(j)):
                k.give()
        atomic(k, "atomic_add", degree, (i,), k.integer(1))
        atomic(k, "atomic_add", degree, (j,), k.integer(1))
        if job.more(0.5):
            w = job.read("weights edge_weights w", "w weight", k.real, 0.1, 1.0)
            strength = job.array("strength weighted_degree node_strength", k.real, (nodes,), "inout", low=0.0, high=0.0)
            atomic(k, "atomic_add", strength, (i,), w)
            atomic(k, "atomic_add", strength, (j,), w)
        return
    dtype = t.vec(3, k.real) if rng.chance(0.4) else k.real
    h = job.array("features h node_features values", dtype, (nodes,), low=-2.0, high=2.0)
    w = job.read("weights edge_weights w", "w weight", k.real, 0.1, 1.0)
    out = job.array(
        "aggregated messages agg out_features" if what == "message" else "lap laplacian lap_out smoothed",
        dtype,
        (nodes,),
        "inout",
        low=0.0,
        high=0.0,
    )
    if what == "message":
        job.titled(
            "message_passing aggregate_messages graph_conv aggregate_neighbors scatter_messages propagate_features"
        )
        atomic(k, "atomic_add", out, (j,), h[i] * w)
        if job.more(0.5):
            atomic(k, "atomic_add", out, (i,), h[j] * w)
        if job.more(0.4):
            atomic(
                k,
                "atomic_add",
                job.array("weight_sums norm total_weight", k.real, (nodes,), "inout", low=0.0, high=0.0),
                (j,),
                w,
            )
        return
    job.titled(
        "graph_laplacian edge_laplacian accumulate_laplacian mesh_laplacian laplacian_from_edges cotan_laplacian"
    )
    diff = job.let("flow diff d flux", (h[j] - h[i]) * w)
    atomic(k, "atomic_add", out, (i,), diff)
    atomic(k, "atomic_sub", out, (j,), diff)
    if job.more(0.4):
        energy, slot = slot_of(job, "dirichlet energy smoothness", k.real)
        square = k.call("dot", diff, diff) if isinstance(dtype, t.Vector) else diff * diff
        atomic(k, "atomic_add", energy, slot, square)


def _index(job: Job, names: str, local: str, nodes: Dim) -> Expr:
    ids = job.array(names, t.I32, low=0, high=nodes.size - 1, bound=nodes.symbol)
    return job.let(local, ids[job.at])
