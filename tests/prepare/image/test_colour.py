"""Colours that a person would name."""

from __future__ import annotations

import numpy as np
import pytest

from salience.prepare.image import colours, histogram


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"), ((255, 128, 0), "orange"), ((255, 255, 0), "yellow"), ((0, 255, 0), "green"),
        ((0, 255, 255), "cyan"), ((0, 0, 255), "blue"), ((128, 0, 255), "violet"), ((255, 0, 128), "pink"),
        ((0, 0, 0), "black"), ((255, 255, 255), "white"), ((170, 170, 170), "light grey"), ((120, 70, 40), "brown"),
    ],
)  # fmt: skip
def test_one_colour(rgb: tuple[int, int, int], name: str) -> None:
    found = colours(np.full((20, 30, 3), rgb, np.uint8))
    assert [(one.name, one.share) for one in found] == [(name, 1.0)]


def test_shares() -> None:
    pixels = np.zeros((10, 100, 3), np.uint8)
    pixels[:, :30] = (255, 0, 0)
    pixels[:, 30:35] = (0, 0, 255)  # too little to name
    assert [(one.name, round(one.share, 1)) for one in colours(pixels)] == [("black", 0.6), ("red", 0.3)]


def test_the_histogram_is_a_share_and_does_not_know_places() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert histogram(pixels).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(histogram(pixels), histogram(pixels[::-1, ::-1]))
