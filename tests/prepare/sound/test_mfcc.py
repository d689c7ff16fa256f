"""Cepstra equal those of an independent implementation, to its printed digits."""

from __future__ import annotations

import numpy as np
import pytest

from salience.prepare.sound import Sound, mfcc
from salience.prepare.sound.mfcc import frames, triangles

PUBLISHED = {
    0: (-30.7857, 6.1251, -1.2381, -3.655, -3.1578, -1.3191, 1.0166, 2.6094, 2.8489, 1.777, 0.4435, -0.6542, -0.9512),
    50: (-28.3845, 4.4584, -12.8685, -1.9386, -1.8151, -5.1611, -2.4557, 3.8666, 2.3742, -1.2016, -0.6004, 0.2268,
         -2.0225),
    98: (-20.3673, -2.493, 1.6863, -0.0189, -7.6644, 1.7668, -3.4065, 2.9614, 1.9593, -0.6385, 1.5314, -2.8198,
         -0.4744),
}  # fmt: skip
"""Frame -> what python_speech_features 0.6 gives: nfft=256, ceplifter=0, appendEnergy=False."""


def chirp() -> Sound:
    t = np.arange(8000) / 8000
    return Sound((0.5 * np.sin(2 * np.pi * 440 * t) + 0.3 * np.sin(2 * np.pi * 1250 * t * t)).astype(np.float32), 8000)


@pytest.mark.parametrize("frame", PUBLISHED)
def test_known_values(frame: int) -> None:
    found = mfcc(chirp())
    assert found.shape == (99, 13)
    np.testing.assert_allclose(found[frame], PUBLISHED[frame], atol=6e-5)


def test_the_louder_changes_the_first_coefficient_only() -> None:
    sound = chirp()
    apart = mfcc(Sound(sound.samples * np.float32(0.5), 8000)) - mfcc(sound)
    np.testing.assert_allclose(apart[:, 0], np.sqrt(26) * np.log(0.25), atol=1e-4)
    np.testing.assert_allclose(apart[:, 1:], 0, atol=1e-4)


def test_triangles_reach_one_and_cover_the_middle() -> None:
    made = triangles(26, 512, 16000)
    assert made.max() == 1.0
    assert (made.sum(axis=0)[5:200] > 0).all()


def test_frames_are_filled_up() -> None:
    assert frames(np.ones(5), 100, 0.04, 0.02).tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert frames(np.ones(2), 100, 0.04, 0.02).tolist() == [[1, 1, 0, 0]]
