from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.mine.clusters import STABLE, clusters
from salience.mine.kmeans import adjusted_rand

COLUMNS = ("spend", "visits", "age")


def shop(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Three kinds of customer: few big buyers, many small ones, and those who only look; ages say nothing."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, 300, p=[0.2, 0.5, 0.3])
    spend = np.array([1000.0, 50.0, 50.0])[truth] * rng.lognormal(0, 0.4, 300)
    visits = np.array([20.0, 2.0, 20.0])[truth] * rng.lognormal(0, 0.3, 300)
    return np.column_stack([spend, visits, rng.normal(40, 10, 300)]), truth


def test_groups_that_are_there_are_found_and_named() -> None:
    table, truth = shop()
    found = clusters(table, COLUMNS, k=3)
    assert adjusted_rand(np.array(found.labels), truth) > 0.85
    assert {one.name for one in found.clusters} == {
        "high spend and visits",
        "low visits and spend",
        "high visits, low spend",
    }
    assert found.stability >= STABLE
    assert found.clear
    assert [one.size for one in found.clusters] == sorted((one.size for one in found.clusters), reverse=True)
    assert found.logged == ("spend",)


def test_the_number_is_the_largest_that_comes_back() -> None:
    found = clusters(shop()[0], COLUMNS)
    stable = [k for k, (agree, _) in found.tried.items() if agree >= STABLE + 0.02]
    assert len(found.clusters) == max(stable) >= 3
    assert "come back" in found.reason


def test_one_heap_is_called_one_heap() -> None:
    table = np.random.default_rng(0).normal(size=(400, 4))
    found = clusters(table, ("a", "b", "c", "d"))
    assert not found.clear
    assert "no clear clusters" in found.verdict


def test_slices_that_come_back_are_not_called_clusters() -> None:
    """Two columns of noise shifted apart in nothing: a long heap is cut at the same place every time."""
    rng = np.random.default_rng(1)
    found = clusters(np.column_stack([rng.uniform(0, 1, 400)]), ("x",), k=2)
    assert found.stability >= STABLE
    assert not found.clear
    assert "degree" in found.verdict


@pytest.mark.parametrize("method", ["mixture", "density", "minibatch"])
def test_other_methods_find_heaps_far_apart(method: str) -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 100)
    table = rng.normal(size=(200, 2)) + 20 * truth[:, None]
    found = clusters(table, ("a", "b"), method=method, k=None if method == "density" else 2)  # type: ignore[arg-type]
    inside = np.array(found.labels) >= 0
    assert inside.mean() > 0.8
    assert adjusted_rand(np.array(found.labels)[inside], truth[inside]) > 0.95
    assert found.outside == (~inside).sum()


def test_columns_that_say_the_same_are_one_word() -> None:
    table, _ = shop()
    twice = np.column_stack([table, table[:, 0] * 2])
    assert not any(
        "spend" in one.name and "pounds" in one.name for one in clusters(twice, (*COLUMNS, "pounds"), k=3).clusters
    )


def test_same_seed_same_clusters() -> None:
    table, _ = shop()
    assert clusters(table, COLUMNS, k=3, seed=5) == clusters(table, COLUMNS, k=3, seed=5)


@pytest.mark.parametrize(
    ("table", "change", "parameter"),
    [
        (np.full((20, 3), np.nan), {}, "table"),
        (np.ones((5, 3)), {}, "table"),
        (np.ones((20, 2)), {}, "table"),
        (np.ones((20, 3)), {"k": 1}, "k"),
        (np.ones((20, 3)), {"method": "magic"}, "method"),
    ],
)
def test_faults_of_the_caller(table: NDArray[np.float64], change: dict[str, object], parameter: str) -> None:
    with pytest.raises(InvalidInput) as fault:
        clusters(table, COLUMNS, **change)  # type: ignore[arg-type]
    assert fault.value.parameter == parameter
