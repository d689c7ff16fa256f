from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.evaluate.segments import activity, attribute, by_segment
from salience.events import InvalidInput
from salience.events.interactions import Attributes


def test_each_segment_has_its_own_mean_and_interval() -> None:
    found = by_segment(np.array([0.0, 1.0, 0.5, 0.5, 9.0]), ["a", "a", "b", "b", "alone"])
    assert list(found) == ["a", "b"]  # one user has no interval
    assert found["a"].value == 0.5
    assert (found["a"].low, found["a"].high) == (0.0, 1.0)
    assert (found["b"].low, found["b"].high, found["b"].users) == (0.5, 0.5, 2)
    with pytest.raises(InvalidInput, match="segments"):
        by_segment(np.zeros(2), ["a"])


def test_activity_groups_are_named_by_what_is_in_them() -> None:
    sizes = [0, 1, 2, 3, 4, 10, 12]
    rows = np.array([[1.0] * size + [0.0] * (12 - size) for size in sizes], dtype=np.float32)
    told = activity(sparse.csr_array(rows))
    assert told[0] == " 0 items"
    assert told[1:] == [" 1 to  3 items"] * 3 + [" 4 to 10 items"] * 2 + ["12 to 12 items"]


def test_an_attribute_names_the_segment() -> None:
    table = Attributes(
        ("country=de", "country=fr", "age=old"), sparse.csr_array(np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1]]))
    )
    assert attribute(table, np.array([2, 1, 0]), "country=") == ["unknown", "country=fr", "country=de"]
    with pytest.raises(InvalidInput, match="by"):
        attribute(table, np.array([0]), "town=")
