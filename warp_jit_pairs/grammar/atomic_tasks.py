"""Atomics at work: depth buffers, edges of graphs, votes, assembled matrices, energy that rays leave behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import element, extent, launch, local, named, opt, read, setting, words, write
from .tree import Expr

VEC2, VEC3 = t.vec(2), t.vec(3)


def _into(k: Kernel, what: str, target: Expr, where: tuple[Expr, ...], value: Expr) -> None:
    k.do(k.call(f"atomic_{what}", target, *where, value, gives=value.type))


def _counter(k: Kernel, names: str) -> None:
    """One more for all threads that come here."""
    total = k.array(names, t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
    _into(k, "add", total, (k.integer(0),), k.integer(1))


def _sum(k: Kernel, names: str, value: Expr) -> None:
    """One number that all threads add to."""
    total = k.array(names, t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
    _into(k, "add", total, (k.integer(0),), value)


def _splat(k: Kernel) -> None:
    """Points drawn into a picture: the nearest depth of each pixel, how many fell there, or their weights."""
    rng = k.rng
    what = rng.choose(("depth", "depth", "count", "bilinear", "color"))
    k.titles = {
        "depth": words("depth_splat rasterize_points z_buffer project_depth render_depth splat_depth"),
        "count": words("count_points_per_pixel project_counts density_image point_density splat_counts"),
        "bilinear": words("splat_points bilinear_splat scatter_to_image splat_weights deposit_points"),
        "color": words("splat_colors accumulate_colors render_points color_splat blend_points"),
    }[what]
    launch(k, "point")
    p = read(k, "=p pos point", VEC3, -2.0, 2.0)
    if opt(k, 0.4):
        eye = k.scalar("=eye camera_pos cam_origin", VEC3, -0.5, 0.5)
        p = k.let("=rel cam_p q", p - eye)
    near = k.choose_lit(0.1, 0.05, 0.01)
    z = k.let("=depth z dist", -k.component(p, 2) if rng.chance(0.5) else k.component(p, 2))
    with k.when(z < near):
        k.give()
    f = named(k, "=f focal", setting(k, "=focal_length fx focal", 4.0, 12.0, 8.0))
    height, width = k.dim(8), k.dim(8)
    kind = {"depth": "=depth_buffer zbuf depth_image", "count": "=counts hits density", "color": "=color_sum rgb_sum"}
    dtype: t.Type = t.I32 if what == "count" else VEC3 if what == "color" else t.F32
    start = 1e6 if what == "depth" else 0
    image = k.array(kind.get(what, "=image weights splat_sum"), dtype, (height, width), "inout", low=start, high=start)
    rows, cols = extent(k, height, "=height img_h rows", image, 0), extent(k, width, "=width img_w cols", image, 1)
    x = k.let("=px u x_img", f * k.component(p, 0) / z + 0.5 * k.cast(cols, t.F32))
    y = k.let("=py v y_img", f * k.component(p, 1) / z + 0.5 * k.cast(rows, t.F32))
    col, row = k.cast(k.call("floor", x), t.I32), k.cast(k.call("floor", y), t.I32)
    col, row = k.let("=col ix j", col), k.let("=row iy i", row)
    last = 1 if what == "bilinear" else 0
    outside = k.either(col < 0, col >= cols - last if last else col >= cols)
    with k.when(k.either(outside, k.either(row < 0, row >= rows - last if last else row >= rows))):
        k.give()
    if what == "depth":
        _into(k, "min", image, (row, col), z)
        if opt(k, 0.4):
            counts = k.array("=coverage counts hits", t.I32, (height, width), "inout", low=0, high=0)
            _into(k, "add", counts, (row, col), k.integer(1))
    elif what == "count":
        _into(k, "add", image, (row, col), k.integer(1))
        if opt(k, 0.4):
            nearest = k.array("=nearest_depth min_depth_img zbuf", t.F32, (height, width), "inout", low=1e6, high=1e6)
            _into(k, "min", nearest, (row, col), z)
    elif what == "color":
        c = read(k, "=color rgb c", VEC3, 0.0, 1.0)
        w: Expr = k.lit(1.0)
        if rng.chance(0.6):
            w = k.let("=w weight", 1.0 / (z * z) if rng.chance(0.5) else k.call("exp", -z))
            c = w * c
        _into(k, "add", image, (row, col), c)
        total = k.array("=weight_sum alpha_sum w_total", t.F32, (height, width), "inout", low=0.0, high=0.0)
        _into(k, "add", total, (row, col), w)
    else:
        fx = k.let("=fx tx", x - k.cast(col, t.F32))
        fy = k.let("=fy ty", y - k.cast(row, t.F32))
        mass = read(k, "=w weight mass", t.F32, 0.1, 1.0) if rng.chance(0.6) else k.lit(1.0)
        for dy, wy in ((0, 1.0 - fy), (1, fy)):
            for dx, wx in ((0, 1.0 - fx), (1, fx)):
                _into(k, "add", image, (row + dy if dy else row, col + dx if dx else col), wx * wy * mass)
    if opt(k, 0.3):
        _counter(k, "=num_visible visible_count drawn")


def _ends(k: Kernel, nodes: Dim) -> tuple[Expr, Expr]:
    """The two nodes of this thread's edge."""
    rng = k.rng
    facts: dict[str, Any] = {"low": 0, "high": nodes.size - 1, "bound": nodes.symbol}
    how = rng.choose(("two", "pairs", "flat"))
    first, second = rng.choose((("=u", "=v"), ("=src", "=dst"), ("=a", "=b")))
    if how == "two":
        names = rng.choose((("=edge_src", "=edge_dst"), ("=from_nodes", "=to_nodes"), ("=rows", "=cols")))
        return (
            local(k, first, k.array(names[0], t.I32, k.launch, **facts)[k.threads]),
            local(k, second, k.array(names[1], t.I32, k.launch, **facts)[k.threads]),
        )
    if how == "pairs":
        pair = k.let("=e edge ends", k.array("=edges edge_list links", t.vec(2, t.I32), k.launch, **facts)[k.threads])
        return local(k, first, k.component(pair, 0)), local(k, second, k.component(pair, 1))
    flat = k.array("=edges edge_index links", t.I32, (*k.launch, k.dim(2, fixed=True)), **facts)
    return (
        local(k, first, flat[(*k.threads, k.integer(0))]),
        local(k, second, flat[(*k.threads, k.integer(1))]),
    )


def _edges(k: Kernel) -> None:
    """A step of an algorithm on a graph, an edge to each thread; what was known before is not written."""
    rng = k.rng
    how = rng.weighted({"relax": 1.3, "bfs": 1.0, "labels": 1.0, "rank": 1.0, "cut": 1.0, "matching": 0.6})
    k.titles = {
        "relax": words("relax_edges bellman_ford_step shortest_path_step sssp_relax update_distances"),
        "bfs": words("bfs_step expand_frontier bfs_level advance_frontier visit_neighbors"),
        "labels": words("propagate_labels connected_components_step hook_labels min_label_step spread_components"),
        "rank": words("pagerank_push push_rank scatter_rank pagerank_step distribute_rank"),
        "cut": words("edge_cut cut_size modularity_terms count_cut_edges partition_cost"),
        "matching": words("propose_matching heaviest_edge best_partner_weight max_edge_weight strongest_link"),
    }[how]
    launch(k, "edge", sizes=(24,))
    nodes = k.dim(12)
    u, v = _ends(k, nodes)
    both = rng.chance(0.5)
    ways = ((u, v), (v, u)) if both else ((u, v),)

    def state(names: str, dtype: t.Type, low: float, high: float) -> Expr:
        return k.array(names, dtype, (nodes,), low=low, high=high)

    def result(names: str, dtype: t.Type, start: float) -> Expr:
        return k.array(names, dtype, (nodes,), "inout", low=start, high=start)

    if opt(k, 0.25):
        with k.when(u.equals(v)):
            k.give()
    if how == "relax":
        dist, out = state("=dist cost_to distances", t.F32, 0.0, 5.0), result("=new_dist next_dist relaxed", t.F32, 1e6)
        w = read(k, "=w weight length", t.F32, 0.1, 1.0)
        for a, b in ways:
            new = k.let("=cand trial through", dist[a] + w)
            if rng.chance(0.5):
                with k.when(new < dist[b]):
                    _into(k, "min", out, (b,), new)
                    if opt(k, 0.3):
                        _counter(k, "=num_updates changed relax_count")
            else:
                _into(k, "min", out, (b,), new)
    elif how == "bfs":
        level, out = state("=levels depth_of hop", t.I32, -1, 4), result("=next_level new_levels", t.I32, 99)
        now = k.scalar("=current depth_now iteration", t.I32, 0, 3)
        for a, b in ways:
            with k.when(k.both(level[a].equals(now), level[b] < 0)):
                _into(k, "min", out, (b,), now + 1)
                if rng.chance(0.5):
                    _counter(k, "=frontier_size num_found visited_count")
    elif how == "labels":
        label, out = state("=labels component parent", t.I32, 0, 11), result("=labels_out new_labels", t.I32, 99)
        if rng.chance(0.5):
            low = k.let("=lowest m root", k.call("min", label[u], label[v]))
            _into(k, "min", out, (u,), low)
            _into(k, "min", out, (v,), low)
        else:
            for a, b in ways:
                _into(k, "min", out, (b,), label[a])
        if opt(k, 0.5):
            with k.when(label[u].differs(label[v])):
                _counter(k, "=num_open changed unmerged")
    elif how == "rank":
        rank, degree = state("=rank scores mass", t.F32, 0.0, 1.0), state("=out_degree degree", t.I32, 1, 6)
        out = result("=next_rank rank_out new_scores", t.F32, 0.0)
        damping = setting(k, "=damping d alpha", 0.5, 0.95, 0.85)
        damping = named(k, "=d damp", damping)
        for a, b in ways:
            share = damping * rank[a] / k.cast(k.call("max", degree[a], 1), t.F32)
            _into(k, "add", out, (b,), k.let("=share pushed flow", share) if not both else share)
    elif how == "cut":
        part = state("=part partition community", t.I32, 0, 3)
        w = read(k, "=w weight", t.F32, 0.1, 1.0) if rng.chance(0.6) else k.lit(1.0)
        same = rng.chance(0.4)
        first, second = part[u], part[v]
        names = "=inside_weight kept" if same else "=cut_weight cut_cost"
        with k.when(first.equals(second) if same else first.differs(second)):
            _sum(k, names, w)
            if rng.chance(0.6):
                out = result("=inner_degree" if same else "=boundary_degree cross_edges", t.I32, 0)
                for node in (u, v):
                    _into(k, "add", out, (node,), k.integer(1))
    else:
        w = read(k, "=w weight affinity", t.F32, 0.1, 1.0)
        if rng.chance(0.6):
            free = state("=matched taken used", t.I32, 0, 1)
            with k.when(k.either(free[u].differs(0), free[v].differs(0))):
                k.give()
        out = result("=best_weight heaviest strongest", t.F32, 0.0)
        for node in (u, v):
            _into(k, "max", out, (node,), w)
        if opt(k, 0.4):
            out = result("=open_degree candidates num_options", t.I32, 0)
            for node in (u, v):
                _into(k, "add", out, (node,), k.integer(1))


def _votes(k: Kernel) -> None:
    """Points vote for the lines or circles that they lie on."""
    rng = k.rng
    lines = rng.chance(0.6)
    k.titles = (
        words("hough_lines hough_vote vote_lines accumulate_hough line_votes hough_transform")
        if lines
        else words("hough_circles vote_centers circle_votes accumulate_centers circle_hough")
    )
    image = rng.chance(0.5)
    if image:
        row, col = launch(k, "pixel", 2, kinds=("=y row", "=x col"))
        edge = k.array("=edge_map edges mask", t.I32, k.launch, low=0, high=1)[k.threads]
        with k.when(edge.equals(0)):
            k.give()
        px, py = k.let("=fx px", k.cast(col, t.F32)), k.let("=fy py", k.cast(row, t.F32))
    else:
        launch(k, "point")
        p = read(k, "=p pt point", VEC2, 0.0, 6.0)
        px, py = k.component(p, 0), k.component(p, 1)
    weight: Expr = k.integer(1)
    if rng.chance(0.35):
        weight = k.let("=w strength", element(k, "=magnitude edge_strength weights", t.F32, 0.1, 1.0))
    angles, bins = k.dim(rng.choose((6, 8, 12)), fixed=True), k.dim(12)
    second = k.dim(12)
    votes = k.array(
        "=accumulator votes acc", weight.type, (angles, bins) if lines else (bins, second), "inout", low=0, high=0
    )
    size = k.integer(angles.size)
    if lines and rng.chance(0.5):
        size = extent(k, angles, "=num_angles n_theta", votes, 0)
    step = (3.1415927 if lines else 6.2831855) / angles.size
    radius = None if lines else named(k, "=r rad", setting(k, "=radius circle_radius", 0.5, 3.0, 2.0))
    scale = setting(k, "=inv_bin bins_per_unit rho_scale" if lines else "=inv_cell cells_per_unit", 0.5, 2.0, 1.0)
    scale = named(k, "=s inv_w", scale)
    with k.loop("=a n k_ang", size) as a:
        angle = k.let("=theta angle phi", k.cast(a, t.F32) * round(step, 6))
        c, s = k.let("=c cos_t", k.call("cos", angle)), k.let("=s_t sin_t", k.call("sin", angle))
        if lines:
            rho = k.let("=rho dist r_line", px * c + py * s)
            slot = k.let("=b slot rho_bin", k.cast(k.call("floor", rho * scale), t.I32) + bins.size // 2)
            with k.when(k.both(slot >= 0, slot < extent(k, bins, "=num_rho n_bins", votes, 1))):
                _into(k, "add", votes, (a, slot), weight)
        else:
            assert radius is not None
            cx = k.let("=cx center_x", k.cast(k.call("floor", (px - radius * c) * scale), t.I32))
            cy = k.let("=cy center_y", k.cast(k.call("floor", (py - radius * s) * scale), t.I32))
            inside = k.both(cx >= 0, cx < extent(k, second, "=grid_w nx", votes, 1))
            with k.when(k.both(inside, k.both(cy >= 0, cy < extent(k, bins, "=grid_h ny", votes, 0)))):
                _into(k, "add", votes, (cy, cx), weight)


def _assembly(k: Kernel) -> None:
    """Matrices and loads of small elements added to those of all."""
    rng = k.rng
    how = rng.choose(("bar", "bar", "laplace", "load", "mass"))
    triangle = how == "laplace" or (how in ("load", "mass") and rng.chance(0.5))
    k.titles = {
        "bar": words("assemble_truss assemble_bars assemble_stiffness bar_stiffness add_spring_matrices"),
        "laplace": words("assemble_laplacian cotan_laplacian assemble_poisson stiffness_triangles fem_laplacian"),
        "load": words("assemble_load assemble_rhs distribute_load body_force_vector source_vector"),
        "mass": words("assemble_mass mass_matrix consistent_mass assemble_capacity lump_mass"),
    }[how]
    launch(k, "triangle" if triangle else "element", sizes=(16,))
    nodes = k.dim(10)
    corners = 3 if triangle else 2
    facts: dict[str, Any] = {"low": 0, "high": nodes.size - 1, "bound": nodes.symbol, "corners": corners}
    table = k.array(
        "=triangles tri_nodes faces" if triangle else "=elements element_nodes connectivity",
        t.I32, (*k.launch, k.dim(corners, fixed=True)), **facts,
    )  # fmt: skip
    ids = [local(k, f"={w}", table[(*k.threads, k.integer(n))]) for n, w in zip(range(corners), "ijm", strict=False)]
    vector = VEC2 if triangle or rng.chance(0.5) else VEC3
    x = k.array("=nodes positions coords", vector, (nodes,), low=-1.0, high=1.0)
    if triangle:
        a, b, c = (local(k, f"={w}", x[n]) for w, n in zip(("a", "b", "c"), ids, strict=True))
        u, v = k.let("=e1 ab", b - a), k.let("=e2 ac", c - a)
        twice = k.component(u, 0) * k.component(v, 1) - k.component(u, 1) * k.component(v, 0)
        size = k.let("=area tri_area", 0.5 * k.call("abs", twice))
        with k.when(size < 1e-4):
            k.give()
    else:
        d = k.let("=d along dx", x[ids[1]] - x[ids[0]])
        size = k.let("=length len_e h_e", k.call("length", d))
        with k.when(size < 1e-4):
            k.give()
    if how in ("load", "mass"):
        if how == "load":
            if rng.chance(0.5):
                source = setting(k, "=source body_force q", 0.1, 2.0, 1.0)
            else:
                source = read(k, "=q load source", t.F32, 0.1, 2.0)
            share = k.let("=share part f_e", source * size / float(corners))
            target = k.array("=rhs load_vector f_global", t.F32, (nodes,), "inout", low=0.0, high=0.0)
            for n in ids:
                _into(k, "add", target, (n,), share)
            if opt(k, 0.4):
                _sum(k, "=total_load net_source", source * size)
            return
        rho = setting(k, "=density rho area_density", 0.5, 2.0, 1.0)
        m = k.let("=m_e mass_e", rho * size)
        if rng.chance(0.5):
            target = k.array("=lumped_mass nodal_mass m_diag", t.F32, (nodes,), "inout", low=0.0, high=0.0)
            for n in ids:
                _into(k, "add", target, (n,), m / float(corners))
            return
        matrix = k.array("=mass_mat M_global mass", t.F32, (nodes, nodes), "inout", low=0.0, high=0.0)
        inner = corners * (corners + 1)
        for n in ids:
            for other in ids:
                _into(k, "add", matrix, (n, other), m / (0.5 * inner if other is n else float(inner)))
        return
    matrix = k.array("=stiffness K_global k_mat", t.F32, (nodes, nodes), "inout", low=0.0, high=0.0)
    if how == "bar":
        modulus = setting(k, "=youngs_modulus E_mod modulus", 1.0, 10.0, 5.0)
        section = read(k, "=area section a_e", t.F32, 0.1, 1.0) if rng.chance(0.6) else k.lit(1.0)
        stiff = k.let("=k_e ke s", modulus * section / size)
        i, j = ids
        for row, col, value in ((i, i, stiff), (j, j, stiff), (i, j, -stiff), (j, i, -stiff)):
            _into(k, "add", matrix, (row, col), value)
        if opt(k, 0.4):
            rest = read(k, "=rest l0", t.F32, 0.2, 1.0)
            pull = k.let("=f_e pull", stiff * (size - rest))
            load = k.array("=internal_force f_int", vector, (nodes,), "inout", low=0.0, high=0.0)
            n = k.let("=n axis", d / size)
            _into(k, "add", load, (i,), pull * n)
            _into(k, "sub", load, (j,), pull * n)
        return
    conductivity = setting(k, "=kappa conductivity diffusivity", 0.5, 2.0, 1.0) if rng.chance(0.6) else None
    i, j, m_id = ids
    edges = ((i, j, a - c, b - c), (j, m_id, b - a, c - a), (m_id, i, c - b, a - b))
    for number, (first, second, p, q) in enumerate(edges):
        w = 0.25 * k.call("dot", p, q) / size
        w = k.let(f"=w{number} cot{number}", w if conductivity is None else conductivity * w)
        _into(k, "add", matrix, (first, second), -w)
        _into(k, "add", matrix, (second, first), -w)
        _into(k, "add", matrix, (first, first), w)
        _into(k, "add", matrix, (second, second), w)


def _absorbed(k: Kernel) -> None:
    """What rays or particles leave behind in the cells that they cross."""
    rng = k.rng
    k.titles = words(
        "deposit_energy trace_absorption attenuate_rays dose_deposition absorb_along_rays heat_by_rays tally_absorption"
    )
    launch(k, rng.choose(("ray", "photon", "beam")))
    o = k.variable("=p pos x", element(k, "=origin start o", VEC2, 0.0, 2.0))
    d = read(k, "=dir d heading", VEC2, -1.0, 1.0, unit=True)
    energy = k.variable("=energy weight power", element(k, "=intensity energies weights", t.F32, 0.5, 1.0))
    height, width = k.dim(8), k.dim(8)
    dose = k.array("=dose absorbed heat_map", t.F32, (height, width), "inout", low=0.0, high=0.0)
    rows, cols = extent(k, height, "=ny rows", dose, 0), extent(k, width, "=nx cols", dose, 1)
    medium = k.array("=mu absorption sigma_a", t.F32, (height, width), low=0.1, high=1.0) if rng.chance(0.6) else None
    size = named(k, "=h dx", setting(k, "=cell_size spacing", 0.25, 1.0, 0.5))
    length = named(k, "=ds step", setting(k, "=step_size step_len", 0.1, 0.5, 0.25))
    even = named(k, "=mu_s att", setting(k, "=mu attenuation absorption", 0.1, 1.0, 0.3)) if medium is None else None
    steps: Expr | int = k.scalar("=num_steps max_steps", t.I32, 4, 16) if rng.chance(0.6) else rng.integer(6, 16)
    gone = k.variable("=crossed n_cells", k.integer(0)) if opt(k, 0.3) else None
    with k.loop("=n s it", steps):
        col = k.let("=ix col", k.cast(k.call("floor", k.component(o, 0) / size), t.I32))
        row = k.let("=iy row", k.cast(k.call("floor", k.component(o, 1) / size), t.I32))
        outside = k.either(k.either(col < 0, col >= cols), k.either(row < 0, row >= rows))
        with k.when(outside):
            k.leave_loop()
        mu = medium[row, col] if medium is not None else even
        assert mu is not None
        if rng.chance(0.6):
            part = k.let("=lost part de", energy * (1.0 - k.call("exp", -(mu * length))))
        else:
            part = k.let("=lost part de", energy * k.call("min", mu * length, 1.0))
        _into(k, "add", dose, (row, col), part)
        k.augment(energy, "-", part)
        k.augment(o, "+", d * length)
        if gone is not None:
            k.augment(gone, "+", 1)
    if rng.chance(0.6):
        write(k, "=transmitted remaining energy_out", energy)
    if gone is not None:
        write(k, "=cells_crossed path_len steps_taken", gone)
    if opt(k, 0.3):
        _sum(k, "=total_left escaped leakage", energy)


_TASKS: dict[Callable[[Kernel], None], float] = {
    _splat: 2.0,
    _edges: 2.5,
    _votes: 1.2,
    _assembly: 1.6,
    _absorbed: 1.2,
}


@recipe("depth buffers, graphs, votes, assemblies", "atomic:1.2", "render geometry particles", SINGLE)
def atomic_work(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
