"""The demo: its report, its checks over HTTP, and the whole of it on the real ratings."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from salience.cli import main
from salience.cli.demo import workspace
from salience.cli.demo.report import Report, peak_megabytes
from salience.cli.demo.simulate import simulate
from salience.engine import Engine
from salience.serve.app import app
from salience.serve.run import background
from salience.store import home as homes


def test_a_stage_says_rows_seconds_and_peak_memory(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    with report.stage("collect") as stage:
        stage.rows, stage.unit, stage.note = 102_625, "events", "all new"
    line = capsys.readouterr().out
    assert line.startswith("collect      102,625 events")
    assert f"{peak_megabytes():,.0f} MB".split(",", maxsplit=1)[0] in line
    assert line.endswith("all new\n")


def test_a_quiet_report_keeps_its_stages(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(quiet=True)
    with report.stage("rules") as stage:
        stage.rows = 3
    assert [(s.name, s.rows) for s in report.stages] == [("rules", 3)]
    assert capsys.readouterr().out == ""


def test_a_workspace_is_temporary_unless_named(tmp_path: Path) -> None:
    with workspace("") as (folder, key):
        assert homes.open(folder, read_only=True).keys.check(key) == "write"
    assert not folder.exists()
    named = str(tmp_path / "films")
    with workspace(named) as (folder, first):
        pass
    with workspace(named) as (again, second):
        keys = homes.open(again, read_only=True).keys
        assert (again, keys.check(first), keys.check(second)) == (folder, "write", "write")
        assert first != second


def films(engine: Engine) -> None:
    """Two tastes of thirty films, a hundred people."""
    rows = [{"kind": "item", "id": f"f{n}", "item": f"i{n}", "title": f"Film {n}"} for n in range(60)]
    for person in range(100):
        mine = [n for n in range(60) if n % 2 == person % 2 and (n + person) % 3]
        rows += [{"kind": "click", "id": f"{person}-{n}", "user": f"p{person}", "item": f"i{n}"} for n in mine]
    assert engine.collect(rows, source="test").failed == 0


def test_every_promise_holds_in_a_small_world(tmp_path: Path) -> None:
    with workspace(str(tmp_path / "films")) as (folder, key), Engine.open(folder) as engine:
        films(engine)
        engine.train(minutes=0.05)
        assert engine.home is not None
        with background(app(engine, engine.home.keys.check)) as address:
            checks = simulate(engine, address, key)
    assert [check.promise for check in checks if not check.held] == []
    assert len(checks) == 7


def test_a_broken_loop_is_noticed(tmp_path: Path) -> None:
    """Without a model the click cannot be the reason of anything, and the simulation must say so."""
    with workspace(str(tmp_path / "films")) as (folder, key), Engine.open(folder) as engine:
        films(engine)
        assert engine.home is not None
        with background(app(engine, engine.home.keys.check)) as address:
            checks = simulate(engine, address, key)
    assert {"the click changes the next answer", "the model answers", "the click is the reason"} == {
        check.promise for check in checks if not check.held
    }


def test_a_busy_port_is_said_before_the_work_begins(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["demo", "--no-browser", "--port", str(taken.getsockname()[1])]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--port" in err
    assert err.count("\n") == 1


@pytest.mark.movielens
def test_the_whole_loop_on_the_real_ratings(
    movielens: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SALIENCE_DATA", str(movielens))
    assert main(["demo", "--once", "--json", "--minutes", "0.05", "--home", str(tmp_path / "films")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["held"]
    assert all(check["held"] for check in said["checks"])
    names = [stage["name"] for stage in said["stages"]]
    assert names == ["get data", "collect", "prepare", "rules", "segments", "by user", "by time", "train", "serve"]
    assert said["stages"][1]["rows"] == 943 + 1_682 + 100_000
    assert said["peak_mb"] < 1_500
