"""How a picture looks, as one vector: its colours, where they lie, and which way its edges run. No network is needed.

Three parts, each of length 1, together of length 1 (so a product of two looks is a mean of three likenesses):

- square roots of the colour histogram (their product is the Bhattacharyya coefficient);
- mean colour of a 4 x 4 grid, less the whole picture's mean (a layout);
- histograms of oriented gradients, 8 directions on the same grid (Dalal & Triggs 2005).

It tells a red dress from a blue one and stripes from dots. It does not know what a dress is: see
`salience.models.media.image_embedder` for an embedder that was trained.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from salience.prepare.image.colour import histogram
from salience.prepare.image.picture import Pixels, shrunk

GRID, DIRECTIONS, SIDE = 4, 8, 64
WIDTH = 76 + GRID * GRID * 3 + GRID * GRID * DIRECTIONS


def look(pixels: Pixels) -> NDArray[np.float32]:
    """(252,), of length 1."""
    small = shrunk(pixels, SIDE, SIDE) / 255
    layout = shrunk(small, GRID, GRID)
    parts = (np.sqrt(histogram(pixels)), (layout - layout.mean(axis=(0, 1))).ravel(), _edges(small.mean(axis=2)))
    made = np.concatenate([_unit(part) for part in parts])
    return np.asarray(_unit(made), np.float32)


def _edges(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Strength of the edges in each direction and cell of the grid."""
    down, right = np.gradient(grey)
    strength = np.hypot(down, right)
    direction = np.floor((np.arctan2(down, right) % np.pi) / np.pi * DIRECTIONS).astype(np.int64) % DIRECTIONS
    cell = np.arange(SIDE) * GRID // SIDE
    place = (cell[:, None] * GRID + cell[None, :]) * DIRECTIONS + direction
    return np.bincount(place.ravel(), strength.ravel(), minlength=GRID * GRID * DIRECTIONS).astype(np.float64)


def _unit(part: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(part))
    return part / length if length > 1e-9 else part
