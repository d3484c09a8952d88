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


def _sample_count(k: Kernel) -> Expr:
    """How many samples are drawn: an argument, a constant or a number."""
    rng = k.rng
    kind = "=num_samples n_samples samples sample_count num_draws"
    if rng.chance(0.6):
        return k.scalar(kind, t.I32, 4, 24)
    count = rng.choose((8, 10, 12, 16, 20, 24, 32))
    return k.constant(count, t.I32, kind) if rng.chance(0.4) else k.integer(count)


class Sampler:
    """Draws of a law's inputs around their values, all in one way."""

    def __init__(self, scene: Scene, law: Law, sources: list[str]) -> None:
        self.scene, self.law, self.sources = scene, law, sources
        k, rng = scene.k, scene.rng
        self.how = rng.weighted({"gauss": 5.0, "relative": 2.5, "uniform": 1.0})
        positive = all(scene.sheet.quantity(name).low > 0.0 for name in sources)
        if self.how == "relative" and not positive:
            self.how = "gauss"
        self.form = rng.choose(("{}_sample", "sampled_{}", "noisy_{}", "perturbed_{}", "{}_s"))
        self.bounded = delicate(law) or divides(law) or rng.chance(0.4)
        self.by_element = rng.chance(0.3)
        self.ending = rng.choose(("{}_sigma", "sigma_{}", "{}_std", "{}_stddev"))
        """How deviations are called, all in one way."""
        shared = self.how == "relative" and rng.chance(0.4)
        common = k.scalar("=rel_sigma rel_error cv rel_noise", k.real, 0.02, 0.2) if shared else None
        self.spreads = [common if common is not None else self._spread(name) for name in sources]
        correlated = len(sources) == 2 and self.how == "gauss" and rng.chance(0.1)
        self.rho = k.scalar("=rho correlation corr", k.real, -0.8, 0.8) if correlated else None
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
        relative = self.how == "relative"
        low, high = (0.02, 0.2) if relative else (round(0.01 * width, 4), round(0.08 * width, 4))
        kind = {
            "gauss": "=" + self.ending.format(word),
            "uniform": f"={word}_tol {word}_half_width {word}_tolerance {word}_jitter",
        }.get(self.how, f"={word}_rel_error {word}_cv rel_{word}_sigma")
        if self.by_element:
            site = scene.sites[""]
            return k.array(kind, k.real, site.dims, low=low, high=high)[site.index]
        if relative and rng.chance(0.3):
            return k.choose_lit(0.02, 0.05, 0.1)
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
        if _ended(row):
            return k.call("clamp", value, k.lit(row.low), k.lit(row.high))
        if row.low < 0.0 or (self.how == "relative" and not value.low <= 0.0):
            return value
        # What is never negative stays so.
        return k.call("max", value, k.lit(min(row.low, 1e-3) if row.low > 0.0 else 0.0))


_ENDS = ((0.0, 1.0), (0.0, 90.0), (-90.0, 90.0), (0.0, 180.0), (-180.0, 180.0), (0.0, 360.0), (0.0, 100.0))
"""Where shares and angles begin and end."""


def _ended(row: Quantity) -> bool:
    return (row.low, row.high) in _ENDS


def _drawable(field: Sheet, law: Law) -> list[str]:
    """What is uncertain of an element; where a law may fail beyond a range, only what ends by itself."""
    # What is one for all was set, not measured.
    names = [name for name in uncertain(field, law) if field.quantity(name).where in ("state", "group")]
    return [name for name in names if _ended(field.quantity(name))] if needs_both(law) else names


def samples_of(field: Sheet, law: Law) -> bool:
    """Whether a law is one whose inputs can be drawn at random, which changes more than what its mean is."""
    names = _drawable(field, law)
    return bool(names) and bends(law, tuple(names))


_WAYS = {"mean": 1.0, "moments": 4.0, "welford": 1.5, "exceed": 3.0, "antithetic": 0.7}


@study(
    "the spread of a law's value when its inputs are uncertain",
    "random:2.3 math:0.5 combined:0.5",
    grows=4.0,
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
    sources = rng.shuffle(_drawable(scene.sheet, law))[: rng.weighted({1: 3.0, 2: 2.5})]
    sources.sort(key=law.takes.index)
    k.gap()
    sampler = Sampler(scene, law, sources)
    most = {"small": 0, "medium": rng.choose((0, 0, 1)), "large": rng.integer(1, 2)}[k.shared.size]
    extra = chain(scene, law, category, most, sources) if most else []
    laws = [law, *extra]
    # Mean and spread of what is in proportion to what is drawn are known without drawing.
    told: tuple[str, ...] = tuple(_WAYS)
    if not any(bends(law, (name,)) for name in sources):
        told = ("moments", "welford", "exceed") if bends(law, tuple(sources)) else ("exceed",)
    how = rng.weighted({one: weight for one, weight in _WAYS.items() if one in told})
    if len(laws) > 1 and how in ("antithetic", "welford"):
        how = rng.choose(("moments", "exceed"))
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
        if how == "antithetic":
            # What is worked out twice is a function.
            for law in self.laws:
                if law not in scene.helpers:
                    scene.helpers[law] = scene.function(law)
        count = _sample_count(k)
        real = k.cast(count, k.real)
        words = {law.gives[0]: word_of(scene, law.gives[0]) for law in self.watched}
        name = self.laws[-1].gives[0] if self.final is not None else self.laws[0].gives[0]
        word = words[name]
        limits: dict[str, Expr] = {}
        if how == "exceed":
            for one in words:
                limits[one] = limit_for(scene, one, self._probe(one), laws=self.laws)
        k.gap()
        for one, w in words.items():
            self._begin(one, w, len(words) > 1)
        with k.loop("=s sample n it trial", count) as turn, scene.inner():
            draws = self.sampler.normals()
            if how == "antithetic":
                kinds = ("=!z",) if len(draws) == 1 else tuple(f"=!z{n} g{n}" for n in range(3))
                draws = [k.let(kind, z) for kind, z in zip(kinds, draws, strict=False)]
            self.sampler.moved(draws, self.centres)
            found = self.values(how not in ("mean", "antithetic") or rng.chance(0.4))
            if how == "antithetic":
                self._mirror(name, found[name], draws)
            else:
                for one, value in found.items():
                    self._add(one, value, limits, turn)
        k.gap()
        for one, w in words.items():
            self._end(one, w, real)
        self._titles(word)

    def _probe(self, name: str) -> Expr:
        """A stand-in with the range of a result that is not yet written."""
        row = self.scene.sheet.quantity(name)
        return tree.Name(self.k.real, row.low, row.high, "")

    def _begin(self, one: str, w: str, several: bool) -> None:
        how = self.how
        tail = f"_{w}"
        if how in ("mean", "moments", "antithetic"):
            self.start(one, f"=!{w}_sum sum{tail} total{tail}" if several else f"=total sum_val {w}_sum acc mean_acc")
        if how == "moments":
            self.start(one + "2", f"=!{w}_sq_sum sum{tail}_sq" if several else f"=total_sq sum_sq {w}_sq_sum acc_sq")
        if how == "welford":
            self.start(one, f"=mean running_mean mean{tail}")
            self.start(one + "2", "=m2 m_sq sum_dev")
        if how == "exceed":
            self.start(one, f"=!num_{w}_above {w}_hits" if several else "=hits num_above exceeded count", 0)

    def _add(self, one: str, value: Expr, limits: dict[str, Expr], turn: Expr) -> None:
        k, how, sums = self.k, self.how, self.sums
        first = sums[one]
        if how == "mean":
            k.augment(first, "+", value)
        elif how == "moments":
            k.augment(first, "+", value)
            k.augment(sums[one + "2"], "+", value * value)
        elif how == "welford":
            delta = k.let("=delta diff dev", value - first)
            k.augment(first, "+", delta / k.cast(turn + 1, k.real))
            k.augment(sums[one + "2"], "+", delta * (value - first))
        else:
            with k.when(value > limits[one]):
                k.augment(first, "+", 1)

    def _mirror(self, name: str, value: Expr, draws: list[Expr]) -> None:
        k, scene = self.k, self.scene
        with scene.inner():
            self.sampler.moved(draws, self.centres, "{}_mirror", True)
            other = self.values(False)[name]
            k.augment(self.sums[name], "+", 0.5 * (value + other))

    def _end(self, one: str, w: str, real: Expr) -> None:
        k, rng, how, sums = self.k, self.rng, self.how, self.sums
        first = sums[one]
        mean_kind = f"=!mean_{w} {w}_mean avg_{w}" if rng.chance(0.5) else f"=!{w}_mean mean_{w} expected_{w}"
        if how in ("mean", "antithetic"):
            self.out(mean_kind, first / real)
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
        elif how == "welford":
            self.out(mean_kind, first)
            self.out(f"=!{w}_var var_{w}", sums[one + "2"] / real)
        else:
            share = k.cast(first, k.real) / real
            if rng.chance(0.75):
                self.out(f"=!{w}_exceed_prob prob_{w}_above p_{w}_exceed", share)
            else:
                self.out(f"=!{w}_exceed_count num_{w}_above_out {w}_hit_counts", first)

    def _titles(self, word: str) -> None:
        k, what = self.k, self.laws[-1].name
        e = self.scene.names.entity
        first = {
            "exceed": (f"{word}_exceedance", f"prob_{word}_above", f"estimate_{word}_risk"),
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
