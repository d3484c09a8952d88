"""Values that are carried along a row of elements and stored at each: running sums, averages, extrema of laws."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .fold_studies import Layout, before, drawn, several
from .kernel import Kernel
from .laws import Law
from .names import plural
from .scene import Scene, Site
from .studies import study
from .tree import Expr


@study(
    "laws evaluated for each element of a row, and what they have come to by each of them",
    "reduction:5 control_flow:1 combined:0.7",
    "reduction",
    grows=3.0,
)
def running_results(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = drawn(k, category, ("real", "vec2", "vec3"))
    e = scene.names.entity
    many = plural(e)
    across = rng.chance(0.25)
    word = rng.choose(("row", "series", "track", "batch")) if not across else "col"
    (own,) = k.start(1, (8,), (f"=!{word} i tid" if not across else "=!col j tid",))
    k.launch[0].called = f"=num_{plural(word)} n"
    k.guard()
    width = k.dim(rng.choose((6, 8, 9)))
    width.called = f"=num_{many} length num_steps" if not across else "=num_rows rows"
    dims = (width, k.launch[0]) if across else (k.launch[0], width)
    scene.loads_at = -1
    scene.sites[""] = Site(k.launch, (own,))
    count = k.length(width)
    backward = rng.chance(0.2)
    laws = [one for one in several(scene, law, category) if scene.type_of(one.gives[0]) not in (t.BOOL, t.I32)][:5]
    kind = f"=!{e}_idx n step" if not across else "=!row i r"
    layout = Layout("table", own, k.launch, word, kind, (count,), lambda n: Site(dims, (n,)), count)
    before(scene, laws, layout)
    runs = [_Run(scene, one) for one in laws]
    with k.loop("=!back s it" if backward else kind, count) as n, scene.inner():
        at = k.let(f"=!{e}_idx n step" if not across else "=!row i r", count - 1 - n) if backward else n
        place = (at, own) if across else (own, at)
        scene.sites[""] = Site(dims, place)
        for run in runs:
            held = scene.held.get(run.law.gives[0])
            value = held if isinstance(held, Expr) else scene.apply(run.law, scene.depth, named=run.named)[0]
            run.turn(value, Site(dims, place), n)
    what = law.name
    k.titles = tuple(form.format(what) for form in _RUN_TITLES[runs[0].how])
    if len(runs) > 1:
        k.titles = (f"{k.titles[0]}_and_{runs[1].law.name}", f"scan_{many}", f"running_{e}_quantities")
    k.about = "-"


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
    "leaky": ("leaky_{}", "leaky_sum_{}"),
}


class _Run:
    """A value that is carried along a row and stored at each element."""

    def __init__(self, scene: Scene, law: Law) -> None:
        k, rng = scene.k, scene.rng
        self.k, self.law = k, law
        kind = scene.type_of(law.gives[0])
        self.word = scene.names.called(scene.sheet.term(law.gives[0]))
        number = {"max": 1.5, "min": 1.0, "drawdown": 1.0, "leaky": 1.0} if isinstance(kind, t.Scalar) else {}
        self.how = rng.weighted(
            {"sum": 2.0, "ema": 1.5, "mean": 1.0, "discount": 1.0, "integral": 1.0, "change": 1.0, **number}
        )
        self.named = self.how in ("ema", "change", "drawdown") or rng.chance(0.4)
        start: Expr = k.zero(kind) if not isinstance(kind, t.Scalar) else k.lit(0.0)
        if self.how in ("max", "drawdown"):
            start = k.lit(-1e6)
        elif self.how == "min":
            start = k.lit(1e6)
        w = self.word
        names = {
            "max": f"=!max_{w} peak_{w}",
            "min": f"=!min_{w} lowest_{w}",
            "drawdown": f"=!peak_{w} max_{w}",
            "ema": f"=!smooth_{w} {w}_ema",
            "change": f"=!prev_{w} last_{w}",
        }
        self.state = k.variable(names.get(self.how, f"=!{w}_sum {w}_acc total_{w}"), start)
        if self.how in ("ema", "discount", "leaky"):
            name = {"ema": "alpha smoothing", "discount": "gamma discount", "leaky": "retain decay"}[self.how]
            self.rate = k.scalar(f"={w}_{name.split()[0]} {name}", k.real, 0.1, 0.95)
        elif self.how == "integral":
            self.rate = k.scalar("=dt dx step_size", k.real, 0.01, 0.5)
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
        elif self.how == "leaky":
            k.set(state, self.rate * state + (1.0 - self.rate) * value)
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
