"""Number theory in loops: divisors, powers, primes, sequences, digits."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .integer_options import number, one_if
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

Write = Callable[[Body, list[Expr]], list[Expr]]


@recipe(
    "number theory in loops: gcd, powers, primes, Collatz, digits",
    "integer:0.61 control_flow:0.33",
    "generic bits",
)
def number_theory(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "number value entry candidate")
    k.shared.differentiable = False
    what = rng.choose(
        (
            "gcd",
            "power",
            "prime",
            "collatz",
            "digits",
            "fibonacci",
            "isqrt",
            "log2",
            "binomial",
            "divisors",
            "totient",
            "reverse",
            "inverse",
            "josephus",
            "happy",
        )
    )
    job.titled(_TITLES[what])
    job.start()
    k.gap()
    _TASKS[what](job)


_TITLES = {
    "gcd": "compute_gcd gcd_pairs gcd greatest_common_divisor euclid_gcd reduce_fractions gcd_of_{s}",
    "power": "modular_power mod_pow powmod modexp fast_power power_mod modular_exponentiation",
    "prime": "is_prime test_primes prime_mask mark_primes primality_test find_primes check_{s}_prime",
    "collatz": "collatz_steps collatz count_collatz_steps hailstone_length collatz_length collatz_trajectory",
    "digits": "digit_sum sum_digits count_digits digital_root digit_stats sum_of_digits digits_of_{s}",
    "fibonacci": "fibonacci fib_mod fibonacci_numbers compute_fibonacci nth_fibonacci fib",
    "isqrt": "integer_sqrt isqrt floor_sqrt int_sqrt integer_square_root sqrt_floor",
    "log2": "count_halvings floor_log2 ilog2 integer_log num_levels tree_depth log2_floor",
    "binomial": "binomial choose n_choose_k binomial_coefficients combinations count_combinations",
    "divisors": "count_divisors sum_divisors divisor_sum num_divisors find_divisors perfect_{s} divisor_count",
    "totient": "euler_totient totient phi count_coprime euler_phi coprime_count",
    "reverse": "reverse_digits is_palindrome palindromes reverse_{s} check_palindrome mirror_digits",
    "inverse": "modular_inverse mod_inverse inverse_mod find_inverse invert_mod",
    "josephus": "josephus last_survivor josephus_position survivor_index josephus_problem",
    "happy": "happy_numbers is_happy digit_square_sum happy_{s} square_digit_chain",
}


def _input(
    job: Job, names: str = "{s} values n_values inputs", local: str = "n x value", low: int = 1, high: int = 300
) -> Expr:
    return job.read(names, local, t.I32, low, high, nest=0.0)


def _function(
    job: Job, titles: str, write: Write, parameters: list[tuple[str, int, int]], share: float = 0.4
) -> Callable[..., Expr]:
    """The loop in a function or in the kernel itself."""
    k = job.k
    if not job.rng.chance(share):
        return lambda *operands: write(k, list(operands))[0]
    made = helper(
        k,
        [(job.words(names), t.I32, float(lo), float(hi)) for names, lo, hi in parameters],
        write,
        titles=titles.split(),
    )
    return lambda *operands: made.call(*(operands[n] for n in made.kept))


def _gcd(job: Job) -> None:
    k, rng = job.k, job.rng

    def write(body: Body, names: list[Expr]) -> list[Expr]:
        a, b = body.variable(job.words("a x u"), names[0]), body.variable(job.words("b y v"), names[1])
        with body.repeat(b.differs(0) if rng.chance(0.5) else b > 0):
            rest = body.let(job.words("r rem t_val"), a % b)
            body.set(a, b)
            body.set(b, rest)
        return [a]

    a = _input(job, "numerators a_values left first_{s}", "p num left_n")
    b = _input(job, "denominators b_values right second_{s}", "q den right_n")
    divisor = _function(job, "gcd euclid greatest_common_divisor", write, [("p m num", 1, 300), ("q n den", 1, 300)])(
        a, b
    )
    divisor = job.let("g divisor common", divisor)
    job.write("gcd_out divisors common_divisor", divisor)
    if job.more(0.4):
        job.write("lcm_out multiples lcm", a / divisor * b)
    if job.more(0.4):
        job.write("reduced_num num_out simplified_num", a / divisor)
        if rng.chance(0.8):
            job.write("reduced_den den_out simplified_den", b / divisor)
    if job.more(0.3):
        job.write("coprime is_coprime relatively_prime", one_if(k, divisor.equals(1)))


def _power(job: Job) -> None:
    rng = job.rng
    modulus = number(job, "modulus mod m prime", 97, 101, 1009)

    def write(body: Body, names: list[Expr]) -> list[Expr]:
        base, exponent, result = (
            body.variable(job.words("b base_v x"), names[0] % names[2]),
            body.variable(job.words("e exp_left n"), names[1]),
            body.variable(job.words("result acc r"), body.integer(1)),
        )
        with body.repeat(exponent > 0):
            with body.when((exponent % 2).equals(1) if rng.chance(0.5) else (exponent & 1).equals(1)):
                body.set(result, (result * base) % names[2])
            body.set(base, (base * base) % names[2])
            body.set(exponent, exponent // 2 if rng.chance(0.5) else exponent >> 1)
        return [result]

    base = _input(job, "bases base_values", "base a", 1, 60)
    exponent = _input(job, "exponents powers", "exponent p", 0, 12)
    value = _function(
        job,
        "mod_pow powmod modexp power_mod",
        write,
        [("base a", 1, 60), ("exponent p", 0, 12), ("modulus m", 97, 1009)],
    )(base, exponent, modulus)
    value = job.maybe("value pw result_v", value)
    job.write("powers_out results residues", value)
    if job.more(0.4):
        job.write("is_one unit_mask trivial", one_if(job.k, value.equals(1)))


def _prime(job: Job) -> None:
    k, rng = job.k, job.rng
    odd = rng.chance(0.5)

    def write(body: Body, names: list[Expr]) -> list[Expr]:
        n = names[0]
        result = body.variable(job.words("prime is_prime_n flag"), body.integer(1))
        with body.when(body.either(n < 2, body.both(n > 2, (n % 2).equals(0))) if odd else n < 2):
            body.set(result, 0)
        d = body.variable(job.words("d divisor f"), body.integer(3 if odd else 2))
        with body.repeat(body.both(result.equals(1), d * d <= n) if rng.chance(0.5) else d * d <= n):
            with body.when((n % d).equals(0)):
                body.set(result, 0)
                body.leave_loop()
            body.augment(d, "+", 2 if odd else 1)
        return [result]

    if rng.chance(0.4):
        first = number(job, "first start_value offset", 1, 100, 1000)
        n = job.let("n candidate value", first + job.at[-1])
    else:
        n = _input(job, low=0)
    prime = job.let(
        "prime flag is_p", _function(job, "is_prime check_prime prime_test", write, [("n value", 0, 2000)], 0.6)(n)
    )
    job.write("is_prime_out primes prime_mask", prime)
    if job.more(0.4):
        total = job.array("count num_primes total", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        k.do(k.call("atomic_add", total, k.integer(0), prime, gives=t.I32))
    if job.more(0.3):
        job.write("prime_values kept primes_or_zero", k.where(prime.equals(1), n, k.integer(0)))


def _collatz(job: Job) -> None:
    k, rng = job.k, job.rng
    limit = number(job, "max_steps limit max_iter", 50, 64, 100)
    value, steps = (
        job.var("n value cur", _input(job, local="start n0 seed")),
        job.var("steps count length", k.integer(0)),
    )
    peak = job.var("peak highest largest", value) if job.more(0.4) else None
    with k.repeat(k.both(value > 1, steps < limit)):
        with k.when((value % 2).equals(0) if rng.chance(0.6) else (value & 1).equals(0)):
            k.set(value, value // 2 if rng.chance(0.6) else value >> 1)
        with k.otherwise():
            k.set(value, 3 * value + 1)
        if peak is not None:
            k.set(peak, k.call("max", peak, value))
        k.augment(steps, "+", 1)
    job.write("steps_out lengths num_steps", steps)
    if peak is not None:
        job.write("peaks peak_out highest_out", peak)
    if job.more(0.35):
        job.write("reached_one converged done", one_if(k, value.equals(1)))


def _digits(job: Job) -> None:
    k, rng = job.k, job.rng
    base = number(job, "base radix", 10, 10, 2, 8)
    rest, total = job.var("rest n_left m", _input(job)), job.var("total digit_total s", k.integer(0))
    count = job.var("num_digits digits n_digits", k.integer(0)) if job.more(0.5) else None
    largest = job.var("largest top_digit max_digit", k.integer(0)) if job.more(0.3) else None
    squares = rng.chance(0.2)
    with k.repeat(rest > 0):
        digit = rest % base
        if largest is not None or squares or rng.chance(0.5):
            digit = job.let("digit d last", digit)
        k.augment(total, "+", digit * digit if squares else digit)
        if largest is not None:
            k.set(largest, k.call("max", largest, digit))
        if count is not None:
            k.augment(count, "+", 1)
        k.set(rest, rest // base)
    job.write("square_sums digit_square_sum" if squares else "digit_sums sums totals", total)
    if count is not None:
        job.write("digit_counts num_digits_out lengths", count)
    if largest is not None:
        job.write("largest_digit max_digits top_digits", largest)


def _fibonacci(job: Job) -> None:
    k, rng = job.k, job.rng
    a, b = job.var("a prev f0", k.integer(0)), job.var("b cur f1", k.integer(1))
    n = job.let("n count steps", k.call("min", _input(job, "indices terms n_values", "idx term", 1, 60), 30))
    modulus = number(job, "modulus mod m", 1009, 10007) if rng.chance(0.5) else None
    with k.loop(job.words("step i_f it"), n):
        total = a + b if modulus is None else (a + b) % modulus
        total = job.let("next_val c total", total)
        k.set(a, b)
        k.set(b, total)
    job.write("fib_out numbers fibonacci", a)
    if job.more(0.4):
        job.write("next_fib following", b)
    if job.more(0.3):
        job.write("is_even even_mask", one_if(k, (a % 2).equals(0)))


def _isqrt(job: Job) -> None:
    k, rng = job.k, job.rng
    n = _input(job)
    if rng.chance(0.5):
        root = job.var("root r s", k.integer(0))
        with k.repeat((root + 1) * (root + 1) <= n):
            k.augment(root, "+", 1)
    else:
        low, high = job.var("lo low left", k.integer(0)), job.var("hi high right", n)
        with k.repeat(low < high):
            middle = job.let("mid m half", (low + high + 1) // 2)
            with k.when(middle * middle <= n):
                k.set(low, middle)
            with k.otherwise():
                k.set(high, middle - 1)
        root = low
    job.write("roots sqrt_out isqrt_out", root)
    if job.more(0.5):
        job.write("is_square perfect_square squares", one_if(k, (root * root).equals(n)))
    if job.more(0.4):
        job.write("remainders residual leftover", n - root * root)


def _log2(job: Job) -> None:
    k, rng = job.k, job.rng
    rest, levels = job.var("rest n_left m", _input(job)), job.var("levels depth count", k.integer(0))
    base = number(job, "base branching fanout", 2, 2, 4)
    with k.repeat(rest >= base if rng.chance(0.5) else rest > base - 1):
        k.set(rest, rest // base)
        k.augment(levels, "+", 1)
    job.write("depths levels_out logs", levels)
    if job.more(0.4):
        job.write("leading leading_digit top_part", rest)


def _binomial(job: Job) -> None:
    k, rng = job.k, job.rng
    n = job.let("n total_n m", k.call("clamp", _input(job, "set_sizes n_values totals", "size n_raw", 1, 20), 1, 12))
    chosen = _input(job, "picks k_values chosen", "pick r", 0, 6)
    result = job.var("result c ways", k.integer(1))
    with k.loop(job.words("j step i_b"), k.call("min", chosen, n)) as j:
        k.set(result, result * (n - j) // (j + 1))
    job.write("combinations ways_out binomials", result)
    if job.more(0.4):
        job.write(
            "odds probability chance",
            k.lit(1.0) / k.cast(result, k.real) if rng.chance(0.5) else 1.0 / k.cast(k.call("max", result, 1), k.real),
        )


def _divisors(job: Job) -> None:
    k, rng = job.k, job.rng
    n = _input(job, high=60)
    count = job.var("count num n_div", k.integer(0)) if rng.chance(0.7) else None
    total = job.var("total div_sum s", k.integer(0)) if count is None or job.more(0.5) else None
    half = rng.chance(0.3)
    with k.loop(job.words("d divisor j"), 1, n // 2 + 1 if half else n + 1) as d, k.when((n % d).equals(0)):
        if count is not None:
            k.augment(count, "+", 1)
        if total is not None:
            k.augment(total, "+", d)
    if count is not None:
        job.write("proper_divisors counts" if half else "divisor_counts counts num_divisors", count)
    if total is not None:
        job.write("proper_sums aliquot" if half else "divisor_sums sums sigma", total)
        if job.more(0.5):
            job.write("is_perfect perfect", one_if(k, total.equals(n if half else n * 2)))
        if job.more(0.3):
            job.write("is_abundant abundant", one_if(k, total > (n if half else n * 2)))


def _totient(job: Job) -> None:
    k = job.k
    n = _input(job, high=60)
    result, rest, p = job.var("phi totient_n result", n), job.var("rest m left", n), job.var("p factor d", k.integer(2))
    with k.repeat(p * p <= rest):
        with k.when((rest % p).equals(0)):
            with k.repeat((rest % p).equals(0)):
                k.set(rest, rest // p)
            k.augment(result, "-", result // p)
        k.augment(p, "+", 1)
    with k.when(rest > 1):
        k.augment(result, "-", result // rest)
    job.write("totients phi_out coprime_counts", result)
    if job.more(0.4):
        job.write("ratio density coprime_share", k.cast(result, k.real) / k.cast(n, k.real))
    if job.more(0.3):
        job.write("is_prime primes", one_if(k, result.equals(n - 1)))


def _reverse(job: Job) -> None:
    k = job.k
    base = number(job, "base radix", 10, 10, 2)
    n = _input(job)
    rest, result = job.var("rest left m", n), job.var("mirrored rev result", k.integer(0))
    with k.repeat(rest > 0):
        k.set(result, result * base + rest % base)
        k.set(rest, rest // base)
    if job.rng.chance(0.6):
        job.write("reversed_out mirrored_out rev_out", result)
    job.write("palindromes is_palindrome symmetric", one_if(k, result.equals(n)))
    if job.more(0.3):
        job.write("sums reverse_and_add", n + result)


def _inverse(job: Job) -> None:
    k = job.k
    modulus = number(job, "modulus prime m", 7, 11, 13)
    n = job.let("a x n", _input(job) % modulus)
    result = job.var("inverse inv result", k.integer(0))
    with k.loop(job.words("c cand guess"), 1, modulus) as c, k.when((n * c % modulus).equals(1)):
        k.set(result, c)
        if job.rng.chance(0.6):
            k.leave_loop()
    job.write("inverses inv_out results", result)
    if job.more(0.4):
        job.write("exists has_inverse invertible", one_if(k, result > 0))


def _josephus(job: Job) -> None:
    k = job.k
    n = _input(job, "group_sizes people n_values", "n size", 1, 40)
    step = number(job, "step skip every", 2, 3, 7)
    place = job.var("place pos survivor", k.integer(0))
    with k.loop(job.words("m size_m i_j"), 2, n + 1) as m:
        k.set(place, (place + step) % m)
    job.write("survivors last positions", place + 1 if job.rng.chance(0.5) else place)
    if job.more(0.5):
        job.write("first_out first_removed", (step - 1) % n)


def _happy(job: Job) -> None:
    k = job.k
    limit = number(job, "max_steps limit max_iter", 10, 16, 20)
    value, steps = job.var("n cur value", _input(job, local="start seed n0")), job.var("steps count it", k.integer(0))
    with k.repeat(k.both(value.differs(1), steps < limit)):
        rest, total = job.var("rest left m", value), job.var("total s sq_sum", k.integer(0))
        with k.repeat(rest > 0):
            digit = job.let("digit d last", rest % 10)
            k.augment(total, "+", digit * digit)
            k.set(rest, rest // 10)
        k.set(value, total)
        k.augment(steps, "+", 1)
    job.write("is_happy happy happy_mask", one_if(k, value.equals(1)))
    if job.more(0.5):
        job.write("steps_out chain_lengths num_steps", steps)


_TASKS: dict[str, Callable[[Job], None]] = {
    "gcd": _gcd,
    "power": _power,
    "prime": _prime,
    "collatz": _collatz,
    "digits": _digits,
    "fibonacci": _fibonacci,
    "isqrt": _isqrt,
    "log2": _log2,
    "binomial": _binomial,
    "divisors": _divisors,
    "totient": _totient,
    "reverse": _reverse,
    "inverse": _inverse,
    "josephus": _josephus,
    "happy": _happy,
}
