"""Structure, tokens, shingles and splits."""

import io
import tokenize
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import warp

from warp_jit_pairs.identity import jaccard, shingles, split_of, structural_hash, tokens

KERNEL = '''import warp as wp

SCALE = wp.constant(2.5)


@wp.struct
class Body:
    mass: float
    x: wp.vec3


@wp.kernel
def push(bodies: wp.array(dtype=Body), force: wp.array(dtype=wp.vec3), dt: float, out: wp.array(dtype=float)):
    """Move bodies."""
    i = wp.tid()
    a = force[i] / bodies[i].mass  # acceleration
    if a.x > 3.0:
        out[i] = wp.sin(a.x) * dt
    else:
        out[i] = float(i) + SCALE
'''

SAME = {
    "renamed": KERNEL.replace("push", "advance").replace("bodies[", "particles[").replace("bodies:", "particles:"),
    "renamed scalar": KERNEL.replace("dt: ", "h: ").replace("* dt", "* h"),
    "renamed field": KERNEL.replace("mass", "weight"),
    "other literal": KERNEL.replace("3.0", "17.25").replace("2.5", "1.0"),
    "no comment": KERNEL.replace("  # acceleration", ""),
    "no docstring": KERNEL.replace('    """Move bodies."""\n', ""),
    "other width": KERNEL.replace("dtype=float", "dtype=wp.float64").replace("wp.vec3", "wp.vec3d"),
    "other spelling of an array": KERNEL.replace("wp.array(dtype=wp.vec3)", "wp.array[wp.vec3]"),
    "other brackets": KERNEL.replace("wp.sin(a.x) * dt", "(wp.sin(a.x) * (dt))"),
}
DIFFERENT = {
    "other builtin": KERNEL.replace("wp.sin", "wp.cos"),
    "other operator": KERNEL.replace("* dt", "+ dt"),
    "other comparison": KERNEL.replace("a.x > 3.0", "a.x < 3.0"),
    "other component": KERNEL.replace("if a.x", "if a.y"),
    "other vector": KERNEL.replace("wp.vec3", "wp.vec4"),
    "other number of dimensions": KERNEL.replace("wp.array(dtype=wp.vec3)", "wp.array2d(dtype=wp.vec3)"),
    "more dimensions by keyword": KERNEL.replace("wp.array(dtype=wp.vec3)", "wp.array(dtype=wp.vec3, ndim=2)"),
    "one statement more": KERNEL + "    out[i] += 1.0\n",
    "int literal": KERNEL.replace("3.0", "3"),
}


@pytest.mark.parametrize("name", SAME)
def test_disguises_do_not_change_the_structure(name: str) -> None:
    assert SAME[name] != KERNEL
    assert structural_hash(SAME[name]) == structural_hash(KERNEL)


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_program_has_another_structure(name: str) -> None:
    assert DIFFERENT[name] != KERNEL
    assert structural_hash(DIFFERENT[name]) != structural_hash(KERNEL)


def test_two_spellings_of_two_dimensions_are_one() -> None:
    short, long = (
        KERNEL.replace("wp.array(dtype=wp.vec3)", "wp.array2d[wp.vec3]"),
        DIFFERENT["more dimensions by keyword"],
    )
    assert structural_hash(short) == structural_hash(long)


def test_the_structural_hash_stays_what_it_is() -> None:
    # Splits of published versions depend on it: a change raises the major version of the data.
    assert structural_hash(KERNEL) == "e84999875713de2ba7036cfc99aa2d18"


_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def test_tokens_are_those_of_tokenize() -> None:
    files = sorted((Path(warp.__file__).parent / "examples" / "core").glob("*.py"))
    assert len(files) > 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        if 'f"' in text or "f'" in text:  # Python 3.12 takes f-strings apart; kernels have none
            continue
        expected = [t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in _LAYOUT]
        assert tokens(text) == expected, file.name


@pytest.mark.parametrize("text", ["a = 'open\n", "a ? b", "x = $1"])
def test_tokens_of_what_is_no_python_raise(text: str) -> None:
    with pytest.raises(SyntaxError):
        tokens(text)


def test_shingles_see_no_names_and_see_order() -> None:
    assert np.array_equal(shingles(KERNEL), shingles(SAME["renamed"]))
    assert not np.array_equal(shingles(KERNEL), shingles(DIFFERENT["other builtin"]))


def test_jaccard() -> None:
    def numbers(*values: int) -> np.ndarray:
        return np.array(values, dtype=np.uint64)

    assert jaccard(numbers(1, 2, 3), numbers(2, 3, 4)) == 0.5
    assert jaccard(numbers(1, 2), numbers(1, 2)) == 1.0
    assert jaccard(numbers(1, 2), numbers(3, 4)) == 0.0


def test_splits_are_90_5_5() -> None:
    values = np.random.default_rng(0).integers(0, 2**32, size=20_000)
    counts = Counter(split_of(f"{value:08x}") for value in values)
    shares = {name: round(100 * count / len(values)) for name, count in counts.items()}
    assert shares == {"train": 90, "validation": 5, "test": 5}


def test_an_empty_source_has_a_structure_too() -> None:
    assert structural_hash("") == structural_hash('"""Only words."""\n') != structural_hash("pass\n")
