"""`salience bench experiments`: a table of a finished experiment, and the methods in a simulated one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from salience.cli import main
from tests.cli.bench.worlds import put, refused, told


def table(folder: Path) -> str:
    rng = np.random.default_rng(1)
    arm = np.where(rng.random(2_000) < 0.5, "control", "new")
    past = rng.poisson(3, 2_000)
    orders = rng.poisson(past + 0.5 * (arm == "new"))
    rows = [f"u{n},{a},{o},{p if n % 5 else ''}" for n, (a, o, p) in enumerate(zip(arm, orders, past, strict=True))]
    return put(folder / "shop.csv", ["user,arm,orders,past", *rows])


def test_a_finished_experiment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = table(tmp_path)
    found = told(capsys, "experiments", "--file", name, "--outcome", "orders", "--before", "past")["judged"]
    assert found["verdict"] == "orders of new is higher than in the control"
    (one,) = found["compared"]
    assert one["low"] < 0.5 < one["high"]
    assert sum(found["units"].values()) == 2_000
    assert main(["bench", "experiments", "--file", name, "--outcome", "orders"]) == 0
    assert "judged once" in capsys.readouterr().out


def test_the_methods_in_a_simulated_world(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "experiments", "--runs", "1000", "--looks", "50", "--units", "5000")["methods"]
    by_name = {one["method"]: one for one in found}
    assert by_name["p < 0.05 at every look"]["false_alarms"] > 0.25
    assert all(one["false_alarms"] < 0.07 for name, one in by_name.items() if not name.startswith("p <"))
    assert main(["bench", "experiments", "--runs", "200", "--looks", "5"]) == 0
    assert "calls nothing a success" in capsys.readouterr().out


def test_faults_name_the_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = table(tmp_path)
    assert "orders" in refused(capsys, "experiments", "--file", name, "--outcome", "ordres")
    assert "holds no number" in refused(capsys, "experiments", "--file", name, "--outcome", "past")
    assert "what came" in refused(capsys, "experiments", "--file", name)
