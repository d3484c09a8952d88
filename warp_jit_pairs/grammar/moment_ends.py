"""What is asked of a second moment, by what it is of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Dim
from .sound import SoundScene
from .studies import counted
from .tree import Expr


@dataclass(frozen=True, slots=True)
class Subject:
    """A family of quantities, one of them, its value's type, what it is called and what the samples belong to."""

    family: str
    name: str
    vector: t.Vector
    word: str
    owner: str

    @property
    def size(self) -> int:
        return self.vector.length


def tensor_ends(
    scene: SoundScene,
    one: Subject,
    tensor: Expr,
    inertial: bool,
    at: tuple[tuple[Dim, ...], tuple[Expr, ...]],
    owner: str,
    center: Expr | None,
) -> None:
    """Write what people ask of a tensor of this family."""
    k, rng = scene.k, scene.rng
    dims, index = at
    word, size = one.word, one.size

    def out(names: str, value: Expr) -> None:
        k.set(k.array(names, value.type, dims, "out")[index], value)

    words = {
        "place": "=covariances covs scatter" if not inertial else "=inertia_out body_inertia inertias",
        "motion": f"={word}_dispersion dispersion {word}_cov",
        "direction": f"=order_tensor orientation_tensor {word}_tensor",
        "slope": "=structure structure_tensor tensors",
        "color": "=color_cov covs color_scatter",
        "reading": f"={word}_cov covs noise_cov",
    }[one.family]
    options = {
        "place": ("matrix", "radius", "spectrum", "planar", "density"),
        "motion": ("matrix", "energy", "stress", "deviator"),
        "direction": ("matrix", "order", "spectrum"),
        "slope": ("matrix", "corner", "coherence", "angle", "energy_of", "least", "shape"),
        "color": ("matrix", "inverse", "trace", "query"),
        "reading": ("matrix", "inverse", "deviations", "correlation", "query"),
    }[one.family]
    if inertial:
        options = ("matrix", "inverse", "moments", "spin", "rotational")
    if one.family == "slope" and size == 3:
        options = ("matrix", "spectrum", "energy_of")
    chosen = rng.sample(options, min(len(options), counted(k, (1, 1), (1, 2), (2, 3))))
    tensor = k.let("=cov C S" if not inertial else "=I_c inertia_c", tensor) if chosen != ["matrix"] else tensor
    half_trace = None
    for end in [way for way in options if way in chosen]:
        if end == "matrix":
            out(words, tensor)
        elif end == "radius":
            out("=radius_of_gyration gyration_radius r_g", k.call("sqrt", k.call("max", k.call("trace", tensor), 0.0)))
        elif end == "energy":
            out("=turbulent_energy tke k_out", 0.5 * k.call("trace", tensor))
        elif end == "energy_of":
            out("=gradient_energy edge_energy energy", k.call("trace", tensor))
        elif end == "trace":
            out("=total_variance color_var", k.call("trace", tensor))
        elif end == "stress":
            rho = k.scalar("=rho density", k.real, 0.5, 2.0)
            out("=reynolds_stress stress_out", -rho * tensor)
        elif end == "deviator":
            mean = k.let("=iso mean_var", k.call("trace", tensor) / float(size))
            out(f"=anisotropic_part {word}_anisotropy", tensor - mean * k.identity(size))
        elif end == "inverse":
            ridge = k.scalar("=eps reg ridge", k.real, 0.05, 0.2)
            names = "=inv_inertia inertia_inv" if inertial else "=inv_cov precision information"
            out(names, k.call("inverse", tensor + ridge * k.identity(size)))
        elif end == "spin":
            given = k.array("=ang_momentum momentum L_in", one.vector, dims, low=-1.0, high=1.0)[index]
            guard = k.scalar("=eps reg", k.real, 0.05, 0.2)
            out("=omega ang_vel spin_out", k.call("inverse", tensor + guard * k.identity(size)) * given)
        elif end == "rotational":
            omega = k.let("=w omega", k.array("=omega ang_vel", one.vector, dims, low=-1.0, high=1.0)[index])
            out("=rotational_energy spin_energy e_rot", 0.5 * k.call("dot", omega, tensor * omega))
        elif end == "query":
            guard = k.scalar("=eps reg ridge", k.real, 0.05, 0.2)
            names = f"=query_{word} test_{word}" if one.family == "color" else f"=last_{word} current_{word}"
            d = k.array(names, one.vector, dims, low=-1.0, high=1.0)[index]
            if center is not None:
                d = k.let("=dq diff", d - center)
            inverse = k.let("=inv_cov prec", k.call("inverse", tensor + guard * k.identity(size)))
            out("=mahalanobis maha_sq distance", k.call("dot", d, inverse * d))
        elif end == "density":
            at_query = k.array("=query_points offsets", one.vector, dims, low=-1.0, high=1.0)[index]
            guard = k.scalar("=eps reg", k.real, 0.05, 0.2)
            system = k.let("=A reg_cov", tensor + guard * k.identity(size))
            inner = k.call("dot", at_query, k.call("inverse", system) * at_query)
            out("=density weight_out kernel_val", k.call("exp", -0.5 * inner))
        elif end == "least":
            mean = k.let("=mid half_trace", 0.5 * k.call("trace", tensor))
            gap = k.call("sqrt", k.call("max", mean * mean - k.call("determinant", tensor), 0.0))
            out("=min_eigenvalue shi_tomasi quality", mean - gap)
        elif end == "shape":
            out("=affine_shape norm_tensor", tensor / k.call("max", k.call("trace", tensor), 1e-6))
        elif end == "deviations":
            out(
                f"=!{word}_std",
                k.make(one.vector, *(k.call("sqrt", k.call("max", tensor[n, n], 0.0)) for n in range(size))),
            )
        elif end == "correlation":
            scale = k.call("sqrt", k.call("max", tensor[0, 0] * tensor[1, 1], 1e-6))
            out("=corr_xy correlation", tensor[0, 1] / scale)
        elif end == "corner":
            harris = k.scalar("=harris_k kappa", k.real, 0.04, 0.06)
            trace = k.let("=tr trace", k.call("trace", tensor))
            out("=response corner_response harris", k.call("determinant", tensor) - harris * trace * trace)
        elif end in ("coherence", "planar", "order", "spectrum") and size == 2:
            if half_trace is None:
                half_trace = k.let("=mean_ev half_tr", 0.5 * (tensor[0, 0] + tensor[1, 1]))
                diff = k.let("=half_diff dd", 0.5 * (tensor[0, 0] - tensor[1, 1]))
                spread = k.let("=r disc", k.call("sqrt", diff * diff + tensor[0, 1] * tensor[0, 1]))
            if end == "order":
                out("=order alignment", 2.0 * spread)
            elif end == "spectrum":
                out("=major_axis_var lambda_max", half_trace + spread)
            else:
                out("=coherence anisotropy elongation", spread / k.call("max", half_trace, 1e-6))
        elif end == "angle":
            out(
                "=orientation dominant_angle theta_out",
                0.5 * k.call("atan2", 2.0 * tensor[0, 1], tensor[0, 0] - tensor[1, 1]),
            )
        elif end == "moments":
            out("=moments diag_inertia", k.call("get_diag", tensor))
        else:
            _spectral(scene, end, tensor, out)
    moment_title(scene, one, inertial, owner)


def _spectral(scene: SoundScene, end: str, tensor: Expr, out: Callable[[str, Expr], None]) -> None:
    """What the eigenvalues of a tensor in space say."""
    k, rng = scene.k, scene.rng
    if end == "order":
        # The scalar order parameter squared is two thirds of the squares of the traceless part's entries.
        q = k.let("=Q q_tensor", 1.5 * tensor - 0.5 * k.identity(3))
        out("=order order_param alignment", k.call("sqrt", 2.0 * k.call("ddot", q, q) / 3.0))
        return
    mean = k.let("=md mean_ev", k.call("trace", tensor) / 3.0)
    dev = k.let("=dev aniso", tensor - mean * k.identity(3))
    square = k.call("ddot", dev, dev)
    if end == "planar" or rng.chance(0.5):
        whole = k.call("max", k.call("ddot", tensor, tensor), 1e-6)
        out("=anisotropy fa shape_anisotropy", k.call("sqrt", 1.5 * square / whole))
    else:
        out("=asphericity shape_factor", 1.5 * square)


def moment_title(scene: SoundScene, one: Subject, inertial: bool, owner: str, verb: str = "compute") -> None:
    k = scene.k
    e, word = scene.names.entity, one.word
    if inertial:
        k.titles = (f"{verb}_{owner}_inertia", f"{owner}_inertia_tensor", f"{verb}_inertia", f"{verb}_inertia_tensors")
        k.about = f"Inertia tensor of each {owner} about its center of mass." if scene.rng.chance(0.6) else "-"
        return
    what = {
        "place": f"{word}_covariance",
        "motion": f"{word}_dispersion",
        "direction": f"{word}_orientation_tensor",
        "slope": "structure_tensor",
        "color": "color_covariance",
        "reading": f"{word}_covariance",
    }[one.family]
    k.titles = (f"{verb}_{what}", f"{owner}_{what}", what, f"{verb}_{owner}_{what}")
    over = "the neighbors of each" if owner == e else "each"
    said = f"{what.replace('_', ' ').capitalize()} over {over} {owner.replace('_', ' ')}."
    k.about = said if scene.rng.chance(0.5) else "-"
