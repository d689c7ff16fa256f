"""A shop of two kinds of people: who comes weekly, and who came once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from salience.cli.bench.clv import purchases
from salience.cli.bench.days import days
from salience.events.fault import InvalidInput
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


DAYS = [START + timedelta(days=9 * n) for n in range(30)]


@pytest.mark.parametrize(
    "shape",
    ["%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y 09:15", "%d.%m.%Y", "%d-%b-%Y", "%Y-%m-%dT23:30:00+02:00", "%d-%m-%y"],
)
def test_dates_as_people_write_them(shape: str) -> None:
    assert days("t", "f", [day.strftime(shape) for day in DAYS], range(30)) == [day.toordinal() for day in DAYS]


def test_seconds_since_1970_and_their_thousandths() -> None:
    assert days("t", "f", ["1704067200", "1707091200000"], (1, 2)) == [START.toordinal(), date(2024, 2, 5).toordinal()]


def test_dates_that_could_be_read_in_two_ways_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"nothing tells day from month.*1997-09-30"):
        days("t", "f", ["03/04/2024", "12/12/2024"], (1, 2))
    with pytest.raises(InvalidInput, match=r"line 9 has no date in '12/31/2024'.*days first"):
        days("t", "f", ["31/12/2024", "12/31/2024"], (8, 9))


def test_money_as_people_write_it_and_rows_that_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["Updated;Customer ID;Order date;Amount", "x;a;01.02.2024;1.234,50", "x;;02.02.2024;1", "x;b;03.02.2024;-2"]
    found = purchases("transactions", put(tmp_path / "p.csv", lines))
    assert found == (["a"], [date(2024, 2, 1).toordinal()], [1234.5])
    said = capsys.readouterr().err
    assert "1 of 3 rows name no customer" in said
    assert "1 rows of a negative value" in said
    bad = put(tmp_path / "p.csv", [*lines, "x;c;04.02.2024;nan"])
    with pytest.raises(InvalidInput, match="line 5 has no number in 'nan'"):
        purchases("transactions", bad)


def test_a_cut_outside_the_file_says_what_the_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = list(shop(tmp_path / "shop.csv"))
    assert "the file holds 2024-01-01 to 2024-12-01" in refused(capsys, *words[:4], "2025-01-01", *words[5:])
    assert "the file holds 2024-01-01" in refused(capsys, *words[:4], "2023-01-01", *words[5:])
