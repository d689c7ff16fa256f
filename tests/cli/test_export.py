"""`salience export`, and the way back in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salience.cli import main
from salience.engine import Engine

LINES = [
    {"kind": "item", "id": "i1", "item": "tea", "title": "=Tea", "categories": ["hot", "drink"], "price": 3.5},
    {"kind": "identify", "id": "p1", "user": "ann", "traits": {"plan": "gold", "age": 41}},
    {"kind": "identify", "id": "p2", "user": "ann", "traits": {"plan": None}},
    {"kind": "click", "id": "c1", "user": "ann", "item": "tea", "position": 2, "context": {"page": "home"}},
    {"kind": "purchase", "id": "c2", "user": "ann", "item": "tea", "price": 3.5, "currency": "EUR", "order": "o"},
    {"kind": "search", "id": "c3", "user": "bob", "query": "绿茶"},
]


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    home = tmp_path / "shop"
    assert main(["init", str(home)]) == 0
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(json.dumps(line) for line in LINES), encoding="utf-8")
    assert main(["import", "events", str(source), "--home", str(home)]) == 0
    capsys.readouterr()
    return home


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.tsv.gz", "out.parquet"])
def test_what_goes_out_comes_in_again_as_it_was(
    home: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other = tmp_path / name, tmp_path / "other"
    assert main(["export", "events", str(out), "--home", str(home)]) == 0
    assert "6 events" in capsys.readouterr().out
    assert main(["import", "events", str(out), "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["duplicate"] == 6
    assert main(["init", str(other)]) == 0
    assert main(["import", "events", str(out), "--home", str(other)]) == 0
    with Engine.open(home) as one, Engine.open(other) as two:
        for (_, was), (_, became) in zip(one.log.read(), two.log.read(), strict=True):
            assert (was.id, was.kind, was.user, was.context) == (became.id, became.kind, became.user, became.context)


def test_items_and_users_are_as_they_stand_now(home: Path, tmp_path: Path) -> None:
    items, users = tmp_path / "items.csv", tmp_path / "users.jsonl"
    assert main(["export", "items", str(items), "--home", str(home)]) == 0
    header, row = items.read_text().splitlines()
    found = dict(zip(header.split(","), row.split(","), strict=True))
    assert (found["item"], found["title"], found["categories"]) == ("tea", "'=Tea", "hot|drink")
    assert main(["export", "users", str(users), "--home", str(home)]) == 0
    assert json.loads(users.read_text()) == {"user": "ann", "age": 41}


def test_interactions_are_the_clean_table(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    assert main(["export", "interactions", str(out), "--home", str(home)]) == 0
    assert out.read_text().splitlines()[0] == "user,item,value,time"
    assert out.read_text().splitlines()[1].startswith("ann,tea,")


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv.gz", "out.parquet"])
def test_a_file_about_people_is_for_its_owner_alone(home: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("an older one that everybody may read")
    assert main(["export", "events", str(tmp_path / name), "--home", str(home)]) == 0
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_form_that_nobody_reads_is_refused(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "events", str(tmp_path / "x.xlsx"), "--home", str(home)]) == 2
    assert "end it in .jsonl" in capsys.readouterr().err
