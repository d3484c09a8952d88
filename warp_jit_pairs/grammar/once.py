"""Kernels of one thread: for numbers that it is given, for one entry of arrays, or for all of them in turn.

People write them to try functions on the device, and for what is to be known before all threads start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from warp_jit_pairs import types as t

from .fold_studies import settle
from .kernel import Kernel
from .kinship import more_laws
from .laws import Law, Quantity, Term
from .names import plural
from .redundancy import refuse_redundant
from .scene import NoValue, Scene, Site
from .studies import counted, depth_of, law_for, name_for, study, title, work_out
from .translate import Bound


class Given(Scene):
    """A scene in which all that is read is an argument of its own."""

    def way(self, row: Quantity) -> str:
        return "uniform"

    def read(self, term: Term, row: Quantity) -> Bound:
        key = str(term)
        if key not in self.uniforms:
            self.uniforms[key] = self.uniform(term, row)
        return self.uniforms[key]


_VERBS = ("test", "eval", "compute", "check", "evaluate", "run")


@study(
    "quantities worked out once, by a single thread",
    "arithmetic:3 vector:3.2 matrix:0.8 control_flow:3 math:6.6 combined:5 quaternion:1.2 geometry:1.2 function:7.5"
    " integer:0.4",
)
def work_out_once(k: Kernel, category: str) -> None:
    rng = k.rng
    field, law = law_for(k, category)
    if "rng" in law.takes or any(field.quantity(name).type == "bool" for name in law.gives):
        # A single flag that is not set tells nothing from a kernel that does nothing.
        raise NoValue("draws and flags are of many threads")
    how = rng.weighted({"given": 5.0, "entry": 2.0, "loop": 2.5})
    scene = (Given if how == "given" else Scene)(k, field, depth_of(k))
    name_for(scene, law)
    scene.constants = scene.alone = False
    scene.in_functions = 1.0 if category == "function" else rng.choose((0.0, 0.4, 1.0))
    laws = [law, *more_laws(scene, law, category, counted(k, (0, 1), (0, 2), (2, 5)))]
    with _single_thread(scene, how, laws):
        scene.mark()
        written = work_out(scene, laws, True, 0.4)
    refuse_redundant(scene)
    title(scene, written, ("update", "set", "compute", "refresh") if how == "entry" else _VERBS)
    if how != "loop" and " each " in k.about:
        k.about = ""


@contextmanager
def _single_thread(scene: Scene, how: str, laws: Sequence[Law]) -> Iterator[None]:
    """A single thread, and where what it reads and writes lies."""
    k, e = scene.k, scene.names.entity
    first = k.single_thread()
    if how == "given":
        scene.sites[""] = Site(k.launch, (first,))
        yield
    elif how == "entry":
        index = k.scalar(f"=!{e}_id {e}_idx {e} idx index", t.I32, 0, 7)
        scene.sites[""] = Site((k.dim(8, fixed=True),), (index,))
        yield
    else:
        dim = k.dim(12)
        dim.called = f"=num_{plural(e)} n_{plural(e)} n"
        for name in (name for law in laws for name in law.takes):
            settle(scene, name, scene.depth)
        with k.loop(f"=!i n {e}_idx", k.length(dim)) as n, scene.inner():
            scene.sites[""] = Site((dim,), (n,))
            yield
