"""`mine images` on a folder of pictures, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salience.cli import main
from tests.prepare.image.test_look import stripes
from tests.prepare.image.test_picture import encoded


def test_colours_are_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, folder = str(tmp_path / "shop"), tmp_path / "pictures"
    folder.mkdir()
    for name, colour in {"a": (200, 0, 0), "b": (0, 0, 200), "c": (0, 160, 0)}.items():
        (folder / f"{name}.png").write_bytes(encoded(stripes(colour, across=name == "a")))
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / "items.csv").write_text("item,title\na,Ruby\nb,Sapphire\nc,Emerald\n", encoding="utf-8")
    assert main(["init", home]) == 0
    assert main(["import", "items", str(tmp_path / "items.csv"), "--home", home]) == 0
    capsys.readouterr()
    assert main(["mine", "images", str(folder), "--home", home, "--keep"]) == 0
    out, err = capsys.readouterr()
    assert "Ruby" in out
    assert "kept for 3 items" in err
    assert main(["mine", "images", str(folder), "--home", home, "--json"]) == 0
    assert [one["item"] for one in json.loads(capsys.readouterr().out)["pictures"]] == ["a", "b", "c"]
    assert main(["export", "items", "--home", home, str(tmp_path / "out.csv")]) == 0
    assert "learned.colour" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "shop")]) == 0
    assert main(["mine", "images", str(tmp_path / "none"), "--home", str(tmp_path / "shop")]) == 2
