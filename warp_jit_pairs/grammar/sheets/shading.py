"""Shading: lights, reflectance models, fog, shadows, subsurface and environment light."""

import warp as wp

ENTITIES = "pixel fragment hit surfel"
GROUPS = "material"
PAIRS = "link edge"
LAUNCH = "1:4 2:4"
SUMMED = "radiance irradiance diffuse_light specular_light flux luminance"
OPPOSITE = ""

QUANTITIES = """
position          | vec3  | state   | -4 4      | pos position p hit_pos
normal            | vec3  | state   | -1 1      | normal n nrm
facet_normal      | vec3  | state   | -1 1      | facet_normal m_dir micro_normal
tangent           | vec3  | state   | -1 1      | tangent t tan_u
sky_direction     | vec3  | state   | -1 1      | sky_dir sky_direction
outgoing          | vec3  | state   | -1 1      | wo
incoming          | vec3  | state   | -1 1      | wi
ray_direction     | vec3  | state   | -1 1      | ray_dir ray_direction
albedo            | vec3  | state   | 0.02 0.95 | albedo base_color diffuse_color
area              | real  | state   | 0.05 1    | area patch_area da
height            | real  | state   | 0 2       | height bump h
occlusion         | real  | state   | 0.05 1    | ao occlusion ambient_occlusion
light_depth       | real  | state   | 0.5 8     | light_depth shadow_map blocker_depth
sample_uv         | vec2  | state   | 0 1       | xi u_rand sample_uv
depth_variance    | real  | state   | 0.001 0.5 | depth_var shadow_variance
thickness         | real  | state   | 0.05 2    | thickness thick slab
metallic          | real  | group   | 0 1       | metallic metalness metal
roughness         | real  | group   | 0.2 1     | roughness rough
shininess         | real  | group   | 1 64      | shininess exponent gloss | 16.0 32.0
ior               | real  | group   | 1.1 2.5   | ior eta refractive_index | 1.5 1.33
absorption        | vec3  | group   | 0.05 2    | absorption sigma_a extinction
scatter_distance  | real  | group   | 0.1 2     | scatter_dist mfp d_scatter | 0.5 1.0
emission          | vec3  | group   | 0 2       | emission emissive
sheen             | real  | group   | 0.1 1     | sheen sheen_weight
anisotropy        | real  | group   | 0.1 0.9   | anisotropy aniso
clearcoat         | real  | group   | 0.1 1     | clearcoat coat
eye               | vec3  | uniform | -6 6      | cam_pos eye
light_position    | vec3  | uniform | -6 6      | light_pos
light_color       | vec3  | uniform | 0.2 2     | light_color light_rgb intensity
light_radius      | real  | uniform | 2 10      | light_radius attenuation_radius falloff_radius | 5.0 8.0
spot_axis         | vec3  | uniform | -1 1      | spot_axis spot_dir cone_axis
inner_cosine      | real  | uniform | 0.75 0.95 | cos_inner              | 0.9
outer_cosine      | real  | uniform | 0.1 0.7   | cos_outer                       | 0.5
sun_direction     | vec3  | uniform | 0.1 1     | sun_dir sun_direction sun
sky_color         | vec3  | uniform | 0.1 1     | sky_color
ground_color      | vec3  | uniform | 0.02 0.5  | ground_color
fog_color         | vec3  | uniform | 0.2 1     | fog_color fog haze
fog_density       | real  | uniform | 0.02 0.4  | fog_density density sigma_t | 0.05 0.1
fog_start         | real  | uniform | 0 3       | fog_start          | 1.0 2.0
fog_end           | real  | uniform | 5 20      | fog_end         | 10.0
fog_falloff       | real  | uniform | 0.1 1     | fog_falloff height_falloff | 0.5
phase_asymmetry   | real  | uniform | -0.8 0.8  | g phase_g asymmetry | 0.7 0.3
shadow_bias       | real  | uniform | 0.02 0.4  | bias shadow_bias depth_bias | 0.05
shadow_sharpness  | real  | uniform | 4 60      | esm_c shadow_sharpness | 20.0 40.0
penumbra_size     | real  | uniform | 0.2 2     | light_size penumbra source_size | 0.5 1.0
wrap              | real  | uniform | 0.05 1    | wrap wrap_factor | 0.5
bands             | int   | uniform | 2 8       | bands num_bands levels | 3 4
sh_coefficients   | reals | uniform | -1 1      | sh sh_coeffs coeffs
horizon_angles    | reals | state   | 0 1.5     | horizons horizon_angles
march_densities   | reals | state   | 0 1       | densities sigmas samples
march_step        | real  | uniform | 0.05 0.5  | ds step_size march_step | 0.1 0.25
history_weight    | real  | uniform | 0.05 0.5  | history history_weight | 0.1
bump_scale        | real  | uniform | 0.1 2     | bump_scale strength | 1.0 0.5
view_direction    | vec3  | result  | -1 1      | view_dir view_vec
light_direction   | vec3  | result  | -1 1      | light_dir light_vec
half_vector       | vec3  | result  | -1 1      | half_vec half_dir
reflection        | vec3  | result  | -2 2      | refl reflected r
light_distance    | real  | result  | 0.1 18    | light_dist dist d
view_distance     | real  | result  | 0.1 18    | view_dist depth dist
n_dot_l           | real  | result  | 0 1       | n_dot_l ndotl cos_theta
diffuse_term      | real  | result  | 0 1       | diffuse_term ramp lambert_term
sky_radiance      | vec3  | result  | 0 8       | sky_radiance sky_rgb l_sky
inscatter         | vec3  | result  | 0 10      | inscatter scattered in_light
translucent       | vec3  | result  | 0 1       | translucent back_light sss_trans
tone_mapped       | vec3  | result  | 0 1       | mapped tone_mapped ldr
scatter_direction | vec3  | result  | -1 1      | bounce_dir scatter_dir next_dir
sun_sample        | vec3  | result  | -1 1      | sun_sample sun_ray
attenuation       | real  | result  | 0 25 | atten falloff attenuation
specular_color    | vec3  | result  | 0.001 1   | f0 spec_color specular_color
fresnel           | vec3  | result  | 0 1       | fresnel f kr
reflectance       | real  | result  | 0 1       | reflectance fr kr
distribution      | real  | result  | 0 100     | ndf d_ggx distribution
tinted_occlusion  | vec3  | result  | 0 1       | ao_tint tinted_ao multi_bounce
transmittance     | vec3  | result  | 0 1       | transmittance trans tr
fog_amount        | real  | result  | 0 1       | fog_amount fog_factor haze_amount
shadow            | real  | result  | 0 1       | shadow lit shadow_term
diffuse_light     | vec3  | result  | 0 4       | diffuse kd diffuse_light
specular_light    | vec3  | result  | 0 15      | specular spec ks
irradiance        | vec3  | result  | 0 10      | irradiance e_in ambient
radiance          | vec3  | result  | 0 10      | radiance color lo rgb
luminance         | real  | result  | 0 10      | luminance lum luma
phase             | real  | result  | 0 5       | phase phase_value p_hg
diffusion         | real  | result  | 0 5       | profile r_d diffusion
form_factor       | real  | result  | 0 1       | form_factor ff coupling
flux              | vec3  | result  |           | flux transfer exchanged
lit               | bool  | result  |           | is_lit lit facing
shadowed          | bool  | result  |           | in_shadow shadowed occluded
total_reflection  | bool  | result  |           | tir total_reflection is_tir
texture_heights   | reals | state   | 0 1       | height_row heights relief_row
view_slope        | vec2  | state   | -0.6 0.6  | view_slope parallax_dir
relief_depth      | real  | uniform | 0.02 0.5  | relief_depth height_scale | 0.1 0.05
relief_hit        | real  | result  | 0 1       | relief_hit ray_depth
blocker_depths    | reals | state   | 0.5 8     | blocker_depths taps shadow_taps
receiver_depth    | real  | state   | 0.5 8     | receiver_depth z_recv
penumbra_shadow   | real  | result  | 0 1       | pcss_shadow penumbra_shadow
irradiance_sh     | reals | uniform | -0.5 0.5  | sh9 irradiance_sh
ambient_level     | real  | result  | 0 8       | ambient_level e_sh
ray_height        | real  | state   | 0.01 1    | ray_alt altitude ray_height
sun_cosine        | real  | state   | -0.2 1    | mu_s sun_cosine
view_cosine       | real  | state   | 0.02 1    | mu_v view_cosine
scale_height      | real  | uniform | 0.1 0.5   | scale_height h_rayleigh | 0.25
sky_glow          | vec3  | result  | 0 6       | sky_glow l_scatter
turbidity         | real  | uniform | 2 8       | turbidity haze_t | 3.0 4.0
perez_luminance   | real  | result  | 0 40      | perez_lum sky_lum
film_thickness    | real  | state   | 0.1 0.9   | film_um film_thickness
iridescence       | vec3  | result  | 0 1       | iridescence film_rgb
corner_a          | vec3  | state   | -3 3      | quad_a
corner_b          | vec3  | state   | -3 3      | quad_b
corner_c          | vec3  | state   | -3 3      | quad_c
quad_factor       | real  | result  | -1 1      | quad_factor ff_quad
paint_scatter     | vec3  | state   | 0.05 2    | paint_s
paint_absorb      | vec3  | state   | 0.02 2    | paint_k
substrate         | vec3  | group   | 0.05 0.9  | substrate base_rgb
paint_color       | vec3  | result  | 0 1       | paint_color r_layer
"""


def view_direction(position, eye):
    to_eye = eye - position
    return to_eye / wp.max(wp.length(to_eye), 1.0e-6)


def light_sample(position, light_position):
    to_light = light_position - position
    light_distance = wp.max(wp.length(to_light), 1.0e-6)
    light_direction = to_light / light_distance
    return light_direction, light_distance


def view_distance(position, eye):
    return wp.length(eye - position)


def half_vector(view_direction, light_direction):
    return wp.normalize(view_direction + light_direction)


def reflection(view_direction, normal):
    n = wp.normalize(normal)
    return 2.0 * wp.dot(n, view_direction) * n - view_direction


def sun_disk_sample(sun_direction, sample_uv, penumbra_size):
    """A direction towards the disk of the sun, by concentric polar samples."""
    axis = wp.normalize(sun_direction)
    up = wp.vec3(0.0, 1.0, 0.0)
    if wp.abs(axis[1]) > 0.9:
        up = wp.vec3(1.0, 0.0, 0.0)
    t = wp.normalize(wp.cross(up, axis))
    b = wp.cross(axis, t)
    r = 0.1 * penumbra_size * wp.sqrt(sample_uv[0])
    phi = wp.tau * sample_uv[1]
    sun_sample = wp.normalize(axis + r * wp.cos(phi) * t + r * wp.sin(phi) * b)
    return sun_sample


def cosine_sample(normal, rng):
    """Cosine-weighted direction in the hemisphere (Malley's method)."""
    n = wp.normalize(normal)
    r = wp.sqrt(wp.randf(rng))
    phi = wp.tau * wp.randf(rng)
    z = wp.sqrt(wp.max(1.0 - r * r, 0.0))
    sgn = wp.where(n[2] < 0.0, -1.0, 1.0)
    k = -1.0 / (sgn + n[2])
    m = n[0] * n[1] * k
    t = wp.vec3(1.0 + sgn * n[0] * n[0] * k, sgn * m, -sgn * n[0])
    b = wp.vec3(m, sgn + n[1] * n[1] * k, -n[1])
    scatter_direction = r * wp.cos(phi) * t + r * wp.sin(phi) * b + z * n
    return scatter_direction


def n_dot_l(normal, light_direction):
    return wp.clamp(wp.dot(wp.normalize(normal), light_direction), 0.0, 1.0)


def bumped_normal(normal, tangent, height, reference_height, bump_scale):
    """A normal that leans against the slope of a height field."""
    n = wp.normalize(normal)
    t = tangent - wp.dot(tangent, n) * n
    slope = bump_scale * (height - reference_height)
    next_normal = wp.normalize(n - slope * t)
    return next_normal


def next_tangent(tangent, normal):
    """Gram-Schmidt orthogonalization of a tangent."""
    n = wp.normalize(normal)
    return wp.normalize(tangent - wp.dot(tangent, n) * n)


def inverse_square(light_distance):
    attenuation = 1.0 / wp.max(light_distance * light_distance, 0.01)
    return attenuation


def windowed_attenuation(light_distance, light_radius):
    """Windowed inverse-square falloff of the Unreal engine."""
    ratio = light_distance / light_radius
    ratio2 = ratio * ratio
    window = wp.clamp(1.0 - ratio2 * ratio2, 0.0, 1.0)
    attenuation = window * window / (light_distance * light_distance + 1.0)
    return attenuation


def spot_attenuation(light_direction, spot_axis, inner_cosine, outer_cosine):
    cos_angle = -wp.dot(wp.normalize(light_direction), wp.normalize(spot_axis))
    attenuation = wp.smoothstep(outer_cosine, inner_cosine, cos_angle)
    return attenuation


def specular_color(albedo, metallic):
    return wp.lerp(wp.vec3(0.04, 0.04, 0.04), albedo, metallic)


def dielectric_f0(ior, albedo, metallic):
    """Reflectance at normal incidence from the index of refraction."""
    r = (ior - 1.0) / (ior + 1.0)
    f0 = r * r
    specular_color = (1.0 - metallic) * wp.vec3(f0, f0, f0) + metallic * albedo
    return specular_color


def fresnel(specular_color, view_direction, half_vector):
    """Schlick's approximation of Fresnel reflectance."""
    m = wp.clamp(1.0 - wp.dot(wp.normalize(view_direction), wp.normalize(half_vector)), 0.0, 1.0)
    m2 = m * m
    return specular_color + (wp.vec3(1.0, 1.0, 1.0) - specular_color) * (m2 * m2 * m)


def rough_fresnel(specular_color, normal, view_direction, roughness):
    """Schlick's approximation, damped by roughness for environment light."""
    n_dot_v = wp.abs(wp.dot(wp.normalize(normal), wp.normalize(view_direction)))
    grazing = 1.0 - roughness
    top = wp.max(wp.vec3(grazing, grazing, grazing), specular_color)
    fresnel = specular_color + (top - specular_color) * wp.pow(wp.clamp(1.0 - n_dot_v, 0.0, 1.0), 5.0)
    return fresnel


def spherical_gaussian_fresnel(specular_color, view_direction, half_vector):
    """Lagarde's spherical Gaussian approximation of Fresnel reflectance."""
    v_dot_h = wp.clamp(wp.dot(wp.normalize(view_direction), wp.normalize(half_vector)), 0.0, 1.0)
    power = wp.pow(2.0, (-5.55473 * v_dot_h - 6.98316) * v_dot_h)
    fresnel = specular_color * (1.0 - power) + wp.vec3(power, power, power)
    return fresnel


def reflectance(normal, view_direction, ior):
    """Fresnel's equations for an unpolarized dielectric."""
    cos_i = wp.min(wp.abs(wp.dot(wp.normalize(normal), wp.normalize(view_direction))), 1.0)
    sin2_t = (1.0 - cos_i * cos_i) / (ior * ior)
    cos_t = wp.sqrt(wp.max(1.0 - sin2_t, 0.0))
    r_s = (cos_i - ior * cos_t) / (cos_i + ior * cos_t)
    r_p = (ior * cos_i - cos_t) / (ior * cos_i + cos_t)
    return wp.min(0.5 * (r_s * r_s + r_p * r_p), 1.0)


def coat_reflectance(normal, view_direction, clearcoat):
    m = wp.clamp(1.0 - wp.abs(wp.dot(wp.normalize(normal), wp.normalize(view_direction))), 0.0, 1.0)
    reflectance = clearcoat * (0.04 + 0.96 * wp.pow(m, 5.0))
    return reflectance


def distribution(normal, facet_normal, roughness):
    """Normal distribution of Trowbridge and Reitz (GGX)."""
    alpha = roughness * roughness
    a2 = alpha * alpha
    n_dot_h = wp.clamp(wp.dot(wp.normalize(normal), wp.normalize(facet_normal)), 0.0, 1.0)
    denom = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0
    return a2 / (wp.pi * wp.max(denom * denom, 1.0e-4))


def beckmann_distribution(normal, facet_normal, roughness):
    """Beckmann's distribution of microfacets."""
    alpha = wp.max(roughness * roughness, 0.05)
    n_dot_h = wp.clamp(wp.dot(wp.normalize(normal), wp.normalize(facet_normal)), 0.05, 1.0)
    cos2 = n_dot_h * n_dot_h
    tan2 = (1.0 - cos2) / cos2
    distribution = wp.exp(-tan2 / (alpha * alpha)) / (wp.pi * alpha * alpha * cos2 * cos2)
    return distribution


def charlie_distribution(normal, facet_normal, roughness):
    """Estevez and Kulla's sheen distribution."""
    inv_alpha = 1.0 / roughness
    n_dot_h = wp.dot(wp.normalize(normal), wp.normalize(facet_normal))
    sin2 = wp.max(1.0 - n_dot_h * n_dot_h, 1.0e-6)
    distribution = (2.0 + inv_alpha) * wp.pow(sin2, 0.5 * inv_alpha) / wp.tau
    return distribution


def anisotropic_distribution(facet_normal, normal, tangent, roughness, anisotropy):
    """Burley's anisotropic GGX distribution."""
    n = wp.normalize(normal)
    t = wp.normalize(tangent - wp.dot(tangent, n) * n)
    b = wp.cross(n, t)
    aspect = wp.sqrt(1.0 - 0.9 * anisotropy)
    ax = wp.max(roughness * roughness / aspect, 1.0e-6)
    ay = wp.max(roughness * roughness * aspect, 1.0e-6)
    h = wp.vec3(wp.dot(facet_normal, t) / ax, wp.dot(facet_normal, b) / ay, wp.dot(facet_normal, n))
    d = wp.max(wp.length_sq(h), 1.0e-6)
    distribution = 1.0 / (wp.pi * ax * ay * d * d)
    return distribution


def lambert(albedo, light_color, n_dot_l, attenuation):
    """Lambert's cosine law."""
    diffuse_light = wp.cw_mul(albedo, light_color) * (n_dot_l * attenuation / wp.pi)
    return diffuse_light


def oren_nayar(albedo, normal, view_direction, light_direction, roughness):
    """Oren and Nayar's diffuse model in Fujii's form."""
    n = wp.normalize(normal)
    wi = wp.normalize(light_direction)
    wo = wp.normalize(view_direction)
    ln = wp.max(wp.dot(n, wi), 0.0)
    vn = wp.max(wp.dot(n, wo), 0.0)
    s = wp.dot(wi, wo) - ln * vn
    t = 1.0
    if s > 0.0:
        t = wp.max(wp.max(ln, vn), 1.0e-6)
    sigma2 = roughness * roughness
    a = 1.0 - 0.5 * sigma2 / (sigma2 + 0.33)
    b = 0.45 * sigma2 / (sigma2 + 0.09)
    diffuse_light = albedo * (ln * (a + b * s / t) / wp.pi)
    return diffuse_light


def phong(reflection, light_direction, shininess, light_color):
    """Phong's specular highlight."""
    cos_alpha = wp.dot(wp.normalize(reflection), wp.normalize(light_direction))
    specular_light = light_color * wp.pow(wp.max(cos_alpha, 0.0), shininess)
    return specular_light


def environment_brdf(specular_color, roughness, normal, view_direction):
    """Karis's analytic fit of the environment BRDF."""
    n_dot_v = wp.abs(wp.dot(wp.normalize(normal), wp.normalize(view_direction)))
    r = wp.vec4(-1.0, -0.0275, -0.572, 0.022) * roughness + wp.vec4(1.0, 0.0425, 1.04, -0.04)
    a004 = wp.min(r[0] * r[0], wp.exp(-6.43 * n_dot_v)) * r[0] + r[1]
    scale = r[2] - 1.04 * a004
    bias = r[3] + 1.04 * a004
    specular_light = wp.max(specular_color * scale + wp.vec3(bias, bias, bias), wp.vec3(0.0, 0.0, 0.0))
    return specular_light


def sheen_light(sheen, albedo, view_direction, half_vector):
    lum = wp.max(0.3 * albedo[0] + 0.6 * albedo[1] + 0.1 * albedo[2], 1.0e-6)
    m = wp.clamp(1.0 - wp.dot(wp.normalize(view_direction), wp.normalize(half_vector)), 0.0, 1.0)
    specular_light = albedo / lum * (sheen * wp.pow(m, 5.0))
    return specular_light


def radiance(diffuse_light, specular_light, emission, occlusion):
    return (diffuse_light + specular_light) * occlusion + emission


def shadowed_radiance(diffuse_light, specular_light, light_color, shadow):
    radiance = wp.cw_mul(light_color, diffuse_light + specular_light) * shadow
    return radiance


def ambient_radiance(albedo, irradiance, occlusion):
    radiance = wp.cw_mul(albedo, irradiance) * (occlusion / wp.pi)
    return radiance


def fogged_radiance(radiance, fog_color, fog_amount):
    next_radiance = wp.lerp(radiance, fog_color, fog_amount)
    return next_radiance


def filtered_radiance(radiance, transmittance):
    next_radiance = wp.cw_mul(radiance, transmittance)
    return next_radiance


def luminance(radiance):
    """Relative luminance of Rec. 709."""
    return wp.dot(radiance, wp.vec3(0.2126, 0.7152, 0.0722))


def hemisphere_light(normal, sky_color, ground_color):
    n = wp.normalize(normal)
    irradiance = wp.lerp(ground_color, sky_color, 0.5 * n[1] + 0.5)
    return irradiance


def ambient_cube(normal, sky_color, ground_color, fog_color):
    """Light from six directions, weighted by the squared normal (Half-Life 2)."""
    n = wp.normalize(normal)
    n2 = wp.cw_mul(n, n)
    vertical = ground_color
    if n[1] > 0.0:
        vertical = sky_color
    irradiance = (n2[0] + n2[2]) * fog_color + n2[1] * vertical
    return irradiance


def zonal_light(normal, sun_direction, sh_coefficients, sky_color):
    """Light around an axis as a series of Legendre polynomials (zonal harmonics)."""
    x = wp.dot(wp.normalize(normal), wp.normalize(sun_direction))
    p0 = float(1.0)
    p1 = float(x)
    e = float(0.0)
    for k in range(len(sh_coefficients)):
        e += sh_coefficients[k] * p0
        p2 = (float(2 * k + 3) * x * p1 - float(k + 1) * p0) / float(k + 2)
        p0 = p1
        p1 = p2
    irradiance = sky_color * wp.max(e, 0.0)
    return irradiance


def horizon_occlusion(horizon_angles):
    """Horizon-based ambient occlusion: the open part over all directions."""
    open_sky = float(0.0)
    for k in range(len(horizon_angles)):
        s = wp.sin(horizon_angles[k])
        open_sky += 1.0 - s * s
    next_occlusion = open_sky / float(len(horizon_angles))
    return next_occlusion


def tinted_occlusion(occlusion, albedo):
    """Jimenez's fit of occlusion with many bounces."""
    a = 2.0404 * albedo - wp.vec3(0.3324, 0.3324, 0.3324)
    b = -4.7951 * albedo + wp.vec3(0.6417, 0.6417, 0.6417)
    c = 2.7552 * albedo + wp.vec3(0.6903, 0.6903, 0.6903)
    bounced = ((a * occlusion + b) * occlusion + c) * occlusion
    return wp.max(wp.vec3(occlusion, occlusion, occlusion), bounced)


def tinted_ambient(albedo, irradiance, tinted_occlusion, metallic):
    radiance = (1.0 - metallic) * wp.cw_mul(albedo, wp.cw_mul(irradiance, tinted_occlusion))
    return radiance


def linear_fog(view_distance, fog_start, fog_end):
    fog_amount = wp.clamp((view_distance - fog_start) / (fog_end - fog_start), 0.0, 1.0)
    return fog_amount


def exponential_fog(view_distance, fog_density):
    fog_amount = 1.0 - wp.exp(-fog_density * view_distance)
    return fog_amount


def squared_fog(view_distance, fog_density):
    """Exponential squared fog of OpenGL."""
    f = fog_density * view_distance
    fog_amount = 1.0 - wp.exp(-f * f)
    return fog_amount


def height_fog(position, eye, fog_density, fog_falloff):
    """Quilez's fog, which thins out with height."""
    d = position - eye
    rise = d[1] * fog_falloff
    ground_fog = fog_density * wp.exp(-fog_falloff * eye[1])
    if wp.abs(rise) < 1.0e-2:
        return 1.0 - wp.exp(-ground_fog * wp.length(d))
    optical_depth = ground_fog * wp.length(d) * (1.0 - wp.exp(-rise)) / rise
    fog_amount = 1.0 - wp.exp(-optical_depth)
    return fog_amount


def marched_fog(march_densities, march_step, fog_density):
    """Beer-Lambert's law along a marched ray."""
    optical_depth = float(0.0)
    for k in range(len(march_densities)):
        optical_depth += march_densities[k] * march_step
    fog_amount = 1.0 - wp.exp(-fog_density * optical_depth)
    return fog_amount


def transmittance(absorption, thickness):
    """Beer-Lambert's law."""
    return wp.vec3(
        wp.exp(-absorption[0] * thickness), wp.exp(-absorption[1] * thickness), wp.exp(-absorption[2] * thickness)
    )


def translucency(normal, light_direction, thickness, absorption, wrap):
    """Light through a thin slab (Barre-Brisebois and Bouchard)."""
    bent = wp.normalize(light_direction + wrap * wp.normalize(normal))
    back = wp.clamp(0.5 - 0.5 * wp.dot(bent, wp.normalize(normal)), 0.0, 1.0)
    depth = thickness * absorption
    translucent = back * wp.vec3(wp.exp(-depth[0]), wp.exp(-depth[1]), wp.exp(-depth[2]))
    return translucent


def phase(ray_direction, sun_direction, phase_asymmetry):
    """Henyey and Greenstein's phase function."""
    cos_theta = wp.dot(wp.normalize(ray_direction), wp.normalize(sun_direction))
    denom = wp.max(1.0 + phase_asymmetry * phase_asymmetry - 2.0 * phase_asymmetry * cos_theta, 1.0e-6)
    return (1.0 - phase_asymmetry * phase_asymmetry) / (4.0 * wp.pi * denom * wp.sqrt(denom))


def rayleigh_phase(ray_direction, sun_direction):
    mu = wp.dot(wp.normalize(ray_direction), wp.normalize(sun_direction))
    phase = 3.0 / (16.0 * wp.pi) * (1.0 + mu * mu)
    return phase


def schlick_phase(ray_direction, sun_direction, phase_asymmetry):
    """Schlick's approximation of Henyey and Greenstein's phase function."""
    k = 1.55 * phase_asymmetry - 0.55 * phase_asymmetry * phase_asymmetry * phase_asymmetry
    mu = wp.dot(wp.normalize(ray_direction), wp.normalize(sun_direction))
    d = 1.0 - k * mu
    phase = (1.0 - k * k) / (4.0 * wp.pi * wp.max(d * d, 1.0e-6))
    return phase


def scattered_radiance(light_color, phase, fog_amount, shadow):
    inscatter = light_color * (phase * fog_amount * shadow)
    return inscatter


def hard_shadow(light_distance, light_depth, shadow_bias):
    shadow = 1.0
    if light_distance - shadow_bias > light_depth:
        shadow = 0.0
    return shadow


def slope_scaled_shadow(light_distance, light_depth, shadow_bias, n_dot_l):
    slope = wp.sqrt(wp.max(1.0 - n_dot_l * n_dot_l, 0.0)) / wp.max(n_dot_l, 0.05)
    bias = shadow_bias * wp.min(slope, 10.0)
    shadow = wp.where(light_distance - bias > light_depth, 0.0, 1.0)
    return shadow


def exponential_shadow(light_distance, light_depth, shadow_sharpness):
    """Exponential shadow map."""
    shadow = wp.clamp(wp.exp(shadow_sharpness * wp.min(light_depth - light_distance, 0.0)), 0.0, 1.0)
    return shadow


def variance_shadow(light_distance, light_depth, depth_variance):
    """Chebyshev's bound on visibility of a variance shadow map."""
    d = light_distance - light_depth
    if d <= 0.0:
        return 1.0
    p_max = depth_variance / (depth_variance + d * d)
    shadow = wp.clamp((p_max - 0.1) / 0.9, 0.0, 1.0)
    return shadow


def soft_shadow(light_distance, light_depth, penumbra_size):
    """Penumbra of percentage-closer soft shadows."""
    blocked = wp.max(light_distance - light_depth, 0.0)
    width = penumbra_size * blocked / light_depth
    shadow = 1.0 - wp.smoothstep(0.0, width + 0.1, blocked)
    return shadow


def diffusion(position_a, position_b, scatter_distance):
    """Burley's normalized diffusion profile."""
    r = wp.max(wp.length(position_a - position_b), 1.0e-6)
    s = r / scatter_distance
    return (wp.exp(-s) + wp.exp(-s / 3.0)) / (8.0 * wp.pi * scatter_distance * r)


def subsurface_flux(diffusion, area_b, albedo_b, transmittance_b):
    flux = wp.cw_mul(albedo_b, transmittance_b) * (diffusion * area_b)
    return flux


def form_factor(position_a, position_b, normal_a, normal_b, area_b):
    """Form factor from a patch to a disk (radiosity)."""
    d = position_b - position_a
    r2 = wp.max(wp.length_sq(d), 1.0e-6)
    w = d / wp.sqrt(r2)
    cos_a = wp.max(wp.dot(wp.normalize(normal_a), w), 0.0)
    cos_b = wp.max(-wp.dot(wp.normalize(normal_b), w), 0.0)
    return cos_a * cos_b * area_b / (wp.pi * r2 + area_b)


def disk_occlusion(position_a, position_b, normal_a, area_b):
    """Occlusion of a point by a disk (Bunnell)."""
    d = position_b - position_a
    r2 = wp.length_sq(d) + 1.0e-4
    cos_a = wp.clamp(wp.dot(wp.normalize(normal_a), d) / wp.sqrt(r2), 0.0, 1.0)
    form_factor = (1.0 - 1.0 / wp.sqrt(area_b / (wp.pi * r2) + 1.0)) * cos_a
    return form_factor


def flux(albedo_a, emission, form_factor, area_a):
    return wp.cw_mul(albedo_a, emission) * (form_factor * area_a)


def lit(normal, sun_direction):
    return wp.dot(normal, sun_direction) > 0.0


def in_spot(position, light_position, spot_axis, outer_cosine):
    to_point = wp.normalize(position - light_position)
    lit = wp.dot(to_point, wp.normalize(spot_axis)) > outer_cosine
    return lit


def shadowed(position, light_position, light_depth, shadow_bias):
    return wp.length(light_position - position) > light_depth + shadow_bias


def total_reflection(normal, view_direction, ior):
    """Beyond the critical angle light stays inside."""
    c = wp.dot(wp.normalize(normal), wp.normalize(view_direction))
    return ior * ior * (1.0 - c * c) > 1.0


def glass_radiance(reflectance, sky_color, albedo, transmittance):
    mirrored = reflectance * sky_color
    radiance = mirrored + (1.0 - reflectance) * wp.cw_mul(albedo, transmittance)
    return radiance


def accumulated_radiance(radiance, previous_radiance, history_weight, max_luminance):
    """Temporal accumulation without fireflies."""
    lum = wp.dot(radiance, wp.vec3(0.2126, 0.7152, 0.0722))
    sample_rgb = radiance
    if lum > max_luminance:
        sample_rgb = radiance * (max_luminance / lum)
    next_radiance = wp.lerp(previous_radiance, sample_rgb, history_weight)
    return next_radiance


def sky_gradient(sky_direction, sun_direction, sky_color, light_color, shininess):
    v = wp.normalize(sky_direction)
    horizon = wp.pow(1.0 - wp.min(wp.abs(v[1]), 1.0), 3.0)
    glow = wp.pow(wp.max(wp.dot(v, wp.normalize(sun_direction)), 0.0), shininess)
    sky_radiance = sky_color * (0.4 + 0.6 * horizon) + light_color * glow
    return sky_radiance


def wrapped_term(normal, light_direction, wrap):
    """Wrapped diffuse light, which reaches past the terminator."""
    cos_theta = wp.dot(wp.normalize(normal), wp.normalize(light_direction))
    diffuse_term = wp.max((cos_theta + wrap) / (1.0 + wrap), 0.0)
    return diffuse_term


def half_lambert(normal, light_direction):
    """Valve's half Lambert term."""
    half = 0.5 * wp.dot(wp.normalize(normal), wp.normalize(light_direction)) + 0.5
    diffuse_term = half * half
    return diffuse_term


def toon_term(normal, light_direction, bands):
    cos_theta = wp.clamp(wp.dot(wp.normalize(normal), wp.normalize(light_direction)), 0.0, 1.0)
    diffuse_term = wp.ceil(cos_theta * float(bands)) / float(bands)
    return diffuse_term


def ramp_light(albedo, light_color, diffuse_term, attenuation):
    diffuse_light = wp.cw_mul(albedo, light_color) * (0.3 * diffuse_term * wp.min(attenuation, 1.0))
    return diffuse_light


def blinn_phong(normal, half_vector, shininess, light_color):
    """Blinn's highlight, normalized so that it keeps energy."""
    n_dot_h = wp.clamp(wp.dot(wp.normalize(normal), wp.normalize(half_vector)), 0.0, 1.0)
    norm = (shininess + 8.0) / (8.0 * wp.pi)
    specular_light = light_color * (norm * wp.pow(n_dot_h, shininess))
    return specular_light


def ggx_specular(normal, view_direction, light_direction, roughness, specular_color):
    """Microfacet reflection of Cook and Torrance with the GGX distribution."""
    n = wp.normalize(normal)
    v = wp.normalize(view_direction)
    wl = wp.normalize(light_direction)
    h = wp.normalize(v + wl)
    n_dot_l = wp.max(wp.dot(n, wl), 0.0)
    n_dot_v = wp.max(wp.dot(n, v), 1.0e-3)
    n_dot_h = wp.clamp(wp.dot(n, h), 0.0, 1.0)
    a2 = roughness * roughness * roughness * roughness
    d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0
    ndf = a2 / (wp.pi * wp.max(d * d, 1.0e-4))
    k = 0.5 * roughness * roughness
    g_l = n_dot_l / (n_dot_l * (1.0 - k) + k)
    g_v = n_dot_v / (n_dot_v * (1.0 - k) + k)
    m = wp.clamp(1.0 - wp.dot(v, h), 0.0, 1.0)
    f = specular_color + (wp.vec3(1.0, 1.0, 1.0) - specular_color) * wp.pow(m, 5.0)
    specular_light = f * wp.min(0.25 * ndf * g_l * g_v / n_dot_v, 10.0)
    return specular_light


def cook_torrance(normal, outgoing, incoming, albedo, metallic, roughness, light_color):
    """Metallic-roughness material: GGX, Smith's height-correlated visibility, Schlick's Fresnel term."""
    N = wp.normalize(normal)
    V = wp.normalize(outgoing)
    L = wp.normalize(incoming)
    n_dot_l = wp.dot(N, L)
    if n_dot_l <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    H = wp.normalize(V + L)
    n_dot_v = wp.max(wp.dot(N, V), 1.0e-3)
    n_dot_h = wp.clamp(wp.dot(N, H), 0.0, 1.0)
    v_dot_h = wp.clamp(wp.dot(V, H), 0.0, 1.0)
    a2 = roughness * roughness * roughness * roughness
    d = n_dot_h * n_dot_h * (a2 - 1.0) + 1.0
    ndf = a2 / (wp.pi * wp.max(d * d, 1.0e-6))
    smith_v = n_dot_l * wp.sqrt(n_dot_v * n_dot_v * (1.0 - a2) + a2)
    smith_l = n_dot_v * wp.sqrt(n_dot_l * n_dot_l * (1.0 - a2) + a2)
    vis = 0.5 / wp.max(smith_v + smith_l, 1.0e-3)
    f0 = wp.lerp(wp.vec3(0.04, 0.04, 0.04), albedo, metallic)
    f = f0 + (wp.vec3(1.0, 1.0, 1.0) - f0) * wp.pow(1.0 - v_dot_h, 5.0)
    kd = (wp.vec3(1.0, 1.0, 1.0) - f) * (1.0 - metallic)
    spec = f * wp.min(ndf * vis, 8.0)
    radiance = wp.cw_mul(wp.cw_mul(kd, albedo) / wp.pi + spec, light_color) * n_dot_l
    return radiance


def burley_material(normal, outgoing, incoming, albedo, roughness, sheen, clearcoat):
    """Disney's diffuse term with retro-reflection, a sheen and a clear coat."""
    N = wp.normalize(normal)
    V = wp.normalize(outgoing)
    L = wp.normalize(incoming)
    n_dot_l = wp.dot(N, L)
    n_dot_v = wp.dot(N, V)
    if n_dot_l <= 0.0 or n_dot_v <= 0.0:
        return wp.vec3(0.0, 0.0, 0.0)
    H = wp.normalize(L + V)
    l_dot_h = wp.clamp(wp.dot(L, H), 0.0, 1.0)
    n_dot_h = wp.clamp(wp.dot(N, H), 0.0, 1.0)
    fl = wp.pow(1.0 - wp.min(n_dot_l, 1.0), 5.0)
    fv = wp.pow(1.0 - wp.min(n_dot_v, 1.0), 5.0)
    fh = wp.pow(1.0 - l_dot_h, 5.0)
    fd90 = 0.5 + 2.0 * l_dot_h * l_dot_h * roughness
    fd = wp.lerp(1.0, fd90, fl) * wp.lerp(1.0, fd90, fv)
    lum = wp.max(wp.dot(albedo, wp.vec3(0.3, 0.6, 0.1)), 0.01)
    sheen_rgb = sheen * fh * albedo / lum
    gloss2 = 0.01
    t = 1.0 + (gloss2 - 1.0) * n_dot_h * n_dot_h
    coat = 0.25 * clearcoat * (gloss2 - 1.0) / (wp.pi * wp.log(gloss2) * t) * (0.04 + 0.96 * fh)
    radiance = (albedo * (fd / wp.pi) + sheen_rgb + wp.vec3(coat, coat, coat)) * n_dot_l
    return radiance


def relief_hit(texture_heights, view_slope, relief_depth):
    """Depth at which a ray meets a row of heights: linear steps, then one secant between the last two."""
    count = len(texture_heights)
    dz = 1.0 / float(count)
    rate = 1.0 + 0.5 * wp.length(view_slope) / relief_depth
    ray = float(0.0)
    before = float(1.0)
    result = float(1.0)
    for n in range(count):
        surface = 1.0 - texture_heights[n]
        gap = surface - ray
        if gap <= 0.0:
            share = before / wp.max(before - gap, 1.0e-4)
            result = wp.max(ray - dz * rate * (1.0 - share), 0.0)
            break
        before = gap
        ray += dz * rate
    return wp.min(result, 1.0)


def penumbra_shadow(blocker_depths, receiver_depth, shadow_bias, penumbra_size):
    """Percentage-closer soft shadow over a row of taps: average blocker, penumbra width, filtered test."""
    total = float(0.0)
    blockers = int(0)
    for n in range(len(blocker_depths)):
        if blocker_depths[n] < receiver_depth - shadow_bias:
            total += blocker_depths[n]
            blockers += 1
    if blockers == 0:
        return 1.0
    average = total / float(blockers)
    width = wp.max(penumbra_size * (receiver_depth - average) / average, 0.05)
    lit_sum = float(0.0)
    for n in range(len(blocker_depths)):
        d = receiver_depth - shadow_bias - blocker_depths[n]
        lit_sum += 1.0 - wp.clamp(d / width, 0.0, 1.0)
    return lit_sum / float(len(blocker_depths))


def ambient_level(normal, irradiance_sh):
    """Irradiance from spherical harmonics up to degree two (Ramamoorthi and Hanrahan)."""
    n = wp.normalize(normal)
    e = float(0.0)
    for k in range(wp.min(len(irradiance_sh), 9)):
        basis = 1.0
        if k == 1:
            basis = n[1]
        elif k == 2:
            basis = n[2]
        elif k == 3:
            basis = n[0]
        elif k == 4:
            basis = n[0] * n[1]
        elif k == 5:
            basis = n[1] * n[2]
        elif k == 6:
            basis = 3.0 * n[2] * n[2] - 1.0
        elif k == 7:
            basis = n[0] * n[2]
        elif k == 8:
            basis = n[0] * n[0] - n[1] * n[1]
        e += irradiance_sh[k] * basis
    return wp.max(e, 0.0)


def sky_glow(ray_height, view_cosine, sun_cosine, scale_height, light_color):
    """Single Rayleigh scattering through an exponential atmosphere, marched along the view ray."""
    beta = wp.vec3(0.35, 0.8, 1.9)
    ds = 0.25
    depth_view = float(0.0)
    glow = wp.vec3(0.0, 0.0, 0.0)
    for n in range(12):
        z = ray_height + (float(n) + 0.5) * ds * view_cosine
        rho = wp.exp(-z / scale_height)
        depth_view += rho * ds
        if sun_cosine <= -0.1:
            continue
        depth_sun = rho * scale_height / wp.max(sun_cosine, 0.08)
        tau = beta * (depth_view + depth_sun)
        glow += rho * ds * wp.vec3(wp.exp(-tau[0]), wp.exp(-tau[1]), wp.exp(-tau[2]))
    mu = view_cosine * sun_cosine
    ray_phase = 3.0 / (16.0 * wp.pi) * (1.0 + mu * mu)
    return ray_phase * wp.cw_mul(wp.cw_mul(beta, light_color), glow)


def perez_luminance(sky_direction, sun_direction, turbidity):
    """Luminance of the clear sky by Preetham's fit of Perez's formula, over that of the zenith."""
    v = wp.normalize(sky_direction)
    s = wp.normalize(sun_direction)
    a = 0.1787 * turbidity - 1.463
    b = -0.3554 * turbidity + 0.4275
    c = -0.0227 * turbidity + 5.3251
    d = 0.1206 * turbidity - 2.5771
    e = -0.067 * turbidity + 0.3703
    cos_view = wp.max(v[1], 0.05)
    cos_sun = wp.max(s[1], 0.05)
    theta_s = wp.acos(wp.min(cos_sun, 1.0))
    cos_gamma = wp.clamp(wp.dot(v, s), -1.0, 1.0)
    gamma = wp.acos(cos_gamma)
    f_view = (1.0 + a * wp.exp(b / cos_view)) * (1.0 + c * wp.exp(d * gamma) + e * cos_gamma * cos_gamma)
    f_zenith = (1.0 + a * wp.exp(b)) * (1.0 + c * wp.exp(d * theta_s) + e * cos_sun * cos_sun)
    return wp.clamp(f_view / wp.max(f_zenith, 0.1), 0.0, 40.0)


def iridescence(normal, outgoing, film_thickness, ior):
    """Color of a thin film by interference at three wavelengths."""
    cos_i = wp.min(wp.abs(wp.dot(wp.normalize(normal), wp.normalize(outgoing))), 1.0)
    sin2_t = (1.0 - cos_i * cos_i) / (ior * ior)
    cos_t = wp.sqrt(wp.max(1.0 - sin2_t, 0.0))
    path = 2.0 * ior * film_thickness * cos_t
    r0 = (ior - 1.0) / (ior + 1.0)
    edge = r0 * r0 + (1.0 - r0 * r0) * wp.pow(1.0 - cos_i, 5.0)
    red = 0.5 - 0.5 * wp.cos(wp.tau * path / 0.65)
    green = 0.5 - 0.5 * wp.cos(wp.tau * path / 0.532)
    blue = 0.5 - 0.5 * wp.cos(wp.tau * path / 0.45)
    return wp.min(edge, 1.0) * wp.vec3(red, green, blue)


def quad_factor(position, normal, corner_a, corner_b, corner_c):
    """Form factor of a parallelogram light by Lambert's sum over its edges, not clipped at the horizon."""
    n = wp.normalize(normal)
    d = corner_a + corner_c - corner_b
    v0 = wp.normalize(corner_a - position)
    v1 = wp.normalize(corner_b - position)
    v2 = wp.normalize(corner_c - position)
    v3 = wp.normalize(d - position)
    total = float(0.0)
    for k in range(4):
        p = v0
        q = v1
        if k == 1:
            p = v1
            q = v2
        elif k == 2:
            p = v2
            q = v3
        elif k == 3:
            p = v3
            q = v0
        axis = wp.cross(p, q)
        sin_edge = wp.length(axis)
        if sin_edge < 1.0e-4:
            continue
        angle = wp.atan2(sin_edge, wp.dot(p, q))
        total += angle * wp.dot(axis, n) / sin_edge
    return wp.clamp(total / wp.tau, -1.0, 1.0)


def paint_color(paint_absorb, paint_scatter, thickness, substrate):
    """Kubelka and Munk's reflectance of a layer of paint over a substrate, channel by channel."""
    result = wp.vec3(0.0, 0.0, 0.0)
    for c in range(3):
        a = 1.0 + paint_absorb[c] / paint_scatter[c]
        b = wp.sqrt(a * a - 1.0)
        x = wp.clamp(b * paint_scatter[c] * thickness, 1.0e-3, 8.0)
        coth = 1.0 / wp.tanh(x)
        rg = substrate[c]
        result[c] = wp.clamp((1.0 - rg * (a - b * coth)) / wp.max(a - rg + b * coth, 1.0e-3), 0.0, 1.0)
    return result


def filmic_color(radiance):
    """Narkowicz's fit of the ACES tone curve, with the gamma of a display."""
    x = 0.6 * radiance
    result = wp.vec3(0.0, 0.0, 0.0)
    for c in range(3):
        num = x[c] * (2.51 * x[c] + 0.03)
        den = x[c] * (2.43 * x[c] + 0.59) + 0.14
        result[c] = wp.pow(wp.clamp(num / den, 0.0, 1.0), 1.0 / 2.2)
    tone_mapped = result
    return tone_mapped


def reinhard_color(radiance, max_luminance):
    """Reinhard's operator with a white point."""
    lum = wp.dot(radiance, wp.vec3(0.2126, 0.7152, 0.0722))
    white2 = wp.max(max_luminance * max_luminance, 0.25)
    mapped = wp.div_approx(lum * (1.0 + lum / white2), 1.0 + lum)
    tone_mapped = wp.min(radiance * (mapped / wp.max(lum, 1.0e-4)), wp.vec3(1.0, 1.0, 1.0))
    return tone_mapped
