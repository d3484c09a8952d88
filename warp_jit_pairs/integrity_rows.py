"""Data integrity of the rows: what each says of itself is computed again, and no two are too much alike.

No code of a row is run. The one check that generates code again does so for a sample, and only for sources that this
package's own generator writes from the row's seed; proving rows by execution is `reverify.py`'s.
"""

from __future__ import annotations

import hashlib
import math
import re
import string
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .attribution import Attribution, attribution_of, notice, source_of
from .card_files import beside
from .columns import CODE_COLUMNS
from .errors import Rejected
from .extract import Extracted, extract_batch
from .features import features
from .generator import generate_kernel
from .grammar import CATEGORIES
from .identity import NEAR_DUPLICATE, Shingles, shingles, split_of, structural_hash
from .integrity import Built, NotRun, Row, row_check
from .quiet import quiet_warp
from .reference.layout import SCALARS
from .reverify import claims_fault
from .schema import record_id
from .supply import EVALUATION, HARVESTED, LICENCES
from .version import __version__
from .warp_version import warp_version

SAMPLE = 16
"""Rows of which source and code are made again."""

_PATH = re.compile(r"(?<![\w/])/(?:home|root|tmp|usr|opt|var|mnt|work|Users)/\w|[A-Z]:\\\\?\w|site-packages")
_LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_HASH = re.compile(r"\w_[0-9a-f]{8}(?!\w)")
_WORD = f"{string.ascii_letters}{string.digits}_"


@row_check("ids")
def _ids(built: Built) -> Iterator[str]:
    """Each id is the hash of the row's own columns."""
    for shard, row in built.rows("id", "python_source", *CODE_COLUMNS):
        if record_id(row) != row["id"]:
            yield f"{shard['name']}: row {row['id']} has the id {record_id(row)} by its columns"


@row_check("distinct ids")
def _distinct_ids(built: Built) -> Iterator[str]:
    """No id occurs twice."""
    yield from _repeated(built, "id")


@row_check("structures")
def _structures(built: Built) -> Iterator[str]:
    """Each structural hash is that of the row's source."""
    for shard, row in built.rows("id", "python_source", "structural_hash"):
        if _structure(row["python_source"]) != row["structural_hash"]:
            yield f"{shard['name']}: row {row['id']} has another structural hash than its source"


def _structure(source: str) -> str:
    try:
        return structural_hash(source)
    except SyntaxError:
        return ""


@row_check("distinct structures")
def _distinct_structures(built: Built) -> Iterator[str]:
    """No structure occurs twice."""
    yield from _repeated(built, "structural_hash")


def _repeated(built: Built, column: str) -> Iterator[str]:
    seen: dict[bytes, str] = {}
    for shard, row in built.rows(column):
        key = row[column].encode()
        if key in seen:
            yield f"{column} {row[column]} is in {seen[key]} and again in {shard['name']}"
        seen[key] = shard["name"]


@row_check("splits")
def _splits(built: Built) -> Iterator[str]:
    """No structure is in two splits, and each is in the split that follows from its hash."""
    seen: dict[str, str] = {}
    for shard, row in built.rows("id", "structural_hash"):
        structure, split = row["structural_hash"], shard["split"]
        if seen.setdefault(structure, split) != split:
            yield f"structure {structure} is in {seen[structure]} and in {split}"
        elif split_of(structure) != split:
            yield f"{shard['name']}: row {row['id']} belongs to {split_of(structure)}"


@row_check("near-duplicates")
def _near_duplicates(built: Built) -> Iterator[str]:
    """No row of another split is a near-duplicate of a test row: all pairs are compared, exactly."""
    tests = [(row["id"], found) for shard, row, found in _shingled(built) if shard["split"] == "test"]
    if not tests:
        return
    index = _Overlaps([found for _, found in tests])
    for shard, row, found in _shingled(built):
        if shard["split"] != "test":
            similar, number = index.most_similar(found)
            if similar >= NEAR_DUPLICATE:
                yield f"{shard['name']}: row {row['id']} resembles test row {tests[number][0]} ({similar:.2f})"


def _shingled(built: Built) -> Iterator[tuple[Row, Row, Shingles]]:
    for shard, row in built.rows("id", "python_source"):
        try:
            found = shingles(row["python_source"])
        except SyntaxError:
            continue  # what is no Python is told by the check of structures
        yield shard, row, found


class _Overlaps:
    """Exact Jaccard indices of one set of shingles with many: an index from each shingle to the sets that have it."""

    def __init__(self, sets: list[Shingles]) -> None:
        self._sizes = np.array([len(found) for found in sets])
        every = np.concatenate(sets)
        owners = np.repeat(np.arange(len(sets)), self._sizes)
        order = np.argsort(every, kind="stable")
        self._shingles, self._owners = every[order], owners[order]

    def most_similar(self, found: Shingles) -> tuple[float, int]:
        """The highest index, and the number of the set that it belongs to."""
        start = np.searchsorted(self._shingles, found)
        stop = np.searchsorted(self._shingles, found, side="right")
        places = [np.arange(first, last) for first, last in zip(start, stop, strict=True) if first < last]
        if not places:
            return 0.0, 0
        shared: npt.NDArray[np.int64] = np.bincount(self._owners[np.concatenate(places)], minlength=len(self._sizes))
        similar = shared / (self._sizes + len(found) - shared)
        best = int(similar.argmax())
        return float(similar[best]), best


@row_check("canonical text")
def _canonical(built: Built) -> Iterator[str]:
    """Generated code has no path, no comment and no hash; Python source has no path."""
    for shard, row in built.rows("id", "python_source", *CODE_COLUMNS):
        place = f"{shard['name']}: row {row['id']}"
        if found := _PATH.search(row["python_source"]):
            yield f"{place}: python_source has the path {found.group()}"
        for column in CODE_COLUMNS:
            if fault := _text_fault(row[column], row["python_source"]):
                yield f"{place}: {column} has {fault}"


def _text_fault(text: str, source: str) -> str:
    if found := _PATH.search(text):
        return f"the path {found.group()}"
    code = _LITERAL.sub('""', text)
    if "//" in code or "/*" in code:
        return "a comment"
    for found in _HASH.finditer(code):
        line = code[code.rfind("\n", 0, found.start()) + 1 : found.start()]
        name = line[len(line.rstrip(_WORD)) :] + found.group()
        if name not in source:
            return f"the hash {name}"
    return ""


@row_check("line maps")
def _line_maps(built: Built) -> Iterator[str]:
    """Each generated line has its Python line, which exists, or none."""
    for shard, row in built.rows("id", "python_source", "line_map", *CODE_COLUMNS):
        last = row["python_source"].count("\n") + 1
        for column in CODE_COLUMNS:
            lines = row["line_map"][column]
            if len(lines) != row[column].count("\n") or not all(0 <= line <= last for line in lines):
                yield f"{shard['name']}: row {row['id']}: the line map of {column} does not fit its text"


@row_check("features")
def _features(built: Built) -> Iterator[str]:
    """Features are those of the row's source."""
    for shard, row in built.rows("id", "python_source", "features"):
        if _structure(row["python_source"]) and features(row["python_source"]) != row["features"]:
            yield f"{shard['name']}: row {row['id']} has other features than its source"


@row_check("placement")
def _placement(built: Built) -> Iterator[str]:
    """Category, versions and names of a row are those of its file, of the manifest and of its source."""
    expected = {"generator_version": built.manifest.generator_version, "warp_version": built.manifest.warp_version}
    columns = ("id", "category", "source", "license", "python_source", "metadata", "provenance")
    for shard, row in built.rows(*columns):
        place = f"{shard['name']}: row {row['id']}"
        if row["category"] != row["metadata"]["category"] or shard["category"] not in (row["category"], EVALUATION):
            yield f"{place} says category {row['category']}"
        if f"def {row['metadata']['kernel_name']}(" not in row["python_source"]:
            yield f"{place} does not define its kernel {row['metadata']['kernel_name']}"
        if any(row["provenance"][name] != version for name, version in expected.items()):
            yield f"{place} was made by other versions than the manifest's"
        if not row["license"] or not row["source"]:
            yield f"{place} has no licence or no origin"


@row_check("attribution")
def _attribution(built: Built) -> Iterator[str]:
    """Every row says whose it is, under a licence of the data; LICENSE and NOTICE are those of the rows."""
    rows: Counter[Attribution] = Counter()
    for shard, row in built.rows("id", "category", "source", "license", "origin"):
        place = f"{shard['name']}: row {row['id']}"
        harvested = row["origin"] is not None
        if harvested != (row["category"] in HARVESTED):
            yield f"{place} of category {row['category']} {'has an' if harvested else 'has no'} origin"
        if row["source"] != source_of(row["origin"]):
            yield f"{place} says {row['source']}, and {source_of(row['origin'])} by its origin"
        if row["license"] not in LICENCES:
            yield f"{place} is under {row['license'] or 'no licence'}"
        if attribution := attribution_of(row):
            rows[attribution] += 1
    licence = beside("LICENSE").read_text(encoding="utf-8")
    for name, text in {"LICENSE": licence, "NOTICE": notice(built.manifest.data_version, rows)}.items():
        path = built.folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"{name} is missing, or is not that of these rows"


@row_check("verification")
def _verification(built: Built) -> Iterator[str]:
    """What a row claims of its verification is possible, and is what the build was asked for; its cases are whole."""
    level = built.manifest.request["verify"]
    columns = ("id", "args", "cpp_backward", "test_cases", "verification")
    for shard, row in built.rows(*columns):
        fault = claims_fault(row) or _level_fault(row["verification"], level) or _case_fault(row)
        if fault:
            yield f"{shard['name']}: row {row['id']}: {fault}"


def _level_fault(claims: Row, level: str) -> str:
    for name, levels in {
        "compiled": ("compile", "execute", "gradient", "cuda"),
        "executed": ("execute", "gradient", "cuda"),
        "gradient": ("gradient", "cuda"),
    }.items():
        if level not in levels and claims[name] == "passed":
            return f"{name} passed, which a build with --verify {level} does not find out"
        if level in levels and claims[name] == "not run" and not (name == "gradient" and claims["reason"]):
            return f"{name} was not run in a build with --verify {level}, and no reason is given"
    if level == "cuda" and claims["executed"] == "passed" and claims["cuda"] == "not run" and not claims["cuda_reason"]:
        return f"cuda was not run in a build with --verify {level}, and no reason is given"
    if claims["cuda"] == "failed" and not claims["cuda_reason"]:
        return "cuda failed, and no reason is given"
    for name in ("forward_error", "gradient_error", "cuda_error", "cuda_gradient_error"):
        if not (math.isfinite(claims[name]) and claims[name] >= 0):
            return f"{name} is {claims[name]}"
    if not 0 <= len(claims["branches_missed"]) <= claims["branches"]:
        return "more branches were missed than there are"
    return ""


def _case_fault(row: Row) -> str:
    known = {argument["name"] for argument in row["args"]}
    for case in row["test_cases"]:
        for array in (*case["inputs"], *case["outputs"]):
            if array["dtype"] not in SCALARS:
                return f"a test case has the dtype {array['dtype']}"
            size = math.prod(array["shape"]) * np.dtype(SCALARS[array["dtype"]][0]).itemsize
            if len(array["data"]) != size:
                return f"{array['name']} of a test case has {len(array['data'])} bytes, its shape needs {size}"
            if array["name"].split(".")[0] not in known:
                return f"{array['name']} of a test case is no argument"
    return ""


@row_check("made again")
def _made_again(built: Built) -> Iterator[str]:
    """A sample of the rows, generated and extracted again, has the same source, code and line map."""
    made_with = built.manifest.generator_version, built.manifest.warp_version
    if made_with != (__version__, warp_version()):
        raise NotRun(f"made by generator {made_with[0]} and Warp {made_with[1]}, which are not those installed")
    rows = []
    for place, row in _sample(built):
        if row["python_source"] == _generated(row):
            rows.append((place, row))
        else:
            yield f"{place} is not what the generator writes for its seed"
    with quiet_warp():
        blocks = [row["launch"]["block_dim"] for _, row in rows]
        made = extract_batch([row["python_source"] for _, row in rows], blocks)
    for (place, row), code in zip(rows, made, strict=True):
        if not isinstance(code, Extracted):
            yield f"{place}: Warp refuses it: {code}"
            continue
        columns = {name: getattr(code, name) for name in CODE_COLUMNS} | {"line_map": code.line_map, "args": code.args}
        for name, value in columns.items():
            if row[name] != value:
                yield f"{place}: {name} is not what Warp generates"


def _sample(built: Built) -> list[tuple[str, Row]]:
    """Rows that a seed gives, chosen by their hashes: the same ones each time, over all files."""
    columns = (
        *("id", "category", "source", "structural_hash", "python_source", "provenance", "args", "launch", "line_map"),
    )
    ranked: dict[bytes, tuple[str, Row]] = {}
    seed = built.manifest.plan_sha256.encode()[:32]
    for shard, row in built.rows(*columns, *CODE_COLUMNS):
        if row["source"] == "synthetic" and shard["category"] != EVALUATION:
            rank = hashlib.blake2b(row["structural_hash"].encode(), key=seed, digest_size=16).digest()
            ranked[rank] = (f"{shard['name']}: row {row['id']}", row)
            if len(ranked) > SAMPLE:
                del ranked[max(ranked)]
    return [ranked[rank] for rank in sorted(ranked)]


def _generated(row: Row) -> str:
    seed, size = row["provenance"]["seed"], row["provenance"]["size"]
    if row["category"] not in CATEGORIES or seed is None:
        return ""
    try:
        return generate_kernel(row["category"], seed, size)["source"]
    except Rejected:
        return ""
