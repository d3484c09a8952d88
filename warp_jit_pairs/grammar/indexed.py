"""Arrays with a map of their own (`wp.indexedarray`): kernels that work on a selection as if it were the whole."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .tasks import launch, local, named, opt, read, setting, words, write
from .tree import Expr


def _as_indexed(k: Kernel, array: Expr) -> None:
    """Declare an argument as an indexed array; reading and writing its elements is spelled the same."""
    assert isinstance(array, tree.Name)
    assert isinstance(array.type, t.Array)
    for argument in k.arguments:
        if argument.name == array.id:
            argument.type = t.IndexedArray(array.type.dtype, array.type.ndim)


@recipe("elements picked by an indexed array", "arithmetic:1 vector:1", "particles learning fem")
def indexed_values(k: Kernel) -> None:
    """A kernel that works on a selection as if it were the whole."""
    rng = k.rng
    what = rng.choose(("gather", "scatter", "scale", "advance", "force", "blend", "magnitude", "limit"))
    k.titles = {
        "gather": words("gather_selected copy_selection extract_subset gather_active compact_{s} collect_{s}"),
        "scatter": ("scatter_updates", "add_to_selected", "accumulate_subset", "scatter_add", "update_selected"),
        "scale": ("scale_selected", "damp_active", "decay_selection", "scale_subset", "attenuate_{s}"),
        "advance": ("advance_active", "integrate_selected", "move_active_{s}", "step_subset", "integrate_active"),
        "force": ("spring_to_rest", "anchor_forces", "pull_to_targets", "tether_forces", "restoring_forces"),
        "blend": ("blend_selected", "relax_to_target", "lerp_subset", "smooth_selected", "ema_selected"),
        "magnitude": ("selected_norms", "measure_subset", "speeds_of_active", "subset_lengths", "norms_of_{s}"),
        "limit": ("clamp_selected", "limit_active", "clamp_subset", "limit_{s}", "saturate_selected"),
    }[what]
    ndim = rng.choose((1, 1, 2))
    vector = what in ("magnitude", "force", "advance") or rng.chance(0.35)
    dtype: t.Type = k.vec3 if vector else k.real
    launch(k, rng.choose(("item", "particle", "node")), ndim)
    # An indexed array has no gradient in Warp: a tape fails on it.
    k.shared.differentiable = False
    kind = {
        "advance": "=positions pos x {}_pos",
        "force": "=positions pos x {}_pos",
        "magnitude": "=velocities vel displacements",
    }.get(what, "=values {}_values field data x")
    pick = k.array(kind, dtype, k.launch, low=-2.0, high=2.0)
    x = local(k, "=x p xi" if what in ("advance", "force") else "=v x value", pick[k.threads])
    if what == "scatter":
        target = k.array("=totals accum sums", dtype, k.launch, "inout", low=-2.0, high=2.0)
        gain = x * setting(k, "=weight scale factor", 0.1, 2.0, 0.5) if rng.chance(0.6) else x
        k.augment(target[k.threads], "+", gain)
        for array in rng.sample((pick, target), rng.integer(1, 2)):
            _as_indexed(k, array)
        return
    if what == "gather":
        result = (
            x
            if rng.chance(0.4)
            else x
            - (
                k.scalar("=center origin mean", dtype, -1.0, 1.0)
                if vector
                else setting(k, "=mean offset center", -1.0, 1.0, 0.5)
            )
        )
    elif what == "scale":
        result = x * setting(k, "=factor decay damping", 0.1, 1.0, 0.9, 0.5)
        if opt(k, 0.4) and not vector:
            result = result + setting(k, "=bias offset shift", -0.5, 0.5, 0.1)
    elif what == "advance":
        v = read(k, "=v vel velocity", dtype)
        dt = named(k, "=h step", setting(k, "=dt h time_step", 0.001, 0.1, 0.01))
        if opt(k, 0.4):
            v = k.let("=v1 v_new", v + read(k, "=a acc force", dtype) * dt)
            write(k, "=vel_out v_out", v)
        result = x + v * dt
    elif what == "force":
        rest = read(k, "=rest target anchor", dtype)
        d = k.let("=d delta stretch", rest - x)
        result = d * setting(k, "=stiffness k ke", 1.0, 100.0, 10.0)
        if opt(k, 0.4):
            result = result - read(k, "=v vel", dtype) * setting(k, "=damping kd c", 0.05, 2.0, 0.5)
        if opt(k, 0.4):
            write(k, "=stretches distances lengths", k.call("length", d))
    elif what == "blend":
        goal = read(k, "=goal target fresh", dtype)
        s = named(k, "=a w", setting(k, "=alpha blend rate", 0.05, 0.95, 0.5, 0.1))
        result = k.call("lerp", x, goal, s) if rng.chance(0.5) else x * (1.0 - s) + goal * s
    elif what == "limit":
        top = named(k, "=lim m", setting(k, "=limit max_value bound", 0.5, 2.0, 1.0))
        if vector:
            size = k.let("=size norm len", k.call("length", x))
            result = k.where(size > top, x * (top / k.call("max", size, 1e-3)), x)
        else:
            result = k.call("clamp", x, -top, top)
    else:
        result = k.call("length", x) if rng.chance(0.6) else k.call("length_sq", x)
        if opt(k, 0.4):
            write(k, "=directions unit_out dirs", k.call("normalize", x))
    kinds = {
        "force": "=forces f_out anchor_f",
        "advance": "=pos_out x_out positions_out",
        "magnitude": "=norms lengths speeds",
    }
    target = k.array(kinds.get(what, "=out results values_out selected"), result.type, k.launch, "out")
    k.set(target[k.threads], result)
    chosen = [pick, target] if rng.chance(0.3) else [rng.choose((pick, target))]
    for array in chosen:
        _as_indexed(k, array)
