"""A tone, noise and silence, told apart by numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from salience.prepare.sound import Sound, described, shape, spoken
from tests.prepare.sound.test_waves import tone


def test_a_tone() -> None:
    found = shape(tone(1000, 1.0))
    assert found.centroid == pytest.approx(1000, abs=5)
    assert found.bandwidth < 60
    assert found.flatness < 1e-3
    assert found.crossings == pytest.approx(2000, rel=0.03)
    assert found.loudness == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)


def test_noise_is_flat_and_wide() -> None:
    noise = Sound(np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32), 16000)
    found = shape(noise)
    assert found.flatness > 0.5
    assert found.centroid == pytest.approx(4000, rel=0.05)
    assert found.rolloff == pytest.approx(0.85 * 8000, rel=0.05)


def test_silence_between_words_is_left_out() -> None:
    loud = tone(500, 0.5).samples
    sound = Sound(np.concatenate([loud, np.zeros(4000, np.float32), loud]), 8000)
    assert shape(sound).speech == pytest.approx(2 / 3, abs=0.05)
    assert not spoken(sound)[55:90].any()


def test_silence_alone_is_no_fault() -> None:
    found = shape(Sound(np.zeros(800, np.float32), 8000))
    assert found.speech == 0.0
    assert np.isfinite(described(Sound(np.zeros(800, np.float32), 8000))).all()


def test_vectors_of_like_sounds_are_near() -> None:
    low, near, high = (described(tone(hertz)) for hertz in (300, 310, 2500))
    assert np.linalg.norm(low - near) < np.linalg.norm(low - high) / 3
