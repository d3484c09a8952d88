"""Textures sampled at coordinates, and what is made of a texel."""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tasks import extent, launch, named, opt, read, setting, words, write
from .tree import Expr


@recipe("textures sampled", "geometry:2.5", "render image terrain", SINGLE)
def texture_lookup(k: Kernel) -> None:
    rng = k.rng
    ndim = rng.choose((1, 2, 2, 2, 3))
    grid = ndim == 2 and rng.chance(0.45)
    if grid:
        launch(k, "pixel", 2, kinds=("=y row py j", "=x col px i"))
    else:
        launch(k, rng.choose(("sample", "pixel", "point")), 2 if rng.chance(0.15) else 1)
    dtype = rng.choose((t.F32, t.F32, t.vec(2), t.vec(4)))
    called = {
        1: "=ramp lut colormap transfer_function gradient_tex curve",
        2: {
            t.F32: "=texture tex height_map heightmap mask_tex",
            t.vec(2): "=texture tex flow_map flow_tex distortion_map",
        }.get(dtype, "=texture tex image_tex albedo_map diffuse_tex source_tex"),
        3: "=volume_tex tex3d lut3d noise_tex density_tex",
    }[ndim]
    name = k.namer.argument(called)
    kind = t.Opaque(f"wp.Texture{ndim}D")
    k.add_argument(name, kind, "handles", {"handle": f"texture{ndim}d"})
    texture = tree.Name(kind, -inf, inf, name)
    where = _coordinates(k, ndim, grid)
    spelled = tree.Verbatim(t.SHAPE, 0.0, 0.0, "float" if dtype is t.F32 else str(dtype))
    plain = {
        t.F32: "=value height v sample" if ndim == 2 else "=value v sample",
        t.vec(2): "=flow uv_sample offset texel",
    }.get(dtype, "=texel color rgba c")
    value = k.let(plain, tree.Call(dtype, 0.0, 1.0, "wp.texture_sample", (texture, *where), (("dtype", spelled),)))
    k.titles = {
        1: ("apply_colormap", "map_values", "lookup_ramp", "apply_lut", "transfer_lookup", "color_map"),
        2: words(
            "sample_texture texture_lookup shade_textured sample_image resample_image fetch_texels sample_heightmap"
        ),
        3: ("sample_volume_texture", "sample_tex3d", "apply_3d_lut", "color_grade", "lookup_volume_tex"),
    }[ndim]
    _textured(k, value, dtype, ndim)


def _coordinates(k: Kernel, ndim: int, grid: bool) -> tuple[Expr, ...]:
    rng = k.rng
    if grid:
        sizes = extent(k, k.launch[1], "=width w res_x"), extent(k, k.launch[0], "=height h res_y")
        u, v = (
            k.let(kind, (k.cast(i, t.F32) + 0.5) / k.cast(n, t.F32))
            for kind, i, n in zip(("=u s tx", "=v t_coord ty"), reversed(k.threads), sizes, strict=True)
        )
        if opt(k, 0.4):
            tiling = named(k, "=repeat tiles", setting(k, "=tiling uv_scale repeat", 0.5, 4.0, 2.0, 0.5))
            u, v = k.let("=u_tiled us", u * tiling), k.let("=v_tiled vs", v * tiling)
        if rng.chance(0.3):
            v = k.let("=v_flip flipped", 1.0 - v)
        return (u, v) if rng.chance(0.6) else (k.let("=uv coord", k.make(t.vec(2), u, v)),)
    if ndim == 1:
        x = read(k, "=value x t level intensity", t.F32, 0.0, 1.0)
        if rng.chance(0.5):
            lo, gain = (
                setting(k, "=vmin lo range_min", 0.0, 0.3, 0.0, 0.1),
                setting(k, "=inv_range gain scale", 0.5, 2.0, 1.0, 1.25),
            )
            x = k.let("=u s coord", k.call("clamp", (x - lo) * gain, 0.0, 1.0))
        return (x,)
    if rng.chance(0.6):
        uv = read(k, "=uv tex_coord coord st" if ndim == 2 else "=uvw coord p tex_coord", t.vec(ndim), 0.0, 1.0)
        if opt(k, 0.35):
            shift = k.scalar("=uv_offset offset pan scroll", t.vec(ndim), -0.5, 0.5)
            uv = k.let("=moved shifted st_i", uv + shift)
        return (uv,)
    return tuple(read(k, kind, t.F32, 0.0, 1.0) for kind in ("=u s", "=v r", "=w q")[:ndim])


def _textured(k: Kernel, value: Expr, dtype: t.Type, ndim: int) -> None:
    """What is made of the texel."""
    rng = k.rng
    how = rng.choose(("plain", "scaled", "blend") if dtype is t.vec(2) else ("plain", "scaled", "tint", "blend"))
    if how == "scaled":
        value = value * setting(k, "=scale intensity gain strength", 0.1, 2.0, 0.5, 1.5)
    elif how == "tint" and isinstance(dtype, t.Vector):
        value = k.call("cw_mul", value, k.scalar("=tint modulate color_scale", dtype, 0.0, 1.0))
    elif how in ("tint", "blend"):
        old = k.let(
            "=dst current below", k.array("=base background layer", dtype, k.launch, low=0.0, high=1.0)[k.threads]
        )
        value = k.call("lerp", old, value, setting(k, "=alpha opacity mix", 0.1, 0.9, 0.5, 0.3))
    if dtype is t.F32 and opt(k, 0.3):
        value = value + setting(k, "=bias base_height offset" if ndim == 2 else "=bias offset", -0.5, 0.5, 0.1)
    outs = {
        t.F32: "=heights values_out samples image" if ndim == 2 else "=values_out samples densities",
        t.vec(2): "=flow_out offsets_out warped samples",
    }
    write(k, outs.get(dtype, "=image colors pixels out_color samples"), value)
