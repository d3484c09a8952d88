"""Installed packages as sources of kernels: modules, version, licence, copyright notice. Nothing is imported."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import UsageError

ALLOWED = ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT")
"""Licences (SPDX) under which kernels may be redistributed with a notice."""

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
}
"""Licences as PyPI's classifiers name them."""

_NAMES = {"apache license 2.0": "Apache-2.0", "apache 2.0": "Apache-2.0", "mit license": "MIT", "bsd": "BSD-3-Clause"}
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]+)")
_COPYRIGHT = re.compile(r"(?:SPDX-FileCopyrightText:\s*|(?=Copyright\b))(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package, or a part of one such as `warp.examples`."""

    name: str
    distribution: str
    version: str
    license: str
    """SPDX identifier, or what the distribution says in its place."""
    root: Path

    def modules(self) -> list[str]:
        """Every module, those in folders without `__init__.py` too, sorted; the package itself first."""
        files = sorted(self.root.rglob("*.py"))
        names = (".".join((self.name, *file.relative_to(self.root).with_suffix("").parts)) for file in files)
        return [self.name, *(name for name in names if not name.endswith(("__init__", "__main__", "setup")))]


def find_package(name: str) -> Package:
    """An installed package by the name that imports it.

    Raises:
        UsageError: it is not installed, or is a single module.
    """
    top = name.partition(".")[0]
    if importlib.util.find_spec(top) is None:
        raise UsageError(f"package {name!r} is not installed: pip install it, or name one that is")
    root = Path(*_folder(top), *name.split(".")[1:])
    if not root.is_dir():
        raise UsageError(f"package {name!r} is not a folder of modules")
    owners = importlib.metadata.packages_distributions().get(top)
    if not owners:
        raise UsageError(f"package {name!r} belongs to no installed distribution, so its licence is not known")
    distribution = sorted(owners)[0]
    return Package(name, distribution, importlib.metadata.version(distribution), _license(distribution), root)


def _folder(top: str) -> tuple[str]:
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(f"package {top!r} is a single module")
    return (next(iter(spec.submodule_search_locations)),)


def _license(distribution: str) -> str:
    """SPDX identifier of a distribution's licence: its expression, else its classifiers, else its licence field."""
    metadata = importlib.metadata.metadata(distribution).json
    if "license_expression" in metadata:
        return str(metadata["license_expression"])
    for classifier in metadata.get("classifier", ()):
        known = _CLASSIFIERS.get(classifier.rpartition(" :: ")[2])
        if known:
            return known
    stated = (str(metadata.get("license", "")).strip() or "unknown").splitlines()[0]
    return _NAMES.get(stated.lower(), stated)


@cache
def notice(file: Path) -> tuple[str, str]:
    """The copyright line and the SPDX licence that stand at the top of a source file; empty if there are none."""
    with file.open(encoding="utf-8", errors="replace") as text:
        head = "".join(line for _, line in zip(range(20), text, strict=False))
    comment = "\n".join(line.lstrip("# ") for line in head.splitlines() if line.startswith("#"))
    copyright_ = _COPYRIGHT.search(comment)
    license_ = _SPDX.search(comment)
    return (copyright_[1] if copyright_ else ""), (license_[1] if license_ else "")


def refuse_unlicensed(package: Package, allowed: tuple[str, ...]) -> None:
    """Raise unless the package's licence is allowed.

    Raises:
        UsageError: it is not.
    """
    if package.license not in allowed:
        raise UsageError(
            f"{package.distribution} {package.version} is under {package.license!r}, which is not among "
            f"{', '.join(allowed)}: allow it with --license-allow, if you may redistribute it"
        )
