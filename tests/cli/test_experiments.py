"""The steps of an experiment as they are typed, and a report that can be read aloud."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from salience import Engine
from salience.cli import main
from salience.cli.experiments.shares import shares
from salience.cli.parser import Wrong
from salience.engine.assigning import Asking
from salience.events import Purchase
from salience.store import home as homes

DAY = 86_400_000
BEGAN = 1_760_000_000_000
DESIGN = {
    "hypothesis": "a shorter page sells more",
    "arms": [{"name": "control"}, {"name": "short"}],
    "metrics": [
        {"name": "buys", "event": "purchase", "days": 1, "role": "primary"},
        {"name": "revenue", "sort": "mean", "event": "purchase", "value": "value", "days": 1, "cap": 0.9},
        {"name": "orders", "sort": "mean", "event": "purchase", "days": 1, "role": "guardrail", "margin": 0.1},
    ],
    "units": 800,
    "min_days": 3,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = homes.create(tmp_path / "shop").home
    (tmp_path / "design.json").write_text(json.dumps(DESIGN), encoding="utf-8")
    return folder


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    said = capsys.readouterr()
    return status, said.out, said.err


def visited(shop: Path) -> None:
    """900 people in four days of last year; the short page sells twice as often; stopped after six days."""
    clock, rng = [BEGAN], np.random.default_rng(4)
    with Engine.open(shop, clock=lambda: clock[0]) as engine:
        engine.start_experiment("page")
        bought = []
        for number in range(900):
            clock[0] = BEGAN + 4 * DAY * number // 900
            variant = engine.flag("page", Asking(user=f"u{number}")).variant
            if rng.random() < (0.4 if variant == "short" else 0.2):
                at, price = clock[0] + 1_000, float(rng.lognormal(3, 1))
                one = Purchase(id=f"p{number}", user=f"u{number}", item="tea", price=price, time=at, received=at)
                bought.append(one)
        engine.log.append(bought).result()
        clock[0] = BEGAN + 6 * DAY
        engine.stop_experiment("page", ship="short")


def test_the_report_can_be_read_aloud(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ("--home", str(shop))
    said = typed(capsys, "experiments", "define", "page", "--file", str(tmp_path / "design.json"), *home)[2]
    assert "is defined" in said
    visited(shop)
    picture = tmp_path / "p.svg"
    status, out, _ = typed(capsys, "experiments", "report", "page", "--plot", str(picture), *home)
    assert status == 0
    assert out.startswith("page, run 1: short is better than control: buys +")
    for words in ("what was expected: a shorter page", "between", "arms are as large as they should be", "capped at"):
        assert words in out
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<svg ")
    assert drawn.count("<polyline") == 1
    again = json.loads(typed(capsys, "experiments", "report", "page", "--json", *home)[1])
    assert again["judged"]["verdict"]["arm"] == "short"


def test_the_steps_are_typed_one_after_the_other(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", str(shop))
    typed(capsys, "experiments", "define", "page", "--file", str(tmp_path / "design.json"), *home)
    assert "control 50%" in typed(capsys, "experiments", "start", "page", *home)[2]
    changed = typed(capsys, "experiments", "allocate", "page", "--shares", "control=0.2,short=0.8", *home)
    assert "short 80%" in changed[2]
    assert "not enough data" in typed(capsys, "experiments", "report", "page", *home)[1].lower()
    assert "is stopped" in typed(capsys, "experiments", "stop", "page", *home)[2]
    listed = typed(capsys, "experiments", "list", *home)[1]
    assert "page" in listed
    assert "stopped" in listed
    status, _, err = typed(capsys, "experiments", "stop", "page", *home)
    assert status == 2
    assert "is not running" in err


def test_a_plan_compares_the_methods(capsys: pytest.CaptureFixture[str]) -> None:
    plan = ("experiments", "plan", "--rate", "0.1", "--lift", "0.1", "--units-a-day", "2000")
    status, out, _ = typed(capsys, *plan)
    assert status == 0
    assert all(word in out for word in ("fixed", "sequential", "declared", "anytime", "whole weeks"))
    (one,) = json.loads(typed(capsys, *plan, "--method", "fixed", "--json")[1])
    assert one["units_an_arm"] == pytest.approx(14_128, abs=100)
    status, _, err = typed(capsys, "experiments", "plan", "--lift", "0.1", "--units-a-day", "10")
    assert status == 2
    assert "--rate" in err


@pytest.mark.parametrize("word", ["control", "control=x", "=0.5", "control=0.5,new"])
def test_shares_that_cannot_be_read(word: str) -> None:
    with pytest.raises(Wrong):
        shares(word)


def test_a_design_that_cannot_be_read(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text('{"arms": 3}', encoding="utf-8")
    status, _, err = typed(
        capsys, "experiments", "define", "x", "--file", str(tmp_path / "bad.json"), "--home", str(shop)
    )
    assert status == 2
    assert "is no design" in err
