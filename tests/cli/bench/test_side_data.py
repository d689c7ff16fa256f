from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from salience.cli.bench.side_data import attributes
from salience.events import InvalidInput
from salience.events.ids import IdMap
from tests.cli.bench.worlds import columns, put, refused, rows, told

IDS = IdMap(tuple(str(n) for n in range(20)))


def test_flags_bands_words_and_days(tmp_path: Path) -> None:
    lines = [
        f"{n}|Title {n}|0{n % 9 + 1}-Jan-{1980 + n}|{n % 2}|{('red', 'blue', 'red blue')[n % 3]}" for n in range(20)
    ]
    found = attributes("items", put(tmp_path / "u.item", lines), IDS)
    table = dict(zip(found.names, found.values.toarray().T, strict=True))
    assert [name for name in table if name.startswith("c1")] == []  # titles say nothing of others
    assert len([name for name in table if name.startswith("c2")]) == 8
    odd = np.arange(20) % 2
    np.testing.assert_array_equal(table["c3=1"], odd)
    np.testing.assert_array_equal(table["c4=red"], np.arange(20) % 3 != 1)
    np.testing.assert_array_equal(table["c4=blue"], np.arange(20) % 3 != 0)


def test_names_of_columns_and_several_words_and_unknown_ids(tmp_path: Path) -> None:
    lines = ["user_id:token,tastes:token_seq", *(f"{n},jazz|folk" for n in range(10)), "stranger,jazz"]
    found = attributes("users", put(tmp_path / "u.csv", lines), IDS)
    assert found.names == ("tastes=folk", "tastes=jazz")
    assert found.values.toarray().sum(axis=1).tolist() == [2.0] * 10 + [0.0] * 10


def test_two_colons_part_what_has_bars_and_commas_inside(tmp_path: Path) -> None:
    lines = [f"{n}::Title, The (19{80 + n})::{('Drama', 'Comedy|Drama')[n % 2]}" for n in range(20)]
    found = attributes("items", put(tmp_path / "movies.dat", lines), IDS)
    assert found.names == ("c2=Comedy", "c2=Drama")
    assert found.values.toarray().sum(axis=0).tolist() == [10.0, 20.0]


@pytest.mark.parametrize(
    ("lines", "rule"), [(["a b"], "one column"), (["1,a", "2"], "line 2 has 1"), (["x,a"], "none of")]
)
def test_what_is_wrong_is_said(lines: list[str], rule: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=rule):
        attributes("users", put(tmp_path / "u.txt", lines), IDS)


def test_bench_rating_learns_from_side_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # an item's colour says everything, and the items of the test were never rated
    pairs = [(u, i) for u in range(12) for i in range(16)]
    train = put(tmp_path / "train.tsv", [f"u{u}\ti{i}\t{1 + 4 * (i % 2)}" for u, i in pairs if i < 14])
    test = put(tmp_path / "test.tsv", [f"u{u}\ti{i}\t{1 + 4 * (i % 2)}" for u, i in pairs if i >= 14])
    items = put(tmp_path / "items.csv", ["item,colour", *(f"i{i},{('red', 'blue')[i % 2]}" for i in range(16))])
    out = tmp_path / "out.parquet"
    with_side = told(capsys, "rating", "--train", train, "--test", test, "--items", items, "--out", str(out))
    without = told(capsys, "rating", "--train", train, "--test", test)
    assert with_side["metrics"]["rmse"]["value"] < without["metrics"]["rmse"]["value"] / 2
    assert columns(out)[0] == ("row", "BIGINT")
    assert len(rows(out)) == 24


def test_no_other_task_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = refused(capsys, "next", "--sequences", "x", "--items", "y")
    assert "--items" in refusal
    assert "`salience bench next` does not take this" in refusal
