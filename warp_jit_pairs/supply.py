"""Kernels that no seed gives: the categories `real` (out of installed packages), `fem` (written by `warp.fem`) and
`evaluation` (kept in this package).

They come whole, as many as there are; a plan decides which of them repeat others.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence

from .errors import UsageError
from .generator import KernelSpec
from .harvest import DEFAULT_PACKAGES, FEM, harvest
from .packages import find_package
from .reserved import evaluation

EVALUATION = "evaluation"
HARVESTED = {
    "real": "kernels that people wrote, out of installed packages",
    "fem": "kernels that warp.fem writes while it solves Poisson problems",
    EVALUATION: "the evaluation set: test kernels of all the other categories, the same in every build of this version",
}
"""Categories that are not generated, with their descriptions."""

LICENCES = ("Apache-2.0",)
"""Under which kernels are taken: that of the data."""


def pinned(names: Iterable[str]) -> tuple[str, ...]:
    """Packages as `name==version`, of the versions installed; a name may ask for its version so.

    Raises:
        UsageError: a package is not installed, or in another version than asked for.
    """
    found = []
    for given in names:
        name, _, wanted = given.partition("==")
        if name in DEFAULT_PACKAGES and importlib.util.find_spec(name.partition(".")[0]) is None:
            raise UsageError(f'package {name!r} is not installed: pip install "warp-jit-pairs[real]", or use --package')
        package = find_package(name)
        if wanted not in ("", package.version):
            raise UsageError(f"{name} {wanted} was asked for, and {package.version} is installed")
        found.append(f"{name}=={package.version}")
    return tuple(dict.fromkeys(found))


def supply(
    categories: Iterable[str], packages: Sequence[str], tell: Callable[[str], None] = lambda line: None
) -> dict[str, list[KernelSpec]]:
    """The kernels of each of the `HARVESTED` categories asked for, in the order of packages, modules and lines.

    Args:
        categories: Some of them may be generated ones.
        packages: Those of `real`, as `pinned` gives them.
        tell: Is told which package is about to be imported, and what failed in it.

    Raises:
        UsageError: a package is not the one that is installed, or its licence is not that of the data.
    """
    packages_of = {"real": [name.partition("==")[0] for name in pinned(packages)], "fem": [FEM]}
    found: dict[str, list[KernelSpec]] = {}
    for category in categories:
        if category == EVALUATION:
            found[category] = evaluation()
        elif category in HARVESTED:
            collected = harvest(packages_of[category], LICENCES, tell=tell)
            for failure in collected.failures:
                tell(f"not harvested: {failure.name}: {failure.reason} {failure.detail[:160]}".rstrip())
            found[category] = [kernel.spec(category) for kernel in collected.kernels]
    return found
