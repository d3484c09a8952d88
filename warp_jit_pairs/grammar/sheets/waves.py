"""Waves: oscillators, light and lenses, sound, and the shaking of the ground."""

import warp as wp

ENTITIES = "sample point"
GROUPS = "medium layer channel"
PAIRS = "coupling path interface"
LAUNCH = "1:5 2:2"
SUMMED = "intensity energy"
OPPOSITE = "coupling_force"

QUANTITIES = """
amplitude          | real  | state   | 0.1 4      | amplitude amp a
phase              | real  | state   | -6.28 6.28 | phase phi
phasor_phase       | real  | result  | -3.2 3.2   | arg_c phasor_phase
beam_phase         | real  | result  | -3.2 3.2   | beam_phase psi_beam
polarization_angle | real  | state   | -3.2 3.2   | pol_angle polarization_angle
frequency          | real  | state   | 0.2 8      | freq frequency f
angular_frequency  | real  | result  | 0 60       | omega angular_frequency
water_frequency    | real  | result  | 0 60       | omega_w water_frequency
water_depth        | real  | state   | 0.05 20    | water_depth depth h_w
water_number       | real  | result  | 0.3 110    | k_w water_number
ripple_speed       | real  | result  | 0 15       | ripple_speed c_ripple
p_speed            | real  | result  | 0.5 12     | vp
time               | real  | uniform | 0 10       | t time
dt                 | real  | uniform | 0.001 0.05 | dt timestep           | 0.01 0.005
position           | vec3  | state   | -3 3       | pos position x
observer           | vec3  | uniform | -4 4       | listener observer mic
distance           | real  | result  | 0 14       | dist r distance
displacement       | real  | state   | -2 2       | displacement u disp
free_displacement  | real  | result  | -60 60     | u_free free_disp
velocity           | real  | state   | -4 4       | vel velocity v
swing              | real  | state   | -2.5 2.5   | theta
spin               | real  | state   | -4 4       | theta_dot
pendulum_length    | real  | group   | 0.3 3      | pendulum_len rod_len       | 1.0
drive_torque       | real  | uniform | 0 3        | drive_torque drive_amp     | 1.0
drive_frequency    | real  | uniform | 0.2 3      | drive_freq omega_d         | 0.67 1.0
acceleration       | real  | result  | -1500 1500 | accel acceleration
mass               | real  | group   | 0.2 3      | mass m
stiffness          | real  | group   | 1 40       | stiffness k_s         | 10.0
damping            | real  | group   | 0.05 4     | damping c_d           | 0.1 0.5
damping_ratio      | real  | result  | 0.005 4    | zeta damping_ratio
natural_frequency  | real  | result  | 0.5 15     | omega_n natural_frequency w0
driving_force      | real  | state   | -5 5       | drive driving_force f_ext
coupling           | real  | uniform | 0.1 5      | coupling k_c          | 0.5 1.0
coupling_force     | real  | result  |            | coupling_force f_c
energy             | real  | result  | 0 350      | energy e_tot
quality            | real  | group   | 0.5 50     | q_factor quality      | 0.707 10.0
response           | real  | result  | 0 60       | response gain
wave_speed         | real  | group   | 0.5 6      | c wave_speed speed    | 1.0 3.0
wavelength         | real  | result  | 0.05 30    | wavelength wave_len
wave_number        | real  | result  | 0.1 110    | k wave_number
light_wavelength   | real  | state   | 0.38 0.78  | lam_um light_wavelength lambda_um
observation_angle  | real  | state   | -0.6 0.6   | theta_obs observation_angle
tone_power         | real  | result  | 0 2000     | tone_power goertzel_power
arrival_delay      | real  | result  | 0 400      | sp_delay arrival_delay
layer_thickness    | real  | state   | 0.1 4      | layer_thickness h_layer
takeoff_angle      | real  | state   | 0.02 1.5   | takeoff_angle i_ray
acoustic_reflectance | real | result | 0 1        | acoustic_reflectance r_ac
air_absorption     | real  | group   | 0.02 1     | air_absorption alpha_air   | 0.1
string_position    | real  | state   | -3 3       | string_pos x_s
lens_gap           | real  | state   | 0.05 3     | lens_gap gap
surface_curvature  | real  | state   | -1 1       | surface_curv c_lens
polarization_degree | real | result  | 0 1        | pol_degree dop
direction          | vec3  | state   | -1 1       | direction heading d_k
normal             | vec3  | state   | -1 1       | normal n
field              | real  | result  | -150 150 | field wave_val psi
field_complex      | vec2  | state   | -2 2       | field_c phasor e_c
intensity          | real  | state   | 0 20       | intensity irradiance
visibility         | real  | result  | 0 1        | visibility contrast
laplacian          | real  | state   | -90 90     | lap_u laplacian
spacing            | real  | uniform | 0.3 1.5    | dx spacing h          | 0.5 1.0
refractive_index   | real  | group   | 1 2.5      | ior refractive_index n_r | 1.5 1.33
abbe_number        | real  | group   | 20 80      | abbe abbe_number      | 58.0
cosine             | real  | result  | 0 1        | cos_i cosine cos_theta
incidence          | real  | state   | 0.02 1.5   | theta_i incidence angle
refraction         | real  | result  | 0 1.6      | theta_t refraction
reflectance        | real  | result  | 0 1        | reflectance fresnel r_f
mirror_reflectance | real  | group   | 0.1 0.97   | mirror_reflectance r_mirror | 0.5 0.9
transmission       | real  | result  | 0 1        | transmission t_f
thickness          | real  | state   | 0.05 1     | film_thickness d_film
slit_width         | real  | uniform | 0.2 2      | slit_width            | 0.5
slit_spacing       | real  | uniform | 1 5        | slit_spacing          | 2.0
slit_count         | int   | uniform | 2 8        | n_slits slit_count    | 4 8
waist              | real  | group   | 0.3 2      | w0 waist              | 0.5 1.0
rayleigh_range     | real  | result  | 0.3 35     | z_r rayleigh_range
beam_radius        | real  | result  | 0.3 25     | w_z beam_radius
axial_distance     | real  | state   | -3 3       | z_axial axial_distance
radial_distance    | real  | state   | 0 3        | radial_distance
gouy_phase         | real  | result  | -1.6 1.6   | gouy gouy_phase
curvature          | real  | result  | -2 2       | inv_r wavefront_curv
focal_length       | real  | state   | 0.5 5      | focal_length f_lens
object_distance    | real  | state   | 0.3 8      | s_o
image_distance     | real  | result  | -80 80     | s_i
ray                | vec2  | state   | -1 1       | ray y_theta
ray_matrix         | mat22 | state   | -2 2       | abcd ray_matrix
stokes             | vec4  | state   | -1 1       | stokes s_pol
polarizer_angle    | real  | uniform | 0 3.1      | theta_p polarizer_angle
jones              | vec2  | state   | -1 1       | jones e_jones
pressure           | real  | state   | 0.001 5 | pressure p_rms
level              | real  | result  | -10 60     | spl level db
source_level       | real  | state   | 20 100     | source_level level_1m
absorption         | real  | group   | 0.02 1     | alpha absorption      | 0.1
density            | real  | group   | 0.5 4      | rho density
impedance          | real  | result  | 0.25 24    | z_ac impedance
source_velocity    | vec3  | state   | -0.2 0.2   | source_vel v_src
shear_speed        | real  | result  | 0 5        | vs
bulk_modulus       | real  | group   | 1 20       | kappa bulk_modulus
shear_modulus      | real  | group   | 0.2 8      | mu shear_modulus g_mod
travel_time        | real  | result  | 0 350 | t_arr travel_time tt
slowness           | real  | result  | 0 2        | p_ray slowness
magnitude          | real  | result  |            | mag magnitude m_l
stress             | mat33 | result  | -30 30     | stress sigma
strain             | mat33 | state   | -0.5 0.5   | strain eps
traction           | vec3  | result  |            | traction t_n
seismogram         | reals | state   | -2 2       | seismogram signal seis
harmonics          | reals | group   | 0.05 1     | harmonics partials a_n
envelope           | real  | result  | 0 6        | envelope env
triggered          | bool  | result  |            | triggered picked
overdamped         | bool  | result  |            | overdamped is_overdamped
total_reflection   | bool  | result  |            | total_reflection tir
audible            | bool  | result  |            | audible is_audible
threshold | real | uniform | 0.5 2.5 | threshold trigger_level | 1.5 2.0
strain_energy | real | result | | strain_energy w_strain
dispersion_number  | real  | result  | 0 1000     | k_disp dispersion_number
film_thicknesses   | reals | state   | 0.02 0.3   | film_thicknesses layers_um d_layers
high_index         | real  | group   | 1.8 2.6    | n_high                     | 2.1
low_index          | real  | group   | 1.2 1.6    | n_low                      | 1.46 1.38
stack_reflectance  | real  | result  | 0 1        | r_stack stack_reflectance
layer_speeds       | reals | state   | 1 6        | layer_speeds speeds velocities
ray_slowness       | real  | state   | 0.05 0.4   | p_slow ray_slowness
ray_time           | real  | result  | 0 1000     | ray_time tt_ray
arrival_index      | int   | result  | -1 64      | pick_idx arrival_index
avo_amplitude      | real  | result  | -4 4       | avo_amp r_pp
speed_contrast     | real  | state   | -0.3 0.3   | dvp
shear_contrast     | real  | state   | -0.3 0.3   | dvs
density_contrast   | real  | state   | -0.2 0.2   | drho
speed_ratio        | real  | group   | 0.3 0.7    | vs_vp speed_ratio          | 0.5
aperture           | real  | group   | 2 20       | aperture pupil_diam        | 5.0 10.0
airy_intensity     | real  | result  | 0 1        | airy_rel psf_val
air_temperature    | real  | state   | -20 40     | air_temp t_air
relative_humidity  | real  | state   | 5 95       | rel_hum rh
tone_frequency     | real  | group   | 50 10000   | f_hz tone_freq             | 1000.0 4000.0
air_loss           | real  | result  | 0 3        | air_loss alpha_db
focus_shift        | real  | result  | -100 100   | focus_shift back_focus
front_radius       | real  | group   | 1 5        | r_front                    | 2.0
back_radius        | real  | group   | -5 -1      | r_back                     | -2.0
center_thickness   | real  | group   | 0.1 0.6    | t_lens center_thickness    | 0.2 0.3
ray_height         | real  | state   | 0.01 0.5   | ray_height y_ray
glass_index        | real  | result  | 1.4 1.9    | n_glass glass_index
christoffel | mat33 | result | | G_chr christoffel
fault_normal | vec3 | state | -1 1 | fault_n fault_normal
fault_slip | vec3 | state | -1 1 | slip_dir fault_slip
seismic_moment | real | state | 0.1 10 | M0 seismic_moment
moment_tensor | mat33 | result | -30 30 | M_ij moment_tensor
p_radiation | real | result | | rad_p p_pattern
s_radiation | vec3 | result | | rad_s s_pattern
"""


def angular_frequency(frequency):
    return wp.tau * frequency


def distance(position, observer):
    return wp.length(observer - position)


def pair_distance(position_a, position_b):
    distance = wp.length(position_a - position_b)
    return distance


def natural_frequency(stiffness, mass):
    return wp.sqrt(stiffness / mass)


def damping_ratio(damping, stiffness, mass):
    return damping / (2.0 * wp.sqrt(stiffness * mass))


def overdamped(damping_ratio):
    return damping_ratio > 1.0


def acceleration(displacement, velocity, mass, stiffness, damping, driving_force):
    """Damped and driven harmonic oscillator."""
    return (driving_force - damping * velocity - stiffness * displacement) / mass


def duffing_acceleration(displacement, velocity, stiffness, damping, driving_force):
    """Duffing oscillator."""
    cubic = stiffness * displacement * displacement * displacement
    acceleration = driving_force + displacement - cubic - damping * velocity
    return acceleration


def van_der_pol_acceleration(displacement, velocity, damping, natural_frequency):
    """Van der Pol oscillator."""
    pump = damping * (1.0 - displacement * displacement) * velocity
    acceleration = pump - natural_frequency * natural_frequency * displacement
    return acceleration


def driving_force(amplitude, angular_frequency, time, phase):
    return amplitude * wp.cos(angular_frequency * time + phase)


def coupling_force(displacement_a, displacement_b, coupling):
    return coupling * (displacement_b - displacement_a)


def damped_coupling_force(displacement_a, displacement_b, velocity_a, velocity_b, coupling, damping):
    stretch = displacement_b - displacement_a
    closing = velocity_b - velocity_a
    coupling_force = coupling * stretch + damping * closing
    return coupling_force


def cubic_coupling_force(displacement_a, displacement_b, coupling):
    """Fermi-Pasta-Ulam coupling."""
    s = displacement_b - displacement_a
    coupling_force = coupling * s * (1.0 + 0.3 * s * s)
    return coupling_force


def phase_rate(phase_a, phase_b, frequency_a, coupling):
    """Kuramoto model."""
    return wp.tau * frequency_a + coupling * wp.sin(phase_b - phase_a)


def next_phase(phase, phase_rate, dt):
    moved = phase + phase_rate * dt
    return moved - wp.tau * wp.floor((moved + wp.pi) / wp.tau)


def next_velocity(velocity, acceleration, dt):
    return velocity + acceleration * dt


def next_displacement(displacement, velocity, dt):
    return displacement + velocity * dt


def symplectic_step(displacement, velocity, stiffness, mass, dt):
    """Symplectic Euler step."""
    next_velocity = velocity - stiffness / mass * displacement * dt
    next_displacement = displacement + next_velocity * dt
    return next_displacement, next_velocity


def oscillator_energy(displacement, velocity, mass, stiffness):
    energy = 0.5 * mass * velocity * velocity + 0.5 * stiffness * displacement * displacement
    return energy


def damped_displacement(amplitude, phase, natural_frequency, damping_ratio, time):
    """Free oscillation: under, critically or overdamped."""
    decay = wp.exp(-damping_ratio * natural_frequency * time)
    free_displacement = amplitude * decay * (1.0 + natural_frequency * time)
    if damping_ratio < 0.999:
        w_d = natural_frequency * wp.sqrt(1.0 - damping_ratio * damping_ratio)
        free_displacement = amplitude * decay * wp.cos(w_d * time + phase)
    elif damping_ratio > 1.001:
        slow = natural_frequency * (damping_ratio - wp.sqrt(damping_ratio * damping_ratio - 1.0))
        free_displacement = amplitude * wp.exp(-slow * time)
    return free_displacement


def response(angular_frequency, natural_frequency, damping_ratio):
    """Magnification of a driven oscillator."""
    r = angular_frequency / natural_frequency
    stiff_part = 1.0 - r * r
    damp_part = 2.0 * damping_ratio * r
    return 1.0 / wp.sqrt(stiff_part * stiff_part + damp_part * damp_part + 1.0e-4)


def lorentzian_response(frequency, quality, natural_frequency):
    """Resonance curve of a given quality."""
    f0 = natural_frequency / wp.tau
    detuning = quality * (frequency / f0 - f0 / frequency)
    response = 1.0 / wp.sqrt(1.0 + detuning * detuning)
    return response


def wavelength(wave_speed, frequency):
    return wave_speed / frequency


def wave_number(wavelength):
    return wp.tau / wavelength


def dispersive_frequency(water_number, water_depth):
    """Dispersion of gravity waves on water of finite depth."""
    water_frequency = wp.sqrt(9.81 * water_number * wp.tanh(water_number * water_depth))
    return water_frequency


def capillary_wave_speed(water_number, density):
    """Phase speed of capillary-gravity waves."""
    ripple_speed = wp.sqrt(9.81 / water_number + 0.072 * water_number / density)
    return ripple_speed


def plane_wave(amplitude, direction, position, wave_number, angular_frequency, time):
    path = wp.dot(wp.normalize(direction), position)
    field = amplitude * wp.cos(wave_number * path - angular_frequency * time)
    return field


def spherical_wave(amplitude, distance, wave_number, angular_frequency, time, phase):
    r = wp.max(distance, 0.01)
    field = amplitude / r * wp.sin(wave_number * r - angular_frequency * time + phase)
    return field


def ricker_wavelet(amplitude, frequency, time, travel_time):
    """Ricker wavelet, delayed by the travel time."""
    x = wp.pi * frequency * (time - travel_time)
    x2 = x * x
    field = amplitude * (1.0 - 2.0 * x2) * wp.exp(-x2)
    return field


def chirp(amplitude, frequency, time, max_frequency):
    """Linear sweep between two frequencies over ten seconds."""
    sweep = 0.1 * (max_frequency - frequency)
    field = amplitude * wp.sin(wp.tau * (frequency * time + 0.5 * sweep * time * time))
    return field


def standing_wave(amplitude, wave_number, string_position, angular_frequency, time):
    field = 2.0 * amplitude * wp.sin(wave_number * string_position) * wp.cos(angular_frequency * time)
    return field


def interference(amplitude_a, amplitude_b, phase_a, phase_b):
    """Intensity of two interfering waves."""
    cross_term = 2.0 * amplitude_a * amplitude_b * wp.cos(phase_a - phase_b)
    intensity = wp.max(amplitude_a * amplitude_a + amplitude_b * amplitude_b + cross_term, 0.0)
    return intensity


def phasor_sum(amplitude_a, amplitude_b, phase_a, phase_b):
    re = amplitude_a * wp.cos(phase_a) + amplitude_b * wp.cos(phase_b)
    im = amplitude_a * wp.sin(phase_a) + amplitude_b * wp.sin(phase_b)
    field_complex = wp.vec2(re, im)
    return field_complex


def visibility(intensity_a, intensity_b):
    """Fringe visibility of two beams."""
    total = wp.max(intensity_a + intensity_b, 1.0e-6)
    return 2.0 * wp.sqrt(intensity_a * intensity_b) / total


def beat_envelope(amplitude, frequency_a, frequency_b, time):
    """Envelope of two beating tones."""
    envelope = wp.abs(2.0 * amplitude * wp.cos(wp.pi * (frequency_a - frequency_b) * time))
    return envelope


def harmonic_field(harmonics, frequency, time, phase):
    """Additive synthesis."""
    total = float(0.0)
    for n in range(len(harmonics)):
        order = float(n + 1)
        total += harmonics[n] / order * wp.sin(order * (wp.tau * frequency * time + phase))
    field = total
    return field


def wave_acceleration(laplacian, wave_speed, velocity, damping):
    """Damped wave equation."""
    acceleration = wave_speed * wave_speed * laplacian - damping * velocity
    return acceleration


def leapfrog_displacement(displacement, previous_displacement, laplacian, wave_speed, dt):
    """Explicit step of the wave equation."""
    courant2 = wave_speed * wave_speed * dt * dt
    next_displacement = 2.0 * displacement - previous_displacement + courant2 * laplacian
    return next_displacement


def absorbing_displacement(displacement_a, previous_displacement_a, displacement_b, wave_speed, spacing, dt):
    """Mur's absorbing boundary."""
    ratio = (wave_speed * dt - spacing) / (wave_speed * dt + spacing)
    next_displacement = displacement_b + ratio * (displacement_a - previous_displacement_a)
    return next_displacement


def intensity(field_complex):
    return wp.length_sq(field_complex)


def phase_of_phasor(field_complex):
    phasor_phase = wp.atan2(field_complex[1], field_complex[0])
    return phasor_phase


def propagated_phasor(field_complex, wave_number, distance):
    angle = wave_number * distance
    c = wp.cos(angle)
    s = wp.sin(angle)
    next_field_complex = wp.vec2(
        c * field_complex[0] - s * field_complex[1], s * field_complex[0] + c * field_complex[1]
    )
    return next_field_complex


def single_slit(amplitude, slit_width, light_wavelength, observation_angle):
    """Fraunhofer diffraction of a slit."""
    beta = wp.pi * slit_width * wp.sin(observation_angle) / light_wavelength
    sinc = 1.0
    if wp.abs(beta) > 1.0e-3:
        sinc = wp.sin(beta) / beta
    intensity = amplitude * amplitude * sinc * sinc
    return intensity


def double_slit(intensity, slit_spacing, light_wavelength, observation_angle):
    """Young's fringes."""
    half_path = wp.pi * slit_spacing * wp.sin(observation_angle) / light_wavelength
    next_intensity = intensity * wp.cos(half_path) * wp.cos(half_path)
    return next_intensity


def grating_intensity(amplitude, slit_spacing, slit_count, light_wavelength, observation_angle):
    """Phasor sum over the slits of a grating."""
    delta = wp.tau * slit_spacing * wp.sin(observation_angle) / light_wavelength
    re = float(0.0)
    im = float(0.0)
    for n in range(slit_count):
        re += wp.cos(float(n) * delta)
        im += wp.sin(float(n) * delta)
    count = float(slit_count)
    intensity = amplitude * amplitude * (re * re + im * im) / (count * count)
    return intensity


def cosine(direction, normal):
    return wp.abs(wp.dot(wp.normalize(direction), wp.normalize(normal)))


def refraction(incidence, refractive_index):
    """Snell's law from air into a medium."""
    return wp.asin(wp.clamp(wp.sin(incidence) / refractive_index, -1.0, 1.0))


def total_reflection(incidence, refractive_index_a, refractive_index_b):
    return wp.sin(incidence) * refractive_index_a > refractive_index_b


def refracted_direction(direction, normal, refractive_index):
    """Snell's law in vector form."""
    n = wp.normalize(normal)
    d = wp.normalize(direction)
    eta = 1.0 / refractive_index
    cos_i = -wp.dot(n, d)
    if cos_i < 0.0:
        n = -n
        cos_i = -cos_i
        eta = refractive_index
    sin2_t = eta * eta * (1.0 - cos_i * cos_i)
    next_direction = eta * d + (eta * cos_i - wp.sqrt(wp.max(1.0 - sin2_t, 0.0))) * n
    return next_direction


def mirrored_direction(direction, normal):
    n = wp.normalize(normal)
    next_direction = direction - 2.0 * wp.dot(direction, n) * n
    return next_direction


def schlick_reflectance(cosine, refractive_index):
    """Schlick's approximation of Fresnel reflectance."""
    r0 = (refractive_index - 1.0) / (refractive_index + 1.0)
    f0 = r0 * r0
    reflectance = f0 + (1.0 - f0) * wp.pow(1.0 - wp.min(cosine, 1.0), 5.0)
    return reflectance


def fresnel_reflectance(incidence, refractive_index):
    """Fresnel equations for unpolarized light from air into a medium."""
    sin_t = wp.sin(incidence) / refractive_index
    cos_i = wp.max(wp.cos(incidence), 1.0e-6)
    cos_t = wp.sqrt(wp.max(1.0 - sin_t * sin_t, 1.0e-6))
    r_s = (cos_i - refractive_index * cos_t) / (cos_i + refractive_index * cos_t)
    r_p = (refractive_index * cos_i - cos_t) / (refractive_index * cos_i + cos_t)
    reflectance = wp.min(0.5 * (r_s * r_s + r_p * r_p), 1.0)
    return reflectance


def transmission(reflectance, absorption, thickness):
    """Two faces of a slab that absorbs."""
    once = 1.0 - reflectance
    return once * once * wp.exp(-absorption * thickness)


def thin_film_reflectance(refractive_index, thickness, incidence, light_wavelength):
    """Interference of the two faces of a thin film."""
    r = (refractive_index - 1.0) / (refractive_index + 1.0)
    sin_t = wp.sin(incidence) / refractive_index
    path = 2.0 * refractive_index * thickness * wp.sqrt(wp.max(1.0 - sin_t * sin_t, 0.0))
    delta = wp.tau * path / light_wavelength + wp.pi
    reflectance = wp.min(2.0 * r * r * (1.0 + wp.cos(delta)), 1.0)
    return reflectance


def airy_transmission(mirror_reflectance, refractive_index, thickness, light_wavelength):
    """Fabry-Perot etalon at normal incidence."""
    miss = 1.0 - mirror_reflectance
    finesse = 4.0 * mirror_reflectance / (miss * miss)
    half_delta = wp.sin(wp.tau * refractive_index * thickness / light_wavelength)
    transmission = 1.0 / (1.0 + finesse * half_delta * half_delta)
    return transmission


def cauchy_index(refractive_index, abbe_number, light_wavelength):
    """Cauchy's dispersion about a middle wavelength."""
    b = 0.5 * (refractive_index - 1.0) / abbe_number
    next_refractive_index = refractive_index + b * (1.0 / (light_wavelength * light_wavelength) - 2.88)
    return next_refractive_index


def rayleigh_range(waist, light_wavelength):
    return wp.pi * waist * waist / light_wavelength


def beam_radius(waist, axial_distance, rayleigh_range):
    """Gaussian beam."""
    ratio = axial_distance / rayleigh_range
    return waist * wp.sqrt(1.0 + ratio * ratio)


def gaussian_intensity(amplitude, waist, axial_distance, radial_distance, light_wavelength):
    """Intensity of a Gaussian beam off its axis and away from its waist."""
    z_r = wp.pi * waist * waist / light_wavelength
    ratio = axial_distance / z_r
    w = waist * wp.sqrt(1.0 + ratio * ratio)
    peak = amplitude * waist / w
    intensity = peak * peak * wp.exp(-2.0 * radial_distance * radial_distance / (w * w))
    return intensity


def gouy_phase(axial_distance, rayleigh_range):
    return wp.atan(axial_distance / rayleigh_range)


def curvature(axial_distance, rayleigh_range):
    """Curvature of the wavefront of a Gaussian beam."""
    return axial_distance / (axial_distance * axial_distance + rayleigh_range * rayleigh_range)


def beam_phase(waist, axial_distance, radial_distance, light_wavelength):
    """Phase of a Gaussian beam: plane wave, curved front, and Gouy's shift."""
    k0 = wp.tau / light_wavelength
    z_r = wp.pi * waist * waist / light_wavelength
    bend = axial_distance / (axial_distance * axial_distance + z_r * z_r)
    gouy = wp.atan(axial_distance / z_r)
    total = k0 * (axial_distance + 0.5 * radial_distance * radial_distance * bend) - gouy
    return total - wp.tau * wp.round(total / wp.tau)


def image_distance(object_distance, focal_length):
    """Thin lens equation."""
    inv = 1.0 / focal_length - 1.0 / object_distance
    if wp.abs(inv) < 0.01:
        return 100.0
    return 1.0 / inv


def lens_maker(surface_curvature_a, surface_curvature_b, refractive_index):
    """Lensmaker's equation of a thin lens."""
    power = (refractive_index - 1.0) * wp.abs(surface_curvature_a - surface_curvature_b)
    focal_length = 1.0 / wp.clamp(power, 0.2, 5.0)
    return focal_length


def thin_lens_ray(ray, focal_length, lens_gap):
    """Ray through free space and then a lens."""
    height = ray[0] + lens_gap * ray[1]
    next_ray = wp.vec2(height, ray[1] - height / focal_length)
    return next_ray


def traced_ray(ray_matrix, ray):
    next_ray = ray_matrix * ray
    return next_ray


def cascaded_matrix(ray_matrix, focal_length, lens_gap):
    """Ray transfer matrix of one more lens after a gap."""
    gap = wp.mat22(1.0, lens_gap, 0.0, 1.0)
    lens = wp.mat22(1.0, 0.0, -1.0 / focal_length, 1.0)
    next_ray_matrix = lens * gap * ray_matrix
    return next_ray_matrix


def malus_intensity(intensity, polarization_angle, polarizer_angle):
    """Malus's law."""
    c = wp.cos(polarization_angle - polarizer_angle)
    next_intensity = intensity * c * c
    return next_intensity


def polarized_jones(jones, polarizer_angle):
    """Jones vector behind a linear polarizer."""
    axis = wp.vec2(wp.cos(polarizer_angle), wp.sin(polarizer_angle))
    next_jones = wp.outer(axis, axis) * jones
    return next_jones


def rotated_stokes(stokes, polarizer_angle):
    """Mueller matrix of a rotator."""
    c = wp.cos(2.0 * polarizer_angle)
    s = wp.sin(2.0 * polarizer_angle)
    q = c * stokes[1] + s * stokes[2]
    u = c * stokes[2] - s * stokes[1]
    next_stokes = wp.vec4(stokes[0], q, u, stokes[3])
    return next_stokes


def polarization_degree(stokes):
    polarized = wp.sqrt(stokes[1] * stokes[1] + stokes[2] * stokes[2] + stokes[3] * stokes[3])
    polarization_degree = wp.min(polarized / wp.max(wp.abs(stokes[0]), 1.0e-6), 1.0)
    return polarization_degree


def jones_intensity(jones):
    intensity = wp.dot(jones, jones)
    return intensity


def level(pressure, reference_pressure):
    """Sound pressure level in decibels."""
    return 20.0 * wp.log10(pressure / reference_pressure)


def received_level(source_level, distance, air_absorption):
    """Spherical spreading and absorption by the air."""
    r = wp.max(distance, 0.1)
    level = source_level - 20.0 * wp.log10(r) - 8.686 * air_absorption * r
    return level


def level_sum(pressure_a, pressure_b, reference_pressure):
    """Two incoherent sources."""
    total = pressure_a * pressure_a + pressure_b * pressure_b
    level = 10.0 * wp.log10(total / (reference_pressure * reference_pressure))
    return level


def audible(level, min_level):
    return level > min_level


def impedance(density, wave_speed):
    return density * wave_speed


def acoustic_reflectance(impedance_a, impedance_b):
    """Reflected energy at the interface of two media."""
    r = (impedance_b - impedance_a) / wp.max(impedance_a + impedance_b, 1.0e-6)
    return r * r


def doppler_frequency(frequency, position, observer, source_velocity, wave_speed):
    """Doppler effect of a moving source."""
    path = observer - position
    n = path / wp.max(wp.length(path), 1.0e-3)
    approach = wp.dot(source_velocity, n)
    next_frequency = frequency * wave_speed / wp.max(wave_speed - approach, 0.1)
    return next_frequency


def acoustic_pressure(amplitude, distance, air_absorption):
    r = wp.max(distance, 0.3)
    pressure = wp.max(amplitude / r * wp.exp(-air_absorption * r), 1.0e-3)
    return pressure


def compressional_speed(bulk_modulus, shear_modulus, density):
    """P-wave speed."""
    p_speed = wp.sqrt((bulk_modulus + 4.0 / 3.0 * shear_modulus) / density)
    return p_speed


def shear_speed(shear_modulus, density):
    """S-wave speed."""
    return wp.sqrt(shear_modulus / density)


def travel_time(distance, wave_speed):
    return distance / wave_speed


def reflection_time(position_a, position_b, layer_thickness, wave_speed):
    """Normal moveout of a reflection from a layer."""
    offset = wp.length(position_a - position_b)
    t0 = 2.0 * layer_thickness / wave_speed
    travel_time = wp.sqrt(t0 * t0 + offset * offset / (wave_speed * wave_speed))
    return travel_time


def slowness(takeoff_angle, wave_speed):
    return wp.sin(takeoff_angle) / wave_speed


def head_wave_time(distance, slowness, layer_thickness, wave_speed):
    """Arrival that runs along the top of a faster layer."""
    vertical = wp.sqrt(wp.max(1.0 / (wave_speed * wave_speed) - slowness * slowness, 0.0))
    travel_time = slowness * distance + 2.0 * layer_thickness * vertical
    return travel_time


def arrival_difference(distance, p_speed, shear_speed):
    """Delay of the S wave behind the P wave."""
    delay = distance / wp.max(shear_speed, 1.0e-2) - distance / p_speed
    arrival_delay = wp.max(delay, 0.0)
    return arrival_delay


def magnitude(amplitude, distance):
    """Richter's local magnitude."""
    r = wp.max(10.0 * distance, 1.0e-6)
    return wp.log10(1000.0 * amplitude) + 1.11 * wp.log10(r / 100.0) + 0.00189 * (r - 100.0) + 3.0


def traction(stress, normal):
    """Cauchy's traction on a plane."""
    symmetric = 0.5 * (stress + wp.transpose(stress))
    return symmetric * wp.normalize(normal)


def elastic_stress(strain, bulk_modulus, shear_modulus):
    """Hooke's law of an isotropic solid."""
    symmetric = 0.5 * (strain + wp.transpose(strain))
    mean = wp.trace(symmetric) / 3.0
    hydrostatic = wp.diag(wp.vec3(mean, mean, mean))
    stress = 3.0 * bulk_modulus * hydrostatic + 2.0 * shear_modulus * (symmetric - hydrostatic)
    return stress


def strain_energy(strain, bulk_modulus, shear_modulus):
    """Energy density of an isotropic solid from its volume change and its distortion."""
    symmetric = 0.5 * (strain + wp.transpose(strain))
    tr = wp.trace(symmetric)
    dev = symmetric - wp.diag(wp.vec3(tr / 3.0, tr / 3.0, tr / 3.0))
    return 0.5 * bulk_modulus * tr * tr + shear_modulus * wp.ddot(dev, dev)


def mean_envelope(seismogram):
    """Mean absolute value of a record."""
    total = float(0.0)
    for n in range(len(seismogram)):
        total += wp.abs(seismogram[n])
    envelope = total / float(len(seismogram))
    return envelope


def sta_lta(seismogram, threshold):
    """Ratio of the short-term to the long-term average of a seismogram."""
    short_sum = float(0.0)
    long_sum = float(1.0e-6)
    start = len(seismogram) - len(seismogram) // 3
    for n in range(len(seismogram)):
        value = seismogram[n] * seismogram[n]
        long_sum += value
        if n >= start:
            short_sum += value
    ratio = 3.0 * short_sum / long_sum
    triggered = ratio > threshold
    return triggered


def goertzel(seismogram, frequency, dt):
    """Goertzel's algorithm for the power at one frequency."""
    coeff = 2.0 * wp.cos(wp.tau * frequency * dt)
    s1 = float(0.0)
    s2 = float(0.0)
    for n in range(len(seismogram)):
        s0 = seismogram[n] + coeff * s1 - s2
        s2 = s1
        s1 = s0
    tone_power = wp.max(s1 * s1 + s2 * s2 - coeff * s1 * s2, 0.0)
    return tone_power


def decayed_envelope(amplitude, angular_frequency, quality, time):
    """Coda that decays with the quality of the ground."""
    envelope = amplitude * wp.exp(-0.5 * angular_frequency * time / quality)
    return envelope


def next_amplitude(amplitude, target_amplitude, damping, dt):
    """Exponential approach of an envelope."""
    return wp.lerp(target_amplitude, amplitude, wp.exp(-damping * dt))


def pendulum_step(swing, spin, pendulum_length, damping, drive_torque, drive_frequency, time, dt):
    """Step of a damped and driven pendulum by the classical Runge-Kutta method."""
    w2 = 9.81 / pendulum_length
    a1 = drive_torque * wp.cos(drive_frequency * time) - w2 * wp.sin(swing) - damping * spin
    v2 = spin + 0.5 * dt * a1
    s2 = swing + 0.5 * dt * spin
    drive_mid = drive_torque * wp.cos(drive_frequency * (time + 0.5 * dt))
    a2 = drive_mid - w2 * wp.sin(s2) - damping * v2
    v3 = spin + 0.5 * dt * a2
    s3 = swing + 0.5 * dt * v2
    a3 = drive_mid - w2 * wp.sin(s3) - damping * v3
    v4 = spin + dt * a3
    s4 = swing + dt * v3
    a4 = drive_torque * wp.cos(drive_frequency * (time + dt)) - w2 * wp.sin(s4) - damping * v4
    next_swing = swing + dt / 6.0 * (spin + 2.0 * v2 + 2.0 * v3 + v4)
    next_spin = spin + dt / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
    return next_swing, next_spin


def dispersion_number(frequency, water_depth):
    """Wave number of gravity waves on water of finite depth, by Newton's method."""
    omega = wp.tau * frequency
    k_deep = omega * omega / 9.81
    k = float(k_deep / wp.sqrt(wp.tanh(wp.max(k_deep * water_depth, 1.0e-4))))
    for it in range(10):
        th = wp.tanh(k * water_depth)
        f = 9.81 * k * th - omega * omega
        df = 9.81 * (th + k * water_depth * (1.0 - th * th))
        dk = f / wp.max(df, 1.0e-6)
        k = wp.max(k - dk, 1.0e-4)
        if wp.abs(dk) < 1.0e-6 * k:
            break
    return k


def stack_reflectance(film_thicknesses, high_index, low_index, light_wavelength):
    """Characteristic matrices of alternating films on glass, at normal incidence."""
    m11 = float(1.0)
    m12 = float(0.0)
    m21 = float(0.0)
    m22 = float(1.0)
    for n in range(len(film_thicknesses)):
        index = wp.where(n % 2 == 0, high_index, low_index)
        delta = wp.tau * index * film_thicknesses[n] / light_wavelength
        c = wp.cos(delta)
        s = wp.sin(delta)
        a11 = m11 * c - m12 * index * s
        a12 = m11 * s / index + m12 * c
        a21 = m21 * c + m22 * index * s
        a22 = m22 * c - m21 * s / index
        m11 = a11
        m12 = a12
        m21 = a21
        m22 = a22
    n_sub = 1.52
    num_re = m11 - n_sub * m22
    num_im = n_sub * m12 - m21
    den_re = m11 + n_sub * m22
    den_im = n_sub * m12 + m21
    return wp.min((num_re * num_re + num_im * num_im) / wp.max(den_re * den_re + den_im * den_im, 1.0e-6), 1.0)


def ray_time(layer_speeds, ray_slowness, layer_thickness):
    """Travel time of a ray down through equal layers to where it turns, and up again."""
    total = float(0.0)
    for n in range(len(layer_speeds)):
        u = 1.0 / layer_speeds[n]
        vertical2 = u * u - ray_slowness * ray_slowness
        if vertical2 <= 1.0e-4:
            break
        total += layer_thickness * u * u / wp.sqrt(vertical2)
    return 2.0 * total


def arrival_index(seismogram, threshold):
    """First sample beyond so many times the average of what came before, or minus one."""
    pick = int(-1)
    average = float(wp.abs(seismogram[0]))
    for n in range(1, len(seismogram)):
        value = wp.abs(seismogram[n])
        if value > threshold * wp.max(average, 0.05):
            pick = n
            break
        average += 0.25 * (value - average)
    return pick


def avo_amplitude(incidence, speed_contrast, shear_contrast, density_contrast, speed_ratio):
    """Shuey's three terms of the reflection of P waves by their angle."""
    theta = wp.min(incidence, 1.0)
    s = wp.sin(theta)
    s2 = s * s
    t2 = wp.tan(theta) * wp.tan(theta)
    k2 = speed_ratio * speed_ratio
    intercept = 0.5 * (speed_contrast + density_contrast)
    gradient = 0.5 * speed_contrast - 2.0 * k2 * (density_contrast + 2.0 * shear_contrast)
    far_term = 0.5 * speed_contrast
    return intercept + gradient * s2 + far_term * (t2 - s2)


def airy_intensity(observation_angle, aperture, light_wavelength):
    """Airy pattern of a round aperture; the Bessel function by its series or its asymptotic form."""
    x = wp.abs(wp.pi * aperture * wp.sin(observation_angle) / light_wavelength)
    if x < 1.0e-3:
        return 1.0
    j1 = float(0.0)
    if x < 6.0:
        half = 0.5 * x
        term = float(half)
        for m in range(1, 16):
            j1 += term
            term *= -half * half / float(m * (m + 1))
    else:
        j1 = wp.sqrt(2.0 / (wp.pi * x)) * (wp.cos(x - 0.75 * wp.pi) - 0.375 / x * wp.sin(x - 0.75 * wp.pi))
    ratio = 2.0 * j1 / x
    return wp.min(ratio * ratio, 1.0)


def air_loss(tone_frequency, air_temperature, relative_humidity):
    """Absorption of sound by the air in decibels per meter (ISO 9613-1)."""
    kelvin = air_temperature + 273.15
    tr = kelvin / 293.15
    saturation = wp.pow(10.0, 4.6151 - 6.8346 * wp.pow(273.16 / kelvin, 1.261))
    h = relative_humidity * saturation
    fr_o = 24.0 + 40400.0 * h * (0.02 + h) / (0.391 + h)
    fr_n = (9.0 + 280.0 * h * wp.exp(-4.17 * (wp.pow(tr, -1.0 / 3.0) - 1.0))) / wp.sqrt(tr)
    f2 = tone_frequency * tone_frequency
    classical = 1.84e-11 * wp.sqrt(tr)
    oxygen = 0.01275 * wp.exp(-2239.1 / kelvin) / (fr_o + f2 / fr_o)
    nitrogen = 0.1068 * wp.exp(-3352.0 / kelvin) / (fr_n + f2 / fr_n)
    return 8.686 * f2 * (classical + wp.pow(tr, -2.5) * (oxygen + nitrogen))


def focus_shift(ray_height, front_radius, back_radius, center_thickness, glass_index):
    """Where a ray parallel to the axis crosses it behind a thick lens, beyond the paraxial focus."""
    sin_i = wp.clamp(ray_height / front_radius, -0.9, 0.9)
    i1 = wp.asin(sin_i)
    r1 = wp.asin(sin_i / glass_index)
    u1 = i1 - r1
    sag = front_radius - wp.sqrt(front_radius * front_radius - ray_height * ray_height)
    y2 = ray_height - (center_thickness - sag) * wp.tan(u1)
    slope_n = wp.asin(wp.clamp(y2 / back_radius, -0.9, 0.9))
    i2 = u1 - slope_n
    sin_r2 = glass_index * wp.sin(i2)
    if wp.abs(sin_r2) > 0.999:
        return 0.0
    u2 = wp.asin(sin_r2) + slope_n
    if u2 < 0.01:
        return 0.0
    crossing = y2 / wp.tan(u2)
    power = (glass_index - 1.0) * (1.0 / front_radius - 1.0 / back_radius)
    power = power + (glass_index - 1.0) * (glass_index - 1.0) * center_thickness / (
        glass_index * front_radius * back_radius
    )
    return wp.clamp(crossing - 1.0 / wp.max(power, 0.05), -50.0, 50.0)


def glass_index(light_wavelength):
    """Sellmeier's equation of BK7."""
    l2 = light_wavelength * light_wavelength
    n2 = 1.0 + 1.03961212 * l2 / (l2 - 0.00600069867)
    n2 = n2 + 0.231792344 * l2 / (l2 - 0.0200179144) + 1.01046945 * l2 / (l2 - 103.560653)
    return wp.sqrt(n2)


def christoffel(direction, bulk_modulus, shear_modulus, density):
    """Christoffel matrix of an isotropic solid."""
    n = wp.normalize(direction)
    along = (bulk_modulus + shear_modulus / 3.0) / density
    return along * wp.outer(n, n) + shear_modulus / density * wp.identity(n=3, dtype=float)


def moment_tensor(fault_normal, fault_slip, seismic_moment):
    """Double couple of a slip along a fault."""
    n = wp.normalize(fault_normal)
    across = fault_slip - wp.dot(fault_slip, n) * n
    s = across / wp.max(wp.length(across), 0.01)
    return seismic_moment * (wp.outer(n, s) + wp.outer(s, n))


def p_radiation(moment_tensor, direction):
    g = wp.normalize(direction)
    return wp.dot(g, moment_tensor * g)


def s_radiation(moment_tensor, direction):
    """Shear waves leave across the ray."""
    g = wp.normalize(direction)
    m = moment_tensor * g
    return m - wp.dot(g, m) * g
