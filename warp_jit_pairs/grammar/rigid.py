"""Rigid bodies: integration of poses, chains of joints, contacts, key poses."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import extra, recipe
from .rotations import FIELDS, spun
from .tree import Expr


@recipe("integration of a rigid body's pose and twist", "quaternion:2.5 combined:0.6", FIELDS, "integrate")
def rigid_step(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1)
    k.guard()
    real = k.real
    dims = k.launch
    dt = k.parameter("dt", 0.001, 0.05, 0.01, 0.02)
    pose_type, twist_type = t.transform(real), t.spatial(real)
    separate = rng.chance(0.3)
    inplace = rng.chance(0.4)
    role = "inout" if inplace else "in"
    if separate:
        xs = k.array("position", k.vec3, dims, role, low=-2.0, high=2.0)
        qs = k.array("quaternion", t.quat(real), dims, role, low=-1.0, high=1.0, unit=True)
        x0, q0 = k.let("position", xs[i]), k.let("rotation", qs[i])
        v0 = k.let("velocity", k.load("velocity", k.vec3))
        w0 = k.let("omega", k.load("omega", k.vec3))
    else:
        poses = k.array("transform", pose_type, dims, role, low=-1.0, high=1.0, unit=True)
        twists = k.array("spatial", twist_type, dims, "in", low=-2.0, high=2.0)
        pose = k.let("transform", poses[i])
        twist = k.let("spatial", twists[i])
        x0 = k.let("position", k.call("transform_get_translation", pose))
        q0 = k.let("rotation", k.call("transform_get_rotation", pose))
        w0 = k.let("omega", k.call("spatial_top", twist))
        v0 = k.let("velocity", k.call("spatial_bottom", twist))
    k.gap()
    inv_mass = k.load("inverse_mass", real, 0.0, 2.0)
    force = k.maybe("force", k.load("force", k.vec3))
    gravity = k.make(k.vec3, 0.0, 0.0, -9.81) if rng.chance(0.5) else k.scalar("acceleration", k.vec3, -10.0, 10.0)
    k.comment("linear part")
    v1 = k.let("velocity", v0 + (force * inv_mass + gravity) * dt)
    if rng.chance(0.4):
        v1 = k.let("velocity", v1 * (1.0 - k.parameter("damping", 0.0, 0.5, 0.05, 0.1) * dt))
    x1 = k.let("position", x0 + v1 * dt)
    k.gap()
    k.comment("angular part")
    if rng.chance(0.6):
        inertia = k.load("inertia", t.mat(3, 3, real), 0.1, 1.0)
        torque = k.load("torque", k.vec3)
        wb = k.let("omega", k.call("quat_rotate_inv", q0, w0))
        tb = k.let("torque", k.call("quat_rotate_inv", q0, torque))
        if rng.chance(0.5):
            tb = k.let("torque", tb - k.call("cross", wb, inertia @ wb))
        w1 = k.let("omega", k.call("quat_rotate", q0, wb + inertia @ tb * dt))
    else:
        w1 = k.let("omega", w0 + k.load("torque", k.vec3) * k.load("inverse_mass", real, 0.1, 2.0) * dt)
    if rng.chance(0.5):
        spin = k.make(t.quat(real), w1, k.lit(0.0))
        q1 = k.let("rotation", k.call("normalize", q0 + spin * q0 * (0.5 * dt if rng.chance(0.5) else k.lit(0.5) * dt)))
    else:
        q1 = k.let("rotation", spun(k, q0, w1))
    if rng.chance(0.3):
        w1 = k.let("omega", w1 * (1.0 - k.parameter("damping", 0.0, 0.2, 0.05) * dt))
    k.gap()
    if separate:
        if inplace:
            k.set(xs[i], x1)
            k.set(qs[i], q1)
            k.shared.differentiable = False
        else:
            k.output("position", x1)
            k.output("rotation", q1)
        k.output("velocity", v1)
        if rng.chance(0.6):
            k.output("omega", w1)
    else:
        result = k.make(pose_type, x1, q1)
        if inplace:
            k.set(poses[i], result)
            k.shared.differentiable = False
        else:
            k.output("transform", result)
        k.output("spatial", k.make(twist_type, w1, v1))


@recipe("poses of bodies in a chain of joints", "quaternion:2 control_flow:0.3", FIELDS, "integrate")
def joint_chain(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (16,))
    k.guard()
    real = k.real
    dims = k.launch
    pose = t.transform(real)
    parents = k.array("indices", t.I32, dims, low=-1, high=15, bound=dims[0].symbol)
    body_q = k.array("transform", pose, dims, low=-1.0, high=1.0, unit=True)
    parent = k.let("index", parents[i])
    x_parent = k.variable(
        "transform", k.call("transform_identity", gives=pose) if real is t.F32 else self_identity(k, pose)
    )
    test = parent >= 0 if rng.chance(0.7) else parent.differs(-1)
    with k.when(test):
        k.set(x_parent, body_q[parent])
    anchor = k.maybe("transform", k.load("transform", pose, -1.0, 1.0, unit=True))
    angle = k.load("angle", real, -1.5, 1.5)
    axis = k.load("direction", k.vec3)
    if rng.chance(0.6):
        turn = k.let("rotation", k.call("quat_from_axis_angle", k.call("normalize", axis), angle))
        joint = k.let("transform", k.make(pose, k.zero(k.vec3), turn))
    else:
        joint = k.let(
            "transform",
            k.make(
                pose,
                axis * angle,
                k.call("quat_identity", gives=t.quat(real)) if real is t.F32 else self_identity(k, t.quat(real)),
            ),
        )
    world = k.let("transform", x_parent * anchor * joint)
    if rng.chance(0.5):
        local = k.load("position", k.vec3)
        k.output("position", k.call("transform_point", world, local))
    if rng.chance(0.4):
        k.output("direction", k.call("transform_vector", world, axis))
    k.output("transform", world)


def self_identity(k: Kernel, value: t.Type) -> Expr:
    """The identity of a transform or quaternion in a wider precision."""
    dtype = tree.Verbatim(t.SHAPE, 0.0, 0.0, str(value.scalar))
    name = "wp.transform_identity" if isinstance(value, t.Transform) else "wp.quat_identity"
    return tree.Call(value, -1.0, 1.0, name, (), (("dtype", dtype),))


@recipe("contact points, their velocities and impulses", "quaternion:1.5 combined:0.6 vector:0.3", FIELDS, "map")
def contact_response(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    real = k.real
    pose = k.let("transform", k.load("transform", t.transform(real), -1.0, 1.0, unit=True))
    twist = k.let("spatial", k.load("spatial", t.spatial(real)))
    local = k.load("position", k.vec3)
    n = k.let("normal", k.load("normal", k.vec3, -1.0, 1.0, unit=True))
    p = k.let("position", k.call("transform_point", pose, local))
    com = k.call("transform_get_translation", pose)
    r = k.let("vector", p - com)
    v = k.let("velocity", k.call("spatial_bottom", twist) + k.call("cross", k.call("spatial_top", twist), r))
    vn = k.let("projection", k.call("dot", v, n))
    depth = k.let("depth", k.call("dot", p, n) - k.parameter("offset", -0.5, 0.5, 0.0, 0.1))
    ke, kd = k.parameter("stiffness", 10.0, 100.0, 50.0), k.parameter("damping", 0.1, 5.0, 1.0)
    mu = k.parameter("parameter", 0.1, 1.0, 0.5, 0.3)
    if rng.chance(0.5):
        with k.when(depth > 0.0 if rng.chance(0.7) else depth >= k.parameter("tolerance", 0.0, 0.2, 0.1)):
            k.give()
    fn = k.let("force", k.call("min", depth, 0.0) * ke if rng.chance(0.5) else ke * depth)
    fd = k.let("force", k.call("min", vn, 0.0) * kd)
    tangent = k.let("vector", v - n * vn)
    speed = k.let("magnitude", k.call("length", tangent) + k.choose_lit(1e-3, 1e-2, 0.1))
    ft = k.let("force", tangent / speed * k.call("min", speed * kd, mu * k.call("abs", fn + fd)))
    total = k.let("force", n * (fn + fd) + ft)
    wrench = k.make(t.spatial(real), k.call("cross", r, total), total)
    if rng.chance(0.5):
        bodies = k.dim(8)
        body = k.index_into("index", bodies)
        target = k.array("spatial", t.spatial(real), (bodies,), "inout", low=0.0, high=0.0)
        k.do(k.call(rng.choose(("atomic_add", "atomic_sub")), target, body, wrench, gives=t.spatial(real)))
    else:
        k.output("spatial", wrench)
    extra(k, "arithmetic", "r", 0, 0)


@recipe("interpolation of key poses over time", "quaternion:1.5", "control rigid", "gather")
def keyframes(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    real = k.real
    frames = k.dim(8)
    time = k.let("time", k.load("time", real, 0.0, 6.0))
    rate = k.parameter("frequency", 0.5, 1.0, 1.0, 0.5)
    u = k.let("coordinate", time * rate)
    rotations = k.array("quaternion", t.quat(real), (frames,), low=-1.0, high=1.0, unit=True)
    count = k.length(frames, rotations)
    first = k.let("index", k.call("clamp", k.cast(k.call("floor", u), t.I32), k.integer(0), count - 2))
    blend = k.let("ratio", k.call("clamp", u - k.cast(first, real), 0.0, 1.0))
    if rng.chance(0.4):
        blend = k.let(
            "weight",
            blend * blend * (3.0 - 2.0 * blend)
            if rng.chance(0.5)
            else k.call("smoothstep", k.lit(0.0), k.lit(1.0), blend),
        )
    how = rng.integer(0, 1)
    q0, q1 = k.maybe("rotation", rotations[first]), k.maybe("rotation", rotations[first + 1])
    q = k.let(
        "rotation", k.call("quat_slerp", q0, q1, blend) if how else k.call("normalize", q0 * (1.0 - blend) + q1 * blend)
    )
    if rng.chance(0.6):
        positions = k.array("position", k.vec3, (frames,), low=-2.0, high=2.0)
        p = k.let("position", k.call("lerp", positions[first], positions[first + 1], blend))
        if rng.chance(0.5):
            k.output("transform", k.make(t.transform(real), p, q))
        else:
            k.output("position", p + k.call("quat_rotate", q, k.load("offset", k.vec3)))
            k.output("rotation", q)
    else:
        k.output("rotation", q)
