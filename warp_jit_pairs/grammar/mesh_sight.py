"""Rays against a mesh that only ask whether, or how often, something is in the way: shadows, openness, insides."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import MESH_RAY, POINT, VEC3, fixed, op, reach
from .rays import DIRECTION, ORIGIN
from .tasks import local, named, read, setting, words, write
from .tree import Expr


def shadow(k: Kernel, mesh: Expr, root: tuple[Expr, ...]) -> None:
    """Whether something is in the way: of a light, of a target, along a ray."""
    rng = k.rng
    how = rng.choose(("light", "target", "ray", "sky"))
    p = read(k, POINT if how != "ray" else ORIGIN, VEC3)
    if how == "ray":
        k.titles = ("any_hit", "ray_occlusion", "occlusion_test", "rays_blocked", "test_visibility", "mesh_any_hit")
        direction = read(k, DIRECTION, VEC3, -1.0, 1.0, unit=True)
        limit = reach(k, "=max_dist max_t far", 6.0, 100.0, 1000.0, 10.0)
    elif how == "sky":
        k.titles = ("ambient_occlusion", "compute_ao", "sky_visibility", "bake_ao", "mesh_ao", "hemisphere_occlusion")
        _ambient(k, mesh, p)
        return
    else:
        what = "light" if how == "light" else "target"
        k.titles = (
            ("shadow_rays", "shadow_test", "light_visibility", "compute_shadows", "trace_shadow", "sun_visibility")
            if how == "light"
            else ("line_of_sight", "visibility_check", "can_see_target", "check_visibility", "los_test", "is_occluded")
        )
        goal = (
            k.scalar(f"={what}_pos {what}_position", VEC3, -4.0, 4.0)
            if rng.chance(0.6)
            else read(k, f"={what}_pos goal {what}", VEC3)
        )
        to_goal = k.let(f"=to_{what} delta d_vec", goal - p)
        limit = k.let(f"=dist {what}_dist len", k.call("length", to_goal))
        direction = k.let("=direction dir l", k.call("normalize", to_goal))
    start = p
    if rng.chance(0.5):
        bias = setting(k, "=bias shadow_eps offset", 1e-3, 0.05, 0.01, 1e-3)
        start = k.let("=start biased_p origin", p + direction * bias)
    blocked = k.let(
        "=blocked occluded hit in_shadow", op("mesh_query_ray_anyhit", t.BOOL, mesh, start, direction, limit, *root)
    )
    if how == "light" and rng.chance(0.6):
        n = read(k, "=n normal", VEC3, -1.0, 1.0, unit=True)
        lit = k.call("max", k.call("dot", n, direction), 0.0)
        write(k, "=lighting irradiance shading brightness", k.where(blocked, k.lit(0.0), lit))
    elif rng.chance(0.5):
        write(k, "=visible visibility is_visible", k.where(blocked, k.lit(0.0), k.lit(1.0)))
    else:
        write(k, "=occluded_out shadow_mask blocked_out", k.where(blocked, k.integer(1), k.integer(0)))


def _ambient(k: Kernel, mesh: Expr, p: Expr) -> None:
    """How open a place is: the part of some directions in which nothing is near."""
    rng = k.rng
    n = read(k, "=n normal", VEC3, -1.0, 1.0, unit=True)
    samples = k.dim(rng.choose((4, 8)), fixed=True)
    dirs = k.array("=sample_dirs hemisphere ao_dirs directions", VEC3, (samples,), low=-1.0, high=1.0, unit=True)
    limit = named(k, "=reach max_d", reach(k, "=ao_radius max_dist ray_length", 4.0, 5.0, 10.0))
    start = k.let("=start origin biased", p + n * rng.choose((1e-2, 1e-3)))
    how = rng.choose(("count", "cosine", "cosine", "falloff", "bent"))
    k.shared.differentiable = False
    total = k.variable("=total open_sum acc", k.lit(0.0)) if how != "count" else None
    norm = k.variable("=wsum norm", k.lit(0.0)) if how == "cosine" else None
    hits = k.variable("=occluded hits num_hits", k.integer(0)) if how == "count" else None
    bent = k.variable("=bent open_dir", k.zero(VEC3)) if how == "bent" else None
    flip = rng.chance(0.5)
    with k.loop("=s i sample", samples.size) as s:
        d = local(k, "=d dir w", dirs[s])
        facing = k.let("=c cos_t facing", k.call("dot", d, n)) if how != "count" or not flip else None
        if flip:
            below = (facing if facing is not None else k.call("dot", d, n)) < 0.0
            d = k.let("=d_up wi up_dir", k.where(below, -d, d))
            facing = k.call("abs", facing) if facing is not None else None
        elif facing is not None:
            with k.when(facing <= 0.0):
                k.next_turn()
        if how == "falloff":
            query = k.let("=query hit q", op("mesh_query_ray", MESH_RAY, mesh, start, d, limit))
            with k.when(query.field("result")):
                near = k.let("=near closeness f", 1.0 - query.field("t") / limit)
                assert total is not None
                k.augment(total, "+", near * near if rng.chance(0.5) else near)
        else:
            blocked = op("mesh_query_ray_anyhit", t.BOOL, mesh, start, d, limit)
            if norm is not None and facing is not None:
                k.augment(norm, "+", facing)
            with k.when(blocked if hits is not None else k.negate(blocked)):
                if hits is not None:
                    k.augment(hits, "+", 1)
                if total is not None and facing is not None:
                    k.augment(total, "+", facing)
                if bent is not None:
                    k.augment(bent, "+", d)
    if hits is not None:
        share = k.cast(hits, t.F32) / float(samples.size)
        write(k, "=ao visibility openness", 1.0 - share)
    elif total is not None and norm is not None:
        open_ = total / k.call("max", norm, 1e-4)
        write(
            k,
            "=ao visibility openness",
            k.call("pow", open_, fixed(k, "=contrast ao_power", 0.5, 2.0, 1.5)) if rng.chance(0.3) else open_,
        )
    elif total is not None:
        amount = total / float(samples.size)
        write(k, "=occlusion_out ao occlusion", amount if how == "falloff" else 1.0 - amount)
    if bent is not None:
        write(k, "=bent_normals open_dirs", k.call("normalize", bent))


def parity(k: Kernel, mesh: Expr) -> None:
    """How often a ray crosses the surface: odd numbers of times from inside."""
    rng = k.rng
    inside = rng.chance(0.65)
    p = read(k, POINT if inside else ORIGIN, VEC3)
    if inside and rng.chance(0.3):
        pose = k.scalar("=mesh_xform X_wm mesh_pose", t.transform(), -0.5, 0.5, unit=True)
        p = k.let("=p_local local_p q_local", k.call("transform_point", k.call("transform_inverse", pose), p))
    if not inside:
        k.titles = words("count_intersections ray_crossings count_hits count_layers depth_complexity overdraw")
        direction = read(k, DIRECTION, VEC3, -1.0, 1.0, unit=True)
        count = k.let("=count crossings hits n", op("mesh_query_ray_count_intersections", t.I32, mesh, p, direction))
        how = rng.choose(("count", "any", "opacity", "histogram", "layers"))
        if how == "opacity":
            k.titles = words("layer_opacity xray_intensity translucency shell_opacity")
            clear = fixed(k, "=layer_transmittance clear", 0.3, 0.9, 0.5, 0.8)
            value = k.call("pow", clear, k.cast(count, t.F32))
            write(k, "=intensity opacity", value if rng.chance(0.5) else 1.0 - value)
        elif how == "histogram":
            bins = k.array("=histogram layer_counts bins", t.I32, (k.dim(16, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", bins, k.call("min", count, 15), k.integer(1), gives=t.I32))
        elif how == "layers":
            k.titles = words("wall_count count_walls solid_layers shells_crossed")
            write(k, "=layers wall_counts", (count + 1) // 2)
            if rng.chance(0.5):
                write(k, "=starts_inside is_inside", count % 2)
        else:
            write(k, "=counts hit_counts num_hits crossings_out", count)
            if how == "any":
                write(k, "=any_hit hit_mask blocked", k.where(count > 0, k.integer(1), k.integer(0)))
        return
    k.titles = words("inside_mesh point_in_mesh voxelize parity_test inside_test mark_inside_mesh fill_occupancy")
    axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    votes = rng.chance(0.3)

    def odd(axis: tuple[float, ...], kind: str) -> Expr:
        direction = k.make(VEC3, *axis)
        direction = k.let("=dir axis d", direction) if not votes else direction
        count = k.let(kind, op("mesh_query_ray_count_intersections", t.I32, mesh, p, direction))
        return count % 2 if rng.chance(0.6) else count & 1

    if votes:
        parts = [
            odd(axis, f"={kind}")
            for axis, kind in zip(axes, rng.choose((("nx", "ny", "nz"), ("cx", "cy", "cz"))), strict=True)
        ]
        test = k.let("=votes ballots", parts[0] + parts[1] + parts[2]) >= 2
    else:
        skew = (0.577, 0.577, 0.577), (0.267, 0.535, 0.802)
        test = odd(rng.choose((*axes, *skew)), "=count crossings hits n").equals(1)
    how = rng.choose(("flag", "sign", "count", "kill", "copy"))
    if how == "flag":
        write(k, "=inside occupancy is_inside mask", k.where(test, k.integer(1), k.integer(0)))
    elif how == "sign":
        write(k, "=sign signs side", k.where(test, k.lit(-1.0), k.lit(1.0)))
    elif how == "count":
        with k.when(test):
            write(k, "=inside occupancy is_inside mask", k.integer(1))
            total = k.array("=num_inside inside_count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", total, k.integer(0), k.integer(1), gives=t.I32))
    elif how == "kill":
        k.titles = words("cull_inside kill_trapped deactivate_inside remove_inside")
        with k.when(test):
            write(k, "=active alive enabled", k.integer(0))
    else:
        k.titles = words("fill_solid solid_density inside_values seed_inside")
        inner, outer = (
            fixed(k, "=solid_value inside_value", 0.5, 2.0, 1.0),
            fixed(k, "=void_value outside_value", -1.0, 0.0, 0.0),
        )
        write(k, "=density values field", k.where(test, inner, outer))
