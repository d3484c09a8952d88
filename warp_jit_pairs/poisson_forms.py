"""The Poisson equation's forms and the conjugate gradients' steps, as integrands and kernels of Warp.

Data (source, coefficient, fluxes) come as arrays of values at the quadrature points, so that one compiled form serves
every problem. Putting them together is left to `poisson.py`.
"""
# Warp reads these annotations as values: no `from __future__ import annotations`, and not types that mypy knows.
# mypy: ignore-errors

import warp as wp
import warp.fem as fem

wp.set_module_options({"enable_backward": False})  # nothing here is differentiated, and half the code compiles faster


@fem.integrand
def stiffness(s: fem.Sample, u: fem.Field, v: fem.Field, conductivity: wp.array(dtype=wp.float64)):
    return conductivity[s.qp_index] * wp.dot(fem.grad(u, s), fem.grad(v, s))


@fem.integrand
def load(s: fem.Sample, v: fem.Field, density: wp.array(dtype=wp.float64)):
    return density[s.qp_index] * v(s)


@fem.integrand
def trace(s: fem.Sample, v: fem.Field):
    return wp.abs(v(s))


@fem.integrand
def locate(s: fem.Sample, domain: fem.Domain, positions: wp.array2d(dtype=wp.float64)):
    x = fem.position(domain, s)
    for axis in range(len(x)):
        positions[s.qp_index, axis] = x[axis]


@fem.integrand
def measure(
    s: fem.Sample,
    domain: fem.Domain,
    u: fem.Field,
    positions: wp.array2d(dtype=wp.float64),
    weights: wp.array(dtype=wp.float64),
    values: wp.array(dtype=wp.float64),
    gradients: wp.array2d(dtype=wp.float64),
):
    x = fem.position(domain, s)
    slope = fem.grad(u, s)
    for axis in range(len(x)):
        positions[s.qp_index, axis] = x[axis]
        gradients[s.qp_index, axis] = slope[axis]
    weights[s.qp_index] = fem.measure(domain, s) * s.qp_weight
    values[s.qp_index] = u(s)


@fem.integrand
def evaluate(
    s: fem.Sample,
    domain: fem.Domain,
    u: fem.Field,
    cells: wp.array(dtype=wp.int32),
    positions: wp.array2d(dtype=wp.float64),
    values: wp.array(dtype=wp.float64),
):
    x = fem.position(domain, fem.make_free_sample(cells[s.qp_index], s.element_coords * wp.float64(0.0)))
    for axis in range(len(x)):
        x[axis] = positions[s.qp_index, axis]
    coords = fem.element_coordinates(domain, cells[s.qp_index], x)
    values[s.qp_index] = u(fem.make_free_sample(cells[s.qp_index], coords))


@wp.kernel
def descend(
    alpha: wp.float64,
    direction: wp.array(dtype=wp.float64),
    image: wp.array(dtype=wp.float64),
    preconditioner: wp.array(dtype=wp.float64),
    free: wp.array(dtype=wp.float64),
    solution: wp.array(dtype=wp.float64),
    residual: wp.array(dtype=wp.float64),
    preconditioned: wp.array(dtype=wp.float64),
):
    i = wp.tid()
    solution[i] = solution[i] + alpha * direction[i]
    rest = residual[i] - alpha * image[i] * free[i]
    residual[i] = rest
    preconditioned[i] = preconditioner[i] * rest


@wp.kernel
def turn(
    beta: wp.float64,
    preconditioned: wp.array(dtype=wp.float64),
    direction: wp.array(dtype=wp.float64),
):
    i = wp.tid()
    direction[i] = preconditioned[i] + beta * direction[i]
