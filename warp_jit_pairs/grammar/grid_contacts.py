"""What particles of a hash grid do to each other: contacts, attraction, exchange, spin."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .neighborhoods import Neighborhood
from .queries import VEC3
from .tasks import named, setting, words, write
from .tree import Expr


class Contacts(Neighborhood):
    """What passes between pairs of particles."""

    def _collide(self) -> None:
        """Spheres of sizes of their own that touch, with damping and friction."""
        k, rng = self.k, self.k.rng
        k.titles = words(
            "dem_forces collide_particles granular_contacts contact_forces grain_collisions sphere_contacts"
        )
        sizes = self._array("=particle_radius sphere_radius contact_radius", t.F32, 0.1, 0.3)
        v = self._array("=velocities vel v particle_vel", VEC3, -2.0, 2.0)
        force = k.variable("=f force total_f", k.zero(VEC3))
        stiffness = named(k, "=ke_n k_n", setting(k, "=ke stiffness contact_ke", 10.0, 100.0, 50.0))
        damping = named(k, "=kd_n c_n", setting(k, "=kd damping contact_kd", 0.1, 5.0, 1.0))
        mu = named(k, "=mu_f grip", setting(k, "=mu friction friction_mu", 0.1, 0.9, 0.5)) if rng.chance(0.5) else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            depth = k.let("=depth overlap pen", sizes[self.i] + sizes[j] - r)
            with k.when(depth > 0.0):
                n = k.let("=n normal dir", d / self._apart(r))
                rel = k.let("=v_rel rel vij", v[self.i] - v[j])
                vn = k.let("=vn v_n rate", k.call("dot", rel, n))
                size = k.let("=fn f_n size", stiffness * depth - damping * vn)
                pushed = n * size
                if mu is not None:
                    vt = k.let("=vt v_t slip", rel - n * vn)
                    slip = k.call("max", k.call("length", vt), 1e-3)
                    pushed = pushed - vt * (mu * k.call("max", size, 0.0) / slip)
                k.augment(force, "+", pushed)

        self._loop(body)
        write(k, "=forces f_out contact_f particle_f", force)

    def _attract(self) -> None:
        """A pair potential that attracts at a distance and repels close by."""
        k, rng = self.k, self.k.rng
        k.titles = words("lennard_jones lj_forces pair_forces nonbonded_forces pair_potential md_forces")
        epsilon = named(k, "=eps well", setting(k, "=epsilon well_depth eps", 0.1, 2.0, 1.0, 0.5))
        sigma = named(k, "=sig size", setting(k, "=sigma lj_sigma diameter", 0.1, 0.3, 0.25, 0.2))
        force = k.variable("=f force acc", k.zero(VEC3))
        energy = k.variable("=energy u pot", k.lit(0.0)) if rng.chance(0.5) else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            far = k.let("=rs r_safe", k.call("max", r, 0.1))
            ratio = k.let("=sr s_r q", sigma / far)
            six = k.let("=s6 sr6 inv6", ratio * ratio * ratio * ratio * ratio * ratio)
            k.augment(force, "+", d * (24.0 * epsilon * (2.0 * six * six - six) / (far * far)))
            if energy is not None:
                k.augment(energy, "+", 2.0 * epsilon * (six * six - six))

        self._loop(body)
        write(k, "=forces f_out particle_f", force)
        if energy is not None:
            write(k, "=energies potential_out pair_energy", energy)

    def _heat(self) -> None:
        """What the neighbours bring of something that spreads."""
        k, rng = self.k, self.k.rng
        what = rng.choose(("temperature", "concentration"))
        k.titles = (
            words("conduct_heat heat_exchange diffuse_heat thermal_diffusion particle_conduction")
            if what == "temperature"
            else words("diffuse_concentration diffuse_species mix_particles scalar_diffusion")
        )
        values = self._array(f"={what}s {what} {what[:4]}", t.F32, 0.0, 2.0)
        rate = k.variable("=rate flux dq", k.lit(0.0))
        here = k.let("=own here value_i", values[self.i])
        weighted = rng.chance(0.7)

        def body(j: Expr, d: Expr, r: Expr) -> None:
            change = values[j] - here
            k.augment(rate, "+", change * self._weight(r) if weighted else change * (1.0 - r / self.radius))

        self._loop(body)
        change = rate * setting(k, "=conductivity kappa diffusivity", 0.05, 1.0, 0.1, 0.5)
        if rng.chance(0.6):
            write(k, f"={what}_out new_{what}", here + change * setting(k, "=dt time_step", 0.01, 0.1, 0.05))
        else:
            write(k, f"=d{what[:4]}_dt rates_out {what}_rate", change)

    def _normal(self) -> None:
        """The way to where there are fewer neighbours."""
        k, rng = self.k, self.k.rng
        k.titles = words("surface_normals color_field_normal estimate_normals find_surface particle_normals")
        total = k.variable("=n_sum normal grad", k.zero(VEC3))
        count = k.variable("=count n_nbrs num", k.integer(0)) if rng.chance(0.4) else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            k.augment(total, "+", d * (self._weight(r) / self._apart(r)) if rng.chance(0.6) else d * self._weight(r))
            if count is not None:
                k.augment(count, "+", 1)

        self._loop(body)
        size = k.let("=size mag strength", k.call("length", total))
        if rng.chance(0.5):
            limit = setting(k, "=threshold surface_threshold min_grad", 0.1, 1.0, 0.5)
            write(k, "=is_surface surface_mask on_surface", k.where(size > limit, k.integer(1), k.integer(0)))
        write(k, "=normals n_out surface_normals", total / k.call("max", size, 1e-4))
        if count is not None:
            write(k, "=counts num_neighbors", count)

    def _separate(self) -> None:
        """Positions moved so that nobody overlaps, each pair half by each."""
        k, rng = self.k, self.k.rng
        k.titles = words(
            "solve_contacts project_overlaps separate_particles relax_positions solve_collisions position_solve"
        )
        width = named(k, "=d_min rest", setting(k, "=diameter min_dist rest_dist", 0.2, 0.5, 0.3))
        shift = k.variable("=shift delta dx_sum", k.zero(VEC3))
        count = k.variable("=count n_contacts num", k.integer(0)) if rng.chance(0.6) else None
        masses = self._array("=inv_mass w inv_masses", t.F32, 0.2, 2.0) if rng.chance(0.4) else None

        def body(j: Expr, d: Expr, r: Expr) -> None:
            with k.when(r < width):
                n = d / self._apart(r)
                share = k.lit(0.5)
                if masses is not None:
                    share = masses[self.i] / (masses[self.i] + masses[j])
                k.augment(shift, "+", n * (share * (width - r)))
                if count is not None:
                    k.augment(count, "+", 1)

        self._loop(body)
        if count is not None:
            moved = self.x + shift / k.cast(k.call("max", count, 1), t.F32)
        else:
            moved = self.x + shift * setting(k, "=relaxation omega relax", 0.2, 1.0, 0.5)
        write(k, "=pos_out x_out corrected", moved)

    def _spread(self) -> None:
        """States that pass from neighbour to neighbour."""
        k, rng = self.k, self.k.rng
        k.titles = words("spread_state propagate_activation infect_neighbors spread_ignition contact_tracing")
        state = self._array("=state active burning infected", t.I32, 0, 1)
        exposure = k.variable("=exposure load dose", k.lit(0.0))
        counted = rng.chance(0.4)

        def body(j: Expr, d: Expr, r: Expr) -> None:
            with k.when(state[j].equals(1)):
                k.augment(exposure, "+", k.lit(1.0) if counted else self._weight(r))

        self._loop(body)
        with k.when(
            k.both(state[self.i].equals(0), exposure > setting(k, "=threshold spread_threshold", 0.1, 2.0, 0.5, 1.0))
        ):
            write(k, "=next_state new_state", k.integer(1))
        write(k, "=exposures dose_out", exposure)

    def _curl(self) -> None:
        """How much the motion of the neighbours turns, or comes together."""
        k, rng = self.k, self.k.rng
        turning = rng.chance(0.6)
        k.titles = (
            words("compute_vorticity sph_vorticity particle_vorticity local_spin")
            if turning
            else words("velocity_divergence compute_divergence sph_divergence compression_rate")
        )
        v = self._array("=velocities vel v particle_vel", VEC3, -2.0, 2.0)
        rho = self._array("=density rho densities", t.F32, 0.5, 2.0) if rng.chance(0.5) else None
        total = k.variable(
            "=omega curl w_sum" if turning else "=div total rate", k.zero(VEC3) if turning else k.lit(0.0)
        )

        def body(j: Expr, d: Expr, r: Expr) -> None:
            dv = v[j] - v[self.i]
            w = self._weight(r)
            w = w / rho[j] if rho is not None else w
            k.augment(total, "+", (k.call("cross", dv, d) if turning else k.call("dot", dv, d)) * w)

        self._loop(body)
        write(k, "=vorticity curl_out omega_out" if turning else "=divergence div_out rates_out", total)
        if turning and rng.chance(0.4):
            write(k, "=vorticity_mag spin_out", k.call("length", total))
