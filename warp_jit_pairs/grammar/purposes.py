"""What people do with the values of a quantity: which sums, means and extrema of it mean something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .laws import Law, Sheet

_KINDS = {
    # What there is of a thing: it adds up.
    "amount": ("total total mean largest", "largest smoothed"),
    "tally": ("total total mean largest", "cumulative"),
    # What is only of use as a sum.
    "part": ("total", "cumulative"),
    # What flows or is used per time.
    "flow": ("total total mean largest above", "cumulative integral smoothed largest streak"),
    # What is measured, and compared with limits.
    "level": ("mean mean largest smallest spread extent above against", "smoothed largest smallest streak change"),
    "signal": ("rms rms largest extent", "smoothed rms variation change largest"),
    # What is brought to a mean of nothing and a spread of one.
    "normal": ("mean spread spread extent", ""),
    # Numbers without a dimension.
    "number": ("mean largest smallest extent", ""),
    "error": ("rms rms above", "rms smoothed"),
    "share": ("mean mean above", "smoothed streak"),
    "likelihood": ("total total mean log_sum", "cumulative"),
    "score": ("largest smallest runner_up mean spread log_sum", ""),
    "least": ("smallest", ""),
    "most": ("largest", ""),
    "price": ("weighted mean largest smallest", "smoothed largest smallest drawdown change"),
    "reward": ("total mean largest", "cumulative discount"),
    # Vectors.
    "force": ("total", "integral longest"),
    "momentum": ("total", ""),
    "motion": ("mean longest", "smoothed longest"),
    "place": ("mean extent extent", "variation smoothed"),
    "pointing": ("mean", "smoothed"),
    "color": ("mean mean weighted", "smoothed"),
    "difference": ("rms longest", "rms"),
    "slope": ("mean total longest", "smoothed"),
    # What is asked for one by one, and not put together.
    "told": ("", ""),
}
"""For each kind of quantity how values of many elements are put together, and how those of one over time."""

_QUANTITIES = {
    "agents": "reward: discounted_return step_reward; error: td_error; score: bound; amount: divergence"
    " regret; tally: value_loss; level: expected_value; normal: advantage",
    "animation": "error: pose_error; level: joint_opening; least: matching_cost foot_height; place: tip"
    " skinned_point; told: twist_angle swing_angle elbow_position",
    "antennas": "amount: received_power link_capacity; most: sidelobe_level bit_error_rate diffraction_loss"
    " received_level; least: link_margin; told: path_loss off_axis gain_decibels array_gain"
    " echo_power rain_loss",
    "astronomy": "amount: luminosity received_flux; level: temperature distance mean_flux magnitude"
    " absolute_magnitude; least: airmass; most: transit_depth in_transit_depth signal_to_noise;"
    " place: sky_offset; pointing: sky_direction; told: magnification angular_distance"
    " galactic_direction luminosity_distance lifetime",
    "audio": "level: level_db stereo_correlation; least: reduction_db look_ahead_gain; signal: wet mixed"
    " high declicked; told: read_delay response",
    "biology": "amount: population infected biomass; flow: predation infection metabolism photosynthesis"
    " degree_days; number: diversity evenness rarefied_richness; most: effective_reproduction;"
    " told: population_rate biomass_rate",
    "bits": "amount: popcount divisors digit_sum run_total",
    "bonds": "price: duration convexity; level: solved_yield par_swap_rate internal_return; amount:"
    " loan_payment remaining_balance bond_price risky_price cash_flow_value; most:"
    " default_swap_spread; least: default_distance; told: prepayment",
    "buildings": "flow: heat_loss heater_power solar_gain electric_power radiator_output fan_power; level:"
    " operative_temperature felt_temperature dew_point wet_bulb surface_temperature"
    " predicted_vote; number: performance air_changes; share: shaded_share lamp_level"
    " infection_risk; most: dissatisfied mold_index infiltration; amount: degree_days; told:"
    " temperature_rate sol_air vapor_pressure",
    "camera": "level: depth; most: circle_of_confusion depth_uncertainty; error: reprojection_error"
    " epipolar_error; place: view_point image_point triangulated hit_point; motion: motion; told:"
    " linear_depth",
    "chemistry": "flow: reaction_rate turnover heat_release; share: occupancy vapor_fraction; level: ph;"
    " least: waiting_time; amount: peak_area; told: concentration_rate coverage vapor_pressure"
    " compressibility activity_coefficient equilibrium_ratio current_density dissolved",
    "circuits": "amount: capacitor_energy coil_energy delivered_power; flow: power; level: current"
    " terminal_voltage regulated_voltage rms_voltage thermistor_temperature; number:"
    " power_factor; most: rise_time standing_wave_ratio; told: drain_current diode_current"
    " open_circuit_voltage bridge_voltage filter_response resonant_frequency",
    "cloth": "amount: kinetic_energy stretch_energy; force: spring_force wind_force; motion: relative_wind"
    " acceleration; error: constraint_value; least: impact_time; told: curvature; most: speed",
    "color": "level: luminance exposure_value temperature chroma; most: color_difference noise_level;"
    " color: linear_color; share: chroma_key; told: graded balanced tone",
    "crowds": "level: crowd_speed; least: time_to_goal collision_time; flow: flow; most: crowd_pressure;"
    " pointing: facing; told: step_frequency acceleration steering repulsion wall_push",
    "drones": "amount: kinetic_energy lift; force: thrust_vector body_torque drag_force; difference:"
    " attitude_error; flow: hover_power; level: indicated_airspeed altitude_measured"
    " vibration_level; most: thrust; least: terminal_voltage; told: lift_coefficient",
    "electromagnetics": "amount: energy_density source_potential dipole_energy; force: source_field source_b_field"
    " segment_b_field torque induced_dipole; most: field_strength axial_field cable_field; told:"
    " magnetization poynting slab_transmission",
    "enzymes": "flow: reaction net_reaction biomass_rate protein_rate; amount: biomass; share:"
    " bound_fraction; most: initial_rate; told: free_ligand ph_activity thermal_activity response",
    "fabric": "amount: strain_energy bend_energy mass area tension_field_energy neo_hookean_energy"
    " baraff_condition quadratic_bending; force: membrane_force; pointing: normal; most:"
    " area_stretch shear_angle warp_stretch shear",
    "finance": "amount: market_value; reward: pnl; price: mid_price fill_price volume_average; level:"
    " realized_volatility portfolio_volatility drawdown; most: value_at_risk expected_shortfall;"
    " score: sharpe signal; tally: fee tax tier_fee margin; least: impermanent_loss",
    "fluids": "amount: kinetic_energy turbulent_energy mass; level: pressure total_pressure density; force:"
    " particle_drag; most: courant_number strain_magnitude q_criterion wall_reynolds speed;"
    " motion: vorticity; share: volume_fraction; least: viscous_step_limit; told:"
    " friction_velocity acceleration; error: divergence; momentum: momentum",
    "games": "amount: damage; most: threat board_value; tally: score experience_gain wounds match_points"
    " placement_bonus; share: win_chance",
    "gas_flow": "level: pressure total_pressure total_temperature; amount: mass_flow pump_flow minor_loss;"
    " most: mach pressure_drop hammer_surge; told: sound_speed molar_volume reynolds"
    " star_pressure friction_factor heat_transfer",
    "genetics": "number: mean_fitness heterozygosity divergence; most: association_score"
    " lod_score linkage_disequilibrium odds_ratio chi_squared; amount: map_distance",
    "geodesy": "level: distance geodetic_height; amount: travel_time; most: horizon distortion cross_track;"
    " place: ecef local_offset; motion: ground_velocity; told: normal_gravity dipole_field"
    " map_scale map_point",
    "heat": "flow: heat_flow heat_loss source absorbed_flux sensible_heat reaction_rate; level:"
    " temperature surface_temperature mean_temperature; amount: resistance; share:"
    " liquid_fraction; motion: heat_flux; most: front_depth"
    " ice_thickness thermal_dose flux_density biot_number; told: exact_temperature"
    " temperature_rate",
    "image": "level: luminance saturation edge_strength local_variance color_distance; tally:"
    " squared_error; error: quantization_error; most: corner_response delta_e; share: mask;"
    " amount: bright_count transitions; color: adjusted_color blended composite; score: similarity;"
    " told: smoothed sharpened stretched median kuwahara tone conductance",
    "learning": "error: residual logit_gradient; score: score similarity overlap dice; likelihood:"
    " log_partition; amount: divergence; number: entropy; share: probability; tally: loss; level:"
    " activation; told: attention",
    "matrices": "amount: cost squared_norm quadratic_form kernel_value; most: condition rotation_angle"
    " mahalanobis matrix_norm; difference: residual deviation; place: image projected; slope:"
    " gradient; told: log_volume det",
    "molecular": "amount: kinetic_energy bond_energy angle_energy torsion_energy pair_energy improper_energy"
    " triple_energy embedding_energy virial; force: arm_force; told: torsion_torque; least:"
    " distance; momentum: momentum",
    "navigation": "level: pressure_altitude; error: range_residual; difference: innovation; motion:"
    " specific_force; tally: step_count; most: ionospheric_delay tropospheric_delay"
    " satellite_elevation variance allan_deviation major_axis; told: range_difference",
    "neurons": "flow: input_current membrane_current nmda_current calcium_current synaptic_current; level:"
    " firing_rate interval_variation; told: nernst_potential potential_rate cable_attenuation;"
    " amount: synaptic_sum",
    "numerics": "amount: finite_part integral series_sum; level: magnitude decibels; most: row_deviation; told: lookup",
    "optimization": "least: objective merit test_value; score: fitness bid packed_profit; slope: gradient; most:"
    " step_length; place: iterate; share: acceptance; tally: penalty violation",
    "options": "amount: delta gamma vega theta sampled_payoff straddle_profit intrinsic_value option_price"
    " american_price; level: implied; told: forward smile_volatility sabr_volatility",
    "orbits": "amount: kinetic_energy; least: orbital_energy period delta_v; force: acceleration; place:"
    " position orbit_position; motion: velocity; most: speed; told: radial_velocity orbital_speed"
    " excess_speed hill_radius jacobi_constant; momentum: angular_momentum",
    "particles": "amount: kinetic_energy potential_energy mass volume; force: force; motion: acceleration;"
    " most: speed; momentum: momentum",
    "pharmacology": "level: concentration clearance filtration exposure half_life time_above; most: peak_level;"
    " amount: adjusted_dose loading_dose; share: survival_fraction; told: lean_mass surface_area"
    " response_rate",
    "pipes": "flow: heat_rate pumping_power flow_rate; most: surge_pressure; least: suction_margin; level:"
    " outlet_temperature delivered_temperature; told: reynolds_number prandtl_number"
    " nusselt_number friction_factor film_coefficient effectiveness void_fraction"
    " entrance_length; amount: pressure_drop",
    "plasma": "amount: kinetic_energy potential_energy; force: lorentz_force; motion: exb_drift"
    " drift_velocity; most: gyroradius plasma_frequency speed plasma_beta; least: debye_length;"
    " told: acceleration magnetic_moment ionization_fraction gradient_drift",
    "queues": "least: waiting_time look_ahead_time; tally: elevator_cost deadline_misses; most: utilization"
    " sampled_waits; share: erlang_wait finite_queue_loss blocking",
    "randoms": "amount: sample_value; level: waiting_time queue_wait barrier_payoff transmitted"
    " boundary_value; signal: energy_change; amount: energy; tally: hits",
    "rigid": "amount: kinetic_energy rotational_energy potential_energy mass volume; least: separation"
    " box_gap; most: bounding_radius tilt speed; force: torque contact_force impulse; motion:"
    " point_velocity; flow: power; difference: rotation_error; told: acceleration impact_time;"
    " momentum: momentum angular_momentum",
    "robotics": "error: tracking_error; reward: reward; flow: energy_use heat_loss; place: tool_point; least:"
    " effort_left; tally: control_cost; told: friction_torque reference_speed joint_torque"
    " spring_torque output_torque",
    "rovers": "error: cross_track; level: goal_distance measured_speed; least: clear_width; share:"
    " occupied_chance; amount: path_length; most: safe_speed",
    "shading": "level: luminance view_distance ambient_level; color: radiance diffuse_light specular_light"
    " irradiance flux transmittance inscatter; share: shadow fog_amount penumbra_shadow; told:"
    " reflection attenuation",
    "shallow_water": "level: bore_depth dam_break_depth; most: froude_number wave_speed; least: stable_dt; flow:"
    " bed_load culvert_flow infiltrated; told: critical_depth jump_depth",
    "shapes": "amount: area length_2d edge_length; part: signed_volume solid_angle angle_defect winding;"
    " least: distance closest_distance aspect_quality corner_angle planar_distance; most:"
    " circumradius mean_curvature strain; place: closest projected curve_point hit_point; force:"
    " face_normal; told: gradient hit_distance",
    "solids": "amount: strain_energy mass thermal_energy energy_density; level: pressure temperature; most:"
    " equivalent_strain damage yield_function max_shear triaxiality fatigue_damage crack_growth"
    " peak_pressure von_mises axial_stress bending_moment; least: time_step jacobian"
    " buckling_stress; force: nodal_force traction; tally: dissipation; told: fiber_stretch"
    " flow_stress wave_speed",
    "sound_analysis": "level: loudness rms gated_loudness bin_magnitude; amount: power; number: crest centroid"
    " flatness bark mel; tally: crossings; most: spectral_flux spectral_peak reverberation_time"
    " masking_threshold",
    "spectra": "amount: absorbance line_strength equivalent_width; share: transmittance transfer_efficiency;"
    " level: fluorescence; told: population line_shape spectral_radiance intensity mean_energy"
    " partition half_width coupling signal",
    "sph": "amount: kinetic_energy mass; level: pressure summed_density; force: boundary_push; least:"
    " stable_step; tally: foam_potential; most: speed; told: acceleration; momentum: momentum",
    "statistics": "likelihood: log_likelihood; amount: loss deviance information; error: residual; share:"
    " probability posterior survival robust_weight; number: skewness; least: p_value; most:"
    " leverage; score: log_odds kernel_value; told: drift statistic effect cumulative hazard;"
    " normal: z_score variance",
    "sunlight": "level: irradiance panel_irradiance cell_temperature sun_elevation; flow: panel_power;"
    " amount: day_energy; most: shadow_length air_mass; told: incidence diffuse_fraction"
    " day_length clear_sky",
    "synthesis": "signal: oscillator; level: adsr_level; told: stacked wavetable struck_modes note_frequency"
    " beat roughness",
    "terrain": "level: slope hillshade climb; flow: incision; most: relief curvature wetness_index pit_depth"
    " horizon_angle window_range; least: stable_slope; amount: path_cost; told: channel_depth",
    "traffic": "flow: road_flow cell_inflow fuel_use; least: collision_time braking_gap; most: webster_delay"
    " stopping_distance; level: mean_headway; told: wanted_gap",
    "training": "amount: regularization squared_gradient; told: step_size",
    "vehicles": "flow: drive_power energy_use fuel_rate; most: brake_distance lateral_force engine_torque;"
    " least: collision_time; force: drag_force; told: rollover_speed followed_speed following"
    " slip_ratio",
    "waves": "amount: energy strain_energy; level: intensity pressure level displacement; signal: field;"
    " most: response tone_power; least: travel_time; force: traction; told: magnitude"
    " acceleration driving_force ray_time transmission reflectance visibility stack_reflectance"
    " envelope",
    "weather": "flow: evaporation runoff melt transpiration infiltration percolation solar net_radiation"
    " photosynthesis sensible_heat longwave absorbed_light ground_heat throughfall outflow;"
    " level: temperature wind_speed pressure vapor_pressure vapor_deficit dew_point"
    " potential_temp wet_bulb apparent_temp soil_temp soil_moisture air_density humidity; most:"
    " gust reflectivity wave_height turbulence hub_speed heat_index buoyant_energy direct_beam;"
    " motion: wind current; share: cloud_cover snow_fraction; least: cloud_base; told:"
    " virtual_temp equivalent_temp mixing_ratio specific_humidity speed_of_sound sea_density"
    " fuel_moisture drop_speed fall_speed stress geostrophic_wind",
}
"""Of each sheet the quantities that kernels sum up, by their kind."""

_STILL = frozenset(
    {
        *("mass", "inverse_mass", "area", "volume", "radius", "thickness", "diameter", "charge", "density", "height"),
        *("latitude", "longitude", "elevation", "capacity", "body_weight", "age", "inertia", "element_size", "depth"),
        *("oscillator_strength", "line_center", "rest_length", "yield_strength", "hardening", "absorption", "albedo"),
        *(
            "conductivity",
            "stiffness",
            "porosity",
            "curve_number",
            "strike",
            "maturity",
            "half_extents",
            "coriolis",
            "soil_depth",
            "thermal_diffusion",
            "leaf_area",
            "extinction",
            "wilting_point",
            "pore_index",
            "snow_albedo",
        ),
        *("hinge_length", "inverse_rest", "inductance", "capacitance", "v_max", "window_height", "mast_height", "tilt"),
        *("shading_depth", "panel_azimuth", "usual_dose", "female", "clearance", "elimination"),
    }
)
"""What is the same at all times, by its name."""
_STILL_ENDS = frozenset({"area", "radius", "thickness", "diameter", "capacity", "mass", "rating", "conductivity"})
"""The last words of names of such things."""


_AT_ONCE = frozenset(
    {
        "image",
        "shading",
        "shapes",
        "camera",
        "color",
        "bits",
        "matrices",
        "numerics",
        "statistics",
        "geodesy",
        "terrain",
        "spectra",
        "astronomy",
        "electromagnetics",
        "antennas",
        "orbits",
        "optimization",
        "learning",
        "bonds",
    }
)
"""Fields whose elements are no series in time."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """How values of many elements are put together, and how those of one element over time."""

    across: dict[str, float]
    over_time: dict[str, float]


def _weights(names: str) -> dict[str, float]:
    words = names.split()
    return {word: float(words.count(word)) for word in words}


@cache
def _purposes(sheet: str) -> dict[str, Purpose]:
    found = {}
    for part in filter(None, _QUANTITIES.get(sheet, "").split("; ")):
        kind, _, names = part.partition(": ")
        across, over_time = _KINDS[kind]
        for name in names.split():
            found[name] = Purpose(_weights(across), _weights(over_time) if sheet not in _AT_ONCE else {})
    return found


_FLAG = Purpose({"flagged": 3.0, "found": 1.2}, {})


@cache
def purpose(field: Sheet, law: Law) -> Purpose | None:
    """What values of a law are good for; None where nobody would put them together."""
    name = law.gives[0]
    if field.quantity(name).type == "bool":
        return _FLAG if field.name not in ("bits", "numerics") else None
    return _purposes(field.name).get(name)


@cache
def is_still(field: Sheet, name: str) -> bool:
    """Whether a state is the same at all times."""
    term = field.term(name)
    still = term.base in _STILL or term.base.rpartition("_")[2] in _STILL_ENDS
    return still or term.prefix in ("rest", "initial")


@cache
def varying(field: Sheet, law: Law) -> frozenset[str]:
    """What a law takes that is not the same for all elements."""
    return frozenset(name for name in law.takes if name != "rng" and field.quantity(name).where in ("state", "result"))


def related(field: Sheet, law: Law, given: set[str], known: set[str]) -> bool:
    """Whether a law goes on with what a kernel has worked out, or works from the same values."""
    own = varying(field, law)
    new = own - known - given
    used = own & given
    if not own or new or set(law.gives) & (given | known):
        return False
    # One shared input is no kinship, unless it is all that there is.
    return bool(used) or len(own & known) > 1 or own == known
