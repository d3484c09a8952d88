"""Forces on cloth vertices and their step: springs, bending, wind, collisions with shapes."""

import warp as wp

TITLES = "step_cloth_vertices integrate_cloth cloth_step update_cloth simulate_cloth_vertices solve_cloth"
CATEGORIES = "vector:1.4 control_flow:0.6 combined:0.8 struct:0.4 arithmetic:0.2"
CHANCES = "bends:0.4 attach:0.4"
DIMS = """
vertex | 6 | num_vertices vertex_count num_particles
edge | 4 | max_edges valence max_neighbors
bend | 3 | max_bends bends_per_vertex
sphere | 3 | num_spheres sphere_count
capsule | 2 | num_capsules capsule_count
"""
ARGS = """
x | vec3 | vertex | -2 2 | positions particle_q vertex_pos
v | vec3 | vertex | -2 2 | velocities particle_qd vertex_vel
x_prev | vec3 | vertex | -2 2 | prev_positions particle_q_prev
inv_mass | real | ?vertex | 0 3 | inv_mass particle_inv_mass
pinned | bool | ?vertex | 0 1 | pinned is_pinned fixed_vertex
attach | vec3 | vertex | -2 2 | pin_target attach_pos
attach_k | real | ?vertex | 0 20 | pin_stiffness attach_ke
adjacent | int | ?vertex edge | @vertex | edge_neighbors adjacent_vertex neighbors
degree | int | ?vertex | 1 4 | vertex_degree edge_count
rest_length | real | ?vertex edge | 0.1 1 | rest_length edge_rest
edge_k | real | ?vertex edge | 10 90 | edge_stiffness edge_ke
broken | int | vertex edge | 0 1 | edge_broken torn
bend_with | int | ?vertex bend | @vertex | bend_neighbors bend_vertex
bend_rest | real | ?vertex bend | 0.2 1.5 | bend_rest_length bend_rest
normal | vec3 | vertex | unit | vertex_normals normals
area | real | ?vertex | 0.01 0.2 | vertex_area areas
sphere_pos | vec3 | sphere | -1 1 | sphere_centers sphere_pos
sphere_vel | vec3 | sphere | -1 1 | sphere_vel sphere_velocity
sphere_radius | real | ?sphere | 0.5 1.2 | sphere_radii sphere_radius
capsule_a | vec3 | capsule | -1 1 | capsule_start
capsule_b | vec3 | capsule | -1 1 | capsule_end
capsule_radius | real | ?capsule | 0.5 1 | capsule_radii capsule_radius
friction | real | ?vertex | 0 1 | vertex_friction cloth_friction
wet | real | vertex | 0 1 | wetness moisture
thickness | real | ?vertex | 0.01 0.05 | thickness cloth_thickness
x_out | vec3 | vertex | | new_positions positions_out particle_q_new
v_out | vec3 | vertex | | new_velocities velocities_out particle_qd_new
force_out | vec3 | vertex | | vertex_forces particle_f forces_out
strain_out | real | vertex | | max_strain vertex_strain
impulse_out | vec3 | vertex | | contact_impulse collision_impulse
contact_flag | int | vertex | | contact_flags in_contact
energy_out | real | vertex | | elastic_energy spring_energy
gravity | vec3 | | -9 0 | gravity
wind | vec3 | | -4 4 | wind wind_velocity
gust | real | | 0 1 | gust_strength turbulence
time | real | | 0 9 | time sim_time
ke | real | | 10 90 | stretch_stiffness tri_ke spring_ke | 50.0 100.0
kd | real | | 0.05 1 | spring_damping edge_kd | 0.1 0.5
bend_k | real | | 0.5 5 | bend_stiffness bending_ke | 1.0
drag | real | | 0.05 0.5 | drag_coefficient drag | 0.1
lift | real | | 0.05 0.5 | lift_coefficient lift | 0.1
air_damping | real | | 0.1 1 | air_damping velocity_damping | 0.5
ground | real | | -2 -0.5 | ground_height floor_height
contact_k | real | | 50 500 | contact_stiffness contact_ke | 200.0
contact_d | real | | 0.5 5 | contact_damping contact_kd | 1.0
restitution | real | | 0 0.6 | restitution bounce
max_stretch | real | | 0.1 0.6 | max_stretch strain_limit tear_strain | 0.2
max_speed | real | | 1 2.5 | max_velocity speed_limit | 2.0
dt | real | | 0.001 0.01 | dt sim_dt time_step | 0.005
"""


def spring_pull(k: float, stretch: float, rest: float):
    if one.spring.linear:
        pull = k * stretch
    elif one.spring.strain:
        pull = k * stretch / rest
    elif one.spring.biphasic:
        pull = k * stretch
        if stretch > num(0.05, 0.1) * rest:
            pull += num(2.0, 4.0) * k * (stretch - num(0.05, 0.1) * rest)
    else:
        pull = k * stretch
        if stretch < 0.0:
            pull = num(0.1, 0.2) * k * stretch
    return pull


def air_force(flow: vec3, n: vec3, size: float, push: float, rise: float):
    head = wp.dot(flow, n)
    if one.aero.plain:
        force = push * size * head * n
    elif one.aero.quadratic:
        force = push * size * wp.abs(head) * head * n
    else:
        force = push * size * wp.length(flow) * flow + rise * size * head * n
    return force


def kernel():
    pos = x[vertex]
    vel = v[vertex]
    w = inv_mass[vertex]
    if one.fixed.mass:
        if w == 0.0:
            x_out[vertex] = attach[vertex] if opt.attach else pos
            v_out[vertex] = wp.vec3(0.0, 0.0, 0.0)
            return
    elif one.fixed.flag:
        if pinned[vertex]:
            if opt.attach:
                moved = attach[vertex]
                x_out[vertex] = moved
                v_out[vertex] = (moved - pos) / dt
            else:
                x_out[vertex] = pos
                v_out[vertex] = wp.vec3(0.0, 0.0, 0.0)
            return
    f = wp.vec3(0.0, 0.0, 0.0)

    "springs along the edges"
    worst = 0.0
    stored = 0.0
    count = wp.min(degree[vertex], N.edge)
    for e in range(count):
        if opt.tearing:
            if broken[vertex, e] == 1:
                continue
        j = adjacent[vertex, e]
        d = x[j] - pos
        l = wp.length(d)
        if l < num(0.0001, 0.00001):
            continue
        u = d / l
        rest = rest_length[vertex, e]
        stretch = l - rest
        if opt.tearing:
            if stretch > max_stretch * rest:
                broken[vertex, e] = 1
                continue
        k_edge = edge_k[vertex, e] if opt.own_stiffness else ke
        if opt.wet:
            k_edge = k_edge * (1.0 - num(0.3, 0.5) * wet[vertex])
        f += spring_pull(k_edge, stretch, rest) * u
        if opt.spring_damping:
            f += kd * wp.dot(v[j] - vel, u) * u
        if opt.strains:
            worst = wp.max(worst, wp.abs(stretch) / rest)
        if opt.energy:
            stored += 0.25 * k_edge * stretch * stretch
    if opt.strains:
        strain_out[vertex] = worst
    if opt.energy:
        energy_out[vertex] = stored
    if opt.bends:
        "bending"
        for b in range(N.bend):
            j = bend_with[vertex, b]
            d = x[j] - pos
            l = wp.length(d)
            if l > num(0.0001, 0.00001):
                if one.bend.both:
                    f += bend_k * (l - bend_rest[vertex, b]) / l * d
                else:
                    if l < bend_rest[vertex, b]:
                        f -= bend_k * (bend_rest[vertex, b] - l) / l * d
    if opt.aero:
        "air"
        n = normal[vertex]
        flow = wind - vel
        if opt.gusts:
            flow += gust * wp.vec3(wp.sin(num(2.0, 3.0) * time + pos[0]), 0.0, wp.cos(num(1.0, 2.5) * time + pos[2]))
        f += air_force(flow, n, area[vertex], drag, lift)
    elif not one.step.damped:
        f -= air_damping * vel
    if opt.anchored:
        f += attach_k[vertex] * (attach[vertex] - pos)
    if opt.forces:
        force_out[vertex] = f

    "integrate"
    if one.step.euler:
        vel = vel + (f * w + gravity) * dt
        x_new = pos + vel * dt
    elif one.step.damped:
        vel = (vel + (f * w + gravity) * dt) * wp.exp(-air_damping * dt)
        x_new = pos + vel * dt
    else:
        x_new = pos + (pos - x_prev[vertex]) * num(0.99, 0.98, 0.95) + (f * w + gravity) * dt * dt
        vel = (x_new - pos) / dt
    if opt.limited:
        speed = wp.length(vel)
        if speed > max_speed:
            vel = vel * (max_speed / speed)
            x_new = pos + vel * dt

    h = thickness[vertex] if opt.thick else num(0.01, 0.02, 0.005)
    hit = 0
    change = wp.vec3(0.0, 0.0, 0.0)
    if opt.spheres:
        "spheres"
        for s in range(N.sphere):
            off = x_new - sphere_pos[s]
            gap = wp.length(off)
            depth = sphere_radius[s] + h - gap
            if depth > 0.0 and gap > num(0.0001, 0.00001):
                out = off / gap
                x_new = x_new + depth * out
                rel = vel - sphere_vel[s] if opt.moving_spheres else vel
                vn = wp.dot(rel, out)
                if vn < 0.0:
                    if one.sphere_hit.stop:
                        vel = vel - vn * out
                    elif one.sphere_hit.bounce:
                        vel = vel - (1.0 + restitution) * vn * out
                    else:
                        vt = rel - vn * out
                        slip = wp.length(vt)
                        vel = vel - vn * out
                        if slip > 0.0001:
                            vel = vel - vt * wp.min(-friction[vertex] * vn / slip, 1.0)
                    change = change - vn * out
                hit = 1
    if opt.capsules:
        "capsules of the body"
        for c in range(N.capsule):
            a = capsule_a[c]
            ab = capsule_b[c] - a
            t = wp.clamp(wp.dot(x_new - a, ab) / wp.max(wp.dot(ab, ab), 0.0001), 0.0, 1.0)
            off = x_new - (a + t * ab)
            gap = wp.length(off)
            if gap < capsule_radius[c] + h and gap > num(0.0001, 0.00001):
                out = off / gap
                x_new = x_new + (capsule_radius[c] + h - gap) * out
                vn = wp.dot(vel, out)
                if vn < 0.0:
                    vel = vel - vn * out
                    change = change - vn * out
                hit = 1
    if opt.floor:
        "floor"
        if x_new[2] < ground + h:
            if one.floor.project:
                x_new = wp.vec3(x_new[0], x_new[1], ground + h)
                slide = wp.max(1.0 - friction[vertex], 0.0)
                vel = wp.vec3(vel[0] * slide, vel[1] * slide, wp.max(vel[2], 0.0))
            else:
                sink = ground + h - x_new[2]
                lift_v = (contact_k * sink - contact_d * wp.min(vel[2], 0.0)) * w * dt
                vel = vel + wp.vec3(0.0, 0.0, lift_v)
                x_new = x_new + wp.vec3(0.0, 0.0, lift_v * dt)
            hit = 1
    x_out[vertex] = x_new
    v_out[vertex] = vel
    if opt.flags and (opt.spheres or opt.capsules or opt.floor):
        contact_flag[vertex] = hit
    if opt.impulses and (opt.spheres or opt.capsules):
        impulse_out[vertex] = change
