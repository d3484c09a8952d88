"""Faces of a mesh, one thread each: forces on them, and what their vertices bring to them."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .mesh_corners import center_of, cross_of, face_of, into_one
from .queries import VEC3, op
from .tasks import leave, named, opt, read, setting, words, write


def _forces(k: Kernel) -> None:
    """Forces on the faces of a body or cloth, shared out to their corners or summed up."""
    rng = k.rng
    how = rng.choose(("pressure", "wind", "wind", "buoyancy", "total"))
    face = face_of(k, how != "total", how == "wind")
    n = cross_of(k, face.points)
    if how in ("pressure", "total"):
        k.titles = words("pressure_forces inflate_mesh balloon_forces apply_pressure face_pressure")
        p = (
            setting(k, "=pressure inflation", 0.5, 5.0, 1.0, 2.0)
            if rng.chance(0.6)
            else read(k, "=p face_pressure", t.F32, 0.0, 2.0)
        )
        f = k.let("=f force face_f", n * (0.5 * p))
        if how == "total":
            k.titles = words("net_force pressure_wrench total_pressure_force integrate_pressure")
            center = k.scalar("=com center pivot", VEC3, -0.5, 0.5)
            arm = k.let("=r arm", center_of(face.points) - center)
            into_one(k, "=net_force force_sum", f)
            into_one(k, "=net_torque torque_sum", k.call("cross", arm, f))
            return
    elif how == "wind":
        k.titles = words("wind_forces aero_forces drag_on_faces cloth_wind face_drag")
        wind = k.scalar("=wind air_vel wind_vel", VEC3, -2.0, 2.0)
        va, vb, vc = face.velocities()
        rel = k.let("=rel v_rel slip", wind - (va + vb + vc) / 3.0)
        area = k.let("=area a_f", 0.5 * k.call("length", n))
        unit = k.let("=nn unit_n n_hat", k.call("normalize", n))
        through = k.let("=vn v_n normal_speed", k.call("dot", rel, unit))
        f = unit * (setting(k, "=drag c_d drag_coeff", 0.1, 2.0, 1.0, 0.5) * area * through)
        if rng.chance(0.5):
            f = unit * (setting(k, "=rho air_density", 0.5, 1.5, 1.2) * 0.5 * area * through * k.call("abs", through))
        f = k.let("=f force face_f", f)
    else:
        k.titles = words("buoyancy_forces hydrostatic_forces float_mesh water_pressure")
        center = k.let("=c center", center_of(face.points))
        up = rng.choose((1, 2))
        depth = k.let("=depth d h", setting(k, "=water_level sea_level surface_y", -0.5, 1.0, 0.0, 0.5) - center[up])
        leave(k, depth <= 0.0)
        f = k.let("=f force face_f", n * (-0.5 * setting(k, "=rho_g specific_weight", 5.0, 10.0, 9.81) * depth))
    face.scatter("=forces vertex_forces f node_forces", f / 3.0)


def _fields(k: Kernel) -> None:
    """Values of the vertices brought to the faces: means, gradients, motion."""
    rng = k.rng
    how = rng.choose(("mean", "gradient", "velocity", "energy", "flux", "contour", "color"))
    face = face_of(k, how not in ("velocity", "energy"), True)
    a, b, c = face.points
    if how == "mean":
        k.titles = words("vertex_to_face average_to_faces face_values interpolate_to_faces")
        called = "=vertex_values values field temperature"
        fa, fb, fc = face.gather(called, t.F32, -1.0, 1.0)
        mean = k.let("=mean avg f_c", (fa + fb + fc) / 3.0)
        write(k, "=face_values means", mean)
        if rng.chance(0.4):
            into_one(k, "=integral total", mean * (0.5 * k.call("length", cross_of(k, face.points))))
    elif how == "color":
        k.titles = words("face_colors vertex_to_face_color average_colors flat_shade")
        ca, cb, cc = face.gather("=vertex_colors colors", VEC3, 0.0, 1.0)
        write(k, "=face_colors colors_out", (ca + cb + cc) / 3.0)
    elif how == "contour":
        k.titles = words("crossing_faces contour_faces isoline_faces mark_crossing")
        fa, fb, fc = (
            k.let(f"=f{x} s{x}", f)
            for x, f in zip("abc", face.gather("=vertex_values phi field", t.F32, -1.0, 1.0), strict=True)
        )
        level = named(k, "=iso", setting(k, "=iso level", -0.3, 0.3, 0.0))
        low, high = k.call("min", fa, k.call("min", fb, fc)), k.call("max", fa, k.call("max", fb, fc))
        with k.when(k.both(low <= level, high > level)):
            write(k, "=crossing is_crossed", k.integer(1))
            if rng.chance(0.5):
                write(k, "=centers crossing_centers", (a + b + c) / 3.0)
        k.shared.differentiable = False
    elif how == "gradient":
        k.titles = words("face_gradient surface_gradient field_gradient heat_gradient")
        fa, fb, fc = face.gather("=vertex_values u phi field", t.F32, -1.0, 1.0)
        n = cross_of(k, face.points)
        n2 = k.let("=n2 denom area2", k.call("max", k.call("dot", n, n), 1e-6))
        total = k.call("cross", n, c - b) * fa + k.call("cross", n, a - c) * fb + k.call("cross", n, b - a) * fc
        grad = k.let("=g grad", total / n2)
        if rng.chance(0.4):
            grad = -k.call("normalize", grad)
        write(k, "=grad_out face_gradients", grad)
    elif how == "flux":
        k.titles = words("surface_flux flux_through_mesh integrate_flux net_flux")
        fa, fb, fc = face.gather("=vertex_flow flow field_v", VEC3, -1.0, 1.0)
        n = cross_of(k, face.points)
        flux = k.let("=flux q", k.call("dot", (fa + fb + fc) / 3.0, n) * 0.5)
        if rng.chance(0.5):
            write(k, "=fluxes face_flux", flux)
        if rng.chance(0.7) or opt(k, 0.3):
            into_one(k, "=net_flux total_flux", flux)
        else:
            write(k, "=outflow flux_sign", k.where(flux > 0.0, k.integer(1), k.integer(0)))
    else:
        va, vb, vc = face.velocities()
        v = k.let("=v vel v_c", (va + vb + vc) / 3.0)
        if how == "velocity":
            k.titles = words("face_velocities mean_face_velocity face_motion surface_motion")
            if rng.chance(0.5):
                n = k.let("=n normal", op("mesh_eval_face_normal", VEC3, face.mesh, face.i))
                write(k, "=normal_speed approach_speed", k.call("dot", v, n))
            else:
                write(k, "=face_velocities vel_out", v)
            if rng.chance(0.4):
                dt = setting(k, "=dt time_step", 0.01, 0.1, 0.05)
                write(k, "=next_centers predicted", (a + b + c) / 3.0 + v * dt)
        else:
            k.titles = words("kinetic_energy mesh_kinetic_energy shell_energy sum_kinetic")
            area = k.let("=area a_f", 0.5 * k.call("length", cross_of(k, face.points)))
            mass = k.let("=m mass", area * setting(k, "=density surface_density", 0.5, 2.0, 1.0))
            into_one(k, "=kinetic total_energy energy", 0.5 * mass * k.call("dot", v, v))
            if rng.chance(0.4):
                into_one(k, "=momentum total_momentum", v * mass)


LOADS: dict[str, tuple[float, Callable[[Kernel], None]]] = {"forces": (1.0, _forces), "fields": (1.2, _fields)}
"""Weights, and what is done at a face."""
