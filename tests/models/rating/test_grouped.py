import numpy as np

from salience.models.rating.grouped import Grouped


def test_normal_equations_of_each_group() -> None:
    rng = np.random.default_rng(0)
    codes, X, y = np.array([2, 0, 2, 2, 0]), rng.normal(size=(5, 3)), rng.normal(size=5)
    groups = Grouped.of(codes, 4)
    A, b = groups.normal_equations(X, y)
    assert groups.counts.tolist() == [2, 0, 3, 0]
    for group in range(4):
        mine = X[codes == group]
        np.testing.assert_allclose(A[group], mine.T @ mine, atol=1e-12)
        np.testing.assert_allclose(b[group], mine.T @ y[codes == group], atol=1e-12)
