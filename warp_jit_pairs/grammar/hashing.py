"""Hashes of cells, keys, pairs and rows."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .integer_options import number
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr
from .unsigned import u

_PRIMES = (73856093, 19349663, 83492791)


def whole(value: int) -> Expr:
    """An unsigned constant in decimal, as people write primes."""
    plain = tree.Literal(t.I32, float(value), float(value), value, str(value))
    return tree.Call(t.U32, float(value), float(value), "wp.uint32", (plain,))


@recipe("hashes of cells, keys and pairs", "integer:1.1", "bits geometry sparse")
def hashing(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "key particle point cell item entry")
    k.shared.differentiable = False
    what = job.pick(cell=2.0, avalanche=1.5, fnv=1.2, xorshift=1.2, pair=1.2, combine=1.2, djb=1.0)
    if what == "cell":
        job.it, job.many = rng.choose(
            (("particle", "particles"), ("point", "points"), ("voxel", "voxels"), ("cell", "cells"))
        )
    titles = {
        "cell": "hash_cells spatial_hash compute_cell_hash hash_positions hash_grid_cells {}_hash cell_keys hash_{s}",
        "avalanche": "hash_keys mix_hash murmur_finalize hash_integers scramble_keys avalanche_hash hash_{s}",
        "fnv": "fnv1a_hash fnv_hash hash_bytes fnv1a hash_words fnv_keys",
        "xorshift": "xorshift advance_random_states next_random step_xorshift scramble_states update_seeds random_bits",
        "pair": "pair_keys edge_keys hash_pairs encode_pairs make_edge_key pair_hash symmetric_pair_key",
        "combine": "combine_hashes hash_tuples merge_hashes hash_rows combine_keys",
        "djb": "rolling_hash polynomial_hash hash_strings djb2_hash string_hash hash_sequences",
    }
    job.titled(titles[what])
    job.start()
    h = _hash(job, what)
    size = k.dim(rng.choose((16, 32, 64)))
    if what == "xorshift":
        job.write("states_out random_out next_states seeds_out", h)
        if job.more(0.6):
            if rng.chance(0.5):
                job.write("uniform samples random_float", k.cast(h >> u(k, 8), t.F32) / 16777216.0)
            else:
                sides = number(job, "sides range_size num_values", 6, 10, 100)
                job.write("rolls draws random_int", k.cast(h % k.cast(sides, t.U32), t.I32))
        return
    if rng.chance(0.5):
        job.write("hashes {}_hash hash_out keys_out", h)
        if rng.chance(0.4):
            return
    count = job.length(size, "table_size num_buckets n_slots capacity", None)
    if job.more(0.6) or rng.chance(0.5):
        slot = job.let("slot bucket b", k.cast(h % k.cast(count, t.U32), t.I32))
        job.write("buckets slots {}_bucket bucket_ids", slot)
        if job.more(0.35):
            counts = job.array("bucket_counts slot_counts histogram", t.I32, (size,), "inout", low=0, high=0)
            k.do(k.call("atomic_add", counts, slot, k.integer(1), gives=t.I32))
    else:
        job.write("slots buckets table_index", k.cast(h & (k.cast(count, t.U32) - u(k, 1)), t.I32))
    if job.more(0.25):
        job.write("tags fingerprints signature", h >> u(k, rng.choose((16, 24))))


def _hash(job: Job, what: str) -> Expr:
    k, rng = job.k, job.rng
    if what == "cell":
        ndim = rng.choose((2, 3))
        if rng.chance(0.6):
            p = job.read("positions points {}_pos x", "p x pos", t.vec(ndim, k.real), -4.0, 4.0, nest=0.0)
            scaled: Callable[[Expr], Expr]
            if rng.chance(0.5):
                width = job.param("cell_size cell_width h spacing", 0.5, 2.0, 0.5, 1.0, each=False)
                scaled = lambda c: c / width  # noqa: E731
            else:
                inverse = job.param("inv_cell_size inv_h cells_per_unit", 0.5, 2.0, 2.0, 1.0, each=False)
                scaled = lambda c: c * inverse  # noqa: E731
            cells = [
                job.let(f"c{a} i{a} cell_{a}", k.cast(k.call("floor", scaled(c)), t.I32))
                for c, a in zip(k.components(p), "xyz", strict=False)
            ]
        else:
            cells = k.components(
                job.read("cells coords {}_cells ijk", "c cell ijk_i", t.vec(ndim, t.I32), -8, 8, nest=0.0)
            )
        primes = rng.sample(_PRIMES, ndim) if rng.chance(0.3) else list(_PRIMES[:ndim])

        def mix(body: Body, *parts: Expr) -> Expr:
            mixed = body.cast(parts[0], t.U32) * whole(primes[0])
            for part, prime in zip(parts[1:], primes[1:], strict=True):
                mixed = mixed ^ body.cast(part, t.U32) * whole(prime)
            return mixed

        operands = [(f"{a} i{a} cell_{a}", c) for a, c in zip("xyz", cells, strict=False)]
        return job.let(
            "h key hash_val cell_hash",
            job.formula("hash_cell cell_hash spatial_hash hash3 hash_coords grid_hash", mix, *operands, share=0.4),
        )
    if what == "pair":
        a = job.read("first_ids {}_a src left_ids", "a i", t.I32, 0, 50, nest=0.0)
        b = job.read("second_ids {}_b dst right_ids", "b j", t.I32, 0, 50, nest=0.0)
        if rng.chance(0.6):
            low, high = (
                job.let("lo smaller i_min", k.call("min", a, b)),
                job.let("hi larger i_max", k.call("max", a, b)),
            )
        else:
            low, high = a, b
        if rng.chance(0.4):
            return job.let("key pair_key code", k.cast(high * (high + 1) / 2 + low, t.U32))
        return job.let("key pair_key code", (k.cast(low, t.U32) << u(k, 16)) | k.cast(high, t.U32))
    if what in ("combine", "djb"):
        number_of = rng.choose((2, 3, 4, 8) if what == "combine" else (4, 6, 8))
        columns = k.dim(number_of, fixed=rng.chance(0.5))
        rows = job.array(
            "rows tuples fields columns_in" if what == "combine" else "chars tokens symbols text",
            t.I32,
            (*job.dims, columns),
            low=0,
            high=100,
        )
        h = job.var("h hash_val seed acc", k.cast(k.integer(rng.choose((5381, 17, 0, 7))), t.U32))
        count = (
            k.integer(number_of)
            if columns.fixed
            else job.length(columns, "length num_fields width n_cols", rows, len(job.dims))
        )
        with k.loop(job.words("c f field j"), count) as j:
            value = k.cast(rows[(*job.at, j)], t.U32)
            if what == "djb":
                k.set(h, h * u(k, rng.choose((31, 33, 131))) + value)
            else:
                k.set(h, h ^ (value + u(k, 0x9E3779B9) + (h << u(k, 6)) + (h >> u(k, 2))))
        return h
    key = job.read("keys {}_ids seeds values", "key k_in raw", t.I32, 0, 1000, nest=0.0)
    if what == "xorshift":
        h = job.var(
            "x state s", k.cast(key, t.U32) + u(k, 1) if rng.chance(0.5) else k.cast(key, t.U32) ^ u(k, 0x9E3779B9)
        )
        triple = rng.choose(((13, 17, 5), (13, 17, 5), (7, 9, 8), (11, 19, 8)))
        rounds = rng.choose((1, 1, 2, 3))

        def turn() -> None:
            for operator, shift in zip("<><", triple, strict=True):
                k.augment(h, "^", h << u(k, shift) if operator == "<" else h >> u(k, shift))

        if rounds == 1:
            turn()
        else:
            with k.loop(job.words("r rnd it"), rounds):
                turn()
        return h
    if what == "avalanche":
        rounds_ = rng.choose(
            (
                ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 0)),
                ((17, 0xED5AD4BB), (11, 0xAC4C1B51), (15, 0x31848BAB), (14, 0)),
                ((16, 0x45D9F3B), (16, 0x45D9F3B), (16, 0)),
            )
        )
        h = job.var("h hash_val x", k.cast(key, t.U32))
        if job.more(0.4):
            salt = k.cast(number(job, "seed salt hash_seed", 7, 42, 1337), t.U32)
            k.augment(h, "^", salt)
        for shift, factor in rounds_:
            k.augment(h, "^", h >> u(k, shift))
            if factor:
                k.augment(h, "*", u(k, factor))
        return h
    h = job.var("h hash_val acc", whole(2166136261))
    word = job.let("word bits w", k.cast(key, t.U32))
    with k.loop(job.words("byte i_byte b"), 4) as byte:
        part = (word >> k.cast(byte * 8, t.U32)) & u(k, 0xFF)
        if rng.chance(0.6):
            part = job.let("octet part byte_val", part)
        k.set(h, (h ^ part) * whole(16777619))
    return h
