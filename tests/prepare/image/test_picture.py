"""Pictures in, pixels out, and what is no picture."""

from __future__ import annotations

import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from salience.events.fault import InvalidInput
from salience.prepare.image import Pixels, decoded, shrunk


def encoded(pixels: Pixels, form: str = "PNG", quality: int = 90) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, form, quality=quality)
    return out.getvalue()


def test_a_lossless_picture_comes_back() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(encoded(pixels)), pixels)


def test_what_is_transparent_is_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(out, "PNG")
    assert decoded(out.getvalue()).tolist() == [[[255] * 3] * 2] * 2


@pytest.mark.parametrize("raw", [b"", b"no picture", encoded(np.zeros((9, 9, 3), np.uint8))[:40]])
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="no picture"):
        decoded(raw)


def test_without_pillow_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(InvalidInput) as caught:
        decoded(b"x")
    assert "salience[image]" in caught.value.way_out


def test_shrinking_keeps_the_mean() -> None:
    values = np.random.default_rng(1).random((37, 23))
    assert shrunk(values, 8, 5).mean() == pytest.approx(values.mean())
    assert shrunk(np.ones((2, 2)), 5, 3).tolist() == [[1.0] * 3] * 5  # and growing a small one repeats it
