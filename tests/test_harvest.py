"""Harvest: kernels of an installed package with their origin, and what a bad module costs."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.harvest import Harvest, harvest

NOTICE = "# SPDX-FileCopyrightText: Copyright (c) 2024 The Authors\n# SPDX-License-Identifier: MIT\n"

MODULES = {
    "__init__": "",
    "good": NOTICE
    + """
        import warp as wp
        from .shared import SCALE, scaled

        print("a line that nobody asked for")
        wp.config.enable_backward = False

        @wp.kernel
        def first(x: wp.array(dtype=float), y: wp.array(dtype=float)):
            i = wp.tid()
            y[i] = scaled(x[i]) + SCALE
        """,
    "shared": """
        import warp as wp

        SCALE = 2.0

        @wp.func
        def scaled(x: float):
            return SCALE * x
        """,
    "zeroed": """
        from typing import Any
        import warp as wp

        @wp.kernel
        def fill(x: wp.array(dtype=Any), value: Any):
            x[wp.tid()] = value
        """,
    "other_licence": "# SPDX-License-Identifier: GPL-3.0-only\n"
    + """
        import warp as wp

        @wp.kernel
        def copyleft(x: wp.array(dtype=float)):
            x[wp.tid()] = 1.0
        """,
    "picky": """
        from typing import Any
        import warp as wp

        @wp.kernel
        def twice(x: wp.array(dtype=Any)):
            x[wp.tid()] = wp.no_such_builtin(x[0])
        """,
    "raises": "raise RuntimeError('not today')",
    "exits": "raise SystemExit(3)",
    "crashes": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
    "hangs": "import time\nwhile True:\n    time.sleep(1)",
    "swallows": "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except Exception:\n        pass",
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()",
}


MODULES_THAT_FAIL = ("other_licence", "picky", "raises", "exits", "crashes", "hangs", "swallows")


def _install(folder: Path, name: str, modules: dict[str, str], licence: str) -> None:
    (folder / name).mkdir()
    for module, text in modules.items():
        head, _, rest = text.partition("\n\n") if text.startswith("#") else ("", "", text)
        (folder / name / f"{module}.py").write_text(f"{head}\n{textwrap.dedent(rest)}", encoding="utf-8")
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.2\nLicense-Expression: {licence}\n"
    )
    (info / "RECORD").write_text("".join(f"{name}/{module}.py,,\n" for module in modules))
    (info / "top_level.txt").write_text(f"{name}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def _names(found: Harvest) -> list[str]:
    return [kernel.name for kernel in found.kernels]


def test_kernels_come_with_their_origin_and_what_they_need(site: Path) -> None:
    _install(site, "wjp_calm", {name: MODULES[name] for name in ("__init__", "good", "shared", "zeroed")}, "Apache-2.0")
    told: list[str] = []
    found = harvest(["wjp_calm"], tell=told.append)
    assert told == ["importing wjp_calm (wjp_calm 1.2, Apache-2.0) runs its code"]
    assert _names(found) == ["first", "fill"]
    assert found.failures == ()
    first = found.kernels[0]
    assert first.origin == "wjp_calm 1.2 good.py:10"
    assert (first.license, first.copyright) == ("MIT", "Copyright (c) 2024 The Authors")
    # What a module sets for the whole process holds for its own kernels, not for those of the next module.
    assert ['"enable_backward": False' in kernel.python_source for kernel in found.kernels] == [True, False]
    codes = extract_batch([kernel.python_source for kernel in found.kernels])
    assert all(isinstance(code, Extracted) for code in codes), codes
    assert harvest(["wjp_calm"]) == found


@pytest.mark.slow
def test_a_bad_module_costs_itself(site: Path) -> None:
    _install(site, "wjp_wild", MODULES, "Apache-2.0")
    found = harvest(["wjp_wild"], limit=3)
    assert _names(found) == ["first", "fill"]
    reasons = {failure.name.rpartition(".")[2]: failure.reason for failure in found.failures}
    assert reasons == {
        "raises": "RuntimeError",
        "exits": "SystemExit",
        "crashes": "it ends the process (SIGSEGV)",
        "hangs": "it takes too long",
        "swallows": "it takes too long",
        "other_licence:copyleft": "licence",
        "picky:twice": "generic kernel",
    }
    assert found.reasons["it takes too long"] == 2
    assert found.reasons.total() == len(MODULES_THAT_FAIL)
    (picky,) = (failure for failure in found.failures if failure.reason == "generic kernel")
    assert "float32: " in picky.detail  # why Warp refused each of the types that were tried


def test_a_package_without_an_allowed_licence_is_refused(site: Path) -> None:
    _install(site, "wjp_closed", {"__init__": ""}, "LicenseRef-Proprietary")
    with pytest.raises(UsageError, match=r"wjp_closed 1.2 is under 'LicenseRef-Proprietary'.*--license-allow"):
        harvest(["wjp_closed"])
    assert harvest(["wjp_closed"], allowed=["LicenseRef-Proprietary"]).kernels == ()


@pytest.mark.parametrize("name", ["no_such_package", "typing_extensions", "json"])
def test_what_is_no_installed_package_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        harvest([name])


def test_the_command_writes_records_with_their_origin(site: Path, tmp_path: Path) -> None:
    names = ("__init__", "good", "shared", "raises")
    _install(site, "wjp_told", {name: MODULES[name] for name in names}, "Apache-2.0")
    done = subprocess.run(
        [sys.executable, "-m", "warp_jit_pairs.cli", "harvest", "wjp_told", "--output", str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "importing wjp_told (wjp_told 1.2, Apache-2.0) runs its code" in done.stderr
    assert "not harvested: wjp_told.raises: RuntimeError not today" in done.stderr
    assert "1 records in" in done.stdout
    (row,) = pq.read_table(tmp_path / "out" / "kernels.parquet").to_pylist()
    assert row["source"] == "wjp_told 1.2 good.py:10"
    assert row["license"] == "MIT"
    assert row["origin"] == {
        "package": "wjp_told",
        "version": "1.2",
        "module": "wjp_told.good",
        "file": "good.py",
        "line": 10,
        "copyright": "Copyright (c) 2024 The Authors",
    }
    assert row["provenance"]["seed"] is None
    assert "SCALE" in row["python_source"]
