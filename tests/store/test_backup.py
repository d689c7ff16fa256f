"""Backups taken while events come in, and what is made of them."""

from __future__ import annotations

import io
import os
import tarfile
import threading
from pathlib import Path

import msgspec
import pytest

from salience.events import InvalidInput, Search
from salience.privacy.vault import Vault
from salience.store import home
from salience.store.backup import backup, restore
from salience.store.faults import Damaged
from salience.store.home import Home


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = home.create(tmp_path / "shop").home
    with home.open(made) as opened:
        opened.models.publish("v1", lambda folder: (folder / "arrays.npz").touch())
        _store(opened, 1, 10)
    return made


def search(number: int) -> Search:
    return Search(id=f"s{number}", user=f"u{number % 7}", query=f"needle {number}")


def _store(opened: Home, first: int, last: int) -> None:
    ring = opened.ring()
    with opened.log(Vault(ring, os.urandom)) as log:
        log.append([search(n) for n in range(first, last + 1)]).result()
    ring.close()


def read(folder: Path) -> list[object]:
    with home.open(folder) as opened:
        ring = opened.ring()
        with opened.log(Vault(ring, os.urandom)) as log:
            assert log.damages() == []
            events: list[object] = [event for _, event in log.read(limit=100_000)]
            assert log.ledger().stored == len(events) == log.last()
        ring.close()
    return events


def test_twenty_backups_under_load_each_restore_to_a_prefix_of_what_was_acknowledged(
    workspace: Path, tmp_path: Path
) -> None:
    acknowledged = [10]
    done = threading.Event()
    with home.open(workspace) as opened:
        ring = opened.ring()
        log = opened.log(Vault(ring, os.urandom))

        def write() -> None:
            while not done.is_set():
                first = acknowledged[0] + 1
                log.append([search(n) for n in range(first, first + 20)]).result()
                acknowledged[0] = first + 19

        writer = threading.Thread(target=write)
        writer.start()
        taken = []
        with home.open(workspace, read_only=True) as reader:
            for n in range(20):
                before = acknowledged[0]
                made = backup(reader, tmp_path / f"{n}.tar", now=n, keys=True)
                taken.append((before, made.last))
        done.set()
        writer.join()
        log.close()
        ring.close()
    for n, (before, last) in enumerate(taken):
        assert last >= before
        if n % 5 == 0:
            assert restore([tmp_path / f"{n}.tar"], tmp_path / f"new{n}").last == last
            assert read(tmp_path / f"new{n}") == [search(m) for m in range(1, last + 1)]


def test_models_settings_and_keys_come_back(workspace: Path, tmp_path: Path) -> None:
    (workspace / "salience.toml").write_text("explore = 0.5\n")
    with home.open(workspace, read_only=True) as opened:
        backup(opened, tmp_path / "data.tar", now=1)
        backup(opened, tmp_path / "keys.tar", now=1, data=False, keys=True)
    assert (tmp_path / "data.tar").stat().st_mode & 0o777 == 0o600
    restore([tmp_path / "data.tar", tmp_path / "keys.tar"], tmp_path / "new")
    with home.open(tmp_path / "new") as opened:
        assert opened.models.current() == "v1"
        assert opened.models.path("v1")
        assert opened.settings.read_text() == "explore = 0.5\n"
    assert (tmp_path / "new" / "keys" / "workspace.json").stat().st_mode & 0o777 == 0o600
    assert read(tmp_path / "new") == [search(n) for n in range(1, 11)]


def test_without_its_keys_the_sealed_fields_read_as_erased(workspace: Path, tmp_path: Path) -> None:
    with home.open(workspace, read_only=True) as opened:
        backup(opened, tmp_path / "data.tar", now=1)
    restore([tmp_path / "data.tar"], tmp_path / "new")
    assert {getattr(event, "query", "") for event in read(tmp_path / "new")} == {"[erased]"}


def test_keys_of_another_workspace_are_refused(workspace: Path, tmp_path: Path) -> None:
    """They would open nothing, and know none of the erased by their pseudonyms: those would be back, unnoticed."""
    other = home.create(tmp_path / "other").home
    with home.open(workspace, read_only=True) as opened:
        backup(opened, tmp_path / "data.tar", now=1)
        backup(opened, tmp_path / "keys.tar", now=1, data=False, keys=True)
    with home.open(other) as opened:
        _store(opened, 1, 2)
        backup(opened, tmp_path / "foreign.tar", now=1, data=False, keys=True)
    with pytest.raises(InvalidInput, match="of another workspace than data"):
        restore([tmp_path / "data.tar", tmp_path / "foreign.tar"], tmp_path / "new")
    assert not (tmp_path / "new").exists()
    restore([tmp_path / "data.tar", tmp_path / "keys.tar"], tmp_path / "new")
    assert read(tmp_path / "new") == read(workspace)


def test_what_was_changed_cut_or_exists_is_refused(workspace: Path, tmp_path: Path) -> None:
    archive = tmp_path / "data.tar"
    with home.open(workspace, read_only=True) as opened:
        backup(opened, archive, now=1)
        with pytest.raises(InvalidInput, match="exists already"):
            backup(opened, archive, now=1)
    with pytest.raises(InvalidInput, match="exists already"):
        restore([archive], workspace)
    whole = archive.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(b"SQLite format 3") + 5000] ^= 1
    for data, fault in (
        (bytes(flipped), Damaged),
        (whole[: len(whole) // 2], InvalidInput),
        (b"x" * 900, InvalidInput),
    ):
        archive.write_bytes(data)
        with pytest.raises((fault, Damaged)):
            restore([archive], tmp_path / "new")
        assert not (tmp_path / "new").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


@pytest.mark.parametrize("name", ["../canary", "/canary", "models/../../canary", "models/..", "log.db/x", "lock"])
def test_no_archive_writes_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "evil.tar"
    manifest = {"format": 1, "made": 1, "last": 1, "files": {name: "0"}}
    with tarfile.open(archive, "w") as tar:
        for member, data in (("manifest.json", msgspec.json.encode(manifest)), (name, b"canary")):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(InvalidInput, match=f"file = {name!r}: does not belong"):
        restore([archive], tmp_path / "new" / "home")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path != archive]


def test_a_link_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar"
    with tarfile.open(archive, "w") as tar:
        data = msgspec.json.encode({"format": 1, "made": 1, "last": 1, "files": {"log.db": "0"}})
        info = tarfile.TarInfo("manifest.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("log.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(InvalidInput, match=r"file = 'log\.db': does not belong"):
        restore([archive], tmp_path / "new")
