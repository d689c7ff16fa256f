from __future__ import annotations

import json
from pathlib import Path

import pytest

from salience.cli import main

DAY = 86_400_000
START = 1_700_000_000_000


def workspace(folder: Path, *, silent: bool) -> str:
    """Six weeks of two sources; one of them may fall silent in the last."""
    rows = [
        {
            "kind": "view",
            "id": f"{source}{day}-{n}",
            "user": f"p{n}",
            "item": f"i{n % 7}",
            "time": START + day * DAY + n,
        }
        for source in ("web", "app")
        for day in range(42 if source == "web" or not silent else 34)
        for n in range(20)
    ]
    file, home = folder / "events.jsonl", str(folder / "home")
    assert main(["init", home]) == 0
    for source in ("web", "app"):
        mine = [row for row in rows if str(row["id"]).startswith(source)]
        named = folder / f"{source}.jsonl"
        named.write_text("\n".join(json.dumps(row) for row in mine), encoding="utf-8")
        assert main(["import", "events", str(named), "--home", home]) == 0
    assert not file.exists()
    return home


def test_a_steady_shop_has_no_alarm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = workspace(tmp_path, silent=False)
    capsys.readouterr()
    assert main(["quality", "--home", home]) == 0
    out = capsys.readouterr().out
    assert "web.jsonl" in out
    assert "nothing has moved" in out


def test_a_silent_source_is_an_alarm_and_a_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = workspace(tmp_path, silent=True)
    capsys.readouterr()
    assert main(["quality", "--home", home, "--json"]) == 1
    found = {one["source"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["web.jsonl"]["alarms"] == []
    assert [alarm["what"] for alarm in found["app.jsonl"]["alarms"]] == ["volume"]
    assert "silent for 7 days" in found["app.jsonl"]["alarms"][0]["words"]


def test_an_empty_workspace_has_nothing_to_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    assert main(["init", home]) == 0
    capsys.readouterr()
    assert main(["quality", "--home", home]) == 0
    assert capsys.readouterr().out == ""
