"""The command line as a whole: statuses, one line per fault, JSON faults, and a stop with Ctrl-C."""

from __future__ import annotations

import json
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from runpy import run_module

import pytest

from salience.cli import main
from salience.cli.main import kinds_of, parser_of
from salience.cli.verbs import VERBS, Verb


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALIENCE_HOME", raising=False)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.strip()


def test_the_package_runs_as_a_module(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["salience", "--help"])
    with pytest.raises(SystemExit) as ended:
        run_module("salience", run_name="__main__")
    assert ended.value.code == 0
    assert "usage: salience" in capsys.readouterr().out


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {verb.name} " in out and verb.line in out for verb in VERBS)


def test_nothing_typed_shows_the_help_and_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: salience VERB" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_its_own_help(verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb.name, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"usage: salience {verb.name}" in out
    assert "--home" in out
    assert "--json" in out


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_add_and_run_and_explains_each_option(verb: Verb) -> None:
    for kind in kinds_of(verb) or (None,):
        module = import_module((kind or verb).module)
        assert callable(module.add)
        assert callable(module.run)
        assert all(action.help for action in parser_of(verb, kind).options())


@pytest.mark.parametrize("verb", [verb for verb in VERBS if kinds_of(verb)], ids=lambda verb: verb.name)
def test_a_verb_with_kinds_lists_them_and_each_has_its_own_help(verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb.name]) == 2
    listed = capsys.readouterr().err
    for kind in kinds_of(verb):
        assert f"  {kind.name} " in listed
        assert main([verb.name, kind.name, "--help"]) == 0
        assert f"usage: salience {verb.name} {kind.name}" in capsys.readouterr().out


def test_a_misspelt_verb_gets_one_line_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert one_line(capsys) == "salience: command = 'trian': not a verb of salience; did you mean 'train'?"


def test_a_misspelt_option_gets_one_line_with_the_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--minuts", "3"]) == 2
    assert one_line(capsys).endswith("did you mean '--minutes'?")


def test_faults_are_json_when_json_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mine", "ruls", "--json"]) == 2
    error = json.loads(one_line(capsys))["error"]
    assert (error["parameter"], error["value"], error["way_out"]) == ("kind", "ruls", "did you mean 'rules'?")


def test_options_of_all_verbs_may_stand_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--home", "nowhere", "keys", "list"]) == 2
    assert json.loads(one_line(capsys))["error"]["value"] == "nowhere"


def test_without_a_home_the_way_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 2
    line = one_line(capsys)
    assert all(word in line for word in ("home", "--home DIR", "SALIENCE_HOME", "salience init"))


@pytest.mark.parametrize(
    ("raised", "status", "line"),
    [
        (KeyboardInterrupt(), 130, "stopped; what was published before still serves"),
        (OSError(28, "No space left on device", "/disk/log.db"), 1, "salience: No space left on device: /disk/log.db"),
    ],
)
def test_what_stops_a_verb_becomes_one_line_and_a_status(
    raised: BaseException,
    status: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped(_args: Namespace) -> int:
        raise raised

    monkeypatch.setattr("salience.cli.models.run", stopped)
    assert main(["models"]) == status
    assert one_line(capsys) == line


def test_a_bug_keeps_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_args: Namespace) -> int:
        raise ValueError("not a caller's fault")

    monkeypatch.setattr("salience.cli.models.run", broken)
    with pytest.raises(ValueError, match="not a caller's fault"):
        main(["models"])


def test_a_store_that_is_away_is_one_line_and_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("psycopg")
    from salience.store import home

    made = home.create(tmp_path / "shop", settings='log_url = "postgresql://u:hush@127.0.0.1:1/x?connect_timeout=1"\n')
    assert main(["models", "--home", str(made.home)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "cannot be reached" in told
    assert "hush" not in told
