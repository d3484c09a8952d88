"""Bit sets that threads share, and slots that they exchange."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .atomics import atomic, slot_of
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@recipe("flags and bit sets shared by threads", "atomic:1.2 integer:0.6", "bits generic sparse")
def bit_sets(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "key element item id entry particle voxel")
    job.start()
    words = k.dim(4)
    dtype = rng.choose((t.U32, t.I32, t.U64))
    what = rng.choose(("set", "set", "toggle", "clear", "flags", "bloom"))
    k.shared.differentiable = False
    masks = "bitset bits words mask_words occupancy visited_bits"
    if what == "flags":
        job.titled("combine_flags merge_flags or_flags collect_flags gather_flags reduce_flags common_flags")
        groups = k.dim(6)
        owner = rng.choose(("cell", "group", "body", "cluster", "tile_id"))
        ids = job.array(f"{owner}_ids {owner}_index {{}}_{owner}", t.I32, low=0, high=5, bound=groups.symbol)
        group = job.let(f"{owner} g", ids[job.at])
        flags = job.read("flags {}_flags status material_flags", "flag_bits f status_bits", t.I32, 0, 15)
        if job.more(0.4):
            keep: Expr | int = job.scalar("mask flag_mask keep_mask", t.I32, 1, 15) if rng.chance(0.6) else 7
            flags = job.let("kept masked relevant", flags & keep)

        def into(name: str, names: str, start: int, value: Expr) -> None:
            target = job.array(names, t.I32, (groups,), "inout", low=start, high=start)
            atomic(k, name, target, (group,), value)

        into("atomic_or", f"{owner}_flags any_flags flags_out", 0, flags)
        if job.more(0.6):
            into("atomic_and", f"common_flags all_flags {owner}_common", 15, flags)
        if job.more(0.3):
            into("atomic_xor", f"parity {owner}_parity flag_parity", 0, flags)
        if job.more(0.3):
            into("atomic_add", f"{owner}_count counts", 0, k.integer(1))
        return
    key = job.read("keys {}_keys ids {}_ids values", "key id_val idx", t.I32, 0, 127, nest=0.0)
    per = 31 if dtype is t.I32 else dtype.bits
    size: Expr | int = per
    if rng.chance(0.4):
        size = k.constant(per, t.I32, job.words("bits_per_word word_bits word_size"))
    # What is cleared was set before.
    table = job.array(masks, dtype, (words,), "inout", low=0, high=(1 << 31) - 1 if what == "clear" else 15)
    count = job.length(words, "num_words n_words word_count", table)
    if what == "bloom":
        job.titled("bloom_insert insert_bloom_filter bloom_filter_add add_to_filter mark_bloom_bits")
        hashes = [
            job.let(name, (k.cast(key, t.U32) * tree.literal(mult, t.U32)) >> tree.literal(shift, t.U32))
            for name, mult, shift in (("h1 hash_a", 40503, 7), ("h2 hash_b", 30011, 5))
        ]
        for h, number in zip(hashes, "12", strict=True):
            slot = job.let(f"word{number} slot{number}", k.cast(h, t.I32) % count)
            bit = tree.literal(1, dtype) << k.cast((h >> tree.literal(16, t.U32)) % tree.literal(31, t.U32), dtype)
            atomic(k, "atomic_or", table, (slot,), bit)
        return
    if rng.chance(0.5):
        limit = count * size
        with k.when(key >= limit):
            k.give()
        word = job.let("word slot w", key // size)
    else:
        word = job.let("word slot w", (key // size) % count)
    shift = k.cast(key % size, dtype)
    bit = job.let(
        "bit mask bit_mask",
        tree.literal(1, dtype) << (job.let("shift offset bit_pos", shift) if rng.chance(0.5) else shift),
    )
    if what == "set":
        job.titled(
            "set_bits mark_bits insert_keys mark_occupied set_bitmask mark_visited build_bitset {}_bitmask set_{}_bits"
        )
        operation, value = "atomic_or", bit
    elif what == "toggle":
        job.titled("toggle_bits flip_bits xor_bits toggle_keys toggle_membership flip_membership")
        operation, value = "atomic_xor", bit
    else:
        job.titled("clear_bits remove_keys erase_bits clear_bitmask unmark_bits reset_bits remove_{s}")
        operation, value = "atomic_and", ~bit
    if job.more(0.35) and not job.masked:
        keep_ = job.array("valid enabled {}_valid is_valid", t.I32, low=0, high=1)[job.at]
        with k.when(keep_.equals(0)):
            k.give()
    atomic(k, operation, table, (word,), value)
    if job.more(0.4):
        atomic(
            k,
            "atomic_add",
            job.array("word_counts keys_per_word counts", t.I32, (words,), "inout", low=0, high=0),
            (word,),
            k.integer(1),
        )


@recipe("exchange and compare-and-swap on a slot of one's own", "atomic:1.2 integer:0.4", "generic bits sparse")
def exchange(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "task node slot block lock worker cell")
    job.start("tid worker {}_id idx")
    dtype = rng.choose((t.I32, t.I32, t.U32, t.F32, t.I64))
    k.shared.differentiable = False
    if job.more(0.25) and not job.masked:
        active = job.array("active enabled has_work pending", t.I32, low=0, high=1)
        with k.when(active[job.at].equals(0)):
            k.give()
    where = job.at
    if len(job.dims) == 1 and job.at[0] is k.threads[0] and rng.chance(0.5):
        names = "slot_ids slots {}_slots owner_slot {}_ids"
        order = job.array(names, t.I32, low=0, high=31, bound=job.dims[0].symbol, distinct=True)
        where = (job.let("slot s target_slot", order[job.at]),)
    if rng.chance(0.5):
        job.titled(
            "swap_values exchange_slots replace_values take_slot swap_in pop_slots atomic_swap post_updates"
            " exchange_{s}"
        )
        value = job.read("new_values updates incoming values", "new_val update value", dtype, 0, 9, nest=0.0)
        state = job.array("state slots_data table {}_state mailbox", dtype, None, "inout", low=0, high=4)
        if job.more(0.3):
            value = job.let("stamped next_value posted", value + job.scalar("base epoch stamp", dtype, 1, 5))
        old = job.let("old previous prev before", k.call("atomic_exch", state, *where, value, gives=dtype))
        job.write("old_values previous_out replaced popped", old)
        if job.more(0.4):
            job.write("changed differs updated", k.where(old.differs(value), k.integer(1), k.integer(0)))
        if job.more(0.3):
            _tally(job, old.differs(value), "num_changed change_count total_changed")
        if job.more(0.25):
            job.write("deltas change_out difference", value - old if dtype.kind != "u" else k.call("max", value, old))
        return
    if rng.chance(0.5):
        job.titled("claim_slots acquire_locks try_lock claim_{s} try_claim acquire_{s} reserve_slots lock_{s}")
        free: Expr = k.integer(0) if rng.chance(0.5) else k.constant(0, t.I32, job.words("free unlocked empty"))
        owners = job.array("owners locks lock_state {}_owner slot_owner", t.I32, None, "inout", low=0, high=2)
        if rng.chance(0.5):
            mine = job.let("ticket owner_id my_id", job.at[-1] + 1)
        else:
            mine = job.read("tickets requester_ids worker_ids", "ticket requester my_id", t.I32, 1, 9, nest=0.0)
        old = job.let("old prev previous", k.call("atomic_cas", owners, *where, free, mine, gives=t.I32))
        won = old.equals(free)
        if job.more(0.4):
            won = job.let("won got_it success", won)
        job.write(
            "acquired claimed success_out got_lock",
            k.where(won, k.integer(1), k.integer(0)) if rng.chance(0.6) else k.cast(won, t.I32),
        )
        if job.more(0.5):
            job.write("previous_owner blocked_by holder", old)
        if job.more(0.3):
            _tally(job, won, "num_acquired claim_count total_claimed")
        return
    job.titled("compare_and_swap cas_update conditional_update try_update swap_if_equal update_if_expected cas_{s}")
    expected = job.read("expected compare_values old_values", "want expect cmp", dtype, 0, 4, nest=0.0)
    value = job.read("desired new_values replacements", "new_val desired_i replacement", dtype, 0, 9, nest=0.0)
    state = job.array("state table {}_state registers", dtype, None, "inout", low=0, high=4)
    old = job.let("old prev previous", k.call("atomic_cas", state, *where, expected, value, gives=dtype))
    job.write("observed old_out previous_out", old)
    if job.more(0.5):
        job.write("success_out swapped updated", k.where(old.equals(expected), k.integer(1), k.integer(0)))
    if job.more(0.3):
        _tally(job, old.equals(expected), "num_swapped success_count total_updated")
    if job.more(0.3):
        retries = job.array("retries attempts failures", t.I32, None, "inout", low=0, high=3)[job.at]
        with k.when(old.differs(expected)):
            k.augment(retries, "+", 1)


def _tally(job: Job, test: Expr, names: str) -> None:
    """How many threads passed a test."""
    total, where = slot_of(job, names, t.I32)
    with job.k.when(test):
        atomic(job.k, "atomic_add", total, where, job.k.integer(1))
