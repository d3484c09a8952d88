"""Contacts of pairs of shapes: sphere, capsule, box and plane, and the rows that a solver needs of them."""

import warp as wp

TITLES = "collide_pairs narrow_phase generate_contacts compute_contacts collide_shapes eval_shape_pairs"
CATEGORIES = "geometry:1 control_flow:0.15 combined:0.1 vector:0.15 quaternion:0.15 atomic:0.3"
CHANCES = "balls:0.75 capsules:0.65 boxes:0.6 plane:0.6 filter:0.5 rows:0.6"
DIMS = """
pair | 8 | num_pairs pair_count n_pairs
geom | 5 | num_geoms shape_count num_shapes
group | 3 | num_materials
"""
ARGS = """
geom_a | int | pair | @geom | geom_a pair_geom_a pair_shape_a
geom_b | int | pair | @geom | geom_b pair_geom_b pair_shape_b
kind | int | ?geom | 0 3 | geom_type shape_type
size | vec3 | ?geom | 0.1 0.6 | geom_size shape_scale shape_size
pos | vec3 | geom | -0.7 0.7 | geom_pos geom_xpos shape_pos
rot | quat | geom | | geom_quat geom_rot shape_rot
margin | real | ?geom | 0.1 0.8 | geom_margin shape_margin contact_margin
gap | real | ?geom | 0 0.5 | geom_gap shape_gap
mu | real | ?geom | 0.1 1 | geom_friction shape_mu
bounce | real | ?geom | 0 0.9 | geom_restitution shape_restitution
stiff | real | ?geom | 50 900 | geom_stiffness shape_ke
solmix | real | ?geom | 0.5 2 | geom_solmix shape_solmix
priority | int | ?geom | 0 2 | geom_priority shape_priority
body | int | ?geom | 0 4 | geom_body shape_body geom_bodyid
mask | int | ?geom | 0 7 | geom_conaffinity collision_mask
layer | int | ?geom | 0 7 | geom_contype collision_group
geom_vel | vec3 | geom | -2 2 | geom_vel shape_velocity
inv_mass | real | ?geom | 0 2 | geom_inv_mass shape_inv_mass
active | bool | pair | 0 1 | pair_active pair_enabled
dist | real | pair | -1 1 | contact_dist contact_distance
normal | vec3 | pair | | contact_normal
point | vec3 | pair | | contact_point contact_pos
point_a | vec3 | pair | | contact_point_a contact_offset0
point_b | vec3 | pair | | contact_point_b contact_offset1
tangent_a | vec3 | pair | | contact_tangent1 contact_frame_x
tangent_b | vec3 | pair | | contact_tangent2 contact_frame_y
mu_out | real | pair | | contact_friction contact_mu
bounce_out | real | pair | | contact_restitution
stiff_out | real | pair | | contact_stiffness contact_ke
hit | bool | pair | | contact_active touching
eff_mass | real | pair | | effective_mass contact_mass
bias | real | pair | | contact_bias velocity_bias
per_geom | int | geom | 0 0 | geom_contacts shape_contacts
dt | real | | 0.002 0.02 | dt timestep | 0.01 0.002
erp | real | | 0.1 0.5 | erp baumgarte | 0.2
slop | real | | 0.001 0.02 | slop penetration_slop | 0.005 0.01
rest_speed | real | | 0.1 1 | restitution_threshold bounce_threshold | 0.5 1.0
"""


def nearest_on_segment(p: vec3, start: vec3, end: vec3):
    along = end - start
    s = wp.clamp(wp.dot(p - start, along) / wp.max(wp.length_sq(along), 0.000001), 0.0, 1.0)
    return wp.lerp(start, end, s)


def nearest_in_box(p: vec3, half: vec3):
    if one.sb.builtin:
        c = wp.max(wp.min(p, half), -half)
    else:
        c = wp.vec3(
            wp.clamp(p[0], -half[0], half[0]), wp.clamp(p[1], -half[1], half[1]), wp.clamp(p[2], -half[2], half[2])
        )
    return c


def any_tangent(n: vec3):
    side = wp.vec3(1.0, 0.0, 0.0)
    if wp.abs(n[0]) > num(0.5, 0.7, 0.9):
        side = wp.vec3(0.0, 1.0, 0.0)
    return wp.normalize(wp.cross(n, side))


def kernel():
    if opt.enabled:
        if not active[pair]:
            return
    ga = geom_a[pair]
    gb = geom_b[pair]
    if opt.filter:
        "skip pairs that never touch"
        if body[ga] == body[gb]:
            return
        if opt.masks:
            if (layer[ga] & mask[gb]) == 0:
                return
    ta = kind[ga]
    tb = kind[gb]
    if opt.sorted:
        if ta > tb:
            swap = ga
            ga = gb
            gb = swap
            ta = kind[ga]
            tb = kind[gb]
    xa = pos[ga]
    xb = pos[gb]
    ra = rot[ga]
    rb = rot[gb]
    sa = size[ga]
    sb = size[gb]
    d = num(1000.0, 10000.0, 1000000.0)
    n = wp.vec3(0.0, 0.0, 1.0)
    p = 0.5 * (xa + xb)
    if opt.balls:
        if ta == 0 and tb == 0:
            "sphere and sphere"
            delta = xb - xa
            l = wp.length(delta)
            if one.ss.guard:
                if l > num(0.00001, 0.000001):
                    n = delta / l
            else:
                n = wp.normalize(delta)
            d = l - sa[0] - sb[0]
            p = xa + n * (sa[0] + 0.5 * d) if one.mid.first else 0.5 * (xa + n * sa[0] + xb - n * sb[0])
    if opt.capsules:
        if ta == 0 and tb == 1:
            "sphere and capsule"
            axis = wp.quat_rotate(rb, wp.vec3(0.0, 0.0, 1.0) if one.up.z else wp.vec3(0.0, 1.0, 0.0))
            if one.sc.clamp:
                s = wp.clamp(wp.dot(xa - xb, axis), -sb[1], sb[1])
                on_axis = xb + axis * s
            else:
                on_axis = nearest_on_segment(xa, xb - axis * sb[1], xb + axis * sb[1])
            delta = on_axis - xa
            l = wp.length(delta)
            if l > num(0.00001, 0.000001):
                n = delta / l
            d = l - sa[0] - sb[0]
            p = xa + n * (sa[0] + 0.5 * d)
    if opt.capsules:
        if ta == 1 and tb == 1:
            "capsule and capsule"
            ua = wp.quat_rotate(ra, wp.vec3(0.0, 0.0, sa[1]) if one.up.z else wp.vec3(0.0, sa[1], 0.0))
            ub = wp.quat_rotate(rb, wp.vec3(0.0, 0.0, sb[1]) if one.up.z else wp.vec3(0.0, sb[1], 0.0))
            if one.cc.builtin:
                st = wp.closest_point_edge_edge(xa - ua, xa + ua, xb - ub, xb + ub, num(0.00001, 0.000001))
                ca = xa + ua * (2.0 * st[0] - 1.0)
                cb = xb + ub * (2.0 * st[1] - 1.0)
            else:
                w0 = xa - xb
                aa = wp.dot(ua, ua)
                bb = wp.dot(ub, ub)
                ab = wp.dot(ua, ub)
                da = wp.dot(ua, w0)
                db = wp.dot(ub, w0)
                det = aa * bb - ab * ab
                s = 0.0
                if det > num(0.00001, 0.000001):
                    s = wp.clamp((ab * db - bb * da) / det, -1.0, 1.0)
                u = wp.clamp((ab * s + db) / wp.max(bb, 0.000001), -1.0, 1.0)
                if opt.refined:
                    s = wp.clamp((ab * u - da) / wp.max(aa, 0.000001), -1.0, 1.0)
                ca = xa + ua * s
                cb = xb + ub * u
            delta = cb - ca
            l = wp.length(delta)
            if l > num(0.00001, 0.000001):
                n = delta / l
            d = l - sa[0] - sb[0]
            p = ca + n * (sa[0] + 0.5 * d)
    if opt.boxes:
        if ta == 0 and tb == 2:
            "sphere and box"
            local = wp.quat_rotate_inv(rb, xa - xb)
            c = nearest_in_box(local, sb)
            delta = c - local
            l = wp.length(delta)
            if l > num(0.00001, 0.000001):
                n = wp.quat_rotate(rb, delta / l)
                d = l - sa[0]
            else:
                if one.inside.axis:
                    dx = sb[0] - wp.abs(local[0])
                    dy = sb[1] - wp.abs(local[1])
                    dz = sb[2] - wp.abs(local[2])
                    out = wp.vec3(0.0, 0.0, -wp.sign(local[2]))
                    deep = dz
                    if dx < deep and dx < dy:
                        out = wp.vec3(-wp.sign(local[0]), 0.0, 0.0)
                        deep = dx
                    elif dy < deep:
                        out = wp.vec3(0.0, -wp.sign(local[1]), 0.0)
                        deep = dy
                    n = wp.quat_rotate(rb, out)
                    d = -deep - sa[0]
                else:
                    n = wp.normalize(xb - xa)
                    d = -sa[0]
            p = xa + n * (sa[0] + 0.5 * d)
    if opt.capsules and opt.boxes:
        if ta == 1 and tb == 2:
            "ends of a capsule and box"
            half = wp.quat_rotate(ra, wp.vec3(0.0, 0.0, sa[1]) if one.up.z else wp.vec3(0.0, sa[1], 0.0))
            for end_id in range(2):
                tip = xa + half if end_id == 0 else xa - half
                local = wp.quat_rotate_inv(rb, tip - xb)
                c = nearest_in_box(local, sb)
                gap_vec = wp.quat_rotate(rb, c - local)
                l = wp.length(gap_vec)
                if l > 0.000001 and l - sa[0] < d:
                    d = l - sa[0]
                    n = gap_vec / l
                    p = tip + n * (sa[0] + 0.5 * d)
    if opt.plane or not (opt.capsules or opt.boxes):
        if tb == 3:
            "anything and a plane"
            up = wp.quat_rotate(rb, wp.vec3(0.0, 0.0, 1.0))
            n = -up
            if ta == 0:
                d = wp.dot(xa - xb, up) - sa[0]
                p = xa - up * (sa[0] + 0.5 * d)
            if opt.capsules:
                if ta == 1:
                    axis = wp.quat_rotate(ra, wp.vec3(0.0, 0.0, 1.0) if one.up.z else wp.vec3(0.0, 1.0, 0.0))
                    low = xa - axis * sa[1] * wp.sign(wp.dot(axis, up))
                    d = wp.dot(low - xb, up) - sa[0]
                    p = low - up * (sa[0] + 0.5 * d)
            if opt.boxes:
                if ta == 2:
                    if one.corner.loop:
                        d = num(1000.0, 10000.0)
                        for corner_id in range(8):
                            cx = -sa[0] if (corner_id & 1) == 0 else sa[0]
                            cy = -sa[1] if (corner_id & 2) == 0 else sa[1]
                            cz = -sa[2] if (corner_id & 4) == 0 else sa[2]
                            corner = xa + wp.quat_rotate(ra, wp.vec3(cx, cy, cz))
                            h = wp.dot(corner - xb, up)
                            if h < d:
                                d = h
                                p = corner - up * (0.5 * h)
                    else:
                        down = wp.quat_rotate_inv(ra, -up)
                        corner = wp.vec3(sa[0] * wp.sign(down[0]), sa[1] * wp.sign(down[1]), sa[2] * wp.sign(down[2]))
                        lowest = xa + wp.quat_rotate(ra, corner)
                        d = wp.dot(lowest - xb, up)
                        p = lowest - up * (0.5 * d)

    "keep what is near enough"
    if one.margin.max:
        include = wp.max(margin[ga], margin[gb])
    else:
        include = margin[ga] + margin[gb]
    if opt.gap:
        include = include - wp.max(gap[ga], gap[gb])
    dist[pair] = d
    if d > include:
        if opt.flagged:
            hit[pair] = False
        return
    if opt.flagged:
        hit[pair] = True
    normal[pair] = n
    if one.stored.mid:
        point[pair] = p
    elif one.stored.both:
        point_a[pair] = p - 0.5 * d * n
        point_b[pair] = p + 0.5 * d * n
    else:
        point_a[pair] = wp.quat_rotate_inv(ra, p - xa)
        point_b[pair] = wp.quat_rotate_inv(rb, p - xb)
    if opt.frame:
        "tangents"
        t1 = any_tangent(n)
        tangent_a[pair] = t1
        tangent_b[pair] = wp.cross(n, t1)
    if opt.material:
        "mix the materials"
        if one.mix.max:
            mu_out[pair] = wp.max(mu[ga], mu[gb])
            if opt.bouncy:
                bounce_out[pair] = wp.max(bounce[ga], bounce[gb])
        elif one.mix.mean:
            mu_out[pair] = 0.5 * (mu[ga] + mu[gb])
            if opt.bouncy:
                bounce_out[pair] = 0.5 * (bounce[ga] + bounce[gb])
        elif one.mix.root:
            mu_out[pair] = wp.sqrt(mu[ga] * mu[gb])
            if opt.bouncy:
                bounce_out[pair] = wp.max(bounce[ga], bounce[gb])
        else:
            pa = priority[ga]
            pb = priority[gb]
            if pa > pb:
                mu_out[pair] = mu[ga]
            elif pb > pa:
                mu_out[pair] = mu[gb]
            else:
                mix = solmix[ga] / (solmix[ga] + solmix[gb])
                mu_out[pair] = mix * mu[ga] + (1.0 - mix) * mu[gb]
        if opt.stiff:
            stiff_out[pair] = stiff[ga] * stiff[gb] / (stiff[ga] + stiff[gb])
    if opt.rows:
        "row of the solver"
        approach = wp.dot(geom_vel[gb] - geom_vel[ga], n)
        weight = inv_mass[ga] + inv_mass[gb]
        if weight > 0.0:
            eff_mass[pair] = 1.0 / weight
        else:
            eff_mass[pair] = 0.0
        if one.push.baumgarte:
            b = erp / dt * wp.min(d + slop, 0.0)
        else:
            b = wp.max(-erp * (d + slop) / dt, 0.0)
        if opt.rebound:
            if approach < -rest_speed:
                if one.push.baumgarte:
                    b += num(0.2, 0.5, 0.8) * approach
                else:
                    b -= num(0.2, 0.5, 0.8) * approach
        bias[pair] = b
    if opt.counts:
        wp.atomic_add(per_geom, ga, 1)
        wp.atomic_add(per_geom, gb, 1)
