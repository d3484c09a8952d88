"""Kernels that ask how uncertain a law's value is: inputs drawn around what was measured, statistics of the results."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .chance_laws import bends, divides, needs_both, uncertain
from .kernel import Kernel
from .law_numbers import chain, chosen, delicate, limit_for, word_of
from .laws import Law, Quantity, Sheet
from .names import plural
from .scene import NoValue, Scene
from .studies import spoken, study, threads
from .tree import Expr


def sample_count(k: Kernel, low: int = 4, high: int = 24) -> Expr:
    """How many samples are drawn: an argument, a constant or a number."""
    rng = k.rng
    kind = "=num_samples n_samples samples sample_count num_draws"
    if rng.chance(0.6):
        return k.scalar(kind, t.I32, low, high)
    count = rng.choose((8, 10, 12, 16, 20, 24, 32))
    return k.constant(count, t.I32, kind) if rng.chance(0.4) else k.integer(count)


class Sampler:
    """Draws of a law's inputs around their values, all in one way."""

    def __init__(self, scene: Scene, law: Law, sources: list[str]) -> None:
        self.scene, self.law, self.sources = scene, law, sources
        k, rng = scene.k, scene.rng
        self.how = rng.weighted({"gauss": 5.0, "relative": 2.5, "uniform": 2.0, "lognormal": 1.0})
        positive = all(scene.sheet.quantity(name).low > 0.0 for name in sources)
        if self.how in ("lognormal", "relative") and not positive:
            self.how = "gauss"
        self.form = rng.choose(("{}_sample", "sampled_{}", "noisy_{}", "perturbed_{}", "{}_s"))
        self.bounded = delicate(law) or divides(law) or rng.chance(0.4)
        self.by_element = rng.chance(0.3)
        shared = self.how in ("relative", "lognormal") and rng.chance(0.4)
        common = k.scalar("=rel_sigma rel_error cv rel_noise", k.real, 0.02, 0.2) if shared else None
        self.spreads = [common if common is not None else self._spread(name) for name in sources]
        self.correlated = len(sources) > 1 and self.how == "gauss" and k.real is t.F32 and rng.chance(0.35)
        self.rho = k.scalar("=rho correlation corr", k.real, -0.8, 0.8) if self.correlated else None
        self.other: Expr | None = None
        if self.rho is not None:
            root = k.call("sqrt", 1.0 - self.rho * self.rho)
            self.other = k.let("=rho_perp rho_c ortho", root)

    def _spread(self, name: str) -> Expr:
        scene = self.scene
        k, rng = scene.k, scene.rng
        word = word_of(scene, name)
        row = scene.sheet.quantity(name)
        width = row.high - row.low
        relative = self.how in ("relative", "lognormal")
        low, high = (0.02, 0.2) if relative else (round(0.01 * width, 4), round(0.08 * width, 4))
        kind = {
            "gauss": f"={word}_sigma {word}_std sigma_{word} {word}_stddev",
            "uniform": f"={word}_tol {word}_half_width {word}_tolerance {word}_jitter",
        }.get(self.how, f"={word}_rel_error {word}_cv rel_{word}_sigma")
        if self.by_element:
            site = scene.sites[""]
            array = k.array(kind.replace("_std ", "_stds "), k.real, site.dims, low=low, high=high)
            return k.let(f"={word}_sd sd_{word} {word}_spread", array[site.index])
        if rng.chance(0.2):
            return k.lit(round(low + (high - low) * rng.choose((0.2, 0.4, 0.6)), 2) or 0.01)
        return k.scalar(kind, k.real, low, high)

    def normals(self) -> list[Expr]:
        """A standard draw for each input."""
        k = self.scene.k
        state = self.scene.generator()
        if self.how == "uniform":
            return [2.0 * k.call("randf", state) - 1.0 for _ in self.sources]
        if self.rho is not None and self.other is not None:
            first = k.let("=z0 z_a g0", k.call("randn", state))
            second = k.let("=z1 z_b g1", k.call("randn", state))
            return [first, self.rho * first + self.other * second]
        return [k.call("randn", state) for _ in self.sources]

    def moved(self, draws: list[Expr], centres: list[Expr], kinds: str = "", minus: bool = False) -> list[Expr]:
        """The inputs at a draw, as locals; they are what the law sees from here on."""
        scene = self.scene
        k = scene.k
        made = []
        for name, z, centre, spread in zip(self.sources, draws, centres, self.spreads, strict=True):
            row = scene.sheet.quantity(name)
            if self.how == "relative":
                value = centre * (1.0 - spread * z if minus else 1.0 + spread * z)
            elif self.how == "lognormal":
                value = centre * k.call("exp", -spread * z if minus else spread * z)
            else:
                value = centre - spread * z if minus else centre + spread * z
            if self.bounded:
                value = self._bounded(value, row)
            form = kinds or self.form
            local = k.let("=!" + form.format(word_of(scene, name)) + f" {word_of(scene, name)}_draw", value)
            scene.held[name] = local
            made.append(local)
        return made

    def _bounded(self, value: Expr, row: Quantity) -> Expr:
        """A draw that the law can take."""
        k = self.scene.k
        whole = row.high in (1.0, 90.0, 180.0, 360.0, 100.0) or needs_both(self.law)
        if whole:
            return k.call("clamp", value, k.lit(row.low), k.lit(row.high))
        if row.low < 0.0 or self.how == "lognormal" or (self.how == "relative" and not value.low <= 0.0):
            return value
        # What is never negative stays so.
        return k.call("max", value, k.lit(min(row.low, 1e-3) if row.low > 0.0 else 0.0))


def samples_of(field: Sheet, law: Law) -> bool:
    """Whether a law is one whose inputs can be drawn at random."""
    return bool(uncertain(field, law))


_WAYS = {
    "mean": 1.5,
    "moments": 4.0,
    "welford": 1.5,
    "exceed": 2.5,
    "extremes": 1.5,
    "excess": 1.0,
    "antithetic": 1.5,
    "sensitivity": 1.2,
    "bias": 0.8,
    "rms": 1.0,
}


@study(
    "the spread of a law's value when its inputs are uncertain", "random:3.6 math:0.5 combined:0.5", "map", grows=2.0
)
def propagate(k: Kernel, category: str) -> None:
    if k.real is not t.F32:
        # What Warp draws is of single precision.
        raise NoValue("draws of doubles")
    rng = k.rng
    scene, law = chosen(k, samples_of)
    threads(scene, category, law, 3)
    state = scene.generator()
    assert isinstance(state, tree.Name)
    for name in law.takes:
        scene.value(name, 0)
    sources = rng.shuffle(list(uncertain(scene.sheet, law)))[: rng.weighted({1: 3.0, 2: 2.5, 3: 0.8})]
    sources.sort(key=law.takes.index)
    if len(sources) > 2:
        sources = sources[:3]
    k.gap()
    sampler = Sampler(scene, law, sources)
    if len(sources) != 2:
        sampler.rho = None
    most = {"small": 0, "medium": rng.choose((0, 0, 1)), "large": rng.integer(1, 2)}[k.shared.size]
    extra = chain(scene, law, category, most, sources) if most else []
    laws = [law, *extra]
    # Mean and spread of what is in proportion to what is drawn are known without drawing.
    told = () if bends(law, tuple(sources)) else ("exceed", "extremes", "excess")
    how = rng.weighted({one: weight for one, weight in _WAYS.items() if not told or one in told})
    if len(laws) > 1 and how in ("antithetic", "sensitivity", "welford"):
        how = rng.choose(("moments", "exceed", "extremes"))
    centres = [scene.expr(name, 0) for name in sources]
    _Tally(scene, sampler, laws, centres, how).write()


class _Tally:
    """The loop over samples, and what is kept of them."""

    def __init__(self, scene: Scene, sampler: Sampler, laws: list[Law], centres: list[Expr], how: str) -> None:
        self.scene, self.sampler, self.laws, self.centres, self.how = scene, sampler, laws, centres, how
        self.k, self.rng = scene.k, scene.rng
        self.final = laws[-1] if self.rng.chance(0.8) else None
        """The law whose result alone is looked at; None for each."""
        self.watched = [laws[-1]] if self.final is not None else laws
        self.sums: dict[str, Expr] = {}

    def start(self, key: str, kind: str, value: float | int = 0.0) -> Expr:
        k = self.k
        self.sums[key] = k.variable(kind, k.lit(value) if isinstance(value, float) else k.integer(value))
        return self.sums[key]

    def values(self, named: bool = True) -> dict[str, Expr]:
        found = {}
        for law in self.laws:
            value = self.scene.apply(law, 0, named=named or law is not self.laws[-1])[0]
            if law in self.watched:
                found[law.gives[0]] = value
        return found

    def out(self, kind: str, value: Expr) -> None:
        site = self.scene.sites[""]
        self.k.set(self.k.array(kind, value.type, site.dims, "out")[site.index], value)

    def write(self) -> None:
        k, rng, scene, how = self.k, self.rng, self.scene, self.how
        k.shared.differentiable = False
        if how in ("antithetic", "bias", "sensitivity", "rms"):
            # What is worked out twice is a function.
            for law in self.laws:
                if law not in scene.helpers:
                    scene.helpers[law] = scene.function(law)
        count = sample_count(k)
        real = k.cast(count, k.real)
        words = {law.gives[0]: word_of(scene, law.gives[0]) for law in self.watched}
        name = self.laws[-1].gives[0] if self.final is not None else self.laws[0].gives[0]
        word = words[name]
        limits: dict[str, Expr] = {}
        nominal: dict[str, Expr] = {}
        if how in ("bias", "sensitivity") or (how == "rms" and rng.chance(0.7)):
            with scene.inner():
                for law in self.laws:
                    value = k.let(
                        f"=!nominal_{word_of(scene, law.gives[0])} base_{law.name} {law.name}_0",
                        scene.apply(law, 0, named=False)[0],
                    )
                    scene.held[law.gives[0]] = value
                    nominal[law.gives[0]] = value
        if how in ("exceed", "excess"):
            for one in words:
                low = self._probe(one)
                limits[one] = limit_for(scene, one, low)
        k.gap()
        for one, w in words.items():
            self._begin(one, w, len(words) > 1)
        with k.loop("=s sample n it trial", count) as turn, scene.inner():
            self.turn = turn
            draws = self.sampler.normals()
            if how == "antithetic":
                kinds = ("=!z",) if len(draws) == 1 else tuple(f"=!z{n} g{n}" for n in range(3))
                draws = [k.let(kind, z) for kind, z in zip(kinds, draws, strict=False)]
            moved = self.sampler.moved(draws, self.centres)
            found = self.values(how not in ("mean", "antithetic") or rng.chance(0.4))
            if how == "antithetic":
                self._mirror(name, found[name], draws)
            else:
                for one, value in found.items():
                    self._add(one, value, moved, nominal, limits)
        k.gap()
        for one, w in words.items():
            self._end(one, w, real, nominal)
        self._titles(word)

    def _probe(self, name: str) -> Expr:
        """A stand-in with the range of a result that is not yet written."""
        row = self.scene.sheet.quantity(name)
        return tree.Name(self.k.real, row.low, row.high, "")

    def _begin(self, one: str, w: str, several: bool) -> None:
        how = self.how
        tail = f"_{w}"
        if how in ("mean", "moments", "bias", "antithetic", "sensitivity"):
            self.start(one, f"=!{w}_sum sum{tail} total{tail}" if several else f"=total sum_val {w}_sum acc mean_acc")
        if how == "moments":
            self.start(one + "2", f"=!{w}_sq_sum sum{tail}_sq" if several else f"=total_sq sum_sq {w}_sq_sum acc_sq")
        if how == "rms":
            self.start(one, f"=!{w}_sq_sum sq{tail}" if several else "=sum_sq sq_sum total_sq")
        if how == "welford":
            self.start(one, f"=mean running_mean mean{tail}")
            self.start(one + "2", "=m2 m_sq sum_dev")
        if how == "sensitivity":
            self.start(one + "2", "=cov cross_sum cov_sum")
            self.start(one + "x", "=var_x x_sq dev_sq")
        if how == "exceed":
            self.start(one, f"=!num_{w}_above {w}_hits" if several else "=hits num_above exceeded count", 0)
        if how == "excess":
            self.start(one, f"=!{w}_excess excess{tail}" if several else "=excess total_excess overshoot tail_sum")
        if how == "extremes":
            self.start(one, f"=!max_{w} {w}_max hi{tail}", -1e6)
            self.start(one + "2", f"=!min_{w} {w}_min lo{tail}", 1e6)

    def _add(self, one: str, value: Expr, moved: list[Expr], nominal: dict[str, Expr], limits: dict[str, Expr]) -> None:
        k, how, sums = self.k, self.how, self.sums
        first = sums[one]
        if how in ("mean", "bias"):
            k.augment(first, "+", value - nominal[one] if how == "bias" else value)
        elif how == "moments":
            k.augment(first, "+", value)
            k.augment(sums[one + "2"], "+", value * value)
        elif how == "rms":
            error = k.let("=dev error diff", value - nominal[one]) if nominal else value
            k.augment(first, "+", error * error)
        elif how == "welford":
            delta = k.let("=delta diff dev", value - first)
            number = self._turn()
            k.augment(first, "+", delta / k.cast(number + 1, k.real))
            k.augment(sums[one + "2"], "+", delta * (value - first))
        elif how == "sensitivity":
            dx = k.let("=dx dev_in x_dev", moved[0] - self.centres[0])
            dy = value - nominal[one]
            k.augment(sums[one + "2"], "+", dx * dy)
            k.augment(sums[one + "x"], "+", dx * dx)
            k.augment(first, "+", dy * dy)
        elif how == "exceed":
            with k.when(value > limits[one]):
                k.augment(first, "+", 1)
        elif how == "excess":
            k.augment(first, "+", k.call("max", value - limits[one], 0.0))
        else:
            k.set(first, k.call("max", first, value))
            k.set(sums[one + "2"], k.call("min", sums[one + "2"], value))

    def _turn(self) -> Expr:
        assert self.turn is not None
        return self.turn

    turn: Expr | None = None

    def _mirror(self, name: str, value: Expr, draws: list[Expr]) -> None:
        k, scene = self.k, self.scene
        with scene.inner():
            self.sampler.moved(draws, self.centres, "{}_mirror", True)
            other = self.values(False)[name]
            k.augment(self.sums[name], "+", 0.5 * (value + other))

    def _end(self, one: str, w: str, real: Expr, nominal: dict[str, Expr]) -> None:
        k, rng, how, sums = self.k, self.rng, self.how, self.sums
        first = sums[one]
        mean_kind = f"=!mean_{w} {w}_mean avg_{w}" if rng.chance(0.5) else f"=!{w}_mean mean_{w} expected_{w}"
        if how in ("mean", "antithetic"):
            self.out(mean_kind, first / real)
        elif how == "bias":
            self.out(f"=!{w}_bias bias_{w} mean_shift", first / real)
            if rng.chance(0.5):
                self.out(f"=!{w}_nominal nominal_{w}_out", nominal[one])
        elif how == "moments":
            mean = k.let(f"=mean {w}_avg mu avg", first / real)
            variance = sums[one + "2"] / real - mean * mean
            if rng.chance(0.8):
                self.out(mean_kind, mean)
            if rng.chance(0.5):
                self.out(f"=!{w}_std std_{w} {w}_sigma", k.call("sqrt", k.call("max", variance, 0.0)))
            elif rng.chance(0.3):
                deviation = k.let("=std sd sigma_hat", k.call("sqrt", k.call("max", variance, 0.0)))
                self.out(f"=!{w}_rel_std rel_spread_{w}", deviation / k.call("max", k.call("abs", mean), 1e-6))
            else:
                self.out(
                    f"=!{w}_var var_{w} {w}_variance", k.call("max", variance, 0.0) if rng.chance(0.6) else variance
                )
        elif how == "rms":
            self.out(f"=!{w}_rms rms_{w} {w}_rms_error", k.call("sqrt", first / real))
        elif how == "welford":
            self.out(mean_kind, first)
            self.out(f"=!{w}_var var_{w}", sums[one + "2"] / real)
        elif how == "sensitivity":
            cov, var = sums[one + "2"], k.call("max", sums[one + "x"], 1e-8)
            source = word_of(self.scene, self.sampler.sources[0])
            if rng.chance(0.6):
                self.out(f"=!d{w}_d{source} {w}_sensitivity {w}_slope", cov / var)
            else:
                scale = k.call("sqrt", var * k.call("max", first, 1e-8))
                self.out(f"=!{w}_corr {w}_{source}_corr", cov / scale)
        elif how == "exceed":
            share = k.cast(first, k.real) / real
            if rng.chance(0.75):
                self.out(f"=!{w}_exceed_prob prob_{w}_above p_{w}_exceed", share)
            else:
                self.out(f"=!{w}_exceed_count num_{w}_above_out {w}_hit_counts", first)
        elif how == "excess":
            self.out(f"=!{w}_expected_excess mean_{w}_excess {w}_tail", first / real)
        elif rng.chance(0.3):
            self.out(f"=!{w}_range {w}_spread", first - sums[one + "2"])
        else:
            self.out(f"=!{w}_upper {w}_highest {w}_hi", first)
            self.out(f"=!{w}_lower {w}_lowest {w}_lo", sums[one + "2"])

    def _titles(self, word: str) -> None:
        k, what = self.k, self.laws[-1].name
        e = self.scene.names.entity
        first = {
            "exceed": (f"{word}_exceedance", f"prob_{word}_above", f"estimate_{word}_risk"),
            "excess": (f"expected_{word}_excess", f"{word}_tail_risk"),
            "extremes": (f"{word}_bounds", f"sample_{word}_range", f"{word}_envelope"),
            "sensitivity": (f"{word}_sensitivity", f"estimate_{word}_sensitivity"),
            "bias": (f"{word}_bias", f"estimate_{word}_bias"),
        }.get(self.how, (f"expected_{word}", f"{word}_uncertainty", f"mc_{what}", f"propagate_{word}_error"))
        k.titles = (*first, f"monte_carlo_{what}", f"sample_{what}", f"mc_{e}_{word}", f"{word}_monte_carlo")
        spoken_names = [spoken(name) for name in self.sampler.sources]
        inputs = " and ".join([", ".join(spoken_names[:-1]), spoken_names[-1]] if spoken_names[1:] else spoken_names)
        gives = spoken(self.laws[-1].gives[0])
        each = e.replace("_", " ")
        k.about = self.rng.choose(
            (
                "-",
                f"Monte Carlo estimate of the {gives} under uncertain {inputs}.",
                f"Propagate the uncertainty of {inputs} to the {gives} of each {each}.",
                f"Sample {inputs} around the given values for all {plural(each)}.",
            )
        )
