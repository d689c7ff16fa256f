"""Mel-frequency cepstral coefficients: the shape of the vocal tract, nearly free of pitch (Davis & Mermelstein 1980).

For each frame of 25 ms, every 10 ms, after pre-emphasis x_t - 0.97 x_(t-1):

    P = |FFT(frame)|^2 / N,    E_m = sum over f of H_m(f) P(f),    c_k = DCT-II(ln E)_k  (orthonormal),  k = 0 .. 12

H are triangles, equally wide on the mel scale mel(f) = 2595 log10(1 + f / 700). The definitions are those of
`python_speech_features` 0.6 without liftering and with c_0 kept, and the test holds values of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from salience.prepare.sound.waves import Sound

WINDOW, STEP = 0.025, 0.010
EMPHASIS = 0.97
FILTERS, COEFFICIENTS = 26, 13
Frames = NDArray[np.float64]


def mfcc(sound: Sound, *, coefficients: int = COEFFICIENTS, filters: int = FILTERS) -> Frames:
    """(frames, coefficients)."""
    samples = sound.samples.astype(np.float64)
    emphasised = np.append(samples[:1], samples[1:] - EMPHASIS * samples[:-1])
    cut = frames(emphasised, sound.rate)
    size = 1 << (cut.shape[1] - 1).bit_length()
    power = np.abs(fft.rfft(cut, size)) ** 2 / size
    energies = power @ triangles(filters, size, sound.rate).T
    logs = np.log(np.maximum(energies, np.finfo(float).eps))
    return np.asarray(fft.dct(logs, type=2, axis=1, norm="ortho")[:, :coefficients])


def frames(samples: NDArray[np.float64], rate: int, window: float = WINDOW, step: float = STEP) -> Frames:
    """(frames, samples of a window); the last one is filled up with silence."""
    size, hop = max(round(window * rate), 1), max(round(step * rate), 1)
    count = 1 + max(-(-(len(samples) - size) // hop), 0)
    padded = np.append(samples, np.zeros(max((count - 1) * hop + size - len(samples), 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:count]


def triangles(filters: int, size: int, rate: int) -> NDArray[np.float64]:
    """(filters, size / 2 + 1), each rising from the centre of the one below to its own and falling to that above."""
    top = _mel(rate / 2)
    points = np.floor((size + 1) * _hertz(np.linspace(0, top, filters + 2)) / rate)
    bins = np.arange(size // 2 + 1)[None, :]
    low, middle, high = points[:-2, None], points[1:-1, None], points[2:, None]
    rising = np.divide(bins - low, middle - low, out=np.zeros((filters, size // 2 + 1)), where=middle > low)
    falling = np.divide(high - bins, high - middle, out=np.zeros((filters, size // 2 + 1)), where=high > middle)
    return np.where((bins >= low) & (bins < middle), rising, np.where((bins >= middle) & (bins < high), falling, 0.0))


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return 700 * (10 ** (mel / 2595) - 1)
