from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models.graph.graph_walk import P3Alpha, RP3Beta, walk
from tests.models.model_suite import ModelSuite, checkerboard


class TestP3Alpha(ModelSuite):
    algorithm = P3Alpha()


class TestRP3Beta(ModelSuite):
    algorithm = RP3Beta()


class TestWeighted(ModelSuite):
    algorithm = RP3Beta(alpha=1.0, beta=0.2, binary=False)


def test_worked_by_hand() -> None:
    # ann has tea, milk; bob has tea. From tea: half the walks go to ann, who steps to milk with 1/2; bob only back.
    X = Interactions.from_rows([("ann", "tea", 1, 0), ("ann", "milk", 1, 0), ("bob", "tea", 1, 0)]).matrix
    assert walk(X, 1.0, 0.0, 9).toarray().tolist() == [[0, 0.25], [0.5, 0]]  # milk leads to ann only, then to tea
    halved = walk(X, 1.0, 1.0, 9).toarray()
    assert halved.tolist() == [[0, 0.25], [0.25, 0]]  # tea is taken twice: what reaches it is halved


def test_beta_zero_is_p3alpha() -> None:
    data = checkerboard()
    np.testing.assert_array_equal(
        P3Alpha(alpha=0.7).fit(data).score(data.matrix), RP3Beta(alpha=0.7, beta=0.0).fit(data).score(data.matrix)
    )


def test_only_the_strongest_paths_to_an_item_are_kept() -> None:
    W = walk(checkerboard().matrix, 1.0, 0.0, 2)
    assert np.diff(W.T.tocsr().indptr).max() == 2


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"beta": -1.0}, {"neighbours": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        RP3Beta(**wrong)
