"""Roots and fixed points that a thread works out by itself: what the recipes of series share."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .rows import coefficient, named, paired, store, titled
from .tree import Expr


def element(k: Kernel, kind: str, low: float, high: float) -> Expr:
    """This thread's number of an input array."""
    words = kind[1:].split()
    u = k.rng.random()
    word = words[int(u * u * len(words))]
    several = f"={word}_values {word}_in {{}}_{word} {word}_all {word}_array" + (f" {word}s" if len(word) > 2 else "")
    source = k.array(several, k.real, k.launch, low=low, high=high)
    value = source[k.threads]
    how = k.rng.random()
    if how < 0.18:
        value = k.call("clamp", value, low, high)
    elif how < 0.24:
        value = k.call("max", value, low)
    elif how < 0.32 and low > 0.0:
        value = coefficient(k, f"={word}_scale unit_scale input_scale", 0.6, 1.0, 0.75, 0.9) * value
    return named(k, f"={word}", value)


def rounds(k: Kernel, kind: str, *counts: int) -> Expr | int:
    """How often something is repeated."""
    rng = k.rng
    count = rng.choose(counts)
    how = rng.weighted({"literal": 3.0, "constant": 2.0, "argument": 2.0})
    if how == "argument":
        return k.scalar(kind, t.I32, min(2, *counts), min(max(counts), 16))
    return k.constant(count, t.I32, kind) if how == "constant" else count


STEPS = "=num_iters iterations max_iters n_iter newton_iters"


def square_root(k: Kernel) -> None:
    """Newton's method for roots and reciprocals."""
    rng = k.rng
    how = rng.choose(("sqrt", "sqrt", "rsqrt", "cbrt", "reciprocal", "nth"))
    a = element(k, "=a x value number", 0.2, 1.8)
    start = {
        "sqrt": 0.5 * (a + 1.0),
        "rsqrt": k.lit(0.6),
        "cbrt": (a + 2.0) / 3.0,
        "reciprocal": k.lit(0.5),
        "nth": a + 1.0,
    }[how]
    y = k.variable("=y root guess estimate r", start)
    degree = coefficient(k, "=p degree order n", 3.0, 5.0, 3.0, 4.0) if how == "nth" else None
    with k.loop("=it k n step i", rounds(k, STEPS, 4, 5, 6, 8)):
        if how == "sqrt":
            if rng.chance(0.6):
                k.set(y, 0.5 * (y + a / y))
            else:
                k.set(y, y - (y * y - a) / (2.0 * y))
        elif how == "rsqrt":
            k.set(y, y * (1.5 - 0.5 * a * y * y))
        elif how == "cbrt":
            k.set(y, (2.0 * y + a / (y * y)) / 3.0)
        elif degree is not None:
            k.set(y, ((degree - 1.0) * y + a / k.call("pow", y, degree - 1.0)) / degree)
        else:
            k.set(y, y * (2.0 - a * y))
    names = {
        "sqrt": "newton_sqrt babylonian_sqrt heron_sqrt sqrt_newton {}_sqrt",
        "rsqrt": "newton_rsqrt inverse_sqrt fast_rsqrt rsqrt_newton",
        "cbrt": "newton_cbrt cube_root cube_root_newton",
        "reciprocal": "newton_reciprocal reciprocal newton_inverse divide_by_newton",
        "nth": "nth_root newton_nth_root root_newton",
    }
    titled(k, names[how])
    store(k, "=roots root_out result out y_out", y)
    if k.shared.size == "large" or rng.chance(0.15):
        error = (
            y * y - a
            if how == "sqrt"
            else a * y * y - 1.0
            if how == "rsqrt"
            else y * a - 1.0
            if how == "reciprocal"
            else None
        )
        if error is not None:
            store(k, "=residual error err_out res", k.call("abs", error))


def kepler(k: Kernel) -> None:
    rng = k.rng
    m = element(k, "=mean_anomaly m M", 0.0, 6.0)
    e = (
        element(k, "=ecc e eccentricity", 0.05, 0.7)
        if rng.chance(0.5)
        else coefficient(k, "=ecc e eccentricity", 0.05, 0.7, 0.2, 0.5)
    )
    anomaly = k.variable("=E ecc_anomaly ea anomaly", m if rng.chance(0.6) else m + e * k.call("sin", m))
    with k.loop("=it k i step", rounds(k, STEPS, 4, 6, 8)):
        f = anomaly - e * k.call("sin", anomaly) - m
        slope = 1.0 - e * k.call("cos", anomaly)
        if rng.chance(0.5):
            f, slope = k.let("=f residual err", f), k.let("=df f_prime slope", slope)
        k.set(anomaly, anomaly - f / slope)
    titled(k, "solve_kepler kepler_equation eccentric_anomaly mean_to_eccentric kepler_newton {}_anomaly")
    what = rng.choose(("anomaly", "position", "true"))
    if what == "anomaly":
        store(k, "=ecc_anomalies E_out anomaly_out eccentric", anomaly)
    elif what == "true":
        root = k.call("sqrt", (1.0 + e) / (1.0 - e))
        half = 0.5 * anomaly
        value = 2.0 * k.call("atan2", root * k.call("sin", half), k.call("cos", half))
        k.titles = ("true_anomaly", "mean_to_true_anomaly", "compute_true_anomaly")
        store(k, "=true_anomalies nu true_out", value)
    else:
        axis = coefficient(k, "=a semi_major sma", 0.5, 2.0, 1.0)
        x = axis * (k.call("cos", anomaly) - e)
        y = axis * k.call("sqrt", 1.0 - e * e) * k.call("sin", anomaly)
        k.titles = ("orbit_position", "kepler_position", "propagate_orbit", "place_on_orbit", "orbital_plane_position")
        store(k, "=positions orbit_pos pos_out", k.make(t.vec(2, k.real), x, y))


def bisection(k: Kernel) -> None:
    rng = k.rng
    k.shared.differentiable = False
    how = rng.choose(("sqrt", "cubic", "kepler", "cosine", "lambert", "quantile", "inverse_cdf"))
    target = element(k, "=target y level rhs", 0.1, 0.9)
    first, last = paired(k, "lo|hi left|right a|b lower|upper x_lo|x_hi low|high")
    low, high = k.variable(first, k.lit(0.0)), k.variable(last, k.lit(3.0 if how == "kepler" else 2.0))
    slope = (
        coefficient(k, "=ecc e" if how == "kepler" else "=rate lam k_rate", 0.2, 0.8, 0.5)
        if how in ("kepler", "quantile")
        else None
    )

    def value(x: Expr) -> Expr:
        if how == "sqrt":
            return x * x
        if how == "cubic":
            return x * x * x + x
        if how == "kepler" and slope is not None:
            return x - slope * k.call("sin", x)
        if how == "lambert":
            return x * k.call("exp", x)
        if how == "quantile" and slope is not None:
            return 1.0 - k.call("exp", -slope * x)
        if how == "inverse_cdf":
            return k.call("erf", x)
        return x - k.call("cos", x) + 1.0

    with k.loop("=it k i step", rounds(k, "=num_iters n_bisect max_iters bisections", 10, 12, 16, 20)):
        mid = k.let("=mid m x_mid c", 0.5 * (low + high))
        with k.when(value(mid) > target if rng.chance(0.6) else value(mid) >= target):
            k.set(high, mid)
        with k.otherwise():
            k.set(low, mid)
    names = {
        "sqrt": "bisect_sqrt sqrt_bisection",
        "cubic": "bisect_cubic solve_cubic cubic_root_bisection",
        "kepler": "kepler_bisection bisect_kepler",
        "cosine": "bisect_cosine solve_cosine_equation",
        "lambert": "lambert_w_bisect lambert_w invert_x_exp_x",
        "quantile": "exponential_quantile quantile_bisection invert_exponential_cdf",
        "inverse_cdf": "erf_inverse inverse_erf_bisect invert_erf",
    }
    titled(k, f"{names[how]} bisection find_root root_by_bisection")
    store(k, "=roots root_out solution x_out", 0.5 * (low + high))
    if k.shared.size == "large" or rng.chance(0.25):
        store(k, "=bracket_width uncertainty interval", high - low)


def fixed_point(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("colebrook", "cosine", "lambert", "logistic_map", "agm", "implied"))
    if how == "agm":
        a, b = element(k, "=a x first", 0.5, 2.0), element(k, "=b y second", 0.5, 2.0)
        p, g = k.variable("=arith am a_n", a), k.variable("=geom gm g_n", b)
        with k.loop("=it k i", rounds(k, STEPS, 4, 5, 6)):
            mean = k.let("=mean next_a half_sum", 0.5 * (p + g))
            k.set(g, k.call("sqrt", p * g))
            k.set(p, mean)
        titled(k, "arithmetic_geometric_mean agm agm_iteration compute_agm")
        store(k, "=agm_out means result", p)
        return
    if how == "colebrook":
        reynolds = element(k, "=re reynolds log_re", 4.0, 8.0)
        rough = coefficient(k, "=rel_rough roughness eps_d", 0.01, 0.05, 0.02)
        f = k.variable("=f friction f_darcy", k.lit(0.05))
        titled(k, "colebrook_friction friction_factor colebrook_white darcy_friction pipe_friction")
        with k.loop("=it k i", rounds(k, STEPS, 5, 8, 10)):
            inner = rough / 3.7 + 2.51 / (1000.0 * reynolds * k.call("sqrt", f))
            root = k.let("=inv_sqrt_f s root", -2.0 * 0.4342945 * k.call("log", inner))
            k.set(f, 1.0 / (root * root))
        store(k, "=friction f_out factors friction_factor", f)
        return
    if how == "lambert":
        z = element(k, "=z x arg", 0.1, 2.0)
        w = k.variable("=w guess lambert", k.call("log", 1.0 + z))
        titled(k, "lambert_w lambert_w0 newton_lambert halley_lambert")
        with k.loop("=it k i", rounds(k, STEPS, 4, 6)):
            ew = k.let("=ew exp_w e", k.call("exp", w))
            k.set(w, w - (w * ew - z) / (ew * (w + 1.0)))
        store(k, "=w_out lambert_out result", w)
        return
    if how == "logistic_map":
        rate = element(k, "=r rate growth", 2.5, 3.9)
        x = k.variable(
            "=x pop state",
            k.lit(0.5) if rng.chance(0.5) else coefficient(k, "=x0 seed_pop start_x", 0.1, 0.9, 0.5, 0.3),
        )
        burn = rounds(k, "=burn_in warmup transient", 8, 12)
        total = k.variable("=total acc s", k.lit(0.0))
        n = rng.choose((8, 16))
        with k.loop("=it n k", burn):
            k.set(x, rate * x * (1.0 - x))
        with k.loop("=it n k", n):
            k.set(x, rate * x * (1.0 - x))
            k.augment(total, "+", k.call("log", k.call("abs", rate * (1.0 - 2.0 * x)) + 1e-3))
        titled(k, "logistic_map_lyapunov lyapunov_exponent logistic_lyapunov chaos_exponent")
        store(k, "=lyapunov exponents lam_out", total / float(n))
        if rng.chance(0.5):
            store(k, "=final_x population x_out", x)
        k.shared.differentiable = False
        return
    a = element(k, "=a scale amplitude", 0.1, 0.9)
    y = k.variable("=y x guess", k.lit(0.5))
    with k.loop("=it k i", rounds(k, STEPS, 8, 10, 16)):
        if how == "cosine":
            k.set(y, a * k.call("cos", y))
        else:
            k.set(y, k.call("tanh", a * y + 0.5))
    titled(
        k,
        "fixed_point_cosine iterate_cosine dottie_number cosine_fixed_point"
        if how == "cosine"
        else "mean_field_magnetization self_consistent_field solve_mean_field ising_mean_field",
    )
    store(k, "=fixed_points y_out solution" if how == "cosine" else "=magnetization m_out solution", y)
