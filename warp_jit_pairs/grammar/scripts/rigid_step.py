"""One step of rigid bodies: applied forces, contacts with the ground, damping, integration, sleep."""

import warp as wp

TITLES = "integrate_bodies step_bodies update_rigid_bodies integrate_rigid_bodies solve_bodies advance_bodies"
CATEGORIES = "quaternion:1.5 vector:1 combined:0.6 control_flow:0.5 matrix:1.2 struct:0.5"
CHANCES = "contact:0.65 thruster:0.35 buoyancy:0.3 kinematic:0.6 sleep:0.5"
DIMS = """
body | 6 | num_bodies body_count n_bodies
point | 4 | contacts_per_body max_contacts num_points
joint | 3 | anchors_per_body max_springs
"""
ARGS = """
position | vec3 | body | -1.5 1.5 | body_pos positions body_x
rotation | quat | body | | body_rot orientations body_q
velocity | vec3 | body | -3 3 | body_vel linear_velocity body_v
omega | vec3 | body | -3 3 | body_omega angular_velocity body_w
force | vec3 | body | -5 5 | body_force applied_force body_f
torque | vec3 | body | -3 3 | body_torque applied_torque body_t
inv_mass | real | ?body | 0.2 2 | inv_mass body_inv_mass
inertia | mat33 | ?body | 0.5 1 | body_inertia inertia_body
inv_inertia | mat33 | ?body | 0.5 1 | inv_inertia body_inv_inertia
moments | vec3 | ?body | 0.1 2 | inertia_diag principal_inertia body_inertia_diag
com | vec3 | ?body | -0.2 0.2 | body_com com_offset
flags | int | ?body | 0 3 | body_flags motion_type body_type
sleeping | bool | body | 0 1 | asleep body_sleeping
timer | real | body | 0 1 | sleep_timer idle_time
target_pos | vec3 | body | -3 3 | kinematic_target target_position
target_rot | quat | body | | target_rotation kinematic_rotation
scale | real | ?body | 0 2 | gravity_scale gravity_factor
lin_damping | real | ?body | 0 0.5 | linear_damping body_linear_damping
ang_damping | real | ?body | 0 0.5 | angular_damping body_angular_damping
point_pos | vec3 | ?body point | -0.5 0.5 | contact_point local_points shape_points
point_radius | real | ?body point | 0.02 0.1 | point_radius contact_radius
friction | real | ?body | 0.1 1 | body_friction mu friction_coef
anchor_local | vec3 | ?body joint | -0.5 0.5 | anchor_local attach_point
anchor_world | vec3 | body joint | -3 3 | anchor_world spring_target
stiffness | real | ?body joint | 1 40 | spring_stiffness anchor_ke
thrust | vec3 | body | -3 3 | thrust thruster_force
thrust_at | vec3 | ?body | -0.4 0.4 | thruster_offset thrust_point
volume | real | ?body | 0.01 0.2 | displaced_volume body_volume
height | real | ?body | 0.1 0.5 | body_height half_extent
drag | real | ?body | 0.05 0.8 | drag_area drag_coef
position_out | vec3 | body | | position_out new_positions body_pos_out
rotation_out | quat | body | | rotation_out new_orientations body_rot_out
velocity_out | vec3 | body | | velocity_out new_velocities body_vel_out
omega_out | vec3 | body | | omega_out new_omegas body_omega_out
contact_force | vec3 | body | -1 1 | net_contact_force contact_force
contact_count | int | body | 0 4 | contact_count num_contacts
energy | real | body | 0 9 | linear_energy translational_energy
momentum | vec3 | body | | body_momentum linear_momentum
bounds_lower | vec3 | body | | aabb_lower bounds_min
bounds_upper | vec3 | body | | aabb_upper bounds_max
reach | real | ?body | 0.2 1 | bounding_radius body_radius
gravity | vec3 | | -9 0 | gravity
wind | vec3 | | -3 3 | wind wind_velocity
dt | real | | 0.002 0.02 | dt sim_dt time_step | 0.01 0.005
ground | real | | -1 0.5 | ground_height floor_height ground_level | 0.0
ke | real | | 50 900 | contact_ke ground_ke | 1000.0 500.0
kd | real | | 1 20 | contact_kd ground_kd | 10.0
slip | real | | 0.01 0.1 | slip_velocity friction_smoothing | 0.01 0.1
spring_kd | real | | 0.1 2 | anchor_kd spring_damping
fluid | real | | 500 1100 | water_density fluid_density | 1000.0
level | real | | -0.5 1 | water_level fluid_height | 0.0
max_speed | real | | 1 3 | max_linear_velocity max_speed
max_spin | real | | 1 3 | max_angular_velocity max_spin
threshold | real | | 1 3 | sleep_speed sleep_velocity
wake_force | real | | 1 6 | wake_force wake_threshold
delay | real | | 0.2 1 | sleep_delay time_to_sleep
"""


def normal_force(depth: float, speed: float, stiff: float, damp: float):
    if one.normal.damped:
        push = wp.max(stiff * depth - damp * speed, 0.0)
    elif one.normal.hunt:
        push = wp.max(stiff * depth * (1.0 - num(0.5, 0.8, 1.0) * speed), 0.0)
    else:
        push = stiff * depth
        if speed < 0.0:
            push -= damp * speed
    return push


def friction_force(vt: vec3, bound: float, damp: float, small: float):
    speed = wp.length(vt)
    if one.rub.coulomb:
        force = wp.vec3(0.0, 0.0, 0.0)
        if speed > num(0.0001, 0.001):
            force = -vt / speed * wp.min(bound, damp * speed)
    elif one.rub.smooth:
        force = -vt * (bound / (speed + small))
    else:
        force = -vt * (bound / wp.sqrt(speed * speed + small * small))
    return force


def turned(r: quat, w: vec3, step: float):
    if one.turn.derivative:
        after = wp.normalize(r + wp.quat(w[0], w[1], w[2], 0.0) * r * (0.5 * step))
    elif one.turn.axis:
        angle = wp.length(w) * step
        after = r
        if angle > num(0.000001, 0.00001):
            after = wp.normalize(wp.quat_from_axis_angle(wp.normalize(w), angle) * r)
    else:
        half = 0.5 * step
        after = wp.normalize(wp.quat(w[0] * half, w[1] * half, w[2] * half, 1.0) * r)
    return after


def kernel():
    if opt.kinematic:
        if flags[body] == 1:
            if one.driven.target:
                p_new = target_pos[body]
                velocity_out[body] = (p_new - position[body]) / dt
                position_out[body] = p_new
                rotation_out[body] = target_rot[body]
                omega_out[body] = wp.vec3(0.0, 0.0, 0.0)
            elif one.driven.velocity:
                position_out[body] = position[body] + velocity[body] * dt
                rotation_out[body] = rotation[body]
                velocity_out[body] = velocity[body]
                omega_out[body] = omega[body]
            else:
                position_out[body] = position[body]
                rotation_out[body] = rotation[body]
                velocity_out[body] = wp.vec3(0.0, 0.0, 0.0)
                omega_out[body] = wp.vec3(0.0, 0.0, 0.0)
            return
    x = position[body]
    r = rotation[body]
    v = velocity[body]
    w = omega[body]
    im = inv_mass[body]
    if opt.sleep:
        if sleeping[body]:
            if wp.length(force[body]) < wake_force:
                position_out[body] = x
                rotation_out[body] = r
                velocity_out[body] = wp.vec3(0.0, 0.0, 0.0)
                omega_out[body] = wp.vec3(0.0, 0.0, 0.0)
                return
            if opt.wakes:
                sleeping[body] = False

    "external forces"
    f = force[body]
    t = torque[body]
    x_com = x + wp.quat_rotate(r, com[body]) if opt.com else x
    if opt.thruster:
        push = wp.quat_rotate(r, thrust[body])
        f += push
        nozzle = thrust_at[body] - com[body] if opt.com else thrust_at[body]
        t += wp.cross(wp.quat_rotate(r, nozzle), push)
    if opt.buoyancy:
        "buoyancy"
        sunk = wp.clamp((level - x[2]) / height[body] + 0.5, 0.0, 1.0)
        if sunk > 0.0:
            f -= fluid * volume[body] * sunk * gravity
            f -= num(0.5, 1.0, 2.0) * sunk * v
            t -= num(0.1, 0.2, 0.5) * sunk * w
    if one.drag.quadratic:
        rel = v - wind
        f -= drag[body] * wp.length(rel) * rel
    elif one.drag.linear:
        f -= drag[body] * (v - wind)
    if opt.anchors:
        "springs to anchors"
        for n in range(N.joint):
            hook = anchor_local[body, n] - com[body] if opt.com else anchor_local[body, n]
            arm = wp.quat_rotate(r, hook)
            stretch = anchor_world[body, n] - (x_com + arm)
            pull = stiffness[body, n] * stretch
            if opt.spring_damping:
                pull -= spring_kd * (v + wp.cross(w, arm))
            if opt.slack:
                if wp.length(stretch) < num(0.05, 0.1, 0.2):
                    continue
            f += pull
            t += wp.cross(arm, pull)
    if opt.contact:
        "contacts with the ground"
        push_sum = wp.vec3(0.0, 0.0, 0.0)
        touching = 0
        for n in range(N.point):
            local = point_pos[body, n] - com[body] if opt.com else point_pos[body, n]
            lever = wp.quat_rotate(r, local)
            height_n = x_com[2] + lever[2]
            depth = ground - height_n + (point_radius[body, n] if opt.radius else 0.0)
            if depth <= 0.0:
                continue
            touching += 1
            vp = v + wp.cross(w, lever)
            fn = normal_force(depth, vp[2], ke, kd)
            ft = friction_force(wp.vec3(vp[0], vp[1], 0.0), friction[body] * fn, kd, slip)
            contact = wp.vec3(ft[0], ft[1], fn)
            push_sum += contact
            t += wp.cross(lever, contact)
        f += push_sum
        if opt.reports:
            contact_force[body] = push_sum
            contact_count[body] = touching

    "linear velocity"
    if opt.gravity_scale:
        v = v + (f * im + gravity * scale[body]) * dt
    else:
        v = v + (f * im + gravity) * dt
    "angular velocity"
    if one.inertia.tensor:
        wl = wp.quat_rotate_inv(r, w)
        tl = wp.quat_rotate_inv(r, t)
        if opt.gyro:
            tl = tl - wp.cross(wl, inertia[body] * wl)
        wl = wl + inv_inertia[body] * tl * dt
        w = wp.quat_rotate(r, wl)
    elif one.inertia.world:
        rot = wp.quat_to_matrix(r)
        world_inv = rot * inv_inertia[body] * wp.transpose(rot)
        if opt.gyro:
            t -= wp.cross(w, rot * inertia[body] * wp.transpose(rot) * w)
        w = w + world_inv * t * dt
    else:
        wl = wp.quat_rotate_inv(r, w)
        tl = wp.quat_rotate_inv(r, t)
        if opt.gyro:
            tl = tl - wp.cross(wl, wp.cw_mul(moments[body], wl))
        w = wp.quat_rotate(r, wl + wp.cw_div(tl, moments[body]) * dt)
    if one.damping.linear:
        v = v * (1.0 - lin_damping[body] * dt)
        w = w * (1.0 - ang_damping[body] * dt)
    elif one.damping.implicit:
        v = v / (1.0 + lin_damping[body] * dt)
        w = w / (1.0 + ang_damping[body] * dt)
    elif one.damping.exponential:
        v = v * wp.exp(-lin_damping[body] * dt)
        w = w * wp.exp(-ang_damping[body] * dt)
    if opt.clamped:
        speed_now = wp.length(v)
        if speed_now > max_speed:
            v = v * (max_speed / speed_now)
        if opt.spin_clamped:
            spin = wp.length(w)
            if spin > max_spin:
                w = w * (max_spin / spin)

    "integrate the pose"
    x_new = x + v * dt
    r_new = turned(r, w, dt)
    if opt.com:
        x_new = x_new + wp.quat_rotate(r, com[body]) - wp.quat_rotate(r_new, com[body])
    if opt.sleep:
        "put to sleep what is at rest"
        motion = wp.length_sq(v) + wp.length_sq(w)
        if motion < threshold * threshold:
            idle = timer[body] + dt
            timer[body] = idle
            if idle > delay:
                sleeping[body] = True
                v = wp.vec3(0.0, 0.0, 0.0)
                w = wp.vec3(0.0, 0.0, 0.0)
        else:
            timer[body] = 0.0
    position_out[body] = x_new
    rotation_out[body] = r_new
    velocity_out[body] = v
    omega_out[body] = w
    if opt.measured:
        energy[body] = 0.5 * wp.length_sq(v) / im
        if opt.momentum:
            momentum[body] = v / im
    if opt.bounds:
        extent = wp.vec3(reach[body], reach[body], reach[body])
        bounds_lower[body] = x_new - extent
        bounds_upper[body] = x_new + extent
