"""The examples of docs/sources.md: one sort of behaviour each, imported as the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from salience.cli import main
from salience.store import home

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
FILES = {
    "searches.csv": "who,words,hits,at\nann,green tea,12,1700000000\nbob,茶,0,1700000001\n",
    "follows.csv": "who,whom,at\nann,bob,1700000000\n",
    "shares.csv": "who,what,where,at\nann,tea,mail,1700000000\n",
    "ratings.csv": "who,what,stars\nann,tea,7.5\nbob,tea,10\n",
    "reviews.csv": 'who,words,what\nann,"Good, warm, mine",tea\n',
    "receipts.csv": "card,sku\n77,tea\n",
    "calls.csv": "mail,sku\nann@example.com,tea\n",
}


def examples() -> list[tuple[str, ...]]:
    lines = re.findall(
        r"^salience (import events \w+\.csv .+) --home shop$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return [tuple(line.split()) for line in lines]


@pytest.mark.parametrize("words", examples(), ids=lambda words: words[2])
def test_the_example_imports_every_row(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = home.create(tmp_path / "shop").home
    Path(words[2]).write_text(FILES[words[2]], encoding="utf-8")
    assert main([*words, "--home", str(made), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stored"], told["failed"]) == (FILES[words[2]].count("\n") - 1, 0)


def test_each_file_of_the_page_is_tried() -> None:
    assert {words[2] for words in examples()} == set(FILES)
