"""The workspace folder: made once, opened by one writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.events import InvalidInput, NotFound
from salience.store import home
from tests.store.log_suite import click, ids


def test_a_new_workspace_can_be_opened_used_and_opened_again(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop", settings="[serve]\n")
    assert made.workspace == "shop"
    assert made.home.stat().st_mode & 0o777 == 0o700
    with home.open(made.home) as opened, opened.log() as log:
        assert opened.keys.check(made.write_key) == "write"
        assert opened.keys.check(made.secret_key) == "secret"
        assert opened.settings.read_text() == "[serve]\n"
        assert opened.models.current() == ""
        log.append([click("e1")]).result()
    with home.open(made.home) as opened, opened.log() as log:
        assert ids(log.read()) == ["e1"]
    assert {path.name for path in made.home.iterdir()} == {
        "salience.toml",
        "keys.json",
        "log.db",
        "models",
        "lock",
        "keys",
    }


def test_one_writer_many_readers(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop")
    with home.open(made.home):
        with pytest.raises(InvalidInput, match="is in use by process"):
            home.open(made.home)
        with home.open(made.home, read_only=True) as reader, reader.log() as log:
            assert log.last() == 0


def test_what_is_no_workspace_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not a workspace; make one with: salience init"):
        home.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_anybody_is_overwritten(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop")
    before = (made.home / "keys.json").read_bytes()
    with pytest.raises(InvalidInput, match="is a workspace already"):
        home.create(made.home)
    assert (made.home / "keys.json").read_bytes() == before
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.md").write_text("words")
    with pytest.raises(InvalidInput, match=r"holds other files, e.g. chapter1.md"):
        home.create(tmp_path / "thesis")
    with pytest.raises(InvalidInput, match="is a file"):
        home.create(tmp_path / "thesis" / "chapter1.md")


def test_a_half_made_workspace_is_finished_by_trying_again(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop")
    (made.home / "keys.json").unlink()  # the last step had not happened
    (made.home / ".keys.json.0.tmp").write_text("{")
    again = home.create(tmp_path / "shop")
    assert home.open(again.home).keys.check(again.secret_key) == "secret"
