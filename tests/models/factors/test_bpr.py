from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.factors.bpr import BPR, POWER
from salience.models.factors.history_factors import scaled
from salience.models.histories import read
from tests.models.model_suite import ModelSuite, checkerboard


class TestBPR(ModelSuite):
    algorithm = BPR(factors=4, rate=0.02, reg=0.1, epochs=60, batch=16)


def test_the_gradient_is_that_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    H = scaled(read(checkerboard().matrix, binary=True), POWER)
    n, rng = H.shape[1], np.random.default_rng(0)
    V, Q = rng.normal(size=(2, n, 3))
    b: Any = rng.normal(size=n)
    entries = np.array([0, 5, 9])
    users = np.repeat(np.arange(H.shape[0]), np.diff(H.indptr))[entries]
    other = np.array([1, 7, 10])
    monkeypatch.setattr("salience.models.factors.bpr._not_taken", lambda *_: other)
    algorithm = BPR(reg=0.7)

    def loss() -> float:
        total = 0.0
        for u, i, j, own in zip(users, H.indices[entries], other, H.data[entries], strict=True):
            person = H.toarray()[u] @ V - own * V[i]
            total += np.log1p(np.exp(-(b[i] - b[j] + person @ (Q[i] - Q[j])))) / len(users)
        return float(total + 0.7 / H.nnz / 2 * ((V**2).sum() + (Q**2).sum() + (b**2).sum()))

    found = algorithm._gradient(H, users, entries, (V, Q, b), rng)
    for parameter, gradient in zip((V, Q, b), found, strict=True):
        for at in [tuple(rng.integers(0, parameter.shape)) for _ in range(20)]:
            kept = parameter[at]
            parameter[at] = kept + 1e-4
            up = loss()
            parameter[at] = kept - 1e-4
            slope = (up - loss()) / 2e-4
            parameter[at] = kept
            assert gradient[at] == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"rate": 0.0}, {"reg": -1.0}, {"epochs": 0}, {"batch": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        BPR(**wrong)
