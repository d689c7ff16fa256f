import numpy as np
import pytest

from salience.models import EASE, Popularity
from salience.models.hybrid.parts import packed, unpacked
from tests.models.model_suite import checkerboard


def test_there_and_back() -> None:
    data = checkerboard()
    parts = (EASE(l2=1.0).fit(data), Popularity().fit(data))
    back = unpacked(data.items, packed(parts))
    for one, other in zip(parts, back, strict=True):
        assert type(one) is type(other)
        np.testing.assert_array_equal(one.score(data.matrix), other.score(data.matrix))


def test_an_unknown_kind_is_refused() -> None:
    data = checkerboard()
    arrays = packed([Popularity().fit(data)])
    arrays["0.kind"] = np.frombuffer(b"os.system", dtype=np.uint8)
    with pytest.raises(ValueError, match="unknown kind"):
        unpacked(data.items, arrays)
