"""Values that are carried along a row of elements and stored at each: running sums, averages, extrema of laws."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .fold_layouts import series
from .fold_studies import before, drawn, several
from .folds import FAR
from .invariants import lift
from .kernel import Kernel
from .laws import Law
from .purposes import purpose
from .scene import NoValue, Scene, Site
from .studies import study
from .tree import Expr


@study(
    "laws evaluated for each element of a row, and what they have come to by each of them",
    "reduction:0.8 control_flow:0.5 combined:0.4",
    grows=3.0,
)
def running_results(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = drawn(k, category, ("real", "vec2", "vec3"), True)
    e = scene.names.entity
    layout = series(scene)
    scene.loads_at = -1
    scene.sites[""] = Site(layout.dims, (layout.own,))
    wanted = {one: _ways(scene, one) for one in several(scene, law, category)}
    laws = [one for one, ways in wanted.items() if ways or one is law][:5]
    if not wanted[law]:
        raise NoValue(law.name)
    before(scene, laws, layout)
    favored = rng.weighted(wanted[law])
    rates: dict[str, Expr] = {}
    runs = [_Run(scene, one, favored if favored in wanted[one] else rng.weighted(wanted[one]), rates) for one in laws]
    count = layout.count
    assert count is not None
    backward = rng.chance(0.7) and all(run.how == "discount" for run in runs)
    with k.loop("=!back s it" if backward else layout.kind, count) as n, scene.inner():
        at = k.let("=!t step n", count - 1 - n) if backward else n
        site = layout.site(at)
        scene.sites[""] = site
        for run in runs:
            held = scene.held.get(run.law.gives[0])
            value = (
                held
                if isinstance(held, Expr)
                else scene.apply(run.law, scene.depth, named=run.named or len(runs) > 1)[0]
            )
            run.turn(value, site, n)
    lift(k)
    what = law.name
    k.titles = tuple(form.format(what) for form in _RUN_TITLES[runs[0].how])
    if len(runs) > 1:
        k.titles = (f"{k.titles[0]}_and_{runs[1].law.name}", f"{e}_history", f"running_{e}_quantities")
    k.about = "-"


_WAYS = {
    "cumulative": "sum",
    "integral": "integral",
    "smoothed": "ema",
    "largest": "max",
    "smallest": "min",
    "rms": "mean",
    "change": "change",
    "discount": "discount",
    "drawdown": "drawdown",
    "variation": "change",
}


_RUNNING = frozenset({"cumulative", "integral", "discount", "drawdown", "variation"})
"""What tells of a quantity that people follow step by step: flows, rewards, prices, signals."""


def _ways(scene: Scene, law: Law) -> dict[str, float]:
    """What may be kept of a quantity from step to step."""
    wanted = purpose(scene.sheet, law)
    kind = scene.type_of(law.gives[0])
    if wanted is None or kind in (t.BOOL, t.I32) or not _RUNNING & set(wanted.over_time):
        return {}
    if "longest" in {*wanted.across, *wanted.over_time}:
        # Nobody adds up forces along a path that is given.
        return {}
    ways = {_WAYS[name]: weight for name, weight in wanted.over_time.items() if name in _WAYS}
    if isinstance(kind, t.Vector):
        ways = {name: weight for name, weight in ways.items() if name not in ("max", "min", "mean", "drawdown")}
    elif "ema" in ways:
        ways["mean"] = 0.7
    return ways


_RUN_TITLES = {
    "sum": ("cumulative_{}", "accumulate_{}", "running_{}", "prefix_sum_{}"),
    "max": ("running_max_{}", "cumulative_max_{}", "{}_envelope"),
    "min": ("running_min_{}", "cumulative_min_{}"),
    "ema": ("smooth_{}", "exponential_average_{}", "filter_{}", "low_pass_{}"),
    "mean": ("running_mean_{}", "cumulative_mean_{}"),
    "discount": ("discounted_{}", "discount_{}"),
    "drawdown": ("{}_drawdown", "drop_from_peak_{}"),
    "integral": ("integrate_{}", "cumulative_integral_{}"),
    "change": ("{}_changes", "difference_{}"),
}


class _Run:
    """A value that is carried along a row and stored at each element."""

    def __init__(self, scene: Scene, law: Law, how: str, rates: dict[str, Expr]) -> None:
        k, rng = scene.k, scene.rng
        self.k, self.law, self.how = k, law, how
        kind = scene.type_of(law.gives[0])
        self.word = scene.names.called(scene.sheet.term(law.gives[0]))
        self.named = self.how in ("ema", "change", "drawdown") or rng.chance(0.4)
        start: Expr = k.zero(kind) if not isinstance(kind, t.Scalar) else k.lit(0.0)
        if self.how in ("max", "drawdown"):
            start = k.lit(-FAR)
        elif self.how == "min":
            start = k.lit(FAR)
        w = self.word
        names = {
            "max": f"=!max_{w} peak_{w}",
            "min": f"=!min_{w} lowest_{w}",
            "drawdown": f"=!peak_{w} max_{w}",
            "ema": f"=!smooth_{w} {w}_ema",
            "change": f"=!prev_{w} last_{w}",
        }
        self.state = k.variable(names.get(self.how, f"=!{w}_sum {w}_acc total_{w}"), start)
        given = {"ema": ("=alpha smoothing", 0.1, 0.95), "discount": ("=gamma discount", 0.8, 0.99)}
        given["integral"] = ("=dt step_size", 0.01, 0.5)
        if how in given:
            words, low, high = given[how]
            # One for all that this kernel keeps in the same way.
            self.rate = rates[how] = rates.get(how) or k.scalar(words, k.real, low, high)
        k.shared.differentiable = False

    def turn(self, value: Expr, site: Site, n: Expr) -> None:
        k, w, state = self.k, self.word, self.state
        stems = {"max": "max", "min": "min", "ema": "smooth", "mean": "mean", "discount": "discounted"}
        stem = stems.get(self.how, "cumulative")
        names = f"=running_{stem}_{w} {w}_{stem}" if stem not in ("cumulative", "smooth") else f"={stem}_{w} {w}_{stem}"
        if self.how in ("drawdown", "change"):
            names = f"={w}_{self.how} {self.how}_{w}"
        target = k.array(names, value.type, site.dims, "out")[site.index]
        result = state
        if self.how in ("max", "min"):
            k.set(state, k.call(self.how, state, value))
        elif self.how == "ema":
            with k.when(n.equals(0)):
                k.set(state, value)
            with k.otherwise():
                k.augment(state, "+", self.rate * (value - state))
        elif self.how == "discount":
            k.set(state, value + self.rate * state)
        elif self.how == "integral":
            k.augment(state, "+", value * self.rate)
        elif self.how == "drawdown":
            k.set(state, k.call("max", state, value))
            result = state - value
        elif self.how == "change":
            with k.when(n > 0):
                k.set(target, value - state)
            k.set(state, value)
            return
        else:
            k.augment(state, "+", value)
            result = state / k.cast(n + 1, k.real) if self.how == "mean" else state
        k.set(target, result)
