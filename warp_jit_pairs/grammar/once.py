"""Kernels of one thread that works something out once, for numbers that it is given or for one entry of arrays.

People write them to try functions on the device, and for what is to be known before all threads start.
"""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import more_laws
from .laws import Law, Quantity, Term
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
    "arithmetic:2.4 vector:1.8 matrix:0.7 control_flow:3.6 math:4 combined:3.6 quaternion:1.1 geometry:1 function:6"
    " integer:0.3",
)
def work_out_once(k: Kernel, category: str) -> None:
    rng = k.rng
    field, law = law_for(k, category)
    if "rng" in law.takes or any(field.quantity(name).type == "bool" for name in law.gives):
        # A single flag that is not set tells nothing from a kernel that does nothing.
        raise NoValue("draws and flags are of many threads")
    given = rng.chance(0.7)
    scene = (Given if given else Scene)(k, field, depth_of(k))
    name_for(scene, law)
    scene.constants = scene.alone = False
    scene.in_functions = 1.0 if category == "function" else rng.choose((0.0, 0.4, 1.0))
    first = k.alone()
    if given:
        scene.sites[""] = Site(k.launch, (first,))
    else:
        e = scene.names.entity
        dim = k.dim(8, fixed=True)
        index = k.scalar(f"=!{e}_id {e}_idx {e} idx index", t.I32, 0, 7)
        scene.sites[""] = Site((dim,), (index,))
    scene.mark()
    laws = [law, *_more(scene, law, category)]
    written = work_out(scene, laws, True, 0.4)
    refuse_redundant(scene)
    title(scene, written, _VERBS if given else ("update", "set", "compute", "refresh"))
    if " each " in k.about:
        k.about = ""


def _more(scene: Scene, law: Law, category: str) -> list[Law]:
    return more_laws(scene, law, category, counted(scene.k, (0, 1), (0, 2), (2, 5)))
