"""What looks alike is near: the same stripes, the same colour; and the length is one."""

from __future__ import annotations

import numpy as np
import pytest

from salience.prepare.image import Pixels, look
from tests.prepare.image.test_perceptual import changed, scene


def stripes(colour: tuple[int, int, int], *, across: bool, shift: int = 0) -> Pixels:
    at = (np.arange(64) + shift) // 4 % 2
    plane = np.broadcast_to(at[:, None] if across else at[None, :], (64, 64))
    return np.asarray(np.where(plane[..., None], np.array(colour), 255), np.uint8)


def test_a_copy_is_nearer_than_another_picture() -> None:
    own, other = look(scene(0)), look(scene(1))
    for copy in changed(scene(0)):
        assert own @ look(copy) > 0.9 > own @ other


def test_direction_and_colour_both_count() -> None:
    red = look(stripes((200, 0, 0), across=True))
    shifted, turned = look(stripes((200, 0, 0), across=True, shift=2)), look(stripes((200, 0, 0), across=False))
    blue = look(stripes((0, 0, 200), across=True))
    assert red @ shifted > red @ turned
    assert red @ shifted > red @ blue


def test_length_one() -> None:
    assert np.linalg.norm(look(scene(2))) == pytest.approx(1.0, abs=1e-5)
    assert np.linalg.norm(look(np.zeros((3, 3, 3), np.uint8))) == pytest.approx(1.0, abs=1e-5)
