"""A loop as its operator meets it on the command line: looked at, steered, judged, promoted, taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salience import Engine
from salience.cli import main
from salience.events import DecideRequest
from salience.events.loops import RankAction
from salience.store import home as homes

ACTIONS = (RankAction("tea", [{"kind": "tea"}]), RankAction("rice", [{"kind": "rice"}]))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "home"
    homes.create(folder)
    with Engine.open(folder) as engine:
        for at in range(40):
            made = engine.decide(DecideRequest(actions=ACTIONS, event_id=f"e{at}"))
            engine.reward(f"e{at}", float(made.placed[0].chosen == "rice"))
    return folder


def told(home: Path, capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    assert main(["policies", *words, "--home", str(home), "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_list_and_replay(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (loop,) = told(home, capsys, "list")
    assert (loop["decisions"], loop["lessons"], loop["settings"].get("mode", "online")) == (40, 40, "online")
    assert told(home, capsys, "replay", "e31")["same"] is True
    assert main(["policies", "replay", "e31", "--home", str(home)]) == 0
    assert "to the last bit" in capsys.readouterr().out


def test_set_promote_and_rollback(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    view = told(home, capsys, "set", "--mode", "loggingOnly", "--apprentice-share", "0.5")
    assert view["settings"]["mode"] == "loggingOnly"
    assert told(home, capsys, "promote")["mode"] == "apprentice"
    stays = told(home, capsys, "promote", status=1)
    assert stays["mode"] == "apprentice"
    assert "sample size" in stays["why"]
    assert told(home, capsys, "promote", "--force")["mode"] == "online"
    version = told(home, capsys, "versions")[-1]["name"]
    assert told(home, capsys, "rollback", version)["pinned"] == version
    assert told(home, capsys, "rollback", "newest")["pinned"] == ""


def test_report_in_words(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "report", "--policies", "squarecb", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert "baseline" in said
    assert "squarecb" in said


@pytest.mark.parametrize(
    "words", [("set",), ("set", "--floor", "3"), ("set", "--policy", "magic"), ("rollback", "v9"), ("replay", "never")]
)
def test_what_cannot_be(home: Path, words: tuple[str, ...]) -> None:
    assert main(["policies", *words, "--home", str(home)]) == 2


def test_something_new_is_tried_on_a_share(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str, status: int = 0) -> str:
        assert main(["policies", *words, "--home", str(home)]) == status
        told = capsys.readouterr()
        return told.out + told.err

    assert "tries nothing" in said("canary", status=2)
    assert "answers already" in said("canary", "--share", "0.1", status=2)
    assert "10.0% of the units" in said("canary", "--share", "0.1", "--policy", "squarecb", "--margin", "reward=0.05")
    assert "not enough data for the margin of 0.05" in said("canary")
    assert "too early" in said("canary", "--adopt", status=2)
    assert "surely worse" in said("guard")
    assert "answers everybody" in said("canary", "--end")
    for words in (["--share", "2"], ["--share", "0.1", "--end"], ["--share", "0.1", "--margin", "x"]):
        assert said("canary", *words, status=2)
