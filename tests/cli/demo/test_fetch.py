"""MovieLens reaches the demo from a folder, a cache or a wheel, and nothing else gets in."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from salience.cli.demo import fetch
from salience.events import InvalidInput

NAMES = ("ml-100k.inter", "ml-100k.item", "ml-100k.user")


def filled(folder: Path, names: tuple[str, ...] = NAMES) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(name, encoding="utf-8")
    return folder


def test_a_given_folder_wins(tmp_path: Path) -> None:
    folder = filled(tmp_path / "mine", ("u.data", "u.item", "u.user"))
    assert fetch.movielens({"SALIENCE_DATA": str(folder)}) == (folder, "SALIENCE_DATA")


def test_the_unpacked_archive_s_parent_will_do(tmp_path: Path) -> None:
    folder = filled(tmp_path / "ml-100k", ("u.data", "u.item", "u.user"))
    assert fetch.movielens({"SALIENCE_DATA": str(tmp_path)}).folder == folder


def test_a_given_folder_without_the_files_is_the_caller_s_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"SALIENCE_DATA = .*u\.data"):
        fetch.movielens({"SALIENCE_DATA": str(tmp_path)})


def test_the_cache_answers_without_any_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "salience" / "movielens-100k")
    monkeypatch.setattr(fetch, "_from_package", unreachable)
    monkeypatch.setattr(fetch, "_from_archive", unreachable)
    assert fetch.movielens({"XDG_CACHE_HOME": str(tmp_path)}) == (folder, "cache")


def test_half_a_cache_is_fetched_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "salience" / "movielens-100k", NAMES[:1])
    monkeypatch.setattr(fetch, "_from_package", whole)
    found = fetch.movielens({"XDG_CACHE_HOME": str(tmp_path)})
    assert sorted(path.name for path in found.folder.iterdir()) == sorted(NAMES)
    assert [path.name for path in (tmp_path / "salience").iterdir()] == ["movielens-100k"]  # no work folder stays


def test_the_second_source_is_asked_when_the_first_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_from_package", unreachable)
    monkeypatch.setattr(fetch, "_from_archive", whole)
    assert fetch.movielens({"XDG_CACHE_HOME": str(tmp_path)}).source == "GroupLens"


def test_no_source_gives_one_message_that_names_both_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_from_package", unreachable)
    monkeypatch.setattr(fetch, "_from_archive", unreachable)
    with pytest.raises(fetch.Unobtainable) as fault:
        fetch.movielens({"XDG_CACHE_HOME": str(tmp_path)})
    message = str(fault.value)
    assert all(word in message for word in ("recbole==1.2.1", "GroupLens", "no route", "SALIENCE_DATA", "u.data"))
    assert list((tmp_path / "salience").iterdir()) == []


def test_an_unwritable_cache_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "salience").write_text("a file where the cache folder should be", encoding="utf-8")
    monkeypatch.setattr(fetch, "_from_package", whole)
    found = fetch.movielens({"XDG_CACHE_HOME": str(tmp_path)})
    assert (found.folder / NAMES[0]).is_file()


def test_a_wrong_digest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(b"not what was published")
    fetch.check(path, "sha256", hashlib.sha256(b"not what was published").hexdigest())
    with pytest.raises(OSError, match="expected 0e33842e"):
        fetch.check(path, "md5", fetch.ARCHIVE_MD5)


def test_only_the_named_members_leave_an_archive(tmp_path: Path) -> None:
    archive, target = tmp_path / "a.zip", tmp_path / "out"
    target.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("ml-100k/u.data", "1\t2\t3\t4\n")
        file.writestr("../../escaped", "outside")
    fetch.unpack(archive, {"ml-100k/u.data": "u.data"}, target)
    assert [path.name for path in target.iterdir()] == ["u.data"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_a_member_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("u.data", "x" * 100)
    monkeypatch.setattr(fetch, "LARGEST_MEMBER", 99)
    with pytest.raises(OSError, match="larger than 99 bytes"):
        fetch.unpack(archive, {"u.data": "u.data"}, tmp_path)


@pytest.mark.movielens
def test_the_real_files_are_the_hundred_thousand_ratings(movielens: Path) -> None:
    names = {path.name for path in movielens.iterdir()}
    ratings = movielens / ("ml-100k.inter" if "ml-100k.inter" in names else "u.data")
    lines = ratings.read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line[:1].isdigit()]) == 100_000


def unreachable(_folder: Path) -> None:
    raise OSError("no route to host")


def whole(folder: Path) -> None:
    files: Mapping[str, str] = fetch.PACKAGE_FILES
    for name in files.values():
        (folder / name).write_text(name, encoding="utf-8")
