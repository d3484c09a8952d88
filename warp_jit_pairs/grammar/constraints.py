"""Constraints on positions: distances, bending, areas, volumes, pins, projected as position-based dynamics does."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .scatter import ends_of
from .tree import Expr

_ENTITIES = {
    2: "edge spring constraint link rope_segment",
    3: "triangle face constraint",
    4: "tet tetrahedron constraint element",
}


@recipe(
    "distance, bending and volume constraints projected by position",
    "vector:0.83 combined:0.55 atomic:0.44",
    "cloth particles",
)
def project_constraint(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("distance", "distance", "area", "volume", "bending", "pin", "rod", "bend_angle", "apply"))
    if what in ("pin", "apply"):
        _single(k, what)
        return
    count = {"distance": 2, "rod": 2, "area": 3, "bending": 3, "volume": 4, "bend_angle": 4}[what]
    job = Job(k, _ENTITIES[count], physical=True)
    job.titled(
        {
            "distance": "solve_distance_constraints project_distance solve_stretch"
            " xpbd_distance solve_springs stretch_constraints solve_{s} project_{s}",
            "rod": "solve_ropes tether_constraints solve_max_distance"
            " rope_constraints limit_stretch long_range_attachments",
            "area": "solve_area_constraints project_area preserve_area area_constraints xpbd_area solve_triangle_area",
            "bending": "solve_bending bend_constraints straighten"
            " midpoint_bending solve_bend_triplets curvature_constraints",
            "volume": "solve_volume_constraints project_volume tet_volume"
            " preserve_volume volume_constraints xpbd_volume solve_tets",
            "bend_angle": "solve_isometric_bending quadratic_bending bend_springs solve_bend_pairs cross_edge_bending",
        }[what]
    )
    job.start(sizes=(20,))
    nodes = k.dim(16)
    vector = k.vec3
    x = job.array("positions pos x predicted particle_q", vector, (nodes,), low=-1.0, high=1.0)
    w = job.array("inv_mass w inv_masses particle_inv_mass", k.real, (nodes,), low=0.1, high=2.0)
    locals_ = ("i a i0", "j b i1", "k_id c i2", "l d i3")[:count]
    kinds = {
        2: "{}_indices {s} edges ends",
        3: "{}_indices triangles {s} triplets",
        4: "tet_indices tets {}_indices elements",
    }[count]
    ids = ends_of(job, kinds, nodes, count, locals_)
    points = [
        job.let(name, x[n])
        for name, n in zip(("xi p0 xa pa", "xj p1 xb pb", "xk p2 xc pc", "xl p3 xd pd"), ids, strict=False)
    ]
    k.gap()
    value, gradients = _constraint(job, what, points)
    weights = [
        job.maybe(name, w[n]) for name, n in zip(("wi w0 wa", "wj w1 wb", "wk w2 wc", "wl w3 wd"), ids, strict=False)
    ]
    total: Expr | None = None
    simple = count == 2
    for weight, gradient in zip(weights, gradients, strict=True):
        part = weight if simple else weight * k.call("dot", gradient, gradient)
        total = part if total is None else total + part
    assert total is not None
    if job.more(0.55):
        compliance = job.param("compliance alpha {}_compliance inv_stiffness", 0.0, 0.1, 0.01, 0.001, literal=False)
        if rng.chance(0.5):
            dt = job.param("dt time_step sub_dt", 0.01, 0.1, 0.02, 0.05, each=False, literal=False)
            compliance = job.let("alpha_tilde alpha scaled_compliance", compliance / (dt * dt))
        total = total + compliance
    denominator = job.let("w_sum denom weight_total", total)
    if not simple:
        denominator = job.let("safe_denom denom_eps d_safe", k.call("max", denominator, rng.choose((1e-3, 1e-2))))
    scale = job.let("lam s scale dlambda", -value / denominator)
    if job.more(0.35):
        stiffness = job.param("stiffness relaxation k_stiff omega", 0.1, 1.0, 0.5, 0.8, each=False)
        scale = job.let("lam_relaxed s_scaled step_scale", scale * stiffness)
    if job.more(0.2) and not simple:
        scale = job.let("lam_clamped s_lim limited", k.call("clamp", scale, -1.0, 1.0))
    out = job.array("deltas corrections delta dx position_deltas", vector, (nodes,), "inout", low=0.0, high=0.0)
    for n_id, gradient, weight in zip(ids, gradients, weights, strict=True):
        move = gradient * (weight * scale)
        if rng.chance(0.25):
            k.add(tree.Augment(out[n_id], "+", move))
        else:
            k.do(k.call("atomic_add", out, n_id, move, gives=vector))
    if job.more(0.3):
        job.write("lambdas multipliers {}_lambda", scale)
    if job.more(0.3):
        job.write("violations errors constraint_error residuals", value)
    if job.more(0.3):
        counts = job.array("counts num_constraints constraint_counts", t.I32, (nodes,), "inout", low=0, high=0)
        for n_id in ids:
            k.do(k.call("atomic_add", counts, n_id, k.integer(1), gives=t.I32))


def _constraint(job: Job, what: str, points: list[Expr]) -> tuple[Expr, list[Expr]]:
    """How far a constraint is violated, and its gradient at each point."""
    k, rng = job.k, job.rng
    if what in ("distance", "rod"):
        d = job.let("d diff delta", points[0] - points[1])
        length = job.let("length dist l", k.call("length", d))
        n = job.let("n dir grad", d / k.call("max", length, 1e-3) if rng.chance(0.6) else d / (length + 1e-3))
        rest = job.param(
            "rest_length l0 rest" if what == "distance" else "max_length max_dist",
            0.5,
            1.5,
            1.0,
            0.5,
        )
        error = length - rest
        if what == "rod":
            error = k.call("max", error, 0.0)
        return job.let("c error stretch", error), [n, -n]
    if what == "bending":
        mid = job.let("mid center m", 0.5 * (points[0] + points[2]))
        d = job.let("d off bend", points[1] - mid)
        length = job.let("h dist len_d", k.call("length", d))
        n = job.let("n dir grad", d / k.call("max", length, 1e-3))
        rest = job.param("rest_height rest_bend h0", 0.0, 0.5, 0.0, 0.1, literal=False)
        return job.let("c error bend_error", length - rest), [-0.5 * n, n, -0.5 * n]
    if what == "bend_angle":
        d = job.let("d lap e", 0.5 * (points[0] + points[1]) - 0.5 * (points[2] + points[3]))
        length = job.let("length dist len_d", k.call("length", d))
        n = job.let("n dir grad", d / k.call("max", length, 1e-3))
        rest = job.param("rest_gap rest_length l0", 0.0, 0.5, 0.1, literal=False)
        half = job.let("half_n g g0", 0.5 * n)
        return job.let("c error bend_error", length - rest), [half, half, -half, -half]
    if what == "area":
        e1, e2 = job.let("e1 ab u", points[1] - points[0]), job.let("e2 ac v", points[2] - points[0])
        n = job.let("cross n normal", k.call("cross", e1, e2))
        area = job.let("area a_tri current_area", 0.5 * k.call("length", n))
        rest = job.param("rest_area area0 a0", 0.1, 1.0, 0.5)
        unit = job.let("n_hat unit_n dir_n", k.call("normalize", n))
        g1 = job.let("g1 grad1 gb", 0.5 * k.call("cross", e2, unit))
        g2 = job.let("g2 grad2 gc", 0.5 * k.call("cross", unit, e1))
        return job.let("c error area_error", area - rest), [-(g1 + g2), g1, g2]
    e1, e2, e3 = (
        job.let(name, p - points[0]) for name, p in zip(("e1 ab u", "e2 ac v", "e3 ad w_edge"), points[1:], strict=True)
    )
    volume = job.let("volume vol v_tet", k.call("dot", k.call("cross", e1, e2), e3) / 6.0)
    rest = job.param("rest_volume vol0 v0", 0.05, 0.5, 0.1)
    g1 = job.let("g1 grad1 gb", k.call("cross", e2, e3) / 6.0)
    g2 = job.let("g2 grad2 gc", k.call("cross", e3, e1) / 6.0)
    g3 = job.let("g3 grad3 gd", k.call("cross", e1, e2) / 6.0)
    return job.let("c error vol_error", volume - rest), [-(g1 + g2 + g3), g1, g2, g3]


def _single(k: Kernel, what: str) -> None:
    """What a solver does to each particle before or after its constraints."""
    rng = k.rng
    job = Job(k, "particle node vertex point", physical=True)
    job.start()
    vector = t.vec(rng.choose((3, 3, 2)), k.real)
    if what == "pin":
        job.titled("solve_pins pin_constraints attach_{s} apply_attachments pin_{s} pull_to_targets solve_attachments")
        x = job.array("positions pos x predicted {}_q", vector, None, "inout", low=-1.0, high=1.0)
        target = job.read("targets anchors pin_pos goal_positions", "target anchor goal", vector, nest=0.0)
        d = job.let("d diff offset", target - x[job.at])
        stiff = job.param("stiffness pin_stiffness alpha k_pin", 0.1, 1.0, 0.5, 0.9)
        length = job.let("dist length d_len", k.call("length", d))
        if job.more(0.5):
            reach = job.param("slack max_distance dead_zone", 0.05, 0.5, 0.1, each=False)
            with k.when(length > reach):
                k.augment(x[job.at], "+", d * (stiff * (length - reach) / length))
        else:
            k.augment(x[job.at], "+", d * stiff)
        if job.more(0.3):
            job.write("pin_error errors distances", length)
        k.shared.differentiable = False
        return
    job.titled(
        "apply_deltas apply_corrections finish_step update_velocities"
        " apply_position_deltas commit_positions add_corrections {}_apply_deltas"
    )
    x = job.read("positions pos x predicted {}_q", "p x_i pos_i", vector, nest=0.0)
    delta = job.read("deltas corrections dx position_deltas", "d delta corr", vector, nest=0.0)
    if rng.chance(0.5):
        count = job.read("counts num_constraints constraint_counts", "n count c_num", t.I32, 0, 8, nest=0.0)
        delta = job.let("mean_delta avg step", delta / k.cast(k.call("max", count, 1), k.real))
    if job.more(0.4):
        delta = job.let(
            "relaxed_delta scaled damped",
            delta * job.param("relaxation omega sor", 0.5, 1.5, 1.0, 0.8, each=False, literal=False),
        )
    if job.more(0.3):
        most = job.param("max_move max_delta max_step", 0.1, 1.0, 0.5, each=False)
        size = job.let("size move_len d_len", k.call("length", delta))
        delta = job.let(
            "limited_move clipped capped", k.where(size > most, delta * (most / k.call("max", size, 1e-3)), delta)
        )
    new = job.let("x_new p_new corrected", x + delta)
    job.write("positions_out pos_out x_out corrected_pos", new)
    if job.more(0.6):
        old = job.read("prev_pos x_prev old_positions {}_q_prev", "x_old prev before", vector)
        inverse = job.param("inv_dt rcp_dt rate", 10.0, 100.0, 60.0, 50.0, each=False)
        job.write("velocities vel_out v_out {}_qd", (new - old) * inverse)
