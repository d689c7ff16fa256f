"""What is forgotten is gone from the disk, byte by byte, and the folds go on."""

from __future__ import annotations

from pathlib import Path

from salience.engine import Engine
from salience.events import Click
from salience.store import home
from salience.store.log import Failed
from salience.store.sqlite_log import SqliteLog

CANARY = "canary-7f3a"
DAY = 86_400_000


def test_no_byte_of_an_expired_event_stays_in_any_file(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "log.db") as log:
        rows = [Click(id=f"e{n}", user=f"u-{CANARY}", item=f"i-{CANARY}", time=n) for n in range(500)]
        log.append(rows, [Failed(CANARY.encode(), "bad", 7)]).result()
        log.append([Click(id="new", user="ann", item="tea", time=10_000)]).result()
        assert log.expire(["click"], before=5_000) == 500
        assert log.expire_failures(before=5_000) == 1
        for path in tmp_path.iterdir():
            assert CANARY.encode() not in path.read_bytes(), path
        assert [row for row, _ in log.read()] == [501]
        assert log.damages() == []


def test_the_engine_forgets_by_class_and_by_its_own_clock_argument(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop", settings="keep_words_days = 30\nkeep_failed_days = 10\n").home
    now = 1_700_000_000_000
    with Engine.open(made, clock=lambda: now) as engine:  # the engine's own housekeeping must not come first
        sent = [
            {"kind": "search", "id": "s1", "user": "ann", "query": "needle", "time": now},
            {"kind": "click", "id": "c1", "user": "ann", "item": "tea", "time": now},
        ]
        engine.log.append([], [Failed(b"old", "bad", now)]).result()
        engine.collect(sent, source="file")
        times = {event.id: event.time for _, event in engine.log.read()}
        assert engine.expire(times["s1"] + 29 * DAY) <= 1  # at most the failed one
        assert engine.expire(times["s1"] + 31 * DAY) >= 1
        assert [event.id for _, event in engine.log.read()] == ["c1"]
        assert next(engine.log.failures()).raw == b""
        assert next(check for check in engine.doctor() if check.name == "state").ok
