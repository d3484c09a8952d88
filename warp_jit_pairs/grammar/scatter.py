"""Atomics into places that indices name: forces of edges, deposits on grids, sparse products, bit sets, exchanges."""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .atomics import atomic, slot_of
from .build import Body, Dim
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
    "atomic:3 vector:0.7 combined:0.6",
    "particles cloth chemistry",
    "scatter",
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
    rest = job.param("rest_length rest_lengths l0 rest", 0.2, 2.0, 0.5, 1.0, literal=False)
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


@recipe("flags and bit sets shared by threads", "atomic:2 integer:0.8", "bits generic sparse", "scatter")
def bit_sets(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "key element item id entry particle voxel")
    job.start()
    words = k.dim(4)
    dtype = rng.choose((t.U32, t.I32, t.U64))
    what = rng.choose(("set", "set", "toggle", "clear", "flags", "bloom"))
    k.shared.differentiable = False
    masks = "bitset bits words mask_words occupancy visited_bits"
    if what == "flags":
        job.titled("combine_flags merge_flags or_flags collect_flags gather_flags reduce_flags common_flags")
        groups = k.dim(6)
        owner = rng.choose(("cell", "group", "body", "cluster", "tile_id"))
        ids = job.array(f"{owner}_ids {owner}_index {{}}_{owner}", t.I32, low=0, high=5, bound=groups.symbol)
        group = job.let(f"{owner} g", ids[job.at])
        flags = job.read("flags {}_flags status material_flags", "flag_bits f status_bits", t.I32, 0, 15)
        if job.more(0.4):
            keep: Expr | int = job.scalar("mask flag_mask keep_mask", t.I32, 1, 15) if rng.chance(0.6) else 7
            flags = job.let("kept masked relevant", flags & keep)
        atomic(
            k,
            "atomic_or",
            job.array(f"{owner}_flags any_flags flags_out", t.I32, (groups,), "inout", low=0, high=0),
            (group,),
            flags,
        )
        if job.more(0.6):
            atomic(
                k,
                "atomic_and",
                job.array(f"common_flags all_flags {owner}_common", t.I32, (groups,), "inout", low=15, high=15),
                (group,),
                flags,
            )
        if job.more(0.3):
            atomic(
                k,
                "atomic_xor",
                job.array(f"parity {owner}_parity flag_parity", t.I32, (groups,), "inout", low=0, high=0),
                (group,),
                flags,
            )
        if job.more(0.3):
            atomic(
                k,
                "atomic_add",
                job.array(f"{owner}_count counts", t.I32, (groups,), "inout", low=0, high=0),
                (group,),
                k.integer(1),
            )
        return
    key = job.read("keys {}_keys ids {}_ids values", "key id_val idx", t.I32, 0, 127, nest=0.0)
    per = 32 if dtype.bits == 32 and dtype.kind == "u" else 31 if dtype is t.I32 else 32
    size: Expr | int = per
    if rng.chance(0.4):
        size = k.constant(per, t.I32, job.words("bits_per_word word_bits word_size"))
    table = job.array(masks, dtype, (words,), "inout", low=0, high=15)
    count = job.length(words, "num_words n_words word_count", table)
    if what == "bloom":
        job.titled("bloom_insert insert_bloom_filter bloom_filter_add add_to_filter mark_bloom_bits")
        hashes = [
            job.let(name, (k.cast(key, t.U32) * tree.literal(mult, t.U32)) >> tree.literal(shift, t.U32))
            for name, mult, shift in (("h1 hash_a", 40503, 7), ("h2 hash_b", 30011, 5))
        ]
        for h, number in zip(hashes, "12", strict=True):
            slot = job.let(f"word{number} slot{number}", k.cast(h, t.I32) % count)
            bit = tree.literal(1, dtype) << k.cast((h >> tree.literal(16, t.U32)) % tree.literal(31, t.U32), dtype)
            atomic(k, "atomic_or", table, (slot,), bit)
        return
    if rng.chance(0.5):
        limit = count * size
        with k.when(key >= limit):
            k.give()
        word = job.let("word slot w", key // size)
    else:
        word = job.let("word slot w", (key // size) % count)
    shift = k.cast(key % size, dtype)
    bit = job.let(
        "bit mask bit_mask",
        tree.literal(1, dtype) << (job.let("shift offset bit_pos", shift) if rng.chance(0.5) else shift),
    )
    if what == "set":
        job.titled(
            "set_bits mark_bits insert_keys mark_occupied set_bitmask mark_visited build_bitset {}_bitmask set_{}_bits"
        )
        operation, value = "atomic_or", bit
    elif what == "toggle":
        job.titled("toggle_bits flip_bits xor_bits toggle_keys toggle_membership flip_membership")
        operation, value = "atomic_xor", bit
    else:
        job.titled("clear_bits remove_keys erase_bits clear_bitmask unmark_bits reset_bits remove_{s}")
        operation, value = "atomic_and", ~bit
    if job.more(0.35) and not job.masked:
        keep_ = job.array("valid enabled {}_valid is_valid", t.I32, low=0, high=1)[job.at]
        with k.when(keep_.equals(0)):
            k.give()
    atomic(k, operation, table, (word,), value)
    if job.more(0.4):
        atomic(
            k,
            "atomic_add",
            job.array("word_counts keys_per_word counts", t.I32, (words,), "inout", low=0, high=0),
            (word,),
            k.integer(1),
        )


@recipe(
    "exchange and compare-and-swap on a slot of one's own", "atomic:1.2 integer:0.4", "generic bits sparse", "scatter"
)
def exchange(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "task node slot block lock worker cell")
    job.start("tid worker {}_id idx")
    dtype = rng.choose((t.I32, t.I32, t.U32, t.F32, t.I64))
    k.shared.differentiable = False
    if job.more(0.25) and not job.masked:
        active = job.array("active enabled has_work pending", t.I32, low=0, high=1)
        with k.when(active[job.at].equals(0)):
            k.give()
    where = job.at
    if len(job.dims) == 1 and job.at[0] is k.threads[0] and rng.chance(0.5):
        names = "slot_ids slots {}_slots owner_slot {}_ids"
        order = job.array(names, t.I32, low=0, high=31, bound=job.dims[0].symbol, distinct=True)
        where = (job.let("slot s target_slot", order[job.at]),)
    if rng.chance(0.5):
        job.titled(
            "swap_values exchange_slots replace_values take_slot swap_in pop_slots atomic_swap post_updates"
            " exchange_{s}"
        )
        value = job.read("new_values updates incoming values", "new_val update value", dtype, 0, 9, nest=0.0)
        state = job.array("state slots_data table {}_state mailbox", dtype, None, "inout", low=0, high=4)
        if job.more(0.3):
            value = job.let("stamped next_value posted", value + job.scalar("base epoch stamp", dtype, 1, 5))
        old = job.let("old previous prev before", k.call("atomic_exch", state, *where, value, gives=dtype))
        job.write("old_values previous_out replaced popped", old)
        if job.more(0.4):
            job.write("changed differs updated", k.where(old.differs(value), k.integer(1), k.integer(0)))
        if job.more(0.3):
            _tally(job, old.differs(value), "num_changed change_count total_changed")
        if job.more(0.25):
            job.write("deltas change_out difference", value - old if dtype.kind != "u" else k.call("max", value, old))
        return
    if rng.chance(0.5):
        job.titled("claim_slots acquire_locks try_lock claim_{s} try_claim acquire_{s} reserve_slots lock_{s}")
        free: Expr = k.integer(0) if rng.chance(0.5) else k.constant(0, t.I32, job.words("free unlocked empty"))
        owners = job.array("owners locks lock_state {}_owner slot_owner", t.I32, None, "inout", low=0, high=2)
        if rng.chance(0.5):
            mine = job.let("ticket owner_id my_id", job.at[-1] + 1)
        else:
            mine = job.read("tickets requester_ids worker_ids", "ticket requester my_id", t.I32, 1, 9, nest=0.0)
        old = job.let("old prev previous", k.call("atomic_cas", owners, *where, free, mine, gives=t.I32))
        won = old.equals(free)
        if job.more(0.4):
            won = job.let("won got_it success", won)
        job.write(
            "acquired claimed success_out got_lock",
            k.where(won, k.integer(1), k.integer(0)) if rng.chance(0.6) else k.cast(won, t.I32),
        )
        if job.more(0.5):
            job.write("previous_owner blocked_by holder", old)
        if job.more(0.3):
            _tally(job, won, "num_acquired claim_count total_claimed")
        return
    job.titled(
        "compare_and_swap cas_update conditional_update try_update swap_if_equal update_if_expected cas_{s}"
    )
    expected = job.read("expected compare_values old_values", "want expect cmp", dtype, 0, 4, nest=0.0)
    value = job.read("desired new_values replacements", "new_val desired_i replacement", dtype, 0, 9, nest=0.0)
    state = job.array("state table {}_state registers", dtype, None, "inout", low=0, high=4)
    old = job.let("old prev previous", k.call("atomic_cas", state, *where, expected, value, gives=dtype))
    job.write("observed old_out previous_out", old)
    if job.more(0.5):
        job.write("success_out swapped updated", k.where(old.equals(expected), k.integer(1), k.integer(0)))
    if job.more(0.3):
        _tally(job, old.equals(expected), "num_swapped success_count total_updated")
    if job.more(0.3):
        retries = job.array("retries attempts failures", t.I32, None, "inout", low=0, high=3)[job.at]
        with k.when(old.differs(expected)):
            k.augment(retries, "+", 1)


def _tally(job: Job, test: Expr, names: str) -> None:
    """How many threads passed a test."""
    total, where = slot_of(job, names, t.I32)
    with job.k.when(test):
        atomic(job.k, "atomic_add", total, where, job.k.integer(1))


@recipe(
    "deposit of particles on a grid with bilinear weights",
    "atomic:2 combined:0.5 stencil:0.3",
    "particles fluids stats",
    "scatter",
)
def deposit(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "particle point sample marker charge photon star")
    job.start()
    ndim = rng.weighted({1: 1.5, 2: 4.0, 3: 1.5})
    size = {1: 16, 2: 8, 3: 6}[ndim]
    dims = tuple(k.dim(size) for _ in range(ndim))
    vector = t.vec(ndim, k.real) if ndim > 1 else None
    p = job.read("positions pos {}_pos x", "p x pos_i", vector or k.real, 0.0, 3.0, nest=0.0)
    axes = k.components(p) if vector is not None else [p]
    what = rng.choose(("mass", "charge", "momentum", "count"))
    h = rng.integer(0, 1)
    if h:
        spacing = job.param("cell_size dx h spacing", 0.5, 1.0, 0.5, 1.0, each=False, literal=False)
        scaled = [job.let(f"g{c} {c}_grid s{c} {c}_cell", a / spacing) for a, c in zip(axes, "xyz", strict=False)]
    else:
        inverse = job.param("inv_dx inv_h inv_spacing grid_scale", 1.0, 2.0, 2.0, 1.0, each=False)
        scaled = [job.let(f"g{c} {c}_grid s{c} {c}_cell", a * inverse) for a, c in zip(axes, "xyz", strict=False)]
    outs = {
        "mass": "grid_mass mass_grid density node_mass",
        "charge": "charge_density rho_grid charge_grid rho",
        "momentum": "grid_momentum momentum_grid grid_vel node_momentum",
        "count": "counts density_grid cell_counts occupancy",
    }
    amount: Expr
    if what in ("mass", "charge"):
        amount = job.read(
            "mass masses {}_mass m" if what == "mass" else "charges q {}_charge charge",
            "m mass_i" if what == "mass" else "q_i charge_i",
            k.real,
            0.5,
            2.0,
        )
    elif what == "momentum":
        v = job.read("velocities vel {}_vel v", "v vel_i", vector or k.real)
        m = job.read("mass masses {}_mass m", "m mass_i", k.real, 0.5, 2.0)
        amount = job.let("mv momentum p_i", m * v)
    else:
        amount = k.lit(1.0)
    nearest = what == "count" or rng.chance(0.15)
    dtype = amount.type
    if nearest and what == "count" and rng.chance(0.6):
        dtype, amount = t.I32, k.integer(1)
    target = job.array(outs[what], dtype, dims, "inout", low=0.0, high=0.0)
    sizes = [
        job.length(d, f"n{c} grid_{c} res_{c}", target, n) for n, (d, c) in enumerate(zip(dims, "xyz", strict=False))
    ]
    if nearest:
        job.titled(
            "count_{s}_per_cell bin_{s} deposit_nearest count_in_cells ngp_deposit {}_counts splat_nearest"
            if what == "count"
            else f"deposit_{what} {what}_to_grid ngp_deposit scatter_{what} nearest_cell_deposit"
        )
        cells = []
        for s, c, n in zip(scaled, "xyz", sizes, strict=False):
            cells.append(
                job.let(f"i{c} c{c} cell_{c}", k.call("clamp", k.cast(k.call("floor", s), t.I32), k.integer(0), n - 1))
            )
        atomic(k, "atomic_add", target, tuple(cells), amount)
        if job.more(0.5):
            index = cells[0]
            for cell, n in zip(cells[1:], sizes[1:], strict=True):
                index = index * n + cell
            job.write("cell_ids {}_cell cell_index", index)
        return
    job.titled(
        f"particles_to_grid p2g scatter_to_grid splat_{what} deposit_{what} {what}_to_grid cloud_in_cell cic_deposit"
        f" scatter_{what} {{s}}_to_grid deposit_{{s}}"
    )
    bases, fractions = [], []
    for s, c, n in zip(scaled, "xyz", sizes, strict=False):
        base = k.call("clamp", k.cast(k.call("floor", s), t.I32), k.integer(0), n - 2)
        bases.append(job.let(f"i{c} base_{c} c{c} {c}0", base))
        fractions.append(job.let(f"f{c} w{c} {c}_frac t{c}", s - k.cast(bases[-1], k.real)))
    weights = (
        job.array("weight_sum grid_weight node_weight", k.real, dims, "inout", low=0.0, high=0.0)
        if job.more(0.25)
        else None
    )

    def add(where: tuple[Expr, ...], w: Expr, names: str = "w weight wt") -> None:
        if weights is not None or what == "momentum":
            w = job.let(names, w)
        atomic(k, "atomic_add", target, where, amount * w if isinstance(dtype, t.Vector) else w * amount)
        if weights is not None:
            atomic(k, "atomic_add", weights, where, w)

    if ndim == 1:
        add((bases[0],), 1.0 - fractions[0], "w_left w0 w_lo")
        add((bases[0] + 1,), fractions[0], "w_right w1 w_hi")
        return

    def pick(body: Body, f: Expr, side: Expr) -> Expr:
        return body.where(side.equals(0), 1.0 - f, f)

    side_weight = job.routine(
        "axis_weight linear_weight hat_weight side_weight",
        pick,
        ("f frac", k.real, -10.0, 10.0),
        ("side corner", t.I32, 0, 1),
        share=0.4,
    )
    if ndim == 2 and rng.chance(0.4):
        for a in (0, 1):
            for b in (0, 1):
                wx = fractions[0] if a else 1.0 - fractions[0]
                wy = fractions[1] if b else 1.0 - fractions[1]
                add((bases[0] + a if a else bases[0], bases[1] + b if b else bases[1]), wx * wy, f"w{a}{b}")
        return
    with k.loop(job.words("di a oi dx"), 2) as di, k.loop(job.words("dj b oj dy"), 2) as dj:
        wx, wy = (
            job.let("wx w_x wa", side_weight(fractions[0], di)),
            job.let("wy w_y wb", side_weight(fractions[1], dj)),
        )
        if ndim == 2:
            add((bases[0] + di, bases[1] + dj), wx * wy)
        else:
            with k.loop(job.words("dk c ok dz"), 2) as dk:
                wz = job.let("wz w_z wc", side_weight(fractions[2], dk))
                add((bases[0] + di, bases[1] + dj, bases[2] + dk), wx * wy * wz)
