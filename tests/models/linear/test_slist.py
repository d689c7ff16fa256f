import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.models import EASE, SLIST
from tests.models.model_suite import ModelSuite, checkerboard


class TestSLIST(ModelSuite):
    algorithm = SLIST(l2=1.0, l2_next=5.0, weight=0.5)


def test_without_weight_it_is_ease() -> None:
    data = checkerboard()
    np.testing.assert_array_equal(SLIST(l2=3.0, weight=0.0).fit(data).weights, EASE(l2=3.0).fit(data).weights)


def test_it_knows_the_direction_of_time() -> None:
    """Everybody buys the printer first and the ink later: the printer asks for ink, the ink for no printer."""
    rows = [(f"u{u}", item, 1.0, time) for u in range(20) for time, item in enumerate(["printer", "ink"])]
    data = Interactions.from_rows(rows)
    printer, ink = data.items.code("printer"), data.items.code("ink")
    together = EASE(l2=1.0).fit(data).weights
    directed = SLIST(l2=1.0, l2_next=1.0, weight=1.0).fit(data).weights
    assert together[printer, ink] == pytest.approx(together[ink, printer])
    assert directed[printer, ink] > directed[ink, printer] + 0.5


def test_the_order_of_the_file_does_not_matter() -> None:
    data = checkerboard()
    order = np.random.default_rng(0).permutation(len(data))
    turned = Interactions(
        data.users, data.items, data.user[order], data.item[order], data.value[order], data.time[order]
    )
    for other, own in zip(SLIST().fit(turned).arrays().values(), SLIST().fit(data).arrays().values(), strict=True):
        np.testing.assert_allclose(other, own, atol=1e-6)


@pytest.mark.parametrize("wrong", [{"l2": 0.0}, {"l2_next": -1.0}, {"weight": -0.5}])
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        SLIST(**wrong)
