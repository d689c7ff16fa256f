"""Topics, keywords and sentiment of a small shop, as a person would ask for them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from salience.cli import main

WORDS = {"tea": ("leaf", "brew", "cup", "aroma", "kettle"), "tools": ("steel", "blade", "bolt", "handle", "drill")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """160 reviews with grades; tea pleases, tools do not. One writer took their consent back."""
    folder = tmp_path_factory.mktemp("texts")
    rng = np.random.default_rng(0)
    events: list[dict[str, object]] = [
        {"kind": "item", "id": f"c{n}", "item": f"i{n}", "title": f"Thing {n}", "categories": [list(WORDS)[n % 2]]}
        for n in range(16)
    ]
    for n in range(160):
        kind = list(WORDS)[(n + n // 40) % 2]
        happy = rng.random() < (0.8 if kind == "tea" else 0.3)
        text = f"{' '.join(rng.choice(WORDS[kind], 3))} {'lovely' if happy else 'shoddy'}"
        person, item = f"p{n % 40}", f"i{(n + n // 40) % 16}"
        events += [
            {"kind": "message", "id": f"m{n}", "user": person, "item": item, "text": text},
            {"kind": "rating", "id": f"r{n}", "user": person, "item": item, "value": 5 if happy else 1},
            {"kind": "search", "id": f"s{n}", "user": person, "query": f"{WORDS[kind][n % 5]} {WORDS[kind][n % 3]}"},
        ]
    events += [
        {"kind": "message", "id": "x", "user": "shy", "item": "i0", "text": "secretword leaf brew"},
        {"kind": "consent", "id": "y", "user": "shy", "purposes": {"personalisation": False, "analytics": False}},
    ]
    (folder / "events.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    workspace = str(folder / "shop")
    assert main(["init", workspace]) == 0
    assert main(["import", "events", str(folder / "events.jsonl"), "--home", workspace]) == 0
    return workspace


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    capsys.readouterr()
    assert main(["mine", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_topics(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "topics", "--k", "2", "--home", home)
    assert isinstance(found, dict)
    assert found["texts"] == 160  # the one whose writer said no is not among them
    about = [set(topic["words"]) & {w for ws in WORDS.values() for w in ws} for topic in found["topics"]]
    assert {frozenset(a) for a in about} == {frozenset(ws) for ws in WORDS.values()}
    moods = {
        next(k for k, ws in WORDS.items() if set(ws) & a): m for a, m in zip(about, found["sentiment"], strict=True)
    }
    assert moods["tea"] > 0 > moods["tools"]
    assert set(found["of_items"]) == {f"i{n}" for n in range(16)}


def test_topics_of_searches_in_words(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mine", "topics", "--of", "searches", "--k", "2", "--home", home]) == 0
    out = capsys.readouterr().out
    assert "2 topics of 160 searches" in out
    assert "stability" in out


def test_keywords(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "keywords", "--home", home)
    assert isinstance(found, list)
    words = {group: {w for one in found if one["group"] == group for w in one["word"].split()} for group in WORDS}
    assert words["tea"] <= {*WORDS["tea"], "lovely"}
    assert words["tools"] <= {*WORDS["tools"], "shoddy"}
    assert main(["mine", "keywords", "--by", "item", "--home", home]) == 0


def test_sentiment(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "sentiment", "--home", home)
    assert isinstance(found, dict)
    by = {one["group"]: one for one in found["opinions"]}
    assert by["tea"]["sentiment"] > by["tools"]["sentiment"]
    assert by["tea"]["grade"] > by["tools"]["grade"]
    assert "graded" in found["learned_from"]
    assert main(["mine", "sentiment", "--by", "item", "--home", home]) == 0
    assert "Thing 0" in capsys.readouterr().out


def test_a_workspace_of_silence_is_told_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "silent")]) == 0
    assert main(["mine", "topics", "--home", str(tmp_path / "silent")]) == 2
    assert "kind message" in capsys.readouterr().err


def test_new_items_of_a_workspace(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["evaluate", "--cold", "--seen", "2", "--k", "3", "--home", home, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["task"] == "cold"
    assert found["sizes"]["seen of each"] == 2
