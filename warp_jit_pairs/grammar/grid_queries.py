"""Neighbours in hash grids: densities, pressures, averages, flocks."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .grid_contacts import Contacts
from .kernel import Kernel
from .queries import VEC3, handle, op
from .recipes import SINGLE, recipe
from .tasks import local, named, opt, setting, words, write
from .tree import Expr


@recipe(
    "neighbours in a hash grid",
    "geometry:3.6 combined:0.24 reduction:0.24",
    "particles fluids chemistry",
    SINGLE,
)
def grid_neighbors(k: Kernel) -> None:
    rng = k.rng
    (tid,) = k.start(1, kinds=("=tid i idx",))
    grid = handle(k, "hashgrid", "=grid grid_id hash_grid neighbor_grid particle_grid")
    dims = k.launch
    points = k.array("=positions pos points x particle_x particle_pos particle_q", VEC3, dims, low=-1.0, high=1.0)
    i = tid
    if rng.chance(0.6):
        i = local(k, "=i index pid", op("hash_grid_point_id", t.I32, grid, tid))
        if rng.chance(0.4):
            with k.when(i < 0):
                k.give()
    k.threads = (i,)
    x = k.let("=xi x pos_i p", points[i])
    radius = named(
        k, "=h r_max", setting(k, "=radius support cutoff smoothing_length search_radius h", 0.2, 1.0, 0.5, 0.4)
    )
    rule = rng.weighted(
        {
            "density": 1.6,
            "repel": 1.2,
            "count": 1.0,
            "smooth": 1.4,
            "nearest": 0.7,
            "cohere": 0.8,
            "pressure": 1.0,
            "collide": 1.2,
            "attract": 0.8,
            "heat": 0.8,
            "normal": 0.8,
            "separate": 0.8,
            "spread": 0.6,
            "curl": 0.6,
        }
    )
    _Sums(k, grid, points, i, x, radius).run(rule)
    k.shared.differentiable = False


class _Sums(Contacts):
    """What a particle gathers from those near it."""

    def _density(self) -> None:
        k = self.k
        k.titles = words("compute_density sph_density density_sum particle_density estimate_density accumulate_density")
        mass = self._array("=mass masses m particle_mass", t.F32, 0.5, 2.0) if k.rng.chance(0.4) else None
        total = k.variable("=rho density sum_w", k.lit(0.0))
        self._loop(
            lambda j, d, r: k.augment(total, "+", mass[j] * self._weight(r) if mass is not None else self._weight(r)),
            False,
        )
        rho = total
        if k.rng.chance(0.5):
            rho = k.let(
                "=rho_i scaled_rho rho_n",
                total * setting(k, "=normalization kernel_norm norm particle_mass", 0.5, 4.0, 1.0, 1.57),
            )
        write(k, "=densities rho_out density_out particle_density", rho)
        if opt(k, 0.45):
            rest = setting(k, "=rest_density rho0 target_density", 0.5, 4.0, 1.0, 2.0)
            stiffness = setting(k, "=stiffness k_gas gas_constant", 1.0, 50.0, 20.0, 10.0)
            p = stiffness * (rho - rest)
            write(k, "=pressures p_out pressure", k.call("max", p, 0.0) if k.rng.chance(0.5) else p)

    def _count(self) -> None:
        k = self.k
        k.titles = words(
            "count_neighbors neighbor_counts coordination_number count_nearby num_neighbors neighbor_histogram_counts"
        )
        count = k.variable("=count num n_nbrs", k.integer(0))
        kinds = self._array("=type species kind phase", t.I32, 0, 3) if opt(k, 0.3) else None
        mean = k.variable("=sum_r dist_sum r_sum", k.lit(0.0)) if opt(k, 0.3) else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            if kinds is not None:
                with k.when(kinds[j].equals(kinds[self.i])):
                    k.augment(count, "+", 1)
            else:
                k.augment(count, "+", 1)
            if mean is not None:
                k.augment(mean, "+", r)

        self._loop(body)
        write(k, "=counts num_neighbors neighbor_counts nbr_counts", count)
        if mean is not None and kinds is None:
            write(k, "=mean_dist spacing avg_spacing", mean / k.cast(k.call("max", count, 1), t.F32))
        if opt(k, 0.35):
            few = (
                k.scalar("=min_neighbors threshold min_count", t.I32, 1, 6)
                if k.rng.chance(0.5)
                else k.rng.choose((3, 4, 6))
            )
            write(k, "=is_surface isolated boundary_mask", k.where(count < few, k.integer(1), k.integer(0)))

    def _repel(self) -> None:
        k = self.k
        k.titles = words(
            "repulsion_forces separate_particles contact_forces dem_contacts push_apart avoid_overlap "
            "soft_sphere_forces separation"
        )
        force = k.variable("=f force push acc", k.zero(VEC3))
        stiffness = named(k, "=k ke", setting(k, "=stiffness ke k_rep strength", 1.0, 100.0, 10.0, 50.0))
        damped = opt(k, 0.4)
        v = self._array("=velocities vel v particle_vel", VEC3, -2.0, 2.0) if damped else None
        damping = named(k, "=kd c", setting(k, "=damping kd c_n", 0.1, 5.0, 1.0)) if damped else None
        linear = k.rng.chance(0.6)

        def body(j: Expr, d: Expr, r: Expr) -> None:
            n = k.let("=n dir normal", k.call("normalize", d) if k.rng.chance(0.5) else d / self._apart(r, 1e-3))
            amount = stiffness * (self.radius - r) if linear else stiffness * self._weight(r)
            if v is not None and damping is not None:
                rate = k.let("=vn v_n rel_v", k.call("dot", v[self.i] - v[j], n))
                amount = k.let("=fn f_n mag", amount - damping * rate)
            k.augment(force, "+", n * amount)

        self._loop(body)
        write(k, "=forces f_out force_out particle_f", force)

    def _smooth(self) -> None:
        k = self.k
        vector = k.rng.chance(0.5)
        dtype: t.Type = VEC3 if vector else t.F32
        k.titles = (
            (
                "xsph_velocity",
                "smooth_velocity",
                "align_particles",
                "average_velocity",
                "viscosity_pass",
                "velocity_filter",
            )
            if vector
            else words(
                "smooth_field shepard_filter interpolate_particles diffuse_particles neighbor_average kernel_smooth"
            )
        )
        values = self._array("=velocities vel v" if vector else "=values temperature field phi", dtype, -2.0, 2.0)
        total = k.variable("=sum acc weighted", k.zero(dtype))
        norm = k.variable("=sum_w w_total norm", k.lit(0.0))
        relative = k.rng.chance(0.4)

        def body(j: Expr, d: Expr, r: Expr) -> None:
            w = self._weight(r)
            k.augment(total, "+", (values[j] - values[self.i] if relative else values[j]) * w)
            k.augment(norm, "+", w)

        self._loop(body, relative)
        mean = k.let(
            "=mean avg smoothed" if not relative else "=correction dv change",
            total / k.call("max", norm, k.rng.choose((1e-3, 1e-4, 1e-6))),
        )
        if relative:
            mean = values[self.i] + mean * setting(k, "=viscosity epsilon mix xsph_c", 0.05, 0.9, 0.1, 0.5)
        write(k, "=smoothed values_out v_out" if not vector else "=vel_out v_out smoothed_vel", mean)
        if opt(k, 0.25):
            write(k, "=weight_sums norm_out total_weight", norm)

    def _nearest(self) -> None:
        k = self.k
        k.titles = words(
            "nearest_distance closest_neighbor nearest_particle min_spacing nearest_neighbor_distance closest_pair_dist"
        )
        best = k.variable("=best min_r nearest", self.radius)

        def body(j: Expr, d: Expr, r: Expr) -> None:
            k.set(best, k.call("min", best, r))

        self._loop(body)
        write(k, "=nearest_dist min_dist spacing_out", best)
        if opt(k, 0.4):
            write(k, "=has_neighbor found near_mask", k.where(best < self.radius, k.integer(1), k.integer(0)))

    def _cohere(self) -> None:
        """The centre of the neighbours, as flocks and clusters want it."""
        k = self.k
        k.titles = words(
            "cohesion flock_center steer_particles neighbor_centroid boids_cohesion local_center mean_shift"
        )
        center = k.variable("=center sum_x centroid", k.zero(VEC3))
        count = k.variable("=count n num", k.integer(0))
        v = self._array("=velocities vel heading", VEC3, -1.0, 1.0) if opt(k, 0.45) else None
        heading = k.variable("=avg_vel sum_v align", k.zero(VEC3)) if v is not None else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            k.augment(center, "+", self.points[j])
            k.augment(count, "+", 1)
            if v is not None and heading is not None:
                k.augment(heading, "+", v[j])

        self._loop(body)
        steer = k.variable("=steer acc pull", k.zero(VEC3))
        with k.when(count > 0):
            inv = k.let("=inv inv_n scale", 1.0 / k.cast(count, t.F32))
            k.set(
                steer, (center * inv - self.x) * setting(k, "=cohesion k_coh attraction weight_c", 0.1, 2.0, 0.5, 1.0)
            )
            if v is not None and heading is not None:
                k.augment(
                    steer, "+", (heading * inv - v[self.i]) * setting(k, "=alignment k_align weight_a", 0.1, 2.0, 0.5)
                )
        write(k, "=steering accelerations steer_out forces", steer)
        if opt(k, 0.3):
            write(k, "=counts num_neighbors flock_size", count)

    def _pressure(self) -> None:
        k = self.k
        k.titles = words(
            "pressure_force sph_forces compute_pressure_force pressure_gradient particle_forces momentum_pass"
        )
        p = self._array("=pressure pressures p particle_pressure", t.F32, 0.0, 2.0)
        rho = self._array("=density rho densities", t.F32, 0.5, 2.0)
        force = k.variable("=f force acc grad_p", k.zero(VEC3))
        both = k.rng.chance(0.5)
        pi = k.let("=pi p_i pressure_i", p[self.i])
        viscous = opt(k, 0.4)
        v = self._array("=velocities vel v", VEC3, -2.0, 2.0) if viscous else None
        mu = named(k, "=mu visc", setting(k, "=viscosity mu nu", 0.01, 1.0, 0.1, 0.5)) if viscous else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            n = k.let("=n dir e", d / self._apart(r))
            w = self._weight(r)
            if both:
                shared = (pi + p[j]) / (2.0 * rho[j])
            else:
                rho_i = rho[self.i]
                shared = pi / (rho_i * rho_i) + p[j] / (rho[j] * rho[j])
            k.augment(force, "+", n * (shared * w))
            if v is not None and mu is not None:
                k.augment(force, "+", (v[j] - v[self.i]) * (mu * w / rho[j]))

        self._loop(body)
        if k.rng.chance(0.4):
            gravity = k.make(VEC3, 0.0, -9.8, 0.0) if k.rng.chance(0.5) else k.scalar("=gravity g", VEC3, -10.0, 10.0)
            write(k, "=accelerations acc_out a_out", force / rho[self.i] + gravity)
        else:
            write(k, "=forces f_out pressure_forces", force)
