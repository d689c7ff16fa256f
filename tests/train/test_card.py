from __future__ import annotations

import msgspec

from salience.models import EASE
from salience.train import Card, choose
from tests.train.worlds import two_tastes


def test_a_card_says_what_the_model_was_made_of_and_how_good_it_was() -> None:
    data = two_tastes(people=40)
    _, board = choose(data, algorithms=(EASE,), seed=2)
    card = Card.of("v1", data, board, seed=2, published=1_700_000_000_000)
    assert (card.algorithm, card.settings) == (board.chosen, board.best.settings)
    assert (card.rows, card.users, card.items) == (len(data), 40, 12)
    assert (card.oldest, card.newest) == (int(data.time.min()), int(data.time.max()))
    assert (card.metric, card.value, card.seed) == ("ndcg@10", board.best.value, 2)
    assert set(card.versions) == {"salience", "python", "numpy", "scipy"}
    assert msgspec.json.decode(msgspec.json.encode(card), type=Card) == card
