from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from salience.mine.groups import density, kmeans, minibatch, mixture, nearest, squared
from salience.mine.kmeans import adjusted_rand

CENTRES = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])


def world(n: int = 600, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    return CENTRES[truth] + rng.normal(size=(n, 2)), truth


@pytest.mark.parametrize("method", [kmeans, minibatch])
def test_round_heaps_are_found(method: object) -> None:
    points, truth = world()
    centres = method(points, 3, np.random.default_rng(1))  # type: ignore[operator]
    assert adjusted_rand(nearest(points, centres), truth) > 0.95


def test_batches_come_close_to_the_whole() -> None:
    points, _ = world(3000)
    loss = [squared(points, of(points, 3, np.random.default_rng(1))).min(axis=1).sum() for of in (kmeans, minibatch)]
    assert loss[1] < 1.01 * loss[0]


def test_a_mixture_tells_narrow_from_wide_and_bic_finds_the_number() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 400)
    points = np.where(truth[:, None] == 0, rng.normal(0, 0.2, (800, 2)), rng.normal(0.5, 3, (800, 2)))
    found = mixture(points, 2, rng)
    assert adjusted_rand(found.labels(points), truth) > 0.7
    assert sorted(found.weights.round(1).tolist()) == [0.5, 0.5]
    three, _ = world()
    bic = [mixture(three, k, np.random.default_rng(2)).bic for k in range(1, 6)]
    assert int(np.argmin(bic)) + 1 == 3


def test_density_finds_rings_and_leaves_strays_out() -> None:
    rng = np.random.default_rng(0)
    angle = rng.random(600) * 2 * np.pi
    radius = np.repeat([1.0, 5.0], 300)
    ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + rng.normal(0, 0.05, (600, 2))
    points = np.vstack([ring, [[20.0, 20.0], [-20.0, 3.0]]])
    labels, _ = density(points, radius=0.6, least=4)
    assert adjusted_rand(labels[:600], np.repeat([0, 1], 300)) == 1.0
    assert labels[600:].tolist() == [-1, -1]


def test_a_radius_is_found_where_none_is_given() -> None:
    points, truth = world(seed=3)
    labels, radius = density(points)
    assert 0.2 < radius < 3
    assert adjusted_rand(labels[labels >= 0], truth[labels >= 0]) > 0.9


def test_fewer_different_points_than_groups() -> None:
    points = np.zeros((10, 2))
    assert nearest(points, kmeans(points, 3, np.random.default_rng(0))).max() <= 2
