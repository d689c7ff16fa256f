"""Everybody buys their habit every time, and tea and milk in turn; the same world in every layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salience.cli.bench.baskets_by_user import baskets
from tests.cli.bench.worlds import columns, put, refused, rows, told

USERS = [f"u{n}" for n in range(12)]
HISTORY = {user: [["tea", f"h{n % 4}"], ["milk", f"h{n % 4}"], ["tea", f"h{n % 4}"]] for n, user in enumerate(USERS)}
FUTURE = {user: ["milk", f"h{n % 4}"] for n, user in enumerate(USERS)}


def test_predictions_and_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = put(tmp_path / "h.json.gz", [json.dumps({u: [[-1], *own, [-1]] for u, own in HISTORY.items()})])
    future = put(tmp_path / "f.json", [json.dumps({u: [[-1], own, [-1]] for u, own in FUTURE.items()})])
    out = tmp_path / "out.parquet"
    words = ("nextbasket", "--history", history, "--future", future, "--k", "3", "--out", str(out))
    outcome = told(capsys, *words)
    assert columns(out) == [("user", "VARCHAR"), ("item", "VARCHAR"), ("rank", "INTEGER"), ("score", "FLOAT")]
    found = rows(out)
    assert len(found) == 3 * len(USERS)
    hits = sum(item in FUTURE[user] for user, item, _, _ in found)
    assert outcome["metrics"]["recall@3"]["value"] == pytest.approx(hits / 2 / len(USERS))
    assert outcome["metrics"]["phr@3"]["value"] == 1
    assert outcome["sizes"] == {"users": 12, "baskets": 36, "items": 6, "rows": 72, "tests": 12}


LAYOUTS = {
    "names": ["order,user_id,item_id", *(f"{t},{u},{i}" for u, own in HISTORY.items()
                                         for t, b in enumerate(own) for i in b)],
    "times backwards": ["user;time;item", *(f"{u};2024-01-0{3 - t};{i}" for u, own in HISTORY.items()
                                           for t, b in enumerate(own[::-1]) for i in b)],
    "columns": [f"{u}\t{t}\t{i}" for u, own in HISTORY.items() for t, b in enumerate(own) for i in b],
    "lines with a basket": [f"{u} {t} {' '.join(b)}" for u, own in HISTORY.items() for t, b in enumerate(own)],
    "lines of items": [f"{u} {' '.join(b)}" for u, own in HISTORY.items() for b in own],
    "json": [json.dumps(HISTORY)],
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_alike(layout: str, tmp_path: Path) -> None:
    told, keyed = baskets("history", put(tmp_path / "h.txt", LAYOUTS[layout]))
    assert told == HISTORY
    assert keyed is {"columns": True, "lines with a basket": True, "lines of items": False}.get(layout)


def test_two_columns_are_a_user_and_an_item_of_one_basket(tmp_path: Path) -> None:
    assert baskets("future", put(tmp_path / "f.txt", ["ann tea", "ann milk"]), keyed=True)[0] == {
        "ann": [["tea", "milk"]]
    }


def test_items_that_are_numbers_are_no_baskets(tmp_path: Path) -> None:
    told, keyed = baskets("history", put(tmp_path / "h.txt", ["1 30 4", "1 4 7", "2 7 30"]))
    assert keyed is False
    assert told == {"1": [["30", "4"], ["4", "7"]], "2": [["7", "30"]]}


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (["user,time", "ann,1"], "names no column of items"),
        (["user,time,item", "ann,1,"], "line 2 has no user or no item"),
        (["ann"], "line 1 is not a user"),
        (['{"ann": 3}'], "is not JSON of users"),
        (['{"ann": [1, [2]]}'], "items beside baskets"),
    ],
)
def test_what_is_wrong_is_said(lines: list[str], rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = put(tmp_path / "h.txt", lines)
    assert rule in refused(capsys, "nextbasket", "--history", history, "--future", history)


def test_two_baskets_to_come_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = put(tmp_path / "h.json", [json.dumps(HISTORY)])
    assert "one is to come" in refused(capsys, "nextbasket", "--history", history, "--future", history)
