"""A table read by a second process gives what one process gives; whatever becomes of that process, each row once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from salience.collect.columns import Block, Blocks, Drawn, Ready, judged
from salience.collect.importers import aside
from salience.collect.importers.aside import Task
from salience.collect.importers.delimited import BATCH, csv_blocks
from salience.collect.importers.table import TableMap, events, table_map
from salience.collect.receipt import Rejected
from salience.events import AnyEvent, InvalidInput

NOW = 1_800_000_000_000
SOURCE = "shop.csv"
MAPPING = table_map("purchase", "user=u,item=i,time=t,price=p")
FIRST = 2
BEHIND = FIRST * BATCH  # the first row that the second process sends
ROWS = BEHIND + 5 * BATCH


def written(path: Path, odd: dict[int, str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("u,i,t,p\n")
        file.writelines(
            odd.get(at) or f"u{at % 7},i{at % 11},{1_700_000_000_000 + at},{at % 9}\n" for at in range(ROWS)
        )
    return path


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Odd rows in two of the last five blocks: an id with a space, one that is no text, a row with a cell too many."""
    odd = {BEHIND + 10: "ann lee,tea,5,1\n", BEHIND + 11: ",tea,5,1\n", BEHIND + BATCH: "u,i,5,1,1\n"}
    return written(tmp_path_factory.mktemp("aside") / SOURCE, odd)


def blocks(path: Path, *, progress: Any = None, mapping: TableMap = MAPPING, aside_too: bool = True) -> Blocks:
    found = Blocks(mapping, csv_blocks(path, mapping))
    if aside_too:
        found.aside = partial(aside.read, Task(str(path), mapping, first=FIRST), progress=progress)
    return found


def stored(block: Block | Drawn | Ready) -> list[Any]:
    """What goes to the log of a block, or the long way."""
    if isinstance(block, Ready):
        return list(block.others if block.rows is None else block.rows)
    rows = judged(block, MAPPING, now=NOW, source=SOURCE)
    return list(events(block.rows(), MAPPING) if rows is None else rows)


def all_of(path: Path, **how: Any) -> list[list[Any]]:
    return [stored(block) for block in blocks(path, **how).each(lambda: NOW, SOURCE)]


@pytest.fixture(scope="module")
def alone(table: Path) -> list[list[Any]]:
    return all_of(table, aside_too=False)


def watched(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started from here on."""
    started: list[subprocess.Popen[bytes]] = []
    start = aside._started

    def noted() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(aside, "_started", noted)
    return started


def test_two_processes_give_what_one_gives(table: Path, alone: list[list[Any]]) -> None:
    told: list[tuple[int, int]] = []
    found = list(blocks(table, progress=lambda *at: told.append(at)).each(lambda: NOW, SOURCE))
    assert [stored(block) for block in found] == alone
    assert [isinstance(block, Ready) for block in found] == [False] * FIRST + [True] * 5
    assert [type(block.rows) for block in found[FIRST:] if isinstance(block, Ready)].count(type(None)) == 2
    assert any(isinstance(one, Rejected) for one in stored(found[FIRST + 1]))
    size = table.stat().st_size
    assert told[-1] == (size, size) or (told[-1][1] == size and told[-1][0] > size // 2)


def test_what_was_judged_elsewhere_can_still_go_the_long_way(table: Path) -> None:
    for block in blocks(table).each(lambda: NOW, SOURCE):
        if isinstance(block, Ready) and block.rows is not None:
            again: list[AnyEvent | Rejected] = block.imported()
            assert [msgspec.json.encode(event) for event in again] == [row.body for row in block.rows]


def test_a_second_process_that_cannot_start_is_done_without(
    table: Path, alone: list[list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(table.parent / "nothing"))
    assert all_of(table) == alone
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert all_of(table) == alone


def test_a_second_process_that_is_killed_is_done_without(
    table: Path, alone: list[list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = watched(monkeypatch)
    monkeypatch.setattr(aside, "AHEAD", 1)
    found = []
    for block in blocks(table).each(lambda: NOW, SOURCE):
        found.append(stored(block))
        if len(found) == FIRST + 2:
            started[0].kill()
            started[0].wait()
    assert found == alone


def test_it_ends_with_whoever_asked(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = watched(monkeypatch)
    some: Iterator[Block | Drawn | Ready] = blocks(table).each(lambda: NOW, SOURCE)
    next(some)
    some.close()  # type: ignore[attr-defined]  # as Ctrl-C does
    assert started[0].returncode is not None
    assert started[0].returncode >= 0  # by itself: nobody had to kill it
    assert os.getpgid(0) != started[0].pid


def test_a_fault_in_the_file_has_its_words(table: Path, tmp_path: Path) -> None:
    import gzip

    whole = gzip.compress(table.read_bytes(), compresslevel=1)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: len(whole) - 200])
    with pytest.raises(InvalidInput, match=r"breaks off after line 13,"):
        all_of(cut)


@pytest.mark.parametrize(("size", "cores", "want"), [(9, 2, False), (10, 2, True), (10, 1, False)])
def test_it_is_for_large_files_and_two_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, cores: int, want: bool
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"x" * size)
    monkeypatch.setattr(aside, "LARGE", 10)
    monkeypatch.setattr(aside, "_cores", lambda: cores)
    assert aside.worth_it(path) is want
