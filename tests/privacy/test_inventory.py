"""The list of everything that is kept, against a workspace that has really been used."""

from __future__ import annotations

from pathlib import Path

import apsw

from salience.events import Click
from salience.privacy.inventory import KEPT, listed
from salience.store import home
from salience.store.log import Failed

CANARY = "canary-7f3a"


def used(tmp_path: Path) -> Path:
    """A workspace in the middle of its work: events, failures, two models, a rotated key."""
    made = home.create(tmp_path / "shop")
    opened = home.open(made.home)
    log = opened.log()
    log.append([Click(id=f"e-{CANARY}", user=f"u-{CANARY}", item="tea")], [Failed(CANARY.encode(), "bad", 1)]).result()
    for version in ("v1", "v2"):
        opened.models.publish(version, lambda folder: (folder / "arrays.npz").touch())
    opened.models.rollback("v1")
    opened.keys.rotate("write")
    log.read()
    assert log.of_subject(f"u-{CANARY}")
    return made.home


def test_every_file_and_folder_is_listed(tmp_path: Path) -> None:
    folder = used(tmp_path)
    names = {(path.relative_to(folder).as_posix(), "folder" if path.is_dir() else "file") for path in folder.rglob("*")}
    assert ("log.db-wal", "file") in names
    assert ("models/v1/arrays.npz", "file") in names
    for name, sort in names:
        assert listed(sort, name) is not None, f"{sort} {name} is kept but not listed"  # type: ignore[arg-type]
    found = {listed(sort, name) for name, sort in names}  # type: ignore[arg-type]
    missing = {one.name for one in KEPT if one.sort in ("file", "folder")} - {one.name for one in found if one}
    assert missing == set(), "listed but never made"


def test_every_table_and_index_is_listed(tmp_path: Path) -> None:
    with apsw.Connection(str(used(tmp_path) / "log.db")) as db:
        there = {(str(sort), str(name)) for sort, name in db.execute("SELECT type, name FROM sqlite_schema")}
    assert there == {(one.sort, one.name) for one in KEPT if one.sort in ("table", "index")}


def test_what_holds_people_is_marked_so(tmp_path: Path) -> None:
    """Byte by byte: no file that is said to be about nobody holds an id that was planted."""
    folder = used(tmp_path)
    for path in folder.rglob("*"):
        if path.is_file() and CANARY.encode() in path.read_bytes():
            kept = listed("file", path.relative_to(folder).as_posix())
            assert kept is not None
            assert kept.personal, f"{kept.name} holds people's data"
    assert any(CANARY.encode() in (folder / name).read_bytes() for name in ("log.db", "log.db-wal"))


def test_a_thing_that_is_not_listed_is_noticed() -> None:
    assert listed("file", "diary.txt") is None
    assert listed("file", "models/v1/deeper/arrays.npz") is None
    assert listed("table", "models") is None
