"""Words of the same company point the same way."""

from __future__ import annotations

import numpy as np
import pytest

from salience.models.text.hashed_svd import HashedSvd

TEXTS = ["green tea leaf", "black tea leaf", "tea cup", "red car wheel", "fast car wheel", "car tyre"] * 3


def test_company_is_kept_though_no_word_is_shared() -> None:
    made = HashedSvd.learned(TEXTS, rank=2)
    leaf, cup, wheel = made.embed(["leaf", "cup", "wheel"])
    assert leaf @ cup > 0.9 > 0.1 > abs(leaf @ wheel)


def test_rows_have_length_one_or_nothing() -> None:
    made = HashedSvd.learned(TEXTS, rank=4)
    lengths = np.linalg.norm(made.embed([*TEXTS, "", "quux"]), axis=1)
    np.testing.assert_allclose(lengths[:-2], 1, atol=1e-5)
    assert lengths[-2:].tolist() == [0, 0]


def test_arrays_bring_it_back() -> None:
    made = HashedSvd.learned(TEXTS, rank=3, seed=1)
    again = HashedSvd.from_arrays(made.arrays())
    np.testing.assert_array_equal(made.embed(TEXTS), again.embed(TEXTS))
    with pytest.raises(ValueError, match="do not fit"):
        HashedSvd.from_arrays({**made.arrays(), "weights": np.ones(2, np.float32)})


def test_few_texts_give_few_directions() -> None:
    assert HashedSvd.learned(["one text"]).width == 1
    assert HashedSvd.learned([]).embed(["x"]).tolist() == [[0.0]]
