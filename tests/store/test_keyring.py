"""The key ring on a real folder."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from salience.events import InvalidInput
from salience.store.faults import Damaged, Unavailable
from salience.store.keyring import Keyring, WrappedKey


def put(ring: Keyring, number: int, person: str, key: bytes = b"wrapped needle") -> None:
    ring.put(lambda by, _secret: [WrappedKey(number, person, by, key)])


def test_keys_are_there_after_a_restart_and_the_files_are_for_their_owner(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ring = Keyring(folder)
    put(ring, 5, "ann")
    workspace, current = ring.workspace, ring.current
    ring.close()
    assert (folder / "workspace.json").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    again = Keyring(folder)
    assert (again.workspace, again.current) == (workspace, current)
    assert again.newest("ann") == again.get(5) == (5, "ann", current, b"wrapped needle")
    assert again.newest("bob") is again.get(6) is None
    again.close()


def test_a_destroyed_key_leaves_no_byte(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    put(ring, 5, "ann-canary")
    assert ring.destroy("ann-canary") == 1
    assert ring.destroy("ann-canary") == 0
    assert ring.newest("ann-canary") is None
    gone = ring.get(5)
    assert gone is not None
    assert gone.key == b""
    for path in (tmp_path / "keys").iterdir():
        assert b"wrapped needle" not in path.read_bytes(), path
        assert b"ann-canary" not in path.read_bytes(), path
    ring.close()


def test_people_without_the_key_that_wraps_them_are_not_opened(tmp_path: Path) -> None:
    Keyring(tmp_path / "keys").close()
    (tmp_path / "keys" / "workspace.json").unlink()
    with pytest.raises(Damaged, match="restore it from a backup"):
        Keyring(tmp_path / "keys")


def test_a_reader_of_a_workspace_without_keys_makes_none(tmp_path: Path) -> None:
    Keyring(tmp_path / "keys", read_only=True).close()
    assert not (tmp_path / "keys").exists()


def test_another_process_may_rotate_while_this_one_writes(tmp_path: Path) -> None:
    writer, other = Keyring(tmp_path / "keys"), Keyring(tmp_path / "keys")
    put(writer, 1, "ann")
    assert other.rotate(lambda row, by, _secret: (row[0], row[1], by, row[3])) == 1
    put(writer, 2, "bob")
    found = other.newest("bob")
    assert found is not None
    assert found.by == other.current == writer.current
    writer.close()
    other.close()


def test_a_locked_file_is_our_fault_and_passes(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    db = apsw.Connection(str(tmp_path / "keys" / "people.db"))
    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="did not take the keys"):
        put(ring, 1, "ann")
    db.execute("ROLLBACK")
    db.close()
    put(ring, 1, "ann")
    ring.close()


def test_keys_in_memory_are_not_rotated() -> None:
    with pytest.raises(InvalidInput, match="cannot be rotated"):
        Keyring(None).rotate(lambda row, _by, _secret: row)
