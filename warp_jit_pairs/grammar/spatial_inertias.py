"""Inertias of six by six: put together from mass and moments, applied to motions."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .slices import part, span
from .tasks import batched, opt, read, words, write


@recipe("inertias of six by six", "quaternion:0.24 matrix:0.18", "rigid control", {t.F32: 1.0})
def spatial_inertia(k: Kernel) -> None:
    """Spatial matrices: put together from mass and moments, applied to a motion."""
    rng = k.rng
    k.titles = words(
        "spatial_inertia spatial_momentum compute_momenta apply_spatial_inertia body_momentum "
        "link_momentum eval_spatial_inertia"
    )
    batched(k, rng.choose(("body", "link")), 0.12)
    six, motion, square = t.SpatialMatrix(t.F32), t.spatial(), t.mat(3, 3)
    v = read(k, "=v twist v_s qd", motion, -1.0, 1.0)
    if rng.chance(0.4):
        inertia = read(k, "=I_s inertia body_i", six, -1.0, 1.0)
    else:
        mass = read(k, "=m mass", t.F32, 0.5, 2.0)
        moments = read(k, "=I_c I_body moments", square, -1.0, 1.0)
        inertia = tree.Name(six, -1e3, 1e3, k.namer.local("=I_s spatial_I M_s"))
        k.add(tree.Assign((inertia,), tree.Call(six, 0.0, 0.0, k.spell(six), ())))
        low, high = span(k, 0, 3, 6), span(k, 3, 6, 6)
        if rng.chance(0.6):
            offset = opt(k, 0.45)
            if offset:
                c = k.let("=cx c_skew skew_c", k.call("skew", read(k, "=com c r", t.vec(3), -0.5, 0.5)))
                k.set(part(inertia, square, low, low), moments + (c @ k.call("transpose", c)) * mass)
                k.set(part(inertia, square, low, high), c * mass)
                k.set(part(inertia, square, high, low), k.call("transpose", c) * mass)
            else:
                k.set(part(inertia, square, low, low), moments)
            k.set(part(inertia, square, high, high), mass * k.identity(3))
        else:
            for n in range(3):
                k.set(part(inertia, t.F32, k.integer(n + 3), k.integer(n + 3)), mass)
            with k.loop("=i r row", 3) as i, k.loop("=j c col", 3) as j:
                k.set(part(inertia, t.F32, i, j), moments[i, j])
        if opt(k, 0.35):
            write(k, "=inertias I_out spatial_I_out", inertia)
    h = k.let("=h momentum Iv", inertia * v if rng.chance(0.7) else inertia @ v)
    if opt(k, 0.55):
        write(
            k,
            "=energies kinetic ke_out",
            0.5 * k.call("spatial_dot", v, h) if rng.chance(0.6) else 0.5 * k.call("dot", v, h),
        )
    if opt(k, 0.3):
        write(k, "=bias gyro_wrench f_bias", k.call("spatial_cross_dual", v, h))
    write(k, "=momenta h_out momentum_out", h)
