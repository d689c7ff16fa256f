"""WAV in every width, and what is no WAV."""

from __future__ import annotations

import wave
from io import BytesIO

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.prepare.sound import Sound, decoded, resampled


def tone(hertz: float = 440.0, seconds: float = 0.5, rate: int = 8000) -> Sound:
    t = np.arange(int(seconds * rate)) / rate
    return Sound((0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32), rate)


def encoded(sound: Sound, width: int = 2, channels: int = 1) -> bytes:
    scale = (1 << (8 * width - 1)) - 1
    whole = np.repeat(np.round(sound.samples.astype(np.float64) * scale).astype(np.int64), channels)
    if width == 1:
        whole = whole + 128
    raw = b"".join(int(one).to_bytes(width, "little", signed=width > 1) for one in whole)
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(sound.rate)
        file.writeframes(raw)
    return out.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_width_comes_back(width: int, channels: int) -> None:
    heard = decoded(encoded(tone(), width, channels))
    assert heard.rate == 8000
    np.testing.assert_allclose(heard.samples, tone().samples, atol=1.1 / (1 << (8 * width - 1)) + 1e-6)


@pytest.mark.parametrize(
    "raw", [b"", b"RIFF", b"ID3 an mp3", encoded(tone())[:20], encoded(Sound(np.zeros(0, np.float32), 8000))]
)
def test_what_is_no_wav_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        decoded(raw)
    assert "ffmpeg" in caught.value.way_out


def test_a_wav_that_breaks_off_gives_what_is_there() -> None:
    assert 0 < len(decoded(encoded(tone(), 3)[:-500]).samples) < 4000


def test_resampling_keeps_the_tone() -> None:
    made = resampled(tone(440, 1.0, 22050), 16000)
    assert made.rate == 16000
    assert len(made.samples) == 16000
    spectrum = np.abs(np.fft.rfft(made.samples))
    assert np.argmax(spectrum) == 440
