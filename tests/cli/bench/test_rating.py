"""A world where a rating is the person's mood plus the item's quality."""

from __future__ import annotations

import gzip
from itertools import product
from math import sqrt
from pathlib import Path

import pytest

from salience.cli.bench.meter import meter
from salience.cli.bench.ratings import ratings
from salience.train import bench_rating
from salience.train.bench_outcome import Bench
from tests.cli.bench.worlds import columns, put, refused, rows, told


def cell(person: int, thing: int) -> int:
    return 1 + person % 3 + thing % 3


@pytest.mark.parametrize(("separator", "header"), [("\t", True), ("::", False), (",", True), (" ", False)])
def test_predictions_stand_by_test_line_and_give_the_printed_errors(
    separator: str, header: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = list(product(range(12), range(10)))
    names = [separator.join(("user", "item", "rating", "time"))] if header else []
    lines = [separator.join((f"u{u}", f"i{i}", str(cell(u, i)), "1700000000")) for u, i in pairs]
    train = put(tmp_path / "train.txt", names + [line for n, line in enumerate(lines) if n % 7])
    test = put(tmp_path / "test.txt.gz", names + lines[::7])
    out = tmp_path / "out.parquet"
    outcome = told(capsys, "rating", "--train", train, "--test", test, "--out", str(out))
    assert columns(out) == [("row", "BIGINT"), ("prediction", "DOUBLE")]
    found = rows(out)
    assert [row for row, _ in found] == list(range(len(lines[::7])))
    errors = [told - cell(*pair) for (_, told), pair in zip(found, pairs[::7], strict=True)]
    assert outcome["metrics"]["rmse"]["value"] == pytest.approx(sqrt(sum(e * e for e in errors) / len(errors)))
    assert outcome["metrics"]["mae"]["value"] == pytest.approx(sum(map(abs, errors)) / len(errors))
    assert outcome["metrics"]["rmse"]["value"] < 0.8  # the plain mean has 1.15


def test_quotes_blank_lines_and_packed_files_without_a_telling_name(tmp_path: Path) -> None:
    lines = ["", '"User";"ISBN";"Rating"', '"u 1";"i,1";"5"', "", '"u2";"i,1";"3"\r']
    plain, packed = put(tmp_path / "plain.csv", lines), tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(Path(plain).read_bytes()))
    train, test = ratings(plain, str(packed))
    assert train.users.names == ("u 1", "u2")
    assert train.items.names == ("i,1",)
    assert train.value.tolist() == test.value.tolist() == [5.0, 3.0]


@pytest.mark.parametrize(
    ("line", "rule"),
    [("u1\ti1\tgood", "that is no number"), ("u1\ti1", "has 2 columns, not 3"), ("\ti1\t3", "no user")],
)
def test_a_malformed_line_is_said_with_its_number(
    line: str, rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = put(tmp_path / "train.txt", ["u1\ti1\t3", line])
    said = refused(capsys, "rating", "--train", train, "--test", train)
    assert "line 2" in said
    assert rule in said


def test_draws_are_planned_by_the_minutes_and_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path / "train.txt", [f"u{u}\ti{i}\t{cell(u, i)}" for u, i in product(range(6), range(5))])
    train, test = ratings(file, file)
    seconds = {"svdpp": 20 / 30 / 0.5, "factorisation-machine": 20 / 30 / 0.1}  # a third of the minute may be spent
    monkeypatch.setattr(bench_rating, "SECONDS", seconds)
    outcome, _ = bench_rating.rating(train, test, Bench(1.0, 0, lambda: 0.0, meter, lambda *_: None))
    settings = {trial.name: trial.settings for trial in outcome.leaderboard}
    assert (settings["svdpp"]["draws"], settings["svdpp"]["warm_up"]) == (50, 15)
    assert [skipped.name for skipped in outcome.skipped] == ["factorisation-machine"]
    assert len(settings["rating-blend"]["parts"]) == 2
