"""The documentation agrees with the code: links lead somewhere, pages that are generated are fresh, examples run."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from salience import __version__
from salience.cli.verbs import VERBS
from salience.prepare.features import FEATURES
from salience.settings import Settings
from tests.house.test_imports import MAY_IMPORT

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)

REGISTRIES = re.compile(r"pypi\.org|pythonhosted|/simple/|(?<!no-emit-)index-url", re.IGNORECASE)
THIS_MACHINE = re.compile(r"/(?:work|root|tmp/dx|home/\w+)/|/opt/pypi")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[str]:
    """The code of a page in one of these languages."""
    return [code for language, code in BLOCK.findall(page.read_text(encoding="utf-8")) if language in languages]


def anchors(page: Path) -> set[str]:
    """The anchors that a heading gets, as code hosts make them."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} does not exist"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_registry_or_a_path_of_somebody_s_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not REGISTRIES.search(text)
    assert not THIS_MACHINE.search(text)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "pyproject.toml", "Makefile", ".ci/run"])
def test_no_file_of_the_set_up_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not REGISTRIES.search(text)
    assert not THIS_MACHINE.search(text)


def test_generated_pages_are_what_the_code_says() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_every_setting_is_on_its_page() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert all(f"| `{key}` |" in page for key in Settings.__struct_fields__)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_pages_name_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`|\| )salience ([a-z]+)", text, re.MULTILINE)
    assert set(named) <= {verb.name for verb in VERBS}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_source_files_that_pages_name_exist(page: Path) -> None:
    named = re.findall(
        r"`((?:src/salience|tests|scripts|docs)/[\w/.-]+\.(?:py|md|sh))`", page.read_text(encoding="utf-8")
    )
    missing = [name for name in named if "yours" not in name and not (ROOT / name).exists()]
    assert missing == []


def test_architecture_prints_the_table_of_the_rooms() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    printed = dict(re.findall(r"^\| `(\w+)` \| .+? \| (.*?) ?\|$", page, re.MULTILINE))
    above: list[str] = []
    for room, cell in printed.items():
        allowed = set(above) if cell == "all above" else {word for word in cell.split(", ") if word}
        assert allowed == MAY_IMPORT[room], room
        above.append(room)
    assert set(printed) == set(MAY_IMPORT)


def test_readmes_have_the_same_parts() -> None:
    english, chinese = (
        [(len(line) - len(line.lstrip("#"))) for line in BLOCK.sub("", page.read_text(encoding="utf-8")).splitlines()]
        for page in READMES
    )
    assert [level for level in english if level] == [level for level in chinese if level]


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_notebook_of_the_readme_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(page, "python")
    script = tmp_path / "notebook.py"
    script.write_text(code + "\nassert len(items[0]) == 10 and model.items.names\n", encoding="utf-8")
    environment = os.environ | {"PYTHONWARNINGS": "error"}
    done = subprocess.run(  # noqa: S603 - the README's own words
        [sys.executable, str(script)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.stderr == ""
    assert (tmp_path / "my-model").is_dir()


@pytest.mark.parametrize("page", [p for p in PAGES if p not in READMES and blocks(p, "python")], ids=name_of)
def test_python_on_other_pages_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for code in blocks(page, "python"):
        done = subprocess.run(  # noqa: S603 - the page's own words
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.stderr == ""


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "pycon")], ids=name_of)
def test_sessions_on_pages_are_what_really_happens(page: Path) -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    text = "\n".join(blocks(page, "pycon"))
    examples = parser.get_doctest(text, {}, name_of(page), str(page), 0)
    assert examples.examples
    assert runner.run(examples).failed == 0


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## ({re.escape(__version__)}|Unreleased)\b", text, re.MULTILINE)


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    assert all(f"decisions/{page.name}" in index for page in pages)


def test_the_steps_name_lists_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name, folder in (("ALGORITHMS", "models"), ("FEATURES", "prepare/features"), ("POLICIES", "optimise")):
        assert f"`{name}` in `{folder}/__init__.py`" in text
        assert f"{name}:" in (ROOT / "src" / "salience" / folder / "__init__.py").read_text(encoding="utf-8")
    assert FEATURES
