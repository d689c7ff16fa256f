"""Tables of all makes as files: names or none, any mark, gaps; a verdict, a page, a probability for every test row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from salience.cli import main
from salience.cli.bench.cells import cells
from salience.evaluate.chances import auc
from tests.cli.bench.worlds import QUICK, columns, put, refused, rows, told
from tests.models.predictor.worlds import shop


def lines(size: int, seed: int, mark: str = ",", *, names: bool = True, target: bool = True) -> list[str]:
    known, y = shop(size, seed)
    table = {name: known[name] for name in ("age", "region", "visits")}
    if target:
        table["bought"] = ["yes" if one else "no" for one in y]
    made = [mark.join(row) for row in zip(*table.values(), strict=True)]
    return [mark.join(table), *made] if names else made


def files(folder: Path, mark: str = ",", *, names: bool = True, target: bool = True) -> tuple[str, ...]:
    train = put(folder / "train.csv.gz", lines(400, 0, mark, names=names))
    test = put(folder / "test.csv", lines(150, 5, mark, names=names, target=target))
    return ("tabular", "--train", train, "--test", test, "--minutes", "0.001")


@pytest.mark.parametrize(("mark", "names"), [(",", True), (";", True), ("\t", False), (",", False)])
def test_predictions_of_any_make(tmp_path: Path, capsys: pytest.CaptureFixture[str], mark: str, names: bool) -> None:
    out = tmp_path / "out.parquet"
    target = "bought" if names else "last"
    found = told(capsys, *files(tmp_path, mark, names=names), "--target", target, "--out", str(out))
    assert columns(out) == [("row", "BIGINT"), ("prediction", "DOUBLE")]
    made = rows(out)
    _, y = shop(150, 5)
    assert [row for row, _ in made] == list(range(150))
    assert auc(np.array([p for _, p in made]), y == 1) > 0.8
    assert found["positive"] == "yes"
    assert found["metrics"]["auc"]["value"] == pytest.approx(auc(np.array([p for _, p in made]), y == 1))
    assert len(found["deciles"]) == 10
    assert found["verdict"] == "usable"


def test_a_test_part_without_outcomes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for names in (True, False):
        target = "bought" if names else "4"
        found = told(capsys, *files(tmp_path, names=names, target=False), "--target", target)
        assert found["metrics"] == {}
        assert found["sizes"]["tests"] == 150


def test_a_page_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *files(tmp_path), "--target", "bought", "--ignore", "visits", "--positive", "no"]) == 0
    text = capsys.readouterr().out
    assert "verdict: usable" in text
    assert "calibration for no" in text
    assert "order: random" in text
    assert "visits" not in text


def test_several_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.parquet"
    found = told(capsys, *files(tmp_path), "--target", "region", "--out", str(out))
    assert [name for name, _ in columns(out)] == ["row", "prediction", "p_east", "p_north", "p_south", "p_west"]
    assert sum(rows(out)[0][2:]) == pytest.approx(1)
    assert rows(out)[0][1] in found["classes"]
    assert "accuracy" in found["metrics"]
    one = told(capsys, *files(tmp_path), "--target", "region", "--positive", "north", "--out", str(out))
    assert one["classes"] == ["not north", "north"]
    assert 0 < rows(out)[0][1] < 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--target", "nothing"), "is no column"),
        (("--target", "bought", "--positive", "maybe"), "the column has no, yes"),
        (("--target", "bought", "--ignore", "x"), "is no column"),
        (("--target", "bought", "--order", "sideways"), "auto, time, random"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert said in refused(capsys, *files(tmp_path), *words)


def test_a_number_is_no_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = put(tmp_path / "n.csv", ["a,b", *(f"{n % 7},{n}" for n in range(200))])
    assert "classes are predicted, not numbers" in refused(
        capsys, "tabular", "--train", train, "--test", train, "--target", "b"
    )


def test_a_table_tests_itself_by_folds_and_forward_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.parquet"
    train = put(tmp_path / "train.csv", lines(300, 0))
    base = ("tabular", "--train", train, "--target", "bought", "--out", str(out))
    found = told(capsys, *base, "--folds", "2")
    assert [row for row, _ in rows(out)] == list(range(300))
    assert found["ahead"]["low"] <= found["ahead"]["value"] <= found["ahead"]["high"]
    assert found["rival"]["auc"]["value"] > 0.8
    found = told(capsys, *base, "--step", "75", "--first", "150", "--window", "150")
    assert [row for row, _ in rows(out)] == list(range(150, 300))
    assert found["metrics"]["auc"]["value"] > 0.8
    assert main(["bench", *base, "--step", "75", "--first", "150"]) == 0
    assert "forward in time, 75 rows at a time" in capsys.readouterr().out
    for words in ((), ("--folds", "2", "--step", "9")):
        assert "give one of" in refused(capsys, *base, *words)


def test_rows_without_an_outcome_are_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.parquet"
    made = lines(200, 0)
    gaps = range(3, 203, 10)
    holed = [
        row.rpartition(",")[0] + "," + ("NA" if n % 20 else "") if n in gaps else row for n, row in enumerate(made)
    ]
    base = ("tabular", "--train", put(tmp_path / "holed.csv", holed), "--target", "bought", "--minutes", "0.001")
    assert main(["bench", *base, "--folds", "2", "--out", str(out)]) == 0
    assert "20 of 200 rows have no value of bought" in capsys.readouterr().err
    assert [row for row, _ in rows(out)] == [n - 1 for n in range(1, 201) if n not in gaps]


def test_a_spreadsheet_of_europe(tmp_path: Path) -> None:
    """Semicolons, decimal commas, unknown ages, Latin-1, lines that end as on Windows: the cells of the plain table."""
    names, *made = lines(300, 0)
    plain = [names, *(row.replace(",", ".25,", 1) if row[0] != "," else f"NA{row}" for row in made)]
    european = [row.replace(",", ";").replace(".", ",").replace("yes", "verlängert") for row in plain]
    file = tmp_path / "latin.csv"
    file.write_bytes("\r\n".join(european).encode("latin-1"))
    expected = cells("--train", put(tmp_path / "plain.csv", plain))
    expected["bought"] = [cell.replace("yes", "verlängert") for cell in expected["bought"]]
    assert cells("--train", str(file)) == expected
    assert main(["bench", "tabular", "--target", "bought", "--train", str(file), "--folds", "2", *QUICK]) == 0
