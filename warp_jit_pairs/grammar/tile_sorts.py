"""Rows scanned or sorted by tiles."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .rows import named, titled, whole
from .tile_ops import FIELDS, Blocks, dtype_of, elementwise, item, op
from .tree import Expr


@recipe("rows scanned or sorted by tiles", "tile:4.8", FIELDS, {t.F32: 1.0})
def tile_scan_sort(k: Kernel) -> None:
    k.shared.differentiable = False
    (_scan if k.rng.chance(0.55) else _sort)(k)


def _scan(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=rng.chance(0.6))
    what = rng.choose(("offsets", "cumsum", "cdf", "max", "max", "min", "min", "min", "ranks", "drawdown", "allocate"))
    n = blocks.sizes[0]
    if what in ("offsets", "allocate", "ranks"):
        kind = "=flags keep valid active" if what == "ranks" else "=counts sizes lengths {}_counts"
        x = blocks.load(kind, t.I32, 0, 1 if what == "ranks" else 5)
        name = "tile_scan_inclusive" if what == "ranks" and rng.chance(0.5) else "tile_scan_exclusive"
        result = k.let(
            "=ranks slot_tile rank_tile" if what == "ranks" else "=offsets_tile starts prefix", op(name, x.type, x)
        )
        if what == "allocate":
            total = op("tile_sum", t.Tile(t.I32, (1,)), x)
            blocks.store("=offsets starts row_offsets", result)
            blocks.store("=ends stops row_ends", k.let("=ends_tile stop_tile", elementwise("+", result, x)))
            titled(k, "allocate_ranges ranges_from_counts offsets_from_counts {}_ranges build_offsets")
            if rng.chance(0.6):
                blocks.store_row_value("=totals num_items sum_out", k.let("=row_total total n_items", total))
            return
        blocks.store("=ranks positions slots" if what == "ranks" else "=offsets starts prefix_out", result)
        titled(
            k,
            "rank_active compact_positions slot_of_active enumerate_valid"
            if what == "ranks"
            else "exclusive_offsets exclusive_scan offsets_from_counts prefix_offsets {}_offsets",
        )
        if rng.chance(0.4) or k.shared.size == "large":
            inclusive = name == "tile_scan_inclusive"
            last = (
                op("tile_extract", t.I32, result, n - 1) if inclusive else item(op("tile_sum", t.Tile(t.I32, (1,)), x))
            )
            k.set(k.array("=totals num_active count_out", t.I32, k.launch, "out")[blocks.index], last)
        return
    positive = what == "cdf"
    x = blocks.load(
        "=weights pdf probs masses" if positive else "=x prices values series samples",
        k.real,
        0.1 if positive else -2.0,
        2.0,
    )
    if what in ("max", "min", "drawdown"):
        how = "max" if what == "drawdown" else what
        result = k.let(f"=running peak_tile cum_{how}", op(f"tile_scan_{how}_inclusive", x.type, x))
        if what == "drawdown":
            result = k.let("=drop dd_tile drawdown_tile", elementwise("-", result, x))
            titled(k, "drawdown_curve compute_drawdown underwater_curve {}_drawdown")
            if rng.chance(0.5):
                blocks.store_row_value(
                    "=max_drawdown worst mdd", k.let("=worst_val deepest", op("tile_max", t.Tile(k.real, (1,)), result))
                )
        else:
            titled(k, f"running_{how} cumulative_{how} cum{how}_tiles {how}_scan prefix_{how}")
        blocks.store("=drawdown dd_out" if what == "drawdown" else f"=running_{how} cum{how} {how}_so_far", result)
        return
    result = k.let("=prefix cum_tile scan_tile running", op("tile_scan_inclusive", x.type, x))
    if what == "cdf":
        total = named(
            k, "=total norm mass", op("tile_extract", k.real, result, n - 1) if rng.chance(0.5) else item(result, n - 1)
        )
        result = k.let("=cdf_tile cumulative", elementwise("*", result, named(k, "=inv_total inv_norm", 1.0 / total)))
        titled(k, "build_cdf cdf_from_weights normalize_cdf cumulative_distribution sampling_cdf")
        blocks.store("=cdf cdf_out cumulative_out", result)
        if rng.chance(0.4):
            k.set(k.array("=totals normalizers weight_sums", k.real, k.launch, "out")[blocks.index], total)
        return
    exclusive = rng.chance(0.25)
    if exclusive:
        result = k.let("=before exclusive_tile", elementwise("-", result, x))
    titled(
        k,
        "exclusive_cumsum exclusive_prefix_sum shifted_cumsum"
        if exclusive
        else "cumsum_tiles prefix_sum inclusive_scan running_total cumulative_sum {}_cumsum",
    )
    blocks.store("=exclusive prefix before_out" if exclusive else "=cumsum prefix_out running_sum", result)


def _sort(k: Kernel) -> None:
    rng = k.rng
    n_choice = rng.chance(0.35)
    if n_choice:
        _argsort(k)
        return
    blocks = Blocks(k, 1, rows=True)
    n = blocks.sizes[0]
    dtype = rng.choose((t.F32, t.F32, t.I32))
    keys = blocks.load("=keys values x scores" if dtype is t.F32 else "=keys ids codes", dtype, -4, 4)
    order = [blocks.constants[0]] if rng.chance(0.5) else [k.integer(0), blocks.constants[0]]
    index = k.let(
        "=order idx_tile perm", op("tile_arange", t.Tile(t.I32, blocks.sizes), *order, dtype=dtype_of(k, t.I32))
    )
    k.do(op("tile_sort", t.NOTHING, keys, index))
    what = rng.choose(("sorted", "median", "range", "quantile", "both"))
    if what in ("sorted", "both"):
        blocks.store("=sorted_keys sorted_out keys_out ordered", keys)
        titled(k, "sort_rows row_sort sort_tiles tile_sort_rows sort_{s} order_rows")
    half = n // 2
    target: Callable[[str], Expr] = lambda kind: k.array(kind, dtype, k.launch, "out")[blocks.index]  # noqa: E731
    if what in ("median", "both"):
        whole_number = dtype is t.I32
        value = item(keys, half) if whole_number or rng.chance(0.4) else 0.5 * (item(keys, half - 1) + item(keys, half))
        k.set(target("=medians median_out middle"), value)
        if what == "median":
            titled(k, "row_median median_rows median_tiles tile_median {}_median")
    elif what == "range":
        low, high = item(keys, n // 4), item(keys, (3 * n) // 4)
        k.set(target("=iqr spread quartile_range"), high - low)
        titled(k, "interquartile_range row_iqr iqr_rows robust_spread")
    elif what == "quantile":
        rank = whole(k, "=rank kth order q_idx", 0, n - 1)
        k.set(target("=quantiles kth_out selected"), item(keys, rank))
        titled(k, "kth_smallest order_statistic row_quantile select_kth")


def _argsort(k: Kernel) -> None:
    """Keys that are all different, and what comes along with them."""
    rng = k.rng
    blocks = Blocks(k, 1)
    dims = blocks.dims
    source = k.array(
        "=keys sort_keys priorities codes",
        t.I32,
        dims,
        low=0,
        high=dims[0].size - 1,
        bound=dims[0].symbol,
        distinct=True,
    )
    keys = blocks.read(source, "=keys")
    carried = rng.chance(0.5)
    if carried:
        values = blocks.load("=values payload ids data", t.I32, 0, 50)
    else:
        order = [blocks.constants[0]] if rng.chance(0.5) else [k.integer(0), blocks.constants[0]]
        values = k.let(
            "=order idx_tile perm", op("tile_arange", t.Tile(t.I32, blocks.sizes), *order, dtype=dtype_of(k, t.I32))
        )
    k.do(op("tile_sort", t.NOTHING, keys, values))
    titled(
        k,
        "sort_by_key sort_pairs key_value_sort sort_tile_pairs sort_{s}_by_key"
        if carried
        else "argsort_tiles argsort sort_permutation rank_order sort_with_index",
    )
    if rng.chance(0.7) or carried:
        blocks.store("=sorted_keys keys_out", keys)
    blocks.store("=sorted_values values_out payload_out" if carried else "=permutation order_out sorted_idx", values)
    if k.shared.size == "large" or rng.chance(0.2):
        blocks.store_row_value(
            "=max_values largest_payload" if carried else "=last_index max_index",
            k.let("=biggest top_val", op("tile_max", t.Tile(t.I32, (1,)), values)),
        )
