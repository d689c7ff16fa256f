from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput, NotFound
from salience.events.interactions import IdMap, Interactions


def made(**changed: object) -> Interactions:
    columns: dict[str, object] = {
        "users": IdMap(("ann", "bob")),
        "items": IdMap(("tea", "milk")),
        "user": np.array([0, 0, 1], dtype=np.int32),
        "item": np.array([0, 1, 0], dtype=np.int32),
        "value": np.array([1.0, 0.5, 1.0], dtype=np.float32),
        "time": np.array([1, 2, 3], dtype=np.int64),
    }
    return Interactions(**(columns | changed))  # type: ignore[arg-type]


def test_ids_keep_their_first_places() -> None:
    ids = IdMap.of(["b", "a", "b", "c"])
    assert ids.names == ("b", "a", "c")
    assert [ids.code(name) for name in ids.names] == [0, 1, 2]


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(NotFound, match="item = 'beer'") as fault:
        IdMap(("tea",)).code("beer", "item")
    assert fault.value.parameter == "item"


def test_a_pair_that_occurs_often_keeps_its_largest_value() -> None:
    data = Interactions.from_rows([("a", "x", 0.2, 1), ("a", "x", 0.9, 2), ("a", "x", 0.4, 3), ("b", "y", 0.0, 4)])
    assert len(data) == 4
    assert data.matrix.nnz == 2
    assert data.matrix.toarray().round(2).tolist() == [[pytest.approx(0.9), 0.0], [0.0, 0.0]]


def test_a_value_of_zero_stays_an_entry() -> None:
    assert Interactions.from_rows([("a", "x", 0.0, 1)]).matrix.nnz == 1


def test_the_matrix_is_csr_float32_with_sorted_indices() -> None:
    data = Interactions.from_rows([("a", "x", 1, 1), ("b", "x", 1, 1), ("b", "y", 1, 1), ("a", "y", 1, 1)])
    assert data.matrix.dtype == np.float32
    assert data.matrix.has_sorted_indices
    assert data.matrix.indptr.tolist() == [0, 2, 4]


def test_some_of_the_rows_keep_all_of_the_ids() -> None:
    part = made().rows(np.array([False, False, True]))
    assert len(part) == 1
    assert part.users.names == ("ann", "bob")
    assert part.matrix.toarray().tolist() == [[0.0, 0.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("user", np.array([0, 0, 2], dtype=np.int32)),
        ("item", np.array([0, -1, 0], dtype=np.int32)),
        ("value", np.array([1.0, np.nan, 1.0], dtype=np.float32)),
        ("value", np.array([1.0, np.inf, 1.0], dtype=np.float32)),
    ],
)
def test_impossible_columns_are_refused(column: str, values: object) -> None:
    with pytest.raises(InvalidInput, match=column):
        made(**{column: values})


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(InvalidInput, match="equally long"):
        made(time=np.array([1], dtype=np.int64))


def test_it_prints_as_its_size() -> None:
    assert repr(made()) == "Interactions(2 users x 2 items, 3 rows)"
