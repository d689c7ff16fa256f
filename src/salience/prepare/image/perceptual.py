"""A hash of what is to be seen: equal pictures have near hashes, whatever their size, quality and brightness.

Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions": the picture in grey, 32 x 32, its
discrete cosine transform, of that the 8 x 8 slowest waves without the mean; a bit is 1 where the coefficient lies above
their median. Two pictures differ in as many bits as their hashes do. Near ones are found without comparing all pairs:
hashes that differ in at most d bits agree in one of d + 1 stretches of their bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from salience.prepare.image.picture import Pixels, shrunk

SIDE, KEPT = 32, 8
NEAR = 8
"""Bits of 64: recompressed and resized copies differ in 0 to 6, different pictures in about 32."""
Bits = NDArray[np.bool_]


def hashes(pictures: Sequence[Pixels]) -> Bits:
    """(pictures, 64)."""
    return np.array([_hash(picture) for picture in pictures], dtype=bool).reshape(len(pictures), KEPT * KEPT)


def near_duplicates(found: Bits, *, most: int = NEAR) -> list[tuple[int, int, int]]:
    """(one, other, bits in which they differ), nearest first; every pair that differs in ``most`` bits or fewer.

    >>> bits = np.zeros((3, 64), bool)
    >>> bits[1, :2], bits[2] = True, True
    >>> near_duplicates(bits)
    [(0, 1, 2)]
    """
    pairs: set[tuple[int, int]] = set()
    for stretch in np.array_split(np.arange(found.shape[1]), most + 1):
        buckets: dict[bytes, list[int]] = {}
        for row, key in enumerate(np.packbits(found[:, stretch], axis=1)):
            buckets.setdefault(key.tobytes(), []).append(row)
        for rows in buckets.values():
            pairs.update((a, b) for at, a in enumerate(rows) for b in rows[at + 1 :])
    told = [(a, b, int((found[a] != found[b]).sum())) for a, b in pairs]
    return sorted((pair for pair in told if pair[2] <= most), key=lambda pair: (pair[2], pair[:2]))


def _hash(picture: Pixels) -> Bits:
    grey = shrunk(picture @ np.array([0.299, 0.587, 0.114]), SIDE, SIDE)
    waves = fft.dctn(grey, norm="ortho")[:KEPT, :KEPT].ravel()
    if np.abs(waves[1:]).max() < 1e-6 * max(abs(float(waves[0])), 1e-9):
        return np.zeros(KEPT * KEPT, dtype=bool)  # one even colour has no pattern, and must not hash rounding errors
    return np.asarray(waves > np.median(waves[1:]))
