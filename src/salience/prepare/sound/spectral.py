"""The shape of a spectrum over time, and which frames hold speech (Tzanetakis & Cook 2002; Peeters 2004).

With p_f the share of the power of a frame at frequency f:

    centroid = sum of f p_f      bandwidth^2 = sum of (f - centroid)^2 p_f      rolloff: 85 % of the power lies below
    flatness = exp(mean ln P) / mean P     (0 a tone, 1 noise)                  crossings: sign changes a second
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import fft

from salience.prepare.sound.mfcc import frames, mfcc
from salience.prepare.sound.waves import Sound

Values: TypeAlias = NDArray[np.float64]
BELOW = 0.85
QUIET_DB = 30.0
"""A frame this far below the loudest (its 95 % quantile) is no speech."""


class Shape(Struct, frozen=True):
    """Means over the frames that are not silent: Hz, Hz, Hz, 0 to 1, a second; ``loudness`` in dB below full scale."""

    seconds: float
    loudness: float
    centroid: float
    bandwidth: float
    rolloff: float
    flatness: float
    crossings: float
    speech: float


def shape(sound: Sound) -> Shape:
    """What can be said of a sound in eight numbers; ``speech`` is the share of the time that is loud enough for it."""
    cut = frames(sound.samples.astype(np.float64), sound.rate)
    power = np.abs(fft.rfft(cut * np.hanning(cut.shape[1]))) ** 2
    loud = spoken(sound)
    own = power[loud] if loud.any() else power
    parts = cut[loud] if loud.any() else cut
    f = np.fft.rfftfreq(cut.shape[1], 1 / sound.rate)
    total = np.maximum(own.sum(axis=1, keepdims=True), 1e-20)
    share = own / total
    centroid = share @ f
    spread = np.sqrt((share * (f[None, :] - centroid[:, None]) ** 2).sum(axis=1))
    rolloff = f[np.minimum((np.cumsum(share, axis=1) < BELOW).sum(axis=1), len(f) - 1)]
    flat = np.exp(np.log(np.maximum(own, 1e-20)).mean(axis=1)) / np.maximum(own.mean(axis=1), 1e-20)
    crossings = (np.diff(np.signbit(parts), axis=1).sum(axis=1) / cut.shape[1]) * sound.rate
    level = 10 * np.log10(max(float((parts**2).mean()), 1e-12))
    return Shape(
        seconds=_rounded(sound.seconds),
        loudness=_rounded(level),
        centroid=_rounded(centroid.mean()),
        bandwidth=_rounded(spread.mean()),
        rolloff=_rounded(rolloff.mean()),
        flatness=_rounded(flat.mean()),
        crossings=_rounded(crossings.mean()),
        speech=_rounded(loud.mean()),
    )


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)


def spoken(sound: Sound) -> NDArray[np.bool_]:
    """Which frames are loud enough to be speech, (frames,)."""
    cut = frames(sound.samples.astype(np.float64), sound.rate)
    level = 10 * np.log10(np.maximum((cut**2).mean(axis=1), 1e-12))
    return np.asarray((level > np.quantile(level, 0.95) - QUIET_DB) & (level > -70))


def described(sound: Sound) -> NDArray[np.float32]:
    """Mean and deviation of 13 cepstra over the frames that are not silent: one vector a sound, (26,)."""
    cepstra, loud = mfcc(sound), spoken(sound)
    own = cepstra[: len(loud)][loud] if loud.any() else cepstra
    return np.concatenate([own.mean(axis=0), own.std(axis=0)]).astype(np.float32)
