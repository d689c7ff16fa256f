"""A WAV file as samples in [-1, 1], one channel."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

LONGEST = 3600
"""Seconds of a sound that is taken in: an hour."""


@dataclass(frozen=True, eq=False)
class Sound:
    """``samples``: (n,) float32 in [-1, 1]; ``rate``: of them a second."""

    samples: NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


def decoded(raw: bytes, name: str = "sound") -> Sound:
    """PCM of 8, 16, 24 or 32 bits; several channels become their mean. `InvalidInput` for anything else.

    Other formats are for a program such as ffmpeg to convert: a decoder is not worth its size and its faults here.
    """
    way = "convert it to WAV (PCM), e.g. ffmpeg -i FILE -ac 1 -ar 16000 out.wav"
    try:
        with wave.open(BytesIO(raw), "rb") as opened:
            width, channels, rate, n = (
                opened.getsampwidth(),
                opened.getnchannels(),
                opened.getframerate(),
                opened.getnframes(),
            )
            if rate < 1 or n > LONGEST * rate:
                raise InvalidInput(name, n, f"must be at most {LONGEST} seconds", "cut it")
            frames = opened.readframes(n)
    except (wave.Error, EOFError) as error:
        raise InvalidInput(name, len(raw), f"is no WAV of PCM samples: {error}", way) from None
    frames = frames[: len(frames) // (width * channels) * width * channels]
    samples = _numbers(frames, width).reshape(-1, channels).mean(axis=1)
    if not len(samples):
        raise InvalidInput(name, len(raw), "holds no sample", way)
    return Sound(samples.astype(np.float32), rate)


def resampled(sound: Sound, rate: int) -> Sound:
    """The same sound at another rate, by a polyphase filter."""
    if sound.rate == rate:
        return sound
    shared = int(np.gcd(sound.rate, rate))
    from scipy import signal  # a quarter of a second to import: not at every start

    made = signal.resample_poly(sound.samples.astype(np.float64), rate // shared, sound.rate // shared)
    return Sound(np.clip(made, -1, 1).astype(np.float32), rate)


def _numbers(frames: bytes, width: int) -> NDArray[np.float64]:
    if width == 1:  # 8 bits have no sign
        return (np.frombuffer(frames, np.uint8).astype(np.float64) - 128) / 128
    if width == 3:
        parts = np.frombuffer(frames, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16
        return np.where(whole >= 1 << 23, whole - (1 << 24), whole) / float(1 << 23)
    return np.frombuffer(frames, f"<i{width}").astype(np.float64) / float(1 << (8 * width - 1))
