"""Joints by the orientations of the two bodies that they hold: angles, drives, springs, limits, corrections."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .build import Body, Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tree import Expr

VEC3 = t.vec(3)


class _Joint:
    """A thread for each joint, with the rotations of its frames on both bodies."""

    def __init__(self, k: Kernel) -> None:
        self.k, self.rng = k, k.rng
        self.job = job = Job(k, "joint joint hinge constraint", physical=True)
        job.start(sizes=(20,))
        if job.more(0.2) and not job.masked:
            with k.when(k.negate(job.array("joint_enabled {}_active enabled", t.BOOL, low=0, high=1)[job.at])):
                k.give()
        self.bodies: Dim = k.dim(k.rng.choose((8, 12, 16)))
        self.rooted = k.rng.chance(0.35)
        """Whether some joints hang on the world, which is body -1."""
        self.parent, self.child = self._ends()
        self.posed = k.rng.chance(0.6)
        self.table = (
            job.array("body_q poses body_xforms", t.transform(), (self.bodies,), low=-1.0, high=1.0, unit=True)
            if self.posed
            else job.array("body_rot body_quat rotations", t.quat(), (self.bodies,), low=-1.0, high=1.0, unit=True)
        )
        self.spins: Expr | None = None
        k.gap()
        self.q_p = self._rotation(self.parent, "q_p rot_p qp")
        self.q_c = self._rotation(self.child, "q_c rot_c qc")
        self._offsets()

    def _ends(self) -> tuple[Expr, Expr]:
        job = self.job
        size, low = self.bodies, -1 if self.rooted else 0
        most, bound = size.size - 1, size.symbol
        if not self.rooted and self.rng.chance(0.35):
            kind = t.vec(2, t.I32)
            both = job.array("{}_bodies {}_pairs body_pairs", kind, low=0, high=most, bound=bound)[job.at]
            pair = job.let("pair ids ab", both)
            return job.let("parent p a", pair[0]), job.let("child c b", pair[1])
        parents = job.array("joint_parent parents parent_ids", t.I32, low=low, high=most, bound=bound)
        children = job.array("joint_child children child_ids", t.I32, low=0, high=most, bound=bound)
        return job.let("parent p a", parents[job.at]), job.let("child c b", children[job.at])

    def of_body(self, body: Expr, name: str, value: Expr, of_world: Expr) -> Expr:
        """What a body has; what the world has, if it is the parent."""
        k, job = self.k, self.job
        if not self.rooted or body is self.child:
            return job.let(name, value)
        found = k.variable(job.words(name), of_world)
        with k.when(body >= 0):
            k.set(found, value)
        return found

    def on_parent(self, act: Callable[[], None]) -> None:
        """What is done to the parent, which may be the world."""
        if self.rooted:
            with self.k.when(self.parent >= 0):
                act()
        else:
            act()

    def _rotation(self, body: Expr, name: str) -> Expr:
        k = self.k
        q: Expr = self.table[body]
        if self.posed:
            q = k.call("transform_get_rotation", q)
        return self.of_body(body, name, q, k.call("quat_identity", gives=t.quat()))

    def _offsets(self) -> None:
        """The joint's own frames on the bodies, where it has some."""
        job = self.job
        if not self.rng.chance(0.4):
            return
        own = job.array("joint_rot_p parent_offset {}_q_p", t.quat(), low=-1.0, high=1.0, unit=True)[job.at]
        self.q_p = job.let("q_p_j q_wj rot_pj", self.q_p * own)
        if self.rng.chance(0.5):
            own = job.array("joint_rot_c child_offset {}_q_c", t.quat(), low=-1.0, high=1.0, unit=True)[job.at]
            self.q_c = job.let("q_c_j q_wc rot_cj", self.q_c * own)

    def relative(self) -> Expr:
        def build(b: Body, q_p: Expr, q_c: Expr) -> Expr:
            return b.call("quat_inverse", q_p) * q_c

        titles = "relative_rotation child_in_parent rel_rotation joint_rotation"
        made = self.job.formula(titles, build, ("q_p rot_p qp", self.q_p), ("q_c rot_c qc", self.q_c), share=0.25)
        return self.job.let("q_rel rel dq", made)

    def shortest(self, q: Expr) -> Expr:
        """The same rotation the short way round."""
        k, job = self.k, self.job
        if self.rng.chance(0.5):
            return job.let("q_s rel_s short", k.where(q[3] < 0.0, -q, q))
        turned = k.variable(job.words("q_s rel_s short"), q)
        with k.when(q[3] < 0.0):
            k.set(turned, -q)
        return turned

    def axis(self) -> Expr:
        """The axis that it turns about, in its own frame."""
        job, k = self.job, self.k
        if self.rng.chance(0.25):
            which = self.rng.integer(0, 2)
            return k.make(VEC3, *[1.0 if n == which else 0.0 for n in range(3)])
        return job.read("joint_axis axes hinge_axis", "axis a ax", VEC3, -1.0, 1.0, 0.0, unit=True)

    def _spin(self, body: Expr, name: str) -> Expr:
        """The angular velocity of a body."""
        k, job = self.k, self.job
        if self.spins is None:
            self.twisted = self.rng.chance(0.5)
            kind: t.Type = t.spatial() if self.twisted else VEC3
            names = "body_qd twists body_twist" if self.twisted else "body_omega ang_vel body_w"
            self.spins = job.array(names, kind, (self.bodies,), low=-2.0, high=2.0)
        value: Expr = self.spins[body]
        if self.twisted:
            value = k.call("spatial_top", value)
        return self.of_body(body, name, value, k.zero(VEC3))

    def rate(self) -> Expr:
        """How fast the child turns as the parent sees it, in the world's axes."""
        w_p = self._spin(self.parent, "w_p omega_p wp_")
        return self.job.let("w_rel rel_w dw", self._spin(self.child, "w_c omega_c wc") - w_p)

    def angle(self, q: Expr, axis: Expr) -> Expr:
        """The turn about an axis."""
        k, job = self.k, self.job
        if self.rng.chance(0.25):
            # Warp's own measures it in the axis's frame, without its sign.
            return job.let("angle theta phi", k.call("quat_twist_angle_signed", axis, q, gives=t.F32))
        if self.rng.chance(0.3):
            q = self.shortest(q)

        def build(b: Body, q: Expr, axis: Expr) -> Expr:
            along = b.let("=s proj along", b.call("dot", b.make(VEC3, q[0], q[1], q[2]), axis))
            return 2.0 * b.call("atan2", along, q[3])

        operands = ("q q_rel rel", q), ("axis a ax", axis)
        angle = job.let("angle theta phi", job.formula("twist_angle hinge_angle angle_about", build, *operands))
        if self.rng.chance(0.3):
            wrapped = k.variable(job.words("wrapped angle_w theta_w"), angle)
            with k.when(angle > 3.14159):
                k.set(wrapped, angle - 6.28319)
            with k.when(angle < -3.14159):
                k.set(wrapped, angle + 6.28319)
            return wrapped
        return angle

    def push(self, torque: Expr) -> None:
        """A torque on the child, and its opposite on the parent."""
        k, job, rng = self.k, self.job, self.rng
        torque = job.let("tau torque t_w", torque)
        spatial = rng.chance(0.45)
        kind: t.Type = t.spatial() if spatial else VEC3
        names = "body_f wrenches body_wrench" if spatial else "body_torque torques body_t"
        target = job.array(names, kind, (self.bodies,), "inout", low=0.0, high=0.0)
        zero = k.zero(VEC3)

        def of(value: Expr) -> Expr:
            return k.make(kind, value, zero) if spatial else value

        k.do(k.call("atomic_add", target, self.child, of(torque), gives=kind))

        def back() -> None:
            if rng.chance(0.5):
                k.do(k.call("atomic_sub", target, self.parent, of(torque), gives=kind))
            else:
                k.do(k.call("atomic_add", target, self.parent, of(-torque), gives=kind))

        self.on_parent(back)


def _measure(k: Kernel) -> None:
    """The coordinates of a joint from the poses of its bodies."""
    joint = _Joint(k)
    job = joint.job
    job.titled("eval_joint_angles joint_angles measure_joints eval_ik joint_coordinates compute_joint_q {}_angles")
    if joint.rng.chance(0.35):
        _coordinates(joint)
        return
    axis = joint.axis()
    angle = joint.angle(joint.relative(), axis)
    job.write("joint_q angles joint_angle", angle)
    if job.more(0.6):
        along = k.call("quat_rotate", joint.q_p, axis)
        along = job.let("axis_w world_axis a_w", along)
        job.write("joint_qd joint_vel rates", k.call("dot", joint.rate(), along))
    if job.more(0.25):
        low, high = (
            job.read("limit_lower q_min", "lo lower", t.F32, -1.5, -0.5, 0.5),
            job.read("limit_upper q_max", "hi upper", t.F32, 0.5, 1.5, 0.5),
        )
        job.write("at_limit limit_hit limit_flags", k.either(angle < low, angle > high))
        k.shared.differentiable = False


def _coordinates(joint: _Joint) -> None:
    """One angle of a hinge, the rotation vector of a ball joint."""
    k, job, rng = joint.k, joint.job, joint.rng
    kinds = job.array("joint_type types {}_kind", t.I32, low=0, high=2)
    kind = job.let("type jtype kind", kinds[job.at])
    names = k.rng.choose((("REVOLUTE", "BALL"), ("JOINT_REVOLUTE", "JOINT_BALL"), ("HINGE", "BALL")))
    first, second = (k.constant(n, t.I32, f"={name}") for n, name in enumerate(names))
    axis, q = joint.axis(), joint.relative()
    out = job.array("joint_q coords joint_coords", VEC3, None, "out")
    if rng.chance(0.5):
        with k.when(kind.equals(first)):
            k.set(out[job.at], k.make(VEC3, joint.angle(q, axis), k.lit(0.0), k.lit(0.0)))
        with k.otherwise_when(kind.equals(second)):
            _rotation_vector(joint, q, out)
        if rng.chance(0.5):
            with k.otherwise():
                k.set(out[job.at], k.zero(VEC3))
    else:
        with k.when(kind.equals(first)):
            k.set(out[job.at], joint.angle(q, axis) * axis)
            k.give()
        with k.when(kind.equals(second)):
            _rotation_vector(joint, q, out)
    k.shared.differentiable = False


def _rotation_vector(joint: _Joint, q: Expr, out: Expr) -> None:
    k, job = joint.k, joint.job
    q = joint.shortest(q)
    vector = k.make(VEC3, q[0], q[1], q[2])
    if joint.rng.chance(0.5):
        k.set(out[job.at], 2.0 * vector)
        return
    v = job.let("v im vec_part", vector)
    sine = job.let("s sin_half len_v", k.call("length", v))
    angle = job.let("phi ball_angle rot_angle", 2.0 * k.call("atan2", sine, q[3]))
    k.set(out[job.at], v * (angle / k.call("max", sine, k.choose_lit(1e-6, 1e-5))))


def _drive(k: Kernel) -> None:
    """A motor that holds a hinge at an angle, or at a rate."""
    joint = _Joint(k)
    job, rng = joint.job, joint.rng
    job.titled("joint_drive apply_joint_drives {}_pd eval_joint_motors hinge_motors joint_pd_control drive_{s}")
    axis = joint.axis()
    along = job.let("axis_w world_axis a_w", k.call("quat_rotate", joint.q_p, axis))
    rate = job.let("qd rate joint_w", k.call("dot", joint.rate(), along))
    paired = rng.chance(0.25)
    gains = job.read("gains joint_gains pd_gains", "g gain k_pd", t.vec(2), 0.5, 20.0, 0.0) if paired else None
    kd = gains[1] if gains is not None else job.param("kd target_kd damping", 0.1, 5.0, 1.0, 0.5)
    if rng.chance(0.7):
        goal = job.read("joint_target targets target_q", "goal target q_ref", t.F32, -1.5, 1.5)
        angle = joint.angle(joint.relative(), axis)
        ke = gains[0] if gains is not None else job.param("ke target_ke stiffness", 1.0, 50.0, 10.0, 20.0)
        if rng.chance(0.3):
            wanted = job.read("target_qd joint_target_qd goal_rate", "goal_w qd_ref target_w", t.F32, -1.0, 1.0)
            effort = ke * (goal - angle) + kd * (wanted - rate)
        else:
            effort = ke * (goal - angle) - kd * rate
    else:
        goal = job.read("target_vel joint_target_vel rate_cmd", "goal target w_ref", t.F32, -2.0, 2.0)
        effort = kd * (goal - rate)
    effort = job.let("u effort tau_m", effort)
    if job.more(0.5):
        most = job.param("max_effort effort_limit torque_limit", 1.0, 20.0, 5.0, 10.0, literal=False)
        effort = job.let("u_c clamped tau_c", k.call("clamp", effort, -most, most))
    if job.more(0.25):
        effort = effort - job.param("friction joint_friction f_c", 0.01, 0.5, 0.1) * k.call("sign", rate)
    joint.push(along * effort)
    if job.more(0.25):
        job.write("joint_effort efforts joint_tau", effort)
    k.shared.differentiable = False


def _spring(k: Kernel) -> None:
    """A ball joint that springs back to how it rests."""
    joint = _Joint(k)
    job, rng = joint.job, joint.rng
    job.titled("ball_joint_springs angular_springs {}_springs eval_joint_torques restore_orientation bend_twist_torque")
    q = joint.relative()
    if rng.chance(0.5):
        rest = job.read("rest_rot rest_quat q_rest", "q0 rest rest_q", t.quat(), -1.0, 1.0, 0.3, unit=True)
        q = job.let("q_err err dq_rest", k.call("quat_inverse", rest) * q)
    q = joint.shortest(q)
    vector = job.let("e err_vec rot_err", 2.0 * k.make(VEC3, q[0], q[1], q[2]))
    stiff = job.param("ke bend_ke ang_stiffness", 1.0, 50.0, 10.0, 5.0)
    if job.more(0.35):
        gains = job.read("joint_stiffness ke_axes stiffness_xyz", "k3 gains ke3", VEC3, 1.0, 20.0)
        local = -k.call("cw_mul", gains, vector)
    else:
        local = vector * -stiff
    torque = job.let("tau_w spring_w world_tau", k.call("quat_rotate", joint.q_p, local))
    if job.more(0.6):
        torque = torque - job.param("kd ang_damping bend_kd", 0.1, 2.0, 0.5, 1.0) * joint.rate()
    joint.push(torque)
    if job.more(0.25):
        job.write("joint_energy energies spring_energy", 0.5 * stiff * k.call("dot", vector, vector))
    k.shared.differentiable = False


def _limit(k: Kernel) -> None:
    """The swing and the twist of a joint, kept within their limits."""
    joint = _Joint(k)
    job, rng = joint.job, joint.rng
    job.titled("swing_twist_limits clamp_joints limit_{s} cone_limits joint_limits enforce_limits limit_swing")
    axis = joint.axis()
    q = joint.shortest(joint.relative())
    along = job.let("d proj dp", k.call("dot", k.make(VEC3, q[0], q[1], q[2]), axis))
    pure = job.let("r tw_v twist_v", axis * along)
    twist = job.let("twist q_twist tw", k.call("normalize", k.make(t.quat(), pure[0], pure[1], pure[2], q[3])))
    swing = job.let("swing q_swing sw", q * k.call("quat_inverse", twist))
    what = job.pick(measure=1.5, twist=2.0, swing=2.0)
    if what == "measure":
        job.titled("swing_twist decompose_joints split_rotation {}_swing_twist twist_angles")
        job.write("twist_angles twists twist_out", 2.0 * k.call("atan2", along, q[3]))
        if rng.chance(0.6):
            cosine = k.call("clamp", k.call("abs", swing[3]), 0.0, 0.9999)
            job.write("swing_angles swings swing_out", 2.0 * k.call("acos", cosine))
        else:
            job.write("swing_rot swings q_swing_out", swing)
        return
    if what == "twist":
        angle = job.let("angle theta tw_angle", 2.0 * k.call("atan2", along, q[3]))
        low = job.param("twist_min lower_limit min_twist", -1.5, -0.2, -0.5, -1.0, literal=False)
        high = job.param("twist_max upper_limit max_twist", 0.2, 1.5, 0.5, 1.0, literal=False)
        if rng.chance(0.4):
            error = job.let("over excess err", angle - k.call("clamp", angle, low, high))
            stiff = job.param("limit_ke ke k_limit", 1.0, 50.0, 10.0, 20.0)
            joint.push(k.call("quat_rotate", joint.q_p, axis) * (-stiff * error))
            k.shared.differentiable = False
            return
        held = job.let("held clamped tw_c", k.call("clamp", angle, low, high))
        fixed = swing * k.call("quat_from_axis_angle", axis, held)
    else:
        most = job.param("cone_angle max_swing swing_limit", 0.2, 1.2, 0.5, 0.8, literal=False)
        half = job.let("half_cos w_s cos_half", k.call("clamp", swing[3], 0.0, 0.9999))
        angle = job.let("sw_angle swing_angle alpha", 2.0 * k.call("acos", half))
        kept = k.variable(job.words("kept sw_c limited"), swing)
        with k.when(angle > most):
            k.set(kept, k.call("quat_slerp", k.call("quat_identity", gives=t.quat()), swing, most / angle))
        fixed = kept * twist
    fixed = job.let("q_lim fixed rel_c", fixed)
    if rng.chance(0.5):
        job.write("rel_out limited_rot q_rel_out", fixed)
    else:
        job.write("child_rot q_child_out goal_rot", k.call("normalize", joint.q_p * fixed))
    k.shared.differentiable = False


def _align(k: Kernel) -> None:
    """Turns that bring the two bodies of a joint in line, shared by their inverse inertia."""
    joint = _Joint(k)
    job, rng = joint.job, joint.rng
    job.titled("solve_joint_angular align_{s} angular_constraints solve_hinge_axes xpbd_angular project_orientations")
    if rng.chance(0.5):
        axis = joint.axis()
        a, b = (
            job.let("a_p axis_p ap", k.call("quat_rotate", joint.q_p, axis)),
            job.let("a_c axis_c ac", k.call("quat_rotate", joint.q_c, axis)),
        )
        error = k.call("cross", a, b)
    else:
        job.titled("lock_orientations solve_fixed_{s} angular_constraints weld_rotations xpbd_fixed_joint")
        q = joint.shortest(job.let("dq q_err rel", joint.q_c * k.call("quat_inverse", joint.q_p)))
        error = 2.0 * k.make(VEC3, q[0], q[1], q[2])
    error = job.let("err corr dphi", error)
    size = job.let("angle mag c", k.call("length", error))
    with k.when(size < k.choose_lit(1e-5, 1e-4, 1e-6)):
        k.give()
    inertia = job.array("inv_inertia body_inv_I inv_I", t.F32, (joint.bodies,), low=0.1, high=2.0)
    w_c: Expr = job.let("w_c inv_c wc", inertia[joint.child])
    w_p = joint.of_body(joint.parent, "w_p inv_p wp_", inertia[joint.parent], k.lit(0.0))
    total: Expr = w_p + w_c
    if job.more(0.5):
        compliance = job.param("compliance ang_compliance alpha", 0.0, 0.1, 0.01, 0.001, each=False, literal=False)
        if rng.chance(0.5):
            dt = job.param("dt sub_dt h", 0.005, 0.05, 0.01, each=False, literal=False)
            compliance = compliance / (dt * dt)
        total = total + compliance
    share = job.let("s lam scale", 1.0 / total)
    if job.more(0.3):
        share = share * job.param("relaxation omega sor", 0.3, 1.0, 0.8, 0.5, each=False)
    out = job.array("ang_deltas rot_deltas dtheta", VEC3, (joint.bodies,), "inout", low=0.0, high=0.0)

    def back() -> None:
        k.do(k.call("atomic_add", out, joint.parent, error * (w_p * share), gives=VEC3))

    joint.on_parent(back)
    k.do(k.call("atomic_add", out, joint.child, -error * (w_c * share), gives=VEC3))
    if job.more(0.3):
        job.write("errors joint_error residuals", size)
    k.shared.differentiable = False


_TASKS: dict[Callable[[Kernel], None], float] = {
    _measure: 1.3,
    _drive: 2.5,
    _spring: 2.0,
    _limit: 2.5,
    _align: 2.5,
}


@recipe("joints between bodies by their orientations", "quaternion:2.2", "rigid control", SINGLE, grows=4.0)
def joint_turns(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
