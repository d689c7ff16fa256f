"""Worlds by name and out of a file; a table that shows no rewards is refused with the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salience.cli import main


def test_a_world_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "bandit", "--world", "e2", "--rounds", "200", "--policy", "uniform,thompson-logistic", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["policy"] for row in told["policies"]} == {"uniform", "thompson-logistic"}
    assert all(row["least"] > 0 for row in told["policies"])


def test_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "bandit", "--world", "slate", "--rounds", "60", "--policy", "cascade", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["policies"][0]["least"] > 0


def test_a_table_of_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "table.csv"
    rows = [f"{at % 2},{'ab'[at % 2]},{'left' if at % 2 else 'right'}" for at in range(300)]
    file.write_text("\n".join(["number,word,label", *rows]))
    assert main(["bench", "bandit", "--world", str(file)]) == 0
    line = next(row for row in capsys.readouterr().out.splitlines() if "thompson-logistic" in row)
    assert float(line.split("thompson-logistic")[1].split()[0].strip("│|")) < 30


@pytest.mark.parametrize(("world", "named"), [("e3", "world"), ("bare", "world")])
def test_no_world(world: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if world == "bare":
        world = str(tmp_path / "bare.csv")
        Path(world).write_text("a,b\n1,2\n3,4\n")
    assert main(["bench", "bandit", "--world", world]) == 2
    assert named in capsys.readouterr().err
