import numpy as np

from salience.models.rating.gibbs import Prior, draw_rows, precision, wishart


def test_a_wishart_has_its_mean() -> None:
    rng, scale = np.random.default_rng(0), np.array([[1.0, 0.3], [0.3, 0.5]])
    drawn = np.mean([wishart(8, scale, rng) for _ in range(4000)], axis=0)
    np.testing.assert_allclose(drawn, 8 * scale, rtol=0.05)


def test_rows_have_the_mean_and_the_covariance_asked_for() -> None:
    rng = np.random.default_rng(0)
    A, b = np.array([[2.0, 0.6], [0.6, 1.0]]), np.array([1.0, -1.0])
    rows = draw_rows(np.tile(A, (20000, 1, 1)), np.tile(b, (20000, 1)), rng)
    np.testing.assert_allclose(rows.mean(axis=0), np.linalg.solve(A, b), atol=0.03)
    np.testing.assert_allclose(np.cov(rows.T), np.linalg.inv(A), atol=0.05)


def test_a_precision_is_about_the_inverse_of_the_variance() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=5000) * 0.5
    assert abs(precision(len(x), float(x @ x), rng) - 4) < 0.4


def test_the_prior_learns_mean_precision_and_what_features_say() -> None:
    rng = np.random.default_rng(0)
    F = (rng.random((2000, 3)) < 0.5).astype(np.float64)
    B, mu = np.array([[1.0, 0.0], [0.0, -2.0], [0.0, 0.0]]), np.array([0.5, 1.0])
    X = mu + F @ B + rng.normal(size=(2000, 2)) * np.array([0.5, 0.25])
    prior = Prior(2, F)
    means, precisions = [], []
    for sweep in range(60):
        prior.learn(X, rng)
        if sweep >= 20:
            means.append(prior.means(2000))
            precisions.append(prior.precision)
    np.testing.assert_allclose(np.mean(means, axis=0), mu + F @ B, atol=0.1)
    np.testing.assert_allclose(np.mean(precisions, axis=0), np.diag([4.0, 16.0]), atol=1.5)


def test_without_features_everybody_has_the_same_mean() -> None:
    rng = np.random.default_rng(0)
    prior = Prior(2)
    prior.learn(rng.normal(size=(3000, 2), loc=[3.0, -1.0]), rng)
    np.testing.assert_allclose(prior.means(4), np.tile([3, -1], (4, 1)), atol=0.1)
