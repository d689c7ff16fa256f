"""`failed`, `backup`, `restore` and `keys rotate workspace`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salience.cli import main
from salience.engine import Engine
from salience.events import Search
from salience.store import home


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        bad = [b'{"kind":"click","id":"c1","user":"ann"}', b'{"kind":"quiz","id":"q1","user":"ann"}']
        good = {"kind": "search", "id": "s1", "user": "ann", "query": "needle"}
        engine.collect([*bad, good], source="http", public=False)
    return made


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    status = main([*words, "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out or said.err)


def test_failed_events_are_listed_with_reason_schema_and_raw_bytes(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = typed(capsys, "failed", "list", "--home", str(shop))
    assert status == 0
    assert [(one["source"], one["schema"], one["replayed"]) for one in found] == [("http", 1, False)] * 2
    assert found[1]["reason"] == "item: is missing"
    _, one = typed(capsys, "failed", "show", str(found[1]["seq"]), "--home", str(shop))
    assert one["raw"] == '{"kind":"click","id":"c1","user":"ann"}'
    assert typed(capsys, "failed", "show", "99", "--home", str(shop))[0] == 2
    assert b'"user":"ann"}' not in (shop / "log.db").read_bytes()  # raw bytes are sealed


def test_a_replay_stores_what_has_become_good_and_only_once(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, results = typed(capsys, "failed", "replay", "--home", str(shop))
    assert (status, {one["status"] for one in results}) == (1, {"failed"})
    with Engine.open(shop) as engine:
        before = engine.log.ledger()
        assert (before.received, before.stored, before.failed) == (3, 1, 2)
        mended = engine.log.failure(1)
        assert mended is not None
        good = Search(id="c1", user="ann", query="mended", received=mended.received)
        engine.log.append([good], replays=1).result()
        assert engine.replay_failed(1).reason == "it was replayed already"
        after = engine.log.ledger()
        assert (after.received, after.stored, after.failed, after.balanced) == (3, 2, 1, True)
    _, listed = typed(capsys, "failed", "list", "--home", str(shop))
    assert [one["replayed"] for one in listed] == [False, True]


def test_replay_judges_with_the_rights_of_the_sender(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        raw = b'{"kind":"item","id":"i1","item":"tea","title":"Tea"}'
        engine.collect([raw], source="http", public=True)  # a public key may not write the catalogue
        assert engine.replay_failed(1).status == "failed"
        assert engine.log.ledger().failed == 1


def test_a_backup_is_restored_with_its_keys(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, keys, new = (str(tmp_path / name) for name in ("data.tar", "keys.tar", "new"))
    with Engine.open(shop):  # the workspace is in use
        assert typed(capsys, "backup", data, "--home", str(shop))[0] == 0
        assert typed(capsys, "backup", keys, "--only-keys", "--home", str(shop))[0] == 0
    status, said = typed(capsys, "restore", data, keys, "--home", new)
    assert (status, said["last"]) == (0, 1)
    with Engine.open(new) as engine:
        assert [getattr(event, "query", "") for _, event in engine.log.read()] == ["needle"]
        assert next(check for check in engine.doctor() if check.name == "keys").ok
    assert typed(capsys, "restore", data, "--home", new)[0] == 2


def test_a_restore_says_how_many_keys_its_archives_lack(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys = str(tmp_path / "data.tar"), str(tmp_path / "keys.tar")
    with Engine.open(shop) as engine:
        assert typed(capsys, "backup", keys, "--only-keys", "--home", str(shop))[0] == 0
        engine.collect([{"kind": "search", "id": "s2", "user": "bob", "query": "later"}], source="http")
        assert typed(capsys, "backup", data, "--home", str(shop))[0] == 0
    status, said = typed(capsys, "restore", data, keys, "--home", str(tmp_path / "old"))
    assert (status, said["keys_missing"]) == (0, 1)  # bob's, which is younger than the archive of the keys
    assert main(["restore", data, "--home", str(tmp_path / "none")]) == 0
    told = capsys.readouterr().out
    assert "2 keys of sealed fields are not in these archives: such fields read as erased." in told
    assert "Name the archive with the keys as well, and one that was made after the data." in told
    with Engine.open(tmp_path / "old") as engine:
        assert [getattr(event, "query", "") for _, event in engine.log.read()] == ["needle", "[erased]"]


def test_a_copy_is_not_served_beside_its_original(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = str(tmp_path / "both.tar")
    assert typed(capsys, "backup", both, "--keys", "--home", str(shop))[0] == 0
    assert typed(capsys, "restore", both, "--home", str(tmp_path / "copy"))[0] == 0
    words = ["serve", "--home", str(shop), "--beside", str(tmp_path / "copy"), "--host", "no such host"]
    status, said = typed(capsys, *words)
    assert (status, said["error"]["parameter"]) == (2, "beside")
    assert "has a key in common" in said["error"]["rule"]
    other = home.create(tmp_path / "other").home
    assert main([*words[:3], "--beside", str(other), *words[5:]]) == 2
    assert "host = 'no such host'" in capsys.readouterr().err  # it got as far as listening


def test_the_workspace_key_is_rotated_beside_a_running_engine(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Engine.open(shop) as engine:
        status, said = typed(capsys, "keys", "rotate", "workspace", "--home", str(shop))
        assert (status, said["rewrapped"]) == (0, 2)  # ann's, and that of the failed rows
        engine.collect([{"kind": "search", "id": "s2", "user": "bob", "query": "thread"}], source="http")
    with Engine.open(shop, read_only=True) as engine:
        assert [getattr(event, "query", "") for _, event in engine.log.read()] == ["needle", "thread"]
