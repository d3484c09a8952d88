"""The Poisson problem once more with scikit-fem, which shares no code with `warp.fem`.

Needs `scikit-fem`, of the extra `dev`; `poisson_validation.py` does without where it is not installed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import skfem
from skfem.helpers import dot, grad

from .poisson_mesh import Array, simplices

_ELEMENTS: dict[tuple[str, int, int], Callable[[], skfem.Element]] = {
    ("grid", 2, 1): skfem.ElementQuad1,
    ("grid", 2, 2): skfem.ElementQuad2,
    ("grid", 2, 3): lambda: skfem.ElementQuadP(3),
    ("triangle", 2, 1): skfem.ElementTriP1,
    ("triangle", 2, 2): skfem.ElementTriP2,
    ("triangle", 2, 3): skfem.ElementTriP3,
    ("grid", 3, 1): skfem.ElementHex1,
    ("grid", 3, 2): skfem.ElementHex2,
    ("tetrahedron", 3, 1): skfem.ElementTetP1,
    ("tetrahedron", 3, 2): skfem.ElementTetP2,
}
"""There are no tetrahedra and no hexahedra of degree 3."""


def solve_with_scikit_fem(
    element: str,
    resolution: int,
    degree: int,
    source: Callable[[Array], Array],
    conductivity: Callable[[Array], Array],
    points: Array,
) -> Array:
    """Solve −∇·(κ∇u) = f with u = 0 on the boundary and return the values at points."""
    dimension = points.shape[1]
    axis = np.linspace(0.0, 1.0, resolution + 1)
    if element == "grid":
        mesh = (skfem.MeshQuad if dimension == 2 else skfem.MeshHex).init_tensor(*[axis] * dimension)
    else:
        positions, cells = simplices(resolution, dimension)
        mesh = (skfem.MeshTri if dimension == 2 else skfem.MeshTet)(positions.T.copy(), cells.T.copy())
    basis = skfem.Basis(mesh, _ELEMENTS[element, dimension, degree](), intorder=2 * degree + 2)

    def at(function: Callable[[Array], Array], x: Array) -> Array:
        return function(x.reshape(dimension, -1).T).reshape(x.shape[1:])

    stiffness = skfem.BilinearForm(lambda u, v, w: at(conductivity, w.x) * dot(grad(u), grad(v))).assemble(basis)
    load = skfem.LinearForm(lambda v, w: at(source, w.x) * v).assemble(basis)
    solution = skfem.solve(*skfem.condense(stiffness, load, D=basis.get_dofs()))
    return np.asarray(basis.probes(points.T) @ solution)
