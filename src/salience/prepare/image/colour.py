"""Colours of a picture: a histogram over hue, saturation and value, and the few that a person would name.

Swain & Ballard 1991, "Color Indexing": two pictures are alike in colour as far as their histograms overlap,
sum over bins of min(a, b). Greys have no hue, so they have bins of their own.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.prepare.image.picture import Pixels, shrunk

HUES, SATURATIONS, VALUES, GREYS = 12, 2, 3, 4
GREY = 0.15
"""Below this saturation or value the eye sees no hue."""
NAMES = (
    "red", "orange", "yellow", "lime", "green", "mint", "cyan", "sky", "blue", "violet", "magenta", "pink",
)  # fmt: skip
DARKS = ("black", "dark grey", "light grey", "white")


class Colour(Struct, frozen=True):
    """``name`` in plain English, ``share`` of the picture."""

    name: str
    share: float


def histogram(pixels: Pixels) -> NDArray[np.float64]:
    """Shares of 72 coloured and 4 grey bins, summing to 1: (76,)."""
    hue, saturation, value = _hsv(_small(pixels))
    grey = (saturation < GREY) | (value < GREY)
    low = np.minimum((saturation - GREY) / (1 - GREY) * SATURATIONS, SATURATIONS - 1).astype(np.int64)
    bright = np.minimum((value - GREY) / (1 - GREY) * VALUES, VALUES - 1).astype(np.int64)
    coloured = (_hue_bin(hue) * SATURATIONS + np.maximum(low, 0)) * VALUES + np.maximum(bright, 0)
    bins = np.where(grey, HUES * SATURATIONS * VALUES + _grey_bin(value), coloured)
    counts = np.bincount(bins.ravel(), minlength=HUES * SATURATIONS * VALUES + GREYS)
    return np.asarray(counts / bins.size)


def colours(pixels: Pixels, most: int = 3) -> tuple[Colour, ...]:
    """The largest named colours, each of a tenth of the picture at least.

    >>> half = np.zeros((4, 4, 3), np.uint8)
    >>> half[:, 2:] = (255, 0, 0)
    >>> colours(half)
    (Colour(name='black', share=0.5), Colour(name='red', share=0.5))
    """
    hue, saturation, value = _hsv(_small(pixels))
    grey = (saturation < GREY) | (value < GREY)
    named = np.where(grey, HUES + _grey_bin(value), _hue_bin(hue))
    brown = ~grey & ((_hue_bin(hue) == 1) | (_hue_bin(hue) == 0)) & (value < 0.6) & (saturation < 0.85)
    names = [*NAMES, *DARKS, "brown"]
    shares = np.bincount(np.where(brown, len(names) - 1, named).ravel(), minlength=len(names)) / named.size
    found = sorted(
        ((float(share), name) for share, name in zip(shares, names, strict=True)), key=lambda f: (-f[0], f[1])
    )
    return tuple(Colour(name, round(share, 3)) for share, name in found[:most] if share >= 0.1)


def _small(pixels: Pixels) -> NDArray[np.float64]:
    height, width = pixels.shape[:2]
    return shrunk(pixels, min(height, 64), min(width, 64)) / 255


def _hue_bin(hue: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bins are centred on their colour: red is from -15 to 15 degrees."""
    return np.asarray(np.floor(hue * HUES + 0.5).astype(np.int64) % HUES)


def _grey_bin(value: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((value * GREYS).astype(np.int64), GREYS - 1)


def _hsv(rgb: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Hue, saturation, value in [0, 1] (Smith 1978)."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    value, spread = rgb.max(axis=-1), rgb.max(axis=-1) - rgb.min(axis=-1)
    safe = np.where(spread > 0, spread, 1)
    hue = np.where(
        value == red, (green - blue) / safe, np.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    )
    hue = np.where(spread > 0, (hue / 6) % 1, 0)
    return hue, np.where(value > 0, spread / np.where(value > 0, value, 1), 0), value
