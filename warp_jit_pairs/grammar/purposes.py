"""What people do with the values of a quantity: which sums, means and extrema of it mean something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .laws import Law, Sheet

_KINDS = {
    # What there is of a thing: it adds up.
    "amount": ("total total mean largest above spread", "largest smoothed"),
    "tally": ("total total mean largest", "cumulative"),
    # What is only of use as a sum.
    "part": ("total", "cumulative"),
    # What flows or is used per time.
    "flow": ("total mean largest above", "cumulative integral smoothed largest streak"),
    # What is measured, and compared with limits.
    "level": ("mean mean largest smallest spread extent above against", "smoothed largest smallest streak change"),
    "signal": ("rms largest smallest spread extent", "smoothed rms variation change largest"),
    # Numbers without a dimension.
    "number": ("mean largest smallest spread extent", ""),
    "error": ("rms rms spread above", "rms smoothed"),
    "share": ("mean mean largest above", "smoothed streak"),
    "likelihood": ("total total mean log_sum", "cumulative"),
    "score": ("largest smallest runner_up mean spread log_sum", ""),
    "least": ("smallest smallest mean extent", ""),
    "most": ("largest largest mean runner_up", ""),
    "price": ("weighted mean largest smallest", "smoothed largest smallest drawdown change"),
    "reward": ("total mean largest", "cumulative discount"),
    # Vectors.
    "force": ("total total longest", "integral longest"),
    "motion": ("mean longest rms", "smoothed longest"),
    "place": ("mean extent extent", "variation smoothed"),
    "pointing": ("mean", "smoothed"),
    "color": ("mean mean weighted", "smoothed"),
    "difference": ("rms longest", "rms"),
    "slope": ("mean total longest rms", "smoothed"),
}
"""For each kind of quantity how values of many elements are put together, and how those of one over time."""

_QUANTITIES = {
    "agents": "reward: discounted_return step_reward; error: td_error; score: bound; signal: advantage;"
    " amount: divergence regret; tally: value_loss; level: expected_value",
    "animation": "error: pose_error; level: twist_angle swing_angle joint_opening foot_height; least: matching_cost;"
    " place: tip skinned_point elbow_position",
    "antennas": "level: received_level path_loss link_margin off_axis; number: gain_decibels array_gain;"
    " amount: received_power echo_power link_capacity; most: sidelobe_level bit_error_rate rain_loss diffraction_loss",
    "astronomy": "amount: luminosity received_flux; level: temperature distance luminosity_distance lifetime mean_flux;"
    " number: magnitude absolute_magnitude magnification airmass signal_to_noise; least: angular_distance;"
    " most: transit_depth in_transit_depth; place: sky_offset; pointing: sky_direction galactic_direction",
    "audio": "level: level_db; least: reduction_db look_ahead_gain; signal: wet mixed high declicked read_delay;"
    " number: response stereo_correlation",
    "biology": "amount: population infected biomass; flow: population_rate predation infection metabolism biomass_rate"
    " photosynthesis degree_days; number: diversity evenness rarefied_richness; most: effective_reproduction",
    "bits": "amount: popcount divisors digit_sum run_total",
    "bonds": "price: bond_price risky_price cash_flow_value; number: duration convexity; level: solved_yield"
    " par_swap_rate internal_return; amount: loan_payment remaining_balance; most: default_swap_spread prepayment;"
    " least: default_distance",
    "buildings": "flow: heat_loss heater_power solar_gain electric_power radiator_output fan_power;"
    " level: operative_temperature felt_temperature dew_point wet_bulb surface_temperature sol_air vapor_pressure;"
    " number: performance air_changes; share: shaded_share lamp_level infection_risk; most: dissatisfied mold_index"
    " infiltration; signal: predicted_vote temperature_rate; amount: degree_days",
    "camera": "level: depth linear_depth; most: circle_of_confusion depth_uncertainty; error: reprojection_error"
    " epipolar_error; place: view_point image_point triangulated hit_point; motion: motion",
    "chemistry": "flow: reaction_rate concentration_rate turnover heat_release; share: occupancy vapor_fraction;"
    " level: vapor_pressure ph coverage; number: compressibility activity_coefficient equilibrium_ratio;"
    " signal: current_density; least: waiting_time; amount: peak_area dissolved",
    "circuits": "amount: capacitor_energy coil_energy delivered_power; flow: power drain_current diode_current;"
    " level: current open_circuit_voltage terminal_voltage regulated_voltage rms_voltage thermistor_temperature"
    " bridge_voltage; number: filter_response power_factor standing_wave_ratio; least: resonant_frequency;"
    " most: rise_time",
    "cloth": "amount: kinetic_energy stretch_energy; level: curvature speed;"
    " force: spring_force wind_force; motion: relative_wind acceleration; error: constraint_value; least: impact_time",
    "color": "level: luminance noise_level exposure_value temperature chroma; most: color_difference;"
    " color: linear_color tone graded balanced; share: chroma_key",
    "crowds": "level: crowd_speed; least: time_to_goal collision_time; flow: flow; most: crowd_pressure step_frequency;"
    " motion: acceleration; force: repulsion steering wall_push; pointing: facing",
    "drones": "amount: kinetic_energy lift; force: thrust_vector body_torque drag_force; difference: attitude_error;"
    " flow: hover_power; level: indicated_airspeed altitude_measured vibration_level; most: thrust lift_coefficient;"
    " least: terminal_voltage",
    "electromagnetics": "amount: energy_density source_potential dipole_energy; level: field_strength axial_field"
    " cable_field magnetization; force: source_field source_b_field segment_b_field torque induced_dipole poynting;"
    " share: slab_transmission",
    "enzymes": "flow: reaction net_reaction biomass_rate protein_rate; amount: biomass; level: free_ligand response;"
    " share: bound_fraction ph_activity; most: initial_rate thermal_activity",
    "fabric": "amount: strain_energy bend_energy mass area tension_field_energy neo_hookean_energy baraff_condition;"
    " level: shear shear_angle warp_stretch; force: membrane_force; pointing: normal;"
    " most: area_stretch quadratic_bending",
    "finance": "amount: market_value; reward: pnl; price: mid_price fill_price volume_average; level:"
    " realized_volatility portfolio_volatility drawdown; most: value_at_risk expected_shortfall; score: sharpe"
    " signal; tally: fee tax tier_fee margin; least: impermanent_loss",
    "fluids": "amount: kinetic_energy turbulent_energy mass; level: speed pressure total_pressure density"
    " friction_velocity; force: momentum particle_drag; most: courant_number strain_magnitude q_criterion;"
    " most: wall_reynolds; motion: vorticity acceleration; signal: divergence;"
    " share: volume_fraction; least: viscous_step_limit",
    "games": "amount: damage; most: threat board_value; likelihood: win_chance; tally: score experience_gain wounds"
    " match_points placement_bonus",
    "gas_flow": "level: pressure sound_speed total_pressure total_temperature molar_volume; amount: mass_flow;"
    " amount: pump_flow; most: mach reynolds pressure_drop hammer_surge star_pressure minor_loss;"
    " number: friction_factor heat_transfer",
    "genetics": "number: mean_fitness heterozygosity divergence polygenic_score; most: association_score lod_score"
    " linkage_disequilibrium odds_ratio; score: chi_squared; level: map_distance",
    "geodesy": "level: distance normal_gravity dipole_field geodetic_height; amount: travel_time; most: horizon"
    " map_scale distortion cross_track; place: ecef local_offset map_point; motion: ground_velocity",
    "heat": "flow: heat_flow heat_loss source absorbed_flux sensible_heat; level: temperature exact_temperature"
    " surface_temperature mean_temperature flux_density; amount: resistance; signal: temperature_rate;"
    " number: biot_number; share: liquid_fraction; flow: reaction_rate; motion: heat_flux; error: temperature_error;"
    " most: front_depth ice_thickness thermal_dose",
    "image": "level: luminance saturation edge_strength local_variance color_distance; tally: squared_error;"
    " error: quantization_error; most: corner_response; share: mask conductance; amount: bright_count transitions;"
    " color: adjusted blended composite; level: smoothed sharpened stretched median kuwahara tone;"
    " most: delta_e; score: similarity",
    "learning": "error: residual; score: score similarity overlap dice; likelihood: log_partition; amount: divergence;"
    " number: entropy activation; share: probability attention; signal: logit_gradient; tally: loss",
    "matrices": "amount: cost squared_norm quadratic_form; level: mahalanobis matrix_norm log_volume; most: condition"
    " rotation_angle; number: det; difference: residual deviation; place: image projected;"
    " slope: gradient; score: kernel_value",
    "molecular": "amount: kinetic_energy bond_energy angle_energy torsion_energy pair_energy improper_energy"
    " triple_energy embedding_energy virial; force: momentum arm_force; level: distance; most: torsion_torque",
    "navigation": "level: pressure_altitude variance allan_deviation major_axis; error: range_residual"
    " range_difference; difference: innovation; motion: specific_force; tally: step_count; most: ionospheric_delay"
    " tropospheric_delay satellite_elevation",
    "neurons": "flow: input_current membrane_current nmda_current calcium_current synaptic_current; level: firing_rate"
    " nernst_potential interval_variation; signal: potential_rate synaptic_sum; share: cable_attenuation",
    "numerics": "amount: finite_part integral series_sum; level: magnitude decibels lookup; most: row_deviation",
    "optimization": "least: objective merit test_value; score: fitness bid packed_profit; slope: gradient;"
    " most: step_length; place: iterate; share: acceptance; tally: penalty violation",
    "options": "price: option_price forward american_price; amount: delta gamma vega theta; level: implied"
    " smile_volatility sabr_volatility; reward: sampled_payoff straddle_profit intrinsic_value",
    "orbits": "amount: kinetic_energy; level: speed radial_velocity orbital_speed excess_speed; least: orbital_energy"
    " hill_radius period delta_v jacobi_constant; force: acceleration angular_momentum; place: position orbit_position;"
    " motion: velocity",
    "particles": "amount: kinetic_energy potential_energy mass volume; level: speed; force: momentum force;"
    " motion: acceleration",
    "pharmacology": "level: concentration clearance filtration lean_mass surface_area exposure half_life time_above;"
    " most: peak_level; amount: adjusted_dose loading_dose; share: survival_fraction; signal: response_rate",
    "pipes": "flow: heat_rate pumping_power flow_rate; number: reynolds_number prandtl_number nusselt_number"
    " friction_factor; most: pressure_drop surge_pressure entrance_length; least: suction_margin;"
    " level: outlet_temperature delivered_temperature film_coefficient; share: effectiveness void_fraction",
    "plasma": "amount: kinetic_energy potential_energy; level: speed; force: lorentz_force; motion: acceleration"
    " exb_drift drift_velocity gradient_drift; number: plasma_beta magnetic_moment; most: gyroradius plasma_frequency;"
    " least: debye_length; share: ionization_fraction",
    "queues": "least: waiting_time look_ahead_time; tally: elevator_cost deadline_misses;"
    " most: utilization sampled_waits; share: erlang_wait finite_queue_loss blocking",
    "randoms": "amount: sample_value; level: waiting_time queue_wait barrier_payoff transmitted boundary_value;"
    " signal: energy_change; amount: energy; tally: hits",
    "rigid": "amount: kinetic_energy rotational_energy potential_energy mass volume; level: speed;"
    " least: separation box_gap impact_time; most: bounding_radius tilt; force: momentum"
    " angular_momentum torque contact_force impulse; motion: point_velocity acceleration; flow: power;"
    " difference: rotation_error",
    "robotics": "error: tracking_error; reward: reward; flow: energy_use heat_loss; level: reference_speed"
    " output_torque; most: joint_torque spring_torque; place: tool_point; least: effort_left; tally: control_cost;"
    " signal: friction_torque",
    "shading": "level: luminance view_distance; color: radiance diffuse_light specular_light irradiance flux"
    " transmittance inscatter; share: shadow fog_amount penumbra_shadow; level: ambient_level;"
    " pointing: reflection; most: attenuation",
    "shallow_water": "level: bore_depth critical_depth dam_break_depth jump_depth; most: froude_number wave_speed;"
    " least: stable_dt; flow: bed_load culvert_flow infiltrated",
    "shapes": "amount: area length_2d edge_length; part: signed_volume solid_angle angle_defect winding;"
    " least: distance closest_distance aspect_quality hit_distance corner_angle planar_distance;"
    " most: circumradius mean_curvature; place: closest projected curve_point hit_point; force: face_normal;"
    " pointing: gradient; level: strain",
    "solids": "amount: strain_energy mass thermal_energy; level: energy_density pressure von_mises"
    " axial_stress fiber_stretch temperature bending_moment; most: equivalent_strain damage yield_function max_shear"
    " triaxiality wave_speed fatigue_damage crack_growth peak_pressure; least: time_step jacobian buckling_stress;"
    " force: nodal_force traction; level: flow_stress; tally: dissipation",
    "rovers": "error: cross_track; level: goal_distance measured_speed; least: clear_width; share: occupied_chance;"
    " amount: path_length; most: safe_speed",
    "sound_analysis": "level: loudness rms gated_loudness bin_magnitude; amount: power; number: crest centroid"
    " flatness bark mel; tally: crossings; most: spectral_flux spectral_peak reverberation_time"
    " masking_threshold",
    "spectra": "amount: absorbance line_strength equivalent_width mean_energy partition; share: transmittance"
    " population transfer_efficiency intensity; level: line_shape fluorescence spectral_radiance;"
    " most: half_width coupling; signal: signal",
    "sph": "amount: kinetic_energy mass; level: speed pressure summed_density; force: momentum boundary_push;"
    " motion: acceleration; least: stable_step; tally: foam_potential",
    "statistics": "likelihood: log_likelihood; amount: loss deviance information; error: residual; signal: z_score"
    " statistic drift effect; share: probability posterior survival cumulative robust_weight; number: leverage skewness"
    " variance; least: p_value; most: hazard; score: log_odds kernel_value",
    "sunlight": "level: irradiance panel_irradiance clear_sky cell_temperature sun_elevation day_length;"
    " flow: panel_power; amount: day_energy; most: shadow_length air_mass; share: incidence diffuse_fraction",
    "synthesis": "signal: oscillator stacked wavetable struck_modes; level: note_frequency adsr_level; most: beat"
    " roughness",
    "terrain": "level: slope hillshade channel_depth climb; flow: incision; most: relief curvature wetness_index"
    " pit_depth horizon_angle window_range; least: stable_slope; amount: path_cost",
    "traffic": "flow: road_flow cell_inflow fuel_use; least: collision_time braking_gap; most: webster_delay"
    " stopping_distance; level: wanted_gap mean_headway",
    "training": "amount: regularization squared_gradient; level: step_size",
    "vehicles": "flow: drive_power energy_use fuel_rate; most: brake_distance lateral_force slip_ratio engine_torque;"
    " least: collision_time; level: followed_speed rollover_speed; signal: following; force: drag_force",
    "waves": "amount: energy strain_energy; level: intensity pressure level displacement; signal: field acceleration"
    " driving_force; most: magnitude envelope response tone_power ray_time; least: travel_time; share: transmission"
    " reflectance visibility stack_reflectance;"
    " force: traction",
    "weather": "flow: evaporation runoff melt transpiration infiltration percolation solar net_radiation photosynthesis"
    " sensible_heat longwave absorbed_light ground_heat throughfall outflow; level: temperature wind_speed pressure"
    " vapor_pressure vapor_deficit dew_point virtual_temp potential_temp equivalent_temp wet_bulb apparent_temp"
    " soil_temp soil_moisture air_density humidity specific_humidity mixing_ratio; most: gust reflectivity wave_height"
    " turbulence fall_speed hub_speed heat_index drop_speed fuel_moisture buoyant_energy direct_beam; motion: wind"
    " current stress geostrophic_wind; share: cloud_cover snow_fraction; least: cloud_base;"
    " level: speed_of_sound sea_density",
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


_FLAG = Purpose({"flagged": 1.0}, {})


def purpose(field: Sheet, law: Law) -> Purpose | None:
    """What values of a law are good for; None where nobody would put them together."""
    name = law.gives[0]
    if field.quantity(name).type == "bool":
        return _FLAG if field.name not in ("bits", "numerics") else None
    return _purposes(field.name).get(name)


def is_still(field: Sheet, name: str) -> bool:
    """Whether a state is the same at all times."""
    term = field.term(name)
    still = term.base in _STILL or term.base.rpartition("_")[2] in _STILL_ENDS
    return still or term.prefix in ("rest", "initial")


def varying(field: Sheet, law: Law) -> frozenset[str]:
    """What a law takes that is not the same for all elements."""
    names = {name for name in law.takes if name != "rng"}
    return frozenset(name for name in names if field.quantity(name).where in ("state", "result"))


def related(field: Sheet, law: Law, given: set[str], known: set[str]) -> bool:
    """Whether a law goes on with what a kernel has worked out, or works from the same values."""
    own = varying(field, law)
    new = own - known - given
    used = own & given
    if not own or new or set(law.gives) & (given | known):
        return False
    # One shared input is no kinship, unless it is all that there is.
    return bool(used) or len(own & known) > 1 or own == known
