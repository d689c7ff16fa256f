"""The list of everything that is kept, against a workspace that has really been used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import apsw
import msgspec

from salience.events import AnyEvent, Click, Search
from salience.privacy.inventory import FOR_EVER, KEPT, OPEN, RETENTION, listed, personal_fields
from salience.privacy.vault import Vault
from salience.settings import Settings
from salience.store import home
from salience.store.accounts import Accounts
from salience.store.log import Failed
from salience.store.register import Register
from salience.store.segments import Segments

CANARY = "canary-7f3a"


def used(tmp_path: Path) -> Path:
    """A workspace in the middle of its work: events, failures, two models, a rotated key."""
    made = home.create(tmp_path / "shop")
    opened = home.open(made.home)
    opened.mappings.touch()
    ring = opened.ring()
    vault = Vault(ring, os.urandom)
    log = opened.log(vault)
    words = Search(id=f"s-{CANARY}", user=f"u-{CANARY}", query="tea")
    log.append([Click(id=f"e-{CANARY}", user=f"u-{CANARY}", item="tea"), words], [Failed(b"x", "bad", 1)]).result()
    ring.rotate(vault.keys.rewrap)
    for version in ("v1", "v2"):
        opened.models.publish(version, _model)
        opened.predictor("churn").publish(version, _model)
    opened.models.rollback("v1")
    opened.keys.rotate("write")
    Segments(opened.segments).add(2, 2, lambda _first, _last, path: path.write_bytes(b"PAR1"))
    register = Register(made.home)
    register.audit(lambda seq, _before: (seq, 1, "test", "looked", "", "", "0"), lambda _rows, _hash: b"{}")
    Accounts(made.home / home.ACCOUNTS).add("ann", "officer", "$argon2id$", now=1)
    (made.home / home.PROVIDER_SECRET).write_text("of the provider")
    log.read()
    assert log.of_subject(f"u-{CANARY}")
    return made.home


def _model(folder: Path) -> None:
    (folder / "card.json").touch()
    (folder / "model").mkdir()
    (folder / "model" / "arrays.npz").touch()


def test_every_file_and_folder_is_listed(tmp_path: Path) -> None:
    folder = used(tmp_path)
    names = {(path.relative_to(folder).as_posix(), "folder" if path.is_dir() else "file") for path in folder.rglob("*")}
    assert ("log.db-wal", "file") in names
    assert ("models/v1/model/arrays.npz", "file") in names
    for name, sort in names:
        assert listed(sort, name) is not None, f"{sort} {name} is kept but not listed"  # type: ignore[arg-type]
    found = {listed(sort, name) for name, sort in names}  # type: ignore[arg-type]
    missing = {one.name for one in KEPT if one.sort in ("file", "folder")} - {one.name for one in found if one}
    assert missing == set(), "listed but never made"


def test_every_table_and_index_is_listed(tmp_path: Path) -> None:
    folder, there = used(tmp_path), set()
    for file, prefix in (("log.db", ""), ("keys/people.db", "people."), ("privacy.db", "privacy.")):
        with apsw.Connection(str(folder / file)) as db:
            there |= {
                (str(sort), prefix + str(name)) for sort, name in db.execute("SELECT type, name FROM sqlite_schema")
            }
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
    assert listed("file", "models/v1/model/deeper/arrays.npz") is None
    assert listed("table", "models") is None


LONGEST_NAME = 256
"""Longer text is prose, and free names may hold anything."""


def test_every_field_of_free_text_is_sealed_or_said_to_be_about_nobody() -> None:
    undecided = {
        (str(kind.__struct_config__.tag), field.name)
        for kind in get_args(AnyEvent)
        for field in _fields(kind)
        if _free(field.type) and field.name not in personal_fields(str(kind.__struct_config__.tag))
    }
    assert undecided - OPEN == set()


def _fields(kind: type[AnyEvent]) -> tuple[msgspec.inspect.Field, ...]:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return info.fields


def _free(found: msgspec.inspect.Type) -> bool:
    if isinstance(found, msgspec.inspect.DictType):
        return not isinstance(found.value_type, msgspec.inspect.BoolType)  # purposes: yes or no
    return isinstance(found, msgspec.inspect.StrType) and (found.max_length or 0) > LONGEST_NAME


def test_every_kind_of_event_has_one_class_of_retention() -> None:
    classes = [kind for kinds in RETENTION.values() for kind in kinds] + sorted(FOR_EVER)
    assert sorted(classes) == sorted(str(kind.__struct_config__.tag) for kind in get_args(AnyEvent))
    assert all(f"keep_{sort}_days" in Settings.__struct_fields__ for sort in RETENTION)
