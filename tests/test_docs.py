"""What the documents say is so: files, commands, options, versions, public names."""

import argparse
import ast
import os
import re
import tomllib
from collections.abc import Iterator

import pytest
from conftest import ROOT

import warp_jit_pairs
from warp_jit_pairs.cli import _parser
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.version import DATA_VERSION, __version__

README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "warp_jit_pairs"
TREE_START = "```\nwarp_jit_pairs/\n"


def _verbs() -> dict[str, argparse.ArgumentParser]:
    (actions,) = (action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    return actions.choices


def _options(verb: str) -> Iterator[str]:
    for action in _verbs()[verb]._actions:
        yield from (name for name in action.option_strings if name not in ("-h", "--help"))


def _block(name: str) -> str:
    found = re.search(rf"^```bash {name}\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_readme_begins_with_two_commands_of_one_line() -> None:
    assert "\n" not in _block("main")
    assert "\n" not in _block("test")
    assert README.index("```bash main") < README.index("```bash test") < README.index("## ")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert r"/^```bash test$/,/^```$/p" in script
    assert all(tool in script for tool in ("ruff check", "ruff format --check", "mypy"))


def _tree() -> str:
    """Every file of the package with the first line of its docstring."""
    lines = []
    for path in sorted(PACKAGE.rglob("*.py"), key=lambda path: (path.parent != PACKAGE, path)):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        lines.append(f"    {path.relative_to(PACKAGE)!s:27} {text.splitlines()[0]}\n")
    return "".join(lines)


def test_the_readme_has_a_line_for_every_file() -> None:
    head, rest = README.split(TREE_START)
    tail = rest[rest.index("```") :]
    if os.environ.get("WJP_REGENERATE_GOLDEN"):
        (ROOT / "README.md").write_text(f"{head}{TREE_START}{_tree()}{tail}", encoding="utf-8")
    else:
        assert f"{head}{TREE_START}{_tree()}{tail}" == README, (
            "run pytest tests/test_docs.py with WJP_REGENERATE_GOLDEN=1"
        )


@pytest.mark.parametrize("verb", _verbs())
def test_every_verb_and_option_is_in_the_readme(verb: str) -> None:
    synopsis = "\n".join(line for line in README.splitlines() if line.startswith(f"warp-jit-pairs {verb} "))
    assert synopsis
    assert all(option in synopsis for option in _options(verb))


def test_links_lead_somewhere() -> None:
    for document in ROOT.rglob("*.md"):
        if ".venv" in document.parts or document.parent == PACKAGE:
            continue
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_changelog_speaks_of_the_versions_that_are() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(__version__)}\b", text, re.MULTILINE)
    assert f"data {DATA_VERSION}" in text.lower() or __version__ == DATA_VERSION


def test_the_readme_names_the_default_number_of_records_and_the_categories_are_documented() -> None:
    assert "600 records" in README
    assert all(category.doc for category in CATEGORIES.values())


def test_all_is_complete_and_documented() -> None:
    public = set(warp_jit_pairs.__all__) - {"__version__"}
    assert public == set(warp_jit_pairs._HOMES)
    for name in public:
        assert getattr(warp_jit_pairs, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        warp_jit_pairs.nonsense  # noqa: B018


def test_every_dependency_is_imported_somewhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    names = {"warp-lang": "warp"}
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=\[ ]", requirement)[0]
        module = names.get(name, name.replace("-", "_"))
        assert re.search(rf"^\s*(?:import|from) {module}\b", text, re.MULTILINE), f"{name} is not used"
