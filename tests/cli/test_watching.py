"""A watched folder, with a real process; and a rehearsal that stores nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salience.cli import main
from salience.cli.watching import Looks
from salience.engine import Engine

CLICK = '{"kind":"click","id":"%s","user":"ann","item":"tea"}\n'


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    home = tmp_path / "shop"
    assert main(["init", str(home)]) == 0
    capsys.readouterr()
    return home


def test_a_file_is_whole_once_it_stays_as_it_was(tmp_path: Path) -> None:
    looks, path = Looks(), tmp_path / "a.jsonl"
    path.write_text("1")
    assert list(looks.whole(tmp_path)) == []
    path.write_text("1 and 2")
    assert list(looks.whole(tmp_path)) == [], "it grew since the last look"
    assert [found for found, _ in looks.whole(tmp_path)] == [path]
    assert list(looks.whole(tmp_path)) == []
    (tmp_path / ".hidden.part").write_text("x")
    os.utime(path, (1, 1))
    assert list(looks.whole(tmp_path)) == []
    assert [found for found, _ in looks.whole(tmp_path)] == [path], "it was written anew"


def test_a_folder_is_taken_in_until_the_signal_and_not_again_after_it(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text(CLICK % "e1" + CLICK % "e2")
    (folder / "0.xlsx").write_text("no such form")
    program = str(Path(sys.executable).with_name("salience"))
    command = [program, "import", "events", str(folder), "--watch", "--home", str(home)]
    for expected in (["a.jsonl: 2 received = 2 stored + 0 duplicate + 0 failed\n"], []):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in expected]
        if not expected:
            time.sleep(4)
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=30)
        assert (lines, rest, process.returncode) == (expected, "", 0)
        assert ("0.xlsx: file" in errors) == bool(expected)
    with Engine.open(home) as engine:
        assert [event.id for _, event in engine.log.read() if event.kind == "click"] == ["e1", "e2"]


def test_a_dry_run_says_what_would_become_of_each_row(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(CLICK % "e1")
    assert main(["import", "events", str(path), "--home", str(home)]) == 0
    path.write_text(CLICK % "e1" + CLICK % "e2" + '{"kind":"clik"}\n')
    capsys.readouterr()
    assert main(["import", "events", str(path), "--dry-run", "--home", str(home), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["received"], found["stored"], found["duplicate"], found["failed"]) == (3, 1, 1, 1)
    assert "kind" in found["faults"][0]
    with Engine.open(home) as engine:
        assert engine.log.ledger().received == 1


def test_only_folders_are_watched(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("")
    assert main(["import", "events", str(path), "--watch", "--home", str(home)]) == 2
    assert "is no folder" in capsys.readouterr().err
