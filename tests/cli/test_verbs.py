"""The verbs on a real workspace, one after the other as a person would type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salience.cli import main

TASTES = {"tea": ("green", "black", "oolong", "white"), "tools": ("saw", "drill", "plane", "file")}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of eight things and forty people, half of whom drink tea; each leaves out one thing of their half."""
    folder = tmp_path_factory.mktemp("files")
    items = [f"{item},{item.title()},{kind}" for kind, names in TASTES.items() for item in names]
    (folder / "items.csv").write_text("\n".join(["item,title,categories", *items]), encoding="utf-8")
    rows = []
    for person in range(40):
        names = TASTES["tea" if person % 2 else "tools"]
        had = [name for at, name in enumerate(names) if at != (person // 2) % 4]
        rows += [f"p{person},{name},{1_700_000_000 + 1000 * person + at}" for at, name in enumerate(had)]
    (folder / "clicks.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]), encoding="utf-8")
    (folder / "events.jsonl").write_text(
        '{"kind":"click","id":"e1","user":"ann","item":"green"}\n{"kind":"clik","id":"e2","user":"ann","item":"x"}\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def home(files: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A workspace with the shop in it and one trained model."""
    folder = str(tmp_path_factory.mktemp("homes") / "shop")
    assert main(["init", folder]) == 0
    assert main(["import", "items", str(files / "items.csv"), "--home", folder]) == 0
    assert main(["import", "interactions", str(files / "clicks.csv"), "--home", folder]) == 0
    assert main(["train", "--minutes", "0.05", "--home", folder]) == 0
    return folder


def answer(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    """What a verb prints with --json, decoded."""
    capsys.readouterr()
    assert main([*words, "--json"]) == status
    out, err = capsys.readouterr()
    return json.loads(out if status == 0 else err)


def line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of a fault."""
    capsys.readouterr()
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_init_prints_home_workspace_and_both_keys_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = answer(capsys, "init", str(tmp_path / "shop"))
    assert set(made) == {"home", "workspace", "write_key", "secret_key"}
    assert (made["home"], made["workspace"]) == (str(tmp_path / "shop"), "shop")
    listed = json.dumps(answer(capsys, "keys", "list", "--home", made["home"]))
    assert made["write_key"] not in listed
    assert made["secret_key"] not in listed
    assert "is a workspace already" in line(capsys, "init", made["home"])


def test_importing_twice_stores_nothing_twice(home: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = answer(capsys, "import", "interactions", str(files / "clicks.csv"), "--home", home)
    assert (again["received"], again["stored"], again["duplicate"], again["failed"]) == (120, 0, 120, 0)


def test_a_bad_line_is_kept_and_said_and_the_rest_is_stored(
    tmp_path: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = answer(capsys, "init", str(tmp_path / "other"))["home"]
    assert main(["import", "events", str(files / "events.jsonl"), "--home", home]) == 0
    out, err = capsys.readouterr()
    assert out == "2 received = 1 stored + 0 duplicate + 1 failed\n"
    assert "not stored: kind: is none of the known kinds of event" in err


def test_an_unknown_file_gets_the_near_one(home: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = line(capsys, "import", "items", str(files / "item.csv"), "--home", home)
    assert "does not exist; did you mean 'items.csv'?" in said


def test_an_unknown_column_gets_the_near_one(home: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("import", "items", str(files / "items.csv"), "--columns", "item=itm", "--home", home)
    assert "columns = 'itm': is not in the file; did you mean 'item'?" in line(capsys, *words)


def test_the_model_is_listed_and_can_be_rolled_back_to(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    (first,) = [model["version"] for model in answer(capsys, "models", "--home", home)]
    assert main(["train", "--minutes", "0.05", "--home", home]) == 0
    newest, oldest = answer(capsys, "models", "--home", home)
    assert (newest["live"], oldest["live"], oldest["version"]) == (True, False, first)
    assert answer(capsys, "rollback", first, "--home", home)["live"] is True
    assert "not among the 2 published models; did you mean" in line(capsys, "rollback", first[:-1], "--home", home)


def test_a_recommendation_can_be_explained(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = answer(
        capsys, "recommend", "p1", "--k", "3", "--layout", "a", "--layout", "b", "--no-explore", "--home", home
    )
    assert given["items"][0]["item"] in TASTES["tea"]  # what p1 left out of the teas
    assert given["rung"] == "model"
    explained = answer(capsys, "explain", given["decision"], "--home", home)
    assert [item["item"] for item in explained["items"]] == [item["item"] for item in given["items"]]
    assert main(["explain", given["decision"], "--home", home]) == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("candidates:", "values:", "scores:", "choice:", "layout:", "came of it:"))


def test_a_preview_is_not_logged(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = answer(capsys, "recommend", "p1", "--preview", "--home", home)
    assert given["mode"] == "preview"
    assert "is not in the log" in line(capsys, "explain", given["decision"], "--home", home)


def test_an_unknown_user_is_said_unless_a_newcomer_is_meant(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "user = 'p99': no event names this user" in line(capsys, "recommend", "p99", "--home", home)
    assert answer(capsys, "recommend", "p99", "--new", "--home", home)["rung"] == "popular"


def test_similar_items_and_an_unknown_item_with_the_near_one(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "similar", "green", "--k", "3", "--home", home)
    assert {item["item"] for item in found} <= set(TASTES["tea"])
    assert "item = 'gren': no event ever named it; did you mean 'green' (Green)?" in line(
        capsys, "similar", "gren", "--home", home
    )


def test_rules_and_segments(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    rules = answer(capsys, "mine", "rules", "--min-support", "0.1", "--home", home)
    assert all({*rule["left"], rule["right"]} <= set(TASTES["tea"]) or {*rule["left"], rule["right"]} <= set(
        TASTES["tools"]) for rule in rules)  # fmt: skip
    assert rules
    found = answer(capsys, "mine", "segments", "--k", "2", "--home", home)
    assert sorted(segment["size"] for segment in found["segments"]) == [20, 20]
    assert found["people"]["p1"] == found["people"]["p3"] != found["people"]["p2"]
    assert main(["mine", "rules", "--min-support", "0.1", "--home", home]) == 0
    assert main(["mine", "segments", "--home", home]) == 0


@pytest.mark.parametrize("split", ["user-time", "time"])
def test_the_leaderboard_has_popularity_and_intervals(
    home: str, split: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("evaluate", "--split", split, "--minutes", "0.05", "--k", "3", "--home", home)
    board = answer(capsys, *words)
    rows = {row["name"]: row for row in board["rows"]}
    assert rows["popularity"]["low"] <= rows["popularity"]["value"] <= rows["popularity"]["high"]
    assert main(list(words)) == 0
    assert "popularity" in capsys.readouterr().out


def test_a_rotated_key_is_shown_once_and_listed(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = len(answer(capsys, "keys", "list", "--home", home))
    key = answer(capsys, "keys", "rotate", "write", "--home", home)["write_key"]
    after = answer(capsys, "keys", "list", "--home", home)
    assert len(after) == before + 1
    assert key not in json.dumps(after)
    assert "salience keys rotate write" in line(capsys, "keys", "rotate", "--home", home)


def test_the_doctor_finds_the_workspace_well(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    checks = {check["name"]: check["ok"] for check in answer(capsys, "doctor", "--home", home)}
    assert checks["ledger"]
    assert all(checks.values())


def test_the_doctor_s_status_says_that_something_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "empty")
    assert main(["init", home]) == 0
    assert main(["doctor", "--home", home]) == 1
    assert "salience train" in capsys.readouterr().out


def test_a_folder_that_is_no_workspace_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not a workspace" in line(capsys, "models", "--home", str(tmp_path))


def test_a_second_writer_is_refused_with_one_line(home: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from salience.engine import Engine

    with Engine.open(home):
        said = line(capsys, "import", "items", str(files / "items.csv"), "--home", home)
        assert "home" in said
        assert answer(capsys, "recommend", "p1", "--preview", "--home", home)["items"]
