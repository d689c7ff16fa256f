"""Sealed segments: Parquet beside the log, never instead of it, and gone when a row is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from salience.cli.main import main
from salience.collect.exporters.write import write as seal_rows
from salience.engine import Engine
from salience.engine import sealing as engine_sealing
from salience.store import home

CANARY = "canary-1f9"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = home.create(tmp_path / "shop", settings="keep_behaviour_days = 1\n").home
    with Engine.open(made) as engine:
        sent = [
            {"kind": "purchase", "id": f"e{n}", "user": f"u{n % 3}", "item": "tea", "price": 2.5} for n in range(25)
        ]
        sent.append(
            {"kind": "search", "id": "s", "user": "u1", "query": CANARY, "context": {"note": CANARY, "bot": True}}
        )
        sent.append({"kind": "identify", "id": "i", "user": "u2", "traits": {"name": CANARY}})
        assert engine.collect(sent, source="test").stored == 27
    return made


def rows(folder: Path, columns: str = "row, kind, person, item, price, bot") -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM '{folder / 'segments'}/*.parquet' ORDER BY row").fetchall()  # noqa: S608


def test_every_row_is_sealed_once_in_files_that_do_not_change(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_sealing, "SEGMENT", 10)
    with Engine.open(shop) as engine:
        first = engine.seal()
        assert [(one.first, one.last, one.events) for one in first] == [(1, 10, 10), (11, 20, 10), (21, 27, 7)]
        before = {one.name: (shop / "segments" / one.name).read_bytes() for one in first}
        assert engine.seal() == ()
        engine.collect([{"kind": "click", "id": "late", "user": "u9", "item": "cup"}], source="test")
        assert [(one.first, one.last) for one in engine.seal()] == [(28, 28)]
        assert all((shop / "segments" / name).read_bytes() == data for name, data in before.items())
        assert engine.log.last() == 28
    found = rows(shop)
    assert [row[0] for row in found] == list(range(1, 29))
    assert found[0] == (1, "purchase", "u0", "tea", 2.5, False)
    assert found[25][1:3] + found[25][5:] == ("search", "u1", True)


def test_nothing_that_the_log_seals_is_in_a_segment(shop: Path) -> None:
    with Engine.open(shop) as engine:
        (one,) = engine.seal()
    cells = rows(shop, "*")
    assert CANARY not in str(cells)
    assert CANARY.encode() not in (shop / "segments" / one.name).read_bytes()


def test_an_erasure_drops_them(shop: Path) -> None:
    with Engine.open(shop) as engine:
        engine.seal()
        engine.erase("u1")
        assert engine.sealed.list() == ()
        engine.seal()
        assert "u1" not in {row[2] for row in rows(shop)}


def test_an_expiry_drops_them(shop: Path) -> None:
    with Engine.open(shop) as engine:
        engine.seal()
        engine.expire(engine.now() + 3 * 86_400_000)
        assert engine.sealed.list() == ()
        assert not list((shop / "segments").iterdir())


def test_beside_a_server(shop: Path) -> None:
    with Engine.open(shop) as serving:
        assert main(["seal", "--home", str(shop)]) == 0
        assert len(rows(shop)) == 27
        serving.erase("u1")
        assert serving.sealed.list() == ()
        assert main(["seal", "--home", str(shop)]) == 0
        assert "u1" not in {row[2] for row in rows(shop)}
        assert main(["seal", "--drop", "--home", str(shop)]) == 0
        assert serving.sealed.list() == ()


def test_an_erasure_waits_for_a_segment_that_is_being_made_and_drops_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, erased = threading.Event(), threading.Event()
    write, early = seal_rows, list[bool]()

    def slowly(path: Path, rows: Iterator[dict[str, object]], columns: dict[str, str]) -> int:
        read = list(rows)
        if not reading.is_set():
            reading.set()
            early.append(erased.wait(0.2))
        return write(path, iter(read), columns)

    monkeypatch.setattr(engine_sealing, "write", slowly)
    with Engine.open(shop) as serving, Engine.open(shop, read_only=True, follow=False) as beside:
        sealing = threading.Thread(target=beside.seal)
        sealing.start()
        assert reading.wait(5)
        serving.erase("u1")
        erased.set()
        sealing.join()
        assert early == [False], "the erasure ended before the segment that holds erased rows"
        serving.seal()
        assert "u1" not in {row[2] for row in rows(shop)}


def test_a_changed_file_is_found(shop: Path) -> None:
    with Engine.open(shop) as engine:
        (one,) = engine.seal()
        assert engine.sealed.damages() == ()
        path = shop / "segments" / one.name
        path.write_bytes(path.read_bytes()[:-1] + b"\x00")
        assert engine.sealed.damages() == (f"segment {one.name}: checksum differs",)
        path.unlink()
        assert len(engine.sealed.damages()) == 1
        assert not next(check for check in engine.doctor() if check.name == "log").ok
