import numpy as np

from salience.models.adam import Adam


def test_the_first_step_is_the_rate_whatever_the_size_of_the_gradient() -> None:
    p = np.zeros(2, np.float32)
    Adam([p], 0.1).step([np.array([1000.0, -0.01], np.float32)])
    np.testing.assert_allclose(p, [-0.1, 0.1], rtol=1e-3)


def test_it_finds_the_bottom_of_a_bowl() -> None:
    p = np.array([3.0, -2.0], np.float32)
    learner = Adam([p], 0.05)
    for _ in range(500):
        learner.step([2 * (p - np.array([1.0, 1.0], np.float32)) * np.array([1, 50], np.float32)])
    np.testing.assert_allclose(p, [1, 1], atol=1e-2)
