"""Whatever a caller writes becomes names with finite numbers, the same in every process."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.optimise.bandit.features import BITS, MOST, cells, flat, hashed, hashes

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**6), 10**6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=3), anything, max_size=3), max_size=3))
def test_any_document_is_taken(features: list[dict[str, Any]]) -> None:
    found = flat(features)
    assert len(found.names) == len(set(found.names)) == len(found.values)
    assert np.isfinite(found.values).all()


def test_hashes_do_not_depend_on_the_process() -> None:
    assert hashed("user.device=phone") == 542638312
    place = cells(hashes(["a", "b"]), hashes(["c", "d"]))
    assert place.shape == (2, 2)
    assert len(set(place.ravel().tolist())) == 4
    assert (place < 1 << BITS).all()


def test_a_flood_of_features_is_cut() -> None:
    assert len(flat([{f"f{at}": at + 1 for at in range(10 * MOST)}]).names) == MOST
