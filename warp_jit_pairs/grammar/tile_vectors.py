"""Tiles of vectors: moved, turned, limited, summed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .rows import named, titled
from .tile_ops import Blocks, elementwise, function_name, item, op
from .tree import Expr


@recipe("vectors in tiles", "tile:1.7 vector:0.055", "particles rigid astronomy", SINGLE)
def tile_vectors(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, 1, rows=rng.chance(0.5))
    vector = t.vec(3, k.real)
    low, high = -2.0, 2.0
    single = t.Tile(k.real, (1,))

    def law(
        titles: str,
        kinds: Sequence[tuple[str, t.Type]],
        write: Callable[..., Expr],
        gives: t.Type,
        name: str,
        *values: Expr,
    ) -> Expr:
        made = helper(
            k,
            [(kind, dtype, low, high) for kind, dtype in kinds],
            lambda body, names: [write(body, *names)],
            titles=titles.split(),
        )
        return k.let(name, op("tile_map", blocks.tile(gives), function_name(made.name), *values))

    what = rng.choose(
        (
            "drift",
            "kick",
            "normalize",
            "kinetic",
            "distance",
            "cross",
            "reflect",
            "center",
            "limit",
            "spring",
            "project",
        )
    )
    pos, vel = "=positions pos points {}_pos", "=velocities vel v {}_vel"
    if what in ("drift", "kick"):
        a, b = (pos, vel) if what == "drift" else (vel, "=forces accel acceleration f")
        target = blocks.array(a, vector, "inout") if rng.chance(0.4) else None
        x = blocks.read(target, a) if target is not None else blocks.load(a, vector)
        y = blocks.load(b, vector)
        dt = k.scalar("=dt h time_step", k.real, 0.01, 0.1)
        new = law(
            "drift advance_position move step_position"
            if what == "drift"
            else "kick accelerate advance_velocity step_velocity",
            (
                ("=x p pos" if what == "drift" else "=v vel u", vector),
                ("=v vel u" if what == "drift" else "=a accel f", vector),
                ("=dt h", k.real),
            ),
            lambda b, p, q, h: p + q * h,
            vector,
            "=moved new_pos x_new" if what == "drift" else "=kicked new_vel v_new",
            x,
            y,
            dt,
        )
        if target is not None:
            blocks.write(target, new)
        else:
            blocks.store(
                "=positions_out pos_next new_pos" if what == "drift" else "=velocities_out vel_next new_vel", new
            )
        titled(
            k,
            "drift_{s} advance_positions move_{s} drift_step"
            if what == "drift"
            else "kick_{s} apply_forces kick_step accelerate_{s}",
        )
        if what == "kick" and (rng.chance(0.35) or k.shared.size == "large"):
            energy = law(
                "kinetic_density half_v2 specific_kinetic",
                (("=v vel", vector),),
                lambda b, v: 0.5 * b.call("dot", v, v),
                k.real,
                "=ke_tile energies",
                new,
            )
            blocks.store_row_value("=kinetic ke energy_out", k.let("=ke total_ke", op("tile_sum", single, energy)))
        return
    if what in ("normalize", "limit", "reflect", "project"):
        x = blocks.load("=normals directions vectors n" if what == "normalize" else vel, vector)
        if what == "normalize":
            new = law(
                "unit make_unit normalize_vector to_direction",
                (("=v n d", vector),),
                lambda b, v: b.call("normalize", v),
                vector,
                "=unit_tile dirs",
                x,
            )
            titled(k, "normalize_vectors unit_directions normalize_normals make_unit_{s}")
        elif what == "limit":
            top = k.scalar("=max_speed v_max speed_limit", k.real, 0.5, 2.0)

            def limited(b: Body, v: Expr, m: Expr) -> Expr:
                speed = b.let("=speed mag s", b.call("length", v))
                return b.where(speed > m, v * (m / b.call("max", speed, 1e-3)), v)

            new = law(
                "limit_speed clamp_length cap_velocity",
                (("=v vel", vector), ("=max_speed limit v_max", k.real)),
                limited,
                vector,
                "=limited capped",
                x,
                top,
            )
            titled(k, "limit_speeds clamp_velocities cap_{s} limit_velocity")
        else:
            n = blocks.load("=normals surface_normals contact_normals", vector)
            factor = 2.0 if what == "reflect" else 1.0
            new = law(
                "reflect bounce mirror" if what == "reflect" else "tangential remove_normal_part project_tangent",
                (("=v vel d", vector), ("=n normal", vector)),
                lambda b, v, m: v - m * (factor * b.call("dot", v, m)),
                vector,
                "=reflected bounced" if what == "reflect" else "=tangent slid",
                x,
                n,
            )
            titled(
                k,
                "reflect_velocities bounce_{s} mirror_vectors"
                if what == "reflect"
                else "project_tangent slide_{s} tangential_velocity remove_normal_component",
            )
        blocks.store(
            {
                "normalize": "=unit_vectors directions_out",
                "limit": "=limited vel_out",
                "reflect": "=reflected bounced vel_out",
                "project": "=tangential slide_vel vel_out",
            }[what],
            new,
        )
        return
    if what == "center":
        x = blocks.load(pos, vector)
        total = k.let("=pos_sum center_sum total", op("tile_sum", t.Tile(vector, (1,)), x))
        center = k.let("=centroid mean_pos center", elementwise("*", total, k.lit(1.0 / blocks.sizes[0])))
        blocks.store_row_value("=centers centroids mean_positions", center)
        titled(k, "centroid_of_{s} group_centroids mean_position block_centers compute_centroids")
        if rng.chance(0.5):
            middle = named(k, "=c mid origin", item(center))
            blocks.store(
                "=centered relative_pos offsets_out",
                law(
                    "relative_to subtract_center recenter",
                    (("=p x pos", vector), ("=c center", vector)),
                    lambda b, p, c: p - c,
                    vector,
                    "=rel_tile centered_tile",
                    x,
                    middle,
                ),
            )
            k.titles = ("recenter_{s}", "center_positions", "subtract_centroid")
        return
    if what == "cross":
        a, b = (pos, "=forces f applied_forces") if rng.chance(0.6) else ("=edges_a e0 edge1", "=edges_b e1 edge2")
        x, y = blocks.load(a, vector), blocks.load(b, vector)
        torque = a == pos
        new = law(
            "torque moment_of_force" if torque else "face_normal area_vector cross_edges",
            (("=r a x", vector), ("=f b y", vector)),
            lambda b, p, q: b.call("cross", p, q),
            vector,
            "=torque_tile moments" if torque else "=normal_tile area_vecs",
            x,
            y,
        )
        titled(
            k,
            "compute_torques moments_of_force {}_torques"
            if torque
            else "face_normals area_vectors cross_products triangle_normals",
        )
        if torque and rng.chance(0.6):
            blocks.store_row_value(
                "=net_torque total_torque torque_sum", k.let("=net total", op("tile_sum", t.Tile(vector, (1,)), new))
            )
        if not torque or rng.chance(0.6):
            blocks.store("=torques torque_out" if torque else "=normals normals_out", new)
        return
    x = blocks.load(vel if what == "kinetic" else pos, vector)
    if what == "kinetic":
        if rng.chance(0.6):
            mass = blocks.load("=masses m mass {}_mass", k.real, 0.1, 2.0)
            energy = law(
                "kinetic_energy half_mv2",
                (("=v vel", vector), ("=m mass", k.real)),
                lambda b, v, m: 0.5 * m * b.call("dot", v, v),
                k.real,
                "=ke_tile energies",
                x,
                mass,
            )
        else:
            energy = law(
                "kinetic_energy specific_energy half_v2",
                (("=v vel", vector),),
                lambda b, v: 0.5 * b.call("length_sq", v),
                k.real,
                "=ke_tile energies",
                x,
            )
        blocks.store_row_value("=kinetic_energy ke total_ke", k.let("=ke total", op("tile_sum", single, energy)))
        if rng.chance(0.4):
            blocks.store("=energies ke_each per_{}_ke", energy)
        titled(k, "kinetic_energy sum_kinetic_energy total_ke {}_kinetic_energy")
        return
    y = blocks.load("=targets anchors goal_pos ref_pos", vector)
    if what == "distance":
        dist = law(
            "distance_between separation dist",
            (("=p a x", vector), ("=q b y", vector)),
            lambda b, p, q: b.call("length", p - q),
            k.real,
            "=dist_tile separations",
            x,
            y,
        )
        titled(k, "distance_to_targets position_error {}_distances tracking_error")
        blocks.store("=distances dist_out errors", dist)
        if rng.chance(0.6):
            k.shared.differentiable = False
            blocks.store_row_value(
                "=max_distance worst_error farthest", k.let("=worst largest", op("tile_max", single, dist))
            )
        return
    stiff = k.scalar("=stiffness ke spring_k", k.real, 0.5, 4.0)
    force = law(
        "spring_force anchor_force restoring_force",
        (("=p x pos", vector), ("=anchor q rest", vector), ("=k ke stiffness", k.real)),
        lambda b, p, q, s: (q - p) * s,
        vector,
        "=force_tile f_tile",
        x,
        y,
        stiff,
    )
    titled(k, "anchor_springs spring_forces pull_to_anchors restoring_forces")
    blocks.store("=forces force_out spring_f", force)
    if rng.chance(0.4):
        blocks.store_row_value(
            "=net_force total_force", k.let("=net f_sum", op("tile_sum", t.Tile(vector, (1,)), force))
        )
