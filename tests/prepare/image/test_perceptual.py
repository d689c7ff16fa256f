"""Copies of a picture are found, whatever became of them; different pictures are not."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from salience.prepare.image import Pixels, decoded, hashes, near_duplicates
from tests.prepare.image.test_picture import encoded


def scene(seed: int, size: int = 160) -> Pixels:
    """Smooth blobs of colour, as photographs have."""
    rng = np.random.default_rng(seed)
    rough = ndimage.gaussian_filter(rng.random((size, size, 3)), (size / 12, size / 12, 0))
    rough = (rough - rough.min()) / (rough.max() - rough.min())
    return np.asarray(rough * 255, np.uint8)


def changed(pixels: Pixels) -> list[Pixels]:
    """Recompressed, half the size, brighter, a border's width cut off."""
    bright = np.clip(pixels.astype(np.int64) + 25, 0, 255).astype(np.uint8)
    return [decoded(encoded(pixels, "JPEG", 40)), pixels[::2, ::2], bright, pixels[2:-2, 2:-2]]


def test_copies_are_near_and_others_far() -> None:
    pictures = [scene(seed) for seed in range(12)]
    copies = changed(pictures[0])
    found = near_duplicates(hashes([*pictures, *copies]))
    assert {other for one, other, _ in found if one == 0} == {12, 13, 14, 15}
    assert all(one in (0, 12, 13, 14, 15) for one, _, _ in found)


def test_the_banded_search_misses_nothing() -> None:
    rng = np.random.default_rng(3)
    bits = rng.random((60, 64)) < 0.5
    bits[30:] = bits[:30] ^ (rng.random((30, 64)) < 0.1)
    apart = (bits[:, None] != bits[None]).sum(axis=2)
    plain = {(a, b) for a in range(60) for b in range(a + 1, 60) if apart[a, b] <= 8}
    assert {(a, b) for a, b, _ in near_duplicates(bits)} == plain


def test_even_pictures_hash_alike_and_not_by_rounding() -> None:
    assert not hashes([np.full((9, 9, 3), 200, np.uint8), np.zeros((5, 5, 3), np.uint8)]).any()
