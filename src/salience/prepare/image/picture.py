"""A picture as pixels: decoded by Pillow (the extra `image`), shrunk by means of areas."""

from __future__ import annotations

from io import BytesIO
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Pixels: TypeAlias = NDArray[np.uint8]
"""(height, width, 3), red, green, blue."""
LARGEST = 50_000_000
"""Pixels of a picture that is decoded at all: a small file can hold a huge picture."""


def decoded(raw: bytes, name: str = "picture") -> Pixels:
    """JPEG, PNG, WebP, GIF (its first frame) and whatever else Pillow reads; transparent parts become white.

    `InvalidInput` without Pillow, for what is no picture, and for pictures of more than 50 million pixels.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        way = "install the extra: pip install 'salience[image]'"
        raise InvalidInput(name, len(raw), "reading pictures needs the package pillow", way) from None
    try:
        with Image.open(BytesIO(raw)) as opened:
            if opened.width * opened.height > LARGEST:
                raise InvalidInput(name, f"{opened.width} x {opened.height}", "is too large", "shrink it first")
            clear = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidInput(name, len(raw), f"is no picture that can be read: {error}", "send JPEG or PNG") from None
    white = Image.new("RGBA", clear.size, "white")
    white.alpha_composite(clear)
    return np.asarray(white.convert("RGB"), dtype=np.uint8)


def shrunk(pixels: NDArray[np.generic], height: int, width: int) -> NDArray[np.float64]:
    """Means over equal areas, exact where sides do not divide: (height, width, ...).

    >>> shrunk(np.array([[0, 4], [4, 8]]), 1, 1).tolist(), shrunk(np.array([[0, 3, 6]]), 1, 2).tolist()
    ([[4.0]], [[1.0, 5.0]])
    """
    rows, columns = _areas(pixels.shape[0], height), _areas(pixels.shape[1], width)
    made: NDArray[np.float64] = np.tensordot(rows, pixels.astype(np.float64), axes=(1, 0))
    return np.moveaxis(np.tensordot(columns, made, axes=(1, 1)), 0, 1)


def _areas(old: int, new: int) -> NDArray[np.float64]:
    """(new, old): which share of each new pixel every old one fills."""
    edges = np.linspace(0, old, new + 1)
    low, high = edges[:-1, None], edges[1:, None]
    at = np.arange(old)[None, :]
    overlap = np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, None)
    return np.asarray(overlap / overlap.sum(axis=1, keepdims=True))
