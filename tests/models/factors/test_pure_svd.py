import numpy as np
import pytest
from sklearn.utils.extmath import randomized_svd

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models import PureSVD
from salience.models.factors import pure_svd
from tests.models.model_suite import ModelSuite, checkerboard


class TestRaw(ModelSuite):
    algorithm = PureSVD(factors=2)


class TestWeighted(ModelSuite):
    algorithm = PureSVD(factors=2, binary=False)


class TestCentred(ModelSuite):
    algorithm = PureSVD(factors=2, centre=True, binary=False)
    personal = False  # predicts ratings: on the checkerboard, who likes which colour more is not to be seen


def test_lanczos_and_lapack_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    rows = [
        (f"u{u}", f"i{i}", 1.0, 0) for u in range(60) for i in range(40) if rng.random() < 0.1 + 0.2 * (u % 2 == i % 2)
    ]
    data = Interactions.from_rows(rows)
    small = PureSVD(factors=3).fit(data).score(data.matrix)
    monkeypatch.setattr(pure_svd, "SMALL", 1)
    np.testing.assert_allclose(PureSVD(factors=3).fit(data).score(data.matrix), small, atol=1e-4)
    U, S, Vt = randomized_svd(data.matrix.toarray(), 3, random_state=0, n_iter=20)
    np.testing.assert_allclose(small, (U * S) @ Vt, atol=1e-3)


def test_centred_it_predicts_ratings_on_their_own_scale() -> None:
    """Two tastes; a generous and a strict person of the same taste get predictions around their own means."""
    rows = []
    for u in range(10):
        for i in range(8):
            if (u + i) % 5:
                likes = (u % 2) == (i % 2)
                rows.append((f"u{u}", f"i{i}", (0.9 if likes else 0.5) - 0.2 * (u % 4 > 1), 0))
    data = Interactions.from_rows(rows)
    model = PureSVD(factors=1, centre=True, binary=False).fit(data)
    scores = model.score(data.matrix)
    two, three = data.items.code("i2"), data.items.code("i3")
    even, odd = data.users.code("u0"), data.users.code("u1")
    assert scores[even, two] > scores[even, three]
    assert scores[odd, three] > scores[odd, two]
    assert 0.2 < scores.min() < scores.max() < 1.1


def test_more_factors_than_there_can_be_are_cut() -> None:
    data = checkerboard()
    assert PureSVD(factors=500).fit(data).factors.shape[1] <= 10


def test_centring_sets_is_refused() -> None:
    with pytest.raises(InvalidInput, match="binary=False"):
        PureSVD(centre=True)
