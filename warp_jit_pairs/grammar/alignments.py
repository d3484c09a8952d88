"""Clouds of points brought to each other: the rotation and shift between two sets, shape matching."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Body, Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tree import Expr


@recipe(
    "rotations and shifts between sets of points",
    "matrix:0.12 quaternion:0.14",
    "cloth rigid",
    SINGLE,
    grows=8.0,
)
def aligned_points(k: Kernel) -> None:
    _Alignment(k).write()


class _Alignment:
    """A thread for each cluster of points, which are given twice."""

    def __init__(self, k: Kernel) -> None:
        self.k, self.rng = k, k.rng
        self.use = k.rng.weighted({"match": 2.5, "register": 3.0})
        things = "cluster body region chunk" if self.use == "match" else "scan pair fragment frame"
        self.job = Job(k, things)
        self.job.start(sizes=(10,))
        self.flat = k.rng.chance(0.3)
        self.size = 2 if self.flat else 3
        self.vector, self.matrix = t.vec(self.size, k.real), t.mat(self.size, self.size, k.real)
        self.weighted = k.rng.chance(0.5)
        plain = len(self.job.at) == 1 and self.job.dims == k.launch
        self.layout = k.rng.weighted({"rows": 3.0, "ragged": 2.0 if plain else 0.0, "listed": 2.0 if plain else 0.0})
        self.centered = self.use == "match" and k.rng.chance(0.4)
        """Whether the rest positions are already about their center."""
        self.arrays: dict[str, Expr] = {}
        self.turn: Expr | None = None
        """The rotation as a quaternion, if it is known so."""
        self.proper = True
        """Whether the rotation is no mirror image."""

    def write(self) -> None:
        k, job = self.k, self.job
        job.titled(
            "shape_matching match_shapes shape_match_{s} {}_goal_rotation meshless_match"
            if self.use == "match"
            else "register_{s} kabsch align_clouds icp_step rigid_registration align_{s} fit_rigid_transform"
        )
        self._lay_out()
        p_bar, q_bar = self._centers()
        k.gap()
        moment, spread = self._moment(p_bar, q_bar)
        k.gap()
        rotation = self._rotation(moment)
        self._results(rotation, moment, spread, p_bar, q_bar)
        k.shared.differentiable = False

    # -- points

    def _lay_out(self) -> None:
        k, job, rng = self.k, self.job, self.rng
        self.points: Dim = k.dim(rng.choose((6, 8)) if self.layout == "rows" else 40)
        if self.layout == "rows":
            self.dims: tuple[Dim, ...] = (*job.dims, self.points)
            return
        self.dims = (self.points,)
        items = self.points
        if self.layout == "listed":
            items = k.dim(36)
        starts = (k.derived(k.launch[0], 1, 1),)
        offsets = job.array("offsets {}_start {}_offsets", t.I32, starts, offsets_into=items.symbol)
        self.begin = job.let("start begin first", offsets[job.at[0]])
        self.end = job.let("end stop last", offsets[job.at[0] + 1])
        if self.layout == "listed":
            names, points = "{}_points members point_ids", self.points
            self.ids = job.array(names, t.I32, (items,), bound=points.symbol, low=0, high=points.size - 1)

    def _bounds(self) -> tuple[Expr, ...]:
        if self.layout == "rows":
            return (self.job.length(self.points, "num_points points_per_{} n_pts"),)
        return self.begin, self.end

    def _count(self) -> Expr:
        k, bounds = self.k, self._bounds()
        return k.cast(bounds[0] if len(bounds) == 1 else k.call("max", bounds[1] - bounds[0], 1), k.real)

    def _at(self, j: Expr) -> tuple[Expr, ...]:
        if self.layout == "rows":
            return (*self.job.at, j)
        if self.layout == "listed":
            return (self.job.let("i v pid", self.ids[j]),)
        return (j,)

    def _array(self, key: str) -> Expr:
        if key not in self.arrays:
            job = self.job
            names, kind, low = {
                "p": (
                    "rest_pos rest_points x_rest" if self.use == "match" else "source src_points points_a",
                    self.vector,
                    -1.0,
                ),
                "q": ("positions pos x" if self.use == "match" else "target dst_points points_b", self.vector, -1.0),
                "w": (
                    "masses mass point_mass" if self.use == "match" else "weights corr_weights conf",
                    self.k.real,
                    0.2,
                ),
            }[key]
            self.arrays[key] = job.array(names, kind, self.dims, low=low, high=1.5)
        return self.arrays[key]

    def _weight(self, at: tuple[Expr, ...]) -> Expr | None:
        if not self.weighted:
            return None
        return self.job.let("m w_i wi" if self.use == "match" else "w w_i wi", self._array("w")[at])

    def _centers(self) -> tuple[Expr | None, Expr]:
        """Where the two sets are."""
        k, job = self.k, self.job
        p_sum = None if self.centered else k.variable(job.words("p_sum src_sum c0"), k.zero(self.vector))
        q_sum = k.variable(job.words("q_sum dst_sum c1"), k.zero(self.vector))
        total = k.variable(job.words("m_sum w_sum total_w"), k.lit(0.0)) if self.weighted else None
        with k.loop(job.words("j s n"), *self._bounds()) as j:
            at = self._at(j)
            w = self._weight(at)
            if p_sum is not None:
                p = self._array("p")[at]
                k.augment(p_sum, "+", p if w is None else w * p)
            q = self._array("q")[at]
            k.augment(q_sum, "+", q if w is None else w * q)
            if total is not None and w is not None:
                k.augment(total, "+", w)
        if total is None:
            scale = job.let("inv_n inv_count rn", 1.0 / self._count())
        else:
            scale = job.let("inv_m inv_w rw", 1.0 / k.call("max", total, 1e-6))
        p_bar = None if p_sum is None else job.let("p_bar p_mean src_c", p_sum * scale)
        return p_bar, job.let("q_bar q_mean dst_c", q_sum * scale)

    def _moment(self, p_bar: Expr | None, q_bar: Expr) -> tuple[Expr, Expr | None]:
        """The sum of products that the rotation comes from, and how far the first set spreads."""
        k, job = self.k, self.job
        a = k.variable(job.words("A H cross_cov"), k.zero(self.matrix))
        scaled = self.use == "register" and self.rng.chance(0.2)
        spread = k.variable(job.words("var_p spread_sum s2"), k.lit(0.0)) if scaled else None
        with k.loop(job.words("j s n"), *self._bounds()) as j:
            at = self._at(j)
            w = self._weight(at)
            p = self._array("p")[at]
            r = job.let("r dp p_c", p - p_bar if p_bar is not None else p)
            d = job.let("d dq q_c", self._array("q")[at] - q_bar)
            product = k.call("outer", d, r)
            k.augment(a, "+", product if w is None else w * product)
            if spread is not None:
                square = k.call("dot", r, r)
                k.augment(spread, "+", square if w is None else w * square)
        return a, spread

    # -- rotations

    def _rotation(self, a: Expr) -> Expr:
        k, job = self.k, self.job
        if self.flat:
            angle = job.let("theta angle phi", k.call("atan2", a[1, 0] - a[0, 1], a[0, 0] + a[1, 1]))
            c, s = job.let("c cos_t ct", k.call("cos", angle)), job.let("s sin_t st", k.call("sin", angle))
            return job.let("R rot R_ab", k.make(self.matrix, c, -s, s, c))
        how = job.pick(svd=0.7, polar=2.0, quat=3.0)
        if how == "quat":
            quat = t.quat(k.real)
            last = job.array("rotations {}_quat last_rot", quat, low=-1.0, high=1.0, unit=True)[job.at]
            titles = "extract_rotation polar_quat rotation_from_moment update_rotation"
            self.turn = job.let(
                "q quat_r rot_q", job.formula(titles, _by_turns, ("A H m", a), ("q q0 guess", last), share=0.5)
            )
            return job.let("R rot R_ab", k.call("quat_to_matrix", self.turn))
        self.proper = how == "svd"
        build = _by_values if how == "svd" else _by_means
        titles = "extract_rotation polar_rotation closest_rotation rotation_of best_rotation"
        return job.let("R rot R_ab", job.formula(titles, build, ("A H m", a), share=0.45))

    # -- results

    def _results(self, rotation: Expr, moment: Expr, spread: Expr | None, p_bar: Expr | None, q_bar: Expr) -> None:
        k, job, rng = self.k, self.job, self.rng
        if self.use == "match" and rng.chance(0.7):
            self._goals(rotation, p_bar, q_bar)
            if self.turn is not None:
                job.write("rotations_out q_out {}_rot_out", self.turn)
            elif rng.chance(0.4):
                job.write("rotations_out R_out {}_rot", rotation)
            return
        shift: Expr = q_bar
        scale: Expr | None = None
        if spread is not None:
            trace = k.call("trace", k.call("transpose", rotation) @ moment)
            scale = job.let("s scale sc", trace / k.call("max", spread, 1e-6))
            job.write("scales scale_out sizes", scale)
        if p_bar is not None:
            turned = rotation @ p_bar
            shift = q_bar - (turned if scale is None else scale * turned)
        shift = job.let("t_ab shift trans", shift)
        solid = not self.flat and self.proper
        how = job.pick(parts=3.0, pose=2.0 if solid and scale is None else 0.0, turn=1.5 if solid else 0.0)
        if how == "pose":
            turn = self._quat(rotation)
            job.write("poses_out transforms X_out", k.make(t.transform(k.real), shift, turn))
        else:
            turned = rotation if how == "parts" else self._quat(rotation)
            job.write("rotations_out R_out rot_out" if how == "parts" else "quats_out q_out rot_out", turned)
            job.write("translations t_out shifts", shift)
        if job.more(0.4):
            self._left_over(rotation, shift, scale)

    def _quat(self, rotation: Expr) -> Expr:
        return self.turn if self.turn is not None else self.k.call("quat_from_matrix", rotation)

    def _left_over(self, rotation: Expr, shift: Expr, scale: Expr | None) -> None:
        """How far the sets are from each other afterwards."""
        k, job, rng = self.k, self.job, self.rng
        k.gap()
        worst = rng.chance(0.3)
        error = k.variable(job.words("err res_sum e2"), k.lit(0.0))
        with k.loop(job.words("j s n"), *self._bounds()) as j:
            at = self._at(j)
            turned = rotation @ self._array("p")[at]
            moved = (turned if scale is None else scale * turned) + shift
            e = job.let("e gap diff", self._array("q")[at] - moved)
            if worst:
                k.set(error, k.call("max", error, k.call("length", e)))
            else:
                k.augment(error, "+", k.call("dot", e, e))
        if worst:
            job.write("max_errors worst residual_out", error)
        elif rng.chance(0.6):
            job.write("rms_errors rms residual_out", k.call("sqrt", error / self._count()))
        else:
            job.write("sq_errors costs residual_out", error)

    def _goals(self, rotation: Expr, p_bar: Expr | None, q_bar: Expr) -> None:
        """The points are drawn to where the rest shape would have them."""
        k, job, rng = self.k, self.job, self.rng
        stiff = job.param("stiffness alpha k_shape", 0.1, 1.0, 0.5, 0.8, each=False)
        out = job.array(
            "deltas corrections goal_offsets" if self.layout == "listed" else "goals goal_pos positions_out",
            self.vector,
            self.dims,
            "inout" if self.layout == "listed" else "out",
            **({"low": 0.0, "high": 0.0} if self.layout == "listed" else {}),
        )
        with k.loop(job.words("j s n"), *self._bounds()) as j:
            at = self._at(j)
            p = self._array("p")[at]
            goal = job.let("goal g target", rotation @ (p - p_bar if p_bar is not None else p) + q_bar)
            q = self._array("q")[at]
            if self.layout == "listed":
                # A point may belong to several clusters.
                move = stiff * (goal - q)
                k.do(k.call("atomic_add", out, at[0], move, gives=self.vector))
            else:
                k.set(out[at], q + stiff * (goal - q) if rng.chance(0.7) else k.call("lerp", q, goal, stiff))


def _by_means(b: Body, a: Expr) -> Expr:
    """Higham's iteration: the mean of a matrix and its inverse transpose."""
    turned = b.variable("=R Rk rot", a + b.choose_lit(1e-3, 1e-2, 1e-4) * b.identity(3))
    with b.loop("=it iteration m", b.rng.choose((3, 4, 5, 6))):
        det = b.let("=det d_r vol", b.call("determinant", turned))
        with b.when(b.call("abs", det) < b.choose_lit(1e-5, 1e-4)):
            b.leave_loop()
        b.set(turned, 0.5 * (turned + b.call("transpose", b.call("inverse", turned))))
    return turned


def _by_values(b: Body, a: Expr) -> Expr:
    """From the singular vectors; a mirror image is turned back."""
    vector, matrix = t.vec(3, b.real), t.mat(3, 3, b.real)
    triple = t.Tuple((matrix, vector, matrix))
    u, _, v = b.unpack(("=U u_mat", "=sigma sing", "=V v_mat"), b.call("svd3", a, gives=triple))
    vt = b.call("transpose", v)
    how = b.rng.choose(("sign", "branch", "column"))
    if how == "sign":
        det = b.let("=d sgn det_uv", b.call("determinant", u @ vt))
        fix = b.call("diag", b.make(vector, 1.0, 1.0, b.call("sign", det)), gives=matrix)
        return u @ fix @ vt
    made = b.variable("=R rot R_ab", u @ vt)
    with b.when(b.call("determinant", made) < 0.0):
        if how == "branch":
            flip = b.call("diag", b.make(vector, 1.0, 1.0, -1.0), gives=matrix)
            b.set(made, u @ flip @ vt)
        else:
            last, other = (b.make(vector, *[m[c, 2] for c in range(3)]) for m in (u, v))
            b.set(made, made - 2.0 * b.call("outer", last, other))
    return made


def _by_turns(b: Body, a: Expr, start: Expr) -> Expr:
    """Mueller's iteration: small turns of the last rotation towards the moment's columns."""
    vector = t.vec(3, b.real)
    q = b.variable("=q quat_r rot_q", start)
    with b.loop("=it iteration m", b.rng.choose((3, 4, 5, 8))):
        r = b.let("=Rq R_q basis", b.call("quat_to_matrix", q))
        turn: Expr | None = None
        size: Expr | None = None
        for n in range(3):
            own, other = (b.make(vector, *[m[c, n] for c in range(3)]) for m in (r, a))
            own, other = b.let(f"=r{n} rc{n} b{n}", own), b.let(f"=a{n} ac{n} h{n}", other)
            turn = b.call("cross", own, other) if turn is None else turn + b.call("cross", own, other)
            size = b.call("dot", own, other) if size is None else size + b.call("dot", own, other)
        assert turn is not None
        assert size is not None
        omega = b.let("=omega axis w", turn / (b.call("abs", size) + 1e-6))
        angle = b.let("=angle w_len theta", b.call("length", omega))
        with b.when(angle < b.choose_lit(1e-5, 1e-6, 1e-4)):
            b.leave_loop()
        b.set(q, b.call("normalize", b.call("quat_from_axis_angle", omega / angle, angle) * q))
    return q
