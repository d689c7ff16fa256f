"""A flipped byte in the write-ahead log is told from the end of what was written."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest

from salience.events import Click, InvalidInput
from salience.store.sqlite_log import SqliteLog
from salience.store.wal import FRAME, HEADER, broken_frame

PAGE = 4096


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A log with ten commits that nobody brought into the main file, as a kill leaves it."""
    home = tmp_path / "live"
    home.mkdir()
    with SqliteLog(home / "log.db") as log:
        for number in range(10):
            log.append([Click(id=f"e{number}", user="ann", item="tea")]).result()
        left = tmp_path / "left"
        shutil.copytree(home, left)
    return left / "log.db"


def wal(log: Path) -> Path:
    return log.with_name(log.name + "-wal")


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def frames(file: Path) -> int:
    return (file.stat().st_size - HEADER) // (FRAME + PAGE)


def test_what_a_kill_leaves_is_whole(killed: Path) -> None:
    assert frames(wal(killed)) >= 10
    assert broken_frame(wal(killed)) == 0
    with SqliteLog(killed) as log:
        assert log.last() == 10


@pytest.mark.parametrize("part", ["page", "number", "sum", "salt"])
def test_a_byte_that_flipped_before_commits_is_seen_and_nothing_is_dropped(killed: Path, part: str) -> None:
    inside = {"page": FRAME + 100, "number": 3, "sum": 17, "salt": 9}[part]
    flip(wal(killed), HEADER + 2 * (FRAME + PAGE) + inside)
    before = wal(killed).read_bytes()
    assert broken_frame(wal(killed)) == 3
    with pytest.raises(InvalidInput, match="frame 3 of its write-ahead log"):
        SqliteLog(killed)
    assert wal(killed).read_bytes() == before


def test_a_frame_that_was_being_written_is_the_end(killed: Path) -> None:
    whole = wal(killed).read_bytes()
    wal(killed).write_bytes(whole[: -PAGE // 2])
    assert broken_frame(wal(killed)) == 0
    flip(wal(killed), len(whole) - 2 * (FRAME + PAGE) + 5)  # before it no commit stands behind the flipped frame
    assert broken_frame(wal(killed)) == 0


def test_frames_of_an_older_generation_say_nothing(killed: Path) -> None:
    db = apsw.Connection(str(killed))
    db.execute("PRAGMA wal_checkpoint(RESTART)")
    db.execute("CREATE TABLE x (y)")
    shutil.copy(wal(killed), killed.with_name("copy-wal"))
    assert broken_frame(killed.with_name("copy-wal")) == 0
    assert frames(killed.with_name("copy-wal")) > 3
    db.close()


def test_no_file_and_no_log_are_left_to_sqlite(tmp_path: Path) -> None:
    assert broken_frame(tmp_path / "none") == 0
    (tmp_path / "odd").write_bytes(b"x" * 5000)
    assert broken_frame(tmp_path / "odd") == 0
