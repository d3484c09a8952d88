"""Attitude of satellites: how they turn, what turns them, wheels and coils, and what their sensors see."""

import warp as wp

ENTITIES = "satellite spacecraft cubesat"
GROUPS = "bus constellation"
PAIRS = "link crosslink"
LAUNCH = "1:8 2:2"
SUMMED = "spin_energy body_momentum wheel_momentum panel_power"

QUANTITIES = """
attitude          | quat | state   | -1 1      | q_ib attitude q_bus
goal_attitude     | quat | state   | -1 1      | q_goal q_cmd target_q
spin              | vec3 | state   | -0.5 0.5  | w_body body_rate omega_b
moments           | vec3 | group   | 0.5 4     | inertia_diag J_diag moments
products          | vec3 | group   | -0.1 0.1  | products_of_inertia J_off
inertia_matrix    | mat33 | result | -1 5      | J_body inertia_mat
dt                | real | uniform | 0.01 0.2  | dt step_s | 0.1 0.05
control_torque    | vec3 | result  | -4 4      | tau_ctrl u_ctrl ctrl_torque
disturbance       | vec3 | state   | -0.2 0.2  | tau_dist disturbance
total_torque      | vec3 | result  | -6 6      | tau_total net_torque
spin_acceleration | vec3 | result  | -12 12    | w_dot spin_acc
error_rotation    | quat | result  | -1 1      | q_err dq_att
pointing_error    | real | result  | 0 3.2     | pointing_err off_pointing
stiffness         | real | uniform | 0.1 4     | k_att kp_att | 1.0 0.5
damping           | real | uniform | 0.1 4     | d_att kd_att | 1.0 2.0
spin_energy       | real | result  | -2 4      | e_spin spin_energy
body_momentum     | vec3 | result  | -3 3      | h_body ang_mom_b
wheel_momentum    | vec3 | state   | -1 1      | h_wheels wheel_h
inertial_momentum | vec3 | result  | -6 6      | h_total H_eci
wheel_speeds      | vec4 | state   | -400 400  | wheel_speeds rotor_w
wheel_inertia     | real | group   | 0.001 0.01 | J_wheel wheel_inertia
tilt_angle        | real | uniform | 0.3 0.9   | beta_tilt skew_angle | 0.6155
cluster_momentum  | vec3 | result  | -12 12    | h_cluster h_pyramid
wheel_torques     | vec4 | result  | -12 12    | wheel_tau u_wheels
wheel_limit       | real | uniform | 0.1 1     | wheel_tau_max u_max | 0.2
saturated         | bool | result  |           | saturated wheel_full
speed_limit       | real | uniform | 200 390   | max_wheel_speed w_lim | 300.0
field_inertial    | vec3 | state   | -1 1      | b_eci field_eci
field_body        | vec3 | result  | -1.8 1.8  | b_body field_b
previous_field    | vec3 | state   | -1 1      | b_prev last_b
coil_dipole       | vec3 | result  | -40 40    | m_coils dipole_cmd
coil_gain         | real | uniform | 0.1 4     | k_bdot coil_gain | 1.0
dipole_limit      | real | uniform | 0.5 5     | m_max dipole_max | 2.0
coil_torque       | vec3 | result  | -160 160  | tau_mag coil_torque
position          | vec3 | state   | 5 12      | r_eci pos_eci
velocity          | vec3 | state   | -4 4      | v_eci vel_eci
gravity_strength  | real | uniform | 10 200    | mu_grav gm | 100.0
gravity_torque    | vec3 | result  | -20 20    | tau_gg gg_torque
sun_vector        | vec3 | uniform | -1 1      | sun_dir s_eci
panel_normal      | vec3 | group   | -1 1      | panel_n cell_normal
panel_area        | real | group   | 0.1 2     | panel_area cell_area
solar_constant    | real | uniform | 1000 1400 | solar_const flux | 1361.0
efficiency        | real | group   | 0.15 0.32 | eta_cell efficiency
panel_power       | real | result  | 0 1600    | p_panel solar_power
panel_sun         | real | result  | 0 1.8     | cos_sun sun_cos
air_density       | real | state   | 0.01 1    | rho_air atm_rho
drag_area         | real | group   | 0.1 2     | drag_area a_ref
pressure_center   | vec3 | group   | -0.2 0.2  | cp_offset r_cp
drag_torque       | vec3 | result  | -60 60    | tau_aero aero_torque
local_frame       | mat33 | result | -1 1      | R_lvlh orbit_axes
nadir_attitude    | quat | result  | -1 1      | q_nadir q_lvlh
star_direction    | vec3 | state   | -1 1      | star_eci catalog_dir
star_seen         | vec3 | state   | -1 1      | star_b measured_dir
star_residual     | vec3 | result  | -4 4      | star_res dir_residual
boresight         | vec3 | group   | -1 1      | boresight cam_axis
keep_out          | real | uniform | 0.2 1     | keep_out_angle exclusion | 0.5
blinded           | bool | result  |           | blinded sun_in_view
gyro_bias         | vec3 | state   | -0.05 0.05 | bias_g gyro_bias
gyro_reading      | vec3 | state   | -0.5 0.5  | gyro w_meas
bias_gain         | real | uniform | 0.01 0.5  | k_bias bias_gain | 0.1
attitude_covariance | mat33 | state | 0.001 0.1 | P_att att_cov
gyro_noise        | real | uniform | 0.001 0.05 | sigma_g arw | 0.01
sensor_covariance | mat33 | result | -2 2      | P_sensor cam_cov
mount_rotation    | quat | group   | -1 1      | q_mount q_sb
slew_rate         | real | uniform | 0.02 0.3  | slew_rate max_rate | 0.1
slewed_attitude   | quat | result  | -1 1      | q_slew q_next
slew_time         | real | result  | 0 200     | t_slew slew_time
relative_attitude | quat | result  | -1 1      | q_rel q_ab
link_cosine       | real | result  | -1 1      | cos_link antenna_cos
"""


def inertia_matrix(moments, products):
    """Inertia about the body's axes by moments and products."""
    return wp.mat33(
        moments[0],
        -products[2],
        -products[1],
        -products[2],
        moments[1],
        -products[0],
        -products[1],
        -products[0],
        moments[2],
    )


def body_momentum(inertia_matrix, spin):
    return inertia_matrix * spin


def spin_energy(inertia_matrix, spin):
    return 0.5 * wp.dot(spin, inertia_matrix * spin)


def spin_acceleration(inertia_matrix, spin, total_torque):
    """Euler's equation of a rigid satellite."""
    gyro = wp.cross(spin, inertia_matrix * spin)
    return wp.inverse(inertia_matrix) * (total_torque - gyro)


def wheeled_acceleration(inertia_matrix, spin, wheel_momentum, control_torque):
    """Euler's equation with momentum stored in wheels."""
    stored = inertia_matrix * spin + wheel_momentum
    spin_acceleration = wp.inverse(inertia_matrix) * (control_torque - wp.cross(spin, stored))
    return spin_acceleration


def total_torque(control_torque, disturbance):
    return control_torque + disturbance


def next_spin(spin, spin_acceleration, dt):
    return spin + dt * spin_acceleration


def next_attitude(attitude, spin, dt):
    """Quaternion kinematics with rates in the body's axes."""
    q_dot = attitude * wp.quat(spin, 0.0)
    return wp.normalize(attitude + 0.5 * dt * q_dot)


def corrected_attitude(attitude, gyro_reading, gyro_bias, dt):
    """Turns by what the gyro reads less its bias, by axis and angle."""
    rate = gyro_reading - gyro_bias
    size = wp.length(rate)
    axis = rate / wp.max(size, 1.0e-6)
    next_attitude = wp.normalize(attitude * wp.quat_from_axis_angle(axis, size * dt))
    return next_attitude


def error_rotation(attitude, goal_attitude):
    dq = wp.quat_inverse(goal_attitude) * attitude
    if dq[3] < 0.0:
        return -dq
    return dq


def pointing_error(error_rotation):
    return 2.0 * wp.acos(wp.min(wp.abs(error_rotation[3]), 1.0))


def control_torque(error_rotation, spin, stiffness, damping):
    """Quaternion feedback."""
    e = wp.vec3(error_rotation[0], error_rotation[1], error_rotation[2])
    return -stiffness * e - damping * spin


def cancelling_torque(error_rotation, spin, inertia_matrix, stiffness, damping):
    """Quaternion feedback that cancels the gyroscopic torque."""
    e = wp.vec3(error_rotation[0], error_rotation[1], error_rotation[2])
    gyro = wp.cross(spin, inertia_matrix * spin)
    control_torque = gyro - inertia_matrix * (stiffness * e + damping * spin)
    return control_torque


def inertial_momentum(attitude, body_momentum, wheel_momentum):
    return wp.quat_rotate(attitude, body_momentum + wheel_momentum)


def cluster_momentum(wheel_speeds, wheel_inertia, tilt_angle):
    """Momentum of four wheels in a pyramid."""
    c = wp.cos(tilt_angle)
    s = wp.sin(tilt_angle)
    h = wheel_inertia * wheel_speeds
    return wp.vec3(c * (h[0] - h[2]), c * (h[1] - h[3]), s * (h[0] + h[1] + h[2] + h[3]))


def wheel_torques(control_torque, tilt_angle, wheel_limit):
    """Shares a torque among four wheels in a pyramid, each within its limit."""
    x = -0.5 * control_torque[0] / wp.cos(tilt_angle)
    y = -0.5 * control_torque[1] / wp.cos(tilt_angle)
    z = -0.25 * control_torque[2] / wp.sin(tilt_angle)
    return wp.vec4(
        wp.clamp(z + x, -wheel_limit, wheel_limit),
        wp.clamp(z + y, -wheel_limit, wheel_limit),
        wp.clamp(z - x, -wheel_limit, wheel_limit),
        wp.clamp(z - y, -wheel_limit, wheel_limit),
    )


def saturated(wheel_speeds, speed_limit):
    for n in range(4):
        if wp.abs(wheel_speeds[n]) > speed_limit:
            return True
    return False


def field_body(attitude, field_inertial):
    return wp.quat_rotate_inv(attitude, field_inertial)


def coil_dipole(field_body, previous_field, coil_gain, dipole_limit, dt):
    """B-dot law: coils work against the change of the field."""
    rate = (field_body - previous_field) / dt
    m = -coil_gain * rate
    return wp.vec3(
        wp.clamp(m[0], -dipole_limit, dipole_limit),
        wp.clamp(m[1], -dipole_limit, dipole_limit),
        wp.clamp(m[2], -dipole_limit, dipole_limit),
    )


def unloading_dipole(field_body, wheel_momentum, coil_gain):
    """Dipole that takes momentum out of the wheels."""
    b2 = wp.max(wp.dot(field_body, field_body), 0.05)
    coil_dipole = coil_gain / b2 * wp.cross(field_body, wheel_momentum)
    return coil_dipole


def coil_torque(coil_dipole, field_body):
    return wp.cross(coil_dipole, field_body)


def gravity_torque(attitude, position, moments, gravity_strength):
    """Torque of the gradient of gravity along principal axes."""
    r = wp.length(position)
    down = wp.quat_rotate_inv(attitude, -position / r)
    return 3.0 * gravity_strength / (r * r * r) * wp.cross(down, wp.cw_mul(moments, down))


def panel_sun(attitude, panel_normal, sun_vector):
    n = wp.quat_rotate(attitude, wp.normalize(panel_normal))
    return wp.max(wp.dot(n, wp.normalize(sun_vector)), 0.0)


def panel_power(panel_sun, panel_area, solar_constant, efficiency):
    return efficiency * solar_constant * panel_area * panel_sun


def drag_torque(attitude, velocity, air_density, drag_area, pressure_center):
    """Torque of the thin air on what is ahead of the center of mass."""
    v = wp.quat_rotate_inv(attitude, velocity)
    force = -1.1 * air_density * drag_area * wp.length(v) * v
    return wp.cross(pressure_center, force)


def local_frame(position, velocity):
    """Axes along track, across and down, as columns."""
    down = -wp.normalize(position)
    across = wp.cross(down, velocity)
    across = across / wp.max(wp.length(across), 0.01)
    return wp.matrix_from_cols(wp.cross(across, down), across, down)


def nadir_attitude(local_frame):
    return wp.quat_from_matrix(local_frame)


def star_residual(attitude, star_direction, star_seen):
    """How a measured direction has to turn to where the star should be."""
    expected = wp.quat_rotate_inv(attitude, wp.normalize(star_direction))
    return wp.cross(wp.normalize(star_seen), expected)


def next_gyro_bias(gyro_bias, star_residual, bias_gain, dt):
    return gyro_bias + bias_gain * dt * star_residual


def blinded(attitude, boresight, sun_vector, keep_out):
    """Whether the sun is in a star camera's view."""
    axis = wp.quat_rotate(attitude, wp.normalize(boresight))
    return wp.dot(axis, wp.normalize(sun_vector)) > wp.cos(keep_out)


def next_attitude_covariance(attitude_covariance, gyro_reading, gyro_noise, dt):
    """Covariance of small attitude errors over a step of the filter."""
    phi = wp.identity(n=3, dtype=float) - dt * wp.skew(gyro_reading)
    grown = phi * attitude_covariance * wp.transpose(phi)
    return grown + gyro_noise * gyro_noise * dt * wp.identity(n=3, dtype=float)


def sensor_covariance(attitude_covariance, mount_rotation):
    """Covariance of attitude errors in a camera's axes."""
    m = wp.quat_to_matrix(mount_rotation)
    return wp.transpose(m) * attitude_covariance * m


def slewed_attitude(attitude, goal_attitude, slew_rate, dt):
    """Turns towards the goal at no more than a rate."""
    cos_half = wp.min(wp.abs(wp.dot(attitude, goal_attitude)), 1.0)
    angle = 2.0 * wp.acos(cos_half)
    share = wp.min(1.0, slew_rate * dt / wp.max(angle, 1.0e-4))
    return wp.quat_slerp(attitude, goal_attitude, share)


def slew_time(pointing_error, slew_rate):
    return pointing_error / slew_rate


def relative_attitude(attitude_a, attitude_b):
    return wp.quat_inverse(attitude_a) * attitude_b


def link_cosine(attitude_a, position_a, position_b, boresight):
    """How well an antenna points at another satellite."""
    towards = position_b - position_a
    axis = wp.quat_rotate(attitude_a, wp.normalize(boresight))
    return wp.dot(axis, towards) / wp.max(wp.length(towards), 0.1)
