from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from salience.cli.plots import bars, check, heat, lines, write
from salience.cli.plots.scene import Scene, short, wide
from salience.events import InvalidInput

SCENES = {
    "bars": bars("What <goes> & together", [("茶 -> milk", 3.0, "3 x"), ("a" * 200, 1.0, "1 x"), ("none", 0.0, "")]),
    "lines": lines("Back", {"all": [1.0, 0.5, None], "new": [0.2, 0.1, 0.0]}, ["0", "1", "2"], percent=True),
    "heat": heat("Apart", [("one", [1.0, -2.0, None])], ["a", "b", "c"]),
    "empty": bars("Nothing", []),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_svg_is_well_formed_and_inside_its_frame(scene: Scene, tmp_path: Path) -> None:
    write(str(tmp_path / "a.svg"), scene)
    root = ET.parse(tmp_path / "a.svg").getroot()  # noqa: S314 - written by ourselves a line ago
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        if "x" in box.attrib:
            assert 0 <= float(box.attrib["x"]) <= float(box.attrib["x"]) + float(box.attrib["width"]) <= width + 1
            assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height + 1
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == scene.title


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_png_has_twice_the_pixels(scene: Scene, tmp_path: Path) -> None:
    from PIL import Image

    write(str(tmp_path / "a.png"), scene)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (round(2 * scene.width), round(2 * scene.height))
        assert len(image.convert("L").getcolors(256) or []) > 1


def test_bars_are_as_long_as_their_values() -> None:
    boxes = [shape[3] for shape in SCENES["bars"].shapes if shape[0] == "box"]
    assert boxes[0] == pytest.approx(3 * boxes[1])


def test_long_words_are_cut() -> None:
    assert wide("茶") > wide("t")
    assert wide(short("x" * 300, 100.0)) <= 100.0 + wide("…")
    assert short("tea", 100.0) == "tea"


@pytest.mark.parametrize("name", ["a.pdf", "no-such-folder/a.svg"])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(name: str) -> None:
    with pytest.raises(InvalidInput, match="plot"):
        check(name)
    check(None)


def test_without_pillow_a_png_names_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(InvalidInput, match="Pillow; name it"):
        check(str(tmp_path / "a.png"))
    check(str(tmp_path / "a.svg"))
