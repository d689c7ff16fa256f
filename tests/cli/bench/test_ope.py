"""Arm a earns 0.6 and arm b 0.2, drawn evenly: a log that can speak about both, as a file and in a workspace."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from salience.cli import main
from salience.engine import Engine
from salience.events import Choice, Decision, Impression, Outcome
from salience.store import home
from tests.cli.bench.worlds import put, refused, told

RNG = np.random.default_rng(0)
DRAWN = [(str(arm), int(RNG.random() < {"a": 0.6, "b": 0.2}[arm])) for arm in RNG.choice(["a", "b"], 600)]


def log(folder: Path, extra: str = "", *, chance: str = "0.5") -> str:
    ending = {"": "", "target_a,target_b": ",0.9,0.1"}[extra]
    head = "arm,click,propensity,age" + (f",{extra}" if extra else "")
    rows = [f"{arm},{reward},{chance},{n % 40}{ending}" for n, (arm, reward) in enumerate(DRAWN)]
    return put(folder / "log.csv.gz", [head, *rows])


def test_a_target_that_stands_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "ope", "--log", log(tmp_path, "target_a,target_b"))
    policies = {one["policy"]: one for one in found["policies"]}
    assert set(policies) == {"uniform", "learned", "target"}
    assert policies["target"]["low"] < 0.9 * 0.6 + 0.1 * 0.2 < policies["target"]["high"]
    assert policies["target"]["better"]
    assert not policies["uniform"]["better"]


def test_the_log_of_the_target_is_the_truth_to_compare_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = put(tmp_path / "other.csv", ["arm,click,propensity,age", *["a,1,0.8,3"] * 4, *["b,0,0.2,3"] * 2])
    assert main(["bench", "ope", "--log", log(tmp_path), "--target-log", other]) == 0
    text = capsys.readouterr().out
    assert "the target's own log earned 0.66667" in text
    assert "relative error" in text


def test_a_target_that_moved_is_taken_at_its_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    chance = np.where(np.arange(4000) < 2000, 0.9, 0.1)  # of a, which earns 0.6: on average evenly
    rows = [f"a,1,{p},3" if rng.random() < p else f"b,0,{1 - p:.1f},3" for p in chance]
    other = put(tmp_path / "other.csv", ["arm,click,propensity,age", *rows])
    found = told(capsys, "ope", "--log", log(tmp_path), "--target-log", other)
    value = next(one["value"] for one in found["policies"] if one["policy"] == "target-log")
    assert value == pytest.approx((0.6 + 0.2) / 2, abs=0.06)
    zero = put(tmp_path / "zero.csv", ["arm,click,propensity,age", "a,1,0.0,3", "b,0,1.0,3"])
    assert "target_log" in refused(capsys, "ope", "--log", log(tmp_path), "--target-log", zero)


def test_wrong_probabilities_are_not_to_be_trusted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ope", "--log", log(tmp_path, chance="0.3")]) == 0
    assert "not to be trusted: the mean weight" in capsys.readouterr().out


def test_columns_that_do_not_show_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--probability" in refused(capsys, "ope", "--log", put(tmp_path / "x.csv", ["arm,click", "a,1", "b,0"]))


def test_a_workspace_is_judged_from_its_own_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = home.create(tmp_path / "shop").home
    events: list[Decision | Impression | Outcome] = []
    for n, (arm, reward) in enumerate(DRAWN[:300]):
        choice = Choice(offered=("a", "b"), probabilities=(0.5, 0.5), chosen=arm, policy="thompson")
        events += [
            Decision(id=f"d{n}", user="ann", slot="home", items=(), rung="popular", seed=1, as_of=0, layout=choice),
            Impression(id=f"i{n}", user="ann", decision=f"d{n}", slot="home", visible_ms=1000, received=1 + n),
            Outcome(id=f"o{n}", user="ann", decision=f"d{n}", value=float(reward), received=2 + n),
        ]
    with Engine.open(made) as engine:
        engine.log.append(events).result()
    assert main(["ope", "--home", str(made), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == {"drawn": 300, "unseen": 0, "waiting": 0}
    policies = {one["policy"]: one for one in found["slots"]["home"]["policies"]}
    assert policies["always a"]["better"]
    assert policies["always a"]["low"] < 0.6 < policies["always a"]["high"]
    assert "earns less" in policies["always b"]["verdict"]
    assert main(["ope", "--home", str(made)]) == 0
    assert "slot home" in capsys.readouterr().out
