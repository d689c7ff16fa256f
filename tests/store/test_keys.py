"""Keys: random, hashed, private to their owner, and rotated without a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.events import InvalidInput, NotFound
from salience.store.keys import DAY_MS, Keys

NOW = 1_700_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_each_key_opens_what_it_is_for_and_nothing_else_opens(path: Path) -> None:
    keys, write, secret = Keys.create(path, "shop")
    assert write.startswith("wk_")
    assert secret.startswith("sk_")
    assert len(write) == len(secret) == 3 + 43  # 256 bits in base64
    assert (keys.check(write), keys.check(secret)) == ("write", "secret")
    for wrong in ("", "wk_", write[:-1], write + "a", write.replace("wk_", "sk_"), "\ud800", "x" * 10_000):
        assert keys.check(wrong) is None
    assert keys.workspace == "shop"


def test_the_file_holds_no_key_and_is_read_by_its_owner_only(path: Path) -> None:
    _, write, secret = Keys.create(path, "shop")
    data = path.read_text()
    assert write[3:] not in data
    assert secret[3:] not in data
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_workspaces_never_share_a_key(tmp_path: Path) -> None:
    made = [Keys.create(tmp_path / f"{n}.json", "shop")[1:] for n in range(20)]
    assert len({key for pair in made for key in pair}) == 40


def test_a_rotated_key_overlaps_and_then_ends(path: Path) -> None:
    keys, old, secret = Keys.create(path, "shop", now=NOW)
    new = keys.rotate("write", now=NOW, overlap_ms=DAY_MS)
    assert keys.check(old, now=NOW + DAY_MS - 1) == "write"
    assert keys.check(old, now=NOW + DAY_MS) is None
    assert keys.check(new, now=NOW + 10 * DAY_MS) == "write"
    assert keys.check(secret, now=NOW + 10 * DAY_MS) == "secret"


def test_a_second_rotation_never_lengthens_the_life_of_an_old_key(path: Path) -> None:
    keys, old, _ = Keys.create(path, "shop", now=NOW)
    keys.rotate("write", now=NOW, overlap_ms=1000)
    keys.rotate("write", now=NOW + 500, overlap_ms=DAY_MS)
    assert keys.check(old, now=NOW + 1000) is None
    assert len(keys.list()) == 4
    keys.rotate("write", now=NOW + 2000)
    assert len(keys.list()) == 4  # the ended one is gone


def test_a_stolen_key_is_ended_at_once(path: Path) -> None:
    keys, write, secret = Keys.create(path, "shop", now=NOW)
    assert keys.check(keys.rotate("write", now=NOW, overlap_ms=0), now=NOW) == "write"
    assert keys.check(write, now=NOW) is None
    keys.revoke(next(key.id for key in keys.list() if key.kind == "secret"))
    assert keys.check(secret) is None
    with pytest.raises(NotFound, match="is not a key of this workspace"):
        keys.revoke("secret-0")
    with pytest.raises(InvalidInput, match="overlap_ms = -1"):
        keys.rotate("write", overlap_ms=-1)


def test_a_running_server_sees_what_another_process_changed(path: Path) -> None:
    server, write, _ = Keys.create(path, "shop", now=NOW)
    new = Keys(path).rotate("write", now=NOW, overlap_ms=0)
    assert server.check(new, now=NOW) == "write"
    assert server.check(write, now=NOW) is None


def test_a_broken_or_existing_file_is_said(path: Path) -> None:
    Keys.create(path, "shop")
    with pytest.raises(InvalidInput, match="exists already"):
        Keys.create(path, "shop")
    path.write_text('{"workspace": "shop", "keys": [], "admin": true}')
    with pytest.raises(InvalidInput, match="is not a key file"):
        Keys(path)
