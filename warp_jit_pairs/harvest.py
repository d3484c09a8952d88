"""Kernels that people wrote, out of installed packages: self-contained sources with their origin and licence.

Importing a package runs its code. It happens in a process of its own, where a module that fails, prints, hangs or
crashes the interpreter costs itself and is reported. Code and verification are the pipeline's.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .columns import ORIGIN_FIELDS
from .generator import KernelSpec
from .packages import ALLOWED, Package, find_package, notice, refuse_unlicensed

DEFAULT_PACKAGES = ("warp.examples", "newton", "mujoco_warp")

FEM = "warp.fem"
"""Stands for the kernels that this part of Warp writes itself, while the Poisson solver runs."""

WORKER = "warp_jit_pairs.harvest_worker"
FEM_WORKER = "warp_jit_pairs.harvest_fem"

TIME_LIMIT = 60
"""Seconds that one module may take to be imported, or one kernel to be written."""

BLOCK_DIM = 256
"""Threads in a block of a kernel that does not say how many: Warp's own default."""

AT_ONCE = 2
"""Packages that are worked on at a time, each by a process of its own."""

GRACE = 15
"""Seconds after which the process is killed, if it does not stop by itself."""


@dataclass(frozen=True, slots=True)
class Harvested:
    """One kernel of a package, as a file that stands alone."""

    name: str
    python_source: str
    package: str
    version: str
    module: str
    file: str
    line: int
    block_dim: int | None
    license: str
    """SPDX identifier."""
    copyright: str
    """The notice at the top of the kernel's file; empty if there is none."""

    @property
    def origin(self) -> str:
        """Package, version, file and line."""
        return f"{self.package} {self.version} {self.file}:{self.line}"

    def spec(self, category: str) -> KernelSpec:
        """The kernel as the pipeline takes programs; what its arguments may hold is not known."""
        return KernelSpec(
            name=self.name,
            category=category,
            source=self.python_source,
            arg_types={},
            description=f"{self.name} of {self.module}",
            metadata={
                "seed": None,
                "size": None,
                "launch": {"dim": [], "block_dim": self.block_dim or BLOCK_DIM, "tiled": False, "lanes": 0},
                "license": self.license,
                "origin": {name: getattr(self, name) for name in ORIGIN_FIELDS},
            },
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A module that could not be imported, or a kernel that could not be written."""

    package: str
    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a package gave: distinct sources, in the order of modules and lines, and what failed."""

    kernels: tuple[Harvested, ...]
    failures: tuple[Failure, ...]
    seen: int
    """Kernels found, those of one source counted each."""

    @property
    def reasons(self) -> Counter[str]:
        """How many modules and kernels failed for each reason."""
        return Counter(failure.reason for failure in self.failures)


def harvest(
    packages: Sequence[str] = DEFAULT_PACKAGES,
    allowed: Sequence[str] = ALLOWED,
    limit: int = TIME_LIMIT,
    tell: Callable[[str], None] = lambda line: None,
) -> Harvest:
    """Import installed packages, each in a process of its own, and collect their kernels, in the packages' order.

    Args:
        packages: Names as in an import, such as `newton` or `warp.examples`.
        allowed: SPDX identifiers of licences that kernels may have.
        limit: Seconds for each module, and for each kernel.
        tell: Is told which package is about to be imported.

    Raises:
        UsageError: a package is not installed, or its licence is not allowed.
    """
    found = [located(name) for name in packages]
    for package in found:
        refuse_unlicensed(package, tuple(allowed))
    kernels: dict[str, Harvested] = {}
    failures: list[Failure] = []
    seen = 0

    def said_of(package: Package) -> list[dict[str, Any]]:
        tell(f"importing {package.name} ({package.distribution} {package.version}, {package.license}) runs its code")
        return list(messages(package, limit, FEM_WORKER if package.name == FEM else WORKER))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        said = [
            (package, message)
            for package, all_ in zip(found, threads.map(said_of, found), strict=True)
            for message in all_
        ]
    for package, message in said:
        if "failed" in message:
            failures.append(Failure(package.name, message["failed"], message["reason"], message["detail"]))
        elif "kernel" in message:
            seen += 1
            one = _harvested(package, message, allowed)
            if isinstance(one, Failure):
                failures.append(one)
            else:
                kernels.setdefault(one.python_source, one)
    return Harvest(tuple(kernels.values()), tuple(failures), seen)


def located(name: str) -> Package:
    """The package of a name; `FEM` is all of Warp, where its kernels are from.

    Raises:
        UsageError: it is not installed.
    """
    return dataclasses.replace(find_package("warp"), name=FEM) if name == FEM else find_package(name)


def _harvested(package: Package, message: dict[str, Any], allowed: Sequence[str]) -> Harvested | Failure:
    copyright_, license_ = notice(package.root / message["file"])
    license_ = license_ or package.license
    if license_ not in allowed:
        return Failure(package.name, f"{message['module']}:{message['kernel']}", "licence", license_)
    return Harvested(
        name=message["kernel"],
        python_source=message["source"],
        package=package.name,
        version=package.version,
        module=message["module"],
        file=message["file"],
        line=message["line"],
        block_dim=message["block_dim"],
        license=license_,
        copyright=copyright_,
    )


def messages(package: Package, limit: int, worker: str = WORKER) -> Iterator[dict[str, Any]]:
    """What the package's workers say: after a crash or a hang another one leaves out what that was due to.

    `worker` is the module that is run.
    """
    skip: list[str] = []
    while True:
        begun, ended, said = "", "", []
        for message in _one_worker(worker, package, limit, skip):
            if "begin" in message:
                begun = message["begin"]
            elif "exit" in message:
                ended = message["exit"]
            else:
                said.append(message)
        if not ended:
            yield from said
            return
        if not begun or begun in skip:
            yield {"failed": package.name, "reason": ended, "detail": "before its first module"}
            return
        skip.append(begun)
        yield {"failed": begun, "reason": ended, "detail": ""}


def _one_worker(worker: str, package: Package, limit: int, skip: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Run a worker; its last message is `exit`, if it did not end well."""
    command = [sys.executable, "-P", "-m", worker, package.name, str(limit), *skip]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            while True:
                ready, _, _ = select.select([process.stdout], [], [], limit + GRACE)
                line = process.stdout.readline() if ready else b""
                if not line:
                    break
                yield json.loads(line)
            hangs = not ready
        finally:
            _stop(process)
    if hangs:
        yield {"exit": "it takes too long"}
    elif process.returncode:
        yield {"exit": f"it ends the process ({_status(process.returncode)})"}


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a worker and of what it started."""
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _status(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit status {code}"
