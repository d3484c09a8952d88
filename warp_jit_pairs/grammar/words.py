"""Word tables: the things that kernels of a field are about, how words are shortened, what no name may be.

Words stand in the order of their frequency, the commonest first: `names.py` draws the front of a table far more often
than its end.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIELDS: dict[str, tuple[str, ...]] = {
    "particles": _words(
        "particle neighbor spring cell emitter bond bead grain swarm boundary anchor cluster droplet bin ghost"
        " parcel spark node kernel pair chunk attractor obstacle ground agent flock"
    ),
    "rigid": _words(
        "body joint contact link shape constraint articulation hinge wheel motor limb base root parent child"
        " world frame geom tendon piston chassis anchor pivot dof axle bearing weld slider socket plate site spine"
    ),
    "cloth": _words(
        "vertex triangle edge spring face patch seam thread fiber element tetrahedron strand wing fold hinge pin"
        " border mesh layer panel hem yarn garment"
    ),
    "fluids": _words(
        "cell grid node face ghost parcel fluid bubble level inlet outlet wall boundary vortex jet channel pipe"
        " interface lattice population phase solid film surface shell wave plume"
    ),
    "heat": _words(
        "cell node grid layer wall plate rod slab source sink probe boundary block ring sheet point stencil"
        " domain medium rim pipe fin shell surface interface"
    ),
    "waves": _words(
        "node string membrane grid surface source receiver mode crest ripple pulse antenna layer port slit cavity"
        " ocean probe mirror lens medium shell emitter buoy"
    ),
    "linalg": _words(
        "row col block vector matrix diagonal column entry element panel pivot tile band rhs solution factor"
        " basis system residual operator triangle subdiag kernel lane"
    ),
    "sparse": _words(
        "row col entry vertex edge node neighbor graph component block nonzero segment frontier label cluster"
        " parent child degree slot bucket community path hub page element tree leaf link"
    ),
    "image": _words(
        "pixel image tap window patch channel filter kernel tile row column frame mask scanline block layer texel"
        " palette border histogram blob corner edge region sprite marker"
    ),
    "render": _words(
        "ray camera light pixel hit sphere box plane surface material scene sample shadow texture lens film"
        " object triangle bounce volume probe segment shape torus medium fog sky sun bvh_node silhouette tube cone"
    ),
    "stats": _words(
        "sample walker path chain bin trial draw histogram bucket stratum estimator event outcome population"
        " batch proposal paths replica stream class feature dimension particle ensemble group cohort"
    ),
    "signal": _words(
        "sample window frame channel tap filter band signal block buffer bin spectrum carrier peak symbol impulse"
        " echo delay segment beat harmonic antenna sensor packet octave stage"
    ),
    "audio": _words(
        "voice note oscillator sample frame channel string grain reverb partial track delay_line wavetable buffer"
        " tone comb speaker listener drum bar chord preset"
    ),
    "learning": _words(
        "layer neuron batch weight sample feature head token channel input output query key value parameter"
        " gradient expert class label kernel bias cluster centroid hidden patch block bucket embedding teacher"
        " student episode"
    ),
    "optimization": _words(
        "variable constraint bound step iterate gradient objective multiplier particle agent simplex vertex swarm"
        " direction residual knot waypoint segment population candidate slack penalty dual primal"
    ),
    "geometry": _words(
        "point vertex edge face triangle polygon box sphere segment plane mesh curve hull voxel aabb cell"
        " centroid loop corner ray patch ring tet cap cylinder capsule ellipsoid strip facet octant cut chart"
    ),
    "control": _words(
        "robot joint actuator leg foot sensor target waypoint motor gripper finger arm wheel drone rotor env"
        " agent goal obstacle link tool base world controller trajectory hand pole cart thruster rudder policy"
        " action"
    ),
    "astronomy": _words(
        "body star planet particle orbit galaxy cluster moon halo cell source asteroid satellite shell disk pixel"
        " comet dust node leaf ray lens observer field pulsar"
    ),
    "chemistry": _words(
        "atom molecule bond site residue ion chain species reaction electron solvent ligand pair orbital lattice"
        " dipole monomer ring basis neighbor cell membrane channel mesh dihedral bead water"
    ),
    "finance": _words(
        "path asset option portfolio trade order node bond curve step strike tenor level stock index leg scenario"
        " account cash_flow position barrier quote tranche payoff"
    ),
    "bits": _words(
        "key slot bucket word byte bit mask table hash entry digit lane code block field token flag group prefix"
        " chunk page nibble run symbol filter frame header sequence seed"
    ),
    "fem": _words(
        "element node quad_point face tet dof edge basis facet integration_point cell side trace material fiber"
        " partition mesh hex interface boundary patch"
    ),
    "biology": _words(
        "cell neuron synapse agent colony host species gene organ tissue nutrient population spike compartment"
        " membrane predator prey axon allele tree strain plant seed generation"
    ),
    "terrain": _words(
        "cell tile height column drop river slope layer patch ridge valley chunk peak sample octave contour water"
        " sediment basin ocean rock tree path map road region"
    ),
    "generic": _words(
        "item element value entry row block data group node slot input output source target point segment sample"
        " batch record table bucket chunk level step part pair unit object task work queue list range field state"
    ),
}
"""What kernels go through, by field of application."""

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
