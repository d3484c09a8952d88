"""Fields carried by a flow: upwind differences, schemes of fluxes, limiters."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Body
from .grids import Grid, sum_of
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@recipe("semi-Lagrangian or upwind advection", "stencil:1.1 combined:0.28", "fluids terrain waves")
def advection(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "cell node")
    how = job.pick(upwind=3.0, friedrichs=1.0, wendroff=0.8, limited=1.2, burgers=1.2)
    if how in ("friedrichs", "wendroff", "limited", "burgers"):
        _flux_schemes(job, how)
        return
    ndim = rng.weighted({1: 1.5, 2: 3.0})
    job.titled(
        "advect_upwind upwind_advection advect upwind_step advect_field advect_density transport_step upwind_update"
        " advect_scalar step_advection first_order_upwind"
    )
    grid = Grid(job, ndim, "clamp wrap inner hold zero" if ndim == 1 else "clamp wrap inner hold")
    q = grid.source("q density dens smoke dye tracer concentration temperature")
    grid.prepare(q, "~")
    dt = job.param("dt time_step delta_t", 0.001, 0.1, 0.05, 0.1, each=False)
    center = job.let("center q_c here qc", grid.here(q))
    names = "zyx"[-ndim:]
    if ndim == 1:
        velocity = [grid.own("velocity vel u speed wind", "u v vel_c")]
    elif rng.chance(0.5):
        parts = k.components(
            job.let("v vel_c u_c", grid.own("velocity vel wind flow", "v vel_c u_c", dtype=t.vec(2, k.real)))
        )
        velocity = [parts[1], parts[0]]
    else:
        velocity = [
            grid.own(f"{a} vel_{c} {a}_vel wind_{c}", f"{a}_c v{c} {a}_here") for a, c in (("v", "y"), ("u", "x"))
        ]
    h = job.param("inv_dx inv_h rdx", 0.5, 2.0, each=False, literal=False) if rng.chance(0.5) else None
    flux: list[Expr] = []
    style = rng.integer(0, 3)
    pairs = grid.neighbors(q, "q")

    def upwind(body: Body, speed: Expr, back: Expr, front: Expr) -> Expr:
        return body.where(speed > 0.0, speed * back, speed * front)

    differences = (("backward back d_minus", k.real, -4.0, 4.0), ("forward ahead d_plus", k.real, -4.0, 4.0))
    titles, speeds = "upwind_term upwind_flux upwind pick_upwind", ("v u speed vel", k.real, -2.0, 2.0)
    term = job.routine(titles, upwind, speeds, *differences, share=1.0) if style == 3 else None
    for v, (low, high), c in zip(velocity, pairs, names, strict=True):
        ahead, behind = high - center, center - low
        if style == 0:
            flux.append(job.let(f"flux_{c} adv_{c} f{c}", k.where(v > 0.0, v * behind, v * ahead)))
        elif style == 1:
            both = k.call("max", v, 0.0) * behind + k.call("min", v, 0.0) * ahead
            flux.append(job.maybe(f"flux_{c} adv_{c} f{c}", both))
        elif style == 2:
            slope = job.var(f"dqd{c} slope_{c} q_{c} grad_{c}", ahead)
            with k.when(v > 0.0):
                k.set(slope, behind)
            flux.append(v * slope)
        elif term is not None:
            flux.append(term(v, behind, ahead))
    total = sum_of(flux)
    if h is not None:
        total = h * total
    value = center - dt * total
    if job.more(0.3):
        rate = job.param("decay dissipation decay_rate fade", 0.01, 1.0, 0.1, 0.5, each=False)
        value = value * k.call("exp", -rate * dt) if rng.chance(0.5) else value / (1.0 + rate * dt)
    if job.more(0.3):
        value = value + dt * grid.own("source emission inflow src", "src emitted s", 0.0, 1.0)
    if job.more(0.2):
        value = k.call("max", value, 0.0)
    grid.write(job.maybe("q_new advected next_value updated", value))


def _flux_schemes(job: Job, how: str) -> None:
    """Schemes that move a conserved quantity through faces, in one dimension."""
    k, rng = job.k, job.rng
    wide = how == "limited"
    grid = Grid(job, 1, "wrap clamp inner" if not wide else "wrap clamp")
    burgers = how == "burgers"
    q = grid.source("u velocity v u_field" if burgers else "q density rho conserved u")
    grid.prepare(q, "~")
    ratio = job.param("dt_dx lambda_cfl courant dt_over_dx cfl", 0.05, 0.5, 0.1, 0.25, each=False)
    s = "u" if burgers else "q"
    center = job.let(f"{s}_c {s}i {s}0 center", grid.here(q))
    left, right = (
        job.let(f"{s}_l {s}_left {s}m", grid.at(q, -1, names=f"{s}_l {s}_left")),
        job.let(f"{s}_r {s}_right {s}p", grid.at(q, 1, names=f"{s}_r {s}_right")),
    )
    if burgers:
        job.titled("burgers_step inviscid_burgers burgers_update step_burgers godunov_burgers solve_burgers")

        def flux(body: Body, a: Expr, b: Expr) -> Expr:
            f = 0.25 * (a * a + b * b)
            size = body.call("max", body.call("abs", a), body.call("abs", b))
            return f - 0.5 * body.let(job.words("a_max speed s_max wave_speed"), size) * (b - a)

        face = job.routine(
            "burgers_flux rusanov_flux numerical_flux face_flux lax_flux",
            flux,
            ("ul u_l left a", k.real, -4.0, 4.0),
            ("ur u_r right b", k.real, -4.0, 4.0),
            share=0.7,
        )
        fr = job.let("f_right flux_r fr f_plus", face(center, right))
        fl = job.let("f_left flux_l fl f_minus", face(left, center))
        value = center - ratio * (fr - fl)
        if job.more(0.4):
            nu = job.param("nu viscosity visc", 0.01, 0.3, 0.05, 0.1, each=False)
            value = value + nu * ratio * (left - 2.0 * center + right)
        grid.write(job.maybe("u_new next_value updated", value))
        return
    a = job.param("speed c velocity wave_speed a", 0.2, 1.0, 1.0, 0.5, each=False)
    c = job.let("nu cfl courant_number sigma", a * ratio)
    if how == "friedrichs":
        job.titled("lax_friedrichs_step lax_friedrichs advect_lax_friedrichs lxf_update lax_step")
        value = 0.5 * (left + right) - 0.5 * c * (right - left)
    elif how == "wendroff":
        job.titled("lax_wendroff_step lax_wendroff advect_lax_wendroff second_order_advection lw_update")
        value = center - 0.5 * c * (right - left) + 0.5 * c * c * (left - 2.0 * center + right)
    else:
        job.titled("muscl_step tvd_advection limited_advection advect_minmod muscl_advect slope_limited_step tvd_step")
        far = job.let("q_ll q_far q_left2", grid.at(q, -2))
        kind = rng.choose(("minmod", "van_leer", "mc"))

        def limit(body: Body, x: Expr, y: Expr) -> Expr:
            if kind == "minmod":
                small = body.where(body.call("abs", x) < body.call("abs", y), x, y)
                return body.where(x * y > 0.0, small, body.lit(0.0))
            if kind == "van_leer":
                product = body.let(job.words("prod xy ab"), body.call("max", x * y, 0.0))
                total = body.let(job.words("total s xy_sum"), x + y)
                return 2.0 * product * total / (total * total + 1e-6)
            mean = 0.5 * (body.call("abs", x) + body.call("abs", y))
            least = body.call("min", mean, 2.0 * body.call("min", body.call("abs", x), body.call("abs", y)))
            return body.where(x * y > 0.0, body.call("sign", x) * least, body.lit(0.0))

        limited = job.routine(
            f"{kind} {kind}_limiter limit_slope slope_limiter",
            limit,
            ("a d_left backward", k.real, -8.0, 8.0),
            ("b d_right forward", k.real, -8.0, 8.0),
            share=0.8,
        )
        back = job.let("d_l dq_left d_back", center - left)
        slope = job.let("slope slope_c s_c", limited(back, job.maybe("d_r dq_right ahead", right - center)))
        before = job.let("slope_l s_l slope_left", limited(job.maybe("d_ll dq_far", left - far), back))
        out = job.let("f_out flux_right q_face_r", center + 0.5 * (1.0 - c) * slope)
        inflow = job.let("f_in flux_left q_face_l", left + 0.5 * (1.0 - c) * before)
        value = center - c * (out - inflow)
    if job.more(0.25):
        value = job.let("q_new updated next_q", value)
        grid.write(k.call("abs", value - center), "change residual delta_q")
    grid.write(job.maybe("q_new updated next_value", value))
