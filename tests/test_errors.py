"""The exceptions: the tree that the docstring draws is the tree that is."""

import pickle
import re

import pytest

from warp_jit_pairs import errors


def _classes() -> list[type[Exception]]:
    return [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]


def test_the_docstring_draws_every_exception() -> None:
    drawn = re.findall(r"^ +[│├└─ ]*(\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(cls.__name__ for cls in _classes())


def test_every_exception_is_ours() -> None:
    assert all(issubclass(cls, errors.WarpJitPairsError) for cls in _classes())


@pytest.mark.parametrize(
    "error",
    [
        errors.UnknownNameError("category", "x", ["a", "b"]),
        errors.Rejected("reason", "detail"),
        errors.OutputError("no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_survives_the_way_out_of_a_worker(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
