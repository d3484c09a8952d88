"""Word tables by field of application, from which `names.py` builds identifiers.

A `Field` holds what people who write kernels in that field talk about; a role holds the words that fit a variable's
part in a program, whatever the field. Words stand in the order of their frequency, the commonest first: `names.py`
draws the front of a table far more often than its end, puts words together and keeps them unique.
"""

from __future__ import annotations

import dataclasses


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """The vocabulary of one field of application."""

    entities: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]
    scalars: tuple[str, ...]
    vectors: tuple[str, ...]
    structs: tuple[str, ...]


def _field(entities: str, adjectives: str, verbs: str, scalars: str, vectors: str, structs: str) -> Field:
    return Field(*(_words(text) for text in (entities, adjectives, verbs, scalars, vectors, structs)))


FIELDS: dict[str, Field] = {
    "particles": _field(
        "particle neighbor spring cell emitter bond bead grain swarm boundary anchor cluster droplet bin ghost"
        " parcel spark node kernel pair chunk attractor obstacle ground agent flock",
        "active rest free frozen fixed soft stiff close outer initial max predicted smoothed local sleeping alive"
        " dead young",
        "integrate advance emit spawn bin sort collide attract damp scatter relax project move push update apply"
        " solve bounce cull kick drift respawn accumulate",
        "mass radius stiffness damping density drag friction restitution lifetime age charge ke kd rest_length"
        " cohesion adhesion pressure lambda_n cutoff support_radius smoothing_length viscosity buoyancy spacing"
        " drag_coeff kf kn mu separation alignment repulsion cohesion_gain time_scale",
        "pos vel force gravity wind delta acceleration position velocity displacement impulse direction"
        " attraction drift_vel relative_vel anchor_pos correction flow center",
        "Particle Spring Emitter Neighbor ParticleState SpringParams Bond Collider Obstacle",
    ),
    "rigid": _field(
        "body joint contact link shape constraint articulation hinge wheel motor limb base root parent child"
        " world frame geom tendon piston chassis anchor pivot dof axle bearing weld slider socket plate site spine",
        "angular linear relative local world rest inverse static dynamic kinematic soft rigid tangential normal"
        " spatial upper lower effective combined target previous applied desired reduced",
        "integrate solve apply eval update resolve compute accumulate clamp damp transform project propagate"
        " couple actuate correct warmstart limit drive split reduce collide",
        "mass inv_mass friction restitution inertia armature penetration depth stiffness damping torque margin"
        " baumgarte bias erp cfm ke kd gap slop limit_ke limit_kd compliance motor_gain spin gear effort"
        " breaking_force rolling_friction mu_static mu_dynamic effective_mass depth_tolerance",
        "body_q body_qd com torque force omega lever_arm axis impulse wrench normal tangent r_a r_b anchor"
        " linear_vel angular_vel pivot gravity contact_point spatial_force joint_axis momentum gyro offset",
        "RigidBody Joint Contact BodyState ContactPoint JointLimit Wrench Material Inertia ShapeData MotorParams",
    ),
    "cloth": _field(
        "vertex triangle edge spring face patch seam thread fiber element tetrahedron strand wing fold hinge pin"
        " border mesh layer panel hem yarn garment",
        "rest stretched bending shear fixed pinned opposite adjacent inner warp_dir weft deformed material"
        " oriented outer",
        "bend stretch shear pin relax eval project solve smooth strain tear wrinkle drape inflate stitch"
        " accumulate compute",
        "rest_angle rest_area stiffness thickness tri_ke tri_ka tri_kd drag lift bend_ke bend_kd area"
        " poisson_ratio young_modulus mu lam compliance strain stress damping areal_density tear_limit"
        " dihedral_angle edge_ke",
        "x0 x1 x2 normal edge_dir wind_force face_normal f0 f1 barycentric deformation inv_rest pressure_force"
        " bary gradient",
        "Triangle Edge Hinge ClothParams Seam Tetrahedron StrainState",
    ),
    "fluids": _field(
        "cell grid node face ghost parcel fluid bubble level inlet outlet wall boundary vortex jet channel pipe"
        " interface lattice population phase solid film surface shell wave plume",
        "staggered divergence_free advected diffused intermediate incompressible turbulent laminar upwind"
        " downwind old new source viscous ambient equilibrium filtered periodic wet open",
        "advect diffuse project solve stream collide inject dissipate interpolate extrapolate relax backtrace"
        " correct apply smooth mix pressurize splat decay swirl enforce",
        "rho pressure density viscosity nu divergence vorticity temperature dye smoke buoyancy omega tau"
        " level_set phi cfl reynolds conductivity vof salinity humidity saturation surface_tension bulk_modulus dx"
        " inv_dx cell_size stream_func speed_of_sound relaxation_time flux mach head permeability porosity"
        " eddy_viscosity turbulence k_epsilon curvature",
        "vel u_vel v_vel velocity flux momentum grad_p curl stress gravity u0 flow inflow wind normal stream_dir"
        " backtraced",
        "FluidParams Cell GridInfo BoundaryCondition Stencil FlowState LatticeNode",
    ),
    "heat": _field(
        "cell node grid layer wall plate rod slab source sink probe boundary block ring sheet point stencil"
        " domain medium rim pipe fin shell surface interface",
        "hot cold initial old new interior ambient steady implicit explicit central forward backward laplacian"
        " half coarse fine residual periodic inner transient convective",
        "diffuse step relax smooth solve conduct radiate cool heat update restrict prolong apply sweep iterate"
        " exchange initialize absorb",
        "temperature conductivity alpha diffusivity kappa dx dy dz inv_dx2 source_term flux laplacian"
        " heat_capacity residual emissivity coefficient u_left u_right u_center u_old u_new omega courant cp theta"
        " concentration reaction_rate feed kill decay stability thermal_mass convection_coeff",
        "flux gradient grad_t normal spacing heat_flux position cell_center",
        "GridParams Cell Stencil MaterialProps Boundary ThermalState HeatSource",
    ),
    "waves": _field(
        "node string membrane grid surface source receiver mode crest ripple pulse antenna layer port slit cavity"
        " ocean probe mirror lens medium shell emitter buoy",
        "incident reflected damped standing transverse incoming outgoing free driven discrete resonant absorbing",
        "propagate update damp excite absorb reflect superpose inject march drive filter step taper",
        "amplitude phase wavelength frequency height displacement wave_speed damping k_damp k_speed omega"
        " epsilon_r mu_r sigma attenuation impedance permittivity cfl wavenumber intensity wave_number grid_size"
        " ez hx hy ricker",
        "e_field h_field wave_dir poynting k_vec normal displacement source_pos polarization current",
        "WaveSource FieldSample Mode PmlLayer Medium ReceiverInfo",
    ),
    "linalg": _field(
        "row col block vector matrix diagonal column entry element panel pivot tile band rhs solution factor"
        " basis system residual operator triangle subdiag kernel lane",
        "lower upper sparse dense inner outer symmetric leading trailing left right transposed scaled orthogonal"
        " partial blocked local tridiagonal packed",
        "multiply scale factor solve transpose accumulate reduce project orthogonalize rotate eliminate"
        " substitute permute balance normalize axpy update gather assemble copy apply precondition",
        "alpha beta norm residual diag rho tol shift trace pivot dot_product rayleigh lambda eigenvalue scale"
        " omega damping inv_diag relaxation determinant condition sigma gamma coef",
        "x b r p z y rhs residual direction v w q u row_vec basis_vec householder eigenvector",
        "Block RowRange GivensRotation FactorInfo SystemState BandMatrix CsrRow",
    ),
    "sparse": _field(
        "row col entry vertex edge node neighbor graph component block nonzero segment frontier label cluster"
        " parent child degree slot bucket community path hub page element tree leaf link",
        "sparse visited active incoming outgoing adjacent weighted directed local global unique sorted compressed"
        " coarse isolated minimal",
        "multiply traverse relax visit propagate scatter gather count compact mark merge color expand label"
        " contract rank assemble scan hook coarsen",
        "weight degree distance rank damping score capacity centrality cost level nnz modularity edge_weight flow"
        " conductance teleport depth bandwidth alpha beta",
        "rank_vec feature embedding x y residual coord",
        "Edge CsrMatrix NodeInfo Frontier GraphState EdgeRecord TreeNode",
    ),
    "image": _field(
        "pixel image tap window patch channel filter kernel tile row column frame mask scanline block layer texel"
        " palette border histogram blob corner edge region sprite marker",
        "blurred sharpened bright dark binary clamped horizontal vertical smooth filtered padded quantized gray"
        " high low local normalized masked noisy",
        "blur sharpen filter convolve resize threshold blend warp crop rotate quantize dilate erode equalize"
        " demosaic composite tonemap denoise flip detect sample normalize mix invert",
        "intensity brightness contrast gamma exposure sigma luma saturation hue alpha threshold gray red green"
        " blue opacity value range_sigma spatial_sigma vignette falloff chroma white_balance gain laplacian gx gy"
        " magnitude median",
        "color rgb uv texel background foreground hsv ycc tint gradient pixel_color rgba lab white_point black_level",
        "ImageInfo Pixel FilterParams Rect Histogram ColorMatrix LensParams",
    ),
    "render": _field(
        "ray camera light pixel hit sphere box plane surface material scene sample shadow texture lens film"
        " object triangle bounce volume probe segment shape torus medium fog sky sun bvh_node silhouette tube cone",
        "diffuse specular ambient reflected refracted primary secondary nearest far near soft smooth occluded"
        " visible direct indirect rounded hollow emissive rough",
        "trace shade march intersect render reflect refract sample accumulate bounce scatter occlude project draw"
        " cast splat light texture fog blend resolve expose",
        "t t_hit t_min t_max roughness metallic albedo_scale ior dist sdf distance intensity exposure occlusion"
        " fresnel shininess transmittance visibility falloff depth fov aspect focal_length attenuation throughput"
        " step_size radius thickness absorption opacity tan_half_fov epsilon hit_dist aperture",
        "ray_origin ray_dir ro rd normal color albedo hit_point light_dir view_dir half_vec radiance background"
        " origin direction tangent cam_pos emission eye up right forward reflect_dir local_p sky_color",
        "Ray Camera Light Hit Material HitRecord Sphere RenderParams SurfaceSample BoxShape",
    ),
    "stats": _field(
        "sample walker path chain bin trial draw histogram bucket stratum estimator event outcome population"
        " batch proposal paths replica stream class feature dimension particle ensemble group cohort",
        "random accepted rejected importance expected unbiased weighted conditional prior posterior antithetic"
        " stratified empirical marginal burned running pooled",
        "sample estimate draw resample accumulate propose accept simulate integrate bin count average bootstrap"
        " weigh thin shuffle perturb normalize anneal",
        "mean variance weight probability likelihood log_prob acceptance sigma mu stddev estimate skewness"
        " kurtosis quantile entropy bias covariance hits inside temperature beta rate burn_in u1 u2 z score odds"
        " intensity bandwidth log_likelihood running_mean m2 importance",
        "state proposal mean_vec step_dir drift point unit_sample residual",
        "WalkerState ChainState Estimate SampleStats Histogram Prior Moments",
    ),
    "signal": _field(
        "sample window frame channel tap filter band signal block buffer bin spectrum carrier peak symbol impulse"
        " echo delay segment beat harmonic antenna sensor packet octave stage",
        "filtered windowed complex real imag shifted delayed even odd low high padded decimated causal smoothed"
        " raw interleaved averaged",
        "filter convolve window shift mix modulate demodulate decimate interpolate correlate detrend smooth"
        " resample clip envelope mix_down rectify quantize delay",
        "frequency phase amplitude gain cutoff sample_rate period power energy magnitude threshold snr bandwidth"
        " attack release twiddle_re twiddle_im re im envelope feedback q_factor resonance lag rms coeff b0 b1 a1"
        " a2 offset",
        "taps iq phasor twiddle response steering coeffs",
        "Biquad FilterState Oscillator Envelope WindowSpec ComplexPair",
    ),
    "audio": _field(
        "voice note oscillator sample frame channel string grain reverb partial track delay_line wavetable buffer"
        " tone comb speaker listener drum bar chord preset",
        "wet dry stereo mono detuned left right plucked compressed looped muted synced soft",
        "mix pan synthesize render pluck fade compress play distort apply_gain ring modulate detune loop trigger",
        "freq phase gain pitch velocity pan_pos attack decay sustain release drive feedback mix_level cutoff"
        " loudness sample_rate detune tempo vibrato level threshold makeup ratio depth",
        "stereo spectrum delay_taps listener_pos",
        "Voice Envelope Grain NoteEvent CombFilter PanLaw",
    ),
    "learning": _field(
        "layer neuron batch weight sample feature head token channel input output query key value parameter"
        " gradient expert class label kernel bias cluster centroid hidden patch block bucket embedding teacher"
        " student episode",
        "hidden predicted target activated normalized masked fused stacked trainable frozen dense residual soft"
        " hard noisy clipped moving trained shared decoupled pre post",
        "forward backprop activate normalize dropout update project embed attend pool clip scale fuse train"
        " softmax quantize decay predict encode decode assign",
        "loss learning_rate lr momentum beta1 beta2 eps weight_decay logit logits temperature bias grad"
        " activation score target prediction dropout_p scale entropy mse discount gain step_size threshold reg"
        " clip_norm max_logit sum_exp inv_std margin reward advantage gamma ema_decay accuracy",
        "grad m v params weights delta hidden_state embedding centroid query_vec logits_row update_dir",
        "AdamState LayerParams LossTerms Hyper OptimizerState Neuron Sample BatchInfo",
    ),
    "optimization": _field(
        "variable constraint bound step iterate gradient objective multiplier particle agent simplex vertex swarm"
        " direction residual knot waypoint segment population candidate slack penalty dual primal",
        "feasible optimal initial current best projected dual primal active trial accepted augmented relaxed"
        " lagged regularized",
        "minimize descend project update evaluate line_search clamp perturb converge penalize restart anneal step"
        " backtrack linearize precondition",
        "cost loss penalty step_size alpha tolerance objective merit lambda rho slack lower_bound upper_bound"
        " best_cost mu damping trust_radius barrier armijo decrease curvature momentum inertia_weight c1 c2"
        " violation stationarity",
        "x grad direction x_new x_old search_dir best_x velocity delta multiplier residual dual_x",
        "Bounds SolverState LineSearch Iterate Penalty TrustRegion ConstraintRow",
    ),
    "geometry": _field(
        "point vertex edge face triangle polygon box sphere segment plane mesh curve hull voxel aabb cell"
        " centroid loop corner ray patch ring tet cap cylinder capsule ellipsoid strip facet octant cut chart",
        "closest signed inner outer convex barycentric local unit oriented projected shared bounding minimal"
        " clipped opposite planar interior tight furthest",
        "project intersect clip subdivide offset smooth rotate classify closest_on triangulate inflate measure"
        " snap voxelize transform flatten find compute test extrude mirror wind",
        "area volume distance radius angle height width depth extent perimeter curvature thickness tolerance"
        " winding signed_dist cotangent u v w bary_u bary_v t s sq_dist half_width solid_angle diameter overlap"
        " area2 edge_length min_dist margin shape_factor",
        "p a b c n normal ab ac ap center lower upper half_extents e0 e1 tangent direction corner barycentric"
        " axis closest centroid min_corner max_corner origin support offset",
        "Aabb Triangle Segment Plane Sphere Ray Capsule ClosestPoint Obb MeshInfo Barycentric",
    ),
    "control": _field(
        "robot joint actuator leg foot sensor target waypoint motor gripper finger arm wheel drone rotor env"
        " agent goal obstacle link tool base world controller trajectory hand pole cart thruster rudder policy"
        " action",
        "desired measured commanded estimated nominal saturated raw filtered reference previous next feedforward"
        " default open_loop clipped random",
        "control track command estimate saturate steer plan drive actuate filter reward reset observe clamp"
        " follow predict correct evaluate step randomize terminate hover",
        "kp kd ki error setpoint torque effort gain reward angle heading thrust yaw pitch roll speed battery"
        " command bias limit saturation deadband setpoint_rate integral derivative target_pos target_vel stiffness"
        " action_scale cost height_error effort_limit tracking_error terrain_height throttle steering lookahead"
        " phase",
        "target goal_pos error_vec base_pos base_vel command torque action heading_vec lin_vel ang_vel obs"
        " gravity_vec foot_pos wrench waypoint thrust_dir",
        "PidGains JointState Action Observation RobotState Waypoint EnvParams RewardWeights MotorModel Target",
    ),
    "astronomy": _field(
        "body star planet particle orbit galaxy cluster moon halo cell source asteroid satellite shell disk pixel"
        " comet dust node leaf ray lens observer field pulsar",
        "central orbital gravitational radial tangential dark primary secondary softened comoving distant"
        " heliocentric tidal leapfrog",
        "attract orbit kick drift accelerate bin lens deposit accrete integrate perturb project precess collapse",
        "mass eccentricity semi_major period luminosity redshift softening eps2 g_const potential inclination"
        " radius distance r2 inv_r3 anomaly mean_anomaly density magnitude parallax flux scale_factor hubble"
        " virial mu opening_angle node_mass periapsis periastron",
        "pos vel acc ang_momentum r_vec center_of_mass accel orbit_normal rel_pos spin tidal_force deflection",
        "Body OrbitElements TreeCell Star HaloParams Ephemeris Observer",
    ),
    "chemistry": _field(
        "atom molecule bond site residue ion chain species reaction electron solvent ligand pair orbital lattice"
        " dipole monomer ring basis neighbor cell membrane channel mesh dihedral bead water",
        "bonded nonbonded excluded partial polar charged buffered periodic minimum nearest screened free harmonic"
        " reactive equilibrium",
        "react bind bond diffuse relax minimize wrap exchange hop screen equilibrate polymerize rescale constrain"
        " thermostat",
        "charge epsilon sigma energy cutoff potential r2 inv_r6 lj_energy coulomb bond_length bond_k angle_k"
        " theta0 dielectric temperature kb_t concentration rate activation_energy mass occupancy valence kt"
        " affinity ph debye_length r_cut switch_dist shift",
        "force pos box dipole dr displacement image_shift velocity f_ij field bond_vec torque",
        "Atom BondTerm LjParams Species AngleTerm Reaction ThermostatState",
    ),
    "finance": _field(
        "path asset option portfolio trade order node bond curve step strike tenor level stock index leg scenario"
        " account cash_flow position barrier quote tranche payoff",
        "spot forward implied discounted expected risk_free realized historical local antithetic volatile"
        " in_money annualized",
        "price simulate discount hedge evolve exercise settle calibrate rebalance compound value bump aggregate",
        "price strike volatility rate payoff drift maturity premium discount delta gamma vega theta rho dividend"
        " barrier spread notional vol yield_rate log_return pnl exposure sharpe skew correlation sqrt_dt spot cost"
        " d1 d2 forward",
        "returns weights holdings curve_points greeks shocks",
        "OptionData Path MarketState Trade HestonParams Curve Position",
    ),
    "bits": _field(
        "key slot bucket word byte bit mask table hash entry digit lane code block field token flag group prefix"
        " chunk page nibble run symbol filter frame header sequence seed",
        "packed high low shifted rotated mixed occupied empty masked reversed gray interleaved signed valid odd"
        " even collided",
        "hash mix rotate pack unpack encode decode probe insert lookup interleave scramble count shuffle extract"
        " set toggle merge spread fold",
        "key hash_value seed state checksum mask code parity shift popcount morton salt crc digest rank stride h"
        " h1 h2 hi lo load_factor low_bits high_bits width slot_id probe_count bits",
        "coord cell digits voxel",
        "HashEntry KeyValue PackedWord Slot BitField Header RngState",
    ),
    "fem": _field(
        "element node quad_point face tet dof edge basis facet integration_point cell side trace material fiber"
        " partition mesh hex interface boundary patch",
        "reference deformed nodal elastic plastic local global quadrature virtual internal external linear"
        " quadratic isoparametric",
        "assemble integrate interpolate evaluate map project apply lump condense solve deform gather scatter"
        " recover constrain",
        "young poisson lame_mu lame_lambda det_j weight jacobian_det stiffness stress strain energy load traction"
        " density thickness hardening yield_stress residual shape_value volume rest_volume penalty_stiffness bulk"
        " dilation",
        "grad_n displacement traction xi coords normal body_force grad_phi local_coords nodal_force u_h test_grad",
        "Element QuadPoint Material LoadCase NodeData ElementState ShapeValues",
    ),
    "biology": _field(
        "cell neuron synapse agent colony host species gene organ tissue nutrient population spike compartment"
        " membrane predator prey axon allele tree strain plant seed generation",
        "infected susceptible immune excitatory inhibitory mutant resting firing migrating dormant recovered fertile",
        "grow divide infect fire mutate migrate decay consume reproduce spread secrete select recover sense",
        "potential threshold rate growth_rate nutrient infection mortality conductance voltage fitness age"
        " density carrying recovery v_rest v_reset tau refractory gate_m gate_h gate_n immunity concentration"
        " chemo toxin prey_count",
        "chemotaxis heading gradient position migration flow_dir",
        "Neuron AgentState Genome Synapse Population CellState",
    ),
    "terrain": _field(
        "cell tile height column drop river slope layer patch ridge valley chunk peak sample octave contour water"
        " sediment basin ocean rock tree path map road region",
        "steep flat eroded wet dry rough smooth flooded snowy layered exposed warped",
        "erode deposit carve raise flow smooth drain rain generate displace evaporate shade terrace flatten warp",
        "height elevation slope moisture water_level sediment capacity erosion_rate amplitude frequency"
        " persistence lacunarity evaporation altitude roughness sea_level rainfall hardness talus grid_scale"
        " steepness temperature",
        "normal flow wind gradient uv downhill offset warp_offset",
        "Octave TerrainParams Droplet ColumnState Biome",
    ),
    "generic": _field(
        "item element value entry row block data group node slot input output source target point segment sample"
        " batch record table bucket chunk level step part pair unit object task work queue list range field state",
        "local global first last current previous next min max new old total partial sorted valid active raw temp"
        " scaled base left right inner outer shared initial final pending half double combined",
        "compute update apply copy fill init set add scale reset accumulate gather scatter reduce count store"
        " load clear map mark sum convert combine evaluate clamp build extract normalize select write read merge"
        " swap check pack initialize finalize transform",
        "value scale alpha beta factor weight offset threshold sum total eps a b c s t k ratio limit rate coeff"
        " gain bias delta tolerance x y w step_size result blend mix level score amount cost strength exponent"
        " power",
        "v p d x direction offset u w delta center axis shift origin extent dir pt base",
        "Params State Settings Item Range Record Config Entry Result Pair Data Stats",
    ),
}

ROLES: dict[str, tuple[str, ...]] = {
    "array": _words(
        "values data x a input buffer src b items samples y field vals entries source arr elements table state"
        " series records weights scratch cache history work list f u v levels column columns results inputs lookup"
        " params rows in_data"
    ),
    "out": _words(
        "out output result y dst results c dest out_values ret target res outputs o sink sums buffer dest_values"
        " accum totals response solution updated z processed image counts maxima"
    ),
    "inout": _words("state x accum buffer values data field total grid current f work register_file vals sums u"),
    "count": _words(
        "n count num size dim length_max m total capacity num_items n_max max_count nx ny steps limit iterations"
        " width N num_steps height nnz num_elements max_iter budget order degree rank depth stride max_steps"
    ),
    "size": _words(
        "width height size n nx ny nz dim rows cols res resolution depth extent_x grid_size w h res_x res_y"
    ),
    "steps": _words(
        "num_steps iterations steps max_iter n_iter num_iters substeps max_steps iters max_depth rounds sweeps"
        " passes num_samples num_bounces order"
    ),
    "position": _words(
        "pos position x p point q xi points location positions r center coords origin xform_pos vertex site p0 pt"
        " particle_q"
    ),
    "velocity": _words("vel v velocity qd velocities u speed_vec vi v0 drift lin_vel xdot flow body_vel"),
    "acceleration": _words("acc a accel acceleration qdd gravity a_prev g accelerations"),
    "force": _words("force f forces f_ext fi load push total_force f_total pull traction thrust f_spring net_force"),
    "scalar": _words(
        "value s a alpha x val scale t factor k c beta w gamma weight coeff sum f d h y result ratio amount g eps"
        " delta z gain m level tau term u offset rate score phi lam bias theta limit eta kappa v mu blend acc"
    ),
    "parameter": _words(
        "alpha scale beta gain k factor coeff threshold strength gamma eps weight rate damping relaxation"
        " stiffness limit omega bias sigma tau exponent mu tolerance cutoff decay amplitude sharpness margin power"
        " step_size lam softness falloff kappa shift sensitivity"
    ),
    "vector": _words(
        "v d dir p n u delta offset w a axis b diff r x e vec t g direction e1 e2 ab shift s q diff_vec dx"
        " step_vec ray span"
    ),
    "direction": _words(
        "dir direction d axis n rd normal ray_dir up tangent heading forward t side ray_d unit_dir w_i"
    ),
    "normal": _words("normal n nrm normals face_normal n0 surface_normal hit_normal grad_n"),
    "matrix": _words(
        "m A mat R J M K F H rot C B basis jacobian P S W Q cov rotation hessian inertia L stiffness_matrix T D"
        " frame_mat U tensor I_body gram lhs metric projection stress strain"
    ),
    "quaternion": _words(
        "q rot quat rotation r q0 orientation q1 dq ori attitude q_rel qi rot_a q_target spin_q local_rot"
        " world_rot delta_q"
    ),
    "transform": _words(
        "xform t X tf pose X_wb transform frame X_ws body_xform world_xform local_xform X_pj T parent_xform xf"
        " X_cj tf_inv base_pose X_ab shape_xform rel_pose"
    ),
    "spatial": _words(
        "twist wrench qd spatial_vel body_qd f_s v_s S V spatial_force twist_a screw motion momentum I_s a_s"
    ),
    "angle": _words(
        "theta angle phi alpha psi yaw rad rotation_angle pitch roll heading azimuth elevation half_angle omega_t"
    ),
    "distance": _words(
        "dist d distance r length_ab dist_sq len_sq separation gap depth l rest_length sdf d2 dist2 range_m"
    ),
    "radius": _words("radius r rad cutoff support h R r0 max_radius inner_radius query_radius search_radius r_max"),
    "mass": _words("mass m inv_mass masses w mi inertia weight m_total body_mass particle_mass mass_inv m_inv"),
    "density": _words("rho density rho0 rest_density dens rho_i mass_density"),
    "pressure": _words("pressure p p_i prs pres press p_old p_new"),
    "temperature": _words("temperature temp T t_amb theta t_old t_new kT ambient_temp"),
    "energy": _words("energy e E kinetic potential ke pe total_energy energy_sum work_done u_pot"),
    "weight": _words("w weight weights wgt wi w_sum alpha coeff importance w0 w1 wt kernel_weight"),
    "probability": _words("p prob probability likelihood p_accept chance_p density_p rate threshold odds p_keep"),
    "tolerance": _words("eps tol tolerance epsilon threshold min_dist margin cutoff eps_sq abs_tol rel_tol"),
    "dt": _words("dt h time_step delta_t step_size sim_dt timestep frame_dt substep_dt dt_half"),
    "time": _words("t time sim_time now elapsed time_s clock t0 current_time phase_time frame_time"),
    "index": _words(
        "i idx index j k id slot row offset n tid start cell pos_idx c col src_idx dst base elem l m key"
        " neighbor_id node target_idx next_idx hit gid lin_idx ptr best_idx"
    ),
    "indices": _words(
        "indices ids idx index order map_ids offsets neighbors permutation perm lookup slots connectivity cells"
        " sorted_ids remap keys edges faces tri_indices row_ids col_ids adjacency links index_map particle_ids"
    ),
    "offsets": _words(
        "offsets starts row_ptr start row_offsets bsr_offsets prefix begin ends first segment_starts cell_start"
        " bucket_starts indptr bounds offset row_start ptrs"
    ),
    "columns": _words("columns cols col_indices indices col_idx col_ids neighbors bsr_columns targets dst_ids col adj"),
    "integer": _words(
        "n k m count c a b x code level num bits val value step stride s digit t sign_bit shift bucket total v q"
        " quotient rem hits q_val parity rank u tag"
    ),
    "loop": _words("i j k n step s it c l row iter sub m t d lane col r dim_i tap bin_idx p q level"),
    "thread": _words("tid i idx j gid thread_id row k pid t ix lane env world worldid cell particle_id elem node"),
    "world": _words("worldid world env w world_id batch robot world_idx env_id b wid environment"),
    "axis_index": _words("i j k x y z ix iy iz row col r c px py u v w batch channel h b l world tile lane layer"),
    "flag": _words(
        "flag active enabled mask valid done is_valid found inside hit use_limits inverted is_active converged"
        " enable alive changed is_static ok visible clamped wrap periodic has_hit skip reverse normalize_flag"
        " accept"
    ),
    "mask": _words(
        "mask flags active valid enabled masks is_active selected alive visited fixed keep status occupancy"
    ),
    "label": _words(
        "label labels group cls category tag kind type_id material_id group_id color_id owner region class_id"
    ),
    "key": _words("key h hash_val keys code hashed cell_hash bucket_key morton k sort_key digest id_key"),
    "bits": _words("bits mask word x state w lo hi code packed v b shifted z u flags r acc_bits digits"),
    "seed": _words("seed rng_seed random_seed kernel_seed base_seed s seed0 noise_seed sample_seed frame_seed"),
    "rng": _words("rng state rand_state r s rstate seed_state rng_state gen random_state prng"),
    "color": _words(
        "color c rgb col albedo pixel colors tint shade radiance col_out base_color rgb_in pixels background"
    ),
    "image": _words(
        "image img pixels src frame texture input_image buffer gray photo luma canvas layer mask_image depth_map"
    ),
    "grid": _words("grid field u phi rho density values f h p heights cells sdf_grid w volume_data temp level_set"),
    "ratio": _words("ratio frac t alpha fraction blend scale_ratio u lerp_t weight rel s pct mix"),
    "accumulator": _words(
        "sum total acc accum s result total_sum res sum_x running r partial value c energy cum sum_sq local_sum"
        " agg out_val contrib avg sums sum_w"
    ),
    "extremum": _words(
        "best max_val min_val lo hi best_val largest smallest min_d max_d m peak upper_val lower_val worst top"
    ),
    "bound": _words("lower upper lo hi min_val max_val vmin vmax bound low high limit_lower limit_upper a b min_bound"),
    "temp": _words("tmp temp t prev old saved t0 s x0 aux swap a b c_prev carry w0 last held mid"),
    "gradient": _words("grad g gradient dx gx dfdx slope grads d_x grad_phi dphi g_norm dldx"),
    "error": _words("err error residual diff e r delta loss deviation res err_sq mismatch violation"),
    "normalizer": _words("inv norm denom scale_inv inv_n inv_sum rcp den norm_factor recip inv_len"),
    "left": _words("a left lhs x p0 first u src prev lo x0 a0 l v0 va"),
    "right": _words("b right rhs y p1 second v dst next hi x1 b0 r v1 vb"),
    "point": _words(
        "p point q pt c p0 p1 a b hit_point sample_pos query_point x corner vertex closest pos world_p local_p"
    ),
    "coordinate": _words("x y z u v px py w s t fx fy xf yf xi cx cy lon lat"),
    "ray": _words("ray_o ray_d ro rd origin dir ray_start ray_dir ray_origin o d start"),
    "tile": _words(
        "tile a t x b tile_a tile_b c s block acc row_tile x_tile sum_tile q_tile tile_sum shared out_tile vals_tile"
    ),
    "mesh": _words("mesh mesh_id mesh_handle geo collider_mesh surface_id target_mesh mesh_ptr shape_id"),
    "bvh": _words("bvh bvh_id tree bvh_handle accel scene_bvh box_tree shape_bvh"),
    "hashgrid": _words("grid hash_grid grid_id neighbor_grid particle_grid cells"),
    "volume": _words("volume vol volume_id sdf_volume vdb field_volume density_volume"),
    "texture": _words("tex texture tex_id image_tex height_tex env_map texture_obj"),
    "query": _words("query q result hit res query_result neighbors_query iter_query box_query closest_query"),
    "struct": _words(
        "params s state p cfg info data config props body args settings ctx item prm model options elem rec obj"
    ),
    "structs": _words("states items particles records bodies params_list entries elements objects data cells cfgs"),
    "function": _words("f func op fn callback kernel_fn"),
    "neighbor": _words("j nb neighbor other n left right up down nbr prev next index_j l r u d north south east west"),
    "sign": _words("sign_x sgn s sign_val side orientation parity_sign dir_sign"),
    "limit": _words("limit max_value cap vmax clamp_max max_speed max_step upper max_norm saturation ceiling"),
    "bool": _words(
        "inside hit found valid is_left ok done active positive is_inside is_near take converged above below"
    ),
}
"""The words for a variable's part in a program; `generic` heads, most frequent first."""

ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    "position": ("pos",),
    "velocity": ("vel",),
    "acceleration": ("acc", "accel"),
    "direction": ("dir",),
    "distance": ("dist",),
    "temperature": ("temp",),
    "pressure": ("pres", "p"),
    "neighbor": ("nbr", "nb"),
    "particle": ("ptc", "p"),
    "triangle": ("tri",),
    "vertex": ("vert", "vtx"),
    "element": ("elem", "el"),
    "coefficient": ("coef", "coeff"),
    "parameter": ("param",),
    "constraint": ("con", "cstr"),
    "matrix": ("mat",),
    "vector": ("vec",),
    "rotation": ("rot",),
    "orientation": ("ori",),
    "previous": ("prev",),
    "current": ("cur", "curr"),
    "initial": ("init",),
    "maximum": ("max",),
    "minimum": ("min",),
    "average": ("avg",),
    "number": ("num",),
    "index": ("idx",),
    "iteration": ("iter",),
    "inverse": ("inv",),
    "source": ("src",),
    "target": ("tgt",),
    "reference": ("ref",),
    "intensity": ("inten",),
    "density": ("dens", "rho"),
    "displacement": ("disp",),
    "gradient": ("grad",),
    "jacobian": ("jac",),
    "residual": ("res", "resid"),
    "relative": ("rel",),
    "absolute": ("abs_val",),
    "angular": ("ang",),
    "linear": ("lin",),
    "tangential": ("tan_dir",),
    "frequency": ("freq",),
    "amplitude": ("amp",),
    "damping": ("damp",),
    "stiffness": ("stiff", "ke"),
    "friction": ("mu",),
    "viscosity": ("visc", "nu"),
    "probability": ("prob",),
    "variance": ("var",),
    "segment": ("seg",),
    "boundary": ("bnd", "bc"),
    "transform": ("xform", "tf"),
    "articulation": ("art",),
    "actuator": ("act",),
    "column": ("col",),
    "channel": ("ch",),
    "volume": ("vol",),
    "weight": ("wt",),
    "weights": ("wts",),
    "values": ("vals",),
    "value": ("val",),
    "buffer": ("buf",),
    "image": ("img",),
    "intersection": ("isect",),
    "barycentric": ("bary",),
    "centroid": ("ctr",),
    "center": ("ctr", "c"),
    "configuration": ("cfg",),
    "derivative": ("deriv",),
    "difference": ("diff",),
    "equilibrium": ("eq",),
    "magnitude": ("mag",),
    "conductivity": ("cond", "kappa"),
    "concentration": ("conc",),
    "potential": ("pot",),
    "learning_rate": ("lr",),
    "threshold": ("thresh", "thr"),
    "tolerance": ("tol",),
    "laplacian": ("lap",),
    "divergence": ("div_u",),
    "diagonal": ("diag",),
    "eigenvalue": ("eig", "lam"),
    "observation": ("obs",),
    "histogram": ("hist",),
    "horizontal": ("horiz",),
    "vertical": ("vert",),
    "material": ("mat_id", "mtl"),
    "penetration": ("pen",),
    "restitution": ("rest_e", "cor"),
    "sample": ("smp",),
    "kinetic": ("kin",),
    "molecule": ("mol",),
    "reaction": ("rxn",),
    "likelihood": ("lik",),
    "population": ("pop",),
}
"""Short forms; a program draws once whether it likes them."""

SUFFIXES: tuple[str, ...] = _words(
    "a b i j prev new old start end local world 0 1 2 x y z sq max min ref init next sum id rate scale k p l"
    " r s base final total inv lin eff ext target raw norm"
)
"""Endings that tell one variable from its sisters, most frequent first."""

COUNT_PATTERNS: tuple[str, ...] = (
    "num_{}s",
    "{}_count",
    "n_{}",
    "max_{}s",
    "{}s_per_row",
    "n_{}s",
    "{}_dim",
    "total_{}s",
)
INDEX_PATTERNS: tuple[str, ...] = (
    "{}_id",
    "{}_idx",
    "{}_index",
    "{}id",
    "{}_i",
    "{}_start",
    "{}_j",
    "{}_slot",
    "{}_offset",
    "first_{}",
    "next_{}",
    "{}_row",
)
INDICES_PATTERNS: tuple[str, ...] = (
    "{}_indices",
    "{}_ids",
    "{}_start",
    "{}_offsets",
    "{}_map",
    "{}_index",
    "{}_parent",
    "{}_neighbors",
    "{}_adr",
    "sorted_{}s",
    "{}_to_{}",
    "{}_order",
)
FLAG_PATTERNS: tuple[str, ...] = (
    "is_{}",
    "has_{}",
    "use_{}",
    "{}_active",
    "{}_enabled",
    "{}_valid",
    "{}_mask",
    "{}_flag",
)

CONSTANTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "real": (
        _words(
            "EPS EPSILON GRAVITY PI TWO_PI HALF INF BIG ALPHA G SMALL TAU DT INV_PI MAXVAL MINVAL ZERO_TOL OMEGA"
            " LARGE SQRT_2 RELAX GOLDEN_RATIO C0 CFL DECAY SCALE GAMMA GAIN TOL MU BETA DAMPING FRICTION RESTITUTION"
            " REST_DENSITY STIFFNESS THRESHOLD MAX_SPEED MIN_DIST CUTOFF SIGMA LEARNING_RATE KAPPA OFFSET_X H DX"
            " MARGIN KB NU SOFTENING"
        ),
        _words(
            "EPS SCALE LIMIT TOLERANCE RADIUS FACTOR THRESHOLD DAMPING RATE STIFFNESS LENGTH WEIGHT OFFSET GAIN"
            " MARGIN PERIOD MAX MIN RATIO COEFF WIDTH DECAY BIAS CUTOFF"
        ),
        _words("MAX MIN INV DEFAULT REST BASE HALF TARGET REF"),
    ),
    "whole": (
        _words(
            "N TILE_SIZE BLOCK_DIM DIM TILE_M TILE_N MAX_STEPS TILE_K MAX_ITER BLOCK_SIZE K_MAX MAX_DEPTH NUM_BINS"
            " WIDTH M K STRIDE WINDOW TILE_THREADS TILE_DIM HASH_PRIME MASK_LOW SENTINEL EMPTY INVALID NUM_STEPS"
            " ITERATIONS CHANNELS MAX_NEIGHBORS DEGREE ORDER LEVELS BITS RADIUS_CELLS NX NY CAPACITY SEED HALO"
            " NUM_DOFS"
        ),
        _words(
            "SIZE COUNT DIM MAX STEPS MASK ITERATIONS DEPTH BITS STRIDE SHIFT ORDER NONE TYPE BINS LEVELS WIDTH"
            " OFFSET SEED SLOTS CAPACITY ROWS START"
        ),
        _words("MAX NUM N DEFAULT MIN"),
    ),
}
"""Constants by what they hold: whole names, endings, beginnings."""

STRUCT_SUFFIXES: tuple[str, ...] = _words(
    "State Params Data Info Config Props Result Settings Record Context Pair Range Buffers Args Options Model Entry"
)

KERNEL_VERBS: dict[str, tuple[str, ...]] = {
    "map": _words("compute apply update scale transform eval convert set clamp normalize evaluate"),
    "stencil": _words("step diffuse smooth update apply advance compute relax sweep filter"),
    "gather": _words("gather collect fetch load pull read sample lookup extract"),
    "scatter": _words("scatter deposit splat push spread write add accumulate distribute bin"),
    "reduction": _words("reduce sum accumulate total count max measure dot norm integrate average"),
    "scan": _words("scan prefix accumulate cumulate offset compact"),
    "random": _words("sample draw init randomize simulate perturb shuffle jitter seed generate"),
    "init": _words("init fill initialize set reset zero clear create generate setup"),
    "solve": _words("solve factor invert relax iterate update project eliminate"),
    "query": _words("query find cast intersect search closest trace probe"),
    "integrate": _words("integrate advance step move update kick drift"),
    "tile": _words("tile_reduce tile_sum block_sum blocked load multiply compute tiled gemm reduce"),
    "loss": _words("loss compute_loss eval_loss cost objective error accumulate penalty"),
    "copy": _words("copy pack unpack reorder permute transpose assign store cast convert"),
}
"""Verbs by idiom; a kernel's name takes them or its field's."""

FUNCTION_VERBS: dict[str, tuple[str, ...]] = {
    "": _words(
        "compute eval get sample make project closest evaluate update solve add apply find clamp load pack read"
        " wrap combine smooth blend interpolate safe mix map"
    ),
    "bool": _words("is has should can in_bounds is_valid inside check accept overlaps intersects"),
    "vector": _words(
        "compute get project rotate normalize closest reflect sample offset spring_force direction make eval"
    ),
    "scalar": _words("compute eval dist sdf weight smooth energy kernel falloff get safe score density length area"),
    "integer": _words("hash index encode pack wrap get count find linear_index bucket flatten rank clamp_index"),
    "matrix": _words("make build outer compute skew rotation assemble eval inertia deformation"),
    "struct": _words("make init load update advance combine merge create build resolve"),
}
"""Verbs of helper functions by what they return."""

FUNCTION_ENDINGS: tuple[str, ...] = _words(
    "func kernel_weight index value grad force distance energy scale sq local weight 2d 3d fast safe world"
    " approx clamped at from_index impl step helper smooth term"
)
KERNEL_ENDINGS: tuple[str, ...] = _words(
    "kernel tiled 2d sparse dense step 1d 3d pass fused batched inplace forward naive"
)


PYTHON_NAMES: tuple[str, ...] = _words(
    "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError"
    " BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError"
    " ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning"
    " EnvironmentError Exception ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError"
    " FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError"
    " InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError"
    " ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError"
    " OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError ReferenceError"
    " ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning"
    " SystemError SystemExit TabError TimeoutError True TypeError UnboundLocalError UnicodeDecodeError"
    " UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning"
    " ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr"
    " classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter"
    " float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len"
    " license list locals map max memoryview min next object oct open ord pow print property quit range repr"
    " reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip"
)
"""Python's own names, written out because they differ between Python releases."""

KEYWORDS: tuple[str, ...] = _words(
    "False None True and as assert async await break case class continue def del elif else except finally for"
    " from global if import in is lambda match nonlocal not or pass raise return try type while with yield"
)
"""Python's keywords, soft ones included."""

WARP_NAMES: tuple[str, ...] = _words(
    "abs acos add add_inplace address argmax argmin array array_store asin assign assign_copy assign_inplace"
    " atan atan2 atomic_add atomic_and atomic_cas atomic_exch atomic_max atomic_min atomic_or atomic_sub"
    " atomic_xor bfloat16 bit_and bit_and_inplace bit_count bit_or bit_or_inplace bit_xor bit_xor_inplace"
    " block_dim bool breakpoint bvh_get_group_root bvh_query_aabb bvh_query_aabb_tiled bvh_query_capsule"
    " bvh_query_next bvh_query_next_tiled bvh_query_ray bvh_query_ray_tiled bvh_query_sphere cast cbrt ceil"
    " clamp closest_point_edge_edge copy copysign cos cosh cross curlnoise cw_div cw_mul ddot degrees"
    " dense_chol dense_chol_batched dense_gemm dense_gemm_batched dense_solve dense_solve_batched dense_subs"
    " determinant diag div div_approx dot eig3 erf erfc erfcinv erfinv exp expect_eq expect_near expect_neq"
    " extract float float16 float32 float64 floor floordiv frac get_diag hash_grid_point_id hash_grid_query"
    " hash_grid_query_next identity index indexref int int16 int32 int64 int8 intersect_tri_tri inverse"
    " inverse_approx invert isfinite isinf isnan iter_next len length length_sq lerp load log log10 log2"
    " lower_bound lshift matrix matrix_from_cols matrix_from_rows max mesh_eval_face_normal mesh_eval_position"
    " mesh_eval_velocity mesh_get mesh_get_bvh mesh_get_group_root mesh_get_index mesh_get_point"
    " mesh_get_velocity mesh_query_aabb mesh_query_aabb_next mesh_query_aabb_next_tiled mesh_query_aabb_tiled"
    " mesh_query_furthest_point_no_sign mesh_query_next mesh_query_point mesh_query_point_no_sign"
    " mesh_query_point_sign_normal mesh_query_point_sign_parity mesh_query_point_sign_winding_number"
    " mesh_query_ray mesh_query_ray_anyhit mesh_query_ray_count_intersections mesh_query_sphere min mod mul"
    " neg noise nonzero norm_huber norm_l1 norm_l2 norm_pseudo_huber normalize outer pnoise poisson pos pow"
    " print printf qr3 quat_from_axis_angle quat_from_euler quat_from_matrix quat_identity quat_inverse"
    " quat_rotate quat_rotate_inv quat_rpy quat_slerp quat_to_axis_angle quat_to_euler quat_to_matrix"
    " quat_to_rpy quat_twist quat_twist_angle quat_twist_angle_signed quaternion radians rand_init randf randi"
    " randn randu range reversed rint round rshift sample_cdf sample_triangle sample_unit_cube"
    " sample_unit_disk sample_unit_hemisphere sample_unit_hemisphere_surface sample_unit_ring"
    " sample_unit_sphere sample_unit_sphere_surface sample_unit_square select sign sin sinh skew slice"
    " smooth_normalize smoothstep spatial_adjoint spatial_bottom spatial_cross spatial_cross_dual spatial_dot"
    " spatial_top spatial_vector sqrt static step store sub sub_inplace svd2 svd3 tan tanh texture_sample tid"
    " tile tile_add_inplace tile_arange tile_argmax tile_argmin tile_assign tile_astype tile_atomic_add"
    " tile_atomic_add_indexed tile_axpy tile_bit_and_inplace tile_bit_or_inplace tile_bit_xor_inplace"
    " tile_broadcast tile_bvh_query_aabb tile_bvh_query_next tile_bvh_query_ray tile_cholesky"
    " tile_cholesky_inplace tile_cholesky_solve tile_cholesky_solve_inplace tile_diag_add tile_dot tile_empty"
    " tile_extract tile_fft tile_from_thread tile_full tile_ifft tile_load tile_load_indexed tile_lower_solve"
    " tile_lower_solve_inplace tile_map tile_matmul tile_max tile_mesh_query_aabb tile_mesh_query_aabb_next"
    " tile_min tile_ones tile_query_valid tile_randf tile_randi tile_reduce tile_reshape tile_scan_exclusive"
    " tile_scan_inclusive tile_scan_max_inclusive tile_scan_min_inclusive tile_scatter_add tile_scatter_masked"
    " tile_slice_indexed tile_sort tile_squeeze tile_stack tile_stack_clear tile_stack_count tile_stack_pop"
    " tile_stack_push tile_store tile_store_indexed tile_sub_inplace tile_sum tile_transpose tile_upper_solve"
    " tile_upper_solve_inplace tile_view tile_zeros trace transform_add_inplace transform_compose"
    " transform_decompose transform_from_matrix transform_get_rotation transform_get_translation"
    " transform_identity transform_inverse transform_multiply transform_point transform_set_rotation"
    " transform_set_rotation_copy transform_set_translation transform_set_translation_copy"
    " transform_sub_inplace transform_to_matrix transform_twist transform_vector transform_wrench"
    " transformation transpose trunc tuple uint16 uint32 uint64 uint8 unot untile vector velocity_at_point"
    " view volume_index_to_world volume_index_to_world_dir volume_lookup volume_lookup_f volume_lookup_i"
    " volume_lookup_index volume_lookup_v volume_sample volume_sample_f volume_sample_grad"
    " volume_sample_grad_f volume_sample_grad_index volume_sample_i volume_sample_index volume_sample_v"
    " volume_store volume_store_f volume_store_i volume_store_v volume_voxel_count volume_world_to_index"
    " volume_world_to_index_dir where zeros"
)
"""Names of Warp's builtins; a test compares them with the registry."""

VARIABLES: tuple[str, ...] = _words("tid pos index length sign step diag matrix cross inverse")
"""Builtins whose names people give to variables all the same; Warp tells the two apart."""

CPP_NAMES: tuple[str, ...] = _words(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const"
    " consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do"
    " double dynamic_cast else enum explicit export extern false float for friend goto if inline int long"
    " mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register"
    " reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch"
    " template this thread_local throw true try typedef typeid typename union unsigned using virtual void"
    " volatile wchar_t while xor xor_eq NULL EOF M_PI M_E INFINITY NAN FLT_MAX FLT_MIN INT_MAX INT_MIN"
    " RAND_MAX CHAR_BIT HUGE_VAL DBL_MAX near far major minor unix linux stdin stdout stderr errno assert"
)
"""Keywords and macros of C++ that an argument or a struct's field must not be called."""

MODULE_NAMES: tuple[str, ...] = _words("wp warp np numpy math Any self cls var adj task args fem")
"""Names that a program's imports or the generated code use."""
