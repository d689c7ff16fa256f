"""A shop of two kinds of people: who comes weekly, and who came once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.bench.worlds import columns, put, refused, rows, told

START = date(2024, 1, 1)


def shop(path: Path, head: bool = True) -> tuple[str, ...]:
    lines = ["customer,date,amount"] if head else []
    for n in range(40):
        visits = (START + timedelta(days=7 * week + n % 7) for week in range(n % 5 * 5 + 1))
        lines += [f"c{n},{day},{10 + n % 3}.5" for day in visits]
    lines.append("c4,2024-12-01,5.0")
    return "clv", "--transactions", put(path, lines), "--calibrate-until", "2024-03-31", "--weeks", "8"


@pytest.mark.parametrize("head", [True, False])
def test_one_row_a_customer(tmp_path: Path, capsys: pytest.CaptureFixture[str], head: bool) -> None:
    out = tmp_path / "out.parquet"
    found = told(capsys, *shop(tmp_path / "shop.csv.gz", head), "--out", str(out))
    assert [name for name, _ in columns(out)] == ["row", "customer", "prediction", "alive", "value"]
    expected = {row[1]: row[2] for row in rows(out)}
    assert len(expected) == 40
    assert expected["c4"] > 3 > 1 > expected["c0"]
    assert found["test"]["correlation"] > 0.5


def test_bad_input_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = list(shop(tmp_path / "shop.csv"))
    assert "is not a date" in refused(capsys, *words[:4], "soon", *words[5:])
    words[2] = put(tmp_path / "bad.csv", ["customer,date,amount", "a,2024-01-01,x"])
    assert "line 2" in refused(capsys, *words)
