"""Steps in time that a thread takes by itself, and iterations that stop when something has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .roots import element
from .rows import coefficient, follow, guard, leave_out, named, paired, store, titled, whole
from .trajectories import DT
from .tree import Expr

Found = list[tuple[str, Expr]]


@contextmanager
def _bounded(k: Kernel, limit: Expr | int, going: Expr, count: Expr) -> Iterator[None]:
    """Turns that end when a test fails, at the latest after so many: the test in the loop's head or in its body."""
    if k.rng.chance(0.5):
        with k.repeat(k.both(count < limit, going) if k.rng.chance(0.7) else k.both(going, count < limit)):
            yield
        return
    with k.loop("=it n step i", limit):
        with k.when(_opposite(going)):
            k.leave_loop()
        yield


def _opposite(test: Expr) -> Expr:
    assert isinstance(test, tree.Binary)
    other = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}[test.operator]
    return tree.Binary(test.type, 0.0, 1.0, other, test.left, test.right)


def _escape(k: Kernel, limit: Expr | int) -> Found:
    rng = k.rng
    how = rng.choose(("mandelbrot", "julia", "burning_ship", "tricorn"))
    two = len(k.threads) == 2
    if two and rng.chance(0.7):
        i, j = k.threads
        span = coefficient(k, "=scale pixel_size zoom step_size", 0.1, 0.5, 0.25, 0.5)
        cx0, cy0 = (
            coefficient(k, "=x0 x_min center_x re_min", -2.0, -1.0, -2.0, -1.5),
            coefficient(k, "=y0 y_min center_y im_min", -1.5, -1.0, -1.0, -1.25),
        )
        px, py = k.let("=px x re", cx0 + k.cast(i, k.real) * span), k.let("=py y im", cy0 + k.cast(j, k.real) * span)
    else:
        re, im = paired(k, "re|im cx|cy c_re|c_im px|py real|imag")
        px = named(k, re, k.array(f"{re}_values {re[1:]}_in points_{re[1:]}", k.real, k.launch)[k.threads])
        py = named(k, im, k.array(f"{im}_values {im[1:]}_in points_{im[1:]}", k.real, k.launch)[k.threads])
    julia = how == "julia"
    if julia:
        cx, cy = (
            coefficient(k, "=c_re julia_re seed_x", -1.0, 0.5, -0.8, -0.4),
            coefficient(k, "=c_im julia_im seed_y", 0.1, 0.7, 0.156, 0.6),
        )
    else:
        cx, cy = px, py
    zx_kind, zy_kind = paired(k, "zx|zy z_re|z_im zr|zi u|v")
    zx = k.variable(zx_kind, px if julia else k.lit(0.0))
    zy = k.variable(zy_kind, py if julia else k.lit(0.0))
    count = k.variable("=count iters n_iter steps escape_iter", k.integer(0))
    trap = k.variable("=trap min_dist orbit_trap", k.lit(10.0)) if rng.chance(0.2) or k.shared.size == "large" else None
    bailout = rng.choose((4.0, 4.0, 16.0)) if k.real is not t.F16 else 4.0
    with _bounded(k, limit, zx * zx + zy * zy < bailout, count):
        if trap is not None:
            k.set(trap, k.call("min", trap, zx * zx + zy * zy))
        new = k.let("=new_x next_re xt tmp", zx * zx - zy * zy + cx)
        cross = 2.0 * zx * zy
        k.set(zy, (k.call("abs", cross) if how == "burning_ship" else -cross if how == "tricorn" else cross) + cy)
        k.set(zx, new)
        k.augment(count, "+", 1)
    titled(k, f"{how} {how}_set {how}_iterations render_{how} {how}_escape_time {how}_fractal")
    found: Found = [("=iterations escape_time iters_out counts", count)]
    if trap is not None:
        found.append(("=traps trap_out orbit_dist", trap))
    elif rng.chance(0.4):
        found.append(("=mag_sq z_sq final_mag", zx * zx + zy * zy))
    return found


def _converge(k: Kernel, limit: Expr | int) -> Found:
    rng = k.rng
    how = rng.choose(("sqrt", "kepler", "cosine", "lambert", "power"))
    a = element(k, {"kepler": "=m mean_anomaly", "lambert": "=z arg"}.get(how, "=a x value target"), 0.3, 2.5)
    tol = coefficient(k, "=tol tolerance eps", 1e-3, 0.1, 0.01, 1e-3)
    ecc = coefficient(k, "=ecc e eccentricity", 0.1, 0.7, 0.3) if how == "kepler" else None
    y = k.variable(
        {"kepler": "=E anomaly ea", "lambert": "=w guess"}.get(how, "=y guess root x_n"),
        0.5 * (a + 1.0) if how == "sqrt" else a if how == "kepler" else k.lit(0.5),
    )
    count = k.variable("=iters count n_iter used", k.integer(0))
    with k.repeat(count < limit) if rng.chance(0.5) else k.loop("=it k n", limit):
        if how in ("sqrt", "kepler", "lambert"):
            ew = k.let("=ew exp_w", k.call("exp", y)) if how == "lambert" else y
            f = (
                y * y - a
                if how == "sqrt"
                else y * ew - a
                if how == "lambert"
                else y - ecc * k.call("sin", y) - a
                if ecc is not None
                else y
            )
            slope = (
                2.0 * y
                if how == "sqrt"
                else ew * (y + 1.0)
                if how == "lambert"
                else 1.0 - ecc * k.call("cos", y)
                if ecc is not None
                else y
            )
            f = k.let("=f err residual", f)
            with k.when(k.call("abs", f) < tol):
                k.leave_loop()
            k.set(y, y - f / slope)
        else:
            new = k.let("=next_y y_new", k.call("cos", 0.3 * a * y) if how == "cosine" else k.call("exp", -0.3 * a * y))
            change = k.let("=change delta diff", k.call("abs", new - y))
            k.set(y, new)
            with k.when(change < tol):
                k.leave_loop()
        k.augment(count, "+", 1)
    stem = {
        "sqrt": "newton_sqrt",
        "kepler": "kepler_newton",
        "cosine": "cosine_fixed_point",
        "lambert": "lambert_w",
        "power": "exponential_fixed_point",
    }[how]
    titled(k, f"{stem}_until_converged converge_{stem} {stem} solve_with_tolerance iterate_{stem}")
    return [("=solutions roots y_out result", y), ("=iterations iter_counts n_used", count)][
        : rng.integer(1, 2) if k.shared.size != "large" else 2
    ]


def _bounce(k: Kernel, limit: Expr | int) -> Found:
    rng = k.rng
    y = k.variable("=y height pos_y z", element(k, "=height y0 drop_height", 0.3, 2.0))
    v = k.variable("=v vel speed vy", element(k, "=v0 speed vel", -1.0, 1.0))
    dt = coefficient(k, DT, 0.02, 0.1, 0.05, 0.02)
    restitution = coefficient(k, "=restitution bounce e cor", 0.3, 0.9, 0.8, 0.5)
    gravity = coefficient(k, "=gravity g grav", 1.6, 9.81, 9.81)
    count = k.variable("=bounces n_bounces hits", k.integer(0))
    rest = rng.chance(0.4)
    peak = k.variable("=peak max_height apex", y) if rng.chance(0.35) else None
    with k.loop("=it step s", limit):
        k.augment(v, "-", gravity * dt)
        k.augment(y, "+", v * dt)
        with k.when(y < 0.0):
            k.set(y, -restitution * y if rng.chance(0.4) else k.lit(0.0))
            k.set(v, -restitution * v)
            k.augment(count, "+", 1)
            if rest:
                with k.when(k.call("abs", v) < k.choose_lit(0.05, 0.1)):
                    k.leave_loop()
        if peak is not None:
            k.set(peak, k.call("max", peak, y))
    titled(k, "bouncing_ball simulate_bounces drop_ball bounce_particles {}_bounce bounce_until_rest")
    found: Found = [
        ("=heights y_out final_height", y),
        ("=speeds v_out final_speed", v),
        ("=bounce_count bounces_out n_hits", count),
    ]
    if peak is not None:
        found.append(("=peak_height apex_out peaks", peak))
    return found if k.shared.size == "large" else found[: rng.integer(2, len(found))]


def _halving(k: Kernel, limit: Expr | int) -> Found:
    """How often something shrinks, or a step is cut, before it is small enough."""
    rng = k.rng
    how = rng.choose(("half_lives", "backtrack", "doubling", "attenuation", "armijo"))
    a = element(
        k,
        {
            "half_lives": "=amount conc mass",
            "doubling": "=capital balance amount",
            "attenuation": "=signal level power",
        }.get(how, "=x x0 start"),
        0.5,
        4.0,
    )
    count = k.variable("=count n steps tries", k.integer(0))
    if how in ("backtrack", "armijo"):
        g = k.let("=grad g slope", 2.0 * a + k.call("cos", a))
        f0 = k.let("=f0 cost value", a * a + k.call("sin", a))
        step = k.variable("=step alpha t", coefficient(k, "=step_init alpha0 max_step", 0.5, 2.0, 1.0))
        shrink = coefficient(k, "=shrink beta rho backtrack", 0.3, 0.8, 0.5)
        c1 = coefficient(k, "=c1 armijo slope_frac", 0.01, 0.3, 0.1, 0.01)
        with k.loop("=it k trial", limit):
            x = k.let("=trial x_new cand", a - step * g)
            with k.when(x * x + k.call("sin", x) <= f0 - c1 * step * g * g):
                k.leave_loop()
            k.augment(step, "*", shrink)
            k.augment(count, "+", 1)
        titled(k, "backtracking_line_search armijo_search line_search backtrack_step find_step_size {}_line_search")
        return [
            ("=x_out x_new updated", a - step * g),
            ("=step_sizes alphas steps_out", step),
            ("=num_backtracks tries_out cuts", count),
        ][: 3 if k.shared.size == "large" else rng.integer(1, 3)]
    y = k.variable(
        {"half_lives": "=left remaining y", "doubling": "=value total wealth", "attenuation": "=level y rest"}[how], a
    )
    if how == "doubling":
        target = coefficient(k, "=target goal threshold", 5.0, 10.0, 8.0)
        growth = coefficient(k, "=rate interest growth", 0.05, 0.5, 0.1, 0.2)
        going = y < target
    else:
        target = coefficient(k, "=threshold floor_level min_level cutoff", 0.05, 0.4, 0.1, 0.25)
        growth = coefficient(k, "=fraction keep ratio loss_factor", 0.3, 0.9, 0.5, 0.8)
        going = y > target
    with _bounded(k, limit, going, count):
        k.set(y, y * (1.0 + growth) if how == "doubling" else y * growth)
        k.augment(count, "+", 1)
    titled(
        k,
        {
            "half_lives": "count_half_lives decay_steps steps_to_threshold time_to_decay",
            "doubling": "years_to_target compounding_periods periods_to_goal growth_periods",
            "attenuation": "attenuation_steps stages_to_floor count_reflections steps_to_silence",
        }[how],
    )
    found: Found = [("=steps_out num_steps counts periods", count), ("=remaining final_value level_out", y)]
    return found if k.shared.size == "large" else found[: rng.integer(1, 2)]


def _whole_numbers(k: Kernel, limit: Expr | int) -> Found:
    rng = k.rng
    how = rng.choose(("collatz", "gcd", "digits", "log2"))
    source = k.array("=numbers n_values values ids start_values", t.I32, k.launch, low=1, high=60)
    n = k.variable("=n value cur m", source[k.threads])
    count = k.variable("=steps count length", k.integer(0))
    if how == "gcd":
        other = k.array("=others divisors b_values m_values", t.I32, k.launch, low=1, high=60)
        b = k.variable("=b rest other", other[k.threads])
        with k.repeat(b > 0):
            r = k.let("=r rem t", n % k.call("max", b, 1))
            k.set(n, b)
            k.set(b, r)
            k.augment(count, "+", 1)
        titled(k, "gcd euclid_gcd greatest_common_divisor gcd_pairs euclidean_algorithm")
        return [("=gcds gcd_out divisors_out", n), ("=steps_out num_steps rounds_used", count)][: rng.integer(1, 2)]
    if how == "collatz":
        peak = k.variable("=peak highest max_n", n) if rng.chance(0.5) else None
        with _bounded(k, limit, n > 1, count):
            with k.when((n % 2).equals(0)):
                k.set(n, n // 2)
            with k.otherwise():
                k.set(n, 3 * n + 1)
            if peak is not None:
                k.set(peak, k.call("max", peak, n))
            k.augment(count, "+", 1)
        titled(k, "collatz_steps collatz_length hailstone collatz stopping_time")
        return [
            ("=lengths steps_out stopping_times", count),
            *([("=peaks peak_out highest_values", peak)] if peak is not None else []),
        ]
    base = whole(k, "=base radix", 2, 10, 2, 10, 3) if how == "digits" else k.integer(2)
    total = k.variable("=digit_sum total acc", k.integer(0)) if how == "digits" else None
    with k.repeat(n > (0 if how == "digits" else 1)):
        if total is not None:
            k.augment(total, "+", n % base)
        k.set(n, n // base)
        k.augment(count, "+", 1)
    titled(
        k,
        "digit_sum sum_digits count_digits digit_statistics"
        if total is not None
        else "floor_log2 integer_log2 highest_bit tree_depth",
    )
    found: Found = [("=num_digits lengths digit_counts" if total is not None else "=logs levels log2_out", count)]
    return [("=digit_sums sums_out", total), *found] if total is not None else found


_STOPS: dict[Callable[[Kernel, Expr | int], Found], float] = {
    _escape: 2.0,
    _converge: 2.5,
    _bounce: 1.5,
    _halving: 2.5,
    _whole_numbers: 1.5,
}


@recipe(
    "iteration until convergence or escape",
    "control_flow:1.1 math:0.17",
    "optimization render control generic",
)
def until(k: Kernel) -> None:
    rng = k.rng
    k.shared.differentiable = False
    task = rng.weighted(_STOPS)
    k.start(rng.choose((1, 2)) if task is _escape else 1, None, ("=i px row idx", "=j py col"))
    if len(k.threads) == 1:
        guard(k, "=n count num_{s}")
        follow(k, 0.08, "=idx item particle_id")
        leave_out(k, 0.15)
    limit = k.rng.choose((10, 16, 20, 32))
    bound: Expr | int = (
        k.constant(limit, t.I32, "=max_iters max_iter max_steps limit num_iters")
        if rng.chance(0.5)
        else k.scalar("=max_iters max_iter max_steps n_max", t.I32, 1, 12)
        if rng.chance(0.4)
        else limit
    )
    found = task(k, bound)
    k.gap()
    for kind, value in found:
        store(k, kind, value)
