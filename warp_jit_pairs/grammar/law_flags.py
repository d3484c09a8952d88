"""Kernels that keep what holds for an element as bits: conditions by the laws of a sheet, combined, tested, counted."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import more_laws
from .law_numbers import chosen, limit_for, word_of
from .laws import Law, Sheet
from .names import plural
from .scene import NoValue, Scene
from .studies import spoken, store, study, suppress_value, threads
from .tree import Expr
from .unsigned import u

_COUNTS = {"small": (1, 2), "medium": (2, 4), "large": (5, 11)}
_TURNS = 6
"""So many laws are tried until one goes with others."""


def testable(field: Sheet, law: Law) -> bool:
    """Whether a condition can be made of what a law gives."""
    kind = field.quantity(law.gives[0]).type
    return (
        len(law.gives) == 1
        and kind in ("real", "bool")
        and not law.gives[0].startswith("next_")
        and "rng" not in law.takes
    )


class Bits:
    """A word of flags, as one program keeps it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        k, rng = scene.k, scene.rng
        self.unsigned = rng.chance(0.4)
        self.type = t.U32 if self.unsigned else t.I32
        self.named = rng.chance(0.4) and not self.unsigned
        self.how = rng.choose(("when", "when", "where", "cast"))
        self.spelled = rng.choose(("shift", "number"))
        self.word = k.variable("=flags mask bits status", self.number(0), False)
        self.count = 0

    def number(self, value: int) -> Expr:
        return u(self.scene.k, value) if self.unsigned else self.scene.k.integer(value)

    def bit(self, number: int, word: str) -> Expr:
        k = self.scene.k
        if self.named:
            return k.constant(1 << number, t.I32, f"=!{word}_bit flag_{word} {word}_flag bit_{word}")
        if self.spelled == "shift" and number:
            return self.number(1) << self.number(number)
        return self.number(1 << number)

    def add(self, test: Expr, word: str) -> None:
        k = self.scene.k
        bit = self.bit(self.count, word)
        if self.how == "when" or self.named:
            with k.when(test):
                k.set(self.word, self.word | bit)
        elif self.how == "where":
            k.set(self.word, self.word | k.where(test, bit, self.number(0)))
        else:
            one = k.cast(test, self.type)
            k.set(self.word, self.word | (one << self.number(self.count) if self.count else one))
        self.count += 1


@study("conditions of each element as bits of a word", "integer:1.5 control_flow:2 combined:0.4", grows=3.0)
def flag(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(_TURNS):
        scene, law = chosen(k, testable)
        more = more_laws(scene, law, category, 2 * _COUNTS[k.shared.size][1])
        others = [one for one in more if testable(scene.sheet, one)]
        if others:
            break
    threads(scene, category, law)
    k.shared.differentiable = False
    laws = [law, *others[: rng.integer(*_COUNTS[k.shared.size])]]
    early = rng.chance(0.5)
    bits = None if early else Bits(scene)
    tests: list[tuple[str, Expr, Law]] = []
    levels = False
    for one in laws:
        with suppress_value():
            k.gap()
            value = scene.apply(one, scene.depth)[0]
            word = word_of(scene, one.gives[0])
            if value.type is t.BOOL:
                pairs = [(word, value)]
            elif rng.chance(0.2) and k.shared.size != "large":
                # Two levels of the same quantity.
                levels = True
                low = limit_for(scene, one.gives[0], value, f"=!low_{word} {word}_low min_{word}", plain=True)
                high = limit_for(scene, one.gives[0], value, f"=!high_{word} {word}_high max_{word}", plain=True)
                pairs = [(f"low_{word}", value < low), (f"high_{word}", value > high)]
            else:
                limit = limit_for(scene, one.gives[0], value, f"=!{word}_limit {word}_threshold max_{word}")
                pairs = [(f"{word}_high", value > limit)] if rng.chance(0.75) else [(f"{word}_low", value < limit)]
            for name, test in pairs:
                tests.append((name, test, one))
                if bits is not None:
                    bits.add(test, name)
            if value.type is k.real and rng.chance(0.12):
                store(scene, scene.sheet.term(one.gives[0]), value)
    if len(tests) < 2:
        raise NoValue(law.name)
    if bits is None:
        k.gap()
        bits = Bits(scene)
        for name, test, _ in tests:
            bits.add(test, name)
    k.gap()
    how = _used(scene, bits, levels)
    e, word = scene.names.entity, word_of(scene, law.gives[0])
    first = {
        "required": (f"check_{plural(e)}", f"select_{plural(e)}", f"filter_{plural(e)}"),
        "changed": (f"update_{e}_flags", f"detect_{e}_changes", f"{e}_alarms"),
        "count": (f"count_{e}_flags", f"tally_{e}_conditions"),
        "group": (f"collect_{e}_flags", f"merge_{e}_flags"),
    }.get(how, (f"{e}_flags", f"flag_{plural(e)}"))
    k.titles = (
        *first,
        f"flag_{plural(e)}",
        f"set_{e}_flags",
        f"mark_{e}_{word}",
        f"{e}_status_bits",
        f"test_{plural(e)}",
    )
    said = spoken(law.gives[0])
    k.about = rng.choose(
        ("-", f"Flag each {e.replace('_', ' ')} by its {said}{' and other conditions' if len(laws) > 1 else ''}.")
    )


def _used(scene: Scene, bits: Bits, levels: bool) -> str:
    """What becomes of the flags; of two `levels` of one quantity nobody asks for both."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    e = scene.names.entity
    flags, kind = bits.word, bits.type
    ways = {
        "plain": 3.0,
        "required": 0.0 if levels else 2.0,
        "changed": 2.0,
        "count": 2.0,
        "popcount": 0.0 if levels else 1.5,
        # All of many elements hold hardly any condition, and some hold each.
        "group": 1.5 if scene.sheet.groups else 0.0,
        "sticky": 1.0,
        "first": 0.0 if levels else 1.0,
    }
    how = rng.weighted(ways)
    if how != "group" and (how in ("plain", "popcount", "changed", "first") or rng.chance(0.4)):
        k.set(k.array(f"={e}_flags flags_out status_out out_flags", kind, site.dims, "out")[site.index], flags)
    if how == "required":
        wanted = k.scalar("=required required_mask trigger_mask watch_mask", kind, 1, (1 << bits.count) - 1)
        banned = k.scalar("=inhibit_mask ignore_mask veto_mask", kind, 0, 3) if rng.chance(0.4) else None
        test = (flags & wanted).equals(wanted) if rng.chance(0.7) else (flags & wanted).differs(bits.number(0))
        if banned is not None:
            test = k.both(test, (flags & banned).equals(bits.number(0)))
        if rng.chance(0.5):
            k.set(k.array("=triggered selected flagged", t.BOOL, site.dims, "out")[site.index], test)
        else:
            total = k.array(
                "=num_flagged num_selected num_triggered", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
            )
            with k.when(test):
                k.do(k.call("atomic_add", total, k.integer(0), 1, gives=t.I32))
    elif how == "changed":
        old = k.let(
            "=old_flags prev_flags before last_flags",
            k.array(f"=!prev_{e}_flags last_{e}_flags", kind, site.dims, low=0, high=(1 << bits.count) - 1)[site.index],
        )
        form = rng.choose(("risen", "both", "toggled"))
        if form != "toggled":
            k.set(k.array("=raised newly_set rising", kind, site.dims, "out")[site.index], flags & ~old)
        if form == "both":
            k.set(k.array("=cleared newly_cleared falling", kind, site.dims, "out")[site.index], old & ~flags)
        if form == "toggled":
            k.set(k.array("=toggled changed_bits changed", kind, site.dims, "out")[site.index], flags ^ old)
    elif how == "count":
        dim = k.dim(bits.count, fixed=True)
        counts = k.array("=flag_counts bit_counts condition_counts counts", t.I32, (dim,), "inout", low=0, high=0)
        with k.loop("=b bit n", k.integer(bits.count), high=bits.count - 1.0) as b:
            shift = k.cast(b, kind)
            with k.when(((flags >> shift) & bits.number(1)).equals(bits.number(1))):
                k.do(k.call("atomic_add", counts, b, 1, gives=t.I32))
    elif how == "popcount":
        number = k.call("bit_count", flags)
        number = number if number.type is t.I32 else k.cast(number, t.I32)
        if rng.chance(0.5):
            k.set(k.array("=num_flags num_set flag_count", t.I32, site.dims, "out")[site.index], number)
        else:
            least = k.scalar("=min_conditions quorum min_flags votes_needed", t.I32, 1, bits.count)
            k.set(k.array("=alarm triggered confirmed", t.BOOL, site.dims, "out")[site.index], number >= least)
    elif how == "group":
        dim, place, owner = scene.of_group()
        merge = "atomic_or" if rng.chance(0.7) else "atomic_and"
        start = 0 if merge == "atomic_or" else (1 << bits.count) - 1
        target = k.array(
            f"={owner}_flags {owner}_{'any' if start == 0 else 'common'}_flags",
            kind,
            (dim,),
            "inout",
            low=start,
            high=start,
        )
        k.do(k.call(merge, target, place, flags, gives=kind))
    elif how == "sticky":
        k.augment(
            k.array(f"=!latched_{e}_flags latched sticky_flags", kind, site.dims, "inout", low=0, high=3)[site.index],
            "|",
            flags,
        )
    elif how == "first":
        lowest = k.variable("=first_set severity code first_bit", k.integer(-1 if rng.chance(0.5) else bits.count))
        with k.loop("=b bit n", k.integer(bits.count), high=bits.count - 1.0) as b:
            if rng.chance(0.5):
                with k.when(((flags >> k.cast(b, kind)) & bits.number(1)).differs(bits.number(0))):
                    k.set(lowest, b)
                    k.leave_loop()
            else:
                with k.when((flags & (bits.number(1) << k.cast(b, kind))).differs(bits.number(0))):
                    k.set(lowest, b)
                    k.leave_loop()
        k.set(k.array("=first_conditions severity_out first_flags", t.I32, site.dims, "out")[site.index], lowest)
    return how
